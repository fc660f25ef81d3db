import assert from 'node:assert/strict';
import { Catalog } from '../../src/core/sessions/catalog.ts';
import { asked, begin, gateway, onSessions, refusal } from './sessionStage.ts';

const orders = { database: 'shop', collection: 'orders' };

describe('a catalog', () => {
  onSessions();
  const open = () => {
    const play = begin();
    return { play, catalog: new Catalog(play.sessions), cluster: play.cluster };
  };

  it('lists databases by name, with one question', async () => {
    const { catalog, cluster } = open();
    await catalog.create(cluster, { database: 'abc', collection: 'x' });
    assert.deepEqual(await catalog.databases(cluster), ['abc', 'shop']);
    assert.equal(asked('listDatabases').length, 1);
  });

  it('lists collections and views by name, with one question, and opens none', async () => {
    const { catalog, cluster } = open();
    assert.deepEqual(await catalog.collections(cluster, 'shop'), [
      { name: 'carts', type: 'collection' },
      { name: 'customers', type: 'collection' },
      { name: 'openOrders', type: 'view' },
      { name: 'orders', type: 'collection' },
      { name: 'products', type: 'collection' },
    ]);
    assert.deepEqual(
      gateway()
        .commands.map(({ name }) => name)
        .filter((name) => !/^(is|sasl|hello)/i.test(name)),
      ['listCollections'],
    );
  });

  it('estimates how many documents there are', async () => {
    const { catalog, cluster } = open();
    assert.equal(await catalog.count(cluster, orders), 160);
    assert.equal(await catalog.count(cluster, { ...orders, collection: 'none' }), 0);
  });

  it('tells of indexes what matters', async () => {
    const { catalog, cluster } = open();
    await catalog.createIndex(cluster, orders, { keys: { a: -1, 'b.c': 1 }, name: 'mine', isUnique: false });
    const plain = { isUnique: false, isSparse: false, isPartial: false, expiresAfter: undefined };
    assert.deepEqual(await catalog.indexes(cluster, orders), [
      { ...plain, name: '_id_', keys: [['_id', '1']] },
      {
        ...plain,
        name: 'status_1_placed_1',
        keys: [
          ['status', '1'],
          ['placed', '1'],
        ],
      },
      { ...plain, name: 'number_1', keys: [['number', '1']], isUnique: true },
      {
        ...plain,
        name: 'mine',
        keys: [
          ['a', '-1'],
          ['b.c', '1'],
        ],
      },
    ]);
    await catalog.dropIndex(cluster, orders, 'mine');
    assert.equal((await catalog.indexes(cluster, orders)).length, 3);
  });

  it('tells of an index how it limits what is in it', async () => {
    const { play, catalog, cluster } = open();
    await catalog.createIndex(cluster, orders, { keys: { number: -1 }, name: 'unique', isUnique: true });
    const indexes = [
      { key: { b: 1 }, name: 'sparse', sparse: true },
      { key: { c: 1 }, name: 'partial', partialFilterExpression: { c: { $gt: 1 } } },
      { key: { d: 1 }, name: 'expiring', expireAfterSeconds: 3600 },
    ];
    await play.sessions.run(cluster, (client) =>
      client.db('shop').command({ createIndexes: 'orders', indexes }),
    );
    const kinds = (await catalog.indexes(cluster, orders))
      .slice(3)
      .map(({ name, isUnique, isSparse, isPartial, expiresAfter }) => [
        name,
        isUnique,
        isSparse,
        isPartial,
        expiresAfter,
      ]);
    assert.deepEqual(kinds, [
      ['unique', true, false, false, undefined],
      ['sparse', false, true, false, undefined],
      ['partial', false, false, true, undefined],
      ['expiring', false, false, false, 3600],
    ]);
  });

  it('samples documents as they are kept, numbers included', async () => {
    const { catalog, cluster } = open();
    const documents = await catalog.sample(cluster, orders, 10);
    assert.equal(documents.length, 10);
    const [first = assert.fail()] = documents;
    const type = (name: string): unknown => (first[name] as object).constructor.name;
    assert.deepEqual([type('_id'), type('number'), type('total')], ['ObjectId', 'Long', 'Decimal128']);
  });

  it('makes and drops collections and databases', async () => {
    const { catalog, cluster } = open();
    const place = { database: 'crm', collection: 'people' };
    await catalog.create(cluster, place);
    assert.deepEqual(await catalog.collections(cluster, 'crm'), [{ name: 'people', type: 'collection' }]);
    await catalog.drop(cluster, place);
    assert.deepEqual(await catalog.collections(cluster, 'crm'), []);
    await catalog.dropDatabase(cluster, 'shop');
    assert.deepEqual(await catalog.databases(cluster), []);
  });

  it('says what the database says against it', async () => {
    const { play, catalog, cluster } = open();
    const { code } = await refusal(play, catalog.indexes(cluster, { ...orders, collection: 'none' }));
    assert.equal(code, 'database');
    gateway().faults.fail(13, { command: 'listCollections' });
    const data = await refusal(play, catalog.collections(cluster, 'shop'));
    assert.deepEqual(data.code === 'database' && data.serverCode, 13);
  });

  it('stops when it is called off', async () => {
    const { play, catalog, cluster } = open();
    await catalog.databases(cluster);
    gateway().faults.delay(60_000, 'listCollections');
    const stop = new AbortController();
    const listing = refusal(play, catalog.collections(cluster, 'shop', stop.signal));
    setTimeout(() => stop.abort(), 30);
    const started = performance.now();
    assert.deepEqual(await listing, { code: 'cancelled' });
    assert.ok(performance.now() - started < 10_000);
  });
});

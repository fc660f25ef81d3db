import assert from 'node:assert/strict';
import type { Db, Document } from 'mongodb';
import { Trial, codeOf, people } from './trial.ts';

interface Loose {
  _id: number | string;
  [name: string]: unknown;
}

describe('the gateway: pipelines about and into collections', () => {
  let trial: Trial;
  let shop: Db;
  before(async () => {
    trial = await Trial.start();
    shop = trial.as(people.admin).db('shop');
    await shop.collection<Loose>('orders').insertMany([
      { _id: 1, who: 'kai' },
      { _id: 2, who: 'noor' },
      { _id: 3, who: 'kai' },
    ]);
    await shop.collection<Loose>('wares').insertMany([
      { _id: 'a', name: 'Lamp', parent: null },
      { _id: 'b', name: 'Shelf', parent: 'a' },
      { _id: 'c', name: 'Rug', parent: 'b' },
    ]);
    await shop
      .collection<Loose>('numbers')
      .insertMany(Array.from({ length: 10 }, (_, n) => ({ _id: n, n: n * 10 })));
  });
  after(() => trial.stop());

  const run = (name: string, stages: Document[], options = {}): Promise<Document[]> =>
    shop.collection(name).aggregate(stages, options).toArray();

  it('write their results to a collection', async () => {
    await shop.collection('copy').createIndex({ who: 1 });
    assert.deepEqual(
      await run('orders', [{ $match: { who: 'kai' } }, { $project: { who: 1 } }, { $out: 'copy' }]),
      [],
    );
    const copy = shop.collection<Loose>('copy');
    assert.deepEqual(await copy.find().toArray(), [
      { _id: 1, who: 'kai' },
      { _id: 3, who: 'kai' },
    ]);
    assert.equal((await copy.indexes()).length, 2);
    await run('wares', [
      { $set: { _id: { $cond: [{ $eq: ['$_id', 'a'] }, 1, '$_id'] } } },
      { $merge: { into: 'copy', whenMatched: 'merge', whenNotMatched: 'discard' } },
    ]);
    assert.deepEqual(await copy.findOne({ _id: 1 }), { _id: 1, who: 'kai', name: 'Lamp', parent: null });
    await run('copy', [{ $merge: { into: 'copy', whenMatched: [{ $set: { seen: '$$new._id' } }] } }]);
    assert.equal((await copy.findOne({ _id: 3 }))?.['seen'], 3);
    assert.equal(await codeOf(run('orders', [{ $merge: { into: 'copy', whenMatched: 'fail' } }])), 11_000);
    assert.equal(await codeOf(run('orders', [{ $out: 'x' }, { $match: {} }])), 40_601);
    assert.equal(
      await codeOf(run('orders', [{ $lookup: { from: 'wares', pipeline: [{ $out: 'x' }], as: 'y' } }])),
      51_047,
    );
  });

  it('tell about collections', async () => {
    const [stats] = await run('numbers', [{ $collStats: { storageStats: {}, count: {} } }]);
    assert.equal(stats?.['count'], 10);
    assert.equal(stats?.['storageStats'].nindexes, 1);
    assert.deepEqual(
      (await run('numbers', [{ $indexStats: {} }])).map(({ name }) => name),
      ['_id_'],
    );
  });

  it('know the time, the same for every document', async () => {
    const times = await run('numbers', [{ $project: { at: '$$NOW' } }]);
    assert.equal(new Set(times.map(({ at }) => at.getTime())).size, 1);
    assert.deepEqual(
      await run('numbers', [{ $match: { $expr: { $eq: ['$_id', '$$wanted'] } } }], { let: { wanted: 3 } }),
      [{ _id: 3, n: 30 }],
    );
  });

  it('are refused in the words of the engine', async () => {
    assert.equal(await codeOf(run('numbers', [{ $nope: {} }])), 40_324);
    assert.equal(await codeOf(run('numbers', [{ $match: {}, $limit: 1 }])), 40_323);
    assert.equal(await codeOf(run('numbers', [{ $group: { n: 1 } }])), 15_955);
    assert.equal(await codeOf(run('numbers', [{ $group: { _id: 1, n: { $nope: 1 } } }])), 15_952);
    assert.equal(await codeOf(run('numbers', [{ $limit: 0 }])), 15_958);
    assert.equal(await codeOf(run('numbers', [{ $project: { x: { $nope: 1 } } }])), 31_325);
    assert.equal(await codeOf(run('numbers', [{ $limit: 1 }, { $collStats: {} }])), 40_602);
    for (const stage of [
      { $setWindowFields: {} },
      { $search: {} },
      { $redact: '$$KEEP' },
      { $changeStream: {} },
    ]) {
      assert.equal(await codeOf(run('numbers', [stage])), 115, JSON.stringify(stage));
    }
    assert.equal(
      await codeOf(run('numbers', [{ $group: { _id: 1, n: { $median: { input: '$n' } } } }])),
      115,
    );
  });
});

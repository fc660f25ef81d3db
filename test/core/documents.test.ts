import assert from 'node:assert/strict';
import {
  Binary,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID,
} from 'bson';
import mongodb from 'mongodb';
import type { Cluster } from '../../src/core/clusters/cluster.ts';
import { clusterOfResource } from '../../src/core/clusters/query.ts';
import { cloudOf } from '../../src/core/identity/clouds.ts';
import { readDocument } from '../../src/core/sessions/bson.ts';
import type { Doc, Value } from '../../src/core/sessions/bson.ts';
import { everything, queryOf } from '../../src/core/sessions/documentQuery.ts';
import type { Query } from '../../src/core/sessions/documentQuery.ts';
import {
  countDocuments,
  deleteDocuments,
  insertDocument,
  readOne,
  readPage,
  replaceDocument,
  sameId,
  unwritableIn,
} from '../../src/core/sessions/documents.ts';
import type { Collection, Page } from '../../src/core/sessions/documents.ts';
import { documentOf, lineOf, openText } from '../../src/core/sessions/ejson.ts';
import { MongoSessions } from '../../src/core/sessions/mongo.ts';
import type { LocalAzure } from '../local-azure/azure.ts';
import { tell } from '../local-azure/client.ts';
import { suffixes } from '../local-azure/hosts.ts';
import { audiences, failureOf, setStage, startAzure } from './stage.ts';

const bson = mongodb.BSON;

describe('documents', () => {
  let azure: LocalAzure;
  let sessions: MongoSessions;
  let cluster: Cluster;
  let at: Collection;

  before(async () => {
    azure = await startAzure({ gateways: true });
    const cloud = cloudOf('custom', {
      ...azure.endpoints,
      authenticationProvider: 'local',
      audiences,
      hosts: { mongoClusters: [suffixes.mongoClusters] },
      nameServer: azure.nameServer?.address,
    });
    const stage = setStage(azure, { cloud });
    const raw = azure.organisation.resources.find(({ name }) => name === 'orders-eu') ?? assert.fail();
    cluster = clusterOfResource({ ...raw, properties: {} }, stage.caller('Contoso'), false) ?? assert.fail();
    sessions = new MongoSessions(stage.door, stage.tokens);
    at = { cluster, database: 'shop', collection: 'things' };
  });
  after(async () => {
    await sessions.forget();
    await azure.close();
  });
  beforeEach(() => tell(azure, 'reset'));

  const gateway = () => azure.gateways.get('orders-eu') ?? assert.fail();
  const query = (text: string, pageSize = 3): Query => ({
    ...(queryOf(bson, text).value ?? assert.fail(text)),
    pageSize,
  });
  const all = query('{}');
  const put = async (...documents: readonly Doc[]): Promise<void> => {
    for (const document of documents) await insertDocument(sessions, at, document);
  };
  const numbered = (...ids: readonly number[]): Promise<void> =>
    put(...ids.map((id): Doc => new Map([['_id', new Int32(id)]])));
  const first = (wanted: Query): Promise<Page> => readPage(sessions, at, wanted, { to: 'first' });
  const turn = (wanted: Query, to: 'next' | 'previous' | 'same', from: Page): Promise<Page> =>
    readPage(sessions, at, wanted, { to, from });
  /** `<` and `>` where there is more, how many come before, and the ids. */
  const shown = ({ rows, start, hasPrevious, hasNext }: Page): string =>
    `${hasPrevious ? '<' : ''}${start}: ${rows.map(({ id }) => lineOf(bson, id ?? null)).join(' ')}${hasNext ? ' >' : ''}`;
  const idOf = (document: Doc): Value => document.get('_id') ?? null;

  for (const [name, text, reversed] of [
    ['by id', '{}', false],
    ['by id, downwards', '{"sort":{"_id":-1}}', true],
    ['by a field', '{"sort":{"n":1}}', false],
  ] as const)
    describe(`in pages ${name}`, () => {
      const wanted = query(text);
      const ids = (...numbers: readonly number[]): string =>
        numbers.map((one) => (reversed ? 9 - one : one)).join(' ');
      const given = (...numbers: readonly number[]): Promise<void> =>
        put(
          ...numbers.map((one): Doc => {
            const id = reversed ? 9 - one : one;
            // What the order says of two is the same: their ids decide.
            return new Map([
              ['_id', new Int32(id)],
              ['n', new Int32(Math.floor(one / 2))],
            ]);
          }),
        );
      const drop = (...numbers: readonly number[]): Promise<number> =>
        deleteDocuments(
          sessions,
          at,
          numbers.map((one) => new Int32(reversed ? 9 - one : one)),
        );

      it('are turned to the end and back', async () => {
        await given(1, 2, 3, 4, 5, 6, 7);
        const one = await first(wanted);
        assert.equal(shown(one), `0: ${ids(1, 2, 3)} >`);
        const two = await turn(wanted, 'next', one);
        assert.equal(shown(two), `<3: ${ids(4, 5, 6)} >`);
        const three = await turn(wanted, 'next', two);
        assert.equal(shown(three), `<6: ${ids(7)}`);
        assert.equal(shown(await turn(wanted, 'previous', three)), `<3: ${ids(4, 5, 6)} >`);
        assert.equal(shown(await turn(wanted, 'previous', two)), `0: ${ids(1, 2, 3)} >`);
        assert.equal(shown(await turn(wanted, 'same', two)), `<3: ${ids(4, 5, 6)} >`);
      });

      it('end where the last page is full', async () => {
        await given(1, 2, 3, 4, 5, 6);
        const two = await turn(wanted, 'next', await first(wanted));
        assert.equal(shown(two), `<3: ${ids(4, 5, 6)}`);
        await drop(4, 5, 6);
        assert.equal(shown(await turn(wanted, 'same', two)), `0: ${ids(1, 2, 3)}`);
      });

      it('lose and repeat nothing when documents come and go before them', async () => {
        await given(2, 3, 4, 5, 6, 7, 8);
        const one = await first(wanted);
        await given(1);
        const two = await turn(wanted, 'next', one);
        assert.match(shown(two), new RegExp(`: ${ids(5, 6, 7)} >$`));
        await drop(1, 2, 3);
        assert.match(shown(await turn(wanted, 'next', two)), new RegExp(`: ${ids(8)}$`));
        assert.equal(shown(await turn(wanted, 'previous', two)).slice(0, 4), `0: ${ids(4)}`);
      });

      it('go on where one was whose last documents are gone', async () => {
        await given(1, 2, 3, 4, 5, 6);
        const one = await first(wanted);
        await drop(2, 3);
        assert.match(shown(await turn(wanted, 'next', one)), new RegExp(`: ${ids(4, 5, 6)}$`));
        await drop(4, 5, 6);
        assert.equal(shown(await turn(wanted, 'next', one)), `0: ${ids(1, 2, 3)}`);
      });
    });

  it('are found in one order, whatever the types of their ids', async () => {
    const ids: readonly Value[] = [
      new MinKey(),
      null,
      new Double(Number.NaN),
      new Double(-Infinity),
      new Int32(-1),
      Decimal128.fromString('0.5'),
      new Int32(1),
      new Double(1.5),
      Long.fromBigInt(2n ** 62n),
      new Double(Infinity),
      'a',
      'b',
      new BSONSymbol('c'),
      new Map([['a', new Int32(1)]]),
      new Map([['b', new Int32(0)]]),
      new Binary(Uint8Array.of(1), 0),
      new UUID('c8edabc3-f738-4ca3-b68d-ab92a91478a3').toBinary(),
      new ObjectId('65f1a1b2c3d4e5f607182930'),
      new ObjectId('65f1a1b2c3d4e5f607182931'),
      false,
      true,
      new Date(-1),
      new Date(0),
      new Timestamp({ t: 1, i: 1 }),
      new Code('f'),
      new MaxKey(),
    ];
    await put(...[...ids].toReversed().map((id): Doc => new Map([['_id', id]])));
    const lines = ids.map((id) => lineOf(bson, id));
    for (const [text, expected] of [
      ['{}', lines],
      ['{"sort":{"_id":-1}}', lines.toReversed()],
      ['{"sort":{"x":1}}', lines],
    ] as const)
      for (const size of [1, 2, 5]) {
        const wanted = query(text, size);
        const found: string[] = [];
        let page = await first(wanted);
        const pages = [page];
        for (;;) {
          found.push(...page.rows.map(({ id }) => lineOf(bson, id ?? null)));
          if (!page.hasNext) break;
          page = await turn(wanted, 'next', page);
          pages.push(page);
        }
        assert.deepEqual(found, expected, `${text} ${size}`);
        for (const before of pages.toReversed().slice(1)) {
          page = await turn(wanted, 'previous', page);
          assert.equal(shown(page), shown(before), `${text} ${size}`);
          assert.equal(shown(await turn(wanted, 'same', page)), shown(before));
        }
      }
    for (const id of ids) {
      const bytes = (await readOne(sessions, at, id)) ?? assert.fail(lineOf(bson, id));
      const { text, faithful } = openText(bson, bytes);
      assert.ok(faithful, text);
      const changed = documentOf(bson, text.replace('\n}', ',\n  "x": 1\n}')).value ?? assert.fail(text);
      assert.equal((await replaceDocument(sessions, at, bytes, changed)).outcome, 'written', text);
      assert.equal(await deleteDocuments(sessions, at, [id]), 1, text);
      assert.ok(sameId(bson, id, idOf(readDocument(bson, bytes))));
    }
    assert.equal(shown(await first(all)), '0: ');
  });

  it('are those that the filter means, as much of them as the projection leaves, and always with their id', async () => {
    const shop = { ...at, collection: 'orders' };
    const wanted = query(
      '{"filter":{"status":"paid"},"projection":{"_id":0,"status":1},"sort":{"placed":-1}}',
      2,
    );
    const page = await readPage(sessions, shop, wanted, { to: 'first' });
    assert.deepEqual(
      page.rows.map(({ document }) => [...document.keys()]),
      [
        ['_id', 'status'],
        ['_id', 'status'],
      ],
    );
    const byId = query('{"filter":{"status":"paid"}}', 2);
    const paid = await readPage(sessions, shop, byId, {
      to: 'next',
      from: await readPage(sessions, shop, byId, { to: 'first' }),
    });
    assert.ok(paid.rows.every(({ document }) => document.get('status') === 'paid'));
    assert.ok(((await countDocuments(sessions, shop, wanted)) ?? 0) > 2);
    assert.equal(await countDocuments(sessions, shop, everything), 160);
    gateway().faults.fail(50, { command: 'count' });
    assert.equal(await countDocuments(sessions, shop, everything), undefined);
  });

  it('of a view are shown too', async () => {
    const view = { ...at, collection: 'openOrders' };
    const page = await readPage(sessions, view, all, { to: 'first' });
    assert.equal(page.rows.length, 3);
    assert.equal((await readPage(sessions, view, all, { to: 'next', from: page })).start, 3);
    assert.equal((await failureOf(insertDocument(sessions, view, new Map()))).code, 'database');
  });

  it('keep the order of their keys on both ways', async () => {
    const text = '{"_id":1,"10":1,"2":{"b":1,"1":2},"__proto__":{"x":1}}';
    await put(documentOf(bson, text).value ?? assert.fail());
    const [row] = (await first(all)).rows;
    assert.equal(lineOf(bson, row?.document ?? null).replaceAll(' ', ''), text);
  });

  it('end a page early where they are large', async () => {
    const large = 'x'.repeat(12 * 1024 * 1024);
    for (const id of [1, 2, 3, 4])
      await put(
        new Map<string, Value>([
          ['_id', new Int32(id)],
          ['large', large],
        ]),
      );
    const one = await first(query('{}', 50));
    assert.equal(shown(one), '0: 1 2 3 >');
    assert.equal(shown(await turn(query('{}', 50), 'next', one)), '<3: 4');
    const last = await turn(query('{}', 50), 'next', one);
    assert.match(shown(await turn(query('{}', 50), 'previous', last)), /: 1 2 3 >$/);
  });

  it('can be stopped on their way', async () => {
    gateway().faults.delay(60_000, 'find');
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    const started = performance.now();
    const reading = readPage(sessions, at, all, { to: 'first' }, stop.signal);
    assert.deepEqual(await failureOf(reading), { code: 'cancelled' });
    assert.ok(performance.now() - started < 10_000);
  });

  it('are inserted with the id that they have, or one of their own', async () => {
    const bytes = await insertDocument(sessions, at, new Map([['a', new Int32(1)]]));
    const [id, a] = [...readDocument(bson, bytes)];
    assert.ok(id?.[0] === '_id' && id[1] instanceof bson.ObjectId);
    assert.equal(a?.[0], 'a');
    await numbered(1);
    const twice = await failureOf(insertDocument(sessions, at, new Map([['_id', new Int32(1)]])));
    assert.equal(twice.code === 'database' && twice.serverCode, 11_000);
  });

  it('are replaced only as they were read', async () => {
    const text = (document: string): Doc => documentOf(bson, document).value ?? assert.fail(document);
    await put(text('{"_id":1,"a":{"x":1},"b":[1,{"c":{"$numberDouble":"2.0"}}]}'));
    const read = async (): Promise<Uint8Array> =>
      (await readOne(sessions, at, new Int32(1))) ?? assert.fail();
    const was = await read();
    const written = await replaceDocument(sessions, at, was, text('{"_id":1,"a":2}'));
    assert.equal(written.outcome, 'written');
    assert.equal(lineOf(bson, readDocument(bson, await read())), '{ "_id": 1, "a": 2 }');

    // By anybody else, in anything: a value, a type, a key more, their order.
    for (const other of ['{"_id":1,"a":3}', '{"_id":1,"a":2.0}', '{"_id":1,"a":2,"b":1}', '{"_id":1}']) {
      const before = await read();
      await replaceDocument(sessions, at, before, text(other));
      const outcome = await replaceDocument(sessions, at, before, text('{"_id":1,"mine":1}'));
      assert.equal(outcome.outcome, 'changed', other);
      assert.equal(lineOf(bson, readDocument(bson, await read())), lineOf(bson, text(other)));
      assert.deepEqual(outcome.outcome === 'changed' && Buffer.from(outcome.now), Buffer.from(await read()));
      await replaceDocument(sessions, at, await read(), text('{"_id":1,"a":2}'));
    }
    const last = await read();
    assert.equal(await deleteDocuments(sessions, at, [new Int32(1), new Int32(2)]), 1);
    assert.deepEqual(await replaceDocument(sessions, at, last, text('{"_id":1}')), { outcome: 'gone' });
  });

  it('that change between the look and the write are not overwritten', async () => {
    const text = (document: string): Doc => documentOf(bson, document).value ?? assert.fail(document);
    await put(text('{"_id":1,"a":1}'));
    const was = (await readOne(sessions, at, new Int32(1))) ?? assert.fail();
    // All have looked before the first has written.
    gateway().faults.delay(300, 'update');
    const outcomes = await Promise.all(
      ['{"_id":1,"b":1}', '{"_id":1,"b":2}', '{"_id":1,"b":3}'].map((one) =>
        replaceDocument(sessions, at, was, text(one)),
      ),
    );
    assert.deepEqual(outcomes.map((one) => one.outcome).toSorted(), ['changed', 'changed', 'written']);
  });

  it('say what of them could not be sent', () => {
    const { value } = documentOf(bson, '{"a":[1,{"b":{"$undefined":true}}]}');
    assert.equal(unwritableIn(value ?? null)?.type, 'undefined');
    assert.equal(unwritableIn(documentOf(bson, '{"a":[{"b":1}]}').value ?? null), undefined);
  });
});

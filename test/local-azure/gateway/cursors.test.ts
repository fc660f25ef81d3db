import assert from 'node:assert/strict';
import { Int32, Long } from 'mongodb';
import type { ClientSession, Db, Document } from 'mongodb';
import { effort } from '../../core/effort.ts';
import { eventually } from '../../editor/eventually.ts';
import { Trial, codeOf, failureOf, people } from './trial.ts';

describe('the gateway: cursors', () => {
  let trial: Trial;
  let shop: Db;
  let session: ClientSession;
  beforeEach(async () => {
    trial = await Trial.start();
    const client = trial.as(people.admin);
    shop = client.db('shop');
    session = client.startSession();
    await shop.collection('items').insertMany(Array.from({ length: 300 }, (_, n) => ({ n })));
  });
  afterEach(async () => {
    await session.endSession();
    await trial.stop();
  });

  const open = async (options: Document = {}): Promise<Document> =>
    (await shop.command({ find: 'items', batchSize: 100, ...options }, { session, promoteLongs: false }))[
      'cursor'
    ];
  const more = (id: unknown, options: Document = {}, inSession = session): Promise<Document> =>
    shop.command(
      { getMore: id, collection: 'items', ...options },
      { session: inSession, promoteLongs: false },
    );

  it('brings a hundred and one documents first, and the rest when asked', async () => {
    const { cursor } = await shop.command({ find: 'items' }, { session, promoteLongs: false });
    assert.equal(cursor.firstBatch.length, 101);
    assert.notDeepEqual(cursor.id, Long.ZERO);
    const rest = await more(cursor.id);
    assert.equal(rest['cursor'].nextBatch.length, 199);
    assert.deepEqual([rest['cursor'].id, rest['cursor'].ns], [Long.ZERO, 'shop.items']);
  });

  it('is over with the last document, without another question', async () => {
    assert.deepEqual((await open({ batchSize: 300 }))['id'], Long.ZERO);
    assert.deepEqual((await open({ limit: 50 }))['id'], Long.ZERO);
    assert.deepEqual((await open({ singleBatch: true }))['id'], Long.ZERO);
    const { id, firstBatch } = await open({ batchSize: 0 });
    assert.equal(firstBatch.length, 0);
    assert.equal((await more(id, { batchSize: 10 }))['cursor'].nextBatch.length, 10);
  });

  it('has no cursor of a wrong number, nor under another name', async () => {
    assert.deepEqual(await failureOf(more(Long.fromNumber(12_345))), {
      code: 43,
      errmsg: 'Cursor not found in server',
    });
    const { id } = await open();
    assert.equal(await codeOf(more(id, { collection: 'others' })), 43);
  });

  it('serves a cursor to the user and the session that opened it', async () => {
    const admin = shop.client.db('admin');
    const customData = {
      IdentityProvider: { type: 'MicrosoftEntraID', properties: { principalType: 'user' } },
    };
    const roles = [{ role: 'readAnyDatabase', db: 'admin' }];
    await admin.command({ createUser: people.reader, roles, customData });
    const { id } = await open();
    const other = trial.as(people.reader).db('shop');
    assert.equal(await codeOf(other.command({ getMore: id, collection: 'items' })), 43);
    const second = shop.client.startSession();
    assert.equal(await codeOf(more(id, {}, second)), 1);
    await second.endSession();
    assert.equal((await more(id))['cursor'].nextBatch.length, 200);
  });

  it('kills those that there are, and names the others', async () => {
    const { id } = await open();
    const unknown = Long.fromNumber(7);
    const killed = await shop.command(
      { killCursors: 'items', cursors: [id, unknown] },
      { session, promoteLongs: false },
    );
    delete killed['ok'];
    assert.deepEqual(killed, {
      cursorsKilled: [id],
      cursorsNotFound: [unknown],
      cursorsAlive: [],
      cursorsUnknown: [],
    });
    assert.equal(await codeOf(more(id)), 43);
  });

  it('loses its cursors when the session ends', async () => {
    const { id } = await open();
    await shop.client.db('admin').command({ endSessions: [session.id] });
    assert.equal(await codeOf(more(id)), 43);
  });

  it('loses its cursors when the collection is dropped', async () => {
    const { id } = await open();
    await shop.command({ drop: 'items' });
    assert.equal(await codeOf(more(id)), 43);
  });

  it('reads what was there when it was opened, whatever is written meanwhile', async () => {
    const { id } = await open();
    await shop.collection('items').updateMany({}, { $set: { changed: true } });
    await shop.collection('items').deleteMany({ n: { $gt: 200 } });
    const { nextBatch } = (await more(id))['cursor'];
    assert.deepEqual(
      nextBatch.map(({ n }: Document) => n),
      Array.from({ length: 200 }, (_, index) => index + 100),
    );
  });

  it('keeps a batch below the size of a message', async () => {
    const big = shop.collection('big');
    for (let n = 0; n < 5; n++) await big.insertOne({ n, text: 'x'.repeat(5_000_000) });
    const { cursor } = await shop.command({ find: 'big' }, { session });
    assert.equal(cursor.firstBatch.length, 3);
    assert.equal((await big.find().toArray()).length, 5);
  });
});

describe('the gateway: a hundred thousand documents', () => {
  it('are streamed batch by batch, at the cost of what is sent', async function () {
    this.timeout(20_000);
    const trial = await Trial.start();
    const client = trial.as(people.admin, { raw: true });
    const items = client.db('shop').collection('items');
    const thousand = (from: number): Document[] =>
      Array.from({ length: 10_000 }, (_, index) => ({
        _id: new Int32(from + index),
        text: 'something to carry',
      }));
    for (let from = 0; from < 100_000; from += 10_000) await items.insertMany(thousand(from));
    // The best of three: what is cleared away of the documents above may fall into one.
    const firsts: number[] = [];
    for (let times = 0; times < 3; times++) {
      const spent = effort();
      const cursor = items.find().batchSize(2000);
      assert.ok(await cursor.next());
      firsts.push(spent());
      await cursor.close();
    }
    const spent = effort();
    let read = 0;
    for await (const document of items.find().batchSize(2000)) read += document ? 1 : 0;
    const whole = spent();
    assert.equal(read, 100_000);
    // The first page does not wait for the rest.
    const untilFirst = Math.min(...firsts);
    assert.ok(untilFirst < whole / 4, `${untilFirst} of ${whole} ms`);
    await trial.stop();
  });
});

describe('the gateway: operations', () => {
  let trial: Trial;
  let shop: Db;
  let admin: Db;
  beforeEach(async () => {
    trial = await Trial.start();
    const client = trial.as(people.admin);
    shop = client.db('shop');
    admin = client.db('admin');
    await shop.collection('items').insertOne({ n: 1 });
  });
  afterEach(() => trial.stop());

  it('run out of the time that they were given', async () => {
    trial.gateway.faults.delay(60_000, 'find');
    const started = Date.now();
    const failed = await failureOf(shop.collection('items').find({}, { maxTimeMS: 50 }).toArray());
    assert.equal(failed.code, 50);
    assert.match(String(failed.errmsg), /Consider increasing the maxTimeMS/);
    assert.ok(Date.now() - started < 10_000);
  });

  it('run out of time within a long computation too', async () => {
    const many = Array.from({ length: 3000 }, (_, n) => ({ n }));
    await shop.collection('many').insertMany(many);
    const pairs = [
      { $lookup: { from: 'many', pipeline: [{ $match: { $expr: { $eq: ['$n', -1] } } }], as: 'none' } },
    ];
    const spent = effort();
    assert.equal(await codeOf(shop.collection('many').aggregate(pairs, { maxTimeMS: 100 }).toArray()), 50);
    assert.ok(spent() < 2000);
  });

  it('can be seen while they run, and killed', async () => {
    trial.gateway.faults.delay(60_000, 'count');
    const running = codeOf(shop.command({ count: 'items' }));
    const found = await eventually(async () => {
      const { inprog } = await admin.command({ currentOp: 1 });
      return inprog.find(({ command }: Document) => 'count' in command) ?? assert.fail('it is not there yet');
    });
    assert.equal(found.ns, 'shop.items');
    const staged = await admin.aggregate([{ $currentOp: {} }, { $match: { opid: found.opid } }]).toArray();
    assert.equal(staged.length, 1);
    await admin.command({ killOp: 1, op: found.opid });
    assert.equal(await running, 11_601);
    assert.equal(await codeOf(shop.command({ killOp: 1, op: found.opid })), 13);
    assert.equal(await codeOf(admin.command({ killOp: 1, op: 5 })), 14);
    assert.equal(await codeOf(admin.command({ killOp: 1 })), 2);
  });

  it('fail, hang up or wait when told to', async () => {
    const { faults } = trial.gateway;
    faults.fail(16_500, { command: 'count', times: 2 });
    assert.equal(await codeOf(shop.command({ count: 'items' })), 16_500);
    assert.equal(await codeOf(shop.command({ count: 'items' })), 16_500);
    assert.equal((await shop.command({ count: 'items' }))['n'], 1);
    faults.drop({ command: 'ping' });
    await assert.rejects(admin.command({ ping: 1 }), { name: 'MongoNetworkError' });
    faults.delay(80);
    const started = Date.now();
    await admin.command({ ping: 1 });
    assert.ok(Date.now() - started >= 75);
    faults.clear();
  });
});

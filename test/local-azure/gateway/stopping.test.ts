/** Long questions, and every way in which they end before their answer. */
import assert from 'node:assert/strict';
import type { Document, MongoClient } from 'mongodb';
import { eventually } from '../../editor/eventually.ts';
import type { Underway } from './gateway.ts';
import { Trial, codeOf, people } from './trial.ts';

/** Longer than any test waits. */
const FOREVER = 3_600_000;

describe('the gateway: long questions', () => {
  let trial: Trial;
  let client: MongoClient;
  const underWay = (command: string): readonly Underway[] =>
    trial.gateway.underWay.filter((one) => one.command === command);
  beforeEach(async () => {
    trial = await Trial.start();
    client = trial.as(people.admin);
    await client
      .db('shop')
      .collection<{ _id: number }>('items')
      .insertMany([{ _id: 1 }, { _id: 2 }, { _id: 3 }]);
  });
  afterEach(() => trial.stop());

  async function until(condition: () => boolean): Promise<void> {
    await eventually(() => assert.ok(condition(), 'it never came to be'));
  }

  const begin = async (command: string, asked: Promise<unknown>): Promise<Underway> => {
    // Whoever asks hears of the end in another place.
    asked.catch(() => undefined);
    await until(() => underWay(command).length > 0);
    return underWay(command)[0] ?? assert.fail();
  };

  it('says what is under way, since when, and in which session', async () => {
    trial.gateway.faults.slow({ answer: FOREVER });
    const session = client.startSession();
    const before = Date.now();
    const one = await begin('find', client.db('shop').collection('items').find({}, { session }).toArray());
    const { since, connection, lsid, ...rest } = one;
    assert.deepEqual(rest, { command: 'find', namespace: 'shop.items', user: people.admin });
    assert.ok(since >= before && since <= Date.now());
    assert.ok(connection > 0);
    assert.equal(lsid, session.id?.id.toUUID().toString());
  });

  it('takes its time to answer, where reading is slow, and only there', async () => {
    const items = client.db('shop').collection('items');
    trial.gateway.faults.slow({ answer: 500 }, 'shop.items');
    const took = async (run: () => Promise<unknown>): Promise<number> => {
      const started = performance.now();
      await run();
      return performance.now() - started;
    };
    assert.ok((await took(() => items.find().toArray())) >= 499);
    assert.ok((await took(() => items.countDocuments())) >= 499);
    assert.ok((await took(() => items.distinct('_id'))) >= 499);
    trial.gateway.faults.slow({ document: 300 }, 'shop.items');
    assert.ok((await took(() => items.find().toArray())) >= 899);
    const cursor = items.find().batchSize(1);
    await cursor.next();
    assert.ok((await took(() => cursor.next())) >= 299);
    await cursor.close();
    // What is to be fast comes at all.
    trial.gateway.faults.slow({ answer: FOREVER }, 'shop.items');
    await client.db('shop').collection('others').findOne();
    await items.updateOne({ _id: 1 as never }, { $set: { n: 1 } });
    trial.gateway.faults.slow({}, 'shop.items');
    await items.find().toArray();
  });

  it('takes the time of the documents of each batch, and no more', async () => {
    const items = client.db('shop').collection('items');
    await items.insertMany(Array.from({ length: 100 }, () => ({})));
    trial.gateway.faults.slow({ document: 500 }, 'shop.items');
    // All of them would take fifty seconds.
    const cursor = items.find().batchSize(1);
    await cursor.next();
    await cursor.next();
    await cursor.close();
  });

  it('is killed with its session, and not with another’s', async () => {
    trial.gateway.faults.slow({ answer: FOREVER });
    const [session, other] = [client.startSession(), client.startSession()];
    const items = client.db('shop').collection('items');
    const asked = items.find({}, { session }).toArray();
    await begin('find', asked);
    const admin = client.db('admin');
    await admin.command({ killSessions: [other.id] });
    await admin.command({ endSessions: [session.id] });
    assert.equal(underWay('find').length, 1);
    await admin.command({ killSessions: [session.id] });
    assert.equal(await codeOf(asked), 11_601);
    assert.deepEqual(underWay('find'), []);
  });

  it('is not killed by somebody else who knows its session', async () => {
    trial.gateway.faults.slow({ answer: FOREVER });
    const customData = {
      IdentityProvider: { type: 'MicrosoftEntraID', properties: { principalType: 'user' } },
    };
    const roles = [{ role: 'readAnyDatabase', db: 'admin' }];
    await client.db('admin').command({ createUser: people.reader, roles, customData });
    const session = client.startSession();
    await begin('find', client.db('shop').collection('items').find({}, { session }).toArray());
    await trial
      .as(people.reader)
      .db('admin')
      .command({ killSessions: [session.id] });
    assert.equal(underWay('find').length, 1);
  });

  it('is killed by its id', async () => {
    trial.gateway.faults.slow({ answer: FOREVER }, 'shop.items');
    const asked = client.db('shop').collection('items').find().toArray();
    await begin('find', asked);
    const admin = client.db('admin');
    const { inprog } = await admin.command({ currentOp: 1 });
    const found = (inprog as readonly Document[]).find(({ ns }) => ns === 'shop.items');
    await admin.command({ killOp: 1, op: found?.['opid'] });
    assert.equal(await codeOf(asked), 11_601);
    assert.deepEqual(underWay('find'), []);
  });

  it('ends with its connection', async () => {
    trial.gateway.faults.slow({ answer: FOREVER });
    const leaving = trial.as(people.admin);
    const asked = leaving
      .db('shop')
      .collection('items')
      .aggregate([{ $match: {} }])
      .toArray();
    await begin('aggregate', asked);
    await leaving.close(true);
    await assert.rejects(asked);
    await until(() => underWay('aggregate').length === 0);
  });

  it('ends with the patience of whoever asks', async () => {
    trial.gateway.faults.slow({ answer: FOREVER });
    const stop = new AbortController();
    const asked = client.db('shop').collection('items').find({}, { signal: stop.signal }).toArray();
    await begin('find', asked);
    stop.abort();
    await assert.rejects(asked);
    await until(() => underWay('find').length === 0);
    assert.equal(await codeOf(client.db('shop').command({ find: 'items', maxTimeMS: 20 })), 50);
  });

  it('leaves no cursor behind that nobody has heard of', async () => {
    trial.gateway.faults.slow({ document: FOREVER });
    const asked = client.db('shop').collection('items').find({}, { batchSize: 2, maxTimeMS: 30 }).toArray();
    assert.equal(await codeOf(asked), 50);
    assert.equal(trial.gateway.openCursors, 0);
  });

  it('has the cursors that are open, and no others', async () => {
    const cursor = client.db('shop').collection('items').find().batchSize(1);
    await cursor.next();
    assert.equal(trial.gateway.openCursors, 1);
    await cursor.close();
    await until(() => trial.gateway.openCursors === 0);
  });
});

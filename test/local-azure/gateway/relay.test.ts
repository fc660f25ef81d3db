import assert from 'node:assert/strict';
import { DBRef, Decimal128, Double, Int32, Long, ObjectId } from 'mongodb';
import { Trial, codeOf, people } from './trial.ts';

const password = 'Correct,horse=battery 1';

describe('the gateway: a relay', () => {
  let real: Trial;
  let trial: Trial;
  before(async () => {
    // Another gateway stands for the real server: it is one as far as the wire can tell.
    real = await Trial.start();
    const relay = `mongodb://clusteradmin:${encodeURIComponent(password)}@127.0.0.1:${real.gateway.port}/?authMechanism=SCRAM-SHA-256`;
    trial = await Trial.start({}, { relay });
  });
  after(async () => {
    await trial.stop();
    await real.stop();
  });

  it('keeps documents on the other side, types and all', async () => {
    const items = trial
      .as(people.admin, { promoteValues: false, promoteLongs: false })
      .db('shop')
      .collection<{ _id: Int32; [name: string]: unknown }>('items');
    const document = {
      _id: new Int32(1),
      double: new Double(1),
      long: Long.fromNumber(2),
      decimal: Decimal128.fromString('1.50'),
      reference: new DBRef('others', new ObjectId('0123456789abcdef01234567')),
      nested: [{ at: new Date(0) }, null, 'text'],
    };
    await items.insertOne(document);
    assert.deepEqual(await items.findOne(), document);
    const there = real.client(real.uri(), {
      auth: { username: 'clusteradmin', password },
      authMechanism: 'SCRAM-SHA-256',
    });
    assert.equal(await there.db('shop').collection('items').countDocuments(), 1);
  });

  it('reads on through cursors', async () => {
    const numbers = trial.as(people.admin).db('shop').collection('numbers');
    await numbers.insertMany(Array.from({ length: 250 }, (_, n) => ({ n })));
    assert.equal((await numbers.find().batchSize(50).toArray()).length, 250);
  });

  it('answers for people, sign-ins and roles itself', async () => {
    const admin = trial.as(people.admin).db('admin');
    const status = await admin.command({ connectionStatus: 1 });
    assert.deepEqual(status['authInfo'].authenticatedUsers, [{ user: people.admin, db: 'admin' }]);
    const customData = {
      IdentityProvider: { type: 'MicrosoftEntraID', properties: { principalType: 'user' } },
    };
    await admin.command({
      createUser: people.reader,
      roles: [{ role: 'readAnyDatabase', db: 'admin' }],
      customData,
    });
    const reader = trial.as(people.reader).db('shop').collection('items');
    assert.equal(await reader.countDocuments(), 1);
    const asked = real.gateway.commands.length;
    assert.equal(await codeOf(reader.insertOne({})), 13);
    assert.equal(real.gateway.commands.length, asked, 'a refused command goes nowhere');
  });

  it('hands errors on as they are', async () => {
    const shop = trial.as(people.admin).db('shop');
    assert.equal(await codeOf(shop.command({ find: 'items', filter: { a: { $foo: 1 } } })), 2);
    assert.equal(await codeOf(shop.collection<{ _id: number }>('items').insertOne({ _id: 1 })), 11_000);
  });
});

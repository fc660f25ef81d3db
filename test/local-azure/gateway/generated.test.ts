/** Documents that nobody has to write. */
import assert from 'node:assert/strict';
import { calculateObjectSize } from 'bson';
import { Decimal128, Long } from 'mongodb';
import type { Collection, Db } from 'mongodb';
import { effort, memory } from '../../core/effort.ts';
import { Trial, people } from './trial.ts';

describe('the gateway: many documents', () => {
  let trial: Trial;
  let big: Db;
  let all: Collection;
  beforeEach(async () => {
    trial = await Trial.start();
    big = trial.as(people.admin).db('big');
    all = big.collection('all');
  });
  afterEach(() => trial.stop());
  const generate = (documents: number, bytes = 300): void =>
    trial.gateway.generate('big', 'all', { documents, bytes });

  it('have values of several types, by their number alone', async () => {
    generate(20);
    const [first, second] = await all.find({}, { promoteLongs: false }).toArray();
    const { notes, ...rest } = first ?? assert.fail();
    assert.equal(typeof notes, 'string');
    assert.deepEqual(rest, {
      _id: 0,
      name: 'Item 00000000',
      group: 'group 0',
      price: Decimal128.fromString('0.00'),
      made: new Date(Date.UTC(2026, 0, 1)),
      isOdd: false,
      stock: { warehouse: 'Bern', shelves: [4, 7] },
      serial: Long.fromString('9007199254740993'),
      tags: ['indoor', 'amber'],
    });
    const { _id, name, group, price, made, isOdd } = second ?? assert.fail();
    assert.deepEqual(
      [_id, name, group, String(price), made, isOdd],
      [1, 'Item 00000001', 'group 1', '0.37', new Date(Date.UTC(2026, 0, 2) + 1), true],
    );
  });

  it('are of the size that was asked for, and of no less than they need', async () => {
    for (const [bytes, size] of [
      [300, 300],
      [5000, 5000],
      [0, 228],
    ] as const) {
      generate(2, bytes);
      assert.equal(calculateObjectSize((await all.findOne({}, { promoteValues: false })) ?? {}), size);
      assert.equal((await big.command({ collStats: 'all' }))['size'], 2 * size);
    }
  });

  it('are found by their id, counted, filtered, sorted and grouped as others are', async () => {
    generate(1000);
    assert.equal((await all.findOne({ _id: 999 as never }))?.['name'], 'Item 00000999');
    assert.equal(await all.findOne({ _id: 1000 as never }), null);
    assert.equal(await all.findOne({ _id: 1.5 as never }), null);
    assert.equal(await all.estimatedDocumentCount(), 1000);
    assert.equal(await all.countDocuments({ isOdd: true, group: 'group 3' }), 100);
    assert.equal((await all.find().sort({ name: -1 }).limit(1).toArray())[0]?.['_id'], 999);
    assert.equal((await all.aggregate([{ $sortByCount: '$group' }]).toArray()).length, 10);
  });

  it('are kept as soon as somebody writes, and are otherwise the same', async () => {
    generate(50);
    const before = await all.find().toArray();
    await all.createIndex({ name: 1 });
    await all.updateOne({ _id: 7 as never }, { $set: { group: 'other' } });
    await all.deleteOne({ _id: 8 as never });
    await all.insertOne({ _id: 50 as never, name: 'mine' });
    const after = await all.find().sort({ _id: 1 }).toArray();
    assert.equal(after.length, 50);
    assert.deepEqual(
      after.filter(({ _id }) => Number(_id) !== 7 && Number(_id) !== 50),
      before.filter(({ _id }) => Number(_id) !== 7 && Number(_id) !== 8),
    );
    assert.equal((await all.findOne({ _id: 7 as never }))?.['group'], 'other');
    assert.equal(await all.estimatedDocumentCount(), 50);
    await assert.rejects(all.insertOne({ _id: 3 as never }));
  });

  it('have a unique index where they are unique', async () => {
    generate(50);
    await all.createIndex({ name: 1 }, { unique: true });
    await assert.rejects(all.insertOne({ name: 'Item 00000003' }));
    await assert.rejects(all.createIndex({ group: 1 }, { unique: true }));
  });

  it('come quickly, a hundred thousand of them', async () => {
    const spent = effort();
    generate(100_000);
    let count = 0;
    for await (const document of all.find({}, { raw: true })) count += document ? 1 : 0;
    assert.equal(count, 100_000);
    const took = spent();
    assert.ok(took < 4000, `${took} ms`);
  });

  it('need no memory for their number', async function () {
    this.timeout(60_000);
    generate(500_000, 1000);
    const { heapUsed, external } = memory();
    let count = 0;
    let most = 0;
    for await (const document of all.find({}, { raw: true, batchSize: 10_000 })) {
      count += document ? 1 : 0;
      if (count % 10_000 !== 0) continue;
      const now = memory();
      most = Math.max(most, now.heapUsed + now.external - heapUsed - external);
    }
    assert.equal(count, 500_000);
    assert.ok(most < 200_000_000, `${most} bytes of 500,000,000`);
  });
});

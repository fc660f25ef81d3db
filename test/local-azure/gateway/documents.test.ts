import assert from 'node:assert/strict';
import { Double, Int32, Long, ObjectId } from 'mongodb';
import type { Document } from 'mongodb';
import { Trial, codeOf, exactly, failureOf, people } from './trial.ts';
import type { ExactDb } from './trial.ts';

const one = new Double(1);

describe('the gateway: commands about documents', () => {
  let trial: Trial;
  let shop: ExactDb;
  beforeEach(async () => {
    trial = await Trial.start();
    shop = exactly(trial.as(people.admin).db('shop'));
  });
  afterEach(() => trial.stop());

  const insert = (name: string, ...documents: Document[]): Promise<Document> =>
    shop.command({ insert: name, documents });

  describe('about documents', () => {
    it('reads with a cursor, and nothing from nowhere', async () => {
      assert.deepEqual(await shop.command({ find: 'nothing' }), {
        cursor: { firstBatch: [], id: Long.ZERO, ns: 'shop.nothing' },
        ok: one,
      });
      await insert('items', { _id: 1 });
      assert.deepEqual(await shop.command({ aggregate: 'items', pipeline: [], cursor: {} }), {
        cursor: { firstBatch: [{ _id: new Int32(1) }], id: Long.ZERO, ns: 'shop.items' },
        ok: one,
      });
    });

    it('refuses what it does not know, in the words of the engine', async () => {
      await insert('items', { a: 1 });
      assert.deepEqual(await failureOf(shop.command({ find: 'items', filter: { a: { $foo: 1 } } })), {
        code: 2,
        errmsg: 'Unrecognized operator specified: $foo',
      });
      assert.deepEqual(await failureOf(shop.command({ find: 'items', zzz: 1 })), {
        code: 2,
        errmsg: 'zzz is an unknown field',
      });
      assert.deepEqual(
        await failureOf(shop.command({ aggregate: 'items', pipeline: [{ $nope: 1 }], cursor: {} })),
        {
          code: 40_324,
          errmsg: 'Pipeline stage name not recognized: $nope',
        },
      );
    });

    it('counts and tells apart', async () => {
      await insert('items', { a: 1 }, { a: 1 }, { a: [2, 3] });
      assert.deepEqual(await shop.command({ count: 'items', query: { a: 1 } }), { n: new Int32(2), ok: one });
      assert.deepEqual(await shop.command({ count: 'items', limit: 1 }), { n: new Int32(1), ok: one });
      assert.deepEqual(await shop.command({ distinct: 'items', key: 'a' }), {
        values: [new Int32(1), new Int32(2), new Int32(3)],
        ok: one,
      });
    });

    it('inserts, and tells of a duplicate beside an ok', async () => {
      assert.deepEqual(await insert('items', { _id: 1 }), { n: new Int32(1), ok: one });
      const { writeErrors, ...rest } = await insert('items', { _id: 1 }, { _id: 2 });
      assert.deepEqual(rest, { n: new Int32(0), ok: one });
      assert.equal(writeErrors.length, 1);
      assert.deepEqual([writeErrors[0].index, writeErrors[0].code], [new Int32(0), new Int32(11_000)]);
      assert.match(writeErrors[0].errmsg, /^Duplicate key violation on the requested collection/);
      const unordered = await shop.command({
        insert: 'items',
        documents: [{ _id: 1 }, { _id: 2 }],
        ordered: false,
      });
      assert.deepEqual(unordered['n'], new Int32(1));
    });

    it('updates, and tells what it changed, made, or could not', async () => {
      await insert('items', { _id: 1, a: 'text' }, { _id: 2, a: 2 });
      const update = (...updates: Document[]): Promise<Document> =>
        shop.command({ update: 'items', updates });
      const changed = await update({ q: { _id: 2 }, u: { $inc: { a: 1 } } });
      assert.deepEqual(Object.entries(changed), [
        ['ok', one],
        ['nModified', new Int32(1)],
        ['n', new Int32(1)],
      ]);
      assert.deepEqual(await update({ q: { _id: 2 }, u: { $set: { a: 3 } } }), {
        ok: one,
        nModified: new Int32(0),
        n: new Int32(1),
      });
      assert.deepEqual(await update({ q: { _id: 3 }, u: { $set: { a: 1 } }, upsert: true }), {
        ok: one,
        nModified: new Int32(0),
        n: new Int32(1),
        upserted: [{ index: new Int32(0), _id: new Int32(3) }],
      });
      const failed = await update({ q: { _id: 1 }, u: { $inc: { a: 'one' } } });
      assert.deepEqual(failed['writeErrors'], [
        { index: new Int32(0), code: new Int32(14), errmsg: 'Increment should be numeric' },
      ]);
      assert.deepEqual(failed['ok'], one);
    });

    it('moves a changed document to the end of the natural order', async () => {
      await insert('items', { _id: 1 }, { _id: 2 }, { _id: 3 });
      await shop.command({ update: 'items', updates: [{ q: { _id: 1 }, u: { $set: { a: 1 } } }] });
      const { cursor } = await shop.command({ find: 'items', projection: { _id: 1 } });
      assert.deepEqual(
        cursor.firstBatch.map((item: Document) => Number(item['_id'])),
        [2, 3, 1],
      );
    });

    it('deletes', async () => {
      await insert('items', { a: 1 }, { a: 1 }, { a: 2 });
      const remove = (q: Document, limit: number): Promise<Document> =>
        shop.command({ delete: 'items', deletes: [{ q, limit }] });
      assert.deepEqual(await remove({ a: 1 }, 1), { n: new Int32(1), ok: one });
      assert.deepEqual(await remove({}, 0), { n: new Int32(2), ok: one });
      assert.deepEqual(await remove({}, 0), { n: new Int32(0), ok: one });
    });

    it('finds and changes in one', async () => {
      await insert('items', { _id: 1, a: 1 });
      const change = { findAndModify: 'items', query: { _id: 1 }, update: { $inc: { a: 1 } } };
      assert.deepEqual(await shop.command(change), {
        lastErrorObject: { n: new Int32(1), updatedExisting: true },
        value: { _id: new Int32(1), a: new Int32(1) },
        ok: one,
      });
      const after = await shop.command({ ...change, new: true, fields: { _id: 0 } });
      assert.deepEqual(after['value'], { a: new Int32(3) });
      const made = await shop.command({ ...change, query: { _id: 9 }, upsert: true, new: true });
      assert.deepEqual(made['lastErrorObject'], {
        n: new Int32(1),
        updatedExisting: false,
        upserted: new Int32(9),
      });
      assert.deepEqual(
        (await shop.command({ findAndModify: 'items', query: { _id: 9 }, remove: true }))['value'],
        {
          _id: new Int32(9),
          a: new Int32(1),
        },
      );
      assert.deepEqual(await shop.command({ ...change, query: { _id: 'none' } }), {
        lastErrorObject: { n: new Int32(0), updatedExisting: false },
        value: null,
        ok: one,
      });
    });

    it('gives a document an id, puts it first, and refuses impossible ones', async () => {
      await insert('items', { a: 1 }, { b: 2, _id: 7 });
      const { cursor } = await shop.command({ find: 'items' });
      const [made, moved] = cursor.firstBatch;
      assert.ok(made['_id'] instanceof ObjectId);
      assert.deepEqual(Object.keys(made), ['_id', 'a']);
      assert.deepEqual(Object.keys(moved), ['_id', 'b']);
      const refused = await insert('items', { _id: [1] });
      assert.deepEqual(refused['writeErrors'][0].code, new Int32(53));
    });

    it('does not pretend to have transactions, collations or special indexes', async () => {
      const session = shop.client.startSession();
      try {
        session.startTransaction();
        assert.equal(await codeOf(shop.collection('items').insertOne({}, { session })), 115);
      } finally {
        await session.endSession();
      }
      assert.equal(await codeOf(shop.command({ find: 'items', collation: { locale: 'de' } })), 115);
      assert.equal(await codeOf(shop.command({ find: 'items', filter: { $text: { $search: 'x' } } })), 115);
      const index = { key: { where: '2dsphere' }, name: 'where' };
      assert.equal(await codeOf(shop.command({ createIndexes: 'items', indexes: [index] })), 115);
    });
  });

  describe('about views', () => {
    it('reads a view like a collection, and views upon views', async () => {
      await insert('items', { _id: 1, a: 1 }, { _id: 2, a: 2 }, { _id: 3, a: 3 });
      await shop.command({ create: 'some', viewOn: 'items', pipeline: [{ $match: { a: { $gt: 1 } } }] });
      await shop.command({ create: 'less', viewOn: 'some', pipeline: [{ $project: { a: 1, _id: 0 } }] });
      const { cursor } = await shop.command({ find: 'less', filter: { a: 3 } });
      assert.deepEqual(cursor.firstBatch, [{ a: new Int32(3) }]);
      assert.deepEqual((await shop.command({ count: 'some' }))['n'], new Int32(2));
      await insert('items', { _id: 4, a: 4 });
      assert.deepEqual((await shop.command({ count: 'less' }))['n'], new Int32(3));
    });

    it('does not write to a view', async () => {
      await shop.command({ create: 'some', viewOn: 'items', pipeline: [] });
      const update = { update: 'some', updates: [{ q: {}, u: { $set: { a: 1 } } }] };
      for (const { writeErrors } of [await shop.command(update), await insert('some', { a: 1 })]) {
        assert.deepEqual(writeErrors[0].code, new Int32(166));
      }
    });

    it('refuses a view that could never be read', async () => {
      assert.equal(
        await codeOf(shop.command({ create: 'bad', viewOn: 'items', pipeline: [{ $nope: 1 }] })),
        40_324,
      );
    });
  });
});

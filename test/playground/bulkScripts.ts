import { items } from './collectionScripts.ts';
import type { Script } from './script.ts';

const all = 'db.items.find().sort({ _id: 1 }).toArray()';

export const bulkScripts: readonly Script[] = [
  {
    name: 'an ordered bulk',
    covers: [
      'Collection.initializeOrderedBulkOp',
      'Bulk.insert',
      'Bulk.find',
      'Bulk.execute',
      'BulkFindOp.update',
      'BulkFindOp.updateOne',
      'BulkFindOp.replaceOne',
      'BulkFindOp.delete',
      'BulkFindOp.deleteOne',
      'BulkFindOp.upsert',
    ],
    setup: `${items} const bulk = db.items.initializeOrderedBulkOp(); bulk.insert({ _id: 7 });
      bulk.find({ odd: false }).update({ $inc: { n: 1 } }); bulk.find({ _id: 1 }).updateOne({ $set: { n: 0 } });
      bulk.find({ _id: 3 }).replaceOne({ x: 1 }); bulk.find({ n: 41 }).delete(); bulk.find({ odd: true }).deleteOne();
      bulk.find({ _id: 8 }).upsert().updateOne({ $set: { n: 80 } });`,
    ask: `[bulk.execute(), ${all}]`,
    answer: [
      {
        acknowledged: true,
        insertedCount: 1,
        insertedIds: { 0: 7 },
        matchedCount: 5,
        modifiedCount: 5,
        deletedCount: 2,
        upsertedCount: 1,
        upsertedIds: { 6: 8 },
      },
      // The first that is odd: one that was changed moved behind the others.
      [
        { _id: 1, n: 0, odd: true },
        { _id: 2, n: 21, odd: false },
        { _id: 3, x: 1 },
        { _id: 6, n: 61, odd: false },
        { _id: 7 },
        { _id: 8, n: 80 },
      ],
    ],
  },
  {
    name: 'a bulk without order',
    covers: [
      'Collection.initializeUnorderedBulkOp',
      'BulkFindOp.remove',
      'BulkFindOp.removeOne',
      'BulkFindOp.arrayFilters',
      'BulkFindOp.hint',
      'BulkFindOp.collation',
    ],
    setup: `${items} db.items.createIndex({ n: 1 }); db.items.insertOne({ _id: 9, list: [1, 2, 3] }); const bulk = db.items.initializeUnorderedBulkOp();
      bulk.find({ _id: 9 }).arrayFilters([{ one: { $gt: 1 } }]).updateOne({ $inc: { 'list.$[one]': 10 } }); bulk.find({ n: 20 }).hint({ n: 1 }).updateOne({ $set: { n: 21 } });
      bulk.find({ odd: true }).removeOne(); bulk.find({ n: { $gt: 45 } }).collation({ locale: 'simple' }).remove();`,
    ask: `[bulk.execute().deletedCount, ${all}]`,
    answer: [
      3,
      [
        { _id: 2, n: 21, odd: false },
        { _id: 3, n: 30, odd: true },
        { _id: 4, n: 40, odd: false },
        { _id: 9, list: [1, 12, 13] },
      ],
    ],
  },
  {
    name: 'what a bulk says of itself',
    covers: ['Bulk.toString', 'Bulk.getOperations'],
    setup: `const bulk = db.items.initializeOrderedBulkOp(); bulk.insert({ _id: 7 }); bulk.find({ _id: 7 }).updateOne({ $set: { n: 1 } }); bulk.find({ _id: 7 }).deleteOne();`,
    ask: `[bulk.toString(), (bulk.execute(), bulk.getOperations())]`,
  },
  {
    name: 'a bulk, as it is shown',
    covers: ['Bulk.insert'],
    setup: `const bulk = db.items.initializeUnorderedBulkOp(); bulk.insert({ _id: 1 }); bulk.insert({ _id: 2 });`,
    ask: `bulk`,
    answer: { nInsertOps: 2, nUpdateOps: 0, nRemoveOps: 0, nBatches: 1 },
  },
  {
    name: 'a bulk with something wrong in its middle',
    covers: ['Bulk.execute'],
    setup: `${items} const bulk = db.items.initializeOrderedBulkOp(); bulk.insert({ _id: 7 }); bulk.insert({ _id: 1 }); bulk.insert({ _id: 8 }); const seen = [];
      try { bulk.execute(); } catch (error) { seen.push(error.code, error.writeErrors.length, error.writeErrors[0].index); }`,
    ask: `[seen, db.items.countDocuments()]`,
    answer: [[11000, 1, 1], 7],
  },
];

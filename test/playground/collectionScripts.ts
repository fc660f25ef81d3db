import type { Script } from './script.ts';

/** Six small documents that most questions are about. */
export const items =
  'db.items.insertMany([1, 2, 3, 4, 5, 6].map((n) => ({ _id: n, n: n * 10, odd: n % 2 === 1 })));';
const all = 'db.items.find().sort({ _id: 1 }).toArray()';
const rest = 'db.items.find({}, { _id: 1 }).sort({ _id: 1 }).map(({ _id }) => _id).toArray()';

const ok = { acknowledged: true };
const none = { insertedCount: 0, matchedCount: 0, modifiedCount: 0, deletedCount: 0, upsertedCount: 0 };

const reading: readonly Script[] = [
  {
    name: 'find, as it is shown',
    covers: ['Collection.find'],
    setup: items,
    ask: 'db.items.find({ n: { $gt: 40 } })',
    answer: {
      cursorHasMore: false,
      documents: [
        { _id: 5, n: 50, odd: true },
        { _id: 6, n: 60, odd: false },
      ],
    },
  },
  {
    name: 'find in the sample',
    covers: ['Collection.find', 'Cursor.sort', 'Cursor.limit', 'Cursor.toArray', 'Database.getSiblingDB'],
    ask: `db.getSiblingDB('shop').orders.find({ status: 'shipped' }, { customer: 1, total: 1, placed: 1 })
      .sort({ number: 1 }).limit(5).toArray()`,
  },
  {
    name: 'find with every part of a query',
    covers: ['Collection.find', 'Cursor.skip'],
    setup: items,
    ask: 'db.items.find({ odd: true }, { n: 1, _id: 0, twice: { $multiply: ["$n", 2] } }).sort({ n: -1 }).skip(1).limit(1)',
    answer: { cursorHasMore: false, documents: [{ n: 30, twice: 60 }] },
  },
  {
    name: 'findOne',
    covers: ['Collection.findOne'],
    setup: items,
    ask: '[db.items.findOne({ n: 30 }), db.items.findOne({ n: 31 }), db.items.findOne({}, { n: 1 }, { sort: { n: -1 } })]',
    answer: [{ _id: 3, n: 30, odd: true }, null, { _id: 6, n: 60 }],
  },
  {
    name: 'countDocuments and estimatedDocumentCount',
    covers: ['Collection.countDocuments', 'Collection.estimatedDocumentCount', 'Collection.count'],
    setup: items,
    ask: `[db.items.countDocuments(), db.items.countDocuments({ odd: true }), db.items.countDocuments({}, { limit: 4 }),
      db.items.estimatedDocumentCount(), db.items.count({ n: { $lt: 30 } }), db.none.countDocuments()]`,
    answer: [6, 3, 4, 6, 2, 0],
  },
  {
    name: 'distinct',
    covers: ['Collection.distinct'],
    setup: `db.items.insertMany([{ _id: 1, tags: ['b', 'a'] }, { _id: 2, tags: 'a' }, { _id: 3, tags: [Long('7'), 7, 7.5] }]);`,
    ask: `[db.items.distinct('tags'), db.items.distinct('tags', { _id: { $lt: 3 } }), db.items.distinct('none')]`,
  },
  {
    name: 'aggregate, as it is shown',
    covers: ['Collection.aggregate'],
    setup: items,
    ask: `db.items.aggregate([{ $match: { n: { $gte: 20 } } }, { $group: { _id: '$odd', sum: { $sum: '$n' } } }, { $sort: { _id: 1 } }])`,
    answer: {
      cursorHasMore: false,
      documents: [
        { _id: false, sum: 120 },
        { _id: true, sum: 80 },
      ],
    },
  },
  {
    name: 'aggregate with its stages side by side',
    covers: ['Collection.aggregate'],
    setup: items,
    ask: `db.items.aggregate({ $sort: { n: -1 } }, { $limit: 1 }).toArray()`,
    answer: [{ _id: 6, n: 60, odd: false }],
  },
  {
    name: 'names',
    covers: ['Collection.getName', 'Collection.getFullName', 'Collection.getDB', 'Database.getName'],
    ask: `[db.items.getName(), db.items.getFullName(), db.a.b.getName(), db.items.getDB().getName() === db.getName()]`,
    answer: ['items', '#database.items', 'a.b', true],
  },
  {
    name: 'the connection of a collection',
    covers: ['Collection.getMongo', 'Database.getMongo', 'Mongo.getDBNames'],
    setup: items,
    ask: `[db.items.getMongo() === db.getMongo(), db.getMongo().getDBNames().includes(db.getName())]`,
    answer: [true, true],
  },
  {
    name: 'isCapped and exists',
    covers: ['Collection.isCapped', 'Collection.exists'],
    setup: items,
    ask: `[db.items.isCapped(), db.items.exists(), db.none.exists()]`,
    normalisers: ['uuids'],
  },
  {
    name: 'sizes',
    covers: [
      'Collection.dataSize',
      'Collection.storageSize',
      'Collection.totalSize',
      'Collection.totalIndexSize',
    ],
    setup: items,
    // Each document: 4 + _id int32 9 + n int32 7 + odd bool 6 + 1.
    ask: `[db.items.dataSize(), db.items.storageSize() >= db.items.dataSize(),
      db.items.totalSize() === db.items.storageSize() + db.items.totalIndexSize()]`,
    answer: [6 * 27, true, true],
  },
  {
    name: 'stats',
    covers: ['Collection.stats'],
    setup: `${items} db.items.createIndex({ n: 1 });`,
    ask: `db.items.stats()`,
    normalisers: ['host', 'moments'],
  },
  {
    name: 'validate',
    covers: ['Collection.validate'],
    setup: `${items} db.items.createIndex({ n: 1 });`,
    ask: `db.items.validate()`,
  },
  {
    name: 'runCommand of a collection',
    covers: ['Collection.runCommand'],
    setup: items,
    ask: `[db.items.runCommand('count', { query: { odd: true } }).n, db.items.runCommand({ distinct: 'items', key: 'odd' }).values]`,
    answer: [3, [true, false]],
  },
  {
    name: 'getCollection with a name that is no identifier',
    covers: ['Database.getCollection', 'Mongo.getCollection', 'Mongo.getDB'],
    setup: `db.getCollection('a-b').insertOne({ _id: 1 }); db['c d'].insertOne({ _id: 2 });`,
    ask: `[db.getCollection('a-b').findOne(), db.getCollection('c d').findOne(),
      db.getMongo().getCollection(db.getName() + '.a-b').findOne(), db.getMongo().getDB(db.getName())['a-b'].findOne()]`,
    answer: [{ _id: 1 }, { _id: 2 }, { _id: 1 }, { _id: 1 }],
  },
];

const writing: readonly Script[] = [
  {
    name: 'insertOne',
    covers: ['Collection.insertOne'],
    ask: `[db.items.insertOne({ _id: 'a', n: 1 }), db.items.insertOne({ n: 2 }), db.items.find().toArray()]`,
    normalisers: ['ids'],
    answer: [
      { ...ok, insertedId: 'a' },
      { ...ok, insertedId: { $oid: '#0' } },
      [
        { _id: 'a', n: 1 },
        { _id: { $oid: '#0' }, n: 2 },
      ],
    ],
  },
  {
    name: 'insertMany',
    covers: ['Collection.insertMany'],
    ask: `db.items.insertMany([{ _id: 1 }, { _id: Long(2) }, { _id: { a: 1 } }])`,
  },
  {
    name: 'insert, the old way',
    covers: ['Collection.insert'],
    ask: `[db.items.insert({ _id: 1 }), db.items.insert([{ _id: 2 }, { _id: 3 }]), ${rest}]`,
    answer: [{ ...ok, insertedIds: { 0: 1 } }, { ...ok, insertedIds: { 0: 2, 1: 3 } }, [1, 2, 3]],
  },
  {
    name: 'updateOne and updateMany',
    covers: ['Collection.updateOne', 'Collection.updateMany'],
    setup: items,
    ask: `[db.items.updateOne({ odd: true }, { $inc: { n: 1 } }), db.items.updateMany({ odd: false }, { $set: { even: true }, $unset: { odd: 1 } }),
      db.items.updateOne({ _id: 9 }, { $setOnInsert: { n: 90 } }, { upsert: true }),
      db.items.updateMany({}, [{ $set: { n: { $add: ['$n', 1] } } }]).modifiedCount, ${all}]`,
    answer: [
      { ...ok, insertedId: null, matchedCount: 1, modifiedCount: 1, upsertedCount: 0 },
      { ...ok, insertedId: null, matchedCount: 3, modifiedCount: 3, upsertedCount: 0 },
      { ...ok, insertedId: 9, matchedCount: 0, modifiedCount: 0, upsertedCount: 1 },
      7,
      [
        { _id: 1, n: 12, odd: true },
        { _id: 2, n: 21, even: true },
        { _id: 3, n: 31, odd: true },
        { _id: 4, n: 41, even: true },
        { _id: 5, n: 51, odd: true },
        { _id: 6, n: 61, even: true },
        { _id: 9, n: 91 },
      ],
    ],
  },
  {
    name: 'update, the old way',
    covers: ['Collection.update'],
    setup: items,
    ask: `[db.items.update({ odd: true }, { $set: { n: 0 } }, { multi: true }), db.items.update({ _id: 2 }, { $inc: { n: 1 } }).modifiedCount,
      db.items.find({ n: { $in: [0, 21] } }).count()]`,
    answer: [{ ...ok, insertedId: null, matchedCount: 3, modifiedCount: 3, upsertedCount: 0 }, 1, 4],
  },
  {
    name: 'arrays updated in place',
    covers: ['Collection.updateOne'],
    setup: `db.items.insertOne({ _id: 1, list: [1, 2, 3], docs: [{ k: 'a', v: 1 }, { k: 'b', v: 2 }] });`,
    ask: `[db.items.updateOne({ _id: 1, list: 2 }, { $set: { 'list.$': 20 } }).modifiedCount,
      db.items.updateOne({ _id: 1 }, { $inc: { 'docs.$[one].v': 5 }, $push: { list: { $each: [9, 8], $slice: -4 } } }, { arrayFilters: [{ 'one.k': 'b' }] }).modifiedCount,
      db.items.findOne()]`,
    answer: [
      1,
      1,
      {
        _id: 1,
        list: [20, 3, 9, 8],
        docs: [
          { k: 'a', v: 1 },
          { k: 'b', v: 7 },
        ],
      },
    ],
  },
  {
    name: 'replaceOne',
    covers: ['Collection.replaceOne'],
    setup: items,
    ask: `[db.items.replaceOne({ _id: 1 }, { x: NumberDecimal('1.50') }), db.items.replaceOne({ _id: 'new' }, { y: 1 }, { upsert: true }).insertedId,
      db.items.findOne({ _id: 1 }), db.items.findOne({ _id: 'new' })]`,
  },
  {
    name: 'deleteOne, deleteMany and remove',
    covers: ['Collection.deleteOne', 'Collection.deleteMany', 'Collection.remove'],
    setup: items,
    ask: `[db.items.deleteOne({ odd: true }), db.items.deleteMany({ n: { $gt: 45 } }), db.items.remove({ _id: 2 }, true), ${rest}]`,
    answer: [{ ...ok, deletedCount: 1 }, { ...ok, deletedCount: 2 }, { ...ok, deletedCount: 1 }, [3, 4]],
  },
  {
    name: 'findAndModify',
    covers: ['Collection.findAndModify'],
    setup: items,
    ask: `[db.items.findAndModify({ query: { odd: true }, sort: { n: -1 }, update: { $inc: { n: 1 } } }),
      db.items.findAndModify({ query: { _id: 2 }, update: { $set: { n: 0 } }, new: true, fields: { n: 1 } }),
      db.items.findAndModify({ query: { _id: 1 }, remove: true }), db.items.findAndModify({ query: { _id: 99 }, update: { $set: { n: 1 } } }), ${rest}]`,
    answer: [
      { _id: 5, n: 50, odd: true },
      { _id: 2, n: 0 },
      { _id: 1, n: 10, odd: true },
      null,
      [2, 3, 4, 5, 6],
    ],
  },
  {
    name: 'findOneAndUpdate, findOneAndReplace and findOneAndDelete',
    covers: ['Collection.findOneAndUpdate', 'Collection.findOneAndReplace', 'Collection.findOneAndDelete'],
    setup: items,
    ask: `[db.items.findOneAndUpdate({ _id: 1 }, { $set: { n: 11 } }), db.items.findOneAndUpdate({ _id: 1 }, { $set: { n: 12 } }, { returnDocument: 'after' }),
      db.items.findOneAndReplace({ _id: 2 }, { z: 1 }, { returnNewDocument: true }), db.items.findOneAndDelete({ odd: true }, { sort: { _id: -1 } }),
      db.items.findOneAndDelete({ _id: 99 }), ${rest}]`,
    answer: [
      { _id: 1, n: 10, odd: true },
      { _id: 1, n: 12, odd: true },
      { _id: 2, z: 1 },
      { _id: 5, n: 50, odd: true },
      null,
      [1, 2, 3, 4, 6],
    ],
  },
  {
    name: 'bulkWrite',
    covers: ['Collection.bulkWrite'],
    setup: items,
    ask: `[db.items.bulkWrite([{ insertOne: { document: { _id: 7 } } }, { updateOne: { filter: { _id: 1 }, update: { $set: { n: 0 } } } },
      { updateMany: { filter: { odd: false }, update: { $inc: { n: 1 } } } }, { replaceOne: { filter: { _id: 'x' }, replacement: { y: 1 }, upsert: true } },
      { deleteOne: { filter: { _id: 2 } } }, { deleteMany: { filter: { n: { $gt: 50 } } } }]), ${all}]`,
    answer: [
      {
        ...ok,
        ...none,
        insertedCount: 1,
        insertedIds: { 0: 7 },
        matchedCount: 4,
        modifiedCount: 4,
        deletedCount: 2,
        upsertedCount: 1,
        upsertedIds: { 3: 'x' },
      },
      [
        { _id: 1, n: 0, odd: true },
        { _id: 3, n: 30, odd: true },
        { _id: 4, n: 41, odd: false },
        { _id: 5, n: 50, odd: true },
        { _id: 7 },
        { _id: 'x', y: 1 },
      ],
    ],
  },
  {
    name: 'renameCollection',
    covers: ['Collection.renameCollection'],
    setup: `${items} db.taken.insertOne({ _id: 1 });`,
    ask: `[db.items.renameCollection('things').ok, db.things.countDocuments(), db.things.renameCollection('taken', true).ok, db.getCollectionNames()]`,
    answer: [1, 6, 1, ['taken']],
  },
  {
    name: 'drop',
    covers: ['Collection.drop'],
    setup: items,
    ask: `[db.items.drop(), db.none.drop(), db.getCollectionNames()]`,
    answer: [true, true, []],
  },
  {
    name: 'a plan cache, as it is shown',
    covers: ['Collection.getPlanCache'],
    ask: 'db.items.getPlanCache()',
    answer: 'PlanCache for collection items.',
  },
  {
    name: 'a duplicate id',
    covers: ['Collection.insertOne', 'Collection.insertMany'],
    setup: items,
    ask: `[[() => db.items.insertOne({ _id: 1 }), () => db.items.insertMany([{ _id: 8 }, { _id: 1 }, { _id: 9 }])]
      .map((run) => { try { run(); return 'done'; } catch (error) { return [error.name, error.code, error.message.slice(0, 23)]; } }), ${rest}]`,
    answer: [
      [
        ['MongoServerError', 11000, 'Duplicate key violation'],
        ['MongoBulkWriteError', 11000, 'Duplicate key violation'],
      ],
      [1, 2, 3, 4, 5, 6, 8],
    ],
  },
];

const indexes: readonly Script[] = [
  {
    name: 'createIndex and getIndexes',
    covers: ['Collection.createIndex', 'Collection.createIndexes', 'Collection.getIndexes'],
    setup: items,
    ask: `[db.items.createIndex({ n: 1 }), db.items.createIndex({ odd: 1, n: -1 }, { name: 'both', unique: true, sparse: true }),
      db.items.createIndexes([{ a: 1 }, { b: -1 }]), db.items.getIndexes()]`,
    answer: [
      'n_1',
      'both',
      ['a_1', 'b_-1'],
      [
        { v: 2, key: { _id: 1 }, name: '_id_' },
        { v: 2, key: { n: 1 }, name: 'n_1' },
        { v: 2, key: { odd: 1, n: -1 }, name: 'both', unique: true, sparse: true },
        { v: 2, key: { a: 1 }, name: 'a_1' },
        { v: 2, key: { b: -1 }, name: 'b_-1' },
      ],
    ],
  },
  {
    name: 'indexes by their other names',
    covers: [
      'Collection.ensureIndex',
      'Collection.getIndexSpecs',
      'Collection.getIndices',
      'Collection.getIndexKeys',
    ],
    setup: items,
    ask: `[db.items.ensureIndex({ n: 1 }), db.items.getIndexSpecs(), db.items.getIndices(), db.items.getIndexKeys()]`,
  },
  {
    name: 'dropIndex and dropIndexes',
    covers: ['Collection.dropIndex', 'Collection.dropIndexes'],
    setup: `${items} db.items.createIndexes([{ a: 1 }, { b: 1 }, { c: 1 }, { d: 1 }]);`,
    ask: `[db.items.dropIndex('a_1'), db.items.dropIndex({ b: 1 }), db.items.dropIndexes('c_1'), db.items.dropIndexes(), db.items.getIndexKeys()]`,
  },
  {
    name: 'hideIndex and unhideIndex',
    covers: ['Collection.hideIndex', 'Collection.unhideIndex'],
    setup: `${items} db.items.createIndex({ n: 1 });`,
    ask: `[db.items.hideIndex('n_1').ok, db.items.getIndexes()[1].hidden, db.items.unhideIndex('n_1').ok, db.items.getIndexes()[1].hidden]`,
    answer: [1, true, 1, false],
  },
  {
    name: 'reIndex',
    covers: ['Collection.reIndex'],
    setup: items,
    ask: `db.items.reIndex().ok`,
  },
];

export const collectionScripts: readonly Script[] = [...reading, ...writing, ...indexes];

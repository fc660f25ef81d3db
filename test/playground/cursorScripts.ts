import { items } from './collectionScripts.ts';
import type { Script } from './script.ts';

const hundred = `db.items.insertMany(Array.from({ length: 100 }, (_, n) => ({ _id: n })));`;

export const cursorScripts: readonly Script[] = [
  {
    name: 'a cursor read by hand',
    covers: [
      'Cursor.hasNext',
      'Cursor.next',
      'Cursor.tryNext',
      'Cursor.isExhausted',
      'Cursor.isClosed',
      'Cursor.close',
    ],
    setup: `${items} const cursor = db.items.find().sort({ _id: 1 }); const seen = [cursor.hasNext(), cursor.next()._id, cursor.tryNext()._id];
      while (cursor.hasNext()) seen.push(cursor.next().n); seen.push(cursor.tryNext(), cursor.isExhausted(), cursor.isClosed());
      const other = db.items.find().batchSize(3); other.next(); other.close(); seen.push(other.isClosed());`,
    ask: 'seen',
    answer: [true, 1, 2, 30, 40, 50, 60, null, true, true, false],
  },
  {
    name: 'batches of a cursor',
    covers: ['Cursor.batchSize', 'Cursor.objsLeftInBatch', 'Cursor.itcount'],
    setup: `${hundred} const cursor = db.items.find().sort({ _id: 1 }).batchSize(10); cursor.next();`,
    ask: '[cursor.objsLeftInBatch(), cursor.itcount(), db.items.find({ _id: { $gte: 90 } }).itcount()]',
    answer: [9, 99, 10],
  },
  {
    name: 'forEach, map and for of',
    covers: ['Cursor.forEach', 'Cursor.map', 'Cursor.toArray'],
    setup: `${items} const seen = []; db.items.find({ odd: true }).sort({ _id: 1 }).forEach((item) => { seen.push(item.n); });
      for (const item of db.items.find({ odd: false }).sort({ _id: 1 })) seen.push(item.n);
      db.items.find().sort({ _id: -1 }).forEach((item) => { seen.push(item._id); return item._id > 5; });`,
    ask: '[seen, db.items.find().sort({ _id: 1 }).map((item) => item.n / 10).toArray()]',
    answer: [
      [10, 30, 50, 20, 40, 60, 6, 5],
      [1, 2, 3, 4, 5, 6],
    ],
  },
  {
    name: 'a mapped cursor, as it is shown',
    covers: ['Cursor.map'],
    setup: items,
    ask: `db.items.find().sort({ _id: 1 }).limit(2).map(({ n }) => ({ n, text: 'no. ' + n }))`,
    answer: {
      cursorHasMore: false,
      documents: [
        { n: 10, text: 'no. 10' },
        { n: 20, text: 'no. 20' },
      ],
    },
  },
  {
    name: 'count, size and their limits',
    covers: ['Cursor.count', 'Cursor.size', 'Cursor.skip', 'Cursor.limit'],
    setup: items,
    ask: `[db.items.find({ odd: true }).count(), db.items.find().limit(4).size(), db.items.find().skip(1).limit(2).size(), db.items.find().limit(2).count()]`,
    answer: [3, 4, 2, 2],
  },
  {
    name: 'projection and sort',
    covers: ['Cursor.projection', 'Cursor.sort'],
    setup: items,
    ask: `db.items.find().projection({ n: 1, _id: 0 }).sort({ odd: -1, n: -1 }).toArray()`,
    answer: [{ n: 50 }, { n: 30 }, { n: 10 }, { n: 60 }, { n: 40 }, { n: 20 }],
  },
  {
    name: 'options that change nothing here',
    covers: [
      'Cursor.addOption',
      'Cursor.allowDiskUse',
      'Cursor.allowPartialResults',
      'Cursor.collation',
      'Cursor.comment',
      'Cursor.disableBlockWarnings',
      'Cursor.hint',
      'Cursor.maxTimeMS',
      'Cursor.noCursorTimeout',
      'Cursor.oplogReplay',
      'Cursor.pretty',
      'Cursor.readConcern',
      'Cursor.readPref',
    ],
    setup: `${items} db.items.createIndex({ n: 1 }); const last = () => db.items.find({ n: { $gte: 60 } });`,
    ask: `[last().addOption(128), last().sort({ n: 1 }).allowDiskUse(), last().allowPartialResults(), last().collation({ locale: 'simple' }),
      last().comment('why'), last().disableBlockWarnings(), last().hint({ n: 1 }), last().hint('n_1'), last().maxTimeMS(5000), last().noCursorTimeout(),
      last().oplogReplay(), last().pretty(), last().readConcern('local'), last().readPref('primary')].map((cursor) => cursor.toArray())`,
    answer: Array.from({ length: 14 }, () => [{ _id: 6, n: 60, odd: false }]),
  },
  {
    name: 'explain of a cursor',
    covers: ['Cursor.explain'],
    setup: `${items} db.items.createIndex({ n: 1 });`,
    ask: `[db.items.find({ n: { $gt: 30 } }).explain(), db.items.find({ odd: true }).sort({ n: 1 }).limit(2).explain('executionStats')]`,
    normalisers: ['durations', 'uuids'],
  },
  {
    name: 'more than is shown at once',
    covers: ['Collection.find'],
    setup: hundred,
    ask: 'db.items.find().sort({ _id: 1 })',
  },
];

import { items } from './collectionScripts.ts';
import type { Script } from './script.ts';

const orders = `db.orders.insertMany([
  { _id: 1, who: 'ann', at: ISODate('2026-03-01T10:00:00Z'), total: NumberDecimal('10.50'), lines: [{ sku: 'a', n: 2 }, { sku: 'b', n: 1 }] },
  { _id: 2, who: 'bob', at: ISODate('2026-03-02T23:59:59.999Z'), total: NumberDecimal('1'), lines: [] },
  { _id: 3, who: 'ann', at: ISODate('2026-04-01T00:00:00Z'), total: 7, lines: [{ sku: 'a', n: 5 }] },
  { _id: 4, who: null, total: Long('9007199254740993') }]);
  db.people.insertMany([{ _id: 'ann', name: { first: 'Ann' }, boss: 'bob' }, { _id: 'bob', name: { first: 'Bob' } }]);`;

function stages(name: string, pipeline: string, answer?: unknown, setup = orders): Script {
  return {
    name: `aggregate: ${name}`,
    covers: ['Collection.aggregate', 'AggregationCursor.toArray'],
    setup,
    ask: `db.orders.aggregate([${pipeline}]).toArray()`,
    ...(answer === undefined ? {} : { answer }),
  };
}

const pipelines: readonly Script[] = [
  stages(
    '$unwind and $group',
    `{ $unwind: '$lines' }, { $group: { _id: '$lines.sku', n: { $sum: '$lines.n' }, who: { $addToSet: '$who' } } }, { $sort: { _id: 1 } }`,
    [
      { _id: 'a', n: 7, who: ['ann'] },
      { _id: 'b', n: 1, who: ['ann'] },
    ],
  ),
  stages(
    'sums keep their type',
    `{ $group: { _id: null, all: { $sum: '$total' }, most: { $max: '$total' }, mean: { $avg: '$total' } } }`,
  ),
  stages(
    'accumulators',
    `{ $sort: { _id: 1 } }, { $group: { _id: '$who', first: { $first: '$_id' }, last: { $last: '$_id' }, all: { $push: '$_id' }, least: { $min: '$at' }, n: { $count: {} } } }, { $sort: { _id: 1 } }`,
  ),
  stages(
    '$lookup',
    `{ $lookup: { from: 'people', localField: 'who', foreignField: '_id', as: 'person' } }, { $project: { 'person.name.first': 1 } }, { $sort: { _id: 1 } }`,
    [
      { _id: 1, person: [{ name: { first: 'Ann' } }] },
      { _id: 2, person: [{ name: { first: 'Bob' } }] },
      { _id: 3, person: [{ name: { first: 'Ann' } }] },
      { _id: 4, person: [] },
    ],
  ),
  stages(
    '$lookup with a pipeline',
    `{ $match: { _id: 1 } }, { $lookup: { from: 'people', let: { who: '$who' }, pipeline: [{ $match: { $expr: { $eq: ['$_id', '$$who'] } } }], as: 'person' } }, { $unset: 'lines' }`,
  ),
  stages(
    '$graphLookup',
    `{ $match: { _id: 1 } }, { $graphLookup: { from: 'people', startWith: '$who', connectFromField: 'boss', connectToField: '_id', as: 'chain', depthField: 'depth' } }, { $project: { chain: { $sortArray: { input: '$chain', sortBy: { _id: 1 } } } } }`,
  ),
  stages(
    '$facet, $count and $sortByCount',
    `{ $facet: { count: [{ $count: 'n' }], by: [{ $sortByCount: '$who' }, { $limit: 1 }] } }`,
  ),
  stages(
    '$bucket and $bucketAuto',
    `{ $match: { _id: { $lt: 4 } } }, { $bucket: { groupBy: '$total', boundaries: [0, 5, 20], output: { n: { $sum: 1 } } } }`,
  ),
  stages(
    '$addFields, $set, $unset and $replaceRoot',
    `{ $match: { _id: 1 } }, { $addFields: { a: { $size: '$lines' } } }, { $set: { b: { $add: ['$a', 1] } } }, { $unset: ['lines', 'total'] }, { $replaceRoot: { newRoot: { $mergeObjects: ['$$ROOT', { c: 3 }] } } }`,
  ),
  stages(
    '$unionWith',
    `{ $project: { _id: 1 } }, { $unionWith: { coll: 'people', pipeline: [{ $project: { _id: 1 } }] } }, { $count: 'n' }`,
    [{ n: 6 }],
  ),
  stages(
    'dates',
    `{ $match: { at: { $exists: true } } }, { $project: { day: { $dateToString: { date: '$at', format: '%Y-%m-%d' } }, month: { $month: '$at' }, start: { $dateTrunc: { date: '$at', unit: 'month' } }, next: { $dateAdd: { startDate: '$at', unit: 'day', amount: 1 } } } }, { $sort: { _id: 1 } }`,
  ),
  stages(
    'conversions and conditions',
    `{ $project: { text: { $toString: '$total' }, type: { $type: '$total' }, size: { $cond: [{ $gt: ['$total', 8] }, 'large', 'small'] }, kind: { $switch: { branches: [{ case: { $eq: ['$who', 'ann'] }, then: 1 }], default: 0 } }, who: { $ifNull: ['$who', 'nobody'] } } }, { $sort: { _id: 1 } }`,
  ),
  stages(
    '$filter, $map and $reduce',
    `{ $match: { _id: 1 } }, { $project: { big: { $filter: { input: '$lines', cond: { $gt: ['$$this.n', 1] } } }, skus: { $map: { input: '$lines', as: 'one', in: { $toUpper: '$$one.sku' } } }, sum: { $reduce: { input: '$lines.n', initialValue: 0, in: { $add: ['$$value', '$$this'] } } } } }`,
    [{ _id: 1, big: [{ sku: 'a', n: 2 }], skus: ['A', 'B'], sum: 3 }],
  ),
  {
    name: 'aggregate: $out and $merge',
    covers: ['Collection.aggregate'],
    setup: orders,
    ask: `[db.orders.aggregate([{ $match: { who: 'ann' } }, { $project: { who: 1 } }, { $out: 'copies' }]).toArray(), db.copies.find().sort({ _id: 1 }).toArray(),
      db.orders.aggregate([{ $match: { _id: 2 } }, { $project: { who: 1 } }, { $merge: 'copies' }]).toArray(), db.copies.countDocuments()]`,
    answer: [
      [],
      [
        { _id: 1, who: 'ann' },
        { _id: 3, who: 'ann' },
      ],
      [],
      3,
    ],
  },
  {
    name: 'aggregate: a sample that is known',
    covers: ['Collection.aggregate', 'AggregationCursor.toArray'],
    ask: `db.getSiblingDB('shop').orders.aggregate([{ $group: { _id: '$status', orders: { $sum: 1 }, total: { $sum: '$total' }, first: { $min: '$placed' } } }, { $sort: { total: -1 } }]).toArray()`,
  },
  {
    name: 'aggregate: $collStats and $indexStats',
    covers: ['Collection.aggregate'],
    setup: `${items} db.items.createIndex({ n: 1 });`,
    ask: `[db.items.aggregate([{ $collStats: { count: {} } }]).toArray()[0].count, db.items.aggregate([{ $indexStats: {} }]).toArray().map(({ name }) => name)]`,
    answer: [6, ['_id_', 'n_1']],
  },
];

const cursors: readonly Script[] = [
  {
    name: 'an aggregation read by hand',
    covers: [
      'AggregationCursor.hasNext',
      'AggregationCursor.next',
      'AggregationCursor.tryNext',
      'AggregationCursor.isExhausted',
      'AggregationCursor.isClosed',
      'AggregationCursor.close',
    ],
    setup: `${items} const cursor = db.items.aggregate([{ $sort: { _id: 1 } }]); const seen = [cursor.hasNext(), cursor.next()._id, cursor.tryNext()._id];
      while (cursor.hasNext()) seen.push(cursor.next().n); seen.push(cursor.tryNext(), cursor.isExhausted(), cursor.isClosed());
      const other = db.items.aggregate([{ $match: {} }], { cursor: { batchSize: 3 } }); other.next(); other.close(); seen.push(other.isClosed());`,
    ask: 'seen',
    answer: [true, 1, 2, 30, 40, 50, 60, null, true, true, false],
  },
  {
    name: 'batches of an aggregation',
    covers: ['AggregationCursor.batchSize', 'AggregationCursor.objsLeftInBatch', 'AggregationCursor.itcount'],
    setup: `${items} const cursor = db.items.aggregate([{ $match: {} }]).batchSize(4); cursor.next();`,
    ask: '[cursor.objsLeftInBatch(), cursor.itcount()]',
    answer: [3, 5],
  },
  {
    name: 'an aggregation continued by its cursor',
    covers: ['AggregationCursor.sort', 'AggregationCursor.skip', 'AggregationCursor.projection'],
    setup: items,
    ask: `db.items.aggregate([{ $match: { odd: true } }]).sort({ n: -1 }).skip(1).projection({ n: 1 })`,
    answer: {
      cursorHasMore: false,
      documents: [
        { _id: 3, n: 30 },
        { _id: 1, n: 10 },
      ],
    },
  },
  {
    name: 'forEach, map and for of over an aggregation',
    covers: ['AggregationCursor.forEach', 'AggregationCursor.map'],
    setup: `${items} const seen = []; db.items.aggregate([{ $sort: { _id: 1 } }]).forEach(({ n }) => { seen.push(n); });
      for (const { _id } of db.items.aggregate([{ $sort: { _id: -1 } }])) seen.push(_id);`,
    ask: `[seen, db.items.aggregate([{ $sort: { _id: 1 } }, { $limit: 2 }]).map(({ n }) => ({ half: n / 2 })).toArray()]`,
    answer: [
      [10, 20, 30, 40, 50, 60, 6, 5, 4, 3, 2, 1],
      [{ half: 5 }, { half: 10 }],
    ],
  },
  {
    name: 'options of an aggregation that change nothing here',
    covers: [
      'AggregationCursor.maxTimeMS',
      'AggregationCursor.pretty',
      'AggregationCursor.disableBlockWarnings',
    ],
    setup: `${items} const last = () => db.items.aggregate([{ $match: { _id: 6 } }], { allowDiskUse: true, comment: 'why' });`,
    ask: `[last().maxTimeMS(5000), last().pretty(), last().disableBlockWarnings()].map((cursor) => cursor.toArray())`,
    answer: Array.from({ length: 3 }, () => [{ _id: 6, n: 60, odd: false }]),
  },
  {
    name: 'explain of an aggregation',
    covers: ['AggregationCursor.explain'],
    setup: items,
    ask: `[db.items.aggregate([{ $match: { odd: true } }, { $group: { _id: '$odd' } }]).explain(), db.items.aggregate([{ $match: { odd: true } }]).explain('executionStats')]`,
    normalisers: ['durations', 'uuids'],
  },
  {
    name: 'aggregate of a database',
    covers: ['Database.aggregate'],
    ask: `[db.aggregate([{ $documents: [{ a: 1 }, { a: 2 }] }, { $match: { a: { $gt: 1 } } }]).toArray()]`,
    answer: [[{ a: 2 }]],
  },
];

export const aggregationScripts: readonly Script[] = [...pipelines, ...cursors];

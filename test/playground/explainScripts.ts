import { items } from './collectionScripts.ts';
import type { Script } from './script.ts';

const indexed = `${items} db.items.createIndex({ n: 1 });`;
const plan = '.queryPlanner.winningPlan';

export const explainScripts: readonly Script[] = [
  {
    name: 'explain of every kind of reading',
    covers: [
      'Collection.explain',
      'Explainable.find',
      'Explainable.aggregate',
      'Explainable.count',
      'Explainable.distinct',
    ],
    setup: indexed,
    ask: `[db.items.explain().find({ n: 10 }).finish(), db.items.explain().aggregate([{ $match: { n: 10 } }, { $sort: { odd: 1 } }]),
      db.items.explain().count({ odd: true }), db.items.explain().distinct('n', { odd: true })]`,
    normalisers: ['durations', 'uuids'],
  },
  {
    name: 'explain with what came of it',
    covers: ['Explainable.getVerbosity', 'Explainable.setVerbosity', 'Explainable.getCollection'],
    setup: `${indexed} const explained = db.items.explain('executionStats'); const before = explained.getVerbosity(); explained.setVerbosity('allPlansExecution');`,
    ask: `[before, explained.getVerbosity(), explained.getCollection().getName(), explained.find({ n: { $gte: 30 } }).finish().executionStats.nReturned]`,
  },
  {
    name: 'an explained cursor',
    covers: [
      'ExplainableCursor.addOption',
      'ExplainableCursor.allowDiskUse',
      'ExplainableCursor.allowPartialResults',
      'ExplainableCursor.batchSize',
      'ExplainableCursor.collation',
      'ExplainableCursor.comment',
      'ExplainableCursor.disableBlockWarnings',
      'ExplainableCursor.finish',
      'ExplainableCursor.hint',
      'ExplainableCursor.limit',
      'ExplainableCursor.maxTimeMS',
      'ExplainableCursor.noCursorTimeout',
      'ExplainableCursor.oplogReplay',
      'ExplainableCursor.pretty',
      'ExplainableCursor.projection',
      'ExplainableCursor.readConcern',
      'ExplainableCursor.readPref',
      'ExplainableCursor.skip',
      'ExplainableCursor.sort',
    ],
    setup: indexed,
    ask: `db.items.explain().find({ n: { $gt: 10 } }).sort({ odd: 1 }).skip(1).limit(2).projection({ n: 1 }).hint({ n: 1 }).batchSize(5).maxTimeMS(5000)
      .allowDiskUse().allowPartialResults().collation({ locale: 'simple' }).comment('why').disableBlockWarnings().noCursorTimeout().oplogReplay()
      .addOption(128).pretty().readConcern('local').readPref('primary').finish()${plan}`,
  },
  {
    name: 'an explained cursor that is read all the same',
    covers: [
      'ExplainableCursor.close',
      'ExplainableCursor.count',
      'ExplainableCursor.explain',
      'ExplainableCursor.forEach',
      'ExplainableCursor.hasNext',
      'ExplainableCursor.isClosed',
      'ExplainableCursor.isExhausted',
      'ExplainableCursor.itcount',
      'ExplainableCursor.map',
      'ExplainableCursor.next',
      'ExplainableCursor.objsLeftInBatch',
      'ExplainableCursor.size',
      'ExplainableCursor.toArray',
      'ExplainableCursor.tryNext',
    ],
    setup: `${items} const read = () => db.items.explain().find({ odd: true }); const seen = []; read().sort({ _id: 1 }).forEach(({ n }) => { seen.push(n); });
      const cursor = read().sort({ _id: 1 }); seen.push(cursor.hasNext(), cursor.next()._id, cursor.objsLeftInBatch(), cursor.tryNext()._id, cursor.isExhausted()); cursor.close(); seen.push(cursor.isClosed());`,
    ask: `[seen, read().count(), read().size(), read().itcount(), read().toArray().length, read().explain()${plan}.stage,
      read().sort({ _id: 1 }).map(({ n }) => ({ n })).toArray()]`,
    answer: [
      [10, 30, 50, true, 1, 2, 3, false, false],
      3,
      3,
      3,
      3,
      'COLLSCAN',
      [{ n: 10 }, { n: 30 }, { n: 50 }],
    ],
  },
  {
    name: 'an explained find, as it is shown',
    covers: ['Explainable.find'],
    setup: indexed,
    ask: `db.items.explain().find({ n: 10 })`,
    normalisers: ['durations', 'uuids'],
  },
];

import assert from 'node:assert/strict';
import { Double, Int32, Long } from 'mongodb';
import type { Document } from 'mongodb';
import { Trial, codeOf, exactly, failureOf, people } from './trial.ts';
import type { ExactDb } from './trial.ts';

const one = new Double(1);

describe('the gateway: commands about indexes and plans', () => {
  let trial: Trial;
  let shop: ExactDb;
  let admin: ExactDb;
  beforeEach(async () => {
    trial = await Trial.start();
    const client = trial.as(people.admin);
    shop = exactly(client.db('shop'));
    admin = exactly(client.db('admin'));
  });
  afterEach(() => trial.stop());

  const insert = (name: string, ...documents: Document[]): Promise<Document> =>
    shop.command({ insert: name, documents });

  describe('about indexes', () => {
    it('creates them, tells how many there were, and lists them', async () => {
      const create = { createIndexes: 'items', indexes: [{ key: { n: 1 }, name: 'n_1', unique: true }] };
      assert.deepEqual(await shop.command(create), {
        raw: {
          defaultShard: {
            numIndexesBefore: new Int32(1),
            numIndexesAfter: new Int32(2),
            createdCollectionAutomatically: true,
            ok: new Int32(1),
          },
        },
        ok: new Int32(1),
      });
      const again = await shop.command(create);
      assert.deepEqual(again['raw'].defaultShard.numIndexesAfter, new Int32(2));
      const { cursor } = await shop.command({ listIndexes: 'items' });
      assert.deepEqual(cursor.id, Long.ZERO);
      assert.deepEqual(cursor.firstBatch, [
        { v: new Int32(2), key: { _id: new Int32(1) }, name: '_id_' },
        { v: new Int32(2), key: { n: new Int32(1) }, name: 'n_1', unique: true },
      ]);
      assert.deepEqual(await shop.command({ dropIndexes: 'items', index: 'n_1' }), {
        nIndexesWas: new Int32(2),
        ok: one,
      });
      assert.equal(await codeOf(shop.command({ dropIndexes: 'items', index: 'n_1' })), 27);
      assert.equal(await codeOf(shop.command({ dropIndexes: 'items', index: '_id_' })), 72);
    });

    it('has none to list where there is no collection, or only a view', async () => {
      assert.deepEqual(await failureOf(shop.command({ listIndexes: 'nothing' })), {
        code: 26,
        errmsg: 'Namespace does not currently exist: shop.nothing',
      });
      await shop.command({ create: 'few', viewOn: 'items', pipeline: [] });
      const view = await failureOf(shop.command({ listIndexes: 'few' }));
      assert.equal(view.code, 166);
      assert.match(String(view.errmsg), /refers to a view object rather than a collection$/);
    });

    it('refuses conflicts, and the databases of the system', async () => {
      const create = (index: Document): Promise<Document> =>
        shop.command({ createIndexes: 'items', indexes: [index] });
      await create({ key: { n: 1 }, name: 'n_1' });
      assert.equal(await codeOf(create({ key: { m: 1 }, name: 'n_1' })), 86);
      assert.equal(await codeOf(create({ key: { n: 1 }, name: 'other' })), 85);
      assert.equal(await codeOf(create({ key: {}, name: 'x' })), 67);
      assert.ok(
        await codeOf(admin.command({ createIndexes: 'items', indexes: [{ key: { n: 1 }, name: 'n_1' }] })),
      );
    });

    it('holds a unique index to its word', async () => {
      await shop.command({
        createIndexes: 'items',
        indexes: [
          { key: { n: 1 }, name: 'n_1', unique: true, partialFilterExpression: { n: { $exists: true } } },
          { key: { 'tags.name': 1 }, name: 'tags', unique: true, sparse: true },
        ],
      });
      await insert('items', { _id: 1, n: 1, tags: [{ name: 'a' }, { name: 'b' }] }, { _id: 2 }, { _id: 3 });
      const { writeErrors } = await insert('items', { _id: 4, n: Long.fromNumber(1) });
      assert.deepEqual(writeErrors[0].code, new Int32(11_000));
      const tagged = await insert('items', { _id: 5, n: 5, tags: [{ name: 'b' }] });
      assert.deepEqual(tagged['writeErrors'][0].code, new Int32(11_000));
      const moved = await shop.command({
        update: 'items',
        updates: [{ q: { _id: 1 }, u: { $set: { n: 9 } } }],
      });
      assert.deepEqual(moved['nModified'], new Int32(1));
      assert.deepEqual((await insert('items', { _id: 6, n: 1 }))['n'], new Int32(1));
    });
  });

  describe('about plans', () => {
    beforeEach(async () => {
      await insert('items', ...Array.from({ length: 20 }, (_, n) => ({ n, even: n % 2 === 0 })));
      await shop.command({ createIndexes: 'items', indexes: [{ key: { n: 1 }, name: 'n_1' }] });
    });

    it('plans a scan of everything', async () => {
      const plan = await shop.command({ explain: { find: 'items', filter: { even: true } } });
      assert.deepEqual(
        Object.keys(plan),
        'explainVersion command explainCommandPlanningTimeMillis queryPlanner ok'.split(' '),
      );
      assert.deepEqual(plan['explainVersion'], new Double(2));
      assert.match(plan['command'], /^db\.runCommand\(\{explain: \{'find':'items'/);
      assert.equal(plan['queryPlanner'].namespace, 'shop.items');
      assert.deepEqual(plan['queryPlanner'].winningPlan, {
        stage: 'COLLSCAN',
        runtimeFilterSet: [{ even: { $eq: true } }],
        estimatedTotalKeysExamined: new Double(20),
      });
    });

    it('plans through an index, with what stands above it', async () => {
      const find = { find: 'items', filter: { n: 3 }, sort: { even: 1 }, limit: 2, projection: { n: 1 } };
      const plan = await shop.command({ explain: find, verbosity: 'queryPlanner' });
      const stages: string[] = [];
      let step = plan['queryPlanner'].winningPlan;
      for (; step; step = step.inputStage) stages.push(step.stage);
      assert.deepEqual(stages, ['PROJECTION_DEFAULT', 'LIMIT', 'SORT', 'FETCH', 'IXSCAN']);
      assert.ok(!('executionStats' in plan));
      const byId = await shop.command({ explain: { find: 'items', filter: { _id: 3 } } });
      assert.equal(byId['queryPlanner'].winningPlan.inputStage.indexName, '_id_');
    });

    it('tells what came of it when asked to run it', async () => {
      for (const verbosity of ['executionStats', 'allPlansExecution', 'allShardsExecution']) {
        const plan = await shop.command({ explain: { find: 'items', filter: { even: true } }, verbosity });
        assert.deepEqual(plan['executionStats'].nReturned, Long.fromNumber(10));
        assert.equal(plan['executionStats'].executionStages.stage, 'COLLSCAN');
      }
    });

    it('counts what was looked at and what was handed on, step by step', async () => {
      await shop.command({ create: 'low', viewOn: 'items', pipeline: [{ $match: { n: { $lt: 6 } } }] });
      // Of each step from the last to the scan: returned, documents and keys examined.
      for (const [find, steps] of [
        [{ filter: { even: true } }, ['COLLSCAN 10 20 10']],
        [{ filter: { n: { $gte: 5 } } }, ['FETCH 15 15 15', 'IXSCAN 15 - 15']],
        [{ filter: { n: { $gte: 5 }, even: true } }, ['FETCH 7 15 7', 'IXSCAN 15 - 15']],
        [{ filter: { n: { $in: [1, 2, 99] } } }, ['FETCH 2 2 2', 'IXSCAN 2 - 2']],
        [{ filter: { even: true }, limit: 2 }, ['LIMIT 2 2 2', 'COLLSCAN 2 3 2']],
        [
          { filter: { n: 3 }, projection: { n: 1 } },
          ['PROJECTION_DEFAULT 1 1 1', 'FETCH 1 1 1', 'IXSCAN 1 - 1'],
        ],
        [{ sort: { even: 1 }, skip: 1, limit: 2 }, ['LIMIT 2 2 2', 'SORT 3 3 3', 'COLLSCAN 20 20 20']],
        [{ filter: { n: 3 }, hint: { $natural: 1 } }, ['COLLSCAN 1 20 1']],
        [{ filter: { even: true }, hint: 'n_1' }, ['FETCH 10 20 10', 'IXSCAN 20 - 20']],
        [{ find: 'low' }, ['FETCH 6 6 6', 'IXSCAN 6 - 6']],
        [{ find: 'low', filter: { even: true } }, ['MATCH 3 3 3', 'FETCH 6 6 6', 'IXSCAN 6 - 6']],
        [{ find: 'nothing' }, ['EOF 0 0 0']],
      ] as const) {
        const plan = await shop.command({ explain: { find: 'items', ...find }, verbosity: 'executionStats' });
        assert.deepEqual(stepsOf(plan['executionStats'].executionStages), steps, JSON.stringify(find));
        const [first] = steps;
        const last = steps.at(-1) ?? '';
        const { nReturned, totalDocsExamined, totalKeysExamined } = plan['executionStats'];
        assert.equal(String(nReturned), first.split(' ')[1]);
        const [, , documents = '', keys = ''] = last.split(' ');
        assert.equal(String(totalDocsExamined), documents === '-' ? keys : documents);
        assert.equal(String(totalKeysExamined), keys);
      }
    });

    it('counts what each stage of a pipeline hands on', async () => {
      const pipeline = [
        { $match: { n: { $gte: 5 } } },
        { $group: { _id: '$even', n: { $sum: 1 } } },
        { $sort: { n: 1 } },
        { $limit: 1 },
      ];
      const plan = await shop.command({
        explain: { aggregate: 'items', pipeline, cursor: {} },
        verbosity: 'executionStats',
      });
      const told = (plan['stages'] as readonly Document[]).map((stage) => {
        const [[name, own] = ['', {} as Document]] = Object.entries<Document>(stage);
        return [name, ...stepsOf(own['executionStats'].executionStages)];
      });
      assert.deepEqual(told, [
        ['$cursor', 'FETCH 15 15 15', 'IXSCAN 15 - 15'],
        ['$group', 'GROUP 2 2 2'],
        ['$sort', 'SORT 1 1 1'],
        ['$limit', 'LIMIT 1 1 1'],
      ]);
    });

    it('times a step with those below it', async () => {
      const find = { find: 'items', sort: { even: 1 } };
      const plan = await shop.command({ explain: find, verbosity: 'executionStats' });
      const sort = plan['executionStats'].executionStages;
      const [outer, inner] = [sort, sort.inputStage].map((step) => Number(step.executionTimeMillis));
      assert.ok(outer !== undefined && inner !== undefined && outer >= inner && inner > 0);
    });

    it('says which conditions an index answers, and which are left', async () => {
      const find = {
        find: 'items',
        filter: { n: { $gte: 5, $lt: 9 }, even: true, $or: [{ n: 5 }, { n: 6 }] },
      };
      const { winningPlan } = (await shop.command({ explain: find }))['queryPlanner'];
      assert.deepEqual(winningPlan.runtimeFilterSet, [
        { even: { $eq: true } },
        { $or: [{ n: new Int32(5) }, { n: new Int32(6) }] },
      ]);
      assert.deepEqual(winningPlan.inputStage.indexFilterSet, [
        { n: { $gte: new Int32(5) } },
        { n: { $lt: new Int32(9) } },
      ]);
    });

    it('does not plan through an index that is hidden or leaves documents out', async () => {
      const filter = { even: true };
      const planned = async (): Promise<string> =>
        (await shop.command({ explain: { find: 'items', filter } }))['queryPlanner'].winningPlan.stage;
      const index = { key: { even: 1 }, name: 'some', partialFilterExpression: { n: { $gt: 5 } } };
      await shop.command({ createIndexes: 'items', indexes: [index] });
      assert.equal(await planned(), 'COLLSCAN');
      await shop.command({ dropIndexes: 'items', index: 'some' });
      await shop.command({ createIndexes: 'items', indexes: [{ key: { even: 1 }, name: 'all' }] });
      assert.equal(await planned(), 'FETCH');
      await shop.command({ collMod: 'items', index: { name: 'all', hidden: true } });
      assert.equal(await planned(), 'COLLSCAN');
    });

    it('plans pipelines by their stages, and with explain: true as well', async () => {
      const aggregate = {
        aggregate: 'items',
        pipeline: [{ $match: { n: 1 } }, { $group: { _id: null } }],
        cursor: {},
      };
      const plan = await shop.command({ ...aggregate, explain: true });
      assert.deepEqual(
        plan['stages'].map((stage: Document) => Object.keys(stage)[0]),
        ['$cursor', '$group'],
      );
      assert.equal(plan['stages'][0].$cursor.queryPlanner.winningPlan.inputStage.stage, 'IXSCAN');
      const wrapped = await shop.command({ explain: aggregate, verbosity: 'executionStats' });
      assert.deepEqual(wrapped['stages'][0].$cursor.executionStats.nReturned, Long.fromNumber(1));
    });

    it('plans counting and telling apart, nothing where nothing is, and no writes', async () => {
      const count = await shop.command({ explain: { count: 'items', query: {} } });
      assert.equal(count['queryPlanner'].winningPlan.stage, 'COUNT');
      await shop.command({ explain: { distinct: 'items', key: 'n' } });
      const nothing = await shop.command({ explain: { find: 'nothing' } });
      assert.deepEqual(nothing['queryPlanner'].winningPlan, { stage: 'EOF' });
      assert.deepEqual(await failureOf(shop.command({ explain: { delete: 'items', deletes: [] } })), {
        code: 2,
        errmsg: 'Unrecognized explain command.',
      });
    });
  });
});

/** Each step of a plan that was run: its name, what it returned, and the documents and keys that it examined. */
function stepsOf(stage: Document | undefined): string[] {
  if (!stage) return [];
  const { stage: name, nReturned, totalDocsExamined = '-', totalKeysExamined, inputStage } = stage;
  return [
    `${name} ${nReturned} ${totalDocsExamined} ${totalKeysExamined}`,
    ...stepsOf(inputStage as Document),
  ];
}

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

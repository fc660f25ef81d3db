import assert from 'node:assert/strict';
import mongodb from 'mongodb';
import { planOf } from '../../src/core/playground/results/plan.ts';
import type { Plan, Stage } from '../../src/core/playground/results/plan.ts';
import { readDocument } from '../../src/core/sessions/bson.ts';

const bson = mongodb.BSON;
const planIn = (document: mongodb.Document): Plan | undefined =>
  planOf(readDocument(bson, bson.serialize(document)));
/** Every stage with what makes it costly, from the top. */
const lines = ({ name, costs, inputs }: Stage): readonly string[] => [
  [name, ...costs.map(({ code }) => code)].join(' '),
  ...inputs.flatMap(lines),
];
const long = (value: number): mongodb.Long => bson.Long.fromNumber(value);

describe('a plan', () => {
  it('is read with what its run measured', () => {
    const plan = planIn({
      explainVersion: 2,
      queryPlanner: { namespace: 'shop.orders', winningPlan: { stage: 'LIMIT' } },
      executionStats: {
        nReturned: long(20),
        executionTimeMillis: 184.5,
        totalDocsExamined: long(100_000),
        totalKeysExamined: long(100_000),
        executionStages: {
          stage: 'LIMIT',
          nReturned: long(20),
          executionTimeMillis: 184,
          inputStage: {
            stage: 'SORT',
            nReturned: long(20),
            executionTimeMillis: 183,
            inputStage: {
              stage: 'COLLSCAN',
              nReturned: long(25_000),
              executionTimeMillis: 120,
              totalDocsExamined: long(100_000),
            },
          },
        },
      },
    });
    assert.ok(plan !== undefined);
    assert.deepEqual(lines(plan.root), ['LIMIT', 'SORT sortsInMemory', 'COLLSCAN scansAll slowest']);
    const { root, ...summary } = plan;
    assert.deepEqual(summary, {
      namespace: 'shop.orders',
      isMeasured: true,
      returned: 20,
      keysExamined: 100_000,
      docsExamined: 100_000,
      ms: 184.5,
    });
    const [sort] = root.inputs;
    assert.deepEqual(sort?.costs, [{ code: 'sortsInMemory', sorted: 25_000 }]);
    assert.deepEqual(sort.inputs[0]?.costs, [
      { code: 'scansAll', examined: 100_000 },
      { code: 'slowest', ms: 120, of: 184.5 },
    ]);
  });

  it('is read where it was only planned', () => {
    const plan = planIn({
      queryPlanner: {
        namespace: 'shop.orders',
        winningPlan: {
          stage: 'SORT',
          sortKeysCount: 1,
          estimatedTotalKeysExamined: 160,
          inputStage: { stage: 'COLLSCAN', estimatedTotalKeysExamined: 160 },
        },
      },
    });
    assert.ok(plan !== undefined);
    assert.equal(plan.isMeasured, false);
    assert.equal(plan.ms, undefined);
    assert.equal(plan.keysExamined, 160);
    assert.deepEqual(lines(plan.root), ['SORT sortsInMemory', 'COLLSCAN scansAll']);
  });

  it('marks an index that leads past far more than is wanted', () => {
    const scan = (returned: number, keys: number): Plan | undefined =>
      planIn({
        queryPlanner: { winningPlan: {} },
        executionStats: {
          nReturned: returned,
          executionTimeMillis: 2,
          executionStages: {
            stage: 'FETCH',
            nReturned: returned,
            totalDocsExamined: keys,
            inputStage: { stage: 'IXSCAN', indexName: 'status_1', nReturned: keys, totalKeysExamined: keys },
          },
        },
      });
    const wide = scan(3, 5000);
    assert.ok(wide !== undefined);
    assert.deepEqual(lines(wide.root), ['FETCH examinesMore', 'IXSCAN']);
    assert.deepEqual(wide.root.costs, [{ code: 'examinesMore', examined: 5000, returned: 3 }]);
    assert.equal(wide.root.inputs[0]?.index, 'status_1');
    assert.deepEqual(lines(scan(4000, 5000)?.root ?? assert.fail()), ['FETCH', 'IXSCAN']);
    assert.deepEqual(lines(scan(0, 50)?.root ?? assert.fail()), ['FETCH', 'IXSCAN']);
  });

  it('marks no scan of which most is wanted, nor one of few documents', () => {
    const scan = (returned: number, examined: number): readonly string[] =>
      lines(
        planIn({
          executionStats: {
            executionStages: { stage: 'COLLSCAN', nReturned: returned, totalDocsExamined: examined },
          },
        })?.root ?? assert.fail(),
      );
    assert.deepEqual(scan(1000, 1000), ['COLLSCAN']);
    assert.deepEqual(scan(1, 60), ['COLLSCAN']);
    assert.deepEqual(scan(400, 1000), ['COLLSCAN scansAll']);
  });

  it('follows a pipeline from its cursor to its last stage', () => {
    const plan = planIn({
      stages: [
        {
          $cursor: {
            queryPlanner: {
              namespace: 'shop.orders',
              winningPlan: { stage: 'COLLSCAN', estimatedTotalKeysExamined: 9000 },
            },
            executionStats: {
              nReturned: long(100),
              executionTimeMillis: 40,
              totalDocsExamined: long(9000),
              totalKeysExamined: long(0),
              executionStages: { stage: 'COLLSCAN', nReturned: long(100), totalDocsExamined: long(9000) },
            },
          },
        },
        { $group: { _id: '$status' }, nReturned: long(4), executionTimeMillisEstimate: 41, usedDisk: true },
        { $sort: { sortKey: { _id: 1 } }, nReturned: long(4) },
      ],
    });
    assert.ok(plan !== undefined);
    assert.deepEqual(lines(plan.root), ['$sort', '$group spills', 'COLLSCAN scansAll slowest']);
    assert.deepEqual(
      [plan.namespace, plan.returned, plan.docsExamined, plan.ms, plan.isMeasured],
      ['shop.orders', 4, 9000, 41, true],
    );
  });

  it('blames no stage for a time that may be that of those below it', () => {
    const sort = (below: mongodb.Document): readonly string[] =>
      lines(
        planIn({
          executionStats: {
            executionTimeMillis: 100,
            executionStages: {
              stage: 'LIMIT',
              executionTimeMillis: 90,
              inputStage: { stage: 'IXSCAN', ...below },
            },
          },
        })?.root ?? assert.fail(),
      );
    assert.deepEqual(sort({}), ['LIMIT', 'IXSCAN']);
    assert.deepEqual(sort({ executionTimeMillis: 10 }), ['LIMIT slowest', 'IXSCAN']);
    assert.deepEqual(sort({ executionTimeMillis: 85 }), ['LIMIT', 'IXSCAN slowest']);
  });

  it('has several inputs where a stage has', () => {
    const plan = planIn({
      queryPlanner: {
        winningPlan: {
          stage: 'OR',
          inputStages: [
            { stage: 'IXSCAN', indexName: 'a_1' },
            { stage: 'IXSCAN', indexName: 'b_1' },
          ],
        },
      },
    });
    assert.deepEqual(
      plan?.root.inputs.map(({ index }) => index),
      ['a_1', 'b_1'],
    );
  });

  it('is in the answer of a newer server as well, and in nothing else', () => {
    const wrapped = planIn({
      queryPlanner: { winningPlan: { queryPlan: { stage: 'EOF' }, slotBasedPlan: { stages: '…' } } },
    });
    assert.equal(wrapped?.root.name, 'EOF');
    for (const document of [{}, { stages: [] }, { stages: 5 }, { queryPlanner: 'x' }, { executionStats: {} }])
      assert.equal(planIn(document), undefined);
  });
});

import { Double, EJSON } from 'bson';
import type { Encodable } from '../bson/encode.ts';
import { isDoc } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { stageOf, writesSomewhere } from '../pipeline/pipeline.ts';
import { idsIn } from '../storage/scan.ts';
import { collectionName, count, doc, list } from './arguments.ts';
import type { Call, Reply } from './command.ts';
import { findRows } from './query.ts';
import { Source, leadingMatch } from './source.ts';

/** One step of a plan; its only input comes from the step below. */
interface Step {
  readonly stage: string;
  readonly details?: { readonly [key: string]: Encodable };
  readonly keys: number;
  readonly input?: Step;
}

interface Execution {
  readonly returned: number;
  readonly milliseconds: number;
}

const executing: readonly string[] = ['executionStats', 'allPlansExecution', 'allShardsExecution'];

/** The plan of a reading command; with a verbosity that says so, what came of running it too. */
export function explain(call: Call, target: Doc, verbosity: string): Reply {
  const [command = ''] = target.keys();
  const within: Call = { ...call, body: target };
  const execute = executing.includes(verbosity);
  const started = performance.now();
  const body = explainBody(within, command, execute);
  return {
    explainVersion: new Double(2),
    command: `db.runCommand({explain: ${shellText(target)}})`,
    explainCommandPlanningTimeMillis: new Double(
      Math.max(Math.round((performance.now() - started) * 1000) / 1000, 0.001),
    ),
    ...body,
    ok: new Double(1),
  };
}

function shellText(target: Doc): string {
  const shown = new Map(
    [...target].filter(([key]) => !key.startsWith('$') && key !== 'lsid' && key !== 'explain'),
  );
  return EJSON.stringify(shown, { relaxed: true }).replaceAll('"', "'");
}

function explainBody(call: Call, command: string, execute: boolean): Reply {
  switch (command) {
    case 'find':
    case 'count':
    case 'distinct': {
      const name = collectionName(call.body, command);
      const plan = planOf(call, command, name);
      return cursorExplain(
        plan,
        `${call.database}.${name}`,
        execute ? run(() => rowsOf(call, command, name)) : undefined,
      );
    }
    case 'aggregate':
      return explainPipeline(call, execute);
    default:
      throw new CommandError('BadValue', 'Unrecognized explain command.');
  }
}

function run(rows: () => Iterable<unknown>): Execution {
  const started = performance.now();
  let returned = 0;
  for (const row of rows()) returned += row ? 1 : 0;
  return { returned, milliseconds: performance.now() - started };
}

function rowsOf(call: Call, command: string, name: string): Iterable<unknown> {
  const { body } = call;
  if (command === 'find') return findRows(body, new Source(call), name);
  const query = new Map([...body].filter(([key]) => key === 'limit' || key === 'skip'));
  query.set('filter', doc(body, 'query') ?? new Map());
  return findRows(query, new Source(call), name);
}

/** The scan that a filter leads to: through an index on a field that it names, or through everything. */
function scanOf(call: Call, name: string, filter: Doc | undefined): Step {
  const found = call.store.find(call.database, name);
  if (!found) return { stage: 'EOF', keys: 0 };
  if (found.kind === 'view') return scanOf(call, found.on, undefined);
  const fields = new Set(filter?.keys());
  const index = found.indexes.find(({ spec }) => fields.has(spec.key.keys().next().value ?? ''));
  const ids = filter && idsIn(filter);
  if (!ids && !index) return { stage: 'COLLSCAN', keys: found.count };
  const keys = ids ? ids.length : found.count;
  const indexName = ids || !index ? '_id_' : index.spec.name;
  const scan: Step = { stage: 'IXSCAN', keys, details: { indexName, direction: 'Forward' } };
  return { stage: 'FETCH', keys, input: scan };
}

function planOf(call: Call, command: string, name: string): Step {
  const { body } = call;
  let plan = scanOf(call, name, doc(body, command === 'find' ? 'filter' : 'query'));
  const add = (stage: string, details: { readonly [key: string]: Encodable } = {}): void => {
    plan = { stage, details, keys: plan.keys, input: plan };
  };
  const sort = doc(body, 'sort');
  if (sort && sort.size > 0) {
    add('SORT', {
      sortKeysCount: sort.size,
      sortKey: Array.from(sort, ([key, value]) => new Map([[key, value]])),
    });
  }
  if (count(body, 'limit')) add('LIMIT');
  if ((doc(body, 'projection')?.size ?? 0) > 0) add('PROJECTION_DEFAULT');
  if (command === 'count') add('COUNT');
  if (command === 'distinct') add('UNIQUE');
  return plan;
}

function writePlan({ stage, details, keys, input }: Step): { readonly [key: string]: Encodable } {
  return {
    stage,
    ...details,
    estimatedTotalKeysExamined: stage === 'EOF' ? undefined : new Double(keys),
    inputStage: input && writePlan(input),
  };
}

function writeExecution({ stage, details, keys, input }: Step, { returned, milliseconds }: Execution): Reply {
  const scans = stage === 'COLLSCAN' || stage === 'IXSCAN' || stage === 'FETCH';
  return {
    stage,
    nReturned: BigInt(returned),
    executionTimeMillis: new Double(Math.round(milliseconds * 1000) / 1000),
    totalDocsExamined: stage === 'COLLSCAN' ? BigInt(keys) : undefined,
    totalKeysExamined: BigInt(scans ? keys : returned),
    indexName: details?.['indexName'],
    inputStage: input && writeExecution(input, { returned, milliseconds }),
  };
}

function bottomOf(plan: Step): Step {
  return plan.input ? bottomOf(plan.input) : plan;
}

function cursorExplain(plan: Step, namespace: string, execution: Execution | undefined): Reply {
  const examined = BigInt(bottomOf(plan).keys);
  return {
    queryPlanner: { namespace, winningPlan: writePlan(plan) },
    executionStats: execution && {
      nReturned: BigInt(execution.returned),
      executionTimeMillis: new Double(Math.round(execution.milliseconds * 1000) / 1000),
      totalDocsExamined: examined,
      totalKeysExamined: examined,
      executionStages: writeExecution(plan, execution),
    },
  };
}

const stageNames: Readonly<Record<string, string>> = {
  $group: 'GROUP',
  $lookup: 'LOOKUP',
  $sort: 'SORT',
  $limit: 'LIMIT',
  $count: 'COUNT_SCAN',
  $sample: 'SAMPLESORT',
};

function explainPipeline(call: Call, execute: boolean): Reply {
  const stages = list(call.body, 'pipeline') ?? [];
  const name = collectionName(call.body, 'aggregate');
  const source = new Source(call);
  const compiled = source.compile(stages, name);
  if (execute && writesSomewhere(stages)) {
    throw new CommandError('IllegalOperation', 'Explain is not supported with certain Merge commands.');
  }
  const first = leadingMatch(stages);
  const scan = scanOf(call, name, first);
  const execution = execute ? run(() => compiled(source.rows(name, first))) : undefined;
  const rest = (first ? stages.slice(1) : stages).map((stage) => explainStage(stage, scan));
  return { stages: [{ $cursor: cursorExplain(scan, `${call.database}.${name}`, execution) }, ...rest] };
}

function explainStage(written: Value, scan: Step): Encodable {
  const [name, argument] = stageOf(written);
  const own = name === '$project' || name === '$addFields' ? argument : undefined;
  const plan: Step = { stage: stageNames[name] ?? 'PROJECTION_DEFAULT', keys: scan.keys };
  return {
    [name]: {
      ...(isDoc(own) ? Object.fromEntries(own) : {}),
      queryPlanner: { winningPlan: writePlan(plan) },
    },
  };
}

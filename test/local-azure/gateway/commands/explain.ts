import { Double, EJSON } from 'bson';
import type { Encodable } from '../bson/encode.ts';
import { CommandError } from '../commandError.ts';
import { isDoc } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { stageOf, writesSomewhere } from '../pipeline/pipeline.ts';
import { sortBy } from '../query/sort.ts';
import type { Row } from '../storage/row.ts';
import { collectionName, count, doc, list } from './arguments.ts';
import type { Call, Reply } from './command.ts';
import { findRows } from './query.ts';
import { scan } from './scan.ts';
import { finished, measured, stepOver } from './step.ts';
import type { Flow, Step } from './step.ts';
import { Source, leadingMatch } from './source.ts';

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
    explainCommandPlanningTimeMillis: new Double(Math.max(rounded(performance.now() - started), 0.001)),
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
      return cursorExplain(flowOf(call, command, name), `${call.database}.${name}`, execute);
    }
    case 'aggregate':
      return explainPipeline(call, execute);
    default:
      throw new CommandError('BadValue', 'Unrecognized explain command.');
  }
}

/** The steps of a command that is not a pipeline, from its scan to what is handed out. */
function flowOf(call: Call, command: string, name: string): Flow {
  const { body } = call;
  const source = new Source(call);
  // What cannot be run cannot be planned either.
  if (command === 'find') findRows(body, source, name);
  let flow = scan(call, source, name, doc(body, command === 'find' ? 'filter' : 'query'));
  const sort = doc(body, 'sort');
  if (sort && sort.size > 0) {
    const sortKey = Array.from(sort, ([key, value]) => new Map([[key, value]]));
    flow = stepOver(flow, {
      stage: 'SORT',
      details: { sortKeysCount: sort.size, sortKey },
      run: (rows) => sortBy(rows, (row) => row.doc, sort),
    });
  }
  const [skip, limit] = [count(body, 'skip') ?? 0, count(body, 'limit') || Infinity];
  if (skip > 0 || limit < Infinity)
    flow = stepOver(flow, { stage: 'LIMIT', run: (rows) => part(rows, skip, limit) });
  if ((doc(body, 'projection')?.size ?? 0) > 0) flow = stepOver(flow, { stage: 'PROJECTION_DEFAULT' });
  if (command === 'count') flow = stepOver(flow, { stage: 'COUNT' });
  if (command === 'distinct') flow = stepOver(flow, { stage: 'UNIQUE' });
  return flow;
}

/** Reads no further than it has to. */
function* part(rows: Iterable<Row>, skip: number, limit: number): Generator<Row> {
  let at = 0;
  for (const row of rows) {
    if (++at > skip) yield row;
    if (at >= skip + limit) return;
  }
}

function cursorExplain(flow: Flow, namespace: string, execute: boolean): Reply {
  if (execute) finished(flow);
  return explained(flow.step, execute, namespace);
}

function explained(step: Step, executed: boolean, namespace?: string): Reply {
  return {
    queryPlanner: { namespace, winningPlan: planned(step) },
    executionStats: executed ? totals(step) : undefined,
  };
}

function planned({ stage, details, conditions, estimated, input }: Step): Reply {
  return {
    stage,
    ...details,
    ...conditions,
    estimatedTotalKeysExamined: stage === 'EOF' ? undefined : new Double(estimated),
    inputStage: input && planned(input),
  };
}

function totals(step: Step): Reply {
  const bottom = bottomOf(step);
  return {
    nReturned: BigInt(step.figures.returned),
    executionTimeMillis: new Double(rounded(step.figures.milliseconds)),
    totalDocsExamined: BigInt(bottom.figures.examined),
    totalKeysExamined: BigInt(bottom.stage === 'IXSCAN' ? bottom.figures.examined : bottom.figures.returned),
    executionStages: executed(step),
  };
}

function executed({ stage, details, figures, input }: Step): Reply {
  const { returned, examined, milliseconds } = figures;
  const isIndex = stage === 'IXSCAN';
  return {
    stage,
    nReturned: BigInt(returned),
    executionTimeMillis: new Double(rounded(milliseconds)),
    totalDocsExamined: isIndex ? undefined : BigInt(examined),
    indexName: details?.['indexName'],
    totalKeysExamined: BigInt(isIndex ? examined : returned),
    totalDocsRemovedByRuntimeFilter:
      (stage === 'COLLSCAN' || stage === 'FETCH') && examined > returned
        ? BigInt(examined - returned)
        : undefined,
    inputStage: input && executed(input),
  };
}

function bottomOf(step: Step): Step {
  return step.input ? bottomOf(step.input) : step;
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1000;
}

const stageNames: Readonly<Record<string, string>> = {
  $addFields: 'ADDFIELDS',
  $count: 'COUNT_SCAN',
  $documents: 'DOCUMENTS_AGG',
  $facet: 'FACET',
  $group: 'GROUP',
  $limit: 'LIMIT',
  $lookup: 'LOOKUP',
  $match: 'MATCH',
  $project: 'PROJECT',
  $sample: 'SAMPLESORT',
  $set: 'ADDFIELDS',
  $sort: 'SORT',
  $unionWith: 'UNIONWITH',
  $unwind: 'UNWIND',
};

function explainPipeline(call: Call, execute: boolean): Reply {
  const stages = list(call.body, 'pipeline') ?? [];
  const name = collectionName(call.body, 'aggregate');
  const source = new Source(call);
  source.compile(stages, name);
  if (execute && writesSomewhere(stages)) {
    throw new CommandError('IllegalOperation', 'Explain is not supported with certain Merge commands.');
  }
  const first = leadingMatch(stages);
  const cursor = scan(call, source, name, first);
  const rest = first ? stages.slice(1) : stages;
  const flows: Flow[] = [];
  for (const written of rest) flows.push(flowOfStage(written, source, name, flows.at(-1) ?? cursor));
  if (execute) finished(flows.at(-1) ?? cursor);
  return {
    stages: [
      { $cursor: explained(cursor.step, execute, `${call.database}.${name}`) },
      ...flows.map(({ step }, index) => explainStage(rest[index] ?? null, step, execute)),
    ],
  };
}

function flowOfStage(written: Value, source: Source, name: string, below: Flow): Flow {
  const [stage] = stageOf(written);
  const stepName = stageNames[stage] ?? 'PROJECTION_DEFAULT';
  const { estimated } = below.step;
  // Each says for itself what it did: what is below it has a place of its own in the answer.
  return measured({ stage: stepName, estimated }, () => source.compile([written], name)(below.rows()));
}

function explainStage(written: Value, step: Step, execute: boolean): Encodable {
  const [name, argument] = stageOf(written);
  const own = name === '$project' || name === '$addFields' ? argument : undefined;
  return { [name]: { ...(isDoc(own) ? Object.fromEntries(own) : {}), ...explained(step, execute) } };
}

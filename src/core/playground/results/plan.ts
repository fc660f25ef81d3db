import { isArray, isDoc } from '../../sessions/bson.ts';
import type { Doc, Value } from '../../sessions/bson.ts';
import { numberOf } from './order.ts';

/** Why a stage costs more than it need. */
export type Cost =
  /** It reads the whole collection, of so many documents. */
  | { readonly code: 'scansAll'; readonly examined: number }
  /** It looks at far more than it hands on. */
  | { readonly code: 'examinesMore'; readonly examined: number; readonly returned: number }
  /** It holds all that it sorts, since no index has that order. */
  | { readonly code: 'sortsInMemory'; readonly sorted: number | undefined }
  /** So much did not fit into memory, and went to disk. */
  | { readonly code: 'spills' }
  /** It took most of the time. */
  | { readonly code: 'slowest'; readonly ms: number; readonly of: number };

export interface Stage {
  readonly name: string;
  readonly index: string | undefined;
  readonly returned: number | undefined;
  readonly keysExamined: number | undefined;
  readonly docsExamined: number | undefined;
  /** With the time of those below it. */
  readonly ms: number | undefined;
  readonly costs: readonly Cost[];
  readonly inputs: readonly Stage[];
}

export interface Plan {
  readonly namespace: string | undefined;
  /** What was run, and not only planned. */
  readonly isMeasured: boolean;
  readonly returned: number | undefined;
  readonly keysExamined: number | undefined;
  readonly docsExamined: number | undefined;
  readonly ms: number | undefined;
  /** The last stage: what it hands on is the answer. */
  readonly root: Stage;
}

/** What is few is read in no time, whichever way. */
const few = 100;
/** So many times what it hands on is far more. */
const farMore = 10;
/** In milliseconds: what is over sooner is slow to nobody. */
const notable = 20;

/** The plan in what `explain` answered; undefined for any other document. */
export function planOf(document: Doc): Plan | undefined {
  const stages = document.get('stages');
  if (isArray(stages)) return pipelinePlan(stages, document);
  const planner = docIn(document, 'queryPlanner');
  const stats = docIn(document, 'executionStats');
  const root = treeIn(planner, stats);
  if (root === undefined) return undefined;
  return summed(planner, stats, root);
}

function summed(planner: Doc | undefined, stats: Doc | undefined, tree: Raw): Plan {
  // Of a pipeline the statistics are those of its beginning: the whole takes as long as whatever takes longest.
  const times = [numberIn(stats, 'executionTimeMillis'), largest(tree, 'ms')].filter(
    (ms) => ms !== undefined,
  );
  const total = times.length === 0 ? undefined : Math.max(...times);
  const namespace = planner?.get('namespace');
  return {
    namespace: typeof namespace === 'string' ? namespace : undefined,
    isMeasured: stats !== undefined,
    returned: numberIn(stats, 'nReturned') ?? tree.returned,
    keysExamined: numberIn(stats, 'totalKeysExamined') ?? largest(tree, 'keysExamined'),
    docsExamined: numberIn(stats, 'totalDocsExamined') ?? largest(tree, 'docsExamined'),
    ms: total,
    root: judged(tree, total),
  };
}

/** The stages of a pipeline come one after the other; the first of them is a plan of its own. */
function pipelinePlan(stages: readonly Value[], document: Doc): Plan | undefined {
  let plan: Raw | undefined;
  let planner: Doc | undefined;
  let stats: Doc | undefined;
  for (const stage of stages) {
    if (!isDoc(stage)) continue;
    const found = [...stage].find(([key]) => key.startsWith('$'));
    if (found === undefined) continue;
    const [name, body] = found;
    const own = isDoc(body) ? body : undefined;
    const tree: Raw | undefined = treeIn(docIn(own, 'queryPlanner'), docIn(own, 'executionStats'));
    if (name === '$cursor' || name === '$geoNearCursor') {
      planner ??= docIn(own, 'queryPlanner');
      stats ??= docIn(own, 'executionStats');
      plan = tree ?? plan;
      continue;
    }
    plan = {
      name,
      index: tree?.index,
      returned: numberIn(stage, 'nReturned') ?? numberIn(own, 'nReturned') ?? tree?.returned,
      keysExamined: numberIn(stage, 'totalKeysExamined'),
      docsExamined: numberIn(stage, 'totalDocsExamined'),
      ms: numberIn(stage, 'executionTimeMillisEstimate') ?? numberIn(own, 'executionTimeMillis'),
      spills: stage.get('usedDisk') === true || own?.get('usedDisk') === true,
      inputs: plan === undefined ? [] : [plan],
    };
  }
  if (plan === undefined) return undefined;
  const whole = docIn(document, 'executionStats');
  const summary = summed(planner, whole ?? stats, plan);
  // What the first stage says of itself is not what the last one hands on.
  return whole === undefined && stats !== undefined ? { ...summary, returned: plan.returned } : summary;
}

/** A stage before anybody judged it. */
interface Raw extends Omit<Stage, 'costs' | 'inputs'> {
  readonly spills: boolean;
  readonly inputs: readonly Raw[];
}

function treeIn(planner: Doc | undefined, stats: Doc | undefined): Raw | undefined {
  const executed = docIn(stats, 'executionStages');
  const planned = docIn(planner, 'winningPlan');
  // Newer servers wrap a plan that another engine runs.
  const tree = executed ?? docIn(planned, 'queryPlan') ?? planned;
  if (tree === undefined) return undefined;
  const raw = rawOf(tree);
  return { ...raw, ms: raw.ms ?? numberIn(stats, 'executionTimeMillis') };
}

function rawOf(stage: Doc): Raw {
  const name = stage.get('stage');
  const index = stage.get('indexName');
  const one = docIn(stage, 'inputStage');
  const more = ['inputStages', 'shards'].flatMap((key) => {
    const list = stage.get(key);
    return isArray(list) ? list.filter(isDoc) : [];
  });
  const inputs = [...(one === undefined ? [] : [one]), ...more].map((input) =>
    // A shard says of itself where it is, and has its plan inside.
    rawOf(docIn(input, 'executionStages') ?? docIn(input, 'winningPlan') ?? input),
  );
  return {
    name: typeof name === 'string' ? name : '?',
    index: typeof index === 'string' ? index : undefined,
    returned: numberIn(stage, 'nReturned'),
    keysExamined:
      numberIn(stage, 'totalKeysExamined') ??
      numberIn(stage, 'keysExamined') ??
      numberIn(stage, 'estimatedTotalKeysExamined'),
    docsExamined: numberIn(stage, 'totalDocsExamined') ?? numberIn(stage, 'docsExamined'),
    ms: numberIn(stage, 'executionTimeMillis') ?? numberIn(stage, 'executionTimeMillisEstimate'),
    spills: stage.get('usedDisk') === true,
    inputs,
  };
}

function judged(stage: Raw, total: number | undefined): Stage {
  const { name, index, returned, keysExamined, docsExamined, ms } = stage;
  const inputs = stage.inputs.map((input) => judged(input, total));
  return { name, index, returned, keysExamined, docsExamined, ms, costs: costsOf(stage, total), inputs };
}

function costsOf(stage: Raw, total: number | undefined): readonly Cost[] {
  const { name, returned, ms } = stage;
  const examined = Math.max(stage.docsExamined ?? 0, stage.keysExamined ?? 0);
  const costs: Cost[] = [];
  if (name === 'COLLSCAN') {
    // Who wants most of it has to read all of it.
    if (examined >= few && 2 * (returned ?? 0) < examined) costs.push({ code: 'scansAll', examined });
  } else if (
    reads.has(name) &&
    returned !== undefined &&
    examined >= few &&
    examined >= farMore * Math.max(returned, 1)
  )
    costs.push({ code: 'examinesMore', examined, returned });
  if (sorts.has(name)) {
    const sorted = stage.inputs[0]?.returned;
    if (sorted === undefined || sorted >= few) costs.push({ code: 'sortsInMemory', sorted });
  }
  if (stage.spills) costs.push({ code: 'spills' });
  const isTimed = stage.inputs.every((input) => input.ms !== undefined);
  if (ms !== undefined && isTimed && total !== undefined && total >= notable) {
    const own = ms - Math.max(0, ...stage.inputs.map((input) => input.ms ?? 0));
    if (own > total / 2) costs.push({ code: 'slowest', ms: own, of: total });
  }
  return costs;
}

const reads: ReadonlySet<string> = new Set(['IXSCAN', 'FETCH', 'EXPRESS_IXSCAN', 'TEXT_MATCH']);
const sorts: ReadonlySet<string> = new Set(['SORT', '$sort']);

function largest(stage: Raw, key: 'keysExamined' | 'docsExamined' | 'ms'): number | undefined {
  const all = [stage[key], ...stage.inputs.map((input) => largest(input, key))].filter(
    (one) => one !== undefined,
  );
  return all.length === 0 ? undefined : Math.max(...all);
}

function docIn(document: Doc | undefined, key: string): Doc | undefined {
  const value = document?.get(key);
  return isDoc(value) ? value : undefined;
}

function numberIn(document: Doc | undefined, key: string): number | undefined {
  return numberOf(document?.get(key));
}

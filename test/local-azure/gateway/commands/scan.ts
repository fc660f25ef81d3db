import type { Encodable } from '../bson/encode.ts';
import { isDoc } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { equal } from '../bson/order.ts';
import { compileFilter } from '../query/filter.ts';
import type { Collection, View } from '../storage/collection.ts';
import type { IndexSpec } from '../storage/indexSpec.ts';
import type { Row } from '../storage/row.ts';
import { idsIn } from '../storage/scan.ts';
import type { Call } from './command.ts';
import { leadingMatch } from './source.ts';
import type { Source } from './source.ts';
import { measured, stepOver } from './step.ts';
import type { Flow } from './step.ts';

const EMPTY: Doc = new Map();

/** The scan that a filter leads to: through an index on fields that it names, or through everything. */
export function scan(call: Call, source: Source, name: string, filter: Doc = EMPTY): Flow {
  const found = call.store.find(call.database, name);
  if (!found) return measured({ stage: 'EOF', estimated: 0 }, () => []);
  if (found.kind === 'view') return viewed(call, source, found, filter);
  const index = indexFor(found, filter, call.body.get('hint'));
  const matches = compileFilter(filter, source.variables);
  if (index) return fetched(found, index, source, filter, matches);
  return measured(
    { stage: 'COLLSCAN', conditions: conditions('runtimeFilterSet', filter), estimated: found.count },
    (figures) =>
      chosen(source.rows(name), (row) => {
        figures.examined += 1;
        return filter.size === 0 || matches(row.doc);
      }),
  );
}

/** A view is what it stands upon, with its stages and then the filter above. */
function viewed(call: Call, source: Source, { on, pipeline }: View, filter: Doc): Flow {
  const first = leadingMatch(pipeline);
  const rest = first ? pipeline.slice(1) : pipeline;
  let flow = scan(call, source, on, first);
  if (rest.length > 0) flow = stepOver(flow, { stage: 'PROJECTION_DEFAULT', run: source.compile(rest, on) });
  if (filter.size === 0) return flow;
  const matches = compileFilter(filter, source.variables);
  return stepOver(flow, { stage: 'MATCH', run: (rows) => chosen(rows, (row) => matches(row.doc)) });
}

function* chosen(rows: Iterable<Row>, isWanted: (row: Row) => boolean): Generator<Row> {
  for (const row of rows) if (isWanted(row)) yield row;
}

interface Chosen {
  readonly name: string;
  /** What of the filter the index answers. */
  readonly bounds: Doc;
  readonly estimated: number;
}

function fetched(
  collection: Collection,
  { name, bounds, estimated }: Chosen,
  source: Source,
  filter: Doc,
  matches: (doc: Doc) => boolean,
): Flow {
  const isWithin = compileFilter(bounds, source.variables);
  const rest: Doc = new Map([...filter].filter(([field]) => !bounds.has(field)));
  const entries = measured(
    {
      stage: 'IXSCAN',
      details: { indexName: name, direction: 'Forward' },
      conditions: conditions('indexFilterSet', bounds),
      estimated,
    },
    () =>
      chosen(collection.rows(), (row) => {
        // No entry of an index is looked at that is not within its bounds.
        source.watch.tick();
        return isWithin(row.doc);
      }),
  );
  return measured(
    { stage: 'FETCH', conditions: conditions('runtimeFilterSet', rest), estimated, input: entries.step },
    (figures) =>
      chosen(entries.rows(), (row) => {
        figures.examined += 1;
        return matches(row.doc);
      }),
  );
}

/** The index whose first fields the filter names most of; the one that is hinted at before all others. */
function indexFor({ indexes, count }: Collection, filter: Doc, hint: Value | undefined): Chosen | undefined {
  if (isDoc(hint) && hint.has('$natural')) return undefined;
  const ids = idsIn(filter);
  if (ids && hint === undefined)
    return { name: '_id_', bounds: only(filter, ['_id']), estimated: Math.min(ids.length, count) };
  const isHinted = ({ name, key }: IndexSpec): boolean => name === hint || (isDoc(hint) && equal(key, hint));
  let best: { readonly spec: IndexSpec; readonly bounds: Doc } | undefined;
  for (const { spec } of indexes) {
    const bounds = boundsOf(spec, filter);
    if (isHinted(spec)) return { name: spec.name, bounds, estimated: estimate(bounds, count) };
    // What an index leaves out cannot be found through it.
    const isWhole =
      !spec.description.has('partialFilterExpression') && spec.description.get('hidden') !== true;
    if (isWhole && bounds.size > (best?.bounds.size ?? 0)) best = { spec, bounds };
  }
  return best && { name: best.spec.name, bounds: best.bounds, estimated: estimate(best.bounds, count) };
}

function boundsOf({ key }: IndexSpec, filter: Doc): Doc {
  const fields: string[] = [];
  for (const field of key.keys()) {
    if (!filter.has(field)) break;
    fields.push(field);
  }
  return only(filter, fields);
}

function only(filter: Doc, fields: readonly string[]): Doc {
  return new Map([...filter].filter(([field]) => fields.includes(field)));
}

/** What a planner guesses that knows nothing of the values. */
function estimate(bounds: Doc, count: number): number {
  let share = 1;
  for (const condition of bounds.values()) share *= operatorsOf(condition) ? 1 / 3 : 1 / 100;
  return Math.ceil(count * share);
}

function operatorsOf(condition: Value): Doc | undefined {
  return isDoc(condition) && condition.keys().next().value?.startsWith('$') === true ? condition : undefined;
}

/** The conditions of a filter, one by one. */
function conditions(
  name: 'indexFilterSet' | 'runtimeFilterSet',
  filter: Doc,
): { readonly [key: string]: Encodable } {
  if (filter.size === 0) return {};
  const each: Encodable[] = [];
  for (const [field, condition] of filter) {
    const operators = operatorsOf(condition);
    if (field.startsWith('$')) each.push({ [field]: condition });
    else if (!operators) each.push({ [field]: { $eq: condition } });
    else for (const [operator, value] of operators) each.push({ [field]: { [operator]: value } });
  }
  return { [name]: each };
}

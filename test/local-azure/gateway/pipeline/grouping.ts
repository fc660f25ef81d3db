import { Int32 } from 'bson';
import { keyOf } from '../bson/key.ts';
import { compare, rankOf } from '../bson/order.ts';
import { isDoc } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { countOf, fewOf, simpleAccumulators } from '../expression/accumulator.ts';
import type { Accumulator } from '../expression/accumulator.ts';
import { compileExpression, scopeFor } from '../expression/expression.ts';
import type { Variables } from '../expression/expression.ts';
import type { Expression } from '../expression/operator.ts';
import { sortOrder } from '../query/sort.ts';
import { Row } from '../storage/row.ts';
import { docArgument } from './shaping.ts';
import type { PipelineContext, Stage, StageCompiler, StageTable } from './stage.ts';

/** One computed field of a group: what is taken of each document, and what makes one value of it. */
interface Field {
  readonly name: string;
  readonly input: Expression;
  readonly create: () => Accumulator;
}

const ONE = new Int32(1);

function compileField(name: string, written: Value, variables: Variables): Field {
  if (!isDoc(written)) throw new CommandError(40_234, `The field '${name}' must be an accumulator object`);
  if (written.size !== 1) throw new CommandError(40_238, `The field '${name}' must specify one accumulator`);
  for (const [operator, argument] of written) {
    const simple = simpleAccumulators[operator];
    if (simple)
      return { name, input: compileExpression(unary(operator, argument), variables), create: simple };
    if (operator === '$count')
      return { name, input: () => ONE, create: simpleAccumulators['$sum'] ?? unknown(operator) };
    return { name, ...compileFew(operator, argument, variables) };
  }
  return unknown(name);
}

function unknown(operator: string): never {
  if (['$accumulator', '$median', '$percentile'].includes(operator)) {
    throw new CommandError('CommandNotSupported', `${operator} is not supported by this emulator`);
  }
  throw new CommandError(15_952, `unknown group operator '${operator}'`);
}

function unary(operator: string, argument: Value): Value {
  if (!Array.isArray(argument)) return argument;
  const [only] = argument;
  if (argument.length === 1 && only !== undefined) return only;
  throw new CommandError(40_237, `The ${operator} accumulator is a unary operator`);
}

function compileFew(operator: string, argument: Value, variables: Variables): Omit<Field, 'name'> {
  const fields = isDoc(argument) ? argument : new Map<string, Value>();
  const single = operator === '$top' || operator === '$bottom';
  const read = (name: string): Value => {
    const value = fields.get(name);
    if (value === undefined) throw new CommandError(5_788_001, `${operator} requires '${name}'`);
    return value;
  };
  // How many is asked before any document is seen, so it cannot depend on one.
  const limit = (): number =>
    countOf(operator, compileExpression(read('n'), variables)(scopeFor(new Map(), variables)));
  switch (operator) {
    case '$firstN':
    case '$lastN': {
      const n = limit();
      const from = operator === '$firstN' ? 'start' : 'end';
      return { input: compileExpression(read('input'), variables), create: () => fewOf(n, from, undefined) };
    }
    case '$minN':
    case '$maxN': {
      const n = limit();
      const sign = operator === '$minN' ? 1 : -1;
      const order = (a: Value, b: Value): number => sign * compare(a, b);
      return { input: compileExpression(read('input'), variables), create: () => fewOf(n, 'start', order) };
    }
    case '$top':
    case '$topN':
    case '$bottom':
    case '$bottomN':
      return compileTop(operator, docArgument(operator, read('sortBy'), 5_788_604), read('output'), {
        limit: single ? 1 : limit(),
        single,
        variables,
      });
    default:
      return unknown(operator);
  }
}

function compileTop(
  operator: string,
  specification: Doc,
  output: Value,
  {
    limit,
    single,
    variables,
  }: { readonly limit: number; readonly single: boolean; readonly variables: Variables },
): Omit<Field, 'name'> {
  const order = sortOrder(specification);
  const result = compileExpression(output, variables);
  const from = operator.startsWith('$top') ? 'start' : 'end';
  return {
    // The document goes along, because the order is one of documents and the result one of values.
    input: (scope) => [scope.root, result(scope) ?? null],
    create() {
      const inner = fewOf(limit, from, (a, b) => order(docIn(a), docIn(b)));
      return {
        add: (value) => inner.add(value),
        result() {
          const pairs = inner.result();
          const values = Array.isArray(pairs)
            ? pairs.map((pair) => (Array.isArray(pair) ? (pair[1] ?? null) : null))
            : [];
          return single ? (values[0] ?? null) : values;
        },
      };
    },
  };
}

function docIn(pair: Value): Doc {
  const [doc] = Array.isArray(pair) ? pair : [];
  return isDoc(doc) ? doc : new Map();
}

interface Group {
  readonly id: Value;
  readonly accumulators: readonly Accumulator[];
}

/** Gathers documents by a key that is computed from each. */
class Grouping {
  readonly #fields: readonly Field[];
  readonly #groups = new Map<string, Group>();
  readonly #variables: Variables;

  constructor(fields: readonly Field[], variables: Variables) {
    this.#fields = fields;
    this.#variables = variables;
  }

  add(doc: Doc, id: Value): void {
    const key = keyOf(id);
    let found = this.#groups.get(key);
    if (!found) {
      found = { id, accumulators: this.#fields.map(({ create }) => create()) };
      this.#groups.set(key, found);
    }
    const scope = scopeFor(doc, this.#variables);
    for (const [index, accumulator] of found.accumulators.entries()) {
      accumulator.add(this.#fields[index]?.input(scope));
    }
  }

  *rows(order?: (a: Value, b: Value) => number): Generator<Row> {
    const groups = [...this.#groups.values()];
    if (order) groups.sort((a, b) => order(a.id, b.id));
    for (const { id, accumulators } of groups) {
      const doc: Doc = new Map([['_id', id]]);
      for (const [index, { name }] of this.#fields.entries()) {
        const value = accumulators[index]?.result();
        if (value !== undefined) doc.set(name, value);
      }
      yield Row.ofDoc(doc);
    }
  }
}

function compileFields(fields: Doc, variables: Variables): Field[] {
  return [...fields].map(([name, written]) => {
    if (name.includes('.')) throw new CommandError(40_235, `The field name '${name}' cannot contain '.'`);
    if (name.startsWith('$'))
      throw new CommandError(40_236, `The field name '${name}' cannot be an operator name`);
    return compileField(name, written, variables);
  });
}

export function group(argument: Value, { variables }: Pick<PipelineContext, 'variables'>): Stage {
  const specification = docArgument('$group', argument, 15_947);
  const written = specification.get('_id');
  if (written === undefined) throw new CommandError(15_955, 'a group specification must include an _id');
  const id = compileExpression(written, variables);
  const fields = compileFields(new Map([...specification].filter(([name]) => name !== '_id')), variables);
  return function* (rows) {
    const grouping = new Grouping(fields, variables);
    for (const { doc } of rows) grouping.add(doc, id(scopeFor(doc, variables)) ?? null);
    yield* grouping.rows();
  };
}

function outputOf(specification: Doc, variables: Variables): Field[] {
  const output = specification.get('output');
  const counting: Doc = new Map([['count', new Map([['$sum', ONE]])]]);
  return compileFields(output === undefined ? counting : docArgument('$bucket', output, 40_196), variables);
}

const bucket: StageCompiler = (argument, { variables }) => {
  const specification = docArgument('$bucket', argument, 40_201);
  const by = compileExpression(specification.get('groupBy') ?? null, variables);
  const written = specification.get('boundaries');
  const boundaries = Array.isArray(written) ? written : [];
  if (boundaries.length < 2)
    throw new CommandError(40_192, 'The $bucket boundaries must have at least 2 values');
  for (let index = 1; index < boundaries.length; index++) {
    const [previous, next] = [boundaries[index - 1], boundaries[index]];
    if (rankOf(previous) !== rankOf(next) || compare(previous, next) >= 0) {
      throw new CommandError(40_194, 'The $bucket boundaries must be of one type and in ascending order');
    }
  }
  const fallback = specification.get('default');
  const fields = outputOf(specification, variables);
  return function* (rows) {
    const grouping = new Grouping(fields, variables);
    for (const { doc } of rows) {
      const value = by(scopeFor(doc, variables));
      const above = boundaries.findIndex((boundary) => compare(value, boundary) < 0);
      const id = above > 0 ? boundaries[above - 1] : fallback;
      if (id === undefined) {
        throw new CommandError(
          40_066,
          '$switch could not find a matching branch for an input, and no default was specified.',
        );
      }
      grouping.add(doc, id);
    }
    yield* grouping.rows(compare);
  };
};

const bucketAuto: StageCompiler = (argument, { variables }) => {
  const specification = docArgument('$bucketAuto', argument, 40_240);
  if (specification.has('granularity')) {
    throw new CommandError('CommandNotSupported', 'granularity is not supported by this emulator');
  }
  const by = compileExpression(specification.get('groupBy') ?? null, variables);
  const wanted = countOf('$bucketAuto', specification.get('buckets'));
  const fields = outputOf(specification, variables);
  return function* (rows) {
    const items = Array.from(rows, ({ doc }) => ({ doc, value: by(scopeFor(doc, variables)) ?? null }));
    items.sort((a, b) => compare(a.value, b.value));
    const grouping = new Grouping(fields, variables);
    const size = Math.max(Math.round(items.length / wanted), 1);
    for (let start = 0, made = 1; start < items.length; made++) {
      let end = made === wanted ? items.length : Math.min(start + size, items.length);
      // Equal values are never in two buckets.
      while (end < items.length && compare(items[end - 1]?.value, items[end]?.value) === 0) end += 1;
      const id: Doc = new Map([
        ['min', items[start]?.value ?? null],
        ['max', items[end]?.value ?? items[end - 1]?.value ?? null],
      ]);
      for (const { doc } of items.slice(start, end)) grouping.add(doc, id);
      start = end;
    }
    yield* grouping.rows();
  };
};

export const groupingStages: StageTable = { $group: group, $bucket: bucket, $bucketAuto: bucketAuto };

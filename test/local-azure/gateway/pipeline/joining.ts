import { Long } from 'bson';
import { keyOf } from '../bson/key.ts';
import { asNumber } from '../bson/number.ts';
import { isDoc, isNumber } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { compileExpression, scopeFor } from '../expression/expression.ts';
import type { Variables } from '../expression/expression.ts';
import { compileFilter } from '../query/filter.ts';
import { splitPath, valuesAt } from '../query/path.ts';
import type { Path } from '../query/path.ts';
import { Row } from '../storage/row.ts';
import { docArgument, withValue } from './shaping.ts';
import type { Stage, StageCompiler, StageTable } from './stage.ts';

function textOf(name: string, specification: Doc, key: string): string {
  const value = specification.get(key);
  if (typeof value === 'string' && value !== '') return value;
  throw new CommandError('FailedToParse', `${name} argument '${key}' must be a string`);
}

function fieldsOf(name: string, specification: Doc, known: readonly string[]): Doc {
  for (const key of specification.keys()) {
    if (!known.includes(key)) throw new CommandError('FailedToParse', `unknown argument to ${name}: ${key}`);
  }
  return specification;
}

/** Rows by the values that a path reaches in them; a missing value counts as null. */
function indexBy(rows: Iterable<Row>, path: Path): ReadonlyMap<string, readonly Row[]> {
  const index = new Map<string, Row[]>();
  for (const row of rows) {
    const keys = new Set(valuesAt(row.doc, path).map((value) => keyOf(value ?? null)));
    for (const key of keys) {
      const found = index.get(key);
      if (found) found.push(row);
      else index.set(key, [row]);
    }
  }
  return index;
}

function matching(index: ReadonlyMap<string, readonly Row[]>, values: readonly (Value | undefined)[]): Row[] {
  const found = new Set<Row>();
  for (const value of values) for (const row of index.get(keyOf(value ?? null)) ?? []) found.add(row);
  return [...found];
}

function letValues(vars: Value | undefined, variables: Variables): (doc: Doc) => Variables {
  if (vars === undefined) return () => variables;
  const compiled = [...docArgument('$lookup', vars, 40_319)].map(
    ([name, value]) => [name, compileExpression(value, variables)] as const,
  );
  return (doc) => {
    const bound = new Map(variables);
    for (const [name, expression] of compiled) bound.set(name, expression(scopeFor(doc, variables)));
    return bound;
  };
}

const lookup: StageCompiler = (argument, context) => {
  const known = ['from', 'localField', 'foreignField', 'as', 'let', 'pipeline'];
  const specification = fieldsOf('$lookup', docArgument('$lookup', argument, 40_319), known);
  const as = splitPath(textOf('$lookup', specification, 'as'));
  const joined = specification.has('localField') || specification.has('foreignField');
  const pipeline = specification.get('pipeline');
  if (!joined && !Array.isArray(pipeline)) {
    throw new CommandError(
      'FailedToParse',
      '$lookup requires both or neither of localField and foreignField',
    );
  }
  const local = joined ? splitPath(textOf('$lookup', specification, 'localField')) : undefined;
  const foreign = joined ? splitPath(textOf('$lookup', specification, 'foreignField')) : undefined;
  const bind = letValues(specification.get('let'), context.variables);
  return function* (rows) {
    const source = specification.has('from')
      ? [...context.read(textOf('$lookup', specification, 'from'))]
      : [];
    const index = foreign && indexBy(source, foreign);
    for (const { doc } of rows) {
      let found: Iterable<Row> = index && local ? matching(index, valuesAt(doc, local)) : source;
      if (Array.isArray(pipeline)) found = context.compile(pipeline, bind(doc))(found);
      yield Row.ofDoc(
        withValue(
          doc,
          as,
          Array.from(found, (row) => row.doc),
        ),
      );
    }
  };
};

const graphLookup: StageCompiler = (argument, { read, variables }) => {
  const name = '$graphLookup';
  const known = ['from', 'startWith', 'connectFromField', 'connectToField', 'as', 'maxDepth', 'depthField'];
  const specification = fieldsOf(name, docArgument(name, argument, 40_327), [
    ...known,
    'restrictSearchWithMatch',
  ]);
  const from = textOf(name, specification, 'from');
  const as = splitPath(textOf(name, specification, 'as'));
  const connectFrom = splitPath(textOf(name, specification, 'connectFromField'));
  const connectTo = splitPath(textOf(name, specification, 'connectToField'));
  const start = compileExpression(specification.get('startWith') ?? null, variables);
  const written = specification.get('maxDepth');
  const depth = isNumber(written) ? asNumber(written) : Infinity;
  const depthField = specification.has('depthField') && splitPath(textOf(name, specification, 'depthField'));
  const restriction = specification.get('restrictSearchWithMatch');
  const allowed = isDoc(restriction) ? compileFilter(restriction, variables) : () => true;
  return function* (rows) {
    const index = indexBy(
      [...read(from)].filter(({ doc }) => allowed(doc)),
      connectTo,
    );
    for (const { doc } of rows) {
      const first = start(scopeFor(doc, variables));
      const found = new Map<Row, number>();
      let wave = Array.isArray(first) ? first : [first ?? null];
      for (let level = 0; level <= depth && wave.length > 0; level++) {
        const fresh = matching(index, wave).filter((row) => !found.has(row));
        for (const row of fresh) found.set(row, level);
        wave = fresh.flatMap((row) => valuesAt(row.doc, connectFrom).filter((value) => value !== undefined));
      }
      const results = Array.from(found, ([row, level]) =>
        depthField ? withValue(row.doc, depthField, Long.fromNumber(level)) : row.doc,
      );
      yield Row.ofDoc(withValue(doc, as, results));
    }
  };
};

const unionWith: StageCompiler = (argument, context) => {
  const specification: Doc =
    typeof argument === 'string' ? new Map([['coll', argument]]) : docArgument('$unionWith', argument, 9);
  const pipeline = specification.get('pipeline');
  const stage = context.compile(Array.isArray(pipeline) ? pipeline : [], context.variables);
  return function* (rows) {
    yield* rows;
    yield* stage(specification.has('coll') ? context.read(textOf('$unionWith', specification, 'coll')) : []);
  };
};

const facet: StageCompiler = (argument, context) => {
  const specification = docArgument('$facet', argument, 40_169);
  if (specification.size === 0) throw new CommandError(40_169, '$facet requires at least one output field');
  const facets = [...specification].map(([name, pipeline]): readonly [string, Stage] => {
    if (!Array.isArray(pipeline))
      throw new CommandError(40_170, `arguments to $facet must be arrays, ${name} is not`);
    return [name, context.compile(pipeline, context.variables)];
  });
  return function* (rows) {
    const all = [...rows];
    yield Row.ofDoc(new Map(facets.map(([name, stage]) => [name, Array.from(stage(all), (row) => row.doc)])));
  };
};

const documents: StageCompiler = (argument, { variables }) => {
  const made = compileExpression(argument, variables)(scopeFor(new Map(), variables));
  if (!Array.isArray(made) || !made.every(isDoc)) {
    throw new CommandError(5_858_203, '$documents must be an array of objects');
  }
  return () => made.map((doc) => Row.ofDoc(doc));
};

export const joiningStages: StageTable = {
  $lookup: lookup,
  $graphLookup: graphLookup,
  $unionWith: unionWith,
  $facet: facet,
  $documents: documents,
};

import { BSONRegExp } from 'bson';
import { clone } from '../bson/encode.ts';
import { equal } from '../bson/order.ts';
import { isDoc } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import type { Variables } from '../expression/expression.ts';
import { nameOfType } from '../expression/operator.ts';
import { compilePipeline, stageOf } from '../pipeline/pipeline.ts';
import { compileFilter, compileValueFilter, isOperators } from '../query/filter.ts';
import { splitPath } from '../query/path.ts';
import type { Path, Trace } from '../query/path.ts';
import { Row } from '../storage/row.ts';
import { modifiers } from './modifier.ts';
import type { Change } from './modifier.ts';
import { concretePaths, placeAt } from './place.ts';
import type { ArrayFilters } from './place.ts';

/** Makes the new version of a document; the old one stays as it is. */
export type Update = (doc: Doc, situation: { readonly trace: Trace; readonly inserting: boolean }) => Doc;

interface UpdateOptions {
  readonly arrayFilters: readonly Value[] | undefined;
  readonly variables: Variables;
}

export function compileUpdate(written: Value, options: UpdateOptions): Update {
  if (Array.isArray(written)) return compilePipelineUpdate(written, options.variables);
  if (!isDoc(written)) {
    throw new CommandError(
      'FailedToParse',
      `Update argument must be either an object or an array, not ${nameOfType(written)}`,
    );
  }
  return isReplacement(written) ? compileReplacement(written) : compileModifiers(written, options);
}

export function isReplacement(written: Value): boolean {
  return isDoc(written) && written.keys().next().value?.startsWith('$') !== true;
}

function compileReplacement(written: Doc): Update {
  for (const key of written.keys()) {
    if (key.startsWith('$')) {
      throw new CommandError(
        'DollarPrefixedFieldName',
        `The dollar ($) prefixed field '${key}' is not allowed in an update's replacement`,
      );
    }
  }
  return (doc) => {
    const id = written.get('_id') ?? doc.get('_id');
    const rest = [...written].filter(([key]) => key !== '_id');
    return checked(doc, new Map([...(id === undefined ? [] : [['_id', id] as const]), ...rest]));
  };
}

const updateStages: readonly string[] = [
  '$addFields',
  '$set',
  '$project',
  '$unset',
  '$replaceRoot',
  '$replaceWith',
];

function compilePipelineUpdate(written: readonly Value[], variables: Variables): Update {
  for (const stage of written) {
    const [name] = stageOf(stage);
    if (!updateStages.includes(name)) {
      throw new CommandError('InvalidOptions', `${name} is not allowed to be used within an update`);
    }
  }
  const nowhere = (): never => {
    throw new CommandError('InvalidOptions', 'An update pipeline works on its own document alone');
  };
  const stage = compilePipeline(written, {
    database: '',
    collection: undefined,
    variables,
    watch: undefined,
    read: nowhere,
    write: nowhere,
    replaceAll: nowhere,
    describe: nowhere,
  });
  return (doc) => {
    const [row] = stage([Row.ofDoc(doc)]);
    const made = row?.doc ?? doc;
    const id = doc.get('_id');
    return checked(doc, made.has('_id') || id === undefined ? made : new Map([['_id', id], ...made]));
  };
}

function checked(before: Doc, after: Doc): Doc {
  const id = before.get('_id');
  if (id !== undefined && !equal(id, after.get('_id'))) {
    throw new CommandError(
      'ImmutableField',
      "Performing an update on the path '_id' would modify the immutable field '_id'",
    );
  }
  return after;
}

interface Step {
  readonly operator: string;
  readonly path: Path;
  readonly change: Change;
  /** Where `$rename` moves to. */
  readonly target: Path | undefined;
}

function compileModifiers(written: Doc, { arrayFilters }: UpdateOptions): Update {
  const filters = compileArrayFilters(arrayFilters ?? []);
  const steps: Step[] = [];
  const touched: string[] = [];
  for (const [operator, fields] of written) {
    const known = operator === '$rename' || operator in modifiers;
    if (!known) {
      throw new CommandError(
        'FailedToParse',
        `Unknown modifier: ${operator}. Expected a valid update modifier or pipeline-style update specified as an array`,
      );
    }
    if (!isDoc(fields)) {
      throw new CommandError(
        'FailedToParse',
        `Modifiers operate on fields but we found type ${nameOfType(fields)} instead.`,
      );
    }
    for (const [field, operand] of fields) {
      const step = compileStep(operator, field, operand);
      steps.push(step);
      for (const path of [step.path, ...(step.target ? [step.target] : [])])
        checkConflict(touched, path.join('.'));
    }
  }
  return (doc, { trace, inserting }) => {
    const copy: Doc = new Map();
    for (const [key, value] of doc) copy.set(key, clone(value));
    for (const step of steps) {
      if (step.operator === '$setOnInsert' && !inserting) continue;
      for (const path of concretePaths(copy, step.path, trace, filters)) applyStep(copy, path, step);
    }
    return checked(doc, copy);
  };
}

function compileStep(operator: string, field: string, operand: Value): Step {
  const path = checkedPath(field);
  if (operator !== '$rename') {
    const change = modifiers[operator]?.(operand, field) ?? ((value) => value);
    return { operator, path, change, target: undefined };
  }
  if (typeof operand !== 'string') {
    throw new CommandError('BadValue', `The 'to' field for $rename must be a string: ${field}`);
  }
  return { operator, path, change: () => undefined, target: checkedPath(operand) };
}

function checkedPath(field: string): Path {
  const path = splitPath(field);
  if (path.includes('')) {
    throw new CommandError(
      'EmptyFieldName',
      `The update path '${field}' contains an empty field name, which is not allowed.`,
    );
  }
  return path;
}

function checkConflict(touched: string[], path: string): void {
  for (const other of touched) {
    if (path === other || path.startsWith(`${other}.`) || other.startsWith(`${path}.`)) {
      throw new CommandError(
        'ConflictingUpdateOperators',
        `Updating the path '${path}' would create a conflict at '${other}'`,
      );
    }
  }
  touched.push(path);
}

function applyStep(doc: Doc, path: Path, { operator, change, target }: Step): void {
  const place = placeAt(doc, path);
  const before = place.read();
  if (target) {
    if (before === undefined) return;
    place.remove();
    placeAt(doc, target).write(before);
    return;
  }
  const after = change(before);
  if (after !== undefined) place.write(after);
  else if (operator === '$unset') place.remove();
}

function compileArrayFilters(written: readonly Value[]): ArrayFilters {
  const filters = new Map<string, (value: Value | undefined) => boolean>();
  for (const filter of written) {
    if (!isDoc(filter)) throw new CommandError('BadValue', 'An array filter must be an object');
    const names = new Set([...filter.keys()].map((key) => splitPath(key)[0] ?? ''));
    const [name = ''] = names;
    if (names.size !== 1 || !/^[a-z][a-zA-Z0-9]*$/.test(name)) {
      throw new CommandError(
        'FailedToParse',
        'An array filter must use one identifier, which begins with a lower case letter',
      );
    }
    const whole = filter.get(name);
    if (whole !== undefined) filters.set(name, compileValueFilter(whole));
    else {
      const inner = compileFilter(
        new Map([...filter].map(([key, value]) => [key.slice(name.length + 1), value])),
      );
      filters.set(name, (value) => isDoc(value) && inner(value));
    }
  }
  return filters;
}

/** What an upsert starts from: the values that its filter asks for. */
export function documentFromFilter(filter: Doc): Doc {
  const doc: Doc = new Map();
  const collect = (conditions: Doc): void => {
    for (const [key, value] of conditions) {
      if (key === '$and' && Array.isArray(value)) value.filter(isDoc).forEach(collect);
      if (key.startsWith('$')) continue;
      const literal = isOperators(value) ? value.get('$eq') : value;
      if (literal !== undefined && !(literal instanceof BSONRegExp))
        placeAt(doc, splitPath(key)).write(clone(literal));
    }
  };
  collect(filter);
  return doc;
}

import { BSONRegExp } from 'bson';
import { isTruthy } from '../bson/number.ts';
import { isDoc } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { compileExpression, scopeFor } from '../expression/expression.ts';
import type { Variables } from '../expression/expression.ts';
import { reaches, splitPath } from './path.ts';
import type { Trace } from './path.ts';
import { badValue, compileOperator, equality, patternTest, unrecognized } from './predicate.ts';
import type { Clause, Reach } from './predicate.ts';

/** Whether a document is meant; the trace learns where in an array it matched. */
type Filter = (doc: Doc, trace?: Trace) => boolean;

/** Operators that the real service knows and this one does not serve. */
const unserved: readonly string[] =
  '$geoIntersects $geoNear $geoWithin $jsonSchema $near $nearSphere $sampleRate $text $where $within'.split(
    ' ',
  );

export function compileFilter(filter: Doc, variables?: Variables): Filter {
  const parts: Filter[] = [];
  for (const [key, value] of filter) {
    const part = key.startsWith('$')
      ? compileTopLevel(key, value, variables)
      : compileField(key, value, variables);
    if (part) parts.push(part);
  }
  const [only] = parts;
  if (only && parts.length === 1) return only;
  return (doc, trace) => parts.every((part) => part(doc, trace));
}

function compileTopLevel(key: string, value: Value, variables: Variables | undefined): Filter | undefined {
  switch (key) {
    case '$and': {
      const parts = branches(key, value, variables);
      return (doc, trace) => parts.every((part) => part(doc, trace));
    }
    case '$or': {
      const parts = branches(key, value, variables);
      return (doc, trace) => parts.some((part) => part(doc, trace));
    }
    case '$nor': {
      const parts = branches(key, value, variables);
      return (doc) => !parts.some((part) => part(doc));
    }
    case '$expr': {
      const expression = compileExpression(value, variables);
      return (doc) => isTruthy(expression(scopeFor(doc, variables)));
    }
    case '$comment':
      return undefined;
    case '$alwaysTrue':
      return () => true;
    case '$alwaysFalse':
      return () => false;
    default:
      refuseUnserved(key);
      throw unrecognized(key);
  }
}

function refuseUnserved(operator: string): void {
  if (unserved.includes(operator)) {
    throw new CommandError('CommandNotSupported', `${operator} is not supported by this emulator`);
  }
}

function branches(key: string, value: Value, variables: Variables | undefined): Filter[] {
  if (!Array.isArray(value)) throw badValue(`${key} must be an array`);
  if (value.length === 0) throw badValue(`${key} must be a nonempty array`);
  return value.map((item) => {
    if (!isDoc(item)) throw badValue(`${key} entries need to be full objects`);
    return compileFilter(item, variables);
  });
}

function compileField(key: string, value: Value, variables: Variables | undefined): Filter {
  const path = splitPath(key);
  const clauses = isOperators(value) ? compileOperators(value, variables) : [compileLiteral(value)];
  return (doc, trace) => {
    const reach: Reach = (test, whole) => reaches(doc, path, test, whole, trace);
    return clauses.every((clause) => clause(reach, trace));
  };
}

/** A document of operators, as opposed to a document to be equal to; a reference is the latter. */
export function isOperators(value: Value): value is Doc {
  if (!isDoc(value)) return false;
  const [first] = value.keys();
  return first !== undefined && first.startsWith('$') && !['$ref', '$id', '$db'].includes(first);
}

function compileLiteral(value: Value): Clause {
  const test = value instanceof BSONRegExp ? patternTest(value) : equality(value);
  return (reach) => reach(test, false);
}

function compileOperators(operators: Doc, variables: Variables | undefined): Clause[] {
  const clauses: Clause[] = [];
  for (const [name, operand] of operators) {
    if (name === '$options' || name === '$comment') {
      if (name === '$options' && !operators.has('$regex')) throw badValue('$options needs a $regex');
      continue;
    }
    refuseUnserved(name);
    if (name === '$not') clauses.push(compileNot(operand, variables));
    else if (name === '$elemMatch') clauses.push(compileElemMatch(operand, variables));
    else if (name === '$all') clauses.push(...compileAll(operand, variables));
    else clauses.push(compileOperator(name, operand, operators));
  }
  return clauses;
}

function compileNot(operand: Value, variables: Variables | undefined): Clause {
  if (operand instanceof BSONRegExp) {
    const test = patternTest(operand);
    return (reach) => !reach(test, false);
  }
  if (!isDoc(operand)) throw badValue('$not needs a regex or a document');
  if (operand.size === 0) throw badValue('$not cannot be empty');
  const clauses = compileOperators(operand, variables);
  return (reach) => !clauses.every((clause) => clause(reach));
}

function compileAll(operand: Value, variables: Variables | undefined): Clause[] {
  if (!Array.isArray(operand)) throw badValue('$all needs an array');
  if (operand.length === 0) return [() => false];
  return operand.map((item) => {
    if (!isOperators(item)) return compileLiteral(item);
    if (![...item.keys()].every((key) => key === '$elemMatch')) throw badValue('no $ expressions in $all');
    return compileElemMatch(item.get('$elemMatch') ?? null, variables);
  });
}

/** One element must do for all conditions, unlike conditions beside each other, which may share the work. */
function compileElemMatch(operand: Value, variables: Variables | undefined): Clause {
  if (!isDoc(operand)) throw badValue('$elemMatch needs an Object');
  const element = compileElement(operand, variables);
  return (reach, trace) =>
    reach((value) => {
      if (!Array.isArray(value)) return false;
      const index = value.findIndex(element);
      if (index >= 0 && trace) trace.index = index;
      return index >= 0;
    }, true);
}

/** The `$elemMatch` of a projection. */
export function elementMatcher(operand: Value): (value: Value) => boolean {
  if (!isDoc(operand)) throw badValue('$elemMatch needs an Object');
  return compileElement(operand, undefined);
}

const logical: readonly string[] = ['$and', '$or', '$nor', '$expr'];

function compileElement(operand: Doc, variables: Variables | undefined): (value: Value) => boolean {
  const [first] = operand.keys();
  if (first !== undefined && isOperators(operand) && !logical.includes(first)) {
    const clauses = compileOperators(operand, variables);
    return (value) => clauses.every((clause) => clause((test) => test(value)));
  }
  const filter = compileFilter(operand, variables);
  return (value) => {
    if (isDoc(value)) return filter(value);
    // An array within an array is looked into by its places.
    return Array.isArray(value) && filter(new Map(value.map((item, index) => [String(index), item])));
  };
}

/** Whether one value, on its own, satisfies what stands beside a field's name; for `$pull` and array filters. */
export function compileValueFilter(condition: Value): (value: Value | undefined) => boolean {
  const clauses = isOperators(condition)
    ? compileOperators(condition, undefined)
    : [compileLiteral(condition)];
  return (value) =>
    clauses.every((clause) =>
      clause((test, whole) => test(value) || (!whole && Array.isArray(value) && value.some(test))),
    );
}

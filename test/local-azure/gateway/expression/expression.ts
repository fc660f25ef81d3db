import { Double } from 'bson';
import { isDoc } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { splitPath } from '../query/path.ts';
import type { Path } from '../query/path.ts';
import { summaryOperators } from './accumulator.ts';
import { arithmeticOperators } from './arithmetic.ts';
import { arrayOperators } from './array.ts';
import { convertOperators, timestampOperators } from './convert.ts';
import { dateOperators } from './date.ts';
import { logicOperators } from './logic.ts';
import { objectOperators } from './object.ts';
import type { Compiler, Expression, Operator, Scope } from './operator.ts';
import { setOperators } from './set.ts';
import { textOperators } from './text.ts';

/** Values that have names outside of the expression: what `let` named, and the command's one moment, `NOW`. */
export type Variables = ReadonlyMap<string, Value | undefined>;

const NO_VARIABLES: Variables = new Map();

export function scopeFor(root: Doc, variables: Variables = NO_VARIABLES): Scope {
  return { root, variables };
}

/** Operators that the real service knows and this one does not serve. */
const unserved: readonly string[] =
  '$accumulator $function $median $meta $percentile $toHashedIndexKey $toUUID'.split(' ');

const letOperator: Operator = (argument, compiler) => {
  const vars = isDoc(argument) ? argument.get('vars') : undefined;
  const body = isDoc(argument) ? argument.get('in') : undefined;
  if (!isDoc(vars) || body === undefined) throw new CommandError(16_876, "$let requires 'vars' and 'in'");
  const compiled = [...vars].map(([name, value]) => [name, compiler.compile(value)] as const);
  const inner = compiler.binding([...vars.keys()]).compile(body);
  return (scope) => {
    const variables = new Map(scope.variables);
    for (const [name, expression] of compiled) variables.set(name, expression(scope));
    return inner({ ...scope, variables });
  };
};

const operators = new Map<string, Operator>(
  Object.entries({
    ...arithmeticOperators,
    ...arrayOperators,
    ...convertOperators,
    ...timestampOperators,
    ...dateOperators,
    ...logicOperators,
    ...objectOperators,
    ...setOperators,
    ...summaryOperators,
    ...textOperators,
    $let: letOperator,
    $literal: (argument) => () => argument,
    $const: (argument) => () => argument,
    $rand: () => () => new Double(Math.random()),
  } satisfies Readonly<Record<string, Operator>>),
);

const systemVariables: Readonly<Record<string, Expression>> = {
  ROOT: (scope) => scope.root,
  CURRENT: (scope) => scope.root,
  REMOVE: () => undefined,
  NOW: (scope) => scope.variables.get('NOW') ?? new Date(),
};

/** Compiles an expression once for many documents. `variables` are those that surround it. */
export function compileExpression(value: Value, variables: Variables = NO_VARIABLES): Expression {
  return compilerFor(new Set(variables.keys())).compile(value);
}

function compilerFor(known: ReadonlySet<string>): Compiler {
  return {
    compile(value) {
      if (typeof value === 'string' && value.startsWith('$')) return compilePath(value, known);
      if (isDoc(value)) return compileDoc(value, this);
      if (!Array.isArray(value)) return () => value;
      const items = value.map((item) => this.compile(item));
      return (scope) => items.map((item) => item(scope) ?? null);
    },
    binding: (names) => compilerFor(new Set([...known, ...names])),
  };
}

function compileDoc(doc: Doc, compiler: Compiler): Expression {
  const [first] = doc.keys();
  if (first?.startsWith('$') === true) {
    if (doc.size !== 1) {
      throw new CommandError(15_983, 'An object representing an expression must have exactly one field');
    }
    return compileOperator(first, doc.get(first) ?? null, compiler);
  }
  const fields = [...doc].map(([key, value]) => {
    if (key.startsWith('$'))
      throw new CommandError(16_410, `FieldPath field names may not start with '$': ${key}`);
    if (key.includes('.'))
      throw new CommandError(16_412, `FieldPath field names may not contain '.': ${key}`);
    return [key, compiler.compile(value)] as const;
  });
  return (scope) => {
    const made: Doc = new Map();
    for (const [key, expression] of fields) {
      const value = expression(scope);
      if (value !== undefined) made.set(key, value);
    }
    return made;
  };
}

function compileOperator(name: string, argument: Value, compiler: Compiler): Expression {
  const operator = operators.get(name);
  if (operator) return operator(argument, compiler);
  if (unserved.includes(name)) {
    throw new CommandError('CommandNotSupported', `${name} is not supported by this emulator`);
  }
  throw new CommandError(31_325, `Unknown expression ${name}`);
}

function compilePath(written: string, known: ReadonlySet<string>): Expression {
  const isVariable = written.startsWith('$$');
  const path = splitPath(written.slice(isVariable ? 2 : 1));
  if (path.includes('')) throw new CommandError(15_998, 'FieldPath field names may not be empty strings.');
  if (!isVariable) return (scope) => follow(scope.root, path, 0);
  const [name = '', ...rest] = path;
  // A variable of that name comes before the system's, as `$$ROOT` cannot be rebound by accident.
  const system = systemVariables[name];
  if (system) return (scope) => follow(system(scope), rest, 0);
  if (!known.has(name)) throw new CommandError(17_276, `Use of undefined variable: ${name}`);
  return (scope) => follow(scope.variables.get(name), rest, 0);
}

/** Through an array, a path collects from each document in it; unlike in a filter, a number is only a name. */
export function follow(value: Value | undefined, path: Path, at: number): Value | undefined {
  const name = path[at];
  if (name === undefined) return value;
  if (isDoc(value)) return follow(value.get(name), path, at + 1);
  if (!Array.isArray(value)) return undefined;
  return value
    .filter(isDoc)
    .map((item) => follow(item, path, at))
    .filter((item) => item !== undefined);
}

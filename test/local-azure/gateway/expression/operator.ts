import type { Doc, Value } from '../bson/value.ts';
import { isDoc, isNullish, typeName } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';

/** What an expression sees while it is evaluated. */
export interface Scope {
  readonly root: Doc;
  readonly variables: ReadonlyMap<string, Value | undefined>;
}

/** A compiled expression; `undefined` means that there is no value. */
export type Expression = (scope: Scope) => Value | undefined;

export interface Compiler {
  compile(value: Value): Expression;
  /** A compiler for expressions that may also use these variables. */
  binding(names: readonly string[]): Compiler;
}

export type Operator = (argument: Value, compiler: Compiler) => Expression;

export type OperatorTable = Readonly<Record<string, Operator>>;

type Arguments = readonly (Value | undefined)[];

/** What a caller wrote is an array of arguments, or the one argument. */
function argumentsOf(argument: Value): readonly Value[] {
  return Array.isArray(argument) ? argument : [argument];
}

/** An operator with a fixed number of arguments, or a range of it. */
export function positional(
  name: string,
  [least, most]: readonly [number, number],
  compute: (...values: Arguments) => Value | undefined,
): Operator {
  return (argument, compiler) => {
    const written = argumentsOf(argument);
    if (written.length < least || written.length > most) {
      const expected =
        least === most ? `exactly ${least}` : `at least ${least} arguments, and at most ${most}`;
      throw new CommandError(
        16_020,
        `Expression ${name} takes ${expected} arguments. ${written.length} were passed in.`,
      );
    }
    const compiled = written.map((item) => compiler.compile(item));
    return (scope) => compute(...compiled.map((expression) => expression(scope)));
  };
}

/** An operator that takes any number of arguments. */
export function variadic(compute: (values: Arguments) => Value | undefined): Operator {
  return (argument, compiler) => {
    const compiled = argumentsOf(argument).map((item) => compiler.compile(item));
    return (scope) => compute(compiled.map((expression) => expression(scope)));
  };
}

export type Named = Readonly<Record<string, Value | undefined>>;

/** The fields of a document of arguments, compiled; an unknown or a missing one is refused. */
export function compileFields(
  name: string,
  argument: Value,
  compiler: Compiler,
  required: readonly string[],
  optional: readonly string[] = [],
): Readonly<Record<string, Expression | undefined>> {
  if (!isDoc(argument)) {
    throw new CommandError(40_075, `${name} only supports an object as its argument`);
  }
  const compiled: Record<string, Expression> = {};
  for (const [key, value] of argument) {
    if (!required.includes(key) && !optional.includes(key)) {
      throw new CommandError(40_076, `Unrecognized parameter to ${name}: ${key}`);
    }
    compiled[key] = compiler.compile(value);
  }
  for (const key of required) {
    if (!compiled[key]) throw new CommandError(40_077, `Missing '${key}' parameter to ${name}`);
  }
  return compiled;
}

/** An operator whose arguments have names. */
export function named(
  name: string,
  required: readonly string[],
  optional: readonly string[],
  compute: (values: Named) => Value | undefined,
): Operator {
  return (argument, compiler) => {
    const fields = Object.entries(compileFields(name, argument, compiler, required, optional));
    return (scope) =>
      compute(Object.fromEntries(fields.map(([key, expression]) => [key, expression?.(scope)])));
  };
}

/** Null in, null out; arguments that were left out are not asked about. */
export function orNull(
  compute: (...values: Value[]) => Value | undefined,
): (...values: Arguments) => Value | undefined {
  return (...values) => {
    const present: Value[] = [];
    for (const value of values) {
      if (isNullish(value)) return null;
      present.push(value);
    }
    return compute(...present);
  };
}

/** How the service prints a type in an error; nothing has a name too. */
export function nameOfType(value: Value | undefined): string {
  return value === undefined ? 'missing' : typeName(value);
}

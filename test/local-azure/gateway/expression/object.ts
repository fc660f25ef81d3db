import { Binary, Int32 } from 'bson';
import { encode } from '../bson/encode.ts';
import { isDoc, isNullish } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { arrayArgument } from './array.ts';
import { nameOfType, orNull, positional, variadic } from './operator.ts';
import type { Compiler, Expression, Operator, OperatorTable } from './operator.ts';

function docArgument(name: string, value: Value | undefined, code: number): Doc {
  if (isDoc(value)) return value;
  throw new CommandError(code, `${name} requires an object, but found: ${nameOfType(value)}`);
}

function pairOf(item: Value): readonly [string, Value] {
  const pair = Array.isArray(item)
    ? item
    : isDoc(item) && item.size === 2
      ? [item.get('k'), item.get('v')]
      : [];
  const [key, value] = pair;
  if (typeof key !== 'string' || value === undefined || pair.length !== 2) {
    throw new CommandError(40_386, '$arrayToObject requires pairs of a key and a value');
  }
  return [key, value];
}

/** The name of a field as a string, which may be one that a path cannot say. */
function constantName(name: string, written: Value | undefined): string {
  const literal = isDoc(written) && written.has('$literal') ? written.get('$literal') : written;
  if (typeof literal === 'string' && (literal !== written || !literal.startsWith('$'))) return literal;
  throw new CommandError(5_654_602, `${name} requires 'field' to evaluate to a constant String`);
}

const getField: Operator = (argument, compiler) => {
  const shorthand = typeof argument === 'string' || (isDoc(argument) && !argument.has('field'));
  const fields: Doc = shorthand
    ? new Map([['field', argument]])
    : docArgument('$getField', argument, 3_041_701);
  const name = constantName('$getField', fields.get('field'));
  const input = compiler.compile(fields.get('input') ?? '$$CURRENT');
  return (scope) => {
    const target = input(scope);
    if (isDoc(target)) return target.get(name);
    return target !== undefined && isNullish(target) ? null : undefined;
  };
};

function compileSetField(
  name: string,
  argument: Value,
  compiler: Compiler,
  value: Expression | undefined,
): Expression {
  const fields = docArgument(name, argument, 4_161_100);
  const key = constantName(name, fields.get('field'));
  const input = compiler.compile(fields.get('input') ?? null);
  return (scope) => {
    const target = input(scope);
    if (isNullish(target)) return null;
    const copy = new Map(docArgument(name, target, 4_161_105));
    const replacement = value?.(scope);
    if (replacement === undefined) copy.delete(key);
    else copy.set(key, replacement);
    return copy;
  };
}

export const objectOperators: OperatorTable = {
  $mergeObjects: variadic((values) => {
    // One argument may be an array of documents.
    const [only] = values;
    const all = values.length === 1 && Array.isArray(only) ? only : values;
    const merged: Doc = new Map();
    for (const value of all) {
      if (isNullish(value)) continue;
      for (const [key, item] of docArgument('$mergeObjects', value, 40_400)) merged.set(key, item);
    }
    return merged;
  }),
  $objectToArray: positional(
    '$objectToArray',
    [1, 1],
    orNull((value) =>
      [...docArgument('$objectToArray', value, 40_390)].map(
        ([k, v]): Value =>
          new Map([
            ['k', k],
            ['v', v],
          ]),
      ),
    ),
  ),
  $arrayToObject: positional(
    '$arrayToObject',
    [1, 1],
    orNull((value) => new Map(arrayArgument('$arrayToObject', value, 40_386).map(pairOf))),
  ),
  $getField: getField,
  $setField: (argument, compiler) => {
    const value = isDoc(argument) ? argument.get('value') : undefined;
    if (value === undefined) throw new CommandError(4_161_102, "$setField requires 'value' to be specified");
    return compileSetField('$setField', argument, compiler, compiler.compile(value));
  },
  $unsetField: (argument, compiler) => compileSetField('$unsetField', argument, compiler, undefined),
  $bsonSize: positional(
    '$bsonSize',
    [1, 1],
    orNull((value) => new Int32(encode(docArgument('$bsonSize', value, 31_393)).length)),
  ),
  $binarySize: positional(
    '$binarySize',
    [1, 1],
    orNull((value) => {
      if (typeof value === 'string') return new Int32(Buffer.byteLength(value));
      if (value instanceof Binary) return new Int32(value.length());
      throw new CommandError(
        51_276,
        `$binarySize requires a string or BinData argument, found: ${nameOfType(value)}`,
      );
    }),
  ),
};

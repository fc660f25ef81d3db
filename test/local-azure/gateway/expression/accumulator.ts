import { Decimal128, Double, Int32 } from 'bson';
import { keyOf } from '../bson/key.ts';
import { add, asNumber, divide } from '../bson/number.ts';
import { compare } from '../bson/order.ts';
import { isDoc, isNullish, isNumber } from '../bson/value.ts';
import type { Doc, NumberValue, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { nameOfType, variadic } from './operator.ts';
import type { Operator, OperatorTable } from './operator.ts';

/** Takes values one by one and makes one of them. */
export interface Accumulator {
  add(value: Value | undefined): void;
  result(): Value | undefined;
}

/** Whole numbers stay whole and decimals stay decimals; what is no number is passed over. */
function sum(): Accumulator {
  let total: NumberValue = new Int32(0);
  return {
    add(value) {
      if (isNumber(value)) total = add(total, value);
    },
    result: () => total,
  };
}

function average(): Accumulator {
  let total: NumberValue = new Int32(0);
  let count = 0;
  return {
    add(value) {
      if (!isNumber(value)) return;
      total = add(total, value);
      count += 1;
    },
    result: () => (count === 0 ? null : divide(total, new Double(count))),
  };
}

function extreme(direction: 1 | -1): Accumulator {
  let best: Value | undefined;
  return {
    add(value) {
      if (isNullish(value)) return;
      if (best === undefined || compare(value, best) * direction < 0) best = value;
    },
    result: () => best ?? null,
  };
}

/** By Welford's method, which does not lose what large values have in common. */
function deviation(sample: boolean): Accumulator {
  let count = 0;
  let mean = 0;
  let squares = 0;
  let decimal = false;
  return {
    add(value) {
      if (!isNumber(value)) return;
      decimal ||= value instanceof Decimal128;
      const x = asNumber(value);
      count += 1;
      const delta = x - mean;
      mean += delta / count;
      squares += delta * (x - mean);
    },
    result() {
      if (count === 0 || (sample && count === 1)) return null;
      const result = Math.sqrt(squares / (sample ? count - 1 : count));
      return decimal ? Decimal128.fromString(result.toPrecision(15)) : new Double(result);
    },
  };
}

function first(): Accumulator {
  let kept: { readonly value: Value | undefined } | undefined;
  return {
    add(value) {
      kept ??= { value };
    },
    result: () => kept?.value ?? null,
  };
}

function last(): Accumulator {
  let kept: Value | undefined;
  return {
    add(value) {
      kept = value;
    },
    result: () => kept ?? null,
  };
}

function push(): Accumulator {
  const items: Value[] = [];
  return {
    add(value) {
      if (value !== undefined) items.push(value);
    },
    result: () => items,
  };
}

function addToSet(): Accumulator {
  const items = new Map<string, Value>();
  return {
    add(value) {
      if (value === undefined) return;
      const key = keyOf(value);
      if (!items.has(key)) items.set(key, value);
    },
    result: () => [...items.values()],
  };
}

function mergeObjects(): Accumulator {
  const merged: Doc = new Map();
  return {
    add(value) {
      if (isNullish(value)) return;
      if (!isDoc(value)) {
        throw new CommandError(
          40_400,
          `$mergeObjects requires object inputs, but input is of type ${nameOfType(value)}`,
        );
      }
      for (const [key, item] of value) merged.set(key, item);
    },
    result: () => merged,
  };
}

/** The accumulators that look at one value of each document and need nothing else. */
export const simpleAccumulators: Readonly<Record<string, () => Accumulator>> = {
  $sum: sum,
  $avg: average,
  $min: () => extreme(1),
  $max: () => extreme(-1),
  $stdDevPop: () => deviation(false),
  $stdDevSamp: () => deviation(true),
  $first: first,
  $last: last,
  $push: push,
  $addToSet: addToSet,
  $mergeObjects: mergeObjects,
};

/** Several of something: kept in order of arrival, or of a comparison, up to a number. */
export function fewOf(
  limit: number,
  from: 'start' | 'end',
  order: ((a: Value, b: Value) => number) | undefined,
): Accumulator {
  const items: Value[] = [];
  return {
    add(value) {
      if (order && isNullish(value)) return;
      items.push(value ?? null);
    },
    result() {
      const sorted = order ? [...items].sort(order) : items;
      return from === 'start' ? sorted.slice(0, limit) : sorted.slice(-limit);
    },
  };
}

/** Used as an expression, an accumulator works on an array, or on its several arguments. */
function asExpression(create: () => Accumulator): Operator {
  return variadic((values) => {
    const accumulator = create();
    const [only] = values;
    for (const value of values.length === 1 && Array.isArray(only) ? only : values) accumulator.add(value);
    return accumulator.result();
  });
}

export const summaryOperators: OperatorTable = {
  $sum: asExpression(sum),
  $avg: asExpression(average),
  $min: asExpression(() => extreme(1)),
  $max: asExpression(() => extreme(-1)),
  $stdDevPop: asExpression(() => deviation(false)),
  $stdDevSamp: asExpression(() => deviation(true)),
};

/** The whole number that says how many to keep. */
export function countOf(name: string, value: Value | undefined): number {
  const number = isNumber(value) ? asNumber(value) : Number.NaN;
  if (Number.isInteger(number) && number >= 1) return number;
  throw new CommandError(5_787_908, `${name} needs 'n' to be a whole number greater than 0`);
}

import { Int32, Long, Timestamp } from 'bson';
import { addExactly, integerOf, multiplyExactly, ofBigInt } from '../bson/number.ts';
import { clone } from '../bson/encode.ts';
import { compare } from '../bson/order.ts';
import { isDoc, isNumber } from '../bson/value.ts';
import type { NumberValue, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { nameOfType } from '../expression/operator.ts';
import { arrayModifiers } from './arrayModifier.ts';

/** The new value of a field, from its old one; `undefined` leaves the field out. */
export type Change = (before: Value | undefined) => Value | undefined;

/** Checks an operand once, and says what it does to a field. */
export type Modifier = (operand: Value, path: string) => Change;

function numericChange(
  name: string,
  notNumeric: string,
  compute: (a: NumberValue, b: NumberValue) => NumberValue | undefined,
  missing: (operand: NumberValue) => NumberValue,
): Modifier {
  return (operand, path) => {
    if (!isNumber(operand)) throw new CommandError('TypeMismatch', notNumeric);
    return (before) => {
      if (before === undefined) return missing(operand);
      if (!isNumber(before)) {
        throw new CommandError(
          'TypeMismatch',
          `Cannot apply ${name} to a value of non-numeric type. The field '${path}' has type ${nameOfType(before)}`,
        );
      }
      const after = compute(before, operand);
      if (after) return after;
      throw new CommandError(
        'BadValue',
        `Failed to apply ${name} operations to current value of '${path}': it overflows`,
      );
    };
  };
}

function zeroLike(operand: NumberValue): NumberValue {
  return multiplyExactly(operand, new Int32(0)) ?? new Int32(0);
}

function bit(operand: Value, path: string): Change {
  if (!isDoc(operand) || operand.size === 0) {
    throw new CommandError(
      'BadValue',
      `The $bit modifier needs a document with and, or, or xor for '${path}'`,
    );
  }
  const steps = [...operand].map(([name, value]) => {
    if (!(value instanceof Int32) && !(value instanceof Long)) {
      throw new CommandError(
        'BadValue',
        `The $bit modifier field must be an Integer(32/64 bit); a '${nameOfType(value)}' is not supported here`,
      );
    }
    const mask = integerOf(value) ?? 0n;
    const long = value instanceof Long;
    if (name === 'and') return { long, apply: (bits: bigint) => bits & mask };
    if (name === 'or') return { long, apply: (bits: bigint) => bits | mask };
    if (name === 'xor') return { long, apply: (bits: bigint) => bits ^ mask };
    throw new CommandError(
      'BadValue',
      `The $bit modifier only supports 'and', 'or', and 'xor', not '${name}'`,
    );
  });
  return (before = new Int32(0)) => {
    if (!(before instanceof Int32) && !(before instanceof Long)) {
      throw new CommandError(
        'BadValue',
        `Cannot apply $bit to a value of non-integral type: ${nameOfType(before)}`,
      );
    }
    const bits = steps.reduce((value, step) => step.apply(value), integerOf(before) ?? 0n);
    return ofBigInt(bits, before instanceof Long || steps.some(({ long }) => long));
  };
}

let lastTimestamp = 0;

function currentDate(operand: Value, path: string): Change {
  const type = isDoc(operand) ? operand.get('$type') : operand === false ? undefined : 'date';
  if (typeof operand === 'boolean' || type === 'date') return () => new Date();
  if (type === 'timestamp') {
    return () =>
      new Timestamp({
        t: Math.floor(Date.now() / 1000),
        i: (lastTimestamp = (lastTimestamp % 1_000_000) + 1),
      });
  }
  throw new CommandError(
    'BadValue',
    `The '$type' of $currentDate for '${path}' must be 'date' or 'timestamp'`,
  );
}

function bound(direction: 1 | -1): Modifier {
  return (operand) => (before) =>
    before === undefined || compare(operand, before) * direction < 0 ? clone(operand) : before;
}

const set: Modifier = (operand) => () => clone(operand);

export const modifiers: Readonly<Record<string, Modifier>> = {
  ...arrayModifiers,
  $set: set,
  $setOnInsert: set,
  $unset: () => () => undefined,
  $inc: numericChange('$inc', 'Increment should be numeric', addExactly, (operand) => operand),
  $mul: numericChange('$mul', 'Multiply should be numeric', multiplyExactly, zeroLike),
  $min: bound(1),
  $max: bound(-1),
  $bit: bit,
  $currentDate: currentDate,
};

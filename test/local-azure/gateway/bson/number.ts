import { Decimal128, Double, Int32, Long } from 'bson';
import {
  addDecimals,
  decimalOfBigInt,
  decimalToNumber,
  divideDecimals,
  multiplyDecimals,
  negateDecimal,
  parseDecimal,
  remainderOfDecimals,
  roundDecimal,
  roundedDecimalOfDouble,
  toDecimal128,
} from './decimal.ts';
import type { Decimal, Rounding } from './decimal.ts';
import { exactDecimal } from './order.ts';
import { Undefined, isNumber } from './value.ts';
import type { NumberValue, Value } from './value.ts';

const MAX_INT32 = 2n ** 31n - 1n;
const MAX_INT64 = 2n ** 63n - 1n;

/** A number with its fraction cut off; `undefined` for what is not a finite number. */
export function integerOf(value: Value | undefined): bigint | undefined {
  if (!isNumber(value)) return undefined;
  if (value instanceof Int32) return BigInt(value.value);
  if (value instanceof Long) return value.toBigInt();
  const rounded = roundDecimal(exactDecimal(value), 0, 'trunc');
  if (rounded.kind !== 'finite') return undefined;
  const magnitude = rounded.coefficient * 10n ** BigInt(Math.max(rounded.exponent, 0));
  return rounded.negative ? -magnitude : magnitude;
}

export function asNumber(value: NumberValue): number {
  return value instanceof Int32 || value instanceof Double
    ? value.value
    : decimalToNumber(exactDecimal(value));
}

/** Any BSON number as a double; for sizes, limits and places. */
export function toNumber(value: Value | undefined): number | undefined {
  return isNumber(value) ? asNumber(value) : undefined;
}

/** What counts as true: everything but nothing, null, false and zero. */
export function isTruthy(value: Value | undefined): boolean {
  if (value === undefined || value === null || value instanceof Undefined) return false;
  return isNumber(value) ? !isZero(value) : value !== false;
}

/** The number as a decimal to calculate with; of a double, the digits that can be trusted. */
export function asDecimal(value: NumberValue): Decimal {
  if (value instanceof Decimal128) return parseDecimal(value);
  if (value instanceof Long) return decimalOfBigInt(value.toBigInt());
  return value instanceof Int32 ? decimalOfBigInt(BigInt(value.value)) : roundedDecimalOfDouble(value.value);
}

/** The smallest type of whole number that holds it, a long at least where a long was involved. */
export function ofBigInt(value: bigint, long = false): Int32 | Long | undefined {
  const magnitude = value < 0n ? -value - 1n : value;
  if (magnitude > MAX_INT64) return undefined;
  return long || magnitude > MAX_INT32 ? Long.fromBigInt(value) : new Int32(Number(value));
}

interface Arithmetic {
  readonly decimal: (a: Decimal, b: Decimal) => Decimal;
  readonly double: (a: number, b: number) => number;
  readonly integer: (a: bigint, b: bigint) => bigint;
}

/** `undefined` when the result is a whole number too large for any type of them. */
function calculate(a: NumberValue, b: NumberValue, arithmetic: Arithmetic): NumberValue | undefined {
  if (a instanceof Decimal128 || b instanceof Decimal128) {
    return toDecimal128(arithmetic.decimal(asDecimal(a), asDecimal(b)));
  }
  if (a instanceof Double || b instanceof Double)
    return new Double(arithmetic.double(asNumber(a), asNumber(b)));
  const exact = arithmetic.integer(integerOf(a) ?? 0n, integerOf(b) ?? 0n);
  return ofBigInt(exact, a instanceof Long || b instanceof Long);
}

const addition: Arithmetic = { decimal: addDecimals, double: (a, b) => a + b, integer: (a, b) => a + b };
const subtraction: Arithmetic = {
  decimal: (a, b) => addDecimals(a, negateDecimal(b)),
  double: (a, b) => a - b,
  integer: (a, b) => a - b,
};
const multiplication: Arithmetic = {
  decimal: multiplyDecimals,
  double: (a, b) => a * b,
  integer: (a, b) => a * b,
};

/** Whole numbers that leave their type; an update refuses what an expression turns into a double. */
export function addExactly(a: NumberValue, b: NumberValue): NumberValue | undefined {
  return calculate(a, b, addition);
}

export function multiplyExactly(a: NumberValue, b: NumberValue): NumberValue | undefined {
  return calculate(a, b, multiplication);
}

export function add(a: NumberValue, b: NumberValue): NumberValue {
  return calculate(a, b, addition) ?? new Double(asNumber(a) + asNumber(b));
}

export function subtract(a: NumberValue, b: NumberValue): NumberValue {
  return calculate(a, b, subtraction) ?? new Double(asNumber(a) - asNumber(b));
}

export function multiply(a: NumberValue, b: NumberValue): NumberValue {
  return calculate(a, b, multiplication) ?? new Double(asNumber(a) * asNumber(b));
}

export function isZero(value: NumberValue): boolean {
  return asNumber(value) === 0;
}

/** Division leaves the whole numbers always. */
export function divide(a: NumberValue, b: NumberValue): NumberValue {
  if (a instanceof Decimal128 || b instanceof Decimal128) {
    return toDecimal128(divideDecimals(asDecimal(a), asDecimal(b)));
  }
  return new Double(asNumber(a) / asNumber(b));
}

export function remainder(a: NumberValue, b: NumberValue): NumberValue {
  const result = calculate(a, b, {
    decimal: remainderOfDecimals,
    double: (x, y) => x % y,
    integer: (x, y) => x % y,
  });
  return result ?? new Double(asNumber(a) % asNumber(b));
}

function negate(value: NumberValue): NumberValue {
  return subtract(value instanceof Double ? new Double(-0) : new Int32(0), value);
}

export function absolute(value: NumberValue): NumberValue {
  if (value instanceof Decimal128) {
    const decimal = parseDecimal(value);
    return decimal.kind === 'nan' ? value : toDecimal128({ ...decimal, negative: false });
  }
  return value instanceof Double
    ? new Double(Math.abs(value.value))
    : asNumber(value) < 0
      ? negate(value)
      : value;
}

/** Rounds to a number of digits after the point, keeping the type. */
export function round(value: NumberValue, place: number, rounding: Rounding): NumberValue {
  if (value instanceof Decimal128) return toDecimal128(roundDecimal(parseDecimal(value), place, rounding));
  if (value instanceof Double) {
    if (!Number.isFinite(value.value)) return value;
    const rounded = decimalToNumber(roundDecimal(exactDecimal(value), place, rounding));
    return new Double(rounded === 0 && value.value < 0 ? -0 : rounded);
  }
  if (place >= 0) return value;
  const integer = roundDecimal(exactDecimal(value), place, rounding);
  const result = integer.kind === 'finite' ? integerOf(toDecimal128(integer)) : undefined;
  return ofBigInt(result ?? 0n, value instanceof Long) ?? new Double(asNumber(value));
}

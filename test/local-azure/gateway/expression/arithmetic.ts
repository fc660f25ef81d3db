import { Decimal128, Double, Int32, Long } from 'bson';
import {
  absolute,
  add,
  asNumber,
  divide,
  integerOf,
  isZero,
  multiply,
  ofBigInt,
  remainder,
  round,
  subtract,
  toNumber,
} from '../bson/number.ts';
import type { Rounding } from '../bson/decimal.ts';
import { isNullish, isNumber } from '../bson/value.ts';
import type { NumberValue, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { nameOfType, orNull, positional, variadic } from './operator.ts';
import type { Operator, OperatorTable } from './operator.ts';

function numeric(name: string, value: Value, code = 28_765): NumberValue {
  if (isNumber(value)) return value;
  throw new CommandError(code, `${name} only supports numeric types, not ${nameOfType(value)}`);
}

/** Milliseconds may be added to one date. */
function sum(values: readonly (Value | undefined)[]): Value {
  let total: NumberValue = new Int32(0);
  let date: Date | undefined;
  for (const value of values) {
    if (isNullish(value)) return null;
    if (value instanceof Date) {
      if (date) throw new CommandError(16_612, 'only one date allowed in an $add expression');
      date = value;
    } else {
      if (!isNumber(value)) {
        throw new CommandError(
          'DollarAddNumericOrDateTypes',
          `$add only supports numeric or date types, not ${nameOfType(value)}`,
        );
      }
      total = add(total, value);
    }
  }
  return date ? new Date(date.getTime() + asNumber(round(total, 0, 'halfEven'))) : total;
}

function product(values: readonly (Value | undefined)[]): Value {
  let total: NumberValue = new Int32(1);
  for (const value of values) {
    if (isNullish(value)) return null;
    if (!isNumber(value)) {
      throw new CommandError(
        'TypeMismatch',
        `$multiply only supports numeric types, not ${nameOfType(value)}`,
      );
    }
    total = multiply(total, value);
  }
  return total;
}

function difference(a: Value, b: Value): Value {
  if (a instanceof Date && b instanceof Date) return Long.fromNumber(a.getTime() - b.getTime());
  if (a instanceof Date && isNumber(b)) return new Date(a.getTime() - asNumber(round(b, 0, 'halfEven')));
  if (isNumber(a) && isNumber(b)) return subtract(a, b);
  throw new CommandError('TypeMismatch', `can't $subtract ${nameOfType(b)} from ${nameOfType(a)}`);
}

function quotient(a: Value, b: Value): Value {
  if (!isNumber(a) || !isNumber(b)) {
    throw new CommandError(
      'TypeMismatch',
      `$divide only supports numeric types, not ${nameOfType(a)} and ${nameOfType(b)}`,
    );
  }
  if (isZero(b)) throw new CommandError('BadValue', "can't $divide by zero");
  return divide(a, b);
}

function modulo(a: Value, b: Value): Value {
  if (!isNumber(a) || !isNumber(b)) {
    throw new CommandError(
      16_611,
      `$mod only supports numeric types, not ${nameOfType(a)} and ${nameOfType(b)}`,
    );
  }
  if (isZero(b)) throw new CommandError(16_610, "can't $mod by zero");
  return remainder(a, b);
}

/** Which arguments a function takes, and how it refuses the others. */
interface Domain {
  readonly allowed: (x: number) => boolean;
  readonly code: number;
}

const EVERYTHING: Domain = { allowed: () => true, code: 50_989 };

/** A function of doubles; a decimal keeps its type, with a double's precision. */
function analytic(
  name: string,
  compute: (x: number) => number,
  { allowed, code }: Domain = EVERYTHING,
): Operator {
  return positional(
    name,
    [1, 1],
    orNull((value) => {
      const number = numeric(name, value);
      const x = asNumber(number);
      if (!Number.isNaN(x) && !allowed(x)) {
        throw new CommandError(code, `${name}'s argument is out of its range: ${x}`);
      }
      return likeKind(compute(x), number);
    }),
  );
}

function likeKind(result: number, ...operands: readonly NumberValue[]): NumberValue {
  if (!operands.some((operand) => operand instanceof Decimal128)) return new Double(result);
  if (!Number.isFinite(result)) return Decimal128.fromString(String(result));
  return Decimal128.fromString(String(Number(result.toPrecision(15))));
}

function power(base: Value, exponent: Value): Value {
  const a = numeric('$pow', base, 28_762);
  const b = numeric('$pow', exponent, 28_763);
  if (isZero(a) && asNumber(b) < 0)
    throw new CommandError(28_764, '$pow cannot take a base of 0 and a negative exponent');
  const whole = !(
    a instanceof Double ||
    a instanceof Decimal128 ||
    b instanceof Double ||
    b instanceof Decimal128
  );
  const steps = integerOf(b) ?? 0n;
  if (whole && steps >= 0n && steps < 64n) {
    const exact = ofBigInt((integerOf(a) ?? 0n) ** steps, a instanceof Long || b instanceof Long);
    if (exact) return exact;
  }
  return likeKind(asNumber(a) ** asNumber(b), a, b);
}

function logarithm(value: Value, base: Value): Value {
  const a = numeric('$log', value, 28_756);
  const b = numeric('$log', base, 28_757);
  if (asNumber(a) <= 0) throw new CommandError(28_758, "$log's argument must be a positive number");
  if (asNumber(b) <= 0 || asNumber(b) === 1) {
    throw new CommandError(28_759, "$log's base must be a positive number not equal to 1");
  }
  return likeKind(Math.log(asNumber(a)) / Math.log(asNumber(b)), a, b);
}

function rounding(name: string, how: Rounding): Operator {
  return positional(name, [1, 2], (value, place) => {
    if (isNullish(value) || place === null) return null;
    const digits = place === undefined ? 0 : toNumber(place);
    if (digits === undefined || !Number.isInteger(digits) || digits < -20 || digits > 100) {
      throw new CommandError(51_083, `cannot apply ${name} with precision value outside of -20 to 100`);
    }
    return round(numeric(name, value, 51_081), digits, how);
  });
}

function toWhole(name: string, how: Rounding): Operator {
  return positional(
    name,
    [1, 1],
    orNull((value) => round(numeric(name, value), 0, how)),
  );
}

function bits(name: string, start: bigint, combine: (a: bigint, b: bigint) => bigint): Operator {
  return variadic((values) => {
    let result = start;
    let long = false;
    for (const value of values) {
      if (isNullish(value)) return null;
      if (!(value instanceof Int32) && !(value instanceof Long)) {
        throw new CommandError(
          'TypeMismatch',
          `${name} only supports int and long operands, not ${nameOfType(value)}`,
        );
      }
      long ||= value instanceof Long;
      result = combine(result, integerOf(value) ?? 0n);
    }
    return ofBigInt(result, long) ?? null;
  });
}

const finite: Domain = { allowed: Number.isFinite, code: 50_989 };
const unit: Domain = { allowed: (x) => x >= -1 && x <= 1, code: 50_989 };
const positive = (code: number): Domain => ({ allowed: (x) => x > 0, code });
const from = (least: number, code: number): Domain => ({ allowed: (x) => x >= least, code });

export const arithmeticOperators: OperatorTable = {
  $abs: positional(
    '$abs',
    [1, 1],
    orNull((value) => absolute(numeric('$abs', value))),
  ),
  $add: variadic(sum),
  $multiply: variadic(product),
  $subtract: positional('$subtract', [2, 2], orNull(difference)),
  $divide: positional('$divide', [2, 2], orNull(quotient)),
  $mod: positional('$mod', [2, 2], orNull(modulo)),
  $pow: positional('$pow', [2, 2], orNull(power)),
  $log: positional('$log', [2, 2], orNull(logarithm)),
  $round: rounding('$round', 'halfEven'),
  $trunc: rounding('$trunc', 'trunc'),
  $ceil: toWhole('$ceil', 'ceil'),
  $floor: toWhole('$floor', 'floor'),
  $exp: analytic('$exp', Math.exp),
  $ln: analytic('$ln', Math.log, positive(28_766)),
  $log10: analytic('$log10', Math.log10, positive(28_761)),
  $sqrt: analytic('$sqrt', Math.sqrt, from(0, 28_714)),
  $sin: analytic('$sin', Math.sin, finite),
  $cos: analytic('$cos', Math.cos, finite),
  $tan: analytic('$tan', Math.tan, finite),
  $asin: analytic('$asin', Math.asin, unit),
  $acos: analytic('$acos', Math.acos, unit),
  $atan: analytic('$atan', Math.atan),
  $sinh: analytic('$sinh', Math.sinh),
  $cosh: analytic('$cosh', Math.cosh),
  $tanh: analytic('$tanh', Math.tanh),
  $asinh: analytic('$asinh', Math.asinh),
  $acosh: analytic('$acosh', Math.acosh, from(1, 50_989)),
  $atanh: analytic('$atanh', Math.atanh, unit),
  $degreesToRadians: analytic('$degreesToRadians', (x) => (x * Math.PI) / 180),
  $radiansToDegrees: analytic('$radiansToDegrees', (x) => (x * 180) / Math.PI),
  $atan2: positional(
    '$atan2',
    [2, 2],
    orNull((y, x) => {
      const [a, b] = [numeric('$atan2', y), numeric('$atan2', x)];
      return likeKind(Math.atan2(asNumber(a), asNumber(b)), a, b);
    }),
  ),
  $bitAnd: bits('$bitAnd', -1n, (a, b) => a & b),
  $bitOr: bits('$bitOr', 0n, (a, b) => a | b),
  $bitXor: bits('$bitXor', 0n, (a, b) => a ^ b),
  $bitNot: positional(
    '$bitNot',
    [1, 1],
    orNull((value) => {
      if (value instanceof Int32 || value instanceof Long) {
        return ofBigInt(~(integerOf(value) ?? 0n), value instanceof Long) ?? null;
      }
      throw new CommandError('TypeMismatch', `$bitNot only supports int and long, not ${nameOfType(value)}`);
    }),
  ),
};

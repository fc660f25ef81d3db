import { Decimal128 } from 'bson';

/** A decimal taken apart: `(-1)^negative * coefficient * 10^exponent`. */
export type Decimal =
  | {
      readonly kind: 'finite';
      readonly negative: boolean;
      readonly coefficient: bigint;
      readonly exponent: number;
    }
  | { readonly kind: 'infinite'; readonly negative: boolean }
  | { readonly kind: 'nan' };

type Finite = Extract<Decimal, { kind: 'finite' }>;

const DIGITS = 34;
const LIMIT = 10n ** 34n;
const BIAS = 6176;
const MAX_EXPONENT = 6111;
const NAN: Decimal = { kind: 'nan' };

export function parseDecimal(value: Decimal128): Decimal {
  const bytes = Buffer.from(value.bytes.buffer, value.bytes.byteOffset, 16);
  const low = bytes.readBigUInt64LE(0);
  const high = bytes.readBigUInt64LE(8);
  const negative = high >> 63n === 1n;
  const combination = Number((high >> 58n) & 0x1fn);
  if (combination === 0x1f) return NAN;
  if (combination === 0x1e) return { kind: 'infinite', negative };
  const large = combination >= 0x18;
  const exponent = Number((high >> (large ? 47n : 49n)) & 0x3fffn) - BIAS;
  const written = large ? LIMIT : ((high & 0x1_ffff_ffff_ffffn) << 64n) | low;
  // A coefficient of more than 34 digits is not canonical and means zero.
  return { kind: 'finite', negative, coefficient: written >= LIMIT ? 0n : written, exponent };
}

function encodeFinite(negative: boolean, coefficient: bigint, exponent: number): Decimal128 {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(coefficient & 0xffff_ffff_ffff_ffffn, 0);
  const sign = negative ? 1n << 63n : 0n;
  bytes.writeBigUInt64LE(sign | (BigInt(exponent + BIAS) << 49n) | (coefficient >> 64n), 8);
  return new Decimal128(bytes);
}

/** Drops `digits` decimal digits, rounding half to even. */
function dropDigits(coefficient: bigint, digits: number): bigint {
  const unit = 10n ** BigInt(digits);
  const quotient = coefficient / unit;
  const twice = (coefficient % unit) * 2n;
  const up = twice > unit || (twice === unit && (quotient & 1n) === 1n);
  return up ? quotient + 1n : quotient;
}

/** Rounds to 34 digits and to the exponents that the format has. */
export function toDecimal128(value: Decimal): Decimal128 {
  if (value.kind === 'nan') return Decimal128.fromString('NaN');
  if (value.kind === 'infinite') return Decimal128.fromString(value.negative ? '-Infinity' : 'Infinity');
  let { coefficient, exponent } = value;
  const excess = Math.max(coefficient.toString().length - DIGITS, -BIAS - exponent, 0);
  if (excess > 0) {
    // More than that many digits leave nothing in any case, and the power would be needlessly large.
    coefficient = excess > 2 * BIAS ? 0n : dropDigits(coefficient, excess);
    exponent += excess;
    if (coefficient === LIMIT) {
      coefficient /= 10n;
      exponent += 1;
    }
  }
  if (coefficient === 0n) exponent = Math.min(Math.max(exponent, -BIAS), MAX_EXPONENT);
  const room = DIGITS - coefficient.toString().length;
  if (exponent > MAX_EXPONENT && exponent - MAX_EXPONENT <= room) {
    coefficient *= 10n ** BigInt(exponent - MAX_EXPONENT);
    exponent = MAX_EXPONENT;
  }
  if (exponent > MAX_EXPONENT) return toDecimal128({ kind: 'infinite', negative: value.negative });
  return encodeFinite(value.negative, coefficient, exponent);
}

export function decimalOfBigInt(value: bigint): Decimal {
  return { kind: 'finite', negative: value < 0n, coefficient: value < 0n ? -value : value, exponent: 0 };
}

const bits = Buffer.alloc(8);

/** Every digit of the double, which is always a finite decimal; for comparison. */
export function exactDecimalOfDouble(value: number): Decimal {
  if (Number.isNaN(value)) return NAN;
  if (!Number.isFinite(value)) return { kind: 'infinite', negative: value < 0 };
  bits.writeDoubleBE(value);
  const raw = bits.readBigUInt64BE();
  const field = Number((raw >> 52n) & 0x7ffn);
  const fraction = raw & 0xf_ffff_ffff_ffffn;
  const mantissa = field === 0 ? fraction : fraction | (1n << 52n);
  const power = (field === 0 ? 1 : field) - 1075;
  const negative = raw >> 63n === 1n;
  if (power >= 0) return { kind: 'finite', negative, coefficient: mantissa << BigInt(power), exponent: 0 };
  return { kind: 'finite', negative, coefficient: mantissa * 5n ** BigInt(-power), exponent: power };
}

/** The 15 digits that a double can be trusted with; for arithmetic, as the real server converts. */
export function roundedDecimalOfDouble(value: number): Decimal {
  if (!Number.isFinite(value)) return exactDecimalOfDouble(value);
  return parseDecimal(Decimal128.fromString(value === 0 ? '0' : String(Number(value.toPrecision(15)))));
}

function scaled(value: Finite, exponent: number): bigint {
  const magnitude = value.coefficient * 10n ** BigInt(value.exponent - exponent);
  return value.negative ? -magnitude : magnitude;
}

export function compareDecimals(a: Decimal, b: Decimal): number {
  if (a.kind === 'nan' || b.kind === 'nan') return Number(b.kind === 'nan') - Number(a.kind === 'nan');
  if (a.kind === 'infinite' || b.kind === 'infinite') return Math.sign(infinity(a) - infinity(b));
  const exponent = Math.min(a.exponent, b.exponent);
  const left = scaled(a, exponent);
  const right = scaled(b, exponent);
  return left < right ? -1 : left > right ? 1 : 0;
}

function infinity(value: Exclude<Decimal, { kind: 'nan' }>): number {
  return value.kind === 'finite' ? 0 : value.negative ? -1 : 1;
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.kind === 'nan' || b.kind === 'nan') return NAN;
  if (a.kind === 'infinite') return b.kind === 'infinite' && a.negative !== b.negative ? NAN : a;
  if (b.kind === 'infinite') return b;
  // Digits far below the last one that can be kept are not worth a power of ten of thousands of digits.
  const exponent = Math.max(
    Math.min(a.exponent, b.exponent),
    Math.max(magnitude(a), magnitude(b)) - 3 * DIGITS,
  );
  const total = floorTo(a, exponent) + floorTo(b, exponent);
  const negative = total === 0n ? a.negative && b.negative : total < 0n;
  return { kind: 'finite', negative, coefficient: total < 0n ? -total : total, exponent };
}

function magnitude(value: Finite): number {
  return value.coefficient === 0n ? -Infinity : value.exponent + value.coefficient.toString().length;
}

function floorTo(value: Finite, exponent: number): bigint {
  if (value.exponent >= exponent) return value.coefficient === 0n ? 0n : scaled(value, exponent);
  const kept = value.coefficient / 10n ** BigInt(Math.min(exponent - value.exponent, 2 * BIAS));
  return value.negative ? -kept : kept;
}

export function negateDecimal(value: Decimal): Decimal {
  return value.kind === 'nan' ? value : { ...value, negative: !value.negative };
}

export function multiplyDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.kind === 'nan' || b.kind === 'nan') return NAN;
  const negative = a.negative !== b.negative;
  if (a.kind === 'finite' && b.kind === 'finite') {
    return {
      kind: 'finite',
      negative,
      coefficient: a.coefficient * b.coefficient,
      exponent: a.exponent + b.exponent,
    };
  }
  return isZero(a) || isZero(b) ? NAN : { kind: 'infinite', negative };
}

function isZero(value: Decimal): boolean {
  return value.kind === 'finite' && value.coefficient === 0n;
}

export function divideDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.kind === 'nan' || b.kind === 'nan') return NAN;
  const negative = a.negative !== b.negative;
  if (a.kind === 'infinite') return b.kind === 'infinite' ? NAN : { kind: 'infinite', negative };
  if (b.kind === 'infinite') return { kind: 'finite', negative, coefficient: 0n, exponent: 0 };
  if (b.coefficient === 0n) return a.coefficient === 0n ? NAN : { kind: 'infinite', negative };
  // Two digits beyond the precision, and a last digit that says whether anything was left.
  const widen = Math.max(DIGITS + 2 + b.coefficient.toString().length - a.coefficient.toString().length, 0);
  const dividend = a.coefficient * 10n ** BigInt(widen);
  const exact = dividend % b.coefficient === 0n;
  let coefficient = dividend / b.coefficient;
  let exponent = a.exponent - b.exponent - widen;
  if (!exact)
    return { kind: 'finite', negative, coefficient: coefficient * 10n + 1n, exponent: exponent - 1 };
  // An exact quotient is written as short as the operands would have it.
  const ideal = a.exponent - b.exponent;
  while (exponent < ideal && coefficient !== 0n && coefficient % 10n === 0n) {
    coefficient /= 10n;
    exponent += 1;
  }
  return { kind: 'finite', negative, coefficient, exponent: coefficient === 0n ? ideal : exponent };
}

/** The remainder with the sign of the dividend. */
export function remainderOfDecimals(a: Decimal, b: Decimal): Decimal {
  if (a.kind !== 'finite' || b.kind === 'nan' || isZero(b)) return NAN;
  if (b.kind === 'infinite') return a;
  const exponent = Math.min(a.exponent, b.exponent);
  const rest = scaled({ ...a, negative: false }, exponent) % scaled({ ...b, negative: false }, exponent);
  return { kind: 'finite', negative: a.negative, coefficient: rest, exponent };
}

export type Rounding = 'floor' | 'ceil' | 'trunc' | 'halfEven';

/** Rounds to `place` digits after the point (before it, when negative). */
export function roundDecimal(value: Decimal, place: number, rounding: Rounding): Decimal {
  if (value.kind !== 'finite' || value.exponent >= -place) return value;
  const digits = -place - value.exponent;
  const unit = 10n ** BigInt(Math.min(digits, 2 * BIAS));
  const kept = value.coefficient / unit;
  const exact = kept * unit === value.coefficient;
  const away = rounding === 'ceil' ? !value.negative : rounding === 'floor' ? value.negative : false;
  const coefficient =
    rounding === 'halfEven' ? dropDigits(value.coefficient, digits) : away && !exact ? kept + 1n : kept;
  return { kind: 'finite', negative: value.negative, coefficient, exponent: -place };
}

export function decimalToNumber(value: Decimal): number {
  if (value.kind === 'nan') return Number.NaN;
  if (value.kind === 'infinite') return value.negative ? -Infinity : Infinity;
  return Number(`${value.negative ? '-' : ''}${value.coefficient}e${value.exponent}`);
}

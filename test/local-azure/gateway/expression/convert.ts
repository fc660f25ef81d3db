import { Binary, BSONSymbol, Decimal128, Double, Int32, Long, ObjectId, Timestamp } from 'bson';
import { asDecimal, asNumber, integerOf, isTruthy, ofBigInt } from '../bson/number.ts';
import { toDecimal128 } from '../bson/decimal.ts';
import { isDoc, isNullish, isNumber } from '../bson/value.ts';
import type { TypeName, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { parseDate } from './dateText.ts';
import { compileFields, nameOfType, positional } from './operator.ts';
import type { Operator, OperatorTable } from './operator.ts';

function failure(message: string): CommandError {
  return new CommandError('ConversionFailure', message);
}

function unsupported(value: Value, to: TypeName): CommandError {
  return failure(
    `Unsupported conversion from ${nameOfType(value)} to ${to} in $convert with no onError value`,
  );
}

function unparsable(text: string, to: TypeName, reason: string): CommandError {
  return failure(`Failed to parse ${to} '${text}' in $convert with no onError value: ${reason}`);
}

/** How the service writes a double. */
function doubleText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  return Object.is(value, -0) ? '-0' : String(value);
}

/** What operators that take any printable value make of it. */
export function toText(value: Value, name = '$toString'): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof BSONSymbol) return value.value;
  if (value instanceof ObjectId) return value.toHexString();
  if (value instanceof Double) return doubleText(value.value);
  if (isNumber(value)) return value.toString();
  if (value instanceof Binary && value.sub_type === Binary.SUBTYPE_UUID) return value.toUUID().toString();
  if (name !== '$toString') {
    throw new CommandError(16_007, `can't convert from BSON type ${nameOfType(value)} to String`);
  }
  throw unsupported(value, 'string');
}

function toWhole(value: Value, to: 'int' | 'long'): Value {
  const whole = wholeOf(value, to);
  if (to === 'long') {
    const long = ofBigInt(whole, true);
    if (long) return long;
  } else {
    const int = ofBigInt(whole);
    if (int instanceof Int32) return int;
  }
  throw failure(`Conversion would overflow target type in $convert with no onError value: ${toText(value)}`);
}

function wholeOf(value: Value, to: 'int' | 'long'): bigint {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (value instanceof Date && to === 'long') return BigInt(value.getTime());
  if (typeof value === 'string') {
    if (/^[+-]?\d+$/.test(value)) return BigInt(value.replace(/^\+/, ''));
    throw unparsable(value, to, 'Did not consume whole string.');
  }
  const whole = isNumber(value) ? integerOf(value) : undefined;
  if (whole !== undefined) return whole;
  if (isNumber(value)) throw failure('Attempt to convert NaN or infinity to an integer type in $convert');
  throw unsupported(value, to);
}

function toDouble(value: Value): Value {
  if (isNumber(value)) return new Double(asNumber(value));
  if (typeof value === 'boolean') return new Double(value ? 1 : 0);
  if (value instanceof Date) return new Double(value.getTime());
  if (typeof value !== 'string') throw unsupported(value, 'double');
  const text = /^[+-]?inf(?:inity)?$/i.test(value)
    ? value.startsWith('-')
      ? '-Infinity'
      : 'Infinity'
    : value;
  const number = /^\S+$/.test(text) && !/^0[xob]/i.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(number) && !/^nan$/i.test(text)) {
    throw unparsable(value, 'double', 'Did not consume whole string.');
  }
  return new Double(number);
}

function toDecimal(value: Value): Value {
  if (isNumber(value)) return toDecimal128(asDecimal(value));
  if (typeof value === 'boolean') return Decimal128.fromString(value ? '1' : '0');
  if (value instanceof Date) return Decimal128.fromString(String(value.getTime()));
  if (typeof value !== 'string') throw unsupported(value, 'decimal');
  try {
    return Decimal128.fromStringWithRounding(value);
  } catch {
    throw unparsable(value, 'decimal', 'Failed to parse string to decimal');
  }
}

function toDate(value: Value): Value {
  if (value instanceof Date) return value;
  if (value instanceof ObjectId) return value.getTimestamp();
  if (value instanceof Timestamp) return new Date((value.high >>> 0) * 1000);
  if (isNumber(value) && !(value instanceof Int32)) {
    const date = new Date(Number(integerOf(value) ?? Number.NaN));
    if (Number.isNaN(date.getTime())) throw failure(`Cannot convert ${toText(value)} to a date`);
    return date;
  }
  if (typeof value === 'string') return parseDate(value, undefined, undefined);
  throw unsupported(value, 'date');
}

function toObjectId(value: Value): Value {
  if (value instanceof ObjectId) return value;
  if (typeof value !== 'string') throw unsupported(value, 'objectId');
  if (/^[\da-f]{24}$/i.test(value)) return new ObjectId(value);
  throw unparsable(
    value,
    'objectId',
    `Invalid string length for parsing to OID, expected 24 but found ${value.length}`,
  );
}

const conversions: Readonly<Record<string, (value: Value) => Value>> = {
  string: (value) => toText(value),
  int: (value) => toWhole(value, 'int'),
  long: (value) => toWhole(value, 'long'),
  double: toDouble,
  decimal: toDecimal,
  bool: isTruthy,
  date: toDate,
  objectId: toObjectId,
};

const targetCodes: Readonly<Record<string, string>> = {
  1: 'double',
  2: 'string',
  7: 'objectId',
  8: 'bool',
  9: 'date',
  16: 'int',
  18: 'long',
  19: 'decimal',
};

function conversionTo(target: Value): (value: Value) => Value {
  const name = isNumber(target) ? targetCodes[asNumber(target)] : target;
  const found = typeof name === 'string' ? conversions[name] : undefined;
  if (found) return found;
  throw new CommandError(
    'BadValue',
    `Unknown type name: ${typeof name === 'string' ? name : nameOfType(target)}`,
  );
}

const convert: Operator = (argument, compiler) => {
  const fields = compileFields(
    '$convert',
    argument,
    compiler,
    ['input', 'to'],
    ['onError', 'onNull', 'format'],
  );
  return (scope) => {
    const input = fields['input']?.(scope);
    const to = fields['to']?.(scope);
    if (isNullish(input)) return fields['onNull'] ? fields['onNull'](scope) : null;
    if (isNullish(to)) return null;
    const target = isDoc(to) ? (to.get('type') ?? null) : to;
    const conversion = conversionTo(target);
    try {
      return conversion(input);
    } catch (error) {
      if (fields['onError'] && error instanceof CommandError) return fields['onError'](scope);
      throw error;
    }
  };
};

function shorthand(name: string, conversion: (value: Value) => Value): Operator {
  return positional(name, [1, 1], (value) => (isNullish(value) ? null : conversion(value)));
}

export const convertOperators: OperatorTable = {
  $convert: convert,
  $toString: shorthand('$toString', toText),
  $toInt: shorthand('$toInt', (value) => toWhole(value, 'int')),
  $toLong: shorthand('$toLong', (value) => toWhole(value, 'long')),
  $toDouble: shorthand('$toDouble', toDouble),
  $toDecimal: shorthand('$toDecimal', toDecimal),
  $toBool: shorthand('$toBool', isTruthy),
  $toDate: shorthand('$toDate', toDate),
  $toObjectId: shorthand('$toObjectId', toObjectId),
  $type: positional('$type', [1, 1], nameOfType),
  $isNumber: positional('$isNumber', [1, 1], (value) => isNumber(value)),
};

/** Seconds and ordinal of a timestamp. */
export const timestampOperators: OperatorTable = {
  $tsSecond: positional('$tsSecond', [1, 1], (value) =>
    value instanceof Timestamp ? Long.fromNumber(value.high >>> 0) : null,
  ),
  $tsIncrement: positional('$tsIncrement', [1, 1], (value) =>
    value instanceof Timestamp ? Long.fromNumber(value.low >>> 0) : null,
  ),
};

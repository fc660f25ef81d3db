import { Decimal128, Double, Long, bsonType } from 'bson';
import { compareNumbers, exactDecimal } from './order.ts';
import { decimalToNumber } from './decimal.ts';
import type { NumberValue, Value } from './value.ts';

/** A text that two values share exactly when they compare equal: for maps, unique indexes and groups. */
export function keyOf(value: Value | undefined): string {
  if (value === undefined) return 'u';
  if (value === null) return 'z';
  if (typeof value === 'string') return `s${value.length}:${value}`;
  if (typeof value === 'boolean') return value ? 't' : 'f';
  return keyOfObject(value);
}

function keyOfObject(value: Exclude<Value, null | string | boolean>): string {
  if (value instanceof Map) {
    let key = '{';
    for (const [name, item] of value) key += `${name.length}:${name}${keyOf(item)}`;
    return `${key}}`;
  }
  if (Array.isArray(value)) return `[${value.map(keyOf).join('')}]`;
  if (value instanceof Date) return `d${value.getTime()};`;
  switch (value[bsonType]) {
    case 'Int32':
    case 'Double':
    case 'Long':
    case 'Decimal128':
      return keyOfNumber(value);
    case 'BSONSymbol':
      return `s${value.value.length}:${value.value}`;
    case 'ObjectId':
      return `i${value.toHexString()}`;
    case 'Binary':
      return `b${value.sub_type}:${value.length()}:${value.toString('hex')}`;
    case 'Timestamp':
      return `T${value.high >>> 0}:${value.low >>> 0};`;
    case 'BSONRegExp':
      return `r${value.pattern.length}:${value.pattern}${value.options};`;
    case 'Code':
      return `c${value.code.length}:${value.code}${value.scope instanceof Map ? keyOf(value.scope) : ''};`;
    case 'DBPointer':
      return `p${value.namespace.length}:${value.namespace}${value.id.toHexString()}`;
    case 'MinKey':
      return '<';
    case 'MaxKey':
      return '>';
    case 'Undefined':
      return 'u';
  }
}

/** Numbers of different types but the same value share a key: the double's, where a double can say it. */
function keyOfNumber(value: NumberValue): string {
  if (!(value instanceof Long) && !(value instanceof Decimal128)) return keyOfDouble(value.value);
  const exact = exactDecimal(value);
  const double = decimalToNumber(exact);
  if (compareNumbers(value, new Double(double)) === 0) return keyOfDouble(double);
  if (exact.kind !== 'finite') return keyOfDouble(double);
  let { coefficient, exponent } = exact;
  while (coefficient % 10n === 0n) {
    coefficient /= 10n;
    exponent += 1;
  }
  return `m${exact.negative ? '-' : ''}${coefficient}e${exponent};`;
}

function keyOfDouble(value: number): string {
  return `n${value === 0 ? 0 : value};`;
}

import { Decimal128, Long, bsonType } from 'bson';
import { compareDecimals, decimalOfBigInt, exactDecimalOfDouble, parseDecimal } from './decimal.ts';
import type { Decimal } from './decimal.ts';
import { typeName } from './value.ts';
import type { Doc, NumberValue, TypeName, Value } from './value.ts';

/** Types compare by this before values do; types of one rank compare by value. */
const ranks: Readonly<Record<TypeName, number>> = {
  minKey: -1,
  undefined: 0,
  null: 5,
  int: 10,
  long: 10,
  double: 10,
  decimal: 10,
  string: 15,
  symbol: 15,
  object: 20,
  array: 25,
  binData: 30,
  objectId: 35,
  bool: 40,
  date: 45,
  timestamp: 47,
  regex: 50,
  dbPointer: 55,
  javascript: 60,
  javascriptWithScope: 65,
  maxKey: 127,
};

/** The place of a value's type in the order of all types; a missing value comes before null. */
export function rankOf(value: Value | undefined): number {
  return value === undefined ? 0 : ranks[typeName(value)];
}

function sign(a: number | bigint | boolean, b: number | bigint | boolean): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** By code point, as UTF-8 bytes would compare; JavaScript's own order puts surrogates first. */
export function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const x = a.charCodeAt(index);
    const y = b.charCodeAt(index);
    if (x === y) continue;
    const surrogateX = x >= 0xd800 && x <= 0xdfff;
    const surrogateY = y >= 0xd800 && y <= 0xdfff;
    return surrogateX === surrogateY ? sign(x, y) : surrogateX ? 1 : -1;
  }
  return sign(a.length, b.length);
}

export function compareNumbers(a: NumberValue, b: NumberValue): number {
  const x = asDouble(a);
  const y = asDouble(b);
  if (x !== undefined && y !== undefined) {
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(y)) - Number(Number.isNaN(x));
    return sign(x, y);
  }
  if (a instanceof Long && b instanceof Long) return a.compare(b);
  return compareDecimals(exactDecimal(a), exactDecimal(b));
}

/** The number as a double where that loses nothing. */
function asDouble(value: NumberValue): number | undefined {
  switch (value[bsonType]) {
    case 'Int32':
    case 'Double':
      return value.value;
    case 'Long':
      return value.high >= -0x20_0000 && value.high < 0x20_0000 ? value.toNumber() : undefined;
    case 'Decimal128':
      return undefined;
  }
}

export function exactDecimal(value: NumberValue): Decimal {
  if (value instanceof Decimal128) return parseDecimal(value);
  if (value instanceof Long) return decimalOfBigInt(value.toBigInt());
  return exactDecimalOfDouble(value.value);
}

/** The order in which the engine sorts everything; `undefined` is a missing value. */
export function compare(a: Value | undefined, b: Value | undefined): number {
  const rankA = rankOf(a);
  const rankB = rankOf(b);
  if (rankA !== rankB) return sign(rankA, rankB);
  if (a === undefined || b === undefined) return 0;
  return compareSameRank(a, b);
}

function compareSameRank(a: Value, b: Value): number {
  if (a === null || b === null) return 0;
  if (a instanceof Map && b instanceof Map) return compareDocs(a, b);
  if (Array.isArray(a) && Array.isArray(b)) return compareArrays(a, b);
  if (a instanceof Date && b instanceof Date) return sign(a.getTime(), b.getTime());
  if (typeof a === 'boolean' && typeof b === 'boolean') return sign(a, b);
  const textA = textOf(a);
  const textB = textOf(b);
  if (textA !== undefined && textB !== undefined) return compareStrings(textA, textB);
  return compareTagged(a as Tagged, b as Tagged);
}

function textOf(value: Value): string | undefined {
  if (typeof value === 'string') return value;
  return value !== null && typeof value === 'object' && bsonType in value && value[bsonType] === 'BSONSymbol'
    ? value.value
    : undefined;
}

type Tagged = Extract<Value, { readonly [bsonType]: string }>;

function compareTagged(a: Tagged, b: Tagged): number {
  switch (a[bsonType]) {
    case 'Int32':
    case 'Double':
    case 'Long':
    case 'Decimal128':
      return compareNumbers(a, b as NumberValue);
    case 'ObjectId':
      return b[bsonType] === 'ObjectId' ? Math.sign(Buffer.compare(a.id, b.id)) : 0;
    case 'Binary':
      if (b[bsonType] !== 'Binary') return 0;
      return (
        sign(a.length(), b.length()) ||
        sign(a.sub_type, b.sub_type) ||
        Math.sign(Buffer.compare(a.value(), b.value()))
      );
    case 'Timestamp':
      if (b[bsonType] !== 'Timestamp') return 0;
      return sign(a.high >>> 0, b.high >>> 0) || sign(a.low >>> 0, b.low >>> 0);
    case 'BSONRegExp':
      if (b[bsonType] !== 'BSONRegExp') return 0;
      return compareStrings(a.pattern, b.pattern) || compareStrings(a.options, b.options);
    case 'Code':
      if (b[bsonType] !== 'Code') return 0;
      return compareStrings(a.code, b.code) || compare(scopeOf(a.scope), scopeOf(b.scope));
    case 'DBPointer':
      if (b[bsonType] !== 'DBPointer') return 0;
      return compareStrings(a.namespace, b.namespace) || Math.sign(Buffer.compare(a.id.id, b.id.id));
    case 'BSONSymbol':
    case 'MinKey':
    case 'MaxKey':
    case 'Undefined':
      return 0;
  }
}

function scopeOf(scope: object | null): Doc | undefined {
  return scope instanceof Map ? scope : undefined;
}

function compareDocs(a: Doc, b: Doc): number {
  const left = a.entries();
  const right = b.entries();
  for (;;) {
    const x = left.next();
    const y = right.next();
    if (x.done === true || y.done === true) return Number(x.done !== true) - Number(y.done !== true);
    const [keyX, valueX] = x.value;
    const [keyY, valueY] = y.value;
    const order =
      sign(rankOf(valueX), rankOf(valueY)) || compareStrings(keyX, keyY) || compareSameRank(valueX, valueY);
    if (order !== 0) return order;
  }
}

function compareArrays(a: readonly Value[], b: readonly Value[]): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const order = compare(a[index], b[index]);
    if (order !== 0) return order;
  }
  return sign(a.length, b.length);
}

export function equal(a: Value | undefined, b: Value | undefined): boolean {
  return compare(a, b) === 0;
}

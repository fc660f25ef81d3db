import { isArray, isDoc, scopeOf, Unwritable } from '../../sessions/bson.ts';
import type { Doc, Value } from '../../sessions/bson.ts';
import { slices } from './slices.ts';

type Field = Value | undefined;

/** The order of the rows by a field, as the database would sort them. */
export async function sortedRows(
  count: number,
  field: (row: number) => Field,
  descending: boolean,
  signal?: AbortSignal,
): Promise<Uint32Array> {
  const rest = slices(signal);
  const keys: Field[] = [];
  for (let row = 0; row < count; row++) {
    keys.push(keyOf(field(row), descending));
    if (row % 32 === 0) await rest();
  }
  const sign = descending ? -1 : 1;
  let from = Uint32Array.from({ length: count }, (_, row) => row);
  let to = new Uint32Array(count);
  // Merged from below: it can rest anywhere, and equals stay as they came.
  for (let width = 1; width < count; width *= 2) {
    for (let start = 0; start < count; start += 2 * width) {
      const middle = Math.min(start + width, count);
      const end = Math.min(start + 2 * width, count);
      let left = start;
      let right = middle;
      for (let at = start; at < end; at++) {
        const one = from[left] ?? 0;
        const other = from[right] ?? 0;
        const takesLeft =
          right >= end || (left < middle && sign * compareValues(keys[one], keys[other]) <= 0);
        to[at] = takesLeft ? one : other;
        if (takesLeft) left++;
        else right++;
        if (at % 64 === 0) await rest();
      }
    }
    [from, to] = [to, from];
  }
  return from;
}

/** An array is sorted by its smallest or its largest item; an empty one comes before null. */
function keyOf(value: Field, descending: boolean): Field {
  if (!isArray(value)) return value;
  const sign = descending ? -1 : 1;
  return value.length === 0
    ? undefined
    : value.reduce((best, item) => (sign * compareValues(item, best) < 0 ? item : best));
}

/** The order of BSON values; what is missing comes before null. */
export function compareValues(one: Field, other: Field): number {
  const rank = rankOf(one);
  const order = rank - rankOf(other);
  if (order !== 0 || one === undefined || other === undefined) return order;
  if (rank === ranks.number) return compareNumbers(one as Numeric, other as Numeric);
  if (one instanceof Date && other instanceof Date) return one.getTime() - other.getTime();
  if (isDoc(one) && isDoc(other)) return compareDocuments(one, other);
  if (isArray(one) && isArray(other)) return compareLists(one, other);
  if (typeof one === 'boolean') return Number(one) - Number(other);
  if (rank === ranks.text) return compareTexts(stringOf(one), stringOf(other));
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) return 0;
  if (one instanceof Unwritable || other instanceof Unwritable)
    return rank === ranks.date
      ? Number(dateOf(one) - dateOf(other))
      : compareTexts(textOfLeaf(one), textOfLeaf(other));
  if ('_bsontype' in one && '_bsontype' in other) {
    if (one._bsontype === 'Binary' && other._bsontype === 'Binary')
      return (
        one.length() - other.length() ||
        one.sub_type - other.sub_type ||
        Buffer.compare(one.value(), other.value())
      );
    if (one._bsontype === 'Timestamp' && other._bsontype === 'Timestamp')
      return one.t - other.t || one.i - other.i;
  }
  return compareTexts(textOfLeaf(one), textOfLeaf(other));
}

const ranks = {
  least: 0,
  missing: 1,
  null: 2,
  number: 3,
  text: 4,
  document: 5,
  list: 6,
  binary: 7,
  id: 8,
  boolean: 9,
  date: 10,
  timestamp: 11,
  regex: 12,
  pointer: 13,
  code: 14,
  codeWithScope: 15,
  greatest: 16,
} as const;

function rankOf(value: Field): number {
  if (value === undefined) return ranks.missing;
  if (value === null) return ranks.null;
  if (typeof value === 'string') return ranks.text;
  if (typeof value === 'boolean') return ranks.boolean;
  if (value instanceof Date) return ranks.date;
  if (isDoc(value)) return ranks.document;
  if (isArray(value)) return ranks.list;
  if (value instanceof Unwritable)
    switch (value.type) {
      case 'undefined':
        return ranks.missing;
      case 'date':
        return ranks.date;
      case 'dbPointer':
        return ranks.pointer;
      case 'regex':
        return ranks.regex;
    }
  switch (value._bsontype) {
    case 'Int32':
    case 'Double':
    case 'Long':
    case 'Decimal128':
      return ranks.number;
    case 'BSONSymbol':
      return ranks.text;
    case 'Binary':
      return ranks.binary;
    case 'ObjectId':
      return ranks.id;
    case 'Timestamp':
      return ranks.timestamp;
    case 'BSONRegExp':
      return ranks.regex;
    case 'Code':
      return scopeOf(value) === undefined ? ranks.code : ranks.codeWithScope;
    case 'MinKey':
      return ranks.least;
    case 'MaxKey':
      return ranks.greatest;
  }
}

type Numeric = Extract<Value, { readonly _bsontype: 'Int32' | 'Double' | 'Long' | 'Decimal128' }>;

/** As a number of JavaScript's, which may be only near it; undefined for what is no number. */
export function numberOf(value: Field): number | undefined {
  if (typeof value !== 'object' || value === null || !('_bsontype' in value)) return undefined;
  switch (value._bsontype) {
    case 'Int32':
    case 'Double':
      return value.value;
    case 'Long':
      return value.toNumber();
    case 'Decimal128':
      return Number(value.toString());
    case 'ObjectId':
    case 'Binary':
    case 'BSONRegExp':
    case 'BSONSymbol':
    case 'Timestamp':
    case 'Code':
    case 'MinKey':
    case 'MaxKey':
      return undefined;
  }
}

/** Nearest numbers keep the order of exact ones; only where these are the same does it take more. */
function compareNumbers(one: Numeric, other: Numeric): number {
  const near = numberOf(one) ?? 0;
  const otherNear = numberOf(other) ?? 0;
  if (near !== otherNear)
    // What is no number is less than all that are.
    return Number.isNaN(near) || Number.isNaN(otherNear)
      ? Number(Number.isNaN(otherNear)) - Number(Number.isNaN(near))
      : near - otherNear;
  if (one._bsontype === other._bsontype && one._bsontype !== 'Long' && one._bsontype !== 'Decimal128')
    return 0;
  const [digits, power] = exact(one, near);
  const [otherDigits, otherPower] = exact(other, otherNear);
  const least = Math.min(power, otherPower);
  const difference = digits * 10n ** BigInt(power - least) - otherDigits * 10n ** BigInt(otherPower - least);
  return difference === 0n ? 0 : difference > 0n ? 1 : -1;
}

/** A number as a whole one times a power of ten; what has no end stands beyond all that a type can say. */
function exact(value: Numeric, near: number): readonly [bigint, number] {
  if (value._bsontype === 'Decimal128') {
    const parts = /^(-?)(\d+)(?:\.(\d*))?(?:E([+-]?\d+))?$/.exec(value.toString());
    if (parts === null) return [near > 0 ? 1n : -1n, 7000];
    const [, sign = '', whole = '', fraction = '', power = '0'] = parts;
    return [BigInt(`${sign}${whole}${fraction}`), Number(power) - fraction.length];
  }
  if (value._bsontype === 'Long') return [value.toBigInt(), 0];
  if (!Number.isFinite(near)) return [near > 0 ? 1n : -1n, 7000];
  let whole = near;
  let halves = 0;
  while (!Number.isInteger(whole)) {
    whole *= 2;
    halves++;
  }
  return [BigInt(whole) * 5n ** BigInt(halves), -halves];
}

function compareDocuments(one: Doc, other: Doc): number {
  const others = other.entries();
  for (const [key, value] of one) {
    const next = others.next();
    if (next.done === true) return 1;
    const [otherKey, otherValue] = next.value;
    const order =
      rankOf(value) - rankOf(otherValue) || compareTexts(key, otherKey) || compareValues(value, otherValue);
    if (order !== 0) return order;
  }
  return one.size - other.size;
}

function compareLists(one: readonly Value[], other: readonly Value[]): number {
  for (const [index, value] of one.entries()) {
    if (index >= other.length) return 1;
    const order = compareValues(value, other[index]);
    if (order !== 0) return order;
  }
  return one.length - other.length;
}

/** As their bytes in UTF-8 are ordered, which halves of characters in UTF-16 are not. */
function compareTexts(one: string, other: string): number {
  if (one === other) return 0;
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) {
    const unit = one.charCodeAt(at);
    const otherUnit = other.charCodeAt(at);
    if (unit !== otherUnit) return fixed(unit) - fixed(otherUnit);
  }
  return one.length - other.length;
}

function fixed(unit: number): number {
  return unit < 0xd800 ? unit : unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}

function stringOf(value: Value): string {
  return typeof value === 'string' ? value : textOfLeaf(value);
}

function dateOf(value: Value): bigint {
  if (value instanceof Date) return BigInt(value.getTime());
  return BigInt(/-?\d+/.exec(value instanceof Unwritable ? value.text : '')?.[0] ?? 0);
}

/** What leaves of one kind are told apart by, where that is a text. */
function textOfLeaf(value: Value): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (value instanceof Unwritable) return value.text;
  if (!('_bsontype' in value)) return '';
  if (value._bsontype === 'ObjectId') return value.toHexString();
  if (value._bsontype === 'BSONSymbol') return value.value;
  if (value._bsontype === 'BSONRegExp') return `${value.pattern}\0${value.options}`;
  return value._bsontype === 'Code' ? value.code : '';
}

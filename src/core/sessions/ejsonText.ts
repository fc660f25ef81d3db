import { isArray, isDoc, scopeOf, Unwritable } from './bson.ts';
import type { Bson, Doc, Value } from './bson.ts';

/**
 * How EJSON writes a value: canonical says the type of every value, relaxed where a number or a date of JSON's
 * would be another. https://github.com/mongodb/specifications/blob/master/source/extended-json/extended-json.md
 */
export type EjsonStyle = 'canonical' | 'relaxed';

/**
 * A value as EJSON that other programs read: in one line, or with so many spaces for each level. Relaxed, a whole
 * number beyond 2^53 keeps its type: most who read JSON would make another of it.
 */
export function ejsonText(bson: Bson, value: Value, style: EjsonStyle, indent = 0): string {
  return written(bson, value, style, indent === 0 ? undefined : ' '.repeat(indent), '\n');
}

/** `line` is what begins a line at this depth. */
function written(
  bson: Bson,
  value: Value,
  style: EjsonStyle,
  indent: string | undefined,
  line: string,
): string {
  const isList = isArray(value);
  if (!isList && !isDoc(value)) return leafText(bson, value, style);
  const inner = indent === undefined ? '' : line + indent;
  const colon = indent === undefined ? ':' : ': ';
  const parts = isList
    ? value.map((item) => written(bson, item, style, indent, inner))
    : Array.from(
        value,
        ([key, item]) => JSON.stringify(key) + colon + written(bson, item, style, indent, inner),
      );
  const [open, close] = isList ? ['[', ']'] : ['{', '}'];
  if (parts.length === 0) return open + close;
  return open + parts.map((part) => inner + part).join(',') + (indent === undefined ? '' : line) + close;
}

function leafText(bson: Bson, value: Exclude<Value, Doc | readonly Value[]>, style: EjsonStyle): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (value instanceof Date) return dateText(value.getTime(), style);
  if (value instanceof Unwritable) return JSON.stringify(JSON.parse(value.text));
  switch (value._bsontype) {
    case 'Int32':
      return style === 'relaxed' ? String(value.value) : `{"$numberInt":"${value.value}"}`;
    case 'Double':
      return doubleText(value.value, style);
    case 'Long':
      return longText(value.toBigInt(), style);
    case 'Decimal128':
      return `{"$numberDecimal":"${value.toString()}"}`;
    case 'ObjectId':
      return `{"$oid":"${value.toHexString()}"}`;
    case 'Binary': {
      const base64 = Buffer.from(value.value()).toString('base64');
      return `{"$binary":{"base64":"${base64}","subType":"${subTypeText(value.sub_type)}"}}`;
    }
    case 'BSONRegExp':
      return `{"$regularExpression":{"pattern":${JSON.stringify(value.pattern)},"options":"${value.options}"}}`;
    case 'BSONSymbol':
      return `{"$symbol":${JSON.stringify(value.value)}}`;
    case 'Timestamp':
      return `{"$timestamp":{"t":${value.t},"i":${value.i}}}`;
    case 'Code': {
      const scope = scopeOf(value);
      const code = `{"$code":${JSON.stringify(value.code)}`;
      return scope === undefined ? `${code}}` : `${code},"$scope":${ejsonText(bson, scope, style)}}`;
    }
    case 'MinKey':
      return '{"$minKey":1}';
    case 'MaxKey':
      return '{"$maxKey":1}';
  }
}

/** With a point or an exponent, also where it is whole: else it would be read as an Int32. */
export function doubleText(value: number, style: EjsonStyle): string {
  const text =
    Number.isInteger(value) && Math.abs(value) < 1e21
      ? `${Object.is(value, -0) ? '-0' : value}.0`
      : String(value);
  return style === 'relaxed' && Number.isFinite(value) ? text : `{"$numberDouble":"${text}"}`;
}

export function longText(value: bigint, style: EjsonStyle): string {
  const isSafe = value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER;
  return style === 'relaxed' && isSafe ? String(value) : `{"$numberLong":"${value}"}`;
}

/** Of a time in milliseconds; without those, where there are none. */
export function dateText(time: number, style: EjsonStyle): string {
  if (style === 'canonical' || time < 0 || time > endOf9999) return `{"$date":{"$numberLong":"${time}"}}`;
  const text = new Date(time).toISOString();
  return `{"$date":"${text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text}"}`;
}

const endOf9999 = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

export function subTypeText(subType: number): string {
  return subType.toString(16).padStart(2, '0');
}

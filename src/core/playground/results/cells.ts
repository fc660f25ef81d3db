import { isArray, isDoc, Unwritable } from '../../sessions/bson.ts';
import type { Bson, Doc, Value } from '../../sessions/bson.ts';
import { ejsonText } from '../../sessions/ejsonText.ts';

/**
 * A document as cells of one row, by their paths: documents in it are taken apart, arrays are not. The parts of a
 * path stand apart by a zero, which no key contains: `a.b` may be one key or two.
 */
export function flattened(document: Doc): ReadonlyMap<string, Value> {
  const cells = new Map<string, Value>();
  flatten(document, '', cells);
  return cells;
}

function flatten(document: Doc, before: string, cells: Map<string, Value>): void {
  for (const [key, value] of document)
    if (isDoc(value) && value.size > 0) flatten(value, `${before}${key}\0`, cells);
    else cells.set(before + key, value);
}

export function headingOf(path: string): string {
  return path.replaceAll('\0', '.');
}

/**
 * What a cell of a table says: as little as tells the value, without its type. What only EJSON has a word for is
 * EJSON. Nothing for null and for what is not there.
 */
export function cellText(bson: Bson, value: Value | undefined): string {
  if (value === undefined || value === null) return '';
  if (typeof value !== 'object') return String(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Unwritable) {
    if (value.type === 'undefined') return '';
    // A time further off than any date: its number.
    return value.type === 'date' ? (/-?\d+/.exec(value.text)?.[0] ?? '') : ejsonText(bson, value, 'relaxed');
  }
  if (isDoc(value) || isArray(value)) return ejsonText(bson, value, 'relaxed');
  switch (value._bsontype) {
    case 'Int32':
    case 'Long':
    case 'Decimal128':
      return value.toString();
    case 'Double':
      return Object.is(value.value, -0) ? '-0' : String(value.value);
    case 'ObjectId':
      return value.toHexString();
    case 'Binary':
      return value.sub_type === bson.Binary.SUBTYPE_UUID && value.length() === 16
        ? value.toUUID().toHexString()
        : Buffer.from(value.value()).toString('base64');
    case 'BSONSymbol':
      return value.value;
    case 'BSONRegExp':
    case 'Timestamp':
    case 'Code':
    case 'MinKey':
    case 'MaxKey':
      return ejsonText(bson, value, 'relaxed');
  }
}

/**
 * Text that a spreadsheet would take for a formula gets an apostrophe before it, which makes it text there: a
 * formula may send what is in the sheet elsewhere. A number stays one.
 */
export function withoutFormula(text: string): string {
  return formulas.test(text) && !numbers.test(text) ? `'${text}` : text;
}

/** Some languages' spreadsheets take the wide forms as well. */
const formulas = /^[=+\-@\t\r\n＝＋－＠]/;
const numbers = /^[+-]?(?:\d+(?:\.\d*)?(?:e[+-]?\d+)?|Infinity)$/i;

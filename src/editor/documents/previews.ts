import * as vscode from 'vscode';
import { isArray, isDoc, Unwritable } from '../../core/sessions/bson.ts';
import type { Bson, Doc, Value } from '../../core/sessions/bson.ts';
import { lineOf } from '../../core/sessions/ejson.ts';
import type { Cell, Look } from '../../webview/protocol.ts';

/** So many characters of a value are shown in a cell. */
const cellLength = 120;
/** A page of documents that have nothing in common has no use for a table. */
const mostColumns = 60;

/** The fields at the top of these documents: the id first, the others as they come. */
export function columnsOf(documents: readonly Doc[]): readonly string[] {
  const names = new Set(['_id']);
  for (const document of documents) for (const name of document.keys()) names.add(name);
  return [...names].slice(0, mostColumns);
}

/** A value in a few words, looking like what it is. */
export function cellOf(bson: Bson, value: Value): Cell {
  const [look, text, type] = looked(bson, value);
  return { look, text: shortened(text), type };
}

/** An id in one short line, as in a question about it. */
export function nameOf(bson: Bson, id: Value | undefined): string {
  return id === undefined ? '' : cellOf(bson, id).text;
}

function looked(bson: Bson, value: Value): readonly [Look, string, string] {
  if (value === null) return ['constant', 'null', ''];
  if (typeof value === 'string') return ['text', value, ''];
  if (typeof value === 'boolean') return ['constant', String(value), ''];
  if (value instanceof Date) return ['date', dateText(value), 'Date'];
  if (isArray(value)) return ['nested', vscode.l10n.t('[{0} items]', value.length), ''];
  if (isDoc(value)) return ['nested', nested(bson, value), ''];
  if (value instanceof Unwritable) return ['other', value.text, value.type];
  switch (value._bsontype) {
    case 'Int32':
    case 'Double':
    case 'Long':
    case 'Decimal128':
      return ['number', value.toString(), value._bsontype];
    case 'ObjectId':
      return ['id', value.toHexString(), 'ObjectId'];
    case 'Binary':
      return value.sub_type === bson.Binary.SUBTYPE_UUID && value.length() === 16
        ? ['id', value.toUUID().toHexString(), 'UUID']
        : ['other', vscode.l10n.t('{0} bytes', value.length()), 'Binary'];
    case 'BSONRegExp':
      return ['other', `/${value.pattern}/${value.options}`, 'Regex'];
    case 'BSONSymbol':
      return ['text', value.value, 'Symbol'];
    case 'Timestamp':
      return ['date', `${value.t}, ${value.i}`, 'Timestamp'];
    case 'Code':
      return ['other', value.code, 'Code'];
    case 'MinKey':
    case 'MaxKey':
      return ['constant', value._bsontype, ''];
  }
}

/** The first fields of a document, each in short: of a large one the rest is not even written. */
function nested(bson: Bson, document: Doc): string {
  const parts: string[] = [];
  let length = 0;
  for (const [key, value] of document) {
    const text = isDoc(value)
      ? '{…}'
      : isArray(value)
        ? `[${value.length}]`
        : typeof value === 'string'
          ? JSON.stringify(value.slice(0, cellLength))
          : looked(bson, value)[1];
    parts.push(`${key}: ${text}`);
    length += key.length + text.length;
    if (length > cellLength) break;
  }
  return parts.length === 0 ? '{}' : `{ ${parts.join(', ')} }`;
}

function dateText(date: Date): string {
  return date.toISOString().replace('.000Z', 'Z');
}

/** In one line, and cut where a character ends. */
function shortened(text: string): string {
  const line = text.slice(0, 2 * cellLength).replaceAll(/\s+/g, ' ');
  if (line.length <= cellLength && text.length <= 2 * cellLength) return line;
  // Half a character is none.
  return `${line.slice(0, cellLength).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** As it is written in a query or copied: exact, whatever its type. */
export function idText(bson: Bson, id: Value): string {
  return typeof id === 'string' ? id : lineOf(bson, id);
}

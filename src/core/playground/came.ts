import { inspect } from 'node:util';
import mongodb from 'mongodb';
import type { Document } from 'mongodb';
import type { Place } from '../sessions/catalog.ts';
import type { Origin, Origins } from './origins.ts';
import type { Came } from './protocol.ts';

/** As much of mongosh's answer as is read here. */
export interface Answer {
  readonly type: string | null;
  readonly rawValue: unknown;
  readonly printable: unknown;
}

/** What MongoDB allows a document: more, and who reads it runs out of room. */
const mostBytes = 16 * 1024 * 1024;
const deepest = 100;

/** What a value of JavaScript is, as documents or as text. */
export function cameOf(origins: Origins, { type, rawValue, printable }: Answer): Came {
  if (isCursor(type)) {
    const page = printable as { readonly documents?: readonly unknown[]; readonly cursorHasMore?: boolean };
    if (page.documents === undefined) return { kind: 'text', text: inspected(printable) };
    return documents(origins, page.documents, page.cursorHasMore === true);
  }
  if (printable === undefined) return { kind: 'nothing' };
  if (typeof printable === 'string') return { kind: 'text', text: printable };
  if (typeof printable === 'function' || typeof printable === 'symbol')
    return { kind: 'text', text: inspected(printable) };
  // mongosh makes a copy of some objects to be printed, of which nobody knows where it came from.
  const value = type === 'Document' && isObject(rawValue) ? rawValue : printable;
  try {
    if (Array.isArray(value)) return documents(origins, value, false);
    if (isDocument(value)) return documents(origins, [value], false);
    return { kind: 'value', batch: serialized({ value }) };
  } catch {
    // What cannot be a document: it contains itself, or too much, or a getter throws.
    return { kind: 'text', text: inspected(printable) };
  }
}

/** The page of a cursor is printed when it is shown, that of `it` is one. */
export function isCursor(type: string | null): boolean {
  return type !== null && /^(Aggregation|RunCommand)?Cursor$|^CursorIterationResult$/.test(type);
}

/** A document; what is none becomes the field of one. */
export function bytesOf(origins: Origins, value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : originOf(origins, value).bytes;
}

/** As mongosh prints it; with each part on a line of its own, where that is wanted. */
export function inspected(value: unknown, isLong = false): string {
  if (typeof value === 'string') return value;
  return inspect(value, {
    depth: 20,
    maxArrayLength: 1000,
    maxStringLength: 100_000,
    breakLength: 100,
    ...(isLong ? { compact: false } : {}),
  });
}

function documents(origins: Origins, values: readonly unknown[], hasMore: boolean): Came {
  const all = values.map((value) => originOf(origins, value));
  const place = all[0]?.place;
  return {
    kind: 'documents',
    // Right behind each other.
    batch: Buffer.concat(all.map(({ bytes }) => bytes)),
    place: all.every((one) => isSame(one.place, place)) ? place : undefined,
    hasMore,
  };
}

function originOf(origins: Origins, value: unknown): Origin {
  if (!isDocument(value)) return { bytes: serialized({ value }), place: undefined };
  return origins.of(value) ?? { bytes: serialized(value), place: undefined };
}

function serialized(document: Document): Uint8Array {
  if (isTooDeep(document, deepest)) throw new RangeError('No document is as deep as that.');
  const bytes = mongodb.BSON.serialize(document, { ignoreUndefined: false });
  // The library cuts off what does not fit into its buffer, which is not much larger.
  if (bytes.byteLength > mostBytes) throw new RangeError('No document is as large as that.');
  return bytes;
}

function isTooDeep(value: unknown, left: number): boolean {
  if (!isObject(value) || '_bsontype' in value || ArrayBuffer.isView(value)) return false;
  return left === 0 || Object.values(value).some((one) => isTooDeep(one, left - 1));
}

function isSame(one: Place | undefined, other: Place | undefined): boolean {
  return one?.database === other?.database && one?.collection === other?.collection;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** An object that is no value of BSON by itself. */
function isDocument(value: unknown): value is Document {
  if (!isObject(value) || Array.isArray(value) || ArrayBuffer.isView(value)) return false;
  if ('_bsontype' in value) return false;
  const tag = Object.prototype.toString.call(value);
  return tag !== '[object Date]' && tag !== '[object RegExp]' && tag !== '[object Error]';
}

import { bsonType } from 'bson';
import type { Value } from './value.ts';

/** A document that is already BSON, to be copied as it is. */
export class RawDocument {
  readonly bytes: Buffer;
  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }
}

/**
 * What a reply is made of: BSON values, and for convenience plain objects and JavaScript numbers (an
 * integer becomes an int32 where it fits, anything else a double). A key whose value is `undefined` is
 * left out.
 */
export type Encodable =
  | Value
  | number
  | bigint
  | undefined
  | RawDocument
  | readonly Encodable[]
  | { readonly [key: string]: Encodable }
  | ReadonlyMap<string, Encodable>;

const isInt32 = (value: number): boolean => (value | 0) === value && !Object.is(value, -0);

class Writer {
  bytes: Buffer;
  at: number;

  constructor(at: number, capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(at + capacity);
    this.at = at;
  }

  reserve(length: number): number {
    const start = this.at;
    this.at += length;
    if (this.at > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.at, this.bytes.length * 2));
      this.bytes.copy(larger, 0, 0, start);
      this.bytes = larger;
    }
    return start;
  }

  byte(value: number): void {
    const at = this.reserve(1);
    this.bytes[at] = value;
  }

  int32(value: number): void {
    const at = this.reserve(4);
    this.bytes.writeInt32LE(value, at);
  }

  int64(value: bigint): void {
    const at = this.reserve(8);
    this.bytes.writeBigInt64LE(value, at);
  }

  double(value: number): void {
    const at = this.reserve(8);
    this.bytes.writeDoubleLE(value, at);
  }

  raw(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.bytes.set(bytes, at);
  }

  text(value: string): void {
    const length = Buffer.byteLength(value);
    const at = this.reserve(length);
    this.bytes.write(value, at, length, 'utf8');
  }

  cstring(value: string): void {
    if (value.includes('\0')) throw new RangeError('a key or pattern cannot hold a zero byte');
    this.text(value);
    this.byte(0);
  }

  string(value: string): void {
    this.int32(Buffer.byteLength(value) + 1);
    this.text(value);
    this.byte(0);
  }

  head(type: number, key: string): void {
    this.byte(type);
    this.cstring(key);
  }

  document(entries: Iterable<readonly [string, Encodable]>): void {
    const start = this.reserve(4);
    for (const [key, value] of entries) this.element(key, value);
    this.byte(0);
    this.bytes.writeInt32LE(this.at - start, start);
  }

  array(items: readonly Encodable[]): void {
    const start = this.reserve(4);
    for (let index = 0; index < items.length; index++) this.element(String(index), items[index] ?? null);
    this.byte(0);
    this.bytes.writeInt32LE(this.at - start, start);
  }

  element(key: string, value: Encodable): void {
    if (value === undefined) return;
    if (value === null) return this.head(0x0a, key);
    if (typeof value === 'string') {
      this.head(0x02, key);
      return this.string(value);
    }
    if (typeof value === 'boolean') {
      this.head(0x08, key);
      return this.byte(value ? 1 : 0);
    }
    if (typeof value === 'number') {
      this.head(isInt32(value) ? 0x10 : 0x01, key);
      return isInt32(value) ? this.int32(value) : this.double(value);
    }
    if (typeof value === 'bigint') {
      this.head(0x12, key);
      return this.int64(value);
    }
    return this.composite(key, value);
  }

  composite(
    key: string,
    value: Exclude<Encodable, undefined | null | string | boolean | number | bigint>,
  ): void {
    if (value instanceof Map) {
      this.head(0x03, key);
      return this.document(value);
    }
    if (Array.isArray(value)) {
      this.head(0x04, key);
      return this.array(value);
    }
    if (value instanceof RawDocument) {
      this.head(0x03, key);
      return this.raw(value.bytes);
    }
    if (value instanceof Date) {
      this.head(0x09, key);
      return this.int64(BigInt(value.getTime()));
    }
    if (bsonType in value && typeof value[bsonType] === 'string') {
      return this.scalar(key, value);
    }
    this.head(0x03, key);
    this.document(Object.entries(value as Readonly<Record<string, Encodable>>));
  }

  scalar(key: string, value: Extract<Value, { readonly [bsonType]: string }>): void {
    switch (value[bsonType]) {
      case 'Double':
        this.head(0x01, key);
        return this.double(value.value);
      case 'Int32':
        this.head(0x10, key);
        return this.int32(value.value);
      case 'Long':
        this.head(0x12, key);
        this.int32(value.low);
        return this.int32(value.high);
      case 'Timestamp':
        this.head(0x11, key);
        this.int32(value.low);
        return this.int32(value.high);
      case 'Decimal128':
        this.head(0x13, key);
        return this.raw(value.bytes);
      case 'ObjectId':
        this.head(0x07, key);
        return this.raw(value.id);
      case 'Binary': {
        this.head(0x05, key);
        const bytes = value.value();
        const old = value.sub_type === 2;
        this.int32(old ? bytes.length + 4 : bytes.length);
        this.byte(value.sub_type);
        if (old) this.int32(bytes.length);
        return this.raw(bytes);
      }
      case 'BSONRegExp':
        this.head(0x0b, key);
        this.cstring(value.pattern);
        return this.cstring(value.options);
      case 'BSONSymbol':
        this.head(0x0e, key);
        return this.string(value.value);
      case 'Code':
        return this.code(key, value.code, value.scope);
      case 'MinKey':
        return this.head(0xff, key);
      case 'MaxKey':
        return this.head(0x7f, key);
      case 'Undefined':
        return this.head(0x06, key);
      case 'DBPointer':
        this.head(0x0c, key);
        this.string(value.namespace);
        return this.raw(value.id.id);
    }
  }

  code(key: string, code: string, scope: object | null): void {
    this.head(scope === null ? 0x0d : 0x0f, key);
    if (scope === null) return this.string(code);
    const start = this.reserve(4);
    this.string(code);
    this.document(scope instanceof Map ? scope : Object.entries(scope));
    this.bytes.writeInt32LE(this.at - start, start);
  }
}

/** Nothing is encoded while something else is, so one scratch space serves all. */
let writer = new Writer(0, 4096);
const SCRATCH_KEPT = 1_000_000;

type EncodableDocument = ReadonlyMap<string, Encodable> | { readonly [key: string]: Encodable };

export function encode(doc: EncodableDocument): Buffer {
  writer.at = 0;
  writer.document(doc instanceof Map ? doc : Object.entries(doc));
  // A copy of the exact size: documents are kept, and must not keep the scratch space with them.
  const bytes = Buffer.from(writer.bytes.subarray(0, writer.at));
  if (writer.bytes.length > SCRATCH_KEPT) writer = new Writer(0, 4096);
  return bytes;
}

/** Encodes behind a head, into one piece of the size that is expected: what is large is not copied once more. */
export function encodeBehind(head: Buffer, doc: EncodableDocument, expected: number): Buffer {
  const own = new Writer(head.length, expected + 4096);
  head.copy(own.bytes);
  own.document(doc instanceof Map ? doc : Object.entries(doc));
  return own.bytes.subarray(0, own.at);
}

/** A deep copy, so that a change does not reach the original. Scalars are never changed in place. */
export function clone(value: Value): Value {
  if (Array.isArray(value)) return value.map(clone);
  if (!(value instanceof Map)) return value;
  const copy = new Map<string, Value>();
  for (const [key, item] of value) copy.set(key, clone(item));
  return copy;
}

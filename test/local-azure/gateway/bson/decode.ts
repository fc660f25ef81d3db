import {
  BSONRegExp,
  BSONSymbol,
  Binary,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'bson';
import { DBPointer, Undefined } from './value.ts';
import type { Doc, Value } from './value.ts';

/** The bytes are not a BSON document. */
export class MalformedBson extends Error {}

/** Real servers stop near this depth too; without a limit a hostile document would exhaust the stack. */
const MAX_DEPTH = 200;

const MIN_KEY = new MinKey();
const MAX_KEY = new MaxKey();
const UNDEFINED = new Undefined();

class Reader {
  readonly bytes: Buffer;
  at: number;
  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  take(length: number): number {
    const start = this.at;
    if (length < 0 || start + length > this.bytes.length) throw new MalformedBson('truncated value');
    this.at = start + length;
    return start;
  }

  int32(): number {
    return this.bytes.readInt32LE(this.take(4));
  }

  cstring(): string {
    const end = this.bytes.indexOf(0, this.at);
    if (end < 0) throw new MalformedBson('unterminated key');
    const text = this.bytes.toString('utf8', this.at, end);
    this.at = end + 1;
    return text;
  }

  string(): string {
    const length = this.int32();
    if (length < 1) throw new MalformedBson('bad string length');
    const start = this.take(length);
    if (this.bytes[start + length - 1] !== 0) throw new MalformedBson('unterminated string');
    return this.bytes.toString('utf8', start, start + length - 1);
  }

  /** A copy: a slice would keep the whole network frame alive. */
  copy(length: number): Buffer {
    const start = this.take(length);
    return Buffer.from(this.bytes.subarray(start, start + length));
  }

  long(): Long {
    const start = this.take(8);
    return new Long(this.bytes.readInt32LE(start), this.bytes.readInt32LE(start + 4));
  }

  /** Reads the length of a document and says where it ends. */
  enter(): number {
    const start = this.at;
    const length = this.int32();
    const end = start + length;
    if (length < 5 || end > this.bytes.length) throw new MalformedBson('bad document length');
    if (this.bytes[end - 1] !== 0) throw new MalformedBson('unterminated document');
    return end;
  }

  document(depth: number): Doc {
    const end = this.enter();
    const doc: Doc = new Map();
    for (let type = this.type(); type !== 0; type = this.type()) {
      const key = this.cstring();
      doc.set(key, this.value(type, depth));
      if (this.at >= end) throw new MalformedBson('value past the end of its document');
    }
    if (this.at !== end) throw new MalformedBson('document ends early');
    return doc;
  }

  array(depth: number): Value[] {
    const end = this.enter();
    const items: Value[] = [];
    for (let type = this.type(); type !== 0; type = this.type()) {
      const close = this.bytes.indexOf(0, this.at);
      if (close < 0) throw new MalformedBson('unterminated key');
      this.at = close + 1;
      items.push(this.value(type, depth));
      if (this.at >= end) throw new MalformedBson('value past the end of its array');
    }
    if (this.at !== end) throw new MalformedBson('array ends early');
    return items;
  }

  type(): number {
    return this.bytes.readUInt8(this.take(1));
  }

  date(): Date {
    const date = new Date(this.long().toNumber());
    if (Number.isNaN(date.getTime())) throw new MalformedBson('date beyond what this server can hold');
    return date;
  }

  binary(): Binary {
    const length = this.int32();
    const subtype = this.type();
    if (subtype !== Binary.SUBTYPE_BYTE_ARRAY) return new Binary(this.copy(length), subtype);
    const inner = this.int32();
    if (inner !== length - 4) throw new MalformedBson('bad length of an old binary');
    return new Binary(this.copy(inner), subtype);
  }

  value(type: number, depth: number): Value {
    switch (type) {
      case 0x01:
        return new Double(this.bytes.readDoubleLE(this.take(8)));
      case 0x02:
        return this.string();
      case 0x03:
        return this.document(this.deeper(depth));
      case 0x04:
        return this.array(this.deeper(depth));
      case 0x05:
        return this.binary();
      case 0x06:
        return UNDEFINED;
      case 0x07:
        return new ObjectId(this.copy(12));
      case 0x08: {
        const flag = this.type();
        if (flag > 1) throw new MalformedBson('bad boolean');
        return flag === 1;
      }
      case 0x09:
        return this.date();
      case 0x0a:
        return null;
      case 0x0b: {
        const pattern = this.cstring();
        return new BSONRegExp(pattern, this.cstring());
      }
      case 0x0c: {
        const namespace = this.string();
        return new DBPointer(namespace, new ObjectId(this.copy(12)));
      }
      case 0x0d:
        return new Code(this.string());
      case 0x0e:
        return new BSONSymbol(this.string());
      case 0x0f: {
        const start = this.at;
        const length = this.int32();
        const code = this.string();
        const scope = this.document(this.deeper(depth));
        if (this.at !== start + length) throw new MalformedBson('bad length of code with scope');
        return new Code(code, scope);
      }
      case 0x10:
        return new Int32(this.int32());
      case 0x11:
        return new Timestamp(this.long());
      case 0x12:
        return this.long();
      case 0x13:
        return new Decimal128(this.copy(16));
      case 0x7f:
        return MAX_KEY;
      case 0xff:
        return MIN_KEY;
      default:
        throw new MalformedBson(`unknown type ${type}`);
    }
  }

  deeper(depth: number): number {
    if (depth >= MAX_DEPTH) throw new MalformedBson('nested too deeply');
    return depth + 1;
  }
}

/** Reads one document that begins at `start`; checks every length. */
export function decode(bytes: Buffer, start = 0): Doc {
  try {
    return new Reader(bytes, start).document(0);
  } catch (error) {
    if (error instanceof MalformedBson) throw error;
    // The library's own types refuse some values, and buffers a reading past their end.
    throw new MalformedBson(error instanceof Error ? error.message : 'unreadable');
  }
}

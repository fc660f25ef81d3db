import type mongodb from 'mongodb';

/** The driver's own BSON: a second copy of the library would not know its values. */
export type Bson = typeof mongodb.BSON;

export async function loadBson(): Promise<Bson> {
  return (await import('mongodb')).default.BSON;
}

/** A document with nothing lost: numbers keep their type, keys their order, also `"10"` before `"2"`. */
export type Doc = ReadonlyMap<string, Value>;

export type Value =
  | null
  | boolean
  | string
  | Date
  | Doc
  | readonly Value[]
  | Unwritable
  | Leaf<'Int32'>
  | Leaf<'Double'>
  | Leaf<'Long'>
  | Leaf<'Decimal128'>
  | Leaf<'ObjectId'>
  | Leaf<'Binary'>
  | Leaf<'BSONRegExp'>
  | Leaf<'BSONSymbol'>
  | Leaf<'Timestamp'>
  | Leaf<'Code'>
  | Leaf<'MinKey'>
  | Leaf<'MaxKey'>;

type Leaf<Name extends keyof Bson> = Bson[Name] extends abstract new (...parts: never) => infer Instance
  ? Instance
  : never;

/** A value that a database may hold and its driver cannot write: it can be shown, and not sent. */
export class Unwritable {
  readonly type: 'undefined' | 'dbPointer' | 'date' | 'regex';
  /** As EJSON writes it. */
  readonly text: string;
  constructor(type: Unwritable['type'], text: string) {
    this.type = type;
    this.text = text;
  }
}

export function isDoc(value: Value | undefined): value is Doc {
  return value instanceof Map;
}

export function isArray(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** What the driver would send; undefined where it could not send all of it. */
export function bytesOf(bson: Bson, document: Doc): Uint8Array | undefined {
  return isWritable(document) ? bson.serialize(document) : undefined;
}

function isWritable(value: Value): boolean {
  if (value instanceof Unwritable) return false;
  if (isDoc(value)) return [...value.values()].every(isWritable);
  if (isArray(value)) return value.every(isWritable);
  return true;
}

export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

/** A document as the database sent it. */
export function readDocument(bson: Bson, bytes: Uint8Array): Doc {
  return new BytesReader(bson, bytes).document(0);
}

/** One field of a document, without reading the others; undefined where it has no such field. */
export function readField(bson: Bson, bytes: Uint8Array, name: string): Value | undefined {
  return new BytesReader(bson, bytes).field(name);
}

/** What would be a mark of the encoding in a file is a part of a text here. */
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

class BytesReader {
  readonly #bson: Bson;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bson: Bson, bytes: Uint8Array) {
    this.#bson = bson;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  document(start: number): Doc {
    const document = new Map<string, Value>();
    for (const [type, nameAt, nameLength, at, length] of this.#bson.onDemand.parseToElements(
      this.#bytes,
      start,
    ))
      document.set(this.#text(nameAt, nameLength), this.#value(type, at, length));
    return document;
  }

  /** Of a key that is there twice the last one counts, as in the whole document. */
  field(name: string): Value | undefined {
    const length = Buffer.byteLength(name);
    let found: Value | undefined;
    for (const [type, nameAt, nameLength, at, valueLength] of this.#bson.onDemand.parseToElements(
      this.#bytes,
      0,
    ))
      if (nameLength === length && this.#text(nameAt, nameLength) === name)
        found = this.#value(type, at, valueLength);
    return found;
  }

  /** The numbers are those of https://bsonspec.org/spec.html. */
  #value(type: number, at: number, length: number): Value {
    const { Binary, BSONSymbol, Code, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp } =
      this.#bson;
    switch (type) {
      case 1:
        return new Double(this.#view.getFloat64(at, true));
      case 2:
        return this.#string(at);
      case 3:
        return this.document(at);
      case 4:
        return [...this.document(at).values()];
      case 5: {
        const subType = this.#bytes[at + 4] ?? 0;
        // The old kind says its length a second time.
        const from = subType === Binary.SUBTYPE_BYTE_ARRAY ? at + 9 : at + 5;
        return new Binary(this.#bytes.slice(from, at + length), subType);
      }
      case 6:
        return new Unwritable('undefined', '{ "$undefined": true }');
      case 7:
        return new ObjectId(this.#bytes.slice(at, at + 12));
      case 8:
        return this.#bytes[at] === 1;
      case 9: {
        const time = this.#view.getBigInt64(at, true);
        const date = new Date(Number(time));
        if (!Number.isNaN(date.getTime())) return date;
        return new Unwritable('date', `{ "$date": { "$numberLong": "${time}" } }`);
      }
      case 10:
        return null;
      case 11: {
        const middle = this.#bytes.indexOf(0, at);
        return this.#regex(this.#text(at, middle - at), this.#text(middle + 1, at + length - middle - 2));
      }
      case 12: {
        const space = JSON.stringify(this.#string(at));
        const id = Buffer.from(this.#bytes.slice(at + length - 12, at + length)).toString('hex');
        return new Unwritable(
          'dbPointer',
          `{ "$dbPointer": { "$ref": ${space}, "$id": { "$oid": "${id}" } } }`,
        );
      }
      case 13:
        return new Code(this.#string(at));
      case 14:
        return new BSONSymbol(this.#string(at));
      case 15: {
        const codeLength = this.#view.getInt32(at + 4, true);
        return codeWithScope(this.#bson, this.#string(at + 4), this.document(at + 8 + codeLength));
      }
      case 16:
        return new Int32(this.#view.getInt32(at, true));
      case 17:
        return new Timestamp({ i: this.#view.getUint32(at, true), t: this.#view.getUint32(at + 4, true) });
      case 18:
        return Long.fromBigInt(this.#view.getBigInt64(at, true));
      case 19:
        return new Decimal128(this.#bytes.slice(at, at + 16));
      case 127:
        return new MaxKey();
      default:
        return new MinKey();
    }
  }

  #regex(pattern: string, options: string): Value {
    try {
      return new this.#bson.BSONRegExp(pattern, options);
    } catch {
      const parts = `"pattern": ${JSON.stringify(pattern)}, "options": ${JSON.stringify(options)}`;
      return new Unwritable('regex', `{ "$regularExpression": { ${parts} } }`);
    }
  }

  /** With its length before it, which counts the zero behind it. */
  #string(at: number): string {
    return this.#text(at + 4, this.#view.getInt32(at, true) - 1);
  }

  #text(at: number, length: number): string {
    return utf8.decode(this.#bytes.subarray(at, at + length));
  }
}

/** The library wants an object for a scope, and writes a map as well. */
export function codeWithScope(bson: Bson, code: string, scope: Doc): Leaf<'Code'> {
  return new bson.Code(code, scope);
}

export function scopeOf({ scope }: Leaf<'Code'>): Doc | undefined {
  return scope instanceof Map ? (scope as Doc) : undefined;
}

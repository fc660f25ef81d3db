import type { AbstractCursor, Document } from 'mongodb';
import mongodb from 'mongodb';
import type { Place } from '../sessions/catalog.ts';

/** Where a document came from: the bytes that its database sent, and whose it is. */
export interface Origin {
  readonly bytes: Uint8Array;
  readonly place: Place | undefined;
}

/** As mongosh reads documents: numbers of 64 bits stay what they are. */
const reading = { promoteLongs: false };

/**
 * The bytes behind the objects that a script works with. An object of JavaScript cannot hold all that a document
 * says: whether 1 is a whole number, that "10" stood before "2".
 */
export class Origins {
  readonly #known = new WeakMap<object, Origin>();
  /** The cursors whose documents nobody but us reads. */
  readonly #plain = new WeakSet<object>();

  /** A cursor that was made to give bytes gives objects of which their origin is known. */
  read(cursor: Pick<AbstractCursor<Document>, 'map'>, place: Place | undefined): void {
    cursor.map((given: Document) => {
      // What is no bytes is the answer to another question than for documents.
      if (!(given instanceof Uint8Array) || this.#plain.has(cursor)) return given;
      const document = mongodb.BSON.deserialize(given, reading);
      this.#known.set(document, { bytes: given, place });
      return document;
    });
  }

  /** An answer that came through a cursor which was made to give bytes: of what is in it some is bytes too. */
  static whole(answer: Document): Document {
    return Object.fromEntries(Object.entries(answer).map(([name, value]) => [name, read(value)]));
  }

  /** From here on a cursor gives the bytes themselves. */
  asBytes(cursor: object): void {
    this.#plain.add(cursor);
  }

  /** Where an object came from, if nobody has changed it since. */
  of(document: object): Origin | undefined {
    const origin = this.#known.get(document);
    if (origin === undefined) return undefined;
    const now = mongodb.BSON.serialize(document);
    if (Buffer.compare(origin.bytes, now) === 0) return origin;
    // What was lost when it was read has not been changed either.
    const before = mongodb.BSON.serialize(mongodb.BSON.deserialize(origin.bytes, reading));
    return Buffer.compare(before, now) === 0 ? origin : undefined;
  }
}

function read(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(read);
  return value instanceof Uint8Array ? mongodb.BSON.deserialize(value, reading) : value;
}

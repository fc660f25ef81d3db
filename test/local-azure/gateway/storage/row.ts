import { decode } from '../bson/decode.ts';
import { encode } from '../bson/encode.ts';
import type { Doc } from '../bson/value.ts';

/**
 * A document on its way through a query, in whichever form it came: what is only passed on is never decoded,
 * what is only computed with is never encoded.
 */
export class Row {
  #bytes: Buffer | undefined;
  #doc: Doc | undefined;

  private constructor(bytes: Buffer | undefined, doc: Doc | undefined) {
    this.#bytes = bytes;
    this.#doc = doc;
  }

  static ofBytes(bytes: Buffer): Row {
    return new Row(bytes, undefined);
  }

  static ofDoc(doc: Doc): Row {
    return new Row(undefined, doc);
  }

  get bytes(): Buffer {
    return (this.#bytes ??= encode(this.#doc ?? new Map()));
  }

  /** Not to be changed in place: others may hold the same row. */
  get doc(): Doc {
    return (this.#doc ??= decode(this.bytes));
  }
}

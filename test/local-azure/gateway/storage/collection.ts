import { Int32, UUID } from 'bson';
import type { Binary } from 'bson';
import { CommandError } from '../commandError.ts';
import { decode } from '../bson/decode.ts';
import { encode } from '../bson/encode.ts';
import { keyOf } from '../bson/key.ts';
import type { Doc, Value } from '../bson/value.ts';
import type { Generated } from './generated.ts';
import { Row } from './row.ts';
import { SecondaryIndex, duplicateKey } from './secondaryIndex.ts';
import type { IndexSpec } from './indexSpec.ts';

const MAX_DOCUMENT = 16_777_216;

/** The documents of one collection, in natural order: a changed document moves to the end. */
export class Collection {
  readonly kind = 'collection';
  readonly uuid: Binary = new UUID();
  readonly options: Doc;
  readonly indexes: SecondaryIndex[] = [];
  readonly #documents = new Map<string, Buffer>();
  #size = 0;
  #snapshot: readonly Buffer[] | undefined;
  /** What is in here until somebody writes. */
  #generated: Generated | undefined;

  constructor(options: Doc, generated?: Generated) {
    this.options = options;
    this.#generated = generated;
  }

  get count(): number {
    return this.#generated?.count ?? this.#documents.size;
  }

  /** The sum of the sizes of all documents. */
  get size(): number {
    return this.#generated?.size ?? this.#size;
  }

  /** The documents of this moment. A reader keeps its own view, whatever is written meanwhile. */
  *rows(): Generator<Row> {
    const generated = this.#generated;
    if (generated) {
      for (let index = 0; index < generated.count; index++) yield Row.ofBytes(generated.bytes(index));
      return;
    }
    this.#snapshot ??= [...this.#documents.values()];
    for (const bytes of this.#snapshot) yield Row.ofBytes(bytes);
  }

  byId(id: Value): Row | undefined {
    if (this.#generated) {
      const place = this.#generated.placeOf(id);
      return place === undefined ? undefined : Row.ofBytes(this.#generated.bytes(place));
    }
    const bytes = this.#documents.get(keyOf(id));
    return bytes && Row.ofBytes(bytes);
  }

  /** Documents that were made while they were read are kept from now on. */
  #keep(): void {
    const generated = this.#generated;
    if (!generated) return;
    this.#generated = undefined;
    for (let index = 0; index < generated.count; index++)
      this.#documents.set(keyOf(new Int32(index)), generated.bytes(index));
    this.#size = generated.size;
  }

  insert(doc: Doc): void {
    this.#keep();
    const id = keyOf(doc.get('_id'));
    if (this.#documents.has(id)) throw duplicateKey('_id_');
    this.#put(id, doc, this.#checked(id, doc));
  }

  /** Puts a new version in place of the document with the same `_id`. */
  replace(before: Doc, after: Doc): void {
    this.#keep();
    const id = keyOf(before.get('_id'));
    const bytes = this.#checked(id, after);
    this.remove(before);
    this.#put(id, after, bytes);
  }

  remove(doc: Doc): void {
    this.#keep();
    const id = keyOf(doc.get('_id'));
    this.#size -= this.#documents.get(id)?.length ?? 0;
    this.#documents.delete(id);
    for (const index of this.indexes) index.remove(doc);
    this.#snapshot = undefined;
  }

  /** Everything that can refuse a document is asked before anything changes. */
  #checked(id: string, doc: Doc): Buffer {
    const bytes = encode(doc);
    if (bytes.length > MAX_DOCUMENT) {
      throw new CommandError(
        'BsonObjectTooLarge',
        `Size ${bytes.length} is larger than MaxDocSize ${MAX_DOCUMENT}`,
      );
    }
    for (const index of this.indexes) index.check(doc, id);
    return bytes;
  }

  #put(id: string, doc: Doc, bytes: Buffer): void {
    for (const index of this.indexes) index.add(doc, id);
    this.#documents.set(id, bytes);
    this.#size += bytes.length;
    this.#snapshot = undefined;
  }

  createIndex(spec: IndexSpec): void {
    const index = new SecondaryIndex(spec);
    // Only what is unique has to be looked at.
    if (spec.unique) this.#keep();
    for (const [id, bytes] of spec.unique ? this.#documents : []) {
      const doc = decode(bytes);
      index.check(doc, id);
      index.add(doc, id);
    }
    this.indexes.push(index);
  }

  dropIndex(index: SecondaryIndex): void {
    this.indexes.splice(this.indexes.indexOf(index), 1);
  }
}

/** A stored question that is read like a collection. */
export interface View {
  readonly kind: 'view';
  readonly on: string;
  readonly pipeline: readonly Value[];
  readonly options: Doc;
}

export function makeView(on: string, pipeline: readonly Value[]): View {
  const options: Doc = new Map<string, Value>([
    ['viewOn', on],
    ['pipeline', [...pipeline]],
  ]);
  return { kind: 'view', on, pipeline, options };
}

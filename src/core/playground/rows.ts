import { readDocument } from '../sessions/bson.ts';
import type { Bson, Doc } from '../sessions/bson.ts';

/**
 * Documents as their database sent them. Kept as bytes, outside the heap: nothing is lost that JavaScript has no
 * type for, and many of them cost little.
 */
export class Rows {
  readonly #batches: Uint8Array[] = [];
  /** Where each document is: its batch and its place in there. */
  #places = new Uint32Array(256);
  #count = 0;
  #size = 0;

  get count(): number {
    return this.#count;
  }

  /** In bytes. */
  get size(): number {
    return this.#size;
  }

  /** As they came. */
  get batches(): readonly Uint8Array[] {
    return this.#batches;
  }

  /** Documents right behind each other: each says how long it is. */
  add(batch: Uint8Array): void {
    const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
    for (let at = 0; at < batch.byteLength; at += view.getInt32(at, true)) {
      if (2 * this.#count === this.#places.length) {
        const wider = new Uint32Array(2 * this.#places.length);
        wider.set(this.#places);
        this.#places = wider;
      }
      this.#places[2 * this.#count] = this.#batches.length;
      this.#places[2 * this.#count + 1] = at;
      this.#count++;
    }
    this.#batches.push(batch);
    this.#size += batch.byteLength;
  }

  bytes(index: number): Uint8Array {
    const batch = this.#batches[this.#places[2 * index] ?? 0];
    if (index < 0 || index >= this.#count || batch === undefined)
      throw new RangeError(`There is no row ${index}.`);
    const from = this.#places[2 * index + 1] ?? 0;
    const length = new DataView(batch.buffer, batch.byteOffset).getInt32(from, true);
    return batch.subarray(from, from + length);
  }

  document(bson: Bson, index: number): Doc {
    return readDocument(bson, this.bytes(index));
  }
}

/** Whether these are documents right behind each other, to the last byte. */
export function isWhole(batch: Uint8Array): boolean {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  let at = 0;
  while (at + smallest <= batch.byteLength) {
    const length = view.getInt32(at, true);
    if (length < smallest) return false;
    at += length;
    if (batch[at - 1] !== 0) return false;
  }
  return at === batch.byteLength;
}

/** In bytes: a document without fields is its length and the zero at its end. */
const smallest = 5;

import type { Doc } from '../sessions/bson.ts';
import { numberOf } from './order.ts';

/** Documents that have nothing in common have no use for a table of all of it. */
const most = 100;

/** The fields at the top of documents, as they are found: the id first, the others as they come. */
export class Columns {
  readonly #names: string[] = [];
  readonly #known = new Set<string>();
  readonly #numeric = new Set<string>();

  get names(): readonly string[] {
    return this.#names;
  }

  /** How many were found that are no columns. */
  get left(): number {
    return this.#known.size - this.#names.length;
  }

  /** Whether a number was seen in it. */
  isNumeric(name: string): boolean {
    return this.#numeric.has(name);
  }

  /** Looks at a document; answers whether it brought something new. */
  add(document: Doc): boolean {
    let isNew = false;
    for (const [name, value] of document) {
      if (!this.#numeric.has(name) && numberOf(value) !== undefined) {
        this.#numeric.add(name);
        isNew = true;
      }
      if (this.#known.has(name)) continue;
      this.#known.add(name);
      isNew = true;
      if (name === '_id') this.#names.unshift(name);
      else if (this.#names.length < most) this.#names.push(name);
    }
    return isNew;
  }
}

import type { Doc } from '../../sessions/bson.ts';
import { numberOf } from './order.ts';

/** Of so many documents it is looked at whether their values come again. */
const lookedAt = 200;
/** What has more values than these tells documents apart rather than putting them together. */
const mostKinds = 30;

/** Documents that have nothing in common have no use for a table of all of it. */
const most = 100;

/** The fields at the top of documents, as they are found: the id first, the others as they come. */
export class Columns {
  readonly #names: string[] = [];
  readonly #known = new Set<string>();
  readonly #numeric = new Set<string>();
  /** The words in each column, and how often there were any. */
  readonly #words = new Map<string, { readonly kinds: Set<string>; count: number }>();
  #documents = 0;

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

  /** Whether it has few words in it, which come again and again. */
  isKind(name: string): boolean {
    const { kinds, count } = this.#words.get(name) ?? { kinds: new Set(), count: 0 };
    return kinds.size > 0 && kinds.size <= mostKinds && 2 * kinds.size <= count;
  }

  /** Looks at a document; answers whether it brought something new. */
  add(document: Doc): boolean {
    let isNew = false;
    const isLookedAt = this.#documents++ < lookedAt;
    for (const [name, value] of document) {
      if (isLookedAt && typeof value === 'string') {
        const words = this.#words.get(name) ?? { kinds: new Set(), count: 0 };
        words.count++;
        if (words.kinds.size <= mostKinds) words.kinds.add(value);
        this.#words.set(name, words);
      }
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

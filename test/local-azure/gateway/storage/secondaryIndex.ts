import { CommandError } from '../commandError.ts';
import { keyOf } from '../bson/key.ts';
import type { Doc, Value } from '../bson/value.ts';
import { splitPath, valuesAt } from '../query/path.ts';
import type { Path } from '../query/path.ts';
import type { IndexSpec } from './indexSpec.ts';

/** An index beside the one on `_id`. It serves uniqueness and plans; reading goes through the documents. */
export class SecondaryIndex {
  readonly spec: IndexSpec;
  readonly paths: readonly Path[];
  readonly #owners = new Map<string, string>();

  constructor(spec: IndexSpec) {
    this.spec = spec;
    this.paths = [...spec.key.keys()].map(splitPath);
  }

  /** Refuses a document whose key belongs to another one. */
  check(doc: Doc, id: string): void {
    for (const key of this.#keys(doc)) {
      const owner = this.#owners.get(key);
      if (owner !== undefined && owner !== id) throw duplicateKey(this.spec.name);
    }
  }

  add(doc: Doc, id: string): void {
    for (const key of this.#keys(doc)) this.#owners.set(key, id);
  }

  remove(doc: Doc): void {
    for (const key of this.#keys(doc)) this.#owners.delete(key);
  }

  #keys(doc: Doc): readonly string[] {
    if (!this.spec.unique || !this.spec.covers(doc)) return [];
    const columns = this.paths.map((path) => {
      const values = valuesAt(doc, path);
      return values.length > 0 ? values : [undefined];
    });
    if (this.spec.sparse && columns.every((values) => values.every((value) => value === undefined)))
      return [];
    return combine(columns);
  }
}

function combine(columns: readonly (readonly (Value | undefined)[])[]): string[] {
  let keys = [''];
  for (const column of columns) {
    // For uniqueness a missing value is null.
    const parts = new Set(column.map((value) => keyOf(value ?? null)));
    keys = keys.flatMap((key) => [...parts].map((part) => `${key}|${part}`));
  }
  return keys;
}

export function duplicateKey(index: string): CommandError {
  return new CommandError(
    'DuplicateKey',
    `Duplicate key violation on the requested collection: Index '${index}'`,
  );
}

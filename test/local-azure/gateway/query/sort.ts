import { asNumber } from '../bson/number.ts';
import { compare } from '../bson/order.ts';
import { isDoc, isNumber } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { splitPath, valuesAt } from './path.ts';
import type { Path } from './path.ts';

interface Key {
  readonly path: Path;
  readonly direction: 1 | -1;
}

/** The order that a sort specification asks for; reads the keys of both documents at each comparison. */
export function sortOrder(specification: Doc): (a: Doc, b: Doc) => number {
  const keys = parseKeys(specification);
  return (a, b) => compareKeys(keys, keyValues(keys, a), keyValues(keys, b));
}

/** Sorts what has documents, reading each key once. A sort of equals keeps their order. */
export function sortBy<T>(items: Iterable<T>, docOf: (item: T) => Doc, specification: Doc): T[] {
  const keys = parseKeys(specification);
  const keyed = Array.from(items, (item) => ({ item, values: keyValues(keys, docOf(item)) }));
  keyed.sort((a, b) => compareKeys(keys, a.values, b.values));
  return keyed.map(({ item }) => item);
}

function parseKeys(specification: Doc): readonly Key[] {
  return [...specification].map(([field, value]) => {
    if (isDoc(value)) {
      throw new CommandError('CommandNotSupported', 'Sorting by $meta is not supported by this emulator');
    }
    const number = isNumber(value) ? asNumber(value) : undefined;
    if (number === undefined) throw new CommandError(15_974, `Illegal key in $sort specification: ${field}`);
    if (number !== 1 && number !== -1) {
      throw new CommandError(15_975, '$sort key ordering must be 1 (for ascending) or -1 (for descending)');
    }
    if (field === '' || field.startsWith('.') || field.endsWith('.') || field.includes('..')) {
      throw new CommandError(15_998, 'FieldPath field names may not be empty strings.');
    }
    return { path: splitPath(field), direction: number };
  });
}

/** An array counts as its smallest element when ascending, as its largest when descending. */
function keyValues(keys: readonly Key[], doc: Doc): readonly (Value | undefined)[] {
  return keys.map(({ path, direction }) => {
    const values = valuesAt(doc, path);
    let best = values[0];
    for (const value of values) if (compare(value, best) * direction < 0) best = value;
    return best;
  });
}

function compareKeys(
  keys: readonly Key[],
  a: readonly (Value | undefined)[],
  b: readonly (Value | undefined)[],
): number {
  for (let index = 0; index < keys.length; index++) {
    const order = compare(a[index], b[index]) * (keys[index]?.direction ?? 1);
    if (order !== 0) return order;
  }
  return 0;
}

import { BSONRegExp } from 'bson';
import { keyOf } from '../bson/key.ts';
import { isDoc } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import type { Collection } from './collection.ts';
import type { Row } from './row.ts';

/**
 * The rows that a filter can possibly mean: those of the ids it names, or all. The filter itself has yet to be
 * applied.
 */
export function* candidates(collection: Collection, filter: Doc | undefined): Generator<Row> {
  const ids = filter && idsIn(filter);
  if (!ids) {
    yield* collection.rows();
    return;
  }
  const seen = new Set<string>();
  for (const id of ids) {
    const row = seen.has(keyOf(id)) ? undefined : collection.byId(id);
    seen.add(keyOf(id));
    if (row) yield row;
  }
}

/** The ids that a filter names outright; `undefined` when it leaves them open. */
export function idsIn(filter: Doc): readonly Value[] | undefined {
  const wanted = filter.get('_id');
  if (wanted === undefined || wanted === null || wanted instanceof BSONRegExp) return undefined;
  if (!isDoc(wanted)) return [wanted];
  const [first] = wanted.keys();
  if (first?.startsWith('$') !== true) return [wanted];
  const exactly = wanted.get('$eq');
  if (exactly !== undefined && exactly !== null) return [exactly];
  const among = wanted.get('$in');
  if (!Array.isArray(among) || among.some((id) => id === null || id instanceof BSONRegExp)) return undefined;
  return among;
}

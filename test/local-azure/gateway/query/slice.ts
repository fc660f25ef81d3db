import { asNumber } from '../bson/number.ts';
import { isNumber } from '../bson/value.ts';
import type { Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';

/** The `$slice` of a projection: so many from the start or the end, or after so many. */
export function sliceOf(argument: Value): (items: readonly Value[]) => Value[] {
  const [first = 0, limit] = (Array.isArray(argument) ? argument : [argument]).map((value) => {
    if (isNumber(value)) return Math.trunc(asNumber(value));
    throw new CommandError(28_667, '$slice takes numbers');
  });
  if (limit === undefined) {
    return (items) => (first < 0 ? items.slice(first) : items.slice(0, first));
  }
  if (limit <= 0) throw new CommandError(28_724, '$slice limit must be positive');
  return (items) => {
    const start = first < 0 ? Math.max(items.length + first, 0) : first;
    return items.slice(start, start + limit);
  };
}

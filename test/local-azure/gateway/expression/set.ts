import { keyOf } from '../bson/key.ts';
import { isTruthy } from '../bson/number.ts';
import { isNullish } from '../bson/value.ts';
import type { Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { arrayArgument } from './array.ts';
import { orNull, positional, variadic } from './operator.ts';
import type { OperatorTable } from './operator.ts';

/** The distinct elements of an array, by what they compare equal to. */
export function distinct(items: Iterable<Value>): Map<string, Value> {
  const found = new Map<string, Value>();
  for (const item of items) {
    const key = keyOf(item);
    if (!found.has(key)) found.set(key, item);
  }
  return found;
}

function setOf(name: string, value: Value | undefined): Map<string, Value> {
  return distinct(arrayArgument(name, value, 17_046));
}

function isSubset(a: Value, b: Value): boolean {
  const whole = setOf('$setIsSubset', b);
  return [...setOf('$setIsSubset', a).keys()].every((key) => whole.has(key));
}

export const setOperators: OperatorTable = {
  $setUnion: variadic((values) =>
    values.some(isNullish)
      ? null
      : [...distinct(values.flatMap((value) => arrayArgument('$setUnion', value, 17_043))).values()],
  ),
  $setIntersection: variadic((values) => {
    if (values.some(isNullish)) return null;
    const [first, ...rest] = values.map((value) => setOf('$setIntersection', value));
    return [...(first ?? [])].filter(([key]) => rest.every((set) => set.has(key))).map(([, item]) => item);
  }),
  $setDifference: positional(
    '$setDifference',
    [2, 2],
    orNull((a, b) => {
      const removed = setOf('$setDifference', b);
      return [...setOf('$setDifference', a)].filter(([key]) => !removed.has(key)).map(([, item]) => item);
    }),
  ),
  $setEquals: variadic((values) => {
    if (values.length < 2) {
      throw new CommandError(17_045, `$setEquals needs at least two arguments had: ${values.length}`);
    }
    const [first, ...rest] = values.map((value) => setOf('$setEquals', value));
    return rest.every((set) => set.size === first?.size && [...set.keys()].every((key) => first.has(key)));
  }),
  $setIsSubset: positional('$setIsSubset', [2, 2], (a, b) => isSubset(a ?? null, b ?? null)),
  $allElementsTrue: positional('$allElementsTrue', [1, 1], (value) =>
    arrayArgument('$allElementsTrue', value, 17_040).every(isTruthy),
  ),
  $anyElementTrue: positional('$anyElementTrue', [1, 1], (value) =>
    arrayArgument('$anyElementTrue', value, 17_041).some(isTruthy),
  ),
};

import type { Ranges } from './resultsProtocol.ts';

/** Places that are chosen: as ranges, since all of many are chosen as easily as one. */
export function inRanges(ranges: Ranges, place: number): boolean {
  return ranges.some(([from, to]) => place >= from && place <= to);
}

export function withRange(ranges: Ranges, from: number, to: number): Ranges {
  let first = from;
  let last = to;
  const others = ranges.filter((range) => {
    // What touches it becomes one with it.
    const isApart = range[1] < first - 1 || range[0] > last + 1;
    if (!isApart) {
      first = Math.min(first, range[0]);
      last = Math.max(last, range[1]);
    }
    return isApart;
  });
  return [...others, [first, last] as const].toSorted(([one], [other]) => one - other);
}

export function without(ranges: Ranges, place: number): Ranges {
  return ranges.flatMap(([from, to]): Ranges => {
    if (place < from || place > to) return [[from, to]];
    return [
      ...(from < place ? [[from, place - 1] as const] : []),
      ...(place < to ? [[place + 1, to] as const] : []),
    ];
  });
}

export function sizeOf(ranges: Ranges): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0);
}

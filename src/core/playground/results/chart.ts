import { isArray, isDoc } from '../../sessions/bson.ts';
import type { Bson, Value } from '../../sessions/bson.ts';
import { lineOf } from '../../sessions/ejson.ts';
import { numberOf } from './order.ts';
import { slices } from './slices.ts';

/** What to draw: a column along the bottom, and for each of its values what becomes of another column there. */
export interface ChartOrder {
  readonly x: string;
  /** Undefined where documents are counted. */
  readonly y: string | undefined;
  readonly of: 'sum' | 'average' | 'count';
}

export interface Point {
  readonly label: string;
  /** Where it is along the bottom, if that is a number or a time in milliseconds. */
  readonly at: number | undefined;
  readonly value: number;
}

export interface Chart {
  readonly along: 'numbers' | 'times' | 'names';
  readonly points: readonly Point[];
  /** Values along the bottom that are not drawn: more than anybody could tell apart. */
  readonly left: number;
  /** Rows that say nothing here: one of the columns is missing there, or is no number. */
  readonly skipped: number;
}

/** More bars than a screen has columns of pixels show nothing. */
const mostPoints = 1000;
/** Ways of writing a value are told apart up to here: beyond, all are counted as left. */
const mostGroups = 100_000;

interface Group {
  readonly label: string;
  readonly at: number | undefined;
  readonly isTime: boolean;
  count: number;
  sum: number;
}

/** All rows with the same value along the bottom are one point. */
export async function chartOf(
  bson: Bson,
  count: number,
  field: (row: number, name: string) => Value | undefined,
  { x, y, of }: ChartOrder,
  signal?: AbortSignal,
): Promise<Chart> {
  const rest = slices(signal);
  const groups = new Map<string, Group>();
  let skipped = 0;
  let left = 0;
  for (let row = 0; row < count; row++) {
    if (row % 32 === 0) await rest();
    const along = field(row, x);
    const value = of === 'count' || y === undefined ? 1 : numberOf(field(row, y));
    if (along === undefined || value === undefined || !Number.isFinite(value)) {
      skipped++;
      continue;
    }
    const [label, at] = placeOf(bson, along);
    const key = at === undefined ? label : String(at);
    let group = groups.get(key);
    if (group === undefined) {
      if (groups.size === mostGroups) {
        left++;
        continue;
      }
      group = { label, at, isTime: along instanceof Date, count: 0, sum: 0 };
      groups.set(key, group);
    }
    group.count++;
    group.sum += value;
  }
  const all = [...groups.values()];
  const along = all.every(({ at }) => at === undefined)
    ? 'names'
    : all.every(({ at, isTime }) => at !== undefined && isTime)
      ? 'times'
      : all.every(({ at, isTime }) => at !== undefined && !isTime)
        ? 'numbers'
        : 'names';
  // Names stay as they came: that is an order somebody may have asked the database for.
  if (along !== 'names') all.sort((one, other) => (one.at ?? 0) - (other.at ?? 0));
  return {
    along,
    points: all.slice(0, mostPoints).map(({ label, at, count, sum }) => ({
      label,
      at: along === 'names' ? undefined : at,
      value: of === 'average' ? sum / count : sum,
    })),
    left: left + Math.max(all.length - mostPoints, 0),
    skipped,
  };
}

function placeOf(bson: Bson, value: Value): readonly [string, number | undefined] {
  const number = numberOf(value);
  if (number !== undefined && Number.isFinite(number)) return [String(number), number];
  if (value instanceof Date)
    return [value.toISOString().replace(/T00:00:00\.000Z$|\.000Z$/, ''), value.getTime()];
  if (typeof value === 'string') return [value.slice(0, 200), undefined];
  // What a group was made by, without the names of its parts.
  if (isDoc(value) && value.size > 0 && [...value.values()].every((part) => !isDoc(part) && !isArray(part)))
    return [[...value.values()].map((part) => placeOf(bson, part)[0]).join(' · '), undefined];
  if (typeof value === 'object' && value !== null && '_bsontype' in value && value._bsontype === 'ObjectId')
    return [value.toHexString(), undefined];
  return [lineOf(bson, value).slice(0, 200), undefined];
}

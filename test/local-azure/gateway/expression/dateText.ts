import { CommandError } from '../commandError.ts';
import { calendarOf } from './calendar.ts';
import { fromLocal, toLocal, zoneOf } from './zone.ts';
import type { Zone } from './zone.ts';

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);

function pad(value: number, length: number): string {
  return String(value).padStart(length, '0');
}

function offsetText(minutes: number): string {
  const magnitude = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${pad(Math.floor(magnitude / 60), 2)}${pad(magnitude % 60, 2)}`;
}

export function formatDate(instant: number, zone: Zone, format: string): string {
  const local = toLocal(instant, zone);
  const minutes = Math.round((local.getTime() - instant) / 60_000);
  const calendar = calendarOf(local);
  const writers: Readonly<Record<string, () => string>> = {
    Y: () => pad(local.getUTCFullYear(), 4),
    m: () => pad(local.getUTCMonth() + 1, 2),
    d: () => pad(local.getUTCDate(), 2),
    H: () => pad(local.getUTCHours(), 2),
    M: () => pad(local.getUTCMinutes(), 2),
    S: () => pad(local.getUTCSeconds(), 2),
    L: () => pad(local.getUTCMilliseconds(), 3),
    b: () => (MONTHS[local.getUTCMonth()] ?? '').slice(0, 3),
    B: () => MONTHS[local.getUTCMonth()] ?? '',
    j: () => pad(calendar.dayOfYear, 3),
    w: () => String(calendar.dayOfWeek),
    u: () => String(calendar.isoDayOfWeek),
    U: () => pad(calendar.week, 2),
    V: () => pad(calendar.isoWeek, 2),
    G: () => pad(calendar.isoWeekYear, 4),
    z: () => offsetText(minutes),
    Z: () => (minutes < 0 ? `-${pad(-minutes, 3)}` : `+${pad(minutes, 3)}`),
    '%': () => '%',
  };
  return format.replace(/%([^]?)/g, (_, letter: string) => {
    const writer = writers[letter];
    if (writer) return writer();
    throw new CommandError(18_536, `Invalid format character '%${letter}' in format string`);
  });
}

const readers: Readonly<Record<string, string>> = {
  Y: '(?<year>\\d{4})',
  m: '(?<month>\\d{1,2})',
  d: '(?<day>\\d{1,2})',
  H: '(?<hour>\\d{1,2})',
  M: '(?<minute>\\d{1,2})',
  S: '(?<second>\\d{1,2})',
  L: '(?<millisecond>\\d{1,3})',
  b: '(?<name>[A-Za-z]{3})',
  B: '(?<name>[A-Za-z]+)',
  j: '(?<dayOfYear>\\d{1,3})',
  z: '(?<zone>Z|[+-]\\d\\d:?\\d\\d)',
  Z: '(?<minutes>[+-]\\d{1,4})',
  '%': '%',
};

/** Without a format: ISO 8601, its parts optional from the right, and an optional zone. */
const ISO =
  /^(?<year>\d{4})-(?<month>\d\d)(?:-(?<day>\d\d))?(?:[T ](?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?:\.(?<millisecond>\d{1,9}))?)?)?\s*(?<zone>Z|[+-]\d\d:?\d\d|[+-]\d\d)?$/i;

function patternOf(format: string): RegExp {
  let source = '';
  for (const [, letter, literal] of format.matchAll(/%([^]?)|([^%]+)/g)) {
    if (literal !== undefined) {
      source += literal.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
      continue;
    }
    const reader = readers[letter ?? ''];
    if (reader === undefined) {
      throw new CommandError(18_536, `Invalid format character '%${letter}' in format string`);
    }
    source += reader;
  }
  return new RegExp(`^${source}$`);
}

function unreadable(text: string): CommandError {
  return new CommandError('ConversionFailure', `Error parsing date string '${text}'`);
}

export function parseDate(text: string, format: string | undefined, zone: Zone | undefined): Date {
  const groups = (format === undefined ? ISO : patternOf(format)).exec(text)?.groups;
  if (!groups) throw unreadable(text);
  const read = (name: string): number | undefined =>
    groups[name] === undefined ? undefined : Number(groups[name]);
  const month = groups['name'] === undefined ? (read('month') ?? 1) : monthOf(groups['name']);
  const year = read('year');
  const day = read('dayOfYear') ?? read('day') ?? 1;
  if (year === undefined || month < 1 || month > 12) throw unreadable(text);
  const milliseconds = Number((groups['millisecond'] ?? '0').padEnd(3, '0').slice(0, 3));
  const local = new Date(0);
  local.setUTCFullYear(year, read('dayOfYear') === undefined ? month - 1 : 0, day);
  local.setUTCHours(read('hour') ?? 0, read('minute') ?? 0, read('second') ?? 0, milliseconds);
  // A day that the month does not have would have moved the date on.
  const moved = read('dayOfYear') === undefined && local.getUTCDate() !== day;
  if (moved || (read('hour') ?? 0) > 23 || (read('minute') ?? 0) > 59 || (read('second') ?? 0) > 59) {
    throw unreadable(text);
  }
  return new Date(fromLocal(local.getTime(), zoneIn(groups, zone, text)));
}

function zoneIn(
  groups: Readonly<Record<string, string | undefined>>,
  given: Zone | undefined,
  text: string,
): Zone {
  const { zone, minutes } = groups;
  if (zone === undefined && minutes === undefined) return given ?? { offsetAt: () => 0 };
  if (given) {
    throw new CommandError(
      'ConversionFailure',
      `you cannot pass in a date/time string with time zone information ('${text}') together with a timezone argument`,
    );
  }
  if (minutes !== undefined) return { offsetAt: () => Number(minutes) * 60_000 };
  return zoneOf(zone?.toUpperCase()) ?? { offsetAt: () => 0 };
}

function monthOf(name: string): number {
  const wanted = name.toLowerCase();
  return (
    1 +
    MONTHS.findIndex((month) => month.toLowerCase() === wanted || month.slice(0, 3).toLowerCase() === wanted)
  );
}

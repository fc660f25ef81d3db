const DAY = 86_400_000;

interface Calendar {
  readonly dayOfYear: number;
  /** Sunday is 0. */
  readonly dayOfWeek: number;
  readonly isoDayOfWeek: number;
  /** Weeks begin on Sundays; days before the year's first Sunday are in week 0. */
  readonly week: number;
  readonly isoWeek: number;
  readonly isoWeekYear: number;
}

function startOfYear(year: number): number {
  return new Date(0).setUTCFullYear(year, 0, 1);
}

/** Reads the UTC fields of a date. */
export function calendarOf(date: Date): Calendar {
  const day = Math.floor(date.getTime() / DAY);
  const dayOfYear = day - startOfYear(date.getUTCFullYear()) / DAY + 1;
  const dayOfWeek = date.getUTCDay();
  const isoDayOfWeek = dayOfWeek === 0 ? 7 : dayOfWeek;
  // An ISO week belongs to the year that its Thursday is in.
  const thursday = new Date((day + 4 - isoDayOfWeek) * DAY);
  const isoWeekYear = thursday.getUTCFullYear();
  const isoWeek = Math.floor((thursday.getTime() - startOfYear(isoWeekYear)) / DAY / 7) + 1;
  const week = Math.floor((dayOfYear + 6 - dayOfWeek) / 7);
  return { dayOfYear, dayOfWeek, isoDayOfWeek, week, isoWeek, isoWeekYear };
}

/** The day on which an ISO week-year's day lies. */
export function isoDate(year: number, week: number, dayOfWeek: number): number {
  const fourth = new Date(startOfYear(year) + 3 * DAY);
  const monday = fourth.getTime() - ((fourth.getUTCDay() + 6) % 7) * DAY;
  return monday + ((week - 1) * 7 + dayOfWeek - 1) * DAY;
}

export type Unit =
  | 'year'
  | 'quarter'
  | 'month'
  | 'week'
  | 'day'
  | 'hour'
  | 'minute'
  | 'second'
  | 'millisecond';

const fixedLengths = {
  week: 7 * DAY,
  day: DAY,
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
  millisecond: 1,
} as const;

const monthsIn = { year: 12, quarter: 3, month: 1 } as const;

export function isUnit(name: string): name is Unit {
  return name in fixedLengths || name in monthsIn;
}

/** Whether the unit is counted on the clock, so that a change to summer time does not matter to it. */
export function isClockUnit(unit: Unit): boolean {
  return unit === 'hour' || unit === 'minute' || unit === 'second' || unit === 'millisecond';
}

/** Adds to the UTC fields of a date; a day that a month does not have becomes its last. */
export function addUnits(local: number, unit: Unit, amount: number): number {
  if (unit !== 'year' && unit !== 'quarter' && unit !== 'month') return local + fixedLengths[unit] * amount;
  const date = new Date(local);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + monthsIn[unit] * amount);
  const last = new Date(Date.UTC(2000, 0, 1));
  last.setUTCFullYear(date.getUTCFullYear(), date.getUTCMonth() + 1, 0);
  date.setUTCDate(Math.min(day, last.getUTCDate()));
  return date.getTime();
}

/** The number of a date's unit, counted from some fixed day; weeks begin on `firstDay` (Sunday is 0). */
export function ordinal(local: number, unit: Unit, firstDay: number): number {
  if (unit === 'year' || unit === 'quarter' || unit === 'month') {
    const date = new Date(local);
    return Math.floor((date.getUTCFullYear() * 12 + date.getUTCMonth()) / monthsIn[unit]);
  }
  // 1970 began on a Thursday.
  if (unit === 'week') return Math.floor((Math.floor(local / DAY) + 4 - firstDay) / 7);
  return Math.floor(local / fixedLengths[unit]);
}

/** Where the unit of that number begins. */
export function startOfOrdinal(number: number, unit: Unit, firstDay: number): number {
  if (unit === 'year' || unit === 'quarter' || unit === 'month') {
    const months = number * monthsIn[unit];
    return new Date(0).setUTCFullYear(Math.floor(months / 12), ((months % 12) + 12) % 12, 1);
  }
  if (unit === 'week') return (number * 7 - 4 + firstDay) * DAY;
  return number * fixedLengths[unit];
}

import { Int32, Long, ObjectId, Timestamp } from 'bson';
import { asNumber, isTruthy } from '../bson/number.ts';
import { isDoc, isNullish, isNumber } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { addUnits, calendarOf, isClockUnit, isUnit, isoDate, ordinal, startOfOrdinal } from './calendar.ts';
import type { Unit } from './calendar.ts';
import { formatDate, parseDate } from './dateText.ts';
import { compileFields, nameOfType, named } from './operator.ts';
import type { Named, Operator, OperatorTable } from './operator.ts';
import { fromLocal, toLocal, zoneOf } from './zone.ts';
import type { Zone } from './zone.ts';

/** A date, or something that has one in it. */
function instantOf(value: Value): number {
  if (value instanceof Date) return value.getTime();
  if (value instanceof ObjectId) return value.getTimestamp().getTime();
  if (value instanceof Timestamp) return (value.high >>> 0) * 1000;
  throw new CommandError(16_006, `can't convert from BSON type ${nameOfType(value)} to Date`);
}

function part(name: string, read: (local: Date) => number, long = false): Operator {
  return (argument, compiler) => {
    const written = Array.isArray(argument) && argument.length === 1 ? (argument[0] ?? null) : argument;
    const detailed = isDoc(written) && written.has('date');
    const fields = detailed
      ? compileFields(name, written, compiler, ['date'], ['timezone'])
      : { date: compiler.compile(written) };
    return (scope) => {
      const date = fields['date']?.(scope);
      const zone = fields['timezone'] ? zoneOf(fields['timezone'](scope) ?? null) : zoneOf(undefined);
      if (isNullish(date) || !zone) return null;
      const number = read(toLocal(instantOf(date), zone));
      return long ? Long.fromNumber(number) : new Int32(number);
    };
  };
}

function unitOf(name: string, value: Value | undefined): Unit {
  if (typeof value === 'string' && isUnit(value)) return value;
  throw new CommandError(
    'FailedToParse',
    `${name} parameter 'unit' value cannot be recognized as a time unit`,
  );
}

const dayNames = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

function firstDayOf(name: string, value: Value | undefined): number {
  if (value === undefined) return 0;
  const wanted = typeof value === 'string' ? value.toLowerCase() : '';
  const index = dayNames.findIndex((day) => day === wanted || day.slice(0, 3) === wanted);
  if (index >= 0) return index;
  throw new CommandError(
    'FailedToParse',
    `${name} parameter 'startOfWeek' value cannot be recognized as a day`,
  );
}

function whole(name: string, parameter: string, value: Value | undefined): number {
  const number = isNumber(value) ? asNumber(value) : undefined;
  if (number !== undefined && Number.isInteger(number)) return number;
  throw new CommandError(5_166_405, `${name} requires '${parameter}' to be a whole number`);
}

function zoneArgument(values: Named): Zone | undefined {
  return 'timezone' in values ? zoneOf(values['timezone'] ?? null) : zoneOf(undefined);
}

function shift(name: string, sign: 1 | -1): Operator {
  return named(name, ['startDate', 'unit', 'amount'], ['timezone'], (values) => {
    const { startDate, unit, amount } = values;
    const zone = zoneArgument(values);
    if (isNullish(startDate) || isNullish(unit) || isNullish(amount) || !zone) return null;
    const by = unitOf(name, unit);
    const steps = sign * whole(name, 'amount', amount);
    const instant = instantOf(startDate);
    if (isClockUnit(by)) return new Date(addUnits(instant, by, steps));
    return new Date(fromLocal(addUnits(toLocal(instant, zone).getTime(), by, steps), zone));
  });
}

function difference(values: Named): Value {
  const { startDate, endDate, unit, startOfWeek } = values;
  const zone = zoneArgument(values);
  if (isNullish(startDate) || isNullish(endDate) || isNullish(unit) || !zone) return null;
  const by = unitOf('$dateDiff', unit);
  const firstDay = by === 'week' ? firstDayOf('$dateDiff', startOfWeek) : 0;
  const [start, end] = [startDate, endDate].map((value) => {
    const instant = instantOf(value);
    return ordinal(isClockUnit(by) ? instant : toLocal(instant, zone).getTime(), by, firstDay);
  });
  return Long.fromNumber((end ?? 0) - (start ?? 0));
}

/** Bins are counted from the start of 2000. */
const REFERENCE = Date.UTC(2000, 0, 1);

function truncate(values: Named): Value {
  const { date, unit, binSize, startOfWeek } = values;
  const zone = zoneArgument(values);
  if (isNullish(date) || isNullish(unit) || binSize === null || !zone) return null;
  const by = unitOf('$dateTrunc', unit);
  const size = binSize === undefined ? 1 : whole('$dateTrunc', 'binSize', binSize);
  if (size < 1) throw new CommandError(5_439_018, '$dateTrunc requires binSize to be greater than 0');
  const firstDay = by === 'week' ? firstDayOf('$dateTrunc', startOfWeek) : 0;
  const local = toLocal(instantOf(date), zone).getTime();
  // The first whole unit from the reference on is where the first bin begins.
  const first = ordinal(REFERENCE, by, firstDay) + (by === 'week' && startsLate(firstDay) ? 1 : 0);
  const count = ordinal(local, by, firstDay) - first;
  const start = startOfOrdinal(first + Math.floor(count / size) * size, by, firstDay);
  return new Date(fromLocal(start, zone));
}

function startsLate(firstDay: number): boolean {
  return new Date(REFERENCE).getUTCDay() !== firstDay;
}

function fromParts(values: Named): Value {
  const zone = zoneArgument(values);
  if (!zone || Object.values(values).some((value) => value !== undefined && isNullish(value))) return null;
  const read = (name: string, fallback: number): number =>
    values[name] === undefined ? fallback : whole('$dateFromParts', name, values[name]);
  const local = new Date(0);
  if (values['isoWeekYear'] === undefined) {
    if (values['year'] === undefined) {
      throw new CommandError(40_516, "$dateFromParts requires either 'year' or 'isoWeekYear' to be present");
    }
    local.setUTCFullYear(read('year', 1970), read('month', 1) - 1, read('day', 1));
  } else {
    local.setTime(isoDate(read('isoWeekYear', 1970), read('isoWeek', 1), read('isoDayOfWeek', 1)));
  }
  local.setUTCHours(read('hour', 0), read('minute', 0), read('second', 0), read('millisecond', 0));
  return new Date(fromLocal(local.getTime(), zone));
}

function toParts(values: Named): Value {
  const zone = zoneArgument(values);
  const { date, iso8601 } = values;
  if (isNullish(date) || !zone || iso8601 === null) return null;
  const local = toLocal(instantOf(date), zone);
  const { isoWeekYear, isoWeek, isoDayOfWeek } = calendarOf(local);
  const day = isTruthy(iso8601)
    ? { isoWeekYear, isoWeek, isoDayOfWeek }
    : { year: local.getUTCFullYear(), month: local.getUTCMonth() + 1, day: local.getUTCDate() };
  const time = {
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    millisecond: local.getUTCMilliseconds(),
  };
  const parts: Doc = new Map();
  for (const [name, value] of Object.entries({ ...day, ...time })) parts.set(name, new Int32(value));
  return parts;
}

const ISO_FORMAT = '%Y-%m-%dT%H:%M:%S.%LZ';
const LOCAL_FORMAT = '%Y-%m-%dT%H:%M:%S.%L';

const toText = named('$dateToString', ['date'], ['format', 'timezone', 'onNull'], (values) => {
  const { date, format, onNull } = values;
  const zone = zoneArgument(values);
  if (isNullish(date)) return 'onNull' in values ? onNull : null;
  if (!zone || format === null) return null;
  if (format !== undefined && typeof format !== 'string') {
    throw new CommandError(18_533, '$dateToString requires that format be a string');
  }
  const standard = 'timezone' in values && values['timezone'] !== 'UTC' ? LOCAL_FORMAT : ISO_FORMAT;
  return formatDate(instantOf(date), zone, format ?? standard);
});

const fromText: Operator = (argument, compiler) => {
  const name = '$dateFromString';
  const fields = compileFields(
    name,
    argument,
    compiler,
    ['dateString'],
    ['format', 'timezone', 'onError', 'onNull'],
  );
  return (scope) => {
    const text = fields['dateString']?.(scope);
    const format = fields['format']?.(scope);
    if (isNullish(text)) return fields['onNull'] ? fields['onNull'](scope) : null;
    const zone = fields['timezone'] && zoneOf(fields['timezone'](scope) ?? null);
    if (format === null || (fields['timezone'] && !zone)) return null;
    try {
      if (typeof text !== 'string') throw new CommandError('ConversionFailure', `${name} requires a string`);
      return parseDate(text, typeof format === 'string' ? format : undefined, zone);
    } catch (error) {
      if (fields['onError'] && error instanceof CommandError && error.codeName === 'ConversionFailure') {
        return fields['onError'](scope);
      }
      throw error;
    }
  };
};

const partNames =
  'year month day hour minute second millisecond timezone isoWeekYear isoWeek isoDayOfWeek'.split(' ');

export const dateOperators: OperatorTable = {
  $year: part('$year', (local) => local.getUTCFullYear()),
  $month: part('$month', (local) => local.getUTCMonth() + 1),
  $dayOfMonth: part('$dayOfMonth', (local) => local.getUTCDate()),
  $hour: part('$hour', (local) => local.getUTCHours()),
  $minute: part('$minute', (local) => local.getUTCMinutes()),
  $second: part('$second', (local) => local.getUTCSeconds()),
  $millisecond: part('$millisecond', (local) => local.getUTCMilliseconds()),
  $dayOfYear: part('$dayOfYear', (local) => calendarOf(local).dayOfYear),
  $dayOfWeek: part('$dayOfWeek', (local) => calendarOf(local).dayOfWeek + 1),
  $week: part('$week', (local) => calendarOf(local).week),
  $isoWeek: part('$isoWeek', (local) => calendarOf(local).isoWeek),
  $isoDayOfWeek: part('$isoDayOfWeek', (local) => calendarOf(local).isoDayOfWeek),
  $isoWeekYear: part('$isoWeekYear', (local) => calendarOf(local).isoWeekYear, true),
  $dateAdd: shift('$dateAdd', 1),
  $dateSubtract: shift('$dateSubtract', -1),
  $dateDiff: named('$dateDiff', ['startDate', 'endDate', 'unit'], ['timezone', 'startOfWeek'], difference),
  $dateTrunc: named('$dateTrunc', ['date', 'unit'], ['binSize', 'timezone', 'startOfWeek'], truncate),
  $dateFromParts: named('$dateFromParts', [], partNames, fromParts),
  $dateToParts: named('$dateToParts', ['date'], ['timezone', 'iso8601'], toParts),
  $dateToString: toText,
  $dateFromString: fromText,
};

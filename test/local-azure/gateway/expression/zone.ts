import { isNullish } from '../bson/value.ts';
import type { Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';

/** How far local time is ahead of UTC, in milliseconds, at an instant or at a local time. */
export interface Zone {
  offsetAt(instant: number): number;
}

const UTC: Zone = { offsetAt: () => 0 };

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(name: string): Intl.DateTimeFormat {
  const known = formats.get(name);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: name,
    hourCycle: 'h23',
    era: 'short',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(name, made);
  return made;
}

function olsonZone(name: string): Zone {
  let format: Intl.DateTimeFormat;
  try {
    format = formatOf(name);
  } catch {
    throw new CommandError(40_485, `unrecognized time zone identifier: "${name}"`);
  }
  return {
    offsetAt(instant) {
      const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
      const year = Number(parts['year']) * (parts['era'] === 'BC' ? -1 : 1) + (parts['era'] === 'BC' ? 1 : 0);
      const local = new Date(0);
      local.setUTCFullYear(year, Number(parts['month']) - 1, Number(parts['day']));
      local.setUTCHours(Number(parts['hour']), Number(parts['minute']), Number(parts['second']));
      return local.getTime() - Math.floor(instant / 1000) * 1000;
    },
  };
}

export function zoneOf(name: Value | undefined): Zone | undefined {
  if (name === undefined) return UTC;
  if (isNullish(name)) return undefined;
  if (typeof name !== 'string') throw new CommandError(40_517, 'timezone must evaluate to a string');
  if (name === 'UTC' || name === 'GMT' || name === 'Z') return UTC;
  const fixed = /^([+-])(\d\d)(?::?(\d\d))?$/.exec(name);
  if (!fixed) return olsonZone(name);
  const minutes = Number(fixed[2]) * 60 + Number(fixed[3] ?? 0);
  const offset = (fixed[1] === '-' ? -minutes : minutes) * 60_000;
  return { offsetAt: () => offset };
}

/** A date whose UTC fields read as the local time. */
export function toLocal(instant: number, zone: Zone): Date {
  return new Date(instant + zone.offsetAt(instant));
}

/** The instant at which clocks show a local time; one that is skipped is taken as if they had not jumped. */
export function fromLocal(local: number, zone: Zone): number {
  const guess = local - zone.offsetAt(local);
  return local - zone.offsetAt(guess);
}

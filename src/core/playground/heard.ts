import type { FailureData, Silence } from '../failure.ts';
import { withoutSecrets } from '../failure.ts';
import type { Place } from '../sessions/catalog.ts';
import { mostErrors } from './deed.ts';
import type { Deed } from './deed.ts';
import type { Effect } from './protection.ts';
import type { Came, FromRunner } from './protocol.ts';
import { isWhole } from './rows.ts';

type Said = Readonly<Record<string, unknown>>;

/**
 * What a process said, if it is something that it may say, and nothing besides: a script runs in there, and may have
 * spoken in its place. `refusal` is why it got no token the last time, which it only says again.
 */
export function heardFrom(said: unknown, refusal: FailureData | undefined): FromRunner | undefined {
  const { kind, ask, outcome, took, lines, person, batch, hasMore, isStopped, effect, ...more } =
    fieldsOf(said);
  const failureIn = (failure: unknown): FailureData => failureFrom(failure, refusal);
  switch (kind) {
    case 'began':
      return isCount(outcome) ? { kind, outcome } : undefined;
    case 'printed':
      return isCount(outcome) && isTexts(lines) ? { kind, outcome, lines } : undefined;
    case 'came': {
      const value = cameFrom(more['value']);
      return isCount(outcome) && isTime(took) && value !== undefined
        ? { kind, outcome, took, value }
        : undefined;
    }
    case 'failed': {
      const { failure, line } = fieldsOf(more['problem']);
      const problem = { failure: failureIn(failure), line: isCount(line) ? line : undefined };
      return isCount(outcome) && isTime(took) ? { kind, outcome, took, problem } : undefined;
    }
    case 'notBegun':
      return { kind, failure: failureIn(more['failure']) };
    case 'over':
      return { kind, isStopped: isStopped === true };
    case 'token':
      return isCount(ask) && isText(person) ? { kind, ask, person } : undefined;
    case 'permit': {
      const right = effectFrom(effect);
      return isCount(ask) && right !== undefined ? { kind, ask, effect: right } : undefined;
    }
    case 'changing': {
      const right = effectFrom(effect);
      return right === undefined ? undefined : { kind, effect: right };
    }
    case 'did': {
      const { deeds } = more;
      if (!Array.isArray(deeds)) return undefined;
      return { kind, deeds: deeds.map(deedFrom).filter((deed) => deed !== undefined) };
    }
    case 'batch':
      return isCount(ask) && isBatch(batch) ? { kind, ask, batch, hasMore: hasMore === true } : undefined;
    case 'gone':
      return isCount(ask) ? { kind, ask } : undefined;
    case 'askFailed':
      return isCount(ask) ? { kind, ask, failure: failureIn(more['failure']) } : undefined;
  }
  return undefined;
}

function cameFrom(said: unknown): Came | undefined {
  const { kind, text, batch, place, hasMore } = fieldsOf(said);
  switch (kind) {
    case 'nothing':
      return { kind };
    case 'text':
      return isText(text) ? { kind, text } : undefined;
    case 'value':
      return isBatch(batch) && batch.byteLength > 0 ? { kind, batch } : undefined;
    case 'documents':
      return isBatch(batch) ? { kind, batch, place: placeFrom(place), hasMore: hasMore === true } : undefined;
  }
  return undefined;
}

function placeFrom(said: unknown): Place | undefined {
  const { database, collection } = fieldsOf(said);
  return isText(database) && isText(collection) ? { database, collection } : undefined;
}

function effectFrom(said: unknown): Effect | undefined {
  const { effect, everything, database, collection, detail, count } = fieldsOf(said);
  const known = effects.find((one) => one === effect);
  if (known === undefined || !isText(database)) return undefined;
  return {
    effect: known,
    everything: everything === true,
    database,
    collection: isText(collection) ? collection : undefined,
    detail: isText(detail) ? detail : undefined,
    count: isCount(count) ? count : undefined,
  };
}

const effects = [
  'insert',
  'update',
  'replace',
  'delete',
  'drop',
  'index',
  'dropIndex',
  'rename',
  'create',
  'command',
] as const satisfies Effect['effect'][];

function deedFrom(said: unknown): Deed | undefined {
  const { command, database, collection, detail, calls, done, failed, documents, errors } = fieldsOf(said);
  if (!isText(command) || !isText(database)) return undefined;
  if (!isCount(calls) || !isCount(done) || !isCount(failed)) return undefined;
  return {
    command: words(command).slice(0, longestName),
    database: words(database).slice(0, longestName),
    collection: isText(collection) ? words(collection).slice(0, longestName) : undefined,
    detail: isText(detail) ? words(detail).slice(0, longestDetail) : undefined,
    calls,
    done,
    failed,
    documents: isCount(documents) ? documents : undefined,
    errors: Array.isArray(errors) ? errors.filter(isCount).slice(0, mostErrors) : [],
  };
}

/** In characters. */
const longestName = 300;
const longestDetail = 1000;

/** Of a failure that leads to a sign-in only ours is believed. */
function failureFrom(said: unknown, refusal: FailureData | undefined): FailureData {
  const { code, name, message, host, address, serverCode, detail, cause } = fieldsOf(said);
  switch (code) {
    case 'cancelled':
    case 'oneCluster':
      return { code };
    case 'script':
      return { code, name: words(name), message: words(message) };
    case 'database':
      return { code, serverCode: Number(serverCode), name: words(name), message: words(message) };
    case 'databaseSignInRefused':
      return { code, host: words(host), serverCode: Number(serverCode) };
    case 'databaseUnreachable': {
      const known = silences.find((one) => one === cause) ?? 'cut';
      return { code, host: words(host), detail: words(detail), cause: known };
    }
    case 'hostRefused':
      return { code, host: words(host), ...(isText(address) ? { address: words(address) } : {}) };
  }
  if (refusal !== undefined && code === refusal.code) return refusal;
  return { code: 'internal', message: words(message) };
}

const silences: readonly Silence[] = ['noAddress', 'dns', 'timeout', 'tls', 'cut'];

function words(said: unknown): string {
  return isText(said) ? withoutSecrets(said) : '';
}

function fieldsOf(said: unknown): Said {
  return typeof said === 'object' && said !== null ? (said as Said) : {};
}

function isBatch(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && isWhole(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isText);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

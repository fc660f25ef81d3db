/** A question that a playground and mongosh have to answer alike. */
export interface Script {
  readonly name: string;
  /** The methods that are called on the way, as `Collection.find`. */
  readonly covers: readonly string[];
  /** Statements that come first; `db` is an empty database. */
  readonly setup?: string;
  /** One expression. Its value is the answer. */
  readonly ask: string;
  /** What two runs cannot have in common. */
  readonly normalisers?: readonly Normaliser[];
  /** What it has to come to, where that is written down by hand; whole numbers are int32. */
  readonly answer?: unknown;
  /** What it has to print, line by line. */
  readonly printed?: readonly string[];
}

/** A method that the service does not serve, and what it says of it. */
export interface Refusal {
  readonly method: string;
  readonly setup?: string;
  readonly ask: string;
  readonly code: number;
}

/** Why a method is no question to a database like this one. */
export type Reason =
  | 'connection'
  | 'encryption'
  | 'gone'
  | 'interactive'
  | 'lake'
  | 'replication'
  | 'sharding'
  | 'telemetry'
  | 'transactions';

/**
 * `ids`: object ids that were made on the way, each replaced by the place of its first appearance.
 * `uuids`: of collections and sessions, the same way. `moments`: dates that were read off a clock.
 * `durations`: how long something took. `host`: where the server listens.
 */
export type Normaliser = 'ids' | 'uuids' | 'moments' | 'durations' | 'host';

const durations: readonly string[] = ['executionTimeMillis', 'explainCommandPlanningTimeMillis'];
const hosts: readonly string[] = ['host', 'hostname', 'me', 'connectionId'];

/** What was answered, and what was printed on the way. */
export interface Answer {
  /** Canonical EJSON. Nothing at all is no text. */
  readonly value: string | undefined;
  readonly printed: readonly string[];
  /** The code of the failure that ended it. */
  readonly code: number | undefined;
  readonly failure: string | undefined;
}

/** Canonical EJSON with what two runs cannot have in common replaced, and the script's database as well. */
export function normalised(
  canonical: string,
  { database, normalisers = [] }: { readonly database: string; readonly normalisers?: readonly Normaliser[] },
): unknown {
  const seen = new Map<string, string>();
  const placeOf = (value: string): string => {
    const place = seen.get(value) ?? `#${seen.size}`;
    seen.set(value, place);
    return place;
  };
  const walk = (value: unknown, key: string): unknown => {
    if (normalisers.includes('durations') && durations.includes(key)) return '#duration';
    if (normalisers.includes('host') && hosts.includes(key)) return '#host';
    if (typeof value === 'string') return value.replaceAll(database, '#database');
    if (Array.isArray(value)) return value.map((item) => walk(item, key));
    if (typeof value !== 'object' || value === null) return value;
    if (normalisers.includes('ids') && '$oid' in value) return { $oid: placeOf(String(value.$oid)) };
    if (normalisers.includes('moments') && ('$date' in value || '$timestamp' in value)) return '#moment';
    if (normalisers.includes('uuids') && isUuid(value)) return { $uuid: placeOf(value.$binary.base64) };
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, walk(item, name)]));
  };
  return walk(JSON.parse(canonical), '');
}

function isUuid(value: object): value is { readonly $binary: { readonly base64: string } } {
  if (!('$binary' in value)) return false;
  const { $binary: binary } = value;
  return typeof binary === 'object' && binary !== null && 'subType' in binary && binary.subType === '04';
}

/** The database of a script: its own, so that it finds it as it was whoever runs it, and how often. */
export function databaseOf(index: number): string {
  return `script_${index}`;
}

export interface Question {
  readonly name: string;
  readonly setup?: string;
  readonly ask: string;
}

/** The whole of a question as one expression, with variables of its own. */
export function programOf({ setup = '', ask }: Question, index: number): string {
  return `(() => {
  use(${JSON.stringify(databaseOf(index))});
  db.dropDatabase();
  ${setup}
  return (${ask});
})()`;
}

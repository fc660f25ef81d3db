import { Failure } from '../failure.ts';
import type { Caller } from '../identity/tokens.ts';
import type { RawObject } from './directoryObject.ts';
import type { Door } from './door.ts';

/** Whose directory is read, and until when the answer is wanted. */
export interface Reader {
  readonly door: Door;
  readonly caller: Caller;
  readonly signal: AbortSignal | undefined;
}

/** Searching and counting take an answer of a moment ago, on every page. */
export const eventual = { ConsistencyLevel: 'eventual' };

export function readGraph(
  { door, caller, signal }: Reader,
  address: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  return door.send({ caller, service: 'graph', method: 'GET', address, headers, signal });
}

/** Every object of a paged list. */
export async function readGraphList(
  reader: Reader,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<readonly RawObject[]> {
  const all: RawObject[] = [];
  const seen = new Set<string>();
  for (let address: string | undefined = path; address !== undefined;) {
    // A list that leads back to itself has no end.
    if (seen.has(address)) throw malformedGraph(reader.door);
    seen.add(address);
    const body = await readGraph(reader, address, headers);
    all.push(...itemsOf(body, reader.door).filter(hasId));
    address = nextOf(body);
  }
  return all;
}

export function itemsOf(body: unknown, door: Door): readonly unknown[] {
  const value = (body as { value?: unknown } | undefined)?.value;
  if (!Array.isArray(value)) throw malformedGraph(door);
  return value;
}

/** The address of the next page, to be used as it came. */
export function nextOf(body: unknown): string | undefined {
  const link = (body as { '@odata.nextLink'?: unknown } | undefined)?.['@odata.nextLink'];
  return typeof link === 'string' && link !== '' ? link : undefined;
}

/** As it stands between quotes in an address. */
export function quoted(text: string): string {
  return encodeURIComponent(text.replaceAll("'", "''"));
}

export function malformedGraph(door: Door): Failure {
  return new Failure({ code: 'malformed', host: new URL(door.cloud.graph).host });
}

function hasId(raw: unknown): raw is RawObject {
  return typeof (raw as { id?: unknown } | null | undefined)?.id === 'string';
}

import { Failure } from '../failure.ts';
import { claimsOf } from '../identity/claims.ts';
import type { Caller, TokenBroker } from '../identity/tokens.ts';
import type { Door } from './door.ts';

export interface DirectoryObject {
  readonly id: string;
  readonly type: 'user' | 'servicePrincipal' | 'group' | 'unknown';
  readonly name: string;
  readonly userName: string | undefined;
}

/** How much of the directory the token may read: everything by id, people alone, or nobody. */
export type GraphReach = 'directory' | 'people' | 'nobody';

/** The editor's application gets whatever Microsoft agreed with itself; only the token tells what that is. */
export async function graphReach(door: Door, tokens: TokenBroker, caller: Caller): Promise<GraphReach> {
  const token = await tokens.silent(caller, door.cloud.audiences.graph);
  const scopes = new Set(claimsOf(token)?.scopes);
  const has = (...names: string[]): boolean => names.some((name) => scopes.has(name));
  if (has('Directory.Read.All', 'Directory.ReadWrite.All', 'Directory.AccessAsUser.All')) return 'directory';
  return has('User.ReadBasic.All', 'User.Read.All', 'User.ReadWrite.All') ? 'people' : 'nobody';
}

/** By id in lower case: what is known of it, or that the directory has no such id. Who is missing is unknown. */
export type Lookup = ReadonlyMap<string, DirectoryObject | 'gone'>;

/** Anything by its id, for those who may read the directory. */
export async function objectsByIds(
  door: Door,
  caller: Caller,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<Lookup> {
  // One id that is no GUID would have all of them refused.
  const guids = ids.filter((id) => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(id));
  // An id that is left out of the answer is not in the directory.
  const found = new Map<string, DirectoryObject | 'gone'>(guids.map((id) => [id.toLowerCase(), 'gone']));
  for (let start = 0; start < guids.length; start += 1000) {
    const body = await door.send({
      caller,
      service: 'graph',
      method: 'POST',
      address: '/v1.0/directoryObjects/getByIds',
      body: { ids: guids.slice(start, start + 1000), types: ['user', 'servicePrincipal', 'group'] },
      signal,
    });
    for (const object of items(body, door).map(objectOf)) found.set(object.id.toLowerCase(), object);
  }
  return found;
}

/** People by their ids, without the right to read the whole directory. */
export async function usersByIds(
  door: Door,
  caller: Caller,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<Lookup> {
  const found = new Map<string, DirectoryObject | 'gone'>();
  for (let start = 0; start < ids.length; start += 20) {
    const body = (await door.send({
      caller,
      service: 'graph',
      method: 'POST',
      address: '/v1.0/$batch',
      body: {
        requests: ids.slice(start, start + 20).map((id) => ({
          id,
          method: 'GET',
          url: `/users/${encodeURIComponent(id)}?$select=id,displayName,userPrincipalName`,
        })),
      },
      signal,
    })) as { responses?: unknown } | undefined;
    if (!Array.isArray(body?.responses))
      throw new Failure({ code: 'malformed', host: new URL(door.cloud.graph).host });
    for (const { id, status, body: user } of body.responses as Answer[]) {
      if (typeof id !== 'string') continue;
      if (status === 200) found.set(id.toLowerCase(), { ...objectOf(user), type: 'user' });
      // Any other refusal says nothing about the person.
      else if (status === 404) found.set(id.toLowerCase(), 'gone');
    }
  }
  return found;
}

interface Answer {
  readonly id?: unknown;
  readonly status?: unknown;
  readonly body?: unknown;
}

function items(body: unknown, door: Door): readonly unknown[] {
  const value = (body as { value?: unknown } | undefined)?.value;
  if (!Array.isArray(value)) throw new Failure({ code: 'malformed', host: new URL(door.cloud.graph).host });
  return value;
}

function objectOf(raw: unknown): DirectoryObject {
  const object = (raw ?? {}) as Record<string, unknown>;
  const text = (field: string): string | undefined => {
    const value = object[field];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const type = text('@odata.type')?.replace('#microsoft.graph.', '');
  return {
    id: text('id') ?? '',
    type: type === 'user' || type === 'servicePrincipal' || type === 'group' ? type : 'unknown',
    name: text('displayName') ?? text('userPrincipalName') ?? text('id') ?? '',
    userName: text('userPrincipalName'),
  };
}

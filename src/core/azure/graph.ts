import { Failure } from '../failure.ts';
import { claimsOf } from '../identity/claims.ts';
import type { Caller, TokenBroker } from '../identity/tokens.ts';
import { collections, isGuid, objectOf } from './directoryObject.ts';
import type { DirectoryObject, ObjectType } from './directoryObject.ts';
import type { Door } from './door.ts';
import { eventual, itemsOf, malformedGraph, nextOf, quoted, readGraph } from './graphRequests.ts';
import type { Reader } from './graphRequests.ts';

/** What a token may read: objects of a type, the members of groups, anything at all by its id. */
export type GraphRight = ObjectType | 'members' | 'directory';

const wholeDirectory = ['Directory.Read.All', 'Directory.ReadWrite.All', 'Directory.AccessAsUser.All'];
const memberships = [
  'GroupMember.Read.All',
  'GroupMember.ReadWrite.All',
  'Group.Read.All',
  'Group.ReadWrite.All',
];
/** Any one of them gives the right: https://learn.microsoft.com/graph/permissions-reference */
const scopesFor: Readonly<Record<GraphRight, readonly string[]>> = {
  user: ['User.ReadBasic.All', 'User.Read.All', 'User.ReadWrite.All', ...wholeDirectory],
  servicePrincipal: ['Application.Read.All', 'Application.ReadWrite.All', ...wholeDirectory],
  group: ['Group.ReadBasic.All', ...memberships, ...wholeDirectory],
  members: ['GroupMember.ReadBasic.All', ...memberships, ...wholeDirectory],
  directory: wholeDirectory,
};

/** The editor's application gets whatever Microsoft agreed with itself; only the token tells what that is. */
export async function graphRights(
  door: Door,
  tokens: TokenBroker,
  caller: Caller,
): Promise<ReadonlySet<GraphRight>> {
  const token = await tokens.silent(caller, door.cloud.audiences.graph);
  const scopes = new Set(claimsOf(token)?.scopes);
  const rights = Object.keys(scopesFor) as GraphRight[];
  return new Set(rights.filter((right) => scopesFor[right].some((scope) => scopes.has(scope))));
}

/** Whom ids can be turned into names for: everything, people alone, or nobody. */
export type GraphReach = 'directory' | 'people' | 'nobody';

export async function graphReach(door: Door, tokens: TokenBroker, caller: Caller): Promise<GraphReach> {
  const rights = await graphRights(door, tokens, caller);
  if (rights.has('directory')) return 'directory';
  return rights.has('user') ? 'people' : 'nobody';
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
  const guids = ids.filter(isGuid);
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
    for (const raw of itemsOf(body, door)) {
      const object = objectOf(raw);
      // It may be anybody of those who would be taken for gone.
      if (object.id === '') throw malformedGraph(door);
      found.set(object.id.toLowerCase(), object);
    }
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
          url: `/users/${encodeURIComponent(id)}?${collections.user.select}`,
        })),
      },
      signal,
    })) as { responses?: unknown } | undefined;
    if (!Array.isArray(body?.responses)) throw malformedGraph(door);
    for (const { id, status, body: user } of body.responses as Answer[]) {
      if (typeof id !== 'string') continue;
      if (status === 200) found.set(id.toLowerCase(), objectOf(user, 'user'));
      // Any other refusal says nothing about the person.
      else if (status === 404) found.set(id.toLowerCase(), 'gone');
    }
  }
  return found;
}

/** The public half of what an application proves itself with. */
export interface Certificate {
  readonly name: string;
  readonly ends: Date;
}

/**
 * The certificates of applications by their client ids, in lower case; of those only whose registration is in this
 * directory and may be read. Passwords and federated credentials are none.
 */
export async function certificatesOf(
  door: Door,
  caller: Caller,
  appIds: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, readonly Certificate[]>> {
  const found = new Map<string, readonly Certificate[]>();
  for (let start = 0; start < appIds.length; start += 20) {
    const body = (await door.send({
      caller,
      service: 'graph',
      method: 'POST',
      address: '/v1.0/$batch',
      body: {
        requests: appIds.slice(start, start + 20).map((id) => ({
          id,
          method: 'GET',
          url: `/applications(appId='${quoted(id)}')?$select=id,appId,keyCredentials`,
        })),
      },
      signal,
    })) as { responses?: unknown } | undefined;
    if (!Array.isArray(body?.responses)) throw malformedGraph(door);
    for (const { id, status, body: application } of body.responses as Answer[]) {
      const { keyCredentials } = (application ?? {}) as { keyCredentials?: unknown };
      if (typeof id !== 'string' || status !== 200 || !Array.isArray(keyCredentials)) continue;
      const credentials = keyCredentials.map(certificateOf);
      // One that cannot be read may be the one that lasts longest.
      if (credentials.includes('unreadable')) continue;
      found.set(
        id.toLowerCase(),
        credentials.filter((one) => typeof one === 'object'),
      );
    }
  }
  return found;
}

function certificateOf(raw: unknown): Certificate | 'other' | 'unreadable' {
  const { type, usage, displayName, endDateTime } = (raw ?? {}) as Readonly<Record<string, unknown>>;
  const ends = new Date(typeof endDateTime === 'string' ? endDateTime : '');
  if (typeof type !== 'string' || typeof usage !== 'string' || Number.isNaN(ends.getTime()))
    return 'unreadable';
  if (type !== 'AsymmetricX509Cert' || usage !== 'Verify') return 'other';
  return { name: typeof displayName === 'string' ? displayName : '', ends };
}

interface Answer {
  readonly id?: unknown;
  readonly status?: unknown;
  readonly body?: unknown;
}

/** One object of a type by its id; undefined when the directory says that it has none. */
export function objectById(
  door: Door,
  caller: Caller,
  type: ObjectType,
  id: string,
  signal?: AbortSignal,
): Promise<DirectoryObject | undefined> {
  return objectAt({ door, caller, signal }, type, `/${encodeURIComponent(id)}`);
}

/** The service principal that an application has in this directory, by the application's client id. */
export function servicePrincipalByAppId(
  door: Door,
  caller: Caller,
  appId: string,
  signal?: AbortSignal,
): Promise<DirectoryObject | undefined> {
  return objectAt({ door, caller, signal }, 'servicePrincipal', `(appId='${quoted(appId)}')`);
}

/** Whether an object may sign in, or an application be asked for tokens, as far as the directory says it. */
export async function standingInDirectory(
  door: Door,
  caller: Caller,
  type: 'user' | 'servicePrincipal',
  which: { readonly id: string } | { readonly appId: string },
  signal?: AbortSignal,
): Promise<'enabled' | 'disabled' | 'unsaid' | 'missing'> {
  const key = 'id' in which ? `/${encodeURIComponent(which.id)}` : `(appId='${quoted(which.appId)}')`;
  const address = `${collections[type].path}${key}?$select=id,accountEnabled`;
  try {
    const object = await readGraph({ door, caller, signal }, address);
    const { accountEnabled } = (object ?? {}) as { readonly accountEnabled?: unknown };
    if (typeof accountEnabled !== 'boolean') return 'unsaid';
    return accountEnabled ? 'enabled' : 'disabled';
  } catch (error) {
    if (isAbsent(error)) return 'missing';
    throw error;
  }
}

/** Whose sign-in name it is, or else whose mail address: a guest is known by that. */
export async function usersByName(
  door: Door,
  caller: Caller,
  name: string,
  signal?: AbortSignal,
): Promise<readonly DirectoryObject[]> {
  const reader = { door, caller, signal };
  // A guest's sign-in name has a `#`, which would end the address.
  const named = await objectAt(reader, 'user', `/${encodeURIComponent(name)}`);
  if (named !== undefined) return [named];
  const { path, select } = collections.user;
  const body = await readGraph(reader, `${path}?$filter=mail%20eq%20'${quoted(name)}'&${select}`);
  return itemsOf(body, door).map((raw) => objectOf(raw, 'user'));
}

/** The first of those whom a search found. */
export interface Hits {
  readonly objects: readonly DirectoryObject[];
  /** There are others, whom more of the name would tell apart. */
  readonly more: boolean;
}

/** People by the beginning of a word of their name, of their mail address or of their sign-in name. */
export function findPeople(door: Door, caller: Caller, text: string, signal?: AbortSignal): Promise<Hits> {
  return find({ door, caller, signal }, 'user', text);
}

/** Applications and managed identities, by name or by client id. */
export async function findApplications(
  door: Door,
  caller: Caller,
  text: string,
  signal?: AbortSignal,
): Promise<Hits> {
  if (!isGuid(text.trim())) return find({ door, caller, signal }, 'servicePrincipal', text);
  const found = await servicePrincipalByAppId(door, caller, text.trim(), signal);
  return { objects: found === undefined ? [] : [found], more: false };
}

export function findGroups(door: Door, caller: Caller, text: string, signal?: AbortSignal): Promise<Hits> {
  return find({ door, caller, signal }, 'group', text);
}

async function find(reader: Reader, type: ObjectType, text: string): Promise<Hits> {
  const wanted = text.trim().replaceAll(/["\\]/g, String.raw`\$&`);
  if (wanted === '') return { objects: [], more: false };
  const { path, select, searched } = collections[type];
  const search = searched.map((field) => `"${field}:${wanted}"`).join(' OR ');
  const address = `${path}?$search=${encodeURIComponent(search)}&$top=25&${select}`;
  const body = await readGraph(reader, address, eventual);
  return {
    objects: itemsOf(body, reader.door).map((raw) => objectOf(raw, type)),
    more: nextOf(body) !== undefined,
  };
}

async function objectAt(reader: Reader, type: ObjectType, key: string): Promise<DirectoryObject | undefined> {
  const { path, select } = collections[type];
  try {
    const object = objectOf(await readGraph(reader, `${path}${key}?${select}`), type);
    if (object.id === '') throw malformedGraph(reader.door);
    return object;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** Only in the directory's own words: a proxy's 404 says nothing of who is in there. */
function isAbsent(error: unknown): boolean {
  const { data } = Failure.from(error);
  return data.code === 'notFound' && data.serviceCode === 'Request_ResourceNotFound';
}

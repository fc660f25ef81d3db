import { Failure } from '../failure.ts';
import type { Caller } from '../identity/tokens.ts';
import { collections, objectOf } from './directoryObject.ts';
import type { DirectoryObject, RawObject } from './directoryObject.ts';
import type { Door } from './door.ts';
import { eventual, readGraph, readGraphList } from './graphRequests.ts';
import type { Reader } from './graphRequests.ts';

/** Who is in a group at this moment, directly or by a group within it. */
export interface Members {
  readonly named: readonly DirectoryObject[];
  /** Who came as an id and nothing else: hidden, or of a type that the caller may not read. */
  readonly bare: readonly Pick<DirectoryObject, 'id' | 'type'>[];
  /** Why there may be members that did not come at all: they are hidden, or applications. */
  readonly lacking: readonly ('hidden' | 'applications')[];
}

/** The people and applications in a group: nested groups opened, devices and the like left out. */
export async function membersOf(
  door: Door,
  caller: Caller,
  groupId: string,
  signal?: AbortSignal,
): Promise<Members> {
  const reader = { door, caller, signal };
  const group = `${collections.group.path}/${encodeURIComponent(groupId)}`;
  const members = `${group}/transitiveMembers`;
  const [all, applications, hidden] = await Promise.all([
    readGraphList(reader, `${members}?${collections.user.select}&$top=999`),
    // The list of all has no service principal in it, and the list of those is empty without header and count:
    // https://learn.microsoft.com/graph/known-issues#get-groupsidmembers-doesnt-return-service-principals-in-v10
    readGraphList(
      reader,
      `${members}/microsoft.graph.servicePrincipal?${collections.servicePrincipal.select}&$count=true&$top=999`,
      eventual,
    ).catch(unlessRefused),
    hidesMembers(reader, group),
  ]);
  const found = new Map<string, RawObject>();
  for (const raw of [...all, ...(applications ?? []).map(asApplication)]) {
    const id = String(raw['id']).toLowerCase();
    const known = found.get(id);
    if (isPrincipal(raw) && (known === undefined || isBare(known))) found.set(id, raw);
  }
  const raws = [...found.values()];
  return {
    named: raws.filter((raw) => !isBare(raw)).map((raw) => objectOf(raw)),
    bare: raws.filter(isBare).map((raw) => {
      const { id, type } = objectOf(raw);
      return { id, type };
    }),
    lacking: [
      ...(hidden ? ['hidden' as const] : []),
      ...(applications === undefined ? ['applications' as const] : []),
    ],
  };
}

/** Without the right to see them, members of such a group may be left out without a word. */
async function hidesMembers(reader: Reader, group: string): Promise<boolean> {
  const raw = await readGraph(reader, `${group}?$select=id,visibility`).catch(unlessRefused);
  return (raw as { visibility?: unknown } | undefined)?.visibility === 'HiddenMembership';
}

/** What may not be read is unknown; any other failure stays one. */
function unlessRefused(error: unknown): undefined {
  const { data } = Failure.from(error);
  if (data.code !== 'forbidden' && !(data.code === 'service' && data.status === 400)) throw error;
}

function asApplication(raw: RawObject): RawObject {
  return { ...raw, '@odata.type': '#microsoft.graph.servicePrincipal' };
}

/** Members are devices and contacts too, and groups, whose own members are in the list. */
function isPrincipal({ '@odata.type': type }: RawObject): boolean {
  return (
    typeof type !== 'string' ||
    type === '#microsoft.graph.user' ||
    type === '#microsoft.graph.servicePrincipal'
  );
}

function isBare({ displayName, userPrincipalName }: RawObject): boolean {
  return typeof displayName !== 'string' && typeof userPrincipalName !== 'string';
}

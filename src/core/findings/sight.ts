import { graphRights, certificatesOf } from '../azure/graph.ts';
import type { Certificate } from '../azure/graph.ts';
import type { Door } from '../azure/door.ts';
import type { Directory, Named } from '../access/principals.ts';
import { readCluster } from '../access/seen.ts';
import type { FirewallRule } from '../clusters/change.ts';
import type { Cluster, Grant, Principal } from '../clusters/cluster.ts';
import { kinds } from '../clusters/kinds.ts';
import { Failure } from '../failure.ts';
import type { Caller, TokenBroker } from '../identity/tokens.ts';
import type { Known } from './finding.ts';

/** What a look at a cluster goes through: all of it asks silently, and changes nothing. */
export interface Eyes {
  readonly door: Door;
  readonly directory: Pick<Directory, 'names'>;
  readonly tokens: TokenBroker;
  /** As many requests as may be under way; the door keeps to it already. */
  readonly limit: <T>(task: () => Promise<T>) => Promise<T>;
  /** What is known of applications already, by `certificateKey`. */
  readonly certificates: Map<string, readonly Certificate[] | 'none'>;
}

/**
 * All that rules go by, of one cluster. What is refused is in what is known, with its reason; throws when it was
 * called off, or when Azure asks to wait.
 */
export async function lookAt(eyes: Eyes, listed: Cluster, now: number, signal: AbortSignal): Promise<Known> {
  const { door } = eyes;
  const nothing = { named: new Map(), certificates: new Map(), looked: now };
  const cluster = listed.read === 'yes' ? listed : await orFailure(readCluster(door, listed, signal));
  if (cluster instanceof Failure) {
    return cluster.code === 'notFound'
      ? { ...nothing, cluster: { ...listed, read: 'gone' } }
      : { ...nothing, cluster: listed, trouble: cluster };
  }
  const kind = kinds[cluster.kind];
  const grants = await orFailure<readonly Grant[]>(kind.grants(door, cluster, signal));
  const rules =
    kind.publicNetwork(cluster.resource) === 'filtered'
      ? await orFailure<readonly FirewallRule[]>(kind.rules(door, cluster, signal))
      : undefined;
  const principals =
    grants instanceof Failure
      ? []
      : grants.flatMap(({ holder }) => (holder.state === 'entra' ? [holder.principal] : []));
  const { named, reach } = await namesOf(eyes, cluster.caller, principals, signal);
  return {
    cluster,
    looked: now,
    grants,
    named,
    certificates: await certificates(eyes, cluster.caller, named, signal),
    ...(rules === undefined ? {} : { rules }),
    ...(reach === undefined ? {} : { reach }),
  };
}

/** As they are named now: the directory may forget later what it said. */
async function namesOf(
  { directory, limit }: Eyes,
  caller: Caller,
  principals: readonly Principal[],
  signal: AbortSignal,
): Promise<Pick<Known, 'named' | 'reach'>> {
  if (principals.length === 0) return { named: new Map() };
  const { of, reach } = await limit(() => directory.names(caller, principals, signal));
  if (reach instanceof Failure) endsAll(reach);
  const named = new Map<string, Named>(
    principals.map((principal) => [principal.objectId.toLowerCase(), of(principal)]),
  );
  return { named, reach };
}

/** Without the right to read applications there are none; what fails here is unknown, and no finding. */
async function certificates(
  { door, tokens, limit, certificates: known }: Eyes,
  caller: Caller,
  named: Known['named'],
  signal: AbortSignal,
): Promise<Known['certificates']> {
  const ids = [...named.values()].flatMap((one) =>
    one.state === 'named' && one.object.type === 'servicePrincipal' && one.object.appId !== undefined
      ? [one.object.appId.toLowerCase()]
      : [],
  );
  const key = (id: string): string => JSON.stringify([caller.account.id, caller.tenant, id]);
  const unasked = ids.filter((id) => !known.has(key(id)));
  if (unasked.length > 0) {
    const rights = await limit(() => graphRights(door, tokens, caller)).catch(() => undefined);
    if (rights?.has('servicePrincipal') === true) {
      const found = await orFailure(certificatesOf(door, caller, unasked, signal));
      if (!(found instanceof Failure)) for (const id of unasked) known.set(key(id), found.get(id) ?? 'none');
    }
  }
  return new Map(
    ids.flatMap((id) => {
      const own = known.get(key(id));
      return own === undefined || own === 'none' ? [] : [[id, own] as const];
    }),
  );
}

async function orFailure<T>(asking: Promise<T>): Promise<T | Failure> {
  try {
    return await asking;
  } catch (error) {
    const failure = Failure.from(error);
    endsAll(failure);
    return failure;
  }
}

/** What is no matter of this cluster's. */
function endsAll(failure: Failure): void {
  if (failure.code === 'cancelled' || failure.code === 'throttled') throw failure;
}

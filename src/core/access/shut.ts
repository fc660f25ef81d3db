import type { Door } from '../azure/door.ts';
import type { Cluster, Grant } from '../clusters/cluster.ts';
import { sameText, text } from '../clusters/fields.ts';
import { kinds } from '../clusters/kinds.ts';
import type { Failure } from '../failure.ts';
import { isOf } from './guards.ts';
import { readCluster } from './seen.ts';

/** Which door of a cluster is shut to somebody who would open a session, by what Resource Manager says of it. */
export type Shut =
  | { readonly door: 'running'; readonly state: string }
  | { readonly door: 'entra' }
  /** They are none of the users that Resource Manager lists. */
  | { readonly door: 'user' }
  /** They are, and the database does not know them (yet). */
  | { readonly door: 'database'; readonly grant: Grant }
  | { readonly door: 'publicNetwork' }
  | { readonly door: 'firewall' };

/** What needs no trying: nobody is let in by Entra, or nothing runs. */
export function shutBeforehand({ modes, state }: Cluster): Shut | undefined {
  if (state !== undefined && !/^(ready|succeeded|updating)$/i.test(state)) return { door: 'running', state };
  return modes.entra === 'off' ? { door: 'entra' } : undefined;
}

/** The first that is shut; undefined where the failure itself is all that can be said. */
export async function shutDoorOf(
  door: Door,
  listed: Cluster,
  { data }: Failure,
  me: string | undefined,
  signal: AbortSignal,
): Promise<Shut | undefined> {
  if (data.code !== 'databaseSignInRefused' && data.code !== 'databaseUnreachable') return undefined;
  const cluster = await readCluster(door, listed, signal);
  const isSilent = data.code === 'databaseUnreachable';
  if (isSilent && data.cause !== 'timeout' && data.cause !== 'cut' && data.cause !== 'dns') return undefined;
  const beforehand = shutBeforehand(cluster);
  if (beforehand !== undefined) return beforehand;
  if (isSilent) {
    if (sameText(text(cluster.resource.properties['publicNetworkAccess']), 'Disabled'))
      return { door: 'publicNetwork' };
    return data.cause === 'timeout' ? { door: 'firewall' } : undefined;
  }
  if (me === undefined) return undefined;
  const grants = await kinds[cluster.kind].grants(door, cluster, signal);
  const grant = grants.find((one) => isOf(one, me));
  return grant === undefined ? { door: 'user' } : { door: 'database', grant };
}

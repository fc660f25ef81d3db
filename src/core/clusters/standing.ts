import type { Cluster, Modes } from './cluster.ts';
import { kinds } from './kinds.ts';

/** How a cluster lets people in, as far as it is known, by the answers that matter to its owner. */
export type Standing = 'entraOnly' | 'both' | 'nativeOnly' | 'nativeAtLeast' | 'nobody' | 'unknown';

export function standingOf({ entra, native, other }: Modes): Standing {
  if (native === 'on' && entra !== 'on')
    return entra === 'off' && other.length === 0 ? 'nativeOnly' : 'nativeAtLeast';
  if (native === 'on') return 'both';
  // A way in that is unknown, or has no word here, may be anything.
  if (native === 'unknown' || entra === 'unknown' || other.length > 0) return 'unknown';
  return entra === 'on' ? 'entraOnly' : 'nobody';
}

/** Whether it answers, as far as its state says that. */
export function isRunning({ state }: Pick<Cluster, 'state'>): boolean {
  return state === undefined || /^(ready|succeeded|updating)$/i.test(state);
}

/** Whether it is being deleted, and is not there to be started again. */
export function isEnding(state: string): boolean {
  return /^(dropp|delet)/i.test(state);
}

/** Whether it follows another cluster, and takes no changes of its own. */
export function isReplica({ kind, resource }: Cluster): boolean {
  return kinds[kind]
    .facts(resource)
    .some((fact) => fact.name === 'replication' && !/^primary$/i.test(fact.role));
}

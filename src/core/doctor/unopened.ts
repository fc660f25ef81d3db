import type { Cluster } from '../clusters/cluster.ts';
import { isRunning } from '../clusters/standing.ts';
import type { Failure } from '../failure.ts';
import type { CheckId } from './report.ts';

/** A session that did not open, or will not: what of all checks is worth it, and what came of trying. */
export interface Unopened {
  readonly checks: readonly CheckId[];
  readonly failure?: Failure;
}

/** What a list already says needs no trying, once Azure has confirmed it. */
export function expectedOf(cluster: Cluster): Unopened | undefined {
  return isRunning(cluster) && cluster.modes.entra !== 'off' ? undefined : { checks: byItself };
}

/** Undefined where the failure itself is all that can be said. */
export function unopenedBy(failure: Failure): Unopened | undefined {
  const { data } = failure;
  if (data.code === 'databaseSignInRefused')
    return { checks: [...byItself, 'clock', 'tenant', 'principal', 'signIn'], failure };
  if (data.code !== 'databaseUnreachable') return undefined;
  switch (data.cause) {
    case 'timeout':
      return { checks: [...byItself, 'network', 'tcp'], failure };
    case 'cut':
    case 'dns':
      return { checks: [...byItself, 'network'], failure };
    case 'tls':
    case 'noAddress':
      return undefined;
  }
}

/** What the cluster says of itself. */
const byItself: readonly CheckId[] = ['cluster', 'running', 'entra'];

import { lackOf } from '../access/asking.ts';
import type { Wanted } from '../access/asking.ts';
import { rangesOf } from '../clusters/addresses.ts';
import type { Cluster } from '../clusters/cluster.ts';
import { sameText } from '../clusters/fields.ts';
import { kinds } from '../clusters/kinds.ts';
import type { FailureData } from '../failure.ts';
import { mendingOf } from './causes.ts';
import { namedIn } from './named.ts';
import type { Cause, CheckId, Patient, Result } from './report.ts';
import { wantedByRefusal } from './wantedToken.ts';

/** What somebody else can be asked for, so that a cause is no more. */
export function wantedOf(cause: Cause, { cluster, other }: Patient): Wanted | undefined {
  if ('appId' in cause) return { what: 'servicePrincipal', appId: cause.appId };
  if (cause.what === 'azureSignIn' || cause.what === 'tokenRefused') return wantedByRefusal(cause.failure);
  if (cause.what === 'failed') return wantedToRead(cause.failure, cluster);
  if (cause.what === 'notRunning') return { what: 'start' };
  // Of somebody else it is not known yet whether they are let in then.
  if (cause.what === 'entraOff') return other === undefined ? { what: 'grant' } : { what: 'modes' };
  if (cause.what === 'firewallLikely') return { what: 'rule' };
  if (cause.what === 'firewallClosed') {
    const ranges = rangesOf(cause.address ?? '').flatMap((range) => ('problem' in range ? [] : [range]));
    return ranges.length === 0 ? { what: 'rule' } : { what: 'rule', ranges };
  }
  if (cause.what === 'principalDisabled') return { what: 'enable' };
  // Only people are guests.
  if (
    cause.what === 'otherTenant' &&
    other !== undefined &&
    other.type !== 'user' &&
    other.type !== 'unknown'
  )
    return undefined;
  if (cause.what === 'otherTenant') return { what: 'invite', tenant: cause.clusterTenant };
  return mendingOf(cause).who === 'administrator' ? { what: 'grant' } : undefined;
}

/** The right to read, where Azure refuses that at the cluster or below it. `usual`: what was read, if it is not named. */
export function wantedToRead(failure: FailureData, cluster: Cluster, usual?: string): Wanted | undefined {
  if (failure.code !== 'forbidden') return undefined;
  const { armType } = kinds[cluster.kind];
  const named = namedIn(failure.message);
  const action = named.find(({ what }) => what === 'action')?.value ?? usual;
  if (action === undefined) return undefined;
  // A role at the cluster gives nothing beside it: not its subscription, nor the directory.
  const isOwn = action.toLowerCase().startsWith(`${armType.toLowerCase()}/`);
  // Its log belongs to another provider, and is refused at the cluster all the same.
  const isAtCluster = named.some(({ what, value }) => what === 'scope' && sameText(value, cluster.id));
  return isOwn || isAtCluster ? { what: 'action', ...lackOf(action, cluster) } : undefined;
}

/** The same of a check that could not be made for the want of it. */
export function wantedToLook(id: CheckId, result: Result, { cluster }: Patient): Wanted | undefined {
  if (result.state !== 'unknown' || result.why.what !== 'failure' || !readsCluster.includes(id))
    return undefined;
  return wantedToRead(result.why.failure, cluster, `${kinds[cluster.kind].armType}/read`);
}

/** The checks that ask Azure about the cluster and what is below it. */
const readsCluster: readonly CheckId[] = ['cluster', 'running', 'entra', 'native', 'network', 'principal'];

import { lackOf } from '../access/asking.ts';
import type { Wanted } from '../access/asking.ts';
import type { RefusedToken, TenantReason } from '../access/tenantAsking.ts';
import { rangesOf } from '../clusters/addresses.ts';
import type { Cluster } from '../clusters/cluster.ts';
import { sameText } from '../clusters/fields.ts';
import { kinds } from '../clusters/kinds.ts';
import type { FailureData } from '../failure.ts';
import { mendingOf } from './causes.ts';
import type { EntraMeaning } from './codes/entra.ts';
import { errorOf } from './errors.ts';
import type { ExplainedError } from './errors.ts';
import { namedIn } from './named.ts';
import type { Named } from './named.ts';
import type { Cause, CheckId, Patient, Result } from './report.ts';

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

/** What only an administrator of the tenant can give, where Entra refuses a token for the want of that. */
export function wantedByRefusal(failure: FailureData): RefusedToken | undefined {
  if (failure.code !== 'signInRefused') return undefined;
  const error = errorOf(failure);
  if (error.source !== 'entra' || (error.who !== 'administrator' && error.who !== 'owner')) return undefined;
  const { aadsts, resource } = failure;
  return { what: 'token', reason: reasons[error.meaning] ?? 'other', aadsts, resource };
}

/** The same of an error that somebody has from elsewhere. What an application's owner mends is no tenant's. */
export function wantedByError(error: ExplainedError, named: readonly Named[]): RefusedToken | undefined {
  if (error.source !== 'entra' || error.who !== 'administrator') return undefined;
  const aadsts = Number(error.code.replace('AADSTS', ''));
  const valueOf = (what: Named['what']): string | undefined => named.find((one) => one.what === what)?.value;
  const trail = { time: valueOf('time'), correlation: valueOf('correlation'), trace: valueOf('trace') };
  const reason = reasons[error.meaning] ?? 'other';
  const resource = valueOf('resource');
  return Number.isNaN(aadsts) ? undefined : { what: 'token', reason, aadsts, resource, trail };
}

/** The meanings that tell an administrator what to do. */
const reasons: { readonly [meaning in EntraMeaning]?: TenantReason } = {
  consent: 'consent',
  conditionalAccess: 'conditionalAccess',
  notAssigned: 'notAssigned',
  notInTenant: 'notInTenant',
  tenantPolicy: 'tenantPolicy',
  resourceMissing: 'resourceMissing',
  accountState: 'accountState',
  accountLocked: 'accountState',
};

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

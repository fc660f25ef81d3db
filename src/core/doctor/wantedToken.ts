import type { RefusedToken, TenantReason } from '../access/tenantAsking.ts';
import type { FailureData } from '../failure.ts';
import type { EntraMeaning } from './codes/entra.ts';
import { errorOf } from './errors.ts';
import type { ExplainedError } from './errors.ts';
import type { Named } from './named.ts';

/** A refusal of Entra's in a text from elsewhere: no row has it, and no cluster. */
export interface PastedRefusal {
  readonly kind: 'pasted';
  readonly refused: RefusedToken;
  /** What else the text names. */
  readonly named: readonly Named[];
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

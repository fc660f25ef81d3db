import type { FirewallRule } from '../clusters/change.ts';
import type { Cluster, Grant, Mode, Principal, Role } from '../clusters/cluster.ts';
import type { FailureData } from '../failure.ts';
import type { Hurdles, Rights } from './rights.ts';

/** Who cannot connect, and to what: the person who asks, or somebody else, whose token nobody here has. */
export interface Patient {
  readonly cluster: Cluster;
  readonly other: Principal | undefined;
}

/** All that is looked at, in the order in which it is mended: the first that fails is what is wrong. */
export const checkIds = [
  'signedIn',
  'clock',
  'tenant',
  'cluster',
  'running',
  'directory',
  'entra',
  'native',
  'network',
  'names',
  'tcp',
  'tls',
  'servicePrincipal',
  'token',
  'claims',
  'principal',
  'roles',
  'signIn',
  'command',
] as const;

export type CheckId = (typeof checkIds)[number];

export type Look =
  | { readonly state: 'pass'; readonly evidence: readonly Evidence[] }
  | { readonly state: 'fail' | 'warning'; readonly cause: Cause; readonly evidence: readonly Evidence[] }
  | { readonly state: 'unknown'; readonly why: Unsure; readonly evidence: readonly Evidence[] };

/** What a check has come to. */
export type Result =
  | { readonly state: 'waiting' | 'looking' }
  | { readonly state: 'notRun'; readonly why: NotRun }
  | (Look & { readonly milliseconds: number });

/** Why it was not looked at. */
export type NotRun =
  | { readonly what: 'needs'; readonly check: CheckId }
  | { readonly what: 'theirs' }
  | { readonly what: 'stopped' };

/** Why a look does not tell. */
export type Unsure =
  | { readonly what: 'slow'; readonly limit: number }
  | { readonly what: 'failure'; readonly failure: FailureData }
  /** The service did not say it. */
  | { readonly what: 'unsaid' }
  /** Their address is not known here, and not everyone is let in. */
  | { readonly what: 'theirAddress' }
  /** Azure does not list them; whether the database knows them could not be asked. */
  | { readonly what: 'inside' }
  /** They have it by a group, or not at all: only a request of theirs tells. */
  | { readonly what: 'groups' };

/** What was seen, each as it came; the editor has the labels. */
export type Evidence =
  | { readonly name: EvidenceText; readonly value: string }
  | {
      readonly name: 'issued' | 'expires' | 'certificateTo' | 'serviceTime';
      readonly at: number;
    }
  | { readonly name: 'role'; readonly role: Role; readonly scope: string | undefined }
  | { readonly name: 'rules'; readonly rules: readonly FirewallRule[] }
  | { readonly name: 'entra' | 'native'; readonly mode: Mode };

export type EvidenceText =
  | 'account'
  | 'tenant'
  | 'clusterTenant'
  | 'state'
  | 'subscriptionState'
  | 'publicNetwork'
  | 'ownAddress'
  | 'host'
  | 'server'
  | 'address'
  | 'protocol'
  | 'certificateName'
  | 'certificateIssuer'
  | 'audience'
  | 'issuer'
  | 'objectId'
  | 'userName'
  | 'displayName'
  | 'principalType'
  | 'application'
  | 'roleName'
  | 'rolesInside'
  | 'serverCode'
  | 'detail'
  | 'databases';

/** What is wrong. Who can mend it, and how, is said in `causes.ts`. */
export type Cause =
  | { readonly what: 'notSignedIn'; readonly account: string }
  /** Entra gives no token for Azure itself. */
  | { readonly what: 'azureSignIn'; readonly failure: FailureData }
  | { readonly what: 'clockOff'; readonly seconds: number }
  /** The cluster trusts another tenant than the one that it was found by. */
  | { readonly what: 'otherTenant'; readonly tenant: string; readonly clusterTenant: string }
  | { readonly what: 'clusterGone' }
  | { readonly what: 'notRunning' | 'busy'; readonly state: string }
  | { readonly what: 'principalGone' | 'principalDisabled' }
  | { readonly what: 'typeNotTaken'; readonly type: Principal['type'] }
  | { readonly what: 'entraOff' | 'entraNotOnFreeTier' | 'entraNotOfThisApi' }
  /** `isPublic`: other networks are let in too, and it is the name that leads into a private one. */
  | { readonly what: 'privateOnly'; readonly address: string | undefined; readonly isPublic: boolean }
  | { readonly what: 'firewallClosed'; readonly address: string | undefined }
  /** Nobody answers, and whether a rule lets this machine in is not known. */
  | { readonly what: 'firewallLikely' }
  | { readonly what: 'noAddress' }
  | { readonly what: 'nameUnknown' | 'namesSilent'; readonly host: string; readonly code: string }
  | { readonly what: 'hostRefused'; readonly host: string; readonly address: string | undefined }
  | { readonly what: 'silent' | 'portClosed' | 'cut'; readonly host: string; readonly code: string }
  | { readonly what: 'certificate'; readonly host: string; readonly code: string }
  | { readonly what: 'appMissing' | 'appDisabled'; readonly appId: string }
  | { readonly what: 'tokenRefused'; readonly failure: FailureData }
  | { readonly what: 'tokenExpired'; readonly at: number }
  | { readonly what: 'tokenOld'; readonly at: number }
  | { readonly what: 'wrongAudience'; readonly audience: string; readonly wanted: string }
  | { readonly what: 'wrongIssuer'; readonly issuer: string; readonly tenant: string }
  | { readonly what: 'noObjectId' }
  | { readonly what: 'otherPerson'; readonly objectId: string; readonly mine: string }
  | { readonly what: 'notRegistered' }
  /** They are registered, by an id that is theirs and is not the one that counts. */
  | {
      readonly what: 'registeredAs';
      readonly id: string;
      readonly by: 'application' | 'homeTenant' | 'signInName';
      readonly objectId: string;
    }
  /** Azure lists them, and the database does not let them in (yet). */
  | { readonly what: 'notInYet'; readonly grant: Grant }
  | { readonly what: 'halfRole'; readonly has: readonly string[]; readonly missing: readonly string[] }
  | { readonly what: 'noRole' }
  /** A data action that no role of theirs gives where it is wanted. */
  | { readonly what: 'noDataRole'; readonly action: string | undefined; readonly scope: string | undefined }
  /** Whoever types another case of it is refused. */
  | { readonly what: 'roleNameCase'; readonly name: string; readonly usual: string }
  | { readonly what: 'signInRefused'; readonly serverCode: string }
  | { readonly what: 'commandRefused'; readonly serverCode: string }
  /** The way there is open, and the database keeps whoever asks waiting. */
  | { readonly what: 'unanswered'; readonly asked: 'signIn' | 'request' }
  | { readonly what: 'failed'; readonly failure: FailureData };

/** The reports of all checks of one patient, as they stand. */
export interface Report {
  readonly patient: Patient;
  /** When it was last begun, in milliseconds. */
  readonly begun: number;
  readonly state: 'looking' | 'done' | 'stopped';
  readonly results: ReadonlyMap<CheckId, Result>;
  /** What whoever looks may do about it. */
  readonly rights: Rights;
  /** What would be refused to anybody, as things are now. */
  readonly hurdles: Hurdles;
}

export function pass(...evidence: readonly Evidence[]): Look {
  return { state: 'pass', evidence };
}

export function fail(cause: Cause, ...evidence: readonly Evidence[]): Look {
  return { state: 'fail', cause, evidence };
}

export function warning(cause: Cause, ...evidence: readonly Evidence[]): Look {
  return { state: 'warning', cause, evidence };
}

export function unknown(why: Unsure, ...evidence: readonly Evidence[]): Look {
  return { state: 'unknown', why, evidence };
}

import type { Named, Names } from '../access/principals.ts';
import type { Certificate, GraphReach } from '../azure/graph.ts';
import type { FirewallRule } from '../clusters/change.ts';
import type { Cluster, Grant, KeyName, Principal } from '../clusters/cluster.ts';
import type { Failure } from '../failure.ts';
import type { Caller } from '../identity/tokens.ts';

export type Severity = 'error' | 'warning' | 'information';

/** What is known of a cluster when it is judged. What is undefined was not asked for, or not to be known. */
export interface Known {
  /** As ARM says it, or a row of the list where it was not looked at. */
  readonly cluster: Cluster;
  /** As the list has it now; undefined where it does not say. */
  readonly subscriptionState?: string | undefined;
  /** When it was looked at; undefined where only the list speaks of it. */
  readonly looked: number | undefined;
  /** Why ARM did not say what the cluster is like. */
  readonly trouble?: Failure;
  readonly grants?: readonly Grant[] | Failure;
  readonly rules?: readonly FirewallRule[] | Failure;
  /** What the directory said then, by object id in lower case. Who is missing has no name that could be asked for. */
  readonly named: ReadonlyMap<string, Named>;
  /** What the directory lets this caller read, or why it did not answer. */
  readonly reach?: GraphReach | Failure;
  /** Those of applications that have a grant, by client id in lower case. */
  readonly certificates: ReadonlyMap<string, readonly Certificate[]>;
}

/** The names as they were when it was looked at. */
export function namesOf({ named }: Known): Names {
  return {
    of: ({ objectId }) => named.get(objectId.toLowerCase()) ?? { state: 'unnamed' },
    reach: 'directory',
  };
}

/** Who is known to a database alone, where somebody looked; with the names they have. */
export interface Inside {
  readonly grants: readonly Grant[];
  readonly names: Names | undefined;
}

/** A grant whose holder is known to Entra. */
export type EntraGrant = Grant & { readonly holder: { readonly state: 'entra' } };

/** What a rule says of a cluster, with what it goes by. */
export type Found =
  | { readonly rule: 'nativeAccess'; readonly people: number }
  | { readonly rule: 'nativeOnly' }
  | { readonly rule: 'noAdministrator'; readonly gone: number }
  | { readonly rule: 'singleAdministrator'; readonly grants: readonly EntraGrant[] }
  | { readonly rule: 'orphan'; readonly principal: Principal; readonly grants: readonly EntraGrant[] }
  | { readonly rule: 'foreignUser'; readonly principal: Principal; readonly grants: readonly EntraGrant[] }
  /** Without a rule: nothing is filtered at all. */
  | { readonly rule: 'openToEveryone'; readonly rules: readonly FirewallRule[] }
  | { readonly rule: 'azureServices'; readonly rules: readonly FirewallRule[] }
  | { readonly rule: 'oldKey'; readonly keys: readonly OldKey[] }
  | {
      readonly rule: 'certificate';
      readonly principal: Principal;
      readonly grants: readonly EntraGrant[];
      readonly appId: string;
      /** The one that holds longest. */
      readonly certificate: Certificate;
      readonly days: number;
    };

export type RuleId = Found['rule'];

export interface OldKey {
  readonly key: KeyName;
  readonly days: number;
}

/** Something about a cluster's access that a person should look at. */
export type Finding = Found & {
  /** The same over restarts, whoever looks: the rule, the ARM id and what of it. */
  readonly id: string;
  readonly severity: Severity;
  readonly known: Known;
};

/** What people decide about rules. */
export interface Judgement {
  readonly severity: (rule: RuleId) => Severity | 'off';
  readonly keyDays: number;
  readonly certificateDays: number;
  readonly now: number;
}

/** What could not be looked at, and why: nobody shall take it for clean. */
export type Gap = ClusterGap | TenantGap;

export interface ClusterGap {
  readonly what: 'cluster' | 'grants' | 'rules' | 'names';
  readonly cluster: Cluster;
  readonly failure: Failure;
}

export type TenantGap =
  /** Not all of its clusters are listed. */
  | { readonly what: 'tenant'; readonly caller: Caller; readonly failure: Failure }
  /** So many principals have no name that this caller may read: whether they are gone is unknown. */
  | { readonly what: 'nameless'; readonly caller: Caller; readonly count: number };

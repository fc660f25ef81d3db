import type { Resource } from '../azure/resourceManager.ts';
import type { Caller } from '../identity/tokens.ts';

export type KindId = 'vcore' | 'postgres' | 'account';

export type Mode = 'on' | 'off' | 'unknown';

/** How a cluster lets people in. */
export interface Modes {
  readonly entra: Mode;
  readonly native: Mode;
  /** Ways in that this extension has no word for, as the service spells them. */
  readonly other: readonly string[];
}

export const unknownModes: Modes = { entra: 'unknown', native: 'unknown', other: [] };

/** One database service instance, as somebody sees it. */
export interface Cluster {
  /** One for each way of seeing it: account, tenant and the ARM id in lower case. */
  readonly key: string;
  readonly kind: KindId;
  /** The ARM id as ARM spells it. */
  readonly id: string;
  readonly name: string;
  readonly subscription: string;
  readonly resourceGroup: string;
  readonly caller: Caller;
  /** As much of the resource as is known: a row of Resource Graph, or all that ARM says. */
  readonly resource: Resource;
  readonly modes: Modes;
  /** What the service says it is doing (`Ready`, `Stopped`, …), as it says it. */
  readonly state: string | undefined;
  /** Whether ARM itself was asked. */
  readonly read: 'no' | 'yes' | 'gone';
}

/** What may be said about a cluster, each as the service gave it; undefined is unknown. */
export type Fact =
  | { readonly name: 'product'; readonly value: KindId }
  | { readonly name: 'api'; readonly value: AccountApi }
  | {
      readonly name: 'version' | 'tier' | 'region' | 'state';
      readonly value: string | undefined;
    }
  | { readonly name: 'storage'; readonly gigabytes: number | undefined }
  | { readonly name: 'shards' | 'nodes'; readonly value: number | undefined }
  | { readonly name: 'highAvailability' | 'publicNetwork'; readonly value: string | undefined }
  | {
      readonly name: 'replication';
      readonly role: string;
      readonly state: string | undefined;
      readonly source: string | undefined;
    }
  | { readonly name: 'replicas'; readonly value: number }
  | { readonly name: 'nativeAdministrator' | 'address'; readonly value: string | undefined }
  | { readonly name: 'keyAge'; readonly key: KeyName; readonly generated: Date | undefined };

export type AccountApi = 'nosql' | 'mongodb' | 'cassandra' | 'gremlin' | 'table';
export type KeyName = 'primary' | 'secondary' | 'primaryReadonly' | 'secondaryReadonly';

/** Someone or something in Entra. */
export interface Principal {
  readonly objectId: string;
  /** As the service says it. */
  readonly type: 'user' | 'servicePrincipal' | 'group' | 'unknown';
  /** Where the principal lives, when the service says so. */
  readonly tenant: string | undefined;
}

/** One principal, or one user with a password, with one role on one cluster. */
export interface Grant {
  /** The ARM id of what grants it. */
  readonly id: string;
  readonly holder:
    | { readonly state: 'entra'; readonly principal: Principal; readonly alias: string | undefined }
    | { readonly state: 'native'; readonly name: string }
    /** Whoever has a key: nobody in particular. */
    | { readonly state: 'keys' };
  readonly role: Role;
  /** The role as its kind calls it; undefined where there is none that could be given again. */
  readonly roleId: string | undefined;
  /** What it reaches below the cluster; undefined is all of it. */
  readonly scope: string | undefined;
  readonly keptIn: 'resourceManager' | 'database';
}

/** A role that has a word here, or the service's own name for one that has not. */
export type Role =
  | { readonly name: 'administrator' | 'readWrite' | 'readOnly' | 'user' | 'dataReader' | 'dataContributor' }
  | { readonly name: 'custom'; readonly text: string }
  | { readonly name: 'unknown' };

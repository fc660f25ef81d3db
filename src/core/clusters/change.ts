import type { Grant, Principal, Role } from './cluster.ts';
import type { Fields } from './fields.ts';

/** Something about who may get in, decided and not done yet. */
export type Change =
  | {
      readonly what: 'setModes';
      readonly entra: boolean;
      readonly native: boolean;
      /** For a service that wants a password with its native mode. */
      readonly administrator?: { readonly userName: string; readonly password: string | undefined };
    }
  | { readonly what: 'addGrant'; readonly wanted: WantedGrant }
  | { readonly what: 'changeRole'; readonly grant: Grant; readonly role: RoleOffer }
  | { readonly what: 'removeGrant'; readonly grant: Grant }
  | { readonly what: 'addRule'; readonly rule: FirewallRule }
  | { readonly what: 'removeRule'; readonly rule: FirewallRule };

export interface WantedGrant {
  readonly principal: Principal;
  readonly role: RoleOffer;
  /** What it is to reach below the cluster, as grants say it; undefined is all of it. */
  readonly scope: string | undefined;
  /** The name of the role to be made, where a kind has names for them. */
  readonly alias: string | undefined;
}

/** A role that a kind can give. */
export interface RoleOffer {
  readonly role: Role;
  /** As the kind itself calls it. */
  readonly id: string;
  /** Where it is kept: Resource Manager knows of it, or the database alone. */
  readonly keptIn: Grant['keptIn'];
  /** The scopes, as grants say them, below which it can be given; undefined is everywhere. */
  readonly within?: readonly string[];
}

/** Addresses that may connect; one address has the same start and end. */
export interface FirewallRule {
  /** The ARM id, where the rule is a resource of its own. */
  readonly id: string | undefined;
  readonly name: string;
  readonly start: string;
  readonly end: string;
}

/** One thing to send, so that a change becomes true. */
export type Step =
  | {
      readonly to: 'resourceManager';
      readonly method: 'PUT' | 'PATCH' | 'DELETE';
      /** The ARM id of what is written, and its type (`Microsoft.DocumentDB/mongoClusters/users`). */
      readonly id: string;
      readonly type: string;
      /** Newest first; a cloud that lags behind is asked with the next. */
      readonly apiVersions: readonly string[];
      readonly body?: Fields;
    }
  /** A command on the database `admin`, by a session of the person's. */
  | {
      readonly to: 'database';
      /** The ARM id of the cluster whose database it is. */
      readonly cluster: string;
      readonly command: Fields;
    };

/**
 * Why a change should not be made, or what to know before it is: `stop` ends it, `danger` is confirmed in so many
 * words, `tell` is said beside it.
 */
export type Obstacle =
  | { readonly weight: 'stop'; readonly what: Stop }
  | { readonly weight: 'stop'; readonly what: 'state' | 'subscriptionState'; readonly state: string }
  | {
      readonly weight: 'stop';
      readonly what: 'replica' | 'nativeOnReplica';
      readonly source: string | undefined;
    }
  | { readonly weight: 'stop'; readonly what: 'version'; readonly version: string; readonly needs: string }
  | { readonly weight: 'stop'; readonly what: 'already' | 'otherRole'; readonly grant: Grant }
  | {
      readonly weight: 'stop';
      readonly what: 'notAllowed';
      readonly action: string;
      readonly role: string;
      readonly link: string;
    }
  | {
      readonly weight: 'danger';
      readonly what: 'passwordsStop' | 'keysStop';
      readonly last: readonly Grant[];
    }
  | { readonly weight: 'danger'; readonly what: 'entraStops'; readonly grants: number }
  | { readonly weight: 'danger'; readonly what: Danger }
  | {
      readonly weight: 'tell';
      readonly what: 'experimental' | 'portalShell' | 'azureServices' | 'publicNetworkOff';
    }
  /** Whom the firewall still lets in. */
  | { readonly weight: 'tell'; readonly what: 'rulesLeft'; readonly rules: readonly FirewallRule[] }
  | { readonly weight: 'tell'; readonly what: 'limit'; readonly count: number; readonly limit: number };

type Stop =
  | 'freeTier'
  | 'nothingToChange'
  | 'noWayIn'
  | 'entraOff'
  | 'otherTenant'
  | 'nativeUser'
  | 'noAdministrator'
  | 'lastAdministrator'
  | 'youCannotSignIn'
  | 'needsAdministrator'
  | 'ownRole'
  | 'nameTaken';

type Danger =
  | 'yourself'
  | 'youHaveNoAccess'
  | 'unsureYouCanSignIn'
  | 'interrupts'
  | 'closesToOthers'
  | 'everyAddress';

export type AddressProblem = 'ipv6' | 'notAnAddress' | 'backwards';

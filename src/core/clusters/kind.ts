import type { Door } from '../azure/door.ts';
import type { Resource } from '../azure/resourceManager.ts';
import type { DatabaseService } from '../identity/clouds.ts';
import type { Change, FirewallRule, Obstacle, RoleOffer, Step } from './change.ts';
import type { Cluster, Fact, Grant, KindId, Modes, Principal, Role } from './cluster.ts';
import type { Fields } from './fields.ts';

/** A way to speak to a cluster's database as the person who looks at it: no password, no key. */
export interface Database {
  /** Sees to it that there is a token, asking the person if it takes one. Only after a gesture of theirs. */
  signIn(cluster: Cluster): Promise<void>;
  /** Runs a command on the database `admin`; never asks anybody, throws `Failure`. */
  command(cluster: Cluster, command: Fields, signal?: AbortSignal): Promise<Fields>;
}

/**
 * A kind of cluster: all that differs between them. Discovery, tree and access know only this; to add a kind
 * is to write one of these and name it in `kinds.ts`.
 */
export interface Kind {
  readonly id: KindId;
  readonly armType: string;
  /** Newest first; a cloud that lags behind is asked with the next. */
  readonly apiVersions: readonly string[];
  /** The properties that a list is asked for: enough for a row of the tree. */
  readonly listed: readonly string[];
  /** What people share to get in without Entra. */
  readonly nativeSecret: 'password' | 'keys';
  /** Who answers for its databases: takes tokens of an audience of its own, on hosts of its own. */
  readonly service: DatabaseService;
  /** Where its databases are, as far as the resource says it. */
  endpoint(resource: Resource): Endpoint | undefined;
  /** The application in whose name the service asks Entra, where somebody has to let it into the tenant first. */
  readonly application?: string;
  /** The database that a connection is to, where it has to say so. */
  readonly database?: (cluster: Cluster) => string;
  /** What one speaks to its databases as oneself, where this extension can. */
  readonly sessions: 'mongodb' | undefined;
  /** The role that a database's own names for it come to. */
  readonly roleInside?: (names: readonly string[]) => Role;
  /** What is missing from a role that is made of several names, where somebody has a part of them. */
  readonly missingInside?: (names: readonly string[]) => readonly string[];
  /** Who can be given access. */
  readonly principalTypes: readonly PrincipalType[];
  /** Where people connect by a name of the role's own: the nearest to this one that the service takes. */
  readonly roleName?: (name: string) => string;
  /** Rules of the firewall have names of their own: the nearest to this one that the service takes. */
  readonly ruleName?: (name: string) => string;
  /** Who signs in with a password that can be set anew. */
  readonly nativeLogin?: (cluster: Cluster) => string | undefined;
  /** Some role rules over the others: somebody in Entra has to hold it. */
  readonly hasAdministrators: boolean;
  /** So many users a cluster has at most, unless its owner agreed otherwise with Azure. */
  readonly usualLimit: number | undefined;
  /** No guide says that the service takes a change of modes from outside the portal. */
  readonly modesAreExperimental: boolean;
  /** The least of Azure's own roles that may change such a cluster and who gets in. */
  readonly manager: BuiltInRole;
  /** The pages of such a cluster in the portal on which the same can be done, by their names; none: only by command. */
  readonly portal: { readonly people?: string; readonly modes?: string; readonly rules: string };
  /** Actions whose names nobody has written down: of these it cannot be said who lacks them. */
  readonly inferredActions?: RegExp;
  /** What the operations below its ARM type do to access, by their names in lower case in Azure's activity log. */
  readonly traces: Readonly<Record<string, Trace>>;
  /** What a property that is written to the cluster itself decides, where it is about who gets in. */
  readonly settings: Readonly<Record<string, Setting>>;
  /** Whom the body of a grant is about, where it says so. */
  readonly principalIn?: (properties: Fields) => string | undefined;

  /** `unknown` where the resource, as we have it, does not say. `asked`: it is all that ARM says. */
  modes(resource: Resource, asked: boolean): Modes;
  state(resource: Resource): string | undefined;
  /** Who reaches it over the internet, as far as the resource itself says: `filtered` is whom its rules let in. */
  publicNetwork(resource: Resource): 'everyone' | 'filtered' | 'nobody' | 'unknown';
  facts(resource: Resource): readonly Fact[];
  /** Who has access, as far as ARM lists them. */
  grants(door: Door, cluster: Cluster, signal?: AbortSignal): Promise<readonly Grant[]>;
  /** Who has access by the database alone, where ARM does not see them. */
  readonly insiders?: (
    database: Database,
    cluster: Cluster,
    signal?: AbortSignal,
  ) => Promise<readonly Grant[]>;
  /** The ways in that can be set on this cluster; fewer than two: nothing to choose. */
  modeChoices(cluster: Cluster): readonly ModeChoice[];
  /** What can be given on this cluster, the least first. */
  roles(door: Door, cluster: Cluster, signal?: AbortSignal): Promise<readonly RoleOffer[]>;
  /** The parts of a cluster that access can be confined to. */
  readonly scopes?: (door: Door, cluster: Cluster, signal?: AbortSignal) => Promise<readonly string[]>;
  /** What the service itself would refuse, as far as the cluster tells. `leaving`: rules that go in the same breath. */
  obstacles(cluster: Cluster, change: Change, leaving?: readonly FirewallRule[]): readonly Obstacle[];
  /** What to send. A change whose steps begin by removing interrupts whoever it is about. */
  steps(cluster: Cluster, change: Change): readonly Step[];
  /** Whether the service says that it is busy with the cluster, and takes no change now. */
  isBusy(cluster: Cluster): boolean;
  /** The addresses that may connect; of a cluster that ARM itself was asked about. */
  rules(door: Door, cluster: Cluster, signal?: AbortSignal): Promise<readonly FirewallRule[]>;
}

export interface Endpoint {
  readonly host: string;
  /** Undefined: service records of the host say which servers there are, and at which ports. */
  readonly port: number | undefined;
}

export type Setting = 'modes' | 'network' | 'password';

/** What an operation does to who gets in. */
export type Trace =
  /** Writes the cluster itself: the body tells what of it, where the log has one. */
  | { readonly does: 'settings' }
  | { readonly does: 'deleted' | 'keysListed' | 'keysRenewed' | 'roleDefined' | 'roleUndefined' }
  | { readonly does: 'ruleSet' | 'ruleRemoved' }
  | {
      readonly does: 'grantSet' | 'grantRemoved';
      /** What the child's own name is: an object id, a name that somebody gave, or nothing to anybody. */
      readonly named: 'objectId' | 'name' | 'arbitrary';
    }
  /** Changes nothing and gives nothing away. */
  | { readonly does: 'read' };

/** A role of Azure's own, as its guide calls it. */
export interface BuiltInRole {
  readonly name: string;
  readonly link: string;
}

/** Its guide, with an anchor for each role. */
const guide = 'https://learn.microsoft.com/azure/role-based-access-control/built-in-roles';
export const contributor: BuiltInRole = { name: 'Contributor', link: `${guide}/privileged#contributor` };
/** Sees everything of Resource Manager's, and no data. */
export const reader: BuiltInRole = { name: 'Reader', link: `${guide}/general#reader` };
/** The least that may give roles to others. */
export const roleGiver: BuiltInRole = {
  name: 'Role Based Access Control Administrator',
  link: `${guide}/privileged#role-based-access-control-administrator`,
};
/** In spite of its name it knows accounts only; and Cosmos DB Operator, in spite of its, writes no roles in them. */
export const accountContributor: BuiltInRole = {
  name: 'DocumentDB Account Contributor',
  link: `${guide}/databases#documentdb-account-contributor`,
};

export type PrincipalType = Exclude<Principal['type'], 'unknown'>;

export interface ModeChoice {
  readonly entra: boolean;
  readonly native: boolean;
}

import type { Names } from '../core/access/principals.ts';
import type { FirewallRule } from '../core/clusters/change.ts';
import type { Fact, Grant } from '../core/clusters/cluster.ts';
import type { Subscription } from '../core/azure/resourceManager.ts';
import type { ListingFailure } from '../core/clusters/listing.ts';
import type { Collection, Index, Place } from '../core/sessions/catalog.ts';
import type { Field } from '../core/sessions/schema.ts';
import type { ClusterGap, TenantGap } from '../core/findings/finding.ts';
import type { Failure } from '../core/failure.ts';
import type { Account, Caller } from '../core/identity/tokens.ts';
import type { Grouping } from './settings.ts';

/** One row of any view, as data. Rows that can change on their own hold only how to find what they show. */
export type Node = TreeNode | SessionNode | FindingNode;

/** In the view of sessions. */
export interface SessionNode {
  readonly kind: 'session';
  readonly key: string;
}

/** In the view of findings. */
export type FindingNode =
  /** Of a cluster, by the id that is the same over restarts. */
  | { readonly kind: 'finding'; readonly key: string; readonly id: string }
  /** What could not be looked at. */
  | { readonly kind: 'gap'; readonly key: string; readonly what: ClusterGap['what'] }
  | { readonly kind: 'tenantGap'; readonly what: TenantGap['what']; readonly caller: Caller }
  | { readonly kind: 'folder'; readonly folder: 'ignored' | 'gaps' };

/** In the view of clusters. */
export type TreeNode =
  | { readonly kind: 'account'; readonly account: Account }
  | { readonly kind: 'tenant'; readonly caller: Caller }
  | { readonly kind: 'group'; readonly caller: Caller; readonly by: Grouping; readonly value: string }
  | { readonly kind: 'cluster'; readonly key: string }
  | { readonly kind: 'branch'; readonly branch: Branch; readonly key: string }
  | {
      readonly kind: 'grant';
      readonly grant: Grant;
      readonly names: Names | undefined;
      readonly you: string | undefined;
      readonly key: string;
    }
  | { readonly kind: 'rule'; readonly rule: FirewallRule; readonly key: string }
  /** A change under way; what it is doing is asked when it is painted. */
  | { readonly kind: 'operation'; readonly id: number; readonly key: string }
  | { readonly kind: 'fact'; readonly fact: Fact; readonly key: string }
  | DatabaseNode
  | { readonly kind: 'note'; readonly note: Note; readonly parent: string }
  | {
      readonly kind: 'failure';
      readonly failure: Failure;
      readonly retry: Retry;
      /** What could not be had; a branch's own list, when nothing is said. */
      readonly what?: ListingFailure['what'] | 'names' | 'insiders';
      readonly subscription?: Subscription;
    };

/** What there is in the databases of a cluster, where somebody has a session. */
export type DatabaseNode =
  /** Of a cluster with a session, or the offer to open one. */
  | { readonly kind: 'databases'; readonly key: string }
  | { readonly kind: 'database'; readonly key: string; readonly database: string }
  | ({ readonly kind: 'collection'; readonly type: Collection['type'] } & CollectionPlace)
  | ({ readonly kind: 'part'; readonly part: 'indexes' | 'schema' } & CollectionPlace)
  | ({ readonly kind: 'index'; readonly index: Index } & CollectionPlace)
  | ({ readonly kind: 'field'; readonly path: string; readonly field: Field } & CollectionPlace)
  /** Collections that are not shown yet. */
  | { readonly kind: 'more'; readonly key: string; readonly database: string; readonly hidden: number };

type CollectionPlace = Place & { readonly key: string };

export type Branch = 'access' | 'firewall' | 'details';
export type Note =
  | 'noTenants'
  | 'noSubscriptions'
  | 'noClusters'
  | 'noneChosen'
  | 'noneMatches'
  | 'askingDatabase'
  | 'insidersNeedEntra'
  | 'insidersNotRunning'
  | 'insidersForUsers'
  | 'noDatabases'
  | 'noDocuments'
  | 'noGrants'
  | 'noRules'
  | 'everyAddress'
  | 'namesOfPeopleOnly'
  | 'namesOfNobody'
  | 'listing'
  | 'gone';

/** What a failed row does when it is tried again. */
export type Retry =
  | { readonly what: 'everything' }
  | { readonly what: 'tenant'; readonly caller: Caller }
  | { readonly what: 'branch'; readonly node: TreeNode }
  /** Asks the database again who is in it, and the person for a token if it takes one. */
  | { readonly what: 'insiders'; readonly node: TreeNode };

export function isFindingNode(node: Node): node is FindingNode {
  return (
    node.kind === 'finding' || node.kind === 'gap' || node.kind === 'tenantGap' || node.kind === 'folder'
  );
}

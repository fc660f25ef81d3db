import * as vscode from 'vscode';
import type { Operation } from '../core/access/changes.ts';
import type { Names } from '../core/access/principals.ts';
import { readCluster } from '../core/access/seen.ts';
import type { Cluster, Grant, KindId } from '../core/clusters/cluster.ts';
import type { News } from '../core/clusters/discovery.ts';
import type { AccountListing, TenantListing } from '../core/clusters/listing.ts';
import { kinds, speaksMongo } from '../core/clusters/kinds.ts';
import { isReplica } from '../core/clusters/standing.ts';
import { Failure } from '../core/failure.ts';
import type { Account, Caller } from '../core/identity/tokens.ts';
import type { Place } from '../core/sessions/catalog.ts';
import type { SessionState } from '../core/sessions/mongo.ts';
import { AccessLists, everybody } from './access/accessLists.ts';
import type { Azure } from './azure.ts';
import { groupingSetting } from './settings.ts';
import type { Grouping } from './settings.ts';
import { isUnknown, matches } from './filter.ts';
import type { Filter } from './filter.ts';
import { DatabaseLists } from './sessions/databaseLists.ts';
import type { Branch, DatabaseNode, TreeNode, Note } from './node.ts';
import type { RowSource } from './row.ts';
import { rowOf } from './rows.ts';
import { productWords } from './words.ts';

export class ClusterTree implements vscode.TreeDataProvider<TreeNode>, RowSource {
  readonly #azure: () => Azure;
  readonly isProtected: (cluster: Cluster) => boolean;
  readonly #changes = new vscode.EventEmitter<TreeNode[] | undefined>();
  readonly onDidChangeTreeData = this.#changes.event;
  /** VS Code knows rows by identity: there is one object for each. */
  readonly #nodes = new Map<string, TreeNode>();
  /** Who has access, by cluster, as it was when the branch was opened or last refreshed. */
  readonly lists: AccessLists;
  readonly #failed = new Set<string>();
  /** The changes under way, by cluster, as they were last painted. */
  readonly #operating = new Map<string, readonly number[]>();
  readonly #due = new Set<TreeNode>();
  #timer: NodeJS.Timeout | undefined;
  readonly databases: DatabaseLists;
  /** The clusters with a session, with the role in it, as they were last painted. */
  readonly #withSession = new Map<string, string>();
  filter: Filter = 'all';

  /** `loadingChanged`: something is being listed of a database, or no longer. */
  constructor(azure: () => Azure, loadingChanged: () => void, isProtected: (cluster: Cluster) => boolean) {
    this.#azure = azure;
    this.isProtected = isProtected;
    this.databases = new DatabaseLists(azure, {
      once: (id, fresh) => this.#once(id, fresh),
      paint: (row) => this.#paint(row),
      loadingChanged,
    });
    this.lists = new AccessLists(azure, (key) => this.#paint(this.#branch('access', key)));
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#changes.dispose();
  }

  getTreeItem(node: TreeNode): vscode.TreeItem {
    return rowOf(node, this);
  }

  getParent(node: TreeNode): TreeNode | undefined {
    switch (node.kind) {
      case 'account':
      case 'tenant':
      case 'note':
      case 'failure':
        return undefined;
      case 'group':
        return this.#tenant(node.caller);
      case 'cluster': {
        const cluster = this.cluster(node.key);
        if (cluster === undefined) return undefined;
        const by = groupingSetting();
        return by === 'nothing'
          ? this.#tenant(cluster.caller)
          : this.#group(cluster.caller, by, groupOf(cluster, by));
      }
      case 'branch':
      case 'operation':
      case 'fact':
      case 'grant':
      case 'rule':
      case 'databases':
        return this.clusterNode(node.key);
      case 'database':
        return this.databasesNode(node.key);
      case 'collection':
      case 'more':
        return this.databaseNode(node.key, node.database);
      case 'part':
      case 'index':
      case 'field':
        return undefined;
    }
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    if (node === undefined) return this.#roots();
    switch (node.kind) {
      case 'tenant':
        return this.#underTenant(node.caller);
      case 'group':
        return this.#underGroup(node);
      case 'cluster':
        return this.#underCluster(node.key);
      case 'branch':
        return orFailure(node, () => this.#underBranch(node));
      case 'databases':
      case 'database':
      case 'collection':
      case 'part':
      case 'field':
        return orFailure(node, () => this.#underDatabases(node));
      case 'index':
      case 'more':
      case 'account':
      case 'operation':
      case 'grant':
      case 'rule':
      case 'fact':
      case 'note':
      case 'failure':
        return [];
    }
  }

  cluster(key: string): Cluster | undefined {
    return this.#azure().discovery.cluster(key);
  }

  tenant(caller: Caller): TenantListing | undefined {
    return this.#azure().discovery.tenants.find(
      (tenant) => tenant.caller.account.id === caller.account.id && tenant.caller.tenant === caller.tenant,
    );
  }

  /** The changes under way at a cluster. */
  operations(key: string): readonly Operation[] {
    return this.#azure().changes.under(key);
  }

  account(account: Account): AccountListing | undefined {
    return this.#azure().discovery.accounts.find((listing) => listing.account.id === account.id);
  }

  clusterNode(key: string): TreeNode {
    return this.#once(`cluster:${key}`, { kind: 'cluster', key });
  }

  databasesNode(key: string): TreeNode {
    return this.#once(`databases:${key}`, { kind: 'databases', key });
  }

  databaseNode(key: string, database: string): TreeNode {
    return this.databases.databaseNode(key, database);
  }

  session(key: string): SessionState | undefined {
    return this.#azure().database.of(key);
  }

  readsOnly(key: string): 'role' | 'replica' | undefined {
    const session = this.session(key);
    if (session === undefined) return undefined;
    if (isReplica(session.cluster)) return 'replica';
    return session.who?.role.name === 'readOnly' ? 'role' : undefined;
  }

  documentsIn(place: Place & { readonly key: string }): number | undefined {
    return this.databases.countOf(place);
  }

  /** A session came or went, which is its cluster's matter; or one plays another role, which is its row's. */
  sessionChanged(key: string): void {
    const session = this.session(key);
    const looks = session === undefined ? undefined : (session.who?.role.name ?? '');
    const shown = this.#withSession.get(key);
    if (looks === shown) return;
    if (looks === undefined) {
      this.#withSession.delete(key);
      this.databases.forget(key);
    } else this.#withSession.set(key, looks);
    const isRow = looks !== undefined && shown !== undefined;
    this.#paint(isRow ? this.databasesNode(key) : this.clusterNode(key));
  }

  /** Paints again what changed; many changes in a moment are one painting. */
  changed(change: News): void {
    switch (change.what) {
      case 'all':
        this.refresh();
        return;
      case 'tenant':
        this.#paintTenant(change.caller);
        return;
      case 'cluster': {
        const cluster = this.cluster(change.key);
        // Under a filter a cluster may appear or go: that is its tenant's matter.
        if (cluster !== undefined && this.filter !== 'all') this.#paint(this.#tenant(cluster.caller));
        else this.#paint(this.clusterNode(change.key));
      }
    }
  }

  /** A change of a cluster went on, which is its row's matter; or it came or ended, which is its cluster's. */
  operationChanged(key: string): void {
    const ids = this.operations(key).map(({ id }) => id);
    const shown = this.#operating.get(key) ?? [];
    this.#operating.set(key, ids);
    if (ids.length !== shown.length || ids.some((id) => !shown.includes(id))) {
      this.#paint(this.clusterNode(key));
      return;
    }
    for (const id of ids) this.#paint(this.#operation(id, key));
  }

  /** Paints a row and what is under it; without one, everything. */
  refresh(node?: TreeNode): void {
    if (node !== undefined) {
      this.#paint(node);
      return;
    }
    this.#due.clear();
    this.#changes.fire(undefined);
  }

  /** Lists of access are asked for anew: one cluster's, or all. */
  forgetAccess(key?: string): void {
    this.lists.forget(key);
  }

  /** The clusters of a tenant that the person wants to see. */
  matching(tenant: TenantListing): readonly Cluster[] {
    return this.#azure()
      .discovery.shown(tenant)
      .filter((cluster) => matches(cluster, this.filter));
  }

  /** A tenant that fails, or no longer does, is another row in its place: that is painted from the root. */
  #paintTenant(caller: Caller): void {
    const key = keyOfCaller(caller);
    const failed = this.tenant(caller)?.state === 'failed';
    if (failed === this.#failed.has(key)) {
      this.#paint(this.#tenant(caller));
      return;
    }
    if (failed) this.#failed.add(key);
    else this.#failed.delete(key);
    this.refresh();
  }

  #paint(node: TreeNode): void {
    this.#due.add(node);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      const due = [...this.#due];
      this.#due.clear();
      if (due.length > 0) this.#changes.fire(due);
    }, 40);
  }

  async #roots(): Promise<TreeNode[]> {
    let azure: Azure;
    try {
      azure = this.#azure();
      // The first look waits only for the accounts: each tenant's row then fills by itself.
      await azure.discovery.load();
    } catch (error) {
      return [{ kind: 'failure', failure: Failure.from(error), retry: { what: 'everything' } }];
    }
    return azure.discovery.accounts.flatMap((listing): TreeNode[] => {
      const { account, tenants, state } = listing;
      const rows: TreeNode[] = tenants.map(({ caller }) => this.#tenant(caller));
      const own = this.#once(`account:${account.id}`, { kind: 'account', account });
      if (state !== 'listed') return rows.length > 0 && state === 'listing' ? rows : [...rows, own];
      return rows.length === 0 ? [note('noTenants', account.id)] : rows;
    });
  }

  #underTenant(caller: Caller): TreeNode[] {
    const tenant = this.tenant(caller);
    if (tenant === undefined) return [];
    const clusters = this.matching(tenant);
    const failures = tenant.failures.map((failed): TreeNode => ({
      ...failed,
      kind: 'failure',
      retry: { what: 'tenant', caller },
    }));
    const by = groupingSetting();
    const rows =
      by === 'nothing'
        ? this.#clusters(clusters)
        : [...new Set(clusters.map((cluster) => groupOf(cluster, by)))]
            .map((value) => ({ row: this.#group(caller, by, value), value }))
            .map(({ row, value }) => ({ row, name: this.groupName({ kind: 'group', caller, by, value }) }))
            .sort((a, b) => a.name.localeCompare(b.name))
            .map(({ row }) => row);
    if (rows.length > 0) return [...rows, ...failures];
    if (failures.length > 0) return failures;
    return [note(this.#emptiness(tenant), keyOfCaller(caller))];
  }

  #emptiness(tenant: TenantListing): Note {
    if (tenant.state === 'listing') return 'listing';
    if (tenant.clusters.length > 0)
      return this.#azure().discovery.shown(tenant).length === 0 ? 'noneChosen' : 'noneMatches';
    return tenant.subscriptions.length === 0 ? 'noSubscriptions' : 'noClusters';
  }

  #underGroup({ caller, by, value }: TreeNode & { kind: 'group' }): TreeNode[] {
    const tenant = this.tenant(caller);
    if (tenant === undefined) return [];
    return this.#clusters(this.matching(tenant).filter((cluster) => groupOf(cluster, by) === value));
  }

  /** Rows are painted with what is known; what is not is asked now that somebody looks. */
  #clusters(clusters: readonly Cluster[]): TreeNode[] {
    const { discovery } = this.#azure();
    for (const cluster of clusters) {
      // Its failure shows when the cluster is opened; here it stays "unknown".
      if (isUnknown(cluster)) discovery.detail(cluster).catch(() => undefined);
    }
    return clusters.map(({ key }) => this.clusterNode(key));
  }

  get severalAccounts(): boolean {
    return this.#azure().discovery.accounts.length > 1;
  }

  countIn({ caller, by, value }: TreeNode & { kind: 'group' }): number {
    const tenant = this.tenant(caller);
    if (tenant === undefined) return 0;
    return this.matching(tenant).filter((cluster) => groupOf(cluster, by) === value).length;
  }

  groupName({ caller, by, value }: TreeNode & { kind: 'group' }): string {
    const tenant = this.tenant(caller);
    switch (by) {
      case 'subscription':
        return tenant?.subscriptions.find(({ id }) => id.toLowerCase() === value)?.name ?? value;
      case 'resourceGroup':
        // As it is spelled by the first that is in it: Azure gives the same name in several cases.
        return tenant?.clusters.find((cluster) => groupOf(cluster, by) === value)?.resourceGroup ?? value;
      case 'kind':
      case 'nothing':
        return productWords(value as KindId).long;
    }
  }

  #underCluster(key: string): TreeNode[] {
    const cluster = this.cluster(key);
    if (cluster === undefined) return [];
    if (cluster.read === 'gone') return [note('gone', key)];
    const branches: readonly Branch[] = ['access', 'firewall', 'details'];
    return [
      ...this.operations(key).map(({ id }) => this.#operation(id, key)),
      ...branches.slice(0, 1).map((branch) => this.#branch(branch, key)),
      ...(speaksMongo(cluster.kind) ? [this.databasesNode(key)] : []),
      ...branches.slice(1).map((branch) => this.#branch(branch, key)),
    ];
  }

  async #underDatabases(node: DatabaseNode): Promise<TreeNode[]> {
    // Nothing connects here because a row happened to be open: it takes a session that somebody opened.
    const cluster = this.session(node.key)?.cluster;
    if (cluster === undefined) return [];
    const rows = await this.databases.under(node, cluster);
    return rows.length === 0 && node.kind === 'databases' ? [note('noDatabases', node.key)] : rows;
  }

  #underBranch(node: TreeNode & { kind: 'branch' }): Promise<TreeNode[]> {
    switch (node.branch) {
      case 'access':
        return this.#access(node);
      case 'firewall':
        return this.#firewall(node);
      case 'details':
        return this.#details(node);
    }
  }

  async #firewall({ key }: TreeNode & { kind: 'branch' }): Promise<TreeNode[]> {
    const cluster = this.cluster(key);
    if (cluster === undefined) return [];
    const { door } = this.#azure();
    // Some keep their rules in the resource itself, of which a list has only a part.
    const whole = cluster.read === 'yes' ? cluster : await readCluster(door, cluster);
    const rules = await kinds[cluster.kind].rules(door, whole);
    if (rules.length > 0) return rules.map((rule) => ({ kind: 'rule', rule, key }));
    const change = { what: 'addRule', rule: { id: undefined, name: '', start: '', end: '' } } as const;
    const opens = kinds[cluster.kind].obstacles(whole, change).some(({ what }) => what === 'closesToOthers');
    return [note(opens ? 'everyAddress' : 'noRules', key)];
  }

  async #details(node: TreeNode & { kind: 'branch' }): Promise<TreeNode[]> {
    const { discovery } = this.#azure();
    const cluster = this.cluster(node.key);
    if (cluster === undefined) return [];
    if (cluster.read === 'no') await discovery.refreshCluster(node.key);
    const read = this.cluster(node.key) ?? cluster;
    if (read.read === 'gone') return [note('gone', node.key)];
    return kinds[read.kind].facts(read.resource).map((fact) => ({ kind: 'fact', fact, key: node.key }));
  }

  async #access(node: TreeNode & { kind: 'branch' }): Promise<TreeNode[]> {
    const cluster = this.cluster(node.key);
    if (cluster === undefined) return [];
    const list = await this.lists.of(cluster);
    const { names, you, insiders } = list;
    const all = everybody(list);
    const rows: TreeNode[] = inOrder(all, names, you).map((grant) => ({
      kind: 'grant',
      grant,
      names,
      you,
      key: node.key,
    }));
    if (rows.length === 0) rows.push(note('noGrants', node.key));
    const nameless = all.some(
      ({ holder }) =>
        holder.state === 'entra' &&
        holder.alias === undefined &&
        names?.of(holder.principal).state === 'unnamed',
    );
    if (names !== undefined && nameless) rows.push(whyNameless(names, node));
    if (insiders === 'asking') rows.push(note('askingDatabase', node.key));
    else if (insiders === 'needEntra') rows.push(note('insidersNeedEntra', node.key));
    else if (insiders === 'notRunning') rows.push(note('insidersNotRunning', node.key));
    // The usual thing for who looks after clusters and is no user of them: nothing has failed.
    else if (insiders instanceof Failure && insiders.code === 'databaseSignInRefused')
      rows.push(note('insidersForUsers', node.key));
    else if (insiders instanceof Failure)
      rows.push({ kind: 'failure', failure: insiders, what: 'insiders', retry: { what: 'insiders', node } });
    return rows;
  }

  #tenant(caller: Caller): TreeNode {
    return this.#once(`tenant:${keyOfCaller(caller)}`, { kind: 'tenant', caller });
  }

  #group(caller: Caller, by: Grouping, value: string): TreeNode {
    return this.#once(`group:${keyOfCaller(caller)}|${by}|${value}`, { kind: 'group', caller, by, value });
  }

  #operation(id: number, key: string): TreeNode {
    // Another cloud's changes are counted anew.
    return this.#once(`operation:${key}|${id}`, { kind: 'operation', id, key });
  }

  #branch(branch: Branch, key: string): TreeNode {
    return this.#once(`${branch}:${key}`, { kind: 'branch', branch, key });
  }

  #once(id: string, fresh: TreeNode): TreeNode {
    const known = this.#nodes.get(id);
    if (known !== undefined) return known;
    this.#nodes.set(id, fresh);
    return fresh;
  }
}

/** What cannot be had is a row with its reason. */
async function orFailure(node: TreeNode, rows: () => Promise<TreeNode[]>): Promise<TreeNode[]> {
  try {
    return await rows();
  } catch (error) {
    return [{ kind: 'failure', failure: Failure.from(error), retry: { what: 'branch', node } }];
  }
}

/** You, then people and applications by name, then whoever signs in with a password. */
function inOrder(
  grants: readonly Grant[],
  names: Names | undefined,
  you: string | undefined,
): readonly Grant[] {
  const place = ({ holder }: Grant): string => {
    if (holder.state === 'keys') return '3';
    if (holder.state === 'native') return `2 ${holder.name}`;
    const named = names?.of(holder.principal);
    const name = named?.state === 'named' ? named.object.name : (holder.alias ?? holder.principal.objectId);
    // Names before bare ids.
    return holder.principal.objectId === you ? '0' : `1 ${named?.state === 'named' ? 0 : 1} ${name}`;
  };
  return grants.toSorted((a, b) => place(a).localeCompare(place(b)));
}

function whyNameless({ reach }: Names, node: TreeNode & { kind: 'branch' }): TreeNode {
  return reach instanceof Failure
    ? { kind: 'failure', failure: reach, what: 'names', retry: { what: 'branch', node } }
    : note(reach === 'people' ? 'namesOfPeopleOnly' : 'namesOfNobody', node.key);
}

function note(what: Note, parent: string): TreeNode {
  return { kind: 'note', note: what, parent };
}

function groupOf(cluster: Cluster, by: Grouping): string {
  switch (by) {
    case 'subscription':
      return cluster.subscription.toLowerCase();
    case 'resourceGroup':
      return `${cluster.subscription}/${cluster.resourceGroup}`.toLowerCase();
    case 'kind':
    case 'nothing':
      return cluster.kind;
  }
}

function keyOfCaller({ account, tenant }: Caller): string {
  return `${account.id}|${tenant}`;
}

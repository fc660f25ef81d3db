import * as vscode from 'vscode';
import { readResource } from '../../core/azure/resourceManager.ts';
import type { Cluster, KindId } from '../../core/clusters/cluster.ts';
import type { Store } from '../../core/clusters/discovery.ts';
import { kinds } from '../../core/clusters/kinds.ts';
import { clusterOfResource } from '../../core/clusters/query.ts';
import { Failure } from '../../core/failure.ts';
import type { Account } from '../../core/identity/tokens.ts';
import type { Reach } from '../../core/sessions/hosts.ts';
import type { SessionState, Use } from '../../core/sessions/mongo.ts';
import type { Azure } from '../azure.ts';
import type { SessionNode } from '../node.ts';
import { item } from '../row.ts';
import { tell } from '../status.ts';
import { roleWords } from '../words.ts';

/** A session as it is kept over a restart: whose, with what. It opens when it is used. */
interface Entry {
  readonly key: string;
  readonly account: Account;
  readonly tenant: string;
  readonly tenantName: string;
  readonly id: string;
  readonly name: string;
  readonly kind: KindId;
  readonly reach: Reach;
}

const storeKey = 'sessions';
/** What a row says of time is renewed so often, in milliseconds. */
const renewal = 30_000;

/** The sessions that somebody opened and did not take off the list, open or closed. */
export class SessionsView implements vscode.TreeDataProvider<SessionNode> {
  readonly #azure: () => Azure;
  readonly #store: Store;
  readonly #changes = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changes.event;
  readonly #entries = new Map<string, Entry>();
  readonly #nodes = new Map<string, SessionNode>();
  readonly #clock: NodeJS.Timeout;
  #timer: NodeJS.Timeout | undefined;

  constructor(azure: () => Azure, store: Store) {
    this.#azure = azure;
    this.#store = store;
    const kept = store.get(storeKey);
    for (const entry of Array.isArray(kept) ? kept.filter(isEntry) : []) this.#entries.set(entry.key, entry);
    this.#clock = setInterval(() => {
      if (this.#open().length > 0) this.#changes.fire(undefined);
    }, renewal).unref();
    this.#tell();
  }

  dispose(): void {
    clearInterval(this.#clock);
    clearTimeout(this.#timer);
    this.#changes.dispose();
  }

  get entries(): readonly Entry[] {
    return [...this.#entries.values()].sort(
      (a, b) => a.name.localeCompare(b.name) || a.account.label.localeCompare(b.account.label),
    );
  }

  /** A session came, went, or is otherwise. */
  changed(key: string): void {
    const state = this.#azure().database.of(key);
    const known = this.#entries.get(key);
    // One that could not be opened is none.
    if (state?.state === 'open' && known?.reach !== state.reach) {
      const { account, tenant } = state.cluster.caller;
      const { id, name, kind } = state.cluster;
      const { discovery } = this.#azure();
      const tenantName = discovery.tenants.find(({ caller }) => caller.tenant === tenant)?.name ?? tenant;
      this.#entries.set(key, { key, account, tenant, tenantName, id, name, kind, reach: state.reach });
      this.#keep();
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#tell();
      this.#changes.fire(undefined);
    }, 40);
  }

  remove(key: string): void {
    this.#entries.delete(key);
    this.#keep();
    this.#tell();
    this.#changes.fire(undefined);
  }

  getChildren(node?: SessionNode): SessionNode[] {
    if (node !== undefined) return [];
    return this.entries.map(({ key }) => this.#node(key));
  }

  getTreeItem({ key }: SessionNode): vscode.TreeItem {
    const entry = this.#entries.get(key);
    if (entry === undefined) return item({ id: 'gone', label: '', icon: undefined, tags: [] });
    const state = this.#azure().database.of(entry.key);
    return state === undefined ? closedRow(entry) : openRow(entry, state);
  }

  getParent(): undefined {
    return undefined;
  }

  /** As it is listed, or read from Azure where nothing is listed yet. */
  async clusterOf(key: string): Promise<Cluster | undefined> {
    const { discovery, door } = this.#azure();
    const entry = this.#entries.get(key);
    const known = discovery.cluster(key);
    if (known !== undefined || entry === undefined) return known;
    const caller = { account: entry.account, tenant: entry.tenant };
    const resource = await readResource(door, caller, entry.id, kinds[entry.kind].apiVersions);
    const read = clusterOfResource(resource, caller, true);
    if (read === undefined)
      throw new Failure({ code: 'malformed', host: new URL(door.cloud.resourceManager).host });
    return { ...read, key };
  }

  #open(): readonly SessionState[] {
    return this.#azure().database.all;
  }

  #node(key: string): SessionNode {
    const node = this.#nodes.get(key) ?? { kind: 'session', key };
    this.#nodes.set(key, node);
    return node;
  }

  #keep(): void {
    this.#store.set(storeKey, [...this.#entries.values()]);
  }

  #tell(): void {
    tell('hasSessions', this.#entries.size > 0);
  }
}

function isEntry(value: unknown): value is Entry {
  if (typeof value !== 'object' || value === null) return false;
  const { key, account, tenant, tenantName, id, name, kind } = value as Partial<Entry>;
  return (
    [key, tenant, tenantName, id, name, account?.id, account?.label].every(
      (part) => typeof part === 'string',
    ) &&
    kind !== undefined &&
    Object.hasOwn(kinds, kind)
  );
}

function openRow({ key, name, account, tenantName }: Entry, state: SessionState): vscode.TreeItem {
  const { reach, who, tokenEnd, lastUsed, uses } = state;
  const words = [
    ...(state.state === 'opening' ? [vscode.l10n.t('opening…')] : []),
    ...(state.state === 'broken' ? [vscode.l10n.t('interrupted, opens again when it is used')] : []),
    ...(who === undefined ? [] : [roleWords(who.role)]),
    ...(reach === 'global' ? [vscode.l10n.t('writable region')] : []),
    ...(tokenEnd === undefined ? [] : [tokenWords(tokenEnd)]),
    ...idleWords(lastUsed),
    ...[...uses].map(([use, count]) => useWords(use, count)),
    // What differs comes first: a narrow view cuts the rest.
    account.label,
    tenantName,
  ];
  return item({
    id: `session:${key}`,
    label: name,
    icon: new vscode.ThemeIcon('plug'),
    tags: ['session', 'open', 'mongo'],
    description: words.join(' · '),
    tooltip: [
      name,
      ...words,
      ...(who === undefined ? [] : [vscode.l10n.t('Object id: {0}', who.objectId)]),
      state.cluster.id,
    ].join('\n'),
    command: {
      command: 'cosmosEntra.goToCluster',
      title: vscode.l10n.t('Go to Cluster'),
      arguments: [{ kind: 'session', key }],
    },
  });
}

function closedRow({ key, name, account, tenantName, id }: Entry): vscode.TreeItem {
  return item({
    id: `closed:${key}`,
    label: name,
    icon: new vscode.ThemeIcon('debug-disconnect'),
    tags: ['session', 'closed', 'mongo'],
    description: [vscode.l10n.t('closed'), account.label, tenantName].join(' · '),
    tooltip: [
      name,
      account.label,
      tenantName,
      vscode.l10n.t('Closed. It opens again when you use it.'),
      id,
    ].join('\n'),
    command: {
      command: 'cosmosEntra.openSession',
      title: vscode.l10n.t('Open Session'),
      arguments: [{ kind: 'session', key }],
    },
  });
}

function tokenWords(end: number): string {
  const minutes = Math.floor((end - Date.now()) / 60_000);
  if (minutes < 1) return vscode.l10n.t('token renewed at the next use');
  return vscode.l10n.t('token {0} min', minutes);
}

function idleWords(lastUsed: number): readonly string[] {
  const minutes = Math.floor((Date.now() - lastUsed) / 60_000);
  return minutes < 1 ? [] : [vscode.l10n.t('idle {0} min', minutes)];
}

function useWords(use: Use, count: number): string {
  switch (use) {
    case 'documents':
      return count === 1 ? vscode.l10n.t('1 documents view') : vscode.l10n.t('{0} documents views', count);
    case 'mongosh':
      return count === 1 ? vscode.l10n.t('1 mongosh') : vscode.l10n.t('{0} mongosh', count);
    case 'playground':
      return count === 1 ? vscode.l10n.t('1 playground') : vscode.l10n.t('{0} playgrounds', count);
  }
}

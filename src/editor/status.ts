import * as vscode from 'vscode';
import type { Discovery, Store } from '../core/clusters/discovery.ts';
import type { Filter } from './filter.ts';
import { filters } from './filter.ts';
import type { TreeNode } from './node.ts';
import type { ClusterTree } from './tree.ts';
import { filterWords } from './words.ts';

/** What menus and welcome texts depend on. */
interface ContextKeys {
  readonly state: 'signedIn' | 'signedOut';
  readonly loading: boolean;
  readonly filtered: boolean;
  readonly hasSessions: boolean;
  readonly findingsState: 'notLooked' | 'looking' | 'noClusters' | 'none' | 'some';
  /** Their paths: where an extension runs elsewhere, the editor's own addresses begin otherwise. */
  readonly runningPlaygrounds: readonly string[];
}

export function tell<K extends keyof ContextKeys>(key: K, value: ContextKeys[K]): void {
  void vscode.commands.executeCommand('setContext', `cosmosEntra.${key}`, value);
}

/**
 * How things stand, for menus, welcome texts, the line above the rows and the view's progress bar; each change
 * of it is told once.
 */
export function statusOf(tree: ClusterTree, view: vscode.TreeView<TreeNode>): (discovery: Discovery) => void {
  const told = new Map<string, unknown>();
  const tellNew = <K extends keyof ContextKeys>(key: K, value: ContextKeys[K]): void => {
    if (told.get(key) === value) return;
    told.set(key, value);
    tell(key, value);
  };
  let ended: (() => void) | undefined;
  return (discovery) => {
    tellNew('state', discovery.accounts.length === 0 ? 'signedOut' : 'signedIn');
    tellNew('loading', discovery.isListing || tree.databases.isLoading);
    tellNew('filtered', tree.filter !== 'all');
    const message = messageOf(discovery, tree);
    if (view.message !== message) view.message = message;
    if (discovery.isListing === (ended !== undefined)) return;
    ended?.();
    ended = undefined;
    if (discovery.isListing) {
      const whole = new Promise<void>((resolve) => (ended = resolve));
      void vscode.window.withProgress({ location: { viewId: 'cosmosEntra.clusters' } }, () => whole);
    }
  };
}

/** What is not shown, and why: nobody shall take a part for the whole. */
function messageOf(discovery: Discovery, tree: ClusterTree): string {
  const lines: string[] = [];
  const count = (list: readonly { readonly length: number }[]): number =>
    list.reduce((sum, { length }) => sum + length, 0);
  if (tree.filter !== 'all') {
    const shown = count(discovery.tenants.map((tenant) => tree.matching(tenant)));
    const all = count(discovery.tenants.map((tenant) => discovery.shown(tenant)));
    lines.push(vscode.l10n.t('{0}: {1} of {2} clusters', filterWords(tree.filter), shown, all));
  }
  const hidden = count(discovery.tenants.map((tenant) => discovery.hiddenSubscriptions(tenant)));
  if (hidden > 0) lines.push(vscode.l10n.t('{0} subscriptions are not shown, as you chose', hidden));
  return lines.join(' · ');
}

const filterKey = 'filter';

/** The filter that was in force when the window was last open. */
export function keptFilter(store: Store): Filter {
  const kept = store.get(filterKey);
  return filters.find((filter) => filter === kept) ?? 'all';
}

export function keepFilter(store: Store, filter: Filter): void {
  if (keptFilter(store) !== filter) store.set(filterKey, filter);
}

import * as vscode from 'vscode';
import type { Cluster } from '../core/clusters/cluster.ts';
import type { Store } from '../core/clusters/discovery.ts';
import type { App } from './app.ts';
import type { Node } from './node.ts';
import { sessionClusterOf } from './openSession.ts';

const protectedKey = 'protectedClusters';

/** Whether somebody wants to be asked before a playground changes anything there; for every account that sees it. */
export function isProtected(store: Store, { id }: Cluster): boolean {
  return kept(store.get(protectedKey)).includes(id.toLowerCase());
}

export async function protectCluster(app: App, node?: Node): Promise<void> {
  const question = vscode.l10n.t('Ask before playgrounds change anything on which cluster?');
  const cluster = await sessionClusterOf(app, node, question);
  if (cluster !== undefined) set(app, cluster, true);
}

export async function unprotectCluster(app: App, node?: Node): Promise<void> {
  const question = vscode.l10n.t('Do not ask any more on which cluster?');
  const cluster = await sessionClusterOf(app, node, question);
  if (cluster !== undefined) set(app, cluster, false);
}

function set(app: App, { id, key, name }: Cluster, isOn: boolean): void {
  const others = kept(app.store.get(protectedKey)).filter((one) => one !== id.toLowerCase());
  app.store.set(protectedKey, isOn ? [...others, id.toLowerCase()] : others);
  app.tree.sessionChanged(key);
  app.playgrounds.changed();
  const text = isOn
    ? vscode.l10n.t('Playgrounds ask before they change anything on {0}.', name)
    : vscode.l10n.t('Playgrounds change what they say on {0}, without asking.', name);
  vscode.window.setStatusBarMessage(text, 5000);
}

function kept(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

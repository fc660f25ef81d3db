import * as vscode from 'vscode';
import type { Cluster } from '../../core/clusters/cluster.ts';
import type { App } from '../app.ts';
import type { Node } from '../node.ts';
import { sessionClusterOf } from '../sessions/openSession.ts';
import { setProtected } from './protectedClusters.ts';

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

function set(app: App, cluster: Cluster, isOn: boolean): void {
  const { key, name } = cluster;
  setProtected(app.store, cluster, isOn);
  app.tree.sessionChanged(key);
  app.playgrounds.changed();
  const text = isOn
    ? vscode.l10n.t('Playgrounds ask before they change anything on {0}.', name)
    : vscode.l10n.t('Playgrounds change what they say on {0}, without asking.', name);
  vscode.window.setStatusBarMessage(text, 5000);
}

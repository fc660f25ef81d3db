import * as vscode from 'vscode';
import type { Cluster } from '../../core/clusters/cluster.ts';
import { sameText } from '../../core/clusters/fields.ts';
import type { App } from '../app.ts';
import type { Subject } from './reports.ts';
import type { Node } from '../node.ts';
import { clusterOf } from '../targets.ts';
import { chooseOne } from '../access/whom.ts';
import { principalLabel } from '../words.ts';

/** Looks into why the person gets no connection. Nothing is changed by that, and nobody is asked anything. */
export async function whyCantIConnect(app: App, node?: Node): Promise<void> {
  const cluster = await clusterOf(app, node, vscode.l10n.t('Which cluster can’t you connect to?'));
  if (cluster !== undefined) await examineMe(app, cluster, node);
}

export function examineMe(app: App, cluster: Cluster, node?: Node): Promise<void> {
  return app.reports.examine(mine(app, cluster, node));
}

/** Whoever looks, at a cluster. */
export function mine(app: App, cluster: Cluster, node?: Node): Subject {
  const tenants = tenantNames(app);
  return { cluster, other: undefined, name: '', tenants, node: nodeOf(cluster, node) };
}

export function tenantNames({ azure }: App): ReadonlyMap<string, string> {
  return new Map(azure().discovery.tenants.map(({ caller, name }) => [caller.tenant.toLowerCase(), name]));
}

/** The same of somebody else, as far as it can be seen without their sign-in. */
export async function whyCantTheyConnect(app: App, node?: Node): Promise<void> {
  if (node?.kind === 'grant' && node.grant.holder.state === 'entra') {
    const { grant, names, you, key } = node;
    const { principal } = node.grant.holder;
    const cluster = app.tree.cluster(key);
    if (cluster === undefined) return;
    if (you !== undefined && sameText(you, principal.objectId)) return examineMe(app, cluster);
    const name = principalLabel(grant, names);
    return app.reports.examine({
      cluster,
      other: principal,
      name,
      tenants: tenantNames(app),
      node: nodeOf(cluster),
    });
  }
  const cluster = await clusterOf(app, node, vscode.l10n.t('Which cluster can’t they connect to?'));
  if (cluster === undefined) return;
  const whom = await chooseOne(app, cluster, vscode.l10n.t('Who can’t connect to {0}?', cluster.name));
  if (whom === undefined) return;
  const { principal, name } = whom;
  const me = await app
    .azure()
    .directory.me(cluster.caller)
    .catch(() => undefined);
  if (me !== undefined && sameText(me.objectId, principal.objectId)) return examineMe(app, cluster, node);
  await app.reports.examine({
    cluster,
    other: principal,
    name,
    tenants: tenantNames(app),
    node: nodeOf(cluster, node),
  });
}

/** A session of before has a row for a cluster that is not listed. */
function nodeOf({ key }: Cluster, node?: Node): Node {
  return node?.kind === 'session' ? node : { kind: 'cluster', key };
}

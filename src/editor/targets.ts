import * as vscode from 'vscode';
import type { Cluster, Grant } from '../core/clusters/cluster.ts';
import type { TenantListing } from '../core/clusters/listing.ts';
import type { Account } from '../core/identity/tokens.ts';
import { everybody } from './access/accessLists.ts';
import type { App } from './app.ts';
import { messageOf } from './messages.ts';
import { waitFor } from './progress.ts';
import type { Node, TreeNode } from './node.ts';
import { modesWords, principalLabel, productOf, roleWords } from './words.ts';

/** The cluster of a row, or the one that the person picks among those that fit. */
export async function clusterOf(
  app: App,
  node: Node | undefined,
  question: string,
  fits: (cluster: Cluster) => boolean = () => true,
): Promise<Cluster | undefined> {
  if (node?.kind === 'session') return app.sessions.clusterOf(node.key);
  if (node !== undefined && 'key' in node) return app.tree.cluster(node.key);
  if (node?.kind === 'failure' && 'node' in node.retry)
    return clusterOf(app, node.retry.node, question, fits);
  const { discovery } = app.azure();
  await listed(app);
  const choices = discovery.tenants.flatMap((tenant) =>
    discovery
      .shown(tenant)
      .filter(fits)
      .map((cluster) => ({
        label: cluster.name,
        description: `${modesWords(cluster)} · ${productOf(cluster)}`,
        detail: [
          tenant.name,
          tenant.subscriptions.find(({ id }) => id === cluster.subscription)?.name ?? cluster.subscription,
          cluster.resourceGroup,
          ...(app.tree.severalAccounts ? [cluster.caller.account.label] : []),
        ].join(' · '),
        value: cluster,
      })),
  );
  if (choices.length > 0) return app.prompts.pick(choices, question);
  await nothingToChoose(app, vscode.l10n.t('No cluster is listed. The Clusters view says why.'));
  return undefined;
}

/** The cluster of a key that was kept over a reload, once it is listed. */
export async function clusterByKey(app: App, key: string): Promise<Cluster | undefined> {
  await app.azure().discovery.load();
  const known = app.azure().discovery.cluster(key);
  if (known !== undefined) return known;
  await listed(app);
  return app.azure().discovery.cluster(key);
}

export interface GrantTarget {
  readonly cluster: Cluster;
  readonly grant: Grant;
  readonly name: string;
}

/** The grants of rows, or those that the person picks; of holders who can be named, never of passwords and keys. */
export async function grantsOf(
  app: App,
  node: Node | undefined,
  selected: readonly Node[] | undefined,
  question: string,
): Promise<readonly GrantTarget[]> {
  const rows = (selected ?? (node === undefined ? [] : [node])).filter((row) => row.kind === 'grant');
  const given = rows.flatMap(({ key, grant, names }) => {
    const cluster = app.tree.cluster(key);
    return cluster === undefined ? [] : [{ cluster, grant, name: principalLabel(grant, names) }];
  });
  if (given.length > 0) return given;
  const cluster = await clusterOf(app, node, vscode.l10n.t('On which cluster?'));
  if (cluster === undefined) return [];
  const list = await waitFor(vscode.l10n.t('Reading who has access to {0}…', cluster.name), () =>
    app.tree.lists.whole(cluster),
  );
  const { names } = list;
  const people = everybody(list).filter(({ holder }) => holder.state === 'entra');
  if (people.length === 0) {
    const text = vscode.l10n.t('Nobody in Entra has access to {0} yet. Add somebody first.', cluster.name);
    await app.prompts.tell('information', text, []);
    return [];
  }
  const chosen = await app.prompts.pick(
    people.map((grant) => ({
      label: principalLabel(grant, names),
      description: [roleWords(grant.role), ...(grant.scope === undefined ? [] : [grant.scope])].join(' · '),
      value: grant,
    })),
    question,
  );
  return chosen === undefined ? [] : [{ cluster, grant: chosen, name: principalLabel(chosen, names) }];
}

/** Waits until everything is listed; a person who does not wait goes on with what has come. */
export async function listed(app: App): Promise<void> {
  const { discovery } = app.azure();
  await discovery.load();
  if (!discovery.isListing) return;
  const title = vscode.l10n.t('Listing clusters; cancel to go on with what has come…');
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  await vscode.window.withProgress(options, (_, cancelled) =>
    Promise.race([
      discovery.listed(),
      new Promise<void>((resolve) => cancelled.onCancellationRequested(() => resolve())),
    ]),
  );
}

/** An empty list helps nobody: who is signed out can sign in, the others are led to the view that says why. */
export async function nothingToChoose(app: App, text: string): Promise<void> {
  const signedOut = app.azure().discovery.accounts.length === 0;
  const said = signedOut ? vscode.l10n.t('Nobody is signed in to Cosmos Entra.') : text;
  const button = signedOut ? vscode.l10n.t('Sign In') : vscode.l10n.t('Show Clusters');
  if ((await app.prompts.tell('information', said, [button])) !== button) return;
  await vscode.commands.executeCommand(signedOut ? 'cosmosEntra.signIn' : 'cosmosEntra.clusters.focus');
}

export async function tenantOf(
  app: App,
  node: Node | undefined,
  question: string,
): Promise<TenantListing | undefined> {
  if (node?.kind === 'tenant') return app.tree.tenant(node.caller);
  if (node?.kind === 'failure' && node.retry.what === 'tenant') return app.tree.tenant(node.retry.caller);
  if (node?.kind === 'failure' && node.retry.what === 'branch' && 'key' in node.retry.node) {
    const cluster = app.tree.cluster(node.retry.node.key);
    return cluster === undefined ? undefined : app.tree.tenant(cluster.caller);
  }
  const { discovery } = app.azure();
  await listed(app);
  const choices = discovery.tenants.map((tenant) => ({
    label: tenant.name,
    description: tenant.caller.account.label,
    ...(tenant.failures[0] === undefined ? {} : { detail: messageOf(tenant.failures[0].failure).short }),
    value: tenant,
  }));
  if (choices.length > 0) return app.prompts.pick(choices, question);
  await nothingToChoose(app, vscode.l10n.t('No tenant is listed. The Clusters view says why.'));
  return undefined;
}

export async function accountOf(app: App): Promise<Account | undefined> {
  const { accounts } = app.azure().discovery;
  if (accounts.length <= 1) return accounts[0]?.account;
  return app.prompts.pick(
    accounts.map(({ account }) => ({ label: account.label, value: account })),
    vscode.l10n.t('The subscriptions of which account?'),
  );
}

/** VS Code forgets what it was to select when rows are painted at that moment, so it is told until it has. */
export async function revealRow({ view }: App, row: TreeNode): Promise<void> {
  for (let tries = 0; tries < 8; tries++) {
    await view.reveal(row, { select: true, focus: true, expand: true });
    await new Promise((resolve) => setTimeout(resolve, 150));
    if (view.selection.includes(row)) return;
  }
}

import * as vscode from 'vscode';
import { wantedByRefusal } from '../core/doctor/wantedToken.ts';
import type { Failure } from '../core/failure.ts';
import { messageOf } from './messages.ts';
import type { TreeNode } from './node.ts';
import { item, warning } from './row.ts';
import type { RowSource } from './row.ts';

/** What could not be had, why, and what Enter does about it. */
export function failureRow(node: TreeNode & { kind: 'failure' }, source: RowSource): vscode.TreeItem {
  const message = messageOf(node.failure);
  const { label, id } = failureLabel(node, source);
  // Where nothing else is shown the reason is all there is to say.
  const alone = node.retry.what === 'everything';
  const stopped = node.failure.code === 'cancelled';
  return item({
    id,
    label: alone ? message.short.charAt(0).toUpperCase() + message.short.slice(1) : label,
    icon: stopped ? new vscode.ThemeIcon('debug-stop') : warning,
    tags: [
      'failure',
      ...('node' in node.retry && 'key' in node.retry.node ? ['ofCluster'] : []),
      ...refusedTags(node.failure),
      ...(node.retry.what === 'insiders' ? insiderTags(node.failure) : tagsOf(message.remedy)),
    ],
    ...(alone ? {} : { description: message.short }),
    tooltip: alone ? message.long : `${label}\n\n${message.long}`,
    command: remedyCommand(message.remedy, node),
  });
}

/** A database that does not answer may not let this address in. */
function insiderTags({ data }: Failure): readonly string[] {
  return data.code === 'databaseUnreachable' && data.cause === 'timeout' ? ['retry', 'shutOut'] : ['retry'];
}

function failureLabel(
  node: TreeNode & { kind: 'failure' },
  source: RowSource,
): { label: string; id: string } {
  const { what, subscription, retry } = node;
  const shown = retry.what === 'tenant' && (source.tenant(retry.caller)?.clusters.length ?? 0) > 0;
  const place =
    retry.what === 'tenant'
      ? `${retry.caller.account.id}|${retry.caller.tenant}`
      : 'node' in retry
        ? rowOfNode(retry.node)
        : '';
  const id = `failure:${place}|${what ?? ''}|${subscription?.id ?? ''}`;
  if (what === undefined) {
    return { id, label: unreadWords(retry.what === 'branch' ? retry.node : undefined) };
  }
  switch (what) {
    case 'clusters':
      return {
        id,
        label: shown
          ? vscode.l10n.t('Not refreshed: shown as last listed')
          : vscode.l10n.t('Clusters could not be listed'),
      };
    case 'moreClusters':
      return { id, label: vscode.l10n.t('Some clusters could not be listed') };
    case 'subscriptions':
      return { id, label: vscode.l10n.t('Subscriptions could not be listed') };
    case 'subscription':
      return { id, label: vscode.l10n.t('{0} could not be listed', subscription?.name ?? '') };
    case 'names':
      return { id, label: vscode.l10n.t('Names could not be read') };
    case 'insiders':
      return { id, label: vscode.l10n.t('Users inside the database could not be read') };
  }
}

function rowOfNode(node: TreeNode): string {
  if (node.kind === 'branch') return `${node.branch}|${node.key}`;
  const parts = [
    ...('key' in node ? [node.key] : []),
    ...('database' in node ? [node.database] : []),
    ...('collection' in node ? [node.collection] : []),
  ];
  return [node.kind === 'part' ? node.part : node.kind, ...parts].join('|');
}

function unreadWords(node: TreeNode | undefined): string {
  if (node?.kind === 'databases') return vscode.l10n.t('Databases could not be listed');
  if (node?.kind === 'database') return vscode.l10n.t('Collections could not be listed');
  if (node?.kind === 'part')
    return node.part === 'indexes'
      ? vscode.l10n.t('Indexes could not be read')
      : vscode.l10n.t('No sample could be taken');
  switch (node?.kind === 'branch' ? node.branch : 'details') {
    case 'access':
      return vscode.l10n.t('Access could not be read');
    case 'firewall':
      return vscode.l10n.t('The firewall could not be read');
    case 'details':
      return vscode.l10n.t('Details could not be read');
  }
}

type Remedy = ReturnType<typeof messageOf>['remedy'];

export function tagsOf(remedy: Remedy | undefined): readonly string[] {
  if (remedy === undefined) return [];
  // After a sign-in that was made elsewhere, trying again is enough.
  return remedy === 'signIn' ? ['signIn', 'retry'] : [remedy];
}

/** What Entra refuses an administrator of the tenant can be asked for. */
export function refusedTags(failure: Failure | undefined): readonly string[] {
  return failure !== undefined && wantedByRefusal(failure.data) !== undefined ? ['refused'] : [];
}

/** A press of Enter on a failed row does what helps. */
export function remedyCommand(remedy: Remedy, node: TreeNode): vscode.Command {
  switch (remedy) {
    case 'signIn':
      if (node.kind === 'failure' && node.retry.what === 'insiders')
        return { command: 'cosmosEntra.retry', title: vscode.l10n.t('Sign In'), arguments: [node] };
      return { command: 'cosmosEntra.signInToTenant', title: vscode.l10n.t('Sign In'), arguments: [node] };
    case 'retry':
      return { command: 'cosmosEntra.retry', title: vscode.l10n.t('Retry'), arguments: [node] };
    case 'settings':
      return {
        command: 'cosmosEntra.openSettings',
        title: vscode.l10n.t('Open Settings'),
        arguments: [node],
      };
  }
}

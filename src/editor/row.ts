import * as vscode from 'vscode';
import type { Operation } from '../core/access/changes.ts';
import type { Cluster } from '../core/clusters/cluster.ts';
import type { AccountListing, TenantListing } from '../core/clusters/listing.ts';
import type { Account, Caller } from '../core/identity/tokens.ts';
import type { Place } from '../core/sessions/catalog.ts';
import type { SessionState } from '../core/sessions/mongo.ts';
import type { TreeNode } from './node.ts';

/** What the rows are drawn from: the state of things now. */
export interface RowSource {
  account(account: Account): AccountListing | undefined;
  tenant(caller: Caller): TenantListing | undefined;
  cluster(key: string): Cluster | undefined;
  operations(key: string): readonly Operation[];
  groupName(node: TreeNode & { kind: 'group' }): string;
  matching(tenant: TenantListing): readonly Cluster[];
  /** How many of the clusters that are shown are in a group. */
  countIn(node: TreeNode & { kind: 'group' }): number;
  /** The session that somebody opened with a cluster. */
  session(key: string): SessionState | undefined;
  /** Whether somebody wants to be asked before anything in its databases is changed. */
  isProtected(cluster: Cluster): boolean;
  /** Why nothing can be written with it. */
  readsOnly(key: string): 'role' | 'replica' | undefined;
  /** How many documents are in a collection, once that is known. */
  documentsIn(place: Place & { readonly key: string }): number | undefined;
  /** More than one account is in use, so that rows must say whose they are. */
  readonly severalAccounts: boolean;
}

/** How a row looks, before it is VS Code's. */
export interface Row {
  readonly id: string;
  readonly label: string;
  readonly icon: vscode.ThemeIcon | undefined;
  readonly tags: readonly string[];
  readonly description?: string | undefined;
  readonly tooltip?: string | undefined;
  readonly state?: vscode.TreeItemCollapsibleState;
  readonly command?: vscode.Command | undefined;
  /** In place of what a click does by itself, which it does as well: nothing that needs saying. */
  readonly click?: vscode.Command;
  /** What a screen reader says, where label and description are not enough. */
  readonly spoken?: string;
}

/** The one place where a row becomes VS Code's. */
export function item(row: Row): vscode.TreeItem {
  const result = new vscode.TreeItem(row.label, row.state ?? vscode.TreeItemCollapsibleState.None);
  result.id = row.id;
  if (row.icon !== undefined) result.iconPath = row.icon;
  result.contextValue = row.tags.join(' ');
  if (row.description !== undefined) result.description = row.description;
  result.tooltip =
    row.tooltip ?? [row.label, row.description].filter((part) => part !== undefined).join('\n');
  const command = row.command ?? row.click;
  if (command !== undefined) result.command = command;
  // Without this a screen reader would read the tooltip in place of the row.
  const words = [row.label, row.description].filter((part) => part !== undefined && part !== '');
  const spoken = row.spoken ?? words.join(', ');
  result.accessibilityInformation = {
    label:
      row.command === undefined
        ? spoken
        : vscode.l10n.t('{0}. Enter: {1}', spoken.replace(/\.$/, ''), row.command.title),
  };
  return result;
}

export const working = new vscode.ThemeIcon('loading~spin');
export const warning = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));

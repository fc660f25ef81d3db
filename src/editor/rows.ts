import * as vscode from 'vscode';
import type { Cluster, Fact } from '../core/clusters/cluster.ts';
import type { AccountListing, TenantListing } from '../core/clusters/listing.ts';
import { kinds } from '../core/clusters/kinds.ts';
import type { Account, Caller } from '../core/identity/tokens.ts';
import { messageOf } from './messages.ts';
import type { Branch, Node, Note } from './node.ts';
import { wordsOfNote } from './notes.ts';
import type { Grouping } from './settings.ts';
import {
  daysSince,
  factLabel,
  factValue,
  modesWords,
  principalWords,
  productOf,
  productWords,
  roleWords,
  standingOf,
  stateWords,
} from './words.ts';
import type { Standing } from './words.ts';

/** What the rows are drawn from: the state of things now. */
export interface RowSource {
  account(account: Account): AccountListing | undefined;
  tenant(caller: Caller): TenantListing | undefined;
  cluster(key: string): Cluster | undefined;
  groupName(node: Node & { kind: 'group' }): string;
  matching(tenant: TenantListing): readonly Cluster[];
  /** More than one account is in use, so that rows must say whose they are. */
  readonly severalAccounts: boolean;
}

/** The one place where data becomes a row. */
export function rowOf(node: Node, source: RowSource): vscode.TreeItem {
  switch (node.kind) {
    case 'account':
      return accountRow(node.account, source.account(node.account));
    case 'tenant':
      return tenantRow(node.caller, source);
    case 'group':
      return groupRow(node, source);
    case 'cluster':
      return clusterRow(node.key, source.cluster(node.key));
    case 'branch':
      return branchRow(node.branch, node.key);
    case 'grant':
      return grantRow(node, source.cluster(node.key));
    case 'fact':
      return factRow(node.fact, node.key);
    case 'note':
      return noteRow(node.note, node.parent);
    case 'failure':
      return failureRow(node);
  }
}

const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;

interface Row {
  readonly id: string;
  readonly label: string;
  readonly icon: vscode.ThemeIcon | undefined;
  readonly tags: readonly string[];
  readonly description?: string | undefined;
  readonly tooltip?: string | undefined;
  readonly state?: vscode.TreeItemCollapsibleState;
  readonly command?: vscode.Command | undefined;
  /** What a screen reader says, where label and description are not enough. */
  readonly spoken?: string;
}

function item(row: Row): vscode.TreeItem {
  const result = new vscode.TreeItem(row.label, row.state ?? None);
  result.id = row.id;
  if (row.icon !== undefined) result.iconPath = row.icon;
  result.contextValue = row.tags.join(' ');
  if (row.description !== undefined) result.description = row.description;
  result.tooltip =
    row.tooltip ?? [row.label, row.description].filter((part) => part !== undefined).join('\n');
  if (row.command !== undefined) result.command = row.command;
  // Without this a screen reader would read the tooltip in place of the row.
  const words = [row.label, row.description].filter((part) => part !== undefined && part !== '');
  result.accessibilityInformation = { label: row.spoken ?? words.join(', ') };
  return result;
}

function accountRow(account: Account, listing: AccountListing | undefined): vscode.TreeItem {
  const message = listing?.failure === undefined ? undefined : messageOf(listing.failure);
  return item({
    id: `account:${account.id}`,
    label: account.label,
    icon: message === undefined ? new vscode.ThemeIcon('loading~spin') : warning,
    tags: ['account', ...tagsOf(message?.remedy)],
    description: message?.short ?? vscode.l10n.t('finding its tenants…'),
    tooltip: message?.long,
    command: message === undefined ? undefined : remedyCommand(message.remedy, { kind: 'account', account }),
  });
}

function tenantRow(caller: Caller, source: RowSource): vscode.TreeItem {
  const tenant = source.tenant(caller);
  const failure = tenant?.state === 'failed' ? tenant.failures[0]?.failure : undefined;
  const message = failure === undefined ? undefined : messageOf(failure);
  const node: Node = { kind: 'tenant', caller };
  const name = tenant?.name ?? caller.tenant;
  const id = `tenant:${caller.account.id}|${caller.tenant}`;
  if (message !== undefined) {
    return item({
      id,
      label: name,
      icon: warning,
      tags: ['tenant', ...tagsOf(message.remedy)],
      description: source.severalAccounts ? `${message.short} · ${caller.account.label}` : message.short,
      tooltip: `${name}\n${caller.account.label}\n\n${message.long}`,
      command: remedyCommand(message.remedy, node),
    });
  }
  const listing = tenant?.state === 'listing';
  return item({
    id,
    label: name,
    icon: listing ? new vscode.ThemeIcon('loading~spin') : new vscode.ThemeIcon('globe'),
    tags: ['tenant'],
    description: caller.account.label,
    tooltip: `${name}\n${caller.account.label}\n${caller.tenant}`,
    state: Expanded,
    ...(listing ? { spoken: vscode.l10n.t('{0}, {1}, listing', name, caller.account.label) } : {}),
  });
}

const groupIcons: Readonly<Record<Grouping, vscode.ThemeIcon>> = {
  subscription: new vscode.ThemeIcon('layers'),
  resourceGroup: new vscode.ThemeIcon('folder'),
  kind: new vscode.ThemeIcon('database'),
  nothing: new vscode.ThemeIcon('database'),
};

/** In a larger tenant groups begin closed: a person opens what they look for. */
const manyClusters = 200;

function groupRow(node: Node & { kind: 'group' }, source: RowSource): vscode.TreeItem {
  const tenant = source.tenant(node.caller);
  // A resource group's value begins with its subscription.
  const inSubscription = node.value.split('/')[0];
  const subscription = tenant?.subscriptions.find(({ id }) => id.toLowerCase() === inSubscription);
  const disabled =
    node.by === 'subscription' && subscription !== undefined && !/^enabled$/i.test(subscription.state);
  const label = source.groupName(node);
  const many = tenant !== undefined && source.matching(tenant).length > manyClusters;
  return item({
    id: `group:${node.caller.account.id}|${node.caller.tenant}|${node.by}|${node.value}`,
    label,
    icon: disabled ? warning : groupIcons[node.by],
    tags: ['group', node.by],
    description: disabled ? subscription.state : node.by === 'resourceGroup' ? subscription?.name : undefined,
    tooltip: disabled
      ? vscode.l10n.t(
          '{0}\nAzure says this subscription is {1}: its clusters can be read, not changed.',
          label,
          subscription.state,
        )
      : label,
    state: many ? Collapsed : Expanded,
  });
}

/** Shape and colour by standing; the words beside it say the same. */
const standingIcons: Readonly<Record<Standing, vscode.ThemeIcon>> = {
  entraOnly: new vscode.ThemeIcon('shield', new vscode.ThemeColor('testing.iconPassed')),
  both: new vscode.ThemeIcon('unlock', new vscode.ThemeColor('list.warningForeground')),
  nativeOnly: new vscode.ThemeIcon('key', new vscode.ThemeColor('list.warningForeground')),
  nobody: new vscode.ThemeIcon('circle-slash'),
  unknown: new vscode.ThemeIcon('question'),
};

/** Keys younger than this are nobody's worry. */
const oldKeyDays = 90;

function clusterRow(key: string, cluster: Cluster | undefined): vscode.TreeItem {
  if (cluster === undefined) return item({ id: key, label: '', icon: undefined, tags: [] });
  const { kind, name, modes, read } = cluster;
  const facts = kinds[kind].facts(cluster.resource);
  if (read === 'gone') {
    return item({
      id: `cluster:${key}`,
      label: name,
      icon: warning,
      tags: ['gone'],
      description: vscode.l10n.t('no longer exists'),
      tooltip: vscode.l10n.t('Azure has no cluster by this name any more. Refresh to see what there is.'),
      state: Collapsed,
    });
  }
  const modesText = modesWords(cluster);
  const region = facts.flatMap((fact) => (fact.name === 'region' ? [fact.value] : []))[0];
  const replication = facts.flatMap((fact) =>
    fact.name === 'replication' && !/^primary$/i.test(fact.role) ? [fact.role] : [],
  )[0];
  const description = [
    modesText,
    productOf(cluster),
    stateWords(cluster.state),
    replication,
    keyAge(facts, cluster),
    region,
  ].filter((part) => part !== undefined && part !== '');
  return item({
    id: `cluster:${key}`,
    label: name,
    icon: standingIcons[standingOf(modes)],
    tags: ['cluster', kind],
    description: description.join(' · '),
    tooltip: [
      name,
      productWords(kind).long,
      vscode.l10n.t('Ways in: {0}', modesText),
      ...(cluster.state === undefined ? [] : [vscode.l10n.t('State: {0}', cluster.state)]),
      cluster.resourceGroup,
      cluster.id,
    ].join('\n'),
    state: Collapsed,
  });
}

function keyAge(facts: readonly Fact[], { modes }: Cluster): string | undefined {
  if (modes.native !== 'on') return undefined;
  const ages = facts.flatMap((fact) =>
    fact.name === 'keyAge' && fact.generated !== undefined ? [daysSince(fact.generated)] : [],
  );
  const oldest = Math.max(...ages);
  return oldest >= oldKeyDays ? vscode.l10n.t('key {0} days old', oldest) : undefined;
}

function branchRow(branch: Branch, key: string): vscode.TreeItem {
  return item({
    id: `${branch}:${key}`,
    label: branch === 'access' ? vscode.l10n.t('Access') : vscode.l10n.t('Details'),
    icon: new vscode.ThemeIcon(branch === 'access' ? 'organization' : 'info'),
    tags: ['branch', branch],
    state: Collapsed,
    tooltip:
      branch === 'access'
        ? vscode.l10n.t('Who has access to this cluster, as far as Azure lists them')
        : vscode.l10n.t('What Azure says about this cluster'),
  });
}

function grantRow(
  { grant, names, you, key }: Node & { kind: 'grant' },
  cluster: Cluster | undefined,
): vscode.TreeItem {
  const role = roleWords(grant.role);
  const tail = grant.scope === undefined ? [] : [vscode.l10n.t('on {0}', grant.scope)];
  const id = `grant:${key}|${grant.id}`;
  if (grant.holder.state === 'native') {
    const password =
      cluster?.modes.native === 'off'
        ? vscode.l10n.t('password sign-in is off')
        : vscode.l10n.t('signs in with a password');
    return item({
      id,
      label: grant.holder.name,
      icon: new vscode.ThemeIcon('key'),
      tags: ['grant', 'native'],
      description: [role, password, ...tail].join(' · '),
    });
  }
  const { principal, alias } = grant.holder;
  const named = names?.of(principal) ?? { state: 'unnamed' as const };
  const isYou = you?.toLowerCase() === principal.objectId.toLowerCase();
  const type = named.state === 'named' ? named.object.type : principal.type;
  const short = shortId(principal.objectId);
  const who =
    named.state === 'named'
      ? named.object.name
      : named.state === 'gone'
        ? vscode.l10n.t('{0} (gone)', alias ?? short)
        : (alias ?? short);
  const label = isYou ? vscode.l10n.t('{0} (you)', who) : who;
  const description = [
    role,
    ...[principalWords(type)].filter((word) => word !== undefined),
    ...(named.state === 'gone' ? [vscode.l10n.t('no longer in the directory')] : []),
    ...(named.state === 'foreign' ? [vscode.l10n.t('of another tenant')] : []),
    ...tail,
  ].join(' · ');
  return item({
    id,
    label,
    icon: named.state === 'gone' ? warning : new vscode.ThemeIcon(typeIcons[type]),
    tags: ['grant', 'entra', named.state],
    description,
    tooltip: [
      label,
      ...(named.state === 'named' && named.object.userName !== undefined ? [named.object.userName] : []),
      vscode.l10n.t('Object id: {0}', principal.objectId),
      ...(principal.tenant === undefined ? [] : [vscode.l10n.t('Tenant: {0}', principal.tenant)]),
      description,
    ].join('\n'),
  });
}

/** Enough of an id to tell rows apart and still read their roles; the tooltip has all of it. */
function shortId(id: string): string {
  return id.length > 16 ? `${id.slice(0, 8)}…${id.slice(-4)}` : id || vscode.l10n.t('no id');
}

const typeIcons = {
  user: 'person',
  servicePrincipal: 'robot',
  group: 'organization',
  unknown: 'account',
} as const;

function factRow(fact: Fact, key: string): vscode.TreeItem {
  const label = factLabel(fact);
  const value = factValue(fact);
  return item({
    id: `fact:${key}|${fact.name}|${fact.name === 'keyAge' ? fact.key : ''}`,
    label,
    icon: undefined,
    tags: ['fact'],
    description: value,
    tooltip: `${label}: ${value}`,
  });
}

function noteRow(note: Note, parent: string): vscode.TreeItem {
  const { label, description, command } = wordsOfNote(note);
  return item({
    id: `note:${note}|${parent}`,
    label,
    icon: new vscode.ThemeIcon(note === 'listing' ? 'loading~spin' : 'info'),
    tags: ['note'],
    description,
    command: command === undefined ? undefined : { ...command, title: description ?? label },
  });
}

function failureRow(node: Node & { kind: 'failure' }): vscode.TreeItem {
  const message = messageOf(node.failure);
  const { label, id } = failureLabel(node);
  // Where nothing else is shown the reason is all there is to say.
  const alone = node.retry.what === 'everything';
  return item({
    id,
    label: alone ? message.short.charAt(0).toUpperCase() + message.short.slice(1) : label,
    icon: warning,
    tags: ['failure', ...tagsOf(message.remedy), 'retry'],
    ...(alone ? {} : { description: message.short }),
    tooltip: alone ? message.long : `${label}\n\n${message.long}`,
    command: remedyCommand(message.remedy, node),
  });
}

function failureLabel(node: Node & { kind: 'failure' }): { label: string; id: string } {
  const { what, subscription, retry } = node;
  const place =
    retry.what === 'tenant'
      ? `${retry.caller.account.id}|${retry.caller.tenant}`
      : retry.what === 'branch' && retry.node.kind === 'branch'
        ? `${retry.node.branch}|${retry.node.key}`
        : '';
  const id = `failure:${place}|${what ?? ''}|${subscription?.id ?? ''}`;
  if (what === undefined) return { id, label: vscode.l10n.t('This could not be read') };
  switch (what) {
    case 'clusters':
      return { id, label: vscode.l10n.t('Clusters could not be listed') };
    case 'moreClusters':
      return { id, label: vscode.l10n.t('Some clusters could not be listed') };
    case 'subscriptions':
      return { id, label: vscode.l10n.t('Subscriptions could not be listed') };
    case 'subscription':
      return { id, label: vscode.l10n.t('{0} could not be listed', subscription?.name ?? '') };
    case 'names':
      return { id, label: vscode.l10n.t('Names could not be read') };
  }
}

const warning = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));

type Remedy = ReturnType<typeof messageOf>['remedy'];

function tagsOf(remedy: Remedy | undefined): readonly string[] {
  return remedy === 'signIn' || remedy === 'retry' ? [remedy] : [];
}

/** A press of Enter on a failed row does what helps. */
function remedyCommand(remedy: Remedy, node: Node): vscode.Command {
  switch (remedy) {
    case 'signIn':
      return { command: 'cosmosEntra.signInToTenant', title: vscode.l10n.t('Sign In'), arguments: [node] };
    case 'retry':
      return { command: 'cosmosEntra.retry', title: vscode.l10n.t('Retry'), arguments: [node] };
    case 'settings':
      return {
        command: 'workbench.action.openSettings',
        title: vscode.l10n.t('Open Settings'),
        arguments: ['cosmosEntra'],
      };
  }
}

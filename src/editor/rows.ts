import * as vscode from 'vscode';
import type { FirewallRule } from '../core/clusters/change.ts';
import type { Cluster, Fact } from '../core/clusters/cluster.ts';
import type { AccountListing } from '../core/clusters/listing.ts';
import { kinds, speaksMongo } from '../core/clusters/kinds.ts';
import { standingOf } from '../core/clusters/standing.ts';
import type { Standing } from '../core/clusters/standing.ts';
import type { Account, Caller } from '../core/identity/tokens.ts';
import { changeWords, rangeWords, stageWords } from './access/changeWords.ts';
import { databaseRow } from './sessions/databaseRows.ts';
import { failureRow, refusedTags, remedyCommand, tagsOf } from './failureRows.ts';
import { messageOf } from './messages.ts';
import type { Branch, TreeNode, Note } from './node.ts';
import { wordsOfNote } from './notes.ts';
import { item, warning, working } from './row.ts';
import type { Row, RowSource } from './row.ts';
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
  stateWords,
} from './words.ts';

/** The one place where data becomes a row. */
export function rowOf(node: TreeNode, source: RowSource): vscode.TreeItem {
  switch (node.kind) {
    case 'account':
      return accountRow(node.account, source.account(node.account));
    case 'tenant':
      return tenantRow(node.caller, source);
    case 'group':
      return groupRow(node, source);
    case 'cluster':
      return clusterRow(node.key, source);
    case 'branch':
      return branchRow(node.branch, node.key, source.cluster(node.key));
    case 'grant':
      return grantRow(node, source.cluster(node.key));
    case 'operation':
      return operationRow(node, source);
    case 'rule':
      return ruleRow(node.rule, node.key);
    case 'fact':
      return factRow(node.fact, node.key);
    case 'databases':
    case 'database':
    case 'collection':
    case 'part':
    case 'index':
    case 'field':
    case 'more':
      return databaseRow(node, source);
    case 'note':
      return noteRow(node.note, node.parent);
    case 'failure':
      return failureRow(node, source);
  }
}

const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;

function accountRow(account: Account, listing: AccountListing | undefined): vscode.TreeItem {
  const message = listing?.failure === undefined ? undefined : messageOf(listing.failure);
  return item({
    id: `account:${account.id}`,
    label: account.label,
    icon:
      message === undefined
        ? new vscode.ThemeIcon('loading~spin')
        : listing?.failure?.code === 'cancelled'
          ? new vscode.ThemeIcon('debug-stop')
          : warning,
    tags: ['account', ...refusedTags(listing?.failure), ...tagsOf(message?.remedy)],
    description: message?.short ?? vscode.l10n.t('finding its tenants…'),
    tooltip: message?.long,
    command: message === undefined ? undefined : remedyCommand(message.remedy, { kind: 'account', account }),
  });
}

function tenantRow(caller: Caller, source: RowSource): vscode.TreeItem {
  const tenant = source.tenant(caller);
  const failure = tenant?.state === 'failed' ? tenant.failures[0]?.failure : undefined;
  const message = failure === undefined ? undefined : messageOf(failure);
  const node: TreeNode = { kind: 'tenant', caller };
  const name = tenant?.name ?? caller.tenant;
  const id = `tenant:${caller.account.id}|${caller.tenant}`;
  if (message !== undefined) {
    return item({
      // Another row than the one that opens: VS Code would keep that one closed.
      id: `failed-${id}`,
      label: name,
      icon: warning,
      tags: ['tenant', ...refusedTags(failure), ...tagsOf(message.remedy)],
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

function groupRow(node: TreeNode & { kind: 'group' }, source: RowSource): vscode.TreeItem {
  const tenant = source.tenant(node.caller);
  // A resource group's value begins with its subscription.
  const inSubscription = node.value.split('/')[0];
  const subscription = tenant?.subscriptions.find(({ id }) => id.toLowerCase() === inSubscription);
  const state =
    subscription === undefined || /^enabled$/i.test(subscription.state) ? undefined : subscription.state;
  const label = source.groupName(node);
  const many = tenant !== undefined && source.matching(tenant).length > manyClusters;
  return item({
    id: `group:${node.caller.account.id}|${node.caller.tenant}|${node.by}|${node.value}`,
    label,
    icon: state === undefined ? groupIcons[node.by] : warning,
    tags: ['group', node.by],
    description: [
      ...(state === undefined ? [] : [state]),
      String(source.countIn(node)),
      ...(node.by === 'resourceGroup' && subscription !== undefined ? [subscription.name] : []),
    ].join(' · '),
    tooltip:
      state === undefined
        ? vscode.l10n.t('{0}\n{1} clusters', label, source.countIn(node))
        : vscode.l10n.t(
            '{0}\nAzure says its subscription is {1}: the clusters can be read, not changed.',
            label,
            state,
          ),
    state: many ? Collapsed : Expanded,
  });
}

/** Shape and colour by standing; the words beside it say the same. */
const standingIcons: Readonly<Record<Standing, vscode.ThemeIcon>> = {
  entraOnly: new vscode.ThemeIcon('shield', new vscode.ThemeColor('testing.iconPassed')),
  both: new vscode.ThemeIcon('unlock', new vscode.ThemeColor('list.warningForeground')),
  nativeOnly: new vscode.ThemeIcon('key', new vscode.ThemeColor('list.warningForeground')),
  nativeAtLeast: new vscode.ThemeIcon('key', new vscode.ThemeColor('list.warningForeground')),
  nobody: new vscode.ThemeIcon('circle-slash'),
  unknown: new vscode.ThemeIcon('question'),
};

/** Keys younger than this are nobody's worry. */
const oldKeyDays = 90;

function clusterRow(key: string, source: RowSource): vscode.TreeItem {
  const cluster = source.cluster(key);
  const operations = source.operations(key);
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
    ...(operations.length === 0 ? [] : [vscode.l10n.t('being changed')]),
    modesText,
    stateWords(cluster.state),
    keyAge(facts, cluster),
    replication,
    ...(source.isProtected(cluster) ? [vscode.l10n.t('protected')] : []),
    productOf(cluster),
    region,
  ].filter((part) => part !== undefined && part !== '');
  return item({
    id: `cluster:${key}`,
    label: name,
    icon: operations.length === 0 ? standingIcons[standingOf(modes)] : working,
    tags: [
      'cluster',
      kind,
      ...(speaksMongo(kind) ? ['mongo'] : []),
      ...(source.session(key) === undefined ? [] : ['inSession']),
      ...(source.isProtected(cluster) ? ['protected'] : []),
    ],
    description: description.join(' · '),
    tooltip: [
      name,
      productWords(kind).long,
      vscode.l10n.t('Ways in: {0}', modesText),
      ...(cluster.state === undefined ? [] : [vscode.l10n.t('State: {0}', cluster.state)]),
      vscode.l10n.t('Resource group: {0}', cluster.resourceGroup),
      cluster.id,
    ].join('\n'),
    state: Collapsed,
    ...(!speaksMongo(kind)
      ? {}
      : {
          click: { command: 'cosmosEntra.clickCluster', title: name, arguments: [{ kind: 'cluster', key }] },
        }),
  });
}

function operationRow({ id, key }: TreeNode & { kind: 'operation' }, source: RowSource): vscode.TreeItem {
  const operation = source.operations(key).find((known) => known.id === id);
  const rowId = `operation:${id}`;
  if (operation === undefined) return item({ id: rowId, label: '', icon: undefined, tags: [] });
  const { cluster, change, who, cancellable } = operation;
  return item({
    id: rowId,
    label: changeWords(cluster, change, who),
    icon: working,
    tags: ['operation', ...(cancellable ? ['cancellable'] : [])],
    description: stageWords(operation),
  });
}

function ruleRow(rule: FirewallRule, key: string): vscode.TreeItem {
  const { id, name } = rule;
  const wide = rule.start === '0.0.0.0';
  return item({
    id: `rule:${key}|${id ?? name}`,
    label: name,
    icon: wide ? warning : new vscode.ThemeIcon('shield'),
    tags: ['rule'],
    ...(name === rangeWords(rule) ? {} : { description: rangeWords(rule) }),
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

function branchRow(branch: Branch, key: string, cluster: Cluster | undefined): vscode.TreeItem {
  return item({
    id: `${branch}:${key}`,
    icon: new vscode.ThemeIcon(branchIcons[branch]),
    tags: ['branch', branch],
    state: Collapsed,
    ...branchWords(branch, cluster?.name ?? ''),
  });
}

const branchIcons = { access: 'organization', firewall: 'flame', details: 'info' } as const;

function branchWords(branch: Branch, name: string): Pick<Row, 'label' | 'spoken' | 'tooltip'> {
  switch (branch) {
    case 'access':
      return {
        label: vscode.l10n.t('Access'),
        spoken: vscode.l10n.t('Access to {0}', name),
        tooltip: vscode.l10n.t('Who has access to this cluster'),
      };
    case 'firewall':
      return {
        label: vscode.l10n.t('Firewall'),
        spoken: vscode.l10n.t('Firewall of {0}', name),
        tooltip: vscode.l10n.t('The addresses from which one may connect to this cluster'),
      };
    case 'details':
      return {
        label: vscode.l10n.t('Details'),
        spoken: vscode.l10n.t('Details of {0}', name),
        tooltip: vscode.l10n.t('What Azure says about this cluster'),
      };
  }
}

function grantRow(
  { grant, names, you, key }: TreeNode & { kind: 'grant' },
  cluster: Cluster | undefined,
): vscode.TreeItem {
  const role = roleWords(grant.role);
  const tail = grant.scope === undefined ? [] : [vscode.l10n.t('on {0}', grant.scope)];
  const id = `grant:${key}|${grant.id}`;
  if (grant.holder.state === 'keys') {
    return item({
      id,
      label: vscode.l10n.t('Whoever has a key'),
      icon: new vscode.ThemeIcon('key'),
      tags: ['grant', 'keys'],
      description: vscode.l10n.t('may do everything, under no name'),
      tooltip: vscode.l10n.t(
        'Keys are on: whoever has one may do everything, and nothing says who that is. The age of the keys is under Details.',
      ),
    });
  }
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
    // What they must type to connect.
    ...(alias === undefined || named.state !== 'named' ? [] : [vscode.l10n.t('as {0}', alias)]),
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
  const { label, description, tooltip, command } = wordsOfNote(note, parent);
  // What Enter does is spoken by its title, which is the description.
  const words = command === undefined && description !== undefined ? `${label}, ${description}` : label;
  return item({
    id: `note:${note}|${parent}`,
    label,
    icon: new vscode.ThemeIcon(note === 'listing' ? 'loading~spin' : 'info'),
    tags: ['note'],
    description,
    tooltip,
    ...(tooltip === undefined ? {} : { spoken: `${words}. ${tooltip}` }),
    command: command === undefined ? undefined : { ...command, title: description ?? label },
  });
}

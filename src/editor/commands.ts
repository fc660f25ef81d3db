import * as vscode from 'vscode';
import type { Wanted } from '../core/access/asking.ts';
import type { Cluster } from '../core/clusters/cluster.ts';
import { kinds } from '../core/clusters/kinds.ts';
import { readResource } from '../core/azure/resourceManager.ts';
import { wantedToRead } from '../core/doctor/wanted.ts';
import { Failure } from '../core/failure.ts';
import {
  addApplication,
  addGroup,
  addMe,
  addUser,
  changeRole,
  removeAccess,
  resolvePrincipals,
} from './access/people.ts';
import { inItsCloud } from './app.ts';
import type { App } from './app.ts';
import { copyAccessRequest } from './asking/accessRequest.ts';
import { askForAccess } from './asking/askForAccess.ts';
import { exportAuditLog } from './audit/auditLog.ts';
import { changeWords, stageWords } from './access/changeWords.ts';
import { copyRowAs } from './access/copyAs.ts';
import {
  collectionOf,
  createCollection,
  createIndex,
  dropCollection,
  dropDatabase,
  dropIndex,
  namesOf,
  openDocuments,
  playgroundOf,
} from './sessions/databases.ts';
import { copyCode } from './sessions/copyCode.ts';
import { copyConnectionString } from './sessions/copyConnectionString.ts';
import { examineMe, whyCantIConnect, whyCantTheyConnect } from './doctor/whyCantIConnect.ts';
import { explainError } from './explainError.ts';
import {
  copyFindings,
  exportFindings,
  fixFinding,
  ignoreFinding,
  lookAgain,
  stopIgnoringFinding,
} from './findings/findingCommands.ts';
import { certificateAddress } from './findings/findingFixes.ts';
import { addMyIp, removeFirewallRule } from './access/firewall.ts';
import { messageOf } from './messages.ts';
import { changeAuthModes } from './access/modes.ts';
import { openMongosh } from './sessions/mongosh.ts';
import {
  choosePlaygroundTarget,
  exportPlaygroundResult,
  newPlayground,
  resetPlayground,
  runPlayground,
  runStatement,
  showPlaygroundResults,
  stopPlayground,
} from './playground/runs.ts';
import { showHistory } from './playground/history.ts';
import type { Choice } from './prompts.ts';
import { recentAccessChanges } from './audit/recentChanges.ts';
import { protectCluster, unprotectCluster } from './playground/protection.ts';
import { isFindingNode } from './node.ts';
import type { Node } from './node.ts';
import { openGlobalSession, openSession } from './sessions/openSession.ts';
import { clicks, closeAllSessions, closeSession, removeSession } from './sessions/sessions.ts';
import { setGrouping } from './settings.ts';
import { isSignedIn, leaveAccount, signIn, signInToTenant } from './signIn.ts';
import type { Grouping } from './settings.ts';
import { filters } from './filter.ts';
import type { Filter } from './filter.ts';
import { accountOf, clusterOf, listed, nothingToChoose, revealRow, tenantOf } from './targets.ts';
import { factValue, filterWords } from './words.ts';

type Handler = (app: App, node?: Node, selected?: readonly Node[]) => unknown;

/** Every command there is, by its id without the prefix. Each works from the palette too: without a row it asks. */
const commands: Readonly<Record<string, Handler>> = {
  signIn,
  signInToTenant,
  leaveAccount,
  refresh: refreshAll,
  stopLoading,
  refreshTenant,
  refreshCluster,
  refreshBranch,
  retry,
  goToCluster,
  chooseSubscriptions,
  filterByAuthMode,
  clearFilter: (app) => setFilter(app, 'all'),
  groupBySubscription: groupBy('subscription'),
  groupByResourceGroup: groupBy('resourceGroup'),
  groupByKind: groupBy('kind'),
  groupByNothing: groupBy('nothing'),
  copyResourceId,
  copyPrincipalId,
  openInPortal,
  viewJson,
  openMongosh,
  copyValue,
  openSettings: (_, node) => openSettings(node),
  showLog: ({ log }) => log.show(),
  explainError,
  whyCantIConnect,
  whyCantTheyConnect,
  askForAccess: (app, node) => askForAccess(app, node),
  addMe: (app, node) => addMe(app, node),
  addUser,
  addApplication,
  addGroup,
  changeAuthModes: (app, node) => changeAuthModes(app, node),
  changeRole,
  removeAccess: (app, node, selected) => removeAccess(app, ...app.findings.rowsOf(node, selected)),
  resolvePrincipals,
  addMyIp: (app, node) => addMyIp(app, node),
  removeFirewallRule: (app, node, selected) =>
    removeFirewallRule(app, ...app.findings.rowsOf(node, selected)),
  copyAs: copyRowAs,
  copyConnectionString,
  copyCode,
  cancelChange,
  fixFinding,
  ignoreFinding,
  stopIgnoringFinding,
  lookAgain,
  copyFindings,
  exportFindings,
  openAuditLog: ({ audit }) => audit.show(),
  recentAccessChanges: (app, node) => recentAccessChanges(app, node),
  exportAuditLog: ({ audit, prompts }) => exportAuditLog(audit, prompts),
  clickCluster: clicks(),
  openSession,
  openGlobalSession,
  closeSession,
  closeAllSessions,
  removeSession,
  createCollection,
  dropDatabase,
  dropCollection,
  createIndex,
  dropIndex,
  showMore,
  copyName: (_, node, selected) => copy(namesOf(selected ?? (node === undefined ? [] : [node]))),
  copyAsPlayground,
  openDocuments,
  newPlayground,
  runPlayground,
  runStatement: (app, given, at) => runStatement(app, given, at),
  stopPlayground,
  resetPlayground,
  choosePlaygroundTarget,
  showPlaygroundResults,
  exportResult: (app, given, id) => exportPlaygroundResult(app, given, id),
  showPlaygroundHistory: (app) => showHistory(app, app.history),
  protectCluster,
  unprotectCluster,
  copyAccessRequest,
  saveDocument: ({ collections }, uri) => collections.save(uri instanceof vscode.Uri ? uri : undefined),
};

/** Runs a command by its whole id, as a menu or the palette calls it: with a row and what is selected, or nothing. */
export function runCommand(app: App, id: string, [node, selected]: readonly unknown[]): Promise<void> {
  const name = id.replace('cosmosEntra.', '');
  const handler = commands[name];
  const signsIn = handler === signIn || handler === signInToTenant;
  const row = node as Node | undefined;
  const about = { signsIn, opens: opening.includes(name), row };
  return run(app, () => handler?.(inItsCloud(app), row, selected as readonly Node[]), about);
}

/** Whatever keeps these from a cluster, it is worth looking into. */
const opening = ['openSession', 'openGlobalSession', 'openMongosh', 'openDocuments'];

interface About {
  readonly signsIn?: boolean;
  readonly opens?: boolean;
  readonly row?: Node | undefined;
}

/** The boundary of every command: what fails becomes words and a button, once. */
async function run(app: App, action: () => unknown, about: About = {}): Promise<void> {
  try {
    await action();
  } catch (error) {
    const failure = Failure.from(error);
    if (failure.code === 'cancelled') return;
    app.log.error(error);
    const { long, remedy } = messageOf(failure);
    const buttons = {
      signIn: vscode.l10n.t('Sign In'),
      retry: vscode.l10n.t('Retry'),
      settings: vscode.l10n.t('Open Settings'),
    };
    const showLog = vscode.l10n.t('Show Log');
    // A failure of one tenant says of which.
    const place = 'tenant' in failure.data ? tenantName(app, failure.data.tenant) : undefined;
    const text = place === undefined ? long : `${place}: ${long}`;
    if (remedy === 'signIn' && about.signsIn !== true) {
      await run(app, async () => {
        if (await isSignedIn(app, failure, text)) await action();
      });
      return;
    }
    const why = vscode.l10n.t('Why Can’t I Connect?');
    const cluster = shutOutOf(app, failure, about);
    const ask = vscode.l10n.t('Ask for Access…');
    const wanted = wantedBy(app, failure, about.row);
    const pressed = await app.prompts.tell('error', text, [
      buttons[remedy],
      ...(wanted === undefined ? [] : [ask]),
      ...(cluster === undefined ? [] : [why]),
      showLog,
    ]);
    if (pressed === showLog) app.log.show();
    else if (pressed === ask) await run(app, () => askForAccess(app, about.row, wanted));
    else if (pressed === why && cluster !== undefined) await examineMe(app, cluster, about.row);
    else if (pressed === buttons.settings) await openSettings(failure);
    else if (pressed !== undefined) await run(app, action, about);
  }
}

/** The cluster of a row that did not let somebody in. */
function shutOutOf({ tree }: App, { code }: Failure, { opens, row }: About): Cluster | undefined {
  if (opens !== true && code !== 'databaseUnreachable' && code !== 'databaseSignInRefused') return undefined;
  return row !== undefined && 'key' in row ? tree.cluster(row.key) : undefined;
}

/** What somebody else can give who was refused something at the cluster of a row. */
function wantedBy({ tree }: App, { data }: Failure, row: Node | undefined): Wanted | undefined {
  const cluster = row !== undefined && 'key' in row ? tree.cluster(row.key) : undefined;
  return cluster === undefined ? undefined : wantedToRead(data, cluster);
}

function tenantName(app: App, id: string): string | undefined {
  return app.azure().discovery.tenants.find(({ caller }) => caller.tenant === id)?.name;
}

/** The setting that a failure names, or all of ours. */
async function openSettings(node?: Node | Failure): Promise<void> {
  const failure = node instanceof Failure ? node : node?.kind === 'failure' ? node.failure : undefined;
  const setting = failure?.data.code === 'badSetting' ? failure.data.setting.split('.')[0] : undefined;
  const query = setting === undefined ? '@ext:cosmos-entra.cosmos-entra' : `@id:cosmosEntra.${setting}`;
  await vscode.commands.executeCommand('workbench.action.openSettings', query);
}

async function refreshAll(app: App): Promise<void> {
  const { discovery, directory, permissions } = app.azure();
  directory.forget();
  permissions.forget();
  app.tree.forgetAccess();
  app.azure().lookout.expire();
  await discovery.refresh();
}

function stopLoading({ azure, tree }: App): void {
  azure().discovery.cancel();
  tree.databases.stop();
}

async function refreshTenant(app: App, node?: Node): Promise<void> {
  const tenant = await tenantOf(app, node, vscode.l10n.t('Refresh which tenant?'));
  if (tenant !== undefined) await app.azure().discovery.refreshTenant(tenant.caller);
}

async function refreshCluster(app: App, node?: Node): Promise<void> {
  const cluster = await clusterOf(app, node, vscode.l10n.t('Refresh which cluster?'));
  if (cluster === undefined) return;
  app.tree.forgetAccess(cluster.key);
  app.azure().permissions.forget(cluster.key);
  app.azure().lookout.expire(cluster.key);
  await app.azure().discovery.refreshCluster(cluster.key);
  app.tree.refresh(app.tree.clusterNode(cluster.key));
}

async function refreshBranch(app: App, node?: Node): Promise<void> {
  if (node === undefined || node.kind === 'session' || isFindingNode(node)) return;
  if (node.kind !== 'branch') {
    if ('key' in node) app.tree.databases.forget(node.key);
    app.tree.refresh(node);
    return;
  }
  if (node.branch === 'access') app.tree.forgetAccess(node.key);
  else await app.azure().discovery.refreshCluster(node.key);
  app.tree.refresh(node);
}

async function retry(app: App, node?: Node): Promise<void> {
  if (node?.kind === 'tenant') return refreshTenant(app, node);
  if (node?.kind !== 'failure' || node.retry.what === 'everything') {
    const { discovery } = app.azure();
    await discovery.refresh();
    app.tree.refresh();
    return;
  }
  if (node.retry.what === 'tenant') await app.azure().discovery.refreshTenant(node.retry.caller);
  else {
    const cluster = 'key' in node.retry.node ? app.tree.cluster(node.retry.node.key) : undefined;
    if (cluster !== undefined) app.tree.forgetAccess(cluster.key);
    if (cluster !== undefined && node.retry.what === 'insiders') await app.azure().database.signIn(cluster);
    app.tree.refresh(node.retry.node);
  }
}

async function cancelChange(app: App, node?: Node): Promise<void> {
  const { changes } = app.azure();
  if (node?.kind === 'operation') return changes.cancel(node.id);
  const waiting = changes.all.filter(({ cancellable }) => cancellable);
  if (waiting.length === 0) {
    await app.prompts.tell(
      'information',
      vscode.l10n.t('No change waits that could still be called back.'),
      [],
    );
    return;
  }
  const id = await app.prompts.pick(
    waiting.map((operation) => ({
      label: changeWords(operation.cluster, operation.change, operation.who),
      description: operation.cluster.name,
      detail: stageWords(operation),
      value: operation.id,
    })),
    vscode.l10n.t('Cancel which change?'),
  );
  if (id !== undefined) changes.cancel(id);
}

async function goToCluster(app: App, node?: Node): Promise<void> {
  const cluster = await clusterOf(app, node, vscode.l10n.t('Go to which cluster?'));
  if (cluster === undefined) return;
  const tenant = app.tree.tenant(cluster.caller);
  if (tenant !== undefined && !app.tree.matching(tenant).includes(cluster)) setFilter(app, 'all');
  await revealRow(app, app.tree.clusterNode(cluster.key));
}

async function chooseSubscriptions(app: App, node?: Node): Promise<void> {
  const { discovery } = app.azure();
  await listed(app);
  const account = node?.kind === 'tenant' ? node.caller.account : await accountOf(app);
  if (account === undefined) return;
  const chosen = discovery.chosenSubscriptions(account);
  const offered = discovery.tenants
    .filter(({ caller }) => caller.account.id === account.id)
    .flatMap((tenant) => tenant.subscriptions.map((subscription) => ({ subscription, tenant })))
    .map(({ subscription, tenant }) => ({
      label: subscription.name,
      description: tenant.name,
      detail: /^enabled$/i.test(subscription.state)
        ? subscription.id
        : `${subscription.id} · ${subscription.state}`,
      picked: chosen === undefined || chosen.includes(subscription.id),
      value: subscription.id,
      // From a tenant's own menu the choice is among its own.
      here: node?.kind !== 'tenant' || tenant.caller.tenant === node.caller.tenant,
    }))
    .sort((a, b) => a.label.localeCompare(b.label));
  const choices = offered.filter(({ here }) => here);
  if (choices.length === 0) {
    await nothingToChoose(app, vscode.l10n.t('{0} reaches no subscription that it may read.', account.label));
    return;
  }
  const question = vscode.l10n.t('Which subscriptions shall be shown? None means all.');
  const picked = await app.prompts.pickMany(choices, question);
  if (picked === undefined) return;
  const here = picked.length === 0 ? choices.map(({ value }) => value) : picked;
  const elsewhere = offered.flatMap((one) => (one.here || !one.picked ? [] : [one.value]));
  const all = here.length + elsewhere.length === offered.length;
  // All of them means those to come as well.
  discovery.chooseSubscriptions(account, all ? undefined : [...here, ...elsewhere]);
}

async function filterByAuthMode(app: App): Promise<void> {
  const details: Partial<Record<Filter, string>> = {
    native: vscode.l10n.t('What Azure has not answered yet is shown until it is known'),
  };
  const choices = filters.map((value): Choice<Filter> => ({
    label: filterWords(value),
    ...(value === app.tree.filter ? { description: vscode.l10n.t('current') } : {}),
    ...(details[value] === undefined ? {} : { detail: details[value] }),
    value,
  }));
  const filter = await app.prompts.pick(choices, vscode.l10n.t('Show which clusters?'));
  if (filter !== undefined) setFilter(app, filter);
}

function setFilter({ tree, showState }: App, filter: Filter): void {
  tree.filter = filter;
  tree.refresh();
  showState();
}

function groupBy(grouping: Grouping): Handler {
  return () => setGrouping(grouping);
}

async function copyResourceId(app: App, node?: Node, selected?: readonly Node[]): Promise<void> {
  const rows = (selected ?? []).filter((row) => row.kind === 'cluster');
  const several = rows.flatMap(({ key }) => app.tree.cluster(key) ?? []);
  const one =
    several.length > 0
      ? undefined
      : await clusterOf(app, node, vscode.l10n.t('Copy the id of which cluster?'));
  const clusters = one === undefined ? several : [one];
  await copy(clusters.map(({ id }) => id));
}

async function copyPrincipalId(_: App, node?: Node, selected?: readonly Node[]): Promise<void> {
  const ids = (selected ?? (node === undefined ? [] : [node])).flatMap((row) =>
    row.kind === 'grant' && row.grant.holder.state === 'entra' ? [row.grant.holder.principal.objectId] : [],
  );
  await copy(ids);
}

/** What a row is about, where it has no id in Entra: a detail's value, a login, the id of a tenant or subscription. */
async function copyValue(_: App, node?: Node, selected?: readonly Node[]): Promise<void> {
  await copy((selected ?? (node === undefined ? [] : [node])).flatMap((row) => valueOf(row) ?? []));
}

function valueOf(node: Node): string | undefined {
  if (node.kind === 'fact') return factValue(node.fact);
  if (node.kind === 'tenant') return node.caller.tenant;
  if (node.kind === 'group') return node.value.split('/').at(-1);
  if (node.kind === 'rule') return `${node.rule.start}-${node.rule.end}`;
  return node.kind === 'grant' && node.grant.holder.state === 'native' ? node.grant.holder.name : undefined;
}

async function copy(lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return;
  await vscode.env.clipboard.writeText(lines.join('\n'));
  vscode.window.setStatusBarMessage(vscode.l10n.t('Copied'), 3000);
}

async function copyAsPlayground(app: App, node?: Node): Promise<void> {
  const place =
    node !== undefined && playgroundOf(node) !== undefined
      ? undefined
      : await collectionOf(app, node, {
          cluster: vscode.l10n.t('Query which cluster?'),
          collection: vscode.l10n.t('Query which collection?'),
          writes: false,
        });
  const row: Node | undefined =
    place === undefined ? node : { kind: 'collection', type: 'collection', key: place.cluster.key, ...place };
  const text = row === undefined ? undefined : playgroundOf(row);
  if (text !== undefined) await copy([text]);
}

async function showMore(app: App, node?: Node): Promise<void> {
  if (node?.kind !== 'more') return;
  app.tree.databases.showMore(node);
  app.tree.refresh(app.tree.databaseNode(node.key, node.database));
}

async function openInPortal(app: App, node?: Node): Promise<void> {
  const cluster = await clusterOf(app, node, vscode.l10n.t('Open which cluster in the portal?'));
  if (cluster === undefined) return;
  const { portal } = app.azure().cloud;
  const finding = app.findings.find(node);
  const place = certificateAddress(finding) ?? `resource${cluster.id}`;
  await vscode.env.openExternal(vscode.Uri.parse(`${portal}/#@${cluster.caller.tenant}/${place}`, true));
}

async function viewJson(app: App, node?: Node): Promise<void> {
  const cluster = await clusterOf(app, node, vscode.l10n.t('View which cluster as JSON?'));
  if (cluster === undefined) return;
  const { door } = app.azure();
  const { apiVersions } = kinds[cluster.kind];
  const read = (): Promise<unknown> => readResource(door, cluster.caller, cluster.id, apiVersions);
  await vscode.window.withProgress({ location: { viewId: 'cosmosEntra.clusters' } }, () =>
    app.documents.open(cluster.id, read),
  );
}

import * as vscode from 'vscode';
import { isOf, obstaclesTo, subscriptionObstacles } from '../core/access/guards.ts';
import type { Known } from '../core/access/guards.ts';
import { readCluster } from '../core/access/seen.ts';
import type { Change, Obstacle, RoleOffer } from '../core/clusters/change.ts';
import type { Cluster, Grant } from '../core/clusters/cluster.ts';
import { sameText } from '../core/clusters/fields.ts';
import { kinds } from '../core/clusters/kinds.ts';
import { Failure } from '../core/failure.ts';
import type { App } from './app.ts';
import { copyAs } from './copyAs.ts';
import { changeWords, doneWords, obstacleWords } from './changeWords.ts';
import { messageOf } from './messages.ts';
import { waitFor } from './progress.ts';
import type { Choice } from './prompts.ts';

/** A change that a person wants, and whom it is about, by the name they saw. */
export interface Order {
  readonly cluster: Cluster;
  readonly change: Change;
  readonly who: string;
}

interface Reviewed extends Order {
  readonly obstacles: readonly Obstacle[];
}

/**
 * The one way from a wish to its result: read how things are, say what speaks against it, ask once, carry it out,
 * tell what came of each. With `first`, a change without which the others make no sense.
 */
export async function carryOut(
  app: App,
  orders: readonly Order[],
  { act, first }: { readonly act: string; readonly first?: Order | undefined },
): Promise<void> {
  const all = first === undefined ? orders : [first, ...orders];
  const [only] = all;
  if (only === undefined) return;
  const reviewed = await waitFor(vscode.l10n.t('Looking at {0}…', only.cluster.name), (signal) =>
    review(app, all, signal),
  );
  const open = reviewed.filter(({ obstacles }) => !obstacles.some(({ weight }) => weight === 'stop'));
  const stopped = reviewed.filter((order) => !open.includes(order));
  await recordStops(app, stopped);
  const isFirst = ({ change }: Order): boolean => change === first?.change;
  if (open.every(isFirst) || stopped.some(isFirst)) return explain(app, stopped);
  if (!(await isConfirmed(app, open, stopped, act))) return;
  for (const cluster of new Set(open.map((order) => order.cluster))) {
    if (open.some((order) => order.cluster === cluster && needsSession(order)))
      await app.azure().database.signIn(cluster);
  }
  await attempt(app, open, first);
}

/** What is in the way of any change of this sort is told at once, before more is asked. */
export async function isStopped(app: App, cluster: Cluster, change: Change): Promise<boolean> {
  const found = [
    ...kinds[cluster.kind].obstacles(cluster, change),
    ...subscriptionObstacles(subscriptionState(app, cluster)),
  ];
  const obstacles = found.filter(({ weight }) => weight === 'stop');
  if (obstacles.length === 0) return false;
  const stopped = [{ cluster, change, who: '', obstacles }];
  await recordStops(app, stopped);
  await explain(app, stopped);
  return true;
}

async function recordStops(app: App, stopped: readonly Reviewed[]): Promise<void> {
  for (const { cluster, change, who, obstacles } of stopped) {
    const me = await app.azure().directory.me(cluster.caller);
    for (const obstacle of obstacles.filter(({ weight }) => weight === 'stop'))
      app.audit.guarded({ cluster, change, objectId: me?.objectId, who, obstacle });
  }
}

async function attempt(app: App, orders: readonly Order[], first: Order | undefined): Promise<void> {
  const { changes, permissions } = app.azure();
  const failed: { readonly order: Order; readonly failure: Failure }[] = [];
  const done: Order[] = [];
  const run = async (order: Order): Promise<void> => {
    const { cluster, change, who } = order;
    const title = `${cluster.name}: ${changeWords(cluster, change, who)}`;
    try {
      // Its row is below the cluster; who does not see that sees this.
      await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () =>
        changes.make(cluster, change, who),
      );
      done.push(order);
    } catch (error) {
      const failure = Failure.from(error);
      failed.push({ order, failure });
      // What was allowed when it was read is not any more, or never was.
      if (failure.code === 'forbidden') permissions.forget(order.cluster.key);
    } finally {
      if (changes.under(cluster.key).length === 0) await refresh(app, cluster);
    }
  };
  const [head] = orders;
  const rest = head !== undefined && head.change === first?.change ? orders.slice(1) : orders;
  if (head !== undefined && rest !== orders) await run(head);
  // What builds on a change that failed is not tried.
  if (failed.length === 0) await Promise.all(rest.map(run));
  else for (const order of rest) failed.push({ order, failure: new Failure({ code: 'cancelled' }) });

  const wishes = failed.filter(({ failure }) => failure.code !== 'cancelled');
  if (wishes.length > 0) await tellFailures(app, done, failed, first);
  else await tellDone(app, done);
}

/** The tree shows what is now: of that cluster, as every account sees it. */
async function refresh({ azure, tree }: App, { id }: Cluster): Promise<void> {
  const { discovery } = azure();
  const same = discovery.tenants
    .flatMap(({ clusters }) => clusters)
    .filter((cluster) => cluster.id.toLowerCase() === id.toLowerCase());
  for (const { key } of same) {
    tree.forgetAccess(key);
    await discovery.refreshCluster(key).catch(() => undefined);
    tree.refresh(tree.clusterNode(key));
  }
}

async function tellDone(app: App, done: readonly Order[]): Promise<void> {
  const [first] = done;
  if (first === undefined) return;
  const texts = done.map(({ cluster, change, who }) => doneWords(cluster, change, who));
  const text =
    texts.length <= 3
      ? texts.join(' ')
      : vscode.l10n.t('{0}: {1} changes are done.', first.cluster.name, texts.length);
  const undo = vscode.l10n.t('Undo');
  if ((await app.prompts.tell('information', text, [undo])) !== undo) return;
  const undone = (await Promise.all(done.toReversed().map((order) => undoOf(app, order)))).flatMap(
    (order) => order ?? [],
  );
  await carryOut(app, undone, { act: undo });
}

async function tellFailures(
  app: App,
  done: readonly Order[],
  failed: readonly { readonly order: Order; readonly failure: Failure }[],
  first: Order | undefined,
): Promise<void> {
  const lines = failed.map(({ order, failure }) => {
    app.log.error(failure);
    const what = changeWords(order.cluster, order.change, order.who);
    const why = failure.code === 'cancelled' ? vscode.l10n.t('not tried') : messageOf(failure).long;
    return `${what} (${order.cluster.name}): ${why}`;
  });
  const [one] = failed;
  const portal = vscode.l10n.t('Open the Portal');
  const again = vscode.l10n.t('Retry');
  const log = vscode.l10n.t('Show Log');
  const text = [
    ...(done.length === 0 ? [] : [vscode.l10n.t('{0} done, {1} failed.', done.length, failed.length)]),
    ...lines,
  ].join(' ');
  const ignored = failed.some(({ failure }) => failure.code === 'ignored');
  const buttons = ignored ? [portal, again, log] : [again, log];
  const pressed = await app.prompts.tell('error', text, buttons);
  if (pressed === log) app.log.show();
  if (pressed === again)
    await attempt(
      app,
      failed.map(({ order }) => order),
      first,
    );
  if (pressed === portal && one !== undefined) {
    const { key } = one.order.cluster;
    await vscode.commands.executeCommand('cosmosEntra.openInPortal', { kind: 'cluster', key });
  }
}

/** Nothing is done; the reason, and the command that helps. */
async function explain(app: App, stopped: readonly Reviewed[]): Promise<void> {
  const reasons = stopped.flatMap(({ cluster, who, obstacles }) =>
    obstacles
      .filter(({ weight }) => weight === 'stop')
      .slice(0, 1)
      .map((obstacle) => ({ cluster, who, obstacle })),
  );
  const [first] = reasons;
  if (first === undefined) return;
  const several = reasons.length > 1;
  const text = reasons
    .map(({ cluster, who, obstacle }) =>
      several && who !== ''
        ? `${who}: ${obstacleWords(cluster, obstacle)}`
        : obstacleWords(cluster, obstacle),
    )
    .join(' ');
  const way = wayOut(app, first.cluster, first.obstacle);
  const pressed = await app.prompts.tell('error', text, way === undefined ? [] : [way.title]);
  if (pressed !== undefined) await way?.go();
}

function wayOut(
  app: App,
  { key }: Cluster,
  obstacle: Obstacle,
): { readonly title: string; readonly go: () => Thenable<unknown> } | undefined {
  const command = (title: string, name: string) => ({
    title,
    go: () => vscode.commands.executeCommand(`cosmosEntra.${name}`, { kind: 'cluster', key }),
  });
  switch (obstacle.what) {
    case 'noAdministrator':
    case 'youCannotSignIn':
    case 'needsAdministrator':
      return command(vscode.l10n.t('Add Me…'), 'addMe');
    case 'entraOff':
      return command(vscode.l10n.t('Change Authentication Modes…'), 'changeAuthModes');
    case 'lastAdministrator':
      return command(vscode.l10n.t('Add Entra User…'), 'addUser');
    case 'state':
    case 'freeTier':
    case 'version':
      return command(vscode.l10n.t('Open the Portal'), 'openInPortal');
    case 'notAllowed':
      return {
        title: vscode.l10n.t('About This Role'),
        go: () => vscode.env.openExternal(vscode.Uri.parse(obstacle.link, true)),
      };
    case 'replica': {
      const source = app
        .azure()
        .discovery.tenants.flatMap(({ clusters }) => clusters)
        .find(({ id }) => id.toLowerCase() === obstacle.source?.toLowerCase());
      if (source === undefined) return undefined;
      return {
        title: vscode.l10n.t('Go to {0}', source.name),
        go: () => app.view.reveal(app.tree.clusterNode(source.key), { select: true, focus: true }),
      };
    }
    // The words say all that can be done.
    case 'already':
    case 'azureServices':
    case 'closesToOthers':
    case 'entraStops':
    case 'everyAddress':
    case 'experimental':
    case 'interrupts':
    case 'keysStop':
    case 'limit':
    case 'nativeOnReplica':
    case 'nativeUser':
    case 'noWayIn':
    case 'nothingToChange':
    case 'otherRole':
    case 'otherTenant':
    case 'ownRole':
    case 'passwordsStop':
    case 'portalShell':
    case 'publicNetworkOff':
    case 'subscriptionState':
    case 'unsureYouCanSignIn':
    case 'youHaveNoAccess':
    case 'yourself':
      return undefined;
  }
}

async function isConfirmed(
  app: App,
  open: readonly Reviewed[],
  stopped: readonly Reviewed[],
  act: string,
): Promise<boolean> {
  const copy = vscode.l10n.t('Copy as…');
  const said = open.flatMap(({ cluster, obstacles }) =>
    obstacles.map((obstacle) => obstacleWords(cluster, obstacle)),
  );
  const left = stopped.flatMap(({ cluster, who, obstacles }) =>
    obstacles.slice(0, 1).map((obstacle) => `${who}: ${obstacleWords(cluster, obstacle)}`),
  );
  const { title, lines } = headOf(open);
  const hurts = open.some(
    ({ change, obstacles }) =>
      change.what === 'removeGrant' ||
      change.what === 'removeRule' ||
      obstacles.some(({ weight }) => weight === 'danger'),
  );
  const notes = [...new Set([...said, ...left])];
  for (;;) {
    const answer = hurts
      ? await app.prompts.confirm(`${title}?`, [...lines, ...notes].join('\n\n'), [act, copy])
      : await app.prompts.pick(
          reviewRows(act, copy, lines, notes),
          vscode.l10n.t('Nothing has been changed yet'),
          title,
        );
    if (answer === copy) await copyAs(app, open);
    // A line of the review says something, and does nothing.
    else if (answer !== '') return answer === act;
  }
}

/** One change is a title of its own; several are lines below one. */
function headOf(orders: readonly Order[]): { title: string; lines: readonly string[] } {
  const clusters = [...new Set(orders.map(({ cluster }) => cluster.name))];
  const lines = orders.map(({ cluster, change, who }) => {
    const words = changeWords(cluster, change, who);
    return clusters.length === 1 ? words : `${cluster.name}: ${words}`;
  });
  const place = clusters.join(', ');
  return lines.length === 1
    ? { title: `${place}: ${lines[0]}`, lines: [] }
    : { title: vscode.l10n.t('{0}: {1} changes', place, lines.length), lines };
}

function reviewRows(
  act: string,
  copy: string,
  lines: readonly string[],
  notes: readonly string[],
): readonly Choice<string>[] {
  const row = (label: string, icon: string, value: string): Choice<string> => ({
    label,
    iconPath: new vscode.ThemeIcon(icon),
    value,
  });
  return [
    row(act, 'check', act),
    ...lines.map((line) => row(line, 'dash', '')),
    ...notes.map((note) => row(note, 'info', '')),
    {
      ...row(copy, 'copy', copy),
      description: vscode.l10n.t('the same for a script or a template'),
    },
  ];
}

function needsSession({ cluster, change }: Order): boolean {
  return kinds[cluster.kind].steps(cluster, change).some(({ to }) => to === 'database');
}

/** Asks the services how things are now, each cluster once, and what follows from it for each change. */
async function review(app: App, orders: readonly Order[], signal: AbortSignal): Promise<readonly Reviewed[]> {
  const around = new Map<string, Promise<{ cluster: Cluster; known: Known }>>();
  for (const { cluster } of orders) {
    if (around.has(cluster.key)) continue;
    const own = orders.filter((order) => order.cluster.key === cluster.key);
    around.set(cluster.key, knownAround(app, cluster, own, signal));
  }
  return Promise.all(
    orders.map(async (order): Promise<Reviewed> => {
      const found = await around.get(order.cluster.key);
      if (found === undefined) return { ...order, obstacles: [] };
      const { cluster, known } = found;
      const kind = kinds[cluster.kind];
      // What is asked together with turning Entra on is judged as if it were on.
      const turnsOn = orders.some(({ change }) => change.what === 'setModes' && change.entra);
      const judged =
        turnsOn && order.change.what !== 'setModes'
          ? { ...cluster, modes: { ...cluster.modes, entra: 'on' as const } }
          : cluster;
      const missing = await app.azure().permissions.lack(judged, order.change, signal);
      return { ...order, cluster, obstacles: obstaclesTo(kind, judged, order.change, { ...known, missing }) };
    }),
  );
}

async function knownAround(
  app: App,
  listed: Cluster,
  orders: readonly Order[],
  signal: AbortSignal,
): Promise<{ cluster: Cluster; known: Known }> {
  const { door, database, directory } = app.azure();
  const cluster = await readCluster(door, listed, signal);
  const kind = kinds[cluster.kind];
  const aboutRules = orders.some(({ change }) => change.what === 'addRule' || change.what === 'removeRule');
  const closes = orders.some(({ change }) => change.what === 'setModes' && !change.native);
  const [grants, rules, me, signsIn] = await Promise.all([
    aboutRules ? [] : grantsNow(app, cluster, signal),
    aboutRules ? kind.rules(door, cluster, signal) : [],
    directory.me(cluster.caller),
    closes && kind.insiders !== undefined && cluster.modes.entra === 'on'
      ? database.signIn(cluster).then(() => signInTried(app, cluster, signal))
      : ('unsure' as const),
  ]);
  const principals = grants.flatMap(({ holder }) => (holder.state === 'entra' ? [holder.principal] : []));
  const names = await directory.names(cluster.caller, principals, signal);
  return {
    cluster,
    known: {
      grants,
      rules,
      me: me?.objectId,
      signsIn,
      isGone: (principal) => names.of(principal).state === 'gone',
      leaving: orders.flatMap(({ change }) => (change.what === 'removeGrant' ? [change.grant] : [])),
      subscriptionState: subscriptionState(app, cluster),
    },
  };
}

function subscriptionState({ azure }: App, { caller, subscription }: Cluster): string | undefined {
  return azure()
    .discovery.tenants.find(
      (tenant) => tenant.caller.account.id === caller.account.id && tenant.caller.tenant === caller.tenant,
    )
    ?.subscriptions.find(({ id }) => id.toLowerCase() === subscription.toLowerCase())?.state;
}

/** Who has access, by Resource Manager and by the database, as far as it may be asked. */
export async function grantsNow(app: App, cluster: Cluster, signal: AbortSignal): Promise<readonly Grant[]> {
  const [grants, inside] = await Promise.all([
    kinds[cluster.kind].grants(app.azure().door, cluster, signal),
    insidersOf(app, cluster, signal),
  ]);
  return [...grants, ...inside.filter(({ role }) => role.name !== 'administrator')];
}

/** Whoever the database knows, if it lets us ask; who cannot ask it learns of a duplicate from the service. */
async function insidersOf(app: App, cluster: Cluster, signal: AbortSignal): Promise<readonly Grant[]> {
  const { insiders } = kinds[cluster.kind];
  if (insiders === undefined || cluster.modes.entra !== 'on') return [];
  return insiders(app.azure().database, cluster, signal).catch(() => []);
}

async function signInTried(
  app: App,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<'yes' | 'no' | 'unsure'> {
  try {
    await app.azure().database.command(cluster, { connectionStatus: 1 }, signal);
    return 'yes';
  } catch (error) {
    return Failure.from(error).code === 'databaseSignInRefused' ? 'no' : 'unsure';
  }
}

/** What a person has now of what was just given. */
async function presentGrant(
  app: App,
  cluster: Cluster,
  objectId: string,
  role: RoleOffer,
  scope: string | undefined,
): Promise<Grant | undefined> {
  const grants = await grantsNow(app, cluster, new AbortController().signal);
  return grants.find(
    (grant) =>
      isOf(grant, objectId) && sameText(grant.roleId, role.id) && (grant.scope ?? '') === (scope ?? ''),
  );
}

/** What takes a change back; undefined where there is no way. */
async function undoOf(app: App, { cluster, change, who }: Order): Promise<Order | undefined> {
  const back = (undone: Change): Order => ({ cluster, change: undone, who });
  switch (change.what) {
    case 'setModes': {
      const { entra, native } = cluster.modes;
      return back({ what: 'setModes', entra: entra === 'on', native: native === 'on' });
    }
    case 'addGrant': {
      const { principal, role, scope } = change.wanted;
      const grant = await presentGrant(app, cluster, principal.objectId, role, scope);
      return grant === undefined ? undefined : back({ what: 'removeGrant', grant });
    }
    case 'changeRole':
    case 'removeGrant': {
      const { holder, roleId, role, keptIn, scope } = change.grant;
      if (holder.state !== 'entra' || roleId === undefined) return undefined;
      const { principal, alias } = holder;
      const before = { role, id: roleId, keptIn };
      if (change.what === 'removeGrant')
        return back({ what: 'addGrant', wanted: { principal, role: before, scope, alias } });
      const grant = await presentGrant(app, cluster, principal.objectId, change.role, scope);
      return grant === undefined ? undefined : back({ what: 'changeRole', grant, role: before });
    }
    case 'addRule':
      return back({ what: 'removeRule', rule: change.rule });
    case 'removeRule':
      return back({ what: 'addRule', rule: change.rule });
  }
}

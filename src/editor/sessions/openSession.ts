import * as vscode from 'vscode';
import { pause } from '../../core/azure/pause.ts';
import type { Cluster } from '../../core/clusters/cluster.ts';
import { speaksMongo } from '../../core/clusters/kinds.ts';
import { isReplica } from '../../core/clusters/standing.ts';
import { expectedOf, unopenedBy } from '../../core/doctor/unopened.ts';
import type { Unopened } from '../../core/doctor/unopened.ts';
import { Failure } from '../../core/failure.ts';
import type { Reach } from '../../core/sessions/hosts.ts';
import type { App } from '../app.ts';
import type { Why } from '../doctor/whyUnopened.ts';
import type { Node } from '../node.ts';
import { waitFor } from '../progress.ts';
import { clusterOf, revealRow } from '../targets.ts';
import { productOf } from '../words.ts';

export function openSession(app: App, node?: Node): Promise<void> {
  return open(app, node);
}

/** By the name that leads to whichever region takes writes; a replica is asked for by its own only. */
export function openGlobalSession(app: App, node?: Node): Promise<void> {
  return open(app, node, 'global');
}

async function open(app: App, node: Node | undefined, reach?: Reach): Promise<void> {
  const cluster = await sessionClusterOf(app, node, vscode.l10n.t('Open a session with which cluster?'));
  if (cluster === undefined) return;
  if (reach === 'global' && isReplica(cluster)) {
    const text = vscode.l10n.t(
      '{0} is a replica. The global name leads to its primary: open a session with that, or with this cluster itself.',
      cluster.name,
    );
    await app.prompts.tell('information', text, []);
    return;
  }
  const kept = app.sessions.entries.find(({ key }) => node?.kind === 'session' && key === node.key);
  await enter(app, cluster, reach ?? kept?.reach);
  // Whoever stood on the row that offered it stands on what that is now.
  if (node?.kind === 'databases' && app.view.visible && app.tree.session(cluster.key) !== undefined)
    await revealRow(app, app.tree.databasesNode(cluster.key));
}

/** A cluster that sessions can be opened with here; of others it is said that they cannot. */
export async function sessionClusterOf(
  app: App,
  node: Node | undefined,
  question: string,
): Promise<Cluster | undefined> {
  const cluster = await clusterOf(app, node, question, ({ kind }) => speaksMongo(kind));
  if (cluster === undefined || speaksMongo(cluster.kind)) return cluster;
  const text = vscode.l10n.t(
    'Cosmos Entra opens sessions with Azure DocumentDB only; {0} is {1}.',
    cluster.name,
    productOf(cluster),
  );
  await app.prompts.tell('information', text, []);
  return undefined;
}

/** Opens a session, or says why it does not open and mends that where this extension can. */
async function enter(app: App, cluster: Cluster, reach: Reach | undefined): Promise<void> {
  // What is known not to work is not tried, once Azure has confirmed it.
  const expected = expectedOf(cluster);
  const known =
    expected === undefined
      ? undefined
      : await waitFor(opening(cluster), (signal) => lookedInto(app, cluster, expected, signal));
  const why = known ?? (await tryToOpen(app, cluster, reach));
  if (why === undefined) return showDatabases(app, cluster);
  const pressed = await app.prompts.tell(
    'error',
    why.text,
    why.ways.map(({ title }) => title),
  );
  const way = why.ways.find(({ title }) => title === pressed);
  if (way === undefined) return;
  const { promise: made, resolve: settle } = Promise.withResolvers<boolean>();
  // The session does not wait until somebody has read that the fix was made.
  await Promise.all([
    way.go(() => settle(true)).finally(() => settle(false)),
    made.then((isMade) => (isMade ? enterSoon(app, cluster, reach) : undefined)),
  ]);
}

/** So often, and so long after each other, a session is tried after a fix: it takes Azure a moment to hold. */
const tries = 8;
const settling = 2000;

async function enterSoon(app: App, cluster: Cluster, reach: Reach | undefined): Promise<void> {
  for (let left = tries; left > 0; left--) {
    const fresh = app.tree.cluster(cluster.key) ?? cluster;
    await app.azure().database.signIn(fresh);
    const failure = await waitFor(opening(fresh), (signal) => failureToOpen(app, fresh, reach, signal));
    if (failure === undefined) return showDatabases(app, fresh);
    if (unopenedBy(failure) === undefined) throw failure;
    await waitFor(vscode.l10n.t('Waiting until {0} lets you in…', cluster.name), (signal) =>
      pause(settling, signal),
    );
  }
  await enter(app, app.tree.cluster(cluster.key) ?? cluster, reach);
}

function opening({ name }: Cluster): string {
  return vscode.l10n.t('Opening a session with {0}…', name);
}

/** Undefined: it is open. A failure that nothing explains is thrown as it is. */
async function tryToOpen(app: App, cluster: Cluster, reach: Reach | undefined): Promise<Why | undefined> {
  // A person is asked before the driver's clock starts.
  await app.azure().database.signIn(cluster);
  return waitFor(opening(cluster), async (signal, tell) => {
    const failure = await failureToOpen(app, cluster, reach, signal);
    if (failure === undefined) return undefined;
    const unopened = unopenedBy(failure);
    if (unopened === undefined) throw failure;
    tell(vscode.l10n.t('it does not open; looking into why'));
    const why = await lookedInto(app, cluster, unopened, signal);
    if (why === undefined) throw failure;
    app.log.error(failure);
    return why;
  });
}

async function failureToOpen(
  app: App,
  cluster: Cluster,
  reach: Reach | undefined,
  signal: AbortSignal,
): Promise<Failure | undefined> {
  try {
    await app.azure().database.open(cluster, reach, signal);
    return undefined;
  } catch (error) {
    const failure = Failure.from(error);
    if (failure.code === 'cancelled') throw failure;
    return failure;
  }
}

async function lookedInto(
  app: App,
  cluster: Cluster,
  unopened: Unopened,
  signal: AbortSignal,
): Promise<Why | undefined> {
  // All that looks into it is read when something does not open.
  const { lookInto } = await import('../doctor/whyUnopened.ts');
  return lookInto(app, cluster, unopened, signal);
}

/** What was opened is to be seen, if the view is. */
async function showDatabases(app: App, { key }: Cluster): Promise<void> {
  if (!app.view.visible || app.tree.cluster(key) === undefined) return;
  await app.view.reveal(app.tree.clusterNode(key), { select: false, focus: false, expand: true });
}

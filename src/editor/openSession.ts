import * as vscode from 'vscode';
import type { Cluster } from '../core/clusters/cluster.ts';
import { speaksMongo } from '../core/clusters/kinds.ts';
import { isReplica } from '../core/clusters/standing.ts';
import { diagnosisOf, mendingOf } from '../core/doctor/causes.ts';
import type { Found } from '../core/doctor/causes.ts';
import { Examination } from '../core/doctor/examination.ts';
import type { Report } from '../core/doctor/report.ts';
import { expectedOf, unopenedBy } from '../core/doctor/unopened.ts';
import type { Unopened } from '../core/doctor/unopened.ts';
import { Failure } from '../core/failure.ts';
import type { Reach } from '../core/sessions/hosts.ts';
import type { App } from './app.ts';
import { actOf, buttonsOf, mend } from './doctor/fixes.ts';
import { instrumentsOf } from './doctor/instruments.ts';
import { topOf } from './doctor/reportPage.ts';
import type { Subject } from './doctor/reports.ts';
import { examineMe, mine } from './doctor/whyCantIConnect.ts';
import type { Node } from './node.ts';
import { waitFor } from './progress.ts';
import { clusterOf, revealRow } from './targets.ts';
import { productOf } from './words.ts';

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
      : await waitFor(opening(cluster), (signal) => lookInto(app, cluster, expected, signal));
  const why = known ?? (await tryToOpen(app, cluster, reach));
  if (why === undefined) return showDatabases(app, cluster);
  const subject = mine(app, cluster);
  const ways = waysOf(app, why, subject);
  const pressed = await app.prompts.tell(
    'error',
    whyWords(why.report, subject),
    ways.map(({ title }) => title),
  );
  const way = ways.find(({ title }) => title === pressed);
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
const pause = 2000;

async function enterSoon(app: App, cluster: Cluster, reach: Reach | undefined): Promise<void> {
  for (let left = tries; left > 0; left--) {
    const fresh = app.tree.cluster(cluster.key) ?? cluster;
    await app.azure().database.signIn(fresh);
    const failure = await waitFor(opening(fresh), (signal) => failureToOpen(app, fresh, reach, signal));
    if (failure === undefined) return showDatabases(app, fresh);
    if (unopenedBy(failure) === undefined) throw failure;
    await waitFor(vscode.l10n.t('Waiting until {0} lets you in…', cluster.name), (signal) =>
      pausing(pause, signal),
    );
  }
  await enter(app, app.tree.cluster(cluster.key) ?? cluster, reach);
}

function pausing(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function opening({ name }: Cluster): string {
  return vscode.l10n.t('Opening a session with {0}…', name);
}

/** Why a session does not open: the first cause, and the report that names it. */
interface Why {
  readonly found: Found;
  readonly report: Report;
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
    const why = await lookInto(app, cluster, unopened, signal);
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

/** By the checks that are worth it; undefined where they find nothing. */
async function lookInto(
  app: App,
  cluster: Cluster,
  unopened: Unopened,
  signal: AbortSignal,
): Promise<Why | undefined> {
  const patient = { cluster, other: undefined };
  const examination = new Examination(patient, instrumentsOf(app), undefined, unopened);
  signal.addEventListener('abort', () => examination.stop());
  const report = await examination.run();
  const [found] = diagnosisOf(report).causes;
  return found === undefined ? undefined : { found, report };
}

interface Way {
  readonly title: string;
  readonly go: (made: () => void) => Promise<void>;
}

/** What mends it, or looks further: what the report itself would offer. */
function waysOf(app: App, { found, report }: Why, subject: Subject): readonly Way[] {
  const { may } = mendingOf(found.cause, report.rights);
  const fixes = buttonsOf(found, subject, report.rights).flatMap(({ id, label }): readonly Way[] => {
    const act = actOf(id);
    // Whoever may do it need not ask; what there is to read is in the report.
    if (act === undefined || act === 'explain' || (act === 'ask' && may === 'yes')) return [];
    return [{ title: label, go: (made) => mend(app, act, found, subject, made) }];
  });
  return [
    ...fixes,
    { title: vscode.l10n.t('Retry'), go: (made) => Promise.resolve(made()) },
    {
      title: vscode.l10n.t('Why Can’t I Connect?'),
      go: () => examineMe(app, subject.cluster, subject.node),
    },
  ];
}

function whyWords(report: Report, subject: Subject): string {
  const { sentence, paragraphs } = topOf(report, diagnosisOf(report), subject);
  return [sentence, ...paragraphs].join(' ');
}

/** What was opened is to be seen, if the view is. */
async function showDatabases(app: App, { key }: Cluster): Promise<void> {
  if (!app.view.visible || app.tree.cluster(key) === undefined) return;
  await app.view.reveal(app.tree.clusterNode(key), { select: false, focus: false, expand: true });
}

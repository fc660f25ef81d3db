import * as vscode from 'vscode';
import type { Wanted } from '../core/access/asking.ts';
import { anybody } from '../core/access/permissions.ts';
import { readCluster } from '../core/access/seen.ts';
import { shutBeforehand, shutDoorOf } from '../core/access/shut.ts';
import type { Shut } from '../core/access/shut.ts';
import type { Change } from '../core/clusters/change.ts';
import type { Cluster } from '../core/clusters/cluster.ts';
import { sameText } from '../core/clusters/fields.ts';
import { kinds, speaksMongo } from '../core/clusters/kinds.ts';
import { isReplica } from '../core/clusters/standing.ts';
import { Failure } from '../core/failure.ts';
import type { Reach } from '../core/sessions/hosts.ts';
import { addMe } from './access.ts';
import type { App } from './app.ts';
import { askForAccess } from './askForAccess.ts';
import { examineMe } from './doctor/whyCantIConnect.ts';
import { addMyIp } from './firewall.ts';
import type { Node } from './node.ts';
import { waitFor } from './progress.ts';
import { clusterOf, revealRow } from './targets.ts';
import { productOf, roleWords } from './words.ts';

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

/** Opens a session, or says which door is shut and opens that where this extension can. */
async function enter(app: App, cluster: Cluster, reach: Reach | undefined): Promise<void> {
  // What is known not to work is not tried, once Azure has confirmed it.
  const known =
    shutBeforehand(cluster) === undefined
      ? undefined
      : shutBeforehand(await readCluster(app.azure().door, cluster));
  const shut = known ?? (await tryDoors(app, cluster, reach));
  if (shut === undefined) return showDatabases(app, cluster);
  const { text, ways: nearest } = wordsOf(cluster, shut, await wantedAt(app, cluster, shut));
  const ways = [...nearest, whyWay(cluster)];
  const pressed = await app.prompts.tell(
    'error',
    text,
    ways.map(({ title }) => title),
  );
  const way = ways.find(({ title }) => title === pressed);
  if (way === undefined) return;
  const { promise: made, resolve: settle } = Promise.withResolvers<boolean>();
  // The session does not wait until somebody has read that the fix was made.
  await Promise.all([
    way.go(app, { kind: 'cluster', key: cluster.key }, () => settle(true)).finally(() => settle(false)),
    made.then((isMade) => (isMade ? enterSoon(app, cluster, reach) : undefined)),
  ]);
}

/** So often, and so long after each other, a session is tried after a fix: it takes Azure a moment to hold. */
const tries = 8;
const pause = 2000;

async function enterSoon(app: App, cluster: Cluster, reach: Reach | undefined): Promise<void> {
  for (let left = tries; left > 0; left--) {
    const fresh = app.tree.cluster(cluster.key) ?? cluster;
    const shut = await tryDoors(app, fresh, reach);
    if (shut === undefined) return showDatabases(app, fresh);
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

/** Undefined: it is open. A failure that no door explains is thrown as it is. */
async function tryDoors(app: App, cluster: Cluster, reach: Reach | undefined): Promise<Shut | undefined> {
  const { database, directory, door } = app.azure();
  // A person is asked before the driver's clock starts.
  await database.signIn(cluster);
  return waitFor(vscode.l10n.t('Opening a session with {0}…', cluster.name), async (signal) => {
    try {
      await database.open(cluster, reach, signal);
      return undefined;
    } catch (error) {
      const failure = Failure.from(error);
      if (failure.code === 'cancelled') throw failure;
      const me = (await directory.me(cluster.caller))?.objectId;
      const shut = await shutDoorOf(door, cluster, failure, me, signal).catch(() => undefined);
      if (shut === undefined) throw failure;
      app.log.error(failure);
      return shut;
    }
  });
}

interface Way {
  readonly title: string;
  readonly go: (app: App, node: Node, made: () => void) => Promise<unknown>;
}

/** What else may be wrong, one thing after the other. */
function whyWay(cluster: Cluster): Way {
  return {
    title: vscode.l10n.t('Why Can’t I Connect?'),
    go: async (app, node) => examineMe(app, cluster, node),
  };
}

/** What somebody else is asked for, where the person may not open the door themselves. */
async function wantedAt({ azure }: App, cluster: Cluster, { door }: Shut): Promise<Wanted | undefined> {
  const { permissions } = azure();
  const unless = async (change: Change, wanted: Wanted): Promise<Wanted | undefined> =>
    (await permissions.lack(cluster, change)) === undefined ? undefined : wanted;
  switch (door) {
    case 'running': {
      const writes = await permissions.may(cluster, `${kinds[cluster.kind].armType}/write`);
      return writes === 'no' ? { what: 'start' } : undefined;
    }
    case 'entra':
    case 'user':
      return unless(anybody, { what: 'grant' });
    case 'firewall': {
      const rule = { id: undefined, name: '', start: '', end: '' };
      return unless({ what: 'addRule', rule }, { what: 'rule' });
    }
    case 'database':
    case 'publicNetwork':
      return undefined;
  }
}

function wordsOf(
  { name, resource, kind }: Cluster,
  shut: Shut,
  wanted: Wanted | undefined,
): { text: string; ways: readonly Way[] } {
  /** In place of what only somebody else may do. */
  const orAsk = (way: Way): Way =>
    wanted === undefined
      ? way
      : { title: vscode.l10n.t('Ask for Access…'), go: (app, node) => askForAccess(app, node, wanted) };
  const retry: Way = {
    title: vscode.l10n.t('Retry'),
    go: (_app, _node, made) => Promise.resolve(made()),
  };
  const portal: Way = {
    title: vscode.l10n.t('Open the Portal'),
    go: async (_, node) => vscode.commands.executeCommand('cosmosEntra.openInPortal', node),
  };
  switch (shut.door) {
    case 'running':
      return {
        text: vscode.l10n.t(
          '{0} is {1} and answers nobody. Start it in the portal, then retry.',
          name,
          shut.state,
        ),
        ways: wanted === undefined ? [portal, retry] : [orAsk(portal), portal, retry],
      };
    case 'entra': {
      const isFree = kinds[kind]
        .facts(resource)
        .some((fact) => fact.name === 'tier' && sameText(fact.value, 'Free'));
      return isFree
        ? {
            text: vscode.l10n.t(
              '{0} does not let people in with Entra, and on the free tier it cannot. Change its tier in the portal.',
              name,
            ),
            ways: [portal],
          }
        : {
            text: vscode.l10n.t(
              '{0} does not let people in with Entra yet. Its owner can turn that on.',
              name,
            ),
            ways: [orAsk({ title: vscode.l10n.t('Turn Entra On and Add Me…'), go: addMe })],
          };
    }
    case 'user':
      return {
        text: vscode.l10n.t(
          '{0} does not know you: you are not among its administrators, and it takes you for no other user of it. Whoever manages it can add you.',
          name,
        ),
        ways: [orAsk({ title: vscode.l10n.t('Add Me…'), go: addMe }), retry],
      };
    case 'database':
      return {
        text: vscode.l10n.t(
          'Azure lists you at {0} as {1}, and its database does not let you in yet. Who was just added waits a moment; retry.',
          name,
          roleWords(shut.grant.role),
        ),
        ways: [retry],
      };
    case 'publicNetwork':
      return {
        text: vscode.l10n.t(
          '{0} is closed to public networks: it is reached by its private endpoint only. Join its network, by VPN for instance, then retry.',
          name,
        ),
        ways: [retry, portal],
      };
    case 'firewall':
      return {
        text: vscode.l10n.t(
          '{0} does not answer. Most often its firewall does not let this machine in; a change of it can take some minutes to hold.',
          name,
        ),
        ways: [orAsk({ title: vscode.l10n.t('Add My IP…'), go: addMyIp }), retry],
      };
  }
}

/** What was opened is to be seen, if the view is. */
async function showDatabases(app: App, { key }: Cluster): Promise<void> {
  if (!app.view.visible || app.tree.cluster(key) === undefined) return;
  await app.view.reveal(app.tree.clusterNode(key), { select: false, focus: false, expand: true });
}

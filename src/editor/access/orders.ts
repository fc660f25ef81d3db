import { obstaclesTo } from '../../core/access/guards.ts';
import type { Known } from '../../core/access/guards.ts';
import { readCluster } from '../../core/access/seen.ts';
import type { Change, Obstacle } from '../../core/clusters/change.ts';
import type { Cluster, Grant } from '../../core/clusters/cluster.ts';
import { sameText } from '../../core/clusters/fields.ts';
import { kinds } from '../../core/clusters/kinds.ts';
import { Failure } from '../../core/failure.ts';
import type { App } from '../app.ts';

/** A change that a person wants, and whom it is about, by the name they saw. */
export interface Order {
  readonly cluster: Cluster;
  readonly change: Change;
  readonly who: string;
}

/** What speaks against it, as things are now. */
export interface Reviewed extends Order {
  readonly obstacles: readonly Obstacle[];
}

/** Asks the services how things are now, each cluster once, and what follows from it for each change. */
export async function review(
  app: App,
  orders: readonly Order[],
  signal: AbortSignal,
): Promise<readonly Reviewed[]> {
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
      leavingRules: orders.flatMap(({ change }) => (change.what === 'removeRule' ? [change.rule] : [])),
      subscriptionState: subscriptionState(app, cluster),
    },
  };
}

export function subscriptionState({ tree }: App, { caller, subscription }: Cluster): string | undefined {
  return tree.tenant(caller)?.subscriptions.find(({ id }) => sameText(id, subscription))?.state;
}

/** Who has access, by Resource Manager and by the database, as far as it may be asked. */
export async function grantsNow(app: App, cluster: Cluster, signal: AbortSignal): Promise<readonly Grant[]> {
  const [grants, inside] = await Promise.all([
    kinds[cluster.kind].grants(app.azure().door, cluster, signal),
    insidersOf(app, cluster, signal),
  ]);
  return [...grants, ...inside.filter(({ role }) => role.name !== 'administrator')];
}

const databasePatience = 5000;

/** Whoever the database knows, if it lets us ask; who cannot ask it learns of a duplicate from the service. */
async function insidersOf(app: App, cluster: Cluster, signal: AbortSignal): Promise<readonly Grant[]> {
  const { insiders } = kinds[cluster.kind];
  if (insiders === undefined || cluster.modes.entra !== 'on') return [];
  // A database that lets nobody near does not hold up what Resource Manager can do without it.
  const soon = AbortSignal.any([signal, AbortSignal.timeout(databasePatience)]);
  return insiders(app.azure().database, cluster, soon).catch(() => []);
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

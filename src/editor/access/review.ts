import * as vscode from 'vscode';
import type { Cluster } from '../../core/clusters/cluster.ts';
import { kinds } from '../../core/clusters/kinds.ts';
import { Failure } from '../../core/failure.ts';
import type { App } from '../app.ts';
import { changeWords } from './changeWords.ts';
import { isConfirmed } from './confirm.ts';
import { review } from './orders.ts';
import type { Order } from './orders.ts';
import { tellDone, tellFailures } from './outcome.ts';
import type { Failed } from './outcome.ts';
import { waitFor } from '../progress.ts';
import { explain, recordStops } from './stops.ts';

interface Way {
  /** The button that lets it happen. */
  readonly act: string;
  /** A change without which the others make no sense. */
  readonly first?: Order | undefined;
  /** Called when all of it is made, before that is told. */
  readonly made?: (() => void) | undefined;
}

/**
 * The one way from a wish to its result: read how things are, say what speaks against it, ask once, carry it out,
 * tell what came of each.
 */
export async function carryOut(app: App, orders: readonly Order[], { act, first, made }: Way): Promise<void> {
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
  await attempt(app, open, first, stopped.length === 0 ? made : undefined);
}

async function attempt(
  app: App,
  orders: readonly Order[],
  first: Order | undefined,
  made?: () => void,
): Promise<void> {
  const { changes, permissions } = app.azure();
  const failed: Failed[] = [];
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
      if (failure.code === 'forbidden') permissions.forget(cluster.key);
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

  if (failed.some(({ failure }) => failure.code !== 'cancelled')) {
    const again = await tellFailures(app, done, failed);
    if (again.length > 0) await attempt(app, again, first, made);
  } else {
    if (failed.length === 0) made?.();
    const undo = vscode.l10n.t('Undo');
    await carryOut(app, await tellDone(app, done, failed.length, undo), { act: undo });
  }
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

function needsSession({ cluster, change }: Order): boolean {
  return kinds[cluster.kind].steps(cluster, change).some(({ to }) => to === 'database');
}

import * as vscode from 'vscode';
import { wantedFor } from '../../core/access/asking.ts';
import { stopsOf } from '../../core/access/guards.ts';
import type { Change, Obstacle } from '../../core/clusters/change.ts';
import type { Cluster } from '../../core/clusters/cluster.ts';
import { kinds } from '../../core/clusters/kinds.ts';
import type { App } from '../app.ts';
import { askForAccess } from '../asking/askForAccess.ts';
import { obstacleWords } from './changeWords.ts';
import { subscriptionState } from './orders.ts';
import type { Reviewed } from './orders.ts';

/** What is in the way of any change of this sort is told at once, before more is asked. */
export async function isStopped(app: App, cluster: Cluster, change: Change): Promise<boolean> {
  const obstacles = stopsOf(kinds[cluster.kind], cluster, change, subscriptionState(app, cluster));
  if (obstacles.length === 0) return false;
  const stopped = [{ cluster, change, who: '', obstacles }];
  await recordStops(app, stopped);
  await explain(app, stopped);
  return true;
}

/** Nothing is done, and that is on record. */
export async function recordStops(app: App, stopped: readonly Reviewed[]): Promise<void> {
  for (const { cluster, change, who, obstacles } of stopped) {
    const me = await app.azure().directory.me(cluster.caller);
    for (const obstacle of obstacles.filter(({ weight }) => weight === 'stop'))
      app.audit.guarded({ cluster, change, objectId: me?.objectId, who, obstacle });
  }
}

/** Nothing is done; the reason, and the command that helps. */
export async function explain(app: App, stopped: readonly Reviewed[]): Promise<void> {
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
  const asks = await wayToAsk(app, first, stopped);
  const ways = [way, asks].filter((one) => one !== undefined);
  const pressed = await app.prompts.tell(
    'error',
    text,
    ways.map(({ title }) => title),
  );
  await ways.find(({ title }) => title === pressed)?.go();
}

interface Way {
  readonly title: string;
  readonly go: () => Thenable<unknown>;
}

/** Where somebody else has to do it: for what they are asked is what was wanted, not the right to do it oneself. */
async function wayToAsk(
  app: App,
  { cluster, obstacle }: { readonly cluster: Cluster; readonly obstacle: Obstacle },
  stopped: readonly Reviewed[],
): Promise<Way | undefined> {
  if (obstacle.what !== 'notAllowed' && obstacle.what !== 'needsAdministrator') return undefined;
  const me = await app.azure().directory.me(cluster.caller);
  const changes = stopped.flatMap((one) => (one.cluster.key === cluster.key ? [one.change] : []));
  const lack = obstacle.what === 'notAllowed' ? obstacle : undefined;
  const wanted = wantedFor(changes, cluster, me?.objectId, lack);
  if (wanted === undefined) return undefined;
  return {
    title: vscode.l10n.t('Ask for Access…'),
    go: () => askForAccess(app, { kind: 'cluster', key: cluster.key }, wanted),
  };
}

function wayOut(app: App, { key }: Cluster, obstacle: Obstacle): Way | undefined {
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
      return command(vscode.l10n.t('Open in Portal'), 'openInPortal');
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
    case 'nameTaken':
    case 'nativeOnReplica':
    case 'nativeUser':
    case 'noWayIn':
    case 'nothingToChange':
    case 'otherRole':
    case 'otherTenant':
    case 'ownRole':
    case 'passwordsStop':
    case 'rulesLeft':
    case 'portalShell':
    case 'publicNetworkOff':
    case 'subscriptionState':
    case 'unsureYouCanSignIn':
    case 'youHaveNoAccess':
    case 'yourself':
      return undefined;
  }
}

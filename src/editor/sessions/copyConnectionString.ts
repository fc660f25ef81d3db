import * as vscode from 'vscode';
import { readCluster } from '../../core/access/seen.ts';
import type { Cluster } from '../../core/clusters/cluster.ts';
import { kinds, speaksMongo } from '../../core/clusters/kinds.ts';
import { isReplica } from '../../core/clusters/standing.ts';
import { Failure } from '../../core/failure.ts';
import { admitsHost } from '../../core/identity/clouds.ts';
import { clientIdToFillIn, connectionString } from '../../core/sessions/connectionString.ts';
import type { ConnectingIdentity } from '../../core/sessions/connectionString.ts';
import { reaching, refused } from '../../core/sessions/hosts.ts';
import { everybody } from '../access/accessLists.ts';
import type { App } from '../app.ts';
import type { Node } from '../node.ts';
import { waitFor } from '../progress.ts';
import type { Choice } from '../prompts.ts';
import { clusterOf } from '../targets.ts';
import { allIdentities } from '../access/whom.ts';
import { principalLabel, roleWords } from '../words.ts';

/** A cluster's host, for whom it is and in which tenant, on the clipboard. No token and no password is in it. */
export async function copyConnectionString(app: App, node?: Node): Promise<void> {
  const question = vscode.l10n.t('Copy the connection string of which cluster?');
  const cluster = await clusterOf(app, node, question, ({ kind }) => speaksMongo(kind));
  if (cluster === undefined) return;
  const hosts = await hostsOf(app, cluster);
  const host =
    hosts.everywhere === undefined ? hosts.own : await chooseHost(app, hosts.own, hosts.everywhere);
  if (host === undefined) return;
  const identity = await chooseIdentity(app, cluster);
  if (identity === undefined) return;
  await vscode.env.clipboard.writeText(connectionString(host, identity, app.azure().cloud));
  vscode.window.setStatusBarMessage(vscode.l10n.t('Copied'), 3000);
}

/** By which a cluster is reached, as Resource Manager has it now. No writes go to a replica, so it has one only. */
export interface Hosts {
  readonly own: string;
  readonly everywhere: string | undefined;
}

export async function hostsOf(app: App, cluster: Cluster): Promise<Hosts> {
  const { cloud, door } = app.azure();
  const read = await waitFor(vscode.l10n.t('Reading {0}…', cluster.name), (signal) =>
    readCluster(door, cluster, signal),
  );
  const host = kinds[read.kind].endpoint(read.resource)?.host;
  if (host === undefined)
    throw new Failure({ code: 'databaseUnreachable', host: cluster.name, detail: '', cause: 'noAddress' });
  const [own, everywhere] = [reaching(host, 'own'), reaching(host, 'global')];
  // A program takes a token wherever it is told to.
  if (!admitsHost(cloud, 'mongoClusters', own)) throw refused(host);
  return { own, everywhere: isReplica(read) ? undefined : everywhere };
}

function chooseHost({ prompts }: App, own: string, everywhere: string): Promise<string | undefined> {
  const choices = [
    {
      label: vscode.l10n.t('Wherever it writes'),
      description: everywhere,
      detail: vscode.l10n.t('Global: goes on with a replica that is promoted'),
      value: everywhere,
    },
    {
      label: vscode.l10n.t('This cluster'),
      description: own,
      detail: vscode.l10n.t('Stays with it, when it has become a replica too'),
      value: own,
    },
  ];
  return prompts.pick(choices, vscode.l10n.t('Connect to what?'));
}

async function chooseIdentity(app: App, cluster: Cluster): Promise<ConnectingIdentity | undefined> {
  const callback = vscode.l10n.t('For a program with a token callback, as Copy Code… writes one');
  const choices: readonly Choice<ConnectingIdentity['kind']>[] = [
    {
      label: vscode.l10n.t('Interactive'),
      description: vscode.l10n.t('a person'),
      detail: callback,
      iconPath: new vscode.ThemeIcon('account'),
      value: 'interactive',
    },
    {
      label: vscode.l10n.t('Managed identity'),
      description: vscode.l10n.t('of a virtual machine'),
      detail: vscode.l10n.t(
        'The driver asks the machine itself; on App Service and the like take Copy Code…',
      ),
      iconPath: new vscode.ThemeIcon('robot'),
      value: 'managedIdentity',
    },
    {
      label: vscode.l10n.t('Workload identity'),
      description: vscode.l10n.t('in Kubernetes'),
      detail: callback,
      iconPath: new vscode.ThemeIcon('server-process'),
      value: 'workloadIdentity',
    },
  ];
  const kind = await app.prompts.pick(choices, vscode.l10n.t('Who connects?'));
  return kind === 'managedIdentity' ? chooseManagedIdentity(app, cluster) : kind && { kind };
}

/** Those with access are offered, as far as they and their client ids are known. */
async function chooseManagedIdentity(app: App, cluster: Cluster): Promise<ConnectingIdentity | undefined> {
  const choices: readonly Choice<{ readonly clientId: string | undefined }>[] = [
    ...(await knownIdentities(app, cluster)),
    {
      label: vscode.l10n.t('The machine’s own'),
      description: systemAssigned(),
      iconPath: new vscode.ThemeIcon('vm'),
      value: { clientId: undefined },
    },
    {
      label: vscode.l10n.t('Another one'),
      description: vscode.l10n.t('its client id is for you to fill in'),
      iconPath: new vscode.ThemeIcon('edit'),
      value: { clientId: clientIdToFillIn },
    },
  ];
  const chosen = await app.prompts.pick(choices, vscode.l10n.t('Which managed identity?'));
  return chosen && { kind: 'managedIdentity', ...chosen };
}

async function knownIdentities(
  app: App,
  cluster: Cluster,
): Promise<readonly Choice<{ readonly clientId: string | undefined }>[]> {
  const title = vscode.l10n.t(
    'Reading who has access to {0}; cancel to go on without their names…',
    cluster.name,
  );
  try {
    const [list, identities] = await waitFor(title, () =>
      Promise.all([app.tree.lists.whole(cluster), allIdentities(app, cluster)]),
    );
    return everybody(list).flatMap((grant) => {
      const { holder, role } = grant;
      if (holder.state !== 'entra') return [];
      const objectId = holder.principal.objectId.toLowerCase();
      const identity = identities.find((one) => one.objectId.toLowerCase() === objectId);
      const named = list.names?.of(holder.principal);
      const isOwn = identity?.kind === 'systemAssigned';
      const appId = named?.state === 'named' ? named.object.appId : undefined;
      const clientId = isOwn ? undefined : (identity?.clientId ?? appId);
      // Only of a machine's own none is wanted, and people have none.
      if (clientId === undefined && !isOwn) return [];
      return {
        label: identity?.name ?? principalLabel(grant, list.names),
        description: roleWords(role),
        detail: clientId ?? systemAssigned(),
        iconPath: new vscode.ThemeIcon('robot'),
        value: { clientId },
      };
    });
  } catch (error) {
    // Without them an id can be filled in still.
    if (Failure.from(error).code !== 'cancelled') app.log.error(error);
    return [];
  }
}

function systemAssigned(): string {
  return vscode.l10n.t('system-assigned');
}

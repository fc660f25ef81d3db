import * as vscode from 'vscode';
import { askingFor, lackOf, managing } from '../core/access/asking.ts';
import type { Wanted, Wish } from '../core/access/asking.ts';
import { readCluster } from '../core/access/seen.ts';
import { rangesOf } from '../core/clusters/addresses.ts';
import type { RoleOffer } from '../core/clusters/change.ts';
import type { Cluster } from '../core/clusters/cluster.ts';
import { sameText } from '../core/clusters/fields.ts';
import { kinds } from '../core/clusters/kinds.ts';
import { namedIn } from '../core/doctor/named.ts';
import type { App } from './app.ts';
import { askingText } from './askForAccessText.ts';
import type { Node } from './node.ts';
import { chooseAddresses } from './ownAddresses.ts';
import { waitFor } from './progress.ts';
import type { Choice } from './prompts.ts';
import { chooseScope } from './scopes.ts';
import { clusterOf } from './targets.ts';
import { roleMeaning, roleWords } from './words.ts';

/** A message to whoever can mend it, in the clipboard and on the screen. Nothing is changed, and nobody is told. */
export async function askForAccess(app: App, node?: Node, wanted?: Wanted): Promise<void> {
  const listed = await clusterOf(app, node, vscode.l10n.t('Ask for access to which cluster?'));
  if (listed === undefined) return;
  const { azure, explanations, prompts, tree } = app;
  const { door, directory, cloud } = azure();
  const { cluster, offers } = await waitFor(vscode.l10n.t('Looking at {0}…', listed.name), async (signal) => {
    // Who lacks access may not even read this much: what is listed has to do then.
    const fresh = await readCluster(door, listed, signal).catch((error: unknown) => {
      app.log.error(error);
      return listed;
    });
    const roles = await kinds[fresh.kind].roles(door, fresh, signal).catch((error: unknown) => {
      app.log.error(error);
      return [];
    });
    return { cluster: fresh, offers: roles };
  });
  const wish = await settle(app, cluster, offers, wanted ?? wantedOf(cluster, node));
  if (wish === undefined) return;
  const person = await directory.me(cluster.caller);
  if (person === undefined) {
    const text = vscode.l10n.t(
      'Your sign-in does not say which principal you are, so nobody can be told whom to let in.',
    );
    await prompts.tell('error', text, []);
    return;
  }
  const tenant = tree.tenant(cluster.caller);
  const text = askingText(askingFor(wish, { cluster, person, cloud, now: new Date() }), {
    tenant: tenant?.name,
    subscription: tenant?.subscriptions.find(({ id }) => sameText(id, cluster.subscription))?.name,
  });
  await vscode.env.clipboard.writeText(text);
  await explanations.show({ name: 'Access Request', text, acts: [], node });
  await prompts.tell(
    'information',
    vscode.l10n.t('Copied. Send it to whoever manages {0}.', cluster.name),
    [],
  );
}

/** What a row already says is missing. */
function wantedOf(cluster: Cluster, node: Node | undefined): Wanted | undefined {
  if (node?.kind !== 'failure' || node.failure.data.code !== 'forbidden') return undefined;
  const action = namedIn(node.failure.data.message).find(({ what }) => what === 'action')?.value;
  return action === undefined ? undefined : { what: 'action', ...lackOf(action, cluster) };
}

/** Asks for what is open; undefined when the person goes away. */
async function settle(
  app: App,
  cluster: Cluster,
  offers: readonly RoleOffer[],
  given: Wanted | undefined,
): Promise<Wish | undefined> {
  const wanted = given ?? (await chooseWanted(app, cluster, offers));
  switch (wanted?.what) {
    case 'grant': {
      if (wanted.role !== undefined) return { what: 'grant', role: wanted.role, scope: wanted.scope };
      const role = await chooseRole(app, cluster, offers);
      return role === undefined ? undefined : scoped(app, cluster, role);
    }
    case 'rule': {
      if (wanted.ranges !== undefined) return { what: 'rule', ranges: wanted.ranges };
      const text = await chooseAddresses(app, cluster);
      if (text === undefined) return undefined;
      return { what: 'rule', ranges: rangesOf(text).flatMap((range) => ('problem' in range ? [] : [range])) };
    }
    case 'modes':
    case 'action':
    case 'start':
    case 'servicePrincipal':
    case undefined:
      return wanted;
  }
}

async function chooseWanted(
  app: App,
  cluster: Cluster,
  offers: readonly RoleOffer[],
): Promise<Wanted | undefined> {
  const ruling = offers.find(({ role }) => role.name === 'administrator') ?? offers[0];
  const lack = ruling === undefined ? undefined : managing(cluster, ruling);
  const choices: Choice<Wanted>[] = [
    ...offers.map((role) => roleChoice<Wanted>(role, { what: 'grant', role })),
    {
      label: vscode.l10n.t('My address let in'),
      detail: vscode.l10n.t('By a rule of the firewall'),
      value: { what: 'rule' },
    },
    ...(lack === undefined
      ? []
      : [
          {
            label: vscode.l10n.t('The right to say who gets in'),
            detail: vscode.l10n.t('By the role {0} in Azure, at this cluster', lack.role),
            value: { what: 'action', ...lack } as const,
          },
        ]),
  ];
  const chosen = await app.prompts.pick(choices, question(cluster));
  return chosen?.what === 'grant' && chosen.role !== undefined ? scoped(app, cluster, chosen.role) : chosen;
}

/** On which part of the cluster, where it has any. */
async function scoped(app: App, cluster: Cluster, role: RoleOffer) {
  const scope = await chooseScope(app, cluster, role);
  if (scope === undefined) return undefined;
  return { what: 'grant', role, scope: scope === '' ? undefined : scope } as const;
}

async function chooseRole(
  { prompts }: App,
  cluster: Cluster,
  offers: readonly RoleOffer[],
): Promise<RoleOffer | undefined> {
  if (offers.length > 0)
    return prompts.pick(
      offers.map((role) => roleChoice(role, role)),
      question(cluster),
    );
  const text = vscode.l10n.t('It could not be read which roles {0} has.', cluster.name);
  await prompts.tell('information', text, []);
  return undefined;
}

function question({ name }: Cluster): string {
  return vscode.l10n.t('What do you need on {0}? The smallest comes first', name);
}

function roleChoice<T>({ role }: RoleOffer, value: T): Choice<T> {
  return { label: roleWords(role), detail: roleMeaning(role), value };
}

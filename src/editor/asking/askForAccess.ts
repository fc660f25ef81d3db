import * as vscode from 'vscode';
import { askingFor, managing } from '../../core/access/asking.ts';
import type { Wanted, Wish } from '../../core/access/asking.ts';
import type { Me } from '../../core/access/principals.ts';
import type { TenantWish } from '../../core/access/tenantAsking.ts';
import { readCluster } from '../../core/access/seen.ts';
import { rangesOf } from '../../core/clusters/addresses.ts';
import type { RoleOffer } from '../../core/clusters/change.ts';
import type { Cluster, Principal } from '../../core/clusters/cluster.ts';
import { sameText } from '../../core/clusters/fields.ts';
import { kinds } from '../../core/clusters/kinds.ts';
import { wantedToRead } from '../../core/doctor/wanted.ts';
import { wantedByRefusal } from '../../core/doctor/wantedToken.ts';
import type { PastedRefusal } from '../../core/doctor/wantedToken.ts';
import { Failure } from '../../core/failure.ts';
import { handOver } from './accessRequest.ts';
import type { App } from '../app.ts';
import { askingText } from './askForAccessText.ts';
import { askAboutError, askTenant, meOf, ownApplication, refusedAt } from './askTenant.ts';
import type { Node } from '../node.ts';
import { chooseAddresses, typeAddresses } from '../access/ownAddresses.ts';
import { waitFor } from '../progress.ts';
import type { Choice } from '../prompts.ts';
import { chooseScope } from '../access/scopes.ts';
import { clusterOf } from '../targets.ts';
import { roleMeaning, roleWords } from '../words.ts';

/**
 * A message to whoever can mend it, in the clipboard and on the screen. Nothing is changed, and nobody is told.
 * `other`: on whose behalf, where it is not for who asks.
 */
export async function askForAccess(
  app: App,
  node?: Node | PastedRefusal,
  wanted?: Wanted,
  other?: Other,
): Promise<void> {
  if (node?.kind === 'pasted') return askAboutError(app, node);
  const ofTenant = wanted === undefined ? refusedAt(app, node) : undefined;
  if (ofTenant !== undefined) return ofTenant();
  const listed = await clusterOf(app, node, vscode.l10n.t('Ask for access to which cluster?'));
  if (listed === undefined) return;
  const { azure, prompts, tree } = app;
  const { door, cloud } = azure();
  const seen = await waitFor(vscode.l10n.t('Looking at {0}…', listed.name), async (signal) => {
    let reading: Wanted | undefined;
    const unread = (error: unknown): undefined => {
      app.log.error(error);
      reading ??= wantedToRead(Failure.from(error).data, listed, `${kinds[listed.kind].armType}/read`);
    };
    // Who lacks access may not even read this much: what is listed has to do then.
    const cluster = (await readCluster(door, listed, signal).catch(unread)) ?? listed;
    const offers = (await kinds[cluster.kind].roles(door, cluster, signal).catch(unread)) ?? [];
    return { cluster, offers, reading };
  });
  const { cluster } = seen;
  const wish = await settle(app, seen, wanted ?? wantedOf(cluster, node), other !== undefined);
  if (wish === undefined) return;
  const me = await meOf(app, cluster.caller, wish);
  // What one lacks oneself is not asked for on behalf of others.
  const isOwn = wish.what === 'token' || wish.what === 'action';
  const person = other === undefined || isOwn ? me : await otherOf(app, cluster, other);
  if (me === undefined || person === undefined) {
    const text = vscode.l10n.t(
      'Your sign-in does not say which principal you are, so nobody can be told whom to let in.',
    );
    await prompts.tell('error', text, []);
    return;
  }
  const asker = person === me ? undefined : me;
  if (isOfTenant(wish)) {
    const tenant = wish.what === 'invite' ? wish.tenant : cluster.caller.tenant;
    return askTenant(app, wish, { tenant, cluster, person, asker, application: ownApplication() });
  }
  const tenant = tree.tenant(cluster.caller);
  const text = askingText(askingFor(wish, { cluster, person, asker, cloud, now: new Date() }), {
    tenant: tenant?.name,
    subscription: tenant?.subscriptions.find(({ id }) => sameText(id, cluster.subscription))?.name,
  });
  await handOver(app, text, vscode.l10n.t('Copied. Send it to whoever manages {0}.', cluster.name));
}

/** Somebody else, as a report names them. */
interface Other {
  readonly principal: Principal;
  readonly name: string;
}

/** What was seen of a cluster; `reading`: the right to see what was not to be. */
interface Seen {
  readonly cluster: Cluster;
  readonly offers: readonly RoleOffer[];
  readonly reading: Wanted | undefined;
}

function isOfTenant(wish: Wish): wish is TenantWish {
  const { what } = wish;
  return what === 'token' || what === 'enable' || what === 'servicePrincipal' || what === 'invite';
}

async function otherOf({ azure }: App, { caller }: Cluster, { principal, name }: Other): Promise<Me> {
  const named = (await azure().directory.names(caller, [principal])).of(principal);
  const object = named.state === 'named' ? named.object : undefined;
  return {
    objectId: principal.objectId,
    type: object?.type ?? principal.type,
    tenant: principal.tenant ?? caller.tenant,
    name: object?.name ?? name,
    userName: object?.userName,
  };
}

/** What a row already says is missing. */
function wantedOf(cluster: Cluster, node: Node | undefined): Wanted | undefined {
  if (node?.kind !== 'failure') return undefined;
  const { data } = node.failure;
  return wantedByRefusal(data) ?? wantedToRead(data, cluster);
}

/** Asks for what is open; undefined when the person goes away. */
async function settle(
  app: App,
  seen: Seen,
  given: Wanted | undefined,
  isForOther: boolean,
): Promise<Wish | undefined> {
  const { cluster, reading } = seen;
  const wanted = given ?? (await chooseWanted(app, seen));
  switch (wanted?.what) {
    case 'grant': {
      if (wanted.role !== undefined) return { what: 'grant', role: wanted.role, scope: wanted.scope };
      // Without its roles nobody can say which: what is asked for first is to see them.
      if (seen.offers.length === 0 && reading?.what === 'action') return reading;
      const role = await chooseRole(app, seen);
      return role === undefined ? undefined : scoped(app, cluster, role);
    }
    case 'rule': {
      if (wanted.ranges !== undefined) return { what: 'rule', ranges: wanted.ranges };
      const text = await (isForOther ? typeAddresses(app, cluster) : chooseAddresses(app, cluster));
      if (text === undefined) return undefined;
      return { what: 'rule', ranges: rangesOf(text).flatMap((range) => ('problem' in range ? [] : [range])) };
    }
    case 'modes':
    case 'action':
    case 'start':
    case 'servicePrincipal':
    case 'token':
    case 'enable':
    case 'invite':
    case undefined:
      return wanted;
  }
}

async function chooseWanted(app: App, { cluster, offers, reading }: Seen): Promise<Wanted | undefined> {
  const ruling = offers.find(({ role }) => role.name === 'administrator') ?? offers[0];
  const lack = ruling === undefined ? undefined : managing(cluster, ruling);
  const choices: Choice<Wanted>[] = [
    ...(reading?.what === 'action'
      ? [
          {
            label: vscode.l10n.t('To see it in Azure'),
            detail: vscode.l10n.t('By the role {0} in Azure, at this cluster', reading.role),
            value: reading,
          },
        ]
      : []),
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

async function chooseRole({ prompts }: App, { cluster, offers }: Seen): Promise<RoleOffer | undefined> {
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

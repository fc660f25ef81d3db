import * as vscode from 'vscode';
import { membersOf } from '../../core/azure/groupMembers.ts';
import { readCluster } from '../../core/access/seen.ts';
import { offersOf } from '../../core/access/offers.ts';
import type { Offer } from '../../core/access/offers.ts';
import { anybody } from '../../core/access/permissions.ts';
import type { RoleOffer } from '../../core/clusters/change.ts';
import type { Cluster, Grant } from '../../core/clusters/cluster.ts';
import { sameText } from '../../core/clusters/fields.ts';
import { kinds } from '../../core/clusters/kinds.ts';
import type { PrincipalType } from '../../core/clusters/kind.ts';
import type { App } from '../app.ts';
import { waitFor } from '../progress.ts';
import type { Choice } from '../prompts.ts';
import type { Node } from '../node.ts';
import { grantsNow } from './orders.ts';
import type { Order } from './orders.ts';
import { carryOut } from './review.ts';
import { chooseScope } from './scopes.ts';
import { isStopped } from './stops.ts';

import { clusterOf, grantsOf } from '../targets.ts';
import { principalLabel, productOf, roleMeaning, roleWords } from '../words.ts';
import { chooseWhom } from './whom.ts';
import type { Somebody } from './whom.ts';

/** `made`: called when they are added. */
export async function addMe(app: App, node?: Node, made?: () => void): Promise<void> {
  const cluster = await freshCluster(app, node, vscode.l10n.t('Add yourself to which cluster?'));
  if (cluster === undefined || (await isStopped(app, cluster, anybody))) return;
  const me = await app.azure().directory.me(cluster.caller);
  if (me === undefined) {
    const text = vscode.l10n.t(
      'Your sign-in does not say which principal you are. Use Add Entra User… with your object id.',
    );
    await app.prompts.tell('error', text, []);
    return;
  }
  const type = me.type === 'servicePrincipal' ? me.type : 'user';
  const principal = { objectId: me.objectId, type, tenant: undefined } as const;
  await add(app, cluster, [{ principal, name: me.name, userName: me.userName }], made);
}

/** Somebody whom the person need not look for. `made`: called when they are added. */
export async function addSomebodyKnown(
  app: App,
  node: Node,
  somebody: Somebody,
  made: () => void,
): Promise<void> {
  const cluster = await freshCluster(app, node, vscode.l10n.t('On which cluster?'));
  if (cluster === undefined || (await isStopped(app, cluster, anybody))) return;
  await add(app, cluster, [somebody], made);
}

export function addUser(app: App, node?: Node): Promise<void> {
  return addSomebody(app, node, 'user', vscode.l10n.t('Add people to which cluster?'));
}

export function addApplication(app: App, node?: Node): Promise<void> {
  return addSomebody(
    app,
    node,
    'servicePrincipal',
    vscode.l10n.t('Add an application or managed identity to which cluster?'),
  );
}

export function addGroup(app: App, node?: Node): Promise<void> {
  return addSomebody(app, node, 'group', vscode.l10n.t('Add a group to which cluster?'));
}

async function addSomebody(
  app: App,
  node: Node | undefined,
  type: PrincipalType,
  question: string,
): Promise<void> {
  const cluster = await freshCluster(app, node, question);
  // Who cannot be added learns that before they were searched for.
  if (cluster === undefined || (await isStopped(app, cluster, anybody))) return;
  const chosen = await chooseWhom(app, cluster, type);
  if (chosen.length === 0) return;
  if (type === 'group' && !kinds[cluster.kind].principalTypes.includes('group')) {
    const members = await todaysMembers(app, cluster, chosen);
    if (members !== undefined) await add(app, cluster, members);
  } else await add(app, cluster, chosen);
}

/** A kind without groups can be given whoever is in one today; who joins later is not in it. */
async function todaysMembers(
  app: App,
  cluster: Cluster,
  groups: readonly Somebody[],
): Promise<readonly Somebody[] | undefined> {
  const { door } = app.azure();
  const names = groups.map(({ name }) => name).join(', ');
  const lists = await waitFor(vscode.l10n.t('Reading the members of {0}…', names), (signal) =>
    Promise.all(groups.map(({ principal }) => membersOf(door, cluster.caller, principal.objectId, signal))),
  );
  const all = lists.flatMap(({ named, bare }) => [
    ...named,
    ...bare.map(({ id, type }) => ({ id, type, name: id, userName: undefined })),
  ]);
  const members = new Map(
    all.map(({ id, type, name, userName }): [string, Somebody] => [
      id.toLowerCase(),
      {
        principal: { objectId: id, type: type === 'servicePrincipal' ? type : 'user', tenant: undefined },
        name,
        userName,
      },
    ]),
  );
  if (members.size === 0) {
    await app.prompts.tell('information', vscode.l10n.t('{0} has no members that could be read.', names), []);
    return undefined;
  }
  const lacking = new Set(lists.flatMap((list) => list.lacking));
  const detail = [
    vscode.l10n.t(
      '{0} knows no groups. The members of today can be added one by one: a snapshot. Who joins or leaves the group later is not followed.',
      productOf(cluster),
    ),
    ...(lacking.has('hidden') ? [vscode.l10n.t('The group hides members: there may be more.')] : []),
    ...(lacking.has('applications')
      ? [vscode.l10n.t('Applications in the group could not be read: there may be more.')]
      : []),
  ].join('\n\n');
  const go = vscode.l10n.t('Add {0} Members', members.size);
  const answer = await app.prompts.confirm(
    vscode.l10n.t('Add the members of {0} to {1}?', names, cluster.name),
    detail,
    [go],
  );
  return answer === go ? [...members.values()] : undefined;
}

/** Which role, on what, under which name; then the review. */
async function add(
  app: App,
  cluster: Cluster,
  people: readonly Somebody[],
  made?: () => void,
): Promise<void> {
  const names = people.map(({ name }) => name).join(', ');
  const role = await chooseRole(app, cluster, vscode.l10n.t('What may {0} do on {1}?', names, cluster.name));
  if (role === undefined) return;
  const scope = await chooseScope(app, cluster, role);
  if (scope === undefined) return;
  const orders: Order[] = [];
  for (const { principal, name, userName } of people) {
    const alias = await chooseAlias(app, cluster, userName ?? name);
    if (alias === undefined) return;
    const wanted = {
      principal,
      role,
      scope: scope === '' ? undefined : scope,
      alias: alias === '' ? undefined : alias,
    };
    orders.push({ cluster, change: { what: 'addGrant', wanted }, who: name });
  }
  const first: Order | undefined =
    cluster.modes.entra === 'off'
      ? {
          cluster,
          change: { what: 'setModes', entra: true, native: cluster.modes.native !== 'off' },
          who: '',
        }
      : undefined;
  const act = first === undefined ? vscode.l10n.t('Add') : vscode.l10n.t('Turn Entra On and Add');
  await carryOut(app, orders, { act, first, made });
}

async function chooseRole(
  app: App,
  cluster: Cluster,
  question: string,
  present?: Grant,
): Promise<RoleOffer | undefined> {
  const offers = await waitFor(vscode.l10n.t('Asking which roles there are…'), (signal) =>
    offersNow(app, cluster, signal),
  );
  if (offers.length === 0) {
    const text = vscode.l10n.t('{0} has no role that could be given to anybody in Entra.', cluster.name);
    await app.prompts.tell('information', text, []);
    return undefined;
  }
  const choices = offers
    .filter(({ role }) => !sameText(role.id, present?.roleId ?? ''))
    // Where Entra is off nobody in Entra can be in the database yet to give what is kept there.
    .filter(({ role }) => role.keptIn === 'resourceManager' || cluster.modes.entra !== 'off')
    .map((offer): Choice<RoleOffer> => {
      const { role } = offer;
      const description = givingWords(offer);
      return {
        label: roleWords(role.role),
        ...(description === undefined ? {} : { description }),
        detail: roleMeaning(role.role),
        value: role,
      };
    });
  return app.prompts.pick(choices, question);
}

/** The roles there are, those first that the person can give; what is not known of them keeps none back. */
async function offersNow(app: App, cluster: Cluster, signal: AbortSignal): Promise<readonly Offer[]> {
  const { door, directory, permissions } = app.azure();
  const kind = kinds[cluster.kind];
  const roles = await kind.roles(door, cluster, signal);
  const isKeptInside = roles.some(({ keptIn }) => keptIn === 'database');
  const [judge, me, grants] = await Promise.all([
    permissions.judge(cluster, signal),
    directory.me(cluster.caller),
    isKeptInside ? kind.grants(door, cluster, signal).catch(() => undefined) : [],
  ]);
  return offersOf(cluster, roles, {
    judge,
    grants: grants ?? [],
    me: grants === undefined ? undefined : me?.objectId,
  });
}

function givingWords({ role, lacking }: Offer): string | undefined {
  switch (lacking) {
    case 'administrator':
      return vscode.l10n.t('only an Entra administrator of the cluster gives it, and you are not one yet');
    case 'permission':
      return vscode.l10n.t('Azure does not let you give it');
    case undefined:
      return role.keptIn === 'database'
        ? vscode.l10n.t('given by an Entra administrator of the cluster')
        : undefined;
  }
}

async function chooseAlias(app: App, cluster: Cluster, name: string): Promise<string | undefined> {
  const { roleName } = kinds[cluster.kind];
  if (roleName === undefined) return '';
  return app.prompts.type({
    title: vscode.l10n.t('The name to connect with'),
    question: vscode.l10n.t('{0} signs in to {1} under this name; case matters', name, cluster.name),
    start: roleName(name),
    problem: (text) =>
      text !== '' && roleName(text) === text
        ? undefined
        : vscode.l10n.t('Letters, digits, dot, underscore and hyphen; 63 at most'),
  });
}

export async function changeRole(app: App, node?: Node): Promise<void> {
  const [target] = await grantsOf(app, node, undefined, vscode.l10n.t('Change whose role?'));
  if (target === undefined) return;
  const { cluster, grant, name } = target;
  const fresh = await waitFor(vscode.l10n.t('Looking at {0}…', cluster.name), (signal) =>
    readCluster(app.azure().door, cluster, signal),
  );
  const any: RoleOffer = { role: { name: 'unknown' }, id: '', keptIn: grant.keptIn };
  if (await isStopped(app, fresh, { what: 'changeRole', grant, role: any })) return;
  const role = await chooseRole(
    app,
    cluster,
    vscode.l10n.t('{0} is {1} on {2}. Which role instead?', name, roleWords(grant.role), cluster.name),
    grant,
  );
  if (role === undefined) return;
  const change = { what: 'changeRole', grant, role } as const;
  await carryOut(app, [{ cluster, change, who: name }], { act: vscode.l10n.t('Change Role') });
}

export async function removeAccess(app: App, node?: Node, selected?: readonly Node[]): Promise<void> {
  const targets = await grantsOf(app, node, selected, vscode.l10n.t('Remove whose access?'));
  await remove(app, targets);
}

async function remove(app: App, targets: Awaited<ReturnType<typeof grantsOf>>): Promise<void> {
  const orders = targets.map(({ cluster, grant, name }): Order => ({
    cluster,
    change: { what: 'removeGrant', grant },
    who: name,
  }));
  await carryOut(app, orders, { act: vscode.l10n.t('Remove') });
}

/** Names anew for those without; those whom the directory no longer has can go together. */
export async function resolvePrincipals(app: App, node?: Node): Promise<void> {
  const cluster = await clusterOf(app, node, vscode.l10n.t('Resolve the principals of which cluster?'));
  if (cluster === undefined) return;
  const { directory } = app.azure();
  directory.forget();
  app.tree.forgetAccess(cluster.key);
  const { grants, names } = await waitFor(
    vscode.l10n.t('Asking the directory who they are…'),
    async (signal) => {
      const listed = await grantsNow(app, cluster, signal);
      const principals = listed.flatMap(({ holder }) => (holder.state === 'entra' ? [holder.principal] : []));
      return { grants: listed, names: await directory.names(cluster.caller, principals, signal) };
    },
  );
  app.tree.refresh(app.tree.clusterNode(cluster.key));
  const inState = (state: string): readonly Grant[] =>
    grants.filter(({ holder }) => holder.state === 'entra' && names.of(holder.principal).state === state);
  const gone = inState('gone');
  const button = vscode.l10n.t('Remove Those Gone…');
  const unnamed = inState('unnamed').length;
  const text = [
    vscode.l10n.t(
      '{0}: named {1}, gone from the directory {2}.',
      cluster.name,
      inState('named').length,
      gone.length,
    ),
    ...(unnamed === 0
      ? []
      : [vscode.l10n.t('Without a name {0}: the directory may not be read that far.', unnamed)]),
  ].join(' ');
  const pressed = await app.prompts.tell('information', text, gone.length === 0 ? [] : [button]);
  if (pressed !== button) return;
  await remove(
    app,
    gone.map((grant) => ({ cluster, grant, name: principalLabel(grant, names) })),
  );
}

/** The cluster of a row or a question, as Azure says it is now. */
export async function freshCluster(
  app: App,
  node: Node | undefined,
  question: string,
): Promise<Cluster | undefined> {
  const cluster = await clusterOf(app, node, question);
  if (cluster === undefined) return undefined;
  const { door } = app.azure();
  return waitFor(vscode.l10n.t('Looking at {0}…', cluster.name), (signal) =>
    readCluster(door, cluster, signal),
  );
}

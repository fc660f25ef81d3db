import type { AddressRange } from '../clusters/addresses.ts';
import type { Change, FirewallRule, Obstacle, RoleOffer, Step } from '../clusters/change.ts';
import type { Cluster, Grant } from '../clusters/cluster.ts';
import { fields, sameText } from '../clusters/fields.ts';
import { reader, roleGiver } from '../clusters/kind.ts';
import type { BuiltInRole } from '../clusters/kind.ts';
import { kinds } from '../clusters/kinds.ts';
import type { Refusal } from '../failure.ts';
import type { Cloud } from '../identity/clouds.ts';
import {
  consenting,
  enablingAccount,
  enablingServicePrincipal,
  givingRole,
  takingRole,
} from './askingCommands.ts';
import { copyOf } from './copyAs.ts';
import { actionOf } from './permissions.ts';
import type { Lack } from './permissions.ts';
import type { Me } from './principals.ts';

/** What somebody lacks and somebody else can give. What is left open they are asked. */
export type Wanted =
  | { readonly what: 'grant'; readonly role?: RoleOffer; readonly scope?: string | undefined }
  | { readonly what: 'rule'; readonly ranges?: readonly AddressRange[] }
  | Exclude<Wish, { readonly what: 'grant' | 'rule' }>;

/** The same with nothing left open. */
export type Wish =
  | { readonly what: 'grant'; readonly role: RoleOffer; readonly scope: string | undefined }
  /** Entra lets nobody in. */
  | { readonly what: 'modes' }
  | { readonly what: 'rule'; readonly ranges: readonly AddressRange[] }
  /** To do it oneself: a role of Azure's own at the cluster. */
  | ({ readonly what: 'action' } & Lack)
  /** The cluster is stopped. */
  | { readonly what: 'start' }
  /** A service whose application the tenant does not have, or has disabled: nobody gets a token for it. */
  | { readonly what: 'servicePrincipal'; readonly appId: string }
  /** Entra gives whoever asks no token, and only the tenant's administrators can change that. */
  | {
      readonly what: 'token';
      readonly reason: TenantReason;
      readonly aadsts: number;
      readonly resource: string | undefined;
    }
  /** The account is disabled in the directory. */
  | { readonly what: 'enable' };

/** Why Entra refuses, as far as administrators have to know what to do; `other`: its number says no more here. */
export type TenantReason =
  | Extract<
      Refusal,
      | 'consent'
      | 'conditionalAccess'
      | 'notAssigned'
      | 'notInTenant'
      | 'tenantPolicy'
      | 'resourceMissing'
      | 'accountState'
    >
  | 'other';

/** All that a message to an administrator says. */
export interface Asking {
  readonly cluster: Cluster;
  /** Whom it is for. */
  readonly person: Me;
  /** Who asks on their behalf; undefined where they do so themselves. */
  readonly asker: Me | undefined;
  /** The organisation's own application that people sign in with; undefined is the editor's. */
  readonly application: string | undefined;
  readonly made: Date;
  readonly wish: Wish;
  /** What the administrator changes, in this order; what is no change of a cluster has none. */
  readonly changes: readonly Change[];
  /** What is in the way of that, or to know before. */
  readonly obstacles: readonly Obstacle[];
  readonly commands: readonly Command[];
  readonly undo: readonly Command[];
  /** Some of the commands write a whole list, as it was when the message was made. */
  readonly writesList: boolean;
  readonly doers: readonly Doer[];
  readonly portal: {
    /** Where the cluster is. */
    readonly cluster: string;
    readonly link: string;
    /** The page to find there, as the portal calls it; undefined where the portal cannot do it. */
    readonly page: string | undefined;
  };
}

export interface Command {
  readonly program: 'azureCli' | 'mongosh';
  readonly text: string;
}

/** What it takes to do it. */
export type Doer =
  | { readonly by: 'azureRole' | 'entraRole'; readonly role: BuiltInRole }
  /** An administrator in Entra of the cluster itself: the database knows no other. */
  | { readonly by: 'clusterAdministrator' };

export interface Around {
  readonly cluster: Cluster;
  /** Without an object id where Entra gives no token that says it. */
  readonly person: Me;
  readonly asker?: Me | undefined;
  readonly application?: string | undefined;
  readonly cloud: Cloud;
  readonly now: Date;
}

export function askingFor(wish: Wish, around: Around): Asking {
  const { cluster, person, asker, application, cloud, now } = around;
  const changes = changesOf(wish, around);
  const { steps, back } = there(cluster, changes);
  const role =
    wish.what === 'action' ? { role: wish.role, objectId: person.objectId, id: cluster.id } : undefined;
  const principalType = person.type === 'servicePrincipal' ? 'ServicePrincipal' : 'User';
  const own = commandsOfDirectory(wish, around);
  return {
    cluster,
    person,
    asker,
    application,
    made: now,
    wish,
    changes,
    obstacles: each(changes.flatMap((change) => obstaclesOf(cluster, change))),
    commands:
      role !== undefined
        ? [inCli(givingRole({ ...role, principalType }, cloud))]
        : (own?.commands ?? commandsOf(steps, cloud)),
    undo: role === undefined ? (own?.undo ?? commandsOf(back, cloud)) : [inCli(takingRole(role, cloud))],
    writesList: steps.some(isPatch),
    doers: doersOf(wish, cluster, person, steps),
    portal: portalOf(wish, cluster, person, cloud),
  };
}

/** What to ask for in place of the right to make changes: their outcome, where that is all that is wanted. */
export function wantedFor(
  changes: readonly Change[],
  { modes }: Cluster,
  me: string | undefined,
  lack: Lack | undefined,
): Wanted | undefined {
  const own = changes.find(
    (change) => change.what === 'addGrant' && sameText(me, change.wanted.principal.objectId),
  );
  if (own?.what === 'addGrant') {
    const { role, scope } = own.wanted;
    return { what: 'grant', role, ...(scope === undefined ? {} : { scope }) };
  }
  const rules = changes.flatMap((change) => (change.what === 'addRule' ? [change.rule] : []));
  if (rules.length > 0 && rules.length === changes.length)
    return { what: 'rule', ranges: rules.map(({ start, end }) => ({ start, end })) };
  const turnsOn = changes.every(
    (change) => change.what === 'setModes' && change.entra && change.native === (modes.native !== 'off'),
  );
  if (turnsOn && changes.length > 0 && modes.entra === 'off') return { what: 'modes' };
  if (lack === undefined) return undefined;
  const { action, role, link } = lack;
  return { what: 'action', action, role, link };
}

/** An action that the person lacks, with the least of Azure's own roles that has it. */
export function lackOf(action: string, { kind }: Cluster): Lack {
  const { name, link } = /\/read$/i.test(action) ? reader : kinds[kind].manager;
  return { action, role: name, link };
}

/** The right to say who gets in. */
export function managing(cluster: Cluster, role: RoleOffer): Lack | undefined {
  const principal = { objectId: '', type: 'user', tenant: undefined } as const;
  const wanted = { principal, role, scope: undefined, alias: undefined };
  const [action] = kinds[cluster.kind]
    .steps(cluster, { what: 'addGrant', wanted })
    .flatMap((step) => actionOf(step) ?? []);
  return action === undefined ? undefined : lackOf(action, cluster);
}

function changesOf(wish: Wish, { cluster, person, now }: Around): readonly Change[] {
  const { modes } = cluster;
  const entraOn: Change = { what: 'setModes', entra: true, native: modes.native !== 'off' };
  switch (wish.what) {
    case 'grant': {
      const { objectId, type, name, userName } = person;
      const principal = { objectId, type: type === 'unknown' ? 'user' : type, tenant: undefined } as const;
      const alias = kinds[cluster.kind].roleName?.(userName ?? name);
      const wanted = { principal, role: wish.role, scope: wish.scope, alias };
      return [...(modes.entra === 'off' ? [entraOn] : []), { what: 'addGrant', wanted }];
    }
    case 'modes':
      return [entraOn];
    case 'rule':
      return wish.ranges.map(({ start, end }, index) => {
        const number = wish.ranges.length === 1 ? '' : `-${index + 1}`;
        const name = `${(person.userName ?? person.name).split('@')[0]}-${now.toISOString().slice(0, 10)}${number}`;
        const rule: FirewallRule = {
          id: undefined,
          name: kinds[cluster.kind].ruleName?.(name) ?? '',
          start,
          end,
        };
        return { what: 'addRule', rule };
      });
    case 'action':
    case 'start':
    case 'servicePrincipal':
    case 'token':
    case 'enable':
      return [];
  }
}

/** What is done in the directory, where a command does it. */
function commandsOfDirectory(
  wish: Wish,
  { person, application, cloud }: Around,
): { readonly commands: readonly Command[]; readonly undo: readonly Command[] } | undefined {
  switch (wish.what) {
    case 'servicePrincipal':
      return { commands: [inCli(enablingServicePrincipal(wish.appId, cloud))], undo: [] };
    case 'enable': {
      const account = { objectId: person.objectId, isApplication: person.type === 'servicePrincipal' };
      return {
        commands: [inCli(enablingAccount(account, true, cloud))],
        undo: [inCli(enablingAccount(account, false, cloud))],
      };
    }
    case 'token':
      // Only an application that is registered in the tenant can be consented to by its id alone.
      return wish.reason === 'consent' && application !== undefined
        ? { commands: [inCli(consenting(application, cloud))], undo: [] }
        : undefined;
    case 'grant':
    case 'modes':
    case 'rule':
    case 'action':
    case 'start':
      return undefined;
  }
}

/** The steps of changes that build on each other, and those that take them back. */
function there(
  before: Cluster,
  changes: readonly Change[],
): { readonly steps: readonly Step[]; readonly back: readonly Step[] } {
  let cluster = before;
  const steps: Step[] = [];
  const undos: Change[] = [];
  const make = (change: Change): readonly Step[] => {
    const own = kinds[cluster.kind].steps(cluster, change);
    for (const step of own) cluster = after(cluster, step);
    return own;
  };
  for (const change of changes) {
    const own = make(change);
    steps.push(...own);
    // What was only turned on for somebody may let others in by the time that they go.
    if (change.what !== 'setModes' || changes.length === 1) undos.unshift(...undoOf(before, change, own));
  }
  return { steps: withoutReplaced(steps), back: withoutReplaced(undos.flatMap(make)) };
}

/** A list that is written whole, and right after that again with more in it, is written once. */
function withoutReplaced(steps: readonly Step[]): readonly Step[] {
  return steps.filter((step, index) => {
    const next = steps[index + 1];
    return !isPatch(step) || !isPatch(next) || step.id !== next.id || writtenBy(step) !== writtenBy(next);
  });
}

function isPatch(step: Step | undefined): step is Step & { readonly to: 'resourceManager' } {
  return step?.to === 'resourceManager' && step.method === 'PATCH';
}

function writtenBy({ body }: Step & { readonly to: 'resourceManager' }): string {
  return Object.keys(fields(body?.['properties'])).join();
}

/** What is written to the cluster itself is there when the next step is made. */
function after(cluster: Cluster, step: Step): Cluster {
  if (!isPatch(step)) return cluster;
  const { resource } = cluster;
  const properties = { ...resource.properties, ...fields(step.body?.['properties']) };
  return { ...cluster, resource: { ...resource, properties } };
}

function undoOf({ modes }: Cluster, change: Change, [step]: readonly Step[]): readonly Change[] {
  const id = step?.to === 'resourceManager' && step.method === 'PUT' ? step.id : undefined;
  switch (change.what) {
    case 'setModes':
      if (modes.entra === 'unknown' || modes.native === 'unknown') return [];
      return [{ what: 'setModes', entra: modes.entra === 'on', native: modes.native === 'on' }];
    case 'addGrant': {
      const { principal, role, scope, alias } = change.wanted;
      const grant: Grant = {
        id: id ?? principal.objectId,
        holder: { state: 'entra', principal, alias },
        role: role.role,
        roleId: role.id,
        scope,
        keptIn: role.keptIn,
      };
      return [{ what: 'removeGrant', grant }];
    }
    case 'addRule':
      return [{ what: 'removeRule', rule: { ...change.rule, id } }];
    // Nobody is asked for these.
    case 'changeRole':
    case 'removeGrant':
    case 'removeRule':
      return [];
  }
}

function obstaclesOf(cluster: Cluster, change: Change): readonly Obstacle[] {
  const kind = kinds[cluster.kind];
  const isNew = change.what === 'setModes' && kind.modesAreExperimental;
  return [
    ...kind.obstacles(cluster, change),
    ...(isNew ? [{ weight: 'tell', what: 'experimental' } as const] : []),
  ];
}

function each(obstacles: readonly Obstacle[]): readonly Obstacle[] {
  return [...new Map(obstacles.map((obstacle) => [JSON.stringify(obstacle), obstacle])).values()];
}

/** What follows on each other in one program is one command. */
function commandsOf(steps: readonly Step[], cloud: Cloud): readonly Command[] {
  const runs: Step[][] = [];
  for (const step of steps) {
    const last = runs.at(-1);
    if (last !== undefined && last[0]?.to === step.to) last.push(step);
    else runs.push([step]);
  }
  return runs.map((run): Command => {
    const program = run[0]?.to === 'database' ? 'mongosh' : 'azureCli';
    return { program, text: copyOf(program, run, cloud) };
  });
}

function inCli(text: string): Command {
  return { program: 'azureCli', text };
}

/** Of Entra's own roles the least that sees to each, and the page of the portal where that is done. */
const inDirectory = {
  applications: entraRole('Cloud Application Administrator', 'Enterprise applications'),
  conditionalAccess: entraRole('Conditional Access Administrator', 'Conditional Access'),
  guests: entraRole('Guest Inviter', 'Users'),
  tenants: entraRole('Security Administrator', 'External Identities, Cross-tenant access settings'),
  people: entraRole('User Administrator', 'Users'),
  log: entraRole('Reports Reader', 'Sign-in logs'),
};

interface Place {
  readonly role: BuiltInRole;
  readonly page: string;
}

function entraRole(name: string, page: string): Place {
  const guide = 'https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference';
  return { role: { name, link: `${guide}#${name.toLowerCase().replaceAll(' ', '-')}` }, page };
}

const placeOf: Readonly<Record<TenantReason, Place>> = {
  consent: inDirectory.applications,
  conditionalAccess: inDirectory.conditionalAccess,
  notAssigned: inDirectory.applications,
  notInTenant: inDirectory.guests,
  tenantPolicy: inDirectory.tenants,
  resourceMissing: inDirectory.applications,
  accountState: inDirectory.people,
  other: inDirectory.log,
};

function placeOfEnabling({ type }: Me): Place {
  return type === 'servicePrincipal' ? inDirectory.applications : inDirectory.people;
}

function doersOf(wish: Wish, { kind }: Cluster, person: Me, steps: readonly Step[]): readonly Doer[] {
  const { manager } = kinds[kind];
  switch (wish.what) {
    case 'action':
      return [{ by: 'azureRole', role: roleGiver }];
    case 'servicePrincipal':
      return [{ by: 'entraRole', role: inDirectory.applications.role }];
    case 'token':
      return [{ by: 'entraRole', role: placeOf[wish.reason].role }];
    case 'enable':
      return [{ by: 'entraRole', role: placeOfEnabling(person).role }];
    case 'start':
      return [{ by: 'azureRole', role: manager }];
    case 'grant':
    case 'modes':
    case 'rule':
      return [
        ...(steps.some(({ to }) => to === 'resourceManager')
          ? [{ by: 'azureRole', role: manager } as const]
          : []),
        ...(steps.some(({ to }) => to === 'database') ? [{ by: 'clusterAdministrator' } as const] : []),
      ];
  }
}

function portalOf(
  wish: Wish,
  { id, kind, caller }: Cluster,
  person: Me,
  { portal }: Cloud,
): Asking['portal'] {
  const path = id.toWellFormed().split('/').map(encodeURIComponent).join('/');
  const cluster = `${portal}/#@${encodeURIComponent(caller.tenant)}/resource${path}`;
  const tenant = `${portal}/#@${encodeURIComponent(caller.tenant)}`;
  const pages = kinds[kind].portal;
  switch (wish.what) {
    case 'grant':
      // Whom only the database knows the portal does not show.
      return {
        cluster,
        link: cluster,
        page: wish.role.keptIn === 'resourceManager' ? pages.people : undefined,
      };
    case 'modes':
      return { cluster, link: cluster, page: pages.modes };
    case 'rule':
      return { cluster, link: cluster, page: pages.rules };
    case 'action':
      return { cluster, link: `${cluster}/users`, page: 'Access control (IAM)' };
    case 'start':
      return { cluster, link: cluster, page: 'Overview' };
    case 'servicePrincipal':
      return { cluster, link: tenant, page: inDirectory.applications.page };
    case 'token':
      return { cluster, link: tenant, page: placeOf[wish.reason].page };
    case 'enable':
      return { cluster, link: tenant, page: placeOfEnabling(person).page };
  }
}

import type { AddressRange } from '../clusters/addresses.ts';
import type { Change, FirewallRule, Obstacle, RoleOffer, Step } from '../clusters/change.ts';
import type { Cluster, Grant } from '../clusters/cluster.ts';
import { fields, sameText } from '../clusters/fields.ts';
import { reader, roleGiver } from '../clusters/kind.ts';
import type { BuiltInRole } from '../clusters/kind.ts';
import { kinds } from '../clusters/kinds.ts';
import type { Cloud } from '../identity/clouds.ts';
import { givingRole, inCli, takingRole } from './askingCommands.ts';
import type { Command } from './askingCommands.ts';
import { copyOf } from './copyAs.ts';
import { actionOf } from './permissions.ts';
import type { Lack } from './permissions.ts';
import { pageOfCluster } from './portal.ts';
import type { Me } from './principals.ts';
import type { TenantWish } from './tenantAsking.ts';

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
  | TenantWish;

/** What whoever manages the cluster can give, or its own administrators. */
export type ClusterWish = Exclude<Wish, TenantWish>;

/** All that a message to whoever manages a cluster says. */
export interface Asking {
  readonly cluster: Cluster;
  /** Whom it is for. */
  readonly person: Me;
  /** Who asks on their behalf; undefined where they do so themselves. */
  readonly asker: Me | undefined;
  readonly wish: ClusterWish;
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

/** What it takes to do it. */
export type Doer =
  | { readonly by: 'azureRole'; readonly role: BuiltInRole }
  /** An administrator in Entra of the cluster itself: the database knows no other. */
  | { readonly by: 'clusterAdministrator' };

export interface Around {
  readonly cluster: Cluster;
  readonly person: Me;
  readonly asker?: Me | undefined;
  readonly cloud: Cloud;
  readonly now: Date;
}

export function askingFor(wish: ClusterWish, around: Around): Asking {
  const { cluster, person, asker, cloud } = around;
  const changes = changesOf(wish, around);
  const { steps, back } = there(cluster, changes);
  const role =
    wish.what === 'action' ? { role: wish.role, objectId: person.objectId, id: cluster.id } : undefined;
  const principalType = person.type === 'servicePrincipal' ? 'ServicePrincipal' : 'User';
  return {
    cluster,
    person,
    asker,
    wish,
    changes,
    obstacles: each(changes.flatMap((change) => obstaclesOf(cluster, change))),
    commands:
      role !== undefined ? [inCli(givingRole({ ...role, principalType }, cloud))] : commandsOf(steps, cloud),
    undo: role === undefined ? commandsOf(back, cloud) : [inCli(takingRole(role, cloud))],
    writesList: steps.some(isPatch),
    doers: doersOf(wish, cluster, steps),
    portal: portalOf(wish, cluster, cloud),
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

function changesOf(wish: ClusterWish, { cluster, person, now }: Around): readonly Change[] {
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
      return [];
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

function doersOf(wish: ClusterWish, { kind }: Cluster, steps: readonly Step[]): readonly Doer[] {
  const { manager } = kinds[kind];
  switch (wish.what) {
    case 'action':
      return [{ by: 'azureRole', role: roleGiver }];
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

function portalOf(wish: ClusterWish, at: Cluster, cloud: Cloud): Asking['portal'] {
  const cluster = pageOfCluster(at, cloud);
  const pages = kinds[at.kind].portal;
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
  }
}

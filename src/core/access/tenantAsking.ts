import type { BuiltInRole } from '../clusters/kind.ts';
import type { Cluster } from '../clusters/cluster.ts';
import type { Refusal } from '../failure.ts';
import type { Cloud } from '../identity/clouds.ts';
import {
  consenting,
  enablingAccount,
  enablingServicePrincipal,
  inCli,
  inviting,
  uninviting,
} from './askingCommands.ts';
import type { Command } from './askingCommands.ts';
import { pageOfCluster, pageOfTenant } from './portal.ts';
import type { Me } from './principals.ts';

/** What only the administrators of a tenant give, whatever it is needed for. */
export type TenantWish =
  /** A service whose application the tenant does not have, or has disabled: nobody gets a token for it. */
  | { readonly what: 'servicePrincipal'; readonly appId: string }
  | RefusedToken
  /** The account is disabled in the directory. */
  | { readonly what: 'enable' }
  /** Whoever asks is of another tenant than this one, and no guest of it. */
  | { readonly what: 'invite'; readonly tenant: string };

/** Entra gives no token, and only the tenant's administrators can change that. */
export interface RefusedToken {
  readonly what: 'token';
  readonly reason: TenantReason;
  readonly aadsts: number;
  readonly resource: string | undefined;
  /** What finds it in the sign-in log, where an error says that. */
  readonly trail?: Trail;
}

export interface Trail {
  readonly time: string | undefined;
  readonly correlation: string | undefined;
  readonly trace: string | undefined;
}

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

/** All that a message to an administrator of a tenant says. */
export interface TenantAsking {
  readonly wish: TenantWish;
  /** Undefined where nobody knows which it is. */
  readonly tenant: string | undefined;
  /** What it is needed for; undefined where that is not known. */
  readonly cluster: Cluster | undefined;
  /** Whom it is for. */
  readonly person: Me;
  /** Who asks on their behalf; undefined where they do so themselves. */
  readonly asker: Me | undefined;
  readonly application: Application | undefined;
  readonly made: Date;
  readonly commands: readonly Command[];
  readonly undo: readonly Command[];
  /** The least of Entra's own roles that has it. */
  readonly role: BuiltInRole;
  readonly portal: {
    /** Where the cluster is. */
    readonly cluster: string | undefined;
    readonly link: string;
    /** The page to find there, as the portal calls it. */
    readonly page: string;
  };
}

/** What signed in; undefined is the editor's own. `named`: an error has it, and whose it is nobody knows. */
export interface Application {
  readonly id: string;
  readonly by: 'setting' | 'error';
}

export interface TenantAround {
  readonly tenant: string | undefined;
  readonly cluster: Cluster | undefined;
  /** Without an object id where Entra gives no token that says it. */
  readonly person: Me;
  readonly asker?: Me | undefined;
  readonly application?: Application | undefined;
  readonly cloud: Cloud;
  readonly now: Date;
}

export function tenantAskingFor(wish: TenantWish, around: TenantAround): TenantAsking {
  const { tenant, cluster, person, asker, application, cloud, now } = around;
  const { role, page } = placeOf(wish, person);
  return {
    wish,
    tenant,
    cluster,
    person,
    asker,
    application,
    made: now,
    ...commandsOf(wish, around),
    role,
    portal: {
      cluster: cluster === undefined ? undefined : pageOfCluster(cluster, cloud, tenant),
      link: pageOfTenant(tenant, cloud),
      page,
    },
  };
}

/** The address that an invitation goes to. What has no at sign is none, nor is the name of a guest (#EXT#). */
export function mailOf({ userName, name }: Me): string | undefined {
  return [userName, name].find((one) => one !== undefined && /^[^\s@#]+@[^\s@#]+$/.test(one));
}

/** Where a command does it. */
function commandsOf(
  wish: TenantWish,
  { tenant, person, application, cloud }: TenantAround,
): Pick<TenantAsking, 'commands' | 'undo'> {
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
    case 'invite':
      return invitation(person, tenant, cloud);
    case 'token':
      if (wish.reason === 'notInTenant') return invitation(person, tenant, cloud);
      // Only an application that is registered in the tenant can be consented to by its id alone.
      return wish.reason === 'consent' && application?.by === 'setting'
        ? { commands: [inCli(consenting(application.id, cloud))], undo: [] }
        : { commands: [], undo: [] };
  }
}

function invitation(
  person: Me,
  tenant: string | undefined,
  cloud: Cloud,
): Pick<TenantAsking, 'commands' | 'undo'> {
  const mail = mailOf(person);
  if (mail === undefined) return { commands: [], undo: [] };
  return {
    commands: [inCli(inviting(mail, tenant, cloud))],
    undo: [inCli(uninviting(mail, tenant, cloud))],
  };
}

/** Of Entra's own roles the least that sees to each, and the page of the portal where that is done. */
const places = {
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

const placeOfRefusal: Readonly<Record<TenantReason, Place>> = {
  consent: places.applications,
  conditionalAccess: places.conditionalAccess,
  notAssigned: places.applications,
  notInTenant: places.guests,
  tenantPolicy: places.tenants,
  resourceMissing: places.applications,
  accountState: places.people,
  other: places.log,
};

function placeOf(wish: TenantWish, { type }: Me): Place {
  switch (wish.what) {
    case 'servicePrincipal':
      return places.applications;
    case 'token':
      return placeOfRefusal[wish.reason];
    case 'enable':
      return type === 'servicePrincipal' ? places.applications : places.people;
    case 'invite':
      return places.guests;
  }
}

import { defaultBehaviour } from './behaviour.ts';
import { mongoUser, newMongoCluster, newServerGroup, type Place } from './newCluster.ts';
import { newDatabaseAccount } from './newDatabaseAccount.ts';
import {
  syntheticId,
  type AccountApi,
  type Organisation,
  type Principal,
  type Resource,
  type RoleAssignment,
  type Subscription,
  type Tenant,
  type User,
} from './organisation.ts';
import { builtInRoleId } from './roles.ts';
import { apiPrincipals, sampleApplications, samplePeople } from './samplePeople.ts';

export interface Size {
  readonly subscriptions?: number | undefined;
  readonly clusters?: number | undefined;
  readonly tenants?: number | undefined;
}

const regions = ['westeurope', 'northeurope', 'eastus', 'eastus2', 'swedencentral', 'southeastasia'];
const modeSets = [['MicrosoftEntraID'], ['MicrosoftEntraID', 'NativeAuth'], ['NativeAuth']];
const accountApis: readonly AccountApi[] = ['sql', 'sql', 'mongo', 'table', 'cassandra', 'gremlin'];

/** An organisation of any size in which everything is Kai's to see. The same numbers give the same organisation. */
export function generatedOrganisation(size: Size): Organisation {
  const {
    subscriptions: subscriptionCount = 10,
    clusters: clusterCount = 100,
    tenants: tenantCount = 1,
  } = size;
  const tenants = Array.from({ length: tenantCount }, (_, index) => newTenant(index));
  const people = tenants.map((tenant, index) => kaiIn(tenant, index, tenants[0]?.id ?? ''));
  const subscriptions = Array.from({ length: subscriptionCount }, (_, index): Subscription => {
    const tenant = tenants[index % tenantCount];
    return {
      subscriptionId: syntheticId('5b5c1000', index),
      displayName: `Subscription ${index + 1}`,
      tenantId: tenant?.id ?? '',
      state: 'Enabled',
    };
  });
  const resources = Array.from({ length: clusterCount }, (_, index): Resource | undefined => {
    const subscription = subscriptions[index % subscriptionCount];
    const person = people.find((one) => one.tenantId === subscription?.tenantId);
    return subscription && person && newCluster(index, subscription, person);
  });
  const directory: Principal[] = [
    ...people,
    ...tenants.flatMap((tenant, index) => apiPrincipals(tenant.id, (0xa9100000 + index).toString(16))),
  ];
  return {
    tenants,
    directory,
    applications: sampleApplications(samplePeople()),
    subscriptions,
    resources: resources.filter((one) => one !== undefined),
    roleAssignments: subscriptions.map((subscription, index): RoleAssignment => {
      const person = people.find((one) => one.tenantId === subscription.tenantId);
      return {
        name: syntheticId('9bac1000', index),
        scope: `/subscriptions/${subscription.subscriptionId}`,
        principalId: person?.id ?? '',
        principalType: 'User',
        roleDefinitionId: builtInRoleId('Contributor'),
      };
    }),
    pastActivity: [],
    behaviour: defaultBehaviour(),
  };
}

function newTenant(index: number): Tenant {
  const name = index === 0 ? 'Contoso' : `Partner ${index}`;
  return {
    id: syntheticId('7e4a4700', index),
    displayName: name,
    domains: [index === 0 ? 'contoso.com' : `partner${index}.example`],
    countryCode: 'US',
    issuerStyle: 'v1',
    secondFactor: false,
    blocked: false,
    graphScopes: { '*': ['User.Read', 'User.ReadBasic.All'] },
  };
}

function kaiIn(tenant: Tenant, index: number, homeTenantId: string): User {
  const guest = index > 0;
  return {
    type: 'user',
    id: syntheticId('9e551000', index),
    tenantId: tenant.id,
    displayName: 'Kai Carter',
    userPrincipalName: guest ? `kai_contoso.com#EXT#@${tenant.domains[0]}` : 'kai@contoso.com',
    mail: 'kai@contoso.com',
    accountEnabled: true,
    ...(guest && { home: { tenantId: homeTenantId, id: syntheticId('9e551000', 0) } }),
  };
}

function newCluster(index: number, subscription: Subscription, person: User): Resource {
  // Several resources of a subscription share a group, as they would.
  const group = Math.floor(index / 40);
  const place: Place = {
    subscriptionId: subscription.subscriptionId,
    resourceGroup: `group-${group}`,
    location: regions[index % regions.length] ?? 'westeurope',
    tags: { environment: index % 3 === 0 ? 'production' : 'test' },
  };
  const number = String(index).padStart(5, '0');
  // Not the remainder by which subscriptions were chosen, or each would hold one kind only.
  const turn = Math.floor(index / 7) + index;
  switch (turn % 5) {
    case 0:
    case 1: {
      const modes = modeSets[turn % modeSets.length] ?? ['NativeAuth'];
      const cluster = newMongoCluster(place, { name: `cluster-${number}`, modes });
      if (modes.includes('MicrosoftEntraID'))
        cluster.users.push(mongoUser(person.id, 'User', person.tenantId));
      return cluster;
    }
    case 2: {
      const both = turn % 4 === 0;
      return newServerGroup(place, {
        name: `pg-${number}`,
        entra: both || turn % 2 === 0,
        password: both || turn % 2 === 1,
      });
    }
    default: {
      const api = accountApis[turn % accountApis.length] ?? 'sql';
      return newDatabaseAccount(place, {
        name: `account-${number}`,
        api,
        keysOff: turn % 3 === 0,
        keyAge: index % 700,
      });
    }
  }
}

import { defaultBehaviour } from './behaviour.ts';
import {
  mongoUser,
  newManagedIdentity,
  newMongoCluster,
  newServerGroup,
  serverGroupRole,
  type Place,
} from './newCluster.ts';
import { newDatabaseAccount } from './newDatabaseAccount.ts';
import {
  syntheticId,
  type Child,
  type DatabaseAccount,
  type FirewallRuleProperties,
  type Organisation,
  type Principal,
  type Resource,
  type RoleAssignment,
  type ServicePrincipal,
  type Subscription,
} from './organisation.ts';
import { builtInRoleId } from './roles.ts';
import { samplePast } from './samplePast.ts';
import { sampleApplications, samplePeople, sampleTenants, tenantIds } from './samplePeople.ts';

/** Contoso, Fabrikam and Tailspin Toys, as the demonstrations and most tests know them. */
export function sampleOrganisation(): Organisation {
  const { contoso, fabrikam, tailspin } = tenantIds;
  const people = samplePeople();
  const { kai, alex, sam, jordan, taylor, reporting, checkout, nightly, ordersWorker, dataPlatform } = people;

  const subscription = (
    number: number,
    displayName: string,
    tenantId: string,
    state: Subscription['state'],
  ) => ({
    subscriptionId: syntheticId('5b5c0000', number),
    displayName,
    tenantId,
    state,
  });
  const production = subscription(1, 'Production', contoso, 'Enabled');
  const staging = subscription(2, 'Staging', contoso, 'Enabled');
  const analytics = subscription(3, 'Analytics', contoso, 'Enabled');
  const sandbox = subscription(4, 'Old Sandbox', contoso, 'Disabled');
  const shared = subscription(5, 'Fabrikam Shared', fabrikam, 'Enabled');
  const toys = subscription(6, 'Toys', tailspin, 'Enabled');

  const shop: Place = at(production, 'shop-eu', 'westeurope', { team: 'shop', environment: 'production' });
  const shopUs: Place = at(production, 'shop-us', 'eastus', { team: 'shop', environment: 'production' });
  const finance: Place = at(production, 'finance', 'northeurope', { team: 'finance' });

  const gone = syntheticId('60e60e00', 7);
  const ordersEu = newMongoCluster(shop, {
    name: 'orders-eu',
    modes: ['MicrosoftEntraID'],
    tier: 'M40',
    shards: 2,
  });
  ordersEu.users.push(
    mongoUser(kai.id, 'User', contoso),
    mongoUser(alex.id, 'User', contoso),
    mongoUser(reporting.id, 'ServicePrincipal', contoso),
    mongoUser(ordersWorker.id, 'ServicePrincipal', contoso),
    mongoUser(gone, 'User', contoso),
    mongoUser(people.fabrikamSupport.id, 'User', fabrikam),
  );
  ordersEu.firewallRules.push(
    { name: 'office', properties: { startIpAddress: '203.0.113.0', endIpAddress: '203.0.113.31' } },
    localMachine(),
  );
  const ordersUs = newMongoCluster(shopUs, {
    name: 'orders-us',
    modes: ['MicrosoftEntraID'],
    tier: 'M40',
    shards: 2,
    replicaOf: { id: ordersEu.id },
  });
  ordersUs.users.push(...structuredClone(ordersEu.users.slice(1)));
  ordersUs.firewallRules.push(localMachine());

  const cartsEu = newMongoCluster(shop, { name: 'carts-eu', modes: ['MicrosoftEntraID', 'NativeAuth'] });
  cartsEu.users.push(mongoUser(kai.id, 'User', contoso), mongoUser(checkout.id, 'ServicePrincipal', contoso));
  cartsEu.firewallRules.push({
    name: 'everyone',
    properties: { startIpAddress: '0.0.0.0', endIpAddress: '255.255.255.255' },
  });
  const legacyShop = newMongoCluster(shop, {
    name: 'legacy-shop',
    modes: ['NativeAuth'],
    version: '6.0',
    tier: 'M25',
    status: 'Stopped',
  });
  const reviews = newMongoCluster(shop, {
    name: 'reviews-eu',
    modes: ['MicrosoftEntraID', 'NativeAuth'],
    tier: 'M20',
  });
  reviews.users.push(mongoUser(sam.id, 'User', contoso));
  // Resource Graph still holds this one as an API version returned it that knew nothing of Entra.
  reviews.indexedVersion = '2024-07-01';
  const pricing = newMongoCluster(shopUs, {
    name: 'pricing-us',
    modes: ['MicrosoftEntraID', 'WorkloadCertificate'],
    publicAccess: false,
  });
  pricing.users.push(mongoUser(kai.id, 'User', contoso), mongoUser(jordan.id, 'User', contoso));
  const tryout = newMongoCluster(at(staging, 'tryouts', 'eastus2'), {
    name: 'tryout-free',
    modes: ['NativeAuth'],
    tier: 'Free',
  });
  const ordersStaging = newMongoCluster(
    at(staging, 'shop-staging', 'westeurope', { environment: 'staging' }),
    {
      name: 'orders-staging',
      modes: ['MicrosoftEntraID', 'NativeAuth'],
      tier: 'M25',
    },
  );
  ordersStaging.users.push(mongoUser(kai.id, 'User', contoso), mongoUser(taylor.id, 'User', contoso));
  ordersStaging.firewallRules.push(localMachine());
  const archive = newMongoCluster(at(sandbox, 'archive', 'westeurope'), {
    name: 'archive-2023',
    modes: ['NativeAuth'],
    version: '5.0',
  });

  const catalog = newDatabaseAccount(shop, {
    name: 'catalog',
    keyAge: 412,
    databases: {
      shop: { products: '/category', orders: '/customerId', prices: '/sku' },
      search: { suggestions: '/language', synonyms: '/language' },
    },
  });
  role(catalog, 'sql', 1, 2, kai.id);
  role(catalog, 'sql', 2, 1, reporting.id, '/dbs/shop');
  role(catalog, 'sql', 3, 1, dataPlatform.id, '/dbs/shop/colls/products');
  role(catalog, 'sql', 4, 2, gone);
  catalog.children['sqlRoleDefinitions']?.push({
    name: syntheticId('c4570400', 1),
    properties: {
      roleName: 'Price Editor',
      type: 'CustomRole',
      assignableScopes: [`${catalog.id}/dbs/shop`],
      permissions: [
        {
          dataActions: [
            'Microsoft.DocumentDB/databaseAccounts/readMetadata',
            'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/replace',
          ],
          notDataActions: [],
        },
      ],
    },
  });
  const profiles = newDatabaseAccount(shop, {
    name: 'profiles',
    keysOff: true,
    databases: { people: { profiles: '/id', consents: '/personId' } },
  });
  role(profiles, 'sql', 5, 2, ordersWorker.id);
  role(profiles, 'sql', 6, 2, kai.id);
  const sessions = newDatabaseAccount(shopUs, {
    name: 'web-sessions',
    serverless: true,
    keysOff: false,
    keyAge: null,
    databases: { web: { sessions: '/sessionId' } },
  });
  const wishlists = newDatabaseAccount(shopUs, { name: 'wishlists', api: 'mongo', keyAge: 90 });
  const telemetry = newDatabaseAccount(at(analytics, 'ingest', 'swedencentral'), {
    name: 'telemetry',
    api: 'table',
  });
  const graphDb = newDatabaseAccount(at(analytics, 'ingest', 'swedencentral'), {
    name: 'relations',
    api: 'gremlin',
  });
  const clicks = newDatabaseAccount(at(analytics, 'ingest', 'swedencentral'), {
    name: 'clicks',
    api: 'cassandra',
  });

  const ledger = newServerGroup(finance, { name: 'ledger', entra: true, password: true });
  ledger.roles.push(
    serverGroupRole('kai.carter', kai.id, 'user', contoso),
    serverGroupRole('nightly_export', nightly.id, 'servicePrincipal', contoso),
  );
  ledger.firewallRules.push({
    name: 'office',
    properties: { startIpAddress: '203.0.113.0', endIpAddress: '203.0.113.31' },
  });
  const invoices = newServerGroup(finance, {
    name: 'invoices',
    entra: false,
    password: true,
    version: '13',
    workers: 0,
  });
  const events = newServerGroup(at(analytics, 'warehouse', 'eastus'), {
    name: 'events',
    entra: true,
    password: false,
  });
  events.roles.push(serverGroupRole('data-platform-lead', alex.id, 'user', contoso));

  const fabrikamPlace = at(shared, 'partner-data', 'southeastasia', { shared: 'contoso' });
  const parts = newMongoCluster(fabrikamPlace, { name: 'parts', modes: ['MicrosoftEntraID', 'NativeAuth'] });
  parts.users.push(
    mongoUser(people.kaiAtFabrikam.id, 'User', fabrikam),
    mongoUser(people.lee.id, 'User', fabrikam),
  );
  const shipments = newDatabaseAccount(fabrikamPlace, {
    name: 'shipments',
    databases: { logistics: { parcels: '/carrier', depots: '/country' } },
  });
  role(shipments, 'sql', 7, 2, people.lee.id);
  const toyBox = newMongoCluster(at(toys, 'toys', 'eastus'), {
    name: 'toy-box',
    modes: ['MicrosoftEntraID'],
  });
  toyBox.users.push(mongoUser(people.kaiAtTailspin.id, 'User', tailspin));

  const identity = (place: Place, of: ServicePrincipal) =>
    newManagedIdentity(place, of.displayName, {
      tenantId: of.tenantId,
      principalId: of.id,
      clientId: of.appId,
    });

  const owner = builtInRoleId('Owner');
  const contributor = builtInRoleId('Contributor');
  const reader = builtInRoleId('Reader');
  const assignments: RoleAssignment[] = [
    assigned(1, `/subscriptions/${production.subscriptionId}`, kai, owner),
    assigned(2, `/subscriptions/${staging.subscriptionId}`, kai, contributor),
    assigned(3, `/subscriptions/${analytics.subscriptionId}`, kai, reader),
    assigned(4, `/subscriptions/${sandbox.subscriptionId}`, kai, owner),
    assigned(5, `/subscriptions/${shared.subscriptionId}`, people.kaiAtFabrikam, contributor),
    assigned(6, `/subscriptions/${toys.subscriptionId}`, people.kaiAtTailspin, reader),
    assigned(7, `/subscriptions/${production.subscriptionId}`, dataPlatform, contributor),
    assigned(8, ordersEu.id, people.avery, reader),
    assigned(9, catalog.id, people.rotator, builtInRoleId('DocumentDB Account Contributor')),
    assigned(
      10,
      `/subscriptions/${production.subscriptionId}`,
      people.quinn,
      builtInRoleId('Cosmos DB Operator'),
    ),
    assigned(
      11,
      `/subscriptions/${production.subscriptionId}`,
      people.devon,
      builtInRoleId('Cosmos DB Account Reader Role'),
    ),
    assigned(12, `/subscriptions/${shared.subscriptionId}`, people.lee, owner),
  ];

  return {
    tenants: sampleTenants(),
    directory: people.all,
    applications: sampleApplications(people),
    subscriptions: [production, staging, analytics, sandbox, shared, toys],
    resources: [
      ordersEu,
      ordersUs,
      cartsEu,
      legacyShop,
      reviews,
      pricing,
      tryout,
      ordersStaging,
      archive,
      catalog,
      profiles,
      sessions,
      wishlists,
      telemetry,
      graphDb,
      clicks,
      ledger,
      invoices,
      events,
      parts,
      shipments,
      toyBox,
      identity(shop, ordersWorker),
      identity(shop, people.catalogIndexer),
    ] satisfies Resource[],
    roleAssignments: assignments,
    pastActivity: samplePast({
      ordersEu,
      catalog,
      ledger,
      alex,
      kai,
      rotator: people.rotator,
      nightly,
      ordersWorker,
      gone,
    }),
    behaviour: defaultBehaviour(),
  };
}

function localMachine(): Child<FirewallRuleProperties> {
  return { name: 'local-machine', properties: { startIpAddress: '127.0.0.1', endIpAddress: '127.0.0.1' } };
}

function at(
  subscription: Subscription,
  resourceGroup: string,
  location: string,
  tags: Record<string, string> = {},
): Place {
  return { subscriptionId: subscription.subscriptionId, resourceGroup, location, tags };
}

function role(
  account: DatabaseAccount,
  family: string,
  number: number,
  definition: 1 | 2,
  principalId: string,
  within = '',
): void {
  account.children[`${family}RoleAssignments`]?.push({
    name: syntheticId('a5516000', number),
    properties: {
      roleDefinitionId: `${account.id}/${family}RoleDefinitions/00000000-0000-0000-0000-00000000000${definition}`,
      scope: account.id + within,
      principalId,
    },
  });
}

function assigned(number: number, scope: string, to: Principal, roleDefinitionId: string): RoleAssignment {
  const types = { user: 'User', group: 'Group', servicePrincipal: 'ServicePrincipal' } as const;
  return {
    name: syntheticId('9bac0000', number),
    scope,
    principalId: to.id,
    principalType: types[to.type],
    roleDefinitionId,
  };
}

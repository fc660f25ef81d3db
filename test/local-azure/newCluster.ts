import { createHash } from 'node:crypto';
import { suffixes } from './hosts.ts';
import type {
  Child,
  DatabaseAccount,
  ManagedIdentity,
  MongoCluster,
  MongoUserProperties,
  Resource,
  ServerGroup,
  ServerGroupRoleProperties,
  SystemData,
} from './organisation.ts';

/** Where a resource stands. */
export interface Place {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly location: string;
  readonly tags?: Record<string, string>;
}

const day = 86_400_000;

export function daysAgo(days: number): string {
  return new Date(Date.now() - days * day).toISOString();
}

function resourceBase<T extends Resource['type']>(place: Place, type: T, name: string) {
  const { subscriptionId, resourceGroup, location, tags = {} } = place;
  const createdAt = daysAgo(500);
  return {
    id: `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}/providers/${type}/${name}`,
    name,
    type,
    subscriptionId,
    resourceGroup,
    location,
    tags,
    systemData: {
      createdBy: 'platform@contoso.com',
      createdByType: 'User',
      createdAt,
      lastModifiedBy: 'platform@contoso.com',
      lastModifiedByType: 'User',
      lastModifiedAt: createdAt,
    } satisfies SystemData as SystemData,
  };
}

export interface NewMongoCluster {
  readonly name: string;
  readonly modes: readonly string[];
  readonly tier?: string;
  readonly version?: string;
  readonly status?: string;
  readonly shards?: number;
  readonly publicAccess?: boolean;
  readonly replicaOf?: { readonly id: string; readonly sameRegion?: boolean };
}

export function newMongoCluster(place: Place, wanted: NewMongoCluster): MongoCluster {
  const { name, modes, tier = 'M30', version = '8.0', status = 'Ready', shards = 1, replicaOf } = wanted;
  const administrator = 'dbadmin';
  return {
    ...resourceBase(place, 'Microsoft.DocumentDB/mongoClusters', name),
    properties: {
      provisioningState: 'Succeeded',
      clusterStatus: status,
      administrator: { userName: administrator },
      serverVersion: version,
      createMode: replicaOf ? (replicaOf.sameRegion ? 'Replica' : 'GeoReplica') : 'Default',
      connectionString: `mongodb+srv://<user>:<password>@${name}.${suffixes.mongoClusters}/?tls=true&authMechanism=SCRAM-SHA-256&retrywrites=false&maxIdleTimeMS=120000`,
      publicNetworkAccess: wanted.publicAccess === false ? 'Disabled' : 'Enabled',
      highAvailability: { targetMode: tier === 'Free' ? 'Disabled' : 'ZoneRedundantPreferred' },
      storage: { sizeGb: tier === 'Free' ? 32 : 128, type: 'PremiumSSD' },
      sharding: { shardCount: shards },
      compute: { tier },
      backup: { earliestRestoreTime: daysAgo(35) },
      dataApi: { mode: 'Disabled' },
      previewFeatures: [],
      infrastructureVersion: '2.0',
      networkBypassMode: 'None',
      authConfig: { allowedModes: [...modes] },
      replica: replicaOf
        ? {
            sourceResourceId: replicaOf.id,
            role: replicaOf.sameRegion ? 'AsyncReplica' : 'GeoAsyncReplica',
            replicationState: 'Active',
          }
        : { role: 'Primary', replicationState: 'Active' },
    },
    users: [{ name: administrator, properties: { provisioningState: 'Succeeded', user: administrator } }],
    firewallRules: [],
    nativePassword: 'Local-Azure-1',
  };
}

export function mongoUser(
  id: string,
  principalType: 'User' | 'ServicePrincipal',
  entraTenant: string,
): Child<MongoUserProperties> {
  return {
    name: id,
    properties: {
      provisioningState: 'Succeeded',
      user: id,
      identityProvider: { type: 'MicrosoftEntraID', properties: { principalType, entraTenant } },
      roles: [{ db: 'admin', role: 'root' }],
    },
  };
}

export interface NewServerGroup {
  readonly name: string;
  readonly entra: boolean;
  readonly password: boolean;
  readonly version?: string;
  readonly workers?: number;
  readonly state?: string;
  readonly publicAccess?: boolean;
}

export function newServerGroup(place: Place, wanted: NewServerGroup): ServerGroup {
  const { name, version = '16', workers = 2, publicAccess = true } = wanted;
  // Hosts carry a name part that cannot be told from the cluster's name; ARM says what it is.
  const unique = createHash('sha256').update(`${place.subscriptionId}/${name}`).digest('hex').slice(0, 14);
  const host = (role: string) => ({
    name: `${name}-${role}`,
    fullyQualifiedDomainName: `${role}-${name}.${unique}.${suffixes.serverGroups}`,
  });
  const activeDirectoryAuth = wanted.entra ? 'enabled' : 'disabled';
  const passwordAuth = wanted.password ? 'enabled' : 'disabled';
  return {
    ...resourceBase(place, 'Microsoft.DBforPostgreSQL/serverGroupsv2', name),
    properties: {
      provisioningState: 'Succeeded',
      state: wanted.state ?? 'Ready',
      administratorLogin: 'citus',
      aadAuthEnabled: activeDirectoryAuth,
      passwordEnabled: passwordAuth,
      authConfig: { activeDirectoryAuth, passwordAuth },
      dataEncryption: { type: 'SystemManaged' },
      postgresqlVersion: version,
      citusVersion: '12.1',
      maintenanceWindow: { customWindow: 'Disabled', dayOfWeek: 0, startHour: 0, startMinute: 0 },
      preferredPrimaryZone: '1',
      enableShardsOnCoordinator: workers === 0,
      enableHa: false,
      coordinatorServerEdition: 'GeneralPurpose',
      coordinatorStorageQuotaInMb: 131_072,
      coordinatorVCores: 4,
      coordinatorEnablePublicIpAccess: publicAccess,
      nodeServerEdition: 'MemoryOptimized',
      nodeCount: workers,
      nodeStorageQuotaInMb: 524_288,
      nodeVCores: 4,
      nodeEnablePublicIpAccess: false,
      serverNames: [host('c'), ...Array.from({ length: workers }, (_, index) => host(`w${index}`))],
      readReplicas: [],
      databaseName: 'citus',
      enableGeoBackup: false,
      earliestRestoreTime: daysAgo(34),
      privateEndpointConnections: [],
    },
    roles: [{ name: 'citus', properties: { provisioningState: 'Succeeded', roleType: 'admin' } }],
    firewallRules: [],
  };
}

export function serverGroupRole(
  name: string,
  objectId: string,
  principalType: string,
  tenantId: string,
): Child<ServerGroupRoleProperties> {
  const externalIdentity = { objectId, principalType, tenantId };
  return { name, properties: { provisioningState: 'Succeeded', roleType: 'user', externalIdentity } };
}

export type AccountApi = 'sql' | 'mongo' | 'table' | 'cassandra' | 'gremlin';

export interface NewDatabaseAccount {
  readonly name: string;
  readonly api?: AccountApi;
  /** undefined leaves the property out, which means that keys work. */
  readonly keysOff?: boolean;
  readonly serverless?: boolean;
  readonly publicAccess?: boolean;
  /** Age of the primary key in days; null when it is older than Azure's own records. */
  readonly keyAge?: number | null;
}

const capabilities: Record<AccountApi, readonly string[]> = {
  sql: [],
  mongo: ['EnableMongo', 'EnableMongoRoleBasedAccessControl'],
  table: ['EnableTable'],
  cassandra: ['EnableCassandra'],
  gremlin: ['EnableGremlin'],
};

const regionNames: Record<string, string> = {
  westeurope: 'West Europe',
  northeurope: 'North Europe',
  eastus: 'East US',
  eastus2: 'East US 2',
  swedencentral: 'Sweden Central',
  southeastasia: 'Southeast Asia',
};

export function regionName(location: string): string {
  return regionNames[location] ?? location;
}

export function newDatabaseAccount(place: Place, wanted: NewDatabaseAccount): DatabaseAccount {
  const { name, api = 'sql', keysOff, serverless = false, keyAge = 40 } = wanted;
  const base = resourceBase(place, 'Microsoft.DocumentDB/databaseAccounts', name);
  const documentEndpoint = `https://${name}.${suffixes.databaseAccounts}:443/`;
  const region = {
    id: `${name}-${place.location}`,
    locationName: regionName(place.location),
    failoverPriority: 0,
  };
  const location = {
    ...region,
    documentEndpoint: `https://${name}-${place.location}.${suffixes.databaseAccounts}:443/`,
    provisioningState: 'Succeeded',
    isZoneRedundant: false,
  };
  const names = [...capabilities[api], ...(serverless ? ['EnableServerless'] : [])];
  return {
    ...base,
    kind: api === 'mongo' ? 'MongoDB' : 'GlobalDocumentDB',
    properties: {
      provisioningState: 'Succeeded',
      documentEndpoint,
      publicNetworkAccess: wanted.publicAccess === false ? 'Disabled' : 'Enabled',
      enableAutomaticFailover: true,
      enableMultipleWriteLocations: false,
      isVirtualNetworkFilterEnabled: false,
      virtualNetworkRules: [],
      disableKeyBasedMetadataWriteAccess: false,
      enableFreeTier: false,
      enableAnalyticalStorage: false,
      instanceId: childId(base.id, 'instance'),
      databaseAccountOfferType: 'Standard',
      defaultIdentity: 'FirstPartyIdentity',
      networkAclBypass: 'None',
      networkAclBypassResourceIds: [],
      ...(keysOff !== undefined && { disableLocalAuth: keysOff }),
      minimalTlsVersion: 'Tls12',
      consistencyPolicy: {
        defaultConsistencyLevel: 'Session',
        maxIntervalInSeconds: 5,
        maxStalenessPrefix: 100,
      },
      writeLocations: [location],
      readLocations: [location],
      locations: [location],
      failoverPolicies: [region],
      cors: [],
      capabilities: names.map((capability) => ({ name: capability })),
      ipRules: [],
      backupPolicy: {
        type: 'Periodic',
        periodicModeProperties: {
          backupIntervalInMinutes: 240,
          backupRetentionIntervalInHours: 8,
          backupStorageRedundancy: 'Geo',
        },
      },
      ...(api === 'mongo' && { apiProperties: { serverVersion: '7.0' } }),
      createMode: 'Default',
      keysMetadata: {
        ...(keyAge !== null && { primaryMasterKey: { generationTime: daysAgo(keyAge) } }),
        secondaryMasterKey: { generationTime: daysAgo(12) },
        primaryReadonlyMasterKey: { generationTime: daysAgo(keyAge ?? 12) },
        secondaryReadonlyMasterKey: { generationTime: daysAgo(12) },
      },
    },
    keys: {
      primaryMasterKey: accountKey(base.id, 1),
      secondaryMasterKey: accountKey(base.id, 2),
      primaryReadonlyMasterKey: accountKey(base.id, 3),
      secondaryReadonlyMasterKey: accountKey(base.id, 4),
    },
    children: accountChildren(base.id, api),
  };
}

/** A key of the length and alphabet of a real one, that says itself that it opens nothing. */
export function accountKey(id: string, number: number): string {
  const digest = createHash('sha384').update(`${id}#${number}`).digest();
  return Buffer.concat([Buffer.from('local-azure-key:'), digest]).toString('base64');
}

const builtInRoles: readonly {
  readonly number: number;
  readonly name: string;
  readonly actions: readonly string[];
}[] = [
  {
    number: 1,
    name: 'Data Reader',
    actions: [
      'readMetadata',
      'containers/executeQuery',
      'containers/readChangeFeed',
      'containers/items/read',
    ],
  },
  { number: 2, name: 'Data Contributor', actions: ['readMetadata', 'containers/*', 'containers/items/*'] },
];

/** Each API's family of data-plane roles, and the part of an action's name that says it. */
const families: Record<AccountApi, { readonly prefix: string; readonly actions: string }> = {
  sql: { prefix: 'sql', actions: 'sqlDatabases/' },
  table: { prefix: 'table', actions: 'tables/' },
  cassandra: { prefix: 'cassandra', actions: 'cassandra/' },
  gremlin: { prefix: 'gremlin', actions: 'gremlin/' },
  mongo: { prefix: 'mongoMI', actions: 'mongoMI/' },
};

function accountChildren(id: string, api: AccountApi): DatabaseAccount['children'] {
  const family = families[api];
  const dataAction = (action: string) =>
    `Microsoft.DocumentDB/databaseAccounts/${action === 'readMetadata' ? '' : family.actions}${action}`;
  const definitions = builtInRoles.map(({ number, name, actions }) => ({
    name: `00000000-0000-0000-0000-${String(number).padStart(12, '0')}`,
    properties: {
      roleName: `Cosmos DB Built-in ${name}`,
      type: 'BuiltInRole',
      assignableScopes: [id],
      permissions: [{ dataActions: actions.map(dataAction), notDataActions: [] }],
    },
  }));
  return {
    [`${family.prefix}RoleDefinitions`]: definitions,
    [`${family.prefix}RoleAssignments`]: [],
    ...(api === 'mongo' && { mongodbRoleDefinitions: [], mongodbUserDefinitions: [] }),
  };
}

/** A GUID made from an id, the same at every start. */
export function childId(id: string, purpose: string): string {
  const hex = createHash('sha256').update(`${id}#${purpose}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export function newManagedIdentity(
  place: Place,
  name: string,
  ids: { readonly tenantId: string; readonly principalId: string; readonly clientId: string },
): ManagedIdentity {
  return {
    ...resourceBase(place, 'Microsoft.ManagedIdentity/userAssignedIdentities', name),
    properties: ids,
  };
}

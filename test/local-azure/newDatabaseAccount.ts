import { createHash } from 'node:crypto';
import { suffixes } from './hosts.ts';
import { daysAgo, resourceBase, type Place } from './newCluster.ts';
import type { AccountApi, DatabaseAccount } from './organisation.ts';
import { regionName } from './regions.ts';

export interface NewDatabaseAccount {
  readonly name: string;
  readonly api?: AccountApi;
  /** undefined leaves the property out, which means that keys work. */
  readonly keysOff?: boolean;
  readonly serverless?: boolean;
  readonly publicAccess?: boolean;
  /** Age of the primary key in days; null when it is older than Azure's own records. */
  readonly keyAge?: number | null;
  /** Databases of the NoSQL API, and the partition key of each of their containers. */
  readonly databases?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const capabilities: Record<AccountApi, readonly string[]> = {
  sql: [],
  mongo: ['EnableMongo', 'EnableMongoRoleBasedAccessControl'],
  table: ['EnableTable'],
  cassandra: ['EnableCassandra'],
  gremlin: ['EnableGremlin'],
};

export function newDatabaseAccount(place: Place, wanted: NewDatabaseAccount): DatabaseAccount {
  const { name, api = 'sql', keysOff, serverless = false, keyAge = 40, databases = {} } = wanted;
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
    api,
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
    databases: Object.entries(databases).map(([database, containers]) => ({
      name: database,
      containers: Object.entries(containers).map(([container, partitionKey]) => ({
        name: container,
        partitionKey,
      })),
    })),
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

import { createHash } from 'node:crypto';
import { suffixes } from './hosts.ts';
import type {
  Child,
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

export function resourceBase<T extends Resource['type']>(place: Place, type: T, name: string) {
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

import { badRequest } from './armError.ts';
import { firewallRules } from './firewallRules.ts';
import { suffixes } from './hosts.ts';
import { isGuid, isObject, member, type JsonObject } from './json.ts';
import type { Child, MongoCluster, MongoUserProperties, Organisation } from './organisation.ts';
import { requirePrincipal } from './principals.ts';
import {
  envelope,
  omit,
  type ChildFamily,
  type ChildPut,
  type ResourceFamily,
  type Update,
} from './resourceFamily.ts';
import { requireShape, type Shape } from './shape.ts';

const firstWithEntra = '2025-04-01-preview';
const knownModes = ['NativeAuth', 'MicrosoftEntraID'];
const userLimit = 100;

/** Properties, and the API version that brought each. */
const since: Readonly<Record<string, string>> = {
  authConfig: firstWithEntra,
  dataApi: '2024-10-01-preview',
  encryption: '2025-07-01-preview',
  networkBypassMode: '2026-02-01-preview',
};

/** What the model of PATCH knows. */
const updatable: Readonly<Record<string, Shape>> = {
  administrator: { members: { userName: 'string', password: 'string' } },
  serverVersion: 'string',
  publicNetworkAccess: { words: ['Enabled', 'Disabled'] },
  highAvailability: {
    members: { targetMode: { words: ['Disabled', 'SameZone', 'ZoneRedundantPreferred'] } },
  },
  storage: { members: { sizeGb: 'integer', type: { words: ['PremiumSSD', 'PremiumSSDv2'] } } },
  sharding: { members: { shardCount: 'integer' } },
  compute: { members: { tier: 'string' } },
  backup: 'object',
  dataApi: { members: { mode: { words: ['Enabled', 'Disabled'] } } },
  previewFeatures: { list: 'string' },
  // Its words are checked beside those that the cluster has: a mode of the future goes back as it came.
  authConfig: { members: { allowedModes: { list: 'string' } } },
  encryption: 'object',
  networkBypassMode: { words: ['None', 'AzureCosmosDB'] },
};

const newUser: Shape = {
  members: {
    identityProvider: {
      members: {
        type: { words: ['MicrosoftEntraID'] },
        properties: {
          members: { principalType: { words: ['user', 'servicePrincipal'] } },
          required: ['principalType'],
        },
      },
      required: ['type', 'properties'],
    },
    roles: { list: { members: { db: 'string', role: 'string' }, required: ['db', 'role'] } },
  },
  required: ['identityProvider', 'roles'],
};

export const mongoClusters: ResourceFamily<'Microsoft.DocumentDB/mongoClusters'> = {
  type: 'Microsoft.DocumentDB/mongoClusters',
  apiVersions: [
    '2024-03-01-preview',
    '2024-06-01-preview',
    '2024-07-01',
    '2024-10-01-preview',
    '2025-04-01-preview',
    '2025-07-01-preview',
    '2025-08-01-preview',
    '2025-09-01',
    '2026-02-01-preview',
    '2026-06-01',
    '2026-06-15-preview',
  ],
  operations: {
    provider: 'Microsoft.DocumentDB',
    statusPath: 'mongoClusterAzureAsyncOperation',
    resultPath: 'mongoClusterOperationResults',
    runningStatus: ['InProgress'],
    saysStatus: false,
    formatTime: (time) => `${time.toISOString().slice(0, 19).replace('T', ' ')} +0000`,
  },
  show,
  update,
  replacement: {
    required: ['administrator', 'compute', 'storage', 'sharding'],
    usual: {
      authConfig: { allowedModes: ['NativeAuth'] },
      publicNetworkAccess: 'Enabled',
      dataApi: { mode: 'Disabled' },
      previewFeatures: [],
    },
  },
  hasPages: true,
  patchAnswer: { status: 202, showsResource: false },
  children: [
    users(),
    firewallRules<MongoCluster>(/^[a-z0-9][-\w.]{0,79}$/i, true),
    replicas(),
    privateEndpointConnections(),
  ],
  showsUnfinishedChildren: true,
  actions: [
    {
      method: 'POST',
      name: 'listConnectionStrings',
      run: (cluster) => ({ status: 200, body: { connectionStrings: connectionStrings(cluster) } }),
    },
  ],
};

function show(cluster: MongoCluster, apiVersion: string): JsonObject {
  const hidden = Object.keys(since).filter((name) => apiVersion < (since[name] ?? ''));
  if (cluster.properties.clusterStatus === 'Provisioning') hidden.push('connectionString');
  return { ...envelope(cluster), properties: omit(cluster.properties, hidden) };
}

function connectionStrings(cluster: MongoCluster) {
  const text = (host: string) =>
    `mongodb+srv://<user>:<password>@${host}/?tls=true&authMechanism=SCRAM-SHA-256&retrywrites=false&maxIdleTimeMS=120000`;
  return [
    {
      name: 'GlobalReadWrite',
      description: 'Follows the cluster that takes writes',
      connectionString: text(`${cluster.name}.global.${suffixes.mongoClusters}`),
    },
    {
      name: 'Self',
      description: 'This cluster',
      connectionString: text(`${cluster.name}.${suffixes.mongoClusters}`),
    },
  ];
}

function update(cluster: MongoCluster, { properties: wanted, apiVersion, organisation }: Update) {
  const { properties } = cluster;
  requireReady(cluster);
  // An API version ignores what came after it.
  const taken = Object.entries(updatable).filter(
    ([name]) => name in wanted && apiVersion >= (since[name] ?? ''),
  );
  for (const [name, shape] of taken) requireShape(wanted[name], shape, `properties.${name}`);
  const known = taken.map(([name]) => name);
  const modes = known.includes('authConfig') ? checkModes(cluster, wanted, organisation) : undefined;
  properties.clusterStatus = 'Updating';
  properties.provisioningState = 'Updating';
  return {
    settle(succeeded: boolean) {
      properties.clusterStatus = 'Ready';
      properties.provisioningState = succeeded ? 'Succeeded' : 'Failed';
      if (!succeeded) return;
      for (const name of known) {
        const before = properties[name];
        const after = wanted[name];
        properties[name] =
          isObject(before) && isObject(after) ? omit({ ...before, ...after }, ['password']) : after;
      }
      if (modes) properties.authConfig = { allowedModes: modes };
    },
  };
}

function requireReady({ name, properties }: MongoCluster): void {
  const { clusterStatus } = properties;
  if (clusterStatus !== 'Ready')
    throw badRequest(`The cluster '${name}' is ${clusterStatus}; it must be Ready to be updated.`);
}

function checkModes(cluster: MongoCluster, wanted: JsonObject, organisation: Organisation): string[] {
  const modes = member(wanted, 'authConfig', 'allowedModes');
  const now = cluster.properties.authConfig.allowedModes;
  if (!Array.isArray(modes) || modes.length === 0)
    throw badRequest('authConfig.allowedModes must name a mode.');
  const unknown = modes.find((mode) => !knownModes.includes(String(mode)) && !now.includes(String(mode)));
  if (unknown !== undefined) {
    throw badRequest(
      `The value '${String(unknown)}' of authConfig.allowedModes is not supported.`,
      'InvalidParameterValue',
    );
  }
  const entra = modes.includes('MicrosoftEntraID');
  if (entra && cluster.properties.compute.tier === 'Free') {
    throw badRequest('Microsoft Entra ID authentication is not available on the free tier.');
  }
  const turnsNativeOn = modes.includes('NativeAuth') && !now.includes('NativeAuth');
  if (turnsNativeOn && cluster.properties.replica.role !== 'Primary') {
    throw badRequest('Native authentication cannot be enabled on this replica until it is promoted.');
  }
  if (
    turnsNativeOn &&
    organisation.behaviour.nativeNeedsPassword &&
    !member(wanted, 'administrator', 'password')
  ) {
    throw badRequest(
      'administrator.userName and administrator.password are required to enable native authentication.',
    );
  }
  return modes.map(String);
}

function users(): ChildFamily<MongoCluster> {
  return {
    name: 'users',
    since: firstWithEntra,
    hasPages: true,
    children: (cluster) => cluster.users,
    check: checkUser,
    written(cluster, organisation) {
      for (const replica of replicasOf(cluster, organisation)) {
        const own = replica.users.filter((user) => !isEntra(user));
        replica.users.splice(
          0,
          replica.users.length,
          ...own,
          ...structuredClone(cluster.users.filter(isEntra)),
        );
      }
    },
    checkDelete(cluster, user) {
      if (!isEntra(user)) throw badRequest(`The administrator of '${cluster.name}' cannot be deleted.`);
      requirePrimary(cluster);
      requireReady(cluster);
    },
    show(user, apiVersion) {
      const { roles } = user.properties as MongoUserProperties;
      if (!roles) return user.properties;
      return { ...user.properties, roles: roles.map(({ db }) => ({ db, role: roleAt(apiVersion) })) };
    },
  };
}

function isEntra(user: Child<object>): boolean {
  return 'identityProvider' in user.properties;
}

function roleAt(apiVersion: string): string {
  return apiVersion === firstWithEntra ? 'dbOwner' : 'root';
}

function requirePrimary(cluster: MongoCluster): void {
  if (cluster.properties.replica.role !== 'Primary') {
    throw badRequest('Users are managed on the primary cluster; its replicas follow.');
  }
}

function checkUser(put: ChildPut<MongoCluster>): object {
  const { parent, name, properties, apiVersion, existing, organisation, tenantId } = put;
  requirePrimary(parent);
  requireReady(parent);
  if (!/^[a-z0-9-]{1,63}$/i.test(name))
    throw badRequest(`The user name '${name}' is not valid: it has 1 to 63 letters, digits and hyphens.`);
  if (!isGuid(name)) throw badRequest(`The user name '${name}' is not the object id of a principal.`);
  requireShape(properties, newUser, 'properties');
  const role = roleAt(apiVersion);
  const [granted, ...more] = properties['roles'] as readonly { db: string; role: string }[];
  if (granted?.db !== 'admin' || more.length > 0)
    throw badRequest('roles must hold one role on the database admin.', 'InvalidParameterValue');
  if (granted.role !== role) throw badRequest(`The role must be '${role}'.`, 'InvalidParameterValue');
  const { authConfig, compute } = parent.properties;
  if (compute.tier === 'Free')
    throw badRequest('Microsoft Entra ID authentication is not available on the free tier.');
  if (!authConfig.allowedModes.includes('MicrosoftEntraID'))
    throw badRequest(`Microsoft Entra ID authentication is not enabled on '${parent.name}'.`);
  const isUser = member(properties, 'identityProvider', 'properties', 'principalType') === 'user';
  requirePrincipal(organisation, tenantId, name, [isUser ? 'user' : 'servicePrincipal']);
  const principalType = isUser ? 'User' : 'ServicePrincipal';
  if (existing) {
    const now = member(existing.properties, 'identityProvider', 'properties', 'principalType');
    if (now !== principalType) throw badRequest('A user cannot be updated; delete it and create it again.');
  } else if (parent.users.length >= userLimit) {
    throw badRequest(`A cluster can have ${userLimit} users.`, 'UserCountLimitExceeded');
  }
  // Of a principal that nobody looked for, the tenant is known all the same when the directory has it somewhere.
  const entraTenant =
    organisation.directory.find(({ id }) => id === name.toLowerCase())?.tenantId ?? tenantId;
  return {
    user: name,
    identityProvider: { type: 'MicrosoftEntraID', properties: { principalType, entraTenant } },
    roles: [{ db: 'admin', role: 'root' }],
  } satisfies Omit<MongoUserProperties, 'provisioningState'>;
}

function replicas(): ChildFamily<MongoCluster> {
  return {
    name: 'replicas',
    hasPages: true,
    children: replicasOf,
    show: (replica, apiVersion) => show(replica as MongoCluster, apiVersion)['properties'] as object,
  };
}

function replicasOf(cluster: MongoCluster, organisation: Organisation): MongoCluster[] {
  const id = cluster.id.toLowerCase();
  return organisation.resources.filter(
    (one): one is MongoCluster =>
      one.type === cluster.type && one.properties.replica.sourceResourceId?.toLowerCase() === id,
  );
}

function privateEndpointConnections(): ChildFamily<MongoCluster> {
  return { name: 'privateEndpointConnections', hasPages: true, children: () => [] };
}

import { listAll, withVersion } from '../azure/resourceManager.ts';
import type { Grant, Principal, Role } from './cluster.ts';
import { unknownModes } from './cluster.ts';
import { fields, number, region, sameText, text, texts } from './fields.ts';
import type { Kind } from './kind.ts';

/** Azure DocumentDB, formerly Cosmos DB for MongoDB vCore. */
export const vcore: Kind = {
  id: 'vcore',
  armType: 'Microsoft.DocumentDB/mongoClusters',
  // Older versions hide the auth modes and the users.
  apiVersions: ['2026-06-01', '2025-09-01'],
  listed: [
    'authConfig',
    'clusterStatus',
    'provisioningState',
    'serverVersion',
    'compute',
    'publicNetworkAccess',
    'replica',
  ],
  nativeSecret: 'password',
  hasUsersInside: true,

  modes({ properties }) {
    const allowed = texts(fields(properties['authConfig'])['allowedModes']);
    if (allowed === undefined) return unknownModes;
    const has = (mode: string): boolean => allowed.some((name) => sameText(name, mode));
    return {
      entra: has('MicrosoftEntraID') ? 'on' : 'off',
      native: has('NativeAuth') ? 'on' : 'off',
      other: allowed.filter((name) => !sameText(name, 'MicrosoftEntraID') && !sameText(name, 'NativeAuth')),
    };
  },

  state: ({ properties }) => text(properties['clusterStatus']) ?? text(properties['provisioningState']),

  facts({ properties, location }) {
    const replica = fields(properties['replica']);
    const role = text(replica['role']);
    const storage = fields(properties['storage']);
    return [
      { name: 'product', value: 'vcore' },
      { name: 'state', value: text(properties['clusterStatus']) },
      { name: 'version', value: text(properties['serverVersion']) },
      { name: 'tier', value: text(fields(properties['compute'])['tier']) },
      { name: 'region', value: region(location) },
      { name: 'storage', gigabytes: number(storage['sizeGb']) },
      { name: 'shards', value: number(fields(properties['sharding'])['shardCount']) },
      { name: 'highAvailability', value: text(fields(properties['highAvailability'])['targetMode']) },
      { name: 'publicNetwork', value: text(properties['publicNetworkAccess']) },
      ...(role === undefined
        ? []
        : [
            {
              name: 'replication' as const,
              role,
              state: text(replica['replicationState']),
              source: text(replica['sourceResourceId']),
            },
          ]),
      { name: 'nativeAdministrator', value: text(fields(properties['administrator'])['userName']) },
    ];
  },

  async grants(door, cluster, signal) {
    const users = await withVersion(vcore.apiVersions, (version) =>
      listAll(door, cluster.caller, `${cluster.id}/users`, version, signal),
    );
    return users.map(grantOf);
  },
};

/** The list holds the built-in native administrator too: it is the one without an identity provider. */
function grantOf(user: unknown): Grant {
  const { id, name, properties } = fields(user);
  const { identityProvider, user: userName, roles } = fields(properties);
  const provider = fields(identityProvider);
  const login = text(userName) ?? text(name) ?? '';
  if (identityProvider === undefined || identityProvider === null) {
    return {
      id: text(id) ?? login,
      holder: { state: 'native', name: login },
      role: { name: 'administrator' },
      scope: undefined,
    };
  }
  const details = fields(provider['properties']);
  return {
    id: text(id) ?? login,
    holder: {
      state: 'entra',
      principal: {
        objectId: text(name) ?? login,
        type: principalType(text(details['principalType'])),
        tenant: text(details['entraTenant']),
      },
      alias: undefined,
    },
    role: roleOf(roles),
    scope: undefined,
  };
}

function roleOf(roles: unknown): Role {
  const names = (Array.isArray(roles) ? roles : []).flatMap((role) => text(fields(role)['role']) ?? []);
  if (names.length === 0) return { name: 'unknown' };
  // `dbOwner` is what the first preview called the same thing.
  if (names.every((name) => name === 'root' || name === 'dbOwner')) return { name: 'administrator' };
  return { name: 'custom', text: names.join(', ') };
}

/** Sent in lower case, answered with a capital. */
function principalType(type: string | undefined): Principal['type'] {
  if (sameText(type, 'user')) return 'user';
  return sameText(type, 'servicePrincipal') ? 'servicePrincipal' : 'unknown';
}

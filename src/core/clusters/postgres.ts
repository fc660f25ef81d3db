import { listAll, withVersion } from '../azure/resourceManager.ts';
import type { Grant, Mode, Principal, Role } from './cluster.ts';
import { fields, number, region, sameText, text } from './fields.ts';
import type { Kind } from './kind.ts';

/** Azure Cosmos DB for PostgreSQL. Only the preview knows anything of Entra; Resource Graph never does. */
export const postgres: Kind = {
  id: 'postgres',
  armType: 'Microsoft.DBforPostgreSQL/serverGroupsv2',
  apiVersions: ['2023-03-02-preview'],
  listed: ['authConfig', 'state', 'provisioningState', 'postgresqlVersion', 'sourceResourceId'],
  nativeSecret: 'password',
  hasUsersInside: false,

  modes({ properties }) {
    const config = fields(properties['authConfig']);
    return {
      entra: modeOf(config['activeDirectoryAuth'] ?? properties['aadAuthEnabled']),
      native: modeOf(config['passwordAuth'] ?? properties['passwordEnabled']),
      other: [],
    };
  },

  state: ({ properties }) => text(properties['state']) ?? text(properties['provisioningState']),

  facts({ properties, location }) {
    const nodes = number(properties['nodeCount']);
    const cores = number(properties['coordinatorVCores']);
    const source = text(properties['sourceResourceId']);
    const replicas = properties['readReplicas'];
    const [server] = Array.isArray(properties['serverNames']) ? properties['serverNames'] : [];
    return [
      { name: 'product', value: 'postgres' },
      { name: 'state', value: text(properties['state']) },
      { name: 'version', value: text(properties['postgresqlVersion']) },
      { name: 'tier', value: cores === undefined ? undefined : `${cores} vCore` },
      { name: 'region', value: region(location) },
      { name: 'nodes', value: nodes },
      { name: 'highAvailability', value: enabled(properties['enableHa']) },
      { name: 'publicNetwork', value: enabled(properties['coordinatorEnablePublicIpAccess']) },
      ...(source === undefined
        ? []
        : [{ name: 'replication' as const, role: 'Replica', state: undefined, source }]),
      ...(Array.isArray(replicas) ? [{ name: 'replicas' as const, value: replicas.length }] : []),
      { name: 'nativeAdministrator', value: text(properties['administratorLogin']) },
      { name: 'address', value: text(fields(server)['fullyQualifiedDomainName']) },
    ];
  },

  async grants(door, cluster, signal) {
    const roles = await withVersion(postgres.apiVersions, (version) =>
      listAll(door, cluster.caller, `${cluster.id}/roles`, version, signal),
    );
    return roles.map(grantOf);
  },
};

function grantOf(item: unknown): Grant {
  const { id, name, properties } = fields(item);
  const { externalIdentity, roleType } = fields(properties);
  const identity = fields(externalIdentity);
  const objectId = text(identity['objectId']);
  const roleName = text(name) ?? '';
  return {
    id: text(id) ?? roleName,
    holder:
      objectId === undefined
        ? { state: 'native', name: roleName }
        : {
            state: 'entra',
            principal: {
              objectId,
              type: principalType(text(identity['principalType'])),
              tenant: text(identity['tenantId']),
            },
            alias: roleName,
          },
    role: roleOf(text(roleType)),
    scope: undefined,
  };
}

function modeOf(value: unknown): Mode {
  const word = text(value);
  if (sameText(word, 'enabled')) return 'on';
  return sameText(word, 'disabled') ? 'off' : 'unknown';
}

function enabled(value: unknown): string | undefined {
  if (typeof value !== 'boolean') return undefined;
  return value ? 'Enabled' : 'Disabled';
}

function roleOf(type: string | undefined): Role {
  if (sameText(type, 'admin')) return { name: 'administrator' };
  if (sameText(type, 'user')) return { name: 'user' };
  return type === undefined ? { name: 'unknown' } : { name: 'custom', text: type };
}

function principalType(type: string | undefined): Principal['type'] {
  if (sameText(type, 'user')) return 'user';
  if (sameText(type, 'servicePrincipal')) return 'servicePrincipal';
  return sameText(type, 'group') ? 'group' : 'unknown';
}

import { listAll, withVersion } from '../azure/resourceManager.ts';
import type { Obstacle, RoleOffer, Step, WantedGrant } from './change.ts';
import type { Cluster, Grant, Mode, Principal, Role } from './cluster.ts';
import { fields, number, region, sameText, text } from './fields.ts';
import type { Fields } from './fields.ts';
import { firewallOf } from './firewall.ts';
import { contributor } from './kind.ts';
import type { Kind } from './kind.ts';
import { unsettled } from './unsettled.ts';

/** Azure Cosmos DB for PostgreSQL. Only the preview knows anything of Entra; Resource Graph never does. */
export const postgres: Kind = {
  id: 'postgres',
  armType: 'Microsoft.DBforPostgreSQL/serverGroupsv2',
  apiVersions: ['2023-03-02-preview'],
  listed: ['authConfig', 'state', 'provisioningState', 'postgresqlVersion', 'sourceResourceId'],
  nativeSecret: 'password',
  service: 'postgres',
  application: 'b4fa09d8-5da5-4352-83d9-05c2a44cf431',
  endpoint({ properties }) {
    const host = hostOf(properties);
    return host === undefined ? undefined : { host, port: 5432 };
  },
  database: ({ resource }) => text(resource.properties['databaseName']) ?? 'citus',
  // The service's own list of types has groups, its guide says that they do not work.
  sessions: undefined,
  principalTypes: ['user', 'servicePrincipal'],
  // The service takes fewer characters than a sign-in name has.
  roleName: (name) => name.replaceAll(/[^\w.-]+/g, '_').slice(0, 63),
  hasAdministrators: true,
  ruleName: (name) => firewall.ruleName(name),
  usualLimit: undefined,
  modesAreExperimental: true,
  manager: contributor,
  portal: { people: 'Authentication', modes: 'Authentication', rules: 'Networking' },
  inferredActions: /\/roles\//i,
  traces: {
    write: { does: 'settings' },
    delete: { does: 'deleted' },
    'roles/write': { does: 'grantSet', named: 'name' },
    'roles/delete': { does: 'grantRemoved', named: 'name' },
    'firewallrules/write': { does: 'ruleSet' },
    'firewallrules/delete': { does: 'ruleRemoved' },
  },
  settings: {
    authConfig: 'modes',
    coordinatorEnablePublicIpAccess: 'network',
    nodeEnablePublicIpAccess: 'network',
    administratorLoginPassword: 'password',
  },
  principalIn: ({ externalIdentity }) => text(fields(externalIdentity)['objectId']),

  modes({ properties }) {
    const config = fields(properties['authConfig']);
    return {
      entra: modeOf(config['activeDirectoryAuth'] ?? properties['aadAuthEnabled']),
      native: modeOf(config['passwordAuth'] ?? properties['passwordEnabled']),
      other: [],
    };
  },

  state: ({ properties }) => text(properties['state']) ?? text(properties['provisioningState']),

  publicNetwork: ({ properties }) => {
    const isOpen = properties['coordinatorEnablePublicIpAccess'];
    if (typeof isOpen !== 'boolean') return 'unknown';
    return isOpen ? 'filtered' : 'nobody';
  },

  facts({ properties, location }) {
    const nodes = number(properties['nodeCount']);
    const cores = number(properties['coordinatorVCores']);
    const source = text(properties['sourceResourceId']);
    const replicas = properties['readReplicas'];
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
      { name: 'address', value: hostOf(properties) },
    ];
  },

  async grants(door, cluster, signal) {
    const roles = await withVersion(postgres.apiVersions, (version) =>
      listAll(door, cluster.caller, `${cluster.id}/roles`, version, signal),
    );
    return roles.map(grantOf);
  },

  modeChoices: () => [
    { entra: false, native: true },
    { entra: true, native: true },
    { entra: true, native: false },
  ],

  roles: () => Promise.resolve([user, administrator]),

  obstacles({ resource: { properties }, state }, change) {
    const found: Obstacle[] = [];
    const source = text(properties['sourceResourceId']);
    const version = text(properties['postgresqlVersion']);
    const people =
      change.what === 'addGrant' || change.what === 'changeRole' || change.what === 'removeGrant';
    const entra = people || (change.what === 'setModes' && change.entra);
    if (/^stopp|^dropp/i.test(state ?? '')) found.push({ weight: 'stop', what: 'state', state: state ?? '' });
    if (entra && version !== undefined && Number.parseInt(version, 10) < 14)
      found.push({ weight: 'stop', what: 'version', version, needs: '14' });
    if (people && source !== undefined) found.push({ weight: 'stop', what: 'replica', source });
    return found;
  },

  steps(cluster, change) {
    switch (change.what) {
      case 'setModes': {
        const authConfig = {
          activeDirectoryAuth: change.entra ? 'enabled' : 'disabled',
          passwordAuth: change.native ? 'enabled' : 'disabled',
        };
        return [
          {
            to: 'resourceManager',
            method: 'PATCH',
            id: cluster.id,
            type: postgres.armType,
            apiVersions: postgres.apiVersions,
            body: { properties: { authConfig } },
          },
        ];
      }
      case 'addGrant':
        return [adding(cluster, change.wanted)];
      case 'changeRole': {
        const { grant, role } = change;
        if (grant.holder.state !== 'entra') return [];
        const { principal, alias } = grant.holder;
        return [removing(grant), adding(cluster, { principal, alias, role, scope: undefined })];
      }
      case 'removeGrant':
        return [removing(change.grant)];
      case 'addRule':
      case 'removeRule':
        return [firewall.step(cluster, change)];
    }
  },

  isBusy: ({ resource: { properties } }) =>
    [properties['state'], properties['provisioningState']].some((state) =>
      /^(updating|provisioning|starting|inprogress)$/i.test(text(state) ?? ''),
    ),

  rules: (door, cluster, signal) => firewall.rules(door, cluster, signal),
};

const firewall = firewallOf(postgres);

/** Of the coordinator, which is the one that everybody connects to. */
function hostOf(properties: Fields): string | undefined {
  const [server] = Array.isArray(properties['serverNames']) ? properties['serverNames'] : [];
  return text(fields(server)['fullyQualifiedDomainName'])?.toLowerCase();
}

const user: RoleOffer = { role: { name: 'user' }, id: 'user', keptIn: 'resourceManager' };
const administrator: RoleOffer = {
  role: { name: 'administrator' },
  id: 'admin',
  keptIn: 'resourceManager',
};

function role(id: string): Omit<Step & { to: 'resourceManager' }, 'method' | 'body'> {
  const { armType, apiVersions } = postgres;
  return { to: 'resourceManager', id, type: `${armType}/roles`, apiVersions };
}

function adding(cluster: Cluster, { principal, role: offer, alias }: WantedGrant): Step {
  const externalIdentity = {
    objectId: principal.objectId,
    // Of what the service itself listed, its own word goes back.
    principalType: principal.type === 'unknown' ? 'servicePrincipal' : principal.type,
    tenantId: principal.tenant ?? cluster.caller.tenant,
  };
  const properties = { roleType: offer.id, externalIdentity };
  return {
    ...role(`${cluster.id}/roles/${alias ?? principal.objectId}`),
    method: 'PUT',
    body: { properties },
  };
}

function removing({ id }: Grant): Step {
  return { ...role(id), method: 'DELETE' };
}

function grantOf(item: unknown): Grant {
  const { id, name, properties } = fields(item);
  const { externalIdentity, roleType } = fields(properties);
  const identity = fields(externalIdentity);
  // Of what cannot be read it is not known that it is no person's.
  const isNative = externalIdentity === undefined || externalIdentity === null;
  const isRead = text(roleType) !== undefined;
  const objectId = text(identity['objectId']) ?? (isNative && isRead ? undefined : '');
  const roleName = text(name) ?? '';
  const type = text(roleType);
  const state = unsettled(properties);
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
    // Whoever counts administrators must not count on one who is not there yet.
    role: state === undefined ? roleOf(type) : { name: 'custom', text: `${type ?? roleName} (${state})` },
    roleId: objectId === undefined || state !== undefined ? undefined : type,
    scope: undefined,
    keptIn: 'resourceManager',
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

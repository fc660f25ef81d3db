import { listAll, withVersion } from '../azure/resourceManager.ts';
import type { Change, Obstacle, RoleOffer, Step, WantedGrant } from './change.ts';
import type { Cluster, Grant, Principal, Role } from './cluster.ts';
import { unknownModes } from './cluster.ts';
import { fields, number, region, sameText, text, texts } from './fields.ts';
import type { Fields } from './fields.ts';
import { firewallOf } from './firewall.ts';
import { contributor } from './kind.ts';
import type { Kind } from './kind.ts';
import { unsettled } from './unsettled.ts';

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
  service: 'mongoClusters',
  endpoint({ properties }) {
    const address = text(properties['connectionString']) ?? '';
    // It has gaps where user and password go.
    const host = /^mongodb\+srv:\/\/(?:[^/?#]*@)?([^/?#@]+)/i.exec(address)?.[1]?.toLowerCase();
    return host === undefined ? undefined : { host, port: undefined };
  },
  sessions: 'mongodb',
  roleInside: (names) => insideOffer(names)?.role ?? insideRole(names),
  missingInside: (names) =>
    names.includes('root')
      ? []
      : readWrite.id
          .split('+')
          .filter((name, _, pair) => pair.some((one) => names.includes(one)) && !names.includes(name)),
  principalTypes: ['user', 'servicePrincipal'],
  hasAdministrators: true,
  ruleName: (name) => firewall.ruleName(name),
  nativeLogin: ({ resource }) => text(fields(resource.properties['administrator'])['userName']),
  usualLimit: 100,
  modesAreExperimental: false,
  manager: contributor,
  portal: { people: 'Authentication', modes: 'Authentication', rules: 'Networking' },
  traces: {
    write: { does: 'settings' },
    delete: { does: 'deleted' },
    'users/write': { does: 'grantSet', named: 'objectId' },
    'users/delete': { does: 'grantRemoved', named: 'objectId' },
    'firewallrules/write': { does: 'ruleSet' },
    'firewallrules/delete': { does: 'ruleRemoved' },
    // They are templates, with a gap where the password goes.
    'listconnectionstrings/action': { does: 'read' },
  },
  settings: { authConfig: 'modes', publicNetworkAccess: 'network', administrator: 'password' },

  modes({ properties }) {
    const { allowedModes } = fields(properties['authConfig']);
    const allowed = texts(allowedModes);
    if (allowed === undefined || !Array.isArray(allowedModes)) return unknownModes;
    const has = (mode: string): boolean => allowed.some((name) => sameText(name, mode));
    // What cannot be read may be the one that is missing.
    const absent = allowed.length < allowedModes.length ? 'unknown' : 'off';
    return {
      entra: has('MicrosoftEntraID') ? 'on' : absent,
      native: has('NativeAuth') ? 'on' : absent,
      other: allowed.filter((name) => !sameText(name, 'MicrosoftEntraID') && !sameText(name, 'NativeAuth')),
    };
  },

  state: ({ properties }) => text(properties['clusterStatus']) ?? text(properties['provisioningState']),

  publicNetwork: ({ properties }) => {
    const access = text(properties['publicNetworkAccess']);
    if (sameText(access, 'Disabled')) return 'nobody';
    return sameText(access, 'Enabled') ? 'filtered' : 'unknown';
  },

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

  async insiders(database, cluster, signal) {
    const { users } = await database.command(cluster, { usersInfo: 1 }, signal);
    // No match is answered without a list.
    return (Array.isArray(users) ? users : []).flatMap((user) => insiderOf(cluster, user) ?? []);
  },

  modeChoices: () => [
    { entra: false, native: true },
    { entra: true, native: true },
    { entra: true, native: false },
  ],

  roles: () => Promise.resolve([readOnly, readWrite, administrator]),

  obstacles(cluster, change) {
    const { properties } = cluster.resource;
    const replica = fields(properties['replica']);
    const role = text(replica['role']);
    const source = text(replica['sourceResourceId']);
    const isReplica = role !== undefined && !sameText(role, 'Primary');
    const about = aboutPeople(change);
    const found: Obstacle[] = [];
    if (
      sameText(text(fields(properties['compute'])['tier']), 'Free') &&
      (about || change.what === 'setModes')
    )
      found.push({ weight: 'stop', what: 'freeTier' });
    // Stopped, it answers nobody; on its way there it takes no change.
    if (/^(stopp|dropp)/i.test(cluster.state ?? ''))
      found.push({ weight: 'stop', what: 'state', state: cluster.state ?? '' });
    if (isReplica && about) found.push({ weight: 'stop', what: 'replica', source });
    if (isReplica && change.what === 'setModes' && change.native && cluster.modes.native === 'off')
      found.push({ weight: 'stop', what: 'nativeOnReplica', source });
    if (change.what === 'setModes' && !change.native && cluster.modes.native !== 'off')
      found.push({ weight: 'tell', what: 'portalShell' });
    return found;
  },

  steps(cluster, change) {
    switch (change.what) {
      case 'setModes': {
        const { entra, native, administrator: login } = change;
        const allowedModes = [
          ...(entra ? ['MicrosoftEntraID'] : []),
          ...(native ? ['NativeAuth'] : []),
          // The list replaces the one that is there: ways in that have no word here stay.
          ...cluster.modes.other,
        ];
        const properties = {
          authConfig: { allowedModes },
          ...(login === undefined ? {} : { administrator: login }),
        };
        return [atCluster('PATCH', { id: cluster.id, body: { properties } })];
      }
      case 'addGrant':
        return [adding(cluster, change.wanted)];
      case 'changeRole': {
        const { grant, role } = change;
        if (grant.holder.state !== 'entra') return [];
        const { principal } = grant.holder;
        const wanted = { principal, role, scope: undefined, alias: undefined };
        return [removing(cluster, grant), adding(cluster, wanted)];
      }
      case 'removeGrant':
        return [removing(cluster, change.grant)];
      case 'addRule':
      case 'removeRule':
        return [firewall.step(cluster, change)];
    }
  },

  isBusy: ({ resource: { properties } }) =>
    [properties['clusterStatus'], properties['provisioningState']].some((state) =>
      /^(updating|provisioning|starting|inprogress)$/i.test(text(state) ?? ''),
    ),

  rules: (door, cluster, signal) => firewall.rules(door, cluster, signal),
};

const firewall = firewallOf(vcore);

const administrator: RoleOffer = {
  role: { name: 'administrator' },
  id: 'root',
  keptIn: 'resourceManager',
};
/** The two sets of roles that the database accepts for who is no administrator; no half and no more. */
const readWrite: RoleOffer = {
  role: { name: 'readWrite' },
  id: 'clusterAdmin+readWriteAnyDatabase',
  keptIn: 'database',
};
const readOnly: RoleOffer = { role: { name: 'readOnly' }, id: 'readAnyDatabase', keptIn: 'database' };

function aboutPeople({ what }: Change): boolean {
  return what === 'addGrant' || what === 'changeRole' || what === 'removeGrant';
}

function atCluster(
  method: 'PUT' | 'PATCH' | 'DELETE',
  { id, type = vcore.armType, body }: { id: string; type?: string; body?: Fields },
): Step {
  const target = { to: 'resourceManager' as const, id, type, apiVersions: vcore.apiVersions };
  return { ...target, method, ...(body === undefined ? {} : { body }) };
}

const userType = 'Microsoft.DocumentDB/mongoClusters/users';

function adding(cluster: Cluster, { principal, role }: WantedGrant): Step {
  const { objectId } = principal;
  const identity = {
    type: 'MicrosoftEntraID',
    properties: { principalType: principal.type === 'user' ? 'user' : 'servicePrincipal' },
  };
  if (role.keptIn === 'database') {
    const roles = role.id.split('+').map((name) => ({ role: name, db: 'admin' }));
    return {
      to: 'database',
      cluster: cluster.id,
      command: { createUser: objectId, roles, customData: { IdentityProvider: identity } },
    };
  }
  const properties = { identityProvider: identity, roles: [{ db: 'admin', role: role.id }] };
  return atCluster('PUT', { id: `${cluster.id}/users/${objectId}`, type: userType, body: { properties } });
}

function removing(cluster: Cluster, { holder, keptIn, id }: Grant): Step {
  if (keptIn === 'resourceManager') return atCluster('DELETE', { id, type: userType });
  const name = holder.state === 'native' ? holder.name : id;
  return {
    to: 'database',
    cluster: cluster.id,
    command: { dropUser: holder.state === 'entra' ? holder.principal.objectId : name },
  };
}

function insiderOf(cluster: Cluster, raw: unknown): Grant | undefined {
  const { user, roles, customData } = fields(raw);
  const name = text(user);
  if (name === undefined) return undefined;
  const names = roleNames(roles);
  const identity = fields(fields(customData)['IdentityProvider']);
  const isEntra = sameText(text(identity['type']), 'MicrosoftEntraID');
  const offer = insideOffer(names);
  return {
    id: `${cluster.id}/inside/${name}`,
    holder: isEntra
      ? {
          state: 'entra',
          principal: {
            objectId: name,
            type: principalType(text(fields(identity['properties'])['principalType'])),
            tenant: undefined,
          },
          alias: undefined,
        }
      : { state: 'native', name },
    role: offer?.role ?? insideRole(names),
    roleId: offer?.id,
    scope: undefined,
    keptIn: 'database',
  };
}

function insideOffer(names: readonly string[]): RoleOffer | undefined {
  return [readOnly, readWrite].find(({ id }) => id === names.toSorted().join('+'));
}

function insideRole(names: readonly string[]): Role {
  if (names.includes('root')) return { name: 'administrator' };
  return names.length === 0 ? { name: 'unknown' } : { name: 'custom', text: names.join(', ') };
}

/** The list holds the built-in native administrator too: it is the one without an identity provider. */
function grantOf(user: unknown): Grant {
  const { id, name, properties } = fields(user);
  const { identityProvider, user: userName, roles, provisioningState } = fields(properties);
  const provider = fields(identityProvider);
  const login = text(userName) ?? text(name) ?? '';
  // Of what cannot be read it is not known that it is no person's.
  const isRead = login !== '' && (text(userName) ?? text(provisioningState)) !== undefined;
  if (isRead && (identityProvider === undefined || identityProvider === null)) {
    return {
      id: text(id) ?? login,
      holder: { state: 'native', name: login },
      role: { name: 'administrator' },
      roleId: undefined,
      scope: undefined,
      keptIn: 'resourceManager',
    };
  }
  const details = fields(provider['properties']);
  const role = roleOf(roles, unsettled(properties));
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
    role,
    roleId: role.name === 'administrator' ? administrator.id : undefined,
    scope: undefined,
    keptIn: 'resourceManager',
  };
}

function roleNames(roles: unknown): readonly string[] {
  return (Array.isArray(roles) ? roles : []).flatMap((role) => text(fields(role)['role']) ?? []);
}

function roleOf(roles: unknown, state: string | undefined): Role {
  const names = roleNames(roles);
  if (names.length === 0) return { name: 'unknown' };
  // Whoever counts administrators must not count on this one.
  if (state !== undefined) return { name: 'custom', text: `${names.join(', ')} (${state})` };
  // `dbOwner` is what the first preview called the same thing.
  if (names.every((name) => name === 'root' || name === 'dbOwner')) return { name: 'administrator' };
  return { name: 'custom', text: names.join(', ') };
}

/** Sent in lower case, answered with a capital. */
function principalType(type: string | undefined): Principal['type'] {
  if (sameText(type, 'user')) return 'user';
  return sameText(type, 'servicePrincipal') ? 'servicePrincipal' : 'unknown';
}

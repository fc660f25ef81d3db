import { createHash } from 'node:crypto';
import type { Door } from '../azure/door.ts';
import { listAll, withVersion } from '../azure/resourceManager.ts';
import type { Resource } from '../azure/resourceManager.ts';
import { Failure } from '../failure.ts';
import { blocksOf, rangesOf } from './addresses.ts';
import type { Change, FirewallRule, Obstacle, RoleOffer, Step, WantedGrant } from './change.ts';
import type { AccountApi, Cluster, Grant, KeyName, Role } from './cluster.ts';
import { date, fields, region, sameText, text, texts } from './fields.ts';
import type { Fields } from './fields.ts';
import { accountContributor } from './kind.ts';
import type { Kind, Trace } from './kind.ts';
import { atOnce, limited } from './limit.ts';

/** Azure Cosmos DB accounts: NoSQL and its siblings. */
export const account: Kind = {
  id: 'account',
  armType: 'Microsoft.DocumentDB/databaseAccounts',
  apiVersions: ['2026-03-15', '2024-11-15'],
  listed: [
    'disableLocalAuth',
    'capabilities',
    'keysMetadata',
    'publicNetworkAccess',
    'provisioningState',
    'databaseAccountOfferType',
  ],
  nativeSecret: 'keys',
  service: 'accounts',
  endpoint({ properties }) {
    const url = URL.parse(text(properties['documentEndpoint']) ?? '');
    return url?.protocol === 'https:' ? { host: url.hostname, port: Number(url.port) || 443 } : undefined;
  },
  sessions: undefined,
  principalTypes: ['user', 'servicePrincipal', 'group'],
  hasAdministrators: false,
  usualLimit: undefined,
  modesAreExperimental: false,
  manager: accountContributor,
  portal: { rules: 'Networking' },
  get traces() {
    return traces;
  },
  settings: {
    disableLocalAuth: 'modes',
    ipRules: 'network',
    publicNetworkAccess: 'network',
    isVirtualNetworkFilterEnabled: 'network',
    virtualNetworkRules: 'network',
    networkAclBypass: 'network',
  },
  principalIn: ({ principalId }) => text(principalId),

  modes(resource, asked) {
    const keysOff = resource.properties['disableLocalAuth'];
    // Left out of the whole resource it means "keys on"; left out of a list it means nothing.
    const api = accountApi(resource);
    const known = typeof keysOff === 'boolean' ? keysOff : asked ? false : undefined;
    return {
      entra: api !== undefined && entraApis.has(api) ? 'on' : 'unknown',
      native: known === undefined ? 'unknown' : known ? 'off' : 'on',
      other: [],
    };
  },

  state: ({ properties }) => text(properties['provisioningState']),

  // A list has no part of the rules: without them nothing is said, and no rule is not "everyone".
  publicNetwork: ({ properties }) => {
    const access = text(properties['publicNetworkAccess']);
    if (sameText(access, 'Disabled')) return 'nobody';
    if (!sameText(access, 'Enabled') || !Array.isArray(properties['ipRules'])) return 'unknown';
    return opensToAll(properties) ? 'everyone' : 'filtered';
  },

  facts(resource) {
    const { properties, location } = resource;
    const api = accountApi(resource);
    const locations = properties['locations'];
    return [
      { name: 'product', value: 'account' },
      ...(api === undefined ? [] : [{ name: 'api' as const, value: api }]),
      { name: 'state', value: text(properties['provisioningState']) },
      ...(capabilities(properties).has('enableserverless')
        ? [{ name: 'tier' as const, value: 'Serverless' }]
        : []),
      { name: 'region', value: region(location) },
      ...(Array.isArray(locations) && locations.length > 1
        ? [{ name: 'replicas' as const, value: locations.length - 1 }]
        : []),
      { name: 'publicNetwork', value: text(properties['publicNetworkAccess']) },
      { name: 'address', value: text(properties['documentEndpoint']) },
      ...keys(resource),
    ];
  },

  async grants(door, cluster, signal) {
    const isMongo = accountApi(cluster.resource) === 'mongodb';
    const named = await (isMongo ? mongoGrants : roleGrants)(door, cluster, signal);
    const keys: Grant = {
      id: `${cluster.id}/keys`,
      holder: { state: 'keys' },
      role: { name: 'administrator' },
      roleId: undefined,
      scope: undefined,
      keptIn: 'resourceManager',
    };
    return cluster.modes.native === 'on' ? [...named, keys] : named;
  },

  modeChoices({ resource }) {
    const api = accountApi(resource);
    // Of the other APIs it is not known that anybody gets in without a key.
    if (api === undefined || !entraApis.has(api)) return [];
    return [
      { entra: true, native: true },
      { entra: true, native: false },
    ];
  },

  async roles(door, cluster, signal) {
    const definitions = await children(door, cluster, `${familyOf(cluster)}Definitions`, signal).catch(
      noneIfUnheardOf,
    );
    const offers = definitions.flatMap((definition): RoleOffer[] => {
      const { id, properties } = fields(definition);
      const { roleName, assignableScopes } = fields(properties);
      const offered = text(id);
      if (offered === undefined) return [];
      const offer: RoleOffer = {
        role: roleOf(offered, text(roleName)),
        id: offered,
        keptIn: 'resourceManager',
      };
      const within = (texts(assignableScopes) ?? []).map((scope) => scopeBelow(cluster.id, scope));
      const confined = within.filter((scope) => scope !== undefined);
      return [
        confined.length === 0 || confined.length < within.length ? offer : { ...offer, within: confined },
      ];
    });
    const rank = ({ role }: RoleOffer): number =>
      ['dataReader', 'dataContributor'].indexOf(role.name) + 1 || 3;
    return offers.toSorted((a, b) => rank(a) - rank(b));
  },

  async scopes(door, cluster, signal) {
    if (accountApi(cluster.resource) !== 'nosql') return [];
    const limit = limited(atOnce);
    const databases = names(await children(door, cluster, 'sqlDatabases', signal));
    const containers = await Promise.all(
      databases.map((database) =>
        limit(async () =>
          names(await children(door, cluster, `sqlDatabases/${database}/containers`, signal)).map(
            (container) => `${database}/${container}`,
          ),
        ),
      ),
    );
    return databases.flatMap((database, index) => [database, ...(containers[index] ?? [])]);
  },

  obstacles({ resource: { properties } }, change, leaving = []) {
    const found: Obstacle[] = [];
    if (change.what === 'addRule' && opensToAll(properties))
      found.push({ weight: 'danger', what: 'closesToOthers' });
    if (change.what === 'removeRule' && !opensToAll(properties)) {
      const after = [change.rule, ...leaving].reduce(
        (now: Fields, rule) => ({ ...now, ipRules: ipRulesAfter(now, { what: 'removeRule', rule }) }),
        properties,
      );
      if (opensToAll(after)) found.push({ weight: 'danger', what: 'everyAddress' });
    }
    return found;
  },

  steps(cluster, change) {
    switch (change.what) {
      case 'setModes':
        return [atAccount('PATCH', { id: cluster.id, properties: { disableLocalAuth: !change.native } })];
      case 'addGrant':
        return [adding(cluster, change.wanted)];
      case 'changeRole': {
        const { grant, role } = change;
        if (grant.holder.state !== 'entra') return [];
        const { principal, alias } = grant.holder;
        // Another role is another assignment: with the new one in place nobody is interrupted.
        return [adding(cluster, { principal, alias, role, scope: grant.scope }), removing(cluster, grant)];
      }
      case 'removeGrant':
        return [removing(cluster, change.grant)];
      case 'addRule':
      case 'removeRule': {
        const properties = { ipRules: ipRulesAfter(cluster.resource.properties, change) };
        return [atAccount('PATCH', { id: cluster.id, properties })];
      }
    }
  },

  isBusy: ({ resource: { properties } }) =>
    /^(updating|creating|initializing|inprogress)$/i.test(text(properties['provisioningState']) ?? ''),

  // Without rules the account is open or closed as a whole: that is a fact of its own.
  async rules({ cloud }, { resource: { properties } }) {
    const list = properties['ipRules'] ?? [];
    const blocks = ipRules(properties);
    if (!Array.isArray(list) || blocks.length < list.length)
      throw new Failure({ code: 'malformed', host: new URL(cloud.resourceManager).host });
    return blocks.flatMap((block) =>
      rangesOf(block).flatMap((range): FirewallRule[] =>
        'problem' in range ? [] : [{ id: undefined, name: block, ...range }],
      ),
    );
  },
};

function familyOf({ resource }: Cluster): string {
  const api = accountApi(resource) ?? 'nosql';
  return api === 'mongodb' ? 'mongoMIRole' : families[api];
}

function children(
  door: Door,
  cluster: Cluster,
  path: string,
  signal: AbortSignal | undefined,
): Promise<readonly unknown[]> {
  return withVersion(account.apiVersions, (version) =>
    listAll(door, cluster.caller, `${cluster.id}/${path}`, version, signal),
  );
}

function names(resources: readonly unknown[]): readonly string[] {
  return resources.flatMap((resource) => text(fields(resource)['name']) ?? []);
}

function ipRules(properties: Fields): readonly string[] {
  const rules = properties['ipRules'];
  return (Array.isArray(rules) ? rules : []).flatMap((rule) => text(fields(rule)['ipAddressOrRange']) ?? []);
}

/** The list that replaces the one there is. An address may be written there as a block, a block by any in it. */
function ipRulesAfter(
  properties: Fields,
  { what, rule }: Change & { what: 'addRule' | 'removeRule' },
): readonly { readonly ipAddressOrRange: string }[] {
  const blocks = blocksOf(rule);
  const isSame = (text: string): boolean =>
    rangesOf(text).some((range) => !('problem' in range) && blocks.includes(blocksOf(range).join()));
  const others = ipRules(properties).filter((text) => !isSame(text));
  const after = what === 'addRule' ? [...others, ...blocks] : others;
  return after.map((ipAddressOrRange) => ({ ipAddressOrRange }));
}

/** No list of addresses means all of them; the first address in it closes the account to all others. */
function opensToAll(properties: Fields): boolean {
  const rules = properties['ipRules'];
  // One that cannot be read closes it, too.
  return (
    !(Array.isArray(rules) && rules.length > 0) &&
    properties['isVirtualNetworkFilterEnabled'] !== true &&
    !sameText(text(properties['publicNetworkAccess']), 'Disabled')
  );
}

function atAccount(
  method: 'PUT' | 'PATCH' | 'DELETE',
  { id, type = account.armType, properties }: { id: string; type?: string; properties?: Fields },
): Step {
  const target = { to: 'resourceManager' as const, id, type, apiVersions: account.apiVersions };
  return { ...target, method, ...(properties === undefined ? {} : { body: { properties } }) };
}

function adding(cluster: Cluster, { principal, role, scope }: WantedGrant): Step {
  const family = familyOf(cluster);
  // The same grant has the same id: to add it again changes nothing. Ids know no case, names of databases do.
  const whole = scopeOf(cluster.id.toLowerCase(), scope);
  const name = guidOf([whole, role.id.toLowerCase(), principal.objectId.toLowerCase()].join('|'));
  return atAccount('PUT', {
    id: `${cluster.id}/${family}Assignments/${name}`,
    type: `${account.armType}/${family}Assignments`,
    properties: {
      roleDefinitionId: role.id,
      scope: scopeOf(cluster.id, scope),
      principalId: principal.objectId,
    },
  });
}

function removing(cluster: Cluster, { id }: Grant): Step {
  return atAccount('DELETE', { id, type: `${account.armType}/${familyOf(cluster)}Assignments` });
}

/** `shop/orders` as the service wants it: the words are those of the data plane, not of Resource Manager. */
function scopeOf(accountId: string, scope: string | undefined): string {
  const [database, container] = scope?.split('/') ?? [];
  return [accountId, database && `dbs/${database}`, container && `colls/${container}`]
    .filter((part) => part !== undefined)
    .join('/');
}

function guidOf(text: string): string {
  const hash = createHash('sha256').update(text).digest();
  // Version 8 and the usual variant: an id made of something, in the sense of RFC 9562.
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x80, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  return hash.toString('hex', 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The APIs that take an Entra token whatever the account's settings are. */
const entraApis: ReadonlySet<AccountApi> = new Set(['nosql', 'table']);

/** The names under which each API keeps its data roles: all of one shape. */
const families: Readonly<Record<Exclude<AccountApi, 'mongodb'>, string>> = {
  nosql: 'sqlRole',
  table: 'tableRole',
  cassandra: 'cassandraRole',
  gremlin: 'gremlinRole',
};

const traces: Kind['traces'] = {
  write: { does: 'settings' },
  delete: { does: 'deleted' },
  'listkeys/action': { does: 'keysListed' },
  'readonlykeys/action': { does: 'keysListed' },
  'readonlykeys/read': { does: 'keysListed' },
  // A key is in each.
  'listconnectionstrings/action': { does: 'keysListed' },
  'regeneratekey/action': { does: 'keysRenewed' },
  ...Object.fromEntries(
    [...Object.values(families), 'mongoMIRole'].flatMap((family): [string, Trace][] => [
      [`${family}assignments/write`.toLowerCase(), { does: 'grantSet', named: 'arbitrary' }],
      [`${family}assignments/delete`.toLowerCase(), { does: 'grantRemoved', named: 'arbitrary' }],
      [`${family}definitions/write`.toLowerCase(), { does: 'roleDefined' }],
      [`${family}definitions/delete`.toLowerCase(), { does: 'roleUndefined' }],
    ]),
  ),
  'mongodbuserdefinitions/write': { does: 'grantSet', named: 'name' },
  'mongodbuserdefinitions/delete': { does: 'grantRemoved', named: 'name' },
  'mongodbroledefinitions/write': { does: 'roleDefined' },
  'mongodbroledefinitions/delete': { does: 'roleUndefined' },
};

/** Which API an account speaks. All but one are of the same kind: only its capabilities tell, if they came. */
function accountApi({ kind, properties }: Resource): AccountApi | undefined {
  const has = capabilities(properties);
  if (sameText(kind, 'MongoDB') || has.has('enablemongo')) return 'mongodb';
  if (has.has('enablecassandra')) return 'cassandra';
  if (has.has('enablegremlin')) return 'gremlin';
  if (has.has('enabletable')) return 'table';
  const list = properties['capabilities'];
  // One that cannot be read may be any of those.
  const isRead = Array.isArray(list) && list.every((item) => text(fields(item)['name']) !== undefined);
  return isRead ? 'nosql' : undefined;
}

/** The age of keys is known without reading any. */
function keys(resource: Resource): readonly { name: 'keyAge'; key: KeyName; generated: Date | undefined }[] {
  const metadata = fields(resource.properties['keysMetadata']);
  const one = (key: KeyName) => ({
    name: 'keyAge' as const,
    key,
    generated: date(fields(metadata[`${key}MasterKey`])['generationTime']),
  });
  return [one('primary'), one('secondary'), one('primaryReadonly'), one('secondaryReadonly')];
}

function capabilities(properties: Fields): ReadonlySet<string> {
  const list = properties['capabilities'];
  return new Set(
    (Array.isArray(list) ? list : []).flatMap((item) => text(fields(item)['name'])?.toLowerCase() ?? []),
  );
}

async function roleGrants(
  door: Door,
  cluster: Cluster,
  signal: AbortSignal | undefined,
): Promise<readonly Grant[]> {
  const family = familyOf(cluster);
  const [assignments, definitions] = await Promise.all([
    children(door, cluster, `${family}Assignments`, signal),
    children(door, cluster, `${family}Definitions`, signal),
  ]);
  const roleNames = new Map(
    definitions.map((definition) => {
      const { id, properties } = fields(definition);
      return [text(id)?.toLowerCase(), text(fields(properties)['roleName'])] as const;
    }),
  );
  return assignments.map((assignment) => {
    const { id, properties } = fields(assignment);
    const { principalId, roleDefinitionId, scope } = fields(properties);
    const definition = text(roleDefinitionId) ?? '';
    return {
      id: text(id) ?? '',
      holder: {
        state: 'entra',
        principal: { objectId: text(principalId) ?? '', type: 'unknown', tenant: undefined },
        alias: undefined,
      },
      // A role on nobody knows what gives nobody knows what.
      role:
        text(scope) === undefined
          ? { name: 'unknown' }
          : roleOf(definition, roleNames.get(definition.toLowerCase())),
      roleId: definition === '' ? undefined : definition,
      scope: scopeBelow(cluster.id, text(scope)),
      keptIn: 'resourceManager',
    };
  });
}

/** Accounts of the MongoDB API: users with passwords, and (in preview) Entra principals with roles. */
async function mongoGrants(
  door: Door,
  cluster: Cluster,
  signal: AbortSignal | undefined,
): Promise<readonly Grant[]> {
  const users = capabilities(cluster.resource.properties).has('enablemongorolebasedaccesscontrol')
    ? children(door, cluster, 'mongodbUserDefinitions', signal)
    : [];
  // Entra's roles are new to this API and in no guide: an account that knows nothing of them has none.
  const roles = roleGrants(door, cluster, signal).catch(noneIfUnheardOf);
  const [entra, native] = await Promise.all([roles, users]);
  return [
    ...entra,
    ...native.map((user): Grant => {
      const { id, name, properties } = fields(user);
      const { userName, roles } = fields(properties);
      const names = (Array.isArray(roles) ? roles : []).flatMap((role) => {
        const { db, role: roleName } = fields(role);
        const parts = [text(db), text(roleName)].filter((part) => part !== undefined);
        return parts.length === 0 ? [] : [parts.join('.')];
      });
      return {
        id: text(id) ?? '',
        holder: { state: 'native', name: text(userName) ?? text(name) ?? '' },
        role: names.length === 0 ? { name: 'unknown' } : { name: 'custom', text: names.join(', ') },
        roleId: undefined,
        scope: undefined,
        keptIn: 'resourceManager',
      };
    }),
  ];
}

/** An account that has never heard of such roles has none. */
function noneIfUnheardOf(error: unknown): readonly never[] {
  const { data } = Failure.from(error);
  if (data.code === 'notFound' || (data.code === 'service' && data.status === 400)) return [];
  throw error;
}

function roleOf(definitionId: string, name: string | undefined): Role {
  if (definitionId.endsWith('00000000-0000-0000-0000-000000000001')) return { name: 'dataReader' };
  if (definitionId.endsWith('00000000-0000-0000-0000-000000000002')) return { name: 'dataContributor' };
  return name === undefined ? { name: 'unknown' } : { name: 'custom', text: name };
}

/** `/dbs/shop/colls/orders` as `shop/orders`; the account itself as nothing. */
function scopeBelow(accountId: string, scope: string | undefined): string | undefined {
  if (scope === undefined) return undefined;
  const below = scope.toLowerCase().startsWith(accountId.toLowerCase())
    ? scope.slice(accountId.length)
    : scope;
  const path = below.replace(/^\/dbs\//i, '').replace(/\/colls\//i, '/');
  return path === '' || path === '/' ? undefined : path;
}

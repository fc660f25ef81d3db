import type { Door } from '../azure/door.ts';
import { listAll, withVersion } from '../azure/resourceManager.ts';
import type { Resource } from '../azure/resourceManager.ts';
import { Failure } from '../failure.ts';
import type { AccountApi, Cluster, Grant, KeyName, Role } from './cluster.ts';
import { date, fields, region, sameText, text } from './fields.ts';
import type { Fields } from './fields.ts';
import type { Kind } from './kind.ts';

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
  hasUsersInside: false,

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
    const api = accountApi(cluster.resource) ?? 'nosql';
    const named = await (api === 'mongodb'
      ? mongoGrants(door, cluster, signal)
      : roleGrants(door, cluster, families[api], signal));
    const keys: Grant = {
      id: `${cluster.id}/keys`,
      holder: { state: 'keys' },
      role: { name: 'administrator' },
      scope: undefined,
    };
    return cluster.modes.native === 'on' ? [...named, keys] : named;
  },
};

/** The APIs that take an Entra token whatever the account's settings are. */
const entraApis: ReadonlySet<AccountApi> = new Set(['nosql', 'table']);

/** The names under which each API keeps its data roles: all of one shape. */
const families: Readonly<Record<Exclude<AccountApi, 'mongodb'>, string>> = {
  nosql: 'sqlRole',
  table: 'tableRole',
  cassandra: 'cassandraRole',
  gremlin: 'gremlinRole',
};

/** Which API an account speaks. All but one are of the same kind: only its capabilities tell, if they came. */
function accountApi({ kind, properties }: Resource): AccountApi | undefined {
  const has = capabilities(properties);
  if (sameText(kind, 'MongoDB') || has.has('enablemongo')) return 'mongodb';
  if (has.has('enablecassandra')) return 'cassandra';
  if (has.has('enablegremlin')) return 'gremlin';
  if (has.has('enabletable')) return 'table';
  return Array.isArray(properties['capabilities']) ? 'nosql' : undefined;
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
  family: string,
  signal: AbortSignal | undefined,
): Promise<readonly Grant[]> {
  const list = (children: string): Promise<readonly unknown[]> =>
    withVersion(account.apiVersions, (version) =>
      listAll(door, cluster.caller, `${cluster.id}/${children}`, version, signal),
    );
  const [assignments, definitions] = await Promise.all([
    list(`${family}Assignments`),
    list(`${family}Definitions`),
  ]);
  const names = new Map(
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
      role: roleOf(definition, names.get(definition.toLowerCase())),
      scope: scopeBelow(cluster.id, text(scope)),
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
    ? withVersion(account.apiVersions, (version) =>
        listAll(door, cluster.caller, `${cluster.id}/mongodbUserDefinitions`, version, signal),
      )
    : [];
  // Entra's roles are new to this API and in no guide: an account that knows nothing of them has none.
  const roles = roleGrants(door, cluster, 'mongoMIRole', signal).catch((error: unknown) => {
    const { data } = Failure.from(error);
    const unheardOf = data.code === 'notFound' || (data.code === 'service' && data.status === 400);
    if (unheardOf) return [];
    throw error;
  });
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
        scope: undefined,
      };
    }),
  ];
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

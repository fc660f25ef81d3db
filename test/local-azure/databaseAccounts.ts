import { isWithin } from './access.ts';
import { armError, badRequest } from './armError.ts';
import { blockRange, isAddressOrBlock } from './ipv4.ts';
import { isGuid, isObject, member, type JsonObject } from './json.ts';
import { accountKey } from './newDatabaseAccount.ts';
import { regionName } from './regions.ts';
import type { AccountApi, AccountKey, Child, DatabaseAccount } from './organisation.ts';
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
import { sqlContainers, sqlDatabases } from './sqlDatabases.ts';

const apiVersions = [
  '2015-04-08',
  '2021-04-15',
  '2021-10-15',
  '2022-11-15',
  '2023-04-15',
  '2024-05-15',
  '2024-08-15',
  '2024-11-15',
  '2025-04-15',
  '2025-05-01-preview',
  '2025-10-15',
  '2026-03-15',
  '2026-09-01-preview',
];

/** Sets of role definitions and assignments, one for each API that knows Entra. */
const families = [
  { prefix: 'sql', since: '2021-04-15' },
  { prefix: 'table', since: '2025-05-01-preview' },
  { prefix: 'cassandra', since: '2025-05-01-preview' },
  { prefix: 'gremlin', since: '2025-05-01-preview' },
  { prefix: 'mongoMI', since: '2025-05-01-preview' },
];

const keyKinds: Readonly<Record<string, AccountKey>> = {
  primary: 'primaryMasterKey',
  secondary: 'secondaryMasterKey',
  primaryReadonly: 'primaryReadonlyMasterKey',
  secondaryReadonly: 'secondaryReadonlyMasterKey',
};

const updatable: Readonly<Record<string, Shape>> = {
  disableLocalAuth: 'boolean',
  disableKeyBasedMetadataWriteAccess: 'boolean',
  enableAutomaticFailover: 'boolean',
  enableMultipleWriteLocations: 'boolean',
  isVirtualNetworkFilterEnabled: 'boolean',
  publicNetworkAccess: { words: ['Enabled', 'Disabled', 'SecuredByPerimeter'] },
  minimalTlsVersion: { words: ['Tls', 'Tls11', 'Tls12'] },
  networkAclBypass: { words: ['None', 'AzureServices'] },
  ipRules: { list: { members: { ipAddressOrRange: 'string' }, required: ['ipAddressOrRange'] } },
  virtualNetworkRules: { list: 'object' },
  consistencyPolicy: 'object',
  capabilities: { list: { members: { name: 'string' } } },
  backupPolicy: 'object',
  cors: { list: 'object' },
};

const newDefinition: Shape = {
  members: {
    roleName: 'string',
    // The enumeration is closed, and what is built in is not made.
    type: { words: ['CustomRole'] },
    assignableScopes: { list: 'string' },
    permissions: {
      list: { members: { dataActions: { list: 'string' }, notDataActions: { list: 'string' } } },
    },
  },
  required: ['roleName', 'assignableScopes', 'permissions'],
};

const newAssignment: Shape = {
  members: { roleDefinitionId: 'string', scope: 'string', principalId: 'string' },
  required: ['roleDefinitionId', 'scope', 'principalId'],
};

/** Not enforceable by the filter, says the document. */
const privateBlocks = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16'];

export const databaseAccounts: ResourceFamily<'Microsoft.DocumentDB/databaseAccounts'> = {
  type: 'Microsoft.DocumentDB/databaseAccounts',
  apiVersions,
  operations: {
    provider: 'Microsoft.DocumentDB',
    statusPath: 'operationsStatus',
    resultPath: 'operationResults',
    // Neither is among the words that Resource Manager's own guidelines know.
    runningStatus: ['Enqueued', 'Dequeued'],
    saysStatus: true,
    formatTime: (time) => time.toISOString(),
  },
  show: (account) => ({
    ...envelope(account),
    // Alone among these resources, an account prints its region by the display name.
    location: regionName(account.location),
    kind: account.kind,
    properties: account.properties,
  }),
  update,
  replacement: {
    required: ['databaseAccountOfferType', 'locations'],
    usual: { disableLocalAuth: false, ipRules: [], publicNetworkAccess: 'Enabled' },
  },
  hasPages: false,
  patchAnswer: { status: 200, showsResource: true },
  showsUnfinishedChildren: false,
  children: [
    ...families.flatMap(({ prefix, since }) => [
      roleDefinitions(prefix, since),
      roleAssignments(prefix, since),
    ]),
    {
      name: 'sqlDatabases',
      since: '2021-04-15',
      hasPages: false,
      children: (account) => sqlDatabases(requireApi(account, 'sql', 'sqlDatabases')),
    },
    {
      name: 'sqlDatabases/containers',
      since: '2021-04-15',
      hasPages: false,
      children: (account, _, database) => sqlContainers(requireApi(account, 'sql', 'sqlDatabases'), database),
    },
    mongoDefinitions('mongodbRoleDefinitions', ['roleName', 'type', 'databaseName', 'privileges', 'roles']),
    mongoDefinitions('mongodbUserDefinitions', [
      'userName',
      'databaseName',
      'customData',
      'roles',
      'mechanisms',
    ]),
  ],
  actions: [
    { method: 'POST', name: 'listKeys', run: ({ keys }) => ({ status: 200, body: keys }) },
    { method: 'POST', name: 'readonlykeys', run: ({ keys }) => ({ status: 200, body: readOnlyKeys(keys) }) },
    {
      method: 'GET',
      name: 'readonlykeys',
      permission: 'readonlykeys/read',
      run: ({ keys }) => ({ status: 200, body: readOnlyKeys(keys) }),
    },
    {
      method: 'POST',
      name: 'listConnectionStrings',
      run: (account) => ({ status: 200, body: { connectionStrings: connectionStrings(account) } }),
    },
    { method: 'POST', name: 'regenerateKey', run: regenerateKey },
  ],
};

function update(account: DatabaseAccount, { properties: wanted, organisation }: Update) {
  const { api, name, properties } = account;
  const known = Object.entries(updatable).filter(([member]) => member in wanted);
  for (const [member, shape] of known) requireShape(wanted[member], shape, `properties.${member}`);
  if (wanted['disableLocalAuth'] === true && !organisation.behaviour.keysOffApis.includes(api))
    throw badRequest(`The account '${name}' cannot do without keys: its API is ${api}.`);
  for (const rule of (wanted['ipRules'] ?? []) as readonly { ipAddressOrRange: string }[])
    checkIpRule(rule.ipAddressOrRange);
  properties.provisioningState = 'Updating';
  return {
    settle(succeeded: boolean) {
      properties.provisioningState = succeeded ? 'Succeeded' : 'Failed';
      if (succeeded)
        Object.assign(properties, Object.fromEntries(known.map(([member]) => [member, wanted[member]])));
    },
  };
}

function checkIpRule(rule: string): void {
  if (!isAddressOrBlock(rule)) {
    throw badRequest(
      `The IP rule '${rule}' is neither an IPv4 address nor a block in CIDR format.`,
      'InvalidParameterValue',
    );
  }
  const range = blockRange(rule);
  const inside = privateBlocks.map(blockRange).some(({ from, to }) => range.from >= from && range.to <= to);
  if (inside) throw badRequest(`The IP rule '${rule}' lies in a private range.`, 'InvalidParameterValue');
}

/** The account, or a refusal when its API has no such children. */
function requireApi(account: DatabaseAccount, api: AccountApi, child: string): DatabaseAccount {
  if (account.api === api) return account;
  throw badRequest(`'${child}' is not supported by the API of the account '${account.name}'.`);
}

function readOnlyKeys({ primaryReadonlyMasterKey, secondaryReadonlyMasterKey }: DatabaseAccount['keys']) {
  return { primaryReadonlyMasterKey, secondaryReadonlyMasterKey };
}

function connectionStrings({ keys, properties }: DatabaseAccount) {
  return Object.entries(keyKinds).map(([kind, key]) => ({
    connectionString: `AccountEndpoint=${properties.documentEndpoint};AccountKey=${keys[key]};`,
    description: `${kind.replace(/^./, (first) => first.toUpperCase())} SQL Connection String`,
    keyKind: kind.replace(/^./, (first) => first.toUpperCase()),
    type: 'Sql',
  }));
}

let generation = 10;

function regenerateKey(account: DatabaseAccount, body: JsonObject) {
  const { keyKind } = body;
  const key = typeof keyKind === 'string' ? keyKinds[keyKind] : undefined;
  if (!key) throw badRequest(`keyKind must be one of ${Object.keys(keyKinds).join(', ')}.`);
  return {
    settle(succeeded: boolean) {
      if (!succeeded) return;
      account.keys[key] = accountKey(account.id, (generation += 1));
      account.properties.keysMetadata[key] = { generationTime: new Date().toISOString() };
    },
  };
}

/** The children of a family, or a refusal on an account whose API has no such family. */
function family(account: DatabaseAccount, name: string): Child[] {
  const children = account.children[name];
  if (!children) throw badRequest(`'${name}' is not supported by the API of the account '${account.name}'.`);
  return children;
}

function roleDefinitions(prefix: string, since: string): ChildFamily<DatabaseAccount> {
  const name = `${prefix}RoleDefinitions`;
  return {
    name,
    since,
    hasPages: false,
    children: (account) => family(account, name),
    check({ parent, name: id, properties, existing }: ChildPut<DatabaseAccount>) {
      if (!isGuid(id)) throw badRequest('The id of a role definition must be a GUID.');
      if (existing && member(existing.properties, 'type') === 'BuiltInRole')
        throw badRequest('A built-in role definition cannot be changed.');
      requireShape(properties, newDefinition, 'properties');
      const { roleName, assignableScopes, permissions } = properties as {
        readonly roleName: string;
        readonly assignableScopes: readonly string[];
        readonly permissions: readonly object[];
      };
      if (roleName === '') throw badRequest('roleName is required.');
      if (permissions.length === 0) throw badRequest('permissions must have an element.');
      if (assignableScopes.length === 0) throw badRequest('assignableScopes must have an element.');
      const isTaken = family(parent, name).some(
        (one) => one !== existing && one.properties['roleName'] === roleName,
      );
      if (isTaken) throw badRequest(`The account has a role definition called '${roleName}'.`);
      const scopes = assignableScopes.map((scope) => checkScope(parent, scope));
      return { roleName, type: 'CustomRole', assignableScopes: scopes, permissions };
    },
    checkDelete(account, definition) {
      if (member(definition.properties, 'type') === 'BuiltInRole') {
        throw badRequest('A built-in role definition cannot be deleted.');
      }
      const id = `${account.id}/${name}/${definition.name}`.toLowerCase();
      const assignments = account.children[`${prefix}RoleAssignments`] ?? [];
      if (assignments.some((one) => String(one.properties['roleDefinitionId']).toLowerCase() === id)) {
        throw badRequest('The role definition is in use by role assignments.');
      }
    },
  };
}

function roleAssignments(prefix: string, since: string): ChildFamily<DatabaseAccount> {
  const name = `${prefix}RoleAssignments`;
  return {
    name,
    since,
    hasPages: false,
    children: (account) => family(account, name),
    check({ parent, name: id, properties, existing, organisation, tenantId }: ChildPut<DatabaseAccount>) {
      if (!isGuid(id)) throw badRequest('The id of a role assignment must be a GUID.');
      requireShape(properties, newAssignment, 'properties');
      const { roleDefinitionId, principalId, ...given } = properties as Record<string, string>;
      const definition = family(parent, `${prefix}RoleDefinitions`).find(
        (one) =>
          roleDefinitionId?.toLowerCase() ===
          `${parent.id}/${prefix}RoleDefinitions/${one.name}`.toLowerCase(),
      );
      if (!definition)
        throw badRequest(`The role definition '${roleDefinitionId}' does not exist in the account.`);
      const scope = checkScope(parent, given['scope']);
      const assignable = definition.properties['assignableScopes'] as readonly string[];
      if (!assignable.some((one) => isWithin(scope, one)))
        throw badRequest(`The scope '${scope}' is not among the assignable scopes of the role definition.`);
      if (!isGuid(principalId)) throw badRequest(`The principal ID [${principalId}] is not a GUID.`);
      requirePrincipal(organisation, tenantId, principalId ?? '', ['user', 'servicePrincipal', 'group']);
      const wanted = { roleDefinitionId, scope, principalId };
      const twin = family(parent, name).find((one) => one !== existing && isSame(one.properties, wanted));
      if (twin && !organisation.behaviour.takesDuplicateAssignments) {
        const message = `The role assignment '${twin.name}' grants the same already.`;
        throw armError(409, 'Conflict', message, { 'x-ms-failure-cause': 'service' });
      }
      return wanted;
    },
  };
}

/** Ids and scopes know no case. */
function isSame(one: object, other: object): boolean {
  const text = (value: unknown) => String(value).toLowerCase();
  return Object.entries(other).every(([name, value]) => text(member(one, name)) === text(value));
}

/** A scope in full; one that begins at the account's root may be given without it. */
function checkScope(account: DatabaseAccount, scope: unknown): string {
  const text = typeof scope === 'string' ? scope : '';
  const full = /^\/($|dbs\/)/.test(text) ? account.id + text.replace(/\/$/, '') : text;
  const rest = full.toLowerCase().startsWith(account.id.toLowerCase())
    ? full.slice(account.id.length)
    : undefined;
  if (rest === undefined || !/^(\/dbs\/[^/]+(\/colls\/[^/]+)?)?$/.test(rest)) {
    throw badRequest(
      `The scope '${text}' is not the account, a database (/dbs/) or a container (/dbs/…/colls/).`,
    );
  }
  return full;
}

function mongoDefinitions(name: string, members: readonly string[]): ChildFamily<DatabaseAccount> {
  return {
    name,
    since: '2022-11-15',
    hasPages: false,
    children: (account) => family(account, name),
    check({ name: id, properties }) {
      if (!/^[^.]+\..+$/.test(id)) throw badRequest(`The name '${id}' is not of the form database.name.`);
      const unknown = Object.keys(properties).find((key) => key !== 'password' && !members.includes(key));
      if (unknown !== undefined || !isObject(properties)) throw badRequest(`Unknown property '${unknown}'.`);
      return omit(properties, ['password']);
    },
  };
}

import { badRequest } from './armError.ts';
import { isGuid, isObject, member, type JsonObject } from './json.ts';
import { accountKey } from './newDatabaseAccount.ts';
import { regionName } from './regions.ts';
import type { AccountKey, Child, DatabaseAccount } from './organisation.ts';
import { envelope, omit, type ChildFamily, type ChildPut, type ResourceFamily } from './resourceFamily.ts';

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

const updatable: Readonly<Record<string, 'boolean' | 'string' | 'object'>> = {
  disableLocalAuth: 'boolean',
  disableKeyBasedMetadataWriteAccess: 'boolean',
  enableAutomaticFailover: 'boolean',
  enableMultipleWriteLocations: 'boolean',
  isVirtualNetworkFilterEnabled: 'boolean',
  publicNetworkAccess: 'string',
  minimalTlsVersion: 'string',
  networkAclBypass: 'string',
  ipRules: 'object',
  virtualNetworkRules: 'object',
  consistencyPolicy: 'object',
  capabilities: 'object',
  backupPolicy: 'object',
  cors: 'object',
};

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
  patch(account, wanted) {
    const known = Object.keys(updatable).filter((name) => name in wanted);
    for (const name of known) {
      if (typeof wanted[name] !== updatable[name]) {
        throw badRequest(
          `The property '${name}' must be of the type ${updatable[name]}.`,
          'InvalidParameterValue',
        );
      }
    }
    account.properties.provisioningState = 'Updating';
    return {
      settle(succeeded) {
        account.properties.provisioningState = succeeded ? 'Succeeded' : 'Failed';
        if (succeeded) Object.assign(account.properties, ...known.map((name) => ({ [name]: wanted[name] })));
      },
    };
  },
  hasPages: false,
  patchAnswer: { status: 200, showsResource: true },
  showsUnfinishedChildren: false,
  children: [
    ...families.flatMap(({ prefix, since }) => [
      roleDefinitions(prefix, since),
      roleAssignments(prefix, since),
    ]),
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
      const { roleName, assignableScopes, permissions } = properties;
      if (!isGuid(id)) throw badRequest('The id of a role definition must be a GUID.');
      if (existing?.properties && member(existing.properties, 'type') === 'BuiltInRole') {
        throw badRequest('A built-in role definition cannot be changed.');
      }
      if (typeof roleName !== 'string' || roleName === '') throw badRequest('roleName is required.');
      if (!Array.isArray(permissions) || permissions.length === 0)
        throw badRequest('permissions is required.');
      if (!Array.isArray(assignableScopes) || assignableScopes.length === 0)
        throw badRequest('assignableScopes is required.');
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
    check({ parent, name: id, properties, organisation, tenantId }: ChildPut<DatabaseAccount>) {
      const { roleDefinitionId, principalId } = properties;
      if (!isGuid(id)) throw badRequest('The id of a role assignment must be a GUID.');
      const definition = family(parent, `${prefix}RoleDefinitions`).find(
        (one) =>
          String(roleDefinitionId).toLowerCase() ===
          `${parent.id}/${prefix}RoleDefinitions/${one.name}`.toLowerCase(),
      );
      if (!definition)
        throw badRequest(`The role definition '${String(roleDefinitionId)}' does not exist in the account.`);
      const known = organisation.directory.some((one) => one.tenantId === tenantId && one.id === principalId);
      if (!isGuid(principalId) || !known) {
        throw badRequest(
          `The provided principal ID [${String(principalId)}] was not found in the tenant [${tenantId}].`,
        );
      }
      return { roleDefinitionId, scope: checkScope(parent, properties['scope']), principalId };
    },
  };
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

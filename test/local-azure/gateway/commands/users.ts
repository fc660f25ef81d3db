import { Int32 } from 'bson';
import { toNumber } from '../bson/number.ts';
import { compare } from '../bson/order.ts';
import { isDoc } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { nameOfType } from '../expression/operator.ts';
import { credentialFor } from '../scram.ts';
import type { PrincipalType, Role } from '../storage/user.ts';
import { list, text } from './arguments.ts';
import type { Call, CommandTable, Reply } from './command.ts';

const USER_LIMIT = 100;

function badValue(message: string): CommandError {
  return new CommandError('BadValue', message);
}

function onAdmin(call: Call, command: string): void {
  if (call.database !== 'admin') throw badValue(`${command} must be called from 'admin' database.`);
}

/** Fields that any command may carry are passed over; another one is told by name. */
function refuseFields(body: Doc, known: readonly string[], message: (name: string) => string): void {
  const common = ['lsid', 'comment', 'maxTimeMS', 'writeConcern', 'readConcern', 'apiVersion', 'txnNumber'];
  for (const name of body.keys()) {
    if (!known.includes(name) && !common.includes(name) && !name.startsWith('$'))
      throw badValue(message(name));
  }
}

function userName(body: Doc, command: string): string {
  const name = text(body, command);
  if (name === undefined || name === '') throw badValue(`'${command}' is a required field.`);
  return name;
}

/** The roles of one of the two sets that exist. */
function parseRoles(written: readonly Value[], takesHalf: boolean): readonly Role[] {
  const roles = new Set<Role>();
  for (const item of written) {
    const role = isDoc(item) ? item.get('role') : item;
    const db = isDoc(item) ? item.get('db') : 'admin';
    if (role !== 'readAnyDatabase' && role !== 'readWriteAnyDatabase' && role !== 'clusterAdmin') {
      const shown = typeof role === 'string' ? role : nameOfType(role);
      throw new CommandError('RoleNotFound', `The specified value for the role is invalid: '${shown}'.`);
    }
    if (db !== 'admin') throw badValue("Unsupported value specified for db. Only 'admin' is allowed.");
    roles.add(role);
  }
  if (roles.size === 0) throw badValue("The 'roles' field is mandatory.");
  const isHalf = roles.size === 1 && !roles.has('readAnyDatabase');
  if ((roles.has('readAnyDatabase') && roles.size > 1) || (isHalf && !takesHalf)) {
    throw new CommandError(
      'RoleNotFound',
      'Roles specified are invalid. Only [{role: "readAnyDatabase", db: "admin"}] or ' +
        '[{role: "clusterAdmin", db: "admin"}, {role: "readWriteAnyDatabase", db: "admin"}] are allowed.',
    );
  }
  return [...roles];
}

/** The kind of principal that a user of an identity provider is; `undefined` for a user with a password. */
function principalTypeOf(customData: Value | undefined): PrincipalType | undefined {
  if (customData === undefined) return undefined;
  if (!isDoc(customData)) {
    throw badValue("The 'customData' parameter is required to be provided as a BSON document.");
  }
  for (const key of customData.keys()) {
    if (key !== 'IdentityProvider') {
      throw badValue(`The specified field in the custom data is not supported: '${key}'.`);
    }
  }
  const provider = customData.get('IdentityProvider');
  if (provider === undefined) return undefined;
  const properties = isDoc(provider) ? provider.get('properties') : undefined;
  const principalType = isDoc(properties) ? properties.get('principalType') : undefined;
  if (!isDoc(provider) || provider.get('type') !== 'MicrosoftEntraID') {
    throw badValue("The identity provider's type must be 'MicrosoftEntraID'.");
  }
  if (principalType !== 'user' && principalType !== 'servicePrincipal') {
    throw badValue("The identity provider's principalType must be 'user' or 'servicePrincipal'.");
  }
  return principalType;
}

/** Users with passwords are the business of those who have one themselves, and of nobody when passwords are off. */
function requireNative(call: Call): void {
  if (!call.cluster.allowedModes.includes('NativeAuth')) {
    throw new CommandError(
      'CommandNotSupported',
      'Native authentication is not enabled. Enable native authentication on this cluster to perform native user management operations.',
    );
  }
  if (call.identity?.kind !== 'native') {
    throw new CommandError('Unauthorized', 'User is not authorized to perform this action');
  }
}

function exists(call: Call, name: string): boolean {
  const { cluster, store } = call;
  return (
    store.users.has(name) || cluster.administrators.has(name) || cluster.administrator?.userName === name
  );
}

function createUser(call: Call): Reply {
  const { body, store, cluster } = call;
  onAdmin(call, 'CreateUser');
  // The number of users is looked at before the command is.
  if (store.users.size + cluster.administrators.size >= USER_LIMIT) {
    throw new CommandError('UserCountLimitExceeded', `Exceeded the limit of ${USER_LIMIT} user roles.`);
  }
  const known = ['createUser', 'pwd', 'roles', 'customData', 'mechanisms', 'digestPassword'];
  refuseFields(body, known, (name) => `Unsupported field specified : '${name}'.`);
  const name = userName(body, 'createUser');
  if (/^(?:documentdb|pg)/i.test(name)) throw badValue('Invalid username, use a different username.');
  const roles = parseRoles(list(body, 'roles') ?? [], cluster.takesHalfRoles === true);
  const principalType = principalTypeOf(body.get('customData'));
  const password = text(body, 'pwd');
  if (principalType !== undefined) {
    if (password !== undefined)
      throw badValue('Password is not allowed when using an external identity provider.');
    if (exists(call, name)) throw duplicate(name);
    store.users.set(name, { kind: 'entra', name, roles, principalType });
    return { ok: 1 };
  }
  if (password === undefined) throw badValue("'createUser', 'roles' and 'pwd' are required fields.");
  if (password === '') throw badValue('The password field must not be left empty.');
  requireNative(call);
  if (exists(call, name)) throw duplicate(name);
  store.users.set(name, { kind: 'native', name, roles, credential: credentialFor(password) });
  return { ok: 1 };
}

function duplicate(name: string): CommandError {
  return new CommandError('Location51003', `role "${name}" already exists`);
}

function dropUser(call: Call): Reply {
  const { body, store } = call;
  onAdmin(call, 'DropUser');
  refuseFields(body, ['dropUser'], (name) => `The specified field '${name}' is not supported.`);
  const name = userName(body, 'dropUser');
  if (/^(?:documentdb|pg)/i.test(name)) throw badValue('Invalid username.');
  const user = store.users.get(name);
  if (!user) {
    // Administrators are Resource Manager's, and only it can remove them.
    if (exists(call, name))
      throw new CommandError('Unauthorized', 'User is not authorized to perform this action');
    throw new CommandError('UserNotFound', `User '${name}@admin' not found`);
  }
  if (user.kind === 'native') requireNative(call);
  store.users.delete(name);
  return { ok: 1 };
}

function updateUser(call: Call): Reply {
  const { body, cluster, store } = call;
  onAdmin(call, 'UpdateUser');
  if (body.has('roles')) throw badValue('Role updates are currently unsupported.');
  refuseFields(
    body,
    ['updateUser', 'pwd', 'mechanisms', 'digestPassword'],
    (name) => `Unsupported field specified : '${name}'.`,
  );
  const name = userName(body, 'updateUser');
  const user = store.users.get(name);
  if (user?.kind === 'entra' || cluster.administrators.has(name)) {
    throw new CommandError(
      'CommandNotSupported',
      'UpdateUser command is not supported for a non-native user.',
    );
  }
  requireNative(call);
  const password = text(body, 'pwd');
  if (password === undefined || password === '') throw badValue('The password field must not be left empty.');
  if (!user) throw new CommandError('UserNotFound', `User '${name}@admin' not found`);
  store.users.set(name, { ...user, credential: credentialFor(password) });
  return { ok: 1 };
}

type Description = { readonly [key: string]: Value };

function describeUser(
  name: string,
  roles: readonly Role[],
  principalType: PrincipalType | undefined,
): Description {
  const described = {
    _id: `admin.${name}`,
    userId: `admin.${name}`,
    user: name,
    db: 'admin',
    roles: roles.map((role) => docOf({ role, db: 'admin' })),
  };
  if (principalType === undefined) return described;
  const provider = docOf({ type: 'MicrosoftEntraID', properties: docOf({ principalType }) });
  return { ...described, customData: docOf({ IdentityProvider: provider }) };
}

function docOf(fields: Readonly<Record<string, Value>>): Doc {
  return new Map(Object.entries(fields));
}

function describeAll({ cluster, store }: Call): readonly Description[] {
  const described = [...cluster.administrators].map(([oid, { principalType }]) =>
    describeUser(oid, ['root'], principalType),
  );
  const { administrator } = cluster;
  if (administrator) described.push(describeUser(administrator.userName, ['root'], undefined));
  for (const user of store.users.values()) {
    // Whoever became an administrator later is described as one.
    if (cluster.administrators.has(user.name)) continue;
    described.push(
      describeUser(user.name, user.roles, user.kind === 'entra' ? user.principalType : undefined),
    );
  }
  return described.sort((a, b) => compare(a['user'], b['user']));
}

/** Whom a `usersInfo` asks for: one by name, or everybody. */
function askedFor(value: Value): string | undefined {
  if (typeof value === 'string') return value;
  if (value instanceof Int32 || toNumber(value) !== undefined) {
    if (toNumber(value) === 1) return undefined;
    throw badValue("The 'usersInfo' field contains an unsupported value.");
  }
  if (!isDoc(value)) throw badValue("Unsupported value specified for 'usersInfo'.");
  const [user, db, forAllDBs] = [value.get('user'), value.get('db'), value.get('forAllDBs')];
  if (forAllDBs !== undefined && forAllDBs !== true)
    throw badValue("Unsupported value specified for 'forAllDBs'.");
  if ((user === undefined) !== (db === undefined)) {
    throw badValue("'usersInfo' document must contain both 'user' and 'db' together.");
  }
  if ((forAllDBs === undefined) === (user === undefined)) {
    throw badValue("'usersInfo' document must contain either 'forAllDBs: true', or 'user' and 'db'.");
  }
  if (db !== undefined && db !== 'admin') {
    throw badValue("Unsupported value specified for 'db' field. Only 'admin' is allowed.");
  }
  return typeof user === 'string' ? user : undefined;
}

function usersInfo(call: Call): Reply {
  const { body } = call;
  onAdmin(call, 'UsersInfo');
  refuseFields(
    body,
    ['usersInfo', 'showPrivileges', 'showCredentials', 'filter'],
    (name) => `The specified field '${name}' is not supported.`,
  );
  const name = askedFor(body.get('usersInfo') ?? null);
  if (name === undefined && body.get('showPrivileges') === true) {
    throw badValue("The 'showPrivileges' option is not supported when 'usersInfo' is set to 1.");
  }
  const users = describeAll(call).filter((user) => name === undefined || user['user'] === name);
  // Nobody of that name is no list at all, rather than an empty one.
  return users.length > 0 ? { users, ok: 1 } : { ok: 1 };
}

export const userCommands: CommandTable = {
  createUser: { needs: 'root', writes: true, run: createUser },
  dropUser: { needs: 'root', writes: true, run: dropUser },
  updateUser: { needs: 'root', writes: true, run: updateUser },
  usersInfo: { needs: 'read', run: usersInfo },
};

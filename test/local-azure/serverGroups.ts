import { badRequest } from './armError.ts';
import { firewallRules } from './firewallRules.ts';
import { isGuid, isObject } from './json.ts';
import type { Child, ServerGroup } from './organisation.ts';
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

const firstWithEntra = '2023-03-02-preview';
const entraOnly = [
  'authConfig',
  'aadAuthEnabled',
  'passwordEnabled',
  'dataEncryption',
  'databaseName',
  'enableGeoBackup',
];

/** What the published model of PATCH knows. authConfig is not there: PUT alone has it. */
const updatable: Readonly<Record<string, Shape>> = {
  administratorLoginPassword: 'string',
  postgresqlVersion: 'string',
  citusVersion: 'string',
  enableShardsOnCoordinator: 'boolean',
  enableHa: 'boolean',
  preferredPrimaryZone: 'string',
  coordinatorServerEdition: 'string',
  coordinatorStorageQuotaInMb: 'integer',
  coordinatorVCores: 'integer',
  coordinatorEnablePublicIpAccess: 'boolean',
  nodeServerEdition: 'string',
  nodeCount: 'integer',
  nodeStorageQuotaInMb: 'integer',
  nodeVCores: 'integer',
  maintenanceWindow: 'object',
};

const onOff: Shape = { words: ['enabled', 'disabled'] };
const authConfigShape: Shape = { members: { activeDirectoryAuth: onOff, passwordAuth: onOff } };

const newRole: Shape = {
  members: {
    roleType: { words: ['user', 'admin'] },
    password: 'string',
    externalIdentity: {
      members: { objectId: 'string', principalType: 'string', tenantId: 'string' },
      required: ['objectId', 'principalType'],
    },
  },
};

/** The document's pattern for names below a cluster. */
const names = /^[-\w.]+$/;

export const serverGroups: ResourceFamily<'Microsoft.DBforPostgreSQL/serverGroupsv2'> = {
  type: 'Microsoft.DBforPostgreSQL/serverGroupsv2',
  apiVersions: ['2020-10-05-privatepreview', '2022-11-08', '2023-03-02-preview'],
  operations: {
    provider: 'Microsoft.DBforPostgreSQL',
    statusPath: 'azureAsyncOperation',
    resultPath: 'operationResults',
    runningStatus: ['InProgress'],
    saysStatus: false,
    formatTime: (time) => time.toISOString(),
  },
  show(cluster, apiVersion) {
    const hidden = apiVersion < firstWithEntra ? entraOnly : [];
    return { ...envelope(cluster), properties: omit(cluster.properties, hidden) };
  },
  update,
  replacement: {
    required: [
      'administratorLoginPassword',
      'coordinatorStorageQuotaInMb',
      'coordinatorVCores',
      'nodeCount',
      'postgresqlVersion',
    ],
    usual: { authConfig: { activeDirectoryAuth: 'disabled', passwordAuth: 'enabled' } },
  },
  hasPages: true,
  patchAnswer: { status: 202, showsResource: true },
  children: [roles(), firewallRules<ServerGroup>(names, false), servers()],
  showsUnfinishedChildren: true,
  actions: [],
};

function update(cluster: ServerGroup, update: Update) {
  const { properties } = cluster;
  const { properties: wanted, apiVersion, organisation, replaces } = update;
  const taken = Object.entries(updatable).filter(([name]) => name in wanted);
  for (const [name, shape] of taken) requireShape(wanted[name], shape, `properties.${name}`);
  const known = taken.map(([name]) => name).filter((name) => name !== 'administratorLoginPassword');
  const takesModes = replaces || organisation.behaviour.postgresTakesAuthConfig;
  const authConfig = takesModes && apiVersion >= firstWithEntra ? wanted['authConfig'] : undefined;
  if (authConfig !== undefined) checkAuthConfig(cluster, authConfig);
  properties.provisioningState = 'Updating';
  properties.state = 'Updating';
  return {
    settle(succeeded: boolean) {
      properties.provisioningState = succeeded ? 'Succeeded' : 'Failed';
      properties.state = 'Ready';
      if (!succeeded) return;
      for (const name of known) properties[name] = wanted[name];
      if (!isObject(authConfig)) return;
      properties.authConfig = { ...properties.authConfig, ...authConfig };
      properties['aadAuthEnabled'] = properties.authConfig.activeDirectoryAuth;
      properties['passwordEnabled'] = properties.authConfig.passwordAuth;
    },
  };
}

function checkAuthConfig(cluster: ServerGroup, authConfig: unknown): void {
  requireShape(authConfig, authConfigShape, 'properties.authConfig');
  const after = {
    ...cluster.properties.authConfig,
    ...(authConfig as Partial<ServerGroup['properties']['authConfig']>),
  };
  if (after.activeDirectoryAuth === 'disabled' && after.passwordAuth === 'disabled') {
    throw badRequest('One authentication method must stay enabled.');
  }
  if (after.activeDirectoryAuth === 'enabled') requireEntraVersion(cluster);
}

function requireEntraVersion(cluster: ServerGroup): void {
  if (Number(cluster.properties.postgresqlVersion) < 14) {
    throw badRequest('Microsoft Entra ID authentication needs PostgreSQL 14 or newer.');
  }
}

function roles(): ChildFamily<ServerGroup> {
  return {
    name: 'roles',
    hasPages: false,
    children: (cluster) => cluster.roles,
    check: checkRole,
    checkDelete(cluster, role) {
      requirePrimary(cluster);
      if (role.name === 'citus') throw badRequest("The role 'citus' cannot be removed.");
    },
    show: (role, apiVersion) =>
      apiVersion < firstWithEntra ? omit(role.properties, ['roleType', 'externalIdentity']) : role.properties,
  };
}

function checkRole(put: ChildPut<ServerGroup>): object {
  const { parent, name, properties, apiVersion, existing } = put;
  if (!names.test(name) || name.length > 63)
    throw badRequest(`The role name '${name}' is not valid.`, 'InvalidParameterValue');
  requirePrimary(parent);
  requireShape(properties, newRole, 'properties');
  const { roleType = 'user', password, externalIdentity } = properties;
  if (externalIdentity === undefined || apiVersion < firstWithEntra) {
    if (typeof password !== 'string' || password.length < 8)
      throw badRequest('A role needs a password of 8 characters.');
    if (existing && 'externalIdentity' in existing.properties)
      throw badRequest(`The role '${name}' has no password.`);
    return { roleType };
  }
  if (password !== undefined) throw badRequest('A role has a password or an external identity, not both.');
  const identity = checkIdentity(put, externalIdentity);
  if (existing) throw badRequest(`The role '${name}' exists; delete it and create it again.`);
  requireEntraVersion(parent);
  if (parent.properties.authConfig.activeDirectoryAuth !== 'enabled')
    throw badRequest(`Microsoft Entra ID authentication is not enabled on '${parent.name}'.`);
  return { roleType, externalIdentity: identity };
}

function checkIdentity({ organisation, tenantId: home }: ChildPut<ServerGroup>, identity: unknown): object {
  // The document calls both ids resource ids, and has groups; the service takes GUIDs, and no groups.
  const { objectId, principalType, tenantId = home } = isObject(identity) ? identity : {};
  if (!isGuid(objectId) || !isGuid(tenantId))
    throw badRequest('externalIdentity.objectId and tenantId are GUIDs.', 'InvalidParameterValue');
  if (principalType !== 'user' && principalType !== 'servicePrincipal') {
    throw badRequest(
      'externalIdentity.principalType must be user or servicePrincipal.',
      'InvalidParameterValue',
    );
  }
  requirePrincipal(organisation, String(tenantId), String(objectId), [principalType]);
  return { objectId, principalType, tenantId };
}

function requirePrimary({ properties }: ServerGroup): void {
  if (properties['sourceResourceId'] !== undefined)
    throw badRequest('Roles are managed on the primary cluster; its replicas follow.');
}

function servers(): ChildFamily<ServerGroup> {
  return {
    name: 'servers',
    hasPages: false,
    children: ({ properties }) =>
      properties.serverNames.map(({ name, fullyQualifiedDomainName }, index): Child<object> => {
        const prefix = index === 0 ? 'coordinator' : 'node';
        return {
          name,
          properties: {
            fullyQualifiedDomainName,
            postgresqlVersion: properties.postgresqlVersion,
            citusVersion: properties.citusVersion,
            availabilityZone: '1',
            role: index === 0 ? 'Coordinator' : 'Worker',
            serverEdition: properties[`${prefix}ServerEdition`],
            storageQuotaInMb: properties[`${prefix}StorageQuotaInMb`],
            vCores: properties[`${prefix}VCores`],
            enableHa: properties['enableHa'],
            enablePublicIpAccess: properties[`${prefix}EnablePublicIpAccess`],
            state: 'Ready',
            haState: 'NotEnabled',
            administratorLogin: properties.administratorLogin,
            isReadOnly: false,
          },
        };
      }),
  };
}

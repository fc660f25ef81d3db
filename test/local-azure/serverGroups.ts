import { badRequest } from './armError.ts';
import { firewallRules } from './firewallRules.ts';
import { isGuid, isObject, member, type JsonObject } from './json.ts';
import type { Child, Organisation, ServerGroup } from './organisation.ts';
import { envelope, omit, type ChildFamily, type ChildPut, type ResourceFamily } from './resourceFamily.ts';

const firstWithEntra = '2023-03-02-preview';
const entraOnly = [
  'authConfig',
  'aadAuthEnabled',
  'passwordEnabled',
  'dataEncryption',
  'databaseName',
  'enableGeoBackup',
];

/** What the published model of PATCH knows. authConfig is not there. */
const updatable = [
  'administratorLoginPassword',
  'postgresqlVersion',
  'citusVersion',
  'enableShardsOnCoordinator',
  'enableHa',
  'preferredPrimaryZone',
  'coordinatorServerEdition',
  'coordinatorStorageQuotaInMb',
  'coordinatorVCores',
  'coordinatorEnablePublicIpAccess',
  'nodeServerEdition',
  'nodeCount',
  'nodeStorageQuotaInMb',
  'nodeVCores',
  'maintenanceWindow',
];

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
  patch,
  hasPages: true,
  patchAnswer: { status: 202, showsResource: true },
  children: [roles(), firewallRules<ServerGroup>(false), servers()],
  showsUnfinishedChildren: true,
  actions: [],
};

function patch(cluster: ServerGroup, wanted: JsonObject, apiVersion: string, organisation: Organisation) {
  const { properties } = cluster;
  const known = updatable.filter((name) => name in wanted && name !== 'administratorLoginPassword');
  const authConfig =
    organisation.behaviour.postgresTakesAuthConfig && apiVersion >= firstWithEntra && wanted['authConfig'];
  if (isObject(authConfig)) checkAuthConfig(cluster, authConfig);
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

function checkAuthConfig(cluster: ServerGroup, authConfig: JsonObject): void {
  for (const name of ['activeDirectoryAuth', 'passwordAuth']) {
    const value = authConfig[name];
    if (value !== undefined && value !== 'enabled' && value !== 'disabled') {
      throw badRequest(`authConfig.${name} must be enabled or disabled.`, 'InvalidParameterValue');
    }
  }
  const after = { ...cluster.properties.authConfig, ...authConfig };
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
    checkDelete(_cluster, role) {
      if (role.name === 'citus') throw badRequest("The role 'citus' cannot be removed.");
    },
    show: (role, apiVersion) =>
      apiVersion < firstWithEntra ? omit(role.properties, ['roleType', 'externalIdentity']) : role.properties,
  };
}

function checkRole({ parent, name, properties, apiVersion, existing }: ChildPut<ServerGroup>): object {
  const { roleType = 'user', password, externalIdentity } = properties;
  if (!/^[\w.-]{1,63}$/.test(name))
    throw badRequest(`The role name '${name}' is not valid.`, 'InvalidParameterValue');
  if (roleType !== 'user' && roleType !== 'admin') throw badRequest('roleType must be user or admin.');
  if (externalIdentity === undefined || apiVersion < firstWithEntra) {
    if (typeof password !== 'string' || password.length < 8)
      throw badRequest('A role needs a password of 8 characters.');
    if (existing && 'externalIdentity' in existing.properties)
      throw badRequest(`The role '${name}' has no password.`);
    return { roleType };
  }
  const { objectId, principalType, tenantId } = isObject(externalIdentity) ? externalIdentity : {};
  if (password !== undefined) throw badRequest('A role has a password or an external identity, not both.');
  if (!isGuid(objectId) || !isGuid(tenantId))
    throw badRequest('externalIdentity needs objectId and tenantId, GUIDs.');
  if (principalType !== 'user' && principalType !== 'servicePrincipal') {
    throw badRequest(
      'externalIdentity.principalType must be user or servicePrincipal.',
      'InvalidParameterValue',
    );
  }
  if (existing) throw badRequest(`The role '${name}' exists; delete it and create it again.`);
  if (member(parent.properties, 'authConfig', 'activeDirectoryAuth') !== 'enabled') {
    throw badRequest(`Microsoft Entra ID authentication is not enabled on '${parent.name}'.`);
  }
  return { roleType, externalIdentity: { objectId, principalType, tenantId } };
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

/**
 * Everything that a local Azure knows: tenants and who is in them, subscriptions and what is in those. Every
 * service reads this state whenever it is asked, so a test changes the world by changing it.
 */
export interface Organisation {
  readonly tenants: Tenant[];
  readonly directory: Principal[];
  readonly applications: Application[];
  readonly subscriptions: Subscription[];
  readonly resources: Resource[];
  readonly roleAssignments: RoleAssignment[];
  /** What the activity log held when the day began. */
  readonly pastActivity: PastActivity[];
  readonly behaviour: Behaviour;
}

/** Where the real service may do one thing or another, or where its pace matters to a test. */
export interface Behaviour {
  /** How many times a long operation answers InProgress before it ends. */
  operationPolls: number;
  /** When an operation ends by itself, however often it was asked about. */
  operationMs: number;
  /** How long after an operation's success its cluster still refuses the next write. */
  lockMs: number;
  /** Entries on one page of a Resource Manager list. */
  pageSize: number;
  /** Rows on one page of Resource Graph; never more than 1,000. */
  graphRows: number;
  /** Resource Manager asks people for a second factor before it writes. */
  secondFactorOnWrite: boolean;
  /** Resource Manager refuses with 429 what goes over its documented rates. */
  throttles: boolean;
  /** PATCH of a PostgreSQL cluster takes authConfig, which its published model does not know. */
  postgresTakesAuthConfig: boolean;
  /** Turning native authentication on again needs administrator.password. */
  nativeNeedsPassword: boolean;
  /** Resource providers refuse a principal that the tenant's directory does not hold, or holds as something else. */
  checksPrincipals: boolean;
  /** The same principal, role and scope may be assigned under another name once more. */
  takesDuplicateAssignments: boolean;
  /** A MongoDB gateway makes users with one role of the pair; they can connect, and nothing more. */
  takesHalfRoles: boolean;
  /** A MongoDB gateway does not say who is connected, as older ones do not. */
  hidesUsers: boolean;
  /** How long the tokens live that people get; 0 for as long as Entra's usually do. */
  tokenSeconds: number;
  /** The APIs of Cosmos DB accounts that can do without keys. */
  keysOffApis: AccountApi[];
  /** Where the address service says that everybody comes from; empty for the loopback address itself. */
  echoAddress: string;
  /** The one address that firewalls take everybody for; empty for loopback and the echo's address, either of which will do. */
  callerAddress: string;
  /** Clusters are silent, and accounts refuse, unless a firewall rule admits the caller's address. */
  firewallsGateways: boolean;
  /** The API version whose shape Resource Graph keeps of each resource type. */
  readonly indexedVersions: Record<ResourceTypeName, string>;
}

export interface Tenant {
  readonly id: string;
  displayName: string;
  readonly domains: readonly string[];
  readonly countryCode: string;
  /** What the `iss` of its tokens looks like. */
  issuerStyle: 'v1' | 'v2';
  /** Signing in takes a second factor. */
  secondFactor: boolean;
  /** Conditional access blocks everyone (AADSTS53003). */
  blocked: boolean;
  /** What people consented to, by application id: the `scp` of a Graph token. `*` is for every application. */
  readonly graphScopes: Record<string, string[]>;
}

export type Principal = User | ServicePrincipal | Group;

export interface User {
  readonly type: 'user';
  /** The object id in this tenant. */
  readonly id: string;
  readonly tenantId: string;
  displayName: string;
  readonly userPrincipalName: string;
  readonly mail: string;
  accountEnabled: boolean;
  /** A guest's account at home. */
  readonly home?: { readonly tenantId: string; readonly id: string };
}

export interface ServicePrincipal {
  readonly type: 'servicePrincipal';
  readonly id: string;
  readonly tenantId: string;
  readonly appId: string;
  readonly displayName: string;
  readonly servicePrincipalType: 'Application' | 'ManagedIdentity';
  accountEnabled: boolean;
  /** Audiences, for a principal that stands for an API. */
  readonly servicePrincipalNames: readonly string[];
}

export interface Group {
  readonly type: 'group';
  readonly id: string;
  readonly tenantId: string;
  readonly displayName: string;
  /** Object ids. */
  readonly members: string[];
  /** Membership that a reader without the right sees as bare ids. */
  readonly hiddenMembership: boolean;
}

/** An application's registration: a client that asks Entra for tokens. */
export interface Application {
  readonly appId: string;
  readonly displayName: string;
  /** Absent: Microsoft's own, known in every tenant. */
  readonly tenantId?: string;
  /** Certificates that prove it, as PEM. */
  readonly certificates: string[];
  /** Audiences that this Microsoft application may ask for; absent for all, 65002 for any other. */
  preauthorised?: readonly string[];
}

export interface Subscription {
  readonly subscriptionId: string;
  readonly displayName: string;
  readonly tenantId: string;
  /** Ids of tenants whose people manage it from there, by delegation. */
  managedByTenants?: string[];
  state: 'Enabled' | 'Warned' | 'PastDue' | 'Disabled' | 'Deleted';
}

/** An operation of before, as somebody did it. */
export interface PastActivity {
  readonly time: Date;
  readonly by: User | ServicePrincipal;
  readonly action: string;
  readonly scope: string;
  readonly method: 'PUT' | 'PATCH' | 'POST' | 'DELETE';
  readonly properties?: Readonly<Record<string, unknown>>;
  /** The name of a HTTP status. */
  readonly subStatus: string;
  /** Why it came to nothing, if it did. */
  readonly error?: { readonly code: string; readonly message: string };
}

export interface RoleAssignment {
  readonly name: string;
  readonly scope: string;
  readonly principalId: string;
  readonly principalType: 'User' | 'Group' | 'ServicePrincipal';
  readonly roleDefinitionId: string;
}

export interface SystemData {
  readonly createdBy: string;
  readonly createdByType: 'User' | 'Application' | 'ManagedIdentity' | 'Key';
  readonly createdAt: string;
  lastModifiedBy: string;
  lastModifiedByType: 'User' | 'Application' | 'ManagedIdentity' | 'Key';
  lastModifiedAt: string;
}

export type Resource = MongoCluster | ServerGroup | DatabaseAccount | ManagedIdentity;
export type ResourceTypeName = Resource['type'];
export type ResourceOf<T extends ResourceTypeName> = Extract<Resource, { type: T }>;

interface ResourceBase {
  readonly id: string;
  readonly name: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly location: string;
  tags: Record<string, string>;
  readonly systemData: SystemData;
  identity?: { readonly type: string; readonly principalId?: string; readonly tenantId?: string };
  /** A management lock, of the level that the name says. */
  lock?: 'CanNotDelete' | 'ReadOnly';
  /** The shape of an older API version that Resource Graph still holds of this one. */
  indexedVersion?: string;
}

export interface Child<P = Record<string, unknown>> {
  readonly name: string;
  properties: P;
  systemData?: SystemData;
}

export interface FirewallRuleProperties {
  startIpAddress: string;
  endIpAddress: string;
  provisioningState?: string;
}

export interface MongoCluster extends ResourceBase {
  readonly type: 'Microsoft.DocumentDB/mongoClusters';
  readonly properties: MongoClusterProperties;
  readonly users: Child<MongoUserProperties>[];
  readonly firewallRules: Child<FirewallRuleProperties>[];
  /** The native administrator's, for the gateway. */
  nativePassword: string;
}

interface MongoClusterProperties {
  provisioningState: string;
  clusterStatus: string;
  serverVersion: string;
  administrator?: { userName: string };
  authConfig: { allowedModes: string[] };
  connectionString?: string;
  publicNetworkAccess: string;
  highAvailability: { targetMode: string };
  storage: { sizeGb: number; type: string };
  sharding: { shardCount: number };
  compute: { tier: string };
  replica: { role: string; replicationState: string; sourceResourceId?: string };
  [more: string]: unknown;
}

export interface MongoUserProperties {
  provisioningState: string;
  user: string;
  /** Absent for the native administrator. */
  identityProvider?: { type: string; properties: { principalType: string; entraTenant: string } };
  roles?: { db: string; role: string }[];
}

export interface ServerGroup extends ResourceBase {
  readonly type: 'Microsoft.DBforPostgreSQL/serverGroupsv2';
  readonly properties: ServerGroupProperties;
  readonly roles: Child<ServerGroupRoleProperties>[];
  readonly firewallRules: Child<FirewallRuleProperties>[];
}

interface ServerGroupProperties {
  provisioningState: string;
  state: string;
  authConfig: { activeDirectoryAuth: 'enabled' | 'disabled'; passwordAuth: 'enabled' | 'disabled' };
  administratorLogin: string;
  postgresqlVersion: string;
  citusVersion: string;
  serverNames: { name: string; fullyQualifiedDomainName: string }[];
  [more: string]: unknown;
}

export interface ServerGroupRoleProperties {
  provisioningState: string;
  roleType: string;
  externalIdentity?: { objectId: string; principalType: string; tenantId: string };
}

export interface DatabaseAccount extends ResourceBase {
  readonly type: 'Microsoft.DocumentDB/databaseAccounts';
  readonly kind: 'GlobalDocumentDB' | 'MongoDB' | 'Parse';
  readonly api: AccountApi;
  readonly properties: DatabaseAccountProperties;
  readonly keys: Record<AccountKey, string>;
  /** Definitions, assignments and users of each data-plane family that the account's API has, by child type. */
  readonly children: Partial<Record<string, Child[]>>;
  readonly databases: SqlDatabase[];
}

/** What an account speaks: one of its capabilities says so. */
export type AccountApi = 'sql' | 'mongo' | 'table' | 'cassandra' | 'gremlin';

/** A database of the NoSQL API, as far as Resource Manager shows it. */
export interface SqlDatabase {
  readonly name: string;
  readonly containers: readonly { readonly name: string; readonly partitionKey: string }[];
}

export type AccountKey =
  | 'primaryMasterKey'
  | 'secondaryMasterKey'
  | 'primaryReadonlyMasterKey'
  | 'secondaryReadonlyMasterKey';

interface DatabaseAccountProperties {
  provisioningState: string;
  documentEndpoint: string;
  capabilities: { name: string }[];
  /** Missing means false. */
  disableLocalAuth?: boolean;
  publicNetworkAccess: string;
  /** A key that was last made before 18 June 2022 has no entry. */
  keysMetadata: Partial<Record<AccountKey, { generationTime: string }>>;
  [more: string]: unknown;
}

export interface ManagedIdentity extends ResourceBase {
  readonly type: 'Microsoft.ManagedIdentity/userAssignedIdentities';
  readonly properties: { readonly tenantId: string; readonly principalId: string; readonly clientId: string };
}

/** A GUID that nobody could take for a real one, of version 4 by its looks. */
export function syntheticId(family: string, number: number): string {
  return `${family.padStart(8, '0')}-0000-4000-8000-${number.toString(16).padStart(12, '0')}`;
}

export function findTenant(organisation: Organisation, nameOrId: string): Tenant | undefined {
  const wanted = nameOrId.toLowerCase();
  return organisation.tenants.find((tenant) => tenant.id === wanted || tenant.domains.includes(wanted));
}

export function findSubscription(organisation: Organisation, id: string): Subscription | undefined {
  const wanted = id.toLowerCase();
  return organisation.subscriptions.find((one) => one.subscriptionId === wanted);
}

/** Whether a tenant's people see a subscription with a token of that tenant: their own, or one delegated to it. */
export function isSeenFrom({ tenantId, managedByTenants = [] }: Subscription, tenant: string): boolean {
  return tenantId === tenant || managedByTenants.includes(tenant);
}

export function findResource(organisation: Organisation, id: string): Resource | undefined {
  const wanted = id.toLowerCase();
  return organisation.resources.find((resource) => resource.id.toLowerCase() === wanted);
}

/** The account that a person, named by sign-in name or by an object id anywhere, has in a tenant. */
export function findAccount(organisation: Organisation, person: string, tenantId: string): User | undefined {
  const wanted = person.toLowerCase();
  const named = organisation.directory.find(
    (one): one is User =>
      one.type === 'user' && (one.id === wanted || one.userPrincipalName.toLowerCase() === wanted),
  );
  if (!named || named.tenantId === tenantId) return named;
  const home = named.home?.id ?? named.id;
  return organisation.directory.find(
    (one): one is User =>
      one.type === 'user' && one.tenantId === tenantId && (one.home?.id === home || one.id === home),
  );
}

/** A service principal or managed identity, by its object id or its application's. */
export function findWorkload(
  organisation: Organisation,
  id: string,
  tenantId: string,
): ServicePrincipal | undefined {
  const wanted = id.toLowerCase();
  return organisation.directory.find(
    (one): one is ServicePrincipal =>
      one.type === 'servicePrincipal' &&
      one.tenantId === tenantId &&
      (one.id === wanted || one.appId === wanted),
  );
}

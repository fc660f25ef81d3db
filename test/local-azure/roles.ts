/** The part of Azure's built-in roles that matters to these resources, as Azure defines them. */
export interface RoleDefinition {
  readonly id: string;
  readonly roleName: string;
  readonly description: string;
  readonly permissions: readonly {
    readonly actions: readonly string[];
    readonly notActions: readonly string[];
    readonly dataActions: readonly string[];
    readonly notDataActions: readonly string[];
  }[];
}

function builtIn(
  id: string,
  roleName: string,
  description: string,
  actions: readonly string[],
  notActions: readonly string[] = [],
): RoleDefinition {
  return {
    id,
    roleName,
    description,
    permissions: [{ actions, notActions, dataActions: [], notDataActions: [] }],
  };
}

const accountActions = [
  'Microsoft.Authorization/*/read',
  'Microsoft.DocumentDb/databaseAccounts/*',
  'Microsoft.Insights/alertRules/*',
  'Microsoft.ResourceHealth/availabilityStatuses/read',
  'Microsoft.Resources/deployments/*',
  'Microsoft.Resources/subscriptions/resourceGroups/read',
  'Microsoft.Support/*',
  'Microsoft.Network/virtualNetworks/subnets/joinViaServiceEndpoint/action',
];

export const builtInRoles = [
  builtIn('8e3af657-a8ff-443c-a75c-2fe8c4bcb635', 'Owner', 'Full access, assigning roles included.', ['*']),
  builtIn(
    'b24988ac-6180-42a0-ab88-20f7382dd24c',
    'Contributor',
    'Full access, without assigning roles.',
    ['*'],
    [
      'Microsoft.Authorization/*/Delete',
      'Microsoft.Authorization/*/Write',
      'Microsoft.Authorization/elevateAccess/Action',
    ],
  ),
  builtIn('acdd72a7-3385-48ef-bd42-f606fba81ae7', 'Reader', 'View everything, change nothing.', ['*/read']),
  builtIn(
    'fbdf93bf-df7d-467e-a4d2-9458aa1360c8',
    'Cosmos DB Account Reader Role',
    'Read Azure Cosmos DB account data.',
    [
      'Microsoft.Authorization/*/read',
      'Microsoft.DocumentDB/*/read',
      'Microsoft.DocumentDB/databaseAccounts/readonlykeys/action',
      'Microsoft.Insights/MetricDefinitions/read',
      'Microsoft.Insights/Metrics/read',
      'Microsoft.Resources/subscriptions/resourceGroups/read',
      'Microsoft.Support/*',
    ],
  ),
  builtIn(
    '230815da-be43-4aae-9cb4-875f7bd000aa',
    'Cosmos DB Operator',
    'Manage Azure Cosmos DB accounts, without access to their data.',
    accountActions,
    [
      'Microsoft.DocumentDB/databaseAccounts/dataTransferJobs/*',
      'Microsoft.DocumentDB/databaseAccounts/readonlyKeys/*',
      'Microsoft.DocumentDB/databaseAccounts/regenerateKey/*',
      'Microsoft.DocumentDB/databaseAccounts/listKeys/*',
      'Microsoft.DocumentDB/databaseAccounts/listConnectionStrings/*',
      ...['sql', 'table', 'cassandra', 'gremlin', 'mongoMI'].flatMap((family) =>
        ['RoleDefinitions', 'RoleAssignments'].flatMap((kind) => [
          `Microsoft.DocumentDB/databaseAccounts/${family}${kind}/write`,
          `Microsoft.DocumentDB/databaseAccounts/${family}${kind}/delete`,
        ]),
      ),
      ...['mongodbRoleDefinitions', 'mongodbUserDefinitions'].flatMap((kind) => [
        `Microsoft.DocumentDB/databaseAccounts/${kind}/write`,
        `Microsoft.DocumentDB/databaseAccounts/${kind}/delete`,
      ]),
    ],
  ),
  builtIn(
    '5bd9cd88-fe45-4216-938b-f97437e15450',
    'DocumentDB Account Contributor',
    'Manage Azure Cosmos DB accounts.',
    accountActions,
  ),
] as const satisfies readonly RoleDefinition[];

/** The id of a built-in role, by its name. */
export function builtInRoleId(roleName: string): string {
  const found = builtInRoles.find((role) => role.roleName === roleName);
  if (!found) throw new Error(`no built-in role is called ${roleName}`);
  return found.id;
}

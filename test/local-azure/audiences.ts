import { suffixes } from './hosts.ts';

/** Microsoft's own applications that stand for an API, by the ids that every tenant knows them by. */
export const apis = {
  resourceManager: {
    appId: '797f4846-ba00-4fd7-ba43-dac1f8f63013',
    name: 'Windows Azure Service Management API',
    audiences: ['https://management.core.windows.net', 'https://management.azure.com'],
  },
  graph: {
    appId: '00000003-0000-0000-c000-000000000000',
    name: 'Microsoft Graph',
    audiences: ['https://graph.microsoft.com'],
  },
  mongoClusters: {
    appId: '123cd850-d9df-40bd-94d5-c9f07b7fa203',
    name: 'Azure OSSRDBMS Database',
    audiences: ['https://ossrdbms-aad.database.windows.net'],
  },
  serverGroups: {
    appId: 'b4fa09d8-5da5-4352-83d9-05c2a44cf431',
    name: 'Azure Cosmos DB for PostgreSQL AAD Authentication',
    audiences: ['https://token.postgres.cosmos.azure.com'],
  },
  databaseAccounts: {
    appId: 'a232010e-820c-4083-83bb-3ace5fc29d0b',
    name: 'Azure Cosmos DB',
    audiences: ['https://cosmos.azure.com'],
  },
} as const;

export type Api = (typeof apis)[keyof typeof apis];

/**
 * The API behind an audience, or undefined when no such API was ever published. Resource Manager and Graph of a
 * custom cloud also go by their own address, which the Azure clients ask for unless told otherwise.
 */
export function apiOf(
  audience: string,
  origins: { readonly resourceManager: string; readonly graph: string },
): Api | undefined {
  const bare = audience.replace(/\/+$/, '').toLowerCase();
  if (bare === origins.resourceManager) return apis.resourceManager;
  if (bare === origins.graph) return apis.graph;
  for (const api of Object.values(apis)) {
    if ((api.audiences as readonly string[]).includes(bare) || api.appId === bare) return api;
  }
  return bare.endsWith(`.${suffixes.databaseAccounts}`) ? apis.databaseAccounts : undefined;
}

/** The host suffixes of this cloud: a name under them resolves nowhere, unless somebody makes it. */
export const suffixes = {
  mongoClusters: 'mongocluster.azure.test',
  serverGroups: 'postgres.azure.test',
  databaseAccounts: 'documents.azure.test',
} as const;

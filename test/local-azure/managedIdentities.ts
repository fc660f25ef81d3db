import { envelope, type ResourceFamily } from './resourceFamily.ts';

/** User-assigned identities, to be read only. */
export const managedIdentities: ResourceFamily<'Microsoft.ManagedIdentity/userAssignedIdentities'> = {
  type: 'Microsoft.ManagedIdentity/userAssignedIdentities',
  apiVersions: ['2018-11-30', '2023-01-31', '2024-11-30'],
  operations: {
    provider: 'Microsoft.ManagedIdentity',
    statusPath: 'operationsStatus',
    resultPath: 'operationResults',
    runningStatus: ['InProgress'],
    saysStatus: false,
    formatTime: (time) => time.toISOString(),
  },
  show: (identity) => ({ ...envelope(identity), properties: identity.properties }),
  hasPages: true,
  patchAnswer: { status: 200, showsResource: true },
  showsUnfinishedChildren: false,
  children: [],
  actions: [],
};

import type {
  DatabaseAccount,
  MongoCluster,
  PastActivity,
  ServerGroup,
  ServicePrincipal,
  User,
} from './organisation.ts';

export interface Past {
  readonly ordersEu: MongoCluster;
  readonly catalog: DatabaseAccount;
  readonly ledger: ServerGroup;
  readonly alex: User;
  readonly kai: User;
  readonly rotator: ServicePrincipal;
  readonly nightly: ServicePrincipal;
  readonly ordersWorker: ServicePrincipal;
  /** Somebody whom the directory has forgotten. */
  readonly gone: string;
}

const day = 86_400_000;

/** What was done to the sample's clusters within the time that the activity log remembers, and just before it. */
export function samplePast(past: Past): PastActivity[] {
  const { ordersEu, catalog, ledger, alex, kai, rotator, nightly, ordersWorker, gone } = past;
  const ago = (days: number) => new Date(Date.now() - days * day);
  const rule = { startIpAddress: '203.0.113.0', endIpAddress: '203.0.113.31' };
  const administrator = {
    identityProvider: { type: 'MicrosoftEntraID', properties: { principalType: 'servicePrincipal' } },
    roles: [{ db: 'admin', role: 'root' }],
  };
  return [
    {
      time: ago(89),
      by: alex,
      action: `${ordersEu.type}/write`,
      scope: ordersEu.id,
      method: 'PATCH',
      properties: { authConfig: { allowedModes: ['MicrosoftEntraID', 'NativeAuth'] } },
      subStatus: '',
    },
    {
      time: ago(60),
      by: alex,
      action: `${ordersEu.type}/write`,
      scope: ordersEu.id,
      method: 'PATCH',
      properties: { authConfig: { allowedModes: ['MicrosoftEntraID'] } },
      subStatus: '',
    },
    {
      time: ago(21),
      by: nightly,
      action: `${ordersEu.type}/users/write`,
      scope: `${ordersEu.id}/users/${ordersWorker.id}`,
      method: 'PUT',
      properties: administrator,
      subStatus: '',
    },
    {
      time: ago(20),
      by: nightly,
      action: `${ordersEu.type}/users/delete`,
      scope: `${ordersEu.id}/users/${gone}`,
      method: 'DELETE',
      subStatus: 'Conflict',
      error: { code: 'Conflict', message: 'There is another operation in progress on orders-eu.' },
    },
    {
      time: ago(5),
      by: alex,
      action: `${ordersEu.type}/firewallRules/write`,
      scope: `${ordersEu.id}/firewallRules/office`,
      method: 'PUT',
      properties: rule,
      subStatus: '',
    },
    {
      time: ago(4),
      by: alex,
      action: `${ordersEu.type}/listConnectionStrings/action`,
      scope: ordersEu.id,
      method: 'POST',
      subStatus: 'OK',
    },
    {
      time: ago(40),
      by: rotator,
      action: `${catalog.type}/regenerateKey/action`,
      scope: catalog.id,
      method: 'POST',
      subStatus: 'OK',
    },
    {
      time: ago(3),
      by: kai,
      action: `${catalog.type}/listKeys/action`,
      scope: catalog.id,
      method: 'POST',
      subStatus: 'OK',
    },
    {
      time: ago(12),
      by: kai,
      action: `${ledger.type}/roles/write`,
      scope: `${ledger.id}/roles/nightly_export`,
      method: 'PUT',
      properties: {
        roleType: 'user',
        externalIdentity: {
          objectId: nightly.id,
          principalType: 'servicePrincipal',
          tenantId: nightly.tenantId,
        },
      },
      subStatus: '',
    },
    // Older than the log's memory: there to be forgotten.
    {
      time: ago(91),
      by: kai,
      action: `${ordersEu.type}/users/write`,
      scope: `${ordersEu.id}/users/${alex.id}`,
      method: 'PUT',
      properties: administrator,
      subStatus: '',
    },
  ];
}

import assert from 'node:assert/strict';
import type { LocalAzure } from '../local-azure/azure.ts';

/** What a token for Graph may read from now on, in a tenant by its name. */
export function consent(azure: LocalAzure, scopes: readonly string[], tenantName = 'Contoso'): void {
  const tenant = azure.organisation.tenants.find(({ displayName }) => displayName === tenantName);
  Object.assign(tenant?.graphScopes ?? assert.fail(tenantName), { '*': scopes });
}

import type { Organisation } from './organisation.ts';
import type { Handler, Reply } from './service.ts';
import type { Tokens } from './tokens.ts';

/** The endpoint through which a machine asks for its managed identity's tokens, as Azure's machines have it. */
export function createIdentityEndpoint(organisation: Organisation, tokens: Tokens): Handler {
  return async (call): Promise<Reply> => {
    if (call.headers['metadata'] !== 'true')
      return refusal(400, 'invalid_request', 'Required metadata header not specified');
    if (call.headers['x-forwarded-for'] !== undefined)
      return refusal(400, 'invalid_request', 'Forwarded requests are refused');
    const resource = call.query.get('resource');
    if (resource === null || call.query.get('api-version') === null) {
      return refusal(400, 'invalid_request', 'The parameters resource and api-version are required');
    }
    const wanted = call.query.get('client_id') ?? call.query.get('object_id') ?? call.query.get('msi_res_id');
    const identity = organisation.resources.find(
      (one) =>
        one.type === 'Microsoft.ManagedIdentity/userAssignedIdentities' &&
        (wanted === null ||
          [one.properties.clientId, one.properties.principalId, one.id].some(
            (id) => id.toLowerCase() === wanted.toLowerCase(),
          )),
    );
    const principal = organisation.directory.find(
      (one) =>
        identity?.type === 'Microsoft.ManagedIdentity/userAssignedIdentities' &&
        one.id === identity.properties.principalId,
    );
    const tenant = organisation.tenants.find((one) => one.id === principal?.tenantId);
    if (principal?.type !== 'servicePrincipal' || !tenant) {
      return refusal(400, 'invalid_request', 'Identity not found');
    }
    const lifetimeSeconds = 24 * 3600;
    const { appId } = principal;
    const token = await tokens.issue({ principal, tenant, resource, appId, amr: [], lifetimeSeconds });
    const now = Math.floor(Date.now() / 1000);
    return {
      status: 200,
      body: {
        access_token: token,
        client_id: principal.appId,
        // Numbers as text, as this endpoint prints them.
        expires_in: String(lifetimeSeconds),
        expires_on: String(now + lifetimeSeconds),
        ext_expires_in: String(lifetimeSeconds),
        not_before: String(now),
        resource,
        token_type: 'Bearer',
      },
    };
  };
}

function refusal(status: number, error: string, description: string): Reply {
  return { status, body: { error, error_description: description } };
}

import { randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { LocalAzure } from './azure.ts';
import type { ManagedIdentity } from './organisation.ts';
import type { Reply } from './service.ts';

/** An app on App Service or Container Apps, as far as the identities that its owner assigned to it. */
export interface App {
  /** The one that goes with the app, by its name among this Azure's identities. */
  readonly systemAssigned?: string;
  readonly userAssigned?: readonly string[];
  /** Lives of the tokens that it is given, one after the other; the last goes for all that follow. */
  readonly lifetimes?: readonly number[];
}

export interface ManagedIdentityEndpoint {
  /** What such an app finds in its environment. */
  readonly environment: { readonly IDENTITY_ENDPOINT: string; readonly IDENTITY_HEADER: string };
  /** How it was asked, and how it answered: never with what. */
  readonly requests: readonly { readonly query: string; readonly status: number }[];
  close(): Promise<void>;
}

const oldestVersion = '2019-08-01';
/** Azure gives a managed identity's token for a day. */
const aDay = 24 * 3600;

/**
 * Where an app's own programs ask for tokens: plain HTTP on the machine itself, guarded by a header.
 * https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
 */
export async function startManagedIdentityEndpoint(
  azure: LocalAzure,
  app: App,
): Promise<ManagedIdentityEndpoint> {
  const secret = randomUUID();
  const requests: { readonly query: string; readonly status: number }[] = [];
  const lifetimes = [...(app.lifetimes ?? [aDay])];
  const server = createServer((request, response) => {
    void answer(request)
      .catch((error: unknown): Reply => refusal(500, error instanceof Error ? error.message : ''))
      .then(({ status, headers, body }) => {
        requests.push({ query: new URL(request.url ?? '/', 'http://app').search, status });
        response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
        response.end(JSON.stringify(body));
      });
  });

  async function answer({ method, url = '/', headers }: IncomingMessage): Promise<Reply> {
    const { pathname, searchParams: query } = new URL(url, 'http://app');
    if (pathname.toLowerCase() !== '/msi/token') return refusal(404, 'There is nothing here.');
    if (method !== 'GET') return refusal(405, 'Only GET is known here.');
    // No document names this status.
    if (!isSame(headers['x-identity-header'], secret)) return refusal(401, 'The header is missing or wrong.');
    const resource = query.get('resource');
    if (resource === null || resource === '') return refusal(400, 'The parameter resource is missing.');
    if ((query.get('api-version') ?? '') < oldestVersion)
      return refusal(400, 'The parameter api-version is missing or not supported.');
    const wanted = ['client_id', 'principal_id', 'object_id', 'mi_res_id'].filter((name) => query.has(name));
    if (wanted.length > 1) return refusal(400, 'Only one id of an identity can be given.');
    const [name] = wanted;
    const identity =
      name === undefined
        ? identities([app.systemAssigned])[0]
        : identities(app.userAssigned ?? []).find((one) => goesBy(one, name, query.get(name) ?? ''));
    if (identity === undefined) return refusal(400, notFound);

    const { principalId, clientId, tenantId } = identity.properties;
    const lifetimeSeconds = (lifetimes.length > 1 ? lifetimes.shift() : lifetimes[0]) ?? aDay;
    const token = await azure.issueToken(principalId, { tenant: tenantId, resource, lifetimeSeconds });
    return {
      status: 200,
      body: {
        access_token: token,
        // Seconds, as text.
        expires_on: String(Math.floor(Date.now() / 1000) + lifetimeSeconds),
        resource,
        token_type: 'Bearer',
        client_id: clientId.toUpperCase(),
      },
    };
  }

  function identities(names: readonly (string | undefined)[]): readonly ManagedIdentity[] {
    return azure.organisation.resources.filter(
      (one): one is ManagedIdentity =>
        one.type === 'Microsoft.ManagedIdentity/userAssignedIdentities' && names.includes(one.name),
    );
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no address');
  return {
    environment: { IDENTITY_ENDPOINT: `http://127.0.0.1:${address.port}/msi/token`, IDENTITY_HEADER: secret },
    requests,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

const notFound =
  'No User Assigned or Delegated Managed Identity found for specified ClientId/ResourceId/PrincipalId.';

function goesBy({ id, properties }: ManagedIdentity, name: string, value: string): boolean {
  const ids = {
    client_id: properties.clientId,
    principal_id: properties.principalId,
    object_id: properties.principalId,
    mi_res_id: id,
  };
  return ids[name as keyof typeof ids].toLowerCase() === value.toLowerCase();
}

function isSame(given: string | string[] | undefined, secret: string): boolean {
  const [one, other] = [Buffer.from(String(given)), Buffer.from(secret)];
  return one.length === other.length && timingSafeEqual(one, other);
}

function refusal(statusCode: number, message: string): Reply {
  return { status: statusCode, body: { statusCode, message } };
}

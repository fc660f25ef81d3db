import assert from 'node:assert/strict';
import { request } from 'node:http';
import { ManagedIdentityCredential } from '@azure/identity';
import { decodeJwt } from 'jose';
import { startLocalAzure, type LocalAzure } from './azure.ts';
import { startManagedIdentityEndpoint, type ManagedIdentityEndpoint } from './managedIdentityEndpoint.ts';

const resource = 'https://ossrdbms-aad.database.windows.net';
const worker = {
  name: 'orders-worker',
  clientId: 'a9900000-0000-4000-8000-000000000006',
  objectId: '5e97ce00-0000-4000-8000-000000000006',
};
const indexer = { clientId: 'a9900000-0000-4000-8000-000000000007' };

interface Answer {
  readonly status: number | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

function get(url: string, headers: Readonly<Record<string, string>>, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, body: JSON.parse(text) as Answer['body'] }),
      );
    });
    sent.on('error', reject).end();
  });
}

describe('The managed identity endpoint of an app', () => {
  let azure: LocalAzure;
  let endpoint: ManagedIdentityEndpoint;
  before(async () => {
    azure = await startLocalAzure();
  });
  after(() => azure.close());
  beforeEach(async () => {
    endpoint = await startManagedIdentityEndpoint(azure, { userAssigned: [worker.name] });
  });
  afterEach(() => endpoint.close());

  const ask = (query: string, headers: Readonly<Record<string, string>> = {}, method?: string) =>
    get(
      `${endpoint.environment.IDENTITY_ENDPOINT}?${query}`,
      { 'X-IDENTITY-HEADER': endpoint.environment.IDENTITY_HEADER, ...headers },
      method,
    );
  const usual = `resource=${encodeURIComponent(resource)}&api-version=2019-08-01`;

  it('is on loopback, in plain HTTP', () => {
    assert.match(endpoint.environment.IDENTITY_ENDPOINT, /^http:\/\/127\.0\.0\.1:\d+\/msi\/token$/);
  });

  it('gives a token to an identity of the app, by each id that it goes by, as the guide shows it', async () => {
    const id = azure.organisation.resources.find(({ name }) => name === worker.name)?.id ?? '';
    const ids = {
      client_id: worker.clientId,
      principal_id: worker.objectId,
      object_id: worker.objectId.toUpperCase(),
      mi_res_id: id,
    };
    for (const [name, value] of Object.entries(ids)) {
      const { status, body } = await ask(`${usual}&${name}=${encodeURIComponent(value)}`);
      const { access_token, expires_on, ...rest } = body;
      assert.deepEqual(
        [status, rest],
        [200, { resource, token_type: 'Bearer', client_id: worker.clientId.toUpperCase() }],
        name,
      );
      const claims = decodeJwt(String(access_token));
      assert.equal(claims['oid'], worker.objectId);
      assert.equal(claims.aud, resource);
      assert.equal(expires_on, String(claims.exp));
      assert.ok(Number(expires_on) > Date.now() / 1000 + 23 * 3600);
    }
  });

  it('knows only the app’s own identities', async () => {
    for (const wanted of [`&client_id=${indexer.clientId}`, '&client_id=x', '']) {
      const { status, body } = await ask(`${usual}${wanted}`);
      assert.equal(status, 400);
      assert.equal(body['statusCode'], 400);
      assert.match(String(body['message']), /^No User Assigned or Delegated Managed Identity found/);
    }
  });

  it('takes the system’s own where none is named', async () => {
    await endpoint.close();
    endpoint = await startManagedIdentityEndpoint(azure, { systemAssigned: worker.name });
    const { body } = await ask(usual);
    assert.equal(decodeJwt(String(body['access_token']))['oid'], worker.objectId);
    assert.equal((await ask(`${usual}&client_id=${worker.clientId}`)).status, 400);
  });

  it('answers nobody without the header, and nothing but what the guide says', async () => {
    const query = `${usual}&client_id=${worker.clientId}`;
    assert.equal((await ask(query, { 'X-IDENTITY-HEADER': 'x' })).status, 401);
    assert.equal((await ask(query, { 'X-IDENTITY-HEADER': '' })).status, 401);
    assert.equal((await ask(query, {}, 'POST')).status, 405);
    const { IDENTITY_ENDPOINT, IDENTITY_HEADER } = endpoint.environment;
    const header = { 'X-IDENTITY-HEADER': IDENTITY_HEADER };
    assert.equal((await get(IDENTITY_ENDPOINT.replace('/msi', ''), header)).status, 404);
    const id = `client_id=${worker.clientId}`;
    for (const wrong of [
      `api-version=2019-08-01&${id}`,
      `resource=&api-version=2019-08-01&${id}`,
      `resource=${resource}&${id}`,
      `resource=${resource}&api-version=2017-09-01&${id}`,
      `${usual}&${id}&object_id=${worker.objectId}`,
    ])
      assert.equal((await ask(wrong)).status, 400, wrong);
    assert.deepEqual(
      endpoint.requests.map(({ status }) => status),
      [401, 401, 405, 404, 400, 400, 400, 400, 400],
    );
  });

  it('is what Azure’s own library asks', async () => {
    await endpoint.close();
    endpoint = await startManagedIdentityEndpoint(azure, {
      userAssigned: [worker.name],
      lifetimes: [60, 3600],
    });
    const before = { ...process.env };
    Object.assign(process.env, endpoint.environment);
    try {
      const credential = new ManagedIdentityCredential({ clientId: worker.clientId });
      const token = await credential.getToken(`${resource}/.default`);
      const claims = decodeJwt(token.token);
      assert.equal(claims['oid'], worker.objectId);
      assert.equal(Math.round(token.expiresOnTimestamp / 1000), claims.exp);
      // It keeps a token, but none that is about to end.
      const next = await credential.getToken(`${resource}/.default`);
      assert.notEqual(next.token, token.token);
      assert.equal((await credential.getToken(`${resource}/.default`)).token, next.token);
      assert.equal(endpoint.requests.length, 2);
      const stranger = new ManagedIdentityCredential({ clientId: indexer.clientId });
      await assert.rejects(stranger.getToken(`${resource}/.default`), /No User Assigned or Delegated/);
    } finally {
      for (const name of Object.keys(endpoint.environment)) {
        if (before[name] === undefined) delete process.env[name];
        else process.env[name] = before[name];
      }
    }
  });
});

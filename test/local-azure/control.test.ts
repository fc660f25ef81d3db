import assert from 'node:assert/strict';
import { startLocalAzure, type LocalAzure } from './azure.ts';
import { defaultBehaviour } from './behaviour.ts';
import { ask, errorCode, requestsTo, resourceId, type Requests } from './client.ts';
import { member } from './json.ts';
import { editorAppId } from './samplePeople.ts';

const mongo = '2026-06-01';
const sam = '9e550000-0000-4000-8000-000000000004';

describe('Local Azure from outside', () => {
  let azure: LocalAzure;
  let call: Requests;
  const tell = (what: string, body: object | string, method = 'POST') =>
    ask(azure, `${azure.endpoints.resourceManager}/local-azure/${what}`, { method, body });

  beforeEach(async () => {
    azure = await startLocalAzure();
    call = await requestsTo(azure);
  });
  afterEach(() => azure.close());

  it('is told how to behave, and refuses what it does not know', async () => {
    assert.equal(
      (await tell('behaviour', { checksPrincipals: false, echoAddress: '198.51.100.9' })).status,
      204,
    );
    const { behaviour } = azure.organisation;
    assert.deepEqual(behaviour, {
      ...defaultBehaviour(),
      checksPrincipals: false,
      echoAddress: '198.51.100.9',
    });
    const wrong: object[] = [
      { checkPrincipals: false },
      { checksPrincipals: 'no' },
      { lockMs: -1 },
      { lockMs: 1.5 },
      { pageSize: 0 },
      { echoAddress: 7 },
      { keysOffApis: 'sql' },
      { indexedVersions: {} },
      { toString: 'x' },
      [],
    ];
    for (const body of wrong) {
      const refused = await tell('behaviour', body);
      assert.equal(refused.status, 400, JSON.stringify(body));
      assert.ok(String(member(refused.body, 'error', 'message')).length > 10);
    }
    assert.equal(behaviour.echoAddress, '198.51.100.9', 'a refusal changes nothing');
    await tell('behaviour', { keysOffApis: ['cassandra'], lockMs: 0, pageSize: 1 });
    assert.deepEqual(behaviour.keysOffApis, ['cassandra']);
  });

  it('lets a principal disappear from the directory and from groups, not from clusters', async () => {
    assert.equal((await tell('people', { forget: sam })).status, 204);
    assert.ok(!JSON.stringify(azure.organisation.directory).includes(sam));
    const path = `${resourceId(azure, 'reviews-eu')}/users/${sam}`;
    assert.equal((await call('GET', path, mongo)).status, 200);
    await assert.rejects(
      azure.issueToken(sam, { tenant: 'contoso.com', resource: 'https://graph.microsoft.com' }),
    );
    for (const body of [{ forget: sam }, {}, { forget: 1 }, { restore: 'x' }])
      assert.equal((await tell('people', body)).status, 400);
    assert.equal((await tell('people', { restore: sam })).status, 204);
    await azure.issueToken(sam, { tenant: 'contoso.com', resource: 'https://graph.microsoft.com' });
    const groups = azure.organisation.directory.filter(
      (one) => one.type === 'group' && one.members.includes(sam),
    );
    assert.equal(groups.length, 1, 'back in the group');
    assert.equal((await tell('people', { restore: sam })).status, 400);
  });

  it('has workloads that are missing or disabled, and says so in Graph', async () => {
    const appId = 'b4fa09d8-5da5-4352-83d9-05c2a44cf431';
    const own = 'c0a70a99-0000-4000-8000-000000000001';
    const resource = 'https://graph.microsoft.com';
    const token = await azure.issueToken('kai@contoso.com', { tenant: 'contoso.com', resource, appId: own });
    const graph = async (path: string) => ask(azure, `${azure.endpoints.graph}/v1.0/${path}`, { token });
    const byId = () => graph(`servicePrincipals(appId='${appId}')`);
    const byFilter = async () =>
      member((await graph(`servicePrincipals?$filter=appId%20eq%20'${appId}'`)).body, 'value') as object[];
    const asked = () => signIn({ scope: 'https://token.postgres.cosmos.azure.com/.default' });
    const there = (await byId()).body;
    assert.equal(member(there, 'accountEnabled'), true);
    assert.equal(await asked(), undefined);
    const id = String(member(there, 'id'));
    await tell('people', { id, accountEnabled: false });
    assert.equal(member((await byId()).body, 'accountEnabled'), false);
    assert.equal(member((await byFilter())[0], 'accountEnabled'), false);
    assert.equal(await asked(), 'AADSTS500014');
    await tell('people', { id, accountEnabled: true });
    await tell('people', { forget: id });
    assert.equal((await byId()).status, 404);
    assert.deepEqual(await byFilter(), []);
    assert.equal(await asked(), 'AADSTS500011');
    await tell('people', { restore: id });
    assert.deepEqual((await byId()).body, there);
    await tell('people', { id: sam, accountEnabled: false });
    assert.equal(member((await graph(`users/${sam}?$select=accountEnabled`)).body, 'accountEnabled'), false);
    assert.equal(await signIn({ login: 'sam@contoso.com' }), 'AADSTS50057');
    for (const wrong of [{ id, accountEnabled: 'no' }, { accountEnabled: false }])
      assert.equal((await tell('people', wrong)).status, 400);
  });

  /** The number that Entra refuses a sign-in with. */
  async function signIn({ login = 'kai@contoso.com', scope = 'https://graph.microsoft.com/.default' }) {
    const query = new URLSearchParams({
      client_id: editorAppId,
      response_type: 'code',
      redirect_uri: 'http://127.0.0.1/',
      scope,
      code_challenge: 'x',
      code_challenge_method: 'S256',
      login_hint: login,
    });
    const { headers } = await ask(
      azure,
      `${azure.endpoints.entra}/organizations/oauth2/v2.0/authorize?${query.toString()}`,
    );
    const said = new URL(headers.location ?? '').searchParams.get('error_description');
    return /AADSTS\d+/.exec(said ?? '')?.[0];
  }

  it('lets in whoever was typed, by whatever id', async () => {
    const app = 'a9900000-0000-4000-8000-000000000003';
    const users = async () => {
      const { body } = await call('GET', `${resourceId(azure, 'orders-eu')}/users`, mongo);
      return member(body, 'value') as { name: string; properties: object }[];
    };
    const before = await users();
    const body = { cluster: 'orders-eu', id: app, type: 'ServicePrincipal' };
    assert.equal((await tell('registration', body)).status, 204);
    const added = (await users()).filter(({ name }) => name === app);
    assert.equal(
      member(added[0], 'properties', 'identityProvider', 'properties', 'principalType'),
      'ServicePrincipal',
    );
    assert.equal((await tell('registration', { ...body, type: null })).status, 204);
    assert.deepEqual(await users(), before);
    await tell('registration', { cluster: 'ledger', id: sam, type: 'User', role: 'sam' });
    const roles = await call('GET', `${resourceId(azure, 'ledger')}/roles/sam`, '2023-03-02-preview');
    assert.equal(member(roles.body, 'properties', 'externalIdentity', 'objectId'), sam);
    await tell('registration', { cluster: 'catalog', id: sam, type: 'User', within: '/dbs/shop' });
    const assigned = await call('GET', `${resourceId(azure, 'catalog')}/sqlRoleAssignments`, '2026-03-15');
    assert.match(assigned.text, new RegExp(`/dbs/shop","principalId":"${sam}"`));
    await tell('registration', { cluster: 'catalog', id: sam, type: null });
    const after = await call('GET', `${resourceId(azure, 'catalog')}/sqlRoleAssignments`, '2026-03-15');
    assert.ok(!after.text.includes(sam));
    for (const wrong of [{}, { cluster: 'orders-eu' }, { ...body, type: 'Group' }, { ...body, role: 1 }])
      assert.equal((await tell('registration', wrong)).status, 400, JSON.stringify(wrong));
  });

  it('locks a resource, and puts it into another state', async () => {
    const id = resourceId(azure, 'legacy-shop');
    const properties = { clusterStatus: 'Ready' };
    assert.equal(
      (await tell('resource', { id: id.toUpperCase(), lock: 'ReadOnly', properties })).status,
      204,
    );
    const body = { properties: { authConfig: { allowedModes: ['NativeAuth', 'MicrosoftEntraID'] } } };
    assert.equal(errorCode(await call('PATCH', id, mongo, { body })), 'ScopeLocked');
    await tell('resource', { id, lock: null });
    assert.equal((await call('PATCH', id, mongo, { body })).status, 202);
    for (const wrong of [
      {},
      { id: `${id}x` },
      { id, lock: 'Delete' },
      { id, properties: 'Ready' },
      { id, clusterStatus: 'Ready' },
    ]) {
      assert.equal((await tell('resource', wrong)).status, 400, JSON.stringify(wrong));
    }
  });

  it('has a subscription seen from another tenant, whose people manage it', async () => {
    const shared = '5b5c0000-0000-4000-8000-000000000005';
    const [fabrikam, contoso] = [
      'fab51ca0-0000-4000-8000-000000000002',
      'c0a70500-0000-4000-8000-000000000001',
    ];
    const kai = '9e550000-0000-4000-8000-000000000001';
    const seen = async () => {
      const { body } = await call('GET', '/subscriptions', '2022-12-01');
      return (member(body, 'value') as Record<string, unknown>[])
        .filter(({ subscriptionId }) => subscriptionId === shared)
        .map(({ tenantId, managedByTenants }) => ({ tenantId, managedByTenants }));
    };
    const rows = async () => {
      const query = "resources | where name == 'parts' | project tenantId";
      const path = '/providers/Microsoft.ResourceGraph/resources';
      const { body } = await call('POST', path, '2024-04-01', { body: { query } });
      return member(body, 'data');
    };
    const parts = resourceId(azure, 'parts');
    assert.deepEqual(await seen(), []);
    assert.equal((await call('GET', parts, mongo)).status, 401);
    const there = { subscription: shared, managedBy: [contoso], principalId: kai, role: 'Reader' };
    assert.equal((await tell('delegation', there)).status, 204);
    assert.deepEqual(await seen(), [{ tenantId: fabrikam, managedByTenants: [{ tenantId: contoso }] }]);
    assert.deepEqual(await rows(), [{ tenantId: fabrikam }]);
    assert.equal((await call('GET', parts, mongo)).status, 200);
    assert.equal((await tell('delegation', { subscription: shared, managedBy: [] })).status, 204);
    assert.deepEqual([await seen(), await rows()], [[], []]);
    assert.equal((await call('GET', parts, mongo)).status, 401);
    for (const wrong of [
      {},
      { subscription: shared },
      { ...there, role: 'King' },
      { ...there, principalId: 1 },
    ])
      assert.equal((await tell('delegation', wrong)).status, 400, JSON.stringify(wrong));
  });

  it('begins again', async () => {
    await tell('behaviour', { checksPrincipals: false });
    await tell('people', { forget: sam });
    await tell('resource', { id: resourceId(azure, 'carts-eu'), lock: 'ReadOnly' });
    assert.equal((await tell('reset', {})).status, 204);
    assert.deepEqual(azure.organisation.behaviour, defaultBehaviour());
    assert.ok(azure.organisation.directory.some(({ id }) => id === sam));
    assert.ok(azure.organisation.resources.every(({ lock }) => lock === undefined));
  });

  it('takes JSON at the addresses that it has, by POST', async () => {
    assert.equal((await tell('behaviour', '{')).status, 400);
    assert.equal((await tell('nothing', {})).status, 404);
    assert.equal((await tell('toString', {})).status, 404);
    assert.equal((await tell('behaviour', {}, 'PUT')).status, 404);
  });
});

import assert from 'node:assert/strict';
import { startLocalAzure, type LocalAzure } from './azure.ts';
import { defaultBehaviour } from './behaviour.ts';
import { ask, errorCode, requestsTo, resourceId, type Requests } from './client.ts';
import { member } from './json.ts';

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
    for (const body of [{ forget: sam }, {}, { forget: 1 }])
      assert.equal((await tell('people', body)).status, 400);
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

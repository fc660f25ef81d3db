import assert from 'node:assert/strict';
import { startLocalAzure, type LocalAzure } from './azure.ts';
import { errorCode, requestsTo, resourceId, type Answer, type Requests } from './client.ts';
import { member } from './json.ts';

const account = '2026-03-15';

describe('Databases of a NoSQL account', () => {
  let azure: LocalAzure;
  let call: Requests;
  const get = (name: string, path: string, apiVersion = account) =>
    call('GET', `${resourceId(azure, name)}/sqlDatabases${path}`, apiVersion);
  const names = (answer: Answer) =>
    (member(answer.body, 'value') as { name: string }[]).map(({ name }) => name);

  before(async () => {
    azure = await startLocalAzure();
    call = await requestsTo(azure);
  });
  after(() => azure.close());

  it('are listed, and their containers, as resources in an envelope of their own', async () => {
    assert.deepEqual(names(await get('catalog', '')), ['shop', 'search']);
    const containers = await get('catalog', '/shop/containers');
    assert.deepEqual(names(containers), ['products', 'orders', 'prices']);
    assert.equal(member(containers.body, 'nextLink'), undefined);
    const [first] = member(containers.body, 'value') as unknown[];
    const id = `${resourceId(azure, 'catalog')}/sqlDatabases/shop/containers/products`;
    assert.equal(member(first, 'id'), id);
    assert.equal(member(first, 'type'), 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers');
    assert.deepEqual(member(first, 'properties', 'resource', 'partitionKey', 'paths'), ['/category']);
  });

  it('are shown one by one, with the fields of the service', async () => {
    const shop = (await get('catalog', '/shop')).body;
    const resource = member(shop, 'properties', 'resource') as Record<string, unknown>;
    assert.deepEqual(Object.keys(resource), ['id', '_rid', '_ts', '_etag', '_colls', '_users']);
    assert.equal(Buffer.from(String(resource['_rid']), 'base64').length, 4);
    const products = (await get('catalog', '/SHOP/containers/Products')).body;
    assert.equal(member(products, 'name'), 'products', 'Resource Manager knows no case');
    const rid = String(member(products, 'properties', 'resource', '_rid'));
    assert.equal(Buffer.from(rid, 'base64').length, 8);
    assert.ok(
      Buffer.from(rid, 'base64')
        .subarray(0, 4)
        .equals(Buffer.from(String(resource['_rid']), 'base64')),
    );
  });

  it('are not there where there are none', async () => {
    for (const path of ['/nothing', '/nothing/containers', '/shop/containers/nothing']) {
      const missing = await get('catalog', path);
      assert.equal(missing.status, 404, path);
      assert.equal(errorCode(missing), 'ResourceNotFound');
    }
    assert.equal((await get('telemetry', '')).status, 400, 'an account of tables');
    assert.equal(errorCode(await get('catalog', '', '2015-04-08')), 'InvalidResourceType');
    assert.equal(errorCode(await get('catalog', '/shop/triggers')), 'InvalidResourceType');
  });

  it('are not made this way, and shown to whoever may read them', async () => {
    const path = `${resourceId(azure, 'catalog')}/sqlDatabases`;
    const body = { properties: { resource: { id: 'more' } } };
    assert.equal((await call('PUT', `${path}/more`, account, { body })).status, 405);
    const devon = await requestsTo(azure, 'devon@contoso.com');
    assert.equal((await devon('GET', `${path}/shop/containers`, account)).status, 200);
    const robin = await requestsTo(azure, 'robin@contoso.com');
    const refused = await robin('GET', `${path}/shop/containers`, account);
    assert.match(refused.text, /databaseAccounts\/sqlDatabases\/containers\/read'/);
  });
});

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { Resolver } from 'node:dns/promises';
import { request } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TokenOrder } from './azure.ts';
import { ask, requestsTo, resourceId, tell } from './client.ts';
import { member } from './json.ts';
import type { DatabaseAccount } from './organisation.ts';
import { register, unregister } from './registration.ts';
import { onServers } from './servers.ts';

const kai = 'kai@contoso.com';
const sam = '9e550000-0000-4000-8000-000000000004';

describe('The data planes of accounts', () => {
  const azure = onServers();
  const account = (name = 'catalog') =>
    azure().organisation.resources.find((one) => one.name === name) as DatabaseAccount;
  const date = new Date().toUTCString();

  interface Attempt {
    readonly name?: string;
    readonly path?: string;
    readonly method?: string;
    readonly person?: string;
    readonly order?: Partial<TokenOrder>;
    readonly headers?: Readonly<Record<string, string | undefined>>;
  }

  interface Answer {
    readonly status: number;
    readonly substatus: string | undefined;
    readonly body: unknown;
    readonly said: string;
    readonly date: string;
  }

  async function attempt(made: Attempt = {}): Promise<Answer> {
    const { name = 'catalog', path = '/dbs', method = 'GET', person = kai } = made;
    const { audience = '' } = azure().accounts ?? {};
    const token = await azure().issueToken(person, {
      tenant: 'contoso.com',
      resource: audience,
      ...made.order,
    });
    const { hostname, port } = new URL(account(name).properties.documentEndpoint);
    const wanted = {
      authorization: encodeURIComponent(`type=aad&ver=1.0&sig=${token}`),
      'x-ms-version': '2018-12-31',
      'x-ms-date': date,
      ...made.headers,
    };
    const headers = Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined));
    return new Promise((resolve, reject) => {
      const ca = azure().certificateAuthority;
      const options = {
        host: '127.0.0.1',
        servername: hostname,
        port,
        path,
        method,
        headers,
        ca,
        agent: false,
      };
      const sent = request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const body: unknown = JSON.parse(Buffer.concat(chunks).toString());
          resolve({
            status: response.statusCode ?? 0,
            substatus: response.headers['x-ms-substatus'] as string | undefined,
            body,
            said: String(member(body, 'message')),
            date: response.headers.date ?? '',
          });
        });
      });
      sent.on('error', reject);
      sent.end();
    });
  }

  const refusal = async (made: Attempt) => {
    const { status, substatus, body } = await attempt(made);
    return [status, substatus, member(body, 'code')];
  };
  const ids = ({ body }: Answer, list: string) =>
    (member(body, list) as { id: string }[]).map(({ id }) => id);

  it('say what is in them to whom a role assignment lets', async () => {
    const listed = await attempt();
    assert.equal(listed.status, 200);
    assert.deepEqual(ids(listed, 'Databases'), ['shop', 'search']);
    assert.deepEqual([member(listed.body, '_count'), member(listed.body, '_rid')], [2, '']);
    assert.equal(member((await attempt({ path: '/dbs/shop' })).body, 'id'), 'shop');
    const inside = await attempt({ path: '/dbs/shop/colls' });
    assert.deepEqual(ids(inside, 'DocumentCollections'), ['products', 'orders', 'prices']);
    const one = await attempt({ path: '/dbs/shop/colls/orders' });
    assert.deepEqual(member(one.body, 'partitionKey', 'paths'), ['/customerId']);
    assert.equal(member((await attempt({ path: '/' })).body, 'id'), 'catalog');
    assert.deepEqual(await refusal({ path: '/dbs/nothing' }), [404, '0', 'NotFound']);
    assert.deepEqual(await refusal({ path: '/dbs/Shop' }), [404, '0', 'NotFound']);
  });

  it('refuse with 5301 who has no role there, naming who, what and where', async () => {
    const refused = await attempt({ person: 'robin@contoso.com' });
    assert.deepEqual(
      [refused.status, refused.substatus, member(refused.body, 'code')],
      [403, '5301', 'Forbidden'],
    );
    assert.match(
      refused.said,
      /principal \[9e550000-0000-4000-8000-000000000002\].*action \[Microsoft\.DocumentDB\/databaseAccounts\/readMetadata\] on resource \[\/\]/,
    );
    register(azure().organisation, account(), { id: '9e550000-0000-4000-8000-000000000002', type: 'User' });
    assert.equal((await attempt({ person: 'robin@contoso.com' })).status, 200);
    unregister(account(), '9e550000-0000-4000-8000-000000000002');
    assert.equal((await attempt({ person: 'robin@contoso.com' })).status, 403);
  });

  it('take a role for where it holds, of groups as well', async () => {
    const reporting = 'a9900000-0000-4000-8000-000000000001';
    const asReporting = (path: string) => refusal({ path, person: reporting });
    assert.deepEqual(await asReporting('/'), [403, '5301', 'Forbidden']);
    assert.deepEqual(await asReporting('/dbs'), [403, '5301', 'Forbidden']);
    assert.equal((await asReporting('/dbs/shop'))[0], 200);
    assert.equal((await asReporting('/dbs/shop/colls'))[0], 200);
    assert.deepEqual(await asReporting('/dbs/search'), [403, '5301', 'Forbidden']);
    const asSam = (path: string) => refusal({ path, person: sam });
    assert.equal((await asSam('/dbs/shop/colls/products'))[0], 200, 'by the group');
    assert.deepEqual(await asSam('/dbs/shop/colls/orders'), [403, '5301', 'Forbidden']);
    assert.deepEqual(await asSam('/dbs/shop'), [403, '5301', 'Forbidden']);
  });

  it('look at what a role allows', async () => {
    const [assignment] = account().children['sqlRoleAssignments'] ?? [];
    const definition = account().children['sqlRoleDefinitions']?.at(-1);
    assert.ok(assignment && definition);
    assignment.properties['roleDefinitionId'] = `${account().id}/sqlRoleDefinitions/${definition.name}`;
    assert.equal((await attempt()).status, 200);
    definition.properties['permissions'] = [
      { dataActions: ['Microsoft.DocumentDB/databaseAccounts/sqlDatabases/*'] },
    ];
    assert.deepEqual(await refusal({}), [403, '5301', 'Forbidden']);
  });

  it('refuse with 401 a token of another audience, tenant or time, and none', async () => {
    const wrong: readonly Partial<TokenOrder>[] = [
      { resource: 'https://management.core.windows.net' },
      { resource: 'https://profiles.documents.azure.test' },
      { tenant: 'fabrikam.com' },
      { lifetimeSeconds: -5 },
      { claims: { iss: 'https://sts.windows.net/x/' } },
    ];
    for (const order of wrong) assert.equal((await attempt({ order })).status, 401, JSON.stringify(order));
    assert.equal(
      (await attempt({ order: { resource: 'https://catalog.documents.azure.test' } })).status,
      200,
    );
    assert.equal((await attempt({ headers: { authorization: 'Bearer x' } })).status, 401);
    assert.equal((await attempt({ headers: { authorization: '%' } })).status, 401);
    assert.equal((await attempt({ headers: { authorization: undefined } })).status, 401);
    assert.equal((await attempt({ headers: { 'x-ms-version': undefined } })).status, 400);
  });

  it('take a key only where keys are on, and let nobody write by a token', async () => {
    const byKey = (name: string, key = account(name).keys.primaryMasterKey) => {
      const signature = createHmac('sha256', Buffer.from(key, 'base64'))
        .update(`get\ndbs\n\n${date.toLowerCase()}\n\n`)
        .digest('base64');
      const authorization = encodeURIComponent(`type=master&ver=1.0&sig=${signature}`);
      return refusal({ name, headers: { authorization } });
    };
    assert.equal((await byKey('catalog'))[0], 200);
    assert.deepEqual(await byKey('catalog', 'b3RoZXI='), [401, undefined, 'Unauthorized']);
    assert.deepEqual(await byKey('profiles'), [401, '5202', 'Unauthorized']);
    assert.deepEqual(await refusal({ method: 'POST' }), [403, '5300', 'Forbidden']);
  });

  it('say by which address their firewall refuses somebody', async () => {
    const { behaviour } = azure().organisation;
    account().properties['ipRules'] = [{ ipAddressOrRange: '198.51.100.0/24' }];
    assert.equal((await attempt()).status, 200, 'unless firewalls are on');
    behaviour.firewallsGateways = true;
    const refused = await attempt();
    assert.equal(refused.status, 403);
    assert.match(refused.said, /^Request originated from IP 203\.0\.113\.77 through public internet\./);
    assert.match(refused.said, /blocked by your Cosmos DB account firewall settings/);
    behaviour.callerAddress = '198.51.100.9';
    assert.equal((await attempt()).status, 200);
    assert.equal((await attempt({ name: 'profiles' })).status, 200, 'no rule');
    account().properties.publicNetworkAccess = 'Disabled';
    assert.match((await attempt()).said, /originated from IP 198\.51\.100\.9/);
  });

  it('are where Resource Manager says, after a beginning anew as well', async () => {
    const call = await requestsTo(azure());
    const { body } = await call('GET', resourceId(azure(), 'catalog'), '2026-03-15');
    const { port } = azure().accounts?.byName.get('catalog') ?? {};
    assert.equal(
      member(body, 'properties', 'documentEndpoint'),
      `https://catalog.${azure().accounts?.suffix}:${port}/`,
    );
    const resolver = new Resolver();
    resolver.setServers([azure().nameServer?.address ?? '']);
    for (const host of ['catalog', 'catalog-westeurope'])
      assert.deepEqual(await resolver.resolve4(`${host}.${azure().accounts?.suffix}`), ['127.0.0.1']);
    await tell(azure(), 'names', { about: 'catalog', fault: { kind: 'address', address: '10.1.2.3' } });
    assert.deepEqual(await resolver.resolve4(`catalog.${azure().accounts?.suffix}`), ['10.1.2.3']);
  });

  it('have doorways that fail, as every service has', async () => {
    await tell(azure(), 'doorway', { cluster: 'catalog', tls: 'untrusted' });
    await assert.rejects(attempt(), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    assert.equal((await attempt({ name: 'profiles' })).status, 200);
    await tell(azure(), 'doorway', { cluster: 'catalog', tcp: 'refused' });
    await assert.rejects(attempt(), { code: 'ECONNREFUSED' });
    await tell(azure(), 'reset');
    assert.equal((await attempt()).status, 200);
    await azure().doorways.get('graph')?.fail({ tls: 'untrusted' });
    const me = () => ask(azure(), `${azure().endpoints.graph}/v1.0/me`);
    await assert.rejects(me(), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' });
    await tell(azure(), 'reset');
    assert.equal((await me()).status, 401);
  });

  it('fail, hang and lose their clock as they are told, one of them or all', async () => {
    azure().faults.add({ fault: { kind: 'status', status: 503, body: {} }, account: 'Catalog', times: 0 });
    assert.equal((await attempt()).status, 503);
    assert.equal((await attempt({ name: 'profiles' })).status, 200);
    azure().faults.clear();
    azure().faults.add({ fault: { kind: 'hang' }, service: 'accounts' });
    const asked = attempt().catch(() => undefined);
    assert.equal(await Promise.race([asked, sleep(150, 'waiting')]), 'waiting');
    azure().faults.add({ fault: { kind: 'clock', seconds: 3600 }, service: 'accounts' });
    assert.ok(Date.parse((await attempt()).date) > Date.now() + 3_000_000);
    assert.ok(Date.parse((await attempt()).date) < Date.now() + 1000);
  });
});

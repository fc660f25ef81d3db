import assert from 'node:assert/strict';
import { Resolver } from 'node:dns/promises';
import { MongoClient, type MongoClientOptions } from 'mongodb';
import { startLocalAzure, type LocalAzure } from './azure.ts';
import type { MongoCluster } from './organisation.ts';

const resource = 'https://ossrdbms-aad.database.windows.net';

describe('The gateways of the clusters', () => {
  let azure: LocalAzure;
  before(async () => {
    azure = await startLocalAzure({ gateways: true });
  });
  after(() => azure.close());

  const cluster = (name: string) =>
    azure.organisation.resources.find((one) => one.name === name) as MongoCluster;

  /** The oid that the cluster knows the caller by, or the code of its refusal. */
  async function connect(name: string, person: string, tenant = 'contoso.com'): Promise<unknown> {
    const accessToken = await azure.issueToken(person, { tenant, resource });
    const port = azure.gateways.get(name)?.port;
    const options: MongoClientOptions = {
      authMechanism: 'MONGODB-OIDC',
      authMechanismProperties: { OIDC_CALLBACK: () => Promise.resolve({ accessToken }) },
      tls: true,
      ca: azure.certificateAuthority,
      retryWrites: false,
      serverSelectionTimeoutMS: 300,
    };
    const client = new MongoClient(`mongodb://127.0.0.1:${port}/`, options);
    try {
      const status = await client.db('admin').command({ connectionStatus: 1 });
      return (status['authInfo'] as { authenticatedUsers: { user: string }[] }).authenticatedUsers[0]?.user;
    } catch (error) {
      const { code, name: kind } = error as { code?: number; name: string };
      return code ?? kind;
    } finally {
      await client.close();
    }
  }

  it('let in whom Resource Manager registered, and nobody else', async () => {
    assert.equal(await connect('orders-eu', 'kai@contoso.com'), '9e550000-0000-4000-8000-000000000001');
    assert.equal(await connect('orders-us', 'kai@contoso.com'), '9e550000-0000-4000-8000-000000000001');
    assert.equal(await connect('orders-eu', 'robin@contoso.com'), 18);
    const { users } = cluster('orders-eu');
    const kai = users.find(({ name }) => name === '9e550000-0000-4000-8000-000000000001');
    assert.ok(kai);
    kai.properties.provisioningState = 'InProgress';
    assert.equal(await connect('orders-eu', 'kai@contoso.com'), 18);
  });

  it('take tokens of their own tenant only', async () => {
    assert.equal(
      await connect('parts', 'lee@fabrikam.com', 'fabrikam.com'),
      '9e550000-0000-4000-8000-000000000014',
    );
    cluster('parts').users.push(...structuredClone(cluster('carts-eu').users.slice(1)));
    assert.equal(await connect('parts', 'kai@contoso.com'), 18);
  });

  it('follow the modes and the state of their cluster', async () => {
    const { properties } = cluster('carts-eu');
    assert.equal(await connect('carts-eu', 'kai@contoso.com'), '9e550000-0000-4000-8000-000000000001');
    properties.authConfig.allowedModes = ['NativeAuth'];
    assert.equal(await connect('carts-eu', 'kai@contoso.com'), 18);
    properties.authConfig.allowedModes = ['MicrosoftEntraID'];
    properties.clusterStatus = 'Stopped';
    assert.equal(await connect('carts-eu', 'kai@contoso.com'), 'MongoServerSelectionError');
  });

  it('are found under the names that Resource Manager gives, the global one where writes go', async () => {
    const resolver = new Resolver();
    resolver.setServers([azure.nameServer?.address ?? '']);
    const port = async (host: string) => {
      const [record] = await resolver.resolveSrv(`_mongodb._tcp.${host}.mongocluster.azure.test`);
      assert.deepEqual(await resolver.resolve4(record?.name ?? ''), ['127.0.0.1']);
      return record?.port;
    };
    assert.equal(await port('orders-us'), azure.gateways.get('orders-us')?.port);
    assert.equal(await port('orders-us.global'), azure.gateways.get('orders-eu')?.port);
    await assert.rejects(resolver.resolveSrv('_mongodb._tcp.nobody.mongocluster.azure.test'), /ENOTFOUND/);
  });
});

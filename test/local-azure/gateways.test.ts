import assert from 'node:assert/strict';
import { connect as connectPlain } from 'node:net';
import { Resolver } from 'node:dns/promises';
import { MongoClient, UUID, type MongoClientOptions } from 'mongodb';
import { startLocalAzure, type LocalAzure } from './azure.ts';
import { ask, requestsTo, resourceId, tell, type Requests } from './client.ts';
import { member } from './json.ts';
import type { MongoCluster } from './organisation.ts';
import { register, unregister } from './registration.ts';

const resource = 'https://ossrdbms-aad.database.windows.net';

describe('The gateways of the clusters', () => {
  let azure: LocalAzure;
  before(async () => {
    azure = await startLocalAzure({ gateways: true });
  });
  after(() => azure.close());

  const cluster = (name: string) =>
    azure.organisation.resources.find((one) => one.name === name) as MongoCluster;

  async function clientOf(
    name: string,
    person: string,
    tenant = 'contoso.com',
    patience = 10_000,
  ): Promise<MongoClient> {
    const accessToken = await azure.issueToken(person, { tenant, resource });
    const port = azure.gateways.get(name)?.port;
    const options: MongoClientOptions = {
      authMechanism: 'MONGODB-OIDC',
      authMechanismProperties: { OIDC_CALLBACK: () => Promise.resolve({ accessToken }) },
      tls: true,
      ca: azure.certificateAuthority,
      retryWrites: false,
      serverSelectionTimeoutMS: patience,
    };
    return new MongoClient(`mongodb://127.0.0.1:${port}/`, options);
  }

  const codeOf = (work: Promise<unknown>): Promise<unknown> =>
    work.then(
      () => 'fine',
      (error: { code?: number; name: string }) => error.code ?? error.name,
    );

  /** The oid that the cluster knows the caller by, or the code of its refusal. */
  async function connect(name: string, person: string, tenant?: string, patience?: number): Promise<unknown> {
    const client = await clientOf(name, person, tenant, patience);
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

  /** What becomes of whoever finds nobody there, and does not wait long for that. */
  const reach = (name: string, person: string): Promise<unknown> => connect(name, person, undefined, 300);

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

  it('know nobody by the id of an application, or by the one that a guest has at home', async () => {
    const worker = 'a9900000-0000-4000-8000-000000000003';
    register(azure.organisation, cluster('orders-eu'), { id: worker, type: 'ServicePrincipal' });
    assert.equal(await connect('orders-eu', worker), 18);
    unregister(cluster('orders-eu'), worker);
    const [home, guest] = ['9e550000-0000-4000-8000-000000000001', '60e57000-0000-4000-8000-000000000001'];
    unregister(cluster('parts'), guest);
    register(azure.organisation, cluster('parts'), { id: home, type: 'User' });
    assert.equal(await connect('parts', 'kai@contoso.com', 'fabrikam.com'), 18);
    unregister(cluster('parts'), home);
    register(azure.organisation, cluster('parts'), { id: guest, type: 'User' });
    assert.equal(await connect('parts', 'kai@contoso.com', 'fabrikam.com'), guest);
  });

  it('follow the modes and the state of their cluster', async () => {
    const { properties } = cluster('carts-eu');
    assert.equal(await connect('carts-eu', 'kai@contoso.com'), '9e550000-0000-4000-8000-000000000001');
    properties.authConfig.allowedModes = ['NativeAuth'];
    assert.equal(await connect('carts-eu', 'kai@contoso.com'), 18);
    properties.authConfig.allowedModes = ['MicrosoftEntraID'];
    properties.clusterStatus = 'Stopped';
    assert.equal(await reach('carts-eu', 'kai@contoso.com'), 'MongoServerSelectionError');
  });

  describe('from outside', () => {
    let client: MongoClient;
    before(async () => {
      await tell(azure, 'reset');
      client = await clientOf('orders-eu', 'kai@contoso.com');
    });
    after(() => client.close());

    it('get documents and collections that nobody has to write', async () => {
      const place = { cluster: 'Orders-EU', database: 'big', collection: 'all' };
      assert.equal(await tell(azure, 'documents', { ...place, documents: 100_000 }), 204);
      assert.equal(await tell(azure, 'documents', { ...place, collection: 'few', collections: 5000 }), 204);
      const big = client.db('big');
      assert.equal(await big.collection('all').estimatedDocumentCount(), 100_000);
      const names = (await big.listCollections({}, { nameOnly: true }).toArray()).map(({ name }) => name);
      assert.deepEqual([names.length, names[0], names.at(-1)], [5001, 'all', 'few5000']);
      for (const wrong of [
        {},
        { ...place, cluster: 'nowhere' },
        { ...place, database: 1 },
        { ...place, documents: -1 },
        { ...place, collections: 'all' },
      ])
        assert.equal(await tell(azure, 'documents', wrong), 400, JSON.stringify(wrong));
    });

    it('are slow where they are told to be, and say what is under way', async () => {
      const slow = { cluster: 'orders-eu', namespace: 'shop.orders', answer: 3_600_000 };
      assert.equal(await tell(azure, 'slow', slow), 204);
      const asked = client.db('shop').collection('orders').findOne();
      asked.catch(() => undefined);
      type Told = { readonly cluster: string; readonly underWay: readonly { readonly lsid: string }[] };
      const underWay = async (): Promise<readonly Told[]> =>
        (
          (await ask(azure, `${azure.endpoints.resourceManager}/local-azure/operations`)).body as {
            readonly clusters: readonly Told[];
          }
        ).clusters;
      const finds = async (): Promise<readonly Record<string, unknown>[]> =>
        (await underWay())
          .filter(({ cluster: name }) => name === 'orders-eu')
          .flatMap((one) => one.underWay)
          .map((one) => ({ ...one }))
          .filter((one: Record<string, unknown>) => one['command'] === 'find');
      let [one] = await finds();
      while (!one) [one] = await finds();
      assert.equal(one['namespace'], 'shop.orders');
      await client.db('admin').command({ killSessions: [{ id: new UUID(String(one['lsid'])) }] });
      assert.equal(await codeOf(asked), 11_601);
      assert.deepEqual(await finds(), []);
      assert.equal(await tell(azure, 'slow', { cluster: 'orders-eu', namespace: 'shop.orders' }), 204);
      assert.equal(await codeOf(client.db('shop').collection('orders').findOne()), 'fine');
      for (const wrong of [{}, { cluster: 'orders-eu', namespace: 1 }, { ...slow, document: -1 }])
        assert.equal(await tell(azure, 'slow', wrong), 400, JSON.stringify(wrong));
    });

    it('fail as they are told, until told otherwise', async () => {
      const fault = (fault: object | null, times?: number) =>
        tell(azure, 'gateway', { cluster: 'orders-eu', fault, times });
      const kai = '9e550000-0000-4000-8000-000000000001';
      assert.equal(await fault({ kind: 'refuseSignIn', code: 18 }, 0), 204);
      assert.equal(await connect('orders-eu', 'kai@contoso.com'), 18);
      assert.equal(await connect('orders-eu', 'kai@contoso.com'), 18);
      assert.equal(await fault(null), 204);
      assert.equal(await connect('orders-eu', 'kai@contoso.com'), kai);
      assert.equal(await fault({ kind: 'fail', code: 13, command: 'listDatabases' }), 204);
      assert.equal(await codeOf(client.db('admin').command({ listDatabases: 1 })), 13);
      assert.equal(await codeOf(client.db('admin').command({ listDatabases: 1 })), 'fine');
      assert.equal(await fault({ kind: 'roles', oid: kai, roles: ['clusterAdmin'] }), 204);
      assert.equal(await codeOf(client.db('admin').command({ listDatabases: 1 })), 13);
      assert.equal(await fault(null), 204);
      assert.equal(await codeOf(client.db('admin').command({ listDatabases: 1 })), 'fine');
      for (const wrong of [
        {},
        { kind: 'explode' },
        { kind: 'fail' },
        { kind: 'hang', command: 1 },
        { kind: 'roles', oid: kai, roles: ['owner'] },
      ])
        assert.equal(await fault(wrong), 400, JSON.stringify(wrong));
      assert.equal(await tell(azure, 'gateway', { cluster: 'nowhere', fault: null }), 400);
    });

    it('forget it when all begins again', async () => {
      await tell(azure, 'documents', {
        cluster: 'orders-us',
        database: 'big',
        collection: 'all',
        documents: 10,
      });
      await tell(azure, 'reset');
      assert.equal(await client.db('big').collection('all').estimatedDocumentCount(), 0);
    });
  });

  describe('and Resource Manager', () => {
    const kai = '9e550000-0000-4000-8000-000000000001';
    const sam = '9e550000-0000-4000-8000-000000000004';
    const alex = '9e550000-0000-4000-8000-000000000003';
    const id = () => resourceId(azure, 'orders-eu');
    const customData = {
      IdentityProvider: { type: 'MicrosoftEntraID', properties: { principalType: 'user' } },
    };
    const readOnly = [{ role: 'readAnyDatabase', db: 'admin' }];
    let call: Requests;
    let client: MongoClient;

    beforeEach(async () => {
      await tell(azure, 'reset');
      Object.assign(azure.organisation.behaviour, { lockMs: 0, operationPolls: 0 });
      call = await requestsTo(azure);
      client = await clientOf('orders-eu', 'kai@contoso.com');
    });
    afterEach(() => client.close());

    const usersInside = async (): Promise<Record<string, unknown>[]> => {
      const { users } = await client.db('admin').command({ usersInfo: 1 });
      return users as Record<string, unknown>[];
    };
    const usersInManager = async () => {
      const { body } = await call('GET', `${id()}/users`, '2026-06-01');
      return (member(body, 'value') as { name: string }[]).map(({ name }) => name);
    };

    it('know of one another’s users in one direction only', async () => {
      await client.db('admin').command({ createUser: sam, roles: readOnly, customData });
      assert.ok(!(await usersInManager()).includes(sam));
      const inside = await usersInside();
      const described = (name: string) => inside.find(({ user }) => user === name);
      for (const name of (await usersInManager()).filter((one) => one !== 'dbadmin')) {
        assert.deepEqual(described(name)?.['roles'], [{ role: 'root', db: 'admin' }]);
        assert.equal(described(name)?.['_id'], `admin.${name}`);
      }
      assert.deepEqual(described(sam), {
        _id: `admin.${sam}`,
        userId: `admin.${sam}`,
        user: sam,
        db: 'admin',
        roles: readOnly,
        customData,
      });
      assert.equal(described('dbadmin')?.['customData'], undefined, 'a native user has none');
      const again = { createUser: alex, roles: readOnly, customData };
      assert.equal(
        await codeOf(client.db('admin').command(again)),
        51003,
        'an administrator is there already',
      );
    });

    it('leave administrators to Resource Manager, and take its word at once', async () => {
      assert.equal(await codeOf(client.db('admin').command({ dropUser: alex })), 13);
      const other = await clientOf('orders-eu', 'alex@contoso.com');
      try {
        assert.equal(await codeOf(other.db('shop').collection('orders').findOne()), 'fine');
        await call.finish(await call('DELETE', `${id()}/users/${alex}`, '2026-06-01'));
        assert.equal(await codeOf(other.db('shop').collection('orders').findOne()), 13, 'a live session');
        assert.equal(await connect('orders-eu', 'alex@contoso.com'), 18, 'a new one');
        assert.equal(await connect('orders-us', 'alex@contoso.com'), 18, 'at the replica too');
        assert.ok((await usersInside()).every(({ user }) => user !== alex));
      } finally {
        await other.close();
      }
    });

    it('let an administrator in when Resource Manager is done, whatever they were before', async () => {
      await client.db('admin').command({ createUser: sam, roles: readOnly, customData });
      const body = {
        properties: { identityProvider: customData.IdentityProvider, roles: [{ db: 'admin', role: 'root' }] },
      };
      const accepted = await call('PUT', `${id()}/users/${sam}`, '2026-06-01', { body });
      await call.finish(accepted);
      const [only, ...more] = (await usersInside()).filter(({ user }) => user === sam);
      assert.deepEqual(only?.['roles'], [{ role: 'root', db: 'admin' }]);
      assert.deepEqual(more, []);
    });

    it('take half of a role set only where they are told to', async () => {
      const half = { createUser: sam, roles: [{ role: 'readWriteAnyDatabase', db: 'admin' }], customData };
      assert.equal(await codeOf(client.db('admin').command(half)), 31);
      azure.organisation.behaviour.takesHalfRoles = true;
      assert.equal(await codeOf(client.db('admin').command(half)), 'fine');
      const sams = await clientOf('orders-eu', 'sam@contoso.com');
      assert.equal(await codeOf(sams.db('shop').collection('orders').findOne()), 13);
      await sams.close();
    });

    it('know somebody whom the directory has forgotten until their token runs out', async () => {
      const other = await clientOf('orders-eu', 'alex@contoso.com');
      const { directory } = azure.organisation;
      directory.splice(
        directory.findIndex((one) => one.id === alex),
        1,
      );
      assert.equal(await codeOf(other.db('shop').collection('orders').findOne()), 'fine');
      await other.close();
    });

    it('begin again together: documents, users, faults and what was asked', async () => {
      const shop = client.db('shop');
      const count = await shop.collection('orders').countDocuments();
      await shop.collection('orders').deleteMany({});
      await shop.collection('mine').insertOne({ n: 1 });
      await client.db('admin').command({ createUser: sam, roles: readOnly, customData });
      const gateway = azure.gateways.get('orders-eu');
      gateway?.faults.fail(8000);
      await tell(azure, 'reset');
      assert.deepEqual(gateway?.commands, []);
      assert.equal(await shop.collection('orders').countDocuments(), count);
      const names = (await shop.listCollections().toArray()).map(({ name }) => name).toSorted();
      assert.deepEqual(names, ['carts', 'customers', 'openOrders', 'orders', 'products']);
      assert.ok((await usersInside()).every(({ user }) => user !== sam));
      assert.ok((await usersInside()).some(({ user }) => user === kai));
    });

    it('say nothing at all to whom their firewall does not know', async () => {
      const answered = (patience: number) =>
        new Promise<boolean>((resolve) => {
          const socket = connectPlain(azure.gateways.get('reviews-eu')?.port ?? 0, '127.0.0.1');
          // No handshake begins so: whoever listens at all hangs up.
          socket.write('hello');
          setTimeout(() => {
            socket.destroy();
            resolve(false);
          }, patience).unref();
          socket.on('error', () => undefined);
          socket.on('close', () => resolve(true));
        });
      azure.organisation.behaviour.firewallsGateways = true;
      assert.equal(await answered(150), false);
      azure.organisation.behaviour.firewallsGateways = false;
      assert.equal(await answered(15_000), true);
    });

    it('are out of reach behind a firewall that does not know the caller', async () => {
      azure.organisation.behaviour.firewallsGateways = true;
      assert.equal(await connect('orders-eu', 'kai@contoso.com'), kai, 'a rule for this machine');
      assert.equal(await connect('carts-eu', 'kai@contoso.com'), kai, 'a rule for everybody');
      assert.equal(await reach('reviews-eu', 'sam@contoso.com'), 'MongoServerSelectionError');
      const own = { startIpAddress: '203.0.113.77', endIpAddress: '203.0.113.77' };
      const rule = `${resourceId(azure, 'reviews-eu')}/firewallRules/home`;
      await call.finish(await call('PUT', rule, '2026-06-01', { body: { properties: own } }));
      assert.equal(await connect('reviews-eu', 'sam@contoso.com'), sam);
      azure.organisation.behaviour.callerAddress = '198.51.100.7';
      assert.equal(await reach('reviews-eu', 'sam@contoso.com'), 'MongoServerSelectionError', 'elsewhere');
      assert.equal(await reach('orders-eu', 'kai@contoso.com'), 'MongoServerSelectionError');
      assert.equal(await connect('carts-eu', 'kai@contoso.com'), kai);
      azure.organisation.behaviour.callerAddress = '';
      cluster('reviews-eu').properties.publicNetworkAccess = 'Disabled';
      assert.equal(await reach('reviews-eu', 'sam@contoso.com'), 'MongoServerSelectionError');
    });
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
    const address = { kind: 'address', address: '10.0.0.4' };
    const member = 'fc-orders-us-000.mongocluster.azure.test';
    assert.equal(await tell(azure, 'names', { about: 'orders-us', fault: address }), 204);
    assert.deepEqual(await resolver.resolve4(member), ['10.0.0.4']);
    assert.equal(await tell(azure, 'names', { about: 'orders-us', fault: null }), 204);
    assert.deepEqual(await resolver.resolve4(member), ['127.0.0.1']);
    for (const wrong of [
      {},
      { fault: { kind: 'address' } },
      { fault: { kind: 'x' } },
      { about: 1, fault: null },
    ])
      assert.equal(await tell(azure, 'names', wrong), 400, JSON.stringify(wrong));
  });
});

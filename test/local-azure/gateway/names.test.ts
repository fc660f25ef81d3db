import assert from 'node:assert/strict';
import { promises as dns } from 'node:dns';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { MongoClient } from 'mongodb';
import { createAuthority } from '../authority.ts';
import { startNameServer } from './dns.ts';
import type { ClusterName, NameServer } from './dns.ts';
import { Trial, people, token } from './trial.ts';

const host = 'orders-eu.mongocluster.azure.test';
const member = 'fc-1234-000.mongocluster.azure.test';

describe('the gateway: names', () => {
  let names: ClusterName[];
  let server: NameServer;
  let resolver: dns.Resolver;
  beforeEach(async () => {
    names = [{ host, member, port: 10_260, cluster: 'orders-eu' }];
    server = await startNameServer(() => names);
    resolver = asking(10_000);
  });
  afterEach(() => server.close());

  /** Whoever asks this server, and waits so many milliseconds. */
  const asking = (timeout: number): dns.Resolver => {
    const made = new dns.Resolver({ timeout, tries: 1 });
    made.setServers([server.address]);
    return made;
  };

  it('lead from a cluster to its member and port, and to loopback', async () => {
    const [record, ...more] = await resolver.resolveSrv(`_mongodb._tcp.${host}`);
    assert.deepEqual([record?.name, record?.port, more.length], [member, 10_260, 0]);
    assert.deepEqual(await resolver.resolve4(member), ['127.0.0.1']);
    assert.deepEqual(await resolver.resolve4(host.toUpperCase()), ['127.0.0.1']);
    assert.ok(server.questions.includes(`_mongodb._tcp.${host}`));
  });

  it('have no text records, which is not the same as not being there', async () => {
    await assert.rejects(resolver.resolveTxt(host), { code: 'ENODATA' });
    await assert.rejects(resolver.resolve6(host), { code: 'ENODATA' });
    await assert.rejects(resolver.resolveTxt('other.azure.test'), { code: 'ENOTFOUND' });
    await assert.rejects(resolver.resolveSrv('_mongodb._tcp.other.azure.test'), { code: 'ENOTFOUND' });
    await assert.rejects(resolver.resolveMx(host), { code: 'ENOTIMP' });
  });

  it('come and go with their clusters', async () => {
    names = [];
    await assert.rejects(resolver.resolve4(host), { code: 'ENOTFOUND' });
    names = [{ host: 'carts.azure.test', member: 'm.carts.azure.test', port: 7 }];
    assert.deepEqual(await resolver.resolve4('m.carts.azure.test'), ['127.0.0.1']);
  });

  it('fail as told', async () => {
    server.fail('notFound', host);
    await assert.rejects(resolver.resolveSrv(`_mongodb._tcp.${host}`), { code: 'ENOTFOUND' });
    assert.deepEqual(await resolver.resolve4(member), ['127.0.0.1']);
    server.fail('silence');
    await assert.rejects(asking(100).resolve4(member), { code: 'ETIMEOUT' });
    server.recover();
    assert.deepEqual(await resolver.resolve4(member), ['127.0.0.1']);
  });

  it('fail in part: no address for the member, another member, another address', async () => {
    const service = () => resolver.resolveSrv(`_mongodb._tcp.${host}`);
    server.fail('noAddress', 'Orders-EU');
    assert.equal((await service())[0]?.name, member);
    await assert.rejects(resolver.resolve4(member), { code: 'ENOTFOUND' });
    server.recover('orders-eu');
    server.fail({ kind: 'member', member: 'fc-1.elsewhere.test' }, 'orders-eu');
    assert.equal((await service())[0]?.name, 'fc-1.elsewhere.test');
    assert.deepEqual(await resolver.resolve4('fc-1.elsewhere.test'), ['127.0.0.1']);
    server.fail({ kind: 'address', address: '10.0.0.4' }, member);
    assert.deepEqual(await resolver.resolve4(member), ['10.0.0.4']);
    server.recover('orders-eu');
    assert.equal((await service())[0]?.name, member);
    assert.deepEqual(await resolver.resolve4(member), ['10.0.0.4'], 'another fault is left');
    await assert.rejects(resolver.resolve4('fc-1.elsewhere.test'), { code: 'ENOTFOUND' });
    server.fail('serverFailure', 'orders-eu');
    await assert.rejects(service(), { code: 'ESERVFAIL' });
    server.recover();
    assert.deepEqual(await resolver.resolve4(member), ['127.0.0.1']);
  });

  it('fail for one cluster and not for another', async () => {
    const other = 'fc-carts-eu-000.mongocluster.azure.test';
    names.push({ host: 'carts-eu.mongocluster.azure.test', member: other, port: 7, cluster: 'carts-eu' });
    server.fail('notFound', 'orders-eu');
    await assert.rejects(resolver.resolveSrv(`_mongodb._tcp.${host}`), { code: 'ENOTFOUND' });
    await assert.rejects(resolver.resolve4(member), { code: 'ENOTFOUND' });
    assert.deepEqual(await resolver.resolve4(other), ['127.0.0.1']);
  });

  it('survive questions that are none', async () => {
    const socket = createSocket('udp4');
    for (const bytes of [
      [],
      [0],
      Array.from({ length: 12 }, () => 255),
      [...Array.from({ length: 12 }, () => 0), 200, 1],
    ]) {
      socket.send(Buffer.from(bytes), server.port, '127.0.0.1');
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.close();
    await once(socket, 'close');
    assert.deepEqual(await resolver.resolve4(member), ['127.0.0.1']);
  });

  it('are answered with loopback and nothing else', async () => {
    await assert.rejects(
      startNameServer(() => [], { address: '10.0.0.1' }),
      RangeError,
    );
  });

  it('take the driver from a cluster’s name to its gateway, over TLS and the private authority', async () => {
    const authority = await createAuthority();
    const trial = await Trial.start({}, { tls: await authority.issue([member]) });
    names = [{ host, member, port: trial.gateway.port }];
    const before = dns.getServers();
    dns.setServers([server.address]);
    const client = new MongoClient(
      `mongodb+srv://${host}/?tls=true&authMechanism=MONGODB-OIDC&retrywrites=false&maxIdleTimeMS=120000`,
      {
        ca: authority.certificate,
        serverSelectionTimeoutMS: 10_000,
        // The driver itself asks for service records alone; addresses are looked up by the socket.
        lookup: (name, _options, done) => {
          resolver.resolve4(name).then(
            ([address = '']) => done(null, [{ address, family: 4 }]),
            (error: NodeJS.ErrnoException) => done(error, []),
          );
        },
        authMechanismProperties: {
          OIDC_CALLBACK: async () => ({ accessToken: await token(people.admin) }),
          ALLOWED_HOSTS: ['*.azure.test'],
        },
      },
    );
    try {
      const status = await client.db('admin').command({ connectionStatus: 1 });
      assert.deepEqual(status['authInfo'].authenticatedUsers, [{ user: people.admin, db: 'admin' }]);
    } finally {
      dns.setServers(before);
      await client.close();
      await trial.stop();
    }
  });
});

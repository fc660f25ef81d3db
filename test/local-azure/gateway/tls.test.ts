import assert from 'node:assert/strict';
import type { MongoClient } from 'mongodb';
import { createAuthority } from '../authority.ts';
import { Trial, people, token } from './trial.ts';

describe('the gateway: TLS', () => {
  let trial: Trial;
  let certificate: string;
  const host = 'orders-eu.mongocluster.azure.test';

  before(async () => {
    const authority = await createAuthority();
    ({ certificate } = authority);
    trial = await Trial.start({}, { tls: await authority.issue([host, 'localhost', '127.0.0.1']) });
  });
  after(() => trial.stop());

  function overTls(name: string, options: object): MongoClient {
    const uri = `mongodb://${name}:${trial.gateway.port}/?authMechanism=MONGODB-OIDC&tls=true&retryWrites=false`;
    return trial.client(uri, {
      ...options,
      authMechanismProperties: {
        OIDC_CALLBACK: async () => ({ accessToken: await token(people.admin) }),
        ALLOWED_HOSTS: ['127.0.0.1', '*.azure.test'],
      },
    });
  }

  it('is spoken with whoever knows the authority', async () => {
    const client = overTls('127.0.0.1', { ca: certificate });
    assert.equal((await client.db('admin').command({ ping: 1 }))['ok'], 1);
  });

  it('answers to the real-looking name of a cluster, which a lookup leads to loopback', async () => {
    const lookup = (
      _name: string,
      options: { all?: boolean },
      done: (error: null, address: unknown, family?: number) => void,
    ): void => {
      if (options.all === true) done(null, [{ address: '127.0.0.1', family: 4 }]);
      else done(null, '127.0.0.1', 4);
    };
    const client = overTls(host, { ca: certificate, lookup });
    assert.equal((await client.db('admin').command({ ping: 1 }))['ok'], 1);
  });

  it('is not accepted by a client that does not know the authority', async () => {
    await assert.rejects(
      overTls('127.0.0.1', { serverSelectionTimeoutMS: 1500 }).connect(),
      /self-signed|unable to (get|verify)/,
    );
  });

  it('is all that is spoken: a client in clear gets no answer', async () => {
    const uri = `mongodb://127.0.0.1:${trial.gateway.port}/?tls=false&serverSelectionTimeoutMS=500`;
    await assert.rejects(trial.client(uri).connect(), { name: 'MongoServerSelectionError' });
  });
});

describe('the gateway: where it listens', () => {
  it('refuses every address but loopback', async () => {
    for (const host of ['0.0.0.0', '::', '192.168.1.1', 'example.com']) {
      await assert.rejects(Trial.start({}, { host }), RangeError);
    }
  });
});

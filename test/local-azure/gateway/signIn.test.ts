import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Binary, Decimal128, Double, Int32, Long, ObjectId } from 'mongodb';
import type { MongoClient } from 'mongodb';
import { eventually } from '../../editor/eventually.ts';
import { Trial, codeOf, failureOf, people, token } from './trial.ts';

const now = (): number => Math.floor(Date.now() / 1000);

describe('the gateway: signing in with a token', () => {
  let trial: Trial;
  beforeEach(async () => {
    trial = await Trial.start();
  });
  afterEach(() => trial.stop());

  const names = (): string[] => trial.gateway.commands.map(({ name }) => name);
  const count = (name: string): number => names().filter((other) => other === name).length;

  /** A client that counts how often it was asked for a token. */
  function counting(make: (calls: number) => Promise<string> = () => token(people.admin)): {
    readonly client: MongoClient;
    readonly calls: () => number;
  } {
    let calls = 0;
    const client = trial.as(people.admin, { maxPoolSize: 6 }, () => make(++calls));
    return { client, calls: () => calls };
  }

  it('inserts and reads documents of many types over three batches, types intact', async () => {
    const client = trial.as(people.admin, { promoteValues: false, promoteLongs: false });
    const items = client.db('shop').collection<{ _id: Int32; [key: string]: unknown }>('items');
    const made = Array.from({ length: 250 }, (_, index) => ({
      _id: new Int32(index),
      double: new Double(index),
      long: Long.fromNumber(index),
      decimal: Decimal128.fromString(`${index}.50`),
      at: new Date(index),
      id: ObjectId.createFromTime(index),
      bytes: new Binary(Buffer.from([index])),
      nested: { list: [new Int32(index), 'text', null, true] },
    }));
    await items.insertMany(made);
    const found = await items.find().batchSize(100).toArray();
    assert.deepEqual(found, made);
    assert.equal(count('getMore'), 2);
  });

  it('is taken for a sharded cluster, as the hosted service is', async () => {
    const client = trial.as(people.admin);
    const types: string[] = [];
    client.on('topologyDescriptionChanged', ({ newDescription }) => types.push(newDescription.type));
    await client.connect();
    assert.deepEqual(types.at(-1), 'Sharded');
  });

  it('asks for one token for twelve operations at once', async () => {
    const { client, calls } = counting();
    // Connected first: two connections that open at once would both find the driver's cache empty.
    await client.connect();
    // Whatever asks first is answered when all there may be are connected.
    trial.gateway.faults.hang('find');
    const items = client.db('shop').collection('items');
    const found = Promise.all(Array.from({ length: 12 }, () => items.find().toArray()));
    await eventually(() => assert.equal(count('saslStart'), 6));
    trial.gateway.faults.clear();
    await found;
    assert.equal(calls(), 1);
    assert.equal(count('saslStart'), 6);
  });

  it('heals a forced 391 with one more token, unseen by the caller', async () => {
    const { client, calls } = counting();
    const items = client.db('shop').collection('items');
    await items.insertOne({ name: 'lamp' });
    trial.gateway.faults.expireNext();
    assert.equal((await items.find().toArray()).length, 1);
    assert.equal(calls(), 2);
    assert.deepEqual(names().slice(-3), ['find', 'saslStart', 'find']);
  });

  it('lets a second 391 in a row come to the surface', async () => {
    const { client } = counting();
    const items = client.db('shop').collection('items');
    await items.find().toArray();
    trial.gateway.faults.expireNext(2);
    assert.equal(await codeOf(items.find().toArray()), 391);
  });

  it('ends a token by its own timer, and a fresh one heals it', async () => {
    const exp = now() + 4;
    const { client, calls } = counting((call) => token(people.admin, call === 1 ? { exp } : {}));
    const items = client.db('shop').collection('items');
    await items.find().toArray();
    await sleep(exp * 1000 + 50 - Date.now());
    await items.find().toArray();
    assert.equal(calls(), 2);
    const failed = trial.gateway.commands.filter(({ code }) => code === 391);
    assert.equal(failed.length, 1);
  });

  it('heals pooled connections that expire together, unseen by their callers', async () => {
    const exp = now() + 6;
    const { client, calls } = counting((call) => token(people.admin, call === 1 ? { exp } : {}));
    const items = client.db('shop').collection('items');
    const six = Array.from({ length: 6 });
    await client.connect();
    trial.gateway.faults.hang('find');
    const found = Promise.all(six.map(() => items.find().toArray()));
    await eventually(() => assert.equal(count('saslStart'), 6));
    trial.gateway.faults.clear();
    await found;
    assert.equal(calls(), 1);
    const before = count('saslStart');
    await sleep(exp * 1000 + 50 - Date.now());
    await Promise.all(six.map(() => items.find().toArray()));
    const expired = trial.gateway.commands.filter(({ code }) => code === 391).length;
    assert.equal(expired, 6);
    assert.equal(count('saslStart') - before, 6);
    assert.ok(calls() > 1);
  });

  it('refuses a dead cached token on a new connection with 18, which costs one more token', async () => {
    const exp = now() + 4;
    const { client, calls } = counting((call) => token(people.admin, call === 1 ? { exp } : {}));
    const items = client.db('shop').collection('items');
    await items.find().toArray();
    await sleep(exp * 1000 + 50 - Date.now());
    // The connection is cut, so the driver's second try opens another and presents the token it has.
    trial.gateway.faults.drop({ command: 'find' });
    await items.find().toArray();
    assert.equal(calls(), 2);
    const signIns = trial.gateway.commands.filter(({ name }) => name === 'saslStart');
    assert.deepEqual(
      signIns.map(({ code }) => code),
      [undefined, 18, undefined],
    );
  });

  it('tells each fault of a token in its own words', async () => {
    const attempt = (jwt: Promise<string> | string) =>
      failureOf(trial.as(people.admin, {}, async () => jwt).connect());
    const refused = (errmsg: string) => ({ code: 18, errmsg });
    const good = await token(people.admin);
    const [head = '', , signature = ''] = good.split('.');
    const withBody = (body: string): string => `${head}.${body}.${signature}`;
    assert.deepEqual(
      await attempt(token(people.admin, { exp: now() - 60 })),
      refused('The token provided is expired.'),
    );
    const badAudience = refused('The audience claim provided in the token is not valid.');
    assert.deepEqual(
      await attempt(token(people.admin, { aud: 'https://management.azure.com' })),
      badAudience,
    );
    assert.deepEqual(
      await attempt(token(people.admin, { aud: 'https://ossrdbms-aad.database.windows.net/' })),
      badAudience,
    );
    assert.deepEqual(
      await attempt(token(people.admin, { aud: ['https://ossrdbms-aad.database.windows.net'] })),
      refused('Token does not contain audience claim.'),
    );
    assert.deepEqual(
      await attempt(token(people.admin, { oid: undefined })),
      refused('Token does not contain OID.'),
    );
    assert.deepEqual(
      await attempt(token(people.admin, { exp: undefined })),
      refused('Token does not contain expiry time.'),
    );
    assert.deepEqual(
      await attempt(token(people.stranger)),
      refused('External identity is not present in the system.'),
    );
    assert.deepEqual(await attempt('no token at all'), refused('Invalid JWT token format.'));
    assert.deepEqual(await attempt(withBody('*'.repeat(8))), refused('Invalid JWT token encoding.'));
    assert.deepEqual(
      await attempt(withBody(Buffer.from('no json').toString('base64url'))),
      refused('Invalid JWT token payload.'),
    );
  });

  it('refuses a token with a bad signature or from another issuer', async () => {
    const good = await token(people.admin);
    const forged = `${good.slice(0, -8)}AAAAAAAA`;
    const attempt = (jwt: string) => failureOf(trial.as(people.admin, {}, async () => jwt).connect());
    const refused = { code: 18, errmsg: 'The token provided is not valid.' };
    assert.deepEqual(await attempt(forged), refused);
    assert.deepEqual(
      await attempt(await token(people.admin, { iss: 'https://sts.windows.net/other/' })),
      refused,
    );
  });

  it('refuses tokens while Entra is off, whatever else is on', async () => {
    trial.cluster.allowedModes = ['NativeAuth'];
    assert.deepEqual(await failureOf(trial.as(people.admin).connect()), {
      code: 18,
      errmsg: 'The authentication mechanism provided is not supported in the service.',
    });
  });

  it('takes a token without a callback, from a file, trailing newline and all', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'gateway-'));
    const file = join(folder, 'token.jwt');
    const before = process.env['AZURE_FEDERATED_TOKEN_FILE'];
    try {
      await writeFile(file, `${await token(people.admin)}\n`, { mode: 0o600 });
      process.env['AZURE_FEDERATED_TOKEN_FILE'] = file;
      const client = trial.client(
        trial.uri('&authMechanism=MONGODB-OIDC&authMechanismProperties=ENVIRONMENT:k8s'),
      );
      const status = await client.db('admin').command({ connectionStatus: 1 });
      assert.deepEqual(status['authInfo'].authenticatedUsers, [{ user: people.admin, db: 'admin' }]);
    } finally {
      if (before === undefined) delete process.env['AZURE_FEDERATED_TOKEN_FILE'];
      else process.env['AZURE_FEDERATED_TOKEN_FILE'] = before;
      await rm(folder, { recursive: true });
    }
  });

  it('fails as told at the next sign-in, and then no more', async () => {
    trial.gateway.faults.refuseSignIn(13);
    assert.equal(await codeOf(trial.as(people.admin).connect()), 13);
    await trial.as(people.admin).connect();
  });

  it('fails as told at every sign-in until that is over', async () => {
    const { faults } = trial.gateway;
    for (const code of [13, 18, 391]) {
      faults.refuseSignIn(code, 0);
      for (const turn of [1, 2])
        assert.equal(await codeOf(trial.as(people.admin).connect()), code, `${turn}`);
      faults.clear();
    }
    await trial.as(people.admin).connect();
  });

  it('hangs when it is told to, after a hello that is answered', async () => {
    const { faults } = trial.gateway;
    faults.hang('saslStart');
    const client = trial.as(people.admin);
    const connected = client.connect().then(() => 'connected');
    await eventually(() => assert.ok(trial.gateway.commands.some(({ name }) => name === 'isMaster')));
    assert.equal(await Promise.race([connected, sleep(150, 'waiting')]), 'waiting');
    faults.clear();
    assert.equal(await connected, 'connected');
    faults.hang();
    const asked = client.db('shop').collection('items').findOne();
    assert.equal(await Promise.race([asked, sleep(150, 'waiting')]), 'waiting');
    faults.clear();
    assert.equal(await asked, null);
  });

  it('lets in who has half of a pair of roles, and lets them do nothing', async () => {
    for (const role of ['clusterAdmin', 'readWriteAnyDatabase'] as const) {
      trial.gateway.forceRoles(people.admin, [role]);
      const client = trial.as(people.admin);
      const { authInfo } = await client.db('admin').command({ connectionStatus: 1 });
      assert.deepEqual(authInfo.authenticatedUserRoles, [{ role, db: 'admin' }]);
      assert.equal(await codeOf(client.db('shop').collection('items').findOne()), 13);
      trial.gateway.forceRoles();
      assert.equal(await client.db('shop').collection('items').findOne(), null);
    }
  });

  it('cuts who is removed while connected off from the next command', async () => {
    const client = trial.as(people.admin);
    await client.db('shop').collection('items').find().toArray();
    trial.cluster.administrators = new Map();
    assert.equal(await codeOf(client.db('shop').collection('items').find().toArray()), 13);
  });

  it('accepts no connection while the cluster is stopped', async () => {
    const client = trial.as(people.admin);
    await client.db('shop').collection('items').find().toArray();
    trial.cluster.running = false;
    await assert.rejects(client.db('shop').collection('items').find().toArray(), {
      name: /Mongo(ServerSelection|Network)Error/,
    });
    await assert.rejects(trial.as(people.admin, { serverSelectionTimeoutMS: 300 }).connect(), {
      name: 'MongoServerSelectionError',
    });
    trial.cluster.running = true;
    await trial.as(people.admin).connect();
  });
});

describe('the gateway: signing in with a password', () => {
  let trial: Trial;
  beforeEach(async () => {
    trial = await Trial.start();
  });
  afterEach(() => trial.stop());

  function withPassword(username: string, password: string): MongoClient {
    return trial.client(trial.uri(), { auth: { username, password }, authMechanism: 'SCRAM-SHA-256' });
  }

  it('takes the administrator with the right password, and proves itself too', async () => {
    const client = withPassword('clusteradmin', 'Correct,horse=battery 1');
    const status = await client.db('admin').command({ connectionStatus: 1 });
    assert.deepEqual(status['authInfo'].authenticatedUsers, [{ user: 'clusteradmin', db: 'admin' }]);
    const signIns = trial.gateway.commands
      .filter(({ name }) => name.startsWith('sasl'))
      .map(({ name }) => name);
    assert.deepEqual(signIns, ['saslStart', 'saslContinue']);
  });

  it('refuses a wrong password and an unknown user with 18', async () => {
    assert.deepEqual(await failureOf(withPassword('clusteradmin', 'wrong').connect()), {
      code: 18,
      errmsg: 'Invalid key',
    });
    assert.deepEqual(await failureOf(withPassword('nobody', 'wrong').connect()), {
      code: 18,
      errmsg: 'Invalid account: User details not found in the database',
    });
  });

  it('refuses passwords while native sign-in is off', async () => {
    trial.cluster.allowedModes = ['MicrosoftEntraID'];
    assert.equal(await codeOf(withPassword('clusteradmin', 'Correct,horse=battery 1').connect()), 18);
  });

  it('speaks no other mechanism', async () => {
    const client = trial.client(trial.uri(), {
      auth: { username: 'a', password: 'b' },
      authMechanism: 'PLAIN',
    });
    assert.deepEqual(await failureOf(client.connect()), {
      code: 18,
      errmsg: 'Only SCRAM-SHA-256 and MONGODB-OIDC are supported, got: PLAIN',
    });
  });
});

import assert from 'node:assert/strict';
import { Binary, Double, Int32, Long, deserialize, serialize } from 'bson';
import type { Document } from 'bson';
import { RawClient } from './rawClient.ts';
import { Trial, people, token } from './trial.ts';

describe('the gateway: the protocol', () => {
  let trial: Trial;
  let raw: RawClient;
  beforeEach(async () => {
    trial = await Trial.start();
    raw = await RawClient.open(trial.gateway.port);
  });
  afterEach(async () => {
    raw.close();
    await trial.stop();
  });

  async function signIn(client = raw, oid: string = people.admin): Promise<Document> {
    const payload = new Binary(serialize({ jwt: await token(oid) }));
    return client.command({ saslStart: 1, mechanism: 'MONGODB-OIDC', payload, $db: '$external' });
  }

  /** The code in the next answer. */
  async function failure(): Promise<unknown> {
    const answer = await raw.receive();
    assert.ok(answer, 'the connection was cut');
    return deserialize(answer.subarray(21), { promoteValues: false })['code'];
  }

  describe('hello', () => {
    const common = `
      msg maxBsonObjectSize maxMessageSizeBytes maxWriteBatchSize localTime
      logicalSessionTimeoutMinutes minWireVersion maxWireVersion readOnly connectionId
      saslSupportedMechs internal ok
    `
      .trim()
      .split(/\s+/);

    it('answers an old query with an old reply, in the hosted shape', async () => {
      const { header, document } = await raw.query('admin.$cmd', {
        ismaster: 1,
        helloOk: true,
        client: { driver: { name: 'test' } },
        backpressure: '2',
      });
      assert.equal(header.readInt32LE(12), 1, 'OP_REPLY');
      assert.equal(header.readInt32LE(4), 1, "the client's request id in both fields");
      assert.equal(header.readInt32LE(8), 1);
      assert.equal(header.readBigInt64LE(20), 0n, 'no cursor');
      assert.equal(header.readInt32LE(32), 1, 'one document');
      assert.deepEqual(Object.keys(document), ['ismaster', ...common]);
      assert.equal(document['ismaster'], true);
      assert.equal(document['msg'], 'isdbgrid');
      assert.deepEqual(document['maxBsonObjectSize'], new Int32(16_777_216));
      assert.deepEqual(document['maxMessageSizeBytes'], new Int32(48_000_000));
      assert.deepEqual(document['maxWriteBatchSize'], new Int32(25_000));
      assert.ok(document['localTime'] instanceof Long);
      assert.deepEqual(document['minWireVersion'], new Int32(0));
      assert.deepEqual(document['maxWireVersion'], new Int32(25));
      assert.deepEqual(document['saslSupportedMechs'], ['SCRAM-SHA-256', 'MONGODB-OIDC']);
      assert.equal(document['internal'].kind, 'azuredocumentdb');
      assert.deepEqual(document['ok'], new Double(1));
    });

    it('calls the same thing by its new name when asked by it', async () => {
      const hello = await raw.command({ hello: 1, $db: 'admin' });
      assert.deepEqual(Object.keys(hello), ['isWritablePrimary', ...common]);
    });

    it('knows the wire version of each server version', async () => {
      for (const [version, wire] of [
        ['6.0', 17],
        ['7.0', 21],
        ['8.0', 25],
      ] as const) {
        trial.cluster.serverVersion = version;
        assert.deepEqual((await raw.command({ hello: 1, $db: 'admin' }))['maxWireVersion'], new Int32(wire));
      }
    });

    it('lets a client introduce itself once', async () => {
      const client = { driver: { name: 'test', version: '1' } };
      await raw.command({ hello: 1, client, $db: 'admin' });
      assert.deepEqual(await raw.command({ hello: 1, client, $db: 'admin' }), {
        ok: new Double(0),
        code: new Int32(186),
        codeName: 'ClientMetadataCannotBeMutated',
        errmsg: 'Client metadata cannot be mutated',
      });
    });
  });

  describe('the order of checks', () => {
    it('tells a stranger that a command does not exist, before it asks who it is', async () => {
      const answer = await raw.command({ noSuchThing: 1, $db: 'admin' });
      assert.deepEqual(answer, {
        ok: new Double(0),
        code: new Int32(59),
        codeName: 'CommandNotFound',
        errmsg: "Command 'noSuchThing' not found.",
      });
      assert.deepEqual(Object.keys(answer), ['ok', 'code', 'codeName', 'errmsg']);
    });

    it('asks a stranger to sign in, in lower case', async () => {
      assert.deepEqual(await raw.command({ listCollections: 1, $db: 'shop' }), {
        ok: new Double(0),
        code: new Int32(13),
        codeName: 'Unauthorized',
        errmsg: 'Command listcollections is not allowed as the connection is not authenticated yet.',
      });
      const unserved = await raw.command({ serverStatus: 1, $db: 'admin' });
      assert.deepEqual(unserved['code'], new Int32(13));
    });

    it('serves a stranger four commands', async () => {
      for (const name of ['hello', 'isMaster', 'ping', 'buildInfo']) {
        assert.deepEqual((await raw.command({ [name]: 1, $db: 'admin' }))['ok'], new Double(1), name);
      }
    });

    it('tells somebody signed in that a command is known but not served', async () => {
      await signIn();
      assert.deepEqual(await raw.command({ serverStatus: 1, $db: 'admin' }), {
        ok: new Double(0),
        code: new Int32(115),
        codeName: 'CommandNotSupported',
        errmsg: "Command 'serverStatus' not supported.",
      });
    });

    it('answers every command with 391 once the token has run out, ping and hello too', async () => {
      // Long enough to arrive on a slow machine.
      const exp = Math.floor(Date.now() / 1000) + 4;
      const payload = new Binary(serialize({ jwt: await token(people.admin, { exp }) }));
      await raw.command({ saslStart: 1, mechanism: 'MONGODB-OIDC', payload, $db: '$external' });
      await new Promise((resolve) => setTimeout(resolve, exp * 1000 + 50 - Date.now()));
      for (const name of ['find', 'ping', 'hello', 'connectionStatus', 'serverStatus']) {
        assert.deepEqual(
          await raw.command({ [name]: name === 'find' ? 'items' : 1, $db: 'admin' }),
          {
            ok: new Double(0),
            code: new Int32(391),
            codeName: 'ReauthenticationRequired',
            errmsg: 'External identity token has expired.',
          },
          name,
        );
      }
      assert.deepEqual((await raw.command({ noSuchThing: 1, $db: 'admin' }))['code'], new Int32(59));
      assert.deepEqual((await signIn())['ok'], new Double(1));
      assert.deepEqual((await raw.command({ ping: 1, $db: 'admin' }))['ok'], new Double(1));
    });
  });

  describe('signing in', () => {
    it('answers a token in one step', async () => {
      assert.deepEqual(await signIn(), {
        payload: new Binary(Buffer.alloc(0)),
        ok: new Double(1),
        conversationId: new Int32(1),
        done: true,
      });
    });

    it('has no start for a person at a browser', async () => {
      const payload = new Binary(serialize({ n: 'kai@contoso.com' }));
      assert.deepEqual(
        await raw.command({ saslStart: 1, mechanism: 'MONGODB-OIDC', payload, $db: '$external' }),
        {
          ok: new Double(0),
          code: new Int32(18),
          codeName: 'AuthenticationFailed',
          errmsg: 'JWT token missing from OIDC payload',
        },
      );
    });

    it('says so when a payload is not BSON', async () => {
      const payload = new Binary(Buffer.from('not bson'));
      const answer = await raw.command({
        saslStart: 1,
        mechanism: 'MONGODB-OIDC',
        payload,
        $db: '$external',
      });
      assert.deepEqual(answer['code'], new Int32(2));
      assert.match(answer['errmsg'], /^Failed to parse OIDC payload as BSON: /);
    });

    it('does not continue what was not started, nor a token at all', async () => {
      const payload = new Binary(Buffer.from('r=a,p=b,c=c'));
      const unstarted = await raw.command({ saslContinue: 1, payload, $db: 'admin' });
      assert.deepEqual(
        [unstarted['code'], unstarted['errmsg']],
        [new Int32(18), 'SaslContinue called without SaslStart state.'],
      );
      const first = new Binary(Buffer.from('n,,n=clusteradmin,r=abcdef'));
      await raw.command({ saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: first, $db: 'admin' });
      const token = await raw.command({ saslContinue: 1, mechanism: 'MONGODB-OIDC', payload, $db: 'admin' });
      assert.deepEqual(
        [token['code'], token['errmsg']],
        [new Int32(18), 'Auth mechanism MONGODB-OIDC is not supported in SaslContinue'],
      );
      const wrongNonce = await raw.command({ saslContinue: 1, payload, $db: 'admin' });
      assert.deepEqual(wrongNonce['errmsg'], 'Nonce did not match expected nonce.');
    });

    it('sends a salt of 28 bytes, 4096 iterations, and two characters of its own after the nonce', async () => {
      const payload = new Binary(Buffer.from('n,,n=clusteradmin,r=abcdef'));
      const answer = await raw.command({ saslStart: 1, mechanism: 'SCRAM-SHA-256', payload, $db: 'admin' });
      assert.equal(answer['done'], false);
      const [nonce = '', salt = '', iterations] = Buffer.from(answer['payload'].buffer).toString().split(',');
      assert.match(nonce, /^r=abcdef[!-+\--~]{2}$/);
      assert.equal(Buffer.from(salt.slice(2), 'base64').length, 28);
      assert.equal(iterations, 'i=4096');
    });

    it('stumbles over a second token while the first is good, as the service does', async () => {
      await signIn();
      assert.deepEqual((await signIn())['code'], new Int32(1));
    });

    it('forgets everything at logout', async () => {
      await signIn();
      assert.deepEqual(await raw.command({ logout: 1, $db: 'admin' }), { ok: new Double(1) });
      assert.deepEqual((await raw.command({ find: 'items', $db: 'shop' }))['code'], new Int32(13));
      assert.deepEqual((await signIn())['ok'], new Double(1));
    });
  });

  describe('messages', () => {
    it('merges document sequences into the command', async () => {
      await signIn();
      const documents = [{ _id: 1 }, { _id: 2 }].map((document) => serialize(document));
      const section = Buffer.concat([Buffer.alloc(4), Buffer.from('documents\0'), ...documents]);
      section.writeInt32LE(section.length, 0);
      const body = Buffer.concat([
        Buffer.alloc(4),
        Buffer.from([1]),
        section,
        Buffer.from([0]),
        serialize({ insert: 'items', $db: 'shop' }),
      ]);
      raw.socket.write(raw.message(2013, body));
      await raw.receive();
      const found = await raw.command({ count: 'items', $db: 'shop' });
      assert.deepEqual(found['n'], new Int32(2));
    });

    it('does not answer what wants no answer', async () => {
      await signIn();
      raw.socket.write(raw.body({ insert: 'items', documents: [{ _id: 1 }], $db: 'shop' }, 2));
      assert.deepEqual((await raw.command({ count: 'items', $db: 'shop' }))['n'], new Int32(1));
    });

    it('takes the old insert message', async () => {
      await signIn();
      const payload = Buffer.concat([Buffer.alloc(4), Buffer.from('shop.items\0'), serialize({ _id: 7 })]);
      raw.socket.write(raw.message(2002, payload));
      assert.deepEqual((await raw.command({ count: 'items', $db: 'shop' }))['n'], new Int32(1));
    });

    it('reads a message that arrives byte by byte, and two that arrive at once', async () => {
      const message = raw.body({ ping: 1, $db: 'admin' });
      for (const byte of message) {
        raw.socket.write(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
      assert.ok(await raw.receive());
      raw.socket.write(
        Buffer.concat([raw.body({ ping: 1, $db: 'admin' }), raw.body({ ping: 1, $db: 'admin' })]),
      );
      assert.ok(await raw.receive());
      assert.ok(await raw.receive());
    });

    it('demands types where the service does', async () => {
      await signIn();
      const wrong = async (fields: Document): Promise<Document> => {
        const answer = await raw.command({ ping: 1, $db: 'admin', ...fields });
        return answer['code'];
      };
      assert.deepEqual(await wrong({ $db: 7 }), new Int32(2));
      assert.deepEqual(await wrong({ maxTimeMS: 'soon' }), new Int32(14));
      assert.deepEqual(await wrong({ lsid: { id: 'text' } }), new Int32(2));
    });

    it('takes 250,000 bytes from a stranger and far more from somebody signed in', async () => {
      const padded = (size: number): Document => ({ ping: 1, $db: 'admin', comment: 'x'.repeat(size) });
      assert.deepEqual((await raw.command(padded(240_000)))['ok'], new Double(1));
      await signIn();
      assert.deepEqual((await raw.command(padded(2_000_000)))['ok'], new Double(1));
      const stranger = await RawClient.open(trial.gateway.port);
      stranger.socket.write(stranger.body(padded(250_000)));
      await stranger.end();
      assert.ok(stranger.closed);
    });

    it('answers a message whose document is broken, and goes on', async () => {
      const broken = raw.body({ ping: 1, text: 'abc', $db: 'admin' });
      // The length of the string now reaches past the end of the document.
      broken.writeInt32LE(60_000, broken.indexOf('text') + 5);
      raw.socket.write(broken);
      assert.deepEqual(await failure(), new Int32(1));
      assert.deepEqual((await raw.command({ ping: 1, $db: 'admin' }))['ok'], new Double(1));
    });
  });
});

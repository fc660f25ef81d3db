import assert from 'node:assert/strict';
import { Binary, Double, Int32, deserialize, serialize } from 'bson';
import { RawClient } from './rawClient.ts';
import { Trial, people, token } from './trial.ts';

describe('the gateway: what is no message', () => {
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

  async function signIn(client: RawClient): Promise<void> {
    const payload = new Binary(serialize({ jwt: await token(people.admin) }));
    await client.command({ saslStart: 1, mechanism: 'MONGODB-OIDC', payload, $db: '$external' });
  }

  /** The code in the next answer. */
  async function failure(): Promise<unknown> {
    const answer = await raw.receive();
    assert.ok(answer, 'the connection was cut');
    return deserialize(answer.subarray(21), { promoteValues: false })['code'];
  }

  const header = (length: number, opCode: number): Buffer => {
    const bytes = Buffer.alloc(16);
    bytes.writeInt32LE(length, 0);
    bytes.writeInt32LE(opCode, 12);
    return bytes;
  };
  const nested = (): Buffer => {
    // Documents within documents, deeper than any stack.
    const depth = 30_000;
    const head = Buffer.alloc(depth * 7);
    const total = depth * 8 + 5;
    for (let level = 0; level < depth; level++) {
      head.writeInt32LE(total - level * 8, level * 7);
      head.write('\x03a\0', level * 7 + 4, 'latin1');
    }
    const inner = Buffer.from([5, 0, 0, 0, 0]);
    return Buffer.concat([head, inner, Buffer.alloc(depth)]);
  };
  const framed = (opCode: number, ...payload: readonly (readonly number[] | string)[]): Buffer => {
    const parts = payload.map((part) =>
      typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part),
    );
    const body = Buffer.concat(parts);
    return Buffer.concat([header(16 + body.length, opCode), body]);
  };
  const flags = [0, 0, 0, 0];
  const empty = [5, 0, 0, 0, 0];
  const cases: Readonly<Record<string, Buffer>> = {
    'a negative length': header(-1, 2013),
    'a length shorter than a header': header(8, 2013),
    'a length beyond every limit': header(2_000_000_000, 2013),
    'an unknown operation': framed(2012),
    'a body that is missing': framed(2013),
    'unknown flags': framed(2013, [4, 0, 0, 0], [0], empty),
    'an unknown section': framed(2013, flags, [7], empty),
    'a section longer than its message': framed(2013, flags, [0], [99, 0, 0, 0, 0]),
    'a section without an end': framed(2013, flags, [0]),
    'two bodies': framed(2013, flags, [0], empty, [0], empty),
    'a sequence without a name': framed(2013, flags, [1], [6, 0, 0, 0, 65, 65]),
    'an old query of a collection': framed(2004, flags, 'shop.items\0', flags, flags, empty),
    'an old query without a document': framed(2004, flags, 'admin.$cmd\0', flags, flags),
    'an old query without an end to its name': framed(2004, flags, 'admin.$cmd'),
    'a hello by another protocol': Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'),
  };

  for (const [name, bytes] of Object.entries(cases)) {
    it(`ends the connection over ${name}, and serves the next one`, async () => {
      raw.socket.write(bytes);
      await raw.end();
      const next = await RawClient.open(trial.gateway.port);
      assert.deepEqual((await next.command({ ping: 1, $db: 'admin' }))['ok'], new Double(1));
      next.close();
    });
  }

  it('is not brought down by documents nested without end', async () => {
    raw.socket.write(raw.message(2013, Buffer.concat([Buffer.alloc(5), nested()])));
    assert.deepEqual(await failure(), new Int32(1));
    assert.deepEqual((await raw.command({ ping: 1, $db: 'admin' }))['ok'], new Double(1));
  });

  it('survives random bytes after a good header', async () => {
    for (let round = 0; round < 40; round++) {
      const client = await RawClient.open(trial.gateway.port);
      const noise = Buffer.from(Array.from({ length: 60 }, (_, index) => (index * 31 + round * 17) & 0xff));
      client.socket.write(client.message(round % 2 === 0 ? 2013 : 2004, noise));
      client.socket.end();
      await client.end();
    }
    assert.deepEqual((await raw.command({ ping: 1, $db: 'admin' }))['ok'], new Double(1));
  });

  it('keeps nothing of connections that are gone', async () => {
    const clients = await Promise.all(Array.from({ length: 30 }, () => RawClient.open(trial.gateway.port)));
    await Promise.all(clients.map((client) => signIn(client)));
    for (const client of clients) client.close();
    // Closing waits for every socket, so it would hang if one were left.
    await trial.gateway.close();
    trial = await Trial.start();
  });
});

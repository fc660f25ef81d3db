import assert from 'node:assert/strict';
import { connect as connectPlain } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { startLocalAzure, type LocalAzure } from './azure.ts';
import { tell } from './client.ts';
import type { Doorway, DoorwayFaults } from './doorway.ts';

describe('The doorway of a cluster', () => {
  let azure: LocalAzure;
  let doorway: Doorway;
  before(async () => {
    azure = await startLocalAzure({ gateways: true });
    doorway = azure.doorways.get('orders-eu') ?? assert.fail();
  });
  after(() => azure.close());
  afterEach(() => doorway.recover());

  /** How long something else than silence may take, and how long silence has to last. */
  const [patience, moment] = [15_000, 500];

  /** What becomes of a connection in the clear: its end, or the lack of one. */
  const plain = (port = doorway.port) =>
    new Promise<string>((resolve) => {
      const socket = connectPlain(port, '127.0.0.1');
      const end = (what: string) => {
        socket.destroy();
        resolve(what);
      };
      socket.on('error', ({ code }: NodeJS.ErrnoException) => end(code ?? 'error'));
      socket.on('data', (data) => end(`said ${data.length}`));
      socket.on('close', () => end('closed'));
      socket.write('hello');
      socket.on('connect', () => void sleep(patience, undefined, { ref: false }).then(() => end('silence')));
    });

  /** What becomes of a handshake. */
  const secure = (servername = 'orders-eu.mongocluster.azure.test', waits = patience) =>
    new Promise<string>((resolve) => {
      const { port } = doorway;
      const ca = azure.certificateAuthority;
      const socket = connect({ host: '127.0.0.1', port, servername, ca });
      const end = (what: string) => {
        socket.destroy();
        resolve(what);
      };
      socket.on('error', ({ code }: NodeJS.ErrnoException) => end(code ?? 'error'));
      socket.on('close', () => end('closed'));
      socket.on('secureConnect', () => end('fine'));
      void sleep(waits, undefined, { ref: false }).then(() => end('silence'));
    });

  it('is open, with a certificate for the name, unless told otherwise', async () => {
    assert.deepEqual([await plain(), await secure()], ['closed', 'fine']);
    assert.equal(await secure('orders-eu.azure.test'), 'ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('refuses connections, swallows them or cuts them', async () => {
    await doorway.fail({ tcp: 'refused' });
    assert.equal(await plain(), 'ECONNREFUSED');
    await doorway.fail({ tcp: 'silent' });
    assert.equal(await secure(undefined, moment), 'silence');
    await doorway.fail({ tcp: 'cut' });
    assert.match(await secure(), /ECONNRESET|closed/);
    assert.equal(await plain(azure.gateways.get('carts-eu')?.port), 'closed', 'others want TLS');
    await doorway.recover();
    assert.equal(await secure(), 'fine');
  });

  it('puts out who is inside', async () => {
    const socket = connectPlain(doorway.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    await doorway.fail({ tcp: 'refused' });
    await closed;
  });

  it('shows a certificate that is wrong, or never ends its handshake', async () => {
    const wanted: readonly [DoorwayFaults['tls'], string][] = [
      ['expired', 'CERT_HAS_EXPIRED'],
      ['notYetValid', 'CERT_NOT_YET_VALID'],
      ['otherName', 'ERR_TLS_CERT_ALTNAME_INVALID'],
      ['untrusted', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
      ['unfinished', 'silence'],
      [undefined, 'fine'],
    ];
    for (const [tls, outcome] of wanted) {
      await doorway.fail({ tls });
      assert.equal(await secure(undefined, outcome === 'silence' ? moment : patience), outcome, tls);
      // Unlike a port that says nothing at all, it has begun.
      if (tls === 'unfinished') assert.equal(await plain(), 'said 6');
    }
  });

  it('is told from outside, and forgets it when all begins again', async () => {
    assert.equal(await tell(azure, 'doorway', { cluster: 'Orders-EU', tls: 'expired' }), 204);
    assert.equal(await secure(), 'CERT_HAS_EXPIRED');
    assert.equal(await tell(azure, 'doorway', { cluster: 'orders-eu' }), 204);
    assert.equal(await secure(), 'fine');
    await tell(azure, 'doorway', { cluster: 'orders-eu', tcp: 'refused' });
    await tell(azure, 'reset');
    assert.equal(await secure(), 'fine');
    for (const wrong of [
      {},
      { cluster: 'nowhere' },
      { cluster: 'orders-eu', tcp: 'slow' },
      { cluster: 'orders-eu', tls: 1 },
    ])
      assert.equal(await tell(azure, 'doorway', wrong), 400, JSON.stringify(wrong));
  });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createServer as createTlsServer, getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { createAuthority } from '../local-azure/authority.ts';
import { leftOpen } from './sessionStage.ts';

/** A server on loopback with a certificate that is believed: who is still connected. */
export async function startHostile(
  certificateNames: readonly string[],
  converse: (socket: TLSSocket) => void,
  greeting?: 'askedForTls',
) {
  const authority = await createAuthority();
  setDefaultCACertificates([...getCACertificates('default'), authority.certificate]);
  const secure = createTlsServer(await authority.issue(certificateNames), (socket) => {
    socket.on('error', () => socket.destroy());
    converse(socket);
    // One that reads nothing does not notice that the other side hung up.
    socket.resume();
  });
  secure.on('tlsClientError', () => undefined);
  const open = new Set<Socket>();
  let all = 0;
  const server = createServer((socket) => {
    all++;
    open.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => open.delete(socket));
    const begin = (): void => void secure.emit('connection', socket);
    if (greeting === undefined) begin();
    else
      socket.once('data', () => {
        socket.write('S');
        begin();
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  leftOpen.push(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return {
    port: (server.address() as AddressInfo).port,
    /** How many came. */
    get all() {
      return all;
    },
    get open() {
      return open.size;
    },
  };
}

/** Fails a test in which something was thrown that nobody caught: it would end whoever hosts this. */
export function nothingUncaught(): void {
  const uncaught: unknown[] = [];
  const note = (error: unknown): void => void uncaught.push(error);
  let others: NodeJS.UncaughtExceptionListener[] = [];
  beforeEach(() => {
    others = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', note);
    uncaught.splice(0);
  });
  afterEach(() => {
    process.off('uncaughtException', note);
    for (const one of others) process.on('uncaughtException', one);
    assert.deepEqual(uncaught, []);
  });
}

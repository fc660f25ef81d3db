import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { createServer, getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { Resolver } from '../../src/core/sessions/hosts.ts';
import { createAuthority } from '../local-azure/authority.ts';
import { FrameReader, parseMessage, replyFrame } from '../local-azure/gateway/frame.ts';
import { helloReply } from '../local-azure/gateway/hello.ts';
import { leftOpen, member } from './sessionStage.ts';

/** A server of somebody else's on loopback, in the place of a cluster's: who came, and what they said first. */
export async function startStranger(
  certificateNames: readonly string[],
  options: {
    readonly trusted: boolean;
    readonly hello?: Readonly<Record<string, string | string[]>>;
    /** The command that it hears and never answers. */
    readonly silentAt?: string;
  },
) {
  const authority = await createAuthority();
  if (options.trusted) setDefaultCACertificates([...getCACertificates('default'), authority.certificate]);
  let connections = 0;
  const heard: string[] = [];
  const open = new Set<Socket>();
  const server = createServer({ ...(await authority.issue(certificateNames)) }, (socket) => {
    const frames = new FrameReader();
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      frames.push(chunk);
      for (let frame = frames.next(1_000_000); frame; frame = frames.next(1_000_000)) {
        const { envelope, body } = parseMessage(frame);
        const command = body.keys().next().value ?? '';
        heard.push(command);
        if (command === options.silentAt) continue;
        socket.write(replyFrame(envelope, { ...helloReply('ismaster', '8.0', 1), ...options.hello }));
      }
    });
  });
  server.on('connection', (socket: Socket) => {
    connections++;
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  leftOpen.push(() => server.close());
  return {
    port: (server.address() as AddressInfo).port,
    heard,
    authority: authority.certificate,
    /** Of those connections the ones that have not ended. */
    open,
    get connections() {
      return connections;
    },
  };
}

/** Names lead to this port of this machine. */
export function leadTo(port: number, at = member): Partial<Resolver> {
  return {
    members: async () => [{ host: at, port }],
    addresses: async () => [{ address: '127.0.0.1', family: 4 }],
  };
}

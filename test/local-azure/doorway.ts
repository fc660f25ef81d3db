import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { createAuthority, type Authority, type Credentials } from './authority.ts';
import { isObject } from './json.ts';

/**
 * `silent` takes a connection and never says a byte: as near as loopback comes to a firewall that swallows what is
 * sent, where not even the connection would be made.
 */
export type TcpFault = 'refused' | 'silent' | 'cut';

/** `unfinished` is a handshake that begins and never ends. */
export type TlsFault = CertificateFault | 'unfinished';

type CertificateFault = 'expired' | 'notYetValid' | 'otherName' | 'untrusted';

export interface DoorwayFaults {
  readonly tcp?: TcpFault | undefined;
  readonly tls?: TlsFault | undefined;
}

/** A listener on loopback, and what goes wrong before anything is said in its service's own language. */
export interface Doorway {
  readonly port: number;
  /** What is wrong from now on, instead of what was before; whoever was inside is put out. */
  fail(faults: DoorwayFaults): Promise<void>;
  recover(): Promise<void>;
  close(): Promise<void>;
}

export interface DoorwayOptions {
  readonly host?: string;
  readonly port?: number | undefined;
  readonly tls?: DoorwayTls | undefined;
  /** What becomes of a connection if nothing was asked to fail. */
  readonly admit?: () => 'open' | 'silent' | 'cut';
  /** `secure` begins TLS on the socket; whoever has it from there is the server of `tls`. */
  readonly welcome: (socket: Socket, secure: () => void) => void;
}

export interface DoorwayTls {
  readonly server: {
    emit(event: 'connection', socket: Socket): boolean;
    setSecureContext(options: SecureContextOptions): void;
  };
  readonly credentials: Credentials;
  /** The names in its certificate, and who signs it: for those that are to be wrong. */
  readonly authority?: Authority | undefined;
  readonly names?: readonly string[] | undefined;
}

const hour = 3_600_000;

/** The beginning of a server's first record: a header that promises more than ever comes. */
const unfinished = Buffer.from([0x16, 0x03, 0x03, 0x00, 0x7a, 0x02]);

export async function startDoorway(options: DoorwayOptions): Promise<Doorway> {
  const { host = '127.0.0.1', tls, admit = () => 'open' } = options;
  let faults: DoorwayFaults = {};
  const sockets = new Set<Socket>();
  const secure = (socket: Socket) => {
    if (faults.tls === 'unfinished') socket.once('data', () => socket.write(unfinished));
    else tls?.server.emit('connection', socket);
  };
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    // A peer that resets the connection during the handshake is no concern of ours.
    socket.on('error', () => socket.destroy());
    switch (faults.tcp ?? admit()) {
      case 'silent':
        // What is sent is read, or the socket would not notice that the other side hung up.
        socket.resume();
        return;
      case 'open':
        options.welcome(socket, () => secure(socket));
        return;
      case 'refused':
      case 'cut':
        socket.destroy();
    }
  });

  const open = async (port: number) => {
    server.listen(port, host);
    await once(server, 'listening');
  };
  const putOut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const shut = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    putOut();
    await closed;
  };
  await open(options.port ?? 0);
  const { port } = server.address() as AddressInfo;

  const fail = async (wanted: DoorwayFaults) => {
    if (tls && faults.tls !== wanted.tls) tls.server.setSecureContext(await credentialsFor(tls, wanted.tls));
    faults = wanted;
    putOut();
    if (wanted.tcp === 'refused') await shut();
    else if (!server.listening) await open(port);
  };
  return {
    port,
    fail,
    async recover() {
      if (faults.tcp !== undefined || faults.tls !== undefined) await fail({});
    },
    close: shut,
  };
}

async function credentialsFor(
  { credentials, authority, names = [] }: DoorwayTls,
  fault: TlsFault | undefined,
): Promise<Credentials> {
  if (fault === undefined || fault === 'unfinished') return credentials;
  if (!authority) throw new Error(`no certificate can be ${fault} without an authority`);
  const now = Date.now();
  switch (fault) {
    case 'expired':
      return authority.issue(names, {
        notBefore: new Date(now - 24 * hour),
        notAfter: new Date(now - hour),
      });
    case 'notYetValid':
      return authority.issue(names, {
        notBefore: new Date(now + hour),
        notAfter: new Date(now + 24 * hour),
      });
    case 'otherName':
      return authority.issue(['elsewhere.azure.test']);
    case 'untrusted':
      return (await createAuthority()).issue(names);
  }
}

const tcpFaults: readonly unknown[] = ['refused', 'silent', 'cut'] satisfies readonly TcpFault[];
const tlsFaults: readonly unknown[] = [
  'expired',
  'notYetValid',
  'otherName',
  'untrusted',
  'unfinished',
] satisfies readonly TlsFault[];

/** Reads faults that came from outside; answers what is wrong with them as text. */
export function readDoorwayFaults(value: unknown): DoorwayFaults | string {
  if (!isObject(value)) return 'the faults are an object';
  const { tcp, tls } = value;
  if (tcp !== undefined && !tcpFaults.includes(tcp)) return `tcp is one of ${tcpFaults.join(', ')}`;
  if (tls !== undefined && !tlsFaults.includes(tls)) return `tls is one of ${tlsFaults.join(', ')}`;
  return { tcp: tcp as TcpFault | undefined, tls: tls as TlsFault | undefined };
}

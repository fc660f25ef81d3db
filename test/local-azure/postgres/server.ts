import type { Socket } from 'node:net';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { Authority, Credentials } from '../authority.ts';
import { startDoorway, type Doorway } from '../doorway.ts';
import {
  askPassword,
  errorMessage,
  GSS_REQUEST,
  MessageReader,
  oneValue,
  readStartup,
  readText,
  ready,
  SSL_REQUEST,
  VERSION_3,
  welcome,
  type Message,
} from './message.ts';

/** What the server asks Azure about its cluster; read afresh at every connection. */
export interface PostgresCluster {
  readonly running: boolean;
  readonly firewalled: boolean;
  readonly version: string;
  readonly databases: readonly string[];
  readonly takesTokens: boolean;
  readonly takesPasswords: boolean;
  /** By their names, which are case-sensitive: whose they are, or that a password is theirs. */
  readonly roles: ReadonlyMap<string, RoleOwner | 'native'>;
}

export interface RoleOwner {
  readonly objectId: string;
  readonly tenantId: string;
}

/** `hang` says nothing from there on. */
export type PostgresFault =
  | { readonly kind: 'refuse'; readonly code: string; readonly message?: string }
  | { readonly kind: 'hang'; readonly at: 'signIn' | 'query' };

/** A sign-in that was tried. Never what was given as password: it may be a token. */
export interface SignInRecord {
  readonly user: string;
  readonly database: string;
  /** The SQLSTATE of its refusal. */
  readonly code: string | undefined;
}

export interface PostgresServer {
  readonly host: string;
  readonly port: number;
  readonly doorway: Doorway;
  readonly signIns: readonly SignInRecord[];
  /** What becomes of every sign-in or question from now on; nothing ends it. */
  fail(fault?: PostgresFault): void;
  close(): Promise<void>;
}

export interface PostgresServerOptions {
  readonly cluster: PostgresCluster;
  /** Whether a token of the right audience is good, and whose it is. */
  readonly ownerOf: (token: string) => Promise<RoleOwner | undefined>;
  readonly tls: Credentials;
  readonly authority: Authority;
  readonly names: readonly string[];
  /** A loopback address. */
  readonly host: string;
  readonly port: number;
}

interface Refusal {
  readonly code: string;
  readonly message: string;
}

/** A PostgreSQL server that lets people in as Azure's does, and knows very little once they are. */
export async function startPostgresServer(options: PostgresServerOptions): Promise<PostgresServer> {
  const { cluster, ownerOf, tls, authority, names, host, port } = options;
  if (!host.startsWith('127.')) throw new RangeError(`A local server does not listen on ${host}.`);
  const signIns: SignInRecord[] = [];
  let fault: PostgresFault | undefined;
  let lastId = 0;

  const secured = createTlsServer({ ...tls, minVersion: 'TLSv1.2' }, (socket) => void converse(socket));
  const doorway = await startDoorway({
    host,
    port,
    tls: { server: secured, credentials: tls, authority, names },
    admit() {
      if (!cluster.running) return 'cut';
      return cluster.firewalled ? 'silent' : 'open';
    },
    welcome: greet,
  });

  /** Until TLS is spoken there is one thing to say, which is to ask for it. */
  function greet(socket: Socket, secure: () => void): void {
    socket.once('data', (chunk: Buffer) => {
      const code = chunk.length >= 8 ? chunk.readInt32BE(4) : 0;
      switch (code) {
        case SSL_REQUEST:
          socket.write('S');
          secure();
          return;
        case GSS_REQUEST:
          socket.write('N');
          greet(socket, secure);
          return;
        case VERSION_3: {
          const { user, database } = whoIn(chunk.subarray(4));
          const said = `no pg_hba.conf entry for host "${socket.remoteAddress}", user "${user}", database "${database}", no encryption`;
          signIns.push({ user, database, code: '28000' });
          socket.end(errorMessage('FATAL', '28000', said));
          return;
        }
        default:
          socket.destroy();
      }
    });
  }

  async function converse(socket: TLSSocket): Promise<void> {
    socket.on('error', () => socket.destroy());
    const messages = messagesOf(socket);
    try {
      const first = (await messages.next()).value;
      if (first?.body.readInt32BE(0) !== VERSION_3) return;
      const { user, database } = whoIn(first.body);
      if (fault?.kind === 'hang' && fault.at === 'signIn') return await forever(messages);
      socket.write(askPassword);
      const answer = (await messages.next()).value;
      if (answer?.type !== 'p') return;
      const refused = await refusalOf(user, database, readText(answer.body));
      signIns.push({ user, database, code: refused?.code });
      if (refused) {
        socket.end(errorMessage('FATAL', refused.code, refused.message));
        return;
      }
      socket.write(welcome(cluster.version, (lastId += 1)));
      for await (const message of messages) {
        if (message.type === 'X') return;
        if (fault?.kind === 'hang') return await forever(messages);
        const reply = answerTo(message, user, database);
        if (reply) socket.write(reply);
      }
    } catch {
      // A peer that breaks off, or speaks something else: the end of this socket and of nothing besides.
    } finally {
      socket.destroySoon();
    }
  }

  async function refusalOf(user: string, database: string, password: string): Promise<Refusal | undefined> {
    if (fault?.kind === 'refuse')
      return { code: fault.code, message: fault.message ?? 'Forced to refuse this sign-in.' };
    const failed = { code: '28P01', message: `password authentication failed for user "${user}"` };
    const role = cluster.roles.get(user);
    // That there is no such role is not told.
    if (role === undefined) return failed;
    const isOff = role === 'native' ? !cluster.takesPasswords : !cluster.takesTokens;
    if (isOff)
      return { code: '28000', message: `no pg_hba.conf entry for user "${user}", database "${database}"` };
    // Nobody here knows a password.
    if (role === 'native') return failed;
    const owner = await ownerOf(password);
    if (owner?.objectId !== role.objectId || owner.tenantId !== role.tenantId) return failed;
    if (cluster.databases.includes(database)) return undefined;
    return { code: '3D000', message: `database "${database}" does not exist` };
  }

  function answerTo({ type, body }: Message, user: string, database: string): Buffer | undefined {
    switch (type) {
      case 'Q':
        return valueOf(readText(body), user, database);
      case 'S':
        return ready;
      // One refusal for a whole statement, at its first part.
      case 'P':
        return errorMessage('ERROR', '0A000', 'only simple queries are served here');
      default:
        return undefined;
    }
  }

  function valueOf(query: string, user: string, database: string): Buffer {
    const asked = query.trim().replace(/;$/, '').trim().toLowerCase();
    const number = /^select (-?\d{1,9})$/.exec(asked)?.[1];
    if (number !== undefined) return oneValue('?column?', number);
    const known: Readonly<Record<string, readonly [string, string]>> = {
      'select current_user': ['current_user', user],
      'select current_database()': ['current_database', database],
      'select version()': ['version', `PostgreSQL ${cluster.version}`],
      'show server_version': ['server_version', cluster.version],
    };
    const found = known[asked];
    if (found) return oneValue(...found);
    return Buffer.concat([errorMessage('ERROR', '0A000', 'this query is not served here'), ready]);
  }

  return {
    host,
    port: doorway.port,
    doorway,
    signIns,
    fail(wanted) {
      fault = wanted;
    },
    close: () => doorway.close(),
  };
}

function whoIn(startup: Buffer): { readonly user: string; readonly database: string } {
  const said = readStartup(startup);
  const user = said.get('user') ?? '';
  // Who names no database means one that is called as they are.
  return { user, database: said.get('database') ?? user };
}

async function* messagesOf(socket: TLSSocket): AsyncGenerator<Message, undefined> {
  const reader = new MessageReader();
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    reader.push(chunk);
    for (let message = reader.next(); message; message = reader.next()) yield message;
  }
  return undefined;
}

/** Reads on, and says nothing until the other side has had enough. */
async function forever(messages: AsyncGenerator<Message, undefined>): Promise<void> {
  while ((await messages.next()).done !== true);
}

import type { Socket } from 'node:net';
import { Failure, withoutSecrets } from '../failure.ts';
import type { Member } from '../sessions/hosts.ts';
import { secured } from './wire.ts';
import type { Manner } from './wire.ts';

/** Who signs in, and to what. */
export interface Arrival {
  readonly user: string;
  readonly database: string;
  /** Asked for when the server wants it, and kept by nobody. */
  readonly token: () => Promise<string>;
}

/** A server's own word for what it does not like: five letters and digits, and a sentence without secrets. */
export class PostgresRefusal extends Error {
  readonly serverCode: string;

  constructor(serverCode: string, message: string) {
    super(withoutSecrets(message));
    this.serverCode = serverCode;
  }
}

/**
 * Signs in with a token in the place of a password, asks who that is, and leaves. The one way to sign in that Entra
 * has, and no message that is longer than it may be: whoever answers is not believed to speak as agreed.
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export async function signInTo(member: Member, manner: Manner, arrival: Arrival): Promise<string> {
  return secured(member, manner, async (socket) => {
    const messages = messagesOf(socket);
    const { user, database, token } = arrival;
    const said = { user, database, application_name: 'cosmos-entra', client_encoding: 'UTF8' };
    const startup = Object.entries(said).flatMap((pair) => pair.map(text));
    socket.write(message('', int32(196_608), ...startup, Buffer.alloc(1)));
    let row = '';
    let isIn = false;
    for (;;) {
      const { value, done } = await messages.next();
      if (done === true) throw unreadable(member);
      const { type, body } = value;
      if (type === 'E') throw refusalOf(body);
      if (type === 'R') {
        const way = body.length < 4 ? -1 : body.readInt32BE();
        if (way === 3 && !isIn) socket.write(message('p', text(await token())));
        else if (way !== 0) throw unreadable(member);
      } else if (type === 'Z') {
        if (isIn) break;
        isIn = true;
        socket.write(message('Q', text('SELECT current_user')));
      } else if (type === 'D' && body.length >= 6) row = body.toString('utf8', 6);
    }
    await new Promise((resolve) => socket.write(message('X'), resolve));
    return row;
  });
}

interface Message {
  readonly type: string;
  readonly body: Buffer;
}

/** Nothing that is said to somebody who signs in is longer. */
const longest = 100_000;
/** And so much altogether is listened to. */
const most = 1_000_000;

async function* messagesOf(socket: Socket): AsyncGenerator<Message, void> {
  let bytes = Buffer.alloc(0);
  let all = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    all += chunk.length;
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 5) {
      const length = bytes.readUInt32BE(1);
      if (length < 4 || length > longest || all > most) return;
      if (bytes.length < length + 1) break;
      yield { type: bytes.toString('latin1', 0, 1), body: bytes.subarray(5, length + 1) };
      bytes = bytes.subarray(length + 1);
    }
  }
}

function refusalOf(body: Buffer): PostgresRefusal {
  const fields = new Map(
    body
      .toString('utf8')
      .split('\0')
      .map((field) => [field.charAt(0), field.slice(1)]),
  );
  const code = fields.get('C') ?? '';
  return new PostgresRefusal(/^[\dA-Z]{5}$/.test(code) ? code : 'XX000', fields.get('M') ?? '');
}

function unreadable({ host }: Member): Failure {
  return new Failure({ code: 'databaseUnreachable', host, detail: 'EPROTO', cause: 'cut' });
}

function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type, 'latin1'), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** A text ends at its zero: what has one itself would go on as something else. */
function text(value: string): Buffer {
  return Buffer.from(`${value.replaceAll('\0', '')}\0`);
}

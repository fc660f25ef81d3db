/** Servers that are believed to be a cluster's, and do not speak as agreed. */
import assert from 'node:assert/strict';
import type { TLSSocket } from 'node:tls';
import { inspect } from 'node:util';
import { deflateSync } from 'node:zlib';
import { Binary, deserialize } from 'bson';
import type { Encodable } from '../local-azure/gateway/bson/encode.ts';
import { FrameReader, MAX_MESSAGE, parseMessage, replyFrame } from '../local-azure/gateway/frame.ts';
import type { Request } from '../local-azure/gateway/frame.ts';
import { helloReply } from '../local-azure/gateway/hello.ts';
import { examine, told } from './doctorStage.ts';
import { nothingUncaught, startHostile } from './hostile.ts';
import { holdsNoToken, member, onSessions } from './sessionStage.ts';
import { until } from './stage.ts';

type Reply = { readonly [key: string]: Encodable };
/** What is said in the place of an answer; undefined: nothing. */
type Answer = (request: Request, socket: TLSSocket) => Reply | Buffer | undefined;

const head = (length: number, kind = 2013, to = 0): Buffer => {
  const bytes = Buffer.alloc(16);
  bytes.writeInt32LE(length, 0);
  bytes.writeInt32LE(to, 8);
  bytes.writeInt32LE(kind, 12);
  return bytes;
};

/** Whatever it is, as the document of an answer. */
const holding = (...bytes: readonly number[]): Answer => holdingAll(Buffer.from(bytes));
const holdingAll =
  (bytes: Buffer): Answer =>
  ({ envelope }) =>
    Buffer.concat([head(21 + bytes.length, 2013, envelope.requestId), Buffer.alloc(5), bytes]);

/** Documents in documents, all but the innermost with lengths that are right. */
function nested(depth: number): Buffer {
  const before = Buffer.alloc(depth * 7);
  const all = depth * 8 + 5;
  for (let level = 0; level < depth; level++) {
    before.writeInt32LE(all - level * 8, level * 7);
    before.write('\x03a\0', level * 7 + 4, 'latin1');
  }
  return Buffer.concat([before, Buffer.from([5, 0, 0, 0, 0]), Buffer.alloc(depth)]);
}

function again(socket: TLSSocket, bytes: Buffer | string): undefined {
  const timer = setInterval(() => socket.write(bytes), 20);
  socket.once('close', () => clearInterval(timer));
}

const noAnswer: readonly (readonly [string, Answer])[] = [
  ['says nothing', () => undefined],
  ['hangs up', (_, socket) => void socket.destroy()],
  ['says something else', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ...[0, 3, 15, 16, 25, -5, 0x7fffffff].map((length): readonly [string, Answer] => [
    `tells of a length of ${length}`,
    () => head(length),
  ]),
  [
    'sends a length of nothing behind an answer',
    (request) => Buffer.concat([replyFrame(request.envelope, { ok: 0 }), head(0)]),
  ],
  ['sends no document', holding()],
  ['sends a document of nothing', holding(0, 0, 0, 0)],
  ['sends a document of less than nothing', holding(255, 255, 255, 255, 0)],
  ['sends a document that is longer than its message', holding(255, 0, 0, 0, 0)],
  ['sends a document that is shorter than its message', holding(5, 0, 0, 0, 0, 0, 0, 0, 0, 0)],
  [
    'sends a text that is longer than its document',
    holding(15, 0, 0, 0, 2, 97, 0, 255, 255, 255, 127, 98, 0, 0, 0),
  ],
  ['sends a thousand documents in each other', holdingAll(nested(1000))],
  ['sends documents in each other, deeper than any stack', holdingAll(nested(100_000))],
  [
    'sends no end of documents',
    ({ envelope }) =>
      Buffer.concat([
        head(36 + 5, 1, envelope.requestId),
        Buffer.alloc(16, 0x7f),
        Buffer.alloc(4, 0x7f),
        Buffer.from([5, 0, 0, 0, 0]),
      ]),
  ],
  [
    'compresses what nobody asked to be',
    ({ envelope }) => {
      const packed = deflateSync(Buffer.alloc(10_000_000));
      const of = Buffer.alloc(9);
      of.writeInt32LE(2013, 0);
      of.writeInt32LE(10_000_000, 4);
      of.writeUInt8(2, 8);
      return Buffer.concat([head(25 + packed.length, 2012, envelope.requestId), of, packed]);
    },
  ],
  [
    'drips',
    (_, socket) => {
      socket.write(head(1_000_000));
      return again(socket, 'x');
    },
  ],
];

const refusals: readonly (readonly [string, Answer])[] = [
  ['answers with nothing in it', () => ({})],
  ['answers ok with a text', () => ({ ok: 'yes' })],
  ['refuses without a code', () => ({ ok: 0 })],
  ['refuses with a code that is none', () => ({ ok: 0, code: 'AA', codeName: 5, errmsg: { a: 1 } })],
  ['refuses with a number that is none', () => ({ ok: 0, code: Number.NaN, errmsg: [] })],
  ['refuses with a text of megabytes', () => ({ ok: 0, code: 8000, errmsg: 'x'.repeat(10_000_000) })],
  [
    'refuses twenty times',
    ({ envelope }) =>
      Buffer.concat(Array.from({ length: 20 }, () => replyFrame(envelope, { ok: 0, code: 8000 }))),
  ],
  ['wants a new sign-in for ever', () => ({ ok: 0, code: 391, codeName: 'ReauthenticationRequired' })],
  [
    'wants to be asked again for ever',
    () => ({
      ok: 0,
      code: 11_600,
      errorLabels: ['RetryableWriteError', 'RetryableError', 'SystemOverloadedError'],
    }),
  ],
];

/** The driver takes each for an answer; nothing is in it. */
const emptyAnswers: readonly (readonly [string, Answer])[] = [
  ['answers with ok alone', () => ({ ok: 1 })],
  [
    'answers another request',
    ({ envelope }) => replyFrame({ ...envelope, requestId: envelope.requestId + 1000 }, { ok: 1 }),
  ],
  [
    'never ends to have more to say',
    ({ envelope }, socket) => {
      const more = replyFrame(envelope, { ok: 1 });
      more.writeUInt32LE(2, 16);
      return again(socket, more);
    },
  ],
  [
    'answers with lists that are none',
    () => ({ ok: 1, authInfo: { authenticatedUsers: 'kai' }, databases: { a: 1 } }),
  ],
  ['answers with no list at all', () => ({ ok: 1, authInfo: null, databases: null })],
];

describe('an examination by a cluster that does not speak as agreed', () => {
  onSessions();
  nothingUncaught();

  const moments = [
    ['to its first word', ['hello', 'ismaster'], 'signIn'],
    ['when it is signed in to', ['saslStart'], 'signIn'],
    ['when it is asked who that is', ['connectionStatus'], 'signIn'],
    ['to the first command', ['listDatabases'], 'command'],
  ] as const;
  for (const [moment, commands, check] of moments) {
    for (const [what, answer] of [...noAnswer, ...refusals])
      it(`that ${what} ${moment} tells so in its time`, async () => {
        const { results, state } = await heard(commands, answer);
        assert.equal(state, 'sick');
        assert.match(results[check] ?? '', /^fail /);
      });
    for (const [what, answer] of emptyAnswers)
      it(`that ${what} ${moment} is not called healthy for that`, async () => {
        const { results, state } = await heard(commands, answer);
        // Whoever signed in nobody says who that is, and is asked.
        if (commands[0] === 'saslStart') assert.equal(results['signIn'], 'pass');
        else if (commands[0] === 'hello') assert.match(results['signIn'] ?? '', /^fail /);
        else assert.deepEqual([results[check], state], ['unknown', 'unclear']);
      });
  }

  it('that says back what it was told says nothing of a token, nor of anything else than words', async () => {
    let told = '';
    const mark = '\u001b[31m<img src=x onerror=alert(1)> [a](command:x)\u0007';
    await heard(
      ['connectionStatus', 'listDatabases'],
      () => ({
        ok: 0,
        code: 8000,
        codeName: told,
        errmsg: `${mark} ${told} is wrong`,
      }),
      (request) => {
        const payload = request.body.get('payload');
        if (payload instanceof Binary) told = String(deserialize(payload.buffer)['jwt']);
      },
    );
    assert.match(told, /^eyJ/);
  });

  it('in which somebody has a token for a name is told without it', async () => {
    let told = '';
    const { results } = await heard(
      ['connectionStatus'],
      () => ({
        ok: 1,
        authInfo: {
          authenticatedUsers: [{ user: told, db: 'admin' }, { user: 5 }, null, 'x'],
          authenticatedUserRoles: [{ role: told }, null, { role: ['root'] }, { role: 'root' }],
        },
      }),
      (request) => {
        const payload = request.body.get('payload');
        if (payload instanceof Binary) told = String(deserialize(payload.buffer)['jwt']);
      },
    );
    assert.equal(results['signIn'], 'pass');
  });
});

/** The report about a cluster that answers some commands otherwise: in its time, with nothing left open. */
async function heard(
  commands: readonly string[],
  answer: Answer,
  listen: (request: Request) => void = () => undefined,
): Promise<ReturnType<typeof told>> {
  const server = await startHostile([member], (socket) => {
    const reader = new FrameReader();
    socket.on('data', (chunk) => {
      reader.push(chunk);
      for (let frame = reader.next(MAX_MESSAGE); frame !== undefined; frame = reader.next(MAX_MESSAGE)) {
        const request = parseMessage(frame);
        listen(request);
        const [command = ''] = request.body.keys();
        const said = commands.includes(command) ? answer(request, socket) : rightAnswer(command);
        if (said !== undefined)
          socket.write(Buffer.isBuffer(said) ? said : replyFrame(request.envelope, said));
      }
    });
  });
  const { stage, examination } = examine({
    resolver: {
      members: async () => [{ host: member, port: server.port }],
      addresses: async () => [{ address: '127.0.0.1', family: 4 }],
    },
  });
  const started = performance.now();
  const memory = process.memoryUsage().rss;
  const report = await examination.run();
  assert.ok(performance.now() - started < 5000);
  assert.ok(process.memoryUsage().rss - memory < 400_000_000);
  await until(() => server.open === 0);
  holdsNoToken(stage, inspect([...report.results], { depth: 12 }));
  return told(report);
}

function rightAnswer(command: string): Reply {
  switch (command) {
    case 'hello':
      return helloReply('isWritablePrimary', '8.0', 1);
    case 'ismaster':
      return helloReply('ismaster', '8.0', 1);
    case 'saslStart':
      return { conversationId: 1, done: true, payload: new Binary(Buffer.alloc(0)), ok: 1 };
    case 'connectionStatus': {
      const authInfo = { authenticatedUsers: [], authenticatedUserRoles: [{ role: 'root', db: 'admin' }] };
      return { authInfo, ok: 1 };
    }
    case 'listDatabases':
      return { databases: [{ name: 'shop' }], ok: 1 };
    default:
      return { ok: 1 };
  }
}

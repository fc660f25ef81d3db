import { createSocket } from 'node:dgram';
import type { RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';

/** Where a cluster's name leads: the member that its service record names, and that member's port. */
export interface ClusterName {
  /** `orders-eu.mongocluster.azure.test`, without `_mongodb._tcp.`. */
  readonly host: string;
  readonly member: string;
  readonly port: number;
}

export interface NameServer {
  readonly port: number;
  /** As `dns.setServers` wants it. */
  readonly address: string;
  /** The names that were asked for, oldest first. */
  readonly questions: readonly string[];
  /** What happens to questions for a host, or to all: there is no such name, or no answer ever comes. */
  fail(kind: 'notFound' | 'silence', host?: string): void;
  recover(): void;
  close(): Promise<void>;
}

const TYPE_A = 1;
const TYPE_TXT = 16;
const TYPE_AAAA = 28;
const TYPE_SRV = 33;
const CLASS_IN = 1;
const NOT_FOUND = 3;
const NOT_IMPLEMENTED = 4;
const FORMAT_ERROR = 1;
const SECONDS = 1;
const HEADER = 12;
const SERVICE = '_mongodb._tcp.';

interface Question {
  readonly name: string;
  readonly type: number;
  /** Header and question as they came, to be sent back. */
  readonly end: number;
}

function parseQuestion(message: Buffer): Question | undefined {
  const labels: string[] = [];
  let at = HEADER;
  for (let length = message[at]; length !== 0; length = message[at]) {
    if (length === undefined || length > 63 || at + 1 + length > message.length) return undefined;
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  if (at + 5 > message.length) return undefined;
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
}

function encodeName(name: string): Buffer {
  const labels = name
    .split('.')
    .map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label, 'latin1')]));
  return Buffer.concat([...labels, Buffer.from([0])]);
}

function record(name: string, type: number, data: Buffer): Buffer {
  const head = Buffer.alloc(10);
  head.writeUInt16BE(type, 0);
  head.writeUInt16BE(CLASS_IN, 2);
  head.writeUInt32BE(SECONDS, 4);
  head.writeUInt16BE(data.length, 8);
  return Buffer.concat([encodeName(name), head, data]);
}

function serviceRecord(name: string, { member, port }: ClusterName): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt16BE(port, 4);
  return record(name, TYPE_SRV, Buffer.concat([head, encodeName(member)]));
}

function reply(message: Buffer, end: number, code: number, answers: readonly Buffer[]): Buffer {
  const head = Buffer.from(message.subarray(0, HEADER));
  const asked = end > HEADER ? 1 : 0;
  // An answer, with authority; the request's wish for recursion is repeated and granted.
  head.writeUInt16BE(0x8480 | (head.readUInt16BE(2) & 0x0100) | code, 2);
  head.writeUInt16BE(asked, 4);
  head.writeUInt16BE(answers.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, message.subarray(HEADER, end), ...answers]);
}

/**
 * A name server for this machine that knows clusters and their members, and nothing else. `names` is asked again
 * for every question, so that clusters may come and go. Every member is on loopback. There are no text records,
 * which a driver takes for no options.
 */
export async function startNameServer(
  names: () => Iterable<ClusterName>,
  options: { readonly port?: number; readonly address?: string } = {},
): Promise<NameServer> {
  const { address = '127.0.0.1' } = options;
  if (!isIPv4(address) || !address.startsWith('127.')) {
    throw new RangeError(`A local name server does not answer with ${address}.`);
  }
  const loopback = Buffer.from(address.split('.').map(Number));
  const questions: string[] = [];
  let failure: { readonly kind: 'notFound' | 'silence'; readonly host: string | undefined } | undefined;

  const answer = (message: Buffer): Buffer | undefined => {
    const question = parseQuestion(message);
    if (!question) return reply(message, HEADER, FORMAT_ERROR, []);
    const { name, type, end } = question;
    if (questions.push(name) > 2000) questions.splice(0, 1000);
    const host = name.startsWith(SERVICE) ? name.slice(SERVICE.length) : name;
    if (failure && (failure.host === undefined || failure.host === host)) {
      return failure.kind === 'silence' ? undefined : reply(message, end, NOT_FOUND, []);
    }
    const all = [...names()];
    const cluster = all.find((item) => item.host.toLowerCase() === host);
    const member = all.find((item) => item.member.toLowerCase() === name);
    if (!cluster && !member) return reply(message, end, NOT_FOUND, []);
    switch (type) {
      case TYPE_SRV:
        return cluster && name !== host
          ? reply(message, end, 0, [serviceRecord(name, cluster)])
          : reply(message, end, NOT_FOUND, []);
      case TYPE_A:
        return name === host
          ? reply(message, end, 0, [record(name, TYPE_A, loopback)])
          : reply(message, end, 0, []);
      // The name exists, but has no records of these types.
      case TYPE_AAAA:
      case TYPE_TXT:
        return reply(message, end, 0, []);
      default:
        return reply(message, end, NOT_IMPLEMENTED, []);
    }
  };

  const socket = createSocket('udp4');
  socket.on('message', (message: Buffer, from: RemoteInfo) => {
    if (message.length < HEADER) return;
    const answered = answer(message);
    if (answered) socket.send(answered, from.port, from.address);
  });
  socket.bind(options.port ?? 0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();

  return {
    port,
    address: `127.0.0.1:${port}`,
    questions,
    fail(kind, host) {
      failure = { kind, host: host?.toLowerCase() };
    },
    recover() {
      failure = undefined;
    },
    async close() {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

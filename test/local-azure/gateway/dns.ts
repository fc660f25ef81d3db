import { createSocket } from 'node:dgram';
import type { RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { isIPv4 } from 'node:net';

/** Where a cluster's name leads: the member that its service record names, and that member's port. */
export interface ClusterName {
  /** `orders-eu.mongocluster.azure.test`, without `_mongodb._tcp.`. */
  readonly host: string;
  /** A host that is found without a service record has neither member nor port. */
  readonly member?: string;
  readonly port?: number;
  /** The name of the cluster, by which faults may be asked for. */
  readonly cluster?: string;
  /** A loopback address, the name server's usual one unless told otherwise. */
  readonly address?: string;
}

/** What is wrong with a cluster's names. */
export type NameFault =
  /** There is no such name: no service record, no address. */
  | { readonly kind: 'notFound' }
  /** The service record is there, the address of the member that it names is not. */
  | { readonly kind: 'noAddress' }
  /** No answer ever comes. */
  | { readonly kind: 'silence' }
  /** The name server says that it cannot say. */
  | { readonly kind: 'serverFailure' }
  /** The service record names another member. */
  | { readonly kind: 'member'; readonly member: string }
  /** The name leads to another address: a private one, or somebody else's. */
  | { readonly kind: 'address'; readonly address: string };

type PlainFault = Exclude<NameFault['kind'], 'member' | 'address'>;

export interface NameServer {
  readonly port: number;
  /** As `dns.setServers` wants it. */
  readonly address: string;
  /** The names that were asked for, oldest first. */
  readonly questions: readonly string[];
  /** What happens to questions about a host, about all of a cluster's hosts, or about any. */
  fail(fault: NameFault | PlainFault, about?: string): void;
  /** Ends the faults of that host or cluster, or all. */
  recover(about?: string): void;
  close(): Promise<void>;
}

const TYPE_A = 1;
const TYPE_TXT = 16;
const TYPE_AAAA = 28;
const TYPE_SRV = 33;
const CLASS_IN = 1;
const SERVER_FAILURE = 2;
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

function serviceRecord(name: string, member: string, port: number): Buffer {
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

const plainFaults: readonly string[] = [
  'notFound',
  'noAddress',
  'silence',
  'serverFailure',
] satisfies readonly PlainFault[];

/** Reads a fault that came from outside; undefined when it is none. */
export function readNameFault(value: unknown): NameFault | undefined {
  const { kind, member, address } = (value ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof kind === 'string' && plainFaults.includes(kind)) return { kind: kind as PlainFault };
  if (kind === 'member' && typeof member === 'string') return { kind, member };
  return kind === 'address' && typeof address === 'string' && isIPv4(address) ? { kind, address } : undefined;
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
  const questions: string[] = [];
  let faults: { readonly fault: NameFault; readonly about: string | undefined }[] = [];

  /** Whose name a host is; one that a fault makes up is the cluster's that it leads away from. */
  const find = (all: readonly ClusterName[], host: string): ClusterName | undefined =>
    all.find((one) => one.host.toLowerCase() === host || one.member?.toLowerCase() === host) ??
    all.find((one) =>
      faultsOf(one.host.toLowerCase(), one.cluster).some(
        (fault) => fault.kind === 'member' && fault.member.toLowerCase() === host,
      ),
    );

  const faultsOf = (host: string, cluster: string | undefined): readonly NameFault[] =>
    faults
      .filter(({ about }) => about === undefined || about === host || about === cluster?.toLowerCase())
      .map(({ fault }) => fault);

  const answer = (message: Buffer): Buffer | undefined => {
    const question = parseQuestion(message);
    if (!question) return reply(message, HEADER, FORMAT_ERROR, []);
    const { name, type, end } = question;
    if (questions.push(name) > 2000) questions.splice(0, 1000);
    const host = name.startsWith(SERVICE) ? name.slice(SERVICE.length) : name;
    const say = (code: number, ...answers: readonly Buffer[]) => reply(message, end, code, answers);
    const known = find([...names()], host);
    const wrong = new Map(faultsOf(host, known?.cluster).map((fault) => [fault.kind, fault]));
    if (wrong.has('silence')) return undefined;
    if (wrong.has('serverFailure')) return say(SERVER_FAILURE);
    if (!known || wrong.has('notFound')) return say(NOT_FOUND);
    const asksService = name !== host;
    if (asksService !== (type === TYPE_SRV)) return asksService ? say(0) : say(NOT_FOUND);
    const isHome = known.member === undefined || host !== known.host.toLowerCase();
    if (!asksService && isHome && wrong.has('noAddress')) return say(NOT_FOUND);
    switch (type) {
      case TYPE_SRV: {
        const { member, port } = known;
        if (member === undefined || port === undefined) return say(NOT_FOUND);
        const other = wrong.get('member');
        return say(0, serviceRecord(name, other?.kind === 'member' ? other.member : member, port));
      }
      case TYPE_A: {
        const other = wrong.get('address');
        const leads = other?.kind === 'address' ? other.address : (known.address ?? address);
        return say(0, record(name, TYPE_A, Buffer.from(leads.split('.').map(Number))));
      }
      // The name exists, but has no records of these types.
      case TYPE_AAAA:
      case TYPE_TXT:
        return say(0);
      default:
        return say(NOT_IMPLEMENTED);
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
    fail(fault, about) {
      faults.push({
        fault: typeof fault === 'string' ? { kind: fault } : fault,
        about: about?.toLowerCase(),
      });
    },
    recover(about) {
      faults = faults.filter((one) => about !== undefined && one.about !== about.toLowerCase());
    },
    async close() {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

import { connect as connectSocket } from 'node:net';
import type { LookupFunction, Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { withoutSecrets } from '../failure.ts';
import type { DatabaseService } from '../identity/clouds.ts';
import type { Member } from '../sessions/hosts.ts';

/** How a server is called upon. */
export interface Manner {
  readonly lookup: LookupFunction;
  /** How long it has to answer, in milliseconds. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** What came of a connection, before a word is said. */
export interface Call extends Member {
  readonly state: 'open' | 'silent' | 'closed';
  /** The address that answered. */
  readonly address: string | undefined;
  /** The system's word for what went wrong. */
  readonly code: string;
}

/** What came of agreeing on TLS. */
export interface Handshake extends Member {
  readonly state: 'agreed' | 'distrusted' | 'silent' | 'cut';
  readonly code: string;
  readonly protocol: string | undefined;
  readonly certificate: Certificate | undefined;
}

export interface Certificate {
  readonly name: string;
  readonly issuer: string;
  readonly from: number | undefined;
  readonly to: number | undefined;
}

/** What is said before TLS is. */
export type Greeting = ((socket: Socket) => Promise<void>) | undefined;

/** Whether anybody is there. Nothing is said. */
export async function callOn(member: Member, manner: Manner): Promise<Call> {
  try {
    const socket = await reach(member, manner);
    const { remoteAddress: address } = socket;
    socket.destroy();
    return { ...member, state: 'open', address, code: '' };
  } catch (error) {
    const code = codeOf(error);
    return { ...member, state: silences.test(code) ? 'silent' : 'closed', address: undefined, code };
  }
}

/** Whether they are who they should be. No token goes along. */
export async function shakeHands(member: Member, manner: Manner, greet: Greeting): Promise<Handshake> {
  const nothing = { ...member, protocol: undefined, certificate: undefined };
  try {
    return await within(manner, async (stopping) => {
      const socket = await reach(member, manner);
      stopping(() => socket.destroy());
      await greet?.(socket);
      return agree(member, socket);
    });
  } catch (error) {
    const code = codeOf(error);
    if (silences.test(code)) return { ...nothing, state: 'silent', code };
    return { ...nothing, state: distrust.test(code) ? 'distrusted' : 'cut', code };
  }
}

/** One service speaks TLS only after it was asked whether it does. */
export function greetingOf(service: DatabaseService): Greeting {
  return service === 'postgres' ? askForTls : undefined;
}

const silences = /^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/;
/** OpenSSL's names for what is wrong with a certificate, and Node's. */
const distrust = /CERT|SIGNATURE|CRL|HOSTNAME_|INVALID_|^ERR_TLS_/;

function reach({ host, port }: Member, manner: Manner): Promise<Socket> {
  return within(manner, (stopping) => {
    const { promise, resolve, reject } = Promise.withResolvers<Socket>();
    const socket = connectSocket({ host, port, lookup: manner.lookup });
    stopping(() => socket.destroy());
    socket.once('error', reject);
    socket.once('connect', () => {
      // Whoever takes it over hears of what comes later.
      socket.off('error', reject);
      socket.on('error', () => undefined);
      resolve(socket);
    });
    return promise;
  });
}

/** Speaks to a server of PostgreSQL's over TLS, with whom it should be; what was opened ends with what is said. */
export async function secured<T>(
  member: Member,
  manner: Manner,
  speak: (socket: TLSSocket) => Promise<T>,
): Promise<T> {
  return within(manner, async (stopping) => {
    const socket = await reach(member, manner);
    stopping(() => socket.destroy());
    try {
      await askForTls(socket);
      return await speak(await agreeOn(member, socket));
    } finally {
      socket.destroy();
    }
  });
}

async function agree(member: Member, socket: Socket): Promise<Handshake> {
  const secure = await agreeOn(member, socket);
  const { subject, issuer, valid_from: from, valid_to: to } = secure.getPeerCertificate();
  const protocol = secure.getProtocol() ?? undefined;
  secure.destroy();
  return {
    ...member,
    state: 'agreed',
    code: '',
    protocol,
    certificate: {
      name: nameOf(subject?.CN),
      issuer: nameOf(issuer?.O) || nameOf(issuer?.CN),
      from: timeOf(from),
      to: timeOf(to),
    },
  };
}

function agreeOn({ host }: Member, socket: Socket): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const secure = connectTls({ socket, servername: host, rejectUnauthorized: true, checkServerIdentity });
  secure.on('error', reject);
  secure.once('close', () => reject(coded('ECONNRESET')));
  secure.once('secureConnect', () => resolve(secure));
  return promise;
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html: SSLRequest, answered by one letter. */
function askForTls(socket: Socket): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('close', () => reject(coded('ECONNRESET')));
  socket.once('data', (answer) => {
    if (answer.toString('latin1') === 'S') resolve();
    else reject(coded('ERR_SSL_REFUSED'));
  });
  const question = Buffer.alloc(8);
  question.writeUInt32BE(8, 0);
  question.writeUInt32BE(80877103, 4);
  socket.write(question);
  return promise;
}

/** `stopping` takes what ends the work when the time is over or nobody waits any more. */
async function within<T>(
  { limit, signal }: Manner,
  work: (stopping: (stop: () => void) => void) => Promise<T>,
): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const stops: (() => void)[] = [];
  const timer = setTimeout(() => reject(coded('ETIMEDOUT')), limit);
  const stop = (): void => reject(coded('ETIMEDOUT'));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  let isOver = false;
  const working = work((one) => {
    if (isOver) one();
    else stops.push(one);
  });
  working.catch(() => undefined);
  try {
    return await Promise.race([working, over]);
  } catch (error) {
    isOver = true;
    for (const one of stops) one();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}

export function codeOf(error: unknown): string {
  const { code, message, errors } = error as {
    code?: unknown;
    message?: string;
    errors?: readonly unknown[];
  };
  if (typeof code === 'string') return code;
  // Of several addresses each may have failed for a reason of its own.
  const [first] = errors ?? [];
  return first === undefined ? withoutSecrets(message ?? '') : codeOf(first);
}

function nameOf(value: unknown): string {
  return typeof value === 'string' ? value : Array.isArray(value) ? value.join(', ') : '';
}

function timeOf(value: string): number | undefined {
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : at;
}

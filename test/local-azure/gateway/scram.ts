import { createHash, createHmac, pbkdf2Sync, randomBytes, randomInt, timingSafeEqual } from 'node:crypto';
import { CommandError } from './commandError.ts';

const ITERATIONS = 4096;
const SALT_LENGTH = 28;
/** Printable, and without the comma that ends an attribute. */
const NONCE_ALPHABET =
  '!"#$%&\'()*+-./0123456789:;<>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~';

/** What is kept of a password. */
export interface ScramCredential {
  readonly salt: Buffer;
  readonly iterations: number;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

export function credentialFor(password: string): ScramCredential {
  const salt = randomBytes(SALT_LENGTH);
  const salted = pbkdf2Sync(password.normalize('NFKC'), salt, ITERATIONS, 32, 'sha256');
  return {
    salt,
    iterations: ITERATIONS,
    storedKey: createHash('sha256').update(hmac(salted, 'Client Key')).digest(),
    serverKey: hmac(salted, 'Server Key'),
  };
}

function refused(message: string): CommandError {
  return new CommandError('AuthenticationFailed', message);
}

function attributes(message: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const part of message.split(',')) {
    const equals = part.indexOf('=');
    if (equals < 0) throw refused('Sasl payload invalid.');
    found.set(part.slice(0, equals), part.slice(equals + 1));
  }
  for (const key of found.keys()) {
    if (!'nrpc'.includes(key) || key.length !== 1) throw refused('Sasl payload was invalid.');
  }
  return found;
}

function required(found: ReadonlyMap<string, string>, key: string, missing: string): string {
  const value = found.get(key);
  if (value === undefined) throw refused(missing);
  return value;
}

/** The server's half of one SCRAM-SHA-256 conversation: two round trips, no third empty one. */
export class ScramExchange {
  readonly userName: string;
  readonly firstReply: string;
  readonly #nonce: string;
  readonly #transcript: string;
  readonly #credential: ScramCredential;

  constructor(payload: string, lookUp: (userName: string) => ScramCredential | undefined) {
    if (!/^[nyp],,/.test(payload)) throw refused('Sasl payload invalid.');
    const bare = payload.slice(3);
    const found = attributes(bare);
    const written = required(found, 'n', 'Username missing from SaslStart.');
    const clientNonce = required(found, 'r', 'Nonce missing from SaslStart.');
    this.userName = written.replaceAll('=2C', ',').replaceAll('=3D', '=');
    const credential = lookUp(this.userName);
    if (!credential) throw refused('Invalid account: User details not found in the database');
    this.#credential = credential;
    this.#nonce = clientNonce + randomCharacter() + randomCharacter();
    this.firstReply = `r=${this.#nonce},s=${credential.salt.toString('base64')},i=${credential.iterations}`;
    this.#transcript = `n=${written},r=${clientNonce},${this.firstReply}`;
  }

  /** Checks the client's proof and answers with the server's own. */
  finish(payload: string): string {
    const found = attributes(payload);
    const nonce = required(found, 'r', 'Nonce missing from SaslContinue.');
    const proof = Buffer.from(required(found, 'p', 'Proof missing from SaslContinue.'), 'base64');
    const binding = required(found, 'c', 'Channel binding missing from SaslContinue.');
    if (nonce !== this.#nonce) throw refused('Nonce did not match expected nonce.');
    const message = `${this.#transcript},c=${binding},r=${nonce}`;
    const { storedKey, serverKey } = this.#credential;
    const signature = hmac(storedKey, message);
    if (proof.length !== signature.length) throw refused('Invalid key');
    const clientKey = Buffer.from(proof.map((byte, index) => byte ^ (signature[index] ?? 0)));
    if (!timingSafeEqual(createHash('sha256').update(clientKey).digest(), storedKey))
      throw refused('Invalid key');
    return `v=${hmac(serverKey, message).toString('base64')}`;
  }
}

function randomCharacter(): string {
  return NONCE_ALPHABET.charAt(randomInt(NONCE_ALPHABET.length));
}

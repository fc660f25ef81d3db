/** The messages of PostgreSQL's protocol, version 3, as far as signing in and one small question need them. */

/** The codes that a first message has in the place of a version. */
export const SSL_REQUEST = 80_877_103;
export const GSS_REQUEST = 80_877_104;
export const VERSION_3 = 196_608;

/** No sign-in needs more; a token has a few thousand bytes. */
const LIMIT = 1_000_000;

export interface Message {
  /** Empty for the first one, which has no type. */
  readonly type: string;
  readonly body: Buffer;
}

/** Cuts what comes from a client into messages. */
export class MessageReader {
  #bytes = Buffer.alloc(0);
  #first = true;

  push(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
  }

  /** The next whole message; throws where it is none. */
  next(): Message | undefined {
    const head = this.#first ? 0 : 1;
    if (this.#bytes.length < head + 4) return undefined;
    const length = this.#bytes.readInt32BE(head);
    if (length < 4 || length > LIMIT) throw new RangeError('not a message');
    if (this.#bytes.length < head + length) return undefined;
    const type = this.#bytes.toString('latin1', 0, head);
    const body = this.#bytes.subarray(head + 4, head + length);
    this.#bytes = this.#bytes.subarray(head + length);
    this.#first = false;
    return { type, body };
  }
}

/** What a client says of itself: `user`, `database` and more. */
export function readStartup(body: Buffer): ReadonlyMap<string, string> {
  const texts = body.toString('utf8', 4).split('\0');
  const found = new Map<string, string>();
  for (let at = 0; texts[at]; at += 2) found.set(texts[at] ?? '', texts[at + 1] ?? '');
  return found;
}

/** A text that ends where C's do. */
export function readText(body: Buffer): string {
  const end = body.indexOf(0);
  return body.toString('utf8', 0, end < 0 ? body.length : end);
}

function message(type: string, ...parts: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? text(part) : part)));
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from(value), Buffer.from([0])]);
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export const askPassword = message('R', int32(3));

export const ready = message('Z', Buffer.from('I'));

/** What a server says between a password that is good and the first question. */
export function welcome(version: string, id: number): Buffer {
  const settings = {
    server_version: version,
    server_encoding: 'UTF8',
    client_encoding: 'UTF8',
    DateStyle: 'ISO, MDY',
    TimeZone: 'UTC',
    integer_datetimes: 'on',
    standard_conforming_strings: 'on',
  };
  return Buffer.concat([
    message('R', int32(0)),
    ...Object.entries(settings).map(([name, value]) => message('S', name, value)),
    message('K', int32(id), int32(id)),
    ready,
  ]);
}

/** An error by its SQLSTATE. */
export function errorMessage(severity: 'ERROR' | 'FATAL', code: string, said: string): Buffer {
  const fields = { S: severity, V: severity, C: code, M: said };
  const parts = Object.entries(fields).flatMap(([field, value]) => [Buffer.from(field), text(value)]);
  return message('E', ...parts, Buffer.from([0]));
}

const INT4 = 23;
const TEXT = 25;

/** The answer to a question that has one row of one column. */
export function oneValue(column: string, value: string): Buffer {
  const isNumber = /^-?\d+$/.test(value);
  const bytes = Buffer.from(value);
  const format = [int32(0), int16(0), int32(isNumber ? INT4 : TEXT), int16(isNumber ? 4 : -1), int32(-1)];
  return Buffer.concat([
    message('T', int16(1), text(column), ...format, int16(0)),
    message('D', int16(1), int32(bytes.length), bytes),
    message('C', 'SELECT 1'),
    ready,
  ]);
}

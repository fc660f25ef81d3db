import { decode, MalformedBson } from './bson/decode.ts';
import { RawDocument, encodeBehind } from './bson/encode.ts';
import type { Encodable } from './bson/encode.ts';
import { isDoc } from './bson/value.ts';
import type { Doc, Value } from './bson/value.ts';

const OP_REPLY = 1;
const OP_INSERT = 2002;
const OP_QUERY = 2004;
const OP_MSG = 2013;

const HEADER = 16;
const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
/** Bits 0 to 15 must be understood by the receiver; the rest may be ignored. */
const REQUIRED_FLAGS = 0xffff;

export const MAX_MESSAGE = 48_000_000;
export const MAX_DOCUMENT = 16_777_216;
/** What a stranger may send at once. */
export const MAX_MESSAGE_BEFORE_AUTHENTICATION = 250_000;

/** The stream cannot be followed any further; the connection has to end. */
export class ProtocolError extends Error {}

/** The message was delimited well, but a document in it is not BSON: it can be answered. */
export class MessageError extends Error {
  readonly envelope: Envelope;
  constructor(message: string, envelope: Envelope) {
    super(message);
    this.envelope = envelope;
  }
}

/** How an answer finds its way back. */
export interface Envelope {
  readonly requestId: number;
  readonly opCode: number;
  readonly expectsReply: boolean;
}

export interface Request {
  readonly envelope: Envelope;
  /** The command, document sequences merged in as arrays. */
  readonly body: Doc;
}

/** Cuts a stream of chunks into whole messages. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #length = 0;

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The next whole message, if it has arrived. Refuses one longer than the limit before it has arrived. */
  next(limit: number): Buffer | undefined {
    if (this.#length < 4) return undefined;
    const length = this.#peekLength();
    if (length < HEADER || length > limit) throw new ProtocolError(`message of ${length} bytes`);
    if (this.#length < length) return undefined;
    const all = this.#joined();
    const rest = all.subarray(length);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#length = rest.length;
    return all.subarray(0, length);
  }

  #peekLength(): number {
    const first = this.#chunks[0];
    return first !== undefined && first.length >= 4 ? first.readInt32LE(0) : this.#joined().readInt32LE(0);
  }

  #joined(): Buffer {
    const [first] = this.#chunks;
    if (first !== undefined && this.#chunks.length === 1) return first;
    const all = Buffer.concat(this.#chunks, this.#length);
    this.#chunks = [all];
    return all;
  }
}

export function parseMessage(frame: Buffer): Request {
  const opCode = frame.readInt32LE(12);
  const requestId = frame.readInt32LE(4);
  try {
    switch (opCode) {
      case OP_MSG:
        return parseMsg(frame, requestId);
      case OP_QUERY:
        return parseQuery(frame, requestId);
      case OP_INSERT:
        return parseInsert(frame, requestId);
      default:
        throw new ProtocolError(`operation ${opCode} is not spoken here`);
    }
  } catch (error) {
    // The header said how long the message is, so the stream is still in step and the sender can be told.
    if (error instanceof MalformedBson) {
      const moreToCome =
        opCode === OP_MSG && frame.length >= HEADER + 4 && (frame[HEADER] ?? 0) & MORE_TO_COME;
      const expectsReply = opCode !== OP_INSERT && !moreToCome;
      throw new MessageError(error.message, { requestId, opCode, expectsReply });
    }
    throw error;
  }
}

function parseMsg(frame: Buffer, requestId: number): Request {
  if (frame.length < HEADER + 5) throw new ProtocolError('message without a body');
  const flags = frame.readUInt32LE(HEADER);
  if (flags & REQUIRED_FLAGS & ~(CHECKSUM_PRESENT | MORE_TO_COME)) throw new ProtocolError('unknown flags');
  const end = frame.length - (flags & CHECKSUM_PRESENT ? 4 : 0);
  let body: Doc | undefined;
  const sequences = new Map<string, Value[]>();
  let at = HEADER + 4;
  while (at < end) {
    const kind = frame[at++];
    const size = sectionSize(frame, at, end);
    if (kind === 0) {
      if (body) throw new ProtocolError('two bodies in one message');
      body = decode(frame.subarray(at, at + size));
    } else if (kind === 1) {
      const [name, documents] = parseSequence(frame.subarray(at, at + size));
      if (sequences.has(name)) throw new ProtocolError(`two sequences named ${name}`);
      sequences.set(name, documents);
    } else {
      throw new ProtocolError(`section of kind ${kind}`);
    }
    at += size;
  }
  if (!body) throw new ProtocolError('message without a body');
  for (const [name, documents] of sequences) {
    if (body.has(name)) throw new ProtocolError(`${name} is both a field and a sequence`);
    body.set(name, documents);
  }
  return { envelope: { requestId, opCode: OP_MSG, expectsReply: !(flags & MORE_TO_COME) }, body };
}

function sectionSize(frame: Buffer, at: number, end: number): number {
  if (at + 4 > end) throw new ProtocolError('truncated section');
  const size = frame.readInt32LE(at);
  if (size < 5 || at + size > end) throw new ProtocolError('bad section length');
  return size;
}

function parseSequence(section: Buffer): [string, Value[]] {
  const close = section.indexOf(0, 4);
  if (close < 0) throw new ProtocolError('unterminated name of a sequence');
  return [section.toString('utf8', 4, close), parseDocuments(section, close + 1)];
}

function parseDocuments(bytes: Buffer, start: number): Value[] {
  const documents: Value[] = [];
  for (let at = start; at < bytes.length;) {
    const size = sectionSize(bytes, at, bytes.length);
    documents.push(decode(bytes.subarray(at, at + size)));
    at += size;
  }
  return documents;
}

function readNamespace(frame: Buffer): { readonly namespace: string; readonly after: number } {
  const close = frame.indexOf(0, HEADER + 4);
  if (close < 0) throw new ProtocolError('unterminated namespace');
  return { namespace: frame.toString('utf8', HEADER + 4, close), after: close + 1 };
}

/** The old way to send a command; drivers still open every connection with it. */
function parseQuery(frame: Buffer, requestId: number): Request {
  const { namespace, after } = readNamespace(frame);
  if (!namespace.endsWith('.$cmd')) throw new ProtocolError('a legacy query that is not a command');
  const at = after + 8;
  const query = decode(frame.subarray(at, at + sectionSize(frame, at, frame.length)));
  const wrapped = query.get('$query');
  const body = isDoc(wrapped) ? wrapped : query;
  body.set('$db', namespace.slice(0, -'.$cmd'.length));
  return { envelope: { requestId, opCode: OP_QUERY, expectsReply: true }, body };
}

function parseInsert(frame: Buffer, requestId: number): Request {
  const { namespace, after } = readNamespace(frame);
  const dot = namespace.indexOf('.');
  if (dot < 1) throw new ProtocolError('bad namespace');
  const body: Doc = new Map<string, Value>([
    ['insert', namespace.slice(dot + 1)],
    ['documents', parseDocuments(frame, after)],
    ['$db', namespace.slice(0, dot)],
  ]);
  return { envelope: { requestId, opCode: OP_INSERT, expectsReply: false }, body };
}

/** What makes a reply large: the documents of a batch, each with a key of up to six digits. */
function sizeOfRows({ cursor }: { readonly [key: string]: Encodable }): number {
  let size = 0;
  for (const batch of Object.values(cursor ?? {})) {
    if (!Array.isArray(batch)) continue;
    for (const row of batch) if (row instanceof RawDocument) size += row.bytes.length + 8;
  }
  return size;
}

/** The real gateway puts the client's request id into both header fields, and so does this. */
export function replyFrame(envelope: Envelope, reply: { readonly [key: string]: Encodable }): Buffer {
  const legacy = envelope.opCode === OP_QUERY;
  const head = Buffer.alloc(legacy ? HEADER + 20 : HEADER + 5);
  head.writeInt32LE(envelope.requestId, 4);
  head.writeInt32LE(envelope.requestId, 8);
  head.writeInt32LE(legacy ? OP_REPLY : OP_MSG, 12);
  if (legacy) {
    // Bit 3, AwaitCapable, is what servers have always set; then cursor id, offset, and one document.
    head.writeInt32LE(8, HEADER);
    head.writeInt32LE(1, HEADER + 16);
  }
  const frame = encodeBehind(head, reply, sizeOfRows(reply));
  frame.writeInt32LE(frame.length, 0);
  return frame;
}

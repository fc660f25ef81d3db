import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { deserialize, serialize } from 'bson';
import type { Document } from 'bson';

/** Speaks the protocol byte by byte, with no driver in between and by the public BSON library alone. */
export class RawClient {
  readonly socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #requests = 0;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      socket.emit('progress');
    });
    socket.on('close', () => socket.emit('progress'));
    // A reset is one of the ways to hang up; the tests look at whether the connection is closed.
    socket.on('error', () => socket.destroy());
  }

  static async open(port: number): Promise<RawClient> {
    const socket = connect(port, '127.0.0.1');
    const client = new RawClient(socket);
    await once(socket, 'connect');
    return client;
  }

  get closed(): boolean {
    return this.socket.closed || this.socket.destroyed;
  }

  /** The next whole message; `undefined` when the other side hung up instead. */
  async receive(): Promise<Buffer | undefined> {
    for (;;) {
      const length = this.#received.length >= 4 ? this.#received.readInt32LE(0) : Infinity;
      if (this.#received.length >= length) {
        const message = this.#received.subarray(0, length);
        this.#received = this.#received.subarray(length);
        return message;
      }
      if (this.closed) return undefined;
      await this.#progress();
    }
  }

  /** Waits for the other side to hang up. */
  async end(): Promise<void> {
    while (!this.closed) await this.#progress();
  }

  #progress(): Promise<void> {
    return new Promise((resolve) => {
      this.socket.once('progress', () => resolve());
    });
  }

  message(opCode: number, payload: Uint8Array): Buffer {
    const head = Buffer.alloc(16);
    head.writeInt32LE(16 + payload.length, 0);
    head.writeInt32LE(++this.#requests, 4);
    head.writeInt32LE(opCode, 12);
    return Buffer.concat([head, payload]);
  }

  body(document: Document, flags = 0): Buffer {
    const head = Buffer.alloc(5);
    head.writeUInt32LE(flags, 0);
    return this.message(2013, Buffer.concat([head, serialize(document)]));
  }

  /** Sends a command as a modern message and reads its answer. */
  async command(document: Document): Promise<Document> {
    this.socket.write(this.body(document));
    const answer = await this.receive();
    if (!answer) throw new Error('the connection was cut');
    return deserialize(answer.subarray(21), { promoteValues: false });
  }

  /** Sends a command in the old way. */
  async query(
    namespace: string,
    document: Document,
  ): Promise<{ readonly header: Buffer; readonly document: Document }> {
    const head = Buffer.concat([
      Buffer.alloc(4),
      Buffer.from(`${namespace}\0`),
      Buffer.from([0, 0, 0, 0, 255, 255, 255, 255]),
    ]);
    this.socket.write(this.message(2004, Buffer.concat([head, serialize(document)])));
    const answer = await this.receive();
    if (!answer) throw new Error('the connection was cut');
    return {
      header: answer.subarray(0, 36),
      document: deserialize(answer.subarray(36), { promoteValues: false }),
    };
  }

  close(): void {
    this.socket.destroy();
  }
}

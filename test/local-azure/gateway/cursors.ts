import { randomBytes } from 'node:crypto';
import { Long } from 'bson';
import { CommandError } from './commandError.ts';
import type { Row } from './storage/row.ts';

/** How long a cursor may lie idle; the service keeps one that holds no connection for ten minutes. */
const IDLE = 600_000;

/** A reply stays below what a driver accepts as one message, with room for its frame. */
const MAX_BATCH_BYTES = 16_000_000;

/** How many documents the first batch has when nobody says. */
const FIRST_BATCH = 101;

/** A cursor serves the user and the logical session that opened it, and nobody else. */
export interface CursorOwner {
  readonly user: string;
  readonly session: string | undefined;
}

export interface CursorRequest {
  readonly namespace: string;
  readonly owner: CursorOwner;
  readonly batchSize: number | undefined;
  readonly singleBatch?: boolean;
}

export interface Batch {
  /** Zero when there is nothing left to ask for. */
  readonly id: Long;
  readonly namespace: string;
  readonly rows: readonly Row[];
}

interface Cursor {
  readonly namespace: string;
  readonly owner: CursorOwner;
  readonly rows: Iterator<Row>;
  /** The first row of the next batch: read already, to know that there is one. */
  ahead: Row;
  timer: NodeJS.Timeout;
}

/** The cursors that are open on one gateway. */
export class CursorPool {
  readonly #open = new Map<bigint, Cursor>();

  /** Fills the first batch and keeps the rest for later, if there is any. */
  open(rows: Iterator<Row>, request: CursorRequest): Batch {
    const { namespace, owner } = request;
    const { batch, ahead } = fill(rows, undefined, request.batchSize ?? FIRST_BATCH);
    if (ahead === undefined || request.singleBatch === true) {
      rows.return?.();
      return { id: Long.ZERO, namespace, rows: batch };
    }
    const id = newId();
    this.#open.set(id, { namespace, owner, rows, ahead, timer: this.#idleTimer(id) });
    return { id: Long.fromBigInt(id), namespace, rows: batch };
  }

  more(id: bigint, request: CursorRequest): Batch {
    const cursor = this.#owned(id, request.owner);
    if (!cursor || cursor.namespace !== request.namespace) {
      throw new CommandError('CursorNotFound', 'Cursor not found in server');
    }
    clearTimeout(cursor.timer);
    let filled: Filled;
    try {
      filled = fill(cursor.rows, cursor.ahead, request.batchSize ?? Infinity);
    } catch (error) {
      this.#open.delete(id);
      throw error;
    }
    if (filled.ahead === undefined) {
      this.#open.delete(id);
      return { id: Long.ZERO, namespace: cursor.namespace, rows: filled.batch };
    }
    cursor.ahead = filled.ahead;
    cursor.timer = this.#idleTimer(id);
    return { id: Long.fromBigInt(id), namespace: cursor.namespace, rows: filled.batch };
  }

  /** Whether there was such a cursor of this owner to be killed. */
  kill(id: bigint, owner: CursorOwner): boolean {
    const cursor = this.#owned(id, owner);
    if (cursor) this.#close(id, cursor);
    return cursor !== undefined;
  }

  killOfSession(user: string, session: string): void {
    for (const [id, cursor] of this.#open) {
      if (cursor.owner.user === user && cursor.owner.session === session) this.#close(id, cursor);
    }
  }

  get size(): number {
    return this.#open.size;
  }

  closeAll(): void {
    for (const [id, cursor] of this.#open) this.#close(id, cursor);
  }

  #owned(id: bigint, owner: CursorOwner): Cursor | undefined {
    const cursor = this.#open.get(id);
    return cursor?.owner.user === owner.user && cursor.owner.session === owner.session ? cursor : undefined;
  }

  #close(id: bigint, cursor: Cursor): void {
    clearTimeout(cursor.timer);
    cursor.rows.return?.();
    this.#open.delete(id);
  }

  #idleTimer(id: bigint): NodeJS.Timeout {
    return setTimeout(() => this.#open.delete(id), IDLE).unref();
  }
}

interface Filled {
  readonly batch: readonly Row[];
  readonly ahead: Row | undefined;
}

function fill(rows: Iterator<Row>, first: Row | undefined, size: number): Filled {
  const batch: Row[] = [];
  let bytes = 0;
  let ahead = first;
  for (;;) {
    if (ahead === undefined) {
      const next = rows.next();
      if (next.done === true) return { batch, ahead: undefined };
      ahead = next.value;
    }
    if (batch.length >= size) return { batch, ahead };
    bytes += ahead.bytes.length;
    if (bytes > MAX_BATCH_BYTES && batch.length > 0) return { batch, ahead };
    batch.push(ahead);
    ahead = undefined;
  }
}

/** Unguessable and never zero, which means that there is no cursor. */
function newId(): bigint {
  return (randomBytes(8).readBigUInt64LE() & 0x7fff_ffff_ffff_ffffn) | 1n;
}

import { randomBytes } from 'node:crypto';
import { Long } from 'bson';
import { CommandError } from './commandError.ts';
import type { Operation, Watch } from './operations.ts';
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

interface CursorRequest {
  readonly namespace: string;
  readonly owner: CursorOwner;
  readonly batchSize: number | undefined;
  readonly singleBatch?: boolean;
  /** On whose time the rows are read; moved from batch to batch. */
  readonly watch: Watch;
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
  readonly watch: Watch;
  /** The first row of the next batch: read already, to know that there is one. */
  ahead: Row;
  /** What its first command left of its time; waiting for the next question costs nothing. */
  remaining: number;
  timer: NodeJS.Timeout;
}

/** The cursors that are open on one gateway. */
export class CursorPool {
  readonly #open = new Map<bigint, Cursor>();

  /** Fills the first batch and keeps the rest for later, if there is any. */
  open(rows: Iterator<Row>, request: CursorRequest): Batch {
    const { namespace, owner, watch } = request;
    const { batch, ahead } = fill(rows, undefined, request.batchSize ?? FIRST_BATCH);
    if (ahead === undefined || request.singleBatch === true) {
      rows.return?.();
      return { id: Long.ZERO, namespace, rows: batch };
    }
    const id = newId();
    const { remaining } = watch.operation;
    this.#open.set(id, { namespace, owner, rows, watch, ahead, remaining, timer: this.#idleTimer(id) });
    return { id: Long.fromBigInt(id), namespace, rows: batch };
  }

  more(id: bigint, request: Omit<CursorRequest, 'watch'>, operation: Operation): Batch {
    const cursor = this.#open.get(id);
    if (!cursor || cursor.owner.user !== request.owner.user || cursor.namespace !== request.namespace) {
      throw new CommandError('CursorNotFound', 'Cursor not found in server');
    }
    if (cursor.owner.session !== request.owner.session) {
      throw new CommandError('InternalError', 'Cannot run getMore on a cursor of another session');
    }
    clearTimeout(cursor.timer);
    operation.limitTo(cursor.remaining);
    cursor.watch.operation = operation;
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
    cursor.remaining -= Date.now() - operation.startedAt;
    cursor.timer = this.#idleTimer(id);
    return { id: Long.fromBigInt(id), namespace: cursor.namespace, rows: filled.batch };
  }

  /** Whether there was such a cursor of this owner to be killed. */
  kill(id: bigint, user: string): boolean {
    const cursor = this.#open.get(id);
    if (cursor?.owner.user !== user) return false;
    this.#close(id, cursor);
    return true;
  }

  /** A session that ends takes its cursors along. */
  killOfSession(user: string, session: string): void {
    for (const [id, cursor] of this.#open) {
      if (cursor.owner.user === user && cursor.owner.session === session) this.#close(id, cursor);
    }
  }

  /** So does a collection that is dropped, or a database with all of its collections. */
  killOfNamespace(chosen: (namespace: string) => boolean): void {
    for (const [id, cursor] of this.#open) if (chosen(cursor.namespace)) this.#close(id, cursor);
  }

  get size(): number {
    return this.#open.size;
  }

  closeAll(): void {
    for (const [id, cursor] of this.#open) this.#close(id, cursor);
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

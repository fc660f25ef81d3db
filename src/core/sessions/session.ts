import type { MongoClient } from 'mongodb';
import { Failure } from '../failure.ts';
import { failureOfDriver } from './mongoFailure.ts';

/** A client of the driver's that has signed in. */
export interface Opened {
  readonly client: MongoClient;
  readonly host: string;
}

/** What a session knows of the tokens that its driver asked for; never themselves. */
export interface Presented {
  count: number;
  /** When the last of them ends, in milliseconds. */
  end: number | undefined;
}

export interface Opening {
  readonly presented: Presented;
  /** Nobody waits for it any more. */
  readonly signal: AbortSignal;
}

/**
 * One client from its opening on, shared by all who have work for it. It ends when it was left idle for a
 * while, when it is retired and its last work is done, and when the last who waited for its opening has gone.
 */
export class Session {
  readonly presented: Presented = { count: 0, end: undefined };
  readonly #ending = new AbortController();
  readonly #opening: Promise<Opened>;
  readonly #idleLimit: () => number;
  readonly #ended: (session: Session) => void;
  #isOpen = false;
  #isRetired = false;
  #working = 0;
  #idle: NodeJS.Timeout | undefined;
  #end: Promise<void> | undefined;

  constructor(
    open: (opening: Opening) => Promise<Opened>,
    /** How long it is kept that nobody uses; asked whenever it comes to rest. */
    idleLimit: () => number,
    ended: (session: Session) => void,
  ) {
    this.#idleLimit = idleLimit;
    this.#ended = ended;
    this.#opening = open({ presented: this.presented, signal: this.#ending.signal });
    this.#opening.then(
      () => (this.#isOpen = true),
      () => undefined,
    );
  }

  /** Whether it takes new work. */
  get isRetired(): boolean {
    return this.#isRetired;
  }

  async run<T>(
    work: (client: MongoClient, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    clearTimeout(this.#idle);
    this.#working++;
    const stop = AbortSignal.any([this.#ending.signal, ...(signal === undefined ? [] : [signal])]);
    try {
      const { client, host } = await orStopped(this.#opening, stop);
      const before = this.presented.count;
      try {
        return await work(client, stop);
      } catch (error) {
        throw failureOfDriver(error, { host, open: true, presented: this.presented.count !== before });
      }
    } catch (error) {
      throw stop.aborted ? new Failure({ code: 'cancelled' }) : Failure.from(error);
    } finally {
      if (--this.#working === 0) this.#rest();
    }
  }

  /** Whether a client has signed in, and has not been given up. */
  get isOpen(): boolean {
    return this.#isOpen && !this.#isRetired;
  }

  /** Takes no new work, and ends with what it has. */
  retire(): void {
    this.#isRetired = true;
    if (this.#working === 0) this.#rest();
  }

  /** What kept it may be gone: its end is reckoned anew. */
  settle(): void {
    if (this.#working === 0) this.#rest();
  }

  /** Stops whatever is under way. */
  end(): Promise<void> {
    return (this.#end ??= this.#close());
  }

  #rest(): void {
    clearTimeout(this.#idle);
    const limit = this.#idleLimit();
    if (this.#isRetired || !this.#isOpen) void this.end();
    else if (limit !== Infinity) this.#idle = setTimeout(() => void this.end(), limit).unref();
  }

  async #close(): Promise<void> {
    this.#isRetired = true;
    clearTimeout(this.#idle);
    this.#ended(this);
    this.#ending.abort();
    // What failed to open has closed itself; what will not close is no concern of anybody's.
    await this.#opening.then(({ client }) => client.close()).catch(() => undefined);
  }
}

/** The driver's own waiting cannot be stopped everywhere: this is waited for, or no longer. */
export async function orStopped<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(new Failure({ code: 'cancelled' }));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

import { CommandError } from './commandError.ts';
import type { Doc } from './bson/value.ts';

interface OperationInfo {
  readonly command: string;
  readonly namespace: string;
  readonly body: Doc;
  readonly user: string | undefined;
  readonly connection: number;
  /** The logical session, as it is found again. */
  readonly session: string | undefined;
}

const TIMED_OUT =
  'The command being executed was terminated due to a command timeout. This may be due to concurrent ' +
  'transactions. Consider increasing the maxTimeMS on the command.';

function timedOut(): CommandError {
  return new CommandError('ExceededTimeLimit', TIMED_OUT);
}

/** One command while it runs: it can run out of time, and it can be killed. */
export class Operation {
  readonly id: number;
  readonly info: OperationInfo;
  readonly startedAt = Date.now();
  /** How many documents it has looked at. */
  examined = 0;
  #deadline: number;
  #killed = false;
  #wake: (() => void) | undefined;

  constructor(id: number, info: OperationInfo, maxTime: number | undefined) {
    this.id = id;
    this.info = info;
    this.#deadline = maxTime === undefined || maxTime === 0 ? Infinity : this.startedAt + maxTime;
  }

  /** Called now and then by whatever takes long. */
  check(): void {
    if (this.#killed) throw new CommandError('Interrupted', 'operation was interrupted');
    if (this.remaining <= 0) throw timedOut();
  }

  /** How much time is left. */
  get remaining(): number {
    return this.#deadline - Date.now();
  }

  /** Gives the operation no more than this. */
  limitTo(milliseconds: number): void {
    this.#deadline = Math.min(this.#deadline, Date.now() + milliseconds);
  }

  kill(): void {
    this.#killed = true;
    this.#wake?.();
  }

  /** Waits, but not past the end of the operation. */
  async sleep(milliseconds: number): Promise<void> {
    const { remaining } = this;
    if (!this.#killed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(milliseconds, remaining));
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.check();
    // A timer may go off a little early, so the clock alone would not always say that the time is over.
    if (milliseconds >= remaining) throw timedOut();
  }
}

/** Looks at the clock of an operation now and then; a cursor's next batch is another operation's than its first. */
export class Watch {
  operation: Operation;
  #ticks = 0;

  constructor(operation: Operation) {
    this.operation = operation;
  }

  /** Called for each document that is read from a collection. */
  examine(): void {
    this.operation.examined += 1;
    this.tick();
  }

  /** Called for each document on its way. */
  tick(): void {
    if ((++this.#ticks & 0xff) === 0) this.operation.check();
  }
}

/** The commands that run at this moment. */
export class Operations {
  readonly #running = new Map<number, Operation>();
  #last = 0;

  begin(info: OperationInfo, maxTime: number | undefined): Operation {
    const operation = new Operation(++this.#last, info, maxTime);
    this.#running.set(operation.id, operation);
    return operation;
  }

  end(operation: Operation): void {
    this.#running.delete(operation.id);
  }

  get running(): Iterable<Operation> {
    return this.#running.values();
  }

  kill(id: number): boolean {
    const operation = this.#running.get(id);
    operation?.kill();
    return operation !== undefined;
  }

  /** A session that is killed takes what is under way in it along. */
  killOfSession(user: string | undefined, session: string): void {
    for (const operation of this.#running.values()) {
      const { info } = operation;
      if (info.user === user && info.session === session) operation.kill();
    }
  }

  killOf(connection: number): void {
    for (const operation of this.#running.values()) {
      if (operation.info.connection === connection) operation.kill();
    }
  }
}

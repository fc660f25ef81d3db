import { CommandError } from './commandError.ts';
import type { Doc } from './bson/value.ts';

export interface OperationInfo {
  readonly command: string;
  readonly namespace: string;
  readonly body: Doc;
  readonly user: string | undefined;
  readonly connection: number;
}

const TIMED_OUT =
  'The command being executed was terminated due to a command timeout. This may be due to concurrent ' +
  'transactions. Consider increasing the maxTimeMS on the command.';

/** One command while it runs: it can run out of time, and it can be killed. */
export class Operation {
  readonly id: number;
  readonly info: OperationInfo;
  readonly startedAt = Date.now();
  readonly #deadline: number;
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
    if (Date.now() >= this.#deadline) throw new CommandError('ExceededTimeLimit', TIMED_OUT);
  }

  kill(): void {
    this.#killed = true;
    this.#wake?.();
  }

  /** Waits, but not past the end of the operation. */
  async sleep(milliseconds: number): Promise<void> {
    const wait = Math.min(milliseconds, this.#deadline - Date.now());
    if (wait > 0 && !this.#killed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = undefined;
    }
    this.check();
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

  killOf(connection: number): void {
    for (const operation of this.#running.values()) {
      if (operation.info.connection === connection) operation.kill();
    }
  }
}

import { codeNameOf } from './commandError.ts';
import { CommandError } from './commandError.ts';

/** What goes wrong with a command, when something is asked to. */
export type Fault =
  | { readonly kind: 'expire' }
  | { readonly kind: 'fail'; readonly error: CommandError }
  | { readonly kind: 'drop' };

interface FailureRule {
  readonly name: string | undefined;
  readonly fault: Fault;
  left: number;
}

/**
 * Failures on demand. Without a name they meet any command but those that sign in or say farewell; handshakes
 * (hello, isMaster) are always spared, or no driver could get far enough to see one.
 */
export interface GatewayFaults {
  /** The next commands find their connection's token expired (391). As of all of these, 0 times are every time. */
  expireNext(times?: number): void;
  /** The next sign-ins are refused with this code. */
  refuseSignIn(code: number, times?: number, message?: string): void;
  /** The next commands, or the next of that name, fail with this code. */
  fail(
    code: number,
    options?: { readonly command?: string; readonly times?: number; readonly message?: string },
  ): void;
  /** The next commands, or the next of that name, find the connection cut instead of an answer. */
  drop(options?: { readonly command?: string; readonly times?: number }): void;
  /** Every answer (or only those to commands of that name) comes this much later; 0 ends it. */
  delay(milliseconds: number, command?: string): void;
  /** No command is answered, or none of that name, until this is cleared. */
  hang(command?: string): void;
  /** Commands that read take longer, all of them or those about one namespace; zeros end it. */
  slow(pace: Pace, namespace?: string): void;
  clear(): void;
}

/** How much longer than it has to, in milliseconds. */
export interface Pace {
  /** Until it begins to answer. */
  readonly answer?: number;
  /** For each document that it looks at. */
  readonly document?: number;
}

/** What nobody means by a command: signing in, and the farewell that a driver sends when it closes. */
const spared: readonly string[] = ['saslStart', 'saslContinue', 'endSessions'];

const reading: readonly string[] = ['find', 'getMore', 'aggregate', 'count', 'distinct', 'explain'];

/** The faults that wait to happen. */
export class FaultQueue implements GatewayFaults {
  #rules: FailureRule[] = [];
  readonly #delays = new Map<string | undefined, number>();
  readonly #paces = new Map<string | undefined, Pace>();
  readonly #hanging = new Map<string | undefined, PromiseWithResolvers<void>>();

  expireNext(times = 1): void {
    this.#add(undefined, { kind: 'expire' }, times);
  }

  refuseSignIn(code: number, times = 1, message = 'Forced to refuse this sign-in.'): void {
    this.fail(code, { command: 'saslStart', times, message });
  }

  fail(
    code: number,
    options: { readonly command?: string; readonly times?: number; readonly message?: string } = {},
  ): void {
    const { command, times = 1, message = `Forced to fail with ${codeNameOf(code)}.` } = options;
    const error = new CommandError(code, message);
    this.#add(command, { kind: 'fail', error }, times);
  }

  drop(options: { readonly command?: string; readonly times?: number } = {}): void {
    this.#add(options.command, { kind: 'drop' }, options.times ?? 1);
  }

  #add(name: string | undefined, fault: Fault, times: number): void {
    this.#rules.push({ name, fault, left: times === 0 ? Infinity : times });
  }

  hang(command?: string): void {
    this.#hanging.set(command, Promise.withResolvers<void>());
  }

  /** What has to end before this command is looked at. */
  hangOf(command: string): Promise<void> | undefined {
    const anything = spared.includes(command) ? undefined : this.#hanging.get(undefined);
    return (this.#hanging.get(command) ?? anything)?.promise;
  }

  delay(milliseconds: number, command?: string): void {
    this.#delays.set(command, milliseconds);
  }

  slow(pace: Pace, namespace?: string): void {
    this.#paces.set(namespace, pace);
  }

  clear(): void {
    this.#rules = [];
    this.#delays.clear();
    this.#paces.clear();
    for (const { resolve } of this.#hanging.values()) resolve();
    this.#hanging.clear();
  }

  paceOf(command: string, namespace: string): Required<Pace> {
    const pace = reading.includes(command) ? (this.#paces.get(namespace) ?? this.#paces.get(undefined)) : {};
    return { answer: pace?.answer ?? 0, document: pace?.document ?? 0 };
  }

  delayOf(command: string): number {
    return this.#delays.get(command) ?? this.#delays.get(undefined) ?? 0;
  }

  /** Takes the first fault that waits for this command. */
  take(command: string): Fault | undefined {
    const rule = this.#rules.find(({ name }) =>
      name === undefined ? !spared.includes(command) : name.toLowerCase() === command.toLowerCase(),
    );
    if (!rule) return undefined;
    rule.left -= 1;
    if (rule.left <= 0) this.#rules = this.#rules.filter((other) => other !== rule);
    return rule.fault;
  }
}

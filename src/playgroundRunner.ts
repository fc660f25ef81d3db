/** The process in which a playground runs: it has nothing but what the editor says to it. */
import { Failure } from './core/failure.ts';
import type { FromRunner, Letter, ToRunner } from './core/playground/protocol.ts';
import { Shell } from './core/playground/shell.ts';
import type { Batch } from './core/playground/shell.ts';

// Scripts have no business with the editor: they neither hear what it says nor speak to it.
const mouth = Object.create(process, {
  send: { value: Reflect.get(process, 'send') },
  _send: { value: Reflect.get(process, '_send') },
}) as NodeJS.Process;
Object.assign(process, { send: undefined, _send: undefined });
const say = (message: FromRunner): void => void mouth.send?.(message);

let word: string | undefined;
const emit = process.emit.bind(process) as (name: string | symbol, ...given: unknown[]) => boolean;
Object.defineProperty(process, 'emit', {
  value: (name: string | symbol, ...given: unknown[]): boolean => {
    if (name !== 'message') return emit(name, ...given);
    const [theirs, message] = Array.isArray(given[0]) ? (given[0] as unknown as Letter) : [];
    word ??= theirs;
    if (theirs === word && message !== undefined) void hear(message);
    return true;
  },
});

let asked = 0;
interface Asking {
  readonly resolve: (answer: never) => void;
  readonly reject: (reason: Failure) => void;
}

const asking = new Map<number, Asking>();

function ask<T>(message: (ask: number) => FromRunner): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  asking.set(++asked, { resolve, reject });
  say(message(asked));
  return promise;
}

function settle(number: number, how: (one: Asking) => void): void {
  const one = asking.get(number);
  asking.delete(number);
  if (one !== undefined) how(one);
}

let shell: Promise<Shell> | undefined;
const streams = new Map<number, NonNullable<ReturnType<Shell['stream']>>>();

// Without somebody who listens, Node would not wait for what is said.
process.on('message', () => undefined);
// An editor that went without a word leaves nobody to run for.
process.on('disconnect', () => process.exit());
// It stops scripts, never this process.
process.on('SIGINT', () => undefined);
// What a script left to itself fails by itself.
process.on('unhandledRejection', () => undefined);
process.on('uncaughtException', () => undefined);

async function hear(message: ToRunner): Promise<void> {
  switch (message.kind) {
    case 'run':
      return run(message);
    case 'stop':
      return (await shell)?.stop(message.run);
    case 'token':
      return settle(message.ask, ({ resolve }) => resolve(message.token as never));
    case 'noToken':
      return settle(message.ask, ({ reject }) => reject(new Failure(message.failure)));
    case 'permit':
      return settle(message.ask, ({ resolve }) => resolve(message.isAllowed as never));
    case 'protect':
      return (await shell)?.protect(message.isProtected);
    case 'more':
      return answer(message.ask, async () => (await shell)?.more(message.outcome, message.count));
    case 'stream':
      return answer(message.ask, async () => {
        const stream = (await shell)?.stream(message.outcome);
        if (stream !== undefined) streams.set(message.ask, stream);
        return stream?.next();
      });
    case 'next':
      return answer(message.ask, async () => streams.get(message.ask)?.next());
    case 'end': {
      const stream = streams.get(message.ask);
      streams.delete(message.ask);
      return stream?.end().catch(() => undefined);
    }
    case 'forget':
      return (await shell)?.forget(message.outcomes);
  }
}

async function run(message: Extract<ToRunner, { readonly kind: 'run' }>): Promise<void> {
  try {
    shell ??= Shell.open(
      {
        say,
        token: (person) => ask<string>((number) => ({ kind: 'token', ask: number, person })),
        permits: (effect) => ask<boolean>((number) => ({ kind: 'permit', ask: number, effect })),
      },
      message,
    );
    await (await shell).run(message);
  } catch (error) {
    shell = undefined;
    say({ kind: 'notBegun', failure: Failure.from(error).data });
  }
}

async function answer(number: number, found: () => Promise<Batch | undefined>): Promise<void> {
  try {
    const batch = await found();
    say(batch === undefined ? { kind: 'gone', ask: number } : { kind: 'batch', ask: number, ...batch });
  } catch (error) {
    const failure = (await shell)?.failure(error) ?? Failure.from(error).data;
    say({ kind: 'askFailed', ask: number, failure });
  }
}

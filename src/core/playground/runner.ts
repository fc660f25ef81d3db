import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { env } from 'node:process';
import { Failure } from '../failure.ts';
import type { FailureData } from '../failure.ts';
import type { Cloud } from '../identity/clouds.ts';
import type { Cluster } from '../clusters/cluster.ts';
import type { Member } from '../sessions/hosts.ts';
import type { Use } from '../sessions/mongo.ts';
import type { Deed } from './deed.ts';
import { heardFrom } from './heard.ts';
import type { Effect } from './protection.ts';
import type { Came, FromRunner, Letter, Step, ToRunner } from './protocol.ts';
import { Rows } from './rows.ts';
import type { Outcome, Results, Run, Statement, Target, Value } from './run.ts';

/** What a runner needs of the sessions: where a cluster is, and tokens for it. */
export interface RunnerSessions {
  readonly cloud: Cloud;
  members(cluster: Cluster, signal: AbortSignal): Promise<readonly Member[]>;
  token(cluster: Cluster): Promise<string>;
  use(cluster: Cluster, what: Use): () => void;
}

export interface RunnerSettings {
  /** The script of its process. */
  readonly entry: string;
  /** Besides what this process has. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly sessions: RunnerSessions;
  /** Whether somebody wants a statement to do this; asked only where a cluster is protected. */
  readonly permits: (target: Target, effect: Effect) => Promise<boolean>;
  /** A statement changes something now. */
  readonly changing?: (target: Target, effect: Effect) => void;
  /** What its process has done to data, also after a run. */
  readonly did?: (target: Target, deeds: readonly Deed[]) => void;
  /** What its process wrote to nobody: for a log. */
  readonly complained: (text: string) => void;
}

export interface RunOptions {
  readonly isProtected: boolean;
  /** The file of the playground, or one that it would be. */
  readonly file: string;
}

/** In megabytes: what the objects of a playground may take. */
const heapLimit = 1024;
/** In milliseconds: how long a script has to stop by itself before it is interrupted, and before it is ended. */
const patience = { interrupt: 300, end: 3000 };

interface Asking {
  resolve(answer: Extract<FromRunner, { readonly kind: 'batch' }>): void;
  reject(reason: Failure): void;
}

/**
 * A playground's process, as long as it has variables to keep, and the results of its last run. The process is
 * another one after it was reset or ended; it starts with a run.
 */
export class Runner implements Results {
  readonly #settings: RunnerSettings;
  readonly #listeners = new Set<() => void>();
  readonly #asking = new Map<number, Asking>();
  #child: ChildProcess | undefined;
  #word = '';
  /** Why it got no token the last time. */
  #refusal: FailureData | undefined;
  #release: (() => void) | undefined;
  #run: Run | undefined;
  #over: { readonly resolve: () => void; readonly reject: (reason: Failure) => void } | undefined;
  #runs = 0;
  #outcomes = 0;
  #asked = 0;
  #isStopped = false;
  /** Ends a run that is not with its process yet. */
  #leaving: AbortController | undefined;
  #complaint = '';

  constructor(settings: RunnerSettings) {
    this.#settings = settings;
  }

  get run(): Run | undefined {
    return this.#run;
  }

  /** Whether there is a process, with variables. */
  get isAlive(): boolean {
    return this.#child !== undefined;
  }

  get isRunning(): boolean {
    return this.#run?.state === 'running';
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Runs statements in their order, and ends with the last of them or the first that fails. One run at a time: what
   * is asked meanwhile is not done.
   */
  async start(target: Target, statements: readonly Statement[], options: RunOptions): Promise<Run> {
    if (this.isRunning) throw new Failure({ code: 'cancelled' });
    const { sessions } = this.#settings;
    const outcomes = this.#run?.outcomes.map(({ id }) => id) ?? [];
    if (this.#child !== undefined) this.#say({ kind: 'forget', outcomes });
    this.#isStopped = false;
    this.#refusal = undefined;
    const leaving = new AbortController();
    this.#leaving = leaving;
    this.#change({ target, startedAt: Date.now(), state: 'running', outcomes: [] });
    this.#release?.();
    this.#release = sessions.use(target.cluster, 'playground');
    const { promise: over, resolve, reject } = Promise.withResolvers<void>();
    this.#over = { resolve, reject };
    try {
      const limit = AbortSignal.any([leaving.signal, AbortSignal.timeout(15_000)]);
      const members = await sessions.members(target.cluster, limit);
      this.#leaving = undefined;
      if (leaving.signal.aborted) throw new Failure({ code: 'cancelled' });
      const steps = statements.map((statement) => this.#step(statement));
      this.#waiting = new Map(steps.map(({ outcome }, index) => [outcome, statements[index] as Statement]));
      this.#say({
        kind: 'run',
        run: ++this.#runs,
        cloud: sessions.cloud,
        members,
        person: target.cluster.key,
        database: target.database,
        ...options,
        steps,
      });
      await over;
    } catch (error) {
      this.#leaving = undefined;
      if (this.#child === undefined) this.#release?.();
      this.#finish(leaving.signal.aborted ? 'stopped' : 'failed');
      if (!leaving.signal.aborted) throw Failure.from(error);
    }
    return this.#run as Run;
  }

  /** The statements of the run that have not begun. */
  #waiting = new Map<number, Statement>();

  #step({ text, line }: Statement): Step {
    return { outcome: ++this.#outcomes, text, line };
  }

  /** Stops the run: gently, then by interrupting its script, then by ending its process and all it knew. */
  async stop(): Promise<void> {
    if (!this.isRunning) return;
    this.#isStopped = true;
    this.#leaving?.abort();
    const child = this.#child;
    if (this.#leaving !== undefined || child === undefined) return;
    this.#say({ kind: 'stop', run: this.#runs });
    const over = this.#overSoon();
    if (await over(patience.interrupt)) return;
    child.kill('SIGINT');
    if (await over(patience.end)) return;
    child.kill('SIGKILL');
    await over(patience.end);
  }

  /** Ends the process: variables are gone, what was shown stays. */
  async reset(): Promise<void> {
    this.#leaving?.abort();
    const child = this.#child;
    if (child === undefined) return;
    this.#isStopped = true;
    const { promise, resolve } = Promise.withResolvers<void>();
    child.once('close', () => resolve());
    child.kill('SIGKILL');
    // Whoever comes before it has ended gets another one.
    this.#ended(child, null);
    await promise;
  }

  async more(outcome: number, count: number, signal: AbortSignal): Promise<void> {
    for (let left = count; left > 0;) {
      if (signal.aborted) throw new Failure({ code: 'cancelled' });
      const before = this.#documents(outcome);
      if (before?.hasMore !== true) return;
      const { batch, hasMore } = await this.#ask((ask) => ({ kind: 'more', ask, outcome, count: left }));
      const { rows } = before;
      const had = rows.count;
      rows.add(batch);
      left -= rows.count - had;
      this.#replace(outcome, { value: { ...before, hasMore } });
      // There may be more some day: a cursor that waits for what is yet to be written is never at its end.
      if (rows.count === had) return;
    }
  }

  async *stream(outcome: number, signal: AbortSignal): AsyncIterable<Uint8Array> {
    const documents = this.#documents(outcome);
    if (documents === undefined) return;
    if (!documents.hasMore) {
      yield* documents.rows.batches;
      return;
    }
    const ask = ++this.#asked;
    try {
      let next = await this.#ask(() => ({ kind: 'stream', ask, outcome }), ask);
      for (;;) {
        if (signal.aborted) throw new Failure({ code: 'cancelled' });
        if (next.batch.byteLength > 0) yield next.batch;
        if (!next.hasMore || next.batch.byteLength === 0) return;
        next = await this.#ask(() => ({ kind: 'next', ask }), ask);
      }
    } finally {
      if (this.#child !== undefined) this.#say({ kind: 'end', ask });
    }
  }

  /** Asks from now on, or does not ask any more, before anything is changed. */
  protect(isProtected: boolean): void {
    if (this.#child !== undefined) this.#say({ kind: 'protect', isProtected });
  }

  dispose(): void {
    this.#listeners.clear();
    void this.reset();
    this.#release?.();
  }

  #documents(outcome: number): Extract<Value, { readonly kind: 'documents' }> | undefined {
    const value = this.#run?.outcomes.find(({ id }) => id === outcome)?.value;
    return value?.kind === 'documents' ? value : undefined;
  }

  #ask(
    message: (ask: number) => ToRunner,
    ask = ++this.#asked,
  ): Promise<Extract<FromRunner, { readonly kind: 'batch' }>> {
    if (this.#child === undefined) return Promise.reject(new Failure({ code: 'resultGone' }));
    const { promise, resolve, reject } = Promise.withResolvers<Extract<FromRunner, { kind: 'batch' }>>();
    this.#asking.set(ask, { resolve, reject });
    this.#say(message(ask));
    return promise;
  }

  #overSoon(): (milliseconds: number) => Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<true>();
    const stop = this.onChange(() => {
      if (this.isRunning) return;
      stop();
      resolve(true);
    });
    return async (milliseconds) => {
      if (!this.isRunning) return true;
      const { promise: late, resolve: isLate } = Promise.withResolvers<false>();
      const timer = setTimeout(isLate, milliseconds, false);
      try {
        return await Promise.race([promise, late]);
      } finally {
        clearTimeout(timer);
      }
    };
  }

  #say(message: ToRunner): void {
    this.#child ??= this.#fork();
    this.#reply(this.#child, message);
  }

  #fork(): ChildProcess {
    this.#word = randomUUID();
    const child = fork(this.#settings.entry, [], {
      // Of the editor's own Node, also where that is the program of a window.
      env: { ...surroundings(), ...this.#settings.environment, ELECTRON_RUN_AS_NODE: '1' },
      execArgv: [`--max-old-space-size=${heapLimit}`],
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    this.#complaint = '';
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => {
        this.#complaint = (this.#complaint + data.toString()).slice(-4000);
        this.#settings.complained(data.toString());
      });
    child.on('message', (said) => {
      const message = heardFrom(said, this.#refusal);
      if (message !== undefined && child === this.#child) void this.#hear(child, message);
    });
    child.on('error', () => undefined);
    child.on('close', (code) => this.#ended(child, code));
    return child;
  }

  async #hear(child: ChildProcess, message: FromRunner): Promise<void> {
    if (child !== this.#child) return;
    switch (message.kind) {
      case 'began':
        return this.#began(message.outcome);
      case 'printed': {
        const { outcome, lines } = message;
        const printed = this.#run?.outcomes.find(({ id }) => id === outcome)?.printed ?? [];
        return this.#replace(outcome, { printed: [...printed, ...lines] });
      }
      case 'came':
        return this.#conclude(message.outcome, {
          state: 'done',
          took: message.took,
          value: valueOf(message.value),
        });
      case 'failed': {
        const { outcome, took, problem } = message;
        const state = problem.failure.code === 'cancelled' ? 'stopped' : 'failed';
        return this.#conclude(outcome, { state, took, problem });
      }
      case 'notBegun':
        this.#over?.reject(new Failure(message.failure));
        return this.#finish('failed');
      case 'over': {
        const unfinished = this.#run?.outcomes.at(-1);
        const failure = { code: 'internal', message: '' } as const;
        if (unfinished !== undefined)
          this.#conclude(unfinished.id, { state: 'failed', took: 0, problem: { failure, line: undefined } });
        const last = this.#run?.outcomes.at(-1)?.state;
        return this.#finish(message.isStopped || last === 'stopped' ? 'stopped' : (last ?? 'done'));
      }
      case 'token':
        return this.#token(child, message);
      case 'permit': {
        const { target } = this.#run ?? {};
        const isAllowed = target !== undefined && (await this.#settings.permits(target, message.effect));
        return this.#reply(child, { kind: 'permit', ask: message.ask, isAllowed });
      }
      case 'changing': {
        const { target } = this.#run ?? {};
        if (target !== undefined) this.#settings.changing?.(target, message.effect);
        return;
      }
      case 'did': {
        const { target } = this.#run ?? {};
        if (target !== undefined) this.#settings.did?.(target, message.deeds);
        return;
      }
      case 'batch':
        return this.#settle(message.ask)?.resolve(message);
      case 'gone':
        return this.#settle(message.ask)?.reject(new Failure({ code: 'resultGone' }));
      case 'askFailed':
        return this.#settle(message.ask)?.reject(new Failure(message.failure));
    }
  }

  async #token(
    child: ChildProcess,
    { ask, person }: Extract<FromRunner, { readonly kind: 'token' }>,
  ): Promise<void> {
    const cluster = this.#run?.target.cluster;
    try {
      // A connection of a run before is for somebody else, or to somewhere else.
      if (cluster?.key !== person) throw new Failure({ code: 'cancelled' });
      const token = await this.#settings.sessions.token(cluster);
      this.#reply(child, { kind: 'token', ask, token });
    } catch (error) {
      this.#refusal = Failure.from(error).data;
      this.#reply(child, { kind: 'noToken', ask, failure: this.#refusal });
    }
  }

  /** Whoever asked may have ended meanwhile. */
  #reply(child: ChildProcess, message: ToRunner): void {
    if (child.connected) child.send([this.#word, message] satisfies Letter);
  }

  #settle(ask: number): Asking | undefined {
    const asking = this.#asking.get(ask);
    this.#asking.delete(ask);
    return asking;
  }

  #began(id: number): void {
    const statement = this.#waiting.get(id);
    if (statement === undefined || this.#run === undefined) return;
    this.#waiting.delete(id);
    const outcome: Outcome = {
      id,
      statement,
      state: 'running',
      took: undefined,
      value: { kind: 'nothing' },
      printed: [],
      problem: undefined,
    };
    this.#change({ ...this.#run, outcomes: [...this.#run.outcomes, outcome] });
  }

  /** Once: what has ended does not end otherwise. */
  #conclude(id: number, changes: Partial<Outcome>): void {
    if (this.#run?.outcomes.find((one) => one.id === id)?.state === 'running') this.#replace(id, changes);
  }

  #replace(id: number, changes: Partial<Outcome>): void {
    if (this.#run?.outcomes.some((one) => one.id === id) !== true) return;
    const outcomes = this.#run.outcomes.map((one) => (one.id === id ? { ...one, ...changes } : one));
    this.#change({ ...this.#run, outcomes });
  }

  #finish(state: Run['state']): void {
    if (this.#run?.state === 'running') this.#change({ ...this.#run, state });
    this.#over?.resolve();
  }

  #change(run: Run): void {
    this.#run = run;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #ended(child: ChildProcess, code: number | null): void {
    if (this.#child !== child) return;
    this.#child = undefined;
    const cause = code === 134 || this.#complaint.includes('heap out of memory') ? 'memory' : 'gone';
    const failure = this.#isStopped
      ? ({ code: 'cancelled' } as const)
      : ({ code: 'playgroundEnded', cause } as const);
    for (const asking of this.#asking.values()) asking.reject(new Failure({ code: 'resultGone' }));
    this.#asking.clear();
    // A run that has not got as far as its process gets another one.
    if (this.#leaving !== undefined) return;
    this.#release?.();
    this.#release = undefined;
    // Its variables have gone with it, which somebody shows.
    if (!this.isRunning) return this.#tell();
    const state = this.#isStopped ? 'stopped' : 'failed';
    const running = this.#run?.outcomes.find((one) => one.state === 'running');
    if (running !== undefined)
      this.#replace(running.id, {
        state,
        took: Date.now() - (this.#run?.startedAt ?? 0),
        problem: { failure, line: undefined },
      });
    else if (!this.#isStopped) this.#over?.reject(new Failure(failure));
    this.#finish(state);
  }
}

/**
 * What this process has of its surroundings, without what would open a door in the other: programs to run first,
 * debuggers, pictures of its memory, logs of what is sent.
 */
function surroundings(): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !intruding.test(name));
  const authorities = env['NODE_OPTIONS']?.match(/--use-(?:system|openssl|bundled)-ca\b/g) ?? [];
  return {
    ...Object.fromEntries(kept),
    ...(authorities.length === 0 ? {} : { NODE_OPTIONS: authorities.join(' ') }),
  };
}

const intruding =
  /^(?:NODE_(?:OPTIONS|DEBUG|DEBUG_NATIVE|TLS_REJECT_UNAUTHORIZED|V8_COVERAGE|CHANNEL_FD)|MONGODB_LOG_.*)$/i;

function valueOf(came: Came): Value {
  if (came.kind === 'nothing' || came.kind === 'text') return came;
  const rows = new Rows();
  rows.add(came.batch);
  return came.kind === 'value'
    ? { kind: 'value', rows }
    : { kind: 'documents', rows, place: came.place, hasMore: came.hasMore };
}

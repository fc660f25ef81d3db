import { AsyncLocalStorage } from 'node:async_hooks';
import { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { constants, createContext, Script } from 'node:vm';
import { ShellInstanceState, toShellResult } from '@mongosh/shell-api';
import { ShellEvaluator } from '@mongosh/shell-evaluator';
import type { AbstractCursor, Document, MongoClient, MongoClientOptions } from 'mongodb';
import { Failure } from '../failure.ts';
import type { FailureData } from '../failure.ts';
import { connect, newClient } from '../sessions/client.ts';
import type { Besides } from '../sessions/client.ts';
import { lookupOf, resolverOf } from '../sessions/hosts.ts';
import { bytesOf, cameOf, inspected, isCursor } from './came.ts';
import type { Answer } from './came.ts';
import { Deeds } from './deeds.ts';
import { Origins } from './origins.ts';
import { Printout } from './printout.ts';
import { failureOf, isInterruption, stackOf } from './problem.ts';
import type { Effect } from './protection.ts';
import type { FromRunner, Step, ToRunner } from './protocol.ts';
import { guarded, Provider } from './provider.ts';
import { Rewriter } from './rewriter.ts';

type RunMessage = Extract<ToRunner, { readonly kind: 'run' }>;

/** Whom a shell asks for what it does not have. */
export interface Host {
  say(message: FromRunner): void;
  /** For whoever a run is for. */
  token(person: string): Promise<string>;
  permits(effect: Effect): Promise<boolean>;
}

/** So many documents are shown at first: what a server sends at once. */
const firstPage = 100;
/** In bytes: what is said at once of many documents. */
const batchSize = 2 * 1024 * 1024;
/** So far away is a script from where mongosh tells of its calls. */
const deepStack = 40;
/** In milliseconds: how long a server has for what stops its work. */
const stopLimit = 2000;

/** A cursor of mongosh's, as far as it is reached into here. */
interface Cursor {
  readonly _cursor: AbstractCursor<Document>;
  readonly _transform: ((document: Document) => unknown) | null;
  tryNext(): Promise<unknown>;
  isClosed(): boolean;
}

/** Documents right behind each other. */
export interface Batch {
  readonly batch: Uint8Array;
  readonly hasMore: boolean;
}

/** mongosh's own language at a cluster. What a run leaves in variables is there for the next. */
export class Shell {
  readonly #host: Host;
  readonly #origins = new Origins();
  readonly #provider: Provider;
  readonly #state: ShellInstanceState;
  readonly #evaluator: ShellEvaluator;
  readonly #rewriter = new Rewriter();
  readonly #context = sandbox();
  readonly #cursors = new Map<number, Cursor>();
  readonly #reading = new WeakMap<Cursor, Promise<Batch>>();
  /** The sessions of the commands that are under way, as the server knows them. */
  readonly #underWay = new Map<number, unknown>();
  #run: RunMessage;
  /** Of the statement that a call comes from, also long after that is done. */
  readonly #printouts = new AsyncLocalStorage<Printout>();
  /** Tells a run that has not come as far as its first statement that it is stopped. */
  #leave: (() => void) | undefined;
  #isProtected = false;
  #isStopping = false;
  #isRunning = false;
  readonly #changed = new Set<string>();
  readonly #deeds: Deeds;
  #stopped: Promise<void> | undefined;
  /** Where a script last asked mongosh for something. */
  #asked: { readonly stack?: string } = {};

  static async open(host: Host, run: RunMessage): Promise<Shell> {
    const shell = new Shell(host, run, await clientFor(run, host));
    // What the rewriter needs comes before the first statement, and would move its lines.
    await shell.#evaluate('undefined', run.file, 0);
    return shell;
  }

  private constructor(host: Host, run: RunMessage, client: MongoClient) {
    this.#host = host;
    this.#deeds = new Deeds((deeds) => host.say({ kind: 'did', deeds }));
    this.#run = run;
    this.#provider = new Provider(
      client,
      this.#origins,
      (options) => this.#client(options),
      (stopped) => this.#end(stopped),
    );
    this.#watch(client);
    const provider = guarded(this.#provider, (effect) => this.#permit(effect));
    this.#state = new ShellInstanceState(provider, this.#bus(), { deepInspect: false });
    this.#state.setPreFetchCollectionAndDatabaseNames(false);
    this.#state.setEvaluationListener({
      onPrint: (values, way) =>
        this.#printouts
          .getStore()
          ?.print(values.map(({ printable }) => inspected(printable, way === 'printjson')).join(' ')),
      onLoad: (name) => this.#load(name),
      onExit: () => Promise.reject(new Failure({ code: 'cancelled' })),
      onClearCommand: () => undefined,
      getConfig: (key: string) => (key === 'displayBatchSize' ? firstPage : undefined) as never,
    });
    this.#state.setCtx(this.#context);
    this.#evaluator = new ShellEvaluator(this.#state, toShellResult);
    Object.assign(this.#evaluator, { asyncWriter: this.#rewriter });
  }

  /** Another cluster, person or database than before: variables stay. */
  async #enter(run: RunMessage): Promise<void> {
    const before = this.#run;
    this.#run = run;
    // What a script has left running may still be at the cluster before.
    this.#isProtected ||= run.isProtected;
    const place = (one: RunMessage): string => JSON.stringify([one.cloud, one.members, one.person]);
    if (place(before) !== place(run)) {
      const { mongoClient } = this.#provider;
      this.#provider.mongoClient = await this.#client();
      // Nobody waits for a server to say goodbye.
      mongoClient.close().catch(() => undefined);
    }
    this.#isProtected = run.isProtected;
    await connect(this.#provider.mongoClient, run.members);
    if (this.#run !== run || this.#isStopping) return;
    const [mongo] = this.#state.mongos;
    if (mongo !== undefined) this.#state.setDbFunc(mongo.getDB(run.database));
    Object.assign(this.#context, { require: createRequire(pathToFileURL(run.file)) });
  }

  /** Runs statements one after the other, until one fails. */
  async run(run: RunMessage): Promise<void> {
    this.#isStopping = false;
    this.#isRunning = true;
    this.#changed.clear();
    this.#deeds.begin();
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    this.#leave = leave;
    try {
      await Promise.race([this.#enter(run), left]);
    } catch (error) {
      this.#isRunning = false;
      this.#host.say({ kind: 'notBegun', failure: this.failure(error) });
      return;
    } finally {
      this.#leave = undefined;
    }
    try {
      for (const step of run.steps) if (this.#isStopping || !(await this.#step(step))) break;
    } finally {
      // What is interrupted is not to be entered again before it is whole.
      await this.#stopped;
      this.#stopped = undefined;
      this.#isRunning = false;
      this.#deeds.flush();
      this.#host.say({ kind: 'over', isStopped: this.#isStopping });
    }
  }

  /** Ends what is under way, here and on the server. */
  async stop(run: number): Promise<void> {
    if (run !== this.#run.run || !this.#isRunning) return;
    this.#isStopping = true;
    if (this.#leave !== undefined) return this.#leave();
    this.#stopped = this.#interrupt();
    await this.#stopped;
  }

  async #interrupt(): Promise<void> {
    await this.#state.onInterruptExecution();
    await this.#state.onResumeExecution();
  }

  protect(isProtected: boolean): void {
    this.#isProtected = isProtected;
  }

  /** At least so many documents more of an outcome; undefined where there is no cursor of it any more. */
  async more(outcome: number, count: number): Promise<Batch | undefined> {
    const cursor = this.#cursors.get(outcome);
    if (cursor === undefined || cursor._cursor.killed) return undefined;
    const found = await this.#read(cursor, count);
    if (!found.hasMore) this.#cursors.delete(outcome);
    return found;
  }

  /** All of an outcome anew, from its beginning; undefined where that cannot be. */
  stream(outcome: number): { next(): Promise<Batch>; end(): Promise<void> } | undefined {
    const cursor = this.#cursors.get(outcome);
    if (cursor === undefined || cursor._cursor.killed || !('clone' in cursor._cursor)) return undefined;
    const anew = cursor._cursor.clone();
    const transform = cursor._transform;
    if (transform !== null) this.#origins.read(anew, undefined);
    const own = transform === null ? plain(anew) : mapped(anew, transform);
    return { next: () => this.#read(own, Infinity), end: () => anew.close() };
  }

  /** What somebody threw, here or at the database. */
  failure(error: unknown): FailureData {
    return failureOf(error, this.#run.members[0]?.host ?? '').data;
  }

  forget(outcomes: readonly number[]): void {
    for (const outcome of outcomes) {
      const cursor = this.#cursors.get(outcome);
      this.#cursors.delete(outcome);
      // A server keeps it until it is told, or has waited for long.
      cursor?._cursor.close().catch(() => undefined);
    }
  }

  async #step({ outcome, text, line }: Step): Promise<boolean> {
    const { file } = this.#run;
    const printout = new Printout((lines) => this.#host.say({ kind: 'printed', outcome, lines }));
    this.#asked = {};
    this.#host.say({ kind: 'began', outcome });
    const started = performance.now();
    const took = (): number => performance.now() - started;
    try {
      const answer = await this.#printouts.run(printout, () => this.#evaluate(text, file, line));
      printout.flush();
      const value = cameOf(this.#origins, answer);
      if (value.kind === 'documents' && value.hasMore) this.#keep(outcome, answer);
      this.#host.say({ kind: 'came', outcome, took: took(), value });
      return true;
    } catch (error) {
      printout.flush();
      const problem =
        this.#isStopping || isInterruption(error)
          ? { failure: { code: 'cancelled' as const }, line: undefined }
          : { failure: this.failure(error), line: this.#lineOf(error, file) ?? line };
      this.#host.say({ kind: 'failed', outcome, took: took(), problem });
      return false;
    }
  }

  /** What the database refuses is known long after a script has asked for it. */
  #lineOf(error: unknown, file: string): number | undefined {
    return (
      this.#rewriter.lineIn(stackOf(error) ?? '', file) ??
      this.#rewriter.lineIn(this.#asked.stack ?? '', file)
    );
  }

  #bus(): EventEmitter {
    const bus = new EventEmitter();
    bus.on('mongosh:api-call', () => {
      const { stackTraceLimit } = Error;
      Error.stackTraceLimit = deepStack;
      Error.captureStackTrace((this.#asked = {}));
      Error.stackTraceLimit = stackTraceLimit;
    });
    return bus;
  }

  #evaluate(text: string, file: string, line: number): Promise<Answer> {
    const evaluate = (code: string): unknown =>
      new Script(code, {
        filename: this.#rewriter.name(file, line),
        importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      }).runInContext(this.#context, { breakOnSigint: true });
    return this.#evaluator.customEval(async (code) => evaluate(code), text, this.#context, file);
  }

  #keep(outcome: number, { type, rawValue }: Answer): void {
    if (!isCursor(type)) return;
    const cursor = (type === 'CursorIterationResult' ? this.#state.currentCursor : rawValue) as Cursor;
    // What watches a collection is no list of documents.
    if ('readBufferedDocuments' in cursor._cursor) this.#cursors.set(outcome, cursor);
  }

  /** One after the other: a cursor does not tell two who ask at once from each other. */
  #read(cursor: Cursor, count: number): Promise<Batch> {
    const before = this.#reading.get(cursor) ?? Promise.resolve();
    const read = (): Promise<Batch> => this.#readOn(cursor, count);
    const reading = before.then(read, read);
    this.#reading.set(cursor, reading);
    return reading;
  }

  async #readOn(cursor: Cursor, count: number): Promise<Batch> {
    const isPlain = cursor._transform === null;
    if (isPlain) this.#origins.asBytes(cursor._cursor);
    const parts: Uint8Array[] = [];
    const add = (value: unknown): number => {
      const part = bytesOf(this.#origins, value);
      parts.push(part);
      return part.byteLength;
    };
    for (let size = 0; parts.length < count && size < batchSize;) {
      const next: unknown = await cursor.tryNext();
      if (next === null) break;
      size += add(next);
      if (!isPlain) continue;
      // What the server sent along need not be waited for.
      while (parts.length < count && size < batchSize && cursor._cursor.bufferedCount() > 0)
        for (const one of cursor._cursor.readBufferedDocuments(1)) size += add(one);
    }
    const hasMore = !cursor.isClosed() || cursor._cursor.bufferedCount() > 0;
    return { batch: Buffer.concat(parts), hasMore };
  }

  #load(name: string): { resolvedFilename: string; evaluate(): Promise<void> } {
    const file = resolve(dirname(this.#run.file), name);
    return {
      resolvedFilename: file,
      evaluate: async () => void (await this.#evaluate(await readFile(file, 'utf8'), file, 0)),
    };
  }

  async #permit(effect: Effect): Promise<void> {
    if (!this.#isProtected) return this.#changing(effect);
    const { run } = this.#run;
    const isAllowed = await this.#host.permits(effect);
    // Whoever has stopped it meanwhile has answered too.
    const isOver = run !== this.#run.run || this.#isStopping;
    if (isAllowed && !isOver) return this.#changing(effect);
    if (!isOver) this.#isStopping = true;
    throw new Failure({ code: 'cancelled' });
  }

  /** Once in a run of each sort and place: a loop may do it many times. */
  #changing(effect: Effect): void {
    const { effect: sort, database, collection } = effect;
    const what = JSON.stringify([sort, database, collection]);
    if (this.#changed.has(what)) return;
    this.#changed.add(what);
    this.#host.say({ kind: 'changing', effect });
  }

  async #client(options?: MongoClientOptions): Promise<MongoClient> {
    const client = await clientFor(this.#run, this.#host, options);
    this.#watch(client);
    return client;
  }

  #watch(client: MongoClient): void {
    client.on('commandStarted', ({ requestId, databaseName, commandName, command }) => {
      this.#underWay.set(requestId, command['lsid']);
      this.#deeds.sent(requestId, databaseName, commandName, command);
    });
    client.on('commandSucceeded', ({ requestId, reply }) => {
      this.#underWay.delete(requestId);
      this.#deeds.answered(requestId, reply);
    });
    client.on('commandFailed', ({ requestId, failure }) => {
      this.#underWay.delete(requestId);
      this.#deeds.failed(requestId, failure);
    });
  }

  /** A connection that is closed does not end the work of a server that has not noticed: it is told. */
  async #end(client: MongoClient): Promise<void> {
    const sessions = [...this.#underWay.values()].filter((lsid) => lsid !== undefined);
    this.#underWay.clear();
    if (sessions.length > 0) {
      const told = client.db('admin').command({ killSessions: sessions }, { timeoutMS: stopLimit });
      await told.catch(() => undefined);
    }
    await client.close();
  }
}

function plain(cursor: AbstractCursor<Document>): Cursor {
  return {
    _cursor: cursor,
    _transform: null,
    tryNext: () => cursor.tryNext(),
    isClosed: () => cursor.closed,
  };
}

function mapped(cursor: AbstractCursor<Document>, transform: (document: Document) => unknown): Cursor {
  return {
    _cursor: cursor,
    _transform: transform,
    tryNext: async () => {
      const next = await cursor.tryNext();
      return next === null ? null : transform(next);
    },
    isClosed: () => cursor.closed,
  };
}

async function clientFor(
  { cloud, members, person }: RunMessage,
  host: Host,
  besides: MongoClientOptions = {},
): Promise<MongoClient> {
  const lookup = lookupOf(cloud, resolverOf(cloud), members);
  const preferences = preferred.flatMap((name) =>
    besides[name] === undefined ? [] : [[name, besides[name]]],
  );
  return newClient({
    members,
    lookup,
    token: () => host.token(person),
    answer: 15_000,
    besides: { monitorCommands: true, ...(Object.fromEntries(preferences) as Besides) },
  });
}

/** What a script may say of its connection. */
const preferred = [
  'readPreference',
  'readConcern',
  'readConcernLevel',
  'writeConcern',
  'w',
  'wtimeoutMS',
  'journal',
] as const;

/** A world of its own for scripts, with what Node gives everybody; they cannot break that of the shell. */
function sandbox(): ReturnType<typeof createContext> {
  const own = createContext();
  const language = new Set<string>(new Script('Object.getOwnPropertyNames(globalThis)').runInContext(own));
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(globalThis)))
    if (!language.has(name)) Object.defineProperty(own, name, property);
  Object.assign(own, { global: own });
  return own;
}

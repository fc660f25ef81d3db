import type { Door } from '../azure/door.ts';
import { pause } from '../azure/pause.ts';
import { write } from '../azure/writes.ts';
import type { Change, Step } from '../clusters/change.ts';
import type { Cluster, Principal } from '../clusters/cluster.ts';
import type { Store } from '../clusters/discovery.ts';
import type { Database } from '../clusters/kind.ts';
import { kinds } from '../clusters/kinds.ts';
import { Failure } from '../failure.ts';
import type { FailureData } from '../failure.ts';
import type { Caller, Clock } from '../identity/tokens.ts';
import { interrupts, obstaclesTo } from './guards.ts';
import { holds, look, readCluster } from './seen.ts';
import type { Seen } from './seen.ts';

/** What a change is doing just now, or waits for. */
export type Stage =
  /** Behind other changes of the cluster. */
  | { readonly what: 'queued' }
  /** The cluster is at something else, or has just been. */
  | { readonly what: 'clusterBusy' }
  | { readonly what: 'throttled'; readonly seconds: number }
  /** For the person, who is asked for more proof of who they are. */
  | { readonly what: 'stepUp' }
  | { readonly what: 'unreachable' }
  | { readonly what: 'sending' }
  /** Azure has it in hand. */
  | { readonly what: 'accepted' }
  | { readonly what: 'verifying' };

/** A change on its way. */
export interface Operation {
  readonly id: number;
  readonly cluster: Cluster;
  readonly change: Change;
  /** Whom it is about, by the name that the person saw. */
  readonly who: string;
  readonly stage: Stage;
  readonly startedAt: number;
  /** Milliseconds that the last one of its kind took. */
  readonly tookLast: number | undefined;
  /** To cancel means something: nothing was sent yet. */
  readonly cancellable: boolean;
}

/** Who keeps the record of changes: a line before anything is sent, and one for the end. */
export interface ChangeEvents {
  changeStarted(attempt: Attempt, before: Seen | undefined): Promise<unknown>;
  changeEnded(
    started: unknown,
    ending: {
      readonly outcome: 'done' | Failure;
      /** It was sent, and nobody heard or saw what came of it. */
      readonly isOpen: boolean;
      readonly after: Seen | undefined;
      readonly correlationIds: readonly string[];
    },
  ): void;
}

interface Attempt {
  readonly cluster: Cluster;
  readonly change: Change;
  /** The person's own object id in the cluster's tenant. */
  readonly objectId: string | undefined;
  /** Whom it is about. */
  readonly name: string | undefined;
}

export interface Around {
  readonly door: Door;
  readonly database: Database;
  readonly store: Store;
  readonly clock: Clock;
  readonly events: ChangeEvents;
  /** The person's own object id in their tenant. */
  readonly me: (caller: Caller) => Promise<string | undefined>;
  /** Whether the directory has no such principal any more, as far as it may be asked. */
  readonly gone?: (
    caller: Caller,
    principals: readonly Principal[],
  ) => Promise<(principal: Principal) => boolean>;
  /** Asks the person for the proof that Azure demanded last. */
  readonly stepUp: (caller: Caller) => Promise<unknown>;
  /** An operation came, went on, or ended. */
  readonly changed: (key: string) => void;
}

/** The changes of every cluster: those of one follow each other, and each is seen through to its end. */
export class Changes {
  readonly #around: Around;
  readonly #underWay = new Map<number, { operation: Operation; isKept: boolean; stop: AbortController }>();
  /** The last change of each cluster, by ARM id: two accounts may see the same one. */
  readonly #last = new Map<string, Promise<unknown>>();
  #count = 0;

  constructor(around: Around) {
    this.#around = around;
  }

  /** What is under way at a cluster. */
  under(key: string): readonly Operation[] {
    return [...this.#underWay.values()].flatMap(({ operation }) =>
      operation.cluster.key === key ? [operation] : [],
    );
  }

  get all(): readonly Operation[] {
    return [...this.#underWay.values()].map(({ operation }) => operation);
  }

  /** Stops what has not been sent yet. */
  cancel(id: number): void {
    const found = this.#underWay.get(id);
    if (found?.operation.cancellable === true) found.stop.abort();
  }

  /** Settles when the change has come true and was seen to, or fails and says how far it came. */
  async make(cluster: Cluster, change: Change, who: string): Promise<void> {
    const id = ++this.#count;
    const stop = new AbortController();
    const { clock, store } = this.#around;
    const took = store.get(tookKey(cluster, change));
    const operation: Operation = {
      id,
      cluster,
      change,
      who,
      stage: { what: 'queued' },
      startedAt: clock.now(),
      tookLast: typeof took === 'number' ? took : undefined,
      cancellable: true,
    };
    this.#underWay.set(id, { operation, isKept: false, stop });
    this.#around.changed(cluster.key);

    const key = cluster.id.toLowerCase();
    const before = this.#last.get(key) ?? Promise.resolve();
    const record: Record = { isOpen: false, correlationIds: [] };
    const own = ownTurn(before, stop.signal).then(() => this.#carryOut(id, record, stop.signal));
    // Whoever comes next waits for this one's turn, too, when this one was stopped before it.
    this.#last.set(key, Promise.allSettled([before, own]));
    try {
      await own;
      if (record.begunAt !== undefined) store.set(tookKey(cluster, change), clock.now() - record.begunAt);
      await this.#recordEnd(id, record, 'done');
    } catch (error) {
      const failure = withoutPassword(Failure.from(error), change);
      await this.#recordEnd(id, record, failure);
      throw failure;
    } finally {
      this.#underWay.delete(id);
      this.#around.changed(cluster.key);
    }
  }

  async #recordStart(id: number, record: Record): Promise<void> {
    const { cluster, change, who } = this.#operation(id);
    const objectId = await this.#around.me(cluster.caller).catch(() => undefined);
    const attempt = { cluster, change, objectId, name: who === '' ? undefined : who };
    record.started = { line: await this.#around.events.changeStarted(attempt, record.before) };
  }

  /** What failed before it began has a line as well. */
  async #recordEnd(id: number, record: Record, outcome: 'done' | Failure): Promise<void> {
    if (record.started === undefined) await this.#recordStart(id, record);
    const { isOpen, after, correlationIds } = record;
    this.#around.events.changeEnded(record.started?.line, { outcome, isOpen, after, correlationIds });
  }

  async #carryOut(id: number, record: Record, signal: AbortSignal): Promise<void> {
    const { door, database, clock } = this.#around;
    const at = (): Operation => this.#operation(id);
    const { change } = at();
    const kind = kinds[at().cluster.kind];

    let cluster = await readCluster(door, at().cluster, signal);
    while (kind.isBusy(cluster)) {
      this.#stage(id, { what: 'clusterBusy' });
      await pause(busyPause, signal);
      cluster = await readCluster(door, cluster, signal);
    }
    this.#stage(id, { what: 'sending' }, true);
    record.before = await look(door, database, cluster, change, signal);
    if (holds(change, record.before) && change.what !== 'removeGrant') {
      record.after = record.before;
      return;
    }
    await this.#refuseIfOvertaken(cluster, change, signal);
    await this.#recordStart(id, record);
    if (signal.aborted) throw new Failure({ code: 'cancelled' });

    record.begunAt = clock.now();
    for (const index of kind.steps(cluster, change).keys()) {
      try {
        await this.#send(id, cluster, index, record, signal);
      } catch (error) {
        const failure = Failure.from(error);
        // What the service says is one thing, what is true another: a lost answer is not a failed change.
        const seen = await look(door, database, cluster, change).catch(() => undefined);
        if (seen !== undefined) record.after = seen;
        if (seen !== undefined && holds(change, seen)) return;
        // What was taken on may be there a moment later.
        if (seen !== undefined && !this.#isKept(id)) record.isOpen = false;
        const isBegun = index > 0 || (change.what === 'changeRole' && !isLike(seen, record.before));
        const left = interrupts(kind, cluster, change) ? 'nothing' : 'both';
        throw isBegun ? new Failure({ code: 'halfDone', left, reason: failure.data }, failure) : failure;
      }
    }

    this.#stage(id, { what: 'verifying' });
    record.isOpen = true;
    for (let tries = 1; ; tries++) {
      const isLast = tries === verifications;
      const seen = await look(door, database, cluster, change).catch((error: unknown) => {
        if (isLast) throw error;
        return undefined;
      });
      if (seen !== undefined) record.after = seen;
      if (seen !== undefined && holds(change, seen)) return;
      if (isLast) {
        record.isOpen = false;
        throw new Failure({ code: 'ignored' });
      }
      await pause(verifyPause);
    }
  }

  /** Between the person's yes and now others may have removed the administrator that made it harmless. */
  async #refuseIfOvertaken(cluster: Cluster, change: Change, signal: AbortSignal): Promise<void> {
    const takes = change.what === 'setModes' || change.what === 'removeGrant' || change.what === 'changeRole';
    const kind = kinds[cluster.kind];
    if (!takes || !kind.hasAdministrators) return;
    const grants = await kind.grants(this.#around.door, cluster, signal);
    const principals = grants.flatMap(({ holder }) => (holder.state === 'entra' ? [holder.principal] : []));
    const isGone = await this.#around.gone?.(cluster.caller, principals).catch(() => undefined);
    const known = { grants, signsIn: 'yes', ...(isGone === undefined ? {} : { isGone }) } as const;
    const overtaken = obstaclesTo(kind, cluster, change, known).some(
      ({ what }) => what === 'lastAdministrator' || what === 'noAdministrator',
    );
    if (overtaken) throw new Failure({ code: 'overtaken' });
  }

  async #send(id: number, first: Cluster, index: number, record: Record, signal: AbortSignal): Promise<void> {
    const { door, database, stepUp } = this.#around;
    const { change } = this.#operation(id);
    const kind = kinds[first.kind];
    const tries = new Map<Stage['what'], number>();
    let cluster = first;
    for (let hasWaited = false; ; hasWaited = true) {
      let step: Step | undefined;
      try {
        // While it waited others may have changed what it would replace, and what made it harmless.
        if (hasWaited && !this.#isKept(id)) {
          cluster = await readCluster(door, cluster, signal);
          await this.#refuseIfOvertaken(cluster, change, signal);
        }
        step = kind.steps(cluster, change)[index];
        if (step === undefined) return;
        this.#stage(id, { what: 'sending' });
        if (step.to === 'database') {
          this.#keep(id);
          await database.command(cluster, step.command);
        } else {
          await write(door, cluster.caller, step, {
            signal,
            accepted: (correlationId) => {
              if (correlationId !== undefined) record.correlationIds.push(correlationId);
              this.#keep(id);
              this.#stage(id, { what: 'accepted' });
            },
          });
        }
        return;
      } catch (error) {
        const failure = Failure.from(error);
        if (step !== undefined && isGoneAlready(step, failure)) return;
        if (isAnswer(failure)) record.isOpen = false;
        else if (isLost(failure) || (this.#isKept(id) && isAfter(failure, step))) record.isOpen = true;
        const next = whatNext(failure);
        const count = next === undefined ? 0 : (tries.get(next.stage.what) ?? 0);
        const wait = next?.waits[count];
        if (next === undefined || wait === undefined) throw failure;
        tries.set(next.stage.what, count + 1);
        this.#stage(id, next.stage);
        if (next.stage.what === 'stepUp') await stepUp(cluster.caller);
        await pause(wait, this.#operation(id).cancellable ? signal : undefined);
      }
    }
  }

  #operation(id: number): Operation {
    const found = this.#underWay.get(id);
    if (found === undefined) throw new Failure({ code: 'internal', message: 'no such change' });
    return found.operation;
  }

  /** From here on there is no way back. */
  #keep(id: number): void {
    const found = this.#underWay.get(id);
    if (found !== undefined) found.isKept = true;
  }

  #isKept(id: number): boolean {
    return this.#underWay.get(id)?.isKept === true;
  }

  /** What is being sent may have arrived: only who waits, or has not begun to send, can still be called back. */
  #stage(id: number, stage: Stage, isAhead = false): void {
    const found = this.#underWay.get(id);
    if (found === undefined) return;
    const waits = isAhead || stage.what === 'clusterBusy' || stage.what === 'throttled';
    found.operation = { ...found.operation, stage, cancellable: waits && !found.isKept };
    this.#around.changed(found.operation.cluster.key);
  }
}

/** What is gathered for the record while a change is carried out. */
interface Record {
  started?: { readonly line: unknown };
  before?: Seen;
  after?: Seen;
  /** When the first of it was sent. */
  begunAt?: number;
  /** What was sent last may have come true, or may yet. */
  isOpen: boolean;
  readonly correlationIds: string[];
}

const busyPause = 5000;
const verifications = 4;
const verifyPause = 2000;
/** After an operation the service may hold its lock for minutes; Microsoft's own tools try for nine. */
const lockPauses = [1000, 2000, 4000, 8000, 15_000, 30_000, ...Array.from({ length: 10 }, () => 45_000)];
const lossPauses = [1000, 3000, 9000];

/** What a failed write is tried again after, and how often; undefined when trying again is no help. */
function whatNext({
  data,
}: Failure): { readonly stage: Stage; readonly waits: readonly number[] } | undefined {
  if (data.code === 'stepUpNeeded') return { stage: { what: 'stepUp' }, waits: [0] };
  if (data.code === 'throttled') {
    const seconds = Math.max(1, data.seconds);
    return { stage: { what: 'throttled', seconds }, waits: lockPauses.map(() => seconds * 1000) };
  }
  if (
    data.code === 'service' &&
    data.status === 409 &&
    !/Locked|Registration|ReadOnly|Exists/i.test(data.serviceCode)
  )
    return { stage: { what: 'clusterBusy' }, waits: lockPauses };
  if (data.code === 'unreachable' || (data.code === 'service' && data.status >= 500))
    return { stage: { what: 'unreachable' }, waits: lossPauses };
  return undefined;
}

/** Whether the service says that what it took on has not come true. */
function isAnswer({ data }: Failure): boolean {
  return data.code === 'operationFailed' || data.code === 'database';
}

/** Whether nothing says that it has not arrived. */
function isLost({ data }: Failure): boolean {
  return (
    data.code === 'unreachable' ||
    data.code === 'databaseUnreachable' ||
    (data.code === 'service' && data.status >= 500)
  );
}

/** Whether it is about what has been taken on: a database that lets nobody in was not told what to do. */
function isAfter({ code }: Failure, step: Step | undefined): boolean {
  return step?.to !== 'database' || code === 'signedOut';
}

/** To remove what is not there is no failure: somebody was quicker, or it is the second try. */
function isGoneAlready(step: Step, { data }: Failure): boolean {
  if (step.to === 'database')
    return 'dropUser' in step.command && data.code === 'database' && data.serverCode === 11;
  return step.method === 'DELETE' && data.code === 'notFound';
}

/** Whether nothing has changed; what could not be looked at has not, as far as anybody knows. */
function isLike(now: Seen | undefined, before: Seen | undefined): boolean {
  return now === undefined || JSON.stringify(now) === JSON.stringify(before);
}

/** A service may repeat what it did not like: that has no shape by which a redactor would know it, and we do. */
function withoutPassword(failure: Failure, change: Change): Failure {
  const password = change.what === 'setModes' ? change.administrator?.password : undefined;
  if (password === undefined || password === '') return failure;
  const inJson = JSON.stringify(password).slice(1, -1);
  // Without the cause, whose text may hold it as well.
  return new Failure(JSON.parse(JSON.stringify(failure.data).replaceAll(inJson, '[secret]')) as FailureData);
}

function tookKey({ kind }: Cluster, { what }: Change): string {
  return `took:${kind}:${what}`;
}

/** Waits for others, no longer than the person does. */
function ownTurn(before: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new Failure({ code: 'cancelled' }));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    before.then(
      () => resolve(undefined),
      () => resolve(undefined),
    );
  });
}

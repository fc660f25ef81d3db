import { Failure, withoutSecrets } from '../failure.ts';
import type { Cluster } from '../clusters/cluster.ts';
import type { Check } from './check.ts';
import type { Cause, CheckId, Evidence, Look, Patient, Report, Result } from './report.ts';
import { checksOf } from './checks.ts';
import { factsOf } from './facts.ts';
import type { Facts, Instruments } from './facts.ts';
import { hurdlesOf, readRights, unknownRights } from './rights.ts';
import type { Rights } from './rights.ts';
import type { Unopened } from './unopened.ts';

/**
 * All checks of one patient, or those that are worth it where a session did not open: made in the order of their
 * needs, at the same time where nothing keeps them.
 */
export class Examination {
  readonly patient: Patient;
  readonly #instruments: Instruments;
  readonly #changed: (report: Report) => void;
  readonly #checks: readonly Check[];
  readonly #unopened: Unopened | undefined;
  #results: ReadonlyMap<CheckId, Result>;
  #begun = 0;
  #state: Report['state'] = 'looking';
  #running: AbortController | undefined;
  #rights: Rights = unknownRights;
  /** As Azure said it last, or the list. */
  #cluster: Cluster;
  #subscriptionState: string | undefined;
  #asking: AbortController | undefined;

  constructor(
    patient: Patient,
    instruments: Instruments,
    changed: (report: Report) => void = () => undefined,
    unopened?: Unopened,
  ) {
    this.patient = patient;
    this.#cluster = patient.cluster;
    this.#instruments = instruments;
    this.#changed = changed;
    this.#unopened = unopened;
    this.#checks = checksOf(patient).filter(({ id }) => unopened?.checks.includes(id) !== false);
    this.#results = new Map(this.#checks.map(({ id }) => [id, { state: 'waiting' }]));
  }

  get report(): Report {
    return {
      patient: this.patient,
      begun: this.#begun,
      state: this.#state,
      results: this.#results,
      rights: this.#rights,
      hurdles: hurdlesOf({ ...this.patient, cluster: this.#cluster }, this.#subscriptionState),
    };
  }

  /** Looks at everything, or anew at one check and those that come after it. What was under way is stopped. */
  async run(from?: CheckId): Promise<Report> {
    this.stop();
    const running = new AbortController();
    this.#running = running;
    this.#begun = this.#instruments.clock.now();
    this.#state = 'looking';
    const anew = this.#after(from);
    for (const { id } of anew) this.#put(id, { state: 'waiting' });
    // Whoever looks anew may have been given a role since.
    const asking = from === undefined ? this.#ask() : Promise.resolve();
    const facts = this.#learning(
      factsOf(this.patient, this.#instruments, running.signal, this.#unopened?.failure),
    );
    const made = new Map<CheckId, Promise<Result>>();
    for (const check of this.#inOrder()) {
      const known = this.#results.get(check.id);
      const result =
        anew.includes(check) || known === undefined
          ? this.#make(check, facts, made, running.signal)
          : Promise.resolve(known);
      made.set(check.id, result);
    }
    await Promise.all(made.values());
    await facts.close();
    await orLater(asking, this.#instruments.limits.rights, running.signal);
    if (this.#running === running) {
      this.#state = running.signal.aborted ? 'stopped' : 'done';
      this.#running = undefined;
      this.#changed(this.report);
    }
    // What did not come within its limit is not waited for any more.
    running.abort();
    return this.report;
  }

  /** The same, and what the checks hear of the cluster is kept. */
  #learning(facts: Facts): Facts {
    return {
      ...facts,
      cluster: async () => (this.#cluster = await facts.cluster()),
      subscription: async () => {
        const subscription = await facts.subscription();
        this.#subscriptionState = subscription.state;
        return subscription;
      },
    };
  }

  /** What whoever looks may do, beside the checks; an answer that is late is told when it comes. */
  async #ask(): Promise<void> {
    const { permissions, limits } = this.#instruments;
    this.#asking?.abort();
    const asking = new AbortController();
    this.#asking = asking;
    permissions.forget(this.patient.cluster.key);
    const signal = AbortSignal.any([asking.signal, AbortSignal.timeout(limits.usual)]);
    const rights = await readRights(permissions, this.patient, signal).catch(() => unknownRights);
    if (asking.signal.aborted) return;
    this.#rights = rights;
    this.#changed(this.report);
  }

  /** A check and all after it; and of those before it what did not pass, or has waited for one of these. */
  #after(from: CheckId | undefined): readonly Check[] {
    const start = this.#checks.findIndex(({ id }) => id === from);
    const anew = new Set<CheckId>();
    for (const check of this.#inOrder()) {
      const state = this.#of(check.id).state;
      const isKept =
        this.#checks.indexOf(check) < start &&
        (state === 'pass' || state === 'warning') &&
        [...check.needs, ...(check.behind ?? [])].every((id) => !anew.has(id));
      if (!isKept) anew.add(check.id);
    }
    return this.#checks.filter(({ id }) => anew.has(id));
  }

  /** What has been found stays; what has not been looked at is told to be so. */
  stop(): void {
    this.#running?.abort();
  }

  async #make(
    check: Check,
    facts: Facts,
    made: ReadonlyMap<CheckId, Promise<Result>>,
    signal: AbortSignal,
  ): Promise<Result> {
    const put = (result: Result): Result => {
      // Another run may have begun since.
      if (this.#running?.signal === signal) this.#put(check.id, result);
      return result;
    };
    if (check.isOwn === true && this.patient.other !== undefined)
      return put({ state: 'notRun', why: { what: 'theirs' } });
    for (const id of check.behind ?? []) await made.get(id);
    for (const id of check.needs) {
      const needed = await made.get(id);
      if (
        needed !== undefined &&
        isMissing(
          needed,
          this.#checks.find((one) => one.id === id),
        )
      )
        // The one that has failed, not the one that was not made for its sake.
        return put({
          state: 'notRun',
          why: needed.state === 'notRun' ? needed.why : { what: 'needs', check: id },
        });
    }
    if (signal.aborted) return put({ state: 'notRun', why: { what: 'stopped' } });
    put({ state: 'looking' });
    const started = performance.now();
    const look = await this.#look(check, facts, signal);
    if (look === undefined) return put({ state: 'notRun', why: { what: 'stopped' } });
    const said = 'cause' in look ? { ...look, cause: withoutExcess(look.cause) } : look;
    return put({ ...said, evidence: said.evidence.map(safe), milliseconds: performance.now() - started });
  }

  /** Within its limit, come what may. Undefined: it was stopped. */
  async #look(check: Check, facts: Facts, signal: AbortSignal): Promise<Look | undefined> {
    const limit = this.#instruments.limits[check.id] ?? this.#instruments.limits.usual;
    const { promise, resolve } = Promise.withResolvers<Look | undefined>();
    const timer = setTimeout(
      () => resolve({ state: 'unknown', why: { what: 'slow', limit }, evidence: [] }),
      limit,
    );
    const stop = (): void => resolve(undefined);
    signal.addEventListener('abort', stop);
    check.look(facts).then(resolve, (error: unknown) => {
      const { data } = Failure.from(error);
      if (data.code === 'cancelled') return resolve(undefined);
      return resolve({ state: 'unknown', why: { what: 'failure', failure: data }, evidence: [] });
    });
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }

  /** Each after those that it waits for. */
  #inOrder(): readonly Check[] {
    const ordered: Check[] = [];
    const add = (check: Check): void => {
      if (ordered.includes(check)) return;
      const before = [...check.needs, ...(check.behind ?? [])];
      for (const other of this.#checks) if (before.includes(other.id)) add(other);
      ordered.push(check);
    };
    for (const check of this.#checks) add(check);
    return ordered;
  }

  #put(id: CheckId, result: Result): void {
    this.#results = new Map(this.#checks.map((one) => [one.id, one.id === id ? result : this.#of(one.id)]));
    this.#changed(this.report);
  }

  #of(id: CheckId): Result {
    return this.#results.get(id) ?? { state: 'waiting' };
  }
}

/** Waits for something that others need not wait for. */
async function orLater(work: Promise<void>, milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise: late, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  signal.addEventListener('abort', () => resolve());
  await Promise.race([work, late]);
  clearTimeout(timer);
}

/** What servers say of themselves may be what they were told. */
function safe(evidence: Evidence): Evidence {
  return 'value' in evidence ? { ...evidence, value: withoutSecrets(evidence.value) } : evidence;
}

/** Its words may be a server's: they are safe to show, and have an end. */
function withoutExcess(cause: Cause): Cause {
  const words = Object.entries(cause).map(([name, value]) => [
    name,
    typeof value === 'string' ? withoutSecrets(value).slice(0, 200) : (value as unknown),
  ]);
  return Object.fromEntries(words) as Cause;
}

/**
 * Whether what needs it is not made: it has failed, or hangs, or was not made for such a reason itself. What only Azure
 * was asked about may be unknown, and the database is asked all the same; on the way to it each step stands on another.
 */
function isMissing(needed: Result, check: Check | undefined): boolean {
  switch (needed.state) {
    case 'fail':
      return true;
    case 'unknown':
      return needed.why.what === 'slow' || (needed.why.what === 'failure' && check?.isOwn === true);
    case 'notRun':
      return needed.why.what === 'needs';
    case 'pass':
    case 'warning':
    case 'waiting':
    case 'looking':
      return false;
  }
}

import type { Directory } from '../access/principals.ts';
import type { Door } from '../azure/door.ts';
import { pause } from '../azure/pause.ts';
import type { Cluster, Mode } from '../clusters/cluster.ts';
import type { Discovery } from '../clusters/discovery.ts';
import type { TenantListing } from '../clusters/listing.ts';
import { limited } from '../clusters/limit.ts';
import { Failure } from '../failure.ts';
import type { Account, Caller, Clock, TokenBroker } from '../identity/tokens.ts';
import type { Gap, Inside, Known } from './finding.ts';
import { lookAt } from './sight.ts';
import type { Eyes } from './sight.ts';

/** How much may be asked, and how soon; times in milliseconds. */
export interface Pace {
  /** Requests under way, and clusters that are being looked at. */
  readonly atOnce: number;
  /** After each cluster, where nobody waits for it. */
  readonly between: number;
  /** What was looked at before is looked at anew. */
  readonly again: number;
  /** At least, when Azure asks to wait; twice as long each time it goes on asking. */
  readonly patience: number;
}

const usualPace: Pace = { atOnce: 2, between: 150, again: 6 * 3_600_000, patience: 30_000 };
/** So often in a row Azure may ask to wait before it is left alone. */
const waits = 4;

interface Progress {
  readonly done: number;
  readonly all: number;
  /** Somebody asked for it, and looks on. */
  readonly isWaitedFor: boolean;
}

interface Around {
  readonly door: Door;
  readonly directory: Pick<Directory, 'names'>;
  readonly tokens: TokenBroker;
  readonly discovery: Pick<Discovery, 'tenants' | 'shown' | 'cluster' | 'isListing'>;
  readonly clock: Clock;
  /** What a person has seen inside a cluster's database; none is opened for this. */
  readonly inside?: (key: string) => Inside | undefined;
  /** More is known, or looking began or ended. */
  readonly changed: () => void;
  readonly pace?: Pace;
}

/**
 * Looks at every cluster that is listed, a few requests at a time, and keeps what it saw. A cluster is looked at anew
 * when it changed, when somebody asks for it, or after some hours.
 */
export class Lookout {
  readonly #around: Around;
  readonly #pace: Pace;
  readonly #eyes: Eyes;
  readonly #known = new Map<string, Known>();
  /** As each was listed when it was last looked at. */
  readonly #seenAs = new Map<string, Cluster>();
  readonly #waiting = new Set<string>();
  /** What calls off the look at each that is being looked at. */
  readonly #beingSeen = new Map<string, AbortController>();
  /** Changed since, or while, it was looked at. */
  readonly #due = new Set<string>();
  #running: { readonly control: AbortController; readonly done: Promise<void> } | undefined;
  #later: NodeJS.Timeout | undefined;
  #isWaitedFor = false;
  #asked = 0;
  #resume = 0;
  #waits = 0;

  constructor(around: Around) {
    this.#around = around;
    this.#pace = around.pace ?? usualPace;
    const limit = limited(this.#pace.atOnce);
    const { door, directory, tokens } = around;
    this.#eyes = {
      door: {
        cloud: door.cloud,
        send: (call) => limit(() => door.send(call)),
        exchange: (call) => limit(() => door.exchange(call)),
      },
      directory,
      tokens,
      limit,
      certificates: new Map(),
    };
  }

  /** How far a look around has come; undefined when nobody looks. */
  get progress(): Progress | undefined {
    if (this.#running === undefined) return undefined;
    return {
      done: this.#asked - this.#waiting.size,
      all: this.#asked,
      isWaitedFor: this.#isWaitedFor,
    };
  }

  /** What is known of each cluster that the person wants to see: by a look at it, or by the list alone. */
  get known(): readonly Known[] {
    const { discovery, inside } = this.#around;
    return discovery.tenants.flatMap((tenant) => {
      const states = new Map(tenant.subscriptions.map(({ id, state }) => [id.toLowerCase(), state]));
      return this.#clustersOf(tenant).map((cluster): Known => {
        const subscriptionState = states.get(cluster.subscription.toLowerCase());
        const known = this.#known.get(cluster.key);
        return known === undefined
          ? { cluster, subscriptionState, looked: undefined, named: new Map(), certificates: new Map() }
          : { ...withInside(known, inside?.(cluster.key)), subscriptionState };
      });
    });
  }

  /** When the one was looked at that was looked at longest ago; undefined while some were not at all. */
  get lookedAt(): number | undefined {
    const times = this.known.map(({ looked }) => looked);
    return times.includes(undefined) || times.length === 0
      ? undefined
      : Math.min(...times.filter((time) => time !== undefined));
  }

  get gaps(): readonly Gap[] {
    const all = this.known;
    const failed = all.flatMap(({ cluster, trouble, grants, rules, reach }) => {
      const parts = { cluster: trouble, grants, rules, names: reach };
      return (Object.keys(parts) as (keyof typeof parts)[]).flatMap((what): Gap[] => {
        const failure = parts[what];
        return failure instanceof Failure ? [{ what, cluster, failure }] : [];
      });
    });
    const unlisted = this.#around.discovery.tenants.flatMap(({ caller, failures }): Gap[] => {
      const [first] = failures;
      return first === undefined ? [] : [{ what: 'tenant', caller, failure: first.failure }];
    });
    return [...unlisted, ...failed, ...namelessIn(all)];
  }

  /** Looks at what was not looked at, or long ago, or is listed otherwise since. Settles when that is done. */
  look(): Promise<void> {
    const now = this.#around.clock.now();
    for (const cluster of this.#clusters()) {
      const { key } = cluster;
      const looked = this.#known.get(key)?.looked;
      const isStale = !this.#beingSeen.has(key) && (looked === undefined || now - looked >= this.#pace.again);
      if (isStale || this.#due.has(key) || isOther(this.#seenAs.get(key), cluster)) this.#want(key);
    }
    return this.#run();
  }

  /** Looks at every cluster anew, or at one. What was seen stays until then. */
  lookAgain(key?: string): Promise<void> {
    const keys = key === undefined ? this.#clusters().map((cluster) => cluster.key) : [key];
    if (key === undefined) this.#eyes.certificates.clear();
    this.#resume = 0;
    this.#isWaitedFor = true;
    for (const one of keys) {
      // What is being looked at just now may have been seen as it was before.
      this.#due.add(one);
      this.#want(one);
    }
    return this.#run();
  }

  /** What was seen of clusters, or of one, is looked at anew when there is a look the next time. */
  expire(key?: string): void {
    if (key === undefined) this.#eyes.certificates.clear();
    for (const one of key === undefined ? this.#known.keys() : [key]) this.#due.add(one);
  }

  hasLookedAt(key: string): boolean {
    return this.#known.has(key);
  }

  /** Calls off what is under way. */
  stop(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
    this.#running?.control.abort();
    this.#waiting.clear();
  }

  /** What was seen as others goes with them, and is not waited for. */
  keepOnly(accounts: readonly Account[]): void {
    const isGone = (key: string): boolean => {
      const cluster = this.#seenAs.get(key) ?? this.#around.discovery.cluster(key);
      return cluster === undefined || !accounts.some(({ id }) => id === cluster.caller.account.id);
    };
    const keys = [...this.#known.keys(), ...this.#waiting, ...this.#beingSeen.keys(), ...this.#due];
    for (const key of new Set(keys.filter(isGone))) {
      this.#beingSeen.get(key)?.abort();
      if (this.#waiting.delete(key)) this.#asked--;
      this.#known.delete(key);
      this.#seenAs.delete(key);
      this.#due.delete(key);
    }
    this.#around.changed();
  }

  /** What was seen was seen by other people, or belongs to another cloud. */
  forget(): void {
    this.stop();
    this.#known.clear();
    this.#seenAs.clear();
    this.#due.clear();
    this.#eyes.certificates.clear();
    this.#around.changed();
  }

  #clusters(): readonly Cluster[] {
    return this.#around.discovery.tenants.flatMap((tenant) => this.#clustersOf(tenant));
  }

  #clustersOf(tenant: TenantListing): readonly Cluster[] {
    return this.#around.discovery.shown(tenant).filter(({ read }) => read !== 'gone');
  }

  #want(key: string): void {
    if (this.#waiting.has(key)) return;
    this.#waiting.add(key);
    this.#asked++;
  }

  #run(): Promise<void> {
    if (this.#waiting.size === 0) return this.#running?.done ?? Promise.resolve();
    if (this.#running !== undefined && !this.#running.control.signal.aborted) return this.#running.done;
    const control = new AbortController();
    const before = this.#running?.done;
    const done = this.#lookAround(control.signal, before).finally(() => {
      if (this.#running?.control !== control) return;
      this.#running = undefined;
      this.#isWaitedFor = false;
      this.#asked = this.#waiting.size;
      this.#around.changed();
      if (!control.signal.aborted) this.#lookLater();
    });
    this.#running = { control, done };
    this.#around.changed();
    return done;
  }

  #lookLater(): void {
    clearTimeout(this.#later);
    this.#later = setTimeout(() => void this.look(), this.#pace.again).unref();
  }

  async #lookAround(signal: AbortSignal, before: Promise<void> | undefined): Promise<void> {
    await before;
    this.#waits = 0;
    await Promise.all(Array.from({ length: this.#pace.atOnce }, () => this.#work(signal)));
  }

  async #work(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        const wait = this.#resume - this.#around.clock.now();
        if (wait > 0) await pause(wait, signal);
        const [key] = this.#waiting;
        if (key === undefined || signal.aborted) return;
        this.#waiting.delete(key);
        const own = new AbortController();
        this.#beingSeen.set(key, own);
        try {
          await this.#lookAt(key, AbortSignal.any([signal, own.signal]));
        } catch (error) {
          // Of one alone that was called off the others go on.
          if (!own.signal.aborted || signal.aborted) throw error;
        } finally {
          this.#beingSeen.delete(key);
        }
        await pause(this.#isWaitedFor ? 0 : this.#pace.between, signal);
      }
    } catch (error) {
      if (Failure.from(error).code !== 'cancelled') throw error;
    }
  }

  /** What was not looked at is told as that, and tried again as late as what was. */
  #giveUp(keys: readonly string[], trouble: Failure): void {
    const { discovery, clock, changed } = this.#around;
    this.#waiting.clear();
    for (const key of keys) {
      const cluster = discovery.cluster(key);
      if (cluster === undefined || this.#known.has(key)) continue;
      const nothing = { named: new Map(), certificates: new Map() };
      this.#known.set(key, { ...nothing, cluster, looked: clock.now(), trouble });
      this.#seenAs.set(key, cluster);
    }
    changed();
  }

  async #lookAt(key: string, signal: AbortSignal): Promise<void> {
    const { discovery, clock, changed } = this.#around;
    const cluster = discovery.cluster(key);
    if (cluster === undefined || cluster.read === 'gone') return;
    // What ARM said once is good for one look.
    const isUsed = this.#due.has(key) || this.#seenAs.get(key) === cluster;
    this.#due.delete(key);
    try {
      const listed: Cluster = isUsed ? { ...cluster, read: 'no' } : cluster;
      const known = await lookAt(this.#eyes, listed, clock.now(), signal);
      if (signal.aborted) return;
      this.#known.set(key, known);
      this.#seenAs.set(key, cluster);
      this.#waits = 0;
      changed();
    } catch (error) {
      const { data } = Failure.from(error);
      if (data.code !== 'throttled' || signal.aborted) throw error;
      if (++this.#waits > waits) {
        this.#giveUp([key, ...this.#waiting], Failure.from(error));
        return;
      }
      const least = this.#pace.patience * 2 ** (this.#waits - 1);
      this.#resume = clock.now() + Math.max(data.seconds * 1000, least);
      this.#waiting.add(key);
    }
  }
}

function withInside(known: Known, inside: Inside | undefined): Known {
  const { grants } = known;
  if (inside === undefined || grants === undefined || grants instanceof Failure) return known;
  const named = new Map(known.named);
  for (const { holder } of inside.grants) {
    if (holder.state !== 'entra' || inside.names === undefined) continue;
    named.set(holder.principal.objectId.toLowerCase(), inside.names.of(holder.principal));
  }
  return { ...known, grants: [...grants, ...inside.grants], named };
}

/** Who has access and no name that may be read, by tenant. */
function namelessIn(all: readonly Known[]): readonly Gap[] {
  const tenants = new Map<string, { readonly caller: Caller; readonly ids: Set<string> }>();
  for (const { cluster, reach, named } of all) {
    if (reach === undefined || reach instanceof Failure) continue;
    const { caller } = cluster;
    const key = JSON.stringify([caller.account.id, caller.tenant]);
    for (const [id, { state }] of named) {
      if (state !== 'unnamed') continue;
      const { ids } = tenants.get(key) ?? { ids: new Set<string>() };
      tenants.set(key, { caller, ids: ids.add(id) });
    }
  }
  return [...tenants.values()].map(({ caller, ids }) => ({ what: 'nameless', caller, count: ids.size }));
}

/** Whether a cluster is listed otherwise than when it was looked at. A list that leaves something out says nothing. */
function isOther(before: Cluster | undefined, now: Cluster): boolean {
  if (before === undefined || before === now) return false;
  const differs = (a: Mode, b: Mode): boolean => a !== b && a !== 'unknown' && b !== 'unknown';
  if (differs(before.modes.entra, now.modes.entra) || differs(before.modes.native, now.modes.native))
    return true;
  return (
    now.read === 'yes' &&
    before.read === 'yes' &&
    JSON.stringify(before.resource) !== JSON.stringify(now.resource)
  );
}

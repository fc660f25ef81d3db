import type { MongoClient } from 'mongodb';
import type { Door } from '../azure/door.ts';
import { readResource } from '../azure/resourceManager.ts';
import type { Cluster, Role } from '../clusters/cluster.ts';
import { fields, text } from '../clusters/fields.ts';
import type { Fields } from '../clusters/fields.ts';
import type { Database } from '../clusters/kind.ts';
import { kinds } from '../clusters/kinds.ts';
import { Failure } from '../failure.ts';
import { claimsOf } from '../identity/claims.ts';
import type { Cloud } from '../identity/clouds.ts';
import type { Account, TokenBroker } from '../identity/tokens.ts';
import { connect, newClient } from './client.ts';
import { findable, lookupOf, membersOf, reaching, resolverOf } from './hosts.ts';
import type { Member, Reach, Resolver } from './hosts.ts';
import { failureOfDriver } from './mongoFailure.ts';
import { orStopped, Session } from './session.ts';
import type { Opened, Opening, Presented } from './session.ts';

/** In milliseconds. */
export interface Limits {
  /** How long a cluster has to answer for the first time. */
  readonly answer: number;
  /** How long a session is kept that nobody opened and nobody uses. */
  readonly idle: number;
}

/** Whom a database takes somebody for, and what it lets them do. */
export interface Who {
  readonly objectId: string;
  readonly role: Role;
}

/** What somebody has a session for. */
export type Use = 'documents' | 'mongosh' | 'playground';

/** A session as it is seen from outside: a person at a cluster. Clients of the driver's come and go below it. */
export interface SessionState {
  readonly cluster: Cluster;
  readonly reach: Reach;
  /** `broken`: it was open, and opens again when it is used. */
  readonly state: 'opening' | 'open' | 'broken';
  /** Unknown until the database has said it. */
  readonly who: Who | undefined;
  /** When the token ends that it signed in with last, in milliseconds. */
  readonly tokenEnd: number | undefined;
  readonly lastUsed: number;
  readonly uses: ReadonlyMap<Use, number>;
}

type Work<T> = (client: MongoClient, signal: AbortSignal) => Promise<T>;

interface Held {
  cluster: Cluster;
  reach: Reach;
  /** Somebody opened it, and has not closed it: it stays. */
  isKept: boolean;
  who: Who | undefined;
  lastUsed: number;
  client: Session | undefined;
  readonly uses: Map<Use, number>;
}

/** The MongoDB sessions of the people who are signed in: one for each way of seeing a cluster. */
export class MongoSessions implements Database {
  readonly #door: Door;
  readonly #tokens: TokenBroker;
  readonly #resolver: Resolver;
  readonly #limits: Limits;
  readonly #changed: (key: string) => void;
  /** By the key of their cluster. */
  readonly #held = new Map<string, Held>();
  /** Also those that are retired, until they have ended. */
  readonly #clients = new Map<Session, string>();

  /** `changed`: the session with this cluster came, went, or is otherwise. */
  constructor(
    door: Door,
    tokens: TokenBroker,
    changed: (key: string) => void = () => undefined,
    resolver: Resolver = resolverOf(door.cloud),
    limits: Limits = { answer: 15_000, idle: 5 * 60_000 },
  ) {
    this.#door = door;
    this.#tokens = tokens;
    this.#changed = changed;
    this.#resolver = resolver;
    this.#limits = limits;
  }

  async signIn({ caller }: Cluster): Promise<void> {
    try {
      await this.#tokens.silent(caller, this.#audience);
    } catch {
      await this.#tokens.interactive(caller, this.#audience);
    }
  }

  command(cluster: Cluster, command: Fields, signal?: AbortSignal): Promise<Fields> {
    return this.run(
      cluster,
      (client, stop) => client.db('admin').command({ ...command }, { signal: stop }),
      signal,
    );
  }

  /**
   * Opens a session that stays until it is closed, and finds out who one is there. Whoever has work for it at the
   * same moment need not wait for that.
   */
  async open(cluster: Cluster, reach?: Reach, signal?: AbortSignal): Promise<SessionState> {
    const held = this.#hold(cluster);
    if (reach !== undefined && reach !== held.reach) {
      held.client?.retire();
      held.client = undefined;
      held.reach = reach;
    }
    const wasKept = held.isKept;
    held.isKept = true;
    this.#changed(cluster.key);
    try {
      const status = await this.command(cluster, { connectionStatus: 1 }, signal);
      held.who = whoOf(cluster, status);
      return stateOf(held);
    } catch (error) {
      held.isKept = wasKept;
      this.#settle(cluster.key);
      throw error;
    } finally {
      this.#changed(cluster.key);
    }
  }

  /**
   * One command, or whatever may be begun anew: where its sign-in is refused, it is, once. The session of the
   * cluster is opened for it where there is none; nobody is ever asked.
   */
  run<T>(cluster: Cluster, work: Work<T>, signal?: AbortSignal): Promise<T> {
    return this.#run(cluster, work, signal, () => true);
  }

  /** Work in several steps, such as to read a cursor to its end: what has begun is not begun anew. */
  runOnce<T>(cluster: Cluster, work: Work<T>, signal?: AbortSignal): Promise<T> {
    let hasBegun = false;
    const once: Work<T> = (client, stop) => {
      hasBegun = true;
      return work(client, stop);
    };
    return this.#run(cluster, once, signal, () => !hasBegun);
  }

  /** Says that a session is needed, until what is returned is called. */
  use(cluster: Cluster, what: Use): () => void {
    const { uses } = this.#hold(cluster);
    uses.set(what, (uses.get(what) ?? 0) + 1);
    this.#changed(cluster.key);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const left = (uses.get(what) ?? 1) - 1;
      if (left > 0) uses.set(what, left);
      else uses.delete(what);
      this.#settle(cluster.key);
      this.#changed(cluster.key);
    };
  }

  /** The session with a cluster that somebody opened. */
  of(key: string): SessionState | undefined {
    const held = this.#held.get(key);
    return held?.isKept === true ? stateOf(held) : undefined;
  }

  get all(): readonly SessionState[] {
    return [...this.#held.values()].filter(({ isKept }) => isKept).map(stateOf);
  }

  /** A token for the cluster's database, as it is now; never asks anybody. */
  token({ caller }: Cluster): Promise<string> {
    return this.#tokens.silent(caller, this.#audience);
  }

  /** The servers of the cluster that a session of its own would speak to, each looked at. */
  async members(cluster: Cluster, signal: AbortSignal): Promise<readonly Member[]> {
    const { cloud } = this.#door;
    const { reach } = this.#held.get(cluster.key) ?? { reach: 'own' as const };
    const host = reaching(await this.#host(cluster, signal), reach);
    return orStopped(membersOf(cloud, this.#resolver, host), signal);
  }

  /** Where somebody else's program finds them. */
  async servers(cluster: Cluster, signal: AbortSignal): Promise<readonly Member[]> {
    const members = await this.members(cluster, signal);
    return orStopped(findable(this.#door.cloud, this.#resolver, members), signal);
  }

  /** The cloud whose clusters these are. */
  get cloud(): Cloud {
    return this.#door.cloud;
  }

  /** Ends the sessions with one cluster, or all; what is under way there is stopped. */
  async forget(key?: string): Promise<void> {
    const ending = [...this.#clients].filter(([, its]) => key === undefined || its === key);
    const forgotten = key === undefined ? [...this.#held.keys()] : [key];
    for (const one of forgotten) if (this.#held.delete(one)) this.#changed(one);
    await Promise.all(ending.map(([client]) => client.end()));
  }

  /** Ends the sessions of whoever is not signed in any more. */
  async keepOnly(accounts: readonly Account[]): Promise<void> {
    const gone = [...this.#held.values()].filter(
      ({ cluster }) => !accounts.some(({ id }) => id === cluster.caller.account.id),
    );
    await Promise.all(gone.map(({ cluster }) => this.forget(cluster.key)));
  }

  get #audience(): string {
    return this.#door.cloud.audiences.mongoClusters;
  }

  async #run<T>(
    cluster: Cluster,
    work: Work<T>,
    signal: AbortSignal | undefined,
    mayBeginAnew: () => boolean,
  ): Promise<T> {
    for (let renewed = false; ; renewed = true) {
      if (signal?.aborted === true) throw new Failure({ code: 'cancelled' });
      const client = this.#client(cluster);
      try {
        const result = await client.run(work, signal);
        this.#used(cluster.key);
        return result;
      } catch (error) {
        const failure = Failure.from(error);
        if (failure.code === 'cancelled' || failure.code === 'database') throw failure;
        if (renewed || failure.code !== 'databaseSignInRefused' || !mayBeginAnew()) {
          client.retire();
          this.#changed(cluster.key);
          throw failure;
        }
        // The driver may have kept a token that is good no more, and so may the broker: once more without them.
        await this.#renew(cluster, client);
      }
    }
  }

  #hold(cluster: Cluster): Held {
    const known = this.#held.get(cluster.key);
    if (known !== undefined) {
      known.cluster = cluster;
      return known;
    }
    const held: Held = {
      cluster,
      reach: 'own',
      isKept: false,
      who: undefined,
      lastUsed: Date.now(),
      client: undefined,
      uses: new Map(),
    };
    this.#held.set(cluster.key, held);
    return held;
  }

  #used(key: string): void {
    const held = this.#held.get(key);
    if (held !== undefined) held.lastUsed = Date.now();
  }

  /** What nobody keeps, and no client stands for, is forgotten. */
  #settle(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined || held.isKept || held.uses.size > 0) return;
    if (held.client === undefined || held.client.isRetired) this.#held.delete(key);
    else held.client.settle();
  }

  /** The client of a session. A driver keeps a token beyond its end, so one with such a token is replaced. */
  #client(cluster: Cluster): Session {
    const held = this.#hold(cluster);
    const known = held.client?.isRetired === false ? held.client : undefined;
    if (known !== undefined && Date.now() < (known.presented.end ?? Infinity)) return known;
    known?.retire();
    const client = new Session(
      (opening) => this.#open(cluster, held.reach, opening),
      () => (held.isKept || held.uses.size > 0 ? Infinity : this.#limits.idle),
      (ended) => {
        this.#clients.delete(ended);
        this.#settle(cluster.key);
        this.#changed(cluster.key);
      },
    );
    held.client = client;
    this.#clients.set(client, cluster.key);
    return client;
  }

  async #renew({ caller }: Cluster, session: Session): Promise<void> {
    try {
      // Nobody here has kept the token that was refused. The broker has: that one, or by now a newer.
      const token = await this.#tokens.silent(caller, this.#audience);
      if (claimsOf(token)?.expiresAt === session.presented.end)
        this.#tokens.drop(caller, this.#audience, token);
    } finally {
      session.retire();
    }
  }

  async #open(cluster: Cluster, reach: Reach, { presented, signal }: Opening): Promise<Opened> {
    const { cloud } = this.#door;
    const host = reaching(await this.#host(cluster, signal), reach);
    const members = await orStopped(membersOf(cloud, this.#resolver, host), signal);
    const lookup = lookupOf(cloud, this.#resolver, members);
    const token = (): Promise<string> => this.#present(cluster, presented);
    const client = await newClient({ members, lookup, token, answer: this.#limits.answer });
    try {
      await orStopped(connect(client, members), signal);
      this.#changed(cluster.key);
      return { client, host };
    } catch (error) {
      await client.close().catch(() => undefined);
      throw failureOfDriver(error, { host, open: false, presented: true });
    }
  }

  /** As Resource Manager gives it, which is asked where the cluster comes from a list. */
  async #host({ resource, caller, id, kind, name }: Cluster, signal: AbortSignal): Promise<string> {
    const its = kinds[kind];
    const known =
      its.endpoint(resource) ??
      its.endpoint(await readResource(this.#door, caller, id, its.apiVersions, signal));
    if (known !== undefined) return known.host;
    throw new Failure({ code: 'databaseUnreachable', host: name, detail: '', cause: 'noAddress' });
  }

  /** For each connection that signs in: what the broker has at that moment. */
  async #present({ caller }: Cluster, presented: Presented): Promise<string> {
    const token = await this.#tokens.silent(caller, this.#audience);
    presented.count++;
    presented.end = claimsOf(token)?.expiresAt;
    return token;
  }
}

function stateOf({ cluster, reach, who, lastUsed, client, uses }: Held): SessionState {
  const state = client === undefined || client.isRetired ? 'broken' : client.isOpen ? 'open' : 'opening';
  return { cluster, reach, state, who, tokenEnd: client?.presented.end, lastUsed, uses };
}

function whoOf({ kind }: Cluster, status: Fields): Who | undefined {
  const { authenticatedUsers, authenticatedUserRoles } = fields(status['authInfo']);
  const [user] = Array.isArray(authenticatedUsers) ? authenticatedUsers : [];
  const objectId = text(fields(user)['user']);
  const names = (Array.isArray(authenticatedUserRoles) ? authenticatedUserRoles : []).flatMap(
    (role) => text(fields(role)['role']) ?? [],
  );
  // Older gateways answer with empty lists.
  if (objectId === undefined) return undefined;
  return { objectId, role: kinds[kind].roleInside?.(names) ?? { name: 'unknown' } };
}

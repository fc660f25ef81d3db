import { checkServerIdentity } from 'node:tls';
import type { MongoClient, MongoClientOptions, OIDCResponse } from 'mongodb';
import type { Door } from '../azure/door.ts';
import { readResource } from '../azure/resourceManager.ts';
import type { Cluster } from '../clusters/cluster.ts';
import type { Fields } from '../clusters/fields.ts';
import type { Database } from '../clusters/kind.ts';
import { kinds } from '../clusters/kinds.ts';
import { Failure } from '../failure.ts';
import { claimsOf } from '../identity/claims.ts';
import type { TokenBroker } from '../identity/tokens.ts';
import { findable, hostOf, lookupOf, membersOf, refused, resolverOf } from './hosts.ts';
import type { Member, Resolver } from './hosts.ts';
import { failureOfDriver, isHopeless } from './mongoFailure.ts';
import { orStopped, Session } from './session.ts';
import type { Opened, Opening, Presented } from './session.ts';

/** In milliseconds. */
export interface Limits {
  /** How long a cluster has to answer for the first time. */
  readonly answer: number;
  /** How long a session is kept that nobody uses. */
  readonly idle: number;
}

/** The MongoDB sessions of the people who are signed in: one for each way of seeing a cluster. */
export class MongoSessions implements Database {
  readonly #door: Door;
  readonly #tokens: TokenBroker;
  readonly #resolver: Resolver;
  readonly #limits: Limits;
  /** By the key of their cluster. Those that are retired too, until they have ended. */
  readonly #sessions = new Map<Session, string>();

  constructor(
    door: Door,
    tokens: TokenBroker,
    resolver: Resolver = resolverOf(door.cloud),
    limits: Limits = { answer: 15_000, idle: 5 * 60_000 },
  ) {
    this.#door = door;
    this.#tokens = tokens;
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
    return this.#run(
      cluster,
      (client, stop) => client.db('admin').command({ ...command }, { signal: stop }),
      signal,
    );
  }

  /** A token for the cluster's database, as it is now; never asks anybody. */
  async token({ caller }: Cluster): Promise<string> {
    const token = await this.#tokens.silent(caller, this.#audience);
    const end = claimsOf(token)?.expiresAt;
    if (end === undefined || end - Date.now() > lastMoments) return token;
    this.#tokens.drop(caller, this.#audience, token);
    return this.#tokens.silent(caller, this.#audience);
  }

  /** Where somebody else's program finds the cluster's database: each server looked at, as for a session of ours. */
  async servers(cluster: Cluster, signal: AbortSignal): Promise<readonly Member[]> {
    const { cloud } = this.#door;
    const host = await this.#host(cluster, signal);
    const members = await orStopped(membersOf(cloud, this.#resolver, host), signal);
    return orStopped(findable(cloud, this.#resolver, members), signal);
  }

  /** Ends the sessions with one cluster, or all; what is under way there is stopped. */
  async forget(key?: string): Promise<void> {
    const ending = [...this.#sessions].filter(([, its]) => key === undefined || its === key);
    await Promise.all(ending.map(([session]) => session.end()));
  }

  get #audience(): string {
    return this.#door.cloud.audiences.mongoClusters;
  }

  async #run<T>(
    cluster: Cluster,
    work: (client: MongoClient, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    for (let renewed = false; ; renewed = true) {
      if (signal?.aborted === true) throw new Failure({ code: 'cancelled' });
      const session = this.#session(cluster);
      try {
        return await session.run(work, signal);
      } catch (error) {
        const failure = Failure.from(error);
        if (failure.code === 'cancelled' || failure.code === 'database') throw failure;
        if (renewed || failure.code !== 'databaseSignInRefused') {
          session.retire();
          throw failure;
        }
        // The driver may have kept a token that is good no more, and so may the broker: once more without them.
        await this.#renew(cluster, session);
      }
    }
  }

  /** The session with a cluster. A driver keeps a token beyond its end, so one with such a token is replaced. */
  #session(cluster: Cluster): Session {
    const known = this.#sessions.entries().find(([one, key]) => key === cluster.key && !one.isRetired)?.[0];
    if (known !== undefined && Date.now() < (known.presented.end ?? Infinity)) return known;
    known?.retire();
    const session = new Session(
      (opening) => this.#open(cluster, opening),
      this.#limits.idle,
      (ended) => this.#sessions.delete(ended),
    );
    this.#sessions.set(session, cluster.key);
    return session;
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

  async #open(cluster: Cluster, { presented, signal }: Opening): Promise<Opened> {
    const { cloud } = this.#door;
    const host = await this.#host(cluster, signal);
    const members = await orStopped(membersOf(cloud, this.#resolver, host), signal);
    // The driver is CommonJS: in a bundle its names are those of one default export.
    const { MongoClient } = (await import('mongodb')).default;
    const client = new MongoClient(
      `mongodb://${members.map((one) => `${one.host}:${one.port}`).join(',')}/`,
      {
        ...safely(members),
        serverSelectionTimeoutMS: this.#limits.answer,
        lookup: lookupOf(cloud, this.#resolver, members),
        authMechanismProperties: {
          ALLOWED_HOSTS: members.map((member) => member.host),
          OIDC_CALLBACK: () => this.#present(cluster, presented),
        },
      },
    );
    try {
      await orStopped(Promise.race([client.connect(), hopeless(client, members)]), signal);
      return { client, host };
    } catch (error) {
      await client.close().catch(() => undefined);
      throw failureOfDriver(error, { host, open: false, presented: true });
    }
  }

  /** As Resource Manager gives it, which is asked where the cluster comes from a list. */
  async #host({ resource, caller, id, kind, name }: Cluster, signal: AbortSignal): Promise<string> {
    const { apiVersions } = kinds[kind];
    const host = hostOf(resource) ?? hostOf(await readResource(this.#door, caller, id, apiVersions, signal));
    if (host !== undefined) return host;
    throw new Failure({ code: 'databaseUnreachable', host: name, detail: '', cause: 'noAddress' });
  }

  /** For each connection that signs in, whenever the driver wants it: what the broker has at that moment. */
  async #present({ caller }: Cluster, presented: Presented): Promise<OIDCResponse> {
    const accessToken = await this.#tokens.silent(caller, this.#audience);
    const end = claimsOf(accessToken)?.expiresAt;
    presented.count++;
    presented.end = end;
    if (end === undefined) return { accessToken };
    return { accessToken, expiresInSeconds: Math.max(0, Math.floor((end - Date.now()) / 1000)) };
  }
}

/** The database counts whole seconds: in its last one a token is over as soon as it was taken. */
const lastMoments = 1500;

/** What holds for every session. */
function safely(members: readonly Member[]): MongoClientOptions {
  return {
    appName: 'cosmos-entra',
    tls: true,
    // An environment variable turns this off for all of Node.
    rejectUnauthorized: true,
    // The last look at where a connection leads. Addresses, of which a server may tell, are never looked up.
    checkServerIdentity: (host, certificate) =>
      members.some((member) => member.host === host) ? checkServerIdentity(host, certificate) : refused(host),
    authMechanism: 'MONGODB-OIDC',
    authSource: '$external',
    retryWrites: false,
    connectTimeoutMS: 10_000,
    // Azure drops what was silent for longer.
    maxIdleTimeMS: 120_000,
    // The driver's log is opened by environment variables and prints answers whole.
    mongodbLogComponentSeverities: {
      default: 'off',
      command: 'off',
      topology: 'off',
      serverSelection: 'off',
      connection: 'off',
      client: 'off',
    },
  };
}

/** The driver tries on until its time is up; where the only server will never do, that is known at once. */
function hopeless(client: MongoClient, members: readonly Member[]): Promise<never> {
  return new Promise((_, reject) => {
    client.on('serverHeartbeatFailed', ({ failure }) => {
      if (members.length === 1 && isHopeless(failure)) reject(failure);
    });
  });
}

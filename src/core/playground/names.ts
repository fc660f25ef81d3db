import type { Cluster } from '../clusters/cluster.ts';
import { Failure } from '../failure.ts';
import type { Catalog } from '../sessions/catalog.ts';
import type { MongoSessions } from '../sessions/mongo.ts';
import { schemaOf } from '../sessions/schema.ts';
import type { Field } from '../sessions/schema.ts';

/** What there is where a playground runs, for whoever writes it. What is not known is left out. */
export interface Names {
  databases(signal: AbortSignal): Promise<readonly string[]>;
  collections(database: string, signal: AbortSignal): Promise<readonly string[]>;
  fields(database: string, collection: string, signal: AbortSignal): Promise<readonly Field[]>;
}

/** Of these a schema is made. */
const sampled = 100;

interface Asked {
  readonly until: number;
  readonly answer: Promise<unknown>;
}

/** Names that were asked for a short while ago. They come from sessions that are open, and open none. */
export class KnownNames {
  readonly #catalog: Catalog;
  readonly #sessions: Pick<MongoSessions, 'of'>;
  readonly #clock: Pick<DateConstructor, 'now'>;
  readonly #life: number;
  readonly #most: number;
  /** The oldest first. */
  readonly #asked = new Map<string, Asked>();

  constructor(
    catalog: Catalog,
    sessions: Pick<MongoSessions, 'of'>,
    clock: Pick<DateConstructor, 'now'> = Date,
    { life, most }: { readonly life: number; readonly most: number } = { life: 60_000, most: 200 },
  ) {
    this.#catalog = catalog;
    this.#sessions = sessions;
    this.#clock = clock;
    this.#life = life;
    this.#most = most;
  }

  of(cluster: Cluster): Names {
    const known = <T>(
      path: readonly string[],
      signal: AbortSignal,
      ask: () => Promise<readonly T[]>,
    ): Promise<readonly T[]> => {
      if (this.#sessions.of(cluster.key)?.state !== 'open') return Promise.resolve([]);
      return this.#known(JSON.stringify([cluster.key, ...path]), signal, ask);
    };
    return {
      databases: (signal) => known(['databases'], signal, () => this.#catalog.databases(cluster)),
      collections: (database, signal) =>
        known(['collections', database], signal, async () => {
          const found = await this.#catalog.collections(cluster, database);
          return found.map(({ name }) => name);
        }),
      fields: (database, collection, signal) =>
        known(['fields', database, collection], signal, async () =>
          schemaOf(await this.#catalog.sample(cluster, { database, collection }, sampled)),
        ),
    };
  }

  /** Whoever asks next is told how things are then. */
  forget(): void {
    this.#asked.clear();
  }

  async #known<T>(
    key: string,
    signal: AbortSignal,
    ask: () => Promise<readonly T[]>,
  ): Promise<readonly T[]> {
    const now = this.#clock.now();
    let asked = this.#asked.get(key);
    if (asked === undefined || asked.until <= now) {
      asked = { until: now + this.#life, answer: ask() };
      this.#asked.delete(key);
      this.#asked.set(key, asked);
      for (const oldest of this.#asked.keys()) {
        if (this.#asked.size <= this.#most) break;
        this.#asked.delete(oldest);
      }
    }
    const { answer } = asked;
    try {
      return (await orStopped(answer, signal)) as readonly T[];
    } catch (error) {
      if (signal.aborted) throw Failure.from(error);
      if (this.#asked.get(key)?.answer === answer) this.#asked.delete(key);
      return [];
    }
  }
}

/** Others may wait for the same answer: who stops waiting leaves it to them. */
function orStopped<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(new Failure({ code: 'cancelled' }));
  if (signal.aborted) stop();
  else signal.addEventListener('abort', stop, { once: true });
  return Promise.race([answer, promise]).finally(() => signal.removeEventListener('abort', stop));
}

import type { Cluster } from '../../clusters/cluster.ts';
import type { Catalog } from '../../sessions/catalog.ts';
import type { MongoSessions } from '../../sessions/mongo.ts';
import { orStopped } from '../../sessions/session.ts';
import { schemaOf } from '../../sessions/schema.ts';
import type { Field } from '../../sessions/schema.ts';

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

  #known<T>(key: string, signal: AbortSignal, ask: () => Promise<readonly T[]>): Promise<readonly T[]> {
    const known = this.#asked.get(key);
    const now = this.#clock.now();
    if (known !== undefined && now < known.until)
      return orStopped(known.answer as Promise<readonly T[]>, signal);
    // Others may wait for the same answer, so it is never stopped; what fails is asked again.
    const answer = ask().catch(() => {
      if (this.#asked.get(key)?.answer === answer) this.#asked.delete(key);
      return [];
    });
    this.#asked.delete(key);
    this.#asked.set(key, { until: now + this.#life, answer });
    for (const oldest of this.#asked.keys()) {
      if (this.#asked.size <= this.#most) break;
      this.#asked.delete(oldest);
    }
    return orStopped(answer, signal);
  }
}

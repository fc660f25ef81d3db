import type { Document, MongoClient } from 'mongodb';
import type { Cluster } from '../clusters/cluster.ts';
import { fields } from '../clusters/fields.ts';
import type { MongoSessions } from './mongo.ts';

/** Where documents are, below a cluster. */
export interface Place {
  readonly database: string;
  readonly collection: string;
}

export interface Collection {
  readonly name: string;
  readonly type: 'collection' | 'view';
}

export interface Index {
  readonly name: string;
  /** Each field with its direction or sort of index, as the server says it. */
  readonly keys: readonly (readonly [string, string])[];
  readonly isUnique: boolean;
  readonly isSparse: boolean;
  readonly isPartial: boolean;
  /** After so many seconds documents go. */
  readonly expiresAfter: number | undefined;
}

/** What there is in the databases of a cluster, asked by a session of one's own. */
export class Catalog {
  readonly #sessions: MongoSessions;

  constructor(sessions: MongoSessions) {
    this.#sessions = sessions;
  }

  databases(cluster: Cluster, signal?: AbortSignal): Promise<readonly string[]> {
    const work = async (client: MongoClient, stop: AbortSignal): Promise<readonly string[]> => {
      const command = { listDatabases: 1, nameOnly: true };
      const { databases } = await client.db('admin').command(command, { signal: stop });
      const names = (Array.isArray(databases) ? databases : []).map((one) => String(fields(one)['name']));
      return names.toSorted((a, b) => a.localeCompare(b));
    };
    return this.#sessions.run(cluster, work, signal);
  }

  /** By name. One question for each batch, and none for what a collection holds. */
  collections(cluster: Cluster, database: string, signal?: AbortSignal): Promise<readonly Collection[]> {
    const work = async (client: MongoClient, stop: AbortSignal): Promise<readonly Collection[]> => {
      const options = { nameOnly: true, batchSize: 10_000, signal: stop };
      const found = await client.db(database).listCollections({}, options).toArray();
      return found
        .filter(({ name }) => !name.startsWith('system.'))
        .map(({ name, type }) => ({
          name,
          type: type === 'view' ? ('view' as const) : ('collection' as const),
        }))
        .sort((a, b) => a.name.localeCompare(b.name));
    };
    return this.#sessions.run(cluster, work, signal);
  }

  /** How many documents there are, by the server's own estimate; of a view nobody knows without reading it. */
  count(cluster: Cluster, { database, collection }: Place, signal?: AbortSignal): Promise<number> {
    const work = async (client: MongoClient, stop: AbortSignal): Promise<number> =>
      Number((await client.db(database).command({ count: collection }, { signal: stop }))['n']);
    return this.#sessions.run(cluster, work, signal);
  }

  /** A collection has few: all come with the first answer. */
  indexes(
    cluster: Cluster,
    { database, collection }: Place,
    signal?: AbortSignal,
  ): Promise<readonly Index[]> {
    const work = async (client: MongoClient, stop: AbortSignal): Promise<readonly Index[]> => {
      const command = { listIndexes: collection, cursor: { batchSize: 1000 } };
      const { firstBatch } = fields((await client.db(database).command(command, { signal: stop }))['cursor']);
      return (Array.isArray(firstBatch) ? firstBatch : []).map(indexOf);
    };
    return this.#sessions.run(cluster, work, signal);
  }

  /** Some documents, as they are: numbers of the kind that the server keeps. */
  sample(
    cluster: Cluster,
    { database, collection }: Place,
    size: number,
    signal?: AbortSignal,
  ): Promise<readonly Document[]> {
    return this.#sessions.run(
      cluster,
      (client, stop) =>
        client
          .db(database)
          .collection(collection)
          .aggregate([{ $sample: { size } }], { promoteValues: false, bsonRegExp: true, signal: stop })
          .toArray(),
      signal,
    );
  }

  /** A database comes with its first collection. */
  async create(cluster: Cluster, { database, collection }: Place): Promise<void> {
    await this.#sessions.run(cluster, (client, signal) =>
      client.db(database).command({ create: collection }, { signal }),
    );
  }

  async drop(cluster: Cluster, { database, collection }: Place): Promise<void> {
    await this.#sessions.run(cluster, (client, signal) =>
      client.db(database).command({ drop: collection }, { signal }),
    );
  }

  async dropDatabase(cluster: Cluster, database: string): Promise<void> {
    await this.#sessions.run(cluster, (client, signal) =>
      client.db(database).command({ dropDatabase: 1 }, { signal }),
    );
  }

  async createIndex(
    cluster: Cluster,
    { database, collection }: Place,
    index: { readonly keys: Document; readonly name: string; readonly isUnique: boolean },
  ): Promise<void> {
    const { keys, name, isUnique } = index;
    const wanted = { key: keys, name, ...(isUnique ? { unique: true } : {}) };
    await this.#sessions.run(cluster, (client, signal) =>
      client.db(database).command({ createIndexes: collection, indexes: [wanted] }, { signal }),
    );
  }

  async dropIndex(cluster: Cluster, { database, collection }: Place, name: string): Promise<void> {
    await this.#sessions.run(cluster, (client, signal) =>
      client.db(database).command({ dropIndexes: collection, index: name }, { signal }),
    );
  }
}

function indexOf(raw: unknown): Index {
  const { name, key, unique, sparse, partialFilterExpression, expireAfterSeconds } = fields(raw);
  return {
    name: String(name),
    keys: Object.entries(fields(key)).map(([field, direction]) => [field, String(direction)]),
    isUnique: unique === true,
    isSparse: sparse === true,
    isPartial: partialFilterExpression !== undefined,
    expiresAfter: typeof expireAfterSeconds === 'number' ? expireAfterSeconds : undefined,
  };
}

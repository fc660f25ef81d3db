import { NodeDriverServiceProvider } from '@mongosh/service-provider-node-driver';
import type { ConnectionInfo, ServiceProvider } from '@mongosh/service-provider-core';
import { EventEmitter } from 'node:events';
import type mongodb from 'mongodb';
import type { MongoClient, MongoClientOptions } from 'mongodb';
import { Failure } from '../failure.ts';
import type { Place } from '../sessions/catalog.ts';
import { Origins } from './origins.ts';
import { effectOf, effectOfBulk } from './protection.ts';
import type { Effect } from './protection.ts';

/** A cursor of the driver's as far as it is reached into here: what it does before its first batch. */
interface Beginning {
  _initialize(session: unknown): Promise<unknown>;
}

/** How mongosh reaches the database here: at one cluster, as one person, and with what was read kept as it came. */
export class Provider extends NodeDriverServiceProvider {
  readonly #origins: Origins;
  #preferences: MongoClientOptions = {};
  readonly #renewed: (preferences: MongoClientOptions) => Promise<MongoClient>;
  readonly #stopped: (client: MongoClient) => Promise<void>;

  constructor(
    client: MongoClient,
    origins: Origins,
    renewed: (preferences: MongoClientOptions) => Promise<MongoClient>,
    stopped: (client: MongoClient) => Promise<void>,
  ) {
    super(client, new EventEmitter(), { productDocsLink: '', productName: '' });
    this.#origins = origins;
    this.#renewed = renewed;
    this.#stopped = stopped;
  }

  override find(
    ...[database, collection, filter, options, at]: Parameters<NodeDriverServiceProvider['find']>
  ): ReturnType<NodeDriverServiceProvider['find']> {
    const found = super.find(database, collection, filter, { ...options, raw: true }, at);
    return this.#read(found, { database, collection });
  }

  override aggregate(
    ...[database, collection, pipeline = [], options, at]: Parameters<NodeDriverServiceProvider['aggregate']>
  ): ReturnType<NodeDriverServiceProvider['aggregate']> {
    const place = keepsDocuments(pipeline) ? { database, collection } : undefined;
    const found = super.aggregate(database, collection, pipeline, { ...options, raw: true }, at);
    return this.#read(found, place);
  }

  override aggregateDb(
    ...[database, pipeline, options, at]: Parameters<NodeDriverServiceProvider['aggregateDb']>
  ): ReturnType<NodeDriverServiceProvider['aggregateDb']> {
    const found = super.aggregateDb(database, pipeline, { ...options, raw: true }, at);
    return this.#read(found, undefined);
  }

  /** Other preferences of reading and writing: a driver's client has them from its beginning. */
  override async resetConnectionOptions(options: MongoClientOptions): Promise<void> {
    const { mongoClient } = this;
    this.#preferences = { ...this.#preferences, ...options };
    this.mongoClient = await this.#renewed(this.#preferences);
    await mongoClient.close();
  }

  #read<Cursor extends mongodb.FindCursor | mongodb.AggregationCursor>(
    cursor: Cursor,
    place: Place | undefined,
  ): Cursor {
    const explain = cursor.explain.bind<Explain>(cursor);
    const explained: Explain = async (...given) => Origins.whole(await explain(...given));
    Object.assign(cursor, { explain: explained });
    this.#origins.read(cursor, place);
    return cursor;
  }

  /** mongosh asks five questions here, of which none is about this service. */
  override async getConnectionInfo(): Promise<ConnectionInfo> {
    return { buildInfo: {}, resolvedHostname: '', extraInfo: { uri: '' } };
  }

  /** A token is for one cluster, and there are no passwords here. */
  override getNewConnection(): Promise<never> {
    return Promise.reject(new Failure({ code: 'oneCluster' }));
  }

  override async suspend(): Promise<() => Promise<void>> {
    const client = this.mongoClient;
    this.mongoClient = await this.#renewed(this.#preferences);
    await this.#stopped(client);
    return async () => undefined;
  }
}

type Explain = (...given: readonly unknown[]) => Promise<mongodb.Document>;

/** Stages after which a document is still that of the collection, by its id. */
const keeping: readonly string[] = [
  '$match',
  '$sort',
  '$limit',
  '$skip',
  '$sample',
  '$lookup',
  '$unset',
  '$unwind',
];
const reshaping: readonly string[] = ['$project', '$addFields', '$set'];

function keepsDocuments(pipeline: readonly mongodb.Document[]): boolean {
  return pipeline.every((stage) =>
    Object.entries(stage).every(
      ([name, spec]) =>
        keeping.includes(name) ||
        (reshaping.includes(name) && typeof spec === 'object' && spec !== null && !('_id' in spec)),
    ),
  );
}

/** Asks before anything is written, where somebody wants that. */
export function guarded(provider: Provider, permit: (effect: Effect) => Promise<void>): ServiceProvider {
  return new Proxy<ServiceProvider>(provider, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function' || typeof name !== 'string') return member;
      return (...given: unknown[]): unknown => {
        const call = (): unknown => Reflect.apply(member, target, given);
        if (name === 'initializeBulkOp') return bulk(given, permit, call());
        const effect = effectOf(name, given);
        if (effect === undefined) return call();
        // A cursor is returned at once, and sends its command with the first question for a document.
        if (cursors.includes(name)) return asking(call() as Beginning, () => permit(effect));
        return permit(effect).then(call);
      };
    },
  });
}

/** As much of the driver's bulk operations as is read here: what is in them is known when they are carried out. */
interface Bulk {
  readonly batches: unknown;
  execute(...given: readonly unknown[]): Promise<unknown>;
}

async function bulk(
  [database, collection]: readonly unknown[],
  permit: (effect: Effect) => Promise<void>,
  made: unknown,
): Promise<unknown> {
  const operation = (await made) as Bulk;
  const execute = operation.execute.bind(operation);
  operation.execute = async (...given) => {
    await permit(effectOfBulk(String(database), String(collection), operation.batches));
    return execute(...given);
  };
  return operation;
}

const cursors: readonly string[] = ['aggregate', 'aggregateDb', 'runCursorCommand'];

function asking(cursor: Beginning, permit: () => Promise<void>): Beginning {
  const begin = cursor._initialize.bind(cursor);
  cursor._initialize = async (session) => {
    await permit();
    return begin(session);
  };
  return cursor;
}

import { Double, Int32, Long } from 'bson';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { isDoc } from '../bson/value.ts';
import { toNumber } from '../bson/number.ts';
import type { Operation } from '../operations.ts';
import type { Collection } from '../storage/collection.ts';
import type { Call } from './command.ts';

/** Sizes of indexes are made up: nothing is stored for one here. */
const INDEX_BYTES_PER_DOCUMENT = 16;

function fields(values: Readonly<Record<string, Value>>): Doc {
  return new Map(Object.entries(values));
}

function whole(value: number): Value {
  return Math.abs(value) < 2 ** 31 ? new Int32(value) : Long.fromNumber(value);
}

/** What `collStats` tells of a collection, in units of `scale` bytes. */
export function collectionStatistics(namespace: string, collection: Collection, scale: number): Doc {
  const { count, size } = collection;
  const scaled = (bytes: number): Value => whole(Math.floor(bytes / scale));
  const indexSize = count * INDEX_BYTES_PER_DOCUMENT;
  const names = ['_id_', ...collection.indexes.map(({ spec }) => spec.name)];
  const totalIndexSize = indexSize * names.length;
  return fields({
    ns: namespace,
    size: scaled(size),
    count: whole(count),
    avgObjSize: whole(count === 0 ? 0 : Math.floor(size / count)),
    storageSize: scaled(size),
    nindexes: whole(names.length),
    indexBuilds: [],
    totalIndexSize: scaled(totalIndexSize),
    totalSize: scaled(size + totalIndexSize),
    indexSizes: new Map(names.map((name) => [name, scaled(indexSize)])),
    analyzedCount: whole(count),
    scaleFactor: whole(scale),
  });
}

/** What `dbStats` tells of a database. */
export function databaseStatistics(call: Pick<Call, 'store' | 'database'>, scale: number): Doc {
  const all = [...(call.store.databases.get(call.database)?.values() ?? [])];
  const collections = all.filter((item) => item.kind === 'collection');
  const sum = (read: (collection: Collection) => number): number =>
    collections.reduce((total, collection) => total + read(collection), 0);
  const objects = sum(({ count }) => count);
  const dataSize = sum(({ size }) => size);
  const indexes = sum((collection) => collection.indexes.length + 1);
  const indexSize = sum(
    (collection) => collection.count * INDEX_BYTES_PER_DOCUMENT * (collection.indexes.length + 1),
  );
  const scaled = (bytes: number): Value => new Double(bytes / scale);
  return fields({
    db: call.database,
    collections: whole(collections.length),
    views: whole(all.length - collections.length),
    objects: whole(objects),
    avgObjSize: new Double(objects === 0 ? 0 : dataSize / objects),
    dataSize: scaled(dataSize),
    storageSize: scaled(dataSize),
    indexes: whole(indexes),
    indexSize: scaled(indexSize),
    totalSize: scaled(dataSize + indexSize),
    scaleFactor: whole(scale),
  });
}

/** One running command, as `currentOp` shows it. */
export function describeOperation({ id, info, startedAt }: Operation, shard: string): Doc {
  const running = Date.now() - startedAt;
  return fields({
    shard,
    type: 'op',
    active: true,
    opid: operationId(id),
    op_prefix: Long.fromNumber(id),
    secs_running: Long.fromNumber(Math.floor(running / 1000)),
    microsecs_running: Long.fromNumber(running * 1000),
    op: 'command',
    ns: info.namespace,
    effectiveUsers: info.user === undefined ? [] : [fields({ user: info.user, db: 'admin' })],
    command: new Map([...info.body].filter(([key]) => !secrets.includes(key))),
  });
}

/** What may be in a command and is nobody else's to read. */
const secrets: readonly string[] = ['payload', 'pwd', 'speculativeAuthenticate'];

export function operationId(id: number): string {
  return `0:${id}`;
}

/** The rows of the stages that tell about the server. */
export function describe(
  call: Call,
  collection: string | undefined,
  stage: '$collStats' | '$indexStats' | '$currentOp',
  argument: Doc,
): readonly Doc[] {
  if (stage === '$currentOp') return describeOperations(call, collection);
  const found = collection === undefined ? undefined : call.store.find(call.database, collection);
  const namespace = `${call.database}.${collection ?? ''}`;
  if (found?.kind !== 'collection') {
    throw new CommandError('NamespaceNotFound', `Namespace does not currently exist: ${namespace}`);
  }
  if (stage === '$collStats') return [describeCollection(found, namespace, argument)];
  const names = [
    ['_id_', new Map([['_id', new Int32(1)]])] as const,
    ...found.indexes.map(({ spec }) => [spec.name, spec.key] as const),
  ];
  return names.map(([name, key]) =>
    fields({ name, key, accesses: fields({ ops: Long.ZERO, since: new Date(0) }) }),
  );
}

function describeCollection(found: Collection, namespace: string, argument: Doc): Doc {
  const described = fields({ ns: namespace, localTime: new Date() });
  const storage = argument.get('storageStats');
  if (isDoc(storage)) {
    const scale = toNumber(storage.get('scale')) ?? 1;
    described.set('storageStats', new Map([...collectionStatistics(namespace, found, scale)].slice(1)));
  }
  if (argument.has('count')) described.set('count', new Int32(found.count));
  for (const option of argument.keys()) {
    if (option === 'storageStats' || option === 'count') continue;
    throw new CommandError(
      'CommandNotSupported',
      `${option} of $collStats is not supported by this emulator`,
    );
  }
  return described;
}

function describeOperations(call: Call, collection: string | undefined): readonly Doc[] {
  if (call.database !== 'admin' || collection !== undefined) {
    throw new CommandError(
      'InvalidNamespace',
      '$currentOp must be run against the admin database with {aggregate: 1}',
    );
  }
  return Array.from(call.operations.running, (operation) => describeOperation(operation, 'defaultShard'));
}

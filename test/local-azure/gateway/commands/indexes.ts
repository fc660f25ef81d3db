import { Double, Int32 } from 'bson';
import { equal } from '../bson/order.ts';
import { isDoc } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import type { Collection } from '../storage/collection.ts';
import { parseIndex } from '../storage/indexSpec.ts';
import type { IndexSpec } from '../storage/indexSpec.ts';
import { Row } from '../storage/row.ts';
import type { SecondaryIndex } from '../storage/secondaryIndex.ts';
import { collectionName, docs, refuseUnknown } from './arguments.ts';
import { SYSTEM_DATABASES } from './collections.ts';
import type { Call, CommandTable, Reply } from './command.ts';
import { cursorReply } from './cursorReply.ts';
import { OK } from './session.ts';

const ID_INDEX: Doc = new Map<string, Value>([
  ['v', new Int32(2)],
  ['key', new Map([['_id', new Int32(1)]])],
  ['name', '_id_'],
]);

function isIdIndex(spec: IndexSpec): boolean {
  return spec.key.size === 1 && spec.key.has('_id');
}

/** Asking again for what is there is fine; asking for something else by its name or key is not. */
function isPresent(collection: Collection, spec: IndexSpec): boolean {
  if (isIdIndex(spec)) return true;
  for (const { spec: other } of collection.indexes) {
    const sameKey = equal(other.key, spec.key);
    if (other.name === spec.name && !sameKey) {
      throw new CommandError(
        'IndexKeySpecsConflict',
        `An existing index has the same name as the requested index: ${spec.name}`,
      );
    }
    if (sameKey && other.name !== spec.name) {
      throw new CommandError(
        'IndexOptionsConflict',
        `Index already exists with a different name: ${other.name}`,
      );
    }
    if (sameKey && !equal(other.description, spec.description)) {
      throw new CommandError(
        'IndexOptionsConflict',
        `An equivalent index already exists with different options: ${spec.name}`,
      );
    }
    if (sameKey) return true;
  }
  return false;
}

function createIndexes(call: Call): Reply {
  const { body, database, store } = call;
  refuseUnknown(body, 'createIndexes', ['indexes', 'commitQuorum', 'ignoreUnknownIndexOptions']);
  if (SYSTEM_DATABASES.includes(database)) {
    throw new CommandError('IllegalOperation', `Indexes cannot be created in the ${database} database`);
  }
  const name = collectionName(body, 'createIndexes');
  const specs = docs(body, 'indexes').map(parseIndex);
  if (specs.length === 0) throw new CommandError('BadValue', 'Must specify at least one index to create');
  const createdCollectionAutomatically = store.find(database, name) === undefined;
  const collection = store.ensure(database, name);
  const numIndexesBefore = collection.indexes.length + 1;
  for (const spec of specs) if (!isPresent(collection, spec)) collection.createIndex(spec);
  const numIndexesAfter = collection.indexes.length + 1;
  const note = numIndexesAfter === numIndexesBefore ? 'all indexes already exist' : undefined;
  const defaultShard = { numIndexesBefore, numIndexesAfter, createdCollectionAutomatically, note, ok: 1 };
  return { raw: { defaultShard }, ok: 1 };
}

function existingCollection(call: Call, command: string): Collection {
  const name = collectionName(call.body, command);
  const found = call.store.find(call.database, name);
  if (!found) {
    throw new CommandError(
      'NamespaceNotFound',
      `Namespace does not currently exist: ${call.database}.${name}`,
    );
  }
  if (found.kind === 'collection') return found;
  throw new CommandError(
    'CommandNotSupportedOnView',
    `Namespace ${call.database}.${name} refers to a view object rather than a collection`,
  );
}

function listIndexes(call: Call): Reply {
  const collection = existingCollection(call, 'listIndexes');
  const rows = [ID_INDEX, ...collection.indexes.map(({ spec }) => spec.description)].map((description) =>
    Row.ofDoc(description),
  );
  const namespace = `${call.database}.${collectionName(call.body, 'listIndexes')}`;
  return cursorReply(call, rows, { namespace, batchSize: Infinity });
}

function chosenIndexes(collection: Collection, wanted: Value): readonly SecondaryIndex[] {
  if (wanted === '*') return [...collection.indexes];
  if (Array.isArray(wanted)) return wanted.flatMap((item) => chosenIndexes(collection, item));
  const isId = isDoc(wanted) ? wanted.size === 1 && wanted.has('_id') : wanted === '_id_';
  if (isId) throw new CommandError('InvalidOptions', 'cannot drop _id index');
  const found = collection.indexes.find(({ spec }) =>
    isDoc(wanted) ? equal(spec.key, wanted) : spec.name === wanted,
  );
  if (found) return [found];
  const named = typeof wanted === 'string' ? `name [${wanted}]` : 'that key';
  throw new CommandError('IndexNotFound', `index not found with ${named}`);
}

function dropIndexes(call: Call): Reply {
  const collection = existingCollection(call, 'dropIndexes');
  const nIndexesWas = collection.indexes.length + 1;
  for (const index of chosenIndexes(collection, call.body.get('index') ?? null)) collection.dropIndex(index);
  return { nIndexesWas, ok: new Double(1) };
}

export const indexCommands: CommandTable = {
  createIndexes: { needs: 'write', writes: true, forwarded: true, run: createIndexes },
  dropIndexes: { needs: 'write', writes: true, forwarded: true, run: dropIndexes },
  listIndexes: { needs: 'read', forwarded: true, run: listIndexes },
  reIndex: {
    needs: 'write',
    writes: true,
    forwarded: true,
    run(call) {
      existingCollection(call, 'reIndex');
      return OK;
    },
  },
};

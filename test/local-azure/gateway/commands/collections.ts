import { Double, Int32, Long } from 'bson';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { compileFilter } from '../query/filter.ts';
import { makeView } from '../storage/collection.ts';
import type { Collection, View } from '../storage/collection.ts';
import { Row } from '../storage/row.ts';
import { collectionName, doc, flag, list, refuseUnknown, text } from './arguments.ts';
import type { Call, CommandTable, Reply } from './command.ts';
import { cursorReply } from './cursorReply.ts';
import { OK } from './session.ts';
import { Source } from './source.ts';

export const SYSTEM_DATABASES: readonly string[] = ['admin', 'config', 'local'];

const createOptions = `
  capped size max viewOn pipeline validator validationLevel validationAction collation storageEngine
  indexOptionDefaults autoIndexId idIndex changeStreamPreAndPostImages
`
  .trim()
  .split(/\s+/);

/** Options that would change what the collection does, and are not served. */
const unservedOptions = [
  'capped',
  'timeseries',
  'clusteredIndex',
  'validator',
  'expireAfterSeconds',
  'collation',
];

function create(call: Call): Reply {
  const { body, database, store } = call;
  for (const name of unservedOptions) {
    if (body.has(name) && body.get(name) !== false) {
      throw new CommandError('CommandNotSupported', `${name} is not supported by this emulator`);
    }
  }
  refuseUnknown(body, 'create', createOptions);
  const name = collectionName(body, 'create');
  const on = text(body, 'viewOn');
  if (store.find(database, name)) {
    throw new CommandError('NamespaceExists', `Collection ${database}.${name} already exists.`);
  }
  if (name.startsWith('system.'))
    throw new CommandError('InvalidNamespace', `Invalid system namespace: ${name}`);
  if (on === undefined) {
    store.ensure(database, name);
    return OK;
  }
  const pipeline = list(body, 'pipeline') ?? [];
  // A view that cannot be read is refused when it is made.
  new Source(call).compile(pipeline, on);
  store.add(database, name, makeView(on, pipeline));
  return OK;
}

function drop(call: Call): Reply {
  const name = collectionName(call.body, 'drop');
  call.cursors.killOfNamespace((namespace) => namespace === `${call.database}.${name}`);
  call.store.remove(call.database, name);
  return { ok: new Double(1), dropped: name };
}

function dropDatabase(call: Call): Reply {
  call.cursors.killOfNamespace((namespace) => namespace.startsWith(`${call.database}.`));
  call.store.databases.delete(call.database);
  return { ok: new Double(1), dropped: call.database };
}

function split(namespace: string): readonly [database: string, name: string] {
  const dot = namespace.indexOf('.');
  if (dot < 1) throw new CommandError('InvalidNamespace', `Invalid namespace specified '${namespace}'`);
  return [namespace.slice(0, dot), namespace.slice(dot + 1)];
}

function renameCollection(call: Call): Reply {
  const { body, store } = call;
  if (call.database !== 'admin') {
    throw new CommandError('Unauthorized', 'renameCollection may only be run against the admin database.');
  }
  const [database, name] = split(text(body, 'renameCollection') ?? '');
  const [toDatabase, toName] = split(text(body, 'to') ?? '');
  const found = store.find(database, name);
  if (!found) throw new CommandError('NamespaceNotFound', `Collection ${database}.${name} does not exist.`);
  if (database !== toDatabase) {
    throw new CommandError('CommandNotSupported', 'renameCollection cannot change databases');
  }
  if (store.find(toDatabase, toName) && !flag(body, 'dropTarget')) {
    throw new CommandError('NamespaceExists', `Collection ${toDatabase}.${toName} already exists.`);
  }
  store.add(toDatabase, toName, found);
  store.remove(database, name);
  return OK;
}

function collMod(call: Call): Reply {
  const { body, database, store } = call;
  const name = collectionName(body, 'collMod');
  const found = store.find(database, name);
  if (!found) throw new CommandError('NamespaceNotFound', `ns does not exist: ${database}.${name}`);
  refuseUnknown(body, 'collMod', ['index', 'viewOn', 'pipeline']);
  if (found.kind === 'view') {
    const on = text(body, 'viewOn') ?? found.on;
    const pipeline = list(body, 'pipeline') ?? found.pipeline;
    new Source(call).compile(pipeline, on);
    store.add(database, name, makeView(on, pipeline));
    return OK;
  }
  const change = doc(body, 'index');
  const wanted = change && found.indexes.find(({ spec }) => spec.name === change.get('name'));
  if (change && !wanted)
    throw new CommandError(
      'IndexNotFound',
      `cannot find index ${text(change, 'name')} for ns ${database}.${name}`,
    );
  for (const option of ['expireAfterSeconds', 'hidden']) {
    const value = change?.get(option);
    if (value !== undefined) wanted?.spec.description.set(option, value);
  }
  return OK;
}

function describeCollection(name: string, found: Collection | View): Doc {
  const isView = found.kind === 'view';
  const info: Doc = new Map<string, Value>([['readOnly', isView]]);
  if (!isView) info.set('uuid', found.uuid);
  const idIndex: Doc = new Map<string, Value>([
    ['v', new Int32(2)],
    ['name', '_id_'],
    ['key', new Map([['_id', new Int32(1)]])],
  ]);
  return new Map<string, Value>([
    ['name', name],
    ['type', isView ? 'view' : 'collection'],
    ['options', found.options],
    ['info', info],
    ['idIndex', isView ? null : idIndex],
  ]);
}

function listCollections(call: Call): Reply {
  const { body, database, store } = call;
  const filter = doc(body, 'filter');
  const matches = filter ? compileFilter(filter) : () => true;
  const nameOnly = flag(body, 'nameOnly');
  const rows: Row[] = [];
  for (const [name, found] of store.databases.get(database) ?? []) {
    const described = describeCollection(name, found);
    if (!matches(described)) continue;
    rows.push(Row.ofDoc(nameOnly ? new Map([...described].slice(0, 2)) : described));
  }
  // All of them at once: the service answers this with cursor id 0 always.
  return cursorReply(call, rows, { namespace: `${database}.$cmd.ListCollections`, batchSize: Infinity });
}

function listDatabases(call: Call): Reply {
  const { body, store } = call;
  if (call.database !== 'admin') {
    throw new CommandError('Unauthorized', 'listDatabases may only be run against the admin database.');
  }
  const filter = doc(body, 'filter');
  const matches = filter ? compileFilter(filter) : () => true;
  const nameOnly = flag(body, 'nameOnly');
  const databases: Doc[] = [];
  for (const name of store.databases.keys()) {
    const described: Doc = new Map<string, Value>([
      ['name', name],
      // The engine does not measure its databases.
      ['sizeOnDisk', Long.ZERO],
      ['empty', false],
    ]);
    if (SYSTEM_DATABASES.includes(name) || !matches(described)) continue;
    databases.push(nameOnly ? new Map([['name', name]]) : described);
  }
  return { databases, totalSize: nameOnly ? undefined : Long.ZERO, ok: new Double(1) };
}

export const collectionCommands: CommandTable = {
  create: { needs: 'write', writes: true, forwarded: true, run: create },
  drop: { needs: 'write', writes: true, forwarded: true, run: drop },
  dropDatabase: { needs: 'write', writes: true, forwarded: true, run: dropDatabase },
  renameCollection: { needs: 'write', writes: true, forwarded: true, run: renameCollection },
  collMod: { needs: 'write', writes: true, forwarded: true, run: collMod },
  listCollections: { needs: 'read', forwarded: true, run: listCollections },
  listDatabases: { needs: 'read', forwarded: true, run: listDatabases },
};

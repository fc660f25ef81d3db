import { types } from 'node:util';

/** What a call changes in a database, for whoever has to be asked first. */
export interface Effect {
  readonly effect:
    | 'insert'
    | 'update'
    | 'replace'
    | 'delete'
    | 'drop'
    | 'index'
    | 'dropIndex'
    | 'rename'
    | 'create'
    | 'command';
  /** All that is there is meant: a filter that nothing escapes, a whole database. */
  readonly everything: boolean;
  readonly database: string;
  /** Undefined where it is the database, or several collections. */
  readonly collection: string | undefined;
  /** The new name, the names of indexes, the name of a command; of several changes at once, what they are. */
  readonly detail: string | undefined;
  /** How many documents are put in, or changes are made, where that is known before. */
  readonly count: number | undefined;
}

type Part = Pick<Effect, 'effect' | 'everything'> & { readonly operation: string };
type Fields = Readonly<Record<string, unknown>>;
type Judge = (args: readonly unknown[]) => Effect | undefined;

/**
 * What a call of the shell's service provider changes; undefined where it only reads. What is not known here counts
 * as a change: of a call too many somebody is asked, of one too few nobody.
 */
export function effectOf(method: string, args: readonly unknown[]): Effect | undefined {
  if (readingMethods.has(method)) return undefined;
  const judge = writingMethods.get(method);
  return judge === undefined ? effect('command', '', undefined, { detail: method }) : judge(args);
}

/** What a bulk operation changes when it is executed: until then it is a list. */
export function effectOfBulk(database: string, collection: string, batches: unknown): Effect {
  const parts = fieldsIn(batches).flatMap(({ batchType, operations }) =>
    fieldsIn(operations).map((operation): Part => {
      if (batchType === 1) return part('insert', 'insert');
      return batchType === 2 ? updateStatement(operation) : deleteStatement(operation);
    }),
  );
  return together(database, collection, parts);
}

export const readingMethods: ReadonlySet<string> = new Set([
  'authenticate',
  'close',
  'computeLegacyHexMD5',
  'count',
  'countDocuments',
  'distinct',
  'estimatedDocumentCount',
  'find',
  'getConnectionInfo',
  'getFleOptions',
  'getIndexes',
  // What goes over another connection is asked of its own provider.
  'getNewConnection',
  'getRawClient',
  'getReadConcern',
  'getReadPreference',
  'getSearchIndexes',
  'getTopologyDescription',
  'getURI',
  'getWriteConcern',
  'hasUnifiedAggregateOptions',
  // Its list changes something when it is executed: see `effectOfBulk`.
  'initializeBulkOp',
  'listCollections',
  'listDatabases',
  'readPreferenceFromOptions',
  'resetConnectionOptions',
  'startSession',
  'suspend',
  'watch',
]);

export const writingMethods: ReadonlyMap<string, Judge> = new Map<string, Judge>([
  ['aggregate', ([database, , pipeline]) => pipelineEffect(text(database), pipeline)],
  ['aggregateDb', ([database, pipeline]) => pipelineEffect(text(database), pipeline)],
  ['runCommand', ([database, spec]) => commandEffect(text(database), spec)],
  ['runCommandWithCheck', ([database, spec]) => commandEffect(text(database), spec)],
  ['runCursorCommand', ([database, spec]) => commandEffect(text(database), spec)],
  ['insertOne', (args) => onCollection(args, 'insert', { count: 1 })],
  [
    'insertMany',
    (args) => onCollection(args, 'insert', Array.isArray(args[2]) ? { count: args[2].length } : {}),
  ],
  ['updateOne', (args) => onCollection(args, 'update')],
  ['updateMany', (args) => onCollection(args, 'update', { everything: isEverything(args[2]) })],
  ['replaceOne', (args) => onCollection(args, 'replace')],
  ['deleteOne', (args) => onCollection(args, 'delete')],
  ['deleteMany', (args) => onCollection(args, 'delete', { everything: isEverything(args[2]) })],
  ['findOneAndDelete', (args) => onCollection(args, 'delete')],
  ['findOneAndReplace', (args) => onCollection(args, 'replace')],
  ['findOneAndUpdate', (args) => onCollection(args, 'update')],
  [
    'bulkWrite',
    ([database, collection, requests]) =>
      together(text(database), text(collection), fieldsIn(requests).flatMap(requestParts)),
  ],
  ['clientBulkWrite', ([models]) => modelsEffect(fieldsIn(models))],
  ['dropDatabase', ([database]) => effect('drop', text(database), undefined, { everything: true })],
  ['dropCollection', (args) => onCollection(args, 'drop', { everything: true })],
  ['renameCollection', (args) => onCollection(args, 'rename', { detail: text(args[2]) })],
  ['createCollection', (args) => onCollection(args, 'create')],
  ['createEncryptedCollection', (args) => onCollection(args, 'create')],
  ['createIndexes', (args) => onCollection(args, 'index', { detail: indexNames(args[2]) })],
  ['createSearchIndexes', (args) => onCollection(args, 'index', { detail: indexNames(args[2]) })],
  ['updateSearchIndex', (args) => onCollection(args, 'index', { detail: text(args[2]) })],
  ['dropSearchIndex', (args) => onCollection(args, 'dropIndex', { detail: text(args[2]) })],
  // It keeps its keys in a collection of its own.
  ['createClientEncryption', () => effect('command', '', undefined, { detail: 'createClientEncryption' })],
]);

/** Commands that change nothing, or only the connection they come over. */
export const readingCommands: ReadonlySet<string> = new Set([
  'analyzeShardKey',
  'availableQueryOptions',
  'balancerCollectionStatus',
  'balancerStatus',
  'buildInfo',
  'buildinfo',
  'checkMetadataConsistency',
  'checkShardingIndex',
  'collStats',
  'collstats',
  'connPoolStats',
  'connPoolSync',
  'connectionStatus',
  'count',
  'currentOp',
  'dataSize',
  'datasize',
  'dbHash',
  'dbStats',
  'dbhash',
  'dbstats',
  'distinct',
  'driverOIDTest',
  'endSessions',
  // It says how a command would be done, and does it not.
  'explain',
  'features',
  'filemd5',
  'find',
  'getAuditConfig',
  'getClusterParameter',
  'getCmdLineOpts',
  'getDatabaseVersion',
  'getDefaultRWConcern',
  'getDiagnosticData',
  'getFreeMonitoringStatus',
  'getLastError',
  'getLastRequestStatistics',
  'getLog',
  'getMore',
  'getParameter',
  'getQueryableEncryptionCountInfo',
  'getShardMap',
  'getShardVersion',
  'getlasterror',
  'hello',
  'hostInfo',
  'isMaster',
  'isSelf',
  'isdbgrid',
  'ismaster',
  'killCursors',
  'listCollections',
  'listCommands',
  'listDatabases',
  'listIndexes',
  'listShards',
  'lockInfo',
  'logout',
  'netstat',
  'ping',
  'planCacheListFilters',
  'refreshSessions',
  'replSetGetConfig',
  'replSetGetRBID',
  'replSetGetStatus',
  'rolesInfo',
  'serverStatus',
  'shardConnPoolStats',
  'shardingState',
  'startSession',
  'top',
  'usersInfo',
  'whatsmyuri',
]);

/** A command says by its first key what it is. */
export function commandEffect(database: string, spec: unknown): Effect | undefined {
  const fields = fieldsOf(spec);
  const [name, value] = Object.entries(fields)[0] ?? ['', undefined];
  if (readingCommands.has(name)) return undefined;
  const collection = typeof value === 'string' ? value : undefined;
  const on = (what: Effect['effect'], more: More = {}): Effect => effect(what, database, collection, more);
  switch (name) {
    case 'aggregate':
      return pipelineEffect(database, fields['pipeline']);
    case 'insert':
      return on('insert', Array.isArray(fields['documents']) ? { count: fields['documents'].length } : {});
    case 'update':
      return together(database, collection, fieldsIn(fields['updates']).map(updateStatement));
    case 'delete':
      return together(database, collection, fieldsIn(fields['deletes']).map(deleteStatement));
    case 'findAndModify':
    case 'findandmodify':
      if (isTrue(fields['remove'])) return on('delete');
      return on(isReplacement(fields['update']) ? 'replace' : 'update');
    case 'bulkWrite':
      return bulkWriteCommand(database, fieldsIn(fields['ops']), fieldsIn(fields['nsInfo']));
    case 'mapReduce':
    case 'mapreduce':
      return mapReduceEffect(database, fields['out']);
    case 'drop':
      return on('drop', { everything: true });
    case 'dropDatabase':
      return effect('drop', database, undefined, { everything: true });
    case 'emptycapped':
      return on('delete', { everything: true });
    case 'create':
    case 'cloneCollectionAsCapped':
      return name === 'create'
        ? on('create')
        : effect('create', database, textIn(fields['toCollection']), {});
    case 'renameCollection': {
      const [from, name] = namespaceOf(text(value));
      return effect('rename', from, name, { detail: text(fields['to']) });
    }
    case 'createIndexes':
      return on('index', { detail: indexNames(fields['indexes']) });
    case 'createSearchIndexes':
      return on('index', { detail: indexNames(fields['indexes']) });
    case 'updateSearchIndex':
    case 'reIndex':
      return on('index', { detail: textIn(fields['name']) });
    case 'dropSearchIndex':
      return on('dropIndex', { detail: textIn(fields['name']) });
    case 'dropIndexes':
    case 'deleteIndexes':
      return on('dropIndex', {
        everything: fields['index'] === '*',
        detail: fields['index'] === '*' ? undefined : indexNames(fields['index'] ?? fields['name']),
      });
    case 'validate':
      return isTrue(fields['repair']) || isTrue(fields['fixMultikey'])
        ? on('command', { detail: name })
        : undefined;
    case 'profile':
      return Number(value) === -1 ? undefined : on('command', { detail: name });
    case 'customAction':
      return /^Get[A-Z]/.test(text(value))
        ? undefined
        : effect('command', database, textIn(fields['collection']), { detail: `${name} ${text(value)}` });
    default:
      // What it is about may be a user as well.
      return effect('command', database, undefined, {
        detail: typeof value === 'string' ? `${name} ${value}` : name,
      });
  }
}

/** The last stage of a pipeline may write what comes out of it. */
function pipelineEffect(database: string, pipeline: unknown): Effect | undefined {
  const stages = Array.isArray(pipeline) ? fieldsIn(pipeline) : [fieldsOf(pipeline)];
  for (const stage of stages) {
    // All that is in the collection that it names makes room.
    if ('$out' in stage) return into(database, stage['$out'], 'replace', true);
    if ('$merge' in stage)
      return into(database, fieldsOf(stage['$merge'])['into'] ?? stage['$merge'], 'update', false);
  }
  return undefined;
}

function into(database: string, target: unknown, what: 'replace' | 'update', everything: boolean): Effect {
  const { db, coll } = fieldsOf(target);
  return effect(what, textIn(db) ?? database, textIn(target) ?? textIn(coll), { everything });
}

function mapReduceEffect(database: string, out: unknown): Effect | undefined {
  const fields = fieldsOf(out);
  if ('inline' in fields) return undefined;
  const db = textIn(fields['db']) ?? database;
  const replaced = textIn(out) ?? textIn(fields['replace']);
  return replaced === undefined
    ? effect('update', db, textIn(fields['merge']) ?? textIn(fields['reduce']), {})
    : effect('replace', db, replaced, { everything: true });
}

/** What one request of a driver's bulk write does: `{ deleteMany: { filter } }`. */
function requestParts(request: Fields): readonly Part[] {
  return Object.entries(request).map(([operation, model]) => {
    const { filter } = fieldsOf(model);
    switch (operation) {
      case 'insertOne':
        return part('insert', operation);
      case 'updateMany':
        return part('update', operation, isEverything(filter));
      case 'updateOne':
        return part('update', operation);
      case 'replaceOne':
        return part('replace', operation);
      case 'deleteMany':
        return part('delete', operation, isEverything(filter));
      case 'deleteOne':
        return part('delete', operation);
      default:
        return part('command', operation);
    }
  });
}

/** What the requests of a bulk write over several collections do: `{ name: 'deleteMany', namespace, filter }`. */
function modelsEffect(models: readonly Fields[]): Effect {
  const spaces = new Set(models.map(({ namespace }) => text(namespace)));
  const parts = models.flatMap(({ name, ...model }) => requestParts({ [text(name)]: model }));
  return acrossSpaces('', spaces, parts);
}

/** The same as a command: each names its collection by its place in a list. */
function bulkWriteCommand(database: string, ops: readonly Fields[], spaces: readonly Fields[]): Effect {
  const parts = ops.map((operation): Part => {
    if ('insert' in operation) return part('insert', 'insert');
    const { filter, updateMods, multi } = operation;
    if ('update' in operation) return updateStatement({ q: filter, u: updateMods, multi });
    if ('delete' in operation) return deleteStatement({ q: filter, limit: isTrue(multi) ? 0 : 1 });
    return part('command', Object.keys(operation)[0] ?? '');
  });
  return acrossSpaces(database, new Set(spaces.map(({ ns }) => text(ns))), parts);
}

function acrossSpaces(database: string, spaces: ReadonlySet<string>, parts: readonly Part[]): Effect {
  const databases = new Set([...spaces].map((space) => namespaceOf(space)[0]));
  const [only, collection] = namespaceOf([...spaces][0] ?? '');
  return together(databases.size === 1 ? only : database, spaces.size === 1 ? collection : undefined, parts);
}

function updateStatement({ q, u, multi }: Fields): Part {
  if (isReplacement(u)) return part('replace', 'replaceOne');
  return isTrue(multi) ? part('update', 'updateMany', isEverything(q)) : part('update', 'updateOne');
}

function deleteStatement({ q, limit }: Fields): Part {
  return Number(limit) === 1 ? part('delete', 'deleteOne') : part('delete', 'deleteMany', isEverything(q));
}

/** Several changes as one: what hurts most stands for all, and all are named. None is a list that is not understood. */
function together(database: string, collection: string | undefined, parts: readonly Part[]): Effect {
  const worst = severities.find((what) => parts.some((one) => one.effect === what));
  if (worst === undefined) return effect('command', database, collection, {});
  const counts = new Map<string, number>();
  for (const { operation } of parts) counts.set(operation, (counts.get(operation) ?? 0) + 1);
  return effect(worst, database, collection, {
    everything: parts.some((one) => one.effect === worst && one.everything),
    count: parts.length,
    ...(counts.size > 1 && {
      detail: [...counts].map(([operation, count]) => `${operation} × ${count}`).join(', '),
    }),
  });
}

const severities = ['command', 'delete', 'replace', 'update', 'insert'] as const satisfies Effect['effect'][];

/** Whether a filter lets every document through, as far as that can be seen without asking. */
function isEverything(filter: unknown): boolean {
  return Object.entries(fieldsOf(filter)).every(([key, value]) => {
    if (key === '$comment') return true;
    if (key === '$and') return Array.isArray(value) && value.every(isEverything);
    if (key === '$or') return Array.isArray(value) && value.some(isEverything);
    if (key === '$expr') return value === true;
    const condition = Object.entries(fieldsOf(value));
    // Every document has one.
    return (
      key === '_id' && condition.length === 1 && condition[0]?.[0] === '$exists' && isTrue(condition[0][1])
    );
  });
}

/** A document to be in the other's place, where operators or a pipeline would change it. */
function isReplacement(update: unknown): boolean {
  if (Array.isArray(update)) return false;
  const keys = Object.keys(fieldsOf(update));
  return keys.length > 0 && !keys.some((key) => key.startsWith('$'));
}

function indexNames(indexes: unknown): string | undefined {
  const names = (Array.isArray(indexes) ? indexes : [indexes]).flatMap((index: unknown) => {
    if (typeof index === 'string') return index;
    const { name, key } = fieldsOf(index);
    if (typeof name === 'string') return name;
    return Object.entries(fieldsOf(key ?? index))
      .map(([field, direction]) => `${field}_${text(direction)}`)
      .join('_');
  });
  const said = names.filter((name) => name !== '');
  return said.length === 0 ? undefined : said.join(', ');
}

type More = Partial<Pick<Effect, 'everything' | 'detail' | 'count'>>;

function onCollection(args: readonly unknown[], what: Effect['effect'], more: More = {}): Effect {
  return effect(what, text(args[0]), text(args[1]), more);
}

function effect(
  what: Effect['effect'],
  database: string,
  collection: string | undefined,
  more: More,
): Effect {
  return {
    effect: what,
    everything: more.everything ?? false,
    database,
    collection,
    detail: more.detail,
    count: more.count,
  };
}

function part(what: Effect['effect'], operation: string, everything = false): Part {
  return { effect: what, operation, everything };
}

/** `shop.orders.old` is `orders.old` in `shop`. */
function namespaceOf(space: string): readonly [string, string] {
  const dot = space.indexOf('.');
  return dot === -1 ? [space, ''] : [space.slice(0, dot), space.slice(dot + 1)];
}

/** The driver takes maps for documents as well, and those of a script are of its own realm. */
function fieldsOf(value: unknown): Fields {
  if (types.isMap(value)) return Object.fromEntries(value) as Fields;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function fieldsIn(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : [];
}

/** The server takes numbers for truth, also those that are objects here. */
function isTrue(value: unknown): boolean {
  return typeof value === 'object' && value !== null ? Number(value) !== 0 : Boolean(value);
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function text(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : `${value as number}`;
}

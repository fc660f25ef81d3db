import { items } from './collectionScripts.ts';
import type { Reason, Refusal } from './script.ts';

/** Known to the service by name, and not served. */
const UNSERVED = 115;
/** Not known to it at all. */
const UNKNOWN = 59;

const indexed = `${items} db.items.createIndex({ n: 1 });`;
const user = `'5c41b700-0000-4000-8000-00000000000f'`;

/** Methods that ask for what the service does not serve, and the code that it says so with. */
export const refusals: readonly Refusal[] = [
  {
    method: 'Collection.convertToCapped',
    setup: items,
    ask: 'db.items.convertToCapped(4096)',
    code: UNSERVED,
  },
  {
    method: 'Collection.latencyStats',
    setup: items,
    ask: 'db.items.latencyStats().toArray()',
    code: UNSERVED,
  },
  {
    method: 'Collection.mapReduce',
    setup: items,
    ask: `db.items.mapReduce(function () { emit(1, 1); }, function () { return 1; }, { out: { inline: 1 } })`,
    code: UNSERVED,
  },
  { method: 'Collection.watch', ask: 'db.items.watch().tryNext()', code: UNSERVED },
  { method: 'Database.watch', ask: 'db.watch().tryNext()', code: UNSERVED },
  { method: 'Mongo.watch', ask: 'db.getMongo().watch().tryNext()', code: UNSERVED },
  { method: 'PlanCache.clear', setup: items, ask: 'db.items.getPlanCache().clear()', code: UNSERVED },
  {
    method: 'PlanCache.clearPlansByQuery',
    setup: items,
    ask: 'db.items.getPlanCache().clearPlansByQuery({ n: 1 })',
    code: UNSERVED,
  },
  { method: 'PlanCache.list', setup: items, ask: 'db.items.getPlanCache().list()', code: UNSERVED },
  {
    method: 'Cursor.max',
    setup: indexed,
    ask: 'db.items.find().hint({ n: 1 }).max({ n: 30 }).toArray()',
    code: UNSERVED,
  },
  {
    method: 'Cursor.min',
    setup: indexed,
    ask: 'db.items.find().hint({ n: 1 }).min({ n: 30 }).toArray()',
    code: UNSERVED,
  },
  {
    method: 'Cursor.returnKey',
    setup: indexed,
    ask: 'db.items.find().returnKey(true).toArray()',
    code: UNSERVED,
  },
  {
    method: 'Cursor.showRecordId',
    setup: items,
    ask: 'db.items.find().showRecordId(true).toArray()',
    code: UNSERVED,
  },
  { method: 'Cursor.tailable', setup: items, ask: 'db.items.find().tailable().toArray()', code: UNSERVED },
  {
    method: 'Cursor.maxAwaitTimeMS',
    setup: items,
    ask: 'db.items.find().tailable({ awaitData: true }).maxAwaitTimeMS(5).toArray()',
    code: UNSERVED,
  },
  {
    method: 'ExplainableCursor.max',
    setup: indexed,
    ask: 'db.items.explain().find().hint({ n: 1 }).max({ n: 30 }).toArray()',
    code: UNSERVED,
  },
  {
    method: 'ExplainableCursor.min',
    setup: indexed,
    ask: 'db.items.explain().find().hint({ n: 1 }).min({ n: 30 }).toArray()',
    code: UNSERVED,
  },
  {
    method: 'ExplainableCursor.returnKey',
    setup: indexed,
    ask: 'db.items.explain().find().returnKey(true).toArray()',
    code: UNSERVED,
  },
  {
    method: 'ExplainableCursor.showRecordId',
    setup: items,
    ask: 'db.items.explain().find().showRecordId(true).toArray()',
    code: UNSERVED,
  },
  {
    method: 'ExplainableCursor.tailable',
    setup: items,
    ask: 'db.items.explain().find().tailable().toArray()',
    code: UNSERVED,
  },
  {
    method: 'ExplainableCursor.maxAwaitTimeMS',
    setup: items,
    ask: 'db.items.explain().find().tailable({ awaitData: true }).maxAwaitTimeMS(5).toArray()',
    code: UNSERVED,
  },
  {
    method: 'Explainable.findAndModify',
    setup: items,
    ask: 'db.items.explain().findAndModify({ query: { _id: 1 }, remove: true })',
    code: 2,
  },
  {
    method: 'Explainable.findOneAndDelete',
    setup: items,
    ask: 'db.items.explain().findOneAndDelete({ _id: 1 })',
    code: 2,
  },
  {
    method: 'Explainable.findOneAndReplace',
    setup: items,
    ask: 'db.items.explain().findOneAndReplace({ _id: 1 }, { n: 1 })',
    code: 2,
  },
  {
    method: 'Explainable.findOneAndUpdate',
    setup: items,
    ask: 'db.items.explain().findOneAndUpdate({ _id: 1 }, { $set: { n: 1 } })',
    code: 2,
  },
  { method: 'Explainable.remove', setup: items, ask: 'db.items.explain().remove({ _id: 1 })', code: 2 },
  {
    method: 'Explainable.update',
    setup: items,
    ask: 'db.items.explain().update({ _id: 1 }, { $set: { n: 1 } })',
    code: 2,
  },
  {
    method: 'Explainable.mapReduce',
    setup: items,
    ask: `db.items.explain().mapReduce(function () { emit(1, 1); }, function () { return 1; }, { out: { inline: 1 } })`,
    code: 2,
  },
  {
    method: 'Mongo.bulkWrite',
    ask: `(() => { try { const done = db.getMongo().bulkWrite([{ name: 'insertOne', namespace: db.getName() + '.items', document: { _id: 1 } }]); return done; } catch (error) { throw error.cause; } })()`,
    code: UNKNOWN,
  },
  {
    method: 'Database.createUser',
    ask: `db.getSiblingDB('admin').createUser({ user: ${user}, pwd: 'Correct,horse=battery 1', roles: [{ role: 'readAnyDatabase', db: 'admin' }] })`,
    code: UNSERVED,
  },
  {
    method: 'Database.updateUser',
    ask: `db.getSiblingDB('admin').updateUser(${user}, { roles: [{ role: 'readAnyDatabase', db: 'admin' }] })`,
    code: 2,
  },
  {
    method: 'Database.changeUserPassword',
    ask: `db.getSiblingDB('admin').changeUserPassword(${user}, 'x')`,
    code: UNSERVED,
  },
  { method: 'Database.dropAllUsers', ask: 'db.dropAllUsers()', code: UNSERVED },
  {
    method: 'Database.grantRolesToUser',
    ask: `db.getSiblingDB('admin').grantRolesToUser(${user}, ['readAnyDatabase'])`,
    code: UNSERVED,
  },
  {
    method: 'Database.revokeRolesFromUser',
    ask: `db.getSiblingDB('admin').revokeRolesFromUser(${user}, ['readAnyDatabase'])`,
    code: UNSERVED,
  },
  {
    method: 'Database.createRole',
    ask: `db.createRole({ role: 'r', privileges: [], roles: [] })`,
    code: UNSERVED,
  },
  { method: 'Database.updateRole', ask: `db.updateRole('r', { privileges: [] })`, code: UNSERVED },
  { method: 'Database.dropRole', ask: `db.dropRole('r')`, code: UNSERVED },
  { method: 'Database.dropAllRoles', ask: 'db.dropAllRoles()', code: UNSERVED },
  { method: 'Database.grantRolesToRole', ask: `db.grantRolesToRole('r', ['s'])`, code: UNSERVED },
  { method: 'Database.revokeRolesFromRole', ask: `db.revokeRolesFromRole('r', ['s'])`, code: UNSERVED },
  { method: 'Database.grantPrivilegesToRole', ask: `db.grantPrivilegesToRole('r', [])`, code: UNSERVED },
  {
    method: 'Database.revokePrivilegesFromRole',
    ask: `db.revokePrivilegesFromRole('r', [])`,
    code: UNSERVED,
  },
  { method: 'Database.getRole', ask: `db.getRole('r')`, code: UNSERVED },
  { method: 'Database.getRoles', ask: `db.getRoles()`, code: UNSERVED },
  { method: 'Database.shutdownServer', ask: 'db.shutdownServer()', code: UNSERVED },
  { method: 'Database.fsyncLock', ask: 'db.fsyncLock()', code: UNSERVED },
  { method: 'Database.fsyncUnlock', ask: 'db.fsyncUnlock()', code: UNSERVED },
  { method: 'Database.serverStatus', ask: 'db.serverStatus()', code: UNSERVED },
  { method: 'Database.rotateCertificates', ask: 'db.rotateCertificates()', code: UNKNOWN },
  { method: 'Database.getProfilingStatus', ask: 'db.getProfilingStatus()', code: UNSERVED },
  { method: 'Database.setProfilingLevel', ask: 'db.setProfilingLevel(1)', code: UNSERVED },
  { method: 'Database.setLogLevel', ask: 'db.setLogLevel(1)', code: UNSERVED },
  { method: 'Database.getLogComponents', ask: 'db.getLogComponents()', code: 72 },
  { method: 'Database.commandHelp', ask: `db.commandHelp('find')`, code: 2 },
  {
    method: 'Database.checkMetadataConsistency',
    ask: 'db.checkMetadataConsistency().toArray()',
    code: UNKNOWN,
  },
  {
    method: 'Collection.checkMetadataConsistency',
    ask: 'db.items.checkMetadataConsistency().toArray()',
    code: UNKNOWN,
  },
  { method: 'Collection.getShardVersion', ask: 'db.items.getShardVersion()', code: UNSERVED },
  { method: 'Collection.analyzeShardKey', ask: 'db.items.analyzeShardKey({ n: 1 })', code: UNKNOWN },
  {
    method: 'Collection.configureQueryAnalyzer',
    ask: `db.items.configureQueryAnalyzer({ mode: 'off' })`,
    code: UNKNOWN,
  },
  { method: 'Collection.getSearchIndexes', setup: items, ask: 'db.items.getSearchIndexes()', code: 40_324 },
  {
    method: 'Collection.createSearchIndex',
    setup: items,
    ask: `db.items.createSearchIndex('one', { mappings: { dynamic: true } })`,
    code: UNKNOWN,
  },
  {
    method: 'Collection.createSearchIndexes',
    setup: items,
    ask: `db.items.createSearchIndexes([{ name: 'one', definition: { mappings: { dynamic: true } } }])`,
    code: UNKNOWN,
  },
  {
    method: 'Collection.dropSearchIndex',
    setup: items,
    ask: `db.items.dropSearchIndex('one')`,
    code: UNKNOWN,
  },
  {
    method: 'Collection.updateSearchIndex',
    setup: items,
    ask: `db.items.updateSearchIndex('one', { mappings: { dynamic: true } })`,
    code: UNKNOWN,
  },
  {
    method: 'Session.startTransaction',
    setup: `${items} const session = db.getMongo().startSession(); const within = session.getDatabase(db.getName()); session.startTransaction();`,
    ask: `within.items.insertOne({ _id: 7 })`,
    code: UNSERVED,
  },
  {
    method: 'Session.withTransaction',
    setup: `${items} const session = db.getMongo().startSession();`,
    ask: `session.withTransaction(() => session.getDatabase(db.getName()).items.insertOne({ _id: 7 }))`,
    code: UNSERVED,
  },
  { method: 'Database.listCommands', ask: 'db.listCommands()', code: UNSERVED },
];

/** Methods that are no question to a database like this one, and why. */
export const noQuestions: Readonly<Record<Reason, readonly string[]>> = {
  connection: [
    'Database.auth',
    'Database.logout',
    'Mongo.close',
    'Mongo.connect',
    'Mongo.getURI',
    'ShellApi.Mongo',
    'ShellApi.connect',
  ],
  encryption: [
    'Collection.compactStructuredEncryptionData',
    'Database.createEncryptedCollection',
    'Mongo.getClientEncryption',
    'Mongo.getKeyVault',
  ],
  // The shell itself says that it has them no longer, and asks nobody.
  gone: [
    'Cursor.maxScan',
    'Database.cloneCollection',
    'Database.cloneDatabase',
    'Database.copyDatabase',
    'Database.printSlaveReplicationInfo',
    'ExplainableCursor.maxScan',
    'Mongo.isCausalConsistency',
    'Mongo.setCausalConsistency',
    'Mongo.setSlaveOk',
    'PlanCache.getPlansByQuery',
    'PlanCache.listQueryShapes',
  ],
  interactive: [
    'ShellApi.cls',
    'ShellApi.exit',
    'ShellApi.isInteractive',
    'ShellApi.passwordPrompt',
    'ShellApi.quit',
  ],
  lake: ['Database.sql'],
  replication: [
    'Database.getReplicationInfo',
    'Database.printReplicationInfo',
    'Database.printSecondaryReplicationInfo',
    'Database.setSecondaryOk',
    'Mongo.setSecondaryOk',
  ],
  // Nothing else makes a cursor of a command but a question to shards.
  sharding: [
    'Collection.getShardDistribution',
    'Collection.getShardLocation',
    'Database.printShardingStatus',
    'Mongo.convertShardKeyToHashed',
    'RunCommandCursor.*',
    'ShellApi.convertShardKeyToHashed',
  ],
  telemetry: ['ShellApi.disableTelemetry', 'ShellApi.enableTelemetry'],
  transactions: [
    'Session.abortTransaction',
    'Session.advanceClusterTime',
    'Session.advanceOperationTime',
    'Session.bulkWrite',
    'Session.commitTransaction',
    'Session.getClusterTime',
    'Session.getOperationTime',
  ],
};

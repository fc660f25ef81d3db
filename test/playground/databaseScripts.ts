import { items } from './collectionScripts.ts';
import type { Script } from './script.ts';

const someone = '5c41b700-0000-4000-8000-00000000000';
const reader = `{ role: 'readAnyDatabase', db: 'admin' }`;
const command = (last: number): string =>
  `db.getSiblingDB('admin').runCommand({ createUser: '${someone}${last}', roles: [${reader}], customData: { IdentityProvider: { type: 'MicrosoftEntraID', properties: { principalType: 'user' } } } });`;

export const databaseScripts: readonly Script[] = [
  {
    name: 'collections by their names',
    covers: [
      'Database.getCollectionNames',
      'Database.getCollectionInfos',
      'Database.createCollection',
      'Database.createView',
    ],
    setup: `${items} db.createCollection('empty'); db.createView('odd', 'items', [{ $match: { odd: true } }]);`,
    ask: `[db.getCollectionNames(), db.getCollectionInfos({ name: { $ne: 'empty' } }), db.getCollectionInfos({}, { nameOnly: true }), db.odd.find().toArray()]`,
    normalisers: ['uuids'],
  },
  {
    name: 'createCollection and createView answer',
    covers: ['Database.createCollection', 'Database.createView'],
    setup: items,
    ask: `[db.createCollection('empty'), db.createView('odd', 'items', [{ $match: { odd: true } }])]`,
    answer: [{ ok: 1 }, { ok: 1 }],
  },
  {
    name: 'runCommand and adminCommand',
    covers: ['Database.runCommand', 'Database.adminCommand'],
    setup: items,
    ask: `[db.runCommand({ ping: 1 }), db.runCommand('ping'), db.adminCommand({ ping: 1 }), db.runCommand({ count: 'items', query: { odd: true } }),
      db.runCommand({ find: 'items', filter: { _id: 1 } }).cursor.firstBatch]`,
    answer: [{ ok: 1 }, { ok: 1 }, { ok: 1 }, { n: 3, ok: 1 }, [{ _id: 1, n: 10, odd: true }]],
  },
  {
    name: 'another database',
    covers: ['Database.getSiblingDB', 'Database.getName'],
    ask: `[db.getSiblingDB('shop').getName(), db.getSiblingDB('shop').products.countDocuments()]`,
    answer: ['shop', 32],
  },
  {
    name: 'dropDatabase',
    covers: ['Database.dropDatabase'],
    setup: items,
    ask: `[db.dropDatabase(), db.getCollectionNames(), db.dropDatabase().ok]`,
  },
  {
    name: 'stats of a database',
    covers: ['Database.stats'],
    setup: `${items} db.items.createIndex({ n: 1 });`,
    ask: `[db.stats(), db.stats(1024).scaleFactor, db.stats({ scale: 2 }).scaleFactor]`,
  },
  {
    name: 'printCollectionStats',
    covers: ['Database.printCollectionStats'],
    setup: items,
    ask: 'db.printCollectionStats()',
    normalisers: ['host', 'moments'],
  },
  {
    name: 'what the server is',
    covers: [
      'Database.version',
      'Database.serverBits',
      'Database.serverBuildInfo',
      'Database.hostInfo',
      'Database.serverCmdLineOpts',
    ],
    ask: `[db.version(), db.serverBits(), db.serverBuildInfo(), db.hostInfo(), db.serverCmdLineOpts()]`,
    normalisers: ['moments', 'host'],
  },
  {
    name: 'hello',
    covers: ['Database.hello', 'Database.isMaster'],
    setup: `const known = ({ localTime, ...reply }) => reply;`,
    ask: `[known(db.hello()), known(db.isMaster())]`,
    normalisers: ['moments', 'host'],
  },
  {
    name: 'users',
    covers: ['Database.getUser', 'Database.dropUser', 'Database.getUsers'],
    setup: `const admin = db.getSiblingDB('admin'); ${command(1)}`,
    ask: `[admin.getUser('${someone}1'), admin.getUsers().users.some(({ user }) => user === '${someone}1'), admin.dropUser('${someone}1'),
      admin.runCommand({ usersInfo: '${someone}1' })]`,
  },
  {
    name: 'what is under way',
    covers: ['Database.currentOp', 'Database.killOp'],
    ask: `[db.currentOp().ok, db.currentOp().inprog.length > 0, db.killOp('0:0')]`,
    answer: [1, true, { info: 'attempting to kill op', ok: 1 }],
  },
  {
    name: 'the last error',
    covers: ['Database.getLastError', 'Database.getLastErrorObj'],
    ask: `[db.getLastError(), db.getLastErrorObj().codeName]`,
    answer: [null, 'CommandNotSupported'],
  },
];

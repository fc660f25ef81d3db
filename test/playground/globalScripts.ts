import { items } from './collectionScripts.ts';
import { join } from 'node:path';
import type { Script } from './script.ts';

const loaded = JSON.stringify(join(import.meta.dirname, 'loaded.js'));

export const globalScripts: readonly Script[] = [
  {
    name: 'use',
    covers: ['ShellApi.use', 'Mongo.use'],
    setup: `const home = db.getName(); ${items} use('shop'); const seen = [db.getName(), db.products.countDocuments()]; db.getMongo().use(home); seen.push(db.items.countDocuments());`,
    ask: `[seen.length, seen[0], seen[1], seen[2], use('shop'), use(home)]`,
    answer: [3, 'shop', 32, 6, 'switched to db shop', 'switched to db #database'],
  },
  {
    name: 'show',
    covers: ['ShellApi.show'],
    setup: `${items} db.createView('odd', 'items', [{ $match: { odd: true } }]);`,
    ask: `show('collections')`,
  },
  {
    name: 'show databases',
    covers: ['Mongo.show', 'Mongo.getDBs', 'Mongo.getDBNames'],
    setup: items,
    ask: `[db.getMongo().show('dbs').value.find(({ name }) => name === 'shop'), db.getMongo().getDBs().databases.find(({ name }) => name === db.getName()), db.getMongo().getDBNames().includes('shop')]`,
  },
  {
    name: 'print and printjson',
    covers: ['ShellApi.print', 'ShellApi.printjson'],
    setup: `print('a', 1, [true]); print({ n: Long('5') }); printjson({ a: { b: [1, 'x'] } }); print();`,
    ask: `'printed'`,
    answer: 'printed',
    printed: [
      'a 1 [ true ]',
      "{ n: Long('5') }",
      '{',
      '  a: {',
      '    b: [',
      '      1,',
      "      'x'",
      '    ]',
      '  }',
      '}',
      '',
    ],
  },
  {
    name: 'sleep and version',
    covers: ['ShellApi.sleep', 'ShellApi.version'],
    setup: 'const began = Date.now(); sleep(30);',
    ask: `[Date.now() - began >= 29, typeof version()]`,
    answer: [true, 'string'],
  },
  {
    name: 'it',
    covers: ['ShellApi.it'],
    setup: `db.items.insertMany(Array.from({ length: 30 }, (_, n) => ({ _id: n }))); const cursor = db.items.find().sort({ _id: 1 }); for (let n = 0; n < 25; n++) cursor.next();`,
    ask: `it()`,
    answer: { cursorHasMore: false, documents: [25, 26, 27, 28, 29].map((_id) => ({ _id })) },
  },
  {
    name: 'what a connection prefers',
    covers: [
      'Mongo.getReadPref',
      'Mongo.getReadPrefMode',
      'Mongo.getReadPrefTagSet',
      'Mongo.getReadConcern',
      'Mongo.getWriteConcern',
    ],
    ask: `[db.getMongo().getReadPrefMode(), db.getMongo().getReadPref().mode, db.getMongo().getReadPrefTagSet() === undefined, db.getMongo().getReadConcern() === undefined, db.getMongo().getWriteConcern() === undefined]`,
    answer: ['primary', 'primary', true, true, true],
  },
  {
    name: 'load',
    covers: ['ShellApi.load'],
    setup: `load(${loaded});`,
    ask: `[loadedAnswer(20), db.loaded.findOne()]`,
    answer: [42, { _id: 'loaded' }],
  },
  {
    name: 'JavaScript between questions',
    covers: ['Collection.find'],
    setup: `${items} function double(n) { return db.items.findOne({ _id: n }).n * 2; } class Sum { constructor() { this.sum = 0; } add(n) { this.sum += n; return this; } }
      const sum = new Sum(); for (let n = 1; n <= 3; n++) sum.add(double(n)); const { _id, ...others } = db.items.findOne({ _id: 6 });
      let caught = ''; try { db.items.insertOne({ _id: 1 }); } catch (error) { caught = error.name + ' ' + error.code; }
      const byOdd = Object.groupBy(db.items.find().toArray(), ({ odd }) => (odd ? 'odd' : 'even'));`,
    ask: `[sum.sum, others, caught, byOdd.odd.length, db.items.find().toArray().filter(({ n }) => n > db.items.findOne({ _id: 4 }).n).length, \`\${db.items.countDocuments()} items\`]`,
    answer: [120, { n: 60, odd: false }, 'MongoServerError 11000', 3, 2, '6 items'],
  },
  {
    name: 'values that are no documents',
    covers: [],
    ask: `[undefined, null, NaN, Infinity, -0, 1.0, 1.5, 2 ** 31, 'text', true, [], {}, [[1]], new Date(0), /a.b/i].map((value) => [value])`,
  },
  {
    name: 'a session',
    covers: [
      'Mongo.startSession',
      'Session.getDatabase',
      'Session.endSession',
      'Session.hasEnded',
      'Session.getOptions',
    ],
    setup: `${items} const session = db.getMongo().startSession(); const within = session.getDatabase(db.getName()); within.items.insertOne({ _id: 7 });
      const seen = [within.items.countDocuments(), within.items.find().batchSize(2).toArray().length, session.hasEnded(), typeof session.getOptions()]; session.endSession(); seen.push(session.hasEnded());`,
    ask: `seen`,
    answer: [7, 7, false, 'object', true],
  },
  { name: 'nothing', covers: [], ask: 'undefined' },
  { name: 'null', covers: [], ask: 'null', answer: null },
  { name: 'a number', covers: [], ask: '6 * 7', answer: 42 },
  { name: 'a text', covers: [], ask: `'a' + 'b'`, answer: 'ab' },
  { name: 'an array of documents', covers: [], ask: `[{ a: 1 }, { b: 2 }]`, answer: [{ a: 1 }, { b: 2 }] },
  { name: 'a document', covers: [], ask: `({ a: 1, b: { c: [1, 2] } })`, answer: { a: 1, b: { c: [1, 2] } } },
  { name: 'a collection', covers: [], ask: `db.items` },
  { name: 'a database', covers: [], ask: `db` },
  {
    name: 'what a connection is told to prefer',
    covers: ['Mongo.setReadPref', 'Mongo.setReadConcern', 'Mongo.setWriteConcern'],
    setup: `${items} const mongo = db.getMongo(); mongo.setReadPref('primaryPreferred'); mongo.setReadConcern('local'); mongo.setWriteConcern('majority');`,
    ask: `[mongo.getReadPrefMode(), mongo.getReadConcern(), mongo.getWriteConcern().w, db.items.countDocuments(), db.items.insertOne({ _id: 7 }).acknowledged, mongo.setReadPref('primary')]`,
  },
];

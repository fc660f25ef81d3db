import assert from 'node:assert/strict';
import fc from 'fast-check';
import { completionAt } from '../../src/core/playground/language/completion.ts';
import type { Completion } from '../../src/core/playground/language/completion.ts';
import { helpAt, signatureAt } from '../../src/core/playground/language/help.ts';
import { statementsOf } from '../../src/core/playground/language/statements.ts';
import type { Suggestion } from '../../src/core/playground/language/suggestions.ts';
import { asked, cursorIn, setting } from './playgroundStage.ts';

const { signal } = new AbortController();

async function completed(marked: string): Promise<Completion | undefined> {
  const { text, offset } = cursorIn(marked);
  return completionAt(text, offset, setting, signal);
}

async function suggestions(marked: string): Promise<readonly Suggestion[]> {
  return (await completed(marked))?.suggestions ?? [];
}

async function labels(marked: string): Promise<readonly string[]> {
  return (await suggestions(marked)).map(({ label }) => label);
}

/** The text with what is suggested in the place of the word; stops of snippets as they are. */
async function taking(label: string, marked: string): Promise<string> {
  const { text } = cursorIn(marked);
  const found = await completed(marked);
  const suggestion = found?.suggestions.find((one) => one.label === label);
  assert.ok(found !== undefined && suggestion !== undefined, `no ${label} in ${marked}`);
  return text.slice(0, found.from) + suggestion.insert + text.slice(found.to);
}

const orders = ['_id', 'status', 'placed', 'odd-name', 'address', 'lines', 'tags'];
const nested = ['address.city', 'address.zip', 'lines.sku', 'lines.amount'];
const collections = ['audit.log', 'customers', 'my-orders', 'orders', 'stats', '_old'];

describe('completion', () => {
  /** All that is suggested, in order. */
  const whole: readonly (readonly [string, readonly string[]])[] = [
    // Databases.
    ["use('|')", ['crm', 'shop']],
    ["use('sh|", ['crm', 'shop']],
    ['use("|', ['crm', 'shop']],
    ["db.getSiblingDB('|').orders.find()", ['crm', 'shop']],
    ['use(|', ['crm', 'shop']],
    // Collections.
    ["db.getCollection('|')", collections],
    ["db['|']", collections],
    ["use('crm');\ndb.getCollection('|", ['people']],
    ["db = db.getSiblingDB('crm')\ndb.getCollection('|", ['people']],
    ["db.getSiblingDB('crm').getCollection('|", ['people']],
    ["use('crm');\nuse('shop');\ndb.getCollection('|", collections],
    ["db.orders.aggregate([{ $out: '|", collections],
    ["db.orders.aggregate([{ $lookup: { from: '|", collections],
    ["db.orders.aggregate([{ $unionWith: { coll: '|", collections],
    // Fields.
    ['db.orders.find().sort({ |', [...orders, ...nested]],
    ['db.orders.find({}, { |', [...orders, ...nested]],
    ["db.orders.distinct('|", [...orders, ...nested]],
    ['db.orders.createIndex({ status: 1, |', [...orders, ...nested].filter((one) => one !== 'status')],
    ['db.orders.insertOne({ |', orders],
    ['db.orders.insertMany([{ |', orders],
    ['db.orders.insertOne({ address: { |', ['city', 'zip']],
    ['db.orders.updateOne({}, { $set: { |', [...orders, ...nested]],
    ['db.orders.updateOne({}, { $push: { lines: { $sort: { |', ['sku', 'amount']],
    ["db.getCollection('orders').find().sort({ |", [...orders, ...nested]],
    ["db['orders'].find().sort({ |", [...orders, ...nested]],
    ["db.getSiblingDB('crm').people.find().sort({ |", ['_id', 'nick']],
    ["use('crm')\ndb.people.find().sort({ |", ['_id', 'nick']],
    ['const c = db.orders;\nc.find().sort({ |', [...orders, ...nested]],
    ['const all = db.orders.find({ status: 1 });\nall.limit(3).sort({ |', [...orders, ...nested]],
    ['db.orders.explain().find().sort({ |', [...orders, ...nested]],
    ['db.orders.initializeOrderedBulkOp().find({}).updateOne({ $set: { |', [...orders, ...nested]],
    ['db.audit.log.find().sort({ |', ['at']],
    ["db.getCollection('audit').log.find().sort({ |", ['at']],
    // Behind stages.
    ['db.orders.aggregate([{ $project: { status: 1 } }, { $sort: { |', ['_id', 'status']],
    ['db.orders.aggregate([{ $project: { _id: 0, x: "$status" } }, { $sort: { |', ['x']],
    [
      'db.orders.aggregate([{ $project: { lines: 0, tags: false } }, { $sort: { |',
      ['_id', 'status', 'placed', 'odd-name', 'address', 'address.city', 'address.zip'],
    ],
    ["db.orders.aggregate([{ $group: { _id: '$status', n: { $sum: 1 } } }, { $sort: { |", ['_id', 'n']],
    [
      "db.orders.aggregate([{ $group: { _id: { s: '$status' }, all: { $push: '$lines' } } }, { $sort: { |",
      ['_id', 'all', '_id.s', 'all.sku', 'all.amount'],
    ],
    ["db.orders.aggregate([{ $set: { day: '$placed' } }, { $sort: { |", [...orders, 'day', ...nested]],
    [
      "db.orders.aggregate([{ $unset: ['lines', 'address.zip'] }, { $sort: { |",
      [...orders.filter((one) => one !== 'lines'), 'address.city'],
    ],
    ["db.orders.aggregate([{ $count: 'all' }, { $sort: { |", ['all']],
    ["db.orders.aggregate([{ $sortByCount: '$status' }, { $sort: { |", ['_id', 'count']],
    ["db.orders.aggregate([{ $replaceRoot: { newRoot: '$address' } }, { $sort: { |", ['city', 'zip']],
    [
      "db.orders.aggregate([{ $bucket: { groupBy: '$x', boundaries: [1], output: { n: { $sum: 1 } } } }, { $sort: { |",
      ['_id', 'n'],
    ],
    [
      "db.orders.aggregate([{ $project: { _id: 1 } }, { $lookup: { from: 'customers', as: 'who' } }, { $sort: { |",
      ['_id', 'who', 'who._id', 'who.name', 'who.mail'],
    ],
    [
      "db.customers.aggregate([{ $facet: { a: [{ $count: 'n' }], b: [] } }, { $sort: { |",
      ['a', 'b', 'a.n', 'b._id', 'b.name', 'b.mail'],
    ],
    ["db.customers.aggregate([{ $facet: { a: [{ $count: 'n' }, { $sort: { |", ['n']],
    [
      "db.customers.aggregate([{ $unionWith: 'orders' }, { $sort: { m|",
      ['_id', 'name', 'mail', ...orders.slice(1), ...nested],
    ],
    // In what other stages take.
    ["db.orders.aggregate([{ $lookup: { from: 'customers', foreignField: '|", ['_id', 'name', 'mail']],
    ["db.orders.aggregate([{ $lookup: { from: 'customers', pipeline: [{ $sort: { |", ['_id', 'name', 'mail']],
    ['db.orders.aggregate([{ $lookup: { |', ['from', 'localField', 'foreignField', 'as', 'let', 'pipeline']],
    ['db.orders.aggregate([{ $bucket: { groupBy: 1, |', ['boundaries', 'default', 'output']],
    ['db.orders.aggregate([{ $group: { |', ['_id']],
    ['db.orders.aggregate([{ $set: { x: { $cond: { if: 1, |', ['then', 'else']],
    // In texts of expressions.
    ["db.customers.aggregate([{ $group: { _id: '|", ['$_id', '$name', '$mail']],
    ["db.customers.aggregate([{ $group: { _id: '$na|", ['$_id', '$name', '$mail']],
    ["db.customers.aggregate([{ $set: { x: { $concat: ['a', '$|", ['$_id', '$name', '$mail']],
    ["db.customers.aggregate([{ $set: { x: { $cond: ['|", ['$_id', '$name', '$mail']],
    ["db.customers.find({ $expr: { $eq: ['$|", ['$_id', '$name', '$mail']],
    ["db.customers.aggregate([{ $unwind: '|", ['$_id', '$name', '$mail']],
    ["db.customers.aggregate([{ $unwind: { path: '|", ['$_id', '$name', '$mail']],
    // Words that are given.
    ["show('|", ['dbs', 'collections', 'users', 'roles', 'profile', 'logs']],
    ["db.orders.find().explain('|", ['queryPlanner', 'executionStats', 'allPlansExecution']],
    ['db.orders.findOneAndUpdate({}, {}, { returnDocument: |', ['before', 'after']],
    ["db.orders.aggregate([{ $merge: { into: 'x', whenNotMatched: '|", ['insert', 'discard', 'fail']],
    // Directions.
    ['db.orders.find().sort({ status: |', ['1', '-1']],
    // Nothing.
    ['// db.|', []],
    ['/* db.| */', []],
    ['`db.|`', []],
    ['db.orders.find({ a: /db.|/ })', []],
    ['unknown.|', []],
    ['db.orders.find({ a: 1 |', []],
    ['db.orders.aggregate([{ $match: {} } |', []],
    ["db.orders.find({ status: '|", []],
    ['db.orders.find().toArray().|', []],
    ['const x = { |', []],
    ['12|', []],
  ];
  for (const [marked, expected] of whole)
    it(`has for ${marked}`, async () => assert.deepEqual(await labels(marked), expected));

  /** These are suggested, and those are not. */
  const some: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['db.|', [...collections, 'getCollection', 'aggregate', 'createView'], ['find', 'constructor']],
    ['db.ord|', ['orders'], []],
    ['db?.|', ['orders'], []],
    ["use('crm');\ndb.|", ['people'], ['orders']],
    [
      'db.orders.|',
      ['find', 'aggregate', 'updateMany', 'getIndexes'],
      ['getCollection', 'createSearchIndex'],
    ],
    ['db.audit.|', ['find', 'log'], []],
    ["db.getCollection('my-orders').|", ['find'], []],
    ['db.orders.find().|', ['sort', 'limit', 'toArray', 'explain'], ['find', 'aggregate']],
    ['db.orders.find({ a: [1, { b: ")" }] }).sort({}).|', ['limit'], ['find']],
    ['db.orders\n  // all\n  .find({})\n  .|', ['sort'], []],
    ['db.orders.aggregate([]).|', ['toArray', 'forEach'], ['maxScan']],
    ['db.orders.explain().|', ['find', 'aggregate'], ['insertOne']],
    ['db.getMongo().|', ['getDBNames'], []],
    ['db.orders.findOne().|', [], ['find', 'sort']],
    ['let c = db.getCollection("orders"); c.|', ['find'], []],
    ['db.orders.find({ a: {\n\npri|', ['print'], ['$gt', 'city']],
    ['db.orders.find({\nsta|: 1 })', ['status'], ['print']],
    ['function f() {\n  db.orders.|', ['find'], []],
    ['|', ['db', 'use', 'print', 'ObjectId', 'ISODate', 'sh'], ['exit', 'enableTelemetry']],
    ['db.orders.find().forEach((one) => { pri|', ['print'], []],
    [
      'const since = 1; let { a: b, ...rest } = f(); function two(x) {}\n(one, { y: z = 3 }) => |',
      ['since', 'b', 'rest', 'two', 'one', 'z', 'const', 'JSON'],
      ['a', 'y', 'f'],
    ],
    ['const since = new Date();\ndb.orders.find({ placed: { $gt: |', ['since', 'ISODate', 'true'], ['const']],
    ['const since = 1;\ndb.orders.find({ |', ['placed'], ['since']],
    ['db.orders.find({ |', [...orders, ...nested, '$and', '$or', '$expr'], ['$gt', '$set', '$match']],
    ['db.orders.find({ status: 1, |', ['placed'], ['status']],
    ['db.orders.find({ $or: [{ status: 1 }, { |', ['status', '$and'], ['$gt']],
    ['db.orders.find({ status: { |', ['$gt', '$in', '$exists', '$not'], ['$and', 'status', '$box', '$match']],
    ['db.orders.find({ status: { $not: { |', ['$gt'], ['$and']],
    ['db.orders.find({ address: { |', ['$eq', 'city', 'zip'], ['status']],
    ['db.orders.find({ lines: { $elemMatch: { |', ['sku', 'amount', '$or'], ['status', '$gt']],
    ['db.orders.find({ status: |', ['ObjectId', 'ISODate', 'NumberLong', 'UUID'], ['use', 'db']],
    ['db.orders.find({ status: { $in: [|', ['ObjectId'], ['$match']],
    ['db.orders.updateOne({ |', ['status', '$or'], ['$set']],
    ['db.orders.updateOne({}, { |', ['$set', '$inc', '$push'], ['status', '$match']],
    ['db.orders.updateOne({}, [{ |', ['$set', '$unset'], ['$inc']],
    ['db.orders.findOneAndUpdate({}, {}, { |', ['sort', 'projection', 'upsert'], ['$set']],
    ['db.orders.bulkWrite([{ |', ['insertOne', 'updateMany'], ['$set']],
    ['db.orders.bulkWrite([{ updateOne: { filter: { |', ['status', '$and'], []],
    [
      'db.orders.aggregate([|',
      ['$match', '$group', '$lookup'],
      ['$search', '$vectorSearch', '$sum', 'status'],
    ],
    ['db.orders.aggregate([{ |', ['$match'], ['$gt']],
    ['db.orders.aggregate([{ $match: {} }, |', ['$group'], []],
    ['db.orders.aggregate({ $match: {} }, { |', ['$group'], []],
    ['db.aggregate([{ |', ['$match'], []],
    ['db.createView("v", "orders", [{ |', ['$match'], []],
    ['db.orders.aggregate([{ $match: { |', ['status', '$and'], ['$gt', '$match']],
    ['db.orders.aggregate([{ $group: { _id: 1, n: { |', ['$sum', '$push'], ['$gt', '$cond']],
    ['db.orders.aggregate([{ $bucket: { output: { n: { |', ['$sum'], ['$cond']],
    ['db.orders.aggregate([{ $group: { _id: { |', ['$cond', '$dateTrunc'], ['$match']],
    ['db.orders.aggregate([{ $project: { x: { |', ['$concat', '$map'], ['$match', '$set']],
    ["db.orders.aggregate([{ $set: { x: '$$|", ['$$ROOT', '$$NOW'], ['$$SEARCH_META', '$status']],
    ['db.orders.aggregate([{ $set: { x: |', ['$status', '$address.city', 'ISODate'], ['use']],
    ["db.orders.aggregate([{ $unwind: '$lines' }, { $set: { x: '$lines.|", ['$lines.sku'], []],
    ['db.orders.find({ placed: ISODate(|', [], ['status', '$gt']],
  ];
  for (const [marked, there, absent] of some)
    it(`has among others for ${marked}`, async () => {
      const found = new Set(await labels(marked));
      assert.deepEqual(
        there.filter((one) => !found.has(one)),
        [],
        'missing',
      );
      assert.deepEqual(
        absent.filter((one) => found.has(one)),
        [],
        'out of place',
      );
    });

  describe('of broken text', () => {
    const rows: readonly (readonly [string, readonly string[]])[] = [
      ['db.orders.find({ a: \n\ndb.customers.find().sort({ |', ['_id', 'name', 'mail']],
      ["db.orders.find({ 'a: 1 })\ndb.customers.find().sort({ |", ['_id', 'name', 'mail']],
      ['db.customers.find().sort({ |\n\ndb.orders.find({', ['_id', 'name', 'mail']],
      ["db.customers.distinct('|\ndb.orders.find('x')", ['_id', 'name', 'mail']],
      [')]} db.customers.find().sort({ |', ['_id', 'name', 'mail']],
      ['f(`${`a${1}`}`); db.customers.find().sort({ |', ['_id', 'name', 'mail']],
      ['x = 4 / 2; // "\ndb.customers.find().sort({ |', ['_id', 'name', 'mail']],
      ['x = /["{(]/; db.customers.find().sort({ |', ['_id', 'name', 'mail']],
      ["x = 'it\\'s {'; db.customers.find().sort({ |", ['_id', 'name', 'mail']],
      ['db.customers.find().sort({\r\n  |', ['_id', 'name', 'mail']],
      ['db.customers.find().sort({\n// {\n/* { */ |', ['_id', 'name', 'mail']],
    ];
    for (const [marked, expected] of rows)
      it(`has for ${JSON.stringify(marked)}`, async () => assert.deepEqual(await labels(marked), expected));
  });

  describe('puts in the place of the word', () => {
    const rows: readonly (readonly [string, string, string])[] = [
      ['orders', 'db.ord|', 'db.orders'],
      ['orders', 'db.or|ders.find()', 'db.orders.find()'],
      ['my-orders', 'db.my|', "db.getCollection('my-orders')"],
      ['stats', 'db.|', "db.getCollection('stats')"],
      ['_old', 'db.|', "db.getCollection('_old')"],
      ['audit.log', 'db.|', 'db.audit.log'],
      ['my-orders', "db.getCollection('my|')", "db.getCollection('my-orders')"],
      ['my-orders', 'db["|"]', 'db["my-orders"]'],
      ['shop', "use('s|ho')", "use('shop')"],
      ['find', 'db.orders.fi|', 'db.orders.find($0)'],
      ['find', 'db.orders.fi|nd({})', 'db.orders.find({})'],
      ['toArray', 'db.orders.find().to|', 'db.orders.find().toArray()'],
      ['status', 'db.orders.find({ st| })', 'db.orders.find({ status: $0 })'],
      ['status', 'db.orders.find({ st|: 1 })', 'db.orders.find({ status: 1 })'],
      ['status', "db.orders.find({ 'st|': 1 })", "db.orders.find({ 'status': 1 })"],
      ['odd-name', 'db.orders.find({ od| })', "db.orders.find({ 'odd-name': $0 })"],
      ['address.city', 'db.orders.find({ address.ci| })', "db.orders.find({ 'address.city': $0 })"],
      ['address.city', 'db.orders.find({ a: 1, address.| })', "db.orders.find({ a: 1, 'address.city': $0 })"],
      ['address.city', "db.orders.find({ 'address.|' })", "db.orders.find({ 'address.city' })"],
      ['$or', 'db.orders.find({ $o| })', 'db.orders.find({ \\$or: [{ $0 }] })'],
      ['$in', 'db.orders.find({ a: { $| } })', 'db.orders.find({ a: { \\$in: [$0] } })'],
      ['$gt', 'db.orders.find({ a: { $g|: 1 } })', 'db.orders.find({ a: { $gt: 1 } })'],
      ['$set', 'db.orders.updateOne({}, { $s| })', 'db.orders.updateOne({}, { \\$set: { $0 } })'],
      ['$match', 'db.orders.aggregate([$m|])', 'db.orders.aggregate([{ \\$match: { $1 } }])'],
      ['$match', 'db.orders.aggregate([{ $m| }])', 'db.orders.aggregate([{ \\$match: { $1 } }])'],
      ['$limit', 'db.orders.aggregate([{ | }])', 'db.orders.aggregate([{ \\$limit: ${1:10} }])'],
      [
        '$status',
        "db.orders.aggregate([{ $sortByCount: '$st|' }])",
        "db.orders.aggregate([{ $sortByCount: '$status' }])",
      ],
      [
        '$status',
        'db.orders.aggregate([{ $sortByCount: | }])',
        "db.orders.aggregate([{ $sortByCount: '$status' }])",
      ],
      ['orders', 'db.orders.aggregate([{ $out: | }])', "db.orders.aggregate([{ $out: 'orders' }])"],
      ['ObjectId', 'db.orders.find({ _id: Obj| })', 'db.orders.find({ _id: ObjectId($0) })'],
    ];
    for (const [label, marked, expected] of rows)
      it(`${label} in ${marked}`, async () => assert.equal(await taking(label, marked), expected));
  });

  it('tells the types of fields, and what methods take', async () => {
    const detail = async (label: string, marked: string): Promise<string | undefined> =>
      (await suggestions(marked)).find((one) => one.label === label)?.detail;
    assert.equal(await detail('status', 'db.orders.find({ |'), 'string | null');
    assert.equal(await detail('lines', 'db.orders.find({ |'), 'array<object>');
    assert.equal(await detail('lines.sku', 'db.orders.find({ |'), 'string');
    assert.equal(await detail('$placed', "db.orders.aggregate([{ $set: { a: '|"), 'date');
    assert.equal(await detail('find', 'db.orders.|'), '(query?, projection?, options?)');
  });

  it('offers first what makes values of the types that a field has', async () => {
    assert.equal((await labels('db.orders.find({ placed: |'))[0], 'ISODate');
    assert.equal((await labels('db.orders.find({ "odd-name": { $gt: 1 }, placed: |'))[0], 'ISODate');
  });

  it('offers first what is written most, and last what is on its way out', async () => {
    assert.deepEqual((await labels('db.orders.|')).slice(0, 3), ['find', 'findOne', 'aggregate']);
    assert.deepEqual((await labels('db.orders.aggregate([{ |')).slice(0, 2), ['$match', '$project']);
    const last = (await suggestions('db.orders.|')).findLast(({ kind }) => kind === 'method');
    assert.equal(last?.isDeprecated, true);
  });

  it('has a snippet for each stage, whose stops are whole', async () => {
    const stages = await suggestions('db.orders.aggregate([{ |');
    assert.ok(stages.length > 25);
    for (const { label, insert } of stages) {
      // As VS Code reads it: its stops away, its escapes gone.
      const plain = insert
        .replaceAll(/(?<!\\)\$\{\d+\|([^,|]*)[^}]*\}/g, '$1')
        .replaceAll(/(?<!\\)\$\{\d+:((?:\\.|[^}])*)\}/g, '$1')
        .replaceAll(/(?<!\\)\$\d+/g, '')
        .replaceAll(/\\([$}\\])/g, '$1');
      const { problem } = statementsOf(`x = { ${plain.replace('if: ,', 'if: 1,')} }`);
      assert.equal(problem, undefined, `${label}: ${plain}`);
    }
  });

  it('asks only for what it needs', async () => {
    asked.length = 0;
    await completed('db.orders.find({ |');
    assert.deepEqual(asked, ['fields of shop.orders']);
    asked.length = 0;
    await completed('db.orders.|');
    assert.deepEqual(asked, ['collections of shop']);
    asked.length = 0;
    await completed('db.orders.aggregate([|');
    await completed('pri|');
    await completed('// db.|');
    assert.deepEqual(asked, []);
  });

  it('has an answer for any text, at any place in it', async () => {
    const words =
      String.raw`db . orders find aggregate ( ) [ ] { } : , = => ' " / // /* */ \ $match $group $$ROOT _id 1
      use ?. {$lookup:{ from: 'customers' db.orders.find({ db.orders.aggregate([ ... € # const`
        .split(/\s+/)
        .concat(' ', '\n', '`', '${');
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...words), { maxLength: 40 }),
        fc.nat(),
        async (parts, at) => {
          const text = parts.join('');
          const offset = at % (text.length + 1);
          const found = await completionAt(text, offset, setting, signal);
          if (found !== undefined)
            assert.ok(found.from <= offset && offset <= found.to && found.to <= text.length);
          await helpAt(text, offset, setting, signal);
          signatureAt(text, offset, setting);
          for (const { from, to, text: its } of statementsOf(text).statements)
            assert.equal(text.slice(from, to), its);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('ends where nobody waits any more', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped');
    const { names, ...rest } = setting;
    const waiting = completionAt(
      'db.',
      3,
      {
        ...rest,
        names: {
          ...names,
          collections: (_, signal) =>
            new Promise((_, reject) => signal.addEventListener('abort', () => reject(reason))),
        },
      },
      stop.signal,
    );
    stop.abort();
    await assert.rejects(waiting, reason);
  });

  it('writes a collection as what every object has only where that is the collection', async () => {
    const names = { ...setting.names, collections: async () => ['constructor', '__proto__', 'toString'] };
    const { suggestions: found } =
      (await completionAt('db.', 3, { ...setting, names }, signal)) ?? assert.fail();
    for (const name of ['constructor', '__proto__', 'toString'])
      assert.equal(found.find(({ label }) => label === name)?.insert, `getCollection('${name}')`);
  });
});

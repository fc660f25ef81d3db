import assert from 'node:assert/strict';
import { helpAt, signatureAt } from '../../src/core/playground/language/help.ts';
import { cursorIn, setting } from './playgroundStage.ts';

const { signal } = new AbortController();

/** What help is about, and the words that it covers. */
async function help(marked: string): Promise<string | undefined> {
  const { text, offset } = cursorIn(marked);
  const found = await helpAt(text, offset, setting, signal);
  if (found === undefined) return undefined;
  const covered = text.slice(found.from, found.to);
  if (found.kind === 'field') return `field ${found.path}: ${found.field.types.join(' | ')} [${covered}]`;
  const { topic } = found;
  return topic.kind === 'method'
    ? `method ${topic.of ?? ''}.${topic.name} [${covered}]`
    : `${topic.sort} ${topic.name} [${covered}]`;
}

function signature(marked: string): string | undefined {
  const { text, offset } = cursorIn(marked);
  const found = signatureAt(text, offset, setting);
  if (found === undefined) return undefined;
  const takes = found.method.takes[found.way] ?? [];
  return `${found.topic.name}: ${takes[found.parameter] ?? 'nothing'} of (${takes.join(', ')})`;
}

describe('help about a word', () => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['db.orders.fi|nd({})', 'method Collection.find [find]'],
    ['db.orders.|find({})', 'method Collection.find [find]'],
    ['db.orders.find|({})', 'method Collection.find [find]'],
    ['db.orders.find().so|rt({})', 'method Cursor.sort [sort]'],
    ['db.orders.aggregate([]).toArr|ay()', 'method AggregationCursor.toArray [toArray]'],
    ['db.getSib|lingDB("x")', 'method Database.getSiblingDB [getSiblingDB]'],
    ['const c = db.orders\nc.dro|p()', 'method Collection.drop [drop]'],
    ["us|e('shop')", 'method .use [use]'],
    ['x = Object|Id()', 'method .ObjectId [ObjectId]'],
    ['db.orders.find({ placed: ISO|Date() })', 'method .ISODate [ISODate]'],
    ['db.orders.find({ a: { $g|t: 1 } })', 'query $gt [$gt]'],
    ['db.orders.find({ $o|r: [] })', 'query $or [$or]'],
    ['db.orders.updateOne({}, { $s|et: {} })', 'update $set [$set]'],
    ['db.orders.aggregate([{ $s|et: {} }])', 'stage $set [$set]'],
    ['db.orders.aggregate([{ $group: { n: { $s|um: 1 } } }])', 'accumulator $sum [$sum]'],
    ['db.orders.aggregate([{ $set: { n: { $s|um: [] } } }])', 'expression $sum [$sum]'],
    ['db.orders.aggregate([{ $set: { n: { $con|cat: [] } } }])', 'expression $concat [$concat]'],
    ["db.orders.aggregate([{ $set: { n: '$$RO|OT' } }])", 'variable $$ROOT [$$ROOT]'],
    ['db.orders.find({ sta|tus: 1 })', 'field status: string | null [status]'],
    ["db.orders.find({ 'address.ci|ty': 1 })", 'field address.city: string [address.city]'],
    ['db.orders.find({ address: { ci|ty: 1 } })', 'field address.city: string [city]'],
    ['db.orders.find().sort({ pla|ced: 1 })', 'field placed: date [placed]'],
    ["db.orders.distinct('sta|tus')", 'field status: string | null [status]'],
    ["db.orders.aggregate([{ $sortByCount: '$address.z|ip' }])", 'field address.zip: string [$address.zip]'],
    [
      "db.orders.aggregate([{ $set: { a: '$$ROOT.sta|tus' } }])",
      'field status: string | null [$$ROOT.status]',
    ],
    ["db.orders.aggregate([{ $set: { d: '$placed' } }, { $match: { |d: 1 } }])", 'field d: date [d]'],
    ['db.or|ders.find()', undefined],
    ['db.orders.find({ nothing|: 1 })', undefined],
    ['// fi|nd', undefined],
    ["print('fi|nd')", undefined],
    ['db.orders.unknown|()', undefined],
    ['x = construct|or()', undefined],
    ['   |   ', undefined],
  ];
  for (const [marked, expected] of rows)
    it(`${marked} is ${expected ?? 'nothing'}`, async () => assert.equal(await help(marked), expected));
});

describe('help about a call', () => {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ['db.orders.find(|', 'find: query? of (query?, projection?, options?)'],
    ['db.orders.find({ a: 1 }, |)', 'find: projection? of (query?, projection?, options?)'],
    ['db.orders.find({ a: [1, 2, |', 'find: query? of (query?, projection?, options?)'],
    ['db.orders.find({}, {}, {}, |', 'find: nothing of (query?, projection?, options?)'],
    ['db.orders.distinct(|', 'distinct: field of (field)'],
    ["db.orders.distinct('a', |", 'distinct: query of (field, query)'],
    ['db.orders.aggregate({}, {}, |', 'aggregate: ...stages of (...stages)'],
    ["use('|", 'use: db of (db)'],
    ['db.orders.find({ _id: ObjectId(|', 'ObjectId: hex? of (hex?)'],
    ['db.orders.find({ _id: ObjectId() }, |', 'find: projection? of (query?, projection?, options?)'],
    ['db.orders.find().forEach((x) => { |', undefined],
    ['db.orders.find()|', undefined],
    ['unknown(|', undefined],
    ['unknown.find(|', undefined],
    ['// db.orders.find(|', undefined],
  ];
  for (const [marked, expected] of rows)
    it(`${marked} is ${expected ?? 'nothing'}`, () => assert.equal(signature(marked), expected));
});

import assert from 'node:assert/strict';
import { Decimal128, Double, Int32, Long, Timestamp, deserialize } from 'bson';
import type { Document } from 'bson';
import { encode } from './bson/encode.ts';
import type { Value } from './bson/value.ts';
import { docOf, plainOf, refusalOf } from './evaluation.ts';
import { compileFilter } from './query/filter.ts';
import { compileUpdate, documentFromFilter } from './update/update.ts';

function valuesOf(items: readonly Document[] | undefined): Value[] | undefined {
  return items?.map(docOf);
}

interface Options {
  readonly filter?: Document;
  readonly arrayFilters?: readonly Document[];
  readonly inserting?: boolean;
  readonly exact?: boolean;
}

function update(document: Document, written: Document | Document[], options: Options = {}): Document {
  const before = docOf(document);
  const trace = { index: undefined };
  compileFilter(docOf(options.filter ?? {}))(before, trace);
  const change = Array.isArray(written) ? (valuesOf(written) ?? []) : docOf(written);
  const compiled = compileUpdate(change, {
    arrayFilters: valuesOf(options.arrayFilters),
    variables: new Map(),
  });
  const copy = encode(before);
  const after = compiled(before, { trace, inserting: options.inserting ?? false });
  assert.ok(encode(before).equals(copy), 'the old version stays as it is');
  return deserialize(
    encode(after),
    options.exact === true ? { promoteValues: false, promoteLongs: false } : {},
  );
}

describe('the gateway: updates', () => {
  const table: readonly (readonly [string, Document, Document | Document[], Document, Options?])[] = [
    ['set', { _id: 1, a: 1 }, { $set: { a: 2, 'b.c': 3 } }, { _id: 1, a: 2, b: { c: 3 } }],
    [
      'set in an array',
      { a: [1, { b: 1 }] },
      { $set: { 'a.1.b': 2, 'a.3': 9 } },
      { a: [1, { b: 2 }, null, 9] },
    ],
    ['unset', { a: 1, b: 2, c: [1, 2] }, { $unset: { a: '', 'c.0': '', 'd.e': '' } }, { b: 2, c: [null, 2] }],
    ['inc', { a: 1, b: { c: 1 } }, { $inc: { a: 2, 'b.c': -1, d: 5 } }, { a: 3, b: { c: 0 }, d: 5 }],
    ['mul', { a: 3 }, { $mul: { a: 4, b: 5 } }, { a: 12, b: 0 }],
    [
      'min and max',
      { a: 5, b: 5 },
      { $min: { a: 3, c: 1 }, $max: { b: 3, d: 'x' } },
      { a: 3, b: 5, c: 1, d: 'x' },
    ],
    ['min and max across types', { a: 5 }, { $max: { a: 'text' } }, { a: 'text' }],
    [
      'rename',
      { a: 1, b: { c: 2 } },
      { $rename: { a: 'x', 'b.c': 'b.d', none: 'y' } },
      { b: { d: 2 }, x: 1 },
    ],
    ['set on insert, when not', { a: 1 }, { $setOnInsert: { b: 1 }, $set: { a: 2 } }, { a: 2 }],
    ['set on insert, when so', { a: 1 }, { $setOnInsert: { b: 1 } }, { a: 1, b: 1 }, { inserting: true }],
    ['push', { a: [1] }, { $push: { a: 2, b: 1 } }, { a: [1, 2], b: [1] }],
    [
      'push many, sorted and cut',
      { a: [5, 1] },
      { $push: { a: { $each: [4, 2], $sort: 1, $slice: 3 } } },
      { a: [1, 2, 4] },
    ],
    ['push to a place', { a: [1, 2] }, { $push: { a: { $each: [9], $position: 1 } } }, { a: [1, 9, 2] }],
    ['push from the end', { a: [1, 2] }, { $push: { a: { $each: [3], $slice: -2 } } }, { a: [2, 3] }],
    [
      'push documents by a field',
      { a: [{ n: 2 }] },
      { $push: { a: { $each: [{ n: 1 }, { n: 3 }], $sort: { n: -1 } } } },
      { a: [{ n: 3 }, { n: 2 }, { n: 1 }] },
    ],
    [
      'add to a set',
      { a: [1, { x: 1 }] },
      { $addToSet: { a: { $each: [1, 2, 2, { x: 1 }] } } },
      { a: [1, { x: 1 }, 2] },
    ],
    ['add an array to a set', { a: [1] }, { $addToSet: { a: [1] } }, { a: [1, [1]] }],
    ['pop', { a: [1, 2, 3], b: [1, 2, 3] }, { $pop: { a: 1, b: -1 } }, { a: [1, 2], b: [2, 3] }],
    ['pull a value', { a: [1, 2, 1, '1'] }, { $pull: { a: 1 } }, { a: [2, '1'] }],
    ['pull by a condition', { a: [1, 5, 9] }, { $pull: { a: { $gte: 5 } } }, { a: [1] }],
    [
      'pull documents',
      { a: [{ x: 1, y: 1 }, { x: 2 }, 1] },
      { $pull: { a: { x: 1 } } },
      { a: [{ x: 2 }, 1] },
    ],
    ['pull all', { a: [1, 2, 3, 1] }, { $pullAll: { a: [1, 3] } }, { a: [2] }],
    ['bit', { a: 13 }, { $bit: { a: { and: 10, or: 1 } } }, { a: 9 }],
    [
      'the place that the filter found',
      { a: [1, 5, 9] },
      { $set: { 'a.$': 0 } },
      { a: [1, 0, 9] },
      { filter: { a: { $gt: 3 } } },
    ],
    [
      'within the document that was found',
      {
        a: [
          { b: 1, c: 1 },
          { b: 2, c: 1 },
        ],
      },
      { $inc: { 'a.$.c': 5 } },
      {
        a: [
          { b: 1, c: 1 },
          { b: 2, c: 6 },
        ],
      },
      { filter: { 'a.b': 2 } },
    ],
    ['every place', { a: [1, 2] }, { $inc: { 'a.$[]': 10 } }, { a: [11, 12] }],
    [
      'chosen places',
      { a: [1, 5, 9] },
      { $set: { 'a.$[big]': 0 } },
      { a: [1, 0, 0] },
      { arrayFilters: [{ big: { $gt: 3 } }] },
    ],
    [
      'chosen documents',
      { a: [{ n: 1 }, { n: 2, m: [1, 2] }] },
      { $inc: { 'a.$[it].m.$[]': 1 } },
      { a: [{ n: 1 }, { n: 2, m: [2, 3] }] },
      { arrayFilters: [{ 'it.n': 2 }] },
    ],
    ['replacement', { _id: 1, a: 1 }, { b: 2 }, { _id: 1, b: 2 }],
    [
      'a pipeline',
      { _id: 1, a: 1, b: 2 },
      [{ $set: { sum: { $add: ['$a', '$b'] } } }, { $unset: 'a' }],
      { _id: 1, b: 2, sum: 3 },
    ],
  ];
  for (const [name, document, written, expected, options] of table) {
    it(`do ${name}`, () => {
      const after = update(document, written, options);
      assert.deepEqual(after, expected);
      assert.deepEqual(Object.keys(after), Object.keys(expected));
    });
  }

  it('keep and widen types', () => {
    const before = {
      int: new Int32(2_147_483_647),
      long: Long.fromNumber(1),
      double: new Double(1),
      decimal: Decimal128.fromString('1.10'),
    };
    assert.deepEqual(update(before, { $inc: { int: 1, long: 1, double: 1, decimal: 1 } }, { exact: true }), {
      int: Long.fromNumber(2_147_483_648),
      long: Long.fromNumber(2),
      double: new Double(2),
      decimal: Decimal128.fromString('2.10'),
    });
    assert.deepEqual(
      update({ a: new Int32(2) }, { $mul: { a: Decimal128.fromString('1.5') } }, { exact: true }),
      {
        a: Decimal128.fromString('3.0'),
      },
    );
    assert.equal(
      refusalOf(() => update({ a: Long.MAX_VALUE }, { $inc: { a: 1 } })),
      2,
    );
  });

  it('know the time', () => {
    const after = update({}, { $currentDate: { a: true, b: { $type: 'timestamp' } } });
    assert.ok(Math.abs(Date.now() - after['a'].getTime()) < 5000);
    assert.ok(after['b'] instanceof Timestamp);
  });

  it('refuse what cannot be', () => {
    const refused = (document: Document, written: Document | Document[], options?: Options): number =>
      refusalOf(() => update(document, written, options));
    assert.equal(refused({ a: 1 }, { $inc: { a: 'x' } }), 14);
    assert.equal(refused({ a: 'x' }, { $inc: { a: 1 } }), 14);
    assert.equal(refused({ _id: 1 }, { $set: { _id: 2 } }), 66);
    assert.equal(refused({ _id: 1 }, { _id: 2, a: 1 }), 66);
    assert.equal(refused({ a: 5 }, { $set: { 'a.b': 1 } }), 28);
    assert.equal(refused({ a: 1 }, { $set: { a: 1 }, $inc: { a: 1 } }), 40);
    assert.equal(refused({ a: 1 }, { $set: { a: 1, 'a.b': 1 } }), 40);
    assert.equal(refused({ a: 1 }, { $rename: { a: 'b' }, $set: { b: 1 } }), 40);
    assert.equal(refused({ a: 1 }, { $foo: { a: 1 } }), 9);
    assert.equal(refused({ a: 1 }, { $push: { a: 1 } }), 2);
    assert.equal(refused({ a: [1] }, { $push: { a: { $each: [1], $foo: 1 } } }), 2);
    assert.equal(refused({ a: [1] }, { $set: { 'a.$': 1 } }), 2);
    assert.equal(refused({ a: [1] }, { $set: { 'a.$[x]': 1 } }), 2);
    assert.equal(refused({ a: 1 }, { $set: { 'a..b': 1 } }), 56);
    assert.equal(refused({ a: 1 }, { b: 1, $set: { a: 1 } }), 52);
    assert.equal(refused({ a: 1 }, [{ $group: { _id: 1 } }]), 72);
    assert.equal(refused({ a: [1] }, { $set: { 'a.2000000': 1 } }), 34);
  });

  it('take from a filter what an upsert starts with', () => {
    const start = documentFromFilter(
      docOf({ _id: 7, a: { $eq: 1 }, 'b.c': 'x', d: { $gt: 5 }, $and: [{ e: 2 }], $or: [{ f: 1 }] }),
    );
    assert.deepEqual(plainOf(start), { _id: 7, a: 1, b: { c: 'x' }, e: 2 });
  });
});

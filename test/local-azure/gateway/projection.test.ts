import assert from 'node:assert/strict';
import { Decimal128, Double, Int32, Long, deserialize } from 'bson';
import type { Document } from 'bson';
import { encode } from './bson/encode.ts';
import { docOf, plainOf, refusalOf } from './evaluation.ts';
import { compileFilter } from './query/filter.ts';
import { compileProjection } from './query/projection.ts';
import { sortBy } from './query/sort.ts';

describe('the gateway: sorting', () => {
  const sorted = (documents: Document[], order: Document): Document[] =>
    sortBy(documents.map(docOf), (doc) => doc, docOf(order)).map((doc) => plainOf(doc));

  it('puts a missing value before null, and an array where its smallest element is', () => {
    const documents = [{ a: 'x' }, { a: [5, 1] }, { a: null }, { a: 3 }, {}, { a: { b: 1 } }, { a: [] }];
    assert.deepEqual(sorted(documents, { a: 1 }), [
      {},
      { a: [] },
      { a: null },
      { a: [5, 1] },
      { a: 3 },
      { a: 'x' },
      { a: { b: 1 } },
    ]);
    assert.deepEqual(sorted([{ a: [5, 1] }, { a: 3 }], { a: -1 }), [{ a: [5, 1] }, { a: 3 }]);
  });

  it('goes by several fields, and leaves equals as they came', () => {
    const documents = [
      { a: 1, b: 2, n: 0 },
      { a: 0, b: 1, n: 1 },
      { a: 1, b: 3, n: 2 },
      { a: 1, b: 2, n: 3 },
    ];
    assert.deepEqual(
      sorted(documents, { a: -1, b: -1 }).map(({ n }) => n),
      [2, 0, 3, 1],
    );
    assert.deepEqual(
      sorted(
        [
          { a: [{ b: 9 }, { b: 1 }], n: 0 },
          { a: { b: 5 }, n: 1 },
        ],
        { 'a.b': 1 },
      ).map(({ n }) => n),
      [0, 1],
    );
  });

  it('compares long numbers as numbers', () => {
    const documents = ['10', '9', '9007199254740993', '9007199254740992'].map((text) => ({
      a: Long.fromString(text),
    }));
    const order = sortBy(documents.map(docOf), (doc) => doc, docOf({ a: 1 })).map(
      (doc) => deserialize(encode(doc), { useBigInt64: true })['a'],
    );
    assert.deepEqual(order, [9n, 10n, 9_007_199_254_740_992n, 9_007_199_254_740_993n]);
  });

  it('refuses orders that are none', () => {
    for (const order of [{ a: 2 }, { a: 'asc' }, { 'a..b': 1 }])
      assert.ok(refusalOf(() => sorted([], order)));
  });
});

describe('the gateway: projections', () => {
  const project = (document: Document, specification: Document, filter: Document = {}): Document => {
    const doc = docOf(document);
    const trace = { index: undefined };
    compileFilter(docOf(filter))(doc, trace);
    return plainOf(compileProjection(docOf(specification), { find: true })(doc, trace));
  };
  const sample = {
    _id: 1,
    a: 1,
    b: { c: 2, d: 3 },
    list: [{ x: 1, y: 1 }, { x: 2, y: 2 }, 5],
    n: [1, 2, 3, 4],
  };

  const table: readonly (readonly [string, Document, Document])[] = [
    ['nothing', {}, sample],
    ['fields', { a: 1, missing: 1 }, { _id: 1, a: 1 }],
    ['fields without the id', { a: 1, _id: 0 }, { a: 1 }],
    ['the id alone', { _id: 1 }, { _id: 1 }],
    ['all but some', { list: 0, n: 0, 'b.c': 0 }, { _id: 1, a: 1, b: { d: 3 } }],
    ['all but the id', { _id: 0, list: 0, n: 0, b: 0 }, { a: 1 }],
    ['fields within', { 'b.d': 1, 'list.x': 1 }, { _id: 1, b: { d: 3 }, list: [{ x: 1 }, { x: 2 }] }],
    ['fields within, written as documents', { b: { d: 1 } }, { _id: 1, b: { d: 3 } }],
    [
      'computed fields, after those that stay',
      { total: { $add: ['$a', '$b.c'] }, a: 1 },
      { _id: 1, a: 1, total: 3 },
    ],
    ['text that is no path', { word: 'hello', a: '$b.c' }, { _id: 1, word: 'hello', a: 2 }],
    ['a slice', { n: { $slice: 2 } }, { ...sample, n: [1, 2] }],
    ['a slice from the end', { n: { $slice: -1 } }, { ...sample, n: [4] }],
    ['a slice from the middle', { n: { $slice: [1, 2] }, list: 0, b: 0 }, { _id: 1, a: 1, n: [2, 3] }],
    ['the element that matches', { list: { $elemMatch: { x: 2 } } }, { _id: 1, list: [{ x: 2, y: 2 }] }],
    ['no element that matches', { list: { $elemMatch: { x: 9 } } }, { _id: 1 }],
  ];
  for (const [name, specification, expected] of table) {
    it(`take ${name}`, () => {
      assert.deepEqual(project(sample, specification), expected);
      assert.deepEqual(Object.keys(project(sample, specification)), Object.keys(expected));
    });
  }

  it('take the element that the filter found', () => {
    assert.deepEqual(project(sample, { 'list.$': 1 }, { 'list.x': 2 }), { _id: 1, list: [{ x: 2, y: 2 }] });
    assert.deepEqual(project(sample, { 'n.$': 1 }, { n: { $gt: 2 } }), { _id: 1, n: [3] });
    assert.deepEqual(project(sample, { 'n.$': 1 }, { n: { $elemMatch: { $gt: 3 } } }), { _id: 1, n: [4] });
  });

  it('refuse to mix, and to collide', () => {
    const refused = (specification: Document): number =>
      refusalOf(() => compileProjection(docOf(specification), { find: true }));
    assert.equal(refused({ a: 1, b: 0 }), 31_254);
    assert.equal(refused({ a: 0, b: 1 }), 31_253);
    assert.equal(refused({ a: 1, 'a.b': 1 }), 31_250);
    assert.equal(refused({ a: {} }), 51_270);
  });

  it('keep the types of what they only pass on', () => {
    const doc = docOf({
      a: new Double(1),
      b: Long.fromNumber(2),
      c: Decimal128.fromString('1.50'),
      d: new Int32(4),
    });
    const passed = compileProjection(docOf({ a: 1, b: '$b', c: { $ifNull: ['$c', 0] } }), { find: true })(
      doc,
    );
    assert.deepEqual(deserialize(encode(passed), { promoteValues: false }), {
      a: new Double(1),
      b: Long.fromNumber(2),
      c: Decimal128.fromString('1.50'),
    });
  });
});

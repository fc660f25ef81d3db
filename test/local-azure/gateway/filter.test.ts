import assert from 'node:assert/strict';
import { BSONRegExp, Binary, DBRef, Decimal128, Double, Long, MaxKey, MinKey, ObjectId } from 'bson';
import type { Document } from 'bson';
import fc from 'fast-check';
import { docOf, refusalOf } from './evaluation.ts';
import { compileFilter } from './query/filter.ts';

function matches(document: Document, filter: Document): boolean {
  return compileFilter(docOf(filter))(docOf(document));
}

describe('the gateway: filters', () => {
  /** Filters, and for each what matches it and what does not. */
  const table: readonly (readonly [string, Document, readonly Document[], readonly Document[]])[] = [
    [
      'equality',
      { a: 1 },
      [{ a: 1 }, { a: 1.5 - 0.5 }, { a: [0, 1] }],
      [{ a: 2 }, { a: '1' }, {}, { a: [[1]] }],
    ],
    [
      'any type of number',
      { a: Long.fromNumber(1) },
      [{ a: 1 }, { a: Decimal128.fromString('1.0') }],
      [{ a: true }],
    ],
    [
      'an array as a whole',
      { a: [1, 2] },
      [{ a: [1, 2] }, { a: [[1, 2], 3] }],
      [{ a: [2, 1] }, { a: [1, 2, 3] }],
    ],
    [
      'a document as a whole',
      { a: { x: 1, y: 2 } },
      [{ a: { x: 1, y: 2 } }],
      [{ a: { y: 2, x: 1 } }, { a: { x: 1 } }],
    ],
    ['null', { a: null }, [{ a: null }, {}, { a: [null] }], [{ a: 0 }, { a: '' }, { a: [] }, { a: false }]],
    [
      'null below',
      { 'a.b': null },
      [{ a: {} }, {}, { a: 4 }, { a: [{ b: 1 }, {}] }],
      [{ a: { b: 1 } }, { a: [] }, { a: [1] }, { a: [{ b: 1 }] }],
    ],
    [
      'a path',
      { 'a.b': 1 },
      [{ a: { b: 1 } }, { a: [{ b: 1 }] }, { a: { b: [1] } }],
      [{ a: [[{ b: 1 }]] }, { 'a.b': 1 }],
    ],
    ['a place', { 'a.1': 5 }, [{ a: [0, 5] }, { a: { 1: 5 } }, { a: [{ 1: 5 }] }], [{ a: [5] }]],
    ['a place and a path', { 'a.0.b': 1 }, [{ a: [{ b: 1 }] }], [{ a: [{ b: 2 }, { b: 1 }] }]],
    ['$ne', { a: { $ne: 1 } }, [{ a: 2 }, {}, { a: [2, 3] }], [{ a: 1 }, { a: [1, 2] }]],
    [
      '$gt within its type',
      { a: { $gt: 5 } },
      [{ a: 6 }, { a: [1, 9] }, { a: Decimal128.fromString('5.1') }],
      [{ a: 5 }, { a: '9' }, {}, { a: null }, { a: true }],
    ],
    ['$gt of text', { a: { $gt: 'b' } }, [{ a: 'c' }], [{ a: 'b' }, { a: 9 }]],
    ['$gte of dates', { a: { $gte: new Date(5) } }, [{ a: new Date(5) }], [{ a: 5 }, { a: new Date(4) }]],
    ['$lte of null', { a: { $lte: null } }, [{}, { a: null }], [{ a: 0 }]],
    ['$lt of a number that is none', { a: { $lt: Number.NaN } }, [], [{ a: 1 }, { a: Number.NaN }]],
    ['numbers beside NaN', { a: { $lt: 5 } }, [{ a: -Infinity }], [{ a: Number.NaN }]],
    [
      '$gt of the smallest key',
      { a: { $gt: new MinKey() } },
      [{ a: 1 }, { a: 'x' }, {}],
      [{ a: new MinKey() }],
    ],
    ['$lt of the largest key', { a: { $lt: new MaxKey() } }, [{ a: 1 }], [{ a: new MaxKey() }]],
    ['$gt of an array', { a: { $gt: [1] } }, [{ a: [2] }, { a: [1, 0] }], [{ a: 5 }, { a: [1] }]],
    [
      '$in',
      { a: { $in: [1, null, new BSONRegExp('^x')] } },
      [{ a: 1 }, {}, { a: 'xy' }, { a: [7, 1] }],
      [{ a: 2 }, { a: 'yx' }],
    ],
    ['$nin', { a: { $nin: [1, 2] } }, [{ a: 3 }, {}], [{ a: 1 }, { a: [5, 2] }]],
    ['$exists', { a: { $exists: true } }, [{ a: null }, { a: [] }], [{}]],
    [
      '$exists not',
      { 'a.b': { $exists: false } },
      [{}, { a: 1 }, { a: [] }, { a: [{}] }],
      [{ a: { b: null } }, { a: [{}, { b: 1 }] }],
    ],
    [
      '$type',
      { a: { $type: 'int' } },
      [{ a: 1 }, { a: ['x', 1] }],
      [{ a: new Double(1) }, { a: Long.fromNumber(1) }],
    ],
    [
      '$type of any number',
      { a: { $type: 'number' } },
      [{ a: new Double(1) }, { a: Decimal128.fromString('1') }],
      [{ a: '1' }],
    ],
    ['$type by numbers', { a: { $type: [2, 10] } }, [{ a: 'x' }, { a: null }], [{}, { a: 1 }]],
    ['$type of an array', { a: { $type: 'array' } }, [{ a: [] }, { a: [1] }], [{ a: 1 }]],
    [
      '$regex',
      { a: { $regex: 'B', $options: 'i' } },
      [{ a: 'abc' }, { a: ['x', 'b'] }],
      [{ a: 'ac' }, { a: 7 }],
    ],
    ['a pattern of several lines', { a: new BSONRegExp('^b$', 'm') }, [{ a: 'a\nb' }], [{ a: 'ab' }]],
    ['a pattern with remarks', { a: { $regex: 'a b # both', $options: 'x' } }, [{ a: 'ab' }], [{ a: 'a b' }]],
    ['a pattern that says its own options', { a: { $regex: '(?i)AB' } }, [{ a: 'ab' }], [{ a: 'ax' }]],
    [
      '$mod',
      { a: { $mod: [4, 1] } },
      [{ a: 5 }, { a: 5.9 }, { a: Long.fromString('9007199254740993') }],
      [{ a: 4 }, { a: 'x' }],
    ],
    ['$size', { a: { $size: 2 } }, [{ a: [1, [2]] }], [{ a: [1] }, { a: 2 }, { a: [[1, 2]] }]],
    ['$all', { a: { $all: [1, 2] } }, [{ a: [2, 3, 1] }], [{ a: [1] }, { a: 1 }, {}]],
    ['$all of one', { a: { $all: [1] } }, [{ a: 1 }, { a: [1] }], [{ a: 2 }]],
    ['$all of none', { a: { $all: [] } }, [], [{ a: [] }, { a: 1 }]],
    [
      '$elemMatch of values',
      { a: { $elemMatch: { $gt: 1, $lt: 5 } } },
      [{ a: [0, 3] }],
      [{ a: [0, 9] }, { a: 3 }],
    ],
    ['conditions that elements share', { a: { $gt: 1, $lt: 5 } }, [{ a: [0, 9] }], [{ a: [9, 10] }]],
    [
      '$elemMatch of documents',
      { a: { $elemMatch: { b: 1, c: 2 } } },
      [{ a: [{ b: 1, c: 2 }] }],
      [{ a: [{ b: 1 }, { c: 2 }] }, { a: { b: 1, c: 2 } }],
    ],
    ['$not', { a: { $not: { $gt: 5 } } }, [{ a: 5 }, {}, { a: 'x' }], [{ a: 6 }, { a: [1, 6] }]],
    ['$not of a pattern', { a: { $not: new BSONRegExp('^x') } }, [{ a: 'y' }, {}], [{ a: 'xy' }]],
    [
      '$and, $or, $nor',
      { $and: [{ $or: [{ a: 1 }, { b: 1 }] }, { $nor: [{ c: 1 }] }] },
      [{ a: 1 }, { b: 1, c: 2 }],
      [{ a: 1, c: 1 }, {}],
    ],
    ['$expr', { $expr: { $gt: ['$a', '$b'] } }, [{ a: 2, b: 1 }], [{ a: 1, b: 2 }]],
    [
      'bits',
      { a: { $bitsAllSet: 5 } },
      [{ a: 7 }, { a: new Binary(Buffer.from([5])) }],
      [{ a: 4 }, { a: 5.5 }],
    ],
    [
      'bits by their places',
      { a: { $bitsAnySet: [0, 40] } },
      [{ a: 1 }, { a: Long.fromNumber(2 ** 40) }],
      [{ a: 2 }],
    ],
    ['bits that are clear', { a: { $bitsAllClear: 6 } }, [{ a: 1 }], [{ a: 3 }]],
    [
      'a reference',
      { a: new DBRef('x', new ObjectId('0123456789abcdef01234567')) },
      [{ a: new DBRef('x', new ObjectId('0123456789abcdef01234567')) }],
      [{ a: new DBRef('y', new ObjectId('0123456789abcdef01234567')) }],
    ],
    ['within a reference', { 'a.$id': 7 }, [{ a: { $ref: 'x', $id: 7 } }], [{ a: { $ref: 'x', $id: 8 } }]],
    [
      'names of an object’s own',
      { __proto__x: 1, constructor: 1 },
      [{ __proto__x: 1, constructor: 1 }],
      [{ __proto__x: 1 }],
    ],
  ];

  for (const [name, filter, good, bad] of table) {
    it(`understand ${name}`, () => {
      for (const document of good) assert.equal(matches(document, filter), true, JSON.stringify(document));
      for (const document of bad) assert.equal(matches(document, filter), false, JSON.stringify(document));
    });
  }

  it('refuse what is not a filter', () => {
    for (const filter of [
      { a: { $foo: 1 } },
      { $foo: 1 },
      { a: { $in: 5 } },
      { a: { $size: -1 } },
      { a: { $mod: [0, 1] } },
      { a: { $type: 'text' } },
      { a: { $not: 5 } },
      { a: { $elemMatch: 5 } },
      { $or: [] },
      { $and: [5] },
      { a: { $options: 'i' } },
      { a: { $gt: 1, b: 2 } },
    ]) {
      assert.equal(
        refusalOf(() => compileFilter(docOf(filter))),
        2,
        JSON.stringify(filter),
      );
    }
    assert.equal(
      refusalOf(() => compileFilter(docOf({ a: { $regex: '(' } }))),
      51_091,
    );
    for (const filter of [
      { $where: 'true' },
      { $text: { $search: 'x' } },
      { $jsonSchema: {} },
      { a: { $near: [0, 0] } },
      { a: { $regex: '\\Aabc\\z' } },
      { a: { $regex: '(?<!a)b++' } },
    ]) {
      assert.equal(
        refusalOf(() => compileFilter(docOf(filter))),
        115,
        JSON.stringify(filter),
      );
    }
  });

  it('keep the laws that hold between operators, whatever the document', () => {
    const scalar = fc.oneof(
      fc.integer({ min: 0, max: 3 }),
      fc.constantFrom(
        'a',
        'b',
        null,
        true,
        1.5,
        new Date(0),
        Decimal128.fromString('1.50'),
        Long.fromNumber(2),
      ),
    );
    const value = fc.oneof(
      scalar,
      fc.array(scalar, { maxLength: 3 }),
      fc.record({ x: scalar }),
      fc.array(fc.record({ x: scalar }, { requiredKeys: [] }), { maxLength: 3 }),
    );
    const candidate = fc.record({ a: value, b: value }, { requiredKeys: [] });
    const path = fc.constantFrom('a', 'b', 'a.x', 'a.0', 'b.1.x');
    fc.assert(
      fc.property(candidate, path, scalar, scalar, (document, name, first, second) => {
        const holds = (condition: Document): boolean => matches(document, { [name]: condition });
        assert.equal(holds({ $ne: first }), !holds({ $eq: first }));
        assert.equal(holds({ $in: [first, second] }), holds({ $eq: first }) || holds({ $eq: second }));
        assert.equal(holds({ $nin: [first, second] }), !holds({ $in: [second, first] }));
        assert.equal(holds({ $gte: first }), holds({ $gt: first }) || holds({ $eq: first }));
        assert.equal(holds({ $lte: first }), holds({ $lt: first }) || holds({ $eq: first }));
        assert.equal(holds({ $not: { $gt: first } }), !holds({ $gt: first }));
        assert.equal(holds({ $all: [first, second] }), holds({ $eq: first }) && holds({ $eq: second }));
        assert.equal(holds({ $gt: first, $lt: second }), holds({ $gt: first }) && holds({ $lt: second }));
        const [one, two] = [{ [name]: { $gt: first } }, { [name]: second }];
        assert.equal(
          matches(document, { $or: [one, two] }),
          matches(document, one) || matches(document, two),
        );
        assert.equal(matches(document, { $nor: [one, two] }), !matches(document, { $or: [one, two] }));
        if (holds({ $elemMatch: { $gt: first, $lt: second } })) assert.ok(holds({ $gt: first, $lt: second }));
      }),
      { numRuns: 1000 },
    );
  });
});

import assert from 'node:assert/strict';
import { BSONRegExp, Binary, Decimal128, Double, Int32, Long, ObjectId, Timestamp } from 'bson';
import type { Document } from 'bson';
import { checkAll, evaluate, refusalOf } from './evaluation.ts';

const d = Decimal128.fromString.bind(Decimal128);
const at = (text: string): Date => new Date(text);

const failureOf = (expression: unknown, document: Document = {}): number =>
  refusalOf(() => evaluate(expression, document));

/** A branch, as a map: an object with a `then` could be taken for a promise. */
const when = (condition: unknown, result: unknown): ReadonlyMap<string, unknown> =>
  new Map([
    ['case', condition],
    ['then', result],
  ]);

describe('the gateway: expressions', () => {
  it('follow paths, and collect through arrays', () => {
    const document = { a: { b: 1 }, list: [{ b: 1 }, { b: 2 }, {}, 7, [{ b: 3 }]], $x: 1 };
    checkAll(
      [
        ['$a.b', 1],
        ['$list.b', [1, 2]],
        ['$list.0', []],
        ['$$ROOT.a.b', 1],
        ['$$CURRENT.a', { b: 1 }],
        [{ x: '$a.b', y: '$none' }, { x: 1 }],
        [
          ['$a.b', '$none'],
          [1, null],
        ],
        [{ $literal: '$a' }, '$a'],
        [{ $let: { vars: { v: '$a' }, in: '$$v.b' } }, 1],
      ],
      document,
    );
    assert.equal(evaluate('$none'), undefined);
    assert.equal(evaluate('$$REMOVE'), undefined);
    assert.equal(failureOf('$$nobody'), 17_276);
    assert.equal(failureOf({ $nope: 1 }), 31_325);
    assert.equal(failureOf({ $function: {} }), 115);
    assert.equal(failureOf({ $add: 1, $subtract: 2 }), 15_983);
  });

  it('calculate, in the type that the operands have', () => {
    assert.deepEqual(evaluate({ $add: [1, 2] }), new Int32(3));
    assert.deepEqual(evaluate({ $add: ['$a', 1] }, { a: d('0.10') }), d('1.10'));
    assert.deepEqual(evaluate({ $sum: ['$a', 1, 'text', null] }, { a: d('0.10') }), d('1.10'));
    assert.deepEqual(evaluate({ $avg: ['$a', 2] }, { a: d('1') }), d('1.5'));
    assert.deepEqual(evaluate({ $avg: [1, 2] }), new Double(1.5));
    assert.deepEqual(
      evaluate({ $multiply: ['$a', 2] }, { a: Long.fromString('9007199254740993') }),
      Long.fromString('18014398509481986'),
    );
    assert.deepEqual(
      evaluate({ $subtract: [at('2026-01-02T00:00:00Z'), at('2026-01-01T00:00:00Z')] }),
      Long.fromNumber(86_400_000),
    );
    assert.deepEqual(evaluate({ $pow: [2, 40] }), Long.fromNumber(2 ** 40));
    checkAll([
      [{ $add: [at('2026-01-01T00:00:00Z'), 1000] }, at('2026-01-01T00:00:01Z')],
      [{ $add: [1, null] }, null],
      [{ $divide: [9, 3] }, 3],
      [{ $mod: [-7, 3] }, -1],
      [{ $abs: -5 }, 5],
      [{ $ceil: 1.2 }, 2],
      [{ $floor: -1.2 }, -2],
      [{ $round: [2.5] }, 2],
      [{ $round: [1234.5678, 2] }, 1234.57],
      [{ $round: [1234, -2] }, 1200],
      [{ $trunc: [-1.9] }, -1],
      [{ $sqrt: 16 }, 4],
      [{ $exp: 0 }, 1],
      [{ $ln: 1 }, 0],
      [{ $log10: 1000 }, Math.log10(1000)],
      [{ $log: [8, 2] }, 3],
      [{ $sin: 0 }, 0],
      [{ $degreesToRadians: 180 }, Math.PI],
      [{ $bitAnd: [12, 10] }, 8],
      [{ $bitXor: [12, 10] }, 6],
      [{ $bitNot: 0 }, -1],
    ]);
    assert.equal(failureOf({ $divide: [1, 0] }), 2);
    assert.equal(failureOf({ $mod: [1, 0] }), 16_610);
    assert.equal(failureOf({ $add: ['x'] }), 16_554);
    assert.equal(failureOf({ $sqrt: -1 }), 28_714);
    assert.equal(failureOf({ $subtract: [1] }), 16_020);
  });

  it('compare across types, and decide', () => {
    checkAll(
      [
        [{ $eq: ['$a', 1] }, true],
        [{ $gt: ['x', 5] }, true],
        [{ $cmp: [1, 2] }, -1],
        [{ $lt: ['$none', null] }, true],
        [{ $eq: ['$none', null] }, false],
        [{ $and: [] }, true],
        [{ $and: [1, 'x', 0] }, false],
        [{ $or: [null, '$none', 2] }, true],
        [{ $not: ['$none'] }, true],
        [{ $cond: [{ $gt: ['$a', 0] }, 'yes', 'no'] }, 'yes'],
        [
          {
            $cond: new Map<string, unknown>([
              ['if', false],
              ['then', 1],
              ['else', 2],
            ]),
          },
          2,
        ],
        [{ $ifNull: ['$none', null, 3] }, 3],
        [
          {
            $switch: {
              branches: [when(false, 1), when(1, 2)],
            },
          },
          2,
        ],
        [{ $switch: { branches: [when(false, 1)], default: 9 } }, 9],
      ],
      { a: 1 },
    );
    assert.equal(failureOf({ $switch: { branches: [when(false, 1)] } }), 40_066);
  });

  it('work on arrays', () => {
    checkAll(
      [
        [{ $arrayElemAt: ['$n', 1] }, 2],
        [{ $arrayElemAt: ['$n', -1] }, 4],
        [{ $first: '$n' }, 1],
        [{ $last: '$n' }, 4],
        [{ $size: '$n' }, 4],
        [{ $slice: ['$n', 2] }, [1, 2]],
        [{ $slice: ['$n', -3, 2] }, [2, 3]],
        [{ $concatArrays: ['$n', [9]] }, [1, 2, 3, 4, 9]],
        [{ $concatArrays: ['$n', '$none'] }, null],
        [{ $in: [3, '$n'] }, true],
        [{ $indexOfArray: ['$n', 3] }, 2],
        [{ $indexOfArray: ['$n', 9] }, -1],
        [{ $isArray: ['$n'] }, true],
        [{ $range: [0, 10, 3] }, [0, 3, 6, 9]],
        [{ $reverseArray: '$n' }, [4, 3, 2, 1]],
        [{ $map: { input: '$n', as: 'x', in: { $multiply: ['$$x', 2] } } }, [2, 4, 6, 8]],
        [{ $map: { input: '$n', in: '$$this' } }, [1, 2, 3, 4]],
        [{ $filter: { input: '$n', as: 'x', cond: { $gt: ['$$x', 1] }, limit: 2 } }, [2, 3]],
        [{ $reduce: { input: '$n', initialValue: 0, in: { $add: ['$$value', '$$this'] } } }, 10],
        [{ $zip: { inputs: [[1, 2], [3]] } }, [[1, 3]]],
        [
          { $zip: { inputs: [[1, 2], [3]], useLongestLength: true, defaults: [0, 0] } },
          [
            [1, 3],
            [2, 0],
          ],
        ],
        [{ $sortArray: { input: [3, 1, 2], sortBy: -1 } }, [3, 2, 1]],
        [{ $sortArray: { input: '$docs', sortBy: { a: 1 } } }, [{ a: 1 }, { a: 2 }]],
        [{ $firstN: { input: '$n', n: 2 } }, [1, 2]],
        [{ $maxN: { input: '$n', n: 2 } }, [4, 3]],
        [{ $max: '$n' }, 4],
        [{ $min: ['$none', 7, 3] }, 3],
        [
          {
            $setUnion: [
              [1, 2],
              [2, 3],
            ],
          },
          [1, 2, 3],
        ],
        [
          {
            $setIntersection: [
              [1, 2, 2],
              [2, 3],
            ],
          },
          [2],
        ],
        [{ $setDifference: [[1, 2, 3], [2]] }, [1, 3]],
        [
          {
            $setEquals: [
              [1, 2, 1],
              [2, 1],
            ],
          },
          true,
        ],
        [{ $setIsSubset: [[1], '$n'] }, true],
        [{ $allElementsTrue: [[1, 0]] }, false],
        [{ $anyElementTrue: [[1, 0]] }, true],
        [{ $objectToArray: { a: 1 } }, [{ k: 'a', v: 1 }]],
        [
          {
            $arrayToObject: [
              [
                ['a', 1],
                ['b', 2],
              ],
            ],
          },
          { a: 1, b: 2 },
        ],
        [{ $mergeObjects: [{ a: 1, b: 1 }, null, { b: 2 }] }, { a: 1, b: 2 }],
        [{ $getField: { field: 'a.b', input: { $literal: { 'a.b': 5 } } } }, 5],
        [{ $setField: { field: { $literal: '$x' }, input: { a: 1 }, value: 2 } }, { a: 1, $x: 2 }],
        [{ $unsetField: { field: 'a', input: { a: 1, b: 2 } } }, { b: 2 }],
      ],
      { n: [1, 2, 3, 4], docs: [{ a: 2 }, { a: 1 }] },
    );
    assert.equal(failureOf({ $size: 'x' }), 17_124);
    assert.equal(failureOf({ $in: [1, 5] }), 40_081);
  });

  it('work on text, by characters and by bytes', () => {
    checkAll([
      [{ $concat: ['a', 'b'] }, 'ab'],
      [{ $concat: ['a', null] }, null],
      [{ $toUpper: 'äbc' }, 'äBC'],
      [{ $toLower: 'ABC' }, 'abc'],
      [{ $strLenCP: 'e\u0301\u{1f600}' }, 3],
      [{ $strLenBytes: 'é' }, 2],
      [{ $substrCP: ['héllo', 1, 3] }, 'éll'],
      [{ $substrBytes: ['héllo', 3, 2] }, 'll'],
      [{ $substr: ['hello', 1, -1] }, 'ello'],
      [{ $indexOfCP: ['cafétéria', 't'] }, 4],
      [{ $indexOfBytes: ['cafétéria', 't'] }, 5],
      [{ $indexOfCP: ['abcabc', 'c', 3] }, 5],
      [{ $split: ['a-b--c', '-'] }, ['a', 'b', '', 'c']],
      [{ $trim: { input: '  x \n' } }, 'x'],
      [{ $ltrim: { input: 'xxa', chars: 'x' } }, 'a'],
      [{ $rtrim: { input: 'a   ' } }, 'a'],
      [{ $trim: { input: '   ' } }, ''],
      [{ $replaceOne: { input: 'a$1a', find: 'a', replacement: { $literal: '$&' } } }, '$&$1a'],
      [{ $replaceAll: { input: 'aba', find: 'a', replacement: 'c' } }, 'cbc'],
      [{ $strcasecmp: ['a', 'B'] }, -1],
      [{ $regexMatch: { input: 'Hello', regex: 'hel', options: 'i' } }, true],
      [
        { $regexFind: { input: 'éabc', regex: new BSONRegExp('(b)(x)?') } },
        { match: 'b', idx: 2, captures: ['b', null] },
      ],
      [
        { $regexFindAll: { input: 'a1b2', regex: '[0-9]' } },
        [
          { match: '1', idx: 1, captures: [] },
          { match: '2', idx: 3, captures: [] },
        ],
      ],
    ]);
    assert.equal(failureOf({ $substrBytes: ['é', 1, 1] }), 28_656);
    assert.equal(failureOf({ $concat: ['a', 1] }), 16_702);
    assert.equal(failureOf({ $strLenCP: 5 }), 34_471);
  });

  it('convert, and say so when they cannot', () => {
    assert.deepEqual(evaluate({ $toLong: '9007199254740993' }), Long.fromString('9007199254740993'));
    assert.deepEqual(evaluate({ $toDecimal: 0.1 }), d('0.1'));
    assert.deepEqual(evaluate({ $toInt: 3.9 }), new Int32(3));
    assert.deepEqual(
      evaluate({ $toObjectId: '0123456789abcdef01234567' }),
      new ObjectId('0123456789abcdef01234567'),
    );
    checkAll([
      [{ $toString: d('1.50') }, '1.50'],
      [{ $toString: new Double(3) }, '3'],
      [{ $toString: at('2026-03-01T10:00:00Z') }, '2026-03-01T10:00:00.000Z'],
      [{ $toDouble: '1.5e3' }, 1500],
      [{ $toBool: 'false' }, true],
      [{ $toBool: 0 }, false],
      [{ $toDate: '2026-03-01' }, at('2026-03-01T00:00:00Z')],
      [{ $toDate: Long.fromNumber(1000) }, new Date(1000)],
      [{ $toDate: new ObjectId('000003e8aaaaaaaaaaaaaaaa') }, new Date(1_000_000)],
      [{ $convert: { input: 'x', to: 'int', onError: 'bad' } }, 'bad'],
      [{ $convert: { input: null, to: 'int', onNull: 'nothing' } }, 'nothing'],
      [{ $type: '$none' }, 'missing'],
      [{ $type: Long.fromNumber(1) }, 'long'],
      [{ $isNumber: '1' }, false],
      [{ $bsonSize: { a: new Int32(1) } }, 12],
      [{ $binarySize: new Binary(Buffer.alloc(3)) }, 3],
      [{ $tsSecond: new Timestamp({ t: 5, i: 2 }) }, 5],
    ]);
    assert.equal(failureOf({ $toInt: 'x' }), 241);
    assert.equal(failureOf({ $toInt: Long.fromNumber(2 ** 40) }), 241);
    assert.equal(failureOf({ $toDate: 'yesterday' }), 241);
  });
});

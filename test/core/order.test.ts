import assert from 'node:assert/strict';
import fc from 'fast-check';
import mongodb from 'mongodb';
import { compareValues, numberOf, sortedRows } from '../../src/core/playground/results/order.ts';
import { readDocument, readField, Unwritable } from '../../src/core/sessions/bson.ts';
import type { Value } from '../../src/core/sessions/bson.ts';

const bson = mongodb.BSON;
const { Binary, BSONRegExp, BSONSymbol, Code, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId } =
  bson;
const decimal = (text: string): Value => Decimal128.fromString(text);
const doc = (entries: Readonly<Record<string, Value>>): Value => new Map(Object.entries(entries));

describe('the order of values', () => {
  /** From the least to the greatest; what stands in one line together is the same. */
  const ladder: readonly (readonly (Value | undefined)[])[] = [
    [new MinKey()],
    [undefined, new Unwritable('undefined', '{ "$undefined": true }')],
    [null],
    [new Double(Number.NaN), decimal('NaN')],
    [new Double(-Infinity), decimal('-Infinity')],
    [decimal('-1E400')],
    [Long.fromString('-9223372036854775808')],
    [new Double(-1.5), decimal('-1.50')],
    [new Int32(0), new Double(0), new Double(-0), decimal('0E-10')],
    [new Double(0.1)],
    // A tenth has no end in the binary system: this is it, and a little more is in the double… or less.
    [decimal('0.1000000000000000055511151231257828')],
    [new Int32(1), Long.fromNumber(1), decimal('1.000')],
    [Long.fromString('9007199254740992'), new Double(9007199254740992)],
    [Long.fromString('9007199254740993')],
    [new Double(Infinity), decimal('Infinity')],
    [''],
    ['Z'],
    ['a', new BSONSymbol('a')],
    ['a\uffff'],
    ['a\u{10000}'],
    [doc({})],
    [doc({ a: new Int32(1) }), doc({ a: new Double(1) })],
    [doc({ a: new Int32(1), b: null })],
    [doc({ b: new Int32(0) })],
    [doc({ a: 'x' })],
    [[]],
    [[new Int32(1)]],
    [[new Int32(1), new Int32(0)]],
    [[new Int32(2)]],
    [new Binary(Buffer.from('a'), 0)],
    [new Binary(Buffer.from('a'), 5)],
    [new Binary(Buffer.from('aa'), 0)],
    [new ObjectId('000000000000000000000001')],
    [new ObjectId('0000000000000000000000ff')],
    [false],
    [true],
    [new Unwritable('date', '{ "$date": { "$numberLong": "-9223372036854775808" } }')],
    [new Date(-1)],
    [new Date(0)],
    [new bson.Timestamp({ t: 1, i: 2 })],
    [new bson.Timestamp({ t: 2, i: 1 })],
    [new BSONRegExp('a', 'i')],
    [new BSONRegExp('b', '')],
    [new Code('a')],
    [new Code('a', { x: 1 })].map((code) => readDocument(bson, bson.serialize({ code })).get('code')),
    [new MaxKey()],
  ];

  it('is the one of the database, over all types', () => {
    for (const [rank, values] of ladder.entries())
      for (const value of values)
        for (const [otherRank, others] of ladder.entries())
          for (const other of others)
            assert.equal(
              Math.sign(compareValues(value, other)) + 0,
              Math.sign(rank - otherRank),
              `step ${rank} and step ${otherRank}`,
            );
  });

  it('compares numbers by what they are worth, whatever type they have', () => {
    const number = fc.oneof(
      fc.integer().map((value): [Value, bigint] => [new Int32(value), BigInt(value)]),
      fc
        .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
        .map((value): [Value, bigint] => [Long.fromBigInt(value), value]),
      fc
        .bigInt({ min: -(10n ** 33n), max: 10n ** 33n })
        .map((value): [Value, bigint] => [decimal(String(value)), value]),
    );
    fc.assert(
      fc.property(number, number, ([one, worth], [other, otherWorth]) => {
        const expected = worth < otherWorth ? -1 : worth > otherWorth ? 1 : 0;
        assert.equal(Math.sign(compareValues(one, other)), expected);
      }),
    );
  });

  it('sorts rows both ways, and leaves equal ones as they came', async () => {
    const keys = [3, 1, 2, 1, 3, 2, 1].map((key) => new Int32(key));
    const order = async (descending: boolean): Promise<readonly number[]> => [
      ...(await sortedRows(keys.length, (row) => keys[row], descending)),
    ];
    assert.deepEqual(await order(false), [1, 3, 6, 2, 5, 0, 4]);
    assert.deepEqual(await order(true), [0, 4, 2, 5, 1, 3, 6]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 70 }), async (all) => {
        const expected = all
          .map((_, row) => row)
          .toSorted((one, other) => (all[one] ?? 0) - (all[other] ?? 0));
        const sorted = await sortedRows(all.length, (row) => new Int32(all[row] ?? 0), false);
        assert.deepEqual([...sorted], expected);
      }),
    );
  });

  it('takes an array by its least item upwards and by its greatest downwards', async () => {
    const keys: readonly Value[] = [[new Int32(1), new Int32(9)], new Int32(5), [], null];
    const order = async (descending: boolean): Promise<readonly number[]> => [
      ...(await sortedRows(keys.length, (row) => keys[row], descending)),
    ];
    assert.deepEqual(await order(false), [2, 3, 0, 1]);
    assert.deepEqual(await order(true), [0, 1, 3, 2]);
  });

  it('lets others have their turn, and can be stopped', async () => {
    const key = (row: number): Value => String((row * 7919) % 100_003);
    let turns = 0;
    const turn = setInterval(() => turns++, 1);
    const stop = new AbortController();
    await sortedRows(60_000, key, false);
    clearInterval(turn);
    assert.ok(turns > 3, `${turns} turns`);
    const sorting = sortedRows(60_000, key, false, stop.signal);
    setTimeout(() => stop.abort(), 1);
    await assert.rejects(sorting, { name: 'AbortError' });
  });
});

describe('a field', () => {
  it('is read by itself as in the whole document', () => {
    const bytes = bson.serialize({
      a: 1,
      ä: [1, { b: 2 }],
      ab: null,
      '': 'empty',
      c: { d: new Decimal128('1') },
    });
    const whole = readDocument(bson, bytes);
    for (const name of ['a', 'ä', 'ab', '', 'c', 'b', 'missing'])
      assert.deepEqual(readField(bson, bytes, name), whole.get(name), name);
  });

  it('is a number for whatever is one', () => {
    const numbers = [new Int32(5), new Double(0.5), Long.fromString('9007199254740993'), decimal('1.5E3')];
    assert.deepEqual(numbers.map(numberOf), [5, 0.5, 9007199254740992, 1500]);
    for (const value of [undefined, null, '5', true, new Date(5), [], doc({}), new ObjectId(), new MinKey()])
      assert.equal(numberOf(value), undefined);
  });
});

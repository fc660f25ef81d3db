import assert from 'node:assert/strict';
import {
  BSONRegExp,
  BSONSymbol,
  Binary,
  Code,
  DBRef,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
  UUID,
  serialize,
} from 'bson';
import fc from 'fast-check';
import { decode, MalformedBson } from './bson/decode.ts';
import { encode } from './bson/encode.ts';
import { keyOf } from './bson/key.ts';
import { add, divide, multiply, remainder, round } from './bson/number.ts';
import { compare } from './bson/order.ts';
import { isNumber } from './bson/value.ts';
import type { NumberValue, Value } from './bson/value.ts';
import { Trial, people } from './trial.ts';

/** Every type that a driver can write, and values at the edges of each. */
const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.string({ unit: 'grapheme' }),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((value) => new Int32(value)),
  fc.double().map((value) => new Double(value)),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => Long.fromBigInt(value)),
  fc
    .tuple(
      fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n }),
      fc.integer({ min: -6176, max: 6111 }),
    )
    .map(([coefficient, exponent]) => Decimal128.fromString(`${coefficient}E${exponent}`)),
  fc.constantFrom('NaN', 'Infinity', '-Infinity', '-0', '0E+6111').map((text) => Decimal128.fromString(text)),
  fc.date({ noInvalidDate: true }),
  fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
  fc
    .tuple(fc.uint8Array(), fc.constantFrom(0, 1, 2, 5, 6, 0x80))
    .map(([bytes, type]) => new Binary(bytes, type)),
  fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => new UUID(bytes)),
  fc
    .tuple(fc.stringMatching(/^[a-z.*]*$/), fc.constantFrom('', 'i', 'imsx'))
    .map(([pattern, options]) => new BSONRegExp(pattern, options)),
  fc.tuple(fc.nat(), fc.nat()).map(([t, i]) => new Timestamp({ t, i })),
  fc.constantFrom(new MinKey(), new MaxKey()),
  fc.string().map((text) => new Code(text)),
  fc.string().map((text) => new Code(text, { a: new Int32(1) })),
  fc.string().map((text) => new BSONSymbol(text)),
  fc.constant(new DBRef('orders', new ObjectId('0123456789abcdef01234567'), 'shop')),
);

const name = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1 }).filter((key) => !key.includes('\0') && !key.startsWith('$')),
  // Names that a plain object would put into another order, or take for something else.
  fc.constantFrom('10', '2', '1', '__proto__', 'constructor', 'toString', 'a.b'),
);

const { document } = fc.letrec<{ value: unknown; document: ReadonlyMap<string, unknown> }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthIdentifier: 'bson' },
    scalar,
    fc.array(tie('value'), { maxLength: 4, depthIdentifier: 'bson' }),
    tie('document'),
  ),
  document: fc
    .array(fc.tuple(name, tie('value')), { maxLength: 6, depthIdentifier: 'bson' })
    .map((entries) => new Map(entries)),
}));

describe('the gateway: BSON', () => {
  it('comes out byte for byte as it went in, written by the public library', () => {
    fc.assert(
      fc.property(document, (value) => {
        const bytes = Buffer.from(serialize(value));
        assert.ok(encode(decode(bytes)).equals(bytes));
      }),
      { numRuns: 300 },
    );
  });

  it('keeps deprecated types and the order of keys that look like numbers', () => {
    // Type 6 (undefined), type 12 (a pointer), and the keys 10 and 2.
    const body = Buffer.concat([
      Buffer.from('\x06u\0\x0cp\0\x02\0\0\0c\0', 'latin1'),
      Buffer.alloc(12, 7),
      Buffer.from('\x0a10\0\x0a2\0\0', 'latin1'),
    ]);
    const bytes = Buffer.concat([Buffer.alloc(4), body]);
    bytes.writeInt32LE(bytes.length, 0);
    assert.ok(encode(decode(bytes)).equals(bytes));
    assert.deepEqual([...decode(bytes).keys()], ['u', 'p', '10', '2']);
  });

  it('refuses damaged bytes, and never fails in any other way', () => {
    fc.assert(
      fc.property(
        document,
        fc.nat(),
        fc.integer({ min: 0, max: 255 }),
        fc.boolean(),
        (value, at, byte, cut) => {
          const bytes = Buffer.from(serialize(value));
          const place = at % bytes.length;
          const damaged = cut ? bytes.subarray(0, place) : bytes;
          if (!cut) damaged[place] = byte;
          try {
            decode(damaged);
          } catch (error) {
            assert.ok(error instanceof MalformedBson, String(error));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  it('survives the driver, the wire, the store and the way back', async () => {
    const trial = await Trial.start();
    try {
      const items = trial.as(people.admin, { raw: true }).db('shop').collection('items');
      const samples = fc.sample(document, 150).map((value, index) => {
        const { _id, ...rest } = { _id: new Int32(index) };
        assert.deepEqual(rest, {});
        return new Map<string, unknown>([
          ['_id', _id],
          ['value', value],
        ]);
      });
      for (const sample of samples) await items.insertOne(sample);
      const found = await items.find().toArray();
      assert.equal(found.length, samples.length);
      for (const [index, sample] of samples.entries()) {
        const bytes = found[index] as unknown as Buffer;
        assert.ok(Buffer.from(serialize(sample)).equals(bytes), `document ${index}`);
      }
    } finally {
      await trial.stop();
    }
  });
});

const int = (value: number): Int32 => new Int32(value);
const double = (value: number): Double => new Double(value);
const long = (value: string): Long => Long.fromString(value);
const decimal = (value: string): Decimal128 => Decimal128.fromString(value);
const doc = (entries: Readonly<Record<string, Value>>): Value => new Map(Object.entries(entries));

describe('the gateway: the order of values', () => {
  it('goes through the types as the engine does, a missing value before null', () => {
    const ascending: (Value | undefined)[] = [
      new MinKey(),
      undefined,
      null,
      double(Number.NaN),
      double(-Infinity),
      int(-1),
      int(0),
      int(1),
      '',
      'a',
      'b',
      doc({}),
      doc({ a: int(1) }),
      [],
      [int(1)],
      new Binary(Buffer.from([1])),
      new ObjectId('0123456789abcdef01234567'),
      false,
      true,
      new Date(0),
      new Timestamp({ t: 1, i: 1 }),
      new BSONRegExp('a'),
      new Code('a'),
      new MaxKey(),
    ];
    for (const [i, a] of ascending.entries()) {
      for (const [j, b] of ascending.entries()) {
        assert.equal(compare(a, b), Math.sign(i - j), `${i} and ${j}`);
      }
    }
  });

  it('compares numbers by value, whatever their types', () => {
    const equalNumbers: NumberValue[] = [
      int(10),
      double(10),
      long('10'),
      decimal('10'),
      decimal('1E+1'),
      decimal('10.00'),
    ];
    for (const a of equalNumbers) for (const b of equalNumbers) assert.equal(compare(a, b), 0);
    const ascending: NumberValue[] = [
      decimal('-Infinity'),
      long('-9223372036854775808'),
      decimal('-1.5'),
      double(-1),
      double(0.1),
      decimal('0.2'),
      int(9),
      long('10'),
      // The first whole numbers that doubles cannot tell apart.
      long('9007199254740992'),
      long('9007199254740993'),
      decimal('9007199254740993.5'),
      double(9_007_199_254_740_994),
      long('9223372036854775807'),
      double(2 ** 63),
      decimal('1E+6111'),
      double(Infinity),
    ];
    for (const [i, a] of ascending.entries()) {
      for (const [j, b] of ascending.entries())
        assert.equal(compare(a, b), Math.sign(i - j), `${i} and ${j}`);
    }
    // A double is the number that its bits say, which is not the one it was written as.
    assert.equal(compare(double(0.1), decimal('0.1')), 1);
    assert.equal(compare(double(-0), int(0)), 0);
    assert.equal(compare(decimal('NaN'), double(Number.NaN)), 0);
  });

  it('compares documents field by field and in order', () => {
    assert.equal(compare(doc({ a: int(1), b: int(2) }), doc({ b: int(2), a: int(1) })), -1);
    assert.equal(compare(doc({ a: int(2) }), doc({ b: int(1) })), -1, 'names before values');
    assert.equal(compare(doc({ a: 'x' }), doc({ b: int(1) })), 1, 'types before names');
    assert.equal(compare(doc({ a: int(1) }), doc({ a: int(1), b: int(1) })), -1);
  });

  it('compares text by code point', () => {
    assert.equal(compare('\u{1f600}', '\uffee'), 1);
    assert.equal(compare('Z', 'a'), -1);
  });

  it('is an order, and keys agree with it', () => {
    const value = document.map(
      (entries) => decode(Buffer.from(serialize(new Map([['v', entries]])))).get('v') ?? null,
    );
    fc.assert(
      fc.property(value, value, value, (a, b, c) => {
        assert.equal(compare(a, b), -compare(b, a) || 0);
        assert.equal(compare(a, a), 0);
        if (compare(a, b) <= 0 && compare(b, c) <= 0) assert.ok(compare(a, c) <= 0);
        assert.equal(keyOf(a) === keyOf(b), compare(a, b) === 0);
      }),
    );
    const number = scalar
      .map((raw) => decode(Buffer.from(serialize({ v: raw }))).get('v') ?? null)
      .filter(isNumber);
    fc.assert(
      fc.property(number, number, (a, b) => {
        assert.equal(compare(a, b), -compare(b, a) || 0);
        assert.equal(keyOf(a) === keyOf(b), compare(a, b) === 0);
      }),
    );
  });
});

describe('the gateway: arithmetic', () => {
  const text = (value: NumberValue): string => `${value.constructor.name} ${value.toString()}`;

  it('keeps the wider of two types', () => {
    assert.equal(text(add(int(1), int(2))), 'Int32 3');
    assert.equal(text(add(int(1), long('2'))), 'Long 3');
    assert.equal(text(add(int(1), double(2))), 'Double 3');
    assert.equal(text(add(decimal('1.10'), int(2))), 'Decimal128 3.10');
    assert.equal(text(add(double(0.1), decimal('0.2'))), 'Decimal128 0.3');
  });

  it('widens what overflows', () => {
    assert.equal(text(add(int(2_147_483_647), int(1))), 'Long 2147483648');
    assert.equal(text(multiply(int(65_536), int(65_536))), 'Long 4294967296');
    assert.equal(text(add(long('9223372036854775807'), int(1))), 'Double 9223372036854776000');
  });

  it('divides exactly where decimals are, and as doubles elsewhere', () => {
    assert.equal(text(divide(int(7), int(2))), 'Double 3.5');
    assert.equal(text(divide(decimal('10'), int(4))), 'Decimal128 2.5');
    assert.equal(text(divide(decimal('1'), int(3))), 'Decimal128 0.3333333333333333333333333333333333');
    assert.equal(text(divide(decimal('2'), int(3))), 'Decimal128 0.6666666666666666666666666666666667');
    assert.equal(text(remainder(int(-7), int(3))), 'Int32 -1');
    assert.equal(text(remainder(decimal('7.5'), int(2))), 'Decimal128 1.5');
  });

  it('multiplies decimals to 34 digits', () => {
    assert.equal(
      text(
        multiply(
          decimal('1.234567890123456789012345678901234'),
          decimal('9.876543210987654321098765432109876'),
        ),
      ),
      'Decimal128 12.19326311370217952261850327338667',
    );
    assert.equal(text(multiply(decimal('9E+6111'), decimal('10'))), 'Decimal128 9.0E+6112');
    assert.equal(text(multiply(decimal('9E+6143'), decimal('100'))), 'Decimal128 Infinity');
  });

  it('rounds half to even, in every type', () => {
    assert.equal(text(round(double(2.5), 0, 'halfEven')), 'Double 2');
    assert.equal(text(round(double(3.5), 0, 'halfEven')), 'Double 4');
    assert.equal(text(round(decimal('2.345'), 2, 'halfEven')), 'Decimal128 2.34');
    assert.equal(text(round(int(1234), -2, 'halfEven')), 'Int32 1200');
    assert.equal(text(round(double(-1.2), 0, 'floor')), 'Double -2');
    assert.equal(text(round(decimal('-1.2'), 0, 'ceil')), 'Decimal128 -1');
  });

  it('agrees with exact arithmetic on decimals', () => {
    const small = fc.tuple(
      fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
      fc.integer({ min: -10, max: 10 }),
    );
    fc.assert(
      fc.property(small, small, ([a, x], [b, y]) => {
        const left = Decimal128.fromString(`${a}E${x}`);
        const right = Decimal128.fromString(`${b}E${y}`);
        const low = Math.min(x, y);
        const sum = a * 10n ** BigInt(x - low) + b * 10n ** BigInt(y - low);
        assert.equal(compare(add(left, right), Decimal128.fromStringWithRounding(`${sum}E${low}`)), 0);
        assert.equal(
          compare(multiply(left, right), Decimal128.fromStringWithRounding(`${a * b}E${x + y}`)),
          0,
        );
      }),
    );
  });
});

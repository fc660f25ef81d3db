/** Documents with every type that a driver writes, for tests of what reads and writes them. */
import {
  Binary,
  BSONRegExp,
  BSONSymbol,
  Code,
  Decimal128,
  Double,
  Int32,
  Long,
  MaxKey,
  MinKey,
  ObjectId,
  Timestamp,
} from 'bson';
import fc from 'fast-check';
import type { Doc, Value } from '../../src/core/sessions/bson.ts';

const keys = fc.oneof(
  fc.constantFrom('a', '10', '2', '__proto__', 'constructor', '', 'a.b', 'é', '😀', 'toString', '$ref'),
  fc.string().filter((key) => !key.includes('\0') && !key.startsWith('$') && key.isWellFormed()),
);
const texts = fc.oneof(
  { weight: 9, arbitrary: fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed()) },
  { weight: 1, arbitrary: fc.constantFrom('\ufeffa', '', '\0', '\u2028', '"\\\n') },
);
const int64s = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const uint32s = fc.integer({ min: 0, max: 2 ** 32 - 1 });

const { value: values } = fc.letrec<{ value: Value; document: Doc }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    texts,
    fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((value) => new Int32(value)),
    fc.double({ noNaN: true }).map((value) => new Double(value)),
    fc
      .constantFrom(Number.NaN, Infinity, -Infinity, -0, 0, 1, 1e21, 1e300, 5e-324, 0.1)
      .map((value) => new Double(value)),
    int64s.map((value) => Long.fromBigInt(value)),
    fc
      .constantFrom('0', '-0', '1.50', '1E+6144', 'NaN', 'Infinity', '-Infinity', '0E-6176')
      .map((text) => Decimal128.fromString(text)),
    fc
      .tuple(
        fc.bigInt({ min: -(10n ** 34n) + 1n, max: 10n ** 34n - 1n }),
        fc.integer({ min: -6176, max: 6111 }),
      )
      .map(([digits, exponent]) => Decimal128.fromString(`${digits}E${exponent}`)),
    fc.date({ noInvalidDate: true }),
    fc.uint8Array({ minLength: 12, maxLength: 12 }).map((bytes) => new ObjectId(bytes)),
    fc
      .tuple(fc.uint8Array(), fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 128, 255))
      .map(([bytes, type]) => new Binary(bytes, type)),
    fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => new Binary(bytes, 4)),
    fc
      .tuple(
        texts.filter((text) => !text.includes('\0')),
        fc.constantFrom('', 'i', 'im', 'imsx'),
      )
      .map(([pattern, options]) => new BSONRegExp(pattern, options)),
    fc.tuple(uint32s, uint32s).map(([t, i]) => new Timestamp({ t, i })),
    texts.map((text) => new BSONSymbol(text)),
    texts.map((text) => new Code(text)),
    fc.tuple(texts, tie('document')).map(([text, scope]) => new Code(text, scope as never)),
    fc.constantFrom(new MinKey(), new MaxKey()),
    fc.array(tie('value'), { maxLength: 4 }),
    tie('document'),
  ),
  document: fc.array(fc.tuple(keys, tie('value')), { maxLength: 5 }).map((entries) => new Map(entries)),
}));
export const documents: fc.Arbitrary<Doc> = fc
  .array(
    fc.tuple(
      keys.filter((key) => !key.startsWith('$')),
      values,
    ),
    { maxLength: 6 },
  )
  .map((entries) => new Map(entries));

/** A document of one value, by the bytes of that value. */
export function raw(type: number, ...value: readonly number[]): Uint8Array {
  const bytes = Uint8Array.from([0, 0, 0, 0, type, 0x61, 0, ...value, 0]);
  new DataView(bytes.buffer).setInt32(0, bytes.length, true);
  return bytes;
}

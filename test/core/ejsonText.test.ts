import assert from 'node:assert/strict';
import { BSON, Decimal128, Double, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp, UUID } from 'bson';
import fc from 'fast-check';
import mongodb from 'mongodb';
import { bytesOf, readDocument } from '../../src/core/sessions/bson.ts';
import type { Value } from '../../src/core/sessions/bson.ts';
import { documentOf } from '../../src/core/sessions/ejson.ts';
import { ejsonText } from '../../src/core/sessions/ejsonText.ts';
import type { EjsonStyle } from '../../src/core/sessions/ejsonText.ts';
import { documents, raw } from './bsonValues.ts';

const bson = mongodb.BSON;
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

describe('a document as EJSON', () => {
  it('is the same document again, to the byte, when it is canonical', () => {
    fc.assert(
      fc.property(documents, fc.constantFrom(0, 2), (document, indent) => {
        const bytes = BSON.serialize(document);
        const text = ejsonText(bson, readDocument(bson, bytes), 'canonical', indent);
        assert.equal(hex(bytesOf(bson, documentOf(bson, text).value ?? assert.fail(text))), hex(bytes));
      }),
      { numRuns: 600 },
    );
  });

  it('is what the library of MongoDB writes when it is canonical, as far as that keeps it', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const text = ejsonText(bson, readDocument(bson, BSON.serialize(document)), 'canonical');
        // Objects lose the order of such keys, or the key; and the library takes `$ref` for a reference.
        fc.pre(!/"\d+":|__proto__|\$ref|\$scope/.test(text));
        const theirs = BSON.EJSON.stringify(
          BSON.deserialize(BSON.serialize(document), { promoteValues: false, bsonRegExp: true }),
          { relaxed: false },
        );
        assert.equal(sameNumbers(text), sameNumbers(theirs));
      }),
      { numRuns: 300 },
    );
  });

  it('keeps every value when it is relaxed, and what is no Int64 its type', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const read = readDocument(bson, BSON.serialize(document));
        const text = ejsonText(bson, read, 'relaxed');
        fc.pre(!containsLong([...read.values()]));
        assert.equal(
          hex(bytesOf(bson, documentOf(bson, text).value ?? assert.fail(text))),
          hex(BSON.serialize(document)),
        );
      }),
    );
  });

  it('says each type as the specification has it', () => {
    const cases: readonly (readonly [Value, string, string])[] = [
      [new Int32(-1), '-1', '{"$numberInt":"-1"}'],
      [new Double(1), '1.0', '{"$numberDouble":"1.0"}'],
      [new Double(-0), '-0.0', '{"$numberDouble":"-0.0"}'],
      [new Double(1e21), '1e+21', '{"$numberDouble":"1e+21"}'],
      [new Double(0.5), '0.5', '{"$numberDouble":"0.5"}'],
      [new Double(Number.NaN), '{"$numberDouble":"NaN"}', '{"$numberDouble":"NaN"}'],
      [new Double(-Infinity), '{"$numberDouble":"-Infinity"}', '{"$numberDouble":"-Infinity"}'],
      [Long.fromNumber(7), '7', '{"$numberLong":"7"}'],
      [
        Long.fromString('9007199254740993'),
        '{"$numberLong":"9007199254740993"}',
        '{"$numberLong":"9007199254740993"}',
      ],
      [Decimal128.fromString('1.50'), '{"$numberDecimal":"1.50"}', '{"$numberDecimal":"1.50"}'],
      [
        new Date(Date.UTC(2026, 0, 5, 8)),
        '{"$date":"2026-01-05T08:00:00Z"}',
        '{"$date":{"$numberLong":"1767600000000"}}',
      ],
      [new Date(1), '{"$date":"1970-01-01T00:00:00.001Z"}', '{"$date":{"$numberLong":"1"}}'],
      [new Date(-1), '{"$date":{"$numberLong":"-1"}}', '{"$date":{"$numberLong":"-1"}}'],
      [
        new Date(Date.UTC(10_000, 0)),
        '{"$date":{"$numberLong":"253402300800000"}}',
        '{"$date":{"$numberLong":"253402300800000"}}',
      ],
      [
        new ObjectId('65f1a1b2c3d4e5f607182930'),
        '{"$oid":"65f1a1b2c3d4e5f607182930"}',
        '{"$oid":"65f1a1b2c3d4e5f607182930"}',
      ],
      [
        new UUID('c8edabc3-f738-4ca3-b68d-ab92a91478a3').toBinary(),
        '{"$binary":{"base64":"yO2rw/c4TKO2jauSqRR4ow==","subType":"04"}}',
        '{"$binary":{"base64":"yO2rw/c4TKO2jauSqRR4ow==","subType":"04"}}',
      ],
      [new Timestamp({ t: 1, i: 2 }), '{"$timestamp":{"t":1,"i":2}}', '{"$timestamp":{"t":1,"i":2}}'],
      [new MinKey(), '{"$minKey":1}', '{"$minKey":1}'],
      [new MaxKey(), '{"$maxKey":1}', '{"$maxKey":1}'],
      [null, 'null', 'null'],
      ['a"b', '"a\\"b"', '"a\\"b"'],
      [[true, new Map()], '[true,{}]', '[true,{}]'],
    ];
    for (const [value, relaxed, canonical] of cases) {
      assert.equal(ejsonText(bson, value, 'relaxed'), relaxed);
      assert.equal(ejsonText(bson, value, 'canonical'), canonical);
    }
  });

  it('has what no driver writes any more', () => {
    const old: readonly (readonly [Uint8Array, string])[] = [
      [raw(6), '{"a":{"$undefined":true}}'],
      [
        raw(12, 2, 0, 0, 0, 0x62, 0, ...Buffer.alloc(12, 7)),
        '{"a":{"$dbPointer":{"$ref":"b","$id":{"$oid":"070707070707070707070707"}}}}',
      ],
      [
        raw(9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
        '{"a":{"$date":{"$numberLong":"9223372036854775807"}}}',
      ],
    ];
    for (const [bytes, text] of old)
      for (const style of ['relaxed', 'canonical'] as const satisfies readonly EjsonStyle[]) {
        assert.equal(ejsonText(bson, readDocument(bson, bytes), style), text);
        const again = documentOf(bson, text).value ?? assert.fail(text);
        assert.equal(ejsonText(bson, again, style), text);
      }
  });

  it('is laid out as JSON.stringify does it', () => {
    const text = '{"b":{"2":[1,{"c":[]}],"1":{}},"a":"x\\n"}';
    const document = documentOf(bson, text).value ?? assert.fail();
    assert.equal(ejsonText(bson, document, 'relaxed'), text);
    const laidOut =
      '{\n  "b": {\n    "2": [\n      1,\n      {\n        "c": []\n      }\n    ],\n    "1": {}\n  },\n  "a": "x\\n"\n}';
    assert.equal(ejsonText(bson, document, 'relaxed', 2), laidOut);
  });
});

/** The library writes more digits of large doubles than tell them from others, and an exponent otherwise. */
function sameNumbers(text: string): string {
  return text.replaceAll(/(?<="\$numberDouble":")[^"]+/g, (digits) =>
    Object.is(Number(digits), -0) ? '-0' : String(Number(digits)),
  );
}

function containsLong(values: readonly unknown[]): boolean {
  return values.some((value) => {
    if ((value as { _bsontype?: string } | null)?._bsontype === 'Long') return true;
    if (value instanceof Map) return containsLong([...value.values()]);
    if (Array.isArray(value)) return containsLong(value);
    const scope = (value as { scope?: unknown } | null)?.scope;
    return scope instanceof Map && containsLong([...scope.values()]);
  });
}

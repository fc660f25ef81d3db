import assert from 'node:assert/strict';
import { BSON, Double, Int32, Long, ObjectId, UUID } from 'bson';
import fc from 'fast-check';
import mongodb from 'mongodb';
import { bytesOf, isDoc, readDocument, Unwritable } from '../../src/core/sessions/bson.ts';
import type { Value } from '../../src/core/sessions/bson.ts';
import { everything, queryOf, queryText } from '../../src/core/sessions/documentQuery.ts';
import { documentOf, isFaithful, lineOf, openText, textOf } from '../../src/core/sessions/ejson.ts';
import { documents, raw } from './bsonValues.ts';
import { effort } from './effort.ts';

const bson = mongodb.BSON;

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

const codesIn = (text: string): readonly string[] =>
  documentOf(bson, text).problems.map(({ code, start, end }) => `${code} ${text.slice(start, end)}`);

describe('the text of a document', () => {
  it('means the same document, to the byte, whatever is in it', () => {
    fc.assert(
      fc.property(documents, (document) => {
        const bytes = BSON.serialize(document);
        const { text, faithful } = openText(bson, bytes);
        const { value, problems } = documentOf(bson, text);
        assert.deepEqual(
          problems.filter(({ weight }) => weight === 'error'),
          [],
        );
        assert.equal(hex(bytesOf(bson, value ?? assert.fail())), hex(bytes));
        assert.ok(faithful);
        assert.equal(textOf(bson, value ?? assert.fail()), text);
      }),
      { numRuns: 600 },
    );
  });

  it('means to the library of MongoDB what it means here, as far as that keeps it', () => {
    fc.assert(
      fc.property(documents, (document) => {
        fc.pre(!/__proto__|"subType": "0[34]"|"\d+": |scope/.test(textOf(bson, document)));
        const theirs: unknown = BSON.EJSON.parse(textOf(bson, document), { relaxed: false });
        assert.deepEqual(Object.keys(theirs as object), [...document.keys()]);
      }),
    );
  });

  it('is read as people write it', () => {
    const text = `{
  "_id": { "$oid": "65f1a1b2c3d4e5f607182930" },
  "10": 1,
  "2": 1.5,
  "__proto__": { "$numberDouble": "3.0" },
  "long": { "$numberLong": "7" },
  "price": { "$numberDecimal": "1.50" },
  "at": { "$date": "2026-01-05T08:00:00.000Z" },
  "before": { "$date": { "$numberLong": "-62135596800001" } },
  "id": { "$uuid": "c8edabc3-f738-4ca3-b68d-ab92a91478a3" },
  "bytes": { "$binary": { "base64": "AQI=", "subType": "80" } },
  "match": { "$regularExpression": { "pattern": "^a", "options": "i" } },
  "when": { "$timestamp": { "t": 1, "i": 2 } },
  "run": { "$code": "f()", "$scope": { "x": 1 } },
  "least": { "$minKey": 1 },
  "empty": {},
  "none": [],
  "list": [
    1,
    {
      "a": null
    }
  ]
}
`;
    const value = documentOf(bson, text).value ?? assert.fail();
    assert.equal(textOf(bson, value), text);
    assert.deepEqual([...value.keys()].slice(0, 4), ['_id', '10', '2', '__proto__']);
    const types = [...value.values()]
      .slice(1, 6)
      .map((one) => (one as { _bsontype?: string } | null)?._bsontype);
    assert.deepEqual(types, ['Int32', 'Double', 'Double', 'Long', 'Decimal128']);
    assert.ok(value.get('before') instanceof Date);
    assert.equal(lineOf(bson, value.get('list') ?? null), '[1, { "a": null }]');
  });

  it('takes numbers for what they look like', () => {
    const typeOf = (text: string): string => {
      const value = documentOf(bson, `{"a":${text}}`).value?.get('a') as Double | Int32 | Long;
      return `${value._bsontype} ${value.toString()}`;
    };
    assert.equal(typeOf('2147483647'), 'Int32 2147483647');
    assert.equal(typeOf('2147483648'), 'Long 2147483648');
    assert.equal(typeOf('-2147483648'), 'Int32 -2147483648');
    assert.equal(typeOf('-2147483649'), 'Long -2147483649');
    assert.equal(typeOf('9223372036854775807'), 'Long 9223372036854775807');
    assert.equal(typeOf('5.0'), 'Double 5');
    assert.equal(typeOf('1e3'), 'Double 1000');
    assert.ok(Object.is(Number(documentOf(bson, '{"a":-0}').value?.get('a')), -0));
    assert.deepEqual(codesIn('{"a":9223372036854775808}'), ['tooLarge 9223372036854775808']);
    assert.deepEqual(codesIn('{"a":1e400}'), ['tooLarge 1e400']);
  });

  it('says of itself when it is not all of the document', () => {
    const unfaithful: readonly (readonly [Uint8Array, RegExp])[] = [
      [raw(6), /"\$undefined": true/],
      [raw(12, 2, 0, 0, 0, 0x62, 0, ...Buffer.alloc(12, 7)), /\$dbPointer.*"\$ref": "b".*"0707/],
      [
        raw(9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
        /"\$date": \{ "\$numberLong": "9223372036854775807"/,
      ],
      [raw(2, 3, 0, 0, 0, 0xc3, 0x28, 0), /"a"/],
      [raw(11, 0x62, 0, 0x7a, 0), /"options": "z"/],
      [Uint8Array.from([14, 0, 0, 0, 10, 0x61, 0, 8, 0x61, 0, 1, 0, 0, 0]).subarray(0, 12), /"a"/],
      [BSON.serialize({ a: { $oid: 'no id' } }), /"\$oid": "no id"/],
      [BSON.serialize({ a: { $oid: '65f1a1b2c3d4e5f607182930' } }), /\$oid/],
    ];
    for (const [bytes, pattern] of unfaithful) {
      const whole = bytes.slice();
      new DataView(whole.buffer).setInt32(0, whole.length, true);
      whole[whole.length - 1] = 0;
      const { text, faithful } = openText(bson, whole);
      assert.match(text, pattern);
      assert.equal(faithful, false, text);
    }
  });

  it('keeps what cannot be written as it is read, and does not write it', () => {
    for (const text of [
      '{ "$undefined": true }',
      '{ "$date": { "$numberLong": "9223372036854775807" } }',
      '{ "$dbPointer": { "$ref": "a.b", "$id": { "$oid": "65f1a1b2c3d4e5f607182930" } } }',
    ]) {
      const value = documentOf(bson, `{"a":[${text}]}`).value ?? assert.fail(text);
      assert.match(textOf(bson, value), new RegExp(text.replaceAll(/[${}]/g, String.raw`\$&`)));
      assert.equal(bytesOf(bson, value), undefined);
      const [item] = value.get('a') as readonly Value[];
      assert.ok(item instanceof Unwritable);
    }
  });

  it('reads ids of every kind back as they are', () => {
    for (const id of [new UUID(), new ObjectId(), 'x', new Int32(1), new Map([['b', new Int32(1)]])]) {
      const bytes = BSON.serialize(new Map<string, unknown>([['_id', id]]));
      assert.equal(hex(BSON.serialize(readDocument(bson, bytes))), hex(bytes));
      assert.ok(isFaithful(bson, bytes, openText(bson, bytes).text));
    }
  });
});

describe('what is wrong with the text of a document', () => {
  it('is said where it stands', () => {
    assert.deepEqual(codesIn('{"a": {"$oid":"xyz"}}'), ['badValue {"$oid":"xyz"}']);
    assert.deepEqual(codesIn('{"a": [1,]}'), ['trailingComma ,']);
    assert.deepEqual(codesIn('{"a": 1,\n}'), ['trailingComma ,']);
    assert.deepEqual(codesIn('[1]'), ['notAnObject [1]']);
    assert.deepEqual(codesIn('{"$oid":"65f1a1b2c3d4e5f607182930"}'), [
      'notAnObject {"$oid":"65f1a1b2c3d4e5f607182930"}',
    ]);
    assert.deepEqual(codesIn('{"a": {"$type": 1, "b": {"$foo": 1}}}'), [
      'unknownType "$type"',
      'unknownType "$foo"',
    ]);
    assert.deepEqual(codesIn('{"a": 1, "b": {"c": 1, "c": 2}}'), ['duplicateKey "c"']);
    assert.deepEqual(codesIn(String.raw`{"a\u0000b": 1}`), [String.raw`nullInKey "a\u0000b"`]);
    assert.deepEqual(codesIn('{"$set": {"a": 1}}'), ['operator "$set"']);
    assert.deepEqual(codesIn('{"a": 1 "b": 2}'), ['expectedComma "']);
    assert.deepEqual(codesIn('{"a" 1}'), ['expectedColon 1']);
    assert.deepEqual(codesIn('{a: 1}'), ['expectedKey a']);
    assert.deepEqual(codesIn('{"a": }'), ['expectedValue }']);
    assert.deepEqual(codesIn('{"a": nul}'), ['expectedValue nul']);
    assert.deepEqual(codesIn('{"a": 01}'), ['badNumber 01']);
    assert.deepEqual(codesIn('{"a": "b\n"}'), ['badString "b']);
    assert.deepEqual(codesIn(String.raw`{"a": "\ud800"}`), [String.raw`badString "\ud800"`]);
    assert.deepEqual(codesIn('{"a": 1} x'), ['afterEnd x']);
    assert.deepEqual(codesIn('{"a": 1} // so'), ['comment //']);
    assert.deepEqual(codesIn(''), ['expectedValue ']);
    assert.deepEqual(codesIn('{"a": [1'), ['expectedComma ']);
  });

  it('is said of each type that is not as it must be', () => {
    const wrong = [
      '{"$date":"yesterday"}',
      '{"$date":"2026-01-05"}',
      '{"$date":"2026-01-05T08:00:00"}',
      '{"$date":"2026-02-30T08:00:00Z"}',
      '{"$date":12}',
      '{"$date":{"$numberLong":"1.5"}}',
      '{"$numberInt":"2147483648"}',
      '{"$numberLong":"9223372036854775808"}',
      '{"$numberLong":7}',
      '{"$numberDouble":"x"}',
      '{"$numberDecimal":"x"}',
      '{"$binary":{"base64":"A?","subType":"00"}}',
      '{"$binary":{"base64":"AQI=","subType":"100"}}',
      '{"$binary":"AQI="}',
      '{"$uuid":"c8edabc3"}',
      '{"$regularExpression":{"pattern":"a","options":"q"}}',
      '{"$regularExpression":{"pattern":"a"}}',
      '{"$timestamp":{"t":-1,"i":0}}',
      '{"$timestamp":{"t":4294967296,"i":0}}',
      '{"$minKey":2}',
      '{"$maxKey":true}',
      '{"$undefined":false}',
      '{"$symbol":1}',
      '{"$code":"f","x":1}',
      '{"$code":"f","$scope":1}',
      '{"$oid":"65f1a1b2c3d4e5f607182930","x":1}',
      '{"$oid":"65f1a1b2c3d4e5f607182930","$oid":"65f1a1b2c3d4e5f607182930"}',
      '{"$dbPointer":{"$ref":"a","$id":"b"}}',
    ];
    for (const text of wrong) assert.deepEqual(codesIn(`{"a":${text}}`), [`badValue ${text}`]);
  });

  it('is said of depth, and of length without delay', () => {
    const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
    assert.deepEqual(codesIn(deep(150)), []);
    assert.match(codesIn(deep(100_000))[0] ?? '', /^tooDeep/);
    const long = `{"a":"${'x'.repeat(2_000_000)}","b":[${'1,'.repeat(200_000)}1]}`;
    const spent = effort();
    assert.deepEqual(codesIn(long), []);
    assert.ok(spent() < 3000);
  });

  it('never breaks the checker', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json(), fc.stringMatching(/^[{}[\]":,$a\d\\ ]{0,30}$/)),
        (text) => {
          const { value, problems } = documentOf(bson, text);
          assert.equal(
            value === undefined,
            problems.some(({ weight }) => weight === 'error'),
          );
          for (const { start, end } of problems) assert.ok(start >= 0 && start <= end && end <= text.length);
          let theirs: unknown;
          try {
            theirs = JSON.parse(text);
          } catch {
            assert.equal(value, undefined);
            return;
          }
          if (value !== undefined) assert.ok(isDoc(value) && typeof theirs === 'object');
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('the text of a query', () => {
  const codes = (text: string): readonly string[] =>
    queryOf(bson, text).problems.map(
      ({ code, name, start, end }) => `${code} ${name} ${text.slice(start, end)}`,
    );

  it('is written and read back', () => {
    const text = queryText(bson, everything);
    assert.equal(text, '{\n  "filter": {},\n  "projection": {},\n  "sort": {},\n  "pageSize": 50\n}\n');
    assert.deepEqual(queryOf(bson, text), { value: everything, problems: [] });
    const query =
      queryOf(
        bson,
        '{"filter":{"total":{"$gt":{"$numberDecimal":"5"}}},"sort":{"10":-1,"2":1},"pageSize":500}',
      ).value ?? assert.fail();
    assert.deepEqual([...query.sort.keys()], ['10', '2']);
    assert.deepEqual(queryOf(bson, queryText(bson, query)).value, query);
    assert.deepEqual(queryOf(bson, '{}').value, everything);
  });

  it('says what is wrong with it, and where', () => {
    assert.deepEqual(codes('[]'), ['notAnObject  []']);
    assert.deepEqual(codes('{"filter": []}'), ['notAnObject filter []']);
    assert.deepEqual(codes('{"filter": {"$oid":"65f1a1b2c3d4e5f607182930"}}'), [
      'notAnObject filter {"$oid":"65f1a1b2c3d4e5f607182930"}',
    ]);
    assert.deepEqual(codes('{"filter": {"_id": {"$oid":"xyz"}}}'), ['badValue $oid {"$oid":"xyz"}']);
    assert.deepEqual(codes('{"filter": {"a": {"$gt": 1, "$foo": 1}}}'), []);
    assert.deepEqual(codes('{"filter": {},}'), ['trailingComma  ,']);
    assert.deepEqual(codes('{"sort": {"a": 2, "b": "up", "c": -1, "d": {"$meta": "textScore"}}}'), [
      'notADirection a 2',
      'notADirection b "up"',
    ]);
    assert.deepEqual(codes('{"pageSize": 0}'), ['notAPageSize 500 0']);
    assert.deepEqual(codes('{"pageSize": 501}'), ['notAPageSize 500 501']);
    assert.deepEqual(codes('{"pageSize": 1.5}'), ['notAPageSize 500 1.5']);
    assert.deepEqual(codes('{"limit": 1}'), ['unknownMember limit "limit"']);
    assert.deepEqual(codes('{"filter": {}, "filter": {}}'), ['duplicateKey filter "filter"']);
  });
});

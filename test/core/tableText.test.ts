import assert from 'node:assert/strict';
import { Decimal128, Double, Int32, Long, ObjectId, Timestamp, UUID } from 'bson';
import fc from 'fast-check';
import mongodb from 'mongodb';
import { flattened, headingOf } from '../../src/core/playground/results/cells.ts';
import { asMarkdown, asTsv } from '../../src/core/playground/results/tableText.ts';
import { readDocument } from '../../src/core/sessions/bson.ts';
import type { Value } from '../../src/core/sessions/bson.ts';
import { documentOf } from '../../src/core/sessions/ejson.ts';
import { raw } from './bsonValues.ts';
import { cellsOf } from './separated.ts';

const bson = mongodb.BSON;
const tsv = (...row: readonly (Value | undefined)[]): string =>
  asTsv(
    row.map((_, index) => `c${index}`),
    [row],
    bson,
  )
    .split('\n')
    .slice(1)
    .join('\n');
const markdown = (...row: readonly (Value | undefined)[]): string =>
  asMarkdown(
    row.map((_, index) => `c${index}`),
    [row],
    bson,
  ).split('\n')[2] ?? '';

describe('a table as text', () => {
  it('says of each value as little as tells it', () => {
    const row: readonly (Value | undefined)[] = [
      undefined,
      null,
      true,
      'text',
      new Int32(-7),
      new Double(-0),
      new Double(1),
      Long.fromString('9007199254740993'),
      Decimal128.fromString('1.50'),
      new Date(Date.UTC(2026, 0, 5)),
      new ObjectId('65f1a1b2c3d4e5f607182930'),
      new UUID('c8edabc3-f738-4ca3-b68d-ab92a91478a3').toBinary(),
      new Timestamp({ t: 1, i: 2 }),
    ];
    assert.equal(
      tsv(...row),
      [
        '',
        '',
        'true',
        'text',
        '-7',
        '-0',
        '1',
        '9007199254740993',
        '1.50',
        '2026-01-05T00:00:00.000Z',
        '65f1a1b2c3d4e5f607182930',
        'c8edabc3-f738-4ca3-b68d-ab92a91478a3',
        '"{""$timestamp"":{""t"":1,""i"":2}}"\n',
      ].join('\t'),
    );
    assert.equal(tsv(readDocument(bson, raw(6)).get('a')), '\n');
    assert.equal(tsv(documentOf(bson, '{"a":[1,{"b":2.5}]}').value?.get('a')), '"[1,{""b"":2.5}]"\n');
  });

  it('is no formula in a spreadsheet, whatever a document says', () => {
    const formulas = ['=1+1', '+cmd', '-2+3', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', '-', '+'];
    for (const text of formulas) {
      assert.deepEqual(cellsOf(tsv(text), '\t'), [[`'${text}`]], text);
      // Nor its heading.
      assert.deepEqual(cellsOf(asTsv([text], [], bson), '\t'), [[`'${text}`]]);
    }
    for (const text of ['-5', '+5', '-1.5e-7', '-Infinity', "'=1", 'a=1', ' =1'])
      assert.deepEqual(cellsOf(tsv(text), '\t'), [[text]]);
    assert.equal(tsv(new Double(-1e-7)), '-1e-7\n');
  });

  it('for a spreadsheet has each cell where it was', () => {
    const cells = fc.string({ unit: fc.constantFrom('a', '"', '\t', '\n', '\r', ',', ' ', 'é') });
    const rows = fc
      .integer({ min: 1, max: 4 })
      .chain((width) =>
        fc.array(fc.array(cells, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 4 }),
      );
    fc.assert(
      fc.property(rows, ([columns = [], ...rest]) => {
        const safe = (row: readonly string[]): readonly string[] =>
          row.map((text) => (/^[\t\r\n]/.test(text) ? `'${text}` : text));
        assert.deepEqual(cellsOf(asTsv(columns, rest, bson), '\t'), [columns, ...rest].map(safe));
      }),
    );
  });

  it('is a table of Markdown with as many cells, and nothing else of Markdown or HTML', () => {
    assert.equal(
      asMarkdown(['_id', 'a|b'], [[new Int32(1), 'x']], bson),
      '| \\_id | a\\|b |\n| --- | --- |\n| 1 | x |\n',
    );
    assert.equal(markdown('a|b', 'c\nd\r\ne'), String.raw`| a\|b | c<br>d<br>e |`);
    assert.equal(
      markdown('<img src=x onerror=alert(1)>', '![x](http://example.com)'),
      String.raw`| &lt;img src=x onerror=alert(1)&gt; | !\[x\](http://example.com) |`,
    );
    assert.equal(markdown('a\\', '`x` *y* ~z~ &lt;'), String.raw`| a\\ | \`x\` \*y\* \~z\~ &amp;lt; |`);
    assert.equal(
      markdown('snake_case_name', '_a_', null, undefined),
      String.raw`| snake_case_name | \_a\_ | null |  |`,
    );
  });
});

describe('a document as cells of a row', () => {
  const paths = (text: string): readonly string[] => [
    ...flattened(documentOf(bson, text).value ?? assert.fail()).keys(),
  ];

  it('is taken apart as far as there are documents', () => {
    assert.deepEqual(paths('{"_id":1,"a":{"b":{"c":1},"d":[{"e":1}]},"10":1,"2":1,"f":{}}').map(headingOf), [
      '_id',
      'a.b.c',
      'a.d',
      '10',
      '2',
      'f',
    ]);
  });

  it('has a cell for each value, also where their paths look the same', () => {
    const two = paths('{"a.b":1,"a":{"b":2}}');
    assert.equal(two.length, 2);
    assert.deepEqual(two.map(headingOf), ['a.b', 'a.b']);
  });
});

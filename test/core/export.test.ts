import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BSON, Double, Int32, Long } from 'bson';
import fc from 'fast-check';
import mongodb from 'mongodb';
import { Failure } from '../../src/core/failure.ts';
import { exportFormats, exportToBytes, exportToFile } from '../../src/core/playground/export/export.ts';
import type { Exported, ExportFormat, ExportOptions } from '../../src/core/playground/export/export.ts';
import { cellText, flattened, headingOf, withoutFormula } from '../../src/core/playground/results/cells.ts';
import { bytesOf, readDocument } from '../../src/core/sessions/bson.ts';
import { documentOf } from '../../src/core/sessions/ejson.ts';
import { ejsonText } from '../../src/core/sessions/ejsonText.ts';
import { documents, raw } from './bsonValues.ts';
import { cellsOf } from './separated.ts';

const bson = mongodb.BSON;
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');
const never = new AbortController().signal;

/** Documents in batches of so many, as a server sends them. */
async function* batchesOf(all: readonly Uint8Array[], size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < all.length; at += size) yield Buffer.concat(all.slice(at, at + size));
}

async function textOf(format: ExportFormat, all: readonly Uint8Array[], size = 3): Promise<string> {
  const { bytes, exported } = await exportToBytes(bson, {
    format,
    batches: batchesOf(all, size),
    signal: never,
    progress: () => undefined,
    most: 1e9,
  });
  assert.deepEqual(exported, { documents: all.length, bytes: bytes.length });
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

describe('what is exported', () => {
  it('as canonical EJSON is the same documents again, to the byte', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(documents, { maxLength: 8 }), async (some) => {
        const all = some.map((document) => BSON.serialize(document));
        const lines = (await textOf('ejsonCanonical', all)).split('\n').slice(1, -2);
        const again = lines.map((line) =>
          hex(bytesOf(bson, documentOf(bson, line.replace(/,$/, '')).value ?? assert.fail(line))),
        );
        assert.deepEqual(again, all.map(hex));
      }),
      { numRuns: 200 },
    );
  });

  it('as canonical EJSON is the same for the library of MongoDB, as far as that keeps it', async () => {
    await fc.assert(
      fc.asyncProperty(documents, async (document) => {
        const bytes = BSON.serialize(document);
        const text = await textOf('ejsonCanonical', [bytes]);
        // Objects lose the order of such keys, or the key; the library takes `$ref` for a reference, and these bytes
        // for a UUID, however many they are.
        fc.pre(!/"\d+":|__proto__|\$ref|\$scope|"subType":"04"/.test(text));
        const [theirs] = BSON.EJSON.parse(text, { relaxed: false }) as object[];
        assert.equal(hex(BSON.serialize(theirs ?? {})), hex(bytes));
      }),
      { numRuns: 300 },
    );
  });

  it('is EJSON as the view of a result has it, relaxed or canonical', async () => {
    const formats = [
      ['ejson', 'relaxed'],
      ['ejsonCanonical', 'canonical'],
      ['jsonLines', 'relaxed'],
    ] as const;
    await fc.assert(
      fc.asyncProperty(documents, async (document) => {
        const bytes = BSON.serialize(document);
        for (const [format, style] of formats) {
          const lines = (await textOf(format, [bytes])).split('\n');
          assert.equal(
            lines[format === 'jsonLines' ? 0 : 1],
            ejsonText(bson, readDocument(bson, bytes), style),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it('has what no driver writes, and what a driver would lose', async () => {
    const cases: readonly (readonly [Uint8Array, string])[] = [
      [raw(6), '{"a":{"$undefined":true}}'],
      [
        raw(12, 2, 0, 0, 0, 0x62, 0, ...Buffer.alloc(12, 7)),
        '{"a":{"$dbPointer":{"$ref":"b","$id":{"$oid":"070707070707070707070707"}}}}',
      ],
      [
        raw(9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f),
        '{"a":{"$date":{"$numberLong":"9223372036854775807"}}}',
      ],
      [raw(14, 2, 0, 0, 0, 0x62, 0), '{"a":{"$symbol":"b"}}'],
      [raw(5, 6, 0, 0, 0, 2, 2, 0, 0, 0, 0xab, 0xcd), '{"a":{"$binary":{"base64":"q80=","subType":"02"}}}'],
      [raw(11, 0x62, 0, 0x7a, 0), '{"a":{"$regularExpression":{"pattern":"b","options":"z"}}}'],
      [
        BSON.serialize(
          new Map<string, unknown>([
            ['10', -0],
            ['2', 1],
          ]),
        ),
        '{"10":{"$numberDouble":"-0.0"},"2":{"$numberInt":"1"}}',
      ],
      [
        BSON.serialize({ a: new Double(1), b: new Int32(1) }),
        '{"a":{"$numberDouble":"1.0"},"b":{"$numberInt":"1"}}',
      ],
      [
        BSON.serialize({ a: Number.NaN, b: Long.fromString('9007199254740993') }),
        '{"a":{"$numberDouble":"NaN"},"b":{"$numberLong":"9007199254740993"}}',
      ],
      // A key twice: to read it is another's business.
      [
        Uint8Array.from([20, 0, 0, 0, 10, 0x61, 0, 10, 0x61, 0, 10, 0x62, 0, 10, 0x63, 0, 10, 0x64, 0, 0]),
        '{"a":null,"a":null,"b":null,"c":null,"d":null}',
      ],
    ];
    for (const [bytes, text] of cases)
      assert.equal(await textOf('ejsonCanonical', [bytes]), `[\n${text}\n]\n`);
    const notUtf8 = await textOf('jsonLines', [raw(2, 3, 0, 0, 0, 0xc3, 0x28, 0)]);
    assert.equal(notUtf8, '{"a":"\ufffd("}\n');
    await assert.rejects(textOf('jsonLines', [raw(99)]), TypeError);
  });

  it('as an array is JSON, however many documents there are', async () => {
    for (const format of ['ejson', 'ejsonCanonical', 'json'] as const) {
      for (const count of [0, 1, 2, 7]) {
        const all = Array.from({ length: count }, (_, index) => BSON.serialize({ index: `${index}` }));
        assert.deepEqual(
          JSON.parse(await textOf(format, all)),
          all.map((_, index) => ({ index: `${index}` })),
        );
      }
    }
    assert.equal(await textOf('jsonLines', []), '');
    assert.equal(
      await textOf('jsonLines', [BSON.serialize({}), BSON.serialize({ a: 'b' })]),
      '{}\n{"a":"b"}\n',
    );
  });

  it('as plain JSON has no types, and no value that is another', async () => {
    const [value] = JSON.parse(
      await textOf('json', [
        BSON.serialize(
          documentOf(
            bson,
            `{"id":{"$oid":"65f1a1b2c3d4e5f607182930"},"at":{"$date":"2026-01-05T08:00:00.000Z"},
            "price":{"$numberDecimal":"1.50"},"long":{"$numberLong":"7"},"far":{"$numberLong":"9007199254740993"},
            "uuid":{"$uuid":"c8edabc3-f738-4ca3-b68d-ab92a91478a3"},"bytes":{"$binary":{"base64":"AQI=","subType":"00"}},
            "nan":{"$numberDouble":"NaN"},"one":{"$numberDouble":"1.0"},"symbol":{"$symbol":"s"},
            "list":[1,{"deep":{"$oid":"65f1a1b2c3d4e5f607182930"}}],"run":{"$code":"f()"},"none":null}`,
          ).value ?? assert.fail(),
        ),
      ]),
    ) as unknown[];
    assert.deepEqual(value, {
      id: '65f1a1b2c3d4e5f607182930',
      at: '2026-01-05T08:00:00.000Z',
      price: '1.50',
      long: 7,
      far: '9007199254740993',
      uuid: 'c8edabc3-f738-4ca3-b68d-ab92a91478a3',
      bytes: 'AQI=',
      nan: 'NaN',
      one: 1,
      symbol: 's',
      list: [1, { deep: '65f1a1b2c3d4e5f607182930' }],
      run: { $code: 'f()' },
      none: null,
    });
    assert.equal(await textOf('json', [raw(6)]), '[\n{"a":null}\n]\n');
  });

  it('as plain JSON is JSON, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(documents, { maxLength: 3 }), async (some) => {
        const text = await textOf(
          'json',
          some.map((document) => BSON.serialize(document)),
        );
        assert.equal((JSON.parse(text) as unknown[]).length, some.length);
      }),
    );
  });

  describe('as CSV', () => {
    it('has a column for each path of any document, also of the last', async () => {
      const all = [
        { _id: 1, address: { city: 'Oslo', zip: '0150' } },
        { _id: 2, tags: ['a', { b: 2 }] },
        { _id: 3, address: 'none', late: true, 'dotted.key': 1, dotted: { key: 2 } },
      ].map((document) => BSON.serialize(document));
      assert.deepEqual(cellsOf(await textOf('csv', all, 1), ','), [
        ['_id', 'address.city', 'address.zip', 'tags', 'address', 'late', 'dotted.key', 'dotted.key'],
        ['1', 'Oslo', '0150', '', '', '', '', ''],
        ['2', '', '', '["a",{"b":2}]', '', '', '', ''],
        ['3', '', '', '', 'none', 'true', '1', '2'],
      ]);
    });

    it('says of each value what a table says of it elsewhere', async () => {
      await fc.assert(
        fc.asyncProperty(documents, async (document) => {
          const bytes = BSON.serialize(document);
          const cells = [...flattened(readDocument(bson, bytes))];
          const said = [
            cells.map(([path]) => withoutFormula(headingOf(path))),
            cells.map(([, value]) => withoutFormula(cellText(bson, value))),
          ];
          const text = await textOf('csv', [bytes]);
          assert.deepEqual(text === '' ? [[], []] : cellsOf(text, ','), said);
        }),
        { numRuns: 500 },
      );
    });

    it('has what no driver writes', async () => {
      for (const [bytes, cell] of [
        [raw(6), '""'],
        [raw(9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), '9223372036854775807'],
        [raw(14, 2, 0, 0, 0, 0x62, 0), 'b'],
        [
          raw(12, 2, 0, 0, 0, 0x62, 0, ...Buffer.alloc(12, 7)),
          '"{""$dbPointer"":{""$ref"":""b"",""$id"":{""$oid"":""070707070707070707070707""}}}"',
        ],
      ] as const) {
        assert.equal(await textOf('csv', [bytes]), `a\r\n${cell}\r\n`);
        const said = cellText(bson, readDocument(bson, bytes).get('a'));
        assert.deepEqual(cellsOf(await textOf('csv', [bytes]), ',')[1], [said]);
      }
    });

    it('is by RFC 4180', async () => {
      const all = [BSON.serialize({ 'a,b': 'x"y', c: 'two\r\nlines', d: '', e: null })];
      assert.equal(await textOf('csv', all), '"a,b",c,d,e\r\n"x""y","two\r\nlines","",\r\n');
      assert.equal(await textOf('csv', []), '');
      assert.equal(await textOf('csv', [BSON.serialize({})]), '');
      const holes = [BSON.serialize({ a: 1 }), BSON.serialize({ a: null }), BSON.serialize({})];
      assert.equal(await textOf('csv', holes), 'a\r\n1\r\n""\r\n""\r\n');
    });

    it('has each text where it was, and none that is a formula', async () => {
      const texts = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', '=', '-', '1', ' ', 'é') });
      await fc.assert(
        fc.asyncProperty(
          fc.array(texts, { minLength: 1, maxLength: 5 }),
          fc.array(texts, { minLength: 5, maxLength: 5 }),
          async (keys, values) => {
            const document = new Map(keys.map((key, index) => [key, values[index] ?? '']));
            const [headings = [], cells = [], ...rest] = cellsOf(
              await textOf('csv', [BSON.serialize(document)]),
              ',',
            );
            assert.deepEqual(rest, []);
            const said = (text: string): string =>
              /^[=\n\r-]/.test(text) && !/^-1+$/.test(text) ? `'${text}` : text;
            assert.deepEqual(headings, [...document.keys()].map(said));
            assert.deepEqual(cells, [...document.values()].map(said));
          },
        ),
        { numRuns: 500 },
      );
    });

    it('keeps negative numbers numbers', async () => {
      const all = [BSON.serialize({ a: -1, b: -1.5e-9, c: '=HYPERLINK("x")', d: '-3', e: '-3+1' })];
      assert.deepEqual(cellsOf(await textOf('csv', all), ',')[1], [
        '-1',
        '-1.5e-9',
        `'=HYPERLINK("x")`,
        '-3',
        `'-3+1`,
      ]);
    });

    it('is refused where keys are data', async () => {
      const all = Array.from({ length: 101 }, (_, batch) =>
        BSON.serialize(Object.fromEntries(Array.from({ length: 100 }, (_, key) => [`${batch}-${key}`, 1]))),
      );
      await assert.rejects(textOf('csv', all), (error: unknown) => {
        assert.deepEqual(Failure.from(error).data, {
          code: 'notWritten',
          reason: 'tooManyColumns',
          detail: '10000',
        });
        return true;
      });
    });
  });

  it('is no more than so many bytes where it must be in memory', async () => {
    const all = Array.from({ length: 100 }, () => BSON.serialize({ a: 'x'.repeat(1000) }));
    for (const format of exportFormats)
      await assert.rejects(
        exportToBytes(bson, {
          format,
          batches: batchesOf(all, 10),
          signal: never,
          progress: () => undefined,
          most: 50_000,
        }),
        (error: unknown) => {
          const { data } = Failure.from(error);
          return data.code === 'notWritten' && data.reason === 'tooLarge';
        },
      );
  });
});

describe('the file of an export', () => {
  let folder: string;
  let target: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'export-'));
    target = join(folder, 'orders.json');
  });
  afterEach(async () => {
    await chmod(folder, 0o700);
    await rm(folder, { recursive: true });
  });

  const document = (index: number): Uint8Array => BSON.serialize({ index, text: 'x'.repeat(1000) });
  /** Says of each batch that it is asked for; after the last comes what is told. */
  async function* slowly(count: number, after?: () => Promise<void>): AsyncGenerator<Uint8Array> {
    for (let batch = 0; batch < count; batch++)
      yield Buffer.concat(Array.from({ length: 500 }, (_, index) => document(500 * batch + index)));
    await after?.();
  }
  const options = (more: Partial<ExportOptions>): ExportOptions => ({
    format: 'jsonLines',
    batches: slowly(3),
    signal: never,
    progress: () => undefined,
    ...more,
  });
  const names = async (): Promise<readonly string[]> => (await readdir(folder)).toSorted();
  const failureOf = async (work: Promise<unknown>): Promise<Failure['data']> =>
    work.then(
      () => assert.fail('it was written'),
      (error: unknown) => Failure.from(error).data,
    );

  it('is there as a whole at the end, and under another name until then', async () => {
    for (const format of exportFormats) {
      const seen: (readonly string[])[] = [];
      await exportToFile(
        bson,
        target,
        options({ format, batches: slowly(3, async () => void seen.push(await names())) }),
      );
      assert.deepEqual(await names(), ['orders.json']);
      assert.equal(seen[0]?.includes('orders.json'), false, 'not before');
      assert.ok(seen.length > 0);
      for (const one of seen) assert.match(one.join(' '), /^\.orders\.json\.[\da-f]{12}\.part$/);
      const text = await readFile(target, 'utf8');
      assert.equal(text.match(/x{1000}/g)?.length, 1500, format);
      await rm(target);
    }
  });

  it('says how far it is', async () => {
    const told: Exported[] = [];
    const exported = await exportToFile(bson, target, options({ progress: (one) => told.push(one) }));
    assert.deepEqual(told.at(-1), exported);
    assert.deepEqual(exported, { documents: 1500, bytes: (await stat(target)).size });
    assert.ok(told.length > 3, 'now and then');
    assert.ok(told.every(({ bytes }, index) => bytes >= (told[index - 1]?.bytes ?? 0)));
  });

  it('is asked for no faster than it is written', async () => {
    let asked = 0;
    let most = 0;
    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const batch of slowly(50)) {
        asked++;
        yield batch;
      }
    }
    await exportToFile(
      bson,
      target,
      options({
        batches: counted(),
        progress: ({ documents }) => (most = Math.max(most, asked - documents / 500)),
      }),
    );
    assert.equal(asked, 50);
    assert.ok(most <= 2, `${most} batches ahead`);
  });

  for (const format of ['jsonLines', 'csv'] as const) {
    it(`is not there, and what was there is as it was, when ${format} is stopped half way`, async () => {
      await writeFile(target, 'before');
      const stop = new AbortController();
      const work = exportToFile(
        bson,
        target,
        options({
          format,
          signal: stop.signal,
          // A database that says nothing more, whoever waits for it.
          batches: slowly(3, () => {
            stop.abort();
            return new Promise(() => undefined);
          }),
        }),
      );
      assert.deepEqual(await failureOf(work), { code: 'cancelled' });
      assert.deepEqual(await names(), ['orders.json']);
      assert.equal(await readFile(target, 'utf8'), 'before');
    });

    it(`is not there when the documents of ${format} end with a failure`, async () => {
      const failed = new Failure({ code: 'database', serverCode: 50, name: 'MaxTimeMSExpired', message: '' });
      const work = exportToFile(
        bson,
        target,
        options({ format, batches: slowly(3, () => Promise.reject(failed)) }),
      );
      assert.deepEqual(await failureOf(work), failed.data);
      assert.deepEqual(await names(), []);
    });
  }

  it('is not there when it is stopped at the last moment, or before the first', async () => {
    for (const at of [0, 1500]) {
      const stop = new AbortController();
      if (at === 0) stop.abort();
      const progress = ({ documents }: Exported): void => {
        if (documents >= at) stop.abort();
      };
      const work = exportToFile(bson, target, options({ signal: stop.signal, progress }));
      assert.deepEqual(await failureOf(work), { code: 'cancelled' });
      assert.deepEqual(await names(), []);
    }
  });

  it('is stopped at once, also when all documents have been read', async () => {
    const stop = new AbortController();
    let told = 0;
    const progress = (): void => {
      told++;
      stop.abort();
    };
    const work = exportToFile(bson, target, options({ format: 'csv', signal: stop.signal, progress }));
    assert.deepEqual(await failureOf(work), { code: 'cancelled' });
    assert.equal(told, 1);
  });

  it('tells whoever reads the documents that no more are needed', async () => {
    let ended = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield document(0);
      } finally {
        ended = true;
      }
    }
    const stop = new AbortController();
    const progress = (): void => stop.abort();
    await failureOf(
      exportToFile(bson, target, options({ batches: source(), signal: stop.signal, progress })),
    );
    await sleep(1);
    assert.ok(ended);
  });

  it('keeps who may read what was there, and goes where a link leads', async () => {
    await mkdir(join(folder, 'there'));
    await writeFile(join(folder, 'there/real.json'), 'before');
    await chmod(join(folder, 'there/real.json'), 0o600);
    await symlink('there/real.json', target);
    await exportToFile(bson, target, options({}));
    assert.match(await readFile(join(folder, 'there/real.json'), 'utf8'), /^\{"index"/);
    assert.equal((await stat(join(folder, 'there/real.json'))).mode & 0o777, 0o600);
    assert.deepEqual(await names(), ['orders.json', 'there']);
    assert.deepEqual(await readdir(join(folder, 'there')), ['real.json']);
  });

  it('says why it cannot be', async () => {
    const missing = exportToFile(bson, join(folder, 'gone/orders.json'), options({}));
    assert.deepEqual(await failureOf(missing), { code: 'notWritten', reason: 'noFolder', detail: 'ENOENT' });
    await mkdir(target);
    const occupied = exportToFile(bson, target, options({}));
    assert.equal((await failureOf(occupied)).code, 'notWritten');
    assert.deepEqual(await names(), ['orders.json']);
    const long = exportToFile(bson, join(folder, `${'é'.repeat(120)}.json`), options({}));
    assert.equal((await long).documents, 1500, 'a long name is no reason');
  });

  it('grows and memory does not', async function () {
    this.timeout(60_000);
    const batch = Buffer.concat(Array.from({ length: 1000 }, (_, index) => document(index)));
    for (const format of ['ejsonCanonical', 'csv'] as const) {
      async function* many(): AsyncGenerator<Uint8Array> {
        for (let index = 0; index < 100; index++) yield batch.slice();
      }
      let most = 0;
      const before = process.memoryUsage().rss;
      const progress = (): void => {
        most = Math.max(most, process.memoryUsage().rss - before);
      };
      const { bytes } = await exportToFile(bson, target, options({ format, batches: many(), progress }));
      assert.ok(bytes > 100e6, `${bytes}`);
      assert.ok(
        most < 80e6,
        `${format}: ${Math.round(most / 1e6)} MB more for ${Math.round(bytes / 1e6)} MB`,
      );
    }
  });
});

/**
 * What an export costs beside the bare library: documents as they come from a server, into a file, with nothing
 * between. The library's part is what a program has to do with a driver's cursor: make objects, then text of them.
 */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BSON, Decimal128, Int32, Long, ObjectId } from 'bson';
import mongodb from 'mongodb';
import { exportFormats, exportToFile } from '../../src/core/playground/export/export.ts';
import type { ExportFormat } from '../../src/core/playground/export/export.ts';
import { median } from './median.ts';

const documents = 100_000;
const batchSize = 1000;
const runs = 5;

const batch = Buffer.concat(Array.from({ length: batchSize }, (_, index) => BSON.serialize(order(index))));

/** An order of a shop: what people have in such databases, of about a kilobyte. */
function order(index: number): object {
  return {
    _id: new ObjectId(),
    number: new Int32(index),
    customer: { name: `Customer ${index}`, email: `customer${index}@example.com`, since: new Date() },
    total: Decimal128.fromString('129.90'),
    weight: index / 7,
    counter: Long.fromNumber(index),
    paid: index % 2 === 0,
    note: null,
    tags: ['new', 'gift', 'évènement'],
    lines: Array.from({ length: 5 }, (_, line) => ({
      sku: `SKU-${index}-${line}`,
      title: 'A thing that somebody ordered, with a few words about it',
      count: new Int32(line),
      price: line * 9.95,
    })),
  };
}

async function* batches(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < documents; at += batchSize) yield batch;
}

async function* bare(): AsyncGenerator<string> {
  for await (const one of batches()) {
    const view = new DataView(one.buffer, one.byteOffset);
    for (let at = 0; at < one.byteLength; at += view.getInt32(at, true)) {
      const document = BSON.deserialize(one.subarray(at, at + view.getInt32(at, true)), {
        promoteValues: false,
      });
      yield `${JSON.stringify(BSON.EJSON.serialize(document))}\n`;
    }
  }
}

const folder = await mkdtemp(join(tmpdir(), 'export-'));
try {
  const path = join(folder, 'orders.jsonl');
  const signal = new AbortController().signal;
  const ours = (format: ExportFormat) => async (): Promise<unknown> =>
    exportToFile(mongodb.BSON, path, { format, batches: batches(), signal, progress: () => undefined });
  const theirs = async (): Promise<void> => pipeline(Readable.from(bare()), createWriteStream(path));

  const ways: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['bare library', theirs],
    ...exportFormats.map((format) => [format, ours(format)] as const),
  ];
  console.log(
    `${documents} documents, ${Math.round((documents / batchSize) * batch.length * 1e-6)} MB of BSON`,
  );
  let bareTime = Number.NaN;
  for (const [name, work] of ways) {
    const times: number[] = [];
    for (let run = 0; run < runs; run++) {
      const started = performance.now();
      await work();
      times.push(performance.now() - started);
    }
    const time = median(times);
    if (name === 'bare library') bareTime = time;
    const { size } = await stat(path);
    console.log(
      `${name.padEnd(16)} ${Math.round(time)} ms, ${Math.round((size / time) * 1e-3)} MB/s, ${(time / bareTime).toFixed(2)} of the bare library's time`,
    );
  }
} finally {
  await rm(folder, { recursive: true });
}

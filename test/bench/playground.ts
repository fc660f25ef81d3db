/**
 * What a playground costs beside mongosh itself, and its results beside the bare driver: over the same local Azure,
 * in turn, in one run. Figures to read, not a test. Names on the command line choose what is measured.
 */
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import mongodb from 'mongodb';
import { exportToFile } from '../../src/core/playground/export/export.ts';
import type { ExportFormat } from '../../src/core/playground/export/export.ts';
import { Runner } from '../../src/core/playground/runner.ts';
import type { Value } from '../../src/core/playground/run.ts';
import { addressOf, environmentOf } from '../../src/core/sessions/mongosh.ts';
import { MongoSessions } from '../../src/core/sessions/mongo.ts';
import { median } from './median.ts';
import { Mongosh } from './mongosh.ts';
import { setStage } from './stage.ts';

const chosen = process.argv.slice(2);
const { signal } = new AbortController();

const stage = await setStage();
const folder = await mkdtemp(join(tmpdir(), 'playground-'));
const authority = join(folder, 'authority.pem');
const token = join(folder, 'token.jwt');
await writeFile(authority, stage.certificateAuthority);
await writeFile(token, stage.accessToken, { mode: 0o600 });
const environment = { NODE_EXTRA_CA_CERTS: authority };
const sessions = new MongoSessions(stage.door, stage.tokens);
const [member] = await sessions.members(stage.cluster, signal);
const address = addressOf([{ host: '127.0.0.1', port: member?.port ?? 0 }]);
const mongosh = new Mongosh(address.replace('/?', '/shop?'), { ...environment, ...environmentOf(token) });

function newRunner(): Runner {
  return new Runner({
    entry: join(import.meta.dirname, '../../dist/playgroundRunner.mjs'),
    environment,
    sessions,
    permits: () => Promise.resolve(true),
    complained: (text) => process.stderr.write(text),
  });
}

/** Runs one statement; what it came to. */
async function came(runner: Runner, text: string, database = 'shop'): Promise<Value> {
  const { outcomes } = await runner.start(
    { cluster: stage.cluster, database },
    [{ text, line: 0, lastLine: 0 }],
    { isProtected: false, file: join(folder, 'bench.mongodb.js') },
  );
  const [outcome] = outcomes;
  if (outcome?.state !== 'done') throw new Error(JSON.stringify(outcome?.problem));
  return outcome.value;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** In turn, so that whatever else happens on the machine meets all alike; the first rounds are for warming up. */
async function inTurn(
  rounds: number,
  ways: readonly (() => Promise<number>)[],
  warming = 0,
): Promise<readonly number[]> {
  const times = ways.map((): number[] => []);
  for (let round = -warming; round < rounds; round++)
    for (const [index, way] of ways.entries()) {
      const took = await way();
      if (round >= 0) times[index]?.push(took);
    }
  return times.map(median);
}

const ms = (time = Number.NaN): string => `${time < 10 ? time.toFixed(2) : time.toFixed(0)} ms`;
const ratio = (one = Number.NaN, other = Number.NaN): string => (one / other).toFixed(2);
const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

const scripts: readonly (readonly [string, string])[] = [
  ['1 + 1', '1 + 1'],
  ['find, 20 documents', 'db.orders.find().limit(20)'],
  ['an aggregation', 'db.orders.aggregate([{ $group: { _id: "$status", orders: { $sum: 1 } } }])'],
  ['200 times findOne', 'for (let time = 0; time < 200; time++) db.orders.findOne({ _id: time })'],
];

/** From nothing: the process, its connection, the first answer. */
async function cold(): Promise<void> {
  const [, [, script] = ['', '']] = scripts;
  const ours = (): Promise<number> => {
    const runner = newRunner();
    return timed(() => came(runner, script)).finally(() => runner.dispose());
  };
  const [theirs, own] = await inTurn(7, [() => mongosh.first(script), ours], 1);
  console.log(
    `cold, to the first result: mongosh ${ms(theirs)}, playground ${ms(own)}, ${ratio(own, theirs)}`,
  );
}

/** In processes that live; of mongosh from a line written to what it says, of a playground from run to result. */
async function warm(): Promise<void> {
  const living = await mongosh.living();
  const runner = newRunner();
  for (const [name, script] of scripts) {
    const ways = [() => living.timed(script), () => timed(() => came(runner, script))];
    const [theirs, own] = await inTurn(30, ways, 10);
    console.log(
      `warm, ${name}: mongosh ${ms(theirs)}, playground ${ms(own)}, ratio ${ratio(own, theirs)} (limit 1.2)`,
    );
  }
  runner.dispose();
  living.close();
}

/** What the driver says first of millions of documents, and what is shown first of them. */
async function firstPage(): Promise<void> {
  await stage.generate('millions', 2_000_000, 300);
  const client = await stage.bare().connect();
  const runner = newRunner();
  const bare = async (): Promise<void> => {
    const cursor = client.db('bench').collection('millions').find();
    await cursor.next();
    await cursor.close();
  };
  const ours = async (): Promise<void> => {
    const value = await came(runner, 'db.millions.find()', 'bench');
    if (value.kind !== 'documents' || value.rows.count !== 100) throw new Error('That is no first page.');
  };
  const [theirs, own] = await inTurn(30, [() => timed(bare), () => timed(ours)], 10);
  console.log(
    `first page of 2,000,000 documents: driver ${ms(theirs)}, playground ${ms(own)}, ratio ${ratio(own, theirs)}`,
  );
  runner.dispose();
  await client.close();
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

async function memory(): Promise<{ readonly heap: number; readonly outside: number }> {
  // What lies outside of the heap goes with the second look at it.
  for (let time = 0; time < 3; time++) {
    collect();
    await sleep(20);
  }
  const { heapUsed, external } = process.memoryUsage();
  return { heap: heapUsed, outside: external };
}

/** All of many documents, in memory. */
async function loading(): Promise<void> {
  const documents = 100_000;
  await stage.generate('many', documents, 1000);
  const client = await stage.bare().connect();
  const runner = newRunner();
  const figures = { heap: [] as number[], outside: [] as number[] };
  const bare = async (): Promise<number> => {
    const all: unknown[] = [];
    return timed(async () => {
      const cursor = client.db('bench').collection('many').find({}, { raw: true });
      while (await cursor.hasNext()) all.push(...cursor.readBufferedDocuments());
      if (all.length !== documents) throw new Error(`There are ${all.length}.`);
    });
  };
  const ours = async (): Promise<number> => {
    await came(runner, '1', 'bench');
    const before = await memory();
    const took = await timed(async () => {
      await came(runner, 'db.many.find()', 'bench');
      const { id = 0 } = runner.run?.outcomes[0] ?? {};
      await runner.more(id, documents, signal);
      const value = runner.run?.outcomes[0]?.value;
      if (value?.kind !== 'documents' || value.rows.count !== documents || value.hasMore)
        throw new Error('Those are not all.');
    });
    const after = await memory();
    figures.heap.push(after.heap - before.heap);
    figures.outside.push(after.outside - before.outside);
    return took;
  };
  const [theirs, own] = await inTurn(7, [bare, ours], 2);
  console.log(
    `${documents} documents of a kilobyte in memory: driver's bytes ${ms(theirs)}, playground ${ms(own)}, ratio ${ratio(own, theirs)}`,
  );
  console.log(
    `  heap +${mb(median(figures.heap))} (limit 150 MB), outside of it +${mb(median(figures.outside))}`,
  );
  runner.dispose();
  await client.close();
}

/** A result into a file, as text. */
async function exporting(documents: number, rounds: number): Promise<void> {
  await stage.generate('exported', documents, 1000);
  const client = await stage.bare().connect();
  const runner = newRunner();
  await came(runner, 'db.exported.find()', 'bench');
  const { id = 0 } = runner.run?.outcomes[0] ?? {};
  const path = join(folder, 'exported');
  async function* lines(): AsyncGenerator<string> {
    for await (const one of client.db('bench').collection('exported').find({}, { promoteValues: false }))
      yield `${JSON.stringify(mongodb.BSON.EJSON.serialize(one))}\n`;
  }
  const bare = (): Promise<unknown> => pipeline(Readable.from(lines()), createWriteStream(path));
  const formats = ['ejson', 'jsonLines', 'csv'] as const;
  const ours = (format: ExportFormat) => async (): Promise<void> => {
    const batches = runner.stream(id, signal);
    const exported = await exportToFile(mongodb.BSON, path, { format, batches, signal, progress });
    if (exported.documents !== documents) throw new Error(`There are ${exported.documents}.`);
  };
  const progress = (): void => undefined;
  const ways = [bare, ...formats.map(ours)].map((way) => () => timed(way));
  const [theirs, ...own] = await inTurn(rounds, ways, 1);
  const { size } = await stat(path);
  console.log(`export of ${documents} documents, ${mb(size)} as CSV: driver, JSON.stringify ${ms(theirs)}`);
  for (const [index, format] of formats.entries())
    console.log(`  playground, ${format}: ${ms(own[index])}, ratio ${ratio(own[index], theirs)}`);
  runner.dispose();
  await client.close();
}

const parts = {
  cold,
  warm,
  firstPage,
  loading,
  export: () => exporting(100_000, 5),
  exportMore: () => exporting(500_000, 1),
};
try {
  for (const [name, part] of Object.entries(parts))
    if (chosen.length === 0 || chosen.includes(name)) await part();
} finally {
  await sessions.forget();
  await stage.close();
  await rm(folder, { recursive: true });
}

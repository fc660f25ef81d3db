/**
 * A session's first result against the bare driver's, both with a token at hand; and what opening costs with few
 * and with many collections. Over the same local Azure, in turn, in one run. Figures to read, not a test.
 */
import { Catalog } from '../../src/core/sessions/catalog.ts';
import { MongoSessions } from '../../src/core/sessions/mongo.ts';
import { median } from './median.ts';
import { setStage } from './stage.ts';

const runs = 40;
const collections = [10, 1000, 10_000];

const stage = await setStage();
const { door, tokens, cluster } = stage;

async function bare(): Promise<void> {
  const client = stage.bare();
  await client.db('shop').collection('orders').find({}).limit(1).toArray();
  await client.close();
}

async function ours(): Promise<void> {
  const sessions = new MongoSessions(door, tokens);
  await sessions.run(cluster, (client) => client.db('shop').collection('orders').find({}).limit(1).toArray());
  await sessions.forget();
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

const times = { bare: [] as number[], ours: [] as number[] };
for (let run = -2; run < runs; run++) {
  const [first, second] = [await timed(bare), await timed(ours)];
  if (run < 0) continue;
  times.bare.push(first);
  times.ours.push(second);
}
const [b, o] = [median(times.bare), median(times.ours)];
console.log(
  `first result: bare driver ${b.toFixed(1)} ms, session ${o.toFixed(1)} ms, ratio ${(o / b).toFixed(2)} (limit 1.1)`,
);

/** What a person waits for who opens a session and a database: the session, its databases, the collections of one. */
const sessions = new MongoSessions(door, tokens);
const catalog = new Catalog(sessions);
await sessions.open(cluster);
let made = 0;
for (const count of collections) {
  for (; made < count; made++) await catalog.create(cluster, { database: 'many', collection: `c${made}` });
  const opening: number[] = [];
  const listing: number[] = [];
  for (let run = 0; run < 7; run++) {
    await sessions.forget();
    opening.push(await timed(() => Promise.all([sessions.open(cluster), catalog.databases(cluster)])));
    listing.push(await timed(() => catalog.collections(cluster, 'many')));
  }
  const [first, second] = [median(opening), median(listing)].map((time) => time.toFixed(1));
  console.log(
    `${count} collections: opened and databases listed in ${first} ms, its collections in ${second} ms`,
  );
}
await sessions.forget();
await stage.close();

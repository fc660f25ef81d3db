/** A playground lives longer than any token: a loop, and an export of what a server is slow to give. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import mongodb from 'mongodb';
import { claimsOf } from '../../src/core/identity/claims.ts';
import { exportToFile } from '../../src/core/playground/export/export.ts';
import type { ExportFormat } from '../../src/core/playground/export/export.ts';
import { Runner } from '../../src/core/playground/runner.ts';
import type { Run } from '../../src/core/playground/run.ts';
import { azure, begin, gateway, leftOpen, onSessions } from '../core/sessionStage.ts';
import { eventually } from '../editor/eventually.ts';

const entry = join(import.meta.dirname, '../../dist/playgroundRunner.mjs');
/** In seconds. */
const lifetime = 2;
const lifetimes = 20;

describe(`A playground with tokens of ${lifetime} seconds`, function () {
  this.timeout((lifetimes * lifetime + 200) * 1000);
  onSessions();
  let folder: string;
  let authority: string;
  before(async () => {
    const beside = await mkdtemp(join(tmpdir(), 'playground-'));
    authority = join(beside, 'authority.pem');
    await writeFile(authority, azure().certificateAuthority);
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'exports-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  after(() => rm(join(authority, '..'), { recursive: true }));

  function open() {
    const ends = new Set<number | undefined>();
    const { sessions, cluster } = begin({
      token: async ({ caller, resource }) => {
        // Tokens end with a whole second, and gateways count whole seconds to it: this one lives for two at least.
        const order = { tenant: caller.tenant, resource, lifetimeSeconds: lifetime + 1 };
        const token = await azure().issueToken(caller.account.label, order);
        if (resource.includes('ossrdbms')) ends.add(claimsOf(token)?.expiresAt);
        return token;
      },
    });
    const runner = new Runner({
      entry,
      environment: { NODE_EXTRA_CA_CERTS: authority },
      sessions,
      permits: async () => true,
      complained: () => undefined,
    });
    leftOpen.push(() => runner.dispose());
    const run = (text: string): Promise<Run> =>
      runner.start({ cluster, database: 'shop' }, [{ text, line: 0, lastLine: 0 }], {
        isProtected: false,
        file: join(folder, 'shop.mongodb.js'),
      });
    return { runner, run, ends };
  }

  /** Exports the first result of a run. */
  function exporting(runner: Runner, format: ExportFormat, path: string, signal: AbortSignal) {
    const id = runner.run?.outcomes[0]?.id ?? assert.fail();
    const progress: number[] = [];
    const exported = exportToFile(mongodb.BSON, path, {
      format,
      batches: runner.stream(id, signal),
      signal,
      progress: ({ documents }) => progress.push(documents),
    });
    return { exported, progress };
  }

  const never = new AbortController().signal;

  it(`asks its database in one loop over ${lifetimes} lifetimes, and fails nowhere`, async () => {
    const { run, ends } = open();
    const seconds = lifetimes * lifetime;
    const { state, outcomes } = await run(`
      const ends = Date.now() + ${seconds * 1000};
      let found = 0;
      for (; Date.now() < ends; sleep(150)) if (db.orders.findOne() !== null) found++;
      print(found)`);
    assert.equal(state, 'done', JSON.stringify(outcomes[0]?.problem));
    assert.ok(Number(outcomes[0]?.printed[0]) > 2 * lifetimes);
    assert.ok(ends.size >= lifetimes * 0.6, `${ends.size} tokens`);
  });

  for (const format of ['jsonLines', 'ejson', 'csv'] as const)
    it(`exports as ${format} what takes several lifetimes to read, whole and in order`, async () => {
      const documents = 4000;
      const { runner, run, ends } = open();
      // So large that they come in many answers.
      gateway().generate('shop', 'slow', { documents, bytes: 40_000 });
      await run('db.slow.find()');
      gateway().faults.slow({ document: 2 }, 'shop.slow');
      const path = join(folder, 'slow');
      const before = ends.size;
      const began = performance.now();
      const { exported, progress } = exporting(runner, format, path, never);
      let seen = 0;
      const watching = (async () => {
        for (; (progress.at(-1) ?? 0) < documents && performance.now() - began < 60_000; seen++) {
          const names = await readdir(folder);
          if (names.includes('slow')) break;
          assert.ok(
            names.every((name) => name.startsWith('.slow.')),
            names.join(' '),
          );
          await sleep(50);
        }
      })();
      assert.equal((await exported).documents, documents);
      await watching;
      assert.ok(seen > 20);
      assert.ok(performance.now() - began > 3 * lifetime * 1000, 'it was not slow');
      assert.ok(ends.size > before, 'no other token was needed');
      assert.deepEqual(await readdir(folder), ['slow']);
      const ids = idsIn[format](await readFile(path, 'utf8'));
      assert.deepEqual(
        ids,
        Array.from({ length: documents }, (_, index) => index),
      );
      await eventually(() => assert.ok(gateway().openCursors <= 1, 'that of the first page'));
    });

  it('leaves no file and no cursor where an export is stopped', async () => {
    const { runner, run } = open();
    gateway().generate('shop', 'slow', { documents: 100_000, bytes: 10_000 });
    await run('db.slow.find()');
    gateway().faults.slow({ document: 1 }, 'shop.slow');
    const stopping = new AbortController();
    const { exported, progress } = exporting(runner, 'csv', join(folder, 'slow'), stopping.signal);
    const lines = exporting(runner, 'jsonLines', join(folder, 'lines'), stopping.signal);
    await eventually(() => assert.ok((lines.progress.at(-1) ?? 0) > 0));
    await eventually(() => assert.equal(gateway().openCursors, 3));
    const began = performance.now();
    stopping.abort();
    await Promise.all([exported, lines.exported].map((one) => assert.rejects(one, { code: 'cancelled' })));
    assert.ok(performance.now() - began < 10_000);
    assert.deepEqual(progress, []);
    assert.deepEqual(await readdir(folder), []);
    await eventually(() => assert.equal(gateway().openCursors, 1));
    await run('1');
    await eventually(() => assert.equal(gateway().openCursors, 0));
  });
});

type Told = readonly { readonly _id: number }[];

const idsIn = {
  csv: (text: string) =>
    text
      .trimEnd()
      .split('\r\n')
      .slice(1)
      .map((line) => Number(line.split(',')[0])),
  jsonLines: (text: string) => idsIn.ejson(`[${text.trimEnd().replaceAll('\n', ',')}]`),
  ejson: (text: string) => (JSON.parse(text) as Told).map(({ _id }) => _id),
};

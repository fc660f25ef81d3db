/** A stop in a playground ends the work of the server as well, and keeps what the playground knows. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Runner } from '../../src/core/playground/runner.ts';
import type { Run } from '../../src/core/playground/run.ts';
import { azure, begin, gateway, leftOpen, onSessions } from '../core/sessionStage.ts';

const entry = join(import.meta.dirname, '../../dist/playgroundRunner.mjs');
/** In milliseconds: longer than anybody waits. */
const FOREVER = 3_600_000;

describe('A playground that is stopped', function () {
  this.timeout(60_000);
  onSessions();
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'playground-'));
    await writeFile(join(folder, 'authority.pem'), azure().certificateAuthority);
  });
  after(() => rm(folder, { recursive: true }));

  function open() {
    const { sessions, cluster } = begin();
    const runner = new Runner({
      entry,
      environment: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem') },
      sessions,
      permits: async () => true,
      complained: () => undefined,
    });
    leftOpen.push(() => runner.dispose());
    const run = (text: string): Promise<Run> =>
      runner.start({ cluster, database: 'shop' }, [{ text, line: 0, lastLine: 0 }], {
        isProtected: false,
        file: '/shop.mongodb.js',
      });
    return { runner, run };
  }

  const underWay = (command: string): number =>
    gateway().underWay.filter((one) => one.command === command).length;

  async function until(condition: () => boolean): Promise<void> {
    const patience = Date.now() + 10_000;
    while (!condition()) {
      assert.ok(Date.now() < patience, 'it never came to be');
      await sleep(5);
    }
  }

  for (const [what, command, text, pace] of [
    ['a find that does not answer', 'find', 'db.orders.find()', { answer: FOREVER }],
    ['a find with much to look at', 'find', 'db.orders.find({ none: 1 })', { document: FOREVER }],
    [
      'an aggregation',
      'aggregate',
      `db.orders.aggregate([{ $sortByCount: '$status' }])`,
      { answer: FOREVER },
    ],
    ['a count', 'aggregate', 'db.orders.countDocuments({})', { answer: FOREVER }],
    ['a loop around questions', 'find', 'for (;;) db.orders.findOne()', { answer: 50 }],
  ] as const)
    it(`ends ${what}, here and on the server`, async () => {
      const { runner, run } = open();
      assert.equal((await run('var kept = 42')).state, 'done');
      gateway().faults.slow(pace, 'shop.orders');
      const running = run(text);
      await until(() => underWay(command) > 0);
      const began = performance.now();
      await runner.stop();
      const { state, outcomes } = await running;
      assert.deepEqual([state, outcomes[0]?.state], ['stopped', 'stopped']);
      assert.ok(performance.now() - began < 10_000);
      await until(() => underWay(command) === 0);
      // A server may not notice that a connection is closed.
      assert.ok(gateway().commands.some(({ name, code }) => name === 'killSessions' && code === undefined));
      gateway().faults.clear();
      const { outcomes: after } = await run('[kept, db.orders.countDocuments({}) > 0]');
      assert.equal(after[0]?.state, 'done');
      assert.equal(after[0].value.kind, 'documents');
    });

  it('ends a loop that asks nobody, and is there for the next run', async () => {
    const { runner, run } = open();
    const running = run('for (;;);');
    await until(() => runner.run?.outcomes.length === 1);
    await runner.stop();
    assert.equal((await running).state, 'stopped');
    assert.equal((await run('1 + 1')).state, 'done');
  });

  it('leaves no cursor open on the server that nobody can reach any more', async () => {
    const { run } = open();
    gateway().generate('shop', 'many', { documents: 1000 });
    await run('db.many.find()');
    await until(() => gateway().openCursors > 0);
    await run('1');
    await until(() => gateway().openCursors === 0);
  });
});

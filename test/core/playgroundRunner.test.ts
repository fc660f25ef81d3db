/** A playground's process when things go otherwise than they should. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { deserialize } from 'bson';
import type { Cluster } from '../../src/core/clusters/cluster.ts';
import { clusterOfResource } from '../../src/core/clusters/query.ts';
import { Failure } from '../../src/core/failure.ts';
import { Rows } from '../../src/core/playground/rows.ts';
import { Runner } from '../../src/core/playground/runner.ts';
import type { RunnerSessions } from '../../src/core/playground/runner.ts';
import type { Run } from '../../src/core/playground/run.ts';
import { eventually } from '../editor/eventually.ts';
import { memory } from './effort.ts';
import { azure, begin, clusterAt, gateway, leftOpen, onSessions, resource, suffix } from './sessionStage.ts';
import type { Play } from './sessionStage.ts';
import type { Stage } from './stage.ts';

const entry = join(import.meta.dirname, '../../dist/playgroundRunner.mjs');
const never = new AbortController().signal;

let folder = '';

function playground({
  change,
  ...play
}: Play & { readonly change?: (sessions: RunnerSessions) => RunnerSessions } = {}) {
  const { sessions, cluster, stage } = begin(play);
  const complaints: string[] = [];
  const runner = new Runner({
    entry,
    environment: { NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem') },
    sessions: change?.(sessions) ?? sessions,
    permits: async () => true,
    complained: (text) => complaints.push(text),
  });
  leftOpen.push(() => runner.dispose());
  const run = (texts: readonly string[] | string, at: Cluster = cluster): Promise<Run> =>
    runner.start(
      { cluster: at, database: 'shop' },
      [texts].flat().map((text, line) => ({ text, line, lastLine: line })),
      { isProtected: false, file: join(folder, 'shop.mongodb.js') },
    );
  return { runner, run, sessions, cluster, stage, complaints };
}

/** What a statement came to: a value, a text, how many documents. */
function told({ outcomes }: Run, index = outcomes.length - 1): unknown {
  const { value, problem } = outcomes[index] ?? assert.fail('nothing came');
  assert.equal(problem, undefined, JSON.stringify(problem));
  if (value.kind === 'text') return value.text;
  if (value.kind === 'value') return deserialize(value.rows.bytes(0))['value'];
  return value.kind === 'documents' ? value.rows.count : undefined;
}

const printed = ({ outcomes }: Run, index: number): readonly string[] =>
  outcomes[index]?.printed ?? assert.fail();

async function pidOf(run: (text: string) => Promise<Run>): Promise<number> {
  return Number(told(await run('process.pid')));
}

function lives(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function failureIn(failing: Promise<unknown>): Promise<Failure> {
  return failing.then(
    () => assert.fail('should have failed'),
    (error: unknown) => (error instanceof Failure ? error : assert.fail(String(error))),
  );
}

const carts = (stage: Stage): Cluster => clusterAt(stage, `carts-eu.${suffix}`, 'carts-eu');

describe("a playground's process", function () {
  this.timeout(40_000);
  onSessions();
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'playground-'));
    await writeFile(join(folder, 'authority.pem'), azure().certificateAuthority);
  });
  after(() => rm(folder, { recursive: true }));

  describe('beside others', () => {
    it('shares nothing with that of another playground at the same cluster', async () => {
      const [one, other] = [playground(), playground()];
      await Promise.all([one.run('var own = 1'), other.run('var own = 2')]);
      const count = 'db.orders.countDocuments({}) + own';
      const [first, second] = await Promise.all([one.run(count), other.run(count)]);
      assert.equal(Number(told(second)) - Number(told(first)), 1);
      assert.notEqual(await pidOf(one.run), await pidOf(other.run));
    });

    it('does one run at a time: what is asked meanwhile is not done', async () => {
      const { run, runner } = playground();
      const running = run(['sleep(500)', '1 + 1']);
      assert.equal((await failureIn(run('db.never.insertOne({})'))).code, 'cancelled');
      assert.equal(told(await running), 2);
      assert.equal(runner.run?.outcomes.length, 2);
      assert.ok(!gateway().commands.some(({ name }) => name === 'insert'));
    });
  });

  describe('is stopped before it is there:', () => {
    const members = (sessions: RunnerSessions): RunnerSessions => ({
      cloud: sessions.cloud,
      token: (cluster) => sessions.token(cluster),
      use: (cluster, what) => sessions.use(cluster, what),
      members: (cluster, signal) =>
        new Promise((resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Failure({ code: 'cancelled' })));
          void sessions.members(cluster, signal).then((found) => setTimeout(resolve, 60_000, found).unref());
        }),
    });

    it('while it is looked where the cluster is', async () => {
      const { run, runner } = playground({ change: members });
      const running = run('1');
      await sleep(50);
      const began = performance.now();
      await runner.stop();
      assert.equal((await running).state, 'stopped');
      assert.ok(performance.now() - began < 10_000);
      assert.equal(runner.isAlive, false);
    });

    it('as it begins', async () => {
      const { run, runner } = playground();
      const running = run('db.orders.findOne()');
      await eventually(() => assert.ok(runner.isAlive));
      await runner.stop();
      assert.equal((await running).state, 'stopped');
      assert.equal(told(await run('1 + 1')), 2);
    });

    it('while it connects, and keeps the variables it has', async () => {
      const { run, runner, stage } = playground();
      await run('var kept = 42');
      gateway('carts-eu').faults.delay(60_000);
      const running = run('1', carts(stage));
      await sleep(500);
      await runner.stop();
      assert.equal((await running).state, 'stopped');
      gateway('carts-eu').faults.clear();
      assert.equal(told(await run('kept')), 42);
    });

    it('because its playground is closed, and leaves no process', async () => {
      const { run, runner } = playground({ change: members });
      const running = run('1');
      await sleep(50);
      runner.dispose();
      assert.equal((await running).state, 'stopped');
      assert.equal(runner.isAlive, false);
    });
  });

  describe('at a cluster', () => {
    it('that is stopped says so, and is there when that is', async () => {
      const { run, runner } = playground();
      resource().properties.clusterStatus = 'Stopped';
      const { data } = await failureIn(run('1'));
      assert.equal(data.code, 'databaseUnreachable');
      assert.deepEqual([data.cause, runner.run?.state], ['timeout', 'failed']);
      resource().properties.clusterStatus = 'Ready';
      assert.equal(told(await run('db.orders.findOne() !== null')), true);
    });

    it('that ends in the middle of a run says so, and hangs nobody', async () => {
      const { run, runner } = playground();
      const running = run(['var kept = 42', 'for (;;) db.orders.findOne()']);
      await eventually(() => assert.equal(runner.run?.outcomes.length, 2));
      resource().properties.clusterStatus = 'Stopped';
      gateway().faults.drop({ times: 100 });
      const { state, outcomes } = await running;
      resource().properties.clusterStatus = 'Ready';
      gateway().faults.clear();
      assert.equal(state, 'failed');
      assert.equal(outcomes.at(-1)?.problem?.failure.code, 'databaseUnreachable');
      assert.equal(told(await run('kept')), 42);
    });

    it('for which there is no token says what the broker says', async () => {
      let isSignedOut = true;
      const { run } = playground({
        token: ({ resource: audience }, usual) =>
          isSignedOut && audience.includes('ossrdbms') ? undefined : usual(),
      });
      const { data } = await failureIn(run('1'));
      assert.equal(data.code, 'signInNeeded');
      isSignedOut = false;
      assert.equal(told(await run('1 + 1')), 2);
    });

    it('that takes nobody says that it does not', async () => {
      const { run } = playground();
      gateway().faults.refuseSignIn(18, 20);
      assert.equal((await failureIn(run('1'))).code, 'databaseSignInRefused');
    });

    it('goes to another one with its variables, and leaves the one before', async () => {
      const { run, stage } = playground();
      gateway().generate('shop', 'many', { documents: 1000 });
      await run(['var kept = 42', 'db.many.find()']);
      assert.equal(gateway().openCursors, 1);
      const there = await run(['db.where.insertOne({}); kept'], carts(stage));
      assert.equal(told(there), 42);
      assert.ok(gateway('carts-eu').commands.some(({ name }) => name === 'insert'));
      assert.ok(!gateway().commands.some(({ name }) => name === 'insert'));
      await eventually(() => assert.equal(gateway().openCursors, 0));
      await eventually(() => assert.ok(gateway().commands.some(({ name }) => name === 'endSessions')));
    });

    it('never sends to one cluster what was meant for another that is not there', async () => {
      const { run, stage } = playground();
      await run('1');
      gateway('carts-eu').faults.refuseSignIn(18, 100);
      for (const _ of [1, 2])
        assert.equal(
          (await failureIn(run('db.meant.insertOne({})', carts(stage)))).code,
          'databaseSignInRefused',
        );
      assert.ok(!gateway().commands.some(({ name }) => name === 'insert'));
    });

    it('is there as whom the run is for', async () => {
      const { run, stage, cluster } = playground({ people: ['kai@contoso.com', 'alex@contoso.com'] });
      const who = 'db.runCommand({ connectionStatus: 1 }).authInfo.authenticatedUsers[0].user';
      const first = told(await run(who));
      const account = stage.accounts[1] ?? assert.fail();
      const caller = { account, tenant: cluster.caller.tenant };
      const own = clusterOfResource(cluster.resource, caller, true) ?? assert.fail();
      const second = told(await run(who, own));
      assert.notEqual(first, second);
      assert.equal(told(await run(who)), first);
    });

    it('complains of nothing in many runs', async () => {
      const { run, complaints } = playground();
      for (let time = 0; time < 15; time++) await run('db.orders.findOne()');
      assert.deepEqual(complaints, []);
    });
  });

  describe('and its results', () => {
    it('end where it is reset while they are read', async () => {
      const { run, runner } = playground();
      gateway().generate('shop', 'many', { documents: 200_000, bytes: 1000 });
      await run('db.many.find()');
      const reading = (async () => {
        for await (const _ of runner.stream(1, never)) await sleep(20);
      })();
      await sleep(200);
      const [failure] = await Promise.all([failureIn(reading), runner.reset()]);
      assert.equal(failure.code, 'resultGone');
      assert.equal(told(await run('1 + 1')), 2);
    });

    it('come once where two ask for them at once', async () => {
      const { run, runner } = playground();
      gateway().generate('shop', 'many', { documents: 20_000, bytes: 1000 });
      await run('db.many.find()');
      await Promise.all([runner.more(1, 9000, never), runner.more(1, 9000, never)]);
      const value = runner.run?.outcomes[0]?.value;
      assert.ok(value?.kind === 'documents' && value.rows.count >= 18_000);
      for (let row = 0; row < value.rows.count; row++)
        assert.equal(deserialize(value.rows.bytes(row))['_id'], row);
    });

    it('are given from here where all of them are here, also without a process', async () => {
      const { run, runner } = playground();
      gateway().generate('shop', 'many', { documents: 5000, bytes: 1000 });
      await run('db.many.find()');
      await runner.more(1, 5000, never);
      await runner.reset();
      const rows = new Rows();
      let batches = 0;
      for await (const batch of runner.stream(1, never)) {
        rows.add(batch);
        batches++;
      }
      assert.ok(batches < 10, `${batches} batches`);
      assert.deepEqual([rows.count, deserialize(rows.bytes(4999))['_id']], [5000, 4999]);
    });

    it('are forgotten with the next run, also where that does not come as far as the cluster', async () => {
      let isGone = false;
      const { run } = playground({
        change: (sessions) => ({
          cloud: sessions.cloud,
          token: (cluster) => sessions.token(cluster),
          use: (cluster, what) => sessions.use(cluster, what),
          members: (cluster, signal) =>
            isGone
              ? Promise.reject(new Failure({ code: 'unreachable', host: '', detail: '' }))
              : sessions.members(cluster, signal),
        }),
      });
      gateway().generate('shop', 'many', { documents: 1000 });
      await run(['db.many.find()', 'db.many.aggregate([])']);
      assert.equal(gateway().openCursors, 2);
      isGone = true;
      assert.equal((await failureIn(run('1'))).code, 'unreachable');
      await eventually(() => assert.equal(gateway().openCursors, 0));
    });

    it('say what the database says, where it has no more of them', async () => {
      const { run, runner } = playground();
      gateway().generate('shop', 'many', { documents: 1000 });
      await run('db.many.find()');
      gateway().faults.fail(43, { command: 'getMore' });
      const { data } = await failureIn(runner.more(1, 1000, never));
      assert.ok(data.code === 'database' && data.serverCode === 43, JSON.stringify(data));
    });

    it('are gone where a stop has ended their connection', async () => {
      const { run, runner } = playground();
      gateway().generate('shop', 'many', { documents: 1000 });
      const running = run(['db.many.find()', 'for (;;) db.orders.findOne()']);
      await eventually(() => assert.equal(runner.run?.outcomes.length, 2));
      await runner.stop();
      await running;
      assert.equal((await failureIn(runner.more(1, 1000, never))).code, 'resultGone');
      const all = (async () => {
        for await (const _ of runner.stream(1, never));
      })();
      assert.equal((await failureIn(all)).code, 'resultGone');
    });
  });

  it('is no more when its playground is closed, whatever it does', async () => {
    for (const text of ['for (;;);', 'sleep(60000)', 'for (;;) db.orders.findOne()']) {
      const { run, runner } = playground();
      const pid = await pidOf(run);
      const running = run(text);
      await eventually(() => assert.equal(runner.run?.outcomes.length, 1));
      runner.dispose();
      await running;
      await eventually(() => assert.ok(!lives(pid)));
    }
  });

  it('ends by itself when a script ends it, and begins anew', async () => {
    const { run } = playground();
    const { state, outcomes } = await run('process.exit(3)');
    assert.equal(state, 'failed');
    assert.deepEqual(outcomes[0]?.problem?.failure, { code: 'playgroundEnded', cause: 'gone' });
    assert.equal(told(await run('1 + 1')), 2);
  });

  describe('and what a script leaves behind:', () => {
    it('what fails later fails alone', async () => {
      const { run } = playground();
      await run([
        'var kept = 42',
        'setTimeout(() => { throw new Error("late") }, 50)',
        'void Promise.reject(new Error("never awaited")); 1',
        'new (require("node:events").EventEmitter)().emit.call(process, "nothing")',
      ]);
      await sleep(300);
      assert.equal(told(await run('kept')), 42);
    });

    it('what is printed later is said where it was written', async () => {
      const { run } = playground();
      const done = await run([
        'setTimeout(() => print("later"), 100); print("now")',
        'print("other"); sleep(500)',
      ]);
      assert.deepEqual([printed(done, 0), printed(done, 1)], [['now', 'later'], ['other']]);
    });

    it('what is printed after its run is not said in the next', async () => {
      const { run } = playground();
      await run('setTimeout(() => print("later"), 200)');
      const next = await run('sleep(600)');
      assert.deepEqual(printed(next, 0), []);
    });

    it('what it changes about its world changes nothing about that of the playground', async () => {
      const { run } = playground();
      const changes = [
        'print = 1',
        'Object.prototype.polluted = "everywhere"; Array.prototype.extra = 1',
        'JSON = undefined; Symbol.iterator; Promise.prototype.then; 1',
        'console = undefined; require = undefined; 1',
      ];
      for (const change of changes) assert.equal((await run(change)).state, 'done', change);
      const after = await run([
        'db.orders.find().limit(3).toArray()',
        'db.orders.find().limit(3)',
        '({ a: 1 })',
        'db.orders.countDocuments({}) > 0',
        'typeof require',
      ]);
      assert.equal(after.state, 'done');
      assert.deepEqual(
        after.outcomes.map((_, index) => told(after, index)),
        [3, 3, 1, true, 'function'],
      );
      const [, , third] = after.outcomes;
      assert.ok(third?.value.kind === 'documents');
      assert.deepEqual(deserialize(third.value.rows.bytes(0)), { a: 1 });
    });

    it('no database in `db` is refused', async () => {
      const { run } = playground();
      const { outcomes } = await run('db = 1');
      assert.equal(outcomes[0]?.problem?.failure.code, 'script');
      assert.equal(told(await run('db.getName()')), 'shop');
    });
  });

  describe('and what is no document:', () => {
    const kinds: Readonly<Record<string, string>> = {
      'what contains itself': 'const it = { a: 1 }; it.it = it; it',
      'what is very deep': 'let deep = {}; for (let level = 0; level < 20000; level++) deep = { deep }; deep',
      'a getter that throws': '({ get bad() { throw new Error("never") } })',
      'a list with one of these': '[1, { get bad() { throw new Error("never") } }]',
      'a proxy that refuses': 'new Proxy({}, { ownKeys() { throw new Error("never") } })',
      'what is too large': '({ text: "x".repeat(20e6) })',
      'bytes that are too many': '({ bytes: new Uint8Array(20e6) })',
      'a list that is too long': '({ list: new Array(3e6).fill(1) })',
    };
    for (const [name, text] of Object.entries(kinds))
      it(`${name} is told as text`, async () => {
        const { run } = playground();
        const done = await run(`(() => { ${text.replace(/([^;]*)$/, ' return ($1)')} })()`);
        const [{ value } = assert.fail()] = done.outcomes;
        assert.equal(value.kind, 'text', JSON.stringify(done.outcomes));
        assert.ok(value.text.length < 2_000_000);
        assert.equal(told(await run('1 + 1')), 2);
      });

    it('a huge text is a text', async () => {
      const { run } = playground();
      assert.equal(String(told(await run('"x".repeat(50e6)'))).length, 50e6);
    });

    it('many documents that are more than one may be are all there', async () => {
      const { run } = playground();
      const done = await run('Array.from({ length: 40 }, () => ({ text: "x".repeat(1e6) }))');
      assert.equal(told(done), 40);
    });
  });

  it('that prints without end drowns nobody', async () => {
    for (const loop of ['while (true) print("")', 'while (true) print("x".repeat(100_000))']) {
      const { run, runner } = playground();
      let changes = 0;
      runner.onChange(() => changes++);
      const before = memory().heapUsed;
      const running = run(loop);
      await eventually(() => assert.ok((runner.run?.outcomes[0]?.printed.length ?? 0) >= 10));
      const began = performance.now();
      await sleep(1500);
      assert.ok(performance.now() - began < 4000, 'nobody else has a turn');
      await runner.stop();
      const { outcomes } = await running;
      const lines = outcomes[0]?.printed ?? [];
      assert.ok(lines.length <= 50_000 && lines.join('').length <= 1_000_000);
      assert.ok(changes < 2000, `${changes} changes`);
      assert.ok(memory().heapUsed - before < 50_000_000);
    }
  });
});

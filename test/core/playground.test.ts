/** Playgrounds at a local Azure, each in its process: what runs there is mongosh's own language. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Rows } from '../../src/core/playground/rows.ts';
import type { Run } from '../../src/core/playground/run.ts';
import { documentsOf, folder, onPlaygrounds, playground } from './runnerStage.ts';
import { asked as commandsAsked, onSessions } from './sessionStage.ts';
import { eventually } from '../editor/eventually.ts';

describe('a playground', function () {
  this.timeout(30_000);
  onSessions();
  onPlaygrounds();

  const states = ({ outcomes }: Run): readonly string[] => outcomes.map(({ state }) => state);
  const value = ({ outcomes }: Run, index = outcomes.length - 1): unknown =>
    (documentsOf(outcomes[index] ?? assert.fail())[0] as { readonly value?: unknown } | undefined)?.value;

  it('runs statements one after the other, and keeps what each came to', async () => {
    const { run } = playground();
    const { state, outcomes } = await run([
      'const several = db.orders.countDocuments({}) > 1',
      'several',
      'db.orders.aggregate([{ $count: "all" }])',
      'print("hello", 1)',
    ]);
    assert.equal(state, 'done');
    assert.deepEqual(
      outcomes.map(({ value: { kind } }) => kind),
      ['nothing', 'value', 'documents', 'nothing'],
    );
    const [, flag, counted, printed] = outcomes;
    assert.ok(flag !== undefined && counted !== undefined);
    assert.deepEqual(documentsOf(flag), [{ value: true }]);
    assert.deepEqual(Object.keys(documentsOf(counted)[0] as object), ['all']);
    assert.deepEqual(printed?.printed, ['hello 1']);
  });

  it('keeps its variables from run to run, until it is reset', async () => {
    const { run, runner } = playground();
    await run(['let kept = 1', 'function twice(one) { return 2 * one }']);
    assert.equal(value(await run(['kept += 1; twice(kept)'])), 4);
    await runner.reset();
    assert.equal(runner.isAlive, false);
    const { outcomes } = await run(['kept']);
    assert.equal(outcomes[0]?.problem?.failure.code, 'script');
  });

  it('says that its variables are gone when it is reset, also where nothing runs', async () => {
    const { run, runner } = playground();
    await run(['var a = 1']);
    const heard: boolean[] = [];
    runner.onChange(() => heard.push(runner.isAlive));
    await runner.reset();
    assert.deepEqual(heard, [false]);
  });

  it('runs in the database that it is told, whatever the run before has used', async () => {
    const { run } = playground();
    await run(['use("elsewhere")', 'db.getName()']);
    const { outcomes } = await run(['db.getName()'], { database: 'shop' });
    assert.deepEqual(outcomes[0]?.value, { kind: 'text', text: 'shop' });
  });

  it('shows the first page of many documents, and more when it is asked', async () => {
    const { run, runner } = playground();
    await run(['db.orders.find()']);
    const documents = () => {
      const shown = runner.run?.outcomes[0]?.value;
      return shown?.kind === 'documents' ? shown : assert.fail();
    };
    assert.deepEqual([documents().rows.count, documents().hasMore], [100, true]);
    assert.deepEqual(documents().place, { database: 'shop', collection: 'orders' });
    await runner.more(1, 1000, new AbortController().signal);
    assert.deepEqual([documents().rows.count, documents().hasMore], [160, false]);
  });

  it('gives all documents from their beginning, and what is shown stays as it is', async () => {
    const { run, runner } = playground();
    await run([
      'db.orders.find().sort({ _id: 1 })',
      'db.orders.find().sort({ _id: 1 }).map(({ _id }) => ({ _id }))',
    ]);
    for (const outcome of [1, 2]) {
      const parts: Uint8Array[] = [];
      for await (const part of runner.stream(outcome, new AbortController().signal)) parts.push(part);
      const rows = new Rows();
      rows.add(Buffer.concat(parts));
      assert.equal(rows.count, 160, `of ${outcome}`);
      const shown = runner.run?.outcomes[outcome - 1]?.value;
      assert.ok(shown?.kind === 'documents' && shown.rows.count === 100);
      assert.deepEqual(rows.bytes(42), Buffer.from(shown.rows.bytes(42)));
    }
  });

  it('loses nothing of what JavaScript has no type for', async () => {
    const { run, sessions, cluster } = playground();
    // The order of fields, whole numbers that are none, and types that are of no use any more.
    const bytes = Buffer.concat([
      Buffer.from([0, 0, 0, 0]),
      Buffer.from('\x10_id\0\x01\0\0\0', 'latin1'),
      Buffer.from('\x0110\0\0\0\0\0\0\0\xf0?', 'latin1'),
      Buffer.from('\x102\0\x02\0\0\0', 'latin1'),
      Buffer.from('\x0es\0\x03\0\0\0ab\0', 'latin1'),
      Buffer.from('\x01z\0\0\0\0\0\0\0\0\x80', 'latin1'),
      Buffer.from([0]),
    ]);
    bytes.writeInt32LE(bytes.length);
    await sessions.run(cluster, async (client) => {
      const { BSON } = (await import('mongodb')).default;
      const document = BSON.deserialize(bytes, { promoteValues: false });
      // An object would sort its fields: a map does not.
      const fields = new Map<string, unknown>([
        ['_id', document['_id']],
        ['10', document['10']],
        ['2', document['2']],
        ['s', document['s']],
        ['z', document['z']],
      ]);
      await client
        .db('shop')
        .command({ drop: 'kinds' })
        .catch(() => undefined);
      await client.db('shop').command({ insert: 'kinds', documents: [fields] });
    });
    const { outcomes } = await run([
      'db.kinds.find()',
      'db.kinds.findOne()',
      'db.kinds.find().toArray()',
      'db.kinds.aggregate([{ $match: {} }])',
      'const changed = db.kinds.findOne(); changed.more = 1; changed',
    ]);
    const shown = outcomes.map(({ value: came }) =>
      came.kind === 'documents' ? Buffer.from(came.rows.bytes(0)).toString('hex') : came.kind,
    );
    assert.deepEqual(
      shown.slice(0, 4),
      Array.from({ length: 4 }, () => bytes.toString('hex')),
    );
    assert.notEqual(shown[4], bytes.toString('hex'));
  });

  it('says on which line of the file it failed', async () => {
    const { run } = playground();
    const { state, outcomes } = await run(['1', 'for (const one of [1]) {\n\n  null.field\n}', '2']);
    assert.equal(state, 'failed');
    assert.equal(outcomes.length, 2);
    const { failure, line } = outcomes[1]?.problem ?? assert.fail();
    assert.equal(line, 3);
    assert.equal(failure.code === 'script' && failure.name, 'TypeError');
  });

  it('says on which line a function failed that an earlier run has made', async () => {
    const { run } = playground();
    await run(['1', 'function fails() {\n  return missing.field\n}']);
    const { outcomes } = await run(['\n\nfails()']);
    assert.equal(outcomes[0]?.problem?.line, 2);
  });

  it('says what the database answered, and where', async () => {
    const { run } = playground();
    const { outcomes } = await run([
      'for (const one of [1]) {\n  db.orders.find({ $nonsense: one }).toArray()\n}',
      '1',
    ]);
    assert.equal(outcomes.length, 1);
    const { failure, line } = outcomes[0]?.problem ?? assert.fail();
    assert.equal(failure.code === 'database' && failure.serverCode, 2);
    assert.equal(line, 1);
  });

  it('opens no connection of its own, which could want a password', async () => {
    const { run } = playground();
    const { outcomes } = await run(['connect("mongodb://127.0.0.1:1/")']);
    assert.equal(outcomes[0]?.problem?.failure.code, 'oneCluster');
  });

  it('reads files that are beside it', async () => {
    const { run } = playground();
    await writeFile(join(folder, 'beside.js'), 'const beside = db.getName() + "!"');
    const { outcomes } = await run(['load("beside.js")', 'beside']);
    assert.deepEqual(outcomes[1]?.value, { kind: 'text', text: 'shop!' });
  });

  it('keeps a thousand lines of what is printed without end, and can be stopped', async () => {
    const { run, runner } = playground();
    const running = run(['while (true) print("x".repeat(1000))']);
    await eventually(() => assert.ok((runner.run?.outcomes[0]?.printed.length ?? 0) >= 1000));
    await runner.stop();
    const { outcomes } = await running;
    assert.ok((outcomes[0]?.printed.join('').length ?? 0) <= 1_000_000);
  });

  describe('is stopped', () => {
    const endless: Readonly<Record<string, string>> = {
      'that never waits': 'while (true) {}',
      'that asks the database': 'while (true) db.orders.findOne()',
      'that sleeps': 'sleep(60000)',
    };
    for (const [name, loop] of Object.entries(endless))
      it(`in a loop ${name}, and keeps its variables`, async () => {
        const { run, runner } = playground();
        await run(['let kept = 1']);
        const running = run(['kept = 2', loop, 'kept = 3']);
        await eventually(() => assert.equal(runner.run?.outcomes.length, 2));
        const began = performance.now();
        await runner.stop();
        assert.ok(performance.now() - began < 10_000);
        const stopped = await running;
        assert.equal(stopped.state, 'stopped');
        assert.deepEqual(states(stopped), ['done', 'stopped']);
        assert.equal(value(await run(['kept'])), 2);
      });

    it('before it has begun, and nothing begins', async () => {
      const { run, runner } = playground();
      const running = run(['while (true) {}']);
      await runner.stop();
      assert.equal((await running).state, 'stopped');
      assert.deepEqual([runner.isAlive, runner.isRunning], [false, false]);
    });

    it('before it has begun by whoever leaves, and nothing begins', async () => {
      const { run, runner } = playground();
      const running = run(['while (true) {}']);
      runner.dispose();
      assert.equal((await running).state, 'stopped');
      assert.equal(runner.isAlive, false);
    });

    it('where nothing else helps, with its process', async () => {
      const { run, runner } = playground();
      const running = run(['(async () => { for (;;) await 0 })()', '(async () => { for (;;) await 0 })()']);
      await eventually(() => assert.ok((runner.run?.outcomes.length ?? 0) >= 1));
      await runner.stop();
      const { state } = await running;
      assert.equal(state, 'stopped');
      assert.equal(runner.isAlive, false);
      assert.equal(value(await run(['1 + 1'])), 2);
    });
  });

  describe('whose process ends', () => {
    it('from outside says so, and runs again', async () => {
      const { run, runner } = playground();
      const running = run(['process.kill(process.pid, "SIGKILL"); sleep(5000)']);
      const { outcomes, state } = await running;
      assert.equal(state, 'failed');
      assert.deepEqual(outcomes[0]?.problem?.failure, { code: 'playgroundEnded', cause: 'gone' });
      assert.equal(runner.isAlive, false);
      assert.equal(value(await run(['1 + 1'])), 2);
    });

    it('because it took too much memory says that', async () => {
      const { run } = playground();
      const { outcomes } = await run(['const all = []; for (;;) all.push(new Array(100000).fill({}))']);
      assert.deepEqual(outcomes[0]?.problem?.failure, { code: 'playgroundEnded', cause: 'memory' });
      // A slow machine needs its time to fill so much.
    }).timeout(120_000);

    it('has its documents where they were shown, and no more of them', async () => {
      const { run, runner } = playground();
      await run(['db.orders.find()']);
      await runner.reset();
      const shown = runner.run?.outcomes[0]?.value;
      assert.ok(shown?.kind === 'documents' && shown.rows.count === 100);
      await assert.rejects(runner.more(1, 10, new AbortController().signal), { code: 'resultGone' });
    });
  });

  describe('at a protected cluster', () => {
    it('asks before it writes, naming what it does, and not before it reads', async () => {
      const { run, asked } = playground();
      await run(
        ['db.orders.find().toArray().length', 'db.scratch.insertOne({ a: 1 })', 'db.scratch.drop()'],
        {
          isProtected: true,
        },
      );
      assert.deepEqual(
        asked.map(({ effect, collection }) => `${effect} ${collection}`),
        ['insert scratch', 'drop scratch'],
      );
    });

    it('sends nothing that was not allowed, and nothing after it', async () => {
      const { run } = playground({ allows: false });
      const ways = [
        'db.orders.deleteMany({})',
        'db.orders.aggregate([{ $out: "copy" }])',
        'db.orders.aggregate([{ $out: "copy" }]).toArray()',
        'const bulk = db.orders.initializeOrderedBulkOp(); bulk.find({}).delete(); bulk.execute()',
        'db.runCommand({ drop: "orders" })',
        'db.dropDatabase()',
      ];
      for (const way of ways) {
        const { state, outcomes } = await run([way, '1'], { isProtected: true });
        assert.equal(state, 'stopped', `${way} ${JSON.stringify(outcomes[0]?.problem)}`);
        assert.equal(outcomes.length, 1, way);
      }
      for (const name of ['delete', 'drop', 'dropDatabase']) assert.deepEqual(commandsAsked(name), [], name);
    });
  });

  it('gets tokens when it needs them, and they are nowhere else', async () => {
    const { run, stage, complaints } = playground();
    const { outcomes } = await run([
      'db.runCommand({ connectionStatus: 1 }).ok',
      'JSON.stringify(process.env) + JSON.stringify(process.argv) + String(process.send)',
    ]);
    const shown = outcomes[1]?.value;
    assert.ok(shown?.kind === 'text');
    for (const token of stage.issued)
      for (const part of token.split('.')) assert.ok(![shown.text, ...complaints].join('').includes(part));
    assert.match(shown.text, /undefined$/);
  });
});

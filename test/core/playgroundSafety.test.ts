/** Playgrounds against scripts, servers and surroundings that want what is not theirs. */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withoutSecrets } from '../../src/core/failure.ts';
import type { Deed } from '../../src/core/playground/deed.ts';
import { openHistory, pastOfOutcome } from '../../src/core/playground/history.ts';
import type { Run } from '../../src/core/playground/run.ts';
import { eventually } from '../editor/eventually.ts';
import { documentsOf, folder, onPlaygrounds, playground } from './runnerStage.ts';
import { asked as commandsAsked, azure, gateway, holdsNoToken, member, onSessions } from './sessionStage.ts';
import { suffix } from './sessionStage.ts';
import { printed } from './stage.ts';
import { leadTo, startStranger } from './stranger.ts';

/** How a script that wants its person's token finds it: it is in the same process. */
const digs = [
  `const { mongoClient } = db.getMongo()._serviceProvider;
const callback = mongoClient.options.credentials.mechanismProperties.OIDC_CALLBACK;
let found = "";`,
  '(async () => { found = (await callback()).accessToken })()',
];

describe('a playground keeps', function () {
  this.timeout(30_000);
  onSessions();
  onPlaygrounds();

  const failureOf = ({ outcomes }: Run) =>
    outcomes.at(-1)?.problem?.failure ?? assert.fail(printed(outcomes));
  describe('tokens', () => {
    it('out of what it says of an error, whatever that says', async () => {
      const { run, stage } = playground();
      const ways = [
        'throw new Error(found)',
        'throw new Error(`Bearer ${found}`)',
        'throw found',
        'throw Object.assign(new Error("no"), { name: found })',
        'throw { toString: () => found }',
        'throw Object.assign(new Error(found), { name: "MongoServerError", code: 1, codeName: found })',
        'require(found)',
        'db.orders.find({ $nonsense: found }).toArray()',
        'load(found)',
      ];
      await run(digs);
      for (const way of ways) {
        const { outcomes } = await run([way]);
        const { problem } = outcomes[0] ?? assert.fail();
        assert.ok(problem !== undefined, way);
        holdsNoToken(stage, printed(problem));
      }
    });

    it('out of what it says of a server that repeats them', async () => {
      const { run, stage } = playground();
      await run(['db.runCommand({ ping: 1 })']);
      const [token] = stage.issued;
      gateway().faults.fail(2, { command: 'find', message: `Bearer ${token}, and ${token}` });
      const failure = failureOf(await run(['db.orders.findOne()']));
      assert.equal(failure.code, 'database');
      holdsNoToken(stage, printed(failure));
    });

    it('out of the history, where somebody has written them into a statement', async () => {
      const { run, stage, cluster } = playground();
      await run(['1']);
      const [token] = stage.issued;
      const history = openHistory({
        folder: join(folder, 'history'),
        isOn: () => true,
        trouble: () => undefined,
      });
      const done = await run(['db.runCommand({ ping: 1 })', `const token = "${token}"`, `throw "${token}"`]);
      for (const outcome of done.outcomes) history.add(pastOfOutcome(done, outcome) ?? assert.fail());
      await history.flush();
      const [file] = await readdir(join(folder, 'history'));
      const kept = await readFile(join(folder, 'history', file ?? ''), 'utf8');
      assert.match(kept, new RegExp(cluster.name));
      holdsNoToken(stage, kept);
    });

    it('out of the log, whatever a script writes to nobody, or has Node write', async () => {
      const { run, stage, complaints } = playground();
      await run(digs);
      await run([
        'process.stdout.write(`${found}\\n`); process.stderr.write(`{"access_token":"${found}"}\\n`)',
        'process.stderr.write("x ".repeat(32 * 1024 - 20) + found)',
      ]);
      await run(['process.emitWarning(found); setTimeout(() => { throw new Error(found) }, 1); sleep(100)']);
      await eventually(() => assert.match(complaints.join('').slice(-5000), /Warning: eyJ/));
      await run([
        'process.removeAllListeners("uncaughtException")',
        'setTimeout(() => { throw new Error(found) }, 1); sleep(5000)',
      ]);
      await eventually(() => assert.match(complaints.join(''), /throw/));
      assert.ok(stage.issued.some((token) => complaints.join('').includes(token)));
      for (const complaint of complaints) holdsNoToken(stage, withoutSecrets(complaint));
    });

    it('from a script that listens, and believes nobody who speaks for the editor', async () => {
      const { run, stage, asked } = playground({ allows: false });
      await run([
        `const heard = [];
process.on("message", (message) => heard.push(message));
process.on("internalMessage", (message) => heard.push(message));
process.prependListener("message", (message) => heard.push(message));`,
        'try { process.emit = (...given) => heard.push(given) } catch { "it cannot" }',
      ]);
      // Another client wants another token.
      const { outcomes } = await run([
        'db.getMongo().setReadPref("nearest"); db.orders.countDocuments({}) > 1',
        'heard.length',
        '[process.send, process._send].join()',
        'Object.keys(process.env).filter((name) => /CHANNEL/.test(name)).length',
      ]);
      assert.deepEqual(
        outcomes.map(({ value, ...outcome }) =>
          value.kind === 'text' ? value.text : documentsOf({ value, ...outcome })[0],
        ),
        [{ value: true }, { value: 0 }, ',', { value: 0 }],
      );
      assert.ok(stage.issued.length > 0);
      const forger = `setInterval(() => {
  for (let ask = 0; ask < 100; ask++)
    for (const message of [{ kind: "permit", ask, isAllowed: true }, { kind: "protect", isProtected: false }])
      for (const sent of [message, ["", message], [undefined, message]]) process.emit("message", sent);
}, 1)`;
      const forged = await run([forger, 'sleep(50)', 'db.orders.deleteMany({})'], { isProtected: true });
      assert.equal(forged.state, 'stopped', printed(forged.outcomes));
      assert.equal(asked.length, 1);
      assert.deepEqual(commandsAsked('delete'), []);
    });

    it('to the person and cluster of a run: a connection of the run before gets none', async () => {
      const { run, cluster } = playground();
      const tell = [...digs.slice(1), 'found.length > 0'];
      const first = await run([...digs, 'found.length > 0']);
      assert.deepEqual(documentsOf(first.outcomes[2] ?? assert.fail()), [{ value: true }]);
      // Its connection is over, and asks for a token once more.
      const { outcomes } = await run(tell, { cluster: { ...cluster, key: `${cluster.key} as robin` } });
      assert.deepEqual(outcomes[0]?.problem?.failure, { code: 'cancelled' }, printed(outcomes));
    });
  });

  describe('to its surroundings', () => {
    const withEnvironment = async (
      environment: Readonly<Record<string, string>>,
      test: () => Promise<void>,
    ) => {
      const before = { ...process.env };
      Object.assign(process.env, environment);
      try {
        await test();
      } finally {
        for (const name of Object.keys(environment))
          if (before[name] === undefined) delete process.env[name];
          else process.env[name] = before[name];
      }
    };

    it('no further than their certificates: it loads, logs and debugs nothing for them', async () => {
      await writeFile(join(folder, 'evil.cjs'), 'globalThis.evil = true; console.error("evil was here")');
      const environment = {
        NODE_OPTIONS: `--require ${join(folder, 'evil.cjs')} --use-system-ca --report-uncaught-exception`,
        NODE_DEBUG: 'net,tls,child_process',
        MONGODB_LOG_ALL: 'trace',
        MONGODB_LOG_PATH: 'stderr',
        NODE_V8_COVERAGE: join(folder, 'coverage'),
      };
      await withEnvironment(environment, async () => {
        const { run, complaints } = playground();
        const { outcomes } = await run([
          'db.orders.countDocuments({}) > 1',
          '[typeof evil, process.env.NODE_OPTIONS, process.env.NODE_DEBUG].join()',
        ]);
        assert.deepEqual(outcomes[1]?.value, { kind: 'text', text: 'undefined,--use-system-ca,' });
        assert.deepEqual(complaints, []);
      });
    });

    it('nobody that has no certificate for its name, though the environment says that it needs none', async () => {
      await withEnvironment({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }, async () => {
        const stranger = await startStranger([member], { trusted: false });
        const { run, stage } = playground({ resolver: leadTo(stranger.port) });
        const failing = run(['process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0"', 'db.orders.findOne()']);
        await assert.rejects(failing, { code: 'databaseUnreachable' });
        assert.deepEqual([stranger.heard, stage.issued], [[], []]);
      });
    });

    it('nobody whom only a server names', async () => {
      const other = await startStranger(['127.0.0.1', `*.${suffix}`], { trusted: true });
      for (const its of [`127.0.0.1:${other.port}`, `fc-other-000.${suffix}:${other.port}`]) {
        const server = await startStranger([member], {
          trusted: true,
          hello: { msg: '', setName: 'set', me: its, primary: its, hosts: [its] },
        });
        const authorities = join(folder, 'authorities.pem');
        await writeFile(
          authorities,
          [azure().certificateAuthority, other.authority, server.authority].join('\n'),
        );
        const { run, stage } = playground({
          resolver: leadTo(server.port),
          runner: { environment: { NODE_EXTRA_CA_CERTS: authorities } },
        });
        await assert.rejects(run(['db.orders.findOne()']), { code: 'hostRefused' });
        assert.notDeepEqual(server.heard, []);
        assert.deepEqual(stage.issued, []);
      }
      assert.deepEqual(other.heard, []);
    });

    it('no other cluster, whatever a script calls to get there', async () => {
      const { run } = playground();
      const uri = 'mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=100';
      for (const way of [
        `connect("${uri}")`,
        `Mongo("${uri}")`,
        `new Mongo("${uri}")`,
        `new Mongo("${uri}").getDB("shop").orders.findOne()`,
      ])
        assert.equal(failureOf(await run([way])).code, 'oneCluster', way);
      const { outcomes } = await run([
        'db.getMongo().getDB("shop").orders.countDocuments({}) > 1',
        'db.getSiblingDB("shop").orders.countDocuments({}) > 1',
      ]);
      assert.deepEqual(outcomes.map(documentsOf), [[{ value: true }], [{ value: true }]]);
    });
  });

  describe('a protected cluster', () => {
    it('whatever a document is made of', async () => {
      const { run, asked } = playground({ allows: false });
      for (const way of [
        'db.orders.aggregate([new Map([["$out", "copy"]])]).toArray()',
        'db.runCommand(new Map([["drop", "orders"]]))',
        'db.orders.deleteMany(new Map())',
        'const session = db.getMongo().startSession(); session.getDatabase("shop").orders.drop()',
      ]) {
        const { state, outcomes } = await run([way], { isProtected: true });
        assert.equal(state, 'stopped', `${way} ${printed(outcomes)}`);
        assert.equal(asked.splice(0).length, 1, way);
      }
      for (const name of ['delete', 'drop']) assert.deepEqual(commandsAsked(name), [], name);
    });

    it('from what was prepared before it was one', async () => {
      const { run, asked } = playground({ allows: false });
      await run(['const bulk = db.scratch.initializeOrderedBulkOp(); bulk.insert({ a: 1 }); let other = 1']);
      const { state } = await run(['bulk.execute()'], { isProtected: true });
      assert.equal(state, 'stopped');
      assert.deepEqual(
        asked.map(({ effect, collection }) => `${effect} ${collection}`),
        ['insert scratch'],
      );
    });

    it('from what was asked about before somebody stopped it', async () => {
      const answer = Promise.withResolvers<boolean>();
      const asked = Promise.withResolvers<void>();
      const permits = (): Promise<boolean> => {
        asked.resolve();
        return answer.promise;
      };
      const { run, runner } = playground({ runner: { permits } });
      const running = run(['db.scratch.insertOne({ a: 1 })'], { isProtected: true });
      await asked.promise;
      await runner.stop();
      assert.equal((await running).state, 'stopped');
      assert.ok(runner.isAlive);
      answer.resolve(true);
      await run(['sleep(50)', 'db.scratch.countDocuments({})']);
      assert.deepEqual(commandsAsked('insert'), []);
    });

    it('from the moment at which it becomes one, and no longer', async () => {
      const { run, runner, asked } = playground();
      const loop =
        'for (let round = 0; round < 100000; round++) { db.scratch.insertOne({ round }); sleep(5) }';
      const running = run([loop]);
      await eventually(() => assert.ok(commandsAsked('insert').length > 3));
      assert.equal(asked.length, 0);
      runner.protect(true);
      await eventually(() => assert.ok(asked.length > 3));
      runner.protect(false);
      const before = commandsAsked('insert').length;
      await eventually(() => assert.ok(commandsAsked('insert').length > before + 3));
      const { length } = asked;
      await eventually(() => assert.ok(commandsAsked('insert').length > before + 6));
      assert.equal(asked.length, length);
      await runner.stop();
      await running;
    });
  });

  describe('the editor', () => {
    /** A process that says this when it is to run, in place of a playground's. */
    const impostor = async (name: string, says: string): Promise<string> => {
      const file = join(folder, `${name}.mjs`);
      await writeFile(
        file,
        `process.on('message', ([, { kind, run, steps, ask }]) => {
  const say = (message) => process.send(message);
  if (kind === 'run') { const [{ outcome }] = steps; ${says} }
  if (kind === 'more' || kind === 'stream' || kind === 'next')
    say({ kind: 'batch', ask, batch: Buffer.from([9, 0, 0, 0]), hasMore: true });
});`,
      );
      return file;
    };

    it('from a process that says what is nothing', async () => {
      const entry = await impostor(
        'nonsense',
        `
const five = [5, 0, 0, 0, 0];
const batches = [[0, 0, 0, 0], [0, 0, 0, 0, 0], [255, 255, 255, 255, 0], [5, 0, 0, 0, 1], [6, 0, 0, 0, 0],
  [...five, 0], [...five, 0, 0, 0, 0, 0], [255, 255, 255, 127, 0], [4, 0, 0, 0, 0]].map((bytes) => Buffer.from(bytes));
for (const nothing of [0, 1, '', 'run', true, [], [1], {}, { kind: 'nothing' }, new Map(), new Date(), { kind: {} }])
  say(nothing);
for (const kind of ['began', 'printed', 'came', 'failed', 'permit', 'changing', 'did', 'batch', 'gone', 'askFailed', 'token'])
  for (const odd of [undefined, null, -1, 1.5, NaN, '1', {}, [], 2 ** 60, 99])
    say({ kind, outcome: odd, ask: odd, took: odd, text: odd, value: odd, problem: odd, effect: odd, deeds: odd, batch: odd, failure: odd, person: odd });
say({ kind: 'began', outcome });
for (const batch of [...batches, 'bytes', [5, 0, 0, 0, 0], new Uint16Array(5)])
  for (const sort of ['value', 'documents']) say({ kind: 'came', outcome, took: 1, value: { kind: sort, batch, hasMore: false } });
for (const took of [NaN, Infinity, -1, '1']) say({ kind: 'came', outcome, took, value: { kind: 'nothing' } });
for (const odd of [undefined, null, -1, 1.5, true, {}, [], 2 ** 60])
  say({ kind: 'did', deeds: [odd, { command: 'insert', database: 'shop', calls: odd, done: 0, failed: 0 }, { command: odd, database: odd, calls: 1, done: 1, failed: 0 }] });
say({ kind: 'did', deeds: [{ command: 'i'.repeat(5000), database: 'shop', collection: 1, detail: {}, calls: 1, done: 1, failed: 0, documents: -1, errors: ['text', 1, 2, 3, 4, 5, 6, 7] }] });
say({ kind: 'permit', ask: 1, effect: { effect: 'nonsense', database: 'shop' } });
say({ kind: 'permit', ask: 1, effect: { effect: 'drop', database: {} } });
say({ kind: 'came', outcome, took: 1, value: { kind: 'documents', batch: Buffer.from(five), hasMore: 'yes', place: { database: 'shop', collection: 'orders', cluster: { key: 'other' }, ['__proto__']: { polluted: true } } } });
say({ kind: 'came', outcome, took: 2, value: { kind: 'text', text: 'too late' } });
say({ kind: 'failed', outcome, took: 2, problem: { failure: { code: 'internal', message: 'too late' } } });
say({ kind: 'over' });`,
      );
      const did: Deed[] = [];
      const { run, asked } = playground({ runner: { entry, did: (_, deeds) => did.push(...deeds) } });
      const { state, outcomes } = await run(['1', '2']);
      assert.equal(state, 'done');
      const [only, ...others] = outcomes;
      assert.ok(only?.value.kind === 'documents' && only.problem === undefined);
      assert.deepEqual(
        [only.took, only.value.rows.count, only.value.hasMore, only.printed],
        [1, 1, false, []],
      );
      assert.deepEqual(only.value.place, { database: 'shop', collection: 'orders' });
      assert.deepEqual([others, asked], [[], []]);
      const [deed, ...more] = did;
      assert.deepEqual(more, []);
      assert.deepEqual(
        { ...deed, command: deed?.command.length },
        {
          command: 300,
          database: 'shop',
          collection: undefined,
          detail: undefined,
          calls: 1,
          done: 1,
          failed: 0,
          documents: undefined,
          errors: [1, 2, 3, 4, 5],
        },
      );
      assert.equal(({} as { readonly polluted?: unknown }).polluted, undefined);
    });

    it('from a process that ends a run, and not what is run', async () => {
      const entry = await impostor('hasty', `say({ kind: 'began', outcome }); say({ kind: 'over' });`);
      const { run } = playground({ runner: { entry } });
      for (let round = 0; round < 2; round++) assert.equal((await run(['1'])).state, 'failed');
    });

    it('from a process that always has more, and never says what', async () => {
      const entry = await impostor(
        'endless',
        `say({ kind: 'began', outcome });
say({ kind: 'came', outcome, took: 1, value: { kind: 'documents', batch: Buffer.alloc(0), hasMore: true } });
say({ kind: 'over', isStopped: false });`,
      );
      const file = await readFile(entry, 'utf8');
      await writeFile(entry, file.replace('Buffer.from([9, 0, 0, 0])', 'Buffer.alloc(0)'));
      const { run, runner } = playground({ runner: { entry } });
      await run(['1']);
      const { signal } = new AbortController();
      await runner.more(1, 1000, signal);
      for await (const batch of runner.stream(1, signal)) assert.fail(printed(batch));
    });

    it('from failures that would have somebody sign in elsewhere, or have no words', async () => {
      const entry = await impostor(
        'failing',
        `say({ kind: 'began', outcome });
say({ kind: 'failed', outcome, took: 1, problem: { failure: globalThis.next ?? { code: 'signInNeeded', tenant: 'elsewhere', resource: 'https://elsewhere.example' }, line: -4 } });
say({ kind: 'over', isStopped: false });
globalThis.next = { code: 'databaseUnreachable', cause: 'nonsense', host: {} };`,
      );
      const { run } = playground({ runner: { entry } });
      const first = await run(['1']);
      assert.deepEqual(first.outcomes[0]?.problem, {
        failure: { code: 'internal', message: '' },
        line: undefined,
      });
      const second = await run(['1']);
      assert.deepEqual(second.outcomes[0]?.problem?.failure, {
        code: 'databaseUnreachable',
        host: '',
        detail: '',
        cause: 'cut',
      });
    });

    it('from a process that wants a token for somebody else', async () => {
      const entry = await impostor(
        'greedy',
        `say({ kind: 'token', ask: 1, person: 'somebody else' });
globalThis.waiting = () => say({ kind: 'notBegun', failure: { code: 'internal', message: 'told' } });`,
      );
      const file = await readFile(entry, 'utf8');
      await writeFile(
        entry,
        `${file}
process.on('message', ([, { kind }]) => kind === 'noToken' && globalThis.waiting());`,
      );
      const { run, stage } = playground({ runner: { entry } });
      await assert.rejects(run(['1']), { code: 'internal' });
      assert.deepEqual(stage.issued, []);
    });

    it('from what cannot be looked at, and is thrown all the same', async () => {
      const { run } = playground();
      const { outcomes } = await run(['throw Object.create(null)', '1']);
      assert.deepEqual(outcomes[0]?.problem?.failure, { code: 'script', name: '', message: '' });
      for (const way of [
        'throw new Proxy(new Error("x"), { get() { throw 1 } })',
        'throw { toString() { throw 1 } }',
      ]) {
        const { state } = await run([way]);
        assert.equal(state, 'failed', way);
      }
    });
  });
});

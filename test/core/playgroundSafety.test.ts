/** Playgrounds against scripts, servers and surroundings that want what is not theirs. */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withoutSecrets } from '../../src/core/failure.ts';
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

    it('out of the log, whatever a script writes to nobody, and when it takes its process with it', async () => {
      const { run, stage, complaints } = playground();
      await run(digs);
      await run([
        'process.stdout.write(`${found}\\n`); process.stderr.write(`{"access_token":"${found}"}\\n`)',
        'process.stderr.write("x ".repeat(32 * 1024 - 20) + found)',
      ]);
      await run(['setTimeout(() => { throw new Error(found) }, 1); sleep(5000)']);
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
});

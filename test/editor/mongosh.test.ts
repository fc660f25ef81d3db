import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { Failure } from '../../src/core/failure.ts';
import { eventually } from './eventually.ts';
import { onScene, setting } from './scene.ts';
import { dismiss } from './stage.ts';

const kai = 'kai@contoso.com';
const kaisId = '9e550000-0000-4000-8000-000000000001';
/** From where the suite is built to. */
const script = join(__dirname, '../../../node_modules/mongosh/bin/mongosh.js');

describe('the command', () => {
  const scene = onScene();

  describe('openMongosh', function () {
    this.timeout(60_000);
    let folder: string;
    let mongosh: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'mongosh-typed-'));
      mongosh = join(folder, 'mongosh');
      // On the editor's Node: of an older one it believes the machine's own authorities only.
      await writeFile(mongosh, `#!/bin/sh\nexec '${process.execPath}' '${script}' "$@"\n`, { mode: 0o755 });
    });
    after(() => rm(folder, { recursive: true }));
    beforeEach(() => scene.enter(kai));
    afterEach(() => scene.app.shells.keepOnly([]));

    const terminal = (): vscode.Terminal | undefined =>
      vscode.window.terminals.find(({ name }) => name === `orders-eu · ${kai}`);
    const options = (): vscode.TerminalOptions => terminal()?.creationOptions as vscode.TerminalOptions;
    const pipe = (): string => options().env?.['AZURE_FEDERATED_TOKEN_FILE'] ?? assert.fail();

    async function open(): Promise<void> {
      await setting('mongosh.path', mongosh);
      const { node } = await scene.cluster('orders-eu');
      await scene.run('openMongosh', node);
      assert.deepEqual(scene.stage.heard, []);
      assert.ok(terminal() !== undefined);
    }

    it('opens a terminal in which one is signed in, for as long as it lives', async () => {
      await open();
      const said = join(folder, 'who');
      const question = 'db.runCommand({ connectionStatus: 1 }).authInfo.authenticatedUsers[0].user';
      terminal()?.sendText(`require('fs').writeFileSync('${said}', ${question})`);
      await eventually(() => assert.ok(existsSync(said) && readFileSync(said, 'utf8') !== ''), 40_000);
      assert.equal(readFileSync(said, 'utf8'), kaisId);
      assert.deepEqual(
        vscode.window.terminals.map(({ name }) => name),
        [`orders-eu · ${kai}`],
      );

      const { env, isTransient, shellPath, strictEnv } = options();
      assert.deepEqual(Object.keys(env ?? {}), ['AZURE_FEDERATED_TOKEN_FILE']);
      assert.deepEqual([isTransient, shellPath, strictEnv], [true, mongosh, undefined]);
      for (const token of scene.stage.tokens)
        assert.ok(!JSON.stringify(options()).includes(token.slice(-40)));
      assert.ok(existsSync(pipe()));
      const home = dirname(pipe());
      terminal()?.dispose();
      await eventually(() => assert.ok(!existsSync(home) && terminal() === undefined));
    });

    it('ends with the sign-in of its person, and with nobody else’s', async () => {
      await open();
      const home = dirname(pipe());
      scene.stage.people.push('robin@contoso.com');
      scene.stage.changeSessions();
      await scene.settled();
      assert.ok(existsSync(home) && terminal() !== undefined);
      scene.stage.people.splice(0, 1);
      scene.stage.changeSessions();
      await eventually(() => assert.ok(!existsSync(home) && terminal() === undefined));
    });

    it('ends when one stops using the account here', async () => {
      await open();
      const home = dirname(pipe());
      scene.stage.answers.push(kai);
      await scene.run('leaveAccount');
      await eventually(() => assert.ok(!existsSync(home) && terminal() === undefined));
    });

    it('ends with the cloud that it belongs to', async () => {
      await open();
      const home = dirname(pipe());
      await setting('cloud', 'public');
      try {
        await eventually(() => assert.ok(!existsSync(home) && terminal() === undefined));
      } finally {
        await setting('cloud', 'custom');
      }
    });

    it('asks for a cluster where there is no row, of those that speak MongoDB', async () => {
      scene.stage.answers.push(dismiss);
      await scene.run('openMongosh');
      const offered = scene.stage.offers.at(-1)?.map(({ label }) => label) ?? [];
      assert.ok(offered.includes('orders-eu'));
      const others = scene.app
        .azure()
        .discovery.tenants.flatMap(({ clusters }) => clusters)
        .filter(({ kind }) => kind !== 'vcore');
      assert.ok(others.length > 0);
      for (const { name } of others) assert.ok(!offered.includes(name), name);
      assert.equal(terminal(), undefined);
    });

    it('says how to get a mongosh where there is none that will do', async () => {
      await setting('mongosh.path', '/nowhere/mongosh');
      scene.stage.answers.push('How to Get It');
      const { node } = await scene.cluster('orders-eu');
      await scene.run('openMongosh', node);
      assert.match(
        scene.stage.heard.at(-1) ?? '',
        /\/nowhere\/mongosh .*2\.3\.4 or newer.*\[How to Get It, Open Settings\]/,
      );
      assert.deepEqual(scene.stage.opened, ['https://www.mongodb.com/docs/mongodb-shell/install/']);
      assert.equal(terminal(), undefined);
    });

    it('tells once that the editor has no token, and signs in', async () => {
      const { key } = (await scene.cluster('orders-eu')).node as { readonly key: string };
      const cluster = scene.app.tree.cluster(key) ?? assert.fail();
      const failure = new Failure({ code: 'signInNeeded', tenant: cluster.caller.tenant });
      let signedIn = 0;
      const signIn = async (): Promise<void> => {
        if (++signedIn === 1) throw failure;
      };
      const { shells } = scene.app;
      scene.stage.answers.push('Sign In', 'Sign In');
      await Promise.all([shells.wanting(cluster, failure, signIn), shells.wanting(cluster, failure, signIn)]);
      assert.equal(signedIn, 2);
      assert.equal(scene.stage.heard.length, 2);
      assert.match(scene.stage.heard[0] ?? '', /mongosh on orders-eu .*kai@contoso\.com.*\[Sign In\]/);
      scene.stage.answers.push(dismiss);
      await shells.wanting(cluster, failure, signIn);
      assert.deepEqual([signedIn, scene.stage.heard.length], [2, 3]);
    });
  });
});

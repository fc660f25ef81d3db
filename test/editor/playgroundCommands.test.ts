import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { TreeNode } from '../../src/editor/node.ts';
import type { Playground } from '../../src/editor/playground/playgrounds.ts';
import { eventually } from './eventually.ts';
import { onScene } from './scene.ts';
import { dismiss } from './stage.ts';
import { attempts, throwAway, timeForAttempts } from './thrownAway.ts';

const kai = 'kai@contoso.com';

describe('the command', function () {
  this.timeout(60_000);
  const scene = onScene();
  beforeEach(() => scene.enter(kai));
  afterEach(async () => {
    scene.app.playgrounds.forget();
    while (vscode.window.activeTextEditor?.document.isDirty === true)
      await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await scene.app.azure().database.forget();
    await scene.app.history.clear();
  });

  const editor = (): vscode.TextEditor => vscode.window.activeTextEditor ?? assert.fail('no editor');
  const playground = (): Playground => scene.app.playgrounds.known(editor().document) ?? assert.fail();
  const states = (): readonly string[] =>
    playground().runner.run?.outcomes.map(({ state }) => state) ?? assert.fail('nothing was run');
  const printed = (): readonly string[] =>
    playground().runner.run?.outcomes.flatMap((outcome) => outcome.printed) ?? [];
  const keyOf = async (): Promise<string> => ((await scene.cluster('orders-eu')).node as { key: string }).key;

  /** A playground in the database `shop`, with these lines below its first. */
  async function open(...lines: readonly string[]): Promise<void> {
    const key = await keyOf();
    if (scene.app.azure().database.of(key) === undefined)
      await scene.run('openSession', { kind: 'cluster', key } satisfies TreeNode);
    await scene.run('newPlayground', { kind: 'database', key, database: 'shop' });
    const rest = new vscode.Range(1, 0, editor().document.lineCount, 0);
    await editor().edit((edit) => edit.replace(rest, lines.join('\n')));
  }

  describe('newPlayground', () => {
    it('asks for the cluster, where no row says which', async () => {
      scene.stage.answers.push('orders-eu');
      await scene.run('newPlayground');
      assert.deepEqual(scene.stage.heard, ['A playground at which cluster?']);
      assert.equal(editor().document.lineAt(0).text, `// Cosmos Entra: orders-eu / test as ${kai}`);
    });

    it('begins with the documents of a collection', async () => {
      const key = await keyOf();
      await scene.run('newPlayground', {
        kind: 'collection',
        type: 'collection',
        key,
        database: 'shop',
        collection: 'orders',
      });
      assert.match(
        editor().document.getText(),
        /\n\ndb\.getCollection\("orders"\)\.find\(\{\}\)\.limit\(20\);\n$/,
      );
    });

    it('holds nothing of one that was thrown away a moment ago', async function () {
      this.timeout(timeForAttempts);
      const key = await keyOf();
      const names = new Set<string>();
      for (const attempt of attempts) {
        await scene.run('newPlayground', { kind: 'database', key, database: 'shop' });
        const { document } = editor();
        names.add(document.fileName);
        assert.equal(
          document.getText().slice(0, 300),
          `// Cosmos Entra: orders-eu / shop as ${kai}\n\ndb.getCollectionNames();\n`,
        );
        await throwAway(attempt);
      }
      assert.equal(names.size, 1, 'a name that was free again was not given again');
    });
  });

  describe('runPlayground', () => {
    it('runs every statement, and shows what it came to', async () => {
      await open('print(1)', 'print(2)');
      await scene.run('runPlayground');
      assert.deepEqual(states(), ['done', 'done']);
      assert.deepEqual(printed(), ['1', '2']);
    });

    it('runs nothing of what is no JavaScript, and says on which line that is', async () => {
      await open('print(1)', 'print(2', 'print(3)');
      scene.stage.answers.push(dismiss);
      await scene.run('runPlayground');
      assert.match(scene.stage.heard.join(), /^Line 4: .* Nothing was run\./);
      assert.equal(scene.app.playgrounds.known(editor().document)?.runner.run, undefined);
    });
  });

  describe('runStatement', () => {
    it('runs the statement in which the cursor is', async () => {
      await open('print(1)', 'print(', '  2,', ')', 'print(3)');
      editor().selection = new vscode.Selection(3, 2, 3, 2);
      await scene.run('runStatement');
      assert.deepEqual(printed(), ['2']);
    });

    it('runs what is selected, in the database that the lines before it use', async () => {
      await open('use("elsewhere")', 'print(1); print(db.getName())');
      editor().selection = new vscode.Selection(2, 10, 2, 29);
      await scene.run('runStatement');
      assert.deepEqual(printed(), ['elsewhere']);
    });

    it('says what to do where there is no statement', async () => {
      await open('', '', 'print(1)');
      editor().selection = new vscode.Selection(2, 0, 2, 0);
      await scene.run('runStatement');
      assert.match(scene.stage.heard.join(), /Put it in one/);
    });
  });

  describe('stopPlayground', () => {
    it('stops what runs', async () => {
      await open('for (;;) {}');
      const running = scene.run('runPlayground');
      await eventually(() => assert.deepEqual(states(), ['running']));
      await scene.run('stopPlayground');
      await running;
      assert.deepEqual(states(), ['stopped']);
    });
  });

  describe('resetPlayground', () => {
    it('forgets variables', async () => {
      await open('var kept = typeof kept', 'print(kept)');
      await scene.run('runPlayground');
      await scene.run('runPlayground');
      assert.deepEqual(printed(), ['string']);
      await scene.run('resetPlayground');
      await scene.run('runPlayground');
      assert.deepEqual(printed(), ['undefined']);
    });
  });

  describe('choosePlaygroundTarget', () => {
    it('writes the first line, and nothing else', async () => {
      await open('print(db.getName())', '// the end');
      scene.stage.answers.push('orders-eu', 'Another Name…', 'another');
      await scene.run('choosePlaygroundTarget');
      assert.equal(
        editor().document.getText(),
        `// Cosmos Entra: orders-eu / another as ${kai}\nprint(db.getName())\n// the end`,
      );
      await scene.run('runPlayground');
      assert.deepEqual(printed(), ['another']);
    });
  });

  describe('showPlaygroundResults', () => {
    it('opens them again', async () => {
      await open('print(1)');
      await scene.run('runPlayground');
      playground().view?.dispose();
      await eventually(() => assert.equal(playground().view, undefined));
      await scene.run('showPlaygroundResults');
      assert.ok(playground().view !== undefined);
    });
  });

  describe('exportResult', () => {
    let folder: string;
    before(async () => (folder = await mkdtemp(join(tmpdir(), 'exported-'))));
    after(() => rm(folder, { recursive: true }));

    it('writes the documents of a statement', async () => {
      await open('db.orders.find({}, { _id: 1 }).sort({ _id: 1 })');
      await scene.run('runPlayground');
      const file = join(folder, 'orders.jsonl');
      scene.stage.answers.push('JSON Lines', file, dismiss);
      await scene.run('exportResult');
      assert.equal((await readFile(file, 'utf8')).trim().split('\n').length, 160);
    });

    it('says what to do where there is none', async () => {
      await open('1');
      await scene.run('exportResult');
      assert.match(scene.stage.heard.join(), /no result to export/);
    });
  });

  describe('showPlaygroundHistory', () => {
    it('finds what was run, and opens it anew', async () => {
      await open('print("found again")');
      await scene.run('runPlayground');
      await scene.app.history.flush();
      scene.stage.answers.push('print("found again")');
      await scene.run('showPlaygroundHistory');
      assert.match(
        editor().document.getText(),
        /^\/\/ Cosmos Entra: orders-eu \/ shop as .*\n\nprint\("found again"\)\n$/,
      );
    });
  });

  describe('protectCluster', () => {
    it('has a playground ask before it writes, and send nothing that is not allowed', async () => {
      await open('db.orders.deleteMany({})');
      const key = await keyOf();
      await scene.run('protectCluster', { kind: 'cluster', key });
      scene.stage.answers.push(dismiss);
      await scene.run('runPlayground');
      assert.match(scene.stage.heard.join(), /^Delete every document of shop\.orders on orders-eu\?/);
      assert.deepEqual(states(), ['stopped']);
      await open('print(db.orders.countDocuments())');
      await scene.run('runPlayground');
      assert.deepEqual(printed(), ['160']);
      await scene.run('unprotectCluster', { kind: 'cluster', key });
    });
  });

  describe('unprotectCluster', () => {
    it('lets playgrounds write without a question', async () => {
      await open('db.scratch.insertOne({})', 'db.scratch.drop()');
      const key = await keyOf();
      await scene.run('protectCluster', { kind: 'cluster', key });
      assert.match((await scene.cluster('orders-eu')).description, /protected/);
      await scene.run('unprotectCluster', { kind: 'cluster', key });
      assert.doesNotMatch((await scene.cluster('orders-eu')).description, /protected/);
      await scene.run('runPlayground');
      assert.deepEqual(scene.stage.heard, []);
      assert.deepEqual(states(), ['done', 'done']);
    });
  });
});

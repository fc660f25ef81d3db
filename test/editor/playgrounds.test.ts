import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pid } from 'node:process';
import type { MongoClient } from 'mongodb';
import * as vscode from 'vscode';
import type { Outcome } from '../../src/core/playground/run.ts';
import type { Playground } from '../../src/editor/playground/playgrounds.ts';
import { driverOf } from './driver.ts';
import { eventually } from './eventually.ts';
import { change, clusterId } from './localAzure.ts';
import { onScene, setting, unseen } from './scene.ts';
import { dismiss } from './stage.ts';

const kai = 'kai@contoso.com';
const header = `// Cosmos Entra: orders-eu / shop as ${kai}`;

/** How many playgrounds have a process of their own now. */
async function processes(): Promise<number> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const own = await Promise.all(
    all.map(async (id) => {
      const line = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
      const status = await readFile(`/proc/${id}/status`, 'utf8').catch(() => '');
      return line.includes('playgroundRunner') && status.includes(`PPid:\t${pid}\n`);
    }),
  );
  return own.filter(Boolean).length;
}

describe('a playground', function () {
  this.timeout(60_000);
  const scene = onScene();
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'playground für alle-'));
    await scene.enter(kai);
  });
  afterEach(async () => {
    scene.app.playgrounds.forget();
    for (const { isDirty } of vscode.workspace.textDocuments)
      if (isDirty) await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await scene.app.azure().database.forget();
    await rm(folder, { recursive: true });
  });

  const editor = (): vscode.TextEditor =>
    vscode.window.activeTextEditor ?? assert.fail('no editor is active');
  const document = (): vscode.TextDocument => editor().document;
  const playgroundOf = (one: vscode.TextDocument): Playground =>
    scene.app.playgrounds.known(one) ?? assert.fail('nothing has run');
  const playground = (): Playground => playgroundOf(document());
  const outcomes = (one = playground()): readonly Outcome[] => one.runner.run?.outcomes ?? [];
  const kinds = (one = playground()): readonly string[] =>
    outcomes(one).map(({ state, value: { kind } }) => `${state} ${kind}`);
  /** What the last statement came to, where that is a value. */
  const value = async (one = playground()): Promise<unknown> => {
    const { loadBson } = await import('../../src/core/sessions/bson.ts');
    const last = outcomes(one).at(-1)?.value;
    if (last?.kind === 'text') return last.text;
    const found = last?.kind === 'value' ? last.rows.document(await loadBson(), 0).get('value') : undefined;
    return typeof found === 'object' && found !== null && 'value' in found ? found.value : found;
  };
  const mistakes = (one = document()): readonly string[] =>
    vscode.languages
      .getDiagnostics(one.uri)
      .filter(({ source }) => source === 'Cosmos Entra')
      .map(({ range, message }) => `${range.start.line + 1}: ${message}`);
  const lenses = async (one = document()): Promise<readonly vscode.CodeLens[]> =>
    vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', one.uri);
  const lens = async (title: RegExp, nth = 0): Promise<vscode.CodeLens> =>
    (await lenses()).filter(({ command }) => title.test(command?.title ?? ''))[nth] ??
    assert.fail(`no lens ${title}`);
  const cursor = (line: number, from = 0, toLine = line, to = from): void => {
    editor().selection = new vscode.Selection(line, from, toLine, to);
  };
  const isOpen = (name: string): boolean =>
    scene.app.azure().database.all.some(({ cluster }) => cluster.name === name);

  async function openSession(name = 'orders-eu'): Promise<{ readonly key: string }> {
    const { node } = await scene.cluster(name);
    await scene.run('openSession', node);
    return node as { readonly key: string };
  }

  /** A playground at a cluster, with these lines below its first. */
  async function open(...lines: readonly string[]): Promise<void> {
    const { key } = await openSession();
    await scene.run('newPlayground', { kind: 'database', key, database: 'shop' });
    const rest = new vscode.Range(2, 0, document().lineCount, 0);
    await editor().edit((edit) => edit.replace(rest, lines.join('\n')));
  }

  /** A file with this text, opened. */
  async function openFile(name: string, text: string, column?: vscode.ViewColumn): Promise<void> {
    await writeFile(join(folder, name), text);
    await vscode.window.showTextDocument(vscode.Uri.file(join(folder, name)), {
      preview: false,
      ...(column === undefined ? {} : { viewColumn: column }),
    });
  }

  /** Somebody's own driver at the cluster, for as long as the work takes. */
  async function asDriver<T>(work: (driver: MongoClient) => Promise<T>): Promise<T> {
    const driver = await driverOf(kai, 'orders-eu');
    try {
      return await work(driver);
    } finally {
      await driver.close();
    }
  }

  it('begins about what a row shows, and says on its first line where it runs and as whom', async () => {
    await open('db.orders.find()');
    assert.equal(document().languageId, 'cosmos-entra-playground');
    assert.equal(document().lineAt(0).text, header);
  });

  it('is named as no file in the folder is', async () => {
    const [workspace] = vscode.workspace.workspaceFolders ?? [];
    const taken = vscode.Uri.joinPath(workspace?.uri ?? assert.fail(), 'playground-1.mongodb.js');
    await vscode.workspace.fs.writeFile(taken, Buffer.from('// mine'));
    try {
      await open('1');
      assert.match(document().uri.path, /\/playground-2\.mongodb\.js$/);
    } finally {
      await vscode.workspace.fs.delete(taken);
    }
  });

  it('is formatted as JavaScript is', async () => {
    await open('db.orders.find( {a:1 ,b:   2})');
    await vscode.commands.executeCommand('editor.action.formatDocument');
    await eventually(() => assert.equal(document().lineAt(2).text, 'db.orders.find({ a: 1, b: 2 })'));
  });

  describe('runs', () => {
    it('whole, and shows what each statement came to', async () => {
      await open('const one = 1', 'one + 1', 'db.orders.find()');
      await scene.run('runPlayground');
      assert.deepEqual(kinds(), ['done nothing', 'done value', 'done documents']);
      assert.ok(playground().view !== undefined);
    });

    it('the statement under the cursor', async () => {
      await open('1', 'db.orders', '  .find()', '3');
      cursor(4, 2);
      await scene.run('runStatement');
      assert.deepEqual(kinds(), ['done documents']);
      assert.equal(outcomes()[0]?.statement.line, 3);
    });

    it('the statement of a lens, also where several are on a line', async () => {
      await open('1', '2; 3', '4');
      for (const [nth, expected] of [1, 2, 3, 4].entries()) {
        const { command } = await lens(/Run$/, nth);
        await vscode.commands.executeCommand(command?.command ?? '', ...(command?.arguments ?? []));
        assert.equal(await value(), expected);
      }
    });

    it('what is selected, where a statement counts that is selected whole', async () => {
      await open('1', 'const two = 2', 'two * 10', '4');
      cursor(3, 0, 4, 'two * 10'.length);
      await scene.run('runStatement');
      assert.deepEqual(kinds(), ['done nothing', 'done value']);
      assert.deepEqual(
        outcomes().map(({ statement: { line } }) => line),
        [3, 4],
      );
      assert.equal(await value(), 20);
    });

    it('a part of a line that is selected, as what it says alone', async () => {
      await open('const ten = 5 + 5');
      cursor(2, 'const ten = '.length, 2, 'const ten = 5 + 5'.length);
      await scene.run('runStatement');
      assert.equal(await value(), 10);
    });

    it('in the database of the `use` above it, and leaves the others where they are', async () => {
      await open('db.getName()', "use('archive')", 'db.getName()');
      cursor(4);
      await scene.run('runStatement');
      assert.equal(await value(), 'archive');
      cursor(2);
      await scene.run('runStatement');
      assert.equal(await value(), 'shop');
    });

    it('keeps variables until they are reset', async () => {
      await open('var kept = 7', 'kept');
      cursor(2);
      await scene.run('runStatement');
      cursor(3);
      await scene.run('runStatement');
      assert.equal(await value(), 7);
      await scene.run('resetPlayground');
      assert.equal(await processes(), 0);
      await scene.run('runStatement');
      assert.deepEqual(kinds(), ['failed nothing']);
      assert.match(mistakes().join(), /^4: .*kept/);
      assert.doesNotMatch(mistakes().join(), /\n|\bat /);
    });

    it('while somebody writes on, and marks the line that failed where it is by then', async () => {
      const gate = join(folder, 'go');
      const wait = `while (!require('fs').existsSync(${JSON.stringify(gate)})) sleep(20)`;
      const typesMeanwhile = async (type: (edit: vscode.TextEditorEdit) => void): Promise<void> => {
        await rm(gate, { force: true });
        const running = scene.run('runPlayground');
        await eventually(() => assert.deepEqual(kinds(), ['running nothing']));
        assert.ok(await editor().edit(type));
        await writeFile(gate, '');
        await running;
        assert.deepEqual(kinds(), ['done nothing', 'failed nothing']);
      };
      await open(wait, 'nobody.find()');
      await typesMeanwhile((edit) => {
        edit.insert(new vscode.Position(2, 0), '// above\n');
        edit.insert(new vscode.Position(document().lineCount, 0), '\n// below');
      });
      assert.match(mistakes().join(), /^5: .*nobody/);
      await typesMeanwhile((edit) => edit.insert(new vscode.Position(4, 0), 'no'));
      assert.deepEqual(mistakes(), [], 'of a line that is another one by now');
    });

    it('without a first line that says where, which is written above what failed', async () => {
      await openSession();
      await openFile('whereless.mongodb.js', 'nobody.find()');
      scene.stage.answers.push('orders-eu', 'shop');
      await scene.run('runPlayground');
      assert.match(mistakes().join(), /^3: .*nobody/);
    });

    it('nothing of a text that is no JavaScript, and says in which line it is none', async () => {
      await open('db.carts.deleteMany({})', 'db.carts.find({ a: })');
      scene.stage.answers.push('Go to Line 4');
      await scene.run('runPlayground');
      assert.match(scene.stage.heard.join(), /^Line 4: .* Nothing was run\. \[Go to Line 4\]$/);
      assert.doesNotMatch(scene.stage.heard.join(), /SyntaxError/);
      assert.equal(editor().selection.active.line, 3);
      assert.equal(await processes(), 0);
      assert.equal(await asDriver((one) => one.db('shop').collection('carts').countDocuments()), 18);
    });

    it('nothing where there is nothing to run, and says what to do', async () => {
      await open('');
      await scene.run('runPlayground');
      await scene.run('runStatement');
      await editor().edit((edit) => edit.insert(new vscode.Position(2, 0), '// only words\n'));
      cursor(2, 0, 2, 13);
      await scene.run('runStatement');
      assert.deepEqual(scene.stage.heard, [
        'There is nothing in this playground to run yet. Write a statement below its first line. []',
        'The cursor is in no statement. Put it in one, or select what is to be run. []',
        'There is no statement in what is selected. []',
      ]);
    });

    it('nothing in a workspace that nobody trusts', async () => {
      await open('1');
      scene.stage.trust.isGiven = false;
      await scene.run('runPlayground');
      await scene.run('runStatement');
      assert.match(scene.stage.heard[0] ?? '', /trust this workspace\. Nothing was run\. \[Manage Trust\]$/);
      assert.equal(scene.stage.heard.length, 2);
      assert.equal(await processes(), 0);
    });

    it('one run at a time, which can be stopped where another one was asked for', async () => {
      await open('var kept = 1', 'while (true) {}');
      const running = scene.run('runPlayground');
      await eventually(() => assert.equal(outcomes().length, 2));
      scene.stage.answers.push('Stop It');
      await scene.run('runPlayground');
      await running;
      assert.match(scene.stage.heard.join(), /playground-1\.mongodb\.js is running/);
      assert.deepEqual(kinds(), ['done nothing', 'stopped nothing']);
      await editor().edit((edit) => edit.insert(new vscode.Position(4, 0), '\nkept'));
      cursor(document().lineCount - 1);
      await scene.run('runStatement');
      assert.equal(await value(), 1);
    });

    it('beside another one, each with variables of its own', async () => {
      const { key } = await openSession();
      assert.ok(key !== '');
      await openFile('one.mongodb.js', `${header}\n\nvar name = 'one'\nname\n`);
      await scene.run('runPlayground');
      const one = playground();
      await openFile('two.mongodb.js', `${header}\n\ntypeof name\n`, vscode.ViewColumn.Two);
      await scene.run('runPlayground');
      assert.equal(await value(), 'undefined');
      assert.equal(await value(one), 'one');
      assert.equal(await processes(), 2);
    });

    it('what it loads from beside it, whatever its name', async () => {
      await openSession();
      await writeFile(join(folder, 'Schlüssel und Werte.js'), 'var loaded = 6 * 7\n');
      await openFile('für Müller.mongodb.js', `${header}\n\nload('Schlüssel und Werte.js')\nloaded\n`);
      await scene.run('runPlayground');
      assert.equal(await value(), 42);
    });
  });

  describe('where it runs', () => {
    it('opens the session that it needs', async () => {
      await openFile('a.mongodb.js', `${header}\n\ndb.getName()\n`);
      await scene.run('runPlayground');
      assert.equal(await value(), 'shop');
      assert.ok(isOpen('orders-eu'));
    });

    it('is asked for where its first line names no cluster that there is, and written there alone', async () => {
      await openSession();
      const rest = '\r\n\r\n\tdb.getName()   \r\n// ümlaut\r\n\r\n';
      await openFile('gone.mongodb.js', `// Cosmos Entra: gone / shop as ${kai}${rest}`);
      scene.stage.answers.push('orders-eu', 'shop');
      await scene.run('runPlayground');
      assert.equal(document().getText(), `${header}${rest}`);
      assert.equal(await value(), 'shop');
      assert.match(scene.stage.heard[0] ?? '', /gone/);
    });

    it('is asked for where no line says it, and is the first line then', async () => {
      await openSession();
      await openFile('none.mongodb.js', 'db.getName()\n');
      assert.ok(await lens(/^Choose where this runs…$/));
      scene.stage.answers.push('orders-eu', 'Another Name…', 'a b', 'fresh');
      await scene.run('choosePlaygroundTarget');
      assert.equal(document().getText(), `// Cosmos Entra: orders-eu / fresh as ${kai}\n\ndb.getName()\n`);
      assert.ok(scene.stage.heard.includes('! This is no name for a database.'));
    });

    it('is nowhere when nobody says where', async () => {
      await openFile('none.mongodb.js', 'db.getName()\n');
      scene.stage.answers.push(dismiss);
      await scene.run('runPlayground');
      assert.equal(document().getText(), 'db.getName()\n');
      assert.equal(await processes(), 0);
    });

    it('is as whoever is signed in, where another account wrote it', async () => {
      await openFile(
        'theirs.mongodb.js',
        '// Cosmos Entra: orders-eu / shop as robin@contoso.com\n\n1 + 1\n',
      );
      await scene.run('runPlayground');
      assert.equal(await value(), 2);
      assert.equal(playground().runner.run?.target.cluster.caller.account.label, kai);
      assert.ok(await lens(/^orders-eu \/ shop as kai@contoso\.com$/));
    });

    it('says of a cluster that is stopped what is said elsewhere, and runs nothing', async () => {
      await change(clusterId('carts-eu'), { properties: { clusterStatus: 'Stopped' } });
      await scene.run('refresh');
      await scene.settled();
      await openFile('a.mongodb.js', `// Cosmos Entra: carts-eu / shop as ${kai}\n\n1\n`);
      await scene.run('runPlayground');
      assert.match(scene.stage.heard.join(), /carts-eu is not running \(state: Stopped\)/);
      assert.equal(await processes(), 0);
      await change(clusterId('carts-eu'), { properties: { clusterStatus: 'Ready' } });
    });
  });

  describe('is over', () => {
    it('with its session, and what it came to is still shown', async () => {
      await open('var kept = 1', 'db.orders.find()');
      await scene.run('runPlayground');
      assert.equal(await processes(), 1);
      await scene.run('closeSession', (await scene.cluster('orders-eu')).node);
      await eventually(async () => assert.equal(await processes(), 0));
      assert.deepEqual(kinds(), ['done nothing', 'done documents']);
    });

    it('with the account that it ran as', async () => {
      await open('var kept = 1');
      await scene.run('runPlayground');
      scene.stage.people.length = 0;
      scene.stage.changeSessions();
      await eventually(async () => assert.equal(await processes(), 0));
    });

    it('with its file, whose results go too', async () => {
      await openSession();
      await openFile('a.mongodb.js', `${header}\n\nwhile (true) {}\n`);
      const running = scene.run('runPlayground');
      await eventually(() => assert.equal(outcomes().length, 1));
      await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
      await eventually(async () => assert.equal(await processes(), 0));
      assert.deepEqual(scene.app.playgrounds.all, []);
      await running;
    });

    it('not when it is saved: what it came to and its variables stay with the file', async () => {
      await open('var kept = 1', 'kept');
      await scene.run('runPlayground');
      const before = playground();
      assert.ok(document().isUntitled);
      await vscode.commands.executeCommand('workbench.action.files.save');
      try {
        await eventually(() => assert.ok(!document().isUntitled));
        await eventually(() => assert.equal(scene.app.playgrounds.known(document()), before));
        assert.ok(before.view !== undefined);
        cursor(3);
        await scene.run('runStatement');
        assert.equal(await value(), 1);
      } finally {
        await vscode.workspace.fs.delete(document().uri);
      }
    });
  });

  it('as long as a book has one lens for all its statements, and runs', async () => {
    await openSession();
    const book = `// ${'x'.repeat(97)}\n`.repeat(2600);
    await openFile('long.mongodb.js', `${header}\n6 * 7\n${book}1 +\n`);
    const titles = async () => (await lenses()).map(({ command }) => command?.title ?? '');
    const marked = (): readonly string[] => mistakes().filter((text) => /missing here/.test(text));
    await eventually(async () => assert.equal((await titles()).length, 3));
    assert.match((await titles())[0] ?? '', /Run All$/);
    assert.match((await titles())[2] ?? '', /^Too long to mark each statement/);
    cursor(1);
    const { command } = await lens(/^Too long/);
    await vscode.commands.executeCommand(command?.command ?? '', ...(command?.arguments ?? []));
    assert.equal(await value(), 42);
    scene.stage.answers.push(dismiss);
    await scene.run('runPlayground');
    assert.match(scene.stage.heard.at(-1) ?? '', /^Line 2603: .* Nothing was run\./);
    assert.deepEqual(marked(), []);

    // What is shorter is marked again, and what is long again is not.
    const long = new vscode.Range(2, 0, 202, 0);
    const cut = document().getText(long);
    await editor().edit((edit) => edit.delete(long));
    await eventually(() => assert.equal(marked().length, 1));
    assert.ok((await titles()).some((title) => title.endsWith(') Run')));
    await editor().edit((edit) => edit.insert(long.start, cut));
    await eventually(() => assert.deepEqual(marked(), []));
    await editor().edit((edit) =>
      edit.delete(new vscode.Range(document().lineCount - 2, 0, document().lineCount, 0)),
    );
    await scene.run('runPlayground');
    assert.deepEqual(kinds(), ['done value']);
  });

  it('that is saved under a name is called so where its results are, too', async () => {
    await open('var kept = 1');
    await scene.run('runPlayground');
    const before = playground();
    const titles = (): readonly string[] =>
      vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs).map(({ label }) => label);
    const [old] = document().uri.path.split('/').slice(-1);
    await eventually(() => assert.ok(titles().includes(`${old}: Results`), titles().join()));
    // As the editor does it: the text is another file's from then on, and that is saved.
    await openFile('renamed.mongodb.js', `${document().getText()};`);
    const { end } = document().lineAt(document().lineCount - 1).range;
    await editor().edit((edit) => edit.delete(new vscode.Range(end.translate(0, -1), end)));
    await document().save();
    await eventually(() => assert.equal(scene.app.playgrounds.known(document()), before));
    await eventually(() => assert.ok(titles().includes('renamed.mongodb.js: Results'), titles().join()));
  });

  describe('at a protected cluster', () => {
    const carts = (): Promise<number> =>
      asDriver((driver) => driver.db('shop').collection('carts').countDocuments());

    it('asks for each change, and does what is allowed', async () => {
      await open('db.carts.deleteOne({})', 'db.carts.deleteOne({})');
      await scene.run('protectCluster', (await scene.cluster('orders-eu')).node);
      assert.ok(await lens(/· protected$/));
      scene.stage.answers.push('Allow', dismiss);
      await scene.run('runPlayground');
      assert.equal(await carts(), 17);
      assert.equal(scene.stage.heard.length, 2);
      assert.match(scene.stage.heard[0] ?? '', /^Delete documents of shop\.carts on orders-eu\?/);
      assert.deepEqual(kinds(), ['done documents', 'stopped nothing']);

      scene.stage.answers.push('Allow All in This Run');
      await scene.run('runPlayground');
      assert.equal(await carts(), 15);
      scene.stage.answers.push(dismiss);
      await scene.run('runPlayground');
      assert.equal(await carts(), 15, 'what was allowed in one run is asked in the next');
      await scene.run('unprotectCluster', (await scene.cluster('orders-eu')).node);
      await scene.run('runPlayground');
      assert.equal(await carts(), 13);
    });

    it('asks for nothing that only reads', async () => {
      await open('db.carts.find()', 'db.carts.countDocuments()');
      await scene.run('protectCluster', (await scene.cluster('orders-eu')).node);
      await scene.run('runPlayground');
      assert.deepEqual(scene.stage.heard, []);
    });
  });

  it('leads from a row to its document', async () => {
    await open("db.orders.find({ status: 'open' }).sort({ number: 1 })");
    await scene.run('runPlayground');
    const view = playground().view ?? assert.fail();
    const { id, order } = await eventually(() => view.view.result ?? assert.fail());
    await view.hear({ kind: 'edit', id, order, row: 0 });
    await eventually(() => assert.equal(document().languageId, 'cosmos-entra-document'));
    assert.match(document().getText(), /"status": "open"/);
  });

  describe('in the history', () => {
    const kept = () => scene.app.history.all();
    beforeEach(() => scene.app.history.clear());
    afterEach(() => setting('playground.history', undefined));

    it('is each statement, and nothing of what it came to', async () => {
      await open(
        "db.customers.find({ email: 'customer1@contoso.example' })",
        'db.no.aggregate([{ $no: 1 }])',
      );
      await scene.run('runPlayground');
      const all = await kept();
      assert.deepEqual(
        all.map(({ text, state, cluster, database, account, count }) => [
          text,
          state,
          `${cluster} / ${database} as ${account}`,
          count,
        ]),
        [
          ['db.no.aggregate([{ $no: 1 }])', 'failed', `orders-eu / shop as ${kai}`, undefined],
          [
            "db.customers.find({ email: 'customer1@contoso.example' })",
            'done',
            `orders-eu / shop as ${kai}`,
            1,
          ],
        ],
      );
      assert.doesNotMatch(JSON.stringify(all), /Market Street/);
    });

    it('is nothing where nobody wants it', async () => {
      await setting('playground.history', false);
      await open('1');
      await scene.run('runPlayground');
      assert.deepEqual(await kept(), []);
    });
  });

  describe('on a bad day', () => {
    const told = (): string => scene.stage.heard.join('\n');

    it('says that nobody is signed in, and offers it', async () => {
      scene.stage.people.length = 0;
      await scene.run('refresh');
      await openFile('a.mongodb.js', `${header}\n\n1\n`);
      await scene.run('runPlayground');
      assert.equal(told(), 'Nobody is signed in to Cosmos Entra. [Sign In]');
      assert.equal(await processes(), 0);
    });

    it('says that its cluster has gone', async () => {
      await openFile('a.mongodb.js', `// Cosmos Entra: no-such / shop as ${kai}\n\n1\n`);
      scene.stage.answers.push(dismiss);
      await scene.run('runPlayground');
      assert.equal(told(), 'You see no cluster no-such here that speaks MongoDB. Run it at which cluster?');
    });

    it('says of a cluster that is there that it runs there, before anything is listed', async () => {
      await unseen();
      await openFile('a.mongodb.js', `${header}\n\n1\n`);
      scene.stage.answers.push(dismiss);
      await scene.run('choosePlaygroundTarget');
      assert.equal(told(), `It runs at orders-eu as ${kai}. Run it at which cluster?`);
    });

    it('runs in a database that is not there', async () => {
      await openFile(
        'a.mongodb.js',
        `// Cosmos Entra: orders-eu / nothing as ${kai}\n\ndb.no.find()\ndb.getCollectionNames()`,
      );
      await scene.run('runPlayground');
      assert.deepEqual(kinds(), ['done documents', 'done documents']);
      assert.equal(told(), '');
    });

    it('runs what is large', async () => {
      const long = `[${'1,'.repeat(200_000)}].length`;
      await open("const big = [{ _id: 1, text: 'x'.repeat(15_900_000) }];", 'big;', long);
      await scene.run('runPlayground');
      assert.deepEqual(
        outcomes().map(({ state }) => state),
        ['done', 'done', 'done'],
      );
      assert.equal(await value(), 200_000);
    });

    it('can run each of many statements', async () => {
      await open(...Array.from({ length: 3000 }, (_, index) => `db.orders.find({ number: ${index} })`));
      const found = (await lenses()).filter(({ command }) => command?.title.endsWith('Run') === true);
      assert.equal(found.length, 3000);
    });

    it('is a playground whatever somebody calls its language', async () => {
      const files = vscode.workspace.getConfiguration('files');
      await files.update('associations', { '*.mongodb.js': 'javascript' }, vscode.ConfigurationTarget.Global);
      try {
        await openFile('theirs.mongodb.js', `${header}\n\n40 + 2\n`);
        assert.equal(document().languageId, 'javascript');
        await scene.run('runPlayground');
        assert.equal(await value(), 42);
        assert.ok(await lens(/^orders-eu/));
      } finally {
        await files.update('associations', undefined, vscode.ConfigurationTarget.Global);
      }
    });

    it('keeps what it knows when somebody says that it is JavaScript', async () => {
      await open('var kept = 1', 'kept');
      await scene.run('runPlayground');
      await vscode.languages.setTextDocumentLanguage(document(), 'javascript');
      cursor(3);
      await scene.run('runStatement');
      assert.equal(await value(), 1);
    });
  });

  describe('from the palette', () => {
    it('each command says what to do where there is no playground', async () => {
      const commands = [
        'runPlayground',
        'runStatement',
        'resetPlayground',
        'choosePlaygroundTarget',
        'showPlaygroundResults',
      ];
      for (const command of commands) {
        scene.stage.heard.length = 0;
        await scene.run(command);
        assert.match(scene.stage.heard.join(), /^There is no playground .*\[New Playground\]$/, command);
      }
      scene.stage.heard.length = 0;
      await scene.run('stopPlayground');
      await scene.run('exportResult');
      assert.match(scene.stage.heard.join(), /^No playground is running\..*There is no result to export/);
    });

    it('means the playground beside the results that somebody is in', async () => {
      await open('1 + 1');
      await scene.run('runPlayground');
      const one = playground();
      await vscode.commands.executeCommand('workbench.action.focusNextGroup');
      await eventually(() => assert.equal(vscode.window.activeTextEditor, undefined));
      await scene.run('runPlayground');
      assert.equal(await value(one), 2);
      assert.deepEqual(scene.stage.heard, []);
    });

    it('begins a new one where the others are, not over the results', async () => {
      await open('1');
      await scene.run('runPlayground');
      await vscode.commands.executeCommand('workbench.action.focusNextGroup');
      await eventually(() => assert.equal(vscode.window.activeTextEditor, undefined));
      await scene.run('newPlayground', (await scene.cluster('orders-eu')).node);
      assert.match(document().uri.path, /playground-2\.mongodb\.js$/);
      assert.equal(editor().viewColumn, vscode.ViewColumn.One);
    });

    it('stops what runs, whatever is looked at', async () => {
      await open('while (true) {}');
      const one = document();
      const running = scene.run('runPlayground');
      await eventually(() => assert.equal(playgroundOf(one).runner.isRunning, true));
      await openFile('notes.txt', 'notes', vscode.ViewColumn.One);
      await scene.run('stopPlayground');
      await running;
      assert.equal(playgroundOf(one).runner.isRunning, false);
    });
  });
});

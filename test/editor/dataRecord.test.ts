/** What is on record of what is done to data. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { DataLine } from '../../src/core/audit/audit.ts';
import { Catalog } from '../../src/core/sessions/catalog.ts';
import { fileScheme } from '../../src/editor/documents/virtualFiles.ts';
import { changingOn, kai, swift } from './changing.ts';
import { eventually } from './eventually.ts';
import { gate } from './gate.ts';
import { clusterId } from './localAzure.ts';
import { onScene } from './scene.ts';

describe('on record is', function () {
  this.timeout(60_000);
  const scene = onScene();
  const { does } = changingOn(scene);
  beforeEach(async () => {
    await swift();
    await scene.enter(kai);
    await does('openSession', await scene.cluster('orders-eu'));
  });
  afterEach(async () => {
    scene.app.playgrounds.forget();
    for (const { isDirty } of vscode.workspace.textDocuments)
      if (isDirty) await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    for (const view of scene.app.collections.views) view.dispose();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await scene.app.azure().database.forget();
  });

  const { whenFree, free } = gate();

  /** This test's own lines of the file for machines, as text. */
  async function text(): Promise<string> {
    await scene.app.audit.flush();
    const ids = new Set(scene.stage.audited.flatMap((line) => (line.event === 'data' ? [line.id] : [])));
    const folder = join(scene.context.globalStorageUri.fsPath, 'audit');
    const files = (await readdir(folder)).toSorted();
    const all = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')));
    const own = (line: string): boolean => ids.has((JSON.parse(line) as { readonly id: string }).id);
    return all
      .flatMap((part) => part.split('\n'))
      .filter((line) => line.includes('"event":"data"') && own(line))
      .join('\n');
  }
  const lines = async (): Promise<readonly DataLine[]> => {
    const written = await text();
    return written === '' ? [] : written.split('\n').map((line) => JSON.parse(line) as DataLine);
  };
  /** Each end in short; every one has had a beginning. */
  const ends = async (): Promise<readonly string[]> => {
    const all = await lines();
    const begun = all.filter(({ outcome }) => outcome === 'started').map(({ id }) => id);
    return all.flatMap((line) => {
      if (line.outcome === 'started') return [];
      assert.ok(begun.includes(line.id));
      const { command, database, collection, detail } = line.what;
      const place = [database, collection].filter((part) => part !== null).join('.');
      const named = detail === null ? '' : ` (${detail})`;
      const errors = line.errors.map((code) => `, ${code}`).join('');
      return [`${command} ${place}${named}: ${line.outcome}, ${line.calls}, ${line.documents}${errors}`];
    });
  };
  const open = async (...statements: readonly string[]): Promise<void> => {
    const { node } = await scene.cluster('orders-eu');
    await scene.run('newPlayground', { ...node, kind: 'database', database: 'shop' });
    await edit(...statements);
  };
  const edit = async (...statements: readonly string[]): Promise<void> => {
    const editor = vscode.window.activeTextEditor ?? assert.fail('no editor is active');
    const rest = new vscode.Range(2, 0, editor.document.lineCount, 0);
    await editor.edit((edit) => edit.replace(rest, statements.join('\n')));
  };

  it('what a playground writes and drops: who, where, what, how many, and no value of it', async () => {
    await open(
      'db.fresh.insertMany([{ _id: "Wren", mail: "wren@example.com" }, { _id: "Ibis", seen: 4711 }])',
      'db.fresh.find({ mail: "wren@example.com" }).toArray()',
      'db.fresh.updateOne({ mail: "wren@example.com" }, { $set: { mail: "ibis@example.com" } })',
      'db.fresh.drop()',
      'db.orders.insertOne({ _id: "Wren" })',
      'db.orders.insertOne({ _id: "Wren" })',
    );
    await scene.run('runPlayground');
    assert.deepEqual(await ends(), [
      'insert shop.fresh: done, 1, 2',
      'update shop.fresh: done, 1, 1',
      'drop shop.fresh: done, 1, null',
      'insert shop.orders: partly, 2, 1, database 11000',
    ]);
    const [first] = await lines();
    assert.ok(first !== undefined);
    const { account, tenant } = first.who;
    assert.deepEqual([account, first.cluster, first.what.from], [kai, clusterId('orders-eu'), 'playground']);
    assert.match(tenant, /^[\da-f-]{36}$/);
    assert.doesNotMatch(await text(), /wren|ibis|4711|mail/i);
  });

  it('what was under way when its playground ended, as what nobody knows', async () => {
    await open(
      'db.fresh.insertOne({ a: 1 })',
      'for (;;) { db.fresh.updateOne({}, { $inc: { a: 1 } }); sleep(20) }',
    );
    const running = scene.run('runPlayground');
    await eventually(async () =>
      assert.ok((await lines()).some(({ what: { command } }) => command === 'update')),
    );
    scene.app.playgrounds.forget();
    await running;
    const [insert, update] = await ends();
    assert.equal(insert, 'insert shop.fresh: done, 1, 1');
    assert.match(update ?? '', /^update shop\.fresh: (?:done|unknown), \d+, (?:\d+|null)$/);
  });

  it('what a script does behind its run, with the next one', async () => {
    await open(
      'const write = () => db.getMongo()._serviceProvider.insertOne("shop", "late", {}).catch(() => undefined)',
      whenFree('void write()'),
    );
    await scene.run('runPlayground');
    await free();
    await eventually(async () => assert.equal((await lines()).length, 1));
    const { cluster } = scene.app.azure().database.all[0] ?? assert.fail('no session');
    await eventually(async () => {
      const place = { database: 'shop', collection: 'late' };
      assert.equal(await new Catalog(scene.app.azure().database).count(cluster, place), 1);
    });
    assert.deepEqual(await ends(), []);
    await edit('1');
    await scene.run('runPlayground');
    assert.deepEqual(await ends(), ['insert shop.late: done, 1, 1']);
  });

  it('what is made and dropped from rows', async () => {
    const at = (...labels: readonly string[]) => scene.cluster('orders-eu', 'Databases', ...labels);
    await does('createCollection', await at('shop'), 'reviews');
    await does('createIndex', await at('shop', 'reviews'), '{"stars":1}', 'stars_1', 'Create Index');
    await does('dropIndex', await at('shop', 'reviews', 'Indexes', 'stars_1'), 'stars_1');
    await does('dropCollection', await at('shop', 'reviews'), 'reviews');
    await does('createCollection', await at(), 'crm', 'people');
    await does('dropDatabase', await at('crm'), 'crm');
    assert.deepEqual(await ends(), [
      'create shop.reviews: done, 1, null',
      'createIndexes shop.reviews (stars_1): done, 1, null',
      'dropIndexes shop.reviews (stars_1): done, 1, null',
      'drop shop.reviews: done, 1, null',
      'create crm.people: done, 1, null',
      'dropDatabase crm: done, 1, null',
    ]);
  });

  it('what is edited, inserted and deleted in a view of documents', async () => {
    const { node } = await scene.cluster('orders-eu');
    await scene.run('openDocuments', { ...node, database: 'shop', collection: 'customers' });
    const view = scene.app.collections.views.at(-1) ?? assert.fail();
    await eventually(() => assert.equal(view.view.state, 'ready'));
    const tab = (): Promise<vscode.TextEditor> =>
      eventually(() => {
        const editor = vscode.window.activeTextEditor;
        assert.ok(editor?.document.uri.scheme === fileScheme);
        return editor;
      });
    const writes = async (text: (before: string) => string, answer: string): Promise<void> => {
      const { document } = await tab();
      const edit = new vscode.WorkspaceEdit();
      const whole = new vscode.Range(0, 0, document.lineCount, 0);
      edit.replace(document.uri, whole, text(document.getText()));
      await vscode.workspace.applyEdit(edit);
      scene.stage.answers.push(answer);
      await scene.run('saveDocument');
      await eventually(() => assert.ok(!document.isDirty));
      await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    };
    await view.hear({ kind: 'edit', page: view.view.page, row: 0 });
    await writes((before) => before.replace('"email": "', '"email": "wren-'), 'Write It');
    await view.hear({ kind: 'insert' });
    await writes(() => '{ "_id": "Wren" }', 'Insert It');
    await eventually(() => assert.equal(view.view.state, 'ready'));
    scene.stage.answers.push('Delete');
    await view.hear({ kind: 'delete', page: view.view.page, rows: [0, 1] });
    assert.deepEqual(await ends(), [
      'update shop.customers: done, 1, 1',
      'insert shop.customers: done, 1, 1',
      'delete shop.customers: done, 1, 2',
    ]);
    assert.doesNotMatch(await text(), /wren/i);
  });
});

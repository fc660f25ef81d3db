import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Playground } from '../../src/editor/playgrounds.ts';
import { eventually } from './eventually.ts';
import { onScene } from './scene.ts';

const kai = 'kai@contoso.com';

describe('a playground', function () {
  this.timeout(60_000);
  const scene = onScene();
  beforeEach(() => scene.enter(kai));
  afterEach(async () => {
    scene.app.playgrounds.forget();
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await scene.app.azure().database.forget();
  });

  const document = (): vscode.TextDocument => vscode.window.activeTextEditor?.document ?? assert.fail();
  const playground = (): Playground => scene.app.playgrounds.known(document()) ?? assert.fail();
  const kinds = (): readonly string[] =>
    playground().runner.run?.outcomes.map(({ state, value: { kind } }) => `${state} ${kind}`) ?? [];

  /** A playground at a cluster, with these lines below its first. */
  async function open(...lines: readonly string[]): Promise<void> {
    const { node } = await scene.cluster('orders-eu');
    await scene.run('openSession', node);
    await scene.run('newPlayground', {
      kind: 'database',
      key: (node as { key: string }).key,
      database: 'shop',
    });
    const editor = vscode.window.activeTextEditor ?? assert.fail();
    const rest = new vscode.Range(2, 0, editor.document.lineCount, 0);
    await editor.edit((edit) => edit.replace(rest, lines.join('\n')));
  }

  it('begins about what a row shows, and says on its first line where it runs and as whom', async () => {
    await open('db.orders.find()');
    assert.equal(document().languageId, 'cosmos-entra-playground');
    assert.equal(document().lineAt(0).text, `// Cosmos Entra: orders-eu / shop as ${kai}`);
  });

  it('runs whole, and shows what each statement came to', async () => {
    await open('const one = 1', 'one + 1', 'db.orders.find()');
    await scene.run('runPlayground');
    assert.deepEqual(kinds(), ['done nothing', 'done value', 'done documents']);
    assert.ok(playground().view !== undefined);
  });

  it('is formatted as JavaScript is', async () => {
    await open('db.orders.find( {a:1 ,b:   2})');
    await vscode.commands.executeCommand('editor.action.formatDocument');
    await eventually(() => assert.equal(document().lineAt(2).text, 'db.orders.find({ a: 1, b: 2 })'));
  });
});

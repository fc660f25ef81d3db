import assert from 'node:assert/strict';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { changingOn, kai, swift } from './changing.ts';
import { eventually } from './eventually.ts';
import { onScene } from './scene.ts';
import { dismiss } from './stage.ts';

describe('the command', () => {
  const scene = onScene();
  const { does, last } = changingOn(scene);
  beforeEach(swift);

  const folder = (): string => join(scene.context.globalStorageUri.fsPath, 'audit');
  const target = (): string => join(scene.context.globalStorageUri.fsPath, 'exported.jsonl');
  /** Asked each time: a suite may run beyond midnight. */
  const today = (): string => new Date().toISOString().slice(0, 10);
  /** The lines of a file that are this test's own. */
  const ownLines = async (file: string): Promise<readonly unknown[]> => {
    const text = await readFile(file, 'utf8');
    const all = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    return all.slice(-scene.stage.audited.length);
  };
  const happen = async (): Promise<void> => {
    await scene.enter(kai);
    await does('addUser', await scene.cluster('orders-eu'), ['rob', 'Robin Reyes'], 'Read only', 'Add');
    await does('addUser', await scene.cluster('orders-us'), dismiss);
    await scene.app.audit.flush();
  };

  describe('openAuditLog', () => {
    it('shows what was changed and what was stopped, in words', async () => {
      await happen();
      await scene.run('openAuditLog');
      const text = await eventually(() => {
        const log = vscode.window.visibleTextEditors.find(({ document }) => document.uri.scheme === 'output');
        const shown = log?.document.getText() ?? '';
        assert.match(shown, /was kept from this/);
        return shown;
      });
      const id = '9e550000-0000-4000-8000-000000000002';
      assert.ok(text.includes(`${kai} is about to add Robin Reyes (${id}) as Read only to orders-eu`));
      assert.match(
        text,
        new RegExp(`${kai} added Robin Reyes \\(${id}\\) as Read only to orders-eu: done in \\d+ ms`),
      );
      assert.match(text, /kai@contoso\.com was kept from this, to add somebody to orders-us: replica/);
      assert.ok(text.includes(`${kai} asked for a token for https://management.core.windows.net`));
      await vscode.commands.executeCommand('workbench.action.closePanel');
    });
  });

  describe('exportAuditLog', () => {
    afterEach(() => rm(target(), { force: true }));

    it('writes the lines of the days that are chosen to a file, as they are kept', async () => {
      await happen();
      await does('exportAuditLog', undefined, 'Everything', target(), dismiss);
      assert.equal(last(), `The audit log is in ${target()}. [Open]`);
      assert.deepEqual(await ownLines(target()), JSON.parse(JSON.stringify(scene.stage.audited)));
      assert.deepEqual(await ownLines(join(folder(), `audit-${today()}.jsonl`)), await ownLines(target()));
      const { mode } = await stat(join(folder(), `audit-${today()}.jsonl`));
      assert.equal((mode & 0o777).toString(8), '600', 'for nobody else on this machine');
    });

    it('offers the last day, week, month, and everything; opens it, if told to', async () => {
      await happen();
      const days = ['2020-01-01', '2020-01-02'];
      for (const day of days) await writeFile(join(folder(), `audit-${day}.jsonl`), `{"day":"${day}"}\n`);
      try {
        await does('exportAuditLog', undefined, 'The last day', target(), 'Open');
        assert.deepEqual(
          scene.stage.offers.at(-1)?.map(({ label, description }) => [label, description]),
          [
            ['The last day', `${today()} – ${today()}`],
            ['The last 7 days', `${today()} – ${today()}`],
            ['The last 30 days', `${today()} – ${today()}`],
            ['Everything', `2020-01-01 – ${today()}`],
          ],
        );
        assert.ok(scene.stage.heard.includes(`save as cosmos-entra-audit-${today()}.jsonl`));
        assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, target());
        assert.ok(!(await readFile(target(), 'utf8')).includes('2020-01-0'));
        await does('exportAuditLog', undefined, 'Everything', target(), dismiss);
        assert.ok(
          (await readFile(target(), 'utf8')).startsWith('{"day":"2020-01-01"}\n{"day":"2020-01-02"}\n'),
        );
      } finally {
        for (const day of days) await rm(join(folder(), `audit-${day}.jsonl`), { force: true });
      }
    });

    it('writes nothing when the person goes away at any of its questions', async () => {
      await happen();
      await does('exportAuditLog', undefined, dismiss);
      await does('exportAuditLog', undefined, 'Everything', dismiss);
      await assert.rejects(readFile(target()), { code: 'ENOENT' });
    });

    it('says so where nothing has been recorded', async () => {
      await scene.app.audit.flush();
      const kept = await readdir(folder());
      const texts = await Promise.all(kept.map((name) => readFile(join(folder(), name))));
      await rm(folder(), { recursive: true });
      await does('exportAuditLog', undefined);
      assert.deepEqual(scene.stage.heard, ['Nothing has been recorded yet. []']);
      await scene.enter(kai);
      await scene.app.audit.flush();
      assert.ok((await readdir(folder())).length > 0 && texts.length > 0);
    });
  });
});

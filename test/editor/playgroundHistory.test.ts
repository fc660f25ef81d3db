import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { openHistory } from '../../src/core/playground/history.ts';
import type { History, Past } from '../../src/core/playground/history.ts';
import { showHistory } from '../../src/editor/playground/history.ts';
import { editorPrompts } from '../../src/editor/prompts.ts';
import { eventually } from './eventually.ts';
import { onScene } from './scene.ts';
import { dismiss } from './stage.ts';

describe('the history of playgrounds, looked through', () => {
  const scene = onScene();
  let folder: string;
  let isOn: boolean;
  let history: History;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'history-'));
    isOn = true;
    history = openHistory({ folder, isOn: () => isOn, trouble: (error) => assert.fail(String(error)) });
  });
  afterEach(async () => {
    await history.flush();
    await rm(folder, { recursive: true });
    await vscode.commands.executeCommand('workbench.action.files.revert');
  });

  const ran = (text: string, minute: number, more: Partial<Past> = {}): void =>
    history.add({
      time: new Date(Date.UTC(2026, 10, 21, 8, minute)).toISOString(),
      text,
      state: 'done',
      serverCode: undefined,
      cluster: 'orders-eu',
      database: 'shop',
      account: 'kai@contoso.com',
      took: 12,
      count: 3,
      ...more,
    });
  const shows = async (...answers: readonly (string | readonly string[] | symbol)[]): Promise<void> => {
    scene.stage.answers.push(...answers);
    await showHistory(scene.app, history);
    assert.deepEqual(scene.stage.mistakes, []);
  };
  const labels = (): readonly string[] => scene.stage.offers.at(-1)?.map(({ label }) => label) ?? [];

  it('says of each statement what it was, how it ended, where and as whom, the newest first', async () => {
    ran('db.orders\n  .find({ $or: [] })', 1);
    ran('db.orders.drop()', 2, { state: 'failed', serverCode: 13, count: undefined });
    ran('$(trash) while (true) {}', 3, { state: 'stopped', count: 1, took: 61_000 });
    await shows(dismiss);
    const offers = scene.stage.offers.at(-1) ?? [];
    assert.deepEqual(
      offers.map(({ label, description }) => [label, description]),
      [
        ['$\u200b(trash) while (true) {}', 'stopped · 1 document · 1 min'],
        ['db.orders.drop()', 'failed (13) · 12 ms'],
        ['db.orders .find({ $or: [] })', 'done · 3 documents · 12 ms'],
      ],
    );
    assert.match(offers[0]?.detail ?? '', /^orders-eu \/ shop as kai@contoso\.com, .*2026/);
    assert.equal(scene.stage.heard[0], 'History of Playgrounds');
  });

  it('opens a statement in a new playground that says where it ran', async () => {
    ran('db.orders.find({\n  a: 1,\n})', 1);
    await shows('db.orders.find({ a: 1, })');
    const { document } = vscode.window.activeTextEditor ?? assert.fail();
    assert.equal(
      document.getText(),
      '// Cosmos Entra: orders-eu / shop as kai@contoso.com\n\ndb.orders.find({\n  a: 1,\n})\n',
    );
  });

  it('copies a statement', async () => {
    ran('db.one.find()', 1);
    await shows(['db.one.find()', 'Copy']);
    assert.equal(await vscode.env.clipboard.readText(), 'db.one.find()');
  });

  it('forgets a statement, and shows the others', async () => {
    ran('db.one.find()', 1);
    ran('db.two.find()', 2);
    await shows(['db.one.find()', 'Delete'], dismiss);
    assert.deepEqual(labels(), ['db.two.find()']);
    assert.equal((await history.all()).length, 1);
  });

  it('forgets all, if the person is sure', async () => {
    ran('db.one.find()', 1);
    ran('db.two.find()', 2);
    await shows('Clear All', dismiss, dismiss);
    assert.equal((await history.all()).length, 2);
    await shows('Clear All', 'Clear All', dismiss);
    assert.match(
      scene.stage.heard.join('\n'),
      /Forget all 2 statements in the history of playgrounds\? \[Clear All\]/,
    );
    assert.deepEqual(await history.all(), []);
    assert.match(
      scene.stage.heard.at(-1) ?? '',
      /^Nothing has been run in a playground yet.*\[New Playground\]$/,
    );
  });

  it('says when it is off, and leads to where it can be turned on', async () => {
    isOn = false;
    await shows(dismiss);
    assert.equal(
      scene.stage.heard.at(-1),
      'The history of playgrounds is off, and nothing is in it. [Open Setting]',
    );
    isOn = true;
    ran('db.one.find()', 1);
    isOn = false;
    await shows('Clear All', 'Clear All', dismiss);
    assert.ok(scene.stage.heard.includes('History of Playgrounds (off: nothing new is kept)'));
    assert.deepEqual(await history.all(), []);
  });

  it('is a list of the editor’s in which one types, chooses, and goes away', async () => {
    const list = editorPrompts.browse({
      title: 'Title',
      question: 'Which?',
      choices: ['one', 'two', 'three'].map((value) => ({ label: value, value })),
      acts: [{ name: 'copy', label: 'Copy', icon: 'copy' }],
      listActs: [],
      typed: 'tw',
    });
    let answer: unknown;
    void list.then((value) => (answer = value));
    await eventually(async () => {
      await vscode.commands.executeCommand('workbench.action.acceptSelectedQuickOpenItem');
      assert.deepEqual(answer, { act: undefined, value: 'two', typed: 'tw' });
    });
    const left = editorPrompts.browse({
      title: 'Title',
      question: 'Which?',
      choices: [{ label: 'one', value: 'one' }],
      acts: [],
      listActs: [],
      typed: '',
    });
    await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
    assert.equal(await left, undefined);
  });
});

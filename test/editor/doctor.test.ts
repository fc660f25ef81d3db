import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { OpenReport } from '../../src/editor/doctor/reports.ts';
import type { CheckView } from '../../src/webview/doctorProtocol.ts';
import { changingOn, kai, people, swift } from './changing.ts';
import { eventually } from './eventually.ts';
import { behave, change, clusterId } from './localAzure.ts';
import { onScene } from './scene.ts';
import { dismiss } from './stage.ts';

describe('the command', () => {
  const scene = onScene();
  const { does, leaves, writes, record } = changingOn(scene);
  beforeEach(swift);
  afterEach(async () => {
    for (const report of scene.app.reports.open) report.dispose();
    await vscode.env.clipboard.writeText('');
  });

  const only = (): OpenReport => {
    const [report, ...others] = scene.app.reports.open;
    assert.equal(others.length, 0);
    return report ?? assert.fail('no report is open');
  };
  const done = (report = only()): Promise<OpenReport> =>
    eventually(() => {
      assert.notEqual(report.view.state, 'looking', report.view.progress);
      return report;
    }, 60_000);
  const check = ({ view }: OpenReport, id: string): CheckView =>
    view.checks.find((one) => one.id === id) ?? assert.fail(`no check ${id}`);
  const states = ({ view }: OpenReport): Readonly<Record<string, string>> =>
    Object.fromEntries(view.checks.map(({ id, state }) => [id, state]));
  const buttons = ({ view }: OpenReport): readonly string[] => view.buttons.map(({ label }) => label);

  describe('whyCantIConnect', () => {
    it('of a healthy cluster says that everything works, and leads on from there', async () => {
      await scene.enter(kai);
      await does('whyCantIConnect', await scene.cluster('orders-eu'));
      assert.equal(only().view.state, 'looking');
      const report = await done();
      assert.deepEqual(
        new Set(Object.values(states(report))),
        new Set(['pass']),
        JSON.stringify(states(report)),
      );
      assert.equal(report.view.sentence, 'Everything works: nothing keeps you from orders-eu.');
      assert.deepEqual(buttons(report), ['Open Session', 'Open Documents…']);
      assert.deepEqual(scene.stage.heard, []);
      assert.deepEqual(writes(), []);
      assert.deepEqual(record(), []);
      await report.hear({ kind: 'press', check: '', button: 'openSession' });
      assert.ok(scene.app.azure().database.all.some(({ cluster }) => cluster.name === 'orders-eu'));
    });
  });
});

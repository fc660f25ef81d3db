import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { changingOn, kai, swift } from './changing.ts';
import { eventually } from './eventually.ts';
import { behave, fault, refusal, wait } from './localAzure.ts';
import { onScene } from './scene.ts';
import { dismiss } from './stage.ts';

const log = 'eventtypes/management/values$';

describe('the command', () => {
  const scene = onScene();
  const { does, last } = changingOn(scene);
  const target = (end: string): string => join(scene.context.globalStorageUri.fsPath, `changes.${end}`);
  beforeEach(swift);
  // What other tests did is on record as well.
  beforeEach(async () => {
    await scene.app.audit.flush();
    await rm(join(scene.context.globalStorageUri.fsPath, 'audit'), { recursive: true, force: true });
  });

  describe('recentAccessChanges', () => {
    afterEach(() => Promise.all(['csv', 'jsonl'].map((end) => rm(target(end), { force: true }))));

    const shown = (at = -1): readonly string[] =>
      (scene.stage.offers.at(at) ?? []).map(({ label, detail }) => {
        const [, who, ...rest] = detail?.split(' · ') ?? [];
        return [label, who, rest.join(' · ')].join(' | ');
      });

    it('lists what was done and tried to a cluster and what is below it, by person or application', async () => {
      await scene.enter(kai);
      await does('recentAccessChanges', await scene.cluster('orders-eu'), dismiss);
      assert.equal(scene.stage.heard.at(-2), 'orders-eu: Access Changes of the Last 30 Days');
      assert.deepEqual(shown(), [
        'Set the firewall rule office: 203.0.113.0–203.0.113.31 | Alex Moreau (person) | done',
        'Took access from 60e60e00-0000-4000-8000-000000000007 | a9900000-0000-4000-8000-000000000003 (application) | failed (Conflict)',
        'Gave access to 5e97ce00-0000-4000-8000-000000000006 | a9900000-0000-4000-8000-000000000003 (application) | done',
      ]);
      assert.match(scene.stage.offers.at(-1)?.[0]?.detail ?? '', /\d{4}.*\d:\d\d/);
    });

    it('looks further back, or less far, and again', async () => {
      await scene.enter(kai);
      await does(
        'recentAccessChanges',
        await scene.cluster('orders-eu'),
        'Other Span…',
        'The last 90 days',
        'Other Span…',
        'The last 7 days',
        'Refresh',
        dismiss,
      );
      assert.deepEqual(
        scene.stage.offers.map(({ length }) => length),
        [3, 3, 5, 3, 1, 1],
      );
      assert.ok(shown(2).includes('Changed ways in to Entra only | Alex Moreau (person) | done'));
      assert.deepEqual(
        scene.stage.offers.at(3)?.map(({ description }) => description),
        [undefined, undefined, 'current'],
      );
    });

    it('marks what was made here, and shows what only the database knows', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('orders-eu');
      await does('addUser', row, ['sam', 'Sam Okafor'], 'Administrator', 'Add', dismiss);
      await does('addUser', row, ['rob', 'Robin Reyes'], 'Read only', 'Add', dismiss);
      await does('recentAccessChanges', row, dismiss);
      assert.deepEqual(shown().slice(0, 2), [
        'Added Robin Reyes as Read only | Kai Carter (person) | done · made here, not in Azure’s log',
        'Added Sam Okafor as Administrator | Kai Carter (person) | done · made here',
      ]);
      assert.equal(shown().filter((line) => line.includes('Sam Okafor')).length, 1);
    });

    it('opens all that is known of one, to be read only and without secrets', async () => {
      await scene.enter(kai);
      await does('recentAccessChanges', await scene.cluster('catalog'), 'Read the keys');
      const editor = vscode.window.activeTextEditor;
      assert.match(
        editor?.document.uri.toString(true) ?? '',
        /^cosmos-entra:.*catalog\/changes\/catalog-.*\.json$/,
      );
      const opened = await eventually(() => {
        const text = editor?.document.getText() ?? '';
        return JSON.parse(text) as { whoType: string; azure: { status: { value: string } }[] };
      });
      assert.equal(opened.whoType, 'person');
      assert.deepEqual(
        opened.azure.map(({ status }) => status.value),
        ['Started', 'Succeeded'],
      );
    });

    it('exports a table that no spreadsheet runs, and lines with all that is known', async () => {
      await fault({
        service: 'resourceManager',
        path: log,
        fault: {
          kind: 'status',
          status: 200,
          body: {
            value: [
              {
                resourceId: `${(await entered()).id}/firewallRules/=cmd|' /C calc'!A0`,
                operationName: { value: 'Microsoft.DocumentDB/mongoClusters/firewallRules/write' },
                caller: '=HYPERLINK("x")',
                eventTimestamp: new Date().toISOString(),
                correlationId: 'c',
                status: { value: 'Succeeded' },
              },
            ],
          },
        },
      });
      const row = await scene.cluster('orders-eu');
      await does('recentAccessChanges', row, 'Export…', 'CSV', target('csv'), dismiss);
      assert.equal(last(), `The access changes are in ${target('csv')}. [Open]`);
      const [headings, line] = (await readFile(target('csv'), 'utf8')).split('\r\n');
      assert.match(headings ?? '', /^time,what,subjectId,who,whoType,/);
      assert.ok(line?.includes(`"'=HYPERLINK(""x"")"`), line);

      await does('recentAccessChanges', row, 'Export…', 'JSON Lines', target('jsonl'), 'Open');
      const lines = (await readFile(target('jsonl'), 'utf8')).trim().split('\n');
      assert.equal(lines.length, 3);
      const first = JSON.parse(lines[1] ?? '') as { outcome: string; serviceCode: string; azure: unknown[] };
      assert.deepEqual([first.outcome, first.serviceCode, first.azure.length], ['failed', 'Conflict', 2]);
      assert.equal(vscode.window.activeTextEditor?.document.uri.fsPath, target('jsonl'));
    });

    const entered = async (): Promise<{ readonly id: string }> => {
      await scene.enter(kai);
      const clusters = scene.app.azure().discovery.tenants.flatMap((tenant) => tenant.clusters);
      return clusters.find(({ name }) => name === 'orders-eu') ?? assert.fail();
    };

    it('says what to do where nothing was done', async () => {
      await scene.enter(kai);
      await does(
        'recentAccessChanges',
        await scene.cluster('carts-eu'),
        'Other Span…',
        'The last 90 days',
        dismiss,
      );
      const told = scene.stage.heard.filter((text) => text.startsWith('Nothing was done'));
      assert.match(told[0] ?? '', /carts-eu in the last 30 days\..* \[Other Span…, Refresh\]$/);
      assert.match(told[1] ?? '', /last 90 days/);
    });

    it('says what may be missing to who may read the cluster and not its group', async () => {
      await scene.enter(kai);
      await fault({ service: 'resourceManager', path: log, fault: refusal(403, 'AuthorizationFailed') });
      await does('recentAccessChanges', await scene.cluster('orders-eu'), dismiss);
      assert.match(
        scene.stage.heard.at(-2) ?? '',
        /30 Days \(its resource group may not be read: some may be missing\)$/,
      );
      assert.ok(shown().length > 0);
    });

    it('says why it may not be read, and tries again', async () => {
      // Reads accounts, and no logs.
      await scene.enter('devon@contoso.com');
      const row = await scene.cluster('orders-eu');
      await does('recentAccessChanges', row, 'Retry', dismiss);
      assert.equal(scene.stage.heard.length, 2);
      for (const text of scene.stage.heard)
        assert.match(
          text,
          /Reader role[^]*eventtypes\/values\/Read[^]*\[Retry, Ask for Access…, Show Log\]$/,
        );
    });

    it('asks for the role that reads it, of who may not', async () => {
      await scene.enter('devon@contoso.com');
      const row = await scene.cluster('orders-eu');
      await does('recentAccessChanges', row, 'Ask for Access…', dismiss);
      const text = await vscode.env.clipboard.readText();
      assert.match(
        text,
        /^I need the permission `Microsoft\.Insights\/eventtypes\/values\/Read` on `orders-eu`\./m,
      );
      assert.match(text, /is \*\*Reader\*\*, on this cluster alone/);
    });

    it('goes on once it may be read', async () => {
      await scene.enter(kai);
      const no = refusal(403, 'AuthorizationFailed');
      await fault({ service: 'resourceManager', path: log, fault: no, times: 2 });
      await does('recentAccessChanges', await scene.cluster('orders-eu'), 'Retry', dismiss);
      assert.equal(shown().length, 3);
    });

    it('waits when Azure asks for it, and says so when that takes too long', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('orders-eu');
      await fault({ service: 'resourceManager', path: log, fault: wait(1) });
      await does('recentAccessChanges', row, dismiss);
      assert.equal(shown().length, 3);
      await fault({ service: 'resourceManager', path: log, fault: wait(600), times: 0 });
      await does('recentAccessChanges', row, dismiss);
      assert.match(last(), /asks to wait.*\[Retry, Show Log\]/);
    });

    it('asks which cluster, and reads every page of the log', async () => {
      await scene.enter(kai);
      await behave({ pageSize: 2 });
      await does('recentAccessChanges', undefined, 'orders-eu', dismiss);
      assert.equal(scene.stage.heard[0], 'Recent access changes of which cluster?');
      assert.equal(shown().length, 3);
      assert.ok(scene.requests(/eventtypes/).length > 2);
    });
  });
});

import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { editorPrompts } from '../../src/editor/prompts.ts';
import { changingOn, kai, swift } from './changing.ts';
import { eventually } from './eventually.ts';
import { behave, fault, refusal, wait } from './localAzure.ts';
import { onScene } from './scene.ts';
import { dismiss } from './stage.ts';

const log = 'eventtypes/management/values$';

describe('the command', () => {
  const scene = onScene();
  const { does, idOf, last } = changingOn(scene);
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
      await does('recentAccessChanges', await scene.cluster('catalog'), 'Read the keys', 'Open as JSON');
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

    it('tells it in words, a line each to copy, and leads back to the row one came from', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('orders-eu');
      const tried = 'Took access from 60e60e00-0000-4000-8000-000000000007';
      await does(
        'recentAccessChanges',
        row,
        tried,
        'Correlation id',
        'Back to All Changes',
        tried,
        'Back',
        dismiss,
      );
      const [list, details = [], copied, again, , last] = scene.stage.offers;
      const lines = details.map(({ label, detail }) =>
        detail === undefined ? label : `${label}: ${detail}`,
      );
      assert.deepEqual(
        lines.filter((line) => !/^(When|Correlation id): /.test(line)),
        [
          'Back to All Changes',
          `What was done: ${tried}`,
          'Object id of whom it is about: 60e60e00-0000-4000-8000-000000000007',
          'Who: a9900000-0000-4000-8000-000000000003 (application)',
          'Their object id: 5e97ce00-0000-4000-8000-000000000003',
          'With the application: a9900000-0000-4000-8000-000000000003',
          'From the address: 127.0.0.1',
          'How it ended: failed (Conflict)',
          'What Azure says: There is another operation in progress on orders-eu.',
          'On record: in Azure’s log alone',
          'Permission used: Microsoft.DocumentDB/mongoClusters/users/delete',
          `Resource id: ${idOf('orders-eu')}/users/60e60e00-0000-4000-8000-000000000007`,
        ],
      );
      assert.match(lines.join('\n'), /^When: \w+, .*\d{4}.* · \d{4}-\d\d-\d\dT[\d:.]+Z$/m);
      const stoodOn = (offers = list): readonly string[] =>
        (offers ?? []).flatMap(({ label, picked }) => (picked === true ? [label] : []));
      assert.deepEqual([list, details, copied, again, last].map(stoodOn), [
        [],
        ['What was done'],
        ['Correlation id'],
        [tried],
        [tried],
      ]);
      const id = details.find(({ label }) => label === 'Correlation id')?.detail;
      assert.equal(await vscode.env.clipboard.readText(), id);
      await does('recentAccessChanges', row, tried, dismiss);
      assert.equal(scene.stage.offers.length, 8, 'who goes away has gone away from the list too');
    });

    it('is a list of the editor’s that stands where it is told to, and goes back by its key', async () => {
      const shows = () =>
        editorPrompts.browse({
          title: 'Title',
          question: 'Which?',
          choices: ['one', 'two', 'three'].map((value) => ({ label: value, value })),
          acts: [],
          listActs: [],
          typed: 't',
          at: 'three',
          canGoBack: true,
        });
      const after = (command: string): Promise<unknown> => {
        let answer: unknown;
        void shows().then((value) => (answer = value));
        return eventually(async () => {
          await vscode.commands.executeCommand(command);
          assert.ok(answer !== undefined);
          return answer;
        });
      };
      const accepted = await after('workbench.action.acceptSelectedQuickOpenItem');
      assert.deepEqual(accepted, { act: undefined, value: 'three', typed: 't' });
      const back = await after('workbench.action.quickInputBack');
      assert.deepEqual(back, { act: 'back', value: undefined, typed: 't' });
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

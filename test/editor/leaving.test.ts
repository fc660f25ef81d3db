import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { changingOn, kai, swift } from './changing.ts';
import { eventually } from './eventually.ts';
import { behave } from './localAzure.ts';
import { onScene, setting } from './scene.ts';
import { dismiss } from './stage.ts';

describe('who leaves in the middle of something', () => {
  const scene = onScene();
  const { does, last, record, writes } = changingOn(scene);
  beforeEach(swift);
  const unhandled: unknown[] = [];
  const hear = (reason: unknown): void => void unhandled.push(reason);
  before(() => process.on('unhandledRejection', hear));
  after(() => process.off('unhandledRejection', hear));
  beforeEach(() => vscode.env.clipboard.writeText('mine'));
  afterEach(async () => {
    assert.deepEqual(unhandled.splice(0), []);
    for (const report of scene.app.reports.open) report.dispose();
    await setting('cloud', 'custom');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  /** What was sent before they were gone. */
  let sent = 0;
  const gone = async (): Promise<void> => {
    await eventually(() => assert.equal(scene.app.azure().discovery.tenants.length, 0));
    sent = scene.stage.requests.length;
  };
  const ways: Readonly<Record<string, () => Promise<void>>> = {
    async 'the editor'() {
      scene.stage.people.length = 0;
      scene.stage.changeSessions();
      await gone();
    },
    async 'the extension'() {
      const [listing = assert.fail()] = scene.app.azure().discovery.accounts;
      scene.stage.answers.unshift(listing.account.label);
      await scene.run('leaveAccount');
      await gone();
    },
    async 'for another cloud'() {
      scene.stage.people.length = 0;
      const was = scene.app.azure();
      await setting('cloud', 'public');
      await eventually(() => assert.notEqual(scene.app.azure(), was));
      await gone();
    },
  };
  const nothingSent = (): void =>
    assert.deepEqual(
      scene.stage.requests
        .slice(sent)
        .flatMap(({ method, path, status, account }) =>
          Number(status) > 0 && account === kai ? [`${method} ${path}`] : [],
        ),
      [],
    );
  const said = `${kai} was signed out, or the cloud is another now: nothing more is sent for them. What was sent before may still come true. Sign in to go on.`;
  const isSaid = (): void =>
    assert.ok(
      scene.stage.heard.some((text) => text.includes(said)),
      last(),
    );

  for (const [from, leave] of Object.entries(ways)) {
    describe(from, () => {
      it('has changed nothing where the change waited to be confirmed', async () => {
        await scene.enter(kai);
        const row = await scene.cluster('orders-eu', 'Firewall', 'office');
        scene.stage.meanwhile.push(leave);
        await does('removeFirewallRule', row, 'Remove', dismiss);
        isSaid();
        nothingSent();
        assert.deepEqual(writes(), []);
      });

      it('has changed nothing back where what was done waited to be undone', async () => {
        await scene.enter(kai);
        const row = await scene.cluster('orders-eu', 'Firewall', 'office');
        scene.stage.meanwhile.push(() => undefined, leave);
        await does('removeFirewallRule', row, 'Remove', 'Undo', dismiss);
        isSaid();
        nothingSent();
        assert.equal(writes().length, 1);
      });

      it('is told how far it came where it was under way', async () => {
        await scene.enter(kai);
        await behave({ operationPolls: 40, lockMs: 0, secondFactorOnWrite: false });
        const row = await scene.cluster('orders-eu', 'Firewall', 'office');
        scene.stage.answers.push('Remove');
        const doing = scene.run('removeFirewallRule', row.node);
        await eventually(() => assert.equal(writes().length, 1));
        await leave();
        await doing;
        assert.equal(record().at(-1), 'orders-eu removeRule 203.0.113.0 203.0.113.31 unknown (signedOut)');
        isSaid();
        assert.equal(writes().length, 1);
      });

      for (const [at, question] of ['what', 'the address'].entries())
        it(`has asked nobody for access where ${question} was still asked`, async () => {
          await scene.enter(kai);
          const row = await scene.cluster('orders-eu');
          scene.stage.meanwhile.push(...Array.from({ length: at }, () => () => undefined), leave);
          await does('askForAccess', row, 'My address let in', 'Type addresses…', '203.0.113.9', dismiss);
          nothingSent();
          isSaid();
          assert.equal(await vscode.env.clipboard.readText(), 'mine');
        });

      it('sees no more of recent changes than was shown', async () => {
        await scene.enter(kai);
        const row = await scene.cluster('orders-eu');
        scene.stage.meanwhile.push(leave);
        await does('recentAccessChanges', row, 'Refresh', dismiss);
        isSaid();
        nothingSent();
      });

      it('has ignored nothing where the reason was still asked for', async () => {
        await scene.enter(kai);
        await scene.run('lookAgain');
        const [first = assert.fail()] = scene.app.findings.seen.open;
        const node = { kind: 'finding', key: first.known.cluster.key, id: first.id } as const;
        scene.stage.meanwhile.push(leave);
        scene.stage.answers.push('because', 'For ever');
        await scene.run('ignoreFinding', node);
        assert.match(last(), /^carts-eu is not listed any more: nothing was done\./);
        assert.equal(scene.app.findings.ledger.ignored.size, 0);
        nothingSent();
      });

      it('starts nothing from a report that closes with a question of its fix open', async () => {
        await scene.enter(kai);
        await scene.run('whyCantIConnect', (await scene.cluster('reviews-eu')).node);
        const [report = assert.fail()] = scene.app.reports.open;
        await eventually(() => assert.notEqual(report.view.state, 'looking'), 60_000);
        const [button = assert.fail(JSON.stringify(report.view.buttons))] = report.view.buttons;
        scene.stage.meanwhile.push(async () => {
          await leave();
          // That it is closed is told by itself, and takes no answer of this question's.
          await eventually(() =>
            assert.ok(scene.stage.heard.some((text) => /^A report .*closed/.test(text))),
          );
          scene.stage.answers.push('Read only', dismiss);
        });
        await report.hear({ kind: 'press', check: '', button: button.id });
        isSaid();
        nothingSent();
        assert.deepEqual(writes(), []);
      });
    });
  }
});

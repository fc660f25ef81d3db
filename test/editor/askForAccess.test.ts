import assert from 'node:assert/strict';
import { marked } from 'marked';
import type { Token } from 'marked';
import * as vscode from 'vscode';
import { askingFor } from '../../src/core/access/asking.ts';
import { tenantAskingFor } from '../../src/core/access/tenantAsking.ts';
import { readErrors } from '../../src/core/doctor/errors.ts';
import { askingText } from '../../src/editor/asking/askForAccessText.ts';
import { tenantAskingText } from '../../src/editor/asking/askTenantText.ts';
import { explanationOf } from '../../src/editor/explanationText.ts';
import type { OpenReport } from '../../src/editor/doctor/reports.ts';
import { changingOn, kai, people, swift } from './changing.ts';
import { driverOf, mayAt } from './driver.ts';
import { eventually } from './eventually.ts';
import { matchesGolden } from './golden.ts';
import { answer, armHost, change, clusterId, fault, refusal } from './localAzure.ts';
import { customCloud, onScene } from './scene.ts';
import { dismiss } from './stage.ts';

/** Manages clusters by a group of theirs, and is in the database of none. */
const avery = 'avery@contoso.com';
const typing = 'Type addresses…';
const copied = (name: string): string => `Copied. Send it to whoever manages ${name}. []`;

describe('the command', () => {
  const scene = onScene();
  const { does, grant, last, leaves, record, writes } = changingOn(scene);
  beforeEach(swift);
  beforeEach(() => vscode.env.clipboard.writeText('mine'));
  afterEach(() => {
    for (const report of scene.app.reports.open) report.dispose();
    return vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  const reported = (): Promise<OpenReport> =>
    eventually(() => {
      const [report = assert.fail('no report is open')] = scene.app.reports.open;
      assert.notEqual(report.view.state, 'looking', report.view.progress);
      return report;
    }, 60_000);
  /** Presses a button by its label: on top, or of a check. */
  const press = (report: OpenReport, label: string, id = ''): Promise<void> => {
    const offered =
      id === '' ? report.view.buttons : report.view.checks.find((one) => one.id === id)?.buttons;
    const button = offered?.find((one) => one.label === label) ?? assert.fail(`no ${label}`);
    return report.hear({ kind: 'press', check: id, button: button.id });
  };
  const offered = (at = -1): readonly string[] => (scene.stage.offers.at(at) ?? []).map(({ label }) => label);
  /** The message, which is in the clipboard and on the screen, and the same in both. */
  const message = async (): Promise<string> => {
    const text = await vscode.env.clipboard.readText();
    await eventually(() => {
      const document = vscode.window.activeTextEditor?.document;
      assert.deepEqual(
        [document?.uri.path.split('/').at(-1), document?.languageId, document?.getText()],
        ['Access Request.md', 'markdown', text],
      );
    });
    return text
      .replaceAll(armHost, 'arm.example')
      .replaceAll(new URL(scene.app.azure().cloud.graph).host, 'graph.example')
      .replaceAll(new URL(String(customCloud['portal'])).host, 'portal.example')
      .replaceAll(new Date().toISOString().slice(0, 10), '2026-03-04');
  };

  describe('copyAccessRequest', () => {
    const sentence = 'It is for the report of Friday.';
    const clipboard = (expected: RegExp): Promise<void> =>
      eventually(async () => assert.match(await vscode.env.clipboard.readText(), expected));
    const asked = async (): Promise<vscode.TextEditor> => {
      await scene.enter(kai);
      await does('askForAccess', await scene.cluster('orders-eu'), 'Read only', dismiss);
      await message();
      return vscode.window.activeTextEditor ?? assert.fail();
    };
    const adds = (editor: vscode.TextEditor): Thenable<boolean> =>
      editor.edit((edit) => edit.insert(new vscode.Position(0, 0), `${sentence}\n\n`));
    const tabs = (): number => vscode.window.tabGroups.all.flatMap((group) => group.tabs).length;

    it('copies what somebody has added, from above the first line, and leaves nothing to save', async () => {
      const editor = await asked();
      const { document } = editor;
      const { uri } = document;
      const [lens] = await eventually(async () => {
        const found = await vscode.commands.executeCommand<vscode.CodeLens[]>(
          'vscode.executeCodeLensProvider',
          uri,
        );
        assert.equal(found.length, 1);
        return found;
      });
      assert.equal(lens?.command?.title, 'Copy');
      assert.equal(await adds(editor), true);
      assert.equal(document.isDirty, true);
      await vscode.commands.executeCommand(
        lens.command.command,
        ...((lens.command.arguments ?? []) as readonly unknown[]),
      );
      await clipboard(new RegExp(`^${sentence}\n\n# Access to`));
      assert.equal(document.isDirty, false);
      await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
      await eventually(() => assert.equal(tabs(), 0));
    });

    it('copies by its name in the palette, or when it is saved, and asks nothing of one that is as it was', async () => {
      const editor = await asked();
      await adds(editor);
      await scene.run('copyAccessRequest');
      await clipboard(new RegExp(`^${sentence}`));
      await vscode.env.clipboard.writeText('mine');
      await adds(editor);
      assert.equal(await editor.document.save(), true);
      await clipboard(new RegExp(`^${sentence}\n\n${sentence}`));
      await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
      await eventually(() => assert.equal(tabs(), 0));
      // One that was thrown away does not come back.
      const again = await asked();
      assert.doesNotMatch(again.document.getText(), new RegExp(sentence));
      await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
      await eventually(() => assert.equal(tabs(), 0));
      await vscode.env.clipboard.writeText('mine');
      await scene.run('copyAccessRequest');
      assert.equal(await vscode.env.clipboard.readText(), 'mine');
    });

    it('of before a reload says that it is not known any more', async () => {
      const path = '/access-request/99/Access Request.md';
      const lost = vscode.Uri.from({ scheme: 'cosmos-entra-documents', path });
      assert.match((await vscode.workspace.openTextDocument(lost)).getText(), /^This was open before/);
      assert.doesNotMatch((await vscode.workspace.openTextDocument(lost)).getText(), /collection/);
    });
  });

  describe('askForAccess', () => {
    it('asks from the menu what is needed, the smallest first, and writes what an administrator needs', async () => {
      await scene.enter(avery);
      await does('askForAccess', await scene.cluster('orders-eu'), 'Read only', dismiss);
      assert.deepEqual(scene.stage.heard, [
        'What do you need on orders-eu? The smallest comes first',
        copied('orders-eu'),
      ]);
      assert.deepEqual(offered(), [
        'Read only',
        'Read and write',
        'Administrator',
        'My address let in',
        'The right to say who gets in',
      ]);
      await matchesGolden('askForReadOnly', await message());
      assert.deepEqual([record(), writes()], [[], []]);
    });

    it('lets in who asked, once an administrator did what the message says', async () => {
      await scene.enter(avery);
      await does('askForAccess', await scene.cluster('orders-eu'), 'Read only', dismiss);
      const text = await message();
      const [, objectId = assert.fail()] = /Paste my object id `([^`]+)`/.exec(text) ?? [];
      const [, command = assert.fail()] = /^1\. .* \*\*(Add .*…)\*\*\.$/m.exec(text) ?? [];
      const [, role = assert.fail()] = /^3\. Choose \*\*(.*)\*\*\.$/m.exec(text) ?? [];
      assert.equal(command, 'Add Entra User…');
      const reads = async (): Promise<unknown> => {
        const driver = await driverOf(avery, 'orders-eu');
        try {
          return (await mayAt(driver)).read;
        } finally {
          await driver.close();
        }
      };
      assert.notEqual(await reads(), 'yes');

      scene.stage.people.length = 0;
      await scene.enter(kai);
      const row = await scene.cluster('orders-eu');
      await does('addUser', row, [objectId, 'Avery Banerjee'], role, 'Add', dismiss);
      assert.match(last(), /^Avery Banerjee has access to orders-eu: Read only\./);
      assert.equal(await reads(), 'yes');
    });

    it('asks for a cluster from the palette, and for addresses', async () => {
      await scene.enter(avery);
      await does(
        'askForAccess',
        undefined,
        'orders-eu',
        'My address let in',
        typing,
        '198.51.100.7, 203.0.113.64/28',
        dismiss,
      );
      assert.equal(scene.stage.heard[0], 'Ask for access to which cluster?');
      await matchesGolden('askForAddresses', await message());
    });

    it('asks on which part, where a cluster has parts, and names who may say who gets in', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('catalog');
      await does('askForAccess', row, 'Data Reader', 'shop/products', dismiss);
      await matchesGolden('askForContainer', await message());
      await does('askForAccess', row, 'The right to say who gets in', dismiss);
      await matchesGolden('askForRole', await message());
    });

    it('asks for the name that one connects by, where a kind has such', async () => {
      await scene.enter(kai);
      await does('askForAccess', await scene.cluster('events'), 'User', dismiss);
      await matchesGolden('askForPostgresql', await message());
    });

    it('says what comes first, where Entra is off and the cluster stopped', async () => {
      await scene.enter(kai);
      await does('askForAccess', await scene.cluster('legacy-shop'), 'Read and write', dismiss);
      await matchesGolden('askForEntra', await message());
    });

    it('names a guest by the id that they have in the cluster’s tenant', async () => {
      await scene.enter(kai);
      await does('askForAccess', await scene.cluster('parts'), 'Administrator', dismiss);
      const text = await message();
      assert.match(text, new RegExp(`^- Object id in this tenant: \`${people.kaiAtFabrikam.id}\`$`, 'm'));
      assert.match(text, /^- Tenant: `Fabrikam` \(`fab51ca0-/m);
      assert.ok(!text.includes(people.kai.id));
    });

    it('is offered where a role is lacking, and asks for what was wanted, not for the right to do it', async () => {
      await scene.enter(kai);
      const telemetry = await scene.cluster('telemetry');
      await does('addMe', telemetry, 'Data Reader', 'The whole account', 'Ask for Access…', dismiss);
      assert.equal(last(), copied('telemetry'));
      assert.match(await message(), /^I need the role \*\*Data Reader\*\* on `telemetry`/m);

      const events = await scene.cluster('events');
      await does('addMyIp', events, typing, '198.51.100.7', 'mine', 'Ask for Access…', dismiss);
      assert.match(await message(), /^I need the firewall of `events` to let in `198\.51\.100\.7`/m);

      await does(
        'addUser',
        telemetry,
        ['rob', 'Robin Reyes'],
        'Data Reader',
        'The whole account',
        'Ask for Access…',
        dismiss,
      );
      assert.match(
        await message(),
        /^I need the permission `Microsoft\.DocumentDB\/databaseAccounts\/tableRoleAssignments\/write` on `telemetry`\./m,
      );
    });

    it('is offered where only an administrator of the cluster can give a role', async () => {
      await scene.enter(avery);
      const row = await scene.cluster('orders-eu');
      await does('addMe', row, 'Read only', 'Ask for Access…', dismiss);
      assert.match(await message(), /^I need the role \*\*Read only\*\* on `orders-eu`/m);
    });

    it('is offered where a session does not open, to who may not open the door themselves', async () => {
      const reads = { value: [{ actions: ['*/read'], notActions: [] }] };
      await fault({ fault: answer(reads), path: 'Microsoft.Authorization/permissions$', times: 0 });
      await scene.enter(avery);
      await does('openSession', await scene.cluster('orders-eu'), 'Ask for Access…', 'Read only', dismiss);
      assert.match(
        scene.stage.heard[0] ?? '',
        /^You have not been added to orders-eu\. Azure does not let you mend this\..*\[Ask for Access…, Retry, Why Can’t I Connect\?\]$/,
      );
      assert.match(await message(), /^I need the role \*\*Read only\*\*/m);

      await change(clusterId('orders-eu'), { properties: { clusterStatus: 'Stopped' } });
      await scene.run('refresh');
      await scene.settled();
      await does('openSession', await scene.cluster('orders-eu'), 'Ask for Access…', dismiss);
      const text = await message();
      assert.match(text, /^# `orders-eu` is stopped$/m);
      assert.match(text, /^2\. Start `orders-eu`\.$/m);
    });

    it('is below the explanation of what Azure refused, and asks for that permission', async () => {
      await scene.enter(kai);
      const action = 'Microsoft.DocumentDB/mongoClusters/firewallRules/read';
      const words = `The client does not have authorization to perform action '${action}' over scope 'x'.`;
      await fault({
        fault: refusal(403, 'AuthorizationFailed', words),
        path: `${clusterId('orders-eu')}/firewallRules$`,
        times: 0,
      });
      const [row = assert.fail()] = await scene.below(await scene.cluster('orders-eu', 'Firewall'));
      await scene.run('explainError', row.node);
      const uri = vscode.window.activeTextEditor?.document.uri;
      const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
        'vscode.executeCodeLensProvider',
        uri,
        10,
      );
      const [button = assert.fail()] = lenses.flatMap(({ command }) => command ?? []);
      assert.equal(button.title, 'Ask for Access…');
      await vscode.commands.executeCommand(button.command, ...(button.arguments ?? []));
      const text = await message();
      assert.ok(text.includes(`\`${action}\``));
      // To read takes less than to manage.
      assert.match(text, /is \*\*Reader\*\*, on this cluster alone/);
    });

    it('is the same message, in every part, whatever people and clusters are called', async () => {
      await scene.enter(kai);
      const { azure } = scene.app;
      const cluster = azure()
        .discovery.tenants.flatMap(({ clusters }) => clusters)
        .find(({ name }) => name === 'legacy-shop');
      const evil =
        'x`](https://evil.example)\r\n# Heading\n<img src=x>\u2028~~~\n- [ ] `$(id)` **b** https://evil.example \u202Eo';
      const shape = (name: string, other: string): readonly string[] => {
        const person = { objectId: name, type: 'user', tenant: name, name, userName: name } as const;
        const role = { role: { name: 'custom', text: name }, id: name, keptIn: 'database' } as const;
        const around = {
          cluster: { ...(cluster ?? assert.fail()), name, state: `Stopped ${other}`, subscription: name },
          person,
          cloud: azure().cloud,
          now: new Date(),
        };
        const asking = askingFor({ what: 'grant', role, scope: name }, around);
        return piecesOf(marked.lexer(askingText(asking, { tenant: name, subscription: name })));
      };
      const plain = shape('plain', '');
      assert.ok(plain.includes('codespan') && plain.includes('code bash') && plain.includes('link'));
      assert.deepEqual(shape(evil, evil), plain);
    });

    it('copies nothing when the person goes away, and never a token', async () => {
      await scene.enter(avery);
      const row = await scene.cluster('orders-eu');
      await leaves('askForAccess', row, 'My address let in', typing);
      assert.equal(await vscode.env.clipboard.readText(), 'mine');
      assert.equal(vscode.window.activeTextEditor, undefined);

      await does('askForAccess', row, 'Administrator', dismiss);
      assert.doesNotMatch(await message(), /eyJ/);
    });

    it('asks to see the cluster, where not even that is to be read', async () => {
      await scene.enter(kai);
      const catalog = await scene.cluster('catalog');
      await fault({ fault: refusal(403, 'AuthorizationFailed'), path: '/catalog(/sqlRole.*)?$', times: 0 });
      await does('askForAccess', catalog, 'To see it in Azure', dismiss);
      assert.equal(offered()[0], 'To see it in Azure');
      const text = await message();
      assert.match(
        text,
        /^I need the permission `Microsoft\.DocumentDB\/databaseAccounts\/read` on `catalog`\./m,
      );
      assert.match(text, /is \*\*Reader\*\*, on this cluster alone/);
      assert.match(text, /--role 'Reader'/);
      assert.deepEqual(writes(), []);
    });

    it('asks to see it from a report that could not, on top and at the check', async () => {
      await scene.enter(kai);
      const path = `${clusterId('orders-eu')}/firewallRules$`;
      const action = 'Microsoft.DocumentDB/mongoClusters/firewallRules/read';
      const words = `The client does not have authorization to perform action '${action}' over scope 'x'.`;
      await fault({ fault: refusal(403, 'AuthorizationFailed', words), path, times: 0 });
      await does('whyCantTheyConnect', await grant('orders-eu', 'Alex Moreau'));
      const report = await reported();
      assert.equal(report.view.state, 'unclear');
      const network = report.view.checks.find(({ id }) => id === 'network');
      for (const [id, buttons] of [
        ['', report.view.buttons],
        ['network', network?.buttons ?? []],
      ] as const) {
        assert.equal(buttons[0]?.label, 'Ask for Access…');
        scene.stage.answers.push(dismiss);
        await report.hear({ kind: 'press', check: id, button: buttons[0].id });
        const text = await message();
        assert.ok(text.includes(`\`${action}\``) && text.includes('**Reader**'), text);
        // It is who looks that may not, whomever it is about.
        assert.match(text, new RegExp(`^- Object id in this tenant: \`${people.kai.id}\`$`, 'm'));
        await vscode.env.clipboard.writeText('mine');
      }
    });

    it('tells an administrator of the tenant what Entra refuses, what that means and what to do', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('orders-eu');
      await fault({
        fault: { kind: 'aadsts', code: 53003 },
        resource: 'https://ossrdbms-aad.database.windows.net',
        times: 0,
      });
      await does('whyCantIConnect', row);
      const report = await reported();
      // The editor's own sign-in says nothing of why it is silent: that comes with one that asks.
      await press(report, 'Sign In');
      await press(report, 'Check Again from Here', 'token');
      assert.match(report.view.sentence, /\(AADSTS53003\)\. An administrator of the tenant can mend this\.$/);
      assert.equal(report.view.buttons[0]?.label, 'Ask for Access…');
      await press(report, 'Ask for Access…');
      assert.equal(last(), 'Copied. Send it to an administrator of the tenant. []');
      const text = dated(await message());
      await matchesGolden('askForToken', text);
      assert.ok(!/eyJ/.test(text));
    });

    it('asks to be invited where the cluster trusts another tenant, and says what follows and how it ends', async () => {
      await scene.enter(kai);
      await fault({
        fault: answer({ tenantId: people.kaiAtFabrikam.tenantId, state: 'Enabled', managedByTenants: [] }),
        path: '^/subscriptions/[^/]+$',
        service: 'resourceManager',
        times: 0,
      });
      await does('whyCantIConnect', await scene.cluster('orders-eu'));
      const report = await reported();
      assert.match(
        report.view.sentence,
        /^orders-eu trusts another tenant than the one that you come from\. You can mend this yourself: sign in with an account/,
      );
      assert.ok(report.view.buttons.some(({ label }) => label === 'Ask for Access…'));
      scene.stage.answers.push(dismiss);
      await press(report, 'Ask for Access…');
      assert.equal(last(), 'Copied. Send it to an administrator of the tenant. []');
      const text = await message();
      await matchesGolden('askForInvitation', text);
      // The id of home is nobody at that tenant.
      assert.ok(!text.includes(people.kai.id));
      assert.deepEqual([record(), writes()], [[], []]);
    });

    it('asks of a tenant that refuses, from its row and without a cluster', async () => {
      await scene.enter(kai);
      const { node } = await scene.at('Tailspin Toys');
      scene.stage.signInErrors.push(new Error('AADSTS90072: User account does not exist in tenant.'));
      await does('signInToTenant', await scene.at('Tailspin Toys'), dismiss);
      const row = await scene.at('Tailspin Toys');
      assert.match(row.description, /not in the tenant/);
      assert.match(row.item.contextValue ?? '', /\brefused\b/);
      await does('askForAccess', row, dismiss);
      await matchesGolden('askForTenant', dated(await message()));

      await scene.run('explainError', node);
      await eventually(async () => {
        const uri = vscode.window.activeTextEditor?.document.uri;
        const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
          'vscode.executeCodeLensProvider',
          uri,
          10,
        );
        assert.deepEqual(
          lenses.map(({ command }) => command?.title),
          ['Sign In to Tenant…', 'Ask for Access…'],
        );
      });
    });

    it('does not ask a tenant for what who signs in gives: a second factor', async () => {
      await scene.enter(kai);
      const row = await scene.at('Tailspin Toys');
      assert.doesNotMatch(row.item.contextValue ?? '', /\brefused\b/);
      await does('askForAccess', row, dismiss);
      assert.deepEqual(scene.stage.heard, ['Ask for access to which cluster?']);
    });

    describe('for an error that was pasted', () => {
      /** Explains it, and presses the button below it. */
      const pressed = async (text: string, ...answers: readonly (string | symbol)[]): Promise<void> => {
        scene.stage.answers.push(text);
        await scene.run('explainError');
        const command = await eventually(async () => {
          const uri = vscode.window.activeTextEditor?.document.uri;
          assert.equal(uri?.path, '/Explained Error.md');
          const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
            'vscode.executeCodeLensProvider',
            uri,
            10,
          );
          return (
            lenses
              .flatMap(({ command: one }) => one ?? [])
              .find(({ title }) => title === 'Ask for Access…') ?? assert.fail('no button')
          );
        });
        scene.stage.answers.push(...answers, dismiss);
        await vscode.commands.executeCommand(command.command, ...(command.arguments ?? []));
        assert.deepEqual(scene.stage.mistakes, []);
      };

      it('says all that the error names, and asks whose it is where it does not', async () => {
        scene.stage.others.push(kai);
        await vscode.env.clipboard.writeText('');
        const text = [
          'AADSTS53003: Access has been blocked by Conditional Access policies.',
          "for tenant 'c0a70500-0000-4000-8000-000000000001', client application: 11111111-1111-4111-8111-111111111111",
          'Trace ID: 22222222-2222-4222-8222-222222222222',
          'Correlation ID: 33333333-3333-4333-8333-333333333333',
          'Timestamp: 2026-03-04 05:06:07Z',
        ].join('\n');
        await pressed(text, 'nightly-job');
        assert.match(scene.stage.heard.at(-2) ?? '', /^Ask for Access: Whose sign-in was refused\?/);
        assert.equal(last(), 'Copied. Send it to an administrator of the tenant. []');
        await matchesGolden('askForPasted', await message());
        assert.deepEqual(scene.requests(/./), [], 'nobody is asked but the person');
      });

      it('takes the name that it has, and offers the accounts that are here else', async () => {
        await scene.enter(kai);
        await vscode.env.clipboard.writeText('');
        await pressed(
          "AADSTS50020: User account 'lee@fabrikam.com' from identity provider 'x' does not exist in tenant 'Contoso'",
        );
        const text = await message();
        assert.match(text, /^- Name: `lee@fabrikam\.com`$/m);
        assert.match(text, /^- Tenant: `Contoso` \(`c0a70500-/m);
        assert.match(text, /invitedUserEmailAddress":"lee@fabrikam\.com"/);
        assert.match(text, /^An invitation gives access to no cluster\./m);
        await vscode.env.clipboard.writeText('');
        await pressed('AADSTS50105', kai);
        assert.deepEqual(offered(), [kai, 'Somebody else, or a program…']);
        assert.match(await message(), /^- Tenant: not known: the error does not name it$/m);
      });

      it('has a button for each reason that administrators mend, and for no other', () => {
        const has = (text: string): boolean =>
          explanationOf(readErrors(text)).acts.some(({ help }) => help === 'ask');
        for (const number of [65001, 53003, 50105, 90072, 500212, 500011, 50057, 80002])
          assert.ok(has(`AADSTS${number}`), String(number));
        for (const number of [50076, 700016, 7000215, 90033, 999999])
          assert.ok(!has(`AADSTS${number}`), String(number));
      });
    });

    it('says whom it does not know, where there is no token that would say it', async () => {
      await scene.enter(kai);
      const { node } = await scene.cluster('orders-eu');
      const { azure } = scene.app;
      const cluster = ('key' in node ? scene.app.tree.cluster(node.key) : undefined) ?? assert.fail();
      const person = {
        objectId: '',
        type: 'user',
        tenant: cluster.caller.tenant,
        name: kai,
        userName: undefined,
      } as const;
      for (const reason of [
        'consent',
        'conditionalAccess',
        'notAssigned',
        'notInTenant',
        'tenantPolicy',
        'resourceMissing',
        'accountState',
        'other',
      ] as const) {
        const wish = { what: 'token', reason, aadsts: 65001, resource: undefined } as const;
        const { tenant } = cluster.caller;
        const around = { tenant, cluster, person, cloud: azure().cloud, now: new Date() };
        const called = { tenant: undefined, subscription: undefined, asked: undefined };
        const text = tenantAskingText(tenantAskingFor(wish, around), called);
        assert.match(text, /^- Object id in this tenant: not known: it takes a token/m);
        assert.match(text, /AADSTS65001[^]*error\?code=65001>/);
        assert.match(text, /the editor’s own application; the sign-in log/);
        assert.match(text, /^## In the portal\n\n1\. Open <[^>]+>, there \*\*[^*]+\*\*\.\n2\. \S/m, reason);
        assert.doesNotMatch(text, /undefined|\{\d\}/);
      }
    });

    it('on behalf of somebody else names them and who asks', async () => {
      const reads = { value: [{ actions: ['*/read'], notActions: [] }] };
      await fault({ fault: answer(reads), path: 'Microsoft.Authorization/permissions$', times: 0 });
      await scene.enter(kai);
      const robin = ['robin', 'Robin Reyes'];
      await does('whyCantTheyConnect', await scene.cluster('orders-eu'), robin);
      const report = await reported();
      scene.stage.answers.push('Read only', dismiss);
      await press(report, 'Ask for Access…');
      await matchesGolden('askForOther', await message());
      report.dispose();

      await does('whyCantTheyConnect', await scene.cluster('reviews-eu'), robin);
      const closed = await reported();
      assert.match(
        closed.view.sentence,
        /^The firewall of reviews-eu lets nobody in\. Azure does not let you mend this\..*$/,
      );
      assert.deepEqual(
        closed.view.buttons.map(({ label }) => label),
        ['Ask for Access…'],
      );
      // Under which address somebody else is seen is not to be found out from here.
      scene.stage.answers.push('198.51.100.7', dismiss);
      await press(closed, 'Ask for Access…');
      const text = await message();
      assert.match(text, /^# An address at the firewall of `reviews-eu`$/m);
      assert.match(text, /^`Robin Reyes` needs the firewall of `reviews-eu` to let in `198\.51\.100\.7`/m);
      assert.match(
        text,
        new RegExp(
          `^## Who it is for\\n[^#]*${people.robin.id}[^#]*^## Who asks\\n[^#]*${people.kai.id}`,
          'm',
        ),
      );
      assert.deepEqual([record(), writes()], [[], []]);
    });

    it('goes on with what is listed, where not even the cluster may be read', async () => {
      await scene.enter(kai);
      await fault({
        fault: refusal(403, 'AuthorizationFailed'),
        path: `${clusterId('orders-eu')}$`,
        times: 0,
      });
      await does('askForAccess', await scene.cluster('orders-eu'), 'Read and write', dismiss);
      assert.match(await message(), /^I need the role \*\*Read and write\*\* on `orders-eu`/m);
    });
  });
});

/** As if it had been written at a time of its own. */
function dated(text: string): string {
  return text.replace(/2026-03-04T[\d:.]+Z/, '2026-03-04T05:06:07Z');
}

/** What a reader of Markdown makes of a text: its parts, without what words are in them. */
function piecesOf(tokens: readonly Token[]): readonly string[] {
  return tokens.flatMap((token) => {
    if (token.type === 'space' || token.type === 'escape') return [];
    const {
      tokens: inner = [],
      items = [],
      lang,
    } = token as {
      tokens?: readonly Token[];
      items?: readonly Token[];
      lang?: string;
    };
    if (token.type === 'text' && inner.length === 0) return [];
    const name = token.type === 'code' ? `code ${lang}` : token.type;
    return [name, ...piecesOf(items), ...piecesOf(inner)];
  });
}

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { mendingOf } from '../../src/core/doctor/causes.ts';
import { checkIds } from '../../src/core/doctor/report.ts';
import type { Cause, NotRun, Report, Unsure } from '../../src/core/doctor/report.ts';
import { unknownRights } from '../../src/core/doctor/rights.ts';
import { causeWords, mendingWords } from '../../src/editor/doctor/causeWords.ts';
import { checkWords, notRunWords, unsureWords } from '../../src/editor/doctor/checkWords.ts';
import { reportText } from '../../src/editor/doctor/reportText.ts';
import type { OpenReport, ReloadedReport } from '../../src/editor/doctor/reports.ts';
import { mine } from '../../src/editor/doctor/whyCantIConnect.ts';
import { messageFrom } from '../../src/webview/doctorProtocol.ts';
import type { CheckView, Whose } from '../../src/webview/doctorProtocol.ts';
import { changingOn, kai, people, swift } from './changing.ts';
import { eventually } from './eventually.ts';
import {
  answer,
  armHost,
  behave,
  change,
  clusterId,
  doorway,
  fault,
  refusal,
  register,
  resourceGraph,
} from './localAzure.ts';
import { customCloud, onScene, setting, unseen } from './scene.ts';
import { dismiss } from './stage.ts';

describe('the command', () => {
  const scene = onScene();
  const { does, grant, last, leaves, record, writes } = changingOn(scene);
  beforeEach(swift);
  afterEach(async () => {
    const { open, reloaded } = scene.app.reports;
    for (const report of [...open, ...reloaded]) report.dispose();
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
  /** When a change has had its moment to hold. */
  const healthy = (report = only()): Promise<void> =>
    eventually(() => assert.equal(report.view.state, 'healthy', report.view.sentence), 30_000);
  const check = ({ view }: OpenReport, id: string): CheckView =>
    view.checks.find((one) => one.id === id) ?? assert.fail(`no check ${id}`);
  const states = ({ view }: OpenReport): Readonly<Record<string, string>> =>
    Object.fromEntries(view.checks.map(({ id, state }) => [id, state]));
  const buttons = ({ view }: OpenReport): readonly string[] => view.buttons.map(({ label }) => label);
  /** Presses a button by its label: on top, or of a check. */
  const press = (report: OpenReport, label: string, id = ''): Promise<void> => {
    const offered = id === '' ? report.view.buttons : check(report, id).buttons;
    const button = offered.find((one) => one.label === label);
    assert.ok(button !== undefined, `no ${label} among ${offered.map((one) => one.label).join(', ')}`);
    return report.hear({ kind: 'press', check: id, button: button.id });
  };
  const tokenless = (text: string): void => {
    assert.ok(scene.stage.tokens.size > 0);
    for (const token of scene.stage.tokens)
      for (const part of token.split('.').filter(({ length }) => length > 10))
        assert.ok(!text.includes(part), text);
  };

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
      assert.equal(report.view.title, 'Why Can’t I Connect to orders-eu?');
      assert.equal(report.view.about, 'kai@contoso.com · DocumentDB · shop-eu');
      assert.equal(report.view.sentence, 'Everything works: nothing keeps you from orders-eu.');
      assert.match(report.view.paragraphs.join(), /You were signed in just now/);
      assert.deepEqual(buttons(report), ['Open Session', 'Open Documents…']);
      assert.equal(report.view.progress, `${report.view.all} of ${report.view.all} checks made`);
      await press(report, 'Open Session');
      assert.ok(scene.app.azure().database.all.some(({ cluster }) => cluster.name === 'orders-eu'));
    });

    it('asks nobody anything, changes nothing and looks at what it needs', async () => {
      await scene.enter(kai);
      for (const name of ['orders-eu', 'reviews-eu', 'legacy-shop', 'catalog', 'ledger'])
        await does('whyCantIConnect', await scene.cluster(name));
      for (const report of scene.app.reports.open) await done(report);
      assert.equal(scene.app.reports.open.length, 5);
      assert.deepEqual(scene.stage.heard, []);
      assert.deepEqual(writes(), []);
      assert.deepEqual(record(), []);
      assert.deepEqual(scene.app.azure().database.all, []);
    });

    it('from the palette asks about which cluster; of a session’s row it knows', async () => {
      await scene.enter(kai);
      await leaves('whyCantIConnect', undefined);
      assert.deepEqual(scene.app.reports.open, []);
      scene.stage.heard.length = 0;
      await does('whyCantIConnect', undefined, 'carts-eu');
      assert.deepEqual(scene.stage.heard, ['Which cluster can’t you connect to?']);
      assert.equal((await done()).subject.cluster.name, 'carts-eu');
      only().dispose();
      await does('openSession', await scene.cluster('orders-eu'));
      const { sessions } = scene.app;
      await scene.run('whyCantIConnect', sessions.getChildren()[0]);
      assert.equal((await done()).subject.cluster.name, 'orders-eu');
    });

    it('says that it is stopped and who starts it, and is the same report when it is asked for again', async () => {
      await change(clusterId('carts-eu'), { properties: { clusterStatus: 'Stopped' } });
      await scene.enter(kai);
      const row = await scene.cluster('carts-eu');
      await does('whyCantIConnect', row);
      const report = await done();
      assert.equal(
        report.view.sentence,
        'carts-eu is not running (state: Stopped). You can mend this yourself, in the portal.',
      );
      assert.equal(check(report, 'running').word, 'Failed');
      assert.deepEqual(check(report, 'running').evidence, [{ label: 'State', values: ['Stopped'] }]);
      assert.equal(check(report, 'signIn').short, 'This has to pass first: Its state');
      await press(report, 'Open in Portal');
      assert.match(scene.stage.opened.join(), /mongoClusters\/carts-eu/);
      await change(clusterId('carts-eu'), { properties: { clusterStatus: 'Ready' } });
      await does('whyCantIConnect', row);
      assert.equal(only(), report);
      await healthy(report);
    });

    it('offers nothing that a stopped cluster refuses, and says at each check what goes first', async () => {
      await scene.enter(kai);
      await does('whyCantIConnect', await scene.cluster('legacy-shop'));
      const report = await done();
      assert.equal(
        report.view.sentence,
        'legacy-shop is not running (state: Stopped). You can mend this yourself, in the portal.',
      );
      assert.deepEqual(buttons(report), ['Open in Portal', 'Ask for Access…']);
      assert.deepEqual(report.view.others, [
        'Also in the way: legacy-shop does not let people in with Entra.',
        'Also in the way: The firewall of legacy-shop lets nobody in.',
      ]);
      const { buttons: offered, paragraphs } = check(report, 'entra');
      assert.deepEqual(
        offered.map(({ label }) => label),
        ['Open in Portal', 'Check Again from Here'],
      );
      assert.match(
        paragraphs.at(-1) ?? '',
        /^legacy-shop is not running \(state: Stopped\), and nothing about it can be changed until it is\. Start it/,
      );
      await report.hear({ kind: 'press', check: 'entra', button: 'modes' });
      assert.deepEqual([scene.stage.heard, writes(), record()], [[], [], []]);
      await change(clusterId('legacy-shop'), { properties: { clusterStatus: 'Ready' } });
      await press(report, 'Check Again from Here', 'entra');
      await done(report);
      assert.equal(check(report, 'entra').buttons[0]?.label, 'Turn Entra On and Add Me…');
    });

    it('turns Entra on from there and adds who asks, and looks again until all is green', async () => {
      await change(clusterId('legacy-shop'), { properties: { clusterStatus: 'Ready' } });
      await scene.enter(kai);
      await does('whyCantIConnect', await scene.cluster('legacy-shop'));
      const report = await done();
      assert.equal(
        report.view.sentence,
        'legacy-shop does not let people in with Entra. You can mend this yourself: turn Entra on, and add yourself.',
      );
      assert.equal(buttons(report)[0], 'Turn Entra On and Add Me…');
      scene.stage.answers.push(dismiss);
      await press(report, 'Turn Entra On and Add Me…');
      assert.equal(check(report, 'entra').state, 'fail');
      assert.deepEqual(writes(), []);
      scene.stage.answers.push('Administrator', 'Turn Entra On and Add', dismiss);
      await press(report, 'Turn Entra On and Add Me…', 'entra');
      await healthy(report);
      assert.deepEqual(record().slice(-1), ['legacy-shop addGrant Kai Carter administrator done']);
    }).timeout(60_000);

    it('adds who is none of its people from the check that says so, and is green then', async () => {
      await scene.enter(kai);
      await does('whyCantIConnect', await scene.cluster('reviews-eu'));
      const report = await done();
      assert.equal(
        report.view.sentence,
        'You have not been added to reviews-eu. You can mend this yourself: add yourself.',
      );
      assert.deepEqual(report.view.others, []);
      const before = report.report.results.get('tls');
      scene.stage.answers.push('Administrator', 'Add', dismiss);
      await press(report, 'Add Me…', 'principal');
      await healthy(report);
      assert.equal(report.report.results.get('tls'), before, 'what came before it is not looked at anew');
    }).timeout(60_000);

    it('says by which address the firewall turns one away, once that may be asked for', async () => {
      await behave({ firewallsGateways: true });
      await scene.enter(kai);
      await does('whyCantIConnect', await scene.cluster('reviews-eu'));
      const report = await done();
      assert.match(
        report.view.sentence,
        /^The firewall of reviews-eu lets nobody in\. You can mend this yourself: let your address in\.$/,
      );
      assert.ok(!JSON.stringify(report.view).includes('203.0.113.77'), 'nobody has agreed to that yet');
      const host =
        URL.parse(vscode.workspace.getConfiguration('cosmosEntra').get('firewall.echoService', ''))?.host ??
        '';
      scene.stage.answers.push(
        'Find my address',
        `Ask ${host}`,
        '203.0.113.9',
        'elsewhere',
        'Let In',
        dismiss,
      );
      await press(report, 'Add My IP…', 'network');
      await eventually(() => assert.match(report.view.sentence, /does not let 203\.0\.113\.77 in/), 60_000);
      scene.stage.answers.push('Find my address', '203.0.113.77', 'here', 'Let In', dismiss);
      await report.hear({ kind: 'stop' });
      await press(await done(report), 'Add My IP…');
      await eventually(() => assert.equal(check(report, 'network').state, 'pass'), 60_000);
      await done(report);
    }).timeout(120_000);

    it('signs in from there and goes on; explains what Entra says to that', async () => {
      scene.stage.secondFactors.add(kai);
      await scene.enter(kai);
      // What was proved is not good for a new token.
      scene.stage.secondFactors.clear();
      await does('whyCantIConnect', await scene.cluster('toy-box'));
      const report = await done();
      assert.match(
        report.view.sentence,
        /^Entra gives you no token for the database \(needs you to sign in\)\. You can mend this yourself: sign in\.$/,
      );
      assert.deepEqual(buttons(report), ['Sign In', 'Explain']);
      await press(report, 'Sign In');
      assert.equal(report.view.notice?.isError, true);
      assert.match(report.view.notice.text, /second factor.*\(AADSTS50076\)/);
      await press(report, 'Check Again from Here', 'token');
      assert.match(report.view.sentence, /^Entra gives you no token for the database \(AADSTS50076\)/);
      await press(report, 'Explain', 'token');
      await eventually(() =>
        assert.match(vscode.window.activeTextEditor?.document.getText() ?? '', /^# AADSTS50076/),
      );
      scene.stage.proves.add(kai);
      await press(report, 'Sign In');
      assert.deepEqual(scene.stage.heard, [`sign in: ${kai}`, `sign in: ${kai}`]);
      await healthy(report);
    }).timeout(60_000);

    it('shows a failure of a fix as such, and goes on', async () => {
      await scene.enter(kai);
      await does('whyCantIConnect', await scene.cluster('reviews-eu'));
      const report = await done();
      await fault({ fault: { kind: 'forbidden' }, service: 'resourceManager', path: 'reviews-eu$' });
      await press(report, 'Add Me…');
      assert.equal(report.view.notice?.isError, true);
      assert.match(report.view.notice.text, /Azure does not allow you this|may not|not allowed/);
      assert.notEqual(report.view.state, 'looking');
    });

    it('says once why several things could not be seen, by the names that they have', async () => {
      await scene.enter(kai);
      const node = await scene.cluster('orders-eu');
      await fault({
        fault: { kind: 'status', status: 503 },
        service: 'resourceManager',
        path: '/orders-eu($|/)',
        times: 0,
      });
      await does('whyCantIConnect', node);
      const report = await done();
      assert.equal(report.view.state, 'unclear');
      assert.deepEqual(report.view.paragraphs, [
        'Not known: The cluster, Its state, Entra as a way in, Passwords as a way in, Firewall and private network, Name and addresses (DNS). Azure is not available just now (503).',
        'Not known: Registration, Role. The database could not be asked whom it knows.',
      ]);
    });

    it('stops when it is told to, and goes on from there', async () => {
      await scene.enter(kai);
      await fault({ fault: { kind: 'hang' }, service: 'resourceManager', path: 'orders-eu$' });
      await does('whyCantIConnect', await scene.cluster('orders-eu'));
      const report = only();
      await eventually(() => assert.equal(check(report, 'signedIn').state, 'pass'));
      await report.hear({ kind: 'stop' });
      await done(report);
      assert.equal(check(report, 'cluster').short, 'You stopped it before');
      assert.ok(report.view.done < report.view.all, report.view.progress);
      assert.match(report.view.sentence, /^You stopped this before everything was looked at/);
      assert.match(report.view.paragraphs.join(), /^Not known: .*The cluster/);
      await change(clusterId('orders-eu'), { properties: {} });
    });

    it('is copied for a ticket: the sentence, who, what and when, and nothing that opens a door', async () => {
      await scene.enter(kai);
      await does('whyCantIConnect', await scene.cluster('reviews-eu'));
      const report = await done();
      await report.hear({ kind: 'copy' });
      const text = await vscode.env.clipboard.readText();
      assert.equal(text, report.markdown);
      assert.match(
        text,
        /^# Why Can’t I Connect to reviews-eu\?\n\n\*\*You have not been added to reviews-eu\./,
      );
      for (const part of [
        `- Object id: \`${people.kai.id}\``,
        `- Tenant: Contoso (\`${people.kai.tenantId}\`)`,
        `- Cluster: reviews-eu (\`${clusterId('reviews-eu')}\`)`,
        '- Cosmos Entra: 0.1.0',
        '- **Registration**: Failed · You have not been added to reviews-eu',
        '  - Audience (aud): `https://ossrdbms-aad.database.windows.net`',
      ])
        assert.ok(text.includes(part), `${part}\n\n${text}`);
      assert.match(text, /- Time: \d{4}-\d\d-\d\dT/);
      tokenless(text);
      tokenless(JSON.stringify(report.view));
      tokenless(scene.stage.logged.join('\n'));
      assert.equal(report.view.notice?.text, 'The report is copied, without secrets.');
    });

    it('closes with its account, and does only what its page offers', async () => {
      await scene.enter(kai);
      await does('whyCantIConnect', await scene.cluster('reviews-eu'));
      const report = await done();
      const { results } = report.report;
      for (const button of ['addMyIp', 'modes', 'portal', 'access', 'openSession', 'explain', 'x'])
        for (const id of ['', 'principal', 'tcp', 'nowhere'])
          await report.hear({ kind: 'press', check: id, button });
      await report.hear({ kind: 'press', check: 'tcp', button: 'from' });
      assert.deepEqual([scene.stage.heard, scene.stage.opened, writes()], [[], [], []]);
      assert.equal(report.report.results, results, 'nothing was looked at anew');
      // What is said offers to sign in again, and what comes of that is the person's.
      scene.stage.answers.push('Sign In');
      scene.stage.others.push(...scene.stage.people.splice(0));
      scene.stage.changeSessions();
      await eventually(() => assert.deepEqual(scene.app.reports.open, []));
      await eventually(() => assert.equal(scene.stage.heard.length, 2));
      assert.deepEqual(scene.stage.heard, [
        `A report of ${kai} was closed, with what it showed: that account is not used here any more. [Sign In]`,
        'Which account shall Cosmos Entra use?',
      ]);
    });

    it('says once that several are closed, and of whom', async () => {
      await scene.enter(kai);
      for (const name of ['reviews-eu', 'orders-eu'])
        await does('whyCantIConnect', await scene.cluster(name));
      scene.stage.answers.push(kai);
      await scene.run('leaveAccount');
      assert.deepEqual(scene.app.reports.open, []);
      assert.deepEqual(scene.stage.heard.slice(1), [
        `2 reports were closed, with what they showed. Not used here any more: ${kai}. [Sign In]`,
      ]);
    });

    it('ends with its account while it is being looked at, or looked at again after a fix', async () => {
      await scene.enter(kai);
      await fault({ fault: { kind: 'hang' }, service: 'resourceManager', path: 'orders-eu$', times: 0 });
      await does('whyCantIConnect', await scene.cluster('orders-eu'));
      const report = only();
      await eventually(() => assert.equal(check(report, 'cluster').state, 'looking'));
      scene.stage.people.length = 0;
      scene.stage.changeSessions();
      await eventually(() => assert.deepEqual(scene.app.reports.open, []));
      await eventually(() => assert.equal(report.report.state, 'stopped'));
      assert.equal(check(report, 'cluster').short, 'You stopped it before');
    });

    it('ends with its cloud while it is being looked at', async () => {
      await scene.enter(kai);
      await fault({ fault: { kind: 'hang' }, service: 'resourceManager', path: 'orders-eu$', times: 0 });
      await does('whyCantIConnect', await scene.cluster('orders-eu'));
      const report = only();
      await eventually(() => assert.equal(check(report, 'cluster').state, 'looking'));
      await setting('cloud', 'public');
      try {
        await eventually(() => assert.deepEqual(scene.app.reports.open, []));
        await eventually(() => assert.equal(report.report.state, 'stopped'));
        assert.deepEqual(scene.stage.heard, [
          'A report was closed: it is of another cloud than the one that is set now. []',
        ]);
      } finally {
        await setting('cloud', 'custom');
      }
    });

    it('says so where a button can do nothing any more, as its cluster is not listed', async () => {
      await scene.enter(kai);
      await does('whyCantIConnect', await scene.cluster('reviews-eu'));
      const report = await done();
      const nothing = { totalRecords: 0, count: 0, data: [], resultTruncated: 'false' };
      await fault({ fault: answer(nothing), service: 'resourceManager', path: resourceGraph, times: 0 });
      await scene.run('refresh');
      await eventually(() => assert.equal(scene.app.tree.cluster(report.subject.cluster.key), undefined));
      for (const label of buttons(report)) {
        await press(report, label);
        assert.equal(report.view.notice?.isError, true, label);
        assert.match(report.view.notice.text, /^reviews-eu is not listed any more/, label);
      }
      assert.deepEqual(writes(), []);
      await report.hear({ kind: 'again' });
      await done(report);
      assert.equal(report.view.notice, undefined);
    });

    it('is offered where a session does not open, with what is known of that cluster', async () => {
      await scene.enter(kai);
      await does('openSession', await scene.cluster('reviews-eu'), 'Why Can’t I Connect?');
      const report = await done();
      assert.equal(report.subject.cluster.name, 'reviews-eu');
      assert.match(last(), /\[Add Me…, Retry, Why Can’t I Connect\?\]$/);
    });

    it('is offered where a connection fails, says why, and whose matter that is', async () => {
      await doorway('orders-eu', { tls: 'expired' });
      await scene.enter(kai);
      await does('openSession', await scene.cluster('orders-eu'), 'Why Can’t I Connect?');
      assert.match(last(), /\[Retry, Why Can’t I Connect\?, Show Log\]$/);
      const report = await done();
      assert.match(
        report.view.sentence,
        /^The certificate of \S+ does not hold now\. Whoever looks after the network of this machine can mend this\.$/,
      );
      const [why = ''] = report.view.paragraphs;
      assert.match(why, /^It has expired, or .* \(CERT_HAS_EXPIRED\)\. .* a proxy that reads along/);
      assert.equal(check(report, 'clock').state, 'pass');
      assert.doesNotMatch(why, /clock/);
      assert.deepEqual(buttons(report), []);
      await doorway('orders-eu', { tcp: 'refused' });
      await press(report, 'Check Again from Here', 'tls');
      await report.hear({ kind: 'again' });
      assert.match(report.view.sentence, /^fc-orders-eu\S+ refuses the connection\. /);
      assert.equal(check(report, 'tcp').state, 'fail');
      await doorway('orders-eu', {});
      await report.hear({ kind: 'again' });
      assert.equal(report.view.state, 'healthy');
    });

    it('names the address of a private endpoint that does not answer, and tenants by their names', async () => {
      await scene.enter(kai);
      const { node } = await scene.cluster('parts');
      const cluster = ('key' in node ? scene.app.tree.cluster(node.key) : undefined) ?? assert.fail();
      const { tenants } = mine(scene.app, cluster);
      const parties = { cluster: 'parts', service: 'mongoClusters', them: undefined, tenants } as const;
      const [short, long] = causeWords(
        { what: 'privateOnly', address: '10.0.0.4', isPublic: false },
        parties,
      );
      assert.equal(short, 'parts is closed to public networks, and does not answer this machine at 10.0.0.4');
      assert.match(long, /private endpoint/);
      const named = causeWords({ what: 'privateOnly', address: '10.0.0.4', isPublic: true }, parties);
      assert.equal(
        named[0],
        'This machine finds parts at 10.0.0.4, in a private network, and gets no answer from there',
      );
      assert.match(named[1], /VPN.*Rules of the firewall make no difference to that\.$/);
      const [tenant, clusterTenant] = [people.kaiAtFabrikam.tenantId.toUpperCase(), 'unheard-of'];
      assert.match(
        causeWords({ what: 'otherTenant', tenant, clusterTenant }, parties)[1],
        /^You come from the tenant Fabrikam, and it lets in people of unheard-of\./,
      );
      await does('whyCantIConnect', await scene.cluster('parts'));
      const report = await done();
      const { tenantId } = people.kaiAtFabrikam;
      assert.ok(report.markdown.includes(`- Tenant: Fabrikam (\`${tenantId}\`)`));
      const { short: line, evidence } = check(report, 'tenant');
      assert.equal(line, 'Fabrikam');
      assert.deepEqual(evidence.slice(0, 2), [
        { label: 'Tenant', values: [`Fabrikam (${tenantId})`] },
        { label: 'Tenant that is trusted', values: [`Fabrikam (${tenantId})`] },
      ]);
    });

    it('asks an administrator for what is missing', async () => {
      await scene.enter(kai);
      await does('whyCantIConnect', await scene.cluster('reviews-eu'));
      const report = await done();
      scene.stage.answers.push('Read only');
      await press(report, 'Ask for Access…');
      assert.match(last(), /^Copied/);
      assert.match(await vscode.env.clipboard.readText(), new RegExp(people.kai.id));
      assert.deepEqual(writes(), []);
    });

    it('offers whom Azure does not let do it to ask, and not to try; on top, at the check and in what is copied', async () => {
      const reads = { value: [{ actions: ['*/read'], notActions: [] }] };
      await fault({ fault: answer(reads), path: 'Microsoft.Authorization/permissions$', times: 0 });
      await scene.enter(kai);
      await does('whyCantIConnect', await scene.cluster('reviews-eu'));
      const report = await done();
      const who = 'Azure does not let you mend this. Whoever gives access to reviews-eu can.';
      assert.equal(report.view.sentence, `You have not been added to reviews-eu. ${who}`);
      assert.deepEqual(buttons(report), ['Ask for Access…']);
      assert.deepEqual(
        check(report, 'principal').buttons.map(({ label }) => label),
        ['Ask for Access…', 'Check Again from Here'],
      );
      assert.ok(report.markdown.includes(who));
      await report.hear({ kind: 'press', check: '', button: 'addThem' });
      assert.deepEqual([scene.stage.heard, writes()], [[], []]);
      scene.stage.answers.push('Read only');
      await press(report, 'Ask for Access…');
      assert.match(last(), /^Copied/);

      await change(clusterId('reviews-eu'), { properties: { clusterStatus: 'Stopped' } });
      await report.hear({ kind: 'again' });
      assert.match(
        report.view.sentence,
        /\. Azure does not let you mend this\. Whoever manages reviews-eu in Azure can\.$/,
      );
      assert.deepEqual(buttons(report), ['Ask for Access…', 'Open in Portal']);
    });

    it('says of an account and of PostgreSQL what was not proved', async () => {
      await scene.enter(kai);
      for (const [name, words] of [
        ['catalog', /What may be read or written in each container/],
        ['ledger', /You were signed in just now/],
      ] as const) {
        await does('whyCantIConnect', await scene.cluster(name));
        const report = await done();
        if (report.view.state === 'healthy') {
          assert.match(report.view.paragraphs.join(), words);
          assert.deepEqual(buttons(report), []);
        } else assert.notEqual(report.view.sentence, '');
        report.dispose();
      }
    });
  });

  describe('whyCantTheyConnect', () => {
    it('of somebody’s row looks at what can be seen without their sign-in', async () => {
      await scene.enter(kai);
      await does('whyCantTheyConnect', await grant('orders-eu', 'Alex Moreau'));
      const report = await done();
      const { checks, progress } = report.view;
      const made = checks.filter(({ state }) => state !== 'notRun').length;
      assert.ok(made < checks.length);
      assert.equal(progress, `${made} of ${checks.length} checks made`);
      assert.equal(report.view.title, 'Why Can’t Alex Moreau Connect to orders-eu?');
      assert.equal(
        report.view.sentence,
        'Nothing was found that keeps Alex Moreau from orders-eu, but not everything could be looked at.',
      );
      assert.deepEqual(report.view.paragraphs, [
        'Not known: Firewall and private network. Their address is not known here.',
      ]);
      assert.equal(check(report, 'network').short, 'Their address is not known here');
      assert.equal(check(report, 'token').short, 'Only their own sign-in or machine can tell');
      assert.deepEqual(buttons(report), []);
      assert.match(report.markdown, new RegExp(`Object id: \`${people.alex.id}\``));
      assert.match(report.markdown, /- Looked at by: `kai@contoso\.com`/);
    });

    it('of somebody who is gone leads to the access that is left of them', async () => {
      await scene.enter(kai);
      await does('whyCantTheyConnect', await grant('orders-eu', '60e60e00…0007 (gone)'));
      const report = await done();
      assert.match(
        report.view.sentence,
        /^60e60e00-\S+ is not in the directory any more\. Whoever gives access to orders-eu can mend this\.$/,
      );
      assert.deepEqual(buttons(report), ['Show Access']);
      await press(report, 'Show Access');
      const [chosen] = scene.app.view.selection;
      assert.ok(chosen?.kind === 'branch' && chosen.branch === 'access');
      assert.equal(chosen.key, report.subject.cluster.key);
      // What is opened here would be open, and asked for, in the next one's view.
      await vscode.commands.executeCommand('cosmosEntra.clusters.focus');
      await vscode.commands.executeCommand('list.collapse');
    });

    it('of one’s own row is one’s own report', async () => {
      await scene.enter(kai);
      await does('whyCantTheyConnect', await grant('orders-eu', 'Kai Carter (you)'));
      assert.equal((await done()).subject.other, undefined);
    });

    it('from the palette asks who, tells a client id from an object id, and adds them from there', async () => {
      await scene.enter(kai);
      await leaves('whyCantTheyConnect', undefined, 'orders-eu');
      assert.deepEqual(scene.app.reports.open, []);
      scene.stage.heard.length = 0;
      await does('whyCantTheyConnect', undefined, 'orders-eu', ['robin', 'Robin Reyes']);
      assert.deepEqual(scene.stage.heard.slice(0, 2), [
        'Which cluster can’t they connect to?',
        'Who can’t connect to orders-eu?: Type a name, or paste a sign-in name or an id; Enter takes one',
      ]);
      const report = await done();
      assert.equal(
        report.view.sentence,
        'Robin Reyes has not been added to orders-eu. You can mend this yourself: add Robin Reyes.',
      );
      scene.stage.answers.push('Administrator', 'Add', dismiss);
      await press(report, 'Add Robin Reyes…');
      await eventually(() => assert.equal(check(report, 'principal').state, 'pass'), 30_000);
      assert.deepEqual(buttons(await done(report)), []);
    }).timeout(60_000);

    it('asks in one box, where those who have access are at once, and before all others', async () => {
      const offered = (): readonly string[] =>
        scene.stage.offers.at(-1)?.map(({ label, description }) => `${label} | ${description}`) ?? [];
      await scene.enter(kai);
      const row = await scene.cluster('orders-eu');
      await does('whyCantTheyConnect', row, ['', 'Alex Moreau']);
      assert.deepEqual(offered(), [
        'Kai Carter | kai@contoso.com · has access: Administrator',
        'Alex Moreau | alex@contoso.com · has access: Administrator',
        '5e97ce00-0000-4000-8000-000000000001 | service principal · has access: Administrator',
        '5e97ce00-0000-4000-8000-000000000006 | service principal · has access: Administrator',
        '60e60e00-0000-4000-8000-000000000007 | no longer in the directory · has access: Administrator',
        '9e550000-0000-4000-8000-000000000015 | of another tenant · has access: Administrator',
      ]);
      assert.equal((await done()).subject.name, 'Alex Moreau');
      only().dispose();
      await does('whyCantTheyConnect', row, ['kai', 'Kai Carter']);
      assert.equal((await done()).subject.other, undefined, 'one’s own is one’s own report');
      only().dispose();
      // Of both sorts, and whoever has access before whoever has not.
      await does('whyCantTheyConnect', row, ['re', 'Robin Reyes']);
      assert.deepEqual(offered(), [
        'Alex Moreau | alex@contoso.com · has access: Administrator',
        'Robin Reyes | robin@contoso.com',
      ]);
      only().dispose();
      const stranger = '5e97ce00-0000-4000-8000-0000000000aa';
      await does('whyCantTheyConnect', row, [stranger, stranger]);
      assert.deepEqual(offered(), [`${stranger} | use this id as it is`]);
      assert.equal((await done()).subject.other?.type, 'servicePrincipal');
    });

    it('of a cluster that does not say who has access looks in the directory all the same', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('orders-eu');
      await fault({ fault: refusal(403, 'AuthorizationFailed'), path: 'orders-eu/users$', times: 0 });
      await does('whyCantTheyConnect', row, ['alex', 'Alex Moreau']);
      assert.deepEqual(
        scene.stage.offers.at(-1)?.map(({ description }) => description),
        ['alex@contoso.com'],
      );
      only().dispose();
      await does('whyCantTheyConnect', row, ['', 'Nobody who has access is known']);
      assert.deepEqual(scene.app.reports.open, []);
    });

    it('of a firewall without a rule asks for an address of theirs, not for one’s own', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('reviews-eu');
      await does('whyCantTheyConnect', row, ['robin', 'Robin Reyes']);
      const report = await done();
      assert.match(report.view.sentence, /^The firewall of reviews-eu lets nobody in\. /);
      assert.match(report.view.paragraphs.join(), /Ask Robin Reyes for the address they come from/);
      assert.deepEqual(buttons(report), ['Let an Address In…', 'Ask for Access…']);
      scene.stage.answers.push('Type addresses…', '203.0.113.9', 'robin', 'Let In', dismiss);
      await press(report, 'Let an Address In…');
      await eventually(
        () => assert.equal(check(report, 'network').short, 'Their address is not known here'),
        30_000,
      );
      await done(report);
    }).timeout(60_000);

    it('says that somebody is there by an id that lets nobody in', async () => {
      const { checkout } = people;
      await register('orders-eu', checkout.appId, 'ServicePrincipal');
      await setting('applicationId', people.ownTools.appId);
      await scene.enter(kai);
      await does('whyCantTheyConnect', await scene.cluster('orders-eu'), [
        checkout.appId,
        checkout.displayName,
      ]);
      const report = await done();
      assert.match(
        scene.stage.offers
          .at(-1)
          ?.map(({ description }) => description)
          .join() ?? '',
        /that was its client id/,
      );
      assert.match(
        report.view.sentence,
        /was added to orders-eu by its application id, which lets nobody in/,
      );
    });

    describe('after a reload of the window', () => {
      const panelOf = (): vscode.WebviewPanel =>
        vscode.window.createWebviewPanel('cosmosEntra.report', '', vscode.ViewColumn.Active);
      const reloaded = (): ReloadedReport => {
        const [report, ...others] = scene.app.reports.reloaded;
        assert.equal(others.length, 0);
        return report ?? assert.fail('no report waits');
      };
      const look = (): Promise<void> => reloaded().hear({ kind: 'again' });
      const whose = async (name: string, other: Whose['other'] = null): Promise<Whose> => {
        const { node } = await scene.cluster(name);
        const cluster = node.kind === 'cluster' ? scene.app.tree.cluster(node.key) : undefined;
        const { key, caller } = cluster ?? assert.fail();
        return { cloud: 'custom', account: caller.account, cluster: { key, name }, other };
      };
      const alex: Whose['other'] = {
        objectId: people.alex.id,
        type: 'user',
        tenant: null,
        name: 'Alex Moreau',
      };

      it('waits for a press, and asks nobody anything until then', async () => {
        await scene.enter(kai);
        const kept = await whose('orders-eu', alex);
        await unseen();
        const before = scene.stage.requests.length;
        const tokens = scene.stage.tokens.size;
        const panel = panelOf();
        await scene.app.reports.revive(panel, { whose: kept, toggled: {} });
        assert.equal(panel.title, 'Why Can’t Alex Moreau Connect to orders-eu?');
        const { view } = reloaded();
        assert.equal(view.state, 'waiting');
        assert.equal(view.about, 'Alex Moreau · seen as kai@contoso.com');
        assert.equal(view.sentence, 'The window was reloaded: what this report had found is gone.');
        await reloaded().hear({ kind: 'ready' });
        await reloaded().hear({ kind: 'copy' });
        await reloaded().hear({ kind: 'press', check: '', button: 'signIn' });
        assert.equal(reloaded().view.state, 'waiting');
        assert.equal(scene.stage.requests.length, before);
        assert.equal(scene.stage.tokens.size, tokens);
        await look();
        assert.deepEqual(scene.app.reports.reloaded, []);
        const report = await done();
        assert.equal(report.subject.other?.objectId, people.alex.id);
        assert.match(report.view.sentence, /^Nothing was found that keeps Alex Moreau from orders-eu/);
        assert.deepEqual(scene.stage.heard, []);
        report.dispose();
      });

      it('is the report that a command asks for, and never there twice', async () => {
        await scene.enter(kai);
        const kept = { whose: await whose('orders-eu'), toggled: {} };
        await scene.app.reports.revive(panelOf(), kept);
        await scene.app.reports.revive(panelOf(), kept);
        reloaded();
        await does('whyCantIConnect', await scene.cluster('orders-eu'));
        assert.deepEqual(scene.app.reports.reloaded, []);
        await done();
        await scene.app.reports.revive(panelOf(), kept);
        assert.deepEqual(scene.app.reports.reloaded, []);
        await eventually(() => {
          const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
          assert.equal(tabs.filter(({ label }) => label.startsWith('Why')).length, 1);
        });
      });

      it('says that its account is gone, and goes on once it is back', async () => {
        await scene.enter(kai);
        const kept = await whose('orders-eu');
        scene.stage.people.length = 0;
        await unseen();
        await scene.app.reports.revive(panelOf(), { whose: kept });
        await look();
        assert.equal(reloaded().view.sentence, 'kai@contoso.com is not used here any more.');
        assert.deepEqual(
          reloaded().view.buttons.map(({ label }) => label),
          ['Sign In'],
        );
        assert.deepEqual(scene.stage.heard, []);
        scene.stage.people.push(kai);
        await look();
        await done();
      });

      it('says that it is of another cloud, of a cluster that is gone, or that something fails', async () => {
        await scene.enter(kai);
        const kept = await whose('orders-eu');
        const said = async (of: Whose): Promise<string> => {
          await scene.app.reports.revive(panelOf(), { whose: of });
          await look();
          const { view } = reloaded();
          assert.deepEqual(view.buttons, []);
          reloaded().dispose();
          return view.sentence;
        };
        assert.match(await said({ ...kept, cloud: 'china' }), /^This report is of another cloud/);
        const gone = { key: `${kept.cluster.key}-2`, name: 'orders-eu-2' };
        assert.equal(await said({ ...kept, cluster: gone }), 'orders-eu-2 is not listed any more.');
        await setting('customCloud', { ...customCloud, resourceManager: 'nonsense' });
        assert.match(await said(kept), /resourceManager/);
        await setting('customCloud', customCloud);
      });

      it('is not there where nothing was kept that says whose it is', async () => {
        for (const kept of [
          undefined,
          {},
          { whose: { cluster: { key: 1 } } },
          {
            whose: {
              cloud: 'custom',
              account: { id: '1', label: '' },
              cluster: { key: '1', name: '' },
              other: { name: '' },
            },
          },
        ]) {
          const panel = panelOf();
          const gone = new Promise<void>((resolve) => panel.onDidDispose(resolve));
          await scene.app.reports.revive(panel, kept);
          await gone;
        }
        assert.deepEqual(scene.app.reports.reloaded, []);
      });
    });

    describe('and its report', () => {
      const failure = { code: 'signInNeeded', tenant: 'a' } as const;
      const causes: { readonly [what in Cause['what']]: Cause & { readonly what: what } } = {
        notSignedIn: { what: 'notSignedIn', account: 'Kai' },
        azureSignIn: { what: 'azureSignIn', failure },
        clockOff: { what: 'clockOff', seconds: 720 },
        otherTenant: { what: 'otherTenant', tenant: 'a', clusterTenant: 'b' },
        clusterGone: { what: 'clusterGone' },
        notRunning: { what: 'notRunning', state: 'Stopped' },
        busy: { what: 'busy', state: 'Updating' },
        principalGone: { what: 'principalGone' },
        principalDisabled: { what: 'principalDisabled' },
        typeNotTaken: { what: 'typeNotTaken', type: 'group' },
        entraOff: { what: 'entraOff' },
        entraNotOnFreeTier: { what: 'entraNotOnFreeTier' },
        entraNotOfThisApi: { what: 'entraNotOfThisApi' },
        privateOnly: { what: 'privateOnly', address: '10.0.0.4', isPublic: false },
        firewallClosed: { what: 'firewallClosed', address: '203.0.113.7' },
        firewallLikely: { what: 'firewallLikely' },
        noAddress: { what: 'noAddress' },
        hostRefused: { what: 'hostRefused', host: 'h', address: undefined },
        nameUnknown: { what: 'nameUnknown', host: 'h', code: 'ENOTFOUND' },
        namesSilent: { what: 'namesSilent', host: 'h', code: 'ETIMEOUT' },
        silent: { what: 'silent', host: 'h', code: 'ETIMEDOUT' },
        portClosed: { what: 'portClosed', host: 'h', code: 'ECONNREFUSED' },
        cut: { what: 'cut', host: 'h', code: 'ECONNRESET' },
        certificate: { what: 'certificate', host: 'h', code: 'CERT_HAS_EXPIRED' },
        appMissing: { what: 'appMissing', appId: 'a' },
        appDisabled: { what: 'appDisabled', appId: 'a' },
        tokenRefused: { what: 'tokenRefused', failure },
        tokenExpired: { what: 'tokenExpired', at: 0 },
        tokenOld: { what: 'tokenOld', at: 0 },
        wrongAudience: { what: 'wrongAudience', audience: 'a', wanted: 'b' },
        wrongIssuer: { what: 'wrongIssuer', issuer: 'a', tenant: 'b' },
        noObjectId: { what: 'noObjectId' },
        otherPerson: { what: 'otherPerson', objectId: 'a', mine: 'b' },
        notRegistered: { what: 'notRegistered' },
        registeredAs: { what: 'registeredAs', id: 'a', by: 'application', objectId: 'b' },
        notInYet: {
          what: 'notInYet',
          grant: {
            id: '',
            holder: { state: 'keys' },
            role: { name: 'administrator' },
            roleId: undefined,
            scope: undefined,
            keptIn: 'resourceManager',
          },
        },
        halfRole: { what: 'halfRole', has: ['a'], missing: ['b'] },
        noRole: { what: 'noRole' },
        noDataRole: { what: 'noDataRole', action: undefined, scope: undefined },
        roleNameCase: { what: 'roleNameCase', name: 'Kai', usual: 'kai' },
        signInRefused: { what: 'signInRefused', serverCode: '18' },
        commandRefused: { what: 'commandRefused', serverCode: '403/5302' },
        unanswered: { what: 'unanswered', asked: 'request' },
        failed: { what: 'failed', failure },
      };
      const unsure: { readonly [what in Unsure['what']]: Unsure & { readonly what: what } } = {
        slow: { what: 'slow', limit: 10_000 },
        failure: { what: 'failure', failure },
        unsaid: { what: 'unsaid' },
        theirAddress: { what: 'theirAddress' },
        inside: { what: 'inside' },
        groups: { what: 'groups' },
      };
      const notRun: { readonly [what in NotRun['what']]: NotRun & { readonly what: what } } = {
        needs: { what: 'needs', check: 'cluster' },
        theirs: { what: 'theirs' },
        stopped: { what: 'stopped' },
      };
      /** What is only ever said of somebody else. */
      const ofOthers: readonly Cause['what'][] = [
        'principalGone',
        'principalDisabled',
        'typeNotTaken',
        'registeredAs',
      ];
      /** A sentence; one that begins with the name of a host does so in small letters. */
      const isWhole = (text: string): boolean =>
        /^(?:\p{Lu}|h )[^{}]*[.?…):]$/u.test(text) && !/undefined/.test(text);

      it('every cause has a sentence with who mends it, and no two are the same', () => {
        const seen = new Set<string>();
        for (const them of [undefined, 'Robin Reyes']) {
          seen.clear();
          const parties = { cluster: 'Orders', service: 'mongoClusters', them, tenants: new Map() } as const;
          for (const cause of Object.values(causes)) {
            if (them === undefined && ofOthers.includes(cause.what)) continue;
            const [short, long] = causeWords(cause, parties);
            const sentence = `${short}. ${mendingWords(mendingOf(cause), cause.what, parties)}`;
            assert.ok(isWhole(sentence) && isWhole(long), `${cause.what}: ${sentence} ${long}`);
            assert.doesNotMatch(short, /[.:]$/);
            seen.add(short);
          }
          assert.ok(
            seen.size >= Object.keys(causes).length - (them === undefined ? ofOthers.length : 0),
            [...seen].join('\n'),
          );
        }
      });

      it('every check has a title, and every reason words', async () => {
        await scene.enter(kai);
        const { node } = await scene.cluster('orders-eu');
        const cluster = ('key' in node ? scene.app.tree.cluster(node.key) : undefined) ?? assert.fail();
        assert.equal(new Set(checkIds.map((id) => checkWords(id, cluster))).size, checkIds.length);
        for (const why of Object.values(unsure)) {
          const [short, long] = unsureWords(why, 'running');
          assert.ok(isWhole(long) && isWhole(`${short}.`), `${why.what}: ${short} ${long}`);
        }
        // What was not told is told by what was looked for.
        const untold = checkIds.map((id) => unsureWords(unsure.unsaid, id)[0]);
        for (const words of untold) assert.match(words, / do(es)? not say /);
        assert.ok(new Set(untold).size >= checkIds.length - 3, untold.join('\n'));
        for (const why of Object.values(notRun)) assert.ok(isWhole(`${notRunWords(why, cluster)}.`));
      });

      it('what is copied marks nothing and opens no door, whatever was seen', async () => {
        await scene.enter(kai);
        const { node } = await scene.cluster('orders-eu');
        const cluster = ('key' in node ? scene.app.tree.cluster(node.key) : undefined) ?? assert.fail();
        const [token] = scene.stage.tokens;
        const evil = `a\n# b \` ${token} <img src=x>`;
        const results: Report['results'] = new Map([
          ['names', { state: 'pass', evidence: [{ name: 'detail', value: evil }], milliseconds: 1 }],
          [
            'signedIn',
            {
              state: 'fail',
              cause: { what: 'failed', failure: { code: 'internal', message: evil } },
              evidence: [],
              milliseconds: 1,
            },
          ],
        ]);
        const text = reportText(
          {
            patient: { cluster, other: undefined },
            begun: 0,
            state: 'done',
            results,
            rights: unknownRights,
            hurdles: {},
          },
          { cluster, other: undefined, name: '', tenants: new Map(), node },
          { version: '1' },
        );
        tokenless(text);
        assert.match(text, /\[token\]/);
        assert.equal(text.split('\n').filter((line) => line.startsWith('#')).length, 2, text);
        assert.ok(text.includes(String.raw`\<img src=x\>`));
      });

      it('a page may say few things', () => {
        assert.deepEqual(messageFrom({ kind: 'again', more: 1 }), { kind: 'again' });
        assert.deepEqual(messageFrom({ kind: 'press', check: '', button: 'a', x: 1 }), {
          kind: 'press',
          check: '',
          button: 'a',
        });
        for (const wrong of [
          null,
          'again',
          {},
          { kind: 'run' },
          { kind: 'press' },
          { kind: 'press', check: 1, button: 'a' },
        ])
          assert.equal(messageFrom(wrong), undefined);
        assert.ok(armHost.startsWith('127.0.0.1'));
      });
    });
  });
});

import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { FindingNode } from '../../src/editor/node.ts';
import { ruleIds } from '../../src/core/findings/rules.ts';
import { FindingsView } from '../../src/editor/findings/findingsView.ts';
import { changingOn, kai, people, swift } from './changing.ts';
import { eventually } from './eventually.ts';
import { change, clusterId, fault, forget, refusal } from './localAzure.ts';
import { onScene, setting } from './scene.ts';
import { dismiss } from './stage.ts';

const lee = 'lee@fabrikam.com';
const ownApplication = 'c0a70a99-0000-4000-8000-000000000001';
const open = 'error | carts-eu | open to every address';
const legacy = 'warning | legacy-shop | passwords still on, Entra off';
const orphan = 'warning | orders-eu | 60e60e00…0007 is gone from the directory and still has access';
const oldKey = 'warning | catalog | key 412 days old';
const single = 'info | reviews-eu | Sam Okafor is the only Entra administrator';

interface Row {
  readonly node: FindingNode;
  readonly item: vscode.TreeItem;
  readonly words: string;
  readonly tooltip: string;
}

describe('the command', () => {
  const scene = onScene();
  const { does, last, writes } = changingOn(scene);
  beforeEach(swift);
  beforeEach(() => scene.app.azure().lookout.forget());
  afterEach(async () => {
    const settings = vscode.workspace.getConfiguration('cosmosEntra');
    for (const name of [...ruleIds.map((rule) => `rules.${rule}`), 'keyDays', 'certificateDays'])
      if (settings.inspect(`findings.${name}`)?.globalValue !== undefined)
        await setting(`findings.${name}`, undefined);
    await setting('findings.background', false);
    scene.app.azure().lookout.forget();
  });

  const view = () => scene.app.findings;
  const rowOf = (node: FindingNode): Row => {
    const item = view().getTreeItem(node);
    const icon = item.iconPath instanceof vscode.ThemeIcon ? item.iconPath.id : '';
    const label = typeof item.label === 'string' ? item.label : '';
    const description = typeof item.description === 'string' ? item.description : '';
    const tooltip = typeof item.tooltip === 'string' ? item.tooltip : '';
    return { node, item, words: [icon, label, description].join(' | '), tooltip };
  };
  const rows = async (parent?: FindingNode): Promise<readonly Row[]> =>
    (await view().getChildren(parent)).map(rowOf);
  const words = async (parent?: FindingNode): Promise<readonly string[]> =>
    (await rows(parent)).map((row) => row.words);
  const row = async (wanted: string): Promise<Row> => {
    const all = await rows();
    return all.find((one) => one.words === wanted) ?? assert.fail(all.map((one) => one.words).join('\n'));
  };
  const folder = async (label: string): Promise<FindingNode> =>
    (await rows()).find(({ item }) => item.label === label)?.node ?? assert.fail(label);
  const badge = () => scene.findingsView.badge;
  const run = async (
    command: string,
    one: Row | undefined,
    ...answers: readonly (string | symbol)[]
  ): Promise<void> => {
    scene.stage.answers.push(...answers);
    await scene.run(command, one?.node);
    assert.deepEqual(scene.stage.answers, []);
  };
  const looked = async (): Promise<void> => {
    await scene.enter(kai);
    await scene.run('lookAgain');
  };

  describe('lookAgain', () => {
    it('looks at all clusters, and lists what a person should look at, the worst first', async () => {
      await looked();
      assert.deepEqual(await words(), [
        'error | carts-eu | open to every address',
        'error | catalog | open to every address: the firewall has no rule',
        'error | clicks | open to every address: the firewall has no rule',
        'error | profiles | open to every address: the firewall has no rule',
        'error | relations | open to every address: the firewall has no rule',
        'error | shipments | open to every address: the firewall has no rule',
        'error | telemetry | open to every address: the firewall has no rule',
        'error | web-sessions | open to every address: the firewall has no rule',
        'error | wishlists | open to every address: the firewall has no rule',
        'error | events | no Entra administrator',
        'error | ledger | no Entra administrator',
        'warning | carts-eu | passwords still on beside Entra',
        'warning | catalog | keys still on beside Entra',
        'warning | ledger | passwords still on beside Entra',
        'warning | orders-staging | passwords still on beside Entra',
        'warning | parts | passwords still on beside Entra',
        'warning | reviews-eu | passwords still on beside Entra',
        'warning | shipments | keys still on beside Entra',
        'warning | archive-2023 | passwords still on, Entra off',
        'warning | invoices | passwords still on, Entra off',
        'warning | legacy-shop | passwords still on, Entra off',
        orphan,
        'warning | orders-eu | 9e550000…0015 is of another tenant',
        oldKey,
        'warning | wishlists | key 90 days old',
        single,
        ' | Not looked at | 3',
      ]);
      assert.deepEqual(await words(await folder('Not looked at')), [
        'question | Tailspin Toys | not all of its clusters are listed · needs you to sign in',
        'question | Contoso | 6 with access cannot be named',
        'question | Fabrikam | 2 with access cannot be named',
      ]);
      assert.deepEqual(badge(), { value: 25, tooltip: '25 errors and warnings among the findings' });
      assert.match(scene.findingsView.description ?? '', /^looked at .*\d:\d\d/);
      assert.equal(scene.stage.contexts.get('cosmosEntra.findingsState'), 'some');
      assert.deepEqual(writes(), []);
      assert.deepEqual(scene.stage.heard, []);
    });

    it('finds nothing more where it was mended elsewhere, and what is new', async () => {
      await looked();
      await change(clusterId('carts-eu'), { properties: { publicNetworkAccess: 'Disabled' } });
      const authConfig = { allowedModes: ['MicrosoftEntraID'] };
      await change(clusterId('legacy-shop'), { properties: { authConfig } });
      await scene.run('lookAgain');
      const all = await words();
      assert.ok(!all.includes(open));
      assert.ok(!all.includes(legacy));
      assert.ok(all.includes('error | legacy-shop | no Entra administrator'));
    });

    it('says what could not be looked at, and why: it may be in order or not', async () => {
      await scene.enter(kai);
      await fault({ path: '/orders-eu/users$', fault: refusal(403, 'AuthorizationFailed'), times: 0 });
      await scene.run('lookAgain');
      const [, gap] = await rows(await folder('Not looked at'));
      assert.match(gap?.words ?? '', /^question \| orders-eu \| who has access could not be read · /);
      assert.match(gap?.tooltip ?? '', /AuthorizationFailed/);
      assert.ok((await words()).every((line) => !line.includes('| orders-eu |')));
    });

    it('is not needed once the clusters are listed, nor after a change, where that is set', async () => {
      await setting('findings.background', true);
      await scene.enter(kai);
      await eventually(() => {
        assert.notEqual(scene.app.azure().lookout.lookedAt, undefined);
        assert.equal(badge()?.value, 25);
      });
      const before = scene.stage.requests.length;
      const harmless = /ResourceGraph|batch|getByIds/;
      assert.ok(scene.stage.requests.every(({ method, path }) => method === 'GET' || harmless.test(path)));
      await run('removeFirewallRule', await row(open), 'Remove', dismiss);
      await eventually(() => assert.equal(badge()?.value, 24));
      const others = /\/(mongoClusters|databaseAccounts|serverGroupsv2)\/(?!carts-eu)/;
      const asked = scene.stage.requests.slice(before).map(({ path }) => path);
      assert.deepEqual(
        asked.filter((path) => others.test(path)),
        [],
      );
    });

    it('is the only one to look where that is not set: the list alone speaks', async () => {
      await scene.enter(kai);
      await eventually(async () => assert.ok((await words()).includes(legacy)));
      assert.equal(scene.requests(/users$|firewallRules$/).length, 0);
      assert.equal(scene.findingsView.description, '');
    });

    it('is not needed when the settings change: what is known is judged anew, and nothing is asked', async () => {
      await looked();
      const before = scene.stage.requests.length;
      await setting('findings.rules.openToEveryone', 'off');
      await setting('findings.rules.oldKey', 'error');
      await setting('findings.rules.singleAdministrator', '?');
      await setting('findings.keyDays', 200);
      await eventually(() => assert.equal(badge()?.value, 15));
      const all = await words();
      assert.ok(all.includes('error | catalog | key 412 days old'));
      assert.ok(all.includes(single));
      assert.ok(all.every((line) => !/every address|wishlists/.test(line)));
      assert.equal(scene.stage.requests.length, before);
    });

    it('shows why each matters, what to do and what it goes by, and says so to a screen reader', async () => {
      await looked();
      for (const { node, item, tooltip } of await rows()) {
        if (node.kind !== 'finding') continue;
        const [what, place, ...lines] = tooltip.split('\n');
        assert.match(what ?? '', /^(Error|Warning|Information): /);
        assert.match(place ?? '', / · /);
        assert.equal(lines.filter((text) => text === '').length, 2, tooltip);
        const spoken = item.accessibilityInformation?.label ?? '';
        assert.match(spoken, /^(Error|Warning|Information): .*Enter: Go to Cluster$/);
      }
      const { tooltip } = await row(single);
      assert.match(tooltip, /• Sam Okafor: Administrator, object id 9e550000-/);
      assert.match(tooltip, /First seen /);
    });

    it('knows who is gone of those inside a database as well, where somebody had them listed', async () => {
      await scene.enter(kai);
      const cluster = await scene.cluster('orders-eu');
      await does('addUser', cluster, ['rob', 'Robin Reyes'], 'Read only', 'Add', dismiss);
      await forget(people.robin.id);
      await scene.run('lookAgain');
      const inside = (): Promise<readonly string[]> =>
        words().then((all) => all.filter((line) => line.includes('9e550000…0002')));
      assert.deepEqual(await inside(), []);
      scene.app.tree.forgetAccess();
      await scene.whole(await scene.cluster('orders-eu', 'Access'));
      await eventually(async () =>
        assert.deepEqual(await inside(), [
          'warning | orders-eu | 9e550000…0002 is gone from the directory and still has access',
        ]),
      );
    });

    it('is for those who are signed in: what was seen goes with them', async () => {
      await looked();
      scene.stage.people.length = 0;
      scene.stage.changeSessions();
      await eventually(async () => assert.deepEqual(await words(), []));
      await eventually(() => assert.equal(badge(), undefined));
    });

    describe('is for those who are still here', () => {
      const kais = /carts-eu|orders-eu|catalog/;
      const both = async (): Promise<void> => {
        await scene.enter(kai, lee);
        await scene.run('lookAgain');
        assert.ok((await words()).some((line) => kais.test(line)));
        assert.ok((badge()?.value ?? 0) >= 25);
      };
      /** Rows and number are of the other alone; of a number nobody says whose it is. */
      const othersOnly = async (): Promise<void> => {
        const left = await words();
        assert.ok(
          left.every((line) => !kais.test(line)),
          left.join('\n'),
        );
        const counted = left.filter((line) => /^(error|warning) /.test(line)).length;
        assert.ok(counted < 10);
        assert.equal(badge()?.value, counted === 0 ? undefined : counted);
      };

      it('and what another sees is not waited for', async () => {
        await both();
        await fault({ fault: { kind: 'hang' }, service: 'resourceManager', path: 'carts-eu$', times: 0 });
        const looking = scene.run('lookAgain');
        const { lookout } = scene.app.azure();
        await eventually(() => assert.ok((lookout.progress?.done ?? 0) > 3));
        await run('leaveAccount', undefined, kai);
        await eventually(othersOnly);
        // A request that hangs is given up after twice this time.
        await eventually(() => assert.equal(lookout.progress, undefined), 15_000);
        await looking;
        await othersOnly();
      });

      it('before anything is listed anew', async () => {
        await both();
        await fault({ fault: { kind: 'hang' }, service: 'resourceManager', path: '.', times: 0 });
        scene.stage.people.splice(scene.stage.people.indexOf(kai), 1);
        scene.stage.changeSessions();
        await eventually(othersOnly);
        assert.deepEqual(
          scene.app.azure().discovery.accounts.map(({ account }) => account.label),
          [lee],
        );
      });
    });

    describe('while somebody looks', () => {
      const looking = async (): Promise<void> => {
        await scene.enter(kai);
        await fault({ fault: { kind: 'hang' }, service: 'resourceManager', path: 'carts-eu$', times: 0 });
        void scene.run('lookAgain');
        await eventually(() => assert.ok((scene.app.azure().lookout.progress?.done ?? 0) > 3));
      };

      it('ends with who is signed in', async () => {
        await looking();
        const { lookout } = scene.app.azure();
        scene.stage.people.length = 0;
        scene.stage.changeSessions();
        await eventually(async () => assert.deepEqual(await words(), []));
        await eventually(() => assert.equal(lookout.progress, undefined));
        assert.equal(badge(), undefined);
      });

      it('ends with the cloud', async () => {
        await looking();
        const { lookout } = scene.app.azure();
        await setting('cloud', 'public');
        try {
          await eventually(async () => assert.deepEqual(await words(), []));
          await eventually(() => assert.equal(lookout.progress, undefined));
        } finally {
          await setting('cloud', 'custom');
        }
      });
    });
  });

  describe('fixFinding', () => {
    const done = (): Promise<void> =>
      eventually(() => assert.equal(scene.app.azure().lookout.progress, undefined));
    const goes = async (line: string): Promise<void> => {
      await eventually(async () => assert.ok(!(await words()).includes(line), line));
      await done();
    };

    it('takes access away from who is gone, and the finding goes', async () => {
      await looked();
      await run('fixFinding', await row(orphan), 'Remove', dismiss);
      assert.match(scene.stage.heard[0] ?? '', /^orders-eu: Remove 60e60e00-.* \(Administrator\)\? \[Remove/);
      assert.equal(writes().length, 1);
      await goes(orphan);
      await eventually(() => assert.equal(badge()?.value, 24));
    });

    it('changes the ways in', async () => {
      await looked();
      const line = 'warning | carts-eu | passwords still on beside Entra';
      await run('fixFinding', await row(line), 'Entra only', 'Change', dismiss);
      await goes(line);
    });

    it('adds an administrator', async () => {
      await looked();
      scene.stage.answers.push(['robin', 'Robin Reyes']);
      await run('fixFinding', await row(single), 'Administrator', 'Add', dismiss);
      await goes(single);
    });

    it('removes the rule that lets everybody in', async () => {
      await looked();
      await run('fixFinding', await row(open), 'Remove', dismiss);
      assert.deepEqual(writes(), ['DELETE carts-eu/firewallRules/everyone']);
      await goes(open);
    });

    it('makes the first rule where there is none', async () => {
      await looked();
      const line = 'error | catalog | open to every address: the firewall has no rule';
      await run('fixFinding', await row(line), 'Type addresses…', '203.0.113.9', 'Let In', dismiss);
      await goes(line);
    });

    it('opens the portal where only that helps: at the account, or at the application', async () => {
      await setting('applicationId', ownApplication);
      await looked();
      await run('fixFinding', await row(oldKey));
      assert.match(scene.stage.opened.at(-1) ?? '', /#@[^/]+\/resource\/subscriptions\/.*\/catalog$/);
      const line = 'warning | orders-eu | the certificate of reporting-app ends in 12 days';
      await run('fixFinding', await row(line));
      assert.match(
        scene.stage.opened.at(-1) ?? '',
        /#@[^/]+\/view\/Microsoft_AAD_RegisteredApps\/.*\/appId\/a9900000-0000-4000-8000-000000000001$/,
      );
    });

    it('offers nothing that a stopped cluster refuses: what goes first is in the portal', async () => {
      await looked();
      const { item, tooltip } = await row(legacy);
      assert.match(
        tooltip,
        /\nlegacy-shop is not running \(state: Stopped\).* in the portal first.*Turn Entra on/,
      );
      assert.doesNotMatch(item.contextValue ?? '', /fixModes/);
      await run('fixFinding', await row(legacy));
      assert.match(scene.stage.opened.at(-1) ?? '', /\/mongoClusters\/legacy-shop$/);
      assert.deepEqual([scene.stage.heard, writes()], [[], []]);
      await change(clusterId('legacy-shop'), { properties: { clusterStatus: 'Ready' } });
      await scene.run('lookAgain');
      await eventually(async () => assert.match((await row(legacy)).item.contextValue ?? '', /fixModes/));
    });

    it('offers nothing that a disabled subscription refuses', async () => {
      await looked();
      const archive = await row('warning | archive-2023 | passwords still on, Entra off');
      assert.match(
        archive.tooltip,
        /\nAzure says that the subscription of archive-2023 is Disabled: .* again\. Turn/,
      );
      assert.doesNotMatch(archive.item.contextValue ?? '', /fixModes/);
      await run('fixFinding', archive);
      assert.match(scene.stage.opened.at(-1) ?? '', /\/archive-2023$/);
      assert.deepEqual([scene.stage.heard, writes()], [[], []]);
    });

    it('from the palette asks which', async () => {
      await looked();
      await run('fixFinding', undefined, 'catalog', dismiss);
      assert.deepEqual(scene.stage.heard, ['Fix what?', 'Which address may reach catalog?']);
      assert.deepEqual(scene.stage.offers[0]?.[0], {
        label: 'carts-eu',
        description: 'open to every address',
        detail: 'Error',
        picked: undefined,
      });
      assert.deepEqual(writes(), []);
    });

    it('has beside it the commands for what a finding is about, and they know whom', async () => {
      await looked();
      const somebody = await row(orphan);
      assert.deepEqual(somebody.item.contextValue?.split(' '), ['finding', 'fixGrants', 'fixNames']);
      await run('removeAccess', somebody, dismiss);
      assert.match(last(), /^orders-eu: Remove 60e60e00/);
      const everyone = await row(open);
      await run('removeFirewallRule', everyone, dismiss);
      assert.match(
        last(),
        /^carts-eu: Stop letting in every address there is\?.*\n(?:carts-eu then still lets in: .|No rule will be left: nobody reaches carts-eu over the internet until)/,
      );
      await run('addUser', await row('error | ledger | no Entra administrator'), dismiss);
      assert.match(last(), /Add people to ledger/);
      await run('openInPortal', everyone);
      assert.match(scene.stage.opened.at(-1) ?? '', /\/carts-eu$/);
      const { command } = everyone.item;
      await vscode.commands.executeCommand(command?.command ?? '', ...(command?.arguments ?? []));
      const { node } = await scene.cluster('carts-eu');
      await eventually(() => assert.deepEqual(scene.app.view.selection, [node]));
    });
  });

  describe('ignoreFinding', () => {
    it('wants a reason and an end; the finding is no longer counted, and stands below with both', async () => {
      await looked();
      await run('ignoreFinding', await row(legacy), '  ', 'moves in autumn ', 'For 30 days');
      assert.deepEqual(scene.stage.heard, [
        'Ignore legacy-shop: passwords still on, Entra off: Why is that in order? The reason is kept, and is in every report',
        '! A reason, so that others understand',
        'For how long?',
      ]);
      assert.ok(!(await words()).includes(legacy));
      assert.equal(badge()?.value, 24);
      const [ignored] = await rows(await folder('Ignored'));
      assert.equal(
        ignored?.words,
        'eye-closed | legacy-shop | passwords still on, Entra off · moves in autumn',
      );
      assert.match(ignored?.tooltip ?? '', /Ignored: moves in autumn\nBy kai@contoso\.com, .*\nUntil .*/);
      assert.equal(ignored?.item.contextValue, 'ignored');
    });

    it('stays over a restart, and a look', async () => {
      await looked();
      await run('ignoreFinding', await row(legacy), 'moves in autumn', 'For ever');
      const shown = {} as vscode.TreeView<FindingNode>;
      const restarted = new FindingsView(scene.app.azure, scene.app.store, shown);
      restarted.listed();
      assert.deepEqual(
        restarted.seen.ignored.map(([{ rule, known }, { reason }]) => [rule, known.cluster.name, reason]),
        [['nativeOnly', 'legacy-shop', 'moves in autumn']],
      );
      await eventually(() => assert.equal(shown.badge?.value, 24));
      restarted.dispose();
      await scene.run('lookAgain');
      assert.ok(!(await words()).includes(legacy));
    });

    it('ignores several with one reason', async () => {
      await looked();
      const nodes = [(await row(legacy)).node, (await row(oldKey)).node];
      scene.stage.answers.push('known', 'For 90 days');
      await scene.run('ignoreFinding', nodes[0], nodes);
      assert.match(scene.stage.heard[0] ?? '', /^Ignore 2 findings: /);
      assert.equal((await rows(await folder('Ignored'))).length, 2);
    });

    it('changes nothing when the person goes away; asks which from the palette', async () => {
      await looked();
      await run('ignoreFinding', await row(legacy), dismiss);
      await run('ignoreFinding', await row(legacy), 'known', dismiss);
      await run('ignoreFinding', undefined, 'legacy-shop', dismiss);
      assert.ok((await words()).includes(legacy));
      assert.equal(scene.app.findings.ledger.ignored.size, 0);
    });
  });

  describe('stopIgnoringFinding', () => {
    it('brings it back, from its row or from the palette; and says where nothing is ignored', async () => {
      await looked();
      await run('stopIgnoringFinding', undefined, dismiss);
      assert.equal(last(), 'Nothing is ignored. []');
      await run('ignoreFinding', await row(legacy), 'known', 'For ever');
      await run('stopIgnoringFinding', (await rows(await folder('Ignored')))[0]);
      assert.ok((await words()).includes(legacy));
      await run('ignoreFinding', await row(legacy), 'known', 'For ever');
      scene.stage.answers.push(['legacy-shop']);
      await run('stopIgnoringFinding', undefined);
      assert.deepEqual(scene.stage.offers.at(-1)?.[0], {
        label: 'legacy-shop',
        description: 'passwords still on, Entra off',
        detail: 'known · kai@contoso.com',
        picked: undefined,
      });
      assert.ok((await words()).includes(legacy));
    });
  });

  describe('copyFindings', () => {
    it('copies a report: what is open, what is ignored and why, what could not be looked at', async () => {
      await scene.enter(kai);
      await fault({ path: '/parts/users$', fault: refusal(403, 'AuthorizationFailed'), times: 0 });
      await scene.run('lookAgain');
      await run('ignoreFinding', await row(legacy), 'a | b <b> https://evil.example \u202Egpj', 'For ever');
      await run('copyFindings', undefined);
      const text = await vscode.env.clipboard.readText();
      const today = new Date().toISOString().slice(0, 10);
      const top = `# Findings\n\nMade ${today}\n\n| Severity | Cluster | Finding | First seen |`;
      assert.ok(text.startsWith(top), text);
      for (const line of [
        `| Error | carts-eu | open to every address; Rule everyone: every address there is | ${today} |`,
        String.raw`| legacy-shop | passwords still on, Entra off | a \| b \<b\> https\://evil.example gpj | kai\@contoso.com | ${today} | For ever |`,
      ])
        assert.ok(text.includes(line), text);
      assert.match(
        text,
        /## Not looked at\n\n- Tailspin Toys: .+\n- parts: who has access could not be read · /,
      );
      for (const secret of scene.stage.tokens) assert.ok(!text.includes(secret));
    });

    it('says where there are none, and looks if told to', async () => {
      await run('copyFindings', undefined, dismiss);
      const text = 'No cluster is listed, so nothing was looked at. The Clusters view says why. [Look Again]';
      assert.equal(last(), text);
      // Nobody is without a name for who may read all of the one directory there is.
      await setting('applicationId', ownApplication);
      await scene.enter('alex@contoso.com');
      for (const rule of ruleIds) await setting(`findings.rules.${rule}`, 'off');
      await run('copyFindings', undefined, 'Look Again');
      await eventually(() => assert.equal(scene.stage.contexts.get('cosmosEntra.findingsState'), 'none'));
      assert.equal(badge(), undefined);
    });
  });

  describe('exportFindings', () => {
    const target = (): string => join(scene.context.globalStorageUri.fsPath, 'findings.csv');
    afterEach(() => rm(target(), { force: true }));

    it('writes a table, a line for each, that no spreadsheet runs', async () => {
      await looked();
      await run('ignoreFinding', await row(legacy), '=1+1, "why"', 'For 30 days');
      await run('exportFindings', undefined, target(), dismiss);
      assert.match(scene.stage.heard.at(-2) ?? '', /^save as findings-\d{4}-\d\d-\d\d\.csv$/);
      const [headings, ...lines] = (await readFile(target(), 'utf8')).trimEnd().split('\r\n');
      assert.equal(
        headings,
        'severity,rule,title,cluster,what,evidence,firstSeen,ignored,reason,ignoredBy,ignoredSince,ignoredUntil,tenant,resource',
      );
      assert.equal(lines.length, 26 + 3);
      const ignored = lines.find((line) => line.startsWith('warning,nativeOnly,Passwords only,legacy-shop,'));
      const reason = `"'=1+1, ""why"""`;
      assert.ok(ignored?.includes(`,true,${reason},kai@contoso.com,`), ignored);
      assert.ok(ignored?.endsWith(clusterId('legacy-shop')), ignored);
    });

    it('changes nothing when the person goes away', async () => {
      await looked();
      await run('exportFindings', undefined, dismiss);
      await assert.rejects(readFile(target()));
    });
  });
});

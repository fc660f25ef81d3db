import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { Failure } from '../../src/core/failure.ts';
import type { TreeNode } from '../../src/editor/node.ts';
import { changingOn, kai, swift } from './changing.ts';
import { driverOf, mayAt } from './driver.ts';
import { matchesGolden } from './golden.ts';
import { behave, change, clusterId, fault } from './localAzure.ts';
import { rowOf } from './painting.ts';
import { onScene, setting } from './scene.ts';
import { dismiss } from './stage.ts';

const typing = 'Type addresses…';
const finding = 'Find my address';
/** Asked each time: a suite may run beyond midnight. */
const today = (): string => new Date().toISOString().slice(0, 10);

describe('the command', () => {
  const scene = onScene();
  const { does, idOf, last, leaves, record, rules, writes } = changingOn(scene);
  beforeEach(swift);
  const heard = (): string => `${scene.stage.heard.join('\n\n')}\n`;
  const echo = (): string =>
    URL.parse(vscode.workspace.getConfiguration('cosmosEntra').get('firewall.echoService', ''))?.host ?? '';

  describe('addMyIp', () => {
    it('asks once whether another service may be asked, and lets in what it says, until it is taken back', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('reviews-eu');
      await leaves('addMyIp', row, finding, `Ask ${echo()}`);
      await does('addMyIp', row, finding, `Ask ${echo()}`, dismiss);
      scene.stage.heard.length = 0;
      await does('addMyIp', row, finding, '203.0.113.77', 'home', 'Let In', 'Undo', 'Undo');
      assert.deepEqual(scene.stage.heard, [
        'Which address may reach reviews-eu?',
        'Addresses to let in to reviews-eu: 203.0.113.7, 203.0.113.0-203.0.113.9 or 203.0.113.0/24; several with commas (203.0.113.77)',
        `Name the rule: So that others know later whose address this is (kai-${today()})`,
        'reviews-eu: Let in 203.0.113.77',
        'Nothing has been changed yet',
        'reviews-eu lets in 203.0.113.77. [Undo]',
        'reviews-eu: Stop letting in 203.0.113.77? [Undo, Copy as…]\nNo rule will be left: nobody reaches reviews-eu over the internet until an address is let in.',
        'reviews-eu no longer lets in 203.0.113.77. [Undo]',
      ]);
      assert.deepEqual(writes(), [
        'PUT reviews-eu/firewallRules/home',
        'DELETE reviews-eu/firewallRules/home',
      ]);
      assert.deepEqual(await rules('reviews-eu'), ['No address may connect, add yours']);
    });

    it('asks nothing where the cluster is stopped, and says what goes first', async () => {
      await scene.enter(kai);
      await does('addMyIp', await scene.cluster('legacy-shop'), 'Open in Portal');
      await does('removeFirewallRule', undefined, 'legacy-shop', dismiss);
      const stopped =
        'legacy-shop is not running (state: Stopped), and nothing about it can be changed until it is. Start it in the portal first, on its page Overview; whoever manages legacy-shop in Azure can. [Open in Portal]';
      assert.deepEqual(scene.stage.heard, [stopped, 'Remove a rule of which cluster?', stopped]);
      assert.match(scene.stage.opened.join(), /\/mongoClusters\/legacy-shop$/);
      assert.deepEqual(writes(), []);
    });

    it('says whom it asks, that no token goes there, and asks anew about another', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('reviews-eu');
      const service = vscode.workspace.getConfiguration('cosmosEntra').get('firewall.echoService', '');
      await does('addMyIp', row, finding, `Ask ${echo()}`, dismiss);
      assert.deepEqual(
        scene.stage.offers[0]?.map(({ label, detail }) => [label, detail]),
        [
          [finding, `Asks ${echo()}; no token and no name of a cluster is sent`],
          [typing, 'Several, ranges and blocks: for a VPN or proxy with more than one way out'],
        ],
      );
      await setting('firewall.echoService', `${service}?again`);
      await does('addMyIp', row, finding, dismiss);
      assert.match(
        last(),
        /^Ask .* for your address\? \[Ask .*\]\nIt is not a service of Azure, and sees that/,
      );
    });

    it('asks nobody where the setting names nobody', async () => {
      await setting('firewall.echoService', '');
      await scene.enter(kai);
      await does('addMyIp', await scene.cluster('reviews-eu'), dismiss);
      assert.match(last(), /^Addresses to let in to reviews-eu/);
    });

    it('says what is wrong with a service that does not answer, or not with an address', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('reviews-eu');
      await fault({ fault: { kind: 'status', status: 200, body: 'somewhere' }, service: 'echo' });
      await does('addMyIp', row, finding, `Ask ${echo()}`, dismiss);
      assert.match(last(), /^127\.0\.0\.1:\d+ sent something/);
      await setting('firewall.echoService', 'https://127.0.0.1:9/');
      await does('addMyIp', row, finding, 'Ask 127.0.0.1:9', dismiss);
      assert.match(last(), /^127\.0\.0\.1:9 could not be reached \(ECONNREFUSED\)/);
      await setting('firewall.echoService', 'http://127.0.0.1:9/');
      await does('addMyIp', row, finding, 'Ask 127.0.0.1:9', 'Open Settings');
      assert.match(
        last(),
        /^The setting cosmosEntra\.firewall\.echoService must be an address that begins with https:/,
      );
      assert.deepEqual(writes(), []);
    });

    it('from the palette: asks to which cluster; changes nothing when the person goes away', async () => {
      await scene.enter(kai);
      await leaves('addMyIp', undefined, 'reviews-eu', typing, '203.0.113.9', 'mine', 'Let In');
      assert.equal(scene.stage.heard[0], 'Let your address in to which cluster?');
      assert.deepEqual(writes(), []);
    });

    it('takes several, ranges and blocks; says of each other text what is wrong', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('reviews-eu');
      scene.stage.answers.push(typing, '2001:db8::1', '203.0.113', '203.0.113.9-203.0.113.1', ' ');
      await does('addMyIp', row, '198.51.100.7, 203.0.113.0/30', 'my rule', 'vpn', dismiss);
      const review = scene.stage.offers.at(-1)?.map(({ label }) => `  ${label}\n`);
      await matchesGolden(
        'review-several-rules',
        `${heard().replaceAll(today(), 'TODAY')}\n${review?.join('')}`,
      );
    });

    it('says that the first rule of an open account closes it to all others', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('catalog');
      assert.deepEqual(await rules('catalog'), ['No rule: open to every address, a first rule closes it']);
      await does('addMyIp', row, typing, '203.0.113.9-203.0.113.11', 'Let In', dismiss);
      await matchesGolden('review-first-rule', heard());
      assert.deepEqual(await rules('catalog'), ['203.0.113.9', '203.0.113.10/31, 203.0.113.10–203.0.113.11']);
      assert.deepEqual(writes(), ['PATCH catalog']);
    });

    it('warns of every address, and tells what 0.0.0.0 stands for', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('reviews-eu');
      await does('addMyIp', row, typing, '0.0.0.0/0', 'all', dismiss);
      await does('addMyIp', row, typing, '0.0.0.0', 'azure', dismiss);
      await does('addMyIp', await scene.cluster('pricing-us'), typing, '203.0.113.9', 'mine', dismiss);
      const said = scene.stage.offers.filter((offer) => offer[0]?.label === 'Let In');
      await matchesGolden(
        'review-wide-rules',
        heard().replaceAll(today(), 'TODAY') +
          said.map((offer) => `\n${offer.map(({ label }) => `  ${label}\n`).join('')}`).join(''),
      );
      assert.deepEqual(writes(), []);
    });

    it('says that an address is let in already', async () => {
      await scene.enter(kai);
      await does('addMyIp', await scene.cluster('orders-eu'), typing, '203.0.113.9', 'mine');
      assert.equal(last(), 'orders-eu is like that already. []');
      assert.deepEqual(record(), ['orders-eu addRule 203.0.113.9 203.0.113.9 stopped (nothingToChange)']);
    });

    it('is what Enter does where no address may connect', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('reviews-eu', 'Firewall', 'No address may connect');
      scene.stage.answers.push(typing, '203.0.113.9', 'mine', dismiss);
      await scene.press(row);
      assert.ok(scene.stage.heard.includes('reviews-eu: Let in 203.0.113.9'));
    });

    it('names who may not, the permission, and the role', async () => {
      await scene.enter(kai);
      await does('addMyIp', await scene.cluster('events'), typing, '203.0.113.9', 'mine', dismiss);
      assert.equal(
        last(),
        'You lack the permission Microsoft.DBforPostgreSQL/serverGroupsv2/firewallRules/write on events. The built-in role Contributor has it; an owner can give it to you. [About This Role, Ask for Access…]',
      );
    });

    it('says at once that a lock is in the way', async () => {
      await change(clusterId('reviews-eu'), { lock: 'ReadOnly' });
      await scene.enter(kai);
      const row = await scene.cluster('reviews-eu');
      await does('addMyIp', row, typing, '203.0.113.9', 'mine', 'Let In', dismiss);
      assert.match(last(), /^Let in 203\.0\.113\.9 \(reviews-eu\): .*ScopeLocked/);
    });

    it('lets in who was shut out', async () => {
      await behave({ firewallsGateways: true });
      await scene.enter(kai);
      const reads = async (patience?: number): Promise<unknown> => {
        const driver = await driverOf('sam@contoso.com', 'reviews-eu', patience);
        try {
          return (await mayAt(driver)).read;
        } finally {
          await driver.close();
        }
      };
      assert.equal(await reads(400), 'MongoServerSelectionError');
      await does('addMyIp', await scene.cluster('reviews-eu'), typing, '203.0.113.77', 'home', 'Let In');
      assert.equal(await reads(), 'yes');
    });

    it('is in the menu of the row that says that a database does not answer, and knows its cluster', async () => {
      await scene.enter(kai);
      const { node } = await scene.cluster('reviews-eu', 'Access');
      const host = 'reviews-eu.mongocluster.azure.test';
      const silent = (cause: 'timeout' | 'dns'): TreeNode => ({
        kind: 'failure',
        what: 'insiders',
        failure: new Failure({ code: 'databaseUnreachable', host, detail: 'ETIMEDOUT', cause }),
        retry: { what: 'insiders', node },
      });
      const row = rowOf(scene.app.tree, silent('timeout'));
      assert.equal(row.label, 'Users inside the database could not be read');
      assert.deepEqual(row.tags, ['failure', 'ofCluster', 'retry', 'shutOut']);
      assert.deepEqual(rowOf(scene.app.tree, silent('dns')).tags, ['failure', 'ofCluster', 'retry']);
      await does('addMyIp', row, typing, '203.0.113.77', 'home', dismiss);
      assert.ok(scene.stage.heard.includes('reviews-eu: Let in 203.0.113.77'));
    });
  });

  describe('removeFirewallRule', () => {
    it('removes a rule, and puts it back, if told to', async () => {
      await scene.enter(kai);
      const before = await rules('orders-eu');
      const row = await scene.cluster('orders-eu', 'Firewall', 'office');
      await does('removeFirewallRule', row, 'Remove', 'Undo', 'Undo');
      assert.deepEqual(scene.stage.heard, [
        'orders-eu: Stop letting in 203.0.113.0–203.0.113.31? [Remove, Copy as…]\norders-eu then still lets in: 127.0.0.1 (local-machine).',
        'orders-eu no longer lets in 203.0.113.0–203.0.113.31. [Undo]',
        'orders-eu: Let in 203.0.113.0–203.0.113.31',
        'Nothing has been changed yet',
        'orders-eu lets in 203.0.113.0–203.0.113.31. [Undo]',
      ]);
      assert.deepEqual((await rules('orders-eu')).toSorted(), before.toSorted());
    });

    it('asks once about all that are selected', async () => {
      await scene.enter(kai);
      const rows = await scene.below(await scene.cluster('orders-eu', 'Firewall'));
      scene.stage.answers.push(dismiss);
      await scene.run(
        'removeFirewallRule',
        rows[0]?.node,
        rows.map(({ node }) => node),
      );
      assert.deepEqual(scene.stage.heard, [
        'orders-eu: 2 changes? [Remove, Copy as…]\nStop letting in 203.0.113.0–203.0.113.31\n\nStop letting in 127.0.0.1\n\nNo rule will be left: nobody reaches orders-eu over the internet until an address is let in.',
      ]);
      assert.deepEqual(writes(), []);
    });

    it('says of an account’s addresses what their going together means, which none of them means alone', async () => {
      const ipRules = ['203.0.113.77', '198.51.100.0/29', '192.0.2.9'].map((ipAddressOrRange) => ({
        ipAddressOrRange,
      }));
      await scene.enter(kai);
      await change(idOf('catalog'), { properties: { ipRules } });
      await scene.run('refreshCluster', (await scene.cluster('catalog')).node);
      const rows = await scene.below(await scene.cluster('catalog', 'Firewall'));
      assert.equal(rows.length, 3);
      for (const selected of [rows.slice(0, 2), rows]) {
        scene.stage.answers.push(dismiss);
        await scene.run(
          'removeFirewallRule',
          selected[0]?.node,
          selected.map(({ node }) => node),
        );
      }
      assert.deepEqual(scene.stage.heard, [
        'catalog: 2 changes? [Remove, Copy as…]\nStop letting in 203.0.113.77\n\nStop letting in 198.51.100.0–198.51.100.7\n\ncatalog then still lets in: 192.0.2.9.',
        'catalog: 3 changes? [Remove, Copy as…]\nStop letting in 203.0.113.77\n\nStop letting in 198.51.100.0–198.51.100.7\n\nStop letting in 192.0.2.9\n\nThis lets in every address of the internet.',
      ]);
      assert.deepEqual(writes(), []);
    });

    it('from the palette: asks of which cluster and which rules; changes nothing when the person goes away', async () => {
      await scene.enter(kai);
      await leaves('removeFirewallRule', undefined, 'ledger', ['office'], 'Remove');
      assert.deepEqual(scene.stage.heard.slice(-3), [
        'Remove a rule of which cluster?',
        'Stop letting in which addresses?',
        'ledger: Stop letting in 203.0.113.0–203.0.113.31? [Remove, Copy as…]\nNo rule will be left: nobody reaches ledger over the internet until an address is let in.',
      ]);
      await does('removeFirewallRule', undefined, 'reviews-eu');
      assert.equal(last(), 'The firewall of reviews-eu has no rule. []');
      assert.deepEqual([record(), writes()], [[], []]);
    });

    it('takes an address out of an account’s list, and leaves the others', async () => {
      const ipRules = ['203.0.113.77', '198.51.100.0/29'].map((ipAddressOrRange) => ({ ipAddressOrRange }));
      await scene.enter(kai);
      await change(idOf('catalog'), { properties: { ipRules } });
      await scene.run('refreshCluster', (await scene.cluster('catalog')).node);
      assert.deepEqual(await rules('catalog'), [
        '203.0.113.77',
        '198.51.100.0/29, 198.51.100.0–198.51.100.7',
      ]);
      await does(
        'removeFirewallRule',
        await scene.cluster('catalog', 'Firewall', '198.51.100.0/29'),
        'Remove',
      );
      assert.deepEqual(await rules('catalog'), ['203.0.113.77']);
    });
  });
});

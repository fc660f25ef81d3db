import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { changingOn, kai, swift } from './changing.ts';
import { matchesGolden } from './golden.ts';
import { behave, change, clusterId } from './localAzure.ts';
import { onScene } from './scene.ts';
import { dismiss } from './stage.ts';

describe('the command', () => {
  const scene = onScene();
  const { does, last, leaves, record, writes } = changingOn(scene);
  beforeEach(swift);
  const heard = (): string => `${scene.stage.heard.join('\n\n')}\n`;

  describe('changeAuthModes', () => {
    it('to Entra only: says what stops, does it, and takes it back, if told to', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('carts-eu');
      await does('changeAuthModes', row, 'Entra only', 'Change', 'Undo', 'Undo');
      await matchesGolden('review-entra-only', heard());
      assert.deepEqual(writes(), ['PATCH carts-eu', 'PATCH carts-eu']);
      assert.match(scene.again(row).description, /^Entra \+ password/);
    });

    it('to Entra only, of an account: says how old the keys are, and that one has no role', async () => {
      await scene.enter(kai);
      await does('changeAuthModes', await scene.cluster('catalog'), 'Entra only', dismiss);
      await does('changeAuthModes', await scene.cluster('web-sessions'), 'Entra only', dismiss);
      await matchesGolden('review-entra-only-account', heard());
      assert.deepEqual(writes(), []);
    });

    it('away from Entra: says how many lose their way in', async () => {
      await scene.enter(kai);
      await does('changeAuthModes', await scene.cluster('carts-eu'), 'Password only', dismiss);
      await does('changeAuthModes', await scene.cluster('ledger'), 'Password only', dismiss);
      await matchesGolden('review-password-only', heard());
    });

    it('from the palette: asks of which cluster; changes nothing when the person goes away', async () => {
      await scene.enter(kai);
      await leaves('changeAuthModes', undefined, 'carts-eu', 'Entra only', 'Change');
      assert.deepEqual(scene.stage.heard.slice(0, 3), [
        'Change the authentication modes of which cluster?',
        'Change the authentication modes of which cluster?',
        'Which ways into carts-eu? Now: Entra + password',
      ]);
      assert.deepEqual(writes(), []);
    });

    it('marks what is so now, and does nothing when that is chosen', async () => {
      await scene.enter(kai);
      await does('changeAuthModes', await scene.cluster('carts-eu'), 'Entra + password');
      assert.deepEqual(
        scene.stage.offers[0]?.map(({ label, description }) => [label, description]),
        [
          ['Entra only', undefined],
          ['Entra + password', 'current'],
          ['Password only', undefined],
        ],
      );
      assert.deepEqual([record(), writes()], [[], []]);
    });

    it('keeps ways in that have no word here', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('pricing-us');
      await does('changeAuthModes', row, 'Entra + password', '', 'Copy as…', 'REST', dismiss);
      assert.match(
        await vscode.env.clipboard.readText(),
        /"MicrosoftEntraID",\s+"NativeAuth",\s+"WorkloadCertificate"/,
      );
    });

    it('asks for a new password where Azure may want one, and keeps it to itself', async () => {
      await behave({ nativeNeedsPassword: true });
      await scene.enter(kai);
      const row = await scene.cluster('orders-eu');
      await leaves('changeAuthModes', row, 'Entra + password', 'Correct-Horse-9', 'Change');
      scene.stage.heard.length = 0;
      await does('changeAuthModes', row, 'Entra + password', 'short', 'Correct-Horse-9', 'Change');
      assert.deepEqual(scene.stage.heard.slice(1, 3), [
        'New password of dbadmin: Azure may ask for one to turn passwords on again. Empty keeps the old one.',
        '! 8 characters at least, or none',
      ]);
      assert.match(scene.again(row).description, /^Entra \+ password/);
      assert.deepEqual([...scene.stage.secrets].toSorted(), ['Correct-Horse-9', 'short']);
      const traces = [scene.stage.heard, scene.stage.offers, scene.stage.audited, scene.stage.logged];
      assert.ok(!JSON.stringify(traces).includes('Correct-Horse'));
    });

    it('says in Azure’s words that it wants a password, and changes nothing', async () => {
      await behave({ nativeNeedsPassword: true });
      await scene.enter(kai);
      const row = await scene.cluster('orders-eu');
      await does('changeAuthModes', row, 'Entra + password', '', 'Change', dismiss);
      assert.match(
        last(),
        /^Change ways in to Entra \+ password \(orders-eu\): Azure refused this: BadRequest \(HTTP 400\)\.[^]*administrator\.password are required/,
      );
      assert.match(scene.again(row).description, /^Entra only/);
    });

    it('does not close a cluster that nobody in Entra administers', async () => {
      await change(clusterId('legacy-shop'), { properties: { clusterStatus: 'Ready' } });
      await scene.enter(kai);
      await does('changeAuthModes', await scene.cluster('legacy-shop'), 'Entra only', dismiss);
      assert.equal(
        last(),
        'Nobody in Entra is an administrator of legacy-shop: without passwords it would be closed to everyone. Add an administrator first. [Add Me…]',
      );
      assert.deepEqual(record(), ['legacy-shop setModes entra stopped (noAdministrator)']);
      assert.deepEqual(writes(), []);
    });

    it('tries first whether one is let in, and adds one from the button', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('reviews-eu');
      scene.stage.answers.push('Entra only', 'Add Me…', 'Administrator', dismiss);
      await scene.run('changeAuthModes', row.node);
      assert.deepEqual(scene.stage.heard.slice(1), [
        'reviews-eu does not let you in with Entra yet. Add yourself first (Add Me…), so that you are not locked out. [Add Me…]',
        'What may Kai Carter do on reviews-eu?',
        'reviews-eu: Add Kai Carter as Administrator',
        'Nothing has been changed yet',
      ]);
    });

    it('says so where it could not be tried whether one is let in', async () => {
      await change(clusterId('carts-eu'), {
        properties: { connectionString: 'mongodb+srv://<user>:<password>@nowhere.mongocluster.azure.test/' },
      });
      await scene.enter(kai);
      await does('changeAuthModes', await scene.cluster('carts-eu'), 'Entra only', dismiss);
      assert.match(last(), /^It could not be tried whether you can sign in with Entra yourself\.$/m);
    });

    it('says why there is nothing to choose: the free tier, a replica, an old version, another API', async () => {
      await scene.enter(kai);
      for (const name of ['tryout-free', 'orders-us', 'invoices', 'wishlists', 'clicks'])
        await does('changeAuthModes', await scene.cluster(name), dismiss);
      assert.deepEqual(scene.stage.heard, [
        'tryout-free is on the free tier, where Entra is not to be had. Choose a larger tier in the portal first. [Open in Portal]',
        'orders-us is a replica made while passwords were off: they can be turned on again only after it is promoted. []',
        'invoices runs version 13; Entra needs 14 or newer. Upgrade it first. [Open in Portal]',
        'wishlists is an account of the API MongoDB (RU): it is not known that anybody gets in without a key, so keys stay on. []',
        'clicks is an account of the API Cassandra: it is not known that anybody gets in without a key, so keys stay on. []',
      ]);
      await does('changeAuthModes', await scene.cluster('archive-2023'), dismiss);
      assert.equal(
        last(),
        'Azure says that the subscription of archive-2023 is Disabled: nothing in it can be changed. Its owner can enable it again. []',
      );
      assert.deepEqual(writes(), []);
    });

    it('is experimental for PostgreSQL: says so, and when the service ignores it, and opens the portal', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('ledger');
      await does('changeAuthModes', row, 'Password only', 'Change', 'Open in Portal');
      await matchesGolden('review-experimental', heard());
      assert.match(scene.stage.opened.join('\n'), /\/serverGroupsv2\/ledger$/);
      assert.match(scene.again(row).description, /^Entra \+ password/);
      assert.deepEqual(record(), [
        'ledger setModes native started',
        'ledger setModes native failed (ignored)',
      ]);
    });
  });
});

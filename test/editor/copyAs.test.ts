import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { changingOn, kai, people, swift } from './changing.ts';
import { armHost } from './localAzure.ts';
import { onScene } from './scene.ts';
import { dismiss } from './stage.ts';

describe('the command', () => {
  const scene = onScene();
  const { does, grant, last, leaves, record, writes } = changingOn(scene);
  beforeEach(swift);
  const copied = async (): Promise<string> =>
    (await vscode.env.clipboard.readText()).replaceAll(armHost, 'arm.example');
  const offered = (): readonly string[] => (scene.stage.offers.at(-1) ?? []).map(({ label }) => label);

  describe('copyAs', () => {
    it('copies how a cluster lets people in, a person’s access, a rule: in every format there is', async () => {
      await scene.enter(kai);
      await does('addUser', await scene.cluster('orders-eu'), ['rob', 'Robin Reyes'], 'Read only', 'Add');
      const manager = ['Azure CLI (bash)', 'REST', 'Bicep', 'Terraform'];
      const { robin, dataPlatform, nightly } = people;
      const rows = [
        [
          await scene.cluster('pricing-us'),
          manager,
          /"?allowedModes"?\W+MicrosoftEntraID\W+WorkloadCertificate/,
        ],
        [await grant('orders-eu', 'Alex Moreau'), manager, /orders-eu[^]*admin[^]*root/],
        [await grant('orders-eu', 'Robin Reyes'), ['mongosh'], new RegExp(`${robin.id}[^]*readAnyDatabase`)],
        [await grant('catalog', '960f9000…0002'), manager, new RegExp(`products[^]*${dataPlatform.id}`)],
        [await grant('ledger', 'nightly_export'), manager, new RegExp(`nightly_export[^]*${nightly.id}`)],
        [await scene.cluster('orders-eu', 'Firewall', 'office'), manager, /office[^]*203\.0\.113\.31/],
      ] as const;
      for (const [row, formats, content] of rows) {
        await does('copyAs', row, dismiss);
        assert.equal(last(), 'Copy it as what?');
        assert.deepEqual(offered(), formats, row.label);
        const texts = new Set<string>();
        for (const format of formats) {
          await does('copyAs', row, format);
          assert.match(await copied(), content, `${row.label} as ${format}`);
          texts.add(await copied());
        }
        assert.equal(texts.size, formats.length);
      }
    });

    it('copies a change from its review, and goes on with the review', async () => {
      await scene.enter(kai);
      const row = await grant('orders-eu', 'Alex Moreau');
      await vscode.env.clipboard.writeText('mine');
      await does('removeAccess', row, 'Copy as…', 'REST', 'Copy as…', dismiss, dismiss);
      assert.deepEqual(
        scene.stage.heard.map((text) => text.split('\n')[0]),
        [
          'orders-eu: Remove Alex Moreau (Administrator)? [Remove, Copy as…]',
          'Copy it as what?',
          'orders-eu: Remove Alex Moreau (Administrator)? [Remove, Copy as…]',
          'Copy it as what?',
          'orders-eu: Remove Alex Moreau (Administrator)? [Remove, Copy as…]',
        ],
      );
      assert.match(await copied(), /^DELETE https:\/\/arm\.example\/.*\/orders-eu\/users\/9e550000-/m);
      assert.deepEqual([record(), writes()], [[], []]);
    });

    it('copies several changes at once, with both doors, and what is said beside does nothing', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('catalog');
      await does(
        'addUser',
        row,
        ['r', 'Robin Reyes', 'Riley Fontaine'],
        'Data Reader',
        'The whole account',
        'Add Robin Reyes as Data Reader',
        'Copy as…',
        'Azure CLI (bash)',
        dismiss,
      );
      assert.equal((await copied()).match(/az rest --method put/g)?.length, 2);
      assert.deepEqual(record(), []);
    });

    it('has no password in it, where one was typed', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('orders-eu');
      for (const format of ['Azure CLI (bash)', 'REST', 'Bicep', 'Terraform']) {
        await does(
          'changeAuthModes',
          row,
          'Entra + password',
          'Correct-Horse-9',
          'Copy as…',
          format,
          dismiss,
        );
        assert.ok(!(await copied()).includes('Correct-Horse'), format);
      }
    });

    it('from the palette: asks of which cluster, and leaves the clipboard alone when none is chosen', async () => {
      await scene.enter(kai);
      await vscode.env.clipboard.writeText('mine');
      await leaves('copyAs', undefined, 'carts-eu', 'REST');
      assert.equal(await copied(), 'mine');
      assert.equal(scene.stage.heard[0], 'Copy the authentication modes of which cluster?');
      await does('copyAs', undefined, 'carts-eu', 'REST');
      assert.match(await copied(), /^PATCH [^]*"MicrosoftEntraID",\s+"NativeAuth"/m);
    });

    it('says so where it is not known what to write', async () => {
      await scene.enter(kai);
      await does('copyAs', await scene.cluster('wishlists'));
      await does('copyAs', await scene.cluster('orders-eu', 'Access', 'dbadmin'));
      assert.deepEqual(
        scene.stage.heard,
        Array<string>(2).fill('It is not known well enough what this is to be written down. []'),
      );
    });
  });
});

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from './eventually.ts';
import {
  answer,
  armHost,
  clusterId,
  fault,
  found,
  hold,
  refusal,
  resetAzure,
  resourceGraph,
  subscriptions,
  wait,
} from './localAzure.ts';
import { transcript } from './painting.ts';
import type { Row } from './painting.ts';
import { onScene, setting, unseen } from './scene.ts';
import { dismiss } from './stage.ts';

const kai = 'kai@contoso.com';
/** Is in one tenant only, so that requests come one after the other. */
const alex = 'alex@contoso.com';
const lee = 'lee@fabrikam.com';
const ordersEu = clusterId('orders-eu');
const cartsEu = clusterId('carts-eu');

describe('the command', () => {
  const scene = onScene();

  const labels = async (): Promise<readonly string[]> => (await scene.paint()).map(({ label }) => label);
  const words = ({ label, description }: Row): string => `${label}, ${description}`;
  const count = (path: RegExp): number => scene.requests(path).length;

  describe('signIn', () => {
    it('signs in at once where the editor has no other account, and lists what that reaches', async () => {
      await scene.run('signIn');
      assert.deepEqual(scene.stage.heard, [`sign in: ${kai}`]);
      assert.deepEqual((await scene.paint()).filter(({ depth }) => depth === 0).map(words), [
        `Contoso, ${kai}`,
        `Fabrikam, ${kai}`,
        'Tailspin Toys, needs you to sign in',
      ]);
      assert.equal(scene.stage.contexts.get('cosmosEntra.state'), 'signedIn');
    });

    it('asks which account, where the editor has some', async () => {
      scene.stage.others.push(lee);
      scene.stage.answers.push(lee);
      await scene.run('signIn');
      assert.deepEqual(
        scene.stage.offers.at(0)?.map(({ label }) => label),
        [lee, 'Another account…'],
      );
      assert.deepEqual(scene.stage.heard, ['Which account shall Cosmos Entra use?', `sign in: ${lee}`]);
      assert.equal(words(await scene.at('Fabrikam')), `Fabrikam, ${lee}`);
    });

    it('takes another account than those, if told to', async () => {
      scene.stage.others.push(lee);
      scene.stage.answers.push('Another account…');
      await scene.run('signIn');
      assert.deepEqual(scene.stage.people, [kai]);
    });

    it('does nothing when nobody is chosen, and says nothing', async () => {
      scene.stage.others.push(lee);
      scene.stage.answers.push(dismiss);
      await scene.run('signIn');
      assert.deepEqual(scene.stage.people, []);
      assert.equal(scene.stage.heard.length, 1);
    });

    it('says nothing when the person declines', async () => {
      scene.stage.signInErrors.push(new Error('User did not consent to login.'));
      await scene.run('signIn');
      assert.deepEqual(scene.stage.heard, [`sign in: ${kai}`]);
    });

    it('says in words why Entra refuses', async () => {
      scene.stage.signInErrors.push(new Error('AADSTS50057: The user account is disabled.'));
      await scene.run('signIn');
      assert.match(
        scene.stage.heard.at(-1) ?? '',
        /disabled or locked.*\(AADSTS50057\) \[Sign In, Show Log\]/,
      );
    });

    describe('to a national cloud', () => {
      const environment = (): unknown =>
        vscode.workspace.getConfiguration('microsoft-sovereign-cloud').inspect('environment')?.globalValue;
      afterEach(async () => {
        const settings = vscode.workspace.getConfiguration('microsoft-sovereign-cloud');
        await settings.update('environment', undefined, vscode.ConfigurationTarget.Global);
        await setting('cloud', 'custom');
      });

      for (const [name, wanted] of [
        ['usGovernment', 'USGovernment'],
        ['china', 'ChinaCloud'],
      ] as const)
        it(`sets the editor’s own setting if told to, and goes on: ${name}`, async () => {
          await setting('cloud', name);
          scene.stage.answers.push(dismiss, 'Set It and Go On');
          await scene.run('signIn');
          assert.deepEqual([environment(), scene.stage.people], [undefined, []]);
          await scene.run('signIn');
          assert.equal(environment(), wanted);
          assert.deepEqual(scene.stage.people, [kai]);
          assert.match(
            scene.stage.heard.at(0) ?? '',
            new RegExp(`microsoft-sovereign-cloud.environment must be ${wanted}`),
          );
        });
    });
  });

  describe('signInToTenant', () => {
    it('shows the reason of a refusal on the row; the second factor then heals it', async () => {
      await scene.enter(kai);
      const contoso = transcript([
        await scene.at('Contoso'),
        ...(await scene.below(await scene.at('Contoso'))),
      ]);
      const row = await scene.at('Tailspin Toys');
      assert.equal(row.description, 'needs you to sign in');

      await scene.run('signInToTenant', row.node);
      assert.match(scene.stage.heard.at(-1) ?? '', /second factor.*\(AADSTS50076\) \[Sign In, Show Log\]/);
      const refused = scene.again(row);
      assert.equal(refused.description, 'sign-in needs a second factor');
      assert.match(refused.tooltip, /AADSTS50076/);
      assert.ok(refused.tags.includes('signIn'));

      scene.stage.secondFactors.add(kai);
      await scene.press(refused);
      assert.equal(scene.again(row).description, kai);
      assert.ok((await labels()).includes('toy-box'));
      const after = transcript([
        await scene.at('Contoso'),
        ...(await scene.below(await scene.at('Contoso'))),
      ]);
      assert.equal(after, contoso, 'one tenant’s trouble is no other’s');
    });

    it('asks from the palette which tenant, and says what is wrong with each', async () => {
      await scene.enter(kai);
      scene.stage.secondFactors.add(kai);
      scene.stage.answers.push('Tailspin Toys');
      await scene.run('signInToTenant');
      assert.deepEqual(
        scene.stage.offers.at(0)?.map(({ label, description, detail }) => [label, description, detail]),
        [
          ['Contoso', kai, undefined],
          ['Fabrikam', kai, undefined],
          ['Tailspin Toys', kai, 'needs you to sign in'],
        ],
      );
      assert.ok((await labels()).includes('toy-box'));
    });

    it('signs in once from the button of a refusal', async () => {
      await scene.enter(kai);
      scene.stage.secondFactors.add(kai);
      scene.stage.signInErrors.push(new Error('AADSTS50076: You must use multi-factor authentication.'));
      scene.stage.answers.push('Sign In');
      await scene.run('signInToTenant', (await scene.at('Tailspin Toys')).node);
      assert.ok((await labels()).includes('toy-box'));
      assert.equal(scene.stage.heard.filter((said) => said === `sign in: ${kai}`).length, 2);
    });

    it('mends an account whose own organisation asks for the person', async () => {
      await scene.enter(kai);
      scene.app.azure().tokens.forget();
      await fault({ fault: { kind: 'aadsts', code: 50173 }, service: 'entra' });
      await scene.run('refresh');
      const row = await scene.at(kai);
      assert.equal(words(row), `${kai}, needs you to sign in`);
      await scene.press(row);
      assert.deepEqual(
        (await scene.paint()).filter(({ depth }) => depth === 0).map(({ label }) => label),
        ['Contoso', 'Fabrikam', 'Tailspin Toys'],
      );
    });

    it('says nothing when the person declines, and leaves the row', async () => {
      await scene.enter(kai);
      const row = await scene.at('Tailspin Toys');
      scene.stage.signInErrors.push(new Error('User did not consent to login.'));
      await scene.press(row);
      assert.deepEqual(scene.stage.heard, [`sign in: ${kai}`]);
      assert.equal(transcript([scene.again(row)]), transcript([row]));
    });
  });

  describe('leaveAccount', () => {
    it('stops using the account that is chosen, and no other', async () => {
      await scene.enter(kai, lee);
      scene.stage.answers.push(kai);
      await scene.run('leaveAccount');
      assert.deepEqual(
        scene.stage.offers.at(0)?.map(({ label }) => label),
        [kai, lee],
      );
      assert.deepEqual((await scene.paint()).filter(({ depth }) => depth === 0).map(words), [
        `Fabrikam, ${lee}`,
      ]);
    });

    it('knows who is there, where nobody has looked', async () => {
      await unseen();
      scene.stage.people.push(kai);
      scene.stage.answers.push(kai);
      await scene.run('leaveAccount');
      assert.deepEqual(scene.stage.people, []);
    });

    it('leaves nobody signed in after the last', async () => {
      await scene.enter(kai);
      scene.stage.answers.push(kai);
      await scene.run('leaveAccount');
      assert.deepEqual(await scene.paint(), []);
      assert.equal(scene.stage.contexts.get('cosmosEntra.state'), 'signedOut');
    });

    it('leaves everybody when nobody is chosen', async () => {
      await scene.enter(kai);
      scene.stage.answers.push(dismiss);
      await scene.run('leaveAccount');
      assert.deepEqual(scene.stage.people, [kai]);
    });
  });

  describe('refresh', () => {
    it('lists everything anew, and asks for access anew', async () => {
      await scene.enter(kai);
      await scene.below(await scene.at('Contoso', 'Production', 'orders-eu', 'Access'));
      scene.stage.requests.length = 0;
      await fault({
        fault: answer({ data: [found('carts-eu', 'NativeAuth')] }),
        path: resourceGraph,
        times: 2,
      });
      await scene.run('refresh');
      assert.equal(count(/^\/tenants$/), 1);
      assert.equal(
        words(await scene.at('Contoso', 'Production', 'carts-eu')).split(' · ')[0],
        'carts-eu, Password only',
      );
      assert.ok(!(await labels()).includes('orders-eu'));
      await scene.run('refresh');
      await scene.below(await scene.at('Contoso', 'Production', 'orders-eu', 'Access'));
      assert.equal(count(/\/orders-eu\/users$/), 1);
    });
  });

  describe('stopLoading', () => {
    it('keeps what came, says so, and a retry lists the rest', async () => {
      await fault({
        fault: answer({ data: [found('carts-eu', 'NativeAuth')], $skipToken: 'more' }),
        path: resourceGraph,
      });
      await fault({ fault: hold, path: resourceGraph });
      scene.stage.people.push(alex);
      const loading = scene.run('refresh');
      await eventually(() => scene.at('Contoso', 'Production', 'carts-eu'));
      assert.equal(scene.stage.contexts.get('cosmosEntra.loading'), true);
      await scene.run('stopLoading');
      await loading;
      assert.equal(scene.stage.contexts.get('cosmosEntra.loading'), false);
      await scene.at('Contoso', 'Production', 'carts-eu');
      const stopped = await scene.at('Contoso', 'Some clusters could not be listed');
      assert.equal(stopped.description, 'stopped');
      assert.deepEqual(scene.stage.heard, []);

      await resetAzure();
      await scene.press(stopped);
      await scene.at('Contoso', 'Production', 'orders-eu');
      assert.notEqual((await scene.at('Contoso')).icon, 'loading~spin');
      assert.equal(scene.stage.contexts.get('cosmosEntra.loading'), false);
    });

    it('says on the tenant’s row that nothing came, and a retry lists', async () => {
      await fault({ fault: hold, path: resourceGraph, times: 2 });
      scene.stage.people.push(kai);
      const loading = scene.run('refresh');
      await eventually(async () => assert.equal((await scene.at('Contoso')).icon, 'loading~spin'));
      await scene.run('stopLoading');
      await loading;
      const row = await scene.at('Contoso');
      assert.equal(words(row), 'Contoso, stopped');
      assert.ok(row.tags.includes('retry'));

      await resetAzure();
      await scene.press(row);
      await scene.at('Contoso', 'Production', 'orders-eu');
    });

    it('leaves nothing that cannot be asked later: what a row left unknown is', async () => {
      await scene.enter();
      await fault({ fault: hold, path: '^/tenants$', after: 1 });
      scene.stage.people.push(kai);
      await scene.run('refresh');
      const loading = scene.run('refresh');
      await eventually(() => assert.equal(scene.stage.contexts.get('cosmosEntra.loading'), true));
      await scene.run('stopLoading');
      await loading;
      await scene.paint();
      await eventually(async () =>
        assert.match((await scene.at('Contoso', 'Production', 'ledger')).description, /^Entra \+ password/),
      );
    });

    it('does nothing when nothing loads', async () => {
      await scene.enter(kai);
      const before = transcript(await scene.paint());
      await scene.run('stopLoading');
      assert.equal(transcript(await scene.paint()), before);
    });
  });

  describe('refreshTenant', () => {
    it('lists one tenant anew', async () => {
      await scene.enter(kai);
      const row = await scene.at('Fabrikam');
      scene.stage.requests.length = 0;
      await fault({ fault: answer({ data: [] }), path: resourceGraph });
      await scene.run('refreshTenant', row.node);
      assert.deepEqual((await scene.below(row)).map(words), [
        'No Cosmos DB cluster in your subscriptions, refresh',
      ]);
      await scene.at('Contoso', 'Production', 'orders-eu');
      assert.deepEqual(scene.stage.requests.map(({ path }) => path).toSorted(), [
        '/providers/Microsoft.ResourceGraph/resources',
        '/subscriptions',
      ]);
    });

    it('asks from the palette which one', async () => {
      await scene.enter(kai);
      await fault({ fault: answer({ data: [] }), path: resourceGraph });
      scene.stage.answers.push('Contoso');
      await scene.run('refreshTenant');
      assert.deepEqual(scene.stage.heard, ['Refresh which tenant?']);
      assert.deepEqual(
        (await scene.below(await scene.at('Contoso'))).map(({ label }) => label),
        ['No Cosmos DB cluster in your subscriptions'],
      );
    });

    it('lists first, where nobody has looked', async () => {
      await unseen();
      scene.stage.people.push(kai);
      scene.stage.answers.push(dismiss);
      await scene.run('refreshTenant');
      assert.deepEqual(
        scene.stage.offers.at(0)?.map(({ label }) => label),
        ['Contoso', 'Fabrikam', 'Tailspin Toys'],
      );
    });
  });

  describe('refreshCluster', () => {
    const changed = answer({
      ...found('orders-eu', 'MicrosoftEntraID', 'NativeAuth'),
      properties: { authConfig: { allowedModes: ['MicrosoftEntraID', 'NativeAuth'] } },
    });

    it('asks about one cluster, and who has access to it', async () => {
      await scene.enter(kai);
      const row = await scene.at('Contoso', 'Production', 'orders-eu');
      const access = await scene.at('Contoso', 'Production', 'orders-eu', 'Access');
      await scene.below(access);
      scene.stage.requests.length = 0;
      await fault({ fault: changed, path: '/orders-eu$' });
      await scene.run('refreshCluster', row.node);
      assert.match(scene.again(row).description, /^Entra \+ password/);
      await scene.below(access);
      assert.deepEqual(
        scene.requests(/mongoClusters/).map(({ path }) => path),
        [ordersEu, `${ordersEu}/users`],
      );
    });

    it('asks from the palette which one', async () => {
      await scene.enter(kai);
      await fault({ fault: changed, path: '/orders-eu$' });
      scene.stage.answers.push('orders-eu');
      await scene.run('refreshCluster');
      assert.deepEqual(scene.stage.heard, ['Refresh which cluster?']);
      const offer = scene.stage.offers.at(0)?.find(({ label }) => label === 'orders-eu');
      assert.equal(offer?.description, 'Entra only · DocumentDB');
      assert.equal(offer?.detail, 'Contoso · Production · shop-eu');
      assert.match((await scene.at('Contoso', 'Production', 'orders-eu')).description, /^Entra \+ password/);
    });
  });

  describe('refreshBranch', () => {
    it('asks anew who has access', async () => {
      await scene.enter(kai);
      const access = await scene.at('Contoso', 'Production', 'orders-eu', 'Access');
      assert.ok((await scene.below(access)).some(({ label }) => label === 'Alex Moreau'));
      await fault({ fault: answer({ value: [] }), path: '/orders-eu/users$' });
      await scene.below(access);
      await scene.run('refreshBranch', access.node);
      assert.equal((await scene.below(access)).at(0)?.label, 'Azure lists nobody');
    });

    it('asks anew for details', async () => {
      await scene.enter(kai);
      const details = await scene.at('Contoso', 'Production', 'orders-eu', 'Details');
      await scene.below(details);
      await fault({
        fault: answer({ ...found('orders-eu'), properties: { serverVersion: '9.0' } }),
        path: '/orders-eu$',
      });
      await scene.run('refreshBranch', details.node);
      const version = (await scene.below(details)).find(({ label }) => label === 'Version');
      assert.equal(version?.description, '9.0');
    });

    it('is of no row, and does nothing, in the palette', async () => {
      await scene.enter(kai);
      scene.stage.requests.length = 0;
      await scene.run('refreshBranch');
      assert.deepEqual([scene.stage.requests, scene.stage.heard], [[], []]);
    });
  });

  describe('retry', () => {
    it('tries the list of a tenant again', async () => {
      await fault({ fault: wait(3600), path: resourceGraph, times: 0 });
      await scene.enter(kai);
      const row = await scene.at('Contoso');
      assert.ok(row.tags.includes('retry'));
      await resetAzure();
      await scene.run('retry', row.node);
      await scene.at('Contoso', 'Production', 'orders-eu');
    });

    it('tries a list inside of a tenant again', async () => {
      await fault({ fault: refusal(403, 'AuthorizationFailed'), path: subscriptions, times: 2 });
      await scene.enter(kai);
      await scene.run('retry', (await scene.at('Contoso', 'Subscriptions could not be listed')).node);
      await scene.at('Contoso', 'Production');
      await scene.at('Fabrikam', 'Subscriptions could not be listed');
    });

    it('tries everything again from the palette', async () => {
      await fault({ fault: refusal(403, 'AuthorizationFailed'), path: '^/tenants$' });
      await scene.enter(kai);
      await scene.at(kai);
      await scene.run('retry');
      await scene.at('Contoso', 'Production', 'orders-eu');
    });
  });

  describe('goToCluster', () => {
    const chosen = (): string | undefined => {
      const [node] = scene.app.view.selection;
      return node?.kind === 'cluster' ? scene.app.tree.cluster(node.key)?.name : undefined;
    };

    for (const grouping of ['subscription', 'nothing'])
      it(`selects the row, grouped by ${grouping}`, async () => {
        await setting('clusters.groupBy', grouping);
        await scene.enter(kai);
        scene.stage.answers.push('pricing-us');
        await scene.run('goToCluster');
        assert.deepEqual(scene.stage.heard, ['Go to which cluster?']);
        assert.ok(scene.app.view.visible);
        await eventually(() => assert.equal(chosen(), 'pricing-us'));
      });

    it('selects the row in a view that was left while it loaded', async () => {
      await unseen();
      scene.stage.people.push(kai);
      await vscode.commands.executeCommand('cosmosEntra.clusters.focus');
      await eventually(() => assert.equal(count(/ResourceGraph/), 2));
      await vscode.commands.executeCommand('workbench.view.explorer');
      scene.stage.answers.push('orders-eu');
      await scene.run('goToCluster');
      await eventually(() => assert.equal(chosen(), 'orders-eu'));
    });

    it('tells one cluster that two accounts see apart', async () => {
      await scene.enter(kai, lee);
      scene.stage.answers.push(dismiss);
      await scene.run('goToCluster');
      const offers = scene.stage.offers.at(0)?.filter(({ label }) => label === 'parts') ?? [];
      assert.equal(offers.length, 2);
      assert.notDeepEqual(offers[0], offers[1]);
    });

    it('lifts a filter that hides the cluster, and only then', async () => {
      await scene.enter(kai);
      scene.stage.answers.push('Entra only', 'orders-eu', 'legacy-shop');
      await scene.run('filterByAuthMode');
      await scene.run('goToCluster');
      await eventually(() => assert.equal(chosen(), 'orders-eu'));
      assert.equal(scene.stage.contexts.get('cosmosEntra.filtered'), true);
      await scene.run('goToCluster');
      await eventually(() => assert.equal(chosen(), 'legacy-shop'));
      assert.equal(scene.stage.contexts.get('cosmosEntra.filtered'), false);
    });

    it('lists first, where nobody has looked', async () => {
      await unseen();
      scene.stage.people.push(kai);
      scene.stage.answers.push('orders-eu');
      await scene.run('goToCluster');
      assert.deepEqual(scene.stage.heard, ['Go to which cluster?']);
      await eventually(() => assert.equal(chosen(), 'orders-eu'));
    });
  });

  describe('chooseSubscriptions', () => {
    it('offers what each tenant has, and shows what is chosen, also after a refresh', async () => {
      await scene.enter(kai);
      scene.stage.answers.push(['Staging', 'Fabrikam Shared']);
      await scene.run('chooseSubscriptions');
      assert.deepEqual(
        scene.stage.offers.at(0)?.map(({ label, description, picked }) => [label, description, picked]),
        [
          ['Analytics', 'Contoso', true],
          ['Fabrikam Shared', 'Fabrikam', true],
          ['Old Sandbox', 'Contoso', true],
          ['Production', 'Contoso', true],
          ['Staging', 'Contoso', true],
        ],
      );
      const groups = async (): Promise<readonly string[]> =>
        (await scene.paint()).filter(({ node }) => node.kind === 'group').map(({ label }) => label);
      assert.deepEqual(await groups(), ['Staging', 'Fabrikam Shared']);
      await scene.run('refresh');
      assert.deepEqual(await groups(), ['Staging', 'Fabrikam Shared']);

      scene.stage.answers.push(dismiss);
      await scene.run('chooseSubscriptions', (await scene.at('Contoso')).node);
      assert.deepEqual(
        scene.stage.offers
          .at(1)
          ?.filter(({ picked }) => picked === true)
          .map(({ label }) => label),
        // From a tenant's own menu the choice is among its own, and leaves the others alone.
        ['Staging'],
      );
      assert.deepEqual(await groups(), ['Staging', 'Fabrikam Shared']);
    });

    it('takes all for those to come as well', async () => {
      const one = { subscriptionId: ordersEu.split('/')[2], displayName: 'Production', state: 'Enabled' };
      await fault({ fault: answer({ value: [one] }), path: subscriptions, times: 2 });
      await scene.enter(kai);
      scene.stage.answers.push(['Production', 'Production']);
      await scene.run('chooseSubscriptions');
      await scene.run('refresh');
      await scene.at('Contoso', 'Staging', 'tryout-free');
    });

    it('keeps a choice of some from those to come', async () => {
      await scene.enter(kai);
      scene.stage.answers.push(['Staging']);
      await scene.run('chooseSubscriptions');
      assert.deepEqual((await scene.below(await scene.at('Fabrikam'))).map(words), [
        'No cluster in the subscriptions you chose, choose others',
      ]);
      scene.stage.answers.push(['Analytics', 'Fabrikam Shared', 'Old Sandbox', 'Production', 'Staging']);
      await scene.press(
        (await scene.below(await scene.at('Fabrikam'))).at(0) ?? (await scene.at('Fabrikam')),
      );
      await scene.at('Fabrikam', 'Fabrikam Shared', 'parts');
    });

    it('asks whose, where several accounts are in use', async () => {
      await scene.enter(kai, lee);
      scene.stage.answers.push(lee, dismiss);
      await scene.run('chooseSubscriptions');
      assert.deepEqual(
        scene.stage.offers.at(1)?.map(({ label }) => label),
        ['Fabrikam Shared'],
      );
    });

    it('lists first, where nobody has looked', async () => {
      await unseen();
      scene.stage.people.push(kai);
      scene.stage.answers.push(dismiss);
      await scene.run('chooseSubscriptions');
      assert.deepEqual(scene.stage.heard, ['Which subscriptions shall be shown? None means all.']);
      assert.equal(scene.stage.offers.at(0)?.length, 5);
    });

    it('says so where there is none', async () => {
      await scene.enter('robin@contoso.com');
      await scene.run('chooseSubscriptions');
      assert.deepEqual(scene.stage.heard, [
        'robin@contoso.com reaches no subscription that it may read. [Show Clusters]',
      ]);
    });
  });

  describe('filterByAuthMode', () => {
    for (const [choice, said, shown, hidden] of [
      [
        'Still on passwords or keys',
        /passwords or keys/,
        ['carts-eu', 'legacy-shop', 'catalog', 'wishlists'],
        ['orders-eu', 'profiles'],
      ],
      [
        'Entra only',
        /Entra only/,
        ['orders-eu', 'events', 'profiles'],
        ['carts-eu', 'pricing-us', 'wishlists'],
      ],
      [
        'Auth modes unknown',
        /Auth modes unknown/,
        ['wishlists', 'clicks', 'pricing-us'],
        ['orders-eu', 'ledger', 'carts-eu'],
      ],
    ] as const)
      it(`shows what is asked for: ${choice}`, async () => {
        await scene.enter(kai);
        scene.stage.answers.push(choice);
        await scene.run('filterByAuthMode');
        await scene.settled();
        const rows = await labels();
        for (const name of shown) assert.ok(rows.includes(name), `${name} is shown`);
        for (const name of hidden) assert.ok(!rows.includes(name), `${name} is hidden`);
        assert.match(scene.app.view.message ?? '', said);
        assert.equal(scene.stage.contexts.get('cosmosEntra.filtered'), true);
      });

    it('asks about what the list left unknown, too', async () => {
      scene.stage.answers.push('Entra only');
      await scene.run('filterByAuthMode');
      await scene.enter(kai);
      const rows = await labels();
      assert.ok(rows.includes('events') && !rows.includes('ledger'));
    });

    it('shows all again when all are asked for, and nothing else when nothing is', async () => {
      await scene.enter(kai);
      const before = await labels();
      scene.stage.answers.push('Entra only', dismiss, 'All clusters');
      await scene.run('filterByAuthMode');
      const filtered = await labels();
      await scene.run('filterByAuthMode');
      assert.deepEqual(await labels(), filtered);
      await scene.run('filterByAuthMode');
      assert.deepEqual(await labels(), before);
      assert.equal(scene.app.view.message, '');
    });

    it('says where nothing matches, and Enter there shows all', async () => {
      await scene.enter(kai);
      await fault({
        fault: answer({ data: [found('carts-eu', 'NativeAuth')] }),
        path: resourceGraph,
        times: 2,
      });
      scene.stage.answers.push('Entra only');
      await scene.run('filterByAuthMode');
      await scene.run('refresh');
      const row = await scene.at('Contoso', 'No cluster matches the filter');
      await scene.press(row);
      await scene.at('Contoso', 'Production', 'carts-eu');
    });
  });

  describe('clearFilter', () => {
    it('shows all again', async () => {
      await scene.enter(kai);
      const before = await labels();
      scene.stage.answers.push('Entra only');
      await scene.run('filterByAuthMode');
      assert.notDeepEqual(await labels(), before);
      await scene.run('clearFilter');
      assert.deepEqual(await labels(), before);
      assert.equal(scene.app.view.message, '');
      assert.equal(scene.stage.contexts.get('cosmosEntra.filtered'), false);
    });
  });

  const groupings = [
    ['groupBySubscription', 'subscription', 'Old Sandbox'],
    ['groupByResourceGroup', 'resourceGroup', 'shop-eu'],
    ['groupByKind', 'kind', 'Azure Cosmos DB account'],
    ['groupByNothing', 'nothing', 'archive-2023'],
  ] as const;
  for (const [command, value, label] of groupings)
    describe(command, () => {
      it('sets the setting, and the rows follow', async () => {
        await setting('clusters.groupBy', value === 'kind' ? 'nothing' : 'kind');
        await scene.enter(kai);
        assert.deepEqual(await scene.repainted(() => scene.run(command)), [undefined]);
        assert.equal(vscode.workspace.getConfiguration('cosmosEntra').get('clusters.groupBy'), value);
        await scene.at('Contoso', label);
      });
    });

  describe('copyResourceId', () => {
    it('copies the id of a row', async () => {
      await scene.enter(kai);
      await scene.run('copyResourceId', (await scene.at('Contoso', 'Production', 'orders-eu')).node);
      assert.equal(await vscode.env.clipboard.readText(), ordersEu);
    });

    it('copies those of all selected rows, a line each', async () => {
      await scene.enter(kai);
      const rows = [
        await scene.at('Contoso', 'Production', 'orders-eu'),
        await scene.at('Contoso', 'Production', 'carts-eu'),
        await scene.at('Contoso', 'Production'),
      ];
      await scene.run(
        'copyResourceId',
        rows[0]?.node,
        rows.map(({ node }) => node),
      );
      assert.equal(await vscode.env.clipboard.readText(), `${ordersEu}\n${cartsEu}`);
    });

    it('asks from the palette which one', async () => {
      await scene.enter(kai);
      scene.stage.answers.push('carts-eu');
      await scene.run('copyResourceId');
      assert.deepEqual(scene.stage.heard, ['Copy the id of which cluster?']);
      assert.equal(await vscode.env.clipboard.readText(), cartsEu);
    });

    it('offers to sign in where nobody is, and goes no further', async () => {
      await vscode.env.clipboard.writeText('mine');
      scene.stage.answers.push('Sign In');
      await scene.run('copyResourceId');
      assert.deepEqual(scene.stage.heard, [
        'Nobody is signed in to Cosmos Entra. [Sign In]',
        `sign in: ${kai}`,
      ]);
      assert.equal(await vscode.env.clipboard.readText(), 'mine');
    });

    it('says so where there is no cluster, and leads to the view that says why', async () => {
      await scene.enter('robin@contoso.com');
      await vscode.commands.executeCommand('workbench.view.explorer');
      await eventually(() => assert.ok(!scene.app.view.visible));
      scene.stage.answers.push('Show Clusters');
      await scene.run('copyResourceId');
      await eventually(() => assert.ok(scene.app.view.visible));
      assert.deepEqual(scene.stage.heard, [
        'No cluster is listed. The Clusters view says why. [Show Clusters]',
      ]);
    });

    it('leaves the clipboard alone when none is chosen', async () => {
      await scene.enter(kai);
      await vscode.env.clipboard.writeText('mine');
      scene.stage.answers.push(dismiss);
      await scene.run('copyResourceId');
      assert.equal(await vscode.env.clipboard.readText(), 'mine');
    });
  });

  describe('copyPrincipalId', () => {
    const people = async (): Promise<readonly Row[]> =>
      scene.below(await scene.at('Contoso', 'Production', 'orders-eu', 'Access'));

    it('copies the object id of a row', async () => {
      await scene.enter(kai);
      const row = (await people()).find(({ label }) => label === 'Alex Moreau');
      await scene.run('copyPrincipalId', row?.node);
      assert.equal(await vscode.env.clipboard.readText(), '9e550000-0000-4000-8000-000000000003');
    });

    it('copies those of the selected rows that have one', async () => {
      await scene.enter(kai);
      const rows = await people();
      await scene.run(
        'copyPrincipalId',
        rows[0]?.node,
        rows.map(({ node }) => node),
      );
      const copied = (await vscode.env.clipboard.readText()).split('\n');
      assert.equal(copied.length, 6);
      for (const id of copied) assert.match(id, /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    });

    it('is of no row, and does nothing, in the palette', async () => {
      await scene.enter(kai);
      await vscode.env.clipboard.writeText('mine');
      await scene.run('copyPrincipalId');
      assert.equal(await vscode.env.clipboard.readText(), 'mine');
    });
  });

  describe('openInPortal', () => {
    const { portal } = vscode.workspace.getConfiguration('cosmosEntra').get('customCloud') as {
      portal: string;
    };
    const address = (tenant: string, id: string): string => `${portal}/#@${tenant}/resource${id}`;

    it('opens the cluster where its tenant’s portal shows it', async () => {
      await scene.enter(kai);
      await scene.run('openInPortal', (await scene.at('Contoso', 'Production', 'orders-eu')).node);
      assert.deepEqual(scene.stage.opened, [address('c0a70500-0000-4000-8000-000000000001', ordersEu)]);
    });

    it('asks from the palette which one, and opens it in the tenant it was seen through', async () => {
      await scene.enter(kai);
      scene.stage.answers.push('parts');
      await scene.run('openInPortal');
      assert.deepEqual(scene.stage.heard, ['Open which cluster in the portal?']);
      assert.match(scene.stage.opened.join('\n'), /\/#@fab51ca0-[^/]+\/resource\/subscriptions\/.+\/parts$/);
    });
  });

  describe('viewJson', () => {
    const uri = `cosmos-entra:${ordersEu}.json`;
    const shown = (): vscode.TextEditor => {
      const editor = vscode.window.activeTextEditor;
      assert.equal(editor?.document.uri.toString(true), uri);
      return editor;
    };
    const version = (text: string): unknown =>
      (JSON.parse(text) as { properties: { serverVersion: unknown } }).properties.serverVersion;

    it('opens the resource as Azure sends it, to be read only', async () => {
      await scene.enter(kai);
      await scene.run('viewJson', (await scene.at('Contoso', 'Production', 'orders-eu')).node);
      const { document } = shown();
      assert.equal(document.languageId, 'json');
      assert.equal(document.uri.query + document.uri.fragment + document.uri.authority, '');
      // The editor keeps a closed document for a while, and shows it until it has the new one.
      await eventually(() => {
        const resource = JSON.parse(document.getText()) as {
          id: string;
          properties: Record<string, unknown>;
        };
        assert.equal(resource.id, ordersEu);
        assert.equal(
          resource.properties['infrastructureVersion'],
          '2.0',
          'fields that nobody here reads, too',
        );
      });
      await vscode.commands.executeCommand('type', { text: 'typed' });
      assert.doesNotMatch(document.getText(), /typed/);
      assert.equal(document.isDirty, false);
    });

    it('reads anew when opened again, whether the editor is still there or not', async () => {
      await scene.enter(kai);
      const { node } = await scene.at('Contoso', 'Production', 'orders-eu');
      await scene.run('viewJson', node);
      await eventually(() => assert.equal(version(shown().document.getText()), '8.0'));
      for (const next of ['9.0', '9.1']) {
        await fault({
          fault: answer({ ...found('orders-eu'), properties: { serverVersion: next } }),
          path: '/orders-eu$',
        });
        await scene.run('viewJson', node);
        await eventually(() => assert.equal(version(shown().document.getText()), next));
        await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      }
    });

    it('asks from the palette which one', async () => {
      await scene.enter(kai);
      scene.stage.answers.push('orders-eu');
      await scene.run('viewJson');
      assert.deepEqual(scene.stage.heard, ['View which cluster as JSON?']);
      shown();
    });

    it('opens nothing when it fails, and tells; its Retry opens it', async () => {
      await scene.enter(kai);
      const { node } = await scene.at('Contoso', 'Production', 'orders-eu');
      await fault({ fault: refusal(403, 'AuthorizationFailed', 'Kai may not.'), path: '/orders-eu$' });
      await scene.run('viewJson', node);
      assert.equal(vscode.window.activeTextEditor, undefined);
      assert.match(
        scene.stage.heard.join('\n'),
        /AuthorizationFailed.*Reader role[^]*Kai may not\. \[Retry, Show Log\]/,
      );

      await fault({ fault: refusal(403, 'AuthorizationFailed'), path: '/orders-eu$' });
      scene.stage.answers.push('Retry');
      await scene.run('viewJson', node);
      shown();
    });
  });

  describe('copyValue', () => {
    const copied = async (...path: readonly string[]): Promise<string> => {
      await scene.run('copyValue', (await scene.at(...path)).node);
      return vscode.env.clipboard.readText();
    };

    it('copies what a row is about: a detail, a login, a tenant, a subscription', async () => {
      await scene.enter(kai);
      assert.match(
        await copied('Contoso', 'Production', 'catalog', 'Details', 'Address'),
        /^https:\/\/catalog\.documents\.azure\.test:\d+\/$/,
      );
      assert.equal(await copied('Contoso', 'Production', 'orders-eu', 'Access', 'dbadmin'), 'dbadmin');
      assert.equal(await copied('Contoso'), 'c0a70500-0000-4000-8000-000000000001');
      assert.equal(await copied('Contoso', 'Production'), '5b5c0000-0000-4000-8000-000000000001');
    });
  });

  describe('openSettings', () => {
    it('opens the settings, from the palette too', async () => {
      await scene.run('openSettings');
      await eventually(() => {
        const { activeTab } = vscode.window.tabGroups.activeTabGroup;
        assert.match(activeTab?.label ?? '', /Settings/);
      });
      await vscode.commands.executeCommand('workbench.action.closeActiveEditor');
    });
  });

  describe('showLog', () => {
    it('shows what happened at Azure’s doors', async () => {
      await scene.enter(kai);
      await scene.run('showLog');
      await eventually(() => {
        const log = vscode.window.visibleTextEditors.find(({ document }) => document.uri.scheme === 'output');
        assert.ok(log?.document.getText().includes(`GET ${armHost}/tenants 200`));
      });
      await vscode.commands.executeCommand('workbench.action.closePanel');
    });
  });
});

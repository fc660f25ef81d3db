import assert from 'node:assert/strict';
import { changingOn, kai, people, swift } from './changing.ts';
import { eventually } from './eventually.ts';
import { matchesGolden } from './golden.ts';
import { answer, change, clusterId, fault, forget, refusal } from './localAzure.ts';
import { transcript } from './painting.ts';
import type { Row } from './painting.ts';
import { onScene, setting } from './scene.ts';
import { dismiss } from './stage.ts';

const contoso = 'c0a70500-0000-4000-8000-000000000001';
const review = 'Nothing has been changed yet';

describe('the command', () => {
  const scene = onScene();
  const { access, does, grant, last, leaves, record, writes } = changingOn(scene);
  beforeEach(swift);

  /** What a question offered, by its place among the questions. */
  const offered = (index: number): readonly string[] =>
    (scene.stage.offers.at(index) ?? []).map(({ label, description, detail }) =>
      [label, description, detail].filter((part) => part !== undefined && part !== '').join(' | '),
    );
  const selected = (): string | undefined => {
    const [node] = scene.app.view.selection;
    return node?.kind === 'cluster' ? scene.app.tree.cluster(node.key)?.name : undefined;
  };
  /** The organisation's own application, which may read the directory. */
  const readTheDirectory = (): Promise<void> => setting('applicationId', people.ownTools.appId);

  describe('addMe', () => {
    it('from a row: turns Entra on where it is off, and adds, after one review', async () => {
      await change(clusterId('legacy-shop'), { properties: { clusterStatus: 'Ready' } });
      await scene.enter(kai);
      await does('addMe', await scene.cluster('legacy-shop'), 'Administrator', dismiss);
      assert.deepEqual(scene.stage.heard, [
        'What may Kai Carter do on legacy-shop?',
        'legacy-shop: 2 changes',
        review,
      ]);
      assert.deepEqual(offered(0), ['Administrator | May do everything, and manages who else gets in']);
      assert.deepEqual(offered(1), [
        'Turn Entra On and Add',
        'Change ways in to Entra + password',
        'Add Kai Carter as Administrator',
        'Copy as… | the same for a script or a template',
      ]);
    });

    it('from the palette: asks to which cluster', async () => {
      await scene.enter(kai);
      await does('addMe', undefined, 'profiles', 'Data Reader', 'The whole account', dismiss);
      assert.deepEqual(scene.stage.heard, [
        'Add yourself to which cluster?',
        'What may Kai Carter do on profiles?',
        'What shall it reach? The smaller, the better',
        'profiles: Add Kai Carter as Data Reader',
        review,
      ]);
    });

    it('changes nothing when the person goes away at any of its questions', async () => {
      await scene.enter(kai);
      await leaves('addMe', undefined, 'profiles', 'Data Reader', 'The whole account', 'Add');
      await leaves('addMe', await scene.cluster('events'), 'User', 'kai.carter', 'Add');
      assert.deepEqual(writes(), []);
    });

    it('says that one has it already, or has another role', async () => {
      await scene.enter(kai);
      await does('addMe', await scene.cluster('orders-eu'), 'Administrator');
      assert.equal(last(), 'They have this access to orders-eu already: Administrator. []');
      await does('addMe', await scene.cluster('orders-eu'), 'Read only');
      assert.equal(
        last(),
        'They have access to orders-eu already, as Administrator. Use Change Role… on their row. []',
      );
      assert.deepEqual(record(), [
        'orders-eu addGrant Kai Carter administrator stopped (already)',
        'orders-eu addGrant Kai Carter readOnly stopped (otherRole)',
      ]);
    });

    it('stops who is no administrator from giving what only administrators give, and shows the way', async () => {
      await scene.enter(kai);
      scene.stage.answers.push('Read only', 'Add Me…', dismiss);
      await scene.run('addMe', (await scene.cluster('reviews-eu')).node);
      assert.deepEqual(
        scene.stage.offers[0]?.map(({ label, description }) => [label, description]),
        ['Administrator', 'Read only', 'Read and write'].map((label, index) => [
          label,
          index === 0
            ? undefined
            : 'only an Entra administrator of the cluster gives it, and you are not one yet',
        ]),
        'what they can give now comes first',
      );
      assert.match(
        scene.stage.heard[1] ?? '',
        /^This role is kept in the database, and only Entra administrators of reviews-eu can .*Add yourself as an administrator first \(Add Me…\)\. \[Add Me…, Ask for Access…\]$/,
      );
      assert.equal(last(), 'What may Kai Carter do on reviews-eu?');
      assert.deepEqual(record(), ['reviews-eu addGrant Kai Carter readOnly stopped (needsAdministrator)']);
    });

    it('is not to be had on the free tier; the portal is', async () => {
      await scene.enter(kai);
      await does('addMe', await scene.cluster('tryout-free'), 'Open in Portal');
      assert.deepEqual(scene.stage.heard, [
        'tryout-free is on the free tier, where Entra is not to be had. Choose a larger tier in the portal first. [Open in Portal]',
      ]);
      assert.match(scene.stage.opened.join('\n'), /\/mongoClusters\/tryout-free$/);
      assert.deepEqual(record(), ['tryout-free addGrant unknown stopped (freeTier)']);
    });

    it('waits for a cluster that is stopped to be started', async () => {
      await scene.enter(kai);
      await does('addMe', await scene.cluster('legacy-shop'), 'Open in Portal');
      assert.deepEqual(scene.stage.heard, [
        'legacy-shop is not running (state: Stopped), and nothing about it can be changed until it is. Start it in the portal first, on its page Overview; whoever manages legacy-shop in Azure can. [Open in Portal]',
      ]);
      assert.match(scene.stage.opened.join('\n'), /\/mongoClusters\/legacy-shop$/);
    });

    it('changes nothing in a disabled subscription', async () => {
      await scene.enter(kai);
      await does('addMe', await scene.cluster('archive-2023'), dismiss);
      assert.deepEqual(scene.stage.heard, [
        'Azure says that the subscription of archive-2023 is Disabled: nothing in it can be changed. Its owner can enable it again. []',
      ]);
      assert.deepEqual(record(), ['archive-2023 addGrant unknown stopped (subscriptionState)']);
    });

    it('names the permission that is missing and the role that has it', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('telemetry');
      await does('addMe', row, 'Data Reader', 'The whole account', 'About This Role');
      assert.equal(
        last(),
        'You lack the permission Microsoft.DocumentDB/databaseAccounts/tableRoleAssignments/write on telemetry. The built-in role DocumentDB Account Contributor has it; an owner can give it to you. [About This Role, Ask for Access…]',
      );
      assert.deepEqual(scene.stage.opened, [
        'https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/databases#documentdb-account-contributor',
      ]);
      assert.deepEqual(record(), ['telemetry addGrant Kai Carter dataReader stopped (notAllowed)']);
    });

    it('asks Azure where nobody knows what the permission is called, and says how it answered', async () => {
      await scene.enter(kai);
      await does('addMe', await scene.cluster('events'), 'User', 'kai.carter', 'Add', dismiss);
      assert.match(
        last(),
        /^Add Kai Carter as User \(events\): Azure does not allow you this \(AuthorizationFailed\)[^]*serverGroupsv2\/roles\/write[^]* \[Retry, Show Log\]$/,
      );
      assert.deepEqual(record(), [
        'events addGrant Kai Carter user started',
        'events addGrant Kai Carter user failed (forbidden)',
      ]);
    });
  });

  describe('addUser', () => {
    it('adds all who are ticked, and takes all back', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('orders-eu');
      const before = await access('orders-eu');
      await does('addUser', row, ['r', 'Robin Reyes', 'Riley Fontaine'], 'Read and write', 'Add');
      assert.deepEqual(scene.stage.heard, [
        'Add people to orders-eu: Type a name, or paste a sign-in name or an object id; tick several',
        'What may Robin Reyes, Riley Fontaine do on orders-eu?',
        'orders-eu: 2 changes',
        review,
        'Robin Reyes has access to orders-eu: Read and write. Riley Fontaine has access to orders-eu: Read and write. [Undo]',
      ]);
      const lines = await access('orders-eu');
      for (const name of ['Robin Reyes', 'Riley Fontaine'])
        assert.ok(lines.includes(`${name}, Read and write`));

      await does('removeAccess', await grant('orders-eu', 'Robin Reyes'), 'Remove', 'Undo', 'Undo');
      assert.equal(last(), 'Robin Reyes has access to orders-eu: Read and write. [Undo]');
      assert.deepEqual(await access('orders-eu'), lines);

      scene.stage.heard.length = 0;
      const both = [await grant('orders-eu', 'Robin Reyes'), await grant('orders-eu', 'Riley Fontaine')];
      scene.stage.answers.push('Remove');
      await scene.run(
        'removeAccess',
        both[0]?.node,
        both.map(({ node }) => node),
      );
      await matchesGolden('review-remove-several', `${scene.stage.heard.join('\n\n')}\n`);
      assert.deepEqual(await access('orders-eu'), before);
    });

    it('takes back what was added, if told to', async () => {
      await scene.enter(kai);
      const before = await access('orders-eu');
      const row = await scene.cluster('orders-eu');
      await does('addUser', row, ['rob', 'Robin Reyes'], 'Read only', 'Add', 'Undo', 'Undo');
      assert.deepEqual(scene.stage.heard.slice(-3), [
        'Robin Reyes has access to orders-eu: Read only. [Undo]',
        'orders-eu: Remove Robin Reyes (Read only)? [Undo, Copy as…]',
        'Robin Reyes no longer has Read only on orders-eu. [Undo]',
      ]);
      assert.deepEqual(await access('orders-eu'), before);
    });

    it('from the palette: asks to which cluster; changes nothing when the person goes away', async () => {
      await scene.enter(kai);
      const answers = ['orders-eu', ['rob', 'Robin Reyes'], 'Read only', 'Add'] as const;
      await leaves('addUser', undefined, ...answers);
      assert.equal(scene.stage.heard[0], 'Add people to which cluster?');
      await does('addUser', undefined, ...answers);
      assert.equal(last(), 'Robin Reyes has access to orders-eu: Read only. [Undo]');
    });

    it('changes nothing when nobody is ticked', async () => {
      await scene.enter(kai);
      await does('addUser', await scene.cluster('orders-eu'), ['rob']);
      assert.deepEqual([scene.stage.heard.length, record()], [1, []]);
    });

    for (const [pasted, label] of [
      ['Robin@Contoso.com', 'Robin Reyes | robin@contoso.com | 9e550000-0000-4000-8000-000000000002'],
      [people.robin.id, 'Robin Reyes | robin@contoso.com | 9e550000-0000-4000-8000-000000000002'],
      [
        `{${people.robin.id.toUpperCase()}}`,
        'Robin Reyes | robin@contoso.com | 9e550000-0000-4000-8000-000000000002',
      ],
      ['nobody at all', 'Nobody by that name | Type more or less of it, or paste an id'],
      [
        'nobody@contoso.com',
        'The directory has no such id | It must be the object id of a user in this tenant',
      ],
      [
        people.fabrikamSupport.id,
        'The directory has no such id | It must be the object id of a user in this tenant',
      ],
    ] as const)
      it(`finds who is meant by ${pasted}`, async () => {
        await scene.enter(kai);
        await does('addUser', await scene.cluster('orders-eu'), [pasted]);
        assert.equal(offered(0)[0], label);
      });

    it('tells an application apart from a person, where the directory may be read', async () => {
      await readTheDirectory();
      await scene.enter(kai);
      await does('addUser', await scene.cluster('orders-eu'), [people.reporting.id]);
      assert.equal(
        offered(0)[0],
        'reporting-app is something else | It must be the object id of a user in this tenant',
      );
    });

    it('takes an object id as it is, where the directory may not be read, and no sign-in name', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('parts');
      await does('addUser', row, ['june']);
      await does('addUser', row, ['lee@fabrikam.com']);
      await does('addUser', row, [people.fabrikamSupport.id, people.fabrikamSupport.id], 'Read only', 'Add');
      assert.deepEqual(
        scene.stage.offers.slice(0, 3).map((_, index) => offered(index)),
        [
          [
            'These names cannot be searched here: paste an id instead | It must be the object id of a user in this tenant',
          ],
          [
            'The directory may not be read, so a sign-in name leads nowhere | Paste the object id instead: the portal shows it under Entra ID, Users',
            'These names cannot be searched here: paste an id instead | It must be the object id of a user in this tenant',
          ],
          [
            `${people.fabrikamSupport.id} | use this id as it is | It must be the object id of a user in this tenant`,
          ],
        ],
      );
      assert.equal(last(), `${people.fabrikamSupport.id} has access to parts: Read only. [Undo]`);
      assert.ok((await access('parts')).includes('9e550000…0015, Read only'));
    });

    it('says that the directory did not answer, and takes an id all the same', async () => {
      await scene.enter(kai);
      await fault({ fault: refusal(400, 'Request_BadRequest'), service: 'graph', times: 0 });
      const row = await scene.cluster('orders-eu');
      await does('addUser', row, ['robin']);
      await does('addUser', row, [people.robin.id, people.robin.id], dismiss);
      assert.deepEqual(offered(0), [
        'The directory did not answer | Azure refused this (Request_BadRequest)',
      ]);
      assert.deepEqual(offered(1), [
        `${people.robin.id} | use this id as it is | It must be the object id of a user in this tenant`,
      ]);
    });

    it('goes to the primary from a replica', async () => {
      await scene.enter(kai);
      await does('addUser', await scene.cluster('orders-us'), 'Go to orders-eu');
      assert.deepEqual(scene.stage.heard, [
        'orders-us is a replica: its people come from orders-eu. Make the change there; it follows. [Go to orders-eu]',
      ]);
      await eventually(() => assert.equal(selected(), 'orders-eu'));
      assert.deepEqual(record(), ['orders-us addGrant unknown stopped (replica)']);
    });

    it('goes on with the others when one of several is there already, and says so', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('orders-eu');
      await does('addUser', row, ['a', 'Alex Moreau', 'Avery Banerjee'], 'Read only', 'Add');
      assert.deepEqual(scene.stage.heard.slice(-3), [
        'orders-eu: Add Avery Banerjee as Read only',
        review,
        'Avery Banerjee has access to orders-eu: Read only. [Undo]',
      ]);
      assert.ok(
        offered(2).includes(
          'Alex Moreau: They have access to orders-eu already, as Administrator. Use Change Role… on their row.',
        ),
      );
      assert.deepEqual(record(), [
        'orders-eu addGrant Alex Moreau readOnly stopped (otherRole)',
        'orders-eu addGrant Avery Banerjee readOnly started',
        'orders-eu addGrant Avery Banerjee readOnly done',
      ]);
    });

    it('says before the hundred and first user that Azure may refuse', async () => {
      await scene.enter(kai);
      const user = (name: string) => ({
        id: `${clusterId('orders-eu')}/users/${name}`,
        name,
        properties: {
          identityProvider: {
            type: 'MicrosoftEntraID',
            properties: { principalType: 'User', entraTenant: contoso },
          },
          roles: [{ db: 'admin', role: 'root' }],
        },
      });
      const others = Array.from({ length: 99 }, (_, index) =>
        user(`0000${1000 + index}-0000-4000-8000-000000000000`),
      );
      const all = answer({ value: [user(people.kai.id), ...others] });
      await fault({ fault: all, path: '/orders-eu/users$', times: 0 });
      await does('addUser', await scene.cluster('orders-eu'), ['rob', 'Robin Reyes'], 'Read only', 'Add');
      assert.ok(
        offered(2).includes('orders-eu has 100 users; 100 is the usual limit. Azure may refuse one more.'),
      );
    });

    it('says which of several failed, and tries those again, if told to', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('catalog');
      scene.stage.answers.push(['r', 'Robin Reyes', 'Riley Fontaine'], 'Data Reader', 'shop/orders', 'Add');
      await fault({
        fault: refusal(400, 'PrincipalNotFound', 'Nobody there.'),
        method: 'PUT',
        path: '/sqlRoleAssignments/',
      });
      scene.stage.answers.push('Retry');
      await scene.run('addUser', row.node);
      assert.match(
        scene.stage.heard.at(-2) ?? '',
        /^1 done, 1 failed\. Add (Robin Reyes|Riley Fontaine) as Data Reader on shop\/orders \(catalog\): There is nobody by this id in the tenant, or not yet: [^\n]+\(PrincipalNotFound\)\s+Nobody there\. \[Retry, Show Log\]$/,
      );
      assert.match(
        last(),
        /^(Robin Reyes|Riley Fontaine) has access to catalog: Data Reader on shop\/orders\. \[Undo\]$/,
      );
      assert.equal(writes().length, 2);
      assert.deepEqual(
        (await access('catalog')).filter((line) => line.endsWith('Data Reader · on shop/orders')).toSorted(),
        ['Riley Fontaine, Data Reader · on shop/orders', 'Robin Reyes, Data Reader · on shop/orders'],
      );
    });

    it('gives a role of the organisation’s own where it may be given, and nowhere else', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('catalog');
      await leaves('addUser', row, ['rob', 'Robin Reyes'], 'Price Editor', 'shop/prices', 'Add');
      const typed = 'Type a database or database/container…';
      const whom = ['rob', 'Robin Reyes'];
      await does('addUser', row, whom, 'Price Editor', typed, '/shop', 'search', 'shop/orders', 'Add');
      assert.deepEqual(offered(-2), [
        'shop/orders | container',
        'shop/prices | container',
        'shop/products | container',
        'shop | database',
        typed,
      ]);
      assert.deepEqual(scene.stage.heard.slice(-6), [
        `${typed}: shop, or shop/orders`,
        '! A database, or a database/container',
        '! This role can be given within shop only',
        'catalog: Add Robin Reyes as Price Editor on shop/orders',
        review,
        'Robin Reyes has access to catalog: Price Editor on shop/orders. [Undo]',
      ]);
    });

    it('says so where an account has no role to give', async () => {
      await scene.enter(kai);
      await fault({ fault: refusal(404, 'InvalidResourceType'), path: '/wishlists/mongoMIRole', times: 0 });
      await does('addUser', await scene.cluster('wishlists'), ['rob', 'Robin Reyes']);
      assert.equal(last(), 'wishlists has no role that could be given to anybody in Entra. []');
    });

    it('lets who may not list databases type the name of one', async () => {
      await scene.enter(kai);
      await fault({ fault: refusal(403, 'AuthorizationFailed'), path: '/sqlDatabases', times: 0 });
      await does('addUser', await scene.cluster('catalog'), ['rob', 'Robin Reyes'], 'Data Reader', dismiss);
      assert.deepEqual(offered(-1), ['Type a database or database/container…', 'The whole account']);
    });

    it('connects in PostgreSQL under a name that is allowed', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('ledger');
      await does('addUser', row, ['rob', 'Robin Reyes'], 'User', 'robin reyes', '', 'r'.repeat(64), dismiss);
      assert.deepEqual(scene.stage.heard.slice(-4), [
        'The name to connect with: robin@contoso.com signs in to ledger under this name; case matters (robin_contoso.com)',
        ...Array<string>(3).fill('! Letters, digits, dot, underscore and hyphen; 63 at most'),
      ]);
      assert.deepEqual(record(), []);
    });
  });

  describe('addApplication', () => {
    it('finds managed identities without the directory, by name and by client id', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('orders-eu');
      const found = 'catalog-indexer | managed identity · shop-eu | 5e97ce00-0000-4000-8000-000000000007';
      await does('addApplication', row, ['INDEX']);
      assert.deepEqual(offered(0), [found]);
      await does('addApplication', row, [people.catalogIndexer.appId]);
      assert.ok(offered(1).includes(found));
      await does('addApplication', row, ['index', 'catalog-indexer'], 'Read only', 'Add');
      assert.ok((await access('orders-eu')).includes('5e97ce00…0007, Read only · service principal'));
    });

    it('takes an object id as it is; what was a client id is refused by Azure, in its words', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('orders-eu');
      const id = people.checkout.id;
      await does('addApplication', row, [id, id], 'Read and write', 'Add');
      assert.equal(
        offered(0)[0],
        `${id} | use this id as it is | It must be the object id of the service principal (Enterprise applications), not the client id of the application`,
      );
      assert.ok((await access('orders-eu')).includes('5e97ce00…0002, Read and write · service principal'));
      const client = people.checkout.appId;
      await does('addApplication', row, [client, client], 'Administrator', 'Add', dismiss);
      assert.match(last(), /PrincipalNotFound[^]*was not found in the tenant/);
    });

    it('turns a client id into the object id, where the directory may be read', async () => {
      await readTheDirectory();
      await scene.enter(kai);
      const row = await scene.cluster('orders-eu');
      await does('addApplication', row, [people.checkout.appId, 'checkout-api'], 'Read only', 'Add');
      assert.deepEqual(offered(0), [
        `checkout-api | that was its client id; orders-eu knows it by this object id | ${people.checkout.id}`,
      ]);
      assert.equal(last(), 'checkout-api has access to orders-eu: Read only. [Undo]');
      await does('addApplication', row, ['night']);
      assert.equal(offered(-1)[0], `nightly-export | ${people.nightly.id}`);
    });

    it('from the palette: asks to which cluster; changes nothing when the person goes away', async () => {
      await scene.enter(kai);
      await leaves('addApplication', undefined, 'carts-eu', ['index', 'catalog-indexer'], 'Read only', 'Add');
      assert.equal(scene.stage.heard[0], 'Add an application or managed identity to which cluster?');
    });
  });

  describe('addGroup', () => {
    it('adds those who are in the group today, where the service knows no groups', async () => {
      await readTheDirectory();
      await scene.enter(kai);
      const row = await scene.cluster('carts-eu');
      await leaves('addGroup', row, ['plat', 'Data Platform'], 'Add 6 Members', 'Read only', 'Add');
      scene.stage.heard.length = 0;
      await does('addGroup', row, ['plat', 'Data Platform'], 'Add 6 Members', 'Read only', 'Add');
      await matchesGolden('review-members-of-a-group', `${scene.stage.heard.join('\n\n')}\n`);
      // Names of users inside the database may come after their rows.
      await eventually(async () => {
        const lines = await access('carts-eu');
        for (const name of ['Alex Moreau', 'Sam Okafor', 'Jordan Lindqvist', 'Taylor Ito', 'Avery Banerjee'])
          assert.ok(lines.includes(`${name}, Read only`), name);
        assert.ok(lines.includes('reporting-app, Read only · service principal'));
      });
    });

    it('says that a group hides members', async () => {
      await readTheDirectory();
      await scene.enter(kai);
      await does('addGroup', await scene.cluster('carts-eu'), ['audit', 'Audit'], dismiss);
      assert.match(
        last(),
        /^Add the members of Audit to carts-eu\?[^]*The group hides members: there may be more\.$/,
      );
    });

    it('says so where a group has no members', async () => {
      await readTheDirectory();
      await forget(people.taylor.id);
      await forget(people.avery.id);
      await scene.enter(kai);
      await does('addGroup', await scene.cluster('carts-eu'), ['shop', 'Shop On-Call']);
      assert.equal(last(), 'Shop On-Call has no members that could be read. []');
    });

    it('says so where members may not be read', async () => {
      await scene.enter(kai);
      const id = people.dataPlatform.id;
      await does('addGroup', await scene.cluster('carts-eu'), [id, id], dismiss);
      assert.match(last(), /Authorization_RequestDenied/);
      assert.deepEqual(record(), []);
    });

    it('from the palette: asks to which cluster; changes nothing when the person goes away', async () => {
      await scene.enter(kai);
      const id = people.audit.id;
      await leaves('addGroup', undefined, 'profiles', [id, id], 'Data Reader', 'people/profiles', 'Add');
      assert.equal(scene.stage.heard[0], 'Add a group to which cluster?');
    });
  });

  describe('changeRole', () => {
    it('says what it interrupts, and takes it back, if told to', async () => {
      await scene.enter(kai);
      const before = await access('orders-eu');
      await does(
        'changeRole',
        await grant('orders-eu', 'Alex Moreau'),
        'Read only',
        'Change Role',
        'Undo',
        'Undo',
      );
      await matchesGolden('review-change-role', `${scene.stage.heard.join('\n\n')}\n`);
      assert.deepEqual(offered(0), [
        'Read only | given by an Entra administrator of the cluster | Reads every database, changes nothing',
        'Read and write | given by an Entra administrator of the cluster | Reads and writes every database, manages no people',
      ]);
      assert.deepEqual(await access('orders-eu'), before);
    });

    it('from the palette: asks on which cluster and whose; changes nothing when the person goes away', async () => {
      await scene.enter(kai);
      await leaves('changeRole', undefined, 'catalog', 'Kai Carter', 'Data Reader', 'Change Role');
      assert.deepEqual(scene.stage.heard.slice(-5), [
        'On which cluster?',
        'Change whose role?',
        'Kai Carter is Data Contributor on catalog. Which role instead?',
        'catalog: Change Kai Carter from Data Contributor to Data Reader',
        review,
      ]);
    });

    it('asks for no role where the cluster is stopped', async () => {
      await scene.enter(kai);
      const row = await grant('orders-eu', 'Alex Moreau');
      await change(clusterId('orders-eu'), { properties: { clusterStatus: 'Stopped' } });
      await does('changeRole', row, dismiss);
      assert.equal(scene.stage.heard.length, 1);
      assert.match(last(), /^orders-eu is not running \(state: Stopped\), .* \[Open in Portal\]$/);
    });

    it('leaves out who signs in with a password, and says so where nobody else is', async () => {
      await scene.enter(kai);
      await does('changeRole', undefined, 'orders-eu', dismiss);
      assert.ok(offered(-1).length > 0 && !offered(-1).some((line) => line.startsWith('dbadmin')));
      await does('changeRole', undefined, 'legacy-shop');
      assert.equal(last(), 'Nobody in Entra has access to legacy-shop yet. Add somebody first. []');
    });

    it('keeps the last administrator one', async () => {
      await scene.enter(kai);
      await does('changeRole', await grant('reviews-eu', 'Sam Okafor'), 'Read only');
      assert.match(last(), /^This is the last Entra administrator of reviews-eu/);
      assert.deepEqual(record(), [
        'reviews-eu changeRole Sam Okafor readOnly stopped (lastAdministrator)',
        'reviews-eu changeRole Sam Okafor readOnly stopped (needsAdministrator)',
      ]);
    });

    it('says how far it came when the second half fails; Retry does the rest', async () => {
      await scene.enter(kai);
      await fault({ fault: refusal(400, 'BadRequest', 'Not today.'), method: 'PUT', path: '/ledger/roles/' });
      const row = await grant('ledger', 'Kai Carter (you)');
      await does('changeRole', row, 'Administrator', 'Change Role', dismiss);
      assert.match(
        last(),
        /^Change Kai Carter from User to Administrator \(ledger\): The first half is done: what they had is taken away\. The second failed, so they have no access now; Retry gives it\. Azure refused this: BadRequest \(HTTP 400\)\.\s+Not today\. \[Retry, Show Log\]$/,
      );
      assert.ok(!(await access('ledger')).some((line) => line.startsWith('Kai Carter')));
      assert.equal(record().at(-1), 'ledger changeRole Kai Carter administrator partly (halfDone)');
    });
  });

  describe('removeAccess', () => {
    it('stops at the last administrator, and shows the way to another', async () => {
      await scene.enter(kai);
      scene.stage.answers.push('Add Entra User…', dismiss);
      await scene.run('removeAccess', (await grant('reviews-eu', 'Sam Okafor')).node);
      await matchesGolden('review-last-administrator', `${scene.stage.heard.join('\n\n')}\n`);
      assert.deepEqual(writes(), []);
    });

    it('says that it is oneself; changes nothing when the person goes away', async () => {
      await scene.enter(kai);
      await leaves('removeAccess', await grant('orders-eu', 'Kai Carter (you)'), 'Remove');
      assert.equal(
        last(),
        'orders-eu: Remove Kai Carter (Administrator)? [Remove, Copy as…]\nThis is you: you lose what you have, and another administrator must give it back.',
      );
      assert.deepEqual(writes(), []);
    });

    it('stops the last of several at once', async () => {
      await scene.enter(kai);
      const rows = [await grant('carts-eu', 'Kai Carter (you)'), await grant('carts-eu', '5e97ce00…0002')];
      await scene.run(
        'removeAccess',
        rows[0]?.node,
        rows.map(({ node }) => node),
      );
      assert.match(last(), /This is the last Entra administrator of carts-eu\./);
      assert.deepEqual(writes(), []);
    });

    it('from the palette: asks on which cluster and whose', async () => {
      await scene.enter(kai);
      await leaves('removeAccess', undefined, 'catalog', 'Kai Carter', 'Remove');
      assert.equal(scene.stage.heard[1], 'On which cluster?');
      assert.ok(scene.stage.heard.includes('Remove whose access?'));
      assert.ok(
        offered(-1).includes('60e60e00-0000-4000-8000-000000000007 | Data Contributor'),
        'whoever has no name can be chosen by the id',
      );
    });

    it('cannot take back the removal of somebody of another tenant, and says why', async () => {
      await scene.enter(kai);
      const row = await grant('orders-eu', '9e550000…0015');
      await does('removeAccess', row, 'Remove', 'Undo');
      assert.equal(
        last(),
        'This principal lives in another tenant. orders-eu lets in members and guests of its own: invite them there, and add the guest. []',
      );
      assert.equal(
        record().at(-1),
        `orders-eu addGrant ${people.fabrikamSupport.id} administrator stopped (otherTenant)`,
      );
    });

    it('is done where somebody else was quicker', async () => {
      await scene.enter(kai);
      const row = await grant('catalog', '60e60e00…0007');
      await does('removeAccess', row, 'Remove');
      await does('removeAccess', row, 'Remove');
      assert.equal(
        last(),
        '60e60e00-0000-4000-8000-000000000007 no longer has Data Contributor on catalog. [Undo]',
      );
    });
  });

  describe('resolvePrincipals', () => {
    it('says who has a name, and would remove those who are gone', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('orders-eu');
      await leaves('resolvePrincipals', row, 'Remove Those Gone…', 'Remove');
      assert.deepEqual(scene.stage.heard.slice(1), [
        'orders-eu: named 2, gone from the directory 1. Without a name 2: the directory may not be read that far. [Remove Those Gone…]',
        'orders-eu: Remove 60e60e00-0000-4000-8000-000000000007 (Administrator)? [Remove, Copy as…]',
      ]);
    });

    it('asks the directory anew, and the rows have the names', async () => {
      await scene.enter(kai);
      const access = await scene.cluster('orders-eu', 'Access');
      await fault({ fault: refusal(403, 'Authorization_RequestDenied'), service: 'graph', times: 1 });
      assert.match(transcript(await scene.below(access)), /Names could not be read/);
      await does('resolvePrincipals', await scene.cluster('orders-eu'), dismiss);
      assert.match(transcript(await scene.below(access)), /Alex Moreau/);
    });

    it('from the palette: asks of which cluster', async () => {
      await readTheDirectory();
      await scene.enter(kai);
      await does('resolvePrincipals', undefined, 'carts-eu');
      assert.deepEqual(scene.stage.heard, [
        'Resolve the principals of which cluster?',
        'carts-eu: named 2, gone from the directory 0. []',
      ]);
    });
  });
});

describe('Access says of users inside the database', () => {
  const scene = onScene();
  const { access, does } = changingOn(scene);
  beforeEach(swift);
  const inside = async (name: string): Promise<Row> => {
    const rows = await scene.whole(await scene.cluster(name, 'Access'));
    return rows.find(({ label }) => label.startsWith('Users')) ?? assert.fail(transcript(rows));
  };
  const said = async (name: string): Promise<string> => {
    const { label, description } = await inside(name);
    return `${label}, ${description}`;
  };

  it('why they are not listed: Entra is off, or it does not run', async () => {
    await change(clusterId('carts-eu'), { properties: { clusterStatus: 'Stopped' } });
    await scene.enter(kai);
    const label = 'Users made inside the database are not listed here';
    assert.equal(await said('tryout-free'), `${label}, with Entra on they are`);
    assert.equal(await said('carts-eu'), `${label}, when it runs they are`);
  });

  it('that one has to be among them, and Enter adds one', async () => {
    await scene.enter(kai);
    assert.equal(
      await said('reviews-eu'),
      'Users made inside the database are shown to its users, add yourself',
    );
    scene.stage.answers.push(dismiss);
    await scene.press(await inside('reviews-eu'));
    assert.deepEqual(scene.stage.heard, ['What may Kai Carter do on reviews-eu?']);
  });

  it('why they could not be read, and Enter tries again', async () => {
    const connectionString = (host: string): object => ({
      properties: { connectionString: `mongodb+srv://<user>:<password>@${host}.mongocluster.azure.test/` },
    });
    await change(clusterId('orders-eu'), connectionString('nowhere'));
    await scene.enter(kai);
    const row = await inside('orders-eu');
    assert.equal(row.label, 'Users inside the database could not be read');
    assert.equal(row.description, 'nowhere.mongocluster.azure.test is not found');
    await change(clusterId('orders-eu'), connectionString('orders-eu'));
    await scene.press(row);
    assert.ok((await access('orders-eu')).every((line) => !line.startsWith('Users')));
    assert.deepEqual(scene.stage.heard, []);
  });

  it('who they are, beside those whom Azure lists, each once', async () => {
    await scene.enter(kai);
    const before = await access('orders-eu');
    await does('addUser', await scene.cluster('orders-eu'), ['rob', 'Robin Reyes'], 'Read only', 'Add');
    assert.deepEqual(
      (await access('orders-eu')).toSorted(),
      [...before, 'Robin Reyes, Read only'].toSorted(),
    );
  });

  it('nothing where Azure lists nobody but that, and Enter there adds somebody', async () => {
    await scene.enter(kai);
    await fault({ fault: answer({ value: [] }), path: '/tryout-free/users$', times: 0 });
    const row = await scene.cluster('tryout-free', 'Access', 'Azure lists nobody');
    scene.stage.answers.push(dismiss);
    await scene.press(row);
    assert.match(scene.stage.heard.join('\n'), /^tryout-free is on the free tier/);
  });
});

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { changingOn, kai, people, swift } from './changing.ts';
import { eventually } from './eventually.ts';
import { matchesGolden } from './golden.ts';
import { rowOf, transcript } from './painting.ts';
import type { Row } from './painting.ts';
import { onScene } from './scene.ts';
import { dismiss } from './stage.ts';

const alex = 'alex@contoso.com';

describe('the command', () => {
  const scene = onScene();
  const { does, last } = changingOn(scene);
  beforeEach(async () => {
    await swift();
    await scene.enter(kai);
    await does('openSession', await scene.cluster('orders-eu'));
  });

  const at = (...labels: readonly string[]): Promise<Row> =>
    scene.cluster('orders-eu', 'Databases', ...labels);
  const below = async (...labels: readonly string[]): Promise<readonly string[]> =>
    (await scene.below(await at(...labels))).map(({ label, description }) =>
      description === '' ? label : `${label}, ${description}`,
    );
  /** What a command of its own says of the database, behind the extension's back. */
  const ask = async (database: string, command: object): Promise<unknown> => {
    const { cluster } = scene.app.azure().database.all[0] ?? assert.fail('no session');
    return scene.app.azure().database.run(cluster, (client) => client.db(database).command({ ...command }));
  };
  const clipboard = (): Thenable<string> => vscode.env.clipboard.readText();

  it('of a session shows databases, collections, counts, indexes and fields', async () => {
    await below('shop');
    await eventually(async () => assert.ok((await below('shop')).includes('orders, about 160 documents')));
    const row = await at();
    const rows = await scene.whole(row);
    // How often a field is there depends on which documents the sample holds.
    await matchesGolden('databases', transcript([row, ...rows]).replaceAll(/in \d+ %/g, 'in n %'));
  });

  it('that lists what is below a cluster asks only for what is opened', async () => {
    const sent = async (): Promise<number> => (await below()).length;
    assert.equal(await sent(), 1);
    assert.deepEqual(await below('shop', 'openOrders'), ['Schema']);
    assert.deepEqual(await below('shop', 'orders'), ['Indexes', 'Schema']);
  });

  describe('createCollection', () => {
    it('makes one, and shows it', async () => {
      await does('createCollection', await at('shop'), 'reviews');
      assert.ok((await below('shop')).includes('reviews'));
      assert.equal(
        scene.stage.heard.at(-1),
        'Create a Collection in shop on orders-eu: The name of the new collection',
      );
    });

    it('makes a database with its first collection', async () => {
      await does('createCollection', await at(), 'crm', 'people');
      assert.deepEqual(await below(), ['crm', 'shop']);
      assert.deepEqual(
        (await below('crm')).map((one) => one.split(',')[0]),
        ['people'],
      );
    });

    it('from the palette: asks where; says what is wrong with a name', async () => {
      scene.stage.answers.push('orders-eu', 'shop');
      await does('createCollection', undefined, 'system.x', 'a$b', 'notes');
      assert.ok((await below('shop')).some((one) => one.startsWith('notes')));
    });

    it('says of a name that was listed that it is taken, before anything is asked', async () => {
      await below('shop');
      await does('createCollection', await at('shop'), 'orders', dismiss);
      assert.equal(last(), '! There is one by this name already');
    });

    it('changes nothing for who goes away', async () => {
      const before = await below('shop');
      await does('createCollection', await at('shop'), dismiss);
      assert.deepEqual((await below('shop')).length, before.length);
    });

    it('says what the database says against it', async () => {
      await does('createCollection', await at('shop'), 'orders', dismiss);
      assert.match(last(), /^There is a collection or view by this name already\. Choose another name\./);
    });
  });

  describe('dropCollection', () => {
    it('takes its name typed, and drops it', async () => {
      await does('dropCollection', await at('shop', 'carts'), 'cart', 'carts');
      assert.ok(!(await below('shop')).some((one) => one.startsWith('carts')));
      assert.equal(
        scene.stage.heard[0],
        'Drop Collection shop.carts on orders-eu: All its documents and indexes are deleted for good. Type carts to confirm.',
      );
    });

    it('from the palette: asks which; drops nothing for who goes away', async () => {
      await does('dropCollection', undefined, 'orders-eu', 'shop', 'carts', dismiss);
      assert.ok((await below('shop')).some((one) => one.startsWith('carts')));
    });
  });

  describe('dropDatabase', () => {
    it('takes its name typed, and drops it', async () => {
      await does('dropDatabase', await at('shop'), 'shop');
      assert.deepEqual(await below(), ['No database yet, create one']);
    });

    it('from the palette: asks which; drops nothing for who goes away', async () => {
      await does('dropDatabase', undefined, 'orders-eu', 'shop', dismiss);
      assert.deepEqual(await below(), ['shop']);
    });
  });

  describe('createIndex', () => {
    it('makes one of the fields that are typed', async () => {
      await does(
        'createIndex',
        await at('shop', 'orders'),
        'status',
        '{ "customer.name": 1, "total": -1 }',
        'customer.name_1_total_-1',
        'Create Index',
      );
      assert.ok(
        (await below('shop', 'orders', 'Indexes')).includes(
          'customer.name_1_total_-1, customer.name ↑, total ↓',
        ),
      );
    });

    it('makes a unique one under a name of one’s own', async () => {
      const row = await at('shop', 'customers', 'Indexes');
      await does('createIndex', row, '{"newId":1}', 'mine', dismiss);
      await does('createIndex', row, '{"newId":1}', 'mine', 'Create Index');
      assert.ok((await below('shop', 'customers', 'Indexes')).includes('mine, newId ↑'));
    });

    it('says what the database says against it', async () => {
      await does(
        'createIndex',
        await at('shop', 'orders'),
        '{"status":1}',
        'twice',
        'Create Unique Index',
        dismiss,
      );
      assert.match(last(), /^Another document has the same value/);
    });
  });

  describe('dropIndex', () => {
    it('takes its name typed, and drops it', async () => {
      await does('dropIndex', await at('shop', 'orders', 'Indexes', 'number_1'), 'number_1');
      assert.ok(!(await below('shop', 'orders', 'Indexes')).some((one) => one.startsWith('number_1')));
    });

    it('from the palette: asks which, of those that can go', async () => {
      await does('dropIndex', undefined, 'orders-eu', 'shop', 'customers', 'email_1', dismiss);
      assert.deepEqual(
        scene.stage.offers.at(-1)?.map(({ label }) => label),
        ['email_1'],
      );
      await does('dropIndex', await at('shop', 'carts'));
      assert.match(last(), /^carts has no index but that of _id/);
    });
  });

  describe('showMore', () => {
    it('shows the next hundred of many collections', async () => {
      const names = Array.from({ length: 205 }, (_, index) => `c${String(index).padStart(3, '0')}`);
      for (const name of names) await ask('many', { create: name });
      const labels = async () => (await below('many')).map((one) => one.split(',')[0]);
      await scene.run('refreshBranch', (await at()).node);
      assert.deepEqual(await labels(), [...names.slice(0, 100), '105 more…']);
      const more = (await scene.below(await at('many'))).at(-1) ?? assert.fail();
      await scene.press(more);
      assert.deepEqual(await labels(), [...names.slice(0, 200), '5 more…']);
    });
  });

  describe('copyName', () => {
    it('copies the names of what is selected', async () => {
      const rows = [
        await at('shop'),
        await at('shop', 'orders'),
        await at('shop', 'orders', 'Indexes', 'number_1'),
      ];
      await scene.run(
        'copyName',
        rows[0]?.node,
        rows.map(({ node }) => node),
      );
      assert.equal(await clipboard(), 'shop\norders\nnumber_1');
      await scene.run('copyName', (await at('shop', 'orders', 'Schema', 'customer', 'name')).node);
      assert.equal(await clipboard(), 'customer.name');
    });
  });

  describe('copyAsPlayground', () => {
    it('copies a query that runs as it is', async () => {
      await scene.run('copyAsPlayground', (await at('shop', 'orders')).node);
      assert.equal(await clipboard(), 'use("shop");\n\ndb.getCollection("orders").find({}).limit(20);\n');
      await scene.run('copyAsPlayground', (await at('shop')).node);
      assert.equal(await clipboard(), 'use("shop");\n\ndb.getCollectionNames();\n');
    });

    it('from the palette: asks of what', async () => {
      await does('copyAsPlayground', undefined, 'orders-eu', 'shop', 'carts');
      assert.match(await clipboard(), /getCollection\("carts"\)/);
    });
  });

  it('that writes is greyed for who only reads, with the reason on the row', async () => {
    await does('openSession', await scene.cluster('carts-eu'));
    const identity = { type: 'MicrosoftEntraID', properties: { principalType: 'user' } };
    const { cluster } =
      scene.app.azure().database.all.find((one) => one.cluster.name === 'carts-eu') ?? assert.fail();
    await scene.app.azure().database.command(cluster, {
      createUser: people.alex.id,
      roles: [{ role: 'readAnyDatabase', db: 'admin' }],
      customData: { IdentityProvider: identity },
    });
    await scene.enter(alex);
    const { discovery } = scene.app.azure();
    const theirs = discovery.tenants
      .flatMap(({ clusters }) => clusters)
      .find(({ name, caller }) => name === 'carts-eu' && caller.account.label === alex);
    await scene.run('openSession', scene.app.tree.clusterNode(theirs?.key ?? ''));
    const row = rowOf(scene.app.tree, scene.app.tree.databasesNode(theirs?.key ?? ''));
    assert.equal(row.description, 'Read only');
    assert.ok(row.tags.includes('readOnly'));
    assert.match(row.tooltip, /Your role here only reads/);
    await does('createCollection', row);
    assert.match(last(), /^Your role here only reads\. An administrator/);
  });

  it('of a replica shows what is in it, and changes nothing there', async () => {
    await does('openSession', await scene.cluster('orders-us'));
    const row = await scene.cluster('orders-us', 'Databases');
    assert.ok(row.tags.includes('readOnly'));
    assert.match(row.tooltip, /is a replica and takes no changes/);
    const shop = rowOf(
      scene.app.tree,
      scene.app.tree.databaseNode('key' in row.node ? row.node.key : '', 'shop'),
    );
    assert.ok(shop.tags.includes('readOnly'));
    await does('dropDatabase', shop);
    assert.match(last(), /is a replica and takes no changes/);
  });
});

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Node } from '../../src/editor/node.ts';
import { eventually } from './eventually.ts';
import { answer, fault, faultless, found, hold, silence } from './localAzure.ts';
import { transcript } from './painting.ts';
import { onScene, unseen } from './scene.ts';

const kai = 'kai@contoso.com';
/** Is in one tenant only, so that requests come one after the other. */
const alex = 'alex@contoso.com';
const ofOneCluster = /\/(mongoClusters|databaseAccounts|serverGroupsv2)\/[^/]+$/i;

describe('painting', () => {
  const scene = onScene();

  /** Listed, with not one row painted. */
  const listed = async (): Promise<void> => {
    scene.stage.people.push(kai);
    await scene.run('refresh');
  };
  const asked = (): readonly string[] =>
    scene
      .requests(ofOneCluster)
      .map(({ path }) => path.split('/').at(-1) ?? '')
      .toSorted();
  const names = (nodes: readonly Node[] | undefined): readonly (string | undefined)[] | undefined =>
    nodes?.map((node) => (node.kind === 'cluster' ? scene.app.tree.cluster(node.key)?.name : node.kind));

  it('a list takes one query for each tenant, whatever the number of subscriptions', async () => {
    await listed();
    const paths = scene.stage.requests.map(({ path }) => path).toSorted();
    assert.deepEqual(paths, [
      '/providers/Microsoft.ResourceGraph/resources',
      '/providers/Microsoft.ResourceGraph/resources',
      '/subscriptions',
      '/subscriptions',
      '/tenants',
    ]);
  });

  it('what the list left unknown is asked when its row is painted, and only then', async () => {
    await listed();
    assert.deepEqual(asked(), []);
    const [contoso] = await scene.app.tree.getChildren();
    const groups = await scene.app.tree.getChildren(contoso);
    assert.deepEqual(asked(), [], 'groups alone ask for nothing');

    const staging = groups.find((node) => scene.app.tree.getTreeItem(node).label === 'Staging');
    const analytics = groups.find((node) => scene.app.tree.getTreeItem(node).label === 'Analytics');
    await scene.app.tree.getChildren(staging);
    assert.deepEqual(asked(), [], 'all is known of these');
    await scene.app.tree.getChildren(analytics);
    await eventually(() => assert.deepEqual(asked(), ['clicks', 'events', 'relations', 'telemetry']));
  });

  it('what was asked once is not asked again, however often it is painted', async () => {
    await listed();
    await Promise.all([scene.paint(), scene.paint()]);
    await scene.settled();
    await scene.paint();
    const once = asked();
    assert.deepEqual(once, [...new Set(once)]);
    assert.ok(once.length > 5);
  });

  it('rows do not wait for what is unknown: it is said to be', async () => {
    await fault({ fault: hold, path: '/(ledger|clicks)$', times: 2 });
    await listed();
    const row = await scene.at('Contoso', 'Production', 'ledger');
    assert.match(row.description, /^Auth modes unknown/);
    assert.equal(row.icon, 'question');
    await faultless();
    await eventually(() => assert.match(scene.again(row).description, /^Entra \+ password/));
  });

  it('what was known stays while it is asked anew', async () => {
    await scene.enter(kai);
    const ledger = await scene.at('Contoso', 'Production', 'ledger');
    const wishlists = await scene.at('Contoso', 'Production', 'wishlists');
    await fault({ fault: hold, path: '/(ledger|wishlists)$', times: 2 });
    await scene.run('refresh');
    await scene.paint();
    assert.equal(transcript([scene.again(ledger), scene.again(wishlists)]), transcript([ledger, wishlists]));
    await faultless();
    await eventually(() => assert.equal(scene.requests(/\/(ledger|wishlists)$/).length, 4));
  });

  it('one cluster that changes is painted alone', async () => {
    await scene.enter(kai);
    const row = await scene.at('Contoso', 'Production', 'orders-eu');
    const painted = await scene.repainted(() => scene.run('refreshCluster', row.node));
    assert.deepEqual([...new Set(painted.flatMap((nodes) => nodes))], [row.node]);
  });

  it('answers that come together are painted together, each its own row and no other', async () => {
    await listed();
    const painted = await scene.repainted(async () => {
      await scene.paint();
      await scene.settled();
    });
    assert.ok(painted.length > 0 && painted.length < asked().length);
    assert.deepEqual(new Set(painted.flatMap((nodes) => names(nodes) ?? ['everything'])), new Set(asked()));
  });

  it('one tenant that is refreshed is painted, and what is in it, and no other', async () => {
    await scene.enter(kai);
    const row = await scene.at('Fabrikam');
    const painted = await scene.repainted(() => scene.run('refreshTenant', row.node));
    assert.ok(painted.flat().includes(row.node));
    const inside = painted.flatMap((nodes) => names(nodes) ?? ['everything']);
    assert.deepEqual(
      inside.filter((name) => !['tenant', 'parts', 'shipments'].includes(name ?? '')),
      [],
    );
  });

  it('a cluster that turns out not to match goes from under a filter', async () => {
    await fault({ fault: hold, path: '/events$' });
    await listed();
    scene.stage.answers.push('Still on passwords or keys');
    await scene.run('filterByAuthMode');
    await scene.at('Contoso', 'Analytics', 'events');
    const painted = await scene.repainted(async () => {
      await faultless();
      await scene.settled();
    });
    assert.ok(painted.flat().includes((await scene.at('Contoso')).node));
    await assert.rejects(scene.at('Contoso', 'Analytics', 'events'), /no row "events"/);
  });

  // Where no database is asked: what it answers is painted as well.
  it('names that come late are painted into Access when they come', async () => {
    await scene.enter(kai);
    const access = await scene.at('Contoso', 'Production', 'catalog', 'Access');
    await fault({ fault: hold, service: 'graph' });
    const early = await scene.below(access);
    assert.match(early.at(0)?.label ?? '', /^9e550000\S* \(you\)$/);
    const painted = await scene.repainted(async () => {
      await faultless();
      await eventually(async () =>
        assert.equal((await scene.below(access)).at(0)?.label, 'Kai Carter (you)'),
      );
    });
    assert.deepEqual(painted, [[access.node]]);
  });

  it('names that come late for an older list do not bring that list back', async () => {
    await scene.enter(kai);
    const access = await scene.at('Contoso', 'Production', 'catalog', 'Access');
    const first = async (): Promise<string | undefined> => (await scene.below(access)).at(0)?.label;
    await fault({ fault: hold, service: 'graph' });
    await scene.below(access);
    await fault({ fault: answer({ value: [] }), path: '/catalog/sqlRoleAssignments$' });
    await scene.run('refreshBranch', access.node);
    assert.equal(await first(), 'Whoever has a key');
    await scene.repainted(faultless);
    assert.equal(await first(), 'Whoever has a key');
  });

  it('who is in the database alone is painted into Access when it answers, and nobody waits for it', async () => {
    await scene.enter(kai);
    const access = await scene.at('Contoso', 'Production', 'orders-eu', 'Access');
    await silence('orders-eu', 'usersInfo');
    const painted = await scene.repainted(async () => {
      const early = await scene.below(access);
      assert.equal(early.at(0)?.label, 'Kai Carter (you)');
      assert.equal(early.at(-1)?.label, 'Asking the database who else is in it…');
      await silence('orders-eu');
      await scene.whole(access);
    });
    assert.deepEqual(painted, [[access.node]]);
    assert.ok((await scene.below(access)).every(({ label }) => !label.startsWith('Asking')));
  });

  it('who has access is asked once, and kept until it is refreshed', async () => {
    await scene.enter(kai);
    const access = await scene.at('Contoso', 'Production', 'orders-eu', 'Access');
    await scene.below(access);
    await scene.below(access);
    assert.equal(scene.requests(/\/orders-eu\/users$/).length, 1);
  });

  it('a first page is painted while the rest is on its way', async () => {
    const page = { data: [found('carts-eu', 'NativeAuth')], $skipToken: 'more' };
    await fault({ fault: answer(page), path: 'ResourceGraph' });
    await fault({ fault: hold, path: 'ResourceGraph' });
    scene.stage.people.push(alex);
    const loading = scene.run('refresh');
    await eventually(() => scene.at('Contoso', 'Production', 'carts-eu'));
    const row = await scene.at('Contoso');
    assert.equal(row.icon, 'loading~spin');
    assert.equal(row.item.accessibilityInformation?.label, `Contoso, ${alex}, listing`);
    await scene.run('stopLoading');
    await loading;
  });

  it('groups begin open, and closed where there are many clusters', async () => {
    const many = Array.from({ length: 201 }, (_, index) => found(`cluster-${index}`, 'NativeAuth'));
    await fault({ fault: answer({ data: many.slice(1) }), path: 'ResourceGraph', times: 2 });
    await listed();
    const group = await scene.at('Contoso', 'Production');
    assert.equal(group.item.collapsibleState, vscode.TreeItemCollapsibleState.Expanded);
    await fault({ fault: answer({ data: many }), path: 'ResourceGraph', times: 2 });
    await scene.run('refresh');
    assert.equal(scene.again(group).item.collapsibleState, vscode.TreeItemCollapsibleState.Collapsed);
    assert.equal((await scene.below(group)).length, 201);
  });

  it('an open view paints by itself, and so asks by itself', async () => {
    await listed();
    assert.deepEqual(asked(), []);
    await vscode.commands.executeCommand('cosmosEntra.clusters.focus');
    await eventually(() => assert.ok(asked().includes('clicks') && asked().includes('shipments')));
    assert.equal(
      scene.requests(/\/(users|roles|sqlRoleAssignments)$/).length,
      0,
      'what is closed is not asked',
    );
  });

  it('a list starts with the first look', async () => {
    await unseen();
    scene.stage.people.push(kai);
    await vscode.commands.executeCommand('cosmosEntra.clusters.focus');
    await eventually(() => assert.equal(scene.requests(/ResourceGraph/).length, 2));
    await scene.settled();
  });
});

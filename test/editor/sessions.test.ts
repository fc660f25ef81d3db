import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { changingOn, kai, people, swift } from './changing.ts';
import { eventually } from './eventually.ts';
import { behave, change, clusterId, fault } from './localAzure.ts';
import { onScene } from './scene.ts';
import { dismiss } from './stage.ts';

describe('the command', () => {
  /** Of a token, in seconds: long enough to arrive on a slow machine. */
  const lifetime = 5;
  const scene = onScene();
  const { does, last } = changingOn(scene);
  beforeEach(swift);

  /** The view of sessions, a line each. */
  const listed = (): readonly string[] => {
    const { sessions } = scene.app;
    return sessions.getChildren().map((node) => {
      const { label, description } = sessions.getTreeItem(node);
      assert.ok(typeof label === 'string' && typeof description === 'string');
      return `${label}, ${description}`;
    });
  };
  const sessionRow = (name: string) => {
    const { sessions } = scene.app;
    const node = sessions.getChildren().find((one) => sessions.getTreeItem(one).label === name);
    return node ?? assert.fail(`no session with ${name}`);
  };
  const isOpen = (name: string): boolean =>
    scene.app.azure().database.all.some(({ cluster }) => cluster.name === name);
  const databaseTokens = (): number =>
    scene.stage.audited.filter((line) => line.event === 'token' && /ossrdbms/.test(JSON.stringify(line)))
      .length;

  describe('openSession', () => {
    it('connects as oneself, shows the databases and who one is', async () => {
      await scene.enter(kai);
      const before = await scene.cluster('orders-eu', 'Databases');
      assert.equal(before.description, 'open a session to see them');
      assert.deepEqual(before.tags, ['noSession']);
      await does('openSession', await scene.cluster('orders-eu'));
      assert.deepEqual(scene.stage.heard, []);
      const databases = await scene.cluster('orders-eu', 'Databases');
      assert.equal(databases.description, 'Administrator');
      assert.deepEqual(
        (await scene.below(databases)).map(({ label }) => label),
        ['shop'],
      );
      assert.match(
        listed().join(),
        /^orders-eu, Administrator · token \d+ min · kai@contoso\.com · Contoso$/,
      );
      await eventually(() => assert.equal(scene.stage.contexts.get('cosmosEntra.hasSessions'), true));
    });

    it('from the palette: asks with which cluster, of those one can have a session with', async () => {
      await scene.enter(kai);
      await does('openSession', undefined, 'carts-eu');
      assert.deepEqual(scene.stage.heard, ['Open a session with which cluster?']);
      const offered = scene.stage.offers[0]?.map(({ label }) => label) ?? [];
      assert.ok(offered.includes('orders-us') && !offered.includes('catalog') && !offered.includes('ledger'));
      assert.ok(isOpen('carts-eu'));
    });

    it('says that it is nothing for a cluster of another kind', async () => {
      await scene.enter(kai);
      await does('openSession', await scene.cluster('ledger'));
      assert.equal(
        last(),
        'Cosmos Entra opens sessions with Azure DocumentDB only; ledger is PostgreSQL. []',
      );
    });

    it('is what Enter does on the databases of a cluster without one', async () => {
      await scene.enter(kai);
      await scene.press(await scene.cluster('orders-eu', 'Databases'));
      assert.ok(isOpen('orders-eu'));
    });

    it('asks nobody before somebody wants it: no token, no connection', async () => {
      await scene.enter(kai);
      await scene.below(await scene.cluster('orders-eu'));
      await scene.below(await scene.cluster('orders-eu', 'Databases'));
      assert.equal(databaseTokens(), 0);
    });

    it('turns Entra on and adds who wants in, and opens then', async () => {
      await change(clusterId('legacy-shop'), { properties: { clusterStatus: 'Ready' } });
      await scene.enter(kai);
      const way = 'Turn Entra On and Add Me…';
      await does(
        'openSession',
        await scene.cluster('legacy-shop'),
        way,
        'Administrator',
        'Turn Entra On and Add',
        dismiss,
      );
      assert.equal(
        scene.stage.heard[0],
        `legacy-shop does not let people in with Entra. You can mend this yourself: turn Entra on, and add yourself. Only passwords or keys lead into it now. Entra can be turned on beside them: whoever gets in today still gets in then. [${way}, Retry, Why Can’t I Connect?]`,
      );
      await eventually(() => assert.ok(isOpen('legacy-shop')));
    });

    it('adds who is none of its users, and opens then', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('reviews-eu');
      await does('openSession', row, 'Add Me…', 'Administrator', 'Add', dismiss);
      assert.equal(
        scene.stage.heard[0],
        'You have not been added to reviews-eu. You can mend this yourself: add yourself. It knows people by their object id, and does not know yours. [Add Me…, Retry, Why Can’t I Connect?]',
      );
      await eventually(() => assert.ok(isOpen('reviews-eu')));
    });

    it('lets the address in where the firewall does not, and opens then', async () => {
      await behave({ firewallsGateways: true });
      await scene.enter(kai);
      const row = await scene.cluster('reviews-eu');
      await does('openSession', row, 'Add My IP…', dismiss);
      assert.match(
        scene.stage.heard[0] ?? '',
        /^The firewall of reviews-eu lets nobody in\. You can mend this yourself: .* \[Add My IP…, Retry, Why/,
      );
    }).timeout(90_000);

    it('says that a cluster is stopped, and opens when it runs', async () => {
      await change(clusterId('carts-eu'), { properties: { clusterStatus: 'Stopped' } });
      await scene.enter(kai);
      await does('openSession', await scene.cluster('carts-eu'), dismiss);
      assert.equal(
        last(),
        'carts-eu is not running (state: Stopped). You can mend this yourself, in the portal. Until it runs nobody gets in, and who gets in cannot be changed. It is started in the portal, on its page Overview, and not from here; that takes some minutes. [Open in Portal, Retry, Why Can’t I Connect?]',
      );
      await change(clusterId('carts-eu'), { properties: { clusterStatus: 'Ready' } });
      await does('openSession', await scene.cluster('carts-eu'));
      assert.ok(isOpen('carts-eu'));
    });

    it('offers to look into what no check of a session explains', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('orders-eu');
      await fault({
        fault: { kind: 'status', status: 503 },
        service: 'resourceManager',
        path: '/orders-eu($|/)',
        times: 0,
      });
      await does('openSession', row, dismiss);
      assert.match(last(), /not available just now.* \[Retry, Why Can’t I Connect\?, Show Log\]$/);
    });

    it('says that the free tier has no Entra', async () => {
      await scene.enter(kai);
      await does('openSession', await scene.cluster('tryout-free'), dismiss);
      assert.match(
        last(),
        /is on the free tier, which has no sign-in with Entra\. .* \[Open in Portal, Retry, Why Can’t I Connect\?\]$/,
      );
    });

    it('is oneself in each tenant, a guest’s own self included', async () => {
      await scene.enter(kai);
      await does('openSession', await scene.cluster('orders-eu'));
      await does('openSession', await scene.cluster('parts'));
      const who = scene.app.azure().database.all.map((one) => [one.cluster.name, one.who?.objectId]);
      assert.deepEqual(who, [
        ['orders-eu', people.kai.id],
        ['parts', people.kaiAtFabrikam.id],
      ]);
    });

    it('is each of two accounts in one tenant, at the same cluster', async () => {
      await scene.enter(kai, 'alex@contoso.com');
      const { tree, azure } = scene.app;
      const both = azure()
        .discovery.tenants.flatMap(({ clusters }) => clusters)
        .filter(({ name }) => name === 'orders-eu');
      assert.equal(both.length, 2);
      for (const { key } of both) await scene.run('openSession', tree.clusterNode(key));
      assert.deepEqual(
        azure().database.all.map(({ cluster, who }) => [cluster.caller.account.label, who?.objectId]),
        [
          [kai, people.kai.id],
          ['alex@contoso.com', people.alex.id],
        ],
      );
    });

    it('goes on when a token has run out, and nobody is asked', async () => {
      await behave({ tokenSeconds: lifetime });
      await scene.enter(kai);
      await does('openSession', await scene.cluster('orders-eu'));
      await sleep(lifetime * 1000 + 300);
      const databases = await scene.cluster('orders-eu', 'Databases');
      assert.deepEqual(
        (await scene.below(databases)).map(({ label }) => label),
        ['shop'],
      );
      assert.deepEqual(scene.stage.heard, []);
    });

    it('has its tokens from Entra, and shows and keeps none', async () => {
      await scene.enter(kai);
      await does('openSession', await scene.cluster('orders-eu'));
      const kept = JSON.stringify([
        listed(),
        scene.context.workspaceState.keys().map((key) => scene.context.workspaceState.get(key)),
      ]);
      for (const token of scene.stage.tokens) assert.ok(!kept.includes(token.split('.')[2] ?? token));
    });
  });

  describe('openGlobalSession', () => {
    it('goes by the name that follows the writable region', async () => {
      await scene.enter(kai);
      await does('openGlobalSession', await scene.cluster('orders-eu'));
      assert.equal(scene.app.azure().database.all[0]?.reach, 'global');
      assert.match(listed().join(), /writable region/);
    });

    it('is nothing for a replica', async () => {
      await scene.enter(kai);
      await does('openGlobalSession', await scene.cluster('orders-us'));
      assert.match(last(), /^orders-us is a replica\. The global name leads to its primary/);
      assert.deepEqual(scene.app.azure().database.all, []);
    });
  });

  describe('closeSession', () => {
    it('ends it; the entry stays, and opens again with Enter', async () => {
      await scene.enter(kai);
      await does('openSession', await scene.cluster('orders-eu'));
      await scene.run('closeSession', sessionRow('orders-eu'));
      assert.deepEqual(listed(), ['orders-eu, closed · kai@contoso.com · Contoso']);
      assert.equal((await scene.cluster('orders-eu', 'Databases')).tags[0], 'noSession');
      const { command } = scene.app.sessions.getTreeItem(sessionRow('orders-eu'));
      await scene.run(command?.command.replace('cosmosEntra.', '') ?? '', ...(command?.arguments ?? []));
      assert.ok(isOpen('orders-eu'));
    });

    it('from the palette: asks which; says so where there is none', async () => {
      await scene.enter(kai);
      await does('closeSession', undefined);
      assert.equal(last(), 'No session is open. []');
      await does('openSession', await scene.cluster('orders-eu'));
      await does('closeSession', undefined, 'orders-eu');
      assert.ok(!isOpen('orders-eu'));
    });
  });

  describe('closeAllSessions', () => {
    it('ends all there are', async () => {
      await scene.enter(kai);
      for (const name of ['orders-eu', 'carts-eu']) await does('openSession', await scene.cluster(name));
      await does('closeAllSessions', undefined);
      assert.deepEqual(listed(), [
        'carts-eu, closed · kai@contoso.com · Contoso',
        'orders-eu, closed · kai@contoso.com · Contoso',
      ]);
    });
  });

  describe('removeSession', () => {
    it('ends it and takes it off the list', async () => {
      await scene.enter(kai);
      for (const name of ['orders-eu', 'carts-eu']) await does('openSession', await scene.cluster(name));
      await scene.run('removeSession', sessionRow('orders-eu'));
      assert.ok(!isOpen('orders-eu'));
      await does('removeSession', undefined, 'carts-eu');
      assert.deepEqual(listed(), []);
      assert.equal(scene.stage.contexts.get('cosmosEntra.hasSessions'), false);
    });
  });

  describe('clickCluster', () => {
    it('opens a session on the second of two clicks', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('orders-eu');
      await scene.press(row);
      await sleep(600);
      await scene.press(row);
      assert.ok(!isOpen('orders-eu'), 'two single clicks');
      await sleep(600);
      // Whoever waits for the first is not fast enough on a slow machine.
      await Promise.all([scene.press(row), scene.press(row)]);
      assert.ok(isOpen('orders-eu'));
    });
  });

  it('in a session whose token is not to be had any more offers one sign-in, and goes on after it', async () => {
    await behave({ tokenSeconds: lifetime });
    scene.stage.secondFactors.add(kai);
    await scene.enter(kai);
    await does('openSession', await scene.cluster('toy-box'));
    const { node } = await scene.cluster('toy-box', 'Databases');
    // What was proved is not good for a new token.
    scene.stage.secondFactors.clear();
    scene.stage.proves.add(kai);
    await sleep(lifetime * 1000 + 300);
    const failed = (await scene.below(await scene.cluster('toy-box', 'Databases')))[0];
    assert.deepEqual(
      [failed?.label, failed?.description, failed?.item.command?.title],
      ['Databases could not be listed', 'needs you to sign in', 'Sign In'],
    );
    scene.stage.heard.length = 0;
    // Two commands that need the same token at the same time.
    scene.stage.answers.push('Sign In', dismiss, dismiss);
    await Promise.all([scene.run('copyAsPlayground', node), scene.run('copyAsPlayground', node)]);
    assert.equal(scene.stage.heard.filter((line) => line.includes('[Sign In, Show Log]')).length, 1);
    assert.equal(scene.stage.heard.filter((line) => line === `sign in: ${kai}`).length, 1);
    assert.equal(scene.stage.heard.filter((line) => line === 'In which database?').length, 2);
    assert.deepEqual(scene.stage.answers, []);
  });

  it('that opens a session ends it when its account goes, and not when another comes', async () => {
    await scene.enter(kai);
    await does('openSession', await scene.cluster('orders-eu'));
    scene.stage.people.push('alex@contoso.com');
    scene.stage.changeSessions();
    await sleep(300);
    assert.ok(isOpen('orders-eu'));
    scene.stage.people.length = 0;
    scene.stage.changeSessions();
    await eventually(() => assert.ok(!isOpen('orders-eu')));
    assert.deepEqual(listed(), ['orders-eu, closed · kai@contoso.com · Contoso']);
  });

  it('that opens a session takes it from the list of another window’s time, with nothing listed', async () => {
    await scene.enter(kai);
    await does('openSession', await scene.cluster('orders-eu'));
    const [entry] = scene.app.sessions.entries;
    await scene.app.azure().database.forget();
    scene.stage.people.length = 0;
    await scene.run('refresh');
    assert.equal(scene.app.azure().discovery.cluster(entry?.key ?? ''), undefined);
    scene.stage.people.push(kai);
    await scene.run('openSession', sessionRow('orders-eu'));
    assert.ok(isOpen('orders-eu'));
  });
});

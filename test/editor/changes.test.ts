import assert from 'node:assert/strict';
import { changingOn, kai, people, swift } from './changing.ts';
import type { Node } from '../../src/editor/node.ts';
import { eventually } from './eventually.ts';
import { behave, change, clusterId, fault, refusal, wait } from './localAzure.ts';
import type { Row } from './painting.ts';
import { onScene } from './scene.ts';
import { dismiss } from './stage.ts';

const lee = 'lee@fabrikam.com';
const typing = 'Type addresses…';
const two = '198.51.100.7, 203.0.113.9';

/** The rows of the changes under way at a cluster. */
async function running(scene: ReturnType<typeof onScene>, row: Row): Promise<readonly Row[]> {
  return (await scene.below(row)).filter(({ node }) => node.kind === 'operation');
}

describe('a change under way', () => {
  const scene = onScene();
  const { access, does, grant, last, record, rules, writes } = changingOn(scene);
  beforeEach(swift);

  /** What the rows below a cluster, and its own, have said while something was done. */
  const watched = async (row: Row, act: () => Promise<unknown>): Promise<readonly string[]> => {
    const said = new Set<string>();
    const listening = scene.app.tree.onDidChangeTreeData(async () => {
      const { icon, description } = scene.again(row);
      if (description.startsWith('being changed')) said.add(`${icon} ${description.split(' · ')[0]}`);
      for (const { label, description: does, tags } of await running(scene, row))
        said.add(`${label} — ${does} [${tags.join(' ')}]`);
    });
    await act();
    listening.dispose();
    return [...said];
  };

  it('is a row below its cluster that says what it waits for, and is gone when it is done', async () => {
    await behave({ lockMs: 600_000 });
    await scene.enter(kai);
    const row = await scene.cluster('reviews-eu');
    const { icon, description } = row;
    const said = await watched(row, async () => {
      const changing = does('addMyIp', row, typing, two, 'vpn', 'Let In');
      await eventually(async () => {
        const [waiting] = await running(scene, row);
        assert.match(waiting?.description ?? '', /^waits until the cluster is free/);
      });
      await behave({ lockMs: 0 });
      await changing;
    });
    const known = [
      'loading~spin being changed',
      'Let in 198.51.100.7 — Azure is working on it [operation]',
      'Let in 203.0.113.9 — waits for the change before it [operation cancellable]',
      'Let in 203.0.113.9 — waits until the cluster is free [operation cancellable]',
      'Let in 203.0.113.9 — Azure is working on it [operation]',
    ];
    for (const line of known)
      assert.ok(
        said.some((one) => one.startsWith(line.slice(0, -1))),
        `${line} among ${said.join('\n')}`,
      );
    assert.deepEqual(await running(scene, row), []);
    assert.deepEqual([scene.again(row).icon, scene.again(row).description], [icon, description]);
    assert.deepEqual(await rules('reviews-eu'), ['vpn-1, 198.51.100.7', 'vpn-2, 203.0.113.9']);
  });

  it('waits as long as Azure asks to, and says so, and how long the last of its kind took', async () => {
    await scene.enter(kai);
    scene.app.store.set('took:vcore:addRule', 95_000);
    await fault({ fault: wait(1), method: 'PUT' });
    const row = await scene.cluster('reviews-eu');
    const said = await watched(row, () => does('addMyIp', row, typing, '203.0.113.9', 'mine', 'Let In'));
    const waiting = 'Let in 203.0.113.9 — Azure asks to wait 1 s · took 2 min last time';
    assert.ok(
      said.some((line) => line.startsWith(waiting)),
      said.join('\n'),
    );
    assert.equal(last(), 'reviews-eu lets in 203.0.113.9. [Undo]');
    assert.deepEqual(record(), [
      'reviews-eu addRule 203.0.113.9 203.0.113.9 started',
      'reviews-eu addRule 203.0.113.9 203.0.113.9 done',
    ]);
  });

  it('says what Azure says when it could not make it', async () => {
    await scene.enter(kai);
    await fault({
      fault: { kind: 'failedOperation', code: 'CapacityExceeded', message: 'The region has no room.' },
      method: 'PATCH',
    });
    const row = await scene.cluster('carts-eu');
    await does('changeAuthModes', row, 'Entra only', 'Change', dismiss);
    assert.match(
      last(),
      /^Change ways in to Entra only \(carts-eu\): Azure took the change on and could not make it: CapacityExceeded\. Nothing of it holds\.\s+The region has no room\. \[Retry, Show Log\]$/,
    );
    assert.match(scene.again(row).description, /^Entra \+ password/);
    assert.deepEqual(record(), [
      'carts-eu setModes entra started',
      'carts-eu setModes entra failed (operationFailed)',
    ]);
  });

  it('is not taken for done where what failed stays to be seen', async () => {
    await scene.enter(kai);
    const failing = { kind: 'failedOperation', code: 'CapacityExceeded', message: 'No room.' } as const;
    await fault({ fault: failing, method: 'PUT', path: '/users/' });
    const carts = await scene.cluster('carts-eu');
    await does('addUser', carts, ['rob', 'Robin Reyes'], 'Administrator', 'Add', dismiss);
    assert.match(last(), /could not make it: CapacityExceeded/);
    assert.ok(!(await access('carts-eu')).includes('Robin Reyes, Administrator'));
  });

  describe('when Azure wants a second factor', () => {
    beforeEach(() => behave({ secondFactorOnWrite: true }));

    it('asks for it once, and goes on with the same change', async () => {
      await scene.enter(kai);
      scene.stage.proves.add(kai);
      const row = await scene.cluster('reviews-eu');
      const { promise, resolve: signsIn } = Promise.withResolvers<void>();
      scene.stage.signInsHeld.push(promise);
      const changing = does('addMyIp', row, typing, '203.0.113.9', 'mine', 'Let In');
      await eventually(async () => {
        const [waiting] = await running(scene, row);
        assert.equal(waiting?.label, 'Let in 203.0.113.9');
        assert.match(waiting.description, /^waits for your sign-in/);
      });
      signsIn();
      await changing;
      assert.deepEqual(scene.stage.heard.slice(-3), [
        'Nothing has been changed yet',
        `sign in: ${kai}`,
        'reviews-eu lets in 203.0.113.9. [Undo]',
      ]);
    });

    it('asks for it once, though two clusters are changed at once', async () => {
      await scene.enter(kai);
      scene.stage.proves.add(kai);
      const rows = [await grant('catalog', '60e60e00…0007'), await grant('profiles', 'Kai Carter (you)')];
      scene.stage.answers.push('Remove');
      await scene.run(
        'removeAccess',
        rows[0]?.node,
        rows.map(({ node }) => node),
      );
      assert.deepEqual(
        scene.stage.heard.filter((text) => text.startsWith('sign in')),
        [`sign in: ${kai}`],
      );
      assert.equal(writes().length, 2);
    });

    it('says so when the person declines; Retry asks again', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('reviews-eu');
      scene.stage.signInErrors.push(new Error('User did not consent to login.'));
      scene.stage.proves.add(kai);
      await does('addMyIp', row, typing, '203.0.113.9', 'mine', 'Let In', 'Retry');
      assert.deepEqual(scene.stage.heard.slice(-4), [
        `sign in: ${kai}`,
        'Let in 203.0.113.9 (reviews-eu): Azure wants more proof of who you are than this session has. Sign in to give it, then go on. [Retry, Show Log]',
        `sign in: ${kai}`,
        'reviews-eu lets in 203.0.113.9. [Undo]',
      ]);
      assert.deepEqual(record().slice(0, 2), [
        'reviews-eu addRule 203.0.113.9 203.0.113.9 started',
        'reviews-eu addRule 203.0.113.9 203.0.113.9 failed (stepUpNeeded)',
      ]);
    });

    it('says why Entra refuses the sign-in, and changes nothing', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('reviews-eu');
      scene.stage.signInErrors.push(new Error('AADSTS53003: Blocked by Conditional Access.'));
      await does('addMyIp', row, typing, '203.0.113.9', 'mine', 'Let In', dismiss);
      assert.match(last(), /conditional access rule of this tenant blocks the sign-in.*\(AADSTS53003\)/);
      assert.deepEqual(writes(), []);
    });
  });

  it('is not begun where it could not be looked at what stands against it', async () => {
    await scene.enter(kai);
    const refused = refusal(403, 'AuthorizationFailed', 'Kai may not.');
    await fault({ fault: refused, path: '/orders-eu/users$', times: 0 });
    const row = await scene.cluster('orders-eu');
    await does('addUser', row, ['rob', 'Robin Reyes'], 'Read only', dismiss);
    assert.match(last(), /AuthorizationFailed[^]*Kai may not\. \[Retry, Show Log\]$/);
    assert.deepEqual([record(), writes()], [[], []]);
  });

  it('asks the person to sign in to the database when they have said yes, and not before', async () => {
    await scene.enter(kai);
    const row = await scene.cluster('orders-eu');
    await access('catalog');
    // Tokens for Azure and for the directory are there by now: the next is the database's.
    await fault({ fault: { kind: 'aadsts', code: 50076 }, service: 'entra', times: 2 });
    await does('addUser', row, ['rob', 'Robin Reyes'], 'Read only', 'Add');
    assert.deepEqual(scene.stage.heard.slice(-4), [
      'orders-eu: Add Robin Reyes as Read only',
      'Nothing has been changed yet',
      `sign in: ${kai}`,
      'Robin Reyes has access to orders-eu: Read only. [Undo]',
    ]);
  });

  it('is stopped where another one, made meanwhile, has made it dangerous', async () => {
    await scene.enter(kai);
    const rows = [await grant('carts-eu', '5e97ce00…0002'), await grant('carts-eu', 'Kai Carter (you)')];
    // Both are harmless when they are looked at, for there is the other.
    scene.stage.answers.push('Remove', 'Remove');
    await Promise.all(rows.map(({ node }) => scene.run('removeAccess', node)));
    assert.equal(writes().length, 1);
    assert.ok(
      scene.stage.heard.some((text) =>
        text.endsWith(
          ': While this waited, another change took away the administrator that made it harmless. Nothing was changed; look at Access and decide again. [Retry, Show Log]',
        ),
      ),
      scene.stage.heard.join('\n'),
    );
    assert.equal(
      (await access('carts-eu')).filter((line) => /, Administrator$| service principal$/.test(line)).length,
      1,
    );
  });

  it('paints its own cluster and what is in it, and no other', async () => {
    await scene.enter(kai);
    const row = await scene.cluster('orders-eu');
    await access('orders-eu');
    const painted = await scene.repainted(() =>
      does('addUser', row, ['rob', 'Robin Reyes'], 'Read only', 'Add'),
    );
    assert.ok(painted.flat().includes(row.node));
    const key = (node: Node | undefined): string =>
      node !== undefined && 'key' in node ? node.key : 'everything';
    const keys = painted.flatMap((nodes) => (nodes ?? [undefined]).map(key));
    assert.deepEqual(new Set(keys), new Set([key(row.node)]));
    assert.ok((await access('orders-eu')).includes('Robin Reyes, Read only'));
  });

  it('is seen by every account that sees its cluster', async () => {
    await scene.enter(kai, lee);
    const { discovery } = scene.app.azure();
    const keys = discovery.tenants
      .flatMap(({ clusters }) => clusters)
      .filter(({ name }) => name === 'parts')
      .map(({ key }) => key);
    assert.equal(keys.length, 2);
    const row = await scene.cluster('parts');
    const painted = await scene.repainted(() =>
      does('addUser', row, [people.fabrikamSupport.id, people.fabrikamSupport.id], 'Read only', 'Add'),
    );
    for (const key of keys) assert.ok(painted.flat().includes(scene.app.tree.clusterNode(key)));
  });

  it('refreshes what was opened before: the modes of the row, the grants, the rules', async () => {
    await change(clusterId('legacy-shop'), { properties: { clusterStatus: 'Ready' } });
    await scene.enter(kai);
    const row = await scene.cluster('legacy-shop');
    assert.ok(
      (await access('legacy-shop')).some((line) => line.startsWith('Users made inside the database')),
    );
    await does('changeAuthModes', row, 'Entra + password', 'Change');
    assert.match(scene.again(row).description, /^Entra \+ password/);
    const inside = 'Users made inside the database are shown to its users, add yourself';
    assert.ok((await access('legacy-shop')).includes(inside));
  });
});

describe('the command', () => {
  const scene = onScene();
  const { does, last, record, rules, writes } = changingOn(scene);
  beforeEach(swift);

  describe('cancelChange', () => {
    it('calls back what waits for another, from its row and from the palette; what was sent goes its way', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('reviews-eu');
      const changing = does('addMyIp', row, typing, `${two}, 192.0.2.1`, 'vpn', 'Let In');
      const [sent, second, third] = await eventually(async () => {
        const rows = await running(scene, row);
        assert.ok(rows[0]?.description.startsWith('Azure is working on it'), rows[0]?.description);
        return rows;
      });
      assert.ok(sent !== undefined && second !== undefined && third !== undefined);
      assert.deepEqual(
        [sent, second, third].map(({ tags }) => tags.includes('cancellable')),
        [false, true, true],
      );
      await scene.run('cancelChange', sent.node);
      await scene.run('cancelChange', second.node);
      await eventually(async () => assert.equal((await running(scene, row)).length, 2));
      await does('cancelChange', undefined, dismiss);
      await does('cancelChange', undefined, 'Let in 192.0.2.1');
      assert.deepEqual(
        scene.stage.offers.at(-1)?.map(({ label, description, detail }) => [label, description, detail]),
        [['Let in 192.0.2.1', 'reviews-eu', 'waits for the change before it']],
      );
      await changing;
      assert.equal(
        last(),
        'reviews-eu lets in 198.51.100.7. Called back before anything was sent: 2. [Undo]',
      );
      assert.deepEqual(writes(), ['PUT reviews-eu/firewallRules/vpn-1']);
      assert.deepEqual(
        record().filter((line) => !line.endsWith('started')),
        [
          'reviews-eu addRule 203.0.113.9 203.0.113.9 cancelled (cancelled)',
          'reviews-eu addRule 192.0.2.1 192.0.2.1 cancelled (cancelled)',
          'reviews-eu addRule 198.51.100.7 198.51.100.7 done',
        ],
      );
      await does('cancelChange', undefined);
      assert.equal(last(), 'No change waits that could still be called back. []');
    });

    it('says nothing of a change that was all there was to do', async () => {
      await scene.enter(kai);
      const row = await scene.cluster('reviews-eu');
      const first = does('addMyIp', row, typing, '203.0.113.9', 'mine', 'Let In');
      await eventually(async () => assert.equal((await running(scene, row)).length, 1));
      const rule = does('addMyIp', row, typing, '198.51.100.7', 'other', 'Let In');
      const second = await eventually(async () => {
        const [, waiting] = await running(scene, row);
        assert.ok(waiting !== undefined);
        return waiting;
      });
      scene.stage.heard.length = 0;
      await scene.run('cancelChange', second.node);
      await rule;
      assert.deepEqual(scene.stage.heard, []);
      await first;
      assert.deepEqual(await rules('reviews-eu'), ['mine, 203.0.113.9']);
    });
  });
});

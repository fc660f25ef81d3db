import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { eventually } from './eventually.ts';
import {
  answer,
  armHost,
  fault,
  found,
  refusal,
  resetAzure,
  resourceGraph,
  subscriptions,
  wait,
} from './localAzure.ts';
import { transcript } from './painting.ts';
import type { Row } from './painting.ts';
import { customCloud, onScene, setting } from './scene.ts';

const kai = 'kai@contoso.com';
/** Is in one tenant only, so that requests come one after the other. */
const alex = 'alex@contoso.com';
const ordersEu = '/orders-eu$';
const words = ({ label, description }: Row): string => `${label}, ${description}`;

/** A row that failed: a warning, a cause in words, something to do. */
function isFailure(row: Row, said: string, why: RegExp, remedy: 'Retry' | 'Sign In' | 'Open Settings'): void {
  assert.equal(words(row), said);
  assert.match(row.tooltip, why);
  assert.equal(row.icon, 'warning');
  assert.equal(row.item.command?.title, remedy);
  const tag = { Retry: 'retry', 'Sign In': 'signIn', 'Open Settings': undefined }[remedy];
  if (tag !== undefined) assert.ok(row.tags.includes(tag), `${row.tags.join(' ')} offers ${tag} in the menu`);
}

describe('on a bad day', () => {
  const scene = onScene();
  const all = async (): Promise<string> => transcript(await scene.paint());
  /** No window pops up over what nobody asked for. */
  const quiet = (): void => assert.deepEqual(scene.stage.heard, []);

  it('no network from the start is a row that says which host cannot be reached', async () => {
    await setting('customCloud', { ...customCloud, resourceManager: 'https://127.0.0.1:9' });
    await scene.enter(kai);
    const row = await scene.at(kai);
    isFailure(
      row,
      `${kai}, 127.0.0.1:9 could not be reached`,
      /ECONNREFUSED.*network, the VPN and the proxy/,
      'Retry',
    );
    quiet();
  });

  it('a network that goes away takes nothing away that is shown', async () => {
    await scene.enter(kai);
    const before = await all();
    await fault({ fault: { kind: 'drop' }, path: '^/(?!local-azure)', times: 0 });
    await scene.run('refresh');
    const rows = await scene.paint();
    assert.equal(transcript(rows.slice(0, -1)), before);
    const last = rows.at(-1);
    assert.ok(last !== undefined);
    isFailure(last, `${kai}, ${armHost} could not be reached`, /network, the VPN and the proxy/, 'Retry');
    quiet();
    await resetAzure();
    await scene.press(last);
    await scene.settled();
    assert.equal(await all(), before);
  });

  it('a connection that breaks off in the middle of an answer is tried again, unseen', async () => {
    await fault({ fault: { kind: 'drop' }, path: '^/tenants$' });
    await scene.enter(kai);
    await scene.at('Contoso', 'Production', 'orders-eu');
    assert.equal(scene.requests(/^\/tenants$/).length, 2);
  });

  it('a long wait that Azure asks for is said, not waited for', async () => {
    await fault({ fault: wait(3600), path: resourceGraph, times: 0 });
    await scene.enter(kai);
    const row = await scene.at('Contoso');
    isFailure(row, 'Contoso, Azure asks to wait 3600 s', /asks to wait.*nothing is lost/, 'Retry');
    assert.equal(scene.requests(/ResourceGraph/).length, 2, 'one for each tenant');
    await resetAzure();
    await scene.press(row);
    await scene.at('Contoso', 'Production', 'orders-eu');
    assert.equal((await scene.at('Fabrikam')).icon, 'warning', 'each tenant is tried by itself');
  });

  it('a short wait is waited for, unseen', async () => {
    await fault({ fault: wait(1), path: resourceGraph });
    await scene.enter(kai);
    await scene.at('Contoso', 'Production', 'orders-eu');
    await scene.at('Fabrikam', 'Fabrikam Shared', 'parts');
    assert.equal(scene.requests(/ResourceGraph/).length, 3);
  });

  it('a page that fails leaves those before it, and says that some are missing', async () => {
    const page = { data: [found('carts-eu', 'NativeAuth')], $skipToken: 'more' };
    await fault({ fault: answer(page), path: resourceGraph });
    await fault({ fault: refusal(403, 'AuthorizationFailed'), path: resourceGraph });
    await scene.enter(alex);
    await scene.at('Contoso', 'Production', 'carts-eu');
    const row = await scene.at('Contoso', 'Some clusters could not be listed');
    isFailure(
      row,
      'Some clusters could not be listed, not allowed (AuthorizationFailed)',
      /Reader role/,
      'Retry',
    );
    quiet();
    await scene.press(row);
    await scene.at('Contoso', 'Production', 'orders-eu');
    assert.ok(
      !(await scene.below(await scene.at('Contoso'))).some(
        ({ icon }) => icon === 'warning' && icon !== row.icon,
      ),
    );
  });

  it('a page that fails later takes nothing away that was there', async () => {
    await scene.enter(kai);
    const before = await all();
    const page = { data: [found('carts-eu', 'MicrosoftEntraID', 'NativeAuth')], $skipToken: 'more' };
    await fault({ fault: answer(page), path: resourceGraph });
    await fault({ fault: refusal(403, 'AuthorizationFailed'), path: resourceGraph });
    await scene.run('refreshTenant', (await scene.at('Contoso')).node);
    await scene.settled();
    const rows = (await scene.paint()).filter(({ label }) => label !== 'Some clusters could not be listed');
    assert.equal(transcript(rows), before);
  });

  it('where Resource Graph refuses, subscriptions are listed one by one, unseen', async () => {
    await scene.enter(kai);
    const names = async (): Promise<readonly string[]> =>
      (await scene.paint()).map(({ label, icon }) => `${label} ${icon}`);
    const before = await names();
    await fault({ fault: refusal(403, 'Forbidden'), path: resourceGraph, times: 0 });
    await scene.run('refresh');
    await scene.settled();
    assert.deepEqual(await names(), before);
    assert.ok(scene.requests(/^\/subscriptions\/[^/]+\/providers\/[^/]+\/mongoClusters$/).length > 0);
    quiet();
  });

  it('a subscription that cannot be listed either is named, beside the others', async () => {
    await fault({ fault: refusal(403, 'Forbidden'), path: resourceGraph, times: 0 });
    const analytics = '^/subscriptions/5b5c0000-0000-4000-8000-000000000003/providers';
    await fault({ fault: refusal(403, 'AuthorizationFailed'), path: analytics, times: 0 });
    await scene.enter(kai);
    await scene.at('Contoso', 'Production', 'orders-eu');
    const row = await scene.at('Contoso', 'Analytics could not be listed');
    isFailure(
      row,
      'Analytics could not be listed, not allowed (AuthorizationFailed)',
      /Reader role/,
      'Retry',
    );
    await resetAzure();
    await scene.press(row);
    await scene.at('Contoso', 'Analytics', 'telemetry');
  });

  it('an answer that is no JSON is said to be none, with its host', async () => {
    await fault({ fault: { kind: 'malformed' }, path: '^/tenants$' });
    await scene.enter(kai);
    const row = await scene.at(kai);
    isFailure(
      row,
      `${kai}, ${armHost} sent an answer that cannot be read`,
      /a proxy or a sign-in page/,
      'Retry',
    );
    await fault({
      fault: answer('<html>Please sign in to the network</html>'),
      path: subscriptions,
      times: 2,
    });
    await scene.press(row);
    isFailure(
      await scene.at('Contoso', 'Subscriptions could not be listed'),
      `Subscriptions could not be listed, ${armHost} sent an answer that cannot be read`,
      /a proxy or a sign-in page/,
      'Retry',
    );
    quiet();
  });

  it('an address of another host is not followed', async () => {
    // On the same port, so that the name alone tells it from its own.
    const other = armHost.replace('127.0.0.1', 'management.example.com');
    const page = { value: [], nextLink: `https://${other}/subscriptions?page=2` };
    await fault({ fault: answer(page), path: subscriptions, times: 2 });
    await scene.enter(kai);
    isFailure(
      await scene.at('Contoso', 'Subscriptions could not be listed'),
      `Subscriptions could not be listed, ${other} may not be sent your token`,
      /does not belong to this cloud. Nothing was sent/,
      'Open Settings',
    );
    assert.deepEqual([...new Set(scene.stage.requests.map(({ host }) => host))], [armHost]);
  });

  it('a token that runs out before its time is healed unseen', async () => {
    await fault({ fault: { kind: 'expiredToken' }, path: resourceGraph, times: 2 });
    await scene.enter(kai);
    await scene.at('Contoso', 'Production', 'orders-eu');
    await scene.at('Fabrikam', 'Fabrikam Shared', 'parts');
    assert.equal(scene.requests(/ResourceGraph/).filter(({ status }) => status === 401).length, 2);
    quiet();
  });

  it('a token that is refused again and again takes the person', async () => {
    await fault({ fault: { kind: 'expiredToken' }, path: resourceGraph, times: 0 });
    await scene.enter(kai);
    const row = await scene.at('Contoso');
    isFailure(row, 'Contoso, needs you to sign in', /Sign in/, 'Sign In');
    quiet();
    await resetAzure();
    await scene.press(row);
    await scene.at('Contoso', 'Production', 'orders-eu');
  });

  it('a stronger sign-in that Azure demands is a row, and its Sign In gives it', async () => {
    await fault({ fault: { kind: 'claimsChallenge' }, path: resourceGraph, times: 2 });
    await scene.enter(kai);
    const row = await scene.at('Contoso');
    isFailure(row, 'Contoso, asks for a stronger sign-in', /more proof of who you are/, 'Sign In');
    quiet();
    scene.stage.secondFactors.add(kai);
    await scene.press(row);
    assert.deepEqual(scene.stage.heard, [`sign in: ${kai}`]);
    await scene.at('Contoso', 'Production', 'orders-eu');
  });

  for (const [number, short, remedy] of [
    [53003, 'blocked by conditional access', 'Sign In'],
    [53000, 'this device is not accepted', 'Sign In'],
    [65002, 'the editor’s application is not accepted', 'Open Settings'],
    [90033, 'Entra is busy', 'Retry'],
    [123456, 'Entra refused the sign-in (AADSTS123456)', 'Sign In'],
  ] as const)
    it(`a refusal of Entra’s stays on the row in words: ${number}`, async () => {
      await scene.enter(kai);
      const row = await scene.at('Tailspin Toys');
      scene.stage.signInErrors.push(new Error(`AADSTS${number}: Entra's own words. Trace ID: 1234`));
      await scene.press(row);
      isFailure(scene.again(row), `Tailspin Toys, ${short}`, new RegExp(`\\(AADSTS${number}\\)`), remedy);
    });

  describe('a cluster that was deleted', () => {
    const gone = refusal(404, 'ResourceNotFound');

    it('says so when it is refreshed, and goes with the next list', async () => {
      await scene.enter(kai);
      const row = await scene.at('Contoso', 'Production', 'orders-eu');
      await fault({ fault: gone, path: '/orders-eu(/|$)', times: 0 });
      await scene.run('refreshCluster', row.node);
      assert.equal(words(scene.again(row)), 'orders-eu, no longer exists');
      assert.equal(scene.again(row).icon, 'warning');
      const [note, ...more] = await scene.below(row);
      assert.ok(note !== undefined);
      assert.deepEqual([words(note), more], ['This cluster no longer exists, refresh', []]);
      await fault({ fault: answer({ data: [found('carts-eu')] }), path: resourceGraph, times: 2 });
      await scene.press(note);
      await scene.at('Contoso', 'Production', 'carts-eu');
      await assert.rejects(scene.at('Contoso', 'Production', 'orders-eu'));
    });

    it('says so when its row asks for what it left unknown', async () => {
      await fault({ fault: gone, path: '/ledger$', times: 0 });
      await scene.enter(kai);
      await eventually(async () =>
        assert.equal(words(await scene.at('Contoso', 'Production', 'ledger')), 'ledger, no longer exists'),
      );
      quiet();
    });

    for (const branch of ['Access', 'Details'])
      it(`says so when its ${branch} is opened`, async () => {
        await scene.enter(kai);
        const open = await scene.at('Contoso', 'Production', 'orders-eu', branch);
        await fault({ fault: gone, path: '/orders-eu(/|$)', times: 0 });
        const [row, ...more] = await scene.below(open);
        assert.ok(row !== undefined);
        assert.match(words(row), /no longer exists/);
        assert.ok(row.item.command !== undefined, 'there is something to do about it');
        assert.deepEqual(more, []);
        quiet();
      });
  });

  it('a disabled subscription says so, and what is in it can be read', async () => {
    await scene.enter(kai);
    const row = await scene.at('Contoso', 'Old Sandbox');
    assert.equal(words(row), 'Old Sandbox, Disabled · 1');
    assert.equal(row.icon, 'warning');
    assert.match(row.tooltip, /can be read, not changed/);
    const [first] = await scene.below(await scene.at('Contoso', 'Old Sandbox', 'archive-2023', 'Access'));
    assert.match(first?.label ?? '', /dbadmin/);
  });

  it('a directory that refuses leaves ids, and a row that says why; Retry brings the names', async () => {
    await scene.enter(kai);
    await fault({ fault: refusal(403, 'Authorization_RequestDenied'), service: 'graph', times: 0 });
    const access = await scene.at('Contoso', 'Production', 'orders-eu', 'Access');
    const rows = await scene.below(access);
    assert.ok(rows.some(({ label }) => /^9e550000\S* \(you\)$/.test(label)));
    const failed = rows.find(({ label }) => label === 'Names could not be read');
    assert.ok(failed !== undefined);
    isFailure(
      failed,
      'Names could not be read, not allowed (Authorization_RequestDenied)',
      /does not allow you this/,
      'Retry',
    );
    quiet();
    await resetAzure();
    await scene.press(failed);
    assert.ok((await scene.below(access)).some(({ label }) => label === 'Kai Carter (you)'));
  });

  it('who has access may fail while the rest works, and Retry brings it back', async () => {
    await scene.enter(kai);
    const access = await scene.at('Contoso', 'Production', 'orders-eu', 'Access');
    await fault({ fault: refusal(403, 'AuthorizationFailed', 'Kai may not.'), path: '/orders-eu/users$' });
    const [row, ...more] = await scene.below(access);
    assert.ok(row !== undefined);
    assert.deepEqual(more, []);
    isFailure(
      row,
      'Access could not be read, not allowed (AuthorizationFailed)',
      /Reader role[^]*Kai may not\./,
      'Retry',
    );
    quiet();
    const version = (await scene.below(await scene.at('Contoso', 'Production', 'orders-eu', 'Details'))).find(
      ({ label }) => label === 'Version',
    );
    assert.equal(version?.description, '8.0');
    assert.ok((await scene.below(await scene.at('Contoso', 'Production', 'carts-eu', 'Access'))).length > 1);

    assert.deepEqual(await scene.repainted(() => scene.press(row)), [[access.node]]);
    assert.equal((await scene.below(access)).at(0)?.label, 'Kai Carter (you)');
  });

  it('details that cannot be read say why, and Retry brings them', async () => {
    await scene.enter(kai);
    const details = await scene.at('Contoso', 'Production', 'orders-eu', 'Details');
    await fault({ fault: refusal(403, 'AuthorizationFailed'), path: ordersEu });
    const [row] = await scene.below(details);
    assert.ok(row !== undefined);
    isFailure(row, 'Details could not be read, not allowed (AuthorizationFailed)', /Reader role/, 'Retry');
    await scene.press(row);
    assert.equal((await scene.below(details)).at(0)?.label, 'Service');
  });

  for (const [name, value, part, why] of [
    ['resourceManager', 'http://management.example', 'customCloud.resourceManager', /begins with https:/],
    ['graph', undefined, 'customCloud.graph', /is missing/],
    ['authenticationProvider', ' ', 'customCloud.authenticationProvider', /is missing/],
  ] as const)
    it(`a setting that makes no sense is named, and mending it lists: ${name}`, async () => {
      await scene.enter(kai);
      await setting('customCloud', { ...customCloud, [name]: value });
      const [row, ...more] = await scene.paint();
      assert.ok(row !== undefined);
      assert.deepEqual(more, []);
      assert.match(words(row), new RegExp(`the setting cosmosEntra\\.${part} (must|is)`, 'i'));
      assert.match(row.tooltip, why);
      assert.equal(row.item.command?.command, 'cosmosEntra.openSettings');
      quiet();
      await scene.run('refresh');
      assert.match(
        scene.stage.heard.join('\n'),
        new RegExp(`cosmosEntra\\.${part} .*\\[Open Settings, Show Log\\]`),
      );

      await setting('customCloud', customCloud);
      await eventually(() => scene.at('Contoso', 'Production', 'orders-eu'));
    });

  it('an application id that is none is named too', async () => {
    await setting('applicationId', 'mine');
    try {
      const [row] = await scene.paint();
      assert.ok(row !== undefined);
      assert.match(words(row), /the setting cosmosEntra\.applicationId must be/i);
      assert.match(row.tooltip, /GUID/);
    } finally {
      await setting('applicationId', undefined);
    }
    assert.equal(vscode.workspace.getConfiguration('cosmosEntra').get('applicationId'), '');
  });
});

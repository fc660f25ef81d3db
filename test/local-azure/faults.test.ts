import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { startLocalAzure, type LocalAzure } from './azure.ts';
import { ask, managementToken, production, resourceId, type Answer } from './client.ts';
import { member } from './json.ts';

describe('Faults on demand', () => {
  let azure: LocalAzure;
  let token: string;
  beforeEach(async () => {
    azure = await startLocalAzure();
    token = await managementToken(azure);
  });
  afterEach(() => azure.close());

  const list = () =>
    ask(azure, `${azure.endpoints.resourceManager}/subscriptions?api-version=2022-12-01`, { token });
  const control = (path: string, body?: object): Promise<Answer> =>
    ask(azure, `${azure.endpoints.resourceManager}/local-azure/${path}`, {
      method: 'POST',
      ...(body && { body }),
    });

  it('hit as many requests as they were told, after as many as they were told', async () => {
    azure.faults.add({ fault: { kind: 'status', status: 503 }, after: 1, times: 2 });
    const statuses = [];
    for (let turn = 0; turn < 4; turn += 1) statuses.push((await list()).status);
    assert.deepEqual(statuses, [200, 503, 503, 200]);
  });

  it('fail one page of a list', async () => {
    azure.organisation.behaviour.pageSize = 2;
    azure.faults.add({
      fault: { kind: 'status', status: 500, body: { error: { code: 'x' } } },
      path: '^/subscriptions$',
      after: 1,
    });
    const first = await list();
    const next = await ask(azure, String(member(first.body, 'nextLink')), { token });
    assert.equal(next.status, 500);
    assert.equal(member(next.body, 'error', 'code'), 'x');
  });

  it('keep to service, method and path', async () => {
    azure.faults.add({ fault: { kind: 'status', status: 500 }, service: 'graph', times: 0 });
    azure.faults.add({ fault: { kind: 'status', status: 500 }, method: 'DELETE', times: 0 });
    azure.faults.add({ fault: { kind: 'status', status: 500 }, path: '/mongoClusters/', times: 0 });
    assert.equal((await list()).status, 200);
    assert.equal((await ask(azure, `${azure.endpoints.graph}/v1.0/me`)).status, 500);
    azure.faults.clear();
    assert.equal((await ask(azure, `${azure.endpoints.graph}/v1.0/me`)).status, 401);
  });

  it('throttle with Retry-After', async () => {
    azure.faults.add({ fault: { kind: 'status', status: 429, headers: { 'retry-after': '7' } } });
    const answer = await list();
    assert.equal(answer.status, 429);
    assert.equal(answer.headers['retry-after'], '7');
  });

  it('break the body: half the JSON, or a socket that dies', async () => {
    azure.faults.add({ fault: { kind: 'malformed' } });
    const half = await list();
    assert.equal(half.status, 200);
    assert.equal(half.body, undefined);
    assert.match(half.text, /^\{"value":\[/);
    azure.faults.add({ fault: { kind: 'drop' } });
    await assert.rejects(list(), /aborted|socket hang up|ECONNRESET/);
    assert.equal((await list()).status, 200);
  });

  it('take time', async () => {
    azure.faults.add({ fault: { kind: 'latency', ms: 120 } });
    const started = performance.now();
    await list();
    assert.ok(performance.now() - started >= 115);
  });

  it('take a token for expired, or ask for a second factor', async () => {
    azure.faults.add({ fault: { kind: 'expiredToken' } });
    assert.equal(member((await list()).body, 'error', 'code'), 'ExpiredAuthenticationToken');
    azure.faults.add({ fault: { kind: 'claimsChallenge' } });
    assert.match((await list()).headers['www-authenticate'] ?? '', /insufficient_claims/);
    assert.equal((await list()).status, 200);
  });

  it('never answer', async () => {
    const hang = { fault: { kind: 'hang' }, path: '^/subscriptions$', times: 0 } as const;
    azure.faults.add(hang);
    const waiting = list().then(() => 'answered');
    waiting.catch(() => undefined);
    assert.equal(await Promise.race([waiting, sleep(150, 'waiting')]), 'waiting');
    azure.faults.remove(hang);
    assert.equal((await list()).status, 200);
    assert.deepEqual(
      azure.requests.map(({ status }) => status),
      [0, 200],
    );
  });

  it('hold an answer back until they are cleared', async () => {
    azure.faults.add({ fault: { kind: 'hold' }, path: '^/subscriptions$' });
    const held = list().then(({ status }) => status);
    assert.equal(await Promise.race([held, sleep(150, 'waiting')]), 'waiting');
    assert.equal((await list()).status, 200);
    azure.faults.clear();
    assert.equal(await held, 200);
  });

  it('set a clock ahead or behind, of one service or of all', async () => {
    const ahead = async (answer: Promise<Answer>) =>
      Math.round((Date.parse((await answer).headers.date ?? '') - Date.now()) / 60_000) + 0;
    const me = () => ask(azure, `${azure.endpoints.graph}/v1.0/me`);
    azure.faults.add({ fault: { kind: 'clock', seconds: -600 }, service: 'resourceManager', times: 0 });
    assert.deepEqual([await ahead(list()), await ahead(list()), await ahead(me())], [-10, -10, 0]);
    azure.faults.clear();
    azure.faults.add({ fault: { kind: 'clock', seconds: 1200 }, times: 0 });
    assert.deepEqual([await ahead(list()), await ahead(me())], [20, 20]);
    azure.faults.clear();
    assert.equal(await ahead(list()), 0);
  });

  it('refuse one part of Resource Manager and no other', async () => {
    const at = async (path: string) => {
      const version = path.includes('Authorization')
        ? '2022-04-01'
        : path.includes('providers')
          ? '2026-06-01'
          : '2022-12-01';
      const { status, body } = await ask(
        azure,
        `${azure.endpoints.resourceManager}${path}?api-version=${version}`,
        { token },
      );
      return { status, message: String(member(body, 'error', 'message')) };
    };
    const id = resourceId(azure, 'orders-eu');
    const subscription = `/subscriptions/${production}`;
    const forbidden: readonly [string, RegExp, string][] = [
      [id, /mongoClusters\/orders-eu$/, 'Microsoft.DocumentDB/mongoClusters/read'],
      [`${id}/users`, /\/users/, 'Microsoft.DocumentDB/mongoClusters/users/read'],
      [`${id}/firewallRules`, /\/firewallRules/, 'Microsoft.DocumentDB/mongoClusters/firewallRules/read'],
      [
        `${id}/providers/Microsoft.Authorization/permissions`,
        /\/permissions$/,
        'Microsoft.Authorization/permissions/read',
      ],
      [subscription, /^\/subscriptions\/[^/]+$/, 'Microsoft.Resources/subscriptions/read'],
    ];
    for (const [path, pattern, action] of forbidden) {
      azure.faults.add({ fault: { kind: 'forbidden' }, path: pattern.source, times: 0 });
      const refused = await at(path);
      assert.equal(refused.status, 403, path);
      assert.ok(refused.message.includes(`perform action '${action}' over scope '${path}'`), refused.message);
      for (const [other] of forbidden.filter(([one]) => one !== path))
        assert.equal((await at(other)).status, 200, other);
      azure.faults.clear();
    }
    azure.faults.add({ fault: { kind: 'missing' }, path: '/mongoClusters/orders-eu', times: 0 });
    for (const path of [id, `${id}/users`]) {
      const missing = await at(path);
      assert.equal(missing.status, 404);
      assert.match(missing.message, /'Microsoft.DocumentDB\/mongoClusters\/orders-eu' under resource group/);
    }
    azure.faults.clear();
    assert.equal((await at(id)).status, 200);
  });

  it('come from outside too, and go with a reset that restores everything', async () => {
    assert.equal((await control('faults', { fault: { kind: 'status', status: 503 }, times: 0 })).status, 204);
    assert.equal((await list()).status, 503);
    assert.equal((await control('faults', { clear: true })).status, 204);
    azure.organisation.subscriptions.length = 0;
    assert.deepEqual(member((await list()).body, 'value'), []);
    azure.faults.add({ fault: { kind: 'status', status: 503 }, service: 'graph', times: 0 });
    assert.equal((await control('reset')).status, 204);
    assert.equal((member((await list()).body, 'value') as unknown[]).length, 4);
    assert.deepEqual(
      azure.requests.map(({ path, status }) => `${path} ${status}`),
      ['/local-azure/reset 204', '/subscriptions 200'],
    );
  });

  it('are refused when they make no sense', async () => {
    const wrong = [
      {},
      { fault: { kind: 'explode' } },
      { fault: { kind: 'latency' } },
      { fault: { kind: 'drop' }, service: 'sql' },
      { fault: { kind: 'drop' }, path: '(' },
      { fault: { kind: 'drop' }, times: -1 },
      { fault: { kind: 'failedOperation', code: 'x' } },
      { fault: { kind: 'clock' } },
      { fault: { kind: 'aadsts', code: 1, claims: {} } },
      { fault: { kind: 'token', claims: 'aud' } },
      { fault: { kind: 'drop' }, tenant: 1 },
      { fault: { kind: 'drop' }, silent: 'yes' },
    ];
    for (const rule of wrong) assert.equal((await control('faults', rule)).status, 400, JSON.stringify(rule));
    assert.equal((await control('nothing')).status, 404);
  });
});

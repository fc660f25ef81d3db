import assert from 'node:assert/strict';
import { startLocalAzure, type LocalAzure } from './azure.ts';
import { ask, managementToken, type Answer } from './client.ts';
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

  it('come from outside too, and go with a reset that restores everything', async () => {
    assert.equal((await control('faults', { fault: { kind: 'status', status: 503 }, times: 0 })).status, 204);
    assert.equal((await list()).status, 503);
    azure.organisation.subscriptions.length = 0;
    azure.faults.clear();
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
    ];
    for (const rule of wrong) assert.equal((await control('faults', rule)).status, 400, JSON.stringify(rule));
    assert.equal((await control('nothing')).status, 404);
  });
});

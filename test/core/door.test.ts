import assert from 'node:assert/strict';
import type { Call } from '../../src/core/azure/door.ts';
import { listAll, readResource } from '../../src/core/azure/resourceManager.ts';
import { claimsOf } from '../../src/core/identity/claims.ts';
import type { LocalAzure } from '../local-azure/azure.ts';
import { resourceId } from '../local-azure/client.ts';
import type { Fault } from '../local-azure/faults.ts';
import {
  always,
  cloudAt,
  failureOf,
  localAzure,
  onlyContoso,
  printed,
  sent,
  setStage,
  startWitness,
  until,
  wasAnswered,
  withoutPauses,
} from './stage.ts';
import type { Scene, Stage, Testimony, Witness } from './stage.ts';

const tenants = /^GET \/tenants$/;

function get(stage: Stage, address: string, more: Partial<Call> = {}): Promise<unknown> {
  const caller = stage.caller('Contoso');
  return stage.door.send({ caller, service: 'resourceManager', method: 'GET', address, ...more });
}

const tenantList = (stage: Stage) => get(stage, '/tenants', { apiVersion: '2022-12-01' });

function answering(status: number, body?: unknown, headers: Record<string, string> = {}): Fault {
  return { kind: 'status', status, headers, ...(body === undefined ? {} : { body }) };
}

/** A stage whose Resource Manager is a witness, which sees what is sent. */
function stageBefore(azure: LocalAzure, witness: Witness, scene: Scene = {}): Stage {
  const { graph, portal } = azure.endpoints;
  return setStage(azure, { ...scene, cloud: cloudAt({ resourceManager: witness.origin, graph, portal }) });
}

describe('the door to Azure', () => {
  const azure = localAzure();
  const witnesses: Witness[] = [];
  const witness = async (answer?: () => Promise<Testimony>): Promise<Witness> => {
    const started = await startWitness(answer);
    witnesses.push(started);
    return started;
  };
  beforeEach(() => onlyContoso(azure()));
  afterEach(() => Promise.all(witnesses.splice(0).map((one) => one.close())));

  describe('in what it sends', () => {
    it('says who it is, whose token it carries and what it wants', async () => {
      const manager = await witness();
      const stage = stageBefore(azure(), manager);
      await get(stage, '/some/path', { apiVersion: '2026-06-01', headers: { 'x-own': 'yes' } });
      const [request] = manager.requests;
      assert.equal(request?.url, '/some/path?api-version=2026-06-01');
      assert.match(request.headers['user-agent'] ?? '', /^cosmos-entra /);
      assert.equal(request.headers['accept'], 'application/json');
      assert.equal(request.headers['x-own'], 'yes');
      assert.equal(request.headers.authorization, `Bearer ${stage.issued[0]}`);
    });

    it('sends each request with a token of its own tenant, and for its own receiver', async () => {
      const manager = await witness();
      const stage = stageBefore(azure(), manager);
      const { account } = stage.caller('Contoso');
      await get(stage, '/a');
      await get(stage, '/b', { caller: { account, tenant: 'organizations' } });
      const claims = manager.requests.map(({ headers }) => claimsOf(headers.authorization ?? ''));
      assert.deepEqual(
        claims.map((one) => one?.tenant),
        [stage.caller('Contoso').tenant, stage.caller('Contoso').tenant],
      );
      assert.deepEqual(
        stage.asked.map(({ caller, resource }) => [caller.tenant, resource]),
        [
          [stage.caller('Contoso').tenant, 'https://management.core.windows.net'],
          ['organizations', 'https://management.core.windows.net'],
        ],
      );
    });

    it('asks for a next page as the service wrote its address', async () => {
      const stage = setStage(azure());
      const nextLink = `${azure().endpoints.resourceManager}/subscriptions?api-version=2020-01-01`;
      azure().faults.add({ path: '^/subscriptions$', fault: answering(200, { value: ['one'], nextLink }) });
      const list = await listAll(stage.door, stage.caller('Contoso'), '/subscriptions', '2022-12-01');
      assert.equal(list[0], 'one');
      assert.deepEqual(
        sent(azure(), /subscriptions$/).map(({ apiVersion }) => apiVersion),
        ['2022-12-01', '2020-01-01'],
      );
    });

    it('puts no query into its events, where signatures live', async () => {
      const manager = await witness();
      const stage = stageBefore(azure(), manager);
      await get(stage, '/operation?t=1&s=SIGNED');
      assert.ok(!printed(stage.events).includes('SIGNED'));
      assert.ok(printed(stage.events).includes('/operation'));
    });

    it('reports every attempt, its end and the number to ask support with', async () => {
      const stage = setStage(azure());
      azure().faults.add({ path: '^/tenants$', fault: answering(500) });
      await withoutPauses(() => tenantList(stage));
      const requests = stage.events.filter((event) => (event as { method?: string }).method !== undefined);
      assert.deepEqual(
        requests.map((event) => {
          const { method, path, status, correlationId } = event as Record<string, unknown>;
          return [method, path, status, typeof correlationId];
        }),
        [
          ['GET', '/tenants', 500, 'undefined'],
          ['GET', '/tenants', 200, 'string'],
        ],
      );
    });
  });

  describe('leads nowhere else:', () => {
    const foreignLinks: readonly (readonly [string, (elsewhere: URL, home: URL) => string])[] = [
      ['another port', (elsewhere) => `${elsewhere.origin}/subscriptions?page=2`],
      ['another port, without its scheme', (elsewhere) => `//${elsewhere.host}/subscriptions?page=2`],
      ['no TLS', (_, home) => `http://${home.host}/subscriptions?page=2`],
      ['no TLS elsewhere', (elsewhere) => `http://${elsewhere.host}/subscriptions?page=2`],
      ['a name before the host', (elsewhere, home) => `https://${home.host}@${elsewhere.host}/`],
      ['a password before the host', (_, home) => `https://user:secret@${home.host}/subscriptions`],
      ['another name for loopback', (elsewhere) => `https://localhost:${elsewhere.port}/`],
      ['a public host', () => 'https://management.azure.com.evil.example/subscriptions'],
    ];
    for (const [what, link] of foreignLinks) {
      it(`a next page with ${what} is refused, and nobody there hears of it`, async () => {
        const elsewhere = await witness();
        const stage = setStage(azure());
        const nextLink = link(new URL(elsewhere.origin), new URL(azure().endpoints.resourceManager));
        azure().faults.add({ path: '^/subscriptions$', fault: answering(200, { value: [], nextLink }) });
        const list = listAll(stage.door, stage.caller('Contoso'), '/subscriptions', '2022-12-01');
        assert.equal((await failureOf(list)).code, 'hostRefused');
        assert.equal(elsewhere.connections, 0);
        assert.equal(sent(azure(), /GET/).length, 1);
      });
    }

    it('the failure names the host that was refused, and not the address', async () => {
      const stage = setStage(azure());
      const data = await failureOf(get(stage, 'https://evil.example/?s=SIGNED'));
      assert.deepEqual(data, { code: 'hostRefused', host: 'evil.example' });
    });

    it('an address that is none is a failure like any other', async () => {
      const stage = setStage(azure());
      for (const address of ['https://', 'https://[bad', 'https://a b/']) {
        assert.equal((await failureOf(get(stage, address))).code, 'malformed', address);
      }
    });

    it('a service of this cloud is no place for the token of another', async () => {
      const stage = setStage(azure());
      const data = await failureOf(get(stage, `${azure().endpoints.graph}/v1.0/me`));
      assert.equal(data.code, 'hostRefused');
      assert.equal(stage.asked.length, 0);
    });

    for (const status of [301, 302, 307]) {
      it(`a redirect (${status}) to a foreign host is not followed`, async () => {
        const elsewhere = await witness();
        const stage = setStage(azure());
        const location = `${elsewhere.origin}/tenants?api-version=2022-12-01`;
        azure().faults.add({ path: '^/tenants$', fault: answering(status, undefined, { location }) });
        await failureOf(tenantList(stage));
        assert.equal(elsewhere.connections, 0);
        assert.equal(sent(azure(), tenants).length, 1);
      });
    }

    it('a redirect to a foreign host says that the host was refused', async () => {
      const elsewhere = await witness();
      const stage = setStage(azure());
      azure().faults.add({
        path: '^/tenants$',
        fault: answering(307, undefined, { location: `${elsewhere.origin}/tenants` }),
      });
      const host = new URL(elsewhere.origin).host;
      assert.deepEqual(await failureOf(tenantList(stage)), { code: 'hostRefused', host });
    });

    it('a redirect within the service that cannot be followed refuses no host', async () => {
      const stage = setStage(azure());
      const location = `${azure().endpoints.resourceManager}/tenants?api-version=2022-12-01`;
      azure().faults.add({ path: '^/tenants$', fault: answering(308, undefined, { location }) });
      const data = await failureOf(tenantList(stage));
      assert.deepEqual(data, { code: 'service', status: 308, serviceCode: '308', message: '' });
    });

    it('a redirect within the service is followed, with a token', async () => {
      const stage = setStage(azure());
      const location = `${azure().endpoints.resourceManager}/tenants?api-version=2022-12-01`;
      azure().faults.add({ path: '^/elsewhere$', fault: answering(307, undefined, { location }) });
      const body = (await get(stage, '/elsewhere?api-version=1')) as { value: unknown[] };
      assert.equal(body.value.length, 1);
    });
  });

  describe('keeps its tokens to itself', () => {
    const everywhere: readonly (readonly [string, Fault])[] = [
      ['an expired token', { kind: 'expiredToken' }],
      ['a challenge', { kind: 'claimsChallenge' }],
      ['a dropped socket', { kind: 'drop' }],
      ['half an answer', { kind: 'malformed' }],
      ['a proxy’s page', answering(502, '<html>')],
      ['a refusal', answering(403, { error: { code: 'Forbidden', message: 'no' } })],
      ['an hour’s wait', answering(429, undefined, { 'retry-after': '3600' })],
      ['a redirect', answering(307, undefined, { location: 'https://evil.example/' })],
    ];
    for (const [what, fault] of everywhere) {
      it(`over ${what}`, async () => {
        const stage = setStage(azure());
        azure().faults.add(always({ path: '^/tenants$', fault }));
        const { result } = await withoutPauses(() => tenantList(stage).catch((error: unknown) => error));
        assertSilent(stage, result);
      });
    }

    it('when nobody answers', async () => {
      const nobody = await witness();
      const stage = stageBefore(azure(), nobody);
      await nobody.close();
      witnesses.length = 0;
      const { result } = await withoutPauses(() => get(stage, '/a').catch((error: unknown) => error));
      assertSilent(stage, result);
    });

    it('when a service repeats them in its answer', async () => {
      for (const testimony of [
        (token: string) => ({
          status: 400,
          body: { error: { code: 'Bad', message: `${token} is no good` } },
        }),
        (token: string) => ({ status: 403, body: { error: { code: 'Bad', message: `header: ${token}` } } }),
        (token: string) => ({ status: 200, body: `<p>You sent ${token}</p>` }),
        (token: string) => ({ status: 200, body: token }),
        (token: string) => ({ status: 409, body: `<p>You sent ${token}</p>` }),
        (token: string) => ({ status: 307, headers: { location: `https://evil.example/?t=${token}` } }),
      ]) {
        const manager = await startWitness(({ headers }) => testimony(headers.authorization ?? ''));
        witnesses.push(manager);
        const stage = stageBefore(azure(), manager);
        assertSilent(stage, await get(stage, '/a').catch((error: unknown) => error));
      }
    });

    it('when the sign-in itself repeats them', async () => {
      const stage = setStage(azure(), {
        token: async (_, usual) => {
          throw new Error(`AADSTS50013: the assertion ${await usual()} was refused`);
        },
      });
      const failure = await tenantList(stage).catch((error: unknown) => error);
      const jwt = /eyJ[\w-]+\.[\w-]+\.[\w-]+/;
      assert.ok(!jwt.test(JSON.stringify([failure, stage.events])));
      assert.ok(!jwt.test(printed(failure)));
    });

    /** Of every token that was given out, no trace in what could be logged, shown or thrown. */
    function assertSilent(stage: Stage, failure: unknown): void {
      assert.ok(failure instanceof Error, 'should have failed');
      assert.ok(stage.issued.length > 0);
      const said = [printed(failure), printed(stage.events), ...stage.events.map(printed)].join('\n');
      for (const token of stage.issued) {
        assert.ok(!said.includes(token));
        assert.ok(!said.includes(token.split('.')[1] ?? token));
      }
      assert.ok(!/authorization: /i.test(said));
    }
  });

  describe('takes an answer for what it is:', () => {
    const envelope = (code: string) => ({ error: { code, message: 'why' } });
    const answers: readonly (readonly [string, Fault, unknown])[] = [
      ['403', answering(403, envelope('A')), { code: 'forbidden', serviceCode: 'A', message: 'why' }],
      ['404', answering(404, envelope('B')), { code: 'notFound', serviceCode: 'B', message: 'why' }],
      [
        '409',
        answering(409, envelope('C')),
        { code: 'service', status: 409, serviceCode: 'C', message: 'why' },
      ],
      [
        '400 with a page',
        answering(400, '<html>'),
        { code: 'service', status: 400, serviceCode: '400', message: '' },
      ],
      [
        '400 with null',
        answering(400, null),
        { code: 'service', status: 400, serviceCode: '400', message: '' },
      ],
      [
        '400 with words',
        answering(400, { error: 'invalid' }),
        { code: 'service', status: 400, serviceCode: '400', message: '' },
      ],
      ['429', answering(429), { code: 'throttled', seconds: 0 }],
    ];
    for (const [what, fault, data] of answers) {
      it(what, async () => {
        const stage = setStage(azure());
        azure().faults.add(always({ path: '^/tenants$', fault }));
        const { result } = await withoutPauses(() => failureOf(tenantList(stage)));
        assert.deepEqual(result, data);
      });
    }

    it('204 is nothing', async () => {
      const stage = setStage(azure());
      azure().faults.add({ path: '^/tenants$', fault: answering(204) });
      assert.equal(await tenantList(stage), undefined);
    });

    it('half an answer names the host', async () => {
      const stage = setStage(azure());
      azure().faults.add({ path: '^/tenants$', fault: { kind: 'malformed' } });
      const { host } = new URL(azure().endpoints.resourceManager);
      assert.deepEqual(await failureOf(tenantList(stage)), { code: 'malformed', host });
    });

    it('500 is asked three times more, and then believed', async () => {
      const stage = setStage(azure());
      azure().faults.add(always({ path: '^/tenants$', fault: answering(500, envelope('D')) }));
      const { result, pauses } = await withoutPauses(() => failureOf(tenantList(stage)));
      assert.deepEqual(result, { code: 'service', status: 500, serviceCode: 'D', message: 'why' });
      assert.deepEqual([sent(azure(), tenants).length, pauses.length], [4, 3]);
      assert.ok(
        pauses.every((pause) => pause <= 4000),
        String(pauses),
      );
    });

    it('a socket that dies in the middle is asked again', async () => {
      const stage = setStage(azure());
      azure().faults.add({ path: '^/tenants$', fault: { kind: 'drop' } });
      const { result } = await withoutPauses(async () => (await tenantList(stage)) as { value: unknown[] });
      assert.equal(result.value.length, 1);
    });

    it('401 with a fresh token is a matter of signing in', async () => {
      const stage = setStage(azure());
      azure().faults.add(always({ path: '^/tenants$', fault: { kind: 'expiredToken' } }));
      const { tenant } = stage.caller('Contoso');
      assert.deepEqual(await failureOf(tenantList(stage)), { code: 'signInNeeded', tenant });
      assert.equal(sent(azure(), tenants).length, 2);
    });

    const challenge = 'Bearer error="insufficient_claims", claims="eyJhY2Nlc3NfdG9rZW4iOnt9fQ=="';
    for (const status of [401, 403]) {
      it(`a demand for more (${status}) is answered once`, async () => {
        const stage = setStage(azure(), { secondFactor: true });
        const fault = answering(status, envelope('E'), { 'www-authenticate': challenge });
        azure().faults.add({ path: '^/tenants$', fault });
        await tenantList(stage);
        assert.deepEqual(
          stage.asked.map((request) => request.challenge),
          [undefined, challenge],
        );
      });
    }

    it('a demand that a silent answer did not meet is left to a person', async () => {
      const stage = setStage(azure(), { secondFactor: true });
      const fault = answering(401, envelope('E'), { 'www-authenticate': challenge });
      azure().faults.add(always({ path: '^/tenants$', fault }));
      assert.equal((await failureOf(tenantList(stage))).code, 'stepUpNeeded');
      assert.equal(sent(azure(), tenants).length, 2);
      await stage.tokens.interactive(stage.caller('Contoso'), 'https://management.core.windows.net');
      assert.equal(stage.asked.at(-1)?.challenge, challenge);
    });

    it('nobody’s answer within the time limit is an unreachable host, not a change of mind', async () => {
      const silent = await witness(() => new Promise(() => undefined));
      const stage = stageBefore(azure(), silent);
      const original = globalThis.setTimeout;
      const impatient = (run: () => void) => original(run, 20);
      globalThis.setTimeout = Object.assign(impatient, original);
      const data = await failureOf(tenantList(stage)).finally(() => {
        globalThis.setTimeout = original;
      });
      const { host } = new URL(silent.origin);
      assert.deepEqual(data, { code: 'unreachable', host, detail: 'ETIMEDOUT' });
    });
  });

  describe('stops when told to:', () => {
    it('before it has begun, nothing is sent', async () => {
      const stage = setStage(azure());
      const data = await failureOf(get(stage, '/tenants', { signal: AbortSignal.abort() }));
      assert.equal(data.code, 'cancelled');
      assert.equal(sent(azure(), tenants).length, 0);
    });

    it('in the middle of a request, at once', async () => {
      const silent = await witness(() => new Promise(() => undefined));
      const stage = stageBefore(azure(), silent);
      const cancelling = new AbortController();
      const asking = failureOf(get(stage, '/tenants', { signal: cancelling.signal }));
      await until(() => silent.requests.length === 1);
      cancelling.abort();
      assert.equal((await asking).code, 'cancelled');
    });

    it('between two attempts, at once', async () => {
      const stage = setStage(azure());
      azure().faults.add(
        always({ path: '^/tenants$', fault: answering(429, undefined, { 'retry-after': '30' }) }),
      );
      const cancelling = new AbortController();
      const { signal } = cancelling;
      const asking = failureOf(get(stage, '/tenants', { apiVersion: '2022-12-01', signal }));
      await until(() => wasAnswered(stage, 429));
      cancelling.abort();
      assert.equal((await asking).code, 'cancelled');
      assert.equal(sent(azure(), tenants).length, 1);
    });
  });

  describe('in a cloud that lags behind', () => {
    const versions = ['2026-06-01', '2025-09-01'];
    const cluster = 'mongoClusters/orders-eu$';
    const read = (stage: Stage) =>
      readResource(stage.door, stage.caller('Contoso'), resourceId(azure(), 'orders-eu'), versions);
    const asked = () => sent(azure(), new RegExp(cluster)).map(({ apiVersion }) => apiVersion);

    // ARM says 400 of a version, and 404 of a type that the version does not have.
    for (const [status, code] of [
      [400, 'InvalidApiVersionParameter'],
      [400, 'NoRegisteredProviderFound'],
      [404, 'InvalidResourceType'],
    ] as const) {
      it(`asks with the next older API version after ${code}`, async () => {
        const stage = setStage(azure());
        azure().faults.add({ path: cluster, fault: answering(status, { error: { code, message: '' } }) });
        assert.equal((await read(stage)).name, 'orders-eu');
        assert.deepEqual(asked(), versions);
      });
    }

    it('says so when it knows none of them', async () => {
      const stage = setStage(azure());
      const error = { code: 'InvalidApiVersionParameter', message: '' };
      azure().faults.add(always({ path: cluster, fault: answering(400, { error }) }));
      const data = await failureOf(read(stage));
      assert.ok(data.code === 'service' && data.serviceCode === 'InvalidApiVersionParameter');
      assert.deepEqual(asked(), versions);
    });

    it('does not take another refusal for one of the version', async () => {
      const stage = setStage(azure());
      azure().faults.add({ path: cluster, fault: answering(404, { error: { code: 'ResourceNotFound' } }) });
      assert.equal((await failureOf(read(stage))).code, 'notFound');
      assert.deepEqual(asked(), versions.slice(0, 1));
    });
  });
});

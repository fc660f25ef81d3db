import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import type { Door } from '../../src/core/azure/door.ts';
import { pause } from '../../src/core/azure/pause.ts';
import { write } from '../../src/core/azure/writes.ts';
import type { Write } from '../../src/core/azure/writes.ts';
import { Failure } from '../../src/core/failure.ts';
import { resourceId } from '../local-azure/client.ts';
import { hurry } from './hurry.ts';
import { cloudAt, failureOf, localAzure, printed, sent, setStage, startWitness } from './stage.ts';
import type { Scene, Testimony, Witness, Witnessed } from './stage.ts';

const signature = 'sgnAture0nlyForThisOperat10n';

/** Where an operation is followed: signed, and with things in it that a careless reader would spell anew. */
function signed(origin: string, step: number | string): string {
  return `${origin}/operations/7%2F1/${step}?api-version=2026-06-01&t=639&c=MII%2B%2f&s=${signature}&h=~*`;
}

describe('a write', () => {
  const azure = localAzure();
  const pauses = hurry();
  const witnesses: Witness[] = [];
  afterEach(() => Promise.all(witnesses.splice(0).map((witness) => witness.close())));

  const witness = async (answer: (request: Witnessed) => Testimony): Promise<Witness> => {
    const started = await startWitness(answer);
    witnesses.push(started);
    return started;
  };

  /** A Resource Manager that gives these answers in turn; each may want to know its own origin. */
  const begin = async (
    answers: readonly (Testimony | ((origin: string) => Testimony))[],
    scene: Scene = {},
  ) => {
    let origin = '';
    let turn = 0;
    const manager = await witness(() => {
      const answer = answers[turn++] ?? assert.fail(`request ${turn} was not expected`);
      return typeof answer === 'function' ? answer(origin) : answer;
    });
    ({ origin } = manager);
    const cloud = cloudAt({ ...azure().endpoints, resourceManager: origin });
    const stage = setStage(azure(), { secondFactor: true, ...scene, cloud });
    const accepted: (string | undefined)[] = [];
    const put = (more: Partial<Write> = {}, signal = new AbortController().signal): Promise<void> =>
      write(
        stage.door,
        stage.caller('Contoso'),
        { method: 'PUT', id: '/it', apiVersions: ['2026-06-01'], body: { a: 1 }, ...more },
        { signal, accepted: (correlationId) => void accepted.push(correlationId) },
      );
    const asked = (): readonly string[] => manager.requests.map(({ method, url }) => `${method} ${url}`);
    /** What was asked after the write itself. */
    const followed = (): readonly string[] => asked().slice(1);
    return {
      stage,
      manager,
      accepted,
      put,
      asked,
      followed,
      path: (url: string) => url.slice(origin.length),
    };
  };

  const followAt =
    (step: number | string, more: Partial<Testimony> = {}) =>
    (origin: string): Testimony => ({
      status: 202,
      ...more,
      headers: { 'azure-asyncoperation': signed(origin, step), ...more.headers },
    });
  const says = (status: string, more: object = {}): Testimony => ({ status: 200, body: { status, ...more } });

  it('is sent once, with its version and its body, under the token of its person', async () => {
    const { manager, put, stage, accepted } = await begin([
      { status: 200, headers: { 'x-ms-correlation-request-id': 'c-1' } },
    ]);
    await put({ method: 'PATCH', id: '/subscriptions/s/it' });
    const [{ method, url, headers } = assert.fail()] = manager.requests;
    assert.equal(`${method} ${url}`, 'PATCH /subscriptions/s/it?api-version=2026-06-01');
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers['content-length'], '7');
    assert.equal(headers.authorization, `Bearer ${stage.issued[0]}`);
    assert.deepEqual(accepted, ['c-1']);
    assert.equal(manager.requests.length, 1);
  });

  it('has no body where there is nothing to say', async () => {
    const { manager, put } = await begin([{ status: 204 }]);
    await put({ method: 'DELETE', body: undefined });
    assert.equal(manager.requests[0]?.headers['content-type'], undefined);
  });

  it('is done with its answer, if that has nothing to follow', async () => {
    for (const status of [200, 201, 202, 204]) {
      const { put, accepted, followed } = await begin([{ status }]);
      await put();
      assert.deepEqual(followed(), [], String(status));
      assert.deepEqual(accepted, [undefined], String(status));
    }
    // Of what was made at once, Location is only its address.
    const { put, followed } = await begin([{ status: 201, headers: { location: '/it' } }]);
    await put();
    assert.deepEqual(followed(), []);
  });

  it('is followed by addresses that are used as they came, each answer’s newest', async () => {
    const { put, followed, manager } = await begin([
      followAt(0),
      followAt(1, says('InProgress')),
      says('InProgress'),
      followAt('last', says('InProgress')),
      says('Succeeded'),
    ]);
    await put();
    const at = (step: number | string): string => `GET ${signed('', step)}`;
    assert.deepEqual(followed(), [at(0), at(1), at(1), at('last')]);
    assert.ok(manager.requests.every(({ headers }) => headers.authorization?.startsWith('Bearer ')));
  });

  it('is not done because its answer says 200 or 201, and shows what is to be', async () => {
    for (const status of [200, 201]) {
      const { put, followed } = await begin([
        followAt(0, { status, body: { properties: { provisioningState: 'Succeeded' } } }),
        says('Updating'),
        says('Succeeded'),
      ]);
      await put();
      assert.equal(followed().length, 2);
    }
  });

  it('goes on through words of the service’s own, until one of three', async () => {
    const { put, followed } = await begin([
      followAt(0),
      ...['Enqueued', 'Dequeued', 'Accepted', 'NeverHeardOf', ''].map((word) => says(word)),
      says('SUCCEEDED'),
    ]);
    await put();
    assert.equal(followed().length, 6);
  });

  it('goes on while an answer has no word and is none that ends it', async () => {
    const { put, followed } = await begin([
      followAt(0),
      { status: 202 },
      { status: 202, body: { properties: {} } },
      { status: 200, body: {} },
    ]);
    await put();
    assert.equal(followed().length, 3);
  });

  it('is followed at its Location, where that is all there is, until it says so by its status', async () => {
    const there =
      (step: number) =>
      (origin: string): Testimony => ({
        status: 202,
        headers: { location: signed(origin, step) },
        // It is the status that counts.
        body: { status: 'Succeeded' },
      });
    for (const status of [200, 201, 204]) {
      const { put, followed } = await begin([there(0), there(1), { status }]);
      await put();
      assert.deepEqual(followed(), [`GET ${signed('', 0)}`, `GET ${signed('', 1)}`]);
    }
  });

  it('is followed at the operation rather than at the Location', async () => {
    const { put, followed } = await begin([
      (origin) => ({
        status: 202,
        headers: { 'azure-asyncoperation': signed(origin, 'a'), location: signed(origin, 'l') },
      }),
      (origin) => ({ ...says('InProgress'), headers: { location: signed(origin, 'l') } }),
      says('Succeeded'),
    ]);
    await put();
    assert.deepEqual(followed(), [`GET ${signed('', 'a')}`, `GET ${signed('', 'a')}`]);
  });

  it('may be followed at a path, as some services give it', async () => {
    const { put, followed } = await begin([
      { status: 202, headers: { location: '/operations/7?s=1' } },
      { status: 204 },
    ]);
    await put();
    assert.deepEqual(followed(), ['GET /operations/7?s=1']);
  });

  describe('waits before each question', () => {
    it('a little longer each time, and not for ever longer', async () => {
      const { put } = await begin([
        followAt(0),
        ...Array.from({ length: 8 }, () => says('InProgress')),
        says('Succeeded'),
      ]);
      await put();
      const rounded = pauses.map((pause) => Math.round(pause));
      assert.deepEqual(rounded, [1000, 1500, 2250, 3375, 5063, 7594, 10_000, 10_000, 10_000]);
    });

    it('as long as the service asks, from the first answer on', async () => {
      const { put } = await begin([
        followAt(0, { headers: { 'retry-after': '7' } }),
        followAt(1, { ...says('InProgress'), headers: { 'retry-after-ms': '2500' } }),
        says('InProgress'),
        says('Succeeded'),
      ]);
      await put();
      assert.deepEqual(pauses, [7000, 2500, 2250]);
    });
  });

  describe('that Azure could not make', () => {
    it('fails with the service’s own code and words', async () => {
      for (const status of ['Failed', 'failed', 'Canceled', 'Cancelled']) {
        const { put } = await begin([
          followAt(0),
          says('InProgress'),
          says(status, { error: { code: 'PrincipalLimit', message: 'No more of those.' } }),
        ]);
        assert.deepEqual(await failureOf(put()), {
          code: 'operationFailed',
          serviceCode: 'PrincipalLimit',
          message: 'No more of those.',
        });
      }
    });

    it('fails with its status, where it has no reason', async () => {
      for (const more of [{}, { error: null }, { error: 'so' }, { error: { code: 5, message: {} } }]) {
        const { put } = await begin([followAt(0), says('Canceled', more)]);
        assert.deepEqual(await failureOf(put()), {
          code: 'operationFailed',
          serviceCode: 'Canceled',
          message: '',
        });
      }
    });

    it('fails so at its Location as well', async () => {
      const { put } = await begin([
        (origin) => ({ status: 202, headers: { location: signed(origin, 0) } }),
        { status: 400, body: { error: { code: 'PrincipalLimit', message: 'No more of those.' } } },
      ]);
      assert.deepEqual(await failureOf(put()), {
        code: 'service',
        status: 400,
        serviceCode: 'PrincipalLimit',
        message: 'No more of those.',
      });
    });

    it('leaves neither a signature nor a token in what is said of it', async () => {
      const message = (origin: string): string => `See ${signed(origin, 0)} with password=Pa55w0rd-For-It`;
      const failures: ((origin: string) => Testimony)[] = [
        (origin) => says('Failed', { error: { code: 'X', message: message(origin) } }),
        (origin) => ({ status: 400, body: { error: { code: 'X', message: message(origin) } } }),
        () => ({ status: 200, body: '{"status":' }),
        () => ({ status: 302, headers: { location: 'https://elsewhere.example/?s=' + signature } }),
      ];
      for (const answer of failures) {
        const { put, stage } = await begin([followAt(0), answer]);
        const error = await put().catch((reason: unknown) => reason);
        assert.ok(error instanceof Failure);
        const text = printed(error);
        assert.ok(!text.includes(signature) && !text.includes('Pa55w0rd'), text);
        for (const part of stage.issued.flatMap((token) => token.split('.'))) assert.ok(!text.includes(part));
      }
    });
  });

  describe('is led nowhere else', () => {
    it('by the address of an operation', async () => {
      const stranger = await witness(() => ({ status: 200, body: { status: 'Succeeded' } }));
      const { host } = new URL(stranger.origin);
      const elsewhere: Testimony[] = [
        { status: 202, headers: { 'azure-asyncoperation': `${stranger.origin}/o` } },
        { status: 202, headers: { location: `${stranger.origin}/o` } },
      ];
      for (const answer of elsewhere) {
        const { put, accepted } = await begin([answer]);
        assert.deepEqual(await failureOf(put()), { code: 'hostRefused', host });
        assert.equal(accepted.length, 1, 'it was taken on all the same');
      }
      const { put } = await begin([
        followAt(0),
        { ...says('InProgress'), headers: { 'azure-asyncoperation': `${stranger.origin}/o` } },
      ]);
      assert.deepEqual(await failureOf(put()), { code: 'hostRefused', host });
      const redirected = await begin([
        followAt(0),
        { status: 307, headers: { location: `${stranger.origin}/o` } },
      ]);
      assert.deepEqual(await failureOf(redirected.put()), { code: 'hostRefused', host });
      assert.equal(stranger.connections, 0);
    });

    it('without TLS, or to what is no address', async () => {
      const plain = await begin([
        (origin) => ({ status: 202, headers: { location: origin.replace('https', 'http') } }),
      ]);
      const host = plain.manager.origin.replace('https://', '');
      assert.deepEqual(await failureOf(plain.put()), { code: 'hostRefused', host });
      const odd = await begin([{ status: 202, headers: { location: 'https://[' } }]);
      assert.equal((await failureOf(odd.put())).code, 'malformed');
    });
  });

  describe('is followed through', () => {
    it('errors of the service that pass', async () => {
      const { put, followed } = await begin([
        followAt(0),
        { status: 500 },
        { status: 503, headers: { 'retry-after': '3' } },
        { status: 429, headers: { 'retry-after': '4' } },
        says('InProgress'),
        says('Succeeded'),
      ]);
      await put();
      assert.equal(followed().length, 5);
      assert.ok(pauses.includes(3000) && pauses.includes(4000), pauses.join(' '));
    });

    it('the end of its token', async () => {
      let count = 0;
      const { put, stage, manager } = await begin([followAt(0), { status: 401 }, says('Succeeded')], {
        // A token like the one before would not show that there is a new one.
        token: async ({ caller, resource }) => {
          const lifetimeSeconds = 3600 + ++count;
          return azure().issueToken(caller.account.label, {
            tenant: caller.tenant,
            resource,
            lifetimeSeconds,
          });
        },
      });
      await put();
      assert.equal(stage.issued.length, 2);
      const [, refused, taken] = manager.requests.map(({ headers }) => headers.authorization);
      assert.deepEqual(
        [refused, taken],
        stage.issued.map((token) => `Bearer ${token}`),
      );
    });

    it('a connection that breaks, at the real thing', async () => {
      const stage = setStage(azure(), { secondFactor: true });
      const path = 'mongoClusterAzureAsyncOperation';
      azure().organisation.behaviour.operationPolls = 0;
      azure().faults.add({ method: 'GET', path, fault: { kind: 'drop' }, times: 2 });
      await write(stage.door, stage.caller('Contoso'), home(), {
        signal: new AbortController().signal,
        accepted: () => undefined,
      });
      assert.equal(sent(azure(), new RegExp(`^GET .*${path}`)).length, 3);
      assert.equal(ruleOf('home')?.provisioningState, 'Succeeded');
    });
  });

  describe('that is not taken', () => {
    it('is not tried again here, where nobody would see what it waits for', async () => {
      for (const status of [409, 429, 500, 503]) {
        const { put, asked, accepted } = await begin([
          { status, headers: { 'retry-after': '5' }, body: { error: { code: 'No', message: 'no' } } },
        ]);
        const data = await failureOf(put());
        const wanted =
          status === 429
            ? { code: 'throttled', seconds: 5 }
            : { code: 'service', status, serviceCode: 'No', message: 'no' };
        assert.deepEqual(data, wanted);
        assert.equal(asked().length, 1);
        assert.deepEqual(accepted, []);
      }
      assert.deepEqual(pauses, []);
    });

    it('because of its version is sent with the next older one, the same otherwise', async () => {
      const unknown = (code: string): Testimony => ({
        status: 400,
        body: { error: { code, message: 'no' } },
      });
      for (const code of ['NoRegisteredProviderFound', 'InvalidApiVersionParameter', 'InvalidResourceType']) {
        const { put, asked, manager, accepted } = await begin([
          unknown(code),
          unknown(code),
          { status: 200 },
        ]);
        await put({ apiVersions: ['2026-06-01', '2025-09-01', '2024-07-01'] });
        const versions = ['2026-06-01', '2025-09-01', '2024-07-01'];
        assert.deepEqual(
          asked(),
          versions.map((version) => `PUT /it?api-version=${version}`),
        );
        assert.ok(manager.requests.every(({ headers }) => headers['content-length'] === '7'));
        assert.equal(accepted.length, 1);
      }
    });

    it('with any version fails as the service says; another reason is no reason to try one', async () => {
      const refused = (code: string): Testimony => ({
        status: 400,
        body: { error: { code, message: 'no' } },
      });
      const every = await begin([refused('NoRegisteredProviderFound'), refused('NoRegisteredProviderFound')]);
      const data = await failureOf(every.put({ apiVersions: ['b', 'a'] }));
      assert.equal('serviceCode' in data && data.serviceCode, 'NoRegisteredProviderFound');
      const other = await begin([refused('BadRequest')]);
      await failureOf(other.put({ apiVersions: ['b', 'a'] }));
      assert.equal(other.asked().length, 1);
    });

    it('because it was called back is not sent', async () => {
      const { put, asked, accepted } = await begin([{ status: 200 }]);
      assert.deepEqual(await failureOf(put({}, AbortSignal.abort())), { code: 'cancelled' });
      assert.deepEqual(asked(), []);
      assert.deepEqual(accepted, []);
    });
  });

  it('is made by local Azure as well, with its addresses of more than 3,000 characters', async () => {
    const stage = setStage(azure(), { secondFactor: true });
    const lengths: number[] = [];
    const door: Door = {
      ...stage.door,
      exchange(call) {
        lengths.push(call.address.length);
        return stage.door.exchange(call);
      },
    };
    await write(door, stage.caller('Contoso'), home(), {
      signal: new AbortController().signal,
      accepted: () => undefined,
    });
    const [, ...polls] = lengths;
    assert.ok(polls.length === 3 && polls.every((length) => length > 3000), lengths.join(' '));
    assert.equal(ruleOf('home')?.provisioningState, 'Succeeded');
  });

  describe('between two questions', () => {
    const timers = (): number =>
      process.getActiveResourcesInfo().filter((resourceName) => resourceName === 'Timeout').length;

    it('a pause ends by itself, and leaves nobody listening', async () => {
      const { signal } = new AbortController();
      await pause(700, signal);
      await pause(700);
      assert.deepEqual(pauses, [700, 700]);
      assert.deepEqual(getEventListeners(signal, 'abort'), []);
    });

    it('or at once, when it is called off, with nothing left to wait for', async () => {
      const before = timers();
      const stop = new AbortController();
      const failing = failureOf(pause(5_000_000, stop.signal));
      assert.equal(timers(), before + 1);
      stop.abort();
      const late = failureOf(pause(5_000_000, AbortSignal.abort()));
      assert.equal(timers(), before);
      assert.deepEqual([await failing, await late], [{ code: 'cancelled' }, { code: 'cancelled' }]);
    });
  });

  /** A rule of a real firewall. */
  function home(): Write {
    const id = `${resourceId(azure(), 'carts-eu')}/firewallRules/home`;
    const properties = { startIpAddress: '203.0.113.7', endIpAddress: '203.0.113.7' };
    return { method: 'PUT', id, apiVersions: ['2026-06-01'], body: { properties } };
  }

  function ruleOf(name: string) {
    const cluster = azure().organisation.resources.find((one) => one.name === 'carts-eu');
    assert.ok(cluster?.type === 'Microsoft.DocumentDB/mongoClusters');
    return cluster.firewallRules.find((rule) => rule.name === name)?.properties;
  }
});

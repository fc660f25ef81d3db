import assert from 'node:assert/strict';
import { TokenBroker } from '../../src/core/identity/tokens.ts';
import type { Account, Caller, Events, TokenRequest } from '../../src/core/identity/tokens.ts';
import { Failure } from '../../src/core/failure.ts';

const minute = 60_000;
const kai = { id: 'oid.tid', label: 'kai@contoso.com' };
const contoso: Caller = { account: kai, tenant: 'contoso' };
const fabrikam: Caller = { account: kai, tenant: 'fabrikam' };
const arm = 'https://management.example';

function jwt(issuedAt: number, expiresAt: number, mark = ''): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part({ alg: 'none' })}.${part({ iat: issuedAt / 1000, exp: expiresAt / 1000, mark })}.`;
}

function stage(
  answer: (request: TokenRequest, time: number) => string | undefined,
  there: readonly Account[] = [kai],
  /** What those in the second tenant wait for. */
  held: Promise<unknown> = Promise.resolve(),
) {
  const clock = { time: 1_000_000_000_000, now: () => clock.time };
  const asked: TokenRequest[] = [];
  const outcomes: unknown[] = [];
  const events: Events = {
    tokenAsked: ({ outcome }) => outcomes.push(outcome instanceof Failure ? outcome.code : outcome),
    requestSent: () => assert.fail('the broker sends nothing'),
  };
  const source = {
    accounts: (): Promise<readonly Account[]> => Promise.resolve([...there]),
    token: async (request: TokenRequest) => {
      asked.push(request);
      if (request.caller === fabrikam) await held;
      return answer(request, clock.time);
    },
  };
  return { clock, asked, outcomes, source, broker: new TokenBroker(source, clock, events) };
}

async function failure(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => assert.fail('should have failed'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Failure, String(error));
  return error;
}

describe('the token broker', () => {
  it('keeps a token until five minutes before its end, and asks again after that', async () => {
    const { broker, clock, asked } = stage((_, now) => jwt(now, now + 60 * minute, String(now)));
    const first = await broker.silent(contoso, arm);
    clock.time += 54 * minute;
    assert.equal(await broker.silent(contoso, arm), first);
    clock.time += 2 * minute;
    assert.notEqual(await broker.silent(contoso, arm), first);
    assert.equal(asked.length, 2);
  });

  it('keeps a short-lived token for nine tenths of its life', async () => {
    const { broker, clock, asked } = stage((_, now) => jwt(now, now + 10 * minute));
    await broker.silent(contoso, arm);
    clock.time += 8.5 * minute;
    await broker.silent(contoso, arm);
    assert.equal(asked.length, 1);
    clock.time += minute;
    await broker.silent(contoso, arm);
    assert.equal(asked.length, 2);
  });

  for (const [life, kept] of [
    [120, 90],
    [2, 1],
  ] as const) {
    it(`keeps a token of ${life} seconds for ${kept}: whoever is given it must still get there`, async () => {
      const { broker, clock, asked } = stage((_, now) => jwt(now, now + life * 1000));
      await broker.silent(contoso, arm);
      clock.time += kept * 1000 - 100;
      await broker.silent(contoso, arm);
      assert.equal(asked.length, 1);
      clock.time += 200;
      await broker.silent(contoso, arm);
      assert.equal(asked.length, 2);
    });
  }

  it('does not ask in a loop for a token that the source keeps returning in its last minutes', async () => {
    const start = 1_000_000_000_000;
    const ageing = jwt(start - 58 * minute, start + 2 * minute);
    const { broker, clock, asked } = stage(() => ageing);
    for (let request = 0; request < 100; request++) {
      assert.equal(await broker.silent(contoso, arm), ageing);
      clock.time += 100;
    }
    assert.equal(asked.length, 1, 'ten seconds of requests are one question');
    clock.time += minute;
    await broker.silent(contoso, arm);
    assert.equal(asked.length, 2);
  });

  it('gives one answer to all who ask at the same time', async () => {
    const { broker, asked } = stage((_, now) => jwt(now, now + 60 * minute));
    const tokens = await Promise.all(Array.from({ length: 20 }, () => broker.silent(contoso, arm)));
    assert.equal(new Set(tokens).size, 1);
    assert.equal(asked.length, 1);
  });

  it('keeps accounts, tenants and resources apart, and always names account and tenant', async () => {
    const { broker, asked } = stage(({ caller, resource }, now) =>
      jwt(now, now + 60 * minute, `${caller.tenant} ${resource}`),
    );
    const tokens = [
      await broker.silent(contoso, arm),
      await broker.silent(fabrikam, arm),
      await broker.silent(contoso, 'https://graph.example'),
    ];
    assert.equal(new Set(tokens).size, 3);
    assert.deepEqual(
      asked.map(({ caller, resource }) => [caller.account.label, caller.tenant, resource]),
      [
        [kai.label, 'contoso', arm],
        [kai.label, 'fabrikam', arm],
        [kai.label, 'contoso', 'https://graph.example'],
      ],
    );
  });

  it('says who must sign in where when no person may be asked', async () => {
    const { broker, outcomes } = stage(() => undefined);
    const { data } = await failure(broker.silent(fabrikam, arm));
    assert.deepEqual(data, { code: 'signInNeeded', tenant: 'fabrikam', account: kai.id, resource: arm });
    assert.deepEqual(outcomes, ['needsPerson']);
  });

  it('remembers why Entra refused, which a silent request does not say', async () => {
    const { broker } = stage(({ interactive }) => {
      if (interactive)
        throw new Error('AADSTS50076: Due to a configuration change you must use a second factor');
      return undefined;
    });
    const said = await failure(broker.interactive(fabrikam, arm));
    const silent = await failure(broker.silent(fabrikam, arm));
    for (const { data } of [said, silent]) {
      assert.deepEqual(data, {
        code: 'signInRefused',
        tenant: 'fabrikam',
        account: kai.id,
        resource: arm,
        aadsts: 50076,
        reason: 'secondFactor',
      });
    }
  });

  it('takes a closed sign-in window for a change of mind', async () => {
    const { broker } = stage(() => {
      throw new Error('User did not consent to login.');
    });
    assert.equal((await failure(broker.interactive(contoso, arm))).code, 'cancelled');
  });

  it('asks again for a token that the service refused', async () => {
    const { broker, asked } = stage((_, now) => jwt(now, now + 60 * minute));
    broker.drop(contoso, arm, await broker.silent(contoso, arm));
    await broker.silent(contoso, arm);
    assert.equal(asked.length, 2);
  });

  it('keeps a demand of the service for the sign-in that answers it', async () => {
    const { broker, asked } = stage(({ interactive }, now) =>
      interactive ? jwt(now, now + 60 * minute) : undefined,
    );
    const demand = 'Bearer claims="e30="';
    assert.equal((await failure(broker.answer(contoso, arm, demand))).code, 'stepUpNeeded');
    await broker.interactive(contoso, arm);
    assert.deepEqual(
      asked.map(({ interactive, challenge }) => [interactive, challenge]),
      [
        [false, demand],
        [true, demand],
      ],
    );
    await broker.interactive(contoso, arm);
    assert.equal(asked[2]?.challenge, undefined, 'an answered demand is not made again');
  });

  it('forgets everything when the accounts change', async () => {
    const { broker, asked } = stage((_, now) => jwt(now, now + 60 * minute));
    await broker.silent(contoso, arm);
    broker.forget();
    await broker.silent(contoso, arm);
    assert.equal(asked.length, 2);
  });

  it('takes a token that is no JWT, for a minute', async () => {
    const { broker, clock, asked } = stage(() => 'opaque');
    assert.equal(await broker.silent(contoso, arm), 'opaque');
    clock.time += 2 * minute;
    await broker.silent(contoso, arm);
    assert.equal(asked.length, 2);
  });

  it('gives nobody a token of who left, held or asked for, until they are back', async () => {
    const waiting = Promise.withResolvers<string>();
    const there = [kai];
    const { broker, asked } = stage((_, now) => jwt(now, now + 60 * minute), there, waiting.promise);
    await broker.accounts();
    await broker.silent(contoso, arm);
    const late = broker.silent(fabrikam, arm);
    there.length = 0;
    await broker.accounts();
    waiting.resolve('');
    for (const token of [
      late,
      broker.silent(contoso, arm),
      broker.interactive(contoso, arm),
      broker.answer(contoso, arm, 'Bearer'),
    ])
      assert.deepEqual((await failure(token)).data, { code: 'signedOut', account: kai.label });
    assert.equal(asked.length, 2);
    there.push(kai);
    await broker.accounts();
    await broker.silent(fabrikam, arm);
    broker.close();
    await broker.accounts();
    assert.equal((await failure(broker.silent(contoso, arm))).code, 'signedOut');
  });

  it('believes of several answers to who is there the one that was asked for last', async () => {
    const { broker, source } = stage((_, now) => jwt(now, now + 60 * minute));
    const old = Promise.withResolvers<readonly (typeof kai)[]>();
    source.accounts = () => old.promise;
    const first = broker.accounts();
    source.accounts = () => Promise.resolve([kai]);
    await broker.accounts();
    old.resolve([]);
    await first;
    await broker.silent(contoso, arm);
  });
});

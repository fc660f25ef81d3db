import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Failure, withoutSecrets } from '../../src/core/failure.ts';
import { refusalOf } from '../../src/core/identity/refusals.ts';

describe('text of somebody else’s', () => {
  const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJvaWQiOiJhYmMifQ.c2lnbmF0dXJl_-x';

  it('loses tokens, signatures and passwords, and keeps the rest', () => {
    const shown = withoutSecrets(
      `Bearer ${jwt} at https://a.example/op?api-version=1&s=SIGNED&h=ALSO or mongodb://me:hunter2@host/db; code Conflict`,
    );
    for (const secret of [jwt, 'SIGNED', 'ALSO', 'hunter2']) assert.ok(!shown.includes(secret), shown);
    assert.ok(shown.includes('code Conflict'), shown);
  });

  it('never lets a token through, wherever it stands', () => {
    const segment = fc.stringMatching(/^[\w-]{8,40}$/);
    fc.assert(
      fc.property(fc.string(), segment, segment, fc.string(), (before, payload, signature, after) => {
        const token = `eyJ${payload}.${payload}.${signature}`;
        assert.ok(!withoutSecrets(`${before} ${token} ${after}`).includes(token));
      }),
    );
  });

  it('has an end', () => {
    assert.equal(withoutSecrets('x'.repeat(1_000_000)).length, 2000);
  });

  it('of an error that nobody foresaw becomes a failure without secrets', () => {
    const { data } = Failure.from(new Error(`refused: ${jwt}`));
    assert.deepEqual(data, { code: 'internal', message: 'refused: [token]' });
  });
});

describe('a refusal of Entra’s', () => {
  const cases: readonly (readonly [number, string])[] = [
    [50076, 'secondFactor'],
    [53003, 'conditionalAccess'],
    [53000, 'device'],
    [65001, 'consent'],
    [65002, 'notPreauthorised'],
    [50020, 'notInTenant'],
    [700016, 'applicationMissing'],
    [500011, 'resourceMissing'],
    [70043, 'sessionOver'],
    [99999, 'other'],
  ];
  for (const [aadsts, reason] of cases) {
    it(`AADSTS${aadsts} means ${reason}`, () => {
      const { data } = refusalOf(new Error(`AADSTS${aadsts}: words of Entra’s`), 'contoso');
      assert.deepEqual(data, { code: 'signInRefused', tenant: 'contoso', aadsts, reason });
    });
  }
});

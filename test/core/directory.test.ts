import assert from 'node:assert/strict';
import type { Named, Names } from '../../src/core/access/principals.ts';
import type { Principal } from '../../src/core/clusters/cluster.ts';
import { Failure } from '../../src/core/failure.ts';
import type { LocalAzure } from '../local-azure/azure.ts';
import type { Fault } from '../local-azure/faults.ts';
import { syntheticId } from '../local-azure/organisation.ts';
import { samplePeople, tenantIds } from '../local-azure/samplePeople.ts';
import { consent as consentTo } from './consent.ts';
import { always, localAzure, sent, setStage, withoutPauses } from './stage.ts';
import type { Stage } from './stage.ts';

const { alex, kai, reporting, dataPlatform, fabrikamSupport } = samplePeople();
const nobody = syntheticId('60e60e00', 7);

function principal(objectId: string, type: Principal['type'] = 'unknown', tenant?: string): Principal {
  return { objectId, type, tenant };
}

/** One of everything that may hold a grant on a cluster of Contoso's. */
const everyone = {
  person: principal(kai.id, 'user', tenantIds.contoso),
  untyped: principal(alex.id),
  application: principal(reporting.id, 'servicePrincipal'),
  group: principal(dataPlatform.id, 'group'),
  formerPerson: principal(nobody, 'user'),
  formerUntyped: principal(syntheticId('60e60e00', 8)),
  foreigner: principal(fabrikamSupport.id, 'user', tenantIds.fabrikam),
};

const reachOf = ({ reach }: Names) => (reach instanceof Failure ? reach.code : reach);

function said(named: Named): string {
  switch (named.state) {
    case 'named':
      return `${named.object.name} (${named.object.type})`;
    case 'foreign':
      return `foreign: ${named.tenant}`;
    case 'gone':
    case 'unnamed':
      return named.state;
  }
}

const ask = (stage: Stage, principals: readonly Principal[]) =>
  stage.directory.names(stage.caller('Contoso'), principals);

const namesOfEveryone = async (stage: Stage) => {
  const names = await ask(stage, Object.values(everyone));
  return Object.fromEntries(Object.entries(everyone).map(([who, one]) => [who, said(names.of(one))]));
};

describe('the directory', () => {
  const azure = localAzure();
  const lookups = () => sent(azure(), /^POST \/v1\.0\/(\$batch|directoryObjects)/);
  const consent = (...scopes: string[]) => consentTo(azure(), scopes);
  const answering = (status: number, body?: unknown): Fault => ({
    kind: 'status',
    status,
    ...(body === undefined ? {} : { body }),
  });

  it('names everybody to a reader of it: people, applications, groups', async () => {
    consent('User.Read', 'Directory.Read.All');
    const stage = setStage(azure());
    assert.deepEqual(await namesOfEveryone(stage), {
      person: 'Kai Carter (user)',
      untyped: 'Alex Moreau (user)',
      application: 'reporting-app (servicePrincipal)',
      group: 'Data Platform (group)',
      formerPerson: 'gone',
      formerUntyped: 'gone',
      foreigner: `foreign: ${tenantIds.fabrikam}`,
    });
    assert.deepEqual(
      lookups().map(({ path }) => path),
      ['/v1.0/directoryObjects/getByIds'],
    );
  });

  it('names people to a reader of people, and calls nobody gone who may be no person', async () => {
    const stage = setStage(azure());
    assert.deepEqual(await namesOfEveryone(stage), {
      person: 'Kai Carter (user)',
      untyped: 'Alex Moreau (user)',
      application: 'unnamed',
      group: 'unnamed',
      formerPerson: 'gone',
      formerUntyped: 'unnamed',
      foreigner: `foreign: ${tenantIds.fabrikam}`,
    });
    assert.deepEqual(
      lookups().map(({ path }) => path),
      ['/v1.0/$batch'],
    );
  });

  it('is not asked for applications and groups by a reader of people', async () => {
    const stage = setStage(azure());
    await ask(stage, [everyone.application, everyone.group]);
    assert.equal(lookups().length, 0);
  });

  it('is not asked on behalf of one who may read nobody', async () => {
    consent('User.Read');
    const stage = setStage(azure());
    const names = await ask(stage, Object.values(everyone));
    assert.equal(names.reach, 'nobody');
    assert.deepEqual(said(names.of(everyone.person)), 'unnamed');
    assert.deepEqual(said(names.of(everyone.formerPerson)), 'unnamed');
    assert.equal(sent(azure(), /v1\.0/).length, 0);
  });

  it('says why when the editor’s application may not ask it at all', async () => {
    const stage = setStage(azure(), {
      token: () => {
        throw new Error(
          'AADSTS65002: Consent between first party application and resource must be configured',
        );
      },
    });
    const names = await ask(stage, Object.values(everyone));
    assert.ok(names.reach instanceof Failure);
    const { data } = names.reach;
    assert.ok(data.code === 'signInRefused');
    assert.equal(data.reason, 'notPreauthorised');
    assert.equal(said(names.of(everyone.person)), 'unnamed');
  });

  it('says what a reader reaches', async () => {
    const stage = setStage(azure());
    assert.equal((await ask(stage, [])).reach, 'people');
    consent('Directory.AccessAsUser.All');
    stage.tokens.forget();
    assert.equal((await ask(stage, [])).reach, 'directory');
  });

  for (const [reader, scopes] of [
    ['it', ['Directory.Read.All']],
    ['people', ['User.ReadBasic.All']],
  ] as const) {
    it(`is asked once for each, by a reader of ${reader}`, async () => {
      consent(...scopes);
      const stage = setStage(azure());
      await namesOfEveryone(stage);
      const first = await namesOfEveryone(stage);
      assert.equal(lookups().length, 1);
      stage.directory.forget();
      assert.deepEqual(await namesOfEveryone(stage), first);
      assert.equal(lookups().length, 2);
    });
  }

  it('is asked only for those it was not asked for yet', async () => {
    consent('Directory.Read.All');
    const stage = setStage(azure());
    await ask(stage, [everyone.person]);
    const names = await ask(stage, [everyone.person, everyone.formerPerson]);
    assert.deepEqual([everyone.person, everyone.formerPerson].map(names.of).map(said), [
      'Kai Carter (user)',
      'gone',
    ]);
    await ask(stage, [everyone.person, everyone.formerPerson]);
    assert.equal(lookups().length, 2);
  });

  it('of one tenant does not speak for another', async () => {
    consent('Directory.Read.All');
    consentTo(azure(), ['Directory.Read.All'], 'Fabrikam');
    const stage = setStage(azure());
    const support = principal(fabrikamSupport.id);
    const here = await stage.directory.names(stage.caller('Contoso'), [support]);
    const there = await stage.directory.names(stage.caller('Fabrikam'), [support]);
    assert.deepEqual([said(here.of(support)), said(there.of(support))], ['gone', 'Noor Silva (user)']);
  });

  it('knows an id in any case', async () => {
    for (const scope of ['Directory.Read.All', 'User.ReadBasic.All']) {
      consent(scope);
      const stage = setStage(azure());
      const shouted = principal(kai.id.toUpperCase(), 'user', tenantIds.contoso.toUpperCase());
      const names = await ask(stage, [shouted]);
      assert.equal(said(names.of(shouted)), 'Kai Carter (user)');
      assert.equal(said(names.of(everyone.person)), 'Kai Carter (user)');
    }
  });

  it('is not asked for a principal without an id', async () => {
    for (const scope of ['Directory.Read.All', 'User.ReadBasic.All']) {
      consent(scope);
      const stage = setStage(azure());
      const blank = principal('', 'user');
      const names = await ask(stage, [blank]);
      assert.equal(said(names.of(blank)), 'unnamed', scope);
    }
  });

  describe('when it is not well', () => {
    const trouble: readonly (readonly [string, Fault, string])[] = [
      ['500', answering(500), 'service'],
      ['403', answering(403, { error: { code: 'Authorization_RequestDenied' } }), 'forbidden'],
      ['429 for an hour', { kind: 'status', status: 429, headers: { 'retry-after': '3600' } }, 'throttled'],
      ['half an answer', { kind: 'malformed' }, 'malformed'],
      ['{}', answering(200, {}), 'malformed'],
      ['null', answering(200, null), 'malformed'],
      ['a list', answering(200, []), 'malformed'],
    ];
    for (const [reader, scope] of [
      ['it', 'Directory.Read.All'],
      ['people', 'User.ReadBasic.All'],
    ] as const) {
      for (const [what, fault, code] of trouble) {
        it(`(${what}) calls nobody gone, says why, and is asked again (a reader of ${reader})`, async () => {
          consent(scope);
          const stage = setStage(azure());
          azure().faults.add(always({ service: 'graph', method: 'POST', fault }));
          const { result } = await withoutPauses(() => ask(stage, Object.values(everyone)));
          assert.equal(reachOf(result), code);
          for (const one of [everyone.person, everyone.formerPerson, everyone.application])
            assert.equal(said(result.of(one)), 'unnamed');

          azure().faults.clear();
          const names = await ask(stage, Object.values(everyone));
          assert.equal(said(names.of(everyone.person)), 'Kai Carter (user)');
          assert.equal(said(names.of(everyone.formerPerson)), 'gone');
        });
      }
    }

    for (const status of [401, 403, 429, 500, 503]) {
      it(`for one of a batch (${status}), that one is not gone, and is asked again`, async () => {
        const stage = setStage(azure());
        const user = { id: kai.id, displayName: 'Kai Carter', userPrincipalName: 'kai@contoso.com' };
        const responses = [
          { id: kai.id, status: 200, body: user },
          { id: alex.id, status, headers: { 'Retry-After': '1' }, body: { error: { code: 'x' } } },
        ];
        azure().faults.add({ service: 'graph', fault: answering(200, { responses }) });
        const both = [principal(kai.id, 'user'), principal(alex.id, 'user')];
        const first = await ask(stage, both);
        assert.deepEqual(both.map(first.of).map(said), ['Kai Carter (user)', 'unnamed']);
        const second = await ask(stage, both);
        assert.deepEqual(both.map(second.of).map(said), ['Kai Carter (user)', 'Alex Moreau (user)']);
      });
    }

    it('and answers a batch with nonsense, nobody is gone', async () => {
      for (const responses of [
        [null],
        ['x'],
        [{ id: 7, status: 404 }],
        [{ id: kai.id }],
        [{ status: 404 }],
      ]) {
        const stage = setStage(azure());
        azure().faults.add({ service: 'graph', fault: answering(200, { responses }) });
        const names = await ask(stage, [everyone.person]);
        assert.equal(said(names.of(everyone.person)), 'unnamed');
      }
    });

    it('a token that it takes no more is replaced, and nobody notices', async () => {
      const stage = setStage(azure());
      azure().faults.add({ service: 'graph', fault: { kind: 'expiredToken' } });
      const names = await ask(stage, [everyone.person]);
      assert.deepEqual([names.reach, said(names.of(everyone.person))], ['people', 'Kai Carter (user)']);
    });
  });

  describe('asked for many', () => {
    /** People who exist and people who do not, by turns. */
    const crowd = ({ organisation }: LocalAzure, size: number): readonly Principal[] =>
      Array.from({ length: size }, (_, index) => {
        const id = syntheticId('c40d0000', index);
        if (index % 2 === 0) organisation.directory.push({ ...kai, id, displayName: `Person ${index}` });
        return principal(id, 'user');
      });
    const expected = (_: Principal, index: number) => (index % 2 === 0 ? `Person ${index} (user)` : 'gone');

    it('is asked for a thousand at a time by a reader of it', async () => {
      consent('Directory.Read.All');
      const stage = setStage(azure());
      const principals = crowd(azure(), 2001);
      const names = await ask(stage, principals);
      assert.deepEqual(principals.map(names.of).map(said), principals.map(expected));
      assert.deepEqual([names.reach, lookups().length], ['directory', 3]);
    });

    it('is asked for twenty at a time by a reader of people', async () => {
      const stage = setStage(azure());
      const principals = crowd(azure(), 41);
      const names = await ask(stage, [...principals, ...principals]);
      assert.deepEqual(principals.map(names.of).map(said), principals.map(expected));
      assert.deepEqual([names.reach, lookups().length], ['people', 3]);
    });

    for (const [reader, scope, size] of [
      ['it', 'Directory.Read.All', 1001],
      ['people', 'User.ReadBasic.All', 21],
    ] as const) {
      it(`and failing half way, calls nobody gone whom it did not look for (a reader of ${reader})`, async () => {
        consent(scope);
        const stage = setStage(azure());
        const principals = crowd(azure(), size);
        azure().faults.add({ service: 'graph', after: 1, fault: answering(403) });
        const names = await ask(stage, principals);
        assert.equal(reachOf(names), 'forbidden');
        for (const [index, one] of principals.entries())
          assert.ok(['unnamed', expected(one, index)].includes(said(names.of(one))));

        const again = await ask(stage, principals);
        assert.deepEqual(principals.map(again.of).map(said), principals.map(expected));
      });
    }
  });
});

import assert from 'node:assert/strict';
import type { Identified, Search } from '../../src/core/access/principals.ts';
import type { ObjectType } from '../../src/core/azure/directoryObject.ts';
import { managedIdentities } from '../../src/core/azure/managedIdentities.ts';
import type { ManagedIdentity } from '../../src/core/azure/managedIdentities.ts';
import { Failure } from '../../src/core/failure.ts';
import { editorAppId, samplePeople, tenantIds } from '../local-azure/samplePeople.ts';
import { syntheticId } from '../local-azure/organisation.ts';
import type { Fault } from '../local-azure/faults.ts';
import { consent } from './consent.ts';
import { always, failureOf, localAzure, sent, setStage, withoutPauses } from './stage.ts';
import type { Scene, Stage } from './stage.ts';

const { alex, catalogIndexer, dataPlatform, fabrikamSupport, kai, kaiAtFabrikam, ordersWorker, reporting } =
  samplePeople();
const nobody = syntheticId('60e60e00', 7);

const refused: Scene = {
  token: ({ resource }, usual) => {
    if (resource !== 'https://graph.microsoft.com') return usual();
    throw new Error('AADSTS65002: Consent between first party application and resource must be configured');
  },
};
const failing = (status: number): Fault => ({
  kind: 'status',
  status,
  body: { error: { code: 'UnknownError', message: '' } },
});

/** What it came to, with names in place of objects. */
function said(identified: Identified): string {
  const { state } = identified;
  switch (state) {
    case 'found':
      return `found ${identified.objects.map(({ name, id }) => `${name} ${id}`).join(', ')}`;
    case 'isApplicationId':
    case 'otherType':
      return `${state} ${identified.object.type} ${identified.object.id}`;
    case 'unknownType':
    case 'needsGraph':
      return identified.failure === undefined ? state : `${state} ${identified.failure.code}`;
    case 'notAnId':
    case 'notInDirectory':
      return state;
  }
}

describe('a text that somebody pasted', () => {
  const azure = localAzure();
  const identify = async (
    text: string,
    wanted: ObjectType = 'user',
    { stage = setStage(azure()), tenant = 'Contoso' }: { stage?: Stage; tenant?: string } = {},
  ) => said(await stage.directory.identify(stage.caller(tenant), text, wanted));

  it('that is neither an id nor a name of an account is none, and nobody is asked', async () => {
    const id = kai.id;
    for (const text of [
      '',
      ' ',
      'Kai',
      'Kai Carter',
      '@',
      'kai@',
      'a b@c.com',
      id.slice(1),
      `${id}0`,
      `x${id}`,
    ])
      assert.equal(await identify(text), 'notAnId', text);
    assert.equal(sent(azure(), /v1\.0/).length, 0);
  });

  describe('where the directory may be read', () => {
    beforeEach(() => consent(azure(), ['Directory.Read.All']));

    it('is whoever has the object id, as written in any way', async () => {
      const found = `found Kai Carter ${kai.id}`;
      for (const text of [kai.id, kai.id.toUpperCase(), ` ${kai.id}\n`, `{${kai.id}}`])
        assert.equal(await identify(text), found, text);
      assert.equal(await identify(reporting.id, 'servicePrincipal'), `found reporting-app ${reporting.id}`);
      assert.equal(await identify(dataPlatform.id, 'group'), `found Data Platform ${dataPlatform.id}`);
    });

    it('is not what was wanted when its type is another', async () => {
      assert.equal(await identify(dataPlatform.id), `otherType group ${dataPlatform.id}`);
      assert.equal(await identify(kai.id, 'servicePrincipal'), `otherType user ${kai.id}`);
      assert.equal(await identify(reporting.id), `otherType servicePrincipal ${reporting.id}`);
      assert.equal(await identify('kai@contoso.com', 'group'), `otherType user ${kai.id}`);
    });

    it('is an application’s client id, whose service principal has the id to use', async () => {
      for (const wanted of ['servicePrincipal', 'user', 'group'] as const)
        assert.equal(
          await identify(reporting.appId.toUpperCase(), wanted),
          `isApplicationId servicePrincipal ${reporting.id}`,
        );
    });

    it('is not in the directory: nobody’s, another tenant’s, an application’s that has no principal here', async () => {
      for (const id of [nobody, fabrikamSupport.id, kaiAtFabrikam.id, editorAppId])
        for (const wanted of ['user', 'servicePrincipal', 'group'] as const)
          assert.equal(await identify(id, wanted), 'notInDirectory', id);
      assert.equal(await identify('noor@fabrikam.com'), 'notInDirectory');
    });

    it('is a person by sign-in name; a guest by mail too', async () => {
      consent(azure(), ['User.ReadBasic.All'], 'Fabrikam');
      assert.equal(await identify(' KAI@contoso.com '), `found Kai Carter ${kai.id}`);
      const guest = `found Kai Carter ${kaiAtFabrikam.id}`;
      for (const name of ['kai_contoso.com#EXT#@fabrikam.onmicrosoft.com', 'kai@contoso.com'])
        assert.equal(await identify(name, 'user', { tenant: 'Fabrikam' }), guest);
    });

    it('is each of those who share a mail address', async () => {
      const twins = [1, 2].map((number) => ({
        ...alex,
        id: syntheticId('7a145000', number),
        displayName: `Twin ${number}`,
        userPrincipalName: `twin${number}@contoso.com`,
        mail: 'twins@contoso.com',
      }));
      azure().organisation.directory.push(...twins);
      assert.equal(
        await identify('twins@contoso.com'),
        `found ${twins.map(({ displayName, id }) => `${displayName} ${id}`).join(', ')}`,
      );
    });

    it('is a person whose name has a quote in it', async () => {
      const id = syntheticId('0b51e000', 1);
      const person = { ...alex, id, displayName: "Pat O'Brien" };
      azure().organisation.directory.push({
        ...person,
        userPrincipalName: "pat.o'brien@contoso.com",
        mail: "o'brien@contoso.com",
      });
      for (const name of ["pat.o'brien@contoso.com", "O'Brien@contoso.com"])
        assert.equal(await identify(name), `found Pat O'Brien ${id}`);
    });

    it('is named from then on', async () => {
      const stage = setStage(azure());
      await identify(reporting.appId, 'servicePrincipal', { stage });
      const principal = { objectId: reporting.id, type: 'unknown' as const, tenant: undefined };
      const { of } = await stage.directory.names(stage.caller('Contoso'), [principal]);
      assert.equal(of(principal).state, 'named');
      assert.equal(sent(azure(), /getByIds/).length, 0);
    });
  });

  describe('where people alone may be read', () => {
    it('is found if it is a person, and may be used by who says what it is if it is not', async () => {
      assert.equal(await identify(kai.id), `found Kai Carter ${kai.id}`);
      assert.equal(await identify('kai@contoso.com'), `found Kai Carter ${kai.id}`);
      assert.equal(await identify(reporting.id, 'servicePrincipal'), 'unknownType');
      assert.equal(await identify(reporting.appId, 'servicePrincipal'), 'unknownType');
      assert.equal(await identify(dataPlatform.id, 'group'), 'unknownType');
      assert.equal(await identify(kai.id, 'group'), `otherType user ${kai.id}`);
      assert.equal(await identify(reporting.id), 'notInDirectory');
      assert.equal(await identify('nobody@contoso.com', 'servicePrincipal'), 'notAnId');
    });
  });

  it('where applications alone may be read is one, its client id, or unknown', async () => {
    consent(azure(), ['Application.Read.All']);
    assert.equal(await identify(reporting.id, 'servicePrincipal'), `found reporting-app ${reporting.id}`);
    assert.equal(await identify(reporting.appId), `isApplicationId servicePrincipal ${reporting.id}`);
    assert.equal(await identify(nobody, 'servicePrincipal'), 'notInDirectory');
    assert.equal(await identify(kai.id), 'unknownType');
    assert.equal(await identify('kai@contoso.com'), 'needsGraph');
    assert.equal(await identify('kai@contoso.com', 'servicePrincipal'), 'notAnId');
  });

  it('where nobody may be read is an id to use, or a name that only the directory understands', async () => {
    consent(azure(), ['User.Read']);
    assert.equal(await identify(kai.id), 'unknownType');
    assert.equal(await identify('kai@contoso.com'), 'needsGraph');
    assert.equal(await identify('kai@contoso.com', 'group'), 'notAnId');
    assert.equal(sent(azure(), /v1\.0/).length, 0);
  });

  it('keeps the id in lower case, as tokens and clusters say it', async () => {
    const stage = setStage(azure(), refused);
    const identified = await stage.directory.identify(stage.caller('Contoso'), kai.id.toUpperCase(), 'user');
    assert.ok(identified.state === 'unknownType');
    assert.equal(identified.objectId, kai.id);
  });

  describe('when the directory cannot be asked', () => {
    const cases: readonly (readonly [string, Scene, Fault | undefined, string])[] = [
      ['it is closed to the editor', refused, undefined, 'signInRefused'],
      ['it is not well', {}, failing(500), 'service'],
      ['it talks nonsense', {}, { kind: 'malformed' }, 'malformed'],
    ];
    for (const [why, scene, fault, code] of cases) {
      it(`is an id to use or a name to ask again for, and says why (${why})`, async () => {
        consent(azure(), ['User.ReadBasic.All', 'Application.Read.All']);
        const stage = setStage(azure(), scene);
        if (fault !== undefined) azure().faults.add(always({ service: 'graph', fault }));
        await withoutPauses(async () => {
          assert.equal(await identify(kai.id, 'user', { stage }), `unknownType ${code}`);
          assert.equal(await identify('kai@contoso.com', 'user', { stage }), `needsGraph ${code}`);
          assert.equal(await identify('kai@contoso.com', 'servicePrincipal', { stage }), 'notAnId');
        });
      });
    }

    it('about one type, is found among another, and not believed to be absent', async () => {
      consent(azure(), ['Directory.Read.All']);
      azure().faults.add(always({ service: 'graph', path: '/servicePrincipals', fault: failing(404) }));
      assert.equal(await identify(kai.id), `found Kai Carter ${kai.id}`);
      assert.equal(await identify(nobody), 'unknownType notFound');
    });

    it('about one type in spite of its token, knows nothing of that type', async () => {
      consent(azure(), ['Directory.Read.All']);
      azure().faults.add(always({ service: 'graph', path: '/servicePrincipals', fault: failing(403) }));
      assert.equal(await identify(kai.id), `found Kai Carter ${kai.id}`);
      assert.equal(await identify(nobody), 'notInDirectory');
      assert.equal(await identify(nobody, 'servicePrincipal'), 'unknownType');
    });
  });

  it('is given up by one who called it off', async () => {
    const stage = setStage(azure());
    const caller = stage.caller('Contoso');
    for (const text of [kai.id, 'kai@contoso.com']) {
      const asking = stage.directory.identify(caller, text, 'user', AbortSignal.abort());
      assert.equal((await failureOf(asking)).code, 'cancelled');
    }
  });
});

describe('a search of the directory', () => {
  const azure = localAzure();
  const search = async (type: ObjectType, text: string, stage = setStage(azure())) => {
    const result: Search = await stage.directory.search(stage.caller('Contoso'), type, text);
    switch (result.state) {
      case 'found':
        return result.objects.map(({ name }) => name);
      case 'notAllowed':
        return result.state;
      case 'failed':
        return result.failure.code;
    }
  };

  it('finds what the token allows to look for, and says what it does not, without asking', async () => {
    assert.deepEqual(await search('user', 'kai'), ['Kai Carter']);
    const before = sent(azure(), /v1\.0/).length;
    assert.equal(await search('servicePrincipal', 'reporting'), 'notAllowed');
    assert.equal(await search('group', 'data'), 'notAllowed');
    assert.equal(sent(azure(), /v1\.0/).length, before);
    consent(azure(), ['Application.Read.All', 'Group.ReadBasic.All']);
    assert.equal(await search('user', 'kai'), 'notAllowed');
    assert.deepEqual(await search('servicePrincipal', 'reporting'), ['reporting-app']);
    assert.deepEqual(await search('group', 'data'), ['Data Platform']);
  });

  it('can be known to be possible before it is made, or why that cannot be known', async () => {
    const stage = setStage(azure());
    assert.deepEqual(await stage.directory.rights(stage.caller('Contoso')), new Set(['user']));
    const closed = setStage(azure(), refused);
    const rights = await closed.directory.rights(closed.caller('Contoso'));
    assert.ok(rights instanceof Failure);
    assert.equal(rights.code, 'signInRefused');
  });

  it('that fails says why', async () => {
    assert.equal(await search('user', 'kai', setStage(azure(), refused)), 'signInRefused');
    azure().faults.add({ service: 'graph', fault: failing(403) });
    assert.equal(await search('user', 'kai'), 'forbidden');
  });

  it('gives a name to whom it found, where ids of that type may not be looked up', async () => {
    consent(azure(), ['User.ReadBasic.All', 'Application.Read.All']);
    const stage = setStage(azure());
    const principal = { objectId: reporting.id, type: 'servicePrincipal' as const, tenant: undefined };
    const named = async () =>
      (await stage.directory.names(stage.caller('Contoso'), [principal])).of(principal);
    assert.equal((await named()).state, 'unnamed');
    await search('servicePrincipal', 'reporting', stage);
    assert.equal((await named()).state, 'named');
    stage.directory.forget();
    assert.equal((await named()).state, 'unnamed');
  });

  it('is given up by one who called it off', async () => {
    const stage = setStage(azure());
    const searching = stage.directory.search(stage.caller('Contoso'), 'user', 'kai', AbortSignal.abort());
    assert.equal((await failureOf(searching)).code, 'cancelled');
  });
});

describe('who I am', () => {
  const azure = localAzure();
  const jwt = (claims: object): string => `.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.`;
  const me = (stage: Stage, tenant = 'Contoso') => stage.directory.me(stage.caller(tenant));

  it('is what the token for Resource Manager says; Graph is not asked, nor is a token for it', async () => {
    const stage = setStage(azure());
    assert.deepEqual(await me(stage), {
      objectId: kai.id,
      type: 'user',
      tenant: tenantIds.contoso,
      name: 'Kai Carter',
      userName: 'kai@contoso.com',
    });
    assert.deepEqual(
      stage.asked.map(({ resource }) => resource),
      [stage.door.cloud.audiences.resourceManager],
    );
    assert.equal(sent(azure(), /v1\.0/).length, 0);
  });

  it('is another object in a tenant that I am a guest of', async () => {
    const guest = await me(setStage(azure()), 'Fabrikam');
    assert.deepEqual(
      [guest?.objectId, guest?.type, guest?.tenant],
      [kaiAtFabrikam.id, 'user', tenantIds.fabrikam],
    );
  });

  it('names the tenant where the caller names none', async () => {
    const stage = setStage(azure());
    const caller = { ...stage.caller('Contoso'), tenant: 'organizations' };
    assert.equal((await stage.directory.me(caller))?.tenant, tenantIds.contoso);
  });

  it('is an application where the token is one’s own', async () => {
    const token = await azure().issueToken(reporting.id, {
      tenant: 'contoso.com',
      resource: 'https://management.core.windows.net',
    });
    assert.deepEqual(await me(setStage(azure(), { token: () => token })), {
      objectId: reporting.id,
      type: 'servicePrincipal',
      tenant: tenantIds.contoso,
      name: 'kai@contoso.com',
      userName: undefined,
    });
  });

  it('is of no known type, or nobody known, where the token does not say', async () => {
    const claims = { oid: kai.id, tid: tenantIds.contoso };
    const typeWith = async (more: object) =>
      (await me(setStage(azure(), { token: () => jwt({ ...claims, ...more }) })))?.type;
    assert.equal(await typeWith({}), 'unknown');
    assert.equal(await typeWith({ idtyp: 'device' }), 'unknown');
    assert.equal(await typeWith({ scp: 'user_impersonation' }), 'user');
    assert.equal(await typeWith({ idtyp: 'app', scp: 'x' }), 'servicePrincipal');
    for (const token of ['opaque', jwt({ oid: kai.id }), jwt({ tid: tenantIds.contoso })])
      assert.equal(await me(setStage(azure(), { token: () => token })), undefined, token);
  });

  it('is not known to one who is not signed in', async () => {
    const stage = setStage(azure(), { token: () => undefined });
    assert.equal((await failureOf(me(stage))).code, 'signInNeeded');
  });
});

describe('managed identities', () => {
  const azure = localAzure();
  const all = async (signal?: AbortSignal) => {
    const stage = setStage(azure());
    const found: ManagedIdentity[] = [];
    const pages = managedIdentities(stage.door, stage.caller('Contoso'), signal);
    for await (const page of pages) found.push(...page);
    return found;
  };
  const resource = (name: string) =>
    azure().organisation.resources.find((one) => one.name === name) ?? assert.fail(name);

  it('are those that stand for themselves, with both ids, without a look at the directory', async () => {
    const { id, subscriptionId, resourceGroup } = resource('orders-worker');
    const found = await all();
    assert.deepEqual(Object.fromEntries(found.map(({ name, objectId }) => [name, objectId])), {
      'catalog-indexer': catalogIndexer.id,
      'orders-worker': ordersWorker.id,
    });
    assert.deepEqual(
      found.find(({ name }) => name === 'orders-worker'),
      {
        kind: 'userAssigned',
        id,
        name: 'orders-worker',
        type: 'microsoft.managedidentity/userassignedidentities',
        subscription: subscriptionId,
        resourceGroup,
        objectId: ordersWorker.id,
        tenant: tenantIds.contoso,
        clientId: ordersWorker.appId,
      },
    );
    assert.equal(sent(azure(), /v1\.0/).length, 0);
  });

  it('are those of resources too, and of no resource without one', async () => {
    const objectId = syntheticId('5e1f0000', 1);
    const cluster = resource('orders-eu');
    cluster.identity = { type: 'SystemAssigned', principalId: objectId, tenantId: tenantIds.fabrikam };
    resource('carts-eu').identity = { type: 'UserAssigned' };
    const found = (await all()).filter(({ kind }) => kind === 'systemAssigned');
    assert.deepEqual(found, [
      {
        kind: 'systemAssigned',
        id: cluster.id,
        name: 'orders-eu',
        type: 'microsoft.documentdb/mongoclusters',
        subscription: cluster.subscriptionId,
        resourceGroup: cluster.resourceGroup,
        objectId,
        tenant: tenantIds.fabrikam,
        clientId: undefined,
      },
    ]);
  });

  it('are read page by page', async () => {
    azure().organisation.behaviour.graphRows = 1;
    assert.equal((await all()).length, 2);
    assert.equal(sent(azure(), /ResourceGraph/).length, 2);
  });

  it('that Azure is still making are left out', async () => {
    const { properties } = resource('orders-worker');
    Object.assign(properties, { principalId: undefined, clientId: undefined });
    assert.deepEqual(
      (await all()).map(({ name }) => name),
      ['catalog-indexer'],
    );
  });

  it('are a failure to one who may not ask', async () => {
    azure().faults.add({ path: 'ResourceGraph', fault: failing(403) });
    assert.equal((await failureOf(all())).code, 'forbidden');
    assert.equal((await failureOf(all(AbortSignal.abort()))).code, 'cancelled');
  });
});

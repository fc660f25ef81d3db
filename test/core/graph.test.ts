import assert from 'node:assert/strict';
import type { DirectoryObject } from '../../src/core/azure/directoryObject.ts';
import {
  findApplications,
  findGroups,
  findPeople,
  graphRights,
  objectById,
  servicePrincipalByAppId,
  usersByName,
} from '../../src/core/azure/graph.ts';
import type { Hits } from '../../src/core/azure/graph.ts';
import { membersOf } from '../../src/core/azure/groupMembers.ts';
import type { Members } from '../../src/core/azure/groupMembers.ts';
import { syntheticId } from '../local-azure/organisation.ts';
import type { Fault } from '../local-azure/faults.ts';
import { samplePeople } from '../local-azure/samplePeople.ts';
import { consent } from './consent.ts';
import { always, failureOf, localAzure, sent, setStage } from './stage.ts';

const { alex, audit, dataPlatform, devon, fabrikamSupport, kai, kaiAtFabrikam, onCall, reporting, robin } =
  samplePeople();
const nobody = syntheticId('60e60e00', 7);
const everything = ['Directory.Read.All'];

describe('a token for Graph', () => {
  const azure = localAzure();
  const rightsWith = async (...scopes: string[]) => {
    consent(azure(), scopes);
    const stage = setStage(azure());
    return [...(await graphRights(stage.door, stage.tokens, stage.caller('Contoso')))];
  };

  it('gives the rights of its scopes, each by itself', async () => {
    assert.deepEqual(await rightsWith('User.Read'), []);
    assert.deepEqual(await rightsWith('User.Read', 'User.ReadBasic.All'), ['user']);
    assert.deepEqual(await rightsWith('Application.Read.All'), ['servicePrincipal']);
    assert.deepEqual(await rightsWith('Group.ReadBasic.All'), ['group']);
    assert.deepEqual(await rightsWith('GroupMember.ReadBasic.All'), ['members']);
    assert.deepEqual(await rightsWith('GroupMember.Read.All'), ['group', 'members']);
    assert.deepEqual(await rightsWith('Group.Read.All'), ['group', 'members']);
  });

  it('for the whole directory gives them all', async () => {
    const all = ['user', 'servicePrincipal', 'group', 'members', 'directory'];
    for (const scope of ['Directory.Read.All', 'Directory.ReadWrite.All', 'Directory.AccessAsUser.All'])
      assert.deepEqual(await rightsWith(scope), all, scope);
  });
});

describe('who can be found', () => {
  const azure = localAzure();
  beforeEach(() => consent(azure(), everything));
  const reader = (tenant = 'Contoso') => {
    const stage = setStage(azure());
    return { door: stage.door, caller: stage.caller(tenant) };
  };
  const names = ({ objects }: Hits) => objects.map(({ name }) => name);
  const people = (text: string) => {
    const { door, caller } = reader();
    return findPeople(door, caller, text);
  };
  const rename = (displayName: string) => {
    azure().organisation.directory.push({
      ...kai,
      id: syntheticId('9a3e0000', 1),
      displayName,
      userPrincipalName: 'odd@contoso.com',
      mail: 'odd@contoso.com',
    });
  };

  it('are people, by a word of their name, their mail or their sign-in name, in any case', async () => {
    for (const text of ['Kai', 'cart', ' KAI CARTER ', 'kai@contoso.com'])
      assert.deepEqual(names(await people(text)), ['Kai Carter'], text);
    assert.deepEqual(names(await people('zed')), []);
  });

  it('are guests by their mail, with a sign-in name that is none of theirs', async () => {
    consent(azure(), ['User.ReadBasic.All'], 'Fabrikam');
    const { door, caller } = reader('Fabrikam');
    const { objects } = await findPeople(door, caller, 'kai@');
    assert.deepEqual(objects, [
      {
        id: kaiAtFabrikam.id,
        type: 'user',
        name: 'Kai Carter',
        userName: 'kai_contoso.com#EXT#@fabrikam.onmicrosoft.com',
        mail: 'kai@contoso.com',
        appId: undefined,
      } satisfies DirectoryObject,
    ]);
  });

  for (const name of [`Ty "TJ" O'Brien`, String.raw`Back\slash`, 'A & B = 100% #1 + ü', 'Black OR White']) {
    it(`are people called ${name}`, async () => {
      rename(name);
      assert.deepEqual(names(await people(name)), [name]);
    });
  }

  it('are the first 25, and it says when there are more', async () => {
    const crowd = (size: number) => {
      for (let index = 0; index < size; index++)
        azure().organisation.directory.push({
          ...kai,
          id: syntheticId('c40d0000', index),
          displayName: `Zed ${index}`,
        });
    };
    crowd(25);
    const all = await people('Zed');
    assert.deepEqual([all.objects.length, all.more], [25, false]);
    crowd(1);
    const some = await people('Zed');
    assert.deepEqual([some.objects.length, some.more], [25, true]);
  });

  it('are nobody where nothing is looked for, and nobody is asked', async () => {
    const { door, caller } = reader();
    for (const find of [findPeople, findApplications, findGroups])
      assert.deepEqual(await find(door, caller, '  '), { objects: [], more: false });
    assert.equal(sent(azure(), /v1\.0/).length, 0);
  });

  it('are applications and managed identities by name, with both of their ids', async () => {
    const { door, caller } = reader();
    const { objects } = await findApplications(door, caller, 'report');
    assert.deepEqual(
      objects.map(({ id, type, name, appId }) => ({ id, type, name, appId })),
      [{ id: reporting.id, type: 'servicePrincipal', name: 'reporting-app', appId: reporting.appId }],
    );
    assert.deepEqual(names(await findApplications(door, caller, 'orders')), ['orders-worker']);
  });

  it('are applications by their client id, and by no other id', async () => {
    const { door, caller } = reader();
    const found = await findApplications(door, caller, ` ${reporting.appId.toUpperCase()} `);
    assert.deepEqual(
      found.objects.map(({ id }) => id),
      [reporting.id],
    );
    assert.deepEqual((await findApplications(door, caller, reporting.id)).objects, []);
  });

  it('are groups by name', async () => {
    const { door, caller } = reader();
    const { objects } = await findGroups(door, caller, 'data');
    assert.deepEqual(
      objects.map(({ id, type, name }) => ({ id, type, name })),
      [{ id: dataPlatform.id, type: 'group', name: 'Data Platform' }],
    );
  });

  it('are nobody of another tenant', async () => {
    assert.deepEqual(names(await people('Noor')), []);
  });
});

describe('an object of the directory', () => {
  const azure = localAzure();
  beforeEach(() => consent(azure(), everything));
  const reader = () => {
    const stage = setStage(azure());
    return { door: stage.door, caller: stage.caller('Contoso') };
  };

  it('is found by its id among those of its type, and not among others', async () => {
    const { door, caller } = reader();
    for (const [type, { id }, name] of [
      ['user', kai, 'Kai Carter'],
      ['servicePrincipal', reporting, 'reporting-app'],
      ['group', onCall, 'Shop On-Call'],
    ] as const) {
      const object = await objectById(door, caller, type, id.toUpperCase());
      assert.deepEqual([object?.id, object?.type, object?.name], [id, type, name]);
      assert.equal(await objectById(door, caller, type, nobody), undefined);
      const other = type === 'user' ? 'group' : 'user';
      assert.equal(await objectById(door, caller, other, id), undefined);
    }
    assert.equal(await objectById(door, caller, 'user', fabrikamSupport.id), undefined);
  });

  it('is absent only in the directory’s own words', async () => {
    const { door, caller } = reader();
    azure().faults.add({ service: 'graph', fault: { kind: 'status', status: 404, body: '<html>' } });
    assert.equal((await failureOf(objectById(door, caller, 'user', kai.id))).code, 'notFound');
    azure().faults.add({ service: 'graph', fault: { kind: 'status', status: 200, body: {} } });
    assert.equal((await failureOf(objectById(door, caller, 'user', kai.id))).code, 'malformed');
  });

  it('that is an application is found by its client id', async () => {
    const { door, caller } = reader();
    const object = await servicePrincipalByAppId(door, caller, reporting.appId);
    assert.deepEqual([object?.id, object?.appId], [reporting.id, reporting.appId]);
    assert.equal(await servicePrincipalByAppId(door, caller, reporting.id), undefined);
  });

  it('that is a person is found by sign-in name, a guest’s with its #EXT#, or else by mail', async () => {
    consent(azure(), everything, 'Fabrikam');
    const stage = setStage(azure());
    const at = async (tenant: string, name: string) =>
      (await usersByName(stage.door, stage.caller(tenant), name)).map(({ id }) => id);
    assert.deepEqual(await at('Contoso', 'ROBIN@contoso.com'), [robin.id]);
    assert.deepEqual(await at('Fabrikam', kaiAtFabrikam.userPrincipalName), [kaiAtFabrikam.id]);
    assert.deepEqual(await at('Fabrikam', 'kai@contoso.com'), [kaiAtFabrikam.id]);
    assert.deepEqual(await at('Contoso', 'nobody@contoso.com'), []);
    assert.deepEqual(await at('Contoso', "o'nobody@contoso.com"), []);
  });
});

describe('the members of a group', () => {
  const azure = localAzure();
  beforeEach(() => consent(azure(), everything));
  const members = (groupId: string, signal?: AbortSignal): Promise<Members> => {
    const stage = setStage(azure());
    return membersOf(stage.door, stage.caller('Contoso'), groupId, signal);
  };
  const shown = ({ named, bare, lacking }: Members) => ({
    named: named.map(({ name, type }) => `${name} (${type})`).sort(),
    bare: bare.map(({ id, type }) => `${id} (${type})`),
    lacking,
  });
  const page = (path: string, body: unknown): void =>
    azure().faults.add({ service: 'graph', path, fault: { kind: 'status', status: 200, body } });
  const refusing = (path: string, code = 'Authorization_RequestDenied', status = 403): void => {
    const fault: Fault = { kind: 'status', status, body: { error: { code, message: '' } } };
    azure().faults.add(always({ service: 'graph', path, fault }));
  };

  const peopleOfDataPlatform = [
    'Alex Moreau (user)',
    'Avery Banerjee (user)',
    'Jordan Lindqvist (user)',
    'Sam Okafor (user)',
    'Taylor Ito (user)',
  ];

  it('are people and applications, those of nested groups too, and no groups', async () => {
    assert.deepEqual(shown(await members(dataPlatform.id)), {
      named: [...peopleOfDataPlatform, 'reporting-app (servicePrincipal)'],
      bare: [],
      lacking: [],
    });
  });

  it('carry the names and ids by which they are told apart', async () => {
    const { named } = await members(dataPlatform.id);
    assert.equal(named.find(({ id }) => id === alex.id)?.userName, 'alex@contoso.com');
    assert.equal(named.find(({ id }) => id === reporting.id)?.appId, reporting.appId);
  });

  it('that are hidden are kept as ids, and it is said that there may be others', async () => {
    assert.deepEqual(shown(await members(audit.id)), {
      named: [],
      bare: [`${devon.id} (user)`],
      lacking: ['hidden'],
    });
  });

  it('that are hidden and left out are said to lack', async () => {
    page('/transitiveMembers$', { value: [] });
    assert.deepEqual(shown(await members(audit.id)), { named: [], bare: [], lacking: ['hidden'] });
  });

  it('that are applications which may not be read are kept as ids', async () => {
    consent(azure(), ['GroupMember.Read.All', 'User.ReadBasic.All']);
    assert.deepEqual(shown(await members(dataPlatform.id)), {
      named: peopleOfDataPlatform,
      bare: [`${reporting.id} (servicePrincipal)`],
      lacking: [],
    });
  });

  for (const status of [403, 400]) {
    it(`that are applications which may not be listed (${status}) are said to lack`, async () => {
      refusing('servicePrincipal$', 'Request_UnsupportedQuery', status);
      const { named, lacking } = await members(dataPlatform.id);
      assert.deepEqual([named.length, lacking], [5, ['applications']]);
    });
  }

  it('are listed to one who may not read the group itself', async () => {
    refusing(`/groups/${dataPlatform.id}$`);
    assert.equal((await members(dataPlatform.id)).named.length, 6);
  });

  it('come without what may not be read, and are counted once each', async () => {
    const user = { '@odata.type': '#microsoft.graph.user' };
    page('/transitiveMembers$', {
      value: [
        { ...user, id: kai.id, displayName: null, userPrincipalName: null, mail: null },
        { '@odata.type': '#microsoft.graph.servicePrincipal', id: reporting.id.toUpperCase() },
        { '@odata.type': '#microsoft.graph.device', id: nobody, displayName: 'Laptop' },
        {
          '@odata.type': '#microsoft.graph.orgContact',
          id: syntheticId('60e60e00', 9),
          displayName: 'Contact',
        },
        { '@odata.type': '#microsoft.graph.group', id: onCall.id, displayName: 'Shop On-Call' },
        { id: robin.id },
        { ...user, id: alex.id, displayName: 'Alex Moreau' },
        { ...user, id: alex.id.toUpperCase(), displayName: null },
        { ...user, id: devon.id, displayName: null, userPrincipalName: 'devon@contoso.com' },
        { ...user, displayName: 'Without an id' },
        null,
        'nonsense',
      ],
    });
    // A list of one type does not repeat the type.
    page('/microsoft.graph.servicePrincipal$', {
      value: [{ id: reporting.id, displayName: 'reporting-app' }],
    });
    assert.deepEqual(shown(await members(dataPlatform.id)), {
      named: ['Alex Moreau (user)', 'devon@contoso.com (user)', 'reporting-app (servicePrincipal)'],
      bare: [`${kai.id} (user)`, `${robin.id} (unknown)`],
      lacking: [],
    });
  });

  it('are read to the last page', async () => {
    const group = azure().organisation.directory.find(({ id }) => id === onCall.id);
    assert.ok(group?.type === 'group');
    for (let index = 0; index < 2000; index++) {
      const id = syntheticId('c40d0000', index);
      azure().organisation.directory.push(
        index % 2 === 0 ? { ...kai, id } : { ...reporting, id, appId: syntheticId('c40da000', index) },
      );
      group.members.push(id);
    }
    assert.equal((await members(onCall.id)).named.length, 2002);
    assert.equal(sent(azure(), /transitiveMembers$/).length, 2);
    assert.equal(sent(azure(), /transitiveMembers\/microsoft.graph.servicePrincipal$/).length, 2);
  });

  it('whose pages lead back to themselves are a failure', async () => {
    const address = `${azure().endpoints.graph}/v1.0/groups/${onCall.id}/transitiveMembers`;
    const body = { value: [], '@odata.nextLink': address };
    azure().faults.add(
      always({ service: 'graph', path: '/transitiveMembers$', fault: { kind: 'status', status: 200, body } }),
    );
    assert.equal((await failureOf(members(onCall.id))).code, 'malformed');
    assert.equal(sent(azure(), /transitiveMembers$/).length, 2);
  });

  it('of what is no group, or may not be asked for, are a failure', async () => {
    assert.equal((await failureOf(members(nobody))).code, 'notFound');
    consent(azure(), ['User.ReadBasic.All']);
    assert.equal((await failureOf(members(onCall.id))).code, 'forbidden');
  });

  it('are not waited for by one who called it off', async () => {
    const signal = AbortSignal.abort();
    assert.equal((await failureOf(members(dataPlatform.id, signal))).code, 'cancelled');
  });
});

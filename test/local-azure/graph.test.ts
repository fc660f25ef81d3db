import assert from 'node:assert/strict';
import { startLocalAzure, type LocalAzure } from './azure.ts';
import { ask, managementToken, type Answer, type Question } from './client.ts';
import { member } from './json.ts';

const kai = '9e550000-0000-4000-8000-000000000001';
const robin = '9e550000-0000-4000-8000-000000000002';
const reporting = '5e97ce00-0000-4000-8000-000000000001';
const lee = '9e550000-0000-4000-8000-000000000014';
const gone = '60e60e00-0000-4000-8000-000000000007';
const onCall = '960f9000-0000-4000-8000-000000000001';
const dataPlatform = '960f9000-0000-4000-8000-000000000002';
const audit = '960f9000-0000-4000-8000-000000000003';
const own = 'c0a70a99-0000-4000-8000-000000000001';

describe('Graph', () => {
  let azure: LocalAzure;
  /** What the editor's own application holds, and what an application of the organisation does. */
  let basic: string;
  let wide: string;
  const graph = 'https://graph.microsoft.com';
  before(async () => {
    azure = await startLocalAzure();
    basic = await azure.issueToken('kai@contoso.com', { tenant: 'contoso.com', resource: graph });
    wide = await azure.issueToken('kai@contoso.com', { tenant: 'contoso.com', resource: graph, appId: own });
  });
  after(() => azure.close());

  const get = (path: string, token: string, question: Question = {}) =>
    ask(azure, `${azure.endpoints.graph}/v1.0${path}`, { token, ...question });
  const names = (answer: Answer) => {
    assert.equal(answer.status, 200, answer.text);
    return (member(answer.body, 'value') as { displayName?: string; id: string }[]).map(
      ({ displayName, id }) => displayName ?? id,
    );
  };
  const search = (text: string) => `/users?$search=${encodeURIComponent(text)}&$select=id,displayName`;
  const eventual = { headers: { ConsistencyLevel: 'eventual' } };

  it('knows who asks', async () => {
    const me = await get('/me', basic);
    assert.equal(member(me.body, 'id'), kai);
    assert.equal(member(me.body, 'userPrincipalName'), 'kai@contoso.com');
    const guest = await azure.issueToken(kai, { tenant: 'fabrikam.com', resource: graph });
    assert.equal(member((await get('/me', guest)).body, 'id'), '60e57000-0000-4000-8000-000000000001');
    assert.deepEqual(names(await get('/organization', guest)), ['Fabrikam']);
    const taylor = await azure.issueToken('taylor@contoso.com', { tenant: 'contoso.com', resource: graph });
    assert.deepEqual(names(await get('/me/memberOf', taylor)), ['Shop On-Call']);
    assert.deepEqual(names(await get('/me/transitiveMemberOf', taylor)), ['Shop On-Call', 'Data Platform']);
  });

  it('takes no token for another audience, no expired one, none at all', async () => {
    assert.equal((await get('/me', await managementToken(azure))).status, 401);
    const old = await azure.issueToken(kai, { tenant: 'contoso.com', resource: graph, lifetimeSeconds: -1 });
    assert.equal(member((await get('/me', old)).body, 'error', 'code'), 'InvalidAuthenticationToken');
    assert.equal((await ask(azure, `${azure.endpoints.graph}/v1.0/me`)).status, 401);
  });

  it('finds people by the beginning of any word of their name, if the header allows', async () => {
    assert.equal((await get(search('"displayName:car"'), basic)).status, 400);
    assert.deepEqual(names(await get(search('"displayName:car"'), basic, eventual)), ['Kai Carter']);
    const either = search('"displayName:rey" OR "mail:quinn"');
    assert.deepEqual(names(await get(either, basic, eventual)), ['Robin Reyes', 'Quinn Adeyemi']);
    assert.equal((await get(search('displayName:car'), basic, eventual)).status, 400);
  });

  it('filters', async () => {
    const filter = (text: string) => get(`/users?$filter=${encodeURIComponent(text)}`, basic);
    assert.deepEqual(names(await filter("startswith(displayName,'Al')")), ['Alex Moreau']);
    assert.deepEqual(names(await filter("displayName eq 'Al''ex'")), []);
    assert.deepEqual(names(await filter(`id in ('${kai}','${robin}')`)), ['Kai Carter', 'Robin Reyes']);
    assert.deepEqual(names(await filter("startswith(mail,'sam') or startswith(displayName,'Sam')")), [
      'Sam Okafor',
    ]);
    const many = Array.from({ length: 16 }, () => `'${kai}'`).join(',');
    assert.equal((await filter(`id in (${many})`)).status, 400);
    assert.equal((await filter('length(displayName) gt 3')).status, 400);
  });

  it('pages', async () => {
    const first = await get('/users?$top=5&$select=displayName', basic);
    assert.equal(names(first).length, 5);
    const next = await ask(azure, String(member(first.body, '@odata.nextLink')), { token: basic });
    assert.equal(names(next).length, 5);
    assert.equal((await get('/users?$top=1000', basic)).status, 400);
  });

  it('shows of others what the scope allows', async () => {
    const path = `/users/${robin}?$select=id,displayName,userType,accountEnabled`;
    assert.equal(member((await get(path, basic)).body, 'userType'), undefined);
    assert.equal(member((await get(path, wide)).body, 'userType'), 'Member');
    assert.equal(member((await get('/users/ROBIN@contoso.com', basic)).body, 'id'), robin);
    assert.equal((await get('/users/nobody@contoso.com', basic)).status, 404);
    const meOnly = await azure.issueToken(kai, { tenant: 'fabrikam.com', resource: graph });
    assert.equal((await get('/users', meOnly)).status, 403);
    const guest = await azure.issueToken('lee@fabrikam.com', {
      tenant: 'fabrikam.com',
      resource: graph,
      claims: { scp: 'User.ReadBasic.All' },
    });
    const name = encodeURIComponent('kai_contoso.com#EXT#@fabrikam.onmicrosoft.com');
    assert.equal(member((await get(`/users/${name}`, guest)).body, 'displayName'), 'Kai Carter');
  });

  it('refuses workloads, groups and the directory to whoever has no consent for them', async () => {
    const body = { ids: [kai] };
    const answers = [
      await get('/servicePrincipals', basic),
      await get('/groups', basic),
      await get(`/groups/${onCall}/members`, basic),
      await get('/directoryObjects/getByIds', basic, { method: 'POST', body }),
      await get(`/directoryObjects/${kai}`, basic),
    ];
    for (const { status, body: refusal } of answers) {
      assert.equal(status, 403);
      assert.equal(member(refusal, 'error', 'code'), 'Authorization_RequestDenied');
    }
  });

  it('finds workloads by application id and by name', async () => {
    const filter = encodeURIComponent("appId eq 'a9900000-0000-4000-8000-000000000001'");
    assert.deepEqual(names(await get(`/servicePrincipals?$filter=${filter}`, wide)), ['reporting-app']);
    const byKey = await get("/servicePrincipals(appId='a9900000-0000-4000-8000-000000000001')", wide);
    assert.equal(member(byKey.body, 'id'), reporting);
    const found = await get(
      `/servicePrincipals?$search=${encodeURIComponent('"displayName:orders"')}`,
      wide,
      eventual,
    );
    assert.deepEqual(names(found), ['orders-worker']);
    const one = await get(`/servicePrincipals/${reporting}`, wide);
    assert.equal(member(one.body, 'servicePrincipalType'), 'Application');
  });

  it('opens groups, nested ones on request, hidden ones as bare ids', async () => {
    const members = await get(`/groups/${dataPlatform}/members`, wide);
    assert.deepEqual(names(members), ['Alex Moreau', 'Sam Okafor', 'Jordan Lindqvist', 'Shop On-Call']);
    assert.equal(names(await get(`/groups/${dataPlatform}/transitiveMembers`, wide)).length, 6);
    const people = await get(`/groups/${dataPlatform}/transitiveMembers/microsoft.graph.user`, wide);
    assert.equal(names(people).length, 5);
    const hidden = member((await get(`/groups/${audit}/members`, wide)).body, 'value') as object[];
    assert.deepEqual(Object.keys(hidden[0] ?? {}), ['@odata.type', 'id']);
  });

  it('finds workloads in a group only when asked for them alone, with the header and a count', async () => {
    const path = `/groups/${dataPlatform}/transitiveMembers/microsoft.graph.servicePrincipal`;
    assert.deepEqual(names(await get(path, wide)), []);
    assert.deepEqual(names(await get(path, wide, eventual)), []);
    assert.deepEqual(names(await get(`${path}?$count=true`, wide)), []);
    assert.deepEqual(names(await get(`${path}?$count=true`, wide, eventual)), ['reporting-app']);
  });

  it('shows the certificates of an application that is registered here, to who may read applications', async () => {
    const path = (id: string): string => `/applications(appId='${id}')?$select=id,appId,keyCredentials`;
    const reportingApp = 'a9900000-0000-4000-8000-000000000001';
    const found = await get(path(reportingApp), wide);
    assert.equal(found.status, 200, found.text);
    assert.equal(member(found.body, 'displayName'), undefined);
    const [credential, ...others] = member(found.body, 'keyCredentials') as Record<string, unknown>[];
    assert.equal(others.length, 0);
    assert.deepEqual(
      [credential?.['displayName'], credential?.['type'], credential?.['usage'], credential?.['key']],
      ['CN=reporting-app', 'AsymmetricX509Cert', 'Verify', null],
    );
    const days = (Date.parse(String(credential?.['endDateTime'])) - Date.now()) / 86_400_000;
    assert.ok(days > 12 && days < 13, String(days));
    assert.equal((await get(path(reportingApp), basic)).status, 403);
    // A managed identity has no application, and one of Microsoft's is registered elsewhere.
    assert.equal((await get(path('a9900000-0000-4000-8000-000000000006'), wide)).status, 404);
  });

  it('leaves out of getByIds whoever is gone, and types not asked for', async () => {
    const post = (body: object) => get('/directoryObjects/getByIds', wide, { method: 'POST', body });
    assert.deepEqual(names(await post({ ids: [kai, gone, reporting, lee] })), [
      'Kai Carter',
      'reporting-app',
    ]);
    assert.deepEqual(names(await post({ ids: [kai, reporting], types: ['servicePrincipal'] })), [
      'reporting-app',
    ]);
    assert.equal((await post({ ids: Array.from({ length: 1001 }, () => kai) })).status, 400);
  });

  it('answers up to twenty requests in one, each with its own rights', async () => {
    const batch = (requests: object[]) => get('/$batch', basic, { method: 'POST', body: { requests } });
    const answer = await batch([
      { id: '1', method: 'GET', url: `/users/${kai}?$select=displayName` },
      { id: '2', method: 'GET', url: `/users/${gone}` },
      { id: '3', method: 'GET', url: '/groups' },
      { id: '4', method: 'GET', url: search('"displayName:rob"'), headers: { consistencyLevel: 'eventual' } },
    ]);
    const responses = member(answer.body, 'responses') as { id: string; status: number; body: unknown }[];
    assert.deepEqual(
      responses.map(({ id, status }) => `${id} ${status}`),
      ['1 200', '2 404', '3 403', '4 200'],
    );
    assert.equal(member(responses[0]?.body, 'displayName'), 'Kai Carter');
    assert.equal((await batch(Array.from({ length: 21 }, (_, id) => ({ id, url: '/me' })))).status, 400);
  });
});

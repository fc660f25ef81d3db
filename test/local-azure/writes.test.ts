import assert from 'node:assert/strict';
import { startLocalAzure, type LocalAzure } from './azure.ts';
import { errorCode, requestsTo, resourceId, type Requests } from './client.ts';
import { member } from './json.ts';
import type { DatabaseAccount, MongoCluster, ServerGroup } from './organisation.ts';

const mongo = '2026-06-01';
const postgres = '2023-03-02-preview';
const account = '2026-03-15';

const contoso = 'c0a70500-0000-4000-8000-000000000001';
const kai = '9e550000-0000-4000-8000-000000000001';
const sam = '9e550000-0000-4000-8000-000000000004';
const lee = '9e550000-0000-4000-8000-000000000014';
const gone = '60e60e00-0000-4000-8000-000000000007';
const onCall = '960f9000-0000-4000-8000-000000000001';
const nightly = '5e97ce00-0000-4000-8000-000000000003';
const ownerRole = '8e3af657-a8ff-443c-a75c-2fe8c4bcb635';
const nightlyClientId = 'a9900000-0000-4000-8000-000000000003';

describe('What Resource Manager takes', () => {
  let azure: LocalAzure;
  let call: Requests;
  const id = (name: string) => resourceId(azure, name);
  const find = (name: string) => azure.organisation.resources.find((one) => one.name === name);

  beforeEach(async () => {
    azure = await startLocalAzure();
    azure.organisation.behaviour.lockMs = 0;
    azure.organisation.behaviour.operationPolls = 0;
    call = await requestsTo(azure);
  });
  afterEach(() => azure.close());

  const user = (principalType = 'user', role = 'root') => ({
    identityProvider: { type: 'MicrosoftEntraID', properties: { principalType } },
    roles: [{ db: 'admin', role }],
  });

  describe('as a body', () => {
    const valid = JSON.stringify({ properties: user() });
    const send = (body: string, contentType?: string, method = 'PUT', path = `users/${sam}`) =>
      call(method, `${id('carts-eu')}/${path}`, mongo, {
        body,
        ...(contentType !== undefined && { headers: { 'Content-Type': contentType } }),
      });

    it('is JSON, and says so', async () => {
      for (const type of [undefined, 'text/plain', 'application/x-www-form-urlencoded', 'text/json']) {
        const refused = await send(valid, type);
        assert.equal(refused.status, 415, String(type));
        assert.equal(errorCode(refused), 'UnsupportedMediaType');
      }
      assert.equal((await send(valid, 'application/json; charset=utf-8')).status, 201);
    });

    it('is an object of members that resources have, in the shapes that those have', async () => {
      const wrong: Record<string, string> = {
        nothing: '',
        'no JSON': '{"properties":',
        'a list': '[]',
        'a text': '"properties"',
        null: 'null',
        'without the envelope': JSON.stringify(user()),
        'a member beside the envelope': JSON.stringify({ properties: user(), roles: [] }),
        'an envelope that is none': JSON.stringify({ properties: [user()] }),
        'tags that are no texts': JSON.stringify({ properties: user(), tags: { a: 1 } }),
      };
      for (const [what, body] of Object.entries(wrong)) {
        const refused = await send(body, 'application/json');
        assert.equal(refused.status, 400, what);
        assert.equal(errorCode(refused), 'InvalidRequestContent', what);
      }
      assert.equal((await send('{}', 'application/json')).status, 400, 'no envelope at all');
    });

    it('may name what is not the caller’s to set: that is passed over', async () => {
      const body = {
        id: '/other',
        name: 'other',
        type: 'other',
        location: 'moon',
        properties: { ...user(), provisioningState: 'Failed', user: 'x', more: 1 },
      };
      const made = await call('PUT', `${id('carts-eu')}/users/${sam}`, mongo, { body });
      assert.equal(made.status, 201);
      assert.equal(member(made.body, 'name'), sam);
      assert.equal(member(made.body, 'properties', 'user'), sam);
      assert.equal(member(made.body, 'properties', 'more'), undefined);
      assert.equal(member(made.body, 'properties', 'provisioningState'), 'InProgress');
    });

    it('is of no use with a method that does not exist there', async () => {
      for (const [method, path] of [
        ['POST', `users/${sam}`],
        ['POST', 'users'],
        ['PUT', 'users'],
        ['PATCH', `users/${sam}`],
        ['POST', 'firewallRules/home'],
        ['PUT', 'replicas/x'],
      ] as const) {
        const refused = await send(valid, 'application/json', method, path);
        assert.equal(refused.status, 405, `${method} ${path}`);
        assert.equal(errorCode(refused), 'MethodNotAllowed');
      }
      assert.equal((await call('POST', id('carts-eu'), mongo, { body: {} })).status, 405);
    });
  });

  describe('as a PUT of a whole resource', () => {
    it('needs everything that a resource has, and replaces everything', async () => {
      const put = (body: object) => call('PUT', id('orders-eu'), mongo, { body });
      const authConfig = { allowedModes: ['MicrosoftEntraID', 'NativeAuth'] };
      assert.equal(errorCode(await put({ properties: { authConfig } })), 'LocationRequired');
      const partial = await put({ location: 'westeurope', properties: { authConfig } });
      assert.equal(partial.status, 400);
      assert.match(partial.text, /administrator, compute, storage, sharding/);
      const { compute, storage, sharding } = (find('orders-eu') as MongoCluster).properties;
      const administrator = { userName: 'dbadmin', password: 'Password-1' };
      const whole = { administrator, compute, storage, sharding };
      const moved = await put({ location: 'East US', properties: whole });
      assert.equal(errorCode(moved), 'InvalidResourceLocation');

      await call.finish(await put({ location: 'West Europe', properties: whole }));
      const after = (await call('GET', id('orders-eu'), mongo)).body;
      assert.deepEqual(member(after, 'properties', 'authConfig', 'allowedModes'), ['NativeAuth']);
      assert.deepEqual(member(after, 'tags'), {}, 'tags that were not sent are gone');
      assert.ok(!JSON.stringify(after).includes('Password-1'));
    });

    it('is no way to turn one thing on in an account or a PostgreSQL cluster either', async () => {
      const at = (name: string, apiVersion: string, properties: object, location: string) =>
        call('PUT', id(name), apiVersion, { body: { location, properties } });
      const keys = await at('catalog', account, { disableLocalAuth: true }, 'West Europe');
      assert.match(keys.text, /databaseAccountOfferType, locations/);
      const authConfig = { activeDirectoryAuth: 'enabled', passwordAuth: 'disabled' };
      const modes = await at('ledger', postgres, { authConfig }, 'northeurope');
      assert.match(modes.text, /administratorLoginPassword/);

      const ledger = find('ledger') as ServerGroup;
      const { coordinatorStorageQuotaInMb, coordinatorVCores, nodeCount, postgresqlVersion } =
        ledger.properties;
      const sizes = { coordinatorStorageQuotaInMb, coordinatorVCores, nodeCount, postgresqlVersion };
      const whole = { administratorLoginPassword: 'Password-1', ...sizes, authConfig };
      await call.finish(await at('ledger', postgres, whole, 'northeurope'));
      assert.deepEqual(
        ledger.properties.authConfig,
        authConfig,
        'the model of PUT has it, that of PATCH not',
      );
    });

    it('is refused to who may only read', async () => {
      const devon = await requestsTo(azure, 'devon@contoso.com');
      const refused = await devon('PUT', id('orders-eu'), mongo, { body: {} });
      assert.equal(errorCode(refused), 'AuthorizationFailed');
    });
  });

  it('as the properties of a cluster or an account are the types and words of the documents', async () => {
    const wrong: [string, string, object][] = [
      ['carts-eu', mongo, { authConfig: ['MicrosoftEntraID'] }],
      ['carts-eu', mongo, { authConfig: { allowedModes: 'MicrosoftEntraID' } }],
      ['carts-eu', mongo, { authConfig: { allowedModes: [1] } }],
      ['carts-eu', mongo, { authConfig: {} }],
      ['carts-eu', mongo, { publicNetworkAccess: true }],
      ['carts-eu', mongo, { publicNetworkAccess: 'enabled' }],
      ['carts-eu', mongo, { sharding: { shardCount: '2' } }],
      ['carts-eu', mongo, { administrator: { password: 7 } }],
      ['ledger', postgres, { enableHa: 'true' }],
      ['ledger', postgres, { nodeCount: 2.5 }],
      ['catalog', account, { disableLocalAuth: null }],
      ['catalog', account, { publicNetworkAccess: 'Maybe' }],
      ['catalog', account, { ipRules: { ipAddressOrRange: '203.0.113.7' } }],
      ['catalog', account, { ipRules: ['203.0.113.7'] }],
      ['catalog', account, { ipRules: [{ ipAddress: '203.0.113.7' }] }],
    ];
    for (const [name, apiVersion, properties] of wrong) {
      const refused = await call('PATCH', id(name), apiVersion, { body: { properties } });
      assert.equal(refused.status, 400, JSON.stringify(properties));
    }
    const accepted = await call('PATCH', id('carts-eu'), mongo, { body: { tags: { team: 'carts' } } });
    assert.equal(accepted.status, 202, 'nothing of the envelope is required of a PATCH');
  });

  describe('as a user of a vCore cluster', () => {
    const put = (
      name: string,
      principalType = 'user',
      cluster = 'carts-eu',
      apiVersion = mongo,
      role = 'root',
    ) =>
      call('PUT', `${id(cluster)}/users/${name}`, apiVersion, {
        body: { properties: user(principalType, role) },
      });

    it('is a principal of its tenant, of the type that is said, by its object id', async () => {
      assert.equal(errorCode(await put(gone)), 'PrincipalNotFound');
      assert.equal(errorCode(await put(lee)), 'PrincipalNotFound', 'of another tenant');
      assert.equal(errorCode(await put(nightlyClientId, 'servicePrincipal')), 'PrincipalNotFound');
      assert.equal(errorCode(await put(nightly, 'user')), 'InvalidPrincipalType');
      assert.equal(errorCode(await put(sam, 'servicePrincipal')), 'InvalidPrincipalType');
      assert.equal(errorCode(await put(onCall, 'servicePrincipal')), 'InvalidPrincipalType', 'a group');
      const made = await put(nightly, 'servicePrincipal');
      assert.equal(made.status, 201);
      const provider = member(made.body, 'properties', 'identityProvider', 'properties');
      assert.deepEqual(provider, { principalType: 'ServicePrincipal', entraTenant: contoso });
    });

    it('may be anybody at all, where the service does not look', async () => {
      azure.organisation.behaviour.checksPrincipals = false;
      const tenantOf = async (principal: string, type = 'user') => {
        const made = await put(principal, type);
        assert.equal(made.status, 201);
        await call.finish(made);
        return member(made.body, 'properties', 'identityProvider', 'properties', 'entraTenant');
      };
      assert.equal(await tenantOf(gone), contoso);
      assert.notEqual(await tenantOf(lee), contoso);
      assert.equal(await tenantOf(nightlyClientId, 'servicePrincipal'), contoso);
    });

    it('has a name that the documents allow, and that is an id', async () => {
      for (const name of ['sam@contoso.com', 'sam_okafor', 'a'.repeat(64)])
        assert.match((await put(encodeURIComponent(name))).text, /1 to 63 letters, digits and hyphens/, name);
      for (const name of ['dbadmin', 'sam', 'a'.repeat(63)])
        assert.match((await put(name)).text, /not the object id/, name);
    });

    it('has the role that its API version knows', async () => {
      const roles: [string, string, number][] = [
        ['2025-04-01-preview', 'root', 400],
        ['2025-04-01-preview', 'dbOwner', 201],
        ['2025-07-01-preview', 'dbOwner', 400],
        ['2025-09-01', 'root', 200],
        ['2026-06-15-preview', 'Root', 400],
        ['2026-06-01', 'readWriteAnyDatabase', 400],
        ['2024-07-01', 'root', 404],
      ];
      for (const [apiVersion, role, status] of roles) {
        const answer = await put(sam, 'user', 'carts-eu', apiVersion, role);
        assert.equal(answer.status, status, `${apiVersion} ${role}`);
        await call.finish(answer);
      }
    });

    it('is complete', async () => {
      const { identityProvider, roles } = user();
      const wrong: Record<string, object> = {
        nothing: {},
        'no roles': { identityProvider },
        'no provider': { roles },
        'a provider without properties': { identityProvider: { type: 'MicrosoftEntraID' }, roles },
        'a provider that is a text': { identityProvider: 'MicrosoftEntraID', roles },
        'the provider of a wrong guide': {
          identityProvider: { ...identityProvider, type: 'Microsoft.EntraID' },
          roles,
        },
        'the type of a wrong guide': { ...user('ManagedIdentity') },
        'a type with a capital': { ...user('User') },
        'roles that are no list': { identityProvider, roles: roles[0] },
        'two roles': { identityProvider, roles: [...roles, ...roles] },
        'a role without a database': { identityProvider, roles: [{ role: 'root' }] },
        'a role that is a text': { identityProvider, roles: ['root'] },
      };
      for (const [what, properties] of Object.entries(wrong)) {
        const refused = await call('PUT', `${id('carts-eu')}/users/${sam}`, mongo, { body: { properties } });
        assert.equal(refused.status, 400, what);
      }
    });

    it('is for a primary that is ready, and not for the free tier', async () => {
      const cluster = find('carts-eu') as MongoCluster;
      cluster.properties.clusterStatus = 'Stopped';
      assert.match((await put(sam)).text, /must be Ready/);
      const path = `${cluster.id}/users/${kai}`;
      assert.equal((await call('DELETE', path, mongo)).status, 400);
      cluster.properties.clusterStatus = 'Ready';
      cluster.properties.compute.tier = 'Free';
      assert.match((await put(sam)).text, /free tier/);
      assert.match((await put(sam, 'user', 'orders-us')).text, /on the primary/);
      assert.equal((await call('DELETE', `${id('orders-us')}/users/${kai}`, mongo)).status, 400);
      assert.equal((await call('DELETE', `${id('orders-us')}/users/${sam}`, mongo)).status, 204);
    });
  });

  it('as a name of a firewall rule is what each document allows', async () => {
    const properties = { startIpAddress: '203.0.113.7', endIpAddress: '203.0.113.7' };
    const put = async (cluster: string, apiVersion: string, name: string, more = {}) => {
      const path = `${id(cluster)}/firewallRules/${encodeURIComponent(name)}`;
      const answer = await call('PUT', path, apiVersion, {
        body: { properties: { ...properties, ...more } },
      });
      await call.finish(answer);
      return answer.status;
    };
    assert.equal(await put('carts-eu', mongo, 'home.office_1-a'), 201);
    assert.equal(await put('carts-eu', mongo, 'a'.repeat(80)), 201);
    assert.equal(await put('carts-eu', mongo, 'a'.repeat(81)), 400);
    assert.equal(await put('carts-eu', mongo, '-home'), 400);
    assert.equal(await put('carts-eu', mongo, 'my home'), 400);
    assert.equal(await put('ledger', postgres, '-home'), 201);
    assert.equal(await put('ledger', postgres, 'a'.repeat(81)), 201, 'its document has no limit');
    assert.equal(await put('ledger', postgres, 'my home'), 400);
    for (const startIpAddress of ['203.0.113', '203.0.113.256', '203.0.113.07', '203.0.113.7/32', 7, null]) {
      assert.equal(await put('carts-eu', mongo, 'home', { startIpAddress }), 400, String(startIpAddress));
    }
    const half = { properties: { startIpAddress: '203.0.113.7' } };
    const answer = await call('PUT', `${id('carts-eu')}/firewallRules/home`, mongo, { body: half });
    assert.match(answer.text, /endIpAddress' is required/);
  });

  describe('as a role of a PostgreSQL cluster', () => {
    const put = (name: string, properties: object, cluster = 'ledger', apiVersion = postgres) =>
      call('PUT', `${id(cluster)}/roles/${name}`, apiVersion, { body: { properties } });
    const identity = (objectId: string, principalType = 'user') => ({
      externalIdentity: { objectId, principalType, tenantId: contoso },
    });

    it('is a principal that exists, and never a group', async () => {
      assert.equal(errorCode(await put('gone', identity(gone))), 'PrincipalNotFound');
      assert.equal(errorCode(await put('sam', identity(sam, 'servicePrincipal'))), 'InvalidPrincipalType');
      assert.equal((await put('on-call', identity(onCall, 'group'))).status, 400);
      azure.organisation.behaviour.checksPrincipals = false;
      assert.equal((await put('gone', identity(gone))).status, 201);
    });

    it('is of the cluster’s own tenant unless it says another', async () => {
      const { tenantId: _, ...rest } = identity(sam).externalIdentity;
      const made = await put('sam', { externalIdentity: rest });
      assert.equal(member(made.body, 'properties', 'externalIdentity', 'tenantId'), contoso);
      await call.finish(made);
      const { objectId: __, ...nobody } = identity(sam).externalIdentity;
      assert.equal((await put('x', { externalIdentity: nobody })).status, 400);
      assert.equal((await put('x', { externalIdentity: sam })).status, 400);
    });

    it('is not for a cluster without Entra, an old version, or a replica', async () => {
      assert.equal((await put('sam', identity(sam), 'invoices')).status, 400);
      assert.equal(
        (await put('sam', identity(sam), 'ledger', '2022-11-08')).status,
        400,
        'it wants a password',
      );
      const ledger = find('ledger') as ServerGroup;
      ledger.properties.postgresqlVersion = '13';
      assert.match((await put('sam', identity(sam))).text, /PostgreSQL 14/);
      ledger.properties.postgresqlVersion = '16';
      ledger.properties['sourceResourceId'] = id('events');
      assert.match((await put('sam', identity(sam))).text, /on the primary/);
      assert.equal((await call('DELETE', `${ledger.id}/roles/kai.carter`, postgres)).status, 400);
    });
  });

  describe('of a Cosmos DB account', () => {
    const assignment = (name: string, properties: object, accountName = 'catalog', family = 'sql') =>
      call('PUT', `${id(accountName)}/${family}RoleAssignments/${name}`, account, { body: { properties } });
    const one = 'a5516000-0000-4000-8000-0000000000a1';
    const other = 'a5516000-0000-4000-8000-0000000000a2';
    const role = (accountName = 'catalog', family = 'sql', number = 1) =>
      `${id(accountName)}/${family}RoleDefinitions/00000000-0000-0000-0000-00000000000${number}`;

    it('assigns roles to groups too, to whoever is in the directory', async () => {
      const to = (principalId: string) =>
        assignment(one, { roleDefinitionId: role(), scope: id('catalog'), principalId });
      assert.equal(errorCode(await to(gone)), 'PrincipalNotFound');
      assert.equal(errorCode(await to(nightlyClientId)), 'PrincipalNotFound');
      assert.equal((await to('sam')).status, 400);
      const group = await to(onCall);
      assert.equal(group.status, 202);
      await call.finish(group);
      azure.organisation.behaviour.checksPrincipals = false;
      assert.equal((await to(gone)).status, 202);
    });

    it('assigns a role within its own scopes only', async () => {
      const custom = `${id('catalog')}/sqlRoleDefinitions/c4570400-0000-4000-8000-000000000001`;
      const at = async (scope: string) => {
        const answer = await assignment(one, { roleDefinitionId: custom, scope, principalId: sam });
        await call.finish(answer);
        return answer.status;
      };
      assert.equal(await at('/'), 400);
      assert.equal(await at('/dbs/search'), 400);
      assert.equal(await at('/dbs/shopping'), 400);
      assert.equal(await at('/dbs/shop'), 202);
      assert.equal(await at('/dbs/shop/colls/orders'), 202);
      assert.equal(await at('/dbs/shop/colls/made-tomorrow'), 202, 'what it names need not exist');
      assert.equal(await at('/dbs/shop/containers/orders'), 400);
    });

    it('takes the same assignment under another name, or refuses it', async () => {
      const same = { roleDefinitionId: role(), scope: id('catalog'), principalId: sam };
      assert.equal((await call.finish(await assignment(one, same))).status, 200);
      azure.organisation.behaviour.takesDuplicateAssignments = false;
      const shouted = { ...same, scope: same.scope.toUpperCase() };
      assert.equal((await assignment(other, shouted)).status, 409);
      assert.equal((await call.finish(await assignment(one, same))).status, 200, 'its own name is no other');
      azure.organisation.behaviour.takesDuplicateAssignments = true;
      assert.equal((await assignment(other, same)).status, 202);
    });

    /** Kai owns whatever Kai may read. */
    const makeOwner = () => {
      const { roleAssignments } = azure.organisation;
      const held = roleAssignments.filter(({ principalId }) => principalId === kai);
      roleAssignments.push(...held.map((one) => ({ ...one, roleDefinitionId: ownerRole })));
    };

    it('has one family of roles for each API', async () => {
      makeOwner();
      for (const [name, family] of [
        ['telemetry', 'table'],
        ['clicks', 'cassandra'],
        ['relations', 'gremlin'],
        ['wishlists', 'mongoMI'],
      ] as const) {
        const properties = { roleDefinitionId: role(name, family), scope: id(name), principalId: sam };
        const made = await assignment(one, properties, name, family);
        assert.equal(made.status, 202, name);
        assert.equal(member((await call.finish(made)).body, 'status'), 'Succeeded');
        const foreign = { roleDefinitionId: role(name, 'sql'), scope: id(name), principalId: sam };
        assert.equal((await assignment(one, foreign, name, 'sql')).status, 400, name);
        const old = `${id(name)}/${family}RoleAssignments`;
        assert.equal((await call('GET', old, '2024-11-15')).status, 404, 'it came later');
      }
    });

    it('makes definitions of its own, each with another name', async () => {
      const dataActions = ['Microsoft.DocumentDB/databaseAccounts/readMetadata'];
      const right = { roleName: 'Looker', assignableScopes: ['/'], permissions: [{ dataActions }] };
      const put = (properties: object) =>
        call('PUT', `${id('catalog')}/sqlRoleDefinitions/${one}`, account, { body: { properties } });
      const wrong = [
        { ...right, roleName: 'Price Editor' },
        { ...right, type: 'BuiltInRole' },
        { ...right, assignableScopes: [] },
        { ...right, assignableScopes: '/' },
        { ...right, assignableScopes: ['/sqlDatabases/shop'] },
        { ...right, permissions: [] },
        { ...right, permissions: [{ dataActions: dataActions[0] }] },
        { ...right, permissions: dataActions },
      ];
      for (const properties of wrong)
        assert.equal((await put(properties)).status, 400, JSON.stringify(properties));
      await call.finish(await put(right));
      const shown = await call('GET', `${id('catalog')}/sqlRoleDefinitions/${one}`, account);
      assert.deepEqual(member(shown.body, 'properties', 'assignableScopes'), [id('catalog')]);
    });

    it('replaces its list of addresses, of addresses that a filter can tell', async () => {
      const patch = (...rules: string[]) =>
        call('PATCH', id('catalog'), account, {
          body: { properties: { ipRules: rules.map((ipAddressOrRange) => ({ ipAddressOrRange })) } },
        });
      for (const rule of [
        '10.1.2.3',
        '172.16.0.0/12',
        '192.168.1.0/24',
        '100.64.0.1',
        '2001:db8::1',
        '203.0.113.0/33',
        '203.0.113.0-203.0.113.9',
        'any',
        '',
      ]) {
        assert.equal((await patch('203.0.113.7', rule)).status, 400, rule);
      }
      const rulesNow = () => (find('catalog') as DatabaseAccount).properties['ipRules'];
      await call.finish(await patch('203.0.113.7', '198.51.100.0/24', '0.0.0.0'));
      assert.equal((rulesNow() as unknown[]).length, 3);
      await call.finish(await patch('203.0.113.8'));
      assert.deepEqual(rulesNow(), [{ ipAddressOrRange: '203.0.113.8' }]);
      await call.finish(await patch());
      assert.deepEqual(rulesNow(), []);
    });

    it('does without keys where its API can', async () => {
      makeOwner();
      const patch = async (name: string, disableLocalAuth: boolean) => {
        const answer = await call('PATCH', id(name), account, { body: { properties: { disableLocalAuth } } });
        await call.finish(answer);
        return answer.status;
      };
      for (const name of ['catalog', 'wishlists', 'telemetry', 'relations'])
        assert.equal(await patch(name, true), 200, name);
      assert.equal(await patch('clicks', true), 400);
      assert.equal(await patch('clicks', false), 200);
      azure.organisation.behaviour.keysOffApis = ['sql'];
      assert.equal(await patch('telemetry', true), 400);
    });
  });
});

import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { MongoClusterManagementClient } from '@azure/arm-mongocluster';
import { ResourceManagementClient } from '@azure/arm-resources';
import { SubscriptionClient } from '@azure/arm-resources-subscriptions';
import { startLocalAzure, type LocalAzure } from './azure.ts';
import {
  all,
  ask,
  clientOptions,
  credential,
  managementToken,
  production,
  resourceId,
  type Question,
} from './client.ts';
import { member } from './json.ts';
import type { MongoCluster } from './organisation.ts';
import { builtInRoleId } from './roles.ts';

const mongo = '2026-06-01';
const postgres = '2023-03-02-preview';
const account = '2026-03-15';

describe('Resource Manager', () => {
  let azure: LocalAzure;
  let token: string;
  const at = (path: string, apiVersion = mongo) => {
    const separator = path.includes('?') ? '&' : '?';
    return `${azure.endpoints.resourceManager}${path}${separator}api-version=${apiVersion}`;
  };
  const get = (path: string, apiVersion = mongo, question: Question = {}) =>
    ask(azure, at(path, apiVersion), { token, ...question });
  const codeOf = (body: unknown) => member(body, 'error', 'code');
  const namesOf = (body: unknown) => (member(body, 'value') as { name: string }[]).map(({ name }) => name);

  beforeEach(async () => {
    azure = await startLocalAzure();
    token = await managementToken(azure);
  });
  afterEach(() => azure.close());

  describe('at the door', () => {
    it('asks for an api-version before it asks who calls', async () => {
      const answer = await ask(azure, `${azure.endpoints.resourceManager}/subscriptions`);
      assert.equal(answer.status, 400);
      assert.equal(codeOf(answer.body), 'MissingApiVersionParameter');
    });

    it('knows neither versions of providers nor its own that do not exist', async () => {
      const provider = await get(resourceId(azure, 'orders-eu'), '2031-01-01');
      assert.equal(codeOf(provider.body), 'NoRegisteredProviderFound');
      assert.match(provider.text, /2025-09-01/);
      assert.equal(codeOf((await get('/subscriptions', '2031-01-01')).body), 'InvalidApiVersionParameter');
    });

    it('takes the key of the version percent-encoded, doubled slashes and any case', async () => {
      const id = resourceId(azure, 'orders-eu').toUpperCase();
      const url = `${azure.endpoints.resourceManager}/${id}?api%2Dversion=${mongo}`;
      const answer = await ask(azure, url, { token });
      assert.equal(answer.status, 200);
      assert.equal(member(answer.body, 'name'), 'orders-eu');
    });

    it('refuses a request without a token, with an expired one, with one for another audience', async () => {
      const refusal = async (bearer?: string) => {
        const answer = await ask(
          azure,
          at('/subscriptions', '2022-12-01'),
          bearer === undefined ? {} : { token: bearer },
        );
        assert.equal(answer.status, 401);
        assert.match(answer.headers['www-authenticate'] ?? '', /^Bearer authorization_uri="https:/);
        return codeOf(answer.body);
      };
      const [header = '', payload = ''] = token.split('.');
      assert.equal(await refusal(), 'AuthenticationFailed');
      assert.equal(
        await refusal(await managementToken(azure, { lifetimeSeconds: -1 })),
        'ExpiredAuthenticationToken',
      );
      assert.equal(await refusal(`${header}.${payload}.AAAA`), 'InvalidAuthenticationToken');
      const foreign = await managementToken(azure, { claims: { iss: 'https://sts.example/' } });
      assert.equal(await refusal(foreign), 'InvalidAuthenticationToken');
      assert.equal(
        await refusal(await managementToken(azure, { resource: 'https://graph.microsoft.com' })),
        'InvalidAuthenticationTokenAudience',
      );
    });

    it('names the right tenant to a token of another one', async () => {
      const guest = await managementToken(azure, { tenant: 'fabrikam.com' });
      const answer = await get(`/subscriptions/${production}`, '2022-12-01', { token: guest });
      assert.equal(answer.status, 401);
      assert.equal(codeOf(answer.body), 'InvalidAuthenticationTokenTenant');
      assert.match(answer.headers['www-authenticate'] ?? '', /\/c0a70500-0000-4000-8000-000000000001"/);
    });

    it('counts down what is left, and refuses above it only when told to', async () => {
      const left = async () => {
        const answer = await get(`/subscriptions/${production}`, '2022-12-01');
        return { answer, reads: Number(answer.headers['x-ms-ratelimit-remaining-subscription-reads']) };
      };
      const first = await left();
      assert.ok((await left()).reads <= first.reads);
      azure.organisation.behaviour.throttles = true;
      // By the second there is room for some more, and a slow machine takes seconds for these.
      mock.timers.enable({ apis: ['Date'], now: Date.now() });
      const answers = await Promise.all(Array.from({ length: 300 }, left)).finally(() => mock.timers.reset());
      const refused = answers.find(({ answer }) => answer.status === 429);
      assert.ok(refused);
      assert.equal(refused.answer.headers['retry-after'], '2');
      assert.equal(codeOf(refused.answer.body), 'TooManyRequests');
    });
  });

  describe('subscriptions and tenants', () => {
    it('shows a person their own, in the tenant of the token', async () => {
      const client = (tenant: string) =>
        new SubscriptionClient(credential(azure, { tenant }), clientOptions(azure));
      const home = await all(client('contoso.com').subscriptions.list());
      assert.deepEqual(
        home.map(({ displayName, state }) => `${displayName} ${state}`),
        ['Production Enabled', 'Staging Enabled', 'Analytics Enabled', 'Old Sandbox Disabled'],
      );
      const abroad = await all(client('fabrikam.com').subscriptions.list());
      assert.deepEqual(
        abroad.map(({ displayName }) => displayName),
        ['Fabrikam Shared'],
      );
      const tenants = await all(client('contoso.com').tenants.list());
      assert.deepEqual(
        tenants.map(({ displayName, defaultDomain }) => `${displayName} ${defaultDomain}`),
        ['Contoso contoso.com', 'Fabrikam fabrikam.com', 'Tailspin Toys tailspintoys.com'],
      );
    });

    it('shows nothing to a person without any', async () => {
      const robin = await managementToken(azure, { person: 'robin@contoso.com' });
      assert.deepEqual(
        member((await get('/subscriptions', '2022-12-01', { token: robin })).body, 'value'),
        [],
      );
      const one = await get(`/subscriptions/${production}`, '2022-12-01', { token: robin });
      assert.equal(codeOf(one.body), 'AuthorizationFailed');
    });

    it('cuts lists into pages whose links are absolute and opaque', async () => {
      azure.organisation.behaviour.pageSize = 3;
      const first = await get('/subscriptions', '2022-12-01');
      assert.equal((member(first.body, 'value') as unknown[]).length, 3);
      const link = String(member(first.body, 'nextLink'));
      const second = await ask(azure, link, { token });
      assert.equal((member(second.body, 'value') as unknown[]).length, 1);
      assert.equal(member(second.body, 'nextLink'), undefined);
      const broken = await ask(azure, link.replace(/skiptoken=[^&]+/, 'skiptoken=x'), { token });
      assert.equal(broken.status, 400);
    });
  });

  describe('resources', () => {
    it('lists across types without properties', async () => {
      const client = new ResourceManagementClient(credential(azure), production, clientOptions(azure));
      const filter = "resourceType eq 'Microsoft.DocumentDB/mongoClusters'";
      const found = await all(client.resources.list({ filter }));
      const names = new Set(found.map(({ name }) => name));
      assert.deepEqual(
        names,
        new Set(['carts-eu', 'legacy-shop', 'orders-eu', 'orders-us', 'pricing-us', 'reviews-eu']),
      );
      assert.ok(found.every((one) => one.properties === undefined));
    });

    it('lists by subscription and by group, page by page', async () => {
      azure.organisation.behaviour.pageSize = 2;
      const client = new MongoClusterManagementClient(credential(azure), production, clientOptions(azure));
      const everything = await all(client.mongoClusters.list());
      const inGroup = await all(client.mongoClusters.listByResourceGroup('SHOP-EU'));
      assert.equal(everything.length, 6);
      assert.deepEqual(
        inGroup.map(({ name }) => name),
        ['orders-eu', 'carts-eu', 'legacy-shop', 'reviews-eu'],
      );
      const nowhere = await get(
        `/subscriptions/${production}/resourceGroups/none/providers/Microsoft.DocumentDB/mongoClusters`,
      );
      assert.equal(codeOf(nowhere.body), 'ResourceGroupNotFound');
    });

    it('hides what an API version did not know yet', async () => {
      const orders = resourceId(azure, 'orders-eu');
      const modes = async (apiVersion: string) =>
        member((await get(orders, apiVersion)).body, 'properties', 'authConfig', 'allowedModes');
      assert.equal(await modes('2024-07-01'), undefined);
      assert.equal(await modes('2024-10-01-preview'), undefined);
      assert.deepEqual(await modes('2025-04-01-preview'), ['MicrosoftEntraID']);
      assert.deepEqual(await modes('2025-09-01'), ['MicrosoftEntraID']);
      assert.equal(codeOf((await get(`${orders}/users`, '2024-07-01')).body), 'InvalidResourceType');

      const ledger = resourceId(azure, 'ledger');
      const old = await get(ledger, '2022-11-08');
      assert.equal(member(old.body, 'properties', 'authConfig'), undefined);
      assert.equal(member(old.body, 'properties', 'aadAuthEnabled'), undefined);
      const preview = await get(ledger, postgres);
      assert.deepEqual(member(preview.body, 'properties', 'authConfig'), {
        activeDirectoryAuth: 'enabled',
        passwordAuth: 'enabled',
      });
      const oldRoles = (await get(`${ledger}/roles`, '2022-11-08')).body;
      assert.ok(!JSON.stringify(oldRoles).includes('externalIdentity'));
    });

    it('names a role by the word of the version', async () => {
      const roleAt = async (apiVersion: string) =>
        /"role":"(\w+)"/.exec((await get(`${resourceId(azure, 'orders-eu')}/users`, apiVersion)).text)?.[1];
      assert.equal(await roleAt('2025-04-01-preview'), 'dbOwner');
      assert.equal(await roleAt(mongo), 'root');
    });

    it('gives an absent parent its name, whichever child was asked for', async () => {
      const missing = resourceId(azure, 'orders-eu').replace('orders-eu', 'orders-xx');
      const answer = await get(`${missing}/users/9e550000-0000-4000-8000-000000000001`);
      assert.equal(answer.status, 404);
      assert.equal(answer.headers['x-ms-failure-cause'], 'gateway');
      assert.match(String(answer.headers['x-ms-request-id']), /^[0-9a-f-]{36}$/);
      assert.equal(codeOf(answer.body), 'ResourceNotFound');
      assert.match(
        answer.text,
        /'Microsoft\.DocumentDB\/mongoClusters\/orders-xx' under resource group 'shop-eu'/,
      );
      assert.equal(
        (await get(missing.replace(production, '5b5c0000-0000-4000-8000-0000000000ff'))).status,
        404,
      );
    });

    it('has no connection string for a cluster that is still being made', async () => {
      const cluster = azure.organisation.resources.find(({ name }) => name === 'carts-eu') as MongoCluster;
      assert.match(
        String(member((await get(cluster.id)).body, 'properties', 'connectionString')),
        /^mongodb\+srv:/,
      );
      cluster.properties.clusterStatus = 'Provisioning';
      assert.equal(member((await get(cluster.id)).body, 'properties', 'connectionString'), undefined);
    });

    it('keeps a mode that nobody has heard of', async () => {
      const answer = await get(resourceId(azure, 'pricing-us'));
      assert.deepEqual(member(answer.body, 'properties', 'authConfig', 'allowedModes'), [
        'MicrosoftEntraID',
        'WorkloadCertificate',
      ]);
    });
  });

  describe('children', () => {
    it('lists the native administrator among the users, without provider or roles', async () => {
      const users = member((await get(`${resourceId(azure, 'orders-eu')}/users`)).body, 'value') as unknown[];
      const native = users.find((user) => member(user, 'name') === 'dbadmin');
      assert.deepEqual(member(native, 'properties'), { provisioningState: 'Succeeded', user: 'dbadmin' });
      assert.equal(users.length, 7);
    });

    it('prints principal types with a capital, and the tenant that no document mentions', async () => {
      const users = member((await get(`${resourceId(azure, 'orders-eu')}/users`)).body, 'value') as unknown[];
      const provider = (user: unknown) => member(user, 'properties', 'identityProvider', 'properties');
      const types = new Set(users.map((user) => member(provider(user), 'principalType')));
      assert.deepEqual(types, new Set([undefined, 'User', 'ServicePrincipal']));
      const tenants = new Set(users.map((user) => member(provider(user), 'entraTenant')));
      assert.equal(tenants.size, 3, 'one of them comes from another tenant, one from none');
    });

    it('loses the undocumented members to the typed client', async () => {
      const client = new MongoClusterManagementClient(credential(azure), production, clientOptions(azure));
      const users = await all(client.users.listByMongoCluster('shop-eu', 'orders-eu'));
      assert.equal(users.length, 7);
      assert.ok(!JSON.stringify(users).includes('entraTenant'));
    });

    it('lists the roles of PostgreSQL without a link to more, however many they are', async () => {
      azure.organisation.behaviour.pageSize = 1;
      const roles = await get(`${resourceId(azure, 'ledger')}/roles`, postgres);
      assert.deepEqual(namesOf(roles.body), ['citus', 'kai.carter', 'nightly_export']);
      assert.equal(member(roles.body, 'nextLink'), undefined);
      const servers = await get(`${resourceId(azure, 'ledger')}/servers`, postgres);
      assert.deepEqual(namesOf(servers.body), ['ledger-c', 'ledger-w0', 'ledger-w1']);
    });

    it('finds the replicas of a primary', async () => {
      const replicas = await get(`${resourceId(azure, 'orders-eu')}/replicas`);
      assert.deepEqual(namesOf(replicas.body), ['orders-us']);
      assert.deepEqual(namesOf((await get(`${resourceId(azure, 'orders-us')}/replicas`)).body), []);
    });

    it('gives templates for connection strings, of hosts in this cloud', async () => {
      const client = new MongoClusterManagementClient(credential(azure), production, clientOptions(azure));
      const { connectionStrings } = await client.mongoClusters.listConnectionStrings('shop-eu', 'orders-eu');
      const texts =
        connectionStrings?.map(({ name, connectionString }) => `${name} ${connectionString}`) ?? [];
      assert.match(
        texts[0] ?? '',
        /^GlobalReadWrite .*<user>:<password>@orders-eu\.global\.mongocluster\.azure\.test\//,
      );
      assert.match(texts[1] ?? '', /^Self .*<user>:<password>@orders-eu\.mongocluster\.azure\.test\//);
    });

    it('keeps the data-plane roles of each API apart', async () => {
      const definitions = await get(`${resourceId(azure, 'catalog')}/sqlRoleDefinitions`, account);
      assert.equal(namesOf(definitions.body).length, 3);
      const scopes = member(
        (await get(`${resourceId(azure, 'catalog')}/sqlRoleAssignments`, account)).body,
        'value',
      );
      assert.match(JSON.stringify(scopes), /\/dbs\/shop\/colls\/products"/);
      assert.equal((await get(`${resourceId(azure, 'wishlists')}/sqlRoleDefinitions`, account)).status, 400);
      const mongoDefinitions = await get(`${resourceId(azure, 'wishlists')}/mongoMIRoleDefinitions`, account);
      assert.equal(namesOf(mongoDefinitions.body).length, 2);
      assert.deepEqual(
        namesOf((await get(`${resourceId(azure, 'telemetry')}/tableRoleAssignments`, account)).body),
        [],
      );
    });

    it('shows the age of keys without the keys, and the keys to whoever may', async () => {
      const catalog = resourceId(azure, 'catalog');
      const shown = await get(catalog, account);
      const made = String(
        member(shown.body, 'properties', 'keysMetadata', 'primaryMasterKey', 'generationTime'),
      );
      assert.equal(Math.round((Date.now() - Date.parse(made)) / 86_400_000), 412);
      assert.ok(!shown.text.includes('MasterKey":"'));
      const older = await get(resourceId(azure, 'web-sessions'), account);
      assert.equal(member(older.body, 'properties', 'keysMetadata', 'primaryMasterKey'), undefined);
      const keys = await get(`${catalog}/listKeys`, '2015-04-08', { method: 'POST' });
      assert.equal(typeof member(keys.body, 'primaryMasterKey'), 'string');
      const reader = await managementToken(azure, { person: 'devon@contoso.com' });
      assert.equal(
        (await get(`${catalog}/listKeys`, account, { method: 'POST', token: reader })).status,
        403,
      );
      const readOnly = await get(`${catalog}/readonlykeys`, account, { method: 'POST', token: reader });
      assert.deepEqual(Object.keys(readOnly.body as object), [
        'primaryReadonlyMasterKey',
        'secondaryReadonlyMasterKey',
      ]);
    });
  });

  describe('rights', () => {
    const withRole = (person: string, role: string) => {
      const principal = azure.organisation.directory.find(
        (one) => one.type === 'user' && one.userPrincipalName === person,
      );
      azure.organisation.roleAssignments.push({
        name: '9bac0000-0000-4000-8000-0000000000ff',
        scope: `/subscriptions/${production}`,
        principalId: principal?.id ?? '',
        principalType: 'User',
        roleDefinitionId: builtInRoleId(role),
      });
      return managementToken(azure, { person });
    };

    it('names principal, action and scope when it refuses', async () => {
      const reader = await withRole('robin@contoso.com', 'Reader');
      const id = resourceId(azure, 'carts-eu');
      assert.equal((await get(`${id}/users`, mongo, { token: reader })).status, 200);
      const answer = await get(id, mongo, { token: reader, method: 'PATCH', body: { properties: {} } });
      assert.equal(answer.status, 403);
      assert.equal(codeOf(answer.body), 'AuthorizationFailed');
      assert.match(
        answer.text,
        /client 'robin@contoso\.com' with object id '9e550000-0000-4000-8000-000000000002'/,
      );
      assert.match(answer.text, /'Microsoft\.DocumentDB\/mongoClusters\/write' over scope '.*carts-eu'/);
      const action = await get(`${id}/listConnectionStrings`, mongo, { token: reader, method: 'POST' });
      assert.match(action.text, /mongoClusters\/listConnectionStrings\/action/);
    });

    it('shows a person with rights on one resource that one alone', async () => {
      const avery = await managementToken(azure, { person: 'avery@contoso.com' });
      azure.organisation.roleAssignments.splice(
        azure.organisation.roleAssignments.findIndex(({ principalType }) => principalType === 'Group'),
        1,
      );
      const list = await get(
        `/subscriptions/${production}/providers/Microsoft.DocumentDB/mongoClusters`,
        mongo,
        {
          token: avery,
        },
      );
      assert.deepEqual(namesOf(list.body), ['orders-eu']);
      const other = await get(resourceId(azure, 'carts-eu'), mongo, { token: avery });
      assert.equal(other.status, 403);
    });

    it('reaches a person through groups in groups', async () => {
      // Taylor is on call, and the on-call group is a member of the one that has the role.
      const taylor = await managementToken(azure, { person: 'taylor@contoso.com' });
      azure.organisation.directory.reverse();
      assert.equal((await get(resourceId(azure, 'carts-eu'), mongo, { token: taylor })).status, 200);
    });

    it('reaches down from the root', async () => {
      const robin = await managementToken(azure, { person: 'robin@contoso.com' });
      azure.organisation.roleAssignments.push({
        name: '9bac0000-0000-4000-8000-0000000000fe',
        scope: '/',
        principalId: '9e550000-0000-4000-8000-000000000002',
        principalType: 'User',
        roleDefinitionId: builtInRoleId('Reader'),
      });
      assert.equal((await get(resourceId(azure, 'telemetry'), account, { token: robin })).status, 200);
      assert.equal(
        namesOf((await get(`/subscriptions/${production}/resources`, '2022-12-01', { token: robin })).body)
          .length,
        14,
      );
    });

    it('lets the misleading account roles touch accounts only', async () => {
      const operator = await managementToken(azure, { person: 'quinn@contoso.com' });
      assert.equal((await get(resourceId(azure, 'catalog'), account, { token: operator })).status, 200);
      assert.equal((await get(resourceId(azure, 'orders-eu'), mongo, { token: operator })).status, 403);
      const assignment = `${resourceId(azure, 'catalog')}/sqlRoleAssignments/a5516000-0000-4000-8000-0000000000aa`;
      const put = await get(assignment, account, {
        token: operator,
        method: 'PUT',
        body: { properties: {} },
      });
      assert.equal(put.status, 403);
    });

    it('says what one may do at a resource', async () => {
      const path = `${resourceId(azure, 'telemetry')}/providers/Microsoft.Authorization/permissions`;
      const answer = await get(path, '2022-04-01');
      assert.deepEqual(member(answer.body, 'value'), [
        { actions: ['*/read'], notActions: [], dataActions: [], notDataActions: [] },
      ]);
      const robin = await managementToken(azure, { person: 'robin@contoso.com' });
      assert.deepEqual(member((await get(path, '2022-04-01', { token: robin })).body, 'value'), []);
    });

    it('lists, makes and removes role assignments', async () => {
      const list = `/subscriptions/${production}/providers/Microsoft.Authorization/roleAssignments`;
      const here = await get(`${list}?$filter=atScope()`, '2022-04-01');
      const below = await get(list, '2022-04-01');
      assert.equal(namesOf(below.body).length, namesOf(here.body).length + 2);
      const taylor = '9e550000-0000-4000-8000-000000000006';
      const assigned = await get(
        `${list}?$filter=${encodeURIComponent(`assignedTo('${taylor}')`)}`,
        '2022-04-01',
      );
      assert.deepEqual(namesOf(assigned.body), ['9bac0000-0000-4000-8000-000000000007']);
      const direct = await get(
        `${list}?$filter=${encodeURIComponent(`principalId eq '${taylor}'`)}`,
        '2022-04-01',
      );
      assert.deepEqual(namesOf(direct.body), []);

      const name = '9bac0000-0000-4000-8000-0000000000aa';
      const body = { properties: { principalId: taylor, roleDefinitionId: `/x/${builtInRoleId('Reader')}` } };
      const put = () => get(`${list}/${name}`, '2022-04-01', { method: 'PUT', body });
      assert.equal((await put()).status, 201);
      assert.equal(codeOf((await put()).body), 'RoleAssignmentExists');
      assert.equal((await get(`${list}/${name}`, '2022-04-01', { method: 'DELETE' })).status, 200);
      await put();
      const otherRole = { properties: { ...body.properties, roleDefinitionId: builtInRoleId('Owner') } };
      const taken = await get(`${list}/${name}`, '2022-04-01', { method: 'PUT', body: otherRole });
      assert.equal(codeOf(taken.body), 'RoleAssignmentExists', 'a name is used once');
      const shown = await get(`${list}/${name}`, '2022-04-01');
      assert.equal(member(shown.body, 'properties', 'principalId'), taylor);
      const unknown = {
        properties: { ...body.properties, principalId: '60e60e00-0000-4000-8000-000000000007' },
      };
      const refused = await get(`${list}/${name}`, '2022-04-01', { method: 'PUT', body: unknown });
      assert.equal(codeOf(refused.body), 'PrincipalNotFound');
    });
  });

  it('shows state that a test changes', async () => {
    const cluster = azure.organisation.resources.find(({ name }) => name === 'carts-eu') as MongoCluster;
    cluster.properties.clusterStatus = 'Stopping';
    assert.equal(member((await get(cluster.id)).body, 'properties', 'clusterStatus'), 'Stopping');
  });
});

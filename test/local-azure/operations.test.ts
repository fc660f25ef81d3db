import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { MongoClusterManagementClient } from '@azure/arm-mongocluster';
import { ResourceManagementClient } from '@azure/arm-resources';
import { startLocalAzure, type LocalAzure } from './azure.ts';
import {
  ask,
  clientOptions,
  credential,
  managementToken,
  production,
  resourceId,
  type Answer,
  type Question,
} from './client.ts';
import { member } from './json.ts';
import { builtInRoleId } from './roles.ts';
import type { MongoCluster } from './organisation.ts';

const mongo = '2026-06-01';
const postgres = '2023-03-02-preview';
const account = '2026-03-15';
const sam = '9e550000-0000-4000-8000-000000000004';
const morgan = '9e550000-0000-4000-8000-00000000000a';

const userBody = (principalType = 'user', role = 'root') => ({
  properties: {
    identityProvider: { type: 'MicrosoftEntraID', properties: { principalType } },
    roles: [{ db: 'admin', role }],
  },
});

describe('Writes to Resource Manager', () => {
  let azure: LocalAzure;
  let token: string;
  const call = (method: string, path: string, apiVersion = mongo, question: Question = {}) =>
    ask(azure, `${azure.endpoints.resourceManager}${path}?api-version=${apiVersion}`, {
      method,
      token,
      ...question,
    });
  const get = (path: string, apiVersion = mongo) => call('GET', path, apiVersion);
  const id = (name: string) => resourceId(azure, name);
  const codeOf = (answer: Answer) => member(answer.body, 'error', 'code');
  const header = (answer: Answer, name: string) => String(answer.headers[name] ?? '');
  const follow = (url: string) => ask(azure, url, { token });
  /** Follows a write to its end, whatever it comes to. */
  const finish = async (answer: Answer): Promise<Answer> => {
    let url = header(answer, 'azure-asyncoperation');
    for (;;) {
      const status = await follow(url);
      if (['Succeeded', 'Failed'].includes(String(member(status.body, 'status')))) return status;
      url = header(status, 'azure-asyncoperation');
    }
  };
  const modes = (allowedModes: readonly string[]) => ({ properties: { authConfig: { allowedModes } } });
  const userNames = async (cluster: string) => {
    const value = member((await get(`${id(cluster)}/users`)).body, 'value') as { name: string }[];
    return value.map(({ name }) => name);
  };

  beforeEach(async () => {
    azure = await startLocalAzure();
    azure.organisation.behaviour.lockMs = 0;
    token = await managementToken(azure);
  });
  afterEach(() => azure.close());

  describe('long operations', () => {
    it('are followed at addresses that are long, signed, and new each time', async () => {
      const accepted = await call('PATCH', id('carts-eu'), mongo, { body: modes(['MicrosoftEntraID']) });
      assert.equal(accepted.status, 202);
      assert.equal(accepted.headers['retry-after'], undefined);
      assert.match(header(accepted, 'location'), /\/mongoClusterOperationResults\//);
      const addresses = [header(accepted, 'azure-asyncoperation')];
      const statuses = [];
      for (let poll = 0; poll < 3; poll += 1) {
        const answer = await follow(addresses.at(-1) ?? '');
        statuses.push(member(answer.body, 'status'));
        assert.match(String(member(answer.body, 'startTime')), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000$/);
        if (answer.headers['azure-asyncoperation']) addresses.push(header(answer, 'azure-asyncoperation'));
      }
      assert.deepEqual(statuses, ['InProgress', 'InProgress', 'Succeeded']);
      assert.equal(new Set(addresses).size, 3);
      assert.ok(addresses.every((address) => address.length > 3000));
    });

    it('are not found at an address that somebody built', async () => {
      const accepted = await call('PATCH', id('carts-eu'), mongo, { body: modes(['MicrosoftEntraID']) });
      const address = header(accepted, 'azure-asyncoperation');
      assert.equal((await follow(address.replace(/&s=[^&]+/, '&s=guess'))).status, 404);
      assert.equal((await follow(address.replace(/&s=.*$/, ''))).status, 404);
    });

    it('show the cluster as Updating, and make the change true at the end', async () => {
      const accepted = await call('PATCH', id('carts-eu'), mongo, { body: modes(['MicrosoftEntraID']) });
      const during = await get(id('carts-eu'));
      assert.equal(member(during.body, 'properties', 'clusterStatus'), 'Updating');
      assert.equal(member(during.body, 'properties', 'provisioningState'), 'Updating');
      assert.deepEqual(member(during.body, 'properties', 'authConfig', 'allowedModes'), [
        'MicrosoftEntraID',
        'NativeAuth',
      ]);
      await finish(accepted);
      const after = await follow(header(accepted, 'location'));
      assert.equal(after.status, 200);
      assert.deepEqual(member(after.body, 'properties', 'authConfig', 'allowedModes'), ['MicrosoftEntraID']);
      assert.equal(member(after.body, 'properties', 'clusterStatus'), 'Ready');
    });

    it('refuse the next write while they run, and for a while after', async () => {
      azure.organisation.behaviour.lockMs = 600_000;
      const body = modes(['MicrosoftEntraID']);
      const accepted = await call('PATCH', id('carts-eu'), mongo, { body });
      const user = `${id('carts-eu')}/users/${sam}`;
      assert.equal((await call('PUT', user, mongo, { body: userBody() })).status, 409);
      await finish(accepted);
      const locked = await call('PUT', user, mongo, { body: userBody() });
      assert.equal(locked.status, 409);
      assert.equal(codeOf(locked), 'Conflict');
      assert.equal(
        (await call('PUT', `${id('orders-eu')}/users/${sam}`, mongo, { body: userBody() })).status,
        201,
      );
      azure.organisation.behaviour.lockMs = 0;
      assert.equal((await call('PUT', user, mongo, { body: userBody() })).status, 201);
    });

    it('can fail, with a code in the status and the resource as it was', async () => {
      const fault = { kind: 'failedOperation', code: 'InternalServerError', message: 'It broke.' } as const;
      azure.faults.add({ fault, method: 'PATCH' });
      const accepted = await call('PATCH', id('carts-eu'), mongo, { body: modes(['MicrosoftEntraID']) });
      const end = await finish(accepted);
      assert.deepEqual(member(end.body, 'error'), { code: 'InternalServerError', message: 'It broke.' });
      const after = await get(id('carts-eu'));
      assert.deepEqual(member(after.body, 'properties', 'authConfig', 'allowedModes'), [
        'MicrosoftEntraID',
        'NativeAuth',
      ]);
      assert.equal(member(after.body, 'properties', 'provisioningState'), 'Failed');
      assert.equal(member(after.body, 'properties', 'clusterStatus'), 'Ready');
    });

    it('end by themselves when nobody follows them', async () => {
      azure.organisation.behaviour.operationMs = 20;
      await call('PATCH', id('carts-eu'), mongo, { body: modes(['MicrosoftEntraID']) });
      await sleep(30);
      assert.equal(member((await get(id('carts-eu'))).body, 'properties', 'clusterStatus'), 'Ready');
    });

    it('lose their code in the typed client, and keep it in the message', async () => {
      azure.faults.add({
        fault: { kind: 'failedOperation', code: 'NodeUnhealthy', message: 'A node is down.' },
      });
      const client = new MongoClusterManagementClient(credential(azure), production, clientOptions(azure));
      const poller = client.users.createOrUpdate('shop-eu', 'carts-eu', sam, userBody(), {
        updateIntervalInMs: 1,
      });
      await assert.rejects(
        async () => poller,
        (error: Error & { code?: string }) => {
          assert.match(error.message, /NodeUnhealthy/);
          assert.equal(error.code, undefined);
          return true;
        },
      );
    });

    it('are driven to the end by the generic client, which keeps every member', async () => {
      const client = new ResourceManagementClient(credential(azure), production, clientOptions(azure));
      const options = { updateIntervalInMs: 1 };
      // With its leading slash, as ids have it: the client then asks for `//subscriptions`.
      const patched = await client.resources.updateById(
        id('carts-eu'),
        mongo,
        modes(['MicrosoftEntraID']),
        options,
      );
      assert.deepEqual(member(patched.properties, 'authConfig', 'allowedModes'), ['MicrosoftEntraID']);
      const path = `${id('carts-eu')}/users/${sam}`;
      const user = await client.resources.createOrUpdateById(path, mongo, userBody(), options);
      assert.equal(
        member(user.properties, 'identityProvider', 'properties', 'entraTenant'),
        'c0a70500-0000-4000-8000-000000000001',
      );
      await client.resources.deleteById(path, mongo, options);
      assert.deepEqual(await userNames('carts-eu'), [
        'dbadmin',
        '9e550000-0000-4000-8000-000000000001',
        '5e97ce00-0000-4000-8000-000000000002',
      ]);
    });
  });

  describe('what stands before a write', () => {
    it('asks people for a second factor, with a claims challenge', async () => {
      const weak = await managementToken(azure, { secondFactor: false });
      const path = `${id('carts-eu')}/users/${sam}`;
      assert.equal((await call('GET', `${id('carts-eu')}/users`, mongo, { token: weak })).status, 200);
      const refused = await call('PUT', path, mongo, { token: weak, body: userBody() });
      assert.equal(refused.status, 401);
      const challenge = header(refused, 'www-authenticate');
      const claims = /error="insufficient_claims", claims="([^"]+)"/.exec(challenge)?.[1] ?? '';
      assert.deepEqual(JSON.parse(Buffer.from(claims, 'base64').toString()), {
        access_token: { acrs: { essential: true, values: ['p1'] } },
      });
      const stepped = await managementToken(azure, { secondFactor: false, claims: { acrs: ['p1'] } });
      assert.equal((await call('PUT', path, mongo, { token: stepped, body: userBody() })).status, 201);
    });

    it('leaves a disabled subscription readable and nothing more', async () => {
      assert.equal((await get(id('archive-2023'))).status, 200);
      const refused = await call('PATCH', id('archive-2023'), mongo, { body: { properties: {} } });
      assert.equal(refused.status, 409);
      assert.equal(codeOf(refused), 'ReadOnlyDisabledSubscription');
    });

    it('honours management locks', async () => {
      const cluster = azure.organisation.resources.find(({ name }) => name === 'carts-eu');
      assert.ok(cluster);
      cluster.lock = 'CanNotDelete';
      const user = `${cluster.id}/users/9e550000-0000-4000-8000-000000000001`;
      assert.equal(codeOf(await call('DELETE', user)), 'ScopeLocked');
      assert.equal(
        (await call('PUT', `${cluster.id}/users/${sam}`, mongo, { body: userBody() })).status,
        201,
      );
      cluster.lock = 'ReadOnly';
      assert.equal(
        codeOf(await call('PUT', `${cluster.id}/users/${morgan}`, mongo, { body: userBody() })),
        'ScopeLocked',
      );
    });
  });

  describe('authentication modes of a vCore cluster', () => {
    const patch = (name: string, body: object, apiVersion = mongo) =>
      call('PATCH', id(name), apiVersion, { body });

    it('are refused outside the properties envelope, empty, or by an unknown name', async () => {
      const bare = await patch('carts-eu', { authConfig: { allowedModes: ['NativeAuth'] } });
      assert.equal(codeOf(bare), 'InvalidRequestContent');
      assert.equal((await patch('carts-eu', modes([]))).status, 400);
      assert.equal((await patch('carts-eu', modes(['EntraID']))).status, 400);
      const roundTrip = await patch('pricing-us', modes(['WorkloadCertificate', 'MicrosoftEntraID']));
      assert.equal(roundTrip.status, 202, 'a member that the cluster has goes back as it came');
    });

    it('are not for the free tier, a stopped cluster, or a replica whose primary went without passwords', async () => {
      const both = modes(['MicrosoftEntraID', 'NativeAuth']);
      for (const name of ['tryout-free', 'legacy-shop', 'orders-us']) {
        assert.equal((await patch(name, both)).status, 400, name);
      }
    });

    it('are silently left alone by a version that does not know them', async () => {
      await finish(await patch('carts-eu', modes(['MicrosoftEntraID']), '2024-07-01'));
      const after = await get(id('carts-eu'));
      assert.deepEqual(member(after.body, 'properties', 'authConfig', 'allowedModes'), [
        'MicrosoftEntraID',
        'NativeAuth',
      ]);
    });

    it('may want a new password when passwords come back', async () => {
      const entraOnly = modes(['MicrosoftEntraID', 'NativeAuth']);
      azure.organisation.behaviour.nativeNeedsPassword = true;
      assert.equal((await patch('orders-eu', entraOnly)).status, 400);
      const administrator = { userName: 'dbadmin', password: 'New-Password-1' };
      const accepted = await patch('orders-eu', { properties: { ...entraOnly.properties, administrator } });
      assert.equal(accepted.status, 202);
      await finish(accepted);
      const after = await get(id('orders-eu'));
      assert.deepEqual(member(after.body, 'properties', 'administrator'), { userName: 'dbadmin' });
    });
  });

  describe('users of a vCore cluster', () => {
    const put = (name: string, body: object, cluster = 'carts-eu', apiVersion = mongo) =>
      call('PUT', `${id(cluster)}/users/${name}`, apiVersion, { body });

    it('are there at once, unfinished, and then ready on the primary and its replicas', async () => {
      const accepted = await put(sam, userBody(), 'orders-eu');
      assert.equal(accepted.status, 201);
      assert.equal(member(accepted.body, 'properties', 'provisioningState'), 'InProgress');
      assert.ok(accepted.headers['azure-asyncoperation']);
      await finish(accepted);
      const user = await get(`${id('orders-eu')}/users/${sam}`);
      assert.equal(member(user.body, 'properties', 'provisioningState'), 'Succeeded');
      assert.equal(
        member(user.body, 'properties', 'identityProvider', 'properties', 'principalType'),
        'User',
      );
      assert.ok((await userNames('orders-us')).includes(sam));
    });

    it('are refused in every shape that the published one is not', async () => {
      const wrong: Record<string, object> = {
        'without the envelope': userBody().properties,
        'a group': userBody('group'),
        'a managed identity by its own name': userBody('managedIdentity'),
        'the role of an older version': userBody('user', 'dbOwner'),
        'a role on one database': {
          properties: { ...userBody().properties, roles: [{ db: 'shop', role: 'root' }] },
        },
        'no roles': { properties: { identityProvider: userBody().properties.identityProvider } },
      };
      for (const [what, body] of Object.entries(wrong))
        assert.equal((await put(sam, body)).status, 400, what);
      assert.equal((await put('sam@contoso.com', userBody())).status, 400);
      assert.equal(
        (await put(sam, userBody('user', 'dbOwner'), 'carts-eu', '2025-04-01-preview')).status,
        201,
      );
    });

    it('are not for a cluster without Entra, nor to be managed on a replica', async () => {
      assert.equal((await put(sam, userBody(), 'legacy-shop')).status, 400);
      assert.equal((await put(sam, userBody(), 'orders-us')).status, 400);
    });

    it('are not changed in place, and stop at a hundred', async () => {
      const kai = '9e550000-0000-4000-8000-000000000001';
      assert.equal((await put(kai, userBody('servicePrincipal'))).status, 400);
      assert.equal((await put(kai, userBody())).status, 200);
      const cluster = azure.organisation.resources.find(({ name }) => name === 'reviews-eu') as MongoCluster;
      while (cluster.users.length < 100) {
        cluster.users.push({
          name: `x${cluster.users.length}`,
          properties: { provisioningState: 'Succeeded', user: 'x' },
        });
      }
      assert.equal(codeOf(await put(morgan, userBody(), 'reviews-eu')), 'UserCountLimitExceeded');
    });

    it('stay visible when making them failed', async () => {
      azure.faults.add({ fault: { kind: 'failedOperation', code: 'X', message: 'x' } });
      await finish(await put(sam, userBody()));
      const user = await get(`${id('carts-eu')}/users/${sam}`);
      assert.equal(member(user.body, 'properties', 'provisioningState'), 'Failed');
    });

    it('go with an empty answer, once; the native administrator stays', async () => {
      const path = `${id('carts-eu')}/users/9e550000-0000-4000-8000-000000000001`;
      const accepted = await call('DELETE', path);
      assert.equal(accepted.status, 202);
      assert.deepEqual(accepted.body, {});
      assert.equal(member((await get(path)).body, 'properties', 'provisioningState'), 'Dropping');
      await finish(accepted);
      assert.equal((await get(path)).status, 404);
      assert.equal((await call('DELETE', path)).status, 204);
      assert.equal((await call('DELETE', `${id('carts-eu')}/users/dbadmin`)).status, 400);
    });
  });

  describe('PostgreSQL clusters', () => {
    const authConfig = {
      properties: { authConfig: { activeDirectoryAuth: 'enabled', passwordAuth: 'disabled' } },
    };

    it('answer a PATCH of authConfig with success and do nothing', async () => {
      const end = await finish(await call('PATCH', id('ledger'), postgres, { body: authConfig }));
      assert.equal(member(end.body, 'status'), 'Succeeded');
      assert.equal(
        member((await get(id('ledger'), postgres)).body, 'properties', 'authConfig', 'passwordAuth'),
        'enabled',
      );
    });

    it('can be told to honour it', async () => {
      azure.organisation.behaviour.postgresTakesAuthConfig = true;
      await finish(await call('PATCH', id('ledger'), postgres, { body: authConfig }));
      const after = (await get(id('ledger'), postgres)).body;
      assert.equal(member(after, 'properties', 'authConfig', 'passwordAuth'), 'disabled');
      assert.equal(member(after, 'properties', 'passwordEnabled'), 'disabled');
      const neither = { activeDirectoryAuth: 'disabled', passwordAuth: 'disabled' };
      const shut = await call('PATCH', id('ledger'), postgres, {
        body: { properties: { authConfig: neither } },
      });
      assert.equal(shut.status, 400);
      const old = await call('PATCH', id('invoices'), postgres, { body: authConfig });
      assert.equal(old.status, 400, 'PostgreSQL 13 knows no Entra');
    });

    it('take roles of people and workloads, in the published shape alone', async () => {
      const externalIdentity = {
        objectId: sam,
        principalType: 'user',
        tenantId: 'c0a70500-0000-4000-8000-000000000001',
      };
      const put = (name: string, properties: object) =>
        call('PUT', `${id('ledger')}/roles/${name}`, postgres, { body: { properties } });
      const wrong: [string, object][] = [
        ['sam@contoso.com', { externalIdentity }],
        ['sam', { externalIdentity: { ...externalIdentity, principalType: 'group' } }],
        ['sam', { externalIdentity: { ...externalIdentity, objectId: 'sam' } }],
        ['sam', { externalIdentity, password: 'Password-1' }],
        ['sam', { roleType: 'owner', externalIdentity }],
        ['sam', {}],
        ['kai.carter', { externalIdentity }],
        ['kai.carter', { password: 'Password-1' }],
      ];
      for (const [name, properties] of wrong) {
        assert.equal((await put(name, properties)).status, 400, JSON.stringify(properties));
      }
      const accepted = await put('sam', { externalIdentity });
      assert.equal(accepted.status, 201);
      await finish(accepted);
      const role = await get(`${id('ledger')}/roles/sam`, postgres);
      assert.deepEqual(member(role.body, 'properties'), {
        roleType: 'user',
        externalIdentity,
        provisioningState: 'Succeeded',
      });
      await finish(await put('batch', { password: 'Password-1' }));
      assert.ok(!(await get(`${id('ledger')}/roles/batch`, postgres)).text.includes('Password-1'));
      assert.equal((await call('DELETE', `${id('ledger')}/roles/citus`, postgres)).status, 400);
    });
  });

  describe('Cosmos DB accounts', () => {
    const definition = () => `${id('catalog')}/sqlRoleDefinitions/00000000-0000-0000-0000-000000000001`;
    const assignment = (properties: object, name = 'a5516000-0000-4000-8000-0000000000aa') =>
      call('PUT', `${id('catalog')}/sqlRoleAssignments/${name}`, account, { body: { properties } });

    it('answer 200 with a body to a PATCH that is not done', async () => {
      const accepted = await call('PATCH', id('catalog'), account, {
        body: { properties: { disableLocalAuth: true } },
      });
      assert.equal(accepted.status, 200);
      assert.equal(member(accepted.body, 'properties', 'provisioningState'), 'Updating');
      assert.equal(member(accepted.body, 'properties', 'disableLocalAuth'), undefined);
      await finish(accepted);
      assert.equal(member((await get(id('catalog'), account)).body, 'properties', 'disableLocalAuth'), true);
    });

    it('refuse a property of another type', async () => {
      const body = { properties: { disableLocalAuth: 'yes' } };
      assert.equal((await call('PATCH', id('catalog'), account, { body })).status, 400);
    });

    it('speak of their operations in words of their own', async () => {
      const accepted = await assignment({
        roleDefinitionId: definition(),
        scope: id('catalog'),
        principalId: sam,
      });
      assert.equal(accepted.status, 202);
      const words = [];
      for (let poll = 0; poll < 3; poll += 1) {
        words.push(member((await follow(header(accepted, 'azure-asyncoperation'))).body, 'status'));
      }
      assert.deepEqual(words, ['Enqueued', 'Dequeued', 'Succeeded']);
      const made = await follow(header(accepted, 'location'));
      assert.equal(member(made.body, 'properties', 'principalId'), sam);
    });

    it('take scopes of the form dbs and colls, in the account, and principals of the tenant', async () => {
      const right = {
        roleDefinitionId: definition(),
        scope: `${id('catalog')}/dbs/shop/colls/orders`,
        principalId: sam,
      };
      const wrong = [
        { ...right, scope: `${id('catalog')}/sqlDatabases/shop` },
        { ...right, scope: id('profiles') },
        { ...right, principalId: '60e60e00-0000-4000-8000-000000000009' },
        { ...right, roleDefinitionId: definition().replace('000001', '000009') },
      ];
      for (const properties of wrong)
        assert.equal((await assignment(properties)).status, 400, JSON.stringify(properties));
      assert.equal((await assignment(right, 'mine')).status, 400);
      await finish(await assignment({ ...right, scope: '/dbs/shop' }));
      const path = `${id('catalog')}/sqlRoleAssignments/a5516000-0000-4000-8000-0000000000aa`;
      assert.equal(
        member((await get(path, account)).body, 'properties', 'scope'),
        `${id('catalog')}/dbs/shop`,
      );
      await finish(await call('DELETE', path, account));
      assert.equal((await call('DELETE', path, account)).status, 204);
    });

    it('protect the built-in definitions and those in use', async () => {
      assert.equal((await call('DELETE', definition(), account)).status, 400);
      const custom = `${id('catalog')}/sqlRoleDefinitions/c4570400-0000-4000-8000-000000000001`;
      await finish(await assignment({ roleDefinitionId: custom, scope: '/dbs/shop', principalId: sam }));
      assert.equal((await call('DELETE', custom, account)).status, 400);
    });

    it('make a new key, and remember when', async () => {
      const keys = async () => (await call('POST', `${id('catalog')}/listKeys`, account)).body;
      const before = await keys();
      const wrong = await call('POST', `${id('catalog')}/regenerateKey`, account, {
        body: { keyKind: 'Primary Master' },
      });
      assert.equal(wrong.status, 400);
      const accepted = await call('POST', `${id('catalog')}/regenerateKey`, account, {
        body: { keyKind: 'primary' },
      });
      assert.equal(accepted.status, 202);
      await finish(accepted);
      const after = await keys();
      assert.notEqual(member(after, 'primaryMasterKey'), member(before, 'primaryMasterKey'));
      assert.equal(member(after, 'secondaryMasterKey'), member(before, 'secondaryMasterKey'));
      const made = member(
        (await get(id('catalog'), account)).body,
        'properties',
        'keysMetadata',
        'primaryMasterKey',
        'generationTime',
      );
      assert.ok(Date.now() - Date.parse(String(made)) < 60_000);
    });
  });

  describe('firewall rules', () => {
    it('are made and removed, as ranges of IPv4', async () => {
      const put = (startIpAddress: string, endIpAddress: string) =>
        call('PUT', `${id('carts-eu')}/firewallRules/home`, mongo, {
          body: { properties: { startIpAddress, endIpAddress } },
        });
      assert.equal((await put('2001:db8::1', '2001:db8::1')).status, 400);
      assert.equal((await put('10.0.0.9', '10.0.0.1')).status, 400);
      await finish(await put('203.0.113.7', '203.0.113.7'));
      const rule = await get(`${id('carts-eu')}/firewallRules/home`);
      assert.equal(member(rule.body, 'properties', 'startIpAddress'), '203.0.113.7');
      await finish(await call('DELETE', `${id('carts-eu')}/firewallRules/home`));
      assert.equal((await get(`${id('carts-eu')}/firewallRules/home`)).status, 404);
    });
  });

  describe('leave their trace in the activity log', () => {
    const resource = 'https://management.azure.com';
    const since = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
    const log = (filter: string, question: Question = {}) => {
      const path = `/subscriptions/${production}/providers/Microsoft.Insights/eventtypes/management/values`;
      const url = `${azure.endpoints.resourceManager}${path}?api-version=2015-04-01&$filter=${encodeURIComponent(filter)}`;
      return ask(azure, url, { token, ...question });
    };
    const today = (rest: string) => log(`eventTimestamp ge '${since(0.1)}' and ${rest}`);
    const eventsOf = (answer: Answer) => member(answer.body, 'value') as unknown[];
    const words = (answer: Answer) =>
      eventsOf(answer).map((event) =>
        `${String(member(event, 'status', 'value'))} ${String(member(event, 'subStatus', 'value'))}`.trim(),
      );

    it('as a beginning, a promise and an end, by the name that the answer gave them', async () => {
      const accepted = await call('PUT', `${id('carts-eu')}/users/${sam}`, mongo, { body: userBody() });
      await finish(accepted);
      await call('PATCH', id('orders-eu'), mongo, { body: modes(['MicrosoftEntraID']) });
      const found = await today(`resourceUri eq '${id('carts-eu')}'`);
      assert.deepEqual(words(found), ['Succeeded', 'Accepted Created', 'Started']);
      const [last, , first] = eventsOf(found);
      assert.equal(member(last, 'operationName', 'value'), 'Microsoft.DocumentDB/mongoClusters/users/write');
      assert.equal(member(last, 'caller'), 'kai@contoso.com');
      assert.equal(member(last, 'claims', 'idtyp'), 'user');
      assert.equal(member(last, 'httpRequest', 'method'), 'PUT');
      assert.equal(member(last, 'correlationId'), header(accepted, 'x-ms-correlation-request-id'));
      assert.deepEqual(JSON.parse(String(member(first, 'properties', 'requestbody'))), userBody());
      assert.equal((await today(`resourceGroupName eq 'shop-eu'`)).status, 200);
    });

    it('when they are refused, and not when more proof is asked for first', async () => {
      azure.organisation.behaviour.secondFactorOnWrite = true;
      const weak = await azure.issueToken('kai@contoso.com', { tenant: 'contoso.com', resource });
      const put = { body: userBody('servicePrincipal', 'dbOwner') };
      await call('PUT', `${id('carts-eu')}/users/${sam}`, mongo, { ...put, token: weak });
      assert.deepEqual(words(await today(`resourceUri eq '${id('carts-eu')}'`)), []);
      assert.equal((await call('PUT', `${id('carts-eu')}/users/${sam}`, mongo, put)).status, 400);
      const found = await today(`resourceUri eq '${id('carts-eu')}'`);
      assert.deepEqual(words(found), ['Failed BadRequest', 'Started']);
      assert.match(String(member(eventsOf(found)[0], 'properties', 'statusMessage')), /"error":\{"code":/);
    });

    it('when keys are read, and when nothing had to be done', async () => {
      await call('POST', `${id('catalog')}/listKeys`, account);
      await call('DELETE', `${id('catalog')}/sqlRoleAssignments/${sam}`, account);
      assert.deepEqual(words(await today(`resourceUri eq '${id('catalog')}'`)), [
        'Succeeded NoContent',
        'Started',
        'Succeeded OK',
        'Started',
      ]);
    });

    it('for ninety days, in pages, by one of its patterns', async () => {
      azure.organisation.behaviour.pageSize = 3;
      const whole = `eventTimestamp ge '${since(89.99)}' and resourceUri eq '${id('orders-eu')}'`;
      const names: string[] = [];
      let answer = await log(whole);
      for (;;) {
        assert.ok(eventsOf(answer).length <= 3);
        names.push(...eventsOf(answer).map((event) => String(member(event, 'eventDataId'))));
        const next = member(answer.body, 'nextLink');
        if (typeof next !== 'string') break;
        answer = await follow(next);
      }
      assert.equal(new Set(names).size, 12);
      for (const filter of [
        `resourceUri eq '${id('carts-eu')}'`,
        `eventTimestamp ge '${since(91)}'`,
        `eventTimestamp ge '${since(1)}' and resourceGroupName eq 'a' and resourceUri eq 'b'`,
        `eventTimestamp ge '${since(1)}' and caller eq 'kai@contoso.com'`,
      ])
        assert.equal((await log(filter)).status, 400, filter);
    });

    it('for who may read what is asked about', async () => {
      const { directory, roleAssignments } = azure.organisation;
      const person = (name: string) => azure.issueToken(name, { tenant: 'contoso.com', resource });
      const robin = directory.find((one) => one.type === 'user' && one.mail === 'robin@contoso.com');
      roleAssignments.push({
        name: sam,
        scope: id('orders-eu'),
        principalId: robin?.id ?? '',
        principalType: 'User',
        roleDefinitionId: builtInRoleId('Reader'),
      });
      const status = async (name: string, rest: string) => {
        const asked = await log(`eventTimestamp ge '${since(30)}' and ${rest}`, {
          token: await person(name),
        });
        return [asked.status, asked.status === 200 && eventsOf(asked).length > 0];
      };
      // Reads one cluster, and not its group; reads accounts and no logs.
      const one = `resourceUri eq '${id('orders-eu')}'`;
      assert.deepEqual(await status('robin@contoso.com', `resourceGroupName eq 'shop-eu'`), [403, false]);
      assert.deepEqual(await status('robin@contoso.com', one), [200, true]);
      assert.deepEqual(await status('devon@contoso.com', one), [403, false]);
    });
  });
});

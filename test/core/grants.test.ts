import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AccountApi, Cluster, Grant } from '../../src/core/clusters/cluster.ts';
import { kinds } from '../../src/core/clusters/kinds.ts';
import type { LocalAzure } from '../local-azure/azure.ts';
import { resourceId } from '../local-azure/client.ts';
import type { Fault } from '../local-azure/faults.ts';
import { newServerGroup, serverGroupRole } from '../local-azure/newCluster.ts';
import { syntheticId } from '../local-azure/organisation.ts';
import type { DatabaseAccount } from '../local-azure/organisation.ts';
import { samplePeople, tenantIds } from '../local-azure/samplePeople.ts';
import { always, askingDoor, cloudAt, failureOf, localAzure, onlyContoso, sent, setStage } from './stage.ts';
import type { Stage } from './stage.ts';

const { contoso, fabrikam } = tenantIds;
const { alex, dataPlatform, fabrikamSupport, kai, nightly, ordersWorker, reporting } = samplePeople();
const nobody = syntheticId('60e60e00', 7);

function databaseAccount(azure: LocalAzure, name: string): DatabaseAccount {
  const found = azure.organisation.resources.find((one) => one.name === name);
  return found?.type === 'Microsoft.DocumentDB/databaseAccounts' ? found : assert.fail(name);
}

/** Who, as what, on how much of it. */
function shown({ holder, role, scope }: Grant): readonly (string | undefined)[] {
  const who =
    holder.state === 'keys'
      ? ['keys']
      : holder.state === 'native'
        ? [`native ${holder.name}`]
        : [holder.principal.objectId, holder.principal.type, holder.principal.tenant];
  return [...who, role.name === 'custom' ? `custom ${role.text}` : role.name, ...(scope ? [scope] : [])];
}

describe('grants', () => {
  const azure = localAzure();
  beforeEach(() => onlyContoso(azure()));

  const stageOfClusters = async (): Promise<Stage> => {
    const stage = setStage(azure());
    await stage.discovery.refresh();
    return stage;
  };
  const grantsOn = async (name: string, known?: Stage): Promise<readonly Grant[]> => {
    const stage = known ?? (await stageOfClusters());
    const cluster = stage.cluster(name);
    return kinds[cluster.kind].grants(stage.door, cluster);
  };
  const refusal = (status: number, code: string): Fault => ({
    kind: 'status',
    status,
    body: { error: { code, message: 'no' } },
  });

  describe('on DocumentDB', () => {
    it('are its Entra users with type and tenant, and the native administrator that has no provider', async () => {
      assert.deepEqual((await grantsOn('orders-eu')).map(shown), [
        ['native dbadmin', 'administrator'],
        [kai.id, 'user', contoso, 'administrator'],
        [alex.id, 'user', contoso, 'administrator'],
        [reporting.id, 'servicePrincipal', contoso, 'administrator'],
        [ordersWorker.id, 'servicePrincipal', contoso, 'administrator'],
        [nobody, 'user', contoso, 'administrator'],
        [fabrikamSupport.id, 'user', fabrikam, 'administrator'],
      ]);
    });

    it('carry the id of what grants them', async () => {
      const id = resourceId(azure(), 'orders-eu');
      const grants = await grantsOn('orders-eu');
      assert.deepEqual(
        grants.slice(0, 2).map((grant) => grant.id),
        [`${id}/users/dbadmin`, `${id}/users/${kai.id}`],
      );
    });

    it('of a replica are listed as those of its primary', async () => {
      const onPrimary = (await grantsOn('orders-eu')).map(shown);
      const onReplica = (await grantsOn('orders-us')).map(shown);
      assert.deepEqual(onReplica, onPrimary);
    });

    it('have a role in words of the first preview, of the future, or none', async () => {
      const user = (...names: readonly string[]) => ({
        name: kai.id,
        properties: {
          identityProvider: { type: 'MicrosoftEntraID', properties: { principalType: 'user' } },
          roles: names.map((role) => ({ db: 'admin', role })),
        },
      });
      const value = [user('dbOwner'), user('readAnyDatabase', 'clusterMonitor'), user()];
      const stage = await stageOfClusters();
      azure().faults.add({ path: '/users$', fault: { kind: 'status', status: 200, body: { value } } });
      const roles = (await grantsOn('carts-eu', stage)).map((grant) => shown(grant).at(-1));
      assert.deepEqual(roles, ['administrator', 'custom readAnyDatabase, clusterMonitor', 'unknown']);
    });

    it('with a role of no name are not called by an empty one', async () => {
      const identityProvider = { type: 'MicrosoftEntraID', properties: {} };
      const value = [[{}], [{ db: 'admin', role: '' }], [null]].map((roles) => ({
        name: kai.id,
        properties: { identityProvider, roles },
      }));
      const stage = await stageOfClusters();
      azure().faults.add({ path: '/users$', fault: { kind: 'status', status: 200, body: { value } } });
      const roles = (await grantsOn('carts-eu', stage)).map(({ role }) => role.name);
      assert.deepEqual(roles, ['unknown', 'unknown', 'unknown']);
    });

    it('on several pages are one list', async () => {
      azure().organisation.behaviour.pageSize = 2;
      assert.equal((await grantsOn('orders-eu')).length, 7);
      assert.equal(sent(azure(), /orders-eu\/users$/).length, 4);
    });

    it('are asked with an older API version where the newest is not known', async () => {
      const stage = await stageOfClusters();
      azure().faults.add({ path: '/users$', fault: refusal(400, 'NoRegisteredProviderFound') });
      assert.equal((await grantsOn('orders-eu', stage)).length, 7);
      assert.deepEqual(
        sent(azure(), /\/users$/).map(({ apiVersion }) => apiVersion),
        ['2026-06-01', '2025-09-01'],
      );
    });

    it('that the caller may not see are a failure, not an empty list', async () => {
      const stage = await stageOfClusters();
      azure().faults.add(always({ path: '/users$', fault: refusal(403, 'AuthorizationFailed') }));
      assert.deepEqual(await failureOf(grantsOn('orders-eu', stage)), {
        code: 'forbidden',
        serviceCode: 'AuthorizationFailed',
        message: 'no',
      });
    });
  });

  describe('on PostgreSQL', () => {
    it('are roles: citus with its password, Entra principals under their alias', async () => {
      const grants = await grantsOn('ledger');
      assert.deepEqual(grants.map(shown), [
        ['native citus', 'administrator'],
        [kai.id, 'user', contoso, 'user'],
        [nightly.id, 'servicePrincipal', contoso, 'user'],
      ]);
      assert.deepEqual(
        grants.map(({ holder }) => (holder.state === 'entra' ? holder.alias : undefined)),
        [undefined, 'kai.carter', 'nightly_export'],
      );
    });

    it('of a group, in capitals and with a role of the future are kept as they came', async () => {
      const place = {
        subscriptionId: syntheticId('5b5c0000', 1),
        resourceGroup: 'finance',
        location: 'eastus',
      };
      const cluster = newServerGroup(place, { name: 'capitals', entra: true, password: false });
      const role = serverGroupRole('Platform', dataPlatform.id, 'Group', contoso);
      const auditor = { ...serverGroupRole('auditor', alex.id, 'USER', contoso) };
      auditor.properties.roleType = 'auditor';
      cluster.roles.splice(0, cluster.roles.length, role, auditor);
      azure().organisation.resources.push(cluster);
      const grants = await grantsOn('capitals');
      assert.deepEqual(grants.map(shown), [
        [dataPlatform.id, 'group', contoso, 'user'],
        [alex.id, 'user', contoso, 'custom auditor'],
      ]);
    });

    it('are asked of the one API version that knows Entra', async () => {
      await grantsOn('ledger');
      assert.deepEqual(
        sent(azure(), /ledger\/roles$/).map(({ apiVersion }) => apiVersion),
        ['2023-03-02-preview'],
      );
    });
  });

  describe('on an account', () => {
    const assignment = (account: DatabaseAccount, family: string, definition: string, scope = ''): void => {
      account.children[`${family}Assignments`]?.push({
        name: syntheticId('a5516000', 90),
        properties: {
          principalId: kai.id,
          roleDefinitionId: `${account.id}/${family}Definitions/${definition}`,
          scope: account.id + scope,
        },
      });
    };
    const builtIn = (number: number) => `00000000-0000-0000-0000-00000000000${number}`;

    it('have a scope: the account, a database, a container', async () => {
      assert.deepEqual((await grantsOn('catalog')).map(shown), [
        [kai.id, 'unknown', undefined, 'dataContributor'],
        [reporting.id, 'unknown', undefined, 'dataReader', 'shop'],
        [dataPlatform.id, 'unknown', undefined, 'dataReader', 'shop/products'],
        [nobody, 'unknown', undefined, 'dataContributor'],
      ]);
    });

    it('have a scope however it is spelled', async () => {
      const account = databaseAccount(azure(), 'catalog');
      const scopes = [account.id.toUpperCase(), '/', '/dbs/shop', `${account.id}/DBS/shop/COLLS/a b`];
      const value = scopes.map((scope) => ({ id: 'x', properties: { principalId: kai.id, scope } }));
      const stage = await stageOfClusters();
      azure().faults.add({
        path: 'sqlRoleAssignments$',
        fault: { kind: 'status', status: 200, body: { value } },
      });
      assert.deepEqual(
        (await grantsOn('catalog', stage)).map(({ scope }) => scope),
        [undefined, undefined, 'shop', 'shop/a b'],
      );
    });

    it('name a role of the organisation’s own, and know when a definition is missing', async () => {
      const account = databaseAccount(azure(), 'catalog');
      account.children['sqlRoleAssignments']?.splice(0);
      assignment(account, 'sqlRole', syntheticId('c4570400', 1).toUpperCase(), '/dbs/shop');
      assignment(account, 'sqlRole', syntheticId('c4570400', 2));
      assert.deepEqual((await grantsOn('catalog')).map(shown), [
        [kai.id, 'unknown', undefined, 'custom Price Editor', 'shop'],
        [kai.id, 'unknown', undefined, 'unknown'],
      ]);
    });

    const families: readonly (readonly [AccountApi, string, string])[] = [
      ['table', 'telemetry', 'tableRole'],
      ['gremlin', 'relations', 'gremlinRole'],
      ['cassandra', 'clicks', 'cassandraRole'],
      ['mongodb', 'wishlists', 'mongoMIRole'],
    ];
    for (const [api, name, family] of families) {
      it(`of the ${api} API are of its own family`, async () => {
        const account = databaseAccount(azure(), name);
        assignment(account, family, builtIn(1));
        assignment(account, family, builtIn(2), '/dbs/d/colls/c');
        assert.deepEqual((await grantsOn(name)).map(shown), [
          [kai.id, 'unknown', undefined, 'dataReader'],
          [kai.id, 'unknown', undefined, 'dataContributor', 'd/c'],
        ]);
        const lists = sent(azure(), new RegExp(`databaseAccounts/${name}/`));
        assert.deepEqual(
          new Set(lists.map(({ path }) => path.split('/').at(-1))),
          new Set([
            `${family}Assignments`,
            `${family}Definitions`,
            ...(api === 'mongodb' ? ['mongodbUserDefinitions'] : []),
          ]),
        );
      });
    }

    describe('of the MongoDB API', () => {
      const users = [
        {
          name: 'shop.reader',
          properties: {
            userName: 'reader',
            databaseName: 'shop',
            roles: [
              { db: 'shop', role: 'read' },
              { db: 'logs', role: 'readWrite' },
            ],
          },
        },
        { name: 'shop.bare', properties: { databaseName: 'shop' } },
      ];
      const expected = [
        ['native reader', 'custom shop.read, logs.readWrite'],
        ['native shop.bare', 'unknown'],
      ];
      const account = () => databaseAccount(azure(), 'wishlists');
      beforeEach(() => void account().children['mongodbUserDefinitions']?.push(...users));

      it('are users with passwords beside Entra’s', async () => {
        assignment(account(), 'mongoMIRole', builtIn(2));
        assert.deepEqual((await grantsOn('wishlists')).map(shown), [
          [kai.id, 'unknown', undefined, 'dataContributor'],
          ...expected,
        ]);
      });

      it('have no users with passwords without the capability for them, and are not asked for any', async () => {
        account().properties.capabilities = [{ name: 'EnableMongo' }];
        assert.deepEqual(await grantsOn('wishlists'), []);
        assert.equal(sent(azure(), /mongodbUserDefinitions/).length, 0);
      });

      // The family for Entra is known from its schema alone; a region may refuse it.
      for (const [status, code] of [
        [400, 'BadRequest'],
        [404, 'InvalidResourceType'],
      ] as const) {
        it(`are shown where Entra’s family is refused with ${status}`, async () => {
          const stage = await stageOfClusters();
          azure().faults.add(always({ path: 'mongoMIRole', fault: refusal(status, code) }));
          assert.deepEqual((await grantsOn('wishlists', stage)).map(shown), expected);
        });
      }
    });
  });
});

describe('grants out of anything that a service may send', () => {
  const loopback = 'https://127.0.0.1:1';
  const caller = { account: { id: 'oid.tid', label: 'kai@contoso.com' }, tenant: contoso };

  function cluster(kind: Cluster['kind'], capabilities: readonly string[] = []): Cluster {
    const id = `/subscriptions/s/resourceGroups/g/providers/${kinds[kind].armType}/x`;
    const properties = { capabilities: capabilities.map((name) => ({ name })) };
    return {
      key: id,
      kind,
      id,
      name: 'x',
      subscription: 's',
      resourceGroup: 'g',
      caller,
      resource: { id, name: 'x', type: kinds[kind].armType, properties },
      modes: { entra: 'unknown', native: 'unknown', other: [] },
      state: undefined,
      read: 'yes',
    };
  }

  const word = fc.constantFrom('User', 'user', 'root', 'dbOwner', 'admin', '', kai.id, contoso, '/dbs/a');
  const odd = fc.oneof(word, fc.constantFrom(undefined, null, 0, true, [], {}), fc.jsonValue());
  const record = (...names: string[]) =>
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record(Object.fromEntries(names.map((name) => [name, odd])), { requiredKeys: [] }),
      },
      { weight: 1, arbitrary: odd },
    );
  const provider = fc.record(
    { type: odd, properties: record('principalType', 'entraTenant') },
    { requiredKeys: [] },
  );
  const properties = fc.record(
    {
      user: odd,
      userName: odd,
      identityProvider: fc.oneof(provider, odd),
      externalIdentity: record('objectId', 'principalType', 'tenantId'),
      roles: fc.oneof(fc.array(record('db', 'role')), odd),
      roleType: odd,
      principalId: odd,
      roleDefinitionId: odd,
      scope: odd,
      roleName: odd,
    },
    { requiredKeys: [] },
  );
  const item = fc.oneof(
    fc.record({ id: odd, name: odd, properties: fc.oneof(properties, odd) }, { requiredKeys: [] }),
    odd,
  );

  const subjects = [
    cluster('vcore'),
    cluster('postgres'),
    ...[[], ['EnableTable'], ['EnableCassandra'], ['EnableGremlin']].map((names) =>
      cluster('account', names),
    ),
    cluster('account', ['EnableMongo', 'EnableMongoRoleBasedAccessControl']),
  ];
  for (const subject of subjects) {
    const capabilities = JSON.stringify(subject.resource.properties['capabilities']);
    it(`never throw, and say only what can be shown (${subject.kind} ${capabilities})`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(item, { maxLength: 5 }), async (value) => {
          const cloud = cloudAt({ resourceManager: loopback, graph: loopback, portal: loopback });
          const door = askingDoor(cloud, () => Promise.resolve({ value }));
          const grants = await kinds[subject.kind].grants(door, subject);
          assert.ok(grants.length >= value.length);
          for (const { id, holder, role, scope } of grants) {
            const texts = [
              id,
              role.name,
              ...(holder.state === 'native' ? [holder.name] : []),
              ...(holder.state === 'entra' ? [holder.principal.objectId, holder.principal.type] : []),
              ...(scope === undefined ? [] : [scope]),
            ];
            for (const text of texts) assert.equal(typeof text, 'string');
            if (role.name === 'custom') assert.notEqual(role.text.trim(), '');
          }
        }),
      );
    });
  }

  it('never call a holder native whose provider is Entra', async () => {
    await fc.assert(
      fc.asyncProperty(record('principalType', 'entraTenant'), odd, odd, async (details, name, roles) => {
        const identityProvider = { type: 'MicrosoftEntraID', properties: details };
        const cloud = cloudAt({ resourceManager: loopback, graph: loopback, portal: loopback });
        const door = askingDoor(cloud, () =>
          Promise.resolve({ value: [{ name, properties: { identityProvider, roles } }] }),
        );
        const [grant] = await kinds.vcore.grants(door, cluster('vcore'));
        assert.equal(grant?.holder.state, 'entra');
      }),
    );
  });
});

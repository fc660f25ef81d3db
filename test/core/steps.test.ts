import assert from 'node:assert/strict';
import { write } from '../../src/core/azure/writes.ts';
import type { Change, RoleOffer, Step } from '../../src/core/clusters/change.ts';
import type { Cluster } from '../../src/core/clusters/cluster.ts';
import { kinds } from '../../src/core/clusters/kinds.ts';
import type { FailureData } from '../../src/core/failure.ts';
import { syntheticId } from '../local-azure/organisation.ts';
import type { Child } from '../local-azure/organisation.ts';
import { samplePeople, tenantIds } from '../local-azure/samplePeople.ts';
import {
  azureWithDatabases,
  begin,
  databaseAccounts,
  inAzure,
  modes,
  mongoClusters,
  resource,
  rule,
  serverGroups,
} from './changing.ts';
import type { Playing, Sent } from './changing.ts';
import { hurry } from './hurry.ts';

const people = samplePeople();
const {
  alex,
  catalogIndexer,
  checkout,
  dataPlatform,
  fabrikamSupport,
  jordan,
  kai,
  lee,
  nightly,
  robin,
  rotator,
  sam,
} = people;
const { contoso, fabrikam } = tenantIds;
const gone = { id: syntheticId('60e60e00', 7), type: 'user' } as const;

const versions = { vcore: '2026-06-01', postgres: '2023-03-02-preview', account: '2026-03-15' };

describe('what is sent to change', () => {
  const azure = azureWithDatabases();
  hurry();

  const id = (name: string, below = ''): string => resource(azure(), name).id + below;

  /** A write as it left here. */
  function sentTo(
    kind: keyof typeof versions,
    method: Sent['method'],
    address: string,
    properties?: object,
  ): Sent {
    const body = properties === undefined ? {} : { body: { properties } };
    return { method, address, apiVersion: versions[kind], ...body };
  }

  describe('the ways in of DocumentDB', () => {
    const [entra, native] = ['MicrosoftEntraID', 'NativeAuth'];
    const directions: readonly (readonly [
      from: readonly string[],
      to: readonly [boolean, boolean],
      sent: readonly string[],
    ])[] = [
      [[native], [true, true], [entra, native]],
      [[native], [true, false], [entra]],
      [[entra, native], [true, false], [entra]],
      [[entra, native], [false, true], [native]],
      [[entra], [true, true], [entra, native]],
      [[entra], [false, true], [native]],
      [
        [entra, 'WorkloadCertificate'],
        [true, true],
        [entra, native, 'WorkloadCertificate'],
      ],
      [
        ['Passkey', entra, 'WorkloadCertificate'],
        [false, true],
        [native, 'Passkey', 'WorkloadCertificate'],
      ],
      [
        ['Passkey', native, entra],
        [true, false],
        [entra, 'Passkey'],
      ],
      [
        ['Passkey', native],
        [true, true],
        [entra, native, 'Passkey'],
      ],
    ];
    for (const [from, [toEntra, toNative], allowedModes] of directions) {
      it(`from ${from.join(' + ')} is ${allowedModes.join(' + ')}`, async () => {
        const { properties } = inAzure(azure(), mongoClusters, 'carts-eu');
        properties.authConfig.allowedModes = [...from];
        const play = begin(azure());
        await play.make(await play.cluster('carts-eu'), modes(toEntra, toNative));
        assert.deepEqual(play.writes, [
          sentTo('vcore', 'PATCH', id('carts-eu'), { authConfig: { allowedModes } }),
        ]);
        assert.deepEqual(properties.authConfig.allowedModes, allowedModes);
        assert.equal(properties.serverVersion, '8.0', 'and all else is as it was');
      });
    }

    it('of a cluster that nobody looked at are those that it has when they are changed', async () => {
      const play = begin(azure());
      await play.make(play.listed('pricing-us'), modes(true, true));
      const { authConfig } = inAzure(azure(), mongoClusters, 'pricing-us').properties;
      assert.deepEqual(authConfig.allowedModes, [entra, native, 'WorkloadCertificate']);
    });

    it('are the same in another order or other letters: nothing is sent', async () => {
      const { authConfig } = inAzure(azure(), mongoClusters, 'carts-eu').properties;
      authConfig.allowedModes = ['nativeauth', 'microsoftentraid'];
      const play = begin(azure());
      await play.make(await play.cluster('carts-eu'), modes(true, true));
      assert.deepEqual(play.writes, []);
    });

    it('back to passwords come with a new one, where the service wants that', async () => {
      azure().organisation.behaviour.nativeNeedsPassword = true;
      const play = begin(azure());
      const cluster = await play.cluster('orders-eu');
      const failure = await play.failure(cluster, modes(true, true));
      assert.ok(failure.code === 'service' && failure.status === 400);
      assert.match(failure.message, /administrator.password/);
      const userName = kinds.vcore.nativeLogin?.(cluster) ?? assert.fail();
      const administrator = { userName, password: 'N3w-for-all-of-us' };
      await play.make(cluster, { ...modes(true, true), administrator });
      const authConfig = { allowedModes: [entra, native] };
      assert.deepEqual(
        play.writes[1],
        sentTo('vcore', 'PATCH', id('orders-eu'), { authConfig, administrator }),
      );
      assert.deepEqual(inAzure(azure(), mongoClusters, 'orders-eu').properties.administrator, {
        userName: 'dbadmin',
      });
    });
  });

  describe('the people of DocumentDB', () => {
    const user = (principalType: string) => ({
      identityProvider: { type: 'MicrosoftEntraID', properties: { principalType } },
      roles: [{ db: 'admin', role: 'root' }],
    });
    const inside = (principalType: string, ...roles: readonly string[]) => ({
      roles: roles.map((role) => ({ role, db: 'admin' })),
      customData: { IdentityProvider: { type: 'MicrosoftEntraID', properties: { principalType } } },
    });
    const readOnly = ['readAnyDatabase'];
    const readWrite = ['clusterAdmin', 'readWriteAnyDatabase'];
    const administrators = () => inAzure(azure(), mongoClusters, 'carts-eu').users.map(({ name }) => name);

    it('is a user, a service principal or a managed identity for an administrator', async () => {
      const play = begin(azure());
      const cluster = await play.cluster('carts-eu');
      const fromHere = { id: jordan.id, type: jordan.type, tenant: contoso };
      for (const [who, type] of [
        [sam, 'user'],
        [nightly, 'servicePrincipal'],
        [catalogIndexer, 'servicePrincipal'],
        [fromHere, 'user'],
      ] as const) {
        await play.make(cluster, await play.adding(cluster, who, 'administrator'));
        assert.deepEqual(
          play.writes.at(-1),
          sentTo('vcore', 'PUT', id('carts-eu', `/users/${who.id}`), user(type)),
        );
        assert.ok(administrators().includes(who.id));
        assert.equal((await play.grantOf(cluster, who)).role.name, 'administrator');
      }
      assert.deepEqual(play.commands, []);
    });

    it('is a command to the database for everybody else, with one of its two sets of roles', async () => {
      const play = begin(azure());
      const cluster = await play.cluster('carts-eu');
      await play.make(cluster, await play.adding(cluster, sam, 'readOnly'));
      await play.make(cluster, await play.adding(cluster, nightly, 'readWrite'));
      await play.make(cluster, await play.adding(cluster, catalogIndexer, 'readOnly'));
      assert.deepEqual(play.commands, [
        { createUser: sam.id, ...inside('user', ...readOnly) },
        { createUser: nightly.id, ...inside('servicePrincipal', ...readWrite) },
        { createUser: catalogIndexer.id, ...inside('servicePrincipal', ...readOnly) },
      ]);
      assert.deepEqual(play.writes, []);
      assert.deepEqual((await play.grantOf(cluster, nightly)).role, { name: 'readWrite' });
      assert.deepEqual(administrators(), ['dbadmin', kai.id, checkout.id]);
    });

    it('is gone by where it is kept, and to remove it twice is no failure', async () => {
      const play = begin(azure());
      const cluster = await play.cluster('carts-eu');
      await play.make(cluster, await play.adding(cluster, sam, 'readOnly'));
      const removeSam = await play.removing(cluster, sam);
      const removeCheckout = await play.removing(cluster, checkout);
      await play.make(cluster, removeSam, removeCheckout, removeSam, removeCheckout);
      const away = sentTo('vcore', 'DELETE', id('carts-eu', `/users/${checkout.id}`));
      assert.deepEqual(play.writes, [away, away]);
      assert.deepEqual(play.commands.slice(1), [{ dropUser: sam.id }, { dropUser: sam.id }]);
      assert.deepEqual(administrators(), ['dbadmin', kai.id]);
      assert.deepEqual(
        (await play.insiders(cluster)).filter(({ role }) => role.name === 'readOnly'),
        [],
      );
    });

    it('changes its role by what is taken, and then what is given', async () => {
      const play = begin(azure());
      const cluster = await play.cluster('carts-eu');
      const put = sentTo('vcore', 'PUT', id('carts-eu', `/users/${sam.id}`), user('user'));
      const drop = sentTo('vcore', 'DELETE', id('carts-eu', `/users/${sam.id}`));
      await play.make(cluster, await play.adding(cluster, sam, 'readOnly'));
      const to = async (role: string): Promise<void> => {
        play.writes.length = 0;
        play.commands.length = 0;
        await play.make(cluster, await play.changing(cluster, sam, role));
        const now = await play.grantOf(cluster, sam);
        assert.equal(now.role.name, role);
        assert.equal(administrators().includes(sam.id), role === 'administrator');
      };
      await to('readWrite');
      assert.deepEqual(play.commands, [
        { dropUser: sam.id },
        { createUser: sam.id, ...inside('user', ...readWrite) },
      ]);
      await to('administrator');
      assert.deepEqual([play.commands, play.writes], [[{ dropUser: sam.id }], [put]]);
      await to('readOnly');
      assert.deepEqual(
        [play.writes, play.commands],
        [[drop], [{ createUser: sam.id, ...inside('user', ...readOnly) }]],
      );
      await to('administrator');
      await to('readWrite');
      await to('readOnly');
      assert.deepEqual(play.writes, []);
    });

    it('of whom the service does not say what they are, is taken for an application', () => {
      const cluster = begin(azure()).listed('carts-eu');
      const [step] = kinds.vcore.steps(cluster, {
        what: 'addGrant',
        wanted: {
          principal: { objectId: gone.id, type: 'unknown', tenant: undefined },
          role: { role: { name: 'administrator' }, id: 'root', keptIn: 'resourceManager' },
          scope: undefined,
          alias: undefined,
        },
      });
      assert.ok(step?.to === 'resourceManager');
      assert.deepEqual(step.body, { properties: user('servicePrincipal') });
    });

    it('with a password, kept in the database, goes by the name that is used there', () => {
      const cluster = begin(azure()).listed('carts-eu');
      const [step] = kinds.vcore.steps(cluster, {
        what: 'removeGrant',
        grant: {
          id: id('carts-eu', '/inside/batch'),
          holder: { state: 'native', name: 'batch' },
          role: { name: 'readOnly' },
          roleId: 'readAnyDatabase',
          scope: undefined,
          keptIn: 'database',
        },
      });
      assert.deepEqual(step?.to === 'database' && step.command, { dropUser: 'batch' });
    });

    it('with a password has no steps but its removal, which the service refuses', async () => {
      const play = begin(azure());
      const cluster = await play.cluster('carts-eu');
      const grant =
        (await play.grants(cluster)).find(({ holder }) => holder.state === 'native') ?? assert.fail();
      const role = await play.role(cluster, 'readOnly');
      assert.deepEqual(kinds.vcore.steps(cluster, { what: 'changeRole', grant, role }), []);
      assert.deepEqual(kinds.postgres.steps(cluster, { what: 'changeRole', grant, role }), []);
      assert.deepEqual(kinds.account.steps(cluster, { what: 'changeRole', grant, role }), []);
      const failure = await play.failure(cluster, { what: 'removeGrant', grant });
      assert.ok(failure.code === 'service' && failure.status === 400);
      assert.ok(administrators().includes('dbadmin'));
    });
  });

  describe('PostgreSQL', () => {
    const role = (roleType: string, objectId: string, principalType: string, tenantId = contoso) => ({
      roleType,
      externalIdentity: { objectId, principalType, tenantId },
    });
    const roles = (name = 'ledger') =>
      Object.fromEntries(
        inAzure(azure(), serverGroups, name).roles.map(({ name, properties }) => [name, properties]),
      );

    it('is its ways in, whether the service takes them or not', async () => {
      azure().organisation.behaviour.postgresTakesAuthConfig = true;
      const play = begin(azure());
      const cluster = await play.cluster('ledger');
      const { properties } = inAzure(azure(), serverGroups, 'ledger');
      // Nobody in Entra rules there until now.
      await play.make(cluster, await play.changing(cluster, kai, 'administrator'));
      play.writes.length = 0;
      for (const [entra, native] of [
        [true, false],
        [false, true],
        [true, true],
      ] as const) {
        await play.make(cluster, modes(entra, native));
        const authConfig = {
          activeDirectoryAuth: entra ? 'enabled' : 'disabled',
          passwordAuth: native ? 'enabled' : 'disabled',
        };
        assert.deepEqual(play.writes.at(-1), sentTo('postgres', 'PATCH', id('ledger'), { authConfig }));
        assert.deepEqual(properties.authConfig, authConfig);
      }
    });

    it('is a role with the name that people connect by', async () => {
      const play = begin(azure());
      const cluster = await play.cluster('ledger');
      const cases = [
        [sam, 'user', 'sam.okafor', 'user'],
        [robin, 'administrator', 'robin-reyes', 'admin'],
        [checkout, 'user', undefined, 'user'],
        [catalogIndexer, 'administrator', 'indexer', 'admin'],
      ] as const;
      for (const [who, offer, alias, roleType] of cases) {
        const named = alias === undefined ? {} : { alias };
        await play.make(cluster, await play.adding(cluster, who, offer, named));
        const name = alias ?? who.id;
        const properties = role(roleType, who.id, who.type);
        assert.deepEqual(
          play.writes.at(-1),
          sentTo('postgres', 'PUT', id('ledger', `/roles/${name}`), properties),
        );
        assert.deepEqual(roles()[name], { ...properties, provisioningState: 'Succeeded' });
        const { holder } = await play.grantOf(cluster, who);
        assert.equal(holder.state === 'entra' && holder.alias, name);
      }
    });

    it('is a role of the tenant that somebody is said to be of, or else of the cluster’s', async () => {
      azure().organisation.behaviour.checksPrincipals = false;
      const play = begin(azure());
      const cluster = await play.cluster('ledger');
      const noor = { ...fabrikamSupport, tenant: fabrikam };
      await play.make(cluster, await play.adding(cluster, noor, 'user', { alias: 'noor' }));
      assert.deepEqual(play.writes[0]?.body, { properties: role('user', noor.id, 'user', fabrikam) });
    });

    it('is the same name, before and after', async () => {
      const play = begin(azure());
      const cluster = await play.cluster('ledger');
      await play.make(cluster, await play.changing(cluster, kai, 'administrator'));
      const path = id('ledger', '/roles/kai.carter');
      assert.deepEqual(play.writes, [
        sentTo('postgres', 'DELETE', path),
        sentTo('postgres', 'PUT', path, role('admin', kai.id, 'user')),
      ]);
      assert.equal(roles()['kai.carter']?.roleType, 'admin');
      await play.make(cluster, await play.changing(cluster, nightly, 'administrator'));
      await play.make(cluster, await play.changing(cluster, kai, 'user'));
      assert.equal(roles()['kai.carter']?.roleType, 'user');
      await play.make(cluster, await play.removing(cluster, kai));
      assert.deepEqual(Object.keys(roles()), ['citus', 'nightly_export']);
    });

    it('is what the service itself listed, or else an application', () => {
      const cluster = begin(azure()).listed('ledger');
      const types = {
        group: 'group',
        user: 'user',
        servicePrincipal: 'servicePrincipal',
        unknown: 'servicePrincipal',
      };
      for (const [type, wanted] of Object.entries(types)) {
        const [, step] = kinds.postgres.steps(cluster, {
          what: 'changeRole',
          grant: {
            id: id('ledger', '/roles/platform'),
            holder: {
              state: 'entra',
              principal: { objectId: dataPlatform.id, type: type as keyof typeof types, tenant: undefined },
              alias: 'platform',
            },
            role: { name: 'user' },
            roleId: 'user',
            scope: undefined,
            keptIn: 'resourceManager',
          },
          role: { role: { name: 'administrator' }, id: 'admin', keptIn: 'resourceManager' },
        });
        assert.ok(step?.to === 'resourceManager');
        assert.deepEqual(step.body, { properties: role('admin', dataPlatform.id, wanted) });
        assert.equal(step.id, id('ledger', '/roles/platform'));
      }
    });
  });

  describe('an account', () => {
    const definition = (number: number, name = 'catalog'): string =>
      id(name, `/sqlRoleDefinitions/00000000-0000-0000-0000-00000000000${number}`);
    const assignments = (name = 'catalog', family = 'sql'): readonly Child[] =>
      inAzure(azure(), databaseAccounts, name).children[`${family}RoleAssignments`] ?? [];
    const version8 = /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

    it('is whether its keys work', async () => {
      const play = begin(azure());
      const { properties } = inAzure(azure(), databaseAccounts, 'catalog');
      const cluster = await play.cluster('catalog');
      await play.make(cluster, modes(true, false));
      await play.make(cluster, modes(true, true));
      assert.deepEqual(play.writes, [
        sentTo('account', 'PATCH', id('catalog'), { disableLocalAuth: true }),
        sentTo('account', 'PATCH', id('catalog'), { disableLocalAuth: false }),
      ]);
      assert.equal(properties.disableLocalAuth, false);
    });

    it('is an assignment for a user, a service principal or a group, on all of it or a part', async () => {
      const play = begin(azure());
      const cluster = await play.cluster('catalog');
      const cases = [
        [sam, 'dataReader', undefined, 1, ''],
        [sam, 'dataReader', 'shop', 1, '/dbs/shop'],
        [nightly, 'dataContributor', 'shop/orders', 2, '/dbs/shop/colls/orders'],
        [dataPlatform, 'dataReader', 'search', 1, '/dbs/search'],
        [catalogIndexer, 'dataContributor', undefined, 2, ''],
      ] as const;
      const names = new Set<string>();
      for (const [who, offer, scope, number, below] of cases) {
        await play.make(
          cluster,
          await play.adding(cluster, who, offer, scope === undefined ? {} : { scope }),
        );
        const { method, address, apiVersion, body } = play.writes.at(-1) ?? assert.fail();
        const properties = {
          roleDefinitionId: definition(number),
          scope: id('catalog', below),
          principalId: who.id,
        };
        assert.deepEqual([method, apiVersion, body], ['PUT', versions.account, { properties }]);
        const name = address.split('/').at(-1) ?? '';
        assert.equal(address, id('catalog', `/sqlRoleAssignments/${name}`));
        assert.match(name, version8);
        names.add(name);
        assert.deepEqual(assignments().find((one) => one.name === name)?.properties, properties);
      }
      assert.equal(names.size, cases.length);
    });

    it('has the same id for the same assignment, whoever makes it and however it is spelled', async () => {
      const play = begin(azure());
      const cluster = await play.cluster('catalog');
      const change = await play.adding(cluster, sam, 'dataReader', { scope: 'shop' });
      assert.ok(change.what === 'addGrant');
      const nameOf = (more: Partial<typeof change.wanted>, of: Cluster = cluster): string => {
        const [step] = kinds.account.steps(of, { what: 'addGrant', wanted: { ...change.wanted, ...more } });
        return step?.to === 'resourceManager' ? (step.id.split('/').at(-1) ?? '') : assert.fail();
      };
      const name = nameOf({});
      const { principal, role } = change.wanted;
      assert.equal(nameOf({}, { ...cluster, id: cluster.id.toUpperCase() }), name);
      assert.equal(
        nameOf({ principal: { ...principal, objectId: sam.id.toUpperCase(), type: 'unknown' } }),
        name,
      );
      assert.equal(nameOf({ role: { ...role, id: role.id.toUpperCase() }, alias: 'x' }), name);
      const others = [
        nameOf({ scope: undefined }),
        nameOf({ scope: 'shop/orders' }),
        // Databases may differ in nothing but their letters.
        nameOf({ scope: 'Shop' }),
        nameOf({ principal: { ...principal, objectId: robin.id } }),
        nameOf({ role: { ...role, id: definition(2) } }),
        nameOf({}, { ...cluster, id: `${cluster.id}2` }),
      ];
      assert.equal(new Set([name, ...others]).size, 7);

      await play.make(cluster, change);
      const before = structuredClone(assignments());
      await play.make(cluster, change);
      assert.equal(play.writes.length, 1, 'it is there already');
      const [step] = kinds.account.steps(cluster, change);
      assert.ok(step?.to === 'resourceManager');
      const signal = new AbortController().signal;
      await write(play.stage.door, cluster.caller, step, { signal, accepted: () => undefined });
      assert.deepEqual(assignments(), before, 'and to make it again is harmless');
    });

    it('gives the new role before it takes the old', async () => {
      const play = begin(azure());
      const cluster = await play.cluster('catalog');
      const change = await play.changing(cluster, dataPlatform, 'dataContributor');
      assert.ok(change.what === 'changeRole' && change.grant.scope === 'shop/products');
      await play.make(cluster, change);
      const [put, drop, ...more] = play.writes;
      assert.deepEqual(put?.body, {
        properties: {
          roleDefinitionId: definition(2),
          scope: id('catalog', '/dbs/shop/colls/products'),
          principalId: dataPlatform.id,
        },
      });
      assert.deepEqual(drop, sentTo('account', 'DELETE', change.grant.id));
      assert.deepEqual(more, []);
      const theirs = assignments().filter(({ properties }) => properties['principalId'] === dataPlatform.id);
      assert.deepEqual(
        theirs.map(({ properties }) => properties['roleDefinitionId']),
        [definition(2)],
      );
    });

    it('takes a custom role where it may be given, and loses any role', async () => {
      const play = begin(azure());
      const cluster = await play.cluster('catalog');
      await play.make(cluster, await play.adding(cluster, sam, 'Price Editor', { scope: 'shop' }));
      const grant = await play.grantOf(cluster, sam);
      assert.deepEqual([grant.role, grant.scope], [{ name: 'custom', text: 'Price Editor' }, 'shop']);
      await play.make(cluster, { what: 'removeGrant', grant });
      assert.deepEqual(play.writes.at(-1), sentTo('account', 'DELETE', grant.id));
      assert.ok(assignments().every(({ properties }) => properties['principalId'] !== sam.id));
    });

    it('of another API has the assignments of that API', async () => {
      azure().organisation.roleAssignments.push({
        name: 'x',
        scope: resource(azure(), 'telemetry').id,
        principalId: kai.id,
        principalType: 'User',
        roleDefinitionId: '8e3af657-a8ff-443c-a75c-2fe8c4bcb635',
      });
      const play = begin(azure());
      for (const [name, family] of [
        ['telemetry', 'table'],
        ['wishlists', 'mongoMI'],
      ] as const) {
        const cluster = await play.cluster(name);
        await play.make(cluster, await play.adding(cluster, kai, 'dataReader'));
        assert.ok(play.writes.at(-1)?.address.startsWith(id(name, `/${family}RoleAssignments/`)));
        const [made] = assignments(name, family);
        assert.equal(made?.properties['principalId'], kai.id);
        await play.make(cluster, await play.removing(cluster, kai));
        assert.deepEqual(assignments(name, family), []);
      }
      for (const [name, family] of [
        ['clicks', 'cassandraRole'],
        ['relations', 'gremlinRole'],
      ] as const) {
        const of = await play.cluster(name);
        const [step] = kinds.account.steps(of, await addingTo(of));
        assert.ok(step?.to === 'resourceManager');
        assert.equal(step.type, `Microsoft.DocumentDB/databaseAccounts/${family}Assignments`);
      }
    });

    it('has its firewall in one list, which is replaced by what was there and what comes', async () => {
      const play = begin(azure());
      const { properties } = inAzure(azure(), databaseAccounts, 'catalog');
      const cluster = await play.cluster('catalog');
      const list = (): unknown => properties['ipRules'];
      const of = (...blocks: readonly string[]) => blocks.map((ipAddressOrRange) => ({ ipAddressOrRange }));

      await play.make(cluster, rule('203.0.113.7'));
      assert.deepEqual(play.writes, [
        sentTo('account', 'PATCH', id('catalog'), { ipRules: of('203.0.113.7') }),
      ]);
      await play.make(cluster, rule('198.51.100.0', '198.51.100.9'), rule('0.0.0.0'));
      assert.deepEqual(list(), of('203.0.113.7', '198.51.100.0/29', '198.51.100.8/31', '0.0.0.0'));
      assert.deepEqual(
        (await play.rules('catalog')).map(({ name, start, end }) => [name, start, end]),
        [
          ['203.0.113.7', '203.0.113.7', '203.0.113.7'],
          ['198.51.100.0/29', '198.51.100.0', '198.51.100.7'],
          ['198.51.100.8/31', '198.51.100.8', '198.51.100.9'],
          ['0.0.0.0', '0.0.0.0', '0.0.0.0'],
        ],
      );
      await play.make(cluster, rule('198.51.100.0', '198.51.100.15'));
      assert.equal(play.writes.length, 4, 'some of it was let in, not all');
      assert.deepEqual((list() as object[]).at(-1), { ipAddressOrRange: '198.51.100.0/28' });
      await play.make(cluster, rule('198.51.100.3'));
      assert.equal(play.writes.length, 4, 'that is in already');

      const [, first] = await play.rules('catalog');
      await play.make(cluster, { what: 'removeRule', rule: first ?? assert.fail() });
      await play.make(cluster, { ...rule('198.51.100.0', '198.51.100.15'), what: 'removeRule' });
      assert.deepEqual(list(), of('203.0.113.7', '198.51.100.8/31', '0.0.0.0'));
    });

    it('finds an address in that list however it is written there', async () => {
      const play = begin(azure());
      const { properties } = inAzure(azure(), databaseAccounts, 'catalog');
      const of = (...blocks: readonly string[]) => blocks.map((ipAddressOrRange) => ({ ipAddressOrRange }));
      properties['ipRules'] = of('203.0.113.7/32', '198.51.100.77/24', '192.0.2.1');
      const cluster = await play.cluster('catalog');
      const [one, block] = await play.rules('catalog');
      assert.deepEqual(
        [one?.start, block?.start, block?.end],
        ['203.0.113.7', '198.51.100.0', '198.51.100.255'],
      );
      for (const known of [one, block])
        await play.make(cluster, { what: 'removeRule', rule: known ?? assert.fail() });
      assert.deepEqual(properties['ipRules'], of('192.0.2.1'));
      await play.make(cluster, { what: 'removeRule', rule: one ?? assert.fail() });
      assert.equal(play.writes.length, 2, 'it is gone already');
    });

    it('keeps in that list what has no word here', () => {
      const listed = begin(azure()).listed('catalog');
      const ipRules = ['2001:db8::/32', 'soon', '203.0.113.7'].map((ipAddressOrRange) => ({
        ipAddressOrRange,
      }));
      const cluster = { ...listed, resource: { ...listed.resource, properties: { ipRules } } };
      const [step] = kinds.account.steps(cluster, { ...rule('203.0.113.7'), what: 'removeRule' });
      assert.ok(step?.to === 'resourceManager');
      assert.deepEqual(step.body, { properties: { ipRules: ipRules.slice(0, 2) } });
    });

    async function addingTo(cluster: Cluster) {
      return begin(azure()).adding(cluster, kai, 'dataReader');
    }
  });

  for (const [kind, name] of [
    ['vcore', 'carts-eu'],
    ['postgres', 'ledger'],
  ] as const) {
    describe(`the firewall of ${kind}`, () => {
      const rules = () => {
        const found = resource(azure(), name);
        return 'firewallRules' in found
          ? found.firewallRules.map((one) => [
              one.name,
              one.properties.startIpAddress,
              one.properties.endIpAddress,
            ])
          : assert.fail();
      };

      it('is a rule with a name, made, replaced, taken away and brought back', async () => {
        const play = begin(azure());
        const cluster = await play.cluster(name);
        const before = rules();
        const path = id(name, '/firewallRules/home');
        await play.make(cluster, rule('198.51.100.7'));
        const properties = { startIpAddress: '198.51.100.7', endIpAddress: '198.51.100.7' };
        assert.deepEqual(play.writes, [sentTo(kind, 'PUT', path, properties)]);
        assert.deepEqual(rules(), [...before, ['home', '198.51.100.7', '198.51.100.7']]);

        const known = (await play.rules(name)).find((one) => one.name === 'home') ?? assert.fail();
        assert.equal(known.id, path);
        await play.make(cluster, { what: 'removeRule', rule: known });
        assert.deepEqual(play.writes.at(-1), sentTo(kind, 'DELETE', path));
        assert.deepEqual(rules(), before);
        await play.make(cluster, { what: 'addRule', rule: known });
        assert.deepEqual(rules(), [...before, ['home', '198.51.100.7', '198.51.100.7']]);
        // As it was wished for, without an id: that is how a wish is taken back.
        await play.make(cluster, { ...rule('198.51.100.7'), what: 'removeRule' });
        assert.deepEqual(rules(), before);
      });

      it('lets in a range, services within Azure, and one more though everybody is in', async () => {
        const play = begin(azure());
        const cluster = await play.cluster(name);
        await play.make(cluster, rule('0.0.0.0', '255.255.255.255', 'all'));
        const count = play.writes.length;
        await play.make(
          cluster,
          rule('198.51.100.0', '198.51.100.9', 'range'),
          rule('0.0.0.0', '0.0.0.0', 'azure'),
          rule('0.0.0.0', '0.0.0.5', 'low'),
        );
        assert.equal(play.writes.length, count + 3);
        assert.deepEqual(rules().slice(-3), [
          ['range', '198.51.100.0', '198.51.100.9'],
          ['azure', '0.0.0.0', '0.0.0.0'],
          ['low', '0.0.0.0', '0.0.0.5'],
        ]);
      });

      it('is what lets somebody in: not what could not be made, but what is still there', async () => {
        const found = resource(azure(), name);
        assert.ok('firewallRules' in found);
        const before = (await begin(azure()).rules(name)).length;
        for (const provisioningState of ['InProgress', 'Failed', 'Canceled', 'Dropping', 'Succeeded', 'Odd'])
          found.firewallRules.push({
            name: provisioningState,
            properties: { startIpAddress: '198.51.100.1', endIpAddress: '198.51.100.1', provisioningState },
          });
        const names = (await begin(azure()).rules(name)).slice(before).map((one) => one.name);
        assert.deepEqual(names, ['Dropping', 'Succeeded', 'Odd']);
      });

      it('is written to as Resource Manager spells it', () => {
        const cluster = begin(azure()).listed(name);
        const known = { ...rule('198.51.100.7').rule, id: '/Spelled/otherwise' };
        for (const what of ['addRule', 'removeRule'] as const) {
          const [step] = kinds[kind].steps(cluster, { what, rule: known });
          assert.equal(step?.to === 'resourceManager' && step.id, known.id);
        }
      });

      it('loses the rule that is meant, though another lets in the same', async () => {
        const play = begin(azure());
        const cluster = await play.cluster(name);
        const before = rules();
        const range = ['198.51.100.0', '198.51.100.9'] as const;
        const all = [...before, ['mine', ...range], ['theirs', ...range]];
        const found = resource(azure(), name);
        assert.ok('firewallRules' in found);
        for (const [own] of all.slice(-2))
          found.firewallRules.push({
            name: own ?? '',
            properties: { startIpAddress: range[0], endIpAddress: range[1] },
          });
        await play.make(cluster, { what: 'removeRule', rule: { ...rule(...range, 'MINE').rule } });
        assert.deepEqual(rules(), [...before, ['theirs', ...range]]);
        assert.equal(play.writes.length, 1);
      });

      it('is not changed for who is in', async () => {
        const play = begin(azure());
        const cluster = await play.cluster(name);
        await play.make(cluster, rule('198.51.100.0', '198.51.100.9', 'range'));
        await play.make(cluster, rule('198.51.100.3', '198.51.100.3', 'mine'));
        assert.equal(play.writes.length, 1);
      });

      it('takes the name that is the nearest to what somebody wrote', async () => {
        const { ruleName = assert.fail } = kinds[kind];
        const names: Record<string, string> = {
          'home-office_1': 'home-office_1',
          'Kai’s desk, 2nd floor': 'Kai-s-desk-2nd-floor',
          '-home': 'home',
          __home: 'home',
          '用户-2026-07-20': '2026-07-20',
          'kai.carter': 'kai-carter',
          ['x'.repeat(90)]: 'x'.repeat(80),
          '…': '',
        };
        const play = begin(azure());
        const cluster = await play.cluster(name);
        let address = 1;
        for (const [written, wanted] of Object.entries(names)) {
          assert.equal(ruleName(written), wanted);
          assert.equal(ruleName(wanted), wanted);
          if (wanted !== '' && wanted !== 'home')
            await play.make(cluster, rule(`198.51.100.${address++}`, undefined, wanted));
        }
        assert.equal(rules().filter(([, start = '']) => start.startsWith('198.51.100.')).length, 6 - 1);
      });
    });
  }

  it('names of PostgreSQL’s roles are of its characters, and no longer than it takes', () => {
    const { roleName = assert.fail } = kinds.postgres;
    assert.equal(roleName('kai.carter@contoso.com'), 'kai.carter_contoso.com');
    assert.equal(roleName('Kai Carter (guest)'), 'Kai_Carter_guest_');
    assert.equal(roleName('x'.repeat(70)), 'x'.repeat(63));
    assert.equal(kinds.vcore.roleName, undefined);
    assert.equal(kinds.account.roleName, undefined);
    assert.equal(kinds.account.ruleName, undefined);
  });

  it('goes out with an older version, where a cloud does not know the newest', async () => {
    const body = { error: { code: 'NoRegisteredProviderFound', message: 'no' } };
    const play = begin(azure());
    const carts = await play.cluster('carts-eu');
    const catalog = await play.cluster('catalog');
    const wishes = [
      [carts, await play.adding(carts, sam, 'administrator')],
      [carts, await play.removing(carts, checkout)],
      [carts, rule('198.51.100.7')],
      [carts, modes(false, true)],
      [catalog, await play.adding(catalog, sam, 'dataReader')],
      [catalog, rule('203.0.113.7')],
    ] as const;
    for (const [cluster, change] of wishes) {
      play.writes.length = 0;
      for (const method of ['PUT', 'PATCH', 'DELETE'])
        azure().faults.add({ method, fault: { kind: 'status', status: 400, body } });
      await play.make(cluster, change);
      azure().faults.clear();
      const [newest, older] =
        cluster.kind === 'vcore' ? ['2026-06-01', '2025-09-01'] : ['2026-03-15', '2024-11-15'];
      assert.deepEqual(
        play.writes.map(({ apiVersion }) => apiVersion),
        [newest, older],
      );
      const [first, second] = play.writes.map((write) => ({ ...write, apiVersion: '' }));
      assert.deepEqual(second, first);
    }
  });

  describe('and is refused by the service in its own words, with nothing changed', () => {
    /** Everything that Azure has of a cluster and what is in it. */
    const state = (name: string): string => {
      const { systemData: _, ...rest } = resource(azure(), name) as { systemData: unknown };
      return JSON.stringify(rest);
    };
    const refused = async (
      name: string,
      wish: (play: Playing, cluster: Cluster) => Promise<Change> | Change,
      wanted: RegExp,
    ): Promise<FailureData> => {
      const play = begin(azure());
      const cluster = await play.cluster(name);
      const change = await wish(play, cluster);
      const before = state(name);
      const failure = await play.failure(cluster, change);
      const said = JSON.stringify(failure);
      assert.match(said, wanted);
      assert.equal(state(name), before);
      assert.notEqual(failure.code, 'halfDone');
      const end = play.record.at(-1);
      assert.deepEqual(end !== undefined && 'ended' in end && end.ended, failure);
      return failure;
    };
    const somebody = (id: string, type: 'user' | 'servicePrincipal' | 'group' = 'user') => ({ id, type });

    const people: readonly (readonly [
      string,
      { readonly id: string; readonly type: 'user' | 'servicePrincipal' | 'group' },
      RegExp,
      RegExp,
      RegExp,
    ])[] = [
      [
        'who is no GUID',
        somebody('sam'),
        /"status":400.*not the object id/,
        /"status":400.*GUID/,
        /"status":400.*GUID/,
      ],
      ['who is gone', gone, /PrincipalNotFound/, /PrincipalNotFound/, /PrincipalNotFound/],
      [
        'who is of another tenant',
        somebody(lee.id),
        /PrincipalNotFound/,
        /PrincipalNotFound/,
        /PrincipalNotFound/,
      ],
      [
        'who is an application, by its client id',
        somebody(nightly.appId, 'servicePrincipal'),
        /PrincipalNotFound/,
        /PrincipalNotFound/,
        /PrincipalNotFound/,
      ],
      ['who is something else', somebody(rotator.id), /InvalidPrincipalType/, /InvalidPrincipalType/, /^$/],
    ];
    for (const [title, who, vcore, postgres, account] of people) {
      it(`somebody ${title}`, async () => {
        await refused('carts-eu', (play, cluster) => play.adding(cluster, who, 'administrator'), vcore);
        await refused(
          'ledger',
          (play, cluster) => play.adding(cluster, who, 'user', { alias: 'them' }),
          postgres,
        );
        if (account.source !== '^$')
          await refused('catalog', (play, cluster) => play.adding(cluster, who, 'dataReader'), account);
      });
    }

    it('a group, where there are none', async () => {
      const adding = (role: string) => (play: Playing, cluster: Cluster) =>
        play.adding(cluster, somebody(dataPlatform.id, 'group'), role, { alias: 'platform' });
      await refused('carts-eu', adding('administrator'), /InvalidPrincipalType/);
      await refused('ledger', adding('user'), /"status":400/);
    });

    it('a set of roles that nobody knows', async () => {
      const give = (offer: RoleOffer) => (): Change => ({
        what: 'addGrant',
        wanted: {
          principal: { objectId: sam.id, type: 'user', tenant: undefined },
          role: offer,
          scope: undefined,
          alias: undefined,
        },
      });
      const half: RoleOffer = {
        role: { name: 'custom', text: 'half' },
        id: 'readWriteAnyDatabase',
        keptIn: 'database',
      };
      await refused('carts-eu', give(half), /"serverCode":31/);
      await refused('carts-eu', give({ ...half, id: 'dbOwner' }), /"serverCode":31/);
      await refused(
        'carts-eu',
        give({ ...half, id: 'dbOwner', keptIn: 'resourceManager' }),
        /InvalidParameterValue/,
      );
      await refused('ledger', give({ ...half, id: 'owner', keptIn: 'resourceManager' }), /"status":400/);
      await refused(
        'catalog',
        give({ ...half, id: id('catalog', '/sqlRoleDefinitions/x'), keptIn: 'resourceManager' }),
        /does not exist/,
      );
    });

    it('a second user of the same name', async () => {
      await refused(
        'carts-eu',
        (play, cluster) => play.adding(cluster, somebody(kai.id), 'readOnly'),
        /"serverCode":51003/,
      );
      await refused(
        'ledger',
        (play, cluster) => play.adding(cluster, sam, 'user', { alias: 'kai.carter' }),
        /exists/,
      );
    });

    it('the 101st of a cluster', async () => {
      const { users } = inAzure(azure(), mongoClusters, 'carts-eu');
      while (users.length < 100)
        users.push({ name: `x${users.length}`, properties: { provisioningState: 'Succeeded', user: 'x' } });
      await refused(
        'carts-eu',
        (play, cluster) => play.adding(cluster, sam, 'administrator'),
        /UserCountLimitExceeded/,
      );
    });

    it('anybody on a replica, without Entra, on the free tier, while it is stopped, on version 13', async () => {
      const administrator = (play: Playing, cluster: Cluster) => play.adding(cluster, sam, 'administrator');
      await refused('orders-us', administrator, /on the primary/);
      await refused('orders-us', (play, cluster) => play.adding(cluster, sam, 'readOnly'), /"serverCode":20/);
      await refused('orders-us', (play, cluster) => play.removing(cluster, alex), /on the primary/);
      inAzure(azure(), mongoClusters, 'carts-eu').properties.authConfig.allowedModes = ['NativeAuth'];
      await refused('carts-eu', administrator, /not enabled/);
      await refused('legacy-shop', administrator, /must be Ready/);
      const { properties } = inAzure(azure(), mongoClusters, 'reviews-eu');
      properties.compute.tier = 'Free';
      await refused(
        'reviews-eu',
        (play, cluster) => play.adding(cluster, robin, 'administrator'),
        /free tier/,
      );
      await refused(
        'invoices',
        (play, cluster) => play.adding(cluster, sam, 'user', { alias: 'sam' }),
        /PostgreSQL 14/,
      );
    });

    it('ways in that a cluster cannot have', async () => {
      await refused('orders-us', () => modes(true, true), /until it is promoted/);
      await refused('legacy-shop', () => modes(true, true), /must be Ready/);
      await refused('carts-eu', () => modes(false, false), /must name a mode/);
      azure().organisation.behaviour.postgresTakesAuthConfig = true;
      await refused('invoices', () => modes(true, true), /PostgreSQL 14/);
      azure().organisation.behaviour.keysOffApis = [];
      await refused('catalog', () => modes(true, false), /cannot do without keys/);
    });

    it('a role where it cannot be given', async () => {
      const editor = (scope?: string) => (play: Playing, cluster: Cluster) =>
        play.adding(cluster, sam, 'Price Editor', scope === undefined ? {} : { scope });
      await refused('catalog', editor(), /assignable/);
      await refused('catalog', editor('search'), /assignable/);
    });

    it('addresses that no firewall takes', async () => {
      await refused('catalog', () => rule('10.0.0.1'), /private range/);
      await refused('carts-eu', () => rule('2001:db8::1'), /IPv4/);
      await refused('carts-eu', () => rule('203.0.113.9', '203.0.113.1'), /above its end/);
      await refused('carts-eu', () => rule('203.0.113.9', undefined, 'my home'), /not valid/);
    });

    it('whatever is wished for a cluster that is gone', async () => {
      const play = begin(azure());
      const cluster = await play.cluster('carts-eu');
      const change = await play.removing(cluster, checkout);
      const { resources } = azure().organisation;
      resources.splice(resources.indexOf(resource(azure(), 'carts-eu')), 1);
      for (const wish of [change, modes(true, false), rule('203.0.113.7')])
        assert.equal((await play.failure(cluster, wish)).code, 'notFound');
      assert.deepEqual(play.writes, []);
    });
  });

  it('waits for what says that it is busy, and for nothing else', () => {
    const busy: Record<string, readonly (readonly [property: string, words: readonly string[]])[]> = {
      'carts-eu': ['clusterStatus', 'provisioningState'].map(
        (property) => [property, ['Updating', 'Provisioning', 'Starting', 'InProgress', 'updating']] as const,
      ),
      ledger: ['state', 'provisioningState'].map(
        (property) => [property, ['Updating', 'Provisioning', 'Starting', 'InProgress', 'updating']] as const,
      ),
      catalog: [['provisioningState', ['Updating', 'Creating', 'Initializing', 'InProgress', 'updating']]],
    };
    for (const [name, properties] of Object.entries(busy)) {
      const cluster = begin(azure()).listed(name);
      const isBusy = (property: string, word: unknown): boolean =>
        kinds[cluster.kind].isBusy({
          ...cluster,
          resource: { ...cluster.resource, properties: { [property]: word } },
        });
      for (const [property, words] of properties) {
        for (const word of words) assert.ok(isBusy(property, word), `${name} ${property} ${word}`);
        for (const word of [
          'Ready',
          'Succeeded',
          'Failed',
          'Canceled',
          'Stopped',
          'NotUpdating',
          'Updating2',
          5,
          undefined,
        ])
          assert.ok(!isBusy(property, word), `${name} ${property} ${String(word)}`);
      }
    }
  });

  it('says of each step what it writes, so that it can be asked who may', () => {
    const play = begin(azure());
    const typeOf = (step: Step | undefined): string =>
      step?.to === 'resourceManager' ? step.type : assert.fail();
    const grant = {
      id: '/x',
      holder: {
        state: 'entra',
        principal: { objectId: sam.id, type: 'user', tenant: undefined },
        alias: 'sam',
      },
      role: { name: 'user' },
      roleId: 'user',
      scope: undefined,
      keptIn: 'resourceManager',
    } as const;
    for (const [name, people, rules] of [
      ['carts-eu', 'users', 'firewallRules'],
      ['ledger', 'roles', 'firewallRules'],
      ['catalog', 'sqlRoleAssignments', undefined],
    ] as const) {
      const cluster = play.listed(name);
      const { armType } = kinds[cluster.kind];
      const steps = (change: Change): readonly Step[] => kinds[cluster.kind].steps(cluster, change);
      const below = (child: string | undefined): string =>
        child === undefined ? armType : `${armType}/${child}`;
      assert.equal(typeOf(steps(modes(true, false))[0]), armType);
      assert.equal(typeOf(steps({ what: 'removeGrant', grant })[0]), below(people));
      assert.equal(typeOf(steps(rule('203.0.113.7'))[0]), below(rules));
      for (const step of steps({ what: 'removeGrant', grant }))
        assert.deepEqual(step.to === 'resourceManager' && step.apiVersions, kinds[cluster.kind].apiVersions);
    }
  });
});

import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { KindId } from '../../src/core/clusters/cluster.ts';
import { kinds, kindOfType } from '../../src/core/clusters/kinds.ts';
import { actionOf, mayDo, Permissions, readPermissions } from '../../src/core/access/permissions.ts';
import type { Permission } from '../../src/core/access/permissions.ts';
import type { Step } from '../../src/core/clusters/change.ts';
import { resourceId } from '../local-azure/client.ts';
import type { Fault } from '../local-azure/faults.ts';
import { syntheticId } from '../local-azure/organisation.ts';
import { builtInRoleId, builtInRoles } from '../local-azure/roles.ts';
import { samplePeople } from '../local-azure/samplePeople.ts';
import { always, failureOf, holdBack, localAzure, onlyContoso, sent, setStage } from './stage.ts';
import type { Scene } from './stage.ts';

const { kai } = samplePeople();

const clusters = 'Microsoft.DocumentDB/mongoClusters';
const accounts = 'Microsoft.DocumentDB/databaseAccounts';
const groups = 'Microsoft.DBforPostgreSQL/serverGroupsv2';

function giving(actions: readonly string[], notActions: readonly string[] = []): Permission {
  return { actions, notActions };
}

const contributor = giving(['*'], ['Microsoft.Authorization/*/Delete', 'Microsoft.Authorization/*/Write']);

describe('an action', () => {
  it('is matched whole, in any case; a star is any part of it, slashes too', () => {
    const action = `${clusters}/users/write`;
    for (const pattern of [
      '*',
      '*/write',
      action,
      action.toLowerCase(),
      action.toUpperCase(),
      'microsoft.documentdb/*',
      `${clusters}/*`,
      `${clusters}/users/*`,
      `${clusters}/*/write`,
      'Microsoft.DocumentDB/*/users/write',
      'Microsoft.DocumentDB/mongo*/WRITE',
      `${clusters}/users/write*`,
    ])
      assert.equal(mayDo([giving([pattern])], action), 'yes', pattern);
    for (const pattern of [
      '',
      '*/read',
      'write',
      'users/write',
      `${clusters}/write`,
      `${clusters}/users`,
      `${clusters}/users/write/action`,
      `${clusters}/users/*/write`,
      'MicrosoftXDocumentDB/*',
      'Microsoft.DocumentDB/mongoClusters.*',
      '.*',
    ])
      assert.equal(mayDo([giving([pattern])], action), 'no', pattern);
  });

  it('with anything in its name is matched by that name, and by its beginning or end with a star', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        const [name, text] = [one.replaceAll('*', ''), other.replaceAll('*', '')];
        assert.equal(mayDo([giving([name])], name), 'yes');
        assert.equal(mayDo([giving([`${name}*`])], name + text), 'yes');
        assert.equal(mayDo([giving([`*${text}`])], name + text), 'yes');
      }),
    );
  });

  it('that an entry excepts is not given by it, and may be given by another', () => {
    const action = `${clusters}/write`;
    const all = giving(['*']);
    const except = giving(['*'], [`${clusters}/*`]);
    assert.equal(mayDo([except], action), 'no');
    assert.equal(mayDo([except], `${accounts}/write`), 'yes');
    assert.equal(mayDo([except, all], action), 'yes');
    assert.equal(mayDo([all, except], action), 'yes');
    assert.equal(mayDo([except, giving([`${clusters}/read`])], action), 'no');
    assert.equal(mayDo([], action), 'no');
    assert.equal(mayDo([giving([])], action), 'no');
    assert.equal(mayDo([contributor], 'Microsoft.Authorization/roleAssignments/write'), 'no');
    assert.equal(mayDo([contributor], action), 'yes');
  });

  it('is what Resource Manager asks for before a step; a database asks for none', () => {
    const step = (method: 'PUT' | 'PATCH' | 'DELETE', type: string): Step => ({
      to: 'resourceManager',
      method,
      id: '/x',
      type,
      apiVersions: [],
    });
    assert.equal(actionOf(step('PUT', `${clusters}/users`)), `${clusters}/users/write`);
    assert.equal(actionOf(step('PATCH', clusters)), `${clusters}/write`);
    assert.equal(
      actionOf(step('DELETE', `${accounts}/sqlRoleAssignments`)),
      `${accounts}/sqlRoleAssignments/delete`,
    );
    assert.equal(actionOf({ to: 'database', cluster: '/x', command: { createUser: 'x' } }), undefined);
  });
});

describe('the role that has an action', () => {
  const has = (id: string, action: string) =>
    mayDo(builtInRoles.find((role) => role.id === id)?.permissions ?? [], action);

  it('is one of Azure’s own that really has it', () => {
    const actions: Readonly<Record<KindId, readonly string[]>> = {
      vcore: ['write', 'users/write', 'users/delete', 'firewallRules/write'],
      postgres: ['write', 'roles/write', 'roles/delete', 'firewallRules/delete'],
      account: ['write', 'sqlRoleAssignments/write', 'mongoMIRoleAssignments/delete'],
    };
    for (const { id, armType, manager } of Object.values(kinds)) {
      for (const action of actions[id])
        assert.equal(has(builtInRoleId(manager.name), `${armType}/${action}`), 'yes', action);
      assert.match(
        manager.link,
        /^https:\/\/learn\.microsoft\.com\/azure\/role-based-access-control\/built-in-roles\b/,
      );
    }
  });

  it('is none whose name only says so', () => {
    const operator = builtInRoleId('Cosmos DB Operator');
    assert.equal(has(operator, `${accounts}/sqlRoleAssignments/write`), 'no');
    assert.equal(has(builtInRoleId('DocumentDB Account Contributor'), `${clusters}/users/write`), 'no');
  });
});

describe('what I may do', () => {
  const azure = localAzure();
  beforeEach(() => onlyContoso(azure()));

  const on = (
    name: string,
    person = 'kai@contoso.com',
    { others = [], ...scene }: Scene & { readonly others?: readonly string[] } = {},
  ) => {
    const stage = setStage(azure(), { ...scene, people: [person, ...others] });
    const id = resourceId(azure(), name);
    const caller = stage.caller('Contoso');
    const key = `${caller.account.id}|${caller.tenant}|${id.toLowerCase()}`;
    const kind = kindOfType(id.split('/').slice(6, 8).join('/'))?.id ?? assert.fail(id);
    const cluster = { id, kind, caller, key };
    const permissions = new Permissions(stage.door);
    return {
      stage,
      cluster,
      permissions,
      may: (action: string, signal?: AbortSignal) => permissions.may(cluster, action, signal),
    };
  };
  const reads = () => sent(azure(), /permissions$/).length;
  const answering = (value: unknown): Fault => ({ kind: 'status', status: 200, body: { value } });
  const assign = (who: { readonly id: string }, role: string, scope: string) => {
    azure().organisation.roleAssignments.push({
      name: syntheticId('9bac1000', azure().organisation.roleAssignments.length),
      scope,
      principalId: who.id,
      principalType: 'User',
      roleDefinitionId: builtInRoleId(role),
    });
  };

  it('with a role on the subscription, by a group, or on the cluster itself', async () => {
    const write = `${clusters}/users/write`;
    // Kai owns one subscription, contributes to the second and reads the third.
    assert.equal(await on('orders-eu').may(write), 'yes');
    assert.equal(await on('orders-staging').may(write), 'yes');
    assert.equal(await on('events').may(`${groups}/write`), 'no');
    assert.equal(await on('events').may(`${groups}/read`), 'yes');
    // Alex contributes through a group, Taylor through a group in that group.
    for (const person of ['alex@contoso.com', 'taylor@contoso.com'])
      assert.equal(await on('orders-eu', person).may(write), 'yes', person);
    // Avery reads by a role on the cluster, and contributes by a group.
    azure().organisation.roleAssignments.splice(6, 1);
    const avery = on('orders-eu', 'avery@contoso.com');
    assert.deepEqual([await avery.may(`${clusters}/read`), await avery.may(write)], ['yes', 'no']);
    assert.equal(await avery.may(`${clusters}/listConnectionStrings/action`), 'no');
  });

  it('on accounts is more than on clusters, or less, with the roles that Azure made for accounts', async () => {
    const quinn = on('catalog', 'quinn@contoso.com');
    assert.equal(await quinn.may(`${accounts}/write`), 'yes');
    assert.equal(await quinn.may(`${accounts}/sqlRoleAssignments/write`), 'no');
    assert.equal(await quinn.may(`${accounts}/listKeys/action`), 'no');
    assert.equal(await on('orders-eu', 'quinn@contoso.com').may(`${clusters}/users/write`), 'no');
    const devon = on('orders-eu', 'devon@contoso.com');
    assert.equal(await devon.may(`${clusters}/users/read`), 'yes');
    assert.equal(await devon.may(`${clusters}/users/write`), 'no');
  });

  it('is the sum of all roles, whatever one of them excepts', async () => {
    const quinn = azure().organisation.directory.find(({ id }) => id === syntheticId('9e550000', 8));
    assign(quinn ?? assert.fail(), 'DocumentDB Account Contributor', resourceId(azure(), 'catalog'));
    const action = `${accounts}/sqlRoleAssignments/write`;
    assert.equal(await on('catalog', 'quinn@contoso.com').may(action), 'yes');
    assert.equal(await on('profiles', 'quinn@contoso.com').may(action), 'no');
  });

  it('with a custom role is what its exceptions leave', async () => {
    const custom = [{ actions: [`${clusters}/*`], notActions: [`${clusters}/users/*`], dataActions: [] }];
    azure().faults.add({ path: 'permissions$', fault: answering(custom) });
    const { may } = on('orders-eu');
    assert.equal(await may(`${clusters}/write`), 'yes');
    assert.equal(await may(`${clusters}/users/write`), 'no');
    assert.equal(await may(`${clusters}/USERS/delete`), 'no');
  });

  it('is read with all its pages', async () => {
    const { stage, cluster } = on('orders-eu');
    const path = `${cluster.id}/providers/Microsoft.Authorization/permissions`;
    const nextLink = `${azure().endpoints.resourceManager}${path}?api-version=2022-04-01&page=2`;
    const body = { value: [{ actions: ['one'], notActions: ['two'] }], nextLink };
    azure().faults.add({ path: 'permissions$', fault: { kind: 'status', status: 200, body } });
    const permissions = await readPermissions(stage.door, cluster.caller, cluster.id);
    assert.deepEqual(permissions[0], { actions: ['one'], notActions: ['two'] });
    assert.deepEqual(permissions[1]?.actions, ['*']);
    const [first] = sent(azure(), /permissions$/);
    assert.equal(first?.apiVersion, '2022-04-01');
  });

  it('is read from entries of any shape', async () => {
    const odd = [null, 'x', {}, { actions: null, notActions: 7 }, { actions: ['a', 7, null] }];
    azure().faults.add({ path: 'permissions$', fault: answering(odd) });
    const { stage, cluster } = on('orders-eu');
    assert.deepEqual(await readPermissions(stage.door, cluster.caller, cluster.id), [
      ...odd.slice(1).map(() => giving([])),
      giving(['a']),
    ]);
  });

  it('is read once, also by many at the same time, until it is forgotten', async () => {
    const { may, permissions, cluster } = on('orders-eu');
    const write = `${clusters}/write`;
    assert.deepEqual(await Promise.all([may(write), may(write), may(`${clusters}/read`)]), [
      'yes',
      'yes',
      'yes',
    ]);
    await may(write);
    assert.equal(reads(), 1);
    permissions.forget('another');
    await may(write);
    assert.equal(reads(), 1);
    azure().organisation.roleAssignments.splice(0);
    assign(kai, 'Reader', cluster.id);
    assert.equal(await may(write), 'yes');
    permissions.forget(cluster.key);
    assert.equal(await may(write), 'no');
    assert.equal(reads(), 2);
    permissions.forget();
    await may(write);
    assert.equal(reads(), 3);
  });

  it('is not what another may do, or I on another cluster', async () => {
    const { permissions, cluster, stage } = on('events', 'kai@contoso.com', { others: ['alex@contoso.com'] });
    assign({ id: syntheticId('9e550000', 3) }, 'Contributor', cluster.id);
    const [, alex] = stage.accounts;
    const alexes = { ...cluster, caller: { ...cluster.caller, account: alex ?? assert.fail() }, key: 'alex' };
    const write = `${groups}/write`;
    const owned = on('ledger').cluster;
    for (const _ of ['read', 'kept']) {
      assert.equal(await permissions.may(cluster, write), 'no');
      assert.equal(await permissions.may(alexes, write), 'yes');
      assert.equal(await permissions.may(owned, write), 'yes');
    }
    assert.equal(reads(), 3);
  });

  describe('is unknown', () => {
    const trouble: readonly (readonly [string, Fault])[] = [
      ['refused', { kind: 'status', status: 403, body: { error: { code: 'AuthorizationFailed' } } }],
      ['gone', { kind: 'status', status: 404, body: { error: { code: 'ResourceNotFound' } } }],
      ['malformed', { kind: 'malformed' }],
      ['no list', { kind: 'status', status: 200, body: {} }],
    ];
    for (const [what, fault] of trouble) {
      it(`when it cannot be read (${what}), and is read again then`, async () => {
        const { may } = on('events');
        azure().faults.add(always({ path: 'permissions$', fault }));
        assert.equal(await may(`${groups}/write`), 'unknown');
        azure().faults.clear();
        assert.equal(await may(`${groups}/write`), 'no');
      });
    }

    it('when nobody is signed in', async () => {
      const { may } = on('events', 'kai@contoso.com', { token: () => undefined });
      assert.equal(await may(`${groups}/write`), 'unknown');
    });

    it('when the answer does not hold even the role by which the cluster is seen', async () => {
      azure().faults.add({ path: 'permissions$', fault: answering([]) });
      assert.equal(await on('events').may(`${groups}/write`), 'unknown');
    });

    it('for an action whose name is a guess, if nothing gives it', async () => {
      const { may } = on('events');
      assert.equal(await may(`${groups}/roles/write`), 'unknown');
      assert.equal(await may(`${groups}/ROLES/delete`), 'unknown');
      assert.equal(await may(`${groups}/roles/read`), 'yes');
      assert.equal(await on('ledger').may(`${groups}/roles/write`), 'yes');
    });
  });

  it('is not waited for by one who called it off, and is read for the others all the same', async () => {
    const held = holdBack(({ address }) => address.endsWith('permissions'));
    const { may } = on('events', 'kai@contoso.com', { door: held.door });
    const abort = new AbortController();
    const first = may(`${groups}/write`, abort.signal);
    const second = may(`${groups}/write`, new AbortController().signal);
    abort.abort();
    assert.equal((await failureOf(first)).code, 'cancelled');
    assert.equal((await failureOf(may(`${groups}/write`, AbortSignal.abort()))).code, 'cancelled');
    held.letThrough();
    assert.equal(await second, 'no');
    assert.equal(reads(), 1);
  });

  it('that was being read when it was forgotten is read again', async () => {
    const held = holdBack(({ address }) => address.endsWith('permissions'));
    const { may, permissions } = on('events', 'kai@contoso.com', { door: held.door });
    const first = may(`${groups}/write`);
    permissions.forget();
    held.letThrough();
    await first;
    assert.equal(await may(`${groups}/write`), 'no');
    assert.equal(reads(), 2);
  });
});

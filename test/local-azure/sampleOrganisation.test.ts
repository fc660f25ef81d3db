import assert from 'node:assert/strict';
import { accessOf } from './access.ts';
import type { DatabaseAccount, MongoCluster, Principal, ServerGroup } from './organisation.ts';
import { sampleOrganisation } from './sampleOrganisation.ts';

/** Tests elsewhere choose clusters and people by what is true of them here. */
describe('The sample organisation', () => {
  const organisation = sampleOrganisation();
  const { directory, resources, subscriptions } = organisation;
  const resource = (name: string) => resources.find((one) => one.name === name) ?? assert.fail(name);
  const vcore = (name: string) => resource(name) as MongoCluster;
  const postgres = (name: string) => resource(name) as ServerGroup;
  const person = (mail: string) =>
    directory.find((one) => one.type === 'user' && one.userPrincipalName === mail) as Principal;
  const may = (mail: string, action: string, name: string) => {
    const { id, tenantId } = person(mail);
    const caller = { id, tenantId, name: mail, isPerson: true, appId: '', hasSecondFactor: true, issuer: '' };
    return accessOf(organisation, caller).may(action, resource(name).id);
  };
  const write = 'Microsoft.DocumentDB/mongoClusters/write';
  const read = 'Microsoft.DocumentDB/mongoClusters/read';

  it('has a vCore cluster in each state that matters to access', () => {
    const modes = (name: string) => vcore(name).properties.authConfig.allowedModes;
    const { properties: stopped } = vcore('legacy-shop');
    assert.deepEqual([modes('legacy-shop'), stopped.clusterStatus], [['NativeAuth'], 'Stopped']);
    assert.equal(vcore('tryout-free').properties.compute.tier, 'Free');
    assert.deepEqual(modes('orders-eu'), ['MicrosoftEntraID']);
    assert.deepEqual(modes('carts-eu'), ['MicrosoftEntraID', 'NativeAuth']);
    const { replica } = vcore('orders-us').properties;
    assert.equal(replica.sourceResourceId, resource('orders-eu').id);
    for (const name of ['legacy-shop', 'tryout-free', 'orders-eu', 'carts-eu'])
      assert.ok(may('kai@contoso.com', write, name), name);
  });

  it('has a cluster with somebody who is gone, and somebody of another tenant', () => {
    const ids = new Set(directory.map(({ id }) => id));
    const users = vcore('orders-eu').users.filter(({ properties }) => properties.roles);
    assert.equal(users.filter(({ name }) => !ids.has(name)).length, 1);
    const tenants = users.map(({ properties }) => properties.identityProvider?.properties.entraTenant);
    assert.equal(new Set(tenants).size, 2);
  });

  it('has PostgreSQL clusters with Entra beside passwords, alone, and of too old a version', () => {
    const modes = (name: string) => Object.values(postgres(name).properties.authConfig);
    assert.deepEqual(modes('ledger'), ['enabled', 'enabled']);
    assert.deepEqual(modes('events'), ['enabled', 'disabled']);
    assert.deepEqual(modes('invoices'), ['disabled', 'enabled']);
    assert.equal(postgres('invoices').properties.postgresqlVersion, '13');
  });

  it('has an account of each API, one of them with databases to choose a scope from', () => {
    const { databases, children } = resource('catalog') as DatabaseAccount;
    assert.ok(databases.length >= 2 && databases.every(({ containers }) => containers.length >= 2));
    assert.ok(children['sqlRoleDefinitions']?.some(({ properties }) => properties['type'] === 'CustomRole'));
    const apis = resources.flatMap((one) => ('api' in one ? [one.api] : []));
    assert.deepEqual(new Set(apis), new Set(['sql', 'mongo', 'table', 'gremlin', 'cassandra']));
    // Every scope that an assignment of the sample names is there.
    for (const { scope } of children['sqlRoleAssignments']?.map(({ properties }) => properties) ?? []) {
      const [, , database, , container] = String(scope).slice(resource('catalog').id.length).split('/');
      const found = databases.find(({ name }) => name === database);
      assert.ok(database === undefined || found, String(scope));
      assert.ok(container === undefined || found?.containers.some(({ name }) => name === container));
    }
  });

  it('has people who own, who may change, who may only read, and who may nothing', () => {
    assert.deepEqual(
      ['kai', 'sam', 'devon', 'robin'].map((name) => {
        const mail = `${name}@contoso.com`;
        return [may(mail, read, 'carts-eu'), may(mail, write, 'carts-eu')];
      }),
      [
        [true, true],
        [true, true],
        [true, false],
        [false, false],
      ],
    );
    const analytics = subscriptions.find(({ displayName }) => displayName === 'Analytics');
    for (const { name } of resources.filter((one) => one.subscriptionId === analytics?.subscriptionId)) {
      assert.ok(may('kai@contoso.com', 'x/read', name));
      assert.ok(!may('kai@contoso.com', 'x/write', name));
    }
  });

  it('has groups, one of them in another and one with hidden members, and managed identities', () => {
    const groups = directory.filter((one) => one.type === 'group');
    assert.ok(groups.some(({ members }) => members.some((id) => groups.some((one) => one.id === id))));
    assert.deepEqual(
      groups.filter(({ hiddenMembership }) => hiddenMembership).map(({ displayName }) => displayName),
      ['Audit'],
    );
    const identities = resources.filter(({ type }) => type.endsWith('/userAssignedIdentities'));
    assert.deepEqual(
      identities.map(({ name }) => name),
      ['orders-worker', 'catalog-indexer'],
    );
  });
});

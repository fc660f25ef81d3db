import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Call } from '../../src/core/azure/door.ts';
import type { Cluster } from '../../src/core/clusters/cluster.ts';
import { Discovery } from '../../src/core/clusters/discovery.ts';
import type { FailureCode } from '../../src/core/failure.ts';
import { TokenBroker } from '../../src/core/identity/tokens.ts';
import type { LocalAzure } from '../local-azure/azure.ts';
import type { Fault } from '../local-azure/faults.ts';
import { newMongoCluster } from '../local-azure/newCluster.ts';
import type { MongoCluster, ServerGroup } from '../local-azure/organisation.ts';
import {
  accountOf,
  always,
  askingDoor,
  audiences,
  cloudAt,
  failureOf,
  failuresOf,
  holdBack,
  localAzure,
  modesOf,
  namesOf,
  onlyContoso,
  resourceGraph,
  sent,
  setStage,
  startAzure,
  until,
  wasAnswered,
  withoutPauses,
} from './stage.ts';
import type { Stage } from './stage.ts';

const queries = /^POST .*ResourceGraph/;
const subscriptionLists = /^GET \/subscriptions$/;
const listsOfKinds = /^GET \/subscriptions\/[^/]+\/providers\//;
const reads = /^GET \/subscriptions\/[^/]+\/resourceGroups\//;

/** Ways in of every cluster of the sample, `entra/native`: as its row says, and as ARM says when asked. */
const sampleModes: Readonly<Record<string, readonly [row: string, asked: string]>> = {
  'orders-eu': ['on/off', 'on/off'],
  'orders-us': ['on/off', 'on/off'],
  'carts-eu': ['on/on', 'on/on'],
  'legacy-shop': ['off/on', 'off/on'],
  'reviews-eu': ['unknown/unknown', 'on/on'],
  'pricing-us': ['on/off WorkloadCertificate', 'on/off WorkloadCertificate'],
  'tryout-free': ['off/on', 'off/on'],
  'orders-staging': ['on/on', 'on/on'],
  'archive-2023': ['off/on', 'off/on'],
  catalog: ['on/unknown', 'on/on'],
  profiles: ['on/off', 'on/off'],
  'web-sessions': ['on/on', 'on/on'],
  wishlists: ['unknown/unknown', 'unknown/on'],
  telemetry: ['on/unknown', 'on/on'],
  relations: ['unknown/unknown', 'unknown/on'],
  clicks: ['unknown/unknown', 'unknown/on'],
  ledger: ['unknown/unknown', 'on/on'],
  invoices: ['unknown/unknown', 'off/on'],
  events: ['unknown/unknown', 'on/off'],
  parts: ['on/on', 'on/on'],
  shipments: ['on/unknown', 'on/on'],
  'toy-box': ['on/off', 'on/off'],
};
const contosoNames = Object.keys(sampleModes)
  .filter((name) => !['parts', 'shipments', 'toy-box'].includes(name))
  .toSorted();

const modesOfAll = (stage: Stage) =>
  Object.fromEntries(
    stage.discovery.tenants.flatMap(({ clusters }) => clusters.map((one) => [one.name, modesOf(one)])),
  );

const isListed = ({ discovery: { accounts, tenants } }: Stage) =>
  tenants.length > 0 && [...accounts, ...tenants].every(({ state }) => state !== 'listing');

const detailAll = (stage: Stage) =>
  Promise.all(
    stage.discovery.tenants.flatMap(({ clusters }) => clusters.map((one) => stage.discovery.detail(one))),
  );

function resourceNamed(azure: LocalAzure, name: string) {
  return azure.organisation.resources.find((one) => one.name === name) ?? assert.fail(name);
}

function mongoCluster(azure: LocalAzure, name: string): MongoCluster {
  const found = resourceNamed(azure, name);
  return found.type === 'Microsoft.DocumentDB/mongoClusters' ? found : assert.fail(name);
}

function serverGroup(azure: LocalAzure, name: string): ServerGroup {
  const found = resourceNamed(azure, name);
  return found.type === 'Microsoft.DBforPostgreSQL/serverGroupsv2' ? found : assert.fail(name);
}

function remove(azure: LocalAzure, name: string): void {
  const { resources } = azure.organisation;
  resources.splice(resources.indexOf(resourceNamed(azure, name)), 1);
}

function subscriptionId(azure: LocalAzure, name: string): string {
  const found = azure.organisation.subscriptions.find(({ displayName }) => displayName === name);
  return found?.subscriptionId ?? assert.fail(name);
}

describe('discovery on a good day', () => {
  const azure = localAzure();

  it('lists every tenant; one that needs a second factor says so and hides no other', async () => {
    const stage = setStage(azure());
    await stage.discovery.refresh();
    assert.deepEqual(
      stage.discovery.tenants.map(({ name, state, clusters }) => [name, state, clusters.length]),
      [
        ['Contoso', 'listed', 19],
        ['Fabrikam', 'listed', 2],
        ['Tailspin Toys', 'failed', 0],
      ],
    );
    assert.deepEqual(failuresOf(stage.tenant('Tailspin Toys')), ['clusters signInNeeded']);
    assert.deepEqual(failuresOf(stage.tenant('Contoso')), []);
    assert.deepEqual(
      stage.discovery.accounts.map(({ state, failure }) => [state, failure]),
      [['listed', undefined]],
    );
  });

  it('shows the clusters of a tenant after the second factor', async () => {
    const stage = setStage(azure());
    await stage.discovery.refresh();
    const { caller } = stage.tenant('Tailspin Toys');

    await stage.tokens.interactive(caller, audiences.resourceManager);
    await stage.discovery.refreshTenant(caller);

    const { state, failures, clusters } = stage.tenant('Tailspin Toys');
    assert.deepEqual([state, failures, clusters.map(modesOf)], ['listed', [], ['on/off']]);
  });

  it('knows the ways in of every kind: from the row what it says, from ARM the rest', async () => {
    const stage = setStage(azure(), { secondFactor: true });
    await stage.discovery.refresh();
    const rows = modesOfAll(stage);
    await detailAll(stage);
    const asked = modesOfAll(stage);

    const table = Object.fromEntries(Object.keys(asked).map((name) => [name, [rows[name], asked[name]]]));
    assert.deepEqual(table, sampleModes);
    const kinds = stage.discovery.tenants.flatMap(({ clusters }) => clusters.map(({ kind }) => kind));
    assert.deepEqual(new Set(kinds), new Set(['vcore', 'postgres', 'account']));
  });

  it('asks each tenant once, whatever the number of its subscriptions, and nobody for details', async () => {
    const stage = setStage(azure(), { secondFactor: true });
    await stage.discovery.refresh();
    assert.equal(sent(azure(), /^GET \/tenants$/).length, 1);
    assert.equal(sent(azure(), subscriptionLists).length, 3);
    assert.equal(sent(azure(), queries).length, 3);
    assert.equal(sent(azure(), reads).length + sent(azure(), listsOfKinds).length, 0);
  });

  it('lists once, however often it is told to load', async () => {
    const stage = setStage(azure());
    await Promise.all([stage.discovery.load(), stage.discovery.load()]);
    await until(() => isListed(stage));
    await stage.discovery.load();
    await until(() => isListed(stage));
    assert.equal(sent(azure(), /^GET \/tenants$/).length, 1);
    assert.equal(sent(azure(), queries).length, 2);
  });

  it('returns from loading when the accounts are known, before their tenants are', async () => {
    const stage = setStage(azure());
    await stage.discovery.load();
    assert.deepEqual(
      stage.discovery.accounts.map(({ account, state, tenants }) => [account.label, state, tenants.length]),
      [['kai@contoso.com', 'listing', 0]],
    );
    await until(() => isListed(stage));
  });

  it('lists an account that has no subscription beside one that has', async () => {
    const stage = setStage(azure(), { people: ['kai@contoso.com', 'robin@contoso.com'] });
    await stage.discovery.refresh();
    const [kai, robin] = stage.discovery.accounts;
    assert.deepEqual(kai?.tenants[0]?.clusters.length, 19);
    assert.deepEqual(
      robin?.tenants.map(({ name, state, subscriptions, clusters, failures }) => [
        name,
        state,
        subscriptions.length,
        clusters.length,
        failures.length,
      ]),
      [['Contoso', 'listed', 0, 0, 0]],
    );
  });

  it('keeps what two accounts see of one cluster apart', async () => {
    const stage = setStage(azure(), { people: ['kai@contoso.com', 'alex@contoso.com'] });
    await stage.discovery.refresh();
    const seen = stage.discovery.tenants.flatMap(({ clusters }) =>
      clusters.filter(({ name }) => name === 'orders-eu'),
    );
    assert.deepEqual(
      seen.map(({ caller }) => caller.account.label),
      ['kai@contoso.com', 'alex@contoso.com'],
    );
    assert.equal(new Set(seen.map(({ key }) => key)).size, 2);
    for (const cluster of seen) assert.equal(stage.discovery.cluster(cluster.key), cluster);
  });

  it('lets go at once of what others listed, and of what was still to come of it', async () => {
    const stage = setStage(azure(), { people: ['kai@contoso.com', 'lee@fabrikam.com'] });
    await stage.discovery.refresh();
    const [kai, lee] = stage.accounts;
    const key = stage.discovery.tenants[0]?.clusters[0]?.key ?? assert.fail();
    const listing = stage.discovery.refresh();
    let told = 0;
    stage.onChange = () => void told++;
    stage.discovery.keepOnly([kai, lee].flatMap((one) => one ?? []));
    assert.equal(told, 0);
    stage.discovery.keepOnly(lee === undefined ? [] : [lee]);
    stage.accounts.shift();
    assert.equal(told, 1);
    const there = () => [
      stage.discovery.accounts.map(({ account }) => account.label),
      stage.discovery.cluster(key)?.name,
    ];
    assert.deepEqual(there(), [['lee@fabrikam.com'], undefined]);
    await listing.catch(() => undefined);
    await stage.discovery.refresh();
    assert.deepEqual(there(), [['lee@fabrikam.com'], undefined]);
  });

  it('drops an account that is no longer signed in', async () => {
    const stage = setStage(azure(), { people: ['kai@contoso.com', 'robin@contoso.com'] });
    await stage.discovery.refresh();
    stage.accounts.pop();
    await stage.discovery.refresh();
    assert.deepEqual(
      stage.discovery.accounts.map(({ account }) => account.label),
      ['kai@contoso.com'],
    );
  });

  it('lists a disabled subscription with its state', async () => {
    const stage = setStage(azure());
    await stage.discovery.refresh();
    assert.deepEqual(
      stage.tenant('Contoso').subscriptions.map(({ name, state }) => `${name}: ${state}`),
      ['Production: Enabled', 'Staging: Enabled', 'Analytics: Enabled', 'Old Sandbox: Disabled'],
    );
    assert.ok(namesOf(stage.tenant('Contoso')).includes('archive-2023'));
  });

  it('keeps words that it does not know as they came', async () => {
    const { subscriptions } = azure().organisation;
    Object.assign(subscriptions[0] ?? {}, { state: 'Hibernating' });
    const carts = mongoCluster(azure(), 'carts-eu');
    carts.properties.clusterStatus = 'Defrosting';
    carts.properties.authConfig = { allowedModes: ['NativeAuth', 'Passkey', 'Palm Vein'] };
    const stage = setStage(azure());
    await stage.discovery.refresh();

    const cluster = stage.cluster('carts-eu');
    assert.equal(stage.tenant('Contoso').subscriptions[0]?.state, 'Hibernating');
    assert.equal(cluster.state, 'Defrosting');
    assert.deepEqual(cluster.modes, { entra: 'off', native: 'on', other: ['Passkey', 'Palm Vein'] });
  });

  it('shows the first page of a first listing before the last has come', async () => {
    onlyContoso(azure());
    azure().organisation.behaviour.graphRows = 8;
    const stage = setStage(azure());
    const shown: (readonly [string, number])[] = [];
    stage.onChange = () => {
      const [tenant] = stage.discovery.tenants;
      if (tenant !== undefined) shown.push([tenant.state, tenant.clusters.length]);
    };
    await stage.discovery.refresh();
    for (const count of [8, 16, 19]) {
      assert.ok(shown.some(([state, length]) => state === 'listing' && length === count));
    }
    assert.deepEqual(shown.at(-1), ['listed', 19]);
  });

  it('shows what was listed until its successor has come', async () => {
    onlyContoso(azure());
    azure().organisation.behaviour.graphRows = 8;
    const stage = setStage(azure());
    await stage.discovery.refresh();
    const counts: number[] = [];
    stage.onChange = () => counts.push(stage.tenant('Contoso').clusters.length);
    await stage.discovery.refresh();
    assert.ok(counts.length > 1);
    assert.deepEqual([...new Set(counts)], [19]);
  });

  it('fails to load when nobody can say who is signed in, and loads when somebody can', async () => {
    const stage = setStage(azure());
    stage.accountsTrouble = new Error('the keychain is locked');
    const data = await stage.discovery.load().then(
      () => assert.fail('loaded'),
      (error: unknown) => error,
    );
    assert.match(String(data), /keychain/);
    stage.accountsTrouble = undefined;
    await stage.discovery.refresh();
    await stage.discovery.load();
    assert.deepEqual(namesOf(stage.tenant('Contoso')), contosoNames);
  });

  it('that is told to start over and cannot does not seem to go on for ever', async () => {
    const late = holdBack(({ method }) => method === 'POST');
    const stage = setStage(azure(), { door: late.door });
    const first = stage.discovery.refresh();
    await until(() => stage.discovery.tenants.length > 0);
    stage.accountsTrouble = new Error('the keychain is locked');
    await stage.discovery.refresh().catch(() => undefined);
    late.letThrough();
    await first;
    const states = [...stage.discovery.accounts, ...stage.discovery.tenants].map(({ state }) => state);
    assert.ok(!states.includes('listing'), states.join());
  });

  it('ends well when it is told to start over in the middle', async () => {
    const stage = setStage(azure());
    const states = new Set<string>();
    stage.onChange = () => stage.discovery.accounts.forEach(({ state }) => states.add(state));
    const first = stage.discovery.refresh();
    await until(() => wasAnswered(stage, 200));
    await Promise.all([first, stage.discovery.refresh(), stage.discovery.refresh()]);
    assert.ok(!states.has('failed'));
    assert.deepEqual(namesOf(stage.tenant('Contoso')), contosoNames);
    assert.deepEqual(
      stage.discovery.tenants.map(({ state }) => state),
      ['listed', 'listed', 'failed'],
    );
  });
});

describe('discovery after the accounts may have changed', () => {
  const azure = localAzure();
  const labels = (stage: Stage) => stage.discovery.accounts.map(({ account }) => account.label);

  it('lists who is new and drops who has gone', async () => {
    const stage = setStage(azure(), { people: ['kai@contoso.com'] });
    await stage.discovery.refresh();
    stage.accounts.push(accountOf(azure(), 'lee@fabrikam.com'));
    await stage.discovery.accountsChanged();
    assert.deepEqual(labels(stage), ['kai@contoso.com', 'lee@fabrikam.com']);
    assert.deepEqual(
      stage.discovery.accounts[1]?.tenants.map(({ state, clusters }) => [state, clusters.length]),
      [['listed', 2]],
    );
    stage.accounts.shift();
    await stage.discovery.accountsChanged();
    assert.deepEqual(labels(stage), ['lee@fabrikam.com']);
  });

  it('asks only those tenants again that failed', async () => {
    const stage = setStage(azure());
    await stage.discovery.refresh();
    await stage.tokens.interactive(stage.caller('Tailspin Toys'), audiences.resourceManager);
    const before = sent(azure(), queries).length;
    await stage.discovery.accountsChanged();
    assert.deepEqual(namesOf(stage.tenant('Tailspin Toys')), ['toy-box']);
    assert.equal(sent(azure(), queries).length - before, 1);
  });

  it('asks an account again whose home let nobody in', async () => {
    let signedOut = true;
    const stage = setStage(azure(), { token: (_, usual) => (signedOut ? undefined : usual()) });
    await stage.discovery.refresh();
    assert.equal(stage.discovery.accounts[0]?.failure?.code, 'signInNeeded');
    signedOut = false;
    await stage.discovery.accountsChanged();
    const [account] = stage.discovery.accounts;
    assert.deepEqual([account?.state, account?.failure], ['listed', undefined]);
    assert.deepEqual(namesOf(stage.tenant('Contoso')), contosoNames);
  });
});

describe('discovery of 5,000 clusters in 200 subscriptions of two tenants', () => {
  let azure: LocalAzure;
  let stage: Stage;
  let underWay = 0;
  let most = 0;

  before(async () => {
    azure = await startAzure({ subscriptions: 200, clusters: 5000, tenants: 2 });
    stage = setStage(azure, {
      door: (door) => ({
        ...door,
        async send(call) {
          most = Math.max(most, ++underWay);
          return door.send(call).finally(() => underWay--);
        },
      }),
    });
    await stage.discovery.refresh();
  });
  after(() => azure.close());

  it('loses none and takes one request for each 1,000 rows of a tenant', () => {
    const found = stage.discovery.tenants.flatMap(({ clusters }) => clusters.map(({ id }) => id));
    const there = azure.organisation.resources.map(({ id }) => id);
    assert.deepEqual(found.toSorted(), there.toSorted());
    assert.deepEqual(
      stage.discovery.tenants.map(({ clusters, failures }) => [clusters.length, failures.length]),
      [
        [2500, 0],
        [2500, 0],
      ],
    );
    assert.equal(sent(azure, queries).length, 6);
  });

  it('asks for details eight at a time, once for each cluster', async () => {
    const unknown = stage.discovery.tenants
      .flatMap(({ clusters }) => clusters)
      .filter(({ modes }) => modes.native === 'unknown')
      .slice(0, 40);
    const before = sent(azure, reads).length;
    most = 0;
    const firstHalf = unknown.slice(0, 20).map((cluster) => stage.discovery.detail(cluster));
    await Promise.race(firstHalf);
    await Promise.all([...unknown, ...unknown].map((cluster) => stage.discovery.detail(cluster)));
    assert.equal(most, 8);
    assert.equal(sent(azure, reads).length - before, 40);
    for (const { key } of unknown) assert.equal(stage.discovery.cluster(key)?.read, 'yes');
  });
});

describe('a detail', () => {
  const azure = localAzure();

  it('is asked once, and never for what ARM itself has said', async () => {
    const stage = setStage(azure());
    await stage.discovery.refresh();
    await Promise.all([
      stage.discovery.detail(stage.cluster('ledger')),
      stage.discovery.detail(stage.cluster('ledger')),
    ]);
    await stage.discovery.detail(stage.cluster('ledger'));
    assert.equal(sent(azure(), reads).length, 1);
  });

  for (const [what, listAnew] of [
    ['everything', (stage: Stage) => stage.discovery.refresh()],
    ['the tenant', (stage: Stage) => stage.discovery.refreshTenant(stage.caller('Contoso'))],
  ] as const) {
    it(`is asked anew after ${what} was listed anew`, async () => {
      const stage = setStage(azure());
      await stage.discovery.refresh();
      await stage.discovery.detail(stage.cluster('ledger'));
      serverGroup(azure(), 'ledger').properties.authConfig.passwordAuth = 'disabled';
      await listAnew(stage);
      await stage.discovery.detail(stage.cluster('ledger'));
      assert.equal(modesOf(stage.cluster('ledger')), 'on/off');
    });
  }

  it('turns nothing known into unknown by a refresh', async () => {
    const stage = setStage(azure());
    await stage.discovery.refresh();
    await detailAll(stage);
    const known = modesOfAll(stage);
    serverGroup(azure(), 'ledger').properties.authConfig.passwordAuth = 'disabled';
    await stage.discovery.refresh();
    const after = modesOfAll(stage);
    // Nobody needs to look for what ARM is asked anew.
    await until(() => stage.cluster('ledger').read === 'yes');
    assert.equal(modesOf(stage.cluster('ledger')), 'on/off');
    assert.deepEqual({ ...after, ledger: known['ledger'] }, known);
    await detailAll(stage);
  });

  it('that may not be asked anew leaves its modes, and not what the row says better', async () => {
    const stage = setStage(azure());
    await stage.discovery.refresh();
    await stage.discovery.detail(stage.cluster('reviews-eu'));
    mongoCluster(azure(), 'reviews-eu').properties.clusterStatus = 'Stopped';
    azure().faults.add(always({ path: 'mongoClusters/reviews-eu$', fault: { kind: 'status', status: 403 } }));
    await stage.discovery.refresh();
    await failureOf(stage.discovery.detail(stage.cluster('reviews-eu')));
    assert.equal(modesOf(stage.cluster('reviews-eu')), 'on/on');
    assert.equal(stage.cluster('reviews-eu').state, 'Stopped');
    assert.equal(stage.cluster('reviews-eu').resource.properties['clusterStatus'], 'Stopped');
  });

  // Each answer comes when a detail has come before it.
  const lateAnswers: readonly (readonly [string, (call: Call) => boolean])[] = [
    ['the subscriptions', ({ address }) => address === '/subscriptions'],
    ['the second page', ({ body }) => JSON.stringify(body ?? '').includes('$skipToken')],
  ];
  for (const [what, matches] of lateAnswers) {
    it(`that came before ${what} of a first listing is not lost`, async () => {
      onlyContoso(azure());
      azure().organisation.behaviour.graphRows = 15;
      const late = holdBack(matches);
      const stage = setStage(azure(), { door: late.door });
      const refreshing = stage.discovery.refresh();
      await until(() => stage.discovery.tenants.some(({ clusters }) => clusters.length >= 15));
      const unknown = stage.tenant('Contoso').clusters.find(({ modes }) => modes.native === 'unknown');
      const { name } = unknown ?? assert.fail();
      await stage.discovery.detail(stage.cluster(name));
      assert.equal(stage.tenant('Contoso').state, 'listing');
      late.letThrough();
      await refreshing;
      assert.equal(stage.cluster(name).read, 'yes');
      assert.equal(modesOf(stage.cluster(name)), sampleModes[name]?.[1]);
    });
  }

  it('that came before the end of a later listing is not lost', async () => {
    onlyContoso(azure());
    let listing = 0;
    const late = holdBack(({ address }) => address === '/subscriptions' && ++listing === 2);
    const stage = setStage(azure(), { door: late.door });
    await stage.discovery.refresh();
    const refreshing = stage.discovery.refresh();
    await until(() => sent(azure(), queries).length === 2);
    await stage.discovery.detail(stage.cluster('ledger'));
    assert.equal(stage.tenant('Contoso').state, 'listing');
    late.letThrough();
    await refreshing;
    assert.equal(stage.cluster('ledger').read, 'yes');
    assert.equal(modesOf(stage.cluster('ledger')), 'on/on');
  });

  it('that failed leaves the cluster unknown and may be asked again', async () => {
    const stage = setStage(azure());
    await stage.discovery.refresh();
    azure().faults.add({ path: 'serverGroupsv2/ledger$', fault: { kind: 'status', status: 403 } });
    const { code } = await failureOf(stage.discovery.detail(stage.cluster('ledger')));
    assert.equal(code, 'forbidden');
    assert.equal(modesOf(stage.cluster('ledger')), 'unknown/unknown');
    await stage.discovery.detail(stage.cluster('ledger'));
    assert.equal(modesOf(stage.cluster('ledger')), 'on/on');
  });

  it('changes one cluster, and says which', async () => {
    const stage = setStage(azure());
    await stage.discovery.refresh();
    const before = stage.tenant('Contoso').clusters;
    const { key } = stage.cluster('ledger');
    stage.changes.length = 0;
    await stage.discovery.detail(stage.cluster('ledger'));
    const changed = stage.tenant('Contoso').clusters.filter((cluster, index) => cluster !== before[index]);
    assert.deepEqual(
      changed.map(({ name }) => name),
      ['ledger'],
    );
    assert.deepEqual(stage.changes, [{ what: 'cluster', key }]);
  });

  for (const [how, ask] of [
    ['detail', (stage: Stage, cluster: Cluster) => stage.discovery.detail(cluster)],
    ['refreshCluster', (stage: Stage, cluster: Cluster) => stage.discovery.refreshCluster(cluster.key)],
  ] as const) {
    it(`of a cluster deleted while shown says that it is gone (${how})`, async () => {
      const stage = setStage(azure());
      await stage.discovery.refresh();
      const before = stage.tenant('Contoso').clusters;
      remove(azure(), 'ledger');

      assert.equal((await failureOf(ask(stage, stage.cluster('ledger')))).code, 'notFound');
      assert.equal(stage.cluster('ledger').read, 'gone');
      for (const cluster of before) {
        if (cluster.name !== 'ledger') assert.equal(stage.cluster(cluster.name), cluster);
      }
      await stage.discovery.refresh();
      assert.deepEqual(
        namesOf(stage.tenant('Contoso')),
        contosoNames.filter((name) => name !== 'ledger'),
      );
    });
  }
});

describe('when Resource Graph refuses', () => {
  const azure = localAzure();
  beforeEach(() => onlyContoso(azure()));

  const refusals: readonly (readonly [string, Fault])[] = [
    ['with 403', { kind: 'status', status: 403, body: { error: { code: 'Forbidden', message: '' } } }],
    ['with 404', { kind: 'status', status: 404 }],
    ['with 500 to the last attempt', { kind: 'status', status: 500 }],
    ['with a proxy’s page', { kind: 'status', status: 502, body: '<html>Bad gateway</html>' }],
    ['with half an answer', { kind: 'malformed' }],
    ...[{}, null, [], 'rows', { data: {} }, { data: null }].map(
      (body) =>
        [
          `with ${JSON.stringify(body)}`,
          { kind: 'status', status: 200, body: JSON.stringify(body) },
        ] as const,
    ),
  ];
  for (const [how, fault] of refusals) {
    it(`${how}, lists by subscription give the same clusters`, async () => {
      const stage = setStage(azure());
      azure().faults.add(always({ ...resourceGraph, fault }));
      await withoutPauses(() => stage.discovery.refresh());

      const { state, failures } = stage.tenant('Contoso');
      assert.deepEqual([state, failures], ['listed', []]);
      const expected = contosoNames.map((name) => [name, sampleModes[name]?.[1]]);
      assert.deepEqual(Object.entries(modesOfAll(stage)), expected);
      assert.equal(sent(azure(), listsOfKinds).length, 4 * 3);
    });
  }

  it('for want of any subscription, there is nothing to list and nothing wrong', async () => {
    const stage = setStage(azure(), { people: ['robin@contoso.com'] });
    const error = { code: 'BadRequest', details: [{ code: 'NoValidSubscriptionsInQueryRequest' }] };
    azure().faults.add({ ...resourceGraph, fault: { kind: 'status', status: 400, body: { error } } });
    await stage.discovery.refresh();
    const { state, clusters, failures } = stage.tenant('Contoso');
    assert.deepEqual([state, clusters, failures], ['listed', [], []]);
  });

  it('asks eight lists at a time', async () => {
    let underWay = 0;
    let most = 0;
    const stage = setStage(azure(), {
      door: (door) => ({
        ...door,
        send: (call) => {
          most = Math.max(most, ++underWay);
          return door.send(call).finally(() => underWay--);
        },
      }),
    });
    azure().faults.add({ ...resourceGraph, fault: { kind: 'status', status: 403 } });
    await stage.discovery.refresh();
    assert.equal(most, 8);
  });

  it('follows the pages of a list', async () => {
    const stage = setStage(azure());
    azure().organisation.behaviour.pageSize = 2;
    azure().faults.add({ ...resourceGraph, fault: { kind: 'status', status: 403 } });
    await stage.discovery.refresh();
    assert.deepEqual(namesOf(stage.tenant('Contoso')), contosoNames);
  });

  it('names the one subscription that fails, and lists the others', async () => {
    const stage = setStage(azure());
    azure().faults.add({ ...resourceGraph, fault: { kind: 'status', status: 403 } });
    const path = `${subscriptionId(azure(), 'Staging')}/providers`;
    azure().faults.add(always({ path, fault: { kind: 'status', status: 403 } }));
    await stage.discovery.refresh();

    const { state, failures } = stage.tenant('Contoso');
    assert.equal(state, 'listed');
    assert.deepEqual(
      failures.map(({ what, subscription, failure }) => [what, subscription?.name, failure.code]),
      [['subscription', 'Staging', 'forbidden']],
    );
    assert.deepEqual(
      namesOf(stage.tenant('Contoso')),
      contosoNames.filter((name) => !['orders-staging', 'tryout-free'].includes(name)),
    );
  });

  it('lists the other kinds of a subscription in which one kind fails', async () => {
    const stage = setStage(azure());
    const production = subscriptionId(azure(), 'Production');
    azure().faults.add({ ...resourceGraph, fault: { kind: 'status', status: 403 } });
    const path = (type: string) => `${production}/providers/[^/]+/${type}$`;
    azure().faults.add({ path: path('serverGroupsv2'), fault: { kind: 'status', status: 403 } });
    // The lists that succeed come after the one that fails.
    azure().faults.add({ path: path('mongoClusters'), fault: { kind: 'latency', ms: 50 } });
    azure().faults.add({ path: path('databaseAccounts'), fault: { kind: 'latency', ms: 50 } });
    await stage.discovery.refresh();

    assert.deepEqual(failuresOf(stage.tenant('Contoso')), ['subscription forbidden']);
    assert.deepEqual(
      namesOf(stage.tenant('Contoso')),
      contosoNames.filter((name) => !['ledger', 'invoices'].includes(name)),
    );
  });

  for (const [status, code] of [
    [404, 'InvalidResourceType'],
    [404, 'InvalidResourceNamespace'],
    [409, 'MissingSubscriptionRegistration'],
  ] as const) {
    it(`a kind that ARM does not know there (${code}) has no clusters, and is no failure`, async () => {
      const stage = setStage(azure());
      azure().faults.add({ ...resourceGraph, fault: { kind: 'status', status: 403 } });
      const fault: Fault = { kind: 'status', status, body: { error: { code, message: '' } } };
      azure().faults.add(always({ path: '/serverGroupsv2$', fault }));
      await stage.discovery.refresh();
      assert.deepEqual(failuresOf(stage.tenant('Contoso')), []);
      assert.deepEqual(
        namesOf(stage.tenant('Contoso')),
        contosoNames.filter((name) => !['ledger', 'invoices', 'events'].includes(name)),
      );
    });
  }

  it('does not lose what a subscription showed before its lists failed', async () => {
    const stage = setStage(azure());
    await stage.discovery.refresh();
    azure().faults.add(always({ ...resourceGraph, fault: { kind: 'status', status: 403 } }));
    azure().faults.add(always({ path: '/providers/Microsoft.Doc', fault: { kind: 'status', status: 403 } }));
    await stage.discovery.refresh();
    assert.deepEqual(namesOf(stage.tenant('Contoso')), contosoNames);
    assert.equal(stage.tenant('Contoso').failures.length, 4);
  });

  it('and ARM lists no subscriptions either, says that the clusters could not be listed', async () => {
    const stage = setStage(azure());
    azure().faults.add(always({ ...resourceGraph, fault: { kind: 'status', status: 500 } }));
    azure().faults.add(always({ path: '^/subscriptions$', fault: { kind: 'status', status: 500 } }));
    await withoutPauses(() => stage.discovery.refresh());
    const { state, clusters } = stage.tenant('Contoso');
    assert.deepEqual([state, clusters.length], ['failed', 0]);
    assert.ok(failuresOf(stage.tenant('Contoso')).includes('clusters service'));
  });

  it('and ARM does too, nothing listed before is lost', async () => {
    const stage = setStage(azure());
    await stage.discovery.refresh();
    azure().faults.add(always({ ...resourceGraph, fault: { kind: 'status', status: 403 } }));
    azure().faults.add(always({ path: '^/subscriptions$', fault: { kind: 'status', status: 403 } }));
    await stage.discovery.refresh();
    assert.deepEqual(namesOf(stage.tenant('Contoso')), contosoNames);
    assert.equal(stage.tenant('Contoso').subscriptions.length, 4);
    assert.equal(stage.tenant('Contoso').state, 'listed');
    assert.ok(stage.tenant('Contoso').failures.length > 0);
  });

  it('lists from it again as soon as it answers', async () => {
    const stage = setStage(azure());
    azure().faults.add(always({ ...resourceGraph, fault: { kind: 'status', status: 403 } }));
    azure().faults.add(always({ path: '/providers/', fault: { kind: 'status', status: 403 } }));
    await stage.discovery.refresh();
    assert.equal(stage.tenant('Contoso').state, 'failed');
    azure().faults.clear();
    await stage.discovery.refresh();
    const { state, failures } = stage.tenant('Contoso');
    assert.deepEqual([state, failures], ['listed', []]);
    assert.deepEqual(namesOf(stage.tenant('Contoso')), contosoNames);
  });
});

describe('a listing that breaks off', () => {
  const azure = localAzure();
  const secondPage: Fault = { kind: 'status', status: 500 };
  beforeEach(() => {
    onlyContoso(azure());
    azure().organisation.behaviour.graphRows = 8;
  });

  it('on its second page shows the first, and says that there is more', async () => {
    const stage = setStage(azure());
    azure().faults.add(always({ ...resourceGraph, after: 1, fault: secondPage }));
    await withoutPauses(() => stage.discovery.refresh());
    const { state, clusters } = stage.tenant('Contoso');
    assert.deepEqual([state, clusters.length], ['listed', 8]);
    assert.deepEqual(failuresOf(stage.tenant('Contoso')), ['moreClusters service']);

    azure().faults.clear();
    await stage.discovery.refreshTenant(stage.caller('Contoso'));
    assert.deepEqual(namesOf(stage.tenant('Contoso')), contosoNames);
    assert.deepEqual(stage.tenant('Contoso').failures, []);
  });

  it('takes what is new of it and keeps what was listed before', async () => {
    const stage = setStage(azure());
    await stage.discovery.refresh();
    const firstOnPageOne = stage
      .tenant('Contoso')
      .clusters.filter(({ kind }) => kind === 'vcore')
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))[0];
    const { name } = firstOnPageOne ?? assert.fail();
    mongoCluster(azure(), name).properties.clusterStatus = 'Updating';
    azure().faults.add(always({ ...resourceGraph, after: 1, fault: secondPage }));
    await withoutPauses(() => stage.discovery.refresh());
    assert.deepEqual(namesOf(stage.tenant('Contoso')), contosoNames);
    assert.equal(stage.cluster(name).state, 'Updating');
    assert.deepEqual(failuresOf(stage.tenant('Contoso')), ['moreClusters service']);
  });

  it('says so of the subscriptions too, and knows those it listed before', async () => {
    const stage = setStage(azure());
    await stage.discovery.refresh();
    azure().faults.add({ path: '^/subscriptions$', fault: { kind: 'status', status: 403 } });
    await stage.discovery.refresh();
    assert.deepEqual(failuresOf(stage.tenant('Contoso')), ['subscriptions forbidden']);
    assert.equal(stage.tenant('Contoso').subscriptions.length, 4);
    assert.deepEqual(namesOf(stage.tenant('Contoso')), contosoNames);
  });

  it('because its socket died in the middle of an answer is tried again, and nobody notices', async () => {
    const stage = setStage(azure());
    azure().faults.add({ ...resourceGraph, fault: { kind: 'drop' } });
    await withoutPauses(() => stage.discovery.refresh());
    assert.deepEqual(failuresOf(stage.tenant('Contoso')), []);
    assert.deepEqual(namesOf(stage.tenant('Contoso')), contosoNames);
  });

  const oddLists: readonly (readonly [string, Fault, FailureCode])[] = [
    ...[{}, null, [], { value: {} }, { value: null }].map(
      (body) => [JSON.stringify(body), { kind: 'status', status: 200, body }, 'malformed'] as const,
    ),
    ['half a list', { kind: 'malformed' }, 'malformed'],
    ['nothing', { kind: 'status', status: 204 }, 'malformed'],
    ['a proxy’s page', { kind: 'status', status: 502, body: '<html>Bad gateway</html>' }, 'service'],
  ];
  for (const [what, fault, code] of oddLists) {
    it(`because the tenants are ${what} is the account’s failure, and keeps the rest`, async () => {
      const stage = setStage(azure());
      await stage.discovery.refresh();
      azure().faults.add(always({ path: '^/tenants$', fault }));
      await withoutPauses(() => stage.discovery.refresh());
      const [account] = stage.discovery.accounts;
      assert.deepEqual([account?.state, account?.failure?.code], ['failed', code]);
      assert.deepEqual(namesOf(stage.tenant('Contoso')), contosoNames);
    });

    it(`because the subscriptions are ${what} says so, and lists the clusters`, async () => {
      const stage = setStage(azure());
      azure().faults.add(always({ path: '^/subscriptions$', fault }));
      await withoutPauses(() => stage.discovery.refresh());
      assert.deepEqual(failuresOf(stage.tenant('Contoso')), [`subscriptions ${code}`]);
      assert.deepEqual(namesOf(stage.tenant('Contoso')), contosoNames);
    });
  }
});

describe('a token that Azure takes no more', () => {
  const azure = localAzure();
  beforeEach(() => {
    onlyContoso(azure());
    azure().organisation.behaviour.graphRows = 8;
  });

  it('between two pages is replaced, and nobody notices', async () => {
    const stage = setStage(azure());
    azure().faults.add({ ...resourceGraph, after: 1, fault: { kind: 'expiredToken' } });
    await stage.discovery.refresh();
    assert.deepEqual(failuresOf(stage.tenant('Contoso')), []);
    assert.deepEqual(namesOf(stage.tenant('Contoso')), contosoNames);
    const asked = stage.asked.filter(({ caller }) => caller.tenant === stage.caller('Contoso').tenant);
    assert.equal(asked.length, 2);
    assert.ok(stage.asked.every(({ interactive }) => !interactive));
  });

  it('and that the editor keeps returning means signing in, not asking in a loop', async () => {
    let only: string | undefined;
    const stage = setStage(azure(), {
      token: async ({ caller }, usual) =>
        caller.tenant === 'organizations' ? usual() : (only ??= await usual()),
    });
    azure().faults.add(always({ ...resourceGraph, fault: { kind: 'expiredToken' } }));
    await stage.discovery.refresh();
    assert.deepEqual(
      stage.tenant('Contoso').failures.map(({ failure }) => failure.data),
      [{ code: 'signInNeeded', tenant: stage.caller('Contoso').tenant }],
    );
    assert.equal(sent(azure(), queries).length, 2);
    assert.ok(stage.asked.length <= 4, `${stage.asked.length} questions to the editor`);
  });

  it('because Azure demands more is replaced unseen, if that takes no person', async () => {
    const stage = setStage(azure(), { secondFactor: true });
    azure().faults.add({ ...resourceGraph, fault: { kind: 'claimsChallenge' } });
    await stage.discovery.refresh();
    assert.deepEqual(failuresOf(stage.tenant('Contoso')), []);
    assert.deepEqual(namesOf(stage.tenant('Contoso')), contosoNames);
    const demands = stage.asked.filter(({ challenge }) => challenge !== undefined);
    assert.deepEqual(
      demands.map(({ interactive }) => interactive),
      [false],
    );
    assert.match(demands[0]?.challenge ?? '', /^Bearer .*claims="/);
  });

  it('because Azure demands a person is a step up, which the sign-in after it answers', async () => {
    const stage = setStage(azure());
    azure().faults.add({ ...resourceGraph, fault: { kind: 'claimsChallenge' } });
    await stage.discovery.refresh();
    const { state } = stage.tenant('Contoso');
    assert.deepEqual([state, failuresOf(stage.tenant('Contoso'))], ['failed', ['clusters stepUpNeeded']]);

    await stage.tokens.interactive(stage.caller('Contoso'), audiences.resourceManager);
    await stage.discovery.refreshTenant(stage.caller('Contoso'));
    const aloud = stage.asked.filter(({ interactive }) => interactive);
    assert.equal(aloud.length, 1);
    assert.match(aloud[0]?.challenge ?? '', /claims="/);
    assert.deepEqual(namesOf(stage.tenant('Contoso')), contosoNames);
  });

  it('of one tenant leaves the others alone', async () => {
    const stage = setStage(azure(), {
      people: ['kai@contoso.com', 'lee@fabrikam.com'],
      token: ({ caller }, usual) => {
        if (caller.account.label !== 'lee@fabrikam.com') return usual();
        throw new Error('AADSTS53003: Access has been blocked by Conditional Access policies.');
      },
    });
    await stage.discovery.refresh();
    const [kai, lee] = stage.discovery.accounts;
    assert.equal(kai?.state, 'listed');
    const data = lee?.failure?.data;
    assert.ok(data?.code === 'signInRefused');
    assert.deepEqual([data.aadsts, data.reason], [53003, 'conditionalAccess']);
  });
});

describe('without a network', () => {
  it('everything listed is still there, and a refresh after it brings the rest', async () => {
    const azure = await startAzure();
    const stage = setStage(azure);
    await stage.discovery.refresh();
    const before = namesOf(stage.tenant('Contoso'));
    const { resourceManager } = azure.endpoints;
    await azure.close();

    await withoutPauses(() => stage.discovery.refresh());
    const [down] = stage.discovery.accounts;
    assert.deepEqual(down?.failure?.data, {
      code: 'unreachable',
      host: new URL(resourceManager).host,
      detail: 'ECONNREFUSED',
    });
    assert.deepEqual(namesOf(stage.tenant('Contoso')), before);
    assert.deepEqual(namesOf(stage.tenant('Fabrikam')), ['parts', 'shipments']);

    await withoutPauses(() => stage.discovery.refreshTenant(stage.caller('Contoso')));
    assert.deepEqual(failuresOf(stage.tenant('Contoso')), ['clusters unreachable']);
    assert.deepEqual([stage.tenant('Contoso').state, namesOf(stage.tenant('Contoso'))], ['listed', before]);

    const again = await startAzure({ ports: { resourceManager: Number(new URL(resourceManager).port) } });
    try {
      stage.moveTo(again);
      remove(again, 'carts-eu');
      await withoutPauses(() => stage.discovery.refresh());
      const [up] = stage.discovery.accounts;
      assert.deepEqual([up?.state, up?.failure], ['listed', undefined]);
      assert.deepEqual(failuresOf(stage.tenant('Contoso')), []);
      assert.deepEqual(
        namesOf(stage.tenant('Contoso')),
        before.filter((name) => name !== 'carts-eu'),
      );
    } finally {
      await again.close();
    }
  });

  it('from the start, the account says so', async () => {
    const azure = await startAzure();
    await azure.close();
    const stage = setStage(azure);
    const { pauses } = await withoutPauses(() => stage.discovery.refresh());
    const [account] = stage.discovery.accounts;
    assert.deepEqual([account?.state, account?.failure?.code], ['failed', 'unreachable']);
    assert.equal(pauses.length, 3);
  });
});

describe('an Azure that asks to wait', () => {
  const azure = localAzure();
  beforeEach(() => onlyContoso(azure()));

  const throttled = (headers: Record<string, string>, status = 429): Fault => ({
    kind: 'status',
    status,
    headers,
    body: { error: { code: 'RateLimiting', message: 'Slower, please.' } },
  });

  it('a second is waited for, and answers then', async () => {
    const stage = setStage(azure());
    azure().faults.add({ ...resourceGraph, fault: throttled({ 'retry-after': '1' }) });
    const { pauses } = await withoutPauses(() => stage.discovery.refresh());
    assert.deepEqual(pauses, [1000]);
    assert.deepEqual(failuresOf(stage.tenant('Contoso')), []);
    assert.deepEqual(namesOf(stage.tenant('Contoso')), contosoNames);
  });

  const inAnHour = () => new Date(Date.now() + 3_600_000).toUTCString();
  const longWaits: readonly (readonly [string, () => Fault])[] = [
    ['in seconds', () => throttled({ 'retry-after': '3600' })],
    ['until a time of day', () => throttled({ 'retry-after': inAnHour() })],
    ['in milliseconds', () => throttled({ 'x-ms-retry-after-ms': '3600000' })],
    ['with 503', () => throttled({ 'retry-after': '3600' }, 503)],
  ];
  for (const [how, fault] of longWaits) {
    it(`an hour (${how}) is not waited for: it fails at once`, async () => {
      const stage = setStage(azure());
      azure().faults.add(always({ path: '^/tenants$', fault: fault() }));
      const { pauses } = await withoutPauses(() => stage.discovery.refresh());
      assert.deepEqual(pauses, []);
      assert.equal(sent(azure(), /\/tenants$/).length, 1);
      const data = stage.discovery.accounts[0]?.failure?.data;
      assert.ok(data?.code === 'throttled', JSON.stringify(data));
      assert.ok(Math.abs(data.seconds - 3600) <= 2, String(data.seconds));
    });
  }

  it('again and again is asked four times in all', async () => {
    const stage = setStage(azure());
    azure().faults.add(always({ path: '^/tenants$', fault: throttled({ 'retry-after': '20' }) }));
    const { pauses } = await withoutPauses(() => stage.discovery.refresh());
    assert.deepEqual(pauses, [20_000, 20_000, 20_000]);
    assert.deepEqual(stage.discovery.accounts[0]?.failure?.data, { code: 'throttled', seconds: 20 });
  });

  it('an hour before a query keeps what was listed, and is not taken for a refusal', async () => {
    const stage = setStage(azure());
    await stage.discovery.refresh();
    azure().faults.add(always({ ...resourceGraph, fault: throttled({ 'retry-after': '3600' }) }));
    await stage.discovery.refresh();
    assert.deepEqual(
      stage.tenant('Contoso').failures.map(({ what, failure }) => [what, failure.data]),
      [['clusters', { code: 'throttled', seconds: 3600 }]],
    );
    assert.deepEqual(namesOf(stage.tenant('Contoso')), contosoNames);
    assert.equal(sent(azure(), listsOfKinds).length, 0);
  });

  describe('and a person who does not', () => {
    it('stop at once, keep what has come and say that it is not all', async () => {
      azure().organisation.behaviour.graphRows = 8;
      azure().faults.add({ ...resourceGraph, after: 1, fault: throttled({ 'retry-after': '30' }) });
      const stage = setStage(azure());
      const started = performance.now();
      const refreshing = stage.discovery.refresh();
      await until(() => wasAnswered(stage, 429));
      stage.discovery.cancel();
      await refreshing;
      assert.ok(performance.now() - started < 10_000);
      const { state, clusters } = stage.tenant('Contoso');
      assert.deepEqual([state, clusters.length], ['listed', 8]);
      assert.deepEqual(failuresOf(stage.tenant('Contoso')), ['moreClusters cancelled']);
    });

    it('stop before the tenants are known, and say so', async () => {
      azure().faults.add({ path: '^/tenants$', fault: throttled({ 'retry-after': '30' }) });
      const stage = setStage(azure());
      const refreshing = stage.discovery.refresh();
      await until(() => wasAnswered(stage, 429));
      stage.discovery.cancel();
      await refreshing;
      const [account] = stage.discovery.accounts;
      assert.deepEqual([account?.state, account?.failure?.code], ['failed', 'cancelled']);
    });

    it('can list the tenant again after that', async () => {
      azure().faults.add({ ...resourceGraph, fault: throttled({ 'retry-after': '30' }) });
      const stage = setStage(azure());
      const refreshing = stage.discovery.refresh();
      await until(() => wasAnswered(stage, 429));
      stage.discovery.cancel();
      await refreshing;
      assert.equal(stage.tenant('Contoso').state, 'failed');
      assert.deepEqual(failuresOf(stage.tenant('Contoso')), ['clusters cancelled']);

      await stage.discovery.refreshTenant(stage.caller('Contoso'));
      assert.equal(stage.tenant('Contoso').state, 'listed');
      assert.deepEqual(namesOf(stage.tenant('Contoso')), contosoNames);
    });

    it('can ask for details after that', async () => {
      const stage = setStage(azure());
      await stage.discovery.refresh();
      stage.discovery.cancel();
      await stage.discovery.detail(stage.cluster('ledger'));
      assert.equal(modesOf(stage.cluster('ledger')), 'on/on');
    });
  });
});

describe('chosen subscriptions', () => {
  const azure = localAzure();
  const shownNames = (stage: Stage, tenant = 'Contoso') =>
    stage.discovery.shown(stage.tenant(tenant)).map(({ name }) => name);

  it('are all of them, those to come included, until somebody chooses', async () => {
    const stage = setStage(azure());
    await stage.discovery.refresh();
    const [kai] = stage.accounts;
    assert.equal(stage.discovery.chosenSubscriptions(kai ?? assert.fail()), undefined);
    const place = { subscriptionId: subscriptionId(azure(), 'Staging'), resourceGroup: 'new', location: 'x' };
    azure().organisation.resources.push(newMongoCluster(place, { name: 'brand-new', modes: ['NativeAuth'] }));
    await stage.discovery.refresh();
    assert.ok(shownNames(stage).includes('brand-new'));
  });

  it('are kept for each account, and hide the rest of its clusters', async () => {
    const stage = setStage(azure(), { people: ['kai@contoso.com', 'alex@contoso.com'] });
    await stage.discovery.refresh();
    const [kai, alex] = stage.discovery.accounts;
    stage.discovery.chooseSubscriptions(kai?.account ?? assert.fail(), [subscriptionId(azure(), 'Staging')]);

    assert.deepEqual(shownNames(stage), ['orders-staging', 'tryout-free']);
    assert.deepEqual(shownNames(stage, 'Fabrikam'), []);
    assert.equal(stage.tenant('Contoso').clusters.length, 19);
    const ofAlex = alex?.tenants[0] ?? assert.fail();
    assert.equal(stage.discovery.shown(ofAlex).length, ofAlex.clusters.length);
    assert.deepEqual([...stage.kept.values()], [[subscriptionId(azure(), 'Staging')]]);
    assert.deepEqual(stage.changes.at(-1), { what: 'all' });

    stage.discovery.chooseSubscriptions(kai?.account ?? assert.fail(), undefined);
    assert.deepEqual(shownNames(stage), contosoNames);
  });

  it('are told apart whatever the case of an id', async () => {
    const carts = resourceNamed(azure(), 'carts-eu');
    Object.assign(carts, { id: carts.id.replace(/[^/]+-[^/]+/, (id) => id.toUpperCase()) });
    const stage = setStage(azure());
    await stage.discovery.refresh();
    stage.discovery.chooseSubscriptions(accountOf(azure(), 'kai@contoso.com'), [
      subscriptionId(azure(), 'Production'),
    ]);
    assert.ok(stage.cluster('carts-eu').id.includes('5B5C0000'));
    assert.ok(shownNames(stage).includes('carts-eu'));
    stage.discovery.chooseSubscriptions(accountOf(azure(), 'kai@contoso.com'), [
      subscriptionId(azure(), 'Staging').toUpperCase(),
    ]);
    assert.deepEqual(shownNames(stage), ['orders-staging', 'tryout-free']);
  });

  it('are the only ones that are asked one by one', async () => {
    onlyContoso(azure());
    const stage = setStage(azure());
    const staging = subscriptionId(azure(), 'Staging');
    stage.discovery.chooseSubscriptions(accountOf(azure(), 'kai@contoso.com'), [staging]);
    azure().faults.add({ ...resourceGraph, fault: { kind: 'status', status: 403 } });
    await stage.discovery.refresh();
    assert.deepEqual(namesOf(stage.tenant('Contoso')), ['orders-staging', 'tryout-free']);
    const lists = sent(azure(), listsOfKinds);
    assert.equal(lists.length, 3);
    assert.ok(lists.every(({ path }) => path.includes(staging)));
  });

  it('survive a store that holds nonsense', () => {
    const stage = setStage(azure());
    const [kai] = stage.accounts;
    for (const nonsense of ['all', 7, {}, null]) {
      stage.discovery.chooseSubscriptions(kai ?? assert.fail(), ['x']);
      for (const key of stage.kept.keys()) stage.kept.set(key, nonsense);
      assert.equal(stage.discovery.chosenSubscriptions(kai ?? assert.fail()), undefined);
    }
  });
});

describe('rows of Resource Graph', () => {
  const account = { id: 'oid.tid', label: 'kai@contoso.com' };
  const loopback = 'https://127.0.0.1:1';
  const cloud = cloudAt({ resourceManager: loopback, graph: loopback, portal: loopback });
  const at = '/subscriptions/5b5c0000-0000-4000-8000-000000000001/resourceGroups/shop/providers';

  async function listed(rows: readonly unknown[]) {
    const door = askingDoor(cloud, ({ address, method }) => {
      if (method === 'POST') return Promise.resolve({ data: rows });
      return Promise.resolve({ value: address === '/tenants' ? [{ tenantId: 't' }] : [] });
    });
    const source = { accounts: () => Promise.resolve([account]), token: () => assert.fail('asked') };
    const silence = { tokenAsked: () => undefined, requestSent: () => undefined };
    const store = { get: () => undefined, set: () => undefined };
    const discovery = new Discovery(door, new TokenBroker(source, Date, silence), store, () => undefined);
    await discovery.refresh();
    return discovery.tenants[0] ?? assert.fail('no tenant');
  }

  const odd = fc.oneof(
    fc.constantFrom(undefined, null, '', 'enabled', 'disabled', 'NativeAuth', true, false, 0, [], {}),
    fc.array(fc.constantFrom('NativeAuth', 'MicrosoftEntraID', 'Passkey', null, 7)),
    fc.record({
      allowedModes: fc.anything(),
      activeDirectoryAuth: fc.anything(),
      passwordAuth: fc.anything(),
    }),
    fc.record(
      {
        allowedModes: fc.array(
          fc.constantFrom('NativeAuth', 'nativeauth', 'MicrosoftEntraID', 'Passkey', null),
        ),
        activeDirectoryAuth: fc.constantFrom('enabled', 'Disabled', 'disabled', 'maybe', null),
        passwordAuth: fc.constantFrom('enabled', 'Enabled', 'disabled', 'maybe', null),
      },
      { requiredKeys: [] },
    ),
    fc.array(fc.record({ name: fc.anything() })),
    fc.jsonValue(),
  );
  const types = [
    'microsoft.documentdb/mongoclusters',
    'Microsoft.DocumentDB/databaseAccounts',
    'microsoft.dbforpostgresql/SERVERGROUPSV2',
  ];
  const row = fc.record(
    {
      id: fc.oneof(fc.constantFrom(...types.map((type) => `${at}/${type}/odd`)), odd),
      name: odd,
      type: fc.oneof(fc.constantFrom(...types), odd),
      kind: fc.oneof(fc.constantFrom('MongoDB', 'GlobalDocumentDB'), odd),
      location: odd,
      authConfig: odd,
      disableLocalAuth: odd,
      capabilities: odd,
      keysMetadata: odd,
      clusterStatus: odd,
      state: odd,
      provisioningState: odd,
      compute: odd,
      replica: odd,
      sourceResourceId: odd,
    },
    { requiredKeys: [] },
  );

  /** What a service must have said for a cluster to be called open to passwords alone. */
  function saysNativeOnly({ kind, resource }: Cluster): boolean {
    const { authConfig } = resource.properties as {
      authConfig?: { allowedModes?: unknown; activeDirectoryAuth?: unknown; passwordAuth?: unknown };
    };
    const is = (value: unknown, word: string): boolean =>
      typeof value === 'string' && value.toLowerCase() === word;
    if (kind === 'postgres')
      return is(authConfig?.activeDirectoryAuth, 'disabled') && is(authConfig?.passwordAuth, 'enabled');
    const modes: unknown = authConfig?.allowedModes;
    return (
      kind === 'vcore' &&
      Array.isArray(modes) &&
      modes.some((mode) => is(mode, 'nativeauth')) &&
      !modes.some((mode) => is(mode, 'microsoftentraid'))
    );
  }

  it('with odd fields are never called native only unless they say so, and hide no other row', async () => {
    const sound = {
      id: `${at}/Microsoft.DocumentDB/mongoClusters/sound`,
      name: 'sound',
      type: 'microsoft.documentdb/mongoclusters',
      authConfig: { allowedModes: ['MicrosoftEntraID'] },
    };
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 4 }), async (rows) => {
        const tenant = await listed([...rows, sound]);
        assert.deepEqual(failuresOf(tenant), []);
        assert.ok(namesOf(tenant).includes('sound'));
        for (const cluster of tenant.clusters) {
          const { entra, native } = cluster.modes;
          if (entra === 'off' && native === 'on') assert.ok(saysNativeOnly(cluster));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('that are none hide no other', async () => {
    const sound = { id: `${at}/Microsoft.DocumentDB/mongoClusters/sound`, type: types[0] };
    const tenant = await listed([null, 'row', 7, [], sound, undefined]);
    assert.deepEqual([failuresOf(tenant), namesOf(tenant)], [[], ['sound']]);
  });

  it('say nothing where they say null', async () => {
    const id = `${at}/Microsoft.DocumentDB/mongoClusters/sound`;
    const [cluster] = (await listed([{ id, type: types[0], clusterStatus: null, serverVersion: '8.0' }]))
      .clusters;
    assert.deepEqual(cluster?.resource.properties, { serverVersion: '8.0' });
  });

  it('that do not say which API an account has do not say that it takes Entra', async () => {
    const account = {
      id: `${at}/${types[1]}/some`,
      type: types[1],
      kind: 'GlobalDocumentDB',
      disableLocalAuth: true,
    };
    const [unsaid] = (await listed([account])).clusters;
    assert.equal(unsaid && modesOf(unsaid), 'unknown/off');
    const [said] = (await listed([{ ...account, capabilities: [] }])).clusters;
    assert.equal(said && modesOf(said), 'on/off');
  });

  it('of one cluster are one cluster', async () => {
    const id = `${at}/Microsoft.DocumentDB/mongoClusters/sound`;
    const tenant = await listed([
      { id, type: types[0] },
      { id: id.toLowerCase(), type: types[0] },
    ]);
    assert.equal(tenant.clusters.length, 1);
  });
});

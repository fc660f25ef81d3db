import assert from 'node:assert/strict';
import type { Cause } from '../../src/core/doctor/report.ts';
import { diagnosisOf } from '../../src/core/doctor/causes.ts';
import { expectedOf, unopenedBy } from '../../src/core/doctor/unopened.ts';
import { Failure } from '../../src/core/failure.ts';
import type { FailureData, Silence } from '../../src/core/failure.ts';
import { samplePeople } from '../local-azure/samplePeople.ts';
import { examine } from './doctorStage.ts';
import type { Case } from './doctorStage.ts';
import { asked, azure, begin, gateway, host, names, onSessions, resource } from './sessionStage.ts';

const { robin, lee, kai } = samplePeople();
const refused: FailureData = { code: 'databaseSignInRefused', host, serverCode: 18 };
const silent = (cause: Silence): FailureData => ({
  code: 'databaseUnreachable',
  host,
  detail: 'ETIMEDOUT',
  cause,
});

/** What a session's failure comes of, as somebody is told it. */
async function causeOf(data: FailureData, play: Case = {}): Promise<Cause | undefined> {
  const unopened = unopenedBy(new Failure(data));
  if (unopened === undefined) return undefined;
  const report = await examine({ ...play, unopened }).examination.run();
  return diagnosisOf(report).causes[0]?.cause;
}

const what = async (data: FailureData, play?: Case) => (await causeOf(data, play))?.what;

/** What was asked of Azure, beside what this person may do there. */
const gets = (): readonly string[] =>
  azure()
    .requests.filter(({ path }) => path.startsWith('/subscriptions/') && !path.endsWith('/permissions'))
    .map(({ path }) => path.split('/').slice(-2).join('/'));

describe('that a session does not open', () => {
  onSessions();

  it('to who is none of its users is because of that', async () => {
    assert.equal(await what(refused, { people: [robin.userPrincipalName] }), 'notRegistered');
  });

  it('to who was added and is not known yet is the database’s, with what Azure has them as', async () => {
    const found = await causeOf(refused);
    assert.deepEqual(found?.what === 'notInYet' && found.grant.role, { name: 'administrator' });
  });

  it('is Entra’s matter where that is off, as Azure says now, whatever was listed', async () => {
    resource().properties.authConfig.allowedModes = ['NativeAuth'];
    const cluster: Case['cluster'] = (usual) => ({ ...usual, modes: { ...usual.modes, entra: 'on' } });
    assert.equal(await what(refused, { cluster }), 'entraOff');
    resource().properties.compute.tier = 'Free';
    assert.equal(await what(refused, { cluster }), 'entraNotOnFreeTier');
  });

  it('is the cluster’s own where it does not run', async () => {
    resource().properties.clusterStatus = 'Stopped';
    for (const data of [silent('timeout'), silent('cut'), silent('dns'), refused])
      assert.deepEqual(await causeOf(data), { what: 'notRunning', state: 'Stopped' });
  });

  it('is the clock’s where that is off, and the tenant’s where the cluster trusts another', async () => {
    azure().faults.add({ fault: { kind: 'clock', seconds: 600 }, times: 0 });
    assert.equal(await what(refused), 'clockOff');
    azure().faults.clear();
    const { subscriptions } = azure().organisation;
    const at = subscriptions.findIndex(({ subscriptionId }) => resource().id.includes(subscriptionId));
    const own = subscriptions[at] ?? assert.fail();
    subscriptions.splice(at, 1, { ...own, tenantId: lee.tenantId, managedByTenants: [kai.tenantId] });
    assert.equal(await what(refused), 'otherTenant');
  });

  it('is the network’s where only private ones are let in', async () => {
    resource().properties.publicNetworkAccess = 'Disabled';
    for (const cause of ['timeout', 'cut'] as const)
      assert.equal(await what(silent(cause)), 'privateOnly', cause);
    names().fail('notFound', 'orders-eu');
    assert.deepEqual(await causeOf(silent('dns')), {
      what: 'privateOnly',
      address: undefined,
      isPublic: false,
    });
  });

  it('is most likely the firewall’s where nobody answers and the address is not known', async () => {
    assert.equal(await what(silent('timeout')), 'firewallLikely');
  });

  it('is the firewall’s where it is known that it does not let the address in', async () => {
    const { firewallRules } = resource();
    for (const rule of firewallRules)
      Object.assign(rule, { startIpAddress: '192.0.2.1', endIpAddress: '192.0.2.1' });
    assert.deepEqual(await causeOf(silent('timeout'), { ownAddress: '198.51.100.7' }), {
      what: 'firewallClosed',
      address: '198.51.100.7',
    });
    firewallRules.splice(0);
    assert.deepEqual(await causeOf(silent('timeout')), { what: 'firewallClosed', address: undefined });
  });

  it('is not the firewall’s where that lets the address in: nobody answers, then', async () => {
    assert.equal(await what(silent('timeout'), { ownAddress: '127.0.0.1' }), 'silent');
  });

  it('is told by the failure where that says it all', async () => {
    const others: readonly FailureData[] = [
      silent('tls'),
      silent('noAddress'),
      { code: 'signInNeeded', tenant: 'contoso' },
      { code: 'hostRefused', host },
      { code: 'database', serverCode: 13, name: 'Unauthorized', message: '' },
    ];
    for (const data of others) assert.equal(unopenedBy(new Failure(data)), undefined, JSON.stringify(data));
    for (const cause of ['cut', 'dns'] as const) assert.equal(await what(silent(cause)), undefined, cause);
  });

  it('is found out with few questions to Azure, and none to the database', async () => {
    const before = gateway().commands.length;
    for (const [data, expected] of [
      [refused, ['mongoClusters/orders-eu', 'orders-eu/users']],
      [silent('timeout'), ['mongoClusters/orders-eu', 'orders-eu/firewallRules']],
    ] as const) {
      const from = gets().length;
      await causeOf(data);
      const sent = gets().slice(from);
      const own = sent.filter((path) => !path.startsWith('subscriptions/'));
      assert.deepEqual(own, expected);
      assert.ok(sent.length - own.length <= 1, sent.join());
    }
    assert.equal(gateway().commands.length, before);
    assert.deepEqual(asked('hello'), []);
  });

  it('is known beforehand where nothing runs, or nobody is let in by Entra, once Azure confirms it', async () => {
    const { cluster } = begin();
    assert.equal(expectedOf(cluster), undefined);
    for (const state of ['Ready', 'Succeeded', 'Updating', undefined])
      assert.equal(expectedOf({ ...cluster, state }), undefined);
    const off = { ...cluster, modes: { ...cluster.modes, entra: 'off' as const } };
    assert.equal(expectedOf({ ...cluster, modes: { ...cluster.modes, entra: 'unknown' } }), undefined);
    const unopened = expectedOf({ ...cluster, state: 'Stopping' }) ?? assert.fail();
    assert.deepEqual(expectedOf(off), unopened);
    const from = gets().length;
    const { examination } = examine({ unopened, cluster: () => off });
    // It was turned on since.
    assert.deepEqual(diagnosisOf(await examination.run()).causes, []);
    assert.deepEqual(gets().slice(from), ['mongoClusters/orders-eu']);
    resource().properties.authConfig.allowedModes = ['NativeAuth'];
    const report = await examine({ unopened, cluster: () => off }).examination.run();
    assert.equal(diagnosisOf(report).causes[0]?.cause.what, 'entraOff');
  });
});

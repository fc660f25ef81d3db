import assert from 'node:assert/strict';
import type { Principal } from '../../src/core/clusters/cluster.ts';
import { diagnosisOf, mendingOf } from '../../src/core/doctor/causes.ts';
import type { Cause, Report } from '../../src/core/doctor/report.ts';
import { unknownRights } from '../../src/core/doctor/rights.ts';
import type { Rights } from '../../src/core/doctor/rights.ts';
import { samplePeople } from '../local-azure/samplePeople.ts';
import { examine } from './doctorStage.ts';
import type { Case } from './doctorStage.ts';
import { azure, onSessions, resource } from './sessionStage.ts';
import { until } from './stage.ts';

const clusters = 'Microsoft.DocumentDB/mongoClusters';
const path = String.raw`orders-eu/providers/Microsoft\.Authorization/permissions$`;
const robin: Principal = { objectId: samplePeople().robin.id, type: 'user', tenant: undefined };

/** What Azure says of the roles of whoever looks. */
function gives(...actions: readonly string[]): void {
  const body = { value: [{ actions, notActions: [] }] };
  azure().faults.add({ fault: { kind: 'status', status: 200, body }, path, times: 0 });
}

const asked = (): readonly string[] =>
  azure().requests.flatMap((request) => (request.path.endsWith('/permissions') ? [request.method] : []));

const mended = ({ rights }: Report, what: 'entraOff' | 'notRegistered' | 'firewallLikely') => {
  const { fixes, may } = mendingOf({ what }, rights);
  return [may, ...fixes];
};

describe('what may be done about a report', () => {
  onSessions();

  it('is known of who manages the cluster: theirs to do', async () => {
    const { rights } = await examine().examination.run();
    const all: Rights = { people: 'yes', modes: 'yes', rules: 'yes', power: 'yes' };
    assert.deepEqual(rights, all);
    assert.deepEqual(mendingOf({ what: 'notRegistered' }, rights).fixes, ['addThem', 'ask']);
  });

  it('is to ask, for who may only look', async () => {
    gives('*/read');
    const report = await examine().examination.run();
    assert.deepEqual(report.rights, { people: 'no', modes: 'no', rules: 'no', power: 'no' });
    assert.deepEqual(mended(report, 'entraOff'), ['no', 'ask']);
    assert.deepEqual(mended(report, 'notRegistered'), ['no', 'ask']);
    assert.deepEqual(mended(report, 'firewallLikely'), ['no', 'ask']);
    const stopped: Cause = { what: 'notRunning', state: 'Stopped' };
    assert.deepEqual(mendingOf(stopped, report.rights).fixes, ['ask', 'portal']);
  });

  it('is each by itself', async () => {
    gives('*/read', `${clusters}/firewallRules/write`, `${clusters}/write`);
    const { rights } = await examine().examination.run();
    // To turn Entra on for oneself is to add oneself, too.
    assert.deepEqual(rights, { people: 'no', modes: 'no', rules: 'yes', power: 'yes' });
  });

  it('of somebody else is not told where the database may let one all the same', async () => {
    gives('*/read', `${clusters}/write`);
    const { rights } = await examine({ other: robin }).examination.run();
    assert.deepEqual(rights, { people: 'unknown', modes: 'yes', rules: 'no', power: 'yes' });
    assert.deepEqual(mendingOf({ what: 'notRegistered' }, rights).fixes, ['addThem', 'ask']);
  });

  describe('and would be refused to anybody', () => {
    const all: readonly Cause[] = [
      { what: 'entraOff' },
      { what: 'notRegistered' },
      { what: 'firewallLikely' },
    ];
    const offered = ({ rights, hurdles }: Report) =>
      all.map((cause) => {
        const { hurdle, fixes } = mendingOf(cause, rights, hurdles);
        return [hurdle?.what, ...fixes];
      });

    it('is not offered while the cluster is stopped, as Azure says now: the portal is, where it is started', async () => {
      resource().properties.clusterStatus = 'Stopped';
      const cluster: Case['cluster'] = (usual) => ({ ...usual, state: 'Ready' });
      const report = await examine({ cluster }).examination.run();
      assert.deepEqual(offered(report), [
        ['state', 'portal'],
        ['state', 'portal'],
        ['state', 'portal'],
      ]);
      resource().properties.clusterStatus = 'Ready';
      const { examination } = examine({ cluster: (usual) => ({ ...usual, state: 'Stopped' }) });
      assert.deepEqual(
        offered(examination.report),
        offered(report),
        'what is listed counts until it is read',
      );
      assert.deepEqual(offered(await examination.run()), [
        [undefined, 'modes', 'ask'],
        [undefined, 'addThem', 'ask'],
        [undefined, 'addMyIp', 'ask'],
      ]);
    });

    it('is started by nobody once it is being deleted', async () => {
      resource().properties.clusterStatus = 'Dropping';
      const { results, rights, hurdles } = await examine().examination.run();
      const running = results.get('running');
      const cause = running?.state === 'fail' ? running.cause : assert.fail();
      const { who, fixes } = mendingOf(cause, rights, hurdles);
      assert.deepEqual([cause.what, who, fixes], ['notRunning', 'nobody', ['portal']]);
    });

    it('is not offered at a replica for what its primary decides, and where the subscription takes no change', async () => {
      const replica = azure().organisation.resources.find(({ name }) => name === 'orders-us');
      const at = replica?.name ?? assert.fail();
      assert.deepEqual(offered(await examine({ at }).examination.run()), [
        ['replica'],
        ['replica'],
        [undefined, 'addMyIp', 'ask'],
      ]);
      const { subscriptions } = azure().organisation;
      const index = subscriptions.findIndex(({ subscriptionId }) => resource().id.includes(subscriptionId));
      const own = subscriptions[index] ?? assert.fail();
      subscriptions.splice(index, 1, { ...own, state: 'Disabled' });
      const disabled = offered(await examine().examination.run());
      assert.deepEqual(disabled, [['subscriptionState'], ['subscriptionState'], ['subscriptionState']]);
    });
  });

  for (const [when, fault] of [
    ['Azure does not say', { kind: 'forbidden' }],
    ['what it says is nothing', { kind: 'malformed' }],
  ] as const)
    it(`is as unknown as ever where ${when}`, async () => {
      azure().faults.add({ fault, path, times: 0 });
      const report = await examine().examination.run();
      assert.deepEqual(report.rights, unknownRights);
      assert.deepEqual(mended(report, 'notRegistered'), ['unknown', 'addThem', 'ask']);
    });

  it('is asked once, with no more than a GET, and anew when it is all looked at again', async () => {
    const before = asked().length;
    const { examination } = examine();
    await examination.run();
    assert.deepEqual(asked().slice(before), ['GET']);
    await examination.run('network');
    assert.equal(asked().length - before, 1);
    gives('*/read');
    assert.equal((await examination.run()).rights.people, 'no');
    assert.equal(asked().length - before, 2);
  });

  it('is not waited for long, and told when it comes', async () => {
    azure().faults.add({ fault: { kind: 'latency', ms: 1500 }, path, times: 0 });
    resource().users.splice(0);
    const { examination, reports } = examine({ checks: { rights: 50 } });
    const report = await examination.run();
    assert.equal(report.state, 'done');
    assert.equal(diagnosisOf(report).state, 'sick');
    assert.deepEqual(report.rights, unknownRights);
    const told = reports.length;
    await until(() => reports.length > told);
    assert.equal(reports.at(-1)?.rights.people, 'yes');
  });

  it('does not keep the first of what is found waiting', async () => {
    azure().faults.add({ fault: { kind: 'hang' }, path, times: 0 });
    const { examination, reports } = examine({ checks: { rights: 50, usual: 3000 } });
    const running = examination.run();
    await until(() => reports.some(({ results }) => results.get('signedIn')?.state === 'pass'));
    assert.equal((await running).state, 'done');
    azure().faults.clear();
  });
});

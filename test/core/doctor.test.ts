import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { diagnosisOf, mendingOf } from '../../src/core/doctor/causes.ts';
import type { FirewallRule } from '../../src/core/clusters/change.ts';
import { vcore } from '../../src/core/clusters/vcore.ts';
import { network } from '../../src/core/doctor/checks/network.ts';
import { checkIds } from '../../src/core/doctor/report.ts';
import type { CheckId, Evidence, Report } from '../../src/core/doctor/report.ts';
import { usualLimits } from '../../src/core/doctor/facts.ts';
import type { Facts } from '../../src/core/doctor/facts.ts';
import { samplePeople } from '../local-azure/samplePeople.ts';
import { both, faults } from './doctorFaults.ts';
import { examine, sayWhatIsWrong, told } from './doctorStage.ts';
import type { Fault } from './doctorStage.ts';
import {
  azure,
  begin,
  gateway,
  holdsNoToken,
  host,
  member,
  names,
  onSessions,
  resource,
} from './sessionStage.ts';
import { until } from './stage.ts';

/** What cannot be at the same time; and of whom the database knows, nothing is told while it does not answer. */
const apart = ['tcp tls', 'principal roles', 'principal signIn', 'roles signIn'];

describe('an examination', () => {
  onSessions();

  it('of a healthy cluster is all green', async () => {
    const { examination } = examine();
    const report = await examination.run();
    const { results, state } = told(report);
    assert.deepEqual(new Set(Object.values(results)), new Set(['pass']), JSON.stringify(results));
    assert.equal(state, 'healthy');
  });

  it('changes nothing, and leaves nothing open', async () => {
    const before = structuredClone(azure().organisation.resources);
    const { examination, stage } = examine();
    await examination.run();
    assert.deepEqual(azure().organisation.resources, before);
    const asked = azure().requests.filter(({ path }) => !path.startsWith('/local-azure/'));
    const written = asked.filter(({ method }) => method !== 'GET');
    assert.deepEqual(written, []);
    const commands = new Set(gateway().commands.map(({ name }) => name));
    for (const name of commands)
      assert.match(name, /^(hello|isMaster|saslStart|connectionStatus|listDatabases|endSessions|ping)$/i);
    assert.ok(stage.asked.length > 0 && stage.asked.every(({ interactive }) => !interactive));
  });

  sayWhatIsWrong(faults);

  it('sends whom Azure does not let read something to whoever manages it', () => {
    const failure = { code: 'forbidden', serviceCode: 'AuthorizationFailed', message: '' } as const;
    const { who, fixes } = mendingOf({ what: 'failed', failure });
    assert.deepEqual([who, fixes], ['owner', ['ask']]);
  });

  describe('that something keeps waiting', () => {
    const slow = 300;

    it('says so within the limit of that check, and goes on with the others', async () => {
      names().fail('silence', 'orders-eu');
      const started = performance.now();
      const report = await examine({ checks: { names: slow, network: slow } }).examination.run();
      assert.deepEqual(report.results.get('names'), {
        state: 'unknown',
        why: { what: 'slow', limit: slow },
        evidence: [],
        milliseconds: millisecondsOf(report, 'names'),
      });
      const took = millisecondsOf(report, 'names');
      assert.ok(took > slow - 5 && took < usualLimits.usual / 2, `${took} ms`);
      assert.equal(told(report).results['principal'], 'pass');
      assert.ok(performance.now() - started < 5000);
    });

    for (const [path, ids] of [
      [String.raw`mongoClusters/orders-eu$`, ['cluster']],
      [String.raw`orders-eu/users$`, ['principal']],
      [String.raw`^/subscriptions/[^/]+$`, ['clock', 'tenant']],
    ] as const)
      it(`is told of ${ids.join(' and ')} where Azure does not answer`, async () => {
        azure().faults.add({ fault: { kind: 'hang' }, service: 'resourceManager', path, times: 0 });
        const checks = Object.fromEntries(checkIds.map((id) => [id, 1000]));
        const { results } = told(await examine({ checks }).examination.run());
        for (const id of ids) assert.equal(results[id], 'unknown', JSON.stringify(results));
        azure().faults.clear();
      });

    it('is stopped at once, and says what was not looked at', async () => {
      azure().faults.add({ fault: { kind: 'hang' }, service: 'resourceManager', times: 0 });
      const { examination, reports } = examine();
      const running = examination.run();
      await until(() => reports.length > 2);
      const stopped = performance.now();
      examination.stop();
      const report = await running;
      assert.ok(performance.now() - stopped < 5000);
      assert.equal(report.state, 'stopped');
      assert.equal(diagnosisOf(report).state, 'unclear');
      assert.ok(
        [...report.results.values()].every(({ state }) => state !== 'looking' && state !== 'waiting'),
      );
      azure().faults.clear();
    });
  });

  it('goes on from where somebody has mended something, and keeps what it knows', async () => {
    resource().properties.authConfig.allowedModes = ['NativeAuth'];
    const { examination } = examine();
    const before = await examination.run();
    assert.deepEqual(told(before).causes, ['entraOff']);
    resource().properties.authConfig.allowedModes = ['MicrosoftEntraID'];
    const after = await examination.run('entra');
    assert.equal(told(after).state, 'healthy');
    for (const id of checkIds.slice(0, checkIds.indexOf('entra')))
      assert.equal(after.results.get(id), before.results.get(id), id);
  });

  it('begun anew stops the one before', async () => {
    const { examination, reports } = examine();
    const first = examination.run();
    await until(() => reports.length > 1);
    const second = await examination.run();
    await first;
    assert.equal(told(second).state, 'healthy');
    assert.equal(told(examination.report).state, 'healthy');
  });

  describe('by somebody who may not read', () => {
    for (const [what, path, expected] of [
      [
        'the cluster',
        String.raw`mongoClusters/orders-eu$`,
        { cluster: 'unknown', signIn: 'pass', command: 'pass' },
      ],
      ['its users', String.raw`orders-eu/users$`, { principal: 'pass', roles: 'pass', signIn: 'pass' }],
      ['its rules', String.raw`orders-eu/firewallRules$`, { network: 'pass' }],
      ['the subscription', String.raw`^/subscriptions/[^/]+$`, { tenant: 'unknown', signIn: 'pass' }],
    ] as const)
      it(`${what} goes by what else there is`, async () => {
        azure().faults.add({ fault: { kind: 'forbidden' }, service: 'resourceManager', path, times: 0 });
        const { results, causes } = told(await examine().examination.run());
        assert.deepEqual(causes, [], JSON.stringify(results));
        for (const [id, state] of Object.entries(expected))
          assert.equal(results[id], state, JSON.stringify(results));
      });

    it('the cluster, of which a list says nothing more, is not told that a database refused them', async () => {
      const path = String.raw`mongoClusters/orders-eu$`;
      azure().faults.add({ fault: { kind: 'forbidden' }, service: 'resourceManager', path, times: 0 });
      const report = await examine({ at: 'orders-eu' }).examination.run();
      const { results, causes } = told(report);
      assert.deepEqual(causes, [], JSON.stringify(results));
      assert.equal(results['names'], 'unknown');
      for (const id of ['tcp', 'tls', 'signIn', 'command'] as const)
        assert.deepEqual(
          report.results.get(id),
          { state: 'notRun', why: { what: 'needs', check: 'names' } },
          id,
        );
    });

    it('its users and is not let in is told that they are not known, not that nobody may say', async () => {
      resource().users.splice(0);
      azure().faults.add({
        fault: { kind: 'forbidden' },
        service: 'resourceManager',
        path: 'orders-eu/users$',
        times: 0,
      });
      assert.deepEqual(told(await examine().examination.run()).causes, ['notRegistered']);
    });

    it('its rules and gets no answer is told that a rule may be what is missing', async () => {
      azure().organisation.behaviour.firewallsGateways = true;
      azure().organisation.behaviour.callerAddress = '198.51.100.7';
      const path = 'orders-eu/firewallRules$';
      azure().faults.add({ fault: { kind: 'forbidden' }, service: 'resourceManager', path, times: 0 });
      assert.deepEqual(told(await examine().examination.run()).causes, ['firewallLikely']);
    });
  });

  it('shows what it saw at each check', async () => {
    const report = await examine({ ownAddress: '127.0.0.1' }).examination.run();
    const seen = [...report.results].map(([id, result]) => [
      id,
      'evidence' in result ? result.evidence.map(shown) : [],
    ]);
    const { tenantId, id: objectId, userPrincipalName } = samplePeople().kai;
    const server = `${member}:${gateway().port}`;
    const rules = resource()
      .firewallRules.map(({ name }) => name)
      .join();
    assert.deepEqual(Object.fromEntries(seen), {
      signedIn: [`account ${userPrincipalName}`, `objectId ${objectId}`],
      clock: ['serviceTime now'],
      tenant: [`tenant ${tenantId}`, `clusterTenant ${tenantId}`, 'subscriptionState Enabled'],
      cluster: [`host ${host}`, 'state Ready'],
      running: ['state Ready'],
      entra: ['entra on'],
      native: ['native off'],
      network: ['publicNetwork Enabled', `rules ${rules}`, 'ownAddress 127.0.0.1'],
      names: [`server ${server}`, 'address 127.0.0.1'],
      tcp: [`server ${server} · 127.0.0.1`],
      tls: [
        `server ${member}`,
        'protocol TLSv1.3',
        'certificateName 127.0.0.1',
        'certificateIssuer Cosmos Entra tests',
        'certificateTo later',
      ],
      token: ['audience https://ossrdbms-aad.database.windows.net'],
      claims: [
        'audience https://ossrdbms-aad.database.windows.net',
        `issuer ${azure().endpoints.entra}/${tenantId}/`,
        `tenant ${tenantId}`,
        `objectId ${objectId}`,
        'displayName Kai Carter',
        `userName ${userPrincipalName}`,
        'issued now',
        'expires later',
      ],
      principal: [`objectId ${objectId}`, 'role administrator'],
      roles: ['role administrator', 'rolesInside root'],
      signIn: [`objectId ${objectId}`, 'rolesInside root'],
      command: ['databases 1'],
    });
  });

  for (const [found, address] of [
    [['198.51.100.9', '10.1.2.4'], '10.1.2.4'],
    [['198.51.100.9', 'fd00::4'], 'fd00::4'],
    [['198.51.100.9', '203.0.113.9'], '198.51.100.9'],
  ] as const)
    it(`knows of ${found.join(' and ')} which address of a private cluster is to be told`, async () => {
      resource().properties.publicNetworkAccess = 'Disabled';
      const { cluster } = begin();
      const servers = [
        { host: member, port: 10260, addresses: found.map((one) => ({ address: one, family: 4 })) },
      ];
      // Nothing here calls an address that is not this machine's own.
      const facts = {
        patient: { cluster, other: undefined },
        kind: vcore,
        cluster: () => Promise.resolve(cluster),
        addresses: () => Promise.resolve(servers),
        handshakes: () => Promise.resolve([]),
      };
      const look = await network.look(facts as unknown as Facts);
      assert.deepEqual(look.state === 'fail' && look.cause, {
        what: 'privateOnly',
        address,
        isPublic: false,
      });
    });

  for (const [found, what] of [
    [['10.1.2.4'], 'privateOnly'],
    [['172.31.0.4', 'fd00::4'], 'privateOnly'],
    [['192.168.1.4'], 'privateOnly'],
    [['100.127.0.4'], 'privateOnly'],
    [['203.0.113.9'], 'firewallClosed'],
    [['10.1.2.4', '203.0.113.9'], 'firewallClosed'],
  ] as const)
    it(`takes silence at ${found.join(' and ')} for what ${what} means, where no rule lets their address in`, async () => {
      const { cluster } = begin();
      const server = { host: member, port: 10260 };
      const look = (state: 'silent' | 'cut', rules: () => Promise<readonly FirewallRule[]>) => {
        const facts = {
          patient: { cluster, other: undefined },
          kind: vcore,
          cluster: () => Promise.resolve(cluster),
          addresses: () =>
            Promise.resolve([{ ...server, addresses: found.map((address) => ({ address, family: 4 })) }]),
          handshakes: () => Promise.resolve([{ ...server, state, code: 'ETIMEDOUT' }]),
          rules,
          ownAddress: () => Promise.resolve('198.51.100.7'),
        };
        return network.look(facts as unknown as Facts);
      };
      const none = () => Promise.resolve([]);
      const everyone = { id: undefined, name: 'all', start: '0.0.0.0', end: '255.255.255.255' };
      const silent = await look('silent', none);
      assert.equal(silent.state === 'fail' && silent.cause.what, what);
      const open = await look('silent', () => Promise.resolve([everyone]));
      assert.equal(open.state === 'fail' && open.cause.what, what === 'privateOnly' && what);
      // Whoever refuses has been reached.
      assert.equal((await look('cut', none)).state, what === 'privateOnly' ? 'pass' : 'fail');
    });

  it('has no token in anything that it says', async () => {
    const { examination, stage } = examine();
    const report = await examination.run();
    holdsNoToken(stage, inspect([...report.results], { depth: 10 }));
  });

  describe('of a cluster with two faults names the one that is mended first:', () => {
    for (const [first, second] of pairs())
      it(`${first.when} – ${second.when}`, async () => {
        await first.make?.();
        await second.make?.();
        const report = await examine(both(first.case, second.case)).examination.run();
        const { causes } = told(report);
        assert.equal(causes[0], first.cause, JSON.stringify(told(report)));
        // The other is named too; or its check shows what came of the first; or the database was not asked.
        const stateOf = (id: CheckId): string | undefined => report.results.get(id)?.state;
        const isHidden = stateOf(second.check) !== 'pass' || stateOf('signIn') === 'notRun';
        assert.ok(causes.includes(second.cause) || isHidden, JSON.stringify(told(report)));
      });
  });
});

/** The first fault of each check with the first of each later one. */
function pairs(): readonly (readonly [Fault, Fault])[] {
  const rank = ({ check }: Fault): number => checkIds.indexOf(check);
  const firsts = new Map<CheckId, Fault>();
  for (const fault of faults) if (!firsts.has(fault.check)) firsts.set(fault.check, fault);
  const one = [...firsts.values()].toSorted((a, b) => rank(a) - rank(b));
  return one
    .flatMap((first, index) => one.slice(index + 1).map((second) => [first, second] as const))
    .filter(([first, second]) => !apart.includes(`${first.check} ${second.check}`));
}

function millisecondsOf({ results }: Report, id: CheckId): number {
  const result = results.get(id);
  return result !== undefined && 'milliseconds' in result ? result.milliseconds : assert.fail(id);
}

/** A time as when it is: now, within minutes, or later. */
function shown(evidence: Evidence): string {
  const { name } = evidence;
  if ('at' in evidence) {
    const minutes = (evidence.at - Date.now()) / 60_000;
    return `${name} ${Math.abs(minutes) < 2 ? 'now' : minutes > 0 ? 'later' : 'before'}`;
  }
  if ('rules' in evidence) return `${name} ${evidence.rules.map((rule) => rule.name).join()}`;
  if ('mode' in evidence) return `${name} ${evidence.mode}`;
  if ('value' in evidence) return `${name} ${evidence.value}`;
  return [name, evidence.role.name, ...(evidence.scope === undefined ? [] : ['on', evidence.scope])].join(
    ' ',
  );
}

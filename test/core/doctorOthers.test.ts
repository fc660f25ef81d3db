import assert from 'node:assert/strict';
import type { Principal } from '../../src/core/clusters/cluster.ts';
import type { Cause, CheckId } from '../../src/core/doctor/report.ts';
import { register, unregister } from '../local-azure/registration.ts';
import { samplePeople } from '../local-azure/samplePeople.ts';
import { consent } from './consent.ts';
import { examine, told } from './doctorStage.ts';
import type { Case } from './doctorStage.ts';
import { azure, begin, onSessions, resource } from './sessionStage.ts';

const { robin, alex, reporting, audit, lee, fabrikamSupport } = samplePeople();

function principal(
  { id }: { readonly id: string },
  type: Principal['type'] = 'user',
  tenant?: string,
): Principal {
  return { objectId: id, type, tenant };
}

interface Other {
  readonly when: string;
  readonly who: Principal;
  readonly make?: () => unknown;
  readonly case?: Case;
  readonly cause: Cause['what'] | undefined;
  readonly results?: { readonly [id in CheckId]?: string };
}

const application = principal(reporting, 'servicePrincipal');

const others: readonly Other[] = [
  {
    when: 'who is let in, and known to the directory',
    who: principal(alex),
    cause: undefined,
    results: { directory: 'pass', principal: 'pass', roles: 'pass', network: 'unknown', token: 'notRun' },
  },
  {
    when: 'whom nobody knows there',
    who: principal(robin),
    cause: 'notRegistered',
    results: { roles: 'notRun' },
  },
  {
    when: 'whom the database alone knows',
    who: principal(robin),
    make: () => createInside(robin.id, ['readAnyDatabase']),
    cause: undefined,
    results: { principal: 'pass', roles: 'pass' },
  },
  {
    when: 'who has half of a role in the database',
    who: principal(robin),
    make() {
      azure().organisation.behaviour.takesHalfRoles = true;
      return createInside(robin.id, ['clusterAdmin']);
    },
    cause: 'halfRole',
  },
  {
    when: 'whom nobody lists, where whoever looks is not let in either',
    who: principal(robin),
    make: () => unregister(resource(), samplePeople().kai.id),
    cause: undefined,
    results: { principal: 'unknown', roles: 'unknown' },
  },
  {
    when: 'which is known by the id of its application',
    who: application,
    make() {
      unregister(resource(), reporting.id);
      register(azure().organisation, resource(), { id: reporting.appId, type: 'ServicePrincipal' });
    },
    cause: 'registeredAs',
  },
  {
    when: 'who has left',
    who: { objectId: '60e60e00-0000-4000-8000-000000000007', type: 'user', tenant: undefined },
    cause: 'principalGone',
  },
  {
    when: 'who may not sign in',
    who: principal(alex),
    make: () => disable(alex.id),
    cause: 'principalDisabled',
  },
  {
    when: 'which may not sign in',
    who: application,
    make: () => disable(reporting.id),
    cause: 'principalDisabled',
  },
  { when: 'which is a group', who: principal(audit, 'group'), cause: 'typeNotTaken' },
  {
    when: 'who is of another tenant',
    who: principal(fabrikamSupport, 'user', lee.tenantId),
    cause: 'otherTenant',
  },
  {
    when: 'who comes with Entra, which is off',
    who: principal(alex),
    make: () => (resource().properties.authConfig.allowedModes = ['NativeAuth']),
    cause: 'entraOff',
  },
  {
    when: 'whom no rule can let in, for there is none',
    who: principal(alex),
    make: () => resource().firewallRules.splice(0),
    cause: 'firewallClosed',
  },
  {
    when: 'whom every rule lets in',
    who: principal(alex),
    make: () =>
      resource().firewallRules.push({
        name: 'everyone',
        properties: { startIpAddress: '0.0.0.0', endIpAddress: '255.255.255.255' },
      }),
    cause: undefined,
    results: { network: 'pass' },
  },
];

describe('an examination on behalf of somebody', () => {
  onSessions();
  beforeEach(() => consent(azure(), ['User.Read', 'Directory.Read.All', 'Application.Read.All']));

  for (const other of others)
    it(other.when, async () => {
      await other.make?.();
      const { examination, stage } = examine({ ...other.case, other: other.who });
      const { results, causes } = told(await examination.run());
      assert.deepEqual(causes, other.cause === undefined ? [] : [other.cause], JSON.stringify(results));
      for (const [id, state] of Object.entries(other.results ?? {}))
        assert.equal(results[id], state, `${id} ${JSON.stringify(results)}`);
      assert.ok(stage.asked.every(({ interactive }) => !interactive));
    });

  it('says of the checks that take their token or machine that they were not made', async () => {
    const report = await examine({ other: principal(alex) }).examination.run();
    for (const id of ['clock', 'names', 'tcp', 'tls', 'token', 'claims', 'signIn', 'command'] as const)
      assert.deepEqual(report.results.get(id), { state: 'notRun', why: { what: 'theirs' } }, id);
  });

  it('does not take a directory that may not be read for one without them', async () => {
    consent(azure(), ['User.Read']);
    const { results, causes } = told(await examine({ other: application }).examination.run());
    assert.equal(results['directory'], 'unknown');
    assert.equal(results['principal'], 'pass');
    assert.deepEqual(causes, []);
  });
});

function disable(id: string): void {
  const found = azure().organisation.directory.find((one) => one.id === id);
  assert.ok(found !== undefined && 'accountEnabled' in found);
  Object.assign(found, { accountEnabled: false });
}

async function createInside(id: string, roles: readonly string[]): Promise<void> {
  const { sessions, cluster } = begin();
  await sessions.command(cluster, {
    createUser: id,
    roles: roles.map((role) => ({ role, db: 'admin' })),
    customData: { IdentityProvider: { type: 'MicrosoftEntraID', properties: { principalType: 'user' } } },
  });
}

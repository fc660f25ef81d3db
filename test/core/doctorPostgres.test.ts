import assert from 'node:assert/strict';
import { diagnosisOf } from '../../src/core/doctor/causes.ts';
import type { ServerGroup } from '../local-azure/organisation.ts';
import { register, unregister } from '../local-azure/registration.ts';
import { samplePeople } from '../local-azure/samplePeople.ts';
import { consent } from './consent.ts';
import { faultsOf, forData, refuse, shutOut } from './doctorFaults.ts';
import { examine, sayWhatIsWrong, told } from './doctorStage.ts';
import type { Case, Fault } from './doctorStage.ts';
import { azure, onSessions } from './sessionStage.ts';

const { kai, robin, alex } = samplePeople();
const appId = 'b4fa09d8-5da5-4352-83d9-05c2a44cf431';
const audience = 'https://token.postgres.cosmos.azure.com';

const faults: readonly Fault[] = [
  ...faultsOf({
    name: 'ledger',
    audience,
    resource: ledger,
    doorway: () => server().doorway,
    stop: () => (ledger().properties.state = 'Stopped'),
    starter: 'owner',
  }),
  {
    when: 'Entra is off',
    make: () => (ledger().properties.authConfig.activeDirectoryAuth = 'disabled'),
    check: 'entra',
    cause: 'entraOff',
    who: 'owner',
    fix: 'modes',
  },
  {
    when: 'no rule lets their address in',
    make: () => shutOut('198.51.100.7'),
    case: { ownAddress: '198.51.100.7' },
    check: 'network',
    cause: 'firewallClosed',
    who: 'owner',
    fix: 'addMyIp',
  },
  {
    when: 'Entra says that the tenant does not have the service’s application',
    case: forData(audience, () => refuse(500011)),
    check: 'servicePrincipal',
    cause: 'appMissing',
    who: 'tenant',
    fix: 'ask',
  },
  {
    when: 'Entra says that the tenant has switched the service’s application off',
    case: forData(audience, () => refuse(7000112)),
    check: 'servicePrincipal',
    cause: 'appDisabled',
    who: 'tenant',
    fix: 'ask',
  },
  {
    when: 'the directory alone says that it does not have the service’s application',
    make() {
      consent(azure(), ['User.Read', 'Application.Read.All']);
      removeApplication();
    },
    case: forData(audience, () => undefined),
    check: 'servicePrincipal',
    cause: 'appMissing',
    who: 'tenant',
    fix: 'ask',
  },
  {
    when: 'the directory alone says that the service’s application is switched off',
    make() {
      consent(azure(), ['User.Read', 'Application.Read.All']);
      Object.assign(application(), { accountEnabled: false });
    },
    case: forData(audience, () => undefined),
    check: 'servicePrincipal',
    cause: 'appDisabled',
    who: 'tenant',
    fix: 'ask',
  },
  {
    when: 'there is no token for them, and the directory says nothing',
    case: forData(audience, () => undefined),
    check: 'token',
    cause: 'tokenRefused',
    who: 'you',
    fix: 'signInToDatabase',
  },
  {
    when: 'the server refuses them for a reason of its own',
    make: () => server().fail({ kind: 'refuse', code: '28P01' }),
    check: 'signIn',
    cause: 'signInRefused',
    who: 'administrator',
    fix: 'access',
  },
  ...(['signIn', 'query'] as const).map((at): Fault => ({
    when: `the server never answers its ${at}`,
    make: () => server().fail({ kind: 'hang', at }),
    check: 'signIn',
    cause: 'failed',
    who: 'unknown',
  })),
];

describe('an examination of PostgreSQL', () => {
  onSessions();
  const look = (given: Case = {}) => examine({ ...given, at: 'ledger' });

  it('that is healthy is all green', async () => {
    const { results, state } = told(await look().examination.run());
    assert.deepEqual(new Set(Object.values(results)), new Set(['pass']), JSON.stringify(results));
    assert.equal(state, 'healthy');
    const signIn = (await look().examination.run()).results.get('signIn');
    assert.deepEqual(signIn?.state === 'pass' && signIn.evidence, [
      { name: 'roleName', value: 'kai.carter' },
      { name: 'databases', value: 'citus' },
    ]);
    assert.deepEqual(server().signIns.at(-1), { user: 'kai.carter', database: 'citus', code: undefined });
  });

  sayWhatIsWrong(faults, look);

  it('tells a server that never answers from one that hangs up', async () => {
    server().fail({ kind: 'hang', at: 'signIn' });
    const hanging = diagnosisOf(await look().examination.run()).causes[0]?.cause;
    assert.deepEqual(hanging?.what === 'failed' && hanging.failure, {
      code: 'databaseUnreachable',
      host: ledger().properties.serverNames[0]?.fullyQualifiedDomainName,
      detail: 'ETIMEDOUT',
      cause: 'timeout',
    });
  });

  it('warns of a role’s name that differs from the usual by case alone, and signs in by it', async () => {
    unregister(ledger(), kai.id);
    register(azure().organisation, ledger(), { id: kai.id, type: 'User', role: 'Kai_Contoso.com' });
    const report = await look().examination.run();
    const roles = report.results.get('roles');
    assert.equal(roles?.state, 'warning');
    assert.deepEqual(roles.cause, {
      what: 'roleNameCase',
      name: 'Kai_Contoso.com',
      usual: 'kai_contoso.com',
    });
    assert.equal(told(report).results['signIn'], 'pass');
  });

  it('on behalf of somebody knows of their role, and of the application', async () => {
    consent(azure(), ['User.Read', 'Directory.Read.All', 'Application.Read.All']);
    const of = (id: string) => look({ other: { objectId: id, type: 'user', tenant: undefined } });
    assert.deepEqual(told(await of(robin.id).examination.run()).causes, ['notRegistered']);
    register(azure().organisation, ledger(), { id: alex.id, type: 'User', role: 'alex' });
    const { results, causes } = told(await of(alex.id).examination.run());
    assert.deepEqual(causes, []);
    assert.equal(results['servicePrincipal'], 'pass');
    removeApplication();
    const refused = look({
      ...forData(audience, () => refuse(500011)),
      other: { objectId: alex.id, type: 'user', tenant: undefined },
    });
    assert.deepEqual(told(await refused.examination.run()).causes, ['appMissing']);
  });
});

function ledger(): ServerGroup {
  const found = azure().organisation.resources.find(({ name }) => name === 'ledger');
  return found?.type === 'Microsoft.DBforPostgreSQL/serverGroupsv2' ? found : assert.fail();
}

function server() {
  return azure().postgres?.byName.get('ledger') ?? assert.fail();
}

function application() {
  const found = azure().organisation.directory.find(
    (one) => one.type === 'servicePrincipal' && one.appId === appId && one.tenantId === kai.tenantId,
  );
  return found ?? assert.fail();
}

function removeApplication(): void {
  const { directory } = azure().organisation;
  directory.splice(directory.indexOf(application()), 1);
}

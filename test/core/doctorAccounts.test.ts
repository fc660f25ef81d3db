import assert from 'node:assert/strict';
import { diagnosisOf } from '../../src/core/doctor/causes.ts';
import type { DatabaseAccount } from '../local-azure/organisation.ts';
import { register, unregister } from '../local-azure/registration.ts';
import { samplePeople } from '../local-azure/samplePeople.ts';
import { faultsOf, shutOut } from './doctorFaults.ts';
import { examine, sayWhatIsWrong, told } from './doctorStage.ts';
import type { Case, Fault } from './doctorStage.ts';
import { azure, onSessions } from './sessionStage.ts';

const { kai, alex, robin } = samplePeople();

const faults: readonly Fault[] = [
  ...faultsOf({
    name: 'catalog',
    audience: 'https://cosmos.azure.com',
    resource: account,
    doorway: () => azure().accounts?.byName.get('catalog')?.doorway ?? assert.fail(),
    // An account does not stop: one that is not ready comes or goes.
    stop: () => (account().properties.provisioningState = 'Deleting'),
    starter: 'nobody',
  }),
  {
    when: 'its API takes nobody with Entra',
    // Of such an account there is no data plane here, and so no name.
    case: { at: 'clicks' },
    and: ['nameUnknown'],
    check: 'entra',
    cause: 'entraNotOfThisApi',
    who: 'nobody',
  },
  {
    when: 'its firewall does not let them in, which names the address',
    make: () => closeTo('203.0.113.9'),
    check: 'network',
    cause: 'firewallClosed',
    who: 'owner',
    fix: 'addMyIp',
  },
  {
    when: 'their role does not let them read what there is',
    make: () => onlyReplace(),
    check: 'roles',
    cause: 'noDataRole',
    who: 'administrator',
    fix: 'addThem',
  },
];

describe('an examination of an account', () => {
  onSessions();
  const look = (given: Case = {}) => examine({ at: 'catalog', ...given });

  it('that is healthy is all green, and takes one request with a token', async () => {
    const { results, state } = told(await look().examination.run());
    assert.deepEqual(new Set(Object.values(results)), new Set(['pass']), JSON.stringify(results));
    assert.equal(state, 'healthy');
    const asked = azure().requests.filter(({ service }) => service === 'accounts');
    assert.deepEqual(
      asked.map(({ method, path, status }) => [method, path, status]),
      [['GET', '/dbs', 200]],
    );
  });

  sayWhatIsWrong(faults, look);

  it('knows which address the firewall turned away, and which data action was missing', async () => {
    closeTo('203.0.113.9');
    const closed = diagnosisOf(await look().examination.run()).causes[0]?.cause;
    assert.deepEqual(closed, { what: 'firewallClosed', address: '203.0.113.9' });
    azure().organisation.behaviour.firewallsGateways = false;
    onlyReplace();
    const lacking = diagnosisOf(await look().examination.run()).causes[0]?.cause;
    assert.ok(lacking?.what === 'noDataRole');
    assert.match(lacking.action ?? '', /readMetadata$/);
  });

  for (const within of ['/dbs/shop', '/dbs/shop/colls/orders'])
    it(`is green for who has a role on ${within} alone`, async () => {
      unregister(account(), kai.id);
      register(azure().organisation, account(), { id: kai.id, type: 'User', within });
      const { results, state } = told(await look().examination.run());
      assert.equal(state, 'healthy', JSON.stringify(results));
    });

  it('is green for who has a role by a group, on a part of it', async () => {
    const report = await look({ people: [alex.userPrincipalName] }).examination.run();
    assert.equal(told(report).state, 'healthy', JSON.stringify(told(report)));
  });

  it('does not mind that keys are off', async () => {
    account().properties.disableLocalAuth = true;
    const report = await look().examination.run();
    assert.equal(told(report).state, 'healthy');
    assert.deepEqual(
      report.results.get('native')?.state === 'pass' && evidence(report.results.get('native')),
      [{ name: 'native', mode: 'off' }],
    );
  });

  it('on behalf of somebody does not take who may be in a group for a stranger', async () => {
    const other = { objectId: robin.id, type: 'user', tenant: undefined } as const;
    const { results, causes } = told(await look({ other }).examination.run());
    assert.equal(results['principal'], 'unknown');
    assert.deepEqual(causes, []);
  });
});

function evidence(result: unknown): unknown {
  return (result as { evidence: unknown }).evidence;
}

function account(name = 'catalog'): DatabaseAccount {
  const found = azure().organisation.resources.find((one) => one.name === name);
  return found?.type === 'Microsoft.DocumentDB/databaseAccounts' ? found : assert.fail(name);
}

function closeTo(address: string): void {
  shutOut(address);
  account().properties.ipRules = [{ ipAddressOrRange: '198.51.100.0/24' }];
}

/** A role of the account's own that writes and does not read. */
function onlyReplace(): void {
  const { children, id } = account();
  const name = '0c570000-0000-4000-8000-0000000000aa';
  children['sqlRoleDefinitions']?.push({
    name,
    properties: {
      roleName: 'Writer',
      type: 'CustomRole',
      assignableScopes: [id],
      permissions: [
        {
          dataActions: ['Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/replace'],
          notDataActions: [],
        },
      ],
    },
  });
  for (const { properties } of children['sqlRoleAssignments'] ?? [])
    if (properties['principalId'] === kai.id)
      Object.assign(properties, { roleDefinitionId: `${id}/sqlRoleDefinitions/${name}` });
}

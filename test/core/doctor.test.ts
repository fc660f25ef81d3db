import assert from 'node:assert/strict';
import { diagnosisOf, mendingOf } from '../../src/core/doctor/causes.ts';
import type { Fix, Mender } from '../../src/core/doctor/causes.ts';
import type { Cause } from '../../src/core/doctor/check.ts';
import { samplePeople } from '../local-azure/samplePeople.ts';
import { examine, told } from './doctorStage.ts';
import type { Case } from './doctorStage.ts';
import { names, onSessions, resource } from './sessionStage.ts';

const { robin } = samplePeople();

interface Fault {
  readonly when: string;
  readonly make: () => void;
  readonly case?: Case;
  readonly cause: Cause['what'];
  readonly who: Mender;
  readonly fix?: Fix;
}

const faults: readonly Fault[] = [
  {
    when: 'it is stopped',
    make: () => (resource().properties.clusterStatus = 'Stopped'),
    cause: 'notRunning',
    who: 'owner',
    fix: 'portal',
  },
  {
    when: 'Entra is off',
    make: () => (resource().properties.authConfig.allowedModes = ['NativeAuth']),
    cause: 'entraOff',
    who: 'owner',
    fix: 'modes',
  },
  {
    when: 'nobody knows them there',
    make: () => undefined,
    case: { people: [robin.userPrincipalName] },
    cause: 'notRegistered',
    who: 'administrator',
    fix: 'addThem',
  },
  {
    when: 'its name is not found',
    make: () => names().fail('notFound'),
    cause: 'nameUnknown',
    who: 'network',
  },
];

describe('an examination', () => {
  onSessions();

  it('of a healthy cluster is all green', async () => {
    const { examination } = examine();
    const report = await examination.run();
    const { results, state } = told(report);
    assert.deepEqual(new Set(Object.values(results)), new Set(['pass']), JSON.stringify(results));
    assert.equal(state, 'healthy');
  });

  for (const fault of faults)
    it(`says what is wrong when ${fault.when}`, async () => {
      fault.make();
      const report = await examine(fault.case).examination.run();
      const [first] = diagnosisOf(report).causes;
      assert.equal(first?.cause.what, fault.cause, JSON.stringify(told(report)));
      const { who, fixes } = mendingOf(first.cause);
      assert.deepEqual([who, fixes[0]], [fault.who, fault.fix]);
      assert.deepEqual(told(report).causes, [fault.cause]);
    });
});

/** Answers of Azure's in which one field is of no right shape: nothing is said that is not known. */
import assert from 'node:assert/strict';
import { samplePeople } from '../local-azure/samplePeople.ts';
import { examine, told } from './doctorStage.ts';
import type { Case } from './doctorStage.ts';
import { isAnotherAnswer, kept } from './misshapen.ts';
import { azure, onSessions } from './sessionStage.ts';

const nowhere = (): Promise<never> => Promise.reject(Object.assign(new Error('none'), { code: 'ENOTFOUND' }));
/** No server answers for anybody: all that there is to go by is what Azure says. */
const resolver = { members: nowhere, addresses: nowhere };
const { robin, kai } = samplePeople();
const theirs = (person: typeof robin) =>
  ({ objectId: person.id, type: 'user', tenant: person.tenantId }) as const;

const cases: readonly (readonly [string, Case])[] = [
  ['a cluster', { resolver, ownAddress: '203.0.113.7' }],
  ['a cluster, for somebody else', { resolver, other: theirs(robin) }],
  ['a cluster, for somebody who has access', { other: theirs(kai) }],
  ['an account', { resolver, at: 'catalog' }],
  ['an account with rules', { resolver, at: 'clicks', ownAddress: '203.0.113.7' }],
  ['an account, for somebody else', { at: 'catalog', other: theirs(robin) }],
  ['PostgreSQL', { resolver, at: 'ledger', ownAddress: '203.0.113.7' }],
  ['PostgreSQL, for somebody else', { at: 'ledger', other: theirs(robin) }],
];

describe('an examination by answers of no right shape', () => {
  onSessions();

  for (const [what, scene] of cases)
    it(`of ${what} ends, and finds nothing wrong that is not known to be`, async () => {
      if (scene.at === 'clicks') closeAccount();
      const answers = kept();
      const look = async () => told(await examine({ ...scene, door: answers.door }).examination.run());
      const usual = await look();
      const misshapes = await answers.misshapes();
      assert.ok(misshapes.length > 500, String(misshapes.length));
      for (const misshape of misshapes) {
        answers.use(misshape);
        const { results, state } = await look();
        const changed = Object.entries(results).filter(([id, result]) => result !== usual.results[id]);
        assert.ok(changed.length === 0 || state !== 'healthy', misshape.what);
        const wrong = changed.filter(([, result]) => result.startsWith('fail '));
        if (wrong.length > 0 && !isAnotherAnswer(misshape) && !wrong.every(isAddress))
          assert.fail(`${misshape.what}: ${wrong.join(' ')}`);
        // Who is let in by nothing that can be read is not let in by that.
        const better = changed.filter(([id, result]) => result === 'pass' && usual.results[id] !== 'pass');
        if (better.length > 0 && !isAnotherAnswer(misshape))
          assert.fail(`${misshape.what}: ${better.join(' ')}`);
      }
    }).timeout(120_000);
});

/** Where no address can be read there is none to go to. */
function isAddress([id]: readonly [string, string]): boolean {
  return id === 'names';
}

/** In the sample none has rules. */
function closeAccount(): void {
  const found = azure().organisation.resources.find(({ name }) => name === 'clicks');
  assert.equal(found?.type, 'Microsoft.DocumentDB/databaseAccounts');
  found.properties.ipRules = [{ ipAddressOrRange: '198.51.100.0/24' }, { ipAddressOrRange: '203.0.113.9' }];
}

import { sameText } from '../../clusters/fields.ts';
import type { Check } from '../check.ts';
import { fail, pass, unknown } from '../report.ts';

/** Whether it lets people in with Entra at all. */
export const entra: Check = {
  id: 'entra',
  needs: ['cluster'],
  async look(facts) {
    const cluster = await facts.cluster();
    const mode = cluster.modes.entra;
    const evidence = { name: 'entra' as const, mode };
    if (mode === 'on') return pass(evidence);
    if (mode === 'unknown') {
      // Of an account it depends on its API alone.
      return facts.kind.facts(cluster.resource).some(({ name }) => name === 'api')
        ? fail({ what: 'entraNotOfThisApi' }, evidence)
        : unknown({ what: 'unsaid' }, evidence);
    }
    const isFree = facts.kind
      .facts(cluster.resource)
      .some((fact) => fact.name === 'tier' && sameText(fact.value, 'Free'));
    return fail({ what: isFree ? 'entraNotOnFreeTier' : 'entraOff' }, evidence);
  },
};

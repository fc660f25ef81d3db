import type { Check } from '../check.ts';
import { pass, unknown } from '../report.ts';

/** Never what is wrong with somebody who comes with Entra; but programs with a password or key are turned away. */
export const native: Check = {
  id: 'native',
  needs: ['cluster'],
  async look(facts) {
    const { modes } = await facts.cluster();
    const evidence = { name: 'native' as const, mode: modes.native };
    return modes.native === 'unknown' ? unknown({ what: 'unsaid' }, evidence) : pass(evidence);
  },
};

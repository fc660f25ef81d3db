import { isRunning } from '../../clusters/standing.ts';
import type { Check } from '../check.ts';
import { fail, pass, unknown, warning } from '../report.ts';

export const running: Check = {
  id: 'running',
  needs: ['cluster'],
  async look(facts) {
    const cluster = await facts.cluster();
    const { state } = cluster;
    if (state === undefined) return unknown({ what: 'unsaid' });
    const evidence = { name: 'state' as const, value: state };
    if (facts.kind.isBusy(cluster)) return warning({ what: 'busy', state }, evidence);
    return isRunning(cluster) ? pass(evidence) : fail({ what: 'notRunning', state }, evidence);
  },
};

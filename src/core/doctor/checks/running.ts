import { shutBeforehand } from '../../access/shut.ts';
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
    const shut = shutBeforehand(cluster);
    if (shut?.door === 'running')
      return facts.kind.isBusy(cluster)
        ? warning({ what: 'busy', state }, evidence)
        : fail({ what: 'notRunning', state }, evidence);
    return facts.kind.isBusy(cluster) ? warning({ what: 'busy', state }, evidence) : pass(evidence);
  },
};

import { Failure } from '../../failure.ts';
import type { Check } from '../check.ts';
import { fail, pass } from '../report.ts';

/** Whether Azure knows it still. */
export const cluster: Check = {
  id: 'cluster',
  needs: ['signedIn'],
  async look(facts) {
    try {
      const { resource, kind, state } = await facts.cluster();
      const host = facts.kind.endpoint(resource)?.host;
      return pass(...(host === undefined ? [] : [{ name: 'host' as const, value: host }]), {
        name: 'state',
        value: state ?? kind,
      });
    } catch (error) {
      if (Failure.from(error).code !== 'notFound') throw error;
      return fail({ what: 'clusterGone' });
    }
  },
};

import { Failure } from '../../failure.ts';
import type { Check } from '../check.ts';
import { fail, pass } from '../report.ts';

/** Whether Entra gives a token for the database, without asking anybody. */
export const token: Check = {
  id: 'token',
  needs: ['signedIn'],
  isOwn: true,
  async look(facts) {
    const { cloud } = facts.door;
    const evidence = { name: 'audience' as const, value: cloud.audiences[facts.kind.service] };
    try {
      await facts.token();
      return pass(evidence);
    } catch (error) {
      const { data } = Failure.from(error);
      if (data.code !== 'signInNeeded' && data.code !== 'signInRefused' && data.code !== 'stepUpNeeded')
        throw error;
      return fail({ what: 'tokenRefused', failure: data }, evidence);
    }
  },
};

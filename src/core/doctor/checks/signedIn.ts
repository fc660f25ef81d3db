import { Failure } from '../../failure.ts';
import type { Check } from '../check.ts';
import { fail, pass } from '../report.ts';

/** Whether the editor has the account still, and Entra a token of it for Azure, without asking anybody. */
export const signedIn: Check = {
  id: 'signedIn',
  needs: [],
  async look({ tokens, me, patient: { cluster } }) {
    const { account } = cluster.caller;
    const accounts = await tokens.accounts();
    if (!accounts.some(({ id }) => id === account.id))
      return fail({ what: 'notSignedIn', account: account.label });
    try {
      const known = await me();
      return pass(
        { name: 'account', value: account.label },
        ...(known === undefined ? [] : [{ name: 'objectId' as const, value: known.objectId }]),
      );
    } catch (error) {
      const { data } = Failure.from(error);
      if (data.code !== 'signInNeeded' && data.code !== 'signInRefused' && data.code !== 'stepUpNeeded')
        throw error;
      return fail({ what: 'azureSignIn', failure: data }, { name: 'account', value: account.label });
    }
  },
};

import { Failure } from '../../failure.ts';
import type { Check } from '../check.ts';
import { isSilence } from '../errors.ts';
import { fail, pass } from '../report.ts';

/** The sign-in to the database itself, over a connection of its own. */
export const signIn: Check = {
  id: 'signIn',
  needs: ['running', 'entra', 'tls', 'claims'],
  isOwn: true,
  async look({ signedIn }) {
    try {
      const { objectId, roles } = await signedIn();
      return pass(
        ...(objectId === undefined ? [] : [{ name: 'objectId' as const, value: objectId }]),
        ...(roles.length === 0 ? [] : [{ name: 'rolesInside' as const, value: roles.join(', ') }]),
      );
    } catch (error) {
      const { data } = Failure.from(error);
      if (data.code === 'cancelled' || data.code === 'malformed') throw error;
      if (isSilence(data)) return fail({ what: 'unanswered', asked: 'signIn' });
      if (data.code !== 'databaseSignInRefused') return fail({ what: 'failed', failure: data });
      const serverCode = String(data.serverCode);
      return fail({ what: 'signInRefused', serverCode }, { name: 'serverCode', value: serverCode });
    }
  },
};

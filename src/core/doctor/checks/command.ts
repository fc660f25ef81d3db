import { Failure } from '../../failure.ts';
import type { Check } from '../check.ts';
import { isSilence } from '../errors.ts';
import { fail, pass } from '../report.ts';

/** The first thing that anybody does: see which databases there are. */
export const command: Check = {
  id: 'command',
  needs: ['signIn'],
  isOwn: true,
  async look({ databases }) {
    try {
      return pass({ name: 'databases', value: String(await databases()) });
    } catch (error) {
      const { data } = Failure.from(error);
      if (data.code === 'cancelled' || data.code === 'malformed') throw error;
      if (isSilence(data)) return fail({ what: 'unanswered', asked: 'request' });
      if (data.code !== 'database') return fail({ what: 'failed', failure: data });
      const serverCode = String(data.serverCode);
      return fail({ what: 'commandRefused', serverCode }, { name: 'serverCode', value: serverCode });
    }
  },
};

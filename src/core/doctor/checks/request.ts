import { Failure } from '../../failure.ts';
import type { Check } from '../check.ts';
import { fail, pass } from '../report.ts';

/** A first request to an account, with a token and no key. */
export const request: Check = {
  id: 'command',
  needs: ['running', 'network', 'tls', 'claims'],
  isOwn: true,
  async look({ request }) {
    try {
      const { status, substatus, path } = await request();
      const evidence = { name: 'detail' as const, value: `GET ${path}: ${status}` };
      if (status < 300) return pass(evidence);
      const serverCode = substatus === undefined ? String(status) : `${status}/${substatus}`;
      return fail({ what: 'commandRefused', serverCode }, evidence, {
        name: 'serverCode',
        value: serverCode,
      });
    } catch (error) {
      const { data } = Failure.from(error);
      if (data.code === 'cancelled') throw error;
      return fail({ what: 'failed', failure: data });
    }
  },
};

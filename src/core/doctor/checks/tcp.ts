import type { Check } from '../check.ts';
import { fail, pass } from '../report.ts';

/** Whether anybody is there, at each of its servers. */
export const tcp: Check = {
  id: 'tcp',
  needs: ['names'],
  isOwn: true,
  async look({ calls }) {
    const called = await calls();
    const evidence = called.map(({ host, port, address, code }) => ({
      name: 'server' as const,
      value: [`${host}:${port}`, address, code]
        .filter((part) => part !== undefined && part !== '')
        .join(' · '),
    }));
    const open = called.find(({ state }) => state === 'open');
    const [first] = called;
    if (open !== undefined || first === undefined) return pass(...evidence);
    const { host, code, state } = first;
    return fail({ what: state === 'silent' ? 'silent' : 'portClosed', host, code }, ...evidence);
  },
};

import type { Check } from '../check.ts';
import { fail, pass, unknown, warning } from '../report.ts';

/** Tokens and certificates are refused that are not good yet, or no more: Entra overlooks five minutes. */
export const clock: Check = {
  id: 'clock',
  needs: ['signedIn'],
  isOwn: true,
  async look({ subscription }) {
    const { ahead, date } = await subscription();
    if (ahead === undefined || date === undefined) return unknown({ what: 'unsaid' });
    const seconds = Math.round(-ahead / 1000);
    const evidence = { name: 'serviceTime' as const, at: date.getTime() };
    if (Math.abs(seconds) >= 300) return fail({ what: 'clockOff', seconds }, evidence);
    return Math.abs(seconds) >= 60 ? warning({ what: 'clockOff', seconds }, evidence) : pass(evidence);
  },
};

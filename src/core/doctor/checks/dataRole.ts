import { isOf } from '../../access/guards.ts';
import { namedIn } from '../named.ts';
import type { Check } from '../check.ts';
import { fail, pass, unknown } from '../report.ts';
import { roleOf } from './principal.ts';

/** Whether a data role of theirs reaches what was asked for, and where they have one. */
export const dataRole: Check = {
  id: 'roles',
  needs: ['principal'],
  behind: ['command'],
  async look(facts) {
    const id = await facts.objectId();
    const mine = (await facts.grants().catch(() => [])).filter((grant) => isOf(grant, id));
    const evidence = mine.map(roleOf);
    const answer = await facts.request.begun()?.catch(() => undefined);
    if (answer !== undefined && answer.status === 403 && answer.substatus === 5301) {
      const named = namedIn(answer.text);
      const action = named.find(({ what }) => what === 'action')?.value;
      const scope = named.find(({ what }) => what === 'scope')?.value;
      return fail({ what: 'noDataRole', action, scope }, ...evidence);
    }
    const isKnown = mine.some(({ role }) => role.name !== 'unknown');
    if (isKnown || (answer !== undefined && answer.status < 300)) return pass(...evidence);
    return mine.length > 0 ? unknown({ what: 'unsaid' }, ...evidence) : unknown({ what: 'groups' });
  },
};

import { isOf } from '../../access/guards.ts';
import { sameText } from '../../clusters/fields.ts';
import type { Check } from '../check.ts';
import { fail, pass, unknown, warning } from '../report.ts';
import type { Evidence } from '../report.ts';
import { isNobodys, roleOf } from './principal.ts';

/** Where one signs in by the name of a role, letter by letter: which that is. */
export const roleName: Check = {
  id: 'roles',
  needs: ['principal'],
  async look(facts) {
    const id = await facts.objectId();
    const all = await facts.grants();
    const mine = all.filter((grant) => isOf(grant, id));
    const [grant] = mine;
    if (grant?.holder.state !== 'entra')
      return all.some(isNobodys) ? unknown({ what: 'unsaid' }) : fail({ what: 'noRole' });
    const name = grant.holder.alias ?? '';
    if (name === '') return unknown({ what: 'unsaid' }, ...mine.map(roleOf));
    const evidence: Evidence[] = [{ name: 'roleName', value: name }, ...mine.map(roleOf)];
    const theirs = facts.patient.other === undefined ? (await facts.me())?.userName : undefined;
    const usual = theirs === undefined ? name : (facts.kind.roleName?.(theirs) ?? theirs);
    return sameText(name, usual) && name !== usual
      ? warning({ what: 'roleNameCase', name, usual }, ...evidence)
      : pass(...evidence);
  },
};

import { isOf } from '../../access/guards.ts';
import type { Check } from '../check.ts';
import { fail, pass, unknown } from '../report.ts';
import type { Evidence } from '../report.ts';
import { isNobodys, roleOf } from './principal.ts';

/** Whether they have a whole role: one that is made of several names counts for nothing where one is missing. */
export const roles: Check = {
  id: 'roles',
  needs: ['principal'],
  behind: ['signIn'],
  async look(facts) {
    const { kind, patient, signedIn } = facts;
    const isOther = patient.other !== undefined;
    const inside = isOther ? undefined : await signedIn.begun()?.catch(() => undefined);
    const id = await facts.objectId();
    const all = await facts.grants().catch(() => []);
    const listed = all.filter((grant) => isOf(grant, id));
    const kept =
      isOther && listed.length === 0 && kind.insiders !== undefined
        ? await facts.insiders().catch(() => undefined)
        : [];
    const mine = [...listed, ...(kept ?? []).filter((grant) => isOf(grant, id))];
    // What a database keeps of a role that has no word here are the names that it is made of.
    const names =
      inside?.roles ?? mine.flatMap(({ role }) => (role.name === 'custom' ? role.text.split(', ') : []));
    const evidence: Evidence[] = [
      ...mine.map(roleOf),
      ...(names.length === 0 ? [] : [{ name: 'rolesInside' as const, value: names.join(', ') }]),
    ];
    const missing = kind.missingInside?.(names) ?? [];
    if (missing.length > 0) return fail({ what: 'halfRole', has: names, missing }, ...evidence);
    if (mine.some(({ role }) => role.name !== 'unknown') || names.length > 0) return pass(...evidence);
    if (mine.length > 0 || all.some(isNobodys)) return unknown({ what: 'unsaid' });
    // Without an answer of the database nothing is known; and an older one does not say what roles somebody has.
    const isAsked = isOther ? kept !== undefined : inside !== undefined || kind.insiders === undefined;
    if (!isAsked) return unknown({ what: 'inside' });
    return inside === undefined ? fail({ what: 'noRole' }) : unknown({ what: 'unsaid' });
  },
};

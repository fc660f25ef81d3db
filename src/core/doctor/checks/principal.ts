import { isOf } from '../../access/guards.ts';
import type { Grant } from '../../clusters/cluster.ts';
import { sameText } from '../../clusters/fields.ts';
import { Failure } from '../../failure.ts';
import type { Check } from '../check.ts';
import { fail, pass, unknown } from '../report.ts';
import type { Cause, Evidence, Look } from '../report.ts';
import type { Facts } from '../facts.ts';

/** Whether the cluster knows them, by the one id that counts: their object id in its tenant. */
export const principal: Check = {
  id: 'principal',
  needs: ['cluster', 'entra'],
  // Who was let in is known, whatever lists say.
  behind: ['signIn', 'command'],
  async look(facts) {
    const id = await facts.objectId();
    if (id === undefined) return unknown({ what: 'unsaid' });
    const listed = await facts.grants().catch((error: unknown) => Failure.from(error));
    const known = listed instanceof Failure ? [] : listed;
    const mine = known.filter((grant) => isOf(grant, id));
    const seen: Evidence[] = [{ name: 'objectId', value: id }, ...mine.map(roleOf)];
    const tried = facts.patient.other === undefined ? await triedBy(facts) : 'notTried';
    if (tried === 'in') return pass(...seen);
    const [grant] = mine;
    if (grant !== undefined)
      return tried === 'refused' ? fail({ what: 'notInYet', grant }, ...seen) : pass(...seen);
    if (tried === 'notTried' && facts.kind.insiders !== undefined)
      return amongInsiders(facts, id, known, seen);
    const wrong = await byAnotherId(facts, known, id);
    if (wrong !== undefined) return fail(wrong, ...seen);
    if (listed instanceof Failure && tried === 'notTried')
      return unknown({ what: 'failure', failure: listed.data }, ...seen);
    if (tried === 'notTried' && (await mayBeByGroup(facts, known)))
      return unknown({ what: 'groups' }, ...seen);
    if (tried === 'notTried' && known.some(isNobodys)) return unknown({ what: 'unsaid' }, ...seen);
    return fail({ what: 'notRegistered' }, ...seen);
  },
};

/** The same where Azure's list is all that there is, and the name to sign in by comes from it. */
export const listedPrincipal: Check = { ...principal, behind: [] };

/** Whether they were let in when it was tried: by a sign-in, or by a first request where there is none. */
async function triedBy({ signedIn, request }: Facts): Promise<'in' | 'refused' | 'lacking' | 'notTried'> {
  try {
    if ((await signedIn.begun()) !== undefined) return 'in';
    const answer = await request.begun();
    if (answer === undefined) return 'notTried';
    if (answer.status < 300) return 'in';
    // It knows who asks, and found no role of theirs that gives what was asked for.
    return answer.status === 403 && answer.substatus === 5301 ? 'lacking' : 'notTried';
  } catch (error) {
    return Failure.from(error).code === 'databaseSignInRefused' ? 'refused' : 'notTried';
  }
}

/** Whom the database alone keeps. It is asked as whoever looks, who may not be let in either. */
async function amongInsiders(
  facts: Facts,
  id: string,
  known: readonly Grant[],
  seen: readonly Evidence[],
): Promise<Look> {
  const inside = await insidersOf(facts);
  const mine = inside?.filter((grant) => isOf(grant, id)) ?? [];
  if (mine.length > 0) return pass(...seen, ...mine.map(roleOf));
  const wrong = await byAnotherId(facts, [...known, ...(inside ?? [])], id);
  if (wrong !== undefined) return fail(wrong, ...seen);
  if (known.some(isNobodys)) return unknown({ what: 'unsaid' }, ...seen);
  return inside === undefined
    ? unknown({ what: 'inside' }, ...seen)
    : fail({ what: 'notRegistered' }, ...seen);
}

/** Undefined: it cannot be asked. Of oneself it is not tried: what kept the sign-in from being made does so here. */
async function insidersOf(facts: Facts): Promise<readonly Grant[] | undefined> {
  if (facts.patient.other === undefined) return undefined;
  return facts.insiders().catch(() => undefined);
}

/** The common mistakes: an application's id, a guest's id at home, a user with a password of the same name. */
async function byAnotherId(facts: Facts, grants: readonly Grant[], id: string): Promise<Cause | undefined> {
  const { other, cluster } = facts.patient;
  const registered = (wrong: string | undefined): boolean =>
    wrong !== undefined && !sameText(wrong, id) && grants.some((grant) => isOf(grant, wrong));
  const user = (name: string | undefined): boolean =>
    name !== undefined &&
    grants.some(({ holder }) => holder.state === 'native' && sameText(holder.name, name));
  if (other === undefined) {
    const [home] = cluster.caller.account.id.split('.');
    if (home !== undefined && registered(home))
      return { what: 'registeredAs', id: home, by: 'homeTenant', objectId: id };
    const name = (await facts.me())?.userName ?? cluster.caller.account.label;
    return user(name) ? { what: 'registeredAs', id: name, by: 'signInName', objectId: id } : undefined;
  }
  const named = (await facts.directory.names(cluster.caller, [other], facts.signal)).of(other);
  if (named.state !== 'named') return undefined;
  const { appId, userName } = named.object;
  if (appId !== undefined && registered(appId))
    return { what: 'registeredAs', id: appId, by: 'application', objectId: id };
  return userName !== undefined && user(userName)
    ? { what: 'registeredAs', id: userName, by: 'signInName', objectId: id }
    : undefined;
}

/** Whether a group, or something that may be one, has a role where groups are let in. */
async function mayBeByGroup(facts: Facts, grants: readonly Grant[]): Promise<boolean> {
  if (!facts.kind.principalTypes.includes('group')) return false;
  const holders = grants.flatMap(({ holder }) => (holder.state === 'entra' ? [holder.principal] : []));
  const names = await facts.directory.names(facts.patient.cluster.caller, holders, facts.signal);
  return holders.some((holder) => {
    const named = names.of(holder);
    return named.state === 'named' ? named.object.type === 'group' : named.state !== 'gone';
  });
}

/** Of whom it cannot be read who they are. */
export function isNobodys({ holder }: Grant): boolean {
  return holder.state === 'entra' && holder.principal.objectId === '';
}

export function roleOf({ role, scope }: Grant): Evidence {
  return { name: 'role', role, scope };
}

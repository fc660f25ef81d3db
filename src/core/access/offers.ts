import type { RoleOffer } from '../clusters/change.ts';
import type { Cluster, Grant } from '../clusters/cluster.ts';
import { kinds } from '../clusters/kinds.ts';
import { administratorsOnly } from './guards.ts';
import { actionOf, anybody } from './permissions.ts';
import type { Allowed } from './permissions.ts';

/** A role as the person can give it now; `lacking`: what they lack for that, for certain. */
export interface Offer {
  readonly role: RoleOffer;
  readonly lacking: 'administrator' | 'permission' | undefined;
}

/** Who gives, as far as it is known. */
export interface Giver {
  readonly me: string | undefined;
  readonly grants: readonly Grant[];
  readonly judge: (action: string) => Allowed;
}

/** What can be given comes first; before and after that the order stays. */
export function offersOf(cluster: Cluster, roles: readonly RoleOffer[], giver: Giver): readonly Offer[] {
  const offers = roles.map((role): Offer => ({ role, lacking: lackingFor(cluster, role, giver) }));
  return offers.toSorted((a, b) => Number(a.lacking !== undefined) - Number(b.lacking !== undefined));
}

function lackingFor(cluster: Cluster, role: RoleOffer, { me, grants, judge }: Giver): Offer['lacking'] {
  if (role.keptIn === 'database')
    return administratorsOnly(grants, me).length > 0 ? 'administrator' : undefined;
  const steps = kinds[cluster.kind].steps(cluster, { ...anybody, wanted: { ...anybody.wanted, role } });
  const actions = steps.flatMap((step) => actionOf(step) ?? []);
  return actions.some((action) => judge(action) === 'no') ? 'permission' : undefined;
}

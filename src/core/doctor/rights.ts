import { stopsOf } from '../access/guards.ts';
import { actionOf, anybody, anyRule } from '../access/permissions.ts';
import type { Allowed, Permissions } from '../access/permissions.ts';
import type { Change, Obstacle } from '../clusters/change.ts';
import type { Cluster, Principal } from '../clusters/cluster.ts';
import { kinds } from '../clusters/kinds.ts';

/** What it may take to mend something: to let people in, to turn Entra on, to let addresses in, to start it. */
export type Right = 'people' | 'modes' | 'rules' | 'power';

/** Whether Azure gives these to whoever looks. */
export type Rights = Readonly<Record<Right, Allowed>>;

export const unknownRights: Rights = {
  people: 'unknown',
  modes: 'unknown',
  rules: 'unknown',
  power: 'unknown',
};

/** What has to go first before anybody does what a right is for: as the cluster is now, they would be refused. */
export type Hurdles = { readonly [right in Right]?: Obstacle };

/** As the cluster and its subscription are now, as far as they say it. */
export function hurdlesOf({ cluster, other }: Sought, subscriptionState: string | undefined): Hurdles {
  const kind = kinds[cluster.kind];
  const first = (changes: readonly Change[]): Obstacle | undefined =>
    changes.flatMap((change) => stopsOf(kind, cluster, change, subscriptionState))[0];
  const found = Object.entries(changesFor({ cluster, other })).flatMap(([right, changes]) => {
    const hurdle = first(changes);
    return hurdle === undefined ? [] : [[right, hurdle] as const];
  });
  return Object.fromEntries(found);
}

interface Sought {
  readonly cluster: Cluster;
  readonly other: Principal | undefined;
}

/** What is changed by whoever has a right. */
function changesFor({ cluster, other }: Sought) {
  const entraOn: Change = { what: 'setModes', entra: true, native: cluster.modes.native !== 'off' };
  return {
    people: [anybody],
    // Whoever turns it on for themselves adds themselves as well.
    modes: other === undefined ? [entraOn, anybody] : [entraOn],
    rules: [anyRule],
  } satisfies { readonly [right in Right]?: readonly Change[] };
}

/** All of them by one answer of Azure's; what it does not say is unknown. */
export async function readRights(
  permissions: Permissions,
  { cluster, other }: Sought,
  signal: AbortSignal,
): Promise<Rights> {
  const kind = kinds[cluster.kind];
  const judge = await permissions.judge(cluster, signal);
  const may = (changes: readonly Change[]): Allowed =>
    together(
      changes
        .flatMap((change) => kind.steps(cluster, change))
        .flatMap((step) => actionOf(step) ?? [])
        .map(judge),
    );
  const wanted = changesFor({ cluster, other });
  const people = may(wanted.people);
  return {
    // Its administrators let others in by the database alone, whatever Azure lets them do.
    people: other !== undefined && kind.insiders !== undefined && people === 'no' ? 'unknown' : people,
    modes: may(wanted.modes),
    rules: may(wanted.rules),
    power: judge(`${kind.armType}/write`),
  };
}

function together(answers: readonly Allowed[]): Allowed {
  if (answers.includes('no')) return 'no';
  return answers.length === 0 || answers.includes('unknown') ? 'unknown' : 'yes';
}

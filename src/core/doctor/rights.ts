import { actionOf, anybody, anyRule } from '../access/permissions.ts';
import type { Allowed, Permissions } from '../access/permissions.ts';
import type { Change } from '../clusters/change.ts';
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

/** All of them by one answer of Azure's; what it does not say is unknown. */
export async function readRights(
  permissions: Permissions,
  { cluster, other }: { readonly cluster: Cluster; readonly other: Principal | undefined },
  signal: AbortSignal,
): Promise<Rights> {
  const kind = kinds[cluster.kind];
  const judge = await permissions.judge(cluster, signal);
  const entraOn: Change = { what: 'setModes', entra: true, native: cluster.modes.native !== 'off' };
  const may = (...changes: readonly Change[]): Allowed =>
    together(
      changes
        .flatMap((change) => kind.steps(cluster, change))
        .flatMap((step) => actionOf(step) ?? [])
        .map(judge),
    );
  const people = may(anybody);
  return {
    // Its administrators let others in by the database alone, whatever Azure lets them do.
    people: other !== undefined && kind.insiders !== undefined && people === 'no' ? 'unknown' : people,
    // Whoever turns it on for themselves adds themselves as well.
    modes: other === undefined ? may(entraOn, anybody) : may(entraOn),
    rules: may(anyRule),
    power: judge(`${kind.armType}/write`),
  };
}

function together(answers: readonly Allowed[]): Allowed {
  if (answers.includes('no')) return 'no';
  return answers.length === 0 || answers.includes('unknown') ? 'unknown' : 'yes';
}

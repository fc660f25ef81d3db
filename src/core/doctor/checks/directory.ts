import { standingInDirectory } from '../../azure/graph.ts';
import { Failure } from '../../failure.ts';
import type { Check } from '../check.ts';
import { fail, pass, unknown } from '../report.ts';
import type { Evidence } from '../report.ts';

/** Whether somebody else is in the directory, may sign in, and is of a type that the cluster takes. */
export const directory: Check = {
  id: 'directory',
  needs: ['signedIn'],
  async look({ patient, directory, kind, door, signal }) {
    const { cluster, other } = patient;
    if (other === undefined) return pass();
    const named = (await directory.names(cluster.caller, [other], signal)).of(other);
    if (named.state === 'gone') return fail({ what: 'principalGone' });
    if (named.state === 'foreign')
      return unknown({ what: 'unsaid' }, { name: 'tenant', value: named.tenant });
    const object = named.state === 'named' ? named.object : undefined;
    const type = object?.type ?? other.type;
    const evidence: Evidence[] = [
      { name: 'objectId', value: other.objectId },
      ...(object === undefined ? [] : [{ name: 'displayName' as const, value: object.name }]),
      { name: 'principalType', value: type },
    ];
    if (type !== 'unknown' && !kind.principalTypes.includes(type))
      return fail({ what: 'typeNotTaken', type }, ...evidence);
    if (type === 'group') return pass(...evidence);
    // Who may read names may not always read this.
    const standing = await standingInDirectory(
      door,
      cluster.caller,
      type === 'servicePrincipal' ? type : 'user',
      { id: other.objectId },
      signal,
    ).catch((error: unknown) => Failure.from(error));
    if (standing === 'disabled') return fail({ what: 'principalDisabled' }, ...evidence);
    if (standing === 'missing' && type !== 'unknown') return fail({ what: 'principalGone' }, ...evidence);
    return named.state === 'named' ? pass(...evidence) : unknown({ what: 'unsaid' }, ...evidence);
  },
};

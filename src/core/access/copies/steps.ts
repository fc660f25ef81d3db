import type { Step } from '../../clusters/change.ts';
import type { Cloud } from '../../identity/clouds.ts';

export type Request = Step & { readonly to: 'resourceManager' };

/** What a request writes: a cluster, or something right below one. */
export function targetOf({ id, type, apiVersions: [version = ''] }: Request) {
  const segments = id.split('/');
  const [namespace, clusterType, typeBelow] = type.split('/');
  return {
    version,
    subscription: segments[2] ?? '',
    resourceGroup: segments[4] ?? '',
    cluster: segments[8] ?? '',
    parentId: segments.slice(0, -2).join('/'),
    name: segments.at(-1) ?? '',
    type: `${type}@${version}`,
    clusterType: `${namespace}/${clusterType}@${version}`,
    /** For its name in a template. */
    word: typeBelow?.replace(/s$/, '') ?? 'cluster',
  };
}

export function urlOf({ id, apiVersions: [version = ''] }: Request, { resourceManager }: Cloud): string {
  const path = id.toWellFormed().split('/').map(encodeURIComponent).join('/');
  return `${resourceManager}${path}?api-version=${encodeURIComponent(version)}`;
}

/** The ARM id of the cluster that a step is about, in lower case. */
export function clusterIdOf(step: Step): string {
  const id = step.to === 'database' ? step.cluster : step.id.split('/').slice(0, 9).join('/');
  return id.toLowerCase();
}

/** Whether the next step has to wait for the end of this one: a cluster takes one change after the other. */
export function isWaitedFor(step: Step | undefined, steps: readonly Step[]): boolean {
  if (step?.to !== 'resourceManager') return false;
  const next = steps[steps.indexOf(step) + 1];
  return next !== undefined && clusterIdOf(next) === clusterIdOf(step);
}

/** A sentence about one step among others. */
export function sentence(step: Step, steps: readonly Step[], text: string): string {
  if (steps.length > 1) return `${step === steps[0] ? 'First' : 'Then'}, ${text}`;
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

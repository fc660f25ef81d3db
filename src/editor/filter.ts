import type { Cluster } from '../core/clusters/cluster.ts';
import { hasUnknownModes } from '../core/clusters/listing.ts';
import { standingOf } from '../core/clusters/standing.ts';

/** The filter of the view: every cluster, or those that match (what is unknown may match, so it stays). */
export type Filter = 'all' | 'native' | 'nativeOnly' | 'entraOnly' | 'unknown';

/** Azure has not said yet how this cluster lets people in, and has not been asked. */
export function isUnknown(cluster: Cluster): boolean {
  return cluster.read === 'no' && hasUnknownModes(cluster);
}

/** What is not known yet may turn out to match: it is shown until it is known not to. */
export function matches(cluster: Cluster, filter: Filter): boolean {
  const standing = standingOf(cluster.modes);
  switch (filter) {
    case 'all':
      return true;
    case 'native':
      return cluster.modes.native !== 'off';
    case 'nativeOnly':
      return standing === 'nativeOnly' || standing === 'nativeAtLeast' || isUnknown(cluster);
    case 'entraOnly':
      return standing === 'entraOnly' || isUnknown(cluster);
    case 'unknown':
      return standing === 'unknown' || hasUnknownModes(cluster);
  }
}

export const filters: readonly Filter[] = ['all', 'native', 'nativeOnly', 'entraOnly', 'unknown'];

import type { Cluster } from '../core/clusters/cluster.ts';
import type { Store } from '../core/clusters/discovery.ts';

const key = 'protectedClusters';

/** Whether somebody wants to be asked before a playground changes anything there; for every account that sees it. */
export function isProtected(store: Store, { id }: Cluster): boolean {
  return kept(store).includes(id.toLowerCase());
}

export function setProtected(store: Store, { id }: Cluster, isOn: boolean): void {
  const others = kept(store).filter((one) => one !== id.toLowerCase());
  store.set(key, isOn ? [...others, id.toLowerCase()] : others);
}

function kept(store: Store): readonly string[] {
  const value = store.get(key);
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

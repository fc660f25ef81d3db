import type { Cluster } from '../../core/clusters/cluster.ts';
import { fields, text } from '../../core/clusters/fields.ts';
import type { Store } from '../../core/clusters/discovery.ts';

const key = 'protectedClusters';

/**
 * Whether somebody wants to be asked before a playground changes anything there; for every account that sees it, and
 * by way of its replicas: what their sessions with the writable region write is written there.
 */
export function isProtected(store: Store, { id, resource }: Cluster): boolean {
  const source = text(fields(resource.properties['replica'])['sourceResourceId']);
  const all = kept(store);
  return all.includes(id.toLowerCase()) || (source !== undefined && all.includes(source.toLowerCase()));
}

export function setProtected(store: Store, { id }: Cluster, isOn: boolean): void {
  const others = kept(store).filter((one) => one !== id.toLowerCase());
  store.set(key, isOn ? [...others, id.toLowerCase()] : others);
}

function kept(store: Store): readonly string[] {
  const value = store.get(key);
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}

import type { Cluster } from '../clusters/cluster.ts';
import type { Cloud } from '../identity/clouds.ts';

/** Where a cluster is in the portal, for people of that tenant. */
export function pageOfCluster({ id, caller }: Cluster, cloud: Cloud, tenant = caller.tenant): string {
  const path = id.toWellFormed().split('/').map(encodeURIComponent).join('/');
  return `${pageOfTenant(tenant, cloud)}/resource${path}`;
}

/** The portal as that tenant has it; without one as whoever opens it has it. */
export function pageOfTenant(tenant: string | undefined, { portal }: Cloud): string {
  return tenant === undefined ? portal : `${portal}/#@${encodeURIComponent(tenant)}`;
}

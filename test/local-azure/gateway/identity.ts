import type { GatewayCluster } from './cluster.ts';
import type { Store } from './storage/store.ts';
import type { Role } from './storage/user.ts';

/** Who a connection is: an object id from a token, or a user name with a password. */
export interface Identity {
  readonly name: string;
  readonly kind: 'entra' | 'native';
}

/** What a set of roles allows in the end. */
export type Access = 'none' | 'read' | 'write' | 'root';

/** The roles an identity has at this moment; `undefined` when the cluster does not know it (any more). */
export function rolesOf(
  identity: Identity,
  cluster: GatewayCluster,
  store: Store,
): readonly Role[] | undefined {
  const forced = store.forcedRoles.get(identity.name);
  if (forced) return forced;
  if (identity.kind === 'entra' && cluster.administrators.has(identity.name)) return ['root'];
  if (identity.kind === 'native' && cluster.administrator?.userName === identity.name) return ['root'];
  const user = store.users.get(identity.name);
  return user?.kind === identity.kind ? user.roles : undefined;
}

/** Only whole role sets count: with half of the pair a person can connect, and do nothing. */
export function accessOf(roles: readonly Role[]): Access {
  if (roles.includes('root')) return 'root';
  if (roles.includes('clusterAdmin') && roles.includes('readWriteAnyDatabase')) return 'write';
  return roles.includes('readAnyDatabase') ? 'read' : 'none';
}

import { mongoUser, serverGroupRole } from './newCluster.ts';
import { findSubscription, syntheticId, type Organisation, type Resource } from './organisation.ts';

/** Somebody who is to be let in, whether or not there is anybody of that id: services do not look. */
export interface Registration {
  readonly id: string;
  readonly type: 'User' | 'ServicePrincipal';
  /** What a PostgreSQL role is called; its object id unless told. */
  readonly role?: string;
  /** Where an account's role assignment holds, from its root: `/dbs/shop`. */
  readonly within?: string;
}

/**
 * Writes somebody into a cluster as they were typed: by the id of an application, or by the one that a guest has at
 * home. Who is there already is there anew.
 */
export function register(organisation: Organisation, resource: Resource, wanted: Registration): void {
  unregister(resource, wanted.id);
  const { id, type, role = id, within = '' } = wanted;
  const tenantId = findSubscription(organisation, resource.subscriptionId)?.tenantId ?? '';
  switch (resource.type) {
    case 'Microsoft.DocumentDB/mongoClusters':
      resource.users.push(mongoUser(id, type, tenantId));
      return;
    case 'Microsoft.DBforPostgreSQL/serverGroupsv2': {
      const kind = type === 'User' ? 'user' : 'servicePrincipal';
      resource.roles.push(serverGroupRole(role, id, kind, tenantId));
      return;
    }
    case 'Microsoft.DocumentDB/databaseAccounts': {
      const assignments = resource.children['sqlRoleAssignments'];
      assignments?.push({
        name: syntheticId('4e915700', assignments.length),
        properties: {
          roleDefinitionId: `${resource.id}/sqlRoleDefinitions/00000000-0000-0000-0000-000000000002`,
          scope: resource.id + within,
          principalId: id,
        },
      });
      return;
    }
    case 'Microsoft.ManagedIdentity/userAssignedIdentities':
  }
}

/** Takes somebody out of a cluster, wherever they are in it. */
export function unregister(resource: Resource, id: string): void {
  switch (resource.type) {
    case 'Microsoft.DocumentDB/mongoClusters':
      remove(resource.users, ({ name }) => name === id);
      return;
    case 'Microsoft.DBforPostgreSQL/serverGroupsv2':
      remove(resource.roles, ({ properties }) => properties.externalIdentity?.objectId === id);
      return;
    case 'Microsoft.DocumentDB/databaseAccounts':
      remove(
        resource.children['sqlRoleAssignments'] ?? [],
        ({ properties }) => properties['principalId'] === id,
      );
      return;
    case 'Microsoft.ManagedIdentity/userAssignedIdentities':
  }
}

function remove<T>(list: T[], isGone: (item: T) => boolean): void {
  list.splice(0, list.length, ...list.filter((item) => !isGone(item)));
}

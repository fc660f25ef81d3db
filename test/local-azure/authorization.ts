import { accessOf, identities, isWithin, requireAccess, roleDefinition } from './access.ts';
import { armError, badRequest } from './armError.ts';
import { isGuid } from './json.ts';
import type { Organisation, RoleAssignment } from './organisation.ts';
import { armRoute, readResource, type ArmCall, type ArmRoute } from './armRoute.ts';
import { builtInRoles, type RoleDefinition } from './roles.ts';
import type { Reply } from './service.ts';

const provider = 'Microsoft.Authorization';

const apiVersions = ['2015-07-01', '2018-01-01-preview', '2022-04-01'];

/** Microsoft.Authorization, at any scope. */
export function authorizationRoutes(organisation: Organisation): readonly ArmRoute[] {
  const at = `{scope...}/providers/${provider}`;
  return [
    armRoute(apiVersions, 'GET', `${at}/permissions`, permissions),
    armRoute(apiVersions, 'GET', `${at}/roleAssignments`, listAssignments),
    armRoute(apiVersions, 'GET', `${at}/roleAssignments/{assignment}`, getAssignment),
    armRoute(apiVersions, 'PUT', `${at}/roleAssignments/{assignment}`, putAssignment),
    armRoute(apiVersions, 'DELETE', `${at}/roleAssignments/{assignment}`, deleteAssignment),
    armRoute(apiVersions, 'GET', `${at}/roleDefinitions`, listDefinitions),
    armRoute(apiVersions, 'GET', `${at}/roleDefinitions/{definition}`, getDefinition),
  ];

  /** What the caller may do here. It takes no right of its own to ask, and says nothing of locks and policies. */
  function permissions(call: ArmCall): Reply {
    return {
      status: 200,
      body: { value: accessOf(organisation, call.caller).permissionsAt(scopeOf(call)) },
    };
  }

  function listAssignments(call: ArmCall): Reply {
    const scope = scopeOf(call);
    requireAccess(organisation, call.caller, `${provider}/roleAssignments/read`, scope);
    const matches = readFilter(organisation, scope, call.query.get('$filter'));
    const found = organisation.roleAssignments.filter(
      (one) => (isWithin(scope, one.scope) || isWithin(one.scope, scope)) && matches(one),
    );
    return { status: 200, body: { value: found.map(showAssignment) } };
  }

  function getAssignment(call: ArmCall): Reply {
    requireAccess(organisation, call.caller, `${provider}/roleAssignments/read`, scopeOf(call));
    const found = organisation.roleAssignments.find(
      ({ name }) => name === call.params['assignment']?.toLowerCase(),
    );
    if (found) return { status: 200, body: showAssignment(found) };
    throw armError(
      404,
      'RoleAssignmentNotFound',
      `The role assignment '${call.params['assignment']}' is not found.`,
    );
  }

  function putAssignment(call: ArmCall): Reply {
    const scope = scopeOf(call);
    const name = call.params['assignment'] ?? '';
    requireAccess(organisation, call.caller, `${provider}/roleAssignments/write`, scope);
    const { properties } = readResource(call);
    if (!properties) throw badRequest("The member 'properties' is required.");
    const { roleDefinitionId, principalId } = properties;
    const definition = roleDefinition(String(roleDefinitionId));
    if (!isGuid(name)) throw badRequest('The role assignment ID must be a GUID.', 'InvalidRoleAssignmentId');
    if (!definition)
      throw badRequest('The specified role definition does not exist.', 'RoleDefinitionDoesNotExist');
    const principal = organisation.directory.find(
      (one) => one.id === principalId && one.tenantId === call.caller.tenantId,
    );
    if (!principal)
      throw badRequest(
        `Principal ${String(principalId)} does not exist in the directory.`,
        'PrincipalNotFound',
      );
    const types = { user: 'User', group: 'Group', servicePrincipal: 'ServicePrincipal' } as const;
    const wanted: RoleAssignment = {
      name,
      scope,
      principalId: principal.id,
      principalType: types[principal.type],
      roleDefinitionId: definition.id,
    };
    const exists = organisation.roleAssignments.some(
      (one) =>
        one.name === name ||
        (one.principalId === wanted.principalId &&
          one.roleDefinitionId === wanted.roleDefinitionId &&
          one.scope.toLowerCase() === scope.toLowerCase()),
    );
    if (exists) throw armError(409, 'RoleAssignmentExists', 'The role assignment already exists.');
    organisation.roleAssignments.push(wanted);
    return { status: 201, body: showAssignment(wanted) };
  }

  function deleteAssignment(call: ArmCall): Reply {
    requireAccess(organisation, call.caller, `${provider}/roleAssignments/delete`, scopeOf(call));
    const index = organisation.roleAssignments.findIndex(
      (one) => one.name === call.params['assignment']?.toLowerCase(),
    );
    const found = organisation.roleAssignments[index];
    if (!found) return { status: 204 };
    organisation.roleAssignments.splice(index, 1);
    return { status: 200, body: showAssignment(found) };
  }

  function listDefinitions(call: ArmCall): Reply {
    requireAccess(organisation, call.caller, `${provider}/roleDefinitions/read`, scopeOf(call));
    const filter = /^\s*roleName\s+eq\s+'([^']*)'\s*$/i.exec(call.query.get('$filter') ?? '');
    const found = builtInRoles.filter((role) => !filter || role.roleName === filter[1]);
    return { status: 200, body: { value: found.map(showDefinition) } };
  }

  function getDefinition(call: ArmCall): Reply {
    const found = roleDefinition(call.params['definition'] ?? '');
    if (found) return { status: 200, body: showDefinition(found) };
    throw armError(404, 'RoleDefinitionDoesNotExist', 'The specified role definition does not exist.');
  }
}

function scopeOf(call: ArmCall): string {
  return call.params['scope'] ?? '/';
}

function readFilter(
  organisation: Organisation,
  scope: string,
  filter: string | null,
): (assignment: RoleAssignment) => boolean {
  const text = filter?.trim() ?? '';
  if (text === '') return () => true;
  if (/^atScope\(\)$/i.test(text)) return (one) => isWithin(scope, one.scope);
  const match = /^(?:principalId eq|(assignedTo)\() *'([^']+)'\)?$/i.exec(text);
  if (!match) throw armError(400, 'UnsupportedQuery', `The filter '${text}' is not supported.`);
  const id = match[2] ?? '';
  const ids = match[1] ? identities(organisation, id) : new Set([id]);
  return (one) => ids.has(one.principalId);
}

function showAssignment({ name, scope, principalId, principalType, roleDefinitionId }: RoleAssignment) {
  const root = scope.split('/').slice(0, 3).join('/');
  return {
    id: `${scope}/providers/${provider}/roleAssignments/${name}`,
    name,
    type: `${provider}/roleAssignments`,
    properties: {
      roleDefinitionId: `${root}/providers/${provider}/roleDefinitions/${roleDefinitionId}`,
      principalId,
      principalType,
      scope,
    },
  };
}

function showDefinition({ id, roleName, description, permissions }: RoleDefinition) {
  return {
    id: `/providers/${provider}/roleDefinitions/${id}`,
    name: id,
    type: `${provider}/roleDefinitions`,
    properties: { roleName, type: 'BuiltInRole', description, assignableScopes: ['/'], permissions },
  };
}

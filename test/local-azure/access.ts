import { armError } from './armError.ts';
import type { Organisation, RoleAssignment } from './organisation.ts';
import { builtInRoles, type RoleDefinition } from './roles.ts';
import type { AccessClaims } from './tokens.ts';

/** Who calls Resource Manager, according to the token. */
export interface Caller {
  readonly id: string;
  readonly tenantId: string;
  /** As error messages and the activity log name it. */
  readonly name: string;
  readonly isPerson: boolean;
  readonly hasSecondFactor: boolean;
  readonly issuer: string;
}

export function callerFrom(claims: AccessClaims): Caller {
  return {
    id: claims.oid,
    tenantId: claims.tid,
    name: claims.unique_name ?? claims.appid,
    isPerson: claims.idtyp === 'user',
    hasSecondFactor: claims.amr?.includes('mfa') === true || (claims.acrs?.length ?? 0) > 0,
    issuer: claims.iss ?? '',
  };
}

/** The ids under which role assignments reach a principal: its own and its groups', nested ones included. */
export function identities(organisation: Organisation, id: string): ReadonlySet<string> {
  const found = new Set([id]);
  for (let before = -1; before !== found.size;) {
    before = found.size;
    for (const one of organisation.directory) {
      if (one.type === 'group' && one.members.some((member) => found.has(member))) found.add(one.id);
    }
  }
  return found;
}

/** Whether `scope` is `ancestor` or lies below it. */
export function isWithin(scope: string, ancestor: string): boolean {
  const inner = scope.toLowerCase().replace(/\/$/, '');
  const outer = ancestor.toLowerCase().replace(/\/$/, '');
  return inner === outer || inner.startsWith(`${outer}/`);
}

export function matchesAction(pattern: string, action: string): boolean {
  const source = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*');
  return new RegExp(`^${source}$`, 'i').test(action);
}

export function roleDefinition(id: string): RoleDefinition | undefined {
  const wanted = id.toLowerCase().split('/').at(-1);
  return builtInRoles.find((role) => role.id === wanted);
}

function assignmentsOf(organisation: Organisation, caller: Caller): RoleAssignment[] {
  const ids = identities(organisation, caller.id);
  return organisation.roleAssignments.filter((assignment) => ids.has(assignment.principalId));
}

/** What the caller may do at a scope: one entry for each assignment that reaches it. */
export function permissionsAt(organisation: Organisation, caller: Caller, scope: string) {
  return assignmentsOf(organisation, caller)
    .filter((assignment) => isWithin(scope, assignment.scope))
    .flatMap((assignment) => roleDefinition(assignment.roleDefinitionId)?.permissions ?? []);
}

export function may(organisation: Organisation, caller: Caller, action: string, scope: string): boolean {
  return permissionsAt(organisation, caller, scope).some(
    ({ actions, notActions }) =>
      actions.some((pattern) => matchesAction(pattern, action)) &&
      !notActions.some((pattern) => matchesAction(pattern, action)),
  );
}

/** Whether anything at or below a scope is the caller's to see: what makes a subscription appear in lists. */
export function seesAnythingIn(organisation: Organisation, caller: Caller, scope: string): boolean {
  return assignmentsOf(organisation, caller).some(
    (assignment) => isWithin(scope, assignment.scope) || isWithin(assignment.scope, scope),
  );
}

export function requireAccess(
  organisation: Organisation,
  caller: Caller,
  action: string,
  scope: string,
): void {
  if (!may(organisation, caller, action, scope)) throw forbidden(caller, action, scope);
}

export function forbidden(caller: Caller, action: string, scope: string) {
  return armError(
    403,
    'AuthorizationFailed',
    `The client '${caller.name}' with object id '${caller.id}' does not have authorization to perform action ` +
      `'${action}' over scope '${scope}' or the scope is invalid. If access was recently granted, please refresh ` +
      'your credentials.',
  );
}

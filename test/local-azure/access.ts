import { armError } from './armError.ts';
import type { Organisation } from './organisation.ts';
import { builtInRoles, type RoleDefinition } from './roles.ts';
import type { AccessClaims } from './tokens.ts';

/** Who calls Resource Manager, according to the token. */
export interface Caller {
  readonly id: string;
  readonly tenantId: string;
  /** As error messages and the activity log name it. */
  readonly name: string;
  readonly isPerson: boolean;
  /** The client id of the program that calls. */
  readonly appId: string;
  readonly hasSecondFactor: boolean;
  readonly issuer: string;
}

export function callerFrom(claims: AccessClaims): Caller {
  return {
    id: claims.oid,
    tenantId: claims.tid,
    name: claims.unique_name ?? claims.appid,
    isPerson: claims.idtyp === 'user',
    appId: claims.appid,
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

const patterns = new Map<string, RegExp>();

export function matchesAction(pattern: string, action: string): boolean {
  let compiled = patterns.get(pattern);
  if (!compiled) {
    const source = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*');
    compiled = new RegExp(`^${source}$`, 'i');
    patterns.set(pattern, compiled);
  }
  return compiled.test(action);
}

export function roleDefinition(id: string): RoleDefinition | undefined {
  const wanted = id.toLowerCase().split('/').at(-1);
  return builtInRoles.find((role) => role.id === wanted);
}

/** What one caller may do, worked out once for many questions. */
export interface Access {
  /** One entry for each assignment that reaches the scope. */
  permissionsAt(scope: string): RoleDefinition['permissions'];
  may(action: string, scope: string): boolean;
  /** Whether anything at or below a scope is the caller's to see: what makes a subscription appear in lists. */
  seesIn(scope: string): boolean;
}

export function accessOf(organisation: Organisation, caller: Caller): Access {
  const ids = identities(organisation, caller.id);
  const held = organisation.roleAssignments
    .filter((assignment) => ids.has(assignment.principalId))
    .map(({ scope, roleDefinitionId }) => ({
      scope,
      permissions: roleDefinition(roleDefinitionId)?.permissions ?? [],
    }));
  // Thousands of resources are asked about at once, and only what is held in their subscription matters.
  const bySubscription = Map.groupBy(held, ({ scope }) => subscriptionIn(scope));
  const nearby = (scope: string) => [
    ...(bySubscription.get('') ?? []),
    ...(bySubscription.get(subscriptionIn(scope)) ?? []),
  ];
  const permissionsAt = (scope: string) =>
    nearby(scope).flatMap((one) => (isWithin(scope, one.scope) ? one.permissions : []));
  return {
    permissionsAt,
    may: (action, scope) =>
      permissionsAt(scope).some(
        ({ actions, notActions }) =>
          actions.some((pattern) => matchesAction(pattern, action)) &&
          !notActions.some((pattern) => matchesAction(pattern, action)),
      ),
    seesIn: (scope) => nearby(scope).some((one) => isWithin(scope, one.scope) || isWithin(one.scope, scope)),
  };
}

function subscriptionIn(scope: string): string {
  return scope.split('/', 3)[2]?.toLowerCase() ?? '';
}

export function requireAccess(
  organisation: Organisation,
  caller: Caller,
  action: string,
  scope: string,
): void {
  if (!accessOf(organisation, caller).may(action, scope)) throw forbidden(caller, action, scope);
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

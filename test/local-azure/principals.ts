import { badRequest } from './armError.ts';
import type { Organisation, Principal } from './organisation.ts';

/**
 * Refuses a principal that a tenant's directory does not hold: one of another tenant, one that is gone, or the
 * application id of one whose object id was wanted. Whether a service looks is for `behaviour.checksPrincipals`
 * to say; one that does not look makes an orphan.
 */
export function requirePrincipal(
  organisation: Organisation,
  tenantId: string,
  id: string,
  types: readonly Principal['type'][],
): void {
  if (!organisation.behaviour.checksPrincipals) return;
  const wanted = id.toLowerCase();
  const found = organisation.directory.find((one) => one.tenantId === tenantId && one.id === wanted);
  if (!found) {
    throw badRequest(
      `The provided principal ID [${id}] was not found in the tenant [${tenantId}].`,
      'PrincipalNotFound',
    );
  }
  if (!types.includes(found.type)) {
    throw badRequest(
      `The principal [${id}] is a ${found.type} and not a ${types.join(' or ')}.`,
      'InvalidPrincipalType',
    );
  }
}

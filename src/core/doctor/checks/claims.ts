import { isGuid } from '../../azure/directoryObject.ts';
import { sameText } from '../../clusters/fields.ts';
import { claimsOf } from '../../identity/claims.ts';
import type { Claims } from '../../identity/claims.ts';
import type { Check } from '../check.ts';
import { fail, pass, unknown, warning } from '../report.ts';
import type { Evidence } from '../report.ts';

/** Whether the token says what the database will look for. The token itself goes nowhere. */
export const claims: Check = {
  id: 'claims',
  needs: ['token'],
  isOwn: true,
  async look(facts) {
    const claims = claimsOf(await facts.token());
    if (claims === undefined) return unknown({ what: 'unsaid' });
    const { tenant } = facts.patient.cluster.caller;
    const wanted = facts.door.cloud.audiences[facts.kind.service];
    const { audience, issuer, expiresAt, objectId } = claims;
    const evidence = evidenceOf(claims);
    // An API goes by its address and by its application's id: what that is is not known of each.
    if (audience !== undefined && !isGuid(audience) && !sameText(audience.replace(/\/+$/, ''), wanted))
      return fail({ what: 'wrongAudience', audience, wanted }, ...evidence);
    if (claims.tenant !== undefined && !sameText(claims.tenant, tenant))
      return fail({ what: 'otherTenant', tenant: claims.tenant, clusterTenant: tenant }, ...evidence);
    if (issuer !== undefined && !issuer.toLowerCase().includes(tenant.toLowerCase()))
      return fail({ what: 'wrongIssuer', issuer, tenant }, ...evidence);
    if (objectId === undefined) return fail({ what: 'noObjectId' }, ...evidence);
    const me = await facts.me();
    if (me !== undefined && !sameText(objectId, me.objectId))
      return fail({ what: 'otherPerson', objectId, mine: me.objectId }, ...evidence);
    // By the time that it is where the token is looked at; what our own clock says may be off.
    const ahead = (await facts.subscription().catch(() => undefined))?.ahead ?? 0;
    const left = (expiresAt ?? Infinity) - facts.clock.now() - ahead;
    if (expiresAt !== undefined && left <= 0)
      return fail({ what: 'tokenExpired', at: expiresAt }, ...evidence);
    return expiresAt !== undefined && left < 60_000
      ? warning({ what: 'tokenOld', at: expiresAt }, ...evidence)
      : pass(...evidence);
  },
};

function evidenceOf(claims: Claims): readonly Evidence[] {
  const { audience, issuer, tenant, objectId, name, userName, issuedAt, expiresAt } = claims;
  const said = { audience, issuer, tenant, objectId, displayName: name, userName } as const;
  const names = Object.keys(said) as (keyof typeof said)[];
  return [
    ...names.flatMap((name): Evidence[] => {
      const value = said[name];
      return value === undefined ? [] : [{ name, value }];
    }),
    ...(issuedAt === undefined ? [] : [{ name: 'issued' as const, at: issuedAt }]),
    ...(expiresAt === undefined ? [] : [{ name: 'expires' as const, at: expiresAt }]),
  ];
}

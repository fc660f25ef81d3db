import {
  createHash,
  generateKeyPair,
  randomUUID,
  type KeyObject,
  type KeyPairKeyObjectResult,
} from 'node:crypto';
import { promisify } from 'node:util';
import { decodeJwt, errors, exportJWK, jwtVerify, SignJWT, type JWK, type JWTPayload } from 'jose';
import { apiOf, type Api } from './audiences.ts';
import type { TokenFault } from './faults.ts';
import {
  findTenant,
  type Organisation,
  type ServicePrincipal,
  type Tenant,
  type User,
} from './organisation.ts';

/** The claims of an access token that this Azure itself relies on. */
export interface AccessClaims extends JWTPayload {
  readonly tid: string;
  readonly oid: string;
  readonly aud: string;
  readonly appid: string;
  readonly idtyp: 'user' | 'app';
  readonly name?: string;
  readonly unique_name?: string;
  readonly scp?: string;
  readonly amr?: readonly string[];
  readonly acrs?: readonly string[];
}

type Verdict =
  | { readonly ok: true; readonly claims: AccessClaims }
  | { readonly ok: false; readonly reason: 'malformed' | 'signature' | 'issuer' }
  | { readonly ok: false; readonly reason: 'expired'; readonly expiry: Date };

interface TokenRequest {
  readonly principal: User | ServicePrincipal;
  readonly tenant: Tenant;
  /** The audience as it was asked for. */
  readonly resource: string;
  readonly appId: string;
  readonly amr: readonly string[];
  readonly scopes?: readonly string[];
  readonly lifetimeSeconds?: number | undefined;
  readonly claims?: Readonly<Record<string, unknown>> | undefined;
}

/** Signs this Azure's tokens and tells its own from others'. */
export interface Tokens {
  readonly keySet: { readonly keys: readonly JWK[] };
  issuer(tenant: Tenant): string;
  issue(request: TokenRequest): Promise<string>;
  sign(claims: JWTPayload): Promise<string>;
  /** What a fault puts into a token in place of what should be there. */
  wrongClaims(fault: TokenFault | undefined): Readonly<Record<string, unknown>>;
  /** Signature, issuer and expiry; the audience is for whoever receives the token. */
  verify(token: string): Promise<Verdict>;
  api(audience: string): Api | undefined;
}

/** Making a key is the slowest part of a start; the issuer tells one local Azure's tokens from another's. */
let pair: Promise<KeyPairKeyObjectResult> | undefined;

export async function createTokens(
  organisation: Organisation,
  origins: () => { readonly entra: string; readonly resourceManager: string; readonly graph: string },
): Promise<Tokens> {
  pair ??= promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const { privateKey, publicKey } = await pair;
  const kid = thumbprint(publicKey);
  const header = { alg: 'RS256', typ: 'JWT', kid, x5t: kid };
  const keySet = { keys: [{ ...(await exportJWK(publicKey)), kid, x5t: kid, use: 'sig', alg: 'RS256' }] };

  const issuer = (tenant: Tenant) =>
    `${origins().entra}/${tenant.id}/${tenant.issuerStyle === 'v2' ? 'v2.0' : ''}`;
  const sign = (claims: JWTPayload) => new SignJWT(claims).setProtectedHeader(header).sign(privateKey);

  return {
    keySet,
    issuer,
    sign,
    issue: (request) => sign(accessClaims(request, issuer(request.tenant))),
    wrongClaims(fault) {
      const { claims = {}, issuedBy } = fault ?? {};
      const tenant = issuedBy === undefined ? undefined : findTenant(organisation, issuedBy);
      return {
        ...(tenant && { tid: tenant.id, iss: issuer(tenant) }),
        // What is undefined is not written.
        ...Object.fromEntries(Object.entries(claims).map(([name, value]) => [name, value ?? undefined])),
      };
    },
    api: (audience) => apiOf(audience, origins()),
    async verify(token) {
      let claims: AccessClaims;
      try {
        claims = decodeJwt<AccessClaims>(token);
      } catch {
        return { ok: false, reason: 'malformed' };
      }
      try {
        await jwtVerify(token, publicKey, { algorithms: ['RS256'] });
      } catch (error) {
        if (error instanceof errors.JWTExpired) {
          return { ok: false, reason: 'expired', expiry: new Date((claims.exp ?? 0) * 1000) };
        }
        return { ok: false, reason: 'signature' };
      }
      const tenant = findTenant(organisation, claims.tid ?? '');
      return tenant && claims.iss === issuer(tenant) ? { ok: true, claims } : { ok: false, reason: 'issuer' };
    },
  };
}

function accessClaims(request: TokenRequest, issuer: string): JWTPayload {
  const { principal, tenant, resource, appId, amr, scopes, claims } = request;
  const now = Math.floor(Date.now() / 1000);
  // Entra spreads its tokens' lives between 60 and 90 minutes.
  const lifetime = request.lifetimeSeconds ?? 3600 + Math.floor(Math.random() * 1800);
  const version = tenant.issuerStyle === 'v2' ? { ver: '2.0', azp: appId } : { ver: '1.0' };
  const common = {
    aud: resource,
    iss: issuer,
    iat: now,
    nbf: now,
    exp: now + lifetime,
    appid: appId,
    oid: principal.id,
    tid: tenant.id,
    uti: randomUUID(),
    ...version,
  };
  if (principal.type === 'servicePrincipal') {
    return { ...common, appidacr: '2', idtyp: 'app', sub: principal.id, ...claims };
  }
  return {
    ...common,
    acr: '1',
    amr,
    appidacr: '0',
    idtyp: 'user',
    ipaddr: '127.0.0.1',
    name: principal.displayName,
    scp: (scopes ?? ['user_impersonation']).join(' '),
    sub: createHash('sha256').update(`${principal.id} ${appId}`).digest('base64url'),
    unique_name: principal.mail,
    preferred_username: principal.mail,
    // A guest's token says where the guest is from and carries no upn.
    ...(principal.home
      ? { email: principal.mail, idp: issuer.replace(tenant.id, principal.home.tenantId) }
      : { upn: principal.userPrincipalName }),
    ...claims,
  };
}

function thumbprint(key: KeyObject): string {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64url');
}

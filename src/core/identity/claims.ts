/** What a token says about its bearer. Read for display and expiry only: nobody here trusts it unverified. */
export interface Claims {
  /** Who bears it; not every service's token says so. */
  readonly bearer: 'user' | 'application' | undefined;
  readonly tenant: string | undefined;
  /** Whom it is for, and who made it. */
  readonly audience: string | undefined;
  readonly issuer: string | undefined;
  /** The person in the token's own tenant; for a guest not the account's id. */
  readonly objectId: string | undefined;
  readonly name: string | undefined;
  readonly userName: string | undefined;
  readonly scopes: readonly string[];
  readonly issuedAt: number | undefined;
  readonly expiresAt: number | undefined;
}

/** The claims of a JWT, or undefined for a token that is not one. Times are milliseconds. */
export function claimsOf(token: string): Claims | undefined {
  const payload = token.split('.')[1];
  if (payload === undefined) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const claims = parsed as Record<string, unknown>;
  return {
    bearer: bearerOf(claims),
    tenant: text(claims['tid']),
    audience: text(claims['aud']),
    issuer: text(claims['iss']),
    objectId: text(claims['oid']),
    name: text(claims['name']),
    userName: text(claims['upn']) ?? text(claims['preferred_username']) ?? text(claims['unique_name']),
    scopes: text(claims['scp'])?.split(' ') ?? [],
    issuedAt: time(claims['iat']),
    expiresAt: time(claims['exp']),
  };
}

/** What was delegated to an application (`scp`) was delegated by a person. */
function bearerOf({ idtyp, scp }: Record<string, unknown>): Claims['bearer'] {
  if (idtyp === 'app') return 'application';
  return idtyp === 'user' || text(scp) !== undefined ? 'user' : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function time(value: unknown): number | undefined {
  return typeof value === 'number' ? value * 1000 : undefined;
}

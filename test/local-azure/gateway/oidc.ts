import { CommandError } from './commandError.ts';
import { decode } from './bson/decode.ts';
import type { Doc } from './bson/value.ts';

/** What the gateway itself reads in a token before the cluster looks at its signature. */
interface TokenClaims {
  readonly jwt: string;
  readonly oid: string;
  readonly secondsLeft: number;
}

function refused(message: string): CommandError {
  return new CommandError('AuthenticationFailed', message);
}

/** Every check the gateway makes on an OIDC payload, in its order. */
export function readToken(payload: Buffer, audience: string, now: number): TokenClaims {
  const jwt = parsePayload(payload).get('jwt');
  if (typeof jwt !== 'string') throw refused('JWT token missing from OIDC payload');
  const claims = claimsOf(jwt);
  const { oid, aud, exp } = claims;
  if (typeof oid !== 'string') throw refused('Token does not contain OID.');
  if (typeof aud !== 'string') throw refused('Token does not contain audience claim.');
  if (typeof exp !== 'number' || !Number.isSafeInteger(exp))
    throw refused('Token does not contain expiry time.');
  if (aud !== audience) throw refused('The audience claim provided in the token is not valid.');
  if (exp * 1000 < now) throw refused('The token provided is expired.');
  return { jwt, oid, secondsLeft: Math.floor(exp - now / 1000) };
}

function parsePayload(payload: Buffer): Doc {
  try {
    return decode(payload);
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'unreadable';
    throw new CommandError('BadValue', `Failed to parse OIDC payload as BSON: ${reason}`);
  }
}

function claimsOf(jwt: string): Readonly<Record<string, unknown>> {
  const [, body, ...rest] = jwt.split('.');
  if (body === undefined || rest.length !== 1) throw refused('Invalid JWT token format.');
  // Buffer skips what is not base64url without a word, so the alphabet is checked first.
  if (!/^[\w-]*$/.test(body) || body.length % 4 === 1) throw refused('Invalid JWT token encoding.');
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'));
  } catch {
    throw refused('Invalid JWT token payload.');
  }
  // A payload that is JSON but no object simply has none of the claims.
  return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {};
}

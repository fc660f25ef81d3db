import { X509Certificate, createHash } from 'node:crypto';
import { decodeProtectedHeader, errors, jwtVerify, type ProtectedHeaderParameters } from 'jose';
import { EntraError } from './entraError.ts';
import type { Application } from './organisation.ts';

/** Proves an application by the certificate it signed its assertion with, or refuses with the reason. */
export async function verifyClientAssertion(
  assertion: string,
  application: Application,
  audiences: readonly string[],
): Promise<void> {
  let header: ProtectedHeaderParameters;
  try {
    header = decodeProtectedHeader(assertion);
  } catch {
    throw new EntraError(700027, { detail: 'The assertion is not a JWT.' });
  }
  const certificate = application.certificates
    .map((pem) => new X509Certificate(pem))
    .find((candidate) => isNamed(candidate, header));
  if (!certificate) throw new EntraError(700027, { detail: 'The key was not found by its thumbprint.' });
  const now = Date.now();
  if (Date.parse(certificate.validFrom) > now || Date.parse(certificate.validTo) < now)
    throw new EntraError(700030);
  try {
    await jwtVerify(assertion, certificate.publicKey, {
      algorithms: ['RS256', 'PS256'],
      audience: [...audiences],
      issuer: application.appId,
      subject: application.appId,
      requiredClaims: ['exp'],
      clockTolerance: 300,
    });
  } catch (error) {
    if (error instanceof errors.JWTExpired) throw new EntraError(700024);
    if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf')
      throw new EntraError(700024);
    const detail = error instanceof Error ? error.message : '';
    throw new EntraError(700027, { detail });
  }
}

function isNamed(certificate: X509Certificate, header: ProtectedHeaderParameters): boolean {
  const thumbprint = (algorithm: string) => createHash(algorithm).update(certificate.raw).digest('base64url');
  if (header['x5t#S256'] !== undefined) return header['x5t#S256'] === thumbprint('sha256');
  return header.x5t !== undefined && header.x5t === thumbprint('sha1');
}

import { webcrypto } from 'node:crypto';
import { provideReflection } from './reflection.ts';

/** A certificate with which an application proves itself: RSA, as Entra wants it. */
export interface ClientCertificate {
  /** PEM; what is registered. */
  readonly certificate: string;
  readonly pkcs8: ArrayBuffer;
}

export async function newClientCertificate(
  name: string,
  notAfter = new Date(Date.now() + 86_400_000),
): Promise<ClientCertificate> {
  provideReflection();
  const x509 = await import('@peculiar/x509');
  const algorithm = {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const made = await x509.X509CertificateGenerator.createSelfSigned(
    { name: `CN=${name}`, keys, signingAlgorithm: algorithm, notBefore: new Date(0), notAfter },
    webcrypto,
  );
  return {
    certificate: made.toString('pem'),
    pkcs8: await webcrypto.subtle.exportKey('pkcs8', keys.privateKey),
  };
}

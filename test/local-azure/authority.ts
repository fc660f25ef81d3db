import { isIP } from 'node:net';
import { webcrypto } from 'node:crypto';
import { provideReflection } from './reflection.ts';

/** A certificate authority that lives as long as the process: nothing on the machine comes to trust it. */
export interface Authority {
  readonly certificate: string;
  issue(names: readonly string[], validity?: Validity): Promise<Credentials>;
}

/** A key and its certificate, as PEM. */
export interface Credentials {
  readonly key: string;
  readonly cert: string;
}

interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const day = 86_400_000;

export async function createAuthority(): Promise<Authority> {
  provideReflection();
  const x509 = await import('@peculiar/x509');
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const now = Date.now();
  // A clock a little behind ours must not refuse a certificate made just now.
  const usual = { notBefore: new Date(now - day), notAfter: new Date(now + 30 * day) };
  const root = await x509.X509CertificateGenerator.createSelfSigned(
    {
      ...usual,
      name: 'CN=Local Azure, O=Cosmos Entra tests',
      serialNumber: randomSerial(),
      keys,
      signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
        await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    },
    webcrypto,
  );

  return {
    certificate: root.toString('pem'),
    async issue(names, validity = usual) {
      const leafKeys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
      const leaf = await x509.X509CertificateGenerator.create(
        {
          ...validity,
          subject: `CN=${names[0] ?? 'local-azure'}`,
          issuer: root.subject,
          serialNumber: randomSerial(),
          publicKey: leafKeys.publicKey,
          signingKey: keys.privateKey,
          signingAlgorithm: algorithm,
          extensions: [
            new x509.BasicConstraintsExtension(false, undefined, true),
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
            new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
            new x509.SubjectAlternativeNameExtension(
              names.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value })),
            ),
            await x509.AuthorityKeyIdentifierExtension.create(root.publicKey),
          ],
        },
        webcrypto,
      );
      const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', leafKeys.privateKey);
      return { key: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'), cert: leaf.toString('pem') };
    },
  };
}

/** Positive and without a leading zero byte, as DER wants its integers. */
function randomSerial(): string {
  const bytes = webcrypto.getRandomValues(new Uint8Array(16));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return Buffer.from(bytes).toString('hex');
}

import type { Cloud } from '../identity/clouds.ts';

/** Who connects, by the way in which their driver comes by tokens. */
export type ConnectingIdentity =
  /** A program with a callback of its own: only this lets a person in. */
  | { readonly kind: 'interactive' }
  /** Azure's machines give the driver its tokens. Without a client id it is the machine's own identity. */
  | { readonly kind: 'managedIdentity'; readonly clientId: string | undefined }
  /**
   * A callback, too. The driver's environment for Kubernetes would present the service account's token, which
   * was issued to be exchanged at Entra: a cluster takes tokens of Entra's alone.
   */
  | { readonly kind: 'workloadIdentity' };

/** Stands where a person has to put a client id, as it is in the strings that Azure shows. */
export const clientIdToFillIn = '<client-id>';

/** How to connect to a host, for a driver or a tool. There is never a password in it. */
export function connectionString(host: string, identity: ConnectingIdentity, { audiences }: Cloud): string {
  const options = [
    'tls=true',
    'authMechanism=MONGODB-OIDC',
    // What is in one value of this option is parted by commas and colons.
    ...(identity.kind === 'managedIdentity'
      ? [
          `authMechanismProperties=ENVIRONMENT:azure,TOKEN_RESOURCE:${encodeURIComponent(audiences.mongoClusters)}`,
        ]
      : []),
    ...withEvery,
  ];
  return `mongodb+srv://${user(identity)}${host}/?${options.join('&')}`;
}

/** What the service wants of every driver: it has no retryable writes, and drops what idles for long. */
export const withEvery: readonly string[] = ['retrywrites=false', 'maxIdleTimeMS=120000'];

function user(identity: ConnectingIdentity): string {
  if (identity.kind !== 'managedIdentity' || identity.clientId === undefined) return '';
  const { clientId } = identity;
  return `${clientId === clientIdToFillIn ? clientId : encodeURIComponent(clientId)}@`;
}

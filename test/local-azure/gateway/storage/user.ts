import type { ScramCredential } from '../scram.ts';

export type Role = 'root' | 'clusterAdmin' | 'readWriteAnyDatabase' | 'readAnyDatabase';

export type PrincipalType = 'user' | 'servicePrincipal';

/** A user that `createUser` made. */
export type StoredUser = {
  readonly name: string;
  readonly roles: readonly Role[];
} & (
  | { readonly kind: 'entra'; readonly principalType: PrincipalType }
  | { readonly kind: 'native'; readonly credential: ScramCredential }
);

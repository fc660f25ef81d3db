/** Someone or something in a directory, as far as it was said. */
export interface DirectoryObject {
  readonly id: string;
  readonly type: ObjectType | 'unknown';
  readonly name: string;
  readonly userName: string | undefined;
  /** Of a person: a guest's is more telling than the sign-in name made of it. */
  readonly mail: string | undefined;
  /** Of a service principal: the client id, which is never an object id. */
  readonly appId: string | undefined;
}

export type ObjectType = 'user' | 'servicePrincipal' | 'group';

/** What Graph sends, before it is believed. */
export type RawObject = Readonly<Record<string, unknown>>;

/** Where each type is found, what is asked of it, and by what it can be searched. */
export const collections: Readonly<
  Record<ObjectType, { readonly path: string; readonly select: string; readonly searched: readonly string[] }>
> = {
  user: {
    path: '/v1.0/users',
    select: '$select=id,displayName,userPrincipalName,mail',
    searched: ['displayName', 'mail', 'userPrincipalName'],
  },
  servicePrincipal: {
    path: '/v1.0/servicePrincipals',
    select: '$select=id,displayName,appId',
    searched: ['displayName'],
  },
  group: { path: '/v1.0/groups', select: '$select=id,displayName,mail', searched: ['displayName'] },
};

/** `asked`: the type that was asked for, which an answer of one type alone does not repeat. */
export function objectOf(raw: unknown, asked?: ObjectType): DirectoryObject {
  const object = (raw ?? {}) as RawObject;
  const text = (field: string): string | undefined => {
    const value = object[field];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const type = text('@odata.type')?.replace('#microsoft.graph.', '');
  return {
    id: text('id') ?? '',
    type: asked ?? (type === 'user' || type === 'servicePrincipal' || type === 'group' ? type : 'unknown'),
    name: text('displayName') ?? text('userPrincipalName') ?? text('id') ?? '',
    userName: text('userPrincipalName'),
    mail: text('mail'),
    appId: text('appId'),
  };
}

export function isGuid(text: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);
}

import { X509Certificate } from 'node:crypto';
import { childId } from './newDatabaseAccount.ts';
import type { Application, Group, Principal, ServicePrincipal, User } from './organisation.ts';

/** A directory object as Graph prints it. */
export interface GraphObject {
  readonly id: string;
  readonly [property: string]: unknown;
}

/** What another's profile shows to someone who holds no more than User.ReadBasic.All. */
const basicProperties = new Set([
  'id',
  'displayName',
  'givenName',
  'mail',
  'surname',
  'userPrincipalName',
  'photo',
]);

export function showUser(user: User): GraphObject {
  const [givenName, surname] = user.displayName.split(' ');
  return {
    id: user.id,
    businessPhones: [],
    displayName: user.displayName,
    givenName: givenName ?? null,
    jobTitle: null,
    mail: user.mail,
    surname: surname ?? null,
    userPrincipalName: user.userPrincipalName,
    userType: user.home ? 'Guest' : 'Member',
    accountEnabled: user.accountEnabled,
  };
}

export function basicProfile(user: GraphObject): GraphObject {
  return {
    ...Object.fromEntries(Object.entries(user).filter(([name]) => basicProperties.has(name))),
    id: user.id,
  };
}

export function showServicePrincipal(one: ServicePrincipal): GraphObject {
  const { id, appId, displayName, accountEnabled, servicePrincipalType, servicePrincipalNames, tenantId } =
    one;
  return {
    id,
    appId,
    displayName,
    appDisplayName: displayName,
    accountEnabled,
    servicePrincipalType,
    servicePrincipalNames,
    appOwnerOrganizationId: tenantId,
    alternativeNames: [],
  };
}

export function showApplication(one: Application): GraphObject {
  const { appId, displayName, certificates, keyCredentials = [] } = one;
  const registered = certificates.map((pem) => {
    const { subject, validFromDate, validToDate } = new X509Certificate(pem);
    return {
      displayName: subject.replaceAll('\n', ', '),
      startDateTime: validFromDate.toISOString(),
      endDateTime: validToDate.toISOString(),
    };
  });
  return {
    id: childId(appId, 'application'),
    appId,
    displayName,
    signInAudience: 'AzureADMyOrg',
    keyCredentials: [...registered, ...keyCredentials].map((credential, index) => ({
      ...credential,
      customKeyIdentifier: null,
      // Shown to who asks for this one object, in public as it is; here nobody has it.
      key: null,
      keyId: childId(appId, `key ${index}`),
      type: 'AsymmetricX509Cert',
      usage: 'Verify',
    })),
    passwordCredentials: [],
  };
}

export function showGroup({ id, displayName, hiddenMembership }: Group): GraphObject {
  const visibility = hiddenMembership ? 'HiddenMembership' : 'Private';
  return {
    id,
    displayName,
    description: null,
    groupTypes: [],
    mailEnabled: false,
    securityEnabled: true,
    visibility,
  };
}

/** An object among others of other types, which says its own. */
export function showTyped(principal: Principal): GraphObject {
  const type = { '@odata.type': `#microsoft.graph.${principal.type}` };
  switch (principal.type) {
    case 'user':
      return { ...type, ...showUser(principal) };
    case 'servicePrincipal':
      return { ...type, ...showServicePrincipal(principal) };
    case 'group':
      return { ...type, ...showGroup(principal) };
  }
}

import { apis } from './audiences.ts';
import {
  syntheticId,
  type Application,
  type Group,
  type KeyCredential,
  type Principal,
  type ServicePrincipal,
  type Tenant,
  type User,
} from './organisation.ts';

/** The application id of VS Code, which signs people in for extensions. */
export const editorAppId = 'aebc6443-996d-45c2-90f0-388ff96faa56';
/** An application of Contoso's own, which its administrators let read the directory. */
const ownAppId = syntheticId('c0a70a99', 1);

export const tenantIds = {
  contoso: syntheticId('c0a70500', 1),
  fabrikam: syntheticId('fab51ca0', 2),
  tailspin: syntheticId('7a115910', 3),
};

function tenant(id: string, displayName: string, domains: string[], more: Partial<Tenant> = {}): Tenant {
  return {
    id,
    displayName,
    domains,
    countryCode: 'US',
    issuerStyle: 'v1',
    secondFactor: false,
    blocked: false,
    graphScopes: { '*': ['User.Read', 'User.ReadBasic.All'] },
    ...more,
  };
}

function person(tenantId: string, number: number, displayName: string, domain: string): User {
  const name = displayName.split(' ')[0]?.toLowerCase() ?? displayName;
  const mail = `${name}@${domain}`;
  const id = syntheticId('9e550000', number);
  return { type: 'user', id, tenantId, displayName, userPrincipalName: mail, mail, accountEnabled: true };
}

function guest(tenantId: string, number: number, of: User, domain: string): User {
  return {
    ...of,
    id: syntheticId('60e57000', number),
    tenantId,
    userPrincipalName: `${of.mail.replace('@', '_')}#EXT#@${domain}`,
    home: { tenantId: of.tenantId, id: of.id },
  };
}

function servicePrincipal(
  tenantId: string,
  number: number,
  displayName: string,
  servicePrincipalType: ServicePrincipal['servicePrincipalType'] = 'Application',
): ServicePrincipal {
  const id = syntheticId('5e97ce00', number);
  const appId = syntheticId('a9900000', number);
  return {
    type: 'servicePrincipal',
    id,
    tenantId,
    appId,
    displayName,
    servicePrincipalType,
    accountEnabled: true,
    servicePrincipalNames: [appId],
  };
}

/** The principals of Microsoft's APIs, without which a tenant's people get no token for them. */
export function apiPrincipals(tenantId: string, family: string): ServicePrincipal[] {
  return Object.values(apis).map((api, index) => ({
    ...servicePrincipal(tenantId, 0, api.name),
    id: syntheticId(family, index + 1),
    appId: api.appId,
    servicePrincipalNames: [api.appId, ...api.audiences],
  }));
}

export function sampleTenants(): Tenant[] {
  const { contoso, fabrikam, tailspin } = tenantIds;
  return [
    tenant(contoso, 'Contoso', ['contoso.com', 'contoso.onmicrosoft.com'], {
      graphScopes: {
        '*': ['User.Read', 'User.ReadBasic.All'],
        [ownAppId]: ['User.Read', 'Directory.Read.All', 'Application.Read.All', 'Group.Read.All'],
      },
    }),
    tenant(fabrikam, 'Fabrikam', ['fabrikam.com', 'fabrikam.onmicrosoft.com'], {
      issuerStyle: 'v2',
      graphScopes: { '*': ['User.Read'] },
    }),
    tenant(tailspin, 'Tailspin Toys', ['tailspintoys.com', 'tailspintoys.onmicrosoft.com'], {
      secondFactor: true,
    }),
  ];
}

export function sampleApplications({
  rotator,
  reporting,
  nightly,
}: Readonly<Record<'rotator' | 'reporting' | 'nightly', ServicePrincipal>>): Application[] {
  const of = ({ appId, displayName }: ServicePrincipal, ...days: readonly number[]): Application => ({
    appId,
    displayName,
    tenantId: tenantIds.contoso,
    certificates: [],
    keyCredentials: days.map((left) => certificateFor(displayName, left)),
  });
  return [
    {
      appId: editorAppId,
      displayName: 'Visual Studio Code',
      certificates: [],
    },
    { appId: ownAppId, displayName: 'Contoso Data Tools', tenantId: tenantIds.contoso, certificates: [] },
    {
      appId: rotator.appId,
      displayName: rotator.displayName,
      tenantId: tenantIds.contoso,
      certificates: [],
    },
    of(reporting, 12),
    of(nightly, -40, 300),
  ];
}

/** Made for a year, with so many days left. */
function certificateFor(name: string, left: number): KeyCredential {
  const at = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
  return {
    displayName: `CN=${name}`,
    startDateTime: at(left - 365),
    // Not to the second: a test takes its time.
    endDateTime: at(left + 0.5),
  };
}

/** Everyone and everything that the sample tenants' directories hold. */
export function samplePeople() {
  const { contoso, fabrikam, tailspin } = tenantIds;
  const colleague = (number: number, name: string) => person(contoso, number, name, 'contoso.com');
  const kai = colleague(1, 'Kai Carter');
  const robin = colleague(2, 'Robin Reyes');
  const alex = colleague(3, 'Alex Moreau');
  const sam = colleague(4, 'Sam Okafor');
  const jordan = colleague(5, 'Jordan Lindqvist');
  const taylor = colleague(6, 'Taylor Ito');
  const avery = colleague(7, 'Avery Banerjee');
  const quinn = colleague(8, 'Quinn Adeyemi');
  const devon = colleague(9, 'Devon Schultz');
  const others = ['Morgan Haddad', 'Casey Novak', 'Riley Fontaine'].map((name, index) =>
    colleague(10 + index, name),
  );
  const lee = person(fabrikam, 20, 'Lee Nakamura', 'fabrikam.com');
  const fabrikamSupport = person(fabrikam, 21, 'Noor Silva', 'fabrikam.com');
  const june = person(tailspin, 30, 'June Park', 'tailspintoys.com');
  const kaiAtFabrikam = guest(fabrikam, 1, kai, 'fabrikam.onmicrosoft.com');
  const kaiAtTailspin = guest(tailspin, 2, kai, 'tailspintoys.onmicrosoft.com');

  const reporting = servicePrincipal(contoso, 1, 'reporting-app');
  const checkout = servicePrincipal(contoso, 2, 'checkout-api');
  const nightly = servicePrincipal(contoso, 3, 'nightly-export');
  const rotator = servicePrincipal(contoso, 4, 'key-rotator');
  const ownTools = { ...servicePrincipal(contoso, 5, 'Contoso Data Tools'), appId: ownAppId };
  const ordersWorker = servicePrincipal(contoso, 6, 'orders-worker', 'ManagedIdentity');
  const catalogIndexer = servicePrincipal(contoso, 7, 'catalog-indexer', 'ManagedIdentity');

  const group = (
    number: number,
    displayName: string,
    members: readonly Principal[],
    hiddenMembership = false,
  ): Group => ({
    type: 'group',
    id: syntheticId('960f9000', number),
    tenantId: contoso,
    displayName,
    members: members.map((member) => member.id),
    hiddenMembership,
  });
  const onCall = group(1, 'Shop On-Call', [taylor, avery]);
  const dataPlatform = group(2, 'Data Platform', [alex, sam, jordan, onCall, reporting]);
  const audit = group(3, 'Audit', [devon], true);

  const contosoPeople = { kai, robin, alex, sam, jordan, taylor, avery, quinn, devon };
  const otherPeople = { lee, fabrikamSupport, june, kaiAtFabrikam, kaiAtTailspin };
  const workloads = { reporting, checkout, nightly, rotator, ownTools, ordersWorker, catalogIndexer };
  const groups = { onCall, dataPlatform, audit };
  const named = { ...contosoPeople, ...otherPeople, ...workloads, ...groups };
  const all: Principal[] = [
    ...Object.values<Principal>(named),
    ...others,
    ...apiPrincipals(contoso, 'c0a705a0'),
    ...apiPrincipals(fabrikam, 'fab51ca1'),
    ...apiPrincipals(tailspin, '7a115911'),
  ];
  return { all, ...named };
}

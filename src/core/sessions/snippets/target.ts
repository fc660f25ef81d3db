import type { Cloud, CloudId } from '../../identity/clouds.ts';
import { withEvery } from '../connectionString.ts';
import { reaching } from '../hosts.ts';
import { plain } from './text.ts';

/** What a program is to connect to. The names come from Azure and its databases: they may be any text. */
export interface Target {
  readonly cluster: string;
  readonly host: string;
  /** The cluster takes tokens of this tenant alone. */
  readonly tenant: string;
  /** With it the program looks into a database, and with a collection too reads its first document. */
  readonly database?: string | undefined;
  readonly collection?: string | undefined;
}

export function scopeOf({ audiences }: Cloud): string {
  return `${audiences.mongoClusters}/.default`;
}

/** All hosts of the service are below it: those of clusters, and the servers that their names lead to. */
export function suffixOf({ host }: Target): string {
  const own = reaching(host, 'own');
  return own.slice(own.indexOf('.'));
}

/** After the host in an address: who connects is for the program to say. */
export const options = `/?${['tls=true', ...withEvery].join('&')}`;

/** What stands above a program; `steps` are how to run it. */
export function header(
  { cluster, tenant }: Target,
  { id }: Cloud,
  steps: readonly string[],
): readonly string[] {
  return [
    `Connects to the cluster ${plain(cluster)} with Entra: no password, no key.`,
    '',
    ...steps,
    '',
    'On your own machine, sign in before:',
    ...azureCloud[id],
    `az login --tenant ${plain(tenant)}`,
    'In Azure it takes the managed identity; set AZURE_CLIENT_ID to the client id of a user-assigned one.',
    ...(id === 'custom' ? ['Set AZURE_AUTHORITY_HOST to the address of this cloud’s Entra.'] : []),
  ];
}

const azureCloud: Readonly<Record<CloudId, readonly string[]>> = {
  public: [],
  usGovernment: ['az cloud set --name AzureUSGovernment'],
  china: ['az cloud set --name AzureChinaCloud'],
  custom: [],
};

/** By the name that each library has for it. */
export function authority({ id }: Cloud, names: { readonly usGovernment: string; readonly china: string }) {
  return id === 'usGovernment' || id === 'china' ? names[id] : undefined;
}

/** Of the drivers only Node.js's holds a program to its list of hosts. The others do so for people alone. */
export const whyHostIsChecked: readonly string[] = [
  'A token is for hosts of this service only. The driver has no such list for programs, but it takes no',
  'server outside the domain of the name it is given: so look at the name.',
];

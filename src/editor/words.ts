import * as vscode from 'vscode';
import type { Names } from '../core/access/principals.ts';
import { kinds } from '../core/clusters/kinds.ts';
import type { Filter } from './filter.ts';
import type {
  AccountApi,
  Cluster,
  Fact,
  Grant,
  KeyName,
  KindId,
  Principal,
  Role,
} from '../core/clusters/cluster.ts';

export function productWords(kind: KindId): { readonly short: string; readonly long: string } {
  switch (kind) {
    case 'vcore':
      return {
        short: vscode.l10n.t('DocumentDB'),
        long: vscode.l10n.t('Azure DocumentDB (Cosmos DB for MongoDB vCore)'),
      };
    case 'postgres':
      return {
        short: vscode.l10n.t('PostgreSQL'),
        long: vscode.l10n.t('Azure Cosmos DB for PostgreSQL'),
      };
    case 'account':
      return { short: vscode.l10n.t('Account'), long: vscode.l10n.t('Azure Cosmos DB account') };
  }
}

/** What a row calls the service: its API where the kind has several. */
export function productOf({ kind, resource }: Cluster): string {
  const api = kinds[kind].facts(resource).find((fact) => fact.name === 'api');
  return api === undefined ? productWords(kind).short : apiWords(api.value);
}

function apiWords(api: AccountApi): string {
  switch (api) {
    case 'nosql':
      return vscode.l10n.t('NoSQL');
    case 'mongodb':
      return vscode.l10n.t('MongoDB (RU)');
    case 'cassandra':
      return vscode.l10n.t('Cassandra');
    case 'gremlin':
      return vscode.l10n.t('Gremlin');
    case 'table':
      return vscode.l10n.t('Table');
  }
}

/** The ways in, in words: what is on, what is unknown, never a guess. */
export function modesWords({ kind, modes, resource }: Cluster): string {
  const keys = kinds[kind].nativeSecret === 'keys';
  const knowsApi = kinds[kind].facts(resource).some((fact) => fact.name === 'api');
  const { entra, native, other } = modes;
  if (entra === 'unknown' && native === 'unknown' && other.length === 0)
    return vscode.l10n.t('Auth modes unknown');
  if (entra === 'on' && native === 'off' && other.length === 0) return vscode.l10n.t('Entra only');
  if (entra === 'off' && native === 'on' && other.length === 0)
    return keys ? vscode.l10n.t('Keys only') : vscode.l10n.t('Password only');
  const ways = [
    ...(entra === 'on' ? [vscode.l10n.t('Entra')] : []),
    ...(native === 'on' ? [keys ? vscode.l10n.t('keys') : vscode.l10n.t('password')] : []),
    ...other.map((way) => vscode.l10n.t('{0} (unknown)', way)),
  ].join(' + ');
  const open = [
    ...(entra === 'unknown'
      ? [knowsApi ? vscode.l10n.t('Entra not known for this API') : vscode.l10n.t('Entra unknown')]
      : []),
    ...(native === 'unknown'
      ? [keys ? vscode.l10n.t('keys unknown') : vscode.l10n.t('password unknown')]
      : []),
  ];
  const words = [...(ways === '' ? [] : [ways]), ...open].join(', ');
  return words === '' ? vscode.l10n.t('No way in') : words.charAt(0).toUpperCase() + words.slice(1);
}

export function filterWords(filter: Filter): string {
  switch (filter) {
    case 'all':
      return vscode.l10n.t('All clusters');
    case 'native':
      return vscode.l10n.t('Still on passwords or keys');
    case 'nativeOnly':
      return vscode.l10n.t('Passwords or keys only');
    case 'entraOnly':
      return vscode.l10n.t('Entra only');
    case 'unknown':
      return vscode.l10n.t('Auth modes unknown');
  }
}

/** What a cluster does that a person should know before trying it; nothing when all is well. */
export function stateWords(state: string | undefined): string | undefined {
  return state === undefined || /^(ready|succeeded)$/i.test(state) ? undefined : state;
}

export function ageWords(days: number): string {
  if (days === 0) return vscode.l10n.t('today');
  return days === 1 ? vscode.l10n.t('1 day ago') : vscode.l10n.t('{0} days ago', days);
}

export function daysSince(date: Date): number {
  return Math.max(0, Math.floor((Date.now() - date.getTime()) / 86_400_000));
}

export function roleWords(role: Role): string {
  switch (role.name) {
    case 'administrator':
      return vscode.l10n.t('Administrator');
    case 'readWrite':
      return vscode.l10n.t('Read and write');
    case 'readOnly':
      return vscode.l10n.t('Read only');
    case 'user':
      return vscode.l10n.t('User');
    case 'dataReader':
      return vscode.l10n.t('Data Reader');
    case 'dataContributor':
      return vscode.l10n.t('Data Contributor');
    case 'custom':
      return role.text;
    case 'unknown':
      return vscode.l10n.t('role unknown');
  }
}

/** The same, where only its name was kept. */
export function roleNameWords(name: string): string {
  const known = ['administrator', 'readWrite', 'readOnly', 'user', 'dataReader', 'dataContributor'] as const;
  const found = known.find((one) => one === name);
  return roleWords(found === undefined ? { name: 'custom', text: name } : { name: found });
}

/** What a role lets people do, for who must choose one. */
export function roleMeaning(role: Role): string {
  switch (role.name) {
    case 'readOnly':
      return vscode.l10n.t('Reads every database, changes nothing');
    case 'readWrite':
      return vscode.l10n.t('Reads and writes every database, manages no people');
    case 'administrator':
      return vscode.l10n.t('May do everything, and manages who else gets in');
    case 'user':
      return vscode.l10n.t('Signs in; what it may do is granted in SQL');
    case 'dataReader':
      return vscode.l10n.t('Reads items and runs queries');
    case 'dataContributor':
      return vscode.l10n.t('Reads, writes and deletes items');
    case 'custom':
    case 'unknown':
      return vscode.l10n.t('A role of your organisation’s own');
  }
}

/** Who holds a grant, by the best name there is. */
export function principalLabel({ holder }: Grant, names: Names | undefined): string {
  if (holder.state === 'keys') return '';
  if (holder.state === 'native') return holder.name;
  const named = names?.of(holder.principal);
  return named?.state === 'named' ? named.object.name : (holder.alias ?? holder.principal.objectId);
}

export function principalWords(type: Principal['type']): string | undefined {
  switch (type) {
    case 'servicePrincipal':
      return vscode.l10n.t('service principal');
    case 'group':
      return vscode.l10n.t('group');
    case 'user':
    case 'unknown':
      return undefined;
  }
}

export function factLabel(fact: Fact): string {
  switch (fact.name) {
    case 'product':
      return vscode.l10n.t('Service');
    case 'api':
      return vscode.l10n.t('API');
    case 'version':
      return vscode.l10n.t('Version');
    case 'tier':
      return vscode.l10n.t('Tier');
    case 'region':
      return vscode.l10n.t('Region');
    case 'state':
      return vscode.l10n.t('State');
    case 'storage':
      return vscode.l10n.t('Storage');
    case 'shards':
      return vscode.l10n.t('Shards');
    case 'nodes':
      return vscode.l10n.t('Worker nodes');
    case 'highAvailability':
      return vscode.l10n.t('High availability');
    case 'publicNetwork':
      return vscode.l10n.t('Public network');
    case 'replication':
      return vscode.l10n.t('Replication');
    case 'replicas':
      return vscode.l10n.t('Replicas');
    case 'nativeAdministrator':
      return vscode.l10n.t('Password administrator');
    case 'address':
      return vscode.l10n.t('Address');
    case 'keyAge':
      return keyWords(fact.key);
  }
}

/** What the service said, as it said it. */
export function factValue(fact: Fact): string {
  switch (fact.name) {
    case 'product':
      return productWords(fact.value).long;
    case 'api':
      return apiWords(fact.value);
    case 'storage':
      return fact.gigabytes === undefined
        ? vscode.l10n.t('unknown')
        : vscode.l10n.t('{0} GiB', fact.gigabytes);
    case 'replication': {
      const source = fact.source?.split('/').at(-1);
      const words = fact.state === undefined ? fact.role : `${fact.role}, ${fact.state}`;
      return source === undefined ? words : vscode.l10n.t('{0} of {1}', words, source);
    }
    case 'keyAge':
      return fact.generated === undefined
        ? vscode.l10n.t('age unknown, made before June 2022')
        : vscode.l10n.t('made {0}', ageWords(daysSince(fact.generated)));
    case 'version':
    case 'tier':
    case 'region':
    case 'state':
    case 'shards':
    case 'nodes':
    case 'highAvailability':
    case 'publicNetwork':
    case 'replicas':
    case 'nativeAdministrator':
    case 'address':
      return fact.value === undefined ? vscode.l10n.t('unknown') : String(fact.value);
  }
}

function keyWords(key: KeyName): string {
  switch (key) {
    case 'primary':
      return vscode.l10n.t('Primary key');
    case 'secondary':
      return vscode.l10n.t('Secondary key');
    case 'primaryReadonly':
      return vscode.l10n.t('Primary read-only key');
    case 'secondaryReadonly':
      return vscode.l10n.t('Secondary read-only key');
  }
}

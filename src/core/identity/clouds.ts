import { BlockList, isIP } from 'node:net';
import { Failure } from '../failure.ts';
import type { SettingProblem } from '../failure.ts';

export type CloudId = 'public' | 'usGovernment' | 'china' | 'custom';

/** Where an Azure lives, and which hosts may be handed a token of it. */
export interface Cloud {
  readonly id: CloudId;
  /** The editor's authentication provider that signs people in to it. */
  readonly authenticationProvider: string;
  /** What the editor's own setting for that provider must say, where it has one. */
  readonly editorEnvironment?: 'USGovernment' | 'ChinaCloud';
  readonly resourceManager: string;
  readonly graph: string;
  readonly portal: string;
  /** The resource that a token is asked for, by who receives it; without a slash at the end. */
  readonly audiences: Audiences & Readonly<Record<DatabaseService, string>>;
  /** Below these names are the hosts of databases, which may be handed a token. */
  readonly hosts: Readonly<Record<DatabaseService, readonly string[]>>;
  /** Where servers listen that are not at their service's usual port. */
  readonly ports: Readonly<Partial<Record<DatabaseService, number>>>;
  /** A DNS server of the cloud's own, as `dns.setServers` wants it. */
  readonly nameServer?: string;
}

/** The services that have one endpoint each. */
export interface Audiences {
  readonly resourceManager: string;
  readonly graph: string;
}

/** The services whose every cluster has a host of its own. */
export type DatabaseService = 'mongoClusters' | 'postgres' | 'accounts';

const builtIn: Readonly<Record<Exclude<CloudId, 'custom'>, Cloud>> = {
  public: {
    id: 'public',
    authenticationProvider: 'microsoft',
    resourceManager: 'https://management.azure.com',
    graph: 'https://graph.microsoft.com',
    portal: 'https://portal.azure.com',
    audiences: {
      resourceManager: 'https://management.core.windows.net',
      graph: 'https://graph.microsoft.com',
      mongoClusters: 'https://ossrdbms-aad.database.windows.net',
      postgres: 'https://token.postgres.cosmos.azure.com',
      accounts: 'https://cosmos.azure.com',
    },
    hosts: {
      mongoClusters: ['mongocluster.cosmos.azure.com'],
      // The second is of clusters from before June 2023.
      postgres: ['postgres.cosmos.azure.com', 'postgres.database.azure.com'],
      accounts: ['documents.azure.com'],
    },
    ports: {},
  },
  usGovernment: {
    id: 'usGovernment',
    authenticationProvider: 'microsoft-sovereign-cloud',
    editorEnvironment: 'USGovernment',
    resourceManager: 'https://management.usgovcloudapi.net',
    graph: 'https://graph.microsoft.us',
    portal: 'https://portal.azure.us',
    audiences: {
      resourceManager: 'https://management.core.usgovcloudapi.net',
      graph: 'https://graph.microsoft.us',
      mongoClusters: 'https://ossrdbms-aad.database.usgovcloudapi.net',
      postgres: 'https://token.postgres.cosmos.azure.us',
      accounts: 'https://cosmos.azure.us',
    },
    // Unconfirmed but for accounts, as they are for China: Microsoft publishes no region of either with them.
    hosts: {
      mongoClusters: ['mongocluster.cosmos.azure.us'],
      postgres: ['postgres.cosmos.azure.us'],
      accounts: ['documents.azure.us'],
    },
    ports: {},
  },
  china: {
    id: 'china',
    authenticationProvider: 'microsoft-sovereign-cloud',
    editorEnvironment: 'ChinaCloud',
    resourceManager: 'https://management.chinacloudapi.cn',
    graph: 'https://microsoftgraph.chinacloudapi.cn',
    portal: 'https://portal.azure.cn',
    audiences: {
      resourceManager: 'https://management.core.chinacloudapi.cn',
      graph: 'https://microsoftgraph.chinacloudapi.cn',
      mongoClusters: 'https://ossrdbms-aad.database.chinacloudapi.cn',
      postgres: 'https://token.postgres.cosmos.azure.cn',
      accounts: 'https://cosmos.azure.cn',
    },
    hosts: {
      mongoClusters: ['mongocluster.cosmos.azure.cn'],
      postgres: ['postgres.cosmos.azure.cn'],
      accounts: ['documents.azure.cn'],
    },
    ports: {},
  },
};

/** The cloud that the settings name. A custom one is checked whole before anything is sent to it. */
export function cloudOf(id: string, custom: unknown): Cloud {
  switch (id) {
    case 'public':
    case 'usGovernment':
    case 'china':
      return builtIn[id];
    case 'custom':
      return customCloud(custom);
    default:
      throw bad('cloud', 'unknownCloud');
  }
}

/** Whether a token for `endpoint` may go to `address`: the same host or one below it, over TLS, on the same port. */
export function admits(endpoint: string, address: string): boolean {
  const home = URL.parse(endpoint);
  const target = URL.parse(address);
  if (home === null || target === null) return false;
  if (home.protocol !== 'https:' || target.protocol !== 'https:' || home.port !== target.port) return false;
  if (target.username !== '' || target.password !== '') return false;
  return target.hostname === home.hostname || target.hostname.endsWith(`.${home.hostname}`);
}

/** Whether a database of this cloud may be at `host`: a name below a suffix of the cloud's, label by label. */
export function admitsHost({ hosts }: Cloud, service: DatabaseService, host: string): boolean {
  const name = host.toLowerCase();
  return isHostName(name) && hosts[service].some((suffix) => name.endsWith(`.${suffix}`));
}

/** Whether one may be at a port there: in Microsoft's own clouds only at its service's, whatever Azure names. */
export function admitsPort({ id }: Cloud, service: DatabaseService, port: number): boolean {
  const usual = usualPorts[service];
  return id === 'custom' || usual === undefined || port === usual;
}

/** The servers of a cluster of MongoDB's say themselves where they listen. */
const usualPorts: Readonly<Partial<Record<DatabaseService, number>>> = { postgres: 5432, accounts: 443 };

/**
 * Whether a database of this cloud may be at an address. This machine itself is one for a cloud that lives on
 * it, and for no other: a name that leads here has been tampered with.
 */
export function admitsAddress({ id, resourceManager }: Cloud, address: string): boolean {
  if (!isHere(address)) return isIP(address) !== 0;
  const { hostname } = new URL(resourceManager);
  return id === 'custom' && (hostname === 'localhost' || isHere(hostname.replace(/^\[(.+)\]$/, '$1')));
}

const here = new BlockList();
here.addSubnet('127.0.0.0', 8);
// What connects to "any address" reaches this machine too.
here.addSubnet('0.0.0.0', 8);
here.addAddress('::1', 'ipv6');
here.addAddress('::', 'ipv6');

/** This machine itself, by whatever address. */
export function isHere(address: string): boolean {
  const version = isIP(address);
  return version !== 0 && here.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

/** In lower case, of two labels at least, and no address: the last label begins with a letter. */
function isHostName(name: string): boolean {
  return name.length <= 253 && hostName.test(name);
}

const hostName = /^(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z](?:[a-z\d-]{0,61}[a-z\d])?$/;

function customCloud(value: unknown): Cloud {
  const settings = record(value);
  const audiences = record(settings['audiences']);
  const hosts = record(settings['hosts']);
  const ports = record(settings['ports']);
  const usual = builtIn.public;
  const audienceOf = (service: DatabaseService): string =>
    audiences[service] === undefined
      ? usual.audiences[service]
      : text(audiences[service], `customCloud.audiences.${service}`);
  const hostsOf = (service: DatabaseService): readonly string[] =>
    hosts[service] === undefined
      ? usual.hosts[service]
      : suffixes(hosts[service], `customCloud.hosts.${service}`);
  return {
    id: 'custom',
    authenticationProvider: text(settings['authenticationProvider'], 'customCloud.authenticationProvider'),
    resourceManager: endpoint(settings['resourceManager'], 'customCloud.resourceManager'),
    graph: endpoint(settings['graph'], 'customCloud.graph'),
    portal: endpoint(settings['portal'], 'customCloud.portal'),
    audiences: {
      resourceManager: text(audiences['resourceManager'], 'customCloud.audiences.resourceManager'),
      graph: text(audiences['graph'], 'customCloud.audiences.graph'),
      mongoClusters: audienceOf('mongoClusters'),
      postgres: audienceOf('postgres'),
      accounts: audienceOf('accounts'),
    },
    hosts: {
      mongoClusters: hostsOf('mongoClusters'),
      postgres: hostsOf('postgres'),
      accounts: hostsOf('accounts'),
    },
    ports:
      ports['postgres'] === undefined
        ? {}
        : { postgres: port(ports['postgres'], 'customCloud.ports.postgres') },
    ...(settings['nameServer'] === undefined
      ? {}
      : { nameServer: nameServer(settings['nameServer'], 'customCloud.nameServer') }),
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function text(value: unknown, setting: string): string {
  if (typeof value !== 'string' || value.trim() === '') throw bad(setting, 'missing');
  return value.trim();
}

function endpoint(value: unknown, setting: string): string {
  const address = URL.parse(text(value, setting));
  if (address?.protocol !== 'https:') throw bad(setting, 'notHttps');
  return address.origin;
}

function suffixes(value: unknown, setting: string): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) throw bad(setting, 'missing');
  return value.map((item: unknown) => {
    const suffix = text(item, setting).toLowerCase();
    if (!isHostName(suffix)) throw bad(setting, 'notHostName');
    return suffix;
  });
}

function port(value: unknown, setting: string): number {
  if (Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536) return Number(value);
  throw bad(setting, 'notPort');
}

function nameServer(value: unknown, setting: string): string {
  const server = text(value, setting);
  const [, six, four, port] = /^(?:\[(.+)\]|([\d.]+))(?::(\d{1,5}))?$/.exec(server) ?? [];
  const valid = six === undefined ? isIP(four ?? '') === 4 : isIP(six) === 6;
  if (!valid || (port !== undefined && (Number(port) === 0 || Number(port) > 65_535)))
    throw bad(setting, 'notNameServer');
  return server;
}

function bad(setting: string, problem: SettingProblem): Failure {
  return new Failure({ code: 'badSetting', setting, problem });
}

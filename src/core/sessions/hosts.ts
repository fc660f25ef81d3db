import { lookup, Resolver as NameServers } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { Failure, withoutSecrets } from '../failure.ts';
import { admitsAddress, admitsHost, isHere } from '../identity/clouds.ts';
import type { Cloud } from '../identity/clouds.ts';

/** One server of a cluster. */
export interface Member {
  readonly host: string;
  readonly port: number;
}

export interface Address {
  readonly address: string;
  readonly family: 4 | 6;
}

/** Where names lead. Rejects as `node:dns` does. */
export interface Resolver {
  /** The service records of `_mongodb._tcp.<host>`. */
  members(host: string): Promise<readonly Member[]>;
  addresses(host: string): Promise<readonly Address[]>;
}

/** Asks the cloud's own name server if it has one, this machine's if not. */
export function resolverOf({ nameServer }: Cloud): Resolver {
  const servers = new NameServers({ timeout: 2000, tries: 3 });
  if (nameServer !== undefined) servers.setServers([nameServer]);
  return {
    async members(host) {
      const records = await servers.resolveSrv(`_mongodb._tcp.${host}`);
      return records.map(({ name, port }) => ({ host: name, port }));
    },
    async addresses(host) {
      // The system's own way knows hosts files and the names of a VPN, which its name servers may not.
      if (nameServer === undefined)
        return (await lookup(host, { all: true })).map(({ address, family }) => ({
          address,
          family: family === 6 ? 6 : 4,
        }));
      const [four, six] = await Promise.allSettled([servers.resolve4(host), servers.resolve6(host)]);
      const found: Address[] = [
        ...(four.status === 'fulfilled' ? four.value : []).map((address) => ({
          address,
          family: 4 as const,
        })),
        ...(six.status === 'fulfilled' ? six.value : []).map((address) => ({ address, family: 6 as const })),
      ];
      if (found.length === 0 && four.status === 'rejected') throw four.reason;
      return found;
    },
  };
}

/** Whether somebody means this cluster, or wherever its writes go: those move when a replica is promoted. */
export type Reach = 'own' | 'global';

/** The same cluster's host of that reach: its global one has a label more, after the cluster's name. */
export function reaching(host: string, reach: Reach): string {
  const [name = '', ...domain] = host.split('.');
  const own = domain[0] === 'global' ? domain.slice(1) : domain;
  return [name, ...(reach === 'global' ? ['global'] : []), ...own].join('.');
}

/** The servers behind a cluster's host, each of them looked at before anybody speaks to it. */
export async function membersOf(cloud: Cloud, resolver: Resolver, host: string): Promise<readonly Member[]> {
  if (!admitsHost(cloud, 'mongoClusters', host)) throw refused(host);
  const found = await asked(host, resolver.members(host));
  const members = found.map(({ host, port }) => ({ host: host.toLowerCase(), port }));
  // What the driver demands of service records, which it is not given: all share the parent of their name.
  const parent = host.slice(host.indexOf('.'));
  for (const { host } of members)
    if (!admitsHost(cloud, 'mongoClusters', host) || !host.endsWith(parent)) throw refused(host);
  await Promise.all(members.map(({ host }) => addressesOf(cloud, resolver, host)));
  return members;
}

/**
 * The servers as a program of somebody else's finds them, which knows this machine's name servers only: where the
 * cloud has its own and lives on this machine, by their addresses.
 */
export async function findable(
  cloud: Cloud,
  resolver: Resolver,
  members: readonly Member[],
): Promise<readonly Member[]> {
  if (cloud.nameServer === undefined) return members;
  return Promise.all(
    members.map(async ({ host, port }) => {
      const found = await addressesOf(cloud, resolver, host);
      const here = found.find(({ address }) => isHere(address));
      return {
        host: here === undefined ? host : here.family === 6 ? `[${here.address}]` : here.address,
        port,
      };
    }),
  );
}

/**
 * The way from a name to an address for the driver's sockets. It looks at every answer again, which may be
 * another one than before, and knows no name but the members': a server may tell the driver of others.
 */
export function lookupOf(cloud: Cloud, resolver: Resolver, members: readonly Member[]): LookupFunction {
  const resolve = (host: string): Promise<readonly Address[]> =>
    members.some((member) => member.host === host)
      ? addressesOf(cloud, resolver, host)
      : Promise.reject(refused(host));
  return (host, { all, family }, callback) => {
    const wanted = ({ family: its }: Address): boolean => (family !== 4 && family !== 6) || family === its;
    resolve(host.toLowerCase()).then(
      (found) => {
        const addresses = found.filter(wanted);
        const [first] = addresses;
        if (first === undefined) callback(nowhere(host, 'ENODATA'), '');
        else if (all === true) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(Failure.from(error), ''),
    );
  };
}

/** Where a name leads, each address looked at. */
export async function addressesOf(
  cloud: Cloud,
  resolver: Resolver,
  host: string,
): Promise<readonly Address[]> {
  const addresses = await asked(host, resolver.addresses(host));
  for (const { address } of addresses)
    if (!admitsAddress(cloud, address)) throw new Failure({ code: 'hostRefused', host, address });
  return addresses;
}

async function asked<T>(host: string, answer: Promise<readonly T[]>): Promise<readonly T[]> {
  const found = await answer.catch((error: unknown) => {
    const { code, message } = error as { readonly code?: string; readonly message?: string };
    throw nowhere(host, code ?? withoutSecrets(message ?? ''), error);
  });
  if (found.length === 0) throw nowhere(host, 'ENODATA');
  return found;
}

function nowhere(host: string, detail: string, cause?: unknown): Failure {
  return new Failure({ code: 'databaseUnreachable', host, detail, cause: 'dns' }, cause);
}

export function refused(host: string): Failure {
  return new Failure({ code: 'hostRefused', host });
}

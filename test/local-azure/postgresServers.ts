import { apis } from './audiences.ts';
import type { Authority } from './authority.ts';
import { admitsCaller } from './firewalls.ts';
import type { ClusterName } from './gateway/dns.ts';
import { suffixes } from './hosts.ts';
import { findResource, type Organisation, type ServerGroup } from './organisation.ts';
import {
  startPostgresServer,
  type PostgresCluster,
  type PostgresServer,
  type PostgresServerOptions,
  type RoleOwner,
} from './postgres/server.ts';
import type { Tokens } from './tokens.ts';

export interface PostgresServersOptions {
  readonly organisation: Organisation;
  readonly tokens: Tokens;
  readonly authority: Authority;
}

/** The PostgreSQL clusters of a local Azure, and what a cloud has to know to find them and sign in. */
export interface PostgresServers {
  readonly suffix: string;
  readonly audience: string;
  /** The port of all, wherever this machine has a loopback address for each. */
  readonly port: number;
  /** By the cluster's name in lower case. */
  readonly byName: ReadonlyMap<string, PostgresServer>;
  names(): ClusterName[];
  reset(): Promise<void>;
}

/** A server for the coordinator of every cluster: those have one port, and so an address of their own each. */
export async function startPostgresServers(options: PostgresServersOptions): Promise<PostgresServers> {
  const { organisation, tokens, authority } = options;
  const ownerOf = async (token: string): Promise<RoleOwner | undefined> => {
    const verdict = await tokens.verify(token);
    if (!verdict.ok || tokens.api(verdict.claims.aud)?.appId !== apis.serverGroups.appId) return undefined;
    return { objectId: verdict.claims.oid, tenantId: verdict.claims.tid };
  };
  const byName = new Map<string, PostgresServer>();
  let port = 0;
  for (const { id, name } of clusters(organisation)) {
    const find = () => findResource(organisation, id) as ServerGroup | undefined;
    const names = ['127.0.0.1', 'localhost', hostOf(find())];
    const tls = await authority.issue(names);
    const cluster = view(organisation, find);
    const server = await startSomewhere(
      { cluster, ownerOf, tls, authority, names, port },
      `127.0.0.${1 + byName.size}`,
    );
    if (port === 0) port = server.port;
    byName.set(name.toLowerCase(), server);
  }
  return {
    suffix: suffixes.serverGroups,
    audience: apis.serverGroups.audiences[0],
    port,
    byName,
    names: () =>
      clusters(organisation).flatMap((one) => {
        const cluster = one.name.toLowerCase();
        const server = byName.get(cluster);
        return server ? [{ host: hostOf(one), cluster, address: server.host }] : [];
      }),
    async reset() {
      for (const server of byName.values()) {
        server.fail();
        await server.doorway.recover();
      }
    },
  };
}

/** Not every system has more than one loopback address from the start. */
async function startSomewhere(
  options: Omit<PostgresServerOptions, 'host'>,
  host: string,
): Promise<PostgresServer> {
  try {
    return await startPostgresServer({ ...options, host });
  } catch {
    return startPostgresServer({ ...options, host: '127.0.0.1', port: 0 });
  }
}

function clusters(organisation: Organisation): ServerGroup[] {
  return organisation.resources.filter((one) => one.type === 'Microsoft.DBforPostgreSQL/serverGroupsv2');
}

function hostOf(cluster: ServerGroup | undefined): string {
  return cluster?.properties.serverNames[0]?.fullyQualifiedDomainName ?? '';
}

/** The cluster as it is at the moment of asking. */
function view({ behaviour }: Organisation, find: () => ServerGroup | undefined): PostgresCluster {
  return {
    get running() {
      const state = find()?.properties.state;
      return state === 'Ready' || state === 'Updating';
    },
    get firewalled() {
      const cluster = find();
      if (!cluster) return false;
      const { properties, firewallRules } = cluster;
      return !admitsCaller(behaviour, properties['coordinatorEnablePublicIpAccess'] === true, firewallRules);
    },
    get version() {
      return find()?.properties.postgresqlVersion ?? '';
    },
    get databases() {
      const own = find()?.properties['databaseName'];
      return [typeof own === 'string' ? own : 'citus', 'postgres'];
    },
    get takesTokens() {
      return find()?.properties.authConfig.activeDirectoryAuth === 'enabled';
    },
    get takesPasswords() {
      return find()?.properties.authConfig.passwordAuth === 'enabled';
    },
    get roles() {
      const found = find()?.roles.flatMap(({ name, properties }) => {
        const { externalIdentity, provisioningState } = properties;
        // A role of before there was such a state is as done as one can be.
        if ((provisioningState ?? 'Succeeded') !== 'Succeeded') return [];
        return [[name, externalIdentity ?? ('native' as const)] as const];
      });
      return new Map(found);
    },
  };
}

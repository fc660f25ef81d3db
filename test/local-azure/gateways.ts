import type { Authority } from './authority.ts';
import { admitsCaller } from './firewalls.ts';
import type { GatewayCluster } from './gateway/cluster.ts';
import { startNameServer, type ClusterName, type NameServer } from './gateway/dns.ts';
import { startGateway, type Gateway } from './gateway/gateway.ts';
import { seedShop } from './gateway/sample.ts';
import { Store } from './gateway/storage/store.ts';
import { suffixes } from './hosts.ts';
import { findResource, findSubscription, type MongoCluster, type Organisation } from './organisation.ts';
import type { Tokens } from './tokens.ts';

export interface GatewaysOptions {
  readonly organisation: Organisation;
  readonly tokens: Tokens;
  readonly authority: Authority;
  /** What the name server knows beside the gateways. */
  readonly otherNames?: () => Iterable<ClusterName>;
}

export interface Gateways {
  /** By the cluster's name in lower case. */
  readonly byName: ReadonlyMap<string, Gateway>;
  /** Resolves the hosts that Resource Manager names to them. */
  readonly nameServer: NameServer;
  /** Puts everybody's data and users back to what they were at the start. */
  reset(): Promise<void>;
}

/** A MongoDB gateway before every vCore cluster; a replica shares its primary's data. */
export async function startGateways(options: GatewaysOptions): Promise<Gateways> {
  const { organisation, tokens, authority, otherNames = () => [] } = options;
  const { mongoClusters } = suffixes;
  const names = ['127.0.0.1', 'localhost', `*.${mongoClusters}`, `*.global.${mongoClusters}`];
  const tls = await authority.issue(names);
  const stores = new Map<
    string,
    { readonly store: Store; readonly name: string; readonly gateways: Gateway[] }
  >();
  const byName = new Map<string, Gateway>();
  for (const { id, name, properties } of clusters(organisation)) {
    const primary = properties.replica.sourceResourceId ?? id;
    let kept = stores.get(primary.toLowerCase());
    if (!kept) {
      kept = { store: new Store(), name, gateways: [] };
      seedShop(kept.store, name);
      stores.set(primary.toLowerCase(), kept);
    }
    const find = () => findResource(organisation, id) as MongoCluster | undefined;
    const verifyToken = async (token: string) => {
      const verdict = await tokens.verify(token);
      const tenantId = findSubscription(organisation, find()?.subscriptionId ?? '')?.tenantId;
      // A token of another tenant is no good here, whoever it is for.
      if (!verdict.ok || verdict.claims.tid !== tenantId) throw new Error('The token provided is not valid.');
    };
    const cluster = view(organisation, name, find);
    const gateway = await startGateway({ cluster, verifyToken, tls, authority, names, store: kept.store });
    kept.gateways.push(gateway);
    byName.set(name.toLowerCase(), gateway);
  }
  const nameServer = await startNameServer(() => [...clusterNames(organisation, byName), ...otherNames()]);
  return {
    byName,
    nameServer,
    async reset() {
      nameServer.recover();
      for (const { store, name, gateways } of stores.values()) {
        // To fill a store takes a while, and most were never asked for anything.
        const wasUsed = gateways.some(({ isUsed }) => isUsed);
        for (const gateway of gateways) await gateway.reset();
        if (!wasUsed) continue;
        store.clear();
        seedShop(store, name);
      }
    },
  };
}

function clusters(organisation: Organisation): MongoCluster[] {
  return organisation.resources.filter((one) => one.type === 'Microsoft.DocumentDB/mongoClusters');
}

/** Two names for each cluster: its own, and the global one that leads to where writes go. */
function clusterNames(organisation: Organisation, gateways: ReadonlyMap<string, Gateway>): ClusterName[] {
  return clusters(organisation).flatMap(({ name, properties }) => {
    const own = name.toLowerCase();
    const primary = properties.replica.sourceResourceId?.split('/').at(-1)?.toLowerCase() ?? own;
    const entry = (suffix: string, port: number | undefined) =>
      port === undefined
        ? []
        : [{ host: `${own}.${suffix}`, member: `fc-${own}-000.${suffix}`, port, cluster: own }];
    return [
      ...entry(suffixes.mongoClusters, gateways.get(own)?.port),
      ...entry(`global.${suffixes.mongoClusters}`, gateways.get(primary)?.port),
    ];
  });
}

/** The cluster as it is at the moment of asking. */
function view(
  { behaviour }: Organisation,
  name: string,
  find: () => MongoCluster | undefined,
): GatewayCluster {
  return {
    name,
    get serverVersion() {
      return find()?.properties.serverVersion ?? '';
    },
    get running() {
      const status = find()?.properties.clusterStatus;
      return status === 'Ready' || status === 'Updating';
    },
    get firewalled() {
      const cluster = find();
      if (!cluster) return false;
      const { properties, firewallRules } = cluster;
      return !admitsCaller(behaviour, properties.publicNetworkAccess !== 'Disabled', firewallRules);
    },
    get takesHalfRoles() {
      return behaviour.takesHalfRoles;
    },
    get hidesUsers() {
      return behaviour.hidesUsers;
    },
    get readOnly() {
      return find()?.properties.replica.role !== 'Primary';
    },
    get allowedModes() {
      return find()?.properties.authConfig.allowedModes ?? [];
    },
    get administrator() {
      const cluster = find();
      const userName = cluster?.properties.administrator?.userName;
      return cluster && userName !== undefined ? { userName, password: cluster.nativePassword } : undefined;
    },
    get administrators() {
      const registered = find()?.users.flatMap(({ name: id, properties }) => {
        const { identityProvider, provisioningState } = properties;
        if (!identityProvider || provisioningState !== 'Succeeded') return [];
        const isUser = identityProvider.properties.principalType.toLowerCase() === 'user';
        return [[id.toLowerCase(), { principalType: isUser ? 'user' : 'servicePrincipal' }] as const];
      });
      return new Map(registered);
    },
  };
}

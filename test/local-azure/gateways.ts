import type { Authority } from './authority.ts';
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
}

export interface Gateways {
  /** By the cluster's name in lower case. */
  readonly byName: ReadonlyMap<string, Gateway>;
  /** Resolves the hosts that Resource Manager names to them. */
  readonly nameServer: NameServer;
}

/** A MongoDB gateway before every vCore cluster; a replica shares its primary's data. */
export async function startGateways(options: GatewaysOptions): Promise<Gateways> {
  const { organisation, tokens, authority } = options;
  const { mongoClusters } = suffixes;
  const tls = await authority.issue([
    '127.0.0.1',
    'localhost',
    `*.${mongoClusters}`,
    `*.global.${mongoClusters}`,
  ]);
  const stores = new Map<string, Store>();
  const byName = new Map<string, Gateway>();
  for (const { id, name, properties } of clusters(organisation)) {
    const primary = properties.replica.sourceResourceId ?? id;
    let store = stores.get(primary.toLowerCase());
    if (!store) {
      store = new Store();
      seedShop(store, name);
      stores.set(primary.toLowerCase(), store);
    }
    const find = () => findResource(organisation, id) as MongoCluster | undefined;
    const verifyToken = async (token: string) => {
      const verdict = await tokens.verify(token);
      const tenantId = findSubscription(organisation, find()?.subscriptionId ?? '')?.tenantId;
      // A token of another tenant is no good here, whoever it is for.
      if (!verdict.ok || verdict.claims.tid !== tenantId) throw new Error('The token provided is not valid.');
    };
    byName.set(
      name.toLowerCase(),
      await startGateway({ cluster: view(name, find), verifyToken, tls, store }),
    );
  }
  return { byName, nameServer: await startNameServer(() => clusterNames(organisation, byName)) };
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
      port === undefined ? [] : [{ host: `${own}.${suffix}`, member: `fc-${own}-000.${suffix}`, port }];
    return [
      ...entry(suffixes.mongoClusters, gateways.get(own)?.port),
      ...entry(`global.${suffixes.mongoClusters}`, gateways.get(primary)?.port),
    ];
  });
}

/** The cluster as it is at the moment of asking. */
function view(name: string, find: () => MongoCluster | undefined): GatewayCluster {
  return {
    name,
    get serverVersion() {
      return find()?.properties.serverVersion ?? '';
    },
    get running() {
      const status = find()?.properties.clusterStatus;
      return status === 'Ready' || status === 'Updating';
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
        return [[id, { principalType: isUser ? 'user' : 'servicePrincipal' }] as const];
      });
      return new Map(registered);
    },
  };
}

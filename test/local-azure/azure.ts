import type { Accounts } from './accounts.ts';
import { createArm } from './arm.ts';
import { armErrorReply } from './armError.ts';
import { createAuthority } from './authority.ts';
import { createControl } from './control.ts';
import type { Doorway } from './doorway.ts';
import { createEcho } from './echo.ts';
import { createEntra } from './entra.ts';
import { EntraError } from './entraError.ts';
import { createFaults, type Faults } from './faults.ts';
import type { Gateways } from './gateways.ts';
import { generatedOrganisation } from './generatedOrganisation.ts';
import { createGraph } from './graph.ts';
import { graphError } from './graphQuery.ts';
import { createIdentityEndpoint } from './identityEndpoint.ts';
import { findAccount, findTenant, findWorkload, type Organisation } from './organisation.ts';
import { createPortal } from './portal.ts';
import type { PostgresServers } from './postgresServers.ts';
import { sampleOrganisation } from './sampleOrganisation.ts';
import { editorAppId } from './samplePeople.ts';
import {
  startService,
  type CentralService,
  type Handler,
  type RequestRecord,
  type Service,
} from './service.ts';
import { createTokens } from './tokens.ts';

export interface LocalAzureOptions {
  /** A generated organisation of this size, instead of the sample one. */
  readonly subscriptions?: number;
  readonly clusters?: number;
  readonly tenants?: number;
  readonly latencyMs?: number;
  readonly ports?: Partial<Record<CentralService, number>>;
  /** How many times a long operation is in progress before it ends. */
  readonly operationPolls?: number;
  /** Start what the sample organisation's clusters are reached by: gateways, servers, and a name server to find them. */
  readonly gateways?: boolean;
}

export interface LocalAzure {
  /** `https://127.0.0.1:port`, one for each service. */
  readonly endpoints: Readonly<Record<CentralService, string>>;
  /** The certificate of the authority behind every endpoint, as PEM. */
  readonly certificateAuthority: string;
  /** Live: what a test changes here is what the services answer next. */
  readonly organisation: Organisation;
  readonly faults: Faults;
  readonly requests: readonly RequestRecord[];
  /** The clusters' MongoDB gateways, by cluster name in lower case. */
  readonly gateways: Gateways['byName'];
  /** The PostgreSQL clusters' servers, as gateways. */
  readonly postgres: PostgresServers | undefined;
  /** The data planes of the NoSQL accounts, as gateways. */
  readonly accounts: Accounts | undefined;
  /** What goes wrong before a cluster, an account or a service is spoken to, by its name in lower case. */
  readonly doorways: ReadonlyMap<string, Doorway>;
  /** Resolves the hosts of clusters to their gateways. */
  readonly nameServer: Gateways['nameServer'] | undefined;
  /** A token as Entra would sign it, faults included: for a person, by sign-in name or object id, or for a workload, by its id. */
  issueToken(who: string, order: TokenOrder): Promise<string>;
  close(): Promise<void>;
}

export interface TokenOrder {
  /** Id or domain. */
  readonly tenant: string;
  /** The audience, as it is to stand in the token. */
  readonly resource: string;
  readonly lifetimeSeconds?: number;
  readonly secondFactor?: boolean;
  /** Whether nobody is in front of the screen: for faults that are about that. */
  readonly silent?: boolean;
  readonly appId?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
}

/** So many requests are remembered at least. */
const remembered = 10_000;

/** Starts an Azure for this machine. */
export async function startLocalAzure(options: LocalAzureOptions = {}): Promise<LocalAzure> {
  const { subscriptions, clusters, tenants } = options;
  const isSample = subscriptions === undefined && clusters === undefined && tenants === undefined;
  const build = () => {
    const built = isSample
      ? sampleOrganisation()
      : generatedOrganisation({ subscriptions, clusters, tenants });
    if (options.operationPolls !== undefined) built.behaviour.operationPolls = options.operationPolls;
    return built;
  };
  const organisation = build();
  const authority = await createAuthority();
  const names = ['127.0.0.1', 'localhost'];
  const tls = await authority.issue(names);
  const faults = createFaults();
  const requests: RequestRecord[] = [];
  const record = (entry: RequestRecord) => {
    // A demonstration may run for days.
    if (requests.push(entry) > 2 * remembered) requests.splice(0, remembered);
  };
  const services = new Map<CentralService, Service>();
  const origin = (name: CentralService) => services.get(name)?.origin ?? '';
  const resourceManager = () => origin('resourceManager');
  const entraOrigin = () => origin('entra');

  const tokens = await createTokens(organisation, () => ({
    entra: entraOrigin(),
    resourceManager: resourceManager(),
    graph: origin('graph'),
  }));
  const arm = createArm({ organisation, tokens, faults, origin: resourceManager, entraOrigin });
  let gateways: Gateways | undefined;
  let postgres: PostgresServers | undefined;
  let accounts: Accounts | undefined;
  const doorways = () =>
    new Map(
      [
        ...(gateways?.byName ?? []),
        ...(postgres?.byName ?? []),
        ...(accounts?.byName ?? []),
        ...services,
      ].map(([name, { doorway }]) => [name.toLowerCase(), doorway] as const),
    );
  const control = createControl({
    organisation,
    faults,
    gateways: () => gateways?.byName ?? new Map(),
    nameServer: () => gateways?.nameServer,
    postgres: () => postgres?.byName ?? new Map(),
    doorways,
    async reset() {
      const again = build();
      accounts?.place(again);
      replace(organisation, again);
      faults.clear();
      arm.reset();
      await gateways?.reset();
      await postgres?.reset();
      await accounts?.reset();
      for (const { doorway } of services.values()) await doorway.recover();
      requests.length = 0;
    },
  });
  const identity = createIdentityEndpoint(organisation, tokens);
  const handlers: Record<CentralService, Handler> = {
    resourceManager: (call) => {
      if (call.path.startsWith('/local-azure/')) return control(call);
      return call.path === '/metadata/identity/oauth2/token' ? identity(call) : arm.handle(call);
    },
    entra: createEntra({ organisation, tokens, faults, origin: entraOrigin }),
    graph: createGraph({ organisation, tokens, faults, origin: () => origin('graph') }),
    portal: createPortal(),
    echo: createEcho(organisation),
  };

  const close = async () => {
    const started = [
      ...services.values(),
      ...(gateways ? [...gateways.byName.values(), gateways.nameServer] : []),
      ...(postgres?.byName.values() ?? []),
      ...(accounts?.byName.values() ?? []),
    ];
    await Promise.all(started.map((one) => one.close()));
  };
  try {
    if (options.gateways && isSample) {
      const { startGateways } = await import('./gateways.ts');
      const { startPostgresServers } = await import('./postgresServers.ts');
      postgres = await startPostgresServers({ organisation, tokens, authority });
      const { startAccounts } = await import('./accounts.ts');
      const latencyMs = options.latencyMs ?? 0;
      accounts = await startAccounts({ organisation, tokens, authority, faults, latencyMs, record });
      accounts.place(organisation);
      const otherNames = () => [...(postgres?.names() ?? []), ...(accounts?.names() ?? [])];
      gateways = await startGateways({ organisation, tokens, authority, otherNames });
    }
    for (const name of Object.keys(handlers) as CentralService[]) {
      const service = await startService({
        name,
        handle: handlers[name],
        refuse: name === 'graph' ? (...error) => graphError(...error).reply : armErrorReply,
        tls,
        authority,
        names,
        port: options.ports?.[name],
        latencyMs: options.latencyMs ?? 0,
        faults,
        record,
      });
      services.set(name, service);
    }
  } catch (error) {
    await close();
    throw error;
  }

  return {
    endpoints: {
      resourceManager: resourceManager(),
      entra: entraOrigin(),
      graph: origin('graph'),
      portal: origin('portal'),
      echo: origin('echo'),
    },
    certificateAuthority: authority.certificate,
    organisation,
    faults,
    requests,
    gateways: gateways?.byName ?? new Map(),
    postgres,
    accounts,
    doorways: doorways(),
    nameServer: gateways?.nameServer,
    async issueToken(who, order) {
      const tenant = findTenant(organisation, order.tenant);
      const principal =
        tenant && (findAccount(organisation, who, tenant.id) ?? findWorkload(organisation, who, tenant.id));
      if (!tenant || !principal) throw new Error(`${who} has no account in ${order.tenant}`);
      const appId = principal.type === 'servicePrincipal' ? principal.appId : (order.appId ?? editorAppId);
      const { resource, silent = false } = order;
      const call = { service: 'entra', method: 'POST', path: `/${tenant.id}/oauth2/v2.0/token` } as const;
      const question = { tenantId: tenant.id, resource, isSilent: silent };
      const refusal = faults.take(call, ['aadsts'], question);
      if (refusal) throw new EntraError(refusal.code);
      const fault = faults.take(call, ['token'], question);
      const isGraph = tokens.api(resource)?.name === 'Microsoft Graph';
      return tokens.issue({
        principal,
        tenant,
        resource,
        appId,
        amr: order.secondFactor ? ['pwd', 'mfa'] : ['pwd'],
        ...(isGraph && { scopes: tenant.graphScopes[appId] ?? tenant.graphScopes['*'] ?? [] }),
        lifetimeSeconds: fault?.lifetimeSeconds ?? order.lifetimeSeconds,
        claims: { ...order.claims, ...tokens.wrongClaims(fault) },
      });
    },
    close,
  };
}

/** Puts the contents of one organisation into another, which others hold on to. */
function replace(target: Organisation, source: Organisation): void {
  target.tenants.splice(0, target.tenants.length, ...source.tenants);
  target.directory.splice(0, target.directory.length, ...source.directory);
  target.applications.splice(0, target.applications.length, ...source.applications);
  target.subscriptions.splice(0, target.subscriptions.length, ...source.subscriptions);
  target.resources.splice(0, target.resources.length, ...source.resources);
  target.roleAssignments.splice(0, target.roleAssignments.length, ...source.roleAssignments);
  Object.assign(target.behaviour, source.behaviour);
}

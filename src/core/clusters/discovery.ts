import type { Door } from '../azure/door.ts';
import { queryPages } from '../azure/resourceGraph.ts';
import {
  listAll,
  listSubscriptions,
  listTenants,
  readResource,
  resourceOf,
  withVersion,
} from '../azure/resourceManager.ts';
import type { Subscription } from '../azure/resourceManager.ts';
import { Failure } from '../failure.ts';
import type { Account, Caller, TokenBroker } from '../identity/tokens.ts';
import type { Cluster } from './cluster.ts';
import { sameText } from './fields.ts';
import { kinds } from './kinds.ts';
import { limited } from './limit.ts';
import { clusterOf, clusterOfRow, clusterQuery } from './query.ts';

/** What is kept over restarts; nothing secret. */
export interface Store {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
}

/** What one account sees in one tenant. What was listed once stays until something newer replaces it. */
export interface TenantListing {
  readonly caller: Caller;
  readonly name: string;
  readonly state: 'listing' | 'listed' | 'failed';
  readonly subscriptions: readonly Subscription[];
  readonly clusters: readonly Cluster[];
  /** What could not be listed, and so may be missing from `clusters`. */
  readonly failures: readonly ListingFailure[];
}

export interface ListingFailure {
  readonly what: 'clusters' | 'moreClusters' | 'subscriptions' | 'subscription';
  /** The subscription that failed, by its name. */
  readonly subscription?: string;
  readonly failure: Failure;
}

export interface AccountListing {
  readonly account: Account;
  readonly state: 'listing' | 'listed' | 'failed';
  readonly tenants: readonly TenantListing[];
  readonly failure: Failure | undefined;
}

/** What changed: one cluster, one tenant of one account, or anything at all. */
export type Change =
  | { readonly what: 'all' }
  | { readonly what: 'tenant'; readonly caller: Caller }
  | { readonly what: 'cluster'; readonly key: string };

/** Requests that one tenant may have under way for details, or for lists by subscription. */
const atOnce = 8;

/**
 * Every cluster of every tenant of every account. One Resource Graph query lists a tenant; ARM lists by
 * subscription stand in when that is refused; what a row leaves unknown is asked when somebody looks at it.
 */
export class Discovery {
  readonly #door: Door;
  readonly #tokens: TokenBroker;
  readonly #store: Store;
  readonly #changed: (change: Change) => void;
  readonly #limit = limited(atOnce);
  readonly #asked = new Map<string, Promise<void>>();
  #accounts: readonly AccountListing[] = [];
  #byKey: ReadonlyMap<string, Cluster> | undefined;
  #running: AbortController | undefined;
  #known: Promise<void> | undefined;

  constructor(door: Door, tokens: TokenBroker, store: Store, changed: (change: Change) => void) {
    this.#door = door;
    this.#tokens = tokens;
    this.#store = store;
    this.#changed = changed;
  }

  get accounts(): readonly AccountListing[] {
    return this.#accounts;
  }

  get tenants(): readonly TenantListing[] {
    return this.#accounts.flatMap((account) => account.tenants);
  }

  cluster(key: string): Cluster | undefined {
    this.#byKey ??= new Map(
      this.tenants.flatMap(({ clusters }) => clusters.map((cluster) => [cluster.key, cluster])),
    );
    return this.#byKey.get(key);
  }

  /** Starts listing, once, and returns when the accounts are known; tenants and clusters follow as changes. */
  load(): Promise<void> {
    // Each failure of a listing is a row of its own; only that of the accounts concerns who waits here.
    if (this.#known === undefined) this.refresh().catch(() => undefined);
    return this.#known ?? Promise.resolve();
  }

  /** Lists everything anew. What is shown stays until its successor has come. */
  async refresh(): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.#asked.clear();
    const accounts = this.#tokens.accounts();
    this.#known = accounts.then((found) => {
      if (!running.signal.aborted) this.#expect(found);
    });
    await this.#known.catch((error: unknown) => {
      // Who was listed before and cannot be asked again does not go on being "listed" for ever.
      if (!running.signal.aborted) this.#settle(Failure.from(error));
      throw error;
    });
    const found = await accounts;
    await Promise.all(found.map((account) => this.#listTenants(account, running.signal)));
  }

  /** The editor's accounts may have changed: new ones are listed, and tenants that failed for want of one are tried. */
  async accountsChanged(): Promise<void> {
    const ids = (accounts: readonly Account[]): string =>
      JSON.stringify(accounts.map(({ id }) => id).toSorted());
    const now = await this.#tokens.accounts();
    if (ids(now) !== ids(this.#accounts.map(({ account }) => account))) return this.refresh();
    const homeless = this.#accounts.filter(({ state }) => state === 'failed');
    const failed = this.tenants.filter(
      ({ state, caller }) =>
        state === 'failed' && homeless.every(({ account }) => account.id !== caller.account.id),
    );
    await Promise.all([
      ...homeless.map(({ account }) => this.#listTenants(account, this.#signal())),
      ...failed.map(({ caller }) => this.refreshTenant(caller)),
    ]);
  }

  /** Lists one tenant anew, for one account. */
  refreshTenant(caller: Caller): Promise<void> {
    return this.#listTenant(caller, this.#signal());
  }

  /** Asks ARM about one cluster, now. */
  async refreshCluster(key: string): Promise<void> {
    const cluster = this.cluster(key);
    if (cluster !== undefined) await this.#read(cluster);
  }

  /** Asks ARM about a cluster whose row left something unknown; once, with the others in a bounded queue. */
  detail(cluster: Cluster): Promise<void> {
    if (cluster.read !== 'no') return Promise.resolve();
    const asked = this.#asked.get(cluster.key);
    if (asked !== undefined) return asked;
    const signal = this.#signal();
    const asking = this.#limit(() => this.#read(cluster, signal));
    this.#asked.set(cluster.key, asking);
    return asking;
  }

  /** Stops listing. What has come is kept, and marked as not all. */
  cancel(): void {
    this.#running?.abort();
    this.#settle(new Failure({ code: 'cancelled' }));
  }

  /** Nothing is being listed any more: what was, ended with this failure. */
  #settle(failure: Failure): void {
    for (const { account, state } of this.#accounts) {
      if (state === 'listing') this.#updateAccount(account, { state: 'failed', failure });
    }
    for (const { caller, state, clusters } of this.tenants) {
      if (state !== 'listing') continue;
      const what = clusters.length === 0 ? 'clusters' : 'moreClusters';
      this.#updateTenant(caller, {
        state: clusters.length === 0 ? 'failed' : 'listed',
        failures: [{ what, failure }],
      });
    }
  }

  /** The subscriptions an account wants to see; undefined is all of them, those to come included. */
  chosenSubscriptions(account: Account): readonly string[] | undefined {
    const stored = this.#store.get(choiceKey(account));
    return Array.isArray(stored) ? stored.filter((id): id is string => typeof id === 'string') : undefined;
  }

  chooseSubscriptions(account: Account, ids: readonly string[] | undefined): void {
    this.#store.set(choiceKey(account), ids);
    this.#changed({ what: 'all' });
  }

  /** The clusters that the person wants to see of a tenant. */
  shown(tenant: TenantListing): readonly Cluster[] {
    const chosen = this.chosenSubscriptions(tenant.caller.account);
    if (chosen === undefined) return tenant.clusters;
    const ids = new Set(chosen.map((id) => id.toLowerCase()));
    return tenant.clusters.filter((cluster) => ids.has(cluster.subscription.toLowerCase()));
  }

  /** What comes after a person stopped everything is not stopped with it. */
  #signal(): AbortSignal {
    if (this.#running === undefined || this.#running.signal.aborted) this.#running = new AbortController();
    return this.#running.signal;
  }

  #expect(accounts: readonly Account[]): void {
    this.#accounts = accounts.map((account) => ({
      ...(this.#accounts.find((known) => known.account.id === account.id) ?? {
        tenants: [],
        failure: undefined,
      }),
      account,
      state: 'listing',
    }));
    this.#byKey = undefined;
    this.#changed({ what: 'all' });
  }

  async #listTenants(account: Account, signal: AbortSignal): Promise<void> {
    try {
      const home: Caller = { account, tenant: 'organizations' };
      const infos = await listTenants(this.#door, home, signal);
      const before = this.#accounts.find((known) => known.account.id === account.id)?.tenants ?? [];
      const tenants = infos.map(({ id, name }): TenantListing => {
        const known = before.find(({ caller }) => caller.tenant === id);
        const empty = { subscriptions: [], clusters: [], failures: [] };
        return { ...empty, ...known, caller: { account, tenant: id }, name, state: 'listing' };
      });
      if (signal.aborted) return;
      this.#updateAccount(account, { state: 'listed', tenants, failure: undefined });
      await Promise.all(tenants.map(({ caller }) => this.#listTenant(caller, signal)));
    } catch (error) {
      if (!signal.aborted) this.#updateAccount(account, { state: 'failed', failure: Failure.from(error) });
    }
  }

  async #listTenant(caller: Caller, signal: AbortSignal): Promise<void> {
    const before = this.#tenant(caller);
    if (before === undefined) return;
    this.#updateTenant(caller, { state: 'listing' });
    for (const { key } of before.clusters) this.#asked.delete(key);

    const failures: ListingFailure[] = [];
    const found = new Map<string, Cluster>();
    const put = (clusters: readonly Cluster[]): void => {
      for (const cluster of clusters) found.set(cluster.key, cluster);
      // What comes first in a first listing is shown at once; nobody waits for the last.
      if (before.clusters.length === 0 && clusters.length > 0 && !signal.aborted)
        this.#updateTenant(caller, { clusters: this.#withKnown(before, found) });
    };
    const subscribing = listSubscriptions(this.#door, caller, signal).then(
      (subscriptions) => {
        if (!signal.aborted) this.#updateTenant(caller, { subscriptions });
        return subscriptions;
      },
      (error: unknown) => {
        failures.push({ what: 'subscriptions', failure: Failure.from(error) });
        return this.#tenant(caller)?.subscriptions ?? [];
      },
    );

    try {
      for await (const page of queryPages(this.#door, caller, clusterQuery, signal)) {
        put(page.rows.flatMap((row) => clusterOfRow(row, caller) ?? []));
      }
    } catch (error) {
      const failure = Failure.from(error);
      if (graphRefuses(failure) && found.size === 0) {
        const subscriptions = await subscribing;
        const none = failures.find(({ what }) => what === 'subscriptions');
        if (none !== undefined && subscriptions.length === 0)
          failures.push({ what: 'clusters', failure: none.failure });
        await this.#listBySubscription(caller, subscriptions, put, failures, signal);
      } else {
        failures.push({ what: found.size === 0 ? 'clusters' : 'moreClusters', failure });
      }
    }
    await subscribing;
    if (signal.aborted) return;

    // A list that broke off says nothing about what it did not reach: that stays as it was.
    const whole = failures.every(({ what }) => what === 'subscriptions');
    if (!whole) {
      for (const cluster of before.clusters) if (!found.has(cluster.key)) found.set(cluster.key, cluster);
    }
    const clusters = this.#withKnown(before, found);
    this.#updateTenant(caller, {
      clusters,
      failures: failures.some(({ what }) => what === 'clusters')
        ? failures.filter(({ what }) => what === 'clusters')
        : failures,
      state: found.size === 0 && !whole ? 'failed' : 'listed',
    });
    const stale = clusters.filter(({ key, read }) => read === 'no' && isOpen(found.get(key)));
    for (const cluster of stale.filter((known) => !isOpen(known)))
      this.detail(cluster).catch(() => undefined);
  }

  /**
   * Rows, with what ARM has said of the same clusters: what it said while they were listed stands; what it said
   * before stands until it is asked anew. Nothing known turns unknown by a refresh.
   */
  #withKnown(before: TenantListing, found: ReadonlyMap<string, Cluster>): readonly Cluster[] {
    const then = new Map(before.clusters.map((cluster) => [cluster.key, cluster]));
    const rows = [...found.values()].map((row) => {
      const now = row.read === 'no' ? this.cluster(row.key) : undefined;
      if (now === undefined) return row;
      return now.read !== 'no' && now !== then.get(row.key) ? now : rowWithModes(row, now);
    });
    return sorted(rows);
  }

  async #listBySubscription(
    caller: Caller,
    subscriptions: readonly Subscription[],
    put: (clusters: readonly Cluster[]) => void,
    failures: ListingFailure[],
    signal: AbortSignal,
  ): Promise<void> {
    const chosen = this.chosenSubscriptions(caller.account);
    const limit = limited(atOnce);
    const asked = subscriptions.filter(
      ({ id }) => chosen === undefined || chosen.some((one) => sameText(one, id)),
    );
    await Promise.all(
      asked.map(async ({ id, name }) => {
        const problems: Failure[] = [];
        await Promise.all(
          Object.values(kinds).map((kind) =>
            limit(async () => {
              const path = `/subscriptions/${id}/providers/${kind.armType}`;
              try {
                const items = await withVersion(kind.apiVersions, (version) =>
                  listAll(this.#door, caller, path, version, signal),
                );
                put(items.flatMap((item) => clusterOf(resourceOf(item), caller, true) ?? []));
              } catch (error) {
                const failure = Failure.from(error);
                if (!kindIsUnknownThere(failure)) problems.push(failure);
              }
            }),
          ),
        );
        const [failure] = problems;
        if (failure !== undefined) failures.push({ what: 'subscription', subscription: name, failure });
      }),
    );
  }

  async #read(cluster: Cluster, signal?: AbortSignal): Promise<void> {
    try {
      const { apiVersions } = kinds[cluster.kind];
      const resource = await readResource(this.#door, cluster.caller, cluster.id, apiVersions, signal);
      const read = clusterOf(resource, cluster.caller, true);
      if (read !== undefined) this.#replace({ ...read, id: cluster.id, key: cluster.key });
    } catch (error) {
      const failure = Failure.from(error);
      this.#asked.delete(cluster.key);
      if (failure.code === 'notFound') this.#replace({ ...cluster, read: 'gone' });
      throw failure;
    }
  }

  #replace(cluster: Cluster): void {
    const tenant = this.#tenant(cluster.caller);
    if (tenant === undefined) return;
    this.#updateTenant(
      cluster.caller,
      { clusters: tenant.clusters.map((known) => (known.key === cluster.key ? cluster : known)) },
      { what: 'cluster', key: cluster.key },
    );
  }

  #tenant(caller: Caller): TenantListing | undefined {
    return this.tenants.find((tenant) => sameCaller(tenant.caller, caller));
  }

  #updateTenant(caller: Caller, update: Partial<TenantListing>, change?: Change): void {
    this.#accounts = this.#accounts.map((account) =>
      account.account.id === caller.account.id
        ? {
            ...account,
            tenants: account.tenants.map((tenant) =>
              sameCaller(tenant.caller, caller) ? { ...tenant, ...update } : tenant,
            ),
          }
        : account,
    );
    this.#byKey = undefined;
    this.#changed(change ?? { what: 'tenant', caller });
  }

  #updateAccount(account: Account, update: Partial<AccountListing>): void {
    this.#accounts = this.#accounts.map((known) =>
      known.account.id === account.id ? { ...known, ...update } : known,
    );
    this.#byKey = undefined;
    this.#changed({ what: 'all' });
  }
}

/** Not a matter of sign-in or network: Resource Graph itself will not serve this caller or this cloud. */
function graphRefuses({ data }: Failure): boolean {
  return (
    data.code === 'forbidden' ||
    data.code === 'notFound' ||
    (data.code === 'service' && data.status !== 401) ||
    data.code === 'malformed'
  );
}

/** A subscription or a cloud that never heard of a kind has no cluster of it. */
function kindIsUnknownThere({ data }: Failure): boolean {
  const unheardOf =
    /^(InvalidResourceType|InvalidResourceNamespace|MissingSubscriptionRegistration|NoRegisteredProviderFound)$/i;
  return 'serviceCode' in data && unheardOf.test(data.serviceCode);
}

/** It is not known of every way in whether it is open. */
function isOpen(cluster: Cluster | undefined): boolean {
  return cluster?.modes.entra === 'unknown' || cluster?.modes.native === 'unknown';
}

/** What a row leaves open of the ways in, as it was known before. */
function rowWithModes(row: Cluster, known: Cluster): Cluster {
  const { entra, native } = row.modes;
  const modes = {
    entra: entra === 'unknown' ? known.modes.entra : entra,
    native: native === 'unknown' ? known.modes.native : native,
    other: isOpen(row) && row.modes.other.length === 0 ? known.modes.other : row.modes.other,
  };
  const properties = { ...known.resource.properties, ...row.resource.properties };
  return { ...row, modes, resource: { ...row.resource, properties } };
}

function sorted(clusters: Iterable<Cluster>): readonly Cluster[] {
  return [...clusters].sort((a, b) => a.name.localeCompare(b.name) || a.key.localeCompare(b.key));
}

function sameCaller(a: Caller, b: Caller): boolean {
  return a.account.id === b.account.id && a.tenant === b.tenant;
}

function choiceKey(account: Account): string {
  return `subscriptions:${account.id}`;
}

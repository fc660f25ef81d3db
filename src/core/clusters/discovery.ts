import type { Door } from '../azure/door.ts';
import type { Subscription } from '../azure/resourceManager.ts';
import { listSubscriptions, listTenants, readResource } from '../azure/resourceManager.ts';
import { Failure } from '../failure.ts';
import type { Account, Caller, TokenBroker } from '../identity/tokens.ts';
import type { Cluster } from './cluster.ts';
import { sameText } from './fields.ts';
import { kinds } from './kinds.ts';
import { atOnce, limited } from './limit.ts';
import { hasUnknownModes, listClusters, rowWithModes } from './listing.ts';
import type { AccountListing, TenantListing } from './listing.ts';
import { clusterOfResource } from './query.ts';

/** What is kept over restarts; nothing secret. */
export interface Store {
  get(key: string): unknown;
  set(key: string, value: unknown): void;
}

/** What changed: one cluster, one tenant of one account, or anything at all. */
export type News =
  | { readonly what: 'all' }
  | { readonly what: 'tenant'; readonly caller: Caller }
  | { readonly what: 'cluster'; readonly key: string };

/**
 * Every cluster of every tenant of every account. One Resource Graph query lists a tenant; ARM lists by
 * subscription stand in when that is refused; what a row leaves unknown is asked when somebody looks at it.
 */
export class Discovery {
  readonly #door: Door;
  readonly #tokens: TokenBroker;
  readonly #store: Store;
  readonly #changed: (change: News) => void;
  readonly #limit = limited(atOnce);
  readonly #asked = new Map<string, Promise<void>>();
  #accounts: readonly AccountListing[] = [];
  #byKey: ReadonlyMap<string, Cluster> | undefined;
  #running: AbortController | undefined;
  #known: Promise<void> | undefined;
  #whole: Promise<unknown> | undefined;

  constructor(door: Door, tokens: TokenBroker, store: Store, changed: (change: News) => void) {
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

  get isListing(): boolean {
    return [...this.#accounts, ...this.tenants].some(({ state }) => state === 'listing');
  }

  /** Settles when nothing more is to come of the listing under way, however it ended. */
  async listed(): Promise<void> {
    await this.load();
    await this.#whole?.then(undefined, () => undefined);
  }

  /** Lists everything anew. What is shown stays until its successor has come. */
  refresh(): Promise<void> {
    const whole = this.#listEverything();
    this.#whole = whole;
    return whole;
  }

  async #listEverything(): Promise<void> {
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

  /** What was listed for others is shown no longer; what is still to come of it is not either. */
  keepOnly(accounts: readonly Account[]): void {
    const kept = this.#accounts.filter(({ account }) => accounts.some(({ id }) => id === account.id));
    if (kept.length === this.#accounts.length) return;
    this.#accounts = kept;
    this.#byKey = undefined;
    this.#changed({ what: 'all' });
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

  /** The subscriptions of a tenant that the person chose not to see. */
  hiddenSubscriptions(tenant: TenantListing): readonly Subscription[] {
    const chosen = this.chosenSubscriptions(tenant.caller.account);
    if (chosen === undefined) return [];
    return tenant.subscriptions.filter(({ id }) => !chosen.some((one) => sameText(one, id)));
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

    const found = new Map<string, Cluster>();
    const put = (clusters: readonly Cluster[]): void => {
      for (const cluster of clusters) found.set(cluster.key, cluster);
      // What comes first in a first listing is shown at once; nobody waits for the last.
      if (before.clusters.length === 0 && clusters.length > 0 && !signal.aborted)
        this.#updateTenant(caller, { clusters: this.#withKnown(before, found) });
    };
    const subscriptions = listSubscriptions(this.#door, caller, signal).then((listed) => {
      if (!signal.aborted) this.#updateTenant(caller, { subscriptions: listed });
      return listed;
    });
    const chosen = this.chosenSubscriptions(caller.account);
    const failures = await listClusters(this.#door, { caller, subscriptions, chosen, put, signal });
    if (signal.aborted) return;

    // A list that broke off says nothing about what it did not reach: that stays as it was.
    const whole = failures.every(({ what }) => what === 'subscriptions');
    if (!whole) {
      for (const cluster of before.clusters) if (!found.has(cluster.key)) found.set(cluster.key, cluster);
    }
    const clusters = this.#withKnown(before, found);
    this.#updateTenant(caller, {
      clusters,
      failures,
      state: found.size === 0 && !whole ? 'failed' : 'listed',
    });
    const stale = clusters.filter(({ key, read }) => read === 'no' && hasUnknownModes(found.get(key)));
    for (const cluster of stale.filter((known) => !hasUnknownModes(known)))
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

  async #read(cluster: Cluster, signal?: AbortSignal): Promise<void> {
    try {
      const { apiVersions } = kinds[cluster.kind];
      const resource = await readResource(this.#door, cluster.caller, cluster.id, apiVersions, signal);
      const read = clusterOfResource(resource, cluster.caller, true);
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

  #updateTenant(caller: Caller, update: Partial<TenantListing>, change?: News): void {
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

function sorted(clusters: Iterable<Cluster>): readonly Cluster[] {
  return [...clusters].sort((a, b) => a.name.localeCompare(b.name) || a.key.localeCompare(b.key));
}

function sameCaller(a: Caller, b: Caller): boolean {
  return a.account.id === b.account.id && a.tenant === b.tenant;
}

function choiceKey(account: Account): string {
  return `subscriptions:${account.id}`;
}

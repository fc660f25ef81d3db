import type { Door } from '../azure/door.ts';
import { queryPages } from '../azure/resourceGraph.ts';
import { listAll, resourceOf, withVersion } from '../azure/resourceManager.ts';
import type { Subscription } from '../azure/resourceManager.ts';
import { Failure } from '../failure.ts';
import type { Account, Caller } from '../identity/tokens.ts';
import type { Cluster } from './cluster.ts';
import { sameText } from './fields.ts';
import { kinds } from './kinds.ts';
import { atOnce, limited } from './limit.ts';
import { clusterOfResource, clusterOfRow, clusterQuery } from './query.ts';

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
  /** The subscription that failed. */
  readonly subscription?: Subscription;
  readonly failure: Failure;
}

export interface AccountListing {
  readonly account: Account;
  readonly state: 'listing' | 'listed' | 'failed';
  readonly tenants: readonly TenantListing[];
  readonly failure: Failure | undefined;
}

interface Order {
  readonly caller: Caller;
  readonly subscriptions: Promise<readonly Subscription[]>;
  /** Where Resource Graph refuses, only these are asked one by one; undefined is all. */
  readonly chosen: readonly string[] | undefined;
  /** Takes the clusters as they come. */
  readonly put: (clusters: readonly Cluster[]) => void;
  readonly signal: AbortSignal;
}

/** Every cluster of a tenant, and what could not be listed of them. Never fails: what came before has been put. */
export async function listClusters(door: Door, order: Order): Promise<readonly ListingFailure[]> {
  const { caller, put, signal } = order;
  const failures: ListingFailure[] = [];
  let found = false;
  const subscriptions = order.subscriptions.catch((error: unknown) => {
    failures.push({ what: 'subscriptions', failure: Failure.from(error) });
    return undefined;
  });
  try {
    for await (const page of queryPages(door, caller, clusterQuery, signal)) {
      put(page.rows.flatMap((row) => clusterOfRow(row, caller) ?? []));
      found ||= page.rows.length > 0;
    }
  } catch (error) {
    const failure = Failure.from(error);
    if (found) failures.push({ what: 'moreClusters', failure });
    else if (!graphRefuses(failure)) failures.push({ what: 'clusters', failure });
    else failures.push(...(await listBySubscription(door, order, await subscriptions)));
  }
  await subscriptions;
  // Without any list there is no cluster either; to say both would be to say one thing twice.
  const nothing = failures.filter(({ what }) => what === 'clusters');
  return nothing.length > 0 ? nothing.slice(0, 1) : failures;
}

async function listBySubscription(
  door: Door,
  { caller, chosen, put, signal, subscriptions: asking }: Order,
  subscriptions: readonly Subscription[] | undefined,
): Promise<readonly ListingFailure[]> {
  if (subscriptions === undefined) {
    return asking.then(
      () => [],
      (error: unknown) => [{ what: 'clusters' as const, failure: Failure.from(error) }],
    );
  }
  const limit = limited(atOnce);
  const asked = subscriptions.filter(
    ({ id }) => chosen === undefined || chosen.some((one) => sameText(one, id)),
  );
  const failures = await Promise.all(
    asked.map(async (subscription) => {
      const problems: Failure[] = [];
      await Promise.all(
        Object.values(kinds).map((kind) =>
          limit(async () => {
            const path = `/subscriptions/${subscription.id}/providers/${kind.armType}`;
            try {
              const items = await withVersion(kind.apiVersions, (version) =>
                listAll(door, caller, path, version, signal),
              );
              put(items.flatMap((item) => clusterOfResource(resourceOf(item), caller, true) ?? []));
            } catch (error) {
              const failure = Failure.from(error);
              if (!kindIsUnknownThere(failure)) problems.push(failure);
            }
          }),
        ),
      );
      return problems
        .slice(0, 1)
        .map((failure) => ({ what: 'subscription' as const, subscription, failure }));
    }),
  );
  return failures.flat();
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

/** Azure has not said of every way in whether it is on. */
export function hasUnknownModes(cluster: Cluster | undefined): boolean {
  return cluster?.modes.entra === 'unknown' || cluster?.modes.native === 'unknown';
}

/** What a row leaves open of the ways in, as it was known before. */
export function rowWithModes(row: Cluster, known: Cluster): Cluster {
  const { entra, native } = row.modes;
  const modes = {
    entra: entra === 'unknown' ? known.modes.entra : entra,
    native: native === 'unknown' ? known.modes.native : native,
    other: hasUnknownModes(row) && row.modes.other.length === 0 ? known.modes.other : row.modes.other,
  };
  const properties = { ...known.resource.properties, ...row.resource.properties };
  return { ...row, modes, resource: { ...row.resource, properties } };
}

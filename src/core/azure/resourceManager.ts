import { Failure } from '../failure.ts';
import type { Caller } from '../identity/tokens.ts';
import type { Door } from './door.ts';

export interface TenantInfo {
  readonly id: string;
  readonly name: string;
}

export interface Subscription {
  readonly id: string;
  readonly name: string;
  /** As the service says it: Enabled, Warned, PastDue, Disabled, Deleted, … */
  readonly state: string;
}

/** A resource with whatever fields the service sent; what is missing is unknown. */
export interface Resource {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly kind?: string;
  readonly location?: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

const subscriptionsVersion = '2022-12-01';

export async function listTenants(
  door: Door,
  caller: Caller,
  signal?: AbortSignal,
): Promise<readonly TenantInfo[]> {
  const rows = await listAll(door, caller, '/tenants', subscriptionsVersion, signal);
  return rows.map((row) => ({
    id: text(row, 'tenantId'),
    name: text(row, 'displayName') || text(row, 'defaultDomain') || text(row, 'tenantId'),
  }));
}

export async function listSubscriptions(
  door: Door,
  caller: Caller,
  signal?: AbortSignal,
): Promise<readonly Subscription[]> {
  const rows = await listAll(door, caller, '/subscriptions', subscriptionsVersion, signal);
  return rows.map((row) => ({
    id: text(row, 'subscriptionId'),
    name: text(row, 'displayName') || text(row, 'subscriptionId'),
    state: text(row, 'state'),
  }));
}

/** Whose a subscription is: seen by way of another tenant where that one manages it. And what time it is there. */
export async function readSubscription(
  door: Door,
  caller: Caller,
  id: string,
  signal?: AbortSignal,
): Promise<{ readonly tenant: string | undefined; readonly state: string; readonly date: Date | undefined }> {
  const { body, date } = await door.exchange({
    caller,
    service: 'resourceManager',
    method: 'GET',
    address: `/subscriptions/${id}`,
    apiVersion: subscriptionsVersion,
    signal,
  });
  const said = Date.parse(date ?? '');
  return {
    tenant: text(body, 'tenantId') || undefined,
    state: text(body, 'state'),
    date: Number.isNaN(said) ? undefined : new Date(said),
  };
}

/** A resource as ARM knows it now. */
export async function readResource(
  door: Door,
  caller: Caller,
  id: string,
  apiVersions: readonly string[],
  signal?: AbortSignal,
): Promise<Resource> {
  const raw = await withVersion(apiVersions, (apiVersion) =>
    door.send({ caller, service: 'resourceManager', method: 'GET', address: id, apiVersion, signal }),
  );
  const resource = resourceOf(raw);
  // Of a list's row they may be left out; a resource that has none is none that is known here.
  if (resource === undefined || !isObject((raw as { readonly properties?: unknown }).properties))
    throw new Failure({ code: 'malformed', host: new URL(door.cloud.resourceManager).host });
  return resource;
}

/** Every item of a paged list. Without a version the path has one in it. */
export async function listAll(
  door: Door,
  caller: Caller,
  path: string,
  apiVersion: string | undefined,
  signal?: AbortSignal,
): Promise<readonly unknown[]> {
  const items: unknown[] = [];
  const seen = new Set<string>();
  let address: string | undefined = path;
  let version = apiVersion;
  while (address !== undefined) {
    // A list that leads back to itself has no end.
    if (seen.has(address))
      throw new Failure({ code: 'malformed', host: new URL(door.cloud.resourceManager).host });
    seen.add(address);
    const page: { value?: unknown; nextLink?: unknown } | undefined = (await door.send({
      caller,
      service: 'resourceManager',
      method: 'GET',
      address,
      ...(version === undefined ? {} : { apiVersion: version }),
      signal,
    })) as { value?: unknown; nextLink?: unknown } | undefined;
    if (!Array.isArray(page?.value))
      throw new Failure({ code: 'malformed', host: new URL(door.cloud.resourceManager).host });
    items.push(...(page.value as unknown[]));
    // The link is used as it came: it carries its own version. What is none is not the end of the list.
    const { nextLink } = page;
    if (typeof nextLink !== 'string' && nextLink !== undefined && nextLink !== null)
      throw new Failure({ code: 'malformed', host: new URL(door.cloud.resourceManager).host });
    address = nextLink === '' || nextLink === null ? undefined : nextLink;
    version = undefined;
  }
  return items;
}

/** Clouds lag behind each other: an API version that one does not know is followed by the next older. */
export async function withVersion<T>(
  apiVersions: readonly string[],
  send: (apiVersion: string) => Promise<T>,
): Promise<T> {
  for (const [index, apiVersion] of apiVersions.entries()) {
    try {
      return await send(apiVersion);
    } catch (error) {
      if (!unknownVersion(error) || index === apiVersions.length - 1) throw error;
    }
  }
  throw new Failure({ code: 'internal', message: 'no API version to ask with' });
}

/** An ARM resource out of anything; undefined when it has no id, and never a guess for what is missing. */
export function resourceOf(raw: unknown): Resource | undefined {
  if (typeof raw !== 'object' || raw === null) return undefined;
  const fields: Readonly<Record<string, unknown>> = { ...raw };
  const { id, name, type, kind, location, properties, ...more } = fields;
  if (typeof id !== 'string' || typeof type !== 'string') return undefined;
  return {
    id,
    name: typeof name === 'string' ? name : (id.split('/').at(-1) ?? id),
    type,
    ...(typeof kind === 'string' ? { kind } : {}),
    ...(typeof location === 'string' ? { location } : {}),
    ...more,
    properties: typeof properties === 'object' && properties !== null ? { ...properties } : {},
  };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unknownVersion(error: unknown): boolean {
  return (
    error instanceof Failure &&
    'serviceCode' in error.data &&
    /^(InvalidApiVersionParameter|NoRegisteredProviderFound|InvalidResourceType)$/i.test(
      error.data.serviceCode,
    )
  );
}

function text(row: unknown, field: string): string {
  const value = (row as Record<string, unknown> | null | undefined)?.[field];
  return typeof value === 'string' ? value : '';
}

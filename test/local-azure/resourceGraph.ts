import { createHash, randomUUID } from 'node:crypto';
import { accessOf, type Access, type Caller } from './access.ts';
import { armError } from './armError.ts';
import { isObject, member, type JsonObject } from './json.ts';
import { runQuery, type Row, type Table } from './kql.ts';
import { KqlError, parseQuery } from './kqlSyntax.ts';
import { findSubscription, isSeenFrom, type Organisation, type Resource } from './organisation.ts';
import { armRoute, type ArmCall, type ArmRoute } from './armRoute.ts';
import { resourceFamilies } from './resources.ts';
import { Refusal, type Reply } from './service.ts';

const apiVersions = ['2021-03-01', '2022-10-01', '2024-04-01'];
const mostRows = 1000;
const quota = { requests: 15, windowMs: 5000 };

const columns: Table['columns'] = {
  id: 'string',
  name: 'string',
  type: 'string',
  tenantId: 'string',
  kind: 'string',
  location: 'string',
  resourceGroup: 'string',
  subscriptionId: 'string',
  managedBy: 'string',
  sku: 'dynamic',
  plan: 'dynamic',
  properties: 'dynamic',
  tags: 'dynamic',
  identity: 'dynamic',
  zones: 'dynamic',
  extendedLocation: 'dynamic',
  apiVersion: 'string',
};
const empty: Row = Object.fromEntries(
  Object.keys(columns).map((name) => [name, columns[name] === 'string' ? '' : null]),
);

/** Azure Resource Graph: queries over what the caller may read in the token's tenant, as of its last look. */
export function resourceGraphRoutes(organisation: Organisation): readonly ArmRoute[] {
  const windows = new Map<string, { started: number; used: number }>();

  return [armRoute(apiVersions, 'POST', '/providers/Microsoft.ResourceGraph/resources', query)];

  function query(call: ArmCall): Reply {
    const headers = takeQuota(call.caller);
    const request = readRequest(call);
    const access = accessOf(organisation, call.caller);
    const scope = subscriptionsFor(call.caller, access, request);
    try {
      const parsed = parseQuery(request.query);
      const table = tableNamed(parsed.table, scope, access);
      const limited = parsed.operators.some((operator) => operator.kind === 'take');
      return { status: 200, headers, body: cut(runQuery(parsed, table), request, limited) };
    } catch (error) {
      if (error instanceof KqlError) throw queryError(error);
      throw error;
    }
  }

  function takeQuota(caller: Caller): Readonly<Record<string, string>> {
    const key = `${caller.tenantId} ${caller.id}`;
    const now = Date.now();
    const current = windows.get(key);
    const window = current && now - current.started < quota.windowMs ? current : { started: now, used: 0 };
    window.used += 1;
    windows.set(key, window);
    const left = Math.max(0, quota.requests - window.used);
    const seconds = Math.ceil((window.started + quota.windowMs - now) / 1000);
    const headers = {
      'x-ms-user-quota-remaining': String(left),
      'x-ms-user-quota-resets-after': `00:00:${String(seconds).padStart(2, '0')}`,
    };
    if (organisation.behaviour.throttles && window.used > quota.requests) {
      const message =
        'Client application has been throttled and should not attempt to repeat the request until later.';
      throw armError(429, 'RateLimiting', message, { ...headers, 'retry-after': String(seconds) });
    }
    return headers;
  }

  function subscriptionsFor(caller: Caller, access: Access, request: Request): ReadonlySet<string> {
    const readable = organisation.subscriptions
      .filter(
        (one) => isSeenFrom(one, caller.tenantId) && access.seesIn(`/subscriptions/${one.subscriptionId}`),
      )
      .map((one) => one.subscriptionId);
    const groups = request.managementGroups ?? [];
    const wanted = request.subscriptions?.map((id) => id.toLowerCase());
    const found = readable.filter((id) => wanted?.includes(id) ?? true);
    const nothing = wanted !== undefined && wanted.length > 0 && found.length === 0;
    // The one management group that a tenant always has is called like the tenant.
    if (nothing || groups.some((group) => group !== caller.tenantId)) {
      throw armError(403, 'AccessDenied', 'The client does not have access to any of the requested scopes.');
    }
    return new Set(found);
  }

  function tableNamed(name: string, scope: ReadonlySet<string>, access: Access): Table {
    switch (name.toLowerCase()) {
      case 'resources':
        return {
          columns,
          rows: organisation.resources
            .filter((one) => scope.has(one.subscriptionId) && access.may(`${one.type}/read`, one.id))
            .map((one) => resourceRow(one, findSubscription(organisation, one.subscriptionId)?.tenantId)),
        };
      case 'resourcecontainers':
        return {
          columns,
          rows: organisation.subscriptions.filter((one) => scope.has(one.subscriptionId)).map(containerRow),
        };
      default:
        throw new KqlError('InvalidQuery', `Table ${name} is not known.`, { line: 1, column: 0 });
    }
  }

  /** A resource as the API version returned it that Resource Graph last read it with. */
  function resourceRow(resource: Resource, tenantId: string | undefined): Row {
    const apiVersion = resource.indexedVersion ?? organisation.behaviour.indexedVersions[resource.type];
    const family = resourceFamilies.find((one) => one.type === resource.type);
    return {
      ...empty,
      id: resource.id,
      name: resource.name,
      type: resource.type.toLowerCase(),
      tenantId: tenantId ?? null,
      ...('kind' in resource && { kind: resource.kind }),
      location: resource.location,
      resourceGroup: resource.resourceGroup.toLowerCase(),
      subscriptionId: resource.subscriptionId,
      properties: family?.show(resource, apiVersion)['properties'] ?? null,
      tags: resource.tags,
      identity: resource.identity ?? null,
      apiVersion,
    };
  }

  function containerRow({
    subscriptionId,
    displayName,
    tenantId,
    state,
  }: Organisation['subscriptions'][number]): Row {
    return {
      ...empty,
      id: `/subscriptions/${subscriptionId}`,
      name: displayName,
      type: 'microsoft.resources/subscriptions',
      tenantId,
      subscriptionId,
      properties: { state, subscriptionPolicies: { spendingLimit: 'Off' }, managedByTenants: [] },
      apiVersion: '2022-12-01',
    };
  }

  function cut(result: Table, request: Request, limited: boolean): JsonObject {
    const { rows } = result;
    const { top, skip, skipToken } = request;
    const fingerprint = createHash('sha256').update(request.query).digest('base64url').slice(0, 12);
    const start = skipToken === undefined ? skip : readSkipToken(skipToken, fingerprint);
    const size = Math.min(top ?? mostRows, mostRows, organisation.behaviour.graphRows);
    const data = rows.slice(start, start + size);
    const more = start + data.length < rows.length;
    // Pages need a stable order, which Resource Graph takes from the ids.
    const canPage = 'id' in result.columns && !limited;
    const token = Buffer.from(JSON.stringify({ s: start + size, q: fingerprint })).toString('base64');
    return {
      totalRecords: rows.length,
      count: data.length,
      resultTruncated: more && !canPage ? 'true' : 'false',
      ...(more && canPage && { $skipToken: token }),
      facets: [],
      data: request.resultFormat === 'table' ? asTable(result.columns, data) : data,
    };
  }
}

interface Request {
  readonly query: string;
  readonly subscriptions: readonly string[] | undefined;
  readonly managementGroups: readonly string[] | undefined;
  readonly top: number | undefined;
  readonly skip: number;
  readonly skipToken: string | undefined;
  readonly resultFormat: unknown;
}

function readRequest(call: ArmCall): Request {
  let body: unknown;
  try {
    body = JSON.parse(call.body);
  } catch {
    body = undefined;
  }
  const options = member(body, 'options');
  const { $top, $skip, $skipToken, resultFormat = 'objectArray' } = isObject(options) ? options : {};
  const query = member(body, 'query');
  const isCount = (value: unknown) => value === undefined || (Number.isInteger(value) && Number(value) >= 0);
  if (typeof query !== 'string' || query.trim() === '')
    throw badQuery([{ code: 'EmptyQuery', message: 'Query is empty.' }]);
  if (!isCount($top) || !isCount($skip) || $top === 0 || Number($top ?? 1) > mostRows) {
    throw badQuery([{ code: 'InvalidOptions', message: '$top is from 1 to 1000 and $skip from 0.' }]);
  }
  if (resultFormat !== 'objectArray' && resultFormat !== 'table') {
    throw badQuery([{ code: 'InvalidOptions', message: 'resultFormat is table or objectArray.' }]);
  }
  return {
    query,
    subscriptions: strings(member(body, 'subscriptions')),
    managementGroups: strings(member(body, 'managementGroups')),
    top: $top === undefined ? undefined : Number($top),
    skip: Number($skip ?? 0),
    skipToken: typeof $skipToken === 'string' ? $skipToken : undefined,
    resultFormat,
  };
}

function strings(value: unknown): string[] | undefined {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined;
}

function readSkipToken(token: string, fingerprint: string): number {
  try {
    const read: unknown = JSON.parse(Buffer.from(token, 'base64').toString());
    const start = member(read, 's');
    if (member(read, 'q') === fingerprint && Number.isInteger(start)) return Number(start);
  } catch {
    // Falls through to the refusal.
  }
  throw badQuery([{ code: 'InvalidSkipToken', message: 'The skip token does not belong to this query.' }]);
}

function asTable(types: Table['columns'], rows: readonly Row[]): JsonObject {
  const names: Readonly<Record<string, string>> = {
    string: 'string',
    dynamic: 'object',
    bool: 'boolean',
    long: 'integer',
  };
  const order = Object.keys(types);
  return {
    columns: order.map((name) => ({ name, type: names[types[name] ?? 'dynamic'] })),
    rows: rows.map((row) => order.map((name) => row[name] ?? null)),
  };
}

function queryError({ code, message, line, column }: KqlError): Refusal {
  const general = {
    code: 'InvalidQuery',
    message: 'Query is invalid. Please refer to the documentation for the Azure Resource Graph service.',
  };
  return badQuery([general, { code, message, line, characterPositionInLine: column }]);
}

function badQuery(details: readonly JsonObject[]): Refusal {
  const message = `Please provide below info when asking for support: timestamp = ${new Date().toISOString()}, correlationId = ${randomUUID()}.`;
  return new Refusal({ status: 400, body: { error: { code: 'BadRequest', message, details } } });
}

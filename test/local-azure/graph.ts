import { apis } from './audiences.ts';
import type { Faults } from './faults.ts';
import {
  basicProfile,
  showApplication,
  showGroup,
  showServicePrincipal,
  showTyped,
  showUser,
  type GraphObject,
} from './graphObjects.ts';
import { graphError, isEventual, project, select } from './graphQuery.ts';
import { isObject, type JsonObject } from './json.ts';
import type { Group, Organisation, Principal } from './organisation.ts';
import { findRoute, Refusal, route, type Call, type Handler, type Reply, type Route } from './service.ts';
import type { AccessClaims, Tokens } from './tokens.ts';

export interface GraphOptions {
  readonly organisation: Organisation;
  readonly tokens: Tokens;
  readonly faults: Faults;
  readonly origin: () => string;
}

interface GraphCall extends Call {
  readonly claims: AccessClaims;
}

type GraphHandler = (call: GraphCall) => Reply | Promise<Reply>;

/** Scopes that allow a call, the least first; holding any one is enough. */
const scopes = {
  me: ['User.Read', 'User.ReadBasic.All', 'User.Read.All', 'Directory.Read.All'],
  users: ['User.ReadBasic.All', 'User.Read.All', 'Directory.Read.All'],
  applications: ['Application.Read.All', 'Directory.Read.All'],
  groups: ['Group.ReadBasic.All', 'GroupMember.Read.All', 'Group.Read.All', 'Directory.Read.All'],
  members: ['GroupMember.ReadBasic.All', 'GroupMember.Read.All', 'Group.Read.All', 'Directory.Read.All'],
  directory: ['Directory.Read.All'],
};

/** Microsoft Graph, as far as it knows people, workloads and groups. */
export function createGraph(options: GraphOptions): Handler {
  const { organisation, tokens, faults, origin } = options;
  const routes: readonly Route<GraphHandler>[] = [
    route('GET', '/v1.0/me', me),
    route('GET', '/v1.0/me/memberOf', myGroups),
    route('GET', '/v1.0/me/transitiveMemberOf', myGroups),
    route('GET', '/v1.0/users', users),
    route('GET', '/v1.0/users/{id}', user),
    route('GET', "/v1.0/servicePrincipals(appId='{appId}')", servicePrincipalByAppId),
    route('GET', '/v1.0/servicePrincipals', servicePrincipals),
    route('GET', '/v1.0/servicePrincipals/{id}', servicePrincipal),
    route('GET', "/v1.0/applications(appId='{appId}')", application),
    route('GET', '/v1.0/groups', groups),
    route('GET', '/v1.0/groups/{id}', group),
    route('GET', '/v1.0/groups/{id}/{members}', members),
    route('GET', '/v1.0/groups/{id}/{members}/microsoft.graph.{type}', members),
    route('POST', '/v1.0/directoryObjects/getByIds', getByIds),
    route('GET', '/v1.0/directoryObjects/{id}', directoryObject),
    route('GET', '/v1.0/organization', organizations),
    route('POST', '/v1.0/$batch', batch),
  ];
  return async (call) => dispatch(call, await authenticate(call));

  async function dispatch(call: Call, claims: AccessClaims): Promise<Reply> {
    const found = findRoute(routes, call.method, call.path);
    if (found === undefined)
      throw graphError(400, 'BadRequest', `Resource not found for the segment in '${call.path}'.`);
    if (found === 'method')
      throw graphError(405, 'Request_BadRequest', 'Specified HTTP method is not allowed.');
    return found.handler({ ...call, claims, params: found.params });
  }

  async function authenticate(call: Call): Promise<AccessClaims> {
    const bearer = /^Bearer (.+)$/i.exec(call.headers.authorization ?? '')?.[1];
    const refuse = (message: string) => graphError(401, 'InvalidAuthenticationToken', message);
    if (bearer === undefined) throw refuse('Access token is empty.');
    const verdict = await tokens.verify(bearer);
    const expired = faults.take(call, ['expiredToken']) !== undefined;
    if (expired || (!verdict.ok && verdict.reason === 'expired')) {
      throw refuse('Lifetime validation failed, the token is expired.');
    }
    if (!verdict.ok) throw refuse('Access token validation failure.');
    if (tokens.api(verdict.claims.aud)?.appId !== apis.graph.appId) {
      throw refuse('Access token validation failure. Invalid audience.');
    }
    return verdict.claims;
  }

  function inTenant<T extends Principal['type']>(call: GraphCall, type: T) {
    return organisation.directory.filter(
      (one): one is Extract<Principal, { type: T }> => one.type === type && one.tenantId === call.claims.tid,
    );
  }

  function me(call: GraphCall): Reply {
    requireScope(call, scopes.me);
    const found = inTenant(call, 'user').find((one) => one.id === call.claims.oid);
    if (!found)
      throw graphError(400, 'BadRequest', '/me request is only valid with delegated authentication flow.');
    return entity(call, 'users/$entity', showUser(found));
  }

  function myGroups(call: GraphCall): Reply {
    requireScope(call, scopes.me);
    const all = inTenant(call, 'group');
    const found = all.filter((one) =>
      expand(one, call.path.toLowerCase().endsWith('transitivememberof')).has(call.claims.oid),
    );
    return collection(call, 'directoryObjects', found.map(showTyped));
  }

  function users(call: GraphCall): Reply {
    requireScope(call, scopes.users);
    const fields = ['displayName', 'mail', 'userPrincipalName', 'givenName', 'surname'];
    const found = select(call, inTenant(call, 'user').map(showUser), fields);
    return collection(
      call,
      'users',
      found.map((one) => othersProfile(call, one)),
    );
  }

  function user(call: GraphCall): Reply {
    const wanted = (call.params['id'] ?? '').toLowerCase();
    const isSelf = wanted === call.claims.oid;
    requireScope(call, isSelf ? scopes.me : scopes.users);
    const found = inTenant(call, 'user').find(
      (one) => one.id === wanted || one.userPrincipalName.toLowerCase() === wanted,
    );
    if (!found) throw notFound(wanted);
    return entity(call, 'users/$entity', isSelf ? showUser(found) : othersProfile(call, showUser(found)));
  }

  function servicePrincipals(call: GraphCall): Reply {
    requireScope(call, scopes.applications);
    return collection(
      call,
      'servicePrincipals',
      select(call, inTenant(call, 'servicePrincipal').map(showServicePrincipal), ['displayName', 'appId']),
    );
  }

  function servicePrincipal(call: GraphCall): Reply {
    requireScope(call, scopes.applications);
    const wanted = (call.params['id'] ?? '').toLowerCase();
    const found = inTenant(call, 'servicePrincipal').find((one) => one.id === wanted);
    if (!found) throw notFound(wanted);
    return entity(call, 'servicePrincipals/$entity', showServicePrincipal(found));
  }

  function servicePrincipalByAppId(call: GraphCall): Reply {
    requireScope(call, scopes.applications);
    const wanted = (call.params['appId'] ?? '').toLowerCase();
    const found = inTenant(call, 'servicePrincipal').find((one) => one.appId === wanted);
    if (!found) throw notFound(wanted);
    return entity(call, 'servicePrincipals/$entity', showServicePrincipal(found));
  }

  /** Registered here: what others let in here is a service principal of this directory, and no application of it. */
  function application(call: GraphCall): Reply {
    requireScope(call, scopes.applications);
    const wanted = (call.params['appId'] ?? '').toLowerCase();
    const found = organisation.applications.find(
      (one) => one.appId === wanted && one.tenantId === call.claims.tid,
    );
    if (!found) throw notFound(wanted);
    return entity(call, 'applications/$entity', showApplication(found));
  }

  function groups(call: GraphCall): Reply {
    requireScope(call, scopes.groups);
    return collection(call, 'groups', select(call, inTenant(call, 'group').map(showGroup), ['displayName']));
  }

  function group(call: GraphCall): Reply {
    requireScope(call, scopes.groups);
    return entity(call, 'groups/$entity', showGroup(groupNamed(call)));
  }

  function members(call: GraphCall): Reply {
    requireScope(call, scopes.members);
    const kind = (call.params['members'] ?? '').toLowerCase();
    if (kind !== 'members' && kind !== 'transitivemembers') {
      throw graphError(400, 'BadRequest', `Resource not found for the segment '${call.params['members']}'.`);
    }
    const one = groupNamed(call);
    const type = call.params['type']?.toLowerCase();
    const counted = isEventual(call) && call.query.get('$count') === 'true';
    const hidden = one.hiddenMembership && !hasScope(call, ['Member.Read.Hidden']);
    const found = [...expand(one, kind === 'transitivemembers')].flatMap((id) => {
      const principal = organisation.directory.find((other) => other.id === id);
      if (!principal || (type !== undefined && principal.type.toLowerCase() !== type)) return [];
      // A known issue of v1.0: it finds service principals only when asked for them alone, with header and count.
      if (principal.type === 'servicePrincipal' && (type === undefined || !counted)) return [];
      // What the caller may not read comes as a bare id, of a type and nothing else.
      const readable =
        !hidden && (principal.type !== 'servicePrincipal' || hasScope(call, scopes.applications));
      const shown = showTyped(principal);
      return [readable ? shown : { '@odata.type': shown['@odata.type'], id: principal.id }];
    });
    return collection(call, 'directoryObjects', found);
  }

  function groupNamed(call: GraphCall): Group {
    const wanted = (call.params['id'] ?? '').toLowerCase();
    const found = inTenant(call, 'group').find((one) => one.id === wanted);
    if (!found) throw notFound(wanted);
    return found;
  }

  function expand(one: Group, transitive: boolean): Set<string> {
    const found = new Set(one.members);
    if (!transitive) return found;
    for (const id of found) {
      const inner = organisation.directory.find((other) => other.id === id);
      if (inner?.type === 'group') for (const member of inner.members) found.add(member);
    }
    return found;
  }

  function getByIds(call: GraphCall): Reply {
    requireScope(call, scopes.directory);
    const body = readBody(call);
    const { ids, types } = body;
    if (!Array.isArray(ids) || ids.length === 0 || ids.length > 1000) {
      throw graphError(400, 'Request_BadRequest', 'ids must hold between 1 and 1000 ids.');
    }
    const wanted = new Set(ids.map((id) => String(id).toLowerCase()));
    const found = organisation.directory.filter(
      (one) =>
        one.tenantId === call.claims.tid &&
        wanted.has(one.id) &&
        (!Array.isArray(types) || types.includes(one.type) || types.includes('directoryObject')),
    );
    return {
      status: 200,
      body: { '@odata.context': context('directoryObjects'), value: found.map(showTyped) },
    };
  }

  function directoryObject(call: GraphCall): Reply {
    requireScope(call, scopes.directory);
    const wanted = (call.params['id'] ?? '').toLowerCase();
    const found = organisation.directory.find((one) => one.id === wanted && one.tenantId === call.claims.tid);
    if (!found) throw notFound(wanted);
    return entity(call, 'directoryObjects/$entity', showTyped(found));
  }

  function organizations(call: GraphCall): Reply {
    requireScope(call, scopes.me);
    const found = organisation.tenants
      .filter((tenant) => tenant.id === call.claims.tid)
      .map(({ id, displayName, domains, countryCode }) => ({
        id,
        displayName,
        countryLetterCode: countryCode,
        tenantType: 'AAD',
        verifiedDomains: domains.map((name, index) => ({ name, isDefault: index === 0, type: 'Managed' })),
      }));
    return collection(call, 'organization', found);
  }

  async function batch(call: GraphCall): Promise<Reply> {
    const { requests } = readBody(call);
    if (!Array.isArray(requests) || requests.length === 0 || requests.length > 20) {
      throw graphError(400, 'BadRequest', 'A batch holds between 1 and 20 requests.');
    }
    const responses = await Promise.all(requests.map((request: unknown) => inBatch(call, request)));
    return { status: 200, body: { responses } };
  }

  async function inBatch(call: GraphCall, request: unknown) {
    const { id, method = 'GET', url = '', headers, body } = isObject(request) ? request : {};
    const target = new URL(`/v1.0${String(url)}`, 'https://graph');
    const inner: Call = {
      ...call,
      method: String(method),
      path: decodeURIComponent(target.pathname),
      query: target.searchParams,
      headers: { ...call.headers, ...lowerCased(headers) },
      body: body === undefined ? '' : JSON.stringify(body),
    };
    try {
      if (inner.path.startsWith('/v1.0/$batch'))
        throw graphError(400, 'BadRequest', 'A batch cannot hold a batch.');
      const reply = await dispatch(inner, call.claims);
      return { id, status: reply.status, headers: { 'Content-Type': 'application/json' }, body: reply.body };
    } catch (error) {
      if (error instanceof Refusal) return { id, status: error.reply.status, body: error.reply.body };
      throw error;
    }
  }

  function collection(call: GraphCall, name: string, value: readonly GraphObject[]): Reply {
    const top = Number(call.query.get('$top') ?? 100);
    if (!Number.isInteger(top) || top < 1 || top > 999) {
      throw graphError(
        400,
        'Request_UnsupportedQuery',
        `Invalid page size specified: '${call.query.get('$top')}'.`,
      );
    }
    const from = Number(call.query.get('$skiptoken') ?? 0);
    const query = new URLSearchParams(call.query);
    query.set('$skiptoken', String(from + top));
    return {
      status: 200,
      body: {
        '@odata.context': context(name),
        ...(call.query.get('$count') === 'true' && isEventual(call) && { '@odata.count': value.length }),
        ...(from + top < value.length && {
          '@odata.nextLink': `${origin()}${encodeURI(call.path)}?${query.toString()}`,
        }),
        value: value.slice(from, from + top).map((one) => project(call, one)),
      },
    };
  }

  function entity(call: GraphCall, name: string, value: GraphObject): Reply {
    return { status: 200, body: { '@odata.context': context(name), ...project(call, value) } };
  }

  function context(name: string): string {
    return `${origin()}/v1.0/$metadata#${name}`;
  }
}

function hasScope(call: GraphCall, wanted: readonly string[]): boolean {
  const held = new Set(call.claims.scp?.split(' '));
  return wanted.some((scope) => held.has(scope));
}

function requireScope(call: GraphCall, wanted: readonly string[]): void {
  if (hasScope(call, wanted)) return;
  throw graphError(403, 'Authorization_RequestDenied', 'Insufficient privileges to complete the operation.');
}

function othersProfile(call: GraphCall, user: GraphObject): GraphObject {
  return hasScope(call, ['User.Read.All', 'Directory.Read.All']) ? user : basicProfile(user);
}

function notFound(id: string): Refusal {
  const message = `Resource '${id}' does not exist or one of its queried reference-property objects are not present.`;
  return graphError(404, 'Request_ResourceNotFound', message);
}

function readBody(call: Call): JsonObject {
  try {
    const body: unknown = JSON.parse(call.body);
    if (isObject(body)) return body;
  } catch {
    // Falls through to the refusal.
  }
  throw graphError(400, 'BadRequest', 'Unable to read JSON request payload.');
}

function lowerCased(headers: unknown): Record<string, string> {
  if (!isObject(headers)) return {};
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]),
  );
}

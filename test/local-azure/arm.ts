import { randomUUID } from 'node:crypto';
import { callerFrom, type Caller } from './access.ts';
import { createActivityLog } from './activityLog.ts';
import { armError } from './armError.ts';
import { createAuthorization } from './authorization.ts';
import type { Faults } from './faults.ts';
import { createOperations } from './operations.ts';
import { findSubscription, type Organisation, type Resource, type Subscription } from './organisation.ts';
import { createRateLimits } from './rateLimits.ts';
import { createResourceGraph } from './resourceGraph.ts';
import type { ArmCall } from './resourceFamily.ts';
import { createResources, resourceFamilies, type ResourceAddress } from './resources.ts';
import { findRoute, route, type Call, type Handler, type Reply, type Route } from './service.ts';
import { createSubscriptions } from './subscriptions.ts';
import { apis } from './audiences.ts';
import type { Tokens } from './tokens.ts';

export interface ArmOptions {
  readonly organisation: Organisation;
  readonly tokens: Tokens;
  readonly faults: Faults;
  readonly origin: () => string;
  readonly entraOrigin: () => string;
}

/** A route, and the API versions that its provider answers to. */
interface ArmRoute {
  readonly apiVersions: readonly string[];
  readonly handle: (call: ArmCall) => Reply;
}

export interface Arm {
  readonly handle: Handler;
  /** Forgets operations, events and counters. */
  reset(): void;
}

const versions = {
  resources: [
    '2016-06-01',
    '2019-10-01',
    '2020-01-01',
    '2021-01-01',
    '2021-04-01',
    '2022-12-01',
    '2025-03-01',
    '2025-04-01',
  ],
  graph: ['2021-03-01', '2022-10-01', '2024-04-01'],
  authorization: ['2015-07-01', '2018-01-01-preview', '2022-04-01'],
  insights: ['2014-04-01', '2015-04-01'],
};

/** Resource Manager: its door (token, version, rights, limits) and what lies behind. */
export function createArm(options: ArmOptions): Arm {
  const { organisation, tokens, faults, origin, entraOrigin } = options;
  const operations = createOperations(organisation, origin);
  const activityLog = createActivityLog(organisation, origin);
  const rateLimits = createRateLimits(organisation);
  const resources = createResources({
    organisation,
    operations,
    activityLog,
    faults,
    origin,
    requireWritable,
  });
  const routes = armRoutes();

  return {
    async handle(call) {
      if (call.query.get('api-version') === null) {
        throw armError(
          400,
          'MissingApiVersionParameter',
          'The api-version query parameter (?api-version=) is required for all requests.',
        );
      }
      const caller = await authenticate(call);
      const subscription = subscriptionOf(call, caller);
      const headers = {
        'x-ms-request-id': randomUUID(),
        'x-ms-correlation-request-id': randomUUID(),
        ...rateLimits.take(call.method, caller, subscription),
      };
      const reply = dispatch(call, caller);
      return { ...reply, headers: { ...headers, ...reply.headers } };
    },
    reset() {
      operations.clear();
      activityLog.clear();
      rateLimits.clear();
    },
  };

  function armRoutes(): readonly Route<ArmRoute>[] {
    const subscriptions = createSubscriptions(organisation, origin);
    const authorization = createAuthorization(organisation);
    const graph = createResourceGraph(organisation);
    const add = (
      apiVersions: readonly string[],
      method: string,
      pattern: string,
      handle: ArmRoute['handle'],
    ) => route(method, pattern, { apiVersions, handle });
    const at = '{scope...}/providers/Microsoft.Authorization';
    return [
      add(versions.resources, 'GET', '/tenants', subscriptions.tenants),
      add(versions.resources, 'GET', '/subscriptions', subscriptions.list),
      add(versions.resources, 'GET', '/subscriptions/{subscription}', subscriptions.get),
      add(versions.resources, 'GET', '/subscriptions/{subscription}/locations', subscriptions.locations),
      add(
        versions.resources,
        'GET',
        '/subscriptions/{subscription}/resourceGroups',
        subscriptions.resourceGroups,
      ),
      add(versions.resources, 'GET', '/subscriptions/{subscription}/resources', subscriptions.resources),
      add(versions.graph, 'POST', '/providers/Microsoft.ResourceGraph/resources', graph.query),
      add(
        versions.insights,
        'GET',
        '/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values',
        activityLog.list,
      ),
      add(versions.authorization, 'GET', `${at}/permissions`, authorization.permissions),
      add(versions.authorization, 'GET', `${at}/roleAssignments`, authorization.listAssignments),
      add(versions.authorization, 'PUT', `${at}/roleAssignments/{assignment}`, authorization.putAssignment),
      add(
        versions.authorization,
        'DELETE',
        `${at}/roleAssignments/{assignment}`,
        authorization.deleteAssignment,
      ),
      add(versions.authorization, 'GET', `${at}/roleDefinitions`, authorization.listDefinitions),
      add(versions.authorization, 'GET', `${at}/roleDefinitions/{definition}`, authorization.getDefinition),
    ];
  }

  function dispatch(call: Call, caller: Caller): Reply {
    const apiVersion = call.query.get('api-version') ?? '';
    const armCall: ArmCall = { ...call, apiVersion, caller };
    const found = findRoute(routes, call.method, call.path);
    if (found === 'method') {
      throw armError(
        405,
        'MethodNotAllowed',
        `The requested resource does not support http method '${call.method}'.`,
      );
    }
    if (found) {
      const { apiVersions, handle } = found.handler;
      if (!apiVersions.includes(apiVersion)) {
        const message = `The api-version '${apiVersion}' is invalid. The supported versions are '${apiVersions.join(',')}'.`;
        throw armError(400, 'InvalidApiVersionParameter', message);
      }
      return handle({ ...armCall, params: found.params });
    }
    return followOperation(armCall) ?? atProvider(armCall);
  }

  function followOperation(call: ArmCall): Reply | undefined {
    const match = /^\/subscriptions\/[^/]+\/providers\/[^/]+\/locations\/[^/]+\/([^/]+)\/([^/]+)$/i.exec(
      call.path,
    );
    if (!match || call.method !== 'GET') return undefined;
    const [, kind = '', id = ''] = match;
    const styles = resourceFamilies.map((family) => family.operations);
    const isStatus = styles.some((style) => style.statusPath.toLowerCase() === kind.toLowerCase());
    const reply = operations.follow(isStatus ? 'status' : 'result', id, call.query);
    if (!reply) throw armError(404, 'OperationNotFound', `The operation '${id}' could not be found.`);
    return reply;
  }

  function atProvider(call: ArmCall): Reply {
    const match =
      /^\/subscriptions\/([^/]+)(?:\/resourceGroups\/([^/]+))?\/providers\/([^/]+)\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?(?:\/([^/]+))?\/?$/i.exec(
        call.path,
      );
    if (!match) throw armError(404, 'InvalidRequestPath', `The request path '${call.path}' is not known.`);
    const [, subscription = '', group, namespace = '', type = '', name, child, childName] = match;
    const wanted = `${namespace}/${type}`.toLowerCase();
    const inNamespace = resourceFamilies.filter((one) =>
      one.type.toLowerCase().startsWith(`${namespace.toLowerCase()}/`),
    );
    const family = inNamespace.find((one) => one.type.toLowerCase() === wanted);
    if (inNamespace.length === 0) {
      throw armError(404, 'InvalidResourceNamespace', `The resource namespace '${namespace}' is invalid.`);
    }
    if (!family) {
      const message = `The resource type '${type}' could not be found in the namespace '${namespace}' for api version '${call.apiVersion}'.`;
      throw armError(404, 'InvalidResourceType', message);
    }
    if (!family.apiVersions.includes(call.apiVersion)) {
      const message =
        `No registered resource provider found for location 'global' and API version '${call.apiVersion}' for type ` +
        `'${type}'. The supported api-versions are '${family.apiVersions.join(', ')}'.`;
      throw armError(400, 'NoRegisteredProviderFound', message);
    }
    const address: ResourceAddress = {
      subscription,
      ...(group !== undefined && { group }),
      ...(name !== undefined && { name }),
      ...(child !== undefined && { child }),
      ...(childName !== undefined && { childName }),
    };
    return resources.handle(call, family, address);
  }

  async function authenticate(call: Call): Promise<Caller> {
    const bearer = /^Bearer (.+)$/i.exec(call.headers.authorization ?? '')?.[1];
    if (bearer === undefined) {
      throw unauthenticated(
        'AuthenticationFailed',
        "Authentication failed. The 'Authorization' header is missing.",
      );
    }
    const expired = faults.take(call, ['expiredToken']);
    const verdict = await tokens.verify(bearer);
    if (expired || (!verdict.ok && verdict.reason === 'expired')) {
      const expiry = !verdict.ok && verdict.reason === 'expired' ? verdict.expiry : new Date();
      throw unauthenticated(
        'ExpiredAuthenticationToken',
        `The access token expiry UTC time '${expiry.toUTCString()}' is earlier than current UTC time '${new Date().toUTCString()}'.`,
      );
    }
    if (!verdict.ok) throw unauthenticated('InvalidAuthenticationToken', 'The access token is invalid.');
    if (tokens.api(verdict.claims.aud)?.appId !== apis.resourceManager.appId) {
      throw unauthenticated(
        'InvalidAuthenticationTokenAudience',
        `The access token has been obtained for wrong audience or resource '${verdict.claims.aud}'.`,
      );
    }
    const caller = callerFrom(verdict.claims);
    if (faults.take(call, ['claimsChallenge'])) throw secondFactorNeeded(caller);
    return caller;
  }

  function subscriptionOf(call: Call, caller: Caller): Subscription | undefined {
    const id = /^\/subscriptions\/([^/]+)/i.exec(call.path)?.[1];
    if (id === undefined) return undefined;
    const subscription = findSubscription(organisation, id);
    if (!subscription)
      throw armError(404, 'SubscriptionNotFound', `The subscription '${id}' could not be found.`);
    if (subscription.tenantId === caller.tenantId) return subscription;
    throw unauthenticated(
      'InvalidAuthenticationTokenTenant',
      `The access token is from the wrong issuer '${caller.issuer}'. It must match the tenant ` +
        `'${entraOrigin()}/${subscription.tenantId}/' associated with this subscription. Please use the authority (URL) ` +
        `'${entraOrigin()}/${subscription.tenantId}' to get the token.`,
      subscription.tenantId,
    );
  }

  function unauthenticated(code: string, message: string, tenantId = 'common') {
    const authority = `${entraOrigin()}/${tenantId}`;
    const challenge = `Bearer authorization_uri="${authority}", error="invalid_token", error_description="${message}"`;
    return armError(401, code, message, { 'www-authenticate': challenge });
  }

  function secondFactorNeeded(caller: Caller) {
    const claims = { access_token: { acrs: { essential: true, values: ['p1'] } } };
    const encoded = Buffer.from(JSON.stringify(claims)).toString('base64');
    const challenge = `Bearer realm="", authorization_uri="${entraOrigin()}/${caller.tenantId}/oauth2/authorize", error="insufficient_claims", claims="${encoded}"`;
    const message =
      'Resource was disallowed by policy. Users must sign in with multi-factor authentication to write.';
    return armError(401, 'RequestDisallowedByPolicy', message, { 'www-authenticate': challenge });
  }

  function requireWritable(call: ArmCall, subscription: Subscription, resource: Resource): void {
    const { caller } = call;
    if (subscription.state !== 'Enabled' && subscription.state !== 'Warned') {
      const message =
        `The subscription '${subscription.subscriptionId}' is disabled and therefore marked as read only. You cannot ` +
        'perform any write actions on this subscription until it is re-enabled.';
      throw armError(409, 'ReadOnlyDisabledSubscription', message);
    }
    if (resource.lock === 'ReadOnly' || (resource.lock === 'CanNotDelete' && call.method === 'DELETE')) {
      const verb = call.method === 'DELETE' ? 'delete' : 'write';
      const message =
        `The scope '${resource.id}' cannot perform ${verb} operation because following scope(s) are locked: ` +
        `'${resource.id}'. Please remove the lock and try again.`;
      throw armError(409, 'ScopeLocked', message);
    }
    // Workloads are exempt, and so are reads.
    if (organisation.behaviour.secondFactorOnWrite && caller.isPerson && !caller.hasSecondFactor) {
      throw secondFactorNeeded(caller);
    }
  }
}

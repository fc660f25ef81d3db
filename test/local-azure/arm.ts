import { randomUUID } from 'node:crypto';
import { callerFrom, type Caller } from './access.ts';
import { createActivityLog } from './activityLog.ts';
import { armError, methodNotAllowed } from './armError.ts';
import { forbiddenOnDemand, missingOnDemand } from './armFault.ts';
import { armRoute, requireJson, type ArmCall } from './armRoute.ts';
import { authorizationRoutes } from './authorization.ts';
import type { Faults } from './faults.ts';
import { createOperations } from './operations.ts';
import { findSubscription, isSeenFrom, type Organisation, type Subscription } from './organisation.ts';
import { createRateLimits } from './rateLimits.ts';
import { resourceGraphRoutes } from './resourceGraph.ts';
import { createResources, resourceFamilies } from './resources.ts';
import { findRoute, Refusal, type Call, type Handler, type Reply } from './service.ts';
import { subscriptionRoutes } from './subscriptions.ts';
import { apis } from './audiences.ts';
import type { Tokens } from './tokens.ts';
import { createWrites } from './writes.ts';

export interface ArmOptions {
  readonly organisation: Organisation;
  readonly tokens: Tokens;
  readonly faults: Faults;
  readonly origin: () => string;
  readonly entraOrigin: () => string;
}

export interface Arm {
  readonly handle: Handler;
  /** Forgets operations, events and counters. */
  reset(): void;
}

/** Resource Manager: its door (token, version, rights, limits) and what lies behind. */
export function createArm(options: ArmOptions): Arm {
  const { organisation, tokens, faults, origin, entraOrigin } = options;
  const operations = createOperations(organisation, origin);
  const activityLog = createActivityLog(organisation, origin);
  const rateLimits = createRateLimits(organisation);
  const writes = createWrites({ organisation, operations, activityLog, faults, secondFactorNeeded });
  const resources = createResources({ organisation, operations, writes, origin });
  const events = '/subscriptions/{subscription}/providers/Microsoft.Insights/eventtypes/management/values';
  const routes = [
    ...subscriptionRoutes(organisation, origin),
    ...resourceGraphRoutes(organisation),
    ...authorizationRoutes(organisation),
    armRoute(['2014-04-01', '2015-04-01'], 'GET', events, (call) => activityLog.list(call)),
  ];

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
      const fault = faults.take(call, ['forbidden', 'missing']);
      if (fault) throw fault.kind === 'missing' ? missingOnDemand(call) : forbiddenOnDemand(call, caller);
      const subscription = subscriptionOf(call, caller);
      const correlationId = randomUUID();
      const headers = {
        'x-ms-request-id': randomUUID(),
        'x-ms-correlation-request-id': correlationId,
        ...rateLimits.take(call.method, caller, subscription),
      };
      try {
        const reply = dispatch(call, caller, correlationId);
        activityLog.answered(correlationId, reply);
        return withHeaders(reply, headers);
      } catch (error) {
        if (error instanceof Refusal) {
          activityLog.answered(correlationId, error.reply);
          throw new Refusal(withHeaders(error.reply, headers));
        }
        throw error;
      }
    },
    reset() {
      operations.clear();
      activityLog.clear();
      rateLimits.clear();
    },
  };

  function dispatch(call: Call, caller: Caller, correlationId: string): Reply {
    const apiVersion = call.query.get('api-version') ?? '';
    const armCall: ArmCall = { ...call, apiVersion, caller, correlationId };
    requireJson(call);
    const found = findRoute(routes, call.method, call.path);
    if (found === 'method') throw methodNotAllowed(call.method);
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
      /^\/subscriptions\/([^/]+)(?:\/resourceGroups\/([^/]+))?\/providers\/([^/]+)\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?(?:\/([^/]+))?(?:\/([^/]+))?(?:\/([^/]+))?\/?$/i.exec(
        call.path,
      );
    if (!match) throw armError(404, 'InvalidRequestPath', `The request path '${call.path}' is not known.`);
    const [, subscription = '', group, namespace = '', type = '', name, ...children] = match;
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
    return resources.handle(call, family, { subscription, group, name, children });
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
    if (isSeenFrom(subscription, caller.tenantId)) return subscription;
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
}

function withHeaders(reply: Reply, headers: Readonly<Record<string, string>>): Reply {
  return { ...reply, headers: { ...headers, ...reply.headers } };
}

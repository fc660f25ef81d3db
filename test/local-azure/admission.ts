import { EntraError } from './entraError.ts';
import type { Faults, TokenQuestion } from './faults.ts';
import {
  findAccount,
  findTenant,
  findWorkload,
  type Application,
  type Organisation,
  type Tenant,
  type User,
} from './organisation.ts';
import type { Call } from './service.ts';
import type { Tokens } from './tokens.ts';

const graph = 'https://graph.microsoft.com';
/** Scopes about the sign-in itself, which belong to no resource. */
export const signInScopes: ReadonlySet<string> = new Set(['openid', 'profile', 'email', 'offline_access']);

/** Everything that may keep somebody from a token, in the words of Entra's errors. */
export interface Admission {
  /** The tenant of an address; the aliases stand for the person's home. */
  tenant(name: string, person: string): Tenant;
  tenantNamed(name: string): Tenant;
  application(appId: string | undefined, tenant: Tenant): Application;
  account(tenant: Tenant, person: string, otherwise: number): User;
  /** Answers the authentication contexts that a claims challenge asked for, and that the token will carry. */
  admit(
    call: Call,
    tenant: Tenant,
    account: User,
    amr: readonly string[],
    scope: string,
    claims?: string,
  ): string[];
  failOnDemand(call: Call, tenant: Tenant, scope: string): void;
  /** The one resource of a request, and which of its permissions the token will carry. */
  scopes(application: Application, tenant: Tenant, scope: string): { resource: string; scopes: string[] };
  resource(tenant: Tenant, resource: string): void;
}

export function createAdmission(organisation: Organisation, tokens: Tokens, faults: Faults): Admission {
  return {
    tenant,
    tenantNamed,
    application,
    account: accountIn,
    admit,
    failOnDemand,
    scopes: grantedScopes,
    resource: requireResource,
  };

  function tenantNamed(name: string): Tenant {
    const tenant = findTenant(organisation, name);
    if (!tenant) throw new EntraError(90002, { detail: `Name: ${name}.` });
    return tenant;
  }

  function admit(
    call: Call,
    tenant: Tenant,
    account: User,
    amr: readonly string[],
    scope: string,
    claims?: string,
  ): string[] {
    failOnDemand(call, tenant, scope);
    if (!account.accountEnabled) throw new EntraError(50057);
    if (tenant.blocked) throw new EntraError(53003);
    const contexts = readChallenge(claims);
    if ((tenant.secondFactor || contexts.length > 0) && !amr.includes('mfa')) {
      const demanded =
        claims ?? JSON.stringify({ access_token: { amr: { essential: true, values: ['mfa'] } } });
      throw new EntraError(50076, { claims: demanded });
    }
    return contexts;
  }

  function failOnDemand(call: Call, tenant: Tenant, scope: string): void {
    const fault = faults.take(call, ['aadsts'], questionOf(call, tenant, scope));
    if (fault) throw new EntraError(fault.code, fault.claims === undefined ? {} : { claims: fault.claims });
  }

  function grantedScopes(
    application: Application,
    tenant: Tenant,
    scope: string,
  ): { resource: string; scopes: string[] } {
    const asked = askedScopes(scope);
    const resources = new Set(asked.map((one) => one.resource));
    if (resources.size > 1) throw new EntraError(700022);
    const resource = asked[0]?.resource ?? graph;
    requireResource(tenant, resource);
    const api = tokens.api(resource);
    const allowed = application.preauthorised?.map((audience) => tokens.api(audience));
    if (allowed && !allowed.includes(api)) throw new EntraError(65002);
    if (api?.appId !== tokens.api(graph)?.appId) return { resource, scopes: ['user_impersonation'] };

    const consented = tenant.graphScopes[application.appId] ?? tenant.graphScopes['*'] ?? [];
    const names = asked.map((one) => one.name).filter((name) => name !== '.default');
    const missing = names.find((name) => !consented.includes(name));
    // Nobody in the organisation can mend what Microsoft has not pre-authorised for its own application.
    if (missing)
      throw new EntraError(application.tenantId === undefined ? 65002 : 65001, { detail: missing });
    return { resource, scopes: consented };
  }

  function requireResource(tenant: Tenant, resource: string): void {
    const principal = findWorkload(organisation, tokens.api(resource)?.appId ?? '', tenant.id);
    if (!principal) {
      throw new EntraError(500011, { detail: `Name: ${resource}. Tenant: ${tenant.displayName}.` });
    }
    if (!principal.accountEnabled) throw new EntraError(500014, { detail: resource });
  }

  function tenant(name: string, person: string): Tenant {
    if (!isAlias(name)) return tenantNamed(name);
    const home = organisation.directory.find(
      (one) =>
        one.type === 'user' &&
        !one.home &&
        (one.id === person || one.userPrincipalName === person.toLowerCase()),
    );
    if (!home) throw new EntraError(50034);
    return tenantNamed(home.tenantId);
  }

  function accountIn(tenant: Tenant, person: string, otherwise: number): User {
    const account = findAccount(organisation, person, tenant.id);
    if (account?.tenantId !== tenant.id) throw new EntraError(otherwise);
    return account;
  }

  function application(appId: string | undefined, tenant: Tenant): Application {
    const found = organisation.applications.find((one) => one.appId === appId?.toLowerCase());
    const isKnown = found?.tenantId === undefined || found.tenantId === tenant.id;
    if (!found || !isKnown) throw new EntraError(700016, { detail: `Tenant: ${tenant.displayName}.` });
    return found;
  }
}

/** The scopes of resources among those of a request. */
function askedScopes(scope: string): readonly { readonly resource: string; readonly name: string }[] {
  return scope
    .split(' ')
    .filter((name) => name !== '' && !signInScopes.has(name))
    .map((name) => {
      const cut = name.lastIndexOf('/');
      return cut < 0
        ? { resource: graph, name }
        : { resource: name.slice(0, cut), name: name.slice(cut + 1) };
    });
}

/** Silent is who asks for no prompt, and who redeems what an earlier sign-in left. */
export function questionOf(call: Call, tenant: Tenant, scope: string): TokenQuestion {
  const isRefresh = new URLSearchParams(call.body).get('grant_type') === 'refresh_token';
  return {
    tenantId: tenant.id,
    resource: askedScopes(scope)[0]?.resource ?? graph,
    isSilent: isRefresh || call.query.get('prompt') === 'none',
  };
}

export function isAlias(name: string): boolean {
  return ['organizations', 'common'].includes(name.toLowerCase());
}

/** The authentication contexts (`acrs`) that a claims challenge wants in the access token. */
function readChallenge(claims: string | undefined): string[] {
  if (!claims) return [];
  try {
    const parsed: unknown = JSON.parse(claims);
    const acrs = (parsed as { access_token?: { acrs?: { value?: string; values?: string[] } } }).access_token
      ?.acrs;
    return acrs?.values ?? (acrs?.value === undefined ? [] : [acrs.value]);
  } catch {
    throw new EntraError(90014, { detail: 'The claims parameter is not JSON.' });
  }
}

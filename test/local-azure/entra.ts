import { createHash, randomBytes } from 'node:crypto';
import { createAdmission, isAlias, questionOf, signInScopes } from './admission.ts';
import { verifyClientAssertion } from './clientAssertion.ts';
import { EntraError, entraErrorReply } from './entraError.ts';
import type { Faults } from './faults.ts';
import { findWorkload, type Organisation, type Tenant, type User } from './organisation.ts';
import { findRoute, route, type Call, type Handler, type Reply, type Route } from './service.ts';
import type { Tokens } from './tokens.ts';

interface EntraOptions {
  readonly organisation: Organisation;
  readonly tokens: Tokens;
  readonly faults: Faults;
  readonly origin: () => string;
}

/** What a sign-in came to: who, through which application, with which factors. */
interface SignIn {
  /** The object id at home, by which the person is found in any tenant. */
  readonly person: string;
  readonly tenantId: string;
  readonly appId: string;
  readonly amr: readonly string[];
}

interface Code extends SignIn {
  readonly redirectUri: string;
  readonly challenge: string;
  readonly scope: string;
  readonly nonce: string | undefined;
  readonly claims: string | undefined;
  readonly expires: number;
}

const codeLifetimeMs = 10 * 60_000;

/** Entra's endpoints. It asks nobody for a password: `login_hint` says who is in front of the screen. */
export function createEntra(options: EntraOptions): Handler {
  const { organisation, tokens, faults, origin } = options;
  const admission = createAdmission(organisation, tokens, faults);
  const codes = new Map<string, Code>();
  const refreshTokens = new Map<string, SignIn>();

  const routes: readonly Route<Handler>[] = [
    route('GET', '/{tenant}/v2.0/.well-known/openid-configuration', configuration),
    route('GET', '/{tenant}/discovery/v2.0/keys', () => ({ status: 200, body: tokens.keySet })),
    route('GET', '/{tenant}/oauth2/v2.0/authorize', authorize),
    route('POST', '/{tenant}/oauth2/v2.0/token', token),
  ];

  return async (call) => {
    const found = findRoute(routes, call.method, call.path);
    if (found === undefined) return { status: 404 };
    if (found === 'method') return { status: 405 };
    try {
      return await found.handler({ ...call, params: found.params });
    } catch (error) {
      if (error instanceof EntraError) return entraErrorReply(error);
      throw error;
    }
  };

  function configuration(call: Call): Reply {
    const name = call.params['tenant'] ?? '';
    const tenant = isAlias(name) ? undefined : admission.tenantNamed(name);
    const base = `${origin()}/${tenant?.id ?? name}`;
    return {
      status: 200,
      body: {
        token_endpoint: `${base}/oauth2/v2.0/token`,
        token_endpoint_auth_methods_supported: [
          'client_secret_post',
          'private_key_jwt',
          'client_secret_basic',
        ],
        jwks_uri: `${base}/discovery/v2.0/keys`,
        response_modes_supported: ['query'],
        subject_types_supported: ['pairwise'],
        id_token_signing_alg_values_supported: ['RS256'],
        response_types_supported: ['code'],
        scopes_supported: [...signInScopes],
        issuer: tenant ? `${base}/v2.0` : `${origin()}/{tenantid}/v2.0`,
        authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
        claims_supported: [
          'sub',
          'iss',
          'aud',
          'exp',
          'iat',
          'nonce',
          'preferred_username',
          'name',
          'tid',
          'email',
        ],
      },
    };
  }

  function authorize(call: Call): Reply {
    const asked = (name: string) => call.query.get(name) ?? undefined;
    const redirectUri = loopbackUri(asked('redirect_uri'));
    const answer = (fields: Record<string, string | undefined>): Reply => {
      const target = new URL(redirectUri);
      for (const [name, value] of Object.entries({ ...fields, state: asked('state') })) {
        if (value !== undefined) target.searchParams.set(name, value);
      }
      return { status: 302, headers: { location: target.href, 'cache-control': 'no-store' } };
    };
    try {
      if (asked('response_type') !== 'code')
        throw new EntraError(90014, { detail: 'response_type must be code.' });
      const challenge = asked('code_challenge');
      if (!challenge || asked('code_challenge_method') !== 'S256') throw new EntraError(9002325);
      const hint = asked('login_hint') ?? demoPerson(organisation);
      const tenant = admission.tenant(call.params['tenant'] ?? '', hint);
      const application = admission.application(asked('client_id'), tenant);
      const account = admission.account(tenant, hint, 50020);
      const amr = asked('second_factor') === 'approved' ? ['pwd', 'mfa'] : ['pwd'];
      const scope = asked('scope') ?? '';
      admission.admit(call, tenant, account, amr, scope, asked('claims'));
      admission.scopes(application, tenant, scope);
      const code = randomBytes(32).toString('base64url');
      codes.set(code, {
        person: account.home?.id ?? account.id,
        tenantId: tenant.id,
        appId: application.appId,
        amr,
        redirectUri,
        challenge,
        scope,
        nonce: asked('nonce'),
        claims: asked('claims'),
        expires: Date.now() + codeLifetimeMs,
      });
      return answer({ code, ...(asked('client_info') && { client_info: clientInfo(account) }) });
    } catch (error) {
      if (!(error instanceof EntraError)) throw error;
      return answer({ error: error.error, error_description: error.message, claims: error.claims });
    }
  }

  async function token(call: Call): Promise<Reply> {
    const form = new URLSearchParams(call.body);
    switch (form.get('grant_type') ?? '') {
      case 'authorization_code':
        return redeemCode(call, form);
      case 'refresh_token':
        return refresh(call, form);
      case 'client_credentials':
        return clientCredentials(call, form);
      default:
        throw new EntraError(70003);
    }
  }

  async function redeemCode(call: Call, form: URLSearchParams): Promise<Reply> {
    const code = codes.get(form.get('code') ?? '');
    if (!code) throw new EntraError(54005);
    codes.delete(form.get('code') ?? '');
    if (code.expires < Date.now()) throw new EntraError(70008);
    if (form.get('redirect_uri') !== code.redirectUri) throw new EntraError(50011);
    const verifier = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (verifier !== code.challenge) throw new EntraError(501481);
    if (form.get('client_id') !== code.appId) throw new EntraError(70000);
    const tenant = admission.tenantNamed(code.tenantId);
    return personTokens(
      call,
      tenant,
      code,
      form.get('scope') ?? code.scope,
      form.get('claims') ?? code.claims,
      {
        nonce: code.nonce,
        clientInfo: form.get('client_info') === '1',
      },
    );
  }

  async function refresh(call: Call, form: URLSearchParams): Promise<Reply> {
    const signIn = refreshTokens.get(form.get('refresh_token') ?? '');
    if (!signIn || form.get('client_id') !== signIn.appId) throw new EntraError(70000);
    const tenant = admission.tenant(call.params['tenant'] ?? '', signIn.person);
    return personTokens(call, tenant, signIn, form.get('scope') ?? '', form.get('claims') ?? undefined, {
      clientInfo: form.get('client_info') === '1',
    });
  }

  async function personTokens(
    call: Call,
    tenant: Tenant,
    signIn: SignIn,
    scope: string,
    claims: string | undefined,
    extras: { readonly nonce?: string | undefined; readonly clientInfo: boolean },
  ): Promise<Reply> {
    const { appId, amr } = signIn;
    const application = admission.application(appId, tenant);
    const account = admission.account(tenant, signIn.person, 90072);
    const authenticationContexts = admission.admit(call, tenant, account, amr, scope, claims);
    const { resource, scopes } = admission.scopes(application, tenant, scope);
    const usual = organisation.behaviour.tokenSeconds || 3600 + Math.floor(Math.random() * 1800);
    const fault = faults.take(call, ['token'], questionOf(call, tenant, scope));
    const lifetimeSeconds = fault?.lifetimeSeconds ?? usual;
    const wanted = new Set(scope.split(' '));
    const accessToken = await tokens.issue({
      principal: account,
      tenant,
      resource,
      appId,
      amr,
      scopes,
      lifetimeSeconds,
      claims: {
        ...(authenticationContexts.length > 0 && { acrs: authenticationContexts }),
        ...tokens.wrongClaims(fault),
      },
    });
    return {
      status: 200,
      headers: { 'cache-control': 'no-store, no-cache', pragma: 'no-cache' },
      body: {
        token_type: 'Bearer',
        scope: [
          ...scopes.map((name) => `${resource.replace(/\/$/, '')}/${name}`),
          `${resource}/.default`,
        ].join(' '),
        expires_in: lifetimeSeconds,
        ext_expires_in: lifetimeSeconds,
        access_token: accessToken,
        ...(wanted.has('offline_access') && { refresh_token: remember({ ...signIn, tenantId: tenant.id }) }),
        ...(wanted.has('openid') && { id_token: await idToken(account, tenant, appId, extras.nonce) }),
        ...(extras.clientInfo && { client_info: clientInfo(account) }),
      },
    };
  }

  function remember(signIn: SignIn): string {
    const handle = randomBytes(48).toString('base64url');
    refreshTokens.set(handle, signIn);
    return handle;
  }

  function idToken(account: User, tenant: Tenant, appId: string, nonce: string | undefined): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    return tokens.sign({
      aud: appId,
      iss: `${origin()}/${tenant.id}/v2.0`,
      iat: now,
      nbf: now,
      exp: now + 3600,
      ver: '2.0',
      oid: account.id,
      tid: tenant.id,
      name: account.displayName,
      preferred_username: account.mail,
      sub: createHash('sha256').update(`${account.id} ${appId}`).digest('base64url'),
      ...(nonce && { nonce }),
    });
  }

  async function clientCredentials(call: Call, form: URLSearchParams): Promise<Reply> {
    const tenant = admission.tenantNamed(call.params['tenant'] ?? '');
    const scope = form.get('scope') ?? '';
    admission.failOnDemand(call, tenant, scope);
    const appId = form.get('client_id') ?? '';
    const application = admission.application(appId, tenant);
    const assertion = form.get('client_assertion');
    if (form.get('client_secret') !== null) throw new EntraError(7000215);
    if (assertion === null) throw new EntraError(7000218);
    const audiences = [tenant.id, ...tenant.domains, call.params['tenant'] ?? ''].flatMap((name) => [
      `${origin()}/${name}/oauth2/v2.0/token`,
      `${origin()}/${name}/v2.0`,
    ]);
    await verifyClientAssertion(assertion, application, audiences);
    const principal = findWorkload(organisation, appId, tenant.id);
    if (!principal) throw new EntraError(700016);
    if (!principal.accountEnabled) throw new EntraError(7000112);
    if (tenant.blocked) throw new EntraError(53003);
    if (!scope.endsWith('/.default')) throw new EntraError(1002012);
    const resource = scope.slice(0, -'/.default'.length);
    admission.resource(tenant, resource);
    const fault = faults.take(call, ['token'], questionOf(call, tenant, scope));
    const lifetimeSeconds = fault?.lifetimeSeconds ?? 3599;
    const accessToken = await tokens.issue({
      principal,
      tenant,
      resource,
      appId,
      amr: [],
      lifetimeSeconds,
      claims: tokens.wrongClaims(fault),
    });
    return {
      status: 200,
      headers: { 'cache-control': 'no-store, no-cache', pragma: 'no-cache' },
      body: {
        token_type: 'Bearer',
        expires_in: lifetimeSeconds,
        ext_expires_in: lifetimeSeconds,
        access_token: accessToken,
      },
    };
  }
}

function demoPerson(organisation: Organisation): string {
  const first = organisation.directory.find((one) => one.type === 'user');
  if (!first) throw new EntraError(50034);
  return first.id;
}

/** A code may only go to a listener on this machine. The address stays as it was written: it is compared later. */
function loopbackUri(value: string | undefined): string {
  const uri = value !== undefined && URL.canParse(value) ? new URL(value) : undefined;
  if (!value || uri?.protocol !== 'http:' || !['localhost', '127.0.0.1', '[::1]'].includes(uri.hostname)) {
    throw new EntraError(50011);
  }
  return value;
}

function clientInfo(account: User): string {
  const home = account.home ?? { id: account.id, tenantId: account.tenantId };
  return Buffer.from(JSON.stringify({ uid: home.id, utid: home.tenantId })).toString('base64url');
}

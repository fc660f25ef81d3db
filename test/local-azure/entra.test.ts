import assert from 'node:assert/strict';
import { createHash, randomBytes, webcrypto, X509Certificate } from 'node:crypto';
import { mock } from 'node:test';
import { createLocalJWKSet, decodeJwt, jwtVerify, SignJWT, type JSONWebKeySet } from 'jose';
import { startLocalAzure, type LocalAzure } from './azure.ts';
import { ask, managementToken, type Answer } from './client.ts';
import { newClientCertificate, type ClientCertificate } from './clientCertificate.ts';
import { member } from './json.ts';
import { apis } from './audiences.ts';
import type { TokenFault } from './faults.ts';
import { editorAppId } from './samplePeople.ts';

const contoso = 'c0a70500-0000-4000-8000-000000000001';
const tailspin = '7a115910-0000-4000-8000-000000000003';
const rotator = 'a9900000-0000-4000-8000-000000000004';
// Without a path, as the editor's own loopback listener has it: nobody may add a slash to it.
const redirectUri = 'http://localhost:8080';
const managementScope = 'https://management.core.windows.net//.default';

describe('Entra', () => {
  let azure: LocalAzure;
  beforeEach(async () => {
    azure = await startLocalAzure();
  });
  afterEach(() => azure.close());

  const url = (path: string) => `${azure.endpoints.entra}/${path}`;
  const errorCode = (answer: Answer) => (member(answer.body, 'error_codes') as number[] | undefined)?.[0];

  interface Request {
    readonly tenant?: string;
    readonly scope?: string;
    readonly person?: string;
    readonly client?: string;
    readonly extra?: Readonly<Record<string, string>>;
  }

  /** Asks for a code; answers the fields that came back to the redirect address. */
  async function authorize(request: Request, verifier: string): Promise<URLSearchParams> {
    const query = new URLSearchParams({
      client_id: request.client ?? editorAppId,
      response_type: 'code',
      redirect_uri: redirectUri,
      scope: request.scope ?? managementScope,
      state: 'a state',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      login_hint: request.person ?? 'kai@contoso.com',
      ...request.extra,
    });
    const answer = await ask(
      azure,
      url(`${request.tenant ?? 'organizations'}/oauth2/v2.0/authorize?${query.toString()}`),
    );
    assert.equal(answer.status, 302);
    const target = new URL(answer.headers.location ?? '');
    assert.equal(target.origin, redirectUri);
    assert.equal(target.searchParams.get('state'), 'a state');
    return target.searchParams;
  }

  function token(tenant: string, form: Readonly<Record<string, string>>): Promise<Answer> {
    const body = new URLSearchParams({ client_id: editorAppId, ...form }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return ask(azure, url(`${tenant}/oauth2/v2.0/token`), { method: 'POST', headers, body });
  }

  async function signIn(request: Request = {}): Promise<Answer> {
    const verifier = randomBytes(32).toString('base64url');
    const fields = await authorize(request, verifier);
    return token(request.tenant ?? 'organizations', {
      grant_type: 'authorization_code',
      code: fields.get('code') ?? '',
      redirect_uri: redirectUri,
      code_verifier: verifier,
      client_id: request.client ?? editorAppId,
    });
  }

  const accessToken = (answer: Answer) => String(member(answer.body, 'access_token'));

  describe('documents', () => {
    it('describe each tenant, by id or domain', async () => {
      const answer = await ask(azure, url('contoso.com/v2.0/.well-known/openid-configuration'));
      assert.equal(member(answer.body, 'issuer'), url(`${contoso}/v2.0`));
      assert.equal(member(answer.body, 'token_endpoint'), url(`${contoso}/oauth2/v2.0/token`));
      const common = await ask(azure, url('organizations/v2.0/.well-known/openid-configuration'));
      assert.equal(member(common.body, 'issuer'), url('{tenantid}/v2.0'));
      const unknown = await ask(azure, url('nowhere.example/v2.0/.well-known/openid-configuration'));
      assert.equal(unknown.status, 400);
      assert.equal(member(unknown.body, 'error'), 'invalid_tenant');
      assert.equal(errorCode(unknown), 90002);
    });

    it('hold the keys that its tokens are signed with', async () => {
      const keys = (await ask(azure, url('common/discovery/v2.0/keys'))).body as JSONWebKeySet;
      const { payload } = await jwtVerify(await managementToken(azure), createLocalJWKSet(keys));
      assert.equal(payload.iss, url(`${contoso}/`));
      const abroad = decodeJwt(await managementToken(azure, { tenant: 'fabrikam.com' }));
      assert.match(String(abroad.iss), /\/v2\.0$/, 'a tenant can have the other kind of issuer');
    });
  });

  describe('signing in', () => {
    it('gives a token for one hour and something, of the v1 kind', async () => {
      const answer = await signIn();
      assert.equal(answer.status, 200);
      const claims = decodeJwt(accessToken(answer));
      assert.equal(claims.aud, 'https://management.core.windows.net/');
      assert.equal(claims['tid'], contoso);
      assert.equal(claims['oid'], '9e550000-0000-4000-8000-000000000001');
      assert.equal(claims['upn'], 'kai@contoso.com');
      assert.equal(claims['unique_name'], 'kai@contoso.com');
      assert.equal(claims['idtyp'], 'user');
      assert.equal(claims['scp'], 'user_impersonation');
      assert.equal(claims['appid'], editorAppId);
      assert.deepEqual(claims['amr'], ['pwd']);
      const life = (claims.exp ?? 0) - (claims.iat ?? 0);
      assert.ok(life >= 3600 && life <= 5400);
      assert.equal(member(answer.body, 'expires_in'), life);
      assert.equal(member(answer.body, 'refresh_token'), undefined, 'offline_access was not asked for');
    });

    it('takes the audience as it was asked for', async () => {
      const audiences: [string, string][] = [
        ['https://management.core.windows.net//.default', 'https://management.core.windows.net/'],
        ['https://management.azure.com/.default', 'https://management.azure.com'],
        ['https://ossrdbms-aad.database.windows.net/.default', 'https://ossrdbms-aad.database.windows.net'],
        [`${azure.endpoints.resourceManager}/.default`, azure.endpoints.resourceManager],
        ['User.Read', 'https://graph.microsoft.com'],
      ];
      for (const [scope, audience] of audiences) {
        assert.equal(decodeJwt(accessToken(await signIn({ scope }))).aud, audience, scope);
      }
    });

    it('gives a guest another object id, and no upn', async () => {
      const claims = decodeJwt(accessToken(await signIn({ tenant: 'fabrikam.com' })));
      assert.equal(claims['oid'], '60e57000-0000-4000-8000-000000000001');
      assert.equal(claims['upn'], undefined);
      assert.equal(claims['unique_name'], 'kai@contoso.com');
      assert.match(String(claims['idp']), new RegExp(contoso));
    });

    it('gives an id token and a way to come back when asked', async () => {
      const scope = `openid offline_access ${managementScope}`;
      const first = await signIn({ scope, extra: { nonce: 'once' } });
      const identity = decodeJwt(String(member(first.body, 'id_token')));
      assert.equal(identity['nonce'], 'once');
      assert.equal(identity.aud, editorAppId);
      const refresh_token = String(member(first.body, 'refresh_token'));
      const abroad = await token('fabrikam.com', {
        grant_type: 'refresh_token',
        refresh_token,
        scope: managementScope,
      });
      assert.equal(decodeJwt(accessToken(abroad))['tid'], 'fab51ca0-0000-4000-8000-000000000002');
      const stolen = await token('contoso.com', {
        grant_type: 'refresh_token',
        refresh_token,
        scope: managementScope,
        client_id: rotator,
      });
      assert.equal(errorCode(stolen), 70000);
    });

    it('lets a code be used once, by whoever asked for it', async () => {
      const verifier = randomBytes(32).toString('base64url');
      const redeem = async (code: string | null, change: object = {}) =>
        token('organizations', {
          grant_type: 'authorization_code',
          code: code ?? '',
          redirect_uri: redirectUri,
          code_verifier: verifier,
          ...change,
        });
      const fresh = async () => (await authorize({}, verifier)).get('code');
      assert.equal(errorCode(await redeem(await fresh(), { code_verifier: 'another' })), 501481);
      assert.equal(errorCode(await redeem(await fresh(), { redirect_uri: 'http://localhost:1/' })), 50011);
      assert.equal(errorCode(await redeem(await fresh(), { client_id: rotator })), 70000);
      const late = await fresh();
      mock.timers.enable({ apis: ['Date'], now: Date.now() + 11 * 60_000 });
      try {
        assert.equal(errorCode(await redeem(late)), 70008);
      } finally {
        mock.timers.reset();
      }
      const code = await fresh();
      assert.equal((await redeem(code)).status, 200);
      assert.equal(errorCode(await redeem(code)), 54005);
    });

    it('sends a code to no other machine, and without PKCE to nobody', async () => {
      const query = `client_id=${editorAppId}&response_type=code&scope=User.Read&redirect_uri=`;
      for (const address of ['https://example.com/', 'http://127.0.0.1.example.com/', 'vscode://x/']) {
        const answer = await ask(
          azure,
          url(`organizations/oauth2/v2.0/authorize?${query}${encodeURIComponent(address)}`),
        );
        assert.equal(answer.status, 400, address);
        assert.equal(answer.headers.location, undefined);
      }
      const plain = await authorize({ extra: { code_challenge_method: 'plain' } }, 'verifier');
      assert.match(plain.get('error_description') ?? '', /^AADSTS9002325/);
    });
  });

  describe('refusals', () => {
    const refused = async (request: Request) => {
      const fields = await authorize(request, 'verifier');
      return /^AADSTS(\d+)/.exec(fields.get('error_description') ?? '')?.[1];
    };

    it('are JSON with numbers, ids and a time', async () => {
      const answer = await token('contoso.com', { grant_type: 'refresh_token', refresh_token: 'x' });
      const body = answer.body as Record<string, unknown>;
      assert.equal(answer.status, 400);
      assert.deepEqual(Object.keys(body), [
        'error',
        'error_description',
        'error_codes',
        'timestamp',
        'trace_id',
        'correlation_id',
        'error_uri',
      ]);
      assert.match(
        String(body['error_description']),
        /^AADSTS70000: .* Trace ID: \S+ Correlation ID: \S+ Timestamp: /,
      );
    });

    it('keep strangers out of a tenant', async () => {
      assert.equal(await refused({ tenant: 'fabrikam.com', person: 'robin@contoso.com' }), '50020');
      const home = await signIn({ person: 'robin@contoso.com', scope: `offline_access ${managementScope}` });
      const refresh_token = String(member(home.body, 'refresh_token'));
      const abroad = await token('fabrikam.com', {
        grant_type: 'refresh_token',
        refresh_token,
        scope: managementScope,
      });
      assert.equal(errorCode(abroad), 90072);
      assert.equal(await refused({ person: 'nobody@example.com' }), '50034');
    });

    it('ask for a second factor where the tenant does, and remember that it was given', async () => {
      assert.equal(await refused({ tenant: 'tailspintoys.com' }), '50076');
      const scope = `offline_access ${managementScope}`;
      const weak = await signIn({ scope });
      const withWeak = {
        grant_type: 'refresh_token',
        refresh_token: String(member(weak.body, 'refresh_token')),
        scope,
      };
      const answer = await token(tailspin, withWeak);
      assert.equal(errorCode(answer), 50076);
      assert.equal(member(answer.body, 'error'), 'interaction_required');
      assert.equal(typeof member(answer.body, 'claims'), 'string');
      const strong = await signIn({
        tenant: 'tailspintoys.com',
        scope,
        extra: { second_factor: 'approved' },
      });
      assert.deepEqual(decodeJwt(accessToken(strong))['amr'], ['pwd', 'mfa']);
      const again = await token(tailspin, {
        ...withWeak,
        refresh_token: String(member(strong.body, 'refresh_token')),
      });
      assert.deepEqual(decodeJwt(accessToken(again))['amr'], ['pwd', 'mfa']);
    });

    it('answer a claims challenge once the second factor is there', async () => {
      const claims = JSON.stringify({ access_token: { acrs: { essential: true, values: ['p1'] } } });
      assert.equal(await refused({ extra: { claims } }), '50076');
      const stepped = await signIn({ extra: { claims, second_factor: 'approved' } });
      assert.deepEqual(decodeJwt(accessToken(stepped))['acrs'], ['p1']);
    });

    it('tell what is wrong with a resource or an application', async () => {
      const { organisation } = azure;
      assert.equal(await refused({ scope: 'https://unknown.example/.default' }), '500011');
      assert.equal(await refused({ scope: 'https://a.example/x https://b.example/y' }), '700022');
      assert.equal(await refused({ client: '00000000-0000-4000-8000-00000000dead' }), '700016');
      assert.equal(await refused({ scope: 'Directory.Read.All' }), '65002');
      const postgres = { scope: 'https://token.postgres.cosmos.azure.com/.default' };
      const principal = organisation.directory.findIndex(
        (one) =>
          one.type === 'servicePrincipal' &&
          one.tenantId === contoso &&
          one.appId === apis.serverGroups.appId,
      );
      const found = organisation.directory[principal];
      assert.ok(found?.type === 'servicePrincipal');
      found.accountEnabled = false;
      assert.equal(await refused(postgres), '500014');
      organisation.directory.splice(principal, 1);
      assert.equal(await refused(postgres), '500011');
      const editor = organisation.applications.find(({ appId }) => appId === editorAppId);
      assert.ok(editor);
      editor.preauthorised = ['https://management.core.windows.net', 'https://graph.microsoft.com'];
      assert.equal(await refused({ scope: 'https://cosmos.azure.com/.default' }), '65002');
      assert.equal((await signIn()).status, 200);
    });

    it('follow the state of tenants and people', async () => {
      const { tenants, directory } = azure.organisation;
      const kai = directory.find(({ id }) => id === '9e550000-0000-4000-8000-000000000001');
      assert.ok(tenants[0] && kai?.type === 'user');
      tenants[0].blocked = true;
      assert.equal(await refused({}), '53003');
      tenants[0].blocked = false;
      kai.accountEnabled = false;
      assert.equal(await refused({}), '50057');
    });

    it('come on demand, for one resource, one tenant and whoever is silent', async () => {
      const database = 'https://ossrdbms-aad.database.windows.net/.default';
      const silent = { extra: { prompt: 'none' } };
      const rule = {
        tenant: contoso,
        resource: 'https://ossrdbms-aad.database.windows.net',
        silent: true,
        times: 0,
      };
      for (const code of [50076, 50105, 53003, 500011, 7000112, 65002, 70043]) {
        azure.faults.add({ ...rule, fault: { kind: 'aadsts', code } });
        assert.equal(await refused({ scope: database, ...silent }), String(code));
        assert.equal((await signIn(silent)).status, 200, 'another resource');
        assert.equal((await signIn({ scope: database })).status, 200, 'somebody is there');
        assert.equal((await signIn({ scope: database, tenant: 'fabrikam.com', ...silent })).status, 200);
        azure.faults.clear();
        assert.equal((await signIn({ scope: database, ...silent })).status, 200);
      }
      azure.faults.add({ ...rule, fault: { kind: 'aadsts', code: 50105 } });
      const order = { tenant: contoso, resource: rule.resource };
      await assert.rejects(azure.issueToken('kai@contoso.com', { ...order, silent: true }), /AADSTS50105/);
      await azure.issueToken('kai@contoso.com', order);
    });

    it('say what to ask for, where they are told what', async () => {
      const claims = '{"access_token":{"acrs":{"value":"c1"}}}';
      azure.faults.add({ fault: { kind: 'aadsts', code: 50076, claims } });
      assert.equal((await authorize({}, 'v')).get('claims'), claims);
    });

    it('are not needed for a token that is wrong', async () => {
      const claimsOf = async (fault: Omit<TokenFault, 'kind'>, request: Request = {}) => {
        azure.faults.clear();
        azure.faults.add({ fault: { kind: 'token', ...fault }, tenant: contoso });
        return decodeJwt(accessToken(await signIn(request)));
      };
      assert.equal(
        (await claimsOf({ claims: { aud: 'https://elsewhere.test' } })).aud,
        'https://elsewhere.test',
      );
      assert.ok(!('oid' in (await claimsOf({ claims: { oid: null } }))));
      assert.equal((await claimsOf({ claims: { oid: rotator } }))['oid'], rotator);
      const abroad = await claimsOf({ issuedBy: tailspin });
      assert.deepEqual([abroad['tid'], abroad.iss], [tailspin, url(`${tailspin}/`)]);
      const short = await claimsOf({ lifetimeSeconds: 5 });
      assert.equal((short.exp ?? 0) - (short.iat ?? 0), 5);
      const over = await claimsOf({ lifetimeSeconds: -60 });
      assert.ok((over.exp ?? 0) < Date.now() / 1000);
      assert.equal(
        (await claimsOf({}, { tenant: 'fabrikam.com' }))['tid'],
        'fab51ca0-0000-4000-8000-000000000002',
      );
      azure.faults.add({
        fault: { kind: 'token', claims: { aud: 'x' } },
        resource: 'https://cosmos.azure.com',
      });
      assert.equal(decodeJwt(await managementToken(azure)).aud, 'https://management.core.windows.net/');
      const order = { tenant: contoso, resource: 'https://cosmos.azure.com' };
      assert.equal(decodeJwt(await azure.issueToken('kai@contoso.com', order)).aud, 'x');
    });

    it('come on demand, for a tenant and as often as wanted', async () => {
      azure.faults.add({
        fault: { kind: 'aadsts', code: 53000 },
        service: 'entra',
        path: '/fabrikam.com/',
        times: 2,
      });
      assert.equal((await signIn()).status, 200);
      assert.equal(await refused({ tenant: 'fabrikam.com' }), '53000');
      assert.equal(await refused({ tenant: 'fabrikam.com' }), '53000');
      assert.equal((await signIn({ tenant: 'fabrikam.com' })).status, 200);
    });
  });

  describe('consent', () => {
    it('decides what a Graph token carries, application by application', async () => {
      const scope = 'https://graph.microsoft.com/.default';
      const own = 'c0a70a99-0000-4000-8000-000000000001';
      assert.equal(decodeJwt(accessToken(await signIn({ scope })))['scp'], 'User.Read User.ReadBasic.All');
      const wide = await signIn({ scope, client: own, tenant: 'contoso.com' });
      assert.match(String(decodeJwt(accessToken(wide))['scp']), /Directory\.Read\.All/);
      assert.equal(
        (await authorize({ client: own, tenant: 'fabrikam.com' }, 'v')).get('error'),
        'unauthorized_client',
      );
    });
  });

  describe('applications with a certificate', () => {
    let certificate: ClientCertificate;
    before(async () => {
      certificate = await newClientCertificate('key-rotator');
    });
    beforeEach(() => {
      azure.organisation.applications
        .find(({ appId }) => appId === rotator)
        ?.certificates.push(certificate.certificate);
    });

    interface Changes {
      readonly alg?: string;
      readonly aud?: string;
      readonly exp?: number;
      readonly sub?: string;
      readonly x5t?: string;
      readonly by?: ClientCertificate;
    }

    async function assertion(changes: Changes = {}) {
      const {
        alg = 'PS256',
        aud = url(`${contoso}/oauth2/v2.0/token`),
        sub = rotator,
        by = certificate,
      } = changes;
      const { raw } = new X509Certificate(by.certificate);
      const thumbprint = createHash('sha256').update(raw).digest('base64url');
      const key = await webcrypto.subtle.importKey(
        'pkcs8',
        by.pkcs8,
        { name: alg === 'PS256' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
        false,
        ['sign'],
      );
      return new SignJWT({ jti: 'once' })
        .setProtectedHeader({ alg, typ: 'JWT', 'x5t#S256': changes.x5t ?? thumbprint })
        .setIssuer(rotator)
        .setSubject(sub)
        .setAudience(aud)
        .setExpirationTime(changes.exp ?? Math.floor(Date.now() / 1000) + 300)
        .sign(key);
    }
    const credentials = (client_assertion: string, change: object = {}) =>
      token(contoso, {
        grant_type: 'client_credentials',
        client_id: rotator,
        scope: 'https://management.azure.com/.default',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion,
        ...change,
      });

    it('get a token of their own by proving it', async () => {
      for (const alg of ['RS256', 'PS256']) {
        const claims = decodeJwt(accessToken(await credentials(await assertion({ alg }))));
        assert.equal(claims['idtyp'], 'app');
        assert.equal(claims['oid'], '5e97ce00-0000-4000-8000-000000000004');
        assert.equal(claims['scp'], undefined);
      }
    });

    it('get none by any other', async () => {
      const [header = '', payload = '', signature = ''] = (await assertion()).split('.');
      const forged = `${header}.${payload}.${signature.slice(0, -6)}AAAAAA`;
      assert.equal(errorCode(await credentials(forged)), 700027);
      assert.equal(errorCode(await credentials(await assertion({ x5t: 'another' }))), 700027);
      assert.equal(errorCode(await credentials(await assertion({ aud: 'https://example.com' }))), 700027);
      assert.equal(errorCode(await credentials(await assertion({ sub: editorAppId }))), 700027);
      const past = Math.floor(Date.now() / 1000) - 3600;
      assert.equal(errorCode(await credentials(await assertion({ exp: past }))), 700024);
      assert.equal(errorCode(await credentials('not.a.token')), 700027);
      const expired = await newClientCertificate('key-rotator', new Date(Date.now() - 1000));
      azure.organisation.applications
        .find(({ appId }) => appId === rotator)
        ?.certificates.push(expired.certificate);
      assert.equal(errorCode(await credentials(await assertion({ by: expired }))), 700030);
      const unknown = await credentials(await assertion(), {
        scope: 'https://management.azure.com/user_impersonation',
      });
      assert.equal(errorCode(unknown), 1002012);
      const secret = {
        grant_type: 'client_credentials',
        client_id: rotator,
        client_secret: 'x',
        scope: 'a/.default',
      };
      const answer = await token(contoso, secret);
      assert.equal(answer.status, 401);
      assert.equal(errorCode(answer), 7000215);
    });

    it('get none while they are disabled', async () => {
      const principal = azure.organisation.directory.find(
        ({ id }) => id === '5e97ce00-0000-4000-8000-000000000004',
      );
      assert.ok(principal?.type === 'servicePrincipal');
      principal.accountEnabled = false;
      assert.equal(errorCode(await credentials(await assertion())), 7000112);
    });
  });
});

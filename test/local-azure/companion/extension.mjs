/**
 * An authentication provider for local Azure that behaves as the editor's Microsoft provider does: silent
 * requests fail without a word, interactive ones throw with Entra's text, pseudo-scopes choose tenant and
 * application. `LOCAL_AZURE_ENTRA` says where Entra is, `LOCAL_AZURE_PEOPLE` who may sign in.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { request } from 'node:https';
import * as vscode from 'vscode';

const entra = process.env.LOCAL_AZURE_ENTRA ?? '';
/** In the order in which they are offered; the first needs no choosing. */
const people = JSON.parse(process.env.LOCAL_AZURE_PEOPLE ?? '[]');
const clientId = 'aebc6443-996d-45c2-90f0-388ff96faa56';
const redirectUri = 'http://127.0.0.1/';

export function activate(context) {
  const changes = new vscode.EventEmitter();
  const log = vscode.window.createOutputChannel('Local Azure sign-in', { log: true });
  /** Who is signed in; no token is kept. */
  const signedIn = () => context.globalState.get('signedIn', []);
  const secondFactors = new Set();

  const provider = {
    onDidChangeSessions: changes.event,

    async getSessions(scopes, { account } = {}) {
      if (scopes === undefined || scopes.length === 0) return signedIn().map((person) => bare(person));
      const asked = signedIn().filter((person) => account === undefined || account.id === person.id);
      const sessions = await Promise.all(
        asked.map((person) =>
          session(person, scopes, {}).catch((error) => {
            log.warn(`silent sign-in of ${person.label} failed: ${error.message}`);
            return undefined;
          }),
        ),
      );
      return sessions.filter((found) => found !== undefined);
    },

    createSession: (scopes, options) => create(scopes, options, undefined),

    async getSessionsFromChallenges({ challenges, fallbackScopes }, { account } = {}) {
      const claims = claimsOf(challenges);
      const asked = signedIn().filter((person) => account === undefined || account.id === person.id);
      const sessions = await Promise.all(
        asked.map((person) => session(person, fallbackScopes, { claims }).catch(() => undefined)),
      );
      return sessions.filter((found) => found !== undefined);
    },

    createSessionFromChallenges: ({ challenges, fallbackScopes }, options) =>
      create(fallbackScopes, options, claimsOf(challenges)),

    async removeSession(id) {
      const person = signedIn().find((known) => id.endsWith(known.id));
      await context.globalState.update(
        'signedIn',
        signedIn().filter((known) => known !== person),
      );
      changes.fire({ added: [], removed: person === undefined ? [] : [bare(person)], changed: [] });
    },
  };

  async function create(scopes, options, claims) {
    const person = options?.account ?? (await whoSignsIn());
    let made;
    try {
      made = await session(person, scopes, { claims });
    } catch (error) {
      if (!/AADSTS50076/.test(error.message)) throw error;
      const approve = 'Approve';
      const answer = await vscode.window.showInformationMessage(
        `Local Azure: approve the sign-in of ${person.label} with a second factor?`,
        { modal: true, detail: 'In Azure your phone would ask this.' },
        approve,
      );
      if (answer !== approve) throw error;
      secondFactors.add(person.id);
      made = await session(person, scopes, { claims });
    }
    if (!signedIn().some(({ id }) => id === made.account.id)) {
      await context.globalState.update('signedIn', [...signedIn(), made.account]);
      changes.fire({ added: [made], removed: [], changed: [] });
    }
    return made;
  }

  async function whoSignsIn() {
    const others = people.filter((label) => !signedIn().some((person) => person.label === label));
    if (signedIn().length === 0 && others[0] !== undefined) return { label: others[0] };
    const label = await vscode.window.showQuickPick(others, { placeHolder: 'Local Azure: sign in as whom?' });
    if (label === undefined) throw new Error('User cancelled the sign-in.');
    return { label };
  }

  async function session(person, scopes, { claims }) {
    const tenant = scopes.find((scope) => scope.startsWith('VSCODE_TENANT:'))?.slice(14) ?? 'organizations';
    const client = scopes.find((scope) => scope.startsWith('VSCODE_CLIENT_ID:'))?.slice(17) ?? clientId;
    const scope = scopes.filter((name) => !name.startsWith('VSCODE_')).join(' ');
    const accessToken = await signIn(tenant, client, scope, person, claims);
    return { ...bare(identified(person, accessToken)), accessToken, scopes };
  }

  /** A first sign-in is to the home tenant: its token has the account's id, whatever tenant comes later. */
  function identified({ id, label }, accessToken) {
    if (id !== undefined) return { id, label };
    const { oid, tid } = JSON.parse(Buffer.from(accessToken.split('.')[1], 'base64url').toString());
    return { id: `${oid}.${tid}`, label };
  }

  async function signIn(tenant, client, scope, person, claims) {
    const verifier = randomBytes(32).toString('base64url');
    const query = new URLSearchParams({
      client_id: client,
      response_type: 'code',
      redirect_uri: redirectUri,
      scope,
      state: randomUUID(),
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      login_hint: person.label,
      ...(secondFactors.has(person.id) ? { second_factor: 'approved' } : {}),
      ...(claims === undefined ? {} : { claims }),
    });
    const authorized = await send('GET', `${entra}/${tenant}/oauth2/v2.0/authorize?${query}`);
    const answer = new URL(authorized.location ?? redirectUri).searchParams;
    if (answer.get('code') === null) {
      const problem = authorized.location === undefined ? JSON.parse(authorized.body) : undefined;
      throw new Error(answer.get('error_description') ?? problem?.error_description ?? 'No code.');
    }
    const form = new URLSearchParams({
      client_id: client,
      grant_type: 'authorization_code',
      code: answer.get('code'),
      redirect_uri: redirectUri,
      code_verifier: verifier,
      scope,
      ...(claims === undefined ? {} : { claims }),
    });
    const granted = await send('POST', `${entra}/${tenant}/oauth2/v2.0/token`, form.toString());
    const body = JSON.parse(granted.body);
    if (body.access_token === undefined) throw new Error(body.error_description ?? body.error);
    return body.access_token;
  }

  context.subscriptions.push(
    log,
    changes,
    vscode.authentication.registerAuthenticationProvider('local-azure', 'Local Azure', provider, {
      supportsMultipleAccounts: true,
      supportsChallenges: true,
    }),
  );
}

function bare({ id, label }) {
  return { id: `session-${id}`, accessToken: '', account: { id, label }, scopes: [] };
}

function claimsOf(challenges) {
  const encoded = challenges.map(({ params }) => params?.claims).find((claims) => claims !== undefined);
  if (encoded === undefined) return undefined;
  return encoded.startsWith('{') ? encoded : Buffer.from(encoded, 'base64').toString();
}

function send(method, url, body) {
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      { method, headers: body === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' } },
      (response) => {
        let text = '';
        response.on('data', (data) => (text += data));
        response.on('end', () => resolve({ body: text, location: response.headers.location }));
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

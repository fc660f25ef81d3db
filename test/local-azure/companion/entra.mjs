/** Signs a person in to local Azure's Entra, as a browser and an editor would: authorization code with PKCE. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { request } from 'node:https';

const redirectUri = 'http://127.0.0.1/';

/** An access token; throws with Entra's own words. Nobody is asked: who signs in is said by `login`. */
export async function signIn({ entra, tenant, client, scope, login, secondFactor, silent, claims }) {
  const verifier = randomBytes(32).toString('base64url');
  const query = new URLSearchParams({
    client_id: client,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope,
    state: randomUUID(),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    login_hint: login,
    ...(secondFactor ? { second_factor: 'approved' } : {}),
    ...(silent ? { prompt: 'none' } : {}),
    ...(claims === undefined ? {} : { claims }),
  });
  const authorized = await send('GET', `${entra}/${tenant}/oauth2/v2.0/authorize?${query}`);
  const answer = new URL(authorized.location ?? redirectUri).searchParams;
  const code = answer.get('code');
  if (code === null) throw new Error(answer.get('error_description') ?? describe(authorized.body));
  const form = new URLSearchParams({
    client_id: client,
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    code_verifier: verifier,
    scope,
    ...(claims === undefined ? {} : { claims }),
  });
  const granted = await send('POST', `${entra}/${tenant}/oauth2/v2.0/token`, form.toString());
  const token = JSON.parse(granted.body).access_token;
  if (token === undefined) throw new Error(describe(granted.body));
  return token;
}

/** The account that a token of the home tenant belongs to, with the id that the editor's provider would use. */
export function accountOf(token, label) {
  const { oid, tid } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString());
  return { id: `${oid}.${tid}`, label };
}

function describe(body) {
  try {
    return JSON.parse(body).error_description ?? body;
  } catch {
    return `Entra answered: ${body}`;
  }
}

function send(method, url, body) {
  return new Promise((resolve, reject) => {
    const headers = body === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' };
    const sent = request(url, { method, headers }, (response) => {
      let text = '';
      response.on('data', (data) => (text += data));
      response.on('end', () => resolve({ body: text, location: response.headers.location }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/**
 * An authentication provider for local Azure that behaves as the editor's Microsoft provider does: silent
 * requests fail without a word, interactive ones throw with Entra's text, pseudo-scopes choose tenant and
 * application. `LOCAL_AZURE_ENTRA` says where Entra is, `LOCAL_AZURE_PEOPLE` who may sign in.
 */
import * as vscode from 'vscode';
import { accountOf, signIn } from './entra.mjs';

const entra = process.env.LOCAL_AZURE_ENTRA ?? '';
/** In the order in which they are offered; the first needs no choosing. */
const people = JSON.parse(process.env.LOCAL_AZURE_PEOPLE ?? '[]');
const clientId = 'aebc6443-996d-45c2-90f0-388ff96faa56';

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
          session(person, scopes, { silent: true }).catch((error) => {
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
        asked.map((person) =>
          session(person, fallbackScopes, { claims, silent: true }).catch(() => undefined),
        ),
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
    const label = await vscode.window.showQuickPick(others, {
      placeHolder: 'Local Azure: sign in as whom?',
      ignoreFocusOut: true,
    });
    if (label === undefined) throw new Error('User cancelled the sign-in.');
    return { label };
  }

  async function session(person, scopes, { claims, silent = false }) {
    const accessToken = await signIn({
      entra,
      tenant: scopes.find((scope) => scope.startsWith('VSCODE_TENANT:'))?.slice(14) ?? 'organizations',
      client: scopes.find((scope) => scope.startsWith('VSCODE_CLIENT_ID:'))?.slice(17) ?? clientId,
      scope: scopes.filter((name) => !name.startsWith('VSCODE_')).join(' '),
      login: person.label,
      secondFactor: secondFactors.has(person.id),
      silent,
      claims,
    });
    // A first sign-in is to the home tenant: its token has the account's id, whatever tenant comes later.
    const account = person.id === undefined ? accountOf(accessToken, person.label) : person;
    return { ...bare(account), accessToken, scopes };
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

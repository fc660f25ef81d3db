/** The extension with other surroundings: prompts that a test answers, people who sign in without a window. */
import * as vscode from 'vscode';
import { refusalOf } from '../../src/core/identity/refusals.ts';
import type { Account } from '../../src/core/identity/tokens.ts';
import type { Accounts } from '../../src/editor/accounts.ts';
import type { App } from '../../src/editor/app.ts';
import { openLog } from '../../src/editor/log.ts';
import { start } from '../../src/editor/start.ts';
import type { FindingNode } from '../../src/editor/node.ts';
import { register } from '../../src/extension.ts';
import { accountOf, signIn } from '../local-azure/companion/entra.mjs';
import { emptyStage, promptsOf, recorded } from './stage.ts';
import type { Stage } from './stage.ts';

export interface Staged {
  readonly app: App;
  readonly stage: Stage;
  readonly findingsView: vscode.TreeView<FindingNode>;
  readonly context: vscode.ExtensionContext;
}

export async function activate(context: vscode.ExtensionContext): Promise<Staged> {
  const stage = emptyStage(authenticationOf(context));
  watchEditor(stage);
  let findingsView: vscode.TreeView<FindingNode> | undefined;
  const { app } = register(context, (view, findings) => {
    findingsView = findings;
    return Promise.resolve(
      start(context, view, findings, {
        prompts: promptsOf(stage),
        log: recorded(openLog(), stage),
        accountsOf: (_, applicationId) => accountsOf(stage, applicationId),
      }),
    );
  });
  const started = await app();
  if (findingsView === undefined) throw new Error('The extension starts with its views.');
  return { app: started, stage, context, findingsView };
}

/** The provider that the settings name. It signs nobody in: the stage does; it tells when sessions change. */
function authenticationOf(context: vscode.ExtensionContext): () => void {
  const changes = new vscode.EventEmitter<vscode.AuthenticationProviderAuthenticationSessionsChangeEvent>();
  const nobody = (): Promise<never> => Promise.reject(new Error('The stage signs people in.'));
  context.subscriptions.push(
    changes,
    vscode.authentication.registerAuthenticationProvider('local-azure', 'Local Azure', {
      onDidChangeSessions: changes.event,
      getSessions: () => Promise.resolve([]),
      createSession: nobody,
      removeSession: nobody,
    }),
  );
  return () => changes.fire({ added: [], removed: [], changed: [] });
}

/** People of local Azure. As with the editor's own provider, silence says nothing of its reason. */
function accountsOf(stage: Stage, client = 'aebc6443-996d-45c2-90f0-388ff96faa56'): Accounts {
  const entra = process.env['LOCAL_AZURE_ENTRA'] ?? '';
  const known = new Map<string, Account>();

  const token = async (label: string, tenant: string, resource: string, claims?: string): Promise<string> => {
    const secondFactor = stage.secondFactors.has(label);
    const scope = `${resource}/.default`;
    const asked = Symbol(label);
    stage.asking.add(asked);
    try {
      const given = await signIn({ entra, client, tenant, scope, login: label, secondFactor, claims });
      stage.tokens.add(given);
      return given;
    } finally {
      stage.asking.delete(asked);
    }
  };
  const accountFor = async (label: string): Promise<Account> => {
    const account = known.get(label) ?? accountOf(await token(label, 'organizations', armAudience), label);
    known.set(label, account);
    return account;
  };

  return {
    accounts: () => Promise.all(stage.people.map(accountFor)),

    async token({ caller, resource, interactive, challenge }) {
      const { label } = caller.account;
      if (interactive) {
        stage.heard.push(`sign in: ${label}`);
        await stage.signInsHeld.shift();
        const error = stage.signInErrors.shift();
        if (error !== undefined) throw error;
        if (stage.proves.has(label)) stage.secondFactors.add(label);
      }
      try {
        return await token(label, caller.tenant, resource, claimsOf(challenge));
      } catch (error) {
        if (!interactive) return undefined;
        throw error;
      }
    },

    others: () => Promise.all(stage.others.map(accountFor)),

    async signIn(account) {
      const label = account?.label ?? 'kai@contoso.com';
      stage.heard.push(`sign in: ${label}`);
      const error = stage.signInErrors.shift();
      if (error !== undefined) throw refusalOf(error, { tenant: 'organizations' });
      move(label, stage.others, stage.people);
      return accountFor(label);
    },

    leave: ({ label }) => move(label, stage.people, stage.others),
  };
}

const armAudience = 'https://management.core.windows.net';

function move(label: string, from: string[], to: string[]): void {
  if (from.includes(label)) from.splice(from.indexOf(label), 1);
  if (!to.includes(label)) to.push(label);
}

/** The claims that a `WWW-Authenticate` header demands, as they go to Entra. */
function claimsOf(challenge: string | undefined): string | undefined {
  const encoded = /claims="([^"]+)"/.exec(challenge ?? '')?.[1];
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString();
}

/** What cannot be asked of the editor afterwards is written down as it happens. */
function watchEditor(stage: Stage): void {
  const executeCommand = vscode.commands.executeCommand.bind(vscode.commands);
  Object.assign(vscode.commands, {
    executeCommand: (command: string, ...rest: unknown[]) => {
      if (command === 'setContext' && typeof rest[0] === 'string') stage.contexts.set(rest[0], rest[1]);
      return executeCommand(command, ...rest);
    },
  });
  // Whoever opens a window for tests trusts what is in it.
  Object.defineProperty(vscode.workspace, 'isTrusted', { get: () => stage.trust.isGiven });
  // A browser's window is no place for a test to look into: the editor lets tests replace what opens it.
  Object.assign(vscode.env, {
    openExternal: (address: vscode.Uri) => {
      stage.opened.push(address.toString(true));
      return Promise.resolve(true);
    },
  });
}

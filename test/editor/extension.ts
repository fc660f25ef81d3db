/** The extension with other surroundings: prompts that a test answers, people who sign in without a window. */
import * as vscode from 'vscode';
import type { Account } from '../../src/core/identity/tokens.ts';
import type { App } from '../../src/editor/app.ts';
import { openLog } from '../../src/editor/log.ts';
import type { Prompts } from '../../src/editor/prompts.ts';
import { start } from '../../src/extension.ts';
import { accountOf, signIn } from '../local-azure/companion/entra.mjs';

/** What a test says and hears in place of a person. */
export interface Stage {
  /** The labels to choose in the prompts to come; an array for a choice of several. */
  readonly answers: (string | readonly string[])[];
  /** What was asked and told, in order. */
  readonly heard: string[];
  /** Who gives a second factor when asked. */
  readonly secondFactors: Set<string>;
  /** Whoever is signed in to the editor when the test begins. */
  readonly people: string[];
}

export interface Staged {
  readonly app: App;
  readonly stage: Stage;
}

export function activate(context: vscode.ExtensionContext): Staged {
  const stage: Stage = { answers: [], heard: [], secondFactors: new Set(), people: [] };
  const entra = process.env['LOCAL_AZURE_ENTRA'] ?? '';
  const client = 'aebc6443-996d-45c2-90f0-388ff96faa56';
  const home = { entra, client, tenant: 'organizations', secondFactor: false };

  const accounts = new Map<string, Account>();
  const accountFor = async (label: string): Promise<Account> => {
    const known = accounts.get(label);
    if (known !== undefined) return known;
    const scope = 'https://management.core.windows.net/.default';
    const account = accountOf(await signIn({ ...home, scope, login: label }), label);
    accounts.set(label, account);
    return account;
  };

  const app = start(context, {
    prompts: answering(stage),
    log: openLog(),
    accountsOf: () => ({
      accounts: () => Promise.all(stage.people.map(accountFor)),
      token: async ({ caller, resource, interactive }) => {
        if (interactive) stage.heard.push(`sign in: ${caller.account.label}`);
        const secondFactor = stage.secondFactors.has(caller.account.label);
        const scope = `${resource}/.default`;
        const login = caller.account.label;
        try {
          return await signIn({ ...home, tenant: caller.tenant, scope, login, secondFactor });
        } catch (error) {
          // Silence says nothing of the reason: so does the editor's own provider.
          if (!interactive) return undefined;
          throw error;
        }
      },
      others: () => Promise.resolve([]),
      signIn: async () => {
        stage.people.push('kai@contoso.com');
        return accountFor('kai@contoso.com');
      },
      leave: ({ label }) => stage.people.splice(stage.people.indexOf(label), 1),
    }),
  });
  return { app, stage };
}

function answering(stage: Stage): Prompts {
  const next = (question: string): string | readonly string[] | undefined => {
    stage.heard.push(question);
    return stage.answers.shift();
  };
  return {
    async pick(choices, question) {
      const answer = next(question);
      const chosen = choices.find(({ label }) => label === answer);
      if (answer !== undefined && chosen === undefined)
        throw new Error(
          `"${String(answer)}" is not offered: ${choices.map(({ label }) => label).join(', ')}`,
        );
      return chosen?.value;
    },
    async pickMany(choices, question) {
      const answer = next(question);
      if (answer === undefined) return undefined;
      return choices.filter(({ label }) => answer.includes(label)).map(({ value }) => value);
    },
    async tell(_, text, buttons) {
      const answer = next(`${text} [${buttons.join(', ')}]`);
      return typeof answer === 'string' ? answer : undefined;
    },
  };
}

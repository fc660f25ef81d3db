import * as vscode from 'vscode';
import { Failure } from '../core/failure.ts';
import type { Store } from '../core/clusters/discovery.ts';
import type { Cloud } from '../core/identity/clouds.ts';
import { refusalOf } from '../core/identity/refusals.ts';
import type { Account, TokenRequest, TokenSource } from '../core/identity/tokens.ts';

/** The editor's own accounts, and which of them the person lets this extension use. */
export interface Accounts extends TokenSource {
  /** Accounts that the editor has and this extension does not use yet. */
  others(): Promise<readonly Account[]>;
  /** Asks the person; one of the editor's accounts, or a new one. */
  signIn(account: Account | undefined): Promise<Account>;
  leave(account: Account): void;
}

export function editorAccounts(cloud: Cloud, applicationId: string | undefined, store: Store): Accounts {
  const provider = cloud.authenticationProvider;
  const armScope = `${cloud.audiences.resourceManager}/.default`;
  const scopesFor = (scope: string, tenant: string): string[] => [
    scope,
    `VSCODE_TENANT:${tenant}`,
    ...(applicationId === undefined ? [] : [`VSCODE_CLIENT_ID:${applicationId}`]),
  ];

  const uses = (): Readonly<Record<string, boolean>> => {
    const stored = store.get(usesKey(provider));
    return typeof stored === 'object' && stored !== null ? (stored as Record<string, boolean>) : {};
  };
  const use = (account: Account, used: boolean): void =>
    store.set(usesKey(provider), { ...uses(), [account.id]: used });

  /** The editor waits a while for a provider that it does not have, and then throws. */
  const known = async (): Promise<readonly vscode.AuthenticationSessionAccountInformation[]> => {
    try {
      return await vscode.authentication.getAccounts(provider);
    } catch (error) {
      const setting = 'customCloud.authenticationProvider';
      throw cloud.id === 'custom'
        ? new Failure({ code: 'badSetting', setting, problem: 'noSuchProvider' }, error)
        : error;
    }
  };

  const silently = (account: Account): Thenable<vscode.AuthenticationSession | undefined> =>
    vscode.authentication.getSession(provider, scopesFor(armScope, 'organizations'), {
      account,
      silent: true,
    });

  /** An account we were told to use is ours even while its session is over; one never mentioned, if it lets us in. */
  const accounts = async (): Promise<readonly Account[]> => {
    const used = uses();
    const all = await known();
    const ours = await Promise.all(
      all.map(async (account) => used[account.id] ?? (await silently(account)) !== undefined),
    );
    return all.filter((_, index) => ours[index] === true).map(({ id, label }) => ({ id, label }));
  };

  return {
    accounts,

    async token({ caller, resource, interactive, challenge }: TokenRequest) {
      const scopes = scopesFor(`${resource}/.default`, caller.tenant);
      const request =
        challenge === undefined ? scopes : { wwwAuthenticate: challenge, fallbackScopes: scopes };
      const session = interactive
        ? await vscode.authentication.getSession(provider, request, {
            account: caller.account,
            createIfNone: true,
          })
        : await vscode.authentication.getSession(provider, request, {
            account: caller.account,
            silent: true,
          });
      return session?.accessToken;
    },

    async others() {
      const ours = new Set((await accounts()).map(({ id }) => id));
      return (await known()).filter(({ id }) => !ours.has(id));
    },

    async signIn(account) {
      const scopes = scopesFor(armScope, 'organizations');
      const anyThere = (await known()).length > 0;
      try {
        const session =
          account !== undefined
            ? await vscode.authentication.getSession(provider, scopes, { account, createIfNone: true })
            : anyThere
              ? await vscode.authentication.getSession(provider, scopes, {
                  // The editor's own words speak of signing in "again".
                  forceNewSession: { detail: vscode.l10n.t('Next you choose the account to add.') },
                  // Else the editor signs in again whoever was used last.
                  clearSessionPreference: true,
                })
              : await vscode.authentication.getSession(provider, scopes, { createIfNone: true });
        use(session.account, true);
        return { id: session.account.id, label: session.account.label };
      } catch (error) {
        throw refusalOf(error, { tenant: 'organizations' });
      }
    },

    leave: (account) => use(account, false),
  };
}

function usesKey(provider: string): string {
  return `accounts:${provider}`;
}

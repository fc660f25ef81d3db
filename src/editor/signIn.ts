import * as vscode from 'vscode';
import type { Failure } from '../core/failure.ts';
import type { Account, Caller } from '../core/identity/tokens.ts';
import type { App } from './app.ts';
import type { Node } from './node.ts';
import type { Choice } from './prompts.ts';
import { editorSignsInTo, makeEditorSignInTo } from './settings.ts';
import { nothingToChoose, tenantOf } from './targets.ts';

/**
 * Offers the sign-in that a failure wants; whether it was made. Whatever fails for the same want meanwhile waits
 * for the same answer: one message, however much a token was needed for.
 */
export function isSignedIn(app: App, failure: Failure, text: string): Promise<boolean> {
  const { data } = failure;
  const want = JSON.stringify('tenant' in data ? [data.tenant, data.account, data.resource] : data);
  const offered = app.signInsOffered.get(want) ?? offer(app, failure, text);
  app.signInsOffered.set(want, offered);
  return offered.finally(() => app.signInsOffered.delete(want));
}

async function offer(app: App, failure: Failure, text: string): Promise<boolean> {
  const button = vscode.l10n.t('Sign In');
  const showLog = vscode.l10n.t('Show Log');
  const pressed = await app.prompts.tell('error', text, [button, showLog]);
  if (pressed === showLog) app.log.show();
  if (pressed !== button) return false;
  await signInAgain(app, failure);
  return true;
}

/** As the account and to the tenant that a failure names, for the service that it names. */
async function signInAgain(app: App, failure: Failure): Promise<void> {
  const { cloud, tokens } = app.azure();
  const caller = callerOf(app, failure);
  if (caller === undefined) return signIn(app);
  const resource = resourceOf(failure) ?? cloud.audiences.resourceManager;
  if (resource === cloud.audiences.resourceManager) await signInToTenant(app, { kind: 'tenant', caller });
  else await tokens.interactive(caller, resource);
}

function callerOf(app: App, { data }: Failure): Caller | undefined {
  if (!('tenant' in data)) return undefined;
  return app
    .azure()
    .discovery.tenants.find(
      ({ caller }) =>
        caller.tenant === data.tenant && (data.account === undefined || caller.account.id === data.account),
    )?.caller;
}

function resourceOf({ data }: Failure): string | undefined {
  return 'resource' in data ? data.resource : undefined;
}

export async function signIn(app: App): Promise<void> {
  const { accounts, cloud, discovery } = app.azure();
  if (!editorSignsInTo(cloud)) {
    const set = vscode.l10n.t('Set It and Go On');
    const text = vscode.l10n.t(
      'To sign in to this cloud, the editor’s own setting {0} must be {1}.',
      'microsoft-sovereign-cloud.environment',
      cloud.editorEnvironment ?? '',
    );
    if ((await app.prompts.tell('information', text, [set])) !== set) return;
    await makeEditorSignInTo(cloud);
  }
  const others = await accounts.others();
  const another: Choice<Account | undefined> = {
    label: vscode.l10n.t('Another account…'),
    iconPath: new vscode.ThemeIcon('add'),
    value: undefined,
  };
  let account: Account | undefined;
  if (others.length > 0) {
    const choices = others.map((value) => ({
      label: value.label,
      iconPath: new vscode.ThemeIcon('account'),
      value,
    }));
    const picked = await app.prompts.pick<{ account: Account | undefined }>(
      [...choices, another].map((choice) => ({ ...choice, value: { account: choice.value } })),
      vscode.l10n.t('Which account shall Cosmos Entra use?'),
    );
    if (picked === undefined) return;
    account = picked.account;
  }
  await accounts.signIn(account);
  await discovery.refresh();
}

export async function signInToTenant(app: App, node?: Node): Promise<void> {
  const { tokens, cloud, discovery } = app.azure();
  const resource = cloud.audiences.resourceManager;
  if (node?.kind === 'account') {
    await tokens.interactive({ account: node.account, tenant: 'organizations' }, resource);
    await discovery.refresh();
    return;
  }
  // A database may want more of a person than Azure does.
  if (node?.kind === 'failure' && node.retry.what === 'branch' && resourceOf(node.failure) !== resource) {
    await signInAgain(app, node.failure);
    app.tree.refresh(node.retry.node);
    return;
  }
  const tenant = await tenantOf(app, node, vscode.l10n.t('Sign in to which tenant?'));
  if (tenant === undefined) return;
  try {
    await tokens.interactive(tenant.caller, resource);
  } finally {
    // A refusal too is news: the row then says why.
    await discovery.refreshTenant(tenant.caller);
  }
}

export async function leaveAccount(app: App): Promise<void> {
  const { accounts, discovery } = app.azure();
  await discovery.load();
  if (discovery.accounts.length === 0) return nothingToChoose(app, '');
  const account = await app.prompts.pick(
    discovery.accounts.map((listing) => ({ label: listing.account.label, value: listing.account })),
    vscode.l10n.t('Stop using which account here? It stays signed in to the editor.'),
  );
  if (account === undefined) return;
  accounts.leave(account);
  // What is theirs goes before anybody is asked who is left.
  const others = discovery.accounts.flatMap((one) => (one.account.id === account.id ? [] : [one.account]));
  discovery.keepOnly(others);
  await app.keepOnly(others);
  await discovery.refresh();
}

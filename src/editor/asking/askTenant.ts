import * as vscode from 'vscode';
import type { Wish } from '../../core/access/asking.ts';
import type { Me } from '../../core/access/principals.ts';
import { tenantAskingFor } from '../../core/access/tenantAsking.ts';
import type { TenantAround, TenantWish } from '../../core/access/tenantAsking.ts';
import { isGuid } from '../../core/azure/directoryObject.ts';
import { sameText } from '../../core/clusters/fields.ts';
import type { Named } from '../../core/doctor/named.ts';
import { wantedByRefusal } from '../../core/doctor/wantedToken.ts';
import type { PastedRefusal } from '../../core/doctor/wantedToken.ts';
import { Failure } from '../../core/failure.ts';
import type { Caller } from '../../core/identity/tokens.ts';
import { handOver } from './accessRequest.ts';
import type { App } from '../app.ts';
import { tenantAskingText } from './askTenantText.ts';
import type { Node } from '../node.ts';
import type { Choice } from '../prompts.ts';
import { applicationIdSetting } from '../settings.ts';

/** Who is to give it, to whom and for which cluster, as far as that is known. */
type Asked = Pick<TenantAround, 'tenant' | 'cluster' | 'person' | 'asker' | 'application'> & {
  /** The name of the tenant, where an error has only that. */
  readonly tenantName?: string | undefined;
};

/** A message to the administrators of a tenant. */
export async function askTenant(app: App, wish: TenantWish, asked: Asked): Promise<void> {
  const { cloud, discovery } = app.azure();
  const { cluster, person } = asked;
  const asking = tenantAskingFor(wish, { ...asked, cloud, now: new Date() });
  const nameOf = (id: string | undefined): string | undefined =>
    id === undefined ? undefined : discovery.tenants.find(({ caller }) => sameText(id, caller.tenant))?.name;
  const subscriptions = cluster === undefined ? [] : (app.tree.tenant(cluster.caller)?.subscriptions ?? []);
  const text = tenantAskingText(asking, {
    tenant: nameOf(person.tenant),
    subscription: subscriptions.find(({ id }) => sameText(cluster?.subscription, id))?.name,
    asked: nameOf(asked.tenant) ?? asked.tenantName,
  });
  const told = vscode.l10n.t('Copied. Send it to an administrator of the tenant.');
  await handOver(app, text, told);
}

/** What signs in here, as a message names it. */
export function ownApplication(): TenantAround['application'] {
  const id = applicationIdSetting();
  return id === undefined ? undefined : { id, by: 'setting' };
}

/** Who signs in; of whom Entra gives no token only the account is known, which is enough to ask for a token. */
export async function meOf(
  { azure }: App,
  caller: Caller,
  { what }: Pick<Wish, 'what'>,
): Promise<Me | undefined> {
  const { account, tenant } = caller;
  const byAccount: Me = { objectId: '', type: 'user', tenant, name: account.label, userName: undefined };
  try {
    const me = await azure().directory.me(caller);
    return me ?? (what === 'token' ? byAccount : undefined);
  } catch (error) {
    if (what !== 'token' || Failure.from(error).code === 'signedOut') throw error;
    return byAccount;
  }
}

/** What a row says that Entra refuses, and only administrators can give; of a cluster’s row something else. */
export function refusedAt(app: App, node: Node | undefined): (() => Promise<void>) | undefined {
  const at = failureAt(app, node);
  const refused = at?.failure === undefined ? undefined : wantedByRefusal(at.failure.data);
  if (at === undefined || refused === undefined) return undefined;
  const { caller } = at;
  return async () => {
    const person = await meOf(app, caller, refused);
    if (person === undefined) return;
    // The tenants of an account are found out by way of whichever is its own.
    const tenant = caller.tenant === 'organizations' ? undefined : caller.tenant;
    const application = ownApplication();
    await askTenant(app, refused, { tenant, cluster: undefined, person, application });
  };
}

function failureAt(
  { tree, azure }: App,
  node: Node | undefined,
): { readonly caller: Caller; readonly failure: Failure | undefined } | undefined {
  if (node?.kind === 'tenant')
    return { caller: node.caller, failure: tree.tenant(node.caller)?.failures[0]?.failure };
  if (node?.kind === 'failure' && node.retry.what === 'tenant')
    return { caller: node.retry.caller, failure: node.failure };
  if (node?.kind !== 'account') return undefined;
  const known = azure().discovery.accounts.find(({ account }) => account.id === node.account.id);
  return { caller: { account: node.account, tenant: 'organizations' }, failure: known?.failure };
}

/** The same of an error that somebody pasted: what it names goes before what is known here. */
export async function askAboutError(app: App, { refused, named }: PastedRefusal): Promise<void> {
  const valueOf = (what: Named['what']): string | undefined => named.find((one) => one.what === what)?.value;
  const person = await refusedPerson(app, valueOf('user'));
  if (person === undefined) return;
  const { discovery } = app.azure();
  const said = valueOf('tenant');
  const isId = said !== undefined && isGuid(said);
  const known = discovery.tenants.find(({ name }) => sameText(said, name));
  const application = valueOf('application');
  await askTenant(app, refused, {
    tenant: isId ? said : known?.caller.tenant,
    tenantName: isId ? undefined : said,
    cluster: undefined,
    person,
    application: application === undefined ? undefined : { id: application, by: 'error' },
  });
}

/** Whom it is about: the error may be that of a program, or of somebody else. */
async function refusedPerson(app: App, named: string | undefined): Promise<Me | undefined> {
  const name = named?.includes('@') === true ? named : await chosenName(app);
  if (name === undefined) return undefined;
  return { objectId: '', type: 'user', tenant: '', name, userName: undefined };
}

async function chosenName({ azure, prompts, log }: App): Promise<string | undefined> {
  const accounts = await azure()
    .tokens.accounts()
    .catch((error: unknown) => {
      log.error(error);
      return [];
    });
  const type = (): Promise<string | undefined> =>
    prompts.type({
      title: vscode.l10n.t('Ask for Access'),
      question: vscode.l10n.t('Whose sign-in was refused? The sign-in name, or the name of the program'),
      problem: (text) => (text.trim() === '' ? vscode.l10n.t('A name, so that others find it.') : undefined),
    });
  if (accounts.length === 0) return type();
  const choices: Choice<() => Promise<string | undefined>>[] = [
    ...accounts.map(({ label }) => ({
      label,
      iconPath: new vscode.ThemeIcon('account'),
      value: () => Promise.resolve(label),
    })),
    {
      label: vscode.l10n.t('Somebody else, or a program…'),
      iconPath: new vscode.ThemeIcon('edit'),
      value: type,
    },
  ];
  return (await prompts.pick(choices, vscode.l10n.t('Whose sign-in was refused?')))?.();
}

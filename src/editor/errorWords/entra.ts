import * as vscode from 'vscode';
import type { EntraMeaning } from '../../core/doctor/codes/entra.ts';
import type { WordsOf } from './words.ts';

/** Why Entra gives no token. */
export const entraWords: WordsOf<EntraMeaning> = {
  secondFactor: () => [
    vscode.l10n.t('sign-in needs a second factor'),
    vscode.l10n.t('This tenant asks for a second factor. Sign in to give it.'),
  ],
  conditionalAccess: () => [
    vscode.l10n.t('blocked by conditional access'),
    vscode.l10n.t(
      'A conditional access rule of this tenant blocks the sign-in. Trying again does not help; its administrators can say which rule it is.',
    ),
  ],
  device: () => [
    vscode.l10n.t('this device is not accepted'),
    vscode.l10n.t(
      'This tenant accepts registered or compliant devices only. Register this one, or work from one that is.',
    ),
  ],
  consent: () => [
    vscode.l10n.t('consent is missing'),
    vscode.l10n.t(
      'The application has no consent in this tenant. Sign in to consent, or ask an administrator to.',
    ),
  ],
  notPreauthorised: () => [
    vscode.l10n.t('the editor’s application is not accepted'),
    vscode.l10n.t(
      'Microsoft has not authorised the editor’s application for this service, and no administrator can. Set cosmosEntra.applicationId to an application of your organisation’s own.',
    ),
  ],
  notAssigned: () => [
    vscode.l10n.t('you are not assigned to the application'),
    vscode.l10n.t('An administrator must assign you to the enterprise application in this tenant.'),
  ],
  notInTenant: () => [
    vscode.l10n.t('this account is not in the tenant'),
    vscode.l10n.t(
      'The account is not a member or guest of this tenant, or has not accepted its invitation. Sign in with another account, or ask to be invited.',
    ),
  ],
  tenantPolicy: () => [
    vscode.l10n.t('cross-tenant access is blocked'),
    vscode.l10n.t(
      'A cross-tenant policy or tenant restriction stops this sign-in. The administrators of both tenants can allow it.',
    ),
  ],
  applicationMissing: () => [
    vscode.l10n.t('the application is not in this tenant'),
    vscode.l10n.t(
      'The application that signs you in is missing or disabled in this tenant. Check cosmosEntra.applicationId.',
    ),
  ],
  resourceMissing: () => [
    vscode.l10n.t('the service is not set up in this tenant'),
    vscode.l10n.t('This tenant has no principal for the service. An administrator must add or enable it.'),
  ],
  accountState: () => [
    vscode.l10n.t('the account is disabled or locked'),
    vscode.l10n.t(
      'The account is disabled or locked, or its password has expired. Its administrator can help.',
    ),
  ],
  sessionOver: () => [
    vscode.l10n.t('the sign-in has run out'),
    vscode.l10n.t('The sign-in has run out or was ended. Sign in again.'),
  ],
  tenantUnknown: () => [
    vscode.l10n.t('Entra does not know the tenant'),
    vscode.l10n.t('Entra does not know this tenant in this cloud. Check the setting for the cloud.'),
  ],
  transient: () => [
    vscode.l10n.t('Entra is busy'),
    vscode.l10n.t('Entra could not answer just now. Retry in a moment.'),
  ],
  other: ({ code }) => [
    vscode.l10n.t('Entra refused the sign-in ({0})', code),
    vscode.l10n.t('Entra refused the sign-in. The number says why.'),
  ],
  accountLocked: () => [
    vscode.l10n.t('the account is locked for a while'),
    vscode.l10n.t(
      'Somebody gave a wrong password too often, and the account is locked for some minutes. Wait, then sign in; an administrator can unlock it, and should know if it was not you.',
    ),
  ],
  wrongPassword: () => [
    vscode.l10n.t('the password is wrong'),
    vscode.l10n.t('The user name or the password is wrong. Sign in again, or reset the password.'),
  ],
  consentDeclined: () => [
    vscode.l10n.t('consent was declined'),
    vscode.l10n.t(
      'The application asked for a consent that was declined. Sign in again and give it, or leave it.',
    ),
  ],
  signInWaits: () => [
    vscode.l10n.t('the sign-in waits for you'),
    vscode.l10n.t(
      'The program waits until the sign-in is finished in the browser. Finish it there; the program goes on by itself.',
    ),
  ],
  credential: () => [
    vscode.l10n.t('the application’s credential is refused'),
    vscode.l10n.t(
      'The application shows a secret or certificate that Entra does not take: it is wrong, has expired or belongs to another application. Whoever owns the application must give it a new one.',
    ),
  ],
  federation: () => [
    vscode.l10n.t('the federated credential does not match'),
    vscode.l10n.t(
      'The token that stands in for a secret does not match a federated credential of the application: its issuer, subject, audience or time is another. Whoever owns the application must make them equal.',
    ),
  ],
  request: () => [
    vscode.l10n.t('the program asks in a wrong way'),
    vscode.l10n.t(
      'The request for the token is not one that Entra understands: a scope, a parameter or the tenant in it is wrong. Only a change of the program or of its configuration helps; ask for one resource, with /.default behind it.',
    ),
  ],
  replyAddress: () => [
    vscode.l10n.t('the reply address is not registered'),
    vscode.l10n.t(
      'The program wants the answer sent to an address that its registration in Entra does not have. Whoever owns the application must add exactly that address.',
    ),
  ],
  oneTenantOnly: () => [
    vscode.l10n.t('the application is for one tenant only'),
    vscode.l10n.t(
      'The application is registered for people of its own tenant, or not for this way of signing in. Ask at its own tenant, or have its registration changed.',
    ),
  ],
  passwordAgent: () => [
    vscode.l10n.t('the organisation’s own sign-in does not answer'),
    vscode.l10n.t(
      'This tenant has passwords checked by servers of its own, and they do not answer. The administrators of the organisation have to look at them.',
    ),
  ],
};

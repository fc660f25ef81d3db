import * as vscode from 'vscode';
import type { AzureMeaning } from '../../core/doctor/codes/azure.ts';
import type { WordsOf } from './words.ts';

/** Why Resource Manager refuses. */
export const azureWords: WordsOf<AzureMeaning> = {
  notAllowed: ({ code }) => [
    vscode.l10n.t('not allowed ({0})', code),
    vscode.l10n.t(
      'Azure does not allow you this ({0}). An owner of the subscription or resource can give you the Reader role to look, or Contributor to change.',
      code,
    ),
  ],
  notSignedIn: () => [
    vscode.l10n.t('Azure does not take the token'),
    vscode.l10n.t(
      'Azure does not take the token: it is missing, has run out, or is meant for another service. Sign in again.',
    ),
  ],
  otherTenant: () => [
    vscode.l10n.t('the token is of another tenant'),
    vscode.l10n.t(
      'The token was made for another tenant than the one that the subscription belongs to. Sign in to that tenant.',
    ),
  ],
  policy: () => [
    vscode.l10n.t('a policy of the organisation forbids this'),
    vscode.l10n.t(
      'An Azure Policy of the organisation forbids this, whatever your role. Those who keep the policies can say which, and make an exception.',
    ),
  ],
  denied: () => [
    vscode.l10n.t('a deny assignment forbids this'),
    vscode.l10n.t(
      'A deny assignment or a condition on a role forbids this, whatever else you may. Those who manage access to the subscription have to change it.',
    ),
  ],
  linked: () => [
    vscode.l10n.t('a right on another resource is missing'),
    vscode.l10n.t(
      'You may do this here, but it reaches for another resource, such as a network, on which you may not. An owner of that one can give you the right.',
    ),
  ],
  gone: ({ code }) => [
    vscode.l10n.t('no longer exists ({0})', code),
    vscode.l10n.t('Azure has nothing by this name any more. Refresh to see what there is.'),
  ],
  noSubscription: () => [
    vscode.l10n.t('the subscription is not found'),
    vscode.l10n.t(
      'Azure does not know this subscription, or you are not signed in to its tenant. Sign in to the tenant that it belongs to.',
    ),
  ],
  version: () => [
    vscode.l10n.t('Azure does not know this version or type'),
    vscode.l10n.t(
      'This cloud does not know the API version or the type of resource that was asked for. Use a newer or older version; other clouds than the public one are behind.',
    ),
  ],
  notRegistered: () => [
    vscode.l10n.t('the service is not registered in the subscription'),
    vscode.l10n.t(
      'The subscription has not registered the service yet. An owner or contributor of the subscription can register its resource provider, once.',
    ),
  ],
  conflict: () => [
    vscode.l10n.t('something else is being changed there'),
    vscode.l10n.t(
      'Another change of the same resource is under way, or it is being made. Try again when that has ended.',
    ),
  ],
  locked: () => [
    vscode.l10n.t('a lock forbids changes'),
    vscode.l10n.t(
      'There is a lock on the resource, its group or its subscription, which forbids changes or deletion. An owner can remove it.',
    ),
  ],
  subscriptionOff: () => [
    vscode.l10n.t('the subscription is turned off'),
    vscode.l10n.t(
      'The subscription is disabled or past due, and can only be read. Whoever pays for it can turn it on again.',
    ),
  ],
  throttled: () => [
    vscode.l10n.t('Azure asks to wait'),
    vscode.l10n.t(
      'Azure is answering too many requests and asks to wait. Retry after that; nothing is lost.',
    ),
  ],
  quota: () => [
    vscode.l10n.t('a limit of the subscription is reached'),
    vscode.l10n.t(
      'The subscription has as much of this as it may have, or the operation is not allowed in this state. An owner can ask for a higher limit.',
    ),
  ],
  notHere: () => [
    vscode.l10n.t('this region does not have it'),
    vscode.l10n.t(
      'The size or kind that was asked for is not to be had in this region, for this subscription or just now. Choose another size or region.',
    ),
  ],
  roleExists: () => [
    vscode.l10n.t('the access is given already'),
    vscode.l10n.t(
      'The same role is given to the same principal at the same place already. There is nothing to do.',
    ),
  ],
  roleLimit: () => [
    vscode.l10n.t('there are too many role assignments'),
    vscode.l10n.t(
      'The subscription has as many role assignments as it may have. An owner has to remove some, or give access to groups.',
    ),
  ],
  noPrincipal: () => [
    vscode.l10n.t('Entra does not know the principal yet'),
    vscode.l10n.t(
      'There is nobody by this id in the tenant, or not yet: who was just made takes some minutes to be known everywhere. Check that it is an object id and no application id, then try again.',
    ),
  ],
  noRole: () => [
    vscode.l10n.t('there is no such role'),
    vscode.l10n.t(
      'There is no role definition or assignment by this id here. Look at the id and at the place that it is for.',
    ),
  ],
  template: () => [
    vscode.l10n.t('the template has a mistake'),
    vscode.l10n.t(
      'The template cannot be deployed as it is: a name, a parameter or a dependency in it is wrong. What stands below it says which.',
    ),
  ],
  deployment: () => [
    vscode.l10n.t('the deployment failed'),
    vscode.l10n.t(
      'A part of the deployment failed, and this is only the sum of it. Look for the code inside its details.',
    ),
  ],
  question: () => [
    vscode.l10n.t('Azure does not understand the request'),
    vscode.l10n.t('A value of the request is wrong or missing. The message names it.'),
  ],
  busy: ({ code }) => [
    vscode.l10n.t('Azure is not available just now ({0})', code),
    vscode.l10n.t(
      'Azure is not available just now. Retry in a moment; its status page knows of longer troubles.',
    ),
  ],
  changed: () => [
    vscode.l10n.t('it was changed meanwhile'),
    vscode.l10n.t('Somebody else has changed it since it was read. Read it again, then decide anew.'),
  ],
  identity: () => [
    vscode.l10n.t('this kind of cluster has no such identity'),
    vscode.l10n.t('This kind of cluster takes no system-assigned identity. Give it a user-assigned one.'),
  ],
  directory: () => [
    vscode.l10n.t('the directory does not allow this'),
    vscode.l10n.t(
      'Microsoft Graph does not let this sign-in read or change this, or has nobody by that id. An administrator of the tenant can allow the application more.',
    ),
  ],
  other: ({ code }) => [
    vscode.l10n.t('Azure refused this ({0})', code),
    vscode.l10n.t('Azure refused this: {0}.', code),
  ],
};

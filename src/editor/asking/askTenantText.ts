import * as vscode from 'vscode';
import type { Me } from '../../core/access/principals.ts';
import { mailOf } from '../../core/access/tenantAsking.ts';
import type { RefusedToken, TenantAsking } from '../../core/access/tenantAsking.ts';
import { code } from '../../core/markdown.ts';
import {
  backWords,
  blocks,
  clusterLines,
  line,
  named,
  nameLines,
  numbered,
  objectLine,
  portalLine,
  strong,
  whoLines,
} from './askingParts.ts';
import type { Called } from './askingParts.ts';
import { numberOf, refusalLines, refusalWords } from './refusalText.ts';

/** `asked`: the name of the tenant whose administrators read it. */
interface TenantCalled extends Called {
  readonly asked: string | undefined;
}

/** A message to the administrators of a tenant, in Markdown: what is wanted, by whom, and how it is done and undone. */
export function tenantAskingText(asking: TenantAsking, called: TenantCalled): string {
  const { wish, cluster, asker, portal, role, commands, undo } = asking;
  const undoing = undoWords(asking);
  const isKnown = cluster !== undefined && wish.what !== 'invite';
  return `${[
    `# ${titleWords(asking)}`,
    ...wishWords(asking),
    `## ${whoWords(asking)}`,
    personLines(asking, asking.person, called).join('\n'),
    ...(asker === undefined
      ? []
      : [`## ${vscode.l10n.t('Who asks')}`, personLines(asking, asker, called).join('\n')]),
    // Whom a cluster's own tenant is asked about says which that is.
    ...(isKnown ? [] : [`## ${vscode.l10n.t('Which tenant')}`, tenantText(asking, called)]),
    ...(cluster === undefined || portal.cluster === undefined
      ? []
      : [`## ${vscode.l10n.t('Which cluster')}`, clusterLines(cluster, portal.cluster, called).join('\n')]),
    `## ${vscode.l10n.t('Who can do it')}`,
    vscode.l10n.t(
      'Somebody with the role {0} in Entra, or a larger one: {1}',
      strong(role.name),
      `<${role.link}>`,
    ),
    ...(isInvitation(asking)
      ? [vscode.l10n.t('Where the tenant lets its members invite guests, any of them can.')]
      : []),
    `## ${vscode.l10n.t('In the portal')}`,
    numbered([portalLine(portal.link, portal.page), ...pageLines(asking)]),
    ...(commands.length === 0 ? [] : [`## ${vscode.l10n.t('With a command')}`, ...blocks(commands)]),
    ...backWords(undoing, undo),
  ].join('\n\n')}\n`;
}

/** Of an error from elsewhere it is not said that whoever writes had it. */
function whoWords({ wish, asker }: TenantAsking): string {
  if (wish.what === 'token' && wish.trail !== undefined) return vscode.l10n.t('Whose sign-in it is');
  return asker === undefined ? vscode.l10n.t('Who I am') : vscode.l10n.t('Who it is for');
}

function isInvitation({ wish }: TenantAsking): boolean {
  return wish.what === 'invite' || (wish.what === 'token' && wish.reason === 'notInTenant');
}

function titleWords({ wish }: TenantAsking): string {
  switch (wish.what) {
    case 'servicePrincipal':
      return vscode.l10n.t('An application that our tenant lacks');
    case 'token':
      return wish.trail === undefined
        ? vscode.l10n.t('Entra refuses my sign-in: {0}', numberOf(wish))
        : vscode.l10n.t('Entra refuses a sign-in: {0}', numberOf(wish));
    case 'enable':
      return vscode.l10n.t('An account that is disabled');
    case 'invite':
      return vscode.l10n.t('An invitation to your tenant as a guest');
  }
}

/** What is wanted, and the least that would do. */
function wishWords(asking: TenantAsking): readonly string[] {
  const { wish, cluster, person } = asking;
  const name = cluster === undefined ? undefined : code(cluster.name);
  switch (wish.what) {
    case 'servicePrincipal':
      return [
        name === undefined
          ? vscode.l10n.t(
              'Nobody in our tenant can sign in with Entra to this service until the application {0} is in the tenant, and enabled. It is Microsoft’s own, it gets no rights by this, and it is done once.',
              code(wish.appId),
            )
          : vscode.l10n.t(
              'Nobody in our tenant can sign in with Entra to clusters such as {0} until the application {1} is in the tenant, and enabled. It is Microsoft’s own, it gets no rights by this, and it is done once.',
              name,
              code(wish.appId),
            ),
      ];
    case 'token':
      return [...tokenWords(wish, name, asking), ...(isInvitation(asking) ? [afterwards(name)] : [])];
    case 'enable':
      return [
        name === undefined
          ? vscode.l10n.t(
              'The account of {0} is disabled in Entra, which gives it no token. If it is still to be used, it has to be enabled again. Whether it was disabled on purpose is not known here.',
              code(person.name),
            )
          : vscode.l10n.t(
              'The account of {0} is disabled in Entra, which gives it no token: it reaches {1} as little as anything else. If it is still to be used, it has to be enabled again. Whether it was disabled on purpose is not known here.',
              code(person.name),
              name,
            ),
      ];
    case 'invite':
      return [inviteWords(asking, name), afterwards(name)];
  }
}

function inviteWords({ person, asker }: TenantAsking, name: string | undefined): string {
  const mail = code(mailOf(person) ?? person.name);
  const where = name ?? vscode.l10n.t('a cluster');
  return asker === undefined
    ? vscode.l10n.t(
        '{0} lets in people of your tenant alone, and my account {1} is of another. I need an invitation to your tenant as a guest.',
        where,
        mail,
      )
    : vscode.l10n.t(
        '{0} lets in people of your tenant alone, and the account {1} is of another. It needs an invitation to your tenant as a guest.',
        where,
        mail,
      );
}

/** An invitation is the first of two things that are asked for. */
function afterwards(name: string | undefined): string {
  return name === undefined
    ? vscode.l10n.t(
        'An invitation gives access to no cluster. Once it is accepted, a role on one is asked for by itself: it belongs to the object id that the guest has in the tenant then.',
      )
    : vscode.l10n.t(
        'An invitation gives no access to {0}. Once it is accepted, a role there is asked for by itself: it belongs to the object id that the guest has in the tenant then.',
        name,
      );
}

/** Which token, why there is none, and what finds it in the log. */
function tokenWords(wish: RefusedToken, name: string | undefined, asking: TenantAsking): readonly string[] {
  const number = numberOf(wish);
  const resource = wish.resource === undefined ? undefined : code(wish.resource);
  const refused =
    name === undefined
      ? resource === undefined
        ? vscode.l10n.t('Entra gives no token, and answers {0}.', number)
        : vscode.l10n.t('Entra gives no token for {0}, and answers {1}.', resource, number)
      : resource === undefined
        ? vscode.l10n.t('Entra gives me no token on the way to {0}, and answers {1}.', name, number)
        : vscode.l10n.t(
            'Entra gives me no token for {0} on the way to {1}, and answers {2}.',
            resource,
            name,
            number,
          );
  return [refused, ...refusalWords(wish, asking)];
}

function personLines({ wish, cluster }: TenantAsking, person: Me, called: TenantCalled): readonly string[] {
  // The id of elsewhere means nothing to the tenant that invites.
  if (wish.what === 'invite')
    return [
      ...nameLines(person),
      line(vscode.l10n.t('Comes from the tenant'), named(called.tenant, person.tenant)),
    ];
  return cluster === undefined ? [...nameLines(person), objectLine(person)] : whoLines(person, called);
}

function tenantText({ tenant }: TenantAsking, { asked }: TenantCalled): string {
  const which =
    tenant !== undefined
      ? named(asked, tenant)
      : asked === undefined
        ? vscode.l10n.t('not known: the error does not name it')
        : code(asked);
  return line(vscode.l10n.t('Tenant'), which);
}

/** What to do on the page, in words that stay true when its buttons are called otherwise. */
function pageLines({ wish, person, application }: TenantAsking): readonly string[] {
  switch (wish.what) {
    case 'servicePrincipal':
      return [
        vscode.l10n.t(
          'Look for {0} among all applications, and let users sign in to it. Where it is missing a command is needed.',
          code(wish.appId),
        ),
      ];
    case 'token':
      return refusalLines(wish, person, application);
    case 'enable':
      return [
        person.type === 'servicePrincipal'
          ? vscode.l10n.t('Look for {0}, and let users sign in to it.', code(person.objectId))
          : vscode.l10n.t('Look for {0}, and enable the account.', code(person.objectId)),
      ];
    case 'invite':
      return [
        vscode.l10n.t(
          'Add a user by inviting an external one, with the address {0}.',
          code(mailOf(person) ?? person.name),
        ),
      ];
  }
}

function undoWords(asking: TenantAsking): string | undefined {
  if (isInvitation(asking))
    return vscode.l10n.t(
      'Delete the guest among the users of the tenant. It goes with all that it was given: whoever was a guest before loses that, too.',
    );
  return asking.wish.what === 'servicePrincipal'
    ? vscode.l10n.t('Disable the application in the portal: no users sign in to it then.')
    : undefined;
}

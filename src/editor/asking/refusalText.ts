import * as vscode from 'vscode';
import type { Me } from '../../core/access/principals.ts';
import type {
  Application,
  RefusedToken,
  TenantAsking,
  TenantReason,
  Trail,
} from '../../core/access/tenantAsking.ts';
import { entraLink } from '../../core/doctor/codes/entra.ts';
import { code } from '../../core/markdown.ts';
import { line } from './askingParts.ts';

export function numberOf({ aadsts }: RefusedToken): string {
  return `AADSTS${aadsts}`;
}

/** Why Entra gives no token, and what finds that in its log. */
export function refusalWords(
  refused: RefusedToken,
  { application, made }: Pick<TenantAsking, 'application' | 'made'>,
): readonly string[] {
  return [
    meaningWords(refused.reason),
    `<${entraLink(numberOf(refused))}>`,
    ...(refused.trail === undefined
      ? [`${applicationWords(application)} ${writtenWords(made)}`]
      : trailWords(application, trailLines(refused.trail))),
  ];
}

/** What an error from elsewhere says of itself. */
function trailWords(application: Application | undefined, lines: readonly string[]): readonly string[] {
  const which =
    application === undefined
      ? vscode.l10n.t('The error does not name the application; the sign-in log has its name and id.')
      : vscode.l10n.t('The error names the application {0}.', code(application.id));
  if (lines.length === 0)
    return [`${which} ${vscode.l10n.t('It says neither when that was nor by which id the log has it.')}`];
  return [`${which} ${vscode.l10n.t('The sign-in log has it by these:')}`, lines.join('\n')];
}

function applicationWords(application: Application | undefined): string {
  return application === undefined
    ? vscode.l10n.t('I sign in with the editor’s own application; the sign-in log has its name and id.')
    : vscode.l10n.t('I sign in with the application {0} of our own.', code(application.id));
}

function writtenWords(made: Date): string {
  return vscode.l10n.t(
    'This was written at {0}; the refusal stands in the sign-in log some time before, with ids that are not known here.',
    made.toISOString(),
  );
}

function trailLines({ time, correlation, trace }: Trail): readonly string[] {
  return [
    ...(time === undefined ? [] : [line(vscode.l10n.t('Time'), code(time))]),
    ...(correlation === undefined ? [] : [line(vscode.l10n.t('Correlation id'), code(correlation))]),
    ...(trace === undefined ? [] : [line(vscode.l10n.t('Trace id'), code(trace))]),
  ];
}

/** What a refusal means to whoever can do something about it. */
function meaningWords(reason: TenantReason): string {
  switch (reason) {
    case 'consent':
      return vscode.l10n.t(
        'That means: the application has no consent in our tenant for this, and only administrators give it.',
      );
    case 'conditionalAccess':
      return vscode.l10n.t(
        'That means: a conditional access policy blocks this sign-in. Which one it is the sign-in log tells, and nobody else.',
      );
    case 'notAssigned':
      return vscode.l10n.t(
        'That means: the application is for those who are assigned to it, and this account is not among them.',
      );
    case 'notInTenant':
      return vscode.l10n.t(
        'That means: this account is no member or guest of the tenant, or has not accepted its invitation.',
      );
    case 'tenantPolicy':
      return vscode.l10n.t(
        'That means: a tenant restriction or the settings for access across tenants stop this sign-in. It may be those of either tenant.',
      );
    case 'resourceMissing':
      return vscode.l10n.t(
        'That means: the tenant has no service principal for this service, or has disabled it. Nobody in it gets such a token.',
      );
    case 'accountState':
      return vscode.l10n.t(
        'That means: this account is disabled or locked, or its password has expired. Which of them it is the number tells.',
      );
    case 'other':
      return vscode.l10n.t('What that means here is not known; the sign-in log has more of it.');
  }
}

/** What an administrator of the tenant does about a refusal. */
export function refusalLines(
  { reason, resource, aadsts }: RefusedToken,
  person: Me,
  application: Application | undefined,
): readonly string[] {
  const me = code(person.userName ?? person.name);
  const app =
    application === undefined ? vscode.l10n.t('the application that the log names') : code(application.id);
  switch (reason) {
    case 'consent':
      return [
        vscode.l10n.t('Look for {0}, there Permissions.', app),
        vscode.l10n.t('Grant consent for the tenant; or for {0} alone.', me),
      ];
    case 'conditionalAccess':
      return [
        vscode.l10n.t('In the sign-in logs, find the refusal of {0} and the policy that it names.', me),
        vscode.l10n.t('Let this account, or this application, meet the policy, or be excepted from it.'),
      ];
    case 'notAssigned':
      return [vscode.l10n.t('Look for {0}, there Users and groups.', app), vscode.l10n.t('Assign {0}.', me)];
    case 'notInTenant':
      return [vscode.l10n.t('Invite {0} as a guest; or send the invitation again, if there is one.', me)];
    case 'tenantPolicy':
      return [vscode.l10n.t('Allow {0} and the application, or say that it shall not be.', me)];
    case 'resourceMissing':
      return [
        resource === undefined
          ? vscode.l10n.t('Look for the service among all applications, and let users sign in to it.')
          : vscode.l10n.t(
              'Look for {0} among all applications, and let users sign in to it.',
              code(resource),
            ),
        vscode.l10n.t(
          'Where it is missing a command makes it (az ad sp create), with the id of the service, which the sign-in log names.',
        ),
      ];
    case 'accountState':
      return [vscode.l10n.t('Look for {0}; enable or unlock the account, or set a new password.', me)];
    case 'other':
      return [vscode.l10n.t('Find the refusal of {0} with the number {1}.', me, String(aadsts))];
  }
}

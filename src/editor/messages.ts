import * as vscode from 'vscode';
import type { Failure, Refusal, SettingProblem } from '../core/failure.ts';

/** A failure in words: what happened, what to do next. */
export interface Message {
  /** A few words, for a row. */
  readonly short: string;
  /** Whole sentences: what, why, what next. */
  readonly long: string;
  /** What helps, if anything here does. */
  readonly remedy: 'signIn' | 'retry' | 'settings';
}

export function messageOf({ data }: Failure): Message {
  switch (data.code) {
    case 'signInNeeded':
      return {
        short: vscode.l10n.t('needs you to sign in'),
        long: vscode.l10n.t(
          'The editor could not get a token without asking you. Sign in; a second factor or a rule of the tenant is the usual reason.',
        ),
        remedy: 'signIn',
      };
    case 'stepUpNeeded':
      return {
        short: vscode.l10n.t('asks for a stronger sign-in'),
        long: vscode.l10n.t(
          'Azure wants more proof of who you are than this session has. Sign in to give it, then go on.',
        ),
        remedy: 'signIn',
      };
    case 'signInRefused':
      return refused(data.reason, data.aadsts);
    case 'cancelled':
      return {
        short: vscode.l10n.t('stopped'),
        long: vscode.l10n.t('You stopped this. What had already come is shown.'),
        remedy: 'retry',
      };
    case 'unreachable':
      return {
        short: vscode.l10n.t('{0} could not be reached', data.host),
        long: vscode.l10n.t(
          '{0} could not be reached ({1}). Check the network, the VPN and the proxy, then retry.',
          data.host,
          data.detail,
        ),
        remedy: 'retry',
      };
    case 'throttled':
      return {
        short:
          data.seconds > 0
            ? vscode.l10n.t('Azure asks to wait {0} s', data.seconds)
            : vscode.l10n.t('Azure asks to wait'),
        long: vscode.l10n.t(
          'Azure is answering too many requests and asks to wait. Retry after that; nothing is lost.',
        ),
        remedy: 'retry',
      };
    case 'forbidden':
      return {
        short: vscode.l10n.t('not allowed ({0})', data.serviceCode),
        long: serviceText(
          vscode.l10n.t(
            'Azure does not allow you this ({0}). An owner of the subscription or resource can give you the Reader role.',
            data.serviceCode,
          ),
          data.message,
        ),
        remedy: 'retry',
      };
    case 'notFound':
      return {
        short: vscode.l10n.t('no longer exists ({0})', data.serviceCode),
        long: serviceText(
          vscode.l10n.t('Azure has nothing by this name any more. Refresh to see what there is.'),
          data.message,
        ),
        remedy: 'retry',
      };
    case 'service':
      return data.status >= 500
        ? {
            short: vscode.l10n.t('Azure is not available just now ({0})', data.serviceCode),
            long: serviceText(
              vscode.l10n.t(
                'Azure is not available just now (HTTP {0}), after several tries. Retry in a moment; its status page knows of longer troubles.',
                data.status,
              ),
              data.message,
            ),
            remedy: 'retry',
          }
        : {
            short: vscode.l10n.t('Azure refused this ({0})', data.serviceCode),
            long: serviceText(
              vscode.l10n.t('Azure refused this: {0} (HTTP {1}).', data.serviceCode, data.status),
              data.message,
            ),
            remedy: 'retry',
          };
    case 'malformed':
      return {
        short: vscode.l10n.t('{0} sent an answer that cannot be read', data.host),
        long: vscode.l10n.t(
          '{0} sent something that is not what Azure sends: a proxy or a sign-in page in between, perhaps. Retry, and look at the log if it stays.',
          data.host,
        ),
        remedy: 'retry',
      };
    case 'hostRefused':
      return {
        short: vscode.l10n.t('{0} may not be sent your token', data.host),
        long: vscode.l10n.t(
          'Azure pointed to the host {0}, which does not belong to this cloud. Nothing was sent to it. Check the setting for the cloud.',
          data.host,
        ),
        remedy: 'settings',
      };
    case 'badSetting':
      return {
        short: settingWords(data.setting, data.problem),
        long: settingWords(data.setting, data.problem),
        remedy: 'settings',
      };
    case 'internal':
      return {
        short: vscode.l10n.t('something went wrong here'),
        long: vscode.l10n.t('This is a mistake of Cosmos Entra’s own: {0}. The log has more.', data.message),
        remedy: 'retry',
      };
  }
}

function serviceText(ours: string, theirs: string): string {
  return theirs === '' ? ours : `${ours}\n\n${theirs}`;
}

function refused(reason: Refusal, aadsts: number): Message {
  const code = `AADSTS${aadsts}`;
  const make = (short: string, long: string, remedy: Message['remedy']): Message => ({
    short,
    long: `${long} (${code})`,
    remedy,
  });
  switch (reason) {
    case 'secondFactor':
      return make(
        vscode.l10n.t('sign-in needs a second factor'),
        vscode.l10n.t('This tenant asks for a second factor. Sign in to give it.'),
        'signIn',
      );
    case 'conditionalAccess':
      return make(
        vscode.l10n.t('blocked by conditional access'),
        vscode.l10n.t(
          'A conditional access rule of this tenant blocks the sign-in. Trying again does not help; its administrators can say which rule it is.',
        ),
        'signIn',
      );
    case 'device':
      return make(
        vscode.l10n.t('this device is not accepted'),
        vscode.l10n.t(
          'This tenant accepts registered or compliant devices only. Register this one, or work from one that is.',
        ),
        'signIn',
      );
    case 'consent':
      return make(
        vscode.l10n.t('consent is missing'),
        vscode.l10n.t(
          'The application has no consent in this tenant. Sign in to consent, or ask an administrator to.',
        ),
        'signIn',
      );
    case 'notPreauthorised':
      return make(
        vscode.l10n.t('the editor’s application is not accepted'),
        vscode.l10n.t(
          'Microsoft has not authorised the editor’s application for this service, and no administrator can. Set cosmosEntra.applicationId to an application of your organisation’s own.',
        ),
        'settings',
      );
    case 'notAssigned':
      return make(
        vscode.l10n.t('you are not assigned to the application'),
        vscode.l10n.t('An administrator must assign you to the enterprise application in this tenant.'),
        'signIn',
      );
    case 'notInTenant':
      return make(
        vscode.l10n.t('this account is not in the tenant'),
        vscode.l10n.t(
          'The account is not a member or guest of this tenant, or has not accepted its invitation. Sign in with another account, or ask to be invited.',
        ),
        'signIn',
      );
    case 'tenantPolicy':
      return make(
        vscode.l10n.t('cross-tenant access is blocked'),
        vscode.l10n.t(
          'A cross-tenant policy or tenant restriction stops this sign-in. The administrators of both tenants can allow it.',
        ),
        'signIn',
      );
    case 'applicationMissing':
      return make(
        vscode.l10n.t('the application is not in this tenant'),
        vscode.l10n.t(
          'The application that signs you in is missing or disabled in this tenant. Check cosmosEntra.applicationId.',
        ),
        'settings',
      );
    case 'resourceMissing':
      return make(
        vscode.l10n.t('the service is not set up in this tenant'),
        vscode.l10n.t(
          'This tenant has no principal for the service. An administrator must add or enable it.',
        ),
        'signIn',
      );
    case 'accountState':
      return make(
        vscode.l10n.t('the account is disabled or locked'),
        vscode.l10n.t(
          'The account is disabled or locked, or its password has expired. Its administrator can help.',
        ),
        'signIn',
      );
    case 'sessionOver':
      return make(
        vscode.l10n.t('the sign-in has run out'),
        vscode.l10n.t('The sign-in has run out or was ended. Sign in again.'),
        'signIn',
      );
    case 'tenantUnknown':
      return make(
        vscode.l10n.t('Entra does not know the tenant'),
        vscode.l10n.t('Entra does not know this tenant in this cloud. Check the setting for the cloud.'),
        'settings',
      );
    case 'transient':
      return make(
        vscode.l10n.t('Entra is busy'),
        vscode.l10n.t('Entra could not answer just now. Retry in a moment.'),
        'retry',
      );
    case 'other':
      return make(
        vscode.l10n.t('Entra refused the sign-in ({0})', code),
        vscode.l10n.t('Entra refused the sign-in. The number says why.'),
        'signIn',
      );
  }
}

function settingWords(setting: string, problem: SettingProblem): string {
  const key = `cosmosEntra.${setting}`;
  switch (problem) {
    case 'missing':
      return vscode.l10n.t('The setting {0} is missing. A custom cloud needs all its parts.', key);
    case 'notHttps':
      return vscode.l10n.t('The setting {0} must be an address that begins with https://.', key);
    case 'notApplicationId':
      return vscode.l10n.t('The setting {0} must be an application (client) id, which is a GUID.', key);
    case 'noSuchProvider':
      return vscode.l10n.t(
        'Nothing in this editor signs people in under the name that {0} gives. Install the extension that does, or correct the setting.',
        key,
      );
    case 'unknownCloud':
      return vscode.l10n.t('The setting {0} names a cloud that does not exist.', key);
  }
}

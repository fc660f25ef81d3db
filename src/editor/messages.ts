import * as vscode from 'vscode';
import type { Failure, FailureData, Refusal, SettingProblem } from '../core/failure.ts';
import { databaseWords } from './databaseWords.ts';

/** A failure in words: what happened, what to do next. */
export interface Message {
  /** A few words, for a row. */
  readonly short: string;
  /** Whole sentences: what, why, what next. */
  readonly long: string;
  /** What helps, if anything here does. */
  readonly remedy: 'signIn' | 'retry' | 'settings';
}

export function messageOf({ data }: Pick<Failure, 'data'>): Message {
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
            'Azure does not allow you this ({0}). An owner of the subscription or resource can give you the Reader role to look, or Contributor to change.',
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
    case 'operationFailed':
      return {
        short: vscode.l10n.t('Azure could not do it ({0})', data.serviceCode),
        long: serviceText(
          vscode.l10n.t(
            'Azure took the change on and could not make it: {0}. Nothing of it holds.',
            data.serviceCode,
          ),
          data.message,
        ),
        remedy: 'retry',
      };
    case 'ignored':
      return {
        short: vscode.l10n.t('Azure ignored the change'),
        long: vscode.l10n.t(
          'Azure said that it was done, and reading it back shows that nothing changed. Make this change in the portal.',
        ),
        remedy: 'retry',
      };
    case 'overtaken':
      return {
        short: vscode.l10n.t('overtaken by another change'),
        long: vscode.l10n.t(
          'While this waited, another change took away the administrator that made it harmless. Nothing was changed; look at Access and decide again.',
        ),
        remedy: 'retry',
      };
    case 'halfDone': {
      const { short, long } = messageOf({ data: data.reason });
      return {
        short: vscode.l10n.t('half done: {0}', short),
        long:
          data.left === 'nothing'
            ? vscode.l10n.t(
                'The first half is done: what they had is taken away. The second failed, so they have no access now; Retry gives it. {0}',
                long,
              )
            : vscode.l10n.t(
                'The first half is done: the new role is given. The second failed, so they have the old one too; Retry takes it away. {0}',
                long,
              ),
        remedy: 'retry',
      };
    }
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
        long:
          data.address === undefined
            ? vscode.l10n.t(
                'Azure pointed to the host {0}, which does not belong to this cloud. Nothing was sent to it. Check the setting for the cloud.',
                data.host,
              )
            : vscode.l10n.t(
                'The name {0} leads to {1}, which is this machine and no database of this cloud. Nothing was sent to it. Check the hosts file, the name server and the setting for the cloud.',
                data.host,
                data.address,
              ),
        remedy: 'settings',
      };
    case 'databaseUnreachable':
      return unreachable(data);
    case 'databaseSignInRefused':
      return {
        short: vscode.l10n.t('{0} does not let you in ({1})', data.host, data.serverCode),
        long: vscode.l10n.t(
          '{0} does not take your sign-in (code {1}). Either you are not among its users, or signing in with Entra is off there. An administrator of the cluster can add you, its owner can turn Entra on; either takes a moment to work. Then retry.',
          data.host,
          data.serverCode,
        ),
        remedy: 'retry',
      };
    case 'database':
      return answered(data);
    case 'script':
      return {
        short: vscode.l10n.t('the playground failed'),
        long: data.name === '' ? data.message : `${data.name}: ${data.message}`,
        remedy: 'retry',
      };
    case 'playgroundEnded':
      return {
        short: vscode.l10n.t('the playground’s process ended'),
        long:
          data.cause === 'memory'
            ? vscode.l10n.t(
                'The playground took more memory than it may have, and was ended with its variables. Read less at once: limit the query, or export its result.',
              )
            : vscode.l10n.t(
                'The process in which the playground ran was ended from outside, with its variables. Run it again.',
              ),
        remedy: 'retry',
      };
    case 'oneCluster':
      return {
        short: vscode.l10n.t('a playground is at one cluster'),
        long: vscode.l10n.t(
          'A playground runs at one cluster, as you, and opens no other connection. Choose another cluster in its first line.',
        ),
        remedy: 'retry',
      };
    case 'resultGone':
      return {
        short: vscode.l10n.t('the rest of the result is gone'),
        long: vscode.l10n.t('The rest of this result cannot be read any more. Run the statement again.'),
        remedy: 'retry',
      };
    case 'noMongosh':
      return {
        short: vscode.l10n.t('mongosh {0} or newer is needed', data.needed),
        long: withoutMongosh(data),
        remedy: 'settings',
      };
    case 'notWritten':
      return {
        short: vscode.l10n.t('the file was not written'),
        long: unwritten(data),
        remedy: 'retry',
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

type Data<Code extends FailureData['code']> = Extract<FailureData, { readonly code: Code }>;

function unwritten({ reason, detail }: Data<'notWritten'>): string {
  switch (reason) {
    case 'full':
      return vscode.l10n.t('The file was not written: the disk is full. Make room, or choose another place.');
    case 'notAllowed':
      return vscode.l10n.t(
        'The file was not written: you may not write there, or another program has it open ({0}). Choose another place.',
        detail,
      );
    case 'noFolder':
      return vscode.l10n.t(
        'The file was not written: its folder is not there any more. Choose another place.',
      );
    case 'tooLarge':
      return vscode.l10n.t(
        'The file was not written: it is larger than the {0} MB that this kind of place takes at once. Choose a place on a disk, or ask for less.',
        Math.round(Number(detail) / 1e6),
      );
    case 'tooManyColumns':
      return vscode.l10n.t(
        'The file was not written: the documents have more than {0} different fields, so they make no table. Choose JSON Lines instead, or project the fields that you need.',
        detail,
      );
    case 'other':
      return vscode.l10n.t('The file was not written ({0}). What was there before is as it was.', detail);
  }
}

function withoutMongosh({ path, version, needed }: Data<'noMongosh'>): string {
  if (path === undefined)
    return vscode.l10n.t(
      'mongosh is not installed, or not where this editor looks for programs. Version {0} or newer is needed.',
      needed,
    );
  if (version === undefined)
    return vscode.l10n.t(
      '{0} does not say that it is mongosh. Version {1} or newer is needed, by its whole path.',
      path,
      needed,
    );
  return vscode.l10n.t(
    '{0} is mongosh {1}, which cannot sign in with a token of the editor’s. Version {2} or newer is needed.',
    path,
    version,
    needed,
  );
}

function unreachable({ host, detail, cause }: Data<'databaseUnreachable'>): Message {
  switch (cause) {
    case 'noAddress':
      return {
        short: vscode.l10n.t('{0} has no address', host),
        long: vscode.l10n.t(
          'Azure names no address for {0}: it is being made, perhaps, or this kind of cluster has none. Refresh the cluster, then retry.',
          host,
        ),
        remedy: 'retry',
      };
    case 'dns':
      return {
        short: vscode.l10n.t('{0} is not found', host),
        long: vscode.l10n.t(
          'The name {0} leads nowhere from here ({1}). A cluster with a private endpoint is found inside its network only, by VPN for instance; a deleted one is found nowhere. Check the network, then retry.',
          host,
          detail,
        ),
        remedy: 'retry',
      };
    case 'timeout':
      return {
        short: vscode.l10n.t('{0} does not answer', host),
        long: vscode.l10n.t(
          '{0} does not answer ({1}). Its firewall may not admit this machine, it may have a private endpoint only, or it is stopped. Add your address to its firewall, join its network or start it, then retry.',
          host,
          detail,
        ),
        remedy: 'retry',
      };
    case 'tls':
      return {
        short: vscode.l10n.t('the certificate of {0} is not trusted', host),
        long: vscode.l10n.t(
          '{0} shows a certificate that this machine does not trust ({1}). A proxy that reads along is the usual reason. Your token was not sent. If the proxy is your organisation’s, have its certificate authority installed here, then retry.',
          host,
          detail,
        ),
        remedy: 'retry',
      };
    case 'cut':
      return {
        short: vscode.l10n.t('the connection to {0} was cut', host),
        long: vscode.l10n.t(
          'The connection to {0} was cut before the answer came ({1}). What was asked may have been done all the same: refresh to see, then retry.',
          host,
          detail,
        ),
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
    case 'notHostName':
      return vscode.l10n.t(
        'The setting {0} must list names of two parts at least, such as mongocluster.cosmos.azure.com, without a star or a dot in front.',
        key,
      );
    case 'notNameServer':
      return vscode.l10n.t(
        'The setting {0} must be the IP address of a DNS server, with or without a port: 10.0.0.4 or [fd00::4]:53.',
        key,
      );
    case 'noSuchProvider':
      return vscode.l10n.t(
        'Nothing in this editor signs people in under the name that {0} gives. Install the extension that does, or correct the setting.',
        key,
      );
    case 'unknownCloud':
      return vscode.l10n.t('The setting {0} names a cloud that does not exist.', key);
  }
}

function answered(data: Data<'database'>): Message {
  const [short, long] = databaseWords(data);
  const { name, serverCode, message } = data;
  const which = name === '' ? `${serverCode}` : `${name}, ${serverCode}`;
  return { short, long: serviceText(`${long} (${which})`, message), remedy: 'retry' };
}

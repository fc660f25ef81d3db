import * as vscode from 'vscode';
import type { Failure, FailureData, Refusal, SettingProblem } from '../core/failure.ts';
import type { AzureMeaning } from '../core/doctor/codes/azure.ts';
import { errorOf } from '../core/doctor/errors.ts';
import type { ServiceFailure } from '../core/doctor/errors.ts';
import { errorWords } from './errorWords.ts';
import type { Words } from './errorWords/words.ts';

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
    case 'signedOut':
      return {
        short: vscode.l10n.t('{0} is signed out', data.account),
        long: vscode.l10n.t(
          '{0} was signed out, or the cloud is another now: nothing more is sent for them. What was sent before may still come true. Sign in to go on.',
          data.account,
        ),
        remedy: 'signIn',
      };
    case 'signInRefused':
      return refused(data);
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
        long: wordsOf(data)[1],
        remedy: 'retry',
      };
    case 'forbidden':
      return particular(data) ?? ofAzure('notAllowed', data);
    case 'notFound':
      return ofAzure('gone', data);
    case 'service': {
      const known = particular(data);
      if (known !== undefined) return known;
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
    }
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
    case 'databaseSignInRefused': {
      const [short, long] = wordsOf(data);
      return { short, long, remedy: 'retry' };
    }
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

function unreachable(data: Data<'databaseUnreachable'>): Message {
  const [short, long] = wordsOf(data);
  const safe = data.cause === 'tls' ? ` ${vscode.l10n.t('Your token was not sent.')}` : '';
  return { short, long: `${long}${safe}`, remedy: 'retry' };
}

/** A failure of somebody else's, in the words that are everybody's for its code. */
function wordsOf(data: ServiceFailure): Words {
  const error = errorOf(data);
  const code = data.code === 'database' && data.name !== '' ? data.name : error.code;
  const host = 'host' in data ? data.host : '';
  const detail = 'detail' in data ? data.detail : '';
  return errorWords(error, { code, host, detail });
}

function ofAzure(meaning: AzureMeaning, data: Data<'forbidden' | 'notFound'>): Message {
  const about = { code: data.serviceCode, host: '', detail: '' };
  const [short, long] = errorWords({ source: 'azure', meaning }, about);
  return { short, long: serviceText(long, data.message), remedy: 'retry' };
}

/** A refusal of Azure's whose code says more than that it refuses. */
function particular(data: Data<'forbidden' | 'service'>): Message | undefined {
  const error = errorOf(data);
  if (error.source !== 'azure' || !particulars.includes(error.meaning)) return undefined;
  const [short, long] = wordsOf(data);
  const { serviceCode, message } = data;
  return {
    short: `${short} (${serviceCode})`,
    long: serviceText(`${long} (${serviceCode})`, message),
    remedy: 'retry',
  };
}

const particulars: readonly string[] = [
  'policy',
  'denied',
  'linked',
  'noSubscription',
  'notRegistered',
  'locked',
  'subscriptionOff',
  'quota',
  'notHere',
  'roleLimit',
  'noPrincipal',
] satisfies readonly AzureMeaning[];

function serviceText(ours: string, theirs: string): string {
  return theirs === '' ? ours : `${ours}\n\n${theirs}`;
}

function refused(data: Data<'signInRefused'>): Message {
  const [short, long] = wordsOf(data);
  return { short, long: `${long} (AADSTS${data.aadsts})`, remedy: refusalRemedy(data.reason) };
}

function refusalRemedy(reason: Refusal): Message['remedy'] {
  if (reason === 'transient') return 'retry';
  return refusedBySettings.includes(reason) ? 'settings' : 'signIn';
}

const refusedBySettings: readonly Refusal[] = ['notPreauthorised', 'applicationMissing', 'tenantUnknown'];

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
    case 'notPort':
      return vscode.l10n.t('The setting {0} must be a port: a number from 1 to 65535.', key);
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
  const [short, long] = wordsOf(data);
  const { name, serverCode, message } = data;
  const which = name === '' ? `${serverCode}` : `${name}, ${serverCode}`;
  return { short, long: serviceText(`${long} (${which})`, message), remedy: 'retry' };
}

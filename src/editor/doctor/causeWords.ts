import * as vscode from 'vscode';
import { isEnding } from '../../core/clusters/standing.ts';
import type { Mending } from '../../core/doctor/causes.ts';
import type { Cause } from '../../core/doctor/report.ts';
import { cosmosMeaning } from '../../core/doctor/codes/cosmos.ts';
import { mongoMeaning } from '../../core/doctor/codes/mongodb.ts';
import { networkMeaning } from '../../core/doctor/codes/network.ts';
import type { NetworkMeaning } from '../../core/doctor/codes/network.ts';
import { postgresMeaning } from '../../core/doctor/codes/postgres.ts';
import { errorOfFailure } from '../../core/doctor/errors.ts';
import type { FailureData } from '../../core/failure.ts';
import type { DatabaseService } from '../../core/identity/clouds.ts';
import { errorWords } from '../errorWords.ts';
import type { Words } from '../errorWords/words.ts';
import { messageOf } from '../messages.ts';
import { roleWords } from '../words.ts';

/** Who cannot connect, and to what. */
export interface Parties {
  /** The name of the cluster. */
  readonly cluster: string;
  readonly service: DatabaseService;
  /** Undefined: whoever looks. */
  readonly them: string | undefined;
  /** The names of tenants that are known, by their ids in lower case. */
  readonly tenants: ReadonlyMap<string, string>;
}

/** What is wrong, as a sentence without its end; and what that means, in whole ones. */
export function causeWords(cause: Cause, parties: Parties): Words {
  const { cluster, them } = parties;
  switch (cause.what) {
    case 'notSignedIn':
      return [
        vscode.l10n.t('{0} is not signed in to this editor any more', cause.account),
        vscode.l10n.t('Nothing can be asked of Azure in that name. Sign in again, then check again.'),
      ];
    case 'azureSignIn':
      return [
        vscode.l10n.t('Entra gives you no token for Azure ({0})', codeOf(cause.failure)),
        messageOf({ data: cause.failure }).long,
      ];
    case 'clockOff':
      return [
        cause.seconds > 0
          ? vscode.l10n.t('The clock of this machine is {0} fast', spanWords(cause.seconds))
          : vscode.l10n.t('The clock of this machine is {0} slow', spanWords(cause.seconds)),
        vscode.l10n.t(
          'Tokens and certificates hold from one time to another, and Entra forgives five minutes. Have the system set the clock from the network.',
        ),
      ];
    case 'otherTenant':
      return them === undefined
        ? [
            vscode.l10n.t('{0} trusts another tenant than the one that you come from', cluster),
            vscode.l10n.t(
              'You come from the tenant {0}, and it lets in people of {1}. Sign in with an account of that tenant, or be invited there as a guest.',
              tenantWords(cause.tenant, parties),
              tenantWords(cause.clusterTenant, parties),
            ),
          ]
        : [
            vscode.l10n.t('{0} trusts another tenant than the one that {1} comes from', cluster, them),
            vscode.l10n.t(
              '{0} comes from the tenant {1}, and it lets in people of {2}. An account of that tenant is needed, or an invitation there as a guest.',
              them,
              tenantWords(cause.tenant, parties),
              tenantWords(cause.clusterTenant, parties),
            ),
          ];
    case 'clusterGone':
      return [
        vscode.l10n.t('There is no {0} any more', cluster),
        vscode.l10n.t(
          'Azure knows no cluster by this id: it was deleted or moved, or you may not see it any more. Refresh the list to see what there is.',
        ),
      ];
    case 'notRunning':
      if (isEnding(cause.state))
        return [
          vscode.l10n.t('{0} is being deleted (state: {1})', cluster, cause.state),
          vscode.l10n.t('Nobody gets in any more, and what is deleted is not started again.'),
        ];
      return [
        vscode.l10n.t('{0} is not running (state: {1})', cluster, cause.state),
        vscode.l10n.t(
          'Until it runs nobody gets in, and who gets in cannot be changed. It is started in the portal, on its page Overview, and not from here; that takes some minutes.',
        ),
      ];
    case 'busy':
      return [
        vscode.l10n.t('{0} is being changed (state: {1})', cluster, cause.state),
        vscode.l10n.t('Connections may break until that is over.'),
      ];
    case 'principalGone':
      return [
        vscode.l10n.t('{0} is not in the directory any more', them ?? ''),
        vscode.l10n.t(
          'Whoever was deleted cannot sign in. A new account of the same name has another object id, and is somebody else to the database: add the new one, and remove the old.',
        ),
      ];
    case 'principalDisabled':
      return [
        vscode.l10n.t('{0} is disabled in Entra', them ?? ''),
        vscode.l10n.t(
          'Entra gives no token to an account that is disabled. It is enabled again in Entra, not here.',
        ),
      ];
    case 'typeNotTaken':
      return [
        vscode.l10n.t(
          '{0} is {1}, and {2} lets none of those in',
          them ?? '',
          typeWords(cause.type),
          cluster,
        ),
        vscode.l10n.t('Add the people or applications themselves, one by one.'),
      ];
    case 'entraOff':
      return [
        vscode.l10n.t('{0} does not let people in with Entra', cluster),
        vscode.l10n.t(
          'Only passwords or keys lead into it now. Entra can be turned on beside them: whoever gets in today still gets in then.',
        ),
      ];
    case 'entraNotOnFreeTier':
      return [
        vscode.l10n.t('{0} is on the free tier, which has no sign-in with Entra', cluster),
        vscode.l10n.t('Choose a larger tier in the portal first, then turn Entra on.'),
      ];
    case 'entraNotOfThisApi':
      return [
        vscode.l10n.t('{0} has an API for which no sign-in with Entra is known', cluster),
        vscode.l10n.t(
          'As far as is known, an account of this API is entered with a key. Accounts for NoSQL let people in with Entra.',
        ),
      ];
    case 'privateOnly':
      if (cause.isPublic)
        return [
          vscode.l10n.t(
            'This machine finds {0} at {1}, in a private network, and gets no answer from there',
            cluster,
            cause.address ?? '',
          ),
          vscode.l10n.t(
            'Its name leads to a private endpoint, and this machine is not in its network. Join that, by VPN for instance, then check again. Rules of the firewall make no difference to that.',
          ),
        ];
      return [
        cause.address === undefined
          ? vscode.l10n.t(
              '{0} is closed to public networks, and this machine is not in its private one',
              cluster,
            )
          : vscode.l10n.t(
              '{0} is closed to public networks, and does not answer this machine at {1}',
              cluster,
              cause.address,
            ),
        cause.address === undefined
          ? vscode.l10n.t(
              'It is reached by its private endpoint only. Join its network, by VPN for instance, then check again.',
            )
          : vscode.l10n.t(
              'It is reached by its private endpoint only, and this machine is not in its network. Join that, by VPN for instance, then check again.',
            ),
      ];
    case 'firewallClosed':
      return [
        cause.address === undefined
          ? vscode.l10n.t('The firewall of {0} lets nobody in', cluster)
          : vscode.l10n.t('The firewall of {0} does not let {1} in', cluster, cause.address),
        cause.address === undefined
          ? them === undefined
            ? vscode.l10n.t('It has no rule. Let your address in; it may take some minutes until that works.')
            : vscode.l10n.t(
                'It has no rule. Ask {0} for the address they come from, and let that in; it may take some minutes until that works.',
                them,
              )
          : vscode.l10n.t(
              'Others see this machine under that address, and no rule covers it. Let it in; it may take some minutes until that works.',
            ),
      ];
    case 'firewallLikely':
      return [
        vscode.l10n.t('The firewall of {0} most likely does not let this machine in', cluster),
        vscode.l10n.t(
          'Nothing answers, and its rules let in some addresses only. Which address others see this machine under is not known yet: Add My IP can find out.',
        ),
      ];
    case 'noAddress':
      return network('noAddress', cluster, '');
    case 'hostRefused': {
      const { host, address } = cause;
      return ofFailure({ code: 'hostRefused', host, ...(address === undefined ? {} : { address }) });
    }
    case 'nameUnknown':
      return network('dns', cause.host, cause.code);
    case 'namesSilent':
      return network('resolver', cause.host, cause.code);
    case 'silent':
      return network('timeout', cause.host, cause.code);
    case 'portClosed': {
      const meaning = networkMeaning(cause.code);
      return network(meaning === 'noRoute' ? meaning : 'refused', cause.host, cause.code);
    }
    case 'cut':
      return network('cut', cause.host, cause.code);
    case 'certificate': {
      const meaning = networkMeaning(cause.code);
      const words = network(meaning === 'other' ? 'tls' : meaning, cause.host, cause.code);
      if (meaning !== 'certificateOver') return words;
      // The clock has a check of its own, and Azure’s certificates are renewed in time.
      return [
        words[0],
        vscode.l10n.t(
          'It has expired, or does not hold yet ({0}). Azure renews its own in time: a proxy that reads along is the likely reason, and whoever runs it has to renew it.',
          cause.code,
        ),
      ];
    }
    case 'appMissing':
      return [
        vscode.l10n.t('The tenant does not know the service that {0} belongs to', cluster),
        vscode.l10n.t(
          'Entra gives tokens for it only where its application {0} has a service principal. An administrator of the tenant makes one, once (az ad sp create --id {0}).',
          cause.appId,
        ),
      ];
    case 'appDisabled':
      return [
        vscode.l10n.t('The tenant has disabled the service that {0} belongs to', cluster),
        vscode.l10n.t(
          'Entra gives tokens for it only while the service principal of its application {0} is enabled. It is found in Entra, under Enterprise applications.',
          cause.appId,
        ),
      ];
    case 'tokenRefused':
      return [
        vscode.l10n.t('Entra gives you no token for the database ({0})', codeOf(cause.failure)),
        messageOf({ data: cause.failure }).long,
      ];
    case 'tokenExpired':
      return [
        vscode.l10n.t('The token for the database has run out'),
        vscode.l10n.t(
          'It held until {0}, and Entra gave no newer one. Sign in again, and look at the clock of this machine.',
          timeWords(cause.at),
        ),
      ];
    case 'tokenOld':
      return [
        vscode.l10n.t('The token for the database runs out any moment'),
        vscode.l10n.t(
          'It holds until {0}. The editor gets the next one by itself; where it does not, sign in again.',
          timeWords(cause.at),
        ),
      ];
    case 'wrongAudience':
      return [
        vscode.l10n.t('The token is for another service than the database'),
        vscode.l10n.t(
          'It is for {0}, and has to be for {1}. Sign in again, and look at the settings for the cloud.',
          cause.audience,
          cause.wanted,
        ),
      ];
    case 'wrongIssuer':
      return [
        vscode.l10n.t('The token comes from another tenant'),
        vscode.l10n.t(
          'It was issued by {0}, and has to come from the tenant {1}. Sign in to that tenant.',
          cause.issuer,
          tenantWords(cause.tenant, parties),
        ),
      ];
    case 'noObjectId':
      return [
        vscode.l10n.t('The token does not say whose it is'),
        vscode.l10n.t(
          'It has no object id (oid), by which databases know people. Sign in again, with a work or school account.',
        ),
      ];
    case 'otherPerson':
      return [
        vscode.l10n.t('The token for the database is somebody else’s'),
        vscode.l10n.t(
          'It is of the object id {0}, and yours is {1}. Sign in again, and choose the account that you mean.',
          cause.objectId,
          cause.mine,
        ),
      ];
    case 'notRegistered':
      return them === undefined
        ? [
            vscode.l10n.t('You have not been added to {0}', cluster),
            vscode.l10n.t('It knows people by their object id, and does not know yours.'),
          ]
        : [
            vscode.l10n.t('{0} has not been added to {1}', them, cluster),
            vscode.l10n.t('It knows people by their object id, and does not know this one.'),
          ];
    case 'registeredAs':
      return registeredAs(cause, parties);
    case 'notInYet':
      return [
        vscode.l10n.t('You have been added to {0}, and it does not let you in yet', cluster),
        vscode.l10n.t(
          'Azure lists you as {0}, and the database does not know that yet. If you were added just now, wait a moment. If it stays like this, remove the access and give it again.',
          roleWords(cause.grant.role),
        ),
      ];
    case 'halfRole':
      return [
        them === undefined
          ? vscode.l10n.t('You have half of a role on {0}', cluster)
          : vscode.l10n.t('{0} has half of a role on {1}', them, cluster),
        vscode.l10n.t(
          'This role is made of several names. The database has {0} of them and lacks {1}, and a part counts for nothing. Change Role… gives all of it.',
          cause.has.join(', '),
          cause.missing.join(', '),
        ),
      ];
    case 'noRole':
      return [
        them === undefined
          ? vscode.l10n.t('You have no role on {0}', cluster)
          : vscode.l10n.t('{0} has no role on {1}', them, cluster),
        vscode.l10n.t('Without a role one can do nothing there, even where one can sign in.'),
      ];
    case 'noDataRole':
      return [
        vscode.l10n.t('No role of yours on {0} allows what was asked for', cluster),
        vscode.l10n.t(
          'It takes the data action {0} on {1}. Roles for data are not those for the resource in Azure: even its Owner has none of them.',
          cause.action ?? vscode.l10n.t('that is refused'),
          cause.scope ?? vscode.l10n.t('the account'),
        ),
      ];
    case 'roleNameCase':
      return [
        vscode.l10n.t('The name to connect with is {0}, and not {1}', cause.name, cause.usual),
        vscode.l10n.t(
          'To PostgreSQL a capital is another letter. Connect under the name {0}, exactly as it is written here.',
          cause.name,
        ),
      ];
    case 'signInRefused': {
      const words = answerWords(cause.serverCode, parties, '18');
      return [vscode.l10n.t('{0} refuses your sign-in ({1})', cluster, cause.serverCode), words[1]];
    }
    case 'commandRefused': {
      const words = answerWords(cause.serverCode, parties);
      return [vscode.l10n.t('{0} refuses the first request ({1})', cluster, cause.serverCode), words[1]];
    }
    case 'unanswered':
      return [
        cause.asked === 'signIn'
          ? vscode.l10n.t('{0} takes the connection, and does not answer the sign-in', cluster)
          : vscode.l10n.t('{0} signs you in, and does not answer the first request', cluster),
        vscode.l10n.t(
          'Neither the network nor the firewall is in the way: the database is busy, or hangs. Check again in a moment; the portal says how busy it is.',
        ),
      ];
    case 'failed':
      return ofFailure(cause.failure);
  }
}

function registeredAs(cause: Cause & { what: 'registeredAs' }, { cluster, them }: Parties): Words {
  const { id, objectId } = cause;
  switch (cause.by) {
    case 'application':
      return [
        vscode.l10n.t(
          '{0} was added to {1} by its application id, which lets nobody in',
          them ?? '',
          cluster,
        ),
        vscode.l10n.t(
          'Registered is {0}, the application (client) id. What counts is the object id of its service principal, {1}: add that, and remove the other.',
          id,
          objectId,
        ),
      ];
    case 'homeTenant':
      return [
        vscode.l10n.t('You were added to {0} by your object id at home, which lets nobody in', cluster),
        vscode.l10n.t(
          'Registered is {0}, your object id in your own tenant. As a guest you have another one here, {1}: add that, and remove the other.',
          id,
          objectId,
        ),
      ];
    case 'signInName':
      return [
        vscode.l10n.t('{0} knows {1} as a user with a password only, not as somebody in Entra', cluster, id),
        vscode.l10n.t(
          'With Entra one is known by an object id, whatever users with a password are called. It is {0}: add that.',
          objectId,
        ),
      ];
  }
}

/** By its name, where that is known; what was seen has the id. */
export function tenantWords(id: string, { tenants }: Pick<Parties, 'tenants'>): string {
  return tenants.get(id.toLowerCase()) ?? id;
}

/** Who can mend it, in a sentence of its own; of whoever looks, with what they do. */
export function mendingWords(mending: Mending, what: Cause['what'], { cluster, them }: Parties): string {
  const { who, waits, may } = mending;
  if (may === 'yes' || (who === 'you' && them === undefined)) return ownWords(mending, what, them);
  switch (who) {
    case 'you':
      return vscode.l10n.t('Whoever has this account can mend this; if it is yours, you can.');
    case 'administrator':
      return waits
        ? vscode.l10n.t(
            'This may pass by itself. If it does not, whoever gives access to {0} can mend it.',
            cluster,
          )
        : may === 'no'
          ? vscode.l10n.t('Azure does not let you mend this. Whoever gives access to {0} can.', cluster)
          : vscode.l10n.t('Whoever gives access to {0} can mend this.', cluster);
    case 'owner':
      return may === 'no'
        ? vscode.l10n.t('Azure does not let you mend this. Whoever manages {0} in Azure can.', cluster)
        : vscode.l10n.t('Whoever manages {0} in Azure can mend this.', cluster);
    case 'tenant':
      return vscode.l10n.t('An administrator of the tenant can mend this.');
    case 'network':
      return vscode.l10n.t('Whoever looks after the network of this machine can mend this.');
    case 'nobody':
      return waits
        ? vscode.l10n.t('This passes by itself; nobody has to mend it.')
        : vscode.l10n.t('Nobody can mend this.');
    case 'unknown':
      return waits
        ? vscode.l10n.t('This may pass by itself.')
        : vscode.l10n.t('Who can mend this is not known here.');
  }
}

function ownWords({ fixes: [first] }: Mending, what: Cause['what'], them: string | undefined): string {
  // Whoever comes from elsewhere is signed in already.
  if (what === 'otherTenant')
    return vscode.l10n.t('You can mend this yourself: sign in with an account of that tenant.');
  if (first === undefined) return vscode.l10n.t('You can mend this yourself.');
  switch (first) {
    case 'signIn':
    case 'signInToDatabase':
      return vscode.l10n.t('You can mend this yourself: sign in.');
    case 'addThem':
      return them === undefined
        ? vscode.l10n.t('You can mend this yourself: add yourself.')
        : vscode.l10n.t('You can mend this yourself: add {0}.', them);
    case 'addMyIp':
      return them === undefined
        ? vscode.l10n.t('You can mend this yourself: let your address in.')
        : vscode.l10n.t('You can mend this yourself: let their address in.');
    case 'modes':
      return them === undefined
        ? vscode.l10n.t('You can mend this yourself: turn Entra on, and add yourself.')
        : vscode.l10n.t('You can mend this yourself: turn Entra on.');
    case 'settings':
      return vscode.l10n.t('You can mend this yourself, in the settings.');
    case 'portal':
      return vscode.l10n.t('You can mend this yourself, in the portal.');
    case 'access':
    case 'ask':
      return vscode.l10n.t('You can mend this yourself.');
  }
}

export function ofFailure(data: FailureData): Words {
  const { short, long } = messageOf({ data });
  return [capital(short, 'host' in data ? data.host : undefined), long];
}

/** The code by which others look it up, or what it is in a few words. */
function codeOf(data: FailureData): string {
  return errorOfFailure(data)?.code ?? messageOf({ data }).short;
}

function network(meaning: NetworkMeaning, host: string, code: string): Words {
  const [short, long] = errorWords({ source: 'network', meaning }, { code, host, detail: code });
  return [capital(short, host), long];
}

/** What a service's own code means; `meant`: by the meaning of another, where that says more. */
function answerWords(code: string, { cluster, service }: Parties, meant = code): Words {
  const about = { code, host: cluster, detail: code };
  switch (service) {
    case 'mongoClusters':
      return errorWords({ source: 'mongodb', meaning: mongoMeaning(meant) }, about);
    case 'postgres':
      return errorWords({ source: 'postgres', meaning: postgresMeaning(code) }, about);
    case 'accounts':
      return errorWords({ source: 'cosmos', meaning: cosmosMeaning(code) }, about);
  }
}

function typeWords(type: string): string {
  switch (type) {
    case 'group':
      return vscode.l10n.t('a group');
    case 'servicePrincipal':
      return vscode.l10n.t('an application');
    case 'user':
      return vscode.l10n.t('a person');
    default:
      return type;
  }
}

/** A sentence begins with a capital, and the name of a host stays as it is. */
function capital(text: string, host?: string): string {
  if (host !== undefined && text.startsWith(host)) return text;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function timeWords(at: number): string {
  return new Date(at).toLocaleString(vscode.env.language, { dateStyle: 'medium', timeStyle: 'medium' });
}

function spanWords(seconds: number): string {
  const minutes = Math.round(Math.abs(seconds) / 60);
  if (minutes >= 120) return vscode.l10n.t('{0} hours', Math.round(minutes / 60));
  return minutes === 1 ? vscode.l10n.t('1 minute') : vscode.l10n.t('{0} minutes', minutes);
}

import * as vscode from 'vscode';
import type { Operation, Stage } from '../../core/access/changes.ts';
import type { AddressProblem, Change, FirewallRule, Obstacle } from '../../core/clusters/change.ts';
import type { Cluster, Grant } from '../../core/clusters/cluster.ts';
import { kinds } from '../../core/clusters/kinds.ts';
import { isEnding } from '../../core/clusters/standing.ts';
import type { ModeChoice } from '../../core/clusters/kind.ts';
import { ageWords, daysSince, roleWords } from '../words.ts';

/** A change in one sentence without an end, for a row or a title. `who` is whom it is about. */
export function changeWords(cluster: Cluster, change: Change, who: string): string {
  switch (change.what) {
    case 'setModes':
      return vscode.l10n.t('Change ways in to {0}', modeChoiceWords(cluster, change));
    case 'addGrant':
      return vscode.l10n.t('Add {0} as {1}', who, grantedWords(change.wanted.role.role, change.wanted.scope));
    case 'changeRole':
      return vscode.l10n.t(
        'Change {0} from {1} to {2}',
        who,
        grantedWords(change.grant.role, change.grant.scope),
        roleWords(change.role.role),
      );
    case 'removeGrant':
      return vscode.l10n.t('Remove {0} ({1})', who, grantedWords(change.grant.role, change.grant.scope));
    case 'addRule':
      return vscode.l10n.t('Let in {0}', rangeWords(change.rule));
    case 'removeRule':
      return vscode.l10n.t('Stop letting in {0}', rangeWords(change.rule));
  }
}

/** The same, once it is true. */
export function doneWords(cluster: Cluster, change: Change, who: string): string {
  const { name } = cluster;
  switch (change.what) {
    case 'setModes':
      return vscode.l10n.t('{0}: {1}.', name, modeChoiceWords(cluster, change));
    case 'addGrant':
      return vscode.l10n.t(
        '{0} has access to {1}: {2}.',
        who,
        name,
        grantedWords(change.wanted.role.role, change.wanted.scope),
      );
    case 'changeRole':
      return vscode.l10n.t(
        '{0} is now {1} on {2}.',
        who,
        roleWords(change.role.role),
        placeOf(name, change.grant.scope),
      );
    case 'removeGrant':
      return vscode.l10n.t(
        '{0} no longer has {1} on {2}.',
        who,
        roleWords(change.grant.role),
        placeOf(name, change.grant.scope),
      );
    case 'addRule':
      return vscode.l10n.t('{0} lets in {1}.', name, rangeWords(change.rule));
    case 'removeRule':
      return vscode.l10n.t('{0} no longer lets in {1}.', name, rangeWords(change.rule));
  }
}

function placeOf(name: string, scope: string | undefined): string {
  return scope === undefined ? name : `${name}/${scope}`;
}

function grantedWords(role: Grant['role'], scope: string | undefined): string {
  return scope === undefined ? roleWords(role) : vscode.l10n.t('{0} on {1}', roleWords(role), scope);
}

export function modeChoiceWords({ kind }: Cluster, { entra, native }: ModeChoice): string {
  const keys = kinds[kind].nativeSecret === 'keys';
  if (entra && native) return keys ? vscode.l10n.t('Entra + keys') : vscode.l10n.t('Entra + password');
  if (entra) return vscode.l10n.t('Entra only');
  return keys ? vscode.l10n.t('Keys only') : vscode.l10n.t('Password only');
}

/** So many are named; a list of hundreds says no more. */
const namedRules = 5;

function leftWords(rules: readonly FirewallRule[]): string {
  const named = rules.slice(0, namedRules).map((rule) => {
    const range = rangeWords(rule);
    return rule.name === '' || rule.name === range ? range : `${range} (${rule.name})`;
  });
  const more = rules.length - named.length;
  return [...named, ...(more > 0 ? [vscode.l10n.t('{0} more', more)] : [])].join(', ');
}

export function rangeWords({ start, end }: FirewallRule): string {
  if (start === '0.0.0.0' && end === '0.0.0.0') return vscode.l10n.t('services within Azure');
  if (start === '0.0.0.0' && end === '255.255.255.255') return vscode.l10n.t('every address there is');
  return start === end ? start : `${start}–${end}`;
}

/** What a change is doing, and how long that may take. */
export function stageWords({ stage, tookLast }: Operation): string {
  const usual = tookLast === undefined ? [] : [vscode.l10n.t('took {0} last time', durationWords(tookLast))];
  return [wordsOfStage(stage), ...usual].join(' · ');
}

function wordsOfStage(stage: Stage): string {
  switch (stage.what) {
    case 'queued':
      return vscode.l10n.t('waits for the change before it');
    case 'clusterBusy':
      return vscode.l10n.t('waits until the cluster is free');
    case 'throttled':
      return vscode.l10n.t('Azure asks to wait {0} s', stage.seconds);
    case 'stepUp':
      return vscode.l10n.t('waits for your sign-in');
    case 'unreachable':
      return vscode.l10n.t('Azure does not answer, trying again');
    case 'sending':
      return vscode.l10n.t('being sent');
    case 'accepted':
      return vscode.l10n.t('Azure is working on it');
    case 'verifying':
      return vscode.l10n.t('being checked');
  }
}

function durationWords(milliseconds: number): string {
  const seconds = Math.max(1, Math.round(milliseconds / 1000));
  return seconds < 90 ? vscode.l10n.t('{0} s', seconds) : vscode.l10n.t('{0} min', Math.round(seconds / 60));
}

/** What speaks against a change, and what to do first. */
export function obstacleWords(cluster: Cluster, obstacle: Obstacle): string {
  const { name } = cluster;
  switch (obstacle.what) {
    case 'freeTier':
      return vscode.l10n.t(
        '{0} is on the free tier, where Entra is not to be had. Choose a larger tier in the portal first.',
        name,
      );
    case 'nothingToChange':
      return vscode.l10n.t('{0} is like that already.', name);
    case 'noWayIn':
      return vscode.l10n.t('That would leave {0} without any way in.', name);
    case 'entraOff':
      return vscode.l10n.t('Entra is off on {0}. Turn it on first: Change Authentication Modes….', name);
    case 'otherTenant':
      return vscode.l10n.t(
        'This principal lives in another tenant. {0} lets in members and guests of its own: invite them there, and add the guest.',
        name,
      );
    case 'nativeUser':
      return vscode.l10n.t('Who signs in with a password or a key is not managed here.');
    case 'noAdministrator':
      return vscode.l10n.t(
        'Nobody in Entra is an administrator of {0}: without passwords it would be closed to everyone. Add an administrator first.',
        name,
      );
    case 'lastAdministrator':
      return vscode.l10n.t(
        'This is the last Entra administrator of {0}. Add another one first; otherwise nobody could manage its people any more.',
        name,
      );
    case 'youCannotSignIn':
      return vscode.l10n.t(
        '{0} does not let you in with Entra yet. Add yourself first (Add Me…), so that you are not locked out.',
        name,
      );
    case 'needsAdministrator':
      return vscode.l10n.t(
        'This role is kept in the database, and only Entra administrators of {0} can give or take it. Add yourself as an administrator first (Add Me…).',
        name,
      );
    case 'nameTaken':
      return vscode.l10n.t(
        '{0} has a rule of this name, which would be replaced. Choose another name, or remove that rule first.',
        name,
      );
    case 'ownRole':
      return vscode.l10n.t(
        'You cannot take this role from yourself and give yourself the other: the first takes the right to do the second. Another administrator of {0} can.',
        name,
      );
    case 'state':
      return isEnding(obstacle.state)
        ? vscode.l10n.t(
            '{0} is being deleted (state: {1}): nothing about it can be changed any more.',
            name,
            obstacle.state,
          )
        : vscode.l10n.t(
            '{0} is not running (state: {1}), and nothing about it can be changed until it is. Start it in the portal first, on its page Overview; whoever manages {0} in Azure can.',
            name,
            obstacle.state,
          );
    case 'subscriptionState':
      return vscode.l10n.t(
        'Azure says that the subscription of {0} is {1}: nothing in it can be changed. Its owner can enable it again.',
        name,
        obstacle.state,
      );
    case 'replica':
      return vscode.l10n.t(
        '{0} is a replica: its people come from {1}. Make the change there; it follows.',
        name,
        obstacle.source?.split('/').at(-1) ?? vscode.l10n.t('its primary'),
      );
    case 'nativeOnReplica':
      return vscode.l10n.t(
        '{0} is a replica made while passwords were off: they can be turned on again only after it is promoted.',
        name,
      );
    case 'version':
      return vscode.l10n.t(
        '{0} runs version {1}; Entra needs {2} or newer. Upgrade it first.',
        name,
        obstacle.version,
        obstacle.needs,
      );
    case 'already':
      return vscode.l10n.t(
        'They have this access to {0} already: {1}.',
        name,
        roleWords(obstacle.grant.role),
      );
    case 'otherRole':
      return vscode.l10n.t(
        'They have access to {0} already, as {1}. Use Change Role… on their row.',
        name,
        roleWords(obstacle.grant.role),
      );
    case 'notAllowed':
      return vscode.l10n.t(
        'You lack the permission {0} on {1}. The built-in role {2} has it; an owner can give it to you.',
        obstacle.action,
        name,
        obstacle.role,
      );
    case 'passwordsStop':
      return vscode.l10n.t(
        'Everything that signs in with a password stops: {0}. Azure does not say when it was last used.',
        obstacle.last.map(nativeName).join(', ') || vscode.l10n.t('the password administrator'),
      );
    case 'keysStop':
      return vscode.l10n.t(
        'Everything that signs in with a key stops ({0}). Azure does not say when a key was last used.',
        keyWords(cluster),
      );
    case 'entraStops':
      return obstacle.grants === 0
        ? vscode.l10n.t('Nobody will be able to sign in with Entra.')
        : vscode.l10n.t(
            'Nobody will be able to sign in with Entra. People and applications that lose their way in: {0}.',
            obstacle.grants,
          );
    case 'yourself':
      return vscode.l10n.t(
        'This is you: you lose what you have, and another administrator must give it back.',
      );
    case 'youHaveNoAccess':
      return vscode.l10n.t('You have no role of your own here: without keys you cannot read the data.');
    case 'unsureYouCanSignIn':
      return vscode.l10n.t('It could not be tried whether you can sign in with Entra yourself.');
    case 'interrupts':
      return vscode.l10n.t(
        'The service cannot change a role in place: it is taken away and given anew. Until that is done they have no access, and their sessions break.',
      );
    case 'closesToOthers':
      return vscode.l10n.t(
        'Until now {0} is open to all addresses. With a first rule it is closed to all others.',
        name,
      );
    case 'everyAddress':
      return vscode.l10n.t('This lets in every address of the internet.');
    case 'experimental':
      return vscode.l10n.t(
        'Experimental: no guide says that the service takes this from outside the portal. It is read back afterwards.',
      );
    case 'portalShell':
      return vscode.l10n.t('The shell in the portal stops working: it signs in with a password.');
    case 'azureServices':
      return vscode.l10n.t('0.0.0.0 stands for every service within Azure, those of other customers too.');
    case 'publicNetworkOff':
      return vscode.l10n.t(
        'Public network access to {0} is off: rules mean nothing until it is on. Only private endpoints work.',
        name,
      );
    case 'rulesLeft':
      return obstacle.rules.length === 0
        ? vscode.l10n.t(
            'No rule will be left: nobody reaches {0} over the internet until an address is let in.',
            name,
          )
        : vscode.l10n.t('{0} then still lets in: {1}.', name, leftWords(obstacle.rules));
    case 'limit':
      return vscode.l10n.t(
        '{0} has {1} users; {2} is the usual limit. Azure may refuse one more.',
        name,
        obstacle.count,
        obstacle.limit,
      );
  }
}

function nativeName({ holder }: Grant): string {
  return holder.state === 'native' ? holder.name : '';
}

function keyWords({ kind, resource }: Cluster): string {
  const made = kinds[kind]
    .facts(resource)
    .flatMap((fact) => (fact.name === 'keyAge' ? [fact.generated] : []));
  const ages = made.flatMap((date) => (date === undefined ? [] : [daysSince(date)]));
  if (ages.length === 0) return vscode.l10n.t('the age of the keys is not known');
  return ages.length < made.length
    ? vscode.l10n.t('the oldest was made before June 2022')
    : vscode.l10n.t('the oldest was made {0}', ageWords(Math.max(...ages)));
}

export function addressProblemWords(problem: AddressProblem, text: string): string {
  switch (problem) {
    case 'ipv6':
      return vscode.l10n.t('{0} is an IPv6 address. The firewall knows IPv4 only.', text);
    case 'notAnAddress':
      return vscode.l10n.t(
        '{0} is no IPv4 address (203.0.113.7), range (203.0.113.0-203.0.113.9) or block (203.0.113.0/24).',
        text,
      );
    case 'backwards':
      return vscode.l10n.t('{0} begins after its end.', text);
  }
}

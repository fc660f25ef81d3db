import * as vscode from 'vscode';
import type { Names } from '../../core/access/principals.ts';
import type { ChangeData, GrantData, PrincipalData } from '../../core/audit/audit.ts';
import type { Actor, Outcome, RecentChange, Subject, What } from '../../core/audit/recentChanges.ts';
import type { Cluster, Principal } from '../../core/clusters/cluster.ts';
import type { Setting } from '../../core/clusters/kind.ts';
import { modeChoiceWords, rangeWords } from '../access/changeWords.ts';
import { modesWords, roleNameWords } from '../words.ts';

/** What was done, in one sentence without an end. */
export function whatWords(cluster: Cluster, what: What, names: Names): string {
  switch (what.does) {
    case 'created':
      return vscode.l10n.t('Cluster created');
    case 'deleted':
      return vscode.l10n.t('Cluster deleted');
    case 'settings':
      return settingsWords(cluster, what);
    case 'grantSet':
      return vscode.l10n.t('Gave access to {0}', subjectWords(what.subject, names));
    case 'grantRemoved':
      return vscode.l10n.t('Took access from {0}', subjectWords(what.subject, names));
    case 'azureRoleGiven':
      return vscode.l10n.t('Gave a role in Azure to {0}', subjectWords(what.subject, names));
    case 'azureRoleTaken':
      return vscode.l10n.t('Took a role in Azure from {0}', subjectWords(what.subject, names));
    case 'ruleSet':
      return what.range === undefined
        ? vscode.l10n.t('Set the firewall rule {0}', what.name)
        : vscode.l10n.t('Set the firewall rule {0}: {1}', what.name, what.range);
    case 'ruleRemoved':
      return vscode.l10n.t('Removed the firewall rule {0}', what.name);
    case 'keysListed':
      return vscode.l10n.t('Read the keys');
    case 'keysRenewed':
      return vscode.l10n.t('Made a key anew');
    case 'roleDefined':
      return vscode.l10n.t('Defined a role');
    case 'roleUndefined':
      return vscode.l10n.t('Removed the definition of a role');
    case 'other':
      return vscode.l10n.t('Other: {0}', what.operation);
    case 'here':
      return ownWords(cluster, what.change, names);
  }
}

function settingsWords(cluster: Cluster, { about, modes }: What & { does: 'settings' }): string {
  if (about === undefined) return vscode.l10n.t('Changed settings; the log does not say which');
  if (about.length === 0) return vscode.l10n.t('Changed settings that are not about access');
  return about
    .map((setting) =>
      setting === 'modes' && modes !== undefined
        ? vscode.l10n.t('Changed ways in to {0}', modesWords({ ...cluster, modes }))
        : settingWords(setting),
    )
    .join(' · ');
}

function settingWords(setting: Setting): string {
  switch (setting) {
    case 'modes':
      return vscode.l10n.t('Changed ways in');
    case 'network':
      return vscode.l10n.t('Changed which networks are let in');
    case 'password':
      return vscode.l10n.t('Set the administrator’s password');
  }
}

function ownWords(cluster: Cluster, change: ChangeData, names: Names): string {
  switch (change.change) {
    case 'setModes':
      return vscode.l10n.t('Changed ways in to {0}', modeChoiceWords(cluster, change));
    case 'addGrant':
      return vscode.l10n.t(
        'Added {0} as {1}',
        personWords(change.principal, names),
        placedWords(change.role, change.scope),
      );
    case 'changeRole':
      return vscode.l10n.t(
        'Changed {0} from {1} to {2}',
        holderWords(change.grant, names),
        placedWords(change.grant.role, change.grant.scope),
        roleNameWords(change.role),
      );
    case 'removeGrant':
      return vscode.l10n.t(
        'Removed {0} ({1})',
        holderWords(change.grant, names),
        placedWords(change.grant.role, change.grant.scope),
      );
    case 'addRule':
      return vscode.l10n.t('Let in {0}', rangeWords({ id: undefined, ...change.rule }));
    case 'removeRule':
      return vscode.l10n.t('Stopped letting in {0}', rangeWords({ id: undefined, ...change.rule }));
  }
}

function placedWords(role: string, scope: string | null): string {
  const words = roleNameWords(role);
  return scope === null ? words : vscode.l10n.t('{0} on {1}', words, scope);
}

function holderWords({ principal, login, id }: GrantData, names: Names): string {
  return principal === null ? (login ?? id.split('/').at(-1) ?? id) : personWords(principal, names);
}

function personWords({ objectId, type, tenant, name }: PrincipalData, names: Names): string {
  return name ?? nameWords({ objectId, type, tenant: tenant ?? undefined }, names) ?? objectId;
}

function subjectWords({ principal, name }: Subject, names: Names): string {
  const known = principal === undefined ? undefined : nameWords(principal, names);
  return name ?? known ?? principal?.objectId ?? vscode.l10n.t('somebody whom the log does not name');
}

function nameWords(principal: Principal, names: Names): string | undefined {
  const named = names.of(principal);
  return named.state === 'named' ? named.object.name : undefined;
}

/** Who it was: a name where there is one, else what the log has. */
export function actorName({ principal, name, applicationId }: Actor, names: Names): string {
  const known = principal === undefined ? undefined : nameWords(principal, names);
  return known ?? name ?? applicationId ?? principal?.objectId ?? vscode.l10n.t('unknown');
}

export function actorWords(actor: Actor, names: Names): string {
  const name = actorName(actor, names);
  switch (actor.type) {
    case 'person':
      return vscode.l10n.t('{0} (person)', name);
    case 'application':
      return vscode.l10n.t('{0} (application)', name);
    case 'unknown':
      return name;
  }
}

export function outcomeWords({ state, serviceCode }: Outcome): string {
  switch (state) {
    case 'done':
      return vscode.l10n.t('done');
    case 'failed':
      return serviceCode === undefined ? vscode.l10n.t('failed') : vscode.l10n.t('failed ({0})', serviceCode);
    case 'cancelled':
      return vscode.l10n.t('cancelled');
    case 'partly':
      return serviceCode === undefined
        ? vscode.l10n.t('done in part')
        : vscode.l10n.t('done in part ({0})', serviceCode);
    case 'open':
      return vscode.l10n.t('no end recorded');
  }
}

export function outcomeIcon({ state }: Outcome): vscode.ThemeIcon {
  switch (state) {
    case 'done':
      return new vscode.ThemeIcon('check');
    case 'failed':
      return new vscode.ThemeIcon('error');
    case 'cancelled':
      return new vscode.ThemeIcon('circle-slash');
    case 'partly':
      return new vscode.ThemeIcon('warning');
    case 'open':
      return new vscode.ThemeIcon('question');
  }
}

export function seenWords({ seenIn }: RecentChange): string | undefined {
  switch (seenIn) {
    case 'azure':
      return undefined;
    case 'both':
      return vscode.l10n.t('made here');
    case 'here':
      return vscode.l10n.t('made here, not in Azure’s log');
  }
}

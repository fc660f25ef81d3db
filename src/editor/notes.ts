import * as vscode from 'vscode';
import type { Note } from './node.ts';

/** A row that says how things are where there is nothing else to show, and what Enter on it does about it. */
export interface NoteWords {
  readonly label: string;
  readonly description?: string;
  readonly tooltip?: string;
  readonly command?: Omit<vscode.Command, 'title'>;
}

/** `parent` is where the row stands: of what is below a cluster, the cluster's key. */
export function wordsOfNote(note: Note, parent: string): NoteWords {
  switch (note) {
    case 'listing':
      return { label: vscode.l10n.t('Asking Azure…') };
    case 'noTenants':
      return {
        label: vscode.l10n.t('This account is in no tenant'),
        description: vscode.l10n.t('sign in with another'),
        command: { command: 'cosmosEntra.signIn' },
      };
    case 'noSubscriptions':
      return {
        label: vscode.l10n.t('No subscription here that you can read'),
        description: vscode.l10n.t('sign in with another account'),
        tooltip: vscode.l10n.t(
          'No subscription here that you can read. Ask whoever owns it for the Reader role on the subscription, which is enough to see its clusters, or sign in with another account.',
        ),
        command: { command: 'cosmosEntra.signIn' },
      };
    case 'noClusters':
      return {
        label: vscode.l10n.t('No Cosmos DB cluster in your subscriptions'),
        description: vscode.l10n.t('refresh'),
        command: { command: 'cosmosEntra.refresh' },
      };
    case 'noneChosen':
      return {
        label: vscode.l10n.t('No cluster in the subscriptions you chose'),
        description: vscode.l10n.t('choose others'),
        command: { command: 'cosmosEntra.chooseSubscriptions' },
      };
    case 'noneMatches':
      return {
        label: vscode.l10n.t('No cluster matches the filter'),
        description: vscode.l10n.t('show all'),
        command: { command: 'cosmosEntra.clearFilter' },
      };
    case 'noDatabases':
      return {
        label: vscode.l10n.t('No database yet'),
        description: vscode.l10n.t('create one'),
        command: { command: 'cosmosEntra.createCollection', arguments: [{ kind: 'databases', key: parent }] },
      };
    case 'noDocuments':
      return { label: vscode.l10n.t('No documents to sample') };
    case 'askingDatabase':
      return { label: vscode.l10n.t('Asking the database who else is in it…') };
    case 'insidersNeedEntra':
      return {
        label: vscode.l10n.t('Users made inside the database are not listed here'),
        description: vscode.l10n.t('with Entra on they are'),
      };
    case 'insidersNotRunning':
      return {
        label: vscode.l10n.t('Users made inside the database are not listed here'),
        description: vscode.l10n.t('when it runs they are'),
      };
    case 'insidersForUsers':
      return {
        label: vscode.l10n.t('Users made inside the database are shown to its users'),
        description: vscode.l10n.t('add yourself'),
        command: { command: 'cosmosEntra.addMe', arguments: [{ kind: 'cluster', key: parent }] },
      };
    case 'noRules':
      return {
        label: vscode.l10n.t('No address may connect'),
        description: vscode.l10n.t('add yours'),
        tooltip: vscode.l10n.t('The firewall has no rule: only private endpoints work.'),
        command: { command: 'cosmosEntra.addMyIp', arguments: [{ kind: 'cluster', key: parent }] },
      };
    case 'everyAddress':
      return {
        label: vscode.l10n.t('No rule: open to every address'),
        description: vscode.l10n.t('a first rule closes it'),
        tooltip: vscode.l10n.t('Every address may connect. The first rule closes the account to all others.'),
      };
    case 'noGrants':
      return {
        label: vscode.l10n.t('Azure lists nobody'),
        description: vscode.l10n.t('add somebody'),
        command: { command: 'cosmosEntra.addUser', arguments: [{ kind: 'cluster', key: parent }] },
      };
    case 'namesOfPeopleOnly':
      return {
        label: vscode.l10n.t('Names of applications are hidden'),
        description: vscode.l10n.t('why, and what helps'),
        tooltip: vscode.l10n.t(
          'The editor’s own application may look up people in this directory, but no applications or groups. With an application id of your organisation’s own (the setting cosmosEntra.applicationId) it may.',
        ),
        command: toApplicationId,
      };
    case 'namesOfNobody':
      return {
        label: vscode.l10n.t('Names are hidden'),
        description: vscode.l10n.t('why, and what helps'),
        tooltip: vscode.l10n.t(
          'The editor’s own application may not read this directory. With an application id of your organisation’s own (the setting cosmosEntra.applicationId) it may.',
        ),
        command: toApplicationId,
      };
    case 'gone':
      return {
        label: vscode.l10n.t('This cluster no longer exists'),
        description: vscode.l10n.t('refresh'),
        command: { command: 'cosmosEntra.refresh' },
      };
  }
}

const toApplicationId = {
  command: 'workbench.action.openSettings',
  arguments: ['cosmosEntra.applicationId'],
};

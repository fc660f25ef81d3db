import * as vscode from 'vscode';
import type { Note } from './node.ts';

/** A row that says how things are where there is nothing else to show, and what Enter on it does about it. */
export interface NoteWords {
  readonly label: string;
  readonly description?: string;
  readonly command?: Omit<vscode.Command, 'title'>;
}

export function wordsOfNote(note: Note): NoteWords {
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
        description: vscode.l10n.t('ask for the Reader role, or sign in with another account'),
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
    case 'usersInside':
      return {
        label: vscode.l10n.t('Users made inside the database show once a session is open'),
      };
    case 'noGrants':
      return { label: vscode.l10n.t('Azure lists nobody') };
    case 'namesOfPeopleOnly':
      return {
        label: vscode.l10n.t('Only people have names here'),
        description: vscode.l10n.t(
          'the editor may not look up applications; an application id of your own may',
        ),
        command: applicationIdSetting,
      };
    case 'namesOfNobody':
      return {
        label: vscode.l10n.t('Names cannot be read here'),
        description: vscode.l10n.t(
          'the editor may not read the directory; an application id of your own may',
        ),
        command: applicationIdSetting,
      };
    case 'gone':
      return {
        label: vscode.l10n.t('This cluster no longer exists'),
        description: vscode.l10n.t('refresh'),
        command: { command: 'cosmosEntra.refresh' },
      };
  }
}

const applicationIdSetting = {
  command: 'workbench.action.openSettings',
  arguments: ['cosmosEntra.applicationId'],
};

import * as vscode from 'vscode';
import type { Words } from '../../webview/protocol.ts';

export function viewWords(collection: string): Words {
  return {
    documents: vscode.l10n.t('Documents of {0}', collection),
    toolbar: vscode.l10n.t('Documents'),
    query: vscode.l10n.t('Query'),
    everything: vscode.l10n.t('All documents, by _id'),
    filter: vscode.l10n.t('filter'),
    projection: vscode.l10n.t('projection'),
    sort: vscode.l10n.t('sort'),
    editQuery: vscode.l10n.t('Edit Query'),
    refresh: vscode.l10n.t('Refresh'),
    stop: vscode.l10n.t('Stop'),
    previous: vscode.l10n.t('Previous'),
    next: vscode.l10n.t('Next'),
    pageSize: vscode.l10n.t('Documents on a page'),
    insert: vscode.l10n.t('Insert…'),
    edit: vscode.l10n.t('Edit'),
    delete: vscode.l10n.t('Delete…'),
    copyDocument: vscode.l10n.t('Copy'),
    copyId: vscode.l10n.t('Copy _id'),
    loading: vscode.l10n.t('Loading…'),
    missing: vscode.l10n.t('no such field'),
    open: vscode.l10n.t('Open'),
    close: vscode.l10n.t('Close'),
    whole: vscode.l10n.t('Edit or copy it to see all of it.'),
    chooseRow: vscode.l10n.t('There is no document to do this with.'),
  };
}

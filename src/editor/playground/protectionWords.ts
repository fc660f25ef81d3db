import * as vscode from 'vscode';
import type { Effect } from '../../core/playground/protection.ts';

/** Asks whether to go on with what a statement is about to change on a cluster. */
export function effectWords(
  effect: Effect,
  cluster: string,
): { readonly question: string; readonly detail: string } {
  return { question: questionOf(effect, cluster), detail: detailOf(effect) };
}

function questionOf(effect: Effect, cluster: string): string {
  const { everything, database, collection, detail, count } = effect;
  const place = collection === undefined ? database : `${database}.${collection}`;
  switch (effect.effect) {
    case 'insert':
      if (count === 1) return vscode.l10n.t('Insert a document into {0} on {1}?', place, cluster);
      return count === undefined
        ? vscode.l10n.t('Insert documents into {0} on {1}?', place, cluster)
        : vscode.l10n.t('Insert {0} documents into {1} on {2}?', count, place, cluster);
    case 'update':
      return everything
        ? vscode.l10n.t('Change every document of {0} on {1}?', place, cluster)
        : vscode.l10n.t('Change documents of {0} on {1}?', place, cluster);
    case 'replace':
      return everything
        ? vscode.l10n.t('Replace everything in {0} on {1}?', place, cluster)
        : vscode.l10n.t('Replace documents of {0} on {1}?', place, cluster);
    case 'delete':
      return everything
        ? vscode.l10n.t('Delete every document of {0} on {1}?', place, cluster)
        : vscode.l10n.t('Delete documents of {0} on {1}?', place, cluster);
    case 'drop':
      return collection === undefined
        ? vscode.l10n.t('Drop the database {0} on {1}, with everything in it?', place, cluster)
        : vscode.l10n.t('Drop {0} on {1}, with every document in it?', place, cluster);
    case 'index':
      return detail === undefined
        ? vscode.l10n.t('Make or change an index of {0} on {1}?', place, cluster)
        : vscode.l10n.t('Make or change the index {0} of {1} on {2}?', detail, place, cluster);
    case 'dropIndex':
      return everything || detail === undefined
        ? vscode.l10n.t('Drop every index of {0} on {1} but that of _id?', place, cluster)
        : vscode.l10n.t('Drop the index {0} of {1} on {2}?', detail, place, cluster);
    case 'rename':
      return vscode.l10n.t('Rename {0} on {1} to {2}?', place, cluster, detail ?? '');
    case 'create':
      return vscode.l10n.t('Create {0} on {1}?', place, cluster);
    case 'command':
      return place === ''
        ? vscode.l10n.t('Run {0} on {1}?', detail ?? '', cluster)
        : vscode.l10n.t('Run {0} in {1} on {2}?', detail ?? '', place, cluster);
  }
}

function detailOf({ effect, everything, detail, count }: Effect): string {
  const why = vscode.l10n.t('The cluster is protected: whatever writes or drops asks first.');
  const lines = [
    ...(count !== undefined && count > 1 && detail !== undefined
      ? [vscode.l10n.t('All at once: {0}.', detail)]
      : []),
    ...(effect === 'command'
      ? [vscode.l10n.t('It is not among the commands that are known to only read.')]
      : []),
    ...(effect === 'drop' || (effect === 'delete' && everything)
      ? [vscode.l10n.t('It cannot be undone.')]
      : []),
  ];
  return [...lines, why].join('\n\n');
}

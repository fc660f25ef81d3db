import * as vscode from 'vscode';
import type { Finding, Gap, Severity } from '../../core/findings/finding.ts';
import type { Ignored } from '../../core/findings/ledger.ts';
import type { Caller } from '../../core/identity/tokens.ts';
import { item, warning } from '../row.ts';
import { tagsOf } from './findingFixes.ts';
import {
  dayOf,
  evidenceWords,
  findingWords,
  fixWords,
  gapWords,
  ignoredWords,
  placeWords,
  severityWords,
  whyWords,
} from './findingWords.ts';

const severityIcons: Readonly<Record<Severity, vscode.ThemeIcon>> = {
  error: new vscode.ThemeIcon('error', new vscode.ThemeColor('list.errorForeground')),
  warning,
  information: new vscode.ThemeIcon('info'),
};

export function findingRow(
  finding: Finding,
  since: string | undefined,
  ignored: Ignored | undefined,
): vscode.TreeItem {
  const { id, severity, known } = finding;
  const { name, key } = known.cluster;
  const words = findingWords(finding);
  const row = item({
    // VS Code keeps a row's place by its id: one that is no longer ignored is another.
    id: `${ignored === undefined ? 'finding' : 'ignored'}:${id}`,
    label: name,
    icon: ignored === undefined ? severityIcons[severity] : new vscode.ThemeIcon('eye-closed'),
    tags: ignored === undefined ? ['finding', ...tagsOf(finding)] : ['ignored'],
    description: ignored === undefined ? words : `${words} · ${ignored.reason}`,
    tooltip: [
      `${severityWords(severity)}: ${name}, ${words}`,
      placeWords(known),
      ...evidenceWords(finding).map((line) => `• ${line}`),
      ...(since === undefined ? [] : [vscode.l10n.t('First seen {0}', dayOf(since))]),
      '',
      whyWords(finding.rule),
      '',
      fixWords(finding),
      ...(ignored === undefined ? [] : ['', ...ignoredWords(ignored)]),
    ].join('\n'),
    command: {
      command: 'cosmosEntra.goToCluster',
      title: vscode.l10n.t('Go to Cluster'),
      arguments: [{ kind: 'finding', key, id }],
    },
    spoken: `${severityWords(severity)}: ${name}, ${words}`,
  });
  return row;
}

export function gapRow(gap: Gap, tenantName: (caller: Caller) => string): vscode.TreeItem {
  const { where, what, why } = gapWords(gap, tenantName);
  const id =
    'caller' in gap
      ? `${gap.what}|${gap.caller.account.id}|${gap.caller.tenant}`
      : `${gap.what}|${gap.cluster.key}`;
  return item({
    id: `gap:${id}`,
    label: where,
    icon: new vscode.ThemeIcon('question'),
    tags: ['caller' in gap ? gap.what : 'gap'],
    description: what,
    tooltip: `${where}: ${what}\n\n${why}`,
    ...(gap.what === 'nameless'
      ? {
          command: {
            command: 'workbench.action.openSettings',
            title: vscode.l10n.t('Open Settings'),
            arguments: ['cosmosEntra.applicationId'],
          },
        }
      : {}),
  });
}

export function folderRow(folder: 'ignored' | 'gaps', count: number): vscode.TreeItem {
  return item({
    id: folder,
    label: folder === 'ignored' ? vscode.l10n.t('Ignored') : vscode.l10n.t('Not looked at'),
    icon: undefined,
    tags: ['folder'],
    description: String(count),
    tooltip:
      folder === 'ignored'
        ? vscode.l10n.t('Findings that somebody decided to live with, and why')
        : vscode.l10n.t('What Azure did not tell: it may be in order or not'),
    state: vscode.TreeItemCollapsibleState.Collapsed,
  });
}

import * as vscode from 'vscode';
import type { Names } from '../../core/access/principals.ts';
import { changeTraces } from '../../core/audit/changeTraces.ts';
import type { RecentChange } from '../../core/audit/recentChanges.ts';
import type { Cluster } from '../../core/clusters/cluster.ts';
import { actorWords, outcomeWords, seenWords, whatWords } from './recentChangeWords.ts';

/** A line of what is known of a change. */
export interface Detail {
  readonly label: string;
  readonly text: string;
}

/** All that is known of a change, as people read it. */
export function changeDetails(cluster: Cluster, change: RecentChange, names: Names): readonly Detail[] {
  const { what, by, time, outcome } = change;
  const { operations, resources, addresses, messages, correlationIds } = changeTraces(change);
  const subject = 'subject' in what ? what.subject.principal?.objectId : undefined;
  const lines: readonly (readonly [label: string, texts: readonly (string | undefined)[]])[] = [
    [vscode.l10n.t('What was done'), [whatWords(cluster, what, names)]],
    [vscode.l10n.t('Object id of whom it is about'), [subject]],
    [vscode.l10n.t('When'), [whenWords(time)]],
    [vscode.l10n.t('Who'), [actorWords(by, names)]],
    [vscode.l10n.t('Sign-in name'), [by.name]],
    [vscode.l10n.t('Their object id'), [by.principal?.objectId]],
    [vscode.l10n.t('With the application'), [by.applicationId]],
    [vscode.l10n.t('From the address'), addresses],
    [vscode.l10n.t('How it ended'), [outcomeWords(outcome)]],
    [vscode.l10n.t('What Azure says'), messages],
    [vscode.l10n.t('On record'), [seenWords(change) ?? vscode.l10n.t('in Azure’s log alone')]],
    [vscode.l10n.t('Permission used'), operations],
    [vscode.l10n.t('Resource id'), resources],
    [vscode.l10n.t('Correlation id'), correlationIds],
  ];
  return lines.flatMap(([label, texts]) =>
    texts.flatMap((text) => (text === undefined ? [] : [{ label, text }])),
  );
}

/** For who reads it, and as it is found in a log. */
function whenWords(time: string): string {
  if (time === '') return vscode.l10n.t('unknown');
  const local = new Date(time).toLocaleString(vscode.env.language, { dateStyle: 'full', timeStyle: 'long' });
  return `${local} · ${time}`;
}

import * as vscode from 'vscode';
import { diagnosisOf } from '../../core/doctor/causes.ts';
import type { Report } from '../../core/doctor/report.ts';
import { withoutSecrets } from '../../core/failure.ts';
import { code, plain } from '../../core/markdown.ts';
import { tenantWords } from './causeWords.ts';
import { titleOf, topOf, viewOf } from './reportPage.ts';
import type { Subject } from './reports.ts';

/** The report for a ticket: what a page shows, whole, and whose it is. Nothing in it marks anything or opens a door. */
export function reportText(
  report: Report,
  subject: Subject,
  { version }: { readonly version: string },
): string {
  const { cluster, other } = subject;
  const { caller } = cluster;
  const { sentence, paragraphs, others } = topOf(report, diagnosisOf(report), subject);
  const { checks } = viewOf(report, subject, undefined);
  const objectId = other?.objectId ?? ownObjectId(report) ?? vscode.l10n.t('unknown');
  const lines = [
    `# ${words(titleOf(subject))}`,
    '',
    `**${words(sentence)}**`,
    '',
    ...[...paragraphs, ...others].flatMap((text) => [words(text), '']),
    ...[
      [vscode.l10n.t('Cluster'), `${words(cluster.name)} (${value(cluster.id)})`],
      [vscode.l10n.t('Person'), value(other === undefined ? caller.account.label : subject.name)],
      [vscode.l10n.t('Object id'), value(objectId)],
      [vscode.l10n.t('Tenant'), tenantText(caller.tenant, subject)],
      ...(other === undefined ? [] : [[vscode.l10n.t('Looked at by'), value(caller.account.label)]]),
      [vscode.l10n.t('Time'), new Date(report.begun).toISOString()],
      ['Cosmos Entra', version],
    ].map(([label, text]) => `- ${label}: ${text}`),
    '',
    `## ${vscode.l10n.t('Checks')}`,
    '',
  ];
  for (const { title, state, word, short, evidence, duration } of checks) {
    // What passed says below what was seen.
    const said = [word, state === 'pass' ? '' : short, duration].filter((part) => part !== '');
    lines.push(`- **${title}**: ${words(said.join(' · '))}`);
    for (const { label, values } of evidence) lines.push(`  - ${label}: ${values.map(value).join(', ')}`);
  }
  return `${lines.join('\n')}\n`;
}

/** With the id, by which others know it. */
function tenantText(id: string, subject: Subject): string {
  const name = tenantWords(id, subject);
  return name === id ? value(id) : `${words(name)} (${value(id)})`;
}

/** What opens a door goes before anything is marked: behind a mark it would not be told as such. */
function words(text: string): string {
  return plain(withoutSecrets(text));
}

function value(text: string): string {
  return code(withoutSecrets(text));
}

/** As their token for Azure says it. */
function ownObjectId({ results }: Report): string | undefined {
  const result = results.get('signedIn');
  if (result === undefined || !('evidence' in result)) return undefined;
  const found = result.evidence.find((one) => one.name === 'objectId');
  return found?.name === 'objectId' ? found.value : undefined;
}

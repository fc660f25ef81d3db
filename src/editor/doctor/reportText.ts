import * as vscode from 'vscode';
import { diagnosisOf } from '../../core/doctor/causes.ts';
import type { Report } from '../../core/doctor/check.ts';
import { withoutSecrets } from '../../core/failure.ts';
import { titleOf, topOf, viewOf } from './reportPage.ts';
import type { Subject } from './reports.ts';

/** The report for a ticket: what a page shows, whole, and whose it is. Each line is without secrets. */
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
    `# ${titleOf(subject)}`,
    '',
    `**${sentence}**`,
    '',
    ...[...paragraphs, ...others].flatMap((text) => [...text.split(/\r?\n/), '']),
    ...[
      [vscode.l10n.t('Cluster'), `${cluster.name} (\`${cluster.id}\`)`],
      [vscode.l10n.t('Person'), other === undefined ? caller.account.label : subject.name],
      [vscode.l10n.t('Object id'), `\`${objectId}\``],
      [vscode.l10n.t('Tenant'), `\`${caller.tenant}\``],
      ...(other === undefined ? [] : [[vscode.l10n.t('Looked at by'), caller.account.label]]),
      [vscode.l10n.t('Time'), new Date(report.begun).toISOString()],
      ['Cosmos Entra', version],
    ].map(([label, value]) => `- ${label}: ${value}`),
    '',
    `## ${vscode.l10n.t('Checks')}`,
    '',
  ];
  for (const { title, state, word, short, evidence, duration } of checks) {
    // What passed says below what was seen.
    const said = [
      word,
      ...(short === '' || state === 'pass' ? [] : [short]),
      ...(duration === '' ? [] : [duration]),
    ];
    lines.push(`- **${title}**: ${said.join(' · ')}`);
    for (const { label, values } of evidence) lines.push(`  - ${label}: ${values.map(asCode).join(', ')}`);
  }
  return `${lines.map((line) => withoutSecrets(line)).join('\n')}\n`;
}

/** As their token for Azure says it. */
function ownObjectId({ results }: Report): string | undefined {
  const result = results.get('signedIn');
  if (result === undefined || !('evidence' in result)) return undefined;
  const found = result.evidence.find((one) => one.name === 'objectId');
  return found?.name === 'objectId' ? found.value : undefined;
}

/** What came from elsewhere ends no line and no fence. */
function asCode(value: string): string {
  return `\`${value.replaceAll(/[\r\n`]+/g, ' ')}\``;
}

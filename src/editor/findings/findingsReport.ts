import * as vscode from 'vscode';
import { plain } from '../../core/markdown.ts';
import type { Finding } from '../../core/findings/finding.ts';
import type { Ignored } from '../../core/findings/ledger.ts';
import { evidenceWords, findingWords, gapWords, ruleWords, severityWords } from './findingWords.ts';
import type { FindingsView } from './findingsView.ts';

/** For an issue or a page: what is open, what is ignored and why, and what nobody could look at. */
export function markdownOf({ seen, ledger, tenantName }: FindingsView): string {
  const { open, ignored, gaps } = seen;
  const since = ({ id }: Finding): string => ledger.since(id)?.slice(0, 10) ?? '';
  const lines = [
    `# ${vscode.l10n.t('Findings')}`,
    '',
    vscode.l10n.t('Made {0}', new Date().toISOString().slice(0, 10)),
    '',
    ...table(
      [
        vscode.l10n.t('Severity'),
        vscode.l10n.t('Cluster'),
        vscode.l10n.t('Finding'),
        vscode.l10n.t('First seen'),
      ],
      open.map((finding) => [
        severityWords(finding.severity),
        finding.known.cluster.name,
        [findingWords(finding), ...evidenceWords(finding)].join('; '),
        since(finding),
      ]),
    ),
  ];
  if (ignored.length > 0)
    lines.push(
      '',
      `## ${vscode.l10n.t('Ignored')}`,
      '',
      ...table(
        [
          vscode.l10n.t('Cluster'),
          vscode.l10n.t('Finding'),
          vscode.l10n.t('Reason'),
          vscode.l10n.t('Who'),
          vscode.l10n.t('When'),
          vscode.l10n.t('Until'),
        ],
        ignored.map(([finding, { reason, by, time, until }]) => [
          finding.known.cluster.name,
          findingWords(finding),
          reason,
          by,
          time.slice(0, 10),
          until?.slice(0, 10) ?? vscode.l10n.t('For ever'),
        ]),
      ),
    );
  if (gaps.length > 0)
    lines.push(
      '',
      `## ${vscode.l10n.t('Not looked at')}`,
      '',
      ...gaps.map((gap) => {
        const { where, what } = gapWords(gap, tenantName);
        return `- ${plain(`${where}: ${what}`)}`;
      }),
    );
  return `${lines.join('\n')}\n`;
}

function table(headings: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.map(plain).join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)];
}

/** A table for other programs: a line for each finding, ignored or not, and for what could not be looked at. */
export async function csvOf({ seen, ledger, tenantName }: FindingsView): Promise<string> {
  const { open, ignored, gaps } = seen;
  const { csvCell } = await import('../../core/playground/export/csv.ts');
  const row = (finding: Finding, decided?: Ignored): Readonly<Record<(typeof columns)[number], string>> => ({
    severity: finding.severity,
    rule: finding.rule,
    title: ruleWords(finding.rule),
    cluster: finding.known.cluster.name,
    what: findingWords(finding),
    evidence: evidenceWords(finding).join('; '),
    firstSeen: ledger.since(finding.id) ?? '',
    ignored: String(decided !== undefined),
    reason: decided?.reason ?? '',
    ignoredBy: decided?.by ?? '',
    ignoredSince: decided?.time ?? '',
    ignoredUntil: decided?.until ?? '',
    tenant: finding.known.cluster.caller.tenant,
    resource: finding.known.cluster.id,
  });
  const rows = [
    ...open.map((finding) => row(finding)),
    ...ignored.map(([finding, decided]) => row(finding, decided)),
    ...gaps.map((gap) => {
      const { where, what, why } = gapWords(gap, tenantName);
      const words = { ...empty, severity: 'unknown', what, evidence: why };
      return 'caller' in gap
        ? { ...words, tenant: gap.caller.tenant }
        : { ...words, cluster: where, tenant: gap.cluster.caller.tenant, resource: gap.cluster.id };
    }),
  ];
  const lines = [columns, ...rows.map((one) => columns.map((column) => one[column]))];
  return lines.map((cells) => `${cells.map(csvCell).join(',')}\r\n`).join('');
}

const columns = [
  'severity',
  'rule',
  'title',
  'cluster',
  'what',
  'evidence',
  'firstSeen',
  'ignored',
  'reason',
  'ignoredBy',
  'ignoredSince',
  'ignoredUntil',
  'tenant',
  'resource',
] as const;

const empty = Object.fromEntries(columns.map((column) => [column, ''])) as Record<
  (typeof columns)[number],
  string
>;

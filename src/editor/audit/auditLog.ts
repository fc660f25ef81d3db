import { join } from 'node:path';
import * as vscode from 'vscode';
import { openAudit } from '../../core/audit/audit.ts';
import type { Audit } from '../../core/audit/audit.ts';
import { openAuditFiles } from '../../core/audit/files.ts';
import type { AuditFiles } from '../../core/audit/files.ts';
import type { Log } from '../log.ts';
import type { Prompts } from '../prompts.ts';
import { retentionSetting } from '../settings.ts';

/** The record of what was done: a channel for people, a file a day for machines. */
export interface AuditLog extends Audit, vscode.Disposable {
  readonly files: AuditFiles;
  show(): void;
}

export function openAuditLog(storage: vscode.Uri, log: Log): AuditLog {
  const files = openAuditFiles({
    folder: join(storage.fsPath, 'audit'),
    retentionDays: retentionSetting,
    trouble: (error) => log.error(error),
  });
  return {
    ...openAudit(Date, [files, log.audit]),
    files,
    show: () => log.showAudit(),
    dispose: () => void files.flush(),
  };
}

/** All lines of the days that the person picks, as one file. */
export async function exportAuditLog(audit: AuditLog, prompts: Prompts): Promise<void> {
  await audit.flush();
  const days = await audit.files.days();
  const last = days.at(-1);
  if (last === undefined) {
    await prompts.tell('information', vscode.l10n.t('Nothing has been recorded yet.'), []);
    return;
  }
  const spans = [
    { label: vscode.l10n.t('The last day'), value: days.slice(-1) },
    { label: vscode.l10n.t('The last 7 days'), value: days.filter((day) => day > daysBefore(last, 7)) },
    { label: vscode.l10n.t('The last 30 days'), value: days.filter((day) => day > daysBefore(last, 30)) },
    { label: vscode.l10n.t('Everything'), value: days },
  ];
  const chosen = await prompts.pick(
    spans.map((span) => ({ ...span, description: `${span.value[0]} – ${last}` })),
    vscode.l10n.t('Export which days?'),
  );
  const first = chosen?.[0];
  if (first === undefined) return;
  const span = first === last ? first : `${first}-${last}`;
  const target = await prompts.save(`cosmos-entra-audit-${span}.jsonl`);
  if (target === undefined) return;
  const parts: string[] = [];
  for await (const part of audit.files.export(first, last)) parts.push(part);
  await vscode.workspace.fs.writeFile(target, Buffer.from(parts.join('')));
  const open = vscode.l10n.t('Open');
  const text = vscode.l10n.t('The audit log is in {0}.', target.fsPath);
  if ((await prompts.tell('information', text, [open])) === open)
    await vscode.window.showTextDocument(target);
}

function daysBefore(day: string, count: number): string {
  return new Date(Date.parse(day) - count * 86_400_000).toISOString().slice(0, 10);
}

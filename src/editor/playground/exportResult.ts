import * as vscode from 'vscode';
import { Failure } from '../../core/failure.ts';
import { exportFormats, exportToBytes, exportToFile } from '../../core/playground/export/export.ts';
import type { Exported, ExportFormat } from '../../core/playground/export/export.ts';
import type { Unfinished } from '../../core/playground/export/unfinished.ts';
import type { Rows } from '../../core/playground/rows.ts';
import type { Outcome, Results } from '../../core/playground/run.ts';
import { loadBson } from '../../core/sessions/bson.ts';
import type { App } from '../app.ts';
import { messageOf } from '../messages.ts';
import { waitFor } from '../progress.ts';
import { numberText, sizeText } from './resultWords.ts';

/** Writes all documents of a result to a file: as what and where the person says. */
export async function exportResult(app: App, results: Results, outcomeId: number): Promise<void> {
  const { run } = results;
  const outcome = run?.outcomes.find(({ id }) => id === outcomeId);
  if (run === undefined || outcome === undefined || !('rows' in outcome.value)) {
    await app.prompts.tell('information', vscode.l10n.t('There are no documents here to export.'), []);
    return;
  }
  const format = await app.prompts.pick(
    exportFormats.map((value) => ({ value, ...formatWords(value) })),
    vscode.l10n.t('Export as what?'),
  );
  if (format === undefined) return;
  const target = await app.prompts.save(`${nameOf(outcome, run.target.database)}.${endings[format]}`);
  if (target === undefined) return;
  // What an export before left lying that ended in the middle.
  await app.unfinished.clear();
  let exporting: Promise<Exported> | undefined;
  try {
    const title = vscode.l10n.t('Exporting to {0}', placeOf(target));
    const exported = await waitFor(
      title,
      (signal, tell) =>
        (exporting = exportTo(
          target,
          format,
          batchesOf(results, outcome, signal),
          signal,
          paced(tell),
          app.unfinished,
        )),
    );
    await tellDone(app, target, exported);
  } catch (error) {
    const failure = Failure.from(error);
    // Whoever stops it at its last moment is told what became of it, and nobody before that is so.
    const late = failure.code === 'cancelled' ? await exporting?.catch(() => undefined) : undefined;
    await (late === undefined ? tellFailure(app, failure) : tellDone(app, target, late));
  }
}

/** Where the editor has no file of a disk, a file is written as a whole: it must not be larger than this. */
const mostAtOnce = 64_000_000;

export async function exportTo(
  target: vscode.Uri,
  format: ExportFormat,
  batches: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
  progress: (exported: Exported) => void,
  unfinished: Pick<Unfinished, 'note'>,
): Promise<Exported> {
  const bson = await loadBson();
  const options = { format, batches, signal, progress };
  if (target.scheme === 'file') return exportToFile(bson, target.fsPath, { ...options, unfinished });
  const { bytes, exported } = await exportToBytes(bson, { ...options, most: mostAtOnce });
  try {
    await vscode.workspace.fs.writeFile(target, bytes);
  } catch (error) {
    const detail = error instanceof vscode.FileSystemError ? error.code : String(error);
    const reason = detail === 'NoPermissions' ? 'notAllowed' : 'other';
    throw new Failure({ code: 'notWritten', reason, detail }, error);
  }
  return exported;
}

function batchesOf(results: Results, { id, value }: Outcome, signal: AbortSignal): AsyncIterable<Uint8Array> {
  return value.kind === 'value' ? kept(value.rows) : results.stream(id, signal);
}

async function* kept(rows: Rows): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < rows.count; index++) yield rows.bytes(index);
}

/** People read no more than a few times a second. */
function paced(tell: (text: string) => void): (exported: Exported) => void {
  let last = 0;
  return (exported) => {
    if (performance.now() - last < 200) return;
    last = performance.now();
    tell(amountWords(exported));
  };
}

async function tellDone(app: App, target: vscode.Uri, exported: Exported): Promise<void> {
  const [open, reveal] = [vscode.l10n.t('Open'), vscode.l10n.t('Reveal')];
  const text = vscode.l10n.t('{0} are in {1}.', amountWords(exported), placeOf(target));
  const revealing = revealCommand(target);
  const buttons = revealing === undefined ? [open] : [open, reveal];
  const pressed = await app.prompts.tell('information', text, buttons);
  if (pressed === open) await vscode.commands.executeCommand('vscode.open', target);
  else if (pressed === reveal && revealing !== undefined)
    await vscode.commands.executeCommand(revealing, target);
}

/** What shows where a file is: the explorer of the editor, of the machine, or nothing there is. */
function revealCommand(target: vscode.Uri): string | undefined {
  if (vscode.workspace.getWorkspaceFolder(target) !== undefined) return 'revealInExplorer';
  const isHere = vscode.env.remoteName === undefined && vscode.env.uiKind === vscode.UIKind.Desktop;
  return isHere && target.scheme === 'file' ? 'revealFileInOS' : undefined;
}

async function tellFailure(app: App, failure: Failure): Promise<void> {
  if (failure.code === 'cancelled') {
    const text = vscode.l10n.t('You stopped the export. No file was written.');
    await app.prompts.tell('information', text, []);
    return;
  }
  app.log.error(failure);
  await app.prompts.tell('error', messageOf(failure).long, []);
}

function amountWords({ documents, bytes }: Exported): string {
  return documents === 1
    ? vscode.l10n.t('1 document, {0}', sizeText(bytes))
    : vscode.l10n.t('{0} documents, {1}', numberText(documents), sizeText(bytes));
}

function placeOf(target: vscode.Uri): string {
  return target.scheme === 'file' ? target.fsPath : target.toString(true);
}

function nameOf({ value }: Outcome, database: string): string {
  const place = value.kind === 'documents' ? value.place : undefined;
  const name = place === undefined ? `${database}-result` : `${place.database}-${place.collection}`;
  // What no file system takes, and what would lead into another folder.
  return name
    .replaceAll(/[^\p{L}\p{N}._-]+/gu, '-')
    .replace(/^\.+/, '')
    .slice(0, 100);
}

const endings: Readonly<Record<ExportFormat, string>> = {
  ejson: 'json',
  ejsonCanonical: 'json',
  jsonLines: 'jsonl',
  json: 'json',
  csv: 'csv',
};

/** What each is good for, and what it loses. */
function formatWords(format: ExportFormat): Pick<vscode.QuickPickItem, 'label' | 'description' | 'detail'> {
  switch (format) {
    case 'ejson':
      return {
        label: vscode.l10n.t('EJSON'),
        description: vscode.l10n.t('relaxed, an array'),
        detail: vscode.l10n.t('Loses nothing but whether a small whole number has 32 or 64 bits.'),
      };
    case 'ejsonCanonical':
      return {
        label: vscode.l10n.t('EJSON Canonical'),
        description: vscode.l10n.t('an array that says the type of every value'),
        detail: vscode.l10n.t('Loses nothing.'),
      };
    case 'jsonLines':
      return {
        label: vscode.l10n.t('JSON Lines'),
        description: vscode.l10n.t('relaxed EJSON, a document on each line'),
        detail: vscode.l10n.t('Loses nothing but whether a small whole number has 32 or 64 bits.'),
      };
    case 'json':
      return {
        label: vscode.l10n.t('JSON'),
        description: vscode.l10n.t('an array without types'),
        detail: vscode.l10n.t('Dates, ids, decimals, bytes and very large whole numbers become text.'),
      };
    case 'csv':
      return {
        label: vscode.l10n.t('CSV'),
        description: vscode.l10n.t('a table, for spreadsheets'),
        detail: vscode.l10n.t(
          'Loses types, and null from what is missing. Text that a spreadsheet would take for a formula begins with an apostrophe.',
        ),
      };
  }
}

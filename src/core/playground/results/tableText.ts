import type { Bson, Value } from '../../sessions/bson.ts';
import { cellText, withoutFormula } from './cells.ts';

/** What is in each column of a row; undefined where its document has nothing there. */
type Row = readonly (Value | undefined)[];

/** A table to paste into a spreadsheet. */
export function asTsv(columns: readonly string[], rows: readonly Row[], bson: Bson): string {
  return [columns, ...rows.map((row) => row.map((value) => cellText(bson, value)))]
    .map((cells) => `${cells.map(tsvCell).join('\t')}\n`)
    .join('');
}

function tsvCell(text: string): string {
  const safe = withoutFormula(text);
  return /["\t\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A table for where people write Markdown. Whatever is in it, it is text there. */
export function asMarkdown(columns: readonly string[], rows: readonly Row[], bson: Bson): string {
  const lines = rows.map((row) => row.map((value) => (value === null ? 'null' : cellText(bson, value))));
  return [
    columns.map(markdownCell),
    columns.map(() => '---'),
    ...lines.map((cells) => cells.map(markdownCell)),
  ]
    .map((cells) => `| ${cells.join(' | ')} |\n`)
    .join('');
}

function markdownCell(text: string): string {
  return text
    .replaceAll(/[\\`*[\]|~]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, String.raw`\$&`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/\r\n?|\n/g, '<br>');
}

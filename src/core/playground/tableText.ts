import type { Bson, Value } from '../sessions/bson.ts';
import { lineOf } from '../sessions/ejson.ts';

/** A table as a spreadsheet takes it from the clipboard. */
export function asTsv(
  columns: readonly string[],
  rows: readonly (readonly (Value | undefined)[])[],
  bson: Bson,
): string {
  const text = (value: Value | undefined): string =>
    value === undefined ? '' : typeof value === 'string' ? value : lineOf(bson, value);
  return [columns, ...rows.map((row) => row.map(text))].map((row) => row.map(guarded).join('\t')).join('\n');
}

/** A table in Markdown. */
export function asMarkdown(
  columns: readonly string[],
  rows: readonly (readonly (Value | undefined)[])[],
  bson: Bson,
): string {
  const text = (value: Value | undefined): string =>
    value === undefined ? '' : typeof value === 'string' ? value : lineOf(bson, value);
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')).join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map((row) => line(row.map(text)))].join(
    '\n',
  );
}

/** What begins like a formula would be reckoned. */
function guarded(cell: string): string {
  const line = cell.replaceAll(/[\t\r\n]+/g, ' ');
  return /^[=+\-@]/.test(line) ? `'${line}` : line;
}

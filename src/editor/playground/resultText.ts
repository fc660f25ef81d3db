import { slices } from '../../core/playground/results/slices.ts';
import { asMarkdown, asTsv } from '../../core/playground/results/tableText.ts';
import type { Outcome } from '../../core/playground/run.ts';
import type { Bson } from '../../core/sessions/bson.ts';
import { ejsonText } from '../../core/sessions/ejsonText.ts';
import type { EjsonStyle } from '../../core/sessions/ejsonText.ts';
import type { FromView, Ranges } from '../../webview/resultsProtocol.ts';
import type { ResultRows } from './resultRows.ts';

/** What an editor opens well, and folds. */
const mostJsonDocuments = 20_000;
const mostJsonText = 20_000_000;
const mostCopied = 20_000_000;

/** As much of a result as an editor opens well; `written` says how many of its rows that is. */
export async function jsonOf(
  bson: Bson,
  { value: { kind } }: Outcome,
  rows: ResultRows,
  style: EjsonStyle,
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly written: number }> {
  const rest = slices(signal);
  const parts: string[] = [];
  let length = 0;
  const count = Math.min(rows.count, mostJsonDocuments);
  for (let place = 0; place < count && length < mostJsonText; place++) {
    const document = rows.document(place);
    const value = kind === 'value' ? (document.get('value') ?? null) : document;
    const part = ejsonText(bson, value, style, 2);
    length += part.length;
    parts.push(kind === 'value' ? part : part.replaceAll(/^/gm, '  '));
    await rest();
  }
  const [only] = parts;
  const isOne = kind === 'value' && only !== undefined;
  return { text: isOne ? `${only}\n` : `[\n${parts.join(',\n')}\n]\n`, written: parts.length };
}

/** Some rows for the clipboard, '' for none; undefined where they are more than that takes well. */
export async function copyOf(
  bson: Bson,
  kind: Extract<FromView, { readonly ranges: Ranges }>['kind'],
  rows: ResultRows,
  ranges: Ranges,
  style: EjsonStyle,
  signal: AbortSignal,
): Promise<string | undefined> {
  const rest = slices(signal);
  const documents: ReturnType<ResultRows['document']>[] = [];
  let size = 0;
  for (const place of rows.places(ranges)) {
    size += rows.rows.bytes(rows.at(place)).byteLength;
    if (size > mostCopied) return undefined;
    documents.push(rows.document(place));
    await rest();
  }
  if (documents.length === 0) return '';
  if (kind === 'copyDocuments') {
    const texts = documents.map((document) => ejsonText(bson, document, style, 2));
    return texts.length === 1 ? texts[0] : `[\n${texts.join(',\n')}\n]`;
  }
  const names = rows.columns.map(({ name }) => name);
  const cells = documents.map((document) => names.map((name) => document.get(name)));
  return kind === 'copyTable' ? asTsv(names, cells, bson) : asMarkdown(names, cells, bson);
}

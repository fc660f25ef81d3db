import { Failure } from '../../failure.ts';
import { readDocument } from '../../sessions/bson.ts';
import type { Bson, Doc, Value } from '../../sessions/bson.ts';
import { cellText, flattened, headingOf, withoutFormula } from '../cells.ts';
import { Output, pieceSize } from './output.ts';
import type { Piece, Spool } from './piece.ts';

/**
 * A table by RFC 4180: a column for each path of any document, in the order they are first seen. All documents are
 * looked at before the first line is written; they are asked for once, so both looks see the same.
 */
export async function* csv(
  bson: Bson,
  batches: AsyncIterable<Uint8Array>,
  spool: Spool,
): AsyncGenerator<Piece> {
  const columns = new Set<string>();
  for await (const batch of batches) {
    for (const document of documentsIn(bson, batch))
      for (const path of flattened(document).keys()) columns.add(path);
    if (columns.size > mostColumns)
      throw new Failure({ code: 'notWritten', reason: 'tooManyColumns', detail: String(mostColumns) });
    await spool.write(batch);
  }
  const output = new Output();
  const paths = [...columns];
  if (paths.length > 0) output.text(`${paths.map((path) => csvCell(headingOf(path))).join(',')}\r\n`);
  let documents = 0;
  for await (const batch of spool.read())
    for (const document of documentsIn(bson, batch)) {
      const cells = flattened(document);
      output.text(`${paths.map((path) => valueCell(bson, cells.get(path))).join(',')}\r\n`);
      documents++;
      if (output.length >= pieceSize) {
        yield { bytes: output.take(), documents };
        documents = 0;
      }
    }
  yield { bytes: output.take(), documents };
}

/** Where keys are data, each document brings new columns: that is no table, and no spreadsheet opens it. */
const mostColumns = 10_000;

function* documentsIn(bson: Bson, batch: Uint8Array): Generator<Doc> {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  for (let at = 0; at < batch.byteLength;) {
    const end = at + view.getInt32(at, true);
    yield readDocument(bson, batch.subarray(at, end));
    at = end;
  }
}

/** An empty text is another thing than nothing, for those who read the quotes. */
function valueCell(bson: Bson, value: Value | undefined): string {
  return value === '' ? '""' : csvCell(cellText(bson, value));
}

function csvCell(text: string): string {
  const safe = withoutFormula(text);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

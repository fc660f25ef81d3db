import { Failure } from '../../failure.ts';
import type { Bson } from '../../sessions/bson.ts';
import { withoutFormula } from '../results/cells.ts';
import { endOfText, endOfValue } from './bsonEnds.ts';
import { BsonJson } from './bsonJson.ts';
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
  const columns = new Columns();
  for await (const batch of batches) {
    const reader = new BatchReader(batch);
    for (let at = 0; at < batch.byteLength; at = reader.endOf(at)) reader.paths(at, columns.root, columns);
    await spool.write(batch);
  }
  const output = new Output();
  if (columns.headings.length > 0) output.text(`${columns.headings.map(csvCell).join(',')}\r\n`);
  const texts = new CellTexts(bson);
  let documents = 0;
  for await (const batch of spool.read()) {
    const reader = new BatchReader(batch);
    texts.read(batch);
    for (let at = 0; at < batch.byteLength; at = reader.endOf(at)) {
      const cells = columns.headings.map(() => '');
      reader.cells(at, columns.root, texts, cells);
      // A line with nothing on it is skipped by those who read it.
      if (cells.length > 0) output.text(`${cells.join(',') || '""'}\r\n`);
      documents++;
      if (output.length >= pieceSize) {
        yield { bytes: output.take(), documents };
        documents = 0;
      }
    }
  }
  yield { bytes: output.take(), documents };
}

/** Where keys are data, each document brings new columns: that is no table, and no spreadsheet opens it. */
const mostColumns = 10_000;

/** A key somewhere in documents: with those below it, and with the column of what is there and is no document. */
interface Key {
  readonly path: string;
  readonly keys: Map<string, Key>;
  column: number | undefined;
}

class Columns {
  readonly root: Key = { path: '', keys: new Map(), column: undefined };
  readonly headings: string[] = [];

  /** `a.b` may be one key or two, which are two columns of one name. */
  below(key: Key, name: string): Key {
    const known = key.keys.get(name);
    if (known !== undefined) return known;
    const made: Key = {
      path: key === this.root ? name : `${key.path}.${name}`,
      keys: new Map(),
      column: undefined,
    };
    key.keys.set(name, made);
    return made;
  }

  add(key: Key): void {
    if (key.column !== undefined) return;
    key.column = this.headings.push(key.path) - 1;
    if (this.headings.length > mostColumns)
      throw new Failure({ code: 'notWritten', reason: 'tooManyColumns', detail: String(mostColumns) });
  }
}

/** Takes documents apart as `flattened` does, without making values of what is in them. */
class BatchReader {
  readonly #bytes: Buffer;
  readonly #view: DataView;

  constructor(batch: Uint8Array) {
    this.#bytes = Buffer.from(batch.buffer, batch.byteOffset, batch.byteLength);
    this.#view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  }

  endOf(start: number): number {
    return start + this.#view.getInt32(start, true);
  }

  paths(start: number, above: Key, columns: Columns): void {
    for (let at = start + 4, type = this.#bytes[at] ?? 0; type !== 0; type = this.#bytes[at] ?? 0) {
      const end = endOfText(this.#bytes, at + 1);
      const key = columns.below(above, this.#bytes.toString('utf8', at + 1, end));
      if (this.#isApart(type, end + 1)) this.paths(end + 1, key, columns);
      else columns.add(key);
      at = endOfValue(this.#bytes, this.#view, type, end + 1);
    }
  }

  cells(start: number, above: Key, texts: CellTexts, cells: string[]): void {
    for (let at = start + 4, type = this.#bytes[at] ?? 0; type !== 0; type = this.#bytes[at] ?? 0) {
      const end = endOfText(this.#bytes, at + 1);
      const key = above.keys.get(this.#bytes.toString('utf8', at + 1, end));
      if (key !== undefined) {
        if (this.#isApart(type, end + 1)) this.cells(end + 1, key, texts, cells);
        else if (key.column !== undefined) cells[key.column] = texts.of(type, end + 1);
      }
      at = endOfValue(this.#bytes, this.#view, type, end + 1);
    }
  }

  /** An empty document is a value, as there is nothing in it that could be one. */
  #isApart(type: number, at: number): boolean {
    return type === 3 && this.#view.getInt32(at, true) > 5;
  }
}

/** What a cell says, as `cellText` has it. */
class CellTexts {
  readonly #output = new Output();
  readonly #plain: BsonJson;
  readonly #ejson: BsonJson;
  #bytes = Buffer.alloc(0);

  constructor(bson: Bson) {
    this.#plain = new BsonJson(bson, 'plain', this.#output);
    this.#ejson = new BsonJson(bson, 'relaxed', this.#output);
  }

  read(batch: Uint8Array): void {
    this.#bytes = Buffer.from(batch.buffer as ArrayBuffer, batch.byteOffset, batch.byteLength);
    this.#plain.read(batch);
    this.#ejson.read(batch);
  }

  of(type: number, at: number): string {
    switch (type) {
      case 2:
      case 14: {
        const text = this.#bytes.toString('utf8', at + 4, at + 3 + this.#bytes.readInt32LE(at));
        // It is another thing than nothing, for those who read the quotes.
        return text === '' ? '""' : csvCell(text);
      }
      case 6:
      case 10:
        return '';
      case 3:
      case 4:
      case 15:
        this.#ejson.value(type, at);
        return csvCell(this.#output.takeText());
      default:
        this.#plain.value(type, at);
        return csvCell(this.#output.takeText().replaceAll(/^"|"$/g, ''));
    }
  }
}

/** A text as a cell by RFC 4180, which no spreadsheet takes for a formula. */
export function csvCell(text: string): string {
  const safe = withoutFormula(text);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

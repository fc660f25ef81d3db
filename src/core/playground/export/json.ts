import type { Bson } from '../../sessions/bson.ts';
import { BsonJson } from './bsonJson.ts';
import type { JsonStyle } from './bsonJson.ts';
import { Output, pieceSize } from './output.ts';
import type { Piece } from './piece.ts';

/** Documents as one array, each on a line of its own. */
export function jsonArray(
  bson: Bson,
  batches: AsyncIterable<Uint8Array>,
  style: JsonStyle,
): AsyncGenerator<Piece> {
  return written(bson, batches, style, { open: '[', before: '\n', between: ',\n', close: '\n]\n' });
}

/** Documents each on a line, and nothing else: https://jsonlines.org. */
export function jsonLines(
  bson: Bson,
  batches: AsyncIterable<Uint8Array>,
  style: JsonStyle,
): AsyncGenerator<Piece> {
  return written(bson, batches, style, { open: '', before: '', between: '\n', close: '\n' });
}

interface Frame {
  readonly open: string;
  readonly before: string;
  readonly between: string;
  /** Behind the last document. */
  readonly close: string;
}

async function* written(
  bson: Bson,
  batches: AsyncIterable<Uint8Array>,
  style: JsonStyle,
  { open, before, between, close }: Frame,
): AsyncGenerator<Piece> {
  const output = new Output();
  const json = new BsonJson(bson, style, output);
  let isFirst = true;
  let documents = 0;
  output.ascii(open);
  for await (const batch of batches) {
    json.read(batch);
    for (let at = 0; at < batch.byteLength; at = json.endOf(at)) {
      output.ascii(isFirst ? before : between);
      isFirst = false;
      json.document(at);
      documents++;
      if (output.length >= pieceSize) {
        yield { bytes: output.take(), documents };
        documents = 0;
      }
    }
  }
  if (!isFirst) output.ascii(close);
  else if (open !== '') output.ascii(']\n');
  yield { bytes: output.take(), documents };
}

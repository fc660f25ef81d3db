import { Double } from 'bson';
import { RawDocument } from '../bson/encode.ts';
import type { Batch, CursorOwner } from '../cursors.ts';
import { Watch } from '../operations.ts';
import type { Row } from '../storage/row.ts';
import type { Call, Reply } from './command.ts';

/** Opens a cursor over rows and answers with its first batch. */
export function cursorReply(
  call: Call,
  rows: Iterable<Row>,
  request: {
    readonly namespace: string;
    readonly batchSize: number | undefined;
    readonly singleBatch?: boolean;
    readonly watch?: Watch;
  },
): Reply {
  const watch = request.watch ?? new Watch(call.operation);
  const batch = call.cursors.open(rows[Symbol.iterator](), { ...request, watch, owner: ownerOf(call) });
  return batchReply('firstBatch', batch);
}

export function batchReply(name: 'firstBatch' | 'nextBatch', batch: Batch): Reply {
  const rows = batch.rows.map((row) => new RawDocument(row.bytes));
  return { cursor: { [name]: rows, id: batch.id, ns: batch.namespace }, ok: new Double(1) };
}

export function ownerOf(call: Pick<Call, 'identity' | 'session'>): CursorOwner {
  return { user: call.identity?.name ?? '', session: call.session };
}

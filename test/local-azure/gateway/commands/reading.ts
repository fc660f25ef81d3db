import { Double, Int32, Long } from 'bson';
import { isTruthy } from '../bson/number.ts';
import { isDoc } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { distinct as distinctValues } from '../expression/set.ts';
import { writesSomewhere } from '../pipeline/pipeline.ts';
import { splitPath, valuesAt } from '../query/path.ts';
import {
  collectionName,
  count as countArgument,
  doc,
  flag,
  int64,
  list,
  refuseUnknown,
  refuseUnserved,
  text,
} from './arguments.ts';
import type { Call, CommandTable, Need, Reply } from './command.ts';
import { batchReply, cursorReply, ownerOf } from './cursorReply.ts';
import { explain } from './explain.ts';
import { findRows } from './query.ts';
import { Source, leadingMatch } from './source.ts';

const EMPTY: Doc = new Map();

const findFields = `
  filter projection sort skip limit batchSize singleBatch hint let collation allowDiskUse
  allowPartialResults noCursorTimeout oplogReplay returnKey showRecordId min max tailable awaitData
`
  .trim()
  .split(/\s+/);

const unservedByFind = ['returnKey', 'showRecordId', 'min', 'max', 'tailable', 'awaitData'];

function find(call: Call): Reply {
  const { body } = call;
  if (flag(body, 'explain')) return explain(call, body, 'queryPlanner');
  refuseUnknown(body, 'find', [...findFields, 'explain']);
  refuseUnserved(body, unservedByFind);
  const name = collectionName(body, 'find');
  const source = new Source(call);
  return cursorReply(call, findRows(body, source, name), {
    namespace: `${call.database}.${name}`,
    batchSize: countArgument(body, 'batchSize'),
    singleBatch: flag(body, 'singleBatch'),
    watch: source.watch,
  });
}

function getMore(call: Call): Reply {
  const { body } = call;
  const id = body.get('getMore');
  if (!(id instanceof Long)) throw new CommandError('BadValue', 'getMore value should be an i64');
  const batch = call.cursors.more(
    id.toBigInt(),
    {
      namespace: `${call.database}.${text(body, 'collection') ?? ''}`,
      owner: ownerOf(call),
      batchSize: countArgument(body, 'batchSize') || undefined,
    },
    call.operation,
  );
  return batchReply('nextBatch', batch);
}

function killCursors(call: Call): Reply {
  const ids = list(call.body, 'cursors');
  if (!ids) throw new CommandError('BadValue', 'cursors was missing in killCursors request');
  const killed: Value[] = [];
  const missing: Value[] = [];
  for (const value of ids) {
    const id = value instanceof Long ? int64(value) : undefined;
    if (id === undefined) throw new CommandError('BadValue', 'Cursor was not a valid i64');
    (call.cursors.kill(id, ownerOf(call).user) ? killed : missing).push(value);
  }
  return {
    ok: new Double(1),
    cursorsKilled: killed,
    cursorsNotFound: missing,
    cursorsAlive: [],
    cursorsUnknown: [],
  };
}

function count(call: Call): Reply {
  const { body } = call;
  refuseUnknown(body, 'count', ['query', 'limit', 'skip', 'hint', 'collation', 'fields']);
  refuseUnserved(body, []);
  const query = new Map([...body].filter(([key]) => key === 'limit' || key === 'skip'));
  query.set('filter', doc(body, 'query') ?? EMPTY);
  let n = 0;
  for (const row of findRows(query, new Source(call), collectionName(body, 'count'))) n += row ? 1 : 0;
  return { n, ok: new Double(1) };
}

function distinct(call: Call): Reply {
  const { body } = call;
  refuseUnknown(body, 'distinct', ['key', 'query', 'hint', 'collation']);
  refuseUnserved(body, []);
  const key = text(body, 'key');
  if (key === undefined || key === '') throw new CommandError('BadValue', "'key' must be a non-empty string");
  const path = splitPath(key);
  const query: Doc = new Map([['filter', doc(body, 'query') ?? EMPTY]]);
  const values: Value[] = [];
  for (const row of findRows(query, new Source(call), collectionName(body, 'distinct'))) {
    values.push(...valuesAt(row.doc, path).filter((value) => value !== undefined));
  }
  return { values: [...distinctValues(values).values()], ok: new Double(1) };
}

const aggregateFields =
  'pipeline cursor explain allowDiskUse bypassDocumentValidation collation hint let'.split(' ');

function pipelineOf(body: Doc): readonly Value[] {
  return list(body, 'pipeline') ?? [];
}

function aggregate(call: Call): Reply {
  const { body, database } = call;
  if (flag(body, 'explain')) return explain(call, body, 'queryPlanner');
  refuseUnknown(body, 'aggregate', aggregateFields);
  refuseUnserved(body, []);
  const cursor = doc(body, 'cursor');
  if (!cursor) {
    throw new CommandError(
      'FailedToParse',
      "The 'cursor' option is required, except for aggregate with the explain argument",
    );
  }
  const target = body.get('aggregate');
  const name =
    target instanceof Int32 || target instanceof Double ? undefined : collectionName(body, 'aggregate');
  const source = new Source(call);
  const stages = pipelineOf(body);
  const stage = source.compile(stages, name);
  const rows = name === undefined ? [] : source.rows(name, leadingMatch(stages));
  return cursorReply(call, stage(rows), {
    namespace: `${database}.${name ?? '$cmd.aggregate'}`,
    batchSize: countArgument(cursor, 'batchSize'),
    watch: source.watch,
  });
}

/** A pipeline that ends in a collection is a write, whatever its name says. */
function aggregateWrites({ body }: Pick<Call, 'body'>): boolean {
  const pipeline = body.get('pipeline');
  return Array.isArray(pipeline) && writesSomewhere(pipeline) && !isTruthy(body.get('explain'));
}

function aggregateNeeds(call: Pick<Call, 'body'>): Need {
  return aggregateWrites(call) ? 'write' : 'read';
}

function explainCommand(call: Call): Reply {
  const target = call.body.get('explain');
  if (!isDoc(target)) throw new CommandError('TypeMismatch', 'The explained command must be an object');
  return explain(call, target, text(call.body, 'verbosity') ?? 'queryPlanner');
}

export const readCommands: CommandTable = {
  find: { needs: 'read', forwarded: true, run: find },
  getMore: { needs: 'read', forwarded: true, run: getMore },
  killCursors: { needs: 'read', forwarded: true, run: killCursors },
  count: { needs: 'read', forwarded: true, run: count },
  distinct: { needs: 'read', forwarded: true, run: distinct },
  aggregate: { needs: aggregateNeeds, writes: aggregateWrites, forwarded: true, run: aggregate },
  explain: { needs: 'read', forwarded: true, run: explainCommand },
};

import type { Doc, Value } from '../bson/value.ts';
import type { Variables } from '../expression/expression.ts';
import type { Watch } from '../operations.ts';
import type { Collection } from '../storage/collection.ts';
import type { Row } from '../storage/row.ts';

/** What a stage may touch besides the rows that come to it. */
export interface PipelineContext {
  readonly database: string;
  /** The collection that is aggregated; a pipeline about the server has none. */
  readonly collection: string | undefined;
  readonly variables: Variables;
  /** Absent where a pipeline works on one document alone. */
  readonly watch: Watch | undefined;
  /** The documents of a collection or a view of the same database. */
  readonly read: (collection: string) => Iterable<Row>;
  /** A collection that is written to, made when it is missing. */
  readonly write: (database: string, collection: string) => Collection;
  /** Puts a new set of documents in a collection's place. */
  readonly replaceAll: (database: string, collection: string, docs: readonly Doc[]) => void;
  readonly describe: (stage: '$collStats' | '$indexStats' | '$currentOp', argument: Doc) => readonly Doc[];
  /** Compiles a pipeline within this one. */
  readonly compile: (stages: readonly Value[], variables: Variables) => Stage;
}

export type Stage = (rows: Iterable<Row>) => Iterable<Row>;

export type StageCompiler = (argument: Value, context: PipelineContext) => Stage;

export type StageTable = Readonly<Record<string, StageCompiler>>;

/** Lets the operation stop a long reading. */
export function* watched(rows: Iterable<Row>, watch: Watch): Generator<Row> {
  for (const row of rows) {
    watch.tick();
    yield row;
  }
}

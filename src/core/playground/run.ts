import type { FailureData } from '../failure.ts';
import type { Cluster } from '../clusters/cluster.ts';
import type { Place } from '../sessions/catalog.ts';
import type { Rows } from './rows.ts';

/** Where a playground runs: as whom is in the cluster's caller. */
export interface Target {
  readonly cluster: Cluster;
  readonly database: string;
}

/** A statement of a playground, as it was when it was run. */
export interface Statement {
  readonly text: string;
  /** The first and the last line of it in its file, counted from 0. */
  readonly line: number;
  readonly lastLine: number;
}

/** What a statement came to. */
export type Value =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'text'; readonly text: string }
  /** One row with one field, `value`: what is no document has no bytes of its own. */
  | { readonly kind: 'value'; readonly rows: Rows }
  | {
      readonly kind: 'documents';
      readonly rows: Rows;
      /** Whose documents they are, where they are whole and can be written back. */
      readonly place: Place | undefined;
      /** There are more in the database than in `rows`. */
      readonly hasMore: boolean;
    };

export interface Problem {
  readonly failure: FailureData;
  /** The line in the file that caused it, counted from 0. */
  readonly line: number | undefined;
}

export interface Outcome {
  /** Counts the statements of all runs of a playground. */
  readonly id: number;
  readonly statement: Statement;
  readonly state: 'running' | 'done' | 'failed' | 'stopped';
  /** In milliseconds; undefined while it runs. */
  readonly took: number | undefined;
  readonly value: Value;
  /** What it printed, line by line. */
  readonly printed: readonly string[];
  readonly problem: Problem | undefined;
}

/** A run of a playground, as it is now. Outcomes are replaced as they change, never changed. */
export interface Run {
  readonly target: Target;
  /** In milliseconds since 1970. */
  readonly startedAt: number;
  readonly state: 'running' | 'done' | 'failed' | 'stopped';
  readonly outcomes: readonly Outcome[];
}

/** The results of a playground, for whoever shows or exports them. */
export interface Results {
  readonly run: Run | undefined;
  /** The run, or an outcome of it, is otherwise. */
  onChange(listener: () => void): () => void;
  /** Reads on: at least so many documents more, if there are. */
  more(outcome: number, count: number, signal: AbortSignal): Promise<void>;
  /**
   * All documents of an outcome in order, in batches of documents right behind each other. Those that are not
   * kept are read anew from the beginning, so nothing grows with their number.
   */
  stream(outcome: number, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

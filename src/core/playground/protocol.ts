/** What the editor and the process that runs a playground say to each other. */
import type { FailureData } from '../failure.ts';
import type { Cloud } from '../identity/clouds.ts';
import type { Place } from '../sessions/catalog.ts';
import type { Member } from '../sessions/hosts.ts';
import type { Deed } from './deed.ts';
import type { Effect } from './protection.ts';
import type { Problem } from './run.ts';

/** A statement to be run: the number of its outcome, its text, and its first line in the file. */
export interface Step {
  readonly outcome: number;
  readonly text: string;
  readonly line: number;
}

/** A message to a process, and the word by which it knows that it is from us: the first one that it hears. */
export type Letter = readonly [word: string, message: ToRunner];

export type ToRunner =
  | {
      readonly kind: 'run';
      readonly run: number;
      readonly cloud: Cloud;
      readonly members: readonly Member[];
      /** Whose tokens it gets: another person is another connection. */
      readonly person: string;
      readonly database: string;
      /** The playground's own, for errors and for files that it loads. */
      readonly file: string;
      readonly isProtected: boolean;
      readonly steps: readonly Step[];
    }
  /** That run, if it is not over by now. */
  | { readonly kind: 'stop'; readonly run: number }
  | { readonly kind: 'token'; readonly ask: number; readonly token: string }
  | { readonly kind: 'noToken'; readonly ask: number; readonly failure: FailureData }
  | { readonly kind: 'permit'; readonly ask: number; readonly isAllowed: boolean }
  /** From now on whatever changes something asks first, or not. */
  | { readonly kind: 'protect'; readonly isProtected: boolean }
  /** At least so many documents more of an outcome. */
  | { readonly kind: 'more'; readonly ask: number; readonly outcome: number; readonly count: number }
  /** All of an outcome from its beginning, until `end`. */
  | { readonly kind: 'stream'; readonly ask: number; readonly outcome: number }
  /** The next batch of what is streamed, please. */
  | { readonly kind: 'next'; readonly ask: number }
  | { readonly kind: 'end'; readonly ask: number }
  /** Nobody wants these any more. */
  | { readonly kind: 'forget'; readonly outcomes: readonly number[] };

/** What a statement came to, with the first of its documents. */
export type Came =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'value'; readonly batch: Uint8Array }
  | {
      readonly kind: 'documents';
      readonly batch: Uint8Array;
      readonly place: Place | undefined;
      readonly hasMore: boolean;
    };

export type FromRunner =
  | { readonly kind: 'began'; readonly outcome: number }
  | { readonly kind: 'printed'; readonly outcome: number; readonly lines: readonly string[] }
  | { readonly kind: 'came'; readonly outcome: number; readonly took: number; readonly value: Came }
  | { readonly kind: 'failed'; readonly outcome: number; readonly took: number; readonly problem: Problem }
  /** Nothing was run. */
  | { readonly kind: 'notBegun'; readonly failure: FailureData }
  | { readonly kind: 'over'; readonly isStopped: boolean }
  /** For a connection that was made for this person at this cluster. */
  | { readonly kind: 'token'; readonly ask: number; readonly person: string }
  | { readonly kind: 'permit'; readonly ask: number; readonly effect: Effect }
  /** A statement is about to do this; nobody has anything against it. */
  | { readonly kind: 'changing'; readonly effect: Effect }
  /** What went to the database since this was last said, and what came of it. */
  | { readonly kind: 'did'; readonly deeds: readonly Deed[] }
  | {
      readonly kind: 'batch';
      readonly ask: number;
      readonly batch: Uint8Array;
      readonly hasMore: boolean;
    }
  /** What is asked for was never begun, or cannot be read a second time. */
  | { readonly kind: 'gone'; readonly ask: number }
  | { readonly kind: 'askFailed'; readonly ask: number; readonly failure: FailureData };

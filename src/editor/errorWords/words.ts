/** What the words may name. */
export interface About {
  readonly code: string;
  readonly host: string;
  /** The system’s own word for it. */
  readonly detail: string;
}

export type Words = readonly [short: string, long: string];

/** For each meaning: a few words for a row, and whole sentences that say what to do. */
export type WordsOf<Meaning extends string> = Readonly<Record<Meaning, (about: About) => Words>>;

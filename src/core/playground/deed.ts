/** What was done to data, one sort at one place, since it was last told: names and numbers, and nothing that is in it. */
export interface Deed {
  /** By its own name, as the database gets it. */
  readonly command: string;
  readonly database: string;
  /** Undefined where it is the database, or several collections. */
  readonly collection: string | undefined;
  /** The names of indexes, or a new name; of several changes at once, what they are. */
  readonly detail: string | undefined;
  /** How often it was sent, and how often the answer was yes or no. */
  readonly calls: number;
  readonly done: number;
  readonly failed: number;
  /** How many documents it put in, changed or took away; undefined where no answer says. */
  readonly documents: number | undefined;
  /** The numbers of the database's errors. */
  readonly errors: readonly number[];
}

/** What is counted together. */
export type Sort = Pick<Deed, 'command' | 'database' | 'collection' | 'detail'>;

/** One for each line of the record. */
export function keyOf({ command, database, collection, detail }: Sort): string {
  return JSON.stringify([command, database, collection, detail]);
}

/** Each once. */
export const mostErrors = 5;

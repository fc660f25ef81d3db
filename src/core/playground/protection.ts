/** What a statement is about to do to a database. */
export interface Effect {
  readonly effect:
    | 'insert'
    | 'update'
    | 'replace'
    | 'delete'
    | 'drop'
    | 'index'
    | 'rename'
    | 'create'
    | 'command';
  /** It means every document there is. */
  readonly everything: boolean;
  readonly database: string;
  readonly collection: string | undefined;
  /** Which, in so many words of the database's: the name of a command or of an index. */
  readonly detail: string;
}

/** What a call of mongosh's is about to do; undefined where it only reads. */
export function effectOf(_method: string, _given: readonly unknown[]): Effect | undefined {
  return undefined;
}

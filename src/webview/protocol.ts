/** What the page in a documents view and the extension say to each other; true in a browser and in Node. */

/** What a view shows, by names: all that is kept of it when the window is reloaded. */
export interface Place {
  readonly key: string;
  readonly database: string;
  readonly collection: string;
  /** As its file says it. */
  readonly query: string;
}

/** How a value looks: by what it is, not by what it says. */
export type Look = 'text' | 'number' | 'constant' | 'id' | 'date' | 'nested' | 'other';

export interface Cell {
  readonly text: string;
  readonly look: Look;
  /** The type, where the look does not say it. */
  readonly type: string;
}

export interface RowView {
  /** The id, in one short line. */
  readonly name: string;
  /** One for each column; null where the document has no such field. */
  readonly cells: readonly (Cell | null)[];
}

export interface Notice {
  readonly text: string;
  readonly isError: boolean;
  /** What can be done about it, by its label. */
  readonly button: string | undefined;
}

export interface View {
  readonly state: 'closed' | 'loading' | 'ready';
  /** Counts the pages that were read: what is said of a row names the page it is on. */
  readonly page: number;
  readonly columns: readonly string[];
  readonly rows: readonly RowView[];
  readonly query: { readonly filter: string; readonly projection: string; readonly sort: string };
  readonly pageSize: number;
  readonly pageSizes: readonly number[];
  /** `51–100 of about 12,345`. */
  readonly range: string;
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
  readonly notice: Notice | undefined;
  /** Why nothing can be written here; undefined where it can. */
  readonly unwritable: string | undefined;
}

export type Words = Readonly<
  Record<
    | 'documents'
    | 'toolbar'
    | 'query'
    | 'everything'
    | 'filter'
    | 'projection'
    | 'sort'
    | 'editQuery'
    | 'refresh'
    | 'stop'
    | 'previous'
    | 'next'
    | 'pageSize'
    | 'insert'
    | 'edit'
    | 'delete'
    | 'copyDocument'
    | 'copyId'
    | 'loading'
    | 'missing'
    | 'open'
    | 'close'
    | 'whole'
    | 'chooseRow',
    string
  >
>;

export type ToView =
  | { readonly kind: 'begin'; readonly words: Words; readonly place: Place }
  | { readonly kind: 'keep'; readonly place: Place }
  | { readonly kind: 'show'; readonly view: View }
  | {
      readonly kind: 'text';
      readonly page: number;
      readonly row: number;
      readonly text: string;
      /** Only its beginning. */
      readonly isCut: boolean;
    };

export type FromView =
  | {
      readonly kind: 'ready' | 'refresh' | 'stop' | 'next' | 'previous' | 'editQuery' | 'insert' | 'remedy';
    }
  | { readonly kind: 'pageSize'; readonly size: number }
  | {
      readonly kind: 'open' | 'edit' | 'copyDocument' | 'copyId';
      readonly page: number;
      readonly row: number;
    }
  | { readonly kind: 'delete'; readonly page: number; readonly rows: readonly number[] };

const plain: readonly string[] = [
  'ready',
  'refresh',
  'stop',
  'next',
  'previous',
  'editQuery',
  'insert',
  'remedy',
];

/** What came from the page, if it is something that the page may say. */
export function messageFrom(said: unknown): FromView | undefined {
  if (typeof said !== 'object' || said === null || !('kind' in said)) return undefined;
  const { kind, page, row, rows, size } = said as Partial<
    Record<'kind' | 'page' | 'row' | 'rows' | 'size', unknown>
  >;
  if (typeof kind !== 'string') return undefined;
  if (plain.includes(kind)) return { kind } as FromView;
  if (kind === 'pageSize') return isCount(size) && size > 0 && size <= 500 ? { kind, size } : undefined;
  if (!isCount(page)) return undefined;
  if (kind === 'open' || kind === 'edit' || kind === 'copyDocument' || kind === 'copyId')
    return isCount(row) ? { kind, page, row } : undefined;
  if (kind === 'delete' && Array.isArray(rows) && rows.length > 0 && rows.every(isCount))
    return { kind, page, rows: [...new Set<number>(rows)] };
  return undefined;
}

/** What was kept over a reload, if it is what a view keeps. */
export function placeFrom(kept: unknown): Place | undefined {
  if (typeof kept !== 'object' || kept === null) return undefined;
  const { key, database, collection, query } = kept as Partial<Record<keyof Place, unknown>>;
  return typeof key === 'string' &&
    typeof database === 'string' &&
    typeof collection === 'string' &&
    typeof query === 'string'
    ? { key, database, collection, query }
    : undefined;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

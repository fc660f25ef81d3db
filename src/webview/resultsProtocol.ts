/** What the page in a results view and the extension say to each other; true in a browser and in Node. */
import type { Cell } from './protocol.ts';

export type Mode = 'table' | 'tree' | 'chart' | 'plan';

/** A statement of the run in the list. */
export interface StatementView {
  readonly id: number;
  readonly state: 'running' | 'done' | 'failed' | 'stopped';
  /** Its first line. */
  readonly text: string;
  /** How it ended, how many, how large and how long, in words. */
  readonly about: string;
}

export interface ColumnView {
  readonly name: string;
  readonly isNumeric: boolean;
  /** Few words come again and again in it. */
  readonly isKind: boolean;
}

export interface SortView {
  readonly column: string;
  readonly descending: boolean;
}

/** What is shown of the statement that is chosen. */
export interface ResultView {
  readonly id: number;
  /** How many rows are there to be asked for. */
  readonly count: number;
  /** Counts the orders they were in: what is said of a row names the order it is in. */
  readonly order: number;
  readonly columns: readonly ColumnView[];
  readonly sort: SortView | undefined;
  /** What goes on: reading from the database, or sorting. */
  readonly busy: 'loading' | 'sorting' | undefined;
  readonly hasMore: boolean;
  readonly modes: readonly Mode[];
  readonly mode: Mode;
  /** `3,412 documents · 1.2 MB · 84 ms`. */
  readonly about: string;
  /** What there is to say of it. */
  readonly notice: ResultNotice | undefined;
  /** A text that is no document. */
  readonly text: string | undefined;
  readonly printed: string;
  /** Why no row can be edited; undefined where rows can. */
  readonly unwritable: string | undefined;
}

export interface ResultNotice {
  readonly text: string;
  readonly isError: boolean;
  /** The button that leads to what caused it. */
  readonly button: string | undefined;
}

export interface View {
  readonly statements: readonly StatementView[];
  readonly result: ResultView | undefined;
  readonly ejson: 'relaxed' | 'canonical';
}

/** A row as the table shows it, and as the tree does. */
export interface RowView {
  /** One for each column; null where the document has no such field. */
  readonly cells: readonly (Cell | null)[];
  /** All of it in one line. */
  readonly line: string;
  readonly canEdit: boolean;
}

/** A part of a document in a tree. */
export interface NodeView {
  readonly key: string;
  readonly cell: Cell;
  /** How many parts it has itself. */
  readonly size: number;
}

/** A part of the rows: the document in a row, or one of its columns, and the way down from there. */
export interface Spot {
  readonly row: number;
  /** Undefined for the whole document. */
  readonly column: string | undefined;
  readonly path: readonly number[];
}

export interface ChartView {
  readonly along: 'numbers' | 'times' | 'names';
  readonly points: readonly {
    readonly label: string;
    readonly at: number | undefined;
    readonly value: number;
  }[];
  /** What a picture of it says, for whoever does not see it. */
  readonly summary: string;
  /** What is not in it. */
  readonly left: string;
}

export interface ChartWish {
  readonly x: string;
  readonly y: string | undefined;
  readonly of: 'sum' | 'average' | 'count';
}

export interface StageView {
  readonly name: string;
  readonly facts: readonly { readonly name: string; readonly value: string }[];
  /** Why it is costly, each in a sentence. */
  readonly costs: readonly string[];
  readonly inputs: readonly StageView[];
}

export interface PlanView {
  readonly summary: string;
  readonly root: StageView;
}

/** Rows from the first to the last of each, both in it. */
export type Ranges = readonly (readonly [number, number])[];

export type Words = Readonly<
  Record<
    | 'results'
    | 'statements'
    | 'toolbar'
    | 'view'
    | 'table'
    | 'tree'
    | 'chart'
    | 'plan'
    | 'json'
    | 'ejson'
    | 'relaxed'
    | 'canonical'
    | 'more'
    | 'all'
    | 'stop'
    | 'copy'
    | 'copyCell'
    | 'copyDocument'
    | 'copyTable'
    | 'copyMarkdown'
    | 'export'
    | 'edit'
    | 'open'
    | 'sort'
    | 'sortHint'
    | 'ascending'
    | 'descending'
    | 'unsorted'
    | 'loading'
    | 'sorting'
    | 'missing'
    | 'waiting'
    | 'printed'
    | 'running'
    | 'done'
    | 'failed'
    | 'stopped'
    | 'empty'
    | 'document'
    | 'furtherParts'
    | 'bar'
    | 'line'
    | 'shape'
    | 'along'
    | 'upwards'
    | 'of'
    | 'sum'
    | 'average'
    | 'count'
    | 'asTable'
    | 'nothingToDraw'
    | 'costly'
    | 'chooseRow'
    | 'rowsSelected',
    string
  >
>;

export type ToView =
  | { readonly kind: 'begin'; readonly words: Words; readonly language: string }
  | { readonly kind: 'show'; readonly view: View }
  | {
      readonly kind: 'rows';
      readonly id: number;
      readonly order: number;
      readonly columns: number;
      readonly from: number;
      readonly rows: readonly RowView[];
    }
  | {
      readonly kind: 'parts';
      readonly id: number;
      readonly order: number;
      readonly spot: Spot;
      readonly from: number;
      readonly nodes: readonly NodeView[];
      /** How many there are in all. */
      readonly size: number;
    }
  | { readonly kind: 'chart'; readonly id: number; readonly wish: ChartWish; readonly chart: ChartView }
  | { readonly kind: 'plan'; readonly id: number; readonly plan: PlanView }
  | { readonly kind: 'say'; readonly text: string };

export type FromView =
  | { readonly kind: 'ready' }
  | { readonly kind: 'select' | 'goTo' | 'more' | 'all' | 'stop' | 'export' | 'plan'; readonly id: number }
  | { readonly kind: 'json'; readonly id: number }
  | { readonly kind: 'mode'; readonly mode: Mode }
  | { readonly kind: 'ejson'; readonly style: 'relaxed' | 'canonical' }
  | { readonly kind: 'sort'; readonly id: number; readonly column: string }
  | {
      readonly kind: 'rows';
      readonly id: number;
      readonly order: number;
      readonly from: number;
      readonly count: number;
    }
  | {
      readonly kind: 'parts';
      readonly id: number;
      readonly order: number;
      readonly spot: Spot;
      readonly from: number;
    }
  | { readonly kind: 'chart'; readonly id: number; readonly wish: ChartWish }
  | { readonly kind: 'copyValue'; readonly id: number; readonly order: number; readonly spot: Spot }
  | {
      readonly kind: 'copyDocuments' | 'copyTable' | 'copyMarkdown';
      readonly id: number;
      readonly order: number;
      readonly ranges: Ranges;
    }
  | { readonly kind: 'edit'; readonly id: number; readonly order: number; readonly row: number };

/** So many rows are asked for at once. */
export const mostAsked = 200;
/** So many parts of one value come at once. */
export const partsAtOnce = 500;

type Said = Partial<
  Record<
    | 'kind'
    | 'id'
    | 'mode'
    | 'style'
    | 'column'
    | 'order'
    | 'from'
    | 'count'
    | 'spot'
    | 'wish'
    | 'ranges'
    | 'row',
    unknown
  >
>;

/** What came from the page, if it is something that the page may say. */
export function messageFrom(said: unknown): FromView | undefined {
  if (typeof said !== 'object' || said === null) return undefined;
  const { kind, id, mode, style, column, order, from, count, spot, wish, ranges, row } = said as Said;
  switch (kind) {
    case 'ready':
      return { kind };
    case 'mode':
      return mode === 'table' || mode === 'tree' || mode === 'chart' || mode === 'plan'
        ? { kind, mode }
        : undefined;
    case 'ejson':
      return style === 'relaxed' || style === 'canonical' ? { kind, style } : undefined;
  }
  if (!isCount(id)) return undefined;
  switch (kind) {
    case 'select':
    case 'goTo':
    case 'more':
    case 'all':
    case 'stop':
    case 'export':
    case 'plan':
      return { kind, id };
    case 'json':
      return { kind, id };
    case 'sort':
      return typeof column === 'string' ? { kind, id, column } : undefined;
    case 'chart': {
      const right = wishFrom(wish);
      return right === undefined ? undefined : { kind, id, wish: right };
    }
  }
  if (!isCount(order)) return undefined;
  switch (kind) {
    case 'rows':
      return isCount(from) && isCount(count) && count > 0 && count <= mostAsked
        ? { kind, id, order, from, count }
        : undefined;
    case 'edit':
      return isCount(row) ? { kind, id, order, row } : undefined;
    case 'parts': {
      const right = spotFrom(spot);
      return right !== undefined && isCount(from) ? { kind, id, order, spot: right, from } : undefined;
    }
    case 'copyValue': {
      const right = spotFrom(spot);
      return right === undefined ? undefined : { kind, id, order, spot: right };
    }
    case 'copyDocuments':
    case 'copyTable':
    case 'copyMarkdown': {
      const right = rangesFrom(ranges);
      return right === undefined ? undefined : { kind, id, order, ranges: right };
    }
  }
  return undefined;
}

function spotFrom(said: unknown): Spot | undefined {
  if (typeof said !== 'object' || said === null) return undefined;
  const { row, column, path } = said as Partial<Record<keyof Spot, unknown>>;
  return isCount(row) &&
    (column === undefined || typeof column === 'string') &&
    Array.isArray(path) &&
    path.every(isCount)
    ? { row, column, path }
    : undefined;
}

function wishFrom(said: unknown): ChartWish | undefined {
  if (typeof said !== 'object' || said === null) return undefined;
  const { x, y, of } = said as Partial<Record<keyof ChartWish, unknown>>;
  return typeof x === 'string' &&
    (y === undefined || typeof y === 'string') &&
    (of === 'sum' || of === 'average' || of === 'count')
    ? { x, y, of }
    : undefined;
}

/** In order, and nowhere twice. */
function rangesFrom(said: unknown): Ranges | undefined {
  if (!Array.isArray(said) || said.length === 0) return undefined;
  let last = -1;
  const ranges: [number, number][] = [];
  for (const range of said as readonly unknown[]) {
    if (!Array.isArray(range) || range.length !== 2) return undefined;
    const [from, to] = range as readonly unknown[];
    if (!isCount(from) || !isCount(to) || from <= last || to < from) return undefined;
    ranges.push([from, to]);
    last = to;
  }
  return ranges;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

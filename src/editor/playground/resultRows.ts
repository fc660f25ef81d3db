import * as vscode from 'vscode';
import { chartOf } from '../../core/playground/results/chart.ts';
import type { Chart } from '../../core/playground/results/chart.ts';
import { Columns } from '../../core/playground/results/columns.ts';
import { sortedRows } from '../../core/playground/results/order.ts';
import type { Rows } from '../../core/playground/rows.ts';
import { isArray, isDoc, readField, scopeOf } from '../../core/sessions/bson.ts';
import type { Bson, Doc, Value } from '../../core/sessions/bson.ts';
import { partsAtOnce } from '../../webview/resultsProtocol.ts';
import type {
  ChartWish,
  ColumnView,
  NodeView,
  Ranges,
  RowView,
  SortView,
  Spot,
} from '../../webview/resultsProtocol.ts';
import { cellOf } from '../documents/previews.ts';

/** So many documents are looked at for columns before the first are shown. */
const lookedAt = 200;
/** A page cannot be as high as more rows would make it. */
const mostRows = 1_000_000;

/** The rows of one result as they are shown: in an order, under columns. Only what is asked for is decoded. */
export class ResultRows {
  readonly rows: Rows;
  readonly #bson: Bson;
  readonly #columns = new Columns();
  #lookedAt = 0;
  /** Where each place of the order is in the rows; those behind its end are where they came. */
  #sorted: Uint32Array | undefined;
  #sort: SortView | undefined;
  #order = 1;

  constructor(bson: Bson, rows: Rows) {
    this.#bson = bson;
    this.rows = rows;
  }

  get count(): number {
    return Math.min(this.rows.count, mostRows);
  }

  get order(): number {
    return this.#order;
  }

  get sort(): SortView | undefined {
    return this.#sort;
  }

  /** Rows came since they were sorted. */
  get isStale(): boolean {
    return this.#sorted !== undefined && this.#sorted.length < this.count;
  }

  get columns(): readonly ColumnView[] {
    for (; this.#lookedAt < Math.min(this.rows.count, lookedAt); this.#lookedAt++)
      this.#columns.add(this.rows.document(this.#bson, this.#lookedAt));
    return this.#columns.names.map((name) => ({
      name,
      isNumeric: this.#columns.isNumeric(name),
      isKind: this.#columns.isKind(name),
    }));
  }

  /** How many fields there are beyond the columns, as far as anybody looked. */
  get columnsLeft(): number {
    return this.#columns.left;
  }

  /** Sorts what is there, or gives it back as it came. */
  async sortBy(sort: SortView | undefined, signal: AbortSignal): Promise<void> {
    const sorted =
      sort === undefined
        ? undefined
        : await sortedRows(
            this.count,
            (row) => readField(this.#bson, this.rows.bytes(row), sort.column),
            sort.descending,
            signal,
          );
    this.#sorted = sorted;
    this.#sort = sort;
    this.#order++;
  }

  /** Which row is at this place. */
  at(place: number): number {
    return this.#sorted?.[place] ?? place;
  }

  document(place: number): Doc {
    return this.rows.document(this.#bson, this.at(place));
  }

  /** Rows as a page shows them; what is new among their fields is a column from then on. */
  window(
    from: number,
    count: number,
    canEdit: boolean,
  ): { readonly rows: readonly RowView[]; readonly isNew: boolean } {
    const end = Math.min(from + count, this.count);
    const documents: Doc[] = [];
    let isNew = false;
    for (let place = from; place < end; place++) {
      const document = this.document(place);
      if (this.#columns.add(document)) isNew = true;
      documents.push(document);
    }
    const names = this.#columns.names;
    return {
      isNew,
      rows: documents.map((document) => ({
        cells: names.map((name) => {
          const value = document.get(name);
          return value === undefined ? null : cellOf(this.#bson, value);
        }),
        line: cellOf(this.#bson, document).text,
        canEdit: canEdit && document.has('_id'),
      })),
    };
  }

  /** The value in a spot; undefined where nothing is. */
  value({ row, column, path }: Spot): Value | undefined {
    if (row >= this.count) return undefined;
    let value: Value | undefined =
      column === undefined
        ? this.document(row)
        : readField(this.#bson, this.rows.bytes(this.at(row)), column);
    for (const step of path) value = partsOf(value)[step]?.[1];
    return value;
  }

  /** Some of what the value in a spot consists of, and how many that are in all. */
  parts(spot: Spot, from: number): { readonly nodes: readonly NodeView[]; readonly size: number } {
    const parts = partsOf(this.value(spot));
    const nodes = parts
      .slice(from, from + partsAtOnce)
      .map(([key, value]) => ({ key, cell: cellOf(this.#bson, value), size: partsOf(value).length }));
    return { nodes, size: parts.length };
  }

  chart({ x, y, of }: ChartWish, signal: AbortSignal): Promise<Chart> {
    return chartOf(
      this.#bson,
      this.count,
      (place, name) => readField(this.#bson, this.rows.bytes(this.at(place)), name),
      { x, y, of },
      signal,
    );
  }

  /** The places in these ranges that there are. */
  *places(ranges: Ranges): Iterable<number> {
    for (const [from, to] of ranges)
      for (let place = from; place <= to && place < this.count; place++) yield place;
  }
}

function partsOf(value: Value | undefined): readonly (readonly [string, Value])[] {
  if (isDoc(value)) return [...value];
  if (isArray(value)) return value.map((item, index) => [String(index), item]);
  if (typeof value === 'object' && value !== null && '_bsontype' in value && value._bsontype === 'Code') {
    const scope = scopeOf(value);
    return scope === undefined ? [] : [[vscode.l10n.t('scope'), scope]];
  }
  return [];
}

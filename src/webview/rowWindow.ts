import type { FromView, ResultView, RowView } from './resultsProtocol.ts';

const chunk = 100;
/** So many chunks are kept: enough to scroll back a little. */
const mostChunks = 30;
/** So many questions are open at once. */
const mostAskedAtOnce = 3;

/** The rows near those that are on the screen: the editor has all of them, the page only these. */
export class RowWindow {
  readonly #say: (message: FromView) => void;
  readonly #chunks = new Map<number, readonly RowView[]>();
  readonly #asked = new Set<number>();
  #wanted: readonly [number, number] = [0, -1];
  #result: Pick<ResultView, 'id' | 'order' | 'count' | 'columns'> | undefined;

  constructor(say: (message: FromView) => void) {
    this.#say = say;
  }

  /** Answers whether what was known is of no use any more. */
  show(result: ResultView | undefined): boolean {
    const before = this.#result;
    this.#result = result;
    const isSame =
      result !== undefined &&
      before?.id === result.id &&
      before.order === result.order &&
      before.columns.length === result.columns.length;
    if (!isSame) this.#chunks.clear();
    if (!isSame) this.#asked.clear();
    else if (before.count < result.count) {
      // The last one was not full.
      const last = Math.floor(before.count / chunk);
      this.#chunks.delete(last);
      this.#asked.delete(last);
    }
    return !isSame;
  }

  of(place: number): RowView | undefined {
    return this.#chunks.get(Math.floor(place / chunk))?.[place % chunk];
  }

  /** These are on the screen now. */
  want(from: number, to: number): void {
    this.#wanted = [from, to];
    this.#ask();
  }

  /** Whoever scrolls fast passes more than anybody could fetch: what is seen when there is room is asked for. */
  #ask(): void {
    const { id, order, count } = this.#result ?? { id: 0, order: 0, count: 0 };
    const [from, to] = this.#wanted;
    const last = Math.min(to, count - 1);
    for (let at = Math.floor(from / chunk); at * chunk <= last; at++) {
      const known = this.#chunks.get(at);
      if (known !== undefined) {
        // The one that was looked at last goes last.
        this.#chunks.delete(at);
        this.#chunks.set(at, known);
      } else if (!this.#asked.has(at) && this.#asked.size < mostAskedAtOnce) {
        this.#asked.add(at);
        this.#say({ kind: 'rows', id, order, from: at * chunk, count: chunk });
      }
    }
  }

  /** Answers whether these were asked for, and are still of use. */
  take(id: number, order: number, columns: number, from: number, rows: readonly RowView[]): boolean {
    const result = this.#result;
    if (result?.id !== id || result.order !== order || result.columns.length !== columns) return false;
    this.#asked.delete(from / chunk);
    this.#chunks.set(from / chunk, rows);
    for (const old of this.#chunks.keys()) {
      if (this.#chunks.size <= mostChunks) break;
      this.#chunks.delete(old);
    }
    this.#ask();
    return true;
  }
}

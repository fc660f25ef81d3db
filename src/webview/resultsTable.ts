import { make } from './element.ts';
import { inRanges, sizeOf, withRange, without } from './ranges.ts';
import { cellParts, ResultsTree } from './resultsTree.ts';
import type { FromView, NodeView, Ranges, ResultView, RowView, Spot, Words } from './resultsProtocol.ts';
import type { RowWindow } from './rowWindow.ts';
import { VirtualList } from './virtualList.ts';

export interface TableParts {
  readonly words: Words;
  readonly rowHeight: number;
  readonly window: RowWindow;
  readonly say: (message: FromView) => void;
  readonly tell: (text: string) => void;
  /** A key that is nothing to the table itself; answers whether it was something. */
  readonly press: (event: KeyboardEvent) => boolean;
  readonly menu: (x: number, y: number) => void;
  /** The row or what is chosen is another. */
  readonly moved: () => void;
}

/** A row that is open below itself: the whole document, or what is in one column. */
interface Detail {
  readonly column: string | undefined;
  readonly tree: ResultsTree;
}

const least = 48;
const most = 340;
/** So many lines of an open value are seen at once. */
const linesSeen = 12;
/** Widths that somebody chose stay with the names of columns, whichever result they are in. */
const chosenWidths = new Map<string, number>();

/** Rows and columns, of which only those rows are elements that are on the screen. */
export class ResultsTable {
  readonly element: HTMLElement;
  readonly #parts: TableParts;
  readonly #head = make('div', { role: 'rowgroup', class: 'head' });
  readonly #body = make('div', { role: 'rowgroup', class: 'rows' });
  readonly #list: VirtualList;
  readonly #details = new Map<number, Detail>();
  /** As wide as what is in them. */
  readonly #widths = new Map<string, number>();
  #result: ResultView;
  /** Where the keyboard is; the row -1 is the one of the names. */
  #at: { row: number; column: number };
  #chosen: Ranges = [];
  /** Where a choice began that Shift extends. */
  #anchor = 0;

  constructor(parts: TableParts, result: ResultView, at = { row: 0, column: 0 }) {
    this.#parts = parts;
    this.#at = at;
    this.#result = result;
    this.element = make(
      'div',
      {
        role: 'grid',
        class: 'grid scroller',
        'aria-multiselectable': 'true',
        'aria-label': parts.words.results,
      },
      this.#head,
      this.#body,
    );
    this.#list = new VirtualList({
      scroller: this.element,
      body: this.#body,
      sizeOf: (row) => parts.rowHeight + this.#detailHeight(row),
      keyOf: (row) => row,
      make: (row) => this.#makeRow(row),
      kept: () => this.#at.row,
      seen: (from, to) => parts.window.want(from, to),
      covered: () => parts.rowHeight,
    });
    this.element.addEventListener('click', (event) => this.#clicked(event));
    this.element.addEventListener('dblclick', ({ target }) => {
      const place = this.#placeOf(target);
      if (place !== undefined && place.row >= 0) this.#toggle();
    });
    this.element.addEventListener('keydown', (event) => this.#pressed(event));
    this.element.addEventListener('contextmenu', (event) => {
      const place = this.#placeOf(event.target);
      if (place === undefined || place.row < 0) return;
      event.preventDefault();
      this.#at = place;
      if (!inRanges(this.#chosen, place.row)) this.#choose([]);
      this.focus();
      parts.menu(event.clientX, event.clientY);
    });
    this.element.addEventListener('pointerdown', (event) => this.#grip(event));
    this.show(result, true);
  }

  /** The row of the keyboard. */
  get row(): number {
    return Math.max(this.#at.row, 0);
  }

  /** Where the keyboard is, for when this result is looked at again. */
  get place(): { row: number; column: number } {
    return { row: this.row, column: this.#at.column };
  }

  get spot(): Spot {
    return { row: this.row, column: this.#result.columns[this.#at.column]?.name, path: [] };
  }

  /** What is chosen, or else the row of the keyboard. */
  get ranges(): Ranges {
    return this.#chosen.length > 0 ? this.#chosen : [[this.row, this.row]];
  }

  get chosen(): Ranges {
    return this.#chosen;
  }

  show(result: ResultView, isNew: boolean): void {
    const had = this.element.contains(document.activeElement);
    const before = this.#result;
    this.#result = result;
    const { columns, count, sort } = result;
    this.element.setAttribute('aria-rowcount', String(count + 1));
    this.element.setAttribute('aria-colcount', String(columns.length));
    this.#at.column = Math.min(this.#at.column, Math.max(columns.length - 1, 0));
    this.#at.row = Math.min(this.#at.row, count - 1);
    if (isNew) {
      this.#choose([]);
      this.#details.clear();
      this.#layOut();
      this.#list.reset();
    } else if (before.sort !== sort) this.#fillHead();
    this.#list.count = count;
    if (had && isNew) this.focus();
  }

  /** Rows from here on have come. */
  filled(from: number, count: number): void {
    if (this.#result.columns.some(({ name }) => !this.#widths.has(name))) this.#measure(from, count);
    for (let row = from; row < from + count; row++) {
      const item = this.#list.item(row);
      if (item !== undefined) this.#fillRow(item, row);
    }
    this.#parts.moved();
  }

  /** Scrolls to where the keyboard is. */
  reveal(): void {
    this.#list.reveal(this.row);
  }

  /** Parts of a value that is open have come. */
  take(spot: Spot, from: number, nodes: readonly NodeView[], size: number): void {
    const detail = this.#details.get(spot.row);
    if (detail?.column === spot.column) detail?.tree.take([0, ...spot.path], from, nodes, size);
  }

  focus(): void {
    this.#list.draw();
    for (const cell of this.element.querySelectorAll('[data-column][tabindex="0"]'))
      cell.setAttribute('tabindex', '-1');
    if (this.#at.row >= 0) this.#list.reveal(this.#at.row);
    const cell = this.#cell(this.#at.row, this.#at.column);
    cell?.setAttribute('tabindex', '0');
    for (const row of this.element.querySelectorAll('.current')) row.classList.remove('current');
    cell?.parentElement?.classList.add('current');
    cell?.focus({ preventScroll: true });
    if (cell !== undefined) this.#bringIntoView(cell);
    this.#parts.moved();
  }

  /** Opens what is at the keyboard below its row, or closes it. */
  #toggle(): void {
    const { row, column } = this.#at;
    if (row < 0) return;
    const known = this.#parts.window.of(row);
    const name = this.#result.columns[column]?.name;
    // What is no more than the cell says is opened with all of its document.
    const wanted = known?.cells[column]?.look === 'nested' ? name : undefined;
    const before = this.#details.get(row);
    const isSame = before !== undefined && (before.column === wanted || wanted === undefined);
    if (isSame) this.#details.delete(row);
    else this.#details.set(row, { column: wanted, tree: this.#open(row, wanted) });
    const item = this.#list.item(row);
    if (item !== undefined) this.#fillRow(item, row);
    this.#list.resize(row);
    this.focus();
  }

  #open(row: number, column: string | undefined): ResultsTree {
    const { words, rowHeight, say, press } = this.#parts;
    const { id, order } = this.#result;
    const name = words.document.replace('{0}', String(row + 1));
    return new ResultsTree({
      label: column === undefined ? name : `${name}, ${column}`,
      rowHeight,
      roots: 1,
      hidesRoot: true,
      root: () => undefined,
      ask: ([, ...path], from) => say({ kind: 'parts', id, order, spot: { row, column, path }, from }),
      seen: () => undefined,
      moreWords: (count) => words.furtherParts.replace('{0}', String(count)),
      grown: () => {
        this.#sizeDetail(row);
        this.#list.resize(row);
      },
      press: (event, [, ...path]) => {
        if (event.key === 'Escape') {
          this.#at.row = row;
          this.focus();
          return true;
        }
        if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'c') {
          say({ kind: 'copyValue', id, order, spot: { row, column, path } });
          return true;
        }
        return press(event);
      },
      menu: () => undefined,
    });
  }

  #detailHeight(row: number): number {
    const tree = this.#details.get(row)?.tree;
    return tree === undefined ? 0 : Math.min(Math.max(tree.lines, 1), linesSeen) * this.#parts.rowHeight + 9;
  }

  #sizeDetail(row: number): void {
    const tree = this.#details.get(row)?.tree;
    if (tree !== undefined) tree.element.style.height = `${this.#detailHeight(row) - 9}px`;
  }

  #layOut(): void {
    this.#fillHead();
    this.#widen();
  }

  #widen(): void {
    const { columns } = this.#result;
    const all = columns.map((_, column) => this.#widthOf(column));
    this.element.style.setProperty('--columns', all.map((width) => `${width}px`).join(' '));
    const width = `${all.reduce((sum, width) => sum + width, 0)}px`;
    this.element.style.setProperty('--width', width);
  }

  #fillHead(): void {
    const { words } = this.#parts;
    const { columns, sort } = this.#result;
    const at = this.#at;
    const had = this.#head.contains(document.activeElement);
    const cells = columns.map(({ name }, column) => {
      const isSorted = sort?.column === name;
      const cell = make(
        'div',
        {
          role: 'columnheader',
          tabindex: at.row < 0 && at.column === column ? '0' : '-1',
          'data-column': String(column),
          'aria-colindex': String(column + 1),
          'aria-sort': isSorted ? (sort.descending ? 'descending' : 'ascending') : 'none',
          'aria-description': words.sortHint,
          title: `${name}\n${words.sortHint}`,
        },
        make('span', { class: 'name' }, name),
      );
      if (isSorted)
        cell.append(make('span', { class: 'sorted', 'aria-hidden': 'true' }, sort.descending ? '↓' : '↑'));
      cell.append(make('span', { class: 'grip', 'aria-hidden': 'true' }));
      return cell;
    });
    this.#head.replaceChildren(make('div', { role: 'row', class: 'row', 'aria-rowindex': '1' }, ...cells));
    if (had && at.row < 0) this.#cell(-1, at.column)?.focus({ preventScroll: true });
  }

  #makeRow(row: number): HTMLElement {
    const item = make('div', { role: 'presentation', class: 'entry' });
    this.#fillRow(item, row);
    return item;
  }

  /** The row's own cells stay, so that one of them keeps the focus when its content comes. */
  #fillRow(item: HTMLElement, row: number): void {
    const known = this.#parts.window.of(row);
    const { columns } = this.#result;
    let line = item.firstElementChild;
    if (line?.childElementCount !== columns.length) {
      line = make(
        'div',
        { role: 'row', class: 'row', 'data-row': String(row), 'aria-rowindex': String(row + 2) },
        ...columns.map((_, column) =>
          make('div', {
            role: 'gridcell',
            tabindex: '-1',
            'data-column': String(column),
            'aria-colindex': String(column + 1),
          }),
        ),
      );
      item.replaceChildren(line);
    }
    line.setAttribute('aria-selected', String(inRanges(this.#chosen, row)));
    for (const [column, cell] of [...line.children].entries())
      if (cell instanceof HTMLElement) this.#fillCell(cell, row, column, known);
    const detail = this.#details.get(row);
    const shown = item.children[1];
    if (detail === undefined) {
      shown?.remove();
    } else if (shown?.firstElementChild?.firstElementChild !== detail.tree.element) {
      shown?.remove();
      this.#sizeDetail(row);
      item.append(
        make(
          'div',
          { role: 'row', class: 'detail' },
          make('div', { role: 'gridcell', 'aria-colspan': String(columns.length) }, detail.tree.element),
        ),
      );
      detail.tree.draw();
    }
  }

  #fillCell(element: HTMLElement, row: number, column: number, known: RowView | undefined): void {
    const isCurrent = row === this.#at.row && column === this.#at.column;
    element.setAttribute('tabindex', isCurrent ? '0' : '-1');
    const { words } = this.#parts;
    const parts: Node[] = [];
    const cell = known?.cells[column];
    const detail = this.#details.get(row);
    const name = this.#result.columns[column]?.name ?? '';
    const isOpen = detail !== undefined && detail.column === (column === 0 ? undefined : name);
    if (column === 0 || cell?.look === 'nested') {
      element.setAttribute('aria-expanded', String(isOpen));
      parts.push(make('span', { class: 'twist', 'aria-hidden': 'true' }, '›'));
    } else element.removeAttribute('aria-expanded');
    if (known === undefined) parts.push(make('span', { class: 'missing' }, words.waiting));
    else if (cell === null || cell === undefined)
      parts.push(make('span', { class: 'missing', role: 'img', 'aria-label': words.missing }));
    else {
      parts.push(...cellParts({ ...cell, type: '' }));
      element.title = cell.type === '' ? `${name}: ${cell.text}` : `${name} (${cell.type}): ${cell.text}`;
    }
    element.replaceChildren(...parts);
  }

  /** Columns are as wide as what is seen of them, within reason. */
  #measure(from: number, count: number): void {
    const pen = document.createElement('canvas').getContext('2d');
    if (pen !== null) pen.font = getComputedStyle(this.#body).font;
    const wide = (text: string): number => pen?.measureText(text).width ?? text.length * 8;
    for (const [column, { name }] of this.#result.columns.entries()) {
      if (this.#widths.has(name)) continue;
      let width = wide(name) + 36;
      for (let row = from; row < Math.min(from + count, from + 50); row++) {
        const cell = this.#parts.window.of(row)?.cells[column];
        if (cell === null || cell === undefined) continue;
        width = Math.max(width, wide(cell.text) + (cell.look === 'nested' || column === 0 ? 36 : 24));
      }
      this.#widths.set(name, Math.round(Math.min(Math.max(width, least), most)));
    }
    this.#widen();
  }

  #cell(row: number, column: number): HTMLElement | undefined {
    const line = row < 0 ? this.#head.firstElementChild : this.#list.item(row)?.firstElementChild;
    const cell = line?.children[column];
    return cell instanceof HTMLElement ? cell : undefined;
  }

  /** Sideways; up and down the list does it. */
  #bringIntoView(cell: HTMLElement): void {
    const left = cell.offsetLeft;
    const { scrollLeft, clientWidth } = this.element;
    if (left < scrollLeft) this.element.scrollLeft = left;
    else if (left + cell.offsetWidth > scrollLeft + clientWidth)
      this.element.scrollLeft = Math.min(left, left + cell.offsetWidth - clientWidth);
  }

  #placeOf(target: EventTarget | null): { row: number; column: number } | undefined {
    const cell = target instanceof Element ? target.closest<HTMLElement>('[data-column]') : null;
    if (cell === null) return undefined;
    const row = cell.parentElement?.dataset['row'];
    return { row: row === undefined ? -1 : Number(row), column: Number(cell.dataset['column']) };
  }

  #choose(ranges: Ranges): void {
    const before = this.#chosen;
    this.#chosen = ranges;
    for (const row of this.#body.querySelectorAll<HTMLElement>('[data-row]'))
      row.setAttribute('aria-selected', String(inRanges(ranges, Number(row.dataset['row']))));
    const size = sizeOf(ranges);
    if (size !== sizeOf(before) && size > 1)
      this.#parts.tell(this.#parts.words.rowsSelected.replace('{0}', String(size)));
  }

  #sort(column: number): void {
    const name = this.#result.columns[column]?.name;
    if (name !== undefined) this.#parts.say({ kind: 'sort', id: this.#result.id, column: name });
  }

  #clicked(event: MouseEvent): void {
    const place = this.#placeOf(event.target);
    if (place === undefined || !(event.target instanceof Element)) return;
    if (event.target.closest('.grip') !== null) return;
    this.#at = place;
    if (place.row < 0) {
      this.focus();
      this.#sort(place.column);
      return;
    }
    if (event.shiftKey) this.#extend(place.row);
    else if (event.ctrlKey || event.metaKey) this.#flip(place.row);
    else {
      this.#anchor = place.row;
      this.#choose([]);
    }
    this.focus();
    if (event.target.closest('.twist') !== null) this.#toggle();
  }

  #flip(row: number): void {
    this.#anchor = row;
    this.#choose(
      inRanges(this.#chosen, row) ? without(this.#chosen, row) : withRange(this.#chosen, row, row),
    );
  }

  #extend(row: number): void {
    this.#choose([[Math.min(this.#anchor, row), Math.max(this.#anchor, row)]]);
  }

  #pressed(event: KeyboardEvent): void {
    const place = this.#placeOf(event.target);
    if (place === undefined) return;
    const last = { row: this.#result.count - 1, column: this.#result.columns.length - 1 };
    const all = event.ctrlKey || event.metaKey;
    const page = Math.max(Math.floor(this.element.clientHeight / this.#parts.rowHeight) - 2, 1);
    const inHead = this.#at.row < 0;
    const move = (row: number, column: number): void => {
      if (!event.shiftKey) this.#anchor = Math.max(row, 0);
      const least = event.shiftKey ? 0 : -1;
      this.#at = {
        row: Math.min(Math.max(row, least), last.row),
        column: Math.min(Math.max(column, 0), last.column),
      };
      if (event.shiftKey && this.#at.row !== place.row) this.#extend(this.#at.row);
      this.focus();
    };
    const { row, column } = this.#at;
    switch (event.key) {
      case 'ArrowDown':
        move(row + 1, column);
        break;
      case 'ArrowUp':
        move(row - 1, column);
        break;
      case 'ArrowRight':
      case 'ArrowLeft': {
        const step = event.key === 'ArrowRight' ? 1 : -1;
        if (inHead && event.shiftKey) this.#resize(column, this.#widthOf(column) + 16 * step);
        else if (!event.shiftKey) move(row, column + step);
        break;
      }
      case 'Home':
        move(all ? 0 : row, 0);
        break;
      case 'End':
        move(all ? last.row : row, last.column);
        break;
      case 'PageDown':
        move(Math.min(row + page, last.row), column);
        break;
      case 'PageUp':
        move(Math.max(row - page, 0), column);
        break;
      case 'Enter':
        if (inHead) this.#sort(column);
        else this.#toggle();
        break;
      case ' ':
        if (inHead) this.#sort(column);
        else this.#flip(row);
        break;
      case 'a':
      case 'A':
        if (!all || last.row < 0) return;
        this.#choose([[0, last.row]]);
        break;
      case 'Escape':
        this.#choose([]);
        break;
      case 'F10':
      case 'ContextMenu': {
        if (inHead || (event.key === 'F10' && !event.shiftKey)) return;
        const { left = 0, bottom = 0 } = this.#cell(row, column)?.getBoundingClientRect() ?? {};
        this.#parts.menu(left + 8, bottom);
        break;
      }
      default:
        if (inHead || !this.#parts.press(event)) return;
    }
    event.preventDefault();
    // The workbench has commands of its own for keys that reach the window: all text of the page would be selected.
    event.stopPropagation();
  }

  #widthOf(column: number): number {
    const name = this.#result.columns[column]?.name ?? '';
    return chosenWidths.get(name) ?? this.#widths.get(name) ?? 120;
  }

  #resize(column: number, width: number): void {
    const name = this.#result.columns[column]?.name;
    if (name === undefined) return;
    chosenWidths.set(name, Math.max(Math.round(width), least));
    this.#widen();
  }

  #grip(event: PointerEvent): void {
    const grip = event.target instanceof HTMLElement ? event.target.closest<HTMLElement>('.grip') : null;
    const column = this.#placeOf(grip)?.column;
    if (grip === null || column === undefined) return;
    event.preventDefault();
    const from = event.clientX;
    const before = this.#widthOf(column);
    grip.setPointerCapture(event.pointerId);
    const move = ({ clientX }: PointerEvent): void => this.#resize(column, before + clientX - from);
    grip.addEventListener('pointermove', move);
    grip.addEventListener('lostpointercapture', () => grip.removeEventListener('pointermove', move), {
      once: true,
    });
  }
}

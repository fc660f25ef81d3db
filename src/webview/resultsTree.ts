import { make } from './element.ts';
import type { Cell } from './protocol.ts';
import type { NodeView } from './resultsProtocol.ts';
import { VirtualList } from './virtualList.ts';

interface TreeParts {
  readonly label: string;
  readonly rowHeight: number;
  readonly roots: number;
  /** One root that is not shown itself, only what it consists of. */
  readonly hidesRoot: boolean;
  /** What is known of a root. */
  readonly root: (index: number) => NodeView | undefined;
  readonly ask: (path: readonly number[], from: number) => void;
  readonly seen: (from: number, to: number) => void;
  /** `1,234 more…` */
  readonly moreWords: (count: number) => string;
  /** It has another number of lines now. */
  readonly grown: () => void;
  /** A key that is nothing to the tree itself; answers whether it was something. */
  readonly press: (event: KeyboardEvent, path: readonly number[]) => boolean;
  readonly menu: (x: number, y: number, path: readonly number[]) => void;
}

/** A line below a root: a part of it, or what leads to more parts. */
interface Line {
  readonly path: readonly number[];
  readonly view: NodeView | undefined;
  /** Where the parts go on that are not here yet. */
  readonly more: { readonly from: number; readonly left: number } | undefined;
  readonly place: number;
  readonly size: number;
  isOpen: boolean;
}

/** Documents, or one value, as a tree: what is closed is not asked for, what is off the screen is no element. */
export class ResultsTree {
  readonly element: HTMLElement;
  readonly #parts: TreeParts;
  readonly #list: VirtualList;
  /** The lines below each root that is open. */
  readonly #open = new Map<number, Line[]>();
  #roots: number;
  /** Where the keyboard is: a root, and a line below it or -1 for itself. */
  #at: { root: number; line: number };

  constructor(parts: TreeParts) {
    this.#parts = parts;
    this.#roots = parts.roots;
    this.#at = { root: 0, line: parts.hidesRoot ? 0 : -1 };
    const body = make('div', { role: 'tree', 'aria-label': parts.label, class: 'lines' });
    this.element = make('div', { class: 'tree scroller' }, body);
    this.#list = new VirtualList({
      scroller: this.element,
      body,
      sizeOf: () => parts.rowHeight,
      keyOf: (index) => this.#keyOf(index),
      make: (index) => this.#make(index),
      kept: () => this.#index(this.#at),
      seen: (from, to) =>
        parts.seen(this.#locate(from)?.root ?? 0, this.#locate(to)?.root ?? this.#roots - 1),
    });
    body.addEventListener('click', (event) => this.#clicked(event));
    body.addEventListener('keydown', (event) => this.#pressed(event));
    body.addEventListener('contextmenu', (event) => {
      const at = this.#hit(event.target);
      if (at === undefined) return;
      event.preventDefault();
      this.#go(at);
      parts.menu(event.clientX, event.clientY, this.#pathOf(at));
    });
    if (parts.hidesRoot) {
      this.#open.set(0, []);
      parts.ask([0], 0);
    }
  }

  /** How many lines there are. */
  get lines(): number {
    let count = this.#parts.hidesRoot ? 0 : this.#roots;
    for (const lines of this.#open.values()) count += lines.length;
    return count;
  }

  /** Where the keyboard is, as a way down from a root. */
  get path(): readonly number[] {
    return this.#pathOf(this.#at);
  }

  set roots(count: number) {
    this.#roots = count;
    this.draw();
  }

  /** Roots are others, or known now. */
  reset(): void {
    const had = this.element.contains(document.activeElement);
    this.#list.reset();
    this.draw();
    if (had) this.focus();
  }

  draw(): void {
    this.#list.count = this.lines;
  }

  /** Of a root more is known now. */
  refresh(root: number): void {
    const item = this.#list.item(this.#index({ root, line: -1 }));
    if (item !== undefined) this.#fill(item, { root, line: -1 });
  }

  focus(): void {
    const had = this.element.querySelector<HTMLElement>('[tabindex="0"]');
    had?.setAttribute('tabindex', '-1');
    const item = this.#list.reveal(this.#index(this.#at));
    item?.setAttribute('tabindex', '0');
    item?.focus({ preventScroll: true });
  }

  /** Parts of the value at the end of this way have come. */
  take(path: readonly number[], from: number, nodes: readonly NodeView[], size: number): void {
    const [root = 0, ...rest] = path;
    const lines = this.#open.get(root);
    if (lines === undefined) return;
    const steps = rest.join();
    const fresh: Line[] = nodes.map((view, index) => ({
      path: [...path, from + index],
      view,
      more: undefined,
      place: from + index,
      size,
      isOpen: false,
    }));
    const left = size - from - nodes.length;
    if (left > 0)
      fresh.push({
        path,
        view: undefined,
        more: { from: from + nodes.length, left },
        place: from + nodes.length,
        size,
        isOpen: false,
      });
    const isHere = (line: Line): boolean => line.path.slice(1).join() === steps;
    const old = lines.findIndex((line) => line.more?.from === from && isHere(line));
    let at = rest.length === 0 ? 0 : lines.findIndex((line) => line.more === undefined && isHere(line)) + 1;
    if (from > 0) {
      if (old < 0) return;
      lines.splice(old, 1, ...fresh);
      at = old;
    } else {
      // Closed meanwhile, or asked for twice.
      const opener = lines[at - 1];
      if (rest.length > 0 && opener?.isOpen !== true) return;
      const next = lines[at];
      if (
        next !== undefined &&
        next.path.length > path.length &&
        next.path.slice(1, path.length).join() === steps
      )
        return;
      lines.splice(at, 0, ...fresh);
    }
    const moved = fresh.length - (from > 0 ? 1 : 0);
    if (
      this.#at.root === root &&
      this.#at.line >= at &&
      !(from > 0 && this.#at.line === old) &&
      lines.length > fresh.length
    )
      this.#at = { root, line: this.#at.line + moved };
    this.#changed();
  }

  #changed(): void {
    const had = this.element.contains(document.activeElement);
    this.draw();
    for (const item of this.element.querySelectorAll<HTMLElement>('[role="treeitem"]')) {
      const at = this.#atOf(item);
      if (at !== undefined) this.#fill(item, at);
    }
    this.#parts.grown();
    if (had) this.focus();
  }

  #keyOf(index: number): string {
    const at = this.#locate(index);
    if (at === undefined) return '';
    const line = this.#open.get(at.root)?.[at.line];
    return line === undefined ? String(at.root) : `${line.path.join()}${line.more === undefined ? '' : '+'}`;
  }

  /** The root and the line of what is at this place among all lines. */
  #locate(index: number): { readonly root: number; readonly line: number } | undefined {
    const own = this.#parts.hidesRoot ? 0 : 1;
    let root = 0;
    let rest = index;
    for (const [opened, lines] of [...this.#open].toSorted(([one], [other]) => one - other)) {
      const before = (opened - root) * own;
      if (rest < before) break;
      if (rest < before + own + lines.length) return { root: opened, line: rest - before - own };
      rest -= before + own + lines.length;
      root = opened + 1;
    }
    return root + rest < this.#roots && own === 1 ? { root: root + rest, line: -1 } : undefined;
  }

  #index({ root, line }: { readonly root: number; readonly line: number }): number {
    let index = this.#parts.hidesRoot ? -1 : root;
    for (const [opened, lines] of this.#open) if (opened < root) index += lines.length;
    return index + line + 1;
  }

  #pathOf({ root, line }: { readonly root: number; readonly line: number }): readonly number[] {
    return this.#open.get(root)?.[line]?.path ?? [root];
  }

  #make(index: number): HTMLElement {
    const item = make('div', { role: 'treeitem', tabindex: '-1', class: 'item' });
    const at = this.#locate(index);
    if (at !== undefined) this.#fill(item, at);
    return item;
  }

  #fill(item: HTMLElement, at: { readonly root: number; readonly line: number }): void {
    const line = this.#open.get(at.root)?.[at.line];
    const view = line === undefined ? this.#parts.root(at.root) : line.view;
    const depth =
      (line?.path.length ?? 1) + (line?.more === undefined ? 0 : 1) - (this.#parts.hidesRoot ? 1 : 0);
    item.dataset['key'] = this.#keyOf(this.#index(at));
    item.setAttribute('aria-level', String(depth));
    item.setAttribute('aria-posinset', String((line?.place ?? at.root) + 1));
    item.setAttribute('aria-setsize', String(line?.size ?? this.#roots));
    item.style.paddingLeft = `${4 + 14 * (depth - 1)}px`;
    const isCurrent = at.root === this.#at.root && at.line === this.#at.line;
    item.setAttribute('tabindex', isCurrent ? '0' : '-1');
    if (line?.more !== undefined) {
      item.replaceChildren(make('span', { class: 'further' }, this.#parts.moreWords(line.more.left)));
      return;
    }
    const isOpen = line === undefined ? this.#open.has(at.root) : line.isOpen;
    const canOpen = (view?.size ?? 0) > 0;
    if (canOpen) item.setAttribute('aria-expanded', String(isOpen));
    else item.removeAttribute('aria-expanded');
    item.replaceChildren(
      make('span', { class: 'twist', 'aria-hidden': 'true' }, canOpen ? '›' : ''),
      ...(view === undefined
        ? ['…']
        : [make('span', { class: 'key' }, view.key), ': ', ...cellParts(view.cell)]),
    );
    item.title = view === undefined ? '' : `${view.key}: ${view.cell.text}`;
  }

  #atOf(item: HTMLElement): { root: number; line: number } | undefined {
    const key = item.dataset['key'] ?? '';
    const root = Number.parseInt(key, 10);
    if (Number.isNaN(root)) return undefined;
    if (!key.includes(',') && !key.endsWith('+')) return { root, line: -1 };
    const line = (this.#open.get(root) ?? []).findIndex(
      ({ path, more }) => `${path.join()}${more === undefined ? '' : '+'}` === key,
    );
    return line < 0 ? undefined : { root, line };
  }

  #hit(target: EventTarget | null): { root: number; line: number } | undefined {
    const item = target instanceof Element ? target.closest<HTMLElement>('[role="treeitem"]') : null;
    return item === null ? undefined : this.#atOf(item);
  }

  #go(at: { readonly root: number; readonly line: number }): void {
    this.#at = { ...at };
    this.focus();
  }

  #goTo(index: number): void {
    const at = this.#locate(Math.min(Math.max(index, 0), this.lines - 1));
    if (at !== undefined) this.#go(at);
  }

  #isOpen({ root, line }: { readonly root: number; readonly line: number }): boolean {
    return line < 0 ? this.#open.has(root) : this.#open.get(root)?.[line]?.isOpen === true;
  }

  #toggle(at: { readonly root: number; readonly line: number }, want?: boolean): void {
    const lines = this.#open.get(at.root);
    const line = lines?.[at.line];
    if (line?.more !== undefined) {
      this.#parts.ask(line.path, line.more.from);
      return;
    }
    const view = line === undefined ? this.#parts.root(at.root) : line.view;
    if (view === undefined || view.size === 0) return;
    const isOpen = this.#isOpen(at);
    if (want === isOpen) return;
    if (line === undefined) {
      if (isOpen) this.#open.delete(at.root);
      else this.#open.set(at.root, []);
    } else {
      line.isOpen = !isOpen;
      if (isOpen && lines !== undefined) {
        let end = at.line + 1;
        while ((lines[end]?.path.length ?? 0) + (lines[end]?.more === undefined ? 0 : 1) > line.path.length)
          end++;
        lines.splice(at.line + 1, end - at.line - 1);
      }
    }
    if (!isOpen) this.#parts.ask(this.#pathOf(at), 0);
    this.#changed();
  }

  #clicked(event: MouseEvent): void {
    const at = this.#hit(event.target);
    if (at === undefined) return;
    this.#go(at);
    if (event.detail < 2) this.#toggle(at);
  }

  #pressed(event: KeyboardEvent): void {
    const at = this.#at;
    const index = this.#index(at);
    const page = Math.max(Math.floor(this.element.clientHeight / this.#parts.rowHeight) - 1, 1);
    switch (event.key) {
      case 'ArrowDown':
        this.#goTo(index + 1);
        break;
      case 'ArrowUp':
        this.#goTo(index - 1);
        break;
      case 'PageDown':
        this.#goTo(index + page);
        break;
      case 'PageUp':
        this.#goTo(index - page);
        break;
      case 'Home':
        this.#goTo(0);
        break;
      case 'End':
        this.#goTo(this.lines - 1);
        break;
      case 'ArrowRight':
        if (this.#isOpen(at)) this.#goTo(index + 1);
        else this.#toggle(at, true);
        break;
      case 'ArrowLeft':
        if (this.#isOpen(at)) this.#toggle(at, false);
        else {
          const parent = this.#parentOf(at);
          if (parent !== undefined) this.#go(parent);
        }
        break;
      case 'Enter':
      case ' ':
        this.#toggle(at);
        break;
      case 'F10':
      case 'ContextMenu': {
        if (event.key === 'F10' && !event.shiftKey) return;
        const { left = 0, bottom = 0 } = this.#list.item(index)?.getBoundingClientRect() ?? {};
        this.#parts.menu(left + 24, bottom, this.path);
        break;
      }
      default:
        if (!this.#parts.press(event, this.path)) return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  #parentOf({
    root,
    line,
  }: {
    readonly root: number;
    readonly line: number;
  }): { root: number; line: number } | undefined {
    const lines = this.#open.get(root);
    const own = lines?.[line];
    if (lines === undefined || own === undefined) return undefined;
    const depth = own.path.length + (own.more === undefined ? 0 : 1);
    if (depth <= 2) return this.#parts.hidesRoot ? undefined : { root, line: -1 };
    return {
      root,
      line: lines.findLastIndex(
        ({ path, more }, at) => at < line && more === undefined && path.length < depth,
      ),
    };
  }
}

/** A value as it looks, with its type where the look does not say it. */
export function cellParts({ text, look, type }: Cell): readonly Node[] {
  const value = make('span', { class: look }, text);
  return type === '' ? [value] : [value, make('span', { class: 'typed' }, ` ${type}`)];
}

import { elementScroll, observeElementOffset, observeElementRect, Virtualizer } from '@tanstack/virtual-core';
import type { VirtualizerOptions } from '@tanstack/virtual-core';

interface ListParts {
  /** What scrolls, and what is as high as all items together. */
  readonly scroller: HTMLElement;
  readonly body: HTMLElement;
  readonly sizeOf: (index: number) => number;
  /** The same item has the same key, wherever it moves. */
  readonly keyOf: (index: number) => string | number;
  readonly make: (index: number) => HTMLElement;
  /** What is drawn although nobody sees it: the item that has the focus must not go. */
  readonly kept: () => number;
  /** These are on the screen. */
  readonly seen: (from: number, to: number) => void;
  /** So much at the top is covered by what stays there. */
  readonly covered?: () => number;
}

/** A long list of which only those items are elements that are on the screen. */
export class VirtualList {
  readonly #parts: ListParts;
  readonly #virtualizer: Virtualizer<HTMLElement, HTMLElement>;
  readonly #items = new Map<string | number, HTMLElement>();
  readonly #unmount: () => void;
  #count = 0;

  constructor(parts: ListParts) {
    this.#parts = parts;
    this.#virtualizer = new Virtualizer(this.#options());
    this.#unmount = this.#virtualizer._didMount();
    this.#virtualizer._willUpdate();
  }

  set count(count: number) {
    this.#count = count;
    this.#virtualizer.setOptions(this.#options());
    this.#virtualizer._willUpdate();
    this.draw();
  }

  /** All items anew, since they are others. */
  reset(): void {
    for (const item of this.#items.values()) item.remove();
    this.#items.clear();
    this.#virtualizer.measure();
  }

  /** An item is as high as it says now. */
  resize(index: number): void {
    this.#virtualizer.resizeItem(index, this.#parts.sizeOf(index));
    this.draw();
  }

  item(index: number): HTMLElement | undefined {
    return this.#items.get(this.#parts.keyOf(index));
  }

  /** Puts an item where it is seen, and makes it if nobody has yet. */
  reveal(index: number): HTMLElement | undefined {
    // It asks anew what is kept only when it is told to.
    this.#virtualizer.setOptions(this.#options());
    this.#virtualizer.scrollToIndex(index, { align: 'auto' });
    this.draw();
    return this.item(index);
  }

  draw(): void {
    const { body, keyOf, make, seen } = this.#parts;
    body.style.height = `${this.#virtualizer.getTotalSize()}px`;
    const items = this.#virtualizer.getVirtualItems();
    const wanted = new Set(items.map(({ index }) => keyOf(index)));
    for (const [key, item] of this.#items) {
      if (wanted.has(key)) continue;
      item.remove();
      this.#items.delete(key);
    }
    // In the order in which they are read; what is there already is not moved, or it would lose the focus.
    let next = body.firstElementChild;
    for (const { index, start } of items) {
      const key = keyOf(index);
      let item = this.#items.get(key);
      if (item === undefined) {
        item = make(index);
        this.#items.set(key, item);
        body.insertBefore(item, next);
      } else next = item.nextElementSibling;
      item.style.transform = `translateY(${start}px)`;
    }
    const range = this.#virtualizer.range;
    if (range !== null && this.#count > 0) seen(range.startIndex, range.endIndex);
  }

  dispose(): void {
    this.#unmount();
  }

  #options(): VirtualizerOptions<HTMLElement, HTMLElement> {
    const { scroller, sizeOf, kept, covered } = this.#parts;
    return {
      count: this.#count,
      getScrollElement: () => scroller,
      estimateSize: sizeOf,
      scrollToFn: elementScroll,
      observeElementRect,
      observeElementOffset,
      overscan: 8,
      scrollPaddingStart: covered?.() ?? 0,
      rangeExtractor: ({ startIndex, endIndex, overscan, count }) => {
        const from = Math.max(startIndex - overscan, 0);
        const to = Math.min(endIndex + overscan, count - 1);
        const all = Array.from({ length: Math.max(to - from + 1, 0) }, (_, index) => from + index);
        const focused = kept();
        if (focused >= 0 && focused < from) all.unshift(focused);
        if (focused > to && focused < count) all.push(focused);
        return all;
      },
      onChange: () => this.draw(),
    };
  }
}

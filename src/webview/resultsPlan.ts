import { make } from './element.ts';
import type { PlanView, StageView, Words } from './resultsProtocol.ts';

interface Item {
  readonly element: HTMLElement;
  readonly level: number;
  readonly canOpen: boolean;
  isOpen: boolean;
}

/** A plan as a tree: what is handed on last is at the top, what it comes from below. */
export class ResultsPlan {
  readonly element = make('div', { class: 'plan scroller' });
  readonly #words: Words;
  #items: readonly Item[] = [];

  constructor(words: Words) {
    this.#words = words;
    this.element.addEventListener('keydown', (event) => this.#pressed(event));
    this.element.addEventListener('click', ({ target }) => {
      const item = this.#hit(target);
      if (item === undefined) return;
      this.#go(item);
      if (target instanceof Element && target.closest('.twist') !== null) this.#open(item, !item.isOpen);
    });
  }

  show({ summary, root }: PlanView): void {
    const had = this.element.contains(document.activeElement);
    this.#items = this.#below(root, 1, 1, 1);
    const tree = make(
      'div',
      { role: 'tree', 'aria-label': this.#words.plan },
      ...this.#items.map(({ element }) => element),
    );
    this.#items[0]?.element.setAttribute('tabindex', '0');
    this.element.replaceChildren(make('p', { class: 'note' }, summary), tree);
    if (had) this.focus();
  }

  focus(): void {
    this.element.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
  }

  /** A stage and those below it, one after the other: what is inside of another is read with it. */
  #below(stage: StageView, level: number, place: number, size: number): readonly Item[] {
    const { inputs } = stage;
    const canOpen = inputs.length > 0;
    const element = this.#stage(stage);
    element.setAttribute('aria-level', String(level));
    element.setAttribute('aria-posinset', String(place));
    element.setAttribute('aria-setsize', String(size));
    if (canOpen) element.setAttribute('aria-expanded', 'true');
    element.style.marginLeft = `${12 + 24 * (level - 1)}px`;
    return [
      { element, level, canOpen, isOpen: canOpen },
      ...inputs.flatMap((input, index) => this.#below(input, level + 1, index + 1, inputs.length)),
    ];
  }

  #stage({ name, facts, costs, inputs }: StageView): HTMLElement {
    const { costly } = this.#words;
    const isCostly = costs.length > 0;
    return make(
      'div',
      { role: 'treeitem', tabindex: '-1', class: isCostly ? 'stage costly' : 'stage' },
      make(
        'div',
        { class: 'title' },
        make('span', { class: 'twist', 'aria-hidden': 'true' }, inputs.length > 0 ? '›' : ''),
        make('b', {}, name),
        ...(isCostly
          ? [make('span', { class: 'mark' }, make('span', { 'aria-hidden': 'true' }, '⚠ '), costly)]
          : []),
      ),
      make(
        'div',
        { class: 'facts' },
        ...facts.map(({ name, value }) =>
          make(
            'span',
            {},
            make('span', { class: 'fact' }, `${name} `),
            make('span', { class: 'value' }, value),
          ),
        ),
      ),
      ...costs.map((cost) => make('p', {}, cost)),
    );
  }

  #hit(target: EventTarget | null): Item | undefined {
    return this.#items.find(({ element }) => target instanceof Node && element.contains(target));
  }

  get #visible(): readonly Item[] {
    return this.#items.filter(({ element }) => !element.hidden);
  }

  #go(item: Item): void {
    for (const { element } of this.#items) element.setAttribute('tabindex', '-1');
    item.element.setAttribute('tabindex', '0');
    item.element.focus();
  }

  #open(item: Item, isOpen: boolean): void {
    if (!item.canOpen) return;
    item.isOpen = isOpen;
    item.element.setAttribute('aria-expanded', String(isOpen));
    let closed = Infinity;
    for (const { element, level, canOpen, isOpen } of this.#items) {
      element.hidden = level > closed;
      if (level <= closed) closed = canOpen && !isOpen ? level : Infinity;
    }
  }

  #pressed(event: KeyboardEvent): void {
    const item = this.#hit(event.target);
    if (item === undefined) return;
    const visible = this.#visible;
    const at = visible.indexOf(item);
    const to = (index: number): void => {
      const next = visible[Math.min(Math.max(index, 0), visible.length - 1)];
      if (next !== undefined) this.#go(next);
    };
    switch (event.key) {
      case 'ArrowDown':
        to(at + 1);
        break;
      case 'ArrowUp':
        to(at - 1);
        break;
      case 'Home':
        to(0);
        break;
      case 'End':
        to(visible.length - 1);
        break;
      case 'ArrowRight':
        if (item.canOpen && !item.isOpen) this.#open(item, true);
        else if (item.canOpen) to(at + 1);
        break;
      case 'ArrowLeft':
        if (item.isOpen) this.#open(item, false);
        else to(visible.findLastIndex(({ level }, index) => index < at && level < item.level));
        break;
      case 'Enter':
      case ' ':
        this.#open(item, !item.isOpen);
        break;
      default:
        return;
    }
    event.preventDefault();
  }
}

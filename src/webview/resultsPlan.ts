import { make } from './element.ts';
import type { PlanView, StageView, Words } from './resultsProtocol.ts';

/** A plan as a tree: what is handed on last is at the top, what it comes from below. */
export class ResultsPlan {
  readonly element = make('div', { class: 'plan scroller' });
  readonly #words: Words;

  constructor(words: Words) {
    this.#words = words;
    this.element.addEventListener('keydown', (event) => this.#pressed(event));
    this.element.addEventListener('click', ({ target }) => {
      const item = target instanceof Element ? target.closest<HTMLElement>('[role="treeitem"]') : null;
      if (item === null) return;
      this.#go(item);
      if (target instanceof Element && target.closest('.twist') !== null) this.#open(item);
    });
  }

  show({ summary, root }: PlanView): void {
    const had = this.element.contains(document.activeElement);
    const tree = make('ul', { role: 'tree', 'aria-label': this.#words.plan }, this.#stage(root));
    tree.querySelector('[role="treeitem"]')?.setAttribute('tabindex', '0');
    this.element.replaceChildren(make('p', { class: 'note' }, summary), tree);
    if (had) this.focus();
  }

  focus(): void {
    this.element.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
  }

  #stage({ name, facts, costs, inputs }: StageView): HTMLElement {
    const { costly } = this.#words;
    const said = [
      name,
      ...(costs.length > 0 ? [costly] : []),
      ...facts.map(({ name, value }) => `${name} ${value}`),
      ...costs,
    ];
    const head = make(
      'div',
      { class: costs.length > 0 ? 'stage costly' : 'stage' },
      make(
        'div',
        { class: 'title' },
        make('span', { class: 'twist', 'aria-hidden': 'true' }, inputs.length > 0 ? '›' : ''),
        make('b', {}, name),
        ...(costs.length > 0 ? [make('span', { class: 'mark' }, `⚠ ${costly}`)] : []),
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
    const item = make('li', { role: 'treeitem', tabindex: '-1', 'aria-label': said.join(', ') }, head);
    if (inputs.length > 0) {
      item.setAttribute('aria-expanded', 'true');
      item.append(make('ul', { role: 'group' }, ...inputs.map((input) => this.#stage(input))));
    }
    return item;
  }

  #go(item: HTMLElement): void {
    for (const other of this.element.querySelectorAll('[tabindex="0"]')) other.setAttribute('tabindex', '-1');
    item.setAttribute('tabindex', '0');
    item.focus();
  }

  #open(item: HTMLElement, want?: boolean): boolean {
    const before = item.getAttribute('aria-expanded');
    if (before === null || before === String(want)) return false;
    item.setAttribute('aria-expanded', String(before !== 'true'));
    return true;
  }

  #pressed(event: KeyboardEvent): void {
    const all = [...this.element.querySelectorAll<HTMLElement>('[role="treeitem"]')].filter(
      (item) => item.parentElement?.closest('[aria-expanded="false"]') === null,
    );
    const item =
      event.target instanceof Element ? event.target.closest<HTMLElement>('[role="treeitem"]') : null;
    if (item === null) return;
    const at = all.indexOf(item);
    const to = (index: number): void => {
      const next = all[Math.min(Math.max(index, 0), all.length - 1)];
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
        to(all.length - 1);
        break;
      case 'ArrowRight':
        if (!this.#open(item, true)) to(at + 1);
        break;
      case 'ArrowLeft':
        if (!this.#open(item, false)) {
          const parent = item.parentElement?.closest<HTMLElement>('[role="treeitem"]');
          if (parent !== null && parent !== undefined) this.#go(parent);
        }
        break;
      case 'Enter':
      case ' ':
        this.#open(item);
        break;
      default:
        return;
    }
    event.preventDefault();
  }
}

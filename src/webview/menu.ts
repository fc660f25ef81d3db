import { make } from './element.ts';

export interface MenuItem {
  readonly label: string;
  readonly key: string;
  /** Why it does nothing now. */
  readonly reason: string | undefined;
  readonly act: () => void;
}

/** A menu at a point; it goes when something is chosen or Escape is pressed, and the focus goes back. */
export function openMenu(label: string, items: readonly MenuItem[], x: number, y: number): void {
  const before = document.activeElement;
  const entries = items.map(({ label, key, reason, act }) => {
    const entry = make(
      'div',
      { role: 'menuitem', tabindex: '-1' },
      make('span', {}, label),
      make('kbd', { 'aria-hidden': 'true' }, key),
    );
    if (key !== '') entry.setAttribute('aria-keyshortcuts', key.replaceAll('Ctrl', 'Control'));
    if (reason !== undefined) {
      entry.setAttribute('aria-disabled', 'true');
      entry.title = reason;
      entry.setAttribute('aria-description', reason);
    }
    entry.addEventListener('click', () => {
      if (reason !== undefined) return;
      close();
      act();
    });
    return entry;
  });
  const menu = make('div', { role: 'menu', 'aria-label': label, class: 'menu' }, ...entries);
  const close = (): void => {
    if (!menu.isConnected) return;
    const hadFocus = menu.contains(document.activeElement);
    menu.remove();
    if (hadFocus && before instanceof HTMLElement) before.focus();
  };
  menu.addEventListener('keydown', (event) => {
    const at = entries.findIndex((entry) => entry === document.activeElement);
    const to = (index: number): void => entries.at(index % entries.length)?.focus();
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
        to(-1);
        break;
      case 'Enter':
      case ' ':
        entries[at]?.click();
        break;
      case 'Escape':
      case 'Tab':
        close();
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  });
  menu.addEventListener('focusout', ({ relatedTarget }) => {
    if (!(relatedTarget instanceof Node) || !menu.contains(relatedTarget)) setTimeout(close);
  });
  document.querySelector('main')?.append(menu);
  const { width, height } = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(Math.min(x, innerWidth - width - 4), 0)}px`;
  menu.style.top = `${Math.max(Math.min(y, innerHeight - height - 4), 0)}px`;
  entries[0]?.focus();
}

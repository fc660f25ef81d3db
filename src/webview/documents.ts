import { make } from './element.ts';
import { jsonParts } from './jsonParts.ts';
import type { Cell, FromView, Place, RowView, ToView, View, Words } from './protocol.ts';

declare function acquireVsCodeApi(): {
  postMessage(message: FromView): void;
  getState(): unknown;
  setState(state: Place): void;
};

const editor = acquireVsCodeApi();
const say = (message: FromView): void => editor.postMessage(message);

let words: Words | undefined;
let view: View | undefined;
/** Where the keyboard is: a row and a column. */
let at = { row: 0, column: 0 };
let chosen = new Set<number>();
/** The rows that are open, with their texts as far as they have come. */
let opened = new Map<number, { readonly text: string; readonly isCut: boolean } | undefined>();

const main = make('main', {});
const toolbar = make('div', { role: 'toolbar' });
const summary = make('button', { class: 'query' });
const notice = make('div', { class: 'notice' });
const table = make('table', { role: 'grid', 'aria-multiselectable': 'true' });
const scroller = make('div', { class: 'scroller' }, table);
const live = make('div', { class: 'unseen', role: 'status', 'aria-live': 'polite' });
const alert = make('div', { class: 'unseen', role: 'alert' });
const progress = make('div', { class: 'progress', 'aria-hidden': 'true' });
const range = make('span', { class: 'range' });

type Action =
  | 'editQuery'
  | 'refresh'
  | 'stop'
  | 'previous'
  | 'next'
  | 'insert'
  | 'edit'
  | 'delete'
  | 'copyDocument'
  | 'copyId';
const buttons = new Map<Action, HTMLButtonElement>();
const sizes = make('select', {});

window.addEventListener('message', ({ data }: MessageEvent<ToView>) => {
  switch (data.kind) {
    case 'begin':
      words = data.words;
      editor.setState(data.place);
      build(data.words);
      return;
    case 'keep':
      editor.setState(data.place);
      return;
    case 'show':
      show(data.view);
      return;
    case 'text':
      if (view?.page !== data.page || !opened.has(data.row)) return;
      opened.set(data.row, { text: data.text, isCut: data.isCut });
      fillDetail(data.row);
      return;
  }
});
say({ kind: 'ready' });

function build(words: Words): void {
  const button = (action: Action, label: string, act: () => void): HTMLButtonElement => {
    const made = make('button', { type: 'button', 'data-action': action }, label);
    made.addEventListener('click', () => {
      if (made.getAttribute('aria-disabled') !== 'true') act();
    });
    buttons.set(action, made);
    return made;
  };
  const simple = (
    kind: 'editQuery' | 'refresh' | 'stop' | 'previous' | 'next' | 'insert',
  ): HTMLButtonElement => button(kind, words[kind], () => say({ kind }));
  const ofRow = (kind: 'edit' | 'copyDocument' | 'copyId'): HTMLButtonElement =>
    button(kind, words[kind], () => onRow(kind));
  toolbar.setAttribute('aria-label', words.toolbar);
  sizes.setAttribute('aria-label', words.pageSize);
  sizes.title = words.pageSize;
  table.setAttribute('aria-label', words.documents);
  summary.type = 'button';
  toolbar.replaceChildren(
    group(simple('refresh'), simple('stop'), simple('editQuery')),
    group(simple('previous'), range, simple('next'), sizes),
    group(simple('insert'), ofRow('edit'), button('delete', words.delete, remove)),
    group(ofRow('copyDocument'), ofRow('copyId')),
  );
  main.replaceChildren(
    make('h1', { class: 'unseen' }, words.documents),
    summary,
    toolbar,
    progress,
    notice,
    scroller,
  );
  document.body.replaceChildren(main, live, alert);
}

summary.addEventListener('click', () => say({ kind: 'editQuery' }));
sizes.addEventListener('change', () => say({ kind: 'pageSize', size: Number(sizes.value) }));

function group(...items: readonly HTMLElement[]): HTMLElement {
  return make('div', { class: 'group' }, ...items);
}

function show(next: View): void {
  if (words === undefined) return;
  const before = view;
  view = next;
  document.body.dataset['state'] = next.state;
  const isNew = before?.page !== next.page;
  if (isNew) {
    at = { row: 0, column: at.column < next.columns.length ? at.column : 0 };
    chosen = new Set();
    opened = new Map();
  }
  showQuery(next, words);
  showButtons(next);
  showNotice(next, before);
  if (isNew) {
    const hadFocus = table.contains(document.activeElement);
    fillTable(next, words);
    scroller.scrollTop = 0;
    if (hadFocus || document.activeElement === document.body) focusFirst();
  }
  if (next.state === 'ready' && (isNew || before?.state === 'loading') && next.notice?.isError !== true)
    live.textContent = next.notice?.text ?? next.range;
  else if (next.state === 'loading' && before?.state !== 'loading') live.textContent = words.loading;
}

function showQuery({ query }: View, words: Words): void {
  const parts = (['filter', 'projection', 'sort'] as const).filter((name) => query[name] !== '');
  const written = parts.flatMap((name, index) => [
    ...(index === 0 ? [] : [' · ']),
    make('b', {}, words[name]),
    ` ${query[name]}`,
  ]);
  summary.replaceChildren(...(written.length === 0 ? [words.everything] : written));
  summary.setAttribute('aria-label', `${words.query}: ${summary.textContent}`);
  summary.title = words.editQuery;
}

function showButtons({
  state,
  hasPrevious,
  hasNext,
  unwritable,
  rows,
  range: text,
  pageSize,
  pageSizes,
}: View): void {
  const isClosed = state === 'closed';
  const isBusy = state === 'loading';
  const noRow = rows.length === 0 ? (words?.chooseRow ?? '') : undefined;
  enable('refresh', !isClosed && !isBusy);
  enable('stop', isBusy);
  enable('previous', !isClosed && !isBusy && hasPrevious);
  enable('next', !isClosed && !isBusy && hasNext);
  enable('insert', !isClosed && unwritable === undefined, unwritable);
  enable('edit', unwritable === undefined && noRow === undefined, unwritable ?? noRow);
  enable('delete', unwritable === undefined && noRow === undefined, unwritable ?? noRow);
  enable('copyDocument', noRow === undefined, noRow);
  enable('copyId', noRow === undefined, noRow);
  range.textContent = text;
  sizes.disabled = isClosed || isBusy;
  const offered = [...new Set([...pageSizes, pageSize])].toSorted((one, other) => one - other);
  sizes.replaceChildren(...offered.map((size) => make('option', { value: String(size) }, String(size))));
  sizes.value = String(pageSize);
}

/** A button that says why it does nothing keeps the focus, or nobody would hear it. */
function enable(action: Action, isEnabled: boolean, reason = ''): void {
  const button = buttons.get(action);
  button?.setAttribute('aria-disabled', String(!isEnabled));
  const tip = [isEnabled ? '' : reason, keysOf[action] ?? ''].filter((part) => part !== '').join(' ');
  if (button === undefined) return;
  button.title = tip;
  if (!isEnabled && reason !== '') button.setAttribute('aria-description', reason);
  else button.removeAttribute('aria-description');
}

const keysOf: Partial<Record<Action, string>> = {
  edit: '(F2)',
  delete: '(Delete)',
  previous: '(PageUp)',
  next: '(PageDown)',
};

function showNotice({ notice: said }: View, before: View | undefined): void {
  notice.hidden = said === undefined;
  notice.classList.toggle('error', said?.isError === true);
  const parts: Node[] = said === undefined ? [] : [make('p', {}, said.text)];
  if (said?.button !== undefined) {
    const button = make('button', { type: 'button', class: 'primary' }, said.button);
    button.addEventListener('click', () => say({ kind: 'remedy' }));
    parts.push(button);
  }
  if (said?.text !== before?.notice?.text || said?.button !== before?.notice?.button) {
    notice.replaceChildren(...parts);
    alert.textContent = said?.isError === true ? said.text : '';
  }
}

function fillTable({ columns, rows }: View, words: Words): void {
  scroller.hidden = rows.length === 0;
  const head = make(
    'tr',
    { role: 'row', 'aria-rowindex': '1' },
    ...columns.map((name) => make('th', { role: 'columnheader', scope: 'col', title: name }, name)),
  );
  table.setAttribute('aria-colcount', String(columns.length));
  table.replaceChildren(
    make('thead', { role: 'rowgroup' }, head),
    make('tbody', { role: 'rowgroup' }, ...rows.map((row, index) => rowOf(row, index, columns, words))),
  );
}

function rowOf({ cells }: RowView, index: number, columns: readonly string[], words: Words): HTMLElement {
  return make(
    'tr',
    {
      role: 'row',
      'data-row': String(index),
      'aria-selected': 'false',
      'aria-rowindex': String(index + 2),
    },
    ...cells.map((cell, column) => cellOf(cell, index, column, columns[column] ?? '', words)),
  );
}

function cellOf(cell: Cell | null, row: number, column: number, name: string, words: Words): HTMLElement {
  const made = make('td', {
    role: 'gridcell',
    tabindex: row === 0 && column === 0 ? '0' : '-1',
    'data-column': String(column),
  });
  if (column === 0) {
    made.setAttribute('aria-expanded', 'false');
    made.append(make('span', { class: 'twist', 'aria-hidden': 'true' }, '›'));
  }
  if (cell === null) {
    made.append(make('span', { class: 'missing', 'aria-label': words.missing }));
    return made;
  }
  made.append(make('span', { class: cell.look }, cell.text));
  made.title = cell.type === '' ? `${name}: ${cell.text}` : `${name} (${cell.type}): ${cell.text}`;
  return made;
}

function rowElement(row: number): HTMLElement | null {
  return table.querySelector(`tr[data-row="${row}"]`);
}

function focusCell(): void {
  for (const cell of table.querySelectorAll('[tabindex="0"]:not(pre)')) cell.setAttribute('tabindex', '-1');
  const cell = rowElement(at.row)?.querySelector<HTMLElement>(`[data-column="${at.column}"]`);
  cell?.setAttribute('tabindex', '0');
  cell?.focus();
}

/** Where the keyboard is to be: in the table, at what there is to press without one, or else in the toolbar. */
function focusFirst(): void {
  if (!document.hasFocus()) return;
  if (view !== undefined && view.rows.length > 0) focusCell();
  else (notice.querySelector('button') ?? buttons.get('refresh'))?.focus();
}

window.addEventListener('focus', () => {
  if (document.activeElement === document.body) focusFirst();
});

function choose(rows: readonly number[]): void {
  chosen = new Set(rows);
  for (const row of table.querySelectorAll<HTMLElement>('tr[data-row]'))
    row.setAttribute('aria-selected', String(chosen.has(Number(row.dataset['row']))));
}

function toggle(row: number): void {
  const element = rowElement(row);
  if (view === undefined || element === null) return;
  const isOpen = opened.delete(row);
  element.querySelector('[aria-expanded]')?.setAttribute('aria-expanded', String(!isOpen));
  if (isOpen) {
    element.nextElementSibling?.remove();
    return;
  }
  opened.set(row, undefined);
  const cell = make(
    'td',
    { role: 'gridcell', colspan: String(view.columns.length) },
    make('pre', { tabindex: '0' }, '…'),
  );
  element.after(make('tr', { role: 'row', class: 'detail', 'data-detail': String(row) }, cell));
  say({ kind: 'open', page: view.page, row });
}

function fillDetail(row: number): void {
  const text = opened.get(row);
  const pre = table.querySelector(`tr[data-detail="${row}"] pre`);
  if (text === undefined || pre === null || words === undefined || view === undefined) return;
  pre.setAttribute('aria-label', view.rows[row]?.name ?? '');
  pre.replaceChildren(
    ...jsonParts(text.text).map(({ look, text }) =>
      look === '' ? document.createTextNode(text) : make('span', { class: look }, text),
    ),
    ...(text.isCut ? [make('em', {}, `\n… ${words.whole}`)] : []),
  );
}

function onRow(kind: 'edit' | 'copyDocument' | 'copyId'): void {
  if (view !== undefined && view.rows.length > 0) say({ kind, page: view.page, row: at.row });
}

function remove(): void {
  if (view === undefined || view.rows.length === 0 || view.unwritable !== undefined) return;
  const rows = chosen.size > 0 ? [...chosen].toSorted((one, other) => one - other) : [at.row];
  say({ kind: 'delete', page: view.page, rows });
}

/** The row and column of what was hit; undefined in an open document. */
function placeOf(target: EventTarget | null): { row: number; column: number } | undefined {
  const cell = target instanceof Element ? target.closest<HTMLElement>('td[data-column]') : null;
  const row = cell?.closest<HTMLElement>('tr[data-row]');
  if (cell === null || row === null || row === undefined) return undefined;
  return { row: Number(row.dataset['row']), column: Number(cell.dataset['column']) };
}

table.addEventListener('click', (event) => {
  const place = placeOf(event.target);
  if (place === undefined) return;
  const from = at.row;
  at = place;
  if (event.shiftKey) {
    const [first, last] = from < at.row ? [from, at.row] : [at.row, from];
    choose(Array.from({ length: last - first + 1 }, (_, index) => first + index));
  } else if (event.ctrlKey || event.metaKey) choose([...chosen.symmetricDifference(new Set([at.row]))]);
  else choose([at.row]);
  focusCell();
  if (event.target instanceof Element && event.target.closest('.twist') !== null) toggle(at.row);
});

table.addEventListener('dblclick', (event) => {
  const place = placeOf(event.target);
  if (place !== undefined) toggle(place.row);
});

table.addEventListener('focusin', (event) => {
  const place = placeOf(event.target);
  if (place === undefined) return;
  at = place;
  for (const row of table.querySelectorAll('tr.current')) row.classList.remove('current');
  rowElement(at.row)?.classList.add('current');
});

table.addEventListener('keydown', (event) => {
  if (view === undefined) return;
  const last = { row: view.rows.length - 1, column: view.columns.length - 1 };
  if (placeOf(event.target) === undefined) {
    // In an open document the arrows scroll; Escape leads back to its row.
    if (event.key !== 'Escape') return;
    focusCell();
    event.preventDefault();
    return;
  }
  const isExtending = event.shiftKey && (event.key === 'ArrowDown' || event.key === 'ArrowUp');
  const move = (row: number, column: number): void => {
    at = { row: Math.min(Math.max(row, 0), last.row), column: Math.min(Math.max(column, 0), last.column) };
    if (isExtending) choose([...chosen, at.row]);
    focusCell();
  };
  const all = event.ctrlKey || event.metaKey;
  switch (event.key) {
    case 'ArrowDown':
      if (isExtending) choose([...chosen, at.row]);
      move(at.row + 1, at.column);
      break;
    case 'ArrowUp':
      if (isExtending) choose([...chosen, at.row]);
      move(at.row - 1, at.column);
      break;
    case 'ArrowRight':
      move(at.row, at.column + 1);
      break;
    case 'ArrowLeft':
      move(at.row, at.column - 1);
      break;
    case 'Home':
      move(all ? 0 : at.row, 0);
      break;
    case 'End':
      move(all ? last.row : at.row, last.column);
      break;
    case 'PageDown':
      press('next');
      break;
    case 'PageUp':
      press('previous');
      break;
    case 'Enter':
      toggle(at.row);
      break;
    case ' ':
      choose([...chosen.symmetricDifference(new Set([at.row]))]);
      break;
    case 'a':
      if (!all) return;
      choose(view.rows.map((_, index) => index));
      break;
    case 'Delete':
    case 'Backspace':
      press('delete');
      break;
    case 'F2':
    case 'e':
      if (all) return;
      press('edit');
      break;
    case 'Escape':
      choose([]);
      break;
    default:
      return;
  }
  event.preventDefault();
  // The workbench has commands of its own for keys that reach the window: all text of the page would be selected.
  event.stopPropagation();
});

/** As if its button were pressed, which knows whether that may be. */
function press(action: Action): void {
  buttons.get(action)?.click();
}

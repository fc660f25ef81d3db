import { make } from './element.ts';
import { openMenu } from './menu.ts';
import type { MenuItem } from './menu.ts';
import { ResultsChart } from './resultsChart.ts';
import { ResultsPlan } from './resultsPlan.ts';
import type {
  FromView,
  Mode,
  ResultView,
  Spot,
  StatementView,
  ToView,
  View,
  Words,
} from './resultsProtocol.ts';
import { ResultsTable } from './resultsTable.ts';
import { ResultsTree } from './resultsTree.ts';
import { RowWindow } from './rowWindow.ts';

declare function acquireVsCodeApi(): { postMessage(message: FromView): void };

const editor = acquireVsCodeApi();
const say = (message: FromView): void => editor.postMessage(message);

type Shown =
  | { readonly mode: 'table'; readonly view: ResultsTable }
  | { readonly mode: 'tree'; readonly view: ResultsTree }
  | { readonly mode: 'chart'; readonly view: ResultsChart }
  | { readonly mode: 'plan'; readonly view: ResultsPlan };

let words: Words | undefined;
let language = 'en';
let view: View | undefined;
/** What is in the middle now, and of which result. */
let shown: (Shown & { readonly id: number }) | undefined;
const rows = new RowWindow(say);
/** Where the keyboard was in the tables of results that others have taken the place of. */
const places = new Map<number, ResultsTable['place']>();

const main = make('main', {});
const statements = make('div', { role: 'listbox', class: 'statements', tabindex: '-1' });
const toolbar = make('div', { role: 'toolbar' });
const progress = make('div', { class: 'progress', 'aria-hidden': 'true' });
const notice = make('div', { class: 'notice' });
const printed = make('pre', { class: 'printed', tabindex: '0' });
const text = make('pre', { class: 'whole', tabindex: '0' });
const stage = make('div', { class: 'stage-of-result' });
const about = make('span', { class: 'range' });
const style = make('select', {});
const live = make('div', { class: 'unseen', role: 'status', 'aria-live': 'polite' });
const alert = make('div', { class: 'unseen', role: 'alert' });

type Action = Mode | 'more' | 'all' | 'stop' | 'json' | 'copy' | 'export' | 'edit';
const buttons = new Map<Action, HTMLButtonElement>();

window.addEventListener('message', ({ data }: MessageEvent<ToView>) => {
  switch (data.kind) {
    case 'begin':
      ({ words, language } = data);
      build(data.words);
      return;
    case 'show':
      show(data.view);
      return;
    case 'rows':
      if (!rows.take(data.id, data.order, data.columns, data.from, data.rows)) return;
      if (shown?.mode === 'table') shown.view.filled(data.from, data.rows.length);
      if (shown?.mode === 'tree') for (const index of data.rows.keys()) shown.view.refresh(data.from + index);
      return;
    case 'parts': {
      if (view?.result?.id !== data.id || view.result.order !== data.order) return;
      const { spot, from, nodes, size } = data;
      if (shown?.mode === 'table') shown.view.take(spot, from, nodes, size);
      if (shown?.mode === 'tree') shown.view.take([spot.row, ...spot.path], from, nodes, size);
      return;
    }
    case 'chart':
      if (shown?.mode === 'chart' && shown.id === data.id) shown.view.take(data.wish, data.chart);
      return;
    case 'plan':
      if (shown?.mode === 'plan' && shown.id === data.id) shown.view.show(data.plan);
      return;
    case 'say':
      tell(data.text);
      return;
  }
});
say({ kind: 'ready' });

function tell(what: string): void {
  live.textContent = '';
  live.textContent = what;
}

function build(words: Words): void {
  const button = (action: Action, label: string, act: () => void): HTMLButtonElement => {
    const made = make('button', { type: 'button', 'data-action': action }, label);
    made.addEventListener('click', () => {
      if (made.getAttribute('aria-disabled') !== 'true') act();
    });
    buttons.set(action, made);
    return made;
  };
  const mode = (mode: Mode): HTMLButtonElement =>
    button(mode, words[mode], () => say({ kind: 'mode', mode }));
  const plain = (kind: 'more' | 'all' | 'stop' | 'json' | 'export'): HTMLButtonElement =>
    button(kind, words[kind], () => {
      const id = view?.result?.id;
      if (id !== undefined) say({ kind, id });
    });
  const copy = button('copy', words.copy, () => {
    const { left, bottom } = copy.getBoundingClientRect();
    openMenu(words.copy, copyItems(words), left, bottom);
  });
  copy.setAttribute('aria-haspopup', 'menu');
  style.setAttribute('aria-label', words.ejson);
  style.title = words.ejson;
  style.replaceChildren(
    make('option', { value: 'relaxed' }, words.relaxed),
    make('option', { value: 'canonical' }, words.canonical),
  );
  toolbar.setAttribute('aria-label', words.toolbar);
  statements.setAttribute('aria-label', words.statements);
  printed.setAttribute('aria-label', words.printed);
  text.setAttribute('aria-label', words.results);
  const modes = make(
    'div',
    { class: 'group modes', role: 'group', 'aria-label': words.view },
    mode('plan'),
    mode('table'),
    mode('tree'),
    mode('chart'),
  );
  toolbar.replaceChildren(
    modes,
    make('div', { class: 'group' }, plain('json'), style),
    make('div', { class: 'group' }, copy, plain('export'), button('edit', words.edit, edit)),
    make('div', { class: 'group' }, about, plain('more'), plain('all'), plain('stop')),
  );
  main.replaceChildren(
    make('h1', { class: 'unseen' }, words.results),
    statements,
    make('div', { class: 'result' }, toolbar, progress, notice, printed, text, stage),
  );
  document.body.replaceChildren(main, live, alert);
}

style.addEventListener('change', () =>
  say({ kind: 'ejson', style: style.value === 'canonical' ? 'canonical' : 'relaxed' }),
);

function show(next: View): void {
  if (words === undefined) return;
  const before = view;
  view = next;
  const hadFocus = document.activeElement;
  const { result } = next;
  style.value = next.ejson;
  const isNew = rows.show(result);
  showStatements(next, words);
  showButtons(result, words);
  showNotice(result, before?.result, words);
  printed.hidden = result === undefined || result.printed === '';
  if (result !== undefined && printed.textContent !== result.printed) {
    const isAtEnd = printed.scrollTop + printed.clientHeight >= printed.scrollHeight - 4;
    printed.textContent = result.printed;
    if (isAtEnd) printed.scrollTop = printed.scrollHeight;
  }
  text.hidden = result?.text === undefined;
  if (text.textContent !== (result?.text ?? '')) text.textContent = result?.text ?? '';
  document.body.dataset['state'] = result?.busy === undefined ? 'ready' : 'loading';
  showResult(result, isNew, words);
  if (result !== undefined && before?.result !== undefined && result.busy !== before.result.busy)
    tell(
      result.busy === undefined ? result.about : result.busy === 'sorting' ? words.sorting : words.loading,
    );
  // What had the focus may be gone with what was shown before.
  if (hadFocus !== null && hadFocus !== document.body && !hadFocus.isConnected) focusFirst();
}

function showStatements({ statements: all, result }: View, words: Words): void {
  statements.hidden = all.length === 0;
  const had = statements.contains(document.activeElement);
  for (const [index, statement] of all.entries()) {
    const old = statements.children[index];
    const option = old instanceof HTMLElement ? old : make('div', { role: 'option', class: 'statement' });
    if (option !== old) statements.append(option);
    fillStatement(option, statement, words, statement.id === result?.id);
  }
  while (statements.childElementCount > all.length) statements.lastElementChild?.remove();
  const chosen = statements.querySelector<HTMLElement>('[aria-selected="true"]');
  chosen?.scrollIntoView({ block: 'nearest' });
  if (had) chosen?.focus();
}

const marks = { running: '◌', done: '✓', failed: '✗', stopped: '■' } as const;

function fillStatement(
  option: HTMLElement,
  { id, state, text, about }: StatementView,
  words: Words,
  isChosen: boolean,
): void {
  option.setAttribute('aria-selected', String(isChosen));
  option.setAttribute('tabindex', isChosen ? '0' : '-1');
  const said = `${id} ${state} ${text} ${about}`;
  if (option.dataset['said'] === said) return;
  option.dataset['said'] = said;
  option.dataset['id'] = String(id);
  option.title = `${text}\n${about}`;
  option.replaceChildren(
    make('span', { class: `mark ${state}`, 'aria-hidden': 'true' }, marks[state]),
    make('span', { class: 'unseen' }, `${words[state]}: `),
    make('span', { class: 'code' }, text),
    make('span', { class: 'about' }, about),
  );
}

statements.addEventListener('click', ({ target }) => {
  const option = target instanceof Element ? target.closest<HTMLElement>('[role="option"]') : null;
  if (option === null) return;
  option.focus();
  say({ kind: 'select', id: Number(option.dataset['id']) });
});

statements.addEventListener('keydown', (event) => {
  const all = view?.statements ?? [];
  const at = all.findIndex(({ id }) => id === view?.result?.id);
  const last = all.length - 1;
  const to: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowRight: at + 1,
    ArrowUp: at - 1,
    ArrowLeft: at - 1,
    Home: 0,
    End: last,
  };
  const wanted = to[event.key];
  if (event.key === 'Enter') focusContent();
  else if (wanted === undefined) return;
  else {
    const statement = all[Math.min(Math.max(wanted, 0), last)];
    if (statement !== undefined) say({ kind: 'select', id: statement.id });
  }
  event.preventDefault();
});

function showButtons(result: ResultView | undefined, words: Words): void {
  toolbar.hidden = result === undefined || (result.modes.length === 0 && result.busy === undefined);
  about.textContent = result?.about ?? '';
  const hasRows = (result?.count ?? 0) > 0;
  for (const mode of ['plan', 'table', 'tree', 'chart'] as const) {
    const button = buttons.get(mode);
    if (button === undefined) continue;
    button.hidden = result?.modes.includes(mode) !== true;
    button.setAttribute('aria-pressed', String(result?.mode === mode));
  }
  const isLoading = result?.busy !== undefined;
  const hidden: Partial<Record<Action, boolean>> = {
    more: result?.hasMore !== true || isLoading,
    all: result?.hasMore !== true || isLoading,
    stop: !isLoading,
  };
  for (const [action, isHidden] of Object.entries(hidden)) {
    const button = buttons.get(action as Action);
    if (button === undefined) continue;
    const had = document.activeElement === button;
    button.hidden = isHidden;
    if (had && isHidden) focusInstead(action === 'stop' ? 'more' : 'stop');
  }
  const noRow = hasRows ? undefined : words.chooseRow;
  enable('json', noRow);
  enable('export', noRow);
  const isDrawn = result?.mode === 'chart';
  enable('copy', isDrawn ? words.chooseRow : noRow);
  const row = result === undefined ? undefined : rows.of(rowNow());
  enable(
    'edit',
    (isDrawn ? words.chooseRow : noRow) ??
      result?.unwritable ??
      (row?.canEdit === false ? words.chooseRow : undefined),
    '(F2)',
  );
}

/** A button that is pressed goes when it has no more to do; another is there in its place a moment later. */
function focusInstead(action: Action): void {
  const button = buttons.get(action);
  if (button !== undefined && !button.hidden) button.focus();
  else setTimeout(() => (button?.hidden === false ? button.focus() : focusContent()));
}

/** A button that says why it does nothing keeps the focus, or nobody would hear it. */
function enable(action: Action, reason: string | undefined, key = ''): void {
  const button = buttons.get(action);
  if (button === undefined) return;
  button.setAttribute('aria-disabled', String(reason !== undefined));
  button.title = [reason ?? '', key].filter((part) => part !== '').join(' ');
  if (reason === undefined) button.removeAttribute('aria-description');
  else button.setAttribute('aria-description', reason);
}

function showNotice(result: ResultView | undefined, before: ResultView | undefined, words: Words): void {
  const said =
    result === undefined ? { text: words.empty, isError: false, button: undefined } : result.notice;
  const old = before?.notice;
  notice.hidden = said === undefined;
  notice.classList.toggle('error', said?.isError === true);
  if (
    said?.text === old?.text &&
    said?.button === old?.button &&
    before?.id === result?.id &&
    notice.hasChildNodes()
  )
    return;
  const parts: Node[] = said === undefined ? [] : [make('p', {}, said.text)];
  if (said?.button !== undefined && result !== undefined) {
    const { id } = result;
    const button = make('button', { type: 'button', class: 'primary' }, said.button);
    button.addEventListener('click', () => say({ kind: 'goTo', id }));
    parts.push(button);
  }
  notice.replaceChildren(...parts);
  alert.textContent = said?.isError === true ? said.text : '';
  if (said !== undefined && !said.isError) tell(said.text);
}

function showResult(result: ResultView | undefined, isNew: boolean, words: Words): void {
  if (result === undefined || result.modes.length === 0) {
    shown = undefined;
    stage.replaceChildren();
    return;
  }
  if (shown?.id !== result.id || shown.mode !== result.mode) {
    const had = stage.contains(document.activeElement);
    if (shown?.mode === 'table') places.set(shown.id, shown.view.place);
    shown = { id: result.id, ...made(result, words) };
    stage.replaceChildren(shown.view.element);
    if (shown.mode === 'plan') say({ kind: 'plan', id: result.id });
    if (shown.mode === 'tree') shown.view.draw();
    if (shown.mode === 'table') {
      shown.view.show(result, true);
      shown.view.reveal();
    }
    if (had) focusContent();
    return;
  }
  switch (shown.mode) {
    case 'table':
      shown.view.show(result, isNew);
      return;
    case 'tree':
      if (isNew) shown.view.reset();
      shown.view.roots = result.count;
      return;
    case 'chart':
      shown.view.show(result, isNew);
      return;
    case 'plan':
      return;
  }
}

function made(result: ResultView, words: Words): Shown {
  switch (result.mode) {
    case 'table':
      return {
        mode: 'table',
        view: new ResultsTable(
          {
            words,
            rowHeight: rowHeight(),
            window: rows,
            say,
            tell,
            press: pressed,
            menu: (x, y) => openMenu(words.copy, contextItems(words), x, y),
            moved: () => showButtons(view?.result, words),
          },
          result,
          places.get(result.id),
        ),
      };
    case 'tree':
      return { mode: 'tree', view: treeOf(result, words) };
    case 'chart':
      return { mode: 'chart', view: new ResultsChart({ words, language, say }, result) };
    case 'plan':
      return { mode: 'plan', view: new ResultsPlan(words) };
  }
}

function treeOf({ id, count }: ResultView, words: Words): ResultsTree {
  const spotOf = ([row = 0, ...path]: readonly number[]): Spot => ({ row, column: undefined, path });
  return new ResultsTree({
    label: words.results,
    rowHeight: rowHeight(),
    roots: count,
    hidesRoot: false,
    root: (index) => {
      const row = rows.of(index);
      if (row === undefined) return undefined;
      const cell = { text: row.line, look: 'nested', type: '' } as const;
      return { key: String(index + 1), cell, size: 1 };
    },
    ask: (path, from) => {
      const order = view?.result?.order ?? 0;
      say({ kind: 'parts', id, order, spot: spotOf(path), from });
    },
    seen: (from, to) => rows.want(from, to),
    moreWords: (left) => words.furtherParts.replace('{0}', new Intl.NumberFormat(language).format(left)),
    grown: () => undefined,
    press: pressed,
    menu: (x, y) => openMenu(words.copy, contextItems(words), x, y),
  });
}

/** As high as a line of the editor's, with some air. */
function rowHeight(): number {
  const size = Number.parseFloat(getComputedStyle(stage).fontSize) || 14;
  const height = Math.max(Math.round(1.7 * size), 22);
  document.body.style.setProperty('--row', `${height}px`);
  return height;
}

/** The row of the keyboard, wherever it is. */
function rowNow(): number {
  if (shown?.mode === 'table') return shown.view.row;
  if (shown?.mode === 'tree') return shown.view.path[0] ?? 0;
  return 0;
}

function edit(): void {
  const result = view?.result;
  if (result !== undefined) say({ kind: 'edit', id: result.id, order: result.order, row: rowNow() });
}

function copyRows(kind: 'copyDocuments' | 'copyTable' | 'copyMarkdown'): void {
  const result = view?.result;
  if (result === undefined) return;
  const row = rowNow();
  const ranges = shown?.mode === 'table' ? shown.view.ranges : [[row, row] as const];
  say({ kind, id: result.id, order: result.order, ranges });
}

function copyCell(): void {
  const result = view?.result;
  if (result === undefined) return;
  const [row = 0, ...path] = shown?.mode === 'tree' ? shown.view.path : [0];
  const spot = shown?.mode === 'table' ? shown.view.spot : { row, column: undefined, path };
  say({ kind: 'copyValue', id: result.id, order: result.order, spot });
}

function copyItems(words: Words): readonly MenuItem[] {
  const hasChosen = shown?.mode === 'table' && shown.view.chosen.length > 0;
  const item = (label: string, key: string, act: () => void): MenuItem => ({
    label,
    key,
    reason: undefined,
    act,
  });
  return [
    item(words.copyCell, hasChosen ? '' : 'Ctrl+C', copyCell),
    item(words.copyDocument, '', () => copyRows('copyDocuments')),
    item(words.copyTable, hasChosen ? 'Ctrl+C' : '', () => copyRows('copyTable')),
    item(words.copyMarkdown, '', () => copyRows('copyMarkdown')),
  ];
}

function contextItems(words: Words): readonly MenuItem[] {
  const button = buttons.get('edit');
  const reason = button?.getAttribute('aria-disabled') === 'true' ? button.title : undefined;
  return [...copyItems(words), { label: words.edit, key: 'F2', reason, act: edit }];
}

/** Keys on a row, in whichever view. */
function pressed(event: KeyboardEvent): boolean {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'c') {
    if (shown?.mode === 'table' && shown.view.chosen.length > 0) copyRows('copyTable');
    else copyCell();
    return true;
  }
  if (event.key !== 'F2') return false;
  buttons.get('edit')?.click();
  return true;
}

function focusContent(): void {
  if (!document.hasFocus()) return;
  if (shown?.mode === 'table' || shown?.mode === 'tree' || shown?.mode === 'plan') shown.view.focus();
  else if (shown?.mode === 'chart') shown.view.element.querySelector('select')?.focus();
  else focusFirst();
}

/** Where the keyboard is to be when it is nowhere. */
function focusFirst(): void {
  if (!document.hasFocus()) return;
  if (shown !== undefined) focusContent();
  else
    (
      notice.querySelector('button') ?? statements.querySelector<HTMLElement>('[aria-selected="true"]')
    )?.focus();
}

window.addEventListener('focus', () => {
  if (document.activeElement === document.body) focusFirst();
});

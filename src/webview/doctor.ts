import type { ButtonView, CheckView, FromView, ToView, View, Whose, Words } from './doctorProtocol.ts';
import { make } from './element.ts';

/** All that is kept while the page is hidden, and when its window is loaded again. */
interface Kept {
  readonly whose: Whose;
  readonly toggled: Toggled;
}

/** Which checks somebody opened or closed. */
type Toggled = Readonly<Record<string, boolean>>;

declare function acquireVsCodeApi(): {
  postMessage(message: FromView): void;
  getState(): Kept | undefined;
  setState(state: Kept): void;
};

const editor = acquireVsCodeApi();
const say = (message: FromView): void => editor.postMessage(message);

let words: Words | undefined;
let before: View | undefined;
let whose: Whose | undefined;
let toggled: Toggled = editor.getState()?.toggled ?? {};

const title = make('h1', { tabindex: '-1' });
const about = make('p', { class: 'about' });
const sign = make('span', { class: 'sign', 'aria-hidden': 'true' });
/** Its text alone is spoken when it changes. */
const sentence = make('p', { class: 'sentence', role: 'status' });
const more = make('div', { class: 'more' });
const fixes = make('div', { class: 'buttons' });
const notice = make('p', { class: 'notice', role: 'status' });
const bar = make('progress', { max: '1', value: '0' });
const count = make('span', { class: 'count', 'aria-hidden': 'true' });
const toolbar = make('div', { role: 'toolbar' });
const again = make('button', { type: 'button' });
const stop = make('button', { type: 'button' });
const copy = make('button', { type: 'button' });
const heading = make('h2', {});
const list = make('ul', { class: 'checks' });
const rows = new Map<string, Row>();

interface Row {
  readonly item: HTMLElement;
  readonly show: (check: CheckView) => void;
}

const signs: Readonly<Record<CheckView['state'], string>> = {
  waiting: '·',
  looking: '…',
  pass: '✓',
  fail: '✗',
  warning: '!',
  unknown: '?',
  notRun: '–',
};

const topSigns: Readonly<Record<View['state'], string>> = {
  waiting: signs.waiting,
  looking: signs.looking,
  healthy: signs.pass,
  sick: signs.fail,
  unclear: signs.unknown,
};

window.addEventListener('message', ({ data }: MessageEvent<ToView>) => {
  if (data.kind === 'begin') {
    ({ whose } = data);
    keep();
    build(data.words);
  } else show(data.view);
});
say({ kind: 'ready' });

function build(said: Words): void {
  words = said;
  again.textContent = said.again;
  stop.textContent = said.stop;
  copy.textContent = said.copy;
  heading.textContent = said.checks;
  toolbar.setAttribute('aria-label', said.toolbar);
  bar.setAttribute('aria-label', said.progress);
  again.addEventListener('click', () => press(again, { kind: 'again' }));
  stop.addEventListener('click', () => press(stop, { kind: 'stop' }));
  copy.addEventListener('click', () => press(copy, { kind: 'copy' }));
  toolbar.replaceChildren(again, stop, copy, bar, count);
  const top = make(
    'div',
    { class: 'top' },
    sign,
    make('div', { class: 'said' }, sentence, more, fixes, notice),
  );
  document.body.replaceChildren(
    make('main', {}, make('header', {}, title, about), top, toolbar, heading, list),
  );
}

/** A button that does nothing now keeps the focus, or whoever stands on it would be nowhere. */
function press(button: HTMLElement, message: FromView): void {
  if (button.getAttribute('aria-disabled') !== 'true') say(message);
}

function show(view: View): void {
  if (words === undefined) return;
  const isLooking = view.state === 'looking';
  document.body.dataset['state'] = view.state;
  document.title = view.title;
  put(title, view.title);
  put(about, view.about);
  put(sign, topSigns[view.state]);
  put(sentence, view.sentence);
  const texts = [
    ...view.paragraphs.map((text) => make('p', {}, text)),
    ...(view.others.length === 0
      ? []
      : [make('ul', { class: 'others' }, ...view.others.map((text) => make('li', {}, text)))]),
  ];
  if (isOther(view.paragraphs, before?.paragraphs) || isOther(view.others, before?.others))
    more.replaceChildren(...texts);
  if (isOther(view.buttons, before?.buttons)) fill(fixes, '', view.buttons, true);
  put(notice, view.notice?.text ?? '');
  notice.hidden = view.notice === undefined;
  notice.classList.toggle('error', view.notice?.isError === true);
  again.setAttribute('aria-disabled', String(isLooking));
  stop.setAttribute('aria-disabled', String(!isLooking));
  const isEmpty = view.checks.length === 0;
  copy.setAttribute('aria-disabled', String(isEmpty));
  for (const part of [heading, list, bar, count]) part.hidden = isEmpty;
  bar.max = Math.max(view.all, 1);
  bar.value = view.done;
  bar.setAttribute('aria-valuetext', view.progress);
  put(count, view.progress);
  showChecks(view);
  before = view;
}

function showChecks({ checks }: View): void {
  for (const check of checks) {
    const row = rows.get(check.id) ?? rowOf(check);
    rows.set(check.id, row);
    // One that is where it belongs is not moved: whoever stands in it would lose their place.
    if (row.item.parentElement === null) list.append(row.item);
    if (
      isOther(
        check,
        before?.checks.find(({ id }) => id === check.id),
      )
    )
      row.show(check);
  }
}

function rowOf({ id }: CheckView): Row {
  const sign = make('span', { class: 'sign', 'aria-hidden': 'true' });
  const name = make('span', { class: 'name' });
  const word = make('span', { class: 'word' });
  const short = make('span', { class: 'short' });
  const took = make('span', { class: 'took' });
  const twist = make('span', { class: 'twist', 'aria-hidden': 'true' }, '›');
  const summary = make('summary', {}, twist, sign, name, word, short, took);
  const body = make('div', { class: 'body' });
  const details = make('details', {}, summary, body);
  const item = make('li', { 'data-check': id }, details);
  summary.addEventListener('click', (event) => {
    // Behind one that has nothing to show there is nothing to open.
    if (body.childElementCount === 0) event.preventDefault();
    else {
      toggled = { ...toggled, [id]: !details.open };
      keep();
    }
  });
  return {
    item,
    show(check) {
      item.dataset['state'] = check.state;
      put(sign, signs[check.state]);
      put(name, check.title);
      put(word, check.word);
      put(short, check.short);
      put(took, check.duration);
      took.setAttribute('aria-label', check.duration === '' ? '' : `${words?.took} ${check.duration}`);
      refill(body, check);
      const isEmpty = body.childElementCount === 0;
      item.classList.toggle('empty', isEmpty);
      const isOpen = !isEmpty && (toggled[id] ?? check.opens);
      if (details.open !== isOpen) details.open = isOpen;
    },
  };
}

/** What stands below a check, with the focus where it was. */
function refill(body: HTMLElement, { id, paragraphs, evidence, buttons }: CheckView): void {
  const held = body.contains(document.activeElement) ? document.activeElement : null;
  const button = held instanceof HTMLElement ? held.dataset['button'] : undefined;
  const actions = make('div', { class: 'buttons' });
  fill(actions, id, buttons, false);
  body.replaceChildren(
    ...paragraphs.map((text) => make('p', {}, text)),
    ...(evidence.length === 0
      ? []
      : [
          make(
            'dl',
            { 'aria-label': words?.seen ?? '' },
            ...evidence.flatMap(({ label, values }) => [
              make('dt', {}, label),
              ...values.map((value) => make('dd', {}, value)),
            ]),
          ),
        ]),
    ...(buttons.length === 0 ? [] : [actions]),
  );
  if (held === null) return;
  const same = body.querySelector<HTMLElement>(`[data-button="${button}"]`);
  (same ?? body.parentElement?.querySelector('summary'))?.focus();
}

function fill(at: HTMLElement, check: string, buttons: readonly ButtonView[], isTop: boolean): void {
  const held = at.contains(document.activeElement) ? document.activeElement : null;
  const name = held instanceof HTMLElement ? held.dataset['button'] : undefined;
  at.replaceChildren(
    ...buttons.map(({ id, label }, index) => {
      const button = make('button', { type: 'button', 'data-button': id }, label);
      if (index === 0 && isTop) button.classList.add('primary');
      button.addEventListener('click', () => say({ kind: 'press', check, button: id }));
      return button;
    }),
  );
  if (held === null) return;
  const same = at.querySelector<HTMLElement>(`[data-button="${name}"]`);
  (same ?? again).focus();
}

function keep(): void {
  if (whose !== undefined) editor.setState({ whose, toggled });
}

/** What says the same is left alone: it would be spoken again. */
function put(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function isOther(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) !== JSON.stringify(other);
}

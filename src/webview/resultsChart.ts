import { extent, nice, ticks } from 'd3-array';
import { utcTicks } from 'd3-time';
import { make } from './element.ts';
import type { ChartView, ChartWish, FromView, ResultView, Words } from './resultsProtocol.ts';

interface ChartParts {
  readonly words: Words;
  readonly language: string;
  readonly say: (message: FromView) => void;
}

/** A bar that is wider is a wall. */
const widest = 96;
const margin = { top: 12, right: 16, bottom: 56, left: 64 };

/** Columns of a result, drawn. The numbers behind the picture are a table beside it. */
export class ResultsChart {
  readonly element: HTMLElement;
  readonly #parts: ChartParts;
  readonly #shape: HTMLSelectElement;
  readonly #x: HTMLSelectElement;
  readonly #y: HTMLSelectElement;
  readonly #of: HTMLSelectElement;
  readonly #numbers: HTMLButtonElement;
  readonly #picture = make('div', { class: 'picture' });
  readonly #note = make('p', { class: 'note' });
  #result: ResultView;
  #chart: ChartView | undefined;

  constructor(parts: ChartParts, result: ResultView) {
    this.#parts = parts;
    this.#result = result;
    const { words } = parts;
    const choice = (label: string): [HTMLSelectElement, HTMLElement] => {
      const select = make('select', {});
      select.addEventListener('change', () => this.#asked());
      return [select, make('label', {}, label, ' ', select)];
    };
    const [shape, shapeLabel] = choice(words.shape);
    const [x, xLabel] = choice(words.along);
    const [y, yLabel] = choice(words.upwards);
    const [of, ofLabel] = choice(words.of);
    [this.#shape, this.#x, this.#y, this.#of] = [shape, x, y, of];
    shape.append(option('bar', words.bar), option('line', words.line));
    of.append(option('sum', words.sum), option('average', words.average));
    this.#numbers = make('button', { type: 'button', 'aria-pressed': 'false' }, words.asTable);
    this.#numbers.addEventListener('click', () => {
      this.#numbers.setAttribute('aria-pressed', String(!this.#showsNumbers));
      this.#draw();
    });
    this.element = make(
      'div',
      { class: 'chart' },
      make('div', { class: 'choices' }, shapeLabel, xLabel, yLabel, ofLabel, this.#numbers),
      this.#note,
      this.#picture,
    );
    new ResizeObserver(() => {
      if (!this.#showsNumbers) this.#draw();
    }).observe(this.#picture);
    this.show(result, true);
  }

  get #showsNumbers(): boolean {
    return this.#numbers.getAttribute('aria-pressed') === 'true';
  }

  show(result: ResultView, isNew: boolean): void {
    const before = this.#result;
    this.#result = result;
    const names = result.columns.map(({ name }) => name);
    const isSame = [...this.#x.options].map(({ value }) => value).join('\n') === names.join('\n');
    if (!isSame || this.#y.options.length === 0) this.#offer(result);
    if (isNew || !isSame || before.count !== result.count || before.order !== result.order) this.#asked();
  }

  take(wish: ChartWish, chart: ChartView): void {
    const { x, y, of } = this.#wish;
    if (wish.x !== x || wish.y !== y || wish.of !== of) return;
    this.#chart = chart;
    this.#note.textContent = chart.left;
    this.#note.hidden = chart.left === '';
    this.#draw();
  }

  get #wish(): ChartWish {
    // A name begins with a mark: a column may be called as anything is.
    const y = this.#y.value.startsWith('.') ? this.#y.value.slice(1) : undefined;
    return {
      x: this.#x.value,
      y,
      of: y === undefined ? 'count' : this.#of.value === 'average' ? 'average' : 'sum',
    };
  }

  #offer({ columns }: ResultView): void {
    const { words } = this.#parts;
    const [x, y] = [this.#x.value, this.#y.value];
    this.#x.replaceChildren(...columns.map(({ name }) => option(name, name)));
    const numeric = columns.filter(({ isNumeric }) => isNumeric);
    this.#y.replaceChildren(option('', words.count), ...numeric.map(({ name }) => option(`.${name}`, name)));
    // The id of a group is what was asked for; the id of a document says nothing.
    const isGroup = columns.length <= 4 && columns[0]?.name === '_id' && numeric.length > 0;
    const first = isGroup
      ? columns[0]
      : (columns.find(({ isKind }) => isKind) ??
        columns.find(({ name, isNumeric }) => name !== '_id' && !isNumeric));
    this.#x.value = columns.some(({ name }) => name === x) ? x : ((first ?? columns[0])?.name ?? '');
    const second = numeric.find(({ name }) => name !== this.#x.value);
    const offered = [...this.#y.options].some(({ value }) => value === y);
    this.#y.value = y !== '' && offered ? y : isGroup && second !== undefined ? `.${second.name}` : '';
  }

  #asked(): void {
    this.#of.disabled = this.#wish.y === undefined;
    if (this.#result.columns.length > 0)
      this.#parts.say({ kind: 'chart', id: this.#result.id, wish: this.#wish });
  }

  #draw(): void {
    const chart = this.#chart;
    const { words } = this.#parts;
    if (chart === undefined) return;
    if (chart.points.length === 0) this.#picture.replaceChildren(make('p', {}, words.nothingToDraw));
    else if (this.#showsNumbers) this.#picture.replaceChildren(this.#table(chart));
    else this.#picture.replaceChildren(this.#drawing(chart));
    this.#picture.classList.toggle('scrolls', this.#showsNumbers);
    if (this.#showsNumbers) this.#picture.setAttribute('tabindex', '0');
    else this.#picture.removeAttribute('tabindex');
  }

  #table({ points, summary }: ChartView): HTMLElement {
    const { words, language } = this.#parts;
    const { x, y } = this.#wish;
    const number = new Intl.NumberFormat(language, { maximumFractionDigits: 6 });
    return make(
      'table',
      {},
      make('caption', {}, summary),
      make(
        'thead',
        {},
        make('tr', {}, make('th', { scope: 'col' }, x), make('th', { scope: 'col' }, y ?? words.count)),
      ),
      make(
        'tbody',
        {},
        ...points.map(({ label, value }) =>
          make('tr', {}, make('th', { scope: 'row' }, label), make('td', {}, number.format(value))),
        ),
      ),
    );
  }

  #drawing(chart: ChartView): SVGElement {
    const { language } = this.#parts;
    const { points, along, summary } = chart;
    const width = Math.max(this.#picture.clientWidth, 200);
    const height = Math.max(this.#picture.clientHeight, 160);
    const right = width - margin.right;
    const bottom = height - margin.bottom;
    const values = points.map(({ value }) => value);
    const [lowest, highest] = nice(Math.min(0, ...values), Math.max(0, ...values, 1e-9), 8);
    const y = (value: number): number =>
      bottom - ((value - lowest) / (highest - lowest)) * (bottom - margin.top);
    const number = new Intl.NumberFormat(language, { maximumFractionDigits: 3, notation: 'compact' });
    const exact = new Intl.NumberFormat(language, { maximumFractionDigits: 6 });
    const parts: SVGElement[] = [];
    const areWhole = values.every((value) => Number.isInteger(value));
    for (const tick of ticks(lowest, highest, Math.max(Math.floor(height / 60), 2))) {
      // There is no half document.
      if (areWhole && !Number.isInteger(tick)) continue;
      const at = y(tick);
      parts.push(
        shape('line', { class: 'rule', x1: margin.left, x2: right, y1: at, y2: at }),
        shape(
          'text',
          { class: 'tick', x: margin.left - 8, y: at, 'text-anchor': 'end', dy: '0.32em' },
          number.format(tick),
        ),
      );
    }
    const isBar = this.#shape.value !== 'line';
    const [least = 0, greatest = 0] = extent(points, ({ at }) => at);
    const span = greatest - least || 1;
    const line = (at: number): number =>
      points.length === 1
        ? (margin.left + right) / 2
        : margin.left + ((at - least) / span) * (right - margin.left);
    const step = (right - margin.left) / points.length;
    const thick = points.length > 100 ? step : Math.min(0.8 * step, widest);
    // Bars stand beside each other, however far apart their numbers are.
    const isEven = along === 'names' || isBar;
    const middle = (index: number): number =>
      isEven ? margin.left + (index + 0.5) * step : line(points[index]?.at ?? 0);
    const longest = Math.max(...points.map(({ label }) => Math.min(label.length, 14)));
    const isLevel = isEven && 7 * longest < step;
    const tickAt = (at: number, text: string, title: string): void => {
      const label = shape(
        'text',
        {
          class: 'tick',
          x: 0,
          y: 0,
          'text-anchor': isLevel ? 'middle' : 'end',
          transform: `translate(${at} ${bottom + (isLevel ? 18 : 14)})${isLevel ? '' : ' rotate(-32)'}`,
        },
        text.length > 14 ? `${text.slice(0, 13)}…` : text,
      );
      label.append(shape('title', {}, title));
      parts.push(shape('line', { class: 'axis', x1: at, x2: at, y1: bottom, y2: bottom + 4 }), label);
    };
    if (isEven) {
      const every = Math.max(Math.ceil(34 / step), 1);
      for (let index = 0; index < points.length; index += every) {
        const label = points[index]?.label ?? '';
        tickAt(middle(index), label, label);
      }
    } else if (along === 'times') {
      const style: Intl.DateTimeFormatOptions =
        span > 3 * 366 * 86_400_000
          ? { year: 'numeric' }
          : span > 3 * 86_400_000
            ? { dateStyle: 'medium' }
            : { dateStyle: 'short', timeStyle: 'short' };
      const time = new Intl.DateTimeFormat(language, { ...style, timeZone: 'UTC' });
      const count = Math.max(Math.floor(width / 110), 2);
      for (const tick of utcTicks(new Date(least), new Date(greatest), count))
        tickAt(line(tick.getTime()), time.format(tick), tick.toISOString());
    } else
      for (const tick of ticks(least, greatest, Math.max(Math.floor(width / 80), 2)))
        tickAt(line(tick), number.format(tick), exact.format(tick));
    const zero = y(0);
    if (isBar)
      for (const [index, { label, value }] of points.entries()) {
        const bar = shape('rect', {
          class: 'bar',
          x: middle(index) - thick / 2,
          width: Math.max(thick, 0.5),
          y: Math.min(y(value), zero),
          height: Math.max(Math.abs(y(value) - zero), 0.5),
        });
        bar.append(shape('title', {}, `${label}: ${exact.format(value)}`));
        parts.push(bar);
      }
    else {
      const path = points.map(({ value }, index) => `${index === 0 ? 'M' : 'L'}${middle(index)} ${y(value)}`);
      parts.push(shape('path', { class: 'path', d: path.join('') }));
      if (points.length <= 200)
        for (const [index, { label, value }] of points.entries()) {
          const dot = shape('circle', { class: 'dot', cx: middle(index), cy: y(value), r: 3 });
          dot.append(shape('title', {}, `${label}: ${exact.format(value)}`));
          parts.push(dot);
        }
    }
    parts.push(shape('line', { class: 'axis', x1: margin.left, x2: right, y1: zero, y2: zero }));
    return shape(
      'svg',
      { role: 'img', 'aria-label': summary, width, height, viewBox: `0 0 ${width} ${height}` },
      ...parts,
    );
  }
}

function option(value: string, label: string): HTMLOptionElement {
  return make('option', { value }, label);
}

function shape(
  tag: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly (Node | string)[]
): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

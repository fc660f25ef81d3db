import * as vscode from 'vscode';
import { Failure } from '../../core/failure.ts';
import { planOf } from '../../core/playground/results/plan.ts';
import type { Plan } from '../../core/playground/results/plan.ts';
import type { Outcome, Results, Run } from '../../core/playground/run.ts';
import { isDoc, loadBson } from '../../core/sessions/bson.ts';
import type { Bson } from '../../core/sessions/bson.ts';
import { ejsonText } from '../../core/sessions/ejsonText.ts';
import type { EjsonStyle } from '../../core/sessions/ejsonText.ts';
import { messageFrom } from '../../webview/resultsProtocol.ts';
import type {
  ChartWish,
  FromView,
  Mode,
  ResultNotice,
  ResultView,
  StatementView,
  ToView,
  View,
} from '../../webview/resultsProtocol.ts';
import { pageHtml } from '../page.ts';
import type { Log } from '../log.ts';
import { messageOf } from '../messages.ts';
import { cellOf } from '../documents/previews.ts';
import { waitFor } from '../progress.ts';
import { ResultRows } from './resultRows.ts';
import { copyOf, jsonOf } from './resultText.ts';
import { aboutWords, chartView, numberText, pageWords, planView, sizeText } from './resultWords.ts';
import type { VirtualFiles } from '../documents/virtualFiles.ts';

/** What leads out of a results view. */
export interface ResultsHandlers {
  /** Shows a line of the playground, counted from 0. */
  readonly goTo: (line: number) => void;
  /** Ends the run. */
  readonly stop: () => void;
  readonly export: (outcome: number) => void;
  /** A row of the outcome, counted as it came. */
  readonly edit: (outcome: number, row: number) => Promise<void>;
  readonly closed: () => void;
}

export interface ResultsSurroundings {
  readonly results: Results;
  /** The name of the playground. */
  readonly title: string;
  readonly column: vscode.ViewColumn;
  /** Where the page's script and style are. */
  readonly folder: vscode.Uri;
  readonly files: VirtualFiles;
  readonly log: Pick<Log, 'error'>;
  readonly handlers: ResultsHandlers;
}

export const resultsViewType = 'cosmosEntra.results';

/** So many documents come with one press. */
const onePress = 1000;
const inOneGo = 5000;
/** Whoever loads all of it may not know how much that is. */
const mostLoaded = 256 * 2 ** 20;
const mostRowsLoaded = 1_000_000;
/** So much of what was printed is shown: the last of it. */
const mostPrinted = 100_000;
/** Changes are shown together that come closer than this, in milliseconds. */
const pause = 60;

/** What is answered by itself: the page shows nothing else for it. */
const quiet: ReadonlySet<string> = new Set(['rows', 'parts', 'chart', 'plan', 'copyValue']);

/** Opens a view of what a playground came to, beside it. */
export function openResultsView(surroundings: ResultsSurroundings): ResultsView {
  const panel = vscode.window.createWebviewPanel(
    resultsViewType,
    '',
    { viewColumn: surroundings.column, preserveFocus: true },
    // Its page holds what is on the screen and little more, and should be as it was when it is looked at again.
    { retainContextWhenHidden: true },
  );
  return new ResultsView(panel, surroundings);
}

export class ResultsView {
  readonly #panel: vscode.WebviewPanel;
  readonly #results: Results;
  readonly #files: VirtualFiles;
  readonly #log: Pick<Log, 'error'>;
  readonly #handlers: ResultsHandlers;
  readonly #rows = new Map<number, ResultRows>();
  readonly #plans = new Map<number, Plan | undefined>();
  /** What was wrong while more was read or drawn, by outcome. */
  readonly #notices = new Map<number, ResultNotice>();
  readonly #working = new Map<
    number,
    { readonly busy: 'loading' | 'sorting'; readonly stop: AbortController }
  >();
  readonly #ended = new AbortController();
  #drawing = new AbortController();
  #bson: Bson | undefined;
  #run: number | undefined;
  /** Whom a person chose in this run. */
  #chosen: number | undefined;
  #mode: Mode = 'table';
  /** What explains something is looked at in another way than documents are. */
  #planMode: Mode = 'plan';
  /** The same in all views of the window. */
  static #style: EjsonStyle = 'relaxed';
  #waiting: NodeJS.Timeout | undefined;

  constructor(
    panel: vscode.WebviewPanel,
    { results, title, folder, files, log, handlers }: ResultsSurroundings,
  ) {
    this.#panel = panel;
    this.#results = results;
    this.#files = files;
    this.#log = log;
    this.#handlers = handlers;
    panel.webview.options = { enableScripts: true, localResourceRoots: [folder] };
    panel.webview.html = pageHtml(panel.webview, folder, 'results');
    this.call(title);
    const forget = results.onChange(() => this.#showSoon());
    panel.webview.onDidReceiveMessage((said: unknown) => {
      const message = messageFrom(said);
      if (message !== undefined) void this.hear(message);
    });
    panel.onDidDispose(() => {
      forget();
      clearTimeout(this.#waiting);
      this.#ended.abort();
      this.#drawing.abort();
      for (const { stop } of this.#working.values()) stop.abort();
      handlers.closed();
    });
  }

  /** A playground has another name once it is saved under one. */
  call(playground: string): void {
    this.#panel.title = vscode.l10n.t('{0}: Results', playground);
  }

  /** What the page shows now. */
  get view(): View {
    const run = this.#runNow();
    const outcome = this.#selected(run);
    return {
      statements: run?.outcomes.map((one) => this.#statementView(one)) ?? [],
      result: outcome === undefined ? undefined : this.#resultView(outcome),
      ejson: ResultsView.#style,
    };
  }

  reveal(): void {
    this.#panel.reveal(undefined, true);
  }

  dispose(): void {
    this.#panel.dispose();
  }

  /** What its page says. */
  async hear(message: FromView): Promise<void> {
    try {
      this.#bson ??= await loadBson();
      await this.#hear(message, this.#bson);
    } catch (error) {
      const failure = Failure.from(error);
      if (failure.code !== 'cancelled' && !this.#ended.signal.aborted) {
        this.#log.error(error);
        if ('id' in message)
          this.#notices.set(message.id, { text: messageOf(failure).long, isError: true, button: undefined });
      }
    }
    if (!quiet.has(message.kind)) this.#show();
  }

  async #hear(message: FromView, bson: Bson): Promise<void> {
    if (!('id' in message))
      switch (message.kind) {
        case 'ready':
          this.#post({ kind: 'begin', words: pageWords(), language: vscode.env.language });
          return;
        case 'mode':
          this.#setMode(message.mode);
          return;
        case 'ejson':
          ResultsView.#style = message.style;
          return;
      }
    const outcome = this.#runNow()?.outcomes.find(({ id }) => id === message.id);
    if (outcome === undefined) return;
    if ('order' in message) return this.#onPlace(bson, outcome, message);
    switch (message.kind) {
      case 'select':
        this.#chosen = outcome.id;
        return;
      case 'goTo':
        this.#handlers.goTo(outcome.problem?.line ?? outcome.statement.line);
        return;
      case 'stop':
        if (outcome.state === 'running') this.#handlers.stop();
        this.#working.get(outcome.id)?.stop.abort();
        return;
      case 'export':
        this.#handlers.export(outcome.id);
        return;
      case 'plan': {
        const plan = this.#planOf(outcome);
        if (plan !== undefined) this.#post({ kind: 'plan', id: outcome.id, plan: planView(plan) });
        return;
      }
      case 'more':
      case 'all':
        return this.#load(outcome, message.kind === 'all');
      case 'json':
        return this.#openJson(bson, outcome);
      case 'sort':
        return this.#sort(outcome, message.column);
      case 'chart':
        return this.#draw(outcome, message.wish);
    }
  }

  /** What is said of rows by their places. */
  async #onPlace(
    bson: Bson,
    outcome: Outcome,
    message: Extract<FromView, { readonly order: number }>,
  ): Promise<void> {
    const rows = this.#rowsOf(outcome);
    // What was said of another order is about other rows.
    if (rows === undefined || message.order !== rows.order) return;
    switch (message.kind) {
      case 'rows': {
        const { rows: found, isNew } = rows.window(
          message.from,
          message.count,
          this.#unwritable(outcome) === undefined,
        );
        if (isNew) this.#show();
        const { id, order, from } = message;
        this.#post({ kind: 'rows', id, order, columns: rows.columns.length, from, rows: found });
        return;
      }
      case 'parts': {
        const { id, order, spot, from } = message;
        this.#post({ kind: 'parts', id, order, spot, from, ...rows.parts(spot, from) });
        return;
      }
      case 'edit':
        if (
          this.#unwritable(outcome) === undefined &&
          message.row < rows.count &&
          rows.document(message.row).has('_id')
        )
          await this.#handlers.edit(outcome.id, rows.at(message.row));
        return;
      case 'copyValue': {
        const value = rows.value(message.spot);
        if (value === undefined) return;
        const text =
          typeof value === 'string'
            ? value
            : ejsonText(bson, value, ResultsView.#style, isDoc(value) ? 2 : 0);
        await this.#copy(text);
        return;
      }
      case 'copyDocuments':
      case 'copyTable':
      case 'copyMarkdown': {
        const { kind, ranges } = message;
        const text = await copyOf(bson, kind, rows, ranges, ResultsView.#style, this.#ended.signal);
        if (text === undefined)
          this.#post({
            kind: 'say',
            text: vscode.l10n.t('This is more than a clipboard takes well. Export writes it to a file.'),
          });
        else if (text !== '') await this.#copy(text);
      }
    }
  }

  #runNow(): Run | undefined {
    const { run } = this.#results;
    if (run?.startedAt !== this.#run) {
      this.#run = run?.startedAt;
      this.#chosen = undefined;
      for (const { stop } of this.#working.values()) stop.abort();
      for (const kept of [this.#rows, this.#plans, this.#notices, this.#working]) kept.clear();
    }
    return run;
  }

  /** Whom a person chose; else what came last, and at the end what failed. */
  #selected(run: Run | undefined): Outcome | undefined {
    const outcomes = run?.outcomes ?? [];
    return (
      outcomes.find(({ id }) => id === this.#chosen) ??
      outcomes.findLast(({ state }) => state === 'failed') ??
      outcomes.findLast(({ value }) => value.kind !== 'nothing') ??
      outcomes.findLast(({ state, printed }) => state !== 'running' || printed.length > 0) ??
      outcomes[0]
    );
  }

  #rowsOf({ id, value }: Outcome): ResultRows | undefined {
    if ((value.kind !== 'documents' && value.kind !== 'value') || this.#bson === undefined) return undefined;
    let rows = this.#rows.get(id);
    if (rows?.rows !== value.rows) {
      rows = new ResultRows(this.#bson, value.rows);
      this.#rows.set(id, rows);
    }
    return rows;
  }

  /** Of the one document that explains something; found once it is whole. */
  #planOf(outcome: Outcome): Plan | undefined {
    const { id, value, state } = outcome;
    if (this.#plans.has(id)) return this.#plans.get(id);
    const rows = this.#rowsOf(outcome);
    if (rows?.count !== 1 || this.#bson === undefined || state === 'running') return undefined;
    const document = rows.document(0);
    const inner = value.kind === 'value' ? document.get('value') : document;
    const plan = isDoc(inner) ? planOf(inner) : undefined;
    this.#plans.set(id, plan);
    return plan;
  }

  #resultView(outcome: Outcome): ResultView {
    const { id, value, printed } = outcome;
    const rows = this.#rowsOf(outcome);
    const modes: readonly Mode[] =
      rows === undefined || rows.count === 0
        ? []
        : this.#planOf(outcome) === undefined
          ? ['table', 'tree', 'chart']
          : ['plan', 'table', 'tree'];
    const mode = modes.includes('plan') ? this.#planMode : this.#mode;
    const text = printed.join('\n');
    return {
      id,
      count: rows?.count ?? 0,
      order: rows?.order ?? 0,
      columns: rows?.columns ?? [],
      sort: rows?.sort,
      busy: this.#working.get(id)?.busy ?? (outcome.state === 'running' ? 'loading' : undefined),
      hasMore: value.kind === 'documents' && value.hasMore,
      modes,
      mode: modes.includes(mode) ? mode : 'table',
      about:
        rows?.sort !== undefined && value.kind === 'documents' && value.hasMore
          ? `${this.#about(outcome)} · ${vscode.l10n.t('sorted as far as they are loaded')}`
          : this.#about(outcome),
      notice: this.#notice(outcome),
      text: value.kind === 'text' ? value.text : undefined,
      printed: text.length > mostPrinted ? `…${text.slice(-mostPrinted)}` : text,
      unwritable: this.#unwritable(outcome),
    };
  }

  #statementView(outcome: Outcome): StatementView {
    const { id, state, statement } = outcome;
    const [first = ''] = statement.text.trim().split('\n', 1);
    return { id, state, text: first.slice(0, 200), about: this.#about(outcome) };
  }

  #about(outcome: Outcome): string {
    const value =
      outcome.value.kind === 'value' ? this.#rowsOf(outcome)?.document(0).get('value') : undefined;
    return aboutWords(
      outcome,
      value === undefined || this.#bson === undefined ? undefined : cellOf(this.#bson, value).text,
    );
  }

  #setMode(mode: Mode): void {
    const outcome = this.#selected(this.#runNow());
    if (outcome !== undefined && this.#planOf(outcome) !== undefined) this.#planMode = mode;
    else if (mode !== 'plan') this.#mode = mode;
  }

  #notice({ id, state, problem, value, printed }: Outcome): ResultNotice | undefined {
    if (problem !== undefined) {
      const { long } = messageOf(new Failure(problem.failure));
      const { line } = problem;
      return {
        text: line === undefined ? long : vscode.l10n.t('Line {0}: {1}', line + 1, long),
        isError: true,
        button: vscode.l10n.t('Go to Line'),
      };
    }
    const noted = this.#notices.get(id);
    if (noted !== undefined) return noted;
    const plain = (text: string): ResultNotice => ({ text, isError: false, button: undefined });
    if (state === 'stopped') return plain(vscode.l10n.t('You stopped this. What had come before is shown.'));
    if (state === 'running') return undefined;
    if (value.kind === 'nothing' && printed.length === 0) return plain(vscode.l10n.t('Done. No result.'));
    if (value.kind === 'documents' && value.rows.count === 0)
      return plain(vscode.l10n.t('Done. There are no such documents.'));
    const left = this.#rows.get(id)?.columnsLeft ?? 0;
    return left === 0
      ? undefined
      : plain(
          vscode.l10n.t(
            'These documents have {0} fields more than the table has columns. The tree has all of them.',
            numberText(left),
          ),
        );
  }

  #unwritable({ value }: Outcome): string | undefined {
    return value.kind === 'documents' && value.place !== undefined
      ? undefined
      : vscode.l10n.t('These are not whole documents of a collection: there is nothing to write back to.');
  }

  /** Reads on, a good piece or all there is; what comes is shown as it comes. */
  async #load(outcome: Outcome, all: boolean): Promise<void> {
    const { id } = outcome;
    if (this.#working.has(id)) return;
    await this.#work(id, 'loading', async (signal) => {
      if (!all) return this.#results.more(id, onePress, signal);
      for (;;) {
        const value = this.#runNow()?.outcomes.find((one) => one.id === id)?.value;
        if (value?.kind !== 'documents' || !value.hasMore || signal.aborted) return;
        const { count, size } = value.rows;
        if (size >= mostLoaded || count >= mostRowsLoaded) {
          this.#note(
            id,
            vscode.l10n.t(
              '{0} documents are loaded, {1}, and there are more. Export writes all of them to a file without keeping them.',
              numberText(count),
              sizeText(size),
            ),
          );
          return;
        }
        await this.#results.more(id, inOneGo, signal);
        const after = this.#runNow()?.outcomes.find((one) => one.id === id)?.value;
        // Whoever reads nothing more has nothing more, whatever it says.
        if (after?.kind === 'documents' && after.hasMore && after.rows.count === count) return;
      }
    });
    const rows = this.#rows.get(id);
    if (rows?.isStale === true) await this.#sortBy(id, rows, rows.sort);
  }

  async #sort(outcome: Outcome, column: string): Promise<void> {
    const rows = this.#rowsOf(outcome);
    if (rows === undefined) return;
    const { id } = outcome;
    const before = rows.sort?.column === column ? rows.sort : undefined;
    const next =
      before === undefined
        ? { column, descending: false }
        : before.descending
          ? undefined
          : { column, descending: true };
    this.#working.get(id)?.stop.abort();
    await this.#sortBy(id, rows, next);
  }

  #sortBy(id: number, rows: ResultRows, sort: ResultRows['sort']): Promise<void> {
    return this.#work(id, 'sorting', (signal) => rows.sortBy(sort, signal));
  }

  async #work(
    id: number,
    busy: 'loading' | 'sorting',
    work: (signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const working = { busy, stop: new AbortController() };
    this.#working.set(id, working);
    this.#notices.delete(id);
    this.#show();
    try {
      await work(working.stop.signal);
    } catch (error) {
      if (!working.stop.signal.aborted) throw error;
    } finally {
      if (this.#working.get(id) === working) this.#working.delete(id);
    }
  }

  #note(id: number, text: string): void {
    this.#notices.set(id, { text, isError: false, button: undefined });
  }

  async #draw(outcome: Outcome, wish: ChartWish): Promise<void> {
    const rows = this.#rowsOf(outcome);
    if (rows === undefined) return;
    const { id } = outcome;
    this.#drawing.abort();
    const drawing = new AbortController();
    this.#drawing = drawing;
    try {
      const chart = await rows.chart(wish, drawing.signal);
      this.#post({ kind: 'chart', id, wish, chart: chartView(chart, wish) });
    } catch (error) {
      if (!drawing.signal.aborted) throw error;
    }
  }

  /** As a text in an editor, which folds and searches. */
  async #openJson(bson: Bson, outcome: Outcome): Promise<void> {
    const rows = this.#rowsOf(outcome);
    if (rows === undefined) return;
    const style = ResultsView.#style;
    const title = vscode.l10n.t('Writing {0} documents as JSON…', numberText(rows.count));
    const { text, written } = await waitFor(title, (signal) =>
      jsonOf(bson, outcome, rows, style, AbortSignal.any([signal, this.#ended.signal])),
    );
    const isCut = written < rows.count;
    const about = isCut ? `first-${written}` : String(written);
    const name = outcome.value.kind === 'value' ? 'value' : `documents-${about}`;
    const file = this.#files.add('result', `${name}.${style}.json`, {
      text,
      isReadonly: true,
      problems: () => [],
      save: (unchanged) => Promise.resolve(unchanged),
    });
    if (isCut)
      this.#note(
        outcome.id,
        vscode.l10n.t(
          'The first {0} of {1} documents are open as JSON: an editor is slow with more. Export writes all of them to a file.',
          numberText(written),
          numberText(rows.count),
        ),
      );
    await vscode.window.showTextDocument(file, {
      viewColumn: this.#panel.viewColumn ?? vscode.ViewColumn.Active,
      preview: false,
    });
  }

  async #copy(text: string): Promise<void> {
    await vscode.env.clipboard.writeText(text);
    this.#post({ kind: 'say', text: vscode.l10n.t('Copied') });
    vscode.window.setStatusBarMessage(vscode.l10n.t('Copied'), 3000);
  }

  #showSoon(): void {
    this.#waiting ??= setTimeout(() => {
      this.#waiting = undefined;
      this.#show();
    }, pause);
  }

  #show(): void {
    if (this.#ended.signal.aborted) return;
    if (this.#bson === undefined) {
      void loadBson().then((bson) => {
        this.#bson ??= bson;
        this.#show();
      });
      return;
    }
    try {
      this.#post({ kind: 'show', view: this.view });
    } catch (error) {
      // What a server sent as a document, and is none: what was shown before stays.
      this.#log.error(error);
    }
  }

  #post(message: ToView): void {
    if (!this.#ended.signal.aborted) void this.#panel.webview.postMessage(message);
  }
}

import * as vscode from 'vscode';
import type { Cluster } from '../../core/clusters/cluster.ts';
import { Failure } from '../../core/failure.ts';
import { loadBson } from '../../core/sessions/bson.ts';
import { Catalog } from '../../core/sessions/catalog.ts';
import type { Bson, Value } from '../../core/sessions/bson.ts';
import { everything, pageSizes, queryOf, queryText } from '../../core/sessions/documentQuery.ts';
import type { Query } from '../../core/sessions/documentQuery.ts';
import { countDocuments, deleteDocuments, readPage } from '../../core/sessions/documents.ts';
import type { Collection, Page, Row, Turn } from '../../core/sessions/documents.ts';
import { lineOf, textOf } from '../../core/sessions/ejson.ts';
import { messageFrom } from '../../webview/protocol.ts';
import type { FromView, Place, ToView, View } from '../../webview/protocol.ts';
import type { App } from '../app.ts';
import { recorded } from '../audit/dataRecord.ts';
import { readsOnlyWords } from '../sessions/databaseRows.ts';
import { pageHtml } from '../page.ts';
import { messageOf } from '../messages.ts';
import { problemWords } from '../problemWords.ts';
import { waitFor } from '../progress.ts';
import { clusterByKey } from '../targets.ts';
import type { DocumentTabs } from './documentTabs.ts';
import type { DocumentView } from './documentViews.ts';
import { viewWords } from './pageWords.ts';
import { cellOf, columnsOf, idText, nameOf } from './previews.ts';
import type { VirtualFiles } from './virtualFiles.ts';

interface Surroundings {
  readonly app: () => App;
  readonly panel: vscode.WebviewPanel;
  readonly place: Place;
  readonly files: VirtualFiles;
  readonly tabs: DocumentTabs;
  /** Where the page's script and style are. */
  readonly folder: vscode.Uri;
  readonly closed: () => void;
}

/** So many characters of a document are shown in the table: one opens the rest in a tab. */
const mostText = 100_000;
/** So many ids are named before a deletion. */
const namedIds = 10;

const nothing: Page = { rows: [], start: 0, hasPrevious: false, hasNext: false };

/** The documents of one collection in a panel, page by page. */
export class CollectionView implements DocumentView {
  readonly #app: () => App;
  readonly #panel: vscode.WebviewPanel;
  readonly #files: VirtualFiles;
  readonly #tabs: DocumentTabs;
  readonly #closed: () => void;
  #place: Place;
  #cluster: Cluster | undefined;
  #bson: Bson | undefined;
  #query: Query = everything;
  #queryFile: vscode.Uri | undefined;
  #page = nothing;
  #serial = 0;
  #total: number | undefined;
  #isView = false;
  #failure: Failure | undefined;
  /** What is to be said of the last thing that was done, where it is no failure. */
  #remark: string | undefined;
  #running: AbortController | undefined;
  #counting: AbortController | undefined;
  /** What the page is to do again after a failure. */
  #turn: Turn = { to: 'first' };
  #endUse: (() => void) | undefined;
  #isDisposed = false;

  constructor({ app, panel, place, files, tabs, folder, closed }: Surroundings) {
    this.#app = app;
    this.#panel = panel;
    this.#place = place;
    this.#files = files;
    this.#tabs = tabs;
    this.#closed = closed;
    panel.webview.options = { enableScripts: true, localResourceRoots: [folder] };
    panel.webview.html = pageHtml(panel.webview, folder);
    panel.webview.onDidReceiveMessage((said: unknown) => {
      const message = messageFrom(said);
      if (message !== undefined) void this.hear(message);
    });
    panel.onDidDispose(() => this.#end());
    this.#entitle();
  }

  get place(): Place {
    return this.#place;
  }

  get cluster(): Cluster | undefined {
    return this.#cluster;
  }

  /** What the page shows now. */
  get view(): View {
    const { filter, projection, sort, pageSize } = this.#query;
    const bson = this.#bson;
    const summary = (document: Query['filter']): string =>
      bson === undefined || document.size === 0 ? '' : lineOf(bson, document);
    const documents = this.#page.rows.map(({ document }) => document);
    const columns = columnsOf(documents);
    return {
      state: this.#cluster === undefined ? 'closed' : this.#running === undefined ? 'ready' : 'loading',
      page: this.#serial,
      columns,
      rows:
        bson === undefined
          ? []
          : this.#page.rows.map(({ id, document }) => ({
              name: nameOf(bson, id),
              cells: columns.map((name) => {
                const value = document.get(name);
                return value === undefined ? null : cellOf(bson, value);
              }),
            })),
      query: { filter: summary(filter), projection: summary(projection), sort: summary(sort) },
      pageSize,
      pageSizes,
      range: this.#range(),
      hasPrevious: this.#page.hasPrevious,
      hasNext: this.#page.hasNext,
      notice: this.#notice(),
      unwritable: this.#unwritable(),
    };
  }

  reveal(): void {
    this.#panel.reveal();
  }

  /** Opens the session and shows the first page, as a person wants who opened this. */
  async connect(): Promise<void> {
    await this.#run(async () => {
      const cluster = await clusterByKey(this.#app(), this.#place.key);
      if (cluster === undefined) {
        this.#remark = vscode.l10n.t(
          'This cluster is not listed any more. Sign in as whoever could see it, or refresh the clusters.',
        );
        return;
      }
      this.#bson = await loadBson();
      // With whatever helps, where it does not open.
      if (this.#app().azure().database.of(cluster.key) === undefined)
        await vscode.commands.executeCommand('cosmosEntra.openSession', {
          kind: 'cluster',
          key: cluster.key,
        });
      if (this.#isDisposed || this.#app().azure().database.of(cluster.key) === undefined) return;
      this.#cluster = cluster;
      this.#remark = undefined;
      this.#endUse ??= this.#app().azure().database.use(cluster, 'documents');
      this.#query = queryOf(this.#bson, this.#place.query).value ?? everything;
      this.#entitle();
      void this.#lookWhetherView(cluster);
      await this.#load({ to: 'first' });
    });
  }

  /** Shows what is there now, in the same place. */
  async refresh(): Promise<void> {
    await this.#run(() => this.#load({ to: 'same', from: this.#page }));
  }

  /** What its page says. */
  hear(message: FromView): Promise<void> {
    return this.#run(() => this.#hear(message));
  }

  dispose(): void {
    this.#panel.dispose();
  }

  #end(): void {
    this.#isDisposed = true;
    this.#running?.abort();
    this.#counting?.abort();
    this.#endUse?.();
    this.#closed();
  }

  #entitle(): void {
    const { database, collection, key } = this.#place;
    const cluster = this.#cluster?.name ?? key.split('/').at(-1) ?? '';
    this.#panel.title = `${collection} — ${database} — ${cluster}`;
  }

  /** The boundary of all that is pressed here. */
  async #run(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      const failure = Failure.from(error);
      if (failure.code !== 'cancelled') {
        this.#app().log.error(error);
        this.#failure = failure;
      }
    }
    this.#show();
  }

  async #hear(message: FromView): Promise<void> {
    switch (message.kind) {
      case 'ready':
        this.#post({ kind: 'begin', words: viewWords(this.#place.collection), place: this.#place });
        return;
      case 'refresh':
        return this.#load({ to: 'same', from: this.#page });
      case 'stop':
        this.#running?.abort();
        return;
      case 'next':
      case 'previous':
        return this.#load({ to: message.kind, from: this.#page });
      case 'pageSize':
        return this.#resize(message.size);
      case 'editQuery':
        return this.#editQuery();
      case 'insert':
        if (this.#unwritable() === undefined) await this.#tabs.insert(this.#at());
        return;
      case 'remedy':
        return this.#remedy();
      case 'delete':
        if (message.page === this.#serial && this.#unwritable() === undefined)
          await this.#delete(message.rows.flatMap((row) => this.#page.rows[row] ?? []));
        return;
      case 'open':
      case 'edit':
      case 'copyDocument':
      case 'copyId': {
        const row = message.page === this.#serial ? this.#page.rows[message.row] : undefined;
        if (row !== undefined) await this.#onRow(message.kind, message.row, row);
        return;
      }
    }
  }

  async #onRow(kind: 'open' | 'edit' | 'copyDocument' | 'copyId', index: number, row: Row): Promise<void> {
    const bson = this.#bson;
    if (bson === undefined) return;
    const text = (): string => textOf(bson, row.document);
    switch (kind) {
      case 'open': {
        const whole = text().trimEnd();
        const isCut = whole.length > mostText;
        this.#post({
          kind: 'text',
          page: this.#serial,
          row: index,
          text: isCut ? whole.slice(0, mostText) : whole,
          isCut,
        });
        return;
      }
      case 'edit':
        if (this.#unwritable() === undefined && row.id !== undefined)
          await this.#tabs.edit(this.#at(), row.id, nameOf(bson, row.id));
        return;
      case 'copyDocument':
        await copy(text());
        return;
      case 'copyId':
        if (row.id !== undefined) await copy(idText(bson, row.id));
        return;
    }
  }

  #at(): Collection {
    const { database, collection } = this.#place;
    const cluster = this.#cluster;
    if (cluster === undefined) throw new Failure({ code: 'cancelled' });
    return { cluster, database, collection };
  }

  /** Reads a page. A new wish takes the place of the one before it. */
  async #load(turn: Turn): Promise<void> {
    if (this.#cluster === undefined) return;
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.#turn = turn;
    this.#failure = undefined;
    this.#remark = undefined;
    this.#show();
    if (turn.to === 'first' || turn.to === 'same') void this.#count();
    try {
      const page = await readPage(
        this.#app().azure().database,
        this.#at(),
        this.#query,
        turn,
        running.signal,
      );
      if (this.#running !== running) return;
      if (page.rows === this.#page.rows)
        this.#remark = vscode.l10n.t('There is nothing behind this page any more.');
      else this.#serial++;
      this.#page = page;
    } catch (error) {
      if (this.#running !== running) return;
      const failure = Failure.from(error);
      if (failure.code === 'cancelled')
        this.#remark = vscode.l10n.t('You stopped this. What had come before is shown.');
      throw failure;
    } finally {
      if (this.#running === running) this.#running = undefined;
    }
  }

  /** Beside the documents, which need not wait for it. */
  async #count(): Promise<void> {
    this.#counting?.abort();
    const counting = new AbortController();
    this.#counting = counting;
    try {
      const total = await countDocuments(
        this.#app().azure().database,
        this.#at(),
        this.#query,
        counting.signal,
      );
      if (this.#counting !== counting) return;
      this.#total = total;
      this.#show();
    } catch {
      // Whatever is wrong, the documents say.
    }
  }

  async #lookWhetherView(cluster: Cluster): Promise<void> {
    try {
      const { database, collection } = this.#place;
      const all = await new Catalog(this.#app().azure().database).collections(cluster, database);
      this.#isView = all.some(({ name, type }) => name === collection && type === 'view');
      this.#show();
    } catch {
      // The database refuses a write to a view as well.
    }
  }

  async #resize(pageSize: number): Promise<void> {
    if (this.#bson === undefined) return;
    this.#query = { ...this.#query, pageSize };
    this.#keep(queryText(this.#bson, this.#query));
    await this.#load({ to: 'same', from: this.#page });
  }

  /** The query as a file: saving it runs it. */
  async #editQuery(): Promise<void> {
    const bson = this.#bson;
    if (bson === undefined) return;
    if (this.#queryFile === undefined || this.#files.of(this.#queryFile) === undefined)
      this.#queryFile = this.#files.add('cosmos-entra-query', `${this.#place.collection}.query.json`, {
        text: this.#place.query,
        isReadonly: false,
        problems: (text) => queryOf(bson, text).problems,
        save: async (text, asked) => {
          // Where the editor saves while somebody still types, what is not right yet is no news.
          if (asked || queryOf(bson, text).value !== undefined) await this.#run(() => this.#ask(bson, text));
          return text;
        },
      });
    await vscode.window.showTextDocument(this.#queryFile, {
      viewColumn: vscode.ViewColumn.Beside,
      preview: false,
    });
  }

  async #ask(bson: Bson, text: string): Promise<void> {
    const { value, problems } = queryOf(bson, text);
    if (value === undefined) {
      const [first] = problems.filter(({ weight }) => weight === 'error');
      const line = text.slice(0, first?.start).split('\n').length;
      this.#remark = vscode.l10n.t(
        'This is still the query before: in the new one, line {0} is not right. {1}',
        line,
        first === undefined ? '' : problemWords(first),
      );
      return;
    }
    this.#query = value;
    this.#total = undefined;
    this.#keep(text);
    await this.#load({ to: 'first' });
  }

  #keep(query: string): void {
    this.#place = { ...this.#place, query };
    const file = this.#queryFile === undefined ? undefined : this.#files.of(this.#queryFile);
    if (this.#queryFile !== undefined && file !== undefined && file.text !== query)
      this.#files.change(this.#queryFile, { ...file, text: query });
    this.#post({ kind: 'keep', place: this.#place });
  }

  async #delete(rows: readonly Row[]): Promise<void> {
    const bson = this.#bson;
    const ids = rows.flatMap(({ id }): readonly Value[] => (id === undefined ? [] : [id]));
    if (bson === undefined || ids.length === 0) return;
    const { database, collection, cluster } = this.#at();
    const button = vscode.l10n.t('Delete');
    const place = vscode.l10n.t('{0} ({1} on {2})', collection, database, cluster.name);
    const question =
      ids.length === 1
        ? vscode.l10n.t('Delete this document from {0}?', place)
        : vscode.l10n.t('Delete {0} documents from {1}?', ids.length, place);
    const names = ids.slice(0, namedIds).map((id) => `_id: ${idText(bson, id).slice(0, 200)}`);
    const more = ids.length - names.length;
    const detail = [
      ...names,
      ...(more > 0 ? [vscode.l10n.t('… and {0} more', more)] : []),
      '',
      vscode.l10n.t('Nothing brings them back.'),
    ].join('\n');
    if ((await this.#app().prompts.confirm(question, detail, [button])) !== button) return;
    const title = vscode.l10n.t('Deleting from {0}…', collection);
    const what = { from: 'document', command: 'delete', database, collection, detail: null } as const;
    const deleted = await waitFor(title, (signal) =>
      recorded(
        this.#app(),
        cluster,
        what,
        () => deleteDocuments(this.#app().azure().database, this.#at(), ids, signal),
        (count) => count,
      ),
    );
    await this.#load({ to: 'same', from: this.#page });
    this.#remark =
      deleted === ids.length
        ? deleted === 1
          ? vscode.l10n.t('1 document is deleted.')
          : vscode.l10n.t('{0} documents are deleted.', deleted)
        : vscode.l10n.t(
            '{0} of {1} documents are deleted; the others were gone already.',
            deleted,
            ids.length,
          );
  }

  /** What the button beside a notice does. */
  async #remedy(): Promise<void> {
    if (this.#cluster === undefined) return this.connect();
    const failure = this.#failure;
    if (failure === undefined) return;
    const { remedy } = messageOf(failure);
    if (remedy === 'settings') {
      await vscode.commands.executeCommand('cosmosEntra.openSettings');
      return;
    }
    if (remedy === 'signIn') await this.#app().azure().database.signIn(this.#cluster);
    await this.#load(this.#turn);
  }

  #notice(): View['notice'] {
    if (this.#cluster === undefined) {
      const { collection, database } = this.#place;
      return {
        text:
          this.#remark ??
          vscode.l10n.t(
            'The window was reloaded. Nothing is asked of {0} in {1} until you open it again.',
            collection,
            database,
          ),
        isError: false,
        button: vscode.l10n.t('Open Again'),
      };
    }
    if (this.#failure !== undefined) {
      const { long, remedy } = messageOf(this.#failure);
      const buttons = {
        signIn: vscode.l10n.t('Sign In'),
        retry: vscode.l10n.t('Retry'),
        settings: vscode.l10n.t('Open Settings'),
      };
      return { text: long, isError: true, button: buttons[remedy] };
    }
    if (this.#remark !== undefined) return { text: this.#remark, isError: false, button: undefined };
    if (this.#running !== undefined || this.#page.rows.length > 0) return undefined;
    const text =
      this.#query.filter.size > 0
        ? vscode.l10n.t('No document matches the filter. Edit the query to look for others.')
        : this.#unwritable() === undefined
          ? vscode.l10n.t('There are no documents here yet. Insert one, or refresh when others have.')
          : vscode.l10n.t('There are no documents here yet. Refresh when others have inserted some.');
    return { text, isError: false, button: undefined };
  }

  /** Why nothing can be written here. */
  #unwritable(): string | undefined {
    const cluster = this.#cluster;
    if (cluster === undefined) return vscode.l10n.t('This is not open.');
    if (this.#isView)
      return vscode.l10n.t('This is a view: its documents come from another collection. Write there.');
    const why = this.#app().tree.readsOnly(cluster.key);
    return why === undefined ? undefined : readsOnlyWords(why);
  }

  #range(): string {
    const { rows, start } = this.#page;
    const number = new Intl.NumberFormat(vscode.env.language);
    if (rows.length === 0) return this.#running === undefined ? vscode.l10n.t('no documents') : '';
    const shown = `${number.format(start + 1)}–${number.format(start + rows.length)}`;
    // Counting is slower than reading: by now there may be more than it found.
    const total = Math.max(this.#total ?? 0, start + rows.length);
    if (!this.#page.hasNext) return vscode.l10n.t('{0} of {1}', shown, number.format(start + rows.length));
    if (this.#total === undefined) return shown;
    return vscode.l10n.t('{0} of about {1}', shown, number.format(total));
  }

  #show(): void {
    this.#post({ kind: 'show', view: this.view });
  }

  #post(message: ToView): void {
    // A page that is hidden hears nothing; it asks for all of it when it is shown again.
    if (!this.#isDisposed) void this.#panel.webview.postMessage(message);
  }
}

async function copy(text: string): Promise<void> {
  await vscode.env.clipboard.writeText(text);
  vscode.window.setStatusBarMessage(vscode.l10n.t('Copied'), 3000);
}

import * as vscode from 'vscode';
import { loadBson } from '../../core/sessions/bson.ts';
import type { Value } from '../../core/sessions/bson.ts';
import { everything, queryText } from '../../core/sessions/documentQuery.ts';
import type { Collection } from '../../core/sessions/documents.ts';
import { placeFrom } from '../../webview/protocol.ts';
import type { Place } from '../../webview/protocol.ts';
import type { App } from '../app.ts';
import { CollectionView } from './collectionView.ts';
import { DocumentTabs } from './documentTabs.ts';
import type { DocumentViews } from './documentViews.ts';
import { VirtualFiles } from './virtualFiles.ts';

const viewType = 'cosmosEntra.documents';

export class Collections implements DocumentViews, vscode.Disposable {
  readonly files = new VirtualFiles();
  readonly #context: vscode.ExtensionContext;
  readonly #views = new Set<CollectionView>();
  readonly #app: () => App;
  readonly #tabs: DocumentTabs;

  constructor(context: vscode.ExtensionContext, app: () => App) {
    this.#context = context;
    this.#app = app;
    this.#tabs = new DocumentTabs(app, this.files, (at) => {
      for (const view of this.#views) if (isSame(view, at)) void view.refresh();
    });
  }

  get views(): readonly CollectionView[] {
    return [...this.#views];
  }

  async open(at: Collection): Promise<void> {
    const known = this.views.find((view) => isSame(view, at));
    if (known !== undefined) {
      known.reveal();
      return;
    }
    const place = {
      key: at.cluster.key,
      database: at.database,
      collection: at.collection,
      query: queryText(await loadBson(), everything),
    };
    const panel = vscode.window.createWebviewPanel(viewType, at.collection, vscode.ViewColumn.Active, {
      enableFindWidget: true,
    });
    await this.#show(panel, place).connect();
  }

  revive(panel: vscode.WebviewPanel, kept: unknown): void {
    const place = placeFrom(kept);
    if (place === undefined) panel.dispose();
    else this.#show(panel, place);
  }

  edit(at: Collection, id: Value, name: string): Promise<void> {
    return this.#tabs.edit(at, id, name);
  }

  save(uri: vscode.Uri | undefined): Promise<void> {
    return this.#tabs.save(uri ?? vscode.window.activeTextEditor?.document.uri);
  }

  /** Closes what belongs to people who are here no more, or to another cloud. */
  leave(isHere: (accountId: string) => boolean): void {
    for (const view of this.#views)
      if (view.cluster !== undefined && !isHere(view.cluster.caller.account.id)) view.dispose();
    this.#tabs.leave(isHere);
  }

  dispose(): void {
    for (const view of this.#views) view.dispose();
    this.files.dispose();
  }

  #show(panel: vscode.WebviewPanel, place: Place): CollectionView {
    const view = new CollectionView({
      app: this.#app,
      panel,
      place,
      files: this.files,
      tabs: this.#tabs,
      folder: vscode.Uri.joinPath(this.#context.extensionUri, 'dist', 'webview'),
      closed: () => this.#views.delete(view),
    });
    this.#views.add(view);
    return view;
  }
}

function isSame({ place }: CollectionView, { cluster, database, collection }: Collection): boolean {
  return place.key === cluster.key && place.database === database && place.collection === collection;
}

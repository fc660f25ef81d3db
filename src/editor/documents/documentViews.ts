import type * as vscode from 'vscode';
import type { Cluster } from '../../core/clusters/cluster.ts';
import type { Value } from '../../core/sessions/bson.ts';
import type { Collection } from '../../core/sessions/documents.ts';
import type { FromView, Place, View } from '../../webview/protocol.ts';
import type { VirtualFiles } from './virtualFiles.ts';

/** The documents of one collection in a panel, as others see that. */
export interface DocumentView {
  readonly place: Place;
  readonly cluster: Cluster | undefined;
  /** What its page shows now. */
  readonly view: View;
  refresh(): Promise<void>;
  /** What its page says. */
  hear(message: FromView): Promise<void>;
  dispose(): void;
}

/** The views of documents that are open, with the tabs that came of them. */
export interface DocumentViews {
  readonly files: VirtualFiles;
  readonly views: readonly DocumentView[];
  /** The view of a collection, or the one that is open already. */
  open(at: Collection): Promise<void>;
  /** A panel as it was before the window was reloaded: it asks nobody anything until somebody presses its button. */
  revive(panel: vscode.WebviewPanel, kept: unknown): void;
  /** A document in a tab of its own, by its id; `name` is that in a few words. */
  edit(at: Collection, id: Value, name: string): Promise<void>;
  /** Saves the document in a tab, or in the one that is open, when its person has seen what that changes. */
  save(uri: vscode.Uri | undefined): Promise<void>;
}

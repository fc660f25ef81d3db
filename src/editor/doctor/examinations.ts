import * as vscode from 'vscode';
import type { Account } from '../../core/identity/tokens.ts';
import type { App } from '../app.ts';
import type { Reports, Subject } from './reports.ts';
import type { ReportView } from './reportView.ts';

const viewType = 'cosmosEntra.report';

export class Examinations implements Reports, vscode.Disposable {
  readonly #context: vscode.ExtensionContext;
  readonly #app: () => App;
  readonly #views = new Map<string, ReportView>();

  constructor(context: vscode.ExtensionContext, app: () => App) {
    this.#context = context;
    this.#app = app;
  }

  get open(): readonly ReportView[] {
    return [...this.#views.values()];
  }

  async examine(subject: Subject): Promise<void> {
    // All that looks into it is read with the first report.
    const { ReportView } = await import('./reportView.ts');
    const key = JSON.stringify([subject.cluster.key, subject.other?.objectId.toLowerCase()]);
    const known = this.#views.get(key);
    if (known !== undefined) {
      known.reveal();
      void known.hear({ kind: 'again' });
      return;
    }
    const { extension, extensionUri } = this.#context;
    const { version } = extension.packageJSON as { readonly version: string };
    const panel = vscode.window.createWebviewPanel(viewType, '', vscode.ViewColumn.Active, {
      enableFindWidget: true,
    });
    const view = new ReportView(panel, {
      subject,
      app: this.#app(),
      folder: vscode.Uri.joinPath(extensionUri, 'dist', 'webview'),
      version,
      closed: () => this.#views.delete(key),
    });
    this.#views.set(key, view);
    void view.hear({ kind: 'again' });
  }

  keepOnly(accounts: readonly Account[]): void {
    for (const view of this.open) {
      const { account } = view.subject.cluster.caller;
      if (!accounts.some(({ id }) => id === account.id)) view.dispose();
    }
  }

  dispose(): void {
    for (const view of this.open) view.dispose();
  }
}

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

  /** What a report shows is not for whoever sits here next: it goes with its account, and that is said. */
  keepOnly(accounts: readonly Account[]): void {
    const gone = this.#close((account) => !accounts.some(({ id }) => id === account.id));
    if (gone.length > 0) void this.#tellGone(gone);
  }

  cloudChanged(): void {
    const count = this.#close(() => true).length;
    if (count === 0) return;
    const text =
      count === 1
        ? vscode.l10n.t('A report was closed: it is of another cloud than the one that is set now.')
        : vscode.l10n.t(
            '{0} reports were closed: they are of another cloud than the one that is set now.',
            count,
          );
    void this.#app().prompts.tell('information', text, []);
  }

  /** Whose reports were closed. */
  #close(isGone: (account: Account) => boolean): readonly Account[] {
    return this.open.flatMap((view) => {
      const { account } = view.subject.cluster.caller;
      if (!isGone(account)) return [];
      view.dispose();
      return [account];
    });
  }

  async #tellGone(gone: readonly Account[]): Promise<void> {
    const whose = [...new Set(gone.map(({ label }) => label))].join(', ');
    const text =
      gone.length === 1
        ? vscode.l10n.t(
            'A report of {0} was closed, with what it showed: that account is not used here any more.',
            whose,
          )
        : vscode.l10n.t(
            '{0} reports were closed, with what they showed. Not used here any more: {1}.',
            gone.length,
            whose,
          );
    const button = vscode.l10n.t('Sign In');
    if ((await this.#app().prompts.tell('information', text, [button])) === button)
      await vscode.commands.executeCommand('cosmosEntra.signIn');
  }

  dispose(): void {
    for (const view of this.open) view.dispose();
  }
}

import * as vscode from 'vscode';
import type { Account } from '../../core/identity/tokens.ts';
import type { App } from '../app.ts';
import { whoseFrom } from '../../webview/doctorProtocol.ts';
import type { ReloadedView } from './reloadedView.ts';
import type { Reports, Subject } from './reports.ts';
import type { ReportView } from './reportView.ts';

const viewType = 'cosmosEntra.report';

export class Examinations implements Reports, vscode.Disposable {
  readonly #context: vscode.ExtensionContext;
  readonly #app: () => App;
  readonly #views = new Map<string, ReportView>();
  readonly #reloaded = new Map<string, ReloadedView>();

  constructor(context: vscode.ExtensionContext, app: () => App) {
    this.#context = context;
    this.#app = app;
  }

  get open(): readonly ReportView[] {
    return [...this.#views.values()];
  }

  get reloaded(): readonly ReloadedView[] {
    return [...this.#reloaded.values()];
  }

  async examine(subject: Subject): Promise<void> {
    // All that looks into it is read with the first report.
    const { ReportView } = await import('./reportView.ts');
    const key = keyOf(subject.cluster.key, subject.other?.objectId);
    const known = this.#views.get(key);
    if (known !== undefined) {
      known.reveal();
      void known.hear({ kind: 'again' });
      return;
    }
    const { version } = this.#context.extension.packageJSON as { readonly version: string };
    const waiting = this.#reloaded.get(key)?.handOver();
    this.#reloaded.delete(key);
    // Whoever pressed its button stands on that still.
    if (waiting?.active === false) waiting.reveal();
    const panel =
      waiting ??
      vscode.window.createWebviewPanel(viewType, '', vscode.ViewColumn.Active, { enableFindWidget: true });
    const view = new ReportView(panel, {
      subject,
      app: this.#app(),
      folder: this.#folder,
      version,
      isThere: waiting !== undefined,
      closed: () => this.#views.delete(key),
    });
    this.#views.set(key, view);
    void view.hear({ kind: 'again' });
  }

  async revive(panel: vscode.WebviewPanel, kept: unknown): Promise<void> {
    const whose = whoseFrom(kept);
    if (whose === undefined) {
      panel.dispose();
      return;
    }
    const { ReloadedView } = await import('./reloadedView.ts');
    const key = keyOf(whose.cluster.key, whose.other?.objectId);
    // Its tab may have been hidden until now, and somebody have asked for the same report meanwhile.
    const known = this.#views.get(key) ?? this.#reloaded.get(key);
    if (known !== undefined) {
      panel.dispose();
      known.reveal();
      return;
    }
    const view = new ReloadedView(panel, {
      whose,
      app: this.#app,
      folder: this.#folder,
      found: (subject) => this.examine(subject),
      closed: () => this.#reloaded.delete(key),
    });
    this.#reloaded.set(key, view);
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
    for (const view of [...this.open, ...this.reloaded]) view.dispose();
  }

  get #folder(): vscode.Uri {
    return vscode.Uri.joinPath(this.#context.extensionUri, 'dist', 'webview');
  }
}

function keyOf(cluster: string, other: string | undefined): string {
  return JSON.stringify([cluster, other?.toLowerCase()]);
}

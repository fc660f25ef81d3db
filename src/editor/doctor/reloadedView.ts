import * as vscode from 'vscode';
import type { Cluster } from '../../core/clusters/cluster.ts';
import { Failure } from '../../core/failure.ts';
import { messageFrom } from '../../webview/doctorProtocol.ts';
import type { FromView, ToView, View, Whose } from '../../webview/doctorProtocol.ts';
import type { App } from '../app.ts';
import { messageOf } from '../messages.ts';
import { pageHtml } from '../page.ts';
import { clusterByKey } from '../targets.ts';
import { pageWords, titleOf } from './reportPage.ts';
import type { ReloadedReport, Subject } from './reports.ts';
import { tenantNames } from './whyCantIConnect.ts';

interface Surroundings {
  readonly whose: Whose;
  readonly app: () => App;
  /** Where the page's script and style are. */
  readonly folder: vscode.Uri;
  readonly found: (subject: Subject) => Promise<void>;
  readonly closed: () => void;
}

/** What keeps a report from being made again. */
type Obstacle =
  | { readonly what: 'otherCloud' | 'accountGone' | 'notListed' }
  | { readonly what: 'failure'; readonly failure: Failure };

/** The panel of a report after a reload of the window: what it had found is gone, and whose it was is known. */
export class ReloadedView implements ReloadedReport {
  readonly whose: Whose;
  readonly #app: () => App;
  readonly #panel: vscode.WebviewPanel;
  readonly #found: (subject: Subject) => Promise<void>;
  readonly #listeners: readonly vscode.Disposable[];
  #looking: AbortController | undefined;
  #obstacle: Obstacle | undefined;
  #isOver = false;

  constructor(panel: vscode.WebviewPanel, { whose, app, folder, found, closed }: Surroundings) {
    this.whose = whose;
    this.#app = app;
    this.#panel = panel;
    this.#found = found;
    panel.webview.options = { enableScripts: true, localResourceRoots: [folder] };
    panel.webview.html = pageHtml(panel.webview, folder, 'doctor');
    panel.title = titleOf(entitled(whose));
    this.#listeners = [
      panel.webview.onDidReceiveMessage((said: unknown) => {
        const message = messageFrom(said);
        if (message !== undefined) void this.hear(message);
      }),
      panel.onDidDispose(() => {
        this.#end();
        closed();
      }),
    ];
  }

  get view(): View {
    const isLooking = this.#looking !== undefined;
    const { account, other } = this.whose;
    return {
      state: isLooking ? 'looking' : this.#obstacle === undefined ? 'waiting' : 'unclear',
      title: titleOf(entitled(this.whose)),
      about:
        other === null
          ? account.label
          : [other.name, vscode.l10n.t('seen as {0}', account.label)].join(' · '),
      ...this.#words(isLooking),
      others: [],
      done: 0,
      all: 0,
      progress: '',
      notice: undefined,
      buttons:
        !isLooking && this.#obstacle?.what === 'accountGone'
          ? [{ id: 'signIn', label: vscode.l10n.t('Sign In') }]
          : [],
      checks: [],
    };
  }

  async hear(message: FromView): Promise<void> {
    switch (message.kind) {
      case 'ready':
        this.#say({ kind: 'begin', words: pageWords(), whose: this.whose });
        this.#show();
        return;
      case 'stop':
        this.#looking?.abort();
        this.#looking = undefined;
        this.#show();
        return;
      case 'again':
        return this.#look();
      case 'press':
        if (this.view.buttons.every(({ id }) => id !== message.button)) return;
        await vscode.commands.executeCommand('cosmosEntra.signIn');
        return this.#look();
      case 'copy':
        // There is nothing yet.
        return;
    }
  }

  /** Its panel, for the report that takes its place. */
  handOver(): vscode.WebviewPanel {
    this.#end();
    return this.#panel;
  }

  reveal(): void {
    this.#panel.reveal();
  }

  dispose(): void {
    this.#panel.dispose();
  }

  #end(): void {
    this.#isOver = true;
    this.#looking?.abort();
    for (const listener of this.#listeners) listener.dispose();
  }

  /** Looks for the cluster as its account sees it; nobody is asked to sign in. */
  async #look(): Promise<void> {
    this.#looking?.abort();
    const looking = new AbortController();
    this.#looking = looking;
    this.#show();
    const seen = await this.#see().catch((error: unknown): Obstacle => {
      this.#app().log.error(error);
      return { what: 'failure', failure: Failure.from(error) };
    });
    if (looking.signal.aborted) return;
    this.#looking = undefined;
    if ('what' in seen) {
      this.#obstacle = seen;
      this.#show();
      return;
    }
    await this.#found({
      ...entitled(this.whose),
      cluster: seen,
      tenants: tenantNames(this.#app()),
      node: { kind: 'cluster', key: seen.key },
    });
  }

  async #see(): Promise<Cluster | Obstacle> {
    const { cloud, account, cluster } = this.whose;
    const azure = this.#app().azure();
    if (azure.cloud.id !== cloud) return { what: 'otherCloud' };
    const accounts = await azure.tokens.accounts();
    if (!accounts.some(({ id }) => id === account.id)) return { what: 'accountGone' };
    return (await clusterByKey(this.#app(), cluster.key)) ?? { what: 'notListed' };
  }

  #words(isLooking: boolean): Pick<View, 'sentence' | 'paragraphs'> {
    const { cluster, account } = this.whose;
    if (isLooking) return { sentence: vscode.l10n.t('Looking into {0}…', cluster.name), paragraphs: [] };
    const obstacle = this.#obstacle;
    switch (obstacle?.what) {
      case undefined:
        return {
          sentence: vscode.l10n.t('The window was reloaded: what this report had found is gone.'),
          paragraphs: [
            vscode.l10n.t(
              'Check Again looks into {0} anew. Until then nothing is asked of anybody.',
              cluster.name,
            ),
          ],
        };
      case 'otherCloud':
        return {
          sentence: vscode.l10n.t('This report is of another cloud than the one that is set now.'),
          paragraphs: [
            vscode.l10n.t('Set that cloud in the settings, then check again; or close the report.'),
          ],
        };
      case 'accountGone':
        return {
          sentence: vscode.l10n.t('{0} is not used here any more.', account.label),
          paragraphs: [
            vscode.l10n.t(
              '{0} is looked into as that account sees it. Sign in with it, then check again.',
              cluster.name,
            ),
          ],
        };
      case 'notListed':
        return {
          sentence: vscode.l10n.t('{0} is not listed any more.', cluster.name),
          paragraphs: [
            vscode.l10n.t(
              'Refresh the clusters, then check again. The Clusters view says what could not be listed.',
            ),
          ],
        };
      case 'failure':
        return { sentence: messageOf(obstacle.failure).long, paragraphs: [] };
    }
  }

  #show(): void {
    this.#say({ kind: 'show', view: this.view });
  }

  #say(message: ToView): void {
    if (!this.#isOver) void this.#panel.webview.postMessage(message);
  }
}

function entitled(whose: Whose): Pick<Subject, 'other' | 'name'> & { readonly cluster: Whose['cluster'] } {
  const { cluster, other } = whose;
  if (other === null) return { cluster, other: undefined, name: '' };
  const { objectId, type, tenant, name } = other;
  return { cluster, other: { objectId, type, tenant: tenant ?? undefined }, name };
}

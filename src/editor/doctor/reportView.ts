import * as vscode from 'vscode';
import { pause } from '../../core/azure/pause.ts';
import { diagnosisOf } from '../../core/doctor/causes.ts';
import type { Found } from '../../core/doctor/causes.ts';
import { checkIds } from '../../core/doctor/report.ts';
import type { CheckId, Report } from '../../core/doctor/report.ts';
import { Examination } from '../../core/doctor/examination.ts';
import { wantedToLook } from '../../core/doctor/wanted.ts';
import { Failure } from '../../core/failure.ts';
import type { Cloud } from '../../core/identity/clouds.ts';
import { messageFrom } from '../../webview/doctorProtocol.ts';
import type { FromView, ToView, View, Whose } from '../../webview/doctorProtocol.ts';
import { inItsCloud } from '../app.ts';
import type { App } from '../app.ts';
import { askForAccess } from '../asking/askForAccess.ts';
import { pageHtml } from '../page.ts';
import { explanationOfFailure } from '../explanationText.ts';
import { messageOf } from '../messages.ts';
import { actOf, mend } from './fixes.ts';
import type { Became } from './fixes.ts';
import { instrumentsOf } from './instruments.ts';
import { pageWords, titleOf, viewOf } from './reportPage.ts';
import type { OpenReport, Subject } from './reports.ts';
import { reportText } from './reportText.ts';

interface Surroundings {
  readonly subject: Subject;
  readonly app: App;
  /** Where the page's script and style are. */
  readonly folder: vscode.Uri;
  readonly version: string;
  /** The page is there, and knows whose it is: what it shows is shown to it anew. */
  readonly isThere: boolean;
  readonly closed: () => void;
}

/** Changes are shown together that come closer than this, in milliseconds. */
const apart = 60;
/** So often, and so long after each other, it is looked again after a fix: it takes Azure a moment to hold. */
const tries = 8;
const settling = 2500;

/** The buttons that start something with the cluster as it is listed. */
const isOfList: ReadonlySet<string> = new Set([
  'openSession',
  'openDocuments',
  'addThem',
  'addMyIp',
  'modes',
  'access',
  'portal',
  'ask',
]);

/** One report in a panel. What is looked at ends with it. */
export class ReportView implements OpenReport {
  readonly subject: Subject;
  readonly #app: App;
  readonly #panel: vscode.WebviewPanel;
  readonly #version: string;
  readonly #examination: Examination;
  #notice: View['notice'];
  #waiting: NodeJS.Timeout | undefined;
  /** What is waited for after a fix. */
  #settling: AbortController | undefined;
  #isClosed = false;

  constructor(panel: vscode.WebviewPanel, surroundings: Surroundings) {
    const { subject, app, folder, version, isThere, closed } = surroundings;
    this.subject = subject;
    this.#app = inItsCloud(app);
    this.#panel = panel;
    this.#version = version;
    this.#examination = new Examination(subject, instrumentsOf(app), () => this.#showSoon());
    if (!isThere) {
      panel.webview.options = { enableScripts: true, localResourceRoots: [folder] };
      panel.webview.html = pageHtml(panel.webview, folder, 'doctor');
    }
    panel.title = titleOf(subject);
    panel.webview.onDidReceiveMessage((said: unknown) => {
      const message = messageFrom(said);
      if (message !== undefined) void this.hear(message);
    });
    panel.onDidDispose(() => {
      this.#isClosed = true;
      clearTimeout(this.#waiting);
      this.#stop();
      closed();
    });
  }

  get report(): Report {
    return this.#examination.report;
  }

  get view(): View {
    const view = viewOf(this.report, this.subject, this.#notice);
    // While it is waited for Azure nothing is over.
    return this.#settling === undefined ? view : { ...view, state: 'looking' };
  }

  get markdown(): string {
    return reportText(this.report, this.subject, { version: this.#version });
  }

  reveal(): void {
    this.#panel.reveal();
  }

  dispose(): void {
    this.#panel.dispose();
  }

  async hear(message: FromView): Promise<void> {
    await this.#orTold(() => this.#do(message));
  }

  /** What fails here is said on the page, or aloud where that was closed meanwhile. */
  async #orTold(act: () => Promise<void>): Promise<void> {
    try {
      await act();
    } catch (error) {
      const failure = Failure.from(error);
      if (failure.code === 'cancelled') return;
      this.#app.log.error(failure);
      const text = messageOf(failure).long;
      if (this.#isClosed) await this.#app.prompts.tell('error', text, []);
      else this.#tell({ text, isError: true });
    }
  }

  async #do(message: FromView): Promise<void> {
    switch (message.kind) {
      case 'ready':
        this.#say({
          kind: 'begin',
          words: pageWords(),
          whose: whoseOf(this.subject, this.#app.azure().cloud),
        });
        this.#show();
        return;
      case 'stop':
        this.#stop();
        return;
      case 'again':
        await this.#look();
        return;
      case 'copy':
        await vscode.env.clipboard.writeText(this.markdown);
        this.#tell({ text: vscode.l10n.t('The report is copied, without secrets.'), isError: false });
        return;
      case 'press':
        await this.#press(message.check, message.button);
    }
  }

  async #look(from?: CheckId): Promise<void> {
    this.#stop();
    this.#notice = undefined;
    await this.#examination.run(from);
  }

  #stop(): void {
    this.#settling?.abort();
    this.#settling = undefined;
    this.#examination.stop();
    this.#showSoon();
  }

  /** Only what the page offers now is done. */
  async #press(check: string, button: string): Promise<void> {
    const { view } = this;
    const offered = check === '' ? view : view.checks.find(({ id }) => id === check);
    if (offered?.buttons.every(({ id }) => id !== button) !== false) return;
    const { node, cluster } = this.subject;
    // What a button starts goes by the list, and does nothing for a cluster that is none of it.
    if (isOfList.has(button) && node.kind === 'cluster' && this.#app.tree.cluster(node.key) === undefined) {
      const text = vscode.l10n.t(
        '{0} is not listed any more: nothing was done. Refresh the clusters; if it is gone, there is nothing left to mend.',
        cluster.name,
      );
      return this.#tell({ text, isError: true });
    }
    if (button === 'openSession' || button === 'openDocuments') {
      await vscode.commands.executeCommand(`cosmosEntra.${button}`, node);
      return;
    }
    const id = checkIds.find((one) => one === check);
    if (button === 'from') return this.#look(id);
    const result = id === undefined ? undefined : this.report.results.get(id);
    if (button === 'ask' && (result?.state === 'unknown' || view.state === 'unclear')) {
      const looks = [...this.report.results].filter(([one]) => id === undefined || one === id);
      const [wanted] = looks.flatMap(([one, look]) => wantedToLook(one, look, this.subject) ?? []);
      if (wanted !== undefined) await askForAccess(this.#app, node, wanted);
      return;
    }
    if (result?.state === 'unknown') {
      if (result.why.what === 'failure')
        await this.#app.explanations.show(explanationOfFailure(new Failure(result.why.failure), node));
      return;
    }
    const found =
      id === undefined
        ? diagnosisOf(this.report).causes[0]
        : result !== undefined && 'cause' in result
          ? { check: id, cause: result.cause }
          : undefined;
    const act = actOf(button);
    if (found === undefined || act === undefined) return;
    const mended = (became: Became): void => {
      void this.#orTold(() => this.#mended(found, became));
    };
    await mend(this.#app, act, found, this.subject, mended);
  }

  /** Looks again from the check that failed; a change takes Azure a moment to hold, in which it fails as before. */
  async #mended({ check, cause }: Found, became: Became): Promise<void> {
    if (this.#isClosed) return;
    await this.#look(check);
    if (became === 'done') return;
    for (let left = tries; left > 0; left--) {
      const result = this.report.results.get(check);
      const isSame = result?.state === 'fail' && result.cause.what === cause.what;
      if (!isSame || this.report.state !== 'done' || this.#isClosed) return;
      const stop = new AbortController();
      this.#settling = stop;
      this.#tell({
        text: vscode.l10n.t(
          'It is changed. Until that holds everywhere it may take a moment: looking again…',
        ),
        isError: false,
      });
      await pause(settling, stop.signal);
      this.#settling = undefined;
      await this.#look(check);
    }
  }

  #tell(notice: View['notice']): void {
    this.#notice = notice;
    this.#show();
  }

  #showSoon(): void {
    if (this.#isClosed) return;
    this.#waiting ??= setTimeout(() => this.#show(), apart);
  }

  #show(): void {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    this.#say({ kind: 'show', view: this.view });
  }

  #say(message: ToView): void {
    if (!this.#isClosed) void this.#panel.webview.postMessage(message);
  }
}

function whoseOf({ cluster, other, name }: Subject, { id }: Cloud): Whose {
  const { key, caller } = cluster;
  return {
    cloud: id,
    account: { id: caller.account.id, label: caller.account.label },
    cluster: { key, name: cluster.name },
    other:
      other === undefined
        ? null
        : { objectId: other.objectId, type: other.type, tenant: other.tenant ?? null, name },
  };
}

import * as vscode from 'vscode';
import { bindingIn } from '../../core/playground/header.ts';
import type { Target } from '../../core/playground/run.ts';
import type { Runner } from '../../core/playground/runner.ts';
import { statementsOf } from '../../core/playground/language/statements.ts';
import type { Store } from '../../core/clusters/discovery.ts';
import { isPlayground, isTooLongToMark, plain, playgroundFiles, playgroundHere } from './files.ts';
import { isProtected } from './protectedClusters.ts';
import { tell } from '../status.ts';

/** The playgrounds that something is said about. */
interface Marked {
  readonly onDidChange: vscode.Event<void>;
  readonly all: readonly {
    readonly document: vscode.TextDocument;
    readonly runner: Pick<Runner, 'isRunning'>;
  }[];
  known(
    document: vscode.TextDocument,
  ): { readonly runner: Pick<Runner, 'isRunning' | 'isAlive'> } | undefined;
  targetOf(document: vscode.TextDocument): Target | undefined;
}

/** What is said about a playground in its editor and in the status bar, for as long as there are playgrounds. */
export function markPlaygrounds(playgrounds: Marked, store: Store): vscode.Disposable {
  const status = vscode.window.createStatusBarItem(
    'cosmosEntra.playground',
    vscode.StatusBarAlignment.Left,
    50,
  );
  status.name = vscode.l10n.t('Cosmos Entra Playground');
  status.command = 'cosmosEntra.choosePlaygroundTarget';
  let told = '';
  const tellRunning = (): void => {
    const running = playgrounds.all.filter(({ runner }) => runner.isRunning);
    const paths = running.map(({ document }) => document.uri.path);
    if (paths.join('\n') === told) return;
    told = paths.join('\n');
    tell('runningPlaygrounds', paths);
  };
  const show = (): void => {
    tellRunning();
    const document = playgroundHere();
    if (document === undefined) {
      status.hide();
      return;
    }
    const isRunning = playgrounds.known(document)?.runner.isRunning === true;
    const [icon, text] = [isRunning ? '$(loading~spin)' : '$(plug)', whereText(playgrounds, store, document)];
    status.text = `${icon} ${text}`;
    status.tooltip = vscode.l10n.t(
      'Where this playground runs, and as whom. Select to choose another place.',
    );
    status.accessibilityInformation = { label: vscode.l10n.t('Playground: {0}', text) };
    status.show();
  };
  show();
  return vscode.Disposable.from(
    status,
    playgrounds.onDidChange(show),
    vscode.window.onDidChangeActiveTextEditor(show),
    vscode.window.onDidChangeVisibleTextEditors(show),
    vscode.workspace.onDidChangeTextDocument(show),
    vscode.languages.registerCodeLensProvider(playgroundFiles, {
      onDidChangeCodeLenses: playgrounds.onDidChange,
      provideCodeLenses: (document) => lensesOf(playgrounds, store, document),
    }),
  );
}

function lensesOf(playgrounds: Marked, store: Store, document: vscode.TextDocument): vscode.CodeLens[] {
  if (!isPlayground(document)) return [];
  const { uri } = document;
  const top = new vscode.Range(0, 0, 0, 0);
  const lens = (range: vscode.Range, title: string, command: string, ...given: unknown[]): vscode.CodeLens =>
    new vscode.CodeLens(range, { title, command: `cosmosEntra.${command}`, arguments: [uri, ...given] });
  const runner = playgrounds.known(document)?.runner;
  const choose = lens(top, whereText(playgrounds, store, document), 'choosePlaygroundTarget');
  if (runner?.isRunning === true)
    return [lens(top, `$(debug-stop) ${vscode.l10n.t('Stop')}`, 'stopPlayground'), choose];
  const isLong = isTooLongToMark(document);
  const { statements } = isLong ? { statements: [] } : statementsOf(document.getText());
  return [
    ...(statements.length === 0 && !isLong
      ? []
      : [lens(top, `$(run-all) ${vscode.l10n.t('Run All')}`, 'runPlayground')]),
    // Before what is long: all of them can be pressed in a narrow editor.
    ...(runner?.isAlive === true ? [lens(top, vscode.l10n.t('Reset Variables'), 'resetPlayground')] : []),
    choose,
    ...(isLong ? [longLens(uri, top)] : []),
    ...statements.map(({ line, from }) =>
      lens(new vscode.Range(line, 0, line, 0), `$(play) ${vscode.l10n.t('Run')}`, 'runStatement', from),
    ),
  ];
}

/** In place of one at each statement. */
function longLens(uri: vscode.Uri, top: vscode.Range): vscode.CodeLens {
  return new vscode.CodeLens(top, {
    title: vscode.l10n.t('Too long to mark each statement: run the one at the cursor'),
    tooltip: vscode.l10n.t(
      'Statements, and what is wrong with them, are not marked in a text as long as this. When you run it, what is wrong is said before anything is run.',
    ),
    command: 'cosmosEntra.runStatement',
    arguments: [uri],
  });
}

function whereText(playgrounds: Marked, store: Store, document: vscode.TextDocument): string {
  const binding = bindingIn(document.lineAt(0).text);
  if (binding === undefined) return vscode.l10n.t('Choose where this runs…');
  const target = playgrounds.targetOf(document);
  const account = target?.cluster.caller.account.label ?? binding.account;
  const place = plain(vscode.l10n.t('{0} / {1} as {2}', binding.cluster, binding.database, account));
  return target !== undefined && isProtected(store, target.cluster)
    ? vscode.l10n.t('{0} · protected', place)
    : place;
}

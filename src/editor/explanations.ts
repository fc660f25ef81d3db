import * as vscode from 'vscode';
import type { Help } from '../core/doctor/outlook.ts';
import type { PastedRefusal } from '../core/doctor/wantedToken.ts';
import type { Node } from './node.ts';

/** An explanation as people read it, and what can be done about it from the line that says so. */
export interface Explanation {
  /** What its tab is called. */
  readonly name: 'Explained Error';
  readonly text: string;
  readonly acts: readonly Act[];
  /** The row that it is about, if it came from one. */
  readonly node: Node | undefined;
}

export interface Act {
  readonly line: number;
  readonly help: Help;
  /** What it acts on in place of a row. */
  readonly on?: PastedRefusal | undefined;
}

export interface Explanations extends vscode.Disposable {
  show(explanation: Explanation): Promise<void>;
}

/** A read-only editor for the last explanation of each name. They are in memory only, under addresses that say nothing. */
export function explanationDocuments(): Explanations {
  const scheme = 'cosmos-entra-explanation';
  const changes = new vscode.EventEmitter<vscode.Uri>();
  const lensChanges = new vscode.EventEmitter<void>();
  const shown = new Map<string, Explanation>();
  const parts = vscode.Disposable.from(
    changes,
    lensChanges,
    vscode.workspace.registerTextDocumentContentProvider(scheme, {
      onDidChange: changes.event,
      provideTextDocumentContent: ({ path }) => shown.get(path)?.text ?? '',
    }),
    vscode.languages.registerCodeLensProvider(
      { scheme },
      {
        onDidChangeCodeLenses: lensChanges.event,
        provideCodeLenses({ uri }) {
          const explanation = shown.get(uri.path);
          return explanation === undefined ? [] : lensesOf(explanation);
        },
      },
    ),
    vscode.workspace.onDidCloseTextDocument(({ uri }) => {
      if (uri.scheme === scheme) shown.delete(uri.path);
    }),
  );
  return {
    async show(explanation) {
      const uri = vscode.Uri.from({ scheme, path: `/${explanation.name}.md` });
      shown.set(uri.path, explanation);
      changes.fire(uri);
      lensChanges.fire();
      await vscode.window.showTextDocument(uri, { preview: true });
    },
    dispose: () => parts.dispose(),
  };
}

function lensesOf({ acts, node }: Explanation): vscode.CodeLens[] {
  return acts.map(({ line, help, on = node }) => {
    const { title, command } = helpWords(help);
    return new vscode.CodeLens(new vscode.Range(line, 0, line, 0), {
      title,
      command: `cosmosEntra.${command}`,
      arguments: on === undefined ? [] : [on],
    });
  });
}

/** The command that helps, by the name that it has in the palette too. */
export function helpWords(help: Help): { readonly title: string; readonly command: string } {
  switch (help) {
    case 'signIn':
      return { title: vscode.l10n.t('Sign In to Tenant…'), command: 'signInToTenant' };
    case 'addMe':
      return { title: vscode.l10n.t('Add Me…'), command: 'addMe' };
    case 'addMyIp':
      return { title: vscode.l10n.t('Add My IP to the Firewall…'), command: 'addMyIp' };
    case 'modes':
      return { title: vscode.l10n.t('Change Authentication Modes…'), command: 'changeAuthModes' };
    case 'portal':
      return { title: vscode.l10n.t('Open in Portal'), command: 'openInPortal' };
    case 'ask':
      return { title: vscode.l10n.t('Ask for Access…'), command: 'askForAccess' };
    case 'settings':
      return { title: vscode.l10n.t('Open Settings'), command: 'openSettings' };
  }
}

import * as vscode from 'vscode';
import type { SyntaxProblem } from '../../core/playground/language/statements.ts';
import { isTooLongToMark } from './files.ts';

/** How long a person pauses before their text is looked at. */
const typingPause = 300;

/**
 * Marks what is no JavaScript in documents that are open. VS Code has a checker of its own for that, which may be
 * off, absent or of another opinion: where it marks a place, there is one mark.
 */
export function markSyntax(selector: vscode.DocumentSelector): vscode.Disposable {
  const marks = vscode.languages.createDiagnosticCollection('cosmosEntra.playground');
  const found = new Map<string, vscode.Diagnostic>();
  const timers = new Map<string, NodeJS.Timeout>();
  let isOver = false;

  const show = (uri: vscode.Uri): void => {
    const own = found.get(uri.toString());
    const isShown = marks.has(uri);
    if (own === undefined || isMarked(uri, own)) {
      if (isShown) marks.delete(uri);
    } else if (!isShown || marks.get(uri)?.[0] !== own) marks.set(uri, [own]);
  };
  const look = async (document: vscode.TextDocument): Promise<void> => {
    const { statementsOf } = await import('../../core/playground/language/statements.ts');
    if (isOver || document.isClosed) return;
    const { problem } = isTooLongToMark(document) ? { problem: undefined } : statementsOf(document.getText());
    const key = document.uri.toString();
    if (problem === undefined) found.delete(key);
    else found.set(key, markOf(document, problem));
    show(document.uri);
  };
  const later = (document: vscode.TextDocument): void => {
    if (document.uri.scheme === 'git' || vscode.languages.match(selector, document) === 0) return;
    const key = document.uri.toString();
    clearTimeout(timers.get(key));
    timers.set(
      key,
      setTimeout(() => {
        timers.delete(key);
        void look(document);
      }, typingPause),
    );
  };
  const forget = ({ uri }: vscode.TextDocument): void => {
    const key = uri.toString();
    clearTimeout(timers.get(key));
    timers.delete(key);
    found.delete(key);
    marks.delete(uri);
  };

  for (const document of vscode.workspace.textDocuments) later(document);
  return vscode.Disposable.from(
    marks,
    vscode.workspace.onDidOpenTextDocument(later),
    vscode.workspace.onDidChangeTextDocument(({ document }) => later(document)),
    vscode.workspace.onDidCloseTextDocument(forget),
    vscode.languages.onDidChangeDiagnostics(({ uris }) => {
      for (const uri of uris) if (found.has(uri.toString())) show(uri);
    }),
    {
      dispose: () => {
        isOver = true;
        for (const timer of timers.values()) clearTimeout(timer);
      },
    },
  );
}

const source = 'Cosmos Entra';

/** Somebody else has found it: an error of grammar anywhere, or any error on the same line. */
function isMarked(uri: vscode.Uri, { range }: vscode.Diagnostic): boolean {
  return vscode.languages
    .getDiagnostics(uri)
    .some(
      (one) =>
        one.source !== source &&
        one.severity === vscode.DiagnosticSeverity.Error &&
        (isGrammar(one) || one.range.start.line === range.start.line),
    );
}

/** TypeScript, which checks JavaScript too, numbers its errors of grammar so. */
function isGrammar({ source: whose, code }: vscode.Diagnostic): boolean {
  return (whose === 'ts' || whose === 'js') && typeof code === 'number' && code >= 1000 && code < 2000;
}

function markOf(document: vscode.TextDocument, problem: SyntaxProblem): vscode.Diagnostic {
  const range = new vscode.Range(document.positionAt(problem.from), document.positionAt(problem.to));
  const mark = new vscode.Diagnostic(range, syntaxWords(problem), vscode.DiagnosticSeverity.Error);
  mark.source = source;
  return mark;
}

/** What is wrong with a script. */
export function syntaxWords({ code, what }: Pick<SyntaxProblem, 'code' | 'what'>): string {
  switch (code) {
    case 'unexpected':
      return vscode.l10n.t('{0} cannot stand here.', what);
    case 'unexpectedEnd':
      return vscode.l10n.t('Something is missing here: a bracket may not be closed.');
    case 'openString':
      return vscode.l10n.t('This string is not closed.');
    case 'openTemplate':
      return vscode.l10n.t('This template is not closed.');
    case 'openPattern':
      return vscode.l10n.t('This regular expression is not closed.');
    case 'openComment':
      return vscode.l10n.t('This comment is not closed.');
    case 'badPattern':
      return vscode.l10n.t('This is no regular expression.');
    case 'badNumber':
      return vscode.l10n.t('This is not how a number is written.');
    case 'badEscape':
      return vscode.l10n.t('There is no such escape sequence.');
    case 'nameTaken':
      return vscode.l10n.t('{0} is declared twice.', what);
    case 'returnOutside':
      return vscode.l10n.t('There is no function here to return from.');
    case 'awaitOutside':
      return vscode.l10n.t('A playground waits by itself: leave out await.');
    case 'notAssignable':
      return vscode.l10n.t('Nothing can be assigned to this.');
    case 'other':
      return vscode.l10n.t('This is not JavaScript that can be run.');
  }
}

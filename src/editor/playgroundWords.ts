import * as vscode from 'vscode';
import type { SyntaxProblem } from '../core/playground/statements.ts';

/** What is wrong with the text of a playground. */
export function syntaxWords({ code, what }: SyntaxProblem): string {
  switch (code) {
    case 'unexpected':
      return vscode.l10n.t('{0} is not expected here.', what);
    case 'unexpectedEnd':
      return vscode.l10n.t('The text ends too early: a bracket or a quote is not closed.');
    case 'openString':
      return vscode.l10n.t('This text is not closed.');
    case 'openTemplate':
      return vscode.l10n.t('This template is not closed.');
    case 'openPattern':
      return vscode.l10n.t('This regular expression is not closed.');
    case 'openComment':
      return vscode.l10n.t('This comment is not closed.');
    case 'badPattern':
      return vscode.l10n.t('This is no regular expression.');
    case 'badNumber':
      return vscode.l10n.t('This is no number.');
    case 'badEscape':
      return vscode.l10n.t('There is no such escape in a text.');
    case 'nameTaken':
      return vscode.l10n.t('{0} is declared already.', what);
    case 'returnOutside':
      return vscode.l10n.t('There is no function here to return from.');
    case 'notAssignable':
      return vscode.l10n.t('Nothing can be assigned to this.');
    case 'other':
      return vscode.l10n.t('This is no JavaScript: {0}', what);
  }
}

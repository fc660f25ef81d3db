import * as vscode from 'vscode';

export interface Choice<T> extends vscode.QuickPickItem {
  readonly value: T;
}

/** All that ever asks a person something, so that a test can answer. */
export interface Prompts {
  pick<T>(choices: readonly Choice<T>[], question: string): Promise<T | undefined>;
  pickMany<T>(choices: readonly Choice<T>[], question: string): Promise<readonly T[] | undefined>;
  /** Tells, and returns the button that was pressed. */
  tell(
    severity: 'information' | 'error',
    text: string,
    buttons: readonly string[],
  ): Promise<string | undefined>;
}

export const editorPrompts: Prompts = {
  async pick(choices, question) {
    const options = { placeHolder: question, matchOnDescription: true, matchOnDetail: true };
    return (await vscode.window.showQuickPick(choices, options))?.value;
  },

  async pickMany(choices, question) {
    const options = { placeHolder: question, matchOnDescription: true, canPickMany: true as const };
    return (await vscode.window.showQuickPick(choices, options))?.map(({ value }) => value);
  },

  async tell(severity, text, buttons) {
    return severity === 'error'
      ? vscode.window.showErrorMessage(text, ...buttons)
      : vscode.window.showInformationMessage(text, ...buttons);
  },
};

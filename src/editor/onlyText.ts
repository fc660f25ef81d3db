import * as vscode from 'vscode';

/**
 * Gives a document that has just been made this text and no other. Of one without a file VS Code keeps a copy
 * while it is open; a new one whose name is the same begins with that copy if it is not gone yet.
 */
export async function onlyText(editor: vscode.TextEditor, text: string): Promise<void> {
  const { document } = editor;
  if (document.getText() === text) return;
  const whole = new vscode.Range(0, 0, document.lineCount, 0);
  await editor.edit((edit) => edit.replace(document.validateRange(whole), text));
}

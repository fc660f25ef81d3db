import * as vscode from 'vscode';
import type { App } from '../app.ts';
import type { Node } from '../node.ts';

/** A message for somebody else, in the clipboard and on the screen. Nothing is changed, and nobody is told. */
export async function handOver(
  { explanations, prompts }: App,
  text: string,
  { told, node }: { readonly told: string; readonly node: Node | undefined },
): Promise<void> {
  await vscode.env.clipboard.writeText(text);
  await explanations.show({ name: 'Access Request', text, acts: [], node });
  await prompts.tell('information', told, []);
}

import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Node } from '../../src/editor/rows.ts';
import type { Staged } from './extension.ts';

async function staged(): Promise<Staged> {
  const extension = vscode.extensions.getExtension<Staged>('cosmos-entra.cosmos-entra');
  assert.ok(extension !== undefined);
  return extension.activate();
}

describe('probe', () => {
  it('prints the tree', async () => {
    const { app, stage } = await staged();
    stage.people.push('kai@contoso.com');
    await vscode.commands.executeCommand('cosmosEntra.refresh');
    const lines: string[] = [];
    const walk = async (node: Node | undefined, depth: number): Promise<void> => {
      for (const child of await app.tree.getChildren(node)) {
        const item = app.tree.getTreeItem(child);
        lines.push(`${'  '.repeat(depth)}${String(item.label)} | ${String(item.description ?? '')}`);
        if (item.collapsibleState !== vscode.TreeItemCollapsibleState.None) await walk(child, depth + 1);
      }
    };
    await walk(undefined, 0);
    console.log(lines.join('\n'));
    console.log(stage.heard.join('\n'));
  });
});

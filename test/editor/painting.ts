import * as vscode from 'vscode';
import type { TreeNode } from '../../src/editor/node.ts';
import type { ClusterTree } from '../../src/editor/tree.ts';

/** One row as VS Code gets it. */
export interface Row {
  readonly node: TreeNode;
  readonly item: vscode.TreeItem;
  readonly depth: number;
  readonly label: string;
  readonly description: string;
  readonly icon: string;
  readonly tooltip: string;
  readonly tags: readonly string[];
}

/** The tree from the top, or below a row: what is expanded by itself, and what `open` wants to see inside of. */
export async function paint(
  tree: ClusterTree,
  open: (row: Row) => boolean = () => false,
  below?: Row,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const depth = below === undefined ? 0 : below.depth + 1;
  for (const node of await tree.getChildren(below?.node)) {
    const row = rowOf(tree, node, depth);
    rows.push(row);
    const { collapsibleState } = row.item;
    if (
      collapsibleState === vscode.TreeItemCollapsibleState.Expanded ||
      (collapsibleState === vscode.TreeItemCollapsibleState.Collapsed && open(row))
    )
      rows.push(...(await paint(tree, open, row)));
  }
  return rows;
}

export function rowOf(tree: ClusterTree, node: TreeNode, depth = 0): Row {
  const item = tree.getTreeItem(node);
  const { label, description, iconPath, tooltip, contextValue } = item;
  return {
    node,
    item,
    depth,
    label: typeof label === 'string' ? label : (label?.label ?? ''),
    description: typeof description === 'string' ? description : '',
    icon: iconPath instanceof vscode.ThemeIcon ? iconPath.id : '',
    tooltip: typeof tooltip === 'string' ? tooltip : (tooltip?.value ?? ''),
    tags: contextValue?.split(' ') ?? [],
  };
}

/** Rows as a person could read them out: twistie, icon, label, description, tags, what Enter does. */
export function transcript(rows: readonly Row[]): string {
  const top = rows[0]?.depth ?? 0;
  return rows.map((row) => `${'  '.repeat(row.depth - top)}${lineOf(row)}\n`).join('');
}

const twisties = {
  [vscode.TreeItemCollapsibleState.None]: ' ',
  [vscode.TreeItemCollapsibleState.Collapsed]: '>',
  [vscode.TreeItemCollapsibleState.Expanded]: 'v',
} as const;

function lineOf({ item, icon, label, description, tags }: Row): string {
  const { collapsibleState = vscode.TreeItemCollapsibleState.None, command } = item;
  return [
    twisties[collapsibleState],
    ...(icon === '' ? [] : [`(${icon})`]),
    label,
    ...(description === '' ? [] : [`— ${description}`]),
    `[${tags.join(' ')}]`,
    ...(command === undefined ? [] : [`Enter: ${command.command}`]),
  ].join(' ');
}

import type * as vscode from 'vscode';
import type { Store } from '../core/clusters/discovery.ts';
import type { AuditLog } from './auditLog.ts';
import type { Azure } from './azure.ts';
import type { Collections } from './collections.ts';
import type { resourceDocuments } from './documents.ts';
import type { Log } from './log.ts';
import type { Prompts } from './prompts.ts';
import type { Node } from './node.ts';
import type { ClusterTree } from './tree.ts';

/** Everything a command may touch. */
export interface App {
  readonly prompts: Prompts;
  readonly log: Log;
  readonly audit: AuditLog;
  readonly store: Store;
  readonly tree: ClusterTree;
  readonly view: vscode.TreeView<Node>;
  readonly documents: ReturnType<typeof resourceDocuments>;
  readonly collections: Collections;
  /** The Azure that the settings name now; throws when they make no sense. */
  readonly azure: () => Azure;
  /** Tells menus and the view how things stand now. */
  readonly showState: () => void;
}

import type * as vscode from 'vscode';
import type { Store } from '../core/clusters/discovery.ts';
import type { Unfinished } from '../core/playground/export/unfinished.ts';
import type { History } from '../core/playground/history.ts';
import type { Account } from '../core/identity/tokens.ts';
import type { AuditLog } from './audit/auditLog.ts';
import type { Azure } from './azure.ts';
import type { DocumentViews } from './documents/documentViews.ts';
import type { resourceDocuments } from './resourceDocuments.ts';
import type { Reports } from './doctor/reports.ts';
import type { Explanations } from './explanations.ts';
import type { FindingsView } from './findings/findingsView.ts';
import type { Log } from './log.ts';
import type { Playgrounds } from './playground/playgrounds.ts';
import type { Prompts } from './prompts.ts';
import type { TreeNode } from './node.ts';
import type { SessionsView } from './sessions/sessionsView.ts';
import type { Shells } from './sessions/shells.ts';
import type { ClusterTree } from './tree.ts';

/** Everything a command may touch. */
export interface App {
  readonly prompts: Prompts;
  readonly log: Log;
  readonly audit: AuditLog;
  readonly store: Store;
  readonly tree: ClusterTree;
  readonly view: vscode.TreeView<TreeNode>;
  readonly sessions: SessionsView;
  readonly findings: FindingsView;
  /** The sign-ins that somebody is being offered, by what they are for. */
  readonly signInsOffered: Map<string, Promise<boolean>>;
  readonly documents: ReturnType<typeof resourceDocuments>;
  readonly explanations: Explanations;
  readonly reports: Reports;
  readonly shells: Shells;
  readonly collections: DocumentViews;
  readonly playgrounds: Playgrounds;
  readonly history: History;
  readonly unfinished: Unfinished;
  /** The Azure that the settings name now; throws when they make no sense. */
  readonly azure: () => Azure;
  /** Tells menus and the view how things stand now. */
  readonly showState: () => void;
  /** Ends what is open of everybody else: sessions, shells, documents. */
  readonly keepOnly: (accounts: readonly Account[]) => Promise<void>;
  /** What has to be done before the window goes: sessions end, the record is written. */
  readonly close: () => Promise<void>;
}

/** What begins in one cloud ends there: the one that is set meanwhile knows nothing of it. */
export function inItsCloud(app: App): App {
  let azure: Azure;
  try {
    azure = app.azure();
  } catch {
    // Whoever needs it says what is wrong with the settings; not everybody does.
    return app;
  }
  return { ...app, azure: () => azure };
}

import type * as vscode from 'vscode';
import type { Patient, Report } from '../../core/doctor/report.ts';
import type { Account } from '../../core/identity/tokens.ts';
import type { FromView, View } from '../../webview/doctorProtocol.ts';
import type { Node } from '../node.ts';

/** Whom a report is about, as the person who asked sees them. */
export interface Subject extends Patient {
  /** The name of somebody else; their object id, where it has none. */
  readonly name: string;
  /** The names of tenants that are known, by their ids in lower case. */
  readonly tenants: ReadonlyMap<string, string>;
  /** The row of the cluster, for the commands that mend it. */
  readonly node: Node;
}

/** A report in its panel, as others see that. */
export interface OpenReport {
  readonly subject: Subject;
  /** What was found, and how its page shows that. */
  readonly report: Report;
  readonly view: View;
  /** The same for a ticket. */
  readonly markdown: string;
  /** What its page says. */
  hear(message: FromView): Promise<void>;
  dispose(): void;
}

/** A report of before the window was loaded again, as others see that. */
export interface ReloadedReport {
  readonly view: View;
  hear(message: FromView): Promise<void>;
  dispose(): void;
}

/** The reports that are open: one for each cluster and person. */
export interface Reports {
  readonly open: readonly OpenReport[];
  /** Those that wait until somebody wants them again. */
  readonly reloaded: readonly ReloadedReport[];
  /** Looks into it, in a panel of its own or in the one that is open. */
  examine(subject: Subject): Promise<void>;
  /** A panel as it was before the window was reloaded: it asks nobody anything until somebody presses its button. */
  revive(panel: vscode.WebviewPanel, kept: unknown): Promise<void>;
  keepOnly(accounts: readonly Account[]): void;
  cloudChanged(): void;
}

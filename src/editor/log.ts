import * as vscode from 'vscode';
import type { Events } from '../core/identity/tokens.ts';

/** What happened at the doors, for people. Neither tokens nor queries nor bodies come this way. */
export interface Log extends Events, vscode.Disposable {
  error(error: unknown): void;
  show(): void;
}

export function openLog(): Log {
  // Made with its first line: a window in which nothing happens has no channel of ours.
  let opened: vscode.LogOutputChannel | undefined;
  const channel = (): vscode.LogOutputChannel =>
    (opened ??= vscode.window.createOutputChannel('Cosmos Entra', { log: true }));
  return {
    tokenAsked({ account, tenant, resource, interactive, outcome }) {
      const how = interactive ? 'asking' : 'silent';
      const line = `token (${how}) ${resource} for ${account} in ${tenant}:`;
      if (outcome === 'ok') channel().info(line, 'ok');
      else if (outcome === 'needsPerson') channel().info(line, 'needs the person');
      else channel().warn(line, JSON.stringify(outcome.data));
    },
    requestSent({ method, host, path, status, milliseconds, correlationId }) {
      const line = `${method} ${host}${path} ${status} in ${Math.round(milliseconds)} ms`;
      channel().info(correlationId === undefined ? line : `${line} (${correlationId})`);
    },
    error: (error) =>
      channel().error(error instanceof Error ? (error.stack ?? error.message) : String(error)),
    show: () => channel().show(),
    dispose: () => opened?.dispose(),
  };
}

import * as vscode from 'vscode';
import type { AuditLine, AuditSink } from '../core/audit/audit.ts';
import { redacted } from '../core/audit/redaction.ts';
import { Failure, withoutSecrets } from '../core/failure.ts';
import type { Events } from '../core/identity/tokens.ts';
import { auditText } from './audit/auditText.ts';

/** What happened, for people. Neither tokens nor queries nor bodies come this way, and every line is scrubbed. */
export interface Log extends Events, vscode.Disposable {
  error(error: unknown): void;
  /** What a process of somebody's wrote to nobody. */
  complaint(text: string): void;
  show(): void;
  /** The audit log, as people read it. */
  readonly audit: AuditSink;
  showAudit(): void;
}

type Level = 'debug' | 'info' | 'warn' | 'error';

export function openLog(): Log {
  const requests = openChannel('Cosmos Entra');
  const audit = openChannel('Cosmos Entra Audit');
  const write = (level: Level, text: string): void => requests.write(level, withoutSecrets(text));
  return {
    tokenAsked({ account, tenant, resource, interactive, outcome }) {
      const how = interactive ? 'asking' : 'silent';
      const line = `token (${how}) ${resource} for ${account} in ${tenant}:`;
      if (outcome === 'ok') write('debug', `${line} ok`);
      else if (outcome === 'needsPerson') write('info', `${line} needs the person`);
      else write('warn', `${line} ${JSON.stringify(redacted(outcome))}`);
    },
    requestSent({ account, tenant, method, host, path, status, milliseconds, correlationId }) {
      const line = `${method} ${host}${path} ${status} in ${Math.round(milliseconds)} ms for ${account} in ${tenant}`;
      write('info', correlationId === undefined ? line : `${line} (${correlationId})`);
    },
    error(error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const data = error instanceof Failure ? `${JSON.stringify(redacted(error))}\n` : '';
      write('error', `${data}${text}`);
    },
    complaint: (text) => write('info', text.trimEnd()),
    show: () => requests.show(),
    audit: {
      // Scrubbed already, field by field: the names in it are known to be names.
      write: (line) => audit.write(levelOf(line), auditText(line)),
      flush: () => Promise.resolve(),
    },
    showAudit: () => audit.show(),
    dispose() {
      requests.dispose();
      audit.dispose();
    },
  };
}

/** Made with its first line: a window in which nothing happens has no channel of ours. */
function openChannel(name: string) {
  let opened: vscode.LogOutputChannel | undefined;
  let isClosed = false;
  const channel = (): vscode.LogOutputChannel =>
    (opened ??= vscode.window.createOutputChannel(name, { log: true }));
  return {
    // What ends after the window throws at nobody.
    write: (level: Level, text: string): void => (isClosed ? undefined : channel()[level](text)),
    show: () => channel().show(),
    dispose() {
      isClosed = true;
      opened?.dispose();
    },
  };
}

function levelOf(line: AuditLine): Level {
  if (line.event === 'guard' || line.event === 'loss') return 'warn';
  const { outcome } = line;
  return outcome === 'failed' || outcome === 'partly' || outcome === 'unknown' ? 'warn' : 'info';
}

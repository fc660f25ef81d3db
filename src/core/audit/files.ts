import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withoutSecrets } from '../failure.ts';
import { openLines, unlessMissing } from '../lines.ts';
import type { AuditLine, AuditSink } from './audit.ts';

/** The audit log for machines: a JSON Lines file for each day, in UTC, that several windows append to. */
export interface AuditFiles extends AuditSink {
  /** The days that there are lines of, as `2026-11-21`, oldest first. */
  days(): Promise<readonly string[]>;
  /** All lines of these days and those between, a day at a time; each piece ends with its line. */
  export(from: string, to: string): AsyncGenerator<string, void, undefined>;
}

export interface AuditFilesOptions {
  /** Made with the first line. */
  readonly folder: string;
  /** How many days are kept before today; 0 keeps all. */
  readonly retentionDays: () => number;
  /** Told once of each time that the disk stops taking lines. */
  readonly trouble: (error: unknown) => void;
}

export function openAuditFiles({ folder, retentionDays, trouble }: AuditFilesOptions): AuditFiles {
  /** Not on the disk yet. */
  const pending: { readonly day: string; readonly text: string }[] = [];
  let lost = 0;
  let failing = false;
  let retired = '';
  let last: Promise<void> = Promise.resolve();

  const keep = (line: AuditLine): void => {
    pending.push({ day: line.time.slice(0, 10), text: JSON.stringify(line) });
  };

  const drain = async (): Promise<void> => {
    let today = '';
    try {
      for (let first = pending[0]; first !== undefined; first = pending[0]) {
        today = first.day;
        await append(today);
      }
      if (today > retired) {
        retired = today;
        await retire(today);
      }
      failing = false;
    } catch (error) {
      // What is pending is tried again with the next line.
      const known = failing;
      failing = true;
      if (!known) trouble(error);
    }
  };

  const append = async (day: string): Promise<void> => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = await openLines(join(folder, `audit-${day}.jsonl`));
    try {
      for (let line = pending[0]; line?.day === day; line = pending[0]) {
        await file.append(line.text);
        pending.shift();
      }
    } finally {
      await file.close();
    }
  };

  const retire = async (today: string): Promise<void> => {
    const kept = retentionDays();
    if (!(kept > 0)) return;
    const oldest = Date.parse(today) - kept * 86_400_000;
    const old = (await days()).filter((day) => Date.parse(day) < oldest);
    await Promise.all(old.map((day) => rm(join(folder, `audit-${day}.jsonl`), { force: true })));
  };

  const days = async (): Promise<readonly string[]> => {
    const names = await readdir(folder).catch(unlessMissing([]));
    return names.flatMap((name) => /^audit-(\d{4}-\d\d-\d\d)\.jsonl$/.exec(name)?.[1] ?? []).sort();
  };

  return {
    write(line) {
      if (pending.length >= mostPending) lost++;
      else {
        if (lost > 0) keep({ time: line.time, event: 'loss', lines: lost });
        lost = 0;
        keep(line);
      }
      last = last.then(drain).catch(() => undefined);
    },
    flush: () => last,
    days,
    async *export(from, to) {
      await last;
      for (const day of await days()) {
        if (day < from || day > to) continue;
        const text = await readFile(join(folder, `audit-${day}.jsonl`), 'utf8').catch(unlessMissing(''));
        const lines = text.split('\n').filter((line) => line !== '');
        if (lines.length > 0) yield `${lines.map(readable).join('\n')}\n`;
      }
    },
  };
}

/** So many lines wait for a disk that takes none. */
const mostPending = 1000;

/** Half a line stays, as a line that whoever reads the others can read. */
function readable(line: string): string {
  try {
    JSON.parse(line);
    return line;
  } catch {
    return JSON.stringify({ event: 'unreadable', text: withoutSecrets(line) });
  }
}

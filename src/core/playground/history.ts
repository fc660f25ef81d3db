import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { withoutSecrets } from '../failure.ts';
import { openLines, unlessMissing } from '../lines.ts';
import type { Outcome, Run } from './run.ts';

/** A statement that was run, without what came of it. */
export interface Past {
  readonly id: string;
  /** When its run began, in ISO 8601. */
  readonly time: string;
  /** Without secrets, and with an end. */
  readonly text: string;
  readonly isCut: boolean;
  readonly state: 'done' | 'failed' | 'stopped';
  /** What the server called its failure. */
  readonly serverCode: number | undefined;
  readonly cluster: string;
  readonly database: string;
  /** As people call it. */
  readonly account: string;
  /** In milliseconds. */
  readonly took: number;
  /** Of documents that had come. */
  readonly count: number | undefined;
}

/** What was run in all windows, on this machine only. */
export interface History {
  /** Whether the user wants what is run to be kept. */
  isOn(): boolean;
  /** Nothing, where the user does not want it. */
  add(past: Omit<Past, 'id' | 'isCut'>): void;
  /** The newest first. */
  all(): Promise<readonly Past[]>;
  remove(id: string): Promise<void>;
  clear(): Promise<void>;
  /** Resolves when all that was added is on the disk. */
  flush(): Promise<void>;
}

export interface HistoryOptions {
  /** Made with the first statement. */
  readonly folder: string;
  readonly isOn: () => boolean;
  /** Told once of each time that the disk stops taking lines. */
  readonly trouble: (error: unknown) => void;
}

/**
 * Several files, so that the oldest can go as a whole; and a line that goes is written over where it stands: no byte
 * ever moves, so windows that append know nothing of each other and lose nothing.
 */
export function openHistory({ folder, isOn, trouble }: HistoryOptions): History {
  let last: Promise<void> = Promise.resolve();
  let failing = false;

  const names = async (): Promise<readonly string[]> => {
    const all = await readdir(folder).catch(unlessMissing([]));
    return all.filter((name) => /^runs-\d{6}\.jsonl$/.test(name)).sort();
  };
  const bytesIn = async (name: string): Promise<Buffer> =>
    readFile(join(folder, name)).catch(unlessMissing(Buffer.alloc(0)));

  const append = async (past: Past): Promise<void> => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const existing = await names();
    const newest = existing.at(-1) ?? nameOf(1);
    const bytes = await bytesIn(newest);
    const isFull = bytes.length >= mostBytes / files || linesIn(bytes).length >= mostEntries / files;
    const name = isFull ? nameOf(numberOf(newest) + 1) : newest;
    const file = await openLines(join(folder, name));
    try {
      await file.append(JSON.stringify(past));
    } finally {
      await file.close();
    }
    const kept = existing.includes(name) ? existing : [...existing, name];
    await Promise.all(kept.slice(0, -files).map((old) => rm(join(folder, old), { force: true })));
  };

  return {
    isOn,
    add(past) {
      if (!isOn()) return;
      const text = withoutSecrets(past.text);
      const entry: Past = {
        ...past,
        id: randomUUID(),
        text: text.slice(0, mostText),
        isCut: text.length > mostText,
      };
      last = last
        .then(() => append(entry))
        .then(
          () => {
            failing = false;
          },
          (error: unknown) => {
            const known = failing;
            failing = true;
            if (!known) trouble(error);
          },
        )
        .catch(() => undefined);
    },
    async all() {
      await last;
      const contents = await Promise.all((await names()).map(bytesIn));
      const found = contents.flatMap((bytes) => linesIn(bytes).flatMap(({ text }) => pastOf(text) ?? []));
      // Statements of one run are as old as each other.
      return found
        .toReversed()
        .toSorted((one, other) => (one.time < other.time ? 1 : one.time > other.time ? -1 : 0));
    },
    async remove(id) {
      await last;
      for (const name of await names()) {
        const line = linesIn(await bytesIn(name)).find(({ text }) => pastOf(text)?.id === id);
        if (line === undefined) continue;
        const file = await open(join(folder, name), 'r+');
        try {
          await file.write(Buffer.alloc(line.length, ' '), 0, line.length, line.start);
          await file.sync();
        } finally {
          await file.close();
        }
      }
    },
    async clear() {
      await last;
      await Promise.all((await names()).map((name) => rm(join(folder, name), { force: true })));
    },
    flush: () => last,
  };
}

/** What of an outcome is worth to be remembered; undefined while it runs. */
export function pastOfOutcome(run: Run, outcome: Outcome): Omit<Past, 'id' | 'isCut'> | undefined {
  if (outcome.state === 'running') return undefined;
  const { cluster, database } = run.target;
  const failure = outcome.problem?.failure;
  return {
    time: new Date(run.startedAt).toISOString(),
    text: outcome.statement.text,
    state: outcome.state,
    serverCode: failure?.code === 'database' ? failure.serverCode : undefined,
    cluster: cluster.name,
    database,
    account: cluster.caller.account.label,
    took: outcome.took ?? 0,
    count: outcome.value.kind === 'documents' ? outcome.value.rows.count : undefined,
  };
}

const files = 10;
const mostEntries = 2000;
const mostBytes = 2_000_000;
/** Less than what is left of any text without its secrets: so it is known whether it was cut. */
const mostText = 1900;

function nameOf(number: number): string {
  return `runs-${String(number).padStart(6, '0')}.jsonl`;
}

function numberOf(name: string): number {
  return Number(name.slice('runs-'.length, -'.jsonl'.length));
}

interface Line {
  readonly start: number;
  readonly length: number;
  readonly text: string;
}

/** Those that are still there. */
function linesIn(bytes: Buffer): readonly Line[] {
  const lines: Line[] = [];
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline;
    const text = bytes.toString('utf8', start, end);
    if (text.trim() !== '') lines.push({ start, length: end - start, text });
    start = end + 1;
  }
  return lines;
}

/** Half a line that a crash left is none. */
function pastOf(line: string): Past | undefined {
  try {
    const past = JSON.parse(line) as Past;
    return typeof past.id === 'string' && typeof past.time === 'string' && typeof past.text === 'string'
      ? past
      : undefined;
  } catch {
    return undefined;
  }
}

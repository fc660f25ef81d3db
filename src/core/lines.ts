import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';

/** A file of lines that several windows append to, and nobody else on this machine reads. */
export interface LinesFile {
  /** One line, one write: what other windows write comes before or after it. */
  append(line: string): Promise<void>;
  close(): Promise<void>;
}

export async function openLines(path: string): Promise<LinesFile> {
  const file = await open(path, 'a+', 0o600);
  // A full disk or a crash may have left half a line, which shall not spoil the next. Or another window is at it.
  let torn = (await isTorn(file)) && (await wait(50, true)) && (await isTorn(file));
  return {
    async append(line) {
      const bytes = Buffer.from(`${torn ? '\n' : ''}${line}\n`);
      const { bytesWritten } = await file.write(bytes);
      if (bytesWritten < bytes.length) throw new Error('The disk took a part of a line only.');
      torn = false;
    },
    close: () => file.close(),
  };
}

async function isTorn(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  const { buffer: end } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
  return size > 0 && end[0] !== newline;
}

const newline = 0x0a;

export function unlessMissing<T>(otherwise: T): (error: unknown) => T {
  return (error) => {
    if ((error as { code?: unknown }).code === 'ENOENT') return otherwise;
    throw error;
  };
}

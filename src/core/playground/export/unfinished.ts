import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import process from 'node:process';
import { unlessMissing } from '../../lines.ts';

/**
 * Files that are being written, each on a note of its own until it has its name. Of a process that ended in the
 * middle the note is left, by which the next one finds what it left lying.
 */
export interface Unfinished {
  /** Before there is such a file; answers what forgets it. */
  note(path: string): Promise<() => Promise<void>>;
  /** Removes what processes left that are no more. */
  clear(): Promise<void>;
}

export interface UnfinishedOptions {
  /** Made with the first note. */
  readonly folder: string;
  /** What cannot be noted, or removed, is written all the same. */
  readonly trouble: (error: unknown) => void;
}

/** Nothing else is removed, whatever a note says. */
export const unfinishedName = /^\..*\.[\da-f]{12}\.part$/s;

export function openUnfinished({ folder, trouble }: UnfinishedOptions): Unfinished {
  let notes = 0;
  const forget = (name: string): Promise<void> => rm(join(folder, name), { force: true }).catch(trouble);
  return {
    async note(path) {
      const name = `${process.pid}-${++notes}`;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(join(folder, name), path, { mode: 0o600 });
      } catch (error) {
        trouble(error);
      }
      return () => forget(name);
    },
    async clear() {
      try {
        for (const name of await readdir(folder).catch(unlessMissing([]))) {
          const [, pid] = /^(\d+)-\d+$/.exec(name) ?? [];
          if (pid === undefined || isThere(Number(pid))) continue;
          const path = await readFile(join(folder, name), 'utf8').catch(unlessMissing(''));
          if (unfinishedName.test(basename(path))) await rm(path, { force: true });
          await forget(name);
        }
      } catch (error) {
        trouble(error);
      }
    },
  };
}

/** Also whoever may not be spoken to is there, and whoever has the number of one that ended. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { setImmediate as breathe, setTimeout as pause } from 'node:timers/promises';

/** A pipe by what the system knows it by: its name may have gone to another. */
export interface Pipe {
  readonly file: string;
  readonly device: number;
  readonly inode: number;
}

/** Who has a pipe open. */
export interface Reader {
  readonly pid: string;
  readonly descriptor: string;
}

/** Everybody who has the pipe open but for our own descriptor; undefined where the system does not tell. */
export async function readersOf(
  folder: string,
  pipe: Pipe,
  own: number,
): Promise<readonly Reader[] | undefined> {
  if (process.platform !== 'linux') return undefined;
  const readers: Reader[] = [];
  for (const pid of namesIn('/proc').filter((name) => /^\d+$/.test(name))) {
    for (const descriptor of namesIn(`/proc/${pid}/fd`)) {
      const reader = { pid, descriptor };
      if (pid === String(process.pid) && descriptor === String(own)) continue;
      if (leadsInto(folder, reader) && has(reader, pipe)) readers.push(reader);
    }
    await breathe();
  }
  return readers;
}

/** Whether a reader still has the pipe open. */
export function has({ pid, descriptor }: Reader, { device, inode }: Pipe): boolean {
  try {
    const { dev, ino } = statSync(`/proc/${pid}/fd/${descriptor}`);
    return dev === device && ino === inode;
  } catch {
    return false;
  }
}

/**
 * Comes back when all of them that are still there wait for something to read, in the order in which they began to:
 * the system wakes them in that order. Whoever is being woken does not count as waiting. False when the limit was over.
 */
export async function allWaiting(readers: readonly Reader[], pipe: Pipe, limit: number): Promise<boolean> {
  const end = Date.now() + limit;
  while (Date.now() < end) {
    const there = Map.groupBy(
      readers.filter((reader) => has(reader, pipe)),
      ({ pid }) => pid,
    );
    if ([...there].every(([pid, { length }]) => waitingIn(pid) >= length)) return true;
    await pause(1, undefined, { ref: false });
  }
  return false;
}

/** How many threads of a process wait for a pipe to be written to. */
function waitingIn(pid: string): number {
  return namesIn(`/proc/${pid}/task`).filter((thread) => {
    try {
      return /pipe/.test(readFileSync(`/proc/${pid}/task/${thread}/wchan`, 'latin1'));
    } catch {
      return false;
    }
  }).length;
}

/** Cheaper than to ask about each file of each process. */
function leadsInto(folder: string, { pid, descriptor }: Reader): boolean {
  try {
    return readlinkSync(`/proc/${pid}/fd/${descriptor}`).startsWith(folder);
  } catch {
    return false;
  }
}

/** None of what is gone, or not ours to see. */
function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

import {
  closeSync,
  constants,
  lstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  unlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The name that a private folder's one reader is told. */
export const tokenName = 'token';

/** Those of this process, which takes them with it. */
const kept = new Set<string>();

/** A folder that nobody but this user can look into, gone at the latest when this process ends. */
export function makePrivateFolder(): string {
  if (kept.size === 0) process.once('exit', removeAll);
  const [home = tmpdir()] = homes();
  const folder = mkdtempSync(join(home, `cosmos-entra-${process.pid}-`));
  kept.add(folder);
  return folder;
}

/** Whoever waits at one of its pipes goes on without a token. */
export function removePrivateFolder(folder: string): void {
  kept.delete(folder);
  if (kept.size === 0) process.off('exit', removeAll);
  empty(folder);
}

/** What processes left behind that were killed. */
export function sweepPrivateFolders(): void {
  for (const home of homes())
    for (const folder of foldersIn(home)) if (isOrphan(folder) && isPrivate(folder.path)) empty(folder.path);
}

function removeAll(): void {
  for (const folder of kept) empty(folder);
}

function empty(folder: string): void {
  try {
    // From here on nobody comes in; who has come in is let go.
    rmSync(join(folder, tokenName), { force: true });
    for (const name of readdirSync(folder)) {
      release(join(folder, name));
      unlinkSync(join(folder, name));
    }
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Gone already, or no longer ours to take away.
  }
}

/** Who waits for a pipe to be written to finds it at its end. */
function release(file: string): void {
  if (!lstatSync(file).isFIFO()) return;
  try {
    closeSync(openSync(file, constants.O_WRONLY | constants.O_NONBLOCK));
  } catch {
    // Nobody waits.
  }
}

/** Where they may be, the best first: memory that goes when the user logs out, or where temporary files are. */
function homes(): readonly string[] {
  const session = `/run/user/${process.getuid?.() ?? ''}`;
  return process.platform === 'linux' && isPrivate(session) ? [session, tmpdir()] : [tmpdir()];
}

interface Found {
  readonly path: string;
  readonly pid: number;
}

function foldersIn(home: string): readonly Found[] {
  try {
    return readdirSync(home).flatMap((name) => {
      const pid = /^cosmos-entra-(\d+)-\w{6}$/.exec(name)?.[1];
      return pid === undefined ? [] : [{ path: join(home, name), pid: Number(pid) }];
    });
  } catch {
    return [];
  }
}

/** Its process is no more. One of this process's own number that it did not make is of an earlier bearer. */
function isOrphan({ path, pid }: Found): boolean {
  if (pid === process.pid) return !kept.has(path);
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** This user's own, and closed to others: what somebody put there in its place is not touched. */
function isPrivate(folder: string): boolean {
  try {
    const found = lstatSync(folder);
    const isOurs = process.getuid === undefined || found.uid === process.getuid();
    return found.isDirectory() && isOurs && (process.platform === 'win32' || (found.mode & 0o777) === 0o700);
  } catch {
    return false;
  }
}

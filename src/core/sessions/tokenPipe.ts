import { execFile } from 'node:child_process';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Failure } from '../failure.ts';
import { allWaiting, has, readersOf } from './pipeReaders.ts';
import type { Pipe, Reader } from './pipeReaders.ts';
import { makePrivateFolder, removePrivateFolder, tokenName } from './privateFolder.ts';
import type { TokenFile, TokenSupply } from './tokenFile.ts';

/**
 * A token file that is a pipe: a token is asked for when somebody reads, and is never at rest. Each reading has a
 * pipe of its own, which is replaced before anything is written to it. No call here ever waits for a reader.
 */
export async function openTokenPipe(supply: TokenSupply): Promise<TokenFile> {
  const pipe = new TokenPipe(supply);
  try {
    await pipe.begin();
    return pipe;
  } catch (error) {
    pipe.close();
    throw error;
  }
}

/** In milliseconds. */
const times = {
  /** How often it is looked whether somebody reads. */
  look: 40,
  /** Who began to read at the same time as another has come in after so many steps, of which busy machines make longer ones. */
  settle: { steps: 10, step: 4 },
  /** How long one waits until several readers wait in a row. */
  row: 3000,
  /** How long one waits until one reader has read, and reads on. */
  turn: 1000,
  /** For so long a pipe that was replaced is looked at, for whoever found its name just before. */
  linger: 2000,
} as const;

/** So many pipes are made at once. */
const batch = 8;

class TokenPipe implements TokenFile {
  readonly path: string;
  readonly #folder = makePrivateFolder();
  readonly #supply: TokenSupply;
  /** Our ends of the pipes that somebody reads. */
  readonly #open = new Set<number>();
  /** Replaced, and looked at for a while. */
  readonly #replaced = new Set<Pipe>();
  #stock: Pipe[] = [];
  #made = 0;
  #current: Pipe | undefined;
  #isRestocking = false;
  #isClosed = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(supply: TokenSupply) {
    this.#supply = supply;
    this.path = join(this.#folder, tokenName);
  }

  async begin(): Promise<void> {
    await this.#restock();
    this.#replace();
    this.#look();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const end of this.#open) closeSync(end);
    this.#open.clear();
    removePrivateFolder(this.#folder);
  }

  #look(): void {
    // Without another to put in its place nobody may be let in.
    if (this.#stock.length > 0 && this.#current !== undefined) this.#welcome(this.#current);
    for (const pipe of this.#replaced) this.#welcome(pipe);
    this.#timer = setTimeout(() => this.#look(), times.look).unref();
  }

  #welcome(pipe: Pipe): void {
    const end = openForReaders(pipe);
    if (end === undefined) return;
    this.#open.add(end);
    // In the same breath: whoever comes from now on finds another pipe.
    if (pipe === this.#current) this.#replace();
    this.#replaced.delete(pipe);
    void this.#serve(pipe, end);
  }

  /** Puts a new pipe in the place of the current one, whose own name it keeps until it is done. */
  #replace(): void {
    this.#current = this.#stock.shift();
    if (this.#current === undefined) return;
    const next = join(this.#folder, 'next');
    linkSync(this.#current.file, next);
    renameSync(next, this.path);
    if (this.#stock.length < batch / 2) this.#refill();
  }

  async #serve(pipe: Pipe, end: number): Promise<void> {
    let readers: readonly Reader[] | undefined;
    try {
      readers = await this.#settled(pipe, end);
      for (let count = Math.max(1, readers?.length ?? 1); count > 0 && !this.#isClosed;) {
        // Not before: a token that waits grows old.
        const tokens = await Promise.all(Array.from({ length: count }, () => this.#supply.next()));
        // Who did not wait for it leaves theirs to nobody.
        const gone = readers?.filter((reader) => !has(reader, pipe)).length ?? 0;
        const isRead = await this.#write(
          pipe,
          end,
          tokens.slice(0, Math.max(1, count - gone)),
          readers ?? [],
        );
        // What is behind a token that nobody took would be read together with it.
        if (readers === undefined || !isRead) break;
        // Whoever was let in with them and had no turn until now would find nothing but the end of the pipe.
        const known = readers;
        const late = await this.#late(pipe, end, known);
        readers = [...known, ...late];
        count = late.length;
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      // Readers find the end of the pipe behind what was written.
      if (this.#open.delete(end)) closeSync(end);
    }
    await this.#linger(pipe, readers);
  }

  /** Who reads this pipe, when nobody else can come to it. */
  async #settled(pipe: Pipe, end: number): Promise<readonly Reader[] | undefined> {
    let readers: readonly Reader[] | undefined = [];
    // Who has been let in and cannot be seen yet has not been given the processor since.
    for (let tries = 0; readers?.length === 0 && tries < 5; tries++) {
      for (let step = 0; step < times.settle.steps; step++) await rest(times.settle.step);
      readers = await readersOf(this.#folder, pipe, end);
    }
    return readers;
  }

  /** Who can be seen in this pipe only now. */
  async #late(pipe: Pipe, end: number, known: readonly Reader[]): Promise<readonly Reader[]> {
    const now = (await readersOf(this.#folder, pipe, end)) ?? [];
    return now.filter(
      ({ pid, descriptor }) => !known.some((one) => one.pid === pid && one.descriptor === descriptor),
    );
  }

  /**
   * One after the other, each when whoever got the former waits behind those who have none yet. Whether the last was
   * read by somebody who waits for more, or is gone.
   */
  async #write(
    pipe: Pipe,
    end: number,
    tokens: readonly string[],
    readers: readonly Reader[],
  ): Promise<boolean> {
    const limit = readers.length > 1 ? times.row : times.turn;
    for (const token of tokens) {
      if (readers.length > 1) await allWaiting(readers, pipe, limit);
      for (let left = Buffer.from(token); left.length > 0 && this.#open.has(end);) {
        const written = writeSome(end, left);
        left = left.subarray(written);
        if (left.length > 0) await rest(1);
      }
    }
    return allWaiting(readers, pipe, limit);
  }

  /** Who had found the pipe's name and not yet opened it would wait there for ever. */
  async #linger(pipe: Pipe, readers: readonly Reader[] | undefined): Promise<void> {
    // Whoever has a token must have seen the end of the pipe before it is opened again.
    if (readers === undefined) await rest(times.linger / 2);
    for (
      let left = times.linger;
      readers?.some((reader) => has(reader, pipe)) === true && left > 0;
      left -= times.look
    )
      await rest(times.look);
    this.#replaced.add(pipe);
    await rest(times.linger);
    if (!this.#replaced.delete(pipe) || this.#isClosed) return;
    rmSync(pipe.file, { force: true });
  }

  async #restock(): Promise<void> {
    if (this.#isRestocking) return;
    this.#isRestocking = true;
    try {
      const files = Array.from({ length: batch }, () => join(this.#folder, `pipe-${++this.#made}`));
      await promisify(execFile)('mkfifo', ['-m', '600', ...files]);
      if (!this.#isClosed) this.#stock.push(...files.map(pipeAt));
    } finally {
      this.#isRestocking = false;
    }
  }

  #refill(): void {
    this.#restock().catch((error: unknown) => {
      this.#fail(error);
      // Who reads finds no file, which is better than to wait for ever.
      this.close();
    });
  }

  #fail(error: unknown): void {
    if (!this.#isClosed) this.#supply.failed(Failure.from(error));
  }
}

/** Undefined as long as nobody has it open for reading, or tries to. */
function openForReaders({ file, device, inode }: Pipe): number | undefined {
  let end: number;
  try {
    end = openSync(file, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    return undefined;
  }
  const { dev, ino } = fstatSync(end);
  if (dev === device && ino === inode) return end;
  // Somebody has put something else there, which gets nothing.
  closeSync(end);
  return undefined;
}

/** How much of it the pipe took. */
function writeSome(end: number, bytes: Buffer): number {
  try {
    return writeSync(end, bytes);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EAGAIN') return 0;
    // Nobody reads any more.
    if (code === 'EPIPE') return bytes.length;
    throw error;
  }
}

function pipeAt(file: string): Pipe {
  const { dev, ino } = lstatSync(file);
  return { file, device: dev, inode: ino };
}

/** Keeps no process from ending. */
function rest(milliseconds: number): Promise<void> {
  return pause(milliseconds, undefined, { ref: false });
}

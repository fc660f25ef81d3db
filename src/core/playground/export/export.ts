import { randomBytes } from 'node:crypto';
import { chmod, open, realpath, rename, rm, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { Failure } from '../../failure.ts';
import type { FailureData } from '../../failure.ts';
import type { Bson } from '../../sessions/bson.ts';
import { csv } from './csv.ts';
import { jsonArray, jsonLines } from './json.ts';
import type { Piece, Spool } from './piece.ts';
import type { Unfinished } from './unfinished.ts';

export const exportFormats = ['ejson', 'ejsonCanonical', 'jsonLines', 'json', 'csv'] as const;
export type ExportFormat = (typeof exportFormats)[number];

/** How far an export has come. */
export interface Exported {
  readonly documents: number;
  readonly bytes: number;
}

export interface ExportOptions {
  readonly format: ExportFormat;
  /** Documents right behind each other, as many at once as come. */
  readonly batches: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
  readonly progress: (exported: Exported) => void;
  /** Where a file is noted while it has not got its name. */
  readonly unfinished?: Pick<Unfinished, 'note'>;
}

/**
 * Writes a file that is there as a whole or not at all: until its end it stands under another name beside it. What
 * was there before stays until then. The documents pass through, however many they are.
 */
export async function exportToFile(bson: Bson, path: string, options: ExportOptions): Promise<Exported> {
  const target = await realpath(path).catch(() => path);
  const random = randomBytes(6).toString('hex');
  const beside = (end: string): string =>
    join(dirname(target), `.${basename(target).slice(0, 60)}.${random}.${end}`);
  const part = beside('part');
  const spool = new FileSpool(beside('rows'));
  const forget = await options.unfinished?.note(part);
  try {
    const exported = await writtenTo(part, bson, options, spool);
    await onDisk(async () => {
      // Whoever could read the file that was there can read this one.
      const { mode } = (await stat(target).catch(() => undefined)) ?? {};
      if (mode !== undefined) await chmod(part, mode & 0o7777);
      await rename(part, target);
    });
    return exported;
  } finally {
    await spool.close();
    // After it has its name, there is none.
    await rm(part, { force: true });
    await forget?.();
  }
}

/** The same for where no file can be written bit by bit: it has an end at so many bytes. */
export async function exportToBytes(
  bson: Bson,
  options: ExportOptions & { readonly most: number },
): Promise<{ readonly bytes: Uint8Array; readonly exported: Exported }> {
  const pieces: Uint8Array[] = [];
  const kept: Uint8Array[] = [];
  let keptBytes = 0;
  const bounded = (bytes: number): void => {
    if (bytes > options.most)
      throw new Failure({ code: 'notWritten', reason: 'tooLarge', detail: String(options.most) });
  };
  const spool: Spool = {
    async write(batch) {
      bounded((keptBytes += batch.byteLength));
      kept.push(batch);
    },
    async *read() {
      yield* kept;
    },
  };
  const exported = await through(bson, options, spool, async (bytes, sum) => {
    bounded(sum);
    pieces.push(bytes.slice());
  });
  return { bytes: Buffer.concat(pieces), exported };
}

async function writtenTo(path: string, bson: Bson, options: ExportOptions, spool: Spool): Promise<Exported> {
  const file = await onDisk(() => open(path, 'wx'));
  try {
    const exported = await through(bson, options, spool, (bytes) =>
      onDisk(async () => {
        for (let from = 0; from < bytes.byteLength;)
          from += (await file.write(bytes, from, bytes.byteLength - from)).bytesWritten;
      }),
    );
    await onDisk(() => file.sync());
    // The last moment at which nothing has happened.
    if (options.signal.aborted) throw new Failure({ code: 'cancelled' });
    return exported;
  } finally {
    await onDisk(() => file.close());
  }
}

async function through(
  bson: Bson,
  { format, batches, signal, progress }: ExportOptions,
  spool: Spool,
  write: (bytes: Uint8Array, sum: number) => Promise<void>,
): Promise<Exported> {
  let exported: Exported = { documents: 0, bytes: 0 };
  for await (const { bytes, documents } of piecesOf(bson, format, until(batches, signal), spool)) {
    if (signal.aborted) throw new Failure({ code: 'cancelled' });
    exported = {
      documents: exported.documents + documents,
      bytes: exported.bytes + bytes.byteLength,
    };
    await write(bytes, exported.bytes);
    progress(exported);
  }
  return exported;
}

function piecesOf(
  bson: Bson,
  format: ExportFormat,
  batches: AsyncIterable<Uint8Array>,
  spool: Spool,
): AsyncIterable<Piece> {
  switch (format) {
    case 'ejson':
      return jsonArray(bson, batches, 'relaxed');
    case 'ejsonCanonical':
      return jsonArray(bson, batches, 'canonical');
    case 'jsonLines':
      return jsonLines(bson, batches, 'relaxed');
    case 'json':
      return jsonArray(bson, batches, 'plain');
    case 'csv':
      return csv(bson, batches, spool);
  }
}

/** Ends at once when it is stopped, whoever is being waited for. */
async function* until<T>(items: AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<T>>();
      const stop = (): void => reject(new Failure({ code: 'cancelled' }));
      signal.addEventListener('abort', stop);
      if (signal.aborted) stop();
      else iterator.next().then(resolve, reject);
      const { done, value } = await promise.finally(() => signal.removeEventListener('abort', stop));
      if (done === true) return;
      yield value;
    }
  } finally {
    // Nobody waits for what a source that hangs has to say.
    iterator.return?.().then(undefined, () => undefined);
  }
}

/** Batches in a file of their own, made with the first of them. It loses its name at once, so nothing is left when its process ends. */
class FileSpool implements Spool {
  readonly #path: string;
  readonly #lengths: number[] = [];
  #file: FileHandle | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  async write(batch: Uint8Array): Promise<void> {
    await onDisk(async () => {
      if (this.#file === undefined) {
        this.#file = await open(this.#path, 'wx+', 0o600);
        // Not every file system lets go of a name that is in use.
        await rm(this.#path).catch(() => undefined);
      }
      for (let from = 0; from < batch.byteLength;)
        from += (await this.#file.write(batch, from, batch.byteLength - from)).bytesWritten;
    });
    this.#lengths.push(batch.byteLength);
  }

  async *read(): AsyncGenerator<Uint8Array> {
    const file = this.#file;
    if (file === undefined) return;
    let position = 0;
    for (const length of this.#lengths) {
      const batch = Buffer.allocUnsafe(length);
      const start = position;
      await onDisk(async () => {
        for (let from = 0; from < length;) {
          const { bytesRead } = await file.read(batch, from, length - from, start + from);
          if (bytesRead === 0) throw new Error('The file lost its end.');
          from += bytesRead;
        }
      });
      position += length;
      yield batch;
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    await rm(this.#path, { force: true });
  }
}

async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const detail = code ?? (error instanceof Error ? error.message : String(error));
    throw new Failure({ code: 'notWritten', reason: reasonOf(code), detail }, error);
  }
}

type Reason = (FailureData & { readonly code: 'notWritten' })['reason'];

function reasonOf(code = ''): Reason {
  return reasons.get(code) ?? 'other';
}

const reasons: ReadonlyMap<string, Reason> = new Map([
  ['ENOSPC', 'full'],
  ['EDQUOT', 'full'],
  ['EACCES', 'notAllowed'],
  ['EPERM', 'notAllowed'],
  ['EROFS', 'notAllowed'],
  ['EBUSY', 'notAllowed'],
  ['ENOENT', 'noFolder'],
  ['ENOTDIR', 'noFolder'],
]);

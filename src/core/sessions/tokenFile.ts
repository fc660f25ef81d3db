import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../failure.ts';
import { claimsOf } from '../identity/claims.ts';
import { makePrivateFolder, removePrivateFolder, tokenName } from './privateFolder.ts';

/** A file that has a token for whoever reads it, as long as it is open. */
export interface TokenFile {
  readonly path: string;
  /** At once, as a process that ends has no time: nobody gets a token any more, and nothing is left. */
  close(): void;
}

export interface TokenSupply {
  /** Asked anew whenever a token is wanted. */
  readonly next: () => Promise<string>;
  /** A token was wanted and there was none. */
  readonly failed: (failure: Failure) => void;
}

/** Where there are no pipes: a file for this user alone, in which the token is replaced before its end. */
export async function openPlainTokenFile(supply: TokenSupply): Promise<TokenFile> {
  const first = await supply.next();
  const folder = makePrivateFolder();
  const path = join(folder, tokenName);
  let end: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;

  const write = (token: string): void => {
    const next = join(folder, 'next');
    // Nobody reads half of it. No line end: it would be taken for a part of the token.
    writeFileSync(next, token, { mode: 0o600, flag: 'wx' });
    renameSync(next, path);
    end = claimsOf(token)?.expiresAt;
  };
  const renew = async (): Promise<void> => {
    try {
      const token = await supply.next();
      if (!isClosed) write(token);
    } catch (error) {
      if (isClosed) return;
      // What has ended is good for nothing, and need not lie about.
      if (end !== undefined && end <= Date.now()) rmSync(path, { force: true });
      supply.failed(Failure.from(error));
    }
    if (!isClosed) wait();
  };
  const wait = (): void => {
    timer = setTimeout(() => void renew(), untilRenewal(end)).unref();
  };

  const close = (): void => {
    isClosed = true;
    clearTimeout(timer);
    removePrivateFolder(folder);
  };
  try {
    write(first);
  } catch (error) {
    close();
    throw error;
  }
  wait();
  return { path, close };
}

/**
 * Three quarters of what is left: whoever gives the token gives a new one in the last minutes only, and is asked
 * again until then.
 */
function untilRenewal(end: number | undefined): number {
  const left = end === undefined ? 60_000 : end - Date.now();
  return Math.min(Math.max(left * 0.75, left <= 0 ? 30_000 : 50), 30 * 60_000);
}

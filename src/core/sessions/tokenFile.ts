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
  const left = (): number => (end === undefined ? 60_000 : end - Date.now());
  const renew = async (): Promise<void> => {
    let rest: number;
    try {
      const token = await supply.next();
      if (isClosed) return;
      write(token);
      rest = left();
    } catch (error) {
      if (isClosed) return;
      // One look at the clock: what has ended is taken away, or it is asked again soon.
      rest = left();
      // It is good for nothing, and need not lie about.
      if (rest <= 0) rmSync(path, { force: true });
      supply.failed(Failure.from(error));
    }
    if (!isClosed) wait(rest);
  };
  const wait = (rest: number): void => {
    timer = setTimeout(() => void renew(), untilRenewal(rest)).unref();
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
  wait(left());
  return { path, close };
}

/**
 * Three quarters of what is left: whoever gives the token gives a new one in the last minutes only, and is asked
 * again until then.
 */
function untilRenewal(rest: number): number {
  return Math.min(Math.max(rest * 0.75, rest <= 0 ? 30_000 : 50), 30 * 60_000);
}

import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const shell = join(
  dirname(createRequire(import.meta.url).resolve('mongosh/package.json')),
  'bin',
  'mongosh.js',
);
const ready = '\u0001ready\u0001';

/** mongosh itself, with what it has to be told to get to a cluster. */
export class Mongosh {
  readonly #address: string;
  readonly #environment: Readonly<Record<string, string>>;

  constructor(address: string, environment: Readonly<Record<string, string>>) {
    this.#address = address;
    this.#environment = environment;
  }

  /** From nothing to the first thing that a script says, in milliseconds. */
  async first(script: string): Promise<number> {
    const started = performance.now();
    const child = this.#spawn(['--eval', script]);
    const closed = new Promise((resolve) => child.once('close', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const took = performance.now() - started;
    await closed;
    return took;
  }

  /** One that lives, and is told a line after the other as if somebody wrote them. */
  async living(): Promise<{ timed(line: string): Promise<number>; close(): void }> {
    const child = this.#spawn([]);
    const timed = async (line: string): Promise<number> => {
      const answered = new Promise<void>((resolve, reject) => {
        let said = '';
        const hear = (chunk: Buffer): void => {
          said += chunk.toString();
          if (!said.includes(ready)) return;
          child.stdout.off('data', hear);
          if (/Error: |Error\[/.test(said)) reject(new Error(said));
          resolve();
        };
        child.stdout.on('data', hear);
      });
      const started = performance.now();
      child.stdin.write(`${line}\n`);
      await answered;
      return performance.now() - started;
    };
    await timed(`prompt = ${JSON.stringify(ready)}`);
    return { timed, close: () => child.kill() };
  }

  #spawn(besides: readonly string[]): ChildProcessByStdio<Writable, Readable, null> {
    return spawn(process.execPath, [shell, this.#address, '--quiet', '--norc', ...besides], {
      env: { PATH: process.env['PATH'] ?? '', NO_COLOR: '1', ...this.#environment },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
  }
}

import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What a script does behind its run begins when a test says so: a run may take longer than any time set before. */
export function gate() {
  const file = join(tmpdir(), `gate-${randomUUID()}`);
  afterEach(() => rm(file, { force: true }));
  return {
    /** A statement that does something once the gate is open. */
    whenFree: (does: string): string =>
      `const waits = setInterval(() => { if (!require('fs').existsSync(${JSON.stringify(file)})) return; clearInterval(waits); ${does} }, 20)`,
    free: () => writeFile(file, ''),
  };
}

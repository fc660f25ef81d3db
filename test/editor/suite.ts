/** The entry that VS Code calls in its extension host. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import Mocha from 'mocha';

/** Whoever started the suite reads its figures after this. */
const resultMark = 'editor suite:';

export async function run(): Promise<void> {
  const mocha = new Mocha({ timeout: 30_000, color: false });
  for (const file of (await readdir(__dirname)).filter((name) => name.endsWith('.test.cjs')))
    mocha.addFile(join(__dirname, file));
  await new Promise<void>((resolve, reject) => {
    const runner = mocha.run((failed) => {
      const { passes, failures } = runner.stats ?? { passes: 0, failures: 1 };
      console.log(`${resultMark} ${passes} passed, ${failures} failed`);
      if (failed === 0) resolve();
      else reject(new Error(`${failed} failed`));
    });
  });
}

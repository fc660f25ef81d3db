/** The entry that VS Code calls in its extension host. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';

/** Begins each line of the suite's own: the workbench around it has much to say too. */
const lineMark = 'editor suite| ';

export async function run(): Promise<void> {
  // What leaves the extension host is text: formatted here, because nobody formats it there.
  Mocha.reporters.Base.consoleLog = (...words: readonly unknown[]) => {
    for (const line of format(...words).split('\n')) console.log(lineMark + line);
  };
  const mocha = new Mocha({ timeout: 60_000, color: false });
  for (const file of (await readdir(__dirname)).filter((name) => name.endsWith('.test.cjs')).toSorted())
    mocha.addFile(join(__dirname, file));
  await new Promise<void>((resolve, reject) => {
    mocha.run((failed) => {
      if (failed === 0) resolve();
      else reject(new Error(`${failed} failed`));
    });
  });
}

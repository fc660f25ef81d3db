/** The entry that VS Code calls in its extension host. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';
import * as vscode from 'vscode';

/** Whose tests are run, by their names without an ending. */
declare const chosenFiles: readonly string[];

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
  // All are read, and not the chosen ones alone: what they have in common is known then.
  await mocha.loadFilesAsync();
  const all = mocha.suite.suites;
  mocha.suite.suites = all.filter(({ file }) => chosenFiles.includes(basename(file ?? '', '.test.cjs')));
  mocha.suite.addTest(
    new Mocha.Test('each command of the manifest has its tests', () => testsOfCommands(all)),
  );
  await new Promise<void>((resolve, reject) => {
    mocha.run((failed) => {
      if (failed === 0) resolve();
      else reject(new Error(`${failed} failed`));
    });
  });
}

/** Those that change something have files of their own, where they stand below the same words. */
function testsOfCommands(suites: readonly Mocha.Suite[]): void {
  const extension = vscode.extensions.getExtension('cosmos-entra.cosmos-entra');
  assert.ok(extension !== undefined);
  const { contributes } = extension.packageJSON as {
    contributes: { commands: readonly { command: string }[] };
  };
  const tested = suites
    .filter(({ title }) => title === 'the command')
    .flatMap((suite) => suite.suites.map(({ title }) => `cosmosEntra.${title}`));
  assert.deepEqual(contributes.commands.map(({ command }) => command).toSorted(), tested.toSorted());
}

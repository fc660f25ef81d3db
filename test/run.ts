/** `npm test`: every test there is. The last line counts them all. */
import { globSync } from 'node:fs';
import { join } from 'node:path';
import Mocha from 'mocha';
import { runEditorSuite } from './editor/run.ts';
import type { Result } from './editor/run.ts';
import { findBrowser, installVscode } from './vscode/install.ts';

const root = join(import.meta.dirname, '..');

async function runMocha(folder: string, timeout: number): Promise<Result> {
  const mocha = new Mocha({ timeout });
  for (const file of globSync(join(root, 'test', folder, '**/*.test.ts')).toSorted()) mocha.addFile(file);
  await mocha.loadFilesAsync();
  return new Promise((resolve) => {
    const runner = mocha.run(() => {
      const { passes, failures } = runner.stats ?? { passes: 0, failures: 1 };
      resolve({ passed: passes, failed: failures });
    });
  });
}

const parts: readonly (readonly [string, () => Promise<Result>])[] = [
  ['core', () => runMocha('core', 10_000)],
  ['local Azure', () => runMocha('local-azure', 30_000)],
  ['contracts', () => runMocha('contract', 60_000)],
  ['inside VS Code', runEditorSuite],
  ['as a person in VS Code', () => runMocha('ui', 60_000)],
];

// First, so that a machine on which it cannot be had says so at once and not after minutes of tests.
try {
  await installVscode();
  await findBrowser();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

let passed = 0;
let failed = 0;
for (const [name, run] of parts) {
  const started = performance.now();
  console.log(`\n${name}`);
  try {
    const result = await run();
    if (result.passed + result.failed === 0) throw new Error('There is no test here.');
    passed += result.passed;
    failed += result.failed;
  } catch (error) {
    console.error(error);
    failed++;
  }
  console.log(`  ${name}: ${Math.round((performance.now() - started) / 1000)} s`);
}
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** `npm test`: every test there is. The last line counts them all. */
import { spawn } from 'node:child_process';
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

/** Those that take their time and little else: each file in a process of its own, beside all the others. */
function runEndurance(): Promise<Result> {
  const files = globSync(join(root, 'test/endurance/*.test.ts'));
  const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
  const child = spawn(process.execPath, [mocha, '--parallel', '--jobs', String(files.length), ...files]);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (data: Buffer) => (output += data.toString()));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => {
      console.log(output);
      const count = (what: string): number => Number(new RegExp(`(\\d+) ${what}`).exec(output)?.[1] ?? 0);
      const passed = count('passing');
      resolve({ passed, failed: passed === 0 ? 1 : count('failing') });
    });
  });
}

const parts: readonly (readonly [string, () => Promise<Result>])[] = [
  ['core', () => runMocha('core', 10_000)],
  ['local Azure', () => runMocha('local-azure', 30_000)],
  ['contracts', () => runMocha('contract', 60_000)],
  ['inside VS Code', runEditorSuite],
  ['as a person in VS Code', () => runMocha('ui', 60_000)],
  ['beside mongosh', () => runMocha('playground', 60_000)],
  ['for a long time', () => endurance],
];

// First, so that a machine on which it cannot be had says so at once and not after minutes of tests.
try {
  await installVscode();
  await findBrowser();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

const endurance = runEndurance();
// It is waited for at the end.
endurance.catch(() => undefined);
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

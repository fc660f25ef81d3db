/** `npm test`: every test there is. The last lines tell each failure again, and count them all. */
import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { testsOfEditor } from './editor/build.ts';
import { findBrowser, installVscode } from './vscode/install.ts';

/** A process of its own, begun in its turn: what takes longest comes first. */
interface Part {
  readonly name: string;
  readonly args: readonly string[];
}

interface Result {
  readonly passed: number;
  readonly failed: number;
  /** What the part says of its failures. */
  readonly failures: string;
}

const root = join(import.meta.dirname, '..');

/** Each has an editor, a browser and servers of its own: more of them than processors get in each other’s way. */
const atOnce = Math.max(2, availableParallelism());

const mocha = (...args: readonly string[]): readonly string[] => [
  'node_modules/mocha/bin/mocha.js',
  '--no-color',
  ...args,
];
const suites = (folder: string): readonly string[] => globSync(`test/${folder}/**/*.test.ts`, { cwd: root });

/** The same in several parts, which end sooner. */
const inParts = (
  name: string,
  count: number,
  files: readonly string[],
  args: (files: readonly string[]) => readonly string[],
): readonly Part[] =>
  Array.from({ length: count }, (_, part) => ({
    name: `${name}, ${part + 1} of ${count}`,
    args: args(files.filter((_file, index) => index % count === part)),
  }));

const parts: readonly Part[] = [
  // They take their time and little else, and are beside each other.
  {
    name: 'for a long time',
    args: mocha('--parallel', '--jobs', String(suites('endurance').length), ...suites('endurance')),
  },
  ...inParts('inside VS Code', 3, testsOfEditor, (files) => ['test/editor/run.ts', ...files]),
  ...inParts('core', 2, suites('core'), (files) => mocha('--timeout', '30000', ...files)),
  ...suites('ui').map((path) => ({
    name: `as a person in VS Code: ${basename(path, '.test.ts')}`,
    args: mocha('--timeout', '180000', path),
  })),
  { name: 'local Azure', args: mocha('--timeout', '30000', ...suites('local-azure')) },
  { name: 'contracts', args: mocha('--timeout', '60000', ...suites('contract')) },
  { name: 'beside mongosh', args: mocha('--timeout', '60000', ...suites('playground')) },
];

async function run({ name, args }: Part): Promise<Result> {
  const started = performance.now();
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  console.log(`\n${name}: ${Math.round((performance.now() - started) / 1000)} s\n${said}`);
  const count = (what: string): number => Number(new RegExp(`^ +(\\d+) ${what}`, 'm').exec(said)?.[1] ?? 0);
  const [passed, failed] = [count('passing'), count('failing')];
  if (code === 0 && failed === 0 && passed > 0) return { passed, failed, failures: '' };
  const at = said.search(/^ +\d+ failing/m);
  return {
    passed,
    failed: Math.max(failed, 1),
    failures: `\n${name}, which ended with ${code}:\n${said.slice(at === -1 ? -4000 : at)}`,
  };
}

// First, so that a machine on which it cannot be had says so at once and not after minutes of tests.
try {
  await installVscode();
  await findBrowser();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}

const waiting = [...parts];
const inTurn = async (): Promise<readonly Result[]> => {
  const results: Result[] = [];
  for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) results.push(await run(part));
  return results;
};
const results = (await Promise.all(Array.from({ length: atOnce }, inTurn))).flat();
const sum = (of: (result: Result) => number): number =>
  results.reduce((total, result) => total + of(result), 0);
for (const { failures } of results) if (failures !== '') console.log(failures);
console.log(`\n${sum(({ passed }) => passed)} passed, ${sum(({ failed }) => failed)} failed`);
process.exit(sum(({ failed }) => failed) === 0 ? 0 : 1);

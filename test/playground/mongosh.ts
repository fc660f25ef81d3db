import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { programOf } from './script.ts';
import type { Answer, Question } from './script.ts';

const shell = join(
  dirname(createRequire(import.meta.url).resolve('mongosh/package.json')),
  'bin',
  'mongosh.js',
);

export interface Connection {
  readonly address: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Begins a line with an answer; whatever else is printed is the script's. */
const MARK = '\u0001answer ';

/**
 * Answers as the shell itself would print them with `--json=canonical`. It waits by itself for the promises that
 * it made, which it knows by their mark, and for no others.
 */
const prelude = `
const __shown = async (name, value) => {
  const show = value?.[Symbol.for('@@mongosh.asPrintable')];
  const shown = typeof show === 'function' ? await show.call(value) : value;
  print(${JSON.stringify(MARK)} + JSON.stringify({
    name,
    value: shown === undefined ? undefined : EJSON.stringify(shown, undefined, undefined, { relaxed: false }),
  }));
};
const __tell = (name, value) =>
  Object.assign(__shown(name, value), { [Symbol.for('@@mongosh.syntheticPromise')]: true });
const __fail = (name, { code, message }) => {
  print(${JSON.stringify(MARK)} + JSON.stringify({ name, code, failure: String(message) }));
};
`;

function written(question: Question, index: number): string {
  const name = JSON.stringify(question.name);
  return `try { __tell(${name}, ${programOf(question, index)}); } catch (error) { __fail(${name}, error); }`;
}

/** Runs all of them in one mongosh, one after the other. */
export async function runInMongosh(
  questions: readonly Question[],
  { address, environment }: Connection,
): Promise<ReadonlyMap<string, Answer>> {
  const folder = await mkdtemp(join(tmpdir(), 'mongosh-'));
  try {
    const file = join(folder, 'scripts.js');
    await writeFile(file, prelude + questions.map(written).join('\n'));
    const output = await outputOf([address, '--quiet', '--norc', '--file', file], {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      NO_COLOR: '1',
      ...environment,
    });
    return readAnswers(output);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function readAnswers(output: string): ReadonlyMap<string, Answer> {
  const answers = new Map<string, Answer>();
  let printed: string[] = [];
  for (const line of output.trimEnd().split('\n')) {
    if (!line.startsWith(MARK)) {
      printed.push(line);
      continue;
    }
    const told = JSON.parse(line.slice(MARK.length)) as {
      readonly name: string;
      readonly value?: string;
      readonly code?: number;
      readonly failure?: string;
    };
    const { name, value, code, failure } = told;
    answers.set(name, { value, code, failure, printed });
    printed = [];
  }
  if (printed.some((line) => line !== '')) throw new Error(`mongosh says: ${printed.join('\n')}`);
  return answers;
}

async function outputOf(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const child = spawn(process.execPath, [shell, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
  return output;
}

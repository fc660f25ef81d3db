/** Waits as a person does who never opens our view, then activates the subject and says what that cost. */
import { writeFile } from 'node:fs/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as vscode from 'vscode';

export async function activate() {
  const subject = vscode.extensions.getExtension(process.env.BENCH_SUBJECT);
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  const heap = () => {
    collect();
    collect();
    return process.memoryUsage().heapUsed;
  };
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const wokenUnasked = subject.isActive;
  const before = heap();
  const started = performance.now();
  await subject.activate();
  const milliseconds = performance.now() - started;
  const bytes = heap() - before;
  await writeFile(process.env.BENCH_RESULT, JSON.stringify({ wokenUnasked, milliseconds, bytes }));
}

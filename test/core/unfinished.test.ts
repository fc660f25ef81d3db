/** What exports leave lying that are killed in the middle. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openUnfinished } from '../../src/core/playground/export/unfinished.ts';

const source = (path: string): string => JSON.stringify(join(import.meta.dirname, '../../src', path));

/** A program that exports documents without end, to this file as this. */
const endless = `
import mongodb from ${JSON.stringify(import.meta.resolve('mongodb'))};
import { exportToFile } from ${source('core/playground/export/export.ts')};
import { openUnfinished } from ${source('core/playground/export/unfinished.ts')};
const [, , target, format, folder] = process.argv;
const batch = mongodb.BSON.serialize({ text: 'x'.repeat(300_000) });
async function* batches() {
  for (let sent = 0; ; sent++) {
    if (sent === 4) process.send('under way');
    await new Promise((resolve) => setTimeout(resolve, sent < 4 ? 0 : 50));
    yield batch;
  }
}
const unfinished = openUnfinished({ folder, trouble: (error) => process.send(String(error)) });
const signal = new AbortController().signal;
await exportToFile(mongodb.BSON, target, { format, batches: batches(), signal, progress: () => undefined, unfinished });
`;

describe('an export that is killed in the middle', function () {
  this.timeout(30_000);
  let folder: string;
  let notes: string;
  const children: ChildProcess[] = [];
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'unfinished-'));
    notes = join(folder, 'notes');
    await mkdir(join(folder, 'out'));
    await writeFile(join(folder, 'endless.mts'), endless);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await killed(child);
    await rm(folder, { recursive: true });
  });

  const killed = async (child: ChildProcess): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  const exporting = async (name: string, format: string): Promise<ChildProcess> => {
    const child = fork(join(folder, 'endless.mts'), [join(folder, 'out', name), format, notes]);
    children.push(child);
    assert.deepEqual((await once(child, 'message'))[0], 'under way');
    return child;
  };
  const files = async (): Promise<readonly string[]> => (await readdir(join(folder, 'out'))).toSorted();
  const unfinished = () => openUnfinished({ folder: notes, trouble: (error) => assert.fail(String(error)) });

  it('leaves what the next one removes, and nothing else is touched', async () => {
    for (const name of ['.mine.json.0123456789ab.part', '.other.part', 'orders.json'])
      await writeFile(join(folder, 'out', name), 'mine');
    const own = await files();
    const dead = await exporting('orders.json', 'ejson');
    const alive = await exporting('customers.json', 'ejson');
    const left = async (): Promise<readonly string[]> =>
      (await files()).filter((name) => !own.includes(name)).map((name) => name.replace(/[\da-f]{12}/, '#'));
    assert.deepEqual(await left(), ['.customers.json.#.part', '.orders.json.#.part']);
    await killed(dead);
    assert.deepEqual(await left(), ['.customers.json.#.part', '.orders.json.#.part']);

    await unfinished().clear();
    assert.deepEqual(await left(), ['.customers.json.#.part'], 'what is in use stays');
    assert.equal((await readdir(notes)).length, 1);
    await killed(alive);
    await unfinished().clear();
    assert.deepEqual([await left(), await readdir(notes)], [[], []]);
    assert.deepEqual(await files(), own);
  });

  it('leaves nothing of the rows that it kept for a second look', async () => {
    const child = await exporting('orders.csv', 'csv');
    await killed(child);
    const left = await files();
    assert.deepEqual([left.length, left[0]?.endsWith('.part')], [1, true], left.join());
    await unfinished().clear();
    assert.deepEqual(await files(), []);
  });

  it('has nothing removed by a note that names something else', async () => {
    const gone = await exporting('orders.json', 'ejson');
    const { pid } = gone;
    await killed(gone);
    await unfinished().clear();
    const mine = join(folder, 'out', 'mine.json');
    await writeFile(mine, 'mine');
    for (const [index, path] of [mine, join(folder, 'out'), '', '\0', 'x'.repeat(9000)].entries())
      await writeFile(join(notes, `${pid}-${index + 10}`), path);
    await writeFile(join(notes, 'README'), mine);
    await unfinished().clear();
    assert.deepEqual([await files(), await readdir(notes)], [['mine.json'], ['README']]);
  });

  it('is not found where there were no exports', () => unfinished().clear());
});

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** From where the suite is built to where it is written. */
const folder = join(__dirname, '../../../test/editor/golden');

/** Compares with the transcript of that name; `UPDATE_GOLDEN=1` writes it anew. */
export async function matchesGolden(name: string, text: string): Promise<void> {
  const file = join(folder, `${name}.txt`);
  if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(file, text);
  const golden = await readFile(file, 'utf8').catch(() => '');
  assert.equal(text, golden.replaceAll('\r\n', '\n'), `${name}.txt; UPDATE_GOLDEN=1 writes it anew`);
}

/** Writes THIRD-PARTY-NOTICES.md from what the last build bundled. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sources } from '../../build/language.ts';

const root = join(import.meta.dirname, '../..');
const inputs: string[] = [];
for (const file of ['meta', 'webview']) {
  const made = JSON.parse(await readFile(join(root, `dist/${file}.json`), 'utf8')) as {
    inputs: Record<string, unknown>;
  };
  inputs.push(...Object.keys(made.inputs));
}
const bundled = inputs.flatMap((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []);
const names = new Set([...bundled, ...sources]);
const parts = ['# Third-party notices\n\nThe extension carries code and texts of these packages.\n'];
for (const name of [...names].toSorted()) {
  const folder = join(root, 'node_modules', name);
  const { license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { license: string };
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? license : (await readFile(join(folder, file), 'utf8')).trim();
  parts.push(`## ${name}\n\n${license}\n\n\`\`\`text\n${text}\n\`\`\`\n`);
}
await writeFile(join(root, 'THIRD-PARTY-NOTICES.md'), parts.join('\n'));

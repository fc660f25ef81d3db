/**
 * What activation costs: the packaged extension against an empty one, each in a fresh VS Code, in turn, in one
 * run. Figures to read, not a test.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBrowser } from '../vscode/browser.ts';
import { packaged } from '../vscode/demo.ts';
import { startVscode } from '../vscode/server.ts';
import { median } from './median.ts';

interface Sample {
  readonly wokenUnasked: boolean;
  readonly milliseconds: number;
  readonly bytes: number;
}

const runs = 9;
const home = await mkdtemp(join(tmpdir(), 'cosmos-entra-bench-'));
const empty = join(home, 'empty');
await mkdir(empty);
await writeFile(
  join(empty, 'package.json'),
  JSON.stringify({
    name: 'empty',
    publisher: 'bench',
    version: '1.0.0',
    type: 'module',
    main: './extension.mjs',
    engines: { vscode: '^1.105.0' },
    extensionKind: ['workspace'],
    activationEvents: [],
  }),
);
await writeFile(join(empty, 'extension.mjs'), 'export function activate() {}\n');

const subjects = [
  { id: 'bench.empty', extension: empty, samples: [] as Sample[] },
  { id: 'cosmos-entra.cosmos-entra', extension: packaged, samples: [] as Sample[] },
];
const browser = await openBrowser();

async function measure({ id, extension }: { id: string; extension: string }): Promise<Sample> {
  const result = join(home, 'result.json');
  await rm(result, { force: true });
  const server = await startVscode({
    extensions: [join(import.meta.dirname, 'probe'), extension],
    settings: {},
    env: { BENCH_SUBJECT: id, BENCH_RESULT: result },
  });
  const page = await browser.newPage();
  try {
    await page.goto(server.url);
    for (;;) {
      const text = await readFile(result, 'utf8').catch(() => '');
      if (text !== '') return JSON.parse(text) as Sample;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  } finally {
    await page.close();
    await server.close();
  }
}

try {
  for (let run = 0; run < runs; run++)
    for (const subject of subjects) subject.samples.push(await measure(subject));
} finally {
  await browser.close();
  await rm(home, { recursive: true, force: true });
}

const [none, ours] = subjects.map(({ samples }) => ({
  milliseconds: median(samples.map(({ milliseconds }) => milliseconds)),
  megabytes: median(samples.map(({ bytes }) => bytes)) / 1_000_000,
  woken: samples.filter(({ wokenUnasked }) => wokenUnasked).length,
}));
if (none !== undefined && ours !== undefined) {
  console.log(`activation, ${runs} fresh windows each, medians:`);
  console.log(`  empty extension  ${none.milliseconds.toFixed(2)} ms, heap +${none.megabytes.toFixed(2)} MB`);
  console.log(`  Cosmos Entra     ${ours.milliseconds.toFixed(2)} ms, heap +${ours.megabytes.toFixed(2)} MB`);
  console.log(
    `  ratio            ${(ours.milliseconds / none.milliseconds).toFixed(2)} (limit 2; heap limit 2 MB)`,
  );
  console.log(`  woken in a window where nobody asked: ${ours.woken} of ${runs}`);
}

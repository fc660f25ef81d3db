import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

interface Metafile {
  readonly outputs: Readonly<
    Record<
      string,
      {
        readonly bytes: number;
        readonly entryPoint?: string;
        readonly imports: readonly { readonly path: string; readonly kind: string }[];
        readonly inputs: Readonly<Record<string, unknown>>;
      }
    >
  >;
}

describe('the package', () => {
  let metafile: Metafile;
  let pages: Metafile;
  before(async function () {
    this.timeout(60_000);
    await run('npm', ['run', '-s', 'package'], { cwd: root });
    metafile = JSON.parse(await readFile(join(root, 'dist/meta.json'), 'utf8')) as Metafile;
    pages = JSON.parse(await readFile(join(root, 'dist/webview.json'), 'utf8')) as Metafile;
  });

  /** What is read with a module that is imported: its own file and all that this imports statically. */
  function readWith(source: string): readonly string[] {
    const [entry] =
      Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === source) ?? [];
    assert.ok(entry !== undefined);
    const seen = new Set<string>();
    const visit = (file: string): void => {
      if (seen.has(file)) return;
      seen.add(file);
      for (const { path, kind } of metafile.outputs[file]?.imports ?? [])
        if (kind === 'import-statement' && metafile.outputs[path] !== undefined) visit(path);
    };
    visit(entry);
    return [...seen];
  }

  function sizeOf(files: readonly string[]): number {
    return files.reduce((sum, file) => sum + (metafile.outputs[file]?.bytes ?? 0), 0);
  }

  function sourcesIn(files: readonly string[]): readonly string[] {
    return files.flatMap((file) => Object.keys(metafile.outputs[file]?.inputs ?? {}));
  }

  it('reads at most 120 kB at activation, and nothing of an SDK', () => {
    const files = readWith('src/extension.ts');
    const bytes = sizeOf(files);
    assert.ok(bytes <= 120_000, `${bytes} bytes`);
    assert.deepEqual(
      sourcesIn(files).filter((input) => input.includes('node_modules')),
      [],
    );
  });

  it('asks for the API of VS Code at activation, and imports it later', () => {
    const imported = (file: string): boolean =>
      metafile.outputs[file]?.imports.some(
        ({ path, kind }) => path === 'vscode' && kind === 'import-statement',
      ) === true;
    assert.deepEqual(readWith('src/extension.ts').filter(imported), []);
    assert.ok(readWith('src/editor/start.ts').some(imported));
  });

  it('reads at most 380 kB for the first look at the clusters, and nothing that waits for a press', () => {
    const files = readWith('src/editor/start.ts');
    const bytes = sizeOf(files);
    assert.ok(bytes <= 380_000, `${bytes} bytes`);
    assert.deepEqual(
      sourcesIn(files).filter((input) =>
        /node_modules|src\/core\/doctor\/checks|\/(askForAccess|review)\.ts$/.test(input),
      ),
      [],
    );
  });

  it('is at most 2.5 MB', async () => {
    const { size } = await stat(join(root, 'dist/cosmos-entra.vsix'));
    assert.ok(size <= 2_500_000, `${size} bytes`);
  });

  it('holds what it needs and nothing else', async () => {
    const { stdout } = await run('npx', ['--no-install', 'vsce', 'ls', '--no-dependencies'], { cwd: root });
    const files = stdout
      .trim()
      .split('\n')
      .filter((file) => !file.startsWith('dist/chunks/'));
    assert.deepEqual(files.toSorted(), [
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'THIRD-PARTY-NOTICES.md',
      'dist/extension.mjs',
      'dist/language.json',
      'dist/playgroundRunner.mjs',
      'dist/webview/doctor.css',
      'dist/webview/doctor.js',
      'dist/webview/documents.css',
      'dist/webview/documents.js',
      'dist/webview/results.css',
      'dist/webview/results.js',
      'l10n/bundle.l10n.json',
      'media/cosmos-entra.svg',
      'media/icon.png',
      'media/languages/document.json',
      'media/languages/document.tmLanguage.json',
      'media/languages/playground.json',
      'media/languages/playground.tmLanguage.json',
      'media/schemas/query.json',
      'media/walkthrough/access.md',
      'media/walkthrough/ask.md',
      'media/walkthrough/auth-modes.md',
      'media/walkthrough/find.md',
      'media/walkthrough/give.md',
      'media/walkthrough/sign-in.md',
      'package.json',
      'package.nls.json',
    ]);
  });

  it('gives a view a page that is small', async () => {
    for (const [name, limit] of Object.entries({ documents: 25_000, results: 90_000, doctor: 10_000 })) {
      const { size } = await stat(join(root, 'dist/webview', `${name}.js`));
      assert.ok(size <= limit, `${name}: ${size} bytes`);
    }
  });

  it('holds the library of BSON once', () => {
    const copies = new Set(
      Object.values(metafile.outputs).flatMap(({ inputs }) =>
        Object.keys(inputs).filter((input) => /\/bson\/lib\/bson\b[^/]*$/.test(input)),
      ),
    );
    assert.equal(copies.size, 1, [...copies].join(', '));
  });

  it('shows no picture in its details that it does not bring', async () => {
    const readme = await readFile(join(root, 'dist/README.md'), 'utf8');
    assert.match(readme, /^# Cosmos Entra\n/);
    assert.doesNotMatch(readme, /!\[/);
  });

  it('gives notice of every package that is bundled in it, with its licence', async () => {
    const bundled = new Set(
      [...Object.values(metafile.outputs), ...Object.values(pages.outputs)].flatMap(({ inputs }) =>
        Object.keys(inputs).flatMap((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []),
      ),
    );
    assert.ok(bundled.size > 3);
    const notices = await readFile(join(root, 'THIRD-PARTY-NOTICES.md'), 'utf8');
    for (const name of bundled) {
      const { license } = JSON.parse(
        await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8'),
      ) as { license: string };
      assert.match(license, /^(MIT|Apache-2\.0|ISC|BSD-2-Clause|BSD-3-Clause|0BSD)$/, name);
      assert.ok(notices.includes(`## ${name}\n`), `run: npm run notices (${name})`);
    }
  });
});

describe('the lock file', () => {
  it('has every package for every platform, and no address to download from', async () => {
    const text = await readFile(join(root, 'package-lock.json'), 'utf8');
    const { packages } = JSON.parse(text) as {
      packages: Record<string, { resolved?: string; optionalDependencies?: Record<string, string> }>;
    };
    const present = new Set(Object.keys(packages).map((path) => path.split('node_modules/').at(-1)));
    const wanted = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
      Object.keys(optionalDependencies),
    );
    assert.ok(wanted.length > 50);
    assert.deepEqual(
      wanted.filter((name) => !present.has(name)),
      [],
    );
    assert.doesNotMatch(text, /"resolved"/);
  });
});

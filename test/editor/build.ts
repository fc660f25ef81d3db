import { globSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import type { BuildOptions } from 'esbuild';
import { writeLanguage } from '../../build/language.ts';

const root = join(import.meta.dirname, '../..');

export interface Built {
  readonly extension: string;
  readonly suite: string;
  dispose(): Promise<void>;
}

/** The files of the suite, by their names without an ending. */
export const testsOfEditor: readonly string[] = globSync(join(import.meta.dirname, '*.test.ts'))
  .map((path) => basename(path, '.test.ts'))
  .toSorted();

/** What the libraries look for, and go without. */
const optional = [
  'kerberos',
  '@mongodb-js/zstd',
  'snappy',
  'aws4',
  'gcp-metadata',
  '@aws-sdk/credential-providers',
  'socks',
  'mongodb-client-encryption',
  'electron',
  '@babel/preset-typescript',
];

/** The extension in other surroundings, under its own manifest, and the suite that runs beside it: those files of it. */
export async function buildEditorSuite(files: readonly string[] = testsOfEditor): Promise<Built> {
  // Several may run beside each other.
  const out = join(root, `.cache/editor-suite-${process.pid}`);
  const extension = join(out, 'extension');
  const suite = join(out, 'suite');
  await mkdir(extension, { recursive: true });
  const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
  await writeFile(
    join(extension, 'package.json'),
    JSON.stringify({ ...manifest, type: 'commonjs', main: './extension.cjs' }),
  );
  await Promise.all(
    ['package.nls.json', 'l10n', 'media'].map((name) =>
      cp(join(root, name), join(extension, name), { recursive: true }),
    ),
  );
  await build({
    entryPoints: ['documents.ts', 'documents.css', 'results.ts', 'results.css'].map((name) =>
      join(root, 'src/webview', name),
    ),
    bundle: true,
    format: 'esm',
    outdir: join(extension, 'dist/webview'),
    logLevel: 'warning',
  });
  const nothing = join(root, 'build/nothing.cjs');
  await build({
    entryPoints: [join(root, 'src/playgroundRunner.ts')],
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    outdir: join(extension, 'dist'),
    alias: Object.fromEntries(
      ['@mongodb-js/devtools-connect', '@mongodb-js/oidc-plugin', 'browserslist'].map((name) => [
        name,
        nothing,
      ]),
    ),
    external: optional,
    banner: {
      js: "import{createRequire as made}from'node:module';const require=made(import.meta.url);",
    },
    logLevel: 'warning',
  });
  await writeLanguage(join(extension, 'dist'));
  const options: BuildOptions = {
    bundle: true,
    platform: 'node',
    target: 'node22',
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
  };
  await build({
    ...options,
    define: { 'import.meta.filename': '__filename' },
    entryPoints: [join(import.meta.dirname, 'extension.ts')],
    outdir: extension,
  });
  await build({
    ...options,
    define: { chosenFiles: JSON.stringify(files) },
    entryPoints: [...testsOfEditor.map((name) => `${name}.test.ts`), 'suite.ts'].map((name) =>
      join(import.meta.dirname, name),
    ),
    outdir: suite,
  });
  return {
    extension,
    suite: join(suite, 'suite.cjs'),
    dispose: () => rm(out, { recursive: true, force: true }),
  };
}

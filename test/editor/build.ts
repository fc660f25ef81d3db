import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { BuildOptions } from 'esbuild';
import { writeLanguage } from '../../build/language.ts';

const root = join(import.meta.dirname, '../..');
const out = join(root, '.cache/editor-suite');

export interface Built {
  readonly extension: string;
  readonly suite: string;
}

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

/** The extension in other surroundings, under its own manifest, and the suite that runs beside it. */
export async function buildEditorSuite(): Promise<Built> {
  const extension = join(out, 'extension');
  const suite = join(out, 'suite');
  await rm(out, { recursive: true, force: true });
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
  const tests = (await readdir(import.meta.dirname)).filter((name) => name.endsWith('.test.ts'));
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
  await build({ ...options, entryPoints: [join(import.meta.dirname, 'extension.ts')], outdir: extension });
  await build({
    ...options,
    entryPoints: [...tests, 'suite.ts'].map((name) => join(import.meta.dirname, name)),
    outdir: suite,
  });
  return { extension, suite: join(suite, 'suite.cjs') };
}

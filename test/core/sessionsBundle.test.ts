import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { clusterOfResource } from '../../src/core/clusters/query.ts';
import { cloudOf } from '../../src/core/identity/clouds.ts';
import type * as mongo from '../../src/core/sessions/mongo.ts';
import { suffixes } from '../local-azure/hosts.ts';
import { audiences, setStage, startAzure } from './stage.ts';

const root = join(import.meta.dirname, '../..');

interface Metafile {
  readonly outputs: Readonly<
    Record<
      string,
      {
        readonly entryPoint?: string;
        readonly imports: readonly { readonly path: string; readonly kind: string }[];
        readonly inputs: Readonly<Record<string, unknown>>;
      }
    >
  >;
}

describe('a session out of the bundle', () => {
  let folder: string;
  before(async () => {
    // The bundler is called as for the package, of which this is a part.
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    // Where there is no package beside it, as for those who install the extension.
    folder = await mkdtemp(join(tmpdir(), 'bundle-'));
    const { build: whole = '' } = scripts;
    const build = whole
      .slice(whole.indexOf('esbuild '))
      .replace('src/extension.ts src/playgroundRunner.ts', 'src/core/sessions/mongo.ts')
      .replace('--outdir=dist', `--outdir=${folder}`)
      .replace('dist/meta.json', join(folder, 'meta.json'));
    const path = `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`;
    await promisify(execFile)('sh', ['-c', build], { cwd: root, env: { ...process.env, PATH: path } });
  });
  after(() => rm(folder, { recursive: true }));

  it('reads the driver when it is needed, and none of what the driver could do besides', async () => {
    const { outputs } = JSON.parse(await readFile(join(folder, 'meta.json'), 'utf8')) as Metafile;
    const readWith = (file: string): readonly string[] => [
      file,
      ...(outputs[file]?.imports ?? [])
        .filter(({ path, kind }) => kind === 'import-statement' && outputs[path] !== undefined)
        .flatMap(({ path }) => readWith(path)),
    ];
    const isDriver = (file: string): boolean =>
      Object.keys(outputs[file]?.inputs ?? {}).some((input) => input.startsWith('node_modules/mongodb/'));
    const [entry] =
      Object.entries(outputs).find(([, { entryPoint }]) => entryPoint === 'src/core/sessions/mongo.ts') ??
      assert.fail();
    assert.deepEqual(readWith(entry).filter(isDriver), []);
    const later = readWith(entry)
      .flatMap((file) => outputs[file]?.imports ?? [])
      .filter(({ kind }) => kind === 'dynamic-import');
    assert.ok(later.some(({ path }) => readWith(path).some(isDriver)));
    const packages = new Set(
      Object.values(outputs).flatMap(({ inputs }) =>
        Object.keys(inputs).flatMap((input) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []),
      ),
    );
    for (const name of ['kerberos', 'snappy', 'aws4', 'gcp-metadata', 'socks', 'mongodb-client-encryption'])
      assert.ok(!packages.has(name), name);
    assert.deepEqual(
      [...packages].filter((name) => name.startsWith('@aws')),
      [],
    );
  });

  it('works', async () => {
    const { MongoSessions } = (await import(pathToFileURL(join(folder, 'mongo.mjs')).href)) as typeof mongo;
    const azure = await startAzure({ gateways: true });
    try {
      const cloud = cloudOf('custom', {
        ...azure.endpoints,
        authenticationProvider: 'local',
        audiences,
        hosts: { mongoClusters: [suffixes.mongoClusters] },
        nameServer: azure.nameServer?.address,
      });
      const stage = setStage(azure, { cloud });
      const raw = azure.organisation.resources.find(({ name }) => name === 'orders-eu') ?? assert.fail();
      const cluster =
        clusterOfResource({ ...raw, properties: {} }, stage.caller('Contoso'), false) ?? assert.fail();
      const sessions = new MongoSessions(stage.door, stage.tokens);
      const { ok } = await sessions.command(cluster, { ping: 1 });
      assert.equal(ok, 1);
      await sessions.forget();
    } finally {
      await azure.close();
    }
  });
});

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import l10nDev from '@vscode/l10n-dev';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);

async function tree(folder: string): Promise<ReadonlyMap<string, string>> {
  const files = (await readdir(join(root, folder), { recursive: true })).filter((file) =>
    file.endsWith('.ts'),
  );
  return new Map(
    await Promise.all(
      files.map(
        async (file) => [`${folder}/${file}`, await readFile(join(root, folder, file), 'utf8')] as const,
      ),
    ),
  );
}

describe('the sources', () => {
  it('name vscode in editor/ and extension.ts only, types included', async () => {
    for (const [file, text] of await tree('src')) {
      if (/from ['"]vscode['"]|import\(['"]vscode['"]\)/.test(text))
        assert.match(file, /^src\/(editor\/|extension\.ts)/);
    }
  });

  it('know nothing of tests', async () => {
    for (const [file, text] of await tree('src'))
      assert.doesNotMatch(text, /NODE_ENV|process\.env|local-azure|mocha|ExtensionMode/i, file);
  });

  it('have every text in the bundle for translators, and the bundle has no other', async function () {
    // Every source is parsed, or linted: a busy machine takes a minute for that.
    this.timeout(180_000);
    const contents = [...(await tree('src')).values()].map((text) => ({
      extension: '.ts' as const,
      contents: text,
    }));
    const bundle: unknown = JSON.parse(await readFile(join(root, 'l10n/bundle.l10n.json'), 'utf8'));
    assert.deepEqual(await l10nDev.getL10nJson(contents), bundle, 'run: npm run l10n');
  });

  it('are held to their rooms by the linter: an arrow that points up is an error', async function () {
    this.timeout(180_000);
    const wrong: readonly (readonly [string, string])[] = [
      ['src/core/identity', "import type { Door } from '../azure/door.ts';\nexport type Probe = Door;\n"],
      ['src/core/azure', "import type { Kind } from '../clusters/kind.ts';\nexport type Probe = Kind;\n"],
      [
        'src/core/clusters',
        "import type { Names } from '../access/principals.ts';\nexport type Probe = Names;\n",
      ],
      ['src/core/access', "import type { App } from '../../editor/app.ts';\nexport type Probe = App;\n"],
      ['src/core/sessions', "import type { Named } from '../doctor/named.ts';\nexport type Probe = Named;\n"],
      [
        'src/core/doctor',
        "import type { AuditLine } from '../audit/audit.ts';\nexport type Probe = AuditLine;\n",
      ],
      ['src/core/clusters', "import type { Uri } from 'vscode';\nexport type Probe = Uri;\n"],
      ['src/webview', "import type { Doc } from '../core/sessions/bson.ts';\nexport type Probe = Doc;\n"],
      [
        'src/core/sessions',
        "import type { View } from '../webview/protocol.ts';\nexport type Probe = View;\n",
      ],
      ['src/editor', "import { start } from '../extension.ts';\nexport const probe = start;\n"],
    ];
    for (const [folder, text] of wrong) {
      const probe = await mkdtemp(join(root, folder, 'probe-'));
      try {
        const file = join(probe, 'probe.ts');
        await writeFile(file, text.replaceAll("'../", "'../../"));
        const failed = await run(join(root, 'node_modules/.bin/oxlint'), [file], { cwd: root }).then(
          () => '',
          (error: unknown) => (error as { stdout: string }).stdout,
        );
        assert.match(failed, /no-restricted-imports/, `${folder}: ${text}`);
      } finally {
        await rm(probe, { recursive: true });
      }
    }
  });
});

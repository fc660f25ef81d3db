/** The suite of `test/editor` in a desktop VS Code: the minimum that the manifest admits, or the stable one. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import { startLocalAzure } from '../local-azure/azure.ts';
import { demoOf } from '../vscode/demo.ts';
import { buildEditorSuite } from './build.ts';

const wanted = process.argv[2] ?? 'stable';
const manifest = JSON.parse(await readFile(join(import.meta.dirname, '../../package.json'), 'utf8')) as {
  engines: { vscode: string };
};
const version = wanted === 'minimum' ? manifest.engines.vscode.replace('^', '') : wanted;

// VS Code is a window: on a machine without a screen it gets one of its own.
const headless = process.platform === 'linux' && process.env['DISPLAY'] === undefined;
const screen = headless
  ? spawn('Xvfb', [':99', '-screen', '0', '1280x800x24'], { stdio: 'ignore' })
  : undefined;
screen?.on('error', () => {
  console.error('A desktop VS Code needs a screen. Install one with:\n  sudo apt-get install -y xvfb');
  process.exit(1);
});

const built = await buildEditorSuite();
const azure = await startLocalAzure({ gateways: true });
const demo = await demoOf(azure);
const home = await mkdtemp(join(tmpdir(), 'ce-'));
await mkdir(join(home, 'User'));
await writeFile(join(home, 'User/settings.json'), JSON.stringify(demo.settings));
try {
  await runTests({
    version,
    extensionDevelopmentPath: built.extension,
    extensionTestsPath: built.suite,
    extensionTestsEnv: { ...demo.env, ...(headless ? { DISPLAY: ':99' } : {}) },
    launchArgs: ['--user-data-dir', home, '--disable-extensions', '--disable-workspace-trust'],
  });
} finally {
  screen?.kill();
  await Promise.all([
    azure.close(),
    demo.dispose(),
    built.dispose(),
    rm(home, { recursive: true, force: true }),
  ]);
}

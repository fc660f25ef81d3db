import { execFile } from 'node:child_process';
import { isAbsolute } from 'node:path';
import { promisify } from 'node:util';
import { Failure } from '../failure.ts';
import type { Caller } from '../identity/tokens.ts';
import type { Member } from './hosts.ts';

/** The first that can be given tokens from a file. */
const oldest = '2.3.4';

/** What is to be started, and how. */
export interface Launch {
  readonly file: string;
  /** On Windows the whole line, where a script takes apart what is not in quotes. */
  readonly arguments: readonly string[] | string;
}

/** The user's own mongosh: where the setting says, or where their shell finds it. Throws when it will not do. */
export async function findMongosh(setting: string, signal: AbortSignal): Promise<string> {
  const path = setting === '' ? await onPath(signal) : setting;
  const version = path === undefined ? undefined : await versionOf(path, signal);
  if (path === undefined || version === undefined || isOlder(version, oldest))
    throw new Failure({ code: 'noMongosh', path, version, needed: oldest });
  return path;
}

/**
 * Signs in with whatever the file has that the environment names. The members have been looked at: mongosh asks
 * for no others, and does not look at them itself when it gets its tokens so.
 */
export function addressOf(members: readonly Member[]): string {
  const options = [
    'tls=true',
    'authMechanism=MONGODB-OIDC',
    'authMechanismProperties=ENVIRONMENT:k8s',
    'retryWrites=false',
    // Azure drops what was silent for longer.
    'maxIdleTimeMS=120000',
  ];
  return `mongodb://${members.map(({ host, port }) => `${host}:${port}`).join(',')}/?${options.join('&')}`;
}

/** The variable that names the file, for that one process. */
export function environmentOf(tokenFile: string): Readonly<Record<string, string>> {
  return { AZURE_FEDERATED_TOKEN_FILE: tokenFile };
}

/** A token, or a failure while mongosh still waits: after a minute it gives up, and the editor may never answer. */
export async function inTime(token: Promise<string>, { tenant }: Caller): Promise<string> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Failure({ code: 'signInNeeded', tenant })), 45_000).unref();
  try {
    return await Promise.race([token, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function launchOf(path: string, rest: readonly string[]): Launch {
  if (!isScript(path)) return { file: path, arguments: rest };
  const line = [path, ...rest].map((part) => `"${part}"`).join(' ');
  return { file: 'cmd.exe', arguments: `/d /s /c "${line}"` };
}

/** Not asked of this process's own variables: the system's way knows how to read them. */
async function onPath(signal: AbortSignal): Promise<string | undefined> {
  const [file, ...question] =
    process.platform === 'win32'
      ? ['where.exe', '$PATH:mongosh.exe', '$PATH:mongosh.cmd']
      : ['/bin/sh', '-c', 'command -v mongosh'];
  const found = await promisify(execFile)(file ?? '', question, { signal, timeout: limit }).then(
    ({ stdout }) => stdout,
    // Where one of several is not found, the rest is said all the same.
    (error: unknown) => (error as { readonly stdout?: string }).stdout ?? '',
  );
  if (signal.aborted) throw new Failure({ code: 'cancelled' });
  // A name that leads on from wherever one happens to be is not to be trusted.
  return found.split(/\r?\n/).find((line) => isAbsolute(line));
}

/** Undefined when what is there does not say. */
async function versionOf(path: string, signal: AbortSignal): Promise<string | undefined> {
  if (!isAbsolute(path)) return undefined;
  const { file, arguments: given } = launchOf(path, ['--version']);
  const isLine = typeof given === 'string';
  try {
    const options = { signal, timeout: limit, windowsVerbatimArguments: isLine, windowsHide: true };
    const { stdout } = await promisify(execFile)(file, isLine ? [given] : given, options);
    return /^\d+\.\d+\.\d+(?:-[\w.]+)?$/m.exec(stdout.trim())?.[0];
  } catch {
    if (signal.aborted) throw new Failure({ code: 'cancelled' });
    return undefined;
  }
}

/** How long it may take to say its version, in milliseconds: a first start is slow. */
const limit = 20_000;

/** By their three numbers; what is between two versions is older than the second. */
function isOlder(version: string, than: string): boolean {
  const [numbers = '', between] = version.split('-');
  const parts = numbers.split('.').map(Number);
  const wanted = than.split('.').map(Number);
  for (const [index, part] of wanted.entries()) {
    const its = parts[index] ?? 0;
    if (its !== part) return its < part;
  }
  return between !== undefined;
}

/** What Windows runs by its command line interpreter. */
function isScript(path: string): boolean {
  return process.platform === 'win32' && /\.(?:cmd|bat)$/i.test(path);
}

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from '../../src/core/failure.ts';
import {
  makePrivateFolder,
  removePrivateFolder,
  sweepPrivateFolders,
} from '../../src/core/sessions/privateFolder.ts';
import { openPlainTokenFile } from '../../src/core/sessions/tokenFile.ts';
import type { TokenFile, TokenSupply } from '../../src/core/sessions/tokenFile.ts';
import { openTokenPipe } from '../../src/core/sessions/tokenPipe.ts';
import { eventually } from '../editor/eventually.ts';

const pipeModule = join(import.meta.dirname, '../../src/core/sessions/tokenPipe.ts');

/** Reads the file whole as often as it is told to, with what the driver reads it with. */
const readerScript = `
  const { readFile } = require('node:fs/promises');
  process.stdin.on('data', async (told) => {
    for (const _ of String(told).trim().split('\\n'))
      readFile(process.argv[1], 'utf8').then((text) => process.stdout.write(JSON.stringify(text) + '\\n'));
  });`;

/** A process that reads, as often as one wants. */
function startReader(path: string) {
  const child = spawn(process.execPath, ['-e', readerScript, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting: ((text: string) => void)[] = [];
  let rest = '';
  child.stdout.on('data', (data: Buffer) => {
    const lines = (rest + data.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) waiting.shift()?.(JSON.parse(line) as string);
  });
  return {
    read: (): Promise<string> =>
      new Promise((resolve) => {
        waiting.push(resolve);
        child.stdin.write('read\n');
      }),
    close: () => child.kill(),
  };
}

/** What another program gets. */
function cat(path: string): Promise<string> & { readonly pid: number | undefined; kill(): void } {
  const child = spawn('cat', [path], { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (data: Buffer) => (text += data.toString()));
  const ended = new Promise<string>((resolve) => child.once('close', () => resolve(text)));
  return Object.assign(ended, { pid: child.pid, kill: () => void child.kill('SIGKILL') });
}

describe('the token pipe', function () {
  this.timeout(60_000);
  const opened: { close(): unknown }[] = [];
  // Whatever else runs on this machine sweeps what the dead have left, and not here.
  const usual = process.env['TMPDIR'];
  let home: string;
  before(() => {
    home = mkdtempSync(join(tmpdir(), 'token-pipes-'));
    process.env['TMPDIR'] = home;
  });
  after(() => {
    if (usual === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = usual;
    rmSync(home, { recursive: true });
  });
  let issued: string[] = [];
  let failures: Failure[] = [];
  beforeEach(() => {
    issued = [];
    failures = [];
  });
  afterEach(() => {
    for (const one of opened.splice(0).toReversed()) one.close();
  });

  /** A token of its own for each who asks, recognisable from end to end. */
  function supply(length = 2000, next?: () => Promise<string>): TokenSupply {
    return {
      next:
        next ??
        (async () => {
          const token = `<${issued.length}:${String(issued.length % 10).repeat(length)}>`;
          issued.push(token);
          return token;
        }),
      failed: (failure) => failures.push(failure),
    };
  }
  async function open(of = supply()): Promise<TokenFile> {
    const pipe = await openTokenPipe(of);
    opened.push(pipe);
    return pipe;
  }
  function reader(path: string): ReturnType<typeof startReader> {
    const started = startReader(path);
    opened.push(started);
    return started;
  }
  /** Each token went to one reader, whole, and each reader got one. */
  function wentRound(got: readonly string[]): void {
    assert.deepEqual(failures, []);
    assert.deepEqual(got.toSorted(), issued.toSorted());
  }

  it('is a pipe of this user’s, in a folder that nobody else can look into', async () => {
    const { path } = await open();
    const [pipe, folder] = [lstatSync(path), lstatSync(dirname(path))];
    assert.ok(pipe.isFIFO());
    assert.equal(pipe.mode & 0o777, 0o600);
    assert.equal(folder.mode & 0o777, 0o700);
    assert.equal(folder.uid, process.getuid?.());
  });

  it('has a whole token of its own for each of 200 readings in a row', async function () {
    this.timeout(240_000);
    const { path } = await open();
    const { read } = reader(path);
    const got: string[] = [];
    for (let reading = 0; reading < 200; reading++) got.push(await read());
    wentRound(got);
    assert.equal(got.length, 200);
  });

  for (const count of [2, 3])
    it(`has one for each of ${count} readers at once`, async () => {
      const { path } = await open();
      const readers = Array.from({ length: count }, () => reader(path));
      const got: string[] = [];
      for (let round = 0; round < 40; round++)
        got.push(...(await Promise.all(readers.map(({ read }) => read()))));
      wentRound(got);
      assert.equal(got.length, 40 * count);
    });

  it('has one for each, whether it is one process that reads twice or two programs', async () => {
    const { path } = await open();
    const { read } = reader(path);
    const got: string[] = [];
    for (let round = 0; round < 15; round++) got.push(...(await Promise.all([read(), read(), cat(path)])));
    wentRound(got);
  });

  it('has it for who reads at any moment, however they follow each other', async () => {
    const { path } = await open();
    const readings = Array.from({ length: 60 }, async (_, index) => {
      await sleep(index * 13);
      return cat(path);
    });
    wentRound(await Promise.all(readings));
  });

  it('has one for who was let in with another, and had no turn before that was asked for', async () => {
    const asked = Promise.withResolvers<void>();
    const { promise: mayCome, resolve: come } = Promise.withResolvers<void>();
    const { next } = supply(0);
    const { path } = await open(
      supply(0, () => {
        asked.resolve();
        return mayCome.then(next);
      }),
    );
    // The same pipe under another name, which stays when it is replaced.
    const same = join(dirname(path), 'same');
    linkSync(path, same);
    const first = cat(path);
    await asked.promise;
    const late = cat(same);
    await eventually(() => assert.match(textOf(`/proc/${late.pid}/wchan`), /pipe/));
    come();
    wentRound(await Promise.all([first, late]));
  });

  it('keeps a token whole that is larger than a pipe takes at once', async () => {
    const { path } = await open(supply(200_000));
    assert.equal(await cat(path), issued[0]);
    assert.equal(issued[0]?.length, 200_004);
    assert.equal(await reader(path).read(), issued[1]);
    assert.deepEqual(failures, []);
  });

  it('asks for a token when somebody reads, and not before', async () => {
    const { path } = await open();
    await sleep(200);
    assert.deepEqual(issued, []);
    await cat(path);
    assert.equal(issued.length, 1);
  });

  it('lets who reads go with nothing when there is no token, says why, and has the next', async () => {
    let isSignedIn = false;
    const { path } = await open(
      supply(0, async () => {
        if (!isSignedIn) throw new Failure({ code: 'signInNeeded', tenant: 'contoso' });
        return 'token';
      }),
    );
    assert.deepEqual(await Promise.all([cat(path), cat(path)]), ['', '']);
    assert.ok(failures.length >= 1);
    assert.deepEqual(failures[0]?.data, { code: 'signInNeeded', tenant: 'contoso' });
    isSignedIn = true;
    assert.equal(await cat(path), 'token');
  });

  it('serves others while one token is long in coming', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    const asked = Promise.withResolvers<void>();
    const answers = [promise];
    const { path } = await open(
      supply(0, () => {
        asked.resolve();
        return answers.shift() ?? Promise.resolve('second');
      }),
    );
    const first = cat(path);
    await asked.promise;
    assert.equal(await cat(path), 'second');
    resolve('first');
    assert.equal(await first, 'first');
  });

  it('outlives readers that go before they have read', async () => {
    const { path } = await open();
    for (let round = 0; round < 5; round++) {
      const gone = cat(path);
      await sleep(round * 20);
      gone.kill();
      await gone;
    }
    issued = [];
    assert.ok(issued.includes(await cat(path)));
    // Those who went are looked for, for a while.
    await sleep(500);
    assert.deepEqual(failures, []);
  });

  it('gives nothing to a pipe that somebody put in its place', async () => {
    const { path } = await open();
    await cat(path);
    const before = issued.length;
    const names = readdirSync(dirname(path)).filter((name) => name !== 'token');
    // Whichever is next: none of them is what was made here.
    for (const name of names) {
      execFileSync('mkfifo', [join(dirname(path), 'other')]);
      renameSync(join(dirname(path), 'other'), join(dirname(path), name));
    }
    const stolen = cat(join(dirname(path), names[0] ?? ''));
    await sleep(300);
    stolen.kill();
    assert.equal(await stolen, '');
    assert.equal(issued.length, before);
  });

  it('lets go of whoever waits when it is closed, and leaves nothing', async () => {
    const { promise } = Promise.withResolvers<string>();
    const pipe = await open(supply(0, () => promise));
    const folder = dirname(pipe.path);
    const served = cat(pipe.path);
    await sleep(150);
    const late = cat(pipe.path);
    await sleep(15);
    pipe.close();
    pipe.close();
    assert.ok(!existsSync(folder));
    assert.deepEqual(await Promise.all([served, late]), ['', '']);
    assert.deepEqual(failures, []);
  });

  it('asks for no token any more when it is closed', async () => {
    for (const moment of [20, 45, 60, 75]) {
      const pipe = await open();
      const reading = cat(pipe.path);
      await sleep(moment);
      pipe.close();
      const asked = issued.length;
      await reading;
      await sleep(80);
      assert.equal(issued.length, asked);
    }
  });

  it('blocks no thread: all of them are there for others while nobody reads', async () => {
    const pipes = await Promise.all(Array.from({ length: 8 }, () => open()));
    assert.equal(new Set(pipes.map(({ path }) => path)).size, 8);
    const began = Date.now();
    await Promise.all(Array.from({ length: 16 }, () => readFile(import.meta.filename)));
    assert.ok(Date.now() - began < 10_000);
  });

  it('has no token at rest anywhere in its folder, at any moment', async () => {
    const { path } = await open();
    const readings = Promise.all(Array.from({ length: 20 }, () => cat(path)));
    const state = { isOver: false };
    void readings.then(() => (state.isOver = true));
    let looks = 0;
    for (; !state.isOver; looks++) {
      for (const name of readdirSync(dirname(path))) assert.ok(kindOf(join(dirname(path), name)) !== 'file');
      await sleep(1);
    }
    assert.ok(looks > 10);
    wentRound(await readings);
  });

  it('shows no token on the command line or in the environment of any process', async () => {
    const { path } = await open();
    const reading = cat(path);
    while (issued.length === 0) await sleep(1);
    const mark = issued[0]?.slice(0, 20) ?? assert.fail();
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name)))
      for (const what of ['cmdline', 'environ']) assert.ok(!textOf(`/proc/${pid}/${what}`).includes(mark));
    await reading;
  });

  describe('in a process that ends', () => {
    /** A process that has a pipe and says its path. */
    async function startOwner(script: string) {
      const child = spawn(
        process.execPath,
        [
          '--input-type=module',
          '-e',
          `import { openTokenPipe } from ${JSON.stringify(pipeModule)};
           const next = () => {
             console.log('asked');
             return new Promise(() => {});
           };
           const pipe = await openTokenPipe({ next, failed() {} });
           console.log(pipe.path);
           ${script}`,
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
      const lines = createInterface(child.stdout);
      const [path] = (await once(lines, 'line')) as [string];
      /** Somebody has begun to read. */
      const asked = once(lines, 'line');
      return { child, path, asked, ended };
    }

    it('keeps it from nothing, and goes with it', async () => {
      const began = Date.now();
      const { path, ended } = await startOwner('');
      assert.equal(await ended, 0);
      assert.ok(Date.now() - began < 30_000);
      assert.ok(!existsSync(dirname(path)));
    });

    it('lets go of whoever waits', async () => {
      const { path, ended } = await startOwner('setTimeout(() => process.exit(3), 500);');
      const [first] = [cat(path)];
      await sleep(200);
      const second = cat(path);
      assert.equal(await ended, 3);
      assert.deepEqual(await Promise.all([first, second]), ['', '']);
      assert.ok(!existsSync(dirname(path)));
    });

    it('that was killed leaves it to the next start, which lets go of whoever waits', async () => {
      const { child, path, asked, ended } = await startOwner('setInterval(() => {}, 1000);');
      const served = cat(path);
      await asked;
      child.kill('SIGKILL');
      await ended;
      // The system itself ends what the dead process had open.
      assert.equal(await served, '');
      const waiting = cat(path);
      await sleep(100);
      assert.ok(existsSync(path));
      sweepPrivateFolders();
      assert.equal(await waiting, '');
      assert.ok(!existsSync(dirname(path)));
    });
  });

  describe('sweeping', () => {
    const dead = async (): Promise<number> => {
      const child = spawn('true');
      await once(child, 'exit');
      return child.pid ?? assert.fail();
    };
    const made: string[] = [];
    afterEach(() => {
      for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
    });
    function folderOf(pid: number, mode = 0o700): string {
      const folder = mkdtempSync(join(tmpdir(), `cosmos-entra-${pid}-`));
      made.push(folder);
      chmodSync(folder, mode);
      return folder;
    }

    it('takes what the dead left, and what an earlier process of this number left', async () => {
      const left = [folderOf(await dead()), folderOf(process.pid)];
      sweepPrivateFolders();
      for (const folder of left) assert.ok(!existsSync(folder), folder);
    });

    it('leaves what is in use, of others, or open to others', async () => {
      const own = makePrivateFolder();
      try {
        const kept = [own, folderOf(process.ppid), folderOf(await dead(), 0o755)];
        const other = join(tmpdir(), `cosmos-entra-${await dead()}-notours`);
        mkdirSync(other, { mode: 0o700 });
        made.push(other);
        sweepPrivateFolders();
        for (const folder of [...kept, other]) assert.ok(existsSync(folder), folder);
      } finally {
        removePrivateFolder(own);
      }
    });
  });
});

describe('the token file, where there are no pipes', function () {
  this.timeout(60_000);
  const jwt = (seconds: number): string =>
    ['{}', JSON.stringify({ exp: Date.now() / 1000 + seconds, iat: Date.now() / 1000 }), 'signature']
      .map((part) => Buffer.from(part).toString('base64url'))
      .join('.');
  /** There is this one, and no other behind it. */
  const only = (token: string) => {
    const tokens = [token];
    return async (): Promise<string> => {
      const next = tokens.shift();
      if (next === undefined) throw new Failure({ code: 'signInNeeded', tenant: 'contoso' });
      return next;
    };
  };
  let failures: Failure[] = [];
  let file: TokenFile | undefined;
  beforeEach(() => (failures = []));
  afterEach(() => file?.close());
  const open = async (next: () => Promise<string>): Promise<TokenFile> =>
    (file = await openPlainTokenFile({ next, failed: (failure) => failures.push(failure) }));

  it('holds a token and nothing else, for this user alone, and goes when it is closed', async () => {
    const token = jwt(3600);
    const opened = await open(() => Promise.resolve(token));
    const { path } = opened;
    assert.equal(readFileSync(path, 'utf8'), token);
    assert.equal(lstatSync(path).mode & 0o777, 0o600);
    assert.equal(lstatSync(dirname(path)).mode & 0o777, 0o700);
    opened.close();
    assert.ok(!existsSync(dirname(path)));
  });

  it('is not made where there is no token', async () => {
    const none = new Failure({ code: 'signInNeeded', tenant: 'contoso' });
    await assert.rejects(
      open(() => Promise.reject(none)),
      none,
    );
  });

  it('is written anew before its token ends, never by halves', async () => {
    const end = Date.now() + 8000;
    const tokens = [jwt(8), jwt(3600)];
    const { path } = await open(() => Promise.resolve(tokens.shift() ?? jwt(3600)));
    const [first] = [readFileSync(path, 'utf8')];
    while (readFileSync(path, 'utf8') === first) {
      assert.ok(Date.now() < end, 'still the first');
      await sleep(5);
    }
    assert.equal(readdirSync(dirname(path)).length, 1);
  });

  it('keeps no token that has ended, and says why there is none', async () => {
    const { path } = await open(only(jwt(2)));
    await eventually(() => assert.ok(!existsSync(path)), 10_000);
    assert.ok(failures.length >= 1);
  });

  it('keeps none that ended while it was said that there is no other', async () => {
    const end = Date.now() + 2000;
    file = await openPlainTokenFile({
      next: only(jwt(2)),
      failed() {
        while (Date.now() <= end);
      },
    });
    const { path } = file;
    await eventually(() => assert.ok(!existsSync(path)), 10_000);
  });
});

function kindOf(path: string): 'pipe' | 'file' | 'gone' {
  try {
    return lstatSync(path).isFIFO() ? 'pipe' : 'file';
  } catch {
    return 'gone';
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

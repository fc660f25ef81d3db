import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openAudit } from '../../src/core/audit/audit.ts';
import type { AuditLine } from '../../src/core/audit/audit.ts';
import { openAuditFiles } from '../../src/core/audit/files.ts';
import type { AuditFiles } from '../../src/core/audit/files.ts';

const run = promisify(execFile);
const day = 86_400_000;
const lastSecond = Date.UTC(2026, 10, 21, 23, 59, 59);

describe('the files of the audit log', () => {
  let base: string;
  let folder: string;
  const troubles: unknown[] = [];
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'audit-'));
    folder = join(base, 'storage/audit');
    troubles.length = 0;
  });
  afterEach(() => rm(base, { recursive: true }));

  const openFiles = (retentionDays: () => number = () => 90): AuditFiles =>
    openAuditFiles({ folder, retentionDays, trouble: (error) => troubles.push(error) });
  const line = (time: number, account: string): AuditLine => ({
    time: new Date(time).toISOString(),
    event: 'token',
    account,
    tenant: 't',
    resource: 'r',
    interactive: false,
    outcome: 'ok',
  });
  const fileOf = (name: string): string => join(folder, `audit-${name}.jsonl`);
  const names = async (): Promise<readonly string[]> => (await readdir(folder)).toSorted();
  const accountsOf = (text: string): readonly unknown[] =>
    text
      .trimEnd()
      .split('\n')
      .map((one) => (JSON.parse(one) as { account?: unknown }).account);
  const accounts = async (name: string): Promise<readonly unknown[]> =>
    accountsOf(await readFile(fileOf(name), 'utf8'));
  const textOf = async (parts: AsyncIterable<string>): Promise<string> =>
    (await Array.fromAsync(parts)).join('');

  it('are not there before there is something to write', async () => {
    const files = openFiles();
    await files.flush();
    assert.deepEqual(await files.days(), []);
    assert.equal(await textOf(files.export('2000-01-01', '2100-01-01')), '');
    assert.deepEqual(await readdir(base), []);
    assert.deepEqual(troubles, []);
  });

  it('have a line for each event, in order, each whole', async () => {
    const files = openFiles();
    const lines = Array.from({ length: 500 }, (_, index) => line(lastSecond, `person ${index}\n\u2028"`));
    for (const one of lines) files.write(one);
    await files.flush();
    const text = await readFile(fileOf('2026-11-21'), 'utf8');
    assert.equal(text, `${lines.map((one) => JSON.stringify(one)).join('\n')}\n`);
  });

  it('are for nobody else to read', async () => {
    const files = openFiles();
    files.write(line(lastSecond, 'a'));
    await files.flush();
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    assert.equal((await stat(fileOf('2026-11-21'))).mode & 0o777, 0o600);
  });

  it('begin anew at midnight in UTC', async () => {
    const clock = { time: lastSecond, now: () => clock.time };
    const files = openFiles();
    const audit = openAudit(clock, [files]);
    const asked = { tenant: 't', resource: 'r', interactive: false, outcome: 'ok' } as const;
    audit.tokenAsked({ account: 'before', ...asked });
    clock.time += 1000;
    audit.tokenAsked({ account: 'after', ...asked });
    await audit.flush();
    assert.deepEqual(await names(), ['audit-2026-11-21.jsonl', 'audit-2026-11-22.jsonl']);
    assert.deepEqual(await accounts('2026-11-21'), ['before']);
    assert.deepEqual(await accounts('2026-11-22'), ['after']);
  });

  it('are appended to by several windows at once, line by line', async () => {
    const module = JSON.stringify(new URL('../../src/core/audit/files.ts', import.meta.url).href);
    const long = 'x'.repeat(20_000);
    const windows = ['a', 'b', 'c'];
    const gate = join(folder, '../gate');
    await mkdir(gate, { recursive: true });
    // None begins before all are there, however long a process takes to start.
    const script = (window: string): string => `
      import { readdirSync, writeFileSync } from 'node:fs';
      import { openAuditFiles } from ${module};
      writeFileSync(${JSON.stringify(join(gate, window))}, '');
      while (readdirSync(${JSON.stringify(gate)}).length < ${windows.length});
      const files = openAuditFiles({
        folder: ${JSON.stringify(folder)},
        retentionDays: () => 0,
        trouble: (error) => { throw error; },
      });
      for (let index = 0; index < 300; index++) {
        files.write({ time: '2026-11-21T00:00:00.000Z', account: '${window} ' + index, long: ${JSON.stringify(long)} });
        await files.flush();
      }`;
    await Promise.all(
      windows.map((window) =>
        run(process.execPath, ['--input-type=module', '-e', script(window)], { maxBuffer: 1 << 26 }),
      ),
    );
    const all = accountsOf(await textOf(openFiles().export('2026-11-21', '2026-11-21')));
    assert.equal(all.length, 900);
    for (const window of windows) {
      const own = all.filter((account) => String(account).startsWith(window));
      assert.deepEqual(
        own,
        Array.from({ length: 300 }, (_, index) => `${window} ${index}`),
      );
    }
    const first = all.map((account) => String(account)[0]).join('');
    assert.ok(!/^(a+b+c+|a+c+b+|b+a+c+|b+c+a+|c+a+b+|c+b+a+)$/.test(first), 'they took turns');
  }).timeout(30_000);

  describe('when they get old', () => {
    const old = (count: number): string => new Date(lastSecond - count * day).toISOString().slice(0, 10);
    const put = async (...ages: readonly number[]): Promise<void> => {
      await mkdir(folder, { recursive: true });
      for (const age of ages) await writeFile(fileOf(old(age)), '{}\n');
    };

    it('are deleted after so many days, and nothing else is', async () => {
      await put(1, 29, 30, 31, 400);
      const others = ['audit-2001-01-01.jsonl.bak', 'notes.txt', 'audit-x.jsonl'];
      for (const name of others) await writeFile(join(folder, name), 'x');
      const files = openFiles(() => 30);
      files.write(line(lastSecond, 'a'));
      await files.flush();
      assert.deepEqual(await files.days(), [old(30), old(29), old(1), old(0)]);
      assert.deepEqual(
        (await names()).filter((name) => others.includes(name)),
        others.toSorted(),
      );
      assert.deepEqual(troubles, []);
    });

    it('stay for ever when the days are 0, or make no sense', async () => {
      await put(5000);
      for (const days of [0, -1, Number.NaN]) {
        const files = openFiles(() => days);
        files.write(line(lastSecond, 'a'));
        await files.flush();
        assert.deepEqual(await files.days(), [old(5000), old(0)]);
      }
    });

    it('are looked for once a day, with the setting as it is then', async () => {
      let asked = 0;
      let kept = 90;
      const files = openFiles(() => {
        asked++;
        return kept;
      });
      await put(40);
      for (const account of ['a', 'b']) {
        files.write(line(lastSecond, account));
        await files.flush();
      }
      assert.equal(asked, 1);
      assert.ok((await files.days()).includes(old(40)));
      kept = 30;
      files.write(line(lastSecond + day, 'c'));
      await files.flush();
      assert.equal(asked, 2);
      assert.ok(!(await files.days()).includes(old(40)));
    });

    it('are kept one day longer rather than keep a line from being written', async () => {
      const files = openFiles(() => {
        throw new Error('no setting');
      });
      files.write(line(lastSecond, 'a'));
      await files.flush();
      assert.deepEqual(await accounts('2026-11-21'), ['a']);
      assert.equal(troubles.length, 1);
    });
  });

  describe('that cannot be written', () => {
    it('are spoken of once, and written when they can be', async () => {
      await mkdir(join(base, 'storage'));
      await writeFile(folder, 'a file where the folder should be');
      const files = openFiles();
      for (const account of ['a', 'b', 'c']) {
        files.write(line(lastSecond, account));
        await files.flush();
      }
      assert.equal(troubles.length, 1);
      await rm(folder);
      files.write(line(lastSecond, 'd'));
      await files.flush();
      assert.deepEqual(await accounts('2026-11-21'), ['a', 'b', 'c', 'd']);
      assert.equal(troubles.length, 1);

      await rm(folder, { recursive: true });
      await writeFile(folder, 'again');
      files.write(line(lastSecond, 'e'));
      await files.flush();
      assert.equal(troubles.length, 2);
    });

    it('because the disk is full, lose nothing either', async () => {
      await mkdir(folder, { recursive: true });
      await symlink('/dev/full', fileOf('2026-11-21'));
      const files = openFiles();
      files.write(line(lastSecond, 'a'));
      await files.flush();
      assert.match(String(troubles[0]), /ENOSPC/);
      await rm(fileOf('2026-11-21'));
      files.write(line(lastSecond, 'b'));
      await files.flush();
      assert.deepEqual(await accounts('2026-11-21'), ['a', 'b']);
    });

    it('go on even when nobody wants to hear of it', async () => {
      await mkdir(join(base, 'storage'));
      await writeFile(folder, 'a file where the folder should be');
      const trouble = (): never => {
        throw new Error('not now');
      };
      const files = openAuditFiles({ folder, retentionDays: () => 0, trouble });
      files.write(line(lastSecond, 'a'));
      await files.flush();
      await rm(folder);
      files.write(line(lastSecond, 'b'));
      await files.flush();
      assert.deepEqual(await accounts('2026-11-21'), ['a', 'b']);
    });

    it('keep so much in memory and no more, and say how much was lost', async () => {
      await mkdir(join(base, 'storage'));
      await writeFile(folder, 'a file where the folder should be');
      const files = openFiles();
      for (let index = 0; index < 1234; index++) files.write(line(lastSecond, `${index}`));
      await files.flush();
      assert.equal(troubles.length, 1);
      await rm(folder);
      // This one comes when there is no room yet.
      files.write(line(lastSecond, 'lost as well'));
      await files.flush();
      files.write(line(lastSecond, 'again'));
      await files.flush();
      const text = await readFile(fileOf('2026-11-21'), 'utf8');
      assert.equal(accountsOf(text).length, 1002);
      assert.deepEqual(
        text
          .trimEnd()
          .split('\n')
          .slice(-2)
          .map((one) => JSON.parse(one) as unknown),
        [{ time: '2026-11-21T23:59:59.000Z', event: 'loss', lines: 235 }, line(lastSecond, 'again')],
      );
    });
  });

  it('go on after half a line that a crash left', async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(fileOf('2026-11-21'), '{"account":"whole"}\n{"account":"hal');
    const files = openFiles();
    files.write(line(lastSecond, 'next'));
    files.write(line(lastSecond, 'after'));
    await files.flush();
    assert.doesNotMatch(await readFile(fileOf('2026-11-21'), 'utf8'), /\n\n/);
    const text = await textOf(files.export('2026-11-21', '2026-11-21'));
    const lines = text
      .trimEnd()
      .split('\n')
      .map((one) => JSON.parse(one) as unknown);
    assert.deepEqual(lines, [
      { account: 'whole' },
      { event: 'unreadable', text: '{"account":"hal' },
      line(lastSecond, 'next'),
      line(lastSecond, 'after'),
    ]);
  });

  describe('exported', () => {
    it('are the lines of the days asked for, a day at a time, and those on their way', async () => {
      const files = openFiles();
      for (const age of [3, 2, 1, 0]) files.write(line(lastSecond - age * day, `${age}`));
      const parts = await Array.fromAsync(files.export('2026-11-19', '2026-11-20'));
      assert.equal(parts.length, 2);
      assert.deepEqual(parts.map(accountsOf), [['2'], ['1']]);
      assert.ok(parts.every((part) => part.endsWith('\n')));
      assert.deepEqual(await files.days(), ['2026-11-18', '2026-11-19', '2026-11-20', '2026-11-21']);
      assert.equal((await textOf(files.export('2000-01-01', '2100-01-01'))).split('\n').length, 5);
      assert.equal(await textOf(files.export('2026-11-20', '2026-11-19')), '');
    });

    it('are none where there is no folder any more', async () => {
      const files = openFiles();
      files.write(line(lastSecond, 'a'));
      await files.flush();
      await rm(folder, { recursive: true });
      assert.equal(await textOf(files.export('2000-01-01', '2100-01-01')), '');
    });
  });
});

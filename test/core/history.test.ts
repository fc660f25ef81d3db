import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { BSON } from 'bson';
import type { Cluster } from '../../src/core/clusters/cluster.ts';
import { openHistory, pastOfOutcome } from '../../src/core/playground/history.ts';
import type { History, Past } from '../../src/core/playground/history.ts';
import { Rows } from '../../src/core/playground/rows.ts';
import type { Outcome, Run } from '../../src/core/playground/run.ts';

const run = promisify(execFile);

describe('the history of playgrounds', () => {
  let base: string;
  let folder: string;
  const troubles: unknown[] = [];
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'history-'));
    folder = join(base, 'storage/history');
    troubles.length = 0;
  });
  afterEach(() => rm(base, { recursive: true }));

  const openOne = (isOn: () => boolean = () => true): History =>
    openHistory({ folder, isOn, trouble: (error) => troubles.push(error) });
  const past = (text: string, minute = 0): Omit<Past, 'id' | 'isCut'> => ({
    time: new Date(Date.UTC(2026, 10, 21, 8, minute)).toISOString(),
    text,
    state: 'done',
    serverCode: undefined,
    cluster: 'orders-eu',
    database: 'shop',
    account: 'kai@contoso.com',
    took: 12,
    count: 3,
  });
  const textsOf = async (history: History): Promise<readonly string[]> =>
    (await history.all()).map(({ text }) => text);
  /** All that is on the disk. */
  const written = async (): Promise<string> => {
    const names = (await readdir(folder)).toSorted();
    return (await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))).join('');
  };

  it('is nothing, and no folder, before something was run', async () => {
    const history = openOne();
    assert.deepEqual(await history.all(), []);
    await history.remove('x');
    await history.clear();
    assert.deepEqual(await readdir(base), []);
    assert.deepEqual(troubles, []);
  });

  it('has what was run, the newest first, also for the next window', async () => {
    const history = openOne();
    history.add(past('db.a.find()', 1));
    history.add({ ...past('db.b.drop()', 2), state: 'failed', serverCode: 13, count: undefined });
    history.add(past('second of a run', 2));
    const [newest, failed, oldest] = await openWhenDone(history);
    assert.equal(newest?.text, 'second of a run');
    const { id, ...rest } = failed ?? assert.fail();
    assert.match(id, /^[\da-f-]{36}$/);
    assert.deepEqual(JSON.parse(JSON.stringify(rest)), {
      ...JSON.parse(JSON.stringify({ ...past('db.b.drop()', 2), count: undefined })),
      state: 'failed',
      serverCode: 13,
      isCut: false,
    });
    assert.equal(oldest?.text, 'db.a.find()');
  });
  const openWhenDone = async (history: History): Promise<readonly Past[]> => {
    await history.flush();
    return openOne().all();
  };

  it('is for nobody else to read', async () => {
    const history = openOne();
    history.add(past('db.a.find()'));
    await history.flush();
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    for (const name of await readdir(folder))
      assert.equal((await stat(join(folder, name))).mode & 0o777, 0o600);
  });

  it('has no secrets of a statement, and no more of it than is worth it', async () => {
    const history = openOne();
    history.add(past('db.createUser({ user: "kai", pwd: "hunter2hunter2" })'));
    history.add(past('new Mongo("mongodb://kai:hunter2hunter2@localhost")', 1));
    history.add(past(`db.a.find(${'{ a: 1 }, '.repeat(1000)})`, 2));
    const [long, uri, user] = await openWhenDone(history);
    assert.doesNotMatch(await written(), /hunter2/);
    assert.match(user?.text ?? '', /^db\.createUser\(\{ user: "kai"/);
    assert.equal(uri?.isCut, false);
    assert.ok((long?.text.length ?? 0) > 1000 && (long?.text.length ?? 0) < 2000);
    assert.equal(long?.isCut, true);
  });

  it('has nothing new while the user does not want it', async () => {
    let isOn = true;
    const history = openOne(() => isOn);
    history.add(past('kept'));
    isOn = false;
    history.add(past('not kept'));
    assert.deepEqual(await textsOf(history), ['kept']);
    assert.doesNotMatch(await written(), /not kept/);
  });

  it('loses what is removed, from the disk as well, and nothing else', async () => {
    const history = openOne();
    for (const text of ['one', 'two', 'three']) history.add(past(text));
    const other = openOne();
    const two = (await history.all()).find(({ text }) => text === 'two') ?? assert.fail();
    await other.remove(two.id);
    history.add(past('four'));
    assert.deepEqual(await textsOf(history), ['four', 'three', 'one']);
    assert.doesNotMatch(await written(), /two/);
    await other.remove(two.id);
    await history.clear();
    assert.deepEqual(await textsOf(other), []);
    assert.deepEqual(await readdir(folder), []);
    history.add(past('five'));
    assert.deepEqual(await textsOf(history), ['five']);
  });

  it('has an end: the oldest go', async function () {
    this.timeout(60_000);
    const history = openOne();
    for (let index = 0; index < 2300; index++) history.add(past(`statement ${index}`));
    const texts = await textsOf(history);
    assert.ok(texts.length <= 2000 && texts.length >= 1800, `${texts.length}`);
    assert.equal(texts[0], 'statement 2299');
    assert.equal(texts.at(-1), `statement ${2300 - texts.length}`);
    await history.clear();
    const large = JSON.stringify({ a: 'word '.repeat(370) });
    for (let index = 0; index < 1500; index++) history.add(past(`${index} ${large}`));
    await history.flush();
    assert.ok((await written()).length < 2_100_000);
    assert.match((await textsOf(history))[0] ?? '', /^1499 /);
    assert.deepEqual(troubles, []);
  });

  it('is written by several windows at once', async () => {
    const module = JSON.stringify(new URL('../../src/core/playground/history.ts', import.meta.url).href);
    const script = (window: string): string => `
      import { openHistory } from ${module};
      const history = openHistory({
        folder: ${JSON.stringify(folder)},
        isOn: () => true,
        trouble: (error) => { throw error; },
      });
      for (let index = 0; index < 150; index++) {
        history.add({ ...${JSON.stringify(past(''))}, text: '${window} ' + index });
        await history.flush();
        if (index % 3 === 0) {
          const own = (await history.all()).find(({ text }) => text === '${window} ' + index);
          await history.remove(own.id);
        }
      }`;
    await Promise.all(
      ['a', 'b', 'c'].map((window) =>
        run(process.execPath, ['--input-type=module', '-e', script(window)], { maxBuffer: 1 << 26 }),
      ),
    );
    const texts = await textsOf(openOne());
    const expected = ['a', 'b', 'c'].flatMap((window) =>
      Array.from({ length: 150 }, (_, index) => `${window} ${index}`).filter((_, index) => index % 3 !== 0),
    );
    assert.deepEqual(texts.toSorted(), expected.toSorted());
  }).timeout(30_000);

  it('goes on after half a line that a crash left', async () => {
    const history = openOne();
    history.add(past('before'));
    await history.flush();
    const [name = ''] = await readdir(folder);
    await appendFile(join(folder, name), '{"id":"half');
    history.add(past('after'));
    assert.deepEqual(await textsOf(history), ['after', 'before']);
  });

  it('speaks once of a disk that takes nothing, and goes on when it does', async () => {
    await mkdir(join(base, 'storage'));
    await writeFile(folder, 'a file where the folder should be');
    const history = openOne();
    for (const text of ['a', 'b']) history.add(past(text));
    await history.flush();
    assert.equal(troubles.length, 1);
    await rm(folder);
    history.add(past('c'));
    assert.deepEqual(await textsOf(history), ['c']);
  });

  it('remembers of an outcome how it ended, and of its documents only how many there were', () => {
    const rows = new Rows();
    rows.add(BSON.serialize({ name: 'nobody shall know' }));
    const cluster = { name: 'orders-eu', caller: { account: { id: 'k', label: 'kai@contoso.com' } } };
    const runOf = (more: Partial<Outcome>): Omit<Past, 'id' | 'isCut'> | undefined => {
      const outcome: Outcome = {
        id: 1,
        statement: { text: 'db.people.find()', line: 0, lastLine: 0 },
        state: 'done',
        took: 7,
        value: { kind: 'documents', rows, place: undefined, hasMore: true },
        printed: ['nobody shall know'],
        problem: undefined,
        ...more,
      };
      const whole: Run = {
        target: { cluster: cluster as Cluster, database: 'shop' },
        startedAt: Date.UTC(2026, 10, 21, 8),
        state: 'done',
        outcomes: [outcome],
      };
      return pastOfOutcome(whole, outcome);
    };
    assert.deepEqual(runOf({}), {
      time: '2026-11-21T08:00:00.000Z',
      text: 'db.people.find()',
      state: 'done',
      serverCode: undefined,
      cluster: 'orders-eu',
      database: 'shop',
      account: 'kai@contoso.com',
      took: 7,
      count: 1,
    });
    const failure = { code: 'database', serverCode: 13, name: 'Unauthorized', message: 'm' } as const;
    const failed = runOf({ state: 'failed', problem: { failure, line: 0 }, value: { kind: 'nothing' } });
    assert.deepEqual([failed?.state, failed?.serverCode, failed?.count], ['failed', 13, undefined]);
    assert.equal(runOf({ state: 'running', took: undefined }), undefined);
  });
});

/** Playgrounds at a local Azure, each in its process: what runs there is mongosh's own language. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, EJSON } from 'bson';
import { Runner } from '../../src/core/playground/runner.ts';
import type { Outcome, Run } from '../../src/core/playground/run.ts';
import { azure, begin, leftOpen, onSessions } from './sessionStage.ts';

const entry = join(import.meta.dirname, '../../dist/playgroundRunner.mjs');

let folder = '';

function playground() {
  const { sessions, cluster, stage } = begin();
  const complaints: string[] = [];
  const runner = new Runner({
    entry,
    environment: { NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem') },
    sessions,
    permits: async () => true,
    complained: (text) => complaints.push(text),
  });
  leftOpen.push(() => runner.dispose());
  const run = (texts: readonly string[], options: { isProtected?: boolean } = {}): Promise<Run> => {
    let line = 0;
    const statements = texts.map((text) => {
      const lastLine = line + text.split('\n').length - 1;
      const statement = { text, line, lastLine };
      line = lastLine + 1;
      return statement;
    });
    const target = { cluster, database: 'shop' };
    return runner.start(target, statements, { isProtected: false, file: '/shop.mongodb.js', ...options });
  };
  return { runner, run, sessions, cluster, stage, complaints };
}

const documentsOf = ({ value }: Outcome): unknown[] =>
  value.kind === 'nothing' || value.kind === 'text'
    ? []
    : Array.from({ length: value.rows.count }, (_, index) =>
        EJSON.parse(EJSON.stringify(deserialize(value.rows.bytes(index)))),
      );

describe('a playground', () => {
  onSessions();
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'playground-'));
    await writeFile(join(folder, 'authority.pem'), azure().certificateAuthority);
  });
  after(() => rm(folder, { recursive: true }));

  it('runs statements one after the other, and keeps what each came to', async () => {
    const { run } = playground();
    const { state, outcomes } = await run([
      'const several = db.orders.countDocuments({}) > 1',
      'several',
      'db.orders.aggregate([{ $count: "all" }])',
      'print("hello", 1)',
    ]);
    assert.equal(state, 'done');
    assert.deepEqual(
      outcomes.map(({ value: { kind } }) => kind),
      ['nothing', 'value', 'documents', 'nothing'],
    );
    const [, flag, counted, printed] = outcomes;
    assert.ok(flag !== undefined && counted !== undefined);
    assert.deepEqual(documentsOf(flag), [{ value: true }]);
    assert.deepEqual(Object.keys(documentsOf(counted)[0] as object), ['all']);
    assert.deepEqual(printed?.printed, ['hello 1']);
  });

  it('says on which line of the file it failed', async () => {
    const { run } = playground();
    const { state, outcomes } = await run(['1', 'for (const one of [1]) {\n\n  null.field\n}', '2']);
    assert.equal(state, 'failed');
    assert.equal(outcomes.length, 2);
    const { failure, line } = outcomes[1]?.problem ?? assert.fail();
    assert.equal(line, 3);
    assert.equal(failure.code === 'script' && failure.name, 'TypeError');
  });
});

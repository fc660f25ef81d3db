/** Playgrounds at a local Azure, each with its process. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deserialize, EJSON } from 'bson';
import type { Effect } from '../../src/core/playground/protection.ts';
import { Runner } from '../../src/core/playground/runner.ts';
import type { RunnerSettings } from '../../src/core/playground/runner.ts';
import type { Outcome, Run } from '../../src/core/playground/run.ts';
import { azure, begin, leftOpen } from './sessionStage.ts';
import type { Play } from './sessionStage.ts';

export const entry = join(import.meta.dirname, '../../dist/playgroundRunner.mjs');

/** Where the playgrounds are, with the authority that they trust. */
export let folder = '';

/** Sets this up for a `describe`, beside the sessions. */
export function onPlaygrounds(): void {
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'playground-'));
    await writeFile(join(folder, 'authority.pem'), azure().certificateAuthority);
  });
  after(() => rm(folder, { recursive: true }));
}

interface Playing extends Play {
  readonly allows?: boolean;
  readonly runner?: Partial<RunnerSettings>;
}

export function playground({ allows = true, runner: settings, ...play }: Playing = {}) {
  const asked: Effect[] = [];
  const { sessions, cluster, stage } = begin(play);
  const complaints: string[] = [];
  const runner = new Runner({
    entry,
    sessions,
    permits: async (_, effect) => {
      asked.push(effect);
      return allows;
    },
    complained: (text) => complaints.push(text),
    ...settings,
    environment: { NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem'), ...settings?.environment },
  });
  leftOpen.push(() => runner.dispose());
  const run = (
    texts: readonly string[],
    options: { isProtected?: boolean; database?: string; cluster?: typeof cluster } = {},
  ): Promise<Run> => {
    let line = 0;
    const statements = texts.map((text) => {
      const lastLine = line + text.split('\n').length - 1;
      const statement = { text, line, lastLine };
      line = lastLine + 1;
      return statement;
    });
    const { isProtected = false, database = 'shop', cluster: where = cluster } = options;
    const file = join(folder, 'shop.mongodb.js');
    return runner.start({ cluster: where, database }, statements, { isProtected, file });
  };
  return { runner, run, sessions, cluster, stage, complaints, asked };
}

export const documentsOf = ({ value }: Outcome): unknown[] =>
  value.kind === 'nothing' || value.kind === 'text'
    ? []
    : Array.from({ length: value.rows.count }, (_, index) =>
        EJSON.parse(EJSON.stringify(deserialize(value.rows.bytes(index)))),
      );

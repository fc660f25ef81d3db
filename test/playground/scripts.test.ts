/** Each script in the real mongosh and in a playground: they have to answer alike. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { EJSON } from 'bson';
import { Runner } from '../../src/core/playground/runner.ts';
import { azure, begin, leftOpen, onSessions } from '../core/sessionStage.ts';
import { runInMongosh } from './mongosh.ts';
import { asMongosh, isSame, runInPlayground } from './playground.ts';
import type { Came } from './playground.ts';
import { refusals } from './refusals.ts';
import { databaseOf, normalised } from './script.ts';
import type { Answer } from './script.ts';
import { scripts } from './scripts.ts';
import { connect } from './stage.ts';

const refused = refusals.map((refusal) => ({ ...refusal, name: refusal.method }));
const questions = [...scripts, ...refused];
const entry = join(import.meta.dirname, '../../dist/playgroundRunner.mjs');

describe('A script', function () {
  this.timeout(180_000);
  onSessions();
  let mongosh: ReadonlyMap<string, Answer>;
  const playground = new Map<string, Came>();
  before(async () => {
    const connection = await connect(azure());
    try {
      mongosh = await runInMongosh(questions, connection);
      const { sessions, cluster } = begin();
      const runner = new Runner({
        entry,
        environment: { ...connection.environment },
        sessions,
        permits: async () => true,
        complained: () => undefined,
      });
      leftOpen.push(() => runner.dispose());
      for (const [index, question] of questions.entries())
        playground.set(
          question.name,
          await runInPlayground(runner, { cluster, database: '' }, question, index),
        );
    } finally {
      await connection.close();
    }
  });

  const inMongosh = (name: string): Answer => mongosh.get(name) ?? assert.fail(`${name} has no answer`);
  const inPlayground = (name: string): Came => playground.get(name) ?? assert.fail(`${name} has no answer`);

  for (const [index, script] of scripts.entries()) {
    const { name, normalisers = [], answer, printed } = script;
    const comparable = (value: unknown): unknown =>
      value === undefined
        ? undefined
        : normalised(JSON.stringify(value), { database: databaseOf(index), normalisers });

    it(`answers alike in both: ${name}`, () => {
      const { value, failure } = inMongosh(name);
      assert.equal(failure, undefined);
      const said = value === undefined ? undefined : (JSON.parse(value) as unknown);
      const came = inPlayground(name);
      assert.equal(came.failure, undefined);
      const shown = comparable(asMongosh(came.shown, said));
      if (!isSame(shown, comparable(said))) assert.deepEqual(shown, comparable(said));
    });

    if ('answer' in script)
      it(`answers as it has to: ${name}`, () => {
        const { value } = inMongosh(name);
        const wanted = EJSON.stringify(answer, undefined, undefined, { relaxed: false });
        assert.ok(value !== undefined);
        assert.deepEqual(comparable(JSON.parse(value)), JSON.parse(wanted));
      });

    if (printed)
      it(`prints as it has to: ${name}`, () => {
        assert.deepEqual(inMongosh(name).printed, printed);
        assert.deepEqual(inPlayground(name).printed, printed);
      });
  }

  for (const { method, code } of refusals)
    it(`is refused alike in both: ${method}`, () => {
      assert.equal(inMongosh(method).code, code);
      assert.equal(inPlayground(method).code, code, inPlayground(method).failure);
    });
});

import assert from 'node:assert/strict';
import { signatures } from '@mongosh/shell-api';
import { noQuestions, refusals } from './refusals.ts';
import { scripts } from './scripts.ts';

/** Whose methods a person calls. */
const types = [
  'AggregationCursor',
  'Bulk',
  'BulkFindOp',
  'Collection',
  'Cursor',
  'Database',
  'Explainable',
  'ExplainableCursor',
  'Mongo',
  'PlanCache',
  'RunCommandCursor',
  'Session',
  'ShellApi',
];

const methods = types.flatMap((type) =>
  Object.keys(signatures[type]?.attributes ?? assert.fail(type)).map((name) => `${type}.${name}`),
);
const excused = Object.values(noQuestions)
  .flat()
  .flatMap((name) =>
    name.endsWith('.*') ? methods.filter((method) => method.startsWith(name.slice(0, -1))) : [name],
  );

describe('The table of scripts', () => {
  it('knows every method of the shell, each in one way', () => {
    const asked = new Set(scripts.flatMap(({ covers }) => covers));
    const known = [...asked, ...refusals.map(({ method }) => method), ...excused];
    assert.deepEqual(known.toSorted(), methods.toSorted());
  });

  it('names for each script nothing but what it calls', () => {
    for (const { name, covers, setup = '', ask } of scripts) {
      for (const method of covers) {
        const [type, called] = method.split('.');
        const call = type === 'ShellApi' ? `\\b${called}\\(` : `\\.${called}\\(`;
        assert.match(setup + ask, new RegExp(call), `${name}: ${method}`);
      }
    }
    for (const { method, setup = '', ask } of refusals) {
      assert.match(setup + ask, new RegExp(`\\.${method.split('.')[1]}\\(`), method);
    }
  });

  it('has a name of its own for each', () => {
    const names = [...scripts.map(({ name }) => name), ...refusals.map(({ method }) => method)];
    assert.equal(new Set(names).size, names.length);
  });
});

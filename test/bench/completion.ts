/**
 * What completion costs in a long playground beside a database with many collections, and to tell the statements
 * of a long script apart; nothing of it waits for anybody. Figures to read, not a test.
 */
import { languageReference } from '../../build/language.ts';
import { completionAt } from '../../src/core/playground/language/completion.ts';
import type { Names } from '../../src/core/playground/language/names.ts';
import { statementsOf } from '../../src/core/playground/language/statements.ts';
import type { Field } from '../../src/core/sessions/schema.ts';
import { median } from './median.ts';

const runs = 30;
const collections = Array.from({ length: 5000 }, (_, number) => `collection_${number}`);
const fields: readonly Field[] = Array.from({ length: 300 }, (_, number) => ({
  name: `field_${number}`,
  types: ['string'],
  items: [],
  share: 1,
  fields: [],
}));
const names: Names = {
  databases: () => Promise.resolve(['shop']),
  collections: () => Promise.resolve(collections),
  fields: () => Promise.resolve(fields),
};
const setting = { reference: await languageReference(), database: 'shop', names };
const { signal } = new AbortController();

/** Two lines each. */
function playground(lines: number): string {
  const two = (_: unknown, number: number): string =>
    `db.collection_${number}.find({ field_1: { $gt: ${number} }, 'a.b': { $in: ['x', "y"] } })\n  .sort({ field_2: -1 }) // newest first`;
  return Array.from({ length: lines / 2 }, two).join('\n');
}

async function measured(work: () => unknown): Promise<string> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const before = performance.now();
    await work();
    times.push(performance.now() - before);
  }
  return `${median(times).toFixed(1)} ms, at most ${Math.max(...times).toFixed(1)} ms`;
}

const text = playground(2000);
for (const end of ['db.', 'db.collection_7.find({ ', 'db.collection_7.aggregate([{ $match: {} }, { $gro']) {
  const whole = `${text}\n${end}`;
  const figure = await measured(() => completionAt(whole, whole.length, setting, signal));
  console.log(`completion behind 2,000 lines with 5,000 collections, ${JSON.stringify(end)}: ${figure}`);
}
const long = playground(10_000);
let edits = 0;
/** As somebody types at its end: each time it is another text. */
const edited = (end: string): string => `${long}\n${end} // ${++edits}`;
console.log(`statements of 10,000 lines: ${await measured(() => statementsOf(edited('')))}`);
console.log(`the same with an error at the end: ${await measured(() => statementsOf(edited('f({')))}`);

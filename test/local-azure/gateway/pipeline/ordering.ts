import { Int32 } from 'bson';
import { asNumber } from '../bson/number.ts';
import { isNumber } from '../bson/value.ts';
import type { Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { sortBy } from '../query/sort.ts';
import { Row } from '../storage/row.ts';
import { group } from './grouping.ts';
import { docArgument } from './shaping.ts';
import type { StageCompiler, StageTable } from './stage.ts';

function amount(name: string, value: Value | undefined, least: number, code: number): number {
  const number = isNumber(value) ? asNumber(value) : Number.NaN;
  if (Number.isInteger(number) && number >= least) return number;
  throw new CommandError(
    code,
    `invalid argument to ${name} stage: Expected a whole number of at least ${least}`,
  );
}

const sort: StageCompiler = (argument) => {
  const specification = docArgument('$sort', argument, 15_973);
  if (specification.size === 0) throw new CommandError(15_976, '$sort stage must have at least one sort key');
  return function* (rows) {
    yield* sortBy(rows, (row) => row.doc, specification);
  };
};

const limit: StageCompiler = (argument) => {
  const most = amount('$limit', argument, 1, 15_958);
  return function* (rows) {
    let taken = 0;
    for (const row of rows) {
      yield row;
      if (++taken >= most) return;
    }
  };
};

const skip: StageCompiler = (argument) => {
  const passed = amount('$skip', argument, 0, 5_107_200);
  return function* (rows) {
    let at = 0;
    for (const row of rows) if (at++ >= passed) yield row;
  };
};

const count: StageCompiler = (argument) => {
  if (typeof argument !== 'string' || argument === '' || argument.startsWith('$') || argument.includes('.')) {
    throw new CommandError(40_156, 'the count field must be a non-empty string without $ or .');
  }
  return function* (rows) {
    let total = 0;
    for (const row of rows) total += row ? 1 : 0;
    if (total > 0) yield Row.ofDoc(new Map([[argument, new Int32(total)]]));
  };
};

const sample: StageCompiler = (argument) => {
  const size = amount('$sample', docArgument('$sample', argument, 28_745).get('size'), 1, 28_747);
  return function* (rows) {
    const all = [...rows];
    for (let taken = 0; taken < size && all.length > 0; taken++) {
      const [chosen] = all.splice(Math.floor(Math.random() * all.length), 1);
      if (chosen) yield chosen;
    }
  };
};

const sortByCount: StageCompiler = (argument, context) => {
  const counted = group(
    new Map<string, Value>([
      ['_id', argument],
      ['count', new Map([['$sum', new Int32(1)]])],
    ]),
    context,
  );
  const sorted = sort(new Map([['count', new Int32(-1)]]), context);
  return (rows) => sorted(counted(rows));
};

export const orderingStages: StageTable = {
  $sort: sort,
  $limit: limit,
  $skip: skip,
  $count: count,
  $sample: sample,
  $sortByCount: sortByCount,
};

import { either, expression, list, named, options, value, words } from './shapes.ts';
import type { Entries, Join, Shape, Source } from './shapes.ts';

/** What each of them is told. */
export const joins: Readonly<Record<Join, readonly string[]>> = {
  $lookup: ['from', 'localField', 'foreignField', 'as', 'let', 'pipeline'],
  $graphLookup: [
    'from',
    'startWith',
    'connectFromField',
    'connectToField',
    'as',
    'maxDepth',
    'depthField',
    'restrictSearchWithMatch',
  ],
  $unionWith: ['coll', 'pipeline'],
};

/** What a stage takes. */
export function stageArgument({ source, database }: Extract<Shape, { kind: 'stage' }>, stage: string): Shape {
  const from = expression(source);
  const field: Shape = { kind: 'field', source };
  const collection: Shape = { kind: 'collection', database };
  const sort: Shape = { kind: 'sort', source };
  const filter: Shape = { kind: 'filter', source };
  const accumulators: Shape = { kind: 'accumulators', source };
  const pipeline: Shape = { kind: 'pipeline', source, database };
  switch (stage) {
    case '$match':
      return filter;
    case '$project':
      return { kind: 'projection', source };
    case '$addFields':
    case '$set':
      return { kind: 'computed', source };
    case '$group':
      return { kind: 'group', source };
    case '$sort':
      return sort;
    case '$unset':
      return either(field, list(field));
    case '$sortByCount':
    case '$replaceWith':
    case '$redact':
      return from;
    case '$replaceRoot':
      return options({ newRoot: from });
    case '$unwind':
      return either(
        from,
        options({ path: from, includeArrayIndex: value, preserveNullAndEmptyArrays: value }),
      );
    case '$sample':
      return options({ size: value });
    case '$bucket':
      return options({ groupBy: from, boundaries: list(value), default: value, output: accumulators });
    case '$bucketAuto':
      return options({ groupBy: from, buckets: value, output: accumulators, granularity: value });
    case '$facet':
      return { kind: 'each', of: pipeline };
    case '$lookup':
    case '$graphLookup':
      return { kind: 'join', stage, source, database };
    case '$unionWith':
      return either(collection, { kind: 'join', stage, source, database });
    case '$out':
      return either(collection, options({ db: { kind: 'database' }, coll: collection }));
    case '$merge':
      return options({
        into: either(collection, options({ db: { kind: 'database' }, coll: collection })),
        on: either(field, list(field)),
        whenMatched: words('merge replace keepExisting fail'),
        whenNotMatched: words('insert discard fail'),
        let: { kind: 'each', of: from },
      });
    case '$geoNear':
      return options({
        near: value,
        distanceField: value,
        key: field,
        query: filter,
        spherical: value,
        maxDistance: value,
        minDistance: value,
        distanceMultiplier: value,
        includeLocs: value,
      });
    case '$setWindowFields':
      return options({ partitionBy: from, sortBy: sort, output: accumulators });
    case '$densify':
      return options({
        field,
        partitionByFields: list(field),
        range: options({ step: value, unit: words(units), bounds: value }),
      });
    case '$fill':
      return options({
        partitionBy: from,
        partitionByFields: list(field),
        sortBy: sort,
        output: { kind: 'computed', source },
      });
    default:
      return value;
  }
}

export function joinMember(
  { source, database }: Extract<Shape, { kind: 'join' }>,
  key: string,
  before: Entries,
): Shape {
  const other = before.find(([name]) => name === 'from' || name === 'coll')?.[1];
  const joined: Source =
    other?.kind === 'string' ? { kind: 'collection', database, collection: other.text } : { kind: 'unknown' };
  switch (key) {
    case 'from':
    case 'coll':
      return { kind: 'collection', database };
    case 'localField':
      return { kind: 'field', source };
    case 'foreignField':
    case 'connectFromField':
    case 'connectToField':
      return { kind: 'field', source: joined };
    case 'startWith':
      return expression(source);
    case 'let':
      return { kind: 'each', of: expression(source) };
    case 'pipeline':
      return { kind: 'pipeline', source: joined, database };
    case 'restrictSearchWithMatch':
      return { kind: 'filter', source: joined };
    default:
      return value;
  }
}

/** Operators that name what they take; all others take expressions. */
export function expressionMember(source: Source, operator: string): Shape {
  const from = expression(source);
  switch (operator) {
    case '$cond':
      return either(from, named('if then else', from));
    case '$switch':
      return options({ branches: list(named('case then', from)), default: from });
    case '$filter':
      return options({ input: from, as: value, cond: from, limit: from });
    case '$map':
      return options({ input: from, as: value, in: from });
    case '$reduce':
      return options({ input: from, initialValue: from, in: from });
    case '$let':
      return options({ vars: { kind: 'each', of: from }, in: from });
    case '$dateToString':
      return options({ date: from, format: value, timezone: value, onNull: from });
    case '$dateTrunc':
      return options({ date: from, unit: words(units), binSize: value, timezone: value, startOfWeek: value });
    case '$dateAdd':
    case '$dateSubtract':
      return options({ startDate: from, unit: words(units), amount: from, timezone: value });
    case '$dateDiff':
      return options({ startDate: from, endDate: from, unit: words(units), timezone: value });
    case '$convert':
      return options({
        input: from,
        to: words('double string objectId bool date int long decimal'),
        onError: from,
        onNull: from,
      });
    case '$regexMatch':
    case '$regexFind':
    case '$regexFindAll':
      return options({ input: from, regex: value, options: value });
    case '$sortArray':
      return options({ input: from, sortBy: value });
    case '$top':
    case '$bottom':
      return options({ sortBy: { kind: 'sort', source }, output: from });
    case '$topN':
    case '$bottomN':
      return options({ n: value, sortBy: { kind: 'sort', source }, output: from });
    case '$firstN':
    case '$lastN':
    case '$maxN':
    case '$minN':
      return options({ n: value, input: from });
    case '$literal':
      return value;
    default:
      return from;
  }
}

const units = 'year quarter month week day hour minute second millisecond';

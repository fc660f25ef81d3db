import type { Literal } from './tokens.ts';

/** Where documents come from, and with them the names of their fields. */
export type Source =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'collection'; readonly database: string; readonly collection: string }
  /** What a stage of a pipeline makes of them. */
  | { readonly kind: 'stage'; readonly of: Source; readonly database: string; readonly stage: Literal }
  /** The documents in a field of theirs, its path parted by dots. */
  | { readonly kind: 'inside'; readonly of: Source; readonly path: string };

/** What belongs at a place of a query. */
export type Shape =
  | { readonly kind: 'value' }
  /** Upwards or downwards. */
  | { readonly kind: 'direction' }
  | { readonly kind: 'database' }
  | { readonly kind: 'collection'; readonly database: string }
  /** A text that names a field. */
  | { readonly kind: 'field'; readonly source: Source }
  /** Fields with what they are to be, operators that combine such. */
  | { readonly kind: 'filter'; readonly source: Source }
  /** What a field is to be: a value, or operators. */
  | { readonly kind: 'condition'; readonly source: Source; readonly path: string }
  | { readonly kind: 'projection'; readonly source: Source }
  | { readonly kind: 'sort'; readonly source: Source }
  | { readonly kind: 'update'; readonly source: Source }
  /** Fields and what an operator is to do with them. */
  | { readonly kind: 'assignments'; readonly source: Source; readonly operator: string }
  | { readonly kind: 'document'; readonly source: Source }
  | { readonly kind: 'pipeline'; readonly source: Source; readonly database: string }
  | { readonly kind: 'stage'; readonly source: Source; readonly database: string }
  | { readonly kind: 'expression'; readonly source: Source }
  /** New fields and their expressions. */
  | { readonly kind: 'computed'; readonly source: Source }
  | { readonly kind: 'group'; readonly source: Source }
  | { readonly kind: 'accumulators'; readonly source: Source }
  | { readonly kind: 'accumulator'; readonly source: Source }
  /** A stage that reads another collection, which stands in it. */
  | { readonly kind: 'join'; readonly stage: Join; readonly source: Source; readonly database: string }
  /** Names that mongosh or the server has given. */
  | { readonly kind: 'options'; readonly options: Readonly<Record<string, Shape>> }
  /** Names of one's own, each with the same. */
  | { readonly kind: 'each'; readonly of: Shape }
  | { readonly kind: 'list'; readonly of: Shape }
  /** One or the other: a text, or something in brackets. */
  | { readonly kind: 'either'; readonly text: Shape; readonly inside: Shape };

export type Join = '$lookup' | '$graphLookup' | '$unionWith';

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

export type Entries = readonly (readonly [string, Literal])[];

const value: Shape = { kind: 'value' };
const list = (of: Shape): Shape => ({ kind: 'list', of });
const options = (known: Readonly<Record<string, Shape>>): Shape => ({ kind: 'options', options: known });
const named = (names: string, of: Shape): Shape =>
  options(Object.fromEntries(names.split(' ').map((name) => [name, of])));
const either = (text: Shape, inside: Shape): Shape => ({ kind: 'either', text, inside });

export interface Here {
  readonly source: Source;
  readonly database: string;
}

/** What a method takes at a place. */
export function argumentOf(of: string | undefined, name: string, index: number, here: Here): Shape {
  if (of === undefined) return name === 'use' && index === 0 ? { kind: 'database' } : value;
  return argumentsOf(of, name, here)?.[index] ?? value;
}

function argumentsOf(of: string, name: string, here: Here): readonly Shape[] | undefined {
  const { source, database } = here;
  const filter: Shape = { kind: 'filter', source };
  const update: Shape = { kind: 'update', source };
  const sort: Shape = { kind: 'sort', source };
  const projection: Shape = { kind: 'projection', source };
  const document: Shape = { kind: 'document', source };
  const pipeline: Shape = { kind: 'pipeline', source, database };
  const several = { upsert: value, arrayFilters: list(value), collation: value, hint: sort, let: value };
  const one = { ...several, sort, projection, returnDocument: value };
  switch (`${of}.${name}`) {
    case 'Database.getSiblingDB':
    case 'Mongo.getDB':
    case 'Session.getDatabase':
      return [{ kind: 'database' }];
    case 'Database.getCollection':
    case 'Database.createView':
      return [
        { kind: 'collection', database },
        { kind: 'collection', database },
        { kind: 'pipeline', source: { kind: 'unknown' }, database },
      ];
    case 'Database.aggregate':
      return [{ kind: 'pipeline', source: { kind: 'unknown' }, database }];
    case 'Collection.find':
    case 'Collection.findOne':
    case 'Explainable.find':
      return [filter, projection, options({ sort, projection, limit: value, skip: value, hint: sort })];
    case 'Collection.count':
    case 'Collection.countDocuments':
    case 'Explainable.count':
    case 'Bulk.find':
      return [filter];
    case 'Collection.deleteOne':
    case 'Collection.deleteMany':
    case 'Collection.remove':
    case 'Explainable.remove':
      return [filter, options({ collation: value, hint: sort })];
    case 'Collection.findOneAndDelete':
    case 'Explainable.findOneAndDelete':
      return [filter, options(one)];
    case 'Collection.distinct':
    case 'Explainable.distinct':
      return [{ kind: 'field', source }, filter];
    case 'Collection.updateOne':
    case 'Collection.updateMany':
    case 'Collection.update':
    case 'Explainable.update':
      return [filter, update, options(several)];
    case 'Collection.findOneAndUpdate':
    case 'Explainable.findOneAndUpdate':
      return [filter, update, options(one)];
    case 'Collection.replaceOne':
      return [filter, document, options(several)];
    case 'Collection.findOneAndReplace':
    case 'Explainable.findOneAndReplace':
      return [filter, document, options(one)];
    case 'Collection.findAndModify':
    case 'Explainable.findAndModify':
      return [
        options({ ...several, query: filter, update, sort, fields: projection, remove: value, new: value }),
      ];
    case 'BulkFindOp.update':
    case 'BulkFindOp.updateOne':
      return [update];
    case 'BulkFindOp.replaceOne':
    case 'Bulk.insert':
    case 'Collection.insertOne':
      return [document];
    case 'Collection.insert':
    case 'Collection.insertMany':
      return [list(document)];
    case 'Collection.bulkWrite': {
      const change = { filter, update, ...several };
      const steps = {
        insertOne: options({ document }),
        updateOne: options(change),
        updateMany: options(change),
        replaceOne: options({ filter, replacement: document, upsert: value }),
        deleteOne: options({ filter }),
        deleteMany: options({ filter }),
      };
      return [list(options(steps)), options({ ordered: value })];
    }
    case 'Collection.aggregate':
    case 'Explainable.aggregate': {
      // Stages may stand alone, without brackets around them.
      const stage: Shape = { kind: 'stage', source, database };
      return [either(value, pipeline), stage, stage, stage, stage, stage];
    }
    case 'Collection.createIndex':
    case 'Collection.hideIndex':
    case 'Collection.unhideIndex':
    case 'Collection.dropIndex':
      return [sort];
    case 'Collection.createIndexes':
      return [list(sort)];
    case 'Cursor.sort':
    case 'AggregationCursor.sort':
    case 'Cursor.hint':
    case 'Cursor.min':
    case 'Cursor.max':
    case 'BulkFindOp.hint':
      return [sort];
    case 'Cursor.projection':
      return [projection];
    default:
      return undefined;
  }
}

/** What belongs behind a key, and behind other keys before it. */
export function memberShape(shape: Shape, key: string, before: Entries): Shape {
  switch (shape.kind) {
    case 'filter':
      return filterMember(shape.source, key);
    case 'condition':
      return conditionMember(shape, key);
    case 'projection':
      return key === '$elemMatch' ? { kind: 'filter', source: shape.source } : expression(shape.source);
    case 'computed':
      return expression(shape.source);
    case 'update':
      return key.startsWith('$') ? { kind: 'assignments', source: shape.source, operator: key } : value;
    case 'assignments':
      return assignmentOf(shape.source, shape.operator, key);
    case 'document':
      return { kind: 'document', source: { kind: 'inside', of: shape.source, path: key } };
    case 'stage':
      return stageArgument(shape, key);
    case 'expression':
      return expressionMember(shape.source, key);
    case 'group':
      return key === '_id' ? expression(shape.source) : { kind: 'accumulator', source: shape.source };
    case 'accumulators':
      return { kind: 'accumulator', source: shape.source };
    case 'accumulator':
      return key === 'window' ? value : expressionMember(shape.source, key);
    case 'join':
      return joinMember(shape, key, before);
    case 'options':
      return (Object.hasOwn(shape.options, key) ? shape.options[key] : undefined) ?? value;
    case 'each':
      return shape.of;
    case 'either':
      return memberShape(shape.inside, key, before);
    case 'pipeline':
      // A stage that stands alone.
      return memberShape({ ...shape, kind: 'stage' }, key, before);
    case 'list':
      return memberShape(shape.of, key, before);
    case 'sort':
      return { kind: 'direction' };
    case 'field':
    case 'collection':
    case 'database':
    case 'direction':
    case 'value':
      return value;
  }
}

/** What belongs into brackets, behind what is in there before it. */
export function itemShape(shape: Shape, before: readonly Literal[]): Shape {
  switch (shape.kind) {
    case 'pipeline': {
      const { source, database } = shape;
      const reshaped = before.reduce<Source>((of, stage) => ({ kind: 'stage', of, database, stage }), source);
      return { kind: 'stage', source: reshaped, database };
    }
    case 'list':
      return shape.of;
    case 'either':
      return itemShape(shape.inside.kind === 'options' ? shape.text : shape.inside, before);
    case 'expression':
    case 'field':
      return shape;
    // An update may be a pipeline.
    case 'update':
      return itemShape({ kind: 'pipeline', source: shape.source, database: '' }, before);
    case 'document':
      return shape;
    case 'filter':
    case 'condition':
    case 'projection':
    case 'computed':
    case 'assignments':
    case 'stage':
    case 'group':
    case 'accumulators':
    case 'accumulator':
    case 'join':
    case 'options':
    case 'each':
    case 'sort':
    case 'collection':
    case 'database':
    case 'direction':
    case 'value':
      return value;
  }
}

function expression(source: Source): Shape {
  return { kind: 'expression', source };
}

function filterMember(source: Source, key: string): Shape {
  switch (key) {
    case '$and':
    case '$or':
    case '$nor':
      return list({ kind: 'filter', source });
    case '$expr':
      return expression(source);
    case '$text':
      return options({ $search: value, $language: value, $caseSensitive: value, $diacriticSensitive: value });
    default:
      return key.startsWith('$') ? value : { kind: 'condition', source, path: key };
  }
}

function conditionMember({ source, path }: Extract<Shape, { kind: 'condition' }>, key: string): Shape {
  switch (key) {
    case '$elemMatch':
      return { kind: 'filter', source: { kind: 'inside', of: source, path } };
    case '$not':
      return { kind: 'condition', source, path };
    case '$in':
    case '$nin':
    case '$all':
      return list(value);
    default:
      return key.startsWith('$') ? value : { kind: 'condition', source, path: `${path}.${key}` };
  }
}

function assignmentOf(source: Source, operator: string, key: string): Shape {
  switch (operator) {
    case '$push':
    case '$addToSet': {
      const inside: Source = { kind: 'inside', of: source, path: key };
      return options({
        $each: list(value),
        $slice: value,
        $sort: { kind: 'sort', source: inside },
        $position: value,
      });
    }
    case '$pull':
      return { kind: 'condition', source, path: key };
    case '$currentDate':
      return options({ $type: value });
    case '$bit':
      return options({ and: value, or: value, xor: value });
    case '$rename':
      return { kind: 'field', source };
    default:
      return value;
  }
}

function stageArgument({ source, database }: Extract<Shape, { kind: 'stage' }>, stage: string): Shape {
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
        whenMatched: value,
        whenNotMatched: value,
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
        range: options({ step: value, unit: value, bounds: value }),
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

function joinMember(
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
function expressionMember(source: Source, operator: string): Shape {
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
      return options({ date: from, unit: value, binSize: value, timezone: value, startOfWeek: value });
    case '$dateAdd':
    case '$dateSubtract':
      return options({ startDate: from, unit: value, amount: from, timezone: value });
    case '$dateDiff':
      return options({ startDate: from, endDate: from, unit: value, timezone: value });
    case '$convert':
      return options({ input: from, to: value, onError: from, onNull: from });
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

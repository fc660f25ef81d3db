/** What is put behind a name, as snippets of VS Code's: `$1` and so on are where a person goes on. */

const stages: Readonly<Record<string, string>> = {
  $addFields: "{ ${1:field}: ${2:'\\$field'} }",
  $bucket:
    "{\n  groupBy: '\\$${1:field}',\n  boundaries: [${2:0, 100}],\n  default: '${3:other}',\n  output: { ${4:count}: { \\$sum: 1 } },\n}",
  $bucketAuto: "{ groupBy: '\\$${1:field}', buckets: ${2:5} }",
  $collStats: '{ storageStats: {} }',
  $count: "'${1:count}'",
  $densify: "{ field: '${1:field}', range: { step: ${2:1}, bounds: '${3:full}' } }",
  $facet: '{\n  ${1:name}: [{ $2 }],\n}',
  $fill: "{ sortBy: { ${1:field}: 1 }, output: { ${2:field}: { method: '${3|linear,locf|}' } } }",
  $geoNear:
    "{\n  near: { type: 'Point', coordinates: [${1:longitude}, ${2:latitude}] },\n  distanceField: '${3:distance}',\n  spherical: true,\n}",
  $graphLookup:
    "{\n  from: '${1:collection}',\n  startWith: '\\$${2:field}',\n  connectFromField: '${3:field}',\n  connectToField: '${4:field}',\n  as: '${5:found}',\n}",
  $group: "{ _id: '\\$${1:field}', ${2:count}: { ${3:\\$sum: 1} } }",
  $limit: '${1:10}',
  $lookup:
    "{\n  from: '${1:collection}',\n  localField: '${2:field}',\n  foreignField: '${3:_id}',\n  as: '${4:found}',\n}",
  $match: '{ $1 }',
  $merge: "{ into: '${1:collection}', on: '${2:_id}', whenMatched: '${3|merge,replace,keepExisting,fail|}' }",
  $out: "'${1:collection}'",
  $project: '{ ${1:field}: 1 }',
  $redact: "{ \\$cond: { if: $1, then: '\\$\\$KEEP', else: '\\$\\$PRUNE' } }",
  $replaceRoot: "{ newRoot: '\\$${1:field}' }",
  $replaceWith: "'\\$${1:field}'",
  $sample: '{ size: ${1:10} }',
  $set: "{ ${1:field}: ${2:'\\$field'} }",
  $setWindowFields:
    "{\n  partitionBy: '\\$${1:field}',\n  sortBy: { ${2:field}: 1 },\n  output: { ${3:total}: { \\$sum: '\\$${4:field}', window: { documents: ['unbounded', 'current'] } } },\n}",
  $skip: '${1:10}',
  $sort: '{ ${1:field}: ${2|1,-1|} }',
  $sortByCount: "'\\$${1:field}'",
  $unionWith: "'${1:collection}'",
  $unset: "'${1:field}'",
  $unwind: "'\\$${1:field}'",
};

/** What is written most, in the order in which it is offered; all else comes behind it. */
const usual = {
  Collection:
    'find findOne aggregate countDocuments distinct insertOne insertMany updateOne updateMany deleteOne deleteMany',
  Cursor: 'sort limit skip projection toArray forEach map explain',
  AggregationCursor: 'toArray forEach map explain',
  Database: 'getCollection getCollectionNames getSiblingDB createCollection runCommand stats',
  query:
    '$eq $ne $gt $gte $lt $lte $in $nin $exists $type $regex $elemMatch $all $size $not $and $or $nor $expr',
  update: '$set $unset $inc $push $pull $addToSet $rename $min $max $mul $currentDate $setOnInsert',
  stage:
    '$match $project $group $sort $limit $skip $unwind $lookup $addFields $set $unset $count $facet $replaceRoot $sample $sortByCount $bucket $unionWith $merge $out',
  accumulator: '$sum $avg $min $max $first $last $push $addToSet $count',
  expression:
    '$cond $ifNull $eq $ne $gt $gte $lt $lte $and $or $not $add $subtract $multiply $divide $concat $toString $toDate $dateToString $dateTrunc $arrayElemAt $size $map $filter',
} as const satisfies Readonly<Record<string, string>>;

const orders = new Map(Object.entries(usual).map(([of, names]) => [of, names.split(' ')]));

export function inUsualOrder(of: string, names: readonly string[]): readonly string[] {
  const first = orders.get(of) ?? [];
  const known = new Set(names);
  return [...first.filter((name) => known.has(name)), ...names.filter((name) => !first.includes(name))];
}

const inBraces = new Set(
  `
    $elemMatch $not $expr $jsonSchema $text $geoWithin $near $cond $switch $filter $map $reduce $let
    $dateToString $dateTrunc $dateAdd $dateSubtract $dateDiff $convert $sortArray
  `.split(/\s+/),
);
const inBrackets = new Set([
  '$in',
  '$nin',
  '$all',
  '$mod',
  '$pullAll',
  '$concat',
  '$ifNull',
  '$concatArrays',
]);
const inBoth = new Set(['$and', '$or', '$nor']);

/** A stage with what it takes. */
export function stageSnippet(name: string): string {
  return `${literal(name)}: ${stages[name] ?? '{ $1 }'}`;
}

/** An operator with the brackets that it takes. */
export function operatorSnippet(
  name: string,
  sort: 'query' | 'update' | 'expression' | 'accumulator',
): string {
  if (sort === 'update' || (sort !== 'accumulator' && inBraces.has(name))) return `${literal(name)}: { $0 }`;
  if (sort === 'query' && inBoth.has(name)) return `${literal(name)}: [{ $0 }]`;
  if (inBoth.has(name) || inBrackets.has(name)) return `${literal(name)}: [$0]`;
  return `${literal(name)}: $0`;
}

export function keySnippet(key: string): string {
  return `${literal(key)}: $0`;
}

/** Text that a snippet leaves as it is. */
export function literal(text: string): string {
  return text.replaceAll(/[\\$}]/g, String.raw`\$&`);
}

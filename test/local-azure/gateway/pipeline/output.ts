import { ObjectId } from 'bson';
import { equal } from '../bson/order.ts';
import { isDoc } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { duplicateKey } from '../storage/secondaryIndex.ts';
import type { Collection } from '../storage/collection.ts';
import { Row } from '../storage/row.ts';
import { docArgument } from './shaping.ts';
import type { PipelineContext, StageCompiler, StageTable } from './stage.ts';

interface Target {
  readonly database: string;
  readonly collection: string;
}

function targetOf(name: string, value: Value | undefined, context: PipelineContext): Target {
  if (typeof value === 'string') return { database: context.database, collection: value };
  const database = isDoc(value) ? (value.get('db') ?? context.database) : undefined;
  const collection = isDoc(value) ? value.get('coll') : undefined;
  if (typeof database === 'string' && typeof collection === 'string') return { database, collection };
  throw new CommandError('FailedToParse', `${name} needs the name of a collection to write to`);
}

function withId(doc: Doc): Doc {
  return doc.has('_id') ? doc : new Map<string, Value>([['_id', new ObjectId()], ...doc]);
}

const out: StageCompiler = (argument, context) => {
  const { database, collection } = targetOf('$out', argument, context);
  return (rows) => {
    context.replaceAll(
      database,
      collection,
      Array.from(rows, (row) => withId(row.doc)),
    );
    return [];
  };
};

const matchedActions = ['replace', 'keepExisting', 'merge', 'fail'] as const;
const unmatchedActions = ['insert', 'discard', 'fail'] as const;

function choose<T extends string>(choices: readonly T[], value: Value | undefined, fallback: T): T {
  if (value === undefined) return fallback;
  const chosen = choices.find((choice) => choice === value);
  if (chosen !== undefined) return chosen;
  throw new CommandError('BadValue', `$merge takes one of ${choices.join(', ')}`);
}

interface Merging {
  readonly on: readonly string[];
  readonly matched: (typeof matchedActions)[number] | readonly Value[];
  readonly unmatched: (typeof unmatchedActions)[number];
}

function mergeOne(target: Collection, doc: Doc, merging: Merging, context: PipelineContext): void {
  const existing = find(target, doc, merging.on);
  if (!existing) {
    if (merging.unmatched === 'insert') target.insert(doc);
    if (merging.unmatched === 'fail') {
      throw new CommandError(13_113, '$merge could not find a matching document in the target collection');
    }
    return;
  }
  const { matched } = merging;
  if (typeof matched === 'string') {
    if (matched === 'fail') throw duplicateKey('_id_');
    if (matched === 'replace') target.replace(existing, keepingId(doc, existing));
    if (matched === 'merge') target.replace(existing, keepingId(new Map([...existing, ...doc]), existing));
    return;
  }
  const variables = new Map(context.variables).set('new', doc);
  const [changed] = context.compile(matched, variables)([Row.ofDoc(existing)]);
  if (changed) target.replace(existing, keepingId(changed.doc, existing));
}

function keepingId(doc: Doc, existing: Doc): Doc {
  return new Map<string, Value>([
    ['_id', existing.get('_id') ?? null],
    ...[...doc].filter(([key]) => key !== '_id'),
  ]);
}

function find(target: Collection, doc: Doc, on: readonly string[]): Doc | undefined {
  if (on.length === 1 && on[0] === '_id') return target.byId(doc.get('_id') ?? null)?.doc;
  for (const row of target.rows()) {
    if (on.every((field) => equal(row.doc.get(field), doc.get(field)))) return row.doc;
  }
  return undefined;
}

const merge: StageCompiler = (argument, context) => {
  const specification: Doc =
    typeof argument === 'string' ? new Map([['into', argument]]) : docArgument('$merge', argument, 51_182);
  const { database, collection } = targetOf('$merge', specification.get('into'), context);
  const written = specification.get('on') ?? '_id';
  const on = (Array.isArray(written) ? written : [written]).filter((field) => typeof field === 'string');
  const whenMatched = specification.get('whenMatched');
  const merging: Merging = {
    on,
    matched: Array.isArray(whenMatched) ? whenMatched : choose(matchedActions, whenMatched, 'merge'),
    unmatched: choose(unmatchedActions, specification.get('whenNotMatched'), 'insert'),
  };
  return (rows) => {
    const docs = Array.from(rows, (row) => withId(row.doc));
    const target = context.write(database, collection);
    for (const doc of docs) mergeOne(target, doc, merging, context);
    return [];
  };
};

export const outputStages: StageTable = { $out: out, $merge: merge };

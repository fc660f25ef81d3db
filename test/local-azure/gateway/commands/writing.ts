import { Double, ObjectId } from 'bson';
import { encode } from '../bson/encode.ts';
import type { Encodable } from '../bson/encode.ts';
import { isTruthy } from '../bson/number.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import type { Variables } from '../expression/expression.ts';
import { nameOfType } from '../expression/operator.ts';
import { commandVariables } from '../pipeline/pipeline.ts';
import { compileFilter } from '../query/filter.ts';
import type { Trace } from '../query/path.ts';
import { compileProjection } from '../query/projection.ts';
import { sortBy } from '../query/sort.ts';
import { Collection } from '../storage/collection.ts';
import { candidates } from '../storage/scan.ts';
import { compileUpdate, documentFromFilter, isReplacement } from '../update/update.ts';
import type { Update } from '../update/update.ts';
import { collectionName, count, doc, docs, flag, list, refuseUnknown, refuseUnserved } from './arguments.ts';
import type { Call, CommandTable, Reply } from './command.ts';

const MAX_BATCH = 25_000;
const EMPTY: Doc = new Map();
const writeOptions = ['ordered', 'bypassDocumentValidation', 'let'];

/** The collection as it is; one that does not exist has no documents to change. */
function existing(call: Call, name: string): Collection {
  const found = call.store.find(call.database, name);
  if (found?.kind === 'view') return call.store.ensure(call.database, name);
  return found ?? new Collection(EMPTY);
}

function writable(call: Call, command: string): string {
  const name = collectionName(call.body, command);
  if (name.startsWith('system.')) {
    throw new CommandError('InvalidNamespace', `Invalid system namespace: ${call.database}.${name}`);
  }
  return name;
}

/** An array holds the statements of a batch; each is done on its own, and one that fails may stop the rest. */
function batch(
  call: Call,
  statements: readonly Doc[],
  perform: (statement: Doc, index: number) => void,
): readonly { readonly [key: string]: Encodable }[] | undefined {
  if (statements.length === 0 || statements.length > MAX_BATCH) {
    throw new CommandError(
      'InvalidLength',
      `Write batch sizes must be between 1 and ${MAX_BATCH}. Got ${statements.length} operations.`,
    );
  }
  const ordered = call.body.get('ordered') !== false;
  const errors: { readonly [key: string]: Encodable }[] = [];
  for (const [index, statement] of statements.entries()) {
    if ((index & 0xff) === 0xff) call.operation.check();
    try {
      perform(statement, index);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      errors.push({ index, code: error.code, errmsg: error.message });
      if (ordered) break;
    }
  }
  return errors.length > 0 ? errors : undefined;
}

/** The id is there, is of a type that can be one, and comes first. */
function withId(document: Doc): Doc {
  const id = document.get('_id');
  if (id === undefined) return new Map<string, Value>([['_id', new ObjectId()], ...document]);
  const type = nameOfType(id);
  if (type === 'array' || type === 'regex' || type === 'undefined') {
    throw new CommandError('CanNotBeTypeArray', `The '_id' value cannot be of type ${type}`);
  }
  if (document.keys().next().value === '_id') return document;
  return new Map<string, Value>([['_id', id], ...[...document].filter(([key]) => key !== '_id')]);
}

function insert(call: Call): Reply {
  refuseUnknown(call.body, 'insert', [...writeOptions, 'documents']);
  const name = writable(call, 'insert');
  const documents = docs(call.body, 'documents');
  let n = 0;
  const writeErrors = batch(call, documents, (document) => {
    call.store.ensure(call.database, name).insert(withId(document));
    n += 1;
  });
  return { n, ok: new Double(1), writeErrors };
}

interface Selection {
  readonly filter: Doc;
  readonly sort?: Doc | undefined;
  readonly multi: boolean;
  readonly variables: Variables;
}

interface Selected {
  readonly doc: Doc;
  readonly trace: Trace;
}

/** The documents that a write means. They are found before any of them is changed. */
function select(call: Call, collection: Collection, selection: Selection): readonly Selected[] {
  const filter = compileFilter(selection.filter, selection.variables);
  const found: Selected[] = [];
  let seen = 0;
  for (const row of candidates(collection, selection.filter)) {
    if ((++seen & 0xff) === 0) call.operation.check();
    const trace: Trace = { index: undefined };
    if (!filter(row.doc, trace)) continue;
    found.push({ doc: row.doc, trace });
    if (!selection.multi && !selection.sort) break;
  }
  const ordered = selection.sort ? sortBy(found, (item) => item.doc, selection.sort) : found;
  return selection.multi ? ordered : ordered.slice(0, 1);
}

interface Changed {
  readonly after: Doc;
  readonly modified: boolean;
}

function change(collection: Collection, { doc: before, trace }: Selected, update: Update): Changed {
  const after = update(before, { trace, inserting: false });
  // What comes out the same is not written, and does not move to the end.
  const modified = !encode(before).equals(encode(after));
  if (modified) collection.replace(before, after);
  return { after, modified };
}

function upsert(call: Call, name: string, filter: Doc, update: Update, written: Value): Doc {
  const start = documentFromFilter(filter);
  const id = start.get('_id');
  // A replacement takes nothing from the filter but the id.
  const base = isReplacement(written) ? new Map(id === undefined ? [] : [['_id', id] as const]) : start;
  const made = withId(update(base, { trace: { index: undefined }, inserting: true }));
  call.store.ensure(call.database, name).insert(made);
  return made;
}

const updateFields = ['q', 'u', 'c', 'multi', 'upsert', 'arrayFilters', 'hint', 'collation', 'sort'];

function update(call: Call): Reply {
  refuseUnknown(call.body, 'update', [...writeOptions, 'updates']);
  const name = writable(call, 'update');
  const upserted: { readonly [key: string]: Encodable }[] = [];
  let n = 0;
  let nModified = 0;
  const writeErrors = batch(call, docs(call.body, 'updates'), (statement, index) => {
    refuseUnknown(statement, 'q', updateFields);
    refuseUnserved(statement, []);
    const written = statement.get('u');
    if (written === undefined)
      throw new CommandError('FailedToParse', "BSON field 'update.updates.u' is missing");
    const multi = flag(statement, 'multi');
    if (multi && isReplacement(written)) {
      throw new CommandError('FailedToParse', 'multi update is not supported for replacement-style update');
    }
    const variables = commandVariables(doc(statement, 'c') ?? doc(call.body, 'let'));
    const compiled = compileUpdate(written, { arrayFilters: list(statement, 'arrayFilters'), variables });
    const filter = doc(statement, 'q') ?? EMPTY;
    const collection = existing(call, name);
    const selected = select(call, collection, { filter, multi, sort: doc(statement, 'sort'), variables });
    for (const item of selected) {
      const { modified } = change(collection, item, compiled);
      n += 1;
      if (modified) nModified += 1;
    }
    if (selected.length > 0 || !flag(statement, 'upsert')) return;
    const made = upsert(call, name, filter, compiled, written);
    upserted.push({ index, _id: made.get('_id') });
    n += 1;
  });
  return {
    ok: new Double(1),
    nModified,
    n,
    upserted: upserted.length > 0 ? upserted : undefined,
    writeErrors,
  };
}

function remove(call: Call): Reply {
  refuseUnknown(call.body, 'delete', [...writeOptions, 'deletes']);
  const name = writable(call, 'delete');
  const variables = commandVariables(doc(call.body, 'let'));
  let n = 0;
  const writeErrors = batch(call, docs(call.body, 'deletes'), (statement) => {
    refuseUnknown(statement, 'q', ['limit', 'hint', 'collation']);
    refuseUnserved(statement, []);
    const limit = count(statement, 'limit');
    if (limit !== 0 && limit !== 1) {
      throw new CommandError('FailedToParse', 'The limit field in delete objects must be 0 or 1.');
    }
    const collection = existing(call, name);
    const filter = doc(statement, 'q') ?? EMPTY;
    for (const item of select(call, collection, { filter, multi: limit === 0, variables })) {
      collection.remove(item.doc);
      n += 1;
    }
  });
  return { n, ok: new Double(1), writeErrors };
}

const findAndModifyFields =
  'query sort remove update new fields upsert arrayFilters hint collation bypassDocumentValidation let'.split(
    ' ',
  );

function findAndModify(call: Call): Reply {
  const { body } = call;
  refuseUnknown(body, 'findAndModify', findAndModifyFields);
  refuseUnserved(body, []);
  const name = writable(call, 'findAndModify');
  const written = body.get('update');
  const removing = flag(body, 'remove');
  if (removing === (written !== undefined)) {
    throw new CommandError(
      'FailedToParse',
      'Either an update or remove=true must be specified, but not both',
    );
  }
  const variables = commandVariables(doc(body, 'let'));
  const filter = doc(body, 'query') ?? EMPTY;
  const collection = existing(call, name);
  const [selected] = select(call, collection, { filter, multi: false, sort: doc(body, 'sort'), variables });
  const fields = doc(body, 'fields') ?? EMPTY;
  const project = fields.size > 0 ? compileProjection(fields, { find: true, variables }) : undefined;
  const shown = (document: Doc): Doc => project?.(document, selected?.trace) ?? document;

  if (written === undefined) {
    if (selected) collection.remove(selected.doc);
    const lastErrorObject = selected ? { n: 1 } : { n: 0 };
    return { lastErrorObject, value: selected ? shown(selected.doc) : null, ok: new Double(1) };
  }
  const compiled = compileUpdate(written, { arrayFilters: list(body, 'arrayFilters'), variables });
  const afterwards = isTruthy(body.get('new'));
  if (selected) {
    const { after } = change(collection, selected, compiled);
    const value = shown(afterwards ? after : selected.doc);
    return { lastErrorObject: { n: 1, updatedExisting: true }, value, ok: new Double(1) };
  }
  if (!flag(body, 'upsert')) {
    return { lastErrorObject: { n: 0, updatedExisting: false }, value: null, ok: new Double(1) };
  }
  const made = upsert(call, name, filter, compiled, written);
  const lastErrorObject = { n: 1, updatedExisting: false, upserted: made.get('_id') };
  return { lastErrorObject, value: afterwards ? shown(made) : null, ok: new Double(1) };
}

export const writeCommands: CommandTable = {
  insert: { needs: 'write', writes: true, forwarded: true, run: insert },
  update: { needs: 'write', writes: true, forwarded: true, run: update },
  delete: { needs: 'write', writes: true, forwarded: true, run: remove },
  findAndModify: { needs: 'write', writes: true, forwarded: true, run: findAndModify },
};

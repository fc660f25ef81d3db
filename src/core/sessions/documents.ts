import type { Document, FindCursor, MongoClient } from 'mongodb';
import type { Cluster } from '../clusters/cluster.ts';
import { Failure } from '../failure.ts';
import { bytesOf, isArray, isDoc, loadBson, readDocument, sameBytes, Unwritable } from './bson.ts';
import type { Bson, Doc, Value } from './bson.ts';
import type { Query } from './documentQuery.ts';
import type { MongoSessions } from './mongo.ts';

/** A collection, or a view of one. */
export interface Collection {
  readonly cluster: Cluster;
  readonly database: string;
  readonly collection: string;
}

/** A document as it was when it was read. */
export interface Row {
  /** A view may leave it out. */
  readonly id: Value | undefined;
  readonly document: Doc;
}

export interface Page {
  readonly rows: readonly Row[];
  /** How many documents come before it, as far as that is known. */
  readonly start: number;
  readonly hasPrevious: boolean;
  readonly hasNext: boolean;
}

/** Which page: the one after or before another, or what is there now in its place. */
export type Turn =
  | { readonly to: 'first' }
  | { readonly to: 'next' | 'previous' | 'same'; readonly from: Page };

/** What came of replacing a document. Nothing was written unless it was exactly as it had been read. */
export type Replaced =
  | { readonly outcome: 'written'; readonly now: Uint8Array }
  | { readonly outcome: 'changed'; readonly now: Uint8Array }
  | { readonly outcome: 'gone' };

/** A page of large documents ends early: all of it is in memory. */
const mostBytes = 32 * 1024 * 1024;
/** In milliseconds: to count may take as long as to read everything. */
const countLimit = 10_000;

/** A page of documents in the order of the query, and of their ids where that says nothing more. */
export function readPage(
  sessions: MongoSessions,
  at: Collection,
  query: Query,
  turn: Turn,
  signal?: AbortSignal,
): Promise<Page> {
  return sessions.run(
    at.cluster,
    async (client, stop) => {
      const reader = new PageReader(await loadBson(), client, at, query, stop);
      return reader.page(turn);
    },
    signal,
  );
}

/** How many documents the query means: an estimate where all are meant, undefined where it takes too long. */
export async function countDocuments(
  sessions: MongoSessions,
  at: Collection,
  { filter }: Query,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const command = { count: at.collection, query: filter, maxTimeMS: countLimit };
  try {
    const answer = await sessions.run(
      at.cluster,
      (client, stop) => client.db(at.database).command(command, { signal: stop }),
      signal,
    );
    return typeof answer['n'] === 'number' ? answer['n'] : undefined;
  } catch (error) {
    const failure = Failure.from(error);
    // It is said beside the documents: whatever else is wrong, they say.
    if (failure.code === 'database') return undefined;
    throw failure;
  }
}

/** A document whole, as the database has it now. */
export function readOne(
  sessions: MongoSessions,
  at: Collection,
  id: Value,
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  return sessions.run(at.cluster, (client, stop) => oneOf(client, at, id, stop), signal);
}

/** Adds a document, with an id of its own where it has none. Answers it as the database has it. */
export async function insertDocument(
  sessions: MongoSessions,
  at: Collection,
  document: Doc,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const bson = await loadBson();
  const whole: Doc = document.has('_id')
    ? document
    : new Map<string, Value>([['_id', new bson.ObjectId()], ...document]);
  return sessions.run(
    at.cluster,
    async (client, stop) => {
      const command = { insert: at.collection, documents: [whole] };
      checked(await client.db(at.database).command(command, { signal: stop }));
      const now = await oneOf(client, at, whole.get('_id') ?? null, stop);
      return now ?? bson.serialize(whole);
    },
    signal,
  );
}

/** Replaces a document, if it is still as it was. */
export async function replaceDocument(
  sessions: MongoSessions,
  at: Collection,
  was: Uint8Array,
  document: Doc,
  signal?: AbortSignal,
): Promise<Replaced> {
  const bson = await loadBson();
  const before = readDocument(bson, was);
  const id = before.get('_id') ?? null;
  return sessions.run(
    at.cluster,
    async (client, stop) => {
      const present = await oneOf(client, at, id, stop);
      if (present === undefined) return { outcome: 'gone' };
      // To the database `1` and `1.0` are alike: types are compared here, and values there in the same moment.
      if (!sameBytes(present, was)) return { outcome: 'changed', now: present };
      const q = { _id: { $eq: id }, $expr: { $eq: ['$$ROOT', { $literal: before }] } };
      const command = { update: at.collection, updates: [{ q, u: document }] };
      const answer = checked(await client.db(at.database).command(command, { signal: stop }));
      const now = await oneOf(client, at, id, stop);
      if (now === undefined) return { outcome: 'gone' };
      return { outcome: answer['n'] === 1 ? 'written' : 'changed', now };
    },
    signal,
  );
}

/** Deletes documents by their ids, of whatever type these are. Answers how many there were. */
export function deleteDocuments(
  sessions: MongoSessions,
  at: Collection,
  ids: readonly Value[],
  signal?: AbortSignal,
): Promise<number> {
  return sessions.run(
    at.cluster,
    async (client, stop) => {
      const deletes = ids.map((id) => ({ q: { _id: { $eq: id } }, limit: 1 }));
      const command = { delete: at.collection, deletes };
      const answer = checked(await client.db(at.database).command(command, { signal: stop }));
      return Number(answer['n']);
    },
    signal,
  );
}

/** Whether a document can be sent: of what it holds, what cannot be. */
export function unwritableIn(value: Value): Unwritable | undefined {
  if (value instanceof Unwritable) return value;
  const parts = isDoc(value) ? [...value.values()] : isArray(value) ? value : [];
  for (const part of parts) {
    const found = unwritableIn(part);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function sameId(bson: Bson, one: Value | undefined, other: Value | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const bytes = [one, other].map((id) => bytesOf(bson, new Map([['_id', id]])));
  return bytes[0] !== undefined && bytes[1] !== undefined && sameBytes(bytes[0], bytes[1]);
}

/** The command itself did well; of its one or several writes, some may not have. */
function checked(answer: Document): Document {
  const [error] = (answer['writeErrors'] ?? []) as readonly { code: number; errmsg: string }[];
  if (error === undefined) return answer;
  const name = error.code === duplicateKey ? 'DuplicateKey' : '';
  throw new Failure({ code: 'database', serverCode: error.code, name, message: error.errmsg });
}

const duplicateKey = 11_000;

async function oneOf(
  client: MongoClient,
  { database, collection }: Collection,
  id: Value,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const cursor = client
    .db(database)
    .collection(collection)
    .find({ _id: { $eq: id as never } }, { raw: true, signal, limit: 1 });
  const [found] = await bytesIn(cursor);
  return found;
}

async function bytesIn(cursor: FindCursor): Promise<readonly Uint8Array[]> {
  return await cursor.toArray();
}

interface Read {
  readonly rows: readonly Row[];
  /** There may be more behind them: so many were not asked for, or they are too large for one page. */
  readonly more: boolean;
}

class PageReader {
  readonly #bson: Bson;
  readonly #client: MongoClient;
  readonly #at: Collection;
  readonly #query: Query;
  readonly #signal: AbortSignal;

  constructor(bson: Bson, client: MongoClient, at: Collection, query: Query, signal: AbortSignal) {
    this.#bson = bson;
    this.#client = client;
    this.#at = at;
    this.#query = query;
    this.#signal = signal;
  }

  async page(turn: Turn): Promise<Page> {
    if (turn.to === 'first') return this.#first();
    const { from } = turn;
    // Where ids make the order, a page is found by the ids at the edge of the other: whatever came or went before
    // does not move it. In any other order it is found by counting.
    const ids = from.rows.map(({ id }) => id);
    const edge = turn.to === 'next' ? ids.at(-1) : ids[0];
    const isByIds = this.#idDirection() !== undefined && edge !== undefined && !ids.includes(undefined);
    const page = isByIds ? await this.#byId(turn.to, from, edge) : await this.#byCount(turn.to, from);
    return page ?? this.#first();
  }

  async #first(): Promise<Page> {
    const { rows, more } = await this.#find(this.#query.filter, this.#order(), 0, this.#query.pageSize);
    return { rows, start: 0, hasPrevious: false, hasNext: more };
  }

  /** The page at an id; undefined where that is the first one. */
  async #byId(to: 'next' | 'previous' | 'same', from: Page, edge: Value): Promise<Page | undefined> {
    const direction = this.#idDirection() ?? 1;
    if (to === 'previous') {
      const { rows, more } = await this.#beyond(edge, direction === 1 ? -1 : 1, false);
      if (!more) return undefined;
      const start = Math.max(1, from.start - rows.length);
      return { rows: rows.toReversed(), start, hasPrevious: true, hasNext: true };
    }
    const { rows, more } = await this.#beyond(edge, direction, to === 'same');
    if (to === 'same')
      return from.hasPrevious && rows.length > 0
        ? { rows, start: from.start, hasPrevious: true, hasNext: more }
        : undefined;
    // What was to come has been deleted: this is the end.
    if (rows.length === 0) return { ...from, hasNext: false };
    return { rows, start: from.start + from.rows.length, hasPrevious: true, hasNext: more };
  }

  /** The documents before or behind an id, nearest first. A comparison only ever finds values of one type. */
  async #beyond(edge: Value, direction: 1 | -1, including: boolean): Promise<Read> {
    const { filter, pageSize } = this.#query;
    const rows: Row[] = [];
    for (const part of beyond(edge, direction, including, new this.#bson.Double(Number.NaN))) {
      const both: Doc =
        filter.size === 0
          ? new Map([['_id', part]])
          : new Map<string, Value>([['$and', [filter, new Map([['_id', part]])]]]);
      const order = new Map<string, Value>([['_id', new this.#bson.Int32(direction)]]);
      const left = pageSize - rows.length;
      // Full already: of the rest it is to be known only whether there is any.
      const read = await this.#find(both, order, 0, left);
      rows.push(...read.rows);
      if (read.more) return { rows, more: true };
    }
    return { rows, more: false };
  }

  /**
   * The page at a number. Where documents came or went meanwhile, the neighbour of the page one comes from is not
   * where it was, and is looked for.
   */
  async #byCount(to: 'next' | 'previous' | 'same', from: Page): Promise<Page | undefined> {
    const { pageSize, filter } = this.#query;
    const start =
      to === 'same'
        ? from.start
        : to === 'next'
          ? ((await this.#placeOf(from.rows.toReversed(), from)) ?? from.start + from.rows.length - 1) + 1
          : ((await this.#placeOf(from.rows, from)) ?? from.start) - pageSize;
    if (start <= 0) return undefined;
    const { rows, more } = await this.#find(filter, this.#order(), start, pageSize);
    if (rows.length === 0) return to === 'next' ? { ...from, hasNext: false } : undefined;
    return { rows, start, hasPrevious: true, hasNext: more };
  }

  /** Where the first of these rows is now that is still near its page. */
  async #placeOf(rows: readonly Row[], from: Page): Promise<number | undefined> {
    const { pageSize, filter } = this.#query;
    if (rows.some(({ id }) => id === undefined)) return undefined;
    const skip = Math.max(0, from.start - pageSize);
    const limit = from.start - skip + from.rows.length + pageSize;
    const onlyIds = new Map([['_id', new this.#bson.Int32(1)]]);
    const near = await this.#find(filter, this.#order(), skip, limit, onlyIds);
    const places = new Map(near.rows.map(({ id }, index) => [this.#key(id), skip + index]));
    return rows.map(({ id }) => places.get(this.#key(id))).find((place) => place !== undefined);
  }

  #key(id: Value | undefined): string {
    return Buffer.from(this.#bson.serialize(new Map([['_id', id]]))).toString('latin1');
  }

  /** The direction of the ids, where nothing else comes before them. */
  #idDirection(): 1 | -1 | undefined {
    const [first] = this.#query.sort;
    if (first === undefined) return 1;
    return first[0] === '_id' ? (Number(first[1]) < 0 ? -1 : 1) : undefined;
  }

  /** Ids are the last word: else documents that are alike to the order may be on two pages, or on none. */
  #order(): Doc {
    const { sort } = this.#query;
    return sort.has('_id') ? sort : new Map<string, Value>([...sort, ['_id', new this.#bson.Int32(1)]]);
  }

  async #find(
    filter: Doc,
    sort: Doc,
    skip: number,
    limit: number,
    projection = this.#projection(),
  ): Promise<Read> {
    const { database, collection } = this.#at;
    const cursor = this.#client
      .db(database)
      .collection(collection)
      .find(filter as Document, {
        raw: true,
        signal: this.#signal,
        sort: new Map([...sort].map(([key, direction]) => [key, directionOf(direction)])),
        skip,
        limit: limit + 1,
        ...(projection.size === 0 ? {} : { projection: projection }),
      });
    const rows: Row[] = [];
    let bytes = 0;
    try {
      for await (const one of cursor as unknown as AsyncIterable<Uint8Array>) {
        if (rows.length === limit || bytes > mostBytes) return { rows, more: true };
        bytes += one.length;
        const document = readDocument(this.#bson, one);
        rows.push({ id: document.get('_id'), document });
      }
      return { rows, more: false };
    } finally {
      await cursor.close();
    }
  }

  /** Without its id a document could not be opened. */
  #projection(): Doc {
    const { projection } = this.#query;
    const its = projection.get('_id');
    const isLeftOut = its !== undefined && !isDoc(its) && Number(its) === 0;
    return isLeftOut ? new Map([...projection].filter(([key]) => key !== '_id')) : projection;
  }
}

function directionOf(value: Value): 1 | -1 | { readonly $meta: string } {
  if (isDoc(value)) return { $meta: metaOf(value.get('$meta')) };
  return Number(value) < 0 ? -1 : 1;
}

function metaOf(value: Value | undefined): string {
  return typeof value === 'string' ? value : 'textScore';
}

/** The types that an id may have, in the order of their values. A comparison finds those of its own line only. */
const lines: readonly (readonly string[])[] = [
  ['minKey'],
  ['null'],
  ['number'],
  ['string', 'symbol'],
  ['object'],
  ['binData'],
  ['objectId'],
  ['bool'],
  ['date'],
  ['timestamp'],
  ['javascript'],
  ['javascriptWithScope'],
  ['maxKey'],
];

/** Types of one value, with which databases compare all others. */
const single: readonly string[] = ['minKey', 'null', 'maxKey'];

/** What has to hold of an id and of those behind it, line by line. */
function beyond(edge: Value, direction: 1 | -1, including: boolean, nan: Value): readonly Doc[] {
  const line = lines.findIndex((types) => types.includes(typeOf(edge)));
  const [type = ''] = lines[line] ?? [];
  const rest = direction === 1 ? lines.slice(line + 1) : lines.slice(0, Math.max(0, line));
  const parts: Doc[] = [];
  if (type === 'number' && Number.isNaN(Number(edge))) {
    // The first of the numbers, which no comparison finds or tells from another.
    if (including) parts.push(new Map([['$eq', edge]]));
    if (direction === 1)
      parts.push(
        new Map<string, Value>([
          ['$type', type],
          ['$ne', nan],
        ]),
      );
  } else if (single.includes(type)) {
    if (including) parts.push(new Map([['$eq', edge]]));
  } else {
    const comparison = direction === 1 ? '$gt' : '$lt';
    parts.push(new Map([[including ? `${comparison}e` : comparison, edge]]));
    if (type === 'number' && direction === -1) parts.push(new Map([['$eq', nan]]));
  }
  if (rest.length > 0) parts.push(new Map([['$type', rest.flat()]]));
  return parts;
}

function typeOf(value: Value): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (value instanceof Date) return 'date';
  if (isDoc(value)) return 'object';
  if (isArray(value) || value instanceof Unwritable) return '';
  switch (value._bsontype) {
    case 'Int32':
    case 'Double':
    case 'Long':
    case 'Decimal128':
      return 'number';
    case 'Binary':
      return 'binData';
    case 'ObjectId':
      return 'objectId';
    case 'Timestamp':
      return 'timestamp';
    case 'BSONSymbol':
      return 'symbol';
    case 'Code':
      return value.scope === null ? 'javascript' : 'javascriptWithScope';
    case 'MinKey':
      return 'minKey';
    case 'MaxKey':
      return 'maxKey';
    case 'BSONRegExp':
      return '';
  }
}

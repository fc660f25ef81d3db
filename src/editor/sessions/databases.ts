import * as vscode from 'vscode';
import type { Cluster } from '../../core/clusters/cluster.ts';
import { Catalog } from '../../core/sessions/catalog.ts';
import type { Place } from '../../core/sessions/catalog.ts';
import type { App } from '../app.ts';
import { recorded } from '../audit/dataRecord.ts';
import { readsOnlyWords } from './databaseRows.ts';
import type { Node } from '../node.ts';
import { sessionClusterOf } from './openSession.ts';
import { waitFor } from '../progress.ts';
import { revealRow } from '../targets.ts';

/** A cluster with a session, and as much of a place in it as a command needs. */
interface Target {
  readonly cluster: Cluster;
  readonly database: string;
  readonly collection: string;
}

/** Shows the documents of the collection of a row, or of one that the person picks. */
export async function openDocuments(app: App, node?: Node): Promise<void> {
  const place = await collectionOf(app, node, {
    cluster: vscode.l10n.t('The documents of which cluster?'),
    collection: vscode.l10n.t('The documents of which collection?'),
    writes: false,
  });
  if (place !== undefined) await app.collections.open(place);
}

/** The first collection of a database makes the database. */
export async function createCollection(app: App, node?: Node): Promise<void> {
  const cluster = await writable(app, node, vscode.l10n.t('Create a collection in which cluster?'));
  if (cluster === undefined) return;
  const database =
    node !== undefined && 'database' in node
      ? node.database
      : await newName(app, {
          title: vscode.l10n.t('Create a Collection on {0}', cluster.name),
          question: vscode.l10n.t('In which database? A new name makes a new one'),
          longest: 63,
        });
  if (database === undefined) return;
  const collection = await newName(app, {
    title: vscode.l10n.t('Create a Collection in {0} on {1}', database, cluster.name),
    question: vscode.l10n.t('The name of the new collection'),
    longest: 120,
    isTaken: (name) => app.tree.databases.has({ key: cluster.key, database, collection: name }),
  });
  if (collection === undefined) return;
  const done = { command: 'create', database, collection };
  await make(app, cluster, done, vscode.l10n.t('Creating {0}…', `${database}.${collection}`), (catalog) =>
    catalog.create(cluster, { database, collection }),
  );
  const row = app.tree.databases.collectionNode({ key: cluster.key, database, collection }, 'collection');
  // Among many it may be on a page that is not shown yet.
  if (app.view.visible) await revealRow(app, row).catch(() => undefined);
}

export async function dropDatabase(app: App, node?: Node): Promise<void> {
  const cluster = await writable(app, node, vscode.l10n.t('Drop a database of which cluster?'));
  if (cluster === undefined) return;
  const database = await databaseOf(app, cluster, node, vscode.l10n.t('Drop which database?'));
  if (database === undefined) return;
  const question = vscode.l10n.t('All its collections are deleted for good. Type {0} to confirm.', database);
  if (
    !(await isTyped(
      app,
      vscode.l10n.t('Drop Database {0} on {1}', database, cluster.name),
      question,
      database,
    ))
  )
    return;
  const done = { command: 'dropDatabase', database };
  await make(app, cluster, done, vscode.l10n.t('Dropping {0}…', database), (catalog) =>
    catalog.dropDatabase(cluster, database),
  );
}

export async function dropCollection(app: App, node?: Node): Promise<void> {
  const place = await collectionOf(app, node, {
    cluster: vscode.l10n.t('Drop a collection of which cluster?'),
    collection: vscode.l10n.t('Drop which collection?'),
    writes: true,
  });
  if (place === undefined) return;
  const { cluster, database, collection } = place;
  const question = vscode.l10n.t(
    'All its documents and indexes are deleted for good. Type {0} to confirm.',
    collection,
  );
  const title = vscode.l10n.t('Drop Collection {0} on {1}', `${database}.${collection}`, cluster.name);
  if (!(await isTyped(app, title, question, collection))) return;
  const done = { command: 'drop', database, collection };
  await make(app, cluster, done, vscode.l10n.t('Dropping {0}…', `${database}.${collection}`), (catalog) =>
    catalog.drop(cluster, place),
  );
}

export async function createIndex(app: App, node?: Node): Promise<void> {
  const place = await collectionOf(app, node, {
    cluster: vscode.l10n.t('Create an index in which cluster?'),
    collection: vscode.l10n.t('Create an index on which collection?'),
    writes: true,
  });
  if (place === undefined) return;
  const { cluster, database, collection } = place;
  const title = vscode.l10n.t('Create an Index of {0} on {1}', `${database}.${collection}`, cluster.name);
  const typed = await app.prompts.type({
    title,
    question: vscode.l10n.t(
      'Its fields and their order, as JSON: 1 is upwards, -1 downwards, or a kind such as "text"',
    ),
    start: '{ "field": 1 }',
    problem: (text) =>
      keysIn(text) === undefined ? vscode.l10n.t('Not an object of fields with 1, -1 or a kind') : undefined,
  });
  const keys = keysIn(typed ?? '');
  if (typed === undefined || keys === undefined) return;
  const usual = Object.entries(keys)
    .map(([field, order]) => `${field}_${order}`)
    .join('_');
  const name = await newName(app, {
    title,
    question: vscode.l10n.t('The name of the index'),
    longest: 127,
    start: usual,
  });
  if (name === undefined) return;
  const isUnique = await app.prompts.pick(
    [
      {
        label: vscode.l10n.t('Create Index'),
        detail: vscode.l10n.t('Documents may share values'),
        value: false,
      },
      {
        label: vscode.l10n.t('Create Unique Index'),
        detail: vscode.l10n.t('No two documents may have the same values; fails where they have'),
        value: true,
      },
    ],
    vscode.l10n.t('Nothing has been changed yet'),
    title,
  );
  if (isUnique === undefined) return;
  const done = { command: 'createIndexes', database, collection, detail: name };
  await make(app, cluster, done, vscode.l10n.t('Creating the index {0}…', name), (catalog) =>
    catalog.createIndex(cluster, place, { keys, name, isUnique }),
  );
}

export async function dropIndex(app: App, node?: Node): Promise<void> {
  const place = await collectionOf(app, node, {
    cluster: vscode.l10n.t('Drop an index of which cluster?'),
    collection: vscode.l10n.t('Drop an index of which collection?'),
    writes: true,
  });
  if (place === undefined) return;
  const { cluster, database, collection } = place;
  const name = node?.kind === 'index' ? node.index.name : await pickIndex(app, cluster, place);
  if (name === undefined) return;
  const question = vscode.l10n.t('Queries that used it become slow. Type {0} to confirm.', name);
  const title = vscode.l10n.t(
    'Drop Index {0} of {1} on {2}',
    name,
    `${database}.${collection}`,
    cluster.name,
  );
  if (!(await isTyped(app, title, question, name))) return;
  const done = { command: 'dropIndexes', database, collection, detail: name };
  await make(app, cluster, done, vscode.l10n.t('Dropping the index {0}…', name), (catalog) =>
    catalog.dropIndex(cluster, place, name),
  );
}

/** The names of rows: databases, collections, indexes, and fields with their path. */
export function namesOf(rows: readonly Node[]): readonly string[] {
  return rows.flatMap((row) => {
    if (row.kind === 'database') return row.database;
    if (row.kind === 'collection') return row.collection;
    if (row.kind === 'index') return row.index.name;
    return row.kind === 'field' ? row.path : [];
  });
}

/** A query that a playground or mongosh runs as it is. */
export function playgroundOf(node: Node): string | undefined {
  const query = queryOf(node);
  return query === undefined || !('database' in node)
    ? undefined
    : `use(${JSON.stringify(node.database)});\n\n${query}\n`;
}

/** The question that a row is an answer to. */
export function queryOf(node: Node): string | undefined {
  const quoted = (text: string): string => JSON.stringify(text);
  if (node.kind === 'database') return 'db.getCollectionNames();';
  if (!('collection' in node)) return undefined;
  const find = `db.getCollection(${quoted(node.collection)})`;
  if (node.kind === 'field') return `${find}.find({ ${quoted(node.path)}: { $exists: true } }).limit(20);`;
  return node.kind === 'index' || (node.kind === 'part' && node.part === 'indexes')
    ? `${find}.getIndexes();`
    : `${find}.find({}).limit(20);`;
}

async function writable(app: App, node: Node | undefined, question: string): Promise<Cluster | undefined> {
  const cluster = await withSession(app, node, question);
  if (cluster === undefined) return undefined;
  const why = app.tree.readsOnly(cluster.key);
  if (why === undefined) return cluster;
  await app.prompts.tell('information', readsOnlyWords(why), []);
  return undefined;
}

/** The cluster of a row, or one that is asked for; with a session, which is opened where there is none. */
async function withSession(app: App, node: Node | undefined, question: string): Promise<Cluster | undefined> {
  const cluster = await sessionClusterOf(app, node, question);
  if (cluster === undefined) return undefined;
  const { database } = app.azure();
  if (database.of(cluster.key) === undefined)
    await vscode.commands.executeCommand('cosmosEntra.openSession', { kind: 'cluster', key: cluster.key });
  return database.of(cluster.key)?.cluster;
}

async function databaseOf(
  app: App,
  cluster: Cluster,
  node: Node | undefined,
  question: string,
): Promise<string | undefined> {
  if (node !== undefined && 'database' in node) return node.database;
  const names = await app.tree.databases.databases(cluster);
  return app.prompts.pick(
    names.map((name) => ({ label: name, value: name })),
    question,
  );
}

/** The collection of a row, or one that is asked for: cluster, database and collection. */
export async function collectionOf(
  app: App,
  node: Node | undefined,
  asked: { readonly cluster: string; readonly collection: string; readonly writes: boolean },
): Promise<Target | undefined> {
  const cluster = await (asked.writes ? writable : withSession)(app, node, asked.cluster);
  if (cluster === undefined) return undefined;
  if (node !== undefined && 'collection' in node)
    return { cluster, database: node.database, collection: node.collection };
  const database = await databaseOf(app, cluster, node, vscode.l10n.t('In which database?'));
  if (database === undefined) return undefined;
  const catalog = new Catalog(app.azure().database);
  const collections = await waitFor(vscode.l10n.t('Listing the collections of {0}…', database), (signal) =>
    catalog.collections(cluster, database, signal),
  );
  const collection = await app.prompts.pick(
    collections.map(({ name, type }) => ({
      label: name,
      ...(type === 'view' ? { description: vscode.l10n.t('view') } : {}),
      value: name,
    })),
    asked.collection,
  );
  return collection === undefined ? undefined : { cluster, database, collection };
}

async function pickIndex(app: App, cluster: Cluster, place: Place): Promise<string | undefined> {
  const indexes = await new Catalog(app.azure().database).indexes(cluster, place);
  // Without that one there is no collection.
  const choices = indexes
    .filter(({ name }) => name !== '_id_')
    .map(({ name }) => ({ label: name, value: name }));
  if (choices.length > 0) return app.prompts.pick(choices, vscode.l10n.t('Drop which index?'));
  const text = vscode.l10n.t('{0} has no index but that of _id, which stays.', place.collection);
  await app.prompts.tell('information', text, []);
  return undefined;
}

interface NameAsked {
  readonly title: string;
  readonly question: string;
  readonly longest: number;
  readonly start?: string;
  readonly isTaken?: (name: string) => boolean;
}

function newName(app: App, { longest, isTaken, ...asked }: NameAsked): Promise<string | undefined> {
  return app.prompts.type({
    ...asked,
    problem(name) {
      if (name === '') return vscode.l10n.t('A name has at least one character');
      if (name.length > longest) return vscode.l10n.t('{0} characters at most', longest);
      if (/[$\0]|^system\./.test(name)) return vscode.l10n.t('Without $, and not beginning with system.');
      return isTaken?.(name) === true ? vscode.l10n.t('There is one by this name already') : undefined;
    },
  });
}

async function isTyped(app: App, title: string, question: string, name: string): Promise<boolean> {
  const typed = await app.prompts.type({
    title,
    question,
    problem: (text) => (text === name ? undefined : vscode.l10n.t('Not {0} yet', name)),
  });
  return typed === name;
}

function keysIn(text: string): Readonly<Record<string, number | string>> | undefined {
  let keys: unknown;
  try {
    keys = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof keys !== 'object' || keys === null || Array.isArray(keys)) return undefined;
  const orders: readonly unknown[] = Object.values(keys);
  const isGood = orders.every((order) => order === 1 || order === -1 || typeof order === 'string');
  return isGood && orders.length > 0 ? (keys as Record<string, number | string>) : undefined;
}

/** What is on record of it. */
interface Done {
  readonly command: string;
  readonly database: string;
  readonly collection?: string;
  readonly detail?: string;
}

/** Carries out what was confirmed, and shows what is now. */
async function make(
  app: App,
  cluster: Cluster,
  done: Done,
  title: string,
  work: (catalog: Catalog) => Promise<void>,
): Promise<void> {
  const { command, database, collection = null, detail = null } = done;
  const what = { from: 'row', command, database, collection, detail } as const;
  const does = (): Promise<void> => work(new Catalog(app.azure().database));
  try {
    await vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, () =>
      recorded(app, cluster, what, does, () => null),
    );
  } finally {
    app.playgrounds.forgetNames();
    app.tree.databases.forget(cluster.key);
    app.tree.refresh(app.tree.databasesNode(cluster.key));
  }
}

import { Failure } from '../../core/failure.ts';
import type { Cluster } from '../../core/clusters/cluster.ts';
import { Catalog } from '../../core/sessions/catalog.ts';
import type { Collection, Place } from '../../core/sessions/catalog.ts';
import { schemaOf } from '../../core/sessions/schema.ts';
import type { Field } from '../../core/sessions/schema.ts';
import type { Azure } from '../azure.ts';
import type { DatabaseNode, TreeNode } from '../node.ts';

/** So many collections are shown at a time. */
const pageSize = 100;
/** So many documents tell what fields there are. */
const sampleSize = 100;
/** So many counts are asked for at a time. */
const counting = 4;

/** What was listed of databases, until it is forgotten: asked for when a row is opened, and only what it shows. */
export class DatabaseLists {
  readonly #azure: () => Azure;
  readonly #once: (id: string, fresh: TreeNode) => TreeNode;
  readonly #paint: (row: TreeNode) => void;
  readonly #loadingChanged: () => void;
  /** By cluster and database. */
  readonly #collections = new Map<string, readonly Collection[]>();
  readonly #shown = new Map<string, number>();
  readonly #counts = new Map<string, number>();
  readonly #loading = new Set<AbortController>();

  constructor(
    azure: () => Azure,
    rows: {
      /** The one object of a row. */
      readonly once: (id: string, fresh: TreeNode) => TreeNode;
      readonly paint: (row: TreeNode) => void;
      readonly loadingChanged: () => void;
    },
  ) {
    this.#azure = azure;
    this.#once = rows.once;
    this.#paint = rows.paint;
    this.#loadingChanged = rows.loadingChanged;
  }

  get isLoading(): boolean {
    return this.#loading.size > 0;
  }

  stop(): void {
    for (const loading of this.#loading) loading.abort();
  }

  /** One cluster's, or all. */
  forget(key?: string): void {
    for (const map of [this.#collections, this.#shown, this.#counts])
      for (const known of map.keys())
        if (key === undefined || known.startsWith(`${key}\n`)) map.delete(known);
  }

  showMore({ key, database }: { readonly key: string; readonly database: string }): void {
    const id = idOf(key, database);
    this.#shown.set(id, (this.#shown.get(id) ?? pageSize) + pageSize);
  }

  /** Whether a collection of this name was listed. */
  has({ key, database, collection }: Place & { readonly key: string }): boolean {
    return this.#collections.get(idOf(key, database))?.some(({ name }) => name === collection) === true;
  }

  /** The server's estimate, once it has come. */
  countOf({ key, database, collection }: Place & { readonly key: string }): number | undefined {
    return this.#counts.get(idOf(key, database, collection));
  }

  databaseNode(key: string, database: string): TreeNode {
    return this.#once(`database:${idOf(key, database)}`, { kind: 'database', key, database });
  }

  collectionNode(place: Place & { readonly key: string }, type: Collection['type']): TreeNode {
    const { key, database, collection } = place;
    const id = `collection:${idOf(key, database, collection)}|${type}`;
    return this.#once(id, { kind: 'collection', key, database, collection, type });
  }

  databases(cluster: Cluster): Promise<readonly string[]> {
    return this.#load((catalog, signal) => catalog.databases(cluster, signal));
  }

  async under(node: DatabaseNode, cluster: Cluster): Promise<TreeNode[]> {
    const { key } = node;
    switch (node.kind) {
      case 'databases': {
        const names = await this.databases(cluster);
        return names.map((database) => this.databaseNode(key, database));
      }
      case 'database':
        return this.#underDatabase(cluster, node.database);
      case 'collection':
        return (node.type === 'view' ? (['schema'] as const) : (['indexes', 'schema'] as const)).map(
          (part) => {
            const { database, collection } = node;
            const id = `${part}:${idOf(key, database, collection)}`;
            return this.#once(id, { kind: 'part', part, key, database, collection });
          },
        );
      case 'part':
        return node.part === 'indexes' ? this.#indexes(cluster, node) : this.#schema(cluster, node);
      case 'field':
        return fieldRows(node, node.path, node.field.fields);
      case 'index':
      case 'more':
        return [];
    }
  }

  async #underDatabase(cluster: Cluster, database: string): Promise<TreeNode[]> {
    const { key } = cluster;
    const id = idOf(key, database);
    const all =
      this.#collections.get(id) ??
      (await this.#load((catalog, signal) => catalog.collections(cluster, database, signal)));
    this.#collections.set(id, all);
    const shown = all.slice(0, this.#shown.get(id) ?? pageSize);
    const rows = shown.map(({ name, type }) =>
      this.collectionNode({ key, database, collection: name }, type),
    );
    void this.#count(cluster, rows);
    const hidden = all.length - shown.length;
    return hidden === 0 ? rows : [...rows, { kind: 'more', key, database, hidden }];
  }

  /** Counts come after the rows, a few at a time; one that cannot be had is left out. */
  async #count(cluster: Cluster, rows: readonly TreeNode[]): Promise<void> {
    const catalog = this.#catalog();
    const waiting = rows.filter(
      (row) => row.kind === 'collection' && row.type === 'collection' && this.countOf(row) === undefined,
    );
    const next = async (): Promise<void> => {
      for (let row = waiting.shift(); row !== undefined; row = waiting.shift()) {
        if (row.kind !== 'collection') continue;
        const count = await catalog.count(cluster, row);
        this.#counts.set(idOf(row.key, row.database, row.collection), count);
        this.#paint(row);
      }
    };
    await Promise.allSettled(Array.from({ length: counting }, next));
  }

  async #indexes(cluster: Cluster, node: DatabaseNode & { kind: 'part' }): Promise<TreeNode[]> {
    const { key, database, collection } = node;
    const indexes = await this.#load((catalog, signal) => catalog.indexes(cluster, node, signal));
    return indexes.map((index) => ({ kind: 'index', index, key, database, collection }));
  }

  async #schema(cluster: Cluster, node: DatabaseNode & { kind: 'part' }): Promise<TreeNode[]> {
    const documents = await this.#load((catalog, signal) =>
      catalog.sample(cluster, node, sampleSize, signal),
    );
    if (documents.length > 0) return fieldRows(node, '', schemaOf(documents));
    return [{ kind: 'note', note: 'noDocuments', parent: idOf(node.key, node.database, node.collection) }];
  }

  async #load<T>(ask: (catalog: Catalog, signal: AbortSignal) => Promise<T>): Promise<T> {
    const loading = new AbortController();
    this.#loading.add(loading);
    this.#loadingChanged();
    try {
      return await ask(this.#catalog(), loading.signal);
    } catch (error) {
      throw Failure.from(error);
    } finally {
      this.#loading.delete(loading);
      this.#loadingChanged();
    }
  }

  #catalog(): Catalog {
    return new Catalog(this.#azure().database);
  }
}

function fieldRows(
  { key, database, collection }: Place & { readonly key: string },
  above: string,
  fields: readonly Field[],
): TreeNode[] {
  return fields.map((field) => ({
    kind: 'field',
    key,
    database,
    collection,
    path: above === '' ? field.name : `${above}.${field.name}`,
    field,
  }));
}

/** Names may hold anything but this. */
function idOf(...parts: readonly string[]): string {
  return parts.join('\n');
}

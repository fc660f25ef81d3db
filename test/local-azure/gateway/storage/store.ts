import type { Doc } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import { Collection } from './collection.ts';
import type { View } from './collection.ts';
import type { Role, StoredUser } from './user.ts';

export type Database = Map<string, Collection | View>;

/** Everything that a cluster keeps; a primary and its replicas share one. */
export class Store {
  readonly databases = new Map<string, Database>();
  /** Users made by `createUser`, by name. */
  readonly users = new Map<string, StoredUser>();
  /** What somebody has whatever was granted, by name: half a pair, as no command makes it. */
  readonly forcedRoles = new Map<string, readonly Role[]>();

  clear(): void {
    this.forcedRoles.clear();
    this.databases.clear();
    this.users.clear();
  }

  find(database: string, name: string): Collection | View | undefined {
    return this.databases.get(database)?.get(name);
  }

  /** The collection, made when it is not there yet: a first write does that. */
  ensure(database: string, name: string, options: Doc = new Map()): Collection {
    const found = this.find(database, name);
    if (found?.kind === 'view') {
      throw new CommandError(
        'CommandNotSupportedOnView',
        `Namespace ${database}.${name} is a view, not a collection`,
      );
    }
    if (found) return found;
    const made = new Collection(options);
    this.add(database, name, made);
    return made;
  }

  add(database: string, name: string, made: Collection | View): void {
    checkName(database, name);
    let target = this.databases.get(database);
    if (!target) {
      for (const other of this.databases.keys()) {
        if (other.toLowerCase() !== database.toLowerCase()) continue;
        throw new CommandError(
          'DbAlreadyExists',
          `db already exists with different case already have: [${other}] trying to create [${database}]`,
        );
      }
      target = new Map();
      this.databases.set(database, target);
    }
    target.set(name, made);
  }

  /** A database is gone with its last collection. */
  remove(database: string, name: string): void {
    const target = this.databases.get(database);
    target?.delete(name);
    if (target?.size === 0) this.databases.delete(database);
  }
}

function checkName(database: string, name: string): void {
  if (database === '' || /[/\\. "$]/.test(database) || database.length > 63) {
    throw new CommandError('InvalidNamespace', `Invalid database name: '${database}'`);
  }
  if (
    name === '' ||
    name.includes('$') ||
    name.includes('\0') ||
    name.startsWith('.') ||
    name.endsWith('.')
  ) {
    throw new CommandError('InvalidNamespace', `Invalid collection name: ${name}`);
  }
}

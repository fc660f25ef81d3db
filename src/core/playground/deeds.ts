import { keyOf, mostErrors } from './deed.ts';
import type { Deed, Sort } from './deed.ts';
import { commandEffect } from './protection.ts';

type Fields = Readonly<Record<string, unknown>>;
type Counted = { -readonly [Field in keyof Deed]: Deed[Field] };

/** A script that makes thousands of collections has a line for so many, and one for each database besides. */
const mostSorts = 100;
/** The connection's token has ended: the driver gets another one, and asks again. */
const signInAnew = 391;
/** In milliseconds. */
const pause = 500;

/** Counts what goes to the database, whichever way a script takes there, and what the answers say. */
export class Deeds {
  readonly #say: (deeds: readonly Deed[]) => void;
  readonly #underWay = new Map<number, Sort>();
  readonly #known = new Set<string>();
  /** So often the driver is about to send the same once more. */
  readonly #again = new Map<string, number>();
  readonly #untold = new Map<string, Counted>();
  #timer: NodeJS.Timeout | undefined;
  #said = -Infinity;

  constructor(say: (deeds: readonly Deed[]) => void) {
    this.#say = say;
  }

  /** Another run: what it does is counted by itself. */
  begin(): void {
    this.flush();
    this.#known.clear();
    this.#again.clear();
  }

  sent(id: number, database: string, name: string, command: Fields): void {
    const sort = sortOf(database, name, command);
    if (sort === undefined) return;
    const own = this.#isKept(sort) ? sort : { ...sort, collection: undefined, detail: undefined };
    this.#underWay.set(id, own);
    const key = keyOf(own);
    const again = this.#again.get(key) ?? 0;
    if (again === 0) this.#count(own, (deed) => deed.calls++);
    else this.#again.set(key, again - 1);
  }

  /** Of several writes in one command some may have failed. */
  answered(id: number, reply: unknown): void {
    const sort = this.#taken(id);
    if (sort === undefined) return;
    const answer = fieldsOf(reply);
    const errors = (Array.isArray(answer['writeErrors']) ? answer['writeErrors'] : []).map(codeOf);
    const refused = errors.length + (Number(answer['nErrors']) || 0);
    const documents = documentsIn(sort.command, answer);
    this.#count(sort, (deed) => {
      if (refused === 0) deed.done++;
      else deed.failed++;
      if (documents !== undefined) deed.documents = (deed.documents ?? 0) + documents;
      addErrors(deed, errors);
    });
  }

  /** Only a database that says no has not done it: of what got lost on the way nobody knows. */
  failed(id: number, error: unknown): void {
    const sort = this.#taken(id);
    const code = codeOf(error);
    if (sort === undefined || code === undefined) return;
    if (code === signInAnew) {
      const key = keyOf(sort);
      this.#again.set(key, (this.#again.get(key) ?? 0) + 1);
      return;
    }
    this.#count(sort, (deed) => {
      deed.failed++;
      addErrors(deed, [code]);
    });
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#untold.size === 0) return;
    const deeds = [...this.#untold.values()];
    this.#untold.clear();
    this.#said = performance.now();
    this.#say(deeds);
  }

  #taken(id: number): Sort | undefined {
    const sort = this.#underWay.get(id);
    this.#underWay.delete(id);
    return sort;
  }

  #isKept(sort: Sort): boolean {
    const key = keyOf(sort);
    if (this.#known.has(key)) return true;
    if (this.#known.size >= mostSorts) return false;
    this.#known.add(key);
    return true;
  }

  #count(sort: Sort, count: (deed: Counted) => void): void {
    const key = keyOf(sort);
    const { command, database, collection, detail } = sort;
    const nothing = { calls: 0, done: 0, failed: 0, documents: undefined, errors: [] };
    const deed = this.#untold.get(key) ?? { command, database, collection, detail, ...nothing };
    this.#untold.set(key, deed);
    count(deed);
    // Where a script never waits, no timer has its turn.
    if (performance.now() - this.#said > pause) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), pause);
  }
}

function addErrors(deed: Counted, errors: readonly (number | undefined)[]): void {
  const known = errors.filter((code) => code !== undefined);
  deed.errors = [...new Set([...deed.errors, ...known])].slice(0, mostErrors);
}

/** What a connection says for itself, and what stops a script. */
const ownCommands: ReadonlySet<string> = new Set([
  'authenticate',
  'killSessions',
  'saslContinue',
  'saslStart',
]);

function sortOf(database: string, name: string, command: Fields): Sort | undefined {
  if (ownCommands.has(name)) return undefined;
  // The driver tells nobody what is in a command about a person.
  const effect = commandEffect(database, name in command ? command : { [name]: 1 });
  if (effect === undefined) return undefined;
  const { database: its, collection, detail } = effect;
  if (effect.effect !== 'command') return { command: name, database: its, collection, detail };
  // Of a command that nobody knows anything can be the value: only what is a name is told.
  const value = textIn(command[name]);
  return {
    command: name,
    database: its,
    collection: aboutCollections.has(name) ? value : undefined,
    detail: /(?:Role|User)/.test(name) ? value : undefined,
  };
}

const aboutCollections: ReadonlySet<string> = new Set(['collMod', 'compact', 'convertToCapped']);

function documentsIn(command: string, answer: Fields): number | undefined {
  const count = (name: string): number | undefined =>
    typeof answer[name] === 'number' ? answer[name] : undefined;
  switch (command) {
    case 'insert':
    case 'delete':
      return count('n');
    case 'update': {
      const { upserted } = answer;
      const added = Array.isArray(upserted) ? upserted.length : 0;
      const changed = count('nModified');
      return changed === undefined ? undefined : changed + added;
    }
    case 'findAndModify':
    case 'findandmodify': {
      const { n } = fieldsOf(answer['lastErrorObject']);
      return typeof n === 'number' ? n : undefined;
    }
    case 'bulkWrite': {
      const counts = ['nInserted', 'nModified', 'nDeleted', 'nUpserted'].map(count);
      return counts.some((one) => one !== undefined)
        ? counts.reduce<number>((sum, one) => sum + (one ?? 0), 0)
        : undefined;
    }
  }
  return undefined;
}

function codeOf(error: unknown): number | undefined {
  const { code } = fieldsOf(error);
  return typeof code === 'number' && Number.isSafeInteger(code) && code >= 0 ? code : undefined;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

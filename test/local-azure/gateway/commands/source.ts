import { isDoc } from '../bson/value.ts';
import type { Doc, Value } from '../bson/value.ts';
import { CommandError } from '../commandError.ts';
import type { Variables } from '../expression/expression.ts';
import { Watch } from '../operations.ts';
import { compilePipeline, commandVariables } from '../pipeline/pipeline.ts';
import type { PipelineContext, Stage } from '../pipeline/stage.ts';
import { Collection } from '../storage/collection.ts';
import { candidates } from '../storage/scan.ts';
import type { Row } from '../storage/row.ts';
import type { Call } from './command.ts';
import { doc } from './arguments.ts';
import { describe } from './description.ts';

/** Views upon views, as deep as the real server goes. */
const MAX_VIEWS = 20;

/** Where a command's rows come from: a collection, a view, or nothing. */
export class Source {
  readonly watch: Watch;
  readonly variables: Variables;
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
    this.watch = new Watch(call.operation);
    this.variables = commandVariables(doc(call.body, 'let'));
  }

  /** The documents of that name; `filter` may narrow what has to be looked at. */
  rows(name: string, filter?: Doc, depth = 0): Iterable<Row> {
    const { store, database } = this.#call;
    const found = store.find(database, name);
    if (!found) return [];
    if (found.kind === 'collection') return examined(candidates(found, filter), this.watch);
    if (depth >= MAX_VIEWS) throw new CommandError('ViewDepthLimitExceeded', 'View depth limit exceeded');
    const inner = compilePipeline(found.pipeline, this.#context(name, depth + 1));
    return inner(this.rows(found.on, undefined, depth + 1));
  }

  compile(stages: readonly Value[], collection: string | undefined): Stage {
    return compilePipeline(stages, this.#context(collection, 0));
  }

  #context(collection: string | undefined, depth: number): Omit<PipelineContext, 'compile'> {
    const { store } = this.#call;
    return {
      database: this.#call.database,
      collection,
      variables: this.variables,
      watch: this.watch,
      read: (name) => this.rows(name, undefined, depth),
      write: (database, name) => store.ensure(database, name),
      replaceAll(database, name, docs) {
        const before = store.ensure(database, name);
        const fresh = new Collection(before.options);
        for (const index of before.indexes) fresh.createIndex(index.spec);
        for (const item of docs) fresh.insert(item);
        store.add(database, name, fresh);
      },
      describe: (stage, argument) => describe(this.#call, collection, stage, argument),
    };
  }
}

function* examined(rows: Iterable<Row>, watch: Watch): Generator<Row> {
  for (const row of rows) {
    watch.examine();
    yield row;
  }
}

/** The filter of a pipeline's first stage, if it begins with one. */
export function leadingMatch(stages: readonly Value[]): Doc | undefined {
  const [first] = stages;
  const match = isDoc(first) ? first.get('$match') : undefined;
  return isDoc(match) ? match : undefined;
}

import type { Audit, DataEnding, StartedData } from '../../core/audit/audit.ts';
import { keyOf, mostErrors } from '../../core/playground/deed.ts';
import type { Deed } from '../../core/playground/deed.ts';
import type { Target } from '../../core/playground/run.ts';

type Lines = Pick<Audit, 'dataChanging' | 'dataChanged'>;

/**
 * What a playground does to data, for the audit log: a line when it first does one sort of thing at one place, and
 * one for all of that when its run is over. What a script does behind its run ends with the next one, or its process.
 */
export class PlaygroundRecord {
  readonly #audit: Lines;
  readonly #open = new Map<string, { readonly started: StartedData; deed: Deed }>();

  constructor(audit: Lines) {
    this.#audit = audit;
  }

  add({ cluster }: Target, deeds: readonly Deed[]): void {
    for (const deed of deeds) {
      const key = `${cluster.key} ${keyOf(deed)}`;
      const known = this.#open.get(key);
      if (known !== undefined) known.deed = sum(known.deed, deed);
      // The answer to what has been written down as unknown.
      else if (deed.calls > 0) {
        const { command, database, collection = null, detail = null } = deed;
        const what = { from: 'playground', command, database, collection, detail } as const;
        this.#open.set(key, { started: this.#audit.dataChanging(cluster, what), deed });
      }
    }
  }

  close(): void {
    for (const { started, deed } of this.#open.values()) this.#audit.dataChanged(started, endingOf(deed));
    this.#open.clear();
  }
}

function sum(one: Deed, more: Deed): Deed {
  return {
    ...one,
    calls: one.calls + more.calls,
    done: one.done + more.done,
    failed: one.failed + more.failed,
    documents:
      one.documents === undefined && more.documents === undefined
        ? undefined
        : (one.documents ?? 0) + (more.documents ?? 0),
    errors: [...new Set([...one.errors, ...more.errors])].slice(0, mostErrors),
  };
}

function endingOf({ calls, done, failed, documents, errors }: Deed): DataEnding {
  const hasDone = done > 0 || (documents ?? 0) > 0;
  const answered = failed === 0 ? 'done' : hasDone ? 'partly' : 'failed';
  return {
    outcome: done + failed < calls ? 'unknown' : answered,
    calls,
    documents: documents ?? null,
    errors: errors.map((code) => `database ${code}`),
  };
}

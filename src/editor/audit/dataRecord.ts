import type { DataChange, DataEnding } from '../../core/audit/audit.ts';
import type { Cluster } from '../../core/clusters/cluster.ts';
import { Failure } from '../../core/failure.ts';
import type { App } from '../app.ts';

/** Does to data what a person wants, and has it on record. `documents` says how many it was, where the answer does. */
export async function recorded<T>(
  { audit }: App,
  cluster: Cluster,
  what: DataChange,
  work: () => Promise<T>,
  documents: (answer: T) => number | null,
): Promise<T> {
  const started = audit.dataChanging(cluster, what);
  try {
    const answer = await work();
    audit.dataChanged(started, { outcome: 'done', calls: 1, documents: documents(answer), errors: [] });
    return answer;
  } catch (error) {
    audit.dataChanged(started, { calls: 1, documents: null, ...endingOf(Failure.from(error)) });
    throw error;
  }
}

/** What was stopped, or lost its way, may have been done all the same. */
function endingOf({ data }: Failure): Pick<DataEnding, 'outcome' | 'errors'> {
  const isUnknown = data.code === 'cancelled' || data.code === 'databaseUnreachable';
  const error = data.code === 'database' ? `database ${data.serverCode}` : data.code;
  return { outcome: isUnknown ? 'unknown' : 'failed', errors: [error] };
}

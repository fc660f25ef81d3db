import { Failure, withoutSecrets } from '../failure.ts';
import type { Caller } from '../identity/tokens.ts';
import type { Answer, Door } from './door.ts';
import { pause } from './pause.ts';
import { withVersion } from './resourceManager.ts';

export interface Write {
  readonly method: 'PUT' | 'PATCH' | 'DELETE';
  readonly id: string;
  /** Newest first; a cloud that lags behind is asked with the next. */
  readonly apiVersions: readonly string[];
  readonly body?: unknown;
}

/** Whoever watches a write on its way. */
export interface Watch {
  /** Stops it, as long as nothing was sent. */
  readonly signal: AbortSignal;
  /** Azure has taken it on: from here it goes its way, watched or not. */
  accepted(correlationId: string | undefined): void;
}

/** Sends a change of one resource, and returns when Azure says that it is done. */
export async function write(door: Door, caller: Caller, wanted: Write, watch: Watch): Promise<void> {
  const { method, id, apiVersions, body } = wanted;
  const answer = await withVersion(apiVersions, (apiVersion) =>
    door.exchange({
      caller,
      service: 'resourceManager',
      method,
      address: id,
      apiVersion,
      ...(body === undefined ? {} : { body }),
      signal: watch.signal,
    }),
  );
  watch.accepted(answer.correlationId);
  await followed(door, caller, answer);
}

/**
 * The end of a long operation. Its addresses are signed, change with every answer, and are used as they came. A
 * status code alone says nothing: 200 with an address to follow is not done.
 */
async function followed(door: Door, caller: Caller, first: Answer): Promise<void> {
  let { operation, location } = first;
  if (operation === undefined && first.status !== 202) return;
  let wait = first.waitAsked;
  for (let count = 0; operation !== undefined || location !== undefined; count++) {
    await pause(wait ?? Math.min(longestPause, firstPause * 1.5 ** count));
    const answer = await door.exchange({
      caller,
      service: 'resourceManager',
      method: 'GET',
      address: operation ?? location ?? '',
    });
    const status = operation === undefined ? statusOfCode(answer.status) : statusOf(answer);
    if (status === 'done') return;
    if (status !== 'running') throw status;
    operation = answer.operation ?? operation;
    location = answer.location ?? location;
    wait = answer.waitAsked;
  }
}

const firstPause = 1000;
const longestPause = 10_000;

function statusOfCode(status: number): 'done' | 'running' {
  return status === 202 ? 'running' : 'done';
}

/** Services have words of their own for "not yet" (`Enqueued`, `Dequeued`): only three words are an end. */
function statusOf({ status: code, body }: Answer): 'done' | 'running' | Failure {
  const { status, error } = (body ?? {}) as {
    status?: unknown;
    error?: { code?: unknown; message?: unknown };
  };
  if (typeof status !== 'string') return statusOfCode(code);
  if (/^succeeded$/i.test(status)) return 'done';
  if (!/^(failed|cancell?ed)$/i.test(status)) return 'running';
  return new Failure({
    code: 'operationFailed',
    serviceCode: withoutSecrets(typeof error?.code === 'string' ? error.code : status),
    message: typeof error?.message === 'string' ? withoutSecrets(error.message) : '',
  });
}

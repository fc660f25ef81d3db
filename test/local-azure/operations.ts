import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { armError } from './armError.ts';
import type { Organisation } from './organisation.ts';
import type { Reply } from './service.ts';

/** How a resource provider words its long operations. */
export interface OperationStyle {
  readonly provider: string;
  /** Path segments of the two addresses that follow an operation. */
  readonly statusPath: string;
  readonly resultPath: string;
  readonly runningStatus: readonly string[];
  /** Whether an answer that has nothing to show yet says the status instead. */
  readonly saysStatus: boolean;
  /** Not ISO 8601 on some providers. */
  readonly formatTime: (time: Date) => string;
}

interface Operation {
  readonly id: string;
  readonly style: OperationStyle;
  readonly subscriptionId: string;
  readonly location: string;
  readonly apiVersion: string;
  readonly startedAt: Date;
  readonly resourceId: string;
  readonly failure: { readonly code: string; readonly message: string } | undefined;
  /** Makes the change true, or takes back what showed that it was coming. */
  readonly settle: (succeeded: boolean) => void;
  /** What the Location address answers in the end; undefined for nothing. */
  readonly result: () => unknown;
  polls: number;
  state: 'InProgress' | 'Succeeded' | 'Failed';
}

export type NewOperation = Omit<Operation, 'id' | 'startedAt' | 'polls' | 'state'>;

/** The long operations of one local Azure. */
export interface Operations {
  /** Refuses a write on a cluster that is still busy, or that keeps its lock after an operation. */
  requireIdle(resourceId: string): void;
  /** Answers what goes with an accepted write: where to follow it, and a body for when there is nothing to show. */
  start(operation: NewOperation): {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: object;
  };
  /** Ends operations whose time has come, so that whoever reads a resource sees it. */
  advance(): void;
  follow(kind: 'status' | 'result', id: string, query: URLSearchParams): Reply | undefined;
  clear(): void;
}

export function createOperations(organisation: Organisation, origin: () => string): Operations {
  const running = new Map<string, Operation>();
  /** When an operation on a resource ended that succeeded. */
  const ended = new Map<string, number>();
  const signingKey = randomBytes(32);
  // Real addresses carry a certificate and run past 3,000 characters.
  const certificate = randomBytes(2250).toString('base64url');

  const signature = (id: string, time: string) =>
    createHmac('sha256', signingKey).update(`${id} ${time}`).digest('base64url');

  function headers(operation: Operation): Readonly<Record<string, string>> {
    const { id, style, subscriptionId, location, apiVersion } = operation;
    const time = process.hrtime.bigint().toString();
    const signed = new URLSearchParams({
      'api-version': apiVersion,
      t: time,
      c: certificate,
      s: signature(id, time),
    });
    signed.set('h', createHmac('sha256', signingKey).update(time).digest('base64url'));
    const base = `${origin()}/subscriptions/${subscriptionId}/providers/${style.provider}/locations/${location}`;
    return {
      'azure-asyncoperation': `${base}/${style.statusPath}/${id}?${signed.toString()}`,
      location: `${base}/${style.resultPath}/${id}?${signed.toString()}`,
    };
  }

  function finish(operation: Operation): void {
    operation.state = operation.failure ? 'Failed' : 'Succeeded';
    operation.settle(operation.state === 'Succeeded');
    if (operation.state === 'Succeeded') ended.set(operation.resourceId.toLowerCase(), Date.now());
  }

  function advance(): void {
    const limit = organisation.behaviour.operationMs;
    for (const operation of running.values()) {
      const age = Date.now() - operation.startedAt.getTime();
      if (operation.state === 'InProgress' && age > limit) finish(operation);
    }
  }

  return {
    advance,
    requireIdle(resourceId) {
      advance();
      const key = resourceId.toLowerCase();
      const busy = [...running.values()].some(
        (operation) => operation.state === 'InProgress' && operation.resourceId.toLowerCase() === key,
      );
      if (busy || (ended.get(key) ?? -Infinity) + organisation.behaviour.lockMs > Date.now()) {
        const message = `There is another operation in progress on ${resourceId.split('/').at(-1)}. Please retry later.`;
        throw armError(409, 'Conflict', message, { 'x-ms-failure-cause': 'service' });
      }
    },
    start(wanted) {
      const operation: Operation = {
        ...wanted,
        id: randomUUID(),
        startedAt: new Date(),
        polls: 0,
        state: 'InProgress',
      };
      running.set(operation.id, operation);
      return { headers: headers(operation), body: unfinishedBody(operation) };
    },
    follow(kind, id, query) {
      const operation = running.get(id.toLowerCase());
      if (!operation || query.get('s') !== signature(operation.id, query.get('t') ?? '')) return undefined;
      advance();
      if (operation.state === 'InProgress') {
        if (operation.polls >= organisation.behaviour.operationPolls) finish(operation);
        else operation.polls += 1;
      }
      return kind === 'status'
        ? statusReply(operation, headers(operation))
        : resultReply(operation, headers(operation));
    },
    clear() {
      running.clear();
      ended.clear();
    },
  };
}

function runningWord({ style, polls }: Operation): string | undefined {
  return style.runningStatus[Math.max(0, Math.min(polls, style.runningStatus.length) - 1)];
}

function statusReply(operation: Operation, headers: Readonly<Record<string, string>>): Reply {
  const { id, style, state, failure } = operation;
  const path = `/subscriptions/${operation.subscriptionId}/providers/${style.provider}/locations/${operation.location}`;
  return {
    status: 200,
    ...(state === 'InProgress' && { headers }),
    body: {
      id: `${path}/${style.statusPath}/${id}`,
      name: id,
      status: state === 'InProgress' ? runningWord(operation) : state,
      startTime: style.formatTime(operation.startedAt),
      ...(state === 'Failed' && { error: failure }),
    },
  };
}

function resultReply(operation: Operation, headers: Readonly<Record<string, string>>): Reply {
  const { state, failure } = operation;
  if (state === 'InProgress') return { status: 202, headers, body: unfinishedBody(operation) };
  if (state === 'Failed') return { status: 400, body: { error: failure } };
  const body = operation.result();
  return body === undefined ? { status: 204 } : { status: 200, body };
}

function unfinishedBody(operation: Operation): object {
  return operation.style.saysStatus ? { status: runningWord(operation) } : {};
}

import type { Door } from '../azure/door.ts';
import { listAll } from '../azure/resourceManager.ts';
import type { Change, Step } from '../clusters/change.ts';
import type { Cluster } from '../clusters/cluster.ts';
import { fields, texts } from '../clusters/fields.ts';
import { kinds } from '../clusters/kinds.ts';
import { Failure } from '../failure.ts';
import type { Caller } from '../identity/tokens.ts';

/** What one role assignment gives: what its actions match, without what its exceptions match. */
export interface Permission {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
}

/** Whether Resource Manager would let the caller do it. Locks and policies may still be in the way of a yes. */
export type Allowed = 'yes' | 'no' | 'unknown';

/** All that reaches a resource, from wherever it is assigned. It takes no right to ask. */
export async function readPermissions(
  door: Door,
  caller: Caller,
  resourceId: string,
  signal?: AbortSignal,
): Promise<readonly Permission[]> {
  const path = `${resourceId}/providers/Microsoft.Authorization/permissions`;
  const items = await listAll(door, caller, path, '2022-04-01', signal);
  return items.map((item) => {
    const { actions, notActions } = fields(item);
    return { actions: texts(actions) ?? [], notActions: texts(notActions) ?? [] };
  });
}

/** One entry must allow it by itself: what another excepts takes nothing away. */
export function mayDo(permissions: readonly Permission[], action: string): 'yes' | 'no' {
  const allowed = permissions.some(
    ({ actions, notActions }) =>
      actions.some((pattern) => matches(pattern, action)) &&
      !notActions.some((pattern) => matches(pattern, action)),
  );
  return allowed ? 'yes' : 'no';
}

export interface Lack {
  readonly action: string;
  readonly role: string;
  readonly link: string;
}

type Judged = Pick<Cluster, 'key' | 'id' | 'kind' | 'caller'>;

/** Somebody in some role: what is in the way of this is in the way of all. */
export const anybody = {
  what: 'addGrant',
  wanted: {
    principal: { objectId: '', type: 'user', tenant: undefined },
    role: { role: { name: 'unknown' }, id: '', keptIn: 'resourceManager' },
    scope: undefined,
    alias: undefined,
  },
} as const satisfies Change;

/** The same of a rule of the firewall. */
export const anyRule = {
  what: 'addRule',
  rule: { id: undefined, name: '', start: '', end: '' },
} as const satisfies Change;

/** What the people who are signed in may do to clusters; read once for each cluster. */
export class Permissions {
  readonly #door: Door;
  readonly #read = new Map<string, Promise<readonly Permission[]>>();

  constructor(door: Door) {
    this.#door = door;
  }

  /** Of one cluster, by its key, or of all: somebody may have been given a role since. */
  forget(key?: string): void {
    if (key === undefined) this.#read.clear();
    else this.#read.delete(key);
  }

  async may(cluster: Judged, action: string, signal?: AbortSignal): Promise<Allowed> {
    return (await this.judge(cluster, signal))(action);
  }

  /**
   * Of any action, by one answer of Azure's. Throws only when it is called off; what could not be read is unknown, and
   * asked again next time.
   */
  async judge(cluster: Judged, signal?: AbortSignal): Promise<(action: string) => Allowed> {
    let reading = this.#read.get(cluster.key);
    if (reading === undefined) {
      // Not called off with the one who asks first: others wait for it too.
      const begun = readPermissions(this.#door, cluster.caller, cluster.id);
      reading = begun;
      this.#read.set(cluster.key, begun);
      begun.catch(() => {
        if (this.#read.get(cluster.key) === begun) this.#read.delete(cluster.key);
      });
    }
    const permissions = await unlessAborted(
      reading.catch(() => []),
      signal,
    );
    return (action) => {
      // Not even a role to see the cluster by: what was read is not all that there is.
      if (permissions.length === 0) return 'unknown';
      const answer = mayDo(permissions, action);
      const isInferred = kinds[cluster.kind].inferredActions?.test(action) === true;
      return answer === 'no' && isInferred ? 'unknown' : answer;
    };
  }

  /** An action that a change takes and the person lacks, for certain; and the least role that has it. */
  async lack(cluster: Cluster, change: Change, signal?: AbortSignal): Promise<Lack | undefined> {
    const kind = kinds[cluster.kind];
    const { manager } = kind;
    const actions = kind.steps(cluster, change).flatMap((step) => actionOf(step) ?? []);
    if (actions.length === 0) return undefined;
    const judge = await this.judge(cluster, signal);
    const action = actions.find((one) => judge(one) === 'no');
    return action === undefined ? undefined : { action, role: manager.name, link: manager.link };
  }
}

/** What Resource Manager asks for before it takes the step; a database has its own rules. */
export function actionOf(step: Step): string | undefined {
  switch (step.to) {
    case 'resourceManager':
      return `${step.type}/${step.method === 'DELETE' ? 'delete' : 'write'}`;
    case 'database':
      return undefined;
  }
}

/** `*` is any run of characters, slashes too. */
function matches(pattern: string, action: string): boolean {
  const source = pattern.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`).replaceAll('*', '.*');
  return new RegExp(`^${source}$`, 'i').test(action);
}

/** Waits no longer than who asks wants to; what is asked for goes on, for others. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = (): void => reject(new Failure({ code: 'cancelled' }));
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  return Promise.race([promise, aborted]).finally(() => signal.removeEventListener('abort', stop));
}

import { readBehaviour } from './behaviour.ts';
import { readFaultRule, type Faults } from './faults.ts';
import { isObject } from './json.ts';
import { findResource, type Organisation } from './organisation.ts';
import type { Handler } from './service.ts';

export interface ControlOptions {
  readonly organisation: Organisation;
  readonly faults: Faults;
  readonly reset: () => void;
}

/** Does what a body asks; answers what is wrong with it. */
type Action = (body: unknown) => string | undefined;

/** The handle on a running local Azure from outside, for whoever cannot reach its state: each takes JSON. */
export function createControl({ organisation, faults, reset }: ControlOptions): Handler {
  const actions: Readonly<Record<string, Action>> = {
    reset() {
      reset();
      return undefined;
    },

    faults(body) {
      const rule = readFaultRule(body);
      if (typeof rule === 'string') return rule;
      faults.add(rule);
      return undefined;
    },

    /** `{ "checksPrincipals": false, … }` */
    behaviour(body) {
      const wanted = readBehaviour(body);
      if (typeof wanted === 'string') return wanted;
      Object.assign(organisation.behaviour, wanted);
      return undefined;
    },

    /** `{ "forget": "<object id>" }`: it is gone from its directory, and stays wherever it was let in. */
    people(body) {
      const { directory } = organisation;
      const index = directory.findIndex(({ id }) => isObject(body) && id === body['forget']);
      if (index < 0) return 'forget names the object id of somebody in a directory';
      const [gone] = directory.splice(index, 1);
      for (const one of directory) {
        const at = one.type === 'group' && gone ? one.members.indexOf(gone.id) : -1;
        if (one.type === 'group' && at >= 0) one.members.splice(at, 1);
      }
      return undefined;
    },

    /** `{ "id": "<ARM id>", "lock": "ReadOnly" | "CanNotDelete" | null, "properties": { "clusterStatus": … } }` */
    resource(body) {
      const { id, lock, properties = {}, ...more } = isObject(body) ? body : {};
      const resource = typeof id === 'string' ? findResource(organisation, id) : undefined;
      if (!resource) return 'id names a resource';
      const [unknown] = Object.keys(more);
      if (unknown !== undefined) return `unknown member ${unknown}; there are id, lock, properties`;
      if (!isObject(properties)) return 'properties is an object';
      if (lock !== undefined && lock !== null && lock !== 'ReadOnly' && lock !== 'CanNotDelete')
        return 'lock is ReadOnly, CanNotDelete or null';
      if (lock === null) delete resource.lock;
      else if (lock !== undefined) resource.lock = lock;
      Object.assign(resource.properties, properties);
      return undefined;
    },
  };

  return (call) => {
    const refuse = (message: string) => ({ status: 400, body: { error: { code: 'BadRequest', message } } });
    const name = /^\/local-azure\/(\w+)$/.exec(call.path)?.[1] ?? '';
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (!action || call.method !== 'POST') return { status: 404 };
    let body: unknown;
    try {
      body = call.body === '' ? undefined : JSON.parse(call.body);
    } catch {
      return refuse('not JSON');
    }
    const problem = action(body);
    return problem === undefined ? { status: 204 } : refuse(problem);
  };
}

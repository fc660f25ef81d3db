import { readBehaviour } from './behaviour.ts';
import { readDoorwayFaults, type Doorway } from './doorway.ts';
import { readFaultRule, type Faults } from './faults.ts';
import { readNameFault, type NameServer } from './gateway/dns.ts';
import type { Gateway } from './gateway/gateway.ts';
import type { Role } from './gateway/storage/user.ts';
import { isObject } from './json.ts';
import {
  findResource,
  findSubscription,
  type Group,
  type Organisation,
  type Principal,
  type Subscription,
} from './organisation.ts';
import type { PostgresServer } from './postgres/server.ts';
import { register, unregister } from './registration.ts';
import { builtInRoles } from './roles.ts';
import type { Handler } from './service.ts';

export interface ControlOptions {
  readonly organisation: Organisation;
  readonly faults: Faults;
  /** By the cluster's name in lower case. */
  readonly gateways: () => ReadonlyMap<string, Gateway>;
  readonly nameServer: () => NameServer | undefined;
  readonly postgres: () => ReadonlyMap<string, PostgresServer>;
  /** Of whatever has a listener of its own, by its name in lower case. */
  readonly doorways: () => ReadonlyMap<string, Doorway>;
  readonly reset: () => Promise<void>;
}

/** Does what a body asks; answers what is wrong with it. */
type Action = (body: unknown) => Outcome | Promise<Outcome>;

type Outcome = string | undefined;

/** The handle on a running local Azure from outside, for whoever cannot reach its state: each takes JSON. */
export function createControl(options: ControlOptions): Handler {
  const { organisation, faults, gateways, nameServer, postgres, doorways, reset } = options;
  const forgotten = new Map<string, { readonly principal: Principal; readonly groups: readonly Group[] }>();
  const gatewayOf = (body: unknown): Gateway | undefined => {
    const cluster = isObject(body) ? body['cluster'] : undefined;
    return typeof cluster === 'string' ? gateways().get(cluster.toLowerCase()) : undefined;
  };
  const actions: Readonly<Record<string, Action>> = {
    async reset() {
      forgotten.clear();
      await reset();
      return undefined;
    },

    /** A rule, or `{ "clear": true }`. */
    faults(body) {
      if (isObject(body) && body['clear'] === true) {
        faults.clear();
        return undefined;
      }
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

    /**
     * `{ "forget": "<object id>" }`: it is gone from its directory, and stays wherever it was let in. `restore` brings
     * it back. `{ "id": "<object id>", "accountEnabled": false }`: it may not sign in.
     */
    people(body) {
      const { directory } = organisation;
      const { forget, restore, id, accountEnabled } = isObject(body) ? body : {};
      if (restore !== undefined) {
        const back = typeof restore === 'string' ? forgotten.get(restore) : undefined;
        if (!back) return 'restore names the object id of somebody who was forgotten';
        forgotten.delete(back.principal.id);
        directory.push(back.principal);
        for (const group of back.groups) group.members.push(back.principal.id);
        return undefined;
      }
      if (accountEnabled !== undefined) {
        const found = directory.find((one) => one.id === id);
        if (!found || found.type === 'group' || typeof accountEnabled !== 'boolean')
          return 'id names a person or a workload, and accountEnabled is true or false';
        found.accountEnabled = accountEnabled;
        return undefined;
      }
      const gone = directory.find((one) => one.id === forget);
      if (!gone) return 'forget names the object id of somebody in a directory';
      directory.splice(directory.indexOf(gone), 1);
      const groups = directory.filter(
        (one): one is Group => one.type === 'group' && one.members.includes(gone.id),
      );
      for (const { members } of groups) members.splice(members.indexOf(gone.id), 1);
      forgotten.set(gone.id, { principal: gone, groups });
      return undefined;
    },

    /**
     * `{ "cluster": "orders-eu", "id": "<any id>", "type": "User" | "ServicePrincipal" }`: is let in by that id, whatever
     * it is the id of. A PostgreSQL cluster takes the name of a `role`, an account `within`: `/dbs/shop`. With a type
     * of null it is out.
     */
    registration(body) {
      const { cluster, id, type, role, within } = isObject(body) ? body : {};
      const wanted = String(cluster).toLowerCase();
      const resource = organisation.resources.find(({ name }) => name.toLowerCase() === wanted);
      if (!resource || typeof id !== 'string') return 'cluster names a cluster, and id is a text';
      if (type === null) {
        unregister(resource, id);
        return undefined;
      }
      if (type !== 'User' && type !== 'ServicePrincipal') return 'type is User, ServicePrincipal or null';
      for (const text of [role, within])
        if (text !== undefined && typeof text !== 'string') return 'role and within are texts';
      register(organisation, resource, {
        id,
        type,
        ...(typeof role === 'string' && { role }),
        ...(typeof within === 'string' && { within }),
      });
      return undefined;
    },

    /**
     * `{ "subscription": "<id>", "managedBy": ["<tenant id>"], "principalId": "<object id>", "role": "Reader" }`: seen
     * and managed from another tenant, whose principal is given the role. With nobody it is over, the role as well.
     */
    delegation(body) {
      const { subscription: id, managedBy, principalId, role } = isObject(body) ? body : {};
      const subscription = typeof id === 'string' ? findSubscription(organisation, id) : undefined;
      if (!subscription) return 'subscription is the id of one';
      if (!Array.isArray(managedBy) || !managedBy.every((tenant) => typeof tenant === 'string'))
        return 'managedBy is a list of tenant ids';
      return delegate(organisation, subscription, managedBy, principalId, role);
    },

    /**
     * `{ "cluster": …, "database": …, "collection": …, "documents": 100000, "bytes": 300 }`: documents that nobody
     * has to write; with `"collections": 5000` as many collections, numbered from 1.
     */
    documents(body) {
      const gateway = gatewayOf(body);
      if (!gateway || !isObject(body)) return 'cluster names a cluster with a gateway';
      const { database, collection, documents = 0, bytes = 300, collections } = body;
      if (typeof database !== 'string' || typeof collection !== 'string')
        return 'database and collection are names';
      if (!isCount(documents) || !isCount(bytes) || (collections !== undefined && !isCount(collections)))
        return 'documents, bytes and collections are whole numbers';
      const names =
        collections === undefined
          ? [collection]
          : Array.from({ length: collections }, (_, index) => `${collection}${index + 1}`);
      for (const name of names) gateway.generate(database, name, { documents, bytes });
      return undefined;
    },

    /**
     * `{ "cluster": …, "namespace": "shop.orders", "answer": 5000, "document": 1 }`: what reads it takes so many
     * milliseconds longer to answer, and for each document that it looks at. Without a namespace, whatever reads.
     */
    slow(body) {
      const gateway = gatewayOf(body);
      if (!gateway || !isObject(body)) return 'cluster names a cluster with a gateway';
      const { namespace, answer = 0, document = 0 } = body;
      if (namespace !== undefined && typeof namespace !== 'string') return 'namespace is a name';
      if (typeof answer !== 'number' || typeof document !== 'number' || answer < 0 || document < 0)
        return 'answer and document are milliseconds';
      gateway.faults.slow({ answer, document }, namespace);
      return undefined;
    },

    /**
     * `{ "about": "orders-eu", "fault": { "kind": "address", "address": "10.0.0.4" } }`: what is wrong with the names of
     * a cluster, with one host, or with all when it is about nothing. A fault of null is none.
     */
    names(body) {
      const server = nameServer();
      if (!server || !isObject(body)) return 'there is no name server';
      const { about, fault } = body;
      if (about !== undefined && typeof about !== 'string') return 'about is the name of a cluster or a host';
      if (fault === null) {
        server.recover(about);
        return undefined;
      }
      const wanted = readNameFault(fault);
      if (!wanted)
        return 'a fault is notFound, noAddress, silence, serverFailure, member with member, or address with address';
      server.fail(wanted, about);
      return undefined;
    },

    /**
     * `{ "cluster": "orders-eu", "fault": { "kind": "refuseSignIn", "code": 18 }, "times": 0 }`: once unless told, 0 for
     * every time. `fail` has a code as well; that, `drop`, `hang` and `delay` (with ms) may name a command; there is
     * `expire`, and `roles` with the oid and roles of somebody, or null. A fault of null ends them all.
     */
    gateway(body) {
      const gateway = gatewayOf(body);
      if (!gateway || !isObject(body)) return 'cluster names a cluster with a gateway';
      return failGateway(gateway, body['fault'], body['times'] ?? 1);
    },

    /**
     * `{ "cluster": "ledger", "fault": { "kind": "refuse", "code": "53300" } }`, or `hang` at `signIn` or `query`; a fault
     * of null is none.
     */
    postgres(body) {
      const { cluster, fault } = isObject(body) ? body : {};
      const server = postgres().get(String(cluster).toLowerCase());
      if (!server) return 'cluster names a PostgreSQL cluster';
      if (fault === null) {
        server.fail();
        return undefined;
      }
      const { kind, code, message, at } = isObject(fault) ? fault : {};
      if (kind === 'hang' && (at === 'signIn' || at === 'query')) server.fail({ kind, at });
      else if (kind === 'refuse' && typeof code === 'string')
        server.fail({ kind, code, ...(typeof message === 'string' && { message }) });
      else return 'a fault is refuse with a code, or hang at signIn or query';
      return undefined;
    },

    /** `{ "cluster": "orders-eu", "tcp": "refused", "tls": "expired" }`: what is left out is in order again. */
    async doorway(body) {
      const cluster = isObject(body) ? body['cluster'] : undefined;
      const doorway = typeof cluster === 'string' ? doorways().get(cluster.toLowerCase()) : undefined;
      if (!doorway) return 'cluster names something with a listener of its own';
      const wanted = readDoorwayFaults(body);
      if (typeof wanted === 'string') return wanted;
      await doorway.fail(wanted);
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

  return async (call) => {
    const refuse = (message: string) => ({ status: 400, body: { error: { code: 'BadRequest', message } } });
    const name = /^\/local-azure\/(\w+)$/.exec(call.path)?.[1] ?? '';
    if (name === 'operations' && call.method === 'GET') return { status: 200, body: operations(gateways()) };
    const action = Object.hasOwn(actions, name) ? actions[name] : undefined;
    if (!action || call.method !== 'POST') return { status: 404 };
    let body: unknown;
    try {
      body = call.body === '' ? undefined : JSON.parse(call.body);
    } catch {
      return refuse('not JSON');
    }
    const problem = await action(body);
    return problem === undefined ? { status: 204 } : refuse(problem);
  };
}

/** The name of the assignment that a delegation brings along, and takes away again. */
const delegated = 'de1e9a7e-0000-4000-8000-000000000001';

function delegate(
  { roleAssignments }: Organisation,
  subscription: Subscription,
  managedBy: string[],
  principalId: unknown,
  role: unknown,
): Outcome {
  const definition = builtInRoles.find(({ roleName }) => roleName === role);
  if (principalId !== undefined && (typeof principalId !== 'string' || !definition))
    return 'principalId is an object id, and role the name of a built-in role';
  const scope = `/subscriptions/${subscription.subscriptionId}`;
  const before = roleAssignments.findIndex((one) => one.name === delegated && one.scope === scope);
  if (before >= 0) roleAssignments.splice(before, 1);
  subscription.managedByTenants = managedBy;
  if (typeof principalId !== 'string' || !definition || managedBy.length === 0) return undefined;
  roleAssignments.push({
    name: delegated,
    scope,
    principalId,
    principalType: 'User',
    roleDefinitionId: definition.id,
  });
  return undefined;
}

const roles: readonly unknown[] = ['root', 'clusterAdmin', 'readWriteAnyDatabase', 'readAnyDatabase'];

function failGateway(gateway: Gateway, fault: unknown, times: unknown): Outcome {
  const { faults } = gateway;
  if (fault === null) {
    faults.clear();
    gateway.forceRoles();
    return undefined;
  }
  if (!isObject(fault)) return 'fault is an object';
  if (!isCount(times)) return 'times is a count';
  const { kind, code, ms, oid, command, message } = fault;
  if (command !== undefined && typeof command !== 'string') return 'command is the name of one';
  if (message !== undefined && typeof message !== 'string') return 'message is text';
  const named = {
    times,
    ...(command !== undefined && { command }),
    ...(message !== undefined && { message }),
  };
  switch (kind) {
    case 'refuseSignIn':
      if (!isCount(code)) return 'code is a number';
      faults.refuseSignIn(code, times, message);
      return undefined;
    case 'fail':
      if (!isCount(code)) return 'code is a number';
      faults.fail(code, named);
      return undefined;
    case 'drop':
      faults.drop(named);
      return undefined;
    case 'hang':
      faults.hang(command);
      return undefined;
    case 'delay':
      if (!isCount(ms)) return 'ms is a number';
      faults.delay(ms, command);
      return undefined;
    case 'expire':
      faults.expireNext(times);
      return undefined;
    case 'roles': {
      const wanted = fault['roles'];
      if (typeof oid !== 'string') return 'oid says whose roles';
      if (wanted !== null && !(Array.isArray(wanted) && wanted.every((role) => roles.includes(role))))
        return `roles are ${roles.join(', ')}, or null`;
      gateway.forceRoles(oid, (wanted as Role[] | null) ?? undefined);
      return undefined;
    }
    default:
      return 'kinds are refuseSignIn, fail, drop, hang, delay, expire, roles';
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** What is under way on every cluster that has anything under way, and how many cursors are open there. */
function operations(gateways: ReadonlyMap<string, Gateway>): object {
  const clusters = Array.from(gateways, ([cluster, { underWay, openCursors }]) => ({
    cluster,
    underWay,
    openCursors,
  }));
  return { clusters: clusters.filter(({ underWay, openCursors }) => underWay.length + openCursors > 0) };
}

import { requireAccess } from './access.ts';
import { armError, badRequest, methodNotAllowed, resourceNotFound } from './armError.ts';
import { readResource, type ArmCall } from './armRoute.ts';
import type { JsonObject } from './json.ts';
import { findSubscription, type Child, type Organisation, type Resource } from './organisation.ts';
import { page } from './paging.ts';
import type { ChildFamily, ResourceFamily } from './resourceFamily.ts';
import type { Reply } from './service.ts';
import type { Target, Writes } from './writes.ts';

export interface ChildrenOptions {
  readonly organisation: Organisation;
  readonly writes: Writes;
  readonly origin: () => string;
}

/** Where below a resource. */
interface Place {
  readonly kind: string;
  /** The child between, if any. */
  readonly outer: string;
  readonly name: string | undefined;
}

export interface Children {
  handle(call: ArmCall, family: ResourceFamily, parent: Resource, place: Place): Reply;
}

/** One kind of children of one resource. */
interface Brood {
  readonly family: ResourceFamily;
  readonly parent: Resource;
  readonly kind: ChildFamily<Resource>;
  readonly outer: string;
}

/** The children of resources: users, roles, rules, role assignments. */
export function createChildren({ organisation, writes, origin }: ChildrenOptions): Children {
  return {
    handle(call, family, parent, { kind: kindName, outer, name }) {
      const kind = family.children.find((one) => one.name.toLowerCase() === kindName.toLowerCase());
      if (!kind || call.apiVersion < (kind.since ?? '')) {
        const [namespace, type] = family.type.split('/');
        const message = `The resource type '${type}/${kindName}' could not be found in the namespace '${namespace}' for api version '${call.apiVersion}'.`;
        throw armError(404, 'InvalidResourceType', message);
      }
      const brood = { family, parent, kind, outer };
      if (name === undefined) return list(call, brood);
      switch (call.method) {
        case 'GET':
          return get(call, brood, name);
        case 'PUT':
          return put(call, brood, name);
        case 'DELETE':
          return remove(call, brood, name);
        default:
          throw methodNotAllowed(call.method);
      }
    },
  };

  function list(call: ArmCall, brood: Brood): Reply {
    if (call.method !== 'GET') throw methodNotAllowed(call.method);
    const { family, parent, kind } = brood;
    requireAccess(organisation, call.caller, `${family.type}/${kind.name}/read`, parent.id);
    const found = all(brood).map((child) => show(brood, child, call.apiVersion));
    const size = kind.hasPages ? organisation.behaviour.pageSize : Number.POSITIVE_INFINITY;
    return { status: 200, body: page(call, origin(), found, size) };
  }

  function get(call: ArmCall, brood: Brood, name: string): Reply {
    const { scope, permission } = target(brood, name, 'read');
    requireAccess(organisation, call.caller, permission, scope);
    const child = find(brood, name);
    if (child) return { status: 200, body: show(brood, child, call.apiVersion) };
    const { family, parent, kind } = brood;
    throw resourceNotFound(`${family.type}/${kind.name}`, `${parent.name}/${name}`, parent.resourceGroup);
  }

  function put(call: ArmCall, brood: Brood, name: string): Reply {
    const { family, parent, kind } = brood;
    if (!kind.check) throw methodNotAllowed(call.method);
    const aim = target(brood, name, 'write');
    writes.admit(call, aim);
    const { properties } = readResource(call);
    if (!properties) throw badRequest("The member 'properties' is required.");
    const { apiVersion } = call;
    const existing = find(brood, name);
    const tenantId = findSubscription(organisation, parent.subscriptionId)?.tenantId ?? '';
    const wanted = kind.check({ parent, name, properties, apiVersion, existing, organisation, tenantId });
    const siblings = all(brood);
    const child: Child<object> = existing ?? { name, properties: {} };
    const isVisible = family.showsUnfinishedChildren;
    const place = (provisioningState: string) => {
      child.properties = isVisible ? { ...wanted, provisioningState } : wanted;
      if (!siblings.includes(child)) siblings.push(child);
    };
    if (isVisible) place('InProgress');
    const result = () => show(brood, child, apiVersion);
    const { headers, body } = writes.begin(call, aim, {
      result,
      settle(succeeded) {
        // What failed stays to be seen, where it could be seen before.
        if (succeeded || isVisible) place(succeeded ? 'Succeeded' : 'Failed');
        if (succeeded) kind.written?.(parent, organisation);
      },
    });
    if (!isVisible) return { status: 202, headers, body };
    return { status: existing ? 200 : 201, headers, body: result() };
  }

  function remove(call: ArmCall, brood: Brood, name: string): Reply {
    const { family, parent, kind } = brood;
    if (!kind.check) throw methodNotAllowed(call.method);
    const aim = target(brood, name, 'delete');
    writes.admit(call, aim);
    const child = find(brood, name);
    if (!child) return { status: 204 };
    kind.checkDelete?.(parent, child);
    const siblings = all(brood);
    const before = child.properties;
    if (family.showsUnfinishedChildren) child.properties = { ...before, provisioningState: 'Dropping' };
    const settle = (succeeded: boolean) => {
      child.properties = before;
      const index = siblings.indexOf(child);
      if (!succeeded || index < 0) return;
      siblings.splice(index, 1);
      kind.written?.(parent, organisation);
    };
    return { status: 202, ...writes.begin(call, aim, { settle, result: () => undefined }) };
  }

  function all({ parent, kind, outer }: Brood): Child<object>[] {
    return kind.children(parent, organisation, outer);
  }

  function find(brood: Brood, name: string): Child<object> | undefined {
    const wanted = name.toLowerCase();
    return all(brood).find((child) => child.name.toLowerCase() === wanted);
  }
}

function idOf({ parent, kind, outer }: Brood, name: string): string {
  return `${parent.id}/${kind.name.replace('/', `/${outer}/`)}/${name}`;
}

function target(brood: Brood, name: string, verb: 'read' | 'write' | 'delete'): Target {
  const { family, parent, kind } = brood;
  return {
    family,
    resource: parent,
    scope: idOf(brood, name),
    permission: `${family.type}/${kind.name}/${verb}`,
  };
}

function show(brood: Brood, child: Child<object>, apiVersion: string): JsonObject {
  const { family, kind } = brood;
  return {
    id: idOf(brood, child.name),
    name: child.name,
    type: `${family.type}/${kind.name}`,
    properties: kind.show?.(child, apiVersion) ?? child.properties,
  };
}

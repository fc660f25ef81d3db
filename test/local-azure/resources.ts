import { randomUUID } from 'node:crypto';
import { accessOf, forbidden, isWithin, requireAccess } from './access.ts';
import type { ActivityLog } from './activityLog.ts';
import { armError, badRequest, resourceNotFound } from './armError.ts';
import { databaseAccounts } from './databaseAccounts.ts';
import type { Faults } from './faults.ts';
import { isObject, type JsonObject } from './json.ts';
import { managedIdentities } from './managedIdentities.ts';
import { mongoClusters } from './mongoClusters.ts';
import type { NewOperation, Operations } from './operations.ts';
import {
  findResource,
  findSubscription,
  type Child,
  type Organisation,
  type Resource,
  type Subscription,
} from './organisation.ts';
import { page } from './paging.ts';
import type { ArmCall, ChildFamily, ResourceFamily } from './resourceFamily.ts';
import { serverGroups } from './serverGroups.ts';
import { Refusal, type Reply } from './service.ts';

export interface ResourcesOptions {
  readonly organisation: Organisation;
  readonly operations: Operations;
  readonly activityLog: ActivityLog;
  readonly faults: Faults;
  readonly origin: () => string;
  /** What stands before every change: the subscription's state, locks, the second factor. */
  readonly requireWritable: (call: ArmCall, subscription: Subscription, resource: Resource) => void;
}

/** Every type that this Azure serves. Each family's functions are only ever given resources of its own type. */
export const resourceFamilies = [
  mongoClusters,
  serverGroups,
  databaseAccounts,
  managedIdentities,
] as unknown as readonly ResourceFamily[];

/** The part of an address after `/providers/`, taken apart. */
export interface ResourceAddress {
  readonly subscription: string;
  readonly group?: string;
  readonly name?: string;
  readonly child?: string;
  readonly childName?: string;
}

export interface Resources {
  handle(call: ArmCall, family: ResourceFamily, address: ResourceAddress): Reply;
}

export function createResources(options: ResourcesOptions): Resources {
  const { organisation, operations, activityLog, faults, origin } = options;

  return {
    handle(call, family, address) {
      operations.advance();
      if (address.name === undefined) return list(call, family, address);
      const resource = existing(family, address, call);
      if (address.child === undefined) return atResource(call, family, resource);
      const action = family.actions.find(
        (one) =>
          same(one.name, address.child) && one.method === call.method && address.childName === undefined,
      );
      if (action) return runAction(call, family, resource, action);
      const children = family.children.find((one) => same(one.name, address.child));
      if (!children || call.apiVersion < (children.since ?? ''))
        throw unknownType(family, address.child, call.apiVersion);
      return address.childName === undefined
        ? listChildren(call, family, resource, children)
        : atChild(call, family, resource, children, address.childName);
    },
  };

  function list(call: ArmCall, family: ResourceFamily, { subscription, group }: ResourceAddress): Reply {
    if (call.method !== 'GET') throw notAllowed(call);
    const scope = `/subscriptions/${subscription}${group === undefined ? '' : `/resourceGroups/${group}`}`;
    const action = `${family.type}/read`;
    const access = accessOf(organisation, call.caller);
    if (!access.seesIn(scope)) throw forbidden(call.caller, action, scope);
    const inScope = organisation.resources.filter((one) => isWithin(one.id, scope));
    if (group !== undefined && inScope.length === 0) {
      throw armError(404, 'ResourceGroupNotFound', `Resource group '${group}' could not be found.`);
    }
    const found = inScope
      .filter((one) => one.type === family.type && access.may(action, one.id))
      .map((one) => family.show(one, call.apiVersion));
    const size = family.hasPages ? organisation.behaviour.pageSize : found.length + 1;
    return { status: 200, body: page(call, origin(), found, size) };
  }

  /** The resource that an address names, whatever part of it is asked for: what is missing is named by its own name. */
  function existing(
    family: ResourceFamily,
    { subscription, group, name = '' }: ResourceAddress,
    call: ArmCall,
  ): Resource {
    const id = `/subscriptions/${subscription}/resourceGroups/${group}/providers/${family.type}/${name}`;
    const resource = findResource(organisation, id);
    if (resource) return resource;
    requireAccess(organisation, call.caller, `${family.type}/read`, id);
    throw resourceNotFound(family.type, name, group ?? '');
  }

  function atResource(call: ArmCall, family: ResourceFamily, resource: Resource): Reply {
    const { caller, method, apiVersion } = call;
    switch (method) {
      case 'GET':
        requireAccess(organisation, caller, `${family.type}/read`, resource.id);
        return { status: 200, body: family.show(resource, apiVersion) };
      case 'PATCH': {
        if (!family.patch) throw notAllowed(call);
        const permission = `${family.type}/write`;
        beforeWrite(call, permission, resource, resource.id);
        const { properties = {}, tags } = readBody(call, ['properties', 'tags', 'identity', 'location']);
        if (!isObject(properties))
          throw badRequest("The member 'properties' must be an object.", 'InvalidRequestContent');
        const change = family.patch(resource, properties, apiVersion, organisation);
        if (isObject(tags)) resource.tags = tags as Record<string, string>;
        const result = () => family.show(resource, apiVersion);
        const headers = begin(call, family, resource, resource.id, permission, {
          settle: change.settle,
          result,
        });
        return { status: family.patchStatus, headers, ...(family.patchStatus === 200 && { body: result() }) };
      }
      default:
        throw notAllowed(call);
    }
  }

  function runAction(
    call: ArmCall,
    family: ResourceFamily,
    resource: Resource,
    action: ResourceFamily['actions'][number],
  ): Reply {
    const permission = `${family.type}/${action.permission ?? `${action.name}/action`}`;
    requireAccess(organisation, call.caller, permission, resource.id);
    const body = call.body === '' ? {} : parseBody(call);
    const outcome = action.run(resource, body, organisation);
    if ('status' in outcome) return outcome;
    beforeWrite(call, permission, resource, resource.id);
    const headers = begin(call, family, resource, resource.id, permission, {
      settle: outcome.settle,
      result: () => undefined,
    });
    return { status: 202, headers };
  }

  function listChildren(
    call: ArmCall,
    family: ResourceFamily,
    resource: Resource,
    children: ChildFamily<Resource>,
  ): Reply {
    if (call.method !== 'GET') throw notAllowed(call);
    requireAccess(organisation, call.caller, `${family.type}/${children.name}/read`, resource.id);
    const found = children
      .children(resource, organisation)
      .map((child) => showChild(family, resource, children, child, call.apiVersion));
    const size = children.hasPages ? organisation.behaviour.pageSize : found.length + 1;
    return { status: 200, body: page(call, origin(), found, size) };
  }

  function atChild(
    call: ArmCall,
    family: ResourceFamily,
    resource: Resource,
    children: ChildFamily<Resource>,
    name: string,
  ): Reply {
    const { caller, method, apiVersion } = call;
    const scope = `${resource.id}/${children.name}/${name}`;
    const permission = (verb: string) => `${family.type}/${children.name}/${verb}`;
    const find = () => children.children(resource, organisation).find((child) => same(child.name, name));
    switch (method) {
      case 'GET': {
        requireAccess(organisation, caller, permission('read'), scope);
        const child = find();
        if (!child)
          throw resourceNotFound(
            `${family.type}/${children.name}`,
            `${resource.name}/${name}`,
            resource.resourceGroup,
          );
        return { status: 200, body: showChild(family, resource, children, child, apiVersion) };
      }
      case 'PUT':
        if (!children.check) throw notAllowed(call);
        beforeWrite(call, permission('write'), resource, scope);
        return putChild(call, family, resource, children, name, find());
      case 'DELETE': {
        if (!children.check) throw notAllowed(call);
        beforeWrite(call, permission('delete'), resource, scope);
        const child = find();
        if (!child) return { status: 204 };
        children.checkDelete?.(resource, child);
        const all = children.children(resource, organisation);
        const settle = (succeeded: boolean) => {
          const index = all.indexOf(child);
          if (!succeeded || index < 0) return;
          all.splice(index, 1);
          children.written?.(resource, organisation);
        };
        const headers = begin(call, family, resource, scope, permission('delete'), {
          settle,
          result: () => undefined,
        });
        return { status: 202, headers, body: family.showsUnfinishedChildren ? {} : { status: 'Enqueued' } };
      }
      default:
        throw notAllowed(call);
    }
  }

  function putChild(
    call: ArmCall,
    family: ResourceFamily,
    resource: Resource,
    children: ChildFamily<Resource>,
    name: string,
    existing: Child<object> | undefined,
  ): Reply {
    const { properties } = readBody(call, ['properties', 'id', 'name', 'type']);
    if (!isObject(properties))
      throw badRequest("The member 'properties' is required.", 'InvalidRequestContent');
    const { apiVersion } = call;
    const tenantId = findSubscription(organisation, resource.subscriptionId)?.tenantId ?? '';
    const wanted =
      children.check?.({
        parent: resource,
        name,
        properties,
        apiVersion,
        existing,
        organisation,
        tenantId,
      }) ?? {};
    const all = children.children(resource, organisation);
    const child: Child<object> = existing ?? { name, properties: {} };
    const visible = family.showsUnfinishedChildren;
    const place = (provisioningState: string) => {
      child.properties = visible ? { ...wanted, provisioningState } : wanted;
      if (!all.includes(child)) all.push(child);
    };
    const settle = (succeeded: boolean) => {
      if (succeeded || visible) place(succeeded ? 'Succeeded' : 'Failed');
      if (succeeded) children.written?.(resource, organisation);
    };
    if (visible) place('InProgress');
    const result = () => showChild(family, resource, children, child, apiVersion);
    const scope = `${resource.id}/${children.name}/${name}`;
    const permission = `${family.type}/${children.name}/write`;
    const headers = begin(call, family, resource, scope, permission, { settle, result });
    if (!visible) return { status: 202, headers, body: { status: 'Enqueued' } };
    return { status: existing ? 200 : 201, headers, body: result() };
  }

  function beforeWrite(call: ArmCall, permission: string, resource: Resource, scope: string): void {
    requireAccess(organisation, call.caller, permission, scope);
    const subscription = findSubscription(organisation, resource.subscriptionId);
    if (subscription) options.requireWritable(call, subscription, resource);
    operations.requireIdle(resource.id);
  }

  /** Starts the long operation of an accepted write. */
  function begin(
    call: ArmCall,
    family: ResourceFamily,
    resource: Resource,
    scope: string,
    action: string,
    outcome: Pick<NewOperation, 'settle' | 'result'>,
  ): Readonly<Record<string, string>> {
    const { caller, apiVersion } = call;
    const correlationId = randomUUID();
    const record = (status: 'Started' | 'Accepted' | 'Succeeded' | 'Failed', subStatus = '') =>
      activityLog.record({ caller, action, scope, status, subStatus, correlationId });
    record('Started');
    record('Accepted');
    const fault = faults.take(call, ['failedOperation']);
    const { headers } = operations.start({
      style: family.operations,
      subscriptionId: resource.subscriptionId,
      location: resource.location,
      apiVersion,
      resourceId: resource.id,
      failure: fault && { code: fault.code, message: fault.message },
      settle(succeeded) {
        outcome.settle(succeeded);
        resource.systemData.lastModifiedAt = new Date().toISOString();
        resource.systemData.lastModifiedBy = caller.name;
        resource.systemData.lastModifiedByType = caller.isPerson ? 'User' : 'Application';
        record(succeeded ? 'Succeeded' : 'Failed', fault?.code);
      },
      result: outcome.result,
    });
    return headers;
  }
}

function showChild(
  family: ResourceFamily,
  parent: Resource,
  children: ChildFamily<Resource>,
  child: Child<object>,
  apiVersion: string,
): JsonObject {
  return {
    id: `${parent.id}/${children.name}/${child.name}`,
    name: child.name,
    type: `${family.type}/${children.name}`,
    properties: children.show?.(child, apiVersion) ?? child.properties,
  };
}

function parseBody(call: ArmCall): JsonObject {
  try {
    const body: unknown = JSON.parse(call.body);
    if (isObject(body)) return body;
  } catch {
    // Falls through to the refusal.
  }
  throw armError(
    400,
    'InvalidRequestContent',
    'The request content was invalid and could not be deserialized.',
  );
}

/** The body of a write; Resource Manager itself refuses members that no resource has. */
function readBody(call: ArmCall, members: readonly string[]): JsonObject {
  const body = parseBody(call);
  const unknown = Object.keys(body).find((name) => !members.includes(name));
  if (unknown === undefined) return body;
  const message = `The request content was invalid and could not be deserialized: 'Could not find member '${unknown}' on object of type 'ResourceDefinition'.'`;
  throw armError(400, 'InvalidRequestContent', message);
}

function same(name: string, other: string | undefined): boolean {
  return name.toLowerCase() === other?.toLowerCase();
}

function unknownType(family: ResourceFamily, child: string, apiVersion: string): Refusal {
  const [namespace, type] = family.type.split('/');
  return armError(
    404,
    'InvalidResourceType',
    `The resource type '${type}/${child}' could not be found in the namespace '${namespace}' for api version '${apiVersion}'.`,
  );
}

function notAllowed(call: ArmCall): Refusal {
  return armError(
    405,
    'MethodNotAllowed',
    `The requested resource does not support http method '${call.method}'.`,
  );
}

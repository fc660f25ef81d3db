import { accessOf, forbidden, isWithin, requireAccess } from './access.ts';
import { armError, badRequest, methodNotAllowed, resourceNotFound } from './armError.ts';
import { readJson, readResource, type ArmCall } from './armRoute.ts';
import { createChildren } from './children.ts';
import { databaseAccounts } from './databaseAccounts.ts';
import { managedIdentities } from './managedIdentities.ts';
import { mongoClusters } from './mongoClusters.ts';
import type { Operations } from './operations.ts';
import { findResource, type Organisation, type Resource } from './organisation.ts';
import { page } from './paging.ts';
import type { ResourceFamily } from './resourceFamily.ts';
import { serverGroups } from './serverGroups.ts';
import type { Reply } from './service.ts';
import type { Writes } from './writes.ts';

export interface ResourcesOptions {
  readonly organisation: Organisation;
  readonly operations: Operations;
  readonly writes: Writes;
  readonly origin: () => string;
}

/** Every type that this Azure serves. Each family's functions are only ever given resources of its own type. */
export const resourceFamilies = [
  mongoClusters,
  serverGroups,
  databaseAccounts,
  managedIdentities,
] as unknown as readonly ResourceFamily[];

/** An address inside a subscription, taken apart. */
interface ResourceAddress {
  readonly subscription: string;
  readonly group: string | undefined;
  readonly name: string | undefined;
  /** Types and names in turn, as deep as it goes. */
  readonly children: readonly (string | undefined)[];
}

export interface Resources {
  handle(call: ArmCall, family: ResourceFamily, address: ResourceAddress): Reply;
}

/** What all resources have in common: lists, one of them, its changes, its actions; its children are elsewhere. */
export function createResources(options: ResourcesOptions): Resources {
  const { organisation, operations, writes, origin } = options;
  const children = createChildren(options);

  return {
    handle(call, family, address) {
      operations.advance();
      const { name } = address;
      const [child, childName, inner, innerName] = address.children;
      if (name === undefined) return list(call, family, address);
      const resource = existing(call, family, address, name);
      if (child === undefined) return atResource(call, family, resource);
      const wanted = child.toLowerCase();
      const action = family.actions.find(
        (one) => one.name.toLowerCase() === wanted && one.method === call.method,
      );
      if (action && childName === undefined) return runAction(call, family, resource, action);
      const place =
        inner === undefined
          ? { kind: child, outer: '', name: childName }
          : { kind: `${child}/${inner}`, outer: childName ?? '', name: innerName };
      return children.handle(call, family, resource, place);
    },
  };

  function list(call: ArmCall, family: ResourceFamily, { subscription, group }: ResourceAddress): Reply {
    if (call.method !== 'GET') throw methodNotAllowed(call.method);
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
    const size = family.hasPages ? organisation.behaviour.pageSize : Number.POSITIVE_INFINITY;
    return { status: 200, body: page(call, origin(), found, size) };
  }

  /** The resource that an address names; when it is missing, it is named, whatever part of it was asked for. */
  function existing(call: ArmCall, family: ResourceFamily, address: ResourceAddress, name: string): Resource {
    const { subscription, group = '' } = address;
    const id = `/subscriptions/${subscription}/resourceGroups/${group}/providers/${family.type}/${name}`;
    const resource = findResource(organisation, id);
    if (resource) return resource;
    requireAccess(organisation, call.caller, `${family.type}/read`, id);
    throw resourceNotFound(family.type, name, group);
  }

  function atResource(call: ArmCall, family: ResourceFamily, resource: Resource): Reply {
    const { caller, method, apiVersion } = call;
    if (method === 'GET') {
      requireAccess(organisation, caller, `${family.type}/read`, resource.id);
      return { status: 200, body: family.show(resource, apiVersion) };
    }
    const replaces = method === 'PUT' ? family.replacement : undefined;
    if (!family.update || !(method === 'PATCH' || replaces)) throw methodNotAllowed(method);
    const target = { family, resource, scope: resource.id, permission: `${family.type}/write` };
    writes.admit(call, target);
    const { properties = {}, location, tags } = readResource(call);
    if (replaces) requireReplacement(resource, replaces.required, properties, location);
    const { settle } = family.update(resource, {
      properties: { ...replaces?.usual, ...properties },
      replaces: replaces !== undefined,
      apiVersion,
      organisation,
    });
    if (tags || replaces) resource.tags = tags ?? {};
    const result = () => family.show(resource, apiVersion);
    const { headers } = writes.begin(call, target, { settle, result });
    const { status, showsResource } = replaces ? { status: 200, showsResource: true } : family.patchAnswer;
    return { status, headers, ...(showsResource && { body: result() }) };
  }

  function runAction(
    call: ArmCall,
    family: ResourceFamily,
    resource: Resource,
    action: ResourceFamily['actions'][number],
  ): Reply {
    const permission = `${family.type}/${action.permission ?? `${action.name}/action`}`;
    const target = { family, resource, scope: resource.id, permission };
    if (call.method !== 'GET') writes.note(call, target);
    requireAccess(organisation, call.caller, permission, resource.id);
    const outcome = action.run(resource, call.body === '' ? {} : readJson(call));
    if ('status' in outcome) return outcome;
    writes.admit(call, target);
    return {
      status: 202,
      ...writes.begin(call, target, { settle: outcome.settle, result: () => undefined }),
    };
  }
}

/** A PUT stands for the whole resource: what is left out of it is not kept. */
function requireReplacement(
  resource: Resource,
  required: readonly string[],
  properties: object,
  location: string | undefined,
): void {
  const { name, type } = resource;
  if (location === undefined)
    throw armError(400, 'LocationRequired', 'The location property is required for this definition.');
  if (location.toLowerCase().replaceAll(' ', '') !== resource.location) {
    const message =
      `The resource '${name}' already exists in location '${resource.location}' in resource group ` +
      `'${resource.resourceGroup}'. A resource with the same name cannot be created in location '${location}'.`;
    throw armError(409, 'InvalidResourceLocation', message);
  }
  const missing = required.filter((member) => !(member in properties));
  if (missing.length > 0)
    throw badRequest(`The properties ${missing.join(', ')} are required to create or replace a ${type}.`);
}

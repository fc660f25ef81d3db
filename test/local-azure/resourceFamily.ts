import type { JsonObject } from './json.ts';
import type { OperationStyle } from './operations.ts';
import type { Child, Organisation, Resource, ResourceOf, ResourceTypeName } from './organisation.ts';
import type { Reply } from './service.ts';

/** A change that was accepted: it becomes true when its operation succeeds. */
interface Change {
  readonly settle: (succeeded: boolean) => void;
}

/** A kind of child resource, kept in an array of its parent's. */
export interface ChildFamily<R> {
  /** One below another is called `outer/inner`. */
  readonly name: string;
  /** The first API version that knows it. */
  readonly since?: string;
  /** `outer` is the name of the child that they are below, where they are. */
  readonly children: (parent: R, organisation: Organisation, outer: string) => Child<object>[];
  /** The properties that a PUT would give, or a refusal thrown. Absent: cannot be written. */
  readonly check?: (put: ChildPut<R>) => object;
  /** After a child came or went. */
  readonly written?: (parent: R, organisation: Organisation) => void;
  /** Refuses what must stay. */
  readonly checkDelete?: (parent: R, child: Child<object>) => void;
  readonly show?: (child: Child<object>, apiVersion: string) => object;
  readonly hasPages: boolean;
}

export interface ChildPut<R> {
  readonly parent: R;
  readonly name: string;
  readonly properties: JsonObject;
  readonly apiVersion: string;
  readonly existing: Child<object> | undefined;
  readonly organisation: Organisation;
  readonly tenantId: string;
}

/** The properties that somebody wants a resource to have. */
export interface Update {
  readonly properties: JsonObject;
  /** A PUT, and not a PATCH. */
  readonly replaces: boolean;
  readonly apiVersion: string;
  readonly organisation: Organisation;
}

/** What Resource Manager needs to know of one resource type to serve it. */
export interface ResourceFamily<T extends ResourceTypeName = ResourceTypeName> {
  readonly type: T;
  readonly apiVersions: readonly string[];
  readonly operations: OperationStyle;
  readonly show: (resource: ResourceOf<T>, apiVersion: string) => JsonObject;
  /** Whether lists of the type are cut into pages. */
  readonly hasPages: boolean;
  readonly update?: (resource: ResourceOf<T>, update: Update) => Change;
  /** What a PUT must hold, and what it puts back where it says nothing: it replaces the whole resource. */
  readonly replacement?: { readonly required: readonly string[]; readonly usual: JsonObject };
  /** How an accepted PATCH answers: 200 always shows the resource, and does not mean that it is done. */
  readonly patchAnswer: { readonly status: 200 | 202; readonly showsResource: boolean };
  readonly children: readonly ChildFamily<ResourceOf<T>>[];
  /** Whether a child shows itself while it is being made; else the answer is 202 and a word of the operation. */
  readonly showsUnfinishedChildren: boolean;
  readonly actions: readonly Action<ResourceOf<T>>[];
}

/** Something that POST (or another method) does at a resource. */
interface Action<R> {
  readonly method: string;
  readonly name: string;
  /** The permission, when it is not the name with `/action`. */
  readonly permission?: string;
  readonly run: (resource: R, body: JsonObject) => Reply | Change;
}

/** The parts of a resource that look the same for all. */
export function envelope(resource: Resource): JsonObject {
  const { id, name, type, location, tags, systemData, identity } = resource;
  return { id, name, type, location, tags, systemData, ...(identity && { identity }) };
}

export function omit(value: object, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

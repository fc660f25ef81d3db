import type { Caller } from './access.ts';
import { armError } from './armError.ts';
import { isObject, type JsonObject } from './json.ts';
import { route, type Call, type Reply, type Route } from './service.ts';

/** A request to Resource Manager that has passed the door. */
export interface ArmCall extends Call {
  readonly apiVersion: string;
  readonly caller: Caller;
  /** What the answer's header, the activity log and everything that follows know the request by. */
  readonly correlationId: string;
}

/** What answers at a path, and the API versions that its provider knows. */
export interface ArmHandler {
  readonly apiVersions: readonly string[];
  readonly handle: (call: ArmCall) => Reply;
}

export type ArmRoute = Route<ArmHandler>;

export function armRoute(
  apiVersions: readonly string[],
  method: string,
  pattern: string,
  handle: ArmHandler['handle'],
): ArmRoute {
  return route(method, pattern, { apiVersions, handle });
}

/** What Resource Manager lets the body of a resource hold beside its provider's `properties`. */
const resourceMembers: ReadonlySet<string> = new Set(
  'id name type location tags properties identity kind sku plan managedBy systemData extendedLocation zones etag'.split(
    ' ',
  ),
);

/** A body is JSON and says so, whoever is to read it. */
export function requireJson(call: Call): void {
  if (call.body === '') return;
  const media = call.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
  if (media === 'application/json') return;
  const message = `The content media type '${media ?? '<null>'}' is not supported. Only 'application/json' is supported.`;
  throw armError(415, 'UnsupportedMediaType', message);
}

/** What an action is given: JSON of its own, in no envelope. */
export function readJson(call: ArmCall): JsonObject {
  let body: unknown;
  try {
    body = JSON.parse(call.body);
  } catch {
    body = undefined;
  }
  if (isObject(body)) return body;
  throw invalidContent('.');
}

interface ResourceBody {
  /** Undefined when there is no envelope. */
  readonly properties: JsonObject | undefined;
  readonly location: string | undefined;
  readonly tags: Record<string, string> | undefined;
}

/**
 * The resource that a PUT or PATCH carries. Resource Manager itself refuses members that no resource has, such as
 * properties without their envelope; those that are not the caller's to set (`id`, `name`) are passed over.
 */
export function readResource(call: ArmCall): ResourceBody {
  const body = readJson(call);
  const unknown = Object.keys(body).find((name) => !resourceMembers.has(name));
  if (unknown !== undefined)
    throw invalidContent(`: 'Could not find member '${unknown}' on object of type 'ResourceDefinition'.'`);
  const { properties, location, tags } = body;
  if (properties !== undefined && !isObject(properties)) throw invalidContent(": 'properties' is an object.");
  if (location !== undefined && typeof location !== 'string')
    throw invalidContent(": 'location' is a string.");
  if (tags !== undefined && !isTags(tags)) throw invalidContent(": 'tags' is an object of strings.");
  return { properties, location, tags };
}

function isTags(value: unknown): value is Record<string, string> {
  return isObject(value) && Object.values(value).every((tag) => typeof tag === 'string');
}

function invalidContent(how: string) {
  const message = `The request content was invalid and could not be deserialized${how}`;
  return armError(400, 'InvalidRequestContent', message);
}

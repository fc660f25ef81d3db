import type { Caller } from './access.ts';
import { armError } from './armError.ts';
import { isObject, type JsonObject } from './json.ts';
import { route, type Call, type Reply, type Route } from './service.ts';

/** A request to Resource Manager that has passed the door. */
export interface ArmCall extends Call {
  readonly apiVersion: string;
  readonly caller: Caller;
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

/** The body of a write. Resource Manager itself refuses members that no resource has; an action's body is its own. */
export function readBody(call: ArmCall, isAction = false): JsonObject {
  let body: unknown;
  try {
    body = JSON.parse(call.body);
  } catch {
    body = undefined;
  }
  const general = 'The request content was invalid and could not be deserialized';
  if (!isObject(body)) throw armError(400, 'InvalidRequestContent', `${general}.`);
  const unknown = Object.keys(body).find((name) => !isAction && !resourceMembers.has(name));
  if (unknown === undefined) return body;
  const message = `${general}: 'Could not find member '${unknown}' on object of type 'ResourceDefinition'.'`;
  throw armError(400, 'InvalidRequestContent', message);
}

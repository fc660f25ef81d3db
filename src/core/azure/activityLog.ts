import { Failure } from '../failure.ts';
import type { Caller } from '../identity/tokens.ts';
import type { Door } from './door.ts';
import { listAll } from './resourceManager.ts';

/** What Resource Manager noted of a request: one of several lines that an operation leaves. */
export interface ActivityEvent {
  /** ISO 8601, or nothing where it cannot be read. */
  readonly time: string;
  readonly category: string;
  /** The permission that was used, such as `…/mongoClusters/users/write`. */
  readonly operation: string;
  readonly resourceId: string;
  /** Shared by all that one request led to, which may be many operations. */
  readonly correlationId: string;
  /** Started, Accepted, Succeeded, Failed, …: an open list. */
  readonly status: string;
  /** Mostly the name of a HTTP status. */
  readonly subStatus: string;
  /** A sign-in name of a person, an id of an application. */
  readonly caller: string;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly method: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** The event with whatever else the service sent. */
  readonly raw: unknown;
}

export interface Activity {
  readonly events: readonly ActivityEvent[];
  /** Only the resource itself could be asked about; what is below it may be missing. */
  readonly isPartial: boolean;
}

/** So far back Azure keeps the log. */
export const activityDays = 90;

const apiVersion = '2015-04-01';

/**
 * What was done to a resource and to what is below it since a moment. The service's filter knows a resource group
 * and a resource; whether the second has the resource's children in it is written nowhere. So the group is asked,
 * and the resource only by who may not ask about its group.
 */
export async function readActivity(
  door: Door,
  caller: Caller,
  resource: {
    readonly id: string;
    readonly subscription: string;
    readonly resourceGroup: string;
    readonly since: Date;
    /** Nothing older is asked for: the service refuses a start before its log's. */
    readonly now: Date;
  },
  signal?: AbortSignal,
): Promise<Activity> {
  const { id, subscription, resourceGroup, now } = resource;
  // What is ninety days old now is older when it is asked about.
  const oldest = now.getTime() - activityDays * 86_400_000 + 300_000;
  const start = new Date(Math.max(resource.since.getTime(), oldest));
  const list = async (name: string, value: string): Promise<readonly ActivityEvent[]> => {
    const filter =
      `eventTimestamp ge '${start.toISOString()}' and eventTimestamp le '${now.toISOString()}'` +
      ` and ${name} eq '${value.replaceAll("'", "''")}'`;
    const path = `/subscriptions/${subscription}/providers/Microsoft.Insights/eventtypes/management/values`;
    const address = `${path}?api-version=${apiVersion}&$filter=${encodeURIComponent(filter)}`;
    return (await listAll(door, caller, address, undefined, signal)).map(eventOf).filter(isAbout(id));
  };
  try {
    return { events: await list('resourceGroupName', resourceGroup), isPartial: false };
  } catch (error) {
    if (Failure.from(error).code !== 'forbidden') throw error;
    return { events: await list('resourceUri', id), isPartial: true };
  }
}

/** Ids know no case, and the log has them in any. */
function isAbout(id: string): (event: ActivityEvent) => boolean {
  const whole = id.toLowerCase();
  return ({ resourceId }) => {
    const lower = resourceId.toLowerCase();
    return lower === whole || lower.startsWith(`${whole}/`);
  };
}

function eventOf(raw: unknown): ActivityEvent {
  const event = record(raw);
  const authorization = record(event['authorization']);
  return {
    time: timeOf(event['eventTimestamp']),
    category: value(event['category']),
    operation: value(event['operationName']) || text(authorization['action']),
    resourceId: text(event['resourceId']) || text(authorization['scope']),
    correlationId: text(event['correlationId']),
    status: value(event['status']),
    subStatus: value(event['subStatus']),
    caller: text(event['caller']),
    claims: record(event['claims']),
    method: text(record(event['httpRequest'])['method']),
    properties: record(event['properties']),
    raw,
  };
}

/** Most words come twice: as they are, and in somebody's language. */
function value(field: unknown): string {
  return text(record(field)['value']) || text(field);
}

function timeOf(field: unknown): string {
  const time = text(field);
  return Number.isNaN(Date.parse(time)) ? '' : time;
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

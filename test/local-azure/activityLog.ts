import { randomUUID } from 'node:crypto';
import { armError } from './armError.ts';
import { accessOf, isWithin, type Caller } from './access.ts';
import type { Organisation } from './organisation.ts';
import type { ArmCall } from './armRoute.ts';
import { page } from './paging.ts';
import type { Reply } from './service.ts';

type Status = 'Started' | 'Accepted' | 'Succeeded' | 'Failed';

interface Event {
  readonly caller: Caller;
  /** The permission used, such as `…/mongoClusters/users/write`. */
  readonly action: string;
  readonly scope: string;
  readonly status: Status;
  readonly subStatus: string;
  readonly correlationId: string;
  readonly time: Date;
}

/** What Resource Manager did to resources, kept as the activity log keeps it. */
export interface ActivityLog {
  record(event: Omit<Event, 'time'>): void;
  list(call: ArmCall): Reply;
  clear(): void;
}

export function createActivityLog(organisation: Organisation, origin: () => string): ActivityLog {
  const events: Event[] = [];
  return {
    record(event) {
      events.push({ ...event, time: new Date() });
    },
    list(call) {
      const subscription = `/subscriptions/${call.params['subscription']}`;
      const matches = readFilter(call.query.get('$filter') ?? '');
      const access = accessOf(organisation, call.caller);
      const found = events
        .filter((event) => isWithin(event.scope, subscription) && matches(event))
        .filter((event) => access.may('Microsoft.Insights/eventtypes/values/Read', event.scope))
        .toReversed()
        .map(show);
      return { status: 200, body: page(call, origin(), found, organisation.behaviour.pageSize) };
    },
    clear() {
      events.length = 0;
    },
  };
}

/** The filter's grammar is small: conditions joined by `and`, the time among them. */
function readFilter(filter: string): (event: Event) => boolean {
  const conditions = filter.split(/\s+and\s+/i).map((text) => {
    const match = /^\s*(\w+)\s+(ge|le|eq)\s+'([^']*)'\s*$/i.exec(text);
    if (!match) throw armError(400, 'BadRequest', `The filter '${filter}' is not valid.`);
    return {
      name: (match[1] ?? '').toLowerCase(),
      operator: (match[2] ?? '').toLowerCase(),
      value: match[3] ?? '',
    };
  });
  if (!conditions.some(({ name, operator }) => name === 'eventtimestamp' && operator === 'ge')) {
    throw armError(400, 'BadRequest', "The filter needs a start time: eventTimestamp ge '…'.");
  }
  return (event) =>
    conditions.every(({ name, operator, value }) => {
      switch (name) {
        case 'eventtimestamp':
          return operator === 'ge' ? event.time >= new Date(value) : event.time <= new Date(value);
        case 'resourceuri':
        case 'resourceid':
          return isWithin(event.scope, value);
        case 'resourcegroupname':
          return event.scope.toLowerCase().includes(`/resourcegroups/${value.toLowerCase()}/`);
        case 'resourceprovider':
          return event.scope.toLowerCase().includes(`/providers/${value.toLowerCase()}/`);
        case 'correlationid':
          return event.correlationId === value;
        default:
          throw armError(400, 'BadRequest', `The filter does not know '${name}'.`);
      }
    });
}

function show({ caller, action, scope, status, subStatus, correlationId, time }: Event) {
  const [, , subscriptionId = '', , resourceGroupName = '', , provider = '', ...rest] = scope.split('/');
  const resourceType = [provider, ...rest.filter((_, index) => index % 2 === 0)].join('/');
  const localized = (value: string) => ({ value, localizedValue: value });
  const eventDataId = randomUUID();
  return {
    authorization: { action, scope },
    caller: caller.name,
    channels: 'Operation',
    claims: { 'http://schemas.microsoft.com/identity/claims/objectidentifier': caller.id },
    correlationId,
    description: '',
    eventDataId,
    eventName: localized(status === 'Started' ? 'BeginRequest' : 'EndRequest'),
    category: localized('Administrative'),
    eventTimestamp: time.toISOString(),
    id: `${scope}/events/${eventDataId}/ticks/${time.getTime()}`,
    level: status === 'Failed' ? 'Error' : 'Informational',
    operationId: correlationId,
    operationName: localized(action),
    resourceGroupName,
    resourceProviderName: localized(provider),
    resourceType: localized(resourceType),
    resourceId: scope,
    status: localized(status),
    subStatus: localized(subStatus),
    submissionTimestamp: time.toISOString(),
    subscriptionId,
    tenantId: caller.tenantId,
  };
}

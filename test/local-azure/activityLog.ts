import { createHash, randomUUID } from 'node:crypto';
import { armError } from './armError.ts';
import { accessOf, forbidden, isWithin } from './access.ts';
import type { Organisation, PastActivity } from './organisation.ts';
import type { ArmCall } from './armRoute.ts';
import { page } from './paging.ts';
import type { Reply } from './service.ts';

interface Stage {
  readonly status: 'Started' | 'Accepted' | 'Succeeded' | 'Failed';
  /** Mostly the name of a HTTP status. */
  readonly subStatus: string;
  readonly error?: { readonly code: string | undefined; readonly message: string | undefined };
}

/** One operation on one resource: what each of its events has. */
interface Operation {
  readonly who: {
    readonly id: string;
    readonly tenantId: string;
    readonly name: string;
    readonly isPerson: boolean;
    readonly appId: string;
  };
  /** The permission used, such as `…/mongoClusters/users/write`. */
  readonly action: string;
  readonly scope: string;
  readonly method: string;
  readonly body: string;
  readonly correlationId: string;
}

interface Event extends Operation, Stage {
  readonly id: string;
  readonly time: Date;
}

/** What Resource Manager did to resources, kept as the activity log keeps it. */
export interface ActivityLog {
  /** Once for a request, however often it is said. */
  begin(call: ArmCall, target: Pick<Operation, 'action' | 'scope'>): void;
  add(correlationId: string, stage: Stage): void;
  /** The end of what was begun and is not a long operation. */
  answered(correlationId: string, reply: Reply): void;
  list(call: ArmCall): Reply;
  clear(): void;
}

const keptDays = 90;
const day = 86_400_000;
const permission = 'Microsoft.Insights/eventtypes/values/Read';

export function createActivityLog(organisation: Organisation, origin: () => string): ActivityLog {
  const events: Event[] = [];
  const of = (correlationId: string) => events.filter((event) => event.correlationId === correlationId);
  const log: ActivityLog = {
    begin(call, { action, scope }) {
      const { caller, method, body, correlationId } = call;
      if (of(correlationId).length > 0) return;
      const operation = { who: caller, action, scope, method, body, correlationId };
      events.push({ ...operation, status: 'Started', subStatus: '', id: randomUUID(), time: new Date() });
    },
    add(correlationId, stage) {
      const [begun] = of(correlationId);
      if (begun) events.push({ ...begun, ...stage, id: randomUUID(), time: new Date() });
    },
    answered(correlationId, { status, body }) {
      const begun = of(correlationId);
      if (begun.length !== 1 || begun[0]?.status !== 'Started') return;
      const error = (body as { error?: Stage['error'] } | undefined)?.error;
      // Who is asked to prove more has not asked for anything yet.
      if (status === 401) events.splice(events.indexOf(begun[0]), 1);
      else if (status < 400) log.add(correlationId, { status: 'Succeeded', subStatus: nameOf(status) });
      else log.add(correlationId, { status: 'Failed', subStatus: nameOf(status), ...(error && { error }) });
    },
    list(call) {
      const subscription = `/subscriptions/${call.params['subscription']}`;
      const { matches, scope } = readFilter(call.query.get('$filter') ?? '', subscription);
      if (!accessOf(organisation, call.caller).may(permission, scope))
        throw forbidden(call.caller, permission, scope);
      const found = [...organisation.pastActivity.flatMap(eventsOf), ...events]
        .filter((event) => isWithin(event.scope, subscription) && matches(event))
        .toReversed()
        .toSorted((a, b) => b.time.getTime() - a.time.getTime())
        .map(show);
      return { status: 200, body: page(call, origin(), found, organisation.behaviour.pageSize) };
    },
    clear() {
      events.length = 0;
    },
  };
  return log;
}

const names: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'NoContent',
  400: 'BadRequest',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
};

function nameOf(status: number): string {
  return names[status] ?? String(status);
}

/** The events of an operation of before: always the same, whenever they are asked for. */
function eventsOf(past: PastActivity): Event[] {
  const { by, time, action, scope, method, properties, subStatus, error } = past;
  const isPerson = by.type === 'user';
  const id = (part: string): string => {
    const hash = createHash('sha256').update([scope, action, time.toISOString(), part].join('|'));
    return hash.digest('hex').replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, '$1-$2-4$3-8$4-$5');
  };
  const operation: Operation = {
    who: {
      id: by.id,
      tenantId: by.tenantId,
      name: by.type === 'user' ? by.mail : by.appId,
      isPerson,
      appId: by.type === 'user' ? 'c44b4083-3bb0-49c1-b47d-974e53cbdf3c' : by.appId,
    },
    action,
    scope,
    method,
    body: properties ? JSON.stringify({ properties }) : '',
    correlationId: id('correlation'),
  };
  const ended = error
    ? { status: 'Failed' as const, subStatus, error }
    : { status: 'Succeeded' as const, subStatus };
  return [
    { ...operation, status: 'Started', subStatus: '', id: id('start'), time },
    { ...operation, ...ended, id: id('end'), time: new Date(time.getTime() + 4000) },
  ];
}

const patterns = ['resourceuri', 'resourcegroupname', 'resourceprovider', 'correlationid'];

/**
 * The filter's grammar is small: a start, an end, and one thing more at most. Answers also where the caller has to
 * have the right to look.
 */
function readFilter(filter: string, subscription: string) {
  const conditions = filter.split(/\s+and\s+/i).map((text) => {
    const match = /^\s*(\w+)\s+(ge|le|eq)\s+'((?:[^']|'')*)'\s*$/i.exec(text);
    if (!match) throw armError(400, 'BadRequest', `The filter '${filter}' is not valid.`);
    return {
      name: (match[1] ?? '').toLowerCase(),
      operator: (match[2] ?? '').toLowerCase(),
      value: (match[3] ?? '').replaceAll("''", "'"),
    };
  });
  const start = conditions.find(({ name, operator }) => name === 'eventtimestamp' && operator === 'ge');
  if (!start) throw armError(400, 'BadRequest', "The filter needs a start time: eventTimestamp ge '…'.");
  const from = Date.parse(start.value);
  if (Number.isNaN(from) || from < Date.now() - keptDays * day)
    throw armError(400, 'BadRequest', `The start time cannot be more than ${keptDays} days in the past.`);
  const others = conditions.filter(({ name }) => name !== 'eventtimestamp');
  const [other] = others;
  if (others.length > 1 || (other && (other.operator !== 'eq' || !patterns.includes(other.name))))
    throw armError(400, 'BadRequest', `The filter '${filter}' is not one of the patterns.`);
  const until = conditions.find(({ name, operator }) => name === 'eventtimestamp' && operator === 'le');
  const end = until ? Date.parse(until.value) : Number.POSITIVE_INFINITY;
  const inTime = ({ time }: Event) => time.getTime() >= from && time.getTime() <= end;
  const group = `${subscription}/resourceGroups/${other?.value ?? ''}`;
  const named = (event: Event): boolean => {
    switch (other?.name) {
      case undefined:
        return true;
      case 'resourceuri':
        return isWithin(event.scope, other.value);
      case 'resourcegroupname':
        return isWithin(event.scope, group);
      case 'resourceprovider':
        return event.scope.toLowerCase().includes(`/providers/${other.value.toLowerCase()}/`);
      case 'correlationid':
        return event.correlationId === other.value;
      default:
        return false;
    }
  };
  const scopes: Readonly<Record<string, string>> = {
    resourceuri: other?.value ?? '',
    resourcegroupname: group,
  };
  return {
    matches: (event: Event) => inTime(event) && named(event),
    scope: scopes[other?.name ?? ''] ?? subscription,
  };
}

function show({
  who,
  action,
  scope,
  method,
  body,
  status,
  subStatus,
  error,
  correlationId,
  id,
  time,
}: Event) {
  const [, , subscriptionId = '', , resourceGroupName = '', , provider = '', ...rest] = scope.split('/');
  const resourceType = [provider, ...rest.filter((_, index) => index % 2 === 0)].join('/');
  const localized = (value: string) => ({ value, localizedValue: value });
  return {
    authorization: { action, scope },
    caller: who.name,
    channels: 'Operation',
    claims: {
      aud: 'https://management.core.windows.net/',
      appid: who.appId,
      idtyp: who.isPerson ? 'user' : 'app',
      'http://schemas.microsoft.com/identity/claims/objectidentifier': who.id,
      'http://schemas.microsoft.com/identity/claims/tenantid': who.tenantId,
      ...(who.isPerson && {
        'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn': who.name,
      }),
    },
    correlationId,
    description: '',
    eventDataId: id,
    eventName: localized(status === 'Started' ? 'BeginRequest' : 'EndRequest'),
    category: localized('Administrative'),
    eventTimestamp: time.toISOString(),
    httpRequest: { clientRequestId: correlationId, clientIpAddress: '127.0.0.1', method },
    id: `${scope}/events/${id}/ticks/${time.getTime()}`,
    level: status === 'Failed' ? 'Error' : 'Informational',
    operationId: correlationId,
    operationName: localized(action),
    properties: {
      ...(subStatus !== '' && { statusCode: subStatus }),
      // Only with the beginning, and only of what has one.
      ...(status === 'Started' && body !== '' && { requestbody: body }),
      ...(error && { statusMessage: JSON.stringify({ error }) }),
    },
    resourceGroupName,
    resourceProviderName: localized(provider),
    resourceType: localized(resourceType),
    resourceId: scope,
    status: localized(status),
    subStatus: localized(subStatus),
    submissionTimestamp: time.toISOString(),
    subscriptionId,
    tenantId: who.tenantId,
  };
}

import type { Activity, ActivityEvent } from '../azure/activityLog.ts';
import { isGuid } from '../azure/directoryObject.ts';
import type { Cluster, Modes, Principal } from '../clusters/cluster.ts';
import { fields, sameText, text } from '../clusters/fields.ts';
import type { Fields } from '../clusters/fields.ts';
import type { Kind, Setting, Trace } from '../clusters/kind.ts';
import { kinds } from '../clusters/kinds.ts';
import { withoutSecrets } from '../failure.ts';
import type { AuditLine, ChangeData, EndedLine, StartedLine } from './audit.ts';
import { redacted } from './redaction.ts';
import type { Data } from './redaction.ts';

/** Something that was done, or tried, to who gets into a cluster: of Azure's log, of our own, or of both. */
export interface RecentChange {
  readonly key: string;
  /** When it began; ISO 8601, or nothing where the log has nothing that can be read. */
  readonly time: string;
  readonly what: What;
  readonly by: Actor;
  readonly outcome: Outcome;
  /** Made with this extension on this machine, if our own record has it. */
  readonly seenIn: 'azure' | 'here' | 'both';
  /** All that is known of it, without secrets. */
  readonly record: { readonly azure: readonly Data[]; readonly here: readonly Data[] };
}

export type What =
  | { readonly does: 'created' }
  /** What was set is unknown where the log has no body, and empty where it is not about access. */
  | { readonly does: 'settings'; readonly about: readonly Setting[] | undefined; readonly modes?: Modes }
  | { readonly does: 'ruleSet' | 'ruleRemoved'; readonly name: string; readonly range: string | undefined }
  | { readonly does: 'grantSet' | 'grantRemoved'; readonly subject: Subject }
  | { readonly does: 'azureRoleGiven' | 'azureRoleTaken'; readonly subject: Subject }
  | { readonly does: Exclude<Trace['does'], 'settings' | 'read' | `rule${string}` | `grant${string}`> }
  | { readonly does: 'other'; readonly operation: string }
  /** As our own record tells it, which knows more. */
  | { readonly does: 'here'; readonly change: ChangeData };

/** Whom a grant is about, as far as the log tells. */
export interface Subject {
  readonly principal: Principal | undefined;
  /** A name of the cluster's own for it. */
  readonly name: string | undefined;
}

export interface Actor {
  readonly principal: Principal | undefined;
  /** The sign-in name of a person. */
  readonly name: string | undefined;
  readonly applicationId: string | undefined;
  readonly type: 'person' | 'application' | 'unknown';
}

export interface Outcome {
  /** `open`: its end is in no log. */
  readonly state: 'done' | 'failed' | 'cancelled' | 'partly' | 'open';
  readonly serviceCode: string | undefined;
}

type ChangeLine = StartedLine | EndedLine;

/** The lines of our own record that are about changes, out of its files' text. */
export function changeLines(text: string): readonly ChangeLine[] {
  return text.split('\n').flatMap((line) => {
    try {
      const parsed = JSON.parse(line) as AuditLine;
      return parsed.event === 'change' && isWhole(parsed) ? [parsed] : [];
    } catch {
      return [];
    }
  });
}

/** A file is anybody's to write to: what is not a line as they are written here is none. */
function isWhole({ id, cluster, time, who, what, outcome, ...more }: ChangeLine): boolean {
  const hasTexts = [id, cluster, outcome, who?.accountId, who?.account, what?.change].every(
    (part) => typeof part === 'string',
  );
  const hasIds = !('correlationIds' in more) || Array.isArray(more.correlationIds);
  const isKnown = Object.hasOwn(leavesTraces, what?.change ?? '');
  const hasLength = !('milliseconds' in more) || Number.isFinite(more.milliseconds);
  return hasTexts && hasIds && hasLength && isKnown && !Number.isNaN(Date.parse(time));
}

/** Both records as one, newest first. What only reads is left out. */
export function recentChanges(
  cluster: Cluster,
  { events }: Pick<Activity, 'events'>,
  lines: readonly ChangeLine[],
  since: Date,
): readonly RecentChange[] {
  const traces = tracesOf(cluster, events);
  const own = ownChanges(cluster, lines, since);
  const taken = new Set<Traced>();
  const here = own.map((change): RecentChange => {
    const mine = traces.filter((trace) => !taken.has(trace) && isSame(change, trace));
    for (const trace of mine) taken.add(trace);
    return merged(change, mine);
  });
  const azure = traces.filter((trace) => !taken.has(trace)).map(({ change }) => change);
  return [...here, ...azure].toSorted((a, b) => momentOf(b) - momentOf(a));
}

/** What has no time is older than all that has. */
function momentOf({ time }: { readonly time: string }): number {
  return time === '' ? 0 : Date.parse(time);
}

/** One operation of Azure's log. */
interface Traced {
  readonly change: RecentChange;
  readonly correlationId: string;
}

function tracesOf(cluster: Cluster, events: readonly ActivityEvent[]): readonly Traced[] {
  const kind = kinds[cluster.kind];
  const administrative = events.filter(
    ({ category }) => category === '' || /^administrative$/i.test(category),
  );
  // One deployment is one correlation, and may do much to many.
  const groups = Map.groupBy(administrative, ({ correlationId, operation, resourceId }) =>
    [correlationId, operation, resourceId].join('|').toLowerCase(),
  );
  return [...groups].flatMap(([key, group]): Traced[] => {
    const sorted = group.toSorted((a, b) => momentOf(a) - momentOf(b));
    const [first] = sorted;
    const what = first === undefined ? undefined : whatOf(kind, cluster, sorted);
    if (first === undefined || what === undefined) return [];
    const change: RecentChange = {
      key,
      time: sorted.find(({ time }) => time !== '')?.time ?? '',
      what,
      by: actorOf(sorted),
      outcome: outcomeOf(sorted),
      seenIn: 'azure',
      record: { azure: sorted.map(({ raw }) => shown(raw)), here: [] },
    };
    return [{ change, correlationId: first.correlationId }];
  });
}

/** Undefined for what only reads. */
function whatOf(kind: Kind, cluster: Cluster, group: readonly ActivityEvent[]): What | undefined {
  const [first] = group;
  const operation = first?.operation ?? '';
  const id = first?.resourceId ?? '';
  const properties = bodyOf(group);
  const lower = operation.toLowerCase();
  const type = `${kind.armType.toLowerCase()}/`;
  const trace = lower.startsWith(type) ? kind.traces[lower.slice(type.length)] : undefined;
  const name = id.split('/').at(-1) ?? '';
  if (trace === undefined) return outside(operation, properties, name);
  switch (trace.does) {
    case 'read':
      return undefined;
    case 'settings': {
      const created = group.some(
        ({ method, subStatus }) => sameText(method, 'PUT') && /^created/i.test(subStatus),
      );
      return created ? { does: 'created' } : settingsOf(kind, cluster, properties);
    }
    case 'ruleSet':
    case 'ruleRemoved':
      return { does: trace.does, name, range: rangeOf(properties) };
    case 'grantSet':
    case 'grantRemoved': {
      const objectId =
        (properties && kind.principalIn?.(properties)) ?? nameIf(trace.named === 'objectId', name);
      return {
        does: trace.does,
        subject: {
          principal: objectId === undefined ? undefined : principalOf(objectId, 'unknown'),
          name: nameIf(trace.named === 'name', name),
        },
      };
    }
    case 'deleted':
    case 'keysListed':
    case 'keysRenewed':
    case 'roleDefined':
    case 'roleUndefined':
      return { does: trace.does };
  }
}

/** What no kind has a word for. Azure's own roles on a cluster say who may change it. */
function outside(operation: string, properties: Fields | undefined, name: string): What | undefined {
  if (/\/read$/i.test(operation)) return undefined;
  const role = /^microsoft\.authorization\/roleassignments\/(write|delete)$/i.exec(operation)?.[1];
  if (role === undefined) return { does: 'other', operation };
  const objectId = text(properties?.['principalId'] ?? properties?.['PrincipalId']);
  const subject = {
    principal: objectId === undefined ? undefined : principalOf(objectId, 'unknown'),
    name: objectId === undefined && !isGuid(name) ? name : undefined,
  };
  return { does: sameText(role, 'write') ? 'azureRoleGiven' : 'azureRoleTaken', subject };
}

function settingsOf(kind: Kind, { resource }: Cluster, properties: Fields | undefined): What {
  if (properties === undefined) return { does: 'settings', about: undefined };
  const about = new Set(Object.keys(properties).flatMap((name) => kind.settings[name] ?? []));
  if (!about.has('modes')) return { does: 'settings', about: [...about] };
  // What the cluster's API is does not change, and tells what its switches mean.
  const capabilities = resource.properties['capabilities'];
  const asWritten = {
    ...resource,
    properties: { ...(capabilities !== undefined && { capabilities }), ...properties },
  };
  return { does: 'settings', about: [...about], modes: kind.modes(asWritten, false) };
}

/** What was sent, which the log has of some services, as text. */
function bodyOf(group: readonly ActivityEvent[]): Fields | undefined {
  for (const { properties } of group) {
    const name = Object.keys(properties).find((field) => sameText(field, 'requestbody'));
    const body = name === undefined ? undefined : parsed(properties[name]);
    if (body === undefined) continue;
    const inner = Object.entries(fields(body)).find(([field]) => sameText(field, 'properties'));
    return fields(inner?.[1]);
  }
  return undefined;
}

/** Under a name that a secret could have, Azure keeps by which permission it was done. */
function shown(raw: unknown): Data {
  const event = redacted(opened(raw));
  const { action, role, scope } = fields(fields(raw)['authorization']);
  const told = Object.entries({ action, role, scope }).filter(([, value]) => typeof value === 'string');
  if (told.length === 0) return event;
  return Object.fromEntries([
    ...(Object.entries(fields(event)) as [string, Data][]),
    ['authorization', redacted(Object.fromEntries(told))],
  ]);
}

/** Text that is JSON is looked into, so that what is secret in it is left out. */
function opened(raw: unknown): unknown {
  const event = fields(raw);
  const properties = Object.entries(fields(event['properties'])).map(([name, value]) => [
    name,
    parsed(value) ?? value,
  ]);
  return 'properties' in event ? { ...event, properties: Object.fromEntries(properties) } : raw;
}

function parsed(value: unknown): object | undefined {
  if (typeof value === 'object') return value ?? undefined;
  if (typeof value !== 'string' || !/^\s*[{[]/.test(value)) return undefined;
  try {
    return JSON.parse(value) as object;
  } catch {
    return undefined;
  }
}

function nameIf(is: boolean, name: string): string | undefined {
  return is ? name : undefined;
}

function rangeOf(properties: Fields | undefined): string | undefined {
  const start = text(properties?.['startIpAddress']);
  const end = text(properties?.['endIpAddress']);
  return start === undefined || start === end ? start : `${start}–${end ?? '?'}`;
}

const oid = 'http://schemas.microsoft.com/identity/claims/objectidentifier';
const upn = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn';

function actorOf(group: readonly ActivityEvent[]): Actor {
  // The end of a long operation is at times written down by the service itself.
  const event = group.find(({ caller, claims }) => caller !== '' || Object.keys(claims).length > 0);
  const caller = event?.caller ?? '';
  const claims = event?.claims ?? {};
  const signIn =
    text(claims[upn]) ?? text(claims['unique_name']) ?? (caller.includes('@') ? caller : undefined);
  const says = text(claims['idtyp']);
  const isApplication =
    sameText(says, 'app') || (signIn === undefined && says === undefined && isGuid(caller));
  const type = isApplication
    ? 'application'
    : signIn !== undefined || sameText(says, 'user')
      ? 'person'
      : 'unknown';
  // A caller may be an application's client id, which is nobody's object id.
  const objectId = text(claims[oid]) ?? text(claims['oid']);
  const principalType = { person: 'user', application: 'servicePrincipal', unknown: 'unknown' } as const;
  return {
    principal: objectId === undefined ? undefined : principalOf(objectId, principalType[type]),
    name: isApplication ? undefined : (signIn ?? (caller === '' || isGuid(caller) ? undefined : caller)),
    applicationId: text(claims['appid']) ?? (isApplication && isGuid(caller) ? caller : undefined),
    type,
  };
}

function principalOf(objectId: string, type: Principal['type']): Principal {
  return { objectId, type, tenant: undefined };
}

function outcomeOf(group: readonly ActivityEvent[]): Outcome {
  const last = group.findLast(({ status }) => stateOf(status) !== 'open');
  const state = last === undefined ? 'open' : stateOf(last.status);
  return { state, serviceCode: state === 'failed' && last !== undefined ? codeOf(last) : undefined };
}

function stateOf(status: string): Outcome['state'] {
  if (/^(succeeded|success|resolved)$/i.test(status)) return 'done';
  if (/^fail/i.test(status)) return 'failed';
  return /^cancell?ed$/i.test(status) ? 'cancelled' : 'open';
}

function codeOf({ properties, subStatus }: ActivityEvent): string | undefined {
  const message = fields(parsed(properties['statusMessage']));
  const code =
    text(fields(message['error'])['code']) ??
    text(message['code']) ??
    text(subStatus) ??
    text(properties['statusCode']);
  return code === undefined ? undefined : withoutSecrets(code);
}

/** A change of our own record, with what it takes to find it in Azure's. */
interface OwnChange {
  readonly line: ChangeLine;
  readonly from: number;
  readonly to: number;
  readonly correlationIds: readonly string[];
}

function ownChanges(cluster: Cluster, lines: readonly ChangeLine[], since: Date): readonly OwnChange[] {
  const ours = lines.filter((line) => sameText(line.cluster, cluster.id));
  return [...Map.groupBy(ours, ({ id }) => id).values()].flatMap((pair): OwnChange[] => {
    const start = pair.find(({ outcome }) => outcome === 'started');
    const end = pair.find((line): line is EndedLine => line.outcome !== 'started');
    const line = end ?? start;
    if (line === undefined) return [];
    const to = Date.parse(line.time);
    const from = start === undefined ? to - (end?.milliseconds ?? 0) : Date.parse(start.time);
    return from < since.getTime() ? [] : [{ line, from, to, correlationIds: end?.correlationIds ?? [] }];
  });
}

/** So far may two clocks be apart. */
const clockSkew = 60_000;

/** By what Azure called it; what Azure refused at once has no such name in our record, so by person, time and kind. */
function isSame({ line, from, to, correlationIds }: OwnChange, { change, correlationId }: Traced): boolean {
  if (correlationIds.length > 0) return correlationIds.some((id) => sameText(id, correlationId));
  const time = Date.parse(change.time);
  const { objectId } = line.who;
  return (
    objectId !== null &&
    sameText(change.by.principal?.objectId, objectId) &&
    time >= from - clockSkew &&
    time <= to + clockSkew &&
    leavesTraces[line.what.change].includes(change.what.does)
  );
}

const leavesTraces: Readonly<Record<ChangeData['change'], readonly What['does'][]>> = {
  setModes: ['settings'],
  addGrant: ['grantSet'],
  changeRole: ['grantSet', 'grantRemoved'],
  removeGrant: ['grantRemoved'],
  addRule: ['ruleSet', 'settings'],
  removeRule: ['ruleRemoved', 'settings'],
};

function merged({ line, from }: OwnChange, traces: readonly Traced[]): RecentChange {
  const { accountId, account, objectId } = line.who;
  const changes = traces.map(({ change }) => change);
  const person: Actor = {
    principal: objectId === null ? undefined : principalOf(objectId, 'user'),
    name: account === '' ? accountId : account,
    applicationId: undefined,
    type: 'person',
  };
  return {
    key: line.id,
    time: new Date(from).toISOString(),
    what: { does: 'here', change: line.what },
    by: changes[0]?.by ?? person,
    outcome: ownOutcome(line, changes),
    seenIn: changes.length === 0 ? 'here' : 'both',
    record: { azure: changes.flatMap(({ record }) => record.azure), here: [redacted(line)] },
  };
}

/** Our record has read it back. Of what it saw no end, Azure's log may know one. */
function ownOutcome(line: ChangeLine, traces: readonly RecentChange[]): Outcome {
  const failed = traces.find(({ outcome }) => outcome.state === 'failed')?.outcome;
  if (line.outcome === 'started' || line.outcome === 'unknown') {
    const all = traces.length > 0 && traces.every(({ outcome }) => outcome.state === 'done');
    return failed ?? { state: all ? 'done' : 'open', serviceCode: undefined };
  }
  const failure = line.failure?.code === 'halfDone' ? line.failure.reason : line.failure;
  const serviceCode = failure !== undefined && 'serviceCode' in failure ? failure.serviceCode : undefined;
  return { state: line.outcome, serviceCode: serviceCode ?? failed?.serviceCode };
}

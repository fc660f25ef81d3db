import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Change, FirewallRule, Obstacle, RoleOffer } from '../clusters/change.ts';
import type { Cluster, Grant, Principal, Role } from '../clusters/cluster.ts';
import { Failure } from '../failure.ts';
import type { FailureData } from '../failure.ts';
import type { Clock, Events } from '../identity/tokens.ts';
import { redacted } from './redaction.ts';
import type { Data } from './redaction.ts';

/** What happened, as it is kept: without secrets, and the same for people and for machines. */
export type AuditLine = TokenLine | StartedLine | EndedLine | GuardLine | DataLine | LossLine;

export interface TokenLine {
  /** ISO 8601, of the moment of writing. */
  readonly time: string;
  readonly event: 'token';
  readonly account: string;
  readonly tenant: string;
  readonly resource: string;
  readonly interactive: boolean;
  readonly outcome: 'ok' | 'needsPerson' | 'failed';
  readonly failure?: FailureData;
}

/** What the lines of a change's start and end have in common. */
export interface ChangeHead {
  readonly event: 'change';
  /** One for both lines. A start without an end is a window that was closed in between. */
  readonly id: string;
  readonly who: Who;
  /** The ARM id. */
  readonly cluster: string;
  readonly what: ChangeData;
}

export interface StartedLine extends ChangeHead {
  readonly time: string;
  readonly outcome: 'started';
  /** What the change is about, as the service said it; null when it was not asked. */
  readonly before: Data;
}

export interface EndedLine extends ChangeHead {
  readonly time: string;
  /** `unknown`: it was sent, and nobody heard or saw what came of it. */
  readonly outcome: 'done' | 'failed' | 'cancelled' | 'partly' | 'unknown';
  readonly failure?: FailureData;
  readonly before: Data;
  readonly after: Data;
  /** Azure's, of every request that it took on: what its activity log and support know the change by. */
  readonly correlationIds: readonly string[];
  readonly milliseconds: number;
}

/** A change that was stopped before anything was sent. */
export interface GuardLine {
  readonly time: string;
  readonly event: 'guard';
  readonly who: Who;
  readonly cluster: string;
  readonly what: ChangeData;
  readonly guard: Guard;
}

type Guard = { readonly what: Obstacle['what']; readonly [detail: string]: Data };

/** What the lines about what was done to data have in common: names, and nothing of what is in documents or filters. */
export interface DataHead {
  readonly event: 'data';
  /** One for both lines. */
  readonly id: string;
  readonly who: Who;
  readonly cluster: string;
  readonly what: DataChange;
}

export type DataLine =
  | (DataHead & { readonly time: string; readonly outcome: 'started' })
  | (DataHead & DataEnding & { readonly time: string; readonly milliseconds: number });

export interface DataChange {
  readonly from: 'playground' | 'row' | 'document';
  /** The database's own name for it. */
  readonly command: string;
  readonly database: string;
  /** Null where it is the database, or several collections. */
  readonly collection: string | null;
  /** The names of indexes, or a new name; of several changes at once, what they are. */
  readonly detail: string | null;
}

export interface DataEnding {
  /** `unknown`: it was sent, and nobody heard what came of it. */
  readonly outcome: 'done' | 'failed' | 'partly' | 'unknown';
  /** How often the command was sent. */
  readonly calls: number;
  /** How many documents were put in, changed or taken away; null where no answer says. */
  readonly documents: number | null;
  /** Codes alone: what a database says of an error has values in it. */
  readonly errors: readonly string[];
}

/** Lines that could not be kept, because the disk did not take them for too long. */
export interface LossLine {
  readonly time: string;
  readonly event: 'loss';
  readonly lines: number;
}

export interface Who {
  readonly account: string;
  readonly accountId: string;
  readonly tenant: string;
  /** The person in the cluster's tenant, when a token has said so. */
  readonly objectId: string | null;
}

/** A change as plain data. */
export type ChangeData =
  | {
      readonly change: 'setModes';
      readonly entra: boolean;
      readonly native: boolean;
      readonly administrator: string | null;
    }
  | {
      readonly change: 'addGrant';
      readonly principal: PrincipalData;
      readonly role: string;
      readonly roleId: string;
      readonly scope: string | null;
      readonly alias: string | null;
    }
  | {
      readonly change: 'changeRole';
      readonly grant: GrantData;
      readonly role: string;
      readonly roleId: string;
    }
  | { readonly change: 'removeGrant'; readonly grant: GrantData }
  | { readonly change: 'addRule' | 'removeRule'; readonly rule: RuleData };

export interface PrincipalData {
  readonly objectId: string;
  readonly type: Principal['type'];
  readonly tenant: string | null;
  /** As the person saw it. */
  readonly name: string | null;
}

export interface GrantData {
  readonly id: string;
  /** Null where the holder is nobody in Entra. */
  readonly principal: PrincipalData | null;
  /** The name of a login, of a role in a database, or null. */
  readonly login: string | null;
  readonly role: string;
  readonly roleId: string | null;
  readonly scope: string | null;
}

export interface RuleData {
  readonly name: string;
  readonly start: string;
  readonly end: string;
}

/** Where lines go. Neither throws nor rejects: what happens to a log does not happen to the work. */
export interface AuditSink {
  write(line: AuditLine): void;
  /** When everything written so far is kept, or never will be. */
  flush(): Promise<void>;
}

/** A change that is about to be made, on a cluster as somebody sees it. */
export interface Attempt {
  readonly cluster: Cluster;
  readonly change: Change;
  /** The person's own object id in the cluster's tenant. */
  readonly objectId: string | undefined;
  /** Whom it is about, by the name that the person saw. */
  readonly name: string | undefined;
}

export interface StartedChange {
  readonly head: ChangeHead;
  readonly before: Data;
  readonly startedAt: number;
}

export interface Ending {
  readonly outcome: 'done' | Failure;
  /** It was sent, and nobody heard or saw what came of it. */
  readonly isOpen: boolean;
  /** How it stands, read back. */
  readonly after: unknown;
  readonly correlationIds: readonly string[];
}

export interface StartedData {
  readonly head: DataHead;
  readonly startedAt: number;
}

/** A change that was stopped before anything was sent, and by what. */
export interface Stop {
  readonly cluster: Cluster;
  readonly change: Change;
  readonly objectId?: string | undefined;
  readonly who: string;
  readonly obstacle: Obstacle;
}

/** The one writer of the audit log. Everything on its way to a sink goes through `redacted`. */
export interface Audit extends Pick<Events, 'tokenAsked'> {
  /** To be awaited before anything is sent: a window closed in the middle then still leaves a trace. */
  changeStarted(attempt: Attempt, before: unknown): Promise<StartedChange>;
  changeEnded(started: StartedChange, ending: Ending): void;
  guarded(stop: Stop): void;
  dataChanging(cluster: Cluster, what: DataChange): StartedData;
  dataChanged(started: StartedData, ending: DataEnding): void;
  flush(): Promise<void>;
}

export function openAudit(clock: Clock, sinks: readonly AuditSink[]): Audit {
  const time = (): string => new Date(clock.now()).toISOString();
  const write = (line: AuditLine): void => {
    // Whatever has no end of its own has been given one: nothing of a line is cut off here.
    const bare = redacted(line, 400_000) as unknown as AuditLine;
    for (const sink of sinks) sink.write(bare);
  };
  const flush = async (): Promise<void> => {
    await Promise.all(sinks.map((sink) => sink.flush()));
  };
  return {
    tokenAsked({ account, tenant, resource, interactive, outcome }) {
      const asked = { time: time(), event: 'token', account, tenant, resource, interactive } as const;
      write(
        outcome instanceof Failure
          ? { ...asked, outcome: 'failed', failure: outcome.data }
          : { ...asked, outcome },
      );
    },
    async changeStarted({ cluster, change, objectId, name }, before) {
      const subject = subjectOf(cluster, change, objectId, name);
      const head: ChangeHead = { event: 'change', id: randomUUID(), ...subject };
      const started = { head, before: redacted(before), startedAt: clock.now() };
      write({ time: time(), ...head, outcome: 'started', before: started.before });
      // A disk that hangs keeps nobody from their work.
      await Promise.race([flush(), wait(longestFlush, undefined, { ref: false })]);
      return started;
    },
    changeEnded({ head, before, startedAt }, { outcome, isOpen, after, correlationIds }) {
      write({
        time: time(),
        ...head,
        outcome: outcomeOf(outcome, isOpen),
        ...(outcome === 'done' ? {} : { failure: outcome.data }),
        before,
        after: redacted(after),
        correlationIds: [...new Set(correlationIds)],
        milliseconds: Math.round(clock.now() - startedAt),
      });
    },
    guarded({ cluster, change, objectId, who, obstacle }) {
      const subject = subjectOf(cluster, change, objectId, who === '' ? undefined : who);
      write({ time: time(), event: 'guard', ...subject, guard: redacted(obstacle) as Guard });
    },
    dataChanging({ caller, id: cluster }, what) {
      const head: DataHead = {
        event: 'data',
        id: randomUUID(),
        who: whoIn(caller, undefined),
        cluster,
        what,
      };
      write({ time: time(), ...head, outcome: 'started' });
      return { head, startedAt: clock.now() };
    },
    dataChanged({ head, startedAt }, ending) {
      const milliseconds = Math.round(clock.now() - startedAt);
      write({ time: time(), ...head, ...ending, milliseconds });
    },
    flush,
  };
}

function whoIn({ account, tenant }: Cluster['caller'], objectId: string | undefined): Who {
  return { account: account.label, accountId: account.id, tenant, objectId: objectId ?? null };
}

function subjectOf(
  { caller, id }: Cluster,
  change: Change,
  objectId: string | undefined,
  name: string | undefined,
) {
  return {
    who: whoIn(caller, objectId),
    cluster: id,
    what: describeChange(change, name),
  };
}

const longestFlush = 2000;

function outcomeOf(state: 'done' | Failure, isOpen: boolean): EndedLine['outcome'] {
  if (state === 'done') return 'done';
  if (state.code === 'halfDone') return 'partly';
  if (isOpen) return 'unknown';
  return state.code === 'cancelled' ? 'cancelled' : 'failed';
}

/** A change as data that tells it whole, but for the password that goes with one. `name` is whom it is about. */
export function describeChange(change: Change, name: string | undefined): ChangeData {
  switch (change.what) {
    case 'setModes': {
      const { entra, native, administrator } = change;
      return { change: 'setModes', entra, native, administrator: administrator?.userName ?? null };
    }
    case 'addGrant': {
      const { principal, role, scope, alias } = change.wanted;
      return {
        change: 'addGrant',
        principal: principalData(principal, name),
        ...offerData(role),
        scope: scope ?? null,
        alias: alias ?? null,
      };
    }
    case 'changeRole':
      return { change: 'changeRole', grant: grantData(change.grant, name), ...offerData(change.role) };
    case 'removeGrant':
      return { change: 'removeGrant', grant: grantData(change.grant, name) };
    case 'addRule':
    case 'removeRule':
      return { change: change.what, rule: ruleData(change.rule) };
  }
}

function principalData({ objectId, type, tenant }: Principal, name: string | undefined): PrincipalData {
  return { objectId, type, tenant: tenant ?? null, name: name ?? null };
}

function grantData({ id, holder, role, roleId, scope }: Grant, name: string | undefined): GrantData {
  const principal = holder.state === 'entra' ? principalData(holder.principal, name) : null;
  const login =
    holder.state === 'native' ? holder.name : holder.state === 'entra' ? (holder.alias ?? null) : null;
  return { id, principal, login, role: roleText(role), roleId: roleId ?? null, scope: scope ?? null };
}

function offerData({ role, id }: RoleOffer) {
  return { role: roleText(role), roleId: id };
}

function ruleData({ name, start, end }: FirewallRule): RuleData {
  return { name, start, end };
}

function roleText(role: Role): string {
  return role.name === 'custom' ? role.text : role.name;
}

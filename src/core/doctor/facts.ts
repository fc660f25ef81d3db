import type { LookupFunction } from 'node:net';
import { isOf } from '../access/guards.ts';
import type { Permissions } from '../access/permissions.ts';
import type { Directory, Me } from '../access/principals.ts';
import { readCluster } from '../access/seen.ts';
import type { Door } from '../azure/door.ts';
import { readSubscription } from '../azure/resourceManager.ts';
import type { FirewallRule } from '../clusters/change.ts';
import type { Cluster, Grant } from '../clusters/cluster.ts';
import { fields, text } from '../clusters/fields.ts';
import type { Fields } from '../clusters/fields.ts';
import type { Kind } from '../clusters/kind.ts';
import { kinds } from '../clusters/kinds.ts';
import { Failure, withoutSecrets } from '../failure.ts';
import { admitsHost, admitsPort } from '../identity/clouds.ts';
import type { Clock, TokenBroker } from '../identity/tokens.ts';
import { connect, newClient } from '../sessions/client.ts';
import { addressesOf, lookupOf, membersOf, refused } from '../sessions/hosts.ts';
import type { Address, Member, Resolver } from '../sessions/hosts.ts';
import { failureOfDriver } from '../sessions/mongoFailure.ts';
import { orStopped } from '../sessions/session.ts';
import type { CheckId, Patient } from './report.ts';
import { requestOf } from './request.ts';
import type { DataAnswer } from './request.ts';
import { callOn, greetingOf, shakeHands } from './wire.ts';
import type { Call, Handshake, Manner } from './wire.ts';

/** What there is to look with. */
export interface Instruments {
  readonly door: Door;
  readonly tokens: TokenBroker;
  readonly directory: Directory;
  readonly resolver: Resolver;
  readonly clock: Clock;
  /** The address that others see this machine under, where the person has agreed that it is asked for. */
  readonly ownAddress: (signal: AbortSignal) => Promise<string | undefined>;
  /** What whoever looks may do in Azure. */
  readonly permissions: Permissions;
  readonly limits: Limits;
}

/** How long a check may take, in milliseconds; `rights`: what the checks alone do not wait for. */
export type Limits = {
  readonly usual: number;
  readonly connecting: number;
  readonly rights: number;
} & {
  readonly [check in CheckId]?: number;
};

/** A server has a connection's time to answer; what opens several after each other has that of all. */
export const usualLimits: Limits = {
  usual: 10_000,
  connecting: 6000,
  rights: 1500,
  network: 20_000,
  signIn: 20_000,
  principal: 20_000,
  roles: 20_000,
  command: 15_000,
};

/** Who signed in, as the database says it. */
export interface Inside {
  readonly objectId: string | undefined;
  readonly roles: readonly string[];
}

/** What is asked when it is first wanted. `begun`: the answer, where somebody has wanted it already. */
export type Asked<T> = (() => Promise<T>) & { readonly begun: () => Promise<T> | undefined };

/** What the checks of one run see: each thing is asked once, when the first of them wants it. */
export interface Facts extends Instruments {
  readonly patient: Patient;
  readonly signal: AbortSignal;
  readonly kind: Kind;
  readonly cluster: () => Promise<Cluster>;
  readonly subscription: () => ReturnType<typeof timed>;
  /** Whoever looks. */
  readonly me: () => Promise<Me | undefined>;
  /** Whom it is about, as the cluster knows them. */
  readonly objectId: () => Promise<string | undefined>;
  readonly grants: () => Promise<readonly Grant[]>;
  readonly insiders: () => Promise<readonly Grant[]>;
  readonly rules: () => Promise<readonly FirewallRule[]>;
  readonly members: () => Promise<readonly Member[]>;
  readonly addresses: () => Promise<readonly (Member & { readonly addresses: readonly Address[] })[]>;
  readonly calls: () => Promise<readonly Call[]>;
  /** How a server is called upon. */
  readonly manner: () => Promise<Manner>;
  readonly handshakes: () => Promise<readonly Handshake[]>;
  /** For the database. */
  readonly token: () => Promise<string>;
  readonly signedIn: Asked<Inside>;
  /** How many databases there are for them. */
  readonly databases: () => Promise<number>;
  /** A first request to an account, at a scope that somebody has a role on. */
  readonly request: Asked<DataAnswer>;
  /** Ends what was opened. */
  readonly close: () => Promise<void>;
}

/** `met`: what became of a session just now. What was met then is not tried again. */
export function factsOf(
  patient: Patient,
  instruments: Instruments,
  signal: AbortSignal,
  met?: Failure,
): Facts {
  const { door, tokens, directory, resolver, limits } = instruments;
  const { cloud } = door;
  const { caller } = patient.cluster;
  const kind = kinds[patient.cluster.kind];
  const { service } = kind;

  const cluster = once(() => readCluster(door, patient.cluster, signal));
  const me = once(() => directory.me(caller));
  const endpoint = once(async () => {
    const known = kind.endpoint(patient.cluster.resource) ?? kind.endpoint((await cluster()).resource);
    if (known !== undefined) return known;
    const { name } = patient.cluster;
    throw new Failure({ code: 'databaseUnreachable', host: name, detail: '', cause: 'noAddress' });
  });
  const members = once(async (): Promise<readonly Member[]> => {
    const { host, port } = await endpoint();
    if (port === undefined) return membersOf(cloud, resolver, host);
    if (!admitsHost(cloud, service, host) || !admitsPort(cloud, service, port)) throw refused(host);
    return [{ host, port: cloud.ports[service] ?? port }];
  });
  const addresses = once(async () =>
    Promise.all(
      (await members()).map(async (member) => ({
        ...member,
        addresses: await addressesOf(cloud, resolver, member.host),
      })),
    ),
  );
  const lookup = async (): Promise<LookupFunction> => lookupOf(cloud, resolver, await members());
  const manner = async (): Promise<Manner> => ({ lookup: await lookup(), limit: limits.connecting, signal });
  const silence =
    met?.data.code === 'databaseUnreachable'
      ? { state: met.data.cause === 'timeout' ? ('silent' as const) : undefined, code: met.data.detail }
      : undefined;
  const calls = once(async (): Promise<readonly Call[]> => {
    if (silence?.state === 'silent')
      return (await members()).map((member) => ({
        ...member,
        state: 'silent',
        address: undefined,
        code: silence.code,
      }));
    const way = await manner();
    return Promise.all((await members()).map((member) => callOn(member, way)));
  });
  const handshakes = once(async (): Promise<readonly Handshake[]> => {
    if (silence !== undefined)
      return (await members()).map((member) => ({
        ...member,
        state: silence.state ?? 'cut',
        code: silence.code,
        protocol: undefined,
        certificate: undefined,
      }));
    const way = await manner();
    const greeting = greetingOf(service);
    return Promise.all((await members()).map((member) => shakeHands(member, way, greeting)));
  });
  const token = once(() => tokens.silent(caller, cloud.audiences[service]));

  /** The driver waits as long as a server likes: whoever looks does not. */
  const answered = async <T>(work: Promise<T>): Promise<T> => {
    const over = AbortSignal.timeout(limits.connecting);
    try {
      return await orStopped(work, AbortSignal.any([signal, over]));
    } catch (error) {
      if (!over.aborted || signal.aborted) throw error;
      const { host } = await endpoint();
      throw new Failure({ code: 'databaseUnreachable', host, detail: 'ETIMEDOUT', cause: 'timeout' });
    }
  };
  const client = once(async () => {
    const servers = await members();
    const opened = await newClient({
      members: servers,
      lookup: await lookup(),
      token: () => tokens.silent(caller, cloud.audiences[service]),
      answer: limits.connecting,
    });
    const { host } = await endpoint();
    try {
      await answered(connect(opened, servers));
      return opened;
    } catch (error) {
      // What never answers does not let itself be closed either.
      void opened.close(true).catch(() => undefined);
      throw failureOfDriver(error, { host, open: false, presented: true });
    }
  });
  const command = async (asked: Fields): Promise<Fields> => {
    const opened = await client();
    try {
      return await answered(opened.db('admin').command({ ...asked }, { signal }));
    } catch (error) {
      const { host } = await endpoint();
      throw failureOfDriver(error, { host, open: true, presented: false });
    }
  };
  const databases = once(async (): Promise<number> => {
    const answer = await command({ listDatabases: 1, nameOnly: true, authorizedDatabases: true });
    if (!Array.isArray(answer['databases'])) throw await unreadable();
    return answer['databases'].length;
  });
  const unreadable = async (): Promise<Failure> =>
    new Failure({ code: 'malformed', host: (await endpoint()).host });
  const signedIn = once(async (): Promise<Inside> => {
    if (met !== undefined) throw met;
    const { authInfo } = await command({ connectionStatus: 1 });
    const { authenticatedUsers, authenticatedUserRoles } = fields(authInfo);
    // An older one names nobody in a list; without the list it is no answer.
    if (!Array.isArray(authenticatedUsers)) throw await unreadable();
    return {
      objectId: list(authenticatedUsers).flatMap((user) => said(fields(user)['user']))[0],
      roles: list(authenticatedUserRoles).flatMap((role) => said(fields(role)['role'])),
    };
  });
  const grants = once(async () => kind.grants(door, await cluster(), signal));
  const objectId = once(async () => patient.other?.objectId ?? (await me())?.objectId);

  return {
    ...instruments,
    patient,
    signal,
    kind,
    cluster,
    subscription: once(() => timed(instruments, patient, signal)),
    me,
    objectId,
    grants,
    insiders: once(
      async () =>
        kind.insiders?.(
          { signIn: () => Promise.resolve(), command: (_, asked) => command(asked) },
          await cluster(),
        ) ?? [],
    ),
    rules: once(async () => kind.rules(door, await cluster(), signal)),
    members,
    addresses,
    calls,
    manner,
    handshakes,
    token,
    signedIn,
    databases,
    request: once(async () => {
      const [server = { host: '', port: 443 }] = await members();
      const ask = async (scope: string | undefined): Promise<DataAnswer> => {
        const token = (): Promise<string> => tokens.silent(caller, cloud.audiences[service]);
        return requestOf({ ...(await manner()), server, token, scope });
      };
      const scopes = await grants().then(
        async (all) => scopesOf(all, await objectId()),
        () => [undefined],
      );
      const [widest, ...narrower] = scopes;
      const first = await ask(widest);
      // Without a role on all of it there may be one on a part, by a group too.
      for (const scope of narrower) {
        if (first.substatus !== 5301) break;
        const answer = await ask(scope);
        if (answer.status < 300) return answer;
      }
      return first;
    }),
    async close() {
      // What was never asked for is not asked for now.
      await client
        .begun()
        ?.then((opened) => answered(opened.close()))
        .catch(() => undefined);
    },
  };
}

/** Asks once, when it is first wanted; all who want it get the same answer, or the same failure. */
function once<T>(ask: () => Promise<T>): Asked<T> {
  let asked: Promise<T> | undefined;
  return Object.assign(() => (asked ??= ask()), { begun: () => asked });
}

/** The subscription, and by how much the service's clock is ahead of ours, in milliseconds. */
async function timed({ door, clock }: Instruments, { cluster }: Patient, signal: AbortSignal) {
  const before = clock.now();
  const subscription = await readSubscription(door, cluster.caller, cluster.subscription, signal);
  const between = (before + clock.now()) / 2;
  const { date } = subscription;
  return { ...subscription, ahead: date === undefined ? undefined : date.getTime() + 500 - between };
}

/** So many parts of an account are asked about at most. */
const parts = 5;

/** Where somebody may have a role, the widest first; undefined is all of it. */
function scopesOf(grants: readonly Grant[], id: string | undefined): readonly (string | undefined)[] {
  const mine = grants.filter((grant) => isOf(grant, id));
  const held = (mine.length === 0 ? grants : mine).map(({ scope }) => scope);
  const all = new Set(mine.length === 0 ? [undefined, ...held] : held);
  return [...all].toSorted((a, b) => (a ?? '').length - (b ?? '').length).slice(0, parts);
}

/** As a server says it, who was told a token. */
function said(value: unknown): readonly string[] {
  const all = text(value);
  return all === undefined ? [] : [withoutSecrets(all)];
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

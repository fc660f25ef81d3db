import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { inspect } from 'node:util';
import { Directory } from '../../src/core/access/principals.ts';
import { openDoor } from '../../src/core/azure/door.ts';
import type { Call, Door } from '../../src/core/azure/door.ts';
import type { Cluster } from '../../src/core/clusters/cluster.ts';
import { Discovery } from '../../src/core/clusters/discovery.ts';
import type { News } from '../../src/core/clusters/discovery.ts';
import type { TenantListing } from '../../src/core/clusters/listing.ts';
import { Failure } from '../../src/core/failure.ts';
import type { FailureData } from '../../src/core/failure.ts';
import { cloudOf } from '../../src/core/identity/clouds.ts';
import type { Cloud } from '../../src/core/identity/clouds.ts';
import { TokenBroker } from '../../src/core/identity/tokens.ts';
import type { Account, Caller, Events, TokenRequest } from '../../src/core/identity/tokens.ts';
import { createAuthority } from '../local-azure/authority.ts';
import type { Authority } from '../local-azure/authority.ts';
import { startLocalAzure } from '../local-azure/azure.ts';
import type { LocalAzure, LocalAzureOptions } from '../local-azure/azure.ts';
import { tell } from '../local-azure/client.ts';
import type { FaultRule } from '../local-azure/faults.ts';
import { findTenant } from '../local-azure/organisation.ts';

export const audiences = {
  resourceManager: 'https://management.core.windows.net',
  graph: 'https://graph.microsoft.com',
};

/** A local Azure that this process trusts. */
export async function startAzure(options: LocalAzureOptions = {}): Promise<LocalAzure> {
  const azure = await startLocalAzure(options);
  trust(azure.certificateAuthority);
  return azure;
}

let one: Promise<LocalAzure> | undefined;
after(async () => (await one)?.close());

/** The local Azure of all tests that ask for one here, as new before each of them. */
export function localAzure(): () => LocalAzure {
  let started: LocalAzure | undefined;
  const azure = (): LocalAzure => started ?? assert.fail('asked for before the tests');
  before(async () => {
    started = await (one ??= startAzure());
  });
  beforeEach(() => tell(azure(), 'reset'));
  return azure;
}

export interface Scene {
  /** Who is signed in, by sign-in name. */
  readonly people?: readonly string[];
  /** Whether they have given a second factor already. */
  readonly secondFactor?: boolean;
  /** In place of Entra's answer. */
  readonly token?: (
    request: TokenRequest,
    usual: () => Promise<string | undefined>,
  ) => string | undefined | Promise<string | undefined>;
  readonly door?: (door: Door) => Door;
  /** Endpoints other than the local Azure's own. */
  readonly cloud?: Cloud;
}

/** The core, before a local Azure, with people signed in as an editor would have them. */
export function setStage(azure: LocalAzure, scene: Scene = {}) {
  const people = [...(scene.people ?? ['kai@contoso.com'])];
  const tenants = [...azure.organisation.tenants];
  const accounts = people.map((name) => accountOf(azure, name));
  const asked: TokenRequest[] = [];
  const issued: string[] = [];
  const events: unknown[] = [];
  const changes: News[] = [];
  const kept = new Map<string, unknown>();
  const strong = new Set<string>();
  let current = azure;

  const usual = async ({ caller, resource, interactive }: TokenRequest): Promise<string | undefined> => {
    const [, home = ''] = caller.account.id.split('.');
    const tenant = findTenant(current.organisation, caller.tenant === 'organizations' ? home : caller.tenant);
    const factor = `${caller.account.id} ${tenant?.id}`;
    if (interactive) strong.add(factor);
    const secondFactor = scene.secondFactor === true || strong.has(factor);
    if (tenant === undefined || (tenant.secondFactor && !secondFactor)) return undefined;
    return current.issueToken(caller.account.label, { tenant: tenant.id, resource, secondFactor });
  };
  const source = {
    accounts: () =>
      stage.accountsTrouble === undefined
        ? Promise.resolve([...accounts])
        : Promise.reject(stage.accountsTrouble),
    async token(request: TokenRequest) {
      asked.push(request);
      // Without a second factor a demand for one takes a person.
      const answer = () =>
        request.challenge !== undefined && !request.interactive && scene.secondFactor !== true
          ? Promise.resolve(undefined)
          : usual(request);
      const token = await (scene.token === undefined ? answer() : scene.token(request, answer));
      if (token !== undefined) issued.push(token);
      return token;
    },
  };
  const log: Events = {
    tokenAsked: (event) => events.push(event),
    requestSent: (event) => events.push(event),
  };

  const cloud = scene.cloud ?? cloudAt(azure.endpoints);
  const tokens = new TokenBroker(source, Date, log);
  const opened = openDoor(cloud, tokens, log);
  const door = scene.door?.(opened) ?? opened;
  const store = {
    get: (key: string) => kept.get(key),
    set: (key: string, value: unknown) => kept.set(key, value),
  };
  const discovery = new Discovery(door, tokens, store, (change) => {
    changes.push(change);
    stage.onChange?.(change);
  });

  const stage = {
    accounts,
    /** Every question to the editor, and every token that came of one. */
    asked,
    issued,
    events,
    changes,
    kept,
    tokens,
    door,
    discovery,
    directory: new Directory(door, tokens),
    onChange: undefined as ((change: News) => void) | undefined,
    /** Why the editor cannot say who is signed in. */
    accountsTrouble: undefined as Error | undefined,
    /** The first account, in a tenant by its name. */
    caller(tenantName: string): Caller {
      const tenant = tenants.find(({ displayName }) => displayName === tenantName);
      return { account: accounts[0] ?? assert.fail(), tenant: tenant?.id ?? assert.fail(tenantName) };
    },
    tenant(name: string): TenantListing {
      return discovery.tenants.find((tenant) => tenant.name === name) ?? assert.fail(name);
    },
    cluster(name: string): Cluster {
      const clusters = discovery.tenants.flatMap((tenant) => tenant.clusters);
      return clusters.find((cluster) => cluster.name === name) ?? assert.fail(name);
    },
    /** Another local Azure has come in the place of the first. */
    moveTo(other: LocalAzure) {
      current = other;
    },
  };
  return stage;
}

/** A door of a test's own, through which one can only ask. */
export function askingDoor(cloud: Cloud, send: Door['send']): Door {
  return { cloud, send, exchange: () => assert.fail('asked for more than a body') };
}

export type Stage = ReturnType<typeof setStage>;

export function accountOf({ organisation }: LocalAzure, signInName: string): Account {
  const user = organisation.directory.find(
    (one) => one.type === 'user' && one.home === undefined && one.userPrincipalName === signInName,
  );
  return user === undefined
    ? assert.fail(signInName)
    : { id: `${user.id}.${user.tenantId}`, label: signInName };
}

export function cloudAt(endpoints: {
  readonly resourceManager: string;
  readonly graph: string;
  readonly portal: string;
}): Cloud {
  return cloudOf('custom', { ...endpoints, authenticationProvider: 'local', audiences });
}

/** Leaves one tenant, so that the order of requests is plain. */
export function onlyContoso({ organisation }: LocalAzure): void {
  organisation.tenants.splice(1);
}

export const resourceGraph = { method: 'POST', path: 'ResourceGraph' } as const;

/** A fault that meets every matching request. */
export function always(rule: FaultRule): FaultRule {
  return { ...rule, times: 0 };
}

/** What a local Azure was asked, of requests whose method and path match. */
export function sent({ requests }: LocalAzure, pattern: RegExp) {
  return requests.filter(({ method, path }) => pattern.test(`${method} ${path}`));
}

export function namesOf({ clusters }: { readonly clusters: readonly Cluster[] }): readonly string[] {
  return clusters.map(({ name }) => name);
}

/** `entra/native`, and what else there is. */
export function modesOf({ modes }: Cluster): string {
  return [`${modes.entra}/${modes.native}`, ...modes.other].join(' ');
}

export function failuresOf({ failures }: TenantListing): readonly string[] {
  return failures.map(({ what, failure }) => `${what} ${failure.code}`);
}

export async function failureOf(promise: Promise<unknown>): Promise<FailureData> {
  const error = await promise.then(
    (value) => assert.fail(`should have failed, gave ${inspect(value)}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Failure, inspect(error));
  return error.data;
}

/** Whether any request was answered so: waiting, if that is what the answer asks for, has begun. */
export function wasAnswered({ events }: Stage, status: number): boolean {
  return events.some((event) => (event as { status?: unknown }).status === status);
}

export async function until(condition: () => boolean): Promise<void> {
  // Longer than any test may take: whoever still waits after that would keep the process from ending.
  const end = performance.now() + 120_000;
  while (!condition()) {
    assert.ok(performance.now() < end, 'it never came');
    await sleep(1);
  }
}

/** How long a request may take before it is given up: no pause between attempts. */
const requestLimit = 30_000;

/** Lets every pause between attempts pass at once, and tells how long they would have been. */
export async function withoutPauses<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly pauses: readonly number[] }> {
  const original = globalThis.setTimeout;
  const pauses: number[] = [];
  const hurried = (run: () => void, milliseconds = 0) => {
    if (milliseconds === requestLimit) return original(run, milliseconds);
    pauses.push(milliseconds);
    return original(run, 0);
  };
  globalThis.setTimeout = Object.assign(hurried, original);
  try {
    return { result: await work(), pauses };
  } finally {
    globalThis.setTimeout = original;
  }
}

/** Holds one answer of the door's back until it is let through. */
export function holdBack(matches: (call: Call) => boolean) {
  const { promise: through, resolve: letThrough } = Promise.withResolvers<void>();
  let pending = true;
  return {
    letThrough,
    door: (door: Door): Door => ({
      ...door,
      async send(call) {
        const answer = await door.send(call);
        if (pending && matches(call)) {
          pending = false;
          await through;
        }
        return answer;
      },
    }),
  };
}

export interface Witnessed {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Testimony {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object goes as JSON, text as it is. */
  readonly body?: unknown;
}

/** A server of somebody else's on loopback, trusted by this process, that remembers who came and with what. */
export async function startWitness(
  answer: (request: Witnessed) => Testimony | Promise<Testimony> = () => ({ status: 200 }),
) {
  const requests: Witnessed[] = [];
  const server = createServer(await certificate(), (request, response) => {
    const { method = '', url = '', headers } = request;
    requests.push({ method, url, headers });
    void Promise.resolve(answer({ method, url, headers })).then(({ status, headers: more, body }) => {
      response.writeHead(status, more);
      response.end(typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body));
    });
  });
  let connections = 0;
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `https://127.0.0.1:${port}`,
    requests,
    get connections() {
      return connections;
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

export type Witness = Awaited<ReturnType<typeof startWitness>>;

let witnesses: Promise<Authority> | undefined;

async function certificate() {
  witnesses ??= createAuthority().then((authority) => {
    trust(authority.certificate);
    return authority;
  });
  return (await witnesses).issue(['127.0.0.1']);
}

function trust(authority: string): void {
  setDefaultCACertificates([...getCACertificates('default'), authority]);
}

/** All that anybody could print of a value: its data, its text and stack, and those of its causes. */
export function printed(value: unknown): string {
  const parts = [inspect(value, { depth: 12, showHidden: true }), JSON.stringify(value) ?? ''];
  for (let error = value; error instanceof Error; error = error.cause) {
    parts.push(String(error), error.stack ?? '', JSON.stringify(error), inspect(error, { depth: 12 }));
  }
  return parts.join('\n');
}

import assert from 'node:assert/strict';
import { MongoClient } from 'mongodb';
import { Changes } from '../../src/core/access/changes.ts';
import type { ChangeEvents, Operation } from '../../src/core/access/changes.ts';
import { readCluster } from '../../src/core/access/seen.ts';
import type { Call, Door } from '../../src/core/azure/door.ts';
import type { Change, RoleOffer } from '../../src/core/clusters/change.ts';
import type { Cluster, Grant, Principal } from '../../src/core/clusters/cluster.ts';
import type { Fields } from '../../src/core/clusters/fields.ts';
import type { Database } from '../../src/core/clusters/kind.ts';
import { kinds } from '../../src/core/clusters/kinds.ts';
import { clusterOfResource } from '../../src/core/clusters/query.ts';
import { Failure } from '../../src/core/failure.ts';
import type { FailureData } from '../../src/core/failure.ts';
import { cloudOf } from '../../src/core/identity/clouds.ts';
import { MongoSessions } from '../../src/core/sessions/mongo.ts';
import type { LocalAzure } from '../local-azure/azure.ts';
import { tell } from '../local-azure/client.ts';
import { suffixes } from '../local-azure/hosts.ts';
import { findTenant } from '../local-azure/organisation.ts';
import type { Resource, ResourceOf, ResourceTypeName } from '../local-azure/organisation.ts';
import { audiences, setStage, startAzure } from './stage.ts';
import type { Scene } from './stage.ts';

let one: Promise<LocalAzure> | undefined;
after(async () => (await one)?.close());

const opened: { close(): unknown }[] = [];

/** A local Azure with databases behind its clusters, as new before each test, and in no hurry to keep locks. */
export function azureWithDatabases(): () => LocalAzure {
  let started: LocalAzure | undefined;
  const azure = (): LocalAzure => started ?? assert.fail('asked for before the tests');
  before(async () => {
    started = await (one ??= startAzure({ gateways: true }));
  });
  beforeEach(async () => {
    await tell(azure(), 'reset');
    azure().organisation.behaviour.lockMs = 0;
    azure().organisation.behaviour.operationPolls = 1;
  });
  afterEach(() => Promise.all(opened.splice(0).map((each) => each.close())));
  return azure;
}

export interface Play extends Scene {
  /** In the tenant of whom. */
  readonly tenant?: string;
  readonly clock?: { now(): number };
  readonly events?: Partial<ChangeEvents>;
  readonly stepUp?: () => Promise<unknown>;
  readonly me?: () => Promise<string | undefined>;
  /** Object ids that the directory has no more; it may fail to say. */
  readonly gone?: () => Promise<readonly string[]>;
  readonly database?: (usual: Database) => Database;
}

/** What was sent to Resource Manager to change something. */
export type Sent = Pick<Call, 'method' | 'address' | 'apiVersion' | 'body'>;

export type Line =
  | {
      readonly started: Change;
      readonly before: unknown;
      readonly who: string | undefined;
      readonly me: string | undefined;
      readonly writes: number;
    }
  | {
      readonly ended: 'done' | FailureData;
      readonly isOpen: boolean;
      readonly after: unknown;
      readonly ids: readonly string[];
    };

/** Somebody who changes things, and all that comes of it. */
export function begin(azure: LocalAzure, play: Play = {}) {
  const cloud = cloudOf('custom', {
    ...azure.endpoints,
    authenticationProvider: 'local',
    audiences,
    hosts: { mongoClusters: [suffixes.mongoClusters] },
    nameServer: azure.nameServer?.address,
  });
  const writes: Sent[] = [];
  const stage = setStage(azure, {
    secondFactor: true,
    ...play,
    cloud,
    door: (usual) => {
      const door = play.door?.(usual) ?? usual;
      const noting: Door = {
        cloud,
        send: async (call) => (await noting.exchange(call)).body,
        exchange(call) {
          const { method, address, apiVersion, body } = call;
          if (method !== 'GET' && method !== 'POST')
            writes.push({
              method,
              address,
              ...(apiVersion === undefined ? {} : { apiVersion }),
              ...(body === undefined ? {} : { body }),
            });
          return door.exchange(call);
        },
      };
      return noting;
    },
  });
  const sessions = new MongoSessions(stage.door, stage.tokens, undefined, undefined, {
    answer: 15_000,
    idle: 60_000,
  });
  opened.push({ close: () => sessions.forget() });
  const asked = play.database?.(sessions) ?? sessions;
  const commands: Fields[] = [];
  const database: Database = {
    signIn: (cluster) => asked.signIn(cluster),
    command(cluster, command, signal) {
      if (!('usersInfo' in command)) commands.push(command);
      return asked.command(cluster, command, signal);
    },
  };
  const record: Line[] = [];
  /** By the number of the change. */
  const stages = new Map<number, Operation[]>();
  const stepUps: string[] = [];
  const told: string[] = [];
  const asksGone: (readonly string[])[] = [];
  const changes: Changes = new Changes({
    door: stage.door,
    database,
    store: { get: (key) => stage.kept.get(key), set: (key, value) => void stage.kept.set(key, value) },
    clock: play.clock ?? Date,
    events: {
      changeStarted({ change, name, objectId }, before) {
        record.push({ started: change, before, who: name, me: objectId, writes: writes.length });
        return Promise.resolve(change);
      },
      changeEnded(_, { outcome, isOpen, after, correlationIds }) {
        record.push({
          ended: outcome === 'done' ? 'done' : outcome.data,
          isOpen,
          after,
          ids: correlationIds,
        });
      },
      ...play.events,
    },
    me: play.me ?? (async (caller) => (await stage.directory.me(caller))?.objectId),
    ...(play.gone === undefined
      ? {}
      : {
          async gone(_, principals) {
            asksGone.push(principals.map(({ objectId }) => objectId));
            const ids = (await play.gone?.()) ?? [];
            return ({ objectId }) => ids.includes(objectId);
          },
        }),
    async stepUp(caller) {
      stepUps.push(caller.account.label);
      await (play.stepUp?.() ?? stage.tokens.interactive(caller, cloud.audiences.resourceManager));
    },
    changed(key) {
      told.push(key);
      for (const operation of changes.under(key)) {
        const seen = stages.get(operation.id) ?? [];
        if (seen.at(-1) !== operation) seen.push(operation);
        stages.set(operation.id, seen);
      }
    },
  });
  const self = {
    azure,
    stage,
    changes,
    database,
    writes,
    /** What was asked of databases, but for who is in them. */
    commands,
    record,
    stepUps,
    /** Of whom it was asked whether the directory still has them. */
    asksGone,
    /** The keys of clusters of which there was something new. */
    told,
    /** What a change went through, by its number: in the order of their making. */
    stages: (id: number): readonly string[] =>
      (stages.get(id) ?? []).flatMap(({ stage: { what } }, index, all) =>
        what === all[index - 1]?.stage.what ? [] : [what],
      ),
    /** Where it could have been cancelled on its way. */
    cancellable: (id: number): readonly string[] =>
      (stages.get(id) ?? []).flatMap((at) => (at.cancellable ? [at.stage.what] : [])),
    operations: (id: number): readonly Operation[] => stages.get(id) ?? [],
    /** As a person saw it in a list, the first unless told otherwise; nothing of it is known but its name. */
    listed(name: string, person = 0): Cluster {
      const { id, type } = resource(azure, name);
      const account = stage.accounts[person] ?? assert.fail();
      const tenant = findTenant(azure.organisation, play.tenant ?? 'contoso.com')?.id ?? assert.fail();
      return (
        clusterOfResource({ id, name, type, properties: {} }, { account, tenant }, false) ?? assert.fail(name)
      );
    },
    cluster: (name: string, person = 0) => readCluster(stage.door, self.listed(name, person)),
    grants: (cluster: Cluster) => kinds[cluster.kind].grants(stage.door, cluster),
    insiders: async (cluster: Cluster) => (await kinds[cluster.kind].insiders?.(database, cluster)) ?? [],
    rules: async (name: string) => {
      const cluster = await self.cluster(name);
      return kinds[cluster.kind].rules(stage.door, cluster);
    },
    /** Somebody's grant, kept wherever it is. */
    async grantOf(cluster: Cluster, who: Whoever): Promise<Grant> {
      const isTheirs = ({ holder }: Grant): boolean =>
        holder.state === 'entra' && holder.principal.objectId === who.id;
      const listed = (await self.grants(cluster)).find(isTheirs);
      return listed ?? (await self.insiders(cluster)).find(isTheirs) ?? assert.fail(who.id);
    },
    async role(cluster: Cluster, name: string): Promise<RoleOffer> {
      const offers = await kinds[cluster.kind].roles(stage.door, cluster);
      return (
        offers.find(({ role }) => (role.name === 'custom' ? role.text : role.name) === name) ??
        assert.fail(name)
      );
    },
    /** To give somebody a role, by its name. */
    async adding(
      cluster: Cluster,
      who: Somebody,
      role: string,
      more: { scope?: string; alias?: string } = {},
    ): Promise<Change> {
      const { id: objectId, type, tenant } = who;
      return {
        what: 'addGrant',
        wanted: {
          principal: { objectId, type, tenant },
          role: await self.role(cluster, role),
          scope: more.scope,
          alias: more.alias,
        },
      };
    },
    async changing(cluster: Cluster, who: Whoever, role: string): Promise<Change> {
      return {
        what: 'changeRole',
        grant: await self.grantOf(cluster, who),
        role: await self.role(cluster, role),
      };
    },
    async removing(cluster: Cluster, who: Whoever): Promise<Change> {
      return { what: 'removeGrant', grant: await self.grantOf(cluster, who) };
    },
    /** Makes changes one after the other. */
    async make(cluster: Cluster, ...all: readonly Change[]): Promise<void> {
      for (const change of all) await changes.make(cluster, change, 'somebody');
    },
    async failure(cluster: Cluster, change: Change): Promise<FailureData> {
      const error: unknown = await changes.make(cluster, change, 'somebody').then(
        () => assert.fail('should have failed'),
        (reason: unknown) => reason,
      );
      assert.ok(error instanceof Failure, String(error));
      return error.data;
    },
  };
  return self;
}

export type Playing = ReturnType<typeof begin>;

interface Whoever {
  readonly id: string;
}

interface Somebody extends Whoever {
  readonly type: Principal['type'];
  readonly tenant?: string;
}

export function rule(start: string, end = start, name = 'home'): Change & { what: 'addRule' } {
  return { what: 'addRule', rule: { id: undefined, name, start, end } };
}

export function modes(entra: boolean, native: boolean): Change & { what: 'setModes' } {
  return { what: 'setModes', entra, native };
}

export function resource(azure: LocalAzure, name: string): Resource {
  return azure.organisation.resources.find((each) => each.name === name) ?? assert.fail(name);
}

/** What Azure itself has of a resource of this type. */
export function inAzure<T extends ResourceTypeName>(azure: LocalAzure, type: T, name: string): ResourceOf<T> {
  const found = resource(azure, name);
  assert.equal(found.type, type);
  return found as ResourceOf<T>;
}

export const mongoClusters = 'Microsoft.DocumentDB/mongoClusters';
export const serverGroups = 'Microsoft.DBforPostgreSQL/serverGroupsv2';
export const databaseAccounts = 'Microsoft.DocumentDB/databaseAccounts';

/** Somebody's own MongoDB driver, as they would use it without this extension. */
export function driverOf(azure: LocalAzure, name: string, person: string): MongoClient {
  const { port } = azure.gateways.get(name) ?? assert.fail(name);
  const client = new MongoClient(`mongodb://127.0.0.1:${port}/`, {
    tls: true,
    ca: azure.certificateAuthority,
    authMechanism: 'MONGODB-OIDC',
    authSource: '$external',
    retryWrites: false,
    serverSelectionTimeoutMS: 15_000,
    authMechanismProperties: {
      ALLOWED_HOSTS: ['127.0.0.1'],
      OIDC_CALLBACK: async () => ({
        accessToken: await azure.issueToken(person, {
          tenant: 'contoso.com',
          resource: 'https://ossrdbms-aad.database.windows.net',
        }),
        expiresInSeconds: 3600,
      }),
    },
  });
  opened.push(client);
  return client;
}

/** What the database says to somebody who tries: nothing, or the number of its refusal. */
export async function codeOf(trying: Promise<unknown>): Promise<unknown> {
  return trying.then(
    () => undefined,
    (error: unknown) => (error as { code?: unknown }).code ?? error,
  );
}

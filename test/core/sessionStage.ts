/** Sessions at a local Azure with gateways, each test's as new. */
import assert from 'node:assert/strict';
import type { Door } from '../../src/core/azure/door.ts';
import type { Cluster } from '../../src/core/clusters/cluster.ts';
import { clusterOfResource } from '../../src/core/clusters/query.ts';
import { Failure } from '../../src/core/failure.ts';
import type { FailureData } from '../../src/core/failure.ts';
import { cloudOf } from '../../src/core/identity/clouds.ts';
import type { Cloud } from '../../src/core/identity/clouds.ts';
import { resolverOf } from '../../src/core/sessions/hosts.ts';
import type { Resolver } from '../../src/core/sessions/hosts.ts';
import { MongoSessions } from '../../src/core/sessions/mongo.ts';
import type { Limits } from '../../src/core/sessions/mongo.ts';
import type { LocalAzure } from '../local-azure/azure.ts';
import { tell } from '../local-azure/client.ts';
import { suffixes } from '../local-azure/hosts.ts';
import type { MongoCluster } from '../local-azure/organisation.ts';
import { audiences, printed, setStage, startAzure } from './stage.ts';
import type { Scene, Stage } from './stage.ts';

export const suffix = suffixes.mongoClusters;
export const host = `orders-eu.${suffix}`;
export const member = `fc-orders-eu-000.${suffix}`;
export const ping = { ping: 1 };
export const whoAmI = { connectionStatus: 1 };

let started: LocalAzure | undefined;
let questionsBefore = 0;

export const azure = (): LocalAzure => started ?? assert.fail('asked for before the tests');
export const gateway = (name = 'orders-eu') => azure().gateways.get(name) ?? assert.fail();
export const names = () => azure().nameServer ?? assert.fail();
export const asked = (name: string) => gateway().commands.filter((command) => command.name === name);

/** Sets this up for a `describe`. */
export function onSessions(): void {
  before(async () => {
    started = await startAzure({ gateways: true });
  });
  after(() => started?.close());
  beforeEach(async () => {
    await tell(azure(), 'reset');
    names().recover();
    questionsBefore = names().questions.length;
  });
  afterEach(async () => {
    await Promise.all(leftOpen.splice(0).map((close) => close()));
  });
}

/** How often somebody began to open a session: each asks once where the cluster's servers are. */
export function openings(): number {
  const questions = names().questions.slice(questionsBefore);
  return questions.filter((name) => name === `_mongodb._tcp.${host}`).length;
}

export function resource(name = 'orders-eu'): MongoCluster {
  const found = azure().organisation.resources.find((one) => one.name === name);
  return found?.type === 'Microsoft.DocumentDB/mongoClusters' ? found : assert.fail(name);
}

export interface Play extends Scene {
  readonly limits?: Partial<Limits>;
  readonly resolver?: Partial<Resolver>;
}

/** Somebody with their sessions. The limits hold for what is opened from then on, and can be set anew. */
export function begin({ limits, resolver, ...scene }: Play = {}) {
  const cloud = scene.cloud ?? localCloud();
  const stage = setStage(azure(), { ...scene, cloud });
  // A cloud of somewhere else has nobody to ask here.
  const door: Door = { ...stage.door, cloud };
  const usual = resolverOf(cloud);
  const changed: string[] = [];
  const ofSessions = { answer: 3000, idle: 60_000, ...limits };
  const sessions = new MongoSessions(
    door,
    stage.tokens,
    (key) => changed.push(key),
    { members: (name) => usual.members(name), addresses: (name) => usual.addresses(name), ...resolver },
    ofSessions,
  );
  leftOpen.push(() => sessions.forget());
  return { stage, sessions, changed, limits: ofSessions, cluster: clusterAt(stage) };
}

/** What a test opened, and may not have closed. */
export const leftOpen: (() => unknown)[] = [];

export function localCloud(settings: Readonly<Record<string, unknown>> = {}): Cloud {
  return cloudOf('custom', {
    ...azure().endpoints,
    authenticationProvider: 'local',
    audiences,
    hosts: { mongoClusters: [suffix] },
    nameServer: names().address,
    ...settings,
  });
}

/** As Resource Manager gives it, or with another host. */
export function clusterAt(stage: Stage, at = host, name = 'orders-eu'): Cluster {
  const { id, type, properties } = resource(name);
  const connectionString = `mongodb+srv://<user>:<password>@${at}/?tls=true&authMechanism=SCRAM-SHA-256`;
  const known = { id, name, type, properties: { ...properties, connectionString } };
  return clusterOfResource(known, stage.caller('Contoso'), true) ?? assert.fail();
}

/** The failure of something that has to fail, in which nothing of a token may be found, however it is printed. */
export async function refusal(
  { stage }: { readonly stage: Stage },
  failing: Promise<unknown>,
): Promise<FailureData> {
  const error = await failing.then(
    (value) => assert.fail(`should have failed, gave ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof Failure, printed(error));
  holdsNoToken(stage, printed(error));
  return error.data;
}

export function holdsNoToken({ issued }: Stage, text: string): void {
  for (const part of issued.flatMap((token) => token.split('.'))) assert.ok(!text.includes(part), text);
  assert.ok(!text.includes('<password>'), text);
}

/** Who the database says one is. */
export function userIn(status: unknown): unknown {
  return (status as { authInfo: { authenticatedUsers: { user: string }[] } }).authInfo.authenticatedUsers[0]
    ?.user;
}

export function refused(at: string, address?: string): FailureData {
  return { code: 'hostRefused', host: at, ...(address === undefined ? {} : { address }) };
}

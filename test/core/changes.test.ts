import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Changes } from '../../src/core/access/changes.ts';
import type { Operation } from '../../src/core/access/changes.ts';
import { readCluster } from '../../src/core/access/seen.ts';
import type { Change, RoleOffer } from '../../src/core/clusters/change.ts';
import type { Cluster, Grant } from '../../src/core/clusters/cluster.ts';
import { kinds } from '../../src/core/clusters/kinds.ts';
import { Failure } from '../../src/core/failure.ts';
import { MongoSessions } from '../../src/core/sessions/mongo.ts';
import type { LocalAzure } from '../local-azure/azure.ts';
import { ask } from '../local-azure/client.ts';
import { suffixes } from '../local-azure/hosts.ts';
import { samplePeople } from '../local-azure/samplePeople.ts';
import { cloudOf } from '../../src/core/identity/clouds.ts';
import { audiences, failureOf, sent, setStage, startAzure, until } from './stage.ts';
import type { Scene } from './stage.ts';

const { kai, robin } = samplePeople();
let azure: LocalAzure;

before(async () => {
  azure = await startAzure({ gateways: true });
});
after(() => azure.close());
beforeEach(async () => {
  await ask(azure, `${azure.endpoints.resourceManager}/local-azure/reset`, { method: 'POST' });
  azure.organisation.behaviour.lockMs = 0;
});

/** Somebody who changes things, and what happens to each change. */
async function begin(scene: Scene = {}) {
  const cloud = cloudOf('custom', {
    ...azure.endpoints,
    authenticationProvider: 'local',
    audiences,
    hosts: { mongoClusters: [suffixes.mongoClusters] },
    nameServer: azure.nameServer?.address,
  });
  const stage = setStage(azure, { ...scene, cloud });
  await stage.discovery.refresh();
  const database = new MongoSessions(stage.door, stage.tokens);
  const record: unknown[] = [];
  const stages: string[] = [];
  const stepUps: string[] = [];
  const changes: Changes = new Changes({
    door: stage.door,
    database,
    store: { get: (key) => stage.kept.get(key), set: (key, value) => void stage.kept.set(key, value) },
    clock: Date,
    events: {
      changeStarted: (attempt, before) => {
        record.push({ started: attempt.change.what, before });
        return Promise.resolve(attempt);
      },
      changeEnded: (_, { outcome, after, correlationIds }) =>
        record.push({
          ended: outcome === 'done' ? 'done' : outcome.data.code,
          after,
          correlated: correlationIds.length,
        }),
    },
    me: async (caller) => (await stage.directory.me(caller))?.objectId,
    async stepUp(caller) {
      stepUps.push(caller.account.label);
      await stage.tokens.interactive(caller, cloud.audiences.resourceManager);
    },
    changed: (key) => {
      for (const { stage: at } of changes.under(key)) if (stages.at(-1) !== at.what) stages.push(at.what);
    },
  });
  return {
    stage,
    changes,
    database,
    record,
    stages,
    stepUps,
    cluster: (name: string) => readCluster(stage.door, stage.cluster(name)),
    grants: (cluster: Cluster) => kinds[cluster.kind].grants(stage.door, cluster),
  };
}

async function role(name: string, cluster: Cluster, { stage }: Awaited<ReturnType<typeof begin>>) {
  const offers = await kinds[cluster.kind].roles(stage.door, cluster);
  return offers.find((offer) => offer.role.name === name) ?? assert.fail(name);
}

function add(objectId: string, offer: RoleOffer, scope?: string): Change {
  const principal = { objectId, type: 'user', tenant: undefined } as const;
  return { what: 'addGrant', wanted: { principal, role: offer, scope, alias: undefined } };
}

function of(objectId: string, grants: readonly Grant[]): Grant | undefined {
  return grants.find(({ holder }) => holder.state === 'entra' && holder.principal.objectId === objectId);
}

function wake(name: string): void {
  const found = azure.organisation.resources.find((one) => one.name === name);
  assert.ok(found?.type === 'Microsoft.DocumentDB/mongoClusters');
  found.properties.clusterStatus = 'Ready';
}

describe('a change', () => {
  it('goes from a cluster with passwords only to a colleague who reads', async () => {
    wake('legacy-shop');
    const play = await begin();
    const { changes, database } = play;
    const cluster = await play.cluster('legacy-shop');
    assert.deepEqual(cluster.modes, { entra: 'off', native: 'on', other: [] });
    await changes.make(cluster, { what: 'setModes', entra: true, native: true }, '');
    const opened = await play.cluster('legacy-shop');
    assert.deepEqual(opened.modes, { entra: 'on', native: 'on', other: [] });

    await changes.make(opened, add(kai.id, await role('administrator', opened, play)), 'Kai');
    assert.equal(of(kai.id, await play.grants(opened))?.role.name, 'administrator');
    await changes.make(opened, add(robin.id, await role('readOnly', opened, play)), 'Robin');
    const inside = (await kinds.vcore.insiders?.(database, opened)) ?? [];
    assert.equal(of(robin.id, inside)?.role.name, 'readOnly');

    const [last] = play.record.slice(-1);
    assert.equal((last as { ended: string }).ended, 'done');
    await database.forget();
  });
});

void [sleep, Failure, failureOf, sent, until] as unknown as Operation[];

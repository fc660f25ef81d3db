import assert from 'node:assert/strict';
import { shutBeforehand, shutDoorOf } from '../../src/core/access/shut.ts';
import type { Shut } from '../../src/core/access/shut.ts';
import { Failure } from '../../src/core/failure.ts';
import type { FailureData, Silence } from '../../src/core/failure.ts';
import { samplePeople } from '../local-azure/samplePeople.ts';
import { begin, host, onSessions, resource } from './sessionStage.ts';

const { kai, robin } = samplePeople();
const signal = new AbortController().signal;
const refused: FailureData = { code: 'databaseSignInRefused', host, serverCode: 18 };
const silent = (cause: Silence): FailureData => ({ code: 'databaseUnreachable', host, detail: '', cause });

describe('the door that is shut', () => {
  onSessions();
  const shut = (data: FailureData, me: string | undefined = kai.id): Promise<Shut | undefined> => {
    const { stage, cluster } = begin();
    return shutDoorOf(stage.door, cluster, new Failure(data), me, signal);
  };

  it('to who is none of its users is that', async () => {
    assert.deepEqual(await shut(refused, robin.id), { door: 'user' });
  });

  it('to who was added and is not known yet is the database’s', async () => {
    const found = await shut(refused, kai.id.toUpperCase());
    assert.equal(found?.door, 'database');
    assert.deepEqual(found.door === 'database' && found.grant.role, { name: 'administrator' });
  });

  it('to who does not know who they are is not to be told', async () => {
    const { stage, cluster } = begin();
    const failure = new Failure(refused);
    assert.equal(await shutDoorOf(stage.door, cluster, failure, undefined, signal), undefined);
  });

  it('is Entra’s where that is off, as Azure says now, whatever was listed', async () => {
    resource().properties.authConfig.allowedModes = ['NativeAuth'];
    const { stage, cluster } = begin();
    const listed = { ...cluster, modes: { ...cluster.modes, entra: 'on' as const } };
    const found = await shutDoorOf(stage.door, listed, new Failure(refused), robin.id, signal);
    assert.deepEqual(found, { door: 'entra' });
  });

  it('is the cluster’s own where it does not run', async () => {
    resource().properties.clusterStatus = 'Stopped';
    for (const data of [silent('timeout'), silent('cut'), silent('dns'), refused])
      assert.deepEqual(await shut(data), { door: 'running', state: 'Stopped' });
  });

  it('is the network’s where only private ones are let in', async () => {
    resource().properties.publicNetworkAccess = 'Disabled';
    for (const cause of ['timeout', 'dns'] as const)
      assert.deepEqual(await shut(silent(cause)), { door: 'publicNetwork' });
  });

  it('is the firewall’s where nobody answers, and all else is open', async () => {
    assert.deepEqual(await shut(silent('timeout')), { door: 'firewall' });
  });

  it('is none where the failure says it all', async () => {
    const others: readonly FailureData[] = [
      silent('cut'),
      silent('dns'),
      silent('tls'),
      silent('noAddress'),
      { code: 'signInNeeded', tenant: 'contoso' },
      { code: 'hostRefused', host },
      { code: 'database', serverCode: 13, name: 'Unauthorized', message: '' },
    ];
    for (const data of others) assert.equal(await shut(data), undefined, JSON.stringify(data));
  });

  it('is known beforehand where nothing runs, or nobody is let in by Entra', () => {
    const { cluster } = begin();
    assert.equal(shutBeforehand(cluster), undefined);
    for (const state of ['Ready', 'Succeeded', 'Updating', undefined])
      assert.equal(shutBeforehand({ ...cluster, state }), undefined);
    assert.deepEqual(shutBeforehand({ ...cluster, state: 'Stopping' }), {
      door: 'running',
      state: 'Stopping',
    });
    const off = { ...cluster, modes: { ...cluster.modes, entra: 'off' as const } };
    assert.deepEqual(shutBeforehand(off), { door: 'entra' });
    assert.equal(shutBeforehand({ ...cluster, modes: { ...cluster.modes, entra: 'unknown' } }), undefined);
  });
});

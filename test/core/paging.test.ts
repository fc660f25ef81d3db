import assert from 'node:assert/strict';
import type { Call, Door } from '../../src/core/azure/door.ts';
import { objectsByIds } from '../../src/core/azure/graph.ts';
import { queryPages } from '../../src/core/azure/resourceGraph.ts';
import { listAll } from '../../src/core/azure/resourceManager.ts';
import { kinds } from '../../src/core/clusters/kinds.ts';
import type { Cluster } from '../../src/core/clusters/cluster.ts';
import { Directory } from '../../src/core/access/principals.ts';
import { TokenBroker } from '../../src/core/identity/tokens.ts';
import { cloudOf } from '../../src/core/identity/clouds.ts';
import { askingDoor } from './stage.ts';

const caller = { account: { id: 'kai', label: 'kai@contoso.com' }, tenant: 'contoso' };

function answering(answer: (call: Call) => unknown): { door: Door; calls: Call[] } {
  const calls: Call[] = [];
  const send = (call: Call): Promise<unknown> => {
    calls.push(call);
    if (calls.length > 50) assert.fail('asked for ever');
    return Promise.resolve(answer(call));
  };
  return { door: askingDoor(cloudOf('public', undefined), send), calls };
}

describe('pages that lead back to themselves', () => {
  it('end a list with a failure', async () => {
    const nextLink = 'https://management.azure.com/subscriptions?page=2';
    const { door, calls } = answering(() => ({ value: [1], nextLink }));
    await assert.rejects(listAll(door, caller, '/subscriptions', '2022-12-01'), { message: 'malformed' });
    assert.equal(calls.length, 2);
  });

  it('end a query with a failure, after what came', async () => {
    const { door, calls } = answering(() => ({ data: [{ id: 'x' }], $skipToken: 'again' }));
    let rows = 0;
    const asking = async (): Promise<void> => {
      for await (const page of queryPages(door, caller, 'resources')) rows += page.rows.length;
    };
    await assert.rejects(asking(), { message: 'malformed' });
    assert.deepEqual([rows, calls.length], [2, 2]);
  });
});

describe('the directory', () => {
  it('is asked for GUIDs only: another id would have all of them refused', async () => {
    const guid = '7c1f0000-0000-4000-8000-0000000000e2';
    const { door, calls } = answering(() => ({ value: [] }));
    const found = await objectsByIds(door, caller, [guid, 'dbadmin']);
    assert.deepEqual(calls[0]?.body, { ids: [guid], types: ['user', 'servicePrincipal', 'group'] });
    assert.deepEqual([...found], [[guid, 'gone']]);
  });
});

describe('a person who is gone', () => {
  const objectId = '7c1f0000-0000-4000-8000-0000000000e2';
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const token = `${part({})}.${part({ scp: 'User.ReadBasic.All', exp: 4_000_000_000 })}.`;
  const source = { accounts: () => Promise.resolve([]), token: () => Promise.resolve(token) };
  const silence = { tokenAsked: () => undefined, requestSent: () => undefined };
  const missing = { responses: [{ id: objectId, status: 404 }] };

  for (const types of [
    ['unknown', 'user'],
    ['user', 'unknown'],
  ] as const) {
    it(`is marked where a person is meant, asked about first as ${types[0]}`, async () => {
      const { door, calls } = answering(() => missing);
      const directory = new Directory(door, new TokenBroker(source, Date, silence));
      const states = new Map<string, string>();
      for (const type of types) {
        const principal = { objectId, type, tenant: undefined };
        const { of } = await directory.names(caller, [principal]);
        states.set(type, of(principal).state);
      }
      assert.deepEqual([states.get('user'), states.get('unknown')], ['gone', 'unnamed']);
      assert.equal(calls.length, 1);
    });
  }
});

describe('an account', () => {
  it('whose keys are on lists whoever has one, and no such row where they are off or unknown', async () => {
    const { door } = answering(() => ({ value: [] }));
    const resource = { id: '/c', name: 'c', type: 't', properties: { capabilities: [] } };
    const holders = async (native: 'on' | 'off' | 'unknown'): Promise<readonly string[]> => {
      const modes = { entra: 'on', native, other: [] };
      const grants = await kinds.account.grants(door, {
        id: '/c',
        caller,
        resource,
        modes,
      } as unknown as Cluster);
      return grants.map(({ holder }) => holder.state);
    };
    assert.deepEqual(await holders('on'), ['keys']);
    assert.deepEqual(await holders('off'), []);
    assert.deepEqual(await holders('unknown'), []);
  });
});

describe('a DocumentDB user', () => {
  it('with a provider of no known type is no native administrator', async () => {
    const user = { id: '/u', name: 'someone', properties: { identityProvider: {}, user: 'someone' } };
    const { door } = answering(() => ({ value: [user] }));
    const [grant] = await kinds.vcore.grants(door, { id: '/c', caller } as Cluster);
    assert.equal(grant?.holder.state, 'entra');
  });
});

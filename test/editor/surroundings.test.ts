import assert from 'node:assert/strict';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { get } from 'node:https';
import { connect } from 'node:tls';
import * as vscode from 'vscode';
import { behave, change, clusterId, forget, resetAzure } from './localAzure.ts';

/** What the tests of the extension stand on: an Azure beside the editor that its extension host can reach. */
describe('around the extension', () => {
  const settings = () => vscode.workspace.getConfiguration('cosmosEntra');
  afterEach(resetAzure);

  it('there are clusters under names that a name server knows, behind certificates that are trusted', async () => {
    const cloud = settings().get<{ nameServer: string; hosts: { mongoClusters: string[] } }>('customCloud');
    const resolver = new Resolver();
    resolver.setServers([cloud?.nameServer ?? '']);
    const host = `orders-eu.${cloud?.hosts.mongoClusters[0]}`;
    const [member] = await resolver.resolveSrv(`_mongodb._tcp.${host}`);
    assert.ok(member);
    const [address] = await resolver.resolve4(member.name);
    // A bare socket: the drivers of databases use nothing that the editor has wrapped for HTTP.
    const socket = connect({ host: address, port: member.port, servername: member.name });
    await once(socket, 'secureConnect');
    assert.equal(socket.authorized, true);
    socket.destroy();
    const wrong = connect({ host: address, port: member.port, servername: 'orders-eu.example' });
    await assert.rejects(once(wrong, 'secureConnect'), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it('there is an address service, and it says what it is told to', async () => {
    const address = (): Promise<string> =>
      new Promise((resolve, reject) => {
        get(settings().get('firewall.echoService', ''), (response) => {
          let text = '';
          response.on('data', (data: Buffer) => (text += data.toString()));
          response.on('end', () => resolve(text));
        }).on('error', reject);
      });
    assert.equal(await address(), '203.0.113.77');
    await behave({ echoAddress: '198.51.100.4' });
    assert.equal(await address(), '198.51.100.4');
    await resetAzure();
    assert.equal(await address(), '203.0.113.77');
  });

  it('there is an Azure that does as it is told, and says so when it does not know how', async () => {
    await change(clusterId('legacy-shop'), { lock: 'ReadOnly', properties: { clusterStatus: 'Ready' } });
    await forget('9e550000-0000-4000-8000-000000000004');
    await assert.rejects(forget('9e550000-0000-4000-8000-000000000004'), /in a directory/);
    await assert.rejects(change('/nothing', { lock: null }), /names a resource/);
  });
});

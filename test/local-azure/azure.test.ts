import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { startLocalAzure, type LocalAzure } from './azure.ts';
import { ask, managementToken } from './client.ts';
import { decodeJwt } from 'jose';
import { member } from './json.ts';

describe('Local Azure', () => {
  let azure: LocalAzure;
  before(async () => {
    azure = await startLocalAzure();
  });
  after(() => azure.close());

  it('listens on loopback, with certificates of its own authority', async () => {
    for (const [name, origin] of Object.entries(azure.endpoints)) {
      assert.match(origin, /^https:\/\/127\.0\.0\.1:\d+$/, name);
      assert.ok((await ask(azure, origin)).status > 0);
    }
    const untrusted = new Promise((resolve, reject) => {
      request(azure.endpoints.echo, resolve).on('error', reject).end();
    });
    await assert.rejects(untrusted, /self-signed|unable to verify|UNABLE_TO_VERIFY/i);
  });

  it('tells a caller an address, as text, or as JSON to who wants that', async () => {
    const answer = await ask(azure, azure.endpoints.echo);
    assert.equal(answer.text, '203.0.113.77');
    assert.match(answer.headers['content-type'] ?? '', /^text\/plain/);
    azure.organisation.behaviour.echoAddress = '198.51.100.4';
    const accept = { Accept: 'application/json, */*' };
    for (const asked of [
      await ask(azure, `${azure.endpoints.echo}/?format=json`),
      await ask(azure, azure.endpoints.echo, { headers: accept }),
    ]) {
      assert.deepEqual(asked.body, { ip: '198.51.100.4' });
      assert.match(asked.headers['content-type'] ?? '', /^application\/json/);
    }
    azure.organisation.behaviour.echoAddress = '';
    assert.equal((await ask(azure, azure.endpoints.echo)).text, '127.0.0.1');
  });

  it('gives a machine its managed identity, if the header says that it is one', async () => {
    const url = `${azure.endpoints.resourceManager}/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://ossrdbms-aad.database.windows.net`;
    assert.equal((await ask(azure, url)).status, 400);
    const answer = await ask(azure, `${url}&client_id=a9900000-0000-4000-8000-000000000007`, {
      headers: { Metadata: 'true' },
    });
    const claims = decodeJwt(String(member(answer.body, 'access_token')));
    assert.equal(claims['oid'], '5e97ce00-0000-4000-8000-000000000007');
    assert.equal(claims.aud, 'https://ossrdbms-aad.database.windows.net');
    assert.equal(typeof member(answer.body, 'expires_in'), 'string');
    assert.equal((await ask(azure, `${url}&client_id=x`, { headers: { Metadata: 'true' } })).status, 400);
    const forwarded = { Metadata: 'true', 'X-Forwarded-For': '10.0.0.1' };
    assert.equal((await ask(azure, url, { headers: forwarded })).status, 400);
  });

  it('shows where a link into the portal led, and runs nothing of it', async () => {
    const answer = await ask(azure, `${azure.endpoints.portal}/%3Cscript%3E`);
    assert.match(answer.text, /&lt;script>/);
    assert.equal(answer.headers['content-security-policy'], "default-src 'none'");
  });

  it('remembers what it was asked, without queries, headers or tokens', async () => {
    const token = await managementToken(azure);
    const from = azure.requests.length;
    await ask(azure, `${azure.endpoints.resourceManager}/subscriptions?api-version=2022-12-01&secret=x`, {
      token,
    });
    assert.deepEqual(azure.requests.slice(from), [
      {
        service: 'resourceManager',
        method: 'GET',
        path: '/subscriptions',
        apiVersion: '2022-12-01',
        status: 200,
      },
    ]);
  });

  it('makes the same organisation of a size twice, spread over tenants, kinds and modes', async () => {
    const size = { subscriptions: 9, clusters: 300, tenants: 3 };
    const one = await startLocalAzure(size);
    const other = await startLocalAzure(size);
    try {
      const ids = ({ organisation }: LocalAzure) => organisation.resources.map(({ id }) => id);
      assert.deepEqual(ids(one), ids(other));
      assert.equal(new Set(ids(one)).size, 300);
      const { resources, subscriptions, tenants } = one.organisation;
      assert.equal(tenants.length, 3);
      for (const { subscriptionId } of subscriptions) {
        const types = new Set(
          resources.filter((each) => each.subscriptionId === subscriptionId).map(({ type }) => type),
        );
        assert.equal(types.size, 3, subscriptionId);
      }
      const token = await managementToken(one, { tenant: 'partner2.example' });
      const url = `${one.endpoints.resourceManager}/providers/Microsoft.ResourceGraph/resources?api-version=2024-04-01`;
      const answer = await ask(one, url, {
        method: 'POST',
        token,
        body: { query: 'resources | project id' },
      });
      assert.equal(member(answer.body, 'totalRecords'), 100);
    } finally {
      await Promise.all([one.close(), other.close()]);
    }
  });

  it('takes the ports it is given, and says so when one is taken', async () => {
    const port = Number(new URL(azure.endpoints.echo).port);
    await assert.rejects(startLocalAzure({ ports: { echo: port } }), /EADDRINUSE/);
  });

  it('has no option to listen elsewhere', async () => {
    const run = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), '--host', '0.0.0.0']);
    let text = '';
    run.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const [code] = (await once(run, 'close')) as [number | null];
    assert.equal(code, 1);
    assert.match(text, /^Unknown option '--host'/);
  });

  it('runs from the command line until it is told to stop', async () => {
    const file = join(tmpdir(), `local-azure-${process.pid}.pem`);
    const main = join(import.meta.dirname, 'main.ts');
    const rule = JSON.stringify({ fault: { kind: 'status', status: 418 }, service: 'echo' });
    const run = spawn(process.execPath, [
      main,
      '--no-gateways',
      '--ca-file',
      file,
      '--clusters',
      '20',
      '--fail',
      rule,
    ]);
    try {
      let text = '';
      run.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
      while (!text.includes('Sign in as')) await once(run.stdout, 'data');
      assert.match(text, /10 subscriptions, 20 resources/);
      const echo = /echo\s+(\S+)/.exec(text)?.[1] ?? '';
      const outside = { ...azure, certificateAuthority: await readFile(file, 'utf8') };
      assert.equal((await ask(outside, echo)).status, 418);
      run.kill('SIGINT');
      const [code] = (await once(run, 'exit')) as [number | null];
      assert.equal(code, 0);
    } finally {
      run.kill('SIGKILL');
      await rm(file, { force: true });
    }
  });
});

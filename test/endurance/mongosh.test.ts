import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Door } from '../../src/core/azure/door.ts';
import type { Cluster } from '../../src/core/clusters/cluster.ts';
import { clusterOfResource } from '../../src/core/clusters/query.ts';
import { cloudOf } from '../../src/core/identity/clouds.ts';
import type { Cloud } from '../../src/core/identity/clouds.ts';
import { findable, resolverOf } from '../../src/core/sessions/hosts.ts';
import type { Resolver } from '../../src/core/sessions/hosts.ts';
import { MongoSessions } from '../../src/core/sessions/mongo.ts';
import { addressOf, environmentOf, findMongosh, inTime, launchOf } from '../../src/core/sessions/mongosh.ts';
import { openPlainTokenFile } from '../../src/core/sessions/tokenFile.ts';
import type { TokenFile, TokenSupply } from '../../src/core/sessions/tokenFile.ts';
import { openTokenPipe } from '../../src/core/sessions/tokenPipe.ts';
import type { LocalAzure } from '../local-azure/azure.ts';
import { suffixes } from '../local-azure/hosts.ts';
import type { MongoCluster } from '../local-azure/organisation.ts';
import { samplePeople } from '../local-azure/samplePeople.ts';
import { audiences, failureOf, setStage, startAzure } from '../core/stage.ts';
import type { Stage } from '../core/stage.ts';

const { kai } = samplePeople();
const suffix = suffixes.mongoClusters;
const host = `orders-eu.${suffix}`;
const never = new AbortController().signal;
const real = join(
  dirname(createRequire(import.meta.url).resolve('mongosh/package.json')),
  'bin',
  'mongosh.js',
);

let azure: LocalAzure;
let folder: string;

function localCloud(settings: Readonly<Record<string, unknown>> = {}): Cloud {
  return cloudOf('custom', {
    ...azure.endpoints,
    authenticationProvider: 'local',
    audiences,
    hosts: { mongoClusters: [suffix] },
    nameServer: azure.nameServer?.address,
    ...settings,
  });
}

/** Somebody whose tokens live for so many seconds. */
function begin(lifetimeSeconds = 3600, resolver: Partial<Resolver> = {}, cloud = localCloud()) {
  const stage = setStage(azure, {
    cloud,
    token: ({ caller, resource }) =>
      azure.issueToken(caller.account.label, {
        tenant: caller.tenant,
        resource,
        // Tokens end with a whole second, and so does the database's belief in them.
        lifetimeSeconds: lifetimeSeconds + (Date.now() % 1000 > 800 ? 1 : 0),
      }),
  });
  const usual = resolverOf(cloud);
  const door: Door = { ...stage.door, cloud };
  const sessions = new MongoSessions(door, stage.tokens, undefined, {
    members: (name) => usual.members(name),
    addresses: (name) => usual.addresses(name),
    ...resolver,
  });
  return { stage, sessions, cluster: cluster(stage) };
}

function cluster(stage: Stage, at = host): Cluster {
  const found = azure.organisation.resources.find(({ name }) => name === 'orders-eu') as MongoCluster;
  const { id, name, type, properties } = found;
  const connectionString = `mongodb+srv://<user>:<password>@${at}/?tls=true`;
  const known = { id, name, type, properties: { ...properties, connectionString } };
  return clusterOfResource(known, stage.caller('Contoso'), true) ?? assert.fail();
}

/** The real mongosh, as a terminal starts it, with somebody who types. */
function startShell(address: string, tokenFile: string) {
  const child = spawn(process.execPath, [real, address, '--quiet', '--norc'], {
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem'),
      NO_COLOR: '1',
      ...environmentOf(tokenFile),
    },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => (output += text.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  let count = 0;
  return {
    pid: child.pid,
    ended,
    get output() {
      return output;
    },
    /** What the shell prints of an expression. */
    async ask(expression: string): Promise<string> {
      const mark = `answer-${++count}`;
      child.stdin.write(
        `try { print('${mark}=' + (${expression}) + ';') } catch (e) { print('${mark}=' + e.code + ' ' + e.message + ';') }\n`,
      );
      for (;;) {
        const said = new RegExp(`${mark}=([^;']*);`).exec(output)?.[1];
        if (said !== undefined) return said;
        if (child.exitCode !== null || child.signalCode !== null) assert.fail(output);
        await sleep(10);
      }
    },
    async close() {
      child.stdin.end();
      child.kill();
      await ended;
    },
  };
}

const whoAmI = 'db.runCommand({ connectionStatus: 1 }).authInfo.authenticatedUsers[0].user';

describe('mongosh, as oneself:', function () {
  this.timeout(300_000);
  const opened: { close(): unknown }[] = [];
  before(async () => {
    azure = await startAzure({ gateways: true });
    folder = await mkdtemp(join(tmpdir(), 'mongosh-test-'));
    await writeFile(join(folder, 'authority.pem'), azure.certificateAuthority);
  });
  after(async () => {
    await azure.close();
    await rm(folder, { recursive: true });
  });
  afterEach(async () => {
    for (const one of opened.splice(0).toReversed()) await one.close();
  });

  async function open(
    lifetimeSeconds: number,
    make: (supply: TokenSupply) => Promise<TokenFile>,
  ): Promise<{
    readonly stage: Stage;
    readonly shell: ReturnType<typeof startShell>;
    readonly failures: string[];
  }> {
    const { stage, sessions, cluster } = begin(lifetimeSeconds);
    const failures: string[] = [];
    const file = await make({
      next: () => sessions.token(cluster),
      failed: ({ code }) => failures.push(code),
    });
    const shell = startShell(addressOf(await sessions.servers(cluster, never)), file.path);
    opened.push(file, shell);
    return { stage, shell, failures };
  }

  for (const [name, make, seconds, lifetimes] of [
    ['a pipe', openTokenPipe, 3, 40],
    // Who reads it finds a token of any age.
    ['a file', openPlainTokenFile, 5, 2],
  ] as const)
    it(`outlives its tokens, of which it gets the next from ${name}`, async () => {
      const { stage, shell, failures } = await open(seconds, make);
      // It takes its time to begin, and on a slow machine to answer.
      assert.equal(await shell.ask(whoAmI), kai.id, shell.output);
      const end = Date.now() + lifetimes * seconds * 1000;
      for (let asked = 0; Date.now() < end || asked <= lifetimes; asked++) {
        assert.equal(await shell.ask(whoAmI), kai.id, shell.output);
        await sleep(300);
      }
      assert.deepEqual(failures, []);
      assert.ok(stage.issued.length >= lifetimes, `${stage.issued.length}`);
      for (const token of stage.issued) assert.ok(!shell.output.includes(token.slice(-40)));
    });

  describe('is not started', () => {
    it('where Azure names a host, or a name leads to one, that is not the cloud’s', async () => {
      const { sessions, stage } = begin();
      const stranger = 'orders-eu.example.com';
      assert.deepEqual(await failureOf(sessions.servers(cluster(stage, stranger), never)), {
        code: 'hostRefused',
        host: stranger,
      });
      const elsewhere = begin(3600, { members: async () => [{ host: stranger, port: 10_260 }] });
      assert.deepEqual(await failureOf(elsewhere.sessions.servers(elsewhere.cluster, never)), {
        code: 'hostRefused',
        host: stranger,
      });
      const member = `fc-orders-eu-000.${suffix}`;
      const cloud = localCloud({ resourceManager: 'https://management.example.com' });
      const away = begin(3600, {}, cloud);
      assert.deepEqual(await failureOf(away.sessions.servers(away.cluster, never)), {
        code: 'hostRefused',
        host: member,
        address: '127.0.0.1',
      });
      assert.deepEqual([...stage.asked, ...elsewhere.stage.asked, ...away.stage.asked], []);
    });

    it('when it is missing, says nothing of itself, or is too old', async () => {
      const needed = '2.3.4';
      const path = join(folder, 'none');
      assert.deepEqual(await failureOf(findMongosh(path, never)), {
        code: 'noMongosh',
        path,
        version: undefined,
        needed,
      });
      assert.equal((await failureOf(findMongosh('mongosh', never))).code, 'noMongosh');
      const versions: readonly (readonly [string, boolean])[] = [
        ['2.3.4', true],
        ['2.3.10', true],
        ['2.10.0', true],
        ['10.0.0', true],
        ['2.3.5-beta.1', true],
        ['2.3.3', false],
        ['2.2.15', false],
        ['1.10.6', false],
        ['0.9.9', false],
        ['2.3.4-rc.1', false],
        ['v24.1.0', false],
        ['no version', false],
      ];
      for (const [version, isGood] of versions) {
        const file = await pretend(version);
        if (isGood) assert.equal(await findMongosh(file, never), file);
        else assert.equal((await failureOf(findMongosh(file, never))).code, 'noMongosh', version);
      }
      const old = await failureOf(findMongosh(await pretend('2.3.3'), never));
      assert.equal(old.code === 'noMongosh' && old.version, '2.3.3');
    });

    it('when the person does not wait for it', async () => {
      const file = await pretend('2.3.4', 'sleep 60;');
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 50);
      assert.deepEqual(await failureOf(findMongosh(file, stop.signal)), { code: 'cancelled' });
    });
  });

  it('is the one that a shell finds, by its whole path', async () => {
    const file = await pretend('2.5.0');
    const [before, home] = [process.env['PATH'], process.cwd()];
    try {
      process.env['PATH'] = [dirname(file), before].join(delimiter);
      assert.equal(await findMongosh('', never), file);
      // The second leads to it from where this process is now, and to another from elsewhere.
      process.chdir(dirname(file));
      for (const path of ['/nowhere', '.']) {
        process.env['PATH'] = path;
        const failure = await failureOf(findMongosh('', never));
        assert.equal(failure.code === 'noMongosh' && failure.path, undefined);
      }
    } finally {
      process.chdir(home);
      process.env['PATH'] = before;
    }
  });

  it('is told of the servers that were looked at, and of nobody', async () => {
    const { sessions, cluster } = begin();
    const [server, ...rest] = await sessions.servers(cluster, never);
    assert.deepEqual([server?.host, rest], ['127.0.0.1', []]);
    const cloud = cloudOf('public', undefined);
    const members = [
      { host: 'a.mongocluster.cosmos.azure.com', port: 10_260 },
      { host: 'b.mongocluster.cosmos.azure.com', port: 10_261 },
    ];
    const address = addressOf(await findable(cloud, resolverOf(cloud), members));
    assert.equal(
      address,
      'mongodb://a.mongocluster.cosmos.azure.com:10260,b.mongocluster.cosmos.azure.com:10261/?tls=true&authMechanism=MONGODB-OIDC&authMechanismProperties=ENVIRONMENT:k8s&retryWrites=false&maxIdleTimeMS=120000',
    );
    assert.deepEqual(launchOf('/bin/mongosh', [address]), { file: '/bin/mongosh', arguments: [address] });
    assert.deepEqual(environmentOf('/tmp/x'), { AZURE_FEDERATED_TOKEN_FILE: '/tmp/x' });
  });

  it('is let go before its patience ends, where the editor never answers', async () => {
    const { cluster } = begin();
    const original = globalThis.setTimeout;
    let limit = 0;
    const hurried = (run: () => void, milliseconds = 0) => original(run, (limit = milliseconds) / 1000);
    globalThis.setTimeout = Object.assign(hurried, original);
    try {
      const failure = await failureOf(inTime(new Promise(() => undefined), cluster.caller));
      assert.deepEqual(failure, { code: 'signInNeeded', tenant: cluster.caller.tenant });
    } finally {
      globalThis.setTimeout = original;
    }
    assert.ok(limit < 60_000);
    assert.equal(await inTime(Promise.resolve('token'), cluster.caller), 'token');
  });

  let pretended = 0;
  /** A program that says a version, and nothing else. */
  async function pretend(version: string, first = ''): Promise<string> {
    const home = join(folder, `pretended-${++pretended}`);
    await mkdir(home);
    const file = join(home, 'mongosh');
    await writeFile(file, `#!/bin/sh\n${first} echo '${version}'\n`);
    await chmod(file, 0o755);
    return file;
  }

  it('that is real says its version as it is read here', async () => {
    const file = join(folder, 'real');
    await writeFile(file, `#!/bin/sh\nexec '${process.execPath}' '${real}' "$@"\n`);
    await chmod(file, 0o755);
    assert.equal(await findMongosh(file, never), file);
    assert.match(await readFile(join(dirname(real), '../package.json'), 'utf8'), /"version": "2\./);
  });
});

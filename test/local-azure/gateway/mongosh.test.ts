import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createAuthority } from '../authority.ts';
import { Trial, people, token } from './trial.ts';

const shell = join(
  dirname(createRequire(import.meta.url).resolve('mongosh/package.json')),
  'bin',
  'mongosh.js',
);

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

describe('the gateway: the real mongosh', function () {
  this.timeout(30_000);
  let trial: Trial;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mongosh-'));
    const authority = await createAuthority();
    await writeFile(join(folder, 'authority.pem'), authority.certificate);
    trial = await Trial.start({}, { tls: await authority.issue(['127.0.0.1']) });
    const ca = { tls: true, ca: authority.certificate };
    const admin = trial.as(people.admin, ca).db('admin');
    const customData = {
      IdentityProvider: { type: 'MicrosoftEntraID', properties: { principalType: 'user' } },
    };
    const pair = ['clusterAdmin', 'readWriteAnyDatabase'].map((role) => ({ role, db: 'admin' }));
    await admin.command({ createUser: people.writer, roles: pair, customData });
    await admin.command({
      createUser: people.reader,
      roles: [{ role: 'readAnyDatabase', db: 'admin' }],
      customData,
    });
  });
  after(async () => {
    await trial.stop();
    await rm(folder, { recursive: true });
  });

  /** Runs a script as a person, who is known by nothing but a token in a file. */
  async function run(oid: string, script: string): Promise<Outcome> {
    const file = join(folder, `${oid}.jwt`);
    await writeFile(file, `${await token(oid)}\n`, { mode: 0o600 });
    const uri =
      `mongodb://127.0.0.1:${trial.gateway.port}/shop?authMechanism=MONGODB-OIDC&tls=true&retryWrites=false` +
      '&authMechanismProperties=ENVIRONMENT:k8s';
    const options = ['--quiet', '--norc', '--tlsCAFile', join(folder, 'authority.pem'), '--eval', script];
    const child = spawn(process.execPath, [shell, uri, ...options], {
      env: { PATH: process.env['PATH'], HOME: folder, AZURE_FEDERATED_TOKEN_FILE: file, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    try {
      const code = await new Promise<number | null>((resolve, reject) => {
        child.once('error', reject);
        child.once('close', resolve);
      });
      return { code, output };
    } finally {
      await rm(file);
    }
  }

  it('signs in, reads and writes, as somebody who may', async () => {
    const { code, output } = await run(
      people.writer,
      `print(db.runCommand({ connectionStatus: 1 }).authInfo.authenticatedUsers[0].user);
       print(db.items.insertMany([{ n: 1 }, { n: Long('9007199254740993') }, { n: NumberDecimal('1.50') }]).acknowledged);
       print(db.items.find({ n: { $gt: 1 } }).sort({ n: 1 }).toArray().map((item) => item.n.toString()).join(' '));
       print(db.items.aggregate([{ $group: { _id: null, sum: { $sum: '$n' } } }]).next().sum.toString());
       print(db.getCollectionNames().join());
       print(db.adminCommand({ listDatabases: 1 }).databases.map(({ name }) => name).join());
       print(db.items.createIndex({ n: 1 }), db.items.getIndexes().length, db.items.countDocuments());
       print(db.items.updateOne({ n: 1 }, { $inc: { n: 1 } }).modifiedCount, db.items.deleteMany({}).deletedCount);`,
    );
    assert.deepEqual(output.trim().split('\n'), [
      people.writer,
      'true',
      '1.50 9007199254740993',
      '9007199254740995.50',
      'items',
      'shop',
      'n_1 2 3',
      '1 3',
    ]);
    assert.equal(code, 0);
  });

  it('reads, and is refused to write, as somebody who may only read', async () => {
    const { output } = await run(
      people.reader,
      `print(db.items.find().toArray().length >= 0);
       try { db.items.insertOne({ n: 1 }); } catch (error) { print(error.code, error.message); }`,
    );
    assert.deepEqual(output.trim().split('\n'), ['true', '13 User is not authorized to perform this action']);
  });
});

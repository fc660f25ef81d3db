import assert from 'node:assert/strict';
import type { MongoClient } from 'mongodb';
import { kai, changingOn, swift } from './changing.ts';
import { driverOf, mayAt } from './driver.ts';
import { matchesGolden } from './golden.ts';
import { behave, change, clusterId } from './localAzure.ts';
import { onScene } from './scene.ts';

const robin = 'robin@contoso.com';
const unauthorized = 13;
const authenticationFailed = 18;

describe('from passwords and keys to people', () => {
  const scene = onScene();
  const { access, does, grant, last, record, writes } = changingOn(scene);
  const drivers: MongoClient[] = [];
  const driver = async (cluster: string): Promise<MongoClient> => {
    const opened = await driverOf(robin, cluster);
    drivers.push(opened);
    return opened;
  };
  beforeEach(swift);
  afterEach(() => Promise.all(drivers.splice(0).map((opened) => opened.close())));

  it('a DocumentDB cluster: Entra on, me, a colleague who reads, writes, and is gone', async () => {
    await change(clusterId('legacy-shop'), { properties: { clusterStatus: 'Ready' } });
    await scene.enter(kai);
    const row = await scene.cluster('legacy-shop');
    assert.deepEqual(await mayAt(await driver('legacy-shop')), {
      read: authenticationFailed,
      write: authenticationFailed,
    });

    await does('addMe', row, 'Administrator', 'Turn Entra On and Add');
    assert.match(scene.again(row).description, /^Entra \+ password/);
    await does('addUser', row, ['robin', 'Robin Reyes'], 'Read only', 'Add');
    assert.equal(last(), 'Robin Reyes has access to legacy-shop: Read only. [Undo]');
    assert.deepEqual(await access('legacy-shop'), [
      'Kai Carter (you), Administrator',
      'Robin Reyes, Read only',
      'dbadmin, Administrator · signs in with a password',
    ]);
    assert.deepEqual(await mayAt(await driver('legacy-shop')), { read: 'yes', write: unauthorized });

    const asReader = await grant('legacy-shop', 'Robin Reyes');
    await does('changeRole', asReader, 'Read and write', 'Change Role');
    assert.equal(last(), 'Robin Reyes is now Read and write on legacy-shop. [Undo]');
    const session = await driver('legacy-shop');
    assert.deepEqual(await mayAt(session), { read: 'yes', write: 'yes' });

    await does('changeAuthModes', row, 'Entra only', 'Change');
    assert.match(scene.again(row).description, /^Entra only/);
    await does('removeAccess', await grant('legacy-shop', 'Robin Reyes'), 'Remove');
    assert.equal(last(), 'Robin Reyes no longer has Read and write on legacy-shop. [Undo]');
    assert.deepEqual(await mayAt(session), { read: unauthorized, write: unauthorized }, 'a live session');
    assert.deepEqual(
      await mayAt(await driver('legacy-shop')),
      { read: authenticationFailed, write: authenticationFailed },
      'a new one',
    );

    await does('removeAccess', await grant('legacy-shop', 'Kai Carter (you)'));
    assert.match(last(), /^This is the last Entra administrator of legacy-shop.* \[Add Entra User…\]$/);
    assert.deepEqual(await access('legacy-shop'), [
      'Kai Carter (you), Administrator',
      'dbadmin, Administrator · password sign-in is off',
    ]);
    assert.deepEqual(record(), [
      'legacy-shop setModes entra native started',
      'legacy-shop setModes entra native done',
      'legacy-shop addGrant Kai Carter administrator started',
      'legacy-shop addGrant Kai Carter administrator done',
      'legacy-shop addGrant Robin Reyes readOnly started',
      'legacy-shop addGrant Robin Reyes readOnly done',
      'legacy-shop changeRole Robin Reyes readWrite started',
      'legacy-shop changeRole Robin Reyes readWrite done',
      'legacy-shop setModes entra started',
      'legacy-shop setModes entra done',
      'legacy-shop removeGrant Robin Reyes readWrite started',
      'legacy-shop removeGrant Robin Reyes readWrite done',
      'legacy-shop removeGrant Kai Carter administrator stopped (lastAdministrator)',
    ]);
    await matchesGolden('journey-documentdb', `${scene.stage.heard.join('\n\n')}\n`);
  });

  it('an account: a group on one container, another role, no keys any more', async () => {
    await scene.enter(kai);
    const row = await scene.cluster('catalog');
    const group = '960f9000-0000-4000-8000-000000000001';
    await does('addGroup', row, [group, group], 'Data Reader', 'shop/orders', 'Add');
    assert.ok((await access('catalog')).includes('960f9000…0001, Data Reader · on shop/orders'));
    const reader = await grant('catalog', '960f9000…0001');
    await does('changeRole', reader, 'Data Contributor', 'Change Role');
    assert.ok((await access('catalog')).includes('960f9000…0001, Data Contributor · on shop/orders'));
    await does('changeAuthModes', row, 'Entra only', 'Change');
    assert.match(scene.again(row).description, /^Entra only/);
    await does('removeAccess', await grant('catalog', '960f9000…0001'), 'Remove');
    assert.ok(!(await access('catalog')).some((line) => line.startsWith('960f9000…0001')));
    const assignments = writes().map((sent) => sent.replace(/[\da-f]{8}(-[\da-f]{4,12}){4}$/, ''));
    assert.deepEqual(assignments, [
      'PUT catalog/sqlRoleAssignments/',
      'PUT catalog/sqlRoleAssignments/',
      'DELETE catalog/sqlRoleAssignments/',
      'PATCH catalog',
      'DELETE catalog/sqlRoleAssignments/',
    ]);
    await matchesGolden('journey-account', `${scene.stage.heard.join('\n\n')}\n`);
  });

  it('a PostgreSQL cluster: a role under a name of its own, another, and passwords off', async () => {
    await behave({ postgresTakesAuthConfig: true });
    await scene.enter(kai);
    const row = await scene.cluster('ledger');
    await does('addUser', row, ['robin', 'Robin Reyes'], 'Administrator', 'robin.reyes', 'Add');
    assert.deepEqual(await access('ledger'), [
      'Kai Carter (you), User · as kai.carter',
      'Robin Reyes, Administrator · as robin.reyes',
      'nightly_export, User · service principal',
      'citus, Administrator · signs in with a password',
    ]);
    await does('changeRole', await grant('ledger', 'Kai Carter (you)'), 'Administrator', 'Change Role');
    await does('changeAuthModes', row, 'Entra only', 'Change');
    assert.match(scene.again(row).description, /^Entra only/);
    await does('removeAccess', await grant('ledger', 'Robin Reyes'), 'Remove');
    assert.deepEqual(await access('ledger'), [
      'Kai Carter (you), Administrator · as kai.carter',
      'nightly_export, User · service principal',
      'citus, Administrator · password sign-in is off',
    ]);
    assert.deepEqual(writes(), [
      'PUT ledger/roles/robin.reyes',
      'DELETE ledger/roles/kai.carter',
      'PUT ledger/roles/kai.carter',
      'PATCH ledger',
      'DELETE ledger/roles/robin.reyes',
    ]);
    await matchesGolden('journey-postgresql', `${scene.stage.heard.join('\n\n')}\n`);
  });
});

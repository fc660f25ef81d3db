import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import type { AuditLine } from '../../src/core/audit/audit.ts';
import type { Resource } from '../local-azure/organisation.ts';
import { samplePeople } from '../local-azure/samplePeople.ts';
import type { Person } from './person.ts';
import { onStage } from './stage.ts';

const people = samplePeople();
const unauthorized = 13;
const authenticationFailed = 18;

/** One story of an owner who moves clusters from passwords and keys to people: each step begins where the one before it ended. */
describe('an owner with the packaged extension', () => {
  const sessions: MongoClient[] = [];
  // Before the stage goes, which they are connected to.
  after(() => Promise.all(sessions.map((session) => session.close())));
  const stage = onStage();
  const { picture, clipboard } = stage;
  let kai: Person;

  before(() => {
    ({ kai } = stage);
    const { properties } = resource('legacy-shop', 'Microsoft.DocumentDB/mongoClusters');
    properties.clusterStatus = 'Ready';
    pace({ operationPolls: 0, lockMs: 0 });
  });

  function resource<T extends Resource['type']>(name: string, type: T): Resource & { type: T } {
    const found = stage.azure.organisation.resources.find((one) => one.name === name);
    return found?.type === type ? (found as Resource & { type: T }) : assert.fail(name);
  }

  /** How fast Azure is from now on. */
  const pace = (behaviour: Readonly<Record<'operationPolls' | 'lockMs', number>>): void =>
    void Object.assign(stage.azure.organisation.behaviour, behaviour);

  /** A driver of Robin's own: nothing of the extension's is in it. */
  const robinAt = (cluster: string): MongoClient => {
    const { azure } = stage;
    const order = { tenant: 'contoso.com', resource: 'https://ossrdbms-aad.database.windows.net' };
    const session = new MongoClient(`mongodb://127.0.0.1:${azure.gateways.get(cluster)?.port}/`, {
      tls: true,
      ca: azure.certificateAuthority,
      retryWrites: false,
      serverSelectionTimeoutMS: 5000,
      authMechanism: 'MONGODB-OIDC',
      authMechanismProperties: {
        OIDC_CALLBACK: async () => ({ accessToken: await azure.issueToken('robin@contoso.com', order) }),
      },
    });
    sessions.push(session);
    return session;
  };

  /** What a session may do: where the database refuses, its number for that. */
  const may = async (session: MongoClient): Promise<{ read: unknown; write: unknown }> => {
    const carts = session.db('shop').collection('carts');
    const outcome = (work: Promise<unknown>): Promise<unknown> =>
      work.then(
        () => 'yes',
        (error: { readonly code?: number; readonly name: string }) => error.code ?? error.name,
      );
    return { read: await outcome(carts.findOne()), write: await outcome(carts.insertOne({ by: 'a test' })) };
  };

  /** The names of the rows between two, as a screen reader says them. */
  const rowsBetween = async (first: string, last: string): Promise<readonly string[]> => {
    const rows = await kai.rows();
    const index = (start: string): number => rows.findIndex((row) => row.startsWith(start));
    return rows.slice(index(first) + 1, index(last));
  };

  it('signs in', async () => {
    await kai.signIn();
    await kai.widen(450);
    await kai.expand(/^legacy-shop/);
  });

  it('turns Entra on and adds themselves, with one review and one second factor', async () => {
    // The cluster keeps its lock: the second change meets it.
    pace({ operationPolls: 1000, lockMs: 600_000 });
    await kai.choose(/^legacy-shop/, 'Add Me…');
    await kai.asked(/^What may Kai Carter do on legacy-shop\?/);
    await kai.pick(/^Administrator/);
    await kai.reviews(/legacy-shop: 2 changes/);
    for (const option of ['Change ways in to Entra + password', 'Add Kai Carter as Administrator'])
      await kai.page.getByRole('option', { name: option, exact: true }).waitFor();
    await kai.page.getByRole('option', { name: 'Turn Entra On and Add', exact: true }).click();

    await kai.row(/^Change ways in to Entra \+ password, waits for your sign-in/).waitFor();
    await kai.row(/^legacy-shop, being changed · Password only/).waitFor();
    await kai.answer(/wants to sign in/, 'Allow');
    await kai.answer(/approve the sign-in of kai@contoso\.com with a second factor/, 'Approve');
    await kai.row(/^Change ways in to Entra \+ password, Azure is working on it/).waitFor();
    pace({ operationPolls: 0, lockMs: 600_000 });
    // A second factor is not asked for again: this would wait behind its dialog.
    await kai.row(/^Add Kai Carter as Administrator, waits until the cluster is free/).waitFor();
    await kai.row(/^legacy-shop, being changed · Entra \+ password/).waitFor();
    pace({ operationPolls: 0, lockMs: 0 });
    await kai
      .told(/legacy-shop: Entra \+ password\. Kai Carter has access to legacy-shop: Administrator\./)
      .waitFor();
    await kai.row(/^legacy-shop, Entra \+ password · DocumentDB/).waitFor();
    await kai.expand(/^Access to legacy-shop/);
    await kai.row(/^Kai Carter \(you\), Administrator$/).waitFor();
    const refused = stage.azure.requests.filter(
      ({ method, status }) => /^(PATCH|PUT)$/.test(method) && status === 401,
    );
    assert.equal(refused.length, 1);
    await kai.dismiss();
  });

  it('adds a colleague by name as a reader, who reads and may not write', async () => {
    assert.deepEqual(await may(robinAt('legacy-shop')), {
      read: authenticationFailed,
      write: authenticationFailed,
    });
    await kai.press(/^Access to legacy-shop/, 'Add Entra User…');
    await kai.finds('robin', /^Robin Reyes, robin@contoso\.com/);
    await kai.asked(/^What may Robin Reyes do on legacy-shop\?/);
    await kai.pick(/^Read only/);
    await kai.reviews(/legacy-shop: Add Robin Reyes as Read only/);
    await kai.pick(/^Add$/);
    await kai.told(/Robin Reyes has access to legacy-shop: Read only\./).waitFor();
    await kai.row(/^Robin Reyes, Read only$/).waitFor();
    assert.deepEqual(await rowsBetween('Access to legacy-shop', 'Databases of legacy-shop'), [
      'Kai Carter (you), Administrator',
      'Robin Reyes, Read only',
      'dbadmin, Administrator · signs in with a password',
    ]);
    assert.deepEqual(await may(robinAt('legacy-shop')), { read: 'yes', write: unauthorized });
    await kai.dismiss();
  });

  it('lets them write, after reading what that does to their sessions', async () => {
    await kai.choose(/^Robin Reyes/, 'Change Role…');
    await kai.asked(/^Robin Reyes is Read only on legacy-shop\. Which role instead\?/);
    assert.equal(await kai.page.getByRole('option', { name: /^Read only/ }).count(), 0);
    await kai.pick(/^Read and write/);
    const dialog = kai.told(/legacy-shop: Change Robin Reyes from Read only to Read and write\?/);
    await dialog.getByText(/Until that is done they have no access, and their sessions break\./).waitFor();
    await kai.answer(/Change Robin Reyes/, 'Change Role');
    await kai.told(/Robin Reyes is now Read and write on legacy-shop\./).waitFor();
    await kai.row(/^Robin Reyes, Read and write$/).waitFor();
    assert.deepEqual(await may(robinAt('legacy-shop')), { read: 'yes', write: 'yes' });
    await kai.dismiss();
  });

  it('takes access away with the button on the row: from the session that is open, too', async () => {
    const live = robinAt('legacy-shop');
    assert.deepEqual(await may(live), { read: 'yes', write: 'yes' });
    await kai.press(/^Robin Reyes/, 'Remove Access…');
    await kai.answer(/legacy-shop: Remove Robin Reyes \(Read and write\)\?/, 'Cancel');
    await kai.row(/^Robin Reyes, Read and write$/).waitFor();
    await kai.press(/^Robin Reyes/, 'Remove Access…');
    await kai.answer(/legacy-shop: Remove Robin Reyes \(Read and write\)\?/, 'Remove');
    await kai.told(/Robin Reyes no longer has Read and write on legacy-shop\./).waitFor();
    await kai.row(/^Robin Reyes/).waitFor({ state: 'detached' });
    assert.deepEqual(await may(live), { read: unauthorized, write: unauthorized });
    assert.deepEqual(await may(robinAt('legacy-shop')), {
      read: authenticationFailed,
      write: authenticationFailed,
    });
    await kai.dismiss();
  });

  it('is kept from removing the last administrator, and shown the way', async () => {
    await kai.choose(/^Kai Carter \(you\)/, 'Remove Access…');
    await kai.answer(
      /This is the last Entra administrator of legacy-shop\. Add another one first/,
      'Add Entra User…',
    );
    await kai.asked(/Add people to legacy-shop$/);
    await kai.page.keyboard.press('Escape');
    await kai.row(/^Kai Carter \(you\), Administrator$/).waitFor();
  });

  it('turns passwords off, after reading what stops', async () => {
    await kai.choose(/^legacy-shop/, 'Change Authentication Modes…');
    await kai.asked(/^Which ways into legacy-shop\? Now: Entra \+ password/);
    await kai.page.getByRole('option', { name: /^Entra \+ password, current/ }).waitFor();
    await kai.pick(/^Entra only/);
    const dialog = kai.told(/legacy-shop: Change ways in to Entra only\?/);
    await dialog.getByText(/Everything that signs in with a password stops: dbadmin\./).waitFor();
    await dialog.getByText(/The shell in the portal stops working/).waitFor();
    assert.equal(await dialog.getAttribute('aria-modal'), 'true');
    await picture('access-entra-only');
    await kai.answer(/Change ways in to Entra only/, 'Change');
    await kai.told(/legacy-shop: Entra only\./).waitFor();
    await kai.row(/^legacy-shop, Entra only · DocumentDB/).waitFor();
    await kai.row(/^dbadmin, Administrator · password sign-in is off$/).waitFor();
    await kai.dismiss();
  });

  it('waits for a lock and a limit, reads why Azure failed, and retries', async () => {
    const message = 'The node did not come back.';
    for (const fault of [
      refusal(409, 'Conflict'),
      refusal(429, 'RateLimiting', { 'retry-after': '6' }),
      { kind: 'failedOperation', code: 'InternalServerError', message } as const,
    ])
      stage.azure.faults.add({ fault, method: 'PUT', path: '/legacy-shop/users/' });
    await kai.choose(/^Access to legacy-shop/, 'Add Entra User…');
    await kai.finds('taylor', /^Taylor Ito/);
    await kai.pick(/^Administrator/);
    await kai.reviews(/legacy-shop: Add Taylor Ito as Administrator/);
    await kai.pick(/^Add$/);
    await kai.row(/^Add Taylor Ito as Administrator, waits until the cluster is free/).waitFor();
    await kai.row(/^Add Taylor Ito as Administrator, Azure asks to wait 6 s/).waitFor();
    const failed =
      /Add Taylor Ito as Administrator \(legacy-shop\): Azure took the change on and could not make it: InternalServerError\. Nothing of it holds\.\s+The node did not come back\./;
    await kai.told(failed).waitFor();
    // What could not be made is listed all the same, and lets nobody in.
    await kai.row(/^Taylor Ito, .*Failed/).waitFor();
    await kai.answer(failed, 'Retry');
    await kai.told(/Taylor Ito has access to legacy-shop: Administrator\./).waitFor();
    await kai.row(/^Taylor Ito, Administrator$/).waitFor();
    await kai.dismiss();
  });

  it('calls back a change that waits', async () => {
    const fault = refusal(409, 'Conflict');
    stage.azure.faults.add({ fault, method: 'PATCH', path: '/mongoClusters/legacy-shop$', times: 0 });
    await kai.choose(/^legacy-shop/, 'Change Authentication Modes…');
    await kai.pick(/^Entra \+ password/);
    await kai.asked(/^New password of dbadmin/);
    await kai.page.keyboard.press('Enter');
    await kai.reviews(/legacy-shop: Change ways in to Entra \+ password/);
    await kai.pick(/^Change$/);
    await kai.press(/^Change ways in to Entra \+ password, waits until the cluster is free/, 'Cancel Change');
    await kai.row(/^Change ways in/).waitFor({ state: 'detached' });
    await kai.row(/^legacy-shop, Entra only/).waitFor();
    stage.azure.faults.clear();
    await kai.collapse(/^legacy-shop/);
  });

  it('gives a group one container of an account, by its object id', async () => {
    await kai.expand(/^catalog/);
    await kai.expand(/^Access to catalog/);
    await kai.choose(/^catalog/, 'Add Group…');
    await kai.asked(/Add a group to catalog$/);
    await kai.page.keyboard.type('Data Plat');
    await kai.page
      .getByRole('checkbox', { name: /cannot be searched.*paste an id instead/ })
      .first()
      .waitFor();
    await kai.retypes(people.dataPlatform.id);
    await kai.page.getByRole('checkbox', { name: `${people.dataPlatform.id}, use this id as it is` }).click();
    await kai.page.keyboard.press('Enter');
    await kai.pick(/^Data Reader/);
    await kai.asked(/^What shall it reach\?/);
    await kai.pick(/^shop\/orders/);
    await kai.reviews(/Add 960f9000-0000-4000-8000-000000000002 as Data Reader on shop\/orders/);
    await kai.pick(/^Add$/);
    await kai.row(/^960f9000…0002, Data Reader · on shop\/orders$/).waitFor();
    await kai.dismiss();
  });

  it('copies what it gave for a script', async () => {
    await kai.choose(/^960f9000…0002, Data Reader · on shop\/orders/, 'Copy as…');
    await kai.asked(/^Copy it as what\?/);
    await kai.pick(/^Azure CLI/);
    const written = await clipboard(/^az /m);
    assert.match(written, /^az rest --method put/m);
    assert.match(written, /catalog\/dbs\/shop\/colls\/orders/);
    assert.match(written, /960f9000-0000-4000-8000-000000000002/);
  });

  it('lets in their own address once they agreed to ask for it, and no longer', async () => {
    await kai.expand(/^Firewall of catalog/);
    await kai.row(/^No rule: open to every address/).waitFor();
    await kai.press(/^Firewall of catalog/, 'Add My IP to the Firewall…');
    await kai.asked(/^Which address may reach catalog\?/);
    await kai.pick(/^Find my address/);
    const { host } = new URL(stage.azure.endpoints.echo);
    await kai.answer(/Ask .* for your address\?/, `Ask ${host}`);
    await kai.asked(/^Addresses to let in to catalog/);
    await kai.holds(/^203\.0\.113\.77$/);
    await kai.page.keyboard.press('Enter');
    await kai.reviews(/catalog: Let in 203\.0\.113\.77\?/);
    await kai
      .told(/catalog: Let in/)
      .getByText(/With a first rule it is closed to all others\./)
      .waitFor();
    await kai.answer(/catalog: Let in/, 'Let In');
    await kai.told(/catalog lets in 203\.0\.113\.77\./).waitFor();
    await kai.row(/^203\.0\.113\.77$/).waitFor();
    await kai.dismiss();
    await kai.press(/^203\.0\.113\.77$/, 'Remove Firewall Rule…');
    // Without a rule an account is open to everyone again.
    await kai
      .told(/catalog: Stop letting in 203\.0\.113\.77\?/)
      .getByText(/every address of the internet/)
      .waitFor();
    await kai.answer(/catalog: Stop letting in/, 'Remove');
    await kai.told(/catalog no longer lets in 203\.0\.113\.77\./).waitFor();
    await kai.row(/^No rule: open to every address/).waitFor();
    await kai.dismiss();
    await kai.collapse(/^catalog/);
  });

  it('adds a colleague to PostgreSQL under a name to connect with', async () => {
    await kai.expand(/^ledger/);
    await kai.expand(/^Access to ledger/);
    await kai.choose(/^ledger/, 'Add Entra User…');
    await kai.finds('robin', /^Robin Reyes, robin@contoso\.com/);
    await kai.pick(/^User/);
    await kai.asked(/^The name to connect with/);
    await kai.page.keyboard.type('robin reyes');
    await kai.page.getByText('Letters, digits, dot, underscore and hyphen; 63 at most').waitFor();
    await kai.retypes('robin.reyes');
    await kai.page.keyboard.press('Enter');
    await kai.reviews(/ledger: Add Robin Reyes as User/);
    await kai.pick(/^Add$/);
    await kai.row(/^Robin Reyes, User/).waitFor();
    const { roles } = resource('ledger', 'Microsoft.DBforPostgreSQL/serverGroupsv2');
    assert.ok(roles.some(({ name }) => name === 'robin.reyes'));
    await kai.dismiss();
    await kai.collapse(/^ledger/);
  });

  it('adds a colleague with the keyboard alone, and takes it back', async () => {
    const { keyboard } = kai.page;
    const focused = (name: RegExp) => kai.page.getByRole('option', { name }).first().waitFor();
    await keyboard.press('F1');
    await kai.asked(/^Type the name of a command to run/);
    await keyboard.type('Cosmos Entra: Add Entra User');
    await focused(/^Cosmos Entra: Add Entra User…/);
    await keyboard.press('Enter');
    await kai.asked(/^Add people to which cluster\?/);
    await keyboard.type('carts-eu');
    await focused(/^carts-eu, Entra \+ password · DocumentDB, Contoso · Production/);
    await keyboard.press('Enter');
    await kai.asked(/Add people to carts-eu$/);
    await keyboard.type('robin');
    const robin = kai.page.getByRole('checkbox', { name: /^Robin Reyes, robin@contoso\.com/ });
    await robin.waitFor();
    // Without a tick it is the row one stands on: the first that was found.
    await keyboard.press('Enter');
    await kai.asked(/^What may Robin Reyes do on carts-eu\?/);
    await focused(/^Administrator/);
    await keyboard.press('ArrowDown');
    await keyboard.press('Enter');
    await kai.reviews(/carts-eu: Add Robin Reyes as Read and write/);
    await focused(/^Add$/);
    await keyboard.press('Enter');
    await kai.told(/Robin Reyes has access to carts-eu: Read and write\./).waitFor();
    const live = robinAt('carts-eu');
    assert.deepEqual(await may(live), { read: 'yes', write: 'yes' });

    await kai.answer(/Robin Reyes has access to carts-eu/, 'Undo');
    await kai.answer(/carts-eu: Remove Robin Reyes \(Read and write\)\?/, 'Undo');
    await kai.told(/Robin Reyes no longer has Read and write on carts-eu\./).waitFor();
    assert.deepEqual(await may(live), { read: unauthorized, write: unauthorized });
    await kai.dismiss();
  });

  it('takes pictures of a review and of a change under way, light and dark', async () => {
    // Wide enough for what a change says of itself.
    await kai.widen(530);
    await kai.expand(/^orders-eu/);
    await kai.expand(/^Access to orders-eu/);
    await kai.expand(/^Firewall of orders-eu/);
    await kai.row(/^office, 203\.0\.113\.0–203\.0\.113\.31$/).waitFor();
    await kai.row(/^Alex Moreau, Administrator$/).waitFor();
    await kai.press(/^Access to orders-eu/, 'Add Entra User…');
    await kai.asked(/Add people to orders-eu$/);
    for (const name of ['sam', 'alex']) {
      await kai.retypes(name);
      await kai.page.getByRole('checkbox', { name: new RegExp(`, ${name}@contoso\\.com`) }).click();
    }
    await kai.page.getByRole('button', { name: 'OK' }).click();
    await kai.pick(/^Administrator/);
    await kai.reviews(/orders-eu: Add Sam Okafor as Administrator/);
    await kai.page
      .getByRole('option', { name: /^Alex Moreau: They have this access to orders-eu already/ })
      .waitFor();
    await picture('access-review');
    pace({ operationPolls: 1000, lockMs: 0 });
    stage.azure.organisation.behaviour.operationMs = 600_000;
    await kai.pick(/^Add$/);
    await kai.row(/^Add Sam Okafor as Administrator, Azure is working on it/).waitFor();
    await picture('access-light');
    await kai.command('Preferences: Color Theme');
    await kai.pick(/^Dark Modern/);
    await kai.page.locator('.monaco-workbench.vs-dark').waitFor();
    await picture('access-dark');
    pace({ operationPolls: 0, lockMs: 0 });
    await kai.row(/^Sam Okafor, Administrator$/).waitFor();
    await kai.row(/^Add Sam Okafor/).waitFor({ state: 'detached' });
    await kai.dismiss();
  });

  it('reads in the audit log what was done and what was stopped, and exports it', async () => {
    await kai.command('Cosmos Entra: Open Audit Log');
    await kai.page
      .locator('.panel .view-lines')
      // Lines are broken where the panel ends.
      .filter({ hasText: /added\s+Sam\s+Okafor.*as\s+Administrator\s+to\s+orders-eu:\s+done/ })
      .waitFor();
    await kai.command('Cosmos Entra: Export Audit Log…');
    await kai.asked(/^Export which days\?/);
    await kai.pick(/^Everything/);
    await kai.holds(/cosmos-entra-audit-.*\.jsonl$/);
    await kai.page.keyboard.press('Enter');
    await kai.told(/The audit log is in .*\.jsonl/).waitFor();
    const [name] = (await readdir(stage.folder)).filter((file) => file.endsWith('.jsonl'));
    const text = await readFile(join(stage.folder, name ?? ''), 'utf8');
    assert.doesNotMatch(text, /eyJ[\w-]{10,}/);
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as AuditLine);
    assert.deepEqual(lines.flatMap(inShort), [
      'legacy-shop setModes done',
      'legacy-shop addGrant done',
      'legacy-shop addGrant done',
      'legacy-shop changeRole done',
      'legacy-shop removeGrant done',
      'legacy-shop removeGrant stopped: lastAdministrator',
      'legacy-shop setModes done',
      'legacy-shop addGrant failed',
      'legacy-shop addGrant done',
      'legacy-shop setModes cancelled',
      'catalog addGrant done',
      'catalog addRule done',
      'catalog removeRule done',
      'ledger addGrant done',
      'carts-eu addGrant done',
      'carts-eu removeGrant done',
      'orders-eu addGrant stopped: already',
      'orders-eu addGrant done',
    ]);
  });
});

/** What became of a change: tokens, and that a change began, are left out. */
function inShort(line: AuditLine): readonly string[] {
  if (line.event !== 'change' && line.event !== 'guard') return [];
  if (line.event === 'change' && line.outcome === 'started') return [];
  const outcome = line.event === 'guard' ? `stopped: ${line.guard.what}` : line.outcome;
  return [`${line.cluster.split('/').at(-1)} ${line.what.change} ${outcome}`];
}

/** Resource Manager's answer to a write that it does not take now. */
function refusal(status: number, code: string, headers: Readonly<Record<string, string>> = {}) {
  return { kind: 'status', status, headers, body: { error: { code, message: 'No.' } } } as const;
}

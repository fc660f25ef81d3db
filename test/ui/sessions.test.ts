import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Locator } from 'playwright-core';
import type { MongoCluster } from '../local-azure/organisation.ts';
import type { Person } from './person.ts';
import { onStage } from './stage.ts';

/** The files below a folder that hold a text. */
async function holding(folder: string, text: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries.filter((one) => one.isFile())) {
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    if (bytes.includes(text)) found.push(path);
  }
  return found;
}

/** One story of a developer who opens clusters as themselves: each step begins where the one before it ended. */
describe('a developer with the packaged extension', () => {
  const stage = onStage();
  const { clipboard, picture } = stage;
  let kai: Person;
  before(() => {
    ({ kai } = stage);
    // Whatever lives longer than this is asked for anew while somebody works.
    stage.azure.organisation.behaviour.tokenSeconds = 8;
  });

  const session = (name: RegExp): Locator =>
    kai.page.getByRole('tree', { name: 'Sessions' }).getByRole('treeitem', { name }).first();
  const gateway = (name: string) => stage.azure.gateways.get(name) ?? assert.fail(name);
  const heard = (name: string, command: string): number =>
    gateway(name).commands.filter((one) => one.name === command).length;
  const until = async (is: () => boolean): Promise<void> => {
    for (let tries = 0; !is(); tries++) {
      assert.ok(tries < 600, 'not in a minute');
      await kai.page.waitForTimeout(100);
    }
  };
  const resource = (name: string): MongoCluster => {
    const found = stage.azure.organisation.resources.find((one) => one.name === name);
    return found?.type === 'Microsoft.DocumentDB/mongoClusters' ? found : assert.fail(name);
  };

  it('signs in, and nothing connects', async () => {
    await kai.signIn();
    await kai.page.getByText('No session is open.').first().waitFor();
    await kai.widen(430);
    await kai.expand(/^orders-eu/);
    await kai.row(/^Databases of orders-eu, open a session to see them\. Enter: Open Session$/).waitFor();
    assert.equal(gateway('orders-eu').commands.length, 0);
  });

  it('opens a session with a double-click, and sees the databases and who they are', async () => {
    await kai.doubleClick(/^orders-eu/, /^Databases of orders-eu, Administrator/);
    await kai.row(/^shop$/).waitFor();
    await session(/^orders-eu, Administrator · token /).waitFor();
    assert.equal(heard('orders-eu', 'saslStart') > 0, true);
  });

  it('looks at collections, their counts, indexes and fields', async () => {
    // Room for all that is opened.
    await kai.collapse(/^Analytics, 4/);
    await kai.expand(/^shop$/);
    await kai.row(/^openOrders, view$/).waitFor();
    await kai.row(/^orders, about 160 documents$/).waitFor();
    await kai.expand(/^orders, about/);
    await kai.expand(/^Indexes of orders$/);
    await kai.row(/^number_1, number ↑ · unique$/).waitFor();
    await kai.collapse(/^Indexes of orders$/);
    await kai.expand(/^Schema of orders$/);
    await kai.row(/^total, decimal$/).waitFor();
    await picture('sessions-light');
    await kai.collapse(/^Schema of orders$/);
    await kai.choose(/^orders, about/, 'Copy as Playground');
    assert.match(await clipboard(/getCollection/), /use\("shop"\);\s+db\.getCollection\("orders"\)/);
  });

  it('makes a collection, and drops it by typing its name', async () => {
    await kai.choose(/^shop$/, 'Create Collection…');
    await kai.asked(/^Create a Collection in shop on orders-eu/);
    await kai.page.keyboard.type('audits');
    await kai.page.keyboard.press('Enter');
    await kai.row(/^audits, empty$/).waitFor();
    await kai.choose(/^audits/, 'Drop Collection…');
    await kai.asked(/^Drop Collection shop\.audits on orders-eu/);
    await kai.page.keyboard.type('audit');
    await kai.page.keyboard.press('Enter');
    await kai.page.getByText('Not audits yet').first().waitFor();
    await kai.page.keyboard.type('s');
    await kai.page.keyboard.press('Enter');
    await kai.row(/^audits/).waitFor({ state: 'detached' });
  });

  it('stops a listing that takes too long, and has it after all', async () => {
    gateway('orders-eu').faults.delay(600_000, 'listCollections');
    await kai.choose(/^shop$/, 'Refresh');
    await kai.title('Stop Loading');
    await kai.row(/^Collections could not be listed, stopped/).waitFor();
    gateway('orders-eu').faults.clear();
    await kai.press(/^Collections could not be listed/, 'Retry');
    await kai.row(/^orders, about 160 documents$/).waitFor();
  });

  it('goes on when the token has run out, and is not asked', async () => {
    const before = heard('orders-eu', 'saslStart');
    await kai.page.waitForTimeout(8500);
    await kai.press(/^Databases of orders-eu, Administrator/, 'Refresh');
    await kai.row(/^shop$/).waitFor();
    await until(() => heard('orders-eu', 'saslStart') > before);
    assert.equal(await kai.page.getByRole('dialog').count(), 0);
  });

  it('types into a mongosh that is signed in as they are, and no token lies anywhere', async () => {
    const before = heard('orders-eu', 'insert');
    await kai.choose(/^orders-eu/, 'Open mongosh');
    await kai.page.getByText(`orders-eu · kai@contoso.com`).first().waitFor();
    await session(/^orders-eu, .* · 1 mongosh/).waitFor();
    const terminal = kai.page.locator('.terminal-wrapper.active .xterm.focus');
    await terminal.waitFor();
    // Whatever is typed before the prompt waits for it.
    await kai.page.waitForTimeout(2000);
    await kai.page.keyboard.type("db.getSiblingDB('shop').typed.insertOne({ by: 'hand' })\n");
    await until(() => heard('orders-eu', 'insert') > before);
    await kai.page.waitForTimeout(8500);
    await kai.page.keyboard.type("db.getSiblingDB('shop').typed.insertOne({ by: 'hand' })\n");
    await until(() => heard('orders-eu', 'insert') > before + 1);
    await picture('mongosh-light');

    // Every token of this Entra's begins with the same header, which is in nothing else.
    const order = { tenant: 'contoso.com', resource: 'https://ossrdbms-aad.database.windows.net' };
    const [header = assert.fail()] = (await stage.azure.issueToken('kai@contoso.com', order)).split('.');
    for (const id of await readdir('/proc')) {
      const line = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
      assert.ok(!line.includes(header), line.slice(0, 200));
    }
    for (const place of [dirname(stage.folder), join(homedir(), '.mongodb'), '/run/user'])
      assert.deepEqual(await holding(place, header), []);
    await kai.page.keyboard.type('exit\n');
    await kai.page.getByText(`orders-eu · kai@contoso.com`).first().waitFor({ state: 'detached' });
    await session(/^orders-eu, (?!.*mongosh)/).waitFor();
  });

  it('sees a replica, where what writes is greyed', async () => {
    await kai.expand(/^orders-us/);
    await kai.row(/^Databases of orders-us, open a session/).click();
    await session(/^orders-us, Administrator/).waitFor();
    // Who stood on that row stands on it still, with the keyboard too.
    const row = kai.row(/^Databases of orders-us, Administrator, a replica, reads only$/);
    await row.and(kai.page.locator('.focused')).waitFor();
    assert.deepEqual((await kai.menu(/^orders-us/)).slice(0, 2), [
      'Close Session',
      'Open Session with the Writable Region',
    ]);
    await kai.row(/^Databases of orders-us, Administrator/).click({ button: 'right' });
    const entry = kai.page
      .locator('.monaco-menu')
      .last()
      .getByRole('menuitem', { name: 'Create Collection…' });
    await entry.waitFor();
    assert.equal(await entry.getAttribute('aria-disabled'), 'true');
    await kai.page.keyboard.press('Escape');
    await kai.choose(/^Databases of orders-us, Administrator/, 'Close Session');
    await session(/^orders-us, closed · kai@contoso\.com · Contoso/).waitFor();
    await kai.collapse(/^orders-us/);
  });

  it('reads why the cluster is silent that was stopped meanwhile, and goes on when it runs', async () => {
    stage.azure.organisation.behaviour.tokenSeconds = 0;
    await kai.page.waitForTimeout(8500);
    // A new client, whose last work of the moment is to count four collections.
    const before = heard('orders-eu', 'count');
    await kai.press(/^Databases of orders-eu, Administrator/, 'Refresh');
    await until(() => heard('orders-eu', 'count') >= before + 4);
    await kai.row(/^orders, about 160 documents$/).waitFor();
    await kai.page.waitForTimeout(500);
    resource('orders-eu').properties.clusterStatus = 'Stopped';
    await kai.press(/^Databases of orders-eu, Administrator/, 'Refresh');
    await kai.row(/^Databases could not be listed, the connection to orders-eu\S+ was cut/).waitFor();
    await session(/^orders-eu, .*interrupted, opens again when it is used/).waitFor();
    resource('orders-eu').properties.clusterStatus = 'Ready';
    await kai.press(/^Databases could not be listed/, 'Retry');
    await kai.row(/^shop$/).waitFor();
  });

  it('reads that they are no user any more, once they are none', async () => {
    const { users } = resource('orders-eu');
    const own = users.findIndex(({ name }) => name === '9e550000-0000-4000-8000-000000000001');
    const [taken = assert.fail()] = users.splice(own, 1);
    await kai.press(/^Databases of orders-eu, Administrator/, 'Refresh');
    await kai
      .row(
        /^Databases could not be listed, (the database does not allow you this|orders-eu\S+ does not let you in)/,
      )
      .waitFor();
    users.push(taken);
    await kai.press(/^Databases could not be listed/, 'Retry');
    await kai.row(/^shop$/).waitFor();
  });

  it('comes back after a reload to closed sessions, which open when they are used', async () => {
    const before = heard('orders-eu', 'saslStart');
    const ended = heard('orders-eu', 'endSessions');
    await kai.page.reload();
    await until(() => heard('orders-eu', 'endSessions') > ended);
    await session(/^orders-eu, closed · kai@contoso\.com · Contoso/).waitFor();
    await kai.row(/^orders-eu, Entra only/).waitFor();
    await kai.page.waitForTimeout(1500);
    assert.equal(heard('orders-eu', 'saslStart'), before, 'nobody asked for it');
    await session(/^orders-eu/).click();
    await session(/^orders-eu, Administrator · /).waitFor();
    await kai.row(/^shop$/).waitFor();
    await kai.command('Preferences: Color Theme');
    await kai.pick(/^Dark Modern/);
    await kai.page.locator('.monaco-workbench.vs-dark').waitFor();
    await kai.dismiss();
    await picture('sessions-dark');
  });

  it('closes all, and nothing stays connected', async () => {
    await session(/^orders-eu/).hover();
    await kai.command('Cosmos Entra: Close All Sessions');
    await session(/^orders-eu, closed · kai@contoso\.com · Contoso/).waitFor();
    await kai.row(/^Databases of orders-eu, open a session to see them/).waitFor();
    assert.ok(heard('orders-eu', 'endSessions') > 0);
  });
});

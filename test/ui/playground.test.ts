import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import type { FrameLocator, Locator } from 'playwright-core';
import type { Person } from './person.ts';
import { onStage } from './stage.ts';

/** The one that the README shows. */
const shown = `// What do customers owe us?
const open = db.orders.find({ status: { $in: ['open', 'packed', 'shipped'] } }).sort({ total: -1 })
open

// And what came of all orders?
db.orders.aggregate([
  { $group: { _id: '$status', orders: { $sum: 1 }, revenue: { $sum: '$total' } } },
  { $sort: { revenue: -1 } },
])`;

/** One story of somebody who asks a database: each step begins where the one before it ended. */
describe('somebody with a playground', function () {
  // After a step that failed the next ones have nothing to begin from.
  this.bail(true);

  let client: MongoClient;
  // Before the stage goes, which it is connected to.
  after(() => client?.close());
  const stage = onStage();
  const { picture } = stage;
  let kai: Person;
  let view: FrameLocator;
  before(() => {
    const { azure } = stage;
    ({ kai } = stage);
    view = kai.page.frameLocator('iframe.webview.ready').frameLocator('iframe');
    const order = { tenant: 'contoso.com', resource: 'https://ossrdbms-aad.database.windows.net' };
    // A driver of its own: nothing of the extension's is in it.
    client = new MongoClient(`mongodb://127.0.0.1:${gateway().port}/`, {
      tls: true,
      ca: azure.certificateAuthority,
      retryWrites: false,
      authMechanism: 'MONGODB-OIDC',
      authMechanismProperties: {
        OIDC_CALLBACK: async () => ({ accessToken: await azure.issueToken('kai@contoso.com', order) }),
      },
    });
  });

  const gateway = () => stage.azure.gateways.get('orders-eu') ?? assert.fail();
  const carts = () => client.db('shop').collection('carts');
  const file = 'playground-1.mongodb.js';
  const tab = (name: string): Locator =>
    kai.page.getByRole('tab', { name: new RegExp(`^${name.replaceAll('.', String.raw`\.`)}`) }).first();
  const editor = (): Locator => kai.page.locator('.editor-instance .monaco-editor').first();
  const lines = (): Locator => editor().locator('.view-lines');
  const lens = (text: string | RegExp): Locator =>
    editor().locator('.codelens-decoration a').filter({ hasText: text }).first();
  const statusBar = (text: RegExp): Locator => kai.page.locator('.statusbar').getByText(text).first();
  const statements = (): Locator => view.getByRole('option');
  const cells = (): Locator => view.getByRole('gridcell');
  /** What each statement came to, once they are so many. */
  const results = async (...expected: readonly RegExp[]): Promise<void> => {
    const said = async (): Promise<readonly string[]> =>
      (await statements().count()) === expected.length ? statements().allInnerTexts() : [];
    for (let tries = 0; ; tries++) {
      const texts = await said();
      const fit = texts.length > 0 && expected.every((one, index) => one.test(texts[index] ?? ''));
      if (fit) return;
      if (tries === 100) assert.fail(`${JSON.stringify(await statements().allInnerTexts())}`);
      await kai.page.waitForTimeout(100);
    }
  };
  const press = (...keys: readonly string[]): Promise<void> =>
    keys.reduce((before, key) => before.then(() => kai.page.keyboard.press(key)), Promise.resolve());
  const paste = async (text: string): Promise<void> => {
    await kai.page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
    await press('Control+V');
    const last = text.trim().split('\n').at(-1) ?? '';
    await lines().getByText(last.replaceAll(' ', '\u00a0')).last().waitFor();
  };
  /** Goes to a line, counted from 1, as one does with Ctrl+G. */
  const goTo = async (line: number, column = 1): Promise<void> => {
    await lines().click({ position: { x: 300, y: 5 } });
    await press('Control+G');
    await kai.page.keyboard.type(`${line}:${column}`);
    await press('Enter');
    await kai.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  };
  /** Everything below the first line is this now. */
  const write = async (text: string): Promise<void> => {
    await goTo(3);
    await press('Control+Shift+End', 'Delete');
    await paste(text);
  };
  /** A button in the editor's title. */
  const title = (name: RegExp): Locator =>
    kai.page.locator('.editor-actions').getByRole('button', { name }).first();
  const runAll = 'Control+Alt+Shift+Enter';

  it('begins about a collection, and reads on the first line where it runs and as whom', async () => {
    await kai.page.setViewportSize({ width: 1400, height: 900 });
    await kai.page.getByRole('tab', { name: 'Cosmos Entra' }).click();
    await kai.page.getByRole('button', { name: 'Sign In' }).first().click();
    await kai.answer(/wants to sign in/, 'Allow');
    await kai.row(/^orders-eu, Entra only/).dblclick();
    await kai.row(/^shop$/).waitFor();
    await kai.expand(/^shop$/);
    await kai.choose(/^orders, about/, 'New Playground');
    await tab(file).waitFor();
    await lens('orders-eu / shop as kai@contoso.com').waitFor();
    await statusBar(/orders-eu \/ shop as kai@contoso\.com/).waitFor();
    await lines().getByText('// Cosmos Entra: orders-eu / shop as kai@contoso.com'.replaceAll(' ', '\u00a0')).waitFor();
  });

  it('runs the whole with the button above it', async () => {
    await write(shown);
    await title(/^Run Playground/).click();
    await results(/const open/, /open.*\d/s, /aggregate.*6/s);
    await cells().first().waitFor();
    await picture('playground-light');
  });

  it('runs the statement under the cursor with its key, and what is selected from the menu', async () => {
    await goTo(9);
    await press('Control+Alt+Enter');
    await results(/aggregate/);
    await goTo(4);
    await press('Shift+ArrowDown', 'Shift+ArrowDown');
    await lines().getByText('db.orders.find', { exact: false }).first().click({ button: 'right' });
    await kai.menuItem('Run Selection or Statement');
    await results(/open/);
  });
});

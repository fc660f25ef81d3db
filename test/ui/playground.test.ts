import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MongoClient } from 'mongodb';
import type { FrameLocator, Locator } from 'playwright-core';
import { eventually } from '../editor/eventually.ts';
import { panelOf } from './panel.ts';
import type { Person } from './person.ts';
import { driverOf, onStage } from './stage.ts';

/** The one that the README shows, below its first line. */
const shown =
  /```js\n\/\/ Cosmos Entra: [^\n]*\n\n([^]*?)\n```/.exec(
    readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8'),
  )?.[1] ?? assert.fail('the README shows no playground');

/** One story of somebody who asks a database: each step begins where the one before it ended. */
describe('somebody with a playground', () => {
  let client: MongoClient;
  // Before the stage goes, which it is connected to.
  after(() => client?.close());
  const stage = onStage();
  const { picture } = stage;
  let kai: Person;
  let view: FrameLocator;
  before(() => {
    ({ kai } = stage);
    ({ view } = panelOf(kai));
    client = driverOf(stage.azure);
  });

  const gateway = () => stage.azure.gateways.get('orders-eu') ?? assert.fail();
  const carts = () => client.db('shop').collection('carts');
  const file = 'playground-1.mongodb.js';
  const tab = (name: string): Locator =>
    kai.page.getByRole('tab', { name: new RegExp(`^${name.replaceAll('.', String.raw`\.`)}`) }).first();
  const editor = (): Locator => kai.page.locator('.editor-instance .monaco-editor').first();
  const lines = (): Locator => editor().locator('.view-lines');
  const lenses = (text: string | RegExp): Locator =>
    editor().locator('.codelens-decoration a').filter({ hasText: text });
  const lens = (text: string | RegExp): Locator => lenses(text).first();
  const statusBar = (text: RegExp): Locator => kai.page.locator('.statusbar').getByText(text).first();
  const statements = (): Locator => view.locator('.statements').getByRole('option');
  /** What each statement came to, once they are so many. */
  const results = async (...expected: readonly RegExp[]): Promise<void> => {
    const said = async (): Promise<readonly string[]> =>
      (await statements().count()) === expected.length ? statements().allInnerTexts() : [];
    for (let tries = 0; ; tries++) {
      const texts = await said();
      const fit = texts.length > 0 && expected.every((one, index) => one.test(texts[index] ?? ''));
      if (fit) return;
      if (tries === 600) assert.fail(JSON.stringify(await statements().allInnerTexts()));
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
    await press('Control+1');
    await kai.page.locator('.editor-instance .monaco-editor.focused').waitFor();
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
    await kai.signIn();
    await kai.page.setViewportSize({ width: 1400, height: 920 });
    await kai.doubleClick(/^orders-eu, Entra only/, /^shop$/);
    await kai.expand(/^shop$/);
    await kai.choose(/^orders, about/, 'New Playground');
    await tab(file).waitFor();
    await lens('orders-eu / shop as kai@contoso.com').waitFor();
    await statusBar(/orders-eu \/ shop as kai@contoso\.com/).waitFor();
    await lines()
      .getByText('// Cosmos Entra: orders-eu / shop as kai@contoso.com'.replaceAll(' ', '\u00a0'))
      .waitFor();
  });

  it('runs the whole with the button above it', async () => {
    await write(shown);
    await title(/^Run Playground/).click();
    await results(/const open/, /^.*open;?\s+81 documents/s, /aggregate.*6 documents/s);
    await view.getByRole('gridcell', { name: '36426.05' }).waitFor();
    await statements().nth(1).click();
    await view.getByRole('row').nth(15).waitFor();
    await kai.dismiss();
    await picture('playground-light');
  });

  it('runs the statement under the cursor with its key, one by its lens, and what is selected from the menu', async () => {
    await goTo(14);
    await press('Control+Alt+Enter');
    await results(/aggregate/);
    await lenses(/^\W*Run$/)
      .nth(1)
      .click();
    await results(/open.*81 documents/s);
    await goTo(4);
    for (let line = 4; line < 9; line++) await press('Shift+ArrowDown');
    await lines().getByText('$in').first().click({ button: 'right' });
    await kai.page
      .locator('.monaco-menu')
      .last()
      .getByRole('menuitem', { name: /^Run Selection or Statement/ })
      .click({ delay: 250 });
    await results(/const open/, /open.*81 documents/s);
    // Whoever is in the results runs it again from there.
    await statements().nth(1).click();
    await press(runAll);
    await results(/const open/, /open/, /aggregate.*6 documents/s);
  });

  it('is led to the line of what failed, and reads what is no JavaScript before anything runs', async () => {
    await write(`db.carts.find()\n\ndb.carts.aggregate([\n  { $grop: { _id: 1 } },\n])`);
    await press(runAll);
    await results(/carts\.find/, /Failed.*aggregate/s);
    const notice = view.locator('.notice.error');
    await notice.waitFor();
    assert.doesNotMatch(await notice.innerText(), /\bat \S+:\d+|Error:/);
    await editor().locator('.squiggly-error').first().waitFor();
    await goTo(1);
    await notice.getByRole('button', { name: 'Go to Line' }).click();
    await statusBar(/^Ln 5, Col/).waitFor();
    await picture('playground-failed-light');

    const before = gateway().commands.length;
    await write('db.carts.find({ customer: })');
    await press(runAll);
    const told = kai.told(/^Line 3: .*Nothing was run\./);
    await told.or(kai.told(/Line 3: /)).waitFor();
    assert.doesNotMatch(await kai.told(/Line 3: /).innerText(), /SyntaxError|\bat \S+:\d+/);
    assert.deepEqual(
      gateway()
        .commands.slice(before)
        .filter(({ name }) => name === 'find'),
      [],
    );
    await kai.answer(/Line 3: /, 'Go to Line 3');
  });

  it('stops a loop without end, and its variables are still there until they are reset', async () => {
    await write('var kept = 40 + 2\nwhile (true) {}');
    await title(/^Run Playground/).click();
    await results(/kept/, /Running.*while/s);
    await title(/^Stop Playground/).click();
    await results(/kept/, /Stopped.*while/s);
    await title(/^Run Playground/).waitFor();
    await write('kept + 0');
    await press('Control+Alt+Enter');
    await results(/Done.*kept/s);
    await view.getByText('42').first().waitFor();
    await lens('Reset Variables').click();
    await lens('Reset Variables').waitFor({ state: 'detached' });
    await goTo(3);
    await press('Control+Alt+Enter');
    await results(/Failed.*kept/s);
    await editor().locator('.squiggly-error').first().waitFor();
  });

  it('goes to another cluster with a lens, and the first line says so', async () => {
    await write('db.products.countDocuments()');
    await lens('orders-eu / shop as kai@contoso.com').click();
    await kai.asked(/It runs at orders-eu as kai@contoso\.com/);
    await kai.pick(/^carts-eu/);
    await kai.asked(/In which database\?/);
    await kai.pick(/^shop/);
    await lens('carts-eu / shop as kai@contoso.com').waitFor();
    await lines().getByText('// Cosmos Entra: carts-eu / shop as'.replaceAll(' ', '\u00a0')).waitFor();
    await press(runAll);
    await results(/Done.*countDocuments/s);
    await press('Control+S');
    const saved = async (): Promise<string> => readFile(join(stage.folder, file), 'utf8').catch(() => '');
    for (let tries = 0; (await saved()) === ''; tries++) {
      assert.ok(tries < 600, 'it is not saved');
      await kai.page.waitForTimeout(100);
    }
    assert.match(await saved(), /^\/\/ Cosmos Entra: carts-eu \/ shop as kai@contoso\.com\n\ndb\.products/);
    // What it came to is still beside it.
    await kai.page.waitForTimeout(500);
    await results(/Done.*countDocuments/s);
  });

  it('finds after a reload where it runs, before anybody has looked at clusters', async () => {
    await kai.page
      .getByRole('tab', { name: /^Explorer/ })
      .first()
      .click();
    await kai.page.getByRole('tree', { name: 'Files Explorer' }).waitFor();
    await kai.command('Developer: Reload Window');
    await view.locator('.statements').waitFor({ state: 'detached' });
    await tab(file).waitFor();
    await lens('carts-eu / shop as kai@contoso.com').waitFor();
    await statusBar(/carts-eu \/ shop as kai@contoso\.com/).waitFor();
    // What it came to has gone with the window, and its pane too.
    await kai.page.locator('.editor-group-container').nth(1).waitFor({ state: 'detached' });
    await goTo(3);
    await press(runAll);
    await results(/Done.*countDocuments/s);
    await view.getByText('32').first().waitFor();
  });

  it('asks before it changes anything at a cluster that is protected', async () => {
    await statusBar(/carts-eu \/ shop as/).click();
    await kai.asked(/It runs at carts-eu as kai@contoso\.com/);
    await kai.pick(/^orders-eu/);
    await kai.asked(/In which database\?/);
    await kai.pick(/^shop/);
    await lens('orders-eu / shop as kai@contoso.com').waitFor();
    await kai.page.getByRole('tab', { name: 'Cosmos Entra' }).click();
    await kai.choose(/^orders-eu/, 'Ask Before Playgrounds Change It');
    await lens(/· protected$/).waitFor();
    assert.equal(await carts().countDocuments(), 18);
    await write('db.carts.deleteMany({})');
    await press(runAll);
    const question = /Delete every document of shop\.carts on orders-eu\?/;
    await kai.told(question).waitFor();
    await kai.page.waitForTimeout(300);
    await picture('playground-asks');
    await kai.answer(question, 'Cancel');
    await results(/deleteMany/);
    await view.locator('.notice').waitFor();
    assert.equal(await carts().countDocuments(), 18);
    await press(runAll);
    await kai.answer(question, 'Allow');
    await results(/Done.*deleteMany/s);
    assert.equal(await carts().countDocuments(), 0);
  });

  it('writes a whole result to a file', async () => {
    await write(`db.orders.find({ status: 'open' })`);
    await press(runAll);
    await results(/30 documents/);
    await view.getByRole('button', { name: /^Export/ }).click();
    await kai.asked(/Export as what\?/);
    await kai.pick(/^JSON Lines/);
    await kai.holds(/shop-orders\.jsonl$/);
    await press('Enter');
    await kai.told(/30 documents, .* are in .*shop-orders\.jsonl/).waitFor();
    const text = await readFile(join(stage.folder, 'shop-orders.jsonl'), 'utf8');
    assert.deepEqual(
      text
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { status: string }).status),
      Array.from({ length: 30 }, () => 'open'),
    );
    await kai.dismiss();
  });

  it('stops the writing of a file half way, and finds nothing of it', async () => {
    await write('db.orders.find()');
    await press(runAll);
    await results(/100 documents and more/);
    const files = async (): Promise<readonly string[]> =>
      (await readdir(stage.folder)).filter((name) => name.includes('shop-orders.csv'));
    gateway().faults.hang('getMore');
    try {
      await view.getByRole('button', { name: /^Export/ }).click();
      await kai.asked(/Export as what\?/);
      await kai.pick(/^CSV/);
      await kai.holds(/shop-orders\.csv$/);
      await press('Enter');
      const progress = kai.told(/Exporting to .*shop-orders\.csv/);
      await progress.getByRole('button', { name: 'Cancel', exact: true }).waitFor();
      await eventually(async () =>
        assert.match((await files()).join(), /^\.shop-orders\.csv\.[\da-f]{12}\.part$/),
      );
      await kai.answer(/Exporting to .*shop-orders\.csv/, 'Cancel');
      await kai.told(/You stopped the export\. No file was written\./).waitFor();
      assert.deepEqual(await files(), []);
    } finally {
      gateway().faults.clear();
    }
    await kai.dismiss();
  });

  it('finds in the history what was run, and opens it again', async () => {
    await kai.command('Cosmos Entra: History of Playgrounds');
    await kai.asked(/Search statements/);
    await kai.page.keyboard.type('revenue');
    const found = kai.page.locator('.quick-input-list').getByRole('option');
    await found.filter({ hasText: 'revenue' }).and(kai.page.locator('.focused')).waitFor();
    await press('Enter');
    await tab('playground-2.mongodb.js').waitFor();
    await lines().getByText('revenue').first().waitFor();
    await lens('orders-eu / shop as kai@contoso.com').waitFor();
  });

  it('is helped to write', async () => {
    await write(' ');
    await kai.page.keyboard.type('db.or');
    const suggested = kai.page.locator('.suggest-widget.visible').getByRole('option');
    await suggested
      .filter({ hasText: /^orders/ })
      .first()
      .waitFor();
    await press('Enter');
    await kai.page.keyboard.type('.find({ st');
    await suggested
      .filter({ hasText: /^status/ })
      .first()
      .waitFor();
    await picture('playground-completion');
    await press('Escape');
  });

  it('looks well in the dark, with a chart', async () => {
    await kai.command('Preferences: Color Theme');
    await kai.asked(/Select Color Theme/);
    await kai.page.keyboard.type('Dark Modern');
    await kai.pick(/^Dark Modern/);
    await kai.page.locator('.monaco-workbench.vs-dark').waitFor();
    await kai.command('View: Toggle Breadcrumbs');
    await kai.command('View: Revert and Close Editor');
    await tab('playground-2.mongodb.js').waitFor({ state: 'detached' });
    await kai.expand(/^orders-eu/);
    await kai.expand(/^Databases of orders-eu/);
    await kai.expand(/^shop$/);
    await write(shown);
    await press(runAll);
    await results(/const open/, /open/, /aggregate.*6 documents/s);
    // A click into the results before they are there puts off the lenses.
    await lenses(/Run$/).nth(2).waitFor();
    await view.getByRole('button', { name: 'Chart', exact: true }).click();
    await view.getByLabel('Up').selectOption({ label: 'revenue' });
    await kai.dismiss();
    await picture('playground-dark');
  });
});

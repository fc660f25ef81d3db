import assert from 'node:assert/strict';
import { ObjectId } from 'mongodb';
import type { MongoClient } from 'mongodb';
import type { FrameLocator, Locator } from 'playwright-core';
import { eventually } from '../editor/eventually.ts';
import { coloursOf, panelOf } from './panel.ts';
import type { Panel } from './panel.ts';
import type { Person } from './person.ts';
import { driverOf, onStage } from './stage.ts';

const hostile = '<img src=x onerror="document.title=`hit`"><script>top.hit=1</script>';

/** One story of somebody who looks at documents and changes some: each step begins where the one before it ended. */
describe('somebody with documents', function () {
  let client: MongoClient;
  // Before the stage goes, which it is connected to.
  after(() => client?.close());
  const stage = onStage();
  const { picture, clipboard } = stage;
  let kai: Person;
  let panel: Panel;
  let view: FrameLocator;
  before(() => {
    ({ kai } = stage);
    panel = panelOf(kai);
    ({ view } = panel);
    client = driverOf(stage.azure);
  });

  const gateway = () => stage.azure.gateways.get('orders-eu') ?? assert.fail();
  const orders = () => client.db('shop').collection('orders');
  const ranged = (text: string): Promise<void> => view.locator('.range', { hasText: text }).waitFor();
  const button = (name: string): Locator => view.getByRole('button', { name, exact: true });
  const noticed = (text: string): Promise<void> => view.locator('.notice', { hasText: text }).waitFor();
  const cells = (): Locator => view.getByRole('gridcell');
  const focused = (): Locator => view.locator('td:focus');
  /** Beside its name it may say in which group it is. */
  const tab = (name: string): Locator =>
    kai.page.getByRole('tab', { name: new RegExp(`^${name.replaceAll('.', String.raw`\.`)}`) }).first();
  const dirty = (name: string): Locator => kai.page.locator('.tab.dirty').filter({ hasText: name });
  /** The editor that has the focus has this text now. */
  const write = async (text: string): Promise<void> => {
    // A tab that was clicked has the focus a moment later.
    await kai.page.locator('.editor-instance .monaco-editor.focused').waitFor();
    await kai.page.keyboard.press('Control+A');
    // Typed, it would be completed by closing brackets.
    await kai.page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);
    await kai.page.keyboard.press('Control+V');
    // It comes when the clipboard has been read, and with other spaces.
    const lines = '.editor-instance .monaco-editor.focused .view-lines';
    await kai.page.waitForFunction(
      `document.querySelector(${JSON.stringify(lines)})?.textContent.replaceAll('\u00a0', ' ') === ${JSON.stringify(text)}`,
    );
  };
  const save = async (): Promise<void> => {
    // What was said no to has to be off the screen.
    await kai.page.locator('.editor-instance .monaco-editor.focused').waitFor();
    await kai.page.keyboard.press('Control+S');
  };
  /** VS Code does not hear the key until the save is over that was said no to: whoever sees no question presses again. */
  const saveAgain = async (): Promise<void> => {
    const question = kai.page.getByRole('textbox', { name: /^Nothing has been written yet/ });
    for (let tries = 0; tries < 5; tries++) {
      await save();
      const isAsked = await question.waitFor({ timeout: 3000 }).then(
        () => true,
        () => false,
      );
      if (isAsked) return;
    }
    assert.fail('The second save asks nothing.');
  };
  const press = (...keys: readonly string[]): Promise<void> =>
    keys.reduce((before, key) => before.then(() => kai.page.keyboard.press(key)), Promise.resolve());
  /** Closes the tab that has the focus, and the documents are there again. */
  const close = async (): Promise<void> => {
    await kai.command('View: Close Editor');
    await button('Refresh').waitFor();
  };

  it('opens a collection from the palette', async () => {
    await kai.signIn();
    await kai.command('Cosmos Entra: Open Documents');
    await kai.asked(/The documents of which cluster\?/);
    await kai.pick(/^orders-eu/);
    await kai.asked(/In which database\?/);
    await kai.pick(/^shop/);
    await kai.asked(/The documents of which collection\?/);
    await kai.pick(/^orders/);
    await tab('orders — shop — orders-eu').waitFor();
    await ranged('1–50 of about 160');
    assert.equal(await view.getByRole('row').count(), 51);
    await picture('documents-light');
  });

  it('walks through it with the keys alone', async () => {
    await view.locator('td:focus').waitFor();
    const first = await focused().innerText();
    await press('PageDown');
    await ranged('51–100 of about 160');
    assert.notEqual(await focused().innerText(), first);
    await press('PageDown');
    await ranged('101–150 of about 160');
    await press('PageDown');
    await ranged('151–160 of 160');
    assert.equal(await button('Next').getAttribute('aria-disabled'), 'true');
    await press('PageUp');
    await ranged('101–150');
    await press('PageUp');
    await ranged('51–100');
    await press('PageUp');
    await ranged('1–50');
    assert.equal(await focused().innerText(), first);
    assert.equal(await button('Previous').getAttribute('aria-disabled'), 'true');
    assert.equal(await view.getByRole('status').innerText(), '1–50 of about 160');

    await press('ArrowDown', 'ArrowRight');
    assert.match(await focused().innerText(), /^\d+$/);
    await press('End', 'Home', 'Enter');
    await view.locator('pre').filter({ hasText: '"$oid"' }).waitFor();
    assert.equal(await view.locator('td[aria-expanded=true]').count(), 1);
    await picture('documents-open-light');
    await press('Enter');
    assert.equal(await view.locator('pre').count(), 0);
    await press(' ', 'Shift+ArrowDown', 'Shift+ArrowDown');
    assert.equal(await view.locator('tr[aria-selected=true]').count(), 3);
    await press('Escape');
    assert.equal(await view.locator('tr[aria-selected=true]').count(), 0);
    await press('Control+Home');
    await button('Copy').click();
    assert.match(await clipboard(/^\{\n {2}"_id"/), /^\{\n {2}"_id": \{ "\$oid": "[\da-f]{24}" \},\n/);
  });

  it('asks otherwise in a file of its own, which runs when it is saved', async () => {
    await button('Edit Query').click();
    await tab('orders.query.json').waitFor();
    await kai.page.locator('.editor-instance .monaco-editor.focused').waitFor();
    await write(
      '{ "filter": { "status": "paid" }, "projection": { "number": 1, "status": 1 }, "sort": { "number": -1 }, "pageSize": 20 }',
    );
    await save();
    await ranged('1–20 of about');
    assert.deepEqual(await view.getByRole('columnheader').allInnerTexts(), ['_id', 'number', 'status']);
    assert.match(
      await view.locator('.query').innerText(),
      /filter \{ "status": "paid" \} · projection .* · sort \{ "number": -1 \}/,
    );
    const paid = await orders().find({ status: 'paid' }).sort({ number: -1 }).toArray();
    assert.equal(await cells().nth(1).innerText(), String(paid[0]?.['number']));
    await picture('documents-query-light');

    await write('{ "filter": { "_id": { "$oid": "xyz" } } }');
    await kai.page.locator('.squiggly-error').waitFor();
    // Of what VS Code saves by itself nothing is said, and it hears no key as long as it does.
    await eventually(async () => {
      await save();
      await view
        .locator('.notice', {
          hasText: 'line 1 is not right. This is not how $oid is written. An example: { "$oid": "65f1',
        })
        .waitFor({ timeout: 3000 });
    });
    assert.deepEqual(await view.getByRole('columnheader').allInnerTexts(), ['_id', 'number', 'status']);
    await write('{ "filter": { "status": "nowhere" } }');
    await save();
    await noticed('No document matches the filter. Edit the query to look for others.');
    await write('{}');
    await save();
    await ranged('1–50 of about 160');
    await close();
  });

  let id: ObjectId;

  it('edits a document in a tab, sees the difference, and may think again', async () => {
    await cells().first().click();
    id = new ObjectId(
      await focused()
        .innerText()
        .then((text) => text.replace('›', '').trim()),
    );
    await press('F2');
    await tab('orders.json').waitFor();
    await kai.page.locator('.editor-instance .monaco-editor.focused').waitFor();
    await write(
      `{ "_id": { "$oid": "${id.toHexString()}" }, "status": "edited", "price": { "$numberDecimal": "1.50" } }`,
    );
    const before = await orders().findOne({ _id: id });
    await save();
    await kai.page.getByRole('textbox', { name: /^Nothing has been written yet/ }).waitFor();
    await kai.page.locator('.monaco-diff-editor').waitFor();
    await picture('documents-diff-light');
    await press('Escape');
    await kai.page.locator('.monaco-diff-editor').waitFor({ state: 'detached' });
    await dirty('orders.json').waitFor();
    assert.deepEqual(await orders().findOne({ _id: id }), before);
    assert.equal(await kai.page.locator('.notification-toast').count(), 0);

    await saveAgain();
    await kai.pick(/^Write It/);
    await dirty('orders.json').waitFor({ state: 'detached' });
    const after = await orders().findOne({ _id: id });
    assert.equal(after?.['status'], 'edited');
    assert.equal(after?.['price']?.constructor.name, 'Decimal128');
    await tab('orders — shop — orders-eu').click();
    await view.getByRole('row', { name: /edited/ }).waitFor();
  });

  it('is told what cannot be saved, and that an id stays', async () => {
    await tab('orders.json').click();
    await write('{ "_id": { "$oid": "000000000000000000000000" }, "status": "edited" }');
    await save();
    await kai.told(/Nothing was written\. The _id of a document cannot be changed\. Put .* back/).waitFor();
    await kai.dismiss();
    await tab('orders.json').click();
    await write('{ "status": }');
    await save();
    await kai.told(/Nothing was written\. Line 1: A value is missing here\./).waitFor();
    await kai.dismiss();
    assert.equal((await orders().findOne({ _id: id }))?.['status'], 'edited');
  });

  it('overwrites nothing unseen that somebody else has written meanwhile', async () => {
    const mine = (status: string): Promise<void> =>
      write(`{ "_id": { "$oid": "${id.toHexString()}" }, "status": "${status}" }`);
    await mine('mine');
    await orders().updateOne({ _id: id }, { $set: { status: 'theirs' } });
    await save();
    await kai.pick(/^Write It/);
    await kai.page
      .getByRole('textbox', { name: /^Nothing was overwritten - .* was changed by somebody else meanwhile/ })
      .waitFor();
    await kai.pick(/^Look at the Newer Document/);
    await kai.page.locator('.monaco-diff-editor').getByText('"theirs"').first().waitFor();
    await picture('documents-conflict-light');
    await kai.pick(/^Keep Editing/);
    await kai.page.locator('.monaco-diff-editor').waitFor({ state: 'detached' });
    assert.equal((await orders().findOne({ _id: id }))?.['status'], 'theirs');
    await dirty('orders.json').waitFor();

    await save();
    await kai.pick(/^Write It/);
    await dirty('orders.json').waitFor({ state: 'detached' });
    assert.equal((await orders().findOne({ _id: id }))?.['status'], 'mine');

    await mine('again');
    await orders().updateOne({ _id: id }, { $set: { status: 'theirs again' } });
    await save();
    await kai.pick(/^Write It/);
    await kai.pick(/^Overwrite It/);
    await dirty('orders.json').waitFor({ state: 'detached' });
    assert.equal((await orders().findOne({ _id: id }))?.['status'], 'again');
    await close();
  });

  it('inserts a document, which gets an id', async () => {
    await button('Insert…').click();
    await tab('orders.json').waitFor();
    await kai.page.locator('.editor-instance .monaco-editor.focused').waitFor();
    // The cursor is put where the first field goes, which undoes what was selected before.
    await kai.page
      .locator('.statusbar')
      .getByText(/^Ln 2, Col 3/)
      .waitFor();
    await write(JSON.stringify({ evil: 1, number: 1, [hostile]: hostile }));
    await save();
    await kai.pick(/^Insert It/);
    await dirty('orders.json').waitFor({ state: 'detached' });
    await kai.page.locator('.editor-instance .view-lines').getByText('$oid').first().waitFor();
    const inserted = await orders().findOne({ evil: 1 });
    assert.ok(inserted?.['_id'] instanceof ObjectId);
    assert.equal(inserted[hostile], hostile);
    await close();
    await button('Edit Query').click();
    await kai.page.locator('.editor-instance .monaco-editor.focused').waitFor();
    await write('{ "filter": { "evil": 1 } }');
    await save();
    await close();
    await ranged('1–1 of 1');
  });

  it('sees markup of a document as the text that it is', async () => {
    await cells().first().click();
    await press('Enter');
    await view.locator('pre').filter({ hasText: 'onerror' }).waitFor();
    assert.equal(await view.locator('img').count(), 0);
    assert.equal(await view.locator('body script').count(), 0);
    assert.ok((await view.getByRole('columnheader').allInnerTexts()).includes(hostile));
    assert.notEqual(await panel.evaluate('document.title'), 'hit');
    const policy = await view.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
    assert.match(policy ?? '', /^default-src 'none'; style-src \S+( \S+)*; script-src 'nonce-[\w+/=]{24}'$/);
    assert.equal(await view.locator('[style]:not(html)').count(), 0);
    assert.equal(
      await panel.evaluate(
        "[...document.scripts].filter((one) => one.type === 'module').every((one) => one.nonce !== '')",
      ),
      true,
    );
    await picture('documents-hostile-light');
  });

  it('deletes when they have said so twice', async () => {
    await cells().first().click();
    await press('Delete');
    await kai.answer(/Delete this document from orders \(shop on orders-eu\)\?/, 'Cancel');
    assert.equal(await orders().countDocuments({ evil: 1 }), 1);
    await cells().first().click();
    await button('Delete…').click();
    await kai.answer(/Nothing brings them back/, 'Delete');
    await noticed('1 document is deleted.');
    assert.equal(await orders().countDocuments({ evil: 1 }), 0);
    await button('Edit Query').click();
    await kai.page.locator('.editor-instance .monaco-editor.focused').waitFor();
    await write('{}');
    await save();
    await close();
    await ranged('1–50 of about 160');
    await cells().first().click();
    await press(' ', ' ', 'Shift+ArrowDown', 'Delete');
    await kai.answer(/Delete 2 documents from orders/, 'Delete');
    await noticed('2 documents are deleted.');
    assert.equal(await orders().countDocuments(), 158);
  });

  it('stops what is slow, and tries again what failed', async () => {
    gateway().faults.delay(600_000, 'find');
    await button('Refresh').click();
    await button('Stop').click();
    await noticed('You stopped this.');
    gateway().faults.delay(0, 'find');
    gateway().faults.fail(50, { command: 'find', message: 'No.' });
    await button('Refresh').click();
    await noticed('The time that the question had was up.');
    await picture('documents-failed-light');
    await button('Retry').click();
    await ranged('1–50 of about 158');
    await view.locator('.notice').waitFor({ state: 'hidden' });
  });

  it('is hindered by nothing that can be reckoned, in any colours', async function () {
    this.timeout(120_000);
    for await (const name of coloursOf(kai)) {
      await cells().nth(40).click();
      await cells().first().click();
      if ((await view.locator('pre').count()) === 0) await press('Enter');
      await view.locator('pre').filter({ hasText: '"_id"' }).waitFor();
      await picture(`documents-${name}`);
      await panel.hindersNobody(name);
    }
  });

  it('finds after a reload what was open, and nothing is asked until they say so', async () => {
    await cells().first().click();
    await press('F2');
    await tab('orders.json').waitFor();
    const before = gateway().commands.length;
    await kai.command('Developer: Reload Window');
    await view.locator('.range').waitFor({ state: 'detached' });
    await tab('orders.json').waitFor();
    await kai.page.getByText('This was open before the window was reloaded').waitFor();
    await tab('orders — shop — orders-eu').click();
    await noticed('The window was reloaded. Nothing is asked of orders in shop until you open it again.');
    await picture('documents-reloaded-dark');
    assert.deepEqual(
      gateway()
        .commands.slice(before)
        .filter(({ name }) => name === 'find'),
      [],
    );
    await button('Open Again').click();
    await ranged('1–50 of about 158');
  });
});

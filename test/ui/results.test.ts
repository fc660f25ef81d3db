import assert from 'node:assert/strict';
import type { FrameLocator, Locator } from 'playwright-core';
import { eventually } from '../editor/eventually.ts';
import { coloursOf, panelOf } from './panel.ts';
import type { Panel } from './panel.ts';
import type { Person } from './person.ts';
import { onStage } from './stage.ts';

const hostile = '<img src=x onerror="document.title=`hit`">';
const many = 100_000;

const playground = `
use('shop');
db.many.find();
db.many.aggregate([{ $group: { _id: '$group', items: { $sum: 1 } } }, { $sort: { _id: 1 } }]);
db.many.find({ group: 'group 3' }).sort({ price: 1 }).explain('executionStats');
({ text: ${JSON.stringify(hostile)}, inner: { list: [1, { deep: ISODate('2026-01-02') }] } });
print('printed line');
db.orders.find({ _id: { $nowhere: 1 } });
`;

/** One story of somebody who looks at what a playground came to: each step begins where the one before it ended. */
describe('somebody with results', function () {
  const stage = onStage();
  const { picture, clipboard } = stage;
  let kai: Person;
  let panel: Panel;
  let view: FrameLocator;
  before(() => {
    ({ kai } = stage);
    panel = panelOf(kai);
    ({ view } = panel);
    const gateway = stage.azure.gateways.get('orders-eu') ?? assert.fail();
    gateway.generate('shop', 'many', { documents: many });
  });

  const button = (name: string): Locator => view.getByRole('button', { name, exact: true });
  const statement = (text: string): Locator => view.getByRole('option').filter({ hasText: text });
  const about = (text: string): Promise<void> => view.locator('.range', { hasText: text }).waitFor();
  /** So many rows that are elements are selected, once what was pressed has been painted. */
  const selected = (count: number): Promise<void> =>
    eventually(async () =>
      assert.equal(await view.locator('[role=row][data-row][aria-selected=true]').count(), count),
    );
  const focused = (): Locator => view.locator(':focus');
  const press = (...keys: readonly string[]): Promise<void> =>
    keys.reduce((before, key) => before.then(() => kai.page.keyboard.press(key)), Promise.resolve());
  /** Where the keyboard is in the table, counted from 0, once that is there. */
  const at = (row: number, column: number): Promise<void> =>
    view.locator(`[data-row="${row}"] > [data-column="${column}"]:focus`).waitFor();

  it('runs a playground, and sees what became of each statement', async () => {
    await kai.signIn();
    await kai.command('Cosmos Entra: New Playground');
    await kai.asked(/A playground at which cluster\?/);
    await kai.pick(/^orders-eu/);
    const editor = kai.page.locator('.editor-instance .monaco-editor.focused');
    await editor.waitFor();
    // The cursor goes to the first statement when that is there.
    await kai.page.getByText('Ln 3, Col 1').waitFor();
    await press('Control+End');
    await kai.page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(playground)})`);
    await press('Control+V');
    await editor.getByText('nowhere').waitFor();
    await kai.command('Cosmos Entra: Run Playground');
    await statement('$nowhere').and(view.locator('[aria-selected=true]')).waitFor();
    await view.locator('.notice.error', { hasText: /^Line \d+: / }).waitFor();
    await button('Go to Line').click();
    await editor.waitFor();
    await picture('results-failed-light');
  });

  it('loads all of a hundred thousand documents, and stops that as well', async () => {
    await statement('db.many.find()').click();
    await about('documents and more');
    await view.locator('[data-row="0"]').getByText('Item 00000000').waitFor();
    await button('Load More').click();
    await about('1,100 documents and more');
    await button('Load All').click();
    await button('Stop').click();
    await button('Load All').click();
    await about('100,000 documents · ');
    assert.equal(await view.getByRole('grid').getAttribute('aria-rowcount'), String(many + 1));
    await picture('results-table-light');
  });

  it('walks through them with the keys alone, and the page holds only what is seen', async () => {
    await view.locator('[data-row="0"] > [data-column="0"]').click();
    await press('Control+End');
    const last = (await view.getByRole('columnheader').count()) - 1;
    await at(many - 1, last);
    await view
      .locator(`[data-row="${many - 1}"]`)
      .getByText('Item 00099999')
      .waitFor();
    await press('Home', 'ArrowUp', 'ArrowUp', 'ArrowDown', 'ArrowRight');
    await at(many - 2, 1);
    await press('PageUp');
    await press('Control+Home');
    await at(0, 0);
    await press('PageDown', 'PageDown', 'PageDown');
    const rows = await view.locator('[data-row]').count();
    assert.ok(rows < 120, `${rows} rows are elements`);
    await press('Control+Home', ' ', 'Shift+ArrowDown', 'Shift+ArrowDown');
    await selected(3);
    await press('Control+C');
    assert.equal((await clipboard(/^_id\t/)).trimEnd().split('\n').length, 4);
    // What was copied is told as well, and may be told last; what is selected already is not told again.
    await eventually(async () => {
      await press('Escape', 'Control+A');
      await view.getByRole('status').getByText('100000 rows selected').waitFor({ timeout: 1000 });
    });
    // Rows are, and not the words on the page.
    assert.equal(await panel.evaluate('String(getSelection())'), '');
    await press('Escape');
    await selected(0);

    // Sideways out of the first row lies the row of the names, where Enter sorts.
    await press('Control+Home', 'ArrowUp', 'ArrowRight');
    await view.getByRole('columnheader').nth(1).and(view.locator(':focus')).waitFor();
    await press('Enter');
    await view.locator('[aria-sort=ascending]:focus').waitFor();
    await press('Enter');
    await view.locator('[aria-sort=descending]:focus').waitFor();
    await press('ArrowDown');
    await focused().getByText('Item 00099999').waitFor();
    await press('ArrowUp', 'Enter');
    await view.locator('[aria-sort]:not([aria-sort=none])').waitFor({ state: 'detached' });
    const before = (await focused().boundingBox())?.width;
    await press('Shift+ArrowRight', 'Shift+ArrowRight');
    await eventually(async () => {
      const after = (await focused().boundingBox())?.width;
      assert.equal(Number(after) - Number(before), 32);
    });
  });

  it('finds them where they were left, when others were looked at meanwhile', async () => {
    await press('Control+End');
    await statement('db.many.aggregate').click();
    await about('10 documents');
    await statement('db.many.find()').click();
    await view
      .locator(`[data-row="${many - 1}"]`)
      .getByText('Item 00099999')
      .waitFor();
    await press('Enter');
    await at(many - 1, (await view.getByRole('columnheader').count()) - 1);
  });

  it('opens a document in its place, and a value in it', async () => {
    await press('Control+Home', 'Enter');
    const detail = view.locator('.detail');
    await detail.getByRole('treeitem', { name: /Item 00000000/ }).waitFor();
    await at(0, 0);
    await picture('results-open-light');
    await press('Enter');
    await detail.waitFor({ state: 'detached' });
    await press('Shift+F10');
    await view.getByRole('menuitem', { name: 'Copy Document' }).waitFor();
    await press('ArrowDown', 'Enter');
    assert.match(await clipboard(/^\{\n/), /^\{\n {2}"_id": 0,\n/);
    await at(0, 0);
  });

  it('sees them as a tree', async () => {
    await button('Tree').click();
    await view.getByRole('treeitem').first().click();
    await view.getByRole('treeitem', { name: /^name/ }).waitFor();
    await press('ArrowDown', 'ArrowDown');
    await view.locator('[role=treeitem][aria-level="2"]:focus').waitFor();
    await press('Control+C');
    assert.equal(await clipboard(/^Item/), 'Item 00000000');
    await press('ArrowLeft');
    await view.locator('[role=treeitem][aria-level="1"][aria-expanded=true]:focus').waitFor();
    await picture('results-tree-light');
    await press('ArrowLeft', 'End');
    await focused().getByText('Item 00099999').waitFor();
  });

  it('looks at them before they read', async () => {
    await statement('db.many.aggregate').click();
    await button('Chart').click();
    const drawing = view.getByRole('img', { name: /^Sum of items by _id: 10 points/ });
    await drawing.waitFor();
    await eventually(async () => assert.equal(await drawing.locator('.bar').count(), 10));
    await picture('results-chart-light');
    await button('Numbers').click();
    await eventually(async () => assert.equal(await view.getByRole('rowheader').count(), 10));
    await button('Numbers').click();
    await statement('db.many.find()').click();
    await view.getByRole('img', { name: /^Number of documents by group: 10 points/ }).waitFor();
    await view.getByLabel('Shape').selectOption({ label: 'Line' });
    await view.locator('svg .path + .dot').waitFor();
  });

  it('sees what was planned, and what is costly', async () => {
    await statement('explain').click();
    const scan = view.getByRole('treeitem', { name: /COLLSCAN/ });
    await scan.filter({ hasText: 'costly' }).waitFor();
    await scan.getByText(/^Reads the whole collection, 100,000 documents\./).waitFor();
    await scan.click();
    await press('ArrowUp');
    await view.locator('.stage:focus', { hasText: 'SORT' }).waitFor();
    await picture('results-plan-light');
    await press('ArrowLeft');
    await scan.waitFor({ state: 'hidden' });
    await press('ArrowRight');
    await scan.waitFor();
  });

  it('sees markup in a document as the text that it is, and nothing from elsewhere', async () => {
    await statement('({ text:').click();
    await button('Table').click();
    await view.getByRole('gridcell', { name: hostile }).click();
    await press('Enter');
    await view.locator('.detail').getByText(hostile).waitFor();
    assert.equal(await view.locator('img').count(), 0);
    assert.notEqual(await panel.evaluate('document.title'), 'hit');
    const policy = await view.locator('meta[http-equiv="Content-Security-Policy"]').getAttribute('content');
    assert.match(policy ?? '', /^default-src 'none'; style-src \S+( \S+)*; script-src 'nonce-[\w+/=]{24}'$/);
  });

  it('opens them as JSON in an editor that folds', async () => {
    await view.getByLabel('EJSON').selectOption({ label: 'canonical' });
    await button('JSON').click();
    const editor = kai.page.locator('.editor-instance .monaco-editor.focused');
    await editor.getByText('"$numberInt"').or(editor.getByText('"$date"')).first().waitFor();
    await kai.page.locator('.codicon-folding-expanded').first().waitFor({ state: 'attached' });
    await picture('results-json-light');
    await kai.command('View: Close Editor');
    await button('JSON').waitFor();
    await statement('print(').click();
    await view.getByLabel('Printed').getByText('printed line').waitFor();
  });

  it('is hindered by nothing that can be reckoned, in any colours, wide and narrow', async function () {
    this.timeout(240_000);
    for await (const name of coloursOf(kai)) {
      await statement('$nowhere').click();
      await view.locator('.notice.error').waitFor();
      await panel.hindersNobody(`${name}, failed`);
      await statement('db.many.find()').click();
      await button('Table').click();
      await view.locator('[data-row="3"] > [data-column="0"]').click();
      await press('Enter', 'ArrowDown', 'Shift+ArrowDown');
      await view.locator('.detail [role=treeitem]').first().waitFor();
      await panel.hindersNobody(`${name}, table`);
      await picture(`results-table-${name}`);
      await button('Copy').click();
      await panel.hindersNobody(`${name}, menu`);
      await press('Escape');
      await button('Tree').click();
      // A row that has come can be opened; what came while the button was down took the press with it.
      await eventually(async () => {
        await view.locator('[role=treeitem][aria-expanded=false]').first().click();
        await view.locator('[aria-level="2"]').first().waitFor({ timeout: 3000 });
      });
      await panel.hindersNobody(`${name}, tree`);
      await statement('db.many.aggregate').click();
      await button('Chart').click();
      await view.locator('svg .bar, svg .dot').first().waitFor();
      await panel.hindersNobody(`${name}, chart`);
      await picture(`results-chart-${name}`);
      await statement('explain').click();
      await view.getByRole('treeitem', { name: /COLLSCAN/ }).waitFor();
      await panel.hindersNobody(`${name}, plan`);
      await picture(`results-plan-${name}`);
    }
    await statement('db.many.find()').click();
    await button('Table').click();
    await kai.page.setViewportSize({ width: 640, height: 800 });
    await view.locator('[data-row="0"]').waitFor();
    await panel.hindersNobody('narrow');
    await picture('results-narrow-dark');
    await kai.page.setViewportSize({ width: 2400, height: 1000 });
    await panel.hindersNobody('wide');
    await picture('results-wide-dark');
    await kai.page.setViewportSize({ width: 1120, height: 1000 });
  });

  it('scrolls through all of them without waiting', async () => {
    const times = await panel.evaluate<readonly number[]>(`new Promise((resolve) => {
      const grid = document.querySelector('.grid');
      const times = [];
      let last = performance.now();
      const step = () => {
        const now = performance.now();
        times.push(now - last);
        last = now;
        grid.scrollTop += grid.scrollHeight / 300;
        if (times.length < 300) requestAnimationFrame(step);
        else resolve(times.slice(1).sort((one, other) => one - other));
      };
      requestAnimationFrame(step);
    })`);
    const median = times[Math.floor(times.length / 2)] ?? Infinity;
    assert.ok(median < 100, `a frame takes ${median} ms`);
    await view
      .locator(`[data-row="${many - 1}"]`)
      .getByText('Item 00099999')
      .waitFor();
  });
});

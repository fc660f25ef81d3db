import assert from 'node:assert/strict';
import type { FrameLocator, Locator } from 'playwright-core';
import { coloursOf, panelOf } from './panel.ts';
import type { Panel } from './panel.ts';
import type { Person } from './person.ts';
import { onStage } from './stage.ts';

/** One story of somebody who gets no connection, and reads why: each step begins where the one before it ended. */
describe('somebody without a connection', () => {
  const stage = onStage();
  const { picture, clipboard } = stage;
  let kai: Person;
  let panel: Panel;
  let view: FrameLocator;
  before(() => {
    ({ kai } = stage);
    panel = panelOf(kai);
    ({ view } = panel);
    Object.assign(stage.azure.organisation.behaviour, {
      operationPolls: 0,
      lockMs: 0,
      secondFactorOnWrite: false,
    });
  });

  const said = (text: string): Promise<void> => view.locator('.sentence', { hasText: text }).waitFor();
  const button = (name: string): Locator => view.getByRole('button', { name, exact: true });
  const top = (name: string): Locator => view.locator('.top').getByRole('button', { name, exact: true });
  const check = (id: string): Locator => view.locator(`[data-check="${id}"]`);
  const state = (id: string, name: string): Promise<void> =>
    view.locator(`[data-check="${id}"][data-state="${name}"]`).waitFor();
  /** Rows move until all are there, and a menu would be that of another. */
  const still = async (): Promise<void> => {
    for (let before = ''; ;) {
      const rows = (await kai.rows()).join('\n');
      if (rows === before) return;
      before = rows;
      await kai.page.waitForTimeout(1500);
    }
  };

  it('asks of a cluster’s row, and is told what is wrong in one sentence', async () => {
    await kai.signIn();
    await kai.choose(/^reviews-eu/, 'Why Can’t I Connect?');
    await said('You have not been added to reviews-eu. You can mend this yourself');
    await state('principal', 'fail');
    await picture('doctor-sick-light');
    await panel.hindersNobody('sick');
  });

  it('has it as a tree that a screen reader can walk', async () => {
    const tree = await view.locator('main').ariaSnapshot();
    const lines = tree.split('\n').map((line) => line.replace(/ \d+(\.\d)? m?s(?="?$)/, ''));
    for (const line of [
      '  - heading "Why Can’t I Connect to reviews-eu?" [level=1]',
      '  - status: "You have not been added to reviews-eu. You can mend this yourself: add yourself."',
      '  - button "Add Me…"',
      '  - toolbar "Report":',
      '    - button "Check Again"',
      '    - button "Stop" [disabled]',
      '    - button "Copy as Markdown"',
      '  - heading "Checks" [level=2]',
      '  - list:',
      '      - group: "Sign-in to Azure Passed Account: kai@contoso.com"',
      '        - text: Registration Failed You have not been added to reviews-eu',
      '        - term: Object id',
      '        - button "Check Again from Here"',
      '      - group: Sign-in to the database Failed reviews-eu refuses your sign-in (18)',
    ])
      assert.ok(lines.includes(line), `${line}\n\n${tree}`);
    assert.equal(await view.locator('[style]:not(html), img, body script').count(), 0);
  });

  it('opens and closes checks with the keys alone, and finds them so when it comes back', async () => {
    await top('Add Me…').focus();
    await kai.page.keyboard.press('Shift+Tab');
    for (let presses = 0; presses < 8; presses++) {
      await kai.page.keyboard.press('Tab');
      if ((await view.locator('[data-check="signedIn"] summary:focus').count()) > 0) break;
    }
    await view.locator('[data-check="signedIn"] summary:focus').waitFor();
    await kai.page.keyboard.press('Enter');
    await check('signedIn').locator('dt', { hasText: 'Object id' }).waitFor();
    await check('claims').locator('summary').click();
    await check('claims').locator('dt', { hasText: 'Audience (aud)' }).waitFor();
    await kai.command('Cosmos Entra: Why Can’t I Connect?');
    await kai.asked(/Which cluster can’t you connect to\?/);
    await kai.pick(/^legacy-shop/);
    await said('legacy-shop is not running (state: Stopped). You can mend this yourself, in the portal.');
    await view
      .locator('.others')
      .getByText('Also in the way: legacy-shop does not let people in with Entra.')
      .waitFor();
    await picture('doctor-two-light');
    await kai.command('View: Close Editor');
    await said('You have not been added to reviews-eu');
    await check('claims').locator('dt', { hasText: 'Audience (aud)' }).waitFor();
    await check('claims').locator('summary').click();
    await check('signedIn').locator('summary').click();
  });

  it('copies it for a ticket', async () => {
    await button('Copy as Markdown').click();
    const text = await clipboard(/^# Why/);
    assert.match(text, /^# Why Can’t I Connect to reviews-eu\?\n\n\*\*You have not been added/);
    assert.doesNotMatch(text, /eyJ/);
    await view.getByText('The report is copied, without secrets.').waitFor();
  });

  it('is added from there, and sees it turn green', async () => {
    await check('principal').getByRole('button', { name: 'Add Me…' }).click();
    await kai.pick(/^Administrator/);
    await kai.reviews(/Add Kai Carter/);
    await kai.pick(/^Add/);
    await said('Everything works: nothing keeps you from reviews-eu.');
    await state('command', 'pass');
    await kai.dismiss();
    await picture('doctor-healthy-light');
    await panel.hindersNobody('healthy');
    await top('Open Documents…').waitFor();
  });

  it('sees it at work, and stops it', async () => {
    stage.azure.faults.add({ fault: { kind: 'hang' }, service: 'resourceManager', path: 'reviews-eu$' });
    await button('Check Again').click();
    await state('cluster', 'looking');
    await picture('doctor-looking-light');
    await button('Stop').click();
    await said('You stopped this before everything was looked at');
    assert.equal(await view.locator('button:focus').innerText(), 'Stop', 'the focus stays where it was');
    await picture('doctor-stopped-light');
    stage.azure.faults.clear();
    await button('Check Again').click();
    await said('Everything works');
  });

  it('looks into somebody else', async () => {
    await kai.expand(/^orders-eu, /);
    await kai.expand(/^Access/);
    await kai.choose(/^Alex Moreau/, 'Why Can’t They Connect?');
    await said(
      'Nothing was found that keeps Alex Moreau from orders-eu, but not everything could be looked at.',
    );
    await picture('doctor-other-light');
    await panel.hindersNobody('other');
    await kai.command('View: Close Editor');
  });

  it('is asked in one box who it is, with those who have access at once', async () => {
    await kai.choose(/^orders-eu, /, 'Why Can’t They Connect?');
    await kai.asked(/Type a name, or paste a sign-in name or an id; Enter takes one/);
    const offered = kai.page.locator('.quick-input-list').getByRole('option');
    await offered.filter({ hasText: 'has access' }).first().waitFor();
    assert.equal(await kai.page.locator('.quick-input-list').getByRole('checkbox').count(), 0);
    await picture('doctor-whom-light');
    await kai.page.keyboard.type('robin');
    // Nobody is taken who was found by less than that.
    await kai.page.keyboard.press('Enter');
    await offered.filter({ hasText: 'robin@contoso.com' }).waitFor();
    assert.equal(await offered.count(), 1);
    await kai.page.keyboard.press('Enter');
    await said('Robin Reyes has not been added to orders-eu');
    await kai.command('View: Close Editor');
  });

  it('is hindered by nothing that can be reckoned, in any colours and of any width', async function () {
    this.timeout(180_000);
    await kai.choose(/^legacy-shop/, 'Why Can’t I Connect?');
    await said('legacy-shop is not running');
    for await (const name of coloursOf(kai)) {
      await button('Check Again').focus();
      await picture(`doctor-${name}`);
      await panel.hindersNobody(name);
    }
    await kai.command('View: Toggle Primary Side Bar Visibility');
    for (const [name, width] of [
      ['wide', 1900],
      ['narrow', 420],
      ['narrowest', 260],
    ] as const) {
      await kai.page.setViewportSize({ width, height: 1000 });
      await picture(`doctor-${name}-dark`);
      await panel.hindersNobody(name);
      const over = await panel.evaluate<number>(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      assert.ok(over <= 0, `${name}: ${over} pixels are out of sight`);
    }
    await kai.page.setViewportSize({ width: 1120, height: 1000 });
    await kai.command('View: Toggle Primary Side Bar Visibility');
  });

  it('finds it after a reload, where nothing is asked until they say so', async function () {
    this.timeout(180_000);
    const tab = kai.page.getByRole('tab', { name: /^Why Can’t I Connect/ });
    assert.ok((await tab.count()) > 0);
    await kai.command('Developer: Reload Window');
    await said('The window was reloaded: what this report had found is gone.');
    assert.equal(await view.getByRole('listitem').count(), 0);
    await picture('doctor-reloaded-dark');
    await panel.hindersNobody('reloaded');
    const stop = button('Stop');
    assert.equal(await stop.getAttribute('aria-disabled'), 'true');
    // A check has ten seconds, and all that is listed after a reload asks for tokens too.
    await kai.row(/^Tailspin Toys/).waitFor();
    await still();
    await button('Check Again').focus();
    await kai.page.keyboard.press('Enter');
    await said('legacy-shop is not running');
    await state('running', 'fail');
    assert.equal(await view.locator('button:focus').innerText(), 'Check Again', 'the focus stays');
    assert.equal(await kai.page.getByText(/wants to sign in/).count(), 0);
  });
});

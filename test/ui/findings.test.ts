import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import type { Person } from './person.ts';
import { onStage } from './stage.ts';

/** One story of somebody who sees a number on the icon, and what it stands for: each step begins where the one before it ended. */
describe('somebody who looks after access, with the packaged extension', () => {
  const stage = onStage();
  const { picture, clipboard } = stage;
  let kai: Person;
  before(() => {
    ({ kai } = stage);
    Object.assign(stage.azure.organisation.behaviour, {
      operationPolls: 0,
      lockMs: 0,
      secondFactorOnWrite: false,
    });
  });

  const tree = (): Locator => kai.page.getByRole('tree', { name: 'Findings' });
  const row = (name: RegExp): Locator => tree().getByRole('treeitem', { name }).first();
  const section = (view: string): Locator =>
    kai.page.locator('.part.sidebar .pane-header').filter({ hasText: view }).locator('h3');
  /** Nobody waits for it, so it takes its time: on a slow machine more than a minute. */
  const counted = (count: number): Promise<void> =>
    kai.page
      .getByRole('tab', { name: new RegExp(`^Cosmos Entra.* ${count} errors and warnings`) })
      .waitFor({ timeout: 150_000 });
  const choose = async (name: RegExp, item: string): Promise<void> => {
    await row(name).click({ button: 'right' });
    await kai.page.locator('.monaco-menu').last().waitFor();
    await kai.menuItem(item);
  };

  it('is told what would stand there, before anybody signed in', async () => {
    await kai.page.getByRole('tab', { name: 'Cosmos Entra' }).click();
    await section('Findings').click();
    await kai.page.getByText(/Once you are signed in, what should be looked at stands here/).waitFor();
    assert.equal(stage.azure.requests.length, 0);
    await section('Findings').click();
  });

  it('signs in, and sees the number on the icon and the worst first, without asking for it', async () => {
    await kai.page.getByRole('button', { name: 'Sign In' }).click();
    await kai.answer(/wants to sign in/, 'Allow');
    await kai.widen(560);
    // Its view is closed as it was in the beginning: the number is what speaks.
    await counted(25);
    await section('Findings').click();
    await row(/^Error: carts-eu, open to every address/).waitFor();
    const writing = stage.azure.requests.filter(({ method }) => !/^(GET|POST)$/.test(method));
    assert.deepEqual(writing, []);
  }).timeout(300_000);

  it('makes room for them, and reads why one matters', async () => {
    for (const view of ['Clusters', 'Sessions']) await section(view).click();
    await row(/^Warning: orders-eu, .* is gone from the directory/).waitFor();
    await picture('findings-light');
    await row(/^Error: ledger, no Entra administrator/).hover();
    await kai.page.getByRole('tooltip').filter({ hasText: 'nobody in it rules over this cluster' }).waitFor();
    await kai.page.screenshot({ path: '.cache/screenshots/findings-tooltip.png' });
  });

  it('takes access away from who is gone, with the button on the row, and the number is less', async () => {
    const gone = /^Warning: orders-eu, .* is gone from the directory/;
    await row(gone).hover();
    await row(gone).getByRole('button', { name: 'Fix…' }).click();
    await kai.answer(/orders-eu: Remove 60e60e00/, 'Remove');
    await kai.told(/no longer has Administrator on orders-eu/).waitFor();
    await row(gone).waitFor({ state: 'detached' });
    await counted(24);
    await kai.dismiss();
  });

  it('ignores one with a reason, which stands below', async () => {
    await choose(/^Warning: legacy-shop/, 'Ignore…');
    await kai.asked(/Ignore legacy-shop: passwords still on, Entra off/);
    await kai.page.keyboard.type('Goes away in autumn');
    await kai.page.keyboard.press('Enter');
    await kai.asked(/For how long/);
    await kai.pick(/^For 30 days/);
    await counted(23);
    await row(/^Ignored, 1/).click();
    await row(/^Warning: legacy-shop/).waitFor();
    await row(/^Warning: legacy-shop/)
      .getByText('Goes away in autumn')
      .waitFor();
    await kai.command('Preferences: Color Theme');
    await kai.pick(/^Dark Modern/);
    await kai.page.locator('.monaco-workbench.vs-dark').waitFor();
    await picture('findings-dark');
  });

  it('copies the report, with what is ignored and why', async () => {
    await kai.command('Cosmos Entra: Copy Findings as Markdown');
    const report = await clipboard(/^# Findings/);
    assert.match(report, /\| Error \| carts-eu \| open to every address/);
    assert.match(report, /\| legacy-shop \| .* \| Goes away in autumn \| kai\\@contoso\.com \|/);
  });

  it('finds it still ignored after the window was reloaded', async () => {
    await kai.page.reload();
    await kai.page.getByRole('tab', { name: /^Cosmos Entra/ }).waitFor();
    await counted(23);
    await row(/^Ignored, 1/).waitFor();
  }).timeout(300_000);
});

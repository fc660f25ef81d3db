import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { eventually } from '../editor/eventually.ts';
import type { Person } from './person.ts';
import { onStage } from './stage.ts';

/** One story of an owner who wants to know who did what: each step begins where the one before it ended. */
describe('an owner who looks back, with the packaged extension', () => {
  const stage = onStage();
  const { picture } = stage;
  let kai: Person;
  before(() => {
    ({ kai } = stage);
    const { directory } = stage.azure.organisation;
    const alex = directory.find(({ displayName }) => displayName === 'Alex Moreau');
    assert.ok(alex?.type === 'user');
    alex.displayName = 'Alex $(bug) Moreau';
  });

  const list = (): Locator => kai.page.locator('.quick-input-list');
  /** What a screen reader says of each change. */
  const changes = async (): Promise<readonly string[]> => {
    // The list is filled behind its title.
    await list().getByRole('option').first().waitFor();
    const options = await list().getByRole('option').all();
    return Promise.all(options.map(async (option) => (await option.getAttribute('aria-label')) ?? ''));
  };
  const title = (text: RegExp): Promise<void> =>
    kai.page.locator('.quick-input-title').filter({ hasText: text }).waitFor();
  const act = (name: string): Locator =>
    kai.page.locator('.quick-input-titlebar').getByRole('button', { name, exact: true });

  /** Its key is part of its name. */
  const back = (): Locator =>
    kai.page.locator('.quick-input-titlebar').getByRole('button', { name: /^Back/ });

  it('signs in', async () => {
    await kai.signIn();
  });

  it('sees from the menu what was done to a cluster, by whom, and how it ended', async () => {
    await kai.choose(/^orders-eu/, 'Recent Access Changes…');
    await title(/^orders-eu: Access Changes of the Last 30 Days$/);
    const [first = assert.fail(), ...more] = await changes();
    assert.match(
      first,
      /^Set the firewall rule office: 203\.0\.113\.0–203\.0\.113\.31.*Alex.*Moreau \(person\).*done/,
    );
    assert.ok(more.some((change) => /failed \(Conflict\)/.test(change)));
    // What people are called is no picture.
    assert.match(await list().innerText(), /Alex \$\(bug\) Moreau/);
    assert.equal(await list().locator('.codicon-bug').count(), 0);
    await picture('changes-light');
  });

  it('looks further back, and finds one by what it was', async () => {
    await act('Other Span…').click();
    await kai.pick(/^The last 90 days/);
    await title(/Last 90 Days$/);
    await kai.page.keyboard.type('to entra only');
    await list()
      .getByRole('option', { name: /^Set the firewall rule/ })
      .waitFor({ state: 'detached' });
    const [found] = await eventually(async () => {
      const all = await changes();
      assert.equal(all.length, 1);
      return all;
    });
    assert.match(found ?? '', /^Changed ways in to Entra only.*Alex.*Moreau \(person\)/);
    await picture('changes-found-light');
  });

  it('reads all that is known of it, and comes back to where they were, by the keyboard alone', async () => {
    await kai.page.keyboard.press('Enter');
    await title(/^orders-eu: One Access Change$/);
    const line = (name: RegExp): Locator => list().getByRole('option', { name });
    await line(/^What was done, Changed ways in to Entra only/).waitFor();
    await line(/^Who, Alex .*Moreau \(person\)/).waitFor();
    await line(/^How it ended, done/).waitFor();
    await picture('change-light');
    await kai.page.keyboard.press('ArrowDown');
    await kai.page.keyboard.press('ArrowUp');
    await kai.page.keyboard.press('ArrowUp');
    await kai.page.keyboard.press('Enter');
    await title(/Last 90 Days$/);
    await kai.holds(/^to entra only$/);
    const [found] = await eventually(async () => {
      const all = await changes();
      assert.equal(all.length, 1);
      return all;
    });
    assert.match(found ?? '', /^Changed ways in to Entra only/);
    await kai.page.keyboard.press('Enter');
    await title(/^orders-eu: One Access Change$/);
    await back().click();
    await title(/Last 90 Days$/);
    await kai.holds(/^to entra only$/);
  });

  it('comes back to its row among all of them', async () => {
    await kai.retypes('');
    const third = list().getByRole('option').nth(2);
    await third.waitFor();
    const name = (await third.getAttribute('aria-label')) ?? assert.fail();
    await third.click();
    await title(/^orders-eu: One Access Change$/);
    await back().click();
    await title(/Last 90 Days$/);
    const row = list().locator('.monaco-list-row.focused');
    await eventually(async () => assert.equal(await row.getAttribute('aria-label'), name));
  });

  it('opens it as JSON at will', async () => {
    await kai.page.keyboard.press('Enter');
    await title(/^orders-eu: One Access Change$/);
    await act('Open as JSON').click();
    await kai.page.getByRole('tab', { name: /^orders-eu-.*\.json/ }).waitFor();
    await kai.page.locator('.editor-instance .view-lines').getByText('whoType').waitFor();
    await picture('change-json-light');
  });

  it('is told why the log cannot be read, and what Azure writes there leads nowhere', async () => {
    const message = 'See [the reason](command:workbench.action.toggleSidebarVisibility).';
    stage.azure.faults.add({
      fault: { kind: 'status', status: 400, body: { error: { code: 'Odd', message } } },
      path: 'eventtypes/management/values$',
    });
    await kai.choose(/^orders-eu/, 'Recent Access Changes…');
    const told = kai.told(/See \[the reason\] \(command:/);
    await told.waitFor();
    assert.equal(await told.locator('.notification-list-item-message a').count(), 0);
    await kai.dismiss();
  });

  it('finds after the window was reloaded no tab of what is not known any more', async () => {
    await kai.page.reload();
    await kai.row(/^Tailspin Toys/).waitFor();
    assert.equal(await kai.page.getByRole('tab', { name: /^orders-eu-/ }).count(), 0);
  });

  it('asks from the palette of which cluster, and reads it in the dark and in a narrow window', async () => {
    await kai.command('Preferences: Color Theme');
    await kai.pick(/^Dark Modern/);
    await kai.page.locator('.monaco-workbench.vs-dark').waitFor();
    await kai.command('Cosmos Entra: Recent Access Changes…');
    await kai.asked(/^Recent access changes of which cluster\?/);
    await kai.pick(/^catalog/);
    await title(/^catalog: Access Changes of the Last 30 Days$/);
    await list().getByRole('option', { name: /key/ }).first().waitFor();
    await picture('changes-dark');
    await kai.page.setViewportSize({ width: 640, height: 800 });
    await picture('changes-narrow');
    await kai.page.setViewportSize({ width: 1120, height: 1000 });
    await kai.page.keyboard.press('Escape');
  });
});

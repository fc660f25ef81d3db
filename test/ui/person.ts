/** What a person does in VS Code, by what they see: labels and roles. */
import type { Locator, Page } from 'playwright-core';

export interface Person {
  readonly page: Page;
  row(name: RegExp): Locator;
  rows(): Promise<readonly string[]>;
  /** Opens a row that is closed. */
  expand(name: RegExp): Promise<void>;
  /** Chooses from the context menu of a row. */
  choose(row: RegExp, item: string): Promise<void>;
  /** The titles in the context menu of a row. */
  menu(row: RegExp): Promise<readonly string[]>;
  /** Runs a command from the palette. */
  command(title: string): Promise<void>;
  /** Picks from the quick pick that is open. */
  pick(label: RegExp): Promise<void>;
}

export function personAt(page: Page): Person {
  const tree = page.getByRole('tree', { name: 'Clusters' });
  const row = (name: RegExp): Locator => tree.getByRole('treeitem', { name }).first();
  const openMenu = async (name: RegExp): Promise<Locator> => {
    await row(name).click({ button: 'right' });
    const menu = page.locator('.monaco-menu').last();
    await menu.waitFor();
    return menu;
  };
  return {
    page,
    row,
    async rows() {
      const items = await tree.getByRole('treeitem').all();
      return Promise.all(items.map(async (item) => (await item.getAttribute('aria-label')) ?? ''));
    },
    async expand(name) {
      const item = row(name);
      await item.waitFor();
      if ((await item.getAttribute('aria-expanded')) !== 'true') {
        await item.click();
        await page.keyboard.press('ArrowRight');
      }
    },
    async choose(name, item) {
      const menu = await openMenu(name);
      await menu.getByRole('menuitem', { name: item, exact: true }).click();
    },
    async menu(name) {
      const menu = await openMenu(name);
      const items = await menu.getByRole('menuitem').all();
      const titles = await Promise.all(items.map((item) => item.innerText()));
      await page.keyboard.press('Escape');
      return titles.map((title) => title.trim()).filter((title) => title !== '');
    },
    async command(title) {
      await page.keyboard.press('F1');
      const input = page.locator('.quick-input-widget input').first();
      await input.waitFor();
      await input.fill(`>${title}`);
      await page.locator('.quick-input-list .monaco-list-row').filter({ hasText: title }).first().click();
    },
    async pick(label) {
      const list = page.locator('.quick-input-list');
      await list.locator('.monaco-list-row').filter({ hasText: label }).first().click();
    },
  };
}

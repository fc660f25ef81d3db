/** What a person does in VS Code, by what they see: labels and roles. */
import type { Locator, Page } from 'playwright-core';

export interface Person {
  readonly page: Page;
  row(name: RegExp): Locator;
  rows(): Promise<readonly string[]>;
  /** Opens a row that is closed. */
  expand(name: RegExp): Promise<void>;
  collapse(name: RegExp): Promise<void>;
  /** Presses a button in the title of the view. */
  title(name: string): Promise<void>;
  /** Chooses from the menu that is open. */
  menuItem(name: string): Promise<void>;
  /** Chooses from the context menu of a row. */
  choose(row: RegExp, item: string): Promise<void>;
  /** The titles in the context menu of a row. */
  menu(row: RegExp): Promise<readonly string[]>;
  /** Runs a command from the palette. */
  command(title: string): Promise<void>;
  /** Drags the side bar to this width. */
  widen(width: number): Promise<void>;
  /** Closes the notifications that are shown. */
  dismiss(): Promise<void>;
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
        // A click opens a row that has no command of its own; where it did not, the key does.
        if ((await item.getAttribute('aria-expanded')) !== 'true') await page.keyboard.press('ArrowRight');
      }
    },
    async collapse(name) {
      const item = row(name);
      if ((await item.getAttribute('aria-expanded')) !== 'true') return;
      await item.click();
      if ((await item.getAttribute('aria-expanded')) === 'true') await page.keyboard.press('ArrowLeft');
    },
    async title(name) {
      // Away from the rows first: the tooltip of one may lie over the buttons.
      await page.mouse.move(700, 10);
      await page.locator('.part.sidebar .composite.title').hover();
      await page
        .locator('.part.sidebar .title-actions, .part.sidebar .actions')
        .getByRole('button', { name })
        .first()
        .click();
    },
    async menuItem(name) {
      await page
        .locator('.monaco-menu')
        .last()
        .getByRole('menuitem', { name, exact: true })
        .click({ delay: 250 });
    },
    async choose(name, item) {
      const menu = await openMenu(name);
      // A menu ignores a button that comes up too soon after it opened: nobody is that fast.
      await menu.getByRole('menuitem', { name: item, exact: true }).click({ delay: 250 });
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
    async widen(width) {
      const edge = await page.locator('.part.sidebar').boundingBox();
      if (edge === null) throw new Error('There is no side bar.');
      await page.mouse.move(edge.x + edge.width, edge.y + 300);
      await page.mouse.down();
      await page.mouse.move(edge.x + width, edge.y + 300, { steps: 5 });
      await page.mouse.up();
    },
    async dismiss() {
      for (const toast of await page.locator('.notification-toast').all()) {
        await toast.hover();
        await toast.getByRole('button', { name: /^Clear Notification/ }).click();
      }
    },
    async pick(label) {
      const list = page.locator('.quick-input-list');
      await list.locator('.monaco-list-row').filter({ hasText: label }).first().click();
    },
  };
}

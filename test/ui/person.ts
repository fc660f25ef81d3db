/** What a person does in VS Code, by what they see: labels and roles. */
import type { Locator, Page } from 'playwright-core';

export interface Person {
  readonly page: Page;
  /** Signs in where nobody was, and waits until everything is listed: rows move until then, and a menu is of none of them. */
  signIn(): Promise<void>;
  row(name: RegExp): Locator;
  rows(): Promise<readonly string[]>;
  /** Opens a row that is closed. */
  expand(name: RegExp): Promise<void>;
  collapse(name: RegExp): Promise<void>;
  /** Double-clicks a row for what is to be seen then. */
  doubleClick(name: RegExp, seen: RegExp): Promise<void>;
  /** Presses a button in the title of the view. */
  title(name: string): Promise<void>;
  /** Chooses from the menu that is open. */
  menuItem(name: string): Promise<void>;
  /** Presses a button on a row. */
  press(row: RegExp, button: string): Promise<void>;
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
  /** Waits for a question in the box on top, by what a screen reader says of it. */
  asked(question: RegExp): Promise<void>;
  /** Waits for the review of a change, and reads it until the progress of finding out is off the screen. */
  reviews(change: RegExp): Promise<void>;
  /** Looks for somebody to add, and ticks them. */
  finds(text: string, who: RegExp): Promise<void>;
  /** Puts a text in the place of what was typed into the box on top, wherever the focus is. */
  retypes(text: string): Promise<void>;
  /** Waits until the box on top holds such a text. */
  holds(text: RegExp): Promise<void>;
  /** Picks from the quick pick that is open. */
  pick(label: RegExp): Promise<void>;
  /** A dialog or a notification, by what it says. */
  told(text: RegExp): Locator;
  /** Waits for a dialog or a notification and presses a button of it. */
  answer(text: RegExp, button: string): Promise<void>;
}

export function personAt(page: Page): Person {
  const tree = page.getByRole('tree', { name: 'Clusters' });
  const box = page.locator('.quick-input-widget input.input').first();
  const row = (name: RegExp): Locator => tree.getByRole('treeitem', { name }).first();
  const openMenu = async (name: RegExp): Promise<Locator> => {
    const menu = page.locator('.monaco-menu').last();
    for (let tries = 1; ; tries++) {
      await row(name).click({ button: 'right' });
      const isOpen = await menu.waitFor({ timeout: 5000 }).then(
        () => true,
        () => false,
      );
      if (!isOpen && tries < 5) continue;
      // Rows may move while a list comes in: the one that was hit is marked, and whoever hit another aims again.
      const marked = (await row(name).getAttribute('class'))?.split(' ').includes('focused');
      if (marked === true || tries === 5) return menu;
      await page.keyboard.press('Escape');
      await menu.waitFor({ state: 'detached' });
    }
  };
  const toggle = async (name: RegExp, isOpen: boolean): Promise<void> => {
    const wanted = row(name).and(page.locator(`[aria-expanded=${isOpen}]`));
    const isAsWanted = (): Promise<boolean> =>
      wanted.waitFor({ timeout: 3000 }).then(
        () => true,
        () => false,
      );
    await row(name).waitFor();
    // While more is listed a row may move from under the pointer: then another one was clicked.
    for (let tries = 0; tries < 4; tries++) {
      if ((await row(name).getAttribute('aria-expanded')) === String(isOpen)) return;
      await row(name).click();
      // A click is enough, at once or by a command that takes a moment; where it was not, the key does it.
      if (await isAsWanted()) return;
      await page.keyboard.press(isOpen ? 'ArrowRight' : 'ArrowLeft');
      if (await isAsWanted()) return;
    }
    await wanted.waitFor();
  };
  const told = (text: RegExp): Locator => page.getByRole('dialog').filter({ hasText: text }).first();
  return {
    page,
    row,
    async signIn() {
      await page.getByRole('tab', { name: 'Cosmos Entra' }).click();
      await page.getByRole('button', { name: 'Sign In' }).first().click();
      await this.answer(/wants to sign in/, 'Allow');
      for (const last of [/^tryout-free/, /^shipments/, /^Tailspin Toys, needs you to sign in/])
        await row(last).waitFor();
    },
    async rows() {
      const items = await tree.getByRole('treeitem').all();
      return Promise.all(items.map(async (item) => (await item.getAttribute('aria-label')) ?? ''));
    },
    expand: (name) => toggle(name, true),
    collapse: (name) => toggle(name, false),
    async doubleClick(name, seen) {
      for (let tries = 1; ; tries++) {
        await row(name).dblclick();
        const isSeen = await row(seen)
          .waitFor({ timeout: 10_000 })
          .then(
            () => true,
            () => false,
          );
        // Where the machine was busy between the two, they were a click and a click.
        if (isSeen) return;
        if (tries === 4) throw new Error(`A double-click on ${name} does nothing.`);
      }
    },
    async title(name) {
      // Away from the rows first: the tooltip of one may lie over the buttons.
      await page.mouse.move(700, 10);
      // The buttons of a view among several show when somebody points at it.
      await page.locator('.part.sidebar .pane-header').filter({ hasText: 'Clusters' }).hover();
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
    async press(name, button) {
      await row(name).hover();
      await row(name).getByRole('button', { name: button }).click();
    },
    async choose(name, item) {
      for (let tries = 1; ; tries++) {
        const entry = (await openMenu(name)).getByRole('menuitem', { name: item, exact: true });
        const isThere = await entry.waitFor({ timeout: 3000 }).then(
          () => true,
          () => false,
        );
        // A menu ignores a button that comes up too soon after it opened: nobody is that fast.
        if (isThere || tries === 3) return entry.click({ delay: 250 });
        // It may hang on what is still asked about the row.
        await page.keyboard.press('Escape');
      }
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
      const clear = page.getByRole('button', { name: /^Clear Notification/ });
      while ((await clear.count()) > 0) {
        // Some go by themselves meanwhile.
        await clear
          .first()
          .click({ timeout: 500 })
          .catch(() => undefined);
      }
    },
    async asked(question) {
      await page.getByRole('textbox', { name: question }).waitFor();
    },
    async reviews(change) {
      const title = new RegExp(`^Nothing has been changed yet - .*${change.source}`);
      await page.getByRole('textbox', { name: title }).or(told(change)).waitFor();
      // It stays a second longer than the work, and three notifications are all that VS Code shows at once.
      const progress = page.getByRole('dialog').filter({ hasText: 'Source: Cosmos Entra' });
      await progress
        .filter({ has: page.getByRole('button', { name: 'Cancel' }) })
        .first()
        .waitFor({ state: 'detached' });
    },
    async finds(text, who) {
      await page.getByRole('textbox', { name: /Type a name, or paste/ }).waitFor();
      await page.keyboard.type(text);
      await page.getByRole('checkbox', { name: who }).first().click();
      await page.getByRole('button', { name: 'OK' }).click();
    },
    async retypes(text) {
      await box.fill(text);
    },
    async holds(text) {
      for (let tries = 0; !text.test(await box.inputValue()); tries++) {
        if (tries === 600) throw new Error(`"${await box.inputValue()}" is not ${text}`);
        await page.waitForTimeout(50);
      }
    },
    async pick(label) {
      const list = page.locator('.quick-input-list');
      const option = list.getByRole('option', { name: label });
      await option
        .or(list.getByRole('checkbox', { name: label }))
        .first()
        .click();
    },
    told,
    async answer(text, button) {
      const dialog = told(text);
      await dialog.waitFor();
      await dialog.getByRole('button', { name: button, exact: true }).click();
      await dialog.waitFor({ state: 'detached' });
    },
  };
}

import assert from 'node:assert/strict';
import axe from 'axe-core';
import type { FrameLocator } from 'playwright-core';
import type { Person } from './person.ts';

/** The panel that is shown, with its page inside. */
export interface Panel {
  readonly view: FrameLocator;
  /** What a script comes to in the page’s own window. */
  evaluate<Value>(script: string): Promise<Value>;
  /** Nothing on the page hinders anybody, as far as that can be reckoned. */
  hindersNobody(name: string): Promise<void>;
}

export function panelOf({ page }: Person): Panel {
  const evaluate = async <Value>(script: string): Promise<Value> => {
    const outer = await page.locator('iframe.webview.ready').elementHandle();
    const inner = (await outer?.contentFrame())?.childFrames()[0];
    return (inner ?? assert.fail()).evaluate<Value>(script);
  };
  return {
    view: page.frameLocator('iframe.webview.ready').frameLocator('iframe'),
    evaluate,
    async hindersNobody(name) {
      await evaluate(axe.source);
      const found = await evaluate<string>(
        "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => JSON.stringify(violations.map(({ id, nodes }) => [id, ...nodes.map((node) => node.html + ' ' + node.failureSummary)]), undefined, 1))",
      );
      assert.equal(found, '[]', name);
    },
  };
}

const themes = [
  ['Light Modern', '.vs:not(.hc-light)', 'light'],
  ['Dark High Contrast', '.hc-black', 'contrast'],
  ['Light High Contrast', '.hc-light', 'contrast-light'],
  ['Dark Modern', '.vs-dark', 'dark'],
] as const;

/** The colours that a window may have, by a short name each, once it has them. */
export async function* coloursOf(person: Person): AsyncGenerator<string> {
  for (const [theme, selector, name] of themes) {
    await person.command('Preferences: Color Theme');
    await person.asked(/Select Color Theme/);
    await person.page.keyboard.type(theme);
    await person.pick(new RegExp(`^${theme}`));
    await person.page.locator(`.monaco-workbench${selector}`).waitFor();
    yield name;
  }
}

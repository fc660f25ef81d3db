import assert from 'node:assert/strict';
import axe from 'axe-core';
import type { Frame, FrameLocator, Locator } from 'playwright-core';
import type { Person } from './person.ts';
import { onStage } from './stage.ts';

/** One story of somebody who gets no connection, and reads why: each step begins where the one before it ended. */
describe('somebody without a connection', function () {
  // After a step that failed the next ones have nothing to begin from.
  this.bail(true);

  const stage = onStage();
  const { picture, clipboard } = stage;
  let kai: Person;
  let view: FrameLocator;
  before(() => {
    ({ kai } = stage);
    view = kai.page.frameLocator('iframe.webview.ready').frameLocator('iframe');
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
  /** The page inside of the panel. */
  const page = async (): Promise<Frame> => {
    const outer = await kai.page.locator('iframe.webview.ready').elementHandle();
    const inner = (await outer?.contentFrame())?.childFrames()[0];
    return inner ?? assert.fail();
  };
  const reckoned = async (name: string): Promise<void> => {
    const frame = await page();
    await frame.evaluate(axe.source);
    const found = await frame.evaluate<string>(
      "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => JSON.stringify(violations.map(({ id, nodes }) => [id, ...nodes.map((node) => node.html + ' ' + node.failureSummary)]), undefined, 1))",
    );
    assert.equal(found, '[]', name);
  };

  it('asks of a cluster’s row, and is told what is wrong in one sentence', async () => {
    await kai.page.getByRole('tab', { name: 'Cosmos Entra' }).click();
    await kai.page.getByRole('button', { name: 'Sign In' }).click();
    await kai.answer(/wants to sign in/, 'Allow');
    await kai.row(/^reviews-eu/).waitFor();
    await kai.choose(/^reviews-eu/, 'Why Can’t I Connect?');
    await said('You are none of those whom reviews-eu lets in – whoever gives access');
    await state('principal', 'fail');
    await picture('doctor-sick-light');
    await reckoned('sick');
  });

  it('reads it with a screen reader as they see it', async () => {
    const tree = await view.locator('main').ariaSnapshot();
    console.log(tree);
  });
});

import assert from 'node:assert/strict';
import type { Locator } from 'playwright-core';
import { eventually } from '../editor/eventually.ts';
import type { Person } from './person.ts';
import { onStage } from './stage.ts';

/** One story of somebody who is turned away: each step begins where the one before it ended. */
describe('somebody who meets errors, with the packaged extension', () => {
  const stage = onStage();
  const { clipboard, picture } = stage;
  let kai: Person;
  before(() => {
    ({ kai } = stage);
    const action = 'Microsoft.DocumentDB/mongoClusters/firewallRules/read';
    const message = `The client 'kai@contoso.com' does not have authorization to perform action '${action}' over scope 'orders-eu'.`;
    stage.azure.faults.add({
      fault: { kind: 'status', status: 403, body: { error: { code: 'AuthorizationFailed', message } } },
      path: '/orders-eu/firewallRules$',
      times: 0,
    });
  });

  const lines = (): Locator => kai.page.locator('.editor-instance .view-lines');
  /** A line of what is shown; what comes from elsewhere has other spaces on the screen. */
  const line = (text: RegExp): Locator => lines().locator('.view-line').filter({ hasText: text }).first();
  /** What can be done, above the line that says so. */
  const button = (name: string): Locator =>
    kai.page.locator('.editor-instance .codelens-decoration').getByRole('button', { name, exact: true });
  const tab = (name: RegExp): Locator => kai.page.getByRole('tab', { name }).first();
  const copy = (text: string): Promise<unknown> =>
    kai.page.evaluate(`navigator.clipboard.writeText(${JSON.stringify(text)})`);

  it('signs in', async () => {
    await kai.signIn();
  });

  it('has what a program wrote explained, from the palette, and a token in it is shown nowhere', async () => {
    const token = await stage.azure.issueToken('kai@contoso.com', {
      tenant: 'contoso.com',
      resource: 'https://ossrdbms-aad.database.windows.net',
    });
    await copy(
      `MongoServerError: No. {ok: 0, code: 18, codeName: "AuthenticationFailed"}\nAADSTS50076: Multi-factor. Bearer ${token}`,
    );
    await kai.command('Cosmos Entra: Explain an Error…');
    const question = kai.page.getByRole('textbox', { name: /^Explain which error\?/ });
    await question.waitFor();
    await eventually(async () =>
      assert.deepEqual(await kai.page.locator('.quick-input-list').getByRole('option').allInnerTexts(), [
        'The Text in the ClipboardAADSTS50076, 18',
        'Another Text…',
      ]),
    );
    await kai.pick(/^The Text in the Clipboard/);
    await tab(/^Explained Error/).waitFor();
    await line(/^Careful:.*there.*is.*a.*token/).waitFor();
    await line(/^#.*2.*errors,.*explained$/).waitFor();
    await button('Sign In to Tenant…').waitFor();
    assert.ok(!(await lines().innerText()).includes(token.slice(0, 30)));
    await picture('explain-light');
    // To a screen reader it is an editor, by a name that says what is in it and that nothing is written there.
    await kai.page
      .getByRole('textbox', { name: /^(?:The editor is not accessible|Explained Error)/ })
      .first()
      .waitFor();
  });

  it('is asked for a text where the browser does not let the clipboard be read', async () => {
    const { context } = stage;
    await context.clearPermissions();
    await kai.command('Cosmos Entra: Explain an Error…');
    await kai.asked(/^Explain an Error$/);
    await kai.page.keyboard.type('connect ECONNREFUSED 203.0.113.9:10260');
    await kai.page.keyboard.press('Enter');
    await line(/^#.*ECONNREFUSED/).waitFor();
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await kai.dismiss();
  });

  it('has it explained why a row is not there, from its menu, and what the button says is done', async () => {
    await kai.expand(/^orders-eu/);
    await kai.expand(/^Firewall/);
    await kai.row(/^Firewall rules could not be listed|^.*could not be/).waitFor();
    await kai.choose(/could not be/, 'Explain an Error…');
    await line(/^#.*Not.*allowed/).waitFor();
    await line(/^-.*Action:.*firewallRules/).waitFor();
    await picture('explain-row-light');
    await button('Ask for Access…').click();
    await tab(/^Access Request/).waitFor();
    await kai.told(/Copied\. Send it to whoever manages orders-eu\./).waitFor();
    const text = await clipboard(/^# A role in Azure at `orders-eu`$/m);
    assert.match(text, /^- Object id in this tenant: `9e550000-0000-4000-8000-000000000001`$/m);
    assert.match(text, /--role 'Reader'/);
    await kai.dismiss();
  });

  it('asks for access from the menu of a cluster, reads the message, and has it to paste', async () => {
    await kai.choose(/^orders-eu/, 'Ask for Access…');
    await kai.asked(/^What do you need on orders-eu\?/);
    await picture('ask-question-light');
    await kai.pick(/^Read only/);
    await line(/^#.*Access.*to.*orders-eu/).waitFor();
    assert.match(await clipboard(/^# Access to `orders-eu`$/m), /createUser: "9e550000-/);
    await picture('ask-light');
    await kai.dismiss();
  });

  it('adds a sentence to it, copies that, and is asked nothing when it is closed', async () => {
    await line(/^#.*Access.*to.*orders-eu/).click();
    await kai.page.keyboard.press('Control+Home');
    await kai.page.keyboard.type('By Friday, please. ');
    await line(/^By.*Friday.*Access.*to/).waitFor();
    await button('Copy').click();
    assert.match(await clipboard(/^By Friday/), /^By Friday, please\. # Access to `orders-eu`$/m);
    await picture('ask-added-light');
    await tab(/^Access Request/).click();
    await kai.command('View: Close Editor');
    await tab(/^Access Request/).waitFor({ state: 'detached' });
    assert.equal(await kai.page.getByText(/Do you want to save/).count(), 0);
    await kai.choose(/^orders-eu/, 'Ask for Access…');
    await kai.pick(/^Read only/);
    // What was thrown away does not come back.
    await line(/^#.*Access.*to.*orders-eu/).waitFor();
    await kai.dismiss();
  });

  it('reads the same in the dark, and in a narrow window', async () => {
    await kai.command('Preferences: Color Theme');
    await kai.pick(/^Dark Modern/);
    await kai.page.locator('.monaco-workbench.vs-dark').waitFor();
    await picture('ask-dark');
    await kai.page.setViewportSize({ width: 640, height: 800 });
    await line(/^##.*Who.*I.*am/).waitFor();
    await picture('ask-narrow');
    await copy('ECONNREFUSED 203.0.113.9:10260');
    await kai.command('Cosmos Entra: Explain an Error…');
    await kai.pick(/^The Text in the Clipboard/);
    await line(/^#.*ECONNREFUSED/).waitFor();
    await picture('explain-narrow');
    await kai.page.setViewportSize({ width: 1120, height: 1000 });
    await picture('explain-dark');
  });
});

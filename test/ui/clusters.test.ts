import assert from 'node:assert/strict';
import type { Person } from './person.ts';
import { onStage } from './stage.ts';

/** One story from the first look on: each step begins where the one before it ended. */
describe('a person with the packaged extension', () => {
  const stage = onStage();
  const { picture, clipboard } = stage;
  let kai: Person;
  before(() => {
    ({ kai } = stage);
  });

  it('finds the view in the activity bar, and is told what to do', async () => {
    await kai.page.getByRole('tab', { name: 'Cosmos Entra' }).click();
    await kai.page.getByRole('button', { name: 'Sign In' }).waitFor();
    await kai.widen(430);
    await picture('signed-out');
  });

  it('changes their mind at the editor’s consent, and nothing happened', async () => {
    await kai.page.getByRole('button', { name: 'Sign In' }).click();
    await kai.page.getByRole('button', { name: 'Cancel' }).click();
    await kai.page.getByRole('button', { name: 'Sign In' }).waitFor();
    assert.equal(await kai.page.locator('.notification-toast').count(), 0);
  });

  it('signs in with one click and the editor’s own consent, and sees every tenant', async () => {
    await kai.page.getByRole('button', { name: 'Sign In' }).click();
    await kai.page.getByRole('button', { name: 'Allow' }).click();
    await kai.row(/^Contoso, kai@contoso\.com/).waitFor();
    await kai.row(/^Fabrikam, kai@contoso\.com/).waitFor();
    await kai.row(/^Tailspin Toys, needs you to sign in/).waitFor();
  });

  it('reads in words how each cluster lets people in', async () => {
    for (const row of [
      /^orders-eu, Entra only · DocumentDB/,
      /^carts-eu, Entra \+ password · DocumentDB/,
      /^legacy-shop, Password only · Stopped · DocumentDB/,
      /^catalog, Entra \+ keys · key 412 days old · NoSQL/,
      /^ledger, Entra \+ password · PostgreSQL/,
      /^orders-us, Entra only · GeoAsyncReplica · DocumentDB/,
      /^Old Sandbox, Disabled/,
    ])
      await kai.row(row).waitFor();
  });

  it('declines the second factor that a tenant wants, and reads why it stays closed', async () => {
    await kai.row(/^Tailspin Toys/).hover();
    await kai
      .row(/^Tailspin Toys/)
      .getByRole('button', { name: 'Sign In to Tenant…' })
      .click();
    await kai.page.getByRole('button', { name: 'Allow' }).click();
    await kai.page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
    await kai.row(/^Tailspin Toys, sign-in needs a second factor/).waitFor();
    await kai.dismiss();
  });

  it('gives the second factor, and sees the tenant’s clusters beside the others', async () => {
    await kai.choose(/^Tailspin Toys/, 'Sign In to Tenant…');
    await kai.page.getByRole('button', { name: 'Allow' }).click();
    await kai.page.getByRole('button', { name: 'Approve' }).click();
    await kai.row(/^Tailspin Toys, kai@contoso\.com/).waitFor();
    await kai.row(/^Toys/).waitFor();
    assert.ok((await kai.rows()).some((row) => row.startsWith('orders-eu')));
  });

  it('reads who has access, by name, and who is gone', async () => {
    await kai.expand(/^orders-eu/);
    await kai.expand(/^Access/);
    await kai.row(/^Kai Carter \(you\), Administrator/).waitFor();
    await kai.row(/ \(gone\), Administrator · no longer in the directory/).waitFor();
    await kai.row(/^dbadmin, Administrator · password sign-in is off/).waitFor();
    await kai.row(/^Names of applications are hidden\. .* Enter: why, and what helps$/).waitFor();
    await kai.row(/^Asking the database who else is in it/).waitFor({ state: 'detached' });
  });

  it('takes the picture of it, light and dark', async () => {
    await picture('clusters-light');
    await kai.command('Preferences: Color Theme');
    await kai.pick(/^Dark Modern/);
    await kai.page.locator('.monaco-workbench.vs-dark').waitFor();
    await picture('clusters-dark');
  });

  it('reads the details of an account, with the age of its keys', async () => {
    await kai.collapse(/^orders-eu/);
    await kai.expand(/^catalog/);
    await kai.expand(/^Details/);
    await kai.row(/^API, NoSQL/).waitFor();
    await kai.row(/^Primary key, made 412 days ago/).waitFor();
    await kai.collapse(/^catalog/);
  });

  it('copies resource ids: of one cluster, and of several selected', async () => {
    await kai.choose(/^orders-eu/, 'Copy Resource Id');
    const id =
      /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.DocumentDB\/mongoClusters\/orders-eu$/i;
    assert.match(await clipboard(id), id);
    await kai.page.keyboard.press('Escape');
    for (const row of [/^orders-eu/, /^carts-eu/, /^ledger/])
      await kai.row(row).click({ modifiers: ['Control'] });
    await kai.choose(/^ledger/, 'Copy Resource Id');
    const names = (await clipboard(/\n/)).split('\n').map((line) => line.split('/').at(-1));
    assert.deepEqual(new Set(names), new Set(['carts-eu', 'ledger', 'orders-eu']));
    await kai.page.keyboard.press('Escape');
  });

  it('looks at a cluster as JSON, which cannot be edited', async () => {
    await kai.choose(/^legacy-shop/, 'View as JSON');
    const editor = kai.page.locator('.editor-instance .view-lines');
    await editor.getByText('clusterStatus').waitFor();
    await kai.page.getByRole('tab', { name: /legacy-shop\.json/ }).waitFor();
    await editor.click();
    await kai.page.keyboard.type('x');
    await kai.page
      .getByRole('alert')
      .filter({ hasText: 'Cannot edit in read-only' })
      .first()
      .waitFor({ state: 'attached' });
    await picture('json-dark');
    await kai.command('View: Close Editor');
  });

  it('opens a cluster in the portal of its cloud and tenant', async () => {
    const opening = stage.context.waitForEvent('page');
    await kai.choose(/^orders-eu/, 'Open in Portal');
    const portal = await opening;
    const address = portal.url();
    await portal.close();
    assert.match(
      address,
      /^https:\/\/portal\.localhost:\d+\/#@[\da-f-]{36}\/resource\/subscriptions\/[^/]+\/.+\/mongoClusters\/orders-eu$/i,
    );
  });

  it('sees what is still on passwords or keys, and then everything again', async () => {
    await kai.title('Filter by Auth Mode…');
    await kai.pick(/^Still on passwords or keys/);
    await kai.row(/^legacy-shop/).waitFor();
    await kai.row(/^orders-eu/).waitFor({ state: 'detached' });
    await kai.page
      .getByText(/^Still on passwords or keys: \d+ of \d+ clusters/)
      .first()
      .waitFor();
    await picture('filtered-dark');
    // It outlives the window, and says so.
    await kai.page.reload();
    await kai.row(/^legacy-shop/).waitFor();
    await kai.page
      .getByText(/^Still on passwords or keys: \d+ of \d+ clusters/)
      .first()
      .waitFor();
    assert.equal(await kai.row(/^orders-eu/).count(), 0);
    await kai.title('Show All Auth Modes');
    await kai.row(/^orders-eu/).waitFor();
    await kai.page
      .getByText(/^Still on passwords or keys: \d+ of \d+ clusters/)
      .first()
      .waitFor({ state: 'hidden' });
  });

  it('groups by kind from the menu of the view, and back from the palette', async () => {
    await kai.title('Group By');
    await kai.menuItem('Group by Kind');
    await kai.row(/^Azure Cosmos DB for PostgreSQL/).waitFor();
    await kai.row(/^Production/).waitFor({ state: 'detached' });
    await kai.command('Cosmos Entra: Group by Subscription');
    await kai.row(/^Production/).waitFor();
  });

  it('goes to a cluster by name with the keyboard alone', async () => {
    await kai.command('Cosmos Entra: Go to Cluster…');
    await kai.page.getByPlaceholder('Go to which cluster?').waitFor();
    await kai.page.keyboard.type('shipm');
    await kai.page
      .getByRole('option', { name: /^shipments/ })
      .and(kai.page.locator('.focused'))
      .waitFor();
    await kai.page.keyboard.press('Enter');
    const selected = kai.page.locator('[role=treeitem][aria-selected=true]');
    await selected.filter({ hasText: 'shipments' }).waitFor();
    // The row came open with the focus on it.
    await kai.row(/^Access/).waitFor();
    await kai.page.keyboard.press('ArrowDown');
    await kai.page.keyboard.press('ArrowRight');
    await kai.row(/Data Contributor/).waitFor();
    await kai.collapse(/^shipments/);
  });

  it('chooses subscriptions, and the choice survives a reload of the window', async () => {
    await kai.command('Cosmos Entra: Choose Subscriptions…');
    await kai.page.getByRole('checkbox', { name: /^Toggle all checkboxes/ }).click();
    await kai.pick(/^Staging/);
    await kai.page.keyboard.press('Enter');
    await kai.row(/^orders-eu/).waitFor({ state: 'detached' });
    await kai.row(/^orders-staging/).waitFor();
    await kai
      .row(/^No cluster in the subscriptions you chose/)
      .first()
      .waitFor();
    await kai.page.reload();
    await kai.row(/^orders-staging/).waitFor();
    assert.equal(await kai.row(/^orders-eu/).count(), 0);
    await kai.command('Cosmos Entra: Choose Subscriptions…');
    await kai.page.getByRole('checkbox', { name: /^Toggle all checkboxes/ }).click();
    await kai.page.keyboard.press('Enter');
    await kai.row(/^orders-eu/).waitFor();
  });

  it('is told when Azure cannot be reached, keeps what was listed, and retries with Enter', async () => {
    stage.azure.faults.add({ fault: { kind: 'status', status: 503 }, service: 'resourceManager', times: 0 });
    await kai.title('Refresh All Clusters');
    await kai
      .row(/could not be|Not refreshed|Azure is not available/)
      .first()
      .waitFor();
    await kai.row(/^orders-eu/).waitFor();
    await picture('failed-dark');
    stage.azure.faults.clear();
    await kai
      .row(/could not be|Not refreshed|Azure is not available/)
      .first()
      .click();
    await kai
      .row(/could not be|Not refreshed|Azure is not available/)
      .first()
      .waitFor({ state: 'detached' });
  });

  it('uses a second account beside the first, and stops using it', async () => {
    await kai.command('Cosmos Entra: Sign In…');
    await kai.page.getByText('Next you choose the account to add.').waitFor();
    await kai.page.getByRole('button', { name: 'Allow' }).click();
    await kai.pick(/^robin@contoso\.com/);
    await kai.row(/^Contoso, robin@contoso\.com/).waitFor();
    await kai.row(/^No subscription here that you can read/).waitFor();
    await kai.row(/^orders-eu/).waitFor();
    await kai.command('Cosmos Entra: Stop Using an Account…');
    await kai.pick(/^robin@contoso\.com/);
    await kai.row(/^Contoso, robin@contoso\.com/).waitFor({ state: 'detached' });
    await kai.row(/^orders-eu/).waitFor();
  });

  it('reads in the log what was asked, and no token', async () => {
    await kai.command('Cosmos Entra: Show Log');
    const log = kai.page.locator('.panel .view-lines');
    await log
      .getByText('resourceGraph', { exact: false })
      .or(log.getByText('/subscriptions'))
      .first()
      .waitFor();
    assert.doesNotMatch(await log.innerText(), /eyJ[\w-]{10,}/);
  });
});

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { startLocalAzure } from '../local-azure/azure.ts';
import type { LocalAzure } from '../local-azure/azure.ts';
import { openBrowser } from '../vscode/browser.ts';
import { companion, companionId, demoOf, packaged } from '../vscode/demo.ts';
import type { Demo } from '../vscode/demo.ts';
import { startVscode } from '../vscode/server.ts';
import type { Server } from '../vscode/server.ts';
import { personAt } from './person.ts';
import type { Person } from './person.ts';

const pictures = join(import.meta.dirname, '../../.cache/screenshots');

describe('a person with the packaged extension', () => {
  let azure: LocalAzure;
  let demo: Demo;
  let server: Server;
  let browser: Browser;
  let kai: Person;

  before(async function () {
    this.timeout(120_000);
    await mkdir(pictures, { recursive: true });
    azure = await startLocalAzure();
    demo = await demoOf(azure);
    server = await startVscode({ ...demo, extensions: [companion, packaged], proposedApi: [companionId] });
    browser = await openBrowser();
    const context = await browser.newContext({
      viewport: { width: 1000, height: 760 },
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    kai = personAt(await context.newPage());
    await kai.page.goto(server.url);
  });

  after(async () => {
    await browser.close();
    await server.close();
    await Promise.all([azure.close(), demo.dispose()]);
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') {
      await kai.page.screenshot({ path: join(pictures, 'failed.png') });
      console.log((await kai.rows()).join('\n'));
    }
  });

  it('finds the view in the activity bar, and is told what to do', async () => {
    await kai.page.getByRole('tab', { name: 'Cosmos Entra' }).click();
    await kai.page.getByRole('button', { name: 'Sign In' }).waitFor();
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
      /^legacy-shop, Password only · DocumentDB · Stopped/,
      /^catalog, Entra \+ keys · NoSQL · key 412 days old/,
      /^ledger, Entra \+ password · PostgreSQL/,
      /^orders-us, Entra only · DocumentDB · GeoAsyncReplica/,
      /^Old Sandbox, Disabled/,
    ])
      await kai.row(row).waitFor();
  });

  it('gives the second factor that a tenant wants, and sees its clusters beside the others', async () => {
    await kai.choose(/^Tailspin Toys/, 'Sign In to Tenant…');
    await kai.page.getByRole('button', { name: 'Allow' }).click();
    await kai.page.getByRole('button', { name: 'Approve' }).click();
    await kai.row(/^Tailspin Toys, kai@contoso\.com/).waitFor();
    await kai.row(/^Toys/).waitFor();
    assert.ok((await kai.rows()).some((row) => row.startsWith('orders-eu')));
  });

  it('reads who has access, by name, with those who are gone', async () => {
    await kai.expand(/^orders-eu/);
    await kai.expand(/^Access/);
    await kai.row(/^Kai Carter \(you\), Administrator/).waitFor();
    await kai.row(/Users made inside the database show once a session is open/).waitFor();
  });

  it('takes the pictures of the README', async () => {
    await kai.page.mouse.move(900, 500);
    await kai.page.screenshot({ path: join(pictures, 'clusters-light.png') });
  });
});

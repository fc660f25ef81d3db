import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import type { BrowserContext } from 'playwright-core';
import { startLocalAzure } from '../local-azure/azure.ts';
import type { LocalAzure } from '../local-azure/azure.ts';
import { openBrowser } from '../vscode/browser.ts';
import { companion, companionId, demoOf, packaged } from '../vscode/demo.ts';
import { startVscode } from '../vscode/server.ts';
import { personAt } from './person.ts';
import type { Person } from './person.ts';

const pictures = join(import.meta.dirname, '../../.cache/screenshots');

/** A person before the packaged extension in a real VS Code, with an Azure beside it. */
interface Stage {
  readonly azure: LocalAzure;
  readonly context: BrowserContext;
  readonly kai: Person;
  /** The workspace that is open. */
  readonly folder: string;
  readonly picture: (name: string) => Promise<void>;
  /** What is in the clipboard once it is as expected; the last of it when it never is. */
  readonly clipboard: (expected: RegExp) => Promise<string>;
}

type Built = Pick<Stage, 'azure' | 'context' | 'kai' | 'folder'>;

/** Sets the stage for one story; a step that fails leaves a picture, and the rows as they were. */
export function onStage(): Stage {
  let set: Built | undefined;
  /** In the order in which it is taken down. */
  const leftOpen: (() => Promise<unknown>)[] = [];
  const there = (): Built => {
    if (set === undefined) throw new Error('The stage is set when the first test begins.');
    return set;
  };

  before(async function () {
    this.timeout(180_000);
    await mkdir(pictures, { recursive: true });
    const azure = await startLocalAzure({ gateways: true });
    leftOpen.unshift(() => azure.close());
    const demo = await demoOf(azure);
    leftOpen.unshift(() => demo.dispose());
    const server = await startVscode({
      ...demo,
      extensions: [companion, packaged],
      proposedApi: [companionId],
    });
    leftOpen.unshift(() => server.close());
    const browser = await openBrowser();
    leftOpen.unshift(() => browser.close());
    const context = await browser.newContext({
      viewport: { width: 1120, height: 1000 },
      permissions: ['clipboard-read', 'clipboard-write'],
      ignoreHTTPSErrors: true,
    });
    // A slow machine needs half a minute for the reload of a window.
    context.setDefaultTimeout(60_000);
    const kai = personAt(await context.newPage());
    await kai.page.goto(server.url);
    set = { azure, context, kai, folder: server.folder };
  });

  after(async () => {
    for (const close of leftOpen) await close();
  });

  // After a step that failed the next ones of its story have nothing to begin from; another story has.
  let failed: string | undefined;
  beforeEach(() => {
    if (failed !== undefined) throw new Error(`not tried: “${failed}” has failed`);
  });

  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    failed = this.currentTest.title;
    const { kai } = there();
    const name = this.currentTest.title.replaceAll(/\W+/g, '-').slice(0, 40);
    await kai.page.screenshot({ path: join(pictures, `failed-${name}.png`) });
    const rows = (await kai.rows()).join('\n');
    // Below the failure: what is printed now may be far from it.
    process.once('exit', () => console.log(`The rows were:\n${rows}`));
  });

  return {
    get azure() {
      return there().azure;
    },
    get context() {
      return there().context;
    },
    get kai() {
      return there().kai;
    },
    get folder() {
      return there().folder;
    },

    async picture(name) {
      const { page } = there().kai;
      await page.mouse.move(900, 900);
      // Tooltips, progress and a change of theme fade.
      await page.waitForTimeout(1500);
      await page.screenshot({ path: join(pictures, `${name}.png`) });
    },

    async clipboard(expected) {
      const { page } = there().kai;
      for (let tries = 0; ; tries++) {
        const text = await page.evaluate<string>('navigator.clipboard.readText()');
        if (expected.test(text) || tries === 600) return text;
        await page.waitForTimeout(50);
      }
    },
  };
}

/** What is in the database, by a driver of the test's own: nothing of the extension's is in it. */
export function driverOf(azure: LocalAzure): MongoClient {
  const order = { tenant: 'contoso.com', resource: 'https://ossrdbms-aad.database.windows.net' };
  return new MongoClient(`mongodb://127.0.0.1:${azure.gateways.get('orders-eu')?.port}/`, {
    tls: true,
    ca: azure.certificateAuthority,
    retryWrites: false,
    authMechanism: 'MONGODB-OIDC',
    authMechanismProperties: {
      OIDC_CALLBACK: async () => ({ accessToken: await azure.issueToken('kai@contoso.com', order) }),
    },
  });
}

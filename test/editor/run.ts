/**
 * The tests of `test/editor`, or those files of them that are named, in the extension host of a real VS Code that a
 * browser has open.
 */
import { startLocalAzure } from '../local-azure/azure.ts';
import { openBrowser } from '../vscode/browser.ts';
import { demoOf } from '../vscode/demo.ts';
import { startVscode } from '../vscode/server.ts';
import { buildEditorSuite } from './build.ts';

const built = await buildEditorSuite(process.argv.length > 2 ? process.argv.slice(2) : undefined);
const azure = await startLocalAzure({ gateways: true });
const demo = await demoOf(azure);
const server = await startVscode({
  ...demo,
  // With them, each connection of an extension costs 30 ms of reading certificates. Only the tests of findings look
  // at clusters by themselves: to the others each request matters.
  settings: {
    ...demo.settings,
    'http.systemCertificates': false,
    'cosmosEntra.findings.background': false,
  },
  extensions: [],
  testDriver: true,
});
const browser = await openBrowser();
try {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  const page = await context.newPage();
  /** What the workbench says, for whoever must find out why there was no suite. */
  const aside: string[] = [];
  const failed = (what: string): Error => new Error(`${what}\n${aside.join('\n')}`);
  const ended = new Promise<number>((resolve, reject) => {
    page.on('crash', () => reject(failed('The page crashed.')));
    void page.exposeFunction('codeAutomationExit', resolve);
    void page.exposeFunction('codeAutomationLog', (type: string, args: readonly unknown[]) => {
      const said = args.map(String).join(' ');
      const line = /^editor suite\| (.*)$/.exec(said)?.[1];
      if (line !== undefined) console.log(line);
      else aside.push(`${type}: ${said}`);
    });
    setTimeout(() => reject(failed('The editor suite did not end in fifteen minutes.')), 900_000).unref();
  });
  const remote = (path: string): string => `vscode-remote://127.0.0.1:${server.port}${path}`;
  const payload = JSON.stringify([
    ['extensionDevelopmentPath', remote(built.extension)],
    ['extensionTestsPath', remote(built.suite)],
  ]);
  await page.goto(`${server.url}?payload=${encodeURIComponent(payload)}`);
  process.exitCode = await ended;
} finally {
  await browser.close();
  await server.close();
  await Promise.all([azure.close(), demo.dispose(), built.dispose()]);
}

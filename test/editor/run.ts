import { startLocalAzure } from '../local-azure/azure.ts';
import { openBrowser } from '../vscode/browser.ts';
import { demoOf } from '../vscode/demo.ts';
import { startVscode } from '../vscode/server.ts';
import { buildEditorSuite } from './build.ts';

export interface Result {
  readonly passed: number;
  readonly failed: number;
}

/** The suite of `test/editor`, in the extension host of a real VS Code that a browser has open. */
export async function runEditorSuite(): Promise<Result> {
  const { extension, suite } = await buildEditorSuite();
  const azure = await startLocalAzure();
  const demo = await demoOf(azure);
  const server = await startVscode({ ...demo, extensions: [], testDriver: true });
  const browser = await openBrowser();
  try {
    const page = await browser.newPage();
    let result: Result | undefined;
    const ended = new Promise<number>((resolve, reject) => {
      page.on('crash', () => reject(new Error('The page crashed.')));
      void page.exposeFunction('codeAutomationExit', resolve);
      void page.exposeFunction('codeAutomationLog', (type: string, args: readonly unknown[]) => {
        const line = args.map(String).join(' ');
        const figures = /^editor suite: (\d+) passed, (\d+) failed$/.exec(line);
        if (figures === null) console[type === 'error' ? 'error' : 'log'](line);
        else result = { passed: Number(figures[1]), failed: Number(figures[2]) };
      });
      setTimeout(() => reject(new Error('The editor suite did not end in five minutes.')), 300_000).unref();
    });
    const remote = (path: string): string => `vscode-remote://127.0.0.1:${server.port}${path}`;
    const payload = JSON.stringify([
      ['extensionDevelopmentPath', remote(extension)],
      ['extensionTestsPath', remote(suite)],
    ]);
    await page.goto(`${server.url}?payload=${encodeURIComponent(payload)}`);
    const code = await ended;
    if (result === undefined) throw new Error(`The editor suite ended with ${code} and said no figures.`);
    return result;
  } finally {
    await browser.close();
    await server.close();
    await Promise.all([azure.close(), demo.dispose()]);
  }
}

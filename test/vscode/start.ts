/** `npm start`: local Azure and a VS Code with the extension in it, until Ctrl-C. */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startLocalAzure } from '../local-azure/azure.ts';
import { companion, companionId, demoOf, packaged } from './demo.ts';
import { installVscode } from './install.ts';
import { startVscode } from './server.ts';

/** Also while things are still starting: then it ends as soon as they have. */
const stopped = Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
const { values } = parseArgs({ options: { port: { type: 'string' } } });

// First, so that a machine on which it cannot be had says so, and how to help it, in one line.
await installVscode().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
const azure = await startLocalAzure({ gateways: true });
const demo = await demoOf(azure);
const server = await startVscode({
  ...demo,
  extensions: [companion, packaged],
  proposedApi: [companionId],
  port: values.port === undefined ? undefined : Number(values.port),
});

console.log(`
VS Code with Cosmos Entra:  ${server.url}

Open the Cosmos Entra view in the activity bar and choose Sign In: you are Kai Carter of Contoso.
Azure is local: ${azure.endpoints.resourceManager}. Ctrl-C ends both.`);

await stopped;
// A second Ctrl-C does not leave half of it behind.
process.on('SIGINT', () => undefined);
console.log('Ending…');
await server.close();
await Promise.all([azure.close(), demo.dispose()]);

import * as vscode from 'vscode';
import { Failure } from '../../core/failure.ts';
import { addressOf, environmentOf, findMongosh, inTime, launchOf } from '../../core/sessions/mongosh.ts';
import { openPlainTokenFile } from '../../core/sessions/tokenFile.ts';
import type { TokenFile, TokenSupply } from '../../core/sessions/tokenFile.ts';
import { openTokenPipe } from '../../core/sessions/tokenPipe.ts';
import type { App } from '../app.ts';
import { messageOf } from '../messages.ts';
import type { Node } from '../node.ts';
import { sessionClusterOf } from './openSession.ts';
import { waitFor } from '../progress.ts';
import { mongoshSetting } from '../settings.ts';

/** The user's own mongosh in a terminal, signed in as the editor's account for as long as the terminal lives. */
export async function openMongosh(app: App, node?: Node): Promise<void> {
  const question = vscode.l10n.t('Open mongosh on which cluster?');
  const cluster = await sessionClusterOf(app, node, question);
  if (cluster === undefined) return;
  const azure = app.azure();
  const { database } = azure;
  const mongosh = await findOrTell(app);
  if (mongosh === undefined) return;
  // Before there is a terminal: in it nobody could answer the editor's questions.
  await database.signIn(cluster);
  const servers = await waitFor(vscode.l10n.t('Looking for the servers of {0}…', cluster.name), (signal) =>
    database.servers(cluster, signal),
  );
  const file = await tokenFileOf(app, {
    next: () => inTime(database.token(cluster), cluster.caller),
    failed: (failure) => void app.shells.wanting(cluster, failure, () => database.signIn(cluster)),
  });
  if (file === undefined) return;
  const { file: shellPath, arguments: given } = launchOf(mongosh, [addressOf(servers)]);
  const { account } = cluster.caller;
  try {
    // Meanwhile the settings may have named another cloud, with which these shells have nothing to do.
    if (app.azure() !== azure) throw new Failure({ code: 'cancelled' });
    app.shells.open(
      {
        name: `${cluster.name} · ${account.label}`,
        iconPath: new vscode.ThemeIcon('terminal'),
        shellPath,
        shellArgs: typeof given === 'string' ? given : [...given],
        env: environmentOf(file.path),
        // A window that opens again would bring it back without its tokens.
        isTransient: true,
      },
      { account, file, done: database.use(cluster, 'mongosh') },
    );
  } catch (error) {
    file.close();
    throw error;
  }
}

async function findOrTell({ prompts }: App): Promise<string | undefined> {
  try {
    return await waitFor(vscode.l10n.t('Asking mongosh for its version…'), (signal) =>
      findMongosh(mongoshSetting(), signal),
    );
  } catch (error) {
    const failure = Failure.from(error);
    if (failure.code !== 'noMongosh') throw failure;
    const [get, settings] = [vscode.l10n.t('How to Get It'), vscode.l10n.t('Open Settings')];
    const text = `${messageOf(failure).long} ${howToGet()}`;
    const pressed = await prompts.tell('error', text, [get, settings]);
    if (pressed === get) await vscode.env.openExternal(vscode.Uri.parse(guide));
    if (pressed === settings)
      await vscode.commands.executeCommand('workbench.action.openSettings', '@id:cosmosEntra.mongosh.path');
    return undefined;
  }
}

const guide = 'https://www.mongodb.com/docs/mongodb-shell/install/';

function howToGet(): string {
  if (process.platform === 'darwin') return vscode.l10n.t('Homebrew has it: {0}', 'brew install mongosh');
  if (process.platform === 'win32')
    return vscode.l10n.t('winget has it: {0}', 'winget install MongoDB.Shell');
  return vscode.l10n.t('npm has it: {0}', 'npm install --global mongosh');
}

/** A pipe, in which no token is ever at rest; where there are none, after a question, a file. */
async function tokenFileOf(app: App, supply: TokenSupply): Promise<TokenFile | undefined> {
  if (process.platform !== 'win32') {
    try {
      return await openTokenPipe(supply);
    } catch (error) {
      app.log.error(error);
    }
  }
  const agree = vscode.l10n.t('Keep It in a File');
  app.shells.mayKeepFiles ||=
    (await app.prompts.confirm(
      vscode.l10n.t('Keep a token in a file while mongosh is open?'),
      vscode.l10n.t(
        'This machine has no pipes that mongosh could read its token from. A file that only you can read would hold it, be replaced before the token ends, and be removed when the terminal closes, when you sign out and at the next start. Until then whoever can read your files can sign in as you. This is asked once for this window.',
      ),
      [agree],
    )) === agree;
  return app.shells.mayKeepFiles ? openPlainTokenFile(supply) : undefined;
}

import * as vscode from 'vscode';
import { kinds } from '../../core/clusters/kinds.ts';
import { fixes, mendingOf } from '../../core/doctor/causes.ts';
import type { Fix, Found } from '../../core/doctor/causes.ts';
import type { Cause, Report } from '../../core/doctor/report.ts';
import { wantedOf } from '../../core/doctor/wanted.ts';
import { Failure } from '../../core/failure.ts';
import type { FailureData } from '../../core/failure.ts';
import type { ButtonView } from '../../webview/doctorProtocol.ts';
import { addMe, addSomebodyKnown } from '../access/people.ts';
import type { App } from '../app.ts';
import { askForAccess } from '../asking/askForAccess.ts';
import { explanationOfFailure } from '../explanationText.ts';
import { addMyIp } from '../access/firewall.ts';
import { changeAuthModes } from '../access/modes.ts';
import { signIn } from '../signIn.ts';
import { revealRow } from '../targets.ts';
import type { Subject } from './reports.ts';

/** What became of it: `made` takes Azure a moment to hold, `done` holds at once. */
export type Became = 'made' | 'done';

/** What a button of a cause does. */
export type Act = Fix | 'explain';

/** What was pressed, where it is something that a cause has a button for. */
export function actOf(button: string): Act | undefined {
  return button === 'explain' ? button : fixes.find((fix) => fix === button);
}

/** What can be done about a cause: its fixes, and what more there is to read about it. */
export function buttonsOf(
  { cause }: Found,
  subject: Subject,
  { rights, hurdles }: Pick<Report, 'rights' | 'hurdles'>,
): readonly ButtonView[] {
  const own = mendingOf(cause, rights, hurdles)
    .fixes.filter((id) => id !== 'ask' || wantedOf(cause, subject) !== undefined)
    .map((id): ButtonView => ({ id, label: labelOf(id, subject) }));
  const explain: ButtonView = { id: 'explain', label: vscode.l10n.t('Explain') };
  return failureOf(cause, subject) === undefined ? own : [...own, explain];
}

function labelOf(fix: Fix, { other, name }: Subject): string {
  switch (fix) {
    case 'signIn':
    case 'signInToDatabase':
      return vscode.l10n.t('Sign In');
    case 'addThem':
      return other === undefined ? vscode.l10n.t('Add Me…') : vscode.l10n.t('Add {0}…', name);
    case 'addMyIp':
      return other === undefined ? vscode.l10n.t('Add My IP…') : vscode.l10n.t('Let an Address In…');
    case 'modes':
      return other === undefined
        ? vscode.l10n.t('Turn Entra On and Add Me…')
        : vscode.l10n.t('Change Authentication Modes…');
    case 'access':
      return vscode.l10n.t('Show Access');
    case 'settings':
      return vscode.l10n.t('Open Settings');
    case 'portal':
      return vscode.l10n.t('Open in Portal');
    case 'ask':
      return vscode.l10n.t('Ask for Access…');
  }
}

function otherOf({ other, name }: Subject) {
  return other === undefined ? undefined : { principal: other, name };
}

/** The failure of a service that a cause is, for who wants to read what its code means. */
export function failureOf(cause: Cause, { cluster }: Subject): FailureData | undefined {
  if ('failure' in cause) return cause.failure;
  if (cause.what !== 'signInRefused' || kinds[cluster.kind].service !== 'mongoClusters') return undefined;
  return { code: 'databaseSignInRefused', host: cluster.name, serverCode: Number(cause.serverCode) };
}

/** Does it. `made`: called when it is made, though its person may still be reading that. */
export async function mend(
  app: App,
  act: Act,
  { cause }: Found,
  subject: Subject,
  made: (became: Became) => void,
): Promise<void> {
  const { cluster, other, name, node } = subject;
  const { tokens, discovery, cloud } = app.azure();
  const holds = (): void => made('made');
  const run = (command: string): Thenable<unknown> =>
    vscode.commands.executeCommand(`cosmosEntra.${command}`, node);
  switch (act) {
    case 'signIn':
      if (cause.what === 'azureSignIn') {
        await tokens.interactive(cluster.caller, cloud.audiences.resourceManager);
        await discovery.refreshTenant(cluster.caller);
      } else await signIn(app);
      made('done');
      return;
    case 'signInToDatabase':
      await tokens.interactive(cluster.caller, cloud.audiences[kinds[cluster.kind].service]);
      made('done');
      return;
    case 'addThem':
      if (other === undefined) await addMe(app, node, holds);
      else await addSomebodyKnown(app, node, { principal: other, name, userName: undefined }, holds);
      return;
    case 'modes':
      await (other === undefined ? addMe(app, node, holds) : changeAuthModes(app, node, holds));
      return;
    case 'addMyIp':
      await addMyIp(app, node, holds);
      return;
    case 'access':
      await showAccess(app, subject);
      return;
    case 'settings':
      await run('openSettings');
      return;
    case 'portal':
      await run('openInPortal');
      return;
    case 'ask':
      await askForAccess(app, node, wantedOf(cause, subject), otherOf(subject));
      return;
    case 'explain': {
      const data = failureOf(cause, subject);
      if (data !== undefined) await app.explanations.show(explanationOfFailure(new Failure(data), node));
    }
  }
}

/** The branch with who has access, opened and chosen, whatever hid its cluster. */
async function showAccess(app: App, { cluster, node }: Subject): Promise<void> {
  await vscode.commands.executeCommand('cosmosEntra.goToCluster', node);
  const rows = await app.tree.getChildren(app.tree.clusterNode(cluster.key));
  const access = rows.find((row) => row.kind === 'branch' && row.branch === 'access');
  if (access !== undefined) await revealRow(app, access);
}

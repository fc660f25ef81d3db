import * as vscode from 'vscode';
import type { Change } from '../../core/clusters/change.ts';
import type { Cluster } from '../../core/clusters/cluster.ts';
import { stopsOf } from '../../core/access/guards.ts';
import { kinds } from '../../core/clusters/kinds.ts';
import type { ModeChoice } from '../../core/clusters/kind.ts';
import { freshCluster } from './people.ts';
import type { App } from '../app.ts';
import { modeChoiceWords } from './changeWords.ts';
import type { Node } from '../node.ts';
import type { Choice } from '../prompts.ts';
import { subscriptionState } from './orders.ts';
import { carryOut } from './review.ts';
import { isStopped } from './stops.ts';
import { modesWords, productOf } from '../words.ts';

/** `made`: called when they are changed. */
export async function changeAuthModes(app: App, node?: Node, made?: () => void): Promise<void> {
  const cluster = await freshCluster(
    app,
    node,
    vscode.l10n.t('Change the authentication modes of which cluster?'),
  );
  if (cluster === undefined) return;
  const offered = kinds[cluster.kind].modeChoices(cluster);
  if (offered.length < 2) {
    const text = vscode.l10n.t(
      '{0} is an account of the API {1}: it is not known that anybody gets in without a key, so keys stay on.',
      cluster.name,
      productOf(cluster),
    );
    await app.prompts.tell('information', text, []);
    return;
  }
  const others = offered.filter((choice) => !isNow(cluster, choice));
  const [first] = others;
  const kind = kinds[cluster.kind];
  const isOpen = (choice: ModeChoice): boolean =>
    stopsOf(kind, cluster, { what: 'setModes', ...choice }, subscriptionState(app, cluster)).length === 0;
  // Where nothing else can be chosen the reason is all there is to say.
  if (first !== undefined && !others.some(isOpen)) {
    await isStopped(app, cluster, { what: 'setModes', ...first });
    return;
  }
  // The safest first.
  const choices = offered.toReversed().map((value): Choice<ModeChoice> => ({
    label: modeChoiceWords(cluster, value),
    ...(isNow(cluster, value) ? { description: vscode.l10n.t('current') } : {}),
    detail: choiceDetail(cluster, value),
    value,
  }));
  const question = vscode.l10n.t('Which ways into {0}? Now: {1}', cluster.name, modesWords(cluster));
  const chosen = await app.prompts.pick(
    choices,
    kind.modesAreExperimental ? vscode.l10n.t('{0} (experimental)', question) : question,
  );
  if (chosen === undefined || isNow(cluster, chosen)) return;
  const administrator = await newPassword(app, cluster, chosen);
  if (administrator === 'away') return;
  const change: Change = {
    what: 'setModes',
    ...chosen,
    ...(administrator === undefined ? {} : { administrator }),
  };
  await carryOut(app, [{ cluster, change, who: '' }], { act: vscode.l10n.t('Change'), made });
}

function isNow({ modes }: Cluster, { entra, native }: ModeChoice): boolean {
  return modes.entra === (entra ? 'on' : 'off') && modes.native === (native ? 'on' : 'off');
}

function choiceDetail({ kind }: Cluster, { entra, native }: ModeChoice): string {
  const keys = kinds[kind].nativeSecret === 'keys';
  if (entra && native)
    return keys
      ? vscode.l10n.t('People and applications by name; whoever has a key as well')
      : vscode.l10n.t('People and applications by name; whoever has the password as well');
  if (entra) return vscode.l10n.t('People and applications by name, and nobody else: the safest');
  return vscode.l10n.t('Whoever has the password, under no name of their own');
}

/** A service may want a new password with its native mode; who leaves it empty lets the service decide. */
async function newPassword(
  app: App,
  cluster: Cluster,
  { native }: ModeChoice,
): Promise<(Change & { what: 'setModes' })['administrator'] | 'away'> {
  const userName = kinds[cluster.kind].nativeLogin?.(cluster);
  if (!native || cluster.modes.native !== 'off' || userName === undefined) return undefined;
  const password = await app.prompts.type({
    title: vscode.l10n.t('New password of {0}', userName),
    question: vscode.l10n.t('Azure may ask for one to turn passwords on again. Empty keeps the old one.'),
    secret: true,
    problem: (text) =>
      text === '' || text.length >= 8 ? undefined : vscode.l10n.t('8 characters at least, or none'),
  });
  if (password === undefined) return 'away';
  return password === '' ? undefined : { userName, password };
}

import * as vscode from 'vscode';
import type { Asking, Doer } from '../../core/access/asking.ts';
import { code, plain } from '../../core/markdown.ts';
import { backWords, blocks, clusterLines, numbered, portalLine, strong, whoLines } from './askingParts.ts';
import type { Called } from './askingParts.ts';
import { modeChoiceWords, obstacleWords } from '../access/changeWords.ts';
import { roleMeaning, roleWords } from '../words.ts';

/** A message to whoever manages a cluster, in Markdown: what is wanted, by whom, where, and how it is done and undone. */
export function askingText(asking: Asking, called: Called): string {
  const { commands, undo, obstacles, cluster } = asking;
  const undoing = undoWords(asking);
  return `${[
    `# ${titleWords(asking)}`,
    ...wishWords(asking),
    `## ${asking.asker === undefined ? vscode.l10n.t('Who I am') : vscode.l10n.t('Who it is for')}`,
    whoLines(asking.person, called).join('\n'),
    ...(asking.asker === undefined
      ? []
      : [`## ${vscode.l10n.t('Who asks')}`, whoLines(asking.asker, called).join('\n')]),
    `## ${vscode.l10n.t('Which cluster')}`,
    clusterLines(cluster, asking.portal.cluster, called).join('\n'),
    `## ${vscode.l10n.t('Who can do it')}`,
    ...asking.doers.map((doer) => doerWords(asking, doer)),
    ...(obstacles.length === 0
      ? []
      : [
          `## ${vscode.l10n.t('To know before')}`,
          obstacles.map((obstacle) => `- ${plain(obstacleWords(cluster, obstacle))}`).join('\n'),
        ]),
    ...(asking.changes.length === 0
      ? []
      : [`## ${vscode.l10n.t('With Cosmos Entra')}`, numbered(clickLines(asking))]),
    ...portalParts(asking),
    ...(commands.length === 0
      ? []
      : [
          `## ${vscode.l10n.t('With a command')}`,
          ...(asking.writesList && asking.wish.what === 'rule'
            ? [
                vscode.l10n.t(
                  'It writes the whole list of addresses, as it was when this message was made. If the list was changed since, use another of these ways.',
                ),
              ]
            : []),
          ...blocks(commands),
        ]),
    ...backWords(undoing, undo),
  ].join('\n\n')}\n`;
}

function titleWords({ cluster, wish, asker }: Asking): string {
  const name = code(cluster.name);
  switch (wish.what) {
    case 'grant':
      return vscode.l10n.t('Access to {0}', name);
    case 'modes':
      return vscode.l10n.t('Sign-in with Entra at {0}', name);
    case 'rule':
      return asker === undefined
        ? vscode.l10n.t('My address at the firewall of {0}', name)
        : vscode.l10n.t('An address at the firewall of {0}', name);
    case 'action':
      return vscode.l10n.t('A role in Azure at {0}', name);
    case 'start':
      return vscode.l10n.t('{0} is stopped', name);
  }
}

/** What is wanted, and the least that would do. */
function wishWords({ cluster, wish, changes, person, asker }: Asking): readonly string[] {
  const name = code(cluster.name);
  /** Undefined: whoever asks needs it. */
  const they = asker === undefined ? undefined : code(person.name);
  switch (wish.what) {
    case 'grant': {
      const role = strong(roleWords(wish.role.role));
      return [
        they === undefined
          ? wish.scope === undefined
            ? vscode.l10n.t('I need the role {0} on {1}.', role, name)
            : vscode.l10n.t('I need the role {0} on {1} in {2}.', role, code(wish.scope), name)
          : wish.scope === undefined
            ? vscode.l10n.t('{0} needs the role {1} on {2}.', they, role, name)
            : vscode.l10n.t('{0} needs the role {1} on {2} in {3}.', they, role, code(wish.scope), name),
        they === undefined
          ? vscode.l10n.t(
              'It is the smallest that does what I need: {0}.',
              plain(lowered(roleMeaning(wish.role.role))),
            )
          : vscode.l10n.t(
              'It is the smallest that does what is needed: {0}.',
              plain(lowered(roleMeaning(wish.role.role))),
            ),
        ...(changes.some(({ what }) => what === 'setModes')
          ? [vscode.l10n.t('The cluster does not let people in with Entra yet: that is turned on first.')]
          : []),
      ];
    }
    case 'modes':
      return [
        they === undefined
          ? vscode.l10n.t(
              '{0} does not let people in with Entra. I need that turned on, beside the ways in that there are: nothing else changes.',
              name,
            )
          : vscode.l10n.t(
              '{0} does not let people in with Entra. {1} needs that turned on, beside the ways in that there are: nothing else changes.',
              name,
              they,
            ),
      ];
    case 'rule': {
      const ranges = wish.ranges.map((range) => code(rangeText(range))).join(', ');
      return [
        they === undefined
          ? vscode.l10n.t('I need the firewall of {0} to let in {1}, and no more.', name, ranges)
          : vscode.l10n.t('{0} needs the firewall of {1} to let in {2}, and no more.', they, name, ranges),
      ];
    }
    case 'action':
      return [
        vscode.l10n.t(
          'I need the permission {0} on {1}. The smallest role of Azure’s own that has it is {2}, on this cluster alone; a role of your own with that permission does as well.',
          code(wish.action),
          name,
          strong(wish.role),
        ),
        `<${wish.link}>`,
      ];
    case 'start':
      return [
        they === undefined
          ? vscode.l10n.t('{0} is stopped and answers nobody. I need it started.', name)
          : vscode.l10n.t('{0} is stopped and answers nobody. {1} needs it started.', name, they),
      ];
  }
}

function doerWords({ cluster }: Asking, doer: Doer): string {
  const name = code(cluster.name);
  switch (doer.by) {
    case 'azureRole':
      return vscode.l10n.t(
        'Somebody with the role {0} on {1}, or a larger one: {2}',
        strong(doer.role.name),
        name,
        `<${doer.role.link}>`,
      );
    case 'clusterAdministrator':
      return vscode.l10n.t(
        'An Entra administrator of {0}: its database keeps this role, and nobody else can give it. Whoever manages the cluster in Azure becomes one with {1} in Cosmos Entra.',
        name,
        strong(vscode.l10n.t('Add Me…')),
      );
  }
}

/** The clicks in this extension, in order, with what to enter. */
function clickLines({ cluster, changes, person, asker }: Asking): readonly string[] {
  return changes.flatMap((change, index) => {
    const command = (title: string): string =>
      vscode.l10n.t(
        'In the view Clusters, right-click {0} and choose {1}.',
        code(cluster.name),
        strong(title),
      );
    switch (change.what) {
      case 'setModes':
        return [
          command(vscode.l10n.t('Change Authentication Modes…')),
          vscode.l10n.t('Choose {0}.', strong(modeChoiceWords(cluster, change))),
        ];
      case 'addGrant': {
        const { role, scope, alias } = change.wanted;
        return [
          command(
            person.type === 'servicePrincipal'
              ? vscode.l10n.t('Add Service Principal or Managed Identity…')
              : person.type === 'group'
                ? vscode.l10n.t('Add Group…')
                : vscode.l10n.t('Add Entra User…'),
          ),
          asker === undefined
            ? vscode.l10n.t('Paste my object id {0} and choose me.', code(person.objectId))
            : vscode.l10n.t(
                'Paste the object id {0} and choose {1}.',
                code(person.objectId),
                code(person.name),
              ),
          vscode.l10n.t('Choose {0}.', strong(roleWords(role.role))),
          ...(scope === undefined ? [] : [vscode.l10n.t('Let it reach {0}.', code(scope))]),
          ...(alias === undefined ? [] : [vscode.l10n.t('Name it {0}.', code(alias))]),
        ];
      }
      case 'addRule':
        // All of them are typed at once, and numbered by their name.
        if (index > 0) return [];
        return [
          command(vscode.l10n.t('Add My IP to the Firewall…')),
          vscode.l10n.t('Type {0}.', code(rulesOf(changes).map(rangeText).join(', '))),
          ...(change.rule.name === ''
            ? []
            : [
                vscode.l10n.t(
                  'Name it {0}.',
                  code(changes.length > 1 ? change.rule.name.replace(/-1$/, '') : change.rule.name),
                ),
              ]),
        ];
      // Nobody is asked for these.
      case 'changeRole':
      case 'removeGrant':
      case 'removeRule':
        return [];
    }
  });
}

function portalParts(asking: Asking): readonly string[] {
  const { page } = asking.portal;
  if (page === undefined) return [];
  const lines = [portalLine(asking.portal.link, page), ...pageLines(asking)];
  return [`## ${vscode.l10n.t('In the portal')}`, numbered(lines)];
}

/** What to do on the page, in words that stay true when its buttons are called otherwise. */
function pageLines({ wish, changes, person, cluster }: Asking): readonly string[] {
  switch (wish.what) {
    case 'grant':
      return [
        ...(changes.length > 1 ? [vscode.l10n.t('Turn sign-in with Entra on.')] : []),
        vscode.l10n.t('Add {0} as {1}, and save.', code(person.objectId), strong(roleWords(wish.role.role))),
      ];
    case 'modes':
      return [vscode.l10n.t('Turn sign-in with Entra on, and save.')];
    case 'rule':
      return rulesOf(changes).map((rule) =>
        vscode.l10n.t('Add {0} to the firewall, and save.', code(rangeText(rule))),
      );
    case 'action':
      return [vscode.l10n.t('Add a role assignment: {0} for {1}.', strong(wish.role), code(person.objectId))];
    case 'start':
      return [vscode.l10n.t('Start {0}.', code(cluster.name))];
  }
}

function undoWords({ wish, cluster, person, asker }: Asking): string | undefined {
  switch (wish.what) {
    case 'grant':
      return asker === undefined
        ? vscode.l10n.t(
            'In Cosmos Entra: {0} on my row below {1}. Or:',
            strong(vscode.l10n.t('Remove Access…')),
            code(cluster.name),
          )
        : vscode.l10n.t(
            'In Cosmos Entra: {0} on the row of {1} below {2}. Or:',
            strong(vscode.l10n.t('Remove Access…')),
            code(person.name),
            code(cluster.name),
          );
    case 'rule':
      return vscode.l10n.t('In Cosmos Entra: {0}. Or:', strong(vscode.l10n.t('Remove Firewall Rule…')));
    case 'modes':
      return vscode.l10n.t(
        'In Cosmos Entra: {0}. Or:',
        strong(vscode.l10n.t('Change Authentication Modes…')),
      );
    case 'start':
      return vscode.l10n.t('Stop it in the portal.');
    case 'action':
      return undefined;
  }
}

function rulesOf(changes: Asking['changes']) {
  return changes.flatMap((change) => (change.what === 'addRule' ? [change.rule] : []));
}

function rangeText({ start, end }: { readonly start: string; readonly end: string }): string {
  return start === end ? start : `${start}-${end}`;
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

import * as vscode from 'vscode';
import type { Asking, Command, Doer } from '../core/access/asking.ts';
import { code, fenced, plain } from '../core/markdown.ts';
import { modeChoiceWords, obstacleWords } from './changeWords.ts';
import { productWords, roleMeaning, roleWords } from './words.ts';

/** How those are called who are asked about, where they are known by name. */
export interface Called {
  readonly tenant: string | undefined;
  readonly subscription: string | undefined;
}

/** A message to whoever can mend it, in Markdown: what is wanted, by whom, where, and how it is done and undone. */
export function askingText(asking: Asking, called: Called): string {
  const { commands, undo, obstacles, cluster } = asking;
  const undoing = undoWords(asking);
  return `${[
    `# ${titleWords(asking)}`,
    ...wishWords(asking),
    `## ${vscode.l10n.t('Who I am')}`,
    whoLines(asking, called).join('\n'),
    `## ${vscode.l10n.t('Which cluster')}`,
    clusterLines(asking, called).join('\n'),
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
    ...(undo.length === 0 && undoing === undefined
      ? []
      : [
          `## ${vscode.l10n.t('To take it back')}`,
          ...(undoing === undefined ? [] : [undoing]),
          ...blocks(undo),
        ]),
  ].join('\n\n')}\n`;
}

function titleWords({ cluster, wish }: Asking): string {
  const name = code(cluster.name);
  switch (wish.what) {
    case 'grant':
      return vscode.l10n.t('Access to {0}', name);
    case 'modes':
      return vscode.l10n.t('Sign-in with Entra at {0}', name);
    case 'rule':
      return vscode.l10n.t('My address at the firewall of {0}', name);
    case 'action':
      return vscode.l10n.t('A role in Azure at {0}', name);
    case 'start':
      return vscode.l10n.t('{0} is stopped', name);
    case 'servicePrincipal':
      return vscode.l10n.t('An application that our tenant lacks');
  }
}

/** What is wanted, and the least that would do. */
function wishWords({ cluster, wish, changes }: Asking): readonly string[] {
  const name = code(cluster.name);
  switch (wish.what) {
    case 'grant': {
      const role = strong(roleWords(wish.role.role));
      return [
        wish.scope === undefined
          ? vscode.l10n.t('I need the role {0} on {1}.', role, name)
          : vscode.l10n.t('I need the role {0} on {1} in {2}.', role, code(wish.scope), name),
        vscode.l10n.t(
          'It is the smallest that does what I need: {0}.',
          plain(lowered(roleMeaning(wish.role.role))),
        ),
        ...(changes.some(({ what }) => what === 'setModes')
          ? [vscode.l10n.t('The cluster does not let people in with Entra yet: that is turned on first.')]
          : []),
      ];
    }
    case 'modes':
      return [
        vscode.l10n.t(
          '{0} does not let people in with Entra. I need that turned on, beside the ways in that there are: nothing else changes.',
          name,
        ),
      ];
    case 'rule':
      return [
        vscode.l10n.t(
          'I need the firewall of {0} to let in {1}, and no more.',
          name,
          wish.ranges.map((range) => code(rangeText(range))).join(', '),
        ),
      ];
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
      return [vscode.l10n.t('{0} is stopped and answers nobody. I need it started.', name)];
    case 'servicePrincipal':
      return [
        vscode.l10n.t(
          'Nobody in our tenant can sign in with Entra to clusters such as {0} until the application {1} is in the tenant, and enabled. It is Microsoft’s own, it gets no rights by this, and it is done once.',
          name,
          code(wish.appId),
        ),
      ];
  }
}

function whoLines({ person }: Asking, { tenant }: Called): readonly string[] {
  return [
    line(vscode.l10n.t('Name'), code(person.name)),
    ...(person.userName === undefined ? [] : [line(vscode.l10n.t('Sign-in name'), code(person.userName))]),
    line(
      person.type === 'servicePrincipal'
        ? vscode.l10n.t('Object id of the service principal')
        : vscode.l10n.t('Object id in this tenant'),
      code(person.objectId),
    ),
    line(vscode.l10n.t('Tenant'), named(tenant, person.tenant)),
  ];
}

function clusterLines({ cluster, portal }: Asking, { subscription }: Called): readonly string[] {
  const { id, name, kind } = cluster;
  return [
    line(productWords(kind).long, code(name)),
    line(vscode.l10n.t('Resource id'), code(id)),
    line(vscode.l10n.t('Subscription'), named(subscription, cluster.subscription)),
    line(vscode.l10n.t('Portal'), `<${portal.cluster}>`),
  ];
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
    case 'entraRole':
      return vscode.l10n.t(
        'Somebody with the role {0} in Entra, or a larger one: {1}',
        strong(doer.role.name),
        `<${doer.role.link}>`,
      );
    case 'clusterAdministrator':
      return vscode.l10n.t(
        'An Entra administrator of {0}: its database keeps this role, and takes it from nobody else. Whoever manages the cluster in Azure becomes one with {1} in Cosmos Entra.',
        name,
        strong(vscode.l10n.t('Add Me…')),
      );
  }
}

/** The clicks in this extension, in order, with what to enter. */
function clickLines({ cluster, changes, person }: Asking): readonly string[] {
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
              : vscode.l10n.t('Add Entra User…'),
          ),
          vscode.l10n.t('Paste my object id {0} and choose me.', code(person.objectId)),
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
  const lines = [
    vscode.l10n.t('Open {0}, there {1}.', `<${asking.portal.link}>`, strong(page)),
    ...pageLines(asking),
  ];
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
    case 'servicePrincipal':
      return [
        vscode.l10n.t(
          'Look for {0} among all applications, and let users sign in to it. Where it is missing a command is needed.',
          code(wish.appId),
        ),
      ];
  }
}

function undoWords({ wish, cluster }: Asking): string | undefined {
  switch (wish.what) {
    case 'grant':
      return vscode.l10n.t(
        'In Cosmos Entra: {0} on my row below {1}. Or:',
        strong(vscode.l10n.t('Remove Access…')),
        code(cluster.name),
      );
    case 'rule':
      return vscode.l10n.t('In Cosmos Entra: {0}. Or:', strong(vscode.l10n.t('Remove Firewall Rule…')));
    case 'modes':
      return vscode.l10n.t(
        'In Cosmos Entra: {0}. Or:',
        strong(vscode.l10n.t('Change Authentication Modes…')),
      );
    case 'servicePrincipal':
      return vscode.l10n.t('Disable the application in the portal: no users sign in to it then.');
    case 'start':
      return vscode.l10n.t('Stop it in the portal.');
    case 'action':
      return undefined;
  }
}

function blocks(commands: readonly Command[]): readonly string[] {
  return commands.flatMap(({ program, text }, index) => [
    [
      index === 0 ? undefined : vscode.l10n.t('When that is done:'),
      program === 'azureCli' ? vscode.l10n.t('Azure CLI') : vscode.l10n.t('mongosh'),
    ]
      .filter((part) => part !== undefined)
      .join(' '),
    fenced(program === 'azureCli' ? 'bash' : 'javascript', text),
  ]);
}

function rulesOf(changes: Asking['changes']) {
  return changes.flatMap((change) => (change.what === 'addRule' ? [change.rule] : []));
}

function rangeText({ start, end }: { readonly start: string; readonly end: string }): string {
  return start === end ? start : `${start}-${end}`;
}

function line(label: string, value: string): string {
  return `- ${label}: ${value}`;
}

function named(name: string | undefined, id: string): string {
  return name === undefined ? code(id) : `${code(name)} (${code(id)})`;
}

function numbered(lines: readonly string[]): string {
  return lines.map((text, index) => `${index + 1}. ${text}`).join('\n');
}

function strong(text: string): string {
  return `**${plain(text)}**`;
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

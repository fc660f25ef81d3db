import * as vscode from 'vscode';
import type { Asking, Command, Doer } from '../core/access/asking.ts';
import type { Me } from '../core/access/principals.ts';
import { entraLink } from '../core/doctor/codes/entra.ts';
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
    `## ${asking.asker === undefined ? vscode.l10n.t('Who I am') : vscode.l10n.t('Who it is for')}`,
    whoLines(asking.person, called).join('\n'),
    ...(asking.asker === undefined
      ? []
      : [`## ${vscode.l10n.t('Who asks')}`, whoLines(asking.asker, called).join('\n')]),
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
    case 'servicePrincipal':
      return vscode.l10n.t('An application that our tenant lacks');
    case 'token':
      return vscode.l10n.t('Entra refuses my sign-in: {0}', numberOf(wish));
    case 'enable':
      return vscode.l10n.t('An account that is disabled');
  }
}

/** What is wanted, and the least that would do. */
function wishWords({ cluster, wish, changes, person, asker, ...asking }: Asking): readonly string[] {
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
    case 'servicePrincipal':
      return [
        vscode.l10n.t(
          'Nobody in our tenant can sign in with Entra to clusters such as {0} until the application {1} is in the tenant, and enabled. It is Microsoft’s own, it gets no rights by this, and it is done once.',
          name,
          code(wish.appId),
        ),
      ];
    case 'token':
      return tokenWords(wish, name, asking);
    case 'enable':
      return [
        vscode.l10n.t(
          'The account of {0} is disabled in Entra, which gives it no token: it reaches {1} as little as anything else. If it is still to be used, it has to be enabled again. Whether it was disabled on purpose is not known here.',
          they ?? code(person.name),
          name,
        ),
      ];
  }
}

type TokenWish = Asking['wish'] & { readonly what: 'token' };

function numberOf({ aadsts }: TokenWish): string {
  return `AADSTS${aadsts}`;
}

/** Which token, why there is none, and what is not known of that. */
function tokenWords(
  wish: TokenWish,
  name: string,
  { application, made }: Pick<Asking, 'application' | 'made'>,
): readonly string[] {
  return [
    wish.resource === undefined
      ? vscode.l10n.t('Entra gives me no token on the way to {0}, and answers {1}.', name, numberOf(wish))
      : vscode.l10n.t(
          'Entra gives me no token for {0} on the way to {1}, and answers {2}.',
          code(wish.resource),
          name,
          numberOf(wish),
        ),
    refusalWords(wish.reason),
    `<${entraLink(numberOf(wish))}>`,
    [
      application === undefined
        ? vscode.l10n.t('I sign in with the editor’s own application; the sign-in log has its name and id.')
        : vscode.l10n.t('I sign in with the application {0} of our own.', code(application)),
      vscode.l10n.t(
        'This was written at {0}; the refusal stands in the sign-in log some time before, with ids that are not known here.',
        made.toISOString(),
      ),
    ].join(' '),
  ];
}

/** What a refusal means to whoever can do something about it. */
function refusalWords(reason: TokenWish['reason']): string {
  switch (reason) {
    case 'consent':
      return vscode.l10n.t(
        'That means: the application has no consent in our tenant for this, and I may not give it.',
      );
    case 'conditionalAccess':
      return vscode.l10n.t(
        'That means: a conditional access policy blocks this sign-in. Which one it is the sign-in log tells, and nobody else.',
      );
    case 'notAssigned':
      return vscode.l10n.t(
        'That means: the application is for those who are assigned to it, and I am not among them.',
      );
    case 'notInTenant':
      return vscode.l10n.t(
        'That means: my account is no member or guest of the tenant, or has not accepted its invitation.',
      );
    case 'tenantPolicy':
      return vscode.l10n.t(
        'That means: a tenant restriction or the settings for access across tenants stop this sign-in. It may be those of either tenant.',
      );
    case 'resourceMissing':
      return vscode.l10n.t(
        'That means: the tenant has no service principal for this service, or has disabled it. Nobody in it gets such a token.',
      );
    case 'accountState':
      return vscode.l10n.t(
        'That means: my account is disabled or locked, or its password has expired. Which of them it is the number tells.',
      );
    case 'other':
      return vscode.l10n.t('What that means here is not known; the sign-in log has more of it.');
  }
}

function whoLines(person: Me, { tenant }: Called): readonly string[] {
  return [
    line(vscode.l10n.t('Name'), code(person.name)),
    ...(person.userName === undefined ? [] : [line(vscode.l10n.t('Sign-in name'), code(person.userName))]),
    line(
      person.type === 'servicePrincipal'
        ? vscode.l10n.t('Object id of the service principal')
        : vscode.l10n.t('Object id in this tenant'),
      person.objectId === ''
        ? vscode.l10n.t('not known: it takes a token that Entra does not give')
        : code(person.objectId),
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
  const lines = [
    vscode.l10n.t('Open {0}, there {1}.', `<${asking.portal.link}>`, strong(page)),
    ...pageLines(asking),
  ];
  return [`## ${vscode.l10n.t('In the portal')}`, numbered(lines)];
}

/** What to do on the page, in words that stay true when its buttons are called otherwise. */
function pageLines({ wish, changes, person, cluster, application }: Asking): readonly string[] {
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
    case 'token':
      return tokenLines(wish, person, application);
    case 'enable':
      return [
        person.type === 'servicePrincipal'
          ? vscode.l10n.t('Look for {0}, and let users sign in to it.', code(person.objectId))
          : vscode.l10n.t('Look for {0}, and enable the account.', code(person.objectId)),
      ];
  }
}

/** What an administrator of the tenant does about a refusal. */
function tokenLines(
  { reason, resource, ...wish }: TokenWish,
  person: Me,
  application: string | undefined,
): readonly string[] {
  const me = code(person.userName ?? person.name);
  const app =
    application === undefined ? vscode.l10n.t('the application that the log names') : code(application);
  switch (reason) {
    case 'consent':
      return [
        vscode.l10n.t('Look for {0}, there Permissions.', app),
        vscode.l10n.t('Grant consent for the tenant; or for me alone, {0}.', me),
      ];
    case 'conditionalAccess':
      return [
        vscode.l10n.t('In the sign-in logs, find the refusal of {0} and the policy that it names.', me),
        vscode.l10n.t('Let me, or this application, meet the policy, or be excepted from it.'),
      ];
    case 'notAssigned':
      return [vscode.l10n.t('Look for {0}, there Users and groups.', app), vscode.l10n.t('Assign {0}.', me)];
    case 'notInTenant':
      return [vscode.l10n.t('Invite {0} as a guest; or send the invitation again, if there is one.', me)];
    case 'tenantPolicy':
      return [vscode.l10n.t('Allow {0} and the application, or say that it shall not be.', me)];
    case 'resourceMissing':
      return [
        resource === undefined
          ? vscode.l10n.t('Look for the service among all applications, and let users sign in to it.')
          : vscode.l10n.t(
              'Look for {0} among all applications, and let users sign in to it.',
              code(resource),
            ),
        vscode.l10n.t(
          'Where it is missing a command makes it (az ad sp create), with the id of the service, which the sign-in log names.',
        ),
      ];
    case 'accountState':
      return [vscode.l10n.t('Look for {0}; enable or unlock the account, or set a new password.', me)];
    case 'other':
      return [vscode.l10n.t('Find the refusal of {0} with the number {1}.', me, String(wish.aadsts))];
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
    case 'servicePrincipal':
      return vscode.l10n.t('Disable the application in the portal: no users sign in to it then.');
    case 'start':
      return vscode.l10n.t('Stop it in the portal.');
    case 'action':
    case 'token':
    case 'enable':
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

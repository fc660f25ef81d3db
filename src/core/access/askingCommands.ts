import type { Cloud } from '../identity/clouds.ts';
import { comment } from './copies/language.ts';
import { beforeCli, quoted } from './copies/shell.ts';

/** What an administrator runs. */
export interface Command {
  readonly program: 'azureCli' | 'mongosh';
  readonly text: string;
}

export function inCli(text: string): Command {
  return { program: 'azureCli', text };
}

interface RoleAt {
  readonly role: string;
  readonly objectId: string;
  /** The ARM id of what the role is given at. */
  readonly id: string;
}

export function givingRole(
  { role, objectId, id, principalType }: RoleAt & { readonly principalType: 'User' | 'ServicePrincipal' },
  cloud: Cloud,
): string {
  // With the type nobody has to read the directory for it, and somebody new is found at once.
  return inShell(cloud, [
    'az role assignment create',
    `--assignee-object-id ${quoted(objectId)}`,
    `--assignee-principal-type ${principalType}`,
    `--role ${quoted(role)}`,
    `--scope ${quoted(id)}`,
  ]);
}

export function takingRole({ role, objectId, id }: RoleAt, cloud: Cloud): string {
  return inShell(cloud, [
    'az role assignment delete',
    `--assignee ${quoted(objectId)}`,
    `--role ${quoted(role)}`,
    `--scope ${quoted(id)}`,
  ]);
}

/** An application of Microsoft's own in the tenant: made where it is missing, enabled where it is not. */
export function enablingServicePrincipal(appId: string, cloud: Cloud): string {
  const key = `(appId='${encodeURIComponent(appId).replaceAll("'", '%27')}')`;
  return [
    ...beforeCli[cloud.id].map((note) => `${comment('#', note)}\n`),
    comment('#', 'Where the tenant does not have it:'),
    `az ad sp create --id ${quoted(appId)}\n`,
    comment('#', 'Where it is disabled:'),
    words([
      'az rest --method patch',
      `--url ${quoted(`${cloud.graph}/v1.0/servicePrincipals${key}`)}`,
      ...(cloud.id === 'public' ? [] : [`--resource ${quoted(cloud.audiences.graph)}`]),
      `--body '{"accountEnabled":true}'`,
    ]),
    '',
  ].join('\n');
}

/** Lets a disabled account get tokens again, or none. */
export function enablingAccount(
  { objectId, isApplication }: { readonly objectId: string; readonly isApplication: boolean },
  enabled: boolean,
  cloud: Cloud,
): string {
  const kind = isApplication ? 'servicePrincipals' : 'users';
  return inShell(cloud, [
    'az rest --method patch',
    `--url ${quoted(`${cloud.graph}/v1.0/${kind}/${encodeURIComponent(objectId)}`)}`,
    ...(cloud.id === 'public' ? [] : [`--resource ${quoted(cloud.audiences.graph)}`]),
    `--body '${JSON.stringify({ accountEnabled: enabled })}'`,
  ]);
}

/** For all people of the tenant, to what an application of its own is registered to want. */
export function consenting(appId: string, cloud: Cloud): string {
  return inShell(cloud, [`az ad app permission admin-consent`, `--id ${quoted(appId)}`]);
}

/** As a guest of a tenant; who was invited before gets another invitation. Entra sends it by mail. */
export function inviting(mail: string, tenant: string | undefined, cloud: Cloud): string {
  const body = {
    invitedUserEmailAddress: mail,
    inviteRedirectUrl: cloud.portal,
    sendInvitationMessage: true,
  };
  return inShell(
    cloud,
    [
      'az rest --method post',
      `--url ${quoted(`${cloud.graph}/v1.0/invitations`)}`,
      ...(cloud.id === 'public' ? [] : [`--resource ${quoted(cloud.audiences.graph)}`]),
      `--body ${quoted(JSON.stringify(body))}`,
    ],
    tenant,
  );
}

/** Their account as a guest goes, with all that it was given: found by the address, for its id is new. */
export function uninviting(mail: string, tenant: string | undefined, cloud: Cloud): string {
  const filter = `userType eq 'Guest' and mail eq '${mail.replaceAll("'", "''")}'`;
  const ids = `az ad user list --filter ${quoted(filter)} --query '[0].id' --output tsv`;
  return inShell(cloud, ['az ad user delete', `--id "$(${ids})"`], tenant);
}

/** `tenant`: the one to be signed in to, where whoever runs it may well be in another. */
function inShell(cloud: Cloud, command: readonly string[], tenant?: string): string {
  return [
    ...beforeCli[cloud.id].map((note) => `${comment('#', note)}\n`),
    ...(tenant === undefined ? [] : [`az login --tenant ${quoted(tenant)}\n`]),
    words(command),
    '',
  ].join('\n');
}

function words(command: readonly string[]): string {
  return command.join(' \\\n  ');
}

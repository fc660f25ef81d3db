import * as vscode from 'vscode';
import type { Command } from '../../core/access/askingCommands.ts';
import type { Me } from '../../core/access/principals.ts';
import type { Cluster } from '../../core/clusters/cluster.ts';
import { code, fenced, plain } from '../../core/markdown.ts';
import { productWords } from '../words.ts';

/** How those are called who are asked about, where they are known by name. */
export interface Called {
  readonly tenant: string | undefined;
  readonly subscription: string | undefined;
}

/** Who somebody is, to those of the tenant that knows them. */
export function whoLines(person: Me, { tenant }: Called): readonly string[] {
  return [
    ...nameLines(person),
    objectLine(person),
    line(vscode.l10n.t('Tenant'), named(tenant, person.tenant)),
  ];
}

export function nameLines({ name, userName }: Me): readonly string[] {
  return [
    line(vscode.l10n.t('Name'), code(name)),
    ...(userName === undefined ? [] : [line(vscode.l10n.t('Sign-in name'), code(userName))]),
  ];
}

export function objectLine(person: Me): string {
  return line(
    person.type === 'servicePrincipal'
      ? vscode.l10n.t('Object id of the service principal')
      : vscode.l10n.t('Object id in this tenant'),
    person.objectId === ''
      ? vscode.l10n.t('not known: it takes a token that Entra does not give')
      : code(person.objectId),
  );
}

export function clusterLines(
  { id, name, kind, subscription: subscriptionId }: Cluster,
  page: string,
  { subscription }: Called,
): readonly string[] {
  return [
    line(productWords(kind).long, code(name)),
    line(vscode.l10n.t('Resource id'), code(id)),
    line(vscode.l10n.t('Subscription'), named(subscription, subscriptionId)),
    line(vscode.l10n.t('Portal'), `<${page}>`),
  ];
}

export function portalLine(link: string, page: string): string {
  return vscode.l10n.t('Open {0}, there {1}.', `<${link}>`, strong(page));
}

export function blocks(commands: readonly Command[]): readonly string[] {
  return commands.flatMap(({ program, text }, index) => [
    [
      index === 0 ? undefined : vscode.l10n.t('When that is done:'),
      program === 'azureCli'
        ? vscode.l10n.t('Azure CLI, in bash (as in Cloud Shell)')
        : vscode.l10n.t('mongosh'),
    ]
      .filter((part) => part !== undefined)
      .join(' '),
    fenced(program === 'azureCli' ? 'bash' : 'javascript', text),
  ]);
}

/** How whoever did it takes it back, in words and by commands; nothing where neither is known. */
export function backWords(said: string | undefined, commands: readonly Command[]): readonly string[] {
  if (said === undefined && commands.length === 0) return [];
  return [
    `## ${vscode.l10n.t('To take it back')}`,
    ...(said === undefined ? [] : [said]),
    ...blocks(commands),
  ];
}

export function line(label: string, value: string): string {
  return `- ${label}: ${value}`;
}

export function named(name: string | undefined, id: string): string {
  return name === undefined ? code(id) : `${code(name)} (${code(id)})`;
}

export function numbered(lines: readonly string[]): string {
  return lines.map((text, index) => `${index + 1}. ${text}`).join('\n');
}

export function strong(text: string): string {
  return `**${plain(text)}**`;
}

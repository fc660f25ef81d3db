import * as vscode from 'vscode';
import { managedIdentities } from '../../core/azure/managedIdentities.ts';
import type { ManagedIdentity } from '../../core/azure/managedIdentities.ts';
import type { DirectoryObject } from '../../core/azure/directoryObject.ts';
import type { Identified } from '../../core/access/principals.ts';
import type { Cluster, Principal } from '../../core/clusters/cluster.ts';
import type { PrincipalType } from '../../core/clusters/kind.ts';
import type { Failure } from '../../core/failure.ts';
import type { App } from '../app.ts';
import { messageOf } from '../messages.ts';
import type { Choice } from '../prompts.ts';

/** Somebody to be given access, with the name that the person saw. */
export interface Somebody {
  readonly principal: Principal;
  readonly name: string;
  readonly userName: string | undefined;
}

/** A row that cannot be chosen says why nobody is found, and what to paste instead. */
type Row = Choice<Somebody | undefined>;

/** Asks for people, applications or a group: by name where the directory may be searched, by id everywhere. */
export async function chooseWhom(
  app: App,
  cluster: Cluster,
  type: PrincipalType,
  what: 'add' | 'examine' = 'add',
): Promise<readonly Somebody[]> {
  const { directory } = app.azure();
  let identities: Promise<readonly ManagedIdentity[]> | undefined;
  const found = await app.prompts.search<Somebody | undefined>({
    title: what === 'add' ? titleOf(type, cluster) : vscode.l10n.t('Who can’t connect to {0}?', cluster.name),
    question: questionOf(type),
    async find(text, signal) {
      const [search, identified, managed] = await Promise.all([
        directory.search(cluster.caller, type, text, signal),
        directory.identify(cluster.caller, text, type, signal),
        type === 'servicePrincipal' ? (identities ??= allIdentities(app, cluster)) : [],
      ]);
      const rows = [
        ...identifiedRows(identified, type, cluster),
        ...managed.filter((one) => matches(one, text)).map((one) => identityRow(one)),
        ...(search.state === 'found' ? search.objects.map((object) => objectRow(object, type)) : []),
      ];
      const ids = new Set<string>();
      const once = rows.filter(({ value }) => {
        const id = value?.principal.objectId.toLowerCase();
        if (id === undefined) return true;
        const isNew = !ids.has(id);
        ids.add(id);
        return isNew;
      });
      if (once.some(({ value }) => value !== undefined)) return once;
      return [...once, emptyRow(search.state, type, search.state === 'failed' ? search.failure : undefined)];
    },
  });
  return (found ?? []).flatMap((one) => one ?? []);
}

function titleOf(type: PrincipalType, { name }: Cluster): string {
  switch (type) {
    case 'user':
      return vscode.l10n.t('Add people to {0}', name);
    case 'servicePrincipal':
      return vscode.l10n.t('Add applications or managed identities to {0}', name);
    case 'group':
      return vscode.l10n.t('Add a group to {0}', name);
  }
}

function questionOf(type: PrincipalType): string {
  switch (type) {
    case 'user':
      return vscode.l10n.t('Type a name, or paste a sign-in name or an object id; tick several');
    case 'servicePrincipal':
      return vscode.l10n.t('Type a name, or paste an object id (not the client id); tick several');
    case 'group':
      return vscode.l10n.t('Type a name, or paste an object id');
  }
}

function objectRow(object: DirectoryObject, type: PrincipalType): Row {
  return {
    label: object.name,
    description: object.userName ?? object.mail ?? '',
    detail: object.id,
    iconPath: new vscode.ThemeIcon(icons[type]),
    value: {
      principal: { objectId: object.id, type, tenant: undefined },
      name: object.name,
      userName: object.userName,
    },
  };
}

const icons = { user: 'person', servicePrincipal: 'robot', group: 'organization' } as const;

function identityRow({ name, objectId, tenant, kind, resourceGroup, type }: ManagedIdentity): Row {
  const words =
    kind === 'userAssigned'
      ? vscode.l10n.t('managed identity · {0}', resourceGroup)
      : vscode.l10n.t('managed identity of {0} · {1}', type.split('/').at(-1) ?? type, resourceGroup);
  return {
    label: name,
    description: words,
    detail: objectId,
    iconPath: new vscode.ThemeIcon('robot'),
    value: { principal: { objectId, type: 'servicePrincipal', tenant }, name, userName: undefined },
  };
}

function matches({ name, objectId, clientId }: ManagedIdentity, text: string): boolean {
  const sought = text.toLowerCase();
  return name.toLowerCase().includes(sought) || objectId === sought || clientId === sought;
}

/** Empty where Azure does not say: without Resource Graph there are only no managed identities to choose from. */
export async function allIdentities(app: App, { caller }: Cluster): Promise<readonly ManagedIdentity[]> {
  const found: ManagedIdentity[] = [];
  try {
    for await (const page of managedIdentities(app.azure().door, caller)) found.push(...page);
  } catch (error) {
    app.log.error(error);
  }
  return found;
}

function identifiedRows(identified: Identified, type: PrincipalType, { name }: Cluster): readonly Row[] {
  switch (identified.state) {
    case 'found':
      return identified.objects.map((object) => objectRow(object, type));
    case 'isApplicationId':
      return [
        {
          ...objectRow(identified.object, type),
          description: vscode.l10n.t('that was its client id; {0} knows it by this object id', name),
        },
      ];
    case 'unknownType': {
      const principal: Principal = { objectId: identified.objectId, type, tenant: undefined };
      return [
        {
          label: identified.objectId,
          description: vscode.l10n.t('use this id as it is'),
          detail: mustBe(type),
          iconPath: new vscode.ThemeIcon(icons[type]),
          value: { principal, name: identified.objectId, userName: undefined },
        },
      ];
    }
    case 'notInDirectory':
      return [told(vscode.l10n.t('The directory has no such id'), mustBe(type))];
    case 'otherType':
      return [told(vscode.l10n.t('{0} is something else', identified.object.name), mustBe(type))];
    case 'needsGraph':
      return [
        told(
          vscode.l10n.t('The directory may not be read, so a sign-in name leads nowhere'),
          vscode.l10n.t('Paste the object id instead: the portal shows it under Entra ID, Users'),
        ),
      ];
    case 'notAnId':
      return [];
  }
}

function mustBe(type: PrincipalType): string {
  switch (type) {
    case 'user':
      return vscode.l10n.t('It must be the object id of a user in this tenant');
    case 'servicePrincipal':
      return vscode.l10n.t(
        'It must be the object id of the service principal (Enterprise applications), not the client id of the application',
      );
    case 'group':
      return vscode.l10n.t('It must be the object id of a group in this tenant');
  }
}

function emptyRow(
  state: 'found' | 'notAllowed' | 'failed',
  type: PrincipalType,
  failure: Failure | undefined,
): Row {
  switch (state) {
    case 'found':
      return told(
        vscode.l10n.t('Nobody by that name'),
        vscode.l10n.t('Type more or less of it, or paste an id'),
      );
    case 'notAllowed':
      return told(vscode.l10n.t('These names cannot be searched here: paste an id instead'), mustBe(type));
    case 'failed':
      return told(
        vscode.l10n.t('The directory did not answer'),
        failure === undefined ? '' : messageOf(failure).short,
      );
  }
}

function told(label: string, detail: string): Row {
  return { label, detail, iconPath: new vscode.ThemeIcon('info'), value: undefined };
}

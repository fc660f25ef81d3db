import * as vscode from 'vscode';
import { managedIdentities } from '../../core/azure/managedIdentities.ts';
import type { ManagedIdentity } from '../../core/azure/managedIdentities.ts';
import type { DirectoryObject } from '../../core/azure/directoryObject.ts';
import type { Identified, Search } from '../../core/access/principals.ts';
import type { Cluster, Principal } from '../../core/clusters/cluster.ts';
import type { PrincipalType } from '../../core/clusters/kind.ts';
import type { App } from '../app.ts';
import { messageOf } from '../messages.ts';
import type { Choice } from '../prompts.ts';
import { principalLabel, principalWords, roleWords } from '../words.ts';
import { everybody } from './accessLists.ts';
import type { AccessList } from './accessLists.ts';

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
): Promise<readonly Somebody[]> {
  const lookFor = lookIn(app, cluster, [type]);
  const found = await app.prompts.search<Somebody | undefined>({
    title: titleOf(type, cluster),
    question: questionOf(type),
    several: true,
    find: (text, signal) => (text === '' ? Promise.resolve([]) : lookFor(text, signal)),
  });
  return (found ?? []).flatMap((one) => one ?? []);
}

/** Asks for one person or application: those who have access are there before anything is typed, and come first. */
export async function chooseOne(app: App, cluster: Cluster, title: string): Promise<Somebody | undefined> {
  const lookFor = lookIn(app, cluster, ['user', 'servicePrincipal']);
  let unread = false;
  const [found] =
    (await app.prompts.search<Somebody | undefined>({
      title,
      question: vscode.l10n.t('Type a name, or paste a sign-in name or an id; Enter takes one'),
      several: false,
      async find(text, signal) {
        const [list, others] = await Promise.all([
          unread ? undefined : app.tree.lists.of(cluster).catch((error: unknown) => app.log.error(error)),
          text === '' ? [] : lookFor(text, signal),
        ]);
        unread = list === undefined;
        const rows = [...(list === undefined ? [] : holderRows(list, text)), ...others];
        if (text !== '') return onlyPeople(rows);
        return rows.length > 0
          ? onlyPeople(rows)
          : [
              told(
                vscode.l10n.t('Nobody who has access is known'),
                vscode.l10n.t('Type a name, or paste an id'),
              ),
            ];
      },
    })) ?? [];
  return found;
}

/** The people and applications of a list of access that fit a text. */
function holderRows(list: AccessList, text: string): readonly Row[] {
  const { names } = list;
  return everybody(list).flatMap((grant): Row[] => {
    const { holder } = grant;
    if (holder.state !== 'entra') return [];
    const { principal, alias } = holder;
    const named = names?.of(principal);
    const object = named?.state === 'named' ? named.object : undefined;
    const type = object?.type ?? principal.type;
    // A group does not connect: those who are in it do.
    if (type === 'group') return [];
    const name = principalLabel(grant, names);
    const known = [name, alias, object?.userName, object?.mail, object?.appId, principal.objectId];
    if (!known.some((part) => part?.toLowerCase().includes(text.toLowerCase()))) return [];
    const access = vscode.l10n.t('has access: {0}', roleWords(grant.role));
    const standing = {
      gone: vscode.l10n.t('no longer in the directory'),
      foreign: vscode.l10n.t('of another tenant'),
      named: undefined,
      unnamed: undefined,
    }[named?.state ?? 'unnamed'];
    return [
      {
        label: name,
        description: [object?.userName ?? object?.mail, principalWords(type), standing, access]
          .filter((part) => part !== undefined)
          .join(' · '),
        detail: principal.objectId,
        iconPath: new vscode.ThemeIcon(icons[type]),
        value: { principal: { ...principal, type }, name, userName: object?.userName },
      },
    ];
  });
}

/** Everybody once; what is only said, where there is nobody. */
function onlyPeople(rows: readonly Row[]): readonly Row[] {
  const people = once(rows).filter(({ value }) => value !== undefined);
  if (people.length > 0) return people;
  const labels = new Set(rows.map(({ label }) => label));
  return [...labels].flatMap((label) => rows.find((row) => row.label === label) ?? []);
}

function once(rows: readonly Row[]): readonly Row[] {
  const known = new Set<string>();
  return rows.filter(({ value }) => {
    if (value === undefined) return true;
    const { objectId, type } = value.principal;
    // Of an id that nobody here may look up it is up to the person what it is.
    const key = `${value.name === objectId ? type : ''} ${objectId.toLowerCase()}`;
    const isNew = !known.has(key);
    known.add(key);
    return isNew;
  });
}

/** Looks for such by names, addresses and ids, in the directory and among managed identities. */
function lookIn(
  app: App,
  cluster: Cluster,
  types: readonly PrincipalType[],
): (text: string, signal: AbortSignal) => Promise<readonly Row[]> {
  const { directory } = app.azure();
  let identities: Promise<readonly ManagedIdentity[]> | undefined;
  return async (text, signal) => {
    const [answers, managed] = await Promise.all([
      Promise.all(
        types.map(async (type) => {
          const [search, identified] = await Promise.all([
            directory.search(cluster.caller, type, text, signal),
            directory.identify(cluster.caller, text, type, signal),
          ]);
          return { type, search, identified };
        }),
      ),
      types.includes('servicePrincipal') ? (identities ??= allIdentities(app, cluster)) : [],
    ]);
    const rows = once([
      ...answers.flatMap(({ type, identified }) => identifiedRows(identified, type, types, cluster)),
      ...managed.filter((one) => matches(one, text)).map((one) => identityRow(one)),
      ...answers.flatMap(({ type, search }) =>
        search.state === 'found' ? search.objects.map((object) => objectRow(object, type)) : [],
      ),
    ]);
    if (rows.some(({ value }) => value !== undefined)) return rows;
    // What was not looked through may have them.
    const { search } =
      answers.find((one) => one.search.state === 'failed') ??
      answers.find((one) => one.search.state === 'notAllowed') ??
      answers[0] ??
      {};
    return search === undefined ? rows : [...rows, emptyRow(search, types)];
  };
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

const icons = {
  user: 'person',
  servicePrincipal: 'robot',
  group: 'organization',
  unknown: 'account',
} as const;

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

function identifiedRows(
  identified: Identified,
  type: PrincipalType,
  types: readonly PrincipalType[],
  { name }: Cluster,
): readonly Row[] {
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
          detail: mustBe([type]),
          iconPath: new vscode.ThemeIcon(icons[type]),
          value: { principal, name: identified.objectId, userName: undefined },
        },
      ];
    }
    case 'notInDirectory':
      return [told(vscode.l10n.t('The directory has no such id'), mustBe(types))];
    case 'otherType':
      // Whoever asks for that type as well has it from there.
      return types.some((one) => one === identified.object.type)
        ? []
        : [told(vscode.l10n.t('{0} is something else', identified.object.name), mustBe(types))];
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

function mustBe([type, ...others]: readonly PrincipalType[]): string {
  if (type === undefined || others.length > 0)
    return vscode.l10n.t(
      'It must be the object id of a user or of a service principal (Enterprise applications) in this tenant',
    );
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

function emptyRow(search: Search, types: readonly PrincipalType[]): Row {
  switch (search.state) {
    case 'found':
      return told(
        vscode.l10n.t('Nobody by that name'),
        vscode.l10n.t('Type more or less of it, or paste an id'),
      );
    case 'notAllowed':
      return told(vscode.l10n.t('These names cannot be searched here: paste an id instead'), mustBe(types));
    case 'failed':
      return told(vscode.l10n.t('The directory did not answer'), messageOf(search.failure).short);
  }
}

function told(label: string, detail: string): Row {
  return { label, detail, iconPath: new vscode.ThemeIcon('info'), value: undefined };
}

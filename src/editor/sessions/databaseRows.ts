import * as vscode from 'vscode';
import type { Index } from '../../core/sessions/catalog.ts';
import type { Field } from '../../core/sessions/schema.ts';
import type { DatabaseNode } from '../node.ts';
import { item } from '../row.ts';
import type { RowSource } from '../row.ts';
import { roleWords } from '../words.ts';

const { Collapsed, Expanded, None } = vscode.TreeItemCollapsibleState;

/** What is below a cluster's databases, as rows. */
export function databaseRow(node: DatabaseNode, source: RowSource): vscode.TreeItem {
  const { key } = node;
  const refusal = source.readsOnly(key);
  // Menus grey what writes; a row says why.
  const why = refusal === undefined ? [] : [readsOnlyWords(refusal)];
  const may = refusal === undefined ? [] : ['readOnly'];
  switch (node.kind) {
    case 'databases':
      return databasesRow(key, source, may, why);
    case 'database':
      return item({
        id: `database:${key}|${node.database}`,
        label: node.database,
        icon: new vscode.ThemeIcon('database'),
        tags: ['database', 'named', ...may],
        tooltip: [node.database, ...why].join('\n'),
        state: Collapsed,
      });
    case 'collection': {
      const { database, collection, type } = node;
      const count = source.documentsIn(node);
      return item({
        id: `collection:${key}|${database}.${collection}|${type}`,
        label: collection,
        icon: new vscode.ThemeIcon(type === 'view' ? 'eye' : 'table'),
        tags: ['collection', 'named', type === 'view' ? 'view' : 'stored', ...may],
        ...(type === 'view'
          ? { description: vscode.l10n.t('view') }
          : count === undefined
            ? {}
            : { description: countWords(count) }),
        tooltip: [`${database}.${collection}`, ...why].join('\n'),
        state: Collapsed,
      });
    }
    case 'part':
      return item({
        id: `${node.part}:${key}|${node.database}.${node.collection}`,
        icon: new vscode.ThemeIcon(node.part === 'indexes' ? 'list-ordered' : 'symbol-structure'),
        tags: ['part', node.part, ...may],
        ...partWords(node),
        state: Collapsed,
      });
    case 'index':
      return item({
        id: `index:${key}|${node.database}.${node.collection}|${node.index.name}`,
        label: node.index.name,
        icon: new vscode.ThemeIcon(node.index.isUnique ? 'key' : 'list-ordered'),
        tags: ['index', 'named', ...(node.index.name === '_id_' ? ['fixed'] : []), ...may],
        description: indexWords(node.index),
        tooltip: [`${node.index.name}: ${indexWords(node.index)}`, ...why].join('\n'),
      });
    case 'field': {
      const { field, path } = node;
      return item({
        id: `field:${key}|${node.database}.${node.collection}|${path}`,
        label: field.name,
        icon: new vscode.ThemeIcon('symbol-field'),
        tags: ['field', 'named'],
        description: fieldWords(field),
        tooltip: `${path}: ${fieldWords(field)}`,
        state: field.fields.length === 0 ? None : Collapsed,
      });
    }
    case 'more':
      return item({
        id: `more:${key}|${node.database}`,
        label: vscode.l10n.t('{0} more…', node.hidden.toLocaleString()),
        icon: new vscode.ThemeIcon('ellipsis'),
        tags: ['more'],
        command: { command: 'cosmosEntra.showMore', title: vscode.l10n.t('Show More'), arguments: [node] },
      });
  }
}

function databasesRow(
  key: string,
  source: RowSource,
  may: readonly string[],
  why: readonly string[],
): vscode.TreeItem {
  const name = source.cluster(key)?.name ?? '';
  const session = source.session(key);
  const label = vscode.l10n.t('Databases');
  const icon = new vscode.ThemeIcon('database');
  if (session === undefined) {
    const description = vscode.l10n.t('open a session to see them');
    return item({
      // Another row than the one that opens: VS Code would keep that one open over a restart, and connect.
      id: `no-session:${key}`,
      label,
      icon,
      tags: ['noSession'],
      description,
      spoken: vscode.l10n.t('Databases of {0}, {1}', name, description),
      command: {
        command: 'cosmosEntra.openSession',
        title: vscode.l10n.t('Open Session'),
        arguments: [{ kind: 'databases', key }],
      },
    });
  }
  const role = session.who === undefined ? undefined : roleWords(session.who.role);
  const standing = [
    ...(role === undefined ? [] : [role]),
    ...(source.readsOnly(key) === 'replica' ? [vscode.l10n.t('a replica, reads only')] : []),
  ];
  return item({
    id: `databases:${key}`,
    label,
    icon,
    tags: ['databases', ...may],
    description: standing.join(' · '),
    tooltip: [
      vscode.l10n.t('The databases of {0}, by a session of {1}', name, session.cluster.caller.account.label),
      ...(role === undefined ? [] : [role]),
      ...why,
    ].join('\n'),
    spoken: [vscode.l10n.t('Databases of {0}', name), ...standing].join(', '),
    state: Expanded,
  });
}

/** Why nothing can be written with a session. */
export function readsOnlyWords(why: 'role' | 'replica'): string {
  return why === 'role'
    ? vscode.l10n.t('Your role here only reads. An administrator of the cluster can give you another.')
    : vscode.l10n.t('This cluster is a replica and takes no changes. Make them on its primary.');
}

export function countWords(count: number): string {
  if (count === 0) return vscode.l10n.t('empty');
  return count === 1
    ? vscode.l10n.t('about 1 document')
    : vscode.l10n.t('about {0} documents', count.toLocaleString());
}

function partWords({ part, collection }: DatabaseNode & { kind: 'part' }) {
  return part === 'indexes'
    ? {
        label: vscode.l10n.t('Indexes'),
        spoken: vscode.l10n.t('Indexes of {0}', collection),
        tooltip: vscode.l10n.t('The indexes of this collection'),
      }
    : {
        label: vscode.l10n.t('Schema'),
        spoken: vscode.l10n.t('Schema of {0}', collection),
        tooltip: vscode.l10n.t('The fields in a sample of 100 documents'),
      };
}

function indexWords({ keys, isUnique, isSparse, isPartial, expiresAfter }: Index): string {
  const direction = (value: string): string => (value === '1' ? '↑' : value === '-1' ? '↓' : value);
  return [
    keys.map(([field, value]) => `${field} ${direction(value)}`).join(', '),
    ...(isUnique ? [vscode.l10n.t('unique')] : []),
    ...(isSparse ? [vscode.l10n.t('sparse')] : []),
    ...(isPartial ? [vscode.l10n.t('partial')] : []),
    ...(expiresAfter === undefined ? [] : [vscode.l10n.t('expires after {0} s', expiresAfter)]),
  ].join(' · ');
}

function fieldWords({ types, items, share }: Field): string {
  const text = types
    .map((type) =>
      type === 'array' && items.length > 0 ? vscode.l10n.t('array of {0}', items.join(', ')) : type,
    )
    .join(', ');
  return share === 1 ? text : vscode.l10n.t('{0} · in {1} %', text, Math.max(1, Math.round(share * 100)));
}

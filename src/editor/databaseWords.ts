import * as vscode from 'vscode';
import type { FailureData } from '../core/failure.ts';

/**
 * What a database answered: in a few words, and what that means for whoever asked. The numbers are MongoDB's own:
 * https://www.mongodb.com/docs/manual/reference/error-codes/.
 */
export function databaseWords({
  serverCode,
  name,
}: Extract<FailureData, { readonly code: 'database' }>): readonly [short: string, long: string] {
  switch (serverCode) {
    case 2:
    case 9:
      return [
        vscode.l10n.t('the database does not understand the question'),
        vscode.l10n.t(
          'The database does not understand a part of the question: an operator, an option or a value. Look at what it names below.',
        ),
      ];
    case 14:
      return [
        vscode.l10n.t('a value is of the wrong type'),
        vscode.l10n.t(
          'A value is of another type than the operation can work with. Change it, or the operation.',
        ),
      ];
    case 26:
      return [
        vscode.l10n.t('there is no such collection'),
        vscode.l10n.t(
          'There is no collection by this name in the database. Look at the name, and at the database that is in use.',
        ),
      ];
    case 27:
      return [
        vscode.l10n.t('there is no such index'),
        vscode.l10n.t(
          'The collection has no index by this name. Its row in the tree shows those that it has.',
        ),
      ];
    case 43:
      return [
        vscode.l10n.t('the rest of the result is gone'),
        vscode.l10n.t(
          'The database keeps the rest of a result for a minute or some more, and has let go of this one. Run it again.',
        ),
      ];
    case 50:
    case 262:
      return [
        vscode.l10n.t('the database took too long'),
        vscode.l10n.t(
          'The time that the question had was up. Narrow it, give it an index, or allow it more with maxTimeMS; explain() says what takes so long.',
        ),
      ];
    case 66:
      return [
        vscode.l10n.t('the _id of a document stays'),
        vscode.l10n.t('The _id of a document cannot be changed. Insert a new document, and delete this one.'),
      ];
    case 73:
      return [
        vscode.l10n.t('this is no name'),
        vscode.l10n.t('A database or a collection cannot have this name. Choose another.'),
      ];
    case 85:
    case 86:
      return [
        vscode.l10n.t('there is another index like this'),
        vscode.l10n.t(
          'There is an index with this name or these fields, and other options. Drop that one first, or give this another name.',
        ),
      ];
    case 112:
      return [
        vscode.l10n.t('somebody else was writing there'),
        vscode.l10n.t(
          'Somebody else was writing to the same document. Try again; nothing of this was written.',
        ),
      ];
    case 166:
      return [
        vscode.l10n.t('a view cannot do this'),
        vscode.l10n.t(
          'This is a view of another collection, and cannot be written to or indexed. Use the collection.',
        ),
      ];
    case 292:
      return [
        vscode.l10n.t('it needs more memory than it may have'),
        vscode.l10n.t(
          'Sorting or grouping needs more memory than it may have. Sort by an index, read less, or allow it to use the disk with allowDiskUse(true).',
        ),
      ];
    case 10_334:
      return [
        vscode.l10n.t('a document is too large'),
        vscode.l10n.t(
          'A document can have 16 MB, and this one has more. Keep its parts in documents of their own.',
        ),
      ];
    case 16_500:
      return [
        vscode.l10n.t('the database is busy'),
        vscode.l10n.t('The database has more to do than it can, and asks to wait. Try again after a moment.'),
      ];
    case 40_324:
      return [
        vscode.l10n.t('there is no such stage'),
        vscode.l10n.t(
          'The database knows no stage by this name. Look at its spelling; not every stage of MongoDB is served.',
        ),
      ];
    case 11:
      return [
        vscode.l10n.t('the database has no such user'),
        vscode.l10n.t('The database has no user by this name any more. Refresh to see who there is.'),
      ];
    case 13:
      return [
        vscode.l10n.t('the database does not allow you this'),
        vscode.l10n.t(
          'The database lets you in, but your role on the cluster does not allow this. An administrator of the cluster can do it, or give you the role.',
        ),
      ];
    case 20:
      return [
        vscode.l10n.t('this cluster is a replica and takes no changes'),
        vscode.l10n.t('This cluster is a replica and takes no changes. Make them on its primary.'),
      ];
    case 31:
      return [
        vscode.l10n.t('the database does not know this role'),
        vscode.l10n.t('The database does not know this role, or not in this combination. Choose another.'),
      ];
    case 48:
      return [
        vscode.l10n.t('there is one by this name already'),
        vscode.l10n.t('There is a collection or view by this name already. Choose another name.'),
      ];
    case 59:
    case 115:
      return [
        vscode.l10n.t('the database does not offer this'),
        vscode.l10n.t('The database does not offer this, in this version or with these settings.'),
      ];
    case 11_000:
      return [
        vscode.l10n.t('another document has this value already'),
        vscode.l10n.t(
          'Another document has the same value in a field where each has its own: the _id, or one with a unique index. Change one of them, then try again.',
        ),
      ];
    case 51_003:
      return [
        vscode.l10n.t('the database has this user already'),
        vscode.l10n.t('The database has a user by this name already. Refresh to see it.'),
      ];
    default:
      return [
        vscode.l10n.t('the database refused this ({0})', name === '' ? serverCode : name),
        vscode.l10n.t('The database refused this.'),
      ];
  }
}
